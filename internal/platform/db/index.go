package db

import (
	"context"
	"fmt"
	"slices"
)

// DropIndexes drops a table's plain indexes for a big load, which then takes
// less than half the time, and returns the statements that make them again.
// Indexes of unique and primary keys stay, and those named to keep. Run the statements in the same
// transaction or write them down in it, or a crash leaves the table without its
// indexes.
func DropIndexes(ctx context.Context, tx *Tx, table string, keep ...string) (recreate []string, err error) {
	query := `-- only: sqlite
		SELECT l.name, s.sql FROM pragma_index_list($1) l JOIN sqlite_schema s ON s.type = 'index' AND s.name = l.name
		WHERE l."unique" = 0 AND l.origin = 'c' ORDER BY l.name`
	if tx.engine == Postgres {
		query = `-- only: postgres
		SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
		WHERE i.indrelid = to_regclass($1) AND NOT i.indisunique AND NOT i.indisprimary AND NOT i.indisexclusion
		ORDER BY 1`
	}
	rows, err := tx.Query(ctx, query, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name, ddl string
		if err := rows.Scan(&name, &ddl); err != nil {
			return nil, err
		}
		if slices.Contains(keep, name) {
			continue
		}
		names, recreate = append(names, name), append(recreate, ddl)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	rows.Close()
	for _, name := range names {
		if _, err := tx.Exec(ctx, "DROP INDEX "+name); err != nil {
			return nil, fmt.Errorf("drop index %s: %w", name, err)
		}
	}
	return recreate, nil
}

// Analyze tells the planner what the tables hold now; run it after a big load.
// Without tables it looks at all of them.
func (d *DB) Analyze(ctx context.Context, tables ...string) error {
	if d.readonly {
		return errReadOnly()
	}
	statements := []string{"ANALYZE"}
	if len(tables) > 0 {
		statements = statements[:0]
		for _, table := range tables {
			statements = append(statements, "ANALYZE "+table)
		}
	}
	for _, statement := range statements {
		if _, err := d.write.ExecContext(ctx, statement); err != nil {
			return classify(err)
		}
	}
	return nil
}
