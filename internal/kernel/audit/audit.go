// Package audit keeps the trail of all acts: append-only, each entry bound to
// the one before it by SHA-256, so that a changed, removed or inserted entry is
// found by Verify. On PostgreSQL the application's role may only INSERT and
// SELECT here. Entries hold no national IDs and no secrets.
package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

// Change is one field before and after.
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Entry is one act.
type Entry struct {
	Seq      int64
	At       cal.Instant
	Account  id.ID
	Agent    string // page, api, cli, job
	Action   string
	Record   string
	Org      id.ID
	Decision string
	Reason   string
	Changes  []Change
	Prev     []byte
	Hash     []byte
}

// Append links e to the chain. The row of audit_head is locked until the
// transaction ends, so it is the last thing an act does.
func Append(ctx context.Context, tx *db.Tx, e Entry) (Entry, error) {
	if _, err := tx.Exec(ctx, `INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, $1) ON CONFLICT (id) DO NOTHING`, []byte{}); err != nil {
		return e, err
	}
	err := tx.QueryRow(ctx, `UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash`).Scan(&e.Seq, &e.Prev)
	if err != nil {
		return e, err
	}
	changes, err := json.Marshal(e.Changes)
	if err != nil {
		return e, err
	}
	if e.Prev == nil {
		e.Prev = []byte{}
	}
	e.Hash = e.digest(changes)
	_, err = tx.Exec(ctx, `INSERT INTO audit_entry (seq, at, account_id, agent, action, record, org_id, decision, reason, changes, prev, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		e.Seq, e.At, e.Account, e.Agent, e.Action, e.Record, e.Org, e.Decision, e.Reason, string(changes), e.Prev, e.Hash)
	if err != nil {
		return e, err
	}
	_, err = tx.Exec(ctx, `UPDATE audit_head SET hash = $1 WHERE id = 1`, e.Hash)
	return e, err
}

// digest binds every field, each with its length, to the hash before it.
func (e Entry) digest(changes []byte) []byte {
	h := sha256.New()
	h.Write(e.Prev)
	for _, n := range []int64{e.Seq, int64(e.At), int64(e.Account), int64(e.Org)} {
		binary.Write(h, binary.BigEndian, n)
	}
	for _, s := range []string{e.Agent, e.Action, e.Record, e.Decision, e.Reason, string(changes)} {
		binary.Write(h, binary.BigEndian, int64(len(s)))
		h.Write([]byte(s))
	}
	return h.Sum(nil)
}

const columns = `seq, at, account_id, agent, action, record, org_id, decision, reason, changes, prev, hash`

type scanner interface{ Scan(...any) error }

func scan(row scanner) (e Entry, changes []byte, err error) {
	var text string
	err = row.Scan(&e.Seq, &e.At, &e.Account, &e.Agent, &e.Action, &e.Record, &e.Org, &e.Decision, &e.Reason, &text, &e.Prev, &e.Hash)
	if err == nil {
		changes = []byte(text)
		err = json.Unmarshal(changes, &e.Changes)
	}
	return e, changes, err
}

// Break is the first place where the chain does not hold.
type Break struct {
	Seq    int64
	Reason string // "missing", "altered", "unlinked", "cut"
}

func (b *Break) Error() string { return fmt.Sprintf("audit: entry %d is %s", b.Seq, b.Reason) }

// Verify walks the whole chain and returns the number of entries and the last
// hash, to be compared with one written down earlier; a *Break where it fails.
// Acts that are done meanwhile do not disturb it.
func Verify(ctx context.Context, q db.Querier) (int64, []byte, error) {
	least, err := head(ctx, q)
	if err != nil {
		return 0, nil, err
	}
	n, last, err := walk(ctx, q)
	if err != nil {
		return n, last, err
	}
	most, err := head(ctx, q)
	if err == nil && (n < least || n > most) {
		err = &Break{n + 1, "cut"}
	}
	return n, last, err
}

// head is the number of entries there should be.
func head(ctx context.Context, q db.Querier) (seq int64, err error) {
	err = q.QueryRow(ctx, `SELECT seq FROM audit_head WHERE id = 1`).Scan(&seq)
	if err == db.ErrNoRows {
		return 0, nil
	}
	return seq, err
}

func walk(ctx context.Context, q db.Querier) (n int64, last []byte, err error) {
	rows, err := q.Query(ctx, `SELECT `+columns+` FROM audit_entry ORDER BY seq`)
	if err != nil {
		return 0, nil, err
	}
	defer rows.Close()
	last = []byte{}
	for rows.Next() {
		e, changes, err := scan(rows)
		if err != nil {
			return n, last, err
		}
		n++
		switch {
		case e.Seq != n:
			return n, last, &Break{n, "missing"}
		case !bytes.Equal(e.Prev, last):
			return n, last, &Break{n, "unlinked"}
		case !bytes.Equal(e.Hash, e.digest(changes)):
			return n, last, &Break{n, "altered"}
		}
		last = e.Hash
	}
	return n, last, rows.Err()
}

// Filter narrows a list; zero fields do not.
type Filter struct {
	Record  string
	Account id.ID
	Org     id.ID
	Action  string
	Before  int64 // keyset: entries with a smaller seq
	Limit   int
}

// List gives entries, the newest first. Who may call it is the caller's duty:
// the trail has no personal data but tells who did what.
func List(ctx context.Context, q db.Querier, f Filter) ([]Entry, error) {
	var args db.Args
	where := []string{"1 = 1"}
	if f.Record != "" {
		where = append(where, "record = "+args.Add(f.Record))
	}
	if f.Account != 0 {
		where = append(where, "account_id = "+args.Add(f.Account))
	}
	if f.Org != 0 {
		where = append(where, "org_id = "+args.Add(f.Org))
	}
	if f.Action != "" {
		where = append(where, "action = "+args.Add(f.Action))
	}
	if f.Before != 0 {
		where = append(where, "seq < "+args.Add(f.Before))
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	rows, err := q.Query(ctx, `SELECT `+columns+` FROM audit_entry WHERE `+strings.Join(where, " AND ")+
		` ORDER BY seq DESC LIMIT `+args.Add(f.Limit), args.Values()...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Entry
	for rows.Next() {
		e, _, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// Diff compares two values of one struct type field by field; either may be
// nil. Fields tagged `audit:"-"` (secrets, national IDs, whatever a trail must
// not hold) are only said to have changed.
func Diff(before, after any) []Change {
	b, a := fields(before), fields(after)
	var out []Change
	for _, name := range slices.Sorted(keys(b, a)) {
		if b[name] != a[name] {
			c := Change{name, b[name], a[name]}
			if strings.HasPrefix(c.Before+c.After, hidden) || strings.HasPrefix(c.After, hidden) {
				c.Before, c.After = mark(c.Before), mark(c.After)
			}
			out = append(out, c)
		}
	}
	return out
}

const hidden = "\x00"

func mark(s string) string {
	if s == "" || s == hidden {
		return ""
	}
	return "•••"
}

func fields(v any) map[string]string {
	out := map[string]string{}
	if v == nil {
		return out
	}
	rv := reflect.Indirect(reflect.ValueOf(v))
	if rv.Kind() == reflect.Map {
		for _, k := range rv.MapKeys() {
			out[k.String()] = fmt.Sprint(rv.MapIndex(k).Interface())
		}
		return out
	}
	for i := range rv.NumField() {
		f := rv.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		s := ""
		if !rv.Field(i).IsZero() {
			s = fmt.Sprint(rv.Field(i).Interface())
		}
		if f.Tag.Get("audit") == "-" {
			s = hidden + s
		}
		out[f.Name] = s
	}
	return out
}

func keys(ms ...map[string]string) func(func(string) bool) {
	seen := map[string]bool{}
	for _, m := range ms {
		for k := range m {
			seen[k] = true
		}
	}
	return func(yield func(string) bool) {
		for k := range seen {
			if !yield(k) {
				return
			}
		}
	}
}
