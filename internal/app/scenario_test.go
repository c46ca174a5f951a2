package app_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"odaq/internal/kernel/audit"
	"odaq/internal/testkit/dbtest"
)

// address fills a route's parameters with records of the first union: of the
// member, where the route is about a person.
func (w *world) address(t testing.TB, pattern string) string {
	t.Helper()
	path := pattern
	for _, fill := range []struct{ prefix, param, value string }{
		{"/orgs/", "{id}", w.primaries[0].String()}, {"/orgs/", "{event}", "rename"}, {"", "{iso}", "KZ-71"}, {"/regions/", "{code}", "KZ-71"},
		{"/members/import", "{id}", w.secret.ID.String()}, {"/members/export", "{id}", w.secret.ID.String()},
		{"/members/", "{id}", w.secret.ID.String()}, {"/members/", "{step}", "end"},
		{"/applications/", "{id}", w.secret.ID.String()}, {"", "{verdict}", "admit"},
		{"", "{account}", w.accounts["herself"].String()}, {"", "{grant}", w.secret.ID.String()},
		{"", "{session}", w.secret.ID.String()}, {"", "{token}", w.secret.ID.String()}, {"", "{passkey}", w.secret.ID.String()},
		{"", "{code}", "K7QF-2M9X-41TB-WN8R"}, {"", "{$}", ""}, {"", "{kind}", "csv"}, {"", "{batch}", w.secret.ID.String()},
		{"", "{id}", w.secret.ID.String()}, {"", "{person}", w.secret.ID.String()}, {"", "{line}", "1"}, {"", "{file}", "errors"},
		{"", "{export}", w.secret.ID.String()}, {"", "{request}", w.secret.ID.String()}, {"", "{post}", w.secret.ID.String()}, {"", "{term}", w.secret.ID.String()}, {"", "{key}", w.secret.ID.String()},
	} {
		if strings.HasPrefix(path, fill.prefix) {
			path = strings.ReplaceAll(path, fill.param, fill.value)
		}
	}
	if strings.Contains(path, "{") {
		t.Fatalf("%s has a parameter that no scenario fills: add it above", pattern)
	}
	return path
}

// addresses are all addresses of the installation: pages and API, with the
// searches that would find the member.
func (w *world) addresses(t *testing.T, method string) []string {
	t.Helper()
	var out []string
	for _, r := range w.Site.Routes() {
		if m, path, _ := strings.Cut(r.Pattern, " "); m == method {
			out = append(out, w.address(t, path))
		}
	}
	for path, item := range w.API.OpenAPI().Paths {
		if operationsOf(item)[method] != nil {
			out = append(out, "/api/v1"+strings.TrimPrefix(w.address(t, path), "/api/v1"))
		}
	}
	if method == http.MethodGet {
		q := url.QueryEscape(secretSurname)
		for _, path := range []string{"/members", "/orgs", "/api/v1/members"} {
			out = append(out, path+"?q="+q, path+"?query="+q, path+"?q="+url.QueryEscape(w.secret.Number.String()), path+"?org="+w.primaries[0].String())
		}
		out = append(out, "/members?day=2025-01-01", "/members?format=csv", "/members?status=former", "/orgs/"+w.primaries[0].String()+"?day=2025-01-01")
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// tells reports whether an answer says who she is.
func (w *world) tells(body string) string {
	number := w.secret.Number.String()
	for _, s := range []string{secretSurname, secretGiven, url.QueryEscape(secretSurname), number, strings.ReplaceAll(number, " ", ""), strings.ReplaceAll(number, " ", "\u00a0"), secretPhone} {
		if strings.Contains(body, s) {
			return s
		}
	}
	return ""
}

// TestNobodyElseLearnsOfAMember asks every address of the installation as
// somebody in every role: whoever has no business with a member must not find
// a word of her, and nobody gets the national ID without asking for it.
func TestNobodyElseLearnsOfAMember(t *testing.T) {
	for engine, database := range map[string]string{"sqlite": "sqlite:" + t.TempDir() + "/odaq.db", "postgres": dbtest.Postgres(t)} {
		t.Run(engine, func(t *testing.T) {
			w := newWorld(t, database)
			all := w.addresses(t, http.MethodGet)
			if len(all) < 40 {
				t.Fatalf("only %d addresses", len(all))
			}
			seen := map[string]bool{}
			for who, c := range w.clients {
				knows := posts[who].knows || who == "herself"
				for _, path := range all {
					status, body, header := w.send(t, c, http.MethodGet, path, nil)
					if status >= 500 {
						t.Errorf("%s, GET %s: %d", who, path, status)
					}
					own := who == "herself" && strings.Contains(path, "/me/data") // her own data, whole
					if strings.Contains(body+header, secretID) && !own {
						t.Errorf("%s, GET %s: the national ID is in the answer", who, path)
					}
					// What somebody typed into the search stands in the box again.
					said := strings.ReplaceAll(body, `value="`+secretSurname+`"`, "")
					said = strings.ReplaceAll(said, `value="`+w.secret.Number.String()+`"`, "")
					if strings.Contains(path, "=%D2%9A") || strings.Contains(path, url.QueryEscape(w.secret.Number.String())) {
						said = strings.ReplaceAll(said, url.QueryEscape(secretSurname), "")
						said = strings.ReplaceAll(said, url.QueryEscape(w.secret.Number.String()), "")
						said = strings.ReplaceAll(said, "“"+secretSurname+"”", "")
					}
					word := w.tells(said)
					if word != "" && !knows {
						t.Errorf("%s, GET %s (%d): the answer says %q", who, path, status, word)
					}
					seen[who] = seen[who] || word != ""
				}
			}
			for who, p := range posts {
				if p.knows && !seen[who] {
					t.Errorf("%s may know her and never finds her: the test would notice nothing", who)
				}
			}
			if log := w.log.text(); w.tells(log) != "" || strings.Contains(log, secretID) {
				t.Errorf("the log tells who she is: %q", w.tells(log))
			}
		})
	}
}

// TestNobodyElseChangesAMember posts to every address as those who have no
// business with her: nothing about her changes.
func TestNobodyElseChangesAMember(t *testing.T) {
	for engine, database := range map[string]string{"sqlite": "sqlite:" + t.TempDir() + "/odaq.db", "postgres": dbtest.Postgres(t)} {
		t.Run(engine, func(t *testing.T) {
			w := newWorld(t, database)
			form := url.Values{"day": {today.String()}, "decision": {"1"}, "reason": {"x"}, "version": {"1"}, "to": {w.primaries[1].String()},
				"category": {"student"}, "surname": {"Өзгерген"}, "given": {"А"}, "national_id": {secretID}, "name_kk": {"Басқа"}, "org": {w.primaries[0].String()}}
			all := w.addresses(t, http.MethodPost)
			if len(all) < 20 {
				t.Fatalf("only %d addresses", len(all))
			}
			for who, c := range w.clients {
				if posts[who].knows || who == "herself" {
					continue
				}
				for _, path := range all {
					if path == "/sign-out" || path == "/join" || strings.HasPrefix(path, "/sign-in") {
						continue
					}
					status, body, _ := w.send(t, c, http.MethodPost, path, form)
					if status >= 500 {
						t.Errorf("%s, POST %s: %d %.300s", who, path, status, body)
					}
					if word := w.tells(body); word != "" && !strings.Contains(form.Encode(), url.QueryEscape(word)) {
						t.Errorf("%s, POST %s: the answer says %q", who, path, word)
					}
				}
			}
			for who, c := range w.clients {
				if posts[who].knows || who == "herself" {
					continue
				}
				for _, path := range w.addresses(t, http.MethodDelete) {
					status, body, _ := w.send(t, c, http.MethodDelete, path, nil)
					if word := w.tells(body); word != "" || status >= 500 || path != "/api/v1/sessions" && status < 400 {
						t.Errorf("%s, DELETE %s: %d %.300s", who, path, status, body)
					}
				}
			}
			entries, err := audit.List(t.Context(), w.DB.Read(), audit.Filter{Record: "person:" + w.secret.ID.String()})
			if err != nil || len(entries) != 1 {
				t.Errorf("%d acts touched her, %v; want her admission alone: %+v", len(entries), err, entries)
			}
		})
	}
}
