package rekey

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"odaq/internal/kernel/access"
	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
)

// Change is the action of changing the keys.
const Change access.Action = "keys.change"

// Policy in words: nobody but the installation itself, by the operator's command
// line, rotates and retires keys.
var Policy = access.Policy{{Action: Change}}

// Sealed is what a part of the program keeps under keys.
type Sealed struct {
	Tables []Table
	Prints []Prints
}

// Table is a table with sealed columns. No more than Chunk rows, 500 if 0, are
// held in memory at a time.
type Table struct {
	Name    string
	Key     []string // its primary key: one or two numbers, none below 0
	Use     seal.Use // Fields or Subjects
	Columns []Column
	Chunk   int
	// Sealers are whose keys rows are under, one for each; nil: the keyset's. A
	// nil among them says that the row's secret was destroyed.
	Sealers func(ctx context.Context, q db.Querier, rows []Row) ([]Sealer, error)
	// Moved moves what belongs to rows just sealed anew, as their fingerprints, in
	// the same transaction; nil: nothing.
	Moved func(ctx context.Context, tx *db.Tx, rows []Row) error
}

// Column is a sealed column; Place is the associated data of its values. An empty
// value is nothing sealed.
type Column struct {
	Name  string
	Place func(key []int64) []byte
}

// Row is a row that has something under an old key.
type Row struct {
	Key   []int64
	Plain [][]byte // what was under an old key, by column; nil is the rest

	old, fresh [][]byte
}

// Sealer opens and seals: a *seal.Sealer or a *seal.Subject.
type Sealer interface {
	Seal(plain, place []byte) []byte
	Open(sealed, place []byte) ([]byte, error)
}

// Prints is a column of fingerprints.
type Prints struct {
	Table, Column string
	Only          string // a condition on its rows; empty: all
	// Codes: nobody knows any more what the fingerprints are of. They can only end.
	Codes bool
}

// Keys are the keys of an installation and everything under them.
type Keys struct {
	DB     *db.DB
	Seal   *seal.Sealer
	Sealed []Sealed
}

// columns calls fn for each column of the database that is under keys; only is a
// condition on its rows.
func (k *Keys) columns(fn func(use seal.Use, table, column, only string, codes bool) error) error {
	for _, s := range k.Sealed {
		for _, t := range s.Tables {
			for _, c := range t.Columns {
				if err := fn(t.Use, t.Name, c.Name, "length("+c.Name+") > 0", false); err != nil {
					return err
				}
			}
		}
		for _, p := range s.Prints {
			only := p.Only
			if only == "" {
				only = "length(" + p.Column + ") > 0"
			}
			if err := fn(seal.Index, p.Table, p.Column, only, p.Codes); err != nil {
				return err
			}
		}
	}
	return nil
}

// mark is the expression for the number of the key of a value.
func mark(use seal.Use, column string) string {
	return "substr(" + column + ", " + strconv.Itoa(use.MarkAt()) + ", 4)"
}

// marks are the numbers of the keys of a use that values name.
func (k *Keys) marks(use seal.Use) (out [][]byte) {
	for _, key := range k.Seal.Keys() {
		if key.Use == use && !key.Unmarked() {
			out = append(out, key.ID.Bytes())
		}
	}
	return out
}

// under is the condition that a value is under a key.
func (k *Keys) under(key seal.Key, column string, a *db.Args) string {
	if key.Unmarked() {
		return mark(key.Use, column) + " NOT IN (" + a.List(k.marks(key.Use)) + ")"
	}
	return mark(key.Use, column) + " = " + a.Add(key.ID.Bytes())
}

// Uses says what is under which key.
type Uses struct {
	Values map[seal.KeyID]int64 // that can be sealed anew, or fingerprinted
	Codes  map[seal.KeyID]int64 // that can only end
	// Strange are values under no key of the file.
	Strange int64
}

// Uses counts what is under which key. It reads whole tables.
func (k *Keys) Uses(ctx context.Context, q db.Querier) (Uses, error) {
	out := Uses{Values: map[seal.KeyID]int64{}, Codes: map[seal.KeyID]int64{}}
	byMark, unmarked := map[seal.Use]map[string]seal.KeyID{}, map[seal.Use]seal.KeyID{}
	for _, key := range k.Seal.Keys() {
		if byMark[key.Use] == nil {
			byMark[key.Use] = map[string]seal.KeyID{}
		}
		if key.Unmarked() {
			unmarked[key.Use] = key.ID
		} else {
			byMark[key.Use][string(key.ID.Bytes())] = key.ID
		}
	}
	err := k.columns(func(use seal.Use, table, column, only string, codes bool) error {
		into := out.Values
		if codes {
			into = out.Codes
		}
		var rest int64
		if err := q.QueryRow(ctx, `SELECT count(*) FROM `+table+` WHERE `+only).Scan(&rest); err != nil || rest == 0 {
			return err
		}
		var a db.Args
		rows, err := q.Query(ctx, `SELECT `+mark(use, column)+`, count(*) FROM `+table+` WHERE `+only+
			` AND `+mark(use, column)+` IN (`+a.List(k.marks(use))+`) GROUP BY `+mark(use, column), a.Values()...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var m []byte
			var n int64
			if err := rows.Scan(&m, &n); err != nil {
				return err
			}
			into[byMark[use][string(m)]] += n
			rest -= n
		}
		if old, ok := unmarked[use]; ok {
			into[old] += rest
		} else {
			out.Strange += rest
		}
		return rows.Err()
	})
	return out, err
}

// EndCodes deletes the one-time codes and recovery codes under a key and returns
// their number.
func (k *Keys) EndCodes(ctx context.Context, tx *db.Tx, key seal.Key) (total int64, err error) {
	err = k.columns(func(use seal.Use, table, column, only string, codes bool) error {
		if !codes || use != key.Use {
			return nil
		}
		var a db.Args
		n, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE `+only+` AND `+k.under(key, column, &a), a.Values()...)
		total += n
		return err
	})
	return total, err
}

// primary is the key of a use that new values are sealed with.
func (k *Keys) primary(use seal.Use) seal.Key {
	all := k.Seal.Keys()
	return all[slices.IndexFunc(all, func(v seal.Key) bool { return v.Use == use })] // it leads
}

// Stale says how many values Reseal would seal anew.
func (k *Keys) Stale(u Uses) (n int64) {
	for _, key := range k.Seal.Keys() {
		if !key.Primary && key.Use != seal.Index {
			n += u.Values[key.ID]
		}
	}
	return n
}

// Reseal seals everything anew that is under an old key, fingerprints included,
// and returns the number of values. It may be stopped and done again.
func (k *Keys) Reseal(ctx context.Context, progress func(done, total int64)) (int64, error) {
	var uses Uses
	err := k.DB.LongView(ctx, func(q db.Querier) (err error) {
		uses, err = k.Uses(ctx, q)
		return err
	})
	if err != nil {
		return 0, err
	}
	total := k.Stale(uses)
	var done int64
	for _, s := range k.Sealed {
		for _, t := range s.Tables {
			err := k.table(ctx, t, func(n int64) {
				done += n
				progress(done, max(done, total))
			})
			if err != nil {
				return done, fmt.Errorf("rekey: %s: %w", t.Name, err)
			}
		}
	}
	return done, nil
}

// table goes through a table until it finds nothing old in it. A row that somebody
// changes meanwhile is found again.
func (k *Keys) table(ctx context.Context, t Table, note func(int64)) error {
	for {
		var found, moved int64
		after := slices.Repeat([]int64{-1}, len(t.Key))
		for {
			rows, err := k.read(ctx, t, after)
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				break
			}
			if err := k.seal(ctx, t, rows); err != nil {
				return err
			}
			n, err := k.write(ctx, t, rows)
			if err != nil {
				return err
			}
			note(n)
			found, moved, after = found+int64(len(rows)), moved+n, rows[len(rows)-1].Key
		}
		if found == 0 {
			return nil
		}
		if moved == 0 {
			return db.ErrBusy
		}
	}
}

// read reads the next rows that have something under an old key.
func (k *Keys) read(ctx context.Context, t Table, after []int64) ([]Row, error) {
	var a db.Args
	names, stale := make([]string, len(t.Columns)), make([]string, len(t.Columns))
	fresh := a.Add(k.primary(t.Use).ID.Bytes())
	for i, c := range t.Columns {
		names[i] = c.Name
		stale[i] = "length(" + c.Name + ") > 0 AND " + mark(t.Use, c.Name) + " <> " + fresh
	}
	key := strings.Join(t.Key, ", ")
	chunk := t.Chunk
	if chunk == 0 {
		chunk = 500
	}
	q, err := k.DB.Read().Query(ctx, `SELECT `+key+`, `+strings.Join(names, ", ")+` FROM `+t.Name+` WHERE (`+key+`) > (`+a.List(after)+
		`) AND (`+strings.Join(stale, " OR ")+`) ORDER BY `+key+` LIMIT `+a.Add(chunk), a.Values()...)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	var out []Row
	for q.Next() {
		r := Row{Key: make([]int64, len(t.Key)), old: make([][]byte, len(t.Columns))}
		into := make([]any, 0, len(t.Key)+len(t.Columns))
		for i := range r.Key {
			into = append(into, &r.Key[i])
		}
		for i := range r.old {
			into = append(into, &r.old[i])
		}
		if err := q.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, q.Err()
}

// seal opens what is under an old key and seals it with the newest.
func (k *Keys) seal(ctx context.Context, t Table, rows []Row) error {
	sealers := slices.Repeat([]Sealer{k.Seal}, len(rows))
	if t.Sealers != nil {
		var err error
		if sealers, err = t.Sealers(ctx, k.DB.Read(), rows); err != nil {
			return err
		}
	}
	newest := string(k.primary(t.Use).ID.Bytes())
	for i := range rows {
		r := &rows[i]
		r.Plain, r.fresh = make([][]byte, len(t.Columns)), slices.Clone(r.old)
		for c, column := range t.Columns {
			at := t.Use.MarkAt() - 1
			if len(r.old[c]) == 0 || len(r.old[c]) >= at+4 && string(r.old[c][at:at+4]) == newest {
				continue
			}
			if sealers[i] == nil {
				r.fresh[c] = []byte{} // nobody can ever open it: the same as nothing
				continue
			}
			place := column.Place(r.Key)
			plain, err := sealers[i].Open(r.old[c], place)
			if err != nil {
				return fmt.Errorf("%s of %d: %w", column.Name, r.Key, err)
			}
			r.Plain[c], r.fresh[c] = plain, sealers[i].Seal(plain, place)
		}
	}
	return nil
}

// write puts new values where the old ones still are, and returns their number.
func (k *Keys) write(ctx context.Context, t Table, rows []Row) (n int64, err error) {
	err = k.DB.Write(ctx, func(tx *db.Tx) error {
		n = 0
		var moved []Row
		for _, r := range rows {
			var a db.Args
			var set, where []string
			for i, c := range t.Columns {
				if string(r.fresh[i]) == string(r.old[i]) {
					continue
				}
				set = append(set, c.Name+" = "+a.Add(r.fresh[i]))
				where = append(where, c.Name+" = "+a.Add(r.old[i]))
			}
			for i, name := range t.Key {
				where = append(where, name+" = "+a.Add(r.Key[i]))
			}
			there, err := tx.Exec(ctx, `UPDATE `+t.Name+` SET `+strings.Join(set, ", ")+` WHERE `+strings.Join(where, " AND "), a.Values()...)
			if err != nil {
				return err
			}
			if there > 0 {
				n += int64(len(set))
				moved = append(moved, r)
			}
		}
		if t.Moved == nil || len(moved) == 0 {
			return nil
		}
		return t.Moved(ctx, tx, moved)
	})
	return n, err
}
