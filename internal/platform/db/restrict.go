package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Restrict gives a PostgreSQL role what the server needs and no more: it reads
// and writes all tables, and may only append to and read those of appendOnly. It
// is called by the owner of the tables, after each migration.
func Restrict(ctx context.Context, d *DB, role string, appendOnly []string) error {
	if d.engine != Postgres {
		return errors.New("only PostgreSQL has roles; this database is SQLite: protect its file")
	}
	name := pgx.Identifier{role}.Sanitize()
	return d.Write(ctx, func(tx *Tx) error {
		statements := []string{
			"GRANT USAGE ON SCHEMA public TO " + name,
			"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " + name,
		}
		for _, table := range appendOnly {
			statements = append(statements, "REVOKE UPDATE, DELETE, TRUNCATE ON "+pgx.Identifier{table}.Sanitize()+" FROM "+name)
		}
		for _, s := range statements {
			if _, err := tx.Exec(ctx, s); err != nil {
				return fmt.Errorf("restricting the role %s: %w", role, err)
			}
		}
		return nil
	})
}
