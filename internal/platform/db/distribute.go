package db

import (
	"context"
	"errors"
	"fmt"
)

// Distribution says how Citus places one table.
type Distribution struct {
	Table  string
	Column string // distribution column; "" copies the table to every node (reference table)
	With   string // table to be co-located with, which has the same kind of column; "" leaves it to Citus
}

// Distribute places tables on the nodes of a Citus cluster, in the order of
// the plan: referenced tables first. What is placed already stays as it is, so
// it can be run again after each migration.
func Distribute(ctx context.Context, d *DB, plan []Distribution) error {
	if d.engine != Postgres {
		return errors.New("only PostgreSQL with the Citus extension can distribute tables; this database is SQLite")
	}
	if d.readonly {
		return errReadOnly()
	}
	var installed int
	if err := d.write.QueryRowContext(ctx, "SELECT count(*) FROM pg_extension WHERE extname = 'citus'").Scan(&installed); err != nil {
		return classify(err)
	}
	if installed == 0 {
		return errors.New("this database has no Citus extension: install Citus, add it to shared_preload_libraries, restart PostgreSQL and run CREATE EXTENSION citus in the database")
	}
	for _, table := range plan {
		if err := distribute(ctx, d, table); err != nil {
			return fmt.Errorf("distribute table %s: %w", table.Table, err)
		}
	}
	return nil
}

func distribute(ctx context.Context, d *DB, table Distribution) error {
	var placed int
	err := d.write.QueryRowContext(ctx, "SELECT count(*) FROM pg_dist_partition WHERE logicalrelid = to_regclass($1)", table.Table).Scan(&placed)
	if err != nil || placed > 0 {
		return classify(err)
	}
	query, args := "SELECT create_reference_table($1)", []any{table.Table}
	switch {
	case table.Column != "" && table.With != "":
		query, args = "SELECT create_distributed_table($1, $2, colocate_with => $3)", []any{table.Table, table.Column, table.With}
	case table.Column != "":
		query, args = "SELECT create_distributed_table($1, $2)", []any{table.Table, table.Column}
	}
	_, err = d.write.ExecContext(ctx, query, args...)
	return classify(err)
}
