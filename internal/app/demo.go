package app

import (
	"context"
	"fmt"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/account"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/platform/db"
	"odaq/profiles"
)

// Door is a way into the demo: a role and the address that signs in as somebody
// who has it.
type Door struct {
	Role access.Role
	Name string
	Org  id.ID
	Link string
}

// SeedDemo fills an empty installation with a synthetic federation of so many
// members. progress hears how many members are there.
func (a *App) SeedDemo(ctx context.Context, members int, progress func(done, total int64)) error {
	files, err := profiles.Demo(a.Config.Profile)
	if err != nil {
		return err
	}
	plan, err := a.Areas.Structure.Seed(ctx, files, members)
	if err != nil {
		return fmt.Errorf("the organisations of the demo: %w", err)
	}
	if err := a.Areas.Membership.Seed(ctx, plan, func(done, total int) { progress(int64(done), int64(total)) }); err != nil {
		return fmt.Errorf("the members of the demo: %w", err)
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		for _, s := range plan.Samples() {
			d := account.Draft{Person: s.Person}
			if s.Person == 0 {
				d.Label = s.Name.Given + " " + s.Name.Surname
			}
			v, err := a.Who.Create(ctx, tx, d)
			if err != nil {
				return err
			}
			g := access.Grant{ID: id.New(), Account: v, Role: s.Role, Org: s.Org, From: s.Since, To: cal.Forever, Decision: "demo"}
			if err := access.Give(ctx, tx, g, a.Desk.Clock.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// Seeded reports whether there is a federation already.
func (a *App) Seeded(ctx context.Context) (bool, error) {
	var n int
	err := a.DB.Read().QueryRow(ctx, `SELECT count(*) FROM org_version WHERE kind = $1`, string(org.Federation)).Scan(&n)
	return n > 0, err
}

// Doors makes the sign-in links of the demo, one for each role, in the order of
// the roles.
func (a *App) Doors(ctx context.Context) ([]Door, error) {
	var out []Door
	for _, role := range access.Roles {
		grants, err := access.OfRole(ctx, a.DB.Read(), role, a.Desk.Today())
		if err != nil {
			return nil, err
		}
		if len(grants) == 0 {
			continue
		}
		g := grants[0]
		d := Door{Role: role, Org: g.Org}
		if d.Name, err = a.Who.Name(ctx, a.DB.Read(), g.Account); err != nil {
			return nil, err
		}
		err = a.DB.Write(ctx, func(tx *db.Tx) error {
			d.Link, err = a.Who.DemoLink(ctx, tx, g.Account)
			return err
		})
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}
