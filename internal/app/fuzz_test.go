package app_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"odaq/internal/kernel/nationalid"
)

// FuzzAPI sends whatever JSON to every operation that changes something, as a
// registrar who may do much: the answer is never a defect, an error is a problem
// in words, and none repeats a national ID.
func FuzzAPI(f *testing.F) {
	w := newWorld(f, "sqlite:"+f.TempDir()+"/odaq.db")
	home, err := url.Parse(w.url)
	if err != nil {
		f.Fatal(err)
	}
	cookies := w.clients["her registrar"].Jar.Cookies(home)
	var paths []string
	for path, item := range w.API.OpenAPI().Paths {
		if item.Post != nil {
			paths = append(paths, "/api/v1"+strings.TrimPrefix(w.address(f, path), "/api/v1"))
		}
	}
	slices.Sort(paths)
	at := func(end string) byte {
		i := slices.IndexFunc(paths, func(path string) bool { return strings.HasSuffix(path, end) })
		if i < 0 {
			f.Fatalf("no operation ends with %s", end)
		}
		return byte(i)
	}
	primary := w.primaries[0].String()
	f.Add(at("/api/v1/members"), `{"org":"`+primary+`","surname":"Қасымова","given":"Айгүл","national_id":"`+secretID+`","category":"worker","day":"2026-01-01","decision":"5"}`)
	f.Add(at("/api/v1/members"), `{"org":"`+primary+`","surname":1,"`+secretID+`":null,"birth":"31.02.1980"}`)
	f.Add(at("/transfer"), `{"to":"`+w.primaries[1].String()+`","day":"2026-01-01","decision":"5","version":1}`)
	f.Add(at("/end"), `{"day":"2026-01-01","decision":"5","reason":"`+secretID+`"}`)
	f.Add(at("/orgs"), `{"kind":"primary","names":{"kk":"№ 1"},"parent":"`+w.unions[0].String()+`","territory":"KZ-71","day":"2020-01-01","decision":"5","bin":"`+secretID+`"}`)
	f.Add(at("/events"), `{"kind":"move","parent":"`+primary+`","day":"9999-99-99","decision":""}`)
	f.Add(at("/applications"), `{"org":"`+primary+`","surname":"А","phone":"+7 700 000 00 00","category":"worker","wording":1}`)
	f.Add(at("/exports"), `{"format":"csv","purpose":"register","reason":"`+secretID+` керек"}`)
	f.Add(at("/cards/check"), `{"code":"AEAA"}`)
	f.Add(at("/tokens"), `{"name":"x","days":1e9,"scopes":["membership.*"]}`)
	f.Add(at("/mapping"), `{"mapping":{"surname":"`+secretID+`"}}`)
	f.Add(byte(0), `[[[[{"":{}}]]]]`)
	scheme := w.Profile.SchemeFor(nationalid.Person)
	digits := regexp.MustCompile(`\d{12}`)
	f.Fuzz(func(t *testing.T, operation byte, body string) {
		path := paths[int(operation)%len(paths)]
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		for _, c := range cookies {
			r.AddCookie(c)
		}
		answer := httptest.NewRecorder()
		w.handler.ServeHTTP(answer, r)
		if answer.Code >= 500 {
			t.Fatalf("%s: %d %s", path, answer.Code, answer.Body)
		}
		if answer.Code < 400 {
			return
		}
		var p struct{ Title, Type string }
		if err := json.Unmarshal(answer.Body.Bytes(), &p); err != nil || p.Title == "" || p.Type == "" || strings.Contains(p.Title, "⟦") || answer.Header().Get("Content-Type") != "application/problem+json" {
			t.Fatalf("%s: no problem in words: %d %s", path, answer.Code, answer.Body)
		}
		for _, number := range digits.FindAllString(answer.Body.String(), -1) {
			if scheme.Check(number) == nil && strings.Contains(body, number) {
				t.Fatalf("%s repeats a national ID: %s", path, answer.Body)
			}
		}
	})
}
