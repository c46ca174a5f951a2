package privacy

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

// What is how data was disclosed. Its name is the message "privacy.what." + What.
type What string

// The ways of disclosure.
const (
	Viewed         What = "view"       // one person's record was opened
	Listed         What = "list"       // a list was shown
	Exported       What = "export"     // data left the system
	SearchedByID   What = "search-iin" // somebody looked for a national ID
	GivenToPartner What = "third"      // given to a third party, on consent or by law
)

// Disclosure is one entry of the log. It holds no personal data but the
// reference. An entry without a person is a list of an organisation, of People
// persons.
type Disclosure struct {
	ID      id.ID
	At      cal.Instant
	Account id.ID // who saw it
	Person  id.ID // about whom; 0 for a list
	Purpose Purpose
	Reason  string // in the words of who asked, where a reason is demanded
	What    What
	Org     id.ID // the organisation whose list it was, or in whose name it was done
	People  int64
}

// Log appends an entry; Disclosure.ID is made if it is 0. It belongs in the
// transaction of the act that discloses, before anything is shown.
func Log(ctx context.Context, tx *db.Tx, d Disclosure) error {
	if d.ID == 0 {
		d.ID = id.New()
	}
	if d.Person != 0 {
		d.People = 1
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO privacy_disclosure (person_id, id, at, account_id, what, purpose, reason, org_id, people)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		int64(d.Person), int64(d.ID), int64(d.At), int64(d.Account), string(d.What), string(d.Purpose), d.Reason, int64(d.Org), d.People)
	if err != nil {
		return fmt.Errorf("privacy: logging a disclosure: %w", err)
	}
	return nil
}

// Page is a part of a list that is ordered by time, the newest first.
type Page struct {
	Before cal.Instant // the At of the last entry of the page before; 0 is the first page
	ID     id.ID       // its ID
	Limit  int         // 50 if 0
}

// Within says that the person belonged to an organisation from an instant to
// another: a list of it made in that time may have shown the person.
type Within struct {
	Org      id.ID
	From, To cal.Instant // half-open
}

// ByPerson reads who saw what about the person: entries of their own and, of
// the lists of the organisations given, those that may have included them. Name
// every organisation above theirs too.
func ByPerson(ctx context.Context, q db.Querier, person id.ID, page Page, lists ...Within) ([]Disclosure, error) {
	if page.Limit == 0 {
		page.Limit = 50
	}
	const first = cal.Instant(1<<63 - 1)
	if page.Before == 0 {
		page.Before, page.ID = first, 1<<63-1
	}
	read := func(all []Disclosure, where string, args ...any) ([]Disclosure, error) {
		var a db.Args
		for _, v := range args {
			a.Add(v)
		}
		rows, err := q.Query(ctx, `
			SELECT person_id, id, at, account_id, what, purpose, reason, org_id, people FROM privacy_disclosure
			WHERE `+where+` AND (at, id) < (`+a.Add(int64(page.Before))+`, `+a.Add(int64(page.ID))+`)
			ORDER BY at DESC, id DESC LIMIT `+a.Add(page.Limit), a.Values()...)
		if err != nil {
			return nil, fmt.Errorf("privacy: reading disclosures: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var d Disclosure
			if err := rows.Scan(&d.Person, &d.ID, &d.At, &d.Account, &d.What, &d.Purpose, &d.Reason, &d.Org, &d.People); err != nil {
				return nil, err
			}
			all = append(all, d)
		}
		return all, rows.Err()
	}
	all, err := read(nil, `person_id = $1`, int64(person))
	for _, in := range lists {
		if err != nil {
			return nil, err
		}
		all, err = read(all, `person_id = 0 AND org_id = $1 AND at >= $2 AND at < $3`, int64(in.Org), int64(in.From), int64(in.To))
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b Disclosure) int {
		return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.ID, a.ID))
	})
	all = slices.CompactFunc(all, func(a, b Disclosure) bool { return a.ID == b.ID })
	return all[:min(len(all), page.Limit)], nil
}
