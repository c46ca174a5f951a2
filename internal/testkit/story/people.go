package story

import (
	"math/rand/v2"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/nationalid"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
	"odaq/profiles"
)

// People invents members: no two have a number, or a name and a birth day, in common.
type People struct {
	rng    *rand.Rand
	names  map[[2]string][]string // by part and sex
	scheme *nationalid.Scheme
	used   map[string]bool
}

// Invent starts a sequence of people; the same seed invents the same.
func Invent(seed uint64) *People {
	p, err := profiles.Open("kz")
	if err != nil {
		panic(err) // the profile is part of the program
	}
	names := map[[2]string][]string{}
	for _, part := range []string{"surname", "given", "patronymic"} {
		for _, sex := range []string{"m", "f"} {
			names[[2]string{part, sex}] = p.Names(part, sex, text.KK)
		}
	}
	return &People{rand.New(rand.NewPCG(seed, 2)), names, p.SchemeFor(nationalid.Person), map[string]bool{}}
}

var titles = []string{"Фамилия", "Имя", "Отчество", "ИИН", "Дата рождения", "Категория", "Дата вступления", "Номер решения"}

// Columns of a row that Spoil makes wrong.
const (
	surname = iota
	_
	_
	number
	birth
	category
	joined
	decision
)

// Row invents one who joined on a day by a decision.
func (p *People) Row(day cal.Day, minutes string) []string {
	for {
		sex := []string{"m", "f"}[p.rng.IntN(2)]
		pick := func(part string) string {
			all := p.names[[2]string{part, sex}]
			return all[p.rng.IntN(len(all))]
		}
		n := search.Name{Surname: pick("surname"), Given: pick("given"), Patronymic: pick("patronymic")}
		born := cal.Date(1958, 1, 1) + cal.Day(p.rng.IntN(36*365))
		iin, err := p.scheme.Generate(p.rng, nationalid.Traits{Day: born, Sex: sex})
		if err != nil {
			panic(err) // the profile's own scheme
		}
		who := search.Fold(n.Surname+" "+n.Given+" "+n.Patronymic) + born.String()
		if p.used[iin] || p.used[who] {
			continue
		}
		p.used[iin], p.used[who] = true, true
		return []string{n.Surname, n.Given, n.Patronymic, iin, born.String(), "Работник", day.String(), minutes}
	}
}

// Table invents n rows below their titles, all good, and the same table with so
// many bad ones among them, spoilt in seven ways.
func (p *People) Table(n, bad int, day cal.Day) (good, spoilt [][]string) {
	good = [][]string{titles}
	for range n {
		good = append(good, p.Row(day, "7"))
	}
	spoilt = append(spoilt, good...)
	for i := range bad {
		at := 1 + (i*n)/bad
		row := append([]string(nil), good[at]...)
		switch i % 7 {
		case 0:
			row[number] = row[number][:11] + string('0'+(row[number][11]-'0'+1)%10)
		case 1:
			row[number] = "000000000000"
		case 2:
			row[birth] = "31.02.1980"
		case 3:
			row[surname] = ""
		case 4:
			row[category] = "робот"
		case 5:
			row[joined] = "2119-01-01"
		case 6:
			row[decision] = ""
		}
		spoilt[at] = row
	}
	return good, spoilt
}
