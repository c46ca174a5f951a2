package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"modernc.org/sqlite"
)

// pragma is a setting of a connection and what reading it back must give.
type pragma struct{ name, value string }

// pragmas are set on every connection. FULL: with NORMAL a power cut loses
// acknowledged rows. The readers share 64 MiB of cache, the writer has as much
// again, and nothing is memory-mapped, so that the process stays small.
func pragmas(o Options, writer bool) []pragma {
	const cacheKiB = 64 << 10
	cache := cacheKiB
	if !writer {
		cache = cacheKiB / o.Readers
	}
	settings := []pragma{
		{"busy_timeout", "5000"}, // first: the others may have to wait
		{"journal_mode", "wal"},
		{"synchronous", "2"},
		{"foreign_keys", "1"},
		{"temp_store", "2"},
		{"mmap_size", "0"},
		{"cache_size", strconv.Itoa(-cache)},
	}
	if writer {
		// With a limit ANALYZE takes no samples of columns. Where there are samples,
		// SQLite compiles a statement anew for each new value (a fifth of a search).
		settings = append(settings, pragma{"journal_size_limit", strconv.Itoa(64 << 20)}, pragma{"analysis_limit", "1000"})
	} else {
		settings = append(settings, pragma{"query_only", "1"})
	}
	if writer && o.maxPages > 0 {
		settings = append(settings, pragma{"max_page_count", strconv.Itoa(o.maxPages)})
	}
	return settings
}

func openSQLite(ctx context.Context, path string, o Options) (d *DB, err error) {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return nil, errors.New("the SQLite address names no file: use sqlite:PATH")
	}
	path, err = place(path, o.ReadOnly)
	if err != nil {
		return nil, err
	}
	// SQLite works in this process, where more than its processors only slow each
	// other down: eight searching at once have a p99 of 26 ms with seven turns and
	// of 14 ms with two.
	o.Readers = min(o.Readers, runtime.GOMAXPROCS(0)+2)
	d = &DB{engine: SQLite, readonly: o.ReadOnly, turns: newTurns(o), long: make(chan struct{}, 1)}
	defer func() {
		if err != nil {
			d.discard()
			d, err = nil, fmt.Errorf("open %s: %w", path, err)
		}
	}()
	if !o.ReadOnly {
		if d.lock, err = holdFile(ctx, path); err != nil {
			return d, err
		}
		if err = createPrivate(path); err != nil {
			return d, err
		}
		d.write = sql.OpenDB(liteConnector(path, "_txlock=immediate", pragmas(o, true)))
		d.write.SetMaxOpenConns(1)
		if err = d.write.PingContext(ctx); err != nil {
			return d, err
		}
		d.group = newGrouper(d.write)
	}
	mode := ""
	if o.ReadOnly {
		mode = "mode=ro"
	}
	d.read = sql.OpenDB(liteConnector(path, mode, pragmas(o, false)))
	d.read.SetMaxOpenConns(o.Readers)
	d.read.SetMaxIdleConns(o.Readers)
	return d, d.read.PingContext(ctx)
}

// discard closes what a failed Open had opened.
func (d *DB) discard() {
	if d.group != nil {
		d.group.close()
	}
	if d.read != nil {
		d.read.Close()
	}
	if d.write != nil {
		d.write.Close()
	}
	if d.lock != nil {
		d.lock.Close()
	}
}

// place makes a path absolute and follows links, so that one file has one
// lock.
func place(path string, mustExist bool) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(path)
	switch {
	case err == nil:
		return real, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("open database: %w", err)
	case mustExist:
		return "", fmt.Errorf("there is no database file %s: %w", path, fs.ErrNotExist)
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", fmt.Errorf("the folder for the database file %s does not exist; create it: %w", path, err)
	}
	return filepath.Join(folder, filepath.Base(path)), nil
}

// createPrivate makes a new file readable by its owner only; the WAL files
// take over its mode.
func createPrivate(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// holdFile takes the right to write to a database file for this process, by an
// exclusive transaction on an empty database beside it: portable, and gone
// with the process however it ends.
func holdFile(ctx context.Context, path string) (io.Closer, error) {
	guard := path + ".lock"
	if err := createPrivate(guard); err != nil {
		return nil, err
	}
	lock := sql.OpenDB(liteConnector(guard, "", nil))
	lock.SetMaxOpenConns(1)
	if _, err := lock.ExecContext(ctx, "BEGIN EXCLUSIVE"); err != nil {
		lock.Close()
		if errors.Is(err, ErrBusy) {
			return nil, ErrInUse
		}
		return nil, err
	}
	return lock, nil
}

// liteConnector opens connections to a file, sets pragmas and reads each back.
func liteConnector(path, query string, settings []pragma) connector {
	// A misspelt "column" must be an error, not a string; SQL must not be able
	// to corrupt the file.
	dsn := fileURL(path) + "?_dqs=0&_defensive=1"
	if query != "" {
		dsn += "&" + query
	}
	return func(ctx context.Context) (driver.Conn, error) {
		inner, err := new(sqlite.Driver).Open(dsn)
		if err != nil {
			return nil, err
		}
		conn := newLiteConn(inner.(liteDriverConn))
		for _, setting := range settings {
			if err := conn.set(ctx, setting); err != nil {
				conn.Close()
				return nil, err
			}
		}
		return conn, nil
	}
}

func fileURL(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/…
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

func (c *liteConn) set(ctx context.Context, p pragma) error {
	_, err := c.liteDriverConn.ExecContext(ctx, "PRAGMA "+p.name+" = "+p.value, nil)
	if err != nil {
		return fmt.Errorf("pragma %s: %w", p.name, classify(err))
	}
	got, err := c.pragma(ctx, p.name)
	if err != nil {
		return fmt.Errorf("pragma %s: %w", p.name, classify(err))
	}
	if got != p.value {
		return fmt.Errorf("SQLite did not take the setting %s=%s (it has %q): the file system may not support it", p.name, p.value, got)
	}
	return nil
}

func (c *liteConn) pragma(ctx context.Context, name string) (string, error) {
	rows, err := c.liteDriverConn.QueryContext(ctx, "PRAGMA "+name, nil)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	value := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(value); err != nil {
		if err == io.EOF {
			return "", nil
		}
		return "", err
	}
	return fmt.Sprint(value[0]), nil
}
