package membership_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

// call sends JSON to the API.
func (f *front) call(t *testing.T, who, method, path string, body any) (int, map[string]any) {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), method, "/api/v1"+path, strings.NewReader(string(b)))
	if body == nil {
		r = httptest.NewRequestWithContext(t.Context(), method, "/api/v1"+path, nil)
	}
	r.Header.Set("Content-Type", "application/json")
	actor := f.who[who]
	actor.Agent = "api"
	r = r.WithContext(access.With(text.With(r.Context(), f.text.In(text.RU)), actor))
	got := f.serve(t, r)
	if strings.Contains(got.body, aNumber) {
		t.Errorf("%s %s answers with a national ID", method, path)
	}
	out := map[string]any{}
	if got.body != "" {
		if err := json.Unmarshal([]byte(got.body), &out); err != nil {
			t.Fatalf("%s %s: %v: %s", method, path, err, got.body)
		}
	}
	return got.status, out
}

func TestAPIByRole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		entry := map[string]any{"org": f.primaries[0], "surname": "Нұрланова", "given": "Айгүл", "national_id": aNumber, "category": "worker", "day": "2024-03-01", "decision": "7"}
		status, made := f.call(t, "chair", "POST", "/members", entry)
		if status != 200 || made["birth"] != "1965-03-08" || made["version"] != 1.0 {
			t.Fatalf("admit: %d %v", status, made)
		}
		path := "/members/" + made["id"].(string)
		if status, out := f.call(t, "chair", "POST", "/members", map[string]any{"org": f.primaries[0], "surname": "А1", "national_id": aNumber[:11] + "1", "category": "robot", "day": "2024-13-01", "decision": "7"}); status != 422 {
			t.Errorf("bad entry: %d %v", status, out)
		}
		for who, want := range map[string][3]int{"chair": {200, 1, 200}, "registrar": {200, 1, 200}, "leader": {200, 1, 200}, "dataofficer": {200, 1, 200}, "other": {200, 0, 404},
			"partner": {403, 0, 403}, "observer": {403, 0, 403}, "admin": {403, 0, 403}, "auditor": {403, 0, 403}, "member": {403, 0, 403}, "": {403, 0, 403}} {
			status, out := f.call(t, who, "GET", "/members", nil)
			members, _ := out["members"].([]any)
			if status != want[0] || len(members) != want[1] {
				t.Errorf("%q lists: %d with %d members", who, status, len(members))
			}
			if status, _ := f.call(t, who, "GET", path, nil); status != want[2] {
				t.Errorf("%q gets: %d, want %d", who, status, want[2])
			}
			if strings.Contains("chair registrar", who) && who != "" {
				continue
			}
			for _, step := range []string{"transfer", "suspend", "reinstate", "category", "end", "correct"} {
				body := map[string]any{"version": 1, "day": "2026-11-20", "decision": "1"}
				switch step {
				case "transfer":
					body["to"] = f.primaries[1]
				case "suspend", "end":
					body["reason"] = "x"
				case "category":
					body["category"] = "student"
				case "correct":
					body = map[string]any{"version": 1, "surname": "Басқа"}
				}
				if status, _ := f.call(t, who, "POST", path+"/"+step, body); status != 403 && status != 404 {
					t.Errorf("%q %s: %d", who, step, status)
				}
			}
			if status, _ := f.call(t, who, "POST", "/members", entry); status != 403 && status != 404 {
				t.Errorf("%q admits: %d", who, status)
			}
		}
		for who, want := range map[string]int{"registrar": 200, "dataofficer": 200, "other": 404, "chair": 403, "leader": 403, "partner": 404, "admin": 404, "": 403} {
			if status, _ := f.call(t, who, "POST", "/members/find-by-national-id", map[string]any{"national_id": aNumber, "reason": "іздеу"}); status != want {
				t.Errorf("%q finds by number: %d, want %d", who, status, want)
			}
		}
		for who, want := range map[string]int{"chair": 200, "auditor": 200, "other": 403, "partner": 403, "": 403} {
			status, out := f.call(t, who, "GET", "/headcounts?org="+f.primaries[0].String()+"&day=2024-03-01", nil)
			if status != want || want == 200 && out["total"] != 1.0 {
				t.Errorf("%q counts: %d %v", who, status, out)
			}
		}
		if status, _ := f.call(t, "registrar", "GET", "/members?q="+aNumber, nil); status != 422 {
			t.Errorf("a national ID in an address: %d", status)
		}
	})
}

func TestAPISteps(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		path := "/members/" + f.admitted(t).ID.String()
		version := 1.0
		do := func(step string, body map[string]any) {
			t.Helper()
			body["version"] = version
			if step != "correct" {
				body["day"], body["decision"] = "2026-11-20", "8"
			}
			status, out := f.call(t, "registrar", "POST", path+"/"+step, body)
			if status != 200 || out["version"] != version+1 {
				t.Fatalf("%s: %d %v", step, status, out)
			}
			if status, _ := f.call(t, "registrar", "POST", path+"/"+step, body); status != 409 {
				t.Errorf("%s of a stale version: %d", step, status)
			}
			version++
		}
		do("suspend", map[string]any{"reason": "өтініш"})
		do("reinstate", map[string]any{})
		do("category", map[string]any{"category": "pensioner"})
		do("correct", map[string]any{"surname": "Нұрлан", "birth": "1965-03-08"})
		do("transfer", map[string]any{"to": f.primaries[1]})
		do("end", map[string]any{"reason": "өтініш"})
		status, out := f.call(t, "registrar", "GET", path, nil)
		if status != 200 || len(out["spells"].([]any)) != 2 || len(out["events"].([]any)) != 3 || out["status"] != "former" {
			t.Errorf("record: %d %v", status, out)
		}
		f.count(t, today, 0)
	})
}

func TestAPIApplications(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		body := map[string]any{"org": f.primaries[0], "surname": "Сапарова", "phone": "+7 700 111 22 33", "national_id": aNumber, "category": "worker", "wording": 1}
		status, made := f.call(t, "", "POST", "/applications", body)
		if status != 200 || made["id"] == "" {
			t.Fatalf("apply: %d %v", status, made)
		}
		body["wording"] = 0
		if status, _ := f.call(t, "", "POST", "/applications", body); status != 422 {
			t.Errorf("without consent: %d", status)
		}
		path := "/applications/" + made["id"].(string)
		for _, who := range []string{"other", "leader", "dataofficer", "partner", "observer", "admin", "auditor", "member", ""} {
			status, out := f.call(t, who, "GET", "/applications", nil)
			if list, _ := out["applications"].([]any); len(list) != 0 || status == 200 && who != "other" {
				t.Errorf("%q lists: %d %v", who, status, out)
			}
			for _, verdict := range []string{"admit", "refuse"} {
				body := map[string]any{"reason": "x"}
				if verdict == "admit" {
					body = map[string]any{"day": "2026-11-20", "decision": "1"}
				}
				if status, _ := f.call(t, who, "POST", path+"/"+verdict, body); status != 403 && status != 404 {
					t.Errorf("%q %ss: %d", who, verdict, status)
				}
			}
		}
		if status, out := f.call(t, "chair", "GET", "/applications", nil); status != 200 || len(out["applications"].([]any)) != 1 {
			t.Errorf("the chair lists: %d %v", status, out)
		}
		if status, out := f.call(t, "chair", "POST", path+"/admit", map[string]any{"day": "2026-11-20", "decision": "15"}); status != 200 || out["status"] != "active" {
			t.Errorf("admit: %d %v", status, out)
		}
		f.count(t, today, 1)
	})
}
