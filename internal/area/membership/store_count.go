package membership

import (
	"context"
	"maps"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

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

// lock lets one transaction at a time fold or make a checkpoint: a total that
// is being made must not miss a sum that is being folded. It locks the first
// checkpoint, cal.Never, which has no totals.
func lock(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `INSERT INTO membership_checkpoint (day) VALUES ($1) ON CONFLICT (day) DO UPDATE SET day = excluded.day`, cal.Never)
	return err
}

// take removes the oldest rows of the tail and gives them summed, with their number.
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

// addCheckpoint makes the totals at the beginning of a day, if they are not there.
func addCheckpoint(ctx context.Context, tx *db.Tx, at cal.Day) error {
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

// few counts some organisations from their own rows.
func few(ctx context.Context, q db.Querier, orgs []id.ID, day cal.Day) (counter, error) {
	out := changesOf{}
	if len(orgs) == 0 {
		return out.counter, nil
	}
	at, err := lastCheckpoint(ctx, q, day)
	if err != nil {
		return nil, err
	}
	var args db.Args
	p, d := args.Add(at), args.Add(day)
	rows, err := q.Query(ctx, changes(p, d, ` AND org_id IN (`+args.List(orgs)+`)`), args.Values()...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var o id.ID
		var c change
		if err := rows.Scan(&o, &c.category, &c.n); err != nil {
			return nil, err
		}
		out[o] = append(out[o], c)
	}
	return out.counter, rows.Err()
}

const editionOf = `SELECT (SELECT coalesce(sum(folds), 0) FROM membership_month WHERE month <= $1),
	(SELECT count(*) FROM membership_checkpoint WHERE day <= $1)`

func editionOn(ctx context.Context, q db.Querier, day cal.Day) (e edition, err error) {
	err = q.QueryRow(ctx, editionOf, day).Scan(&e.folds, &e.points)
	return e, err
}

// unfolded reads the tail up to a day, and in the same statement to which
// edition of the sums it is to be added.
func unfolded(ctx context.Context, q db.Querier, day cal.Day) (e edition, tail changesOf, err error) {
	rows, err := q.Query(ctx, `SELECT 0, t.org_id, t.category, t.delta, 0 FROM membership_tail t WHERE t.day <= $1
		UNION ALL SELECT 1, 0, '', (SELECT coalesce(sum(folds), 0) FROM membership_month WHERE month <= $1),
			(SELECT count(*) FROM membership_checkpoint WHERE day <= $1)`, day)
	if err != nil {
		return e, nil, err
	}
	defer rows.Close()
	tail = changesOf{}
	for rows.Next() {
		var last, points int64
		var o id.ID
		var c change
		if err := rows.Scan(&last, &o, &c.category, &c.n, &points); err != nil {
			return e, nil, err
		}
		if last == 1 {
			e = edition{c.n, points}
			continue
		}
		tail[o] = append(tail[o], c)
	}
	return e, tail, rows.Err()
}

// addDays adds the changes of the days behind eve up to a day.
func (b *builder) addDays(ctx context.Context, q db.Querier, eve, day cal.Day) error {
	return b.read(ctx, q, `SELECT org_id, category, delta FROM membership_day WHERE day > $1 AND day <= $2`, eve, day)
}

// addSince adds the totals of a checkpoint and the changes from it up to a day.
func (b *builder) addSince(ctx context.Context, q db.Querier, at, day cal.Day) error {
	return b.read(ctx, q, `SELECT org_id, category, total FROM membership_count WHERE day = $1
		UNION ALL SELECT org_id, category, delta FROM membership_day WHERE day >= $1 AND day <= $2`, at, day)
}

func (b *builder) read(ctx context.Context, q db.Querier, query string, args ...any) error {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var o id.ID
		var category string
		var n int32
		if err := rows.Scan(&o, &category, &n); err != nil {
			return err
		}
		b.add(o, category, n)
	}
	return rows.Err()
}

// Recount counts from the spells themselves, slowly: the oracle of the tests
// and of `odaq count --check`. By organisation, each without those beneath it.
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
