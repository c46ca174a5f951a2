package membership

import (
	"bytes"
	"context"
	"encoding/binary"
	"iter"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/search"
	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
)

// askSize is how many values one question holds: long lists of parameters are
// quadratic on SQLite.
const askSize = 500

// ask runs a query with a list of values, part by part. The lists are filled up
// with the first value, so that there are few statements to prepare.
func ask[T any](ctx context.Context, q db.Querier, values []T, query func(args *db.Args, list string) string, row func(scan func(...any) error) error) error {
	for part := range slices.Chunk(values, askSize) {
		if len(part) > 20 && len(part) < askSize {
			full := append(make([]T, 0, askSize), part...)
			for len(full) < askSize {
				full = append(full, part[0])
			}
			part = full
		}
		var args db.Args
		rows, err := q.Query(ctx, query(&args, args.List(part)), args.Values()...)
		if err != nil {
			return err
		}
		for rows.Next() {
			if err := row(rows.Scan); err != nil {
				rows.Close()
				return err
			}
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}

// consult asks the register about the people on the rows, in three questions
// whatever their number, leaving out whom it surely does not know.
func consult(ctx context.Context, q db.Querier, all []*entry, known *familiar) (*register, error) {
	r := &register{holders: map[string]Person{}, blocks: map[int64][]candidate{}, spells: map[id.ID]reach{}}
	var indexes [][]byte
	var keys []int64
	for _, e := range all {
		if e.person.ID == 0 {
			continue // refused when it was read
		}
		for _, index := range e.indexes {
			if known.number(index) {
				indexes = append(indexes, index)
			}
		}
		for _, key := range e.alike {
			if known.block(e, key) {
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	var people []int64
	block := "p.alike"
	if known != nil && known.load != nil {
		var err error
		if indexes, people, err = known.load.holders(ctx, q, indexes, r.holders); err != nil {
			return nil, err
		}
		block, keys = "p.id", known.load.likes(keys)
	}
	// Sorted, neighbours are found on one page.
	slices.SortFunc(indexes, bytes.Compare)
	err := ask(ctx, q, indexes, func(args *db.Args, list string) string {
		return `SELECT k.value, ` + personColumns + ` FROM membership_key k JOIN membership_person p ON p.id = k.person_id
			WHERE k.kind = ` + args.Add(keyNational) + ` AND k.value IN (` + list + `)`
	}, func(scan func(...any) error) error {
		var index []byte
		p, err := scanPerson(behind{scan, []any{&index}})
		r.holders[string(index)] = p
		people = append(people, int64(p.ID))
		return err
	})
	if err != nil {
		return nil, err
	}
	err = ask(ctx, q, keys, func(args *db.Args, list string) string {
		return `SELECT p.alike, CASE WHEN p.national_id = ` + args.Add([]byte{}) + ` THEN 0 ELSE 1 END, ` + personColumns + ` FROM membership_person p
			WHERE ` + block + ` IN (` + list + `) AND p.status IN ('active', 'suspended', 'former')`
	}, func(scan func(...any) error) error {
		var key, numbered int64
		p, err := scanPerson(behind{scan, []any{&key, &numbered}})
		r.blocks[key] = append(r.blocks[key], candidate{p, foldedName(p.Name), numbered == 1})
		return err
	})
	if err != nil {
		return nil, err
	}
	err = ask(ctx, q, people, func(args *db.Args, list string) string {
		return `SELECT person_id, max(from_day), max(to_day) FROM membership_spell WHERE person_id IN (` + list + `) GROUP BY person_id`
	}, func(scan func(...any) error) error {
		var person id.ID
		var s reach
		err := scan(&person, &s.from, &s.to)
		r.spells[person] = s
		return err
	})
	return r, err
}

// behind scans some columns before those of a person.
type behind struct {
	scan  func(...any) error
	first []any
}

// Scan scans the first columns and then into.
func (b behind) Scan(into ...any) error { return b.scan(append(b.first, into...)...) }

// meetNumbers adds the blind indexes of all national IDs.
func (f *familiar) meetNumbers(ctx context.Context, q db.Querier) error {
	rows, err := q.Query(ctx, `SELECT value FROM membership_key WHERE kind = $1`, keyNational)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var index []byte
		if err := rows.Scan(&index); err != nil {
			return err
		}
		f.numbers.add(numberHash(index))
	}
	return rows.Err()
}

// meet adds persons entered since it was last called.
func (f *familiar) meet(ctx context.Context, q db.Querier) error {
	rows, err := q.Query(ctx, `SELECT id, alike, surname, given, patronymic, birth_day, CASE WHEN national_id = $2 THEN 0 ELSE 1 END
		FROM membership_person WHERE id > $1 ORDER BY id`, f.last, []byte{})
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var block, numbered int64
		var n search.Name
		var birth cal.Day
		if err := rows.Scan(&f.last, &block, &n.Surname, &n.Given, &n.Patronymic, &birth, &numbered); err != nil {
			return err
		}
		f.add(block, foldedName(n), birth, numbered == 1)
	}
	return rows.Err()
}

// number gives new persons their member numbers.
func number(ctx context.Context, tx *db.Tx, fresh []*entry) error {
	if len(fresh) == 0 {
		return nil
	}
	serial, err := numbers(ctx, tx, len(fresh))
	for i, e := range fresh {
		e.person.Number = NumberOf(serial + int64(i))
	}
	return err
}

// insertAll writes new persons, who have their numbers, with all that belongs to
// them, table by table; the keys and words by which they are found only if that is
// to be so at once.
func (a *Area) insertAll(ctx context.Context, tx *db.Tx, batch id.ID, fresh []*entry, findable bool) error {
	if len(fresh) == 0 {
		return nil
	}
	var words []wordRow
	var keyed []*entry
	for _, e := range fresh {
		if !findable {
			break
		}
		words = slices.AppendSeq(words, wordRows(e.person, e.words))
		if len(e.indexes) > 0 {
			keyed = append(keyed, e)
		}
	}
	// In the order of their keys, so that neighbours fall on one page.
	slices.SortFunc(words, byWord)
	slices.SortFunc(keyed, func(a, b *entry) int { return bytes.Compare(a.indexes[0], b.indexes[0]) })
	for _, t := range []struct {
		table   string
		columns []string
		rows    iter.Seq2[[]any, error]
	}{
		{"membership_person", []string{"id", "surname", "given", "patronymic", "sort_key", "birth_day", "lang", "national_id", "contact", "number",
			"org_id", "status", "category", "version", "made_at", "alike"}, each(fresh, func(e *entry) []any {
			p := e.person
			return []any{int64(p.ID), p.Name.Surname, p.Name.Given, p.Name.Patronymic, e.sortKey, int64(p.Birth), string(p.Lang), e.nationalID, e.contact, int64(p.Number),
				int64(p.Org), string(p.Status), p.Category, int64(1), int64(p.Made), e.alike[0]}
		})},
		{"privacy_secret", []string{"person_id", "secret", "made_at"}, each(fresh, func(e *entry) []any {
			return []any{int64(e.person.ID), e.secret, int64(e.person.Made)}
		})},
		{"membership_spell", spellColumns, each(fresh, func(e *entry) []any {
			return []any{int64(e.person.ID), int64(id.New()), int64(e.person.Org), int64(e.request.Day), int64(cal.Forever), "import", e.request.Decision, "", "", int64(batch), []byte{}}
		})},
		{"membership_key", indexColumns, each(keyed, func(e *entry) []any {
			return []any{keyNational, e.indexes[0], int64(e.person.ID)}
		})},
		{"membership_word", wordColumns, each(words, wordRow.values)},
	} {
		if _, err := tx.Bulk(ctx, t.table, t.columns, t.rows); err != nil {
			return err
		}
	}
	return nil
}

var indexColumns = []string{"kind", "value", "person_id"}

// each makes the rows of a table.
func each[T any](all []T, row func(T) []any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, v := range all {
			if !yield(row(v), nil) {
				return
			}
		}
	}
}

// count adds a chunk to the batch's tally.
func count(ctx context.Context, tx *db.Tx, batch id.ID, t Tally) error {
	_, err := tx.Exec(ctx, `UPDATE membership_batch SET rows_read = rows_read + $2, entered = entered + $3, readmitted = readmitted + $4,
		unchanged = unchanged + $5, alike = alike + $6, bad = bad + $7 WHERE id = $1`,
		batch, t.Rows, t.Entered, t.Readmitted, t.Unchanged, t.Alike, t.Bad)
	return err
}

// broughtIn are the memberships of a batch, by person.
func broughtIn(ctx context.Context, q db.Querier, batch, after id.ID, limit int) ([]brought, error) {
	rows, err := q.Query(ctx, `SELECT s.person_id, s.id, s.org_id, s.from_day, s.to_day, p.category, p.version FROM membership_spell s
		JOIN membership_person p ON p.id = s.person_id WHERE s.batch_id = $1 AND s.batch_id <> 0 AND s.person_id > $2 ORDER BY s.person_id LIMIT $3`, batch, after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []brought
	for rows.Next() {
		var b brought
		if err := rows.Scan(&b.Person, &b.ID, &b.Org, &b.From, &b.To, &b.category, &b.version); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

// tied calls touch with those of the people whom something ties to anything
// else: a consent, a request, an application, a card, an account.
func tied(ctx context.Context, q db.Querier, people []int64, touch func(person id.ID)) error {
	for _, query := range []string{
		`SELECT person_id FROM privacy_consent WHERE person_id IN (`,
		`SELECT person_id FROM privacy_request WHERE person_id IN (`,
		`SELECT person_id FROM membership_application WHERE person_id IN (`,
		`SELECT person_id FROM membership_card WHERE person_id IN (`,
	} {
		err := ask(ctx, q, people, func(_ *db.Args, list string) string { return query + list + `)` }, func(scan func(...any) error) error {
			var person id.ID
			if err := scan(&person); err != nil {
				return err
			}
			touch(person)
			return nil
		})
		if err != nil {
			return err
		}
	}
	accounts := make([][]byte, len(people)) // as login_key holds them
	for i, p := range people {
		accounts[i] = binary.BigEndian.AppendUint64(nil, uint64(p))
	}
	return ask(ctx, q, accounts, func(_ *db.Args, list string) string {
		return `SELECT value FROM login_key WHERE kind = 'person' AND value IN (` + list + `)`
	}, func(scan func(...any) error) error {
		var value []byte
		if err := scan(&value); err != nil {
			return err
		}
		touch(id.ID(binary.BigEndian.Uint64(value)))
		return nil
	})
}

// readmissions are the rows on which a batch readmitted some of the people.
func (a *Area) readmissions(ctx context.Context, q db.Querier, batch id.ID, people []int64) ([]batchRow, error) {
	var out []batchRow
	for part := range slices.Chunk(people, askSize) {
		var args db.Args
		rows, err := a.readRows(ctx, q, batch, `WHERE batch_id = `+args.Add(batch)+` AND kind = 'readmitted' AND person_id IN (`+args.List(part)+`)`, args.Values()...)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

// remove deletes the batch's spells of people and everything of those who are
// gone. Secrets are overwritten first: a deleted row's bytes may stay in its page.
func remove(ctx context.Context, tx *db.Tx, batch id.ID, ended, gone []int64, now cal.Instant) error {
	if err := onEach(ctx, tx, ended, func(args *db.Args, list string) string {
		return `DELETE FROM membership_spell WHERE person_id IN (` + list + `) AND batch_id = ` + args.Add(batch)
	}); err != nil {
		return err
	}
	for _, statement := range []func(args *db.Args, list string) string{
		func(args *db.Args, list string) string {
			return `UPDATE privacy_secret SET secret = ` + args.Add(make([]byte, seal.SecretSize)) + ` WHERE person_id IN (` + list + `)`
		},
		func(args *db.Args, list string) string {
			return `INSERT INTO privacy_erased (person_id, at) SELECT person_id, CAST(` + args.Add(now) + ` AS bigint) FROM privacy_secret WHERE person_id IN (` + list + `) ON CONFLICT (person_id) DO NOTHING`
		},
		deleteFrom("privacy_secret", "person_id"), deleteFrom("membership_key", "person_id"), deleteFrom("membership_word", "person_id"),
		deleteFrom("membership_event", "person_id"), deleteFrom("membership_person", "id"),
	} {
		if err := onEach(ctx, tx, gone, statement); err != nil {
			return err
		}
	}
	return nil
}

func deleteFrom(table, column string) func(*db.Args, string) string {
	return func(_ *db.Args, list string) string {
		return `DELETE FROM ` + table + ` WHERE ` + column + ` IN (` + list + `)`
	}
}
