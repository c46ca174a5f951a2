package deadline

import (
	"time"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/text"
)

// Record is a deadline for other programs.
type Record struct {
	Clock       string            `json:"clock"`
	Procedure   string            `json:"procedure"`
	Event       string            `json:"event"`
	Notice      bool              `json:"notice,omitempty"` // event is the notice; due is the earliest day of what it announces
	Term        string            `json:"term"`
	Backward    bool              `json:"backward,omitempty"`
	First       cal.Day           `json:"first_day"`
	Due         cal.Day           `json:"due"`
	DueAt       *time.Time        `json:"due_at,omitempty"`     // terms in hours
	MovedFrom   *cal.Day          `json:"moved_from,omitempty"` // the day off on which the term ended
	PausedDays  int               `json:"paused_days,omitempty"`
	Provisional bool              `json:"provisional"`
	Unconfirmed []cal.Day         `json:"unconfirmed,omitempty"` // days off on the way that an act has still to confirm
	Trigger     text.Names        `json:"trigger"`
	Actor       text.Names        `json:"actor"`
	Obligation  text.Names        `json:"obligation"`
	OnExpiry    text.Names        `json:"on_expiry"`
	Extension   string            `json:"extension,omitempty"`
	Extensions  int               `json:"extensions,omitempty"`
	Repeat      string            `json:"repeat,omitempty"`
	Basis       BasisRecord       `json:"basis"`
	Counting    BasisRecord       `json:"counting"`
	Explanation map[string]string `json:"explanation"`
}

// BasisRecord is where a rule stands.
type BasisRecord struct {
	Law         string  `json:"law,omitempty"`
	Article     string  `json:"article,omitempty"`
	Wording     cal.Day `json:"wording"`
	Confidence  string  `json:"confidence"`
	NeedsReview bool    `json:"needs_review"`
	Source      string  `json:"source,omitempty"`
}

// Record is the deadline with its explanations in every language.
func (d Deadline) Record(words *text.Catalog) Record {
	c := d.Clock
	r := Record{
		Clock: c.Code, Procedure: c.Procedure, Event: d.Event.String(), Notice: d.Notice, Term: d.Term.String(), Backward: c.Backward,
		First: d.First, Due: d.Due, PausedDays: d.Paused, Provisional: d.Provisional,
		Trigger: c.Trigger, Actor: c.Actor, Obligation: c.Obligation, OnExpiry: c.Expiry,
		Extension: c.Extension.String(), Extensions: c.Extensions, Repeat: c.Repeat.String(),
		Basis: basis(c.Basis), Counting: basis(d.Counting.Basis), Explanation: map[string]string{},
	}
	if !d.At.IsZero() {
		r.DueAt = &d.At
	}
	if d.End != d.Due {
		r.MovedFrom = &d.End
	}
	for _, h := range d.holidays() {
		if h.Basis.NeedsReview {
			r.Unconfirmed = append(r.Unconfirmed, h.Day)
		}
	}
	for _, l := range text.Langs {
		r.Explanation[string(l)] = d.Explain(words.In(l))
	}
	return r
}

// holidays are the special days from the first day counted to the end.
func (d Deadline) holidays() []profile.Holiday {
	from, to := min(d.First, d.Due), max(d.First, d.Due)
	if d.Term.Unit != profile.WorkingDays {
		from, to = min(d.End, d.Due), max(d.End, d.Due) // the days before do not matter
	}
	var out []profile.Holiday
	for y := from.Year(); y <= to.Year(); y++ {
		for _, h := range d.Profile.Holidays(y) {
			if from <= h.Day && h.Day <= to {
				out = append(out, h)
			}
		}
	}
	return out
}

func basis(b profile.Basis) BasisRecord {
	return BasisRecord{b.Law, b.Article, b.Redaction, string(b.Confidence), b.NeedsReview, b.Source}
}

// StepRecord is a step of a chain for other programs.
type StepRecord struct {
	Record
	Because string     `json:"because"` // the outcome by which the clock started
	After   string     `json:"after,omitempty"`
	Done    *cal.Day   `json:"done,omitempty"`
	Late    bool       `json:"late,omitempty"`
	Outcome string     `json:"outcome,omitempty"`
	Next    []NextStep `json:"next,omitempty"`
	Other   []NextStep `json:"otherwise,omitempty"`
}

// NextStep is where an outcome leads; without a clock the procedure ends.
type NextStep struct {
	Outcome string     `json:"outcome"`
	Name    text.Names `json:"name"`
	Clock   string     `json:"clock,omitempty"`
}

// Record is the step with its explanations in every language.
func (s Step) Record(words *text.Catalog) StepRecord {
	r := StepRecord{
		Record: s.Deadline.Record(words), Because: s.Why.Outcome, After: s.Why.From,
		Late: s.Late(), Outcome: s.Outcome, Next: nextSteps(s.Next), Other: nextSteps(s.Other),
	}
	if s.Done != nil {
		r.Done = &s.Done.Day
	}
	return r
}

func nextSteps(links []profile.Link) []NextStep {
	var out []NextStep
	for _, l := range links {
		out = append(out, NextStep{l.Outcome, l.Name, l.To})
	}
	return out
}
