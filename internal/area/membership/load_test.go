package membership_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"odaq/internal/area/membership"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/exchange"
	"odaq/internal/kernel/search"
	"odaq/internal/platform/db"
)

// TestFirstLoad interrupts a load for which indexes are dropped and words left
// out, and looks whether everything is made in the end.
func TestFirstLoad(t *testing.T) {
	d, err := db.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "load.db"), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	o := open(t, d)
	before := indexes(t, d)
	p := invent(t)
	const n = 50_000
	rows := p.rows(t, n)
	// Somebody who was a member comes back with the load.
	was, err := o.area.Admit(o.registrar, membership.AdmitRequest{Org: o.primaries[0], Name: name(rows[n]), Birth: cal.Never, Lang: "kk",
		Private: membership.Private{NationalID: rows[n][3]}, Category: "worker", Day: cal.Date(2018, 1, 1), Decision: "1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.area.End(o.registrar, membership.Step{Person: was.ID, Version: was.Version, Day: cal.Date(2019, 1, 1), Decision: "2", Reason: "өтініш"}); err != nil {
		t.Fatal(err)
	}
	path := save(t, rows)
	request := membership.ImportOptions{ImportRequest: membership.ImportRequest{Org: o.primaries[1]}}
	checked, err := o.area.ImportFile(o.registrar, path, membership.ImportOptions{ImportRequest: request.ImportRequest, DryRun: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(o.registrar)
	if _, err := o.area.RunNow(ctx, checked.Batch.ID, func(p exchange.Progress) {
		if p.Rows >= n/2 {
			stop()
		}
	}); err == nil {
		t.Fatal("it was not interrupted")
	}
	if now := indexes(t, d); len(now) >= len(before) {
		t.Fatalf("no index was dropped: %v", now)
	}
	// Some indexes may be there, as all are in a backup that was restored.
	if err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `CREATE INDEX membership_person_number ON membership_person (number)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := o.area.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	check := func(when string, least int) {
		t.Helper()
		if diff := cmp.Diff(before, indexes(t, d)); diff != "" {
			t.Errorf("%s: indexes\n%s", when, diff)
		}
		want, got := map[int64][]string{}, map[int64][]string{}
		each(t, d, `SELECT id, surname, given, patronymic FROM membership_person`, func(scan func(...any) error) error {
			var person int64
			var n search.Name
			err := scan(&person, &n.Surname, &n.Given, &n.Patronymic)
			w := append(search.Tokens(membership.FullName(n)), " "+search.Fold(n.Surname)+" "+search.Fold(n.Given))
			slices.Sort(w)
			want[person] = slices.Compact(w)
			return err
		})
		each(t, d, `SELECT w.person_id, w.word FROM membership_word w JOIN membership_person p ON p.id = w.person_id
			WHERE p.org_id = w.org_id AND p.status = w.status AND w.mark <> 0 ORDER BY w.person_id, w.word`, func(scan func(...any) error) error {
			var person int64
			var word string
			err := scan(&person, &word)
			got[person] = append(got[person], word)
			return err
		})
		if len(want) < least || !cmp.Equal(want, got) {
			t.Errorf("%s: %d persons, %d with words, not all as they should be", when, len(want), len(got))
		}
	}
	check("after recovery", n/2)
	resumed, err := o.area.ImportFile(o.registrar, path, request, nil)
	if err != nil {
		t.Fatal(err)
	}
	if b := resumed.Batch; b.ID != checked.Batch.ID || b.State != membership.Completed || b.Tally.Readmitted != 1 || b.Tally.Rows != n {
		t.Errorf("resumed: %+v", b)
	}
	check("at the end", n-n/100)
	o.count(t, today, resumed.Batch.Tally.Entered+1)
}

func each(t *testing.T, d *db.DB, query string, row func(scan func(...any) error) error) {
	t.Helper()
	rows, err := d.Read().Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
