package membership_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"odaq/internal/area/membership"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/audit"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/schema"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
	"odaq/internal/testkit/dbtest"
	"odaq/profiles"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// office is a small federation: two unions with two primary organisations each,
// a registrar of each union and the chair of the first primary.
type office struct {
	area                     *membership.Area
	desk                     *act.Desk
	db                       *db.DB
	top                      id.ID
	unions                   [2]id.ID
	primaries                [4]id.ID
	registrar, other, chair  context.Context
	partner, admin, everyone context.Context
}

var today = cal.Date(2026, 11, 21)

func open(t testing.TB, d *db.DB) *office {
	t.Helper()
	ctx := t.Context()
	p, err := profiles.Open("kz")
	if err != nil {
		t.Fatal(err)
	}
	gate, err := access.NewGate(func() cal.Day { return today }, membership.Policy)
	if err != nil {
		t.Fatal(err)
	}
	clock := cal.Clock(func() time.Time { return today.Time().Add(9 * time.Hour) })
	desk := &act.Desk{DB: d, Gate: gate, Events: &event.Bus{}, Clock: clock, Zone: time.UTC, Log: slog.New(slog.DiscardHandler)}
	o := &office{desk: desk, db: d, area: membership.New(desk, p, seal.Ephemeral())}
	m := o.area.Module()
	if _, err := db.Migrate(ctx, d, []db.Source{{Name: "kernel", Number: 1, FS: schema.FS}, m.Source()}); err != nil {
		t.Fatal(err)
	}
	start := cal.Date(2015, 1, 1)
	var events []org.Event
	found := func(kind org.Kind, parent id.ID, name string) id.ID {
		e := org.Event{ID: id.New(), Org: id.New(), Kind: org.Found, Day: start, Decision: "1",
			Detail: org.Detail{Kind: kind, Names: &text.Names{KK: name, RU: name, EN: name}, Parent: &parent}}
		events = append(events, e)
		return e.Org
	}
	o.top = found(org.Federation, 0, "Федерация")
	for i := range o.unions {
		o.unions[i] = found(org.Union, o.top, "Одақ")
		for j := range 2 {
			o.primaries[2*i+j] = found(org.Primary, o.unions[i], "Бастауыш")
		}
	}
	as := func(role access.Role, at id.ID) context.Context {
		account := id.New()
		err := d.Write(ctx, func(tx *db.Tx) error {
			return access.Give(ctx, tx, access.Grant{ID: id.New(), Account: account, Role: role, Org: at, From: start, To: cal.Forever, Decision: "2"}, 0)
		})
		if err != nil {
			t.Fatal(err)
		}
		return access.With(ctx, access.Actor{Account: account, Agent: "page", Second: true})
	}
	if err := d.Write(ctx, func(tx *db.Tx) error { return org.Load(ctx, tx, events) }); err != nil {
		t.Fatal(err)
	}
	o.registrar, o.other = as(access.Registrar, o.unions[0]), as(access.Registrar, o.unions[1])
	o.chair, o.partner, o.admin = as(access.Chair, o.primaries[0]), as(access.Partner, o.top), as(access.Admin, o.top)
	o.everyone = as(access.Registrar, o.top)
	return o
}

func (o *office) request(at id.ID, surname, nationalID string, day cal.Day) membership.AdmitRequest {
	return membership.AdmitRequest{Org: at, Name: search.Name{Surname: surname, Given: "Айгүл"}, Birth: cal.Never, Lang: text.KK,
		Private: membership.Private{NationalID: nationalID, Phone: "+7 700 000 00 00"}, Category: "worker", Day: day, Decision: "7"}
}

// count compares the published headcount with the slow recount.
func (o *office) count(t *testing.T, day cal.Day, want int64) {
	t.Helper()
	got, err := o.area.Beneath(t.Context(), o.db.Read(), o.top, day)
	if err != nil {
		t.Fatal(err)
	}
	slow, err := membership.Recount(t.Context(), o.db.Read(), day)
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, n := range slow {
		sum += n
	}
	if got.Total != want || sum != want {
		t.Errorf("on %s: counted %d, recounted %d, want %d", day, got.Total, sum, want)
	}
}

func TestAdmitTransferEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		const nationalID = "650308300019" // synthetic
		day := cal.Date(2024, 3, 1)
		p, err := o.area.Admit(o.chair, o.request(o.primaries[0], "Нұрланова", nationalID, day))
		if err != nil {
			t.Fatal(err)
		}
		if p.Birth != cal.Date(1965, 3, 8) || !p.Number.Valid() || p.Status != membership.Active {
			t.Errorf("admitted %+v", p)
		}
		o.count(t, day-1, 0)
		o.count(t, day, 1)

		// One open membership across the federation, also for those who cannot see the first.
		_, err = o.area.Admit(o.other, o.request(o.primaries[2], "Нұрланова", nationalID, today))
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("a second membership: %v", err)
		}
		// By the refusal he learnt that she is a member: the trail and she know that he asked.
		trail, err := audit.List(t.Context(), d.Read(), audit.Filter{Account: access.From(o.other).Account})
		if err != nil || len(trail) != 1 || trail[0].Record != membership.Ref(p.ID).String() || trail[0].Org != o.primaries[2] ||
			!slices.Equal(trail[0].Changes, []audit.Change{{Field: "refused", After: "membership.member-elsewhere"}}) {
			t.Errorf("the trail of the refusal: %+v, %v", trail, err)
		}
		looks, err := privacy.ByPerson(t.Context(), d.Read(), p.ID, privacy.Page{})
		if err != nil || len(looks) != 1 || looks[0].Account != access.From(o.other).Account || looks[0].Org != o.primaries[2] {
			t.Errorf("she reads %+v, %v", looks, err)
		}

		// The other union's registrar does not even find her; a partner and an administrator neither.
		for name, ctx := range map[string]context.Context{"other": o.other, "partner": o.partner, "admin": o.admin, "public": t.Context()} {
			scope, err := o.desk.Gate.Scope(ctx, d.Read(), access.From(ctx), membership.View)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := membership.Get(ctx, d.Read(), scope, p.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s gets the record: %v", name, err)
			}
			for _, f := range []membership.Find{{}, {Query: "нурланова"}, {Query: p.Number.String()}, {Org: o.primaries[0]}, {Day: today}} {
				if list, err := o.area.List(ctx, d.Read(), scope, f); err != nil || len(list) != 0 {
					t.Errorf("%s lists %d persons by %+v, %v", name, len(list), f, err)
				}
			}
			if _, err := o.area.End(ctx, membership.Step{Person: p.ID, Day: today, Decision: "1", Reason: "x"}); err == nil {
				t.Errorf("%s ended the membership", name)
			}
		}

		// The chair may not transfer to an organisation that is not hers; the registrar may.
		move := membership.Step{Person: p.ID, Version: p.Version, Day: cal.Date(2025, 6, 1), Decision: "9"}
		if _, err := o.area.Transfer(o.chair, move, o.primaries[1]); !fault.Is(err, fault.Denied) {
			t.Errorf("the chair's transfer: %v", err)
		}
		p, err = o.area.Transfer(o.registrar, move, o.primaries[1])
		if err != nil {
			t.Fatal(err)
		}
		// A stale form is a conflict, not a lost update.
		if _, err := o.area.End(o.registrar, membership.Step{Person: p.ID, Version: 1, Day: today, Decision: "1", Reason: "өтініш"}); !fault.Is(err, fault.Conflict) {
			t.Errorf("stale: %v", err)
		}
		p, err = o.area.End(o.registrar, membership.Step{Person: p.ID, Version: p.Version, Day: cal.Date(2026, 2, 1), Decision: "11", Reason: "өтініш"})
		if err != nil {
			t.Fatal(err)
		}
		o.count(t, cal.Date(2025, 6, 1), 1)
		o.count(t, cal.Date(2026, 1, 31), 1)
		o.count(t, cal.Date(2026, 2, 1), 0)

		// She comes back, in the other union: the same person, the history kept.
		back, err := o.area.Admit(o.other, o.request(o.primaries[2], "Нұрланова", nationalID, cal.Date(2026, 9, 1)))
		if err != nil {
			t.Fatal(err)
		}
		spells, err := membership.Spells(t.Context(), d.Read(), back.ID)
		if err != nil || back.ID != p.ID || back.Number != p.Number || len(spells) != 3 {
			t.Errorf("back %+v with %d spells, %v", back, len(spells), err)
		}
		o.count(t, today, 1)
		if n, _, err := audit.Verify(t.Context(), d.Read()); err != nil || n != 5 {
			t.Errorf("the trail has %d entries, %v; want 5: one an act, and one for the refusal that told something", n, err)
		}
	})
}

func TestRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		for name, c := range map[string]struct {
			change func(*membership.AdmitRequest)
			field  string
		}{
			"bad checksum":      {func(r *membership.AdmitRequest) { r.Private.NationalID = "650308300018" }, "national_id"},
			"zeros":             {func(r *membership.AdmitRequest) { r.Private.NationalID = "000000000000" }, "national_id"},
			"born tomorrow":     {func(r *membership.AdmitRequest) { r.Private.NationalID = ""; r.Birth = today + 1 }, "birth"},
			"nameless":          {func(r *membership.AdmitRequest) { r.Name = search.Name{} }, "surname"},
			"name with markup":  {func(r *membership.AdmitRequest) { r.Name.Surname = "<b>" }, "surname"},
			"unknown category":  {func(r *membership.AdmitRequest) { r.Category = "robot" }, "category"},
			"tomorrow":          {func(r *membership.AdmitRequest) { r.Day = today + 1 }, "day"},
			"no telephone":      {func(r *membership.AdmitRequest) { r.Private.Phone = "жоқ" }, "phone"},
			"no decision":       {func(r *membership.AdmitRequest) { r.Decision = " " }, "decision"},
			"not a primary":     {func(r *membership.AdmitRequest) { r.Org = o.unions[0] }, "org"},
			"before the org is": {func(r *membership.AdmitRequest) { r.Day = cal.Date(2014, 12, 31) }, "org"},
		} {
			t.Run(name, func(t *testing.T) {
				r := o.request(o.primaries[0], "Нұрланова", "650308300019", today)
				c.change(&r)
				_, err := o.area.Admit(o.registrar, r)
				f := fault.Of(err)
				if err == nil || f.Kind != fault.Invalid || len(f.Fields) == 0 || f.Fields[0].Name != c.field {
					t.Errorf("got %v", err)
				}
			})
		}
		o.count(t, today, 0)
	})
}

func TestListAndSearch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		for _, name := range []string{"Өтегенова", "Абаева", "Әбенова", "Іскакова", "Ыбраева", "Қасымова", "Касымова"} {
			if _, err := o.area.Admit(o.registrar, o.request(o.primaries[0], name, "", today)); err != nil {
				t.Fatal(err)
			}
		}
		scope, err := o.desk.Gate.Scope(o.registrar, d.Read(), access.From(o.registrar), membership.View)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"Абаева", "Әбенова", "Касымова", "Қасымова", "Өтегенова", "Ыбраева", "Іскакова"}
		var got []string
		for f := (membership.Find{Limit: 2}); ; {
			page, err := o.area.List(t.Context(), d.Read(), scope, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range page {
				got = append(got, p.Name.Surname)
			}
			if len(page) < f.Limit {
				break
			}
			f.After = membership.CursorOf(page[len(page)-1])
		}
		if len(got) != len(want) {
			t.Fatalf("paged through %v", got)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("in place %d stands %s, want %s (Kazakh alphabet)", i, got[i], want[i])
			}
		}
		for query, n := range map[string]int{"касым": 2, "Қасым айг": 2, "qasymova": 2, "Aigul": 7, "айгүл өтег": 1, "гүл": 0, "ыбраева x": 0} {
			list, err := o.area.List(t.Context(), d.Read(), scope, membership.Find{Query: query})
			if err != nil || len(list) != n {
				t.Errorf("%q finds %d, %v; want %d", query, len(list), err, n)
			}
		}
	})
}

func TestFoldKeepsCounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		for i, day := range []cal.Day{cal.Date(2024, 1, 1), cal.Date(2025, 12, 31), cal.Date(2026, 10, 1), today} {
			if _, err := o.area.Admit(o.everyone, o.request(o.primaries[i], "Омарова", "", day)); err != nil {
				t.Fatal(err)
			}
			if i == 1 {
				if err := membership.Checkpoint(t.Context(), d, today); err != nil {
					t.Fatal(err)
				}
			}
			if i == 2 {
				if n, err := membership.Fold(t.Context(), d); err != nil || n != 3 {
					t.Fatalf("folded %d, %v", n, err)
				}
			}
		}
		for day, want := range map[cal.Day]int64{cal.Date(2023, 12, 31): 0, cal.Date(2024, 1, 1): 1, cal.Date(2026, 9, 30): 2, cal.Date(2026, 10, 1): 3, today: 4} {
			o.count(t, day, want)
		}
		cells, err := o.area.Cells(t.Context(), d.Read(), today)
		if err != nil || len(cells) != 2 || cells[0].Total != 2 || cells[0].Orgs != 2 || cells[1].Earners != 2 {
			t.Errorf("cells %+v, %v", cells, err)
		}
	})
}
