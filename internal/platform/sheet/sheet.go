// Package sheet reads and writes tables as people keep them in files: CSV in the encodings and
// separators of their programs, XLSX workbooks, and (written only) JSON.
//
// Reading streams: memory depends on [Limits], never on what a file claims about itself. A file
// that cannot be read as it was meant is refused with an [Error] naming the place; nothing is
// guessed. Line breaks inside a cell are always "\n", rows without any text are skipped, and
// the apostrophe that [NewCSV] and [NewXLSX] put before formula-like text is taken away again.
package sheet

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"
)

// Row is one row below the header.
type Row struct {
	Line  int      // where a person finds it: the line of a text file, the row number of a workbook; from 1
	Cells []string // at least as many as the header; more if text stands right of the last named column
}

// Reader gives the rows of a table one by one. It is not safe for concurrent use.
type Reader interface {
	// Header returns the column titles in file order, trimmed. A title may be empty.
	Header() []string
	// Next returns the next row that holds any text, io.EOF after the last, or an [Error],
	// after which reading cannot go on.
	Next() (Row, error)
	// Progress returns how many bytes of the table are behind, of how many.
	Progress() (done, total int64)
}

// Limits bounds what a file may demand of the machine.
type Limits struct {
	Bytes    int64 // size of the file
	Unzipped int64 // bytes of a workbook's parts once unzipped, together
	Strings  int64 // bytes of a workbook's shared strings, which are held in memory; at most 4 GiB
	Rows     int   // rows below the header
	Columns  int   // columns in any row
	Cell     int   // characters in a cell
}

// DefaultLimits fit a national register of a few million rows and a server of 300 MB.
var DefaultLimits = Limits{
	Bytes:    1 << 30,
	Unzipped: 4 << 30,
	Strings:  128 << 20,
	Rows:     5_000_000,
	Columns:  256,
	Cell:     32_767, // what Excel holds
}

// Open reads the header of the table in r, which holds size bytes; of a workbook it takes the
// first visible sheet. The content decides the format; name, the file's name, is only asked
// when the content says nothing. A zero limit means the one of [DefaultLimits].
func Open(r io.ReaderAt, size int64, name string, lim Limits) (Reader, error) {
	return OpenSheet(r, size, name, "", lim)
}

// OpenSheet is [Open] for the named sheet of a workbook, hidden or not.
func OpenSheet(r io.ReaderAt, size int64, name, sheet string, lim Limits) (Reader, error) {
	lim = lim.orDefault()
	if size > lim.Bytes {
		return nil, ErrTooBig{Bytes: size, Limit: lim.Bytes}
	}
	head := make([]byte, min(size, 512))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, err
	}
	var (
		src source
		err error
	)
	switch format := sniff(head, name); format {
	case "XLSX":
		src, err = openXLSX(r, size, sheet, lim)
	case "CSV":
		src, err = openCSV(r, size, lim)
	case "XLS":
		err = ErrOldExcel{}
	default:
		err = ErrNotATable{Format: format}
	}
	if err != nil {
		return nil, err
	}
	t := &table{src: src, lim: lim}
	return t, t.readHeader()
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits
	if l.Bytes > 0 {
		d.Bytes = l.Bytes
	}
	if l.Unzipped > 0 {
		d.Unzipped = l.Unzipped
	}
	if l.Strings > 0 {
		d.Strings = min(l.Strings, 4<<30-1)
	}
	if l.Rows > 0 {
		d.Rows = l.Rows
	}
	if l.Columns > 0 {
		d.Columns = l.Columns
	}
	if l.Cell > 0 {
		d.Cell = l.Cell
	}
	return d
}

// sniff names the format a file begins like; text of any kind is taken for CSV.
func sniff(head []byte, name string) string {
	magic := []struct{ begin, format string }{
		{"PK\x03\x04", "XLSX"},
		{"PK\x05\x06", "ZIP"}, // a zip file with nothing in it
		{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "XLS"},
		{"%PDF-", "PDF"}, {"{\\rtf", "RTF"}, {"\x1F\x8B", "GZIP"}, {"Rar!", "RAR"}, {"7z\xBC\xAF", "7Z"},
		{"\x89PNG", "PNG"}, {"\xFF\xD8\xFF", "JPEG"},
	}
	for _, m := range magic {
		if bytes.HasPrefix(head, []byte(m.begin)) {
			return m.format
		}
	}
	text := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(string(head), bom)))
	for _, begin := range []string{"<!doctype html", "<html", "<table"} {
		if strings.HasPrefix(text, begin) {
			return "HTML"
		}
	}
	switch {
	case strings.HasPrefix(text, "<?xml"):
		return "XML"
	case len(head) > 0 && strings.HasSuffix(strings.ToLower(name), ".xlsx"):
		return "" // a workbook with its beginning lost
	}
	return "CSV"
}

// source is a format's own reader: every row it finds, empty ones too, in file order. A row of
// more than Limits.Columns cells and a cell of more than 4×Limits.Cell bytes is its to refuse.
type source interface {
	next() (Row, error)
	progress() (done, total int64)
}

// table makes a Reader of a source: what all formats have in common.
type table struct {
	src    source
	lim    Limits
	header []string
	rows   int
}

func (t *table) Header() []string { return t.header }

func (t *table) Progress() (done, total int64) {
	done, total = t.src.progress()
	return min(done, total), total
}

func (t *table) readHeader() error {
	row, err := t.nextFilled()
	if err == io.EOF {
		return ErrEmpty{}
	}
	if err != nil {
		return err
	}
	seen := make(map[string]int, len(row.Cells))
	for i, title := range row.Cells {
		title = strings.Join(strings.Fields(title), " ")
		row.Cells[i] = title
		if title == "" {
			continue
		}
		if first, twice := seen[title]; twice {
			return ErrDuplicateColumn{Column: title, First: first + 1, Second: i + 1}
		}
		seen[title] = i
	}
	t.header = row.Cells
	return nil
}

func (t *table) Next() (Row, error) {
	row, err := t.nextFilled()
	if err != nil {
		return Row{}, err
	}
	if t.rows++; t.rows > t.lim.Rows {
		return Row{}, ErrTooManyRows{Limit: t.lim.Rows}
	}
	for len(row.Cells) < len(t.header) {
		row.Cells = append(row.Cells, "")
	}
	return row, nil
}

// nextFilled skips rows without text and cuts the empty cells off a row's end.
func (t *table) nextFilled() (Row, error) {
	for {
		row, err := t.src.next()
		if err != nil {
			return Row{}, err
		}
		filled := 0
		for i, cell := range row.Cells {
			if len(cell) > t.lim.Cell && utf8.RuneCountInString(cell) > t.lim.Cell {
				return Row{}, ErrCellTooLong{Line: row.Line, Column: t.column(i), Limit: t.lim.Cell}
			}
			if strings.TrimSpace(cell) != "" {
				filled = i + 1
			}
			row.Cells[i] = unguard(newlines(cell))
		}
		if filled == 0 {
			continue
		}
		row.Cells = row.Cells[:max(filled, min(len(row.Cells), len(t.header)))]
		return row, nil
	}
}

func (t *table) column(i int) string {
	if i < len(t.header) && t.header[i] != "" {
		return t.header[i]
	}
	return letters(i)
}

// letters names a column as spreadsheets do: 0 is A, 26 is AA.
func letters(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}
