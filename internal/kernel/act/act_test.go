package act_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/audit"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/ref"
	"odaq/internal/kernel/schema"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var today = cal.Date(2026, 11, 21)

var policy = access.Policy{
	{Action: "thing.see", Roles: []access.Role{access.Chair, access.Leader}},
	{Action: "thing.do", Roles: []access.Role{access.Chair}, Sight: "thing.see"},
	{Action: "thing.sign", Roles: []access.Role{access.Leader}, Sight: "thing.see", Second: true},
	{Action: "thing.public", Public: true},
}

type desk struct {
	*act.Desk
	top, union, primary, elsewhere id.ID
}

func open(t *testing.T, d *db.DB) *desk {
	t.Helper()
	if _, err := db.Migrate(t.Context(), d, []db.Source{{Name: "kernel", Number: 1, FS: schema.FS}}); err != nil {
		t.Fatal(err)
	}
	gate, err := access.NewGate(func() cal.Day { return today }, policy)
	if err != nil {
		t.Fatal(err)
	}
	out := &desk{Desk: &act.Desk{DB: d, Gate: gate, Events: &event.Bus{}, Zone: time.UTC, Log: slog.New(slog.DiscardHandler),
		Clock: func() time.Time { return today.Time().Add(time.Hour) }}}
	var events []org.Event
	found := func(kind org.Kind, parent id.ID) id.ID {
		e := org.Event{ID: id.New(), Org: id.New(), Kind: org.Found, Day: cal.Date(2010, 1, 1), Decision: "1",
			Detail: org.Detail{Kind: kind, Names: &text.Names{KK: "Ұйым"}, Parent: &parent}}
		events = append(events, e)
		return e.Org
	}
	out.top = found(org.Federation, 0)
	out.union = found(org.Union, out.top)
	out.primary, out.elsewhere = found(org.Primary, out.union), found(org.Primary, found(org.Union, out.top))
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return org.Load(t.Context(), tx, events) }); err != nil {
		t.Fatal(err)
	}
	return out
}

// as gives a new account a role and acts as it.
func (d *desk) as(t *testing.T, role access.Role, at id.ID, change ...func(*access.Grant)) context.Context {
	t.Helper()
	g := access.Grant{ID: id.New(), Account: id.New(), Role: role, Org: at, From: cal.Date(2020, 1, 1), To: cal.Forever, Decision: "12-П"}
	for _, c := range change {
		c(&g)
	}
	if err := d.DB.Write(t.Context(), func(tx *db.Tx) error { return access.Give(t.Context(), tx, g, 0) }); err != nil {
		t.Fatal(err)
	}
	return access.With(t.Context(), access.Actor{Account: g.Account, Agent: "page"})
}

func (d *desk) do(ctx context.Context, action access.Action, at id.ID, fn func(tx *act.Tx) (string, error)) (string, error) {
	return act.Do(ctx, d.Desk, act.Request{Action: action, Org: at, Decision: "5", Input: "input"}, fn)
}

func fine(tx *act.Tx) (string, error) {
	tx.Changed(ref.To("thing", 7), nil, map[string]string{"name": "new"})
	return "done", nil
}

func entries(t *testing.T, d *desk) []audit.Entry {
	t.Helper()
	list, err := audit.List(t.Context(), d.DB.Read(), audit.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestPermission(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *db.DB) {
		d := open(t, db)
		chair, leader := d.as(t, access.Chair, d.primary), d.as(t, access.Leader, d.union)
		ended := d.as(t, access.Chair, d.primary, func(g *access.Grant) { g.To = today })
		ahead := d.as(t, access.Chair, d.primary, func(g *access.Grant) { g.From = today + 1 })
		limited := access.With(chair, func() access.Actor { a := access.From(chair); a.Limits = []access.Action{"other.*"}; return a }())
		confirmed := access.With(leader, func() access.Actor { a := access.From(leader); a.Second = true; return a }())
		for name, c := range map[string]struct {
			ctx    context.Context
			action access.Action
			at     id.ID
			want   string
		}{
			"chair at home":                {chair, "thing.do", d.primary, ""},
			"chair at the union above":     {chair, "thing.do", d.union, "fault.not-found"},
			"chair elsewhere":              {chair, "thing.do", d.elsewhere, "fault.not-found"},
			"leader sees but may not":      {leader, "thing.do", d.primary, "fault.denied"},
			"leader without second factor": {leader, "thing.sign", d.primary, "fault.second-factor"},
			"leader with second factor":    {confirmed, "thing.sign", d.primary, ""},
			"term ended today":             {ended, "thing.do", d.primary, "fault.not-found"},
			"term begins tomorrow":         {ahead, "thing.do", d.primary, "fault.not-found"},
			"token of another scope":       {limited, "thing.do", d.primary, "fault.not-found"},
			"nobody":                       {t.Context(), "thing.do", d.primary, "fault.signin"},
			"nobody, public action":        {t.Context(), "thing.public", 0, ""},
		} {
			before := len(entries(t, d))
			_, err := d.do(c.ctx, c.action, c.at, fine)
			got := ""
			if err != nil {
				got = fault.Of(err).Key
			}
			if got != c.want {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
			if grew := len(entries(t, d)) - before; (grew == 1) != (c.want == "") {
				t.Errorf("%s: the trail grew by %d", name, grew)
			}
		}
	})
}

func TestAllOrNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, data *db.DB) {
		d := open(t, data)
		chair := d.as(t, access.Chair, d.primary)
		broken := errors.New("broken")
		d.Events.On("thing.broke", func(context.Context, *db.Tx, event.Event) error { return broken })
		grants := func() (n int) {
			if err := data.Read().QueryRow(t.Context(), `SELECT count(*) FROM access_grant`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := grants()
		for name, fn := range map[string]func(tx *act.Tx) (string, error){
			"its own error": func(tx *act.Tx) (string, error) { return "", broken },
			"a handler's":   func(tx *act.Tx) (string, error) { tx.Emit(event.Event{Name: "thing.broke"}); return "", nil },
		} {
			_, err := d.do(chair, "thing.do", d.primary, func(tx *act.Tx) (string, error) {
				if err := access.Give(t.Context(), tx.Tx, access.Grant{ID: id.New(), Role: access.Admin}, tx.Now); err != nil {
					return "", err
				}
				return fn(tx)
			})
			if !errors.Is(err, broken) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if grants() != before || len(entries(t, d)) != 0 {
			t.Errorf("%d grants, %d entries were left behind", grants()-before, len(entries(t, d)))
		}
	})
}

// TestRefusalThatTells holds that what an actor learnt by being refused is
// traced, and that nothing else of the act is left.
func TestRefusalThatTells(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, data *db.DB) {
		d := open(t, data)
		chair := act.WithKey(d.as(t, access.Chair, d.primary), "key-1")
		refusal := fault.Check().In("national_id", "thing.elsewhere")
		give := func(tx *act.Tx, role access.Role) error {
			return access.Give(t.Context(), tx.Tx, access.Grant{ID: id.New(), Role: role}, tx.Now)
		}
		count := func(role access.Role) (n int) {
			if err := data.Read().QueryRow(t.Context(), `SELECT count(*) FROM access_grant WHERE role = $1`, string(role)).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		try := func(note func(tx *act.Tx) error) error {
			_, err := d.do(chair, "thing.do", d.primary, func(tx *act.Tx) (string, error) {
				if err := give(tx, access.Admin); err != nil {
					return "", err
				}
				tx.Changed(ref.To("thing", 7), nil, map[string]string{"name": "new"})
				return "", tx.Told(ref.To("thing", 8), refusal, note)
			})
			return err
		}
		for n := 1; n <= 2; n++ { // a repetition asks again, and is traced again
			if err := try(func(tx *act.Tx) error { return give(tx, access.Auditor) }); !errors.Is(err, refusal) || count(access.Admin) != 0 || count(access.Auditor) != n {
				t.Fatalf("%v; %d of the act, %d of the note", err, count(access.Admin), count(access.Auditor))
			}
		}
		if err := try(nil); !errors.Is(err, refusal) {
			t.Error(err)
		}
		all := entries(t, d)
		if len(all) != 3 {
			t.Fatalf("%d entries, want 3", len(all))
		}
		want := []audit.Change{{Field: "refused", After: "thing.elsewhere"}}
		for _, e := range all {
			if e.Action != "thing.do" || e.Record != ref.To("thing", 8).String() || e.Org != d.primary || e.Decision != "5" || !slices.Equal(e.Changes, want) {
				t.Errorf("the trail says %+v", e)
			}
		}
		broken := errors.New("broken")
		if err := try(func(*act.Tx) error { return broken }); !errors.Is(err, broken) || errors.Is(err, refusal) {
			t.Errorf("what could not be traced was told: %v", err)
		}
		if n, _, err := audit.Verify(t.Context(), data.Read()); n != 3 || err != nil {
			t.Errorf("the chain holds %d entries, %v", n, err)
		}
	})
}

func TestRepeatedRequest(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, data *db.DB) {
		d := open(t, data)
		chair := act.WithKey(d.as(t, access.Chair, d.primary), "key-1")
		runs := 0
		once := func(tx *act.Tx) (string, error) { runs++; return id.New().String(), nil }
		first, err := d.do(chair, "thing.do", d.primary, once)
		if err != nil {
			t.Fatal(err)
		}
		second, err := d.do(chair, "thing.do", d.primary, once)
		if err != nil || second != first || runs != 1 {
			t.Errorf("repeated: %q after %q, %d runs, %v", second, first, runs, err)
		}
		_, err = act.Do(chair, d.Desk, act.Request{Action: "thing.do", Org: d.primary, Input: "another"}, once)
		if !fault.Is(err, fault.Conflict) || runs != 1 {
			t.Errorf("the key with another request: %v", err)
		}
		if n := len(entries(t, d)); n != 1 {
			t.Errorf("%d entries, want 1", n)
		}
	})
}

func TestTrailNoticesTampering(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, data *db.DB) {
		for name, c := range map[string]struct{ sql, want string }{
			"control":  {`UPDATE audit_head SET id = 1`, ""},
			"altered":  {`UPDATE audit_entry SET action = 'thing.undo' WHERE seq = 2`, "altered"},
			"changes":  {`UPDATE audit_entry SET changes = '[]' WHERE seq = 2`, "altered"},
			"removed":  {`DELETE FROM audit_entry WHERE seq = 2`, "missing"},
			"cut":      {`DELETE FROM audit_entry WHERE seq = 3`, "cut"},
			"unlinked": {`UPDATE audit_entry SET prev = hash WHERE seq = 3`, "unlinked"},
		} {
			t.Run(name, func(t *testing.T) {
				d := open(t, data)
				if err := data.Write(t.Context(), func(tx *db.Tx) error {
					for _, table := range []string{"audit_entry", "audit_head", "org_event", "org_version", "org_closure", "org_word"} {
						if _, err := tx.Exec(t.Context(), `DELETE FROM `+table); err != nil {
							return err
						}
					}
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				d = open(t, data)
				chair := d.as(t, access.Chair, d.primary)
				for range 3 {
					if _, err := d.do(chair, "thing.do", d.primary, fine); err != nil {
						t.Fatal(err)
					}
				}
				if err := data.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), c.sql); return err }); err != nil {
					t.Fatal(err)
				}
				_, _, err := audit.Verify(t.Context(), data.Read())
				got := ""
				if b, ok := errors.AsType[*audit.Break](err); ok {
					got = b.Reason
				} else if err != nil {
					t.Fatal(err)
				}
				if got != c.want {
					t.Errorf("found %q, want %q", got, c.want)
				}
			})
		}
	})
}

// TestTrailIsCheckedWhileActsAreDone holds that a check of a living
// installation raises no false alarm.
func TestTrailIsCheckedWhileActsAreDone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, data *db.DB) {
		d := open(t, data)
		chair := d.as(t, access.Chair, d.primary)
		q := busy{data.Read(), func() {
			if _, err := d.do(chair, "thing.do", d.primary, fine); err != nil {
				t.Error(err)
			}
		}}
		for range 3 {
			if n, _, err := audit.Verify(t.Context(), q); err != nil {
				t.Fatalf("%d entries, %v", n, err)
			}
		}
	})
}

// busy is a database in which something happens before every question for a row.
type busy struct {
	db.Querier
	happens func()
}

func (b busy) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	b.happens()
	return b.Querier.QueryRow(ctx, query, args...)
}

func TestExplain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, data *db.DB) {
		d := open(t, data)
		chair := access.From(d.as(t, access.Chair, d.primary))
		steps, yes, err := d.Gate.Explain(t.Context(), data.Read(), chair, "thing.do", d.primary)
		if err != nil || !yes || len(steps) != 2 || steps[0].Args["Decision"] != "12-П" {
			t.Errorf("%v %+v %v", yes, steps, err)
		}
		steps, yes, err = d.Gate.Explain(t.Context(), data.Read(), chair, "thing.sign", d.primary)
		if err != nil || yes || steps[len(steps)-1].Key != "access.step.refused" {
			t.Errorf("%v %+v %v", yes, steps, err)
		}
		if _, _, err := d.Gate.Explain(t.Context(), data.Read(), chair, "thing.unheard", 0); err == nil || !strings.Contains(err.Error(), "no policy") {
			t.Errorf("an undeclared action: %v", err)
		}
	})
}

func TestPoliciesThatMustNotBe(t *testing.T) {
	for name, p := range map[string]access.Policy{
		"twice":           {{Action: "a"}, {Action: "a"}},
		"partner reaches": {{Action: "a", Personal: true, Roles: []access.Role{access.Partner}}},
		"admin reaches":   {{Action: "a", Personal: true, Roles: []access.Role{access.Registrar, access.Admin}}},
	} {
		if _, err := access.NewGate(func() cal.Day { return today }, p); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestZeroScopeSeesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, data *db.DB) {
		d := open(t, data)
		var args db.Args
		if got := (access.Scope{}).SQL(&args, "x"); got != "1 = 0" {
			t.Errorf("the zero scope's condition is %q", got)
		}
		if sees, err := (access.Scope{}).Sees(t.Context(), data.Read(), d.primary); sees || err != nil {
			t.Errorf("the zero scope sees, %v", err)
		}
		ctx := d.as(t, access.Chair, d.primary)
		s, err := d.Gate.Scope(ctx, data.Read(), access.From(ctx), "thing.see")
		if err != nil {
			t.Fatal(err)
		}
		wide, err := s.Within(ctx, data.Read(), d.union)
		if err != nil {
			t.Fatal(err)
		}
		for at, want := range map[id.ID]bool{d.primary: true, d.elsewhere: false, d.union: false} {
			if sees, err := wide.Sees(ctx, data.Read(), at); sees != want || err != nil {
				t.Errorf("narrowed to the union above, it sees %s: %v, %v", at, sees, err)
			}
		}
		none, err := s.Within(ctx, data.Read(), d.elsewhere)
		if err != nil || !none.Empty() {
			t.Errorf("narrowed to elsewhere it is not empty: %v", err)
		}
	})
}
