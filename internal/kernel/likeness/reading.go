package likeness

import (
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"odaq/internal/kernel/text"
)

// Reading is what a text says, ready to be compared.
type Reading struct {
	Lang     text.Lang
	features []feature // by key, each once
	groups   []uint64  // the beneficiaries named, with their parents
	aims     []uint64  // the actions that are neither for nor against: equal, review
}

// feature is a concept or a stem found in a text.
type feature struct {
	key    uint64
	kind   byte    // 'C' topic, 'A' action, 'G' group, 'S' stem
	part   float32 // of the full weight: less for a parent
	stance int8    // for (1), against (-1), nothing said (0)
	open   bool    // whether for or against cannot be told
	later  bool    // said only after the first clause
	spelt  letterCase
	word   string // a stem as it was written
}

const (
	kindTopic  = 'C'
	kindAction = 'A'
	kindGroup  = 'G'
	kindStem   = 'S'
	kindAim    = 'E' // an action that is neither for nor against
)

// keyOf is the same in every run and every order of input.
func keyOf(kind byte, name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte{kind})
	h.Write([]byte(name))
	return h.Sum64()
}

// said is a concept or a stem at its place in a text.
type said struct {
	at      int
	concept *Concept // nil for a stem
	stem    string
	word    string // the stem as it was written
	later   bool
	apart   bool // found by parts: the actions are among them, and it has no stance
	spelt   letterCase
}

// Read reads a text in the language given.
func (g *Glossary) Read(body string, lang text.Lang) *Reading {
	ts := g.notable(tokens(body, lang))
	said := g.find(ts, lang)
	r := &Reading{Lang: lang}
	stances := stance(said, lang)
	for i, s := range said {
		r.note(s, stances[i])
	}
	slices.SortFunc(r.features, func(a, b feature) int { return compare(a.key, b.key) })
	slices.Sort(r.groups)
	r.groups = slices.Compact(r.groups)
	slices.Sort(r.aims)
	r.aims = slices.Compact(r.aims)
	return r
}

func compare(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// noted is a token with the patterns it fits.
type noted struct {
	token
	patterns []int
}

func (g *Glossary) notable(ts []token) []noted {
	out := make([]noted, 0, len(ts))
	for i, t := range ts {
		if t.skip {
			continue
		}
		n := noted{token: t}
		if mark := age(ts, i); mark != "" {
			n.patterns = append(n.patterns, g.stems[text.EN][mark])
		} else if !t.number {
			n.patterns = g.matches(t)
		}
		out = append(out, n)
	}
	return out
}

// Ages at which people are called young or old by those who ask something for them.
const (
	youngFrom, youngTo = 14, 30
	oldFrom, oldTo     = 50, 99
)

// age reads "under 25", "18-20 year olds", "25 жасқа дейін", "старше 60 лет". Who is
// "over 18" is anybody.
func age(ts []token, i int) string {
	digits := strings.TrimSuffix(strings.TrimPrefix(ts[i].folded, "u"), "s")
	n, err := strconv.Atoi(digits)
	if err != nil {
		return ""
	}
	near, adult := digits != ts[i].folded, false
	for j := max(0, i-4); j <= min(len(ts)-1, i+3); j++ {
		near = near || j >= i-2 && own.age[ts[j].lang][ts[j].folded]
		adult = adult || own.adult[ts[j].lang][ts[j].folded]
	}
	switch {
	case near && adult && oldFrom <= n && n <= oldTo:
		return "#old"
	case near && !adult && youngFrom <= n && n <= youngTo:
		return "#young"
	}
	return ""
}

// find finds the concepts, the longest terms first, and the stems that are left.
func (g *Glossary) find(ts []noted, lang text.Lang) []said {
	var out []said
	taken := make([]bool, len(ts))
	for i := 0; i < len(ts); i++ {
		length, last := 0, i
		for _, p := range ts[i].patterns {
			for _, r := range g.runs[p] {
				if len(r.patterns) < length {
					break
				}
				if slices.ContainsFunc(out, func(s said) bool { return s.at == i && s.concept == r.concept }) && len(r.patterns) == length {
					continue
				}
				if end, ok := follow(ts, i, r.patterns); ok {
					if len(r.patterns) > length {
						out = slices.DeleteFunc(out, func(s said) bool { return s.at == i && s.concept != nil })
					}
					length, last = len(r.patterns), end
					out = append(out, said{at: i, concept: r.concept, later: ts[i].later})
				}
			}
		}
		if length > 0 {
			for j := i; j <= last; j++ {
				taken[j] = true
			}
			i = last
		}
	}
	for i := range ts {
		for _, p := range ts[i].patterns {
			for _, s := range g.scatters[p] {
				if g.near(ts, i, s.parts) {
					out = append(out, said{at: i, concept: s.concept, later: ts[i].later, apart: true})
				}
			}
		}
		if !taken[i] {
			if stem := stemOf(ts[i].token); stem != "" {
				out = append(out, said{at: i, stem: stem, word: ts[i].surface, later: ts[i].later, spelt: ts[i].spelt})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b said) int { return a.at - b.at })
	return out
}

// follow tells whether the patterns follow one another from i on, with at most one
// weak word between two of them.
func follow(ts []noted, i int, patterns []int) (last int, ok bool) {
	at := i
	for _, p := range patterns[1:] {
		next := at + 1
		if next < len(ts) && ts[next].weak && len(ts[next].patterns) == 0 {
			next++
		}
		if next >= len(ts) || !slices.Contains(ts[next].patterns, p) {
			return 0, false
		}
		at = next
	}
	return at, true
}

// reach is how many words apart the parts of one term may stand.
const reach = 6

func (g *Glossary) near(ts []noted, i int, parts [][]int) bool {
	if _, ok := follow(ts, i, parts[0]); !ok {
		return false
	}
	for _, part := range parts[1:] {
		found := false
		for j := max(0, i-reach); j <= min(len(ts)-1, i+reach) && !found; j++ {
			if j != i && slices.Contains(ts[j].patterns, part[0]) {
				_, found = follow(ts, j, part)
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// stemOf is the stem that tells the text from others, if any. Amounts do not; a year
// of the last century is a birth and stands for its decade.
func stemOf(t token) string {
	if t.weak || utf8.RuneCountInString(t.folded) == 1 {
		return ""
	}
	if !t.number {
		return t.stem
	}
	digits := strings.TrimRight(t.folded, "s")
	if n, err := strconv.Atoi(digits); err == nil && n >= 1900 && n < 2000 {
		return digits[:3] + "x"
	}
	if strings.TrimLeft(t.folded, "0123456789") == "" {
		return ""
	}
	return t.stem
}

// stance gives each thing said the product of the signs of the actions before it, or
// where none stands before, of those after it. A Kazakh verb stands at the end.
func stance(all []said, lang text.Lang) []int8 {
	out := make([]int8, len(all))
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	if lang == text.KK {
		slices.Reverse(order)
	}
	pass := func() {
		chain, chained, later := int8(0), false, false
		for _, i := range order {
			c := all[i].concept
			if c == nil || c.Kind != Action && c.Kind != Aim {
				if out[i] == 0 && (!later || all[i].later) { // an afterthought says nothing of the first clause
					out[i] = chain
				}
				chained = false
				continue
			}
			sign := int8(c.Sign)
			switch {
			case sign == 0 && chained:
			case chained && chain != 0:
				chain *= sign
			default:
				chain = sign
			}
			chained, later = true, all[i].later
		}
	}
	pass()
	slices.Reverse(order)
	pass()
	for i := range all {
		if all[i].apart {
			out[i] = 0
		}
	}
	return out
}

// parentPart is what a parent weighs of its child.
const parentPart = 0.5

// note adds what is said and, with less weight, the parents of a concept.
func (r *Reading) note(s said, stance int8) {
	if s.concept == nil {
		r.feature(feature{key: keyOf(kindStem, s.stem), kind: kindStem, part: 1, stance: stance, later: s.later, spelt: s.spelt, word: s.word})
		return
	}
	for _, c := range append([]ancestor{{s.concept, 0}}, s.concept.lineage...) {
		part := float32(math.Pow(parentPart, float64(c.far)))
		f := feature{key: c.key, kind: kindTopic, part: part, stance: stance, open: s.apart, later: s.later}
		switch c.Kind {
		case Action:
			f.kind, f.stance = kindAction, 0
		case Aim:
			f.kind, f.stance = kindAim, 0
			r.aims = append(r.aims, c.key)
		case Beneficiary:
			f.kind, f.stance = kindGroup, 0
			r.groups = append(r.groups, c.key)
		}
		if s.concept.Kind == Beneficiary {
			f.kind = kindGroup // young is no demand about age
		}
		if c.Kind == Topic && c.Sign*s.concept.Sign < 0 { // less of a burden is more of the good
			f.stance = -f.stance
		}
		r.feature(f)
	}
}

// hear takes in what is said of the same thing once more: a contradiction, or a term
// that has the action in it, leaves it open.
func (f *feature) hear(again feature) {
	f.open = f.open || again.open || f.stance*again.stance < 0
	switch {
	case f.open:
		f.stance = 0
	case f.stance == 0:
		f.stance = again.stance
	}
}

func (r *Reading) feature(f feature) {
	for i := range r.features {
		if r.features[i].key == f.key {
			r.features[i].part = max(r.features[i].part, f.part)
			r.features[i].later = r.features[i].later && f.later
			if f.spelt == small || r.features[i].spelt == unsaid {
				r.features[i].spelt = f.spelt
			}
			r.features[i].hear(f)
			return
		}
	}
	r.features = append(r.features, f)
}
