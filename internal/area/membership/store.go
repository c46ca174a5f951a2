package membership

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/search"
	"odaq/internal/platform/db"
)

const personColumns = `p.id, p.surname, p.given, p.patronymic, p.birth_day, p.lang, p.number, p.org_id, p.status, p.category, p.version, p.made_at`

func scanPerson(row interface{ Scan(...any) error }) (p Person, err error) {
	err = row.Scan(&p.ID, &p.Name.Surname, &p.Name.Given, &p.Name.Patronymic, &p.Birth, &p.Lang, &p.Number, &p.Org, &p.Status, &p.Category, &p.Version, &p.Made)
	return p, err
}

func persons(ctx context.Context, q db.Querier, query string, args ...any) ([]Person, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Person
	for rows.Next() {
		p, err := scanPerson(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// Get is a person whom the scope reaches; anybody else is not found.
func Get(ctx context.Context, q db.Querier, s access.Scope, person id.ID) (Person, error) {
	p, err := load(ctx, q, person)
	if err != nil {
		return p, err
	}
	sees, err := s.Sees(ctx, q, p.Org)
	if err == nil && !sees {
		return Person{}, fault.Absent()
	}
	return p, err
}

// load reads a person without a scope: for acts, which ask for permission at
// the person's organisation, and for the person's own pages.
func load(ctx context.Context, q db.Querier, person id.ID) (Person, error) {
	p, err := scanPerson(q.QueryRow(ctx, `SELECT `+personColumns+` FROM membership_person p WHERE p.id = $1`, person))
	if err == db.ErrNoRows {
		return p, fault.Absent()
	}
	return p, err
}

// Find narrows a list of persons.
type Find struct {
	Org      id.ID // it and everything beneath it; 0: all the scope sees
	Query    string
	Statuses []Status // none: Active and Suspended
	Category string
	Day      cal.Day // members as of this day; 0: now
	After    Cursor
	Limit    int
}

// Cursor is the place after which a page begins.
type Cursor struct {
	Key []byte
	ID  id.ID
}

// CursorOf is the cursor behind p.
func CursorOf(p Person) Cursor { return Cursor{search.PersonKey("kk", p.Name), p.ID} }

// gatherOrgs is the number of organisations up to which a page is gathered
// from each organisation's own index; above it the index of all names is read
// and the others passed over. Measured at 2,000,000 members in 18,000
// organisations, both cost the same here.
const gatherOrgs = 100

// List gives the persons in Kazakh alphabetical order; an answer shorter than
// Limit is the last page.
func List(ctx context.Context, q db.Querier, s access.Scope, f Find) ([]Person, error) {
	if f.Org != 0 {
		var err error
		if s, err = s.Within(ctx, q, f.Org); err != nil {
			return nil, err
		}
	}
	if s.Empty() {
		return nil, nil
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	if f.Day != 0 {
		return listOn(ctx, q, s, f)
	}
	if len(f.Statuses) == 0 {
		f.Statuses = []Status{Active, Suspended}
	}
	if strings.TrimSpace(f.Query) != "" {
		return find(ctx, q, s, f)
	}
	few, err := reaches(ctx, q, s, gatherOrgs)
	if err != nil {
		return nil, err
	}
	column := "+k.org_id" // the plus keeps a planner from gathering by organisation
	if few {
		column = "k.org_id"
	}
	var args db.Args
	where := []string{s.SQL(&args, column), "k.status IN (" + args.List(f.Statuses) + ")"}
	if f.Category != "" {
		where = append(where, "k.category = "+args.Add(f.Category))
	}
	if f.After.ID != 0 {
		where = append(where, "(k.sort_key, k.id) > ("+args.Add(f.After.Key)+", "+args.Add(f.After.ID)+")")
	}
	return persons(ctx, q, `SELECT `+personColumns+` FROM (SELECT k.id FROM membership_person k WHERE `+strings.Join(where, " AND ")+
		` ORDER BY k.sort_key, k.id LIMIT `+args.Add(f.Limit)+`) page JOIN membership_person p ON p.id = page.id ORDER BY p.sort_key, p.id`, args.Values()...)
}

// reaches reports whether the scope sees at most n organisations.
func reaches(ctx context.Context, q db.Querier, s access.Scope, n int) (bool, error) {
	if s.All() {
		return false, nil
	}
	var args db.Args
	var found int
	err := q.QueryRow(ctx, `SELECT count(*) FROM (SELECT descendant_id FROM org_closure WHERE `+s.SQL(&args, "descendant_id")+
		` LIMIT `+args.Add(n+1)+`) r`, args.Values()...).Scan(&found)
	return found <= n, err
}

// listOn lists who was a member on a past day, where they were then.
func listOn(ctx context.Context, q db.Querier, s access.Scope, f Find) ([]Person, error) {
	var args db.Args
	d := args.Add(f.Day)
	where := []string{"s.from_day <= " + d, "s.to_day > " + d, s.SQL(&args, "s.org_id")}
	if f.Category != "" {
		where = append(where, "p.category = "+args.Add(f.Category))
	}
	if n, ok := ParseNumber(f.Query); ok {
		where = append(where, "p.number = "+args.Add(n))
	} else if strings.TrimSpace(f.Query) != "" {
		terms := search.Query(f.Query)
		if len(terms) == 0 {
			return nil, nil
		}
		for _, term := range terms {
			where = append(where, "p.id IN (SELECT person_id FROM membership_word WHERE "+begins(&args, "word", term)+")")
		}
	}
	if f.After.ID != 0 {
		where = append(where, "(p.sort_key, p.id) > ("+args.Add(f.After.Key)+", "+args.Add(f.After.ID)+")")
	}
	return persons(ctx, q, `SELECT p.id, p.surname, p.given, p.patronymic, p.birth_day, p.lang, p.number, s.org_id, p.status, p.category, p.version, p.made_at
		FROM membership_spell s JOIN membership_person p ON p.id = s.person_id WHERE `+strings.Join(where, " AND ")+
		` ORDER BY p.sort_key, p.id LIMIT `+args.Add(f.Limit), args.Values()...)
}

// A search by short words finds thousands. It looks at so many of those who have
// the rarest word, and takes the first so many of whom all words are found: the
// page asks for another letter.
const (
	looked = 2500
	taken  = 150
)

// find searches by the words of a name or by the member number.
func find(ctx context.Context, q db.Querier, s access.Scope, f Find) ([]Person, error) {
	if n, ok := ParseNumber(f.Query); ok {
		var args db.Args
		return persons(ctx, q, `SELECT `+personColumns+` FROM membership_person p WHERE p.number = `+args.Add(n)+
			` AND `+s.SQL(&args, "p.org_id"), args.Values()...)
	}
	terms := search.Query(f.Query)
	if len(terms) == 0 {
		return nil, nil
	}
	few, err := reaches(ctx, q, s, gatherOrgs/10)
	if err != nil {
		return nil, err
	}
	var args db.Args
	var from string
	where := []string{"p.status IN (" + args.List(f.Statuses) + ")", s.SQL(&args, "p.org_id")}
	if f.Category != "" {
		where = append(where, "p.category = "+args.Add(f.Category))
	}
	if few { // the chair of a small organisation: look at its people
		from = "membership_person p"
	} else {
		var parts []string
		// Surname and given name together are rare however frequent each is, so
		// they are looked up first, in either order.
		for _, pair := range together(terms) {
			low, high := search.Prefix(pair)
			parts = append(parts, "SELECT person_id FROM membership_word WHERE word >= "+args.Add(low)+" AND word < "+args.Add(high))
		}
		if terms, err = rarestFirst(ctx, q, terms); err != nil {
			return nil, err
		}
		for _, form := range terms[0].Forms {
			low, high := search.Prefix(form)
			parts = append(parts, "SELECT person_id FROM membership_word WHERE word >= "+args.Add(low)+" AND word < "+args.Add(high))
		}
		from = "(" + strings.Join(parts, " UNION ALL ") + " LIMIT " + args.Add(looked) + ") w"
		terms = terms[1:]
	}
	// CROSS keeps a planner from beginning with another word.
	who := "p.id"
	if !few {
		who = "w.person_id"
	}
	for i, term := range terms {
		name := "w" + strconv.Itoa(i)
		from += " CROSS JOIN membership_word " + name
		where = append(where, name+".person_id = "+who, "("+begins(&args, name+".word", term)+")")
	}
	if !few {
		from += " CROSS JOIN membership_person p"
		where = append(where, "p.id = w.person_id")
	}
	rows, err := q.Query(ctx, `SELECT `+personColumns+`, p.sort_key FROM `+from+` WHERE `+strings.Join(where, " AND ")+` LIMIT `+args.Add(taken), args.Values()...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	type keyed struct {
		Person
		at Cursor
	}
	var found []keyed
	for rows.Next() {
		var k keyed
		p := &k.Person
		err := rows.Scan(&p.ID, &p.Name.Surname, &p.Name.Given, &p.Name.Patronymic, &p.Birth, &p.Lang, &p.Number, &p.Org, &p.Status, &p.Category, &p.Version, &p.Made, &k.at.Key)
		if err != nil {
			return nil, err
		}
		k.at.ID = p.ID
		if f.After.ID == 0 || compare(k.at, f.After) > 0 {
			found = append(found, k)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b keyed) int { return compare(a.at, b.at) })
	// Two words of one name may begin alike.
	found = slices.CompactFunc(found, func(a, b keyed) bool { return a.ID == b.ID })
	out := make([]Person, min(len(found), f.Limit))
	for i := range out {
		out[i] = found[i].Person
	}
	return out, nil
}

// together are the beginnings of the words that nameWords makes of a surname and a
// given name, for the first two words of a query in either order.
func together(terms []search.Term) []string {
	if len(terms) < 2 {
		return nil
	}
	const forms = 2 // the likeliest readings of a Latin word
	var out []string
	for _, a := range terms[0].Forms[:min(forms, len(terms[0].Forms))] {
		for _, b := range terms[1].Forms[:min(forms, len(terms[1].Forms))] {
			out = append(out, " "+a+" "+b, " "+b+" "+a)
		}
	}
	return out
}

// rarestFirst puts the term first of which the fewest words are known.
func rarestFirst(ctx context.Context, q db.Querier, terms []search.Term) ([]search.Term, error) {
	if len(terms) == 1 {
		return terms, nil
	}
	const enough = 500 // to tell a rare word; among frequent ones the longest is taken
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
		err := q.QueryRow(ctx, `SELECT count(*) FROM (`+strings.Join(parts, " UNION ALL ")+` LIMIT `+args.Add(least)+`) r`, args.Values()...).Scan(&n)
		if err != nil {
			return nil, err
		}
		if n < least {
			least, rarest = n, i
		}
	}
	return append([]search.Term{terms[rarest]}, slices.Delete(slices.Clone(terms), rarest, rarest+1)...), nil
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

func compare(a, b Cursor) int {
	if c := slices.Compare(a.Key, b.Key); c != 0 {
		return c
	}
	return int(min(max(a.ID-b.ID, -1), 1))
}

// Spells are a person's memberships, the oldest first.
func Spells(ctx context.Context, q db.Querier, person id.ID) ([]Spell, error) {
	rows, err := q.Query(ctx, `SELECT id, person_id, org_id, from_day, to_day, entry, entry_basis, leaving, leaving_basis, batch_id
		FROM membership_spell WHERE person_id = $1 ORDER BY from_day, id`, person)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Spell
	for rows.Next() {
		var s Spell
		if err := rows.Scan(&s.ID, &s.Person, &s.Org, &s.From, &s.To, &s.Entry, &s.EntryBasis, &s.Leaving, &s.LeavingBasis, &s.Batch); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// Events are what else happened to a person's membership, the oldest first.
func Events(ctx context.Context, q db.Querier, person id.ID) ([]Event, error) {
	rows, err := q.Query(ctx, `SELECT id, kind, day, detail, basis, account_id FROM membership_event WHERE person_id = $1 ORDER BY day, id`, person)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Event
	for rows.Next() {
		var e Event
		if err := rows.Scan(&e.ID, &e.Kind, &e.Day, &e.Detail, &e.Basis, &e.Account); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// numbers takes n member numbers in a row and returns the first serial.
func numbers(ctx context.Context, tx *db.Tx, n int) (int64, error) {
	if _, err := tx.Exec(ctx, `INSERT INTO membership_number (id, next) VALUES (1, $1) ON CONFLICT (id) DO NOTHING`, firstSerial); err != nil {
		return 0, err
	}
	var next int64
	err := tx.QueryRow(ctx, `UPDATE membership_number SET next = next + $1 WHERE id = 1 RETURNING next`, n).Scan(&next)
	return next - int64(n), err
}

// firstSerial keeps all numbers ten digits long.
const firstSerial = 10_000_000

func insertPerson(ctx context.Context, tx *db.Tx, p Person, nationalID, contact []byte) error {
	_, err := tx.Exec(ctx, `INSERT INTO membership_person (id, surname, given, patronymic, sort_key, birth_day, lang, national_id, contact, number,
		org_id, status, category, version, made_at, alike) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		p.ID, p.Name.Surname, p.Name.Given, p.Name.Patronymic, search.PersonKey("kk", p.Name), p.Birth, p.Lang, nationalID, contact, p.Number,
		p.Org, p.Status, p.Category, 1, p.Made, alikeKey(p.Name, p.Birth, p.Org))
	if err != nil {
		return err
	}
	return words(ctx, tx, p)
}

// words writes the words by which a person is found.
func words(ctx context.Context, tx *db.Tx, p Person) error {
	if _, err := tx.Exec(ctx, `DELETE FROM membership_word WHERE person_id = $1`, p.ID); err != nil {
		return err
	}
	for _, w := range nameWords(p.Name) {
		if _, err := tx.Exec(ctx, `INSERT INTO membership_word (word, person_id) VALUES ($1, $2)`, w, p.ID); err != nil {
			return err
		}
	}
	return nil
}

// nameWords are the folded words of a name and, after a space that keeps it out
// of the way of single words, surname and given name as one.
func nameWords(n search.Name) []string {
	w := search.Tokens(FullName(n))
	if n.Surname != "" && n.Given != "" {
		w = append(w, " "+search.Fold(n.Surname)+" "+search.Fold(n.Given))
	}
	slices.Sort(w)
	return slices.Compact(w)
}

// update saves a changed person if nobody changed it meanwhile.
func update(ctx context.Context, tx *db.Tx, p Person) error {
	n, err := tx.Exec(ctx, `UPDATE membership_person SET surname = $3, given = $4, patronymic = $5, sort_key = $6, birth_day = $7, lang = $8,
		org_id = $9, status = $10, category = $11, number = $12, alike = $13, version = version + 1 WHERE id = $1 AND version = $2`,
		p.ID, p.Version, p.Name.Surname, p.Name.Given, p.Name.Patronymic, search.PersonKey("kk", p.Name), p.Birth, p.Lang, p.Org, p.Status, p.Category, p.Number, alikeKey(p.Name, p.Birth, p.Org))
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	return err
}

func openSpell(ctx context.Context, tx *db.Tx, s Spell) error {
	_, err := tx.Exec(ctx, `INSERT INTO membership_spell (person_id, id, org_id, from_day, to_day, entry, entry_basis, leaving, leaving_basis, batch_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', $8)`, s.Person, s.ID, s.Org, s.From, cal.Forever, s.Entry, s.EntryBasis, s.Batch)
	return err
}

func closeSpell(ctx context.Context, tx *db.Tx, person id.ID, to cal.Day, leaving, basis string) error {
	n, err := tx.Exec(ctx, `UPDATE membership_spell SET to_day = $2, leaving = $3, leaving_basis = $4 WHERE person_id = $1 AND to_day = $5 AND from_day <= $2`,
		person, to, leaving, basis, cal.Forever)
	if err == nil && n == 0 {
		return fault.New(fault.Unready, "membership.not-a-member")
	}
	return err
}

func addEvent(ctx context.Context, tx *db.Tx, person id.ID, e Event, at cal.Instant) error {
	_, err := tx.Exec(ctx, `INSERT INTO membership_event (person_id, id, kind, day, detail, basis, account_id, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		person, e.ID, e.Kind, e.Day, e.Detail, e.Basis, e.Account, at)
	return err
}

// holder is the person with a value of a unique key, 0 if there is none.
func holder(ctx context.Context, q db.Querier, kind string, values [][]byte) (id.ID, error) {
	var args db.Args
	var person id.ID
	err := q.QueryRow(ctx, `SELECT person_id FROM membership_key WHERE kind = `+args.Add(kind)+` AND value IN (`+args.List(values)+`)`, args.Values()...).Scan(&person)
	if err == db.ErrNoRows {
		return 0, nil
	}
	return person, err
}

func claim(ctx context.Context, tx *db.Tx, kind string, value []byte, person id.ID) error {
	_, err := tx.Exec(ctx, `INSERT INTO membership_key (kind, value, person_id) VALUES ($1, $2, $3)`, kind, value, person)
	return err
}

// Greeting is the name by which a person is greeted on his or her own pages:
// the given name, else the surname.
func (a *Area) Greeting(ctx context.Context, q db.Querier, person id.ID) (string, error) {
	p, err := load(ctx, q, person)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	if p.Name.Given != "" {
		return p.Name.Given, err
	}
	return p.Name.Surname, err
}

// OrgOf is the organisation at which a person's record is kept, for explaining
// permissions; it says nothing to anybody but the operator.
func (a *Area) OrgOf(ctx context.Context, q db.Querier, person id.ID) (id.ID, error) {
	p, err := load(ctx, q, person)
	return p.Org, err
}
