package org

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	kernel "odaq/internal/kernel/schema"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

// The tree in memory is the closure of the database after every event, also
// those recorded late, and inside of a transaction that is rolled back.
func TestTreeIsTheClosure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		if _, err := db.Migrate(ctx, d, []db.Source{{Name: "kernel", Number: 1, FS: kernel.FS}}); err != nil {
			t.Fatal(err)
		}
		var orgs []id.ID
		drawn := rapid.Custom(func(t *rapid.T) []Event {
			var out []Event
			var who []id.ID
			for n := range 60 {
				e := random(t, who, n)
				if e.Kind == Found {
					who = append(who, e.Org)
				}
				out = append(out, e)
			}
			return out
		}).Example(7)
		undone := fault.New(fault.Conflict, "fault.conflict")
		for i, e := range drawn {
			err := d.Write(ctx, func(tx *db.Tx) error {
				_, _, err := Record(ctx, tx, e)
				if err == nil && i%4 == 0 && e.Kind != Found {
					agree(t, tx, orgs, e.Day)
					return undone
				}
				return err
			})
			if err == nil && e.Kind == Found {
				orgs = append(orgs, e.Org)
			}
			for _, day := range []cal.Day{e.Day - 1, e.Day, lastDay} {
				agree(t, d.Read(), orgs, day)
			}
		}
		if len(orgs) < 3 {
			t.Fatal("the history is too tame")
		}
	})
}

func agree(t *testing.T, q db.Querier, orgs []id.ID, day cal.Day) {
	t.Helper()
	tree, err := TreeOn(t.Context(), q, day)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range orgs {
		want, err := ids(t.Context(), q, `SELECT descendant_id FROM org_closure WHERE ancestor_id = $1 AND from_day <= $2 AND to_day > $2 ORDER BY descendant_id`, o, day)
		if err != nil {
			t.Fatal(err)
		}
		var got []id.ID
		for _, n := range tree.Beneath(o) {
			got = append(got, n.Org)
			if !tree.Lies(n.Org, o) {
				t.Fatalf("on day %d %v is beneath %v and does not lie there", day, n.Org, o)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("on day %d beneath %v: the tree has %v, the closure %v", day, o, got, want)
		}
		listed, err := List(t.Context(), q, Find{Day: day, Parent: o, Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		children := tree.Children(o)
		if len(listed) != len(children) {
			t.Fatalf("on day %d %v has %d children in the tree, %d in the list", day, o, len(children), len(listed))
		}
		for i, v := range listed {
			if n := children[i]; n.Org != v.Org || n.Kind != v.Kind || n.Status != v.Status || n.Territory != v.Territory || n.Place != v.Place {
				t.Fatalf("on day %d child %d of %v is %+v in the tree, %+v in the list", day, i, o, *n, v)
			}
		}
	}
}
