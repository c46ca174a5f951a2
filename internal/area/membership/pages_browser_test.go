package membership_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"odaq/assets"
	"odaq/internal/area/membership"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/browser"
	"odaq/internal/testkit/dbtest"
)

// furnish gives the test federation names as long as real ones, and members.
func (f *front) furnish(t *testing.T) (member membership.Person, application id.ID) {
	t.Helper()
	names := map[id.ID]text.Names{
		f.top:          {KK: "Қазақстан Республикасының Кәсіподақтар федерациясы", RU: "Федерация профсоюзов Республики Казахстан"},
		f.unions[0]:    {KK: "«SENIM» денсаулық сақтау қызметкерлерінің салалық кәсіподағы", RU: "Отраслевой профсоюз работников здравоохранения «SENIM»"},
		f.unions[1]:    {KK: "Білім және ғылым қызметкерлерінің салалық кәсіподағы", RU: "Отраслевой профсоюз работников образования и науки"},
		f.primaries[0]: {KK: "№ 2 қалалық емхананың бастауыш ұйымы", RU: "Первичная организация городской поликлиники № 2"},
		f.primaries[1]: {KK: "Облыстық көпбейінді аурухананың бастауыш ұйымы", RU: "Первичная организация областной многопрофильной больницы"},
	}
	err := f.db.Write(t.Context(), func(tx *db.Tx) error {
		for o, n := range names {
			if _, _, err := org.Record(t.Context(), tx, org.Event{ID: id.New(), Org: o, Kind: org.Rename, Day: cal.Date(2016, 1, 1), Decision: "3", Detail: org.Detail{Names: &n}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range []search.Name{{Surname: "Әбенова", Given: "Айгүл", Patronymic: "Серікқызы"}, {Surname: "Байжанов", Given: "Ерлан", Patronymic: "Маратұлы"}, {Surname: "Ғабдуллина", Given: "Динара"},
		{Surname: "Иванова", Given: "Светлана", Patronymic: "Викторовна"}, {Surname: "Қасымов", Given: "Нұрлан", Patronymic: "Болатұлы"}, {Surname: "Өтегенова", Given: "Жанар", Patronymic: "Қайратқызы"}, {Surname: "Үсенов", Given: "Тимур"}} {
		r := f.request(f.primaries[i%2], n.Surname, "", cal.Date(2019+i%4, 3, 1))
		r.Name, r.Birth = n, cal.Date(1968+4*i, 5, 3+i)
		r.Category = []string{"worker", "worker", "worker", "pensioner"}[i%4]
		p, err := f.area.Admit(f.registrar, r)
		if err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			if _, err := f.area.Suspend(f.registrar, membership.Step{Person: p.ID, Day: today - 30, Decision: "31", Reason: "Өз өтініші бойынша"}); err != nil {
				t.Fatal(err)
			}
		}
		if i == 0 {
			member = p
		}
	}
	step := membership.Step{Person: member.ID, Day: cal.Date(2023, 9, 1), Decision: "12/4"}
	if member, err = f.area.Transfer(f.registrar, step, f.primaries[1]); err != nil {
		t.Fatal(err)
	}
	step.Day, step.Decision = cal.Date(2026, 5, 3), "9"
	if member, err = f.area.Categorise(f.registrar, step, "pensioner"); err != nil {
		t.Fatal(err)
	}
	step.Day, step.Decision = cal.Date(2026, 5, 4), "10"
	if member, err = f.area.Transfer(f.registrar, step, f.primaries[0]); err != nil {
		t.Fatal(err)
	}
	f.applied(t, "Омарова", "")
	return member, f.applied(t, "Сапарова", aNumber)
}

// TestPagesInBrowser opens every page of the register in Russian on the smallest
// phone and in Kazakh on a desk: no barriers, no sideways scrolling. Forms
// that were refused are opened too.
func TestPagesInBrowser(t *testing.T) {
	ctx := browser.Open(t)
	f := openFront(t, dbtest.SQLite(t))
	member, application := f.furnish(t)
	person := "/members/" + member.ID.String()
	refused := map[string]struct {
		path string
		form url.Values
	}{
		"admit":    {"/members/new", url.Values{"org": {f.primaries[0].String()}, "surname": {"Әбенова"}, "national_id": {"650308300018"}, "category": {"worker"}, "day": {"2026-12-01"}}},
		"conflict": {person + "/correct", url.Values{"version": {"1"}, "surname": {"Абенова"}, "given": {"Айгүл"}, "birth": {"1968-05-03"}, "seen_org": {f.primaries[0].String()}, "seen_status": {"active"}, "seen_category": {"worker"}}},
		"join":     {"/join", url.Values{"org": {f.primaries[0].String()}, "surname": {"Сапарова"}, "category": {"worker"}}},
		"contact":  {person + "/contact", url.Values{}},
		"find-id":  {"/members/find-id", url.Values{"national_id": {aNumber[:11] + "8"}}},
		"refuse":   {"/applications/" + application.String() + "/refuse", url.Values{}},
	}
	f.mux.Handle("GET "+assets.Prefix, assets.Handler())
	serve := func(who string) *httptest.Server {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("X-Who", who)
			if name, ok := strings.CutPrefix(r.URL.Path, "/refused/"); ok {
				post := httptest.NewRequestWithContext(r.Context(), "POST", refused[name].path+"?"+r.URL.RawQuery, strings.NewReader(refused[name].form.Encode()))
				post.Header = r.Header.Clone()
				post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				rec := httptest.NewRecorder()
				f.mux.ServeHTTP(rec, post)
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				fmt.Fprint(w, rec.Body) // as 200: a browser complains of 4xx on its console
				return
			}
			f.mux.ServeHTTP(w, r)
		}))
		t.Cleanup(srv.Close)
		return srv
	}
	for _, p := range []struct{ name, who, path string }{
		{"list", "registrar", "/members"},
		{"list-chair", "chair", "/members"},
		{"list-past", "registrar", "/members?day=2024-01-01"},
		{"list-nobody", "registrar", "/members?q=жоқ"},
		{"list-empty", "other", "/members"},
		{"list-number", "registrar", "/members?by=number"},
		{"person", "registrar", person},
		{"pick", "registrar", "/members/new"},
		{"admit", "chair", "/members/new"},
		{"transfer", "registrar", person + "/transfer?to=" + f.primaries[1].String()},
		{"end", "registrar", person + "/end"},
		{"number", "registrar", person + "/number"},
		{"looked", "dataofficer", person + "/looked"},
		{"find-id", "registrar", "/members/find-id"},
		{"join-where", "", "/join"},
		{"join", "", "/join?org=" + f.primaries[0].String()},
		{"joined", "", "/join/done"},
		{"applications", "chair", "/applications"},
		{"application", "chair", "/applications/" + application.String()},
		{"refused-admit", "chair", "/refused/admit"},
		{"refused-conflict", "registrar", "/refused/conflict"},
		{"refused-join", "", "/refused/join"},
		{"refused-find-id", "registrar", "/refused/find-id"},
		{"refused-refuse", "chair", "/refused/refuse"},
		{"contact", "registrar", "/refused/contact"},
	} {
		srv := serve(p.who)
		for _, v := range []struct {
			lang  string
			width int64
		}{{"ru", 320}, {"kk", 1280}} { // Russian has the longer words
			t.Run(fmt.Sprintf("%s/%s/%d", p.name, v.lang, v.width), func(t *testing.T) {
				path := p.path + "?lang=" + v.lang
				if strings.Contains(p.path, "?") {
					path = p.path + "&lang=" + v.lang
				}
				browser.Check(t, ctx, srv.URL, path, p.name+"-"+v.lang, v.width)
			})
		}
	}
}
