package db

import (
	"fmt"
	"slices"
	"strings"
)

// Schema files are written as PostgreSQL reads them. For SQLite a closed list
// of words is translated; what is not on the list is an error, never passed on
// and hoped for. A section between "-- only: postgres" (or sqlite) and "-- end
// only" exists on that engine alone.

// columnTypes gives SQLite's word for each type a column may have.
var columnTypes = map[string]string{"bigint": "INTEGER", "text": "TEXT", "bytea": "BLOB"}

// only blanks out the lines that are for the other engine; the number of lines
// stays.
func only(text string, engine Engine) (string, error) {
	lines := strings.SplitAfter(text, "\n")
	inside, start := Engine(0), 0
	for i, line := range lines {
		mark, isMark := strings.CutPrefix(strings.TrimSpace(line), "--")
		mark = strings.TrimSpace(mark)
		name, begins := strings.CutPrefix(mark, "only:")
		switch {
		case isMark && begins:
			if inside != 0 {
				return "", fmt.Errorf("line %d: “only” section inside the one of line %d", i+1, start)
			}
			start = i + 1
			switch strings.TrimSpace(name) {
			case "postgres":
				inside = Postgres
			case "sqlite":
				inside = SQLite
			default:
				return "", fmt.Errorf("line %d: %q: write “-- only: postgres” or “-- only: sqlite”", i+1, strings.TrimSpace(line))
			}
		case isMark && mark == "end only":
			if inside == 0 {
				return "", fmt.Errorf("line %d: “end only” without “only”", i+1)
			}
			inside = 0
		case inside != 0 && inside != engine && strings.HasSuffix(line, "\n"):
			lines[i] = "\n"
		case inside != 0 && inside != engine:
			lines[i] = ""
		}
	}
	if inside != 0 {
		return "", fmt.Errorf("line %d: “only” section without “end only”", start)
	}
	return strings.Join(lines, ""), nil
}

// forSQLite translates a schema file from PostgreSQL's spelling.
func forSQLite(text string) (string, error) {
	text, err := only(text, SQLite)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, statement := range statements(lex(text)) {
		if err := translate(&out, statement); err != nil {
			return "", err
		}
	}
	return out.String(), nil
}

// statements cuts tokens after each semicolon.
func statements(tokens []sqlToken) [][]sqlToken {
	var all [][]sqlToken
	start := 0
	for i, t := range tokens {
		if t.text == ";" {
			all = append(all, tokens[start:i+1])
			start = i + 1
		}
	}
	return append(all, tokens[start:])
}

// translate writes one statement as SQLite reads it.
func translate(out *strings.Builder, tokens []sqlToken) error {
	var at []int // the meaningful tokens
	for i, t := range tokens {
		if t.kind != space && t.kind != comment && t.text != ";" {
			at = append(at, i)
		}
	}
	words := make([]sqlToken, len(at))
	for i, j := range at {
		words[i] = tokens[j]
	}
	edit := edits{replace: map[int]string{}, after: map[int]string{}, at: at}
	switch {
	case len(words) == 0:
	case starts(words, "create", "table"):
		if err := createTable(&edit, words); err != nil {
			return err
		}
	case starts(words, "alter", "table"):
		if err := alterTable(&edit, words); err != nil {
			return err
		}
	case starts(words, "create", "index"), starts(words, "create", "unique", "index"):
		for _, t := range words {
			if t.is("using", "include", "concurrently", "tablespace") {
				return refuse(t, "an index cannot say %s on both engines", strings.ToUpper(t.text))
			}
		}
	case starts(words, "drop", "table"), starts(words, "drop", "index"),
		words[0].is("insert", "update", "delete"):
	default:
		return refuse(words[0], "a schema file cannot begin a statement with %s; put it between “-- only: postgres” and “-- end only”", words[0].text)
	}
	edit.dropCollation(words)
	for i, t := range tokens {
		text := t.text
		if replaced, ok := edit.replace[i]; ok {
			text = replaced
		}
		out.WriteString(text)
		out.WriteString(edit.after[i])
	}
	return nil
}

func refuse(t sqlToken, format string, args ...any) error {
	return fmt.Errorf("line %d: "+format, append([]any{t.line}, args...)...)
}

// starts reports whether the words begin with the keywords.
func starts(words []sqlToken, keywords ...string) bool {
	if len(words) < len(keywords) {
		return false
	}
	for i, keyword := range keywords {
		if !words[i].is(keyword) {
			return false
		}
	}
	return true
}

// edits are changes to the tokens of one statement, by place among its words.
type edits struct {
	at             []int
	replace, after map[int]string
}

func (e *edits) set(i int, text string) { e.replace[e.at[i]] = text }
func (e *edits) add(i int, text string) { e.after[e.at[i]] += text }

// dropCollation removes COLLATE "C", which SQLite's text has anyway.
func (e *edits) dropCollation(words []sqlToken) {
	for i, t := range words {
		if t.is("collate") && i+1 < len(words) && words[i+1].text == `"C"` {
			e.set(i, "")
			e.set(i+1, "")
		}
	}
}

// createTable translates the types, makes the table STRICT, and makes the
// primary key NOT NULL, which PostgreSQL implies and SQLite does not. A table
// whose key has several columns becomes the index of its key, which spares a
// second tree; not one with values that are no key and may be large, which would
// spread it thin.
func createTable(e *edits, words []sqlToken) error {
	open := slices.IndexFunc(words, func(t sqlToken) bool { return t.text == "(" })
	if open < 0 {
		return refuse(words[0], "CREATE TABLE without a list of columns")
	}
	items, end := pieces(words, open)
	if end != len(words)-1 {
		return refuse(words[min(end+1, len(words)-1)], "nothing may follow the columns of CREATE TABLE")
	}
	types := map[string]int{} // column → place of its type
	var key, blobs []string
	clustered := false
	for _, item := range items {
		first := words[item.from]
		if item.from == item.to {
			return refuse(first, "a column is missing before this comma")
		}
		if first.is("constraint", "primary", "unique", "foreign", "check") {
			columns := primaryKey(words[item.from:item.to])
			key, clustered = append(key, columns...), clustered || len(columns) > 1
			continue
		}
		place, err := column(e, words[:item.to], item.from)
		if err != nil {
			return err
		}
		types[strings.ToLower(first.text)] = place
		if words[place].is("bytea") {
			blobs = append(blobs, first.text)
		}
		if primary(words[item.from:item.to]) >= 0 {
			key = append(key, first.text)
		}
	}
	for _, name := range key {
		place, ok := types[strings.ToLower(name)]
		if !ok {
			return refuse(words[open], "primary key column %s is not in the table", name)
		}
		e.add(place, " NOT NULL")
	}
	e.add(end, " STRICT")
	if clustered && !slices.ContainsFunc(blobs, func(b string) bool { return !slices.Contains(key, b) }) {
		e.add(end, ", WITHOUT ROWID")
	}
	return nil
}

// alterTable knows ADD COLUMN, DROP COLUMN and RENAME.
func alterTable(e *edits, words []sqlToken) error {
	for i, t := range words {
		switch {
		case t.is("rename"), t.is("drop") && i+1 < len(words) && words[i+1].is("column"):
			return nil
		case t.is("add") && i+2 < len(words) && words[i+1].is("column"):
			_, err := column(e, words, i+2)
			return err
		}
	}
	return refuse(words[0], "ALTER TABLE can ADD COLUMN, DROP COLUMN or RENAME on both engines; anything else needs a new table or an “only” section")
}

// column translates the type of the column whose name is at from; words end
// where its definition ends. It gives the place of the type.
func column(e *edits, words []sqlToken, from int) (int, error) {
	if from+1 >= len(words) {
		return 0, refuse(words[from], "column %s has no type: use bigint, text or bytea", words[from].text)
	}
	kind := words[from+1]
	translated, ok := columnTypes[strings.ToLower(kind.text)]
	if !ok {
		return 0, refuse(kind, "column %s has type %s: use bigint, text or bytea", words[from].text, kind.text)
	}
	for _, t := range words[from+2:] {
		if t.is("generated", "identity", "array") || t.text == "[" {
			return 0, refuse(t, "column %s: %s is not the same on both engines", words[from].text, t.text)
		}
	}
	e.set(from+1, translated)
	return from + 1, nil
}

// span is a piece of a list, from one word to before another.
type span struct{ from, to int }

// pieces cuts what is between the bracket at open and its partner at commas, and
// gives the partner's place.
func pieces(words []sqlToken, open int) ([]span, int) {
	var items []span
	depth, from := 0, open+1
	for i := open; i < len(words); i++ {
		switch words[i].text {
		case "(":
			depth++
		case ")":
			depth--
			if depth == 0 {
				if i > from {
					items = append(items, span{from, i})
				}
				return items, i
			}
		case ",":
			if depth == 1 {
				items = append(items, span{from, i})
				from = i + 1
			}
		}
	}
	return items, len(words)
}

// primary gives the place of PRIMARY KEY, or -1.
func primary(words []sqlToken) int {
	for i := 0; i+1 < len(words); i++ {
		if words[i].is("primary") && words[i+1].is("key") {
			return i
		}
	}
	return -1
}

// primaryKey gives the columns of a table constraint PRIMARY KEY (a, b).
func primaryKey(words []sqlToken) []string {
	i := primary(words)
	if i < 0 || i+2 >= len(words) || words[i+2].text != "(" {
		return nil
	}
	items, _ := pieces(words, i+2)
	var names []string
	for _, item := range items {
		names = append(names, words[item.from].text)
	}
	return names
}
