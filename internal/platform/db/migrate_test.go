package db_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

func source(name string, number int, files ...string) db.Source {
	folder := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		folder[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return db.Source{Name: name, Number: number, FS: folder}
}

func TestMigrate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		kernel := []string{"0001_person.sql", "CREATE TABLE kernel_person (id bigint PRIMARY KEY);\nCREATE INDEX kernel_person_id ON kernel_person (id);"}
		area := []string{"0001_one.sql", "CREATE TABLE area_one (id bigint PRIMARY KEY REFERENCES kernel_person (id), note text COLLATE \"C\" DEFAULT 'a;b');"}
		up := func(want []string, sources ...db.Source) {
			t.Helper()
			got, err := db.Migrate(t.Context(), d, sources)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("applied (-want +got):\n%s", diff)
			}
		}
		up(nil)
		up([]string{"kernel/0001_person.sql", "area/0001_one.sql"}, source("area", 20, area...), source("kernel", 1, kernel...))
		up(nil, source("area", 20, area...), source("kernel", 1, kernel...))
		// The kernel grows a file, numbered below the area's that is applied.
		kernel = append(kernel, "0002_more.sql", "ALTER TABLE kernel_person ADD COLUMN name text;\n-- only: postgres\nCOMMENT ON TABLE kernel_person IS 'x';\n-- end only\n")
		up([]string{"kernel/0002_more.sql"}, source("area", 20, area...), source("kernel", 1, kernel...))
		write(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), "INSERT INTO kernel_person (id, name) VALUES (1, 'а')")
			return err
		})
		// A file that fails leaves nothing of itself, and says its name.
		bad := source("bad", 30, "0001_bad.sql", "CREATE TABLE bad (id bigint);\nINSERT INTO missing (id) VALUES (1);")
		if _, err := db.Migrate(t.Context(), d, []db.Source{bad}); err == nil || !strings.Contains(err.Error(), "bad/0001_bad.sql") {
			t.Errorf("a failing file gave %v", err)
		}
		up([]string{"bad/0001_bad.sql"}, source("bad", 30, "0001_bad.sql", "CREATE TABLE bad (id bigint);"))
	})
}

func TestMigrateRefuses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for name, c := range map[string]struct {
			sources []db.Source
			text    string
		}{
			"bad type":        {[]db.Source{source("a", 1, "0001_a.sql", "CREATE TABLE a (\n\tid bigint,\n\tat timestamptz);")}, "a/0001_a.sql: line 3: column at has type timestamptz"},
			"bad number":      {[]db.Source{source("a", 0, "0001_a.sql", "")}, "its number is 0"},
			"same number":     {[]db.Source{source("a", 1), source("b", 1)}, "its number 1 is that of a"},
			"nameless file":   {[]db.Source{source("a", 1, "first.sql", "")}, "must begin with a number"},
			"same file":       {[]db.Source{source("a", 1, "0001_a.sql", "", "0001_b.sql", "")}, "its number is that of"},
			"unknown section": {[]db.Source{source("a", 1, "0001_a.sql", "-- only: mysql\n-- end only")}, "a/0001_a.sql: line 1"},
		} {
			if _, err := db.Migrate(t.Context(), d, c.sources); err == nil || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s: got %v, want %q", name, err, c.text)
			}
		}
	})
}

// Instances that start together apply each file once.
func TestMigrateTogether(t *testing.T) {
	url := dbtest.Postgres(t)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			d, err := db.Open(t.Context(), url, db.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer d.Close()
			if _, err := db.Migrate(t.Context(), d, schema); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestDropIndexes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		migrate(t, d)
		ctx := t.Context()
		var first, second []string
		write(t, d, func(tx *db.Tx) (err error) {
			for _, recreate := range []*[]string{&first, &second} {
				if *recreate, err = db.DropIndexes(ctx, tx, "trial_member"); err != nil {
					return err
				}
				for _, ddl := range *recreate {
					if _, err := tx.Exec(ctx, ddl); err != nil {
						return err
					}
				}
			}
			unions, err := db.DropIndexes(ctx, tx, "trial_union")
			if len(unions) > 0 {
				t.Errorf("unique indexes dropped: %q", unions)
			}
			return err
		})
		if len(first) != 1 || !strings.Contains(first[0], "trial_member_name") {
			t.Errorf("dropped %q", first)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("dropped the second time (-first +second):\n%s", diff)
		}
		if err := errors.Join(d.Analyze(ctx), d.Analyze(ctx, "trial_member")); err != nil {
			t.Error(err)
		}
	})
}

func TestDistributeNeedsCitus(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var installed int
		if d.Engine() == db.Postgres {
			if err := d.Read().QueryRow(t.Context(), "SELECT count(*) FROM pg_extension WHERE extname = 'citus'").Scan(&installed); err != nil {
				t.Fatal(err)
			}
		}
		migrate(t, d)
		plan := []db.Distribution{{Table: "trial_union"}, {Table: "trial_member", Column: "union_id"}}
		for range 2 { // what is placed already stays
			err := db.Distribute(t.Context(), d, plan)
			switch {
			case installed > 0 && err != nil:
				t.Errorf("on Citus: %v", err)
			case installed == 0 && (err == nil || !strings.Contains(err.Error(), "Citus extension")):
				t.Errorf("without Citus: %v", err)
			}
		}
	})
}

// The calls to Citus are right, as far as functions of the same signatures on
// a plain server can tell; with ODAQ_TEST_DSN on Citus the test above is real.
func TestDistributeCalls(t *testing.T) {
	d, err := db.Open(t.Context(), dbtest.Postgres(t), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	migrate(t, d)
	ctx := t.Context()
	write(t, d, func(tx *db.Tx) error {
		for _, ddl := range []string{
			"CREATE TABLE pg_dist_partition (logicalrelid regclass, how text)",
			`CREATE FUNCTION create_reference_table(table_name regclass) RETURNS void LANGUAGE sql AS
				$$INSERT INTO pg_dist_partition VALUES (table_name, 'reference')$$`,
			`CREATE FUNCTION create_distributed_table(table_name regclass, distribution_column text, distribution_type text DEFAULT 'hash', colocate_with text DEFAULT 'default')
				RETURNS void LANGUAGE sql AS $$INSERT INTO pg_dist_partition VALUES (table_name, distribution_column || ' ' || colocate_with)$$`,
		} {
			if _, err := tx.Exec(ctx, ddl); err != nil {
				return err
			}
		}
		return nil
	})
	for range 2 {
		for _, table := range []db.Distribution{{Table: "trial_union"}, {Table: "trial_member", Column: "union_id", With: "x"}} {
			if err := db.PlaceTable(ctx, d, table); err != nil {
				t.Error(err)
			}
		}
	}
	if err := db.PlaceTable(ctx, d, db.Distribution{Table: "missing"}); err == nil {
		t.Error("a missing table was placed")
	}
	rows, err := d.Read().Query(ctx, "SELECT logicalrelid::text || ' ' || how FROM pg_dist_partition ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		got = append(got, line)
	}
	if diff := cmp.Diff([]string{"trial_member union_id x", "trial_union reference"}, got); diff != "" {
		t.Errorf("placed (-want +got):\n%s", diff)
	}
}

// A server that would lose or garble data is refused.
func TestPostgresSettingsAreChecked(t *testing.T) {
	url := dbtest.Postgres(t)
	d, err := db.Open(t.Context(), url, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var name string
	if err := d.Read().QueryRow(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	write(t, d, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), "ALTER DATABASE "+name+" SET synchronous_commit = off")
		return err
	})
	if _, err := db.Open(t.Context(), url, db.Options{}); err == nil || !strings.Contains(err.Error(), "synchronous_commit") {
		t.Errorf("synchronous_commit = off gave %v", err)
	}
}

// Losing the connection in the middle is ErrUnavailable, and the pool heals.
func TestLostConnection(t *testing.T) {
	url := dbtest.Postgres(t)
	d, err := db.Open(t.Context(), url, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	migrate(t, d)
	ctx := t.Context()
	kill := func() {
		var n int
		err := d.Read().QueryRow(ctx, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`).Scan(&n)
		if err != nil || n == 0 {
			t.Fatalf("%d backends ended: %v", n, err)
		}
	}
	for name, last := range map[string]func(tx *db.Tx) error{
		"at a statement": func(tx *db.Tx) error { _, err := tx.Exec(ctx, insertMember, 1, 2, "б"); return err },
		"at a query":     func(tx *db.Tx) error { var n int; return tx.QueryRow(ctx, "SELECT 1").Scan(&n) },
		"at the commit":  func(tx *db.Tx) error { return nil },
	} {
		err := d.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, insertMember, 1, 1, "а"); err != nil {
				return err
			}
			kill()
			return last(tx)
		})
		if !errors.Is(err, db.ErrUnavailable) {
			t.Errorf("%s: got %v", name, err)
		}
		if got := numbers(t, d.Read()); len(got) != 0 {
			t.Errorf("%s: kept %v", name, got)
		}
		if err := d.Ping(ctx); err != nil {
			t.Errorf("%s: the pool did not heal: %v", name, err)
		}
	}
}

// Two transactions that lock two rows in opposite order deadlock; the one that
// is picked runs again.
func TestDeadlockIsRetried(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if d.Engine() == db.SQLite {
			return // one writer cannot deadlock
		}
		migrate(t, d)
		ctx := t.Context()
		write(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO trial_union (id, name) VALUES (2, 'екі')")
			return err
		})
		var both, all sync.WaitGroup
		both.Add(2)
		runs := make(chan int, 100)
		for i := range 2 {
			all.Go(func() {
				run := 0
				err := d.Write(ctx, func(tx *db.Tx) error {
					run++
					runs <- 1
					for j := range 2 {
						if _, err := tx.Exec(ctx, "UPDATE trial_union SET name = name || $1 WHERE id = $2", fmt.Sprint(i), (i+j)%2+1); err != nil {
							return err
						}
						if j == 0 && run == 1 {
							both.Done()
							both.Wait()
						}
					}
					return nil
				})
				if err != nil {
					t.Errorf("writer %d: %v", i, err)
				}
			})
		}
		all.Wait()
		if len(runs) < 3 {
			t.Errorf("%d runs: there was no deadlock to retry", len(runs))
		}
		var names string
		if err := d.Read().QueryRow(ctx, "SELECT name FROM trial_union WHERE id = 2").Scan(&names); err != nil || len([]rune(names)) != 5 {
			t.Errorf("name %q, %v", names, err)
		}
	})
}

// The statements a connection keeps compiled are bounded and survive a change
// of the schema.
func TestManyStatements(t *testing.T) {
	d := dbtest.SQLite(t)
	migrate(t, d)
	ctx := t.Context()
	for round := range 2 {
		for i := range 700 {
			var n int
			if err := d.Read().QueryRow(ctx, fmt.Sprintf("SELECT %d FROM trial_union", i)).Scan(&n); err != nil || n != i {
				t.Fatalf("round %d: got %d, %v, want %d", round, n, err, i)
			}
		}
		rows, err := d.Read().Query(ctx, "SELECT * FROM trial_union")
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		rows.Close()
		if err != nil || len(columns) != 2+round {
			t.Errorf("round %d: columns %v, %v", round, columns, err)
		}
		if round == 0 {
			write(t, d, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, "ALTER TABLE trial_union ADD COLUMN extra INTEGER")
				return err
			})
		}
	}
	write(t, d, func(tx *db.Tx) error { // one statement open twice
		outer, err := tx.Query(ctx, "SELECT id FROM trial_union ORDER BY id")
		if err != nil {
			return err
		}
		defer outer.Close()
		if !outer.Next() {
			t.Error("no row")
		}
		var n int
		return tx.QueryRow(ctx, "SELECT id FROM trial_union ORDER BY id").Scan(&n)
	})
}

func TestPragmaThatDoesNotTake(t *testing.T) {
	// A file that is not in WAL mode cannot be opened read-only: the reader may
	// not switch it, and must say so instead of going on.
	path := filepath.Join(t.TempDir(), "rollback.db")
	db.CreateRollbackMode(t, path)
	if _, err := db.Open(t.Context(), path, db.Options{ReadOnly: true}); err == nil || !strings.Contains(err.Error(), "journal_mode") {
		t.Errorf("got %v", err)
	}
}
