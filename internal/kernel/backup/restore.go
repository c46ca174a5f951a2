package backup

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"odaq/internal/kernel/fault"
	"odaq/internal/platform/db"
)

// Restore says what is read back, and where.
type Restore struct {
	DB      *db.DB
	Sources []db.Source // all schema blocks of the program
	// Open opens the backup from its beginning. It may be called again: a
	// transaction of PostgreSQL is repeated after a conflict.
	Open func() (*File, error)
	// Settle does, in the transaction of the rows, what must be done before anybody
	// sees them.
	Settle   func(ctx context.Context, tx *db.Tx, h Header) error
	Progress func(done, total int64) // rows; may be nil
}

// unfinished is the table that stands in a database from the beginning of a
// restore to its end. It is dropped in the transaction that brings the rows.
const unfinished = "backup_unfinished"

// Whole refuses a database whose restore was not finished. Every command but
// the restore asks.
func Whole(ctx context.Context, d *db.DB) error {
	began, err := d.Exists(ctx, d.Read(), unfinished)
	if err == nil && began {
		return fault.New(fault.Unready, "cli.backup-unfinished")
	}
	return err
}

// Fits reports whether this program can restore the backup: its tables must be
// the same. An older one is restored by the version that wrote it.
func (h Header) Fits(sources []db.Source) error {
	files, err := db.SchemaFiles(sources)
	if err != nil {
		return err
	}
	if newer := without(h.Schema, files); len(newer) > 0 {
		return fault.New(fault.Unready, "cli.backup-newer-tables", "Odaq", h.Odaq, "Files", list(newer))
	}
	if older := without(files, h.Schema); len(older) > 0 {
		return fault.New(fault.Unready, "cli.backup-older-tables", "Odaq", h.Odaq, "Files", list(older))
	}
	return nil
}

// Run makes the tables and fills them, all or nothing: rows, indexes and what
// Settle does are one transaction. The database must be empty, or one that an
// earlier Run was interrupted in.
func (r *Restore) Run(ctx context.Context) (Header, error) {
	if r.Progress == nil {
		r.Progress = func(int64, int64) {}
	}
	if err := r.begin(ctx); err != nil {
		return Header{}, err
	}
	if _, err := db.Migrate(ctx, r.DB, r.Sources); err != nil {
		return Header{}, fmt.Errorf("making the tables: %w", err)
	}
	var h Header
	err := r.DB.Write(ctx, func(tx *db.Tx) error {
		f, err := r.Open()
		if err != nil {
			return err
		}
		defer f.Close()
		h = f.Header
		if err := r.load(ctx, tx, f.Reader); err != nil {
			return err
		}
		if err := r.Settle(ctx, tx, h); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "DROP TABLE "+unfinished)
		return err
	})
	if err != nil {
		return h, err
	}
	if err := r.DB.Analyze(ctx); err != nil {
		return h, fmt.Errorf("everything is restored, but ANALYZE failed, so that searches may be slow: %w", err)
	}
	return h, nil
}

// begin marks the database as one that is being restored.
func (r *Restore) begin(ctx context.Context) error {
	q := r.DB.Read()
	if began, err := r.DB.Exists(ctx, q, unfinished); err != nil || began {
		return err
	}
	migrated, err := r.DB.Migrated(ctx, q)
	if err != nil {
		return err
	}
	there, err := r.DB.Tables(ctx, q)
	if err != nil {
		return err
	}
	names, err := db.TableNames(r.DB.Engine(), r.Sources)
	if err != nil {
		return err
	}
	if migrated || slices.ContainsFunc(there, func(t db.Table) bool { return slices.Contains(names, t.Name) }) {
		return fault.New(fault.Conflict, "cli.backup-not-empty")
	}
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "CREATE TABLE "+unfinished+" (id bigint NOT NULL PRIMARY KEY)")
		return err
	})
}

// load fills the tables. Plain indexes are made when the rows are there.
func (r *Restore) load(ctx context.Context, tx *db.Tx, in *Reader) error {
	tables, err := own(ctx, r.DB, tx, r.Sources)
	if err != nil {
		return err
	}
	if tx.Engine() == db.SQLite {
		// Whoever is erased again leaves no bytes behind in the new file.
		if _, err := tx.Exec(ctx, "-- only: sqlite\nPRAGMA secure_delete = 1"); err != nil {
			return err
		}
	}
	var indexes []string
	for _, t := range slices.Backward(tables) {
		// The schema files put a few rows where the backup has its own.
		if _, err := tx.Exec(ctx, "DELETE FROM "+t.Name); err != nil {
			return err
		}
		made, err := db.DropIndexes(ctx, tx, t.Name)
		if err != nil {
			return err
		}
		indexes = append(indexes, made...)
	}
	var done int64
	for _, t := range tables {
		if done, err = r.fill(ctx, tx, t, in, done); err != nil {
			return err
		}
	}
	switch t, err := in.Next(); {
	case err == nil:
		return in.broken(fmt.Errorf("the table %s is unknown or out of its order", t.Name))
	case err != io.EOF:
		return err
	}
	for _, statement := range indexes {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	r.Progress(done, in.Header.Rows)
	return nil
}

// fill brings the rows of the next table, which must be t.
func (r *Restore) fill(ctx context.Context, tx *db.Tx, t db.Table, in *Reader, done int64) (int64, error) {
	next, err := in.Next()
	if err == io.EOF {
		return done, in.broken(fmt.Errorf("the table %s is missing", t.Name))
	}
	if err != nil {
		return done, err
	}
	columns, types := describe(t)
	if next.Name != t.Name || !slices.Equal(next.Columns, columns) || !slices.Equal(next.Types, types) {
		return done, in.broken(fmt.Errorf("the columns of %s are (%s), not those of %s", next.Name, strings.Join(next.Columns, ", "), t.Name))
	}
	_, err = tx.Bulk(ctx, t.Name, columns, ahead(in.Rows(), func() {
		if done++; done%progressEvery == 0 {
			r.Progress(done, in.Header.Rows)
		}
	}))
	if err != nil {
		return done, fmt.Errorf("the table %s: %w", t.Name, err)
	}
	return done, nil
}

// batch is how many rows are decoded before they are handed on, and batches how
// many may wait.
const (
	batch   = 256
	batches = 8
)

type decoded struct {
	rows [][]any
	err  error
}

// ahead decodes rows in a goroutine of its own, beside the database. gave is
// called for each.
func ahead(rows iter.Seq2[[]any, error], gave func()) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		parts, stop, ended := make(chan decoded, batches), make(chan struct{}), make(chan struct{})
		defer func() {
			close(stop)
			<-ended // the reader is free again
		}()
		go func() {
			defer close(ended)
			defer close(parts)
			hand := func(d decoded) bool {
				select {
				case parts <- d:
					return true
				case <-stop:
					return false
				}
			}
			part := make([][]any, 0, batch)
			for row, err := range rows {
				if err != nil {
					hand(decoded{part, err})
					return
				}
				if part = append(part, row); len(part) == batch {
					if !hand(decoded{rows: part}) {
						return
					}
					part = make([][]any, 0, batch)
				}
			}
			hand(decoded{rows: part})
		}()
		for d := range parts {
			for _, row := range d.rows {
				gave()
				if !yield(row, nil) {
					return
				}
			}
			if d.err != nil {
				yield(nil, d.err)
				return
			}
		}
	}
}
