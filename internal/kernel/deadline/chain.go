package deadline

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/profile"
)

// Done is what is known of a step: when it was done (a notice: given), and how
// it came out; an empty outcome is the usual one.
type Done struct {
	Day     cal.Day
	Outcome string
}

// Step is a clock of a procedure. What is not known is assumed to be done on
// its last day, and to come out as usual.
type Step struct {
	Deadline
	Why     profile.Link   // by which the clock started
	Done    *Done          // nil while it is assumed
	Outcome string         // known or assumed; empty where nothing follows
	Next    []profile.Link // where the outcome leads
	Other   []profile.Link // where another outcome would have led
}

// Late reports whether the step was done after its last day. A notice has none:
// its event waits for it.
func (s Step) Late() bool { return s.Done != nil && !s.Notice && s.Done.Day > s.Due }

// Chain counts the clocks of a procedure, each from the end of the one before
// it, in the order of their ends. A clock that is counted backwards, such as a
// notice of strike, tells the earliest day of its event when the notice is
// given at once.
func Chain(p *profile.Profile, procedure string, from Event, done map[string]Done) ([]Step, error) {
	first := p.Clocks.After(procedure, "")
	if len(first) == 0 {
		return nil, fault.New(fault.NotFound, "deadline.unknown-procedure", "Code", procedure, "Known", strings.Join(Procedures(p), ", "))
	}
	var steps []Step
	reached := map[string]bool{}
	type start struct {
		link  profile.Link
		event Event
	}
	var waiting []start
	for _, l := range first {
		if l.Usual {
			waiting = append(waiting, start{l, from})
		}
	}
	for len(waiting) > 0 {
		now := waiting[0]
		waiting = waiting[1:]
		if reached[now.link.To] {
			continue
		}
		reached[now.link.To] = true
		s, err := step(p, now.link, now.event, done)
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
		for _, l := range s.Next {
			if l.To != "" {
				waiting = append(waiting, start{l, s.end()})
			}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(done)) {
		if !reached[code] {
			return nil, fault.New(fault.Invalid, "deadline.not-in-chain", "Code", code)
		}
	}
	slices.SortStableFunc(steps, func(a, b Step) int { return cmp.Compare(a.end().Day, b.end().Day) })
	return steps, nil
}

// Procedures are the codes of those that have a chain.
func Procedures(p *profile.Profile) []string {
	var out []string
	for _, v := range p.Clocks.Procedures {
		if len(p.Clocks.After(v.Code, "")) > 0 {
			out = append(out, v.Code)
		}
	}
	return out
}

func step(p *profile.Profile, link profile.Link, event Event, done map[string]Done) (Step, error) {
	clock := p.Clocks.Clock(link.To)
	known, ok := done[clock.Code]
	if ok && known.Day < event.Day {
		return Step{}, fault.New(fault.Invalid, "deadline.done-before", "Code", clock.Code, "Day", known.Day, "Event", event.Day)
	}
	if ok && clock.Backward {
		event = On(known.Day)
	}
	d, err := Count(p, Question{Clock: clock, Event: event, Notice: clock.Backward})
	if err != nil {
		return Step{}, err
	}
	s := Step{Deadline: d, Why: link}
	after := p.Clocks.After(link.Procedure, clock.Code)
	for _, l := range after {
		if l.Usual {
			s.Outcome = l.Outcome
		}
	}
	if ok {
		s.Done, s.Outcome = &known, cmp.Or(known.Outcome, s.Outcome)
	}
	var outcomes []string
	for _, l := range after {
		outcomes = append(outcomes, l.Outcome)
		if l.Outcome == s.Outcome {
			s.Next = append(s.Next, l)
		} else {
			s.Other = append(s.Other, l)
		}
	}
	if s.Outcome != "" && len(s.Next) == 0 {
		return Step{}, fault.New(fault.Invalid, "deadline.unknown-outcome", "Code", clock.Code, "Outcome", s.Outcome, "Known", strings.Join(slices.Compact(outcomes), ", "))
	}
	return s, nil
}

// end is the event that the step gives to the next clock.
func (s Step) end() Event {
	if s.Done != nil && !s.Notice {
		return On(s.Done.Day)
	}
	if !s.At.IsZero() {
		h, m, _ := s.At.Clock()
		return Event{s.Due, time.Duration(h)*time.Hour + time.Duration(m)*time.Minute, true}
	}
	return On(s.Due)
}
