package backup

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/rekey"
	"odaq/internal/platform/db"
)

// Dump says what is written, and to whom.
type Dump struct {
	DB       *db.DB
	Sources  []db.Source // all schema blocks of the program
	Odaq     string      // its version
	Keyset   []byte      // fingerprint of the keyset file
	Taken    cal.Instant
	To       []age.Recipient
	Progress func(done, total int64) // rows; may be nil
}

// Write writes one snapshot of all tables to w, encrypted, and returns its
// header. It takes nobody's turn and runs beside a server; the tables must be
// those of this program.
func (d *Dump) Write(ctx context.Context, w io.Writer) (Header, error) {
	var h Header
	err := d.DB.LongView(ctx, func(q db.Querier) error {
		tables, err := d.tables(ctx, q)
		if err != nil {
			return err
		}
		out, err := wrap(w, d.To)
		if err != nil {
			return err
		}
		h, err = d.write(ctx, q, tables, out)
		return errors.Join(err, out.Close())
	})
	return h, err
}

// tables are all tables of the sources as the database has them, in the order
// in which they are made.
func (d *Dump) tables(ctx context.Context, q db.Querier) ([]db.Table, error) {
	other := func(missing, unknown []string) error {
		return fault.New(fault.Unready, "cli.backup-other-tables", "Missing", list(missing), "Unknown", list(unknown))
	}
	files, err := db.SchemaFiles(d.Sources)
	if err != nil {
		return nil, err
	}
	migrated, err := d.DB.Migrated(ctx, q)
	if err != nil {
		return nil, err
	}
	if !migrated {
		return nil, other(files, nil)
	}
	applied, err := d.DB.Applied(ctx, q, d.Sources)
	if err != nil {
		return nil, err
	}
	if missing, unknown := without(files, applied), without(applied, files); len(missing)+len(unknown) > 0 {
		return nil, other(missing, unknown)
	}
	return own(ctx, d.DB, q, d.Sources)
}

// own are the tables of the sources in a database, in the order in which they
// are made. What others keep beside them, as extensions of PostgreSQL do, is
// not ours.
func own(ctx context.Context, d *db.DB, q db.Querier, sources []db.Source) ([]db.Table, error) {
	names, err := db.TableNames(d.Engine(), sources)
	if err != nil {
		return nil, err
	}
	there, err := d.Tables(ctx, q)
	if err != nil {
		return nil, err
	}
	tables := make([]db.Table, len(names))
	for i, name := range names {
		at := slices.IndexFunc(there, func(t db.Table) bool { return t.Name == name })
		if at < 0 {
			return nil, fmt.Errorf("backup: the table %s of the schema files is not in the database", name)
		}
		tables[i] = there[at]
	}
	return tables, nil
}

// without are the elements of all that are not in others.
func without(all, others []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(others, s) })
}

func list(names []string) string {
	if len(names) == 0 {
		return "—"
	}
	return strings.Join(names, ", ")
}

func (d *Dump) header(ctx context.Context, q db.Querier, tables []db.Table) (h Header, counts []int64, err error) {
	h = Header{Odaq: d.Odaq, Engine: d.DB.Engine().String(), Taken: d.Taken, Keyset: hex.EncodeToString(d.Keyset), Tables: len(tables)}
	if h.Schema, err = d.DB.Applied(ctx, q, d.Sources); err != nil {
		return h, nil, err
	}
	if h.Keys, err = rekey.Known(ctx, d.DB, q); err != nil {
		return h, nil, err
	}
	if h.Audit, err = lastLink(ctx, q); err != nil {
		return h, nil, err
	}
	for _, t := range tables {
		var n int64
		if err := q.QueryRow(ctx, "SELECT count(*) FROM "+t.Name).Scan(&n); err != nil {
			return h, nil, err
		}
		counts = append(counts, n)
		h.Rows += n
	}
	return h, counts, nil
}

// lastLink is the last entry of the audit trail, the zero Link where it is empty.
func lastLink(ctx context.Context, q db.Querier) (Link, error) {
	var l Link
	var hash []byte
	err := q.QueryRow(ctx, "SELECT seq, hash FROM audit_head WHERE id = 1").Scan(&l.Seq, &hash)
	if err == db.ErrNoRows {
		return l, nil
	}
	l.Hash = hex.EncodeToString(hash)
	return l, err
}

func (d *Dump) write(ctx context.Context, q db.Querier, tables []db.Table, w io.Writer) (Header, error) {
	h, counts, err := d.header(ctx, q, tables)
	if err != nil {
		return h, err
	}
	out, err := NewWriter(w, h)
	if err != nil {
		return h, err
	}
	progress := d.Progress
	if progress == nil {
		progress = func(int64, int64) {}
	}
	var done int64
	for i, t := range tables {
		err := dumpTable(ctx, q, t, counts[i], out, func() {
			if done++; done%progressEvery == 0 {
				progress(done, h.Rows)
			}
		})
		if err != nil {
			return h, fmt.Errorf("the table %s: %w", t.Name, err)
		}
	}
	progress(done, h.Rows)
	return h, out.Close()
}

// dumpTable writes the rows in the order of the primary key: SQLite has them so,
// and takes them back in that order much faster than in any other.
func dumpTable(ctx context.Context, q db.Querier, t db.Table, n int64, out *Writer, wrote func()) error {
	columns, types := describe(t)
	if err := out.Begin(Table{t.Name, columns, types, n}); err != nil {
		return err
	}
	query := "SELECT " + strings.Join(columns, ", ") + " FROM " + t.Name
	if len(t.Key) > 0 {
		query += " ORDER BY " + strings.Join(t.Key, ", ")
	}
	rows, err := q.Query(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := out.Row(values); err != nil {
			return err
		}
		wrote()
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return out.Done()
}

func describe(t db.Table) (columns, types []string) {
	for _, c := range t.Columns {
		columns, types = append(columns, c.Name), append(types, c.Type)
	}
	return columns, types
}
