package app_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"odaq/internal/app"
	"odaq/internal/area/membership"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/account"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

// The member whom only some may know. No other text of the world has these words.
const (
	secretSurname = "Құпияжанова"
	secretGiven   = "Айжасырын"
	secretID      = "650308300019" // synthetic
	secretPhone   = "+7 700 555 44 33"
)

var today = cal.Date(2026, 11, 21)

// world is a small federation behind a real server: two unions with a primary
// organisation each, one known member in the first, and somebody in every role.
type world struct {
	*app.App
	handler   http.Handler
	url       string
	log       *buffer
	top       id.ID
	unions    [2]id.ID
	primaries [2]id.ID
	secret    membership.Person
	accounts  map[string]id.ID
	clients   map[string]*http.Client
	later     atomic.Int64 // nanoseconds since the world was made
}

type buffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *buffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.String()
}

// post is an actor of the world: a role somewhere.
type post struct {
	role  access.Role
	at    func(*world) id.ID
	knows bool // may know the member
}

var (
	atTop = func(w *world) id.ID { return w.top }
	union = func(i int) func(*world) id.ID { return func(w *world) id.ID { return w.unions[i] } }
	local = func(i int) func(*world) id.ID { return func(w *world) id.ID { return w.primaries[i] } }
	posts = map[string]post{
		"her chair":           {access.Chair, local(0), true},
		"her registrar":       {access.Registrar, union(0), true},
		"her leader":          {access.Leader, union(0), true},
		"federal registrar":   {access.Registrar, atTop, true},
		"data officer":        {access.DataOfficer, atTop, true},
		"another chair":       {access.Chair, local(1), false},
		"another's registrar": {access.Registrar, union(1), false},
		"another's leader":    {access.Leader, union(1), false},
		"auditor":             {access.Auditor, atTop, false},
		"administrator":       {access.Admin, atTop, false},
		"ministry's delegate": {access.Partner, atTop, false},
		"employer's delegate": {access.Partner, local(0), false},
		"observer":            {access.Observer, atTop, false},
	}
)

func newWorld(t testing.TB, database string) *world {
	t.Helper()
	ctx := app.System(t.Context())
	w := &world{log: &buffer{}, accounts: map[string]id.ID{}, clients: map[string]*http.Client{}}
	w.App = open(t, database, app.Options{Demo: true, Clock: func() time.Time { return today.Time().Add(6*time.Hour + time.Duration(w.later.Load())) },
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	start := cal.Date(2015, 1, 1)
	var events []org.Event
	found := func(kind org.Kind, parent id.ID, name string) id.ID {
		region, activity := "KZ-71", "Q"
		e := org.Event{ID: id.New(), Org: id.New(), Kind: org.Found, Day: start, Decision: "1",
			Detail: org.Detail{Kind: kind, Names: &text.Names{KK: name + " kk", RU: name + " ru", EN: name + " en"}, Parent: &parent, Territory: &region, Activity: &activity}}
		events = append(events, e)
		return e.Org
	}
	w.top = found(org.Federation, 0, "Federation")
	for i, name := range []string{"First", "Second"} {
		w.unions[i] = found(org.Union, w.top, name+" union")
		w.primaries[i] = found(org.Primary, w.unions[i], name+" primary")
	}
	if err := w.DB.Write(ctx, func(tx *db.Tx) error { return org.Load(ctx, tx, events) }); err != nil {
		t.Fatal(err)
	}
	var err error
	w.secret, err = w.Areas.Membership.Admit(ctx, membership.AdmitRequest{Org: w.primaries[0], Name: search.Name{Surname: secretSurname, Given: secretGiven},
		Birth: cal.Never, Lang: text.KK, Private: membership.Private{NationalID: secretID, Phone: secretPhone}, Category: "worker", Day: cal.Date(2024, 5, 1), Decision: "3"})
	if err != nil {
		t.Fatal(err)
	}
	other, err := w.Areas.Membership.Admit(ctx, membership.AdmitRequest{Org: w.primaries[1], Name: search.Name{Surname: "Басқаев", Given: "Ерлан"},
		Birth: cal.Date(1980, 1, 1), Lang: text.KK, Category: "worker", Day: cal.Date(2024, 5, 1), Decision: "3"})
	if err != nil {
		t.Fatal(err)
	}
	w.handler = w.Handler()
	srv := httptest.NewServer(w.handler)
	t.Cleanup(srv.Close)
	w.url = srv.URL
	for name, p := range posts {
		w.join(t, ctx, name, account.Draft{Label: name}, p.role, p.at(w))
	}
	w.join(t, ctx, "herself", account.Draft{Person: w.secret.ID, Label: "herself"}, access.Member, w.primaries[0])
	w.join(t, ctx, "another member", account.Draft{Person: other.ID, Label: "another member"}, access.Member, w.primaries[1])
	w.clients["nobody"] = client(nil)
	return w
}

func client(jar http.CookieJar) *http.Client {
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// join makes an account with a role and signs it in as a person would.
func (w *world) join(t testing.TB, ctx context.Context, name string, d account.Draft, role access.Role, at id.ID) {
	t.Helper()
	var link string
	err := w.DB.Write(ctx, func(tx *db.Tx) error {
		v, err := w.Who.Create(ctx, tx, d)
		if err != nil {
			return err
		}
		w.accounts[name] = v
		if err := access.Give(ctx, tx, access.Grant{ID: id.New(), Account: v, Role: role, Org: at, From: cal.Date(2020, 1, 1), To: cal.Forever, Decision: "2"}, 0); err != nil {
			return err
		}
		link, err = w.Who.DemoLink(ctx, tx, v)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	jar, _ := cookiejar.New(nil) // without options it cannot fail
	c := client(jar)
	path := link[strings.Index(link, "/sign-in"):]
	if status, body, _ := w.send(t, c, "POST", path, url.Values{}); status != http.StatusSeeOther {
		t.Fatalf("%s cannot sign in: %d %.300s", name, status, body)
	}
	w.clients[name] = c
}

// send sends a request as somebody; the answer's headers come as one text.
func (w *world) send(t testing.TB, c *http.Client, method, path string, form url.Values) (status int, body, header string) {
	t.Helper()
	var in io.Reader
	if form != nil {
		in = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(t.Context(), method, w.url+path, in)
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept-Language", "en")
	answer, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var h strings.Builder
	if err := answer.Header.Write(&h); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b), h.String()
}
