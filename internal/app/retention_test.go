package app_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"odaq/internal/app"
	"odaq/internal/area/membership"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/account"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/audit"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

// Open refuses a profile that does not say how long everything is kept that is
// held, or says it of what nobody holds; so every profile that opens is complete.
func TestEveryHoldingHasATimeOfKeeping(t *testing.T) {
	for _, name := range []string{"kz", "generic"} {
		a, err := app.Open(t.Context(), app.Config{Database: "sqlite:" + t.TempDir() + "/odaq.db", Profile: name, Listen: "127.0.0.1:8080"},
			app.Options{Ephemeral: true, Migrate: true})
		if err != nil {
			t.Fatal(name, err)
		}
		t.Cleanup(func() { a.Close() })
		lines, err := a.Keeping.Lines(t.Context(), a.DB.Read())
		if err != nil || len(lines) < 15 {
			t.Fatalf("%s: %d lines, %v", name, len(lines), err)
		}
		for _, l := range lines {
			for _, lang := range text.Langs {
				words := a.Text.In(lang)
				if said := privacy.KeptWords(words, l.Rule) + privacy.SourceWords(words, a.Profile, l.Rule); strings.ContainsAny(said, "⟦<") || len(said) < 20 {
					t.Errorf("%s: %s in %s: %q", name, l.Rule.Record, lang, said)
				}
			}
			if l.Due != 0 || l.Next != cal.Forever {
				t.Errorf("%s: an empty installation has %d of %s due, the next on %s", name, l.Due, l.Rule.Record, l.Next)
			}
		}
		for _, lang := range text.Langs {
			for _, h := range a.Holdings.Holdings() {
				if h.OnErase == privacy.Lapse && !a.Text.Has(lang, "held."+h.Table+"."+h.Column) {
					t.Errorf("%s has no words for %s.%s", lang, h.Table, h.Column)
				}
			}
		}
	}
}

// A profile that would be carried out otherwise than it says is refused.
func TestTimesNobodyCanKeepAreRefused(t *testing.T) {
	const columns = "record,name_kk,name_ru,name_en,from,until,term,after,action,note_kk,note_ru,note_en,law,article,redaction,confidence,needs_review,source\n"
	for row, want := range map[string]string{
		"card,a,b,c,,,1 years,membership-ended,delete,,,,,,,own,no,Act": `after must be "card-expired"`,
		"card,a,b,c,,,1 years,card-expired,blank,,,,,,,own,no,Act":      `action "delete"`,
		"photo,a,b,c,,,1 years,taken,delete,,,,,,,own,no,Act":           `nothing that is held is a "photo"`,
		"audit,a,b,c,,,1 years,entry-written,delete,,,,,,,own,no,Act":   `"audit" can only be kept`,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "retention.csv"), []byte(columns+row+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		a, err := app.Open(t.Context(), app.Config{Database: "sqlite:" + t.TempDir() + "/odaq.db", Profile: "kz", Changes: dir, Listen: "127.0.0.1:8080"},
			app.Options{Ephemeral: true, Migrate: true})
		if err == nil {
			a.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", row, err, want)
		}
	}
}

// kept is an installation whose clock the test moves.
type kept struct {
	*app.App
	t       *testing.T
	ctx     context.Context // the installation itself
	now     time.Time
	primary id.ID
}

func openKept(t *testing.T, database string) *kept {
	t.Helper()
	k := &kept{t: t, ctx: app.System(t.Context())}
	k.at(today)
	k.App = open(t, database, app.Options{Demo: true, Clock: func() time.Time { return k.now }})
	var events []org.Event
	found := func(kind org.Kind, parent id.ID, name string) id.ID {
		region, activity := "KZ-71", "Q"
		e := org.Event{ID: id.New(), Org: id.New(), Kind: org.Found, Day: cal.Date(2015, 1, 1), Decision: "1",
			Detail: org.Detail{Kind: kind, Names: &text.Names{KK: name, RU: name, EN: name}, Parent: &parent, Territory: &region, Activity: &activity}}
		events = append(events, e)
		return e.Org
	}
	k.primary = found(org.Primary, found(org.Union, found(org.Federation, 0, "Federation"), "Union"), "Primary")
	k.write(func(tx *db.Tx) error { return org.Load(k.ctx, tx, events) })
	return k
}

// at moves the clock to noon of a day, in the office's time zone.
func (k *kept) at(d cal.Day) { k.now = d.Time().Add(12 * time.Hour) }

func (k *kept) write(fn func(tx *db.Tx) error) {
	k.t.Helper()
	k.must(k.DB.Write(k.ctx, fn))
}

func (k *kept) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

// number is the answer to a counting query.
func (k *kept) number(query string, args ...any) int64 {
	k.t.Helper()
	var n int64
	k.must(k.DB.Read().QueryRow(k.ctx, query, args...).Scan(&n))
	return n
}

// run ends what is due and returns how many of each kind.
func (k *kept) run() map[string]int64 {
	k.t.Helper()
	ended, err := k.Keeping.Run(k.ctx, privacy.All)
	k.must(err)
	out := map[string]int64{}
	for _, e := range ended {
		if e.N > 0 {
			out[e.Rule.Record] = e.N
		}
		if e.Denied {
			k.t.Errorf("%s may not be ended", e.Rule.Record)
		}
	}
	return out
}

// joined is a member with an account, who may have left.
func (k *kept) joined(surname, number string, left cal.Day) (membership.Person, id.ID) {
	k.t.Helper()
	m := k.Areas.Membership
	p, err := m.Admit(k.ctx, membership.AdmitRequest{Org: k.primary, Name: search.Name{Surname: surname, Given: "Айгүл"}, Birth: cal.Date(1970, 1, 1), Lang: text.KK,
		Private: membership.Private{NationalID: number, Phone: secretPhone}, Category: "worker", Day: cal.Date(2020, 3, 1), Decision: "3"})
	k.must(err)
	var owner id.ID
	k.write(func(tx *db.Tx) error {
		owner, err = k.Who.Create(k.ctx, tx, account.Draft{Person: p.ID, Label: surname})
		return err
	})
	_, err = m.OwnCard(access.With(k.t.Context(), access.Actor{Account: owner, Person: p.ID, Agent: "page"}))
	k.must(err)
	if left != cal.Forever {
		p, err = m.End(k.ctx, membership.Step{Person: p.ID, Day: left, Decision: "4", Reason: "left the enterprise"})
		k.must(err)
	}
	return p, owner
}

// applied is somebody whose application was refused.
func (k *kept) applied(surname string) membership.Person {
	k.t.Helper()
	m := k.Areas.Membership
	application, err := m.Apply(k.ctx, membership.ApplyRequest{Org: k.primary, Name: search.Name{Surname: surname, Given: "Айгүл"}, Birth: cal.Date(1990, 1, 1), Lang: text.KK,
		Private: membership.Private{Phone: secretPhone}, Category: "worker", Wording: 1})
	k.must(err)
	p, err := m.RefuseApplicant(k.ctx, membership.Verdict{Application: application.ID, Reason: "works elsewhere"})
	k.must(err)
	return p
}

// TestRetention moves the clock over the last day of every kind of record: on
// that day it is there, on the next it is gone, and what must stay stays.
func TestRetention(t *testing.T) {
	for engine, database := range map[string]string{"sqlite": "sqlite:" + t.TempDir() + "/odaq.db", "postgres": dbtest.Postgres(t)} {
		t.Run(engine, func(t *testing.T) {
			k := openKept(t, database)
			m := k.Areas.Membership
			left := cal.Date(2026, 11, 1)
			stays, _ := k.joined("Қалғанова", "650308300019", cal.Forever)
			leaver, _ := k.joined("Кеткенова", "", left)
			officer, office := k.joined("Хатшыбаева", "", left)
			asker, asking := k.joined("Сұрағанова", "", left)
			k.at(today - 1)
			applicant := k.applied("Өтінгенова")
			k.write(func(tx *db.Tx) error {
				return access.Give(k.ctx, tx, access.Grant{ID: id.New(), Account: office, Role: access.Registrar, Org: k.primary, From: left, To: cal.Date(2031, 1, 1), Decision: "5"}, 0)
			})
			_, err := m.Ask(access.With(t.Context(), access.Actor{Account: asking, Person: asker.ID, Agent: "page"}), privacy.AskObjection, "please stop")
			k.must(err)
			_, err = m.Ask(access.With(t.Context(), access.Actor{Account: asking, Person: stays.ID, Agent: "page"}), privacy.AskCorrection, "my name")
			k.must(err)
			answered, err := privacy.RequestsOf(k.ctx, k.DB.Read(), stays.ID)
			k.must(err)
			_, err = m.AnswerRequest(k.ctx, membership.Answering{Person: stays.ID, Request: answered[0].ID, Outcome: privacy.Granted})
			k.must(err)

			k.at(today)
			file := filepath.Join(t.TempDir(), "members.csv")
			k.must(os.WriteFile(file, []byte("Тегі;Аты;Туған күні;Санаты;Мүшелік күні;Шешім\nИмпортова;Анна;1980-02-31;worker;2024-01-01;7\n"), 0o600))
			imported, err := m.ImportFile(k.ctx, file, membership.ImportOptions{ImportRequest: membership.ImportRequest{Org: k.primary}}, nil)
			k.must(err)
			if imported.Batch.Tally.Bad != 1 || imported.Batch.Expires.Time().In(k.Desk.Zone) != time.Date(2026, 12, 22, 0, 0, 0, 0, k.Desk.Zone) {
				t.Errorf("imported %+v, the file goes on %v", imported.Batch.Tally, imported.Batch.Expires)
			}
			_, err = m.RequestExport(k.ctx, membership.ExportRequest{Format: "csv", Purpose: privacy.PurposeDues, Reason: "dues of November"})
			k.must(err)
			_, err = m.Reveal(k.ctx, stays.ID, "a dispute about dues")
			k.must(err)
			k.write(func(tx *db.Tx) error {
				if _, err := tx.Exec(k.ctx, `INSERT INTO mail_outbox (id, channel, content, state, attempts, next_at, made_at, sent_at) VALUES (1, 'email', $1, 'waiting', 0, 0, $2, 0)`,
					[]byte{1}, cal.At(k.now)); err != nil {
					return err
				}
				if _, err := tx.Exec(k.ctx, `INSERT INTO login_token (hash, id, account_id, name, scopes, second, made_at, expires_at, used_at) VALUES ($1, 1, $2, 'x', '', 0, 0, $3, 0)`,
					[]byte{1}, office, cal.At(k.now)); err != nil {
					return err
				}
				if _, err := k.Who.DemoLink(k.ctx, tx, office); err != nil {
					return err
				}
				_, err := tx.Exec(k.ctx, `UPDATE login_code SET expires_at = $1`, cal.At(k.now))
				return err
			})
			_, err = act.Do(act.WithKey(k.ctx, "once"), k.Desk, act.Request{Action: privacy.Retain}, func(*act.Tx) (int, error) { return 1, nil })
			k.must(err)

			history := k.number(`SELECT count(*) FROM membership_spell`)
			if got := k.run(); len(got) != 0 {
				t.Errorf("ended on the first day: %v", got)
			}
			now := k.now
			for _, c := range []struct {
				kind   string
				last   time.Time // the last moment tried at which it is there
				n      int64     // records that end
				counts string    // of what is there before, and is not after
				args   []any
			}{
				{"sign-in", now.Add(time.Hour - time.Second), 1, `SELECT count(*) FROM login_code`, nil},
				{"repeated-request", now.Add(24*time.Hour - time.Second), 1, `SELECT count(*) FROM act_key`, nil},
				{"message", noon(2026, 11, 28), 1, `SELECT count(*) FROM mail_outbox`, nil},
				{"import-file", noon(2026, 12, 21), 1, `SELECT (SELECT count(*) FROM membership_batch_file) + (SELECT count(*) FROM membership_batch_row) + (SELECT count(*) FROM membership_batch WHERE length(preview) > 0)`, nil},
				{"contact", noon(2027, 11, 1), 3, `SELECT count(*) FROM membership_person WHERE id IN ($1, $2, $3) AND length(contact) > 0`, []any{leaver.ID, officer.ID, asker.ID}},
				{"application", noon(2027, 11, 20), 1, `SELECT (SELECT count(*) FROM membership_person WHERE id = $1 AND surname <> '') + (SELECT count(*) FROM membership_word WHERE person_id = $1)
					+ (SELECT count(*) FROM privacy_secret WHERE person_id = $1) + (SELECT count(*) FROM membership_application WHERE person_id = $1 AND reason <> '')`, []any{applicant.ID}},
				{"export-request", noon(2027, 11, 21), 1, `SELECT count(*) FROM membership_export`, nil},
				{"card", noon(2027, 12, 31), 4, `SELECT count(*) FROM membership_card`, nil},
				{"person", noon(2029, 11, 1), 1, `SELECT (SELECT count(*) FROM membership_person WHERE id = $1 AND surname <> '') + (SELECT count(*) FROM membership_word WHERE person_id = $1)
					+ (SELECT count(*) FROM privacy_secret WHERE person_id = $1) + (SELECT count(*) FROM login_account WHERE person_id = $1)`, []any{leaver.ID}},
				{"data-request", noon(2029, 11, 20), 1, `SELECT count(*) FROM privacy_request WHERE outcome <> 'open'`, nil},
				{"disclosure-log", noon(2029, 11, 21), k.number(`SELECT count(*) FROM privacy_disclosure`), `SELECT count(*) FROM privacy_disclosure`, nil},
				// the applicant's consent ends with the applicant's data
				{"consent", noon(2030, 11, 21), 1, `SELECT count(*) FROM privacy_consent`, nil},
			} {
				k.now = c.last
				before := k.number(c.counts, c.args...)
				if before == 0 || c.n == 0 {
					t.Errorf("%s: nothing to lose", c.kind)
				}
				if got := k.run(); got[c.kind] != 0 || k.number(c.counts, c.args...) != before {
					t.Errorf("%s: gone on its last day: %v", c.kind, got)
				}
				next := c.last.Add(24 * time.Hour)
				if rule, _ := k.Profile.Retention(c.kind, today); rule.Term.Unit == profile.Hours {
					next = c.last.Add(time.Second)
				}
				if got := k.due(c.kind); got.Due != 0 || got.Next != cal.DayOf(next.In(k.Desk.Zone)) {
					t.Errorf("%s: on the last day %d are due and the next on %s", c.kind, got.Due, got.Next)
				}
				k.now = next
				if got := k.due(c.kind); got.Due != c.n {
					t.Errorf("%s: %d are due on the next day, want %d", c.kind, got.Due, c.n)
				}
				trail := k.number(`SELECT count(*) FROM audit_entry`)
				got := k.run()
				if got[c.kind] != c.n || k.number(c.counts, c.args...) != 0 {
					t.Errorf("%s: ended %v, and %d are left; want %d ended", c.kind, got, k.number(c.counts, c.args...), c.n)
				}
				if entries := k.number(`SELECT count(*) FROM audit_entry`) - trail; entries != int64(len(got)) {
					t.Errorf("%s: %d entries in the trail for %v", c.kind, entries, got)
				}
				if again := k.run(); len(again) != 0 {
					t.Errorf("%s: a second run ended %v", c.kind, again)
				}
			}

			// Who holds an office or waits for an answer is not forgotten, until that is over.
			if n := k.number(`SELECT count(*) FROM membership_person WHERE id IN ($1, $2) AND surname <> ''`, officer.ID, asker.ID); n != 2 {
				t.Errorf("%d of two are left", n)
			}
			k.at(cal.Date(2031, 1, 1))
			if got := k.run(); got["person"] != 1 || k.number(`SELECT count(*) FROM membership_person WHERE id = $1 AND surname = ''`, officer.ID) != 1 {
				t.Errorf("the office is over: %v", got)
			}

			k.unharmed(stays, history, left)
			k.trailTells(leaver, applicant)
		})
	}
}

func noon(year int, month time.Month, day int) time.Time {
	return cal.Date(year, month, day).Time().Add(12 * time.Hour)
}

func (k *kept) due(kind string) privacy.Line {
	k.t.Helper()
	lines, err := k.Keeping.Lines(k.ctx, k.DB.Read())
	k.must(err)
	i := slices.IndexFunc(lines, func(l privacy.Line) bool { return l.Rule.Record == kind })
	if i < 0 {
		k.t.Fatalf("there is no %s", kind)
	}
	return lines[i]
}

// unharmed: the member lost nothing, history and counts are as they were.
func (k *kept) unharmed(stays membership.Person, history int64, left cal.Day) {
	k.t.Helper()
	if n := k.number(`SELECT count(*) FROM membership_person WHERE id = $1 AND surname <> '' AND number > 0 AND length(contact) > 0 AND length(national_id) > 0`, stays.ID); n != 1 {
		k.t.Error("the member's data are gone")
	}
	if k.number(`SELECT count(*) FROM membership_word WHERE person_id = $1`, stays.ID) == 0 || k.number(`SELECT count(*) FROM membership_key WHERE person_id = $1`, stays.ID) != 1 ||
		k.number(`SELECT count(*) FROM login_account WHERE person_id = $1 AND state = 'open'`, stays.ID) != 1 {
		k.t.Error("the member cannot be found, or cannot sign in")
	}
	if number, err := k.Areas.Membership.Reveal(k.ctx, stays.ID, "a dispute about dues"); err != nil || number != "650308300019" {
		k.t.Errorf("the member's national ID: %q, %v", number, err)
	}
	if n := k.number(`SELECT count(*) FROM membership_spell`); n != history {
		k.t.Errorf("%d spells, there were %d", n, history)
	}
	top, err := org.Top(k.ctx, k.DB.Read(), k.Desk.Today())
	k.must(err)
	for day, want := range map[cal.Day]int64{left - 1: 4, left: 1, k.Desk.Today(): 1} {
		got, err := k.Areas.Membership.Beneath(k.ctx, k.DB.Read(), top.Org, day)
		k.must(err)
		if got.Total != want {
			k.t.Errorf("on %s %d members, want %d", day, got.Total, want)
		}
		k.must(k.Areas.Membership.CheckCounts(k.ctx, k.DB.Read(), day))
	}
}

// trailTells: the trail says how many of what, and of whom nothing.
func (k *kept) trailTells(people ...membership.Person) {
	k.t.Helper()
	entries, err := audit.List(k.ctx, k.DB.Read(), audit.Filter{Action: string(privacy.Retain), Limit: 1000})
	k.must(err)
	kinds := map[string]bool{}
	for _, e := range entries {
		said := e.Record + e.Reason
		for _, c := range e.Changes {
			said += c.Field + c.Before + c.After
			if c.Field == "kind" {
				kinds[c.After] = true
			}
		}
		for _, p := range people {
			if strings.Contains(said, p.ID.String()) || strings.Contains(said, p.Name.Surname) {
				k.t.Errorf("the trail tells of whom: %+v", e)
			}
		}
	}
	if len(kinds) != 13 {
		k.t.Errorf("the trail tells of %v", kinds)
	}
	_, _, err = k.Verify(k.ctx)
	k.must(err)
}
