package dbtest_test

import (
	"testing"

	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func TestEachGivesAnEmptyDatabase(t *testing.T) {
	for range 2 {
		dbtest.Each(t, func(t *testing.T, d *db.DB) {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), "CREATE TABLE once (id bigint PRIMARY KEY)")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			var n int
			if err := d.Read().QueryRow(t.Context(), "SELECT count(*) FROM once").Scan(&n); err != nil || n != 0 {
				t.Fatalf("count = %d, %v", n, err)
			}
		})
	}
}
