package deadline

import (
	"cmp"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/profile"
)

func (d *Deadline) starts() string { return cmp.Or(d.Clock.Starts, d.Counting.Starts) }

func (d *Deadline) moved(back bool) string {
	if back {
		return cmp.Or(d.Clock.Moved, d.Counting.MovedBack)
	}
	return cmp.Or(d.Clock.Moved, d.Counting.Moved)
}

// walk is the n-th working day from a day on, the day itself included.
func (d *Deadline) walk(day, sign cal.Day, n int) cal.Day {
	for ; day.Bounded(); day += sign {
		if d.still(day) {
			d.Paused++
			continue
		}
		if !d.Profile.IsWorkingDay(day) {
			continue
		}
		if n--; n == 0 {
			break
		}
	}
	return day
}

// whole is the last of n calendar units that begin with a day.
func (d *Deadline) whole(first, sign cal.Day, n int) cal.Day {
	switch d.Term.Unit {
	case profile.Weeks:
		return first + sign*cal.Day(7*n-1)
	case profile.Quarters:
		n *= 3
	case profile.Years:
		n *= 12
	case profile.Days:
		return first + sign*cal.Day(n-1)
	}
	if d.starts() == profile.SameDay {
		return d.months(first, int(sign)*n) - sign
	}
	return d.months(first-sign, int(sign)*n)
}

func (d *Deadline) months(day cal.Day, n int) cal.Day {
	if d.Counting.ShortMonth == profile.LastDay {
		return day.AddMonths(n)
	}
	return cal.DayOf(day.Time().AddDate(0, n, 0))
}

// stretch moves an end by the days for which the clock stood still before it.
// What a pause leaves of the term goes on after it.
func (d *Deadline) stretch(end cal.Day) cal.Day {
	for _, v := range d.Pauses {
		from := max(v.From, d.First)
		if from > end {
			break
		}
		if n := v.To - from + 1; n > 0 {
			end += n
			d.Paused += int(n)
		}
	}
	return end
}

func (d *Deadline) still(day cal.Day) bool {
	for _, v := range d.Pauses {
		if v.From <= day && day <= v.To {
			return true
		}
	}
	return false
}

// off moves a day off to the nearest working day in a direction.
func (d *Deadline) off(day cal.Day, move string) cal.Day {
	step := cal.Day(1)
	switch move {
	case profile.MoveNot:
		return day
	case profile.MovePrevious:
		step = -1
	}
	for day.Bounded() && !d.Profile.IsWorkingDay(day) {
		day += step
	}
	return day
}

// backFrom is the last day for a notice of an event.
func (d *Deadline) backFrom(event cal.Day) cal.Day {
	b := *d
	b.count(event, true)
	return b.Due
}

// merged are pauses by day without the days they share.
func merged(all []Pause) []Pause {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Pause) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	out := all[:1]
	for _, v := range all[1:] {
		last := &out[len(out)-1]
		switch {
		case v.To <= last.To:
		case v.From <= last.To: // told apart by reason, counted once
			v.From = last.To + 1
			out = append(out, v)
		default:
			out = append(out, v)
		}
	}
	return out
}
