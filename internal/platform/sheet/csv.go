package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// sampleSize is how much of a text file is looked at to find its separator.
const sampleSize = 64 << 10

type csvSource struct {
	csv         *csv.Reader
	budget      *recordBudget
	lim         Limits
	utf16       bool
	skipped     int // lines before the csv.Reader's first
	done, total int64
}

func openCSV(r io.ReaderAt, size int64, lim Limits) (source, error) {
	s := &csvSource{lim: lim, total: size}
	text, utf16, err := decoded(r, size, func(n int) { s.done += int64(n) })
	if err != nil {
		return nil, err
	}
	s.utf16 = utf16
	buffered := bufio.NewReaderSize(text, sampleSize)
	sample, err := buffered.Peek(sampleSize)
	if err != nil && err != io.EOF {
		return nil, err
	}
	comma, told := separatorLine(sample)
	if told {
		if _, err := buffered.ReadString('\n'); err != nil && err != io.EOF {
			return nil, err
		}
		s.skipped = 1
	} else {
		comma = separator(sample)
	}
	// A row of Columns full cells would be megabytes; no real one comes near this.
	s.budget = &recordBudget{r: buffered, comma: byte(comma), size: 1<<20 + 8*lim.Cell, columns: lim.Columns}
	s.csv = csv.NewReader(s.budget)
	s.csv.Comma = comma
	s.csv.FieldsPerRecord = -1
	return s, nil
}

func (s *csvSource) progress() (done, total int64) { return s.done, s.total }

func (s *csvSource) next() (Row, error) {
	s.budget.reset()
	cells, err := s.csv.Read()
	var parse *csv.ParseError
	switch {
	case errors.Is(err, errTooManySeparators):
		return Row{}, ErrTooManyColumns{Line: s.lineAfter(), Limit: s.lim.Columns}
	case errors.Is(err, errRecordTooLong):
		// Nearly always a quotation mark that is never closed.
		return Row{}, ErrQuotes{Line: s.lineAfter()}
	case errors.As(err, &parse):
		return Row{}, ErrQuotes{Line: parse.StartLine + s.skipped}
	case err != nil:
		return Row{}, err
	}
	line, _ := s.csv.FieldPos(0)
	line += s.skipped
	s.budget.line, _ = s.csv.FieldPos(len(cells) - 1)
	s.budget.line += strings.Count(cells[len(cells)-1], "\n") + s.skipped
	if len(cells) > s.lim.Columns {
		return Row{}, ErrTooManyColumns{Line: line, Limit: s.lim.Columns}
	}
	if s.utf16 {
		for _, cell := range cells {
			if strings.ContainsAny(cell, "\x00\uFFFD") {
				return Row{}, ErrEncoding{Line: line, Encoding: "UTF-16", Bytes: "FFFD"}
			}
		}
	}
	return Row{Line: line, Cells: cells}, nil
}

// lineAfter is the line after the last row read whole, for errors in the middle of a row.
func (s *csvSource) lineAfter() int { return max(s.budget.line, s.skipped) + 1 }

var (
	errRecordTooLong     = errors.New("record too long")
	errTooManySeparators = errors.New("too many separators in a record")
)

// recordBudget stops a csv.Reader, which holds a whole record in memory, from reading on and on
// for one.
type recordBudget struct {
	r         io.Reader
	comma     byte
	size      int // bytes a record may take
	columns   int
	read      int
	separated int
	lines     int
	line      int // last line of the last whole record
}

func (b *recordBudget) reset() { b.read, b.separated, b.lines = 0, 0, 0 }

func (b *recordBudget) Read(p []byte) (int, error) {
	if b.read > b.size {
		// Whole rows behind an open quotation mark have line breaks among their separators.
		if b.separated > b.columns*(b.lines+1) {
			return 0, errTooManySeparators
		}
		return 0, errRecordTooLong
	}
	n, err := b.r.Read(p)
	b.read += n
	b.separated += bytes.Count(p[:n], []byte{b.comma})
	b.lines += bytes.Count(p[:n], []byte{'\n'})
	return n, err
}

// separatorLine reads the line "sep=;" by which Excel is told the separator.
func separatorLine(sample []byte) (rune, bool) {
	line, _, _ := bytes.Cut(sample, []byte{'\n'})
	line = bytes.ToLower(bytes.TrimRight(line, "\r"))
	if len(line) == len("sep=;") && bytes.HasPrefix(line, []byte("sep=")) && bytes.ContainsAny(line[4:], ",;\t|") {
		return rune(line[4]), true
	}
	return 0, false
}

// separator chooses the character that cuts the first rows most evenly, then into most cells.
func separator(sample []byte) rune {
	if end := bytes.LastIndexByte(sample, '\n'); end >= 0 && len(sample) == sampleSize {
		sample = sample[:end]
	}
	best, bestEven, bestWidth := ',', 0, 1
	for _, comma := range ";\t," {
		r := csv.NewReader(bytes.NewReader(sample))
		r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, true
		even, width := 0, 0
		for range 20 {
			cells, err := r.Read()
			if err != nil {
				break
			}
			if width == 0 {
				width = len(cells)
			}
			if len(cells) == width {
				even++
			}
		}
		if width > 1 && (even > bestEven || even == bestEven && width > bestWidth) {
			best, bestEven, bestWidth = comma, even, width
		}
	}
	return best
}
