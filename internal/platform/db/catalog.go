package db

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// Column is a column as it stands in a database. Its type is a word of the
// schema files: bigint, text or bytea.
type Column struct{ Name, Type string }

// Table is a table as it stands in a database.
type Table struct {
	Name    string
	Columns []Column
	Key     []string // columns of the primary key, in the order of the key
}

// Tables describes the tables in the order of their names, without those that
// note the migrations.
func (d *DB) Tables(ctx context.Context, q Querier) ([]Table, error) {
	// The last column is the place in the primary key, counted from 1; 0 is none.
	query := `-- only: sqlite
		SELECT t.name, c.name, c.type, c.pk FROM sqlite_schema t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND substr(t.name, 1, 7) <> 'sqlite_' ORDER BY t.name, c.cid`
	if d.engine == Postgres {
		query = `-- only: postgres
		SELECT t.relname, a.attname, format_type(a.atttypid, NULL), coalesce(array_position(i.indkey::int2[], a.attnum), -1) + 1
		FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = current_schema()
			JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
			LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary
		WHERE t.relkind IN ('r', 'p') ORDER BY t.relname COLLATE "C", a.attnum`
	}
	rows, err := q.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var tables []Table
	for rows.Next() {
		var table string
		var c Column
		var place int
		if err := rows.Scan(&table, &c.Name, &c.Type, &place); err != nil {
			return nil, err
		}
		if table == versionTable || table == lockTable {
			continue
		}
		if len(tables) == 0 || tables[len(tables)-1].Name != table {
			tables = append(tables, Table{Name: table})
		}
		t := &tables[len(tables)-1]
		t.Columns = append(t.Columns, Column{c.Name, fromSQLiteType(c.Type)})
		if place > 0 {
			t.Key = append(t.Key, make([]string, max(0, place-len(t.Key)))...)
			t.Key[place-1] = c.Name
		}
	}
	return tables, rows.Err()
}

// fromSQLiteType gives the schema files' word for a type; PostgreSQL's are so
// already.
func fromSQLiteType(name string) string {
	for word, sqlite := range columnTypes {
		if name == sqlite {
			return word
		}
	}
	return name
}

// TableNames lists the tables that schema files make, in the order in which
// they are made: a table comes after those it refers to.
func TableNames(engine Engine, sources []Source) (names []string, err error) {
	err = eachStatement(engine, sources, func(statement []sqlToken) {
		names = afterStatement(names, meaningful(statement))
	})
	return names, err
}

// Indexes are the statements that make the plain indexes of some tables, as the
// schema files have them. Where an index is there, its statement does nothing.
func Indexes(engine Engine, sources []Source, tables ...string) ([]string, error) {
	made := map[string]string{}
	err := eachStatement(engine, sources, func(statement []sqlToken) {
		words := meaningful(statement)
		switch {
		case starts(words, "create", "index") && len(words) > 4 && slices.Contains(tables, words[4].text):
			made[words[2].text] = unlessThere(statement)
		case starts(words, "drop", "index") && len(words) > 2:
			delete(made, words[2].text)
		}
	})
	var out []string
	for _, name := range slices.Sorted(maps.Keys(made)) {
		out = append(out, made[name])
	}
	return out, err
}

// unlessThere writes CREATE INDEX as CREATE INDEX IF NOT EXISTS.
func unlessThere(statement []sqlToken) string {
	var out strings.Builder
	for _, t := range statement {
		if t.kind == comment || t.text == ";" {
			continue
		}
		out.WriteString(t.text)
		if t.is("index") {
			out.WriteString(" IF NOT EXISTS")
		}
	}
	return strings.TrimSpace(out.String())
}

// eachStatement calls fn with the statements of the schema files in the order in
// which they are applied.
func eachStatement(engine Engine, sources []Source, fn func([]sqlToken)) error {
	for _, source := range byNumber(sources) {
		files, err := fs.Glob(source.FS, "*.sql")
		if err != nil {
			return err
		}
		for _, file := range files {
			body, err := fs.ReadFile(source.FS, file)
			if err != nil {
				return err
			}
			text, err := only(string(body), engine)
			if err != nil {
				return fmt.Errorf("schema file %s/%s: %w", source.Name, file, err)
			}
			for _, statement := range statements(lex(text)) {
				fn(statement)
			}
		}
	}
	return nil
}

// afterStatement is the list of tables after a statement.
func afterStatement(names []string, words []sqlToken) []string {
	switch {
	case starts(words, "create", "table") && len(words) > 2:
		return append(names, words[2].text)
	case starts(words, "drop", "table") && len(words) > 2:
		return slices.DeleteFunc(names, func(name string) bool { return name == words[2].text })
	case starts(words, "alter", "table") && len(words) > 5 && words[3].is("rename") && words[4].is("to"):
		if i := slices.Index(names, words[2].text); i >= 0 {
			names[i] = words[5].text
		}
	}
	return names
}

// byNumber gives the sources in the order in which they are applied.
func byNumber(sources []Source) []Source {
	return slices.SortedFunc(slices.Values(sources), func(a, b Source) int { return a.Number - b.Number })
}

// SchemaFiles lists the schema files of the sources, as Migrate names them:
// "membership/0001_member.sql".
func SchemaFiles(sources []Source) ([]string, error) {
	merged, err := merge(SQLite, sources)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(merged)) {
		names = append(names, sourceName(name))
	}
	return names, nil
}

// Applied lists the schema files that were applied to the database, as
// SchemaFiles does. One that the sources do not have is named by its number:
// "?/00300002".
func (d *DB) Applied(ctx context.Context, q Querier, sources []Source) ([]string, error) {
	merged, err := merge(d.engine, sources)
	if err != nil {
		return nil, err
	}
	known := map[string]string{}
	for name := range merged {
		version, _, _ := strings.Cut(name, "_")
		known[version] = sourceName(name)
	}
	rows, err := q.Query(ctx, "SELECT DISTINCT version_id FROM "+versionTable+" WHERE version_id > 0 ORDER BY version_id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var number int64
		if err := rows.Scan(&number); err != nil {
			return nil, err
		}
		version := fmt.Sprintf("%08d", number)
		name, ok := known[version]
		if !ok {
			name = "?/" + version
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// Exists reports whether there is a table of the name.
func (d *DB) Exists(ctx context.Context, q Querier, table string) (bool, error) {
	query := `-- only: sqlite
		SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = $1`
	if d.engine == Postgres {
		query = `-- only: postgres
		SELECT count(*) FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = current_schema()
		WHERE t.relname = $1 AND t.relkind IN ('r', 'p')`
	}
	var n int64
	err := q.QueryRow(ctx, query, table).Scan(&n)
	return n > 0, err
}

// Migrated reports whether Migrate ever ran on the database.
func (d *DB) Migrated(ctx context.Context, q Querier) (bool, error) {
	return d.Exists(ctx, q, versionTable)
}
