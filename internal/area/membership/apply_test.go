package membership_test

import (
	"net/url"
	"strings"
	"testing"

	"odaq/internal/area/membership"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

// applied sends an application to the first primary organisation.
func (f *front) applied(t *testing.T, surname, nationalID string) id.ID {
	t.Helper()
	p, err := f.area.Apply(t.Context(), membership.ApplyRequest{Org: f.primaries[0], Name: search.Name{Surname: surname, Given: "Дана"}, Birth: cal.Never, Lang: text.RU,
		Private: membership.Private{NationalID: nationalID, Phone: "+7 700 111 22 33"}, Category: "worker", Wording: 1})
	if err != nil {
		t.Fatal(err)
	}
	return p.ID
}

func (f *front) joinForm(surname string) url.Values {
	return url.Values{"org": {f.primaries[0].String()}, "surname": {surname}, "given": {"Дана"}, "national_id": {aNumber}, "phone": {"+7 700 111 22 33"},
		"category": {"worker"}, "lang": {"ru"}, "consent": {"1"}, "wording": {"1"}}
}

func TestJoin(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		if got := f.get(t, "", "/join?find=Бастауыш"); !strings.Contains(got.body, "/join?org="+f.primaries[2].String()) {
			t.Error("the public cannot choose an organisation")
		}
		for name, c := range map[string]struct{ field, value string }{
			"no consent": {"consent", ""}, "another text": {"wording", "2"}, "no contact": {"phone", ""}, "odd phone": {"phone", "drop table"},
			"odd e-mail": {"email", "a@"}, "bad number": {"national_id", "000000000000"}, "no name": {"surname", ""}, "not a primary": {"org", f.unions[0].String()},
		} {
			form := f.joinForm("Сапарова")
			form.Set(c.field, c.value)
			if c.field == "surname" {
				form.Del("given")
			}
			got := f.send(t, "", "POST", "/join", form)
			if got.status != 422 || strings.Contains(got.body, aNumber) {
				t.Errorf("%s: %d", name, got.status)
			}
			if c.field != "surname" && !strings.Contains(got.body, `value="Сапарова"`) {
				t.Errorf("%s: what was typed is lost", name)
			}
		}
		// One who is a member already gets the very same answer.
		first := f.send(t, "", "POST", "/join", f.joinForm("Сапарова"))
		f.admitted(t)
		second := f.send(t, "", "POST", "/join", f.joinForm("Нұрланова"))
		if first != second || first.status != 303 || first.location != "/join/done" {
			t.Errorf("answers differ or fail: %+v, %+v", first, second)
		}
		f.count(t, today, 1)
		if got := f.get(t, "chair", "/members"); strings.Contains(got.body, "Сапарова") {
			t.Error("an applicant is listed among the members")
		}
	})
}

func TestDecideOnApplications(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		application := f.applied(t, "Сапарова", aNumber)
		path := "/applications/" + application.String()
		if got := f.send(t, "chair", "POST", path+"/admit", url.Values{"day": {"2026-11-20"}, "decision": {""}}); got.status != 422 || !strings.Contains(got.body, `href="#f-decision"`) {
			t.Errorf("without a decision: %d", got.status)
		}
		if got := f.send(t, "chair", "POST", path+"/refuse", url.Values{"reason": {""}}); got.status != 422 || !strings.Contains(got.body, `href="#f-reason"`) {
			t.Errorf("without a reason: %d", got.status)
		}
		got := f.send(t, "chair", "POST", path+"/admit", url.Values{"day": {"2026-11-20"}, "decision": {"15"}})
		if got.status != 303 {
			t.Fatalf("admitted: %d %s", got.status, got.body)
		}
		page := f.get(t, "chair", got.location).body
		for _, want := range []string{"Сапарова Дана", "по заявлению", "Решение № 15", "Номер члена"} {
			if !strings.Contains(page, want) {
				t.Errorf("the record does not say %q", want)
			}
		}
		f.count(t, cal.Date(2026, 11, 19), 0)
		f.count(t, today, 1)
		if got := f.send(t, "chair", "POST", path+"/refuse", url.Values{"reason": {"кеш"}}); got.status != 409 {
			t.Errorf("decided twice: %d", got.status)
		}
		// The number is the member's now: nobody else is admitted with it.
		if _, err := f.area.Admit(f.other, f.request(f.primaries[2], "Басқа", aNumber, today)); !fault.Is(err, fault.Invalid) {
			t.Errorf("the number is free: %v", err)
		}
		again := f.applied(t, "Сапарова", aNumber)
		if got := f.send(t, "chair", "POST", "/applications/"+again.String()+"/admit", url.Values{"day": {"2026-11-20"}, "decision": {"16"}}); got.status != 422 || !strings.Contains(got.body, "уже член профсоюза") {
			t.Errorf("admitted twice: %d", got.status)
		}
		if got := f.send(t, "chair", "POST", "/applications/"+again.String()+"/refuse", url.Values{"reason": {"Уже состоит в профсоюзе"}}); got.status != 303 {
			t.Errorf("refused: %d", got.status)
		}
		f.count(t, today, 1)
		if n := f.query(t, `SELECT count(*) FROM audit_entry WHERE action = 'membership.admit'`); n != 4 {
			t.Errorf("%d entries, want 4: two verdicts, and two refusals that told of the member", n)
		}
	})
}

func TestFormerMemberComesBackByApplication(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		p := f.admitted(t)
		if _, err := f.area.End(f.registrar, membership.Step{Person: p.ID, Day: cal.Date(2025, 1, 1), Decision: "5", Reason: "көшті"}); err != nil {
			t.Fatal(err)
		}
		application := f.applied(t, "Нұрланова", aNumber)
		back, err := f.area.AdmitApplicant(f.registrar, membership.Verdict{Application: application, Day: today, Decision: "20"})
		if err != nil || back.ID != p.ID || back.Number != p.Number {
			t.Fatalf("back as %+v, %v; want the old record", back, err)
		}
		if n := f.query(t, `SELECT count(*) FROM membership_person`); n != 1 {
			t.Errorf("%d records of one person", n)
		}
		if n := f.query(t, `SELECT count(*) FROM privacy_secret`); n != 1 {
			t.Errorf("%d secrets of one person", n)
		}
		if yes, err := privacy.Consented(t.Context(), d.Read(), p.ID, "membership.application", today); err != nil || !yes {
			t.Errorf("the consent is lost: %v", err)
		}
		f.count(t, today, 1)
	})
}

func TestOpenApplicationsAreBounded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		f.applied(t, "Сапарова", "")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Bulk(t.Context(), "membership_application", []string{"id", "person_id", "org_id", "category", "day", "state", "decided", "decision", "reason", "account_id", "made_at"},
				func(yield func([]any, error) bool) {
					for range 499 {
						if !yield([]any{int64(id.New()), int64(id.New()), int64(f.primaries[0]), "worker", int64(today), "open", int64(cal.Forever), "", "", int64(0), int64(0)}, nil) {
							return
						}
					}
				})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := f.send(t, "", "POST", "/join", f.joinForm("Омарова")); got.status != 429 || !strings.Contains(got.body, `value="Омарова"`) {
			t.Errorf("the 501st application: %d", got.status)
		}
	})
}

func TestEveryMessageExists(t *testing.T) {
	f := openFront(t, dbtest.SQLite(t))
	keys := map[text.Lang][]string{}
	for _, l := range text.Langs {
		keys[l] = f.text.Keys(l)
	}
	for _, l := range text.Langs[1:] {
		if strings.Join(keys[l], " ") != strings.Join(keys[text.KK], " ") {
			t.Errorf("%s and kk have different messages", l)
		}
	}
}

func TestHoldingsNameTablesAndColumns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := openFront(t, d)
		register := &privacy.Register{}
		if err := register.Add(f.area.Module().Holdings...); err != nil {
			t.Fatal(err)
		}
		for _, h := range register.Holdings() {
			where := "1 = 0"
			if h.Person != "" {
				where = h.Person + " = 0"
			}
			f.query(t, `SELECT count(`+h.Column+`) FROM `+h.Table+` WHERE `+where)
		}
		for _, table := range []string{"membership_person", "membership_spell", "membership_event", "membership_key", "membership_word", "membership_application", "membership_batch_row", "membership_card"} {
			if !register.Holds(table) {
				t.Errorf("%s holds persons and is not declared", table)
			}
		}
	})
}
