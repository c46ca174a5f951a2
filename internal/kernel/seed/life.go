package seed

import (
	"math"
	"math/rand/v2"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
)

// Person is somebody made up.
type Person struct {
	Number   int64 // from 0, in the order of the plan
	ID       id.ID
	Name     search.Name
	Sex      string // "m" or "f"
	Birth    cal.Day
	Lang     text.Lang
	Category string // today, or at the end
}

// Spell is a time in one primary organisation, half-open.
type Spell struct {
	Org            id.ID
	From, To       cal.Day
	Entry, Leaving string // admit or transfer; transfer, end or ""
}

// Turn is what else happened to a membership.
type Turn struct {
	Kind   string // suspend, reinstate, category
	Day    cal.Day
	Detail string
}

// Life is a person with the history of the membership.
type Life struct {
	Person
	First     string // the category on entry
	Spells    []Spell
	Turns     []Turn
	Suspended bool
}

// Member reports whether the person is a member today.
func (l Life) Member() bool { return l.Spells[len(l.Spells)-1].To == cal.Forever }

// Org is where the person is, or was last.
func (l Life) Org() id.ID { return l.Spells[len(l.Spells)-1].Org }

// The categories of members that are made up; worker is in every profile.
const (
	worker    = "worker"
	student   = "student"
	pensioner = "pensioner"
	other     = "other"
)

// Lives makes up the people of a plan. It is for one goroutine.
type Lives struct {
	plan  *Plan
	names map[pool][]string
	pcg   rand.PCG
	rng   *rand.Rand
}

type pool struct {
	part, sex string
	lang      text.Lang
}

// Lives makes up the people of the plan.
func (p *Plan) Lives() *Lives {
	l := &Lives{plan: p, names: map[pool][]string{}}
	l.rng = rand.New(&l.pcg)
	for _, part := range []string{"surname", "given", "patronymic"} {
		for _, sex := range []string{"m", "f"} {
			for _, lang := range p.Country.People.Languages {
				all := p.Country.Profile.Names(part, sex, lang)
				l.names[pool{part, sex, lang}] = slices.DeleteFunc(all, func(s string) bool { return part == "surname" && p.Country.reserved(s) })
			}
		}
	}
	return l
}

// Of makes up the k-th person of the i-th primary organisation, k from 0 to
// Target+Left-1; the first Target are members today.
func (l *Lives) Of(i, k int) Life {
	o := &l.plan.Primaries[i]
	life := Life{Person: Person{Number: o.First + int64(k), ID: People.ID(o.First + int64(k) + 1)}}
	People.reseed(&l.pcg, life.Number)
	life.First, life.Category = worker, worker
	if k > 0 && k < o.Target {
		life.Category = l.category(o)
	}
	end := cal.Forever
	if k >= o.Target {
		end = l.leaves(o)
	}
	life.Spells = l.spells(o, end, life.Category, k == 0)
	l.age(&life)
	if k > 0 && life.Member() {
		l.suspend(&life)
	}
	l.name(&life.Person, o)
	return life
}

// Officer makes up the i-th holder of a post who is not in the register of members.
func (l *Lives) Officer(i int64) Person {
	officers.reseed(&l.pcg, i)
	var p Person
	l.name(&p, &Primary{women: 40, second: 20})
	return p
}

// category is one of those the country has.
func (l *Lives) category(o *Primary) string {
	made := worker
	switch at := l.rng.IntN(1000); {
	case at < o.students:
		made = student
	case at < o.students+60:
		made = pensioner
	case at < o.students+75:
		made = other
	}
	if _, ok := l.plan.Country.Profile.Category(made); !ok {
		return worker
	}
	return made
}

// between is a day from lo up to, but not on, hi.
func (l *Lives) between(lo, hi cal.Day) cal.Day {
	if hi <= lo {
		return lo
	}
	return lo + cal.Day(l.rng.IntN(int(hi-lo)))
}

// leaves is the day on which somebody left an organisation for good.
func (l *Lives) leaves(o *Primary) cal.Day {
	if o.Closed != cal.Forever {
		if l.rng.IntN(10) < 7 {
			return o.Closed
		}
		return l.between(o.Founded+30, o.Closed)
	}
	day := l.between(max(o.Founded+30, l.plan.joins), l.plan.Today)
	if y, m, _ := day.Date(); cal.Date(y, m, 1) > o.Founded {
		return cal.Date(y, m, 1)
	}
	return day
}

// joins is the day of a meeting of o, before a day, on which somebody was
// admitted: when it was founded, over the years, or lately.
func (l *Lives) joins(o *Primary, before cal.Day, category string) cal.Day {
	last := min(before, o.Closed, l.plan.Today+1) - 1
	lately := l.plan.joins
	day := o.Founded
	switch {
	case category == student:
		day = l.between(max(o.Founded, last-4*365), last)
	case o.Founded >= lately:
		if l.rng.IntN(10) >= 6 {
			day = l.between(o.Founded, last)
		}
	case last > lately && l.rng.IntN(100) < 11:
		day = l.between(lately, last)
	case o.Founded > lately-12*365 && l.rng.IntN(10) < 8: // with the founders
	default:
		top := min(last, lately)
		day = l.between(max(o.Founded, top-28*365), top)
	}
	return o.meeting(day, last)
}

// meeting is the meeting of the quarter of a day: between founding and last.
func (o *Primary) meeting(day, last cal.Day) cal.Day {
	y, m, _ := day.Date()
	at := cal.Date(y, (m-1)/3*3+1, 1).AddMonths(o.meets[0]) + cal.Day(o.meets[1]-1)
	for at > last {
		at = at.AddMonths(-3)
	}
	return max(at, o.Founded)
}

// spells are where the person was until end: here, and perhaps in the peer before.
func (l *Lives) spells(o *Primary, end cal.Day, category string, chair bool) []Spell {
	leaving := ""
	if end != cal.Forever {
		leaving = "end"
	}
	here := Spell{Org: o.Org, To: end, Entry: "admit", Leaving: leaving}
	if o.Peer >= 0 && end == cal.Forever && !chair && category != student {
		peer := &l.plan.Primaries[o.Peer]
		moved := cal.Never
		if peer.Into == o.Org {
			if l.rng.IntN(10) < 4 {
				moved = peer.Closed
			}
		} else if l.rng.IntN(25) == 0 {
			moved = l.joins(o, end, category)
		}
		if moved > max(peer.Founded, o.Founded) && moved <= peer.Closed {
			here.From, here.Entry = moved, "transfer"
			return []Spell{{peer.Org, l.joins(peer, moved, category), moved, "admit", "transfer"}, here}
		}
	}
	here.From = l.joins(o, end, category)
	return []Spell{here}
}

// year is the mean length of one in days.
const year = 365.25

// age gives a birth day with which the history is possible: workers from 18 to
// 62, students from 16 to 25, pensioners from 58 to 85, of whom some retired as
// members.
func (l *Lives) age(life *Life) {
	joined, until := life.Spells[0].From, min(life.Spells[len(life.Spells)-1].To, l.plan.Today)
	since := float64(until-joined) / year
	years := func(n float64) cal.Day { return cal.Day(n * year) }
	if life.Category == pensioner && since >= 2 {
		retired := max(life.Spells[len(life.Spells)-1].From+30, until-years(12*l.rng.Float64()))
		if retired < until {
			life.Birth = retired - years(61+2*l.rng.Float64())
			life.Turns = append(life.Turns, Turn{"category", retired, pensioner})
			return
		}
		life.Category = worker
	}
	life.First = life.Category
	switch life.Category {
	case student:
		life.Birth = joined - years(16.1+4.5*l.rng.Float64())
	case pensioner:
		life.Birth = until - years(60.1+18*l.rng.Float64())
	default:
		life.Birth = joined - years(18.1+max(0, 43-since)*math.Pow(l.rng.Float64(), 1.4))
	}
}

// suspend lets the rights of a few rest.
func (l *Lives) suspend(life *Life) {
	from, today := life.Spells[len(life.Spells)-1].From, l.plan.Today
	if l.rng.IntN(200) > 0 || from > today-200 || len(life.Turns) > 0 {
		return
	}
	day := l.between(max(from+30, today-550), today-20)
	life.Turns = append(life.Turns, Turn{"suspend", day, l.plan.Country.Words.Unpaid})
	if l.rng.IntN(5) < 2 {
		life.Turns = append(life.Turns, Turn{"reinstate", l.between(day+5, today), ""})
		return
	}
	life.Suspended = true
}

func (l *Lives) name(p *Person, o *Primary) {
	p.Sex = "m"
	if l.rng.IntN(100) < o.women {
		p.Sex = "f"
	}
	langs := l.plan.Country.People.Languages
	lang, last := langs[0], langs[len(langs)-1]
	if l.rng.IntN(100) < o.second {
		lang = last
	}
	part := func(what string) string {
		all := l.names[pool{what, p.Sex, lang}]
		if len(all) == 0 {
			return ""
		}
		return all[l.rng.IntN(len(all))]
	}
	p.Name = search.Name{Surname: part("surname"), Given: part("given")}
	if l.rng.IntN(8) > 0 {
		p.Name.Patronymic = part("patronymic")
	}
	p.Lang = lang
	if lang != last && l.rng.IntN(5) == 0 {
		p.Lang = last
	}
}
