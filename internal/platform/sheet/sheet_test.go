package sheet

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// readAll reads a whole table.
func readAll(data []byte, name string, lim Limits) (header []string, rows []Row, err error) {
	r, err := Open(bytes.NewReader(data), int64(len(data)), name, lim)
	if err != nil {
		return nil, nil, err
	}
	for {
		row, err := r.Next()
		if err == io.EOF {
			return r.Header(), rows, nil
		}
		if err != nil {
			return r.Header(), rows, err
		}
		rows = append(rows, row)
	}
}

func cellsOf(rows []Row) [][]string {
	var cells [][]string
	for _, r := range rows {
		cells = append(cells, r.Cells)
	}
	return cells
}

func encode1251(t *testing.T, s string) string {
	t.Helper()
	out, err := charmap.Windows1251.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func encodeUTF16(t *testing.T, s string, order unicode.Endianness) string {
	t.Helper()
	out, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCSV(t *testing.T) {
	kazakh := "Тегі;ЖСН\r\nӘбенова;001130500123\r\n"
	russian := "Фамилия;ИИН\r\nИванов;001130500123\r\n"
	want := func(cells ...string) [][]string { return [][]string{cells} }
	tests := []struct {
		name, file string
		header     []string
		rows       [][]string
	}{
		{"UTF-8", kazakh, []string{"Тегі", "ЖСН"}, want("Әбенова", "001130500123")},
		{"UTF-8 with mark", bom + kazakh, []string{"Тегі", "ЖСН"}, want("Әбенова", "001130500123")},
		{"UTF-16 little-endian", encodeUTF16(t, kazakh, unicode.LittleEndian), []string{"Тегі", "ЖСН"}, want("Әбенова", "001130500123")},
		{"UTF-16 big-endian", encodeUTF16(t, kazakh, unicode.BigEndian), []string{"Тегі", "ЖСН"}, want("Әбенова", "001130500123")},
		{"Windows-1251", encode1251(t, russian), []string{"Фамилия", "ИИН"}, want("Иванов", "001130500123")},
		{"KZ-1048", "\xD2\xE5\xE3\xB3;\xC6\xD1\xCD\n\xA3\xE1\xE5\xED\xEE\xE2\xE0;1\n", []string{"Тегі", "ЖСН"}, want("Әбенова", "1")},
		{"commas", "a,b\n1,2\n", []string{"a", "b"}, want("1", "2")},
		{"tabs", "a\tb\n1\t2\n", []string{"a", "b"}, want("1", "2")},
		{"a comma within a title", "Surname, given;IIN\nA;1\n", []string{"Surname, given", "IIN"}, want("A", "1")},
		{"commas in amounts", "a;b\n1,5;2,5\n3,5;4,5\n", []string{"a", "b"}, [][]string{{"1,5", "2,5"}, {"3,5", "4,5"}}},
		{"separator line", "sep=|\na|b\n1|2\n", []string{"a", "b"}, want("1", "2")},
		{"one column", "a\n1\n", []string{"a"}, want("1")},
		{"quotes", "a;b\n\"x;\"\"y\"\"\r\nz\";2\n", []string{"a", "b"}, want("x;\"y\"\nz", "2")},
		{"short row", "a,b,c\n1\n", []string{"a", "b", "c"}, want("1", "", "")},
		{"wide row", "a,b\n1,2,3,\n", []string{"a", "b"}, want("1", "2", "3")},
		{"empty cells at the end", "a,b,,\n1,2,,\n", []string{"a", "b"}, want("1", "2")},
		{"blank rows", "\n\na,b\n,\n \n1,2\n", []string{"a", "b"}, want("1", "2")},
		{"no line break at the end", "a,b\n1,2", []string{"a", "b"}, want("1", "2")},
		{"titles over two lines", "\"Date of\n birth\",b\n1,2", []string{"Date of birth", "b"}, want("1", "2")},
		{"guarded", "a,b\n'=1+1,''@x\n", []string{"a", "b"}, want("=1+1", "'@x")},
		{"apostrophe of a name", "a,b\n'Ali,O'Neil\n", []string{"a", "b"}, want("'Ali", "O'Neil")},
		{"header only", "a,b\n", []string{"a", "b"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header, rows, err := readAll([]byte(tt.file), "members.csv", Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.header, header); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.rows, cellsOf(rows)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCSVLines(t *testing.T) {
	_, rows, err := readAll([]byte("sep=,\na,b\n1,\"x\ny\"\n\n2,z\n"), "", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || rows[0].Line != 3 || rows[1].Line != 6 {
		t.Errorf("rows %+v, want lines 3 and 6", rows)
	}
}

func TestRefused(t *testing.T) {
	many := strings.Repeat("столбец;", 1_000_000)
	long := strings.Repeat("a,b\n1,2\n", 1<<16)
	tests := []struct {
		name, file, as string
		lim            Limits
		want           Error
	}{
		{"nothing", "", "", Limits{}, ErrEmpty{}},
		{"mark only", bom, "", Limits{}, ErrEmpty{}},
		{"separators only", ";;;\n;;\n", "", Limits{}, ErrEmpty{}},
		{"bytes", "a,b\n1,2\n", "", Limits{Bytes: 4}, ErrTooBig{Bytes: 8, Limit: 4}},
		{"rows", "a\n1\n2\n", "", Limits{Rows: 1}, ErrTooManyRows{Limit: 1}},
		{"a million columns", many, "", Limits{}, ErrTooManyColumns{Line: 1, Limit: 256}},
		{"a million columns below", "a;b\n1;2\n" + many, "", Limits{}, ErrTooManyColumns{Line: 3, Limit: 256}},
		{"columns", "a,b\n1,2,3\n", "", Limits{Columns: 2}, ErrTooManyColumns{Line: 2, Limit: 2}},
		{"cell", "a,b\n1,қққ\n", "", Limits{Cell: 2}, ErrCellTooLong{Line: 2, Column: "b", Limit: 2}},
		{"quotation mark inside", "a,b\n1,2\n3,x\"y\n", "", Limits{}, ErrQuotes{Line: 3}},
		{"quotation mark never closed", "a,b\n1,2\n3,\"" + long, "", Limits{}, ErrQuotes{Line: 3}},
		{"a long way from closed", "a,b\n1,2\n3,\"" + strings.Repeat(long, 5) + "\"\n", "", Limits{}, ErrQuotes{Line: 3}},
		{"text after quotation mark", "a,b\n\"1\"x,2\n", "", Limits{}, ErrQuotes{Line: 2}},
		{"NUL", "a,b\n1,\x002\n", "", Limits{}, ErrEncoding{Line: 2, Encoding: "UTF-8", Bytes: "00"}},
		{"UTF-16 without mark", "a\x00,\x00b\x00", "", Limits{}, ErrEncoding{Line: 1, Encoding: "UTF-8", Bytes: "00"}},
		{"broken UTF-8", "тегі,аты\nӘбенова,Нұ\xD2рлан\n", "", Limits{}, ErrEncoding{Line: 2, Encoding: "UTF-8", Bytes: "D2 D1"}},
		{"broken UTF-8 after mark", bom + "a,b\n\xFF,1\n", "", Limits{}, ErrEncoding{Line: 2, Encoding: "UTF-8", Bytes: "FF 2C"}},
		{"broken UTF-16", "\xFF\xFEa\x00\n\x00\x00\xD8b\x00", "", Limits{}, ErrEncoding{Line: 2, Encoding: "UTF-16", Bytes: "FFFD"}},
		{"Windows-1251, undefined byte", encode1251(t, "Фамилия;Имя\nИванов;Ив") + "\x98\n", "", Limits{}, ErrEncoding{Line: 2, Encoding: "Windows-1251", Bytes: "98"}},
		{"Windows-1251, lost letters", encode1251(t, "Тегі;Аты\nИванов;Иван\n?бенова;Айг?л\n"), "", Limits{}, ErrLostLetters{Line: 3}},
		{"DOS code page", "\x94\xA0\xAC\xA8\xAB\xA8\xEF;\x88\x88\x8D\n", "", Limits{}, ErrEncoding{Line: 1, Encoding: "UTF-8", Bytes: "94 A0"}},
		{"twice the same title", "ИИН,b, ИИН \n", "", Limits{}, ErrDuplicateColumn{Column: "ИИН", First: 1, Second: 3}},
		{"PDF", "%PDF-1.7\n", "members.csv", Limits{}, ErrNotATable{Format: "PDF"}},
		{"web page", "<!DOCTYPE html><table>", "members.xls", Limits{}, ErrNotATable{Format: "HTML"}},
		{"old workbook", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "members.xls", Limits{}, ErrOldExcel{}},
		{"workbook without its beginning", "a,b", "members.xlsx", Limits{}, ErrNotATable{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := readAll([]byte(tt.file), tt.as, tt.lim)
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
}

func TestWindows1251FarBehind(t *testing.T) {
	// The first letter that is not ASCII comes long after any sample.
	file := "name;id\n" + strings.Repeat("Ivanov;1\n", 50_000) + encode1251(t, "Петров;2\n")
	_, rows, err := readAll([]byte(file), "", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got := rows[len(rows)-1].Cells[0]; got != "Петров" {
		t.Errorf("last name %q", got)
	}
}

func TestUTF8AcrossBlocks(t *testing.T) {
	for pad := range 4 {
		file := "a,b\n" + strings.Repeat("x", pad) + strings.Repeat("қ", 40_000) + "," + strings.Repeat("\n😀,", 40_000)
		if _, _, err := readAll([]byte(file), "", Limits{Cell: 100_000}); err != nil {
			t.Errorf("pad %d: %v", pad, err)
		}
	}
}

func TestProgress(t *testing.T) {
	file := []byte("a,b\n" + strings.Repeat("1,2\n", 100_000))
	r, err := Open(bytes.NewReader(file), int64(len(file)), "", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	last := int64(0)
	for {
		_, err := r.Next()
		done, total := r.Progress()
		if done < last || done > total || total != int64(len(file)) {
			t.Fatalf("%d of %d after %d", done, total, last)
		}
		last = done
		if err == io.EOF {
			break
		}
	}
	if last != int64(len(file)) {
		t.Errorf("ended at %d of %d", last, len(file))
	}
}

func TestLetters(t *testing.T) {
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 701: "ZZ", 702: "AAA"} {
		if got := letters(i); got != want {
			t.Errorf("letters(%d) = %q, want %q", i, got, want)
		}
		if got, err := cellColumn(want + "7"); got != i || err != nil {
			t.Errorf("cellColumn(%q) = %d, %v, want %d", want+"7", got, err, i)
		}
	}
}
