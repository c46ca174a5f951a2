package app_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"odaq/internal/app"
	"odaq/internal/area/membership"
	"odaq/internal/kernel/account"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/rekey"
	"odaq/internal/platform/db"
	"odaq/internal/platform/login"
	"odaq/internal/platform/mail"
	"odaq/internal/platform/seal"
)

// vault is an installation with something under keys in every table that can
// have it.
type vault struct {
	*house
	url     string
	app     *app.App
	org     id.ID
	person  id.ID
	account id.ID
	old     []seal.Key
}

func newVault(t *testing.T, engine string) *vault {
	t.Helper()
	v := &vault{house: newHouse(t)}
	v.url = v.empty(engine)
	ctx := app.System(t.Context())
	v.app = v.federation(v.url, 1500)
	v.old = v.app.Seal.Keys()
	m := v.app.Areas.Membership
	in := somebody(t, v.app, secretSurname)
	in.Private = membership.Private{NationalID: secretID, Phone: secretPhone}
	p, err := m.Admit(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	v.org, v.person = in.Org, p.ID
	if _, err := m.RotateCardKey(ctx, false); err != nil {
		t.Fatal(err)
	}
	file := v.path("members.csv")
	if err := os.WriteFile(file, []byte("Тегі,Аты,ЖСН\nБірінші,Жан,\n,Екінші,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	asked := membership.ImportOptions{ImportRequest: membership.ImportRequest{Org: v.org}, DryRun: true}
	if _, err := m.ImportFile(ctx, file, asked, nil); err != nil {
		t.Fatal(err)
	}
	ways, err := login.New(login.Options{DB: v.app.DB, Seal: v.app.Seal, BaseURL: "http://localhost"})
	if err != nil {
		t.Fatal(err)
	}
	write(t, v.app, func(tx *db.Tx) (err error) {
		if v.account, err = v.app.Who.Create(ctx, tx, account.Draft{Person: p.ID, Email: "she@example.org", Phone: secretPhone}); err != nil {
			return err
		}
		if _, err = v.app.Who.Activation(ctx, tx, v.account); err != nil {
			return err
		}
		if _, err = ways.IssueRecovery(ctx, tx, int64(v.account)); err != nil {
			return err
		}
		if err = ways.BeginTOTP(ctx, tx, int64(v.account)); err != nil {
			return err
		}
		out := mail.Outbox{Seal: v.app.Seal, Now: time.Now}
		return out.Post(ctx, tx, 1, mail.Message{Channel: mail.Email, To: "she@example.org", Subject: "Код", Body: "K7QF"})
	})
	return v
}

// again is the installation as a server would open it now.
func (v *vault) again() {
	v.t.Helper()
	if err := v.app.Close(); err != nil {
		v.t.Fatal(err)
	}
	v.app = v.open(v.url, app.Options{Migrate: true})
}

// readable opens what was sealed, by every way there is, and looks for the person
// by what only fingerprints tell.
func readable(t *testing.T, v *vault, a *app.App) {
	t.Helper()
	ctx := app.System(t.Context())
	m := a.Areas.Membership
	if got, err := m.Reveal(ctx, v.person, "a test of the keys"); err != nil || got != secretID {
		t.Errorf("the national ID is %q, %v", got, err)
	}
	if got, err := m.Contact(ctx, v.person); err != nil || got.Phone != secretPhone {
		t.Errorf("the contact: %v", err)
	}
	if got, err := m.FindByNationalID(ctx, secretID, "a test of the keys"); err != nil || got != v.person {
		t.Errorf("by her national ID is found %v, %v", got, err)
	}
	twin := somebody(t, a, "Басқаева")
	twin.Private.NationalID = secretID
	if _, err := m.Admit(ctx, twin); err == nil {
		t.Error("she was admitted twice")
	}
	if got, err := a.Who.Find(ctx, a.DB.Read(), "SHE@example.org"); err != nil || got.Account != v.account {
		t.Errorf("by her address is found %v, %v", got.Account, err)
	}
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := a.Who.Create(ctx, tx, account.Draft{Label: "a twin", Email: "she@example.org"})
		return err
	})
	if !isFault(err, "account.fault.taken") {
		t.Errorf("a second account with her address: %v", err)
	}
	out := mail.Outbox{Seal: a.Seal, Now: time.Now}
	if sent, err := out.List(ctx, a.DB.Read(), 0, 10); err != nil || len(sent) > 0 && sent[0].Message.Body != "K7QF" {
		t.Errorf("the outbox: %v", err)
	}
	ways, err := login.New(login.Options{DB: a.DB, Seal: a.Seal, BaseURL: "http://localhost"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ways.OfPhone(ctx, a.DB.Read(), secretPhone); err != nil || got != int64(v.account) {
		t.Errorf("by her number is found %v, %v", got, err)
	}
	if secret, _, err := ways.PendingTOTP(ctx, a.DB.Read(), int64(v.account), "x"); err != nil || len(secret) != 32 {
		t.Errorf("the second factor: %v", err)
	}
	if all, err := ways.Accounts(ctx, a.DB.Read(), 0, 1000); err != nil || len(all) == 0 {
		t.Errorf("%d accounts, %v", len(all), err)
	}
	for _, part := range a.Keys.Sealed {
		for _, table := range part.Tables {
			if table.Use == seal.Fields {
				opens(t, a, table)
			}
		}
	}
}

// opens opens every field of a table.
func opens(t *testing.T, a *app.App, table rekey.Table) {
	t.Helper()
	for _, c := range table.Columns {
		rows, err := a.DB.Read().Query(t.Context(), `SELECT `+strings.Join(table.Key, ", ")+`, `+c.Name+` FROM `+table.Name+` WHERE length(`+c.Name+`) > 0`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			record, sealed := make([]int64, len(table.Key)), []byte(nil)
			into := []any{&record[0], &sealed}
			if len(record) == 2 {
				into = []any{&record[0], &record[1], &sealed}
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			if _, err := a.Seal.Open(sealed, c.Place(record)); err != nil {
				t.Errorf("%s.%s of %d: %v", table.Name, c.Name, record, err)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// traces finds every value of the database that names one of the keys, in
// whatever column: also where nobody thought of it.
func traces(t *testing.T, a *app.App, keys []seal.Key) map[string]int {
	t.Helper()
	out := map[string]int{}
	all, err := a.DB.Tables(t.Context(), a.DB.Read())
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range all {
		for _, c := range table.Columns {
			if c.Type != "bytea" || table.Name == "login_limit" {
				continue
			}
			rows, err := a.DB.Read().Query(t.Context(), `SELECT `+c.Name+` FROM `+table.Name)
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				var b []byte
				if err := rows.Scan(&b); err != nil {
					t.Fatal(err)
				}
				for _, k := range keys {
					if at := k.Use.MarkAt() - 1; len(b) >= at+4 && bytes.Equal(b[at:at+4], k.ID.Bytes()) {
						out[table.Name+"."+c.Name]++
					}
				}
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

func keyFor(t *testing.T, keys []seal.Key, use seal.Use) seal.KeyID {
	t.Helper()
	return keys[slices.IndexFunc(keys, func(k seal.Key) bool { return k.Use == use })].ID
}

// From new keys to the end of the old ones, with a crash in between: nothing is
// ever unreadable, nobody is ever entered twice, nothing is left behind.
func TestKeysChange(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			v := newVault(t, engine)
			ctx := app.System(t.Context())
			before := traces(t, v.app, v.old)
			for _, column := range []string{"membership_person.national_id", "membership_person.contact", "membership_key.value", "membership_card_key.seed", "membership_batch.preview",
				"membership_batch_file.content", "membership_batch_row.cells", "login_account.email", "login_account.phone", "login_key.value", "login_totp.secret",
				"login_code.value", "login_recovery.value", "mail_outbox.content"} {
				if before[column] == 0 {
					t.Fatalf("nothing in %s names its key: the test shows too little; %v", column, before)
				}
				delete(before, column)
			}
			if len(before) > 0 {
				t.Fatalf("sealed, and not looked at here: %v", before)
			}
			first, _ := v.backup(v.app, "first.age")
			copied, err := os.ReadFile(v.path("keys.json"))
			if err != nil {
				t.Fatal(err)
			}

			fresh, err := v.app.RotateKeys(ctx)
			if err != nil || len(fresh) != 3 {
				t.Fatal(fresh, err)
			}
			v.again()
			readable(t, v, v.app)
			write(t, v.app, func(tx *db.Tx) error { // shares her telephone
				_, err := v.app.Who.Create(ctx, tx, account.Draft{Label: "her brother", Phone: secretPhone})
				return err
			})
			second, _ := v.backup(v.app, "second.age")
			for _, k := range v.old {
				if _, err := v.app.RetireKey(ctx, k.ID, true); !isFault(err, "cli.keys-needed") {
					t.Errorf("a key that is needed, for %s: %v", k.Use, err)
				}
			}

			// A crash in the middle: some rows are under new keys, some under old ones.
			stopped, cancel := context.WithCancel(ctx)
			_, err = v.app.Reseal(stopped, func(done, total int64) {
				if done < 500 || done >= total {
					t.Errorf("%d of %d: no middle to stop in", done, total)
				}
				cancel()
			})
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			v.again()
			if half := traces(t, v.app, v.old); half["membership_person.national_id"] == 0 || half["membership_person.national_id"] != half["membership_key.value"] {
				t.Fatalf("after the crash, under old keys: %v", half)
			}
			readable(t, v, v.app)
			uses, err := v.app.KeyUses(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := v.app.Reseal(ctx, func(int64, int64) {}); err != nil || n != v.app.Keys.Stale(uses) {
				t.Fatalf("%d of %d were sealed anew, %v", n, v.app.Keys.Stale(uses), err)
			}
			if n, err := v.app.Reseal(ctx, func(int64, int64) {}); n != 0 || err != nil {
				t.Fatalf("%d again, %v", n, err)
			}
			readable(t, v, v.app)
			left := traces(t, v.app, v.old)
			if left["login_code.value"] == 0 || left["login_recovery.value"] != 10 || len(left) != 2 {
				t.Errorf("under old keys: %v", left)
			}

			if _, err := v.app.RetireKey(ctx, fresh[0].ID, true); !isFault(err, "cli.keys-primary") {
				t.Errorf("a key that seals: %v", err)
			}
			if _, err := v.app.RetireKey(ctx, 1, true); !isFault(err, "cli.keys-absent") {
				t.Errorf("a key that is not there: %v", err)
			}
			if _, err := v.app.RetireKey(ctx, keyFor(t, v.old, seal.Index), false); !isFault(err, "cli.keys-codes") {
				t.Errorf("a key with codes: %v", err)
			}
			for _, k := range v.old {
				if ended, err := v.app.RetireKey(ctx, k.ID, true); err != nil || (ended > 0) != (k.Use == seal.Index) {
					t.Errorf("%s: %d codes ended, %v", k.Use, ended, err)
				}
			}
			v.again()
			if keys := v.app.Seal.Keys(); len(keys) != 3 {
				t.Errorf("the file has %+v", keys)
			}
			if left := traces(t, v.app, v.old); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			readable(t, v, v.app)
			if _, _, err := v.app.Verify(ctx); err != nil {
				t.Error(err)
			}
			text := audited(t, v.app, "keys.change")
			for _, k := range slices.Concat(v.old, fresh) {
				if !strings.Contains(text, k.ID.String()) {
					t.Errorf("the trail does not name %s", k.ID)
				}
			}

			// With the old file nothing of this database would open.
			current, err := os.ReadFile(v.path("keys.json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := v.app.Close(); err != nil {
				t.Fatal(err)
			}
			put(t, v.path("keys.json"), copied)
			if _, err := app.Open(ctx, v.config(v.url), app.Options{}); !isFault(err, "cli.keys-missing") {
				t.Fatalf("an old file is taken: %v", err)
			}

			// Backups from before need it: they are refused without, and whole with it.
			put(t, v.path("keys.json"), current)
			v.refused(first, "cli.backup-other-keys")
			v.refused(second, "cli.backup-retired-key")
			put(t, v.path("keys.json"), copied)
			restored, _ := v.restore(v.empty(engine), first, nil)
			readableAfterRestore(t, v, restored)
		})
	}
}

// A backup from between rotation and retirement needs both keys, and has them.
func TestRestoreAcrossRotation(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			v := newVault(t, engine)
			ctx := app.System(t.Context())
			path, _ := v.backup(v.app, "before.age")
			if _, err := v.app.RotateKeys(ctx); err != nil {
				t.Fatal(err)
			}
			v.again()
			if _, err := v.app.Reseal(ctx, func(int64, int64) {}); err != nil {
				t.Fatal(err)
			}
			restored, _ := v.restore(v.empty(engine), path, nil)
			readableAfterRestore(t, v, restored)
			if n, err := restored.Reseal(ctx, func(int64, int64) {}); err != nil || n == 0 {
				t.Fatalf("%d sealed anew, %v", n, err)
			}
			readableAfterRestore(t, v, restored)
			uses, err := restored.KeyUses(ctx)
			if err != nil || restored.Keys.Stale(uses) != 0 || uses.Strange != 0 {
				t.Errorf("%+v, %v", uses, err)
			}
		})
	}
}

// A keyset file from before fingerprints named their key is rotated like any other.
func TestKeysChangeWithoutTimes(t *testing.T) {
	h := newHouse(t)
	ctx := app.System(t.Context())
	if _, err := seal.Create(h.path("keys.json")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(h.path("keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	whole, _, _ := strings.Cut(string(text), `"made"`)
	put(t, h.path("keys.json"), []byte(strings.TrimRight(whole, ", \n")+"}"))
	url := h.empty("sqlite")
	a := h.federation(url, 600)
	old := a.Seal.Keys()
	in := somebody(t, a, secretSurname)
	in.Private = membership.Private{NationalID: secretID}
	p, err := a.Areas.Membership.Admit(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.RotateKeys(ctx); err != nil {
		t.Fatal(err)
	}
	v := &vault{house: h, url: url, app: a}
	v.again()
	found := func(when string) {
		t.Helper()
		if got, err := v.app.Areas.Membership.FindByNationalID(ctx, secretID, "a test of the keys"); err != nil || got != p.ID {
			t.Fatalf("%s she is %v, %v", when, got, err)
		}
	}
	found("under the old keys")
	index := keyFor(t, old, seal.Index)
	if uses, err := v.app.KeyUses(ctx); err != nil || uses.Values[index] < 500 || uses.Strange != 0 {
		t.Fatalf("%+v, %v", uses, err)
	}
	if _, err := v.app.Reseal(ctx, func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	for _, k := range old {
		if _, err := v.app.RetireKey(ctx, k.ID, true); err != nil {
			t.Fatal(err)
		}
	}
	v.again()
	found("under the new keys")
}

// readableAfterRestore is readable where messages that waited are gone.
func readableAfterRestore(t *testing.T, v *vault, a *app.App) {
	t.Helper()
	if n := number(t, a, `SELECT count(*) FROM mail_outbox WHERE id <> $1`, id.ID(0)); n != 0 {
		t.Errorf("%d messages", n)
	}
	readable(t, v, a)
}

func (v *vault) refused(path, why string) {
	v.t.Helper()
	f, err := v.reader(path)()
	if err != nil {
		v.t.Fatal(err)
	}
	defer f.Close()
	a := v.open(v.empty("sqlite"), app.Options{NeedKeys: true, Restoring: true})
	if err := a.CheckRestore(f.Header); !isFault(err, why) {
		v.t.Errorf("%s: %v, want %s", path, err, why)
	}
}

func put(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func isFault(err error, key string) bool {
	f, ok := errors.AsType[*fault.Fault](err)
	return ok && f.Key == key
}

// audited is what the trail says of an action, as one text.
func audited(t *testing.T, a *app.App, action string) string {
	t.Helper()
	rows, err := a.DB.Read().Query(t.Context(), `SELECT changes FROM audit_entry WHERE action = $1`, action)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out strings.Builder
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out.WriteString(s)
	}
	return out.String()
}
