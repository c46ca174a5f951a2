// Package access decides who may do what, where and when.
//
// Roles are held at an organisation from a day to a day, by a decision
// (access_grant), and reach everything beneath it. Areas declare their actions
// and which roles have them (Policy). Denials come last and win. A read needs a
// Scope, which only this package can fill; the zero Scope sees nothing.
package access

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

// Role is a duty held at an organisation.
type Role string

// The roles. Their rights are the areas' policies.
const (
	Member      Role = "member"      // a member, for his or her own records only
	Chair       Role = "chair"       // chairs a primary organisation
	Registrar   Role = "registrar"   // keeps the register of an organisation and all beneath it
	Leader      Role = "leader"      // elected head of a union or the federation; confirms what needs four eyes
	DataOfficer Role = "dataofficer" // in charge of personal data (PD law art. 25(3))
	Auditor     Role = "auditor"     // reads the audit trail, no member records
	Admin       Role = "admin"       // runs the installation: accounts, roles; no member records
	Partner     Role = "partner"     // delegate of an employer or a ministry: never a member record
	Observer    Role = "observer"    // published figures only
)

// Roles lists all roles in the order in which they are shown.
var Roles = []Role{Member, Chair, Registrar, Leader, DataOfficer, Auditor, Admin, Partner, Observer}

// Staff reports whether the role needs a second factor at sign-in.
func (r Role) Staff() bool {
	return slices.Contains([]Role{Registrar, Leader, DataOfficer, Auditor, Admin}, r)
}

// Action is something an actor may want to do: "membership.admit".
type Action string

// Rule says who has an action.
type Rule struct {
	Action Action
	Roles  []Role // at the record's organisation or above it
	Public bool   // everybody, signed in or not
	Signed bool   // everybody signed in (their own affairs)
	// Sight is the action that must be had for a refusal to be said at all;
	// without it the record is simply not found.
	Sight Action
	// Personal marks actions that reach records of persons: no partner,
	// observer, admin or auditor ever has them.
	Personal bool
	// Second asks for a confirmed second factor.
	Second bool
}

// Policy is an area's rules; the doc comment on it says them in words.
type Policy []Rule

// Actor is who acts, as the edge found out. The zero Actor is the public.
type Actor struct {
	Account id.ID
	Person  id.ID    // the member behind the account, if any
	Name    string   // for greeting only, never logged
	Agent   string   // "page", "api", "cli", "job"
	Session id.ID    // the browser session it acts in; 0 by a token
	Second  bool     // second factor confirmed in this session
	Limits  []Action // a token's scopes; nil is no limit. "membership.*" covers a family
	System  bool     // the installation itself: jobs, migrations, the operator's command line
}

// Signed reports whether somebody is signed in.
func (a Actor) Signed() bool { return a.Account != 0 || a.System }

type contextKey struct{}

// With puts the actor into the context; only the edge does this.
func With(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, contextKey{}, a)
}

// From is the actor of the context, the public when nobody was put there.
func From(ctx context.Context) Actor {
	a, _ := ctx.Value(contextKey{}).(Actor)
	return a
}

// Grant is a role held at an organisation.
type Grant struct {
	ID       id.ID
	Account  id.ID
	Role     Role
	Org      id.ID
	From, To cal.Day
	Decision string
}

// Gate answers the questions.
type Gate struct {
	rules map[Action]Rule
	order []Action
	today func() cal.Day
}

// NewGate joins the areas' policies; an action declared twice is a defect.
func NewGate(today func() cal.Day, policies ...Policy) (*Gate, error) {
	g := &Gate{rules: map[Action]Rule{}, today: today}
	for _, p := range policies {
		for _, r := range p {
			if _, twice := g.rules[r.Action]; twice {
				return nil, fmt.Errorf("access: action %s is declared twice", r.Action)
			}
			if r.Personal && slices.ContainsFunc(r.Roles, impersonal) {
				return nil, fmt.Errorf("access: action %s reaches persons and is given to a role that must not", r.Action)
			}
			g.rules[r.Action] = r
			g.order = append(g.order, r.Action)
		}
	}
	return g, nil
}

// impersonal roles never reach records of persons, whatever a policy says.
func impersonal(r Role) bool {
	return r == Partner || r == Observer || r == Admin || r == Auditor
}

// Rules lists all rules in the order of declaration.
func (g *Gate) Rules() []Rule {
	out := make([]Rule, len(g.order))
	for i, a := range g.order {
		out[i] = g.rules[a]
	}
	return out
}

// Require is nil when the actor has the action at the organisation today
// (org 0: anywhere). Otherwise it is the fault to show: not found where the
// actor may not even see the record.
func (g *Gate) Require(ctx context.Context, q db.Querier, a Actor, action Action, org id.ID) error {
	steps, ok, err := g.decide(ctx, q, a, action, org)
	if err != nil || ok {
		return err
	}
	last := steps[len(steps)-1]
	rule := g.rules[action]
	if !a.Signed() {
		return fault.New(fault.Denied, "fault.signin")
	}
	if last.Key == "access.step.second" {
		return fault.New(fault.Denied, "fault.second-factor")
	}
	if rule.Sight != "" {
		if _, sees, err := g.decide(ctx, q, a, rule.Sight, org); err != nil || !sees {
			if err != nil {
				return err
			}
			return fault.Absent()
		}
	}
	if last.Key == "access.step.token" {
		return fault.New(fault.Denied, "fault.token-scope")
	}
	return fault.New(fault.Denied, "fault.denied")
}

// Can is Require as a question, for pages that hide what cannot be done.
func (g *Gate) Can(ctx context.Context, q db.Querier, a Actor, action Action, org id.ID) bool {
	_, ok, err := g.decide(ctx, q, a, action, org)
	return ok && err == nil
}

// Step is one step of the reasoning, as a message.
type Step struct {
	Key  string
	Args fault.Args
	Yes  bool
}

// Explain says step by step why the actor may or may not.
func (g *Gate) Explain(ctx context.Context, q db.Querier, a Actor, action Action, org id.ID) ([]Step, bool, error) {
	return g.decide(ctx, q, a, action, org)
}

func (g *Gate) decide(ctx context.Context, q db.Querier, a Actor, action Action, org id.ID) ([]Step, bool, error) {
	rule, known := g.rules[action]
	if !known {
		return nil, false, fmt.Errorf("access: no policy declares the action %q", action)
	}
	if a.System {
		return []Step{{"access.step.system", nil, true}}, true, nil
	}
	if rule.Public {
		return []Step{{"access.step.public", nil, true}}, true, nil
	}
	if !a.Signed() {
		return []Step{{"access.step.anonymous", nil, false}}, false, nil
	}
	steps, allowed := []Step{}, false
	if rule.Signed {
		steps, allowed = append(steps, Step{"access.step.signed", nil, true}), true
	}
	if !allowed {
		grants, err := g.reaching(ctx, q, a.Account, org)
		if err != nil {
			return nil, false, err
		}
		for _, gr := range grants {
			yes := slices.Contains(rule.Roles, gr.Role)
			key := "access.step.role-without"
			if yes {
				key, allowed = "access.step.role-with", true
			}
			steps = append(steps, Step{key, fault.Args{"Role": string(gr.Role), "Org": gr.Org.String(),
				"From": gr.From, "To": gr.To, "Decision": gr.Decision}, yes})
		}
		if len(grants) == 0 {
			steps = append(steps, Step{"access.step.no-role", nil, false})
		}
	}
	if !allowed {
		return append(steps, Step{"access.step.refused", fault.Args{"Action": string(action)}, false}), false, nil
	}
	if no := deny(a, rule); no != "" {
		return append(steps, Step{no, fault.Args{"Action": string(action)}, false}), false, nil
	}
	return append(steps, Step{"access.step.allowed", fault.Args{"Action": string(action)}, true}), true, nil
}

// deny holds the rules that win over every grant.
func deny(a Actor, r Rule) string {
	if a.Limits != nil && !slices.ContainsFunc(a.Limits, func(l Action) bool { return l.covers(r.Action) }) {
		return "access.step.token"
	}
	if r.Second && !a.Second {
		return "access.step.second"
	}
	return ""
}

func (l Action) covers(a Action) bool {
	family, all := strings.CutSuffix(string(l), "*")
	return l == a || all && strings.HasPrefix(string(a), family)
}

const grantColumns = `g.id, g.account_id, g.role, g.org_id, g.from_day, g.to_day, g.decision`

// reaching lists the account's grants in force today at org or above it
// (org 0: all of them).
func (g *Gate) reaching(ctx context.Context, q db.Querier, account, org id.ID) ([]Grant, error) {
	today := g.today()
	if org == 0 {
		return grants(ctx, q, `SELECT `+grantColumns+` FROM access_grant g
			WHERE g.account_id = $1 AND g.from_day <= $2 AND g.to_day > $2 ORDER BY g.id`, account, today)
	}
	return grants(ctx, q, `SELECT DISTINCT `+grantColumns+` FROM access_grant g
		LEFT JOIN org_closure c ON c.ancestor_id = g.org_id AND c.descendant_id = $3 AND c.from_day <= $2 AND c.to_day > $2
		WHERE g.account_id = $1 AND g.from_day <= $2 AND g.to_day > $2 AND (g.org_id = $3 OR c.depth >= 0) ORDER BY g.id`,
		account, today, org)
}

// Held lists the grants an account has today.
func (g *Gate) Held(ctx context.Context, q db.Querier, account id.ID) ([]Grant, error) {
	return g.reaching(ctx, q, account, 0)
}

// At lists the grants held at exactly this organisation, past ones too.
func At(ctx context.Context, q db.Querier, org id.ID) ([]Grant, error) {
	return grants(ctx, q, `SELECT `+grantColumns+` FROM access_grant g WHERE g.org_id = $1 ORDER BY g.from_day, g.id`, org)
}

func grants(ctx context.Context, q db.Querier, query string, args ...any) ([]Grant, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Grant
	for rows.Next() {
		var g Grant
		if err := rows.Scan(&g.ID, &g.Account, &g.Role, &g.Org, &g.From, &g.To, &g.Decision); err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, rows.Err()
}

// Give records a grant; it is called inside an act.
func Give(ctx context.Context, tx *db.Tx, g Grant, at cal.Instant) error {
	_, err := tx.Exec(ctx, `INSERT INTO access_grant (id, account_id, role, org_id, from_day, to_day, decision, made_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, g.ID, g.Account, g.Role, g.Org, g.From, g.To, g.Decision, at)
	return err
}

// End ends a grant on a day; it stays in the history.
func End(ctx context.Context, tx *db.Tx, grant id.ID, day cal.Day) error {
	n, err := tx.Exec(ctx, `UPDATE access_grant SET to_day = $2 WHERE id = $1 AND to_day > $2`, grant, day)
	if err == nil && n == 0 {
		return fault.Absent()
	}
	return err
}

// OfRole lists who holds a role on a day, those who hold it longest first.
func OfRole(ctx context.Context, q db.Querier, role Role, day cal.Day) ([]Grant, error) {
	return grants(ctx, q, `SELECT `+grantColumns+` FROM access_grant g WHERE g.role = $1 AND g.from_day <= $2 AND g.to_day > $2
		ORDER BY g.from_day, g.id`, role, day)
}
