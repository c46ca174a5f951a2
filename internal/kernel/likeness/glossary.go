package likeness

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
)

// Kind says what a concept is in a demand.
type Kind string

// The kinds of concepts.
const (
	Topic       Kind = "topic"  // what the demand is about
	Action      Kind = "action" // what shall happen to it
	Aim         Kind = "aim"    // an action that is neither for nor against: the same for all, a check
	Beneficiary Kind = "group"  // for whom
)

// Concept is one idea with its words in the three languages.
type Concept struct {
	Name    string
	Kind    Kind
	Sign    int // of an action: for or against; of a topic: a good or a burden
	Parents []string
	Names   text.Names // the first term of each language, to show

	key     uint64
	lineage []ancestor
}

// ancestor is a parent, or a parent of one, and how far away.
type ancestor struct {
	*Concept
	far int
}

// Glossary is the vocabulary that joins the languages. It is read-only.
type Glossary struct {
	concepts map[string]*Concept
	byKey    map[uint64]*Concept
	patterns int
	stems    map[text.Lang]map[string]int // pattern of a word by its stem
	whole    map[text.Lang]map[string]int // of a word in this form only
	heads    map[text.Lang]map[string]int // of the beginning of a word
	tails    map[text.Lang]map[string]int // of its end
	runs     map[int][]run                // by the first pattern, longest first
	scatters map[int][]scatter            // by the first pattern of the first part
}

// run is a term: words one after the other.
type run struct {
	patterns []int
	concept  *Concept
}

// scatter is a term whose parts stand near each other in any order.
type scatter struct {
	parts   [][]int
	concept *Concept
}

// Own is the glossary of labour relations shipped with the program.
var Own = must(ReadGlossary(data, "data/glossary.csv"))

var columns = []string{"concept", "kind", "sign", "parent", "kk", "ru", "en"}

// ReadGlossary reads a glossary: a CSV file with the columns concept, kind, sign,
// parent and the terms in kk, ru and en, separated by semicolons. In a term, words
// are compared by stem; "=word" is the word in this form only, "word*" the beginning
// of a word and "*word" its end;
// "a + b" are parts that stand near each other in any order.
func ReadGlossary(files fs.FS, name string) (*Glossary, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	g := &Glossary{concepts: map[string]*Concept{}, byKey: map[uint64]*Concept{}, runs: map[int][]run{}, scatters: map[int][]scatter{}}
	g.stems, g.whole, g.heads, g.tails = newPatterns(), newPatterns(), newPatterns(), newPatterns()
	r := csv.NewReader(f)
	head, err := r.Read()
	if err != nil || !slices.Equal(head, columns) {
		return nil, fmt.Errorf("%s:1: the columns must be %s", name, strings.Join(columns, ","))
	}
	lines := map[string]int{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := r.FieldPos(0)
		if err := g.add(row); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		lines[row[0]] = line
	}
	for _, c := range g.concepts {
		if err := g.climb(c, c, 1); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, lines[c.Name], err)
		}
	}
	for _, runs := range g.runs {
		slices.SortStableFunc(runs, func(a, b run) int { return len(b.patterns) - len(a.patterns) })
	}
	return g, nil
}

// climb gives c the parents of one of its ancestors, or of itself.
func (g *Glossary) climb(c, from *Concept, far int) error {
	for _, name := range from.Parents {
		up := g.concepts[name]
		if up == nil || up == c || far > len(g.concepts) {
			return fmt.Errorf("the parent %q of %q is unknown or descends from it", name, from.Name)
		}
		c.lineage = append(c.lineage, ancestor{up, far})
		if err := g.climb(c, up, far+1); err != nil {
			return err
		}
	}
	return nil
}

func newPatterns() map[text.Lang]map[string]int {
	return map[text.Lang]map[string]int{text.KK: {}, text.RU: {}, text.EN: {}}
}

func (g *Glossary) add(row []string) error {
	c := &Concept{Name: row[0], Kind: Kind(row[1]), Parents: strings.Fields(row[3]), key: keyOf('C', row[0])}
	if c.Name == "" || g.concepts[c.Name] != nil {
		return fmt.Errorf("the concept %q has no name or stands here twice", c.Name)
	}
	if c.Kind != Topic && c.Kind != Action && c.Kind != Aim && c.Kind != Beneficiary {
		return fmt.Errorf("%q is neither topic, action, aim nor group", row[1])
	}
	sign, err := strconv.Atoi(row[2])
	if err != nil || sign < -1 || sign > 1 {
		return fmt.Errorf("the sign %q is not -1, 0 or 1", row[2])
	}
	c.Sign = sign
	g.concepts[c.Name], g.byKey[c.key] = c, c
	for i, lang := range text.Langs {
		for n, term := range strings.Split(row[4+i], ";") {
			term = strings.TrimSpace(term)
			if term == "" {
				continue
			}
			if n == 0 {
				c.name(lang, term)
			}
			if err := g.term(c, lang, term); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Concept) name(lang text.Lang, term string) {
	term = strings.ReplaceAll(term, "*", "…")
	switch lang {
	case text.KK:
		c.Names.KK = term
	case text.RU:
		c.Names.RU = term
	default:
		c.Names.EN = term
	}
}

func (g *Glossary) term(c *Concept, lang text.Lang, term string) error {
	var parts [][]int
	for part := range strings.SplitSeq(term, "+") {
		var patterns []int
		for w := range strings.FieldsSeq(part) {
			for _, p := range g.pattern(lang, w) {
				patterns = append(patterns, p)
			}
		}
		if len(patterns) == 0 {
			return fmt.Errorf("%q: the term %q has an empty part", c.Name, term)
		}
		parts = append(parts, patterns)
	}
	if len(parts) == 1 {
		first := parts[0][0]
		same := func(r run) bool { return r.concept == c && slices.Equal(r.patterns, parts[0]) }
		if slices.ContainsFunc(g.runs[first], same) {
			return nil // another form of the same word
		}
		g.runs[first] = append(g.runs[first], run{parts[0], c})
		return nil
	}
	for i := range parts { // whichever part comes first in a text finds the others
		ordered := append([][]int{parts[i]}, slices.Delete(slices.Clone(parts), i, i+1)...)
		g.scatters[parts[i][0]] = append(g.scatters[parts[i][0]], scatter{ordered, c})
	}
	return nil
}

// pattern is the number of the pattern of a word of a term; a word written with a
// hyphen has several, one that says nothing has none.
func (g *Glossary) pattern(lang text.Lang, w string) []int {
	table, key := g.stems[lang], ""
	switch {
	case strings.HasPrefix(w, "#"):
		key = w
	case strings.HasPrefix(w, "="):
		table, key = g.whole[lang], search.Fold(w[1:])
	case strings.HasSuffix(w, "*"):
		table, key = g.heads[lang], search.Fold(w[:len(w)-1])
	case strings.HasPrefix(w, "*"):
		table, key = g.tails[lang], search.Fold(w[1:])
	default:
		var out []int
		for _, t := range tokens(w, lang) {
			if !t.skip {
				out = append(out, g.number(table, t.stem))
			}
		}
		return out
	}
	return []int{g.number(table, key)}
}

func (g *Glossary) number(table map[string]int, key string) int {
	if n, ok := table[key]; ok {
		return n
	}
	g.patterns++
	table[key] = g.patterns
	return g.patterns
}

// matches are the patterns that a word of a text fits.
func (g *Glossary) matches(t token) []int {
	var out []int
	if p, ok := g.stems[t.lang][t.stem]; ok {
		out = append(out, p)
	}
	if p, ok := g.whole[t.lang][t.folded]; ok {
		out = append(out, p)
	}
	if len(g.heads[t.lang]) > 0 {
		for i := range t.folded {
			if p, ok := g.heads[t.lang][t.folded[:i]]; ok {
				out = append(out, p)
			}
			if p, ok := g.tails[t.lang][t.folded[i:]]; ok {
				out = append(out, p)
			}
		}
		if p, ok := g.heads[t.lang][t.folded]; ok {
			out = append(out, p)
		}
	}
	if len(out) == 0 && t.lang == text.KK { // a Russian word in a Kazakh text
		t.lang, t.stem = text.RU, stem(text.RU, t.surface)
		return g.matches(t)
	}
	return out
}
