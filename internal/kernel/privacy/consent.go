package privacy

import (
	"context"
	"errors"
	"fmt"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

// Wording is a text that people consent to, with everything that the law wants
// a consent to say (Personal Data Law 8). A published wording never changes; a
// new one has the next version.
type Wording struct {
	Kind       string // "contact.sms", "photo" …
	Version    int
	From       cal.Day
	Operator   string // who holds the data
	Fields     string // which data
	Recipients string // to whom it may be given; empty is nobody
	Abroad     string // to which countries it may go; empty is none
	Public     string // where it may be made public; empty is nowhere
	Months     int    // how long the consent lasts; 0 is until withdrawn
	KK, RU, EN string // the text itself
}

// Publish adds a wording; the version must be new.
func Publish(ctx context.Context, tx *db.Tx, w Wording) error {
	n, err := tx.Exec(ctx, `
		INSERT INTO privacy_wording (kind, version, from_day, operator, fields, recipients, abroad, public, months, body_kk, body_ru, body_en)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (kind, version) DO NOTHING`,
		w.Kind, w.Version, int64(w.From), w.Operator, w.Fields, w.Recipients, w.Abroad, w.Public, w.Months, w.KK, w.RU, w.EN)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "privacy.wording-exists", "Kind", w.Kind, "Version", w.Version)
	}
	return err
}

const wordingColumns = `kind, version, from_day, operator, fields, recipients, abroad, public, months, body_kk, body_ru, body_en`

// Current reads the wording of a kind that is in force on a day.
func Current(ctx context.Context, q db.Querier, kind string, on cal.Day) (Wording, error) {
	return scanWording(q.QueryRow(ctx, `
		SELECT `+wordingColumns+` FROM privacy_wording WHERE kind = $1 AND from_day <= $2 ORDER BY version DESC LIMIT 1`, kind, int64(on)))
}

// WordingOf reads one version: with the consent, it is the proof on demand.
func WordingOf(ctx context.Context, q db.Querier, kind string, version int) (Wording, error) {
	return scanWording(q.QueryRow(ctx, `SELECT `+wordingColumns+` FROM privacy_wording WHERE kind = $1 AND version = $2`, kind, version))
}

func scanWording(row interface{ Scan(...any) error }) (Wording, error) {
	var w Wording
	err := row.Scan(&w.Kind, &w.Version, &w.From, &w.Operator, &w.Fields, &w.Recipients, &w.Abroad, &w.Public, &w.Months, &w.KK, &w.RU, &w.EN)
	if errors.Is(err, db.ErrNoRows) {
		return Wording{}, fault.Absent()
	}
	return w, err
}

// Given is a consent of a person to one wording, in force in [From, To).
type Given struct {
	ID          id.ID
	Person      id.ID
	Kind        string
	Version     int
	From, To    cal.Day
	Account     id.ID // who recorded it: the person, or an officer with the paper
	WithdrawnBy id.ID // 0 while it was not withdrawn
	MadeAt      cal.Instant
}

// Give records a consent to the wording from a day on, for as long as the
// wording says. It ends an earlier consent of the same kind.
func Give(ctx context.Context, tx *db.Tx, person id.ID, w Wording, from cal.Day, account id.ID, at cal.Instant) (Given, error) {
	g := Given{ID: id.New(), Person: person, Kind: w.Kind, Version: w.Version, From: from, To: cal.Forever, Account: account, MadeAt: at}
	if w.Months > 0 {
		g.To = from.AddMonths(w.Months)
	}
	if _, err := end(ctx, tx, person, w.Kind, from, account); err != nil {
		return Given{}, err
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO privacy_consent (person_id, kind, version, from_day, to_day, account_id, withdrawn_by, made_at, id)
		VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)`,
		int64(person), g.Kind, g.Version, int64(g.From), int64(g.To), int64(account), int64(at), int64(g.ID))
	if err != nil {
		return Given{}, fmt.Errorf("privacy: recording a consent: %w", err)
	}
	return g, nil
}

// Withdraw ends the person's consent of a kind from a day on; it is Unready if
// none is in force.
func Withdraw(ctx context.Context, tx *db.Tx, person id.ID, kind string, from cal.Day, account id.ID) error {
	n, err := end(ctx, tx, person, kind, from, account)
	if err == nil && n == 0 {
		return fault.New(fault.Unready, "privacy.no-consent")
	}
	return err
}

func end(ctx context.Context, tx *db.Tx, person id.ID, kind string, from cal.Day, account id.ID) (int64, error) {
	n, err := tx.Exec(ctx, `
		UPDATE privacy_consent SET to_day = $1, withdrawn_by = $2
		WHERE person_id = $3 AND kind = $4 AND from_day <= $1 AND to_day > $1`,
		int64(from), int64(account), int64(person), kind)
	if err != nil {
		return 0, fmt.Errorf("privacy: ending a consent: %w", err)
	}
	return n, nil
}

// Consented reports whether a consent of the kind is in force on a day.
func Consented(ctx context.Context, q db.Querier, person id.ID, kind string, on cal.Day) (bool, error) {
	var n int
	err := q.QueryRow(ctx, `
		SELECT 1 FROM privacy_consent WHERE person_id = $1 AND kind = $2 AND from_day <= $3 AND to_day > $3 LIMIT 1`,
		int64(person), kind, int64(on)).Scan(&n)
	if errors.Is(err, db.ErrNoRows) {
		return false, nil
	}
	return n == 1, err
}

// Consents reads all consents of a person, the newest first.
func Consents(ctx context.Context, q db.Querier, person id.ID) ([]Given, error) {
	rows, err := q.Query(ctx, `
		SELECT id, person_id, kind, version, from_day, to_day, account_id, withdrawn_by, made_at
		FROM privacy_consent WHERE person_id = $1 ORDER BY id DESC`, int64(person))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Given
	for rows.Next() {
		var g Given
		if err := rows.Scan(&g.ID, &g.Person, &g.Kind, &g.Version, &g.From, &g.To, &g.Account, &g.WithdrawnBy, &g.MadeAt); err != nil {
			return nil, err
		}
		all = append(all, g)
	}
	return all, rows.Err()
}
