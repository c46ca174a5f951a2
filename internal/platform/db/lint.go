package db

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Finding is SQL that would not run, or not mean the same, on every engine.
type Finding struct {
	File   string // as walked by LintDir; "" from Lint
	Line   int    // counted from 1
	Rule   string // the words found, such as "now()"
	Advice string // what to write instead
}

// String gives "file:line: rule: advice".
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", f.File, f.Line, f.Rule, f.Advice)
}

const (
	useParameter = "give the time as a parameter"
	useKeys      = "compare and order by key columns folded in Go"
	useCast      = "write CAST(x AS bigint) or CAST(x AS text)"
	useColumns   = "use columns of their own, or decode in Go"
	useLease     = "it works on one node only: use a lease row"
	useGo        = "do it in Go"
	usePortable  = "there is no such thing on the other engine"
	useUpsert    = "write ON CONFLICT"
)

// rules by keyword, in lower case.
var keywordRules = map[string]string{
	"like": useKeys, "ilike": useKeys, "similar": useKeys, "glob": useKeys, "regexp": useKeys, "match": useKeys,
	"current_timestamp": useParameter, "current_date": useParameter, "current_time": useParameter,
	"localtimestamp": useParameter, "localtime": useParameter, "interval": useParameter,
	"lateral": "write a join with a window function", "recursive": "use a closure table",
	"rollup": "write one GROUP BY per level with UNION ALL", "cube": "write one GROUP BY per level with UNION ALL",
	"trigger": useGo, "function": useGo, "procedure": useGo,
	"listen": useLease, "notify": useLease, "unlisten": useLease,
	"autoincrement": "ids are made by kernel/id", "serial": "ids are made by kernel/id", "bigserial": "ids are made by kernel/id",
	"generated": "ids are made by kernel/id; derived values are computed in Go",
	"rowid":     usePortable, "ctid": usePortable, "isnull": "write IS NULL", "notnull": "write IS NOT NULL",
	"nextval": "ids are made by kernel/id", "truncate": "write DELETE", "pragma": usePortable,
}

// functionRules are for a word followed by a bracket.
var functionRules = map[string]string{
	"now": useParameter, "clock_timestamp": useParameter, "statement_timestamp": useParameter, "transaction_timestamp": useParameter,
	"date": useParameter, "datetime": useParameter, "julianday": useParameter, "strftime": useParameter, "unixepoch": useParameter,
	"date_trunc": useParameter, "date_part": useParameter, "extract": useParameter, "to_char": useGo, "to_timestamp": useParameter, "age": useParameter,
	"lower": useKeys, "upper": useKeys, "initcap": useKeys, "unaccent": useKeys,
	"any": "list the values: IN ($1, $2)", "some": "list the values: IN ($1, $2)",
	"random": "take randomness from Go", "randomblob": "take randomness from Go", "gen_random_uuid": "ids are made by kernel/id",
	"last_insert_rowid": "ids are made by kernel/id",
	"ifnull":            "write COALESCE", "nvl": "write COALESCE", "iif": "write CASE",
	"greatest": "write CASE", "least": "write CASE",
	"group_concat": "join the rows in Go", "array_agg": "join the rows in Go", "array": useColumns, "unnest": useColumns, "generate_series": useGo,
	"instr": useGo, "strpos": useGo, "printf": useGo, "format": useGo, "regexp_replace": useGo, "regexp_matches": useGo,
	"total": "write COALESCE(sum(x), 0)",
}

// symbolRules are for operators.
var symbolRules = map[string]string{
	"::": useCast, "->": useColumns, "->>": useColumns, "#>": useColumns, "#>>": useColumns, "@>": useColumns, "<@": useColumns,
	"~": useKeys, "~*": useKeys, "!~": useKeys, "!~*": useKeys, "?": "number the placeholder: $1", "[": useColumns,
}

// castTypes are the types both engines cast to alike.
var castTypes = []string{"bigint", "text"}

// Lint checks SQL, a statement or a piece of one, against the rules that let
// it run on SQLite, PostgreSQL and Citus. Text that begins with
// "-- only: postgres" or "-- only: sqlite" is written for one engine and free
// of them, as are such sections up to "-- end only".
func Lint(sql string) []Finding {
	sql = portable(sql)
	var findings []Finding
	tokens := meaningful(lex(sql))
	at := func(i int) sqlToken {
		if i < 0 || i >= len(tokens) {
			return sqlToken{}
		}
		return tokens[i]
	}
	for i, t := range tokens {
		next, after := at(i+1), at(i+2)
		report := func(rule, advice string) {
			findings = append(findings, Finding{Line: t.line, Rule: rule, Advice: advice})
		}
		name := strings.ToLower(t.text)
		if t.kind == symbol {
			if advice, ok := symbolRules[t.text]; ok {
				report(t.text, advice)
			}
			continue
		}
		if t.kind != word || at(i-1).text == "." {
			continue
		}
		call := next.text == "("
		switch {
		case call && functionRules[name] != "":
			report(name+"()", functionRules[name])
		case keywordRules[name] != "" && (!call || name == "lateral"):
			report(strings.ToUpper(name), keywordRules[name])
		case call && (strings.HasPrefix(name, "json_") || strings.HasPrefix(name, "jsonb_")):
			report(name+"()", useColumns)
		case call && (strings.HasPrefix(name, "pg_advisory") || strings.HasPrefix(name, "pg_try_advisory") || name == "pg_notify"):
			report(name+"()", useLease)
		case call && (name == "rollup" || name == "cube"), t.is("grouping") && next.is("sets"):
			report(strings.ToUpper(name), keywordRules["rollup"])
		case call && (name == "max" || name == "min") && arguments(tokens, i+1) > 1:
			report(name+"(a, b)", "write CASE: PostgreSQL has it for columns only")
		case call && name == "cast":
			if to, ok := castTarget(tokens, i+1); ok && !slices.Contains(castTypes, to) {
				report("CAST AS "+to, useCast)
			}
		case t.is("distinct") && next.is("on"):
			report(strings.ToUpper(name+" "+next.text), "use a window function: row_number() OVER (…) = 1")
		case t.is("for") && (next.is("update", "share") || next.is("no", "key") && after.is("key", "share")):
			report("FOR "+strings.ToUpper(next.text), "repeat the condition in the WHERE of an UPDATE and look at the rows affected")
		case t.is("insert") && next.is("or"), t.is("replace") && next.is("into") && !at(i-1).is("or"):
			report(strings.ToUpper(name+" "+next.text), useUpsert)
		case t.is("limit") && (next.kind == dollar || next.kind == word) && after.text == ",":
			report("two numbers after LIMIT", "page by the last row's keys")
		case t.is("nulls") && next.is("not") && after.is("distinct"):
			report("NULLS NOT DISTINCT", usePortable)
		}
	}
	return findings
}

// portable blanks out what is marked for one engine.
func portable(sql string) string {
	lines := strings.SplitAfter(sql, "\n")
	inside := false
	for i, line := range lines {
		mark := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(mark, "-- only:"):
			inside = true
		case mark == "-- end only":
			inside = false
		}
		if inside {
			lines[i] = strings.Repeat("\n", strings.Count(line, "\n"))
		}
	}
	return strings.Join(lines, "")
}

// arguments counts the arguments in the brackets at open.
func arguments(tokens []sqlToken, open int) int {
	items, _ := pieces(tokens, open)
	return len(items)
}

// castTarget gives the type in CAST(x AS type), in lower case.
func castTarget(tokens []sqlToken, open int) (string, bool) {
	items, end := pieces(tokens, open)
	if len(items) != 1 {
		return "", false
	}
	depth := 0
	for i := open; i < end; i++ {
		switch {
		case tokens[i].text == "(":
			depth++
		case tokens[i].text == ")":
			depth--
		case depth == 1 && tokens[i].is("as"):
			var words []string
			for _, t := range tokens[i+1 : end] {
				words = append(words, strings.ToLower(t.text))
			}
			return strings.Join(words, " "), true
		}
	}
	return "", false
}

// LintDir checks the schema files (*.sql in a folder “schema”) and every
// string of Go source that is SQL, tests and testdata left out, below root.
// The findings are in order of file and line.
func LintDir(root string) ([]Finding, error) {
	var findings []Finding
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != root && (name == "testdata" || strings.HasPrefix(name, ".") || name == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		var found []Finding
		switch {
		case strings.HasSuffix(name, ".sql") && filepath.Base(filepath.Dir(path)) == "schema":
			found, err = lintSchema(path)
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			found, err = lintGo(path)
		}
		for _, f := range found {
			f.File = path
			findings = append(findings, f)
		}
		return err
	})
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return findings, err
}

func lintSchema(path string) ([]Finding, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	findings := Lint(string(text))
	if _, err := forSQLite(string(text)); err != nil {
		findings = append(findings, Finding{Line: 1, Rule: "schema", Advice: err.Error()})
	}
	return findings, nil
}

func lintGo(path string) ([]Finding, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("read SQL in Go: %w", err)
	}
	var findings []Finding
	ast.Inspect(file, func(node ast.Node) bool {
		text, ok := node.(*ast.BasicLit)
		if !ok || text.Kind != token.STRING {
			return true
		}
		sql, err := strconv.Unquote(text.Value)
		if err != nil || !isSQL(sql) {
			return true
		}
		for _, f := range Lint(sql) {
			if text.Value[0] == '`' {
				f.Line += files.Position(text.Pos()).Line - 1
			} else {
				f.Line = files.Position(text.Pos()).Line
			}
			findings = append(findings, f)
		}
		return true
	})
	return findings, nil
}

// Words that begin a statement, with what must follow somewhere, and words
// that begin a piece of one when in capitals.
var (
	statementWords = map[string][]string{
		"select": nil, "insert": {"into"}, "update": {"set"}, "delete": {"from"}, "with": {"as", "select"},
		"create": {"table", "index", "trigger", "function", "view"}, "alter": {"table"}, "drop": {"table", "index"},
	}
	clauseWords = []string{
		"AND", "CASE", "CROSS", "DO", "EXCEPT", "EXISTS", "FOR", "FROM", "GROUP", "HAVING", "IN", "INNER", "INTERSECT", "JOIN", "LEFT",
		"LIKE", "ILIKE", "LIMIT", "NOT", "OFFSET", "ON", "OR", "ORDER", "RETURNING", "SET", "UNION", "USING", "VALUES", "WHERE", "WINDOW",
		"LISTEN", "NOTIFY", "PRAGMA", "TRUNCATE", "REPLACE", "SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "DISTINCT",
	}
)

// isSQL tells SQL from other strings by its first words.
func isSQL(text string) bool {
	var head []sqlToken
	tokens := meaningful(lex(text))
	for _, t := range tokens {
		if t.kind == word {
			head = append(head, t)
		} else if len(head) == 0 && t.text != "(" && t.text != ")" {
			return false
		}
	}
	if len(head) == 0 {
		return false
	}
	first := head[0].text
	if slices.Contains(clauseWords, first) {
		return len(tokens) > 1
	}
	// In small letters it must look like a statement, not like a sentence.
	needed, begins := statementWords[strings.ToLower(first)]
	if !begins || strings.ToLower(first) != first && strings.ToUpper(first) != first {
		return false
	}
	if needed == nil {
		needed = []string{"from"}
	}
	return slices.ContainsFunc(head[1:], func(t sqlToken) bool { return t.is(needed...) })
}
