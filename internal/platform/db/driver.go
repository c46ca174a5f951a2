package db

import (
	"container/list"
	"context"
	"database/sql/driver"
	"io"

	"github.com/jackc/pgx/v5/stdlib"
)

// The drivers are wrapped so that every error leaves them classified, also the
// one that an sql.Row keeps until Scan, and so that SQLite statements stay
// prepared: database/sql compiles them anew for each call otherwise.

// connector opens the connections of one pool.
type connector func(context.Context) (driver.Conn, error)

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c(ctx)
	return conn, classify(err)
}

func (c connector) Driver() driver.Driver { return nil }

// pgConn is a PostgreSQL connection.
type pgConn struct{ *stdlib.Conn }

func (c *pgConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	result, err := c.Conn.ExecContext(ctx, query, args)
	return result, classify(err)
}

func (c *pgConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	inner, err := c.Conn.QueryContext(ctx, query, args)
	if err != nil {
		return nil, classify(err)
	}
	return &rows{Rows: inner}, nil
}

// rows classifies the errors of reading and gives its statement back when
// closed.
type rows struct {
	driver.Rows
	entry *prepared
}

func (r *rows) Next(dest []driver.Value) error {
	err := r.Rows.Next(dest)
	if err == nil || err == io.EOF {
		return err
	}
	return classify(err)
}

func (r *rows) Close() error {
	if r.entry != nil {
		r.entry.busy = false
	}
	return r.Rows.Close()
}

// liteDriverConn is what modernc.org/sqlite's connection can do.
type liteDriverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// maxPrepared bounds the statements one SQLite connection keeps compiled.
const maxPrepared = 256

// liteConn is an SQLite connection with its compiled statements, the least
// recently used of which is dropped first.
type liteConn struct {
	liteDriverConn
	byText map[string]*list.Element
	recent *list.List // of *prepared, most recent in front
}

type prepared struct {
	text string
	stmt driver.Stmt
	busy bool // its rows are open
}

func newLiteConn(inner liteDriverConn) *liteConn {
	return &liteConn{liteDriverConn: inner, byText: map[string]*list.Element{}, recent: list.New()}
}

// prepare finds or compiles a statement; it gives nil if the one it has is
// still being read.
func (c *liteConn) prepare(ctx context.Context, query string) (*prepared, error) {
	if element, ok := c.byText[query]; ok {
		c.recent.MoveToFront(element)
		entry := element.Value.(*prepared)
		if entry.busy {
			return nil, nil
		}
		return entry, nil
	}
	stmt, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, classify(err)
	}
	entry := &prepared{text: query, stmt: stmt}
	c.byText[query] = c.recent.PushFront(entry)
	if last := c.recent.Back(); c.recent.Len() > maxPrepared && !last.Value.(*prepared).busy {
		old := c.recent.Remove(last).(*prepared)
		delete(c.byText, old.text)
		old.stmt.Close()
	}
	return entry, nil
}

func (c *liteConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	entry, err := c.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	if entry == nil {
		result, err := c.liteDriverConn.ExecContext(ctx, query, args)
		return result, classify(err)
	}
	result, err := entry.stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	return result, classify(err)
}

func (c *liteConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	entry, err := c.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	if entry == nil {
		inner, err := c.liteDriverConn.QueryContext(ctx, query, args)
		if err != nil {
			return nil, classify(err)
		}
		return &rows{Rows: inner}, nil
	}
	inner, err := entry.stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, classify(err)
	}
	entry.busy = true
	return &rows{Rows: inner, entry: entry}, nil
}

func (c *liteConn) Close() error {
	for element := c.recent.Front(); element != nil; element = element.Next() {
		element.Value.(*prepared).stmt.Close()
	}
	return c.liteDriverConn.Close()
}
