package membership_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"

	"odaq/assets"
	"odaq/internal/area/membership"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/deadline"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/web"
	"odaq/internal/testkit/dbtest"
)

// meSite is the member's pages on a server; a cookie says who asks.
type meSite struct {
	*own
	*httptest.Server
	actors map[string]access.Actor
	log    bytes.Buffer
}

// Identify reads the cookie "who".
func (m *meSite) Identify(r *http.Request) (access.Actor, error) {
	c, err := r.Cookie("who")
	if err != nil {
		return access.Actor{}, nil
	}
	return m.actors[c.Value], nil
}

// words are the messages of the area, in one file a language.
func words(t *testing.T) fs.FS {
	t.Helper()
	all := fstest.MapFS{}
	for _, l := range text.Langs {
		name := "locale/" + string(l) + ".toml"
		main, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if piece, err := os.ReadFile("locale/me." + string(l) + ".toml"); err == nil && !bytes.Contains(main, []byte(`["me.nav"]`)) {
			main = append(append(main, '\n'), piece...)
		}
		all[name] = &fstest.MapFile{Data: main}
	}
	return all
}

func serveMe(t *testing.T, d *db.DB) *meSite {
	t.Helper()
	m := &meSite{own: openOwn(t, d), actors: map[string]access.Actor{}}
	for name, ctx := range map[string]context.Context{"member": m.member, "officer": m.officer, "chair": m.chair, "registrar": m.registrar, "partner": m.partner, "admin": m.admin} {
		actor := access.From(ctx)
		if actor.Name == "" {
			actor.Name = name
		}
		m.actors[name] = actor
	}
	catalog, err := text.Load(text.Source{Name: "site", FS: site.Locale}, text.Source{Name: "org", FS: org.Locale},
		text.Source{Name: "privacy", FS: privacy.Locale}, text.Source{Name: "deadline", FS: deadline.Locale}, text.Source{Name: "membership", FS: words(t)})
	if err != nil {
		t.Fatal(err)
	}
	m.area.Link(membership.Links{Holdings: register(t), Officers: func(context.Context, db.Querier, id.ID, cal.Day) ([]membership.Officer, error) {
		return []membership.Officer{{Post: text.Names{KK: "Кәсіподақ комитетінің төрағасы", RU: "Председатель профкома", EN: "Chair of the committee"}, Holder: "Марат Сейітов"}}, nil
	}})
	mux := http.NewServeMux()
	s := site.New(mux)
	s.Desk, s.Text, s.Who, s.Demo, s.Log = m.desk, catalog, m, true, slog.New(slog.NewTextHandler(&m.log, nil))
	m.area.MePages(s)
	mux.Handle("GET "+assets.Prefix, assets.Handler())
	mux.HandleFunc("POST /sign-out", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "who", Path: "/", MaxAge: -1})
		http.Redirect(w, r, "/card/check", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /sign-in", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "sign in") })
	s.Fallback()
	m.Server = httptest.NewServer(web.Wrap(mux, web.Options{Log: s.Log, Registry: prometheus.NewRegistry(), MaxBody: 1 << 20, Failed: s.Failed}))
	t.Cleanup(m.Close)
	return m
}

func register(t *testing.T) *privacy.Register {
	t.Helper()
	r := &privacy.Register{}
	if err := r.Add(membership.Holdings()...); err != nil {
		t.Fatal(err)
	}
	return r
}

// do asks as somebody ("" is the public) and gives status, body and place.
func (m *meSite) do(t *testing.T, who, method, path string, form url.Values) (int, string, string) {
	t.Helper()
	r, err := http.NewRequest(method, m.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept-Language", "kk")
	if who != "" {
		r.AddCookie(&http.Cookie{Name: "who", Value: who})
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "⟦") {
		_, rest, _ := strings.Cut(string(b), "⟦")
		t.Errorf("%s %s: a message is missing: %.60s", method, path, rest)
	}
	return res.StatusCode, string(b), res.Header.Get("Location")
}

// TestMePages walks request × actor: what is shown, and what is not.
func TestMePages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m := serveMe(t, d)
		card, err := m.area.OwnCard(m.member)
		if err != nil {
			t.Fatal(err)
		}
		asked, err := m.area.Ask(m.member, privacy.AskCorrection, "Тегім қате жазылған")
		if err != nil {
			t.Fatal(err)
		}
		inbox := "/privacy/requests/" + m.person.ID.String() + "/" + asked.ID.String()
		everybody := []string{"", "member", "officer", "chair", "registrar", "partner", "admin"}
		const name = "Нұрланова"
		for _, c := range []struct {
			method, path string
			form         url.Values
			ok           []string // who gets the page; others do not
			want         []string
			never        []string
		}{
			{"GET", "/me", nil, []string{"member"}, []string{"Қайырлы күн, Айгүл", card.Number.String(), name, "<svg", "Марат Сейітов", "Деректерімді түзету"}, []string{nationalID}},
			{"GET", "/me/card", nil, []string{"member"}, []string{name, card.Number.String(), "31.12.2026"}, []string{nationalID}},
			{"GET", "/me/data", nil, []string{"member"}, []string{name, "••••••••0019", "+7 700", "Тегім қате жазылған"}, []string{nationalID}},
			{"GET", "/me/data.json", nil, []string{"member"}, []string{name, nationalID}, nil},
			{"GET", "/me/data.html", nil, []string{"member"}, []string{name, nationalID}, []string{"<script", "<link"}},
			{"GET", "/me/requests/new", nil, everybody[1:], []string{"Деректерімді жою"}, []string{name}},
			{"GET", "/card/check", nil, everybody, []string{"Билетті тексеру"}, []string{name}},
			{"POST", "/card/check", url.Values{"card": {card.String()}}, everybody, []string{"Билет жарамды", card.Number.String(), "Одақ", "31.12.2026"}, []string{name, "Бастауыш"}},
			{"GET", "/card/keys.json", nil, everybody, []string{`"signature"`}, []string{name}},
			{"GET", "/card/revoked.json", nil, everybody, []string{`"signature"`}, []string{name}},
			{"GET", "/sw.js", nil, everybody, []string{"/me/card"}, nil},
			{"GET", "/privacy/requests", nil, []string{"officer"}, []string{name, "Деректерімді түзету"}, []string{nationalID}},
			{"GET", inbox, nil, []string{"officer"}, []string{name, "Тегім қате жазылған"}, []string{nationalID}},
			{"GET", "/admin/cards", nil, []string{"admin"}, []string{"Билет кілттері"}, []string{name}},
			{"GET", "/privacy/answer", nil, everybody, []string{"Жауап коды"}, []string{name}},
		} {
			for _, who := range everybody {
				status, body, _ := m.do(t, who, c.method, c.path, c.form)
				allowed := false
				for _, o := range c.ok {
					allowed = allowed || o == who
				}
				if allowed != (status == 200) && !(c.path == "/me" || c.path == "/me/card" || c.path == "/me/data") {
					t.Errorf("%s %s as %q: %d", c.method, c.path, who, status)
				}
				for _, w := range c.want {
					if allowed && !strings.Contains(body, w) {
						t.Errorf("%s %s as %q does not show %q", c.method, c.path, who, w)
					}
				}
				if !allowed && (strings.Contains(body, name) || strings.Contains(body, card.Number.String()) || strings.Contains(body, nationalID)) {
					t.Errorf("%s %s as %q shows the member", c.method, c.path, who)
				}
				for _, n := range c.never {
					if allowed && strings.Contains(body, n) {
						t.Errorf("%s %s as %q shows %q", c.method, c.path, who, n)
					}
				}
			}
		}
		if strings.Contains(m.log.String(), nationalID) || strings.Contains(m.log.String(), name) || strings.Contains(m.log.String(), card.String()) {
			t.Errorf("the log tells about the member: %s", &m.log)
		}
	})
}

func TestMeForms(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m := serveMe(t, d)
		post := func(who, path string, form url.Values, status int, want string) string {
			t.Helper()
			got, body, place := m.do(t, who, "POST", path, form)
			if got != status || !strings.Contains(body+place, want) {
				t.Errorf("POST %s as %q: %d %s, want %d with %q", path, who, got, place, status, want)
			}
			return body
		}
		if body := post("member", "/me/requests/new", url.Values{"kind": {"correction"}, "detail": {""}}, 422, "Қате:"); !strings.Contains(body, `href="#f-detail"`) || !strings.Contains(body, "checked") {
			t.Error("what was typed is lost, or the summary does not lead to the field")
		}
		post("member", "/me/requests/new", url.Values{"kind": {"x"}, "detail": {"мәтін"}}, 422, "мәтін")
		post("chair", "/me/requests/new", url.Values{"kind": {"erasure"}}, 404, "")
		post("", "/me/requests/new", url.Values{"kind": {"erasure"}}, 403, "")
		post("member", "/me/requests/new", url.Values{"kind": {"erasure"}}, 303, "/me/data#requests")
		post("", "/card/check", url.Values{"card": {""}}, 422, "Қате:")
		post("", "/card/check", url.Values{"card": {"<b>ABC"}}, 200, "Билет шын емес")
		post("admin", "/admin/cards/rotate", url.Values{}, 303, "/admin/cards")
		post("registrar", "/admin/cards/rotate", url.Values{}, 403, "")
		post("admin", "/admin/cards/end", url.Values{"month": {"2"}, "day": {"31"}}, 422, "Қате:")
		post("admin", "/admin/cards/end", url.Values{"month": {"6"}, "day": {"30"}}, 303, "/admin/cards")
		post("", "/privacy/answer", url.Values{"code": {"x"}}, 422, "Мұндай код жоқ")

		asked, err := privacy.RequestsOf(t.Context(), d.Read(), m.person.ID)
		if err != nil || len(asked) != 1 {
			t.Fatal(asked, err)
		}
		path := "/privacy/requests/" + m.person.ID.String() + "/" + asked[0].ID.String()
		post("chair", path, url.Values{"outcome": {"granted"}}, 403, "")
		post("officer", path, url.Values{"outcome": {"refused"}, "answer": {""}}, 422, "Қате:")
		data, err := m.area.OwnData(m.member)
		if err != nil {
			t.Fatal(err)
		}
		post("officer", path, url.Values{"outcome": {"granted"}, "answer": {"Жойылды"}}, 303, path)
		if _, body, _ := m.do(t, "officer", "GET", path, nil); strings.Contains(body, "Нұрланова") || !strings.Contains(body, "Жойылды") {
			t.Error("after the erasure the page still names the person, or lacks the answer")
		}
		post("", "/privacy/answer", url.Values{"code": {data.Requests[0].Code}}, 200, "Деректеріңіз жойылды")
		if status, _, _ := m.do(t, "officer", "GET", "/privacy/requests/"+id.New().String()+"/"+asked[0].ID.String(), nil); status != 404 {
			t.Errorf("a request of nobody: %d", status)
		}
		if _, body, _ := m.do(t, "member", "GET", "/me", nil); strings.Contains(body, "Нұрланова") || strings.Contains(body, `class="card"`) {
			t.Error("an erased person's page still has the name or a card")
		}
	})
}

func TestMeAPI(t *testing.T) {
	m := serveMe(t, dbtest.SQLite(t))
	mux := http.NewServeMux()
	huma.NewErrorWithContext = func(_ huma.Context, status int, _ string, errs ...error) huma.StatusError {
		if f, ok := errors.AsType[*fault.Fault](errors.Join(errs...)); ok {
			status = f.Kind.Status()
		}
		return &apiError{status}
	}
	m.area.MeAPI(humago.NewWithPrefix(mux, "/api/v1", huma.DefaultConfig("test", "1")))
	call := func(ctx context.Context, method, path, body string) (int, string) {
		r := httptest.NewRequest(method, path, strings.NewReader(body)).WithContext(ctx)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	card, err := m.area.OwnCard(m.member)
	if err != nil {
		t.Fatal(err)
	}
	check := fmt.Sprintf(`{"code":%q}`, card.String())
	for _, c := range []struct {
		who          context.Context
		method, path string
		body         string
		status       int
		want, never  string
	}{
		{m.member, "GET", "/api/v1/me/card", "", 200, card.String(), nationalID},
		{t.Context(), "GET", "/api/v1/me/card", "", 403, "", "Нұрланова"},
		{m.chair, "GET", "/api/v1/me/card", "", 404, "", "Нұрланова"},
		{m.member, "GET", "/api/v1/me/data", "", 200, "Нұрланова", "⟦"},
		{m.partner, "GET", "/api/v1/me/data", "", 404, "", "Нұрланова"},
		{m.member, "POST", "/api/v1/me/requests", `{"kind":"blocking","detail":"Дау бар"}`, 201, `"due":"2026-11-23"`, nationalID},
		{m.member, "POST", "/api/v1/me/requests", `{"kind":"export"}`, 422, "", nationalID},
		{t.Context(), "POST", "/api/v1/me/requests", `{"kind":"blocking","detail":"x"}`, 403, "", nationalID},
		{t.Context(), "GET", "/api/v1/cards/keys", "", 200, `"signature"`, "Нұрланова"},
		{t.Context(), "GET", "/api/v1/cards/revoked", "", 200, `"signature"`, "Нұрланова"},
		{t.Context(), "POST", "/api/v1/cards/check", check, 200, `"state":"valid"`, "Нұрланова"},
		{t.Context(), "POST", "/api/v1/cards/check", `{"code":"x"}`, 200, `"state":"forged"`, "number"},
	} {
		status, body := call(c.who, c.method, c.path, c.body)
		if status != c.status || !strings.Contains(body, c.want) || strings.Contains(body, c.never) {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, body)
		}
	}
}

type apiError struct{ status int }

func (e *apiError) Error() string  { return http.StatusText(e.status) }
func (e *apiError) GetStatus() int { return e.status }
