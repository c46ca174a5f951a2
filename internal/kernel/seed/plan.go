package seed

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/text"
)

// Plan says which organisations a federation of some size has, and how many
// people each. It is the same for the same country, size and day.
type Plan struct {
	Country    *Country
	Members    int // today
	Today      cal.Day
	Federation id.ID
	Unions     []id.ID // as Country.Unions
	Centres    []id.ID // as Country.Regions
	Locals     []Local
	Primaries  []Primary // those that exist today first
	People     int       // all persons, also those who left

	joins cal.Day // from here on people also left: before, the register was being built up
}

// Local is a local union: of a union in a region, or beneath that in a town.
type Local struct {
	Org, Parent id.ID
	Union       int // index
	Region      string
	Place       string // empty: the whole region
	Name        text.Names
	Before      text.Names // its name while the region was not one yet; empty if it always was
	Founded     cal.Day
}

// Primary is a primary organisation: what the areas pass to each other of it.
type Primary struct {
	Org      id.ID
	Union    int   // index
	Parent   id.ID // today, or at the end: its local union
	Region   string
	Place    string
	Name     text.Names
	Before   text.Names // its first name; empty if it was not renamed
	Renamed  cal.Day
	Employer string
	Address  string
	Founded  cal.Day
	Closed   cal.Day // cal.Forever while it exists
	Into     id.ID   // it was merged into; 0 otherwise
	Resting  Rest
	Branch   bool  // registered as a branch of its local union, with a number of its own
	Chair    bool  // has a chair: its first person
	Target   int   // members today
	Left     int   // persons who were members and are nowhere now
	First    int64 // number of its first person
	Peer     int   // index of a primary organisation of the same union from which people came; -1 none

	size     float64
	students int // per mille
	women    int // percent
	second   int // percent of people with names in the second language
	meets    [2]int
}

// Rest is the time during which an organisation's membership was suspended; the
// zero Rest is none.
type Rest struct{ From, To cal.Day }

// Smallest is the smallest federation that can be made up.
const Smallest = 500

// fewest is the least number of members of a primary organisation (Law on Trade
// Unions art. 15).
const fewest = 3

// Make plans a federation that has so many members today.
func Make(c *Country, members int, today cal.Day) (*Plan, error) {
	if members < Smallest {
		return nil, fmt.Errorf("a federation of %d members is too small to be made up: ask for %d or more", members, Smallest)
	}
	p := &Plan{Country: c, Members: members, Today: today, Federation: Orgs.ID(1), joins: today.AddMonths(-96)}
	next := int64(1)
	org := func() id.ID { next++; return Orgs.ID(next) }
	for range c.Unions {
		p.Unions = append(p.Unions, org())
	}
	for range c.Regions {
		p.Centres = append(p.Centres, org())
	}
	rng := layout.Rand(0)
	p.locals(rng, org)
	p.spread(rng)
	p.close(rng)
	p.describe(rng)
	for i := range p.Primaries {
		p.Primaries[i].Org = org()
	}
	p.relate(rng)
	p.number(rng)
	return p, nil
}

// locals founds a local union of every union in every region where it has a
// branch, and in big towns beneath it.
func (p *Plan) locals(rng *rand.Rand, org func() id.ID) {
	c := p.Country
	for u, union := range c.Unions {
		for _, g := range c.Regions {
			if union.absent[g.Code] {
				continue
			}
			l := Local{Org: org(), Parent: p.Unions[u], Union: u, Region: g.Code, Founded: union.Founded + 20 + cal.Day(rng.IntN(3*365))}
			region, _ := c.Profile.Region(g.Code, p.Today)
			l.Name = fill(c.Names.LocalOfRegion, "{union}", union.Local, "{region}", region.Name)
			if _, moved := c.Lay(g.Code, l.Founded); moved != cal.Never {
				l.Before = fill(c.Names.LocalOfTown, "{union}", union.Local, "{place}", region.Seat)
			}
			p.Locals = append(p.Locals, l)
			for _, place := range c.places[g.Code] {
				if union.Towns && place.big && (l.Before == text.Names{} || place.Name.KK != region.Seat.KK) {
					p.Locals = append(p.Locals, Local{Org: org(), Parent: l.Org, Union: u, Region: g.Code, Place: place.Code, Founded: l.Founded + 60 + cal.Day(rng.IntN(4*365)),
						Name: fill(c.Names.LocalOfTown, "{union}", union.Local, "{place}", place.Name)})
				}
			}
		}
	}
}

// spread puts primary organisations and members into regions and unions. A
// region gets its share exactly; what a union's share of it leaves over is
// carried to the next region.
func (p *Plan) spread(rng *rand.Rand) {
	c := p.Country
	var primaries, members []float64
	total := 0
	for _, g := range c.Regions {
		primaries, members = append(primaries, float64(g.Primaries)), append(members, float64(g.Members))
		total += g.Primaries
	}
	orgs := max(total*p.Members/c.Scale.Members, len(c.Unions))
	ofRegion := apportion(orgs, primaries)
	for r, n := range ofRegion {
		if n == 0 {
			members[r] = 0
		}
	}
	people := apportion(p.Members, members)
	carried := make([]float64, len(c.Unions))
	for r, g := range c.Regions {
		var sum float64
		weights := make([]float64, len(c.Unions))
		for u, union := range c.Unions {
			if !union.absent[g.Code] {
				weights[u] = union.Primaries * max(1, union.strong[g.Code])
			}
			sum += weights[u]
		}
		first := len(p.Primaries)
		for range ofRegion[r] {
			// The union that lacks most of its share comes next.
			best := -1
			for u := range weights {
				if weights[u] == 0 {
					continue
				}
				carried[u] += weights[u] / sum
				if best < 0 || carried[u] > carried[best] {
					best = u
				}
			}
			carried[best]--
			p.Primaries = append(p.Primaries, p.primary(rng, best, g))
		}
		here := p.Primaries[first:]
		sizes := make([]float64, len(here))
		for i := range here {
			sizes[i] = here[i].size
		}
		for i, n := range apportion(people[r]-fewest*len(here), sizes) {
			here[i].Target = fewest + n
		}
	}
}

// primary makes up one primary organisation of a union in a region.
func (p *Plan) primary(rng *rand.Rand, u int, g Region) Primary {
	union := p.Country.Unions[u]
	place := pick(rng, p.Country.places[g.Code], func(v Place) float64 { return math.Pow(v.weight, .6) })
	o := Primary{Union: u, Region: g.Code, Place: place.Code, Closed: cal.Forever, Peer: -1,
		women: union.Women, second: g.Second, meets: [2]int{rng.IntN(3), 1 + rng.IntN(28)}}
	o.Founded = founding(rng, union.Founded, p.Today)
	o.size = union.Size * math.Exp(.8*rng.NormFloat64())
	o.Chair, o.Branch = rng.IntN(10) > 0, rng.IntN(3) == 0
	return o
}

// founding is a day between a union's founding and today: most organisations
// are old.
func founding(rng *rand.Rand, from, today cal.Day) cal.Day {
	type epoch struct {
		from, to cal.Day
		share    float64
	}
	e := pick(rng, []epoch{{from, cal.Date(2000, 1, 1), 46}, {cal.Date(2000, 1, 1), cal.Date(2010, 1, 1), 24},
		{cal.Date(2010, 1, 1), cal.Date(2018, 1, 1), 22}, {cal.Date(2018, 1, 1), today - 30, 8}}, func(e epoch) float64 { return e.share })
	lo, hi := max(e.from, from+30), e.to
	if lo >= hi {
		lo, hi = from+30, today-30
	}
	return lo + cal.Day(rng.IntN(int(hi-lo)))
}

// close adds organisations that exist no more: some dissolved, some merged.
func (p *Plan) close(rng *rand.Rand) {
	alive := len(p.Primaries)
	dissolved, merged := (alive*3+50)/100, (alive+50)/100
	heirs := map[int]bool{}
	for i := range dissolved + merged {
		like := rng.IntN(alive)
		o := p.Primaries[like]
		o.Founded = founding(rng, p.Country.Unions[o.Union].Founded, p.Today-3*365)
		first := max(o.Founded+365, cal.Date(2003, 1, 1))
		o.Closed = first + cal.Day(rng.IntN(int(p.Today-60-first)))
		o.Target, o.Chair, o.Branch, o.Peer = 0, false, false, -1
		o.meets = [2]int{rng.IntN(3), 1 + rng.IntN(28)}
		if h := &p.Primaries[like]; i >= dissolved && !heirs[like] && h.Founded < o.Closed-90 {
			heirs[like], h.Peer = true, len(p.Primaries)
		}
		p.Primaries = append(p.Primaries, o)
	}
}

// relate tells who was merged into whom, and gives the others a neighbour from
// which people came.
func (p *Plan) relate(rng *rand.Rand) {
	last := make([]int, len(p.Unions))
	for u := range last {
		last[u] = -1
	}
	for i := range p.Primaries {
		o := &p.Primaries[i]
		if o.Closed != cal.Forever {
			continue
		}
		if o.Peer >= 0 {
			p.Primaries[o.Peer].Into = o.Org
		} else {
			o.Peer = last[o.Union]
			if i%120 == 60 && o.Founded < p.Today-3*365 {
				o.Resting.From = p.Today - 60 - cal.Day(rng.IntN(600))
				o.Resting.To = cal.Forever
				if rng.IntN(2) == 0 {
					o.Resting.To = o.Resting.From + cal.Day(1+rng.IntN(int(p.Today-o.Resting.From)))
				}
			}
		}
		last[o.Union] = i
	}
}

// describe gives workplaces, names and parents. Numbers and brands of one kind
// of workplace in one place are given once.
func (p *Plan) describe(rng *rand.Rand) {
	c := p.Country
	type spot struct{ union, place string }
	parents := map[spot]id.ID{}
	for _, l := range p.Locals {
		parents[spot{c.Unions[l.Union].Code, cmp.Or(l.Place, l.Region)}] = l.Org
	}
	places := map[string]Place{}
	for _, v := range c.Places() {
		places[v.Code] = v
	}
	given := map[string][2]int{} // the first number and how many follow it
	for i := range p.Primaries {
		o := &p.Primaries[i]
		union, place := c.Unions[o.Union].Code, places[o.Place]
		o.Parent = parents[spot{union, o.Region}]
		if town, ok := parents[spot{union, o.Place}]; ok {
			o.Parent = town
		}
		w := pick(rng, c.workplaces[union], func(w workplace) float64 { return w.weight })
		o.students = w.students
		key := w.employer + o.Place
		n, ok := given[key]
		if !ok {
			n[0] = 1 + rng.IntN(20)
		}
		o.Name, o.Employer = c.called(w, place, n[0], n[1])
		if rng.IntN(33) == 0 && o.Founded < p.Today-4*365 && o.Closed == cal.Forever {
			o.Before, _ = c.called(w, place, n[0]+n[1]+37, 0) // another number and another brand
			o.Renamed = o.Founded + 365 + cal.Day(rng.IntN(int(p.Today-o.Founded-2*365)))
		}
		given[key] = [2]int{n[0], n[1] + 1}
		street := c.Words.Streets[rng.IntN(len(c.Words.Streets))]
		o.Address = strings.NewReplacer("{place}", place.Name.In(c.People.Languages[0]), "{street}", street, "{house}", strconv.Itoa(1+rng.IntN(120))).Replace(c.Words.Address)
	}
}

// called is the name and the employer of the i-th workplace of its kind in a
// place, where the first has the number and the brand first.
func (c *Country) called(w workplace, place Place, first, i int) (text.Names, string) {
	n := first + i
	name := c.Words.Brands[n%len(c.Words.Brands)]
	if round := i / len(c.Words.Brands); round > 0 {
		for i := range name {
			name[i] += "-" + strconv.Itoa(round+1)
		}
	}
	own := strings.NewReplacer("{n}", strconv.Itoa(n), "{name}", name[0])
	latin := strings.NewReplacer("{n}", strconv.Itoa(n), "{name}", name[1])
	lang, employer := c.People.Languages[0], own
	if lang == text.EN {
		employer = latin
	}
	return text.Names{
		KK: own.Replace(w.primary.KK) + ", " + place.Name.KK,
		RU: own.Replace(w.primary.RU) + ", " + place.Name.RU,
		EN: latin.Replace(w.primary.EN) + ", " + place.Name.EN,
	}, employer.Replace(w.employer) + ", " + place.Name.In(lang)
}

// number decides how many people left each organisation and numbers all people.
func (p *Plan) number(rng *rand.Rand) {
	var next int64
	const leavers = .10 // of today's members, in the years since p.joins
	span := float64(p.Today - p.joins)
	for i := range p.Primaries {
		o := &p.Primaries[i]
		n := float64(o.Target) * leavers * float64(p.Today-max(o.Founded, p.joins)) / span
		if o.Closed != cal.Forever {
			n = fewest + 25*rng.ExpFloat64()
		}
		if o.Into != 0 {
			n = 0 // they are among the members of its heir
		}
		o.Left = int(n + rng.Float64())
		o.First = next
		next += int64(o.Target + o.Left)
	}
	p.People = int(next)
}

// fill puts names into the places of a and b.
func fill(n text.Names, a string, av text.Names, b string, bv text.Names) text.Names {
	one := func(s, x, y string) string { return strings.NewReplacer(a, x, b, y).Replace(s) }
	return text.Names{KK: one(n.KK, av.KK, bv.KK), RU: one(n.RU, av.RU, bv.RU), EN: one(n.EN, av.EN, bv.EN)}
}

// pick takes one by weight.
func pick[T any](rng *rand.Rand, all []T, weight func(T) float64) T {
	var sum float64
	for _, v := range all {
		sum += weight(v)
	}
	at := rng.Float64() * sum
	for _, v := range all {
		if at -= weight(v); at < 0 {
			return v
		}
	}
	return all[len(all)-1]
}
