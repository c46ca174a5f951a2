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

// write puts the differences into the tail.
func (d deltas) write(ctx context.Context, tx *db.Tx) error {
	rows := func(yield func([]any, error) bool) {
		for _, k := range d.sorted() {
			if n := d[k]; n != 0 && !yield([]any{int64(id.New()), int64(k.org), k.category, int64(k.day), n}, nil) {
				return
			}
		}
	}
	if len(d) > 8 {
		_, err := tx.Bulk(ctx, "membership_tail", []string{"id", "org_id", "category", "day", "delta"}, rows)
		return err
	}
	for row := range rows {
		if _, err := tx.Exec(ctx, `INSERT INTO membership_tail (id, org_id, category, day, delta) VALUES ($1, $2, $3, $4, $5)`, row...); err != nil {
			return err
		}
	}
	return nil
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

// lock lets one transaction at a time fold or make a checkpoint: a total that
// is being made must not miss a sum that is being folded. It locks the first
// checkpoint, cal.Never, which has no totals.
func lock(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `INSERT INTO membership_checkpoint (day) VALUES ($1) ON CONFLICT (day) DO UPDATE SET day = excluded.day`, cal.Never)
	return err
}

func take(ctx context.Context, tx *db.Tx) (deltas, int, error) {
	rows, err := tx.Query(ctx, `DELETE FROM membership_tail WHERE id IN (SELECT id FROM membership_tail ORDER BY id LIMIT $1)
		RETURNING org_id, category, day, delta`, foldSize)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	d, n := deltas{}, 0
	for rows.Next() {
		var k delta
		var by int64
		if err := rows.Scan(&k.org, &k.category, &k.day, &by); err != nil {
			return nil, 0, err
		}
		d[k] += by
		n++
	}
	return d, n, rows.Err()
}

// settle adds differences to the sums of their days and to every checkpoint
// that lies behind them, as sets: row by row a large import took minutes.
func (d deltas) settle(ctx context.Context, tx *db.Tx) error {
	fold := int64(id.New())
	_, err := tx.Bulk(ctx, "membership_fold", []string{"fold_id", "day", "org_id", "category", "delta"}, func(yield func([]any, error) bool) {
		for _, k := range d.sorted() {
			if n := d[k]; n != 0 && !yield([]any{fold, int64(k.day), int64(k.org), k.category, n}, nil) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	for _, statement := range []string{
		`INSERT INTO membership_day (day, org_id, category, delta)
			SELECT day, org_id, category, delta FROM membership_fold WHERE fold_id = $1
			ON CONFLICT (day, org_id, category) DO UPDATE SET delta = membership_day.delta + excluded.delta`,
		`INSERT INTO membership_count (day, org_id, category, total)
			SELECT c.day, f.org_id, f.category, sum(f.delta) FROM membership_fold f JOIN membership_checkpoint c ON c.day > f.day
			WHERE f.fold_id = $1 GROUP BY c.day, f.org_id, f.category
			ON CONFLICT (day, org_id, category) DO UPDATE SET total = membership_count.total + excluded.total`,
		`DELETE FROM membership_fold WHERE fold_id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, fold); err != nil {
			return err
		}
	}
	months := map[cal.Day]bool{}
	for k := range d {
		months[month(k.day)] = true
	}
	for _, m := range slices.Sorted(maps.Keys(months)) {
		if _, err := tx.Exec(ctx, `INSERT INTO membership_month (month, folds) VALUES ($1, 1)
			ON CONFLICT (month) DO UPDATE SET folds = membership_month.folds + 1`, m); err != nil {
			return err
		}
	}
	return nil
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
		n, err := tx.Exec(ctx, `INSERT INTO membership_checkpoint (day) VALUES ($1) ON CONFLICT (day) DO NOTHING`, at)
		if err != nil || n == 0 {
			return err
		}
		before, err := lastCheckpoint(ctx, tx, at-1)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO membership_count (day, org_id, category, total)
			SELECT $1, s.org_id, s.category, sum(s.n) FROM (
				SELECT org_id, category, total AS n FROM membership_count WHERE day = $2
				UNION ALL SELECT org_id, category, delta FROM membership_day WHERE day >= $2 AND day < $1
			) s GROUP BY s.org_id, s.category HAVING sum(s.n) <> 0`, at, before)
		return err
	})
}

// lastCheckpoint is the last checkpoint on or before the day; cal.Never, with
// no totals, where there is none.
func lastCheckpoint(ctx context.Context, q db.Querier, day cal.Day) (cal.Day, error) {
	at := cal.Never
	err := q.QueryRow(ctx, `SELECT day FROM membership_checkpoint WHERE day <= $1 ORDER BY day DESC LIMIT 1`, day).Scan(&at)
	if err == db.ErrNoRows {
		return cal.Never, nil
	}
	return at, err
}

// changes is the SQL of all that makes up the counts on day d since checkpoint
// p, as rows (org_id, category, n); filter is added to each part.
func changes(p, d, filter string) string {
	return `SELECT org_id, category, total AS n FROM membership_count WHERE day = ` + p + filter + `
		UNION ALL SELECT org_id, category, delta FROM membership_day WHERE day >= ` + p + ` AND day <= ` + d + filter + `
		UNION ALL SELECT org_id, category, delta FROM membership_tail WHERE day <= ` + d + filter
}

// Recount counts from the spells themselves, slowly: the oracle of the tests
// and of `odaq count --check`. By organisation and category of its own members.
func Recount(ctx context.Context, q db.Querier, day cal.Day) (map[id.ID]int64, error) {
	rows, err := q.Query(ctx, `SELECT org_id, count(*) FROM membership_spell WHERE from_day <= $1 AND to_day > $1 GROUP BY org_id`, day)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[id.ID]int64{}
	for rows.Next() {
		var org id.ID
		var n int64
		if err := rows.Scan(&org, &n); err != nil {
			return nil, err
		}
		out[org] = n
	}
	return out, rows.Err()
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
