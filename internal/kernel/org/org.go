// Package org is the dated organisation: a tree (federation → member union →
// local union → primary organisation) crossed by two lines, territory and
// economic activity.
//
// The events are the truth. Each has a day and the number of the decision
// behind it; nothing is overwritten. Fold turns the events of one organisation
// into versions, each valid from a day to a day, and Check refuses a history
// that contradicts itself or its neighbours'. The closure table, folded from
// the versions, answers "what lies beneath X on day D" with one lookup.
package org

import (
	"cmp"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/text"
)

// Kind is the kind of an organisation (Law on Trade Unions arts. 11–15).
type Kind string

// The kinds, from the top of the tree down.
const (
	Federation Kind = "federation" // republican association, art. 11
	Union      Kind = "union"      // sectoral (industry) union, art. 13: a member organisation
	Centre     Kind = "centre"     // territorial association, art. 12: regional centre
	Local      Kind = "local"      // local union, art. 14
	Primary    Kind = "primary"    // primary organisation, arts. 1(3), 15
)

// Kinds lists the kinds from the top down.
var Kinds = []Kind{Federation, Union, Centre, Local, Primary}

// MayHold reports whether an organisation of kind k may have one of kind child
// beneath it.
func (k Kind) MayHold(child Kind) bool {
	switch child {
	case Union, Centre:
		return k == Federation
	case Local:
		return k == Federation || k == Union || k == Centre || k == Local
	case Primary:
		return k == Union || k == Local || k == Centre
	}
	return false
}

// EventKind is what happens to an organisation.
type EventKind string

// The events.
const (
	Found    EventKind = "found"    // comes into being; with a parent it is admitted at once
	Admit    EventKind = "admit"    // joins a parent
	Rename   EventKind = "rename"   // new names
	Move     EventKind = "move"     // to another parent, territory or activity
	Describe EventKind = "describe" // BIN, registration, address or employer
	Merge    EventKind = "merge"    // dissolves into Into
	Split    EventKind = "split"    // others are founded out of it; it lives on
	Suspend  EventKind = "suspend"  // its membership above is suspended
	Resume   EventKind = "resume"   // and again in force
	Leave    EventKind = "leave"    // leaves its parent
	Dissolve EventKind = "dissolve" // ends
)

// EventKinds lists all kinds of events.
var EventKinds = []EventKind{Found, Admit, Rename, Move, Describe, Merge, Split, Suspend, Resume, Leave, Dissolve}

// Detail is what an event changes; absent parts stay as they were.
type Detail struct {
	Kind         Kind        `json:"kind,omitempty"`
	Names        *text.Names `json:"names,omitempty"`
	Parent       *id.ID      `json:"parent,omitempty"`
	Territory    *string     `json:"territory,omitempty"` // ISO 3166-2 region code
	Place        *string     `json:"place,omitempty"`     // district or settlement: code of the territory classifier
	Activity     *string     `json:"activity,omitempty"`  // activity classifier code
	BIN          *string     `json:"bin,omitempty"`
	Registration *string     `json:"registration,omitempty"`
	Address      *string     `json:"address,omitempty"`
	Employer     *string     `json:"employer,omitempty"`
	Into         id.ID       `json:"into,omitempty"` // merge: the one that takes over
	From         id.ID       `json:"from,omitempty"` // found by a split: the one it comes from
	Parts        []id.ID     `json:"parts,omitempty"`
}

// Event is one entry of an organisation's history.
type Event struct {
	ID       id.ID
	Org      id.ID
	Kind     EventKind
	Day      cal.Day
	Decision string
	Detail   Detail
	Account  id.ID
	Made     cal.Instant
}

// Status is the state of an organisation during a version.
type Status string

// The states.
const (
	Outside   Status = "outside"   // founded, under no parent
	Active    Status = "active"    // under its parent
	Suspended Status = "suspended" // under its parent, rights suspended
	Dissolved Status = "dissolved" // ended; the version lasts for ever
)

// Version is an organisation as it was from a day to a day.
type Version struct {
	Org          id.ID
	From, To     cal.Day
	Kind         Kind
	Status       Status
	Parent       id.ID // 0: none
	Territory    string
	Place        string
	Activity     string
	Names        text.Names
	BIN          string
	Registration string
	Address      string
	Employer     string
}

// Alive reports whether the organisation exists in this version.
func (v Version) Alive() bool { return v.Status != Dissolved }

// Belongs reports whether it lies under a parent, or is the top itself.
func (v Version) Belongs() bool {
	return v.Alive() && (v.Parent != 0 || v.Kind == Federation)
}

// Fold replays the events of one organisation, in the order of their days and
// then of their recording, into versions. The first contradiction is a fault
// that names the day.
func Fold(events []Event) ([]Version, error) {
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.ID, b.ID))
	})
	var out []Version
	for _, e := range events {
		var now Version
		if len(out) > 0 {
			now = out[len(out)-1]
		}
		next, err := step(now, e, len(out) == 0)
		if err != nil {
			return nil, err
		}
		next.Org, next.From, next.To = e.Org, e.Day, cal.Forever
		if len(out) > 0 {
			if out[len(out)-1].From == e.Day {
				out = out[:len(out)-1] // several events of one day make one version
			} else {
				out[len(out)-1].To = e.Day
			}
		}
		out = append(out, next)
	}
	return out, nil
}

func refuse(key string, e Event) error {
	return fault.New(fault.Invalid, key, "Day", e.Day, "Event", text.Key("org.event."+string(e.Kind)))
}

// step applies one event to the version before it.
func step(v Version, e Event, first bool) (Version, error) {
	if first != (e.Kind == Found) {
		if first {
			return v, refuse("org.refused.before-founding", e)
		}
		return v, refuse("org.refused.founded-twice", e)
	}
	if !first && !v.Alive() {
		return v, refuse("org.refused.after-dissolution", e)
	}
	d := e.Detail
	switch e.Kind {
	case Found:
		v = Version{Kind: d.Kind, Status: Outside}
		if !slices.Contains(Kinds, d.Kind) {
			return v, refuse("org.refused.kind", e)
		}
		if d.Names == nil || d.Names.In(text.KK) == "" {
			return v, refuse("org.refused.nameless", e)
		}
		if d.Parent != nil && *d.Parent != 0 || d.Kind == Federation {
			v.Status = Active
		}
	case Admit:
		if v.Status != Outside {
			return v, refuse("org.refused.admitted-twice", e)
		}
		if d.Parent == nil || *d.Parent == 0 {
			return v, refuse("org.refused.no-parent", e)
		}
		v.Status = Active
	case Suspend:
		if v.Status != Active {
			return v, refuse("org.refused.not-active", e)
		}
		v.Status = Suspended
	case Resume:
		if v.Status != Suspended {
			return v, refuse("org.refused.not-suspended", e)
		}
		v.Status = Active
	case Leave:
		if v.Status == Outside || v.Kind == Federation {
			return v, refuse("org.refused.not-inside", e)
		}
		none := id.ID(0)
		v.Status, d.Parent = Outside, &none
	case Merge, Dissolve:
		if e.Kind == Merge && (d.Into == 0 || d.Into == e.Org) {
			return v, refuse("org.refused.merge-target", e)
		}
		none := id.ID(0)
		v.Status, d.Parent = Dissolved, &none
	case Move:
		if d.Parent != nil && v.Status == Outside {
			return v, refuse("org.refused.not-inside", e)
		}
		if d.Parent != nil && *d.Parent == 0 {
			return v, refuse("org.refused.no-parent", e) // that would be leaving
		}
	case Rename:
		if d.Names == nil {
			return v, refuse("org.refused.nameless", e)
		}
	case Describe, Split:
	default:
		return v, refuse("org.refused.kind", e)
	}
	if d.Names != nil && d.Names.In(text.KK) == "" {
		return v, refuse("org.refused.nameless", e)
	}
	set(&v.Territory, d.Territory)
	set(&v.Place, d.Place)
	set(&v.Activity, d.Activity)
	set(&v.BIN, d.BIN)
	set(&v.Registration, d.Registration)
	set(&v.Address, d.Address)
	set(&v.Employer, d.Employer)
	set(&v.Parent, d.Parent)
	set(&v.Names, d.Names)
	return v, nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// On is the version in force on a day.
func On(versions []Version, day cal.Day) (Version, bool) {
	for _, v := range versions {
		if v.From <= day && day < v.To {
			return v, true
		}
	}
	return Version{}, false
}

// Family gives the histories around one organisation, as far as Check needs
// them: those of the parents it ever had and of the children that ever had it.
type Family interface {
	Versions(org id.ID) ([]Version, error)
	Children(org id.ID) ([]id.ID, error) // ever
}

// Check refuses versions of one organisation that contradict its neighbours':
// a parent that does not exist on those days, a kind that may not lie there, a
// circle, a child that outlives its parent.
func Check(org id.ID, versions []Version, f Family) error {
	for _, v := range versions {
		if v.Parent == 0 {
			continue
		}
		if err := under(v, v.Parent, f); err != nil {
			return err
		}
		if err := acyclic([]id.ID{org}, v.Parent, v.From, v.To, f); err != nil {
			return err
		}
	}
	children, err := f.Children(org)
	if err != nil {
		return err
	}
	for _, c := range children {
		cv, err := f.Versions(c)
		if err != nil {
			return err
		}
		for _, v := range cv {
			if v.Parent != org {
				continue
			}
			if gap, ok := uncovered(versions, v.From, v.To); ok {
				return fault.New(fault.Invalid, "org.refused.child-outlives", "Child", v.Names, "Day", gap)
			}
		}
	}
	return nil
}

func under(v Version, parent id.ID, f Family) error {
	pv, err := f.Versions(parent)
	if err != nil {
		return err
	}
	if len(pv) == 0 {
		return fault.New(fault.Invalid, "org.refused.parent-unknown", "Day", v.From)
	}
	if gap, ok := uncovered(pv, v.From, v.To); ok {
		return fault.New(fault.Invalid, "org.refused.parent-absent", "Parent", pv[0].Names, "Day", gap)
	}
	if !pv[0].Kind.MayHold(v.Kind) {
		return fault.New(fault.Invalid, "org.refused.parent-kind", "Parent", pv[0].Names,
			"Kind", text.Key("org.kind."+string(v.Kind)), "ParentKind", text.Key("org.kind."+string(pv[0].Kind)))
	}
	return nil
}

// uncovered finds the first day in [from, to) on which no version is alive.
func uncovered(versions []Version, from, to cal.Day) (cal.Day, bool) {
	at := from
	for _, v := range versions {
		if v.Alive() && v.From <= at && at < v.To {
			at = v.To
		}
	}
	return at, at < to
}

// acyclic walks up from parent through the days [from, to). below are the
// organisations it came by, the last one being parent's child.
func acyclic(below []id.ID, parent id.ID, from, to cal.Day, f Family) error {
	if slices.Contains(below, parent) {
		return fault.New(fault.Invalid, "org.refused.circle", "Day", from)
	}
	pv, err := f.Versions(parent)
	if err != nil {
		return err
	}
	below = append(below[:len(below):len(below)], parent)
	for _, v := range pv {
		a, b := max(from, v.From), min(to, v.To)
		if a < b && v.Parent != 0 {
			if err := acyclic(below, v.Parent, a, b, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// Link says that Ancestor lay Depth levels above Descendant from a day to a
// day. Depth 0 is the organisation itself, while it exists.
type Link struct {
	Ancestor, Descendant id.ID
	Depth                int
	From, To             cal.Day
}

// Links computes the closure of one organisation from its own versions and
// those of the organisations above it.
func Links(org id.ID, f Family) ([]Link, error) {
	var out []Link
	var climb func(at id.ID, depth int, from, to cal.Day) error
	climb = func(at id.ID, depth int, from, to cal.Day) error {
		versions, err := f.Versions(at)
		if err != nil {
			return err
		}
		for _, v := range versions {
			a, b := max(from, v.From), min(to, v.To)
			if a >= b || !v.Alive() {
				continue
			}
			out = append(out, Link{at, org, depth, a, b})
			if v.Parent != 0 {
				if err := climb(v.Parent, depth+1, a, b); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := climb(org, 0, cal.Never, cal.Forever); err != nil {
		return nil, err
	}
	return join(out), nil
}

// join makes one link of neighbouring days.
func join(links []Link) []Link {
	slices.SortFunc(links, func(a, b Link) int {
		return cmp.Or(cmp.Compare(a.Ancestor, b.Ancestor), cmp.Compare(a.Depth, b.Depth), cmp.Compare(a.From, b.From))
	})
	var out []Link
	for _, l := range links {
		if n := len(out) - 1; n >= 0 && out[n].Ancestor == l.Ancestor && out[n].Depth == l.Depth && out[n].To == l.From {
			out[n].To = l.To
			continue
		}
		out = append(out, l)
	}
	return out
}
