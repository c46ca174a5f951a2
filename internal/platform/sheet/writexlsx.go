package sheet

import (
	"archive/zip"
	"errors"
	"io"
	"os"
	"regexp"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// maxXLSXCell is how many UTF-16 units a cell of a workbook holds.
const maxXLSXCell = 32_767

type xlsxWriter struct {
	out     io.Writer
	file    *excelize.File
	stream  *excelize.StreamWriter
	tmp     string
	columns columns
	styles  map[Kind]int
	rows    int
}

// NewXLSX writes a workbook of one sheet: a bold header that stays in view, numbers and dates as
// such, all else as text. Rows beyond some 16 MB wait unencrypted in a file under $TMPDIR, which
// excelize opens itself. It lies in a directory of mode 0700 and loses its name at once, so that a
// crash leaves nothing behind. Close must be called, even after an error.
func NewXLSX(w io.Writer) Writer { return &xlsxWriter{out: w} }

func (w *xlsxWriter) Header(header []Column) error {
	w.columns = header
	var err error
	if w.tmp, err = os.MkdirTemp("", "sheet-"); err != nil {
		return err
	}
	w.file = excelize.NewFile(excelize.Options{TmpDir: w.tmp})
	if w.stream, err = w.file.NewStreamWriter("Sheet1"); err != nil {
		return err
	}
	bold, err := w.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	asText, err := w.file.NewStyle(&excelize.Style{NumFmt: 49}) // "@": stays text when edited
	if err != nil {
		return err
	}
	iso := "yyyy-mm-dd"
	asDate, err := w.file.NewStyle(&excelize.Style{CustomNumFmt: &iso})
	if err != nil {
		return err
	}
	w.styles = map[Kind]int{ID: asText, Date: asDate}

	cells := make([]any, len(header))
	for i, c := range header {
		width := map[Kind]float64{Text: 24, ID: 16, Number: 12, Date: 12}[c.Kind]
		width = min(max(width, float64(utf8.RuneCountInString(c.Title)+2)), 60)
		if err := w.stream.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
		if cells[i], err = w.text(c.Title, i, bold); err != nil {
			return err
		}
	}
	if err := w.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	return w.write(cells)
}

func (w *xlsxWriter) Row(row []any) error {
	values, err := w.columns.values(row)
	if err != nil {
		return err
	}
	cells := make([]any, len(values))
	for i, v := range values {
		style := w.styles[w.columns[i].Kind]
		switch {
		case v.number != "":
			cells[i], err = w.number(v)
		case !v.day.IsZero() && v.day.Before(time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)):
			// Workbooks count days wrongly before 1 March 1900.
			cells[i] = v.day.Format(time.DateOnly)
		case !v.day.IsZero():
			cells[i] = excelize.Cell{StyleID: style, Value: v.day}
		case v.text != "":
			cells[i], err = w.text(v.text, i, style)
		}
		if err != nil {
			return err
		}
	}
	return w.write(cells)
}

// number keeps integers whole; beyond 15 digits a workbook cannot, so they become text.
func (w *xlsxWriter) number(v value) (any, error) {
	n, err := v.number.Int64()
	const exact = 999_999_999_999_999
	switch {
	case err == nil && n >= -exact && n <= exact:
		return n, nil
	case err == nil:
		return string(v.number), nil
	}
	return v.number.Float64()
}

func (w *xlsxWriter) text(s string, column, style int) (any, error) {
	s = guard(clean(s))
	if len(s) > maxXLSXCell && len(utf16.Encode([]rune(s))) > maxXLSXCell {
		return nil, ErrCellTooLong{Line: w.rows + 1, Column: w.columns[column].Title, Limit: maxXLSXCell}
	}
	if overlapping.MatchString(s) {
		return excelize.Cell{StyleID: style, Value: splitEscapes(s)}, nil
	}
	return excelize.Cell{StyleID: style, Value: s}, nil
}

// Text like _x0041_ means a character in a workbook, so excelize escapes it, but wrongly where
// two share an underscore. In runs of their own they do not.
var (
	escaped     = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)
	overlapping = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_x[0-9A-Fa-f]{4}_`)
)

func splitEscapes(s string) []excelize.RichTextRun {
	var runs []excelize.RichTextRun
	for s != "" {
		end := len(s)
		if at := escaped.FindStringIndex(s); at != nil {
			end = at[1]
		}
		runs = append(runs, excelize.RichTextRun{Text: s[:end]})
		s = s[end:]
	}
	return runs
}

func (w *xlsxWriter) write(cells []any) error {
	if w.rows++; w.rows > maxSheetRows {
		return ErrTooManyRows{Limit: maxSheetRows - 1}
	}
	at, err := excelize.CoordinatesToCellName(1, w.rows)
	if err != nil {
		return err
	}
	if err := w.stream.SetRow(at, cells); err != nil {
		return err
	}
	if w.rows%spillCheck == 0 {
		w.unname()
	}
	return nil
}

// spillCheck is after how many rows the spill is looked for.
const spillCheck = 256

// unname takes the name of the file of rows away once there is one: excelize reads it by its
// handle. Where an open file must keep its name, Close removes it.
func (w *xlsxWriter) unname() {
	if spilled, err := os.ReadDir(w.tmp); err == nil && len(spilled) > 0 {
		os.RemoveAll(w.tmp)
	}
}

func (w *xlsxWriter) Close() error {
	defer os.RemoveAll(w.tmp)
	if w.stream == nil {
		return errors.New("sheet: no header written")
	}
	defer w.file.Close()
	if err := w.stream.Flush(); err != nil {
		return err
	}
	// Written straight to w.out; excelize would first hold the whole file in memory.
	w.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(w.out) })
	_, err := w.file.WriteToBuffer()
	return err
}
