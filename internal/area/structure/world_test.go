package structure

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/figure"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/nationalid"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/profile"
	kernel "odaq/internal/kernel/schema"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
	"odaq/profiles"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// today is the day on which all tests run.
var today = cal.Date(2026, time.November, 22)

// counted is a register of members for tests: so many people in a primary
// organisation from a day on, folded over the closure.
type counted struct{}

var countedSchema = fstest.MapFS{"0001_counted.sql": {Data: []byte(`CREATE TABLE counted (org_id bigint NOT NULL, from_day bigint NOT NULL, n bigint NOT NULL, PRIMARY KEY (org_id, from_day));`)}}

func (counted) Beneath(ctx context.Context, q db.Querier, o id.ID, day cal.Day) (h figure.Headcount, err error) {
	err = q.QueryRow(ctx, `SELECT COALESCE(sum(m.n), 0) FROM counted m JOIN org_closure c ON c.descendant_id = m.org_id AND c.from_day <= $2 AND c.to_day > $2
		WHERE c.ancestor_id = $1 AND m.from_day <= $2`, o, day).Scan(&h.Total)
	return h, err
}

func (m counted) Each(ctx context.Context, q db.Querier, orgs []id.ID, day cal.Day) (map[id.ID]figure.Headcount, error) {
	out := map[id.ID]figure.Headcount{}
	for _, o := range orgs {
		h, err := m.Beneath(ctx, q, o, day)
		if err != nil {
			return nil, err
		}
		out[o] = h
	}
	return out, nil
}

func (counted) Cells(ctx context.Context, q db.Querier, day cal.Day) (out []figure.Cell, err error) {
	err = each(ctx, q, func(scan func(...any) error) error {
		var c figure.Cell
		err := scan(&c.Union, &c.Territory, &c.Orgs, &c.Total)
		out = append(out, c)
		return err
	}, `SELECT c.ancestor_id, v.territory, count(DISTINCT v.org_id), COALESCE(sum(m.n), 0) FROM org_version u
		JOIN org_closure c ON c.ancestor_id = u.org_id AND c.from_day <= $1 AND c.to_day > $1
		JOIN org_version v ON v.org_id = c.descendant_id AND v.kind = 'primary' AND v.from_day <= $1 AND v.to_day > $1
		LEFT JOIN counted m ON m.org_id = v.org_id AND m.from_day <= $1
		WHERE u.kind = 'union' AND u.parent_id <> 0 AND u.from_day <= $1 AND u.to_day > $1 GROUP BY c.ancestor_id, v.territory`, day)
	return out, err
}

func (m counted) Series(ctx context.Context, q db.Querier, o id.ID, days []cal.Day) ([]figure.Point, error) {
	var out []figure.Point
	for _, d := range days {
		h, err := m.Beneath(ctx, q, o, d)
		if err != nil {
			return nil, err
		}
		out = append(out, figure.Point{Day: d, Headcount: h})
	}
	return out, nil
}

// world is an installation with this area alone.
type world struct {
	*Area
	t   *testing.T
	db  *db.DB
	mux *http.ServeMux
	ctx context.Context // the installation itself
}

func kz(t testing.TB) *profile.Profile {
	t.Helper()
	p, err := profiles.Open("kz")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var otherPolicy = access.Policy{{Action: Count, Roles: []access.Role{access.Chair, access.Registrar, access.Leader}}}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	p := kz(t)
	tables, _ := newSchema(t)
	if _, err := db.Migrate(t.Context(), d, tables); err != nil {
		t.Fatal(err)
	}
	desk := &act.Desk{DB: d, Events: &event.Bus{}, Zone: p.Location, Log: slog.New(slog.DiscardHandler),
		Clock: func() time.Time { return today.Time().Add(9 * time.Hour) }}
	var err error
	if desk.Gate, err = access.NewGate(desk.Today, Policy, otherPolicy); err != nil {
		t.Fatal(err)
	}
	w := &world{Area: New(desk, p, counted{}), t: t, db: d, mux: http.NewServeMux(), ctx: access.With(t.Context(), access.Actor{System: true, Agent: "test"})}
	s := site.New(w.mux)
	s.Desk, s.Text, s.Who, s.Log, s.Nav = desk, words(t), header{}, desk.Log, nav()
	m := w.Module()
	m.Pages(s)
	s.Fallback()
	return w
}

func newSchema(t *testing.T) ([]db.Source, error) {
	return []db.Source{{Name: "kernel", Number: 1, FS: kernel.FS}, {Name: "structure", Number: 10, FS: sub(schema, "schema")}, {Name: "counted", Number: 90, FS: countedSchema}}, nil
}

func words(t testing.TB) *text.Catalog {
	t.Helper()
	c, err := text.Load(text.Source{Name: "site", FS: site.Locale}, text.Source{Name: "org", FS: org.Locale}, text.Source{Name: "nationalid", FS: nationalid.Locale}, text.Source{Name: "structure", FS: locale})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// header signs in whoever the request says; only tests do.
type header struct{}

func (header) Identify(r *http.Request) (access.Actor, error) {
	s := r.Header.Get("Test-Account")
	if s == "" {
		return access.Actor{}, nil
	}
	v, err := id.Parse(s)
	return access.Actor{Account: v, Name: "Tester", Second: true}, err
}

// give makes an account that holds a role at an organisation.
func (w *world) give(role access.Role, o id.ID) id.ID {
	w.t.Helper()
	account := id.New()
	err := w.db.Write(w.t.Context(), func(tx *db.Tx) error {
		return access.Give(w.t.Context(), tx, access.Grant{ID: id.New(), Account: account, Role: role, Org: o, From: cal.Date(2000, 1, 1), To: cal.Forever, Decision: "1"}, 0)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return account
}

// as is the context of an account.
func (w *world) as(account id.ID) context.Context {
	return access.With(w.t.Context(), access.Actor{Account: account, Second: true, Agent: "test"})
}

// found makes an organisation or fails the test.
func (w *world) found(kind org.Kind, parent id.ID, name string, day cal.Day, more ...func(*FoundRequest)) id.ID {
	w.t.Helper()
	r := FoundRequest{Kind: kind, Parent: parent, Names: text.Names{KK: name, RU: name + " ру", EN: name + " en"}, Territory: "KZ-75", Day: day, Decision: "1/" + name}
	for _, m := range more {
		m(&r)
	}
	done, err := w.Area.Found(w.ctx, r)
	if err != nil {
		w.t.Fatalf("found %s: %v", name, err)
	}
	return done.Org
}

func in(region string) func(*FoundRequest) { return func(r *FoundRequest) { r.Territory = region } }

// count says how many members a primary organisation has from a day on, in
// addition to those it had.
func (w *world) count(o id.ID, from cal.Day, n int64) {
	w.t.Helper()
	err := w.db.Write(w.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(w.t.Context(), `INSERT INTO counted (org_id, from_day, n) VALUES ($1, $2, $3)`, o, from, n)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) record(o id.ID, kind org.EventKind, day cal.Day, d org.Detail) error {
	_, err := w.Area.Record(w.ctx, RecordRequest{Org: o, Kind: kind, Day: day, Decision: "7", Detail: d})
	return err
}

// get asks for a page as an account (0: the public) in a language.
func (w *world) get(path string, account id.ID, lang text.Lang) *httptest.ResponseRecorder {
	return w.send(httptest.NewRequest("GET", path, nil), account, lang)
}

func (w *world) post(path string, account id.ID, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.send(r, account, text.EN)
}

func (w *world) send(r *http.Request, account id.ID, lang text.Lang) *httptest.ResponseRecorder {
	r.Header.Set("Accept-Language", string(lang))
	if account != 0 {
		r.Header.Set("Test-Account", account.String())
	}
	out := httptest.NewRecorder()
	w.mux.ServeHTTP(out, r)
	return out
}

// shows checks the status of a page, what it must have and what it must not
// (given after a "!").
func (w *world) shows(out *httptest.ResponseRecorder, status int, want ...string) {
	w.t.Helper()
	if out.Code != status {
		w.t.Errorf("status %d, want %d", out.Code, status)
	}
	page := strings.Join(strings.Fields(out.Body.String()), " ")
	if i := strings.Index(page, "⟦"); i >= 0 {
		w.t.Errorf("a message is missing: %.60s", page[i:])
	}
	for _, s := range want {
		if not, ok := strings.CutPrefix(s, "!"); ok {
			if strings.Contains(page, not) {
				w.t.Errorf("the page has %q, which it must not", not)
			}
		} else if !strings.Contains(page, s) {
			w.t.Errorf("the page lacks %q", s)
		}
	}
	if w.t.Failed() && testing.Verbose() {
		w.t.Log(page)
	}
}

// refused checks that err is a fault with the key, at a field or as a whole.
func refused(t *testing.T, err error, key string) {
	t.Helper()
	if err == nil {
		t.Errorf("not refused, want %s", key)
		return
	}
	f := fault.Of(err)
	if f.Key == key {
		return
	}
	for _, fd := range f.Fields {
		if fd.Key == key {
			return
		}
	}
	t.Errorf("refused with %v, want %s", err, key)
}

func day(s string) cal.Day {
	d, err := cal.ParseDay(s)
	if err != nil {
		panic(fmt.Sprint("test: ", err))
	}
	return d
}
