package org

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

// The register of organisations is open by law (who exists, where, since
// when), so its reads need no Scope; who is a member of them is another matter.

const versionColumns = `v.org_id, v.from_day, v.to_day, v.kind, v.status, v.parent_id, v.territory, v.place, v.activity,
	v.name_kk, v.name_ru, v.name_en, v.bin, v.registration, v.address, v.employer`

func scanVersion(row interface{ Scan(...any) error }) (v Version, err error) {
	err = row.Scan(&v.Org, &v.From, &v.To, &v.Kind, &v.Status, &v.Parent, &v.Territory, &v.Place, &v.Activity,
		&v.Names.KK, &v.Names.RU, &v.Names.EN, &v.BIN, &v.Registration, &v.Address, &v.Employer)
	return v, err
}

func versions(ctx context.Context, q db.Querier, query string, args ...any) ([]Version, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Version
	for rows.Next() {
		v, err := scanVersion(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// Get is the organisation as it was on a day; not found where it did not exist.
func Get(ctx context.Context, q db.Querier, org id.ID, day cal.Day) (Version, error) {
	v, err := scanVersion(q.QueryRow(ctx, `SELECT `+versionColumns+` FROM org_version v
		WHERE v.org_id = $1 AND v.from_day <= $2 AND v.to_day > $2`, org, day))
	if err == db.ErrNoRows {
		return v, fault.Absent()
	}
	return v, err
}

// Versions are all versions of an organisation, the oldest first.
func Versions(ctx context.Context, q db.Querier, org id.ID) ([]Version, error) {
	return versions(ctx, q, `SELECT `+versionColumns+` FROM org_version v WHERE v.org_id = $1 ORDER BY v.from_day`, org)
}

// Many are the versions of several organisations on a day, by id.
func Many(ctx context.Context, q db.Querier, orgs []id.ID, day cal.Day) (map[id.ID]Version, error) {
	out := make(map[id.ID]Version, len(orgs))
	for part := range slices.Chunk(orgs, 500) {
		var args db.Args
		d := args.Add(day)
		list, err := versions(ctx, q, `SELECT `+versionColumns+` FROM org_version v
			WHERE v.from_day <= `+d+` AND v.to_day > `+d+` AND v.org_id IN (`+args.List(part)+`)`, args.Values()...)
		if err != nil {
			return nil, err
		}
		for _, v := range list {
			out[v.Org] = v
		}
	}
	return out, nil
}

// Path is the organisation and those above it on a day, the top first.
func Path(ctx context.Context, q db.Querier, org id.ID, day cal.Day) ([]Version, error) {
	return versions(ctx, q, `SELECT `+versionColumns+` FROM org_closure c
		JOIN org_version v ON v.org_id = c.ancestor_id AND v.from_day <= $2 AND v.to_day > $2
		WHERE c.descendant_id = $1 AND c.from_day <= $2 AND c.to_day > $2 ORDER BY c.depth DESC`, org, day)
}

// Top is the federation: the root of the tree.
func Top(ctx context.Context, q db.Querier, day cal.Day) (Version, error) {
	tree, err := TreeOn(ctx, q, day)
	if err != nil {
		return Version{}, err
	}
	top, err := tree.Federation()
	if err != nil {
		return Version{}, err
	}
	return Get(ctx, q, top.Org, day)
}

// Find narrows a list of organisations.
type Find struct {
	Day       cal.Day
	Parent    id.ID // directly beneath
	Under     id.ID // anywhere beneath
	Kinds     []Kind
	Territory string
	Activity  string
	Query     string // words of its names, past ones too, as people type them, or a BIN
	Outside   bool   // also those under no parent
	After     Cursor
	Limit     int
}

// Cursor is the place after which a page of a list begins.
type Cursor struct {
	Key []byte
	ID  id.ID
}

// List gives the organisations alive on the day in Kazakh alphabetical order.
// A shorter answer than Limit is the last page.
func List(ctx context.Context, q db.Querier, f Find) ([]Version, error) {
	var args db.Args
	d := args.Add(f.Day)
	from := `org_version v`
	where := []string{"v.from_day <= " + d, "v.to_day > " + d, "v.status <> 'dissolved'"}
	if f.Under != 0 {
		from += ` JOIN org_closure c ON c.descendant_id = v.org_id AND c.from_day <= ` + d + ` AND c.to_day > ` + d
		where = append(where, "c.ancestor_id = "+args.Add(f.Under), "c.depth > 0")
	} else if f.Parent != 0 {
		where = append(where, "v.parent_id = "+args.Add(f.Parent))
	} else if !f.Outside {
		where = append(where, "(v.parent_id <> 0 OR v.kind = 'federation')")
	}
	if len(f.Kinds) > 0 {
		where = append(where, "v.kind IN ("+args.List(f.Kinds)+")")
	}
	if f.Territory != "" {
		where = append(where, "v.territory = "+args.Add(f.Territory))
	}
	if f.Activity != "" {
		where = append(where, "v.activity = "+args.Add(f.Activity))
	}
	for _, term := range search.Query(f.Query) {
		where = append(where, match(&args, term))
	}
	if f.After.ID != 0 {
		where = append(where, "(v.sort_key, v.org_id) > ("+args.Add(f.After.Key)+", "+args.Add(f.After.ID)+")")
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	return versions(ctx, q, `SELECT `+versionColumns+` FROM `+from+` WHERE `+strings.Join(where, " AND ")+
		` ORDER BY v.sort_key, v.org_id LIMIT `+args.Add(f.Limit), args.Values()...)
}

// match is the condition that a name has a word beginning with the term, or
// that the BIN is the term.
func match(args *db.Args, term search.Term) string {
	var or []string
	for _, form := range term.Forms {
		low, high := search.Prefix(form)
		or = append(or, "w.word >= "+args.Add(low)+" AND w.word < "+args.Add(high))
	}
	return "(v.bin IN (" + args.List(term.Forms) + ") OR v.org_id IN (SELECT w.org_id FROM org_word w WHERE " + strings.Join(or, " OR ") + "))"
}

// CursorOf is the cursor behind v.
func CursorOf(v Version) Cursor { return Cursor{sortKey(v), v.Org} }

func sortKey(v Version) []byte { return search.SortKey("kk", v.Names.In(text.KK)) }

// CountChildren counts the direct children of each organisation on a day.
func CountChildren(ctx context.Context, q db.Querier, parents []id.ID, day cal.Day) (map[id.ID]int, error) {
	out := map[id.ID]int{}
	for part := range slices.Chunk(parents, 500) {
		var args db.Args
		d := args.Add(day)
		rows, err := q.Query(ctx, `SELECT v.parent_id, count(*) FROM org_version v WHERE v.from_day <= `+d+` AND v.to_day > `+d+
			` AND v.parent_id IN (`+args.List(part)+`) GROUP BY v.parent_id`, args.Values()...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var p id.ID
			var n int
			if err := rows.Scan(&p, &n); err != nil {
				rows.Close()
				return nil, err
			}
			out[p] = n
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
		rows.Close()
	}
	return out, nil
}

// CountKinds counts the organisations of each kind beneath org on a day.
func CountKinds(ctx context.Context, q db.Querier, org id.ID, day cal.Day) (map[Kind]int, error) {
	rows, err := q.Query(ctx, `SELECT v.kind, count(*) FROM org_closure c
		JOIN org_version v ON v.org_id = c.descendant_id AND v.from_day <= $2 AND v.to_day > $2
		WHERE c.ancestor_id = $1 AND c.from_day <= $2 AND c.to_day > $2 AND c.depth > 0 GROUP BY v.kind`, org, day)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[Kind]int{}
	for rows.Next() {
		var k Kind
		var n int
		if err := rows.Scan(&k, &n); err != nil {
			return nil, err
		}
		out[k] = n
	}
	return out, rows.Err()
}

// Events are the events of an organisation, the oldest first.
func Events(ctx context.Context, q db.Querier, org id.ID) ([]Event, error) {
	return events(ctx, q, `WHERE org_id = $1 ORDER BY day, id`, org)
}

// EventsBetween are the events beneath org (0: everywhere) from a day up to,
// but not on, a day; at most limit, the newest first.
func EventsBetween(ctx context.Context, q db.Querier, org id.ID, from, to cal.Day, limit int) ([]Event, error) {
	if org == 0 {
		return events(ctx, q, `WHERE day >= $1 AND day < $2 ORDER BY day DESC, id DESC LIMIT $3`, from, to, limit)
	}
	return events(ctx, q, `WHERE day >= $2 AND day < $3 AND org_id IN (SELECT descendant_id FROM org_closure WHERE ancestor_id = $1)
		ORDER BY day DESC, id DESC LIMIT $4`, org, from, to, limit)
}

func events(ctx context.Context, q db.Querier, tail string, args ...any) ([]Event, error) {
	rows, err := q.Query(ctx, `SELECT id, org_id, kind, day, decision, detail, account_id, made_at FROM org_event `+tail, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Event
	for rows.Next() {
		var e Event
		var detail string
		if err := rows.Scan(&e.ID, &e.Org, &e.Kind, &e.Day, &e.Decision, &detail, &e.Account, &e.Made); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(detail), &e.Detail); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// family reads histories once within a transaction.
type family struct {
	ctx  context.Context
	q    db.Querier
	seen map[id.ID][]Version
}

func newFamily(ctx context.Context, q db.Querier) *family {
	return &family{ctx, q, map[id.ID][]Version{}}
}

func (f *family) Versions(org id.ID) ([]Version, error) {
	if v, ok := f.seen[org]; ok {
		return v, nil
	}
	v, err := Versions(f.ctx, f.q, org)
	if err == nil {
		f.seen[org] = v
	}
	return v, err
}

func (f *family) Children(org id.ID) ([]id.ID, error) {
	return ids(f.ctx, f.q, `SELECT DISTINCT org_id FROM org_version WHERE parent_id = $1 ORDER BY org_id`, org)
}

func ids(ctx context.Context, q db.Querier, query string, args ...any) ([]id.ID, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []id.ID
	for rows.Next() {
		var v id.ID
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// Record adds an event to an organisation's history, checks the whole history
// anew and refolds versions and closure. A contradiction is a fault and nothing
// is written. The event may lie before later ones.
func Record(ctx context.Context, tx *db.Tx, e Event) (before, after Version, err error) {
	past, err := Events(ctx, tx, e.Org)
	if err != nil {
		return before, after, err
	}
	f := newFamily(ctx, tx)
	old, err := f.Versions(e.Org)
	if err != nil {
		return before, after, err
	}
	folded, err := Fold(append(past, e))
	if err != nil {
		return before, after, err
	}
	f.seen[e.Org] = folded
	if err := Check(e.Org, folded, f); err != nil {
		return before, after, err
	}
	if err := write(ctx, tx, slices.Values([]Event{e}), nil); err != nil {
		return before, after, err
	}
	if err := replace(ctx, tx, e.Org, folded); err != nil {
		return before, after, err
	}
	if err := relink(ctx, tx, e.Org, f); err != nil {
		return before, after, err
	}
	if err := touch(ctx, tx); err != nil {
		return before, after, err
	}
	before, _ = On(old, e.Day)
	after, _ = On(folded, e.Day)
	return before, after, nil
}

// relink rewrites the closure of an organisation and of all that ever lay
// beneath it.
func relink(ctx context.Context, tx *db.Tx, org id.ID, f *family) error {
	beneath, err := ids(ctx, tx, `SELECT DISTINCT descendant_id FROM org_closure WHERE ancestor_id = $1`, org)
	if err != nil {
		return err
	}
	if !slices.Contains(beneath, org) {
		beneath = append(beneath, org)
	}
	for part := range slices.Chunk(beneath, 500) {
		var args db.Args
		if _, err := tx.Exec(ctx, `DELETE FROM org_closure WHERE descendant_id IN (`+args.List(part)+`)`, args.Values()...); err != nil {
			return err
		}
	}
	return writeLinks(ctx, tx, beneath, f)
}

// writeLinks computes the closure first and writes it then: while rows are
// copied the transaction cannot be asked for histories.
func writeLinks(ctx context.Context, tx *db.Tx, orgs []id.ID, f Family) error {
	var all []Link
	for _, o := range orgs {
		links, err := Links(o, f)
		if err != nil {
			return err
		}
		all = append(all, links...)
	}
	_, err := tx.Bulk(ctx, "org_closure", []string{"ancestor_id", "descendant_id", "depth", "from_day", "to_day"},
		func(yield func([]any, error) bool) {
			for _, l := range all {
				if !yield([]any{int64(l.Ancestor), int64(l.Descendant), int64(l.Depth), int64(l.From), int64(l.To)}, nil) {
					return
				}
			}
		})
	return err
}

func replace(ctx context.Context, tx *db.Tx, org id.ID, folded []Version) error {
	for _, table := range []string{"org_version", "org_word"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE org_id = $1`, org); err != nil {
			return err
		}
	}
	return write(ctx, tx, nil, slices.Values(folded))
}

// write inserts events and versions, the versions with the words of their names.
func write(ctx context.Context, tx *db.Tx, events iter.Seq[Event], folded iter.Seq[Version]) error {
	if events != nil {
		_, err := tx.Bulk(ctx, "org_event", []string{"id", "org_id", "kind", "day", "decision", "detail", "account_id", "made_at"},
			func(yield func([]any, error) bool) {
				for e := range events {
					detail, err := json.Marshal(e.Detail)
					if !yield([]any{int64(e.ID), int64(e.Org), string(e.Kind), int64(e.Day), e.Decision, string(detail), int64(e.Account), int64(e.Made)}, err) {
						return
					}
				}
			})
		if err != nil {
			return err
		}
	}
	if folded == nil {
		return nil
	}
	type word struct {
		word string
		org  id.ID
	}
	words := map[word]bool{}
	_, err := tx.Bulk(ctx, "org_version", []string{"org_id", "from_day", "to_day", "kind", "status", "parent_id", "territory", "place", "activity",
		"name_kk", "name_ru", "name_en", "sort_key", "search_key", "bin", "registration", "address", "employer"},
		func(yield func([]any, error) bool) {
			for v := range folded {
				all := v.Names.KK + " " + v.Names.RU + " " + v.Names.EN + " " + v.Employer
				for _, w := range search.Tokens(all) {
					words[word{w, v.Org}] = true
				}
				if !yield([]any{int64(v.Org), int64(v.From), int64(v.To), string(v.Kind), string(v.Status), int64(v.Parent), v.Territory, v.Place, v.Activity,
					v.Names.KK, v.Names.RU, v.Names.EN, sortKey(v), search.Fold(v.Names.In(text.KK)), v.BIN, v.Registration, v.Address, v.Employer}, nil) {
					return
				}
			}
		})
	if err != nil {
		return err
	}
	_, err = tx.Bulk(ctx, "org_word", []string{"word", "org_id"}, func(yield func([]any, error) bool) {
		for w := range words {
			if !yield([]any{w.word, int64(w.org)}, nil) {
				return
			}
		}
	})
	return err
}

// forest is many new organisations in memory, for loading them at once, and
// those in the register above them.
type forest struct {
	versions map[id.ID][]Version
	children map[id.ID][]id.ID
	standing *family
}

func (f forest) Versions(org id.ID) ([]Version, error) {
	if v, ok := f.versions[org]; ok {
		return v, nil
	}
	return f.standing.Versions(org)
}

func (f forest) Children(org id.ID) ([]id.ID, error) { return f.children[org], nil }

// Refused says which of many organisations was refused, and why.
type Refused struct {
	Org id.ID
	Err error // a fault, mostly
}

func (r *Refused) Error() string { return r.Org.String() + ": " + r.Err.Error() }

// Unwrap gives the reason.
func (r *Refused) Unwrap() error { return r.Err }

// Load records the histories of many new organisations at once, with the same
// checks as Record: the demo and the import of organisations use it. Parents are
// among them, or in the register before. The first that contradicts is Refused
// and nothing is written.
func Load(ctx context.Context, tx *db.Tx, all []Event) error {
	byOrg := map[id.ID][]Event{}
	var order []id.ID
	for _, e := range all {
		if byOrg[e.Org] == nil {
			order = append(order, e.Org)
		}
		byOrg[e.Org] = append(byOrg[e.Org], e)
	}
	f := forest{map[id.ID][]Version{}, map[id.ID][]id.ID{}, newFamily(ctx, tx)}
	for _, o := range order {
		folded, err := Fold(byOrg[o])
		if err != nil {
			return &Refused{o, err}
		}
		f.versions[o] = folded
		for _, v := range folded {
			if c := f.children[v.Parent]; v.Parent != 0 && (len(c) == 0 || c[len(c)-1] != o) {
				f.children[v.Parent] = append(c, o)
			}
		}
	}
	for _, o := range order {
		if err := Check(o, f.versions[o], f); err != nil {
			return &Refused{o, err}
		}
	}
	if err := write(ctx, tx, slices.Values(all), func(yield func(Version) bool) {
		for _, o := range order {
			for _, v := range f.versions[o] {
				if !yield(v) {
					return
				}
			}
		}
	}); err != nil {
		return err
	}
	if err := writeLinks(ctx, tx, order, f); err != nil {
		return err
	}
	return touch(ctx, tx)
}
