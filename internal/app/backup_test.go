package app_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"odaq/internal/app"
	"odaq/internal/area/membership"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/account"
	"odaq/internal/kernel/backup"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

// house is where a test keeps what an operator does: the keyset file, the key
// of the backups, and the backups.
type house struct {
	t    *testing.T
	dir  string
	key  *age.X25519Identity
	lent int
}

func newHouse(t *testing.T) *house {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return &house{t: t, dir: t.TempDir(), key: key}
}

func (h *house) path(name string) string { return filepath.Join(h.dir, name) }

// empty is the address of a new database.
func (h *house) empty(engine string) string {
	h.t.Helper()
	if engine == "postgres" {
		return dbtest.Postgres(h.t)
	}
	h.lent++
	return "sqlite:" + h.path(fmt.Sprintf("%d.db", h.lent))
}

func (h *house) config(url string) app.Config {
	return app.Config{Database: url, Profile: "kz", Listen: "127.0.0.1:8080", Keys: h.path("keys.json")}
}

func (h *house) open(url string, o app.Options) *app.App {
	h.t.Helper()
	a, err := app.Open(h.t.Context(), h.config(url), o)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { a.Close() })
	return a
}

// federation is an installation with a synthetic federation.
func (h *house) federation(url string, members int) *app.App {
	h.t.Helper()
	a := h.open(url, app.Options{Migrate: true, Demo: true})
	if err := a.SeedDemo(app.System(h.t.Context()), members, func(int64, int64) {}); err != nil {
		h.t.Fatal(err)
	}
	return a
}

func (h *house) backup(a *app.App, name string) (string, backup.Header) {
	h.t.Helper()
	var header backup.Header
	_, err := backup.Create(h.path(name), func(w io.Writer) (err error) {
		header, err = a.Backup(h.t.Context(), w, []age.Recipient{h.key.Recipient()}, nil)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.path(name), header
}

func (h *house) reader(path string) func() (*backup.File, error) {
	return func() (*backup.File, error) { return backup.Open(path, []age.Identity{h.key}) }
}

// restore fills a database and opens it as a server would.
func (h *house) restore(url, path string, erased *backup.Erased) (*app.App, app.Restored) {
	h.t.Helper()
	a, err := app.Open(h.t.Context(), h.config(url), app.Options{NeedKeys: true, Restoring: true})
	if err != nil {
		h.t.Fatal(err)
	}
	r, err := a.Restore(app.System(h.t.Context()), h.reader(path), erased, func(int64, int64) {})
	if err := errors.Join(err, a.Close()); err != nil {
		h.t.Fatal(err)
	}
	return h.open(url, app.Options{}), r
}

// table reads a whole table as text, in the order of its key.
func table(t *testing.T, a *app.App, v db.Table) []string {
	t.Helper()
	var columns []string
	for _, c := range v.Columns {
		columns = append(columns, c.Name)
	}
	rows, err := a.DB.Read().Query(t.Context(), "SELECT "+strings.Join(columns, ", ")+" FROM "+v.Name+" ORDER BY "+strings.Join(v.Key, ", "))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	var out []string
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%T %q", values, values))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// revoked are the tables whose rows a restore takes away, and added the ones to
// which it adds its own entry.
var (
	revoked = []string{"login_session", "login_code", "login_token"}
	added   = []string{"audit_entry", "audit_head"}
)

// Every table comes back row by row, from either engine to either engine.
func TestRestoreIsTheSame(t *testing.T) {
	for _, from := range []string{"sqlite", "postgres"} {
		t.Run("from "+from, func(t *testing.T) {
			h := newHouse(t)
			source := h.federation(h.empty(from), 2000)
			if _, err := source.Doors(app.System(t.Context())); err != nil { // codes to be revoked
				t.Fatal(err)
			}
			if _, err := source.Areas.Membership.Admit(app.System(t.Context()), somebody(t, source, "Сынақова")); err != nil { // an entry of the trail
				t.Fatal(err)
			}
			path, header := h.backup(source, "b.age")
			for _, to := range []string{"sqlite", "postgres"} {
				t.Run("to "+to, func(t *testing.T) {
					target, r := h.restore(h.empty(to), path, nil)
					if r.Rows != header.Rows || r.Codes == 0 || r.Again != 0 {
						t.Errorf("restored %+v of %+v", r, header)
					}
					compare(t, source, target)
					n, _, err := target.Verify(t.Context())
					if err != nil || n != header.Audit.Seq+1 || header.Audit.Seq == 0 {
						t.Errorf("the trail has %d entries, in the backup %d: %v", n, header.Audit.Seq, err)
					}
					if err := target.Areas.Membership.CheckCounts(t.Context(), target.DB.Read(), target.Desk.Today()); err != nil {
						t.Error(err)
					}
					sameIndexes(t, source, target, from == to)
					// The copy of the copy is the same again, by its digests.
					second, _ := h.backup(target, "again-"+to+".age")
					sameDigests(t, h, path, second)
				})
			}
		})
	}
}

func compare(t *testing.T, source, target *app.App) {
	t.Helper()
	want, err := source.DB.Tables(t.Context(), source.DB.Read())
	if err != nil {
		t.Fatal(err)
	}
	got, err := target.DB.Tables(t.Context(), target.DB.Read())
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Fatalf("tables (-source +target):\n%s%v", diff, err)
	}
	filled := 0
	for _, v := range want {
		before, after := table(t, source, v), table(t, target, v)
		switch {
		case slices.Contains(revoked, v.Name):
			if len(after) > 0 {
				t.Errorf("%s has %d rows", v.Name, len(after))
			}
			continue
		case v.Name == "audit_entry":
			after = after[:len(after)-1]
		case v.Name == "audit_head":
			continue
		}
		if !slices.Equal(before, after) {
			t.Errorf("%s had %d rows and has %d, or one differs", v.Name, len(before), len(after))
		}
		if len(before) > 0 {
			filled++
		}
	}
	if filled < 15 {
		t.Errorf("only %d tables had rows: the test compares too little", filled)
	}
}

// sameIndexes: an index that was dropped for the load is there again.
func sameIndexes(t *testing.T, source, target *app.App, sameEngine bool) {
	t.Helper()
	if !sameEngine {
		return
	}
	names := func(a *app.App) []string {
		query := `-- only: sqlite
			SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name`
		if a.DB.Engine() == db.Postgres {
			query = `SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY indexname`
		}
		rows, err := a.DB.Read().Query(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var out []string
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			out = append(out, s)
		}
		return out
	}
	if diff := cmp.Diff(names(source), names(target)); diff != "" {
		t.Errorf("indexes (-source +target):\n%s", diff)
	}
}

func sameDigests(t *testing.T, h *house, one, other string) {
	t.Helper()
	digests := func(path string) map[string]backup.Digest {
		f, err := h.reader(path)()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := f.Check(func(int64, int64) {}); err != nil {
			t.Fatal(err)
		}
		out := map[string]backup.Digest{}
		for _, d := range f.Digests() {
			if !slices.Contains(append(revoked, added...), d.Table) {
				out[d.Table] = d
			}
		}
		return out
	}
	if diff := cmp.Diff(digests(one), digests(other)); diff != "" {
		t.Errorf("digests:\n%s", diff)
	}
}

// Every table of the database is in the backup: none is forgotten.
func TestEveryTableIsBackedUp(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			h := newHouse(t)
			a := h.open(h.empty(engine), app.Options{Migrate: true})
			path, _ := h.backup(a, "b.age")
			f, err := h.reader(path)()
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := f.Check(func(int64, int64) {}); err != nil {
				t.Fatal(err)
			}
			saved := map[string]bool{}
			for _, d := range f.Digests() {
				saved[d.Table] = true
			}
			there, err := a.DB.Tables(t.Context(), a.DB.Read())
			if err != nil || len(there) < 40 {
				t.Fatalf("%d tables: %v", len(there), err)
			}
			for _, v := range there {
				if !saved[v.Name] {
					t.Errorf("%s is not backed up", v.Name)
				}
				if len(v.Key) == 0 {
					t.Errorf("%s has no primary key: its rows have no order", v.Name)
				}
			}
			if len(saved) != len(there) {
				t.Errorf("%d tables were saved, %d are there", len(saved), len(there))
			}
		})
	}
}

// somebody is a new member of some primary organisation.
func somebody(t *testing.T, a *app.App, surname string) membership.AdmitRequest {
	t.Helper()
	var primary id.ID
	if err := a.DB.Read().QueryRow(t.Context(), `SELECT min(org_id) FROM org_version WHERE kind = 'primary' AND to_day > $1`, int64(a.Desk.Today())).Scan(&primary); err != nil {
		t.Fatal(err)
	}
	return membership.AdmitRequest{Org: primary, Name: search.Name{Surname: surname, Given: "Айжасырын"}, Birth: cal.Date(1991, 2, 3), Lang: text.KK,
		Category: "worker", Day: a.Desk.Today(), Decision: "7"}
}

// Whoever was erased after the backup is erased in what is restored from it.
func TestErasedStayErased(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			h := newHouse(t)
			ctx := app.System(t.Context())
			a := h.federation(h.empty(engine), 500)
			in := somebody(t, a, secretSurname)
			in.Private = membership.Private{NationalID: secretID, Phone: secretPhone}
			p, err := a.Areas.Membership.Admit(ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			var account1 id.ID
			write(t, a, func(tx *db.Tx) (err error) {
				if account1, err = a.Who.Create(ctx, tx, account.Draft{Person: p.ID, Label: secretSurname, Email: "she@example.org"}); err != nil {
					return err
				}
				if err = access.Give(ctx, tx, access.Grant{ID: id.New(), Account: account1, Role: access.Member, Org: in.Org, From: in.Day, To: cal.Forever, Decision: "1"}, 0); err != nil {
					return err
				}
				_, err = tx.Exec(ctx, `INSERT INTO membership_card (person_id, fingerprint, key_id, until_day, revoked_at, made_at) VALUES ($1, $2, 1, 30000, 0, 1)`, p.ID, []byte("card"))
				return err
			})
			before := members(t, a)
			path, header := h.backup(a, "b.age")

			var r privacy.Request
			write(t, a, func(tx *db.Tx) (err error) {
				r, err = privacy.Receive(ctx, tx, privacy.Clocks{privacy.AskErasure: func(d cal.Day) cal.Day { return d + 15 }},
					privacy.Request{Person: p.ID, Kind: privacy.AskErasure, Received: a.Desk.Today(), MadeAt: a.Desk.Clock.Now()})
				return err
			})
			if _, err := a.Areas.Membership.AnswerRequest(ctx, membership.Answering{Person: p.ID, Request: r.ID, Outcome: privacy.Granted}); err != nil {
				t.Fatal(err)
			}
			list, err := a.Erased(t.Context())
			if err != nil || len(list.Persons) != 1 {
				t.Fatalf("%+v, %v", list, err)
			}
			// Somebody who came and was erased after the backup is only noted.
			list.Persons = append(list.Persons, privacy.ErasedPerson{Person: id.New(), At: a.Desk.Clock.Now()})

			b, restored := h.restore(h.empty(engine), path, &list)
			if restored.Again != 1 || restored.Known != 0 || restored.Taken != header.Taken {
				t.Errorf("%+v", restored)
			}
			for query, want := range map[string]int64{
				`SELECT count(*) FROM membership_person WHERE id = $1 AND surname = '' AND given = '' AND status = 'erased' AND length(national_id) = 0 AND length(contact) = 0`: 1,
				`SELECT count(*) FROM membership_word WHERE person_id = $1`:                                   0,
				`SELECT count(*) FROM membership_key WHERE person_id = $1`:                                    0,
				`SELECT count(*) FROM privacy_secret WHERE person_id = $1`:                                    0,
				`SELECT count(*) FROM privacy_erased WHERE person_id = $1`:                                    1,
				`SELECT count(*) FROM membership_card WHERE person_id = $1 AND revoked_at > 0`:                1,
				`SELECT count(*) FROM membership_spell WHERE person_id = $1 AND to_day = 2932897`:             0,
				`SELECT count(*) FROM login_account WHERE person_id = $1`:                                     0,
				`SELECT count(*) FROM membership_spell WHERE person_id = $1 AND leaving_basis = 'erased'`:     1,
				`SELECT count(*) FROM membership_person WHERE id <> $1 AND surname = '` + secretSurname + `'`: 0,
			} {
				if got := number(t, b, query, p.ID); got != want {
					t.Errorf("%s: %d, want %d", query, got, want)
				}
			}
			if number(t, b, `SELECT count(*) FROM login_account WHERE id = $1 AND state = 'locked' AND label = ''`, account1) != 1 ||
				number(t, b, `SELECT count(*) FROM login_key WHERE account_id = $1`, account1) != 0 {
				t.Error("the erased person may sign in")
			}
			if number(t, b, `SELECT count(*) FROM privacy_erased WHERE person_id > $1`, id.ID(0)) != 2 {
				t.Error("the next list would not name everybody")
			}
			scope, err := b.Desk.Gate.Scope(ctx, b.DB.Read(), access.From(ctx), membership.View)
			if err != nil {
				t.Fatal(err)
			}
			found, err := b.Areas.Membership.List(ctx, b.DB.Read(), scope, membership.Find{Query: secretSurname})
			if err != nil || len(found) != 0 {
				t.Errorf("found %d: %v", len(found), err)
			}
			if now := members(t, b); now != before-1 {
				t.Errorf("%d members, want %d", now, before-1)
			}
			if err := b.Areas.Membership.CheckCounts(t.Context(), b.DB.Read(), b.Desk.Today()); err != nil {
				t.Error(err)
			}
			if _, _, err := b.Verify(t.Context()); err != nil {
				t.Error(err)
			}
			// A database that came back with her by other means is settled by hand.
			c, _ := h.restore(h.empty(engine), path, nil)
			if number(t, c, `SELECT count(*) FROM membership_word WHERE person_id = $1`, p.ID) == 0 {
				t.Error("without the list she must be there")
			}
			for i, want := range []int{1, 0} {
				r, err := c.Settle(ctx, list)
				if err != nil || r.Again != want || r.Known != 2*i {
					t.Errorf("settling %d: %+v, %v", i, r, err)
				}
			}
			if number(t, c, `SELECT count(*) FROM membership_word WHERE person_id = $1`, p.ID) != 0 || members(t, c) != before-1 {
				t.Error("settled, and she is there still")
			}
			// The name is nowhere in the file of the new database.
			if url := b.Config.Database; engine == "sqlite" {
				if err := b.Close(); err != nil {
					t.Fatal(err)
				}
				if body, err := os.ReadFile(strings.TrimPrefix(url, "sqlite:")); err != nil || bytes.Contains(body, []byte(secretSurname)) {
					t.Errorf("the name is in the file (%v)", err)
				}
			}
		})
	}
}

func write(t *testing.T, a *app.App, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := a.DB.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func number(t *testing.T, a *app.App, query string, args ...any) (n int64) {
	t.Helper()
	if err := a.DB.Read().QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(query, err)
	}
	return n
}

// members is how many there are today, by the folded counts.
func members(t *testing.T, a *app.App) (n int64) {
	t.Helper()
	cells, err := a.Areas.Membership.Cells(t.Context(), a.DB.Read(), a.Desk.Today())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cells {
		n += c.Total
	}
	return n
}

// A backup beside a server that admits members is of one moment.
func TestBackupBesideAServer(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			h := newHouse(t)
			url := h.empty(engine)
			server := h.federation(url, 1000)
			beside := h.open(url, app.Options{ReadOnly: true, NeedKeys: true})
			ctx, stop := context.WithCancel(app.System(t.Context()))
			in := somebody(t, server, "Қатарлас")
			done := make(chan error, 1)
			go func() {
				for i := 0; ; i++ {
					in.Name.Given = "Ес" + strings.Repeat("е", i%30) + "м"
					in.Birth = cal.Date(1960, 1, 1) + cal.Day(i)
					if _, err := server.Areas.Membership.Admit(ctx, in); err != nil {
						if ctx.Err() != nil {
							err = nil
						}
						done <- err
						return
					}
				}
			}()
			var headers []backup.Header
			for i := range 3 {
				_, header := h.backup(beside, fmt.Sprint(i, ".age"))
				headers = append(headers, header)
			}
			stop()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			if headers[0].Audit.Seq == headers[2].Audit.Seq {
				t.Error("nobody was admitted meanwhile: the test shows nothing")
			}
			for i, header := range headers {
				target, _ := h.restore(h.empty("sqlite"), h.path(fmt.Sprint(i, ".age")), nil)
				if n, _, err := target.Verify(t.Context()); err != nil || n != header.Audit.Seq+1 {
					t.Errorf("the trail has %d entries, in the backup %d: %v", n, header.Audit.Seq, err)
				}
				if err := target.Areas.Membership.CheckCounts(t.Context(), target.DB.Read(), target.Desk.Today()); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// What can be read is neither in the file nor on the disk while it is made.
func TestBackupIsNeverReadable(t *testing.T) {
	h := newHouse(t)
	a := h.federation(h.empty("sqlite"), 1000)
	var surname string
	if err := a.DB.Read().QueryRow(t.Context(), `SELECT surname FROM membership_person WHERE surname <> '' LIMIT 1`).Scan(&surname); err != nil {
		t.Fatal(err)
	}
	out, temp := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temp)
	looked := 0
	look := func(int64, int64) {
		looked++
		for _, dir := range []string{out, temp} {
			err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				body, err := os.ReadFile(path)
				if bytes.Contains(body, []byte(surname)) || bytes.Contains(body, []byte("membership_person")) {
					t.Errorf("%s can be read", path)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
	_, err := backup.Create(filepath.Join(out, "b.age"), func(w io.Writer) error {
		_, err := a.Backup(t.Context(), w, []age.Recipient{h.key.Recipient()}, look)
		return err
	})
	look(0, 0)
	left, _ := os.ReadDir(temp)
	if err != nil || looked < 2 || len(left) > 0 {
		t.Errorf("looked %d times, left %v: %v", looked, left, err)
	}
}

func key(err error) string {
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		return fmt.Sprint("no fault: ", err)
	}
	return f.Key
}

// A restore that fails leaves no data and a database that nothing opens but the
// next restore.
func TestRestoreIsAllOrNothing(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			h := newHouse(t)
			source := h.federation(h.empty("sqlite"), 500)
			path, header := h.backup(source, "b.age")
			whole, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			cut := h.path("cut.age")
			if err := os.WriteFile(cut, whole[:len(whole)*2/3], 0o600); err != nil {
				t.Fatal(err)
			}
			old := backup.Erased{Made: header.Taken - 1}
			url := h.empty(engine)
			for name, c := range map[string]struct {
				path   string
				erased *backup.Erased
				want   string
			}{
				"a cut file":  {cut, nil, "cli.backup-cut"},
				"an old list": {path, &old, "cli.backup-erased-older"},
			} {
				a, err := app.Open(t.Context(), h.config(url), app.Options{NeedKeys: true, Restoring: true})
				if err != nil {
					t.Fatal(err)
				}
				_, err = a.Restore(app.System(t.Context()), h.reader(c.path), c.erased, func(int64, int64) {})
				if key(err) != c.want {
					t.Errorf("%s: %v, want %s", name, err, c.want)
				}
				if n := number(t, a, `SELECT count(*) FROM org_event`) + number(t, a, `SELECT count(*) FROM membership_person`); n != 0 {
					t.Errorf("%s: %d rows are left", name, n)
				}
				if err := a.Close(); err != nil {
					t.Fatal(err)
				}
				for _, o := range []app.Options{{Migrate: true}, {ReadOnly: true}, {}} {
					if _, err := app.Open(t.Context(), h.config(url), o); key(err) != "cli.backup-unfinished" {
						t.Errorf("%s: opened with %+v: %v", name, o, err)
					}
				}
			}
			b, _ := h.restore(url, path, nil)
			compare(t, source, b)
		})
	}
}

func TestRestoreRefuses(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			h := newHouse(t)
			url := h.empty(engine)
			a := h.open(url, app.Options{Migrate: true})
			path, header := h.backup(a, "b.age")
			if err := a.CheckRestore(header); err != nil {
				t.Error(err)
			}
			for want, change := range map[string]func(*backup.Header){
				"cli.backup-newer-tables": func(v *backup.Header) { v.Schema = append(slices.Clone(v.Schema), "membership/0099_more.sql") },
				"cli.backup-older-tables": func(v *backup.Header) { v.Schema = v.Schema[:len(v.Schema)-1] },
				"cli.backup-other-keys":   func(v *backup.Header) { v.Keyset = hex.EncodeToString([]byte("another")) },
			} {
				v := header
				change(&v)
				if err := a.CheckRestore(v); key(err) != want {
					t.Errorf("%v, want %s", err, want)
				}
			}
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
			b := h.open(url, app.Options{Restoring: true})
			if _, err := b.Restore(app.System(t.Context()), h.reader(path), nil, func(int64, int64) {}); key(err) != "cli.backup-not-empty" {
				t.Error(err)
			}
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			h.open(url, app.Options{}) // and it was left as it was
			if err := os.Remove(h.path("keys.json")); err != nil {
				t.Fatal(err)
			}
			if _, err := app.Open(t.Context(), h.config(url), app.Options{NeedKeys: true, ReadOnly: true}); key(err) != "cli.backup-no-keys" {
				t.Error(err)
			}
		})
	}
}

// A database of another version than the program's is not backed up.
func TestBackupRefusesOtherTables(t *testing.T) {
	h := newHouse(t)
	url := h.empty("sqlite")
	a := h.open(url, app.Options{})
	try := func() string {
		_, err := a.Backup(t.Context(), io.Discard, []age.Recipient{h.key.Recipient()}, nil)
		return key(err)
	}
	if got := try(); got != "cli.backup-other-tables" {
		t.Error("without tables:", got)
	}
	if _, err := db.Migrate(t.Context(), a.DB, a.Sources()); err != nil {
		t.Fatal(err)
	}
	write(t, a, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO db_migration (version_id, is_applied) VALUES (99990001, 1)`)
		return err
	})
	if got := try(); got != "cli.backup-other-tables" {
		t.Error("with a newer table:", got)
	}
}
