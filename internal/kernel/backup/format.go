package backup

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"slices"
	"unicode/utf8"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/platform/seal"
)

// The name of the format and the newest version of it that this program knows.
const (
	Format  = "odaq-backup"
	Version = 1
)

// Header is the first line of a backup.
type Header struct {
	Format  string      `json:"format"`
	Version int         `json:"version"`
	Odaq    string      `json:"odaq"`   // version of the program that wrote it
	Engine  string      `json:"engine"` // sqlite or postgres
	Taken   cal.Instant `json:"taken"`  // of the snapshot
	Keyset  string      `json:"keyset"` // fingerprint of the keyset file, in hexadecimal
	// Keys are the numbers of the keys that something in it may be sealed with.
	Keys   []seal.KeyID `json:"keys,omitempty"`
	Schema []string     `json:"schema"` // applied schema files: membership/0001_membership.sql
	Tables int          `json:"tables"`
	Rows   int64        `json:"rows"`
	Audit  Link         `json:"audit"` // the last entry of the audit trail
}

// Link is an entry of the audit trail: its number and its hash in hexadecimal.
type Link struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// Table is the line before the rows of a table.
type Table struct {
	Name    string   `json:"table"`
	Columns []string `json:"columns"`
	Types   []string `json:"types"` // bigint, text or bytea
	Rows    int64    `json:"rows"`
}

// Digest is how many rows a table has, and the SHA-256 of their lines.
type Digest struct {
	Table  string `json:"end"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// trailer is the last line.
type trailer struct {
	End    string `json:"end"`
	Tables int    `json:"tables"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// endOfAll is what a trailer ends. No table has the name.
const endOfAll = "backup"

// Writer writes the lines of a backup.
type Writer struct {
	out        *bufio.Writer
	all, lines hash.Hash
	rows       *json.Encoder // of rows, into lines and out
	table      Table
	wrote      trailer
}

// NewWriter begins a backup with its header; Format and Version are set here.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	v := &Writer{out: bufio.NewWriterSize(w, 1<<16), all: sha256.New(), lines: sha256.New()}
	v.rows = json.NewEncoder(io.MultiWriter(v.lines, v.out))
	v.rows.SetEscapeHTML(false)
	h.Format, h.Version = Format, Version
	return v, v.mark(h)
}

// mark writes a line that is an object.
func (w *Writer) mark(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	w.all.Write(line)
	_, err = w.out.Write(line)
	return err
}

// Begin begins a table, after Done with the one before.
func (w *Writer) Begin(t Table) error {
	w.table = t
	w.table.Rows = 0
	w.lines.Reset()
	return w.mark(t)
}

// Row writes a row of the table: int64, string, []byte or nil for each column.
// Text that is not UTF-8 is an error: it could not be told from what it became.
func (w *Writer) Row(values []any) error {
	size := 0
	for i, v := range values {
		switch v := v.(type) {
		case string:
			size += len(v)
			if !utf8.ValidString(v) {
				return fault.New(fault.Invalid, "cli.backup-not-text", "Table", w.table.Name, "Column", w.table.Columns[i])
			}
		case []byte:
			size += len(v)
			if v == nil { // as SQLite's driver gives empty bytes; NULL has no type
				values[i] = []byte{}
			}
		}
	}
	if size > maxRow {
		return fmt.Errorf("backup: a row of %s has %d bytes; no reader takes more than %d", w.table.Name, size, maxRow)
	}
	w.table.Rows++
	return w.rows.Encode(values)
}

// Done ends a table.
func (w *Writer) Done() error {
	w.wrote.Tables++
	w.wrote.Rows += w.table.Rows
	return w.mark(Digest{w.table.Name, w.table.Rows, hex.EncodeToString(w.lines.Sum(nil))})
}

// Close ends the backup. It does not close what is written to.
func (w *Writer) Close() error {
	w.wrote.End, w.wrote.SHA256 = endOfAll, hex.EncodeToString(w.all.Sum(nil))
	if err := w.mark(w.wrote); err != nil {
		return err
	}
	return w.out.Flush()
}

// maxRow bounds the values of a row, of which the largest are pieces of imported
// files, and maxLine what becomes of them as JSON: text at most six times as long.
const (
	maxRow  = 8 << 20
	maxLine = 64 << 20
)

// Reader reads the lines of a backup and holds them against their digests.
type Reader struct {
	Header Header

	in         *bufio.Reader
	line       []byte
	all, lines hash.Hash
	table      Table
	pending    bool // the rows of table were not read to their end
	cells      []any
	into       []any
	read       trailer
	digests    []Digest
}

// NewReader reads the header.
func NewReader(r io.Reader) (*Reader, error) {
	v := &Reader{in: bufio.NewReaderSize(r, 1<<16), all: sha256.New(), lines: sha256.New()}
	if err := v.next(); err != nil {
		return nil, err
	}
	if json.Unmarshal(v.line, &v.Header) != nil || v.Header.Format != Format {
		return nil, fault.New(fault.Invalid, "cli.backup-foreign")
	}
	if v.Header.Version < 1 || v.Header.Version > Version {
		return nil, fault.New(fault.Unready, "cli.backup-newer-format", "Version", v.Header.Version, "Odaq", v.Header.Odaq)
	}
	v.all.Write(v.line)
	return v, nil
}

// next reads a line with its end.
func (r *Reader) next() error {
	r.line = r.line[:0]
	for {
		part, err := r.in.ReadSlice('\n')
		r.line = append(r.line, part...)
		switch {
		case err == nil:
			return nil
		case err == io.EOF:
			return fault.New(fault.Invalid, "cli.backup-cut").Because(io.ErrUnexpectedEOF)
		case err != bufio.ErrBufferFull:
			return err
		case len(r.line) > maxLine:
			return r.broken(errors.New("a line is too long"))
		}
	}
}

// broken says that what was decrypted is no whole backup.
func (r *Reader) broken(cause error) error {
	return fault.New(fault.Invalid, "cli.backup-broken", "Table", r.table.Name).Because(cause)
}

// Next gives the next table, whose Rows must then be read to their end; io.EOF
// after the last, when the whole backup was read and found whole.
func (r *Reader) Next() (Table, error) {
	if r.pending {
		return Table{}, errors.New("backup: the rows of the table before were not read")
	}
	if err := r.next(); err != nil {
		return Table{}, err
	}
	var t Table
	if err := json.Unmarshal(r.line, &t); err != nil {
		return Table{}, r.broken(err)
	}
	if t.Name == "" {
		return Table{}, r.finish()
	}
	for _, name := range t.Types {
		if !slices.Contains([]string{bigint, text, bytea}, name) {
			return Table{}, r.broken(fmt.Errorf("unknown type %q", name))
		}
	}
	if len(t.Columns) != len(t.Types) || len(t.Columns) == 0 {
		return Table{}, r.broken(errors.New("columns and types differ in number"))
	}
	r.all.Write(r.line)
	r.table, r.pending, r.cells = t, true, cellsOf(t.Types)
	r.lines.Reset()
	return t, nil
}

// The types of columns.
const (
	bigint = "bigint"
	text   = "text"
	bytea  = "bytea"
)

// finish compares the trailer with what was read.
func (r *Reader) finish() error {
	var t trailer
	if err := json.Unmarshal(r.line, &t); err != nil || t.End != endOfAll {
		return r.broken(errors.New("neither a table nor the end"))
	}
	want := r.read
	want.End, want.SHA256 = endOfAll, hex.EncodeToString(r.all.Sum(nil))
	if t != want || t.Tables != r.Header.Tables || t.Rows != r.Header.Rows {
		return r.broken(errors.New("the last line does not fit what came before"))
	}
	if _, err := r.in.ReadByte(); err == nil {
		return r.broken(errors.New("something follows the last line"))
	} else if err != io.EOF {
		return err
	}
	return io.EOF
}

// Rows reads the rows of the table: int64, string, []byte or nil for each
// column. An error ends them.
func (r *Reader) Rows() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		var n int64
		for {
			if err := r.next(); err != nil {
				yield(nil, err)
				return
			}
			if r.line[0] != '[' {
				if err := r.done(n); err != nil {
					yield(nil, err)
				}
				return
			}
			row, err := r.row()
			if err != nil {
				yield(nil, r.broken(fmt.Errorf("row %d: %w", n+1, err)))
				return
			}
			r.lines.Write(r.line)
			n++
			if !yield(row, nil) {
				return
			}
		}
	}
}

// cellsOf are pointers for json to decode a row of the types into.
func cellsOf(types []string) []any {
	cells := make([]any, len(types))
	for i, name := range types {
		switch name {
		case bigint:
			cells[i] = new(int64)
		case text:
			cells[i] = new(string)
		case bytea:
			cells[i] = new([]byte)
		}
	}
	return cells
}

// row decodes the line into values of the columns' types.
func (r *Reader) row() ([]any, error) {
	into := append(r.into[:0], r.cells...) // of NULL json makes nil
	if err := json.Unmarshal(r.line, &into); err != nil {
		return nil, err
	}
	if len(into) != len(r.cells) {
		return nil, fmt.Errorf("%d values for %d columns", len(into), len(r.cells))
	}
	r.into = into
	row := make([]any, len(into))
	for i, v := range into {
		switch v := v.(type) {
		case *int64:
			row[i] = *v
		case *string:
			row[i] = *v
		case *[]byte:
			row[i] = *v
		}
	}
	return row, nil
}

// done compares the end of a table with what was read.
func (r *Reader) done(n int64) error {
	var d Digest
	if err := json.Unmarshal(r.line, &d); err != nil {
		return r.broken(err)
	}
	if want := (Digest{r.table.Name, n, hex.EncodeToString(r.lines.Sum(nil))}); d != want || r.table.Rows != n {
		return r.broken(fmt.Errorf("%d rows were announced and %d read, or one was changed", r.table.Rows, n))
	}
	r.all.Write(r.line)
	r.read.Tables++
	r.read.Rows += n
	r.digests = append(r.digests, d)
	r.pending = false
	return nil
}

// Digests are those of the tables read so far.
func (r *Reader) Digests() []Digest { return slices.Clone(r.digests) }

// Check reads all that is left and tells whether the backup is whole. progress
// hears how many rows were read.
func (r *Reader) Check(progress func(done, total int64)) error {
	var n int64
	for {
		switch _, err := r.Next(); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		for _, err := range r.Rows() {
			if err != nil {
				return err
			}
			if n++; n%progressEvery == 0 {
				progress(n, r.Header.Rows)
			}
		}
	}
}

// progressEvery is how many rows pass between two looks at the bar.
const progressEvery = 1 << 13
