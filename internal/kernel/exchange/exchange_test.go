package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/sheet"
)

var memberFields = []Field{
	{Key: "surname", Names: []string{"тегі", "фамилия", "surname", "last name"}, Required: true},
	{Key: "given", Names: []string{"аты", "имя", "given name", "first name"}, Required: true},
	{Key: "iin", Names: []string{"жсн", "иин", "iin"}},
	{Key: "bin", Names: []string{"бсн", "бин", "bin"}},
	{Key: "born", Names: []string{"туған күні", "дата рождения", "date of birth"}},
	{Key: "joined", Names: []string{"кірген күні", "дата вступления", "join date"}},
}

func words(t *testing.T, l text.Lang) *text.Printer {
	t.Helper()
	c, err := text.Load(text.Source{Name: "exchange", FS: Locale})
	if err != nil {
		t.Fatal(err)
	}
	return c.In(l)
}

func TestGuess(t *testing.T) {
	tests := []struct {
		name   string
		header []string
		want   Mapping
	}{
		{"Kazakh", []string{"Тегі", "Аты", "ЖСН"}, Mapping{{"surname", "Тегі", false}, {"given", "Аты", false}, {"iin", "ЖСН", false}}},
		{"case, spacing, punctuation", []string{"ФАМИЛИЯ", " имя:", "И.И.Н.", "Дата-рождения"}, Mapping{{"surname", "ФАМИЛИЯ", false}, {"given", " имя:", false}, {"iin", "И.И.Н.", false}, {"born", "Дата-рождения", false}}},
		{"Kazakh without Kazakh letters", []string{"Тегi", "Туган куни"}, Mapping{{"surname", "Тегi", false}, {"born", "Туган куни", false}}},
		{"Latin look-alikes", []string{"ЖCH", "Имя"}, Mapping{{"given", "Имя", false}, {"iin", "ЖCH", false}}},
		{"brackets", []string{"Дата рождения (дд.мм.гггг)", "First name [as in passport]"}, Mapping{{"given", "First name [as in passport]", false}, {"born", "Дата рождения (дд.мм.гггг)", false}}},
		{"slips", []string{"Фамлия", "Дата раждениа"}, Mapping{{"surname", "Фамлия", true}, {"born", "Дата раждениа", true}}},
		{"no slips in short words", []string{"БСИ", "ЖИН"}, nil},
		{"one field, two columns", []string{"ИИН", "ЖСН"}, Mapping{{"iin", "ИИН", false}}},
		{"the exact one wins over the near one before it", []string{"Фамилиа", "Фамилия"}, Mapping{{"surname", "Фамилия", false}}},
		{"nothing", []string{"", "№"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Guess(tt.header, memberFields)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestGuessIsOneToOne(t *testing.T) {
	var titles []string
	for _, f := range memberFields {
		titles = append(titles, f.Names...)
	}
	title := rapid.OneOf(rapid.SampledFrom(titles), rapid.StringMatching(`[тегіфамля ]{0,9}`), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		header := rapid.SliceOfNDistinct(title, 0, 8, rapid.ID).Draw(t, "header")
		m := Guess(header, memberFields)
		columns, keys := map[string]bool{}, map[string]bool{}
		for _, p := range m {
			if columns[p.Column] || keys[p.Field] || !slices.Contains(header, p.Column) {
				t.Fatalf("mapping %v of %q", m, header)
			}
			columns[p.Column], keys[p.Field] = true, true
		}
		for _, u := range m.Unused(header) {
			if columns[u] {
				t.Fatalf("%q is used", u)
			}
		}
		for _, f := range m.Missing(memberFields) {
			if keys[f.Key] || !f.Required {
				t.Fatalf("%q is not missing", f.Key)
			}
		}
		if _, err := m.Bind(header, memberFields); (err == nil) != (len(m.Missing(memberFields)) == 0) {
			t.Fatalf("bind: %v", err)
		}
	})
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "аб", 2}, {"фамилия", "фамлия", 1}, {"фамилия", "фамилияя", 1}, {"фамилия", "фаимлия", 1}, {"kitten", "sitting", 3}} {
		if got := distance([]rune(tt.a), []rune(tt.b)); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestMappingTravels(t *testing.T) {
	m := Mapping{{Field: "iin", Column: "ЖСН = ИИН"}, {Field: "surname", Column: "Тегі"}}
	form := m.Form()
	form.Set("csrf", "x")
	parsed, err := url.ParseQuery(form.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m, FromForm(parsed)); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
	flags, err := FromFlags(m.Flags())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m, flags); diff != "" {
		t.Errorf("flags (-want +got):\n%s", diff)
	}
	if _, err := FromFlags([]string{"iin"}); fault.Of(err).Key != "exchange.map-form" {
		t.Errorf("error %v", err)
	}
}

func TestMappingWith(t *testing.T) {
	guessed := Mapping{{"surname", "A", true}, {"given", "B", false}, {"iin", "C", false}}
	got := guessed.With(Mapping{{Field: "given", Column: "A"}, {Field: "iin"}})
	if diff := cmp.Diff(Mapping{{Field: "given", Column: "A"}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBind(t *testing.T) {
	header := []string{"Тегі", "Аты", "ЖСН"}
	_, err := Mapping{{Field: "surname", Column: "Тегі"}, {Field: "iin", Column: "Тегі"}, {Field: "born", Column: "Күні"}, {Field: "age", Column: "ЖСН"}}.Bind(header, memberFields)
	got := map[string]string{}
	for _, f := range fault.Of(err).Fields {
		got[f.Name] = f.Key
	}
	want := map[string]string{"iin": "exchange.mapped-twice", "born": "exchange.unknown-column", "age": "exchange.unknown-field", "given": "exchange.no-column"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	b, err := Guess(header, memberFields).Bind(header, memberFields)
	if err != nil {
		t.Fatal(err)
	}
	row := sheet.Row{Line: 2, Cells: []string{" Әбенова\u00a0", "", "1"}}
	if got := b.Value(row, "surname"); got != "Әбенова" {
		t.Errorf("surname %q", got)
	}
	if b.Has("born") || b.Value(row, "born") != "" || !b.Has("iin") {
		t.Error("born has no column, iin has one")
	}
	if diff := cmp.Diff([]Problem{{Line: 2, Column: "Аты", Key: "exchange.required"}}, b.Check(row), cmp.Comparer(func(a, b Problem) bool {
		return a.Line == b.Line && a.Column == b.Column && a.Key == b.Key && len(a.Args) == len(b.Args)
	})); diff != "" {
		t.Errorf("check (-want +got):\n%s", diff)
	}
	row.Cells = append(row.Cells, "x")
	if got := b.Check(row); len(got) != 1 || got[0].Key != "exchange.row-too-wide" {
		t.Errorf("wide row: %v", got)
	}
}

func open(t *testing.T, file []byte) sheet.Reader {
	t.Helper()
	r, err := sheet.Open(bytes.NewReader(file), int64(len(file)), "", sheet.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func rowsOf(t *testing.T, r sheet.Reader) (cells [][]string) {
	t.Helper()
	for {
		row, err := r.Next()
		if err == io.EOF {
			return cells
		}
		if err != nil {
			t.Fatal(err)
		}
		cells = append(cells, row.Cells)
	}
}

// What comes back in an error file, sent again as it is, is the same table.
func TestErrorFileComesBack(t *testing.T) {
	file := []byte("ЖСН;;Тегі\n001130500123;x;=Ә\n;;'Y\n1;2;3;4;5\n")
	for _, lang := range text.Langs {
		for format, writer := range map[string]func(io.Writer) sheet.Writer{"CSV": sheet.NewCSV, "XLSX": sheet.NewXLSX} {
			in := open(t, file)
			var out bytes.Buffer
			errs, err := NewErrorFile(writer(&out), in.Header(), words(t, lang))
			if err != nil {
				t.Fatal(err)
			}
			for {
				row, err := in.Next()
				if err == io.EOF {
					break
				}
				if err := errs.Reject(row, Problem{Line: row.Line, Column: "ЖСН", Key: "exchange.required"}); err != nil {
					t.Fatal(err)
				}
			}
			if err := errs.Close(); err != nil || errs.Rows() != 3 {
				t.Fatalf("%d rows, %v", errs.Rows(), err)
			}
			raw := open(t, out.Bytes())
			if first := rowsOf(t, raw)[0][0]; first != "ЖСН: "+words(t, lang).T("exchange.required") {
				t.Errorf("%s %s: problem %q", lang, format, first)
			}
			again := Corrected(open(t, out.Bytes()))
			if diff := cmp.Diff([]string{"ЖСН", "", "Тегі"}, again.Header()); diff != "" {
				t.Errorf("%s %s header (-want +got):\n%s", lang, format, diff)
			}
			if diff := cmp.Diff([][]string{{"001130500123", "x", "=Ә"}, {"", "", "'Y"}, {"1", "2", "3", "4, 5"}}, rowsOf(t, again)); diff != "" {
				t.Errorf("%s %s rows (-want +got):\n%s", lang, format, diff)
			}
		}
	}
}

func TestCorrectedLeavesOtherFiles(t *testing.T) {
	if got := Corrected(open(t, []byte("ЖСН;Тегі\n1;2\n"))).Header(); len(got) != 2 {
		t.Errorf("header %q", got)
	}
	emptied := Corrected(open(t, []byte("Что исправить;ИИН\nнужно заполнить;\nx;1\n")))
	if diff := cmp.Diff([][]string{{"1"}}, rowsOf(t, emptied)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func numbered(n int) []byte {
	var out bytes.Buffer
	out.WriteString("n,x\n")
	for i := range n {
		fmt.Fprintf(&out, "%d,\n", i)
		if i%3 == 0 {
			out.WriteString("\n") // lines without text, so that lines and rows differ
		}
	}
	return out.Bytes()
}

// However often a run is cut off, the chunks it recorded are the whole file, once.
func TestRunResumes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 200).Draw(t, "rows")
		file := numbered(n)
		var taken []string
		place := Progress{}
		for {
			r, err := sheet.Open(bytes.NewReader(file), int64(len(file)), "", sheet.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			crashIn := rapid.IntRange(0, 5).Draw(t, "crash in chunk")
			crash := errors.New("crash")
			place, err = Run(t.Context(), r, Options{Chunk: rapid.IntRange(1, 50).Draw(t, "chunk"), After: place.Line}, func(_ context.Context, rows []sheet.Row) error {
				if crashIn--; crashIn < 0 {
					return crash
				}
				for _, row := range rows {
					taken = append(taken, row.Cells[0])
				}
				return nil
			})
			if err == nil {
				break
			}
			if err != crash {
				t.Fatal(err)
			}
		}
		if len(taken) != n {
			t.Fatalf("%d of %d rows", len(taken), n)
		}
		for i, cell := range taken {
			if cell != fmt.Sprint(i) {
				t.Fatalf("row %d is %s", i, cell)
			}
		}
	})
}

func TestRunProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := numbered(300_000)
		var seen []Progress
		last, err := Run(t.Context(), open(t, file), Options{Chunk: 100_000, Progress: func(p Progress) { seen = append(seen, p) }}, func(context.Context, []sheet.Row) error {
			time.Sleep(10 * time.Second)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(seen) != 3 || seen[2] != last {
			t.Fatalf("progress %v, last %v", seen, last)
		}
		for i, p := range seen {
			if p.Rows != (i+1)*100_000 || p.Rate != 10_000 || p.Total != int64(len(file)) {
				t.Errorf("chunk %d: %+v", i, p)
			}
		}
		if left := seen[0].Left; left < 17*time.Second || left > 23*time.Second {
			t.Errorf("after a third in 10 s: %v left", left)
		}
		if last.Left != 0 || last.Done != last.Total {
			t.Errorf("at the end: %+v", last)
		}
	})
}

func TestRunStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	got, err := Run(ctx, open(t, numbered(10)), Options{Chunk: 2}, func(context.Context, []sheet.Row) error { cancel(); return nil })
	if err != context.Canceled || got.Rows != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	r := open(t, []byte("a,b\n1,2\n3,4\n5,\"\n"))
	got, err = Run(t.Context(), r, Options{Chunk: 1}, func(context.Context, []sheet.Row) error { return nil })
	if f := fault.Of(Fault(err)); f.Key != "exchange.quotes" || f.Kind != fault.Invalid || got.Line != 3 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestFaultLeavesOthers(t *testing.T) {
	if err := Fault(io.ErrUnexpectedEOF); err != io.ErrUnexpectedEOF {
		t.Errorf("error %v", err)
	}
}

func TestFingerprint(t *testing.T) {
	a := strings.NewReader("abc")
	got, err := Fingerprint(a, 3)
	if want := "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; got != want || err != nil { // FIPS 180-2, B.1
		t.Errorf("%s, %v", got, err)
	}
	if _, err := Fingerprint(a, 4); err == nil {
		t.Error("a file shorter than it says has a fingerprint")
	}
}

// sheetErrors are all errors of platform/sheet, filled.
var sheetErrors = []sheet.Error{
	sheet.ErrTooBig{Bytes: 2 << 20, Limit: 1 << 20}, sheet.ErrTooManyRows{Limit: 1}, sheet.ErrTooManyColumns{Line: 1, Limit: 2},
	sheet.ErrCellTooLong{Line: 1, Column: "c", Limit: 2}, sheet.ErrEncoding{Line: 1, Encoding: "UTF-8", Bytes: "00"}, sheet.ErrLostLetters{Line: 1},
	sheet.ErrQuotes{Line: 1}, sheet.ErrNotATable{Format: "PDF"}, sheet.ErrNotATable{}, sheet.ErrOldExcel{}, sheet.ErrDamaged{Part: "p", Line: 3},
	sheet.ErrDamaged{Part: "p"}, sheet.ErrZipBomb{Limit: 1 << 20}, sheet.ErrEmpty{}, sheet.ErrDuplicateColumn{Column: "c", First: 1, Second: 2},
	sheet.ErrNoSheet{Sheet: "s", Have: []string{"a", "b"}}, sheet.ErrNoSheet{},
}

func TestEveryErrorHasWords(t *testing.T) {
	used := []string{"exchange.mapping", "exchange.map-form", "exchange.unknown-field", "exchange.unknown-column", "exchange.mapped-twice", "exchange.no-column", "exchange.required", "exchange.row-too-wide", "exchange.problem-column"}
	for _, lang := range text.Langs {
		w := words(t, lang)
		for _, err := range sheetErrors {
			used = append(used, err.Key())
			said := w.Fault(Fault(err)).Message
			if said == "" || strings.ContainsAny(said, "⟦{") || strings.Contains(said, "<no value>") {
				t.Errorf("%s, %s: %q", lang, reflect.TypeOf(err), said)
			}
			for name, arg := range err.Args() {
				if name != "Bytes" && name != "Limit" && !strings.Contains(said, fmt.Sprint(arg)) && arg != 0 && arg != "" {
					t.Errorf("%s, %s says nothing of its %s: %q", lang, reflect.TypeOf(err), name, said)
				}
			}
		}
	}
	c, err := text.Load(text.Source{Name: "exchange", FS: Locale})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(used)
	used = slices.Compact(used)
	for i, lang := range text.Langs {
		ours := slices.DeleteFunc(c.Keys(lang), func(k string) bool { return !strings.HasPrefix(k, "exchange.") })
		if diff := cmp.Diff(used, ours); diff != "" {
			t.Errorf("%s: keys used and keys with words differ (-used +words):\n%s", lang, diff)
		}
		if got := c.In(lang).T("exchange.problem-column"); got != problemTitles[i] {
			t.Errorf("%s: problem column %q, known again as %q", lang, got, problemTitles[i])
		}
	}
}

func TestProblemInWords(t *testing.T) {
	p := Problem{Line: 3, Column: "ИИН", Key: "exchange.row-too-wide", Args: map[string]any{"Cells": 5, "Columns": 3}}
	before := maps.Clone(p.Args)
	if got, want := p.In(words(t, text.EN)), "ИИН: the row has more cells (5) than there are column titles (3); is there a stray separator?"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if !maps.Equal(before, p.Args) {
		t.Error("saying a problem changed it")
	}
}
