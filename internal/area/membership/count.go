package membership

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

// Counts are exact, as of any day, and cost writers nothing: a change of
// membership adds its difference to membership_tail; Fold moves the tail into
// sums of each day and into the totals at checkpoints (the first days of
// quarters). A read takes the last checkpoint before the day, adds the days
// since and the tail. Where nothing was ever folded it is still exact.
//
// Reading is in headcount.go: it keeps the folded sums of some days in memory.
// The SQL of both is in store_count.go.
// membership_month says when they are stale: it counts the foldings that touched
// each month.

// delta is one difference: a member more or less on a day.
type delta struct {
	org      id.ID
	category string
	day      cal.Day
}

// deltas sums differences before they are written.
type deltas map[delta]int64

func (d deltas) add(org id.ID, category string, day cal.Day, n int64) {
	d[delta{org, category, day}] += n
}

// spell adds the differences of one membership.
func (d deltas) spell(org id.ID, category string, from, to cal.Day, n int64) {
	d.add(org, category, from, n)
	if to != cal.Forever {
		d.add(org, category, to, -n)
	}
}

// sorted gives the keys in one order, so that rows are written alike each time.
func (d deltas) sorted() []delta {
	return slices.SortedFunc(maps.Keys(d), func(a, b delta) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.org, b.org), cmp.Compare(a.category, b.category))
	})
}

// foldSize bounds the work, and the locks, of one folding transaction.
const foldSize = 100_000

// Fold moves up to foldSize rows of the tail into the sums and returns how many
// it moved. It may be run by any number of workers and killed at any time.
func Fold(ctx context.Context, d *db.DB) (int, error) {
	n := 0
	err := d.Write(ctx, func(tx *db.Tx) error {
		if err := lock(ctx, tx); err != nil {
			return err
		}
		moved, rows, err := take(ctx, tx)
		if err != nil || rows == 0 {
			n = 0
			return err
		}
		n = rows
		return moved.settle(ctx, tx)
	})
	return n, err
}

// month is the first day of the month of a day.
func month(day cal.Day) cal.Day {
	y, m, _ := day.Date()
	return cal.Date(y, m, 1)
}

// quarter is the first day of the quarter of a day.
func quarter(day cal.Day) cal.Day {
	y, m, _ := day.Date()
	return cal.Date(y, (m-1)/3*3+1, 1)
}

// Checkpoint makes the totals at the beginning of the quarter of today, if they
// are not there. The folding job calls it; a missed quarter costs speed only.
func Checkpoint(ctx context.Context, d *db.DB, today cal.Day) error {
	at := quarter(today)
	return d.Write(ctx, func(tx *db.Tx) error {
		if err := lock(ctx, tx); err != nil {
			return err
		}
		return addCheckpoint(ctx, tx, at)
	})
}

// CheckCounts compares the counts of every organisation on a day with a full
// recount and says where they differ.
func (h *Headcounts) CheckCounts(ctx context.Context, q db.Querier, day cal.Day) error {
	slow, err := Recount(ctx, q, day)
	if err != nil {
		return err
	}
	fast, err := h.own(ctx, q, day)
	if err != nil {
		return err
	}
	for org, n := range fast {
		if slow[org] != n {
			return fmt.Errorf("membership: organisation %s counts %d on %s, recounted %d", org, n, day, slow[org])
		}
		delete(slow, org)
	}
	for org, n := range slow {
		return fmt.Errorf("membership: organisation %s counts 0 on %s, recounted %d", org, day, n)
	}
	return nil
}
