package membership

import (
	"context"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/privacy"
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

// among are those of the persons whom the scope reaches now.
func among(ctx context.Context, q db.Querier, s access.Scope, people []id.ID) ([]Person, error) {
	var args db.Args
	return persons(ctx, q, `SELECT `+personColumns+` FROM membership_person p WHERE p.id IN (`+args.List(people)+`) AND `+s.SQL(&args, "p.org_id"), args.Values()...)
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

// update saves a changed person if nobody changed it meanwhile.
func update(ctx context.Context, tx *db.Tx, p Person) error {
	n, err := tx.Exec(ctx, `UPDATE membership_person SET surname = $3, given = $4, patronymic = $5, sort_key = $6, birth_day = $7, lang = $8,
		org_id = $9, status = $10, category = $11, number = $12, alike = $13, version = version + 1 WHERE id = $1 AND version = $2`,
		p.ID, p.Version, p.Name.Surname, p.Name.Given, p.Name.Patronymic, search.PersonKey("kk", p.Name), p.Birth, p.Lang, p.Org, p.Status, p.Category, p.Number, alikeKey(p.Name, p.Birth, p.Org))
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE membership_word SET org_id = $2, status = $3 WHERE person_id = $1`, p.ID, p.Org, p.Status)
	}
	return err
}

// spellColumns are those of membership_spell; sort_key is empty while the spell is open.
var spellColumns = []string{"person_id", "id", "org_id", "from_day", "to_day", "entry", "entry_basis", "leaving", "leaving_basis", "batch_id", "sort_key"}

func openSpell(ctx context.Context, tx *db.Tx, s Spell) error {
	_, err := tx.Exec(ctx, `INSERT INTO membership_spell (person_id, id, org_id, from_day, to_day, entry, entry_basis, leaving, leaving_basis, batch_id, sort_key)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', $8, $9)`, s.Person, s.ID, s.Org, s.From, cal.Forever, s.Entry, s.EntryBasis, s.Batch, []byte{})
	return err
}

func closeSpell(ctx context.Context, tx *db.Tx, person id.ID, to cal.Day, leaving, basis string) error {
	n, err := tx.Exec(ctx, `UPDATE membership_spell SET to_day = $2, leaving = $3, leaving_basis = $4,
		sort_key = (SELECT sort_key FROM membership_person WHERE id = $1) WHERE person_id = $1 AND to_day = $5 AND from_day <= $2`,
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

// notedSince reports whether the same disclosure was noted since an instant.
func notedSince(ctx context.Context, q db.Querier, d privacy.Disclosure, since cal.Instant) (bool, error) {
	var n int
	err := q.QueryRow(ctx, `SELECT 1 FROM privacy_disclosure WHERE account_id = $1 AND at >= $2 AND person_id = $3 AND org_id = $4 AND what = $5 LIMIT 1`,
		d.Account, since, d.Person, d.Org, string(d.What)).Scan(&n)
	if err == db.ErrNoRows {
		return false, nil
	}
	return err == nil, err
}

// sealedOf is what is sealed of a person.
func sealedOf(ctx context.Context, q db.Querier, person id.ID) (nationalID, contact []byte, err error) {
	err = q.QueryRow(ctx, `SELECT national_id, contact FROM membership_person WHERE id = $1`, person).Scan(&nationalID, &contact)
	if err == db.ErrNoRows {
		return nil, nil, fault.Absent()
	}
	return nationalID, contact, err
}
