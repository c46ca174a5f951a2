package structure

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"iter"
	"math/rand/v2"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/figure"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/nationalid"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/seed"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

// Seed fills an empty register with a made-up federation of so many members:
// its organisations with their histories, places, posts and officers, and the
// figures that were published of it. demo is the folder of the profile, see
// profiles.Demo. It is one transaction. The plan it returns is what the register
// of members is filled from.
func (a *Area) Seed(ctx context.Context, demo fs.FS, members int) (*seed.Plan, error) {
	country, err := seed.Read(demo, a.profile)
	if err != nil {
		return nil, fmt.Errorf("the demo federation: %w", err)
	}
	plan, err := seed.Make(country, members, a.desk.Today())
	if err != nil {
		return nil, err
	}
	err = a.desk.DB.Write(ctx, func(tx *db.Tx) error {
		s := &sower{plan: plan, c: country, rng: seed.OrgEvents.Rand(0), numbers: map[string]bool{}, lives: plan.Lives()}
		s.bin = country.Profile.SchemeFor(nationalid.Organisation)
		if err := s.organisations(); err != nil {
			return err
		}
		if err := org.Load(ctx, tx, s.events); err != nil {
			return err
		}
		if err := s.writePlaces(ctx, tx); err != nil {
			return err
		}
		if err := s.writePosts(ctx, tx); err != nil {
			return err
		}
		return figure.Add(ctx, tx, s.figures()...)
	})
	if err != nil {
		return nil, err
	}
	return plan, a.desk.DB.Analyze(ctx, "org_event", "org_version", "org_closure", "org_word", "structure_post", "structure_term", "structure_territory")
}

// sower turns a plan into rows.
type sower struct {
	plan    *seed.Plan
	c       *seed.Country
	rng     *rand.Rand
	bin     *nationalid.Scheme // nil where the country numbers no organisations
	numbers map[string]bool
	events  []org.Event
	lives   *seed.Lives
	people  int64
}

// morning is the time of day at which all of it was recorded.
func morning(day cal.Day) cal.Instant { return cal.Instant(int64(day)*86400+9*3600) * 1_000_000 }

// add records an event. Without a decision it gets a made-up number.
func (s *sower) add(o id.ID, kind org.EventKind, day cal.Day, decision string, d org.Detail) {
	if decision == "" {
		decision = fmt.Sprintf("%d-%02d", 1+s.rng.IntN(24), 1+s.rng.IntN(19))
	}
	s.events = append(s.events, org.Event{ID: seed.OrgEvents.ID(int64(len(s.events)) + 1), Org: o, Kind: kind, Day: day, Decision: decision, Detail: d, Made: morning(day)})
}

// number makes up the number of a legal person, or of a branch of one.
func (s *sower) number(day cal.Day, kind string) (*string, error) {
	if s.bin == nil {
		return nil, nil
	}
	for {
		n, err := s.bin.Generate(s.rng, nationalid.Traits{Day: day, Kinds: []string{"resident", kind}})
		if err != nil {
			return nil, err
		}
		if !s.numbers[n] {
			s.numbers[n] = true
			return &n, nil
		}
	}
}

func (s *sower) organisations() error {
	f := s.c.Federation
	number, err := s.number(f.Founded, "head")
	if err != nil {
		return err
	}
	capital := s.capital()
	s.add(s.plan.Federation, org.Found, f.Founded, f.Decision, org.Detail{Kind: org.Federation, Names: &f.Name, Territory: &capital, BIN: number})
	for _, write := range []func() error{s.unions, s.centres, s.locals, s.primaries} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

// capital is the region where the federation and its unions sit.
func (s *sower) capital() string {
	for _, t := range s.c.Profile.Regions(cal.Forever) {
		if t.Type == "capital" {
			return t.Code
		}
	}
	return s.c.Regions[0].Code
}

func (s *sower) unions() error {
	capital := s.capital()
	for i, u := range s.c.Unions {
		number, err := s.number(u.Founded, "head")
		if err != nil {
			return err
		}
		d := org.Detail{Kind: org.Union, Names: &u.Name, Activity: &u.Activity, Territory: &capital, BIN: number}
		if u.Admitted > u.Founded {
			s.add(s.plan.Unions[i], org.Found, u.Founded, "", d)
			s.add(s.plan.Unions[i], org.Admit, u.Admitted, u.Decision, org.Detail{Parent: &s.plan.Federation})
		} else {
			d.Parent = &s.plan.Federation
			s.add(s.plan.Unions[i], org.Found, u.Founded, u.Decision, d)
		}
		s.add(s.plan.Unions[i], org.Describe, u.Registered, "", org.Detail{Registration: &u.Registration})
	}
	return nil
}

// centres are founded under the name of the territory of the day.
func (s *sower) centres() error {
	name := func(region string, on cal.Day) *text.Names {
		t, _ := s.c.Profile.Region(region, on)
		n := replaced(s.c.Names.Centre, "{region}", t.Name)
		return &n
	}
	for i, g := range s.c.Regions {
		o := s.plan.Centres[i]
		number, err := s.number(g.Centre, "head")
		if err != nil {
			return err
		}
		then, moved := s.c.Lay(g.Code, g.Centre)
		s.add(o, org.Found, g.Centre, "", org.Detail{Kind: org.Centre, Names: name(then, g.Centre), Parent: &s.plan.Federation, Territory: &then, BIN: number})
		if moved != cal.Never {
			s.add(o, org.Move, moved, "", org.Detail{Territory: &g.Code})
			s.add(o, org.Rename, moved, "", org.Detail{Names: name(g.Code, moved)})
		}
		for _, e := range s.c.Profile.History(g.Code) {
			if e.Event == profile.Renamed && e.Day > max(g.Centre, moved) {
				s.add(o, org.Rename, e.Day, "", org.Detail{Names: name(g.Code, e.Day)})
			}
		}
	}
	return nil
}

func replaced(n text.Names, what string, by text.Names) text.Names {
	return text.Names{KK: strings.ReplaceAll(n.KK, what, by.KK), RU: strings.ReplaceAll(n.RU, what, by.RU), EN: strings.ReplaceAll(n.EN, what, by.EN)}
}

func (s *sower) locals() error {
	for _, l := range s.plan.Locals {
		number, err := s.number(l.Founded, "branch")
		if err != nil {
			return err
		}
		then, moved := s.c.Lay(l.Region, l.Founded)
		d := org.Detail{Kind: org.Local, Names: &l.Name, Parent: &l.Parent, Territory: &then, Activity: &s.c.Unions[l.Union].Activity, BIN: number}
		if l.Place != "" {
			d.Place = &l.Place
		}
		if l.Before != (text.Names{}) {
			d.Names = &l.Before
		}
		s.add(l.Org, org.Found, l.Founded, "", d)
		if moved != cal.Never {
			s.add(l.Org, org.Move, moved, "", org.Detail{Territory: &l.Region})
			if l.Before != (text.Names{}) {
				s.add(l.Org, org.Rename, moved, "", org.Detail{Names: &l.Name})
			}
		}
	}
	return nil
}

func (s *sower) primaries() error {
	founded := make(map[id.ID]cal.Day, len(s.plan.Locals))
	for _, l := range s.plan.Locals {
		founded[l.Org] = l.Founded
	}
	for i := range s.plan.Primaries {
		if err := s.primary(&s.plan.Primaries[i], founded); err != nil {
			return err
		}
	}
	return nil
}

// primary writes the history of one: founded beneath its union where the local
// union came later, and in the territory of the day.
func (s *sower) primary(o *seed.Primary, locals map[id.ID]cal.Day) error {
	parent := o.Parent
	if locals[parent] > o.Founded {
		parent = s.plan.Unions[o.Union]
	}
	then, moved := s.c.Lay(o.Region, o.Founded)
	d := org.Detail{Kind: org.Primary, Names: &o.Name, Parent: &parent, Territory: &then, Place: &o.Place, Activity: &s.c.Unions[o.Union].Activity,
		Address: &o.Address, Employer: &o.Employer}
	if o.Before != (text.Names{}) {
		d.Names = &o.Before
	}
	if o.Branch {
		number, err := s.number(o.Founded, "branch")
		if err != nil {
			return err
		}
		d.BIN = number
	}
	s.add(o.Org, org.Found, o.Founded, "", d)
	if day := locals[o.Parent]; day > o.Founded && day < o.Closed {
		s.add(o.Org, org.Move, day, "", org.Detail{Parent: &o.Parent})
	}
	if moved != cal.Never && moved < o.Closed {
		s.add(o.Org, org.Move, moved, "", org.Detail{Territory: &o.Region})
	}
	if o.Before != (text.Names{}) {
		s.add(o.Org, org.Rename, o.Renamed, "", org.Detail{Names: &o.Name})
	}
	if o.Resting != (seed.Rest{}) {
		s.add(o.Org, org.Suspend, o.Resting.From, "", org.Detail{})
		if o.Resting.To != cal.Forever {
			s.add(o.Org, org.Resume, o.Resting.To, "", org.Detail{})
		}
	}
	switch {
	case o.Into != 0:
		s.add(o.Org, org.Merge, o.Closed, "", org.Detail{Into: o.Into})
	case o.Closed != cal.Forever:
		s.add(o.Org, org.Dissolve, o.Closed, "", org.Detail{})
	}
	return nil
}

// writePlaces gives the register the settlements and districts in which the
// organisations lie. The official classifier can be imported beside them.
func (s *sower) writePlaces(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Bulk(ctx, "structure_territory", []string{"code", "parent", "region", "level", "name_kk", "name_ru", "name_en", "sort_key"},
		func(yield func([]any, error) bool) {
			row := func(code, parent, region, level string, n text.Names) bool {
				return yield([]any{code, parent, region, level, n.KK, n.RU, n.EN, search.SortKey("kk", n.In(text.KK))}, nil)
			}
			official := map[string]string{}
			for _, t := range s.c.Profile.Regions(s.plan.Today) {
				official[t.Code] = cmp.Or(t.Official, t.Code)
				if !row(official[t.Code], "", t.Code, "region", t.Name) {
					return
				}
			}
			for _, p := range s.c.Places() {
				if !row(p.Code, official[p.Region], p.Region, "settlement", p.Name) {
					return
				}
			}
		})
	return err
}

// office is a post with those who held it.
type office struct {
	post
	terms []term
}

// writePosts gives every organisation that exists today a chair, unless it has
// none, and the federation, unions and centres a deputy and an auditor.
func (s *sower) writePosts(ctx context.Context, tx *db.Tx) error {
	var all []office
	for o := range s.offices() {
		o.ID = seed.Posts.ID(int64(len(all)) + 1)
		all = append(all, o)
	}
	_, err := tx.Bulk(ctx, "structure_post", []string{"id", "org_id", "title_kk", "title_ru", "title_en", "elected", "chair", "from_day", "to_day", "decision", "made_at"},
		func(yield func([]any, error) bool) {
			for _, o := range all {
				if !yield([]any{int64(o.ID), int64(o.Org), o.Title.KK, o.Title.RU, o.Title.EN, bit(o.Elected), bit(o.Chair), int64(o.From), int64(o.To), o.Decision, int64(morning(o.From))}, nil) {
					return
				}
			}
		})
	if err != nil {
		return err
	}
	n := int64(0)
	_, err = tx.Bulk(ctx, "structure_term", []string{"id", "post_id", "org_id", "holder", "person_id", "bars", "from_day", "to_day", "decision", "ended_by", "account_id", "made_at"},
		func(yield func([]any, error) bool) {
			for _, o := range all {
				for _, t := range o.terms {
					n++
					if !yield([]any{int64(seed.Terms.ID(n)), int64(o.ID), int64(o.Org), t.Holder, int64(t.Person), "", int64(t.From), int64(t.To), t.Decision, "", int64(0), int64(morning(t.From))}, nil) {
						return
					}
				}
			}
		})
	return err
}

func (s *sower) offices() iter.Seq[office] {
	return func(yield func(office) bool) {
		committee := func(o id.ID, founded cal.Day) bool {
			for i, title := range []text.Names{s.c.Posts.Chair, s.c.Posts.Deputy, s.c.Posts.Auditor} {
				if !yield(s.office(o, founded, title, i == 0)) {
					return false
				}
			}
			return true
		}
		if !committee(s.plan.Federation, s.c.Federation.Founded) {
			return
		}
		for i, u := range s.c.Unions {
			if !committee(s.plan.Unions[i], u.Founded) {
				return
			}
		}
		for i, g := range s.c.Regions {
			if !committee(s.plan.Centres[i], g.Centre) {
				return
			}
		}
		for _, l := range s.plan.Locals {
			if !yield(s.office(l.Org, l.Founded, s.c.Posts.Chair, true)) {
				return
			}
		}
		for i, o := range s.plan.Primaries {
			if o.Closed == cal.Forever && !yield(s.chair(i, o)) {
				return
			}
		}
	}
}

// period is for how long people are elected, in months.
const period = 60

// office makes a post and its terms of five years, the last of them under way.
func (s *sower) office(o id.ID, founded cal.Day, title text.Names, chair bool) office {
	v := office{post: post{Org: o, Title: title, Elected: true, Chair: chair, From: founded, To: cal.Forever, Decision: s.decision()}}
	start := s.plan.Today.AddMonths(-1 - s.rng.IntN(period-2))
	holder := s.person()
	for _, from := range []cal.Day{start.AddMonths(-period), start} {
		if from < founded {
			continue
		}
		if s.rng.IntN(2) == 0 {
			holder = s.person()
		}
		v.terms = append(v.terms, term{Holder: holder, From: from, To: from.AddMonths(period), Decision: s.decision()})
	}
	if len(v.terms) == 0 { // younger than a term
		v.terms = append(v.terms, term{Holder: holder, From: founded, To: founded.AddMonths(period), Decision: s.decision()})
	}
	return v
}

// chair makes the post of the chair of a primary organisation, held by its first
// member; some are vacant.
func (s *sower) chair(i int, o seed.Primary) office {
	v := office{post: post{Org: o.Org, Title: s.c.Posts.Chair, Elected: true, Chair: true, From: o.Founded, To: cal.Forever, Decision: s.decision()}}
	if !o.Chair {
		return v
	}
	who := s.lives.Of(i, 0)
	from := max(s.plan.Today.AddMonths(-1-s.rng.IntN(period-2)), who.Spells[0].From)
	v.terms = []term{{Holder: s.full(who.Name), Person: who.ID, From: from, To: from.AddMonths(period), Decision: s.decision()}}
	return v
}

func (s *sower) decision() string {
	return fmt.Sprint(1 + s.rng.IntN(40))
}

func (s *sower) person() string {
	s.people++
	return s.full(s.lives.Officer(s.people).Name)
}

func (s *sower) full(n search.Name) string {
	return s.c.Profile.FormatName(profile.FullName, s.c.People.Languages[0], n, "")
}

// figures are the published ones, as they were published.
func (s *sower) figures() []figure.Figure {
	unions := map[string]id.ID{}
	for i, u := range s.c.Unions {
		unions[u.Code] = s.plan.Unions[i]
	}
	var out []figure.Figure
	for i, f := range s.c.Figures {
		v := figure.Figure{ID: seed.Figures.ID(int64(i) + 1), Org: unions[f.Union], Territory: f.Region, Measure: f.Measure, Day: f.Day, Value: f.Value,
			Unit: f.Unit, Population: f.Population, Source: f.Source, Status: f.Status, Note: f.Note}
		if f.Union == "" && f.Region == "" {
			v.Org = s.plan.Federation
		}
		out = append(out, v)
	}
	return out
}
