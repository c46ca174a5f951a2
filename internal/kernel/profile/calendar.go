package profile

import (
	"time"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/text"
)

// The kinds of days in the calendar.
const (
	PublicHoliday = "holiday"
	ReligiousDay  = "religious"   // a day off that is not moved when it falls on a weekend
	Substitute    = "substitute"  // a day off in place of a holiday on a weekend
	Transferred   = "transferred" // a day off in place of a weekend that is worked
	WorkingDay    = "working"     // a weekend that is worked
)

// Holiday is a day that differs from what its weekday makes it.
type Holiday struct {
	Day   cal.Day
	Kind  string
	Code  string
	For   cal.Day // the day it stands for; cal.Never when none
	Name  text.Names
	Basis Basis
}

// IsHoliday finds the holiday, substitute or transferred day off on a day. A
// working weekend is none.
func (p *Profile) IsHoliday(d cal.Day) (Holiday, bool) {
	h, ok := p.holidays[d]
	return h, ok && h.Kind != WorkingDay
}

// IsWorkingDay reports whether offices work on a day. Outside the years whose
// calendar the profile knows only weekends count: see CalendarKnown.
func (p *Profile) IsWorkingDay(d cal.Day) bool {
	if h, ok := p.holidays[d]; ok {
		return h.Kind == WorkingDay
	}
	return !p.weekend[d.Time().Weekday()]
}

// CalendarKnown reports whether the profile has the holidays of the day's year.
func (p *Profile) CalendarKnown(d cal.Day) bool {
	return d.Bounded() && p.years[0] <= d.Year() && d.Year() <= p.years[1]
}

// Holidays are the special days of a year, working weekends included, by day.
func (p *Profile) Holidays(year int) []Holiday {
	var out []Holiday
	for d := cal.Date(year, time.January, 1); d < cal.Date(year+1, time.January, 1); d++ {
		if h, ok := p.holidays[d]; ok {
			out = append(out, h)
		}
	}
	return out
}
