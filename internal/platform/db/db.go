package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"
)

// Engine says which database is behind a DB.
type Engine int

// The engines. Citus is Postgres with an extension.
const (
	SQLite Engine = iota + 1
	Postgres
)

// String gives the engine's name in lower case.
func (e Engine) String() string {
	switch e {
	case SQLite:
		return "sqlite"
	case Postgres:
		return "postgres"
	}
	return "unknown"
}

// Options tune Open; the zero value is right for a server.
type Options struct {
	Readers  int          // connections for reading; 0 means 8; SQLite has at most two more than processors
	Writers  int          // connections for writing on PostgreSQL; 0 means 8; SQLite has one
	ReadOnly bool         // for commands beside a running server: no lock taken, every write is ErrReadOnly
	Log      *slog.Logger // nil logs nothing

	maxPages int // caps an SQLite file; tests of a full disk set it
}

// DB is an open database: a pool that reads, and a writer.
type DB struct {
	engine   Engine
	read     *sql.DB
	turns    chan struct{} // of the Views
	long     chan struct{} // of the LongViews: one at a time
	write    *sql.DB       // nil when opened read-only
	group    *grouper
	lock     io.Closer // SQLite: holds the file against a second instance
	readonly bool
}

// Querier is what stores read through: the reader pool or a transaction.
type Querier interface {
	// Query returns the rows of a SELECT or of a statement with RETURNING.
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	// QueryRow returns the first row; its Scan gives ErrNoRows if there is none.
	QueryRow(ctx context.Context, query string, args ...any) *sql.Row
}

// Open opens "sqlite:PATH", a bare path, or "postgres://…". An SQLite file is
// created if missing and held against a second instance (ErrInUse).
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	if o.Readers == 0 {
		o.Readers = 8
	}
	o.Readers = max(o.Readers, 3) // for a View, a LongView and a Read beside them
	if o.Writers == 0 {
		o.Writers = 8
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	scheme, rest, found := strings.Cut(url, ":")
	switch {
	case scheme == "postgres" || scheme == "postgresql":
		return openPostgres(ctx, url, o)
	case scheme == "sqlite":
		return openSQLite(ctx, strings.TrimPrefix(rest, "//"), o)
	case found && strings.HasPrefix(rest, "//"):
		return nil, fmt.Errorf("database address begins with %q: use sqlite:PATH or postgres://USER@HOST/NAME", scheme+"://")
	}
	return openSQLite(ctx, url, o)
}

// Engine says which database this is.
func (d *DB) Engine() Engine { return d.engine }

// Close waits for running writes and closes every connection.
func (d *DB) Close() error {
	var errs []error
	if d.group != nil {
		d.group.close()
	}
	errs = append(errs, d.read.Close())
	if d.write != nil {
		errs = append(errs, d.write.Close())
	}
	if d.lock != nil {
		errs = append(errs, d.lock.Close())
	}
	return errors.Join(errs...)
}

// Ping reports whether both pools can work, for /readyz. An SQLite writer
// that is busy with a long transaction counts as working.
func (d *DB) Ping(ctx context.Context) error {
	if err := ping(ctx, d.read); err != nil {
		return err
	}
	if d.write == nil || d.engine == SQLite && d.write.Stats().InUse > 0 {
		return nil
	}
	return ping(ctx, d.write)
}

// ping passes over connections that died while they were idle.
func ping(ctx context.Context, pool *sql.DB) (err error) {
	for range pool.Stats().OpenConnections + 1 {
		if err = pool.PingContext(ctx); !errors.Is(err, driver.ErrBadConn) {
			break
		}
	}
	return classify(err)
}

// Read gives the reader pool: each statement sees what is committed when it
// starts.
func (d *DB) Read() Querier { return pool{d.read} }

type pool struct{ *sql.DB }

func (p pool) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := p.QueryContext(ctx, query, args...)
	return rows, classify(err)
}

func (p pool) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return p.QueryRowContext(ctx, query, args...)
}

// newTurns leaves a connection to a LongView and one to Read.
func newTurns(o Options) chan struct{} { return make(chan struct{}, max(1, o.Readers-2)) }

// View runs fn against one consistent snapshot that cannot be written to. Who
// came first has the first turn: database/sql gives a free connection to anyone
// who waits, and the unlucky waited nearly twice as long. fn must call neither
// View nor LongView, and must not wait for anything but the database: others
// wait for its turn.
func (d *DB) View(ctx context.Context, fn func(Querier) error) error {
	return d.view(ctx, d.turns, fn)
}

// LongView is View for work of seconds, such as a download: it takes nobody's
// turn. One runs at a time.
func (d *DB) LongView(ctx context.Context, fn func(Querier) error) error {
	return d.view(ctx, d.long, fn)
}

func (d *DB) view(ctx context.Context, turns chan struct{}, fn func(Querier) error) error {
	select {
	case turns <- struct{}{}:
		defer func() { <-turns }()
	case <-ctx.Done():
		return ctx.Err()
	}
	options := &sql.TxOptions{ReadOnly: true}
	if d.engine == Postgres {
		options.Isolation = sql.LevelRepeatableRead
	}
	tx, err := d.read.BeginTx(ctx, options)
	if err != nil {
		return classify(err)
	}
	defer tx.Rollback()
	return classify(fn(snapshot{tx}))
}

type snapshot struct{ *sql.Tx }

func (s snapshot) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := s.QueryContext(ctx, query, args...)
	return rows, classify(err)
}

func (s snapshot) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return s.QueryRowContext(ctx, query, args...)
}

// attempts is how often Write runs fn on PostgreSQL before a conflict with
// other transactions is given back as ErrBusy.
const attempts = 6

// Write runs fn in one transaction on the writer: all or nothing, durable on
// return. On PostgreSQL serialization failures and deadlocks are retried, so
// fn may run again and must be idempotent in memory. A panic in fn rolls back
// and goes on. If the connection is lost during the commit the outcome is
// unknown (ErrUnavailable): a client repeats the request under the same id.
func (d *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	if d.readonly {
		return errReadOnly()
	}
	for attempt := 1; ; attempt++ {
		err := d.writeOnce(ctx, fn)
		if err == nil || attempt == attempts || !retryable(err) {
			return err
		}
		pause := time.Duration(rand.Int64N(int64(2*time.Millisecond) << attempt))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (d *DB) writeOnce(ctx context.Context, fn func(tx *Tx) error) error {
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return classify(err)
	}
	defer conn.Close()
	inner, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return classify(err)
	}
	defer inner.Rollback() // after a commit this does nothing
	tx := &Tx{engine: d.engine, conn: conn, tx: inner}
	if err := fn(tx); err != nil {
		return classify(err)
	}
	if tx.failed != nil {
		return tx.failed
	}
	if err := inner.Commit(); err != nil {
		return classify(err)
	}
	conn.Close() // hooks may write
	tx.committed()
	return nil
}

// Group is Write for small hot writes such as ballots and voices. On SQLite
// callers that arrive together share one commit, each in a savepoint of its
// own, so that one's error does not touch another's; it returns after the
// shared commit is durable. Since its statements share a transaction, ctx is
// looked at between them and cannot interrupt one. On PostgreSQL, which groups
// commits itself, it is Write.
func (d *DB) Group(ctx context.Context, fn func(tx *Tx) error) error {
	if d.group == nil {
		return d.Write(ctx, fn)
	}
	return d.group.do(ctx, fn)
}
