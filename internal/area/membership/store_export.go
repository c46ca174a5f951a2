package membership

import (
	"context"
	"encoding/json"
	"slices"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/platform/db"
)

const exportColumns = `id, org_id, account_id, purpose, reason, format, find, reveal, lang, people, state, confirmed_by, made_at, decided_at, expires_at, fetched_at`

func scanExport(row interface{ Scan(...any) error }) (e Export, err error) {
	var find string
	var reveal int64
	err = row.Scan(&e.ID, &e.Org, &e.Account, &e.Request.Purpose, &e.Request.Reason, &e.Request.Format, &find, &reveal, &e.Request.Lang, &e.People, &e.State,
		&e.Confirmed, &e.Made, &e.Decided, &e.Expires, &e.Fetched)
	e.Request.Reveal = reveal == 1
	if err == nil {
		err = json.Unmarshal([]byte(find), &e.Request.Find)
	}
	return e, err
}

func loadExport(ctx context.Context, q db.Querier, export id.ID) (Export, error) {
	e, err := scanExport(q.QueryRow(ctx, `SELECT `+exportColumns+` FROM membership_export WHERE id = $1`, export))
	if err == db.ErrNoRows {
		return e, fault.Absent()
	}
	return e, err
}

// Exports are those an account asked for, and those that the scope may confirm,
// the newest first.
func Exports(ctx context.Context, q db.Querier, account id.ID, confirm access.Scope, limit int) (own, waiting []Export, err error) {
	if own, err = exports(ctx, q, `WHERE account_id = $1 ORDER BY id DESC LIMIT $2`, account, limit); err != nil {
		return nil, nil, err
	}
	var args db.Args
	where := "state = " + args.Add(ExportWaiting) + " AND account_id <> " + args.Add(account) + " AND " + confirm.SQL(&args, "org_id")
	waiting, err = exports(ctx, q, `WHERE `+where+` ORDER BY id DESC LIMIT `+args.Add(limit), args.Values()...)
	return own, waiting, err
}

func exports(ctx context.Context, q db.Querier, tail string, args ...any) ([]Export, error) {
	rows, err := q.Query(ctx, `SELECT `+exportColumns+` FROM membership_export `+tail, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Export
	for rows.Next() {
		e, err := scanExport(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// askedAlone counts the persons in the lists that an account asked for since,
// and that nobody else confirmed.
func askedAlone(ctx context.Context, q db.Querier, account id.ID, since cal.Instant) (n int64, err error) {
	err = q.QueryRow(ctx, `SELECT COALESCE(sum(people), 0) FROM membership_export WHERE account_id = $1 AND made_at > $2 AND state IN ('ready', 'fetched') AND confirmed_by = 0`,
		account, since).Scan(&n)
	return n, err
}

func insertExport(ctx context.Context, tx *db.Tx, e Export) error {
	find, err := json.Marshal(e.Request.Find)
	if err != nil {
		return err
	}
	reveal := 0
	if e.Request.Reveal {
		reveal = 1
	}
	_, err = tx.Exec(ctx, `INSERT INTO membership_export (id, org_id, account_id, purpose, reason, format, find, reveal, lang, people, state, confirmed_by, made_at, decided_at, expires_at, fetched_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, 0, $13, 0)`,
		e.ID, e.Org, e.Account, e.Request.Purpose, e.Request.Reason, e.Request.Format, string(find), reveal, e.Request.Lang, e.People, e.State, e.Made, e.Expires)
	return err
}

func saveExport(ctx context.Context, tx *db.Tx, e Export) error {
	_, err := tx.Exec(ctx, `UPDATE membership_export SET people = $2, state = $3, confirmed_by = $4, decided_at = $5, expires_at = $6, fetched_at = $7 WHERE id = $1`,
		e.ID, e.People, e.State, e.Confirmed, e.Decided, e.Expires, e.Fetched)
	return err
}

// disclose logs that the persons were given out.
func disclose(ctx context.Context, tx *db.Tx, d privacy.Disclosure, page []Person) error {
	_, err := tx.Bulk(ctx, "privacy_disclosure", []string{"person_id", "id", "at", "account_id", "what", "purpose", "reason", "org_id", "people"},
		each(page, func(p Person) []any {
			return []any{int64(p.ID), int64(id.New()), int64(d.At), int64(d.Account), string(d.What), string(d.Purpose), d.Reason, int64(d.Org), int64(1)}
		}))
	return err
}

// belonging is what the rows of a page need beside the persons: organisations
// and, where they are given out, national IDs.
func (a *Area) belonging(ctx context.Context, q db.Querier, e Export, page []Person) (map[id.ID]org.Version, map[id.ID]string, error) {
	day := e.Request.Find.Day
	if day == 0 {
		day = a.desk.Today()
	}
	var orgs []id.ID
	people := make([]id.ID, len(page))
	for i, p := range page {
		people[i] = p.ID
		if !slices.Contains(orgs, p.Org) {
			orgs = append(orgs, p.Org)
		}
	}
	versions, err := org.Many(ctx, q, orgs, day)
	if err != nil || !e.Request.Reveal {
		return versions, nil, err
	}
	secrets, err := privacy.Secrets(ctx, q, people)
	if err != nil {
		return nil, nil, err
	}
	numbers := make(map[id.ID]string, len(page))
	err = ask(ctx, q, people, func(_ *db.Args, list string) string {
		return `SELECT id, national_id FROM membership_person WHERE id IN (` + list + `)`
	}, func(scan func(...any) error) error {
		var person id.ID
		var sealed []byte
		if err := scan(&person, &sealed); err != nil || len(sealed) == 0 || secrets[person] == nil {
			return err
		}
		subject, err := a.seal.Subject(secrets[person])
		if err != nil {
			return err
		}
		number, err := subject.Open(sealed, place("national_id", person))
		numbers[person] = string(number)
		return err
	})
	return versions, numbers, err
}
