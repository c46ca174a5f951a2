package cal_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"odaq/internal/kernel/cal"
)

func TestDays(t *testing.T) {
	if cal.Date(1970, 1, 1) != 0 || cal.Date(2026, 11, 22).String() != "2026-11-22" {
		t.Error("the encoding has changed; it must never: days are stored")
	}
	if cal.Never.String() != "" || cal.Forever.String() != "" || cal.Forever != 2932897 {
		t.Error("the ends of time have changed; schemas name them")
	}
	for _, bad := range []string{"", "2026-02-30", "22.11.2026", "2026-1-1", "1799-12-31", "10000-01-01", "2026-11-22T00:00:00Z"} {
		if d, err := cal.ParseDay(bad); err == nil {
			t.Errorf("ParseDay(%q) = %s", bad, d)
		}
	}
	for _, c := range []struct {
		from string
		n    int
		want string
	}{{"2026-01-31", 1, "2026-02-28"}, {"2024-01-31", 1, "2024-02-29"}, {"2026-03-31", -1, "2026-02-28"}, {"2026-11-15", 2, "2027-01-15"}, {"2026-12-31", 12, "2027-12-31"}} {
		d, err := cal.ParseDay(c.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.AddMonths(c.n).String(); got != c.want {
			t.Errorf("%s + %d months = %s, want %s", c.from, c.n, got, c.want)
		}
	}
	if got := cal.Age(cal.Date(2008, 2, 29), cal.Date(2026, 2, 28)); got != 17 {
		t.Errorf("age %d the day before", got)
	}
}

func TestDayRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := cal.Day(rapid.Int32Range(int32(cal.Date(1800, 1, 1)), int32(cal.Date(9999, 12, 31))).Draw(t, "day"))
		back, err := cal.ParseDay(d.String())
		if err != nil || back != d {
			t.Fatalf("%d → %s → %d, %v", d, d, back, err)
		}
		y, m, day := d.Date()
		if cal.Date(y, m, day) != d {
			t.Fatalf("%s is not its own date", d)
		}
	})
}

func TestInstantRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := cal.Instant(rapid.Int64Range(0, 4e15).Draw(t, "instant"))
		b, err := json.Marshal(i)
		if err != nil {
			t.Fatal(err)
		}
		var back cal.Instant
		if err := json.Unmarshal(b, &back); err != nil || back != i {
			t.Fatalf("%d → %s → %d, %v", i, b, back, err)
		}
	})
}

func TestToday(t *testing.T) {
	almaty := time.FixedZone("UTC+5", 5*3600)
	clock := cal.Clock(func() time.Time { return time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC) })
	if got := clock.Today(almaty).String(); got != "2026-11-22" {
		t.Errorf("in the office it is %s", got)
	}
}
