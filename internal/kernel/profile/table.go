package profile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/text"
)

// A reader reads the files of a profile and collects what is wrong with them.
type reader struct {
	files fs.FS
	errs  []error
	laws  map[string]Law
}

func (r *reader) wrong(file string, line int, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s:%d: %s", file, line, fmt.Sprintf(format, args...)))
}

// A row is one line of a CSV table; its methods report what they cannot read.
type row struct {
	*reader
	file   string
	line   int
	cells  []string
	column map[string]int
}

func (w row) wrong(format string, args ...any) { w.reader.wrong(w.file, w.line, format, args...) }

// basisColumns end every table of rules.
const basisColumns = "law article redaction confidence needs_review source"

// table reads a CSV file that must have exactly these columns, in any order. A
// file that the profile lacks is an empty table.
func (r *reader) table(file, columns string, each func(row)) {
	data, err := fs.ReadFile(r.files, file)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		r.errs = append(r.errs, err)
		return
	}
	if !utf8.Valid(data) {
		r.wrong(file, 1, "the file is not UTF-8")
		return
	}
	c := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	rows, lines, err := readAll(c)
	if err != nil {
		var pe *csv.ParseError
		if errors.As(err, &pe) {
			r.wrong(file, pe.Line, "%v", pe.Err)
			return
		}
		r.errs = append(r.errs, fmt.Errorf("%s: %w", file, err))
		return
	}
	if len(rows) == 0 {
		r.wrong(file, 1, "the line with the column names is missing")
		return
	}
	want := strings.Fields(columns)
	at := map[string]int{}
	for i, name := range rows[0] {
		if _, twice := at[name]; twice {
			r.wrong(file, 1, "column %q is there twice", name)
		}
		if !slices.Contains(want, name) {
			r.wrong(file, 1, "column %q is unknown; the columns are: %s", name, columns)
		}
		at[name] = i
	}
	for _, name := range want {
		if _, ok := at[name]; !ok {
			r.wrong(file, 1, "column %q is missing", name)
			return
		}
	}
	for i, cells := range rows[1:] {
		each(row{r, file, lines[i+1], cells, at})
	}
}

func readAll(c *csv.Reader) (rows [][]string, lines []int, err error) {
	for {
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			return rows, lines, nil
		}
		if err != nil {
			return nil, nil, err
		}
		line, _ := c.FieldPos(0)
		rows, lines = append(rows, cells), append(lines, line)
	}
}

// may is a cell that may be empty.
func (w row) may(name string) string { return strings.TrimSpace(w.cells[w.column[name]]) }

// must is a cell that may not.
func (w row) must(name string) string {
	s := w.may(name)
	if s == "" {
		w.wrong("%s is empty", name)
	}
	return s
}

// oneOf is a cell with a closed list of words.
func (w row) oneOf(name string, words ...string) string {
	s := w.may(name)
	if !slices.Contains(words, s) {
		w.wrong("%s is %q; it must be one of %q", name, s, words)
	}
	return s
}

func (w row) yes(name string) bool { return w.oneOf(name, "yes", "no") == "yes" }

func (w row) whole(name string) int {
	s := w.must(name)
	n, err := strconv.Atoi(s)
	if s != "" && err != nil {
		w.wrong("%s is %q, not a whole number", name, s)
	}
	return n
}

func (w row) real(name string) float64 {
	f, err := strconv.ParseFloat(w.must(name), 64)
	if err != nil || f != f || f < -1e9 || f > 1e9 {
		w.wrong("%s is %q, not a number", name, w.may(name))
	}
	return f
}

// decimal is an exact number such as 4325 or 0.75.
func (w row) decimal(name string) *big.Rat {
	s := w.must(name)
	v, ok := new(big.Rat).SetString(s)
	if !ok || len(s) > 30 || strings.ContainsAny(s, "eEpP/_xX") {
		w.wrong("%s is %q, not a decimal number", name, s)
		return new(big.Rat)
	}
	return v
}

// day is a date, or empty when the cell is.
func (w row) day(name string, empty cal.Day) cal.Day {
	s := w.may(name)
	if s == "" {
		return empty
	}
	d, err := cal.ParseDay(s)
	if err != nil {
		w.wrong("%s is %q, not a date such as 2026-03-15", name, s)
	}
	return d
}

func (w row) minimum(name string) Minimum {
	m, err := ParseMinimum(w.may(name))
	if err != nil {
		w.wrong("%s: %v", name, err)
	}
	return m
}

// names are the three columns prefix_kk, prefix_ru, prefix_en.
func (w row) names(prefix string) text.Names {
	return text.Names{KK: w.must(prefix + "_kk"), RU: w.must(prefix + "_ru"), EN: w.must(prefix + "_en")}
}

// mayNames are the same three columns, all of which may be empty.
func (w row) mayNames(prefix string) text.Names {
	return text.Names{KK: w.may(prefix + "_kk"), RU: w.may(prefix + "_ru"), EN: w.may(prefix + "_en")}
}

func (w row) basis() Basis {
	b := Basis{
		Law:        w.may("law"),
		Article:    w.may("article"),
		Redaction:  w.day("redaction", cal.Never),
		Confidence: Confidence(w.oneOf("confidence", string(Official), string(Page), string(Computed), string(Memory), string(Own))),
		Source:     w.may("source"),
	}
	b.NeedsReview = w.yes("needs_review")
	if b.Law == "" {
		if b.Article != "" {
			w.wrong("article %s is of no law", b.Article)
		}
		return b
	}
	if _, ok := w.laws[b.Law]; !ok {
		w.wrong("law %q is not in profile.toml", b.Law)
	}
	if b.Article == "" {
		w.wrong("article of law %s is empty", b.Law)
	}
	if b.Redaction == cal.Never {
		w.wrong("redaction, the day of the wording of the law, is empty")
	}
	return b
}
