package sheet

import (
	"fmt"
	"strings"
)

// Error is a fault of the file, for the person who sent it. Error() is English for logs and
// holds no cell's text; the words for people are looked up by Key and filled with Args.
type Error interface {
	error
	Key() string
	Args() map[string]any
}

type args = map[string]any

// ErrTooBig: the file has more bytes than allowed.
type ErrTooBig struct{ Bytes, Limit int64 }

func (e ErrTooBig) Key() string { return "exchange.too-big" }
func (e ErrTooBig) Args() map[string]any {
	return args{"Bytes": e.Bytes, "Limit": e.Limit, "Megabytes": e.Limit >> 20}
}
func (e ErrTooBig) Error() string {
	return fmt.Sprintf("file of %d bytes, at most %d allowed", e.Bytes, e.Limit)
}

// ErrTooManyRows: the table has more rows than allowed, or than the format written can hold.
type ErrTooManyRows struct{ Limit int }

func (e ErrTooManyRows) Key() string          { return "exchange.too-many-rows" }
func (e ErrTooManyRows) Args() map[string]any { return args{"Limit": e.Limit} }
func (e ErrTooManyRows) Error() string        { return fmt.Sprintf("more than %d rows", e.Limit) }

// ErrTooManyColumns: a row has more cells than allowed.
type ErrTooManyColumns struct{ Line, Limit int }

func (e ErrTooManyColumns) Key() string          { return "exchange.too-many-columns" }
func (e ErrTooManyColumns) Args() map[string]any { return args{"Line": e.Line, "Columns": e.Limit} }
func (e ErrTooManyColumns) Error() string {
	return fmt.Sprintf("line %d: more than %d columns", e.Line, e.Limit)
}

// ErrCellTooLong: a cell has more characters than allowed. Column is its title or letter.
type ErrCellTooLong struct {
	Line   int
	Column string
	Limit  int
}

func (e ErrCellTooLong) Key() string { return "exchange.cell-too-long" }
func (e ErrCellTooLong) Args() map[string]any {
	return args{"Line": e.Line, "Column": e.Column, "Limit": e.Limit}
}
func (e ErrCellTooLong) Error() string {
	return fmt.Sprintf("line %d, column %q: more than %d characters", e.Line, e.Column, e.Limit)
}

// ErrEncoding: bytes that are no text in the file's encoding (UTF-8, UTF-16, Windows-1251).
// Bytes are the first such ones, in hexadecimal: "D2 98".
type ErrEncoding struct {
	Line     int
	Encoding string
	Bytes    string
}

func (e ErrEncoding) Key() string { return "exchange.encoding" }
func (e ErrEncoding) Args() map[string]any {
	return args{"Line": e.Line, "Encoding": e.Encoding, "Bytes": e.Bytes}
}
func (e ErrEncoding) Error() string {
	return fmt.Sprintf("line %d: bytes %s are no %s text", e.Line, e.Bytes, e.Encoding)
}

// ErrLostLetters: a Windows-1251 file has question marks where Kazakh letters were. Programs
// write them when saving ә, ғ, қ, ң, ө, ұ, ү, һ in that encoding; the letters cannot be got back.
type ErrLostLetters struct{ Line int }

func (e ErrLostLetters) Key() string          { return "exchange.lost-letters" }
func (e ErrLostLetters) Args() map[string]any { return args{"Line": e.Line} }
func (e ErrLostLetters) Error() string {
	return fmt.Sprintf("line %d: question mark in place of a letter", e.Line)
}

// ErrQuotes: a quotation mark of a CSV file is not closed, or stands inside a cell without being
// doubled, so nobody can tell where the following rows begin.
type ErrQuotes struct{ Line int }

func (e ErrQuotes) Key() string          { return "exchange.quotes" }
func (e ErrQuotes) Args() map[string]any { return args{"Line": e.Line} }
func (e ErrQuotes) Error() string        { return fmt.Sprintf("line %d: stray quotation mark", e.Line) }

// ErrNotATable: the file is something else. Format says what, if known ("PDF").
type ErrNotATable struct{ Format string }

func (e ErrNotATable) Key() string          { return "exchange.not-a-table" }
func (e ErrNotATable) Args() map[string]any { return args{"Format": e.Format} }
func (e ErrNotATable) Error() string        { return fmt.Sprintf("not a table: %q", e.Format) }

// ErrOldExcel: the workbook is in the format before 2007 (.xls) or protected by a password;
// from outside the two look the same.
type ErrOldExcel struct{}

func (e ErrOldExcel) Key() string          { return "exchange.old-excel" }
func (e ErrOldExcel) Args() map[string]any { return args{} }
func (e ErrOldExcel) Error() string        { return "old or password-protected workbook" }

// ErrDamaged: a workbook is cut short or contradicts its format. Part is the file inside it;
// Line is its row, or 0.
type ErrDamaged struct {
	Part string
	Line int
	Err  error
}

func (e ErrDamaged) Key() string          { return "exchange.damaged" }
func (e ErrDamaged) Args() map[string]any { return args{"Part": e.Part, "Line": e.Line} }
func (e ErrDamaged) Error() string {
	return fmt.Sprintf("damaged workbook, part %q, row %d: %v", e.Part, e.Line, e.Err)
}

// Unwrap returns what the decoder said.
func (e ErrDamaged) Unwrap() error { return e.Err }

// ErrZipBomb: the workbook unzips to far more than a table of its size does.
type ErrZipBomb struct{ Limit int64 }

func (e ErrZipBomb) Key() string          { return "exchange.zip-bomb" }
func (e ErrZipBomb) Args() map[string]any { return args{"Limit": e.Limit, "Megabytes": e.Limit >> 20} }
func (e ErrZipBomb) Error() string {
	return fmt.Sprintf("workbook unzips to more than %d bytes", e.Limit)
}

// ErrEmpty: the file or sheet has no text at all.
type ErrEmpty struct{}

func (e ErrEmpty) Key() string          { return "exchange.empty" }
func (e ErrEmpty) Args() map[string]any { return args{} }
func (e ErrEmpty) Error() string        { return "no header row" }

// ErrDuplicateColumn: two columns have the same title. First and Second count from 1.
type ErrDuplicateColumn struct {
	Column        string
	First, Second int
}

func (e ErrDuplicateColumn) Key() string { return "exchange.duplicate-column" }
func (e ErrDuplicateColumn) Args() map[string]any {
	return args{"Column": e.Column, "First": e.First, "Second": e.Second}
}
func (e ErrDuplicateColumn) Error() string {
	return fmt.Sprintf("columns %d and %d are both %q", e.First, e.Second, e.Column)
}

// ErrNoSheet: a workbook has no sheet of the name asked for, or, with Sheet empty, no visible one.
type ErrNoSheet struct {
	Sheet string
	Have  []string
}

func (e ErrNoSheet) Key() string { return "exchange.no-sheet" }
func (e ErrNoSheet) Args() map[string]any {
	return args{"Sheet": e.Sheet, "Have": strings.Join(e.Have, ", ")}
}
func (e ErrNoSheet) Error() string { return fmt.Sprintf("no sheet %q among %q", e.Sheet, e.Have) }
