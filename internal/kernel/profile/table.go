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
	files   fs.FS
	changes []fs.FS
	errs    []error
	laws    map[string]Law
	rules   []Rule
	known   []string // files that are tables
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
	change bool // comes from a folder of changes
}

func (w row) wrong(format string, args ...any) { w.reader.wrong(w.file, w.line, format, args...) }

// basisColumns end every table of rules.
const basisColumns = "law article redaction confidence needs_review source"

// The tables whose rows are not told apart by their first column alone: they
// hold from a day to a day.
const (
	parameters = "parameters.csv"
	retention  = "retention.csv"
)

// table reads a CSV file that must have exactly these columns, in any order, and
// what the changes have of it. A file that the profile lacks is an empty table.
func (r *reader) table(file, columns string, each func(row)) {
	r.known = append(r.known, file)
	rows := r.rows(r.files, file, file, columns)
	first := strings.Fields(columns)[0]
	for _, files := range r.changes {
		changed := r.rows(files, file, "changes/"+file, columns)
		if file != parameters && file != retention {
			replaced := map[string]bool{}
			for _, w := range changed {
				replaced[w.may(first)] = true
			}
			rows = slices.DeleteFunc(rows, func(w row) bool { return replaced[w.may(first)] })
		}
		for _, w := range changed {
			w.change = true
			rows = append(rows, w)
		}
	}
	for _, w := range rows {
		each(w)
	}
}

// noStrangers finds files of changes that are no table, so that a mistyped name
// is not passed over in silence.
func (r *reader) noStrangers() {
	for _, files := range r.changes {
		names, err := fs.Glob(files, "*.csv")
		if err != nil {
			r.errs = append(r.errs, err)
		}
		for _, name := range names {
			if !slices.Contains(r.known, name) {
				r.wrong("changes/"+name, 1, "there is no such table; the tables are: %s", strings.Join(r.known, " "))
			}
		}
	}
}

// rows reads the lines of a file; name is what errors call it.
func (r *reader) rows(files fs.FS, file, name, columns string) []row {
	data, err := fs.ReadFile(files, file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		r.errs = append(r.errs, err)
		return nil
	}
	if !utf8.Valid(data) {
		r.wrong(name, 1, "the file is not UTF-8")
		return nil
	}
	c := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	rows, lines, err := readAll(c)
	if err != nil {
		var pe *csv.ParseError
		if errors.As(err, &pe) {
			r.wrong(name, pe.Line, "%v", pe.Err)
			return nil
		}
		r.errs = append(r.errs, fmt.Errorf("%s: %w", name, err))
		return nil
	}
	if len(rows) == 0 {
		r.wrong(name, 1, "the line with the column names is missing")
		return nil
	}
	want := strings.Fields(columns)
	at := map[string]int{}
	for i, title := range rows[0] {
		if _, twice := at[title]; twice {
			r.wrong(name, 1, "column %q is there twice", title)
		}
		if !slices.Contains(want, title) {
			r.wrong(name, 1, "column %q is unknown; the columns are: %s", title, columns)
		}
		at[title] = i
	}
	for _, title := range want {
		if _, ok := at[title]; !ok {
			r.wrong(name, 1, "column %q is missing", title)
			return nil
		}
	}
	var out []row
	for i, cells := range rows[1:] {
		out = append(out, row{reader: r, file: name, line: lines[i+1], cells: cells, column: at})
	}
	return out
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
	w.rules = append(w.rules, Rule{w.file, w.line, w.cells[0], b})
	if w.change && b.Source == "" {
		w.wrong("source is empty; a change names the official act")
	}
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
