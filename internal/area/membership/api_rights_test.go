package membership_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/privacy"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

// everybody who may knock, the public too.
var everybody = []string{"chair", "registrar", "leader", "dataofficer", "other", "partner", "observer", "admin", "auditor", "member", ""}

// allowed calls as everybody: who is named gets ok, anybody else a refusal.
func (f *front) allowed(t *testing.T, ok int, method, path string, body any, who ...string) {
	t.Helper()
	for _, w := range everybody {
		may := strings.Contains(" "+strings.Join(who, " ")+" ", " "+w+" ") && w != ""
		status, out := f.call(t, w, method, path, body)
		if may && status != ok || !may && status != 403 && status != 404 {
			t.Errorf("%q %s %s: %d %v", w, method, path, status, out)
		}
		if !may && strings.Contains(strings.Join(values(out), " "), "Нұрланова") {
			t.Errorf("%q %s %s: the refusal names her", w, method, path)
		}
	}
}

func values(m map[string]any) (out []string) {
	for _, v := range m {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func TestAPIOpensAPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		p := f.admitted(t)
		path := "/members/" + p.ID.String()
		f.allowed(t, 200, "POST", path+"/contact", nil, "chair", "registrar", "leader", "dataofficer")
		f.allowed(t, 200, "GET", path+"/looks", nil, "dataofficer")

		// call refuses a national ID in an answer; here it is the answer.
		reveal := func(who, reason, key string) (int, string) {
			r := httptest.NewRequestWithContext(t.Context(), "POST", "/api/v1"+path+"/national-id", strings.NewReader(`{"reason":"`+reason+`"}`))
			r.Header.Set("Content-Type", "application/json")
			ctx := access.With(r.Context(), f.who[who])
			if key != "" {
				ctx = act.WithKey(ctx, key)
			}
			got := f.serve(t, r.WithContext(ctx))
			return got.status, got.body
		}
		for _, who := range everybody {
			status, body := reveal(who, "хат жазу", "")
			may := who == "registrar" || who == "dataofficer"
			if may != (status == 200) || may != strings.Contains(body, aNumber) {
				t.Errorf("%q reveals: %d %s", who, status, body)
			}
		}
		if status, body := reveal("registrar", "", ""); status == 200 || strings.Contains(body, aNumber) {
			t.Errorf("without a reason: %d", status)
		}
		// A repeated request would be a look that nobody noted.
		if status, body := reveal("registrar", "қайта", "k1"); status != 200 || !strings.Contains(body, aNumber) {
			t.Errorf("with a key: %d", status)
		}
		if status, body := reveal("registrar", "қайта", "k1"); status == 200 || strings.Contains(body, aNumber) {
			t.Errorf("the same key again: %d", status)
		}
		_, out := f.call(t, "dataofficer", "GET", path+"/looks?limit=2", nil)
		looks, _ := out["looks"].([]any)
		if len(looks) != 2 || out["last"] == nil {
			t.Fatalf("looks %v", out)
		}
		if look := looks[0].(map[string]any); look["what"] != "national-id" || look["reason"] != "қайта" || look["roles"].([]any)[0].(map[string]any)["role"] != "registrar" {
			t.Errorf("the latest look is %v", look)
		}
		_, next := f.call(t, "dataofficer", "GET", path+"/looks?before="+out["before"].(string)+"&last="+out["last"].(string), nil)
		if rest, _ := next["looks"].([]any); len(rest) != 5 { // four contacts, another opening
			t.Errorf("%d looks on the second page: %v", len(rest), next)
		}
	})
}

func TestAPIRequests(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		p := f.admitted(t)
		f.who["herself"] = access.Actor{Account: f.who["member"].Account, Person: p.ID, Name: "Айгүл"}
		status, asked := f.call(t, "herself", "POST", "/me/requests", map[string]any{"kind": "correction", "detail": "тегім"})
		if status != 201 {
			t.Fatal(status, asked)
		}
		path := "/privacy/requests/" + p.ID.String() + "/" + asked["id"].(string)
		f.allowed(t, 200, "GET", path, nil, "dataofficer")
		f.allowed(t, 200, "POST", path+"/answer", map[string]any{"outcome": "granted", "answer": "түзетілді"}, "dataofficer")
		if status, _ := f.call(t, "dataofficer", "POST", path+"/answer", map[string]any{"outcome": "granted"}); status == 200 {
			t.Errorf("answered twice: %d", status)
		}
		status, opened := f.call(t, "", "POST", "/privacy/answer", map[string]any{"code": asked["code"]})
		if status != 200 || opened["outcome"] != "granted" || opened["answer"] != "түзетілді" || opened["detail"] != nil {
			t.Errorf("by the code: %d %v", status, opened)
		}
		if status, _ := f.call(t, "", "POST", "/privacy/answer", map[string]any{"code": asked["id"].(string) + "-AAAAAAAAAAAAAAAA"}); status == 200 {
			t.Error("a guessed code opens an answer")
		}
		if status, w := f.call(t, "", "GET", "/applications/wording", nil); status != 200 || w["version"] != 1.0 || w["text"] == "" {
			t.Errorf("the wording: %d %v", status, w)
		}
		err := f.area.PublishWording(access.With(t.Context(), f.who["dataofficer"]), privacy.Wording{Kind: "contact.sms", Version: 1, From: today, Operator: "Федерация", Fields: "phone", KK: "Келісемін", RU: "Согласна", EN: "I agree"})
		if err != nil {
			t.Fatal(err)
		}
		choose := func(who string, version int, give bool) int {
			status, _ := f.call(t, who, "POST", "/me/consents", map[string]any{"kind": "contact.sms", "version": version, "give": give})
			return status
		}
		if choose("herself", 2, true) == 204 || choose("herself", 1, true) != 204 || f.query(t, `SELECT count(*) FROM privacy_consent WHERE kind = 'contact.sms' AND to_day > $1`, today) != 1 {
			t.Error("she cannot consent to the version she read, or can to another")
		}
		if choose("herself", 1, false) != 204 || choose("chair", 1, true) == 204 || choose("", 1, true) == 204 {
			t.Error("a withdrawal fails, or somebody without a record consents")
		}
	})
}

func TestAPISigningKeys(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		f.allowed(t, 200, "GET", "/cards/signing-keys", nil, "admin")
		f.allowed(t, 201, "POST", "/cards/signing-keys", map[string]any{}, "admin")
		f.allowed(t, 201, "POST", "/cards/signing-keys", map[string]any{"withdraw": true}, "admin")
		f.allowed(t, 204, "POST", "/cards/end", map[string]any{"month": 3, "day": 31}, "admin")
		_, out := f.call(t, "admin", "GET", "/cards/signing-keys", nil)
		keys, _ := out["keys"].([]any)
		if len(keys) != 2 || keys[0].(map[string]any)["state"] != "signing" || keys[1].(map[string]any)["state"] != "withdrawn" || !strings.HasSuffix(out["until"].(string), "-03-31") {
			t.Errorf("keys %v", out)
		}
	})
}
