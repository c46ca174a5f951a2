package structure_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"odaq/internal/area/structure"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/figure"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/schema"
	"odaq/internal/kernel/seed"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
	"odaq/profiles"
)

// sow fills an empty database with a federation of so many members.
func sow(t testing.TB, d *db.DB, members int) *seed.Plan {
	t.Helper()
	p, err := profiles.Open("kz")
	if err != nil {
		t.Fatal(err)
	}
	demo, err := profiles.Demo("kz")
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return cal.Date(2026, 11, 21).Time().Add(9 * time.Hour) }
	a := structure.New(&act.Desk{DB: d, Events: &event.Bus{}, Clock: clock, Zone: time.UTC, Log: slog.New(slog.DiscardHandler)}, p, nil)
	if _, err := db.Migrate(t.Context(), d, []db.Source{{Name: "kernel", Number: 1, FS: schema.FS}, {Name: "structure", Number: 10, FS: os.DirFS("schema")}}); err != nil {
		t.Fatal(err)
	}
	plan, err := a.Seed(t.Context(), demo, members)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// one is the first column of a query's only row.
func one(t *testing.T, d *db.DB, query string, args ...any) int64 {
	t.Helper()
	var n int64
	if err := d.Read().QueryRow(context.Background(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSeed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := sow(t, d, 20_000)
		on := func(y int, m time.Month, day int) cal.Day { return cal.Date(y, m, day) }

		// 18 member organisations became 23, on the days of their decisions.
		for day, want := range map[cal.Day]int{on(2018, 1, 1): 18, on(2018, 12, 13): 18, on(2018, 12, 14): 20, on(2019, 1, 31): 20, on(2019, 2, 1): 23, on(2019, 12, 31): 23, p.Today: 23} {
			kinds, err := org.CountKinds(t.Context(), d.Read(), p.Federation, day)
			if err != nil || kinds[org.Union] != want {
				t.Errorf("on %s there are %d member organisations, %v; want %d", day, kinds[org.Union], err, want)
			}
		}
		alive := 0
		for _, o := range p.Primaries {
			if o.Closed == cal.Forever {
				alive++
			}
		}
		kinds, err := org.CountKinds(t.Context(), d.Read(), p.Federation, p.Today)
		if err != nil || kinds[org.Primary] != alive || kinds[org.Local] != len(p.Locals) || kinds[org.Centre] != 20 {
			t.Errorf("today there are %v, %v; planned %d primaries and %d local unions", kinds, err, alive, len(p.Locals))
		}

		// Everything lies in a region that existed on the day.
		inRegion := `SELECT count(*) FROM org_version WHERE territory = $1 AND kind = 'primary' AND status <> 'dissolved' AND from_day <= $2 AND to_day > $2`
		for _, c := range []struct {
			region        string
			before, after cal.Day
		}{{"KZ-10", on(2022, 6, 7), on(2022, 6, 8)}, {"KZ-33", on(2022, 6, 7), on(2022, 6, 8)}, {"KZ-62", on(2022, 6, 7), on(2022, 6, 8)},
			{"KZ-61", on(2018, 6, 18), on(2018, 6, 19)}, {"KZ-79", on(2018, 6, 18), on(2018, 6, 19)}, {"KZ-51", on(2018, 6, 19), on(2018, 6, 18)}} {
			if n := one(t, d, inRegion, c.region, c.before); n != 0 {
				t.Errorf("on %s %d primary organisations lie in %s, which was none", c.before, n, c.region)
			}
			if n := one(t, d, inRegion, c.region, c.after); n == 0 {
				t.Errorf("on %s no primary organisation lies in %s", c.after, c.region)
			}
		}

		for _, kind := range []org.EventKind{org.Rename, org.Move, org.Merge, org.Suspend, org.Dissolve} {
			if one(t, d, `SELECT count(*) FROM org_event WHERE kind = $1`, kind) == 0 {
				t.Errorf("nothing is %s", kind)
			}
		}
		chairs := one(t, d, `SELECT count(*) FROM structure_term t JOIN structure_post p ON p.id = t.post_id AND p.chair = 1
			JOIN org_version v ON v.org_id = t.org_id AND v.kind = 'primary' AND v.from_day <= $1 AND v.to_day > $1
			WHERE t.from_day <= $1 AND t.to_day > $1 AND t.person_id <> 0`, p.Today)
		if share := float64(chairs) / float64(alive); share < .8 || share > .97 {
			t.Errorf("%d of %d primary organisations have a chair", chairs, alive)
		}
		if n := one(t, d, `SELECT count(*) FROM structure_post WHERE chair = 1 AND org_id NOT IN (SELECT org_id FROM structure_term WHERE from_day <= $1 AND to_day > $1)
			AND org_id IN (SELECT org_id FROM org_version WHERE kind IN ('union', 'centre', 'federation'))`, p.Today); n != 0 {
			t.Errorf("%d unions and centres have no chair", n)
		}

		// Counts that contradict each other stand side by side.
		all, err := figure.List(t.Context(), d.Read(), figure.Find{Org: p.Federation, Measure: figure.Primaries, Until: p.Today})
		if err != nil {
			t.Fatal(err)
		}
		values := map[int64]bool{}
		for _, f := range all {
			values[f.Value] = true
			// Without a source only its sort is shown; only the press may stand so.
			if f.Status == "" || f.Source == "" && f.Status != figure.Press {
				t.Errorf("%+v has no source", f)
			}
		}
		if len(values) < 2 {
			t.Errorf("published numbers of primary organisations: %v", values)
		}
	})
}

// The same federation is written each time.
func TestSeedIsTheSame(t *testing.T) {
	print := func() (out string) {
		d := dbtest.SQLite(t)
		sow(t, d, 1000)
		for _, q := range []string{`SELECT id, org_id, kind, day, decision, detail FROM org_event ORDER BY id`,
			`SELECT id, post_id, holder, person_id, from_day, decision FROM structure_term ORDER BY id`} {
			rows, err := d.Read().Query(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				var v [6]any
				if err := rows.Scan(&v[0], &v[1], &v[2], &v[3], &v[4], &v[5]); err != nil {
					t.Fatal(err)
				}
				out += fmt.Sprintln(v[:]...)
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			rows.Close()
		}
		return out
	}
	if a, b := print(), print(); a != b || a == "" {
		t.Error("two federations of one size differ")
	}
}

func BenchmarkSeed(b *testing.B) {
	for _, n := range []int{20_000, 2_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				sow(b, dbtest.SQLite(b), n)
			}
		})
	}
}
