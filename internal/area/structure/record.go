package structure

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/nationalid"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/ref"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

// RecordRequest asks to record one event in the life of an organisation.
type RecordRequest struct {
	Org      id.ID
	Kind     org.EventKind
	Day      cal.Day
	Decision string // number of the decision behind it
	Detail   org.Detail
	Parts    []text.Names // split: the names of the new organisations
	Seen     id.ID        // the last event the asker knew of; 0 does not care
}

// Recorded is what was done: the organisation and its new event.
type Recorded struct {
	Org   id.ID
	Event id.ID
}

// seat is where the permission for a kind of event is asked.
type seat int

const (
	self  seat = iota // the organisation decides about itself
	above             // the organisation it lies under decides
	host              // the one that is to take it decides
)

// kindRule says of a kind of event who decides and what it may change. The
// names of fields are those of the form and of org.Detail in JSON.
type kindRule struct {
	action access.Action
	seat   seat
	fields []string
}

var kindRules = map[org.EventKind]kindRule{
	org.Admit:    {Record, host, []string{"parent"}},
	org.Rename:   {Record, self, []string{"names"}},
	org.Move:     {Record, above, []string{"parent", "territory", "place", "activity"}},
	org.Describe: {Describe, self, []string{"bin", "registration", "address", "employer"}},
	org.Merge:    {Record, above, []string{"into"}},
	org.Split:    {Record, self, []string{"parts"}},
	org.Suspend:  {Record, above, nil},
	org.Resume:   {Record, above, nil},
	org.Leave:    {Record, self, nil},
	org.Dissolve: {Record, above, nil},
}

// Longest texts, in letters.
const (
	maxName     = 300
	maxLine     = 300
	maxDecision = 80
	maxParts    = 20
)

// Check refuses what is wrong in itself, whatever the register holds.
func (a *Area) Check(r RecordRequest) error {
	f := fault.Check()
	rule, ok := kindRules[r.Kind]
	if !ok {
		return f.In("event", "fault.choice")
	}
	a.checkWhen(f, r.Day, r.Decision)
	for _, name := range given(r.Detail) {
		if !slices.Contains(rule.fields, name) {
			f.In(name, "structure.wrong.not-here", "Event", text.Key("org.event."+string(r.Kind)))
		}
	}
	a.checkDetail(f, r.Detail, r.Day)
	switch r.Kind {
	case org.Admit:
		if r.Detail.Parent == nil || *r.Detail.Parent == 0 {
			f.In("parent", "fault.required")
		}
	case org.Rename:
		if r.Detail.Names == nil {
			f.In("name_kk", "fault.required")
		}
	case org.Merge:
		if r.Detail.Into == 0 {
			f.In("into", "fault.required")
		}
	case org.Split:
		if len(r.Parts) == 0 || len(r.Parts) > maxParts {
			f.In("part_kk", "structure.wrong.parts", "Max", maxParts)
		}
		for _, n := range r.Parts {
			checkNames(f, "part", n)
		}
	}
	return f.OrNil()
}

// checkWhen holds for every act: it has a day, not a coming one, and a decision.
func (a *Area) checkWhen(f *fault.Fault, day cal.Day, decision string) {
	switch {
	case day == 0 || !day.Bounded():
		f.In("day", "fault.required")
	case day > a.desk.Today():
		f.In("day", "structure.wrong.future")
	}
	checkLine(f, "decision", decision, maxDecision)
	if strings.TrimSpace(decision) == "" {
		f.In("decision", "structure.wrong.decision")
	}
}

// checkDetail holds for the fields of every kind of event.
func (a *Area) checkDetail(f *fault.Fault, d org.Detail, day cal.Day) {
	if d.Names != nil {
		checkNames(f, "name", *d.Names)
	}
	if d.Territory != nil && *d.Territory != "" {
		if _, ok := a.profile.Region(*d.Territory, day); !ok {
			f.In("territory", "fault.choice")
		}
	}
	if d.BIN != nil && *d.BIN != "" {
		if s := a.profile.SchemeFor(nationalid.Organisation); s != nil {
			if err := s.Check(*d.BIN); err != nil {
				f.In("bin", err.Error())
			}
		}
	}
	for name, value := range map[string]*string{"place": d.Place, "activity": d.Activity, "registration": d.Registration, "address": d.Address, "employer": d.Employer} {
		if value != nil {
			checkLine(f, name, *value, maxLine)
		}
	}
}

func checkNames(f *fault.Fault, prefix string, n text.Names) {
	if strings.TrimSpace(n.KK) == "" {
		f.In(prefix+"_kk", "fault.required")
	}
	checkLine(f, prefix+"_kk", n.KK, maxName)
	checkLine(f, prefix+"_ru", n.RU, maxName)
	checkLine(f, prefix+"_en", n.EN, maxName)
}

func checkLine(f *fault.Fault, name, value string, most int) {
	if utf8.RuneCountInString(value) > most {
		f.In(name, "fault.too-long", "Max", most)
	}
}

// given lists the fields a detail has.
func given(d org.Detail) []string {
	var out []string
	add := func(name string, is bool) {
		if is {
			out = append(out, name)
		}
	}
	add("kind", d.Kind != "")
	add("names", d.Names != nil)
	add("parent", d.Parent != nil)
	add("territory", d.Territory != nil)
	add("place", d.Place != nil)
	add("activity", d.Activity != nil)
	add("bin", d.BIN != nil)
	add("registration", d.Registration != nil)
	add("address", d.Address != nil)
	add("employer", d.Employer != nil)
	add("into", d.Into != 0)
	add("from", d.From != 0)
	add("parts", len(d.Parts) > 0)
	return out
}

// Record records an event: admit, rename, move, describe, merge, split, suspend,
// resume, leave, dissolve. A contradiction with any history is refused with its
// reason and nothing is written.
func (a *Area) Record(ctx context.Context, r RecordRequest) (Recorded, error) {
	if err := a.Check(r); err != nil {
		return Recorded{}, err
	}
	rule := kindRules[r.Kind]
	where, err := a.decider(ctx, a.desk.DB.Read(), r)
	if err != nil {
		return Recorded{}, err
	}
	request := act.Request{Action: rule.action, Org: where, Decision: r.Decision, Input: r}
	return act.Do(ctx, a.desk, request, func(tx *act.Tx) (Recorded, error) {
		if err := takeTurn(ctx, tx.Tx); err != nil {
			return Recorded{}, err
		}
		// Somebody may have moved it since the permission was asked above.
		if now, err := a.decider(ctx, tx, r); err != nil {
			return Recorded{}, err
		} else if now != where {
			if err := tx.Require(ctx, rule.action, now); err != nil {
				return Recorded{}, err
			}
		}
		last, err := lastEvent(ctx, tx, r.Org)
		if err != nil {
			return Recorded{}, err
		}
		if r.Seen != 0 && r.Seen != last {
			return Recorded{}, fault.New(fault.Conflict, "structure.stale")
		}
		return a.record(ctx, tx, r)
	})
}

// decider is the organisation at which the permission for r is needed.
func (a *Area) decider(ctx context.Context, q db.Querier, r RecordRequest) (id.ID, error) {
	switch kindRules[r.Kind].seat {
	case host:
		if _, err := org.Get(ctx, q, r.Org, a.desk.Today()); err != nil {
			return 0, err
		}
		return *r.Detail.Parent, nil
	case above:
		v, err := org.Get(ctx, q, r.Org, a.desk.Today())
		if err != nil {
			return 0, err
		}
		if v.Parent != 0 {
			return v.Parent, nil
		}
	default:
		if _, err := org.Get(ctx, q, r.Org, a.desk.Today()); err != nil {
			return 0, err
		}
	}
	return r.Org, nil
}

func (a *Area) record(ctx context.Context, tx *act.Tx, r RecordRequest) (Recorded, error) {
	now, err := org.Get(ctx, tx, r.Org, r.Day)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Recorded{}, err
	}
	known := err == nil // else org.Record says that the day is before the founding
	if known && (r.Kind == org.Move || r.Kind == org.Describe || r.Kind == org.Rename) {
		r.Detail = changed(r.Detail, now)
		if len(given(r.Detail)) == 0 {
			return Recorded{}, fault.New(fault.Invalid, "structure.wrong.nothing-changed")
		}
	}
	if err := a.checkAgainst(ctx, tx, r, now); err != nil {
		return Recorded{}, err
	}
	switch r.Kind {
	case org.Move:
		if p := r.Detail.Parent; p != nil {
			if err := tx.Require(ctx, Record, *p); err != nil {
				return Recorded{}, err
			}
		}
	case org.Merge:
		if err := a.handOver(ctx, tx, r); err != nil {
			return Recorded{}, err
		}
	case org.Split:
		if known {
			if r.Detail.Parts, err = a.foundParts(ctx, tx, r, now); err != nil {
				return Recorded{}, err
			}
		}
	}
	return a.write(ctx, tx, org.Event{Org: r.Org, Kind: r.Kind, Day: r.Day, Decision: r.Decision, Detail: r.Detail})
}

// write records one event of the act and tells the others.
func (a *Area) write(ctx context.Context, tx *act.Tx, e org.Event) (Recorded, error) {
	e.ID, e.Account, e.Made = id.New(), tx.Actor.Account, tx.Now
	e.Decision = strings.TrimSpace(e.Decision)
	before, after, err := org.Record(ctx, tx.Tx, e)
	if err != nil {
		return Recorded{}, err
	}
	record := ref.To("org", e.Org)
	if e.Kind == org.Found {
		tx.Changed(record, nil, after)
	} else {
		tx.Changed(record, before, after)
	}
	tx.Emit(event.Event{Name: Events[e.Kind], Record: record, Org: e.Org, Day: e.Day})
	return Recorded{e.Org, e.ID}, nil
}

// checkAgainst refuses what the register's other records speak against.
func (a *Area) checkAgainst(ctx context.Context, q db.Querier, r RecordRequest, now org.Version) error {
	f := fault.Check()
	d := r.Detail
	if d.Activity != nil && *d.Activity != "" {
		if _, ok, err := a.activity(ctx, q, *d.Activity); err != nil {
			return err
		} else if !ok {
			f.In("activity", "fault.choice")
		}
	}
	if d.Place != nil && *d.Place != "" {
		region := now.Territory
		if d.Territory != nil {
			region = *d.Territory
		}
		t, err := territory(ctx, q, *d.Place)
		switch {
		case fault.Is(err, fault.NotFound):
			f.In("place", "structure.wrong.place")
		case err != nil:
			return err
		case t.Region != region:
			f.In("place", "structure.wrong.place-region", "Place", t.Names)
		}
	}
	kind := now.Kind
	if d.Kind != "" {
		kind = d.Kind
	}
	if d.BIN != nil && *d.BIN != "" && kind != org.Primary { // a primary organisation is no legal person
		other, taken, err := bearer(ctx, q, *d.BIN, r.Org, r.Day)
		if err != nil {
			return err
		}
		if taken {
			v, err := org.Get(ctx, q, other, r.Day)
			if err != nil {
				return err
			}
			f.In("bin", "structure.wrong.bin-taken", "Org", v.Names)
		}
	}
	if r.Kind == org.Merge {
		into, err := org.Get(ctx, q, d.Into, r.Day)
		switch {
		case fault.Is(err, fault.NotFound) || err == nil && !into.Alive():
			f.In("into", "structure.wrong.into-absent", "Day", r.Day)
		case err != nil:
			return err
		case into.Kind != now.Kind:
			f.In("into", "structure.wrong.into-kind", "Kind", text.Key("org.kind."+string(now.Kind)))
		}
	}
	return f.OrNil()
}

// handOver moves what lies beneath a merging organisation to the one that takes over.
func (a *Area) handOver(ctx context.Context, tx *act.Tx, r RecordRequest) error {
	if err := tx.Require(ctx, Record, r.Detail.Into); err != nil {
		return err
	}
	beneath, err := childrenOf(ctx, tx, r.Org, r.Day)
	if err != nil {
		return err
	}
	for _, c := range beneath {
		e := org.Event{Org: c, Kind: org.Move, Day: r.Day, Decision: r.Decision, Detail: org.Detail{Parent: &r.Detail.Into}}
		if _, err := a.write(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// foundParts founds the new organisations of a split beside the old one.
func (a *Area) foundParts(ctx context.Context, tx *act.Tx, r RecordRequest, now org.Version) ([]id.ID, error) {
	var out []id.ID
	for _, n := range r.Parts {
		d := org.Detail{Kind: now.Kind, Names: trimmed(n), Territory: &now.Territory, Place: &now.Place, Activity: &now.Activity, From: r.Org}
		if now.Parent != 0 {
			d.Parent = &now.Parent
		}
		done, err := a.write(ctx, tx, org.Event{Org: id.New(), Kind: org.Found, Day: r.Day, Decision: r.Decision, Detail: d})
		if err != nil {
			return nil, err
		}
		out = append(out, done.Org)
	}
	return out, nil
}

func trimmed(n text.Names) *text.Names {
	return &text.Names{KK: strings.TrimSpace(n.KK), RU: strings.TrimSpace(n.RU), EN: strings.TrimSpace(n.EN)}
}

// changed leaves in a detail only what differs from the version.
func changed(d org.Detail, v org.Version) org.Detail {
	if d.Names != nil {
		if d.Names = trimmed(*d.Names); *d.Names == v.Names {
			d.Names = nil
		}
	}
	if d.Parent != nil && *d.Parent == v.Parent {
		d.Parent = nil
	}
	for field, was := range map[**string]string{&d.Territory: v.Territory, &d.Place: v.Place, &d.Activity: v.Activity,
		&d.BIN: v.BIN, &d.Registration: v.Registration, &d.Address: v.Address, &d.Employer: v.Employer} {
		if *field != nil && strings.TrimSpace(**field) == was {
			*field = nil
		}
	}
	return d
}
