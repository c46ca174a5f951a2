package profile

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"odaq/internal/kernel/cal"
)

// Period is the time a published figure is of.
type Period struct {
	From, Until cal.Day // half-open
	written     string
}

var periodForm = regexp.MustCompile(`^([0-9]{4})(?:-(?:Q([1-4])|H([12])|([0-9]{2})(?:\.\.([0-9]{2}))?))?$`)

// ParsePeriod reads a year, half-year, quarter, month or span of months of one
// year: 2025, 2025-H1, 2025-Q2, 2025-06, 2025-01..09.
func ParsePeriod(s string) (Period, error) {
	m := periodForm.FindStringSubmatch(s)
	if m == nil {
		return Period{}, fmt.Errorf("%q is no period such as 2025, 2025-H1, 2025-Q2, 2025-06 or 2025-01..09", s)
	}
	year, _ := strconv.Atoi(m[1])
	first, last := 1, 12
	switch {
	case m[2] != "":
		q, _ := strconv.Atoi(m[2])
		first, last = 3*q-2, 3*q
	case m[3] != "":
		h, _ := strconv.Atoi(m[3])
		first, last = 6*h-5, 6*h
	case m[4] != "":
		first, _ = strconv.Atoi(m[4])
		last = first
		if m[5] != "" {
			last, _ = strconv.Atoi(m[5])
		}
	}
	if year < 1800 || first < 1 || last > 12 || last < first {
		return Period{}, fmt.Errorf("%q has a month or year that there is not", s)
	}
	return Period{cal.Date(year, time.Month(first), 1), cal.Date(year, time.Month(last+1), 1), s}, nil
}

// Same reports whether two periods are the same time, however written.
func (p Period) Same(o Period) bool { return p.From == o.From && p.Until == o.Until }

// Contains reports whether o lies inside p.
func (p Period) Contains(o Period) bool { return p.From <= o.From && o.Until <= p.Until }

// Months is how long it is.
func (p Period) Months() int {
	fromYear, from, _ := p.From.Date()
	untilYear, until, _ := p.Until.Date()
	return 12*(untilYear-fromYear) + int(until-from)
}

// Zero reports whether no period is said.
func (p Period) Zero() bool { return p.written == "" }

// Last is the last day; cal.Never when no period is said.
func (p Period) Last() cal.Day {
	if p.Zero() {
		return cal.Never
	}
	return p.Until - 1
}

// String is the period as written.
func (p Period) String() string { return p.written }
