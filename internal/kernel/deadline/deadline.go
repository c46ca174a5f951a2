// Package deadline counts legal terms and says why they end when they do.
// (мерзім, срок)
//
// How terms are counted is data of the profile, counting.csv: in kz Labour Code
// art. 13 (a term starts the day after its event; an end on a day off moves to
// the next working day; a term of months ends on the same day number or on the
// month's last day). The terms are clocks.csv with an article each; what makes
// them stand still is suspensions.csv (Labour Code art. 160); which clock starts
// from which outcome is chains.csv (a collective dispute: Labour Code arts
// 163–173). The days off are the profile's calendar, holidays.csv.
package deadline

import (
	"slices"
	"time"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/profile"
)

// Event is what a clock starts from, or counts back from.
type Event struct {
	Day   cal.Day
	Time  time.Duration // since the midnight that begins the day
	Timed bool          // Time is known
}

// On is the event of a day whose time does not matter.
func On(d cal.Day) Event { return Event{Day: d} }

// ParseEvent reads "2026-03-18" or "2026-03-18T14:30".
func ParseEvent(s string) (Event, error) {
	if d, err := cal.ParseDay(s); err == nil {
		return On(d), nil
	}
	t, err := time.Parse("2006-01-02T15:04", s)
	if err != nil || t.Year() < 1800 {
		return Event{}, fault.New(fault.Invalid, "deadline.no-date", "Text", s)
	}
	d := cal.DayOf(t)
	return Event{d, t.Sub(d.Time()), true}, nil
}

// String is the form ParseEvent reads.
func (e Event) String() string {
	if !e.Timed {
		return e.Day.String()
	}
	return e.Day.Time().Add(e.Time).Format("2006-01-02T15:04")
}

// in is the event on the clock of a place.
func (e Event) in(loc *time.Location) time.Time {
	y, m, d := e.Day.Date()
	return time.Date(y, m, d, int(e.Time.Hours()), int(e.Time.Minutes())%60, 0, 0, loc)
}

// Pause is a time in which a clock stands still, both days included.
type Pause struct {
	Reason   string // code of a profile.Suspension
	From, To cal.Day
}

// Question is what to count.
type Question struct {
	Clock    *profile.Clock
	Event    Event
	Extended int  // how often the term was prolonged
	Notice   bool // Event is the notice: when may its event come at the earliest?
	Pauses   []Pause
}

// Deadline is a counted term.
type Deadline struct {
	Question
	Profile  *profile.Profile
	Counting *profile.Counting
	Term     profile.Term // with its extensions
	First    cal.Day      // first day counted
	End      cal.Day      // before a move off a day off
	Due      cal.Day
	At       time.Time // the moment, for terms in hours
	Paused   int       // days for which the clock stood still

	// Provisional: the end rests on a year whose calendar is not published, where
	// only weekends are known.
	Provisional bool
}

// Count counts a term.
func Count(p *profile.Profile, q Question) (Deadline, error) {
	d := Deadline{Question: q, Profile: p, Counting: p.Clocks.CountingOf(q.Clock.Term.Unit), Term: q.Clock.Term}
	if err := d.check(); err != nil {
		return Deadline{}, err
	}
	d.Term.N += q.Extended * q.Clock.Extension.N
	if d.Term.Unit == profile.Hours {
		return d, d.hours()
	}
	event := q.Event.Day
	if q.Clock.Anchor == profile.MonthEnd {
		y, m, _ := event.Date()
		event = cal.Date(y, m+1, 0)
	}
	back := q.Clock.Backward
	d.count(event, back && !q.Notice)
	// A notice on a day off must not come later than counting back allows.
	for back && q.Notice && d.Due.Bounded() && d.backFrom(d.Due) < event {
		d.Due++
		d.End, d.Provisional = d.Due, d.beyond(false)
	}
	if !d.Due.Bounded() || d.Due < cal.Date(1800, 1, 1) {
		return Deadline{}, fault.New(fault.Invalid, "deadline.too-far", "Code", q.Clock.Code)
	}
	return d, nil
}

func (d *Deadline) check() error {
	c := d.Clock
	switch {
	case d.Counting == nil:
		return fault.New(fault.Invalid, "deadline.not-counted", "Unit", string(c.Term.Unit))
	case !d.Event.Day.Bounded():
		return fault.New(fault.Invalid, "deadline.no-date", "Text", d.Event.String())
	case d.Extended < 0 || d.Extended > c.Extensions:
		return fault.New(fault.Invalid, "deadline.not-prolonged", "Code", c.Code, "Most", c.Extensions)
	case c.Term.Unit == profile.Hours && !d.Event.Timed:
		return fault.New(fault.Invalid, "deadline.no-time", "Code", c.Code, "Day", d.Event.Day.String())
	case d.Notice && !c.Backward:
		return fault.New(fault.Invalid, "deadline.no-notice", "Code", c.Code)
	}
	if len(d.Pauses) == 0 {
		return nil
	}
	for _, v := range d.Pauses {
		s := d.Profile.Clocks.Suspension(v.Reason)
		switch {
		case s == nil:
			return fault.New(fault.NotFound, "deadline.unknown-pause", "Code", v.Reason)
		case !slices.Contains(s.Clocks, c.Code):
			return fault.New(fault.Invalid, "deadline.not-paused", "Code", c.Code, "Reason", s.Name)
		case v.From > v.To || !v.From.Bounded() || !v.To.Bounded():
			return fault.New(fault.Invalid, "deadline.pause-reversed", "From", v.From.String(), "To", v.To.String())
		}
	}
	d.Pauses = merged(d.Pauses)
	return nil
}

// hours counts without a break, over days off and the change of clocks.
func (d *Deadline) hours() error {
	n := time.Duration(d.Term.N) * time.Hour
	if d.Clock.Backward && !d.Notice {
		n = -n
	}
	d.At = d.Event.in(d.Profile.Location).Add(n)
	d.First, d.End = d.Event.Day, cal.DayOf(d.At)
	d.Due = d.End
	if !d.Due.Bounded() {
		return fault.New(fault.Invalid, "deadline.too-far", "Code", d.Clock.Code)
	}
	return nil
}

// count fills First, End, Due and what follows from them.
func (d *Deadline) count(event cal.Day, back bool) {
	sign := cal.Day(1)
	if back {
		sign = -1
	}
	d.First = event
	if d.starts() == profile.NextDay {
		d.First += sign
	}
	switch n := d.Term.N; {
	case n == 0:
		d.First, d.End = event, event
	case d.Term.Unit == profile.WorkingDays:
		d.End = d.walk(d.First, sign, n)
	default:
		d.End = d.stretch(d.whole(d.First, sign, n))
	}
	d.Due = d.off(d.End, d.moved(back))
	d.Provisional = d.beyond(back)
}

// beyond reports whether the count rests on a year without a calendar.
func (d *Deadline) beyond(back bool) bool {
	known := d.Profile.CalendarKnown
	if d.Term.Unit == profile.WorkingDays {
		return !known(d.First) || !known(d.Due)
	}
	return d.moved(back) != profile.MoveNot && (!known(d.End) || !known(d.Due))
}
