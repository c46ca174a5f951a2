package exchange

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"odaq/internal/kernel/fault"
	"odaq/internal/platform/sheet"
)

// Field is one thing an import can take from a row.
type Field struct {
	Key      string   // "iin"
	Names    []string // what columns of it are called in kk, ru and en, in any case, spacing and punctuation
	Required bool     // a row without it is rejected
}

// Pair says that a column holds a field.
type Pair struct {
	Field  string `json:"field"`          // Field.Key
	Column string `json:"column"`         // the column's title; in an override empty for "no column"
	Near   bool   `json:"near,omitempty"` // guessed from a title that is only nearly a name; ask a person
}

// Mapping says which column holds which field; each at most once.
type Mapping []Pair

// Guess finds the columns of fields by their titles. A title that is a name goes first, then one
// that is a name when what it has in brackets is left out, then one a slip of the pen away from
// a name. A column that could be two fields is given to neither by a slip.
func Guess(header []string, fields []Field) Mapping {
	g := guess{header: header, fields: fields, field: make([]int, len(header)), near: make([]bool, len(header))}
	for i := range g.field {
		g.field[i] = -1
	}
	g.exact(fold)
	g.exact(func(s string) string { return fold(bracketed.ReplaceAllString(s, " ")) })
	g.slips()

	var m Mapping
	for f, field := range fields {
		if c := slices.Index(g.field, f); c >= 0 {
			m = append(m, Pair{Field: field.Key, Column: header[c], Near: g.near[c]})
		}
	}
	return m
}

var bracketed = regexp.MustCompile(`\([^)]*\)|\[[^\]]*\]`)

type guess struct {
	header []string
	fields []Field
	field  []int  // by column: index into fields, or -1
	near   []bool // by column
}

func (g *guess) exact(fold func(string) string) {
	for c, title := range g.header {
		folded := fold(title)
		if folded == "" || g.field[c] >= 0 {
			continue
		}
		for f, field := range g.fields {
			if !slices.Contains(g.field, f) && slices.ContainsFunc(field.Names, func(n string) bool { return fold(n) == folded }) {
				g.field[c] = f
				break
			}
		}
	}
}

func (g *guess) slips() {
	// The nearest pairs first, so that a near title does not take the field of a nearer one.
	for slips := 1; slips <= 2; slips++ {
		for c, title := range g.header {
			if g.field[c] >= 0 {
				continue
			}
			var found []int
			for f, field := range g.fields {
				if !slices.Contains(g.field, f) && slices.ContainsFunc(field.Names, func(n string) bool { return within(fold(title), fold(n), slips) }) {
					found = append(found, f)
				}
			}
			if len(found) == 1 {
				g.field[c], g.near[c] = found[0], true
			}
		}
	}
}

// within says whether a and b are that many slips apart. Short words must be the same: between
// ИИН and БИН lies one letter and a person's whole identity.
func within(a, b string, slips int) bool {
	ra, rb := []rune(a), []rune(b)
	if shorter := min(len(ra), len(rb)); shorter < 5 || shorter < 9 && slips > 1 {
		return false
	}
	return distance(ra, rb) <= slips
}

// distance counts the letters to insert, delete, replace or swap with the next to turn a into b
// (optimal string alignment).
func distance(a, b []rune) int {
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}

var (
	lookAlikes = pairs("AАaаBВCСcсEЕeеHНKКkкMМOОoоPРpрTТXХxхYУyуIІiі")
	plainer    = pairs("ёеәағгқкңнөоұуүуһхіи")
)

func pairs(s string) map[rune]rune {
	m, runes := map[rune]rune{}, []rune(s)
	for i := 0; i < len(runes); i += 2 {
		m[runes[i]] = runes[i+1]
	}
	return m
}

// fold keeps of a title what makes its meaning: letters and digits in lower case, Kazakh letters
// as the Russian ones typed in their place, Latin letters that got into a Cyrillic title as
// those they look like.
func fold(title string) string {
	cyrillic := strings.ContainsFunc(title, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) })
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		if other, ok := lookAlikes[r]; ok && cyrillic {
			r = other
		}
		r = unicode.ToLower(r)
		if other, ok := plainer[r]; ok {
			return other
		}
		return r
	}, norm.NFC.String(title))
}

// With returns m as changed by a person: their pairs win over those of the same field or column.
func (m Mapping) With(chosen Mapping) Mapping {
	var out Mapping
	for _, p := range m {
		replaced := slices.ContainsFunc(chosen, func(c Pair) bool { return c.Field == p.Field || c.Column == p.Column })
		if !replaced {
			out = append(out, p)
		}
	}
	for _, c := range chosen {
		if c.Column != "" {
			out = append(out, c)
		}
	}
	return out
}

// Column returns the column of a field, or "".
func (m Mapping) Column(field string) string {
	for _, p := range m {
		if p.Field == field {
			return p.Column
		}
	}
	return ""
}

// Missing returns the required fields that have no column.
func (m Mapping) Missing(fields []Field) []Field {
	var out []Field
	for _, f := range fields {
		if f.Required && m.Column(f.Key) == "" {
			out = append(out, f)
		}
	}
	return out
}

// Unused returns the titles of the columns that hold no field.
func (m Mapping) Unused(header []string) []string {
	var out []string
	for _, title := range header {
		if title != "" && !slices.ContainsFunc(m, func(p Pair) bool { return p.Column == title }) {
			out = append(out, title)
		}
	}
	return out
}

// formPrefix begins the names of a mapping's form values: map.iin.
const formPrefix = "map."

// Form writes m as form values, map.iin=ЖСН.
func (m Mapping) Form() url.Values {
	v := url.Values{}
	for _, p := range m {
		v.Set(formPrefix+p.Field, p.Column)
	}
	return v
}

// FromForm reads what Form writes and leaves other values alone. An empty value means that the
// field has no column.
func FromForm(v url.Values) Mapping {
	var m Mapping
	for name := range v {
		if field, ok := strings.CutPrefix(name, formPrefix); ok {
			m = append(m, Pair{Field: field, Column: v.Get(name)})
		}
	}
	slices.SortFunc(m, func(a, b Pair) int { return strings.Compare(a.Field, b.Field) })
	return m
}

// Flags writes m as values of a --map flag, iin=ЖСН.
func (m Mapping) Flags() []string {
	var out []string
	for _, p := range m {
		out = append(out, p.Field+"="+p.Column)
	}
	return out
}

// FromFlags reads what Flags writes.
func FromFlags(flags []string) (Mapping, error) {
	var m Mapping
	for _, flag := range flags {
		field, column, ok := strings.Cut(flag, "=")
		if !ok || field == "" {
			return nil, fault.New(fault.Invalid, "exchange.map-form", "Text", flag)
		}
		m = append(m, Pair{Field: field, Column: strings.Join(strings.Fields(column), " ")})
	}
	return m, nil
}

// Binding finds the fields of a row.
type Binding struct {
	header []string
	fields []Field
	at     map[string]int // column by field key
}

// Bind applies m to a header. It fails with an Invalid fault that names every field whose column
// is missing, taken twice or unknown.
func (m Mapping) Bind(header []string, fields []Field) (Binding, error) {
	b := Binding{header: header, fields: fields, at: map[string]int{}}
	wrong := fault.New(fault.Invalid, "exchange.mapping")
	taken := map[int]bool{}
	for _, p := range m {
		column := -1
		if p.Column != "" {
			column = slices.Index(header, p.Column)
		}
		_, twice := b.at[p.Field]
		switch {
		case !slices.ContainsFunc(fields, func(f Field) bool { return f.Key == p.Field }):
			wrong.In(p.Field, "exchange.unknown-field", "Field", p.Field)
		case column < 0:
			wrong.In(p.Field, "exchange.unknown-column", "Column", p.Column)
		case twice || taken[column]:
			wrong.In(p.Field, "exchange.mapped-twice", "Column", p.Column)
		default:
			b.at[p.Field], taken[column] = column, true
		}
	}
	for _, f := range m.Missing(fields) {
		wrong.In(f.Key, "exchange.no-column")
	}
	return b, wrong.OrNil()
}

// Has says whether the file has a column for the field.
func (b Binding) Has(field string) bool {
	_, ok := b.at[field]
	return ok
}

// Column returns the title of the field's column, or "", for a Problem.
func (b Binding) Column(field string) string {
	if c, ok := b.at[field]; ok {
		return b.header[c]
	}
	return ""
}

// Value returns the field's text in row without spaces around it, "" if there is no column.
func (b Binding) Value(row sheet.Row, field string) string {
	c, ok := b.at[field]
	if !ok || c >= len(row.Cells) {
		return ""
	}
	return strings.TrimSpace(row.Cells[c])
}

// Problem makes a problem of the row's field; pairs are the message's arguments.
func (b Binding) Problem(row sheet.Row, field, key string, pairs ...any) Problem {
	return Problem{Line: row.Line, Column: b.Column(field), Key: key, Args: fault.New(fault.Invalid, key, pairs...).Args}
}

// Check finds what is wrong with a row whatever it means: required fields left empty, and more
// cells than titles, which is how a stray separator shows.
func (b Binding) Check(row sheet.Row) []Problem {
	if len(row.Cells) > len(b.header) {
		return []Problem{b.Problem(row, "", "exchange.row-too-wide", "Cells", len(row.Cells), "Columns", len(b.header))}
	}
	var out []Problem
	for _, f := range b.fields {
		if f.Required && b.Value(row, f.Key) == "" {
			out = append(out, b.Problem(row, f.Key, "exchange.required"))
		}
	}
	return out
}
