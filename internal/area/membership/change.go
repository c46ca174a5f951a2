package membership

import (
	"context"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/search"
)

// Step is what a change of a membership needs: the person as the actor saw it
// (Version), the day, the decision behind it and, where asked, a reason.
type Step struct {
	Person   id.ID
	Version  int64
	Day      cal.Day
	Decision string
	Reason   string
}

// change is the common frame of all changes of one person: permission at the
// person's organisation, the version the actor saw, and the trail.
func (a *Area) change(ctx context.Context, action access.Action, s Step, fn func(tx *act.Tx, p *Person) error) (Person, error) {
	seen, err := load(ctx, a.desk.DB.Read(), s.Person)
	if err != nil {
		return Person{}, err
	}
	r := act.Request{Action: action, Org: seen.Org, Record: Ref(s.Person), Decision: s.Decision, Reason: s.Reason, Input: s}
	return act.Do(ctx, a.desk, r, func(tx *act.Tx) (Person, error) {
		p, err := load(ctx, tx, s.Person)
		if err != nil {
			return p, err
		}
		if p.Org != seen.Org || s.Version != 0 && s.Version != p.Version {
			return p, fault.New(fault.Conflict, "fault.conflict")
		}
		if s.Reason != "" { // it will stand in the trail, asked for or not
			f := fault.Check()
			a.checkReason(f, "reason", s.Reason)
			if err := f.OrNil(); err != nil {
				return p, err
			}
		}
		before := p
		if err := fn(tx, &p); err != nil {
			return p, err
		}
		if err := update(ctx, tx.Tx, p); err != nil {
			return p, err
		}
		p.Version++
		tx.Changed(Ref(p.ID), trail(before), trail(p))
		return p, nil
	})
}

func (s Step) check(today cal.Day) *fault.Fault {
	f := fault.Check()
	checkDay(f, s.Day, today)
	checkDecision(f, s.Decision)
	return f
}

// Correction is a person's data as they should read.
type Correction struct {
	Step
	Name  search.Name
	Birth cal.Day
}

// Correct mends the name or birth day. It needs no decision.
func (a *Area) Correct(ctx context.Context, c Correction) (Person, error) {
	return a.change(ctx, Change, c.Step, func(tx *act.Tx, p *Person) error {
		f := fault.Check()
		checkPerson(f, c.Name, c.Birth, tx.Today)
		if err := f.OrNil(); err != nil {
			return err
		}
		p.Name, p.Birth = c.Name, c.Birth
		return words(ctx, tx.Tx, *p)
	})
}

// Suspend lets the rights of a member rest; the member still counts.
func (a *Area) Suspend(ctx context.Context, s Step) (Person, error) {
	return a.change(ctx, Change, s, func(tx *act.Tx, p *Person) error {
		f := s.check(tx.Today)
		a.checkReason(f, "reason", s.Reason)
		if err := f.OrNil(); err != nil {
			return err
		}
		if p.Status != Active {
			return fault.New(fault.Unready, "membership.not-active")
		}
		p.Status = Suspended
		tx.Emit(event.Event{Name: "membership.suspended", Record: Ref(p.ID), Org: p.Org, Day: s.Day})
		return addEvent(ctx, tx.Tx, p.ID, Event{ID: id.New(), Kind: "suspend", Day: s.Day, Detail: s.Reason, Basis: s.Decision, Account: tx.Actor.Account}, tx.Now)
	})
}

// Reinstate ends a suspension.
func (a *Area) Reinstate(ctx context.Context, s Step) (Person, error) {
	return a.change(ctx, Change, s, func(tx *act.Tx, p *Person) error {
		if err := s.check(tx.Today).OrNil(); err != nil {
			return err
		}
		if p.Status != Suspended {
			return fault.New(fault.Unready, "membership.not-suspended")
		}
		p.Status = Active
		return addEvent(ctx, tx.Tx, p.ID, Event{ID: id.New(), Kind: "reinstate", Day: s.Day, Basis: s.Decision, Account: tx.Actor.Account}, tx.Now)
	})
}

// Categorise changes the category from a day: a worker who retires stays a
// member but no longer counts as a wage earner.
func (a *Area) Categorise(ctx context.Context, s Step, category string) (Person, error) {
	return a.change(ctx, Change, s, func(tx *act.Tx, p *Person) error {
		f := s.check(tx.Today)
		a.checkCategory(f, category)
		if err := f.OrNil(); err != nil {
			return err
		}
		if err := member(*p); err != nil {
			return err
		}
		if err := a.afterLast(ctx, tx, p.ID, s.Day); err != nil {
			return err
		}
		d := deltas{}
		d.add(p.Org, p.Category, s.Day, -1)
		d.add(p.Org, category, s.Day, 1)
		p.Category = category
		if err := d.write(ctx, tx.Tx); err != nil {
			return err
		}
		return addEvent(ctx, tx.Tx, p.ID, Event{ID: id.New(), Kind: "category", Day: s.Day, Detail: category, Basis: s.Decision, Account: tx.Actor.Account}, tx.Now)
	})
}

// afterLast refuses a day before the open spell began or before the last
// change of category: the counts would have to be rewritten in between.
func (a *Area) afterLast(ctx context.Context, tx *act.Tx, person id.ID, day cal.Day) error {
	spells, err := Spells(ctx, tx, person)
	if err != nil {
		return err
	}
	events, err := Events(ctx, tx, person)
	if err != nil {
		return err
	}
	last := cal.Never
	for _, s := range spells {
		last = max(last, s.From)
	}
	for _, e := range events {
		if e.Kind == "category" {
			last = max(last, e.Day)
		}
	}
	if day < last {
		return fault.Check().In("day", "membership.before-last", "Day", last)
	}
	return nil
}

func member(p Person) error {
	if p.Status != Active && p.Status != Suspended {
		return fault.New(fault.Unready, "membership.not-a-member")
	}
	return nil
}

// Transfer moves a member to another primary organisation: one spell ends and
// another begins on the same day. The actor needs the right at both.
func (a *Area) Transfer(ctx context.Context, s Step, to id.ID) (Person, error) {
	return a.change(ctx, Move, s, func(tx *act.Tx, p *Person) error {
		f := s.check(tx.Today)
		if to == p.Org {
			f.In("to", "membership.same-org")
		}
		if err := primary(ctx, tx, f, "to", to, s.Day); err != nil {
			return err
		}
		if err := f.OrNil(); err != nil {
			return err
		}
		if err := tx.Require(ctx, Move, to); err != nil {
			return fault.New(fault.Denied, "membership.transfer-elsewhere")
		}
		if err := member(*p); err != nil {
			return err
		}
		if err := a.finish(ctx, tx, *p, s.Day, "transfer", s.Decision); err != nil {
			return err
		}
		p.Org = to
		return a.begin(ctx, tx, *p, Spell{Org: to, From: s.Day, Entry: "transfer", EntryBasis: s.Decision})
	})
}

// End ends a membership; the record and its history stay.
func (a *Area) End(ctx context.Context, s Step) (Person, error) {
	return a.change(ctx, EndIt, s, func(tx *act.Tx, p *Person) error {
		f := s.check(tx.Today)
		a.checkReason(f, "reason", s.Reason)
		if err := f.OrNil(); err != nil {
			return err
		}
		if err := member(*p); err != nil {
			return err
		}
		if err := a.finish(ctx, tx, *p, s.Day, "end", s.Decision); err != nil {
			return err
		}
		p.Status = Former
		tx.Emit(event.Event{Name: "membership.ended", Record: Ref(p.ID), Org: p.Org, Day: s.Day})
		return nil
	})
}

// finish closes the open spell and counts it.
func (a *Area) finish(ctx context.Context, tx *act.Tx, p Person, day cal.Day, leaving, basis string) error {
	if err := a.afterLast(ctx, tx, p.ID, day); err != nil {
		return err
	}
	if err := closeSpell(ctx, tx.Tx, p.ID, day, leaving, basis); err != nil {
		return err
	}
	d := deltas{}
	d.add(p.Org, p.Category, day, -1)
	return d.write(ctx, tx.Tx)
}
