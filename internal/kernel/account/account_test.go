package account

import (
	"context"
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/pquerna/otp/totp"
	"github.com/prometheus/client_golang/prometheus"

	"odaq/assets"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/audit"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/schema"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/login"
	"odaq/internal/platform/mail"
	"odaq/internal/platform/seal"
	"odaq/internal/platform/web"
	"odaq/internal/testkit/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// world is an installation with a federation and nothing else.
type world struct {
	t   *testing.T
	s   *Service
	d   *db.DB
	top id.ID
	url string

	mu sync.Mutex
	at time.Time
}

func (w *world) now() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.at }
func (w *world) forward(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

func build(t *testing.T, d *db.DB, o login.Options) *world {
	t.Helper()
	ctx := t.Context()
	if _, err := db.Migrate(ctx, d, []db.Source{{Name: "kernel", Number: 1, FS: schema.FS}}); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, d: d, at: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	mux := http.NewServeMux()
	pages := site.New(mux)
	var api http.Handler = mux
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { api.ServeHTTP(rw, r) }))
	t.Cleanup(server.Close)
	// Passkeys need a domain; localhost is one and 127.0.0.1 is not.
	w.url = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)

	keys := seal.Ephemeral()
	o.DB, o.Seal, o.Now, o.BaseURL = d, keys, w.now, w.url
	l, err := login.New(o)
	must(t, err)
	words, err := text.Load(text.Source{Name: "site", FS: site.Locale}, text.Source{Name: "account", FS: Locale})
	must(t, err)
	desk := &act.Desk{DB: d, Events: &event.Bus{}, Clock: w.now, Zone: time.UTC, Log: slog.New(slog.DiscardHandler)}
	desk.Gate, err = access.NewGate(desk.Today, Policy, access.Policy{{Action: "membership.admit", Roles: []access.Role{access.Registrar}, Personal: true}})
	must(t, err)
	w.s = New(Options{Desk: desk, Login: l, Outbox: &mail.Outbox{Seal: keys, Now: w.now}, Text: words, BaseURL: w.url, Demo: true})
	pages.Desk, pages.Text, pages.Who, pages.Log, pages.Demo = desk, words, w.s, desk.Log, true
	pages.Nav = w.s.Module().Nav
	w.s.Pages(pages)
	pages.Handle("GET /{$}", SignIn, func(r *site.Request) error { _, err := io.WriteString(r.W, "front page"); return err })
	mux.Handle("GET "+assets.Prefix, assets.Handler())
	// The API's edge is internal/app's; here is as much of it as these tests need.
	huma.NewErrorWithContext = func(_ huma.Context, status int, msg string, errs ...error) huma.StatusError {
		for _, err := range errs {
			status = fault.Of(act.Fault(err)).Kind.Status()
		}
		return &huma.ErrorModel{Status: status, Title: msg}
	}
	w.s.API(humago.NewWithPrefix(mux, "/api/v1", huma.DefaultConfig("test", "1")))
	pages.Fallback()
	api = web.Wrap(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			actor, err := w.s.Identify(r)
			if err != nil {
				http.Error(rw, err.Error(), fault.Of(err).Kind.Status())
				return
			}
			r = r.WithContext(access.With(r.Context(), actor))
		}
		mux.ServeHTTP(rw, r)
	}), web.Options{Log: desk.Log, Registry: prometheus.NewRegistry(), MaxBody: 1 << 20, Failed: pages.Failed})

	w.top = id.New()
	names := text.Names{KK: "Федерация", RU: "Федерация", EN: "Federation"}
	w.write(func(tx *db.Tx) error {
		_, _, err := org.Record(ctx, tx, org.Event{ID: id.New(), Org: w.top, Kind: org.Found, Day: cal.Date(2000, 1, 1), Decision: "1",
			Detail: org.Detail{Kind: org.Federation, Names: &names}})
		return err
	})
	return w
}

func each(t *testing.T, o login.Options, test func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(t, build(t, d, o)) })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) write(fn func(tx *db.Tx) error) {
	w.t.Helper()
	must(w.t, w.d.Write(w.t.Context(), fn))
}

// person makes an account with roles at the federation and returns it.
func (w *world) person(d Draft, roles ...access.Role) (account id.ID) {
	w.t.Helper()
	w.write(func(tx *db.Tx) (err error) {
		if account, err = w.s.Create(w.t.Context(), tx, d); err != nil {
			return err
		}
		for _, r := range roles {
			if err = access.Give(w.t.Context(), tx, access.Grant{ID: id.New(), Account: account, Role: r, Org: w.top,
				From: cal.Date(2020, 1, 1), To: cal.Forever, Decision: "7"}, cal.At(w.now())); err != nil {
				return err
			}
		}
		return nil
	})
	return account
}

// TestWhereWorkBegins: who only audits begins at the trail; who has an office
// besides, there.
func TestWhereWorkBegins(t *testing.T) {
	w := build(t, dbtest.SQLite(t), login.Options{})
	for want, roles := range map[string][]access.Role{
		"/admin/audit":    {access.Auditor},
		"/admin/accounts": {access.Auditor, access.Admin},
		"/":               {access.Leader},
	} {
		account := w.person(Draft{Label: "Әсем"}, roles...)
		var link string
		w.write(func(tx *db.Tx) (err error) { link, err = w.s.DemoLink(t.Context(), tx, account); return err })
		b := w.browser()
		b.post(link).goes(t, home)
		b.get(home).goes(t, want)
	}
}

func (w *world) password(account id.ID, plain string) {
	w.t.Helper()
	hash, err := w.s.login.HashPassword(w.t.Context(), plain)
	must(w.t, err)
	w.write(func(tx *db.Tx) error { return w.s.login.SetPassword(w.t.Context(), tx, int64(account), hash) })
}

func (w *world) code(account id.ID) (code string) {
	w.t.Helper()
	w.write(func(tx *db.Tx) (err error) { code, err = w.s.Activation(w.t.Context(), tx, account); return err })
	return code
}

// browser has cookies and follows no redirect.
type browser struct {
	w *world
	c *http.Client
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	must(w.t, err)
	return &browser{w, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type page struct {
	status int
	to     string
	text   string
}

func (b *browser) do(method, path string, form url.Values, header ...string) page {
	b.w.t.Helper()
	if form == nil {
		return b.send(method, path, "", header...)
	}
	return b.send(method, path, form.Encode(), append(header, "Content-Type", "application/x-www-form-urlencoded")...)
}

func (b *browser) send(method, path, body string, header ...string) page {
	b.w.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = b.w.url + path
	}
	r, err := http.NewRequestWithContext(b.w.t.Context(), method, path, strings.NewReader(body))
	must(b.w.t, err)
	r.Header.Set("Accept-Language", "en")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a, err := b.c.Do(r)
	must(b.w.t, err)
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	must(b.w.t, err)
	return page{a.StatusCode, a.Header.Get("Location"), html.UnescapeString(string(text))}
}

func (b *browser) get(path string) page { b.w.t.Helper(); return b.do("GET", path, nil) }
func (b *browser) post(path string, pairs ...string) page {
	b.w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.do("POST", path, form)
}

func (p page) goes(t *testing.T, to string) {
	t.Helper()
	if p.status != http.StatusSeeOther || p.to != to {
		t.Fatalf("status %d to %q, want a redirect to %q\n%s", p.status, p.to, to, p.text)
	}
}

func (p page) shows(t *testing.T, status int, texts ...string) {
	t.Helper()
	if p.status != status {
		t.Fatalf("status %d to %q, want %d\n%s", p.status, p.to, status, p.text)
	}
	for _, s := range texts {
		if !strings.Contains(p.text, s) {
			t.Fatalf("the page lacks %q\n%s", s, p.text)
		}
	}
	if strings.Contains(p.text, "⟦") {
		t.Fatalf("a message is missing: %s", p.text[strings.Index(p.text, "⟦"):][:60])
	}
}

const good = "туған жерім бұлақ 47"

func TestSignInByPassword(t *testing.T) {
	each(t, login.Options{}, func(t *testing.T, w *world) {
		account := w.person(Draft{Label: "Aigul", Email: "a@example.kz"})
		w.password(account, good)
		b := w.browser()
		b.get("/account").goes(t, "/sign-in?next=%2Faccount")
		b.get("/sign-in?next=/account").shows(t, 200, "Sign in", `value="/account"`)
		b.post("/sign-in/password", "email", "A@example.kz", "password", good, "next", "/account").goes(t, "/account")
		b.get("/account").shows(t, 200, "Aigul", "This device")
		b.get("/account?lang=kk").shows(t, 200, "Менің тіркелгім")
		b.get("/account?lang=ru").shows(t, 200, "Моя учётная запись")
		b.get("/sign-in").goes(t, home)
		for _, next := range []string{"//evil.example", "https://evil.example", `/\evil.example`, "/sign-out"} {
			c := w.browser()
			c.post("/sign-in/password", "email", "a@example.kz", "password", good, "next", next).goes(t, home)
		}
		b.post("/sign-out").goes(t, "/sign-in")
		b.get("/account").goes(t, "/sign-in?next=%2Faccount")
	})
}

// Whoever tries addresses learns nothing: status, words and limit are the same.
func TestSignInTellsNothing(t *testing.T) {
	each(t, login.Options{PerAccount: login.Limit{Burst: 3, Every: time.Minute}}, func(t *testing.T, w *world) {
		w.password(w.person(Draft{Email: "known@example.kz"}), good)
		w.person(Draft{Email: "bare@example.kz"})
		scrub := func(s, email string) string { return strings.ReplaceAll(s, email, "EMAIL") }
		var first []string
		for _, email := range []string{"known@example.kz", "bare@example.kz", "nobody@example.kz"} {
			var got []string
			b := w.browser()
			for range 4 {
				p := b.post("/sign-in/password", "email", email, "password", "wrong password here")
				got = append(got, http.StatusText(p.status)+scrub(p.text, email))
			}
			if !strings.HasPrefix(got[0], "Unprocessable") || !strings.HasPrefix(got[3], "Too Many") {
				t.Fatalf("%s: %.40s … %.40s", email, got[0], got[3])
			}
			if strings.Contains(got[0], "wrong password here") {
				t.Fatal("the password comes back in the page")
			}
			if first == nil {
				first = got
			}
			for i := range got {
				if got[i] != first[i] {
					t.Fatalf("attempt %d with %s is answered differently", i+1, email)
				}
			}
		}
		// The right password is limited like a wrong one, and works a minute later.
		b := w.browser()
		b.post("/sign-in/password", "email", "known@example.kz", "password", good).shows(t, 429)
		w.forward(time.Minute)
		b.post("/sign-in/password", "email", "known@example.kz", "password", good).goes(t, home)
		// A link is promised to everybody, and sent to who is known.
		for _, email := range []string{"known@example.kz", "nobody@example.kz"} {
			w.browser().post("/sign-in/mail", "email", email).goes(t, "/sign-in/mail?sent=email")
		}
		all, err := w.s.o.Outbox.List(t.Context(), w.d.Read(), 0, 10)
		must(t, err)
		if len(all) != 1 || all[0].Message.To != "known@example.kz" {
			t.Fatalf("%+v", all)
		}
	})
}

var linkPattern = regexp.MustCompile(`/sign-in/code/[0-9A-Z-]+`)

func TestSignInByCode(t *testing.T) {
	each(t, login.Options{}, func(t *testing.T, w *world) {
		account := w.person(Draft{Label: "Aigul", Email: "a@example.kz"})
		code := w.code(account)
		b := w.browser()
		b.post("/sign-in/code", "code", "K7QF-2M9X-41TB-WN8R").shows(t, 422, "Error: Sign in", "That did not work")
		for range 3 {
			b.get("/sign-in/code/"+code).shows(t, 200, "A code works once") // looking uses nothing up
		}
		b.post("/sign-in/code/"+code).goes(t, home)
		b.get("/account").shows(t, 200, "Aigul")
		w.browser().post("/sign-in/code", "code", code).shows(t, 422)
		// By e-mail.
		w.browser().post("/sign-in/mail", "email", "a@example.kz").goes(t, "/sign-in/mail?sent=email")
		out := w.browser().get("/demo/outbox")
		out.shows(t, 200, "a@example.kz")
		link := linkPattern.FindString(out.text)
		w.browser().post(link).goes(t, home)
		w.browser().post(link).shows(t, 422)
		// For demonstrations: again and again.
		var demo string
		w.write(func(tx *db.Tx) (err error) { demo, err = w.s.DemoLink(t.Context(), tx, account); return err })
		for range 3 {
			c := w.browser()
			c.post(demo).goes(t, home)
			c.get("/account").shows(t, 200, "Aigul")
		}
		w.s.o.Demo = false
		err := w.d.Write(t.Context(), func(tx *db.Tx) error { _, err := w.s.DemoLink(t.Context(), tx, account); return err })
		if !fault.Is(err, fault.Denied) {
			t.Fatalf("outside a demonstration: %v", err)
		}
		w.browser().get("/demo/outbox").shows(t, 404)
	})
}

func (w *world) totp(b *browser) (code func() string, recovery []string) {
	w.t.Helper()
	b.post("/account/totp").goes(w.t, "/account/totp")
	p := b.get("/account/totp")
	p.shows(w.t, 200, "<svg", "QR code for the app")
	secret := strings.ReplaceAll(regexp.MustCompile(`id="secret">([A-Z2-7 ]+)<`).FindStringSubmatch(p.text)[1], " ", "")
	code = func() string {
		s, err := totp.GenerateCode(secret, w.now())
		must(w.t, err)
		return s
	}
	b.post("/account/totp/confirm", "code", "12345").shows(w.t, 422, "The code does not fit")
	p = b.post("/account/totp/confirm", "code", code())
	p.shows(w.t, 200, "Recovery codes")
	for _, m := range regexp.MustCompile(`[0-9A-Z]{5}-[0-9A-Z]{5}`).FindAllString(p.text, -1) {
		recovery = append(recovery, m)
	}
	if len(recovery) != 10 {
		w.t.Fatalf("%d recovery codes", len(recovery))
	}
	return code, recovery
}

func TestSecondFactor(t *testing.T) {
	each(t, login.Options{}, func(t *testing.T, w *world) {
		admin := w.person(Draft{Label: "Admin", Email: "admin@example.kz"}, access.Admin)
		w.password(admin, good)
		in := func() *browser {
			b := w.browser()
			b.post("/sign-in/password", "email", "admin@example.kz", "password", good, "next", "/admin/accounts").
				goes(t, "/account/second?next=%2Fadmin%2Faccounts")
			return b
		}
		b := in()
		b.get("/account/second").shows(t, 200, "Set up an app")
		b.get("/admin/accounts").goes(t, "/account/second?next=%2Fadmin%2Faccounts") // a role without the factor opens nothing
		code, recovery := w.totp(b)
		b.get("/admin/accounts").shows(t, 200, "Admin") // setting it up proved it

		b = in()
		w.forward(time.Minute)
		b.post("/account/second", "code", "000000", "next", "/admin/accounts").shows(t, 422, "The code does not fit")
		// With the password alone the factor can be neither removed nor replaced, nor the account taken.
		for _, path := range []string{"/account/totp/remove", "/account/totp", "/account/recovery", "/account/password", "/account/email",
			"/account/tokens", "/account/passkeys/begin", "/account/oidc/remove"} {
			b.post(path, "password", good+"x").shows(t, 403)
		}
		b.post("/account/second", "code", code(), "next", "/admin/accounts").goes(t, "/admin/accounts")
		b.get("/admin/accounts").shows(t, 200, "Admin")
		used := code()
		in().post("/account/second", "code", used).shows(t, 422) // seen over the shoulder
		in().post("/account/second", "code", recovery[0]).goes(t, home)
		in().post("/account/second", "code", recovery[0]).shows(t, 422)
		b.get("/account").shows(t, 200, "9 recovery codes left")
		b.post("/account/totp/remove").goes(t, "/account")
		// Guessing is limited.
		c := in()
		w.totp(c)
		c = in()
		for range 9 {
			c.post("/account/second", "code", "000000")
		}
		w.forward(time.Second)
		var last page
		for range 3 {
			last = c.post("/account/second", "code", "000000")
		}
		last.shows(t, 429, "Too many attempts")
	})
}

func TestSessionsPage(t *testing.T) {
	each(t, login.Options{}, func(t *testing.T, w *world) {
		account := w.person(Draft{Label: "Aigul", Email: "a@example.kz"})
		w.password(account, good)
		in := func() *browser {
			b := w.browser()
			b.post("/sign-in/password", "email", "a@example.kz", "password", good).goes(t, home)
			return b
		}
		a, b, c := in(), in(), in()
		ends := regexp.MustCompile(`/account/sessions/([0-9a-z]{13})/end`).FindAllString(a.get("/account").text, -1)
		if len(ends) != 2 {
			t.Fatalf("two other sessions can be closed, not %d", len(ends))
		}
		a.post(ends[0]).goes(t, "/account")
		open := 0
		for _, x := range []*browser{b, c} {
			if x.get("/account").status == 200 {
				open++
			}
		}
		if open != 1 {
			t.Fatalf("%d of two others are open", open)
		}
		a.post(ends[0]).shows(t, 404)
		a.post("/account/sessions/end-others").goes(t, "/account")
		b.get("/account").goes(t, "/sign-in?next=%2Faccount")
		c.get("/account").goes(t, "/sign-in?next=%2Faccount")
		// A new password closes the others too, and asks for the old one.
		d := in()
		a.post("/account/password", "password", "жаңа бұлақ жерім 48").shows(t, 422, "The current password does not fit")
		a.post("/account/password", "current", good, "password", "password123").shows(t, 422, "easy to guess")
		a.post("/account/password", "current", good, "password", "short").shows(t, 422, "At least 10")
		a.post("/account/password", "current", good, "password", "жаңа бұлақ жерім 48").goes(t, "/account")
		d.get("/account").goes(t, "/sign-in?next=%2Faccount")
		a.get("/account").shows(t, 200, "The password is saved")
		w.browser().post("/sign-in/password", "email", "a@example.kz", "password", good).shows(t, 422)
		w.browser().post("/sign-in/password", "email", "a@example.kz", "password", "жаңа бұлақ жерім 48").goes(t, home)
	})
}

func TestOwnEmail(t *testing.T) {
	each(t, login.Options{}, func(t *testing.T, w *world) {
		b := w.browser()
		b.post("/sign-in/code/"+w.code(w.person(Draft{Person: 70}))).goes(t, home)
		b.post("/account/email", "email", "nonsense").shows(t, 422, "name@example.kz")
		b.post("/account/email", "email", "new@example.kz").goes(t, "/account/email")
		code := regexp.MustCompile(`Your code is ([0-9A-Z-]+)\.`).FindStringSubmatch(b.get("/demo/outbox").text)[1]
		b.get("/account/email").shows(t, 200, "Confirm your address")
		b.post("/account/email/confirm", "code", "0000-0000").shows(t, 422)
		b.post("/account/email/confirm", "code", code).goes(t, "/account")
		b.post("/account/email/confirm", "code", code).shows(t, 409)
		b.get("/account").shows(t, 200, "new@example.kz")
		if got, err := w.s.login.OfEmail(t.Context(), w.d.Read(), "new@example.kz"); err != nil || got == 0 {
			t.Fatal(got, err)
		}
		// Erased: nothing opens it any more.
		w.write(func(tx *db.Tx) error { return w.s.Forget(t.Context(), tx, 70) })
		b.get("/account").goes(t, "/sign-in?next=%2Faccount")
		if _, err := w.s.Of(t.Context(), w.d.Read(), 70); !fault.Is(err, fault.NotFound) {
			t.Fatal(err)
		}
	})
}

func TestTokens(t *testing.T) {
	each(t, login.Options{}, func(t *testing.T, w *world) {
		account := w.person(Draft{Label: "Registrar"}, access.Registrar)
		b := w.browser()
		b.post("/sign-in/code/"+w.code(account)).goes(t, "/account/second?next=%2Fhome")
		b.post("/account/tokens", "name", "", "days", "900").shows(t, 422, "Fill this in", "Choose what the token may do", "from 1 to 366")
		b.post("/account/tokens", "name", "all", "scopes", "*", "days", "9").shows(t, 422, "There is no such action")
		p := b.post("/account/tokens", "name", "export", "scopes", "membership.*", "scopes", "account.*", "days", "10")
		p.shows(t, 200, "export")
		secret := regexp.MustCompile(`odaq_[a-z0-9]+`).FindString(p.text)
		if got := b.get("/account"); strings.Contains(got.text, secret) || !strings.Contains(got.text, "export") {
			t.Fatal("the list shows the token's name and never its secret")
		}
		api := w.browser()
		with := func(method, path, token string) page {
			return api.do(method, path, nil, "Authorization", "Bearer "+token)
		}
		me := with("GET", "/api/v1/me", secret)
		me.shows(t, 200)
		var got Me
		must(t, json.Unmarshal([]byte(me.text), &got))
		if got.Account != account || got.Name != "Registrar" || len(got.Roles) != 1 || got.Roles[0].Org != w.top || len(got.Scopes) != 2 {
			t.Fatalf("%+v", got)
		}
		with("GET", "/api/v1/tokens", secret).shows(t, 200, `"name":"export"`)
		with("GET", "/api/v1/sessions", secret).shows(t, 200, `"device"`)
		with("GET", "/api/v1/me", secret+"x").shows(t, 403)
		api.get("/api/v1/me").shows(t, 403)
		// A token makes no token.
		want := `{"name":"more","scopes":["membership.*"],"days":5}`
		api.send("POST", "/api/v1/tokens", want, "Authorization", "Bearer "+secret, "Content-Type", "application/json").shows(t, 403)
		// Nor does it change how its owner signs in.
		for _, path := range []string{"/account/password", "/account/totp", "/account/email", "/account/passkeys/begin"} {
			api.do("POST", path, url.Values{"password": {good}}, "Authorization", "Bearer "+secret).shows(t, 403)
		}
		// A session does.
		p = b.send("POST", "/api/v1/tokens", want, "Content-Type", "application/json")
		p.shows(t, 201, `"secret":"odaq_`)
		b.send("POST", "/api/v1/tokens", `{"name":"","scopes":["king.*"],"days":5}`, "Content-Type", "application/json").shows(t, 422)
		// Scopes: what the role has and the token has not is refused.
		actor := func(token string) access.Actor {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Authorization", "Bearer "+token)
			a, err := w.s.Identify(r)
			must(t, err)
			return a
		}
		gate, q := w.s.o.Desk.Gate, w.d.Read()
		must(t, gate.Require(t.Context(), q, actor(secret), "membership.admit", w.top))
		p = b.post("/account/tokens", "name", "narrow", "scopes", "audit.read", "days", "1")
		narrow := regexp.MustCompile(`odaq_[a-z0-9]+`).FindString(p.text)
		if err := gate.Require(t.Context(), q, actor(narrow), "membership.admit", w.top); !fault.Is(err, fault.Denied) {
			t.Fatalf("a token without the scope: %v", err)
		}
		with("GET", "/api/v1/me", narrow).shows(t, 403)
		w.forward(25 * time.Hour)
		with("GET", "/api/v1/me", narrow).shows(t, 403) // expired
		c := w.browser()
		c.post("/sign-in/code/" + w.code(account))
		revoke := regexp.MustCompile(`/account/tokens/[0-9a-z]{13}/revoke`).FindAllString(c.get("/account").text, -1)
		for _, path := range revoke {
			c.post(path).goes(t, "/account")
		}
		with("GET", "/api/v1/me", secret).shows(t, 403)
	})
}

func TestAdministration(t *testing.T) {
	each(t, login.Options{}, func(t *testing.T, w *world) {
		admin := w.person(Draft{Label: "Admin"}, access.Admin)
		member := w.person(Draft{Person: 70, Email: "m@example.kz"})
		var link string
		w.write(func(tx *db.Tx) (err error) { link, err = w.s.DemoLink(t.Context(), tx, admin); return err })
		a, m := w.browser(), w.browser()
		a.post(link).goes(t, home)
		m.post("/sign-in/code/"+w.code(member)).goes(t, home)
		for _, path := range []string{"/admin/accounts", "/admin/accounts/new", "/admin/accounts/" + admin.String(), "/admin/accounts/" + admin.String() + "/grant", "/admin/audit"} {
			m.get(path).shows(t, 403)
		}
		m.post("/admin/accounts/"+member.String()+"/grant", "org", w.top.String(), "role", "admin", "decision", "1").shows(t, 403)
		m.post("/admin/accounts/"+admin.String()+"/slip").shows(t, 403)

		a.get("/admin/accounts").shows(t, 200, "Admin", "A member")
		if p := a.get("/admin/accounts/" + member.String()); strings.Contains(p.text, "m@example.kz") {
			t.Fatal("an administrator does not see a member's address")
		}
		a.post("/admin/accounts", "label", "", "email", "x").shows(t, 422, "Fill this in", "name@example.kz")
		p := a.post("/admin/accounts", "label", "Registrar of mines", "email", "r@example.kz", "language", "ru")
		if p.status != 303 || !strings.HasPrefix(p.to, "/admin/accounts/") {
			t.Fatalf("%+v", p)
		}
		a.post("/admin/accounts", "label", "Twice", "email", "R@example.kz", "language", "ru").shows(t, 409, "There is one already")
		sheet := p.to
		p = a.post(sheet + "/slip")
		p.shows(t, 200, "Первый вход", "Жүйеге алғашқы кіру", "<svg")
		code := regexp.MustCompile(`[0-9A-Z]{4}(-[0-9A-Z]{4}){3}`).FindString(p.text)
		r := w.browser()
		r.post("/sign-in/code", "code", code).goes(t, home)

		a.get(sheet+"/grant?find=федерация").shows(t, 200, w.top.String(), "Registrar")
		a.post(sheet+"/grant?find=федерация", "org", w.top.String(), "role", "registrar").shows(t, 422, "no role is given without one")
		a.post(sheet+"/grant?find=федерация", "org", "", "role", "king", "decision", "12").shows(t, 422, "Choose the organisation")
		a.post(sheet+"/grant?find=федерация", "org", w.top.String(), "role", "registrar", "from", "2026-11-22", "to", "2026-11-22", "decision", "12").shows(t, 422, "must come after")
		a.post(sheet+"/grant", "org", w.top.String(), "role", "registrar", "decision", "12-б").goes(t, sheet)
		a.post("/admin/accounts/"+admin.String()+"/grant", "org", w.top.String(), "role", "registrar", "decision", "12").shows(t, 409, "role to yourself")
		p = a.get(sheet)
		p.shows(t, 200, "12-б", "Registrar")
		end := regexp.MustCompile(`/admin/grants/[0-9a-z]{13}/end`).FindString(p.text)
		a.post(end).shows(t, 422)
		a.post(end, "decision", "13").goes(t, sheet)
		a.get(sheet).shows(t, 200, "Not in force")

		a.post(sheet+"/state", "state", "locked").goes(t, sheet)
		r.get("/account").goes(t, "/sign-in?next=%2Faccount")
		a.post("/admin/accounts/"+admin.String()+"/state", "state", "locked").shows(t, 409)
		a.post(sheet+"/state", "state", "open").goes(t, sheet)
		a.post(sheet+"/reset").goes(t, sheet)

		auditor := w.person(Draft{Label: "Auditor"}, access.Auditor)
		w.write(func(tx *db.Tx) (err error) { link, err = w.s.DemoLink(t.Context(), tx, auditor); return err })
		u := w.browser()
		u.post(link).goes(t, home)
		u.get("/admin/audit").shows(t, 200, "account.grant", "12-б", "Admin")
		u.get("/admin/audit?action=account.grant&check=1").shows(t, 200, "The chain is whole")
		if p := u.get("/admin/audit?action=account.grant"); strings.Count(p.text, "signin<") > 1 {
			t.Fatal("filtered by action")
		}
		for _, leak := range []string{"r@example.kz", "m@example.kz", code} {
			if strings.Contains(u.get("/admin/audit").text, leak) {
				t.Fatalf("the trail holds %q", leak)
			}
		}
		a.get("/admin/audit").shows(t, 403)
		if _, _, err := audit.Verify(context.Background(), w.d.Read()); err != nil {
			t.Fatal(err)
		}
	})
}
