package membership_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"odaq/internal/area/membership"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/exchange"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/search"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

// The headcounts of any day are those of the spells, whatever is admitted,
// moved, ended, imported and undone in whatever order, folded or not, and
// wherever a crash interrupts it.
func TestCountsMatchRecount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		made := invent(t)
		var batches []id.ID
		rapid.Check(t, func(r *rapid.T) {
			for range rapid.IntRange(1, 6).Draw(r, "steps") {
				o.step(t, r, made, &batches)
			}
			for range 3 {
				o.exact(r, cal.Date(2018, 1, 1)+cal.Day(rapid.IntRange(0, 3400).Draw(r, "day")))
			}
			o.exact(r, kept)
			o.exact(r, today)
		})
	})
}

// kept is a day whose sums stay in memory from one history to the next.
var kept = cal.Date(2023, 5, 17)

// exact compares the ways of counting on a day with the slow recount: a few
// organisations from their own rows, all from the sums in memory, and the
// roll-up, which follows the tree wherever the primary organisations lie then.
func (o *office) exact(r *rapid.T, day cal.Day) {
	o.recounted(r, day)
	ctx, q := context.Background(), o.db.Read()
	if err := o.area.CheckCounts(ctx, q, day); err != nil {
		r.Errorf("%v", err)
	}
	o.recounted(r, day) // now from memory
	slow, err := membership.Recount(ctx, q, day)
	if err != nil {
		r.Fatalf("recount: %v", err)
	}
	want := map[id.ID]int64{}
	for _, p := range o.primaries {
		path, err := org.Path(ctx, q, p, day)
		if err != nil || len(path) != 3 {
			r.Fatalf("path of %s: %v %v", p, path, err)
		}
		want[path[1].Org] += slow[p]
	}
	cells, err := o.area.Cells(ctx, q, day)
	if err != nil {
		r.Fatalf("cells: %v", err)
	}
	for _, c := range cells {
		if c.Total != want[c.Union] {
			r.Errorf("union %s on %s: rolled up %d, recounted %d", c.Union, day, c.Total, want[c.Union])
		}
		delete(want, c.Union)
	}
	for u, n := range want {
		r.Errorf("union %s on %s: no cell, recounted %d", u, day, n)
	}
}

// step does one random act; a refusal by the rules is no failure.
func (o *office) step(t *testing.T, r *rapid.T, made *people, batches *[]id.ID) {
	check := func(err error) {
		if err != nil && fault.Of(err).Kind == fault.Internal && !errors.Is(err, context.Canceled) {
			r.Fatalf("%v", err)
		}
	}
	day := cal.Date(2019, 1, 1) + cal.Day(rapid.IntRange(0, 2800).Draw(r, "on"))
	at := o.primaries[rapid.IntRange(0, 3).Draw(r, "org")]
	switch rapid.SampledFrom([]string{"admit", "end", "transfer", "categorise", "import", "crash", "undo", "fold", "checkpoint", "move"}).Draw(r, "act") {
	case "admit":
		row := made.row(t)
		_, err := o.area.Admit(o.everyone, membership.AdmitRequest{Org: at, Name: search.Name{Surname: row[0], Given: row[1]}, Birth: cal.Never, Lang: "kk",
			Private: membership.Private{NationalID: row[3]}, Category: rapid.SampledFrom([]string{"worker", "student"}).Draw(r, "category"), Day: day, Decision: "1"})
		check(err)
	case "end":
		if p, ok := o.anybody(t, r); ok {
			_, err := o.area.End(o.everyone, membership.Step{Person: p.ID, Day: day, Decision: "2", Reason: "өтініш"})
			check(err)
		}
	case "transfer":
		if p, ok := o.anybody(t, r); ok {
			_, err := o.area.Transfer(o.everyone, membership.Step{Person: p.ID, Day: day, Decision: "3"}, at)
			check(err)
		}
	case "categorise":
		if p, ok := o.anybody(t, r); ok {
			_, err := o.area.Categorise(o.everyone, membership.Step{Person: p.ID, Day: day, Decision: "4"}, "pensioner")
			check(err)
		}
	case "import", "crash":
		rows := made.rows(t, rapid.IntRange(1, 25).Draw(r, "rows"))
		for _, row := range rows[1:] {
			if rapid.IntRange(0, 9).Draw(r, "spoiled") == 0 {
				row[3] = "1"
			}
		}
		ctx, stop := context.WithCancel(o.everyone)
		steps := rapid.IntRange(1, 3).Draw(r, "crash")
		report, err := o.area.ImportFile(ctx, save(t, rows), membership.ImportOptions{ImportRequest: membership.ImportRequest{Org: at}}, func(exchange.Progress) {
			if steps--; steps == 0 {
				stop()
			}
		})
		stop()
		check(err)
		if report.Batch.ID != 0 {
			*batches = append(*batches, report.Batch.ID)
		}
	case "undo":
		if len(*batches) > 0 {
			_, err := o.area.UndoNow(o.everyone, rapid.SampledFrom(*batches).Draw(r, "batch"), nil)
			check(err)
		}
	case "fold":
		_, err := membership.Fold(context.Background(), o.db)
		check(err)
	case "move": // the tree changes as of a past day
		union := o.unions[rapid.IntRange(0, 1).Draw(r, "union")]
		check(o.db.Write(context.Background(), func(tx *db.Tx) error {
			_, _, err := org.Record(context.Background(), tx, org.Event{ID: id.New(), Org: at, Kind: org.Move, Day: day, Decision: "5", Detail: org.Detail{Parent: &union}})
			return err
		}))
	case "checkpoint":
		check(membership.Checkpoint(context.Background(), o.db, day))
	}
}

// anybody is some member.
func (o *office) anybody(t *testing.T, r *rapid.T) (membership.Person, bool) {
	scope, err := o.desk.Gate.Scope(o.everyone, o.db.Read(), access.From(o.everyone), membership.View)
	if err != nil {
		r.Fatalf("%v", err)
	}
	list, err := o.area.List(context.Background(), o.db.Read(), scope, membership.Find{Limit: 40})
	if err != nil {
		r.Fatalf("%v", err)
	}
	if len(list) == 0 {
		return membership.Person{}, false
	}
	return list[rapid.IntRange(0, len(list)-1).Draw(r, "who "+strconv.Itoa(len(list)))], true
}
