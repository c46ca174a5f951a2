package app_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"odaq/internal/app"
	"odaq/internal/testkit/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// open puts a whole installation together on an empty database.
func open(t *testing.T, url string, o app.Options) *app.App {
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
				"/": 200, "/sign-in": 200, "/members": 303, "/api/v1/members": 403} {
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
