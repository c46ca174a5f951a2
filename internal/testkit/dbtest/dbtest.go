// Package dbtest runs a test on every database engine: a fresh SQLite file, a
// fresh PostgreSQL database, and the server of ODAQ_TEST_DSN (a Citus
// coordinator, say) where it is set.
//
// PostgreSQL is the server named by ODAQ_TEST_PG, or else one throw-away
// cluster per test binary, which ends with the process however it ends. Where
// PostgreSQL is missing a test is skipped, or fails if CI=true.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"

	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest/cluster/postgres"
)

// Each runs test once per engine, each time on an empty database of its own.
func Each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, open(t, Postgres(t))) })
	if server := os.Getenv("ODAQ_TEST_DSN"); server != "" {
		t.Run("dsn", func(t *testing.T) { test(t, open(t, fresh(t, server))) })
	}
}

// SQLite opens a fresh SQLite file that is closed and removed after the test.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	return open(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
}

// Postgres makes a fresh database, dropped after the test, and returns its
// address. It skips the test where there is no PostgreSQL, unless CI=true.
func Postgres(t testing.TB) string {
	t.Helper()
	return fresh(t, server(t))
}

// Main runs the tests of a package and stops the cluster they started. Without
// it the cluster stops when the process ends.
func Main(m *testing.M) {
	code := m.Run()
	if started != nil {
		started.Stop()
	}
	os.Exit(code)
}

func open(t testing.TB, url string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), url, db.Options{Readers: 4, Writers: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

var started *postgres.Cluster

// start starts the cluster of this process, once.
var start = sync.OnceValue(func() error {
	var err error
	started, err = postgres.Start(postgres.Options{})
	return err
})

// server gives the address of a PostgreSQL server.
func server(t testing.TB) string {
	t.Helper()
	if dsn := os.Getenv("ODAQ_TEST_PG"); dsn != "" {
		return dsn
	}
	switch err := start(); {
	case err == nil:
		return started.DSN
	case os.Getenv("CI") == "true":
		t.Fatalf("PostgreSQL is needed when CI=true: %v", err)
	default:
		t.Skipf("no PostgreSQL: %v", err)
	}
	return ""
}

// fresh makes a database on a server and drops it after the test.
func fresh(t testing.TB, server string) string {
	t.Helper()
	address, err := url.Parse(server)
	if err != nil {
		t.Fatalf("the server's address must be postgres://…: %v", err)
	}
	name := "odaq_" + strings.ToLower(rand.Text())
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	admin.SetMaxIdleConns(0)
	create := fmt.Sprintf("CREATE DATABASE %s ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0", name)
	if _, err := admin.ExecContext(t.Context(), create); err != nil {
		admin.Close()
		t.Fatalf("create a test database: %v", err)
	}
	t.Cleanup(func() {
		defer admin.Close()
		if _, err := admin.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop test database %s: %v", name, err)
		}
	})
	address.Path = "/" + name
	return address.String()
}
