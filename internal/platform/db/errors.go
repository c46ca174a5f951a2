package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlitecode "modernc.org/sqlite/lib"
)

// ErrNoRows is what Scan of a QueryRow gives when there is no row.
var ErrNoRows = sql.ErrNoRows

// What can go wrong, the same on every engine; compare with errors.Is. The
// texts are sentences for an operator.
var (
	ErrUnique      = errors.New("a row with this key already exists")
	ErrForeign     = errors.New("the row refers to one that does not exist, or is referred to")
	ErrCheck       = errors.New("a required value is missing or breaks a rule of its column")
	ErrBusy        = errors.New("the database was busy with conflicting changes; try again")
	ErrUnavailable = errors.New("the database cannot be reached; check that it runs and that its address is right")
	ErrDiskFull    = errors.New("the disk of the database is full; nothing was written; free some space and try again")
	ErrInUse       = errors.New("another instance is using this database file; stop it first, or open the file read-only")
	ErrReadOnly    = errors.New("the database is open for reading only")
	ErrDenied      = errors.New("the database does not let its user do this; do it as the owner of the tables")
	ErrDamaged     = errors.New("the database file is damaged or is not a database; restore it from a backup")
)

// Error is a database error of a known kind. Its text holds no values of rows.
type Error struct {
	Kind       error  // one of the Err values above, or nil if none fits
	Constraint string // see Constraint
	Code       string // SQLSTATE, or SQLite's extended result code
	Cause      error  // what the driver said; may hold values of rows: never shown
	text       string
}

// Error says what happened without any value of a row.
func (e *Error) Error() string { return e.text }

// Unwrap gives the kind and the driver's own error.
func (e *Error) Unwrap() []error {
	if e.Kind == nil {
		return []error{e.Cause}
	}
	return []error{e.Kind, e.Cause}
}

// Constraint names what a constraint error broke, or "" if unknown: the
// columns of a unique key or a required value, "member.kind, member.value", on
// both engines; otherwise the constraint's name where the engine tells it.
func Constraint(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Constraint
	}
	return ""
}

func errReadOnly() error {
	return newError(ErrReadOnly, "", "", errors.New("opened read-only"))
}

func newError(kind error, constraint, code string, cause error) *Error {
	e := &Error{Kind: kind, Constraint: constraint, Code: code, Cause: cause}
	switch {
	case kind == nil:
		e.text = "the database refused the statement"
	default:
		e.text = kind.Error()
	}
	var details []string
	if constraint != "" {
		details = append(details, constraint)
	}
	if code != "" {
		details = append(details, code)
	}
	if len(details) > 0 {
		e.text += " (" + strings.Join(details, "; ") + ")"
	}
	return e
}

// classify gives a driver's error its kind; it leaves nil, contexts' errors,
// ErrNoRows, errors of the caller's own and classified ones as they are.
func classify(err error) error {
	if err == nil {
		return nil
	}
	var known *Error
	if errors.As(err, &known) || errors.Is(err, sql.ErrNoRows) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return fromSQLite(lite, err)
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return fromPostgres(pg, err)
	}
	if _, encoding, found := strings.Cut(err.Error(), "failed to encode args["); found {
		// pgx quotes the value here.
		place, _, _ := strings.Cut(encoding, "]")
		e := newError(nil, "", "", err)
		e.text = "argument " + place + " (counted from 0) does not fit its column type"
		return e
	}
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &connect), errors.As(err, &network),
		errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return newError(ErrUnavailable, "", "", err)
	case errors.Is(err, pgx.ErrTxCommitRollback):
		return newError(nil, "", "", err)
	}
	return err
}

func fromSQLite(lite *sqlite.Error, cause error) *Error {
	code := lite.Code()
	name := "SQLite " + strconv.Itoa(code)
	switch code {
	case sqlitecode.SQLITE_CONSTRAINT_UNIQUE, sqlitecode.SQLITE_CONSTRAINT_PRIMARYKEY, sqlitecode.SQLITE_CONSTRAINT_ROWID:
		return newError(ErrUnique, sqliteConstraint(lite.Error()), name, cause)
	case sqlitecode.SQLITE_CONSTRAINT_FOREIGNKEY:
		return newError(ErrForeign, "", name, cause)
	case sqlitecode.SQLITE_CONSTRAINT_NOTNULL, sqlitecode.SQLITE_CONSTRAINT_CHECK:
		return newError(ErrCheck, sqliteConstraint(lite.Error()), name, cause)
	}
	switch code & 0xff {
	case sqlitecode.SQLITE_CONSTRAINT:
		return newError(ErrCheck, "", name, cause)
	case sqlitecode.SQLITE_BUSY, sqlitecode.SQLITE_LOCKED:
		return newError(ErrBusy, "", name, cause)
	case sqlitecode.SQLITE_FULL:
		return newError(ErrDiskFull, "", name, cause)
	case sqlitecode.SQLITE_READONLY:
		return newError(ErrReadOnly, "", name, cause)
	case sqlitecode.SQLITE_CORRUPT, sqlitecode.SQLITE_NOTADB:
		return newError(ErrDamaged, "", name, cause)
	case sqlitecode.SQLITE_CANTOPEN, sqlitecode.SQLITE_IOERR, sqlitecode.SQLITE_PERM:
		return newError(ErrUnavailable, "", name, cause)
	}
	e := newError(nil, "", name, cause)
	e.text = lite.Error() // names of tables and columns, never values
	return e
}

// sqliteConstraint cuts "member.kind, member.value" out of "constraint failed:
// UNIQUE constraint failed: member.kind, member.value (2067)".
func sqliteConstraint(text string) string {
	const mark = "constraint failed: "
	i := strings.LastIndex(text, mark)
	if i < 0 {
		return ""
	}
	text = text[i+len(mark):]
	if end := strings.LastIndex(text, " ("); end >= 0 {
		text = text[:end]
	}
	return text
}

func fromPostgres(pg *pgconn.PgError, cause error) *Error {
	code := pg.Code
	switch code {
	case "23505":
		return newError(ErrUnique, pgKey(pg), code, cause)
	case "23503":
		return newError(ErrForeign, pg.ConstraintName, code, cause)
	case "23502":
		return newError(ErrCheck, pg.TableName+"."+pg.ColumnName, code, cause)
	case "23514":
		return newError(ErrCheck, pg.ConstraintName, code, cause)
	case "40001", "40P01", "55P03":
		return newError(ErrBusy, "", code, cause)
	case "53100":
		return newError(ErrDiskFull, "", code, cause)
	case "25006":
		return newError(ErrReadOnly, "", code, cause)
	case "42501":
		return newError(ErrDenied, "", code, cause)
	case "53300", "57P01", "57P02", "57P03", "57P05":
		return newError(ErrUnavailable, "", code, cause)
	case "XX001", "XX002":
		return newError(ErrDamaged, "", code, cause)
	}
	var connect *pgconn.ConnectError
	if strings.HasPrefix(code, "08") || errors.As(cause, &connect) {
		return newError(ErrUnavailable, "", code, cause)
	}
	e := newError(nil, pg.ConstraintName, code, cause)
	if !strings.HasPrefix(code, "22") { // data exceptions quote the value
		e.text = pg.Message + " (" + code + ")"
	}
	return e
}

// pgKey gives the columns of a broken unique key as SQLite names them.
func pgKey(pg *pgconn.PgError) string {
	list, found := strings.CutPrefix(pg.Detail, "Key (")
	list, _, closed := strings.Cut(list, ")=(")
	if !found || !closed {
		return pg.ConstraintName
	}
	columns := strings.Split(list, ", ")
	for i, column := range columns {
		columns[i] = pg.TableName + "." + strings.Trim(column, `"`)
	}
	return strings.Join(columns, ", ")
}

// retryable reports a conflict that PostgreSQL asks to run again.
func retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}
