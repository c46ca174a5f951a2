package membership_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"odaq/internal/area/membership"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/audit"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/search"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

// own is an office with a member, Айгүл, who has an account, and a data officer.
type own struct {
	*office
	person  membership.Person
	member  context.Context
	officer context.Context
}

const nationalID = "650308300019" // synthetic

func openOwn(t *testing.T, d *db.DB) *own {
	t.Helper()
	o := &own{office: open(t, d)}
	holdings := &privacy.Register{}
	if err := holdings.Add(membership.Holdings()...); err != nil {
		t.Fatal(err)
	}
	o.area.Link(membership.Links{Holdings: holdings})
	o.area.CardEvents(o.desk.Events)
	var err error
	o.person, err = o.area.Admit(o.chair, o.request(o.primaries[0], "Нұрланова", nationalID, cal.Date(2020, 3, 1)))
	if err != nil {
		t.Fatal(err)
	}
	o.member = access.With(t.Context(), access.Actor{Account: id.New(), Person: o.person.ID, Name: "Айгүл", Agent: "page"})
	account := id.New()
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		return access.Give(t.Context(), tx, access.Grant{ID: id.New(), Account: account, Role: access.DataOfficer, Org: o.top, From: cal.Date(2020, 1, 1), To: cal.Forever, Decision: "3"}, 0)
	})
	if err != nil {
		t.Fatal(err)
	}
	o.officer = access.With(t.Context(), access.Actor{Account: account, Agent: "page", Second: true})
	return o
}

func (o *own) state(t *testing.T, card string) membership.CardState {
	t.Helper()
	answer, err := o.area.VerifyCard(t.Context(), card)
	if err != nil {
		t.Fatal(err)
	}
	return answer.State
}

func (o *own) revoked(t *testing.T) membership.RevokedCards {
	t.Helper()
	keys, err := o.area.CardKeyList(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	signed, err := o.area.RevokedCardList(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var k membership.CardKeys
	var r membership.RevokedCards
	if err := errors.Join(json.Unmarshal([]byte(keys.List), &k), json.Unmarshal([]byte(signed.List), &r)); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(k.Keys, func(p membership.PublicKey) bool { return p.ID == signed.Key })
	if i < 0 || !keys.Genuine(k.Keys[i].Public) || !signed.Genuine(k.Keys[i].Public) {
		t.Errorf("the lists are not signed by a listed key: %+v", k.Keys)
	}
	signed.List += " "
	if signed.Genuine(k.Keys[i].Public) {
		t.Error("a changed list verifies")
	}
	return r
}

func (o *own) step(reason string) membership.Step {
	return membership.Step{Person: o.person.ID, Day: today, Decision: "9", Reason: reason}
}

func TestOwnCard(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := openOwn(t, d)
		c, err := o.area.OwnCard(o.member)
		if err != nil {
			t.Fatal(err)
		}
		if c.Org.RU == "" || c.Card.Org != o.unions[0] || c.Until != cal.Date(2026, 12, 31) || c.Number != o.person.Number {
			t.Errorf("card %+v", c)
		}
		before := entries(t, d)
		again, err := o.area.OwnCard(o.member)
		if err != nil || again.String() != c.String() || entries(t, d) != before {
			t.Errorf("a second look made another card: %v", err)
		}
		answer, err := o.area.VerifyCard(t.Context(), c.String())
		if err != nil || answer.State != membership.CardValid || answer.Number != o.person.Number || answer.Org.KK != "Одақ" {
			t.Errorf("checked as %+v, %v", answer, err)
		}
		for _, who := range []context.Context{t.Context(), o.chair, o.admin} {
			if _, err := o.area.OwnCard(who); err == nil {
				t.Error("somebody who is no member has a card")
			}
		}

		// Suspended: at once not good here, and on the list by the event.
		if _, err := o.area.Suspend(o.chair, o.step("тексеру")); err != nil {
			t.Fatal(err)
		}
		if got := o.state(t, c.String()); got != membership.CardRevoked {
			t.Errorf("a suspended member's card is %s", got)
		}
		if _, err := o.area.OwnCard(o.member); !fault.Is(err, fault.Unready) {
			t.Errorf("a suspended member gets a card: %v", err)
		}
		deliver(t, o, "membership.suspended")
		if !o.revoked(t).Has(c.SignedCard) {
			t.Error("a suspended member's card is not on the list")
		}
		if _, err := o.area.Reinstate(o.chair, o.step("")); err != nil {
			t.Fatal(err)
		}
		if _, err := o.area.OwnCard(o.member); err != nil || o.state(t, c.String()) != membership.CardValid || o.revoked(t).Has(c.SignedCard) {
			t.Errorf("after reinstatement: %v", err)
		}

		// Moved to another union: the old card goes, the new one names the new union.
		if _, err := o.area.Transfer(o.everyone, o.step(""), o.primaries[2]); err != nil {
			t.Fatal(err)
		}
		moved, err := o.area.OwnCard(o.member)
		if err != nil || moved.Card.Org != o.unions[1] {
			t.Fatalf("after the transfer: %+v, %v", moved.Card, err)
		}
		if list := o.revoked(t); !list.Has(c.SignedCard) || list.Has(moved.SignedCard) || o.state(t, c.String()) != membership.CardRevoked {
			t.Error("after the transfer the wrong cards are revoked")
		}
		if _, err := o.area.End(o.everyone, o.step("өз еркімен")); err != nil {
			t.Fatal(err)
		}
		if !o.revoked(t).Has(moved.SignedCard) || o.state(t, moved.String()) != membership.CardRevoked {
			t.Error("a former member's card is not revoked")
		}
		if n := len(o.revoked(t).Fingerprints); n != 16 {
			t.Errorf("the list has %d bytes, want 16", n)
		}
	})
}

func deliver(t *testing.T, o *own, name string) {
	t.Helper()
	err := o.db.Write(t.Context(), func(tx *db.Tx) error {
		return o.desk.Events.Deliver(t.Context(), tx, event.Event{Name: name, Record: membership.Ref(o.person.ID), Org: o.person.Org, Day: today})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func entries(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	if err := d.Read().QueryRow(t.Context(), `SELECT count(*) FROM audit_entry`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRotateCardKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := openOwn(t, d)
		old, err := o.area.OwnCard(o.member)
		if err != nil {
			t.Fatal(err)
		}
		for _, who := range []context.Context{o.member, o.chair, o.registrar, o.officer, t.Context()} {
			if _, err := o.area.RotateCardKey(who, true); !fault.Is(err, fault.Denied) {
				t.Errorf("rotation by the wrong person: %v", err)
			}
		}
		if _, err := o.area.RotateCardKey(o.admin, false); err != nil {
			t.Fatal(err)
		}
		fresh, err := o.area.OwnCard(o.member)
		if err != nil || fresh.Key != old.Key+1 || o.state(t, old.String()) != membership.CardValid || o.state(t, fresh.String()) != membership.CardValid {
			t.Errorf("after rotation: %+v, %v", fresh.Card, err)
		}
		o.revoked(t)
		if _, err := o.area.RotateCardKey(o.admin, true); err != nil {
			t.Fatal(err)
		}
		for _, c := range []membership.MyCard{old, fresh} {
			if got := o.state(t, c.String()); got != membership.CardForged {
				t.Errorf("a card of a withdrawn key is %s", got)
			}
		}
		if c, err := o.area.OwnCard(o.member); err != nil || o.state(t, c.String()) != membership.CardValid {
			t.Errorf("no new card after the keys were withdrawn: %v", err)
		}
		if err := o.area.SetCardEnd(o.admin, 6, 31); !fault.Is(err, fault.Invalid) {
			t.Errorf("30 June + 1: %v", err)
		}
		if err := o.area.SetCardEnd(o.admin, 6, 30); err != nil {
			t.Fatal(err)
		}
		if c, err := o.area.OwnCard(o.member); err != nil || c.Until != cal.Date(2027, 6, 30) {
			t.Errorf("until %s, %v", c.Until, err)
		}
		if _, _, err := audit.Verify(t.Context(), d.Read()); err != nil {
			t.Error(err)
		}
	})
}

// TestAskClocks knows the calendar: 21 November 2026 is a Saturday.
func TestAskClocks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := openOwn(t, d)
		for kind, due := range map[privacy.RequestKind]cal.Day{
			privacy.AskCorrection: cal.Date(2026, 11, 23), privacy.AskBlocking: cal.Date(2026, 11, 23), privacy.AskErasure: cal.Date(2026, 11, 23),
			privacy.AskObjection: cal.Date(2026, 11, 25), privacy.AskExplanation: cal.Date(2026, 11, 25),
		} {
			r, err := o.area.Ask(o.member, kind, "өтініш")
			if err != nil || r.Due != due {
				t.Errorf("%s is due on %s, %v; want %s", kind, r.Due, err, due)
			}
		}
		for _, c := range []struct {
			kind   privacy.RequestKind
			detail string
			want   fault.Kind
		}{
			{privacy.AskCorrection, "", fault.Invalid}, {"nonsense", "x", fault.Invalid}, {privacy.AskExport, "x", fault.Invalid},
			{privacy.AskCorrection, "өтініш", fault.Conflict}, {privacy.AskCorrection, strings.Repeat("ә", 4001), fault.Invalid},
		} {
			if _, err := o.area.Ask(o.member, c.kind, c.detail); !fault.Is(err, c.want) {
				t.Errorf("%s %.10q: %v", c.kind, c.detail, err)
			}
		}
		if _, err := o.area.Ask(o.chair, privacy.AskErasure, ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("an account of no member asks: %v", err)
		}
	})
}

func TestConsent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := openOwn(t, d)
		w := privacy.Wording{Kind: "contact.sms", Version: 1, From: today, Operator: "Федерация", Fields: "телефон", KK: "Келісемін", RU: "Согласен", EN: "I agree"}
		if err := o.area.PublishWording(o.chair, w); err == nil {
			t.Error("a chair published a wording")
		}
		if err := o.area.PublishWording(o.officer, w); err != nil {
			t.Fatal(err)
		}
		if err := o.area.Consent(o.member, w.Kind, 2, true); !fault.Is(err, fault.Conflict) {
			t.Errorf("consent to a version nobody read: %v", err)
		}
		held := func() bool {
			yes, err := privacy.Consented(t.Context(), d.Read(), o.person.ID, w.Kind, today)
			if err != nil {
				t.Fatal(err)
			}
			return yes
		}
		if err := o.area.Consent(o.member, w.Kind, 1, true); err != nil || !held() {
			t.Errorf("given: %v", err)
		}
		if err := o.area.Consent(o.member, w.Kind, 1, false); err != nil || held() {
			t.Errorf("withdrawn: %v", err)
		}
		if err := o.area.Consent(o.member, w.Kind, 1, false); !fault.Is(err, fault.Unready) {
			t.Errorf("withdrawn twice: %v", err)
		}
	})
}

func TestOwnData(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := openOwn(t, d)
		registrar := access.From(o.registrar).Account
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			now := cal.At(today.Time())
			return errors.Join(
				privacy.Log(t.Context(), tx, privacy.Disclosure{At: now, Account: registrar, Person: o.person.ID, Purpose: privacy.PurposeRegister, What: privacy.Viewed, Org: o.primaries[0]}),
				privacy.Log(t.Context(), tx, privacy.Disclosure{At: now, Account: registrar, Purpose: privacy.PurposeRegister, What: privacy.Listed, Org: o.unions[0], People: 12}),
				privacy.Log(t.Context(), tx, privacy.Disclosure{At: now, Account: registrar, Purpose: privacy.PurposeRegister, What: privacy.Listed, Org: o.unions[1], People: 9}))
		})
		if err != nil {
			t.Fatal(err)
		}
		data, err := o.area.OwnData(o.member)
		if err != nil {
			t.Fatal(err)
		}
		if data.Surname != "Нұрланова" || data.NationalID != nationalID || data.Phone == "" || len(data.Spells) != 1 || data.Birth != cal.Date(1965, 3, 8) {
			t.Errorf("own data %+v", data)
		}
		if len(data.Looks) != 2 || data.Looks[0].Role != access.Registrar || data.Looks[1].Role != access.Registrar {
			t.Errorf("looks %+v", data.Looks)
		}
		b, err := json.Marshal(data)
		if err != nil || !strings.Contains(string(b), `"to":""`) || !strings.Contains(string(b), `"birth":"1965-03-08"`) {
			t.Errorf("as JSON %s, %v", b, err)
		}
	})
}

// TestErase: nothing sealed opens, nothing is found, every past count is the
// same, and an old copy of the row is unreadable.
func TestErase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := openOwn(t, d)
		ctx := t.Context()
		if _, err := o.area.Categorise(o.chair, membership.Step{Person: o.person.ID, Day: cal.Date(2025, 1, 1), Decision: "5"}, "pensioner"); err != nil {
			t.Fatal(err)
		}
		if _, err := o.area.Admit(o.chair, o.request(o.primaries[0], "Омарова", "", cal.Date(2021, 1, 1))); err != nil {
			t.Fatal(err)
		}
		card, err := o.area.OwnCard(o.member)
		if err != nil {
			t.Fatal(err)
		}
		var oldID, oldContact []byte
		if err := d.Read().QueryRow(ctx, `SELECT national_id, contact FROM membership_person WHERE id = $1`, o.person.ID).Scan(&oldID, &oldContact); err != nil {
			t.Fatal(err)
		}
		days := []cal.Day{cal.Date(2020, 2, 29), cal.Date(2020, 3, 1), cal.Date(2022, 1, 1), cal.Date(2025, 6, 1), today - 1}
		count := func(day cal.Day) [2]int64 {
			h, err := o.area.Beneath(ctx, d.Read(), o.top, day)
			if err != nil {
				t.Fatal(err)
			}
			return [2]int64{h.Total, h.Earners}
		}
		before := map[cal.Day][2]int64{}
		for _, day := range days {
			before[day] = count(day)
		}
		asked, err := o.area.Ask(o.member, privacy.AskErasure, "Шығамын, Нұрланова")
		if err != nil {
			t.Fatal(err)
		}
		data, err := o.area.OwnData(o.member)
		if err != nil || len(data.Requests) != 1 {
			t.Fatal(data.Requests, err)
		}
		grant := membership.Answering{Person: o.person.ID, Request: asked.ID, Outcome: privacy.Partly, Words: "Мерзімдер қалды"}
		once := access.From(o.officer)
		once.Second = false
		for name, who := range map[string]context.Context{"member": o.member, "chair": o.chair, "registrar": o.everyone, "admin": o.admin, "public": ctx, "without a second factor": access.With(ctx, once)} {
			if _, err := o.area.AnswerRequest(who, grant); !fault.Is(err, fault.Denied) && !fault.Is(err, fault.NotFound) {
				t.Errorf("erased by %s: %v", name, err)
			}
		}
		if _, err := o.area.AnswerRequest(o.officer, grant); err != nil {
			t.Fatal(err)
		}

		for _, day := range days {
			if got := count(day); got != before[day] {
				t.Errorf("on %s the count was %v and is %v", day, before[day], got)
			}
			o.count(t, day, before[day][0])
		}
		o.count(t, today, 1) // whoever is erased is a member no more
		scope, err := o.desk.Gate.Scope(o.everyone, d.Read(), access.From(o.everyone), membership.View)
		if err != nil {
			t.Fatal(err)
		}
		every := []membership.Status{membership.Active, membership.Suspended, membership.Applicant, membership.Former, membership.Erased}
		for _, query := range []string{"Нұрланова", "nurlan", o.person.Number.String()} {
			if found, err := o.area.List(ctx, d.Read(), scope, membership.Find{Query: query, Statuses: every}); err != nil || len(found) != 0 {
				t.Errorf("%q finds %+v, %v", query, found, err)
			}
		}
		p, err := membership.Get(ctx, d.Read(), scope, o.person.ID)
		if err != nil || p.Name != (search.Name{}) || p.Birth != cal.Never || p.Number != 0 || p.Status != membership.Erased {
			t.Errorf("what is left: %+v, %v", p, err)
		}
		if got := o.state(t, card.String()); got != membership.CardRevoked {
			t.Errorf("the card is %s", got)
		}

		// The row as it was in an old copy: put back, it still does not open.
		if err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE membership_person SET national_id = $2, contact = $3 WHERE id = $1`, o.person.ID, oldID, oldContact)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := privacy.Secret(ctx, d.Read(), o.person.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("the secret: %v", err)
		}
		if number, err := o.area.Reveal(o.everyone, o.person.ID, "тексеру"); err == nil {
			t.Errorf("the old copy opens: %d characters", len(number))
		}
		if _, err := o.area.OwnData(o.member); err != nil {
			t.Errorf("own data after erasure: %v", err)
		}

		// The answer stays for whoever has the code; the person's own words do not.
		r, err := o.area.AnswerByCode(ctx, " "+strings.ToLower(data.Requests[0].Code))
		if err != nil || r.Outcome != privacy.Partly || r.Answer != grant.Words || r.Detail != "" {
			t.Errorf("the answer by code: %+v, %v", r, err)
		}
		wrong := []byte(data.Requests[0].Code)
		wrong[len(wrong)-1] ^= 1
		if _, err := o.area.AnswerByCode(ctx, string(wrong)); err == nil {
			t.Error("a wrong code opens the answer")
		}
		if _, err := o.area.AnswerRequest(o.officer, grant); err == nil {
			t.Error("a request was answered twice")
		}

		// Nothing of the person is left in the trail, and it is whole.
		if n := strings.Count(dump(t, d), "Нұрланова"); n != 0 {
			t.Errorf("the name stands in the audit trail %d times", n)
		}
		if _, _, err := audit.Verify(ctx, d.Read()); err != nil {
			t.Error(err)
		}

		// After a restore of a copy the erasure is done again.
		if err := d.Write(ctx, func(tx *db.Tx) error { return o.area.Forget(ctx, tx, o.person.ID, o.desk.Clock.Now()) }); err != nil {
			t.Error(err)
		}
	})
}

func dump(t *testing.T, d *db.DB) string {
	t.Helper()
	rows, err := d.Read().Query(t.Context(), `SELECT record, reason, changes FROM audit_entry`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var b strings.Builder
	for rows.Next() {
		var record, reason, changes string
		if err := rows.Scan(&record, &reason, &changes); err != nil {
			t.Fatal(err)
		}
		b.WriteString(record + reason + changes + "\n")
	}
	return b.String()
}

func TestRefusedErasureKeepsAll(t *testing.T) {
	d := dbtest.SQLite(t)
	o := openOwn(t, d)
	asked, err := o.area.Ask(o.member, privacy.AskErasure, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range []membership.Answering{{Outcome: privacy.Refused}, {Outcome: "nonsense", Words: "x"}, {Outcome: privacy.Partly}} {
		in.Person, in.Request = o.person.ID, asked.ID
		if _, err := o.area.AnswerRequest(o.officer, in); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", in, err)
		}
	}
	if _, err := o.area.AnswerRequest(o.officer, membership.Answering{Person: o.person.ID, Request: asked.ID, Outcome: privacy.Refused, Words: "Берешек бар"}); err != nil {
		t.Fatal(err)
	}
	if data, err := o.area.OwnData(o.member); err != nil || data.Surname == "" || data.Requests[0].Answer != "Берешек бар" {
		t.Errorf("after a refusal: %+v, %v", data, err)
	}
}
