// Package journey_test walks through the whole application as people do: in a
// real Chromium, on a small synthetic federation behind a real server, with
// JavaScript and without it.
package journey_test

import (
	"context"
	"encoding/csv"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"odaq/internal/app"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/account"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/browser"
	"odaq/internal/testkit/story"
)

const members = 2000

// place is the demo's federation behind a server, with a way in for each role.
type place struct {
	*app.App
	url   string
	doors map[access.Role]app.Door
}

func build(t *testing.T) *place {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &place{doors: map[access.Role]app.Door{}}
	config := app.Config{Database: "sqlite:" + filepath.Join(t.TempDir(), "odaq.db"), Profile: "kz", Listen: l.Addr().String(), Grace: time.Second}
	if p.App, err = app.Open(t.Context(), config, app.Options{Demo: true, Migrate: true, Ephemeral: true}); err != nil {
		t.Fatal(err)
	}
	if err := p.SeedDemo(app.System(t.Context()), members, func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	doors, err := p.Doors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range doors {
		p.doors[d.Role] = d
	}
	p.url = config.Base()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- p.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// account makes one more account with a role and gives its activation code.
func (p *place) account(t *testing.T, role access.Role, at id.ID) string {
	t.Helper()
	ctx := app.System(t.Context())
	var code string
	err := p.DB.Write(ctx, func(tx *db.Tx) error {
		v, err := p.Who.Create(ctx, tx, account.Draft{Label: "Сынақ"})
		if err != nil {
			return err
		}
		if err := access.Give(ctx, tx, access.Grant{ID: id.New(), Account: v, Role: role, Org: at, From: cal.Date(2020, 1, 1), To: cal.Forever, Decision: "1"}, 0); err != nil {
			return err
		}
		code, err = p.Who.Activation(ctx, tx, v)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// client signs somebody in without a browser.
func (p *place) client(t *testing.T, role access.Role) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar}
	answer, err := c.PostForm(p.doors[role].Link, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("the %s cannot sign in: %s", role, answer.Status)
	}
	return c
}

// visitor is somebody at a browser.
type visitor struct {
	t   *testing.T
	ctx context.Context
	url string
}

func (p *place) visitor(t *testing.T, scripts bool) *visitor {
	t.Helper()
	v := &visitor{t, browser.Open(t), p.url}
	if !scripts {
		_, err := chromedp.Call(v.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		if err != nil {
			t.Fatal(err)
		}
	}
	return v
}

// does carries out steps; each has ten seconds.
func (v *visitor) does(what string, steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, 10*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		v.t.Fatalf("%s: %v; the page says: %.400s", what, err, v.page())
	}
}

func (v *visitor) open(path string) {
	v.t.Helper()
	v.does("open "+path, chromedp.Navigate(v.url+path))
}

// enter types into the field of a name what was not there before.
func (v *visitor) enter(name, value string) {
	v.t.Helper()
	sel := `main [name="` + name + `"]`
	v.does("enter "+name, chromedp.Clear(sel), chromedp.SendKeys(sel, value))
}

// set gives a field of choices or dates its value.
func (v *visitor) set(name, value string) {
	v.t.Helper()
	v.does("set "+name, chromedp.SetValue(`main [name="`+name+`"]`, value))
}

func (v *visitor) click(sel string) { v.t.Helper(); v.does("click "+sel, chromedp.Click(sel)) }

// value is what stands in a field.
func (v *visitor) value(name string) string {
	v.t.Helper()
	s, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`document.querySelector('main [name="`+name+`"]').value`))
	if err != nil {
		v.t.Fatalf("field %s: %v", name, err)
	}
	return s
}

// page is the text of the page, with one kind of space; empty while it loads.
func (v *visitor) page() string {
	s, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
	if err != nil {
		return ""
	}
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s)
}

func (v *visitor) at() string {
	s, err := chromedp.Run(v.ctx, chromedp.Location())
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(s, v.url)
}

// sees waits until the page says all of the words.
func (v *visitor) sees(words ...string) {
	v.t.Helper()
	v.waits("see "+strings.Join(words, ", "), func() bool {
		page := v.page()
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(page, w) })
	})
}

// arrives waits until the address begins so.
func (v *visitor) arrives(path string) {
	v.t.Helper()
	v.waits("arrive at "+path, func() bool { return strings.HasPrefix(v.at(), path) && v.page() != "" })
}

func (v *visitor) waits(what string, done func() bool) {
	v.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if done() {
			return
		}
		if time.Now().After(deadline) {
			v.t.Fatalf("waited in vain to %s; at %s the page says: %.1500s", what, v.at(), v.page())
		}
	}
}

// signIn types the code of a sign-in link into the form.
func (v *visitor) signIn(link string) {
	v.t.Helper()
	v.open("/sign-in?lang=ru")
	v.enter("code", link[strings.LastIndex(link, "/")+1:])
	v.click(`form[action="/sign-in/code"] button`)
	v.waits("be signed in", func() bool { return !strings.HasPrefix(v.at(), "/sign-in") && v.page() != "" })
}

// TestJourneys are the ways people go most, with JavaScript and without.
func TestJourneys(t *testing.T) {
	p := build(t)
	for name, scripts := range map[string]bool{"JavaScript on": true, "JavaScript off": false} {
		t.Run(name, func(t *testing.T) {
			t.Run("sign in by code", func(t *testing.T) { p.signInByCode(t, scripts) })
			t.Run("admit a member", func(t *testing.T) { p.admit(t, scripts) })
			t.Run("import and undo", func(t *testing.T) { p.importAndUndo(t, scripts) })
			t.Run("another language", func(t *testing.T) { p.anotherLanguage(t, scripts) })
			t.Run("another day", func(t *testing.T) { p.anotherDay(t, scripts) })
		})
	}
}

// A wrong code is refused and stays in its field; the slip's code works once,
// and leads staff to their second factor.
func (p *place) signInByCode(t *testing.T, scripts bool) {
	v := p.visitor(t, scripts)
	code := p.account(t, access.Chair, p.doors[access.Chair].Org)
	v.open("/members?lang=ru")
	v.arrives("/sign-in?next=")
	v.enter("code", "K7QF-2M9X-41TB-WN8R")
	v.click(`form[action="/sign-in/code"] button`)
	v.waits("be refused", func() bool { return strings.HasPrefix(v.at(), "/sign-in/code") && v.page() != "" })
	if v.value("code") != "K7QF-2M9X-41TB-WN8R" {
		t.Errorf("the field holds %q", v.value("code"))
	}
	v.enter("code", strings.ToLower(strings.ReplaceAll(code, "-", " "))) // as people type it
	v.click(`form[action="/sign-in/code"] button`)
	v.arrives("/members") // where the way began
	v.sees("Сынақ")

	again := p.visitor(t, scripts)
	again.open("/sign-in?lang=ru")
	again.enter("code", code)
	again.click(`form[action="/sign-in/code"] button`)
	again.arrives("/sign-in/code")

	staff := p.visitor(t, scripts)
	staff.open("/sign-in?lang=ru")
	staff.enter("code", p.account(t, access.Registrar, p.doors[access.Registrar].Org))
	staff.click(`form[action="/sign-in/code"] button`)
	staff.arrives("/account/second")
}

// A form with a mistake comes back with all that was typed; the member is then
// found by any spelling.
func (p *place) admit(t *testing.T, scripts bool) {
	v := p.visitor(t, scripts)
	v.signIn(p.doors[access.Chair].Link)
	v.open("/members/new")
	given := map[bool]string{true: "Ғалымжан", false: "Ғалымбек"}[scripts]
	typed := map[string]string{"surname": "Қожахмет0в", "given": given, "patronymic": "Өмірұлы", "decision": "14/2"}
	for name, value := range typed {
		v.enter(name, value)
	}
	v.set("birth", "1984-02-29")
	v.set("category", "worker")
	v.set("day", "2026-03-02")
	v.click(`main form[method="post"] .actions button`)
	v.waits("be told the mistake", func() bool {
		n, err := chromedp.Run(v.ctx, chromedp.Evaluate[int](`document.querySelectorAll("main .err").length`))
		return err == nil && n > 0
	})
	typed["birth"], typed["category"], typed["day"] = "1984-02-29", "worker", "2026-03-02"
	for name, value := range typed {
		if got := v.value(name); got != value {
			t.Errorf("%s was %q and is %q after the refusal", name, value, got)
		}
	}
	v.enter("surname", "Қожахметов")
	v.click(`main form[method="post"] .actions button`)
	v.sees("Қожахметов", "14/2")
	if at := v.at(); strings.HasPrefix(at, "/members/new") {
		t.Fatalf("still at %s", at)
	}
	for _, spelling := range []string{"Кожахметов " + given, "qojahmetov", "Kozhakhmetov"} {
		v.open("/members")
		v.does("search", chromedp.SendKeys(`main input[name="q"]`, spelling+"\r"))
		v.waits("find by "+spelling, func() bool {
			rows, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`[...document.querySelectorAll("main table")].map(e => e.innerText).join()`))
			return err == nil && strings.Contains(v.at(), "q=") && strings.Contains(rows, "Қожахметов") && strings.Contains(rows, given)
		})
	}
}

// 5,000 rows of which 37 are wrong: the report, the error file, the undo.
func (p *place) importAndUndo(t *testing.T, scripts bool) {
	v := p.visitor(t, scripts)
	seed := map[bool]uint64{true: 1, false: 2}[scripts]
	day := cal.Date(2025, 6, 2)
	at := p.primaryOf(t, p.doors[access.Registrar].Org)
	_, table := story.Invent(seed).Table(5000, 37, day)
	file := filepath.Join(t.TempDir(), "мүшелер.csv")
	f, err := os.Create(file)
	if err == nil {
		err = csv.NewWriter(f).WriteAll(table)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	before := p.members(t)
	v.signIn(p.doors[access.Registrar].Link)
	v.open("/members/import?org=" + at.String())
	v.does("choose the file", chromedp.SetUploadFiles(`main input[type="file"]`, []string{file}))
	v.click(`main form[enctype] .actions button`)
	v.sees("мүшелер.csv", "Проверить файл")
	v.click(`main form[method="post"] .actions button`)
	v.sees("Внести: 4 963")
	v.sees("Строки с ошибками")
	if n := p.members(t); n != before {
		t.Errorf("the check alone brought %d members in", n-before)
	}
	v.press("run")
	v.sees("Отменить загрузку")
	v.sees("4 963", "37", "Файл ошибок")
	if n := p.members(t); n != before+4963 {
		t.Errorf("%d members were entered, want 4963", n-before)
	}
	href, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`document.querySelector('main a[href$="/errors"]').getAttribute("href")`))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := p.client(t, access.Registrar).Get(p.url + href)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(body), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 38 || !strings.Contains(answer.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the error file has %d lines (%v), want the titles and 37: %s", len(rows), err, answer.Header.Get("Content-Disposition"))
	}
	v.click(`main a[href$="/undo"]`)
	v.arrives("/members/import/")
	v.sees("Да, отменить")
	v.click(`main form[method="post"] .actions button`)
	v.sees("Внесённое этим файлом отменено")
	if n := p.members(t); n != before {
		t.Errorf("after the undo there are %d members, %d before the import", n, before)
	}
}

// press sends the little form that does something.
func (v *visitor) press(do string) {
	v.t.Helper()
	v.click(`main form:has(input[name="do"][value="` + do + `"]) button`)
}

// members counts all members of the federation today.
func (p *place) members(t *testing.T) int64 {
	t.Helper()
	top, err := org.Top(t.Context(), p.DB.Read(), p.Desk.Today())
	if err != nil {
		t.Fatal(err)
	}
	n, err := p.Areas.Membership.Beneath(t.Context(), p.DB.Read(), top.Org, p.Desk.Today())
	if err != nil {
		t.Fatal(err)
	}
	return n.Total
}

// primaryOf is a primary organisation beneath one, that was there on the day of
// the imports.
func (p *place) primaryOf(t *testing.T, under id.ID) id.ID {
	t.Helper()
	found, err := org.List(t.Context(), p.DB.Read(), org.Find{Day: cal.Date(2025, 6, 2), Under: under, Kinds: []org.Kind{org.Primary}, Limit: 1})
	if err != nil || len(found) == 0 {
		t.Fatalf("no primary organisation: %v", err)
	}
	return found[0].Org
}

// Changing the language keeps address and filters.
func (p *place) anotherLanguage(t *testing.T, scripts bool) {
	v := p.visitor(t, scripts)
	v.open("/orgs?lang=ru")
	v.open("/orgs?day=2019-06-30&kind=union")
	for _, lang := range []text.Lang{text.KK, text.EN, text.RU} {
		v.click(`nav.lang a[lang="` + string(lang) + `"]`)
		v.waits("read "+string(lang), func() bool {
			now, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`document.documentElement.lang`))
			return err == nil && now == string(lang)
		})
		u, err := url.Parse(v.at())
		if err != nil {
			t.Fatal(err)
		}
		if q := u.Query(); u.Path != "/orgs" || q.Get("day") != "2019-06-30" || q.Get("kind") != "union" {
			t.Errorf("in %s the address is %s", lang, u)
		}
	}
	v.open("/orgs") // and the choice stays
	v.sees(p.Text.In(text.RU).T("structure.register.title"))
}

// The federation of 2018 had 18 member organisations, that of 2020 has 23.
func (p *place) anotherDay(t *testing.T, scripts bool) {
	v := p.visitor(t, scripts)
	v.open("/?lang=ru")
	for day, unions := range map[string]int64{"2018-01-01": 18, "2020-06-30": 23} {
		v.set("day", day)
		v.click(`main button[form="as-of"]`)
		v.waits("be in "+day, func() bool { return strings.Contains(v.at(), "day="+day) && v.page() != "" })
		v.sees(p.Text.In(text.RU).N("structure.count.unions", unions))
	}
	v.click(`a[href="/"]`)
	v.waits("be back today", func() bool { return !strings.Contains(v.at(), "day=") })
}
