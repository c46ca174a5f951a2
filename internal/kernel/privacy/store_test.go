package privacy

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/schema"
	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
	"odaq/internal/testkit/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		migrate(t, d)
		test(t, d)
	})
}

func migrate(t *testing.T, d *db.DB) {
	t.Helper()
	if _, err := db.Migrate(t.Context(), d, []db.Source{{Name: "kernel", Number: 1, FS: schema.FS}}); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func TestErase(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		sealer := seal.Ephemeral()
		people := []id.ID{11, 12}
		var secrets map[id.ID][]byte
		write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
			secrets, err = MakeSecrets(ctx, tx, people)
			return err
		})
		loaded, err := Secrets(t.Context(), d.Read(), append(people, 13))
		if err != nil || !cmp.Equal(secrets, loaded) || len(loaded) != 2 || bytes.Equal(loaded[11], loaded[12]) {
			t.Fatalf("%v, %v", loaded, err)
		}
		place := seal.Place("membership_person", "iin", 11)
		subject, err := sealer.Subject(loaded[11])
		if err != nil {
			t.Fatal(err)
		}
		sealed := subject.Seal([]byte("900101300017"), place)

		// The register's own tables serve as an area's.
		var reg Register
		err = reg.Add(
			Holding{Table: "privacy_request", Column: "detail", Person: "person_id", Purpose: PurposeLaw, Basis: Duty, Kind: "r", OnErase: Blank, Blank: ""},
			Holding{Table: "privacy_request", Column: "kind", Person: "person_id", Purpose: PurposeLaw, Basis: Duty, Kind: "r", OnErase: Keep},
			Holding{Table: "membership_person", Column: "iin", Person: "id", Purpose: PurposeRegister, Basis: Membership, Kind: "r", OnErase: Shred},
		)
		if err != nil {
			t.Fatal(err)
		}
		clocks := Clocks{AskErasure: func(d cal.Day) cal.Day { return d + 15 }}
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			for _, p := range people {
				if _, err := Receive(ctx, tx, clocks, Request{Person: p, Kind: AskErasure, Detail: "please", Received: 100}); err != nil {
					return err
				}
			}
			return nil
		})
		var e Erasure
		write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
			e, err = reg.Erase(ctx, tx, []id.ID{11}, 500)
			return err
		})
		if want := (Erasure{Blanked: map[string]int64{"privacy_request.detail": 1}, Shredded: true}); !cmp.Equal(want, e) {
			t.Errorf("%+v", e)
		}
		for p, want := range map[id.ID]string{11: "", 12: "please"} {
			r, err := RequestsOf(t.Context(), d.Read(), p)
			if err != nil || len(r) != 1 || r[0].Detail != want || r[0].Kind != AskErasure {
				t.Errorf("%d: %+v, %v", p, r, err)
			}
		}
		if _, err := Secret(t.Context(), d.Read(), 11); !fault.Is(err, fault.NotFound) {
			t.Errorf("the secret of an erased person: %v", err)
		}
		if kept, err := Secret(t.Context(), d.Read(), 12); err != nil || !bytes.Equal(kept, secrets[12]) {
			t.Errorf("another's secret: %v", err)
		}
		other, _ := sealer.Subject(secrets[12])
		if _, err := other.Open(sealed, place); !errors.Is(err, seal.ErrSealed) {
			t.Errorf("opened with another's secret: %v", err)
		}

		// A restored backup has the secret again; the list takes it away.
		list, err := Erased(t.Context(), d.Read(), 500)
		if err != nil || !cmp.Equal(list, []ErasedPerson{{11, 500}}) {
			t.Fatalf("%v, %v", list, err)
		}
		if later, err := Erased(t.Context(), d.Read(), 501); err != nil || len(later) != 0 {
			t.Errorf("%v, %v", later, err)
		}
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `DELETE FROM privacy_erased`); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `INSERT INTO privacy_secret (person_id, secret, made_at) VALUES (11, $1, 0)`, secrets[11])
			return err
		})
		for range 2 {
			write(t, d, func(ctx context.Context, tx *db.Tx) error {
				_, err := reg.Erase(ctx, tx, []id.ID{list[0].Person}, list[0].At)
				return err
			})
			if _, err := Secret(t.Context(), d.Read(), 11); !fault.Is(err, fault.NotFound) {
				t.Errorf("after erasing again: %v", err)
			}
		}
		if again, _ := Erased(t.Context(), d.Read(), 0); !cmp.Equal(again, list) {
			t.Errorf("%v", again)
		}
	})
}

func TestMakeSecretTwice(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		make := func() error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := MakeSecrets(t.Context(), tx, []id.ID{1})
				return err
			})
		}
		if err := make(); err != nil {
			t.Fatal(err)
		}
		if err := make(); !errors.Is(err, db.ErrUnique) {
			t.Errorf("a secret was replaced: %v", err)
		}
	})
}

// A destroyed secret is not in the database file any more once it is closed.
func TestSecretLeavesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	d, err := db.Open(t.Context(), path, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	migrate(t, d)
	people := make([]id.ID, 300)
	for i := range people {
		people[i] = id.ID(i + 1)
	}
	var secrets map[id.ID][]byte
	write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
		secrets, err = MakeSecrets(ctx, tx, people)
		return err
	})
	write(t, d, func(ctx context.Context, tx *db.Tx) error {
		_, err := DestroySecret(ctx, tx, 150, 1)
		return err
	})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	kept := false
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, secrets[150]) {
			t.Errorf("the destroyed secret is still in %s", filepath.Base(f))
		}
		kept = kept || bytes.Contains(b, secrets[151])
	}
	if !kept {
		t.Error("the search does not find a secret that is there")
	}
}

func TestRegisterRefuses(t *testing.T) {
	good := Holding{Table: "t", Column: "c", Person: "p", Purpose: PurposeRegister, Basis: Consent, Kind: "r", OnErase: Keep}
	for name, change := range map[string]func(*Holding){
		"no table":   func(h *Holding) { h.Table = "" },
		"not a name": func(h *Holding) { h.Column = "c = c; --" },
		"no person":  func(h *Holding) { h.Person = "" },
		"no purpose": func(h *Holding) { h.Purpose = "" },
		"no basis":   func(h *Holding) { h.Basis = "" },
		"no kind":    func(h *Holding) { h.Kind = "" },
		"no effect":  func(h *Holding) { h.OnErase = "" },
	} {
		var r Register
		bad := good
		change(&bad)
		if r.Add(bad) == nil || len(r.Holdings()) != 0 {
			t.Errorf("%s: taken", name)
		}
	}
	var r Register
	if err := r.Add(good); err != nil || !r.Holds("t") || r.Holds("u") {
		t.Errorf("%v, %+v", err, r)
	}
	if r.Add(good) == nil {
		t.Error("a column declared twice")
	}
}

func TestDisclosures(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			for _, e := range []Disclosure{
				{ID: 1, At: 10, Account: 5, Person: 7, What: Viewed, Purpose: PurposeService, Org: 3},
				{ID: 2, At: 20, Account: 5, What: Listed, Purpose: PurposeRegister, Org: 3, People: 40},
				{ID: 3, At: 20, Account: 6, Person: 7, What: SearchedByID, Purpose: PurposeRegister, Reason: "дубликат", Org: 3},
				{ID: 4, At: 30, Account: 5, Person: 8, What: Viewed, Purpose: PurposeService, Org: 3},
				{ID: 5, At: 40, Account: 5, What: Exported, Purpose: PurposeDues, Org: 3, People: 41},
				{ID: 6, At: 50, Account: 5, What: Listed, Purpose: PurposeRegister, Org: 4, People: 9},
				{ID: 7, At: 60, Account: 5, Person: 7, What: GivenToPartner, Purpose: PurposeLaw, Org: 1},
			} {
				if err := Log(ctx, tx, e); err != nil {
					return err
				}
			}
			return nil
		})
		ids := func(page Page, lists ...Within) []id.ID {
			t.Helper()
			all, err := ByPerson(t.Context(), d.Read(), 7, page, lists...)
			if err != nil {
				t.Fatal(err)
			}
			var ids []id.ID
			for _, e := range all {
				ids = append(ids, e.ID)
			}
			return ids
		}
		for name, c := range map[string]struct{ got, want []id.ID }{
			"own":             {ids(Page{}), []id.ID{7, 3, 1}},
			"with lists":      {ids(Page{}, Within{3, 0, 1000}), []id.ID{7, 5, 3, 2, 1}},
			"before joining":  {ids(Page{}, Within{3, 21, 1000}), []id.ID{7, 5, 3, 1}},
			"after leaving":   {ids(Page{}, Within{3, 0, 40}), []id.ID{7, 3, 2, 1}},
			"two memberships": {ids(Page{}, Within{3, 0, 40}, Within{3, 0, 41}), []id.ID{7, 5, 3, 2, 1}},
			"first page":      {ids(Page{Limit: 2}, Within{3, 0, 1000}), []id.ID{7, 5}},
			"second page":     {ids(Page{Before: 40, ID: 5, Limit: 2}, Within{3, 0, 1000}), []id.ID{3, 2}},
			"inside a tie":    {ids(Page{Before: 20, ID: 3, Limit: 2}, Within{3, 0, 1000}), []id.ID{2, 1}},
		} {
			if diff := cmp.Diff(c.want, c.got); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		one, err := ByPerson(t.Context(), d.Read(), 8, Page{})
		if want := []Disclosure{{ID: 4, At: 30, Account: 5, Person: 8, What: Viewed, Purpose: PurposeService, Org: 3, People: 1}}; err != nil || !cmp.Equal(want, one) {
			t.Errorf("%+v, %v", one, err)
		}
	})
}

func TestConsents(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		v1 := Wording{Kind: "sms", Version: 1, From: 100, Operator: "o", Fields: "phone", KK: "қ", RU: "р", EN: "e"}
		v2 := v1
		v2.Version, v2.From, v2.Months = 2, 200, 12
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return errors.Join(Publish(ctx, tx, v1), Publish(ctx, tx, v2))
		})
		err := d.Write(t.Context(), func(tx *db.Tx) error { return Publish(t.Context(), tx, v1) })
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("a wording was replaced: %v", err)
		}
		for day, want := range map[cal.Day]int{100: 1, 199: 1, 200: 2} {
			if w, err := Current(t.Context(), d.Read(), "sms", day); err != nil || w.Version != want {
				t.Errorf("day %d: %+v, %v", day, w, err)
			}
		}
		if _, err := Current(t.Context(), d.Read(), "sms", 99); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		if w, err := WordingOf(t.Context(), d.Read(), "sms", 2); err != nil || w != v2 {
			t.Errorf("%+v, %v", w, err)
		}

		var first, second Given
		write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
			if first, err = Give(ctx, tx, 7, v1, 150, 7, 1); err != nil {
				return err
			}
			second, err = Give(ctx, tx, 7, v2, 210, 7, 2)
			return err
		})
		write(t, d, func(ctx context.Context, tx *db.Tx) error { return Withdraw(ctx, tx, 7, "sms", 220, 9) })
		for day, want := range map[cal.Day]bool{149: false, 150: true, 209: true, 210: true, 219: true, 220: false} {
			if got, err := Consented(t.Context(), d.Read(), 7, "sms", day); err != nil || got != want {
				t.Errorf("day %d: %v, %v", day, got, err)
			}
		}
		first.To, first.WithdrawnBy = 210, 7
		second.To, second.WithdrawnBy = 220, 9
		if all, err := Consents(t.Context(), d.Read(), 7); err != nil || !cmp.Equal(all, []Given{second, first}) {
			t.Errorf("%+v, %v", all, err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error { return Withdraw(t.Context(), tx, 7, "sms", 230, 9) })
		if !fault.Is(err, fault.Unready) {
			t.Errorf("withdrawn twice: %v", err)
		}
		// A wording with a term ends by itself.
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			g, err := Give(ctx, tx, 8, v2, 210, 8, 3)
			if want := cal.Day(210).AddMonths(12); g.To != want {
				t.Errorf("ends %v, want %v", g.To, want)
			}
			return err
		})
	})
}

func TestRequests(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		clocks := Clocks{
			AskExport:   func(d cal.Day) cal.Day { return d + 15 },
			AskBlocking: func(d cal.Day) cal.Day { return d + 1 },
		}
		var export, block Request
		write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
			if export, err = Receive(ctx, tx, clocks, Request{Person: 7, Kind: AskExport, Received: 100, Account: 7, MadeAt: 1, Outcome: Granted}); err != nil {
				return err
			}
			block, err = Receive(ctx, tx, clocks, Request{Person: 8, Kind: AskBlocking, Detail: "неверный адрес", Received: 101, Account: 8, MadeAt: 2})
			return err
		})
		if export.Due != 115 || block.Due != 102 || export.Outcome != Open {
			t.Errorf("%+v, %+v", export, block)
		}
		open := func(by cal.Day) []Request {
			t.Helper()
			all, err := OpenRequests(t.Context(), d.Read(), by, 10)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		if diff := cmp.Diff([]Request{block, export}, open(cal.Forever)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]Request{block}, open(114)); diff != "" {
			t.Error(diff)
		}
		answer := func(person, request id.ID, o Outcome, words string) error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				return Answer(t.Context(), tx, person, request, o, words, 103, 9)
			})
		}
		if err := answer(8, block.ID, Refused, ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("refused without a reason: %v", err)
		}
		if err := answer(8, block.ID, Open, "x"); !fault.Is(err, fault.Invalid) {
			t.Errorf("answered with open: %v", err)
		}
		if err := answer(7, block.ID, Granted, ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("another person's request: %v", err)
		}
		if err := answer(8, block.ID, Refused, "адрес верен"); err != nil {
			t.Fatal(err)
		}
		if err := answer(8, block.ID, Granted, ""); !fault.Is(err, fault.Unready) {
			t.Errorf("answered twice: %v", err)
		}
		got, err := RequestOf(t.Context(), d.Read(), 8, block.ID)
		block.Outcome, block.Answer, block.Answered, block.AnsweredBy = Refused, "адрес верен", 103, 9
		if err != nil || got != block {
			t.Errorf("%+v, %v", got, err)
		}
		if !got.Late(200) || export.Late(115) || !export.Late(116) {
			t.Error("what is late")
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := Receive(t.Context(), tx, clocks, Request{Person: 7, Kind: AskErasure})
			return err
		})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("a request without a clock: %v", err)
		}
	})
}
