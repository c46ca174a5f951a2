package membership_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"odaq/internal/area/membership"
	"odaq/internal/kernel/audit"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

// TestImportAbreast enters a file whose neighbouring chunks are about the same
// people, which PostgreSQL takes in two at a time, and compares what became of
// each row with SQLite, which takes one after the other.
func TestImportAbreast(t *testing.T) {
	p := invent(t)
	const n = 30_000
	rows := p.rows(t, n)
	for i := 5_200; i < n; i += 6_500 { // like somebody of the chunk before, or of this one
		for j := range 120 {
			of, row := rows[i+j-(j%2)*5_100-5], rows[i+j*9]
			copy(row, of)
			switch j % 3 {
			case 1: // the same number, another name
				row[0] = "Басқатегінов"
			case 2: // a namesake without a number
				row[3] = ""
			}
		}
	}
	path := save(t, rows)
	type outcome struct {
		Tally   membership.Tally
		Rows    []leftRow
		Members int
	}
	run := func(t *testing.T, d *db.DB) outcome {
		o := open(t, d)
		b := o.importing(t, o.registrar, o.primaries[0], path)
		if b.State != membership.Completed {
			t.Fatalf("%+v", b)
		}
		numbers := map[int64]bool{}
		each(t, d, `SELECT number FROM membership_person`, func(scan func(...any) error) error {
			var number int64
			err := scan(&number)
			if numbers[number] || number == 0 {
				t.Errorf("the member number %d stands twice, or is none", number)
			}
			numbers[number] = true
			return err
		})
		o.count(t, today, b.Tally.Entered)
		o.recounted(t, today)
		if _, _, err := audit.Verify(t.Context(), d.Read()); err != nil {
			t.Error(err)
		}
		return outcome{b.Tally, o.keptRows(t), len(numbers)}
	}
	lite, err := db.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "one.db"), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer lite.Close()
	want := run(t, lite)
	if want.Tally.Alike < 90 || want.Tally.Unchanged < 100 {
		t.Fatalf("the file does not try enough: %+v", want.Tally)
	}
	server, err := db.Open(t.Context(), dbtest.Postgres(t), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if diff := cmp.Diff(want, run(t, server)); diff != "" {
		t.Error(diff)
	}
}

// TestImportsOfOneFileAtOnce lets two people import the same file at once: each
// member is entered once, by one of them.
func TestImportsOfOneFileAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		const n = 12_000
		path := save(t, invent(t).rows(t, n))
		var both [2]membership.Report
		var group errgroup.Group
		for i := range both {
			group.Go(func() (err error) {
				both[i], err = o.area.ImportFile(o.registrar, path, membership.ImportOptions{ImportRequest: membership.ImportRequest{Org: o.primaries[0]}}, nil)
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		a, b := both[0].Batch.Tally, both[1].Batch.Tally
		if a.Rows != n || b.Rows != n || a.Bad+b.Bad != 0 {
			t.Errorf("%+v and %+v", a, b)
		}
		if got := o.rowsOf(t, "membership_person", "membership_key"); got["membership_person"] != int(a.Entered+b.Entered) || got["membership_key"] != got["membership_person"] || got["membership_person"] < n-n/100 {
			t.Errorf("%v of %+v and %+v", got, a, b)
		}
		o.count(t, today, a.Entered+b.Entered)
		if _, _, err := audit.Verify(t.Context(), d.Read()); err != nil {
			t.Error(err)
		}
	})
}

// leftRow is a row of an import that was kept for a person.
type leftRow struct {
	Line         int
	Kind, Detail string
}

func (o *office) keptRows(t testing.TB) (out []leftRow) {
	t.Helper()
	each(t, o.db, `SELECT line, kind, detail FROM membership_batch_row ORDER BY line`, func(scan func(...any) error) error {
		var r leftRow
		err := scan(&r.Line, &r.Kind, &r.Detail)
		out = append(out, r)
		return err
	})
	return out
}
