// Package story is the acceptance story of the register, as data for tests: the
// General Council hears the report on 2018 and 2019. Member organisations rose
// from 18 to 23, 512 primary organisations with 40,000 members were founded, and
// a union of 45,000 medical workers was admitted. All people are invented.
package story

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"odaq/internal/kernel/cal"
)

// The figures of the report, and the days on which they hold.
const (
	UnionsBefore = 18
	UnionsAfter  = 23
	Primaries    = 512    // founded in the two years
	LastDay      = 64     // of which on the last day of founding
	Fresh        = 40_000 // their members
	Medical      = 45_000 // members of the union admitted last
	Veterans     = 180    // members before the report
	hospitals    = 45
)

// The days of the report.
var (
	Begin     = cal.Date(2017, time.December, 31) // the 18th union is admitted
	Founded   = cal.Date(2019, time.December, 18) // the last of the new primary organisations
	Admission = cal.Date(2019, time.December, 19) // the medical workers' union
)

// Org is an organisation as it is founded.
type Org struct {
	Kind, KK, RU string
	Parent       string // name in Kazakh, empty where it belongs to nobody yet
	Territory    string
	Activity     string
	Employer     string
	Day          cal.Day
	Decision     string
}

// Federation is the top of the tree.
var Federation = Org{Kind: "federation", KK: "Кәсіподақтар федерациясы", RU: "Федерация профсоюзов", Day: cal.Date(1990, time.October, 10), Decision: "I-1"}

// MedicalUnion is the name of the union admitted last.
const MedicalUnion = "Медицина қызметкерлерінің кәсіподағы"

// unions in the order of their admission.
var unions = []struct{ kk, ru, activity string }{
	{"Мұғалімдер кәсіподағы", "Профсоюз учителей", "P"},
	{"Көмір өндірушілер кәсіподағы", "Профсоюз угольщиков", "B"},
	{"Металлургтер кәсіподағы", "Профсоюз металлургов", "C"},
	{"Энергетиктер кәсіподағы", "Профсоюз энергетиков", "D"},
	{"Теміржолшылар кәсіподағы", "Профсоюз железнодорожников", "H"},
	{"Құрылысшылар кәсіподағы", "Профсоюз строителей", "F"},
	{"Байланысшылар кәсіподағы", "Профсоюз связистов", "J"},
	{"Мұнайшылар кәсіподағы", "Профсоюз нефтяников", "B"},
	{"Химиктер кәсіподағы", "Профсоюз химиков", "C"},
	{"Аграршылар кәсіподағы", "Профсоюз аграриев", "A"},
	{"Мәдениет саласының кәсіподағы", "Профсоюз работников культуры", "R"},
	{"Мемлекеттік қызметшілер кәсіподағы", "Профсоюз госслужащих", "O"},
	{"Автокөлікшілер кәсіподағы", "Профсоюз автомобилистов", "H"},
	{"Авиаторлар кәсіподағы", "Профсоюз авиаторов", "H"},
	{"Тоқымашылар кәсіподағы", "Профсоюз текстильщиков", "C"},
	{"Саудагерлер кәсіподағы", "Профсоюз торговли", "G"},
	{"Банкирлер кәсіподағы", "Профсоюз банковских работников", "K"},
	{"Орманшылар кәсіподағы", "Профсоюз лесоводов", "A"},
	{"Геологтар кәсіподағы", "Профсоюз геологов", "M"},
	{"Тұрғын үй қызметкерлерінің кәсіподағы", "Профсоюз коммунальщиков", "E"},
	{"Аспазшылар кәсіподағы", "Профсоюз поваров", "I"},
	{"Спортшылар кәсіподағы", "Профсоюз спортсменов", "R"},
	{MedicalUnion, "Профсоюз медицинских работников", "Q"},
}

var territories = []string{"KZ-71", "KZ-75", "KZ-35", "KZ-63", "KZ-19"}

// Before are the organisations there were when the report begins, parents
// first: the federation with its 18 unions and a primary organisation in each,
// and five unions that do not belong to it yet, one of them with its hospitals.
func Before() []Org {
	all := []Org{Federation}
	for i, u := range unions {
		o := Org{Kind: "union", KK: u.kk, RU: u.ru, Parent: Federation.KK, Activity: u.activity, Day: cal.Date(1990, time.October, 11) + cal.Day(i), Decision: fmt.Sprintf("I-%d", 2+i)}
		if i == UnionsBefore-1 {
			o.Day = Begin
		}
		if i >= UnionsBefore {
			o.Parent, o.Day = "", cal.Date(2014, time.May, 15)
		}
		all = append(all, o)
	}
	for i, u := range unions[:UnionsBefore] {
		all = append(all, Org{Kind: "primary", KK: fmt.Sprintf("№ %d ардагер ұйым", i+1), RU: fmt.Sprintf("Старая организация № %d", i+1), Parent: u.kk,
			Territory: territories[i%len(territories)], Activity: u.activity, Day: Begin, Decision: "1"})
	}
	for i := range hospitals {
		all = append(all, Org{Kind: "primary", KK: hospital(i), RU: fmt.Sprintf("Первичная организация больницы № %d", i+1), Parent: MedicalUnion,
			Territory: territories[i%len(territories)], Activity: "Q", Employer: fmt.Sprintf("Больница № %d", i+1), Day: cal.Date(2015, time.March, 2), Decision: "1"})
	}
	return all
}

func hospital(i int) string { return fmt.Sprintf("№ %d аурухана ұйымы", i+1) }
func workplace(i int) string {
	return fmt.Sprintf("№ %d жаңа бастауыш ұйым", i+1)
}

// Report are the primary organisations founded in 2018 and 2019, the last of
// them on Founded.
func Report() []Org {
	var all []Org
	for i := range Primaries {
		u := unions[i%UnionsBefore]
		day := cal.Date(2018, time.January, 15) + cal.Day(i)
		if i >= Primaries-LastDay {
			day = Founded
		}
		all = append(all, Org{Kind: "primary", KK: workplace(i), RU: fmt.Sprintf("Новая первичная организация № %d", i+1), Parent: u.kk,
			Territory: territories[i%len(territories)], Activity: u.activity, Employer: fmt.Sprintf("Предприятие № %d", i+1), Day: day, Decision: fmt.Sprintf("%d-Б", i+1)})
	}
	return all
}

// Admitted is a decision of the General Council to admit a union.
type Admitted struct {
	Union    string // name in Kazakh
	Day      cal.Day
	Decision string
}

// Admissions are the five decisions by which the federation grew.
func Admissions() []Admitted {
	days := []cal.Day{cal.Date(2018, time.April, 12), cal.Date(2018, time.October, 25), cal.Date(2019, time.March, 14), cal.Date(2019, time.June, 20), Admission}
	var all []Admitted
	for i, day := range days {
		all = append(all, Admitted{unions[UnionsBefore+i].kk, day, fmt.Sprintf("%d-%d", 7+i, 4)})
	}
	return all
}

// Titles are the titles of the columns of Members.
var Titles = slices.Concat(titles, []string{"Организация"})

// Members are the rows of everybody in the story, one of every share: 1 is all
// of them, 10 a tenth. All belong to their organisation from its first day.
func Members(share int) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		p := Invent(2019)
		row := func(o string, day cal.Day) bool { return yield(append(p.Row(day, "1"), o)) }
		for i := range Veterans / share {
			if !row(fmt.Sprintf("№ %d ардагер ұйым", i%UnionsBefore+1), Begin) {
				return
			}
		}
		report := Report()
		for i := range Fresh / share {
			o := report[i%len(report)]
			if !row(o.KK, o.Day) {
				return
			}
		}
		for i := range Medical / share {
			if !row(hospital(i%hospitals), cal.Date(2015, time.March, 2)) {
				return
			}
		}
	}
}
