package membership_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"odaq/internal/area/membership"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/audit"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/exchange"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/job"
	"odaq/internal/kernel/nationalid"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/sheet"
	"odaq/internal/testkit/dbtest"
	"odaq/profiles"
)

// people makes up the rows of a member list: titles first.
type people struct {
	rng    *rand.Rand
	scheme *nationalid.Scheme
	names  [3][]string
	used   map[string]bool
}

func invent(t testing.TB) *people {
	t.Helper()
	p, err := profiles.Open("kz")
	if err != nil {
		t.Fatal(err)
	}
	return &people{rand.New(rand.NewPCG(1, 2)), p.SchemeFor(nationalid.Person),
		[3][]string{p.Names("surname", "", ""), p.Names("given", "", ""), p.Names("patronymic", "", "")}, map[string]bool{}}
}

var titles = []string{"Фамилия", "Имя", "Отчество", "ИИН", "Дата рождения", "Категория", "Дата вступления", "Номер решения", "Телефон"}

// row is one invented member.
func (p *people) row(t testing.TB) []string {
	t.Helper()
	pick := func(i int) string { return p.names[i][p.rng.IntN(len(p.names[i]))] }
	birth := cal.Date(1955, 1, 1) + cal.Day(p.rng.IntN(45*365))
	var number string
	for number == "" || p.used[number] {
		var err error
		if number, err = p.scheme.Generate(p.rng, nationalid.Traits{Day: birth}); err != nil {
			t.Fatal(err)
		}
	}
	p.used[number] = true
	joined := cal.Date(2020, 1, 1) + cal.Day(p.rng.IntN(2000))
	return []string{pick(0), pick(1), pick(2), number, birth.Time().Format("02.01.2006"), "Работник", joined.String(), "5", "+7 701 000 00 00"}
}

func (p *people) rows(t testing.TB, n int) [][]string {
	t.Helper()
	out := [][]string{titles}
	for range n {
		out = append(out, p.row(t))
	}
	return out
}

// save writes rows as CSV and returns the file.
func save(t testing.TB, rows [][]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "members.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := csv.NewWriter(f)
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func (o *office) importing(t testing.TB, ctx context.Context, at id.ID, path string) membership.Batch {
	t.Helper()
	r, err := o.area.ImportFile(ctx, path, membership.ImportOptions{ImportRequest: membership.ImportRequest{Org: at}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r.Batch
}

// spoil makes a row bad and says which column shall be named and why.
var spoil = []struct {
	column int
	key    string
	do     func(row []string)
}{
	{3, "nationalid.checksum", func(r []string) { r[3] = r[3][:11] + string('0'+(r[3][11]-'0'+1)%10) }},
	{3, "nationalid.all-zeros", func(r []string) { r[3] = "000000000000" }},
	{4, "membership.import-date", func(r []string) { r[4] = "31.02.1980" }},
	{4, "membership.birth-impossible", func(r []string) { r[4] = "01.01.1901" }},
	{0, "exchange.required", func(r []string) { r[0] = "" }},
	{0, "membership.name-sign", func(r []string) { r[0] = "Omar0v" }},
	{5, "fault.choice", func(r []string) { r[5] = "робот" }},
	{6, "membership.day-ahead", func(r []string) { r[6] = "2027-01-01" }},
	{6, "fault.required", func(r []string) { r[6] = "" }},
	{7, "fault.required", func(r []string) { r[7] = "" }},
	{7, "fault.too-long", func(r []string) { r[7] = strings.Repeat("5", 81) }},
	{8, "membership.phone-form", func(r []string) { r[8] = "жоқ" }},
}

func TestImport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		p := invent(t)
		rows := p.rows(t, 5000)
		good := make([][]string, len(rows))
		want := map[int]struct{ column, key string }{}
		for i := range rows {
			good[i] = append([]string(nil), rows[i]...)
		}
		for i := range 37 {
			s, line := spoil[i%len(spoil)], 2+i*130
			s.do(rows[line-1])
			want[line] = struct{ column, key string }{titles[s.column], s.key}
		}
		if err := nothing(t, o); err != nil {
			t.Fatal(err)
		}
		path := save(t, rows)
		request := membership.ImportOptions{ImportRequest: membership.ImportRequest{Org: o.primaries[0]}, DryRun: true}
		dry, err := o.area.ImportFile(o.registrar, path, request, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c := dry.Batch.Checked; c.Rows != 5000 || c.Bad != 37 || c.Entered+c.Alike != 4963 || len(dry.Preview.Sample) != 20 {
			t.Fatalf("dry run: %+v", c)
		}
		if err := nothing(t, o); err != nil {
			t.Fatalf("after the dry run: %v", err)
		}
		for _, got := range dry.Preview.Problems {
			if w := want[got.Line]; got.Column != w.column || got.Key != w.key {
				t.Errorf("line %d: %s %s, want %+v", got.Line, got.Column, got.Key, w)
			}
		}
		b := o.importing(t, o.registrar, o.primaries[0], path)
		if b.State != membership.Completed || b.Tally != dry.Batch.Checked {
			t.Fatalf("run: %+v, dry run %+v", b.Tally, dry.Batch.Checked)
		}
		entered := b.Tally.Entered
		o.count(t, today, entered)

		// Nobody of another union sees the batch or can do anything with it.
		for name, ctx := range map[string]context.Context{"other": o.other, "partner": o.partner, "admin": o.admin, "chair": o.chair, "public": t.Context()} {
			scope, err := o.desk.Gate.Scope(ctx, d.Read(), access.From(ctx), membership.ImportIt)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := membership.GetBatch(ctx, d.Read(), scope, b.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s gets the batch: %v", name, err)
			}
			if list, err := membership.Batches(ctx, d.Read(), scope, 0, 10); err != nil || len(list) != 0 {
				t.Errorf("%s lists %d batches, %v", name, len(list), err)
			}
			if _, err := o.area.UndoBatch(ctx, b.ID); err == nil {
				t.Errorf("%s may undo", name)
			}
			if _, err := o.area.ImportFile(ctx, path, request, nil); err == nil {
				t.Errorf("%s may import", name)
			}
		}

		// The error file, corrected, goes in as it is.
		var out bytes.Buffer
		n, err := o.area.WriteErrors(o.registrar, b, sheet.NewCSV(&out), messages(t).In("ru"))
		if err != nil || n != 37 {
			t.Fatalf("error file of %d rows, %v", n, err)
		}
		fixed, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for i := range fixed[1:] {
			if fixed[i+1][0] == "" || strings.Contains(fixed[i+1][0], "⟦") {
				t.Errorf("row %d gives no reason in words: %q", i, fixed[i+1][0])
			}
			copy(fixed[i+1][1:], good[1+i*130])
		}
		more := o.importing(t, o.registrar, o.primaries[0], save(t, fixed))
		if more.Tally.Bad != 0 || more.Tally.Entered+more.Tally.Alike != 37 {
			t.Fatalf("corrected: %+v", more.Tally)
		}
		o.count(t, today, entered+more.Tally.Entered)

		// The same file again changes nothing.
		again := o.importing(t, o.registrar, o.primaries[0], path)
		if again.Tally.Entered+again.Tally.Readmitted != 0 || again.Tally.Bad != 37 || again.Tally.Unchanged != entered {
			t.Errorf("again: %+v", again.Tally)
		}
		o.count(t, today, entered+more.Tally.Entered)

		// Somebody changed one member since: he stays, the others go.
		scope, _ := o.desk.Gate.Scope(o.registrar, d.Read(), access.From(o.registrar), membership.View)
		list, err := o.area.List(t.Context(), d.Read(), scope, membership.Find{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		kept := list[0]
		spells, _ := membership.Spells(t.Context(), d.Read(), kept.ID)
		if _, err := o.area.Suspend(o.registrar, membership.Step{Person: kept.ID, Version: kept.Version, Day: today, Decision: "8", Reason: "сұрау"}); err != nil {
			t.Fatal(err)
		}
		undone, err := o.area.UndoNow(o.registrar, spells[0].Batch, nil)
		if err != nil || undone.State != membership.Undone || undone.Kept != 1 || undone.Undone != undone.Tally.Entered-1 {
			t.Fatalf("undone %+v, %v", undone, err)
		}
		for _, at := range []cal.Day{cal.Date(2020, 6, 1), cal.Date(2023, 1, 1), today} {
			o.recounted(t, at)
		}
		rest := b
		if undone.ID == b.ID {
			rest = more
		}
		if _, err := o.area.UndoNow(o.registrar, rest.ID, nil); err != nil {
			t.Fatal(err)
		}
		o.count(t, today, 1)
		if leftovers := o.rowsOf(t, "membership_key", "membership_word", "membership_person", "privacy_secret"); leftovers["membership_person"] != 1 || leftovers["privacy_secret"] != 1 || leftovers["membership_key"] != 1 {
			t.Errorf("left after the undo: %v", leftovers)
		}
		if _, _, err := audit.Verify(t.Context(), d.Read()); err != nil {
			t.Error(err)
		}
	})
}

// TestImportTellsThoseItMeets holds that members of another union whose numbers
// somebody brings in a file read of it, after a dry run too.
func TestImportTellsThoseItMeets(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		p := invent(t)
		rows := p.rows(t, 3)
		o.importing(t, o.registrar, o.primaries[0], save(t, rows[:3])) // two of them
		path := save(t, rows)
		dry, err := o.area.ImportFile(o.other, path, membership.ImportOptions{ImportRequest: membership.ImportRequest{Org: o.primaries[2]}, DryRun: true}, nil)
		if err != nil || dry.Batch.Checked.Bad != 2 {
			t.Fatalf("%+v, %v", dry.Batch.Checked, err)
		}
		scope, err := o.desk.Gate.Scope(o.registrar, d.Read(), access.From(o.registrar), membership.View)
		if err != nil {
			t.Fatal(err)
		}
		members, err := o.area.List(t.Context(), d.Read(), scope, membership.Find{})
		if err != nil || len(members) != 2 {
			t.Fatalf("%d members, %v", len(members), err)
		}
		looks := func(want int) {
			t.Helper()
			for _, m := range members {
				log, err := privacy.ByPerson(t.Context(), d.Read(), m.ID, privacy.Page{})
				if err != nil || len(log) != want || log[0].Account != access.From(o.other).Account || log[0].Org != o.primaries[2] {
					t.Errorf("a member reads %+v, %v; want %d", log, err, want)
				}
			}
		}
		looks(1)
		o.importing(t, o.other, o.primaries[2], path) // checks, then enters the third
		looks(3)
	})
}

// nothing reports whether the register holds a member.
func nothing(t *testing.T, o *office) error {
	t.Helper()
	for table, n := range o.rowsOf(t, "membership_person", "membership_spell", "membership_tail", "membership_key", "membership_word", "privacy_secret") {
		if n != 0 {
			return fmt.Errorf("%s has %d rows", table, n)
		}
	}
	return nil
}

func (o *office) rowsOf(t testing.TB, tables ...string) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, table := range tables {
		var n int
		if err := o.db.Read().QueryRow(context.Background(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		out[table] = n
	}
	return out
}

// recounted compares the published headcounts of every organisation with the
// slow recount.
func (o *office) recounted(t interface {
	Fatalf(string, ...any)
	Errorf(string, ...any)
}, day cal.Day) {
	ctx := context.Background()
	slow, err := membership.Recount(ctx, o.db.Read(), day)
	if err != nil {
		t.Fatalf("recount: %v", err)
	}
	got, err := o.area.Each(ctx, o.db.Read(), o.primaries[:], day)
	if err != nil {
		t.Fatalf("counts: %v", err)
	}
	for _, p := range o.primaries {
		if got[p].Total != slow[p] {
			t.Errorf("%s on %s: counted %d, recounted %d", p, day, got[p].Total, slow[p])
		}
	}
}

// A crash between chunks loses and repeats nothing.
func TestImportResumes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		path := save(t, invent(t).rows(t, 9000))
		request := membership.ImportOptions{ImportRequest: membership.ImportRequest{Org: o.primaries[1]}}
		ctx, stop := context.WithCancelCause(o.registrar)
		crash := errors.New("power cut")
		var at int
		running := false
		_, err := o.area.ImportFile(ctx, path, request, func(p exchange.Progress) {
			if p.Rows == 9000 {
				running = true // the dry run is through
				return
			}
			if running {
				at = p.Rows
				stop(crash)
			}
		})
		if err == nil || at == 0 || at == 9000 {
			t.Fatalf("the crash came at row %d: %v", at, err)
		}
		o.recounted(t, today)
		half := o.rowsOf(t, "membership_person")["membership_person"]
		if half == 0 || half >= 9000 {
			t.Fatalf("%d persons after the crash", half)
		}
		r, err := o.area.ImportFile(o.registrar, path, request, nil)
		if err != nil {
			t.Fatal(err)
		}
		if n := r.Batch.Tally; n.Rows != 9000 || n.Unchanged != 0 || n.Bad != 0 || n.Entered+n.Alike != 9000 {
			t.Errorf("resumed: %+v", n)
		}
		o.count(t, today, r.Batch.Tally.Entered)
		if _, err := o.area.UndoNow(o.registrar, r.Batch.ID, nil); err != nil {
			t.Fatal(err)
		}
		o.count(t, today, 0)
		o.count(t, cal.Date(2022, 1, 1), 0)
	})
}

func TestImportComesBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		p := invent(t)
		row := p.row(t)
		admitted, err := o.area.Admit(o.registrar, membership.AdmitRequest{Org: o.primaries[0], Name: name(row), Birth: cal.Never, Lang: "kk",
			Private: membership.Private{NationalID: row[3]}, Category: "worker", Day: cal.Date(2018, 1, 1), Decision: "1"})
		if err != nil {
			t.Fatal(err)
		}
		ended, err := o.area.End(o.registrar, membership.Step{Person: admitted.ID, Version: admitted.Version, Day: cal.Date(2019, 1, 1), Decision: "2", Reason: "өтініш"})
		if err != nil {
			t.Fatal(err)
		}
		// Too early: the spells would overlap. Elsewhere while a member: a transfer.
		early := append([]string(nil), row...)
		early[6] = "2018-06-01"
		b := o.importing(t, o.registrar, o.primaries[1], save(t, [][]string{titles, early}))
		if b.Tally.Bad != 1 {
			t.Errorf("overlap: %+v", b.Tally)
		}
		b = o.importing(t, o.registrar, o.primaries[1], save(t, [][]string{titles, row}))
		if b.Tally.Readmitted != 1 {
			t.Fatalf("back: %+v", b.Tally)
		}
		o.count(t, today, 1)
		if c := o.importing(t, o.other, o.primaries[2], save(t, [][]string{titles, row})); c.Tally.Bad != 1 {
			t.Errorf("a member elsewhere: %+v", c.Tally)
		}
		if _, err := o.area.UndoNow(o.registrar, b.ID, nil); err != nil {
			t.Fatal(err)
		}
		o.count(t, today, 0)
		scope, _ := o.desk.Gate.Scope(o.registrar, d.Read(), access.From(o.registrar), membership.View)
		now, err := membership.Get(t.Context(), d.Read(), scope, admitted.ID)
		if err != nil || now.Status != membership.Former || now.Org != o.primaries[0] || now.Name != ended.Name {
			t.Errorf("after the undo: %+v, %v", now, err)
		}
	})
}

func name(row []string) search.Name {
	return search.Name{Surname: row[0], Given: row[1], Patronymic: row[2]}
}

// BenchmarkImport compares the import with all checks to the bare loading of
// the same persons into one table without an index. ODAQ_BENCH_N is the number
// of members, 100,000 if unset.
func BenchmarkImport(b *testing.B) {
	n := 100_000
	if s := os.Getenv("ODAQ_BENCH_N"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			url := "sqlite:" + filepath.Join(b.TempDir(), "bench.db")
			if engine == "postgres" {
				url = dbtest.Postgres(b)
			}
			d, err := db.Open(b.Context(), url, db.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			o := open(b, d)
			path := save(b, invent(b).rows(b, n))
			for b.Loop() {
				start := time.Now()
				r, err := o.area.ImportFile(o.registrar, path, membership.ImportOptions{ImportRequest: membership.ImportRequest{Org: o.primaries[0]}, DryRun: true}, nil)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(n)/time.Since(start).Seconds(), "checked/s")
				start = time.Now()
				used := processorTime(b)
				if _, err := o.area.RunNow(o.registrar, r.Batch.ID, func(p exchange.Progress) {
					if p.Rows%200_000 == 0 {
						b.Logf("%d rows, %.0f/s", p.Rows, p.Rate)
					}
				}); err != nil {
					b.Fatal(err)
				}
				run := time.Since(start)
				b.ReportMetric(float64(n)/run.Seconds(), "members/s")
				// Of this process alone: on a busy machine the more telling figure.
				b.ReportMetric(float64((processorTime(b)-used).Microseconds())/float64(n), "cpu-µs/member")
				b.ReportMetric(run.Seconds()/o.bare(b).Seconds(), "times-bare")
			}
		})
	}
}

// bare loads the persons of the register into a table without an index, in one
// transaction, and returns how long it took.
func (o *office) bare(b *testing.B) time.Duration {
	b.Helper()
	ctx := b.Context()
	columns := []string{"id", "surname", "given", "patronymic", "sort_key", "birth_day", "lang", "national_id", "contact", "number", "org_id", "status", "category", "version", "made_at", "alike"}
	rows, err := o.db.Read().Query(ctx, `SELECT `+strings.Join(columns, ", ")+` FROM membership_person`)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	var all [][]any
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			b.Fatal(err)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	kind := map[string]string{"surname": "text", "given": "text", "patronymic": "text", "lang": "text", "status": "text", "category": "text"}
	blob := "bytea"
	if o.db.Engine() == db.SQLite {
		blob = "blob"
	}
	kind["sort_key"], kind["national_id"], kind["contact"] = blob, blob, blob
	var ddl []string
	for _, c := range columns {
		k := kind[c]
		if k == "" {
			k = "bigint"
		}
		ddl = append(ddl, c+" "+k)
	}
	start := time.Now()
	err = o.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `CREATE TABLE bench_bare (`+strings.Join(ddl, ", ")+`)`); err != nil {
			return err
		}
		_, err := tx.Bulk(ctx, "bench_bare", columns, func(yield func([]any, error) bool) {
			for _, row := range all {
				if !yield(row, nil) {
					return
				}
			}
		})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// messages loads the messages of the area and of all it stands on.
func messages(t testing.TB) *text.Catalog {
	t.Helper()
	sources := []text.Source{{Name: "org", FS: org.Locale}, {Name: "exchange", FS: exchange.Locale}, {Name: "nationalid", FS: nationalid.Locale},
		{Name: "site", FS: site.Locale}, {Name: "job", FS: job.Locale}, {Name: "privacy", FS: privacy.Locale}, {Name: "membership", FS: locale(t)}}
	c, err := text.Load(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// processorTime is what this process has used of the processors.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// locale is the area's messages, in one file a language or in pieces.
func locale(t testing.TB) fs.FS {
	t.Helper()
	all := fstest.MapFS{}
	for _, l := range text.Langs {
		pieces, err := filepath.Glob("locale/*." + string(l) + ".toml")
		if err != nil {
			t.Fatal(err)
		}
		var file []byte
		for _, name := range append(pieces, "locale/"+string(l)+".toml") {
			piece, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			file = append(append(file, piece...), '\n')
		}
		all["locale/"+string(l)+".toml"] = &fstest.MapFile{Data: file}
	}
	return all
}
