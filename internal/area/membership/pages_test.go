package membership_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"odaq/internal/area/membership"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/deadline"
	"odaq/internal/kernel/exchange"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/job"
	"odaq/internal/kernel/nationalid"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

// aNumber is a synthetic national ID; it may stand in no answer, log or address.
const aNumber = "650308300019"

// front is an office with its pages and API, and everybody who may knock.
type front struct {
	*office
	mux  *http.ServeMux
	log  *bytes.Buffer
	who  map[string]access.Actor
	text *text.Catalog
}

// staff are the roles held in the test federation: the other union's registrar
// must see nothing of the first union.
var staff = []struct {
	name string
	role access.Role
	at   func(o *office) id.ID
}{
	{"chair", access.Chair, func(o *office) id.ID { return o.primaries[0] }},
	{"registrar", access.Registrar, func(o *office) id.ID { return o.unions[0] }},
	{"other", access.Registrar, func(o *office) id.ID { return o.unions[1] }},
	{"leader", access.Leader, func(o *office) id.ID { return o.unions[0] }},
	{"dataofficer", access.DataOfficer, func(o *office) id.ID { return o.top }},
	{"partner", access.Partner, func(o *office) id.ID { return o.top }},
	{"observer", access.Observer, func(o *office) id.ID { return o.top }},
	{"admin", access.Admin, func(o *office) id.ID { return o.top }},
	{"auditor", access.Auditor, func(o *office) id.ID { return o.top }},
}

type identify struct{ f *front }

func (i identify) Identify(r *http.Request) (access.Actor, error) {
	return i.f.who[r.Header.Get("X-Who")], nil
}

func openFront(t *testing.T, d *db.DB) *front {
	t.Helper()
	f := &front{office: open(t, d), mux: http.NewServeMux(), log: &bytes.Buffer{}, who: map[string]access.Actor{}}
	for _, s := range staff {
		account := id.New()
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return access.Give(t.Context(), tx, access.Grant{ID: id.New(), Account: account, Role: s.role, Org: s.at(f.office), From: cal.Date(2015, 1, 1), To: cal.Forever, Decision: "2"}, 0)
		})
		if err != nil {
			t.Fatal(err)
		}
		f.who[s.name] = access.Actor{Account: account, Name: s.name, Second: true}
	}
	f.who["member"] = access.Actor{Account: id.New(), Person: id.New(), Name: "member"}
	m := f.area.Module()
	var err error
	f.text, err = text.Load(text.Source{Name: "site", FS: site.Locale}, text.Source{Name: "org", FS: org.Locale}, text.Source{Name: "nationalid", FS: nationalid.Locale},
		text.Source{Name: "privacy", FS: privacy.Locale}, text.Source{Name: "deadline", FS: deadline.Locale}, text.Source{Name: "exchange", FS: exchange.Locale},
		text.Source{Name: "job", FS: job.Locale}, text.Source{Name: m.Name, FS: localePieces(t)})
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(f.log, nil))
	f.desk.Log = logger
	s := site.New(f.mux)
	s.Desk, s.Text, s.Who, s.Log, s.Nav = f.desk, f.text, identify{f}, logger, m.Nav
	m.Pages(s)
	config := huma.DefaultConfig("test", "1")
	config.CreateHooks = nil
	m.API(humago.NewWithPrefix(f.mux, "/api/v1", config))
	return f
}

// localePieces are the area's messages: one file a language, and pieces beside
// it where they have not been put together yet.
func localePieces(t *testing.T) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	for _, l := range text.Langs {
		name := "locale/" + string(l) + ".toml"
		all, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pieces, err := filepath.Glob("locale/*." + string(l) + ".toml")
		if err != nil {
			t.Fatal(err)
		}
		for _, piece := range pieces {
			b, err := os.ReadFile(piece)
			if err != nil {
				t.Fatal(err)
			}
			if first := regexp.MustCompile(`(?m)^\[".*"\]$`).Find(b); !bytes.Contains(all, append(first, '\n')) {
				all = slices.Concat(all, []byte("\n"), b)
			}
		}
		out[name] = &fstest.MapFile{Data: all}
	}
	return out
}

// answered is what came back, checked for what may never be in it.
type answered struct {
	status   int
	body     string
	location string
}

func (f *front) send(t *testing.T, who, method, path string, form url.Values, headers ...string) answered {
	t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequestWithContext(t.Context(), method, path, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("X-Who", who)
	r.Header.Set("Accept-Language", "ru")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return f.serve(t, r)
}

func (f *front) serve(t *testing.T, r *http.Request) answered {
	t.Helper()
	w := httptest.NewRecorder()
	f.mux.ServeHTTP(w, r)
	out := answered{w.Code, w.Body.String(), w.Header().Get("Location")}
	if w.Code >= 500 {
		t.Errorf("%s %s: %d, log %s", r.Method, r.URL.Path, w.Code, f.log)
	}
	if i := strings.Index(out.body, "⟦"); i >= 0 {
		t.Errorf("%s %s has no words for %s", r.Method, r.URL.Path, out.body[i:min(len(out.body), i+60)])
	}
	if strings.Contains(out.location+f.log.String(), aNumber) {
		t.Errorf("%s %s puts a national ID into an address or the log", r.Method, r.URL.Path)
	}
	return out
}

func (f *front) get(t *testing.T, who, path string) answered {
	t.Helper()
	out := f.send(t, who, "GET", path, nil)
	if strings.Contains(out.body, aNumber) {
		t.Errorf("GET %s answers with a national ID", path)
	}
	return out
}

// admitted enters a member of the first primary organisation.
func (f *front) admitted(t *testing.T) membership.Person {
	t.Helper()
	p, err := f.area.Admit(f.registrar, f.request(f.primaries[0], "Нұрланова", aNumber, cal.Date(2024, 3, 1)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (f *front) query(t *testing.T, sql string, args ...any) (n int) {
	t.Helper()
	if err := f.db.Read().QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPagesByRole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		p := f.admitted(t)
		application := f.applied(t, "Сапарова", "")
		person, step := "/members/"+p.ID.String(), "/members/"+p.ID.String()+"/"
		const shown, hidden = "Нұрланова", "Сапарова"
		readers := map[string]int{"chair": 200, "registrar": 200, "leader": 200, "dataofficer": 200, "other": 404, "partner": 403, "observer": 403, "admin": 403, "auditor": 403, "member": 403, "": 303}
		with := func(change map[string]int) map[string]int {
			out := map[string]int{}
			for who, status := range readers {
				out[who] = status
			}
			for who, status := range change {
				out[who] = status
			}
			return out
		}
		keepers := map[string]int{"leader": 403, "dataofficer": 403}
		absent := map[string]int{"partner": 404, "observer": 404, "admin": 404, "auditor": 404, "member": 404}
		nobody := with(absent)
		open := map[string]int{"chair": 200, "registrar": 200, "leader": 200, "dataofficer": 200, "other": 200, "partner": 200, "observer": 200, "admin": 200, "auditor": 200, "member": 200, "": 200}
		merge := func(all ...map[string]int) map[string]int {
			out := map[string]int{}
			for _, m := range all {
				for k, v := range m {
					out[k] = v
				}
			}
			return out
		}
		for _, c := range []struct {
			path string
			want map[string]int
			name string // must stand on a page with status 200, and on no other
		}{
			{"/members", with(map[string]int{"other": 200}), shown},
			{"/members?q=нурлан", with(map[string]int{"other": 200}), shown},
			{"/members?day=2025-01-01", with(map[string]int{"other": 200}), shown},
			{"/members?day=2025-01-01&q=нурлан+айг", with(map[string]int{"other": 200}), shown},
			{"/members?org=" + f.primaries[0].String(), readers, shown},
			{"/members?status=applicant", with(map[string]int{"other": 200}), hidden},
			{person, readers, shown},
			{step + "transfer", with(keepers), shown},
			{step + "suspend", with(keepers), shown},
			{step + "category", with(keepers), shown},
			{step + "correct", with(keepers), shown},
			{step + "end", with(keepers), shown},
			{step + "number", with(map[string]int{"chair": 403, "leader": 403}), shown},
			{step + "looked", with(map[string]int{"chair": 403, "registrar": 403, "leader": 403}), shown},
			{step + "nothing", with(map[string]int{"chair": 404, "registrar": 404, "leader": 404, "dataofficer": 404}), shown},
			{"/members/new", merge(nobody, keepers, map[string]int{"other": 200}), ""},
			{"/members/new?org=" + f.primaries[0].String(), merge(nobody, keepers), ""},
			{"/members/find-id", merge(nobody, map[string]int{"chair": 403, "leader": 403, "other": 200}), ""},
			{"/applications", merge(nobody, keepers, map[string]int{"other": 200}), hidden},
			{"/applications/" + application.String(), merge(nobody, keepers), hidden},
			{"/join", open, ""},
			{"/join?org=" + f.primaries[0].String(), open, ""},
			{"/join/done", open, ""},
		} {
			for who, want := range c.want {
				got := f.get(t, who, c.path)
				if got.status != want {
					t.Errorf("%q GET %s: %d, want %d", who, c.path, got.status, want)
				}
				if c.name == "" {
					continue
				}
				if sees := strings.Contains(got.body, c.name); sees != (want == 200 && who != "other") {
					t.Errorf("%q GET %s: the name is shown: %v", who, c.path, sees)
				}
				if strings.Contains(got.body, "+7 700") {
					t.Errorf("%q GET %s: contact without being asked for", who, c.path)
				}
			}
		}
		for _, path := range []string{"/members?day=2025-01-01&q=сапар", "/members?day=2024-02-29", "/members?category=student", "/members?q=сапар"} {
			if got := f.get(t, "registrar", path); got.status != 200 || strings.Contains(got.body, shown) || strings.Contains(got.body, hidden) {
				t.Errorf("GET %s shows whom it should not: %d", path, got.status)
			}
		}
		// What nobody but the keepers may do, they cannot do by sending the form either.
		form := url.Values{"version": {"1"}, "day": {"2026-11-20"}, "decision": {"9"}, "reason": {"өтініш"}, "surname": {"Басқа"}, "category": {"student"}, "to": {f.primaries[1].String()}}
		for _, who := range []string{"other", "leader", "dataofficer", "partner", "observer", "admin", "auditor", "member", ""} {
			for _, path := range []string{step + "transfer", step + "suspend", step + "reinstate", step + "category", step + "correct", step + "end",
				"/applications/" + application.String() + "/admit", "/applications/" + application.String() + "/refuse"} {
				if got := f.send(t, who, "POST", path, form); got.status != 403 && got.status != 404 {
					t.Errorf("%q POST %s: %d", who, path, got.status)
				}
			}
			if got := f.send(t, who, "POST", "/members/new", url.Values{"org": {f.primaries[0].String()}, "surname": {"А"}, "category": {"worker"}, "day": {"2026-11-20"}, "decision": {"9"}}); got.status != 403 && got.status != 404 {
				t.Errorf("%q POST /members/new: %d", who, got.status)
			}
		}
		f.count(t, today, 1)
		if got := f.query(t, `SELECT count(*) FROM audit_entry`); got != 2 {
			t.Errorf("%d audit entries, want 2: the admission and the application", got)
		}
	})
}

func TestViewsAreNotedOncePerDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		p := f.admitted(t)
		noted := func(what string, person id.ID) int {
			return f.query(t, `SELECT count(*) FROM privacy_disclosure WHERE what = $1 AND person_id = $2`, what, person)
		}
		for range 3 {
			f.get(t, "chair", "/members")
			f.get(t, "chair", "/members/"+p.ID.String())
			f.get(t, "leader", "/members/"+p.ID.String())
			f.get(t, "other", "/members/"+p.ID.String())
		}
		if n := noted("view", p.ID); n != 2 {
			t.Errorf("%d views noted, want one of the chair and one of the leader", n)
		}
		if n := noted("list", 0); n != 1 {
			t.Errorf("%d lists noted, want 1", n)
		}
		for range 2 {
			got := f.send(t, "chair", "POST", "/members/"+p.ID.String()+"/contact", url.Values{})
			if got.status != 200 || !strings.Contains(got.body, "+7 700 000 00 00") || strings.Contains(got.body, aNumber) {
				t.Errorf("contact: %d", got.status)
			}
		}
		if n := noted("contact", p.ID); n != 2 {
			t.Errorf("%d looks at the contact noted, want each", n)
		}
		if got := f.send(t, "other", "POST", "/members/"+p.ID.String()+"/contact", url.Values{}); got.status != 404 || noted("contact", p.ID) != 2 {
			t.Errorf("another union's registrar asked for the contact: %d", got.status)
		}
		looked := f.get(t, "dataofficer", "/members/"+p.ID.String()+"/looked").body
		for _, want := range []string{"Председатель первичной организации", "Руководитель", "Показаны контакты"} {
			if !strings.Contains(looked, want) {
				t.Errorf("the data officer is not told %q", want)
			}
		}
	})
}

func TestAdmitForm(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		if got := f.get(t, "chair", "/members/new"); !strings.Contains(got.body, `name="org" value="`+f.primaries[0].String()) {
			t.Error("the chair of one organisation is asked for it")
		}
		if got := f.get(t, "registrar", "/members/new"); !strings.Contains(got.body, "/members/new?org="+f.primaries[1].String()) || strings.Contains(got.body, f.primaries[2].String()) {
			t.Error("the registrar is not offered exactly the own organisations")
		}
		form := url.Values{"org": {f.primaries[0].String()}, "surname": {"Әбенова"}, "given": {"Әлия"}, "national_id": {aNumber[:11] + "8"}, "category": {"worker"}, "lang": {"kk"}, "day": {"2026-11-20"}, "decision": {""}}
		got := f.send(t, "chair", "POST", "/members/new", form)
		if got.status != 422 || !strings.Contains(got.body, `value="Әбенова"`) || strings.Contains(got.body, form.Get("national_id")) {
			t.Errorf("refused form: %d, must keep what was typed but the number", got.status)
		}
		for _, want := range []string{`href="#f-national_id"`, `href="#f-decision"`, "<title>Ошибка:"} {
			if !strings.Contains(got.body, want) {
				t.Errorf("refused form lacks %s", want)
			}
		}
		form.Set("national_id", aNumber)
		form.Set("decision", "14/2")
		got = f.send(t, "chair", "POST", "/members/new", form)
		if got.status != 303 || !strings.HasPrefix(got.location, "/members/") {
			t.Fatalf("admitted: %d %s", got.status, got.location)
		}
		page := f.get(t, "chair", got.location)
		for _, want := range []string{"Әбенова Әлия", "Решение № 14/2", "20.11.2026", "8 марта 1965 года"} {
			if !strings.Contains(page.body, want) {
				t.Errorf("the record does not say %q", want)
			}
		}
		form.Set("org", f.primaries[2].String())
		if got := f.send(t, "other", "POST", "/members/new", form); got.status != 422 || !strings.Contains(got.body, "уже член профсоюза") || strings.Contains(got.body, aNumber) {
			t.Errorf("a second membership: %d", got.status)
		}
		f.count(t, today, 1)
	})
}

func TestEditConflictShowsBothVersions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		p := f.admitted(t)
		path := "/members/" + p.ID.String() + "/correct"
		form := url.Values{"version": {"1"}, "surname": {"Нурланова"}, "given": {"Айгерім"}, "birth": {"1965-03-08"},
			"seen_org": {p.Org.String()}, "seen_status": {"active"}, "seen_category": {"worker"}}
		if _, err := f.area.Categorise(f.registrar, membership.Step{Person: p.ID, Version: 1, Day: today, Decision: "3"}, "pensioner"); err != nil {
			t.Fatal(err)
		}
		got := f.send(t, "chair", "POST", path, form)
		if got.status != 409 {
			t.Fatalf("stale form: %d", got.status)
		}
		for _, want := range []string{`value="Нурланова"`, "Нұрланова", "Пенсионер", "Работник", `name="version" value="2"`, "отличается"} {
			if !strings.Contains(got.body, want) {
				t.Errorf("the conflict does not show %q", want)
			}
		}
		form.Set("version", "2")
		if got := f.send(t, "chair", "POST", path, form); got.status != 303 {
			t.Errorf("sent again: %d", got.status)
		}
		if !strings.Contains(f.get(t, "chair", "/members/"+p.ID.String()).body, "Нурланова Айгерім") {
			t.Error("the correction was not made")
		}
	})
}

func TestStepsByForm(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		p := f.admitted(t)
		path := "/members/" + p.ID.String()
		version := regexp.MustCompile(`name="version" value="(\d+)"`)
		do := func(step, query string, fields url.Values) {
			t.Helper()
			page := f.get(t, "registrar", path+"/"+step+query)
			v := version.FindStringSubmatch(page.body)
			if v == nil {
				t.Fatalf("%s: %d without a version", step, page.status)
			}
			fields.Set("version", v[1])
			fields.Set("day", "2026-11-20")
			fields.Set("decision", "77-"+step)
			if got := f.send(t, "registrar", "POST", path+"/"+step, fields); got.status != 303 || got.location != path {
				t.Fatalf("%s: %d %s", step, got.status, got.body)
			}
		}
		do("suspend", "", url.Values{"reason": {"Өз өтініші"}})
		do("reinstate", "", url.Values{})
		do("category", "", url.Values{"category": {"student"}})
		if where := f.get(t, "registrar", path+"/transfer").body; !strings.Contains(where, "to="+f.primaries[1].String()) || strings.Contains(where, f.primaries[2].String()) {
			t.Error("a transfer is not offered exactly where the registrar may")
		}
		do("transfer", "?to="+f.primaries[1].String(), url.Values{"to": {f.primaries[1].String()}})
		do("end", "", url.Values{"reason": {"Зейнет"}})
		page := f.get(t, "registrar", path).body
		for _, want := range []string{"77-suspend", "77-reinstate", "77-category", "77-transfer", "77-end", "Өз өтініші", "Выбыл", "Категория: "} {
			if !strings.Contains(page, want) {
				t.Errorf("the history lacks %q", want)
			}
		}
		if strings.Contains(page, "/suspend") {
			t.Error("a former member can be suspended")
		}
		f.count(t, today, 0)
		// A day that is none, and a missing reason, keep what was typed.
		got := f.send(t, "registrar", "POST", path+"/correct", url.Values{"version": {"6"}, "surname": {"Жаңа"}, "birth": {"2026-02-30"}})
		if got.status != 422 || !strings.Contains(got.body, `value="Жаңа"`) || !strings.Contains(got.body, `href="#f-birth"`) {
			t.Errorf("impossible day: %d", got.status)
		}
	})
}

func TestNationalIDIsOpenedWithAReason(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		p := f.admitted(t)
		path := "/members/" + p.ID.String() + "/number"
		for _, reason := range []string{"", "нөмірі " + aNumber, "6503 0830 0019"} {
			if got := f.send(t, "registrar", "POST", path, url.Values{"reason": {reason}}); got.status != 422 {
				t.Errorf("opened for %q: %d", reason, got.status)
			}
		}
		for _, who := range []string{"chair", "leader", "other", "partner", "admin", "auditor", "member", ""} {
			if got := f.send(t, who, "POST", path, url.Values{"reason": {"тексеру"}}); got.status != 403 && got.status != 404 || strings.Contains(got.body, aNumber) {
				t.Errorf("%q opened it: %d", who, got.status)
			}
		}
		entries := f.query(t, `SELECT count(*) FROM audit_entry`)
		got := f.send(t, "registrar", "POST", path, url.Values{"reason": {"Зейнетақы қорының сұрауы"}})
		if got.status != 200 || !strings.Contains(got.body, aNumber) {
			t.Errorf("opening: %d", got.status)
		}
		if n := f.query(t, `SELECT count(*) FROM audit_entry WHERE action = 'membership.reveal' AND reason = $1`, "Зейнетақы қорының сұрауы"); n != 1 || f.query(t, `SELECT count(*) FROM audit_entry`) != entries+1 {
			t.Errorf("%d audit entries of the opening", n)
		}
		if n := f.query(t, `SELECT count(*) FROM privacy_disclosure WHERE person_id = $1 AND what = 'national-id'`, p.ID); n != 1 {
			t.Errorf("%d disclosures of the opening", n)
		}
		// Without the second factor the page sends to it; the form is refused.
		weak := f.who["registrar"]
		weak.Second = false
		f.who["weak"] = weak
		if got := f.get(t, "weak", path); got.status != 303 || !strings.HasPrefix(got.location, "/account/second") {
			t.Errorf("without the second factor: %d %s", got.status, got.location)
		}
		if got := f.send(t, "weak", "POST", path, url.Values{"reason": {"тексеру"}}); got.status != 403 {
			t.Errorf("without the second factor: %d", got.status)
		}
	})
}

func TestFindByNationalID(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		p := f.admitted(t)
		form := url.Values{"national_id": {aNumber}, "reason": {"Карточканы іздеу"}}
		if got := f.send(t, "registrar", "POST", "/members/find-id", form); got.status != 303 || got.location != "/members/"+p.ID.String() {
			t.Errorf("found: %d %s", got.status, got.location)
		}
		if got := f.send(t, "other", "POST", "/members/find-id", form); got.status != 404 || strings.Contains(got.body, aNumber) || strings.Contains(got.body, "Нұрланова") || strings.Contains(got.body, p.ID.String()) {
			t.Errorf("another union's registrar: %d", got.status)
		}
		for _, who := range []string{"chair", "leader", "partner", "observer", "admin", "auditor", "member", ""} {
			if got := f.send(t, who, "POST", "/members/find-id", form); got.status != 403 && got.status != 404 || got.location != "" {
				t.Errorf("%q: %d", who, got.status)
			}
		}
		if n := f.query(t, `SELECT count(*) FROM audit_entry WHERE action = 'membership.reveal'`); n != 2 {
			t.Errorf("%d searches audited, want both, found or not", n)
		}
		if n := f.query(t, `SELECT count(*) FROM audit_entry WHERE action = 'membership.reveal' AND record <> ''`); n != 1 {
			t.Errorf("%d searches name a record, want the one that found it", n)
		}
		if n := f.query(t, `SELECT count(*) FROM privacy_disclosure WHERE person_id = $1 AND what = 'search-iin'`, p.ID); n != 1 {
			t.Errorf("%d disclosures", n)
		}
		// Typed into the search of the list it is not searched for and goes nowhere.
		got := f.get(t, "registrar", "/members?q="+aNumber)
		if got.status != 303 || got.location != "/members?by=number" {
			t.Errorf("in the list's search: %d %s", got.status, got.location)
		}
		if got := f.get(t, "registrar", got.location); !strings.Contains(got.body, "По ИИН здесь искать нельзя") {
			t.Error("the list does not say why nothing was searched")
		}
	})
}

func TestListPagesThrough(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		letters := []rune("абвгдежзклм")
		var want []string
		for i := range 55 {
			name := "Аб" + string(letters[i/5]) + string(letters[i%5]) + "ева"
			want = append(want, name)
			if _, err := f.area.Admit(f.registrar, f.request(f.primaries[i%2], name, "", today)); err != nil {
				t.Fatal(err)
			}
		}
		rows := regexp.MustCompile(`Аб..ева`)
		next := regexp.MustCompile(`rel="next" href="([^"]+)"`)
		first := f.get(t, "registrar", "/members").body
		got := rows.FindAllString(first, -1)
		link := next.FindStringSubmatch(first)
		if link == nil {
			t.Fatal("there is no next page")
		}
		second := f.get(t, "registrar", strings.ReplaceAll(link[1], "&amp;", "&")).body
		got = append(got, rows.FindAllString(second, -1)...)
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("paged through %d names: %v", len(got), got)
		}
		if !strings.Contains(first, "<b>55</b> членов") || !strings.Contains(first, "50 из 55 на этой странице") || next.MatchString(second) {
			t.Error("the list does not count exactly or has a third page")
		}
		// A cursor of a person whom the actor does not see places nothing.
		if got := f.get(t, "other", strings.ReplaceAll(link[1], "&amp;", "&")); got.status != 404 {
			t.Errorf("a foreign cursor: %d", got.status)
		}
		if got := f.get(t, "chair", "/members"); !strings.Contains(got.body, "<b>28</b>") || strings.Contains(got.body, want[1]) {
			t.Error("the chair does not see exactly the own organisation")
		}
		if got := f.get(t, "registrar", "/members?day=2025-01-01"); strings.Contains(got.body, want[0]) || !strings.Contains(got.body, "<b>0</b>") {
			t.Error("a past day shows who came later")
		}
		if got := f.get(t, "registrar", "/members?status=none"); got.status != 422 {
			t.Errorf("unknown status: %d", got.status)
		}
	})
}

// The application puts the API's faults into words; here their kind is enough.
func init() {
	huma.NewErrorWithContext = func(_ huma.Context, status int, message string, errs ...error) huma.StatusError {
		for _, err := range errs {
			if _, detail := errors.AsType[*huma.ErrorDetail](err); !detail {
				f := fault.Of(act.Fault(err))
				out := &huma.ErrorModel{Status: f.Kind.Status(), Title: f.Key}
				for _, field := range f.Fields {
					out.Errors = append(out.Errors, &huma.ErrorDetail{Location: field.Name, Message: field.Key})
				}
				return out
			}
		}
		return &huma.ErrorModel{Status: status, Title: message}
	}
}
