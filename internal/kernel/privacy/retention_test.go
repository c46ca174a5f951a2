package privacy

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/audit"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/profile"
	"odaq/internal/platform/db"
)

// What began on By.Day, or before By.Instant, is over now; what began later is
// not. Over says the same of one beginning.
func TestByAndOverAgree(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Almaty")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		term := profile.Term{N: rapid.IntRange(1, 400).Draw(t, "n"),
			Unit: rapid.SampledFrom([]profile.TermUnit{profile.Hours, profile.Days, profile.Months, profile.Years}).Draw(t, "unit")}
		now := cal.Date(2024, 1, 1) + cal.Day(rapid.IntRange(0, 1500).Draw(t, "day"))
		at := begin(now, zone).Add(time.Duration(rapid.IntRange(0, 86399).Draw(t, "second")) * time.Second)
		by := byNow(term, at, zone)
		for _, since := range []cal.Instant{by.Instant - 1, by.Instant, by.Instant - cal.Instant(rapid.Int64Range(1, 1e15).Draw(t, "earlier")),
			by.Instant + cal.Instant(rapid.Int64Range(0, 1e15).Draw(t, "later"))} {
			if over := Over(term, since, zone) <= at; over != (since < by.Instant) {
				t.Fatalf("%s since %s, now %s: over is %v, by %s", term, since, at, over, by.Instant)
			}
		}
		if term.Unit != profile.Hours && (last(term, by.Day) >= now || last(term, by.Day+1) < now) {
			t.Fatalf("%s by %s: %s is not the last day that is over", term, now, by.Day)
		}
	})
}

func TestLastDays(t *testing.T) {
	for _, c := range []struct {
		term        profile.Term
		began, last cal.Day
	}{
		{profile.Term{N: 30, Unit: profile.Days}, cal.Date(2026, 11, 21), cal.Date(2026, 12, 21)},
		{profile.Term{N: 1, Unit: profile.Months}, cal.Date(2026, 1, 31), cal.Date(2026, 2, 28)},
		{profile.Term{N: 3, Unit: profile.Years}, cal.Date(2024, 2, 29), cal.Date(2027, 2, 28)},
	} {
		if got := last(c.term, c.began); got != c.last {
			t.Errorf("%s from %s: %s, want %s", c.term, c.began, got, c.last)
		}
	}
}

// keeping is one that has a single kind: answers of repeated requests.
func keeping(t *testing.T, d *db.DB, batch int, end func(context.Context, *act.Tx, By, int) (int64, error)) *Keeping {
	t.Helper()
	gate, err := access.NewGate(func() cal.Day { return 0 }, Policy)
	if err != nil {
		t.Fatal(err)
	}
	now := cal.Date(2026, 11, 21).Time().Add(9 * time.Hour)
	reg := &Register{}
	if err := reg.Add(Holding{Table: "act_key", Column: "result", Purpose: PurposeAccount, Basis: Membership, Kind: KindRepeated, OnErase: Lapse}); err != nil {
		t.Fatal(err)
	}
	k := &Keeping{Holdings: reg, Desk: &act.Desk{DB: d, Gate: gate, Events: &event.Bus{}, Clock: func() time.Time { return now }, Zone: time.UTC, Log: slog.New(slog.DiscardHandler)},
		Profile: &profile.Profile{Retentions: []profile.Retention{{Record: string(KindRepeated), From: cal.Never, Until: cal.Forever,
			Term: profile.Term{N: 1, Unit: profile.Days}, After: "answer-given", Action: profile.Delete}}}}
	e := Rows{Kind: KindRepeated, After: "answer-given", Table: "act_key", Key: "account_id, key", At: "made_at"}.Ending()
	e.Batch = batch
	if end != nil {
		e.End = end
	}
	k.Add(e)
	if err := k.Check(); err != nil {
		t.Fatal(err)
	}
	write(t, d, func(ctx context.Context, tx *db.Tx) error {
		for i := range 7 {
			made := cal.At(now.AddDate(0, 0, -2))
			if i >= 5 {
				made = cal.At(now)
			}
			if _, err := tx.Exec(ctx, `INSERT INTO act_key (account_id, key, action, digest, result, made_at) VALUES ($1, 'k', 'a', $2, '', $3)`, i, []byte{1}, made); err != nil {
				return err
			}
		}
		return nil
	})
	return k
}

// ended lists how many records each entry of the trail says were ended.
func ended(t *testing.T, d *db.DB) []string {
	t.Helper()
	all, err := audit.List(t.Context(), d.Read(), audit.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range all {
		for _, c := range e.Changes {
			if c.Field == profile.Delete {
				out = append(out, c.After)
			}
		}
	}
	return out
}

func TestRunEndsInBatches(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := keeping(t, d, 2, nil)
		system := access.With(t.Context(), access.Actor{System: true, Agent: "job"})
		if _, err := k.Run(t.Context(), All); err == nil {
			t.Error("the public ended what was kept")
		}
		got, err := k.Run(system, All)
		if err != nil || len(got) != 1 || got[0].N != 5 {
			t.Fatalf("%+v, %v", got, err)
		}
		if s := strings.Join(ended(t, d), " "); s != "1 2 2" {
			t.Errorf("the trail says %q", s)
		}
		if again, err := k.Run(system, All); err != nil || again[0].N != 0 || len(ended(t, d)) != 3 {
			t.Errorf("again: %+v, %v", again, err)
		}
		lines, err := k.Lines(t.Context(), d.Read())
		if err != nil || lines[0].Due != 0 || lines[0].Next != cal.Date(2026, 11, 23) {
			t.Errorf("%+v, %v", lines, err)
		}
	})
}

// A run that is cut short leaves what its batches did, with their entries, and
// the next one goes on there.
func TestRunGoesOn(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		cut := errors.New("cut short")
		rows := Rows{Kind: KindRepeated, After: "answer-given", Table: "act_key", Key: "account_id, key", At: "made_at"}
		batches := 0
		k := keeping(t, d, 2, func(ctx context.Context, tx *act.Tx, by By, limit int) (int64, error) {
			n, err := rows.end(ctx, tx, by, limit)
			if batches++; batches == 2 {
				return n, cut
			}
			return n, err
		})
		system := access.With(t.Context(), access.Actor{System: true, Agent: "job"})
		got, err := k.Run(system, All)
		if !errors.Is(err, cut) || got[0].N != 2 {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := k.Run(system, All); err != nil || got[0].N != 3 {
			t.Errorf("%+v, %v", got, err)
		}
		if s := strings.Join(ended(t, d), " "); s != "1 2 2" {
			t.Errorf("the trail says %q", s)
		}
	})
}

// What the database lets only the owner of its tables end is said, and is no
// error of the others.
func TestRunTellsWhatItMayNot(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := keeping(t, d, 2, func(context.Context, *act.Tx, By, int) (int64, error) { return 0, db.ErrDenied })
		got, err := k.Run(access.With(t.Context(), access.Actor{System: true, Agent: "job"}), All)
		if err != nil || len(got) != 1 || !got[0].Denied || got[0].N != 0 || len(ended(t, d)) != 0 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestCheckFindsWhatDisagrees(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		for want, change := range map[string]func(*Keeping){
			"has no rule today for": func(k *Keeping) { k.Profile.Retentions[0].Until = k.Desk.Today() },
			"nothing that is held":  func(k *Keeping) { k.Holdings = &Register{} },
			"can only be kept":      func(k *Keeping) { k.endings = nil },
			"after must be":         func(k *Keeping) { k.Profile.Retentions[0].After = "dreamt" },
			"action \"delete\"":     func(k *Keeping) { k.Profile.Retentions[0].Action = profile.Blank },
			"two endings":           func(k *Keeping) { k.Add(k.endings[0]) },
		} {
			write(t, d, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, `DELETE FROM act_key`)
				return err
			})
			k := keeping(t, d, 2, nil)
			change(k)
			if err := k.Check(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
		}
	})
}
