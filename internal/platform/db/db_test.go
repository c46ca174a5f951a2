package db_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// schema is a small area: unions and their members.
var schema = []db.Source{{Name: "trial", Number: 7, FS: fstest.MapFS{
	"0001_trial.sql": {Data: []byte(`
CREATE TABLE trial_union (
	id bigint PRIMARY KEY,
	name text COLLATE "C" NOT NULL
);
CREATE TABLE trial_member (
	union_id bigint NOT NULL REFERENCES trial_union (id),
	number bigint,
	name text COLLATE "C" NOT NULL,
	sealed bytea,
	CONSTRAINT trial_number_positive CHECK (number > 0),
	PRIMARY KEY (union_id, number)
);
CREATE INDEX trial_member_name ON trial_member (name, number);
CREATE UNIQUE INDEX trial_union_name ON trial_union (name);
`)}}}}

func migrate(t testing.TB, d *db.DB) {
	t.Helper()
	if _, err := db.Migrate(t.Context(), d, schema); err != nil {
		t.Fatal(err)
	}
	write(t, d, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), "INSERT INTO trial_union (id, name) VALUES ($1, $2)", 1, "Кәсіподақ")
		return err
	})
}

func write(t testing.TB, d *db.DB, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

const insertMember = "INSERT INTO trial_member (union_id, number, name) VALUES ($1, $2, $3)"

func numbers(t testing.TB, q db.Querier) []int64 {
	t.Helper()
	rows, err := q.Query(t.Context(), "SELECT number FROM trial_member ORDER BY number")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got := []int64{}
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		got = append(got, n)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestWriteIsAllOrNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		migrate(t, d)
		ctx := t.Context()
		add := func(tx *db.Tx, n int) error {
			affected, err := tx.Exec(ctx, insertMember, 1, n, "Айгүл")
			if err == nil && affected != 1 {
				err = fmt.Errorf("%d rows affected", affected)
			}
			return err
		}
		var hooks []string
		write(t, d, func(tx *db.Tx) error {
			tx.AfterCommit(func() { hooks = append(hooks, "first") })
			return add(tx, 1)
		})
		sentinel := errors.New("changed my mind")
		err := d.Write(ctx, func(tx *db.Tx) error {
			tx.AfterCommit(func() { hooks = append(hooks, "never") })
			return errors.Join(add(tx, 2), sentinel)
		})
		if !errors.Is(err, sentinel) {
			t.Errorf("Write gave %v, not the function's error", err)
		}
		func() {
			defer func() {
				if recover() != "boom" {
					t.Error("the panic did not come through")
				}
			}()
			d.Write(ctx, func(tx *db.Tx) error {
				add(tx, 3)
				panic("boom")
			})
		}()
		write(t, d, func(tx *db.Tx) error { // the writer is free again
			err := tx.Savepoint(ctx, func() error {
				tx.AfterCommit(func() { hooks = append(hooks, "undone") })
				return errors.Join(add(tx, 4), add(tx, 4))
			})
			if !errors.Is(err, db.ErrUnique) {
				t.Errorf("savepoint gave %v", err)
			}
			return tx.Savepoint(ctx, func() error { return add(tx, 5) })
		})
		if diff := cmp.Diff([]int64{1, 5}, numbers(t, d.Read())); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"first"}, hooks); diff != "" {
			t.Errorf("hooks (-want +got):\n%s", diff)
		}
	})
}

// A failed statement spoils the transaction on both engines, however the
// function goes on.
func TestFailedStatementSpoilsTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		migrate(t, d)
		ctx := t.Context()
		err := d.Write(ctx, func(tx *db.Tx) error {
			tx.Exec(ctx, insertMember, 1, 1, "Ерлан")
			tx.Exec(ctx, insertMember, 1, 1, "Ерлан")
			if _, err := tx.Exec(ctx, insertMember, 1, 2, "Ерлан"); err == nil {
				t.Error("Exec went on after a failed statement")
			}
			if _, err := tx.Query(ctx, "SELECT 1"); err == nil {
				t.Error("Query went on after a failed statement")
			}
			var n int
			if err := tx.QueryRow(ctx, "SELECT 1").Scan(&n); !errors.Is(err, db.ErrUnique) {
				t.Errorf("QueryRow gave %v", err)
			}
			return nil
		})
		if !errors.Is(err, db.ErrUnique) {
			t.Errorf("Write gave %v", err)
		}
		if got := numbers(t, d.Read()); len(got) != 0 {
			t.Errorf("rows %v were kept", got)
		}
	})
}

func TestErrorsAreMapped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		migrate(t, d)
		ctx := t.Context()
		write(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, insertMember, 1, 1, "Ерлан")
			return err
		})
		foreign, check := "", "trial_number_positive"
		if d.Engine() == db.Postgres {
			foreign = "trial_member_union_id_fkey"
		}
		for _, c := range []struct {
			name, query string
			args        []any
			kind        error
			constraint  string
		}{
			{"primary key", insertMember, []any{1, 1, "secret"}, db.ErrUnique, "trial_member.union_id, trial_member.number"},
			{"unique index", "INSERT INTO trial_union (id, name) VALUES (2, $1)", []any{"Кәсіподақ"}, db.ErrUnique, "trial_union.name"},
			{"rowid key", "INSERT INTO trial_union (id, name) VALUES (1, $1)", []any{"secret"}, db.ErrUnique, "trial_union.id"},
			{"foreign key", insertMember, []any{9, 1, "secret"}, db.ErrForeign, foreign},
			{"not null", insertMember, []any{1, 2, nil}, db.ErrCheck, "trial_member.name"},
			{"key not null", insertMember, []any{1, nil, "secret"}, db.ErrCheck, "trial_member.number"},
			{"check", insertMember, []any{1, -5, "secret"}, db.ErrCheck, check},
			{"referred to", "DELETE FROM trial_union", nil, db.ErrForeign, foreign},
			{"wrong type", insertMember, []any{1, "secret", "x"}, nil, ""},
			{"bytes for text", insertMember, []any{1, 1, []byte("secret\xff")}, nil, ""},
		} {
			err := d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, c.query, c.args...)
				return err
			})
			if err == nil || c.kind != nil && !errors.Is(err, c.kind) {
				t.Errorf("%s: got %v, want %v", c.name, err, c.kind)
				continue
			}
			if c.kind != nil && db.Constraint(err) != c.constraint {
				t.Errorf("%s: constraint %q, want %q", c.name, db.Constraint(err), c.constraint)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: the error tells the value: %v", c.name, err)
			}
			err = d.Write(ctx, func(tx *db.Tx) error {
				var n int64
				return tx.QueryRow(ctx, c.query+" RETURNING 1", c.args...).Scan(&n)
			})
			if err == nil || c.kind != nil && !errors.Is(err, c.kind) {
				t.Errorf("%s through QueryRow: got %v, want %v", c.name, err, c.kind)
			}
		}
		var n int64
		err := d.Read().QueryRow(ctx, "SELECT number FROM trial_member WHERE number = 99").Scan(&n)
		if !errors.Is(err, db.ErrNoRows) {
			t.Errorf("no row gave %v", err)
		}
		for _, q := range []string{"INSERT INTO trial_union (id, name) VALUES (5, 'x') RETURNING id"} {
			if err := d.Read().QueryRow(ctx, q).Scan(&n); !errors.Is(err, db.ErrReadOnly) {
				t.Errorf("writing through Read gave %v", err)
			}
			err := d.View(ctx, func(view db.Querier) error { return view.QueryRow(ctx, q).Scan(&n) })
			if !errors.Is(err, db.ErrReadOnly) {
				t.Errorf("writing through View gave %v", err)
			}
		}
	})
}

// Placeholders may stand in any order and more than once, and every type comes
// back as it went in.
func TestPlaceholdersAndTypes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		migrate(t, d)
		ctx := t.Context()
		write(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO trial_member (number, union_id, sealed, name) VALUES ($4, $2, $1, $3)",
				[]byte{0, 1, 255}, int64(1), "Өтеғали\x00"[:14], int64(1)<<62)
			return err
		})
		var a db.Args
		query := "SELECT number, name, sealed FROM trial_member WHERE union_id = " + a.Add(1) +
			" AND number IN (" + a.List([]int64{4, 1 << 62}) + ") AND number NOT IN (" + a.List([]string{}) + ") IS NULL AND union_id = $1"
		var number int64
		var name string
		var sealed []byte
		if err := d.Read().QueryRow(ctx, query, a.Values()...).Scan(&number, &name, &sealed); err != nil {
			t.Fatal(err)
		}
		if number != 1<<62 || name != "Өтеғали" || string(sealed) != "\x00\x01\xff" {
			t.Errorf("got %d %q %q", number, name, sealed)
		}
	})
}

func TestViewIsOneSnapshot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		migrate(t, d)
		ctx := t.Context()
		err := d.View(ctx, func(view db.Querier) error {
			before := numbers(t, view)
			write(t, d, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, insertMember, 1, 1, "Ерлан")
				return err
			})
			if diff := cmp.Diff(before, numbers(t, view)); diff != "" {
				t.Errorf("the view changed:\n%s", diff)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := numbers(t, d.Read()); len(got) != 1 {
			t.Errorf("after the view: %v", got)
		}
	})
}

// Reading while writing must not fail a write, nor a read.
func TestReadersAndWritersTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		migrate(t, d)
		ctx := t.Context()
		var next, written atomic.Int64
		deadline := time.Now().Add(time.Second)
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				for time.Now().Before(deadline) {
					n := next.Add(1)
					fn := func(tx *db.Tx) error {
						_, err := tx.Exec(ctx, insertMember, 1, n, "Ерлан")
						return err
					}
					commit := d.Write
					if i%2 == 0 {
						commit = d.Group
					}
					if err := commit(ctx, fn); err != nil {
						t.Errorf("write: %v", err)
						return
					}
					written.Add(1)
				}
			})
			all.Go(func() {
				for time.Now().Before(deadline) {
					numbers(t, d.Read())
				}
			})
		}
		all.Wait()
		if got := len(numbers(t, d.Read())); int64(got) != written.Load() {
			t.Errorf("%d rows, %d acknowledged", got, written.Load())
		}
	})
}

func TestBulk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		migrate(t, d)
		ctx := t.Context()
		const n = 5000
		columns := []string{"union_id", "number", "name", "sealed"}
		rows := func(yield func([]any, error) bool) {
			for i := range n {
				if !yield([]any{1, int64(i + 1), "Айгүл", []byte{byte(i)}}, nil) {
					return
				}
			}
		}
		write(t, d, func(tx *db.Tx) error {
			got, err := tx.Bulk(ctx, "trial_member", columns, rows)
			if got != n {
				t.Errorf("Bulk said %d rows", got)
			}
			return err
		})
		if got := len(numbers(t, d.Read())); got != n {
			t.Errorf("%d rows", got)
		}
		sentinel := errors.New("line 3 is bad")
		for name, c := range map[string]struct {
			rows [][]any
			err  error
			want error
		}{
			"same key":    {[][]any{{1, n + 1, "a", nil}, {1, n + 1, "b", nil}}, nil, db.ErrUnique},
			"no union":    {[][]any{{2, n + 1, "a", nil}}, nil, db.ErrForeign},
			"bad source":  {[][]any{{1, n + 1, "a", nil}}, sentinel, sentinel},
			"short row":   {[][]any{{1, n + 1}}, nil, nil},
			"second fine": {[][]any{{1, n + 2, "a", nil}, {1, "x", "b", nil}}, nil, nil},
		} {
			err := d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Bulk(ctx, "trial_member", columns, func(yield func([]any, error) bool) {
					for _, row := range c.rows {
						if !yield(row, nil) {
							return
						}
					}
					if c.err != nil {
						yield(nil, c.err)
					}
				})
				return err
			})
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		if got := len(numbers(t, d.Read())); got != n {
			t.Errorf("%d rows after failed loads", got)
		}
	})
}

func TestCancelledWriteKeepsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		migrate(t, d)
		for name, commit := range map[string]func(context.Context, func(*db.Tx) error) error{"Write": d.Write, "Group": d.Group} {
			ctx, cancel := context.WithCancel(t.Context())
			err := commit(ctx, func(tx *db.Tx) error {
				if _, err := tx.Exec(ctx, insertMember, 1, 1, "Ерлан"); err != nil {
					return err
				}
				cancel()
				_, err := tx.Exec(ctx, insertMember, 1, 2, "Ерлан")
				return err
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s gave %v", name, err)
			}
			if got := numbers(t, d.Read()); len(got) != 0 {
				t.Errorf("%s kept %v", name, got)
			}
		}
		migrateAgain, err := db.Migrate(t.Context(), d, schema) // the writer still works
		if err != nil || len(migrateAgain) != 0 {
			t.Errorf("migrate again: %v, %v", migrateAgain, err)
		}
	})
}

func TestSecondInstanceIsRefused(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a b?c%d.db")
	ctx := t.Context()
	first, err := db.Open(ctx, path, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	migrate(t, first)
	link := filepath.Join(folder, "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{path, "sqlite:" + path, link} {
		if _, err := db.Open(ctx, url, db.Options{}); !errors.Is(err, db.ErrInUse) {
			t.Errorf("second Open(%q) gave %v", url, err)
		}
	}
	reader, err := db.Open(ctx, path, db.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	write(t, first, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, insertMember, 1, 1, "Ерлан")
		return err
	})
	if got := numbers(t, reader.Read()); len(got) != 1 {
		t.Errorf("the reader sees %v", got)
	}
	for _, commit := range []func(context.Context, func(*db.Tx) error) error{reader.Write, reader.Group} {
		if err := commit(ctx, func(*db.Tx) error { return nil }); !errors.Is(err, db.ErrReadOnly) {
			t.Errorf("writing read-only gave %v", err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is not private: %v %v", info.Mode(), err)
	}
	if err := errors.Join(first.Ping(ctx), reader.Ping(ctx), reader.Close(), first.Close()); err != nil {
		t.Error(err)
	}
	alone, err := db.Open(ctx, path, db.Options{ReadOnly: true}) // no server left to have made the WAL
	if err != nil {
		t.Fatal(err)
	}
	if got := numbers(t, alone.Read()); len(got) != 1 {
		t.Errorf("alone, the reader sees %v", got)
	}
	alone.Close()
	again, err := db.Open(ctx, path, db.Options{})
	if err != nil {
		t.Fatalf("after Close: %v", err)
	}
	again.Close()
}

func TestOpenRefuses(t *testing.T) {
	folder := t.TempDir()
	garbage := filepath.Join(folder, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		url  string
		o    db.Options
		kind error
		text string
	}{
		{"", db.Options{}, nil, "names no file"},
		{"sqlite::memory:", db.Options{}, nil, "names no file"},
		{"mysql://root@localhost/x", db.Options{}, nil, "mysql://"},
		{filepath.Join(folder, "none", "x.db"), db.Options{}, os.ErrNotExist, "folder"},
		{filepath.Join(folder, "none.db"), db.Options{ReadOnly: true}, os.ErrNotExist, "no database file"},
		{garbage, db.Options{}, db.ErrDamaged, "garbage.db"},
		{"postgres://u:hidden@127.0.0.1:1/x?connect_timeout=2", db.Options{}, db.ErrUnavailable, "127.0.0.1"},
		{"postgres://u:hidden@127.0.0.1:x/x", db.Options{}, nil, "address"},
	} {
		_, err := db.Open(t.Context(), c.url, c.o)
		if err == nil || c.kind != nil && !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("Open(%q) gave %v, want %v with %q", c.url, err, c.kind, c.text)
		}
	}
}
