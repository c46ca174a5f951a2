package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parts of a workbook as another program could have written it, to be changed by a test.
type parts map[string]string

const (
	mainPart   = "xl/workbook.xml"
	relsPart   = "xl/_rels/workbook.xml.rels"
	stylesPart = "xl/styles.xml"
	textPart   = "xl/sharedStrings.xml"
	sheetPart  = "xl/worksheets/sheet1.xml"
)

func newParts(rows string) parts {
	return parts{
		"_rels/.rels": `<?xml version="1.0" encoding="UTF-8"?><Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		mainPart:      `<workbook xmlns:r="r"><workbookPr/><sheets><sheet name="Old" sheetId="2" state="hidden" r:id="rId9"/><sheet name="Мүшелер" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		relsPart: `<Relationships>` +
			`<Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId9" Type="http://x/worksheet" Target="/xl/worksheets/sheet9.xml"/>` +
			`<Relationship Id="rId2" Type="http://x/styles" Target="styles.xml"/>` +
			`<Relationship Id="rId3" Type="http://x/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
		stylesPart: `<styleSheet><numFmts count="3"><numFmt numFmtId="164" formatCode="dd\.mm\.yyyy;@"/><numFmt numFmtId="165" formatCode="000000000000"/><numFmt numFmtId="166" formatCode="#,##0&quot; days&quot;\d[Red]"/></numFmts>` +
			`<cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs>` +
			`<cellXfs count="6"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="21"/></cellXfs></styleSheet>`,
		textPart:                   `<sst><si><t>Тегі</t></si><si><r><t xml:space="preserve">Әбе</t></r><r><t>нова</t></r><rPh><t>x</t></rPh></si><si><t>a_x000D__x000A_b_x005F_</t></si></sst>`,
		sheetPart:                  `<worksheet><dimension ref="A1:XFD1048576"/><sheetData>` + rows + `</sheetData><mergeCells count="1"><mergeCell ref="A2:B2"/></mergeCells></worksheet>`,
		"xl/worksheets/sheet9.xml": `<worksheet><sheetData><row><c t="str"><v>hidden</v></c></row></sheetData></worksheet>`,
	}
}

func (p parts) zip() []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(p)) {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, p[name])
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func (p parts) with(name, content string) parts {
	p = maps.Clone(p)
	p[name] = content
	return p
}

const head = `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>ЖСН</t></is></c></row>`

func TestXLSX(t *testing.T) {
	tests := []struct {
		name, row string
		want      []string
	}{
		{"shared and rich text", `<c r="A2" t="s"><v>1</v></c><c r="B2" t="s"><v>2</v></c>`, []string{"Әбенова", "a\nb_"}},
		{"number without exponent", `<c r="A2"><v>9.00101300123E+11</v></c><c r="B2"><v>1E-3</v></c>`, []string{"900101300123", "0.001"}},
		{"number beyond 15 digits", `<c r="A2"><v>0.30000000000000004</v></c><c r="B2"><v>1234567890123456789</v></c>`, []string{"0.3", "1234567890123456789"}},
		{"zeros shown by the format", `<c r="A2" s="3"><v>1130500123</v></c><c r="B2" t="str"><v>001</v></c>`, []string{"001130500123", "001"}},
		{"built-in date, own date", `<c r="A2" s="1"><v>31106</v></c><c r="B2" s="2"><v>31106</v></c>`, []string{"1985-02-28", "1985-02-28"}},
		{"date and time, time", `<c r="A2" s="1"><v>31106.5</v></c><c r="B2" s="5"><v>0.75</v></c>`, []string{"1985-02-28T12:00:00", "18:00:00"}},
		{"around the day that was not", `<c r="A2" s="1"><v>59</v></c><c r="B2" s="1"><v>61</v></c>`, []string{"1900-02-28", "1900-03-01"}},
		{"no date after all", `<c r="A2" s="1"><v>-1</v></c><c r="B2" s="4"><v>12</v></c>`, []string{"-1", "12"}},
		{"boolean, error, ISO date", `<c r="A2" t="b"><v>1</v></c><c r="B2" t="e"><v>#N/A</v></c><c r="C2" t="d"><v>2020-01-02</v></c>`, []string{"true", "#N/A", "2020-01-02"}},
		{"formula with its result", `<c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="str"><f>x</f><v>y</v></c>`, []string{"2", "y"}},
		{"merged cells", `<c r="A2" t="str"><v>both</v></c><c r="B2"/>`, []string{"both", ""}},
		{"a gap", `<c r="B2" t="str"><v>b</v></c>`, []string{"", "b"}},
		{"no addresses", `<c t="str"><v>a</v></c><c t="str"><v>b</v></c>`, []string{"a", "b"}},
		{"guarded", `<c r="A2" t="str"><v>'=x</v></c>`, []string{"=x", ""}},
		{"unknown style", `<c r="A2" s="77"><v>5</v></c>`, []string{"5", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := newParts(head + `<row r="2">` + tt.row + `</row><row r="3"><c r="A3" s="1"/></row>`).zip()
			header, rows, err := readAll(data, "members.xlsx", Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"Тегі", "ЖСН"}, header); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]Row{{Line: 2, Cells: tt.want}}, rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestXLSXFrom1904(t *testing.T) {
	p := newParts(head + `<row r="7"><c r="A7" s="1"><v>0</v></c></row>`)
	p[mainPart] = strings.Replace(p[mainPart], "<workbookPr/>", `<workbookPr date1904="1"/>`, 1)
	_, rows, err := readAll(p.zip(), "", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Row{{Line: 7, Cells: []string{"1904-01-01", ""}}}, rows); diff != "" {
		t.Error(diff)
	}
}

func TestXLSXSheets(t *testing.T) {
	data := newParts(head).zip()
	r, err := OpenSheet(bytes.NewReader(data), int64(len(data)), "", "Old", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"hidden"}, r.Header()); diff != "" {
		t.Error(diff)
	}
	_, err = OpenSheet(bytes.NewReader(data), int64(len(data)), "", "New", Limits{})
	var none ErrNoSheet
	if !errors.As(err, &none) || none.Sheet != "New" || !slices.Equal(none.Have, []string{"Old", "Мүшелер"}) {
		t.Errorf("error %v", err)
	}
}

// bomb is a workbook whose sheet unzips to size bytes of nothing.
func bomb(size int) []byte {
	return newParts(head + strings.Repeat(" ", size)).zip()
}

// claiming lowers the declared unzipped size of every part to size.
func claiming(data []byte, size uint32) []byte {
	data = bytes.Clone(data)
	for at := 0; ; {
		i := bytes.Index(data[at:], []byte("PK\x01\x02"))
		if i < 0 {
			return data
		}
		at += i
		declared := data[at+24 : at+28]
		binary.LittleEndian.PutUint32(declared, min(size, binary.LittleEndian.Uint32(declared)))
		at += 46
	}
}

func manyParts(n int) []byte {
	p := newParts(head)
	for i := range n {
		p[fmt.Sprintf("xl/media/%01000d", i)] = ""
	}
	return p.zip()
}

const entityBomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet><sheetData><row><c t="str"><v>&b;</v></c></row></sheetData></worksheet>`

func TestXLSXRefused(t *testing.T) {
	good := newParts(head + `<row r="2"><c r="A2" t="str"><v>a</v></c></row>`)
	rows := func(xml string) []byte { return newParts(head + xml).zip() }
	big := bomb(80 << 20)
	without := func(name string) []byte { p := maps.Clone(good); delete(p, name); return p.zip() }
	tests := []struct {
		name string
		data []byte
		lim  Limits
		want Error // of ErrDamaged only the type and Part, Line are compared
	}{
		{"cut in the middle", good.zip()[:600], Limits{}, ErrDamaged{Part: "zip"}},
		{"beginning only", good.zip()[:4], Limits{}, ErrDamaged{Part: "zip"}},
		{"another zip", parts{"readme.txt": "x"}.zip(), Limits{}, ErrNotATable{Format: "ZIP"}},
		{"empty zip", parts{}.zip(), Limits{}, ErrNotATable{Format: "ZIP"}},
		{"OpenDocument", parts{"content.xml": "x"}.zip(), Limits{}, ErrNotATable{Format: "ODS"}},
		{"no workbook", without(mainPart), Limits{}, ErrDamaged{Part: mainPart}},
		{"no sheet part", without(sheetPart), Limits{}, ErrDamaged{Part: sheetPart}},
		{"no shared strings", without(textPart), Limits{}, ErrDamaged{Part: textPart}},
		{"bomb by actual size", claiming(big, 1000), Limits{}, ErrDamaged{Part: sheetPart}},
		{"bomb by declared size", big, Limits{}, ErrZipBomb{Limit: 64<<20 + 100*int64(len(big))}},
		{"bomb within limits", bomb(1 << 20), Limits{}, ErrDamaged{Part: sheetPart}},
		{"unzipped more than allowed", good.zip(), Limits{Unzipped: 1000}, ErrZipBomb{Limit: 1000}},
		{"strings more than allowed", good.zip(), Limits{Strings: 10}, ErrZipBomb{Limit: 10}},
		{"an endless list of parts", manyParts(5_000), Limits{}, ErrZipBomb{Limit: maxDirectory}},
		{"entity bomb", good.with(sheetPart, entityBomb).zip(), Limits{}, ErrDamaged{Part: sheetPart}},
		{"unknown entity", rows(`<row><c t="str"><v>&b;</v></c></row>`), Limits{}, ErrDamaged{Part: sheetPart}},
		{"no XML", good.with(sheetPart, "x").zip(), Limits{}, ErrDamaged{Part: sheetPart}},
		{"sheet cut between rows", good.with(sheetPart, `<worksheet><sheetData>`+head).zip(), Limits{}, ErrDamaged{Part: sheetPart, Line: 1}},
		{"sheet cut in a row", good.with(sheetPart, `<worksheet><sheetData>`+head+`<row r="5"><c/>`).zip(), Limits{}, ErrDamaged{Part: sheetPart, Line: 5}},
		{"shared string out of range", rows(`<row r="2"><c r="A2" t="s"><v>3</v></c></row>`), Limits{}, ErrDamaged{Part: sheetPart, Line: 2}},
		{"shared string below range", rows(`<row r="2"><c r="A2" t="s"><v>-1</v></c></row>`), Limits{}, ErrDamaged{Part: sheetPart, Line: 2}},
		{"rows out of order", rows(`<row r="1"><c r="A1"/></row>`), Limits{}, ErrDamaged{Part: sheetPart, Line: 1}},
		{"row number beyond all", rows(`<row r="1048577"/>`), Limits{}, ErrDamaged{Part: sheetPart, Line: 1}},
		{"cells out of order", rows(`<row r="2"><c r="B2"/><c r="A2"/></row>`), Limits{}, ErrDamaged{Part: sheetPart, Line: 2}},
		{"address without column", rows(`<row r="2"><c r="2"/></row>`), Limits{}, ErrDamaged{Part: sheetPart, Line: 2}},
		{"columns", rows(`<row r="2"><c r="XFD2"/></row>`), Limits{}, ErrTooManyColumns{Line: 2, Limit: 256}},
		{"a million columns", rows(`<row r="2">` + strings.Repeat(`<c/>`, 1_000_000) + `</row>`), Limits{}, ErrTooManyColumns{Line: 2, Limit: 256}},
		{"rows", rows(`<row/><row><c t="str"><v>1</v></c></row><row><c t="str"><v>2</v></c></row>`), Limits{Rows: 1}, ErrTooManyRows{Limit: 1}},
		{"cell", rows(`<row r="2"><c r="B2" t="str"><v>abcdef</v></c></row>`), Limits{Cell: 5}, ErrCellTooLong{Line: 2, Column: "ЖСН", Limit: 5}},
		{"cell in many pieces", rows(`<row r="2"><c r="B2" t="str"><v>` + strings.Repeat("a<!-- -->", 100_000) + `</v></c></row>`), Limits{Cell: 100}, ErrCellTooLong{Line: 2, Column: "B", Limit: 100}},
		{"nothing", newParts("").zip(), Limits{}, ErrEmpty{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := readAll(tt.data, "", tt.lim)
			var damaged ErrDamaged
			if errors.As(err, &damaged) {
				damaged.Err = nil
				err = damaged
			}
			if err != error(tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
}

// A part that does not match its checksum is noticed even if its rows could be read.
func TestXLSXChecksum(t *testing.T) {
	data := newParts(head).zip()
	i := bytes.LastIndex(data, []byte("PK\x01\x02")) // sheet9 is listed last, sheet1 before it
	i = bytes.LastIndex(data[:i], []byte("PK\x01\x02"))
	data[i+16] ^= 1
	_, _, err := readAll(data, "", Limits{})
	if !errors.Is(err, zip.ErrChecksum) {
		t.Errorf("error %v, want %v", err, zip.ErrChecksum)
	}
}
