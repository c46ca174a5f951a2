package membership

import (
	"context"
	"strings"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

const applicationColumns = `id, person_id, org_id, category, day, state, decided, decision, reason, account_id, made_at`

func scanApplication(row interface{ Scan(...any) error }) (p Application, err error) {
	err = row.Scan(&p.ID, &p.Person, &p.Org, &p.Category, &p.Day, &p.State, &p.Decided, &p.Decision, &p.Reason, &p.Account, &p.Made)
	return p, err
}

// loadApplication reads an application without a scope: for acts, which ask for
// permission at its organisation, and for the applicant's own pages.
func loadApplication(ctx context.Context, q db.Querier, application id.ID) (Application, error) {
	p, err := scanApplication(q.QueryRow(ctx, `SELECT `+applicationColumns+` FROM membership_application WHERE id = $1`, application))
	if err == db.ErrNoRows {
		return p, fault.Absent()
	}
	return p, err
}

// GetApplication is an application to an organisation that the scope reaches.
func GetApplication(ctx context.Context, q db.Querier, s access.Scope, application id.ID) (Application, error) {
	p, err := loadApplication(ctx, q, application)
	if err != nil {
		return p, err
	}
	sees, err := s.Sees(ctx, q, p.Org)
	if err == nil && !sees {
		return Application{}, fault.Absent()
	}
	return p, err
}

// Applications lists those of a state; the open ones begin with the one that
// has waited longest, the decided ones with the latest. An answer shorter than
// limit is the last page; after is the last application of the page before.
func Applications(ctx context.Context, q db.Querier, s access.Scope, state ApplicationState, after id.ID, limit int) ([]Application, error) {
	if s.Empty() {
		return nil, nil
	}
	order, beyond := "ASC", ">"
	if state != Open {
		order, beyond = "DESC", "<"
	}
	var args db.Args
	where := []string{s.SQL(&args, "org_id"), "state = " + args.Add(state)}
	if after != 0 {
		where = append(where, "id "+beyond+" "+args.Add(after))
	}
	rows, err := q.Query(ctx, `SELECT `+applicationColumns+` FROM membership_application WHERE `+strings.Join(where, " AND ")+
		` ORDER BY id `+order+` LIMIT `+args.Add(limit), args.Values()...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Application
	for rows.Next() {
		p, err := scanApplication(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// countOpen counts the open applications that the scope reaches.
func countOpen(ctx context.Context, q db.Querier, s access.Scope) (n int64, err error) {
	if s.Empty() {
		return 0, nil
	}
	var args db.Args
	err = q.QueryRow(ctx, `SELECT count(*) FROM membership_application WHERE `+s.SQL(&args, "org_id")+` AND state = `+args.Add(Open), args.Values()...).Scan(&n)
	return n, err
}

// countOpenAt counts the open applications to one organisation.
func countOpenAt(ctx context.Context, q db.Querier, org id.ID) (n int64, err error) {
	err = q.QueryRow(ctx, `SELECT count(*) FROM membership_application WHERE org_id = $1 AND state = $2`, org, Open).Scan(&n)
	return n, err
}

// openOf is the open application of an applicant, 0 if there is none.
func openOf(ctx context.Context, q db.Querier, person id.ID) (application id.ID, err error) {
	err = q.QueryRow(ctx, `SELECT id FROM membership_application WHERE person_id = $1 AND state = $2`, person, Open).Scan(&application)
	if err == db.ErrNoRows {
		return 0, nil
	}
	return application, err
}

func insertApplication(ctx context.Context, tx *db.Tx, p Application) error {
	_, err := tx.Exec(ctx, `INSERT INTO membership_application (`+applicationColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		p.ID, p.Person, p.Org, p.Category, p.Day, p.State, p.Decided, p.Decision, p.Reason, p.Account, p.Made)
	return err
}

// closeApplication writes the decision if nobody decided meanwhile.
func closeApplication(ctx context.Context, tx *db.Tx, p Application) error {
	n, err := tx.Exec(ctx, `UPDATE membership_application SET person_id = $2, state = $3, decided = $4, decision = $5, reason = $6, account_id = $7
		WHERE id = $1 AND state = $8`, p.ID, p.Person, p.State, p.Decided, p.Decision, p.Reason, p.Account, Open)
	if err == nil && n == 0 {
		return decidedAlready()
	}
	return err
}

// dropApplicant removes the record of an applicant whom the register already
// knew by another one.
func dropApplicant(ctx context.Context, tx *db.Tx, person id.ID) error {
	for _, statement := range []string{
		`DELETE FROM membership_word WHERE person_id = $1`,
		`DELETE FROM membership_person WHERE id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, person); err != nil {
			return err
		}
	}
	return nil
}
