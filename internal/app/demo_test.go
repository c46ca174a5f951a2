package app_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"odaq/internal/app"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/text"
)

// foreign is what only Kazakhstan's profile may say.
var foreign = regexp.MustCompile(`KZ-\d|KZT|₸|\+7 7|Kazakhstan|Казахстан[^с]|Қазақстан|көшесі`)

// A demo of another country's profile opens its pages to everybody who may see
// them, in every language, and nothing of Kazakhstan is on them.
func TestDemoOfAnotherCountry(t *testing.T) {
	a, err := app.Open(t.Context(), app.Config{Database: "sqlite:" + t.TempDir() + "/odaq.db", Profile: "generic", Listen: "127.0.0.1:8080"},
		app.Options{Ephemeral: true, Migrate: true, Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	if err := a.SeedDemo(app.System(t.Context()), 2000, func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	doors, err := a.Doors(t.Context())
	if err != nil || len(doors) != 9 {
		t.Fatalf("%d doors: %v", len(doors), err)
	}
	srv := httptest.NewServer(a.Handler())
	t.Cleanup(srv.Close)
	w := &world{App: a, url: srv.URL}
	var pages []string
	for _, r := range a.Site.Routes() {
		if path, ok := strings.CutPrefix(r.Pattern, "GET "); ok && !strings.Contains(strings.TrimSuffix(path, "{$}"), "{") {
			pages = append(pages, strings.TrimSuffix(path, "{$}"))
		}
	}
	for _, g := range a.Profile.Regions(a.Desk.Today()) {
		pages = append(pages, "/regions/"+g.Code)
	}
	orgs, err := org.List(t.Context(), a.DB.Read(), org.Find{Day: a.Desk.Today(), Limit: 500})
	if err != nil || len(orgs) < 40 {
		t.Fatalf("%d organisations: %v", len(orgs), err)
	}
	for i := 0; i < len(orgs); i += 8 {
		pages = append(pages, "/orgs/"+orgs[i].Org.String(), "/orgs?open="+orgs[i].Org.String())
	}
	open := func(who string, c *http.Client, path string) int {
		status, body, _ := w.send(t, c, "GET", path, nil)
		if status >= 500 || strings.Contains(body, "⟦") {
			t.Errorf("%s: %s answers %d", who, path, status)
		}
		if said := foreign.FindString(body); said != "" {
			t.Errorf("%s: %s says %q", who, path, said)
		}
		return status
	}
	for i, d := range doors {
		jar, _ := cookiejar.New(nil) // without options it cannot fail
		c := client(jar)
		if status, body, _ := w.send(t, c, "POST", d.Link[strings.Index(d.Link, "/sign-in"):], url.Values{}); status != http.StatusSeeOther {
			t.Fatalf("%s cannot sign in: %d %.300s", d.Role, status, body)
		}
		seen := 0
		for _, path := range pages {
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			if open(string(d.Role), c, path+sep+"lang="+string(text.Langs[i%3])) == http.StatusOK {
				seen++
			}
		}
		if seen < 30 {
			t.Errorf("%s sees %d of %d pages", d.Role, seen, len(pages))
		}
	}
	if status, body, _ := w.send(t, client(nil), "GET", "/", nil); status != http.StatusOK || !strings.Contains(body, "2,000 members") || !strings.Contains(body, "East") {
		t.Errorf("the front page: %d", status)
	}
}
