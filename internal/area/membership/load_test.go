package membership_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"odaq/internal/area/membership"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/exchange"
	"odaq/internal/kernel/nationalid"
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
	const n = 21_000
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

func each(t testing.TB, d *db.DB, query string, row func(scan func(...any) error) error) {
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

// TestFirstLoadJudgesAsAny enters the same file, with people who repeat or are
// like others far above them, as a first load and beside a running server.
func TestFirstLoadJudgesAsAny(t *testing.T) {
	p := invent(t)
	const n = 22_000
	rows := p.rows(t, n)
	for i := range 200 { // without a national ID, early in the file
		rows[1+5*i][3] = ""
	}
	for i := range 600 { // like somebody at least five chunks above
		of, row := rows[1+i*7], rows[n-1000+i]
		switch i % 6 {
		case 0: // the same row
			copy(row, of)
		case 1: // the same number, another name
			row[3], row[4] = of[3], of[4]
		case 2: // a namesake born on the same day, with a number
			row[0], row[1], row[2] = of[0], of[1], of[2]
			row[3], row[4] = p.born(t, of[4]), of[4]
		case 3: // the same without a number
			copy(row, of)
			row[3] = ""
		case 4: // nearly the same name
			copy(row, of)
			row[0], row[3] = row[0]+"а", ""
		case 5: // nearly the same name, with a number
			copy(row, of)
			row[0], row[3] = row[0]+"а", p.born(t, of[4])
		}
	}
	path := save(t, rows)
	run := func(t *testing.T, enter func(*membership.Area, context.Context, membership.Batch) (membership.Batch, error)) (membership.Tally, []leftRow) {
		d, err := db.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "load.db"), db.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		o := open(t, d)
		for _, i := range []int{n - 2, n - 3} { // two are in the register before
			request := membership.AdmitRequest{Org: o.primaries[1], Name: name(rows[i]), Birth: cal.Never, Lang: "kk", Category: "worker", Day: cal.Date(2018, 1, 1), Decision: "1"}
			request.Birth = birthOf(t, rows[i])
			if _, err := o.area.Admit(o.registrar, request); err != nil {
				t.Fatal(err)
			}
		}
		checked, err := o.area.ImportFile(o.registrar, path, membership.ImportOptions{ImportRequest: membership.ImportRequest{Org: o.primaries[1]}, DryRun: true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := enter(o.area, o.registrar, checked.Batch)
		if err != nil || b.State != membership.Completed {
			t.Fatalf("%+v, %v", b, err)
		}
		return b.Tally, o.keptRows(t)
	}
	tally, as := run(t, func(a *membership.Area, ctx context.Context, b membership.Batch) (membership.Batch, error) {
		return a.RunNow(ctx, b.ID, nil)
	})
	want, like := run(t, func(a *membership.Area, ctx context.Context, b membership.Batch) (membership.Batch, error) {
		return a.RunBeside(ctx, b.ID)
	})
	if diff := cmp.Diff(want, tally); diff != "" {
		t.Errorf("tally\n%s", diff)
	}
	if diff := cmp.Diff(like, as); diff != "" {
		t.Errorf("rows\n%s", diff)
	}
	if tally.Alike < 290 || tally.Unchanged != 200 {
		t.Errorf("the file does not try enough: %+v", tally)
	}
}

// born is a new national ID of somebody born on a day.
func (p *people) born(t testing.TB, day string) string {
	t.Helper()
	number, err := p.scheme.Generate(p.rng, nationalid.Traits{Day: birthOf(t, []string{"", "", "", "", day})})
	if err != nil {
		t.Fatal(err)
	}
	p.used[number] = true
	return number
}

func birthOf(t testing.TB, row []string) cal.Day {
	t.Helper()
	day, err := time.Parse("02.01.2006", row[4])
	if err != nil {
		t.Fatal(err)
	}
	return cal.DayOf(day)
}
