package sheet

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// small limits, so that the fuzzer meets them.
var small = Limits{Bytes: 1 << 20, Unzipped: 1 << 20, Strings: 1 << 16, Rows: 100, Columns: 8, Cell: 64}

// checkReading reads data to its end and checks what a Reader promises of any file.
func checkReading(t *testing.T, data []byte, name string) {
	r, err := Open(bytes.NewReader(data), int64(len(data)), name, small)
	if err != nil {
		checkError(t, err)
		return
	}
	width := len(r.Header())
	if width == 0 || width > small.Columns {
		t.Fatalf("header of %d columns", width)
	}
	line := 0
	for n := 0; ; n++ {
		row, err := r.Next()
		if done, total := r.Progress(); done < 0 || done > total {
			t.Fatalf("progress %d of %d", done, total)
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			checkError(t, err)
			return
		}
		if row.Line <= line || n >= small.Rows {
			t.Fatalf("row %d is line %d after line %d", n, row.Line, line)
		}
		line = row.Line
		if len(row.Cells) < width || len(row.Cells) > small.Columns {
			t.Fatalf("line %d has %d cells under %d columns", line, len(row.Cells), width)
		}
		text := false
		for _, cell := range row.Cells {
			if utf8.RuneCountInString(cell) > small.Cell || !utf8.ValidString(cell) || strings.ContainsRune(cell, '\r') {
				t.Fatalf("line %d: cell %q", line, cell)
			}
			text = text || cell != ""
		}
		if !text {
			t.Fatalf("line %d is empty", line)
		}
	}
}

func checkError(t *testing.T, err error) {
	t.Helper()
	var told Error
	if !errors.As(err, &told) || told.Key() == "" || told.Args() == nil {
		t.Fatalf("an error that tells a person nothing: %v", err)
	}
}

func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"", bom, "a,b\n1,2\n", "a;b\r\n\"x;\"\"y\"\"\";2\r\n", "sep=;\na;b\n", "a\tb\n'=1\t''@x\n",
		"\xFF\xFEa\x00,\x00b\x00\n\x001\x00", "\xFE\xFF\x00a\x00\n\xD8\x00", "\xD4\xE0\xEC\xE8\xEB\xE8\xFF;\xC8\xC8\xCD\n\xC8\xE2\xE0\xED\xEE\xE2;1\n", "\xA3\xE1\xE5\xED;\x98\n?\xE1\n",
		"a,b\n1,\x002\n", "a,b\n1,x\"y\n", "a,b\n\"1,2\n3,4\n", "қ,ә\n\xD2\n", strings.Repeat(",", 1_000_000), "a\n" + strings.Repeat("x,", 500_000), "a,a\n", "\n\n,\n",
		"a,b\n" + strings.Repeat("1,2\n", 200), "a\n" + strings.Repeat("x", 100), "%PDF-1.4", "<html>", "a\rb\r",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkReading(t, data, "members.csv") })
}

func FuzzXLSX(f *testing.F) {
	good := newParts(head + `<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" s="1"><v>31106</v></c></row>`)
	for _, seed := range [][]byte{
		good.zip(), good.zip()[:700], good.zip()[:10], bomb(4 << 20), claiming(bomb(2<<20), 1000), parts{}.zip(),
		good.with(sheetPart, entityBomb).zip(), newParts(head + `<row r="2"><c t="s"><v>99</v></c></row>`).zip(),
		newParts(head + `<row r="2">` + strings.Repeat("<c/>", 1_000_000) + `</row>`).zip(),
		good.with(textPart, `<sst><si><t>_x000D_`).zip(), good.with(sheetPart, bom+"x").zip(),
		[]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkReading(t, data, "members.xlsx") })
}

// FuzzXLSXSheet changes the XML inside a whole zip file, which FuzzXLSX rarely gets to.
func FuzzXLSXSheet(f *testing.F) {
	f.Add(head+`<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" s="1"><v>31106.5</v></c></row>`, `<si><t>a_x000A_</t></si><si><r><t>b</t></r><rPh><t>c</t></rPh></si>`, `<xf numFmtId="0"/><xf numFmtId="14"/>`)
	f.Add(head+`<row><c t="inlineStr"><is><t>&#13;</t></is></c><c s="1"><v>1e999</v></c><c><v>NaN</v></c></row>`, "", `<xf numFmtId="22"/><xf numFmtId="165"/>`)
	f.Add(`<row r="3"><c r="ZZZZ1"/><c r="A"/></row><row r="2"/>`, `</si>`, `<xf numFmtId="99999999999999999999"/>`)
	f.Add(`<row><c><v>-0.0000000000000001</v></c></row></sheetData></sheetData><row>`, `<si/><si/>`, `</cellXfs><xf/>`)
	f.Fuzz(func(t *testing.T, rows, shared, xfs string) {
		p := newParts(rows)
		p[textPart] = "<sst>" + shared + "</sst>"
		p[stylesPart] = `<styleSheet><numFmts><numFmt numFmtId="165" formatCode="000"/></numFmts><cellXfs>` + xfs + "</cellXfs></styleSheet>"
		checkReading(t, p.zip(), "")
	})
}
