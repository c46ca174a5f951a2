package db

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Tx is a transaction that may write. It is for one goroutine.
type Tx struct {
	engine Engine
	conn   *sql.Conn
	tx     *sql.Tx
	depth  int
	hooks  []func()
	failed error // the statement error that only a rollback clears
	shared bool  // other callers' work is in this transaction: never interrupt it
}

// Engine says which database the transaction runs on.
func (tx *Tx) Engine() Engine { return tx.engine }

// ready gives the context for the next statement, or the reason there can be
// none.
func (tx *Tx) ready(ctx context.Context) (context.Context, error) {
	if tx.failed != nil {
		return nil, fmt.Errorf("an earlier statement of this transaction failed: %w", tx.failed)
	}
	if !tx.shared {
		return ctx, nil
	}
	// SQLite rolls the whole transaction back when a statement is interrupted.
	return context.WithoutCancel(ctx), ctx.Err()
}

// fail notes a statement's error, so that SQLite refuses what PostgreSQL would.
func (tx *Tx) fail(err error) error {
	if err != nil {
		err = classify(err)
		tx.failed = err
	}
	return err
}

// Exec runs a statement and returns the number of rows it affected.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	ctx, err := tx.ready(ctx)
	if err != nil {
		return 0, err
	}
	result, err := tx.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, tx.fail(err)
	}
	return result.RowsAffected()
}

// Query returns the rows of a SELECT or of a statement with RETURNING. Close
// them before the next statement.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, err := tx.ready(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.tx.QueryContext(ctx, query, args...)
	return rows, tx.fail(err)
}

// QueryRow returns the first row; its Scan gives ErrNoRows if there is none.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	safe, err := tx.ready(ctx)
	if err != nil {
		return tx.tx.QueryRowContext(refusal{ctx, err}, query, args...)
	}
	row := tx.tx.QueryRowContext(safe, query, args...)
	tx.fail(row.Err())
	return row
}

// refusal is a context that is over for a reason of ours: an sql.Row with an
// error in it cannot be made by hand.
type refusal struct {
	context.Context
	err error
}

func (r refusal) Err() error            { return r.err }
func (r refusal) Done() <-chan struct{} { return over }

var over = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// Savepoint runs fn so that its error undoes what fn did and nothing else; the
// error is returned.
func (tx *Tx) Savepoint(ctx context.Context, fn func() error) error {
	ctx, err := tx.ready(ctx)
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	tx.depth++
	defer func() { tx.depth-- }()
	name := "s" + strconv.Itoa(tx.depth)
	if _, err := tx.tx.ExecContext(ctx, "SAVEPOINT "+name); err != nil {
		return tx.fail(err)
	}
	hooks := len(tx.hooks)
	err = classify(fn())
	if err == nil {
		err = tx.failed
	}
	if err == nil {
		_, err = tx.tx.ExecContext(ctx, "RELEASE SAVEPOINT "+name)
		return tx.fail(err)
	}
	tx.hooks = slices.Delete(tx.hooks, hooks, len(tx.hooks))
	if _, rollback := tx.tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT "+name); rollback != nil {
		// The engine gave up the whole transaction (full disk, lost connection).
		tx.failed = err
		return err
	}
	tx.failed = nil
	if _, release := tx.tx.ExecContext(ctx, "RELEASE SAVEPOINT "+name); release != nil {
		tx.fail(release)
	}
	return err
}

// AfterCommit registers fn to run once the transaction is durable, in order of
// registration; it does not run if the transaction or its savepoint is rolled
// back.
func (tx *Tx) AfterCommit(fn func()) { tx.hooks = append(tx.hooks, fn) }

func (tx *Tx) committed() {
	for _, hook := range tx.hooks {
		hook()
	}
}

// Bulk appends rows to a table and returns how many: COPY on PostgreSQL, one
// prepared insert on SQLite. Every row has a value per column. An error, also
// one that rows yields, leaves the transaction fit only for rollback. Rows
// must not use the transaction.
func (tx *Tx) Bulk(ctx context.Context, table string, columns []string, rows iter.Seq2[[]any, error]) (int64, error) {
	ctx, err := tx.ready(ctx)
	if err != nil {
		return 0, err
	}
	var n int64
	if tx.engine == Postgres {
		n, err = tx.copyFrom(ctx, table, columns, rows)
	} else {
		n, err = tx.insertEach(ctx, table, columns, rows)
	}
	return n, tx.fail(err)
}

func (tx *Tx) copyFrom(ctx context.Context, table string, columns []string, rows iter.Seq2[[]any, error]) (n int64, err error) {
	next, stop := iter.Pull2(rows)
	defer stop()
	var bad error // pgx passes on only the text of it
	source := pgx.CopyFromFunc(func() ([]any, error) {
		row, err, more := next()
		if !more {
			return nil, nil
		}
		bad = err
		return row, err
	})
	err = tx.conn.Raw(func(driverConn any) error {
		n, err = driverConn.(*pgConn).Conn.Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, source)
		return err
	})
	if bad != nil {
		return 0, bad
	}
	return n, err
}

// rowsAtOnce is how many rows one SQLite statement inserts: with one each an
// import took a third longer.
const rowsAtOnce = 64

// insertEach binds rows to prepared statements, several to one. Interrupting it
// would cost a goroutine per statement, so the context is looked at in between.
func (tx *Tx) insertEach(ctx context.Context, table string, columns []string, rows iter.Seq2[[]any, error]) (n int64, err error) {
	// Bare marks: the driver looks each numbered one up by its name.
	one := "(" + strings.TrimPrefix(strings.Repeat(", ?", len(columns)), ", ") + ")"
	quiet := context.WithoutCancel(ctx)
	insert := func(rows int, values []any) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		statement := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES " + strings.TrimPrefix(strings.Repeat(", "+one, rows), ", ")
		_, err := tx.tx.ExecContext(quiet, statement, values...) // the connection keeps it compiled
		return err
	}
	values := make([]any, 0, rowsAtOnce*len(columns))
	for row, err := range rows {
		if err != nil {
			return n, err
		}
		if len(row) != len(columns) {
			return n, fmt.Errorf("row %d for table %s has %d values for %d columns", n+1, table, len(row), len(columns))
		}
		values = append(values, row...)
		if n++; n%rowsAtOnce == 0 {
			if err := insert(rowsAtOnce, values); err != nil {
				return n, err
			}
			values = values[:0]
		}
	}
	for len(values) > 0 {
		if err := insert(1, values[:len(columns)]); err != nil {
			return n, err
		}
		values = values[len(columns):]
	}
	return n, nil
}
