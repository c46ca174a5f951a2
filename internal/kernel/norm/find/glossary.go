package find

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"odaq/internal/kernel/text"
)

//go:embed glossary.txt
var builtIn string

// slot is a place in a pattern: one word in the spellings it may have.
type slot int32

// step is one word of a sequence.
type step struct {
	slot slot
	gap  bool // other words may stand before it
}

// sequence is words that follow one another, with its number in the glossary.
type sequence struct {
	id    int
	steps []step
}

// pattern is sequences that stand near one another.
type pattern struct {
	parts  []int // sequence ids
	weight float64
}

// family is units that are worded alike: "hours" may be h/week or h/month, by
// the norm type.
type family struct {
	name          string
	codes         []string
	before, after []int // sequences
}

// implied is words that are a value by themselves: "double rate".
type implied struct {
	value  *big.Rat
	family string
	words  []int
}

// other is a second reading of a value: once a year is every 12 months.
type other struct {
	from, to string
	over     *big.Rat // the value read is over / value
}

// entry is how a norm type is worded.
type entry struct {
	code       string
	takes      []string // unit families
	words, not []pattern
	items      []item
}

type item struct {
	name  string
	words []int
}

type foreign struct {
	numeral
	lang text.Lang
}

// Glossary is the words that decide. Its file is explained in glossary.txt.
type Glossary struct {
	slots     map[string]slot
	exact     map[string][]slot
	stems     map[string][]slot
	alike     map[string][]stem // long stems by their first two letters, for typing errors
	sequences []sequence
	known     map[string]int // id of a sequence by its words
	first     map[slot][]int // sequences by their first word
	numerals  map[slot]foreign
	families  map[string]*family
	order     []string // of families
	implied   []implied
	others    []other
	entries   []*entry
	short     map[string]bool
	markers   map[text.Lang]map[string]bool

	and, often, least, most, exactly []int
	leastAfter, mostAfter, upTo      []int
	refBefore, refAfter              []int
	join, to, filler, no, unsaid     []int
	old, over, anaphor               []int
}

type stem struct {
	letters []rune
	slot    slot
}

const (
	forgivenStem = 7 // letters a stem must have for a typing error in it to be forgiven
	surePrefix   = 5 // letters from which a stem that fits leaves no typing error to look for
	longestStem  = 40
)

// ReadGlossary reads a glossary file; name is what errors call it.
func ReadGlossary(in io.Reader, name string) (*Glossary, error) {
	g := &Glossary{
		slots: map[string]slot{}, exact: map[string][]slot{}, stems: map[string][]slot{}, alike: map[string][]stem{},
		known: map[string]int{}, first: map[slot][]int{}, numerals: map[slot]foreign{}, families: map[string]*family{},
		short: map[string]bool{}, markers: map[text.Lang]map[string]bool{},
	}
	var errs []error
	var section []string
	lost := false
	lines := bufio.NewScanner(in)
	for line := 1; lines.Scan(); line++ {
		s := strings.TrimSpace(lines.Text())
		var err error
		switch {
		case s == "" || strings.HasPrefix(s, "#"):
		case strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]"):
			section = strings.Fields(s[1 : len(s)-1])
			err = g.open(section)
			lost = err != nil
		case lost: // its section is already told to be wrong
		default:
			key, words, ok := strings.Cut(s, ":")
			switch {
			case !ok:
				err = fmt.Errorf(`%q is not of the form "ru: words"`, s)
			case len(section) == 0:
				err = errors.New("the file begins without a [section]")
			default:
				err = g.line(section, strings.TrimSpace(key), words)
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w", name, line, err))
		}
	}
	if err := lines.Err(); err != nil {
		errs = append(errs, fmt.Errorf("%s: %w", name, err))
	}
	for _, e := range g.entries {
		for _, f := range e.takes {
			if g.families[f] == nil && f != yes && f != list {
				errs = append(errs, fmt.Errorf("%s: type %s takes %q, which is no unit of the file", name, e.code, f))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return g, nil
}

// What takes says of types that are no numbers.
const (
	yes  = "yes"
	list = "list"
)

func (g *Glossary) open(section []string) error {
	bad := fmt.Errorf("section %q is unknown or incomplete", strings.Join(section, " "))
	if len(section) == 0 {
		return bad
	}
	switch name, args := section[0], section[1:]; {
	case name == "type" && len(args) == 1:
		g.entries = append(g.entries, &entry{code: args[0]})
	case name == "unit" && len(args) == 1:
		if g.families[args[0]] != nil {
			return fmt.Errorf("unit %s is there twice", args[0])
		}
		g.families[args[0]] = &family{name: args[0]}
		g.order = append(g.order, args[0])
	case name == "number" && (len(args) == 1 || len(args) == 2 && (args[1] == "scale" || args[1] == "half")):
		_, err := rational(args[0])
		return err
	case name == "implied" && len(args) == 2:
		v, err := rational(args[0])
		if err != nil {
			return err
		}
		g.implied = append(g.implied, implied{value: v, family: args[1]})
	case name == "other" && len(args) == 3:
		v, err := rational(args[2])
		if err != nil {
			return err
		}
		g.others = append(g.others, other{args[0], args[1], v})
	case slices.Contains([]string{"compare", "reference", "language", "grammar"}, name) && len(args) == 0:
	default:
		return bad
	}
	return nil
}

func rational(s string) (*big.Rat, error) {
	v, ok := new(big.Rat).SetString(s)
	if !ok || len(s) > longestNumber || strings.ContainsAny(s, "eEpPxX_") {
		return nil, fmt.Errorf("%q is not a number", s)
	}
	return v, nil
}

func (g *Glossary) line(section []string, key, words string) error {
	lang, isLang := text.Parse(key)
	switch section[0] {
	case "type":
		return g.typeLine(g.entries[len(g.entries)-1], key, isLang, words)
	case "unit":
		f := g.families[section[1]]
		switch {
		case key == "codes":
			for code := range strings.SplitSeq(words, ",") {
				f.codes = append(f.codes, strings.TrimSpace(code))
			}
			return nil
		case key == "before":
			return g.sequencesOf(words, &f.before)
		case isLang:
			return g.sequencesOf(words, &f.after)
		}
	case "number":
		if isLang || key == "all" {
			n := foreign{}
			if isLang {
				n.lang = lang
			}
			n.value, _ = rational(section[1])
			if len(section) == 3 {
				n.role = map[string]role{"scale": scale, "half": half}[section[2]]
			}
			return g.number(words, n)
		}
	case "implied":
		if isLang {
			return g.sequencesOf(words, &g.implied[len(g.implied)-1].words)
		}
	case "language":
		if isLang {
			g.markers[lang] = map[string]bool{}
			for _, w := range strings.Fields(words) {
				g.markers[lang][fold(w)] = true
			}
			return nil
		}
	default:
		if to, ok := map[string]*[]int{
			"and": &g.and, "often": &g.often, "at least": &g.least, "at most": &g.most, "exactly": &g.exactly,
			"at least after": &g.leastAfter, "at most after": &g.mostAfter, "up to": &g.upTo, "before": &g.refBefore, "after": &g.refAfter,
			"join": &g.join, "to": &g.to, "filler": &g.filler, "no": &g.no, "unsaid": &g.unsaid, "old": &g.old, "over": &g.over, "anaphor": &g.anaphor,
		}[key]; ok {
			return g.sequencesOf(words, to)
		}
		if key == "short" {
			for _, w := range strings.Fields(words) {
				g.short[fold(w)] = true
			}
			return nil
		}
	}
	return fmt.Errorf("%q has no place in section %q", key, strings.Join(section, " "))
}

func (g *Glossary) typeLine(e *entry, key string, isLang bool, words string) error {
	switch {
	case key == "takes":
		e.takes = strings.Fields(words)
		return nil
	case isLang:
		return g.patternsOf(words, &e.words)
	case key == "not":
		return g.patternsOf(words, &e.not)
	}
	if name, ok := strings.CutPrefix(key, "item "); ok {
		it := item{name: strings.TrimSpace(name)}
		if err := g.sequencesOf(words, &it.words); err != nil {
			return err
		}
		e.items = append(e.items, it)
		return nil
	}
	return fmt.Errorf("%q has no place in a type", key)
}

func (g *Glossary) patternsOf(words string, to *[]pattern) error {
	for s := range strings.SplitSeq(words, ",") {
		var p pattern
		n := 0
		weak := strings.HasPrefix(strings.TrimSpace(s), "~")
		for part := range strings.SplitSeq(strings.TrimPrefix(strings.TrimSpace(s), "~"), "+") {
			id, err := g.sequence(part)
			if err != nil {
				return err
			}
			p.parts = append(p.parts, id)
			n += len(g.sequences[id].steps)
		}
		p.weight = [...]float64{1, 1.6, 2, 2.2}[min(n, 4)-1]
		if weak {
			p.weight /= 2
		}
		*to = append(*to, p)
	}
	return nil
}

func (g *Glossary) sequencesOf(words string, to *[]int) error {
	for s := range strings.SplitSeq(words, ",") {
		id, err := g.sequence(s)
		if err != nil {
			return err
		}
		*to = append(*to, id)
	}
	return nil
}

func (g *Glossary) sequence(s string) (int, error) {
	s = strings.Join(strings.Fields(s), " ")
	if id, ok := g.known[s]; ok {
		return id, nil
	}
	q := sequence{id: len(g.sequences)}
	gap := false
	for _, w := range strings.Fields(s) {
		if w == ".." {
			gap = true
			continue
		}
		q.steps = append(q.steps, step{g.slot(w), gap})
		gap = false
	}
	if len(q.steps) == 0 || gap || q.steps[0].gap {
		return 0, fmt.Errorf("%q is not a row of words", s)
	}
	g.known[s] = q.id
	g.sequences = append(g.sequences, q)
	g.first[q.steps[0].slot] = append(g.first[q.steps[0].slot], q.id)
	return q.id, nil
}

// slot is the number of a word in its spellings, such as "day/days" or "дн*".
func (g *Glossary) slot(spellings string) slot {
	if id, ok := g.slots[spellings]; ok {
		return id
	}
	id := slot(len(g.slots))
	g.slots[spellings] = id
	for w := range strings.SplitSeq(spellings, "/") {
		letters, isStem := strings.CutSuffix(fold(w), "*")
		if !isStem {
			g.exact[letters] = append(g.exact[letters], id)
			continue
		}
		g.stems[letters] = append(g.stems[letters], id)
		if r := []rune(letters); len(r) >= forgivenStem {
			g.alike[string(r[:2])] = append(g.alike[string(r[:2])], stem{r, id})
		}
	}
	return id
}

func (g *Glossary) number(words string, n foreign) error {
	for _, w := range strings.Fields(words) {
		id := g.slot(w + "/" + w) // its own: a numeral is read by language
		if o, ok := g.numerals[id]; ok && o.lang == n.lang {
			return fmt.Errorf("number %s is there twice", w)
		}
		if _, ok := g.numerals[id]; ok {
			id = g.slot(w + "/" + w + "/" + string(n.lang))
		}
		g.numerals[id] = n
	}
	return nil
}

// slotsOf is every slot a folded word fits.
func (g *Glossary) slotsOf(w string) []slot {
	found := slices.Clone(g.exact[w])
	letters := []rune(w)
	sure := len(found) > 0
	n := 0
	for at, r := range w {
		if n++; n > longestStem || r == utf8.RuneError {
			break
		}
		if stems := g.stems[w[:at+utf8.RuneLen(r)]]; stems != nil {
			found = append(found, stems...)
			sure = sure || n >= surePrefix
		}
	}
	if sure || len(letters) < forgivenStem-1 {
		return found
	}
	for _, s := range g.alike[string(letters[:2])] {
		if oneError(letters, s.letters) {
			found = append(found, s.slot)
		}
	}
	return found
}

// oneError reports whether w begins with the stem but for one letter that is
// missing, too many, wrong, or swapped with the next.
func oneError(w, stem []rune) bool {
	i := 0
	for i < len(w) && i < len(stem) && w[i] == stem[i] {
		i++
	}
	if i == len(stem) {
		return true
	}
	begins := func(w, stem []rune) bool { return len(w) >= len(stem) && slices.Equal(w[:len(stem)], stem) }
	rest := stem[i+1:]
	switch {
	case i >= len(w):
		return false
	case begins(w[i:], rest), begins(w[i+1:], rest), begins(w[i+1:], stem[i:]):
		return true
	}
	return len(rest) > 0 && i+1 < len(w) && w[i] == rest[0] && w[i+1] == stem[i] && begins(w[i+2:], rest[1:])
}
