package db

import (
	"context"
	"database/sql"
	"testing"
)

// OpenSmall opens an SQLite file that may not grow beyond a number of pages.
func OpenSmall(ctx context.Context, path string, pages int) (*DB, error) {
	return Open(ctx, path, Options{maxPages: pages})
}

// CreateRollbackMode makes an SQLite file with a rollback journal.
func CreateRollbackMode(t *testing.T, path string) {
	t.Helper()
	file := sql.OpenDB(liteConnector(path, "", nil))
	defer file.Close()
	if _, err := file.Exec("CREATE TABLE x (id INTEGER)"); err != nil {
		t.Fatal(err)
	}
}

// PlaceTable is Distribute for one table without the look for the extension.
func PlaceTable(ctx context.Context, d *DB, table Distribution) error {
	return distribute(ctx, d, table)
}
