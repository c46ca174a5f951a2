package deadline_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/deadline"
	"odaq/internal/kernel/profile"
)

// days are of the published calendar and some years around it.
func days(t *rapid.T, label string) cal.Day {
	return cal.Day(rapid.IntRange(int(cal.Date(2023, 1, 1)), int(cal.Date(2029, 12, 31))).Draw(t, label))
}

func due(t *rapid.T, p *profile.Profile, from cal.Day, n int, unit profile.TermUnit, back bool, moved string) cal.Day {
	c := &profile.Clock{Code: "x", Term: profile.Term{N: n, Unit: unit}, Backward: back, Moved: moved}
	d, err := deadline.Count(p, deadline.Question{Clock: c, Event: deadline.On(from)})
	if err != nil {
		t.Fatal(err)
	}
	return d.Due
}

var units = rapid.SampledFrom([]profile.TermUnit{profile.Days, profile.WorkingDays, profile.Weeks, profile.Months, profile.Years})

// bothProfiles runs a property on kz and on the invented country.
func bothProfiles(t *testing.T, property func(*rapid.T, *profile.Profile)) {
	for _, name := range []string{"kz", "generic"} {
		p := open(t, name)
		t.Run(name, func(t *testing.T) { rapid.Check(t, func(t *rapid.T) { property(t, p) }) })
	}
}

// Counting back undoes counting forwards: exactly for days and weeks, and for
// working days from a working day; from a day off it leads to the last working
// day before it.
func TestBackUndoesForwards(t *testing.T) {
	bothProfiles(t, func(t *rapid.T, p *profile.Profile) {
		x, n := days(t, "x"), rapid.IntRange(1, 60).Draw(t, "n")
		for _, u := range []profile.TermUnit{profile.Days, profile.Weeks} {
			if got := due(t, p, due(t, p, x, n, u, false, profile.MoveNot), n, u, true, profile.MoveNot); got != x {
				t.Errorf("%d %s: back to %s, not %s", n, u, got, x)
			}
		}
		want := x
		if p.Clocks.CountingOf(profile.WorkingDays).Starts == profile.NextDay {
			for !p.IsWorkingDay(want) {
				want--
			}
		} else {
			for !p.IsWorkingDay(want) {
				want++
			}
		}
		if got := due(t, p, due(t, p, x, n, profile.WorkingDays, false, ""), n, profile.WorkingDays, true, ""); got != want {
			t.Errorf("%d working days from %s: back to %s, not %s", n, x, got, want)
		}
	})
}

// Months come back to the same day where every month has it, else up to three
// days earlier: 31 January, 28 February, 28 January.
func TestMonthsComeBack(t *testing.T) {
	p := open(t, "kz")
	rapid.Check(t, func(t *rapid.T) {
		x, n := days(t, "x"), rapid.IntRange(1, 40).Draw(t, "n")
		got := due(t, p, due(t, p, x, n, profile.Months, false, profile.MoveNot), n, profile.Months, true, profile.MoveNot)
		_, _, dom := x.Date()
		if got > x || x-got > 3 || dom <= 28 && got != x {
			t.Errorf("%d months from %s come back to %s", n, x, got)
		}
	})
}

// A later event or a longer term never ends earlier; a term that moves forwards
// never ends on a day off, nor before its unmoved end.
func TestMonotone(t *testing.T) {
	bothProfiles(t, func(t *rapid.T, p *profile.Profile) {
		u, back, n := units.Draw(t, "unit"), rapid.Bool().Draw(t, "back"), rapid.IntRange(0, 40).Draw(t, "n")
		moved := rapid.SampledFrom([]string{profile.MoveNext, profile.MovePrevious, profile.MoveNot}).Draw(t, "moved")
		x := days(t, "x")
		y := x + cal.Day(rapid.IntRange(0, 50).Draw(t, "later"))
		a, b := due(t, p, x, n, u, back, moved), due(t, p, y, n, u, back, moved)
		if a > b {
			t.Errorf("%d %s: %s ends on %s, the later %s on %s", n, u, x, a, y, b)
		}
		longer := due(t, p, x, n+1, u, back, moved)
		if n > 0 && (!back && longer < a || back && longer > a) {
			t.Errorf("%d %s from %s end on %s, one more on %s", n, u, x, a, longer)
		}
		if moved != profile.MoveNot && !p.IsWorkingDay(a) {
			t.Errorf("%d %s from %s end on a day off, %s", n, u, x, a)
		}
		plain := due(t, p, x, n, u, back, profile.MoveNot)
		if moved == profile.MoveNext && a < plain || moved == profile.MovePrevious && a > plain {
			t.Errorf("%d %s from %s: %s moved to %s", n, u, x, plain, a)
		}
	})
}

// The earliest event of a notice is the first that is neither before the end of
// the term counted forwards nor too early by the count backwards.
func TestNoticeIsInTime(t *testing.T) {
	p := open(t, "kz")
	c := p.Clocks.Clock("COL.STRIKE_NOTICE")
	rapid.Check(t, func(t *rapid.T) {
		x := days(t, "notice")
		d, err := deadline.Count(p, deadline.Question{Clock: c, Event: deadline.On(x), Notice: true})
		if err != nil {
			t.Fatal(err)
		}
		last := func(event cal.Day) cal.Day { return due(t, p, event, c.Term.N, c.Term.Unit, true, "") }
		forwards := due(t, p, x, c.Term.N, c.Term.Unit, false, "")
		if last(d.Due) < x || d.Due < forwards || d.Due > forwards && last(d.Due-1) >= x {
			t.Errorf("a notice on %s allows %s", x, d.Due)
		}
	})
}

// A pause never shortens a term; one outside it changes nothing; one inside
// lengthens a term of calendar days by its own length.
func TestPausesLengthen(t *testing.T) {
	p := open(t, "kz")
	c := *p.Clocks.Clock("IND.LIMIT_REINSTATE")
	c.Moved = profile.MoveNot
	rapid.Check(t, func(t *rapid.T) {
		x := days(t, "x")
		q := deadline.Question{Clock: &c, Event: deadline.On(x)}
		plain, err := deadline.Count(p, q)
		if err != nil {
			t.Fatal(err)
		}
		from := x + cal.Day(rapid.IntRange(-40, 60).Draw(t, "from"))
		n := cal.Day(rapid.IntRange(1, 30).Draw(t, "length"))
		q.Pauses = []deadline.Pause{{Reason: "mediation", From: from, To: from + n - 1}}
		d, err := deadline.Count(p, q)
		if err != nil {
			t.Fatal(err)
		}
		want := plain.Due
		if from <= plain.Due {
			want += max(0, from+n-max(from, plain.First))
		}
		if d.Due != want {
			t.Errorf("from %s with a pause of %d days from %s: %s, want %s", x, n, from, d.Due, want)
		}
		q.Pauses = append(q.Pauses, q.Pauses[0])
		if twice, err := deadline.Count(p, q); err != nil || twice.Due != d.Due {
			t.Errorf("the same pause twice: %s, %v", twice.Due, err)
		}
	})
}

// Working days between two days are what the walk counts.
func TestWorkingDaysAgree(t *testing.T) {
	p := open(t, "kz")
	rapid.Check(t, func(t *rapid.T) {
		x, n := days(t, "x"), rapid.IntRange(1, 300).Draw(t, "n")
		if got := p.WorkingDays(x+1, due(t, p, x, n, profile.WorkingDays, false, "")+1); got != n {
			t.Errorf("%d working days after %s: %d counted", n, x, got)
		}
	})
}

func FuzzCount(f *testing.F) {
	kz, generic := open(f, "kz"), open(f, "generic")
	f.Add("2026-03-18", uint8(0), 0, "mediation:2026-03-20..2026-04-02", true)
	f.Add("9999-12-31T23:59", uint8(31), 3, "", false)
	f.Add("1800-01-01", uint8(29), -1, "no-commission:1800-01-01..9999-12-31", true)
	f.Fuzz(func(t *testing.T, from string, clock uint8, extended int, pause string, notice bool) {
		e, err := deadline.ParseEvent(from)
		if err != nil {
			return
		}
		if again, err := deadline.ParseEvent(e.String()); err != nil || again != e {
			t.Fatalf("%q is read as %v, written as %s", from, e, e)
		}
		for _, p := range []*profile.Profile{kz, generic} {
			c := &p.Clocks.All[int(clock)%len(p.Clocks.All)]
			q := deadline.Question{Clock: c, Event: e, Extended: extended, Notice: notice}
			if v, err := deadline.ParsePause(pause); err == nil {
				q.Pauses = append(q.Pauses, v)
			}
			d, err := deadline.Count(p, q)
			if err != nil {
				continue
			}
			if !d.Due.Bounded() || !c.Backward && d.Due < e.Day && d.Clock.Moved != profile.MovePrevious && d.Counting.Moved != profile.MovePrevious {
				t.Fatalf("%s from %s is due %v", c.Code, e, d.Due)
			}
		}
	})
}

func BenchmarkDeadline(b *testing.B) {
	p := open(b, "kz")
	for _, code := range []string{"COL.CONC_DECIDE", "ACC.INVESTIGATE", "AGR.REPLY", "IND.LIMIT_REINSTATE_DIRECT", "COL.STRIKE_NOTICE", "ACC.NOTIFY"} {
		b.Run(code, func(b *testing.B) {
			q := deadline.Question{Clock: p.Clocks.Clock(code), Event: deadline.Event{Day: cal.Date(2026, time.March, 18), Timed: true}}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := deadline.Count(p, q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("all 62 clocks", func(b *testing.B) {
		from := deadline.Event{Day: cal.Date(2026, time.March, 18), Timed: true}
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			for i := range p.Clocks.All {
				if _, err := deadline.Count(p, deadline.Question{Clock: &p.Clocks.All[i], Event: from}); err != nil {
					b.Fatal(err)
				}
				n++
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/deadline")
	})
	b.Run("chain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := deadline.Chain(p, "collective-dispute", deadline.On(cal.Date(2026, time.March, 18)), nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("explanation", func(b *testing.B) {
		w := words(b).In("kk")
		d := count(b, p, "COL.CONC_DECIDE", "2026-03-18")
		b.ReportAllocs()
		for b.Loop() {
			d.Explain(w)
		}
	})
}
