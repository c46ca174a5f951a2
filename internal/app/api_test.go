package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"odaq/internal/kernel/cal"
	"odaq/internal/testkit/dbtest"
)

// operationsOf are the operations of a path.
func operationsOf(item *huma.PathItem) map[string]*huma.Operation {
	all := map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete}
	for method, o := range all {
		if o == nil {
			delete(all, method)
		}
	}
	return all
}

// onBoth runs a test in a world on each engine.
func onBoth(t *testing.T, test func(*testing.T, *world)) {
	for engine, database := range map[string]string{"sqlite": "sqlite:" + t.TempDir() + "/odaq.db", "postgres": dbtest.Postgres(t)} {
		t.Run(engine, func(t *testing.T) { test(t, newWorld(t, database)) })
	}
}

// ask sends JSON to the API by a token, none if empty.
func (w *world) ask(t *testing.T, c *http.Client, method, path, token, body string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept-Language", "en")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return answered(t, c, r)
}

func answered(t *testing.T, c *http.Client, r *http.Request) (int, http.Header, string) {
	t.Helper()
	answer, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(b)
}

// token makes an access token as somebody signed in.
func (w *world) token(t *testing.T, who, scope string, days int) (id, secret string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"name": "test", "scopes": []string{scope}, "days": days})
	if err != nil {
		t.Fatal(err)
	}
	status, _, answer := w.ask(t, w.clients[who], http.MethodPost, "/api/v1/tokens", "", string(body))
	var made struct{ ID, Secret string }
	if err := json.Unmarshal([]byte(answer), &made); err != nil || status != http.StatusCreated {
		t.Fatalf("no token: %d %s %v", status, answer, err)
	}
	return made.ID, made.Secret
}

// TestAPIAsksWhoCalls calls every operation without a token: what the description
// does not open to everybody answers 401, before it reads anything else, and what
// it opens does not.
func TestAPIAsksWhoCalls(t *testing.T) {
	w := newWorld(t, "sqlite:"+t.TempDir()+"/odaq.db")
	nobody := w.clients["nobody"]
	closed := 0
	for path, item := range w.API.OpenAPI().Paths {
		for method, o := range operationsOf(item) {
			free := false
			for _, way := range o.Security {
				free = free || len(way) == 0
			}
			status, header, body := w.ask(t, nobody, method, "/api/v1"+w.address(t, path), "", "{nonsense")
			if free != (status != http.StatusUnauthorized) {
				t.Errorf("%s %s, open to everybody: %v, answers %d %s", method, path, free, status, body)
			}
			if free {
				continue
			}
			closed++
			if header.Get("WWW-Authenticate") != `Bearer realm="odaq"` || header.Get("Content-Type") != "application/problem+json" ||
				!strings.Contains(body, `"type":"odaq:unauthenticated"`) || !strings.Contains(body, "Authorization: Bearer") {
				t.Errorf("%s %s: %v %s", method, path, header, body)
			}
		}
	}
	if closed < 60 {
		t.Errorf("only %d operations ask for a token", closed)
	}
	// Pages go on to the sign-in, and know no challenge.
	if status, header, _ := w.ask(t, nobody, http.MethodGet, "/members", "", ""); status != http.StatusSeeOther || header.Get("WWW-Authenticate") != "" {
		t.Errorf("a page: %d %v", status, header)
	}
	// Who is known and may not is refused.
	if status, header, _ := w.ask(t, w.clients["observer"], http.MethodGet, "/api/v1/members", "", ""); status != http.StatusForbidden || header.Get("WWW-Authenticate") != "" {
		t.Errorf("an observer: %d", status)
	}
}

// TestTokensEnd sends tokens that are good no more, for all four reasons.
func TestTokensEnd(t *testing.T) {
	w := newWorld(t, "sqlite:"+t.TempDir()+"/odaq.db")
	nobody := w.clients["nobody"]
	refused := func(why, path, token string) {
		t.Helper()
		status, header, body := w.ask(t, nobody, http.MethodGet, path, token, "")
		if status != http.StatusUnauthorized || header.Get("WWW-Authenticate") != `Bearer realm="odaq", error="invalid_token"` ||
			header.Get("Content-Type") != "application/problem+json" || strings.Contains(body, token) {
			t.Errorf("%s: %d %v %s", why, status, header, body)
		}
	}
	good := func(token string, want int) {
		t.Helper()
		if status, _, body := w.ask(t, nobody, http.MethodGet, "/api/v1/members", token, ""); status != want {
			t.Errorf("the token answers %d, want %d: %s", status, want, body)
		}
	}
	id, secret := w.token(t, "her registrar", "membership.*", 5)
	good(secret, http.StatusOK)
	refused("wrong", "/api/v1/members", secret+"x")
	refused("wrong where everybody may read", "/api/v1/orgs", secret+"x")
	if status, _, body := w.ask(t, w.clients["her registrar"], http.MethodDelete, "/api/v1/tokens/"+id, "", ""); status != http.StatusNoContent {
		t.Fatalf("revoking: %d %s", status, body)
	}
	refused("revoked", "/api/v1/members", secret)

	_, narrow := w.token(t, "federal registrar", "structure.*", 5)
	good(narrow, http.StatusForbidden) // known who, but the scope is missing

	_, locked := w.token(t, "her leader", "membership.*", 5)
	good(locked, http.StatusOK)
	status, _, body := w.ask(t, w.clients["administrator"], http.MethodPost, "/api/v1/accounts/"+w.accounts["her leader"].String()+"/state", "", `{"state":"locked"}`)
	if status != http.StatusNoContent {
		t.Fatalf("locking: %d %s", status, body)
	}
	refused("of a locked account", "/api/v1/members", locked)

	_, short := w.token(t, "data officer", "membership.*", 1)
	good(short, http.StatusOK)
	w.later.Store(int64(25 * time.Hour))
	refused("expired", "/api/v1/members", short)
}

// TestTokensChangeNoProof holds that a token leaves the ways into its owner's
// account alone, by page and by operation, and that a session does not.
func TestTokensChangeNoProof(t *testing.T) {
	w := newWorld(t, "sqlite:"+t.TempDir()+"/odaq.db")
	_, secret := w.token(t, "her registrar", "account.*", 5)
	bare, _ := cookiejar.New(nil)
	thief := client(bare)
	for _, path := range []string{"DELETE /api/v1/passkeys/" + w.secret.ID.String(), "POST /api/v1/tokens", "POST /account/password", "POST /account/totp", "POST /account/totp/remove",
		"POST /account/recovery", "POST /account/email", "POST /account/passkeys/begin", "POST /account/oidc/remove"} {
		method, at, _ := strings.Cut(path, " ")
		r, err := http.NewRequestWithContext(t.Context(), method, w.url+at, strings.NewReader(`{"name":"x","scopes":["membership.*"],"days":5}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		if strings.HasPrefix(at, "/account") {
			r.Body = io.NopCloser(strings.NewReader("password=long+enough+to+hold&email=a%40example.kz"))
			r.ContentLength = -1
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		r.Header.Set("Authorization", "Bearer "+secret)
		if status, _, body := answered(t, thief, r); status != http.StatusForbidden {
			t.Errorf("%s by a token: %d %.300s", path, status, body)
		}
	}
	// Seeing is no changing.
	if status, _, body := w.ask(t, thief, http.MethodGet, "/api/v1/me", secret, ""); status != http.StatusOK || !strings.Contains(body, `"proofs":{"password":false`) {
		t.Errorf("me: %d %s", status, body)
	}
	if status, _, body := w.ask(t, thief, http.MethodGet, "/api/v1/passkeys", secret, ""); status != http.StatusOK || strings.TrimSpace(body) != "[]" {
		t.Errorf("passkeys: %d %s", status, body)
	}
	// A session asks; it keeps itself and ends the others. A token ends all.
	mine := w.clients["her registrar"]
	if status, _, body := w.ask(t, mine, http.MethodDelete, "/api/v1/passkeys/"+w.secret.ID.String(), "", ""); status != http.StatusNotFound {
		t.Errorf("a session removes a passkey that is not there: %d %s", status, body)
	}
	if status, _, body := w.ask(t, mine, http.MethodGet, "/api/v1/sessions", "", ""); status != http.StatusOK || strings.Count(body, `"current":true`) != 1 {
		t.Errorf("sessions: %d %s", status, body)
	}
	if status, _, body := w.ask(t, mine, http.MethodDelete, "/api/v1/sessions", "", ""); status != http.StatusNoContent {
		t.Errorf("ending the others: %d %s", status, body)
	}
	if status, _, _ := w.ask(t, mine, http.MethodGet, "/api/v1/me", "", ""); status != http.StatusOK {
		t.Errorf("the session that asked: %d", status)
	}
	if status, _, body := w.ask(t, thief, http.MethodDelete, "/api/v1/sessions", secret, ""); status != http.StatusNoContent {
		t.Errorf("ending all: %d %s", status, body)
	}
	if status, _, _ := w.ask(t, mine, http.MethodGet, "/api/v1/me", "", ""); status != http.StatusUnauthorized {
		t.Errorf("a session that was ended: %d", status)
	}
}

// upload sends a file as a form, its length told or not.
func (w *world) upload(t *testing.T, who, path, name, content string, chunked bool, headers ...string) (int, http.Header, string) {
	t.Helper()
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(part, content); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+path, &form)
	if err != nil {
		t.Fatal(err)
	}
	if chunked {
		r.ContentLength = -1
	}
	r.Header.Set("Content-Type", m.FormDataContentType())
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return answered(t, w.clients[who], r)
}

// TestTooBig sends more than a page and the API take: 413, in the reader's
// language, with the limit.
func TestTooBig(t *testing.T) {
	w := newWorld(t, "sqlite:"+t.TempDir()+"/odaq.db")
	long := strings.Repeat("a", 1<<20)
	for lang, words := range map[string]string{"kk": "ең көбі 1 MiB", "ru": "не более 1 MiB", "en": "1 MiB at most"} {
		send := func(path, media, body string) {
			t.Helper()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", media)
			r.Header.Set("Accept-Language", lang)
			status, header, answer := answered(t, w.clients["her registrar"], r)
			answer = strings.ReplaceAll(answer, "\u00a0", " ")
			if status != http.StatusRequestEntityTooLarge || !strings.Contains(answer, words) || strings.Contains(path, "/api/") != strings.Contains(header.Get("Content-Type"), "problem+json") {
				t.Errorf("%s %s: %d %s %.400s", lang, path, status, header.Get("Content-Type"), answer)
			}
		}
		send("/members/new", "application/x-www-form-urlencoded", "surname="+long)
		send("/members/new", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"surname\"\r\n\r\n"+long+"\r\n--x--\r\n")
		send("/api/v1/members", "application/json", `{"surname":"`+long+`"}`)
	}
	for _, chunked := range []bool{false, true} {
		status, _, body := w.upload(t, "administrator", "/api/v1/boundaries", "map.json", strings.Repeat(" ", 66<<20), chunked)
		if status != http.StatusRequestEntityTooLarge || !strings.Contains(body, "64 MiB") || !strings.Contains(body, `"odaq:too-big"`) {
			t.Errorf("a map, chunked %v: %d %s", chunked, status, body)
		}
	}
	// Who may not send it is told so before it is read.
	if status, _, body := w.upload(t, "observer", "/api/v1/boundaries", "map.json", strings.Repeat(" ", 66<<20), true); status != http.StatusForbidden {
		t.Errorf("an observer's map: %d %s", status, body)
	}
	// A file within the request's limit and above its own.
	if status, _, body := w.upload(t, "administrator", "/api/v1/boundaries", "map.json", strings.Repeat(" ", 64<<20+1), false); status != http.StatusRequestEntityTooLarge || !strings.Contains(body, "64 MiB") {
		t.Errorf("a map: %d %s", status, body)
	}
}

// TestUploads reads files through the API, as who may and as who may not, and
// leaves nothing of them behind.
func TestUploads(t *testing.T) { onBoth(t, uploads) }

func uploads(t *testing.T, w *world) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	filler := strings.Repeat("\n", 20<<10) // more than is kept in memory
	for path, file := range map[string]struct{ name, content, says, who string }{
		"/classifiers/territories": {"kato.csv", "kato,parent_kato,name_kk,region\nZ1,,Бірінші аудан,KZ-71\nZ2,,Екінші аудан,KZ-71\n", `{"records":2}`, "administrator"},
		"/classifiers/activities":  {"oked.csv", "code,name_kk\nA,Ауыл шаруашылығы\n", `{"records":1}`, "administrator"},
		"/boundaries?credit=me": {"map.json", `{"type":"FeatureCollection","features":[{"type":"Feature","id":"KZ-71","geometry":{"type":"Polygon","coordinates":[[[71,51],[72,51],[72,52],[71,51]]]}}]}`,
			`{"records":1}`, "administrator"},
		"/orgs/import": {"orgs.csv", "kind,name_kk,parent,territory,activity,founded,decision\nprimary,Жаңа бастауыш," + w.unions[0].String() + ",KZ-71,Q,2020-01-01,7\n", `{"records":1}`, "federal registrar"},
		"/imports?org=" + w.primaries[0].String() + "&day=2026-01-05&decision=9&category=worker": {"members.csv", "surname,given,birth\nЖаңаев,Ерлан,1980-01-01\n", `"state":"received"`, "her registrar"},
	} {
		for who := range w.clients {
			if who == file.who || who == "federal registrar" && file.who == "her registrar" {
				continue
			}
			want := http.StatusForbidden
			if who == "nobody" {
				want = http.StatusUnauthorized
			}
			if status, _, body := w.upload(t, who, "/api/v1"+path, file.name, file.content+filler, false); status != want && status != http.StatusNotFound {
				t.Errorf("%s, %s: %d %s", who, path, status, body)
			}
		}
		key := []string{"Idempotency-Key", path}
		status, _, body := w.upload(t, file.who, "/api/v1"+path, file.name, file.content+filler, false, key...)
		if status >= 300 || !strings.Contains(body, file.says) {
			t.Errorf("%s, %s: %d %s", file.who, path, status, body)
		}
		if again, _, same := w.upload(t, file.who, "/api/v1"+path, file.name, file.content+filler, false, key...); again != status || same != body {
			t.Errorf("%s sent again: %d %s", path, again, same)
		}
		// Another file under the key of the first is no repetition.
		if other, _, body := w.upload(t, file.who, "/api/v1"+path, file.name, strings.ReplaceAll(file.content, "Ж", "Д")+filler+"\n", false, key...); other != http.StatusConflict {
			t.Errorf("%s, another file: %d %s", path, other, body)
		}
	}
	if status, header, body := w.ask(t, w.clients["her registrar"], http.MethodGet, "/api/v1/imports/template", "", ""); status != http.StatusOK || !strings.HasPrefix(body, "PK") || !strings.Contains(header.Get("Content-Disposition"), "odaq-members.xlsx") {
		t.Errorf("the template: %d %v", status, header)
	}
	left, err := os.ReadDir(temporary)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		if strings.HasPrefix(f.Name(), "multipart-") {
			t.Errorf("%s is left of a file that was sent", f.Name())
		}
	}
}

// TestSlowUpload sends a file over a line on which it takes longer than other
// requests may: it arrives.
func TestSlowUpload(t *testing.T) {
	w := newWorld(t, "sqlite:"+t.TempDir()+"/odaq.db")
	in, out := io.Pipe()
	m := multipart.NewWriter(out)
	go func() {
		part, err := m.CreateFormFile("file", "oked.csv")
		for _, line := range []string{"code,name_kk\n", "A,Ауыл шаруашылығы\n", "B,Тау-кен өндірісі\n"} {
			if err == nil {
				_, err = io.WriteString(part, line)
				time.Sleep(2 * time.Second)
			}
		}
		if err == nil {
			err = m.Close()
		}
		out.CloseWithError(err)
	}()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/api/v1/classifiers/activities", in)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", m.FormDataContentType())
	if status, _, body := answered(t, w.clients["administrator"], r); status != http.StatusOK || !strings.Contains(body, `{"records":2}`) {
		t.Errorf("%d %s", status, body)
	}
}

// TestAPIRegion compares what the API and the page say of a region.
func TestAPIRegion(t *testing.T) { onBoth(t, region) }

func region(t *testing.T, w *world) {
	var got struct {
		Code      string
		Members   *int64
		Primaries int64
		Unions    []struct {
			Org       string
			Members   *int64
			Primaries int64
		}
		Places, History []any
	}
	read := func(who, query string) int {
		t.Helper()
		status, _, body := w.ask(t, w.clients[who], http.MethodGet, "/api/v1/regions/"+query, "", "")
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		return status
	}
	if status := read("her leader", "KZ-71"); status != http.StatusOK || got.Code != "KZ-71" || got.Primaries != 2 || len(got.Unions) != 2 || len(got.Places) != 1 {
		t.Errorf("%d %+v", status, got)
	}
	// One member is too few to be told the public; the one who counts is told.
	got.Members = nil
	if read("nobody", "KZ-71"); got.Members != nil || got.Unions[0].Members != nil {
		t.Errorf("the public is told %v", *got.Members)
	}
	if status := read("federal registrar", "KZ-71"); status != http.StatusOK || got.Members == nil || *got.Members != 2 {
		t.Errorf("the registrar: %d %v", status, got.Members)
	}
	if status := read("nobody", "KZ-71?day="+cal.Date(2010, 1, 1).String()); status != http.StatusNotFound && got.Primaries != 0 {
		t.Errorf("before it was founded: %d %+v", status, got)
	}
	if status := read("nobody", "XX-1"); status != http.StatusNotFound {
		t.Errorf("no region: %d", status)
	}
	status, _, body := w.ask(t, w.clients["nobody"], http.MethodGet, "/api/v1/orgs/"+w.unions[0].String()+"/threshold", "", "")
	if status != http.StatusOK || !strings.Contains(body, `"applies":true`) || !strings.Contains(body, `"measure":"regions","proved":1`) || !strings.Contains(body, `"missing":[{"code":"KZ-`) {
		t.Errorf("the threshold of a union: %d %s", status, body)
	}
}
