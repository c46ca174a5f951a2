package find

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"odaq/internal/kernel/norm"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/text"
)

// Comparison says how a clause bounds a value.
type Comparison uint8

// The comparisons.
const (
	Exactly Comparison = iota
	AtLeast
	AtMost
)

// String is "at least".
func (c Comparison) String() string { return [...]string{"exactly", "at least", "at most"}[c] }

// MarshalText is String.
func (c Comparison) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Proposal is a norm that a text seems to set.
type Proposal struct {
	Type       string
	Value      norm.Value
	Unit       string // empty for a yes-no and a list
	Comparison Comparison
	Confidence float64 // from 0 to 1
	ValueSpan  Span
	UnitSpan   Span   // empty when no word names the unit
	Why        []Span // the words that decided the type
}

// Finder finds norms of one country. It is safe for concurrent use.
type Finder struct {
	g     *Glossary
	norms *profile.Norms
	taken map[string][]*kindOf // by family
	words map[int][]*kindOf    // by the sequence that a pattern of theirs begins with
}

// kindOf is a norm type with its words.
type kindOf struct {
	*entry
	typ   *profile.NormType
	units map[string]string // code by family
}

// New makes a finder of the profile's norm types; those that the glossary does
// not know are never proposed.
func New(norms *profile.Norms, g *Glossary) *Finder {
	f := &Finder{g: g, norms: norms, taken: map[string][]*kindOf{}, words: map[int][]*kindOf{}}
	for _, e := range g.entries {
		t := norms.Type(e.code)
		if t == nil {
			continue
		}
		k := &kindOf{entry: e, typ: t, units: map[string]string{}}
		for _, w := range k.entry.words {
			f.words[w.parts[0]] = append(f.words[w.parts[0]], k)
		}
		for _, name := range e.takes {
			fam := g.families[name]
			if t.Direction.Counted() != (fam != nil) {
				continue // the country counts it otherwise
			}
			if fam != nil {
				if k.units[name] = f.unit(t, fam); k.units[name] == "" {
					continue
				}
			}
			f.taken[name] = append(f.taken[name], k)
		}
	}
	return f
}

// BuiltIn is the glossary that comes with Odaq.
func BuiltIn() (*Glossary, error) {
	return ReadGlossary(strings.NewReader(builtIn), "glossary.txt")
}

// unit is the code in which values of the family are given for a type: its own
// unit, else one that converts to it, else the first the country has.
func (f *Finder) unit(t *profile.NormType, fam *family) string {
	if len(fam.codes) == 0 || slices.Contains(fam.codes, t.Unit.Code) {
		return t.Unit.Code
	}
	var first string
	for _, code := range fam.codes {
		u := f.norms.Unit(code)
		if u == nil {
			continue
		}
		if u.Fits(t.Unit) {
			return code
		}
		first = cmp.Or(first, code)
	}
	return first
}

// Find proposes the norms of a text in the order of their values.
func (f *Finder) Find(s string) []Proposal {
	var out []Proposal
	scan := &scanner{text: s, short: f.g.short}
	cache := map[string][]slot{}
	var before *parse
	for {
		tokens := scan.sentence()
		if len(tokens) == 0 && scan.at >= len(s) {
			return out
		}
		for i := range tokens {
			tokens[i].slots = f.slots(cache, tokens[i].fold)
		}
		p := &parse{Finder: f, tokens: tokens, lang: f.g.language(tokens)}
		p.read()
		out = append(out, p.propose(before)...)
		if len(tokens) > 0 {
			before = p
		}
	}
}

// cached bounds the memory that a hostile text can take.
const cached = 50_000

func (f *Finder) slots(cache map[string][]slot, w string) []slot {
	if w == "" {
		return nil
	}
	found, ok := cache[w]
	if !ok {
		found = f.g.slotsOf(w)
		if len(cache) < cached {
			cache[w] = found
		}
	}
	return found
}

// language is the language of a sentence, by its function words; Russian number
// words mean other things in Kazakh.
func (g *Glossary) language(tokens []token) text.Lang {
	votes := map[text.Lang]int{}
	for _, t := range tokens {
		for _, l := range text.Langs {
			if g.markers[l][t.fold] {
				votes[l] += 2
			}
		}
		if t.kind == word && t.fold != "" {
			if t.fold[0] < 0x80 {
				votes[text.EN]++
			} else if strings.HasSuffix(t.fold, "ды") || strings.HasSuffix(t.fold, "ди") {
				votes[text.KK]++
			}
		}
	}
	best := text.RU
	for _, l := range []text.Lang{text.KK, text.EN} {
		if votes[l] > votes[best] {
			best = l
		}
	}
	return best
}

// sure is the score from which a type is proposed.
const sure = 0.45

// propose names the norm type of every value.
func (p *parse) propose(before *parse) []Proposal {
	if p.any(p.g.unsaid) {
		return nil
	}
	var out []Proposal
	var both *parse
	for i, q := range p.quantities {
		n, ok := p.typed(q)
		if !ok && before != nil && p.any(p.g.anaphor) {
			if both == nil {
				both = p.after(before)
			}
			n, ok = both.typed(both.quantities[i])
		}
		if ok {
			out = append(out, n)
		}
	}
	out = append(out, p.lists()...)
	out = append(out, p.promises()...)
	slices.SortStableFunc(out, func(a, b Proposal) int { return cmp.Compare(a.ValueSpan.Start, b.ValueSpan.Start) })
	return out
}

// apartSentence is how far a value stands from the words of the sentence before.
const apartSentence = 8

// typed finds the type of a quantity.
func (p *parse) typed(q quantity) (Proposal, bool) {
	var best, second float64
	var n Proposal
	for _, r := range q.readings {
		for _, k := range p.taken[r.family] {
			score, why := p.score(k, q)
			if score <= best {
				second = max(second, score)
				continue
			}
			second, best = best, score
			n = Proposal{Type: k.code, Value: norm.Value{Number: r.value}, Unit: k.units[r.family], Comparison: r.comparison, ValueSpan: q.value, UnitSpan: q.unit, Why: why}
		}
	}
	n.Confidence = confidence(best, second)
	return n, best >= sure
}

// confidence grows with the score and with its lead over the second.
func confidence(best, second float64) float64 {
	if best == 0 {
		return 0
	}
	return best / (best + 0.4) * (1 - 0.5*second/best)
}

// score says how strongly the words of a sentence speak for a type, seen from a value.
func (p *parse) score(k *kindOf, q quantity) (float64, []Span) {
	if !p.spoken[k] {
		return 0, nil
	}
	var best, rest float64
	var why []Span
	for _, w := range k.words {
		if m, ok := p.match(w, q); ok {
			if m.score > best {
				best, rest, why = m.score, rest+best, m.spans
			} else {
				rest += m.score
			}
		}
	}
	for _, w := range k.not {
		if m, ok := p.match(w, q); ok {
			best -= m.score
		}
	}
	return best + 0.2*min(rest, 2), why
}

// quantity is a value in the text, with what it may mean.
type quantity struct {
	value, unit Span
	first, last int // tokens of the value and its unit
	from, to    int // their places
	readings    []reading
}

type reading struct {
	value      *big.Rat
	family     string
	comparison Comparison
}
