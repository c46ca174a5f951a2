package db_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

// What the schema files say is what the database has, on every engine.
func TestCatalog(t *testing.T) {
	sources := []db.Source{
		source("b", 20, "0001_one.sql", `CREATE TABLE b_pair (second text NOT NULL, first bigint NOT NULL REFERENCES a_one (id), data bytea,
			PRIMARY KEY (first, second));`),
		source("a", 10,
			"0001_one.sql", "-- CREATE TABLE a_comment (id bigint)\nCREATE TABLE a_one (id bigint NOT NULL PRIMARY KEY);\nCREATE TABLE a_gone (id bigint);",
			"0002_more.sql", "CREATE TABLE a_old (v text);\nALTER TABLE a_old RENAME TO a_new;\nDROP TABLE a_gone;\nALTER TABLE a_one ADD COLUMN note text;"),
	}
	want := []db.Table{
		{Name: "a_new", Columns: []db.Column{{"v", "text"}}},
		{Name: "a_one", Columns: []db.Column{{"id", "bigint"}, {"note", "text"}}, Key: []string{"id"}},
		{Name: "b_pair", Columns: []db.Column{{"second", "text"}, {"first", "bigint"}, {"data", "bytea"}}, Key: []string{"first", "second"}},
	}
	files := []string{"a/0001_one.sql", "a/0002_more.sql", "b/0001_one.sql"}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if migrated, err := d.Migrated(t.Context(), d.Read()); err != nil || migrated {
			t.Errorf("an empty database was migrated: %v, %v", migrated, err)
		}
		if _, err := db.Migrate(t.Context(), d, sources); err != nil {
			t.Fatal(err)
		}
		got, err := d.Tables(t.Context(), d.Read())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("tables (-want +got):\n%s%v", diff, err)
		}
		names, err := db.TableNames(d.Engine(), sources)
		if diff := cmp.Diff([]string{"a_one", "a_new", "b_pair"}, names); diff != "" || err != nil {
			t.Errorf("names (-want +got):\n%s%v", diff, err)
		}
		listed, err := db.SchemaFiles(sources)
		if diff := cmp.Diff(files, listed); diff != "" || err != nil {
			t.Errorf("files (-want +got):\n%s%v", diff, err)
		}
		applied, err := d.Applied(t.Context(), d.Read(), sources)
		if diff := cmp.Diff(files, applied); diff != "" || err != nil {
			t.Errorf("applied (-want +got):\n%s%v", diff, err)
		}
		applied, err = d.Applied(t.Context(), d.Read(), sources[1:])
		if diff := cmp.Diff([]string{"a/0001_one.sql", "a/0002_more.sql", "?/00200001"}, applied); diff != "" || err != nil {
			t.Errorf("applied, to a program that lacks an area (-want +got):\n%s%v", diff, err)
		}
		for table, want := range map[string]bool{"a_one": true, "a_gone": false, "db_migration": true} {
			if there, err := d.Exists(t.Context(), d.Read(), table); err != nil || there != want {
				t.Errorf("%s exists: %v, %v", table, there, err)
			}
		}
	})
}

// The statements make what was dropped again, and do nothing where it is there.
func TestIndexes(t *testing.T) {
	sources := []db.Source{source("a", 10, "0001_one.sql", `CREATE TABLE a_one (id bigint NOT NULL PRIMARY KEY, v bigint NOT NULL);
		CREATE TABLE a_two (id bigint NOT NULL PRIMARY KEY);
		CREATE UNIQUE INDEX a_one_key ON a_one (v);
		-- A comment; with a semicolon.
		CREATE INDEX a_one_part ON a_one (v, id) WHERE v <> 0;
		CREATE INDEX a_one_gone ON a_one (v);
		CREATE INDEX a_two_id ON a_two (id);`, "0002_more.sql", "DROP INDEX a_one_gone;")}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if _, err := db.Migrate(t.Context(), d, sources); err != nil {
			t.Fatal(err)
		}
		got, err := db.Indexes(d.Engine(), sources, "a_one")
		if diff := cmp.Diff([]string{"CREATE INDEX IF NOT EXISTS a_one_part ON a_one (v, id) WHERE v <> 0"}, got); diff != "" || err != nil {
			t.Fatalf("%s%v", diff, err)
		}
		write(t, d, func(tx *db.Tx) error {
			for range 2 { // there, then dropped
				if _, err := tx.Exec(t.Context(), got[0]); err != nil {
					return err
				}
				if dropped, err := db.DropIndexes(t.Context(), tx, "a_one"); err != nil || len(dropped) != 1 {
					t.Errorf("dropped %v, %v", dropped, err)
				}
			}
			return nil
		})
	})
}
