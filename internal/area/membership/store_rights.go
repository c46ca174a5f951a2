package membership

import (
	"context"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/privacy"
	"odaq/internal/platform/db"
)

// wordings are the texts in force that a member can consent to. The consent to
// an application is given with it.
func wordings(ctx context.Context, q db.Querier, on cal.Day) ([]privacy.Wording, error) {
	rows, err := q.Query(ctx, `SELECT DISTINCT kind FROM privacy_wording WHERE from_day <= $1 AND kind <> $2 ORDER BY kind`, on, consentKind)
	if err != nil {
		return nil, err
	}
	var kinds []string
	for rows.Next() {
		var kind string
		if err := rows.Scan(&kind); err != nil {
			rows.Close()
			return nil, err
		}
		kinds = append(kinds, kind)
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var out []privacy.Wording
	for _, kind := range kinds {
		w, err := privacy.Current(ctx, q, kind, on)
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

// inbox lists the requests of the persons the scope reaches: open ones by the
// day they are due, or the latest answered.
func inbox(ctx context.Context, q db.Querier, s access.Scope, open bool) ([]waiting, error) {
	var args db.Args
	which, order := "r.outcome = 'open'", "r.due_day, r.id"
	if !open {
		which, order = "r.outcome <> 'open'", "r.answered_day DESC, r.id DESC"
	}
	rows, err := q.Query(ctx, `SELECT r.person_id, r.id FROM privacy_request r JOIN membership_person p ON p.id = r.person_id
		WHERE `+which+` AND `+s.SQL(&args, "p.org_id")+` ORDER BY `+order+` LIMIT 100`, args.Values()...)
	if err != nil {
		return nil, err
	}
	var keys [][2]id.ID
	for rows.Next() {
		var k [2]id.ID
		if err := rows.Scan(&k[0], &k[1]); err != nil {
			rows.Close()
			return nil, err
		}
		keys = append(keys, k)
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var out []waiting
	for _, k := range keys {
		r, err := privacy.RequestOf(ctx, q, k[0], k[1])
		if err != nil {
			return nil, err
		}
		p, err := load(ctx, q, k[0])
		if err != nil {
			return nil, err
		}
		out = append(out, waiting{r, p})
	}
	return out, nil
}

// askedBy is the person whose request it is.
func askedBy(ctx context.Context, q db.Querier, request id.ID) (person id.ID, err error) {
	err = q.QueryRow(ctx, `SELECT person_id FROM privacy_request WHERE id = $1`, request).Scan(&person)
	return person, err
}
