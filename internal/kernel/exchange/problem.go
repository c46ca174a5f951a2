package exchange

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"odaq/internal/kernel/text"
	"odaq/internal/platform/sheet"
)

// Problem is what is wrong with a row of a file.
type Problem struct {
	Line   int            `json:"line"`             // sheet.Row.Line
	Column string         `json:"column,omitempty"` // title; empty if the whole row is meant
	Key    string         `json:"key"`              // of the message
	Args   map[string]any `json:"args,omitempty"`   // of the message; never a national ID
}

// In puts the problem into words: the column, if any, and what is wrong with it.
func (p Problem) In(words *text.Printer) string {
	pairs := make([]any, 0, 2*len(p.Args))
	for name, arg := range p.Args {
		pairs = append(pairs, name, arg)
	}
	said := words.T(p.Key, pairs...)
	if p.Column == "" {
		return said
	}
	return p.Column + ": " + said
}

// problemTitles are the titles of an error file's first column in the three languages, as
// exchange.problem-column in the locale files.
var problemTitles = []string{"Түзету керек", "Что исправить", "What to correct"}

// Corrected returns r without the problem column, if its first column is one: so an error file is
// read like the file it came from. Line numbers are those of the error file.
func Corrected(r sheet.Reader) sheet.Reader {
	if header := r.Header(); len(header) > 1 && slices.Contains(problemTitles, header[0]) {
		return corrected{r}
	}
	return r
}

type corrected struct{ sheet.Reader }

func (c corrected) Header() []string { return c.Reader.Header()[1:] }

// Next passes over rows of which nothing but the problem is left.
func (c corrected) Next() (sheet.Row, error) {
	for {
		row, err := c.Reader.Next()
		if err != nil {
			return sheet.Row{}, err
		}
		row.Cells = row.Cells[1:]
		if slices.ContainsFunc(row.Cells, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
			return row, nil
		}
	}
}

// ErrorFile writes rejected rows as they came, under their own titles, after a column that says
// what to correct.
type ErrorFile struct {
	out   sheet.Writer
	words *text.Printer
	width int
	rows  int
}

// NewErrorFile begins an error file on out for a file with this header (of Corrected).
func NewErrorFile(out sheet.Writer, header []string, words *text.Printer) (*ErrorFile, error) {
	title := words.T("exchange.problem-column")
	if !slices.Contains(problemTitles, title) {
		return nil, fmt.Errorf("exchange: problem column %q would not be known again", title)
	}
	columns := []sheet.Column{{Key: "problem", Title: title}}
	for i, t := range header {
		columns = append(columns, sheet.Column{Key: strconv.Itoa(i + 1), Title: t, Kind: sheet.ID})
	}
	// A last one without a title is for the cells a row has too many.
	columns = append(columns, sheet.Column{Key: "rest"})
	return &ErrorFile{out: out, words: words, width: len(header)}, out.Header(columns)
}

// Reject writes a row and its problems.
func (f *ErrorFile) Reject(row sheet.Row, problems ...Problem) error {
	if len(problems) == 0 {
		return errors.New("exchange: a row rejected without a reason")
	}
	said := make([]string, len(problems))
	for i, p := range problems {
		said[i] = p.In(f.words)
	}
	cells := make([]any, f.width+2)
	cells[0] = strings.Join(said, "; ")
	for i, c := range row.Cells[:min(len(row.Cells), f.width)] {
		cells[i+1] = c
	}
	if len(row.Cells) > f.width {
		cells[f.width+1] = strings.Join(row.Cells[f.width:], ", ")
	}
	f.rows++
	return f.out.Row(cells)
}

// Rows returns how many rows were rejected.
func (f *ErrorFile) Rows() int { return f.rows }

// Close completes the file.
func (f *ErrorFile) Close() error { return f.out.Close() }
