package membership

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/search"
	"odaq/internal/platform/db"
)

// names are the rows of a table, each with a place in the alphabet and an
// organisation, of which a page is made.
type names struct {
	table, as string
	person    string   // the column of the person
	columns   []string // that the page needs
	where     []string
}

// from is the FROM and WHERE of those names that the scope sees behind a cursor.
// Left to themselves both planners go wrong by seconds, SQLite because it knows a
// few sizes only, PostgreSQL because it misjudges how many names lie between two
// others: so each is shown the way.
func (w way) from(args *db.Args, s access.Scope, after Cursor, n names) (from, where string) {
	org, key, person := n.as+".org_id", n.as+".sort_key", n.as+"."+n.person
	if !w.gather || w.engine == db.SQLite {
		scope := s.SQL(args, org)
		if !w.gather {
			scope = "(" + scope + ") IS TRUE" // a truth value hides the column
		}
		all := append(append(n.where, scope), between(args, after, w.to, key, person)...)
		return n.table + " " + n.as, strings.Join(all, " AND ")
	}
	// With the organisation in front no other index serves the range. The offset
	// keeps the length of the page out of it; sorted, what is joined to it stops with
	// the page.
	all := n.where
	if after.ID != 0 {
		all = append(all, "("+org+", "+key+", "+person+") > (o.descendant_id, "+args.Add(after.Key)+", "+args.Add(after.ID)+")")
	}
	if w.to != nil {
		all = append(all, "("+org+", "+key+") < (o.descendant_id, "+args.Add(w.to)+")")
	}
	return "(SELECT " + n.as + "." + strings.Join(n.columns, ", "+n.as+".") + " FROM (SELECT DISTINCT descendant_id FROM (" + s.Orgs(args) + ") d) o JOIN " + n.table + " " + n.as +
		" ON " + org + " = o.descendant_id WHERE " + strings.Join(all, " AND ") + " ORDER BY " + key + ", " + person + " OFFSET 0) " + n.as, "1 = 1"
}

// page reads those who are in the register now, behind a cursor.
func page(ctx context.Context, q db.Querier, s access.Scope, f Find, w way) ([]Person, error) {
	var args db.Args
	n := names{table: "membership_person", as: "k", person: "id", columns: []string{"id", "sort_key"}, where: []string{"k.status IN (" + args.List(f.Statuses) + ")"}}
	if f.Category != "" {
		n.where = append(n.where, "k.category = "+args.Add(f.Category))
	}
	from, where := w.from(&args, s, f.After, n)
	return persons(ctx, q, `SELECT `+personColumns+` FROM (SELECT k.id FROM `+from+` WHERE `+where+
		` ORDER BY k.sort_key, k.id`+limit(f.Limit)+`) page JOIN membership_person p ON p.id = page.id ORDER BY p.sort_key, p.id`, args.Values()...)
}

// between are the conditions that a person stands behind a cursor and before a name.
func between(args *db.Args, after Cursor, to []byte, key, person string) (where []string) {
	if after.ID != 0 {
		where = append(where, "("+key+", "+person+") > ("+args.Add(after.Key)+", "+args.Add(after.ID)+")")
	}
	if to != nil {
		where = append(where, key+" < "+args.Add(to))
	}
	return where
}

// A search by short words finds thousands. The first page takes the first who
// have all words, among so many who have the rarest, more where most belong to
// others: a person who sees a full page types another letter. A list that is
// to be whole, as an export, is looked for deeper.
const (
	lookedAll, looked, lookedDeep = 1500, 30_000, 200_000
	takenDeep                     = 20_000
	firstPage                     = 51
)

// find searches by the words of a name or by the member number.
func (a *Area) find(ctx context.Context, q db.Querier, s access.Scope, f Find) ([]Person, error) {
	if n, ok := ParseNumber(f.Query); ok {
		var args db.Args
		return persons(ctx, q, `SELECT `+personColumns+` FROM membership_person p WHERE p.number = `+args.Add(n)+
			` AND `+s.SQL(&args, "p.org_id"), args.Values()...)
	}
	terms := search.Query(f.Query)
	if len(terms) == 0 {
		return nil, nil
	}
	few, err := a.seesFew(ctx, q, s)
	if err != nil {
		return nil, err
	}
	var args db.Args
	var ids string
	if few {
		ids = amongFew(&args, s, f, terms)
	} else if ids, err = amongWords(ctx, q, &args, s, f, terms); err != nil {
		return nil, err
	}
	where := []string{"p.id IN (" + ids + ")"}
	if f.Category != "" {
		where = append(where, "p.category = "+args.Add(f.Category))
	}
	where = append(where, between(&args, f.After, nil, "p.sort_key", "p.id")...)
	return persons(ctx, q, `SELECT `+personColumns+` FROM membership_person p WHERE `+strings.Join(where, " AND ")+
		` ORDER BY p.sort_key, p.id`+limit(f.Limit), args.Values()...)
}

// amongFew looks at everybody of a small organisation.
func amongFew(args *db.Args, s access.Scope, f Find, terms []search.Term) string {
	from := "membership_person k"
	where := []string{"k.status IN (" + args.List(f.Statuses) + ")", s.SQL(args, "k.org_id")}
	for i, term := range terms {
		word := "w" + strconv.Itoa(i)
		from += " CROSS JOIN membership_word " + word // keeps SQLite from beginning with a word
		where = append(where, word+".person_id = k.id", amongOwn(args, word, term))
	}
	return "SELECT k.id FROM " + from + " WHERE " + strings.Join(where, " AND ")
}

// amongWords looks in the index of words, first for surname and given name
// together, which are rare however frequent each is, in either order; then for
// the rarest word.
func amongWords(ctx context.Context, q db.Querier, args *db.Args, s access.Scope, f Find, terms []search.Term) (string, error) {
	look, take := looked, f.Limit
	switch {
	case f.Limit > firstPage || f.After.ID != 0 || f.Category != "":
		look, take = lookedDeep, takenDeep
	case s.All():
		look = lookedAll
	}
	statuses, scope := args.List(f.Statuses), s.SQL(args, "w.org_id")
	arm := func(beginning string, others []search.Term) string {
		low, high := search.Prefix(beginning)
		where := []string{"w.status IN (" + statuses + ")", scope}
		for i, term := range others {
			var or []string
			for _, form := range term.Forms {
				m := args.Add(markOf(form))
				or = append(or, "w.mark & "+m+" = "+m)
			}
			x := "x" + strconv.Itoa(i)
			where = append(where, "("+strings.Join(or, " OR ")+")",
				"EXISTS (SELECT 1 FROM membership_word "+x+" WHERE "+x+".person_id = w.person_id AND "+amongOwn(args, x, term)+")")
		}
		return "SELECT w.person_id FROM (SELECT person_id, org_id, status, mark FROM membership_word WHERE word >= " + args.Add(low) + " AND word < " + args.Add(high) +
			limit(look) + ") w WHERE " + strings.Join(where, " AND ")
	}
	var arms []string
	for _, pair := range together(terms) {
		arms = append(arms, arm(pair, terms[2:]))
	}
	terms, err := rarestFirst(ctx, q, terms)
	if err != nil {
		return "", err
	}
	for _, form := range terms[0].Forms {
		arms = append(arms, arm(form, terms[1:]))
	}
	return "SELECT DISTINCT person_id FROM (" + strings.Join(arms, " UNION ALL ") + ") a" + limit(take), nil
}

// rarestFirst puts the term first of which the fewest words are known.
func rarestFirst(ctx context.Context, q db.Querier, terms []search.Term) ([]search.Term, error) {
	if len(terms) == 1 {
		return terms, nil
	}
	const enough = 100 // to tell a rare word; among frequent ones the longest is taken
	least, rarest := enough, 0
	for i, term := range terms {
		if len(term.Forms[0]) > len(terms[rarest].Forms[0]) {
			rarest = i
		}
	}
	for i, term := range terms {
		var args db.Args
		var parts []string
		for _, form := range term.Forms {
			low, high := search.Prefix(form)
			parts = append(parts, "SELECT 1 FROM membership_word WHERE word >= "+args.Add(low)+" AND word < "+args.Add(high))
		}
		var n int
		err := q.QueryRow(ctx, `SELECT count(*) FROM (`+strings.Join(parts, " UNION ALL ")+limit(enough)+`) r`, args.Values()...).Scan(&n)
		if err != nil {
			return nil, err
		}
		if n < least {
			least, rarest = n, i
		}
	}
	return append([]search.Term{terms[rarest]}, slices.Delete(slices.Clone(terms), rarest, rarest+1)...), nil
}

// amongOwn is the condition that a row of a person's words begins with a form of the
// term. A truth value hides the word from PostgreSQL, which would read everybody
// who has such a word, thousands of times.
func amongOwn(args *db.Args, row string, term search.Term) string {
	return "(" + begins(args, row+".word", term) + ") IS TRUE"
}

// begins is the condition that a word begins with a form of the term.
func begins(args *db.Args, word string, term search.Term) string {
	var or []string
	for _, form := range term.Forms {
		low, high := search.Prefix(form)
		or = append(or, word+" >= "+args.Add(low)+" AND "+word+" < "+args.Add(high))
	}
	return strings.Join(or, " OR ")
}

// limit writes the number into the text: SQLite compiles a statement anew each
// time a limit is bound.
func limit(n int) string { return " LIMIT " + strconv.Itoa(n) }

// sortKeys are the places in the alphabet of all persons of some organisations.
func sortKeys(ctx context.Context, q db.Querier, orgs []int64) ([][]byte, error) {
	if len(orgs) == 0 {
		return nil, nil
	}
	var args db.Args
	rows, err := q.Query(ctx, `SELECT sort_key FROM membership_person WHERE org_id IN (`+args.List(orgs)+`)`, args.Values()...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var keys [][]byte
	for rows.Next() {
		var key []byte
		if err := rows.Scan(&key); err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, rows.Err()
}
