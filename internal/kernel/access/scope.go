package access

import (
	"context"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

// Scope is what an actor may read with one action: everything, or the
// organisations beneath some roots. Its fields are closed: a store that
// demands a Scope cannot be called without asking this package.
type Scope struct {
	all   bool
	roots []id.ID
	day   cal.Day
}

// Scope fills a Scope for the action. It is never an error to have nothing:
// the Scope is then empty and lists come back empty.
func (g *Gate) Scope(ctx context.Context, q db.Querier, a Actor, action Action) (Scope, error) {
	rule, known := g.rules[action]
	if !known {
		return Scope{}, fault.New(fault.Internal, "fault.internal")
	}
	s := Scope{day: g.today()}
	if a.System || rule.Public {
		s.all = true
		return s, nil
	}
	if !a.Signed() || deny(a, rule) != "" {
		return s, nil
	}
	held, err := g.reaching(ctx, q, a.Account, 0)
	if err != nil {
		return Scope{}, err
	}
	for _, gr := range held {
		if slices.Contains(rule.Roles, gr.Role) && !slices.Contains(s.roots, gr.Org) {
			s.roots = append(s.roots, gr.Org)
		}
	}
	return s, s.widen(ctx, q)
}

// widen turns a root that is the top of the tree into "all": the federation's
// staff should not pay for a filter that lets everything through.
func (s *Scope) widen(ctx context.Context, q db.Querier) error {
	for _, r := range s.roots {
		var kind string
		err := q.QueryRow(ctx, `SELECT kind FROM org_version WHERE org_id = $1 AND from_day <= $2 AND to_day > $2`, r, s.day).Scan(&kind)
		if err == nil && kind == "federation" {
			s.all, s.roots = true, nil
			return nil
		}
		if err != nil && err != db.ErrNoRows {
			return err
		}
	}
	return nil
}

// Within narrows the scope to the organisations beneath org. It cannot widen:
// what the scope did not see stays unseen.
func (s Scope) Within(ctx context.Context, q db.Querier, org id.ID) (Scope, error) {
	if s.all {
		return Scope{roots: []id.ID{org}, day: s.day}, nil
	}
	sees, err := s.Sees(ctx, q, org)
	if err != nil {
		return Scope{}, err
	}
	if sees {
		return Scope{roots: []id.ID{org}, day: s.day}, nil
	}
	// org may lie above a root: then the roots beneath it stay.
	out := Scope{day: s.day}
	for _, r := range s.roots {
		beneath, err := Scope{roots: []id.ID{org}, day: s.day}.Sees(ctx, q, r)
		if err != nil {
			return Scope{}, err
		}
		if beneath {
			out.roots = append(out.roots, r)
		}
	}
	return out, nil
}

// All reports whether the scope has no limit.
func (s Scope) All() bool { return s.all }

// Empty reports whether the scope sees nothing.
func (s Scope) Empty() bool { return !s.all && len(s.roots) == 0 }

// Roots are the organisations beneath which the scope sees, nil when All.
func (s Scope) Roots() []id.ID { return slices.Clone(s.roots) }

// Sees reports whether the scope reaches the organisation.
func (s Scope) Sees(ctx context.Context, q db.Querier, org id.ID) (bool, error) {
	if s.all || slices.Contains(s.roots, org) {
		return true, nil
	}
	if len(s.roots) == 0 {
		return false, nil
	}
	var args db.Args
	o, d := args.Add(org), args.Add(s.day)
	var n int
	err := q.QueryRow(ctx, `SELECT count(*) FROM org_closure WHERE descendant_id = `+o+` AND from_day <= `+d+` AND to_day > `+d+
		` AND ancestor_id IN (`+args.List(s.roots)+`)`, args.Values()...).Scan(&n)
	return n > 0, err
}

// SQL is the condition that column names an organisation the scope sees; it is
// "1 = 1" or "1 = 0" where no list is needed.
func (s Scope) SQL(args *db.Args, column string) string {
	if s.all {
		return "1 = 1"
	}
	if len(s.roots) == 0 {
		return "1 = 0"
	}
	return column + ` IN (` + s.Orgs(args) + `)`
}

// Orgs is the SELECT of the organisations, as descendant_id, that a scope with
// roots sees, of each as often as it lies beneath one.
func (s Scope) Orgs(args *db.Args) string {
	d := args.Add(s.day)
	return `SELECT descendant_id FROM org_closure WHERE ancestor_id IN (` + args.List(s.roots) + `) AND from_day <= ` + d + ` AND to_day > ` + d
}
