package app_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"odaq/internal/app"
	"odaq/internal/testkit/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// open puts a whole installation together on an empty database.
func open(t testing.TB, url string, o app.Options) *app.App {
	t.Helper()
	o.Ephemeral, o.Migrate = true, true
	a, err := app.Open(t.Context(), app.Config{Database: url, Profile: "kz", Listen: "127.0.0.1:8080"}, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func TestProbesAndErrors(t *testing.T) {
	for engine, url := range map[string]string{"sqlite": "sqlite:" + t.TempDir() + "/odaq.db", "postgres": dbtest.Postgres(t)} {
		t.Run(engine, func(t *testing.T) {
			a := open(t, url, app.Options{})
			h := a.Handler()
			for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, "/nowhere": 404, "/api/v1/nowhere": 404,
				"/": 200, "/sign-in": 200, "/members": 303, "/api/v1/members": 401} {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
				if w.Code != want {
					t.Errorf("GET %s: %d, want %d\n%.300s", path, w.Code, want, w.Body)
				}
				if w.Header().Get("Content-Security-Policy") == "" {
					t.Errorf("GET %s has no policy", path)
				}
			}
		})
	}
}

// TestAPIErrorsEchoNothing sends a national ID wherever a request has room for
// it: no answer repeats it, and each says what is wrong in words of its own.
func TestAPIErrorsEchoNothing(t *testing.T) {
	const number = "650308300019" // synthetic
	world := newWorld(t, "sqlite:"+t.TempDir()+"/odaq.db")
	home, err := url.Parse(world.url)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path, media, body string
		status            int
		says              string
	}{
		"as a field":         {"/cards/check", "application/json", `{"` + number + `":1}`, 422, "knows no such field"},
		"beside one missing": {"/cards/check", "application/json", `{}`, 422, `{"name":"code","message":"Fill this in."}`},
		"beside one unknown": {"/cards/check", "application/json", `{"detail":"` + number + `"}`, 422, `"name":"detail","message":"The description knows`},
		"in a field's name":  {"/cards/check", "application/json", `{"` + number + `.x":{"y":1}}`, 422, "knows no such field"},
		"as a value":         {"/cards/check", "application/json", `{"code":` + number + `}`, 422, "does not fit"},
		"in what is no JSON": {"/cards/check", "application/json", `{"` + number, 400, "JSON"},
		"in no body":         {"/cards/check", "application/json", ``, 400, "JSON"},
		"as text":            {"/cards/check", "text/plain", number, 415, "Content-Type"},
		"in a big body":      {"/cards/check", "application/json", `{"code":"` + strings.Repeat(number, 200_000) + `"}`, 413, "too big"},
		"in the address":     {"/members/" + number + "/end", "application/json", `{}`, 422, ""},
		"in a question":      {"/members?limit=" + number, "", "", 422, "does not fit"},
	} {
		method := http.MethodPost
		if c.media == "" {
			method = http.MethodGet
		}
		r := httptest.NewRequest(method, "/api/v1"+c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.media)
		r.Header.Set("Accept-Language", "en")
		for _, cookie := range world.clients["her registrar"].Jar.Cookies(home) {
			r.AddCookie(cookie)
		}
		w := httptest.NewRecorder()
		world.handler.ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s %s", name, w.Code, w.Header(), w.Body)
		}
		if strings.Contains(w.Body.String(), number) {
			t.Errorf("%s: the number comes back: %s", name, w.Body)
		}
	}
}
