package membership

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/figure"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

// Counts are exact, as of any day, and cost writers nothing: a change of
// membership adds its difference to membership_tail; Fold moves the tail into
// sums of each day and into the totals at checkpoints (the first days of
// quarters). A read takes the last checkpoint before the day, adds the days
// since and the tail. Where nothing was ever folded it is still exact.

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
	return nil
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

// Headcounts is what the area publishes: how many members an organisation has,
// with everything beneath it, as of any day.
type Headcounts struct{ earners []string }

// NewHeadcounts knows which categories are wage earners.
func NewHeadcounts(earners []string) *Headcounts { return &Headcounts{earners} }

func (h *Headcounts) of(category string, n int64) figure.Headcount {
	if slices.Contains(h.earners, category) {
		return figure.Headcount{Total: n, Earners: n}
	}
	return figure.Headcount{Total: n}
}

// Beneath counts the members of org and everything beneath it on a day.
func (h *Headcounts) Beneath(ctx context.Context, q db.Querier, org id.ID, day cal.Day) (figure.Headcount, error) {
	each, err := h.Each(ctx, q, []id.ID{org}, day)
	return each[org], err
}

// Categories counts the members beneath org on a day by category.
func (h *Headcounts) Categories(ctx context.Context, q db.Querier, org id.ID, day cal.Day) (map[string]int64, error) {
	out := map[string]int64{}
	err := h.sum(ctx, q, []id.ID{org}, day, func(_ id.ID, category string, n int64) { out[category] += n })
	return out, err
}

// Each counts for several organisations, each with everything beneath it.
func (h *Headcounts) Each(ctx context.Context, q db.Querier, orgs []id.ID, day cal.Day) (map[id.ID]figure.Headcount, error) {
	out := make(map[id.ID]figure.Headcount, len(orgs))
	for part := range slices.Chunk(orgs, 500) {
		err := h.sum(ctx, q, part, day, func(org id.ID, category string, n int64) {
			out[org] = out[org].Plus(h.of(category, n))
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (h *Headcounts) sum(ctx context.Context, q db.Querier, orgs []id.ID, day cal.Day, each func(id.ID, string, int64)) error {
	at, err := lastCheckpoint(ctx, q, day)
	if err != nil {
		return err
	}
	var args db.Args
	p, d := args.Add(at), args.Add(day)
	beneath := ` AND org_id IN (SELECT descendant_id FROM org_closure WHERE ancestor_id IN (` + args.List(orgs) + `) AND from_day <= ` + d + ` AND to_day > ` + d + `)`
	rows, err := q.Query(ctx, `SELECT c.ancestor_id, s.category, sum(s.n) FROM (
			SELECT org_id, category, sum(n) AS n FROM (`+changes(p, d, beneath)+`) r GROUP BY org_id, category
		) s JOIN org_closure c ON c.descendant_id = s.org_id AND c.from_day <= `+d+` AND c.to_day > `+d+`
		WHERE c.ancestor_id IN (`+args.List(orgs)+`) GROUP BY c.ancestor_id, s.category`, args.Values()...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var org id.ID
		var category string
		var n int64
		if err := rows.Scan(&org, &category, &n); err != nil {
			return err
		}
		each(org, category, n)
	}
	return rows.Err()
}

// Cells is the roll-up of the whole federation by union and territory: one cell
// for each pair that has a primary organisation on the day.
func (h *Headcounts) Cells(ctx context.Context, q db.Querier, day cal.Day) ([]figure.Cell, error) {
	at, err := lastCheckpoint(ctx, q, day)
	if err != nil {
		return nil, err
	}
	var args db.Args
	p, d := args.Add(at), args.Add(day)
	earners := args.List(h.earners)
	rows, err := q.Query(ctx, `SELECT o.union_id, o.territory, count(DISTINCT o.org_id), coalesce(sum(s.n), 0), coalesce(sum(s.earners), 0)
		FROM (
			SELECT v.org_id, v.territory, u.org_id AS union_id FROM org_version v
			JOIN org_closure c ON c.descendant_id = v.org_id AND c.from_day <= `+d+` AND c.to_day > `+d+`
			JOIN org_version u ON u.org_id = c.ancestor_id AND u.kind IN ('union', 'centre') AND u.from_day <= `+d+` AND u.to_day > `+d+`
			WHERE v.from_day <= `+d+` AND v.to_day > `+d+` AND v.kind = 'primary'
		) o LEFT JOIN (
			SELECT org_id, sum(n) AS n, sum(CASE WHEN category IN (`+earners+`) THEN n ELSE 0 END) AS earners
			FROM (`+changes(p, d, "")+`) r GROUP BY org_id
		) s ON s.org_id = o.org_id
		GROUP BY o.union_id, o.territory ORDER BY o.union_id, o.territory`, args.Values()...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []figure.Cell
	for rows.Next() {
		var c figure.Cell
		if err := rows.Scan(&c.Union, &c.Territory, &c.Orgs, &c.Total, &c.Headcount.Earners); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// Series counts beneath org on each of the days.
func (h *Headcounts) Series(ctx context.Context, q db.Querier, org id.ID, days []cal.Day) ([]figure.Point, error) {
	out := make([]figure.Point, len(days))
	for i, day := range days {
		n, err := h.Beneath(ctx, q, org, day)
		if err != nil {
			return nil, err
		}
		out[i] = figure.Point{Day: day, Headcount: n}
	}
	return out, nil
}

// Recount counts from the spells themselves, slowly: the oracle of the tests
// and of `odaq check`. By organisation and category of its own members.
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
	at, err := lastCheckpoint(ctx, q, day)
	if err != nil {
		return err
	}
	var args db.Args
	p, d := args.Add(at), args.Add(day)
	rows, err := q.Query(ctx, `SELECT org_id, sum(n) FROM (`+changes(p, d, "")+`) r GROUP BY org_id HAVING sum(n) <> 0`, args.Values()...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var org id.ID
		var n int64
		if err := rows.Scan(&org, &n); err != nil {
			return err
		}
		if slow[org] != n {
			return fmt.Errorf("membership: organisation %s counts %d on %s, recounted %d", org, n, day, slow[org])
		}
		delete(slow, org)
	}
	for org, n := range slow {
		return fmt.Errorf("membership: organisation %s counts 0 on %s, recounted %d", org, day, n)
	}
	return rows.Err()
}
