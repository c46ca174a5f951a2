// Package cal has the two times Odaq knows: a Day of the civil calendar and an
// Instant on the clock. Both are integers with one encoding, so that they are
// stored as bigint and compared alike on every database.
package cal

import (
	"fmt"
	"time"
)

// Day is a civil date: days since 1970-01-01. Intervals of days are half-open:
// [from, to).
type Day int32

const (
	// Never is before every day that can be written; an interval that starts on
	// Never has no beginning.
	Never Day = -719528
	// Forever is after every day that can be written: the end of what still lasts.
	Forever Day = 2932897
)

// Date returns the day of a year, month and day of month; like time.Date it
// normalises values outside their range.
func Date(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDay reads an ISO 8601 date, "2026-03-15", between the years 1800 and 9999.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1800 {
		return 0, fmt.Errorf("cal: %q is not a date of the form 2026-03-15", s)
	}
	return DayOf(t), nil
}

// DayOf returns the civil date that t shows in its own location.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Date(y, m, d)
}

// Time is midnight UTC of the day.
func (d Day) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Date splits the day into year, month and day of month.
func (d Day) Date() (int, time.Month, int) { return d.Time().Date() }

// Year is the calendar year of the day.
func (d Day) Year() int { return d.Time().Year() }

// AddMonths moves the day by n months; a day of month that the target month
// lacks becomes its last day (Labour Code art. 13 counts terms this way).
func (d Day) AddMonths(n int) Day {
	y, m, day := d.Date()
	first := time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return DayOf(first.AddDate(0, 0, min(day, last)-1))
}

// Bounded reports whether the day is a real date, neither Never nor Forever.
func (d Day) Bounded() bool { return d > Never && d < Forever }

// String is the ISO form; Never and Forever are empty.
func (d Day) String() string {
	if !d.Bounded() {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// MarshalText writes the ISO form.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the ISO form; empty is Forever, the open end.
func (d *Day) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Forever
		return nil
	}
	v, err := ParseDay(string(b))
	if err == nil {
		*d = v
	}
	return err
}

// Age is the number of whole years between birth and on; someone born on
// 29 February grows older on 1 March of common years.
func Age(birth, on Day) int {
	by, bm, bd := birth.Date()
	y, m, d := on.Date()
	age := y - by
	if m < bm || m == bm && d < bd {
		age--
	}
	return age
}

// Instant is a moment: microseconds since 1970-01-01T00:00Z.
type Instant int64

// At returns the instant of t.
func At(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Time is the instant in UTC.
func (i Instant) Time() time.Time { return time.UnixMicro(int64(i)).UTC() }

// Add moves the instant by d.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d.Microseconds()) }

// Sub is the time from j to i.
func (i Instant) Sub(j Instant) time.Duration { return time.Duration(i-j) * time.Microsecond }

// String is RFC 3339 in UTC.
func (i Instant) String() string { return i.Time().Format(time.RFC3339) }

// MarshalText writes RFC 3339 with microseconds.
func (i Instant) MarshalText() ([]byte, error) { return []byte(i.Time().Format(time.RFC3339Nano)), nil }

// UnmarshalText reads RFC 3339.
func (i *Instant) UnmarshalText(b []byte) error {
	t, err := time.Parse(time.RFC3339Nano, string(b))
	if err != nil {
		return fmt.Errorf("cal: %q is not a time of the form 2026-03-15T09:30:00Z", b)
	}
	*i = At(t)
	return nil
}

// Clock tells the time; tests and the demo set their own.
type Clock func() time.Time

// Now is the current instant.
func (c Clock) Now() Instant { return At(c()) }

// In returns the civil date in loc. Offices work by their local day.
func (c Clock) Today(loc *time.Location) Day { return DayOf(c().In(loc)) }
