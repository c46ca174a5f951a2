package db

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestLint(t *testing.T) {
	for sql, rules := range map[string]string{
		"SELECT now()":                                     "now()",
		"SELECT CURRENT_TIMESTAMP":                         "CURRENT_TIMESTAMP",
		"SELECT a FROM t WHERE name LIKE $1":               "LIKE",
		"SELECT a FROM t WHERE name ILIKE $1":              "ILIKE",
		"SELECT a FROM t WHERE name ~* $1":                 "~*",
		"SELECT lower(name), Upper (name) FROM t":          "lower() upper()",
		"SELECT a::text FROM t":                            "::",
		"SELECT a FROM t WHERE id = ANY($1)":               "any()",
		"SELECT DISTINCT ON (a) a FROM t":                  "DISTINCT ON",
		"SELECT doc->'a'->>'b' FROM t":                     "-> ->>",
		"SELECT jsonb_agg(a) FROM t":                       "jsonb_agg()",
		"CREATE TRIGGER x BEFORE INSERT ON t":              "TRIGGER",
		"CREATE FUNCTION f() RETURNS int":                  "FUNCTION",
		"SELECT a FROM t GROUP BY GROUPING SETS ((a), ())": "GROUPING",
		"SELECT a FROM t GROUP BY ROLLUP (a, b)":           "ROLLUP",
		"WITH RECURSIVE up AS (SELECT 1) SELECT * FROM up": "RECURSIVE",
		"SELECT a FROM t, LATERAL (SELECT 1 LIMIT 1) x":    "LATERAL",
		"LISTEN jobs":                                                                                   "LISTEN",
		"SELECT pg_notify('a', 'b')":                                                                    "pg_notify()",
		"SELECT pg_try_advisory_lock(1)":                                                                "pg_try_advisory_lock()",
		"SELECT a FROM t FOR UPDATE SKIP LOCKED":                                                        "FOR UPDATE",
		"SELECT a FROM t FOR NO KEY UPDATE":                                                             "FOR NO",
		"INSERT OR REPLACE INTO t (a) VALUES ($1)":                                                      "INSERT OR",
		"REPLACE INTO t (a) VALUES ($1)":                                                                "REPLACE INTO",
		"SELECT max(a, b), max(c), max(coalesce(a, b)) FROM t":                                          "max(a, b)",
		"SELECT CAST(a AS bigint), CAST((SELECT b AS c) AS bytea)":                                      "CAST AS bytea",
		"SELECT a FROM t WHERE b = ?":                                                                   "?",
		"SELECT a FROM t LIMIT $1, $2":                                                                  "two numbers after LIMIT",
		"SELECT group_concat(a) FROM t":                                                                 "group_concat()",
		"SELECT 'now() LIKE x::text' AS \"lower(\" -- now()":                                            "",
		"SELECT /* now() */ t.interval, a.like FROM t":                                                  "",
		"-- only: postgres\nSELECT a FROM t FOR UPDATE SKIP LOCKED":                                     "",
		"SELECT 1;\n-- only: postgres\nSELECT now();\n-- end only\nSELECT lower(a)":                     "lower()",
		"INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT (a) DO UPDATE SET b = excluded.b RETURNING a": "",
		"SELECT a, row_number() OVER (PARTITION BY b ORDER BY c) FROM t WHERE (a, b) > ($1, $2) ORDER BY a, b LIMIT $3":                                  "",
		"UPDATE job SET state = 'run' WHERE id IN (SELECT id FROM job WHERE state = 'ready' ORDER BY id LIMIT 1) AND state = 'ready' RETURNING id, date": "",
	} {
		var got []string
		for _, f := range Lint(sql) {
			if f.Advice == "" || f.Line < 1 {
				t.Errorf("%s: empty advice or line: %+v", sql, f)
			}
			got = append(got, f.Rule)
		}
		if strings.Join(got, " ") != rules {
			t.Errorf("%s:\n got %q\nwant %q", sql, got, rules)
		}
	}
}

func TestLintDir(t *testing.T) {
	root := t.TempDir()
	put := func(name, text string) {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("a/store.go", "package a\n\nconst (\n\tx = `SELECT a\n\t\tFROM t WHERE a = now()`\n\ty = \" AND name LIKE $1\"\n"+
		"\tz = `-- only: postgres\n\t\tSELECT now()`\n\tw = \"with things I like (now())\"\n\tv = \"select the members you like\"\n)\n")
	put("a/store_test.go", "package a\n\nconst x = `SELECT now()`\n")
	put("a/testdata/x.go", "package x\n\nconst x = `SELECT now()`\n")
	put("a/schema/0001_a.sql", "CREATE TABLE a (\n\tid bigint PRIMARY KEY,\n\tat timestamp\n);\n")
	put("a/notes/x.sql", "SELECT now()")
	findings, err := LintDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range findings {
		text, _ := strings.CutPrefix(f.String(), root+string(filepath.Separator))
		got = append(got, filepath.ToSlash(text))
	}
	want := []string{
		"a/schema/0001_a.sql:1: schema: line 3: column at has type timestamp: use bigint, text or bytea",
		"a/store.go:5: now(): give the time as a parameter",
		"a/store.go:6: LIKE: compare and order by key columns folded in Go",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// This package keeps its own rules.
func TestLintHere(t *testing.T) {
	findings, err := LintDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Error(f)
	}
}

func TestForSQLite(t *testing.T) {
	for _, c := range []struct{ name, in, out, err string }{
		{name: "types, key, strict",
			in:  "CREATE TABLE a (\n  id bigint PRIMARY KEY,\n  name TEXT COLLATE \"C\" NOT NULL DEFAULT 'x bigint',\n  b bytea -- text\n);\n",
			out: "CREATE TABLE a (\n  id INTEGER NOT NULL PRIMARY KEY,\n  name TEXT   NOT NULL DEFAULT 'x bigint',\n  b BLOB -- text\n) STRICT;\n"},
		{name: "table constraints",
			in:  "CREATE TABLE a (x bigint, y text, CHECK (x IN (1, 2)), PRIMARY KEY (x, y))",
			out: "CREATE TABLE a (x INTEGER NOT NULL, y TEXT NOT NULL, CHECK (x IN (1, 2)), PRIMARY KEY (x, y)) STRICT, WITHOUT ROWID"},
		{name: "a key of two columns, with large values beside it",
			in:  "CREATE TABLE a (x bigint, y bigint, z bytea, PRIMARY KEY (x, y))",
			out: "CREATE TABLE a (x INTEGER NOT NULL, y INTEGER NOT NULL, z BLOB, PRIMARY KEY (x, y)) STRICT"},
		{name: "sections",
			in:  "-- only: postgres\nGRANT SELECT ON a TO b;\n-- end only\n-- only: sqlite\nDROP TABLE a;\n-- end only\n",
			out: "-- only: postgres\n\n-- end only\n-- only: sqlite\nDROP TABLE a;\n-- end only\n"},
		{name: "add column", in: "ALTER TABLE a ADD COLUMN b bigint DEFAULT 0;", out: "ALTER TABLE a ADD COLUMN b INTEGER DEFAULT 0;"},
		{name: "index", in: "CREATE INDEX i ON a (b COLLATE \"C\", c) WHERE c > 0;", out: "CREATE INDEX i ON a (b  , c) WHERE c > 0;"},
		{name: "unknown type", in: "CREATE TABLE a (\n  ok bigint,\n  bad boolean)", err: "line 3: column bad has type boolean"},
		{name: "no type", in: "CREATE TABLE a (id)", err: "column id has no type"},
		{name: "identity", in: "CREATE TABLE a (id bigint GENERATED ALWAYS AS IDENTITY)", err: "GENERATED"},
		{name: "array", in: "CREATE TABLE a (id bigint[])", err: "["},
		{name: "stranger", in: "SELECT 1;\nGRANT x", err: "line 1: a schema file cannot begin a statement with SELECT"},
		{name: "options", in: "CREATE TABLE a (id bigint) WITH (fillfactor = 70)", err: "nothing may follow"},
		{name: "alter type", in: "ALTER TABLE a ALTER COLUMN b TYPE text", err: "ADD COLUMN, DROP COLUMN or RENAME"},
		{name: "using", in: "CREATE INDEX i ON a USING gin (b)", err: "USING"},
		{name: "open section", in: "\n-- only: postgres\n", err: "line 2"},
		{name: "strange section", in: "-- only: oracle\n", err: "oracle"},
		{name: "end alone", in: "-- end only\n", err: "without"},
		{name: "no bracket", in: "CREATE TABLE a", err: "without a list"},
		{name: "unclosed", in: "CREATE TABLE a (id bigint", err: "nothing may follow"},
		{name: "empty column", in: "CREATE TABLE a (,)", err: "column is missing"},
		{name: "key column", in: "CREATE TABLE a (id bigint, PRIMARY KEY (no))", err: "primary key column no"},
	} {
		out, err := forSQLite(c.in)
		switch {
		case c.err != "":
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: got %v, want an error with %q", c.name, err, c.err)
			}
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		case out != c.out:
			t.Errorf("%s:\n%s", c.name, cmp.Diff(c.out, out))
		}
	}
}

// Cutting SQL into tokens loses nothing.
func TestLexKeepsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"'", "\"", "--", "/*", "*/", "\n", "$1", "::", "->>", ";", "(", "select"}))).Draw(t, "parts")
		text := strings.Join(parts, "")
		var back strings.Builder
		line := 1
		for _, token := range lex(text) {
			if token.text == "" || token.line != line {
				t.Fatalf("token %+v, at line %d", token, line)
			}
			line += strings.Count(token.text, "\n")
			back.WriteString(token.text)
		}
		if back.String() != text {
			t.Fatalf("%q came back as %q", text, back.String())
		}
	})
}

func FuzzForSQLite(f *testing.F) {
	f.Add("CREATE TABLE a (id bigint PRIMARY KEY, b text COLLATE \"C\", c bytea, UNIQUE (b, c));")
	f.Add("-- only: postgres\nGRANT a;\n-- end only\nALTER TABLE a ADD COLUMN b bigint; CREATE UNIQUE INDEX i ON a (b)")
	f.Add("CREATE TABLE a ((,")
	f.Add("CREATE TABLE (,)")
	f.Add("PRIMARY KEY (")
	f.Fuzz(func(t *testing.T, text string) {
		Lint(text) // must not panic
		if out, err := forSQLite(text); err == nil && strings.Count(out, "\n") != strings.Count(text, "\n") {
			t.Errorf("%q became %q: lines moved", text, out)
		}
	})
}
