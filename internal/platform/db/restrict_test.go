package db_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

// TestRestrict: the server's role may append to a trail and read it, no more.
func TestRestrict(t *testing.T) {
	ctx := t.Context()
	address := dbtest.Postgres(t)
	owner, err := db.Open(ctx, address, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { owner.Close() })
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	role := "server_" + strings.TrimPrefix(u.Path, "/")
	exec := func(d *db.DB, statement string) error {
		lasting := context.WithoutCancel(ctx) // cleaning up comes after the test's own context
		return d.Write(lasting, func(tx *db.Tx) error { _, err := tx.Exec(lasting, statement); return err })
	}
	for _, s := range []string{`CREATE TABLE trail (id bigint PRIMARY KEY)`, `CREATE TABLE thing (id bigint PRIMARY KEY)`, `CREATE ROLE ` + role + ` LOGIN`} {
		if err := exec(owner, s); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { // the role belongs to the server, not to the database
		if err := errors.Join(exec(owner, `DROP OWNED BY `+role), exec(owner, `DROP ROLE `+role)); err != nil {
			t.Error(err)
		}
	})
	if err := db.Restrict(ctx, owner, role, []string{"trail"}); err != nil {
		t.Fatal(err)
	}
	u.User = url.User(role)
	server, err := db.Open(ctx, u.String(), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	for statement, may := range map[string]bool{
		`INSERT INTO trail (id) VALUES (1)`: true, `UPDATE trail SET id = 2`: false, `DELETE FROM trail`: false, `TRUNCATE trail`: false, `DROP TABLE trail`: false,
		`INSERT INTO thing (id) VALUES (1)`: true, `UPDATE thing SET id = 2`: true, `DELETE FROM thing`: true,
	} {
		if err := exec(server, statement); (err == nil) != may {
			t.Errorf("%s: %v, want allowed %v", statement, err, may)
		} else if !may && !errors.Is(err, db.ErrDenied) {
			t.Errorf("%s: %v, want ErrDenied", statement, err)
		}
	}
	var n int
	if err := server.Read().QueryRow(ctx, `SELECT count(*) FROM trail`).Scan(&n); err != nil || n != 1 {
		t.Errorf("the trail reads %d rows, %v", n, err)
	}
}
