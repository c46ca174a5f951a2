package account

import (
	"context"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

// grantLine is a role of an account with the name of the organisation.
type grantLine struct {
	access.Grant
	OrgName text.Names
	Current bool
}

// grantLines lists all roles an account has had, the newest first.
func grantLines(ctx context.Context, q db.Querier, account id.ID, today cal.Day) ([]grantLine, error) {
	rows, err := q.Query(ctx, `SELECT id, account_id, role, org_id, from_day, to_day, decision FROM access_grant
		WHERE account_id = $1 ORDER BY from_day DESC, id DESC`, account)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []grantLine
	var orgs []id.ID
	for rows.Next() {
		var g grantLine
		if err := rows.Scan(&g.ID, &g.Account, &g.Role, &g.Org, &g.From, &g.To, &g.Decision); err != nil {
			return nil, err
		}
		g.Current = g.From <= today && today < g.To
		out, orgs = append(out, g), append(orgs, g.Org)
	}
	if err := rows.Err(); err != nil || len(orgs) == 0 {
		return out, err
	}
	names, err := org.Many(ctx, q, orgs, today)
	for i := range out {
		out[i].OrgName = names[out[i].Org].Names
	}
	return out, err
}

// grantByID reads one grant.
func grantByID(ctx context.Context, q db.Querier, grant id.ID) (access.Grant, error) {
	var g access.Grant
	err := q.QueryRow(ctx, `SELECT id, account_id, role, org_id, from_day, to_day, decision FROM access_grant WHERE id = $1`, grant).
		Scan(&g.ID, &g.Account, &g.Role, &g.Org, &g.From, &g.To, &g.Decision)
	if err == db.ErrNoRows {
		err = fault.Absent()
	}
	return g, err
}
