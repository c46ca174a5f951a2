package membership

import (
	"strings"
	"time"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/exchange"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/nationalid"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/sheet"
)

// ImportFields are what a row of a member list can say, with the titles under
// which columns of it are known in the three languages.
var ImportFields = []exchange.Field{
	{Key: "surname", Required: true, Names: []string{"surname", "Тегі", "Фамилия", "Surname", "Last name", "Family name"}},
	{Key: "given", Names: []string{"given", "Аты", "Есімі", "Имя", "Given name", "First name", "Name"}},
	{Key: "patronymic", Names: []string{"patronymic", "Әкесінің аты", "Отчество", "Patronymic", "Middle name"}},
	{Key: "national_id", Names: []string{"national_id", "ЖСН", "ИИН", "IIN", "Жеке сәйкестендіру нөмірі", "Индивидуальный идентификационный номер", "National ID", "Individual identification number"}},
	{Key: "birth", Names: []string{"birth", "Туған күні", "Туған жылы", "Дата рождения", "День рождения", "Date of birth", "Birth date", "Birthday"}},
	{Key: "category", Names: []string{"category", "Санаты", "Мүше санаты", "Категория", "Категория члена", "Category", "Member category"}},
	{Key: "org", Names: []string{"org", "Ұйым", "Бастауыш ұйым", "Бастауыш кәсіподақ ұйымы", "Организация", "Первичная организация", "Первичная профсоюзная организация", "Organisation", "Organization", "Primary organisation", "Ұйымның БСН", "БИН организации", "Organisation BIN"}},
	{Key: "day", Names: []string{"day", "Кірген күні", "Мүшелікке қабылданған күні", "Қабылданған күні", "Дата вступления", "Дата приема", "Дата принятия", "Join date", "Date joined", "Member since"}},
	{Key: "decision", Names: []string{"decision", "Шешім", "Шешім нөмірі", "Хаттама нөмірі", "Решение", "Номер решения", "Номер протокола", "Decision", "Decision number", "Minutes number"}},
	{Key: "email", Names: []string{"email", "Электрондық пошта", "Эл. пошта", "Электронная почта", "Эл. почта", "E-mail"}},
	{Key: "phone", Names: []string{"phone", "Телефон", "Телефон нөмірі", "Ұялы телефон", "Номер телефона", "Мобильный телефон", "Phone", "Phone number", "Mobile"}},
	{Key: "address", Names: []string{"address", "Мекенжайы", "Адрес", "Address"}},
}

// Defaults stand for what a row does not say.
type Defaults struct {
	Category string    `json:"category,omitempty"`
	Day      cal.Day   `json:"day"` // of joining; cal.Forever: each row must say it
	Decision string    `json:"decision,omitempty"`
	Lang     text.Lang `json:"lang,omitempty"` // in which the members are written to
}

// entry is a row on its way into the register. What can be computed without
// the database is computed before the transaction, on all processors.
type entry struct {
	row      sheet.Row
	request  AdmitRequest
	problems []exchange.Problem
	stated   struct{ category, day bool } // by the row itself, not by a default

	person     Person
	indexes    [][]byte // blind indexes of the national ID, the primary first
	alike      []int64  // blocks in which its like may be; the first is its own
	folded     string
	sortKey    []byte
	words      []string
	secret     []byte
	nationalID []byte // sealed
	contact    []byte // sealed

	fate  fate
	like  likeness // of whom, where fate is proposed or readmitted
	known Person
}

// fate is what becomes of a row.
type fate int

const (
	entered    fate = iota // a new person
	readmitted             // a former member comes back
	unchanged              // the register says so already
	proposed               // like somebody; a person decides
	bad                    // refused, with problems
)

// reading makes entries of the rows of one file.
type reading struct {
	area       *Area
	bind       exchange.Binding
	defaults   Defaults
	places     *places
	categories map[string]string // code by folded code or name
	today      cal.Day
	now        cal.Instant
}

func (a *Area) reading(b exchange.Binding, d Defaults, at *places, now cal.Instant) *reading {
	r := &reading{area: a, bind: b, defaults: d, places: at, categories: map[string]string{}, today: a.desk.Today(), now: now}
	for _, c := range a.profile.Categories {
		for _, name := range []string{c.Code, c.Name.KK, c.Name.RU, c.Name.EN} {
			r.categories[search.Fold(name)] = c.Code
		}
	}
	return r
}

// entry reads and checks a row as strictly as single admission does, but for
// what only the register can tell.
func (r *reading) entry(row sheet.Row) *entry {
	e := &entry{row: row}
	f := fault.Check()
	value := func(field string) string { return r.bind.Value(row, field) }
	q := &e.request
	q.Name = search.Name{Surname: value("surname"), Given: value("given"), Patronymic: value("patronymic")}
	q.Private = Private{NationalID: value("national_id"), Email: value("email"), Phone: value("phone"), Address: value("address")}
	q.Lang, q.Decision, q.Category = r.defaults.Lang, value("decision"), r.defaults.Category
	if q.Decision == "" {
		q.Decision = r.defaults.Decision
	}
	if c := value("category"); c != "" {
		q.Category, e.stated.category = r.categories[search.Fold(c)], true
	}
	q.Birth = r.day(f, "birth", value("birth"), cal.Never)
	q.Day = r.day(f, "day", value("day"), r.defaults.Day)
	e.stated.day = value("day") != ""
	q.normalise()

	if e.problems = r.bind.Check(row); len(e.problems) > 0 && len(row.Cells) > 0 && e.problems[0].Column == "" {
		return e // more cells than titles: nothing stands where it should
	}
	checkPerson(f, q.Name, q.Birth, r.today)
	r.area.checkCategory(f, q.Category)
	r.area.checkNational(f, q.Private.NationalID)
	if q.Day != cal.Never {
		checkDay(f, q.Day, r.today)
	}
	checkContact(f, q.Private)
	checkDecision(f, q.Decision)
	if q.Birth == cal.Never && r.area.scheme != nil {
		if b, ok := r.area.scheme.Birth(q.Private.NationalID); ok {
			q.Birth = b
			checkPerson(f, search.Name{Surname: "x"}, b, r.today) // the age it tells
		}
	}
	q.Org = r.places.find(f, value("org"))
	if q.Org != 0 && q.Day.Bounded() {
		r.places.takes(f, q.Org, q.Day)
	}
	r.reject(e, f)
	return e
}

// reject turns the faults of fields into problems of columns.
func (r *reading) reject(e *entry, f *fault.Fault) {
	for _, field := range f.Fields {
		p := exchange.Problem{Line: e.row.Line, Column: r.column(field.Name), Key: field.Key, Args: field.Args}
		if twice := func() bool {
			for _, o := range e.problems {
				if o.Column == p.Column && o.Column != "" {
					return true
				}
			}
			return false
		}; !twice() {
			e.problems = append(e.problems, p)
		}
	}
	if len(e.problems) > 0 {
		e.fate = bad
	}
}

// column is the title of the field's column. A birth day may come from the
// national ID.
func (r *reading) column(field string) string {
	if c := r.bind.Column(field); c != "" || field != "birth" {
		return c
	}
	return r.bind.Column("national_id")
}

// dayForms are how people write dates; the day comes before the month.
var dayForms = []string{time.DateOnly, "02.01.2006", "2.1.2006", "02/01/2006", "2/1/2006", "02-01-2006", "2006.01.02", "2006/01/02"}

// day reads a date; an empty cell gives otherwise. Never tells that the cell
// was refused.
func (r *reading) day(f *fault.Fault, field, s string, otherwise cal.Day) cal.Day {
	if s == "" {
		return otherwise
	}
	s = strings.TrimSuffix(strings.TrimSuffix(s, "ж."), "г.")
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ") // a time of day after it
	if i := strings.Index(s, "T00:00"); i > 0 {
		s = s[:i]
	}
	for _, form := range dayForms {
		if t, err := time.Parse(form, s); err == nil && t.Year() >= 1800 {
			return cal.DayOf(t)
		}
	}
	f.In(field, "membership.import-date")
	return cal.Never
}

// prepare computes what the register will need of a good row, if it is a new
// person's; with seals also what only a row that is written needs.
func (r *reading) prepare(e *entry, person id.ID, seals bool) error {
	q := e.request
	e.person = Person{ID: person, Name: q.Name, Birth: q.Birth, Lang: q.Lang, Org: q.Org, Status: Active, Category: q.Category, Version: 1, Made: r.now}
	e.folded = foldedName(q.Name)
	e.alike = alikeKeys(q.Name, q.Birth, q.Org)
	if q.Private.NationalID != "" {
		e.indexes = r.area.seal.BlindIndexes(keyNational, q.Private.NationalID)
	}
	if !seals {
		return nil
	}
	e.sortKey = search.PersonKey("kk", q.Name)
	e.words = nameWords(q.Name)
	e.secret = newSecret()
	var err error
	e.nationalID, e.contact, err = r.area.sealWith(e.secret, e.person.ID, q.Private)
	return err
}

// cleanNumber is a BIN or registration number without what people group it with.
func cleanNumber(s string) string { return nationalid.Clean(s) }
