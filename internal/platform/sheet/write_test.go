package sheet

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

var writers = map[string]func(*bytes.Buffer) Writer{
	"CSV":  func(b *bytes.Buffer) Writer { return NewCSV(b) },
	"XLSX": func(b *bytes.Buffer) Writer { return NewXLSX(b) },
	"JSON": func(b *bytes.Buffer) Writer { return NewJSON(b) },
}

type fataler interface {
	Helper()
	Fatal(...any)
}

func write(t fataler, format string, header []Column, rows ...[]any) []byte {
	t.Helper()
	var out bytes.Buffer
	w := writers[format](&out)
	if err := w.Header(header); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := w.Row(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestGuardRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`'*[=+\-@\t\r\n＝＋－＠]?.*`)).Draw(t, "s")
		guarded := guard(s)
		if formulaLike(guarded) {
			t.Fatalf("guard(%q) = %q is still like a formula", s, guarded)
		}
		if got := unguard(guarded); got != s {
			t.Fatalf("unguard(guard(%q)) = %q", s, got)
		}
	})
}

// anyText is text as people and attackers write it.
func anyText() *rapid.Generator[string] {
	special := rapid.SampledFrom([]string{
		"=1+1", "+7 701", "-5", "@x", "\t=x", "\r\n", "\n", "\r", "'", "''=x", `"`, `""`, ",", ";", "&amp;", "<t>", "]]>",
		"_x000D_", "_x0041_", "_x005F_", "x005F_x0041_", "_", " ", "\u00A0", "\uFEFF", "ә", "қ", "😀", "\x00", "\x1b", "\xff", "\uFFFE", "001", "sep=;",
	})
	piece := rapid.OneOf(special, rapid.StringN(0, 4, -1))
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, "pieces"), "")
	})
}

func testRoundTrip(t *testing.T, format string) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.SliceOfN(anyText(), 2, 2), 0, 5).Draw(t, "rows")
		var in [][]any
		var want [][]string
		for i, r := range rows {
			in = append(in, []any{i, r[0], r[1]})
			want = append(want, []string{string(rune('0' + i)), clean(r[0]), clean(r[1])})
		}
		header := []Column{{"n", "№", Number}, {"a", "=Title", Text}, {"b", "ЖСН", ID}}
		data := write(t, format, header, in...)
		gotHeader, got, err := readAll(data, "", Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"№", "=Title", "ЖСН"}, gotHeader); diff != "" {
			t.Fatalf("header (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, cellsOf(got)); diff != "" {
			t.Fatalf("rows (-want +got):\n%s", diff)
		}
	})
}

func TestRoundTripCSV(t *testing.T)  { testRoundTrip(t, "CSV") }
func TestRoundTripXLSX(t *testing.T) { testRoundTrip(t, "XLSX") }

func TestCleanKeepsText(t *testing.T) {
	for _, s := range []string{"", "Әбенова Айгүл", "a\tb\nc", "=1+1", "😀\uFFFD"} {
		if got := clean(s); got != s {
			t.Errorf("clean(%q) = %q", s, got)
		}
	}
}

var kinds = []Column{{"name", "Name", Text}, {"iin", "IIN", ID}, {"wage", "Wage", Number}, {"born", "Born", Date}}

func TestKinds(t *testing.T) {
	rows := [][]any{
		{"Ә", "001130500123", 1234.5, time.Date(1985, 2, 28, 23, 0, 0, 0, time.UTC)},
		{"=x", 123456789012, int64(-7), "1900-03-01"},
		{nil, "1", nil, "1899-12-31"},
		{"z", nil, uint8(3), nil},
		{"z", nil, int64(1234567890123456789), nil},
	}
	want := [][]string{
		{"Ә", "001130500123", "1234.5", "1985-02-28"},
		{"=x", "123456789012", "-7", "1900-03-01"},
		{"", "1", "", "1899-12-31"},
		{"z", "", "3", ""},
		{"z", "", "1234567890123456789", ""},
	}
	for _, format := range []string{"CSV", "XLSX"} {
		_, got, err := readAll(write(t, format, kinds, rows...), "", Limits{})
		if err != nil {
			t.Fatal(format, err)
		}
		if diff := cmp.Diff(want, cellsOf(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
	}
	got := string(write(t, "JSON", kinds, rows[0], rows[2]))
	wantJSON := `[
{"name":"Ә","iin":"001130500123","wage":1234.5,"born":"1985-02-28"},
{"name":null,"iin":"1","wage":null,"born":"1899-12-31"}
]
`
	if got != wantJSON || !json.Valid([]byte(got)) {
		t.Errorf("JSON:\n%s\nwant:\n%s", got, wantJSON)
	}
	if got := write(t, "JSON", kinds); !json.Valid(got) {
		t.Errorf("JSON without rows: %s", got)
	}
}

func TestWritersRefuse(t *testing.T) {
	for format, open := range writers {
		for _, row := range [][]any{{"a"}, {1.5, nil, nil, nil}, {nil, nil, "12", nil}, {nil, nil, nil, "13.02.1985"}, {nil, nil, nil, 7}, {[]int{1}, nil, nil, nil}} {
			w := open(new(bytes.Buffer))
			if err := w.Header(kinds); err != nil {
				t.Fatal(err)
			}
			if err := w.Row(row); err == nil {
				t.Errorf("%s accepts %v", format, row)
			}
			w.Close()
		}
	}
	w := NewXLSX(new(bytes.Buffer))
	if err := w.Header(kinds); err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	want := ErrCellTooLong{Line: 2, Column: "Name", Limit: maxXLSXCell}
	if err := w.Row([]any{strings.Repeat("қ", maxXLSXCell+1), nil, nil, nil}); err != want {
		t.Errorf("error %v, want %v", err, want)
	}
}

func TestCSVForm(t *testing.T) {
	got := string(write(t, "CSV", kinds[:2], []any{"a,\nb", "=1"}))
	if want := bom + "Name,IIN\r\n\"a,\r\nb\",'=1\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Another program's reader sees real dates, numbers and text, a bold header and frozen panes.
func TestXLSXForm(t *testing.T) {
	data := write(t, "XLSX", kinds, []any{"Ә", "001130500123", 1234.5, "1985-02-28"})
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for cell, want := range map[string]excelize.CellType{"A2": excelize.CellTypeInlineString, "B2": excelize.CellTypeInlineString, "C2": excelize.CellTypeUnset, "D2": excelize.CellTypeUnset} {
		if got, err := f.GetCellType("Sheet1", cell); got != want || err != nil {
			t.Errorf("%s has type %v (%v), want %v", cell, got, err, want)
		}
	}
	if got, err := f.GetCellValue("Sheet1", "D2"); got != "1985-02-28" || err != nil {
		t.Errorf("date shows as %q (%v)", got, err)
	}
	panes, err := f.GetPanes("Sheet1")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes %+v (%v)", panes, err)
	}
	id, err := f.GetCellStyle("Sheet1", "A1")
	if err != nil {
		t.Fatal(err)
	}
	if style, err := f.GetStyle(id); err != nil || style.Font == nil || !style.Font.Bold {
		t.Errorf("header style %+v (%v)", style, err)
	}
}

// Rows that do not fit into memory lie in a file that has no name: after a crash
// nothing readable is left in the folder.
func TestXLSXSpillHasNoName(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	var out bytes.Buffer
	w := NewXLSX(&out)
	if err := w.Header([]Column{{Title: "Аты"}}); err != nil {
		t.Fatal(err)
	}
	inside, err := os.ReadDir(dir)
	if err != nil || len(inside) != 1 {
		t.Fatalf("in the folder: %v, %v", inside, err)
	}
	if info, err := inside[0].Info(); err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("%v, %v", info, err)
	}
	long := "Айгүл" + strings.Repeat(" Айгүл", 999)
	const rows = 2048 // of 11 kB: more than excelize holds
	for range rows {
		if err := w.Row([]any{long}); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("in the folder: %v, %v", left, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got := 0
	r, err := Open(bytes.NewReader(out.Bytes()), int64(out.Len()), "a.xlsx", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if row.Cells[0] == long {
			got++
		}
	}
	if got != rows {
		t.Errorf("%d rows came back whole, want %d", got, rows)
	}
}
