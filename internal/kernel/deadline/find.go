package deadline

import (
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/profile"
)

// Find is the clock of a code, in letters of any case.
func Find(p *profile.Profile, code string) (*profile.Clock, error) {
	code = strings.ToUpper(strings.TrimSpace(code))
	near, best := "", 2 // letters in common at the beginning
	for i := range p.Clocks.All {
		c := &p.Clocks.All[i]
		if c.Code == code {
			return c, nil
		}
		n := 0
		for n < min(len(code), len(c.Code)) && code[n] == c.Code[n] {
			n++
		}
		if n > best {
			near, best = c.Code, n
		}
	}
	return nil, fault.New(fault.NotFound, "deadline.unknown-clock", "Code", code, "Near", near)
}

// ParsePause reads "mediation:2026-03-01..2026-03-20", both days included.
func ParsePause(s string) (Pause, error) {
	reason, span, _ := strings.Cut(s, ":")
	from, to, _ := strings.Cut(span, "..")
	a, errA := cal.ParseDay(from)
	b, errB := cal.ParseDay(to)
	if reason == "" || errA != nil || errB != nil {
		return Pause{}, fault.New(fault.Invalid, "deadline.bad-pause", "Text", s)
	}
	return Pause{reason, a, b}, nil
}

// ParseDone reads "COL.ANSWER=2026-03-24" or "COL.ANSWER=2026-03-24:refused".
func ParseDone(s string) (string, Done, error) {
	code, rest, _ := strings.Cut(s, "=")
	day, outcome, _ := strings.Cut(rest, ":")
	d, err := cal.ParseDay(day)
	if code == "" || err != nil {
		return "", Done{}, fault.New(fault.Invalid, "deadline.bad-done", "Text", s)
	}
	return strings.ToUpper(code), Done{d, outcome}, nil
}
