package membership_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"odaq/internal/area/membership"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/privacy"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

func (o *office) fetch(t *testing.T, ctx context.Context, e membership.Export) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := o.area.FetchExport(ctx, e.ID, messages(t).In("ru"), &out, func(membership.Export) {})
	return out.String(), err
}

func TestExport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		p := invent(t)
		rows := p.rows(t, membership.ConfirmAbove)
		rows[1][0] = "Ә" + rows[1][0]
		o.importing(t, o.registrar, o.primaries[0], save(t, rows))
		o.importing(t, o.registrar, o.primaries[1], save(t, [][]string{titles, p.row(t)}))
		request := membership.ExportRequest{Find: membership.Find{Org: o.primaries[1]}, Format: "csv", Purpose: privacy.PurposeRegister, Reason: "жылдық есепке", Reveal: true, Lang: "ru"}
		for name, ctx := range map[string]context.Context{"other": o.other, "partner": o.partner, "chair": o.chair, "public": t.Context()} {
			if _, err := o.area.RequestExport(ctx, request); err == nil {
				t.Errorf("%s may export", name)
			}
		}
		numbered := request
		numbered.Reason = "тексеру үшін " + rows[1][3] // would stand where every member of the list reads it
		if _, err := o.area.RequestExport(o.registrar, numbered); !fault.Is(err, fault.Invalid) {
			t.Errorf("a reason with a national ID: %v", err)
		}
		small, err := o.area.RequestExport(o.registrar, request)
		if err != nil || small.State != membership.ExportReady || small.People != 1 {
			t.Fatalf("small: %+v, %v", small, err)
		}
		if _, err := o.fetch(t, o.other, small); err == nil {
			t.Error("another fetched it")
		}
		file, err := o.fetch(t, o.registrar, small)
		if err != nil || !strings.HasPrefix(file, "\ufeff") {
			t.Fatalf("%q, %v", file, err)
		}
		table, err := csv.NewReader(strings.NewReader(file[3:])).ReadAll()
		if err != nil || len(table) != 2 || !strings.Contains(strings.Join(table[1], "|"), small.ID.String()) {
			t.Errorf("%q, %v", table, err)
		}
		if !p.used[table[1][8]] {
			t.Errorf("the national ID is missing: %q", table[1])
		}
		if _, err := o.fetch(t, o.registrar, small); !fault.Is(err, fault.Unready) {
			t.Errorf("fetched twice: %v", err)
		}
		scope, _ := o.desk.Gate.Scope(o.registrar, d.Read(), access.From(o.registrar), membership.View)
		list, err := o.area.List(t.Context(), d.Read(), scope, membership.Find{Org: o.primaries[1]})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		log, err := privacy.ByPerson(t.Context(), d.Read(), list[0].ID, privacy.Page{})
		if err != nil || len(log) != 1 || log[0].What != privacy.Exported || log[0].Reason != request.Reason {
			t.Errorf("log of disclosures: %+v, %v", log, err)
		}

		// A list within the limit waits where others were asked for before it.
		request.Find.Org = o.primaries[0]
		for _, who := range []struct {
			name  string
			ctx   context.Context
			state membership.ExportState
		}{{"who asked for one already", o.registrar, membership.ExportWaiting}, {"somebody else", o.as(t, access.Registrar, o.unions[0]), membership.ExportReady}} {
			e, err := o.area.RequestExport(who.ctx, request)
			if err != nil || e.People != membership.ConfirmAbove || e.State != who.state {
				t.Errorf("%s: %+v, %v", who.name, e, err)
			}
		}

		// Above the limit a second person confirms, not the one who asked.
		request.Find.Org, request.Reveal = o.unions[0], false
		for _, format := range membership.Formats {
			request.Format = format
			big, err := o.area.RequestExport(o.registrar, request)
			if err != nil || big.State != membership.ExportWaiting || big.People <= membership.ConfirmAbove {
				t.Fatalf("big: %+v, %v", big, err)
			}
			if _, err := o.fetch(t, o.registrar, big); !fault.Is(err, fault.Unready) {
				t.Errorf("fetched unconfirmed: %v", err)
			}
			if _, err := o.area.DecideExport(o.registrar, big.ID, true); err == nil {
				t.Error("the registrar confirmed it himself")
			}
			leader := o.as(t, access.Leader, o.unions[0])
			if _, err := o.area.DecideExport(o.as(t, access.Leader, o.unions[1]), big.ID, true); err == nil {
				t.Error("another union's leader confirmed it")
			}
			if _, err := o.area.DecideExport(leader, big.ID, true); err != nil {
				t.Fatal(err)
			}
			file, err := o.fetch(t, o.registrar, big)
			if err != nil || len(file) == 0 {
				t.Fatal(err)
			}
			if format == "csv" && strings.Count(file, "\n") != int(big.People)+1 {
				t.Errorf("%d lines for %d persons", strings.Count(file, "\n"), big.People)
			}
			for number := range p.used {
				if strings.Contains(file, number) {
					t.Fatal("a national ID went out unasked")
				}
			}
		}
	})
}

// slow is a download that does not move on.
type slow struct{ begun, goOn chan struct{} }

func (s slow) Write(b []byte) (int, error) {
	select {
	case s.begun <- struct{}{}:
	default:
	}
	<-s.goOn
	return len(b), nil
}

func TestSlowDownloadsHoldNobodyUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		o.importing(t, o.registrar, o.primaries[0], save(t, invent(t).rows(t, 3)))
		var downloads errgroup.Group
		goOn := make(chan struct{})
		for range 12 { // more than there are connections
			e, err := o.area.RequestExport(o.registrar, membership.ExportRequest{Find: membership.Find{Org: o.unions[0]}, Format: "csv", Purpose: privacy.PurposeLaw, Reason: "сот сұрауы бойынша"})
			if err != nil {
				t.Fatal(err)
			}
			s := slow{make(chan struct{}, 1), goOn}
			downloads.Go(func() error {
				return o.area.FetchExport(o.registrar, e.ID, messages(t).In("ru"), s, func(membership.Export) {})
			})
			<-s.begun
		}
		if err := d.View(t.Context(), func(q db.Querier) error {
			var one int
			return q.QueryRow(t.Context(), "SELECT 1").Scan(&one)
		}); err != nil {
			t.Error(err)
		}
		close(goOn)
		if err := downloads.Wait(); err != nil {
			t.Error(err)
		}
	})
}

func TestExportNeedsTwoPeople(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		o.importing(t, o.registrar, o.primaries[0], save(t, invent(t).rows(t, membership.ConfirmAbove+5)))
		both := o.as(t, access.DataOfficer, o.unions[0]) // may ask and may confirm
		e, err := o.area.RequestExport(both, membership.ExportRequest{Find: membership.Find{Org: o.unions[0]}, Format: "json", Purpose: privacy.PurposeLaw, Reason: "сот сұрауы бойынша"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.area.DecideExport(both, e.ID, true); !fault.Is(err, fault.Denied) {
			t.Errorf("confirmed by who asked: %v", err)
		}
	})
}
