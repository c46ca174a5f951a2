package sheet

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"time"
)

// Kind says what the values of a column are.
type Kind int

// The kinds, and the Go values a Row may hold for each; nil is an empty cell in all.
const (
	Text   Kind = iota // string, fmt.Stringer, integer
	ID                 // the same; digits that are no number: kept as text, no thousands, no exponent
	Number             // integer, float
	Date               // time.Time (its day there), or a string or fmt.Stringer of the form 2006-01-02
)

// Column is a column to be written: Title is for people, Key the name in JSON.
type Column struct {
	Key   string
	Title string
	Kind  Kind
}

// Writer writes one table: Header once, then Row with one value a column, then Close, which does
// not close what is written to. Without Close the file is not whole.
type Writer interface {
	Header([]Column) error
	Row([]any) error
	Close() error
}

// value is a Row's value, understood by its column's kind: at most one of text, number, day.
type value struct {
	text   string
	number json.Number
	day    time.Time
}

// columns checks rows against the header, for all writers.
type columns []Column

func (c columns) values(row []any) ([]value, error) {
	if len(row) != len(c) {
		return nil, fmt.Errorf("sheet: row of %d values under %d columns", len(row), len(c))
	}
	values := make([]value, len(row))
	for i, x := range row {
		v, err := valueOf(x, c[i].Kind)
		if err != nil {
			return nil, fmt.Errorf("sheet: column %q: %w", c[i].Key, err)
		}
		values[i] = v
	}
	return values, nil
}

func valueOf(x any, kind Kind) (value, error) {
	if x == nil {
		return value{}, nil
	}
	if t, ok := x.(time.Time); ok && kind == Date {
		return value{day: time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)}, nil
	}
	text, isText := x.(string)
	if s, ok := x.(fmt.Stringer); ok && kind != Number {
		text, isText = s.String(), true
	}
	switch {
	case isText && kind == Date && text != "":
		day, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return value{}, errors.New("not a day of the form 2006-01-02")
		}
		return value{day: day}, nil
	case isText && kind != Number:
		return value{text: text}, nil
	}
	number := json.Number("")
	switch v := reflect.ValueOf(x); {
	case v.CanInt():
		number = json.Number(strconv.FormatInt(v.Int(), 10))
	case v.CanUint():
		number = json.Number(strconv.FormatUint(v.Uint(), 10))
	case v.CanFloat() && kind == Number && !math.IsNaN(v.Float()) && !math.IsInf(v.Float(), 0):
		number = json.Number(strconv.FormatFloat(v.Float(), 'f', -1, 64))
	}
	switch {
	case number == "" || kind == Date:
		return value{}, fmt.Errorf("a value of type %T does not fit its kind", x)
	case kind == Number:
		return value{number: number}, nil
	}
	return value{text: string(number)}, nil
}

type csvWriter struct {
	out     *bufio.Writer
	csv     *csv.Writer
	columns columns
}

// NewCSV writes UTF-8 with a byte order mark, commas and CRLF, which Excel opens as it is meant.
// Formula-like text gets an apostrophe (see [Open] for the way back).
func NewCSV(w io.Writer) Writer {
	out := bufio.NewWriterSize(w, 64<<10)
	c := csv.NewWriter(out)
	c.UseCRLF = true
	return &csvWriter{out: out, csv: c}
}

func (w *csvWriter) Header(header []Column) error {
	w.columns = header
	if _, err := w.out.WriteString(bom); err != nil {
		return err
	}
	titles := make([]string, len(header))
	for i, c := range header {
		titles[i] = guard(clean(c.Title))
	}
	return w.csv.Write(titles)
}

func (w *csvWriter) Row(row []any) error {
	values, err := w.columns.values(row)
	if err != nil {
		return err
	}
	cells := make([]string, len(values))
	for i, v := range values {
		switch {
		case v.number != "":
			cells[i] = string(v.number)
		case !v.day.IsZero():
			cells[i] = v.day.Format(time.DateOnly)
		default:
			cells[i] = guard(clean(v.text))
		}
	}
	return w.csv.Write(cells)
}

func (w *csvWriter) Close() error {
	if w.csv.Flush(); w.csv.Error() != nil {
		return w.csv.Error()
	}
	return w.out.Flush()
}

type jsonWriter struct {
	out     *bufio.Writer
	columns columns
	keys    [][]byte // as JSON strings
	rows    int
}

// NewJSON writes an array of objects, one a line, with the columns' keys in their order. Numbers
// are numbers, dates are ISO strings, empty cells are null.
func NewJSON(w io.Writer) Writer { return &jsonWriter{out: bufio.NewWriterSize(w, 64<<10)} }

func (w *jsonWriter) Header(header []Column) error {
	w.columns = header
	for _, c := range header {
		key, err := json.Marshal(c.Key)
		if err != nil {
			return err
		}
		w.keys = append(w.keys, key)
	}
	return w.out.WriteByte('[')
}

func (w *jsonWriter) Row(row []any) error {
	values, err := w.columns.values(row)
	if err != nil {
		return err
	}
	line := []byte("\n{")
	if w.rows++; w.rows > 1 {
		line = []byte(",\n{")
	}
	for i, v := range values {
		var x any = v.text
		switch {
		case row[i] == nil:
			x = nil
		case v.number != "":
			x = v.number
		case !v.day.IsZero():
			x = v.day.Format(time.DateOnly)
		}
		encoded, err := json.Marshal(x)
		if err != nil {
			return err
		}
		if i > 0 {
			line = append(line, ',')
		}
		line = append(append(append(line, w.keys[i]...), ':'), encoded...)
	}
	_, err = w.out.Write(append(line, '}'))
	return err
}

func (w *jsonWriter) Close() error {
	if _, err := w.out.WriteString("\n]\n"); err != nil {
		return err
	}
	return w.out.Flush()
}
