package find

import (
	"math/big"
	"slices"

	"odaq/internal/kernel/norm"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/text"
)

// parse is one sentence being read.
type parse struct {
	*Finder
	tokens     []token
	lang       text.Lang
	found      map[int][]place  // by sequence, in the order of the text
	ends       [][]ended        // by last token
	spoken     map[*kindOf]bool // norm types that some words speak for
	quantities []quantity
}

// place is tokens from first to last.
type place struct{ first, last int }

// ended is a sequence found, seen from its end.
type ended struct{ id, first int }

// longestGap is how many words ".." may stand for.
const longestGap = 4

// near is how far apart, in words, the parts of a pattern may stand.
const near = 20

// at matches a sequence whose first word is token i; it returns the last token.
func (p *parse) at(id, i int) (last int, ok bool) {
	steps := p.g.sequences[id].steps
	if i >= len(p.tokens) || !slices.Contains(p.tokens[i].slots, steps[0].slot) {
		return 0, false
	}
	last = i
	for _, s := range steps[1:] {
		reach := 1
		if s.gap {
			reach += longestGap
		}
		j, ok := last+1, false
		for ; j < len(p.tokens) && reach > 0; j++ {
			if slices.Contains(p.tokens[j].slots, s.slot) {
				ok = true
				break
			}
			if t := p.tokens[j]; t.kind != mark || s.gap && t.fold != "-" && !quotes[t.fold] {
				reach--
			} else if t.fold != "-" && t.fold != "." && !quotes[t.fold] {
				reach-- // a mark that parts words
			}
		}
		if !ok {
			return 0, false
		}
		last = j
	}
	return last, true
}

var quotes = map[string]bool{"«": true, "»": true, `"`: true, "“": true, "”": true}

// longest is the longest of the sequences at token i.
func (p *parse) longest(ids []int, i int) (last int, ok bool) {
	for _, id := range ids {
		if l, fits := p.at(id, i); fits && (!ok || l > last) {
			last, ok = l, true
		}
	}
	return last, ok
}

// fits reports whether one of the sequences stands at token i.
func (p *parse) fits(i int, ids []int) bool {
	_, ok := p.longest(ids, i)
	return ok
}

// endsAt reports whether one of the sequences ends at token i.
func (p *parse) endsAt(i int, ids []int) (first int, ok bool) {
	if i < 0 || i >= len(p.ends) {
		return 0, false
	}
	for _, e := range p.ends[i] {
		if slices.Contains(ids, e.id) {
			return e.first, true
		}
	}
	return 0, false
}

func (p *parse) any(ids []int) bool {
	return slices.ContainsFunc(ids, func(id int) bool { return len(p.found[id]) > 0 })
}

// read finds all sequences and quantities.
func (p *parse) read() {
	p.look()
	for i := 0; i < len(p.tokens); {
		i = p.quantity(i)
	}
	p.implications()
	p.ranges()
	for i := range p.quantities {
		p.finish(&p.quantities[i])
	}
	p.listed()
	p.quantities = slices.DeleteFunc(p.quantities, func(q quantity) bool { return len(q.readings) == 0 })
}

// look finds all sequences.
func (p *parse) look() {
	p.spoken = map[*kindOf]bool{}
	p.found, p.ends = map[int][]place{}, make([][]ended, len(p.tokens))
	for i, t := range p.tokens {
		for _, s := range t.slots {
			for _, id := range p.g.first[s] {
				if last, ok := p.at(id, i); ok {
					if at := p.found[id]; len(at) == 0 || at[len(at)-1].first != i {
						if len(at) == 0 {
							for _, k := range p.words[id] {
								p.spoken[k] = true
							}
						}
						p.found[id] = append(at, place{i, last})
						p.ends[last] = append(p.ends[last], ended{id, i})
					}
				}
			}
		}
	}
}

// after is the sentence with the one before it, as one to be typed.
func (p *parse) after(before *parse) *parse {
	both := &parse{Finder: p.Finder, lang: p.lang, tokens: slices.Concat(before.tokens, p.tokens)}
	n := len(before.tokens)
	place := before.tokens[n-1].at + apartSentence
	for i := n; i < len(both.tokens); i++ {
		both.tokens[i].at += place
	}
	for _, q := range p.quantities {
		q.first, q.last, q.from, q.to = q.first+n, q.last+n, q.from+place, q.to+place
		both.quantities = append(both.quantities, q)
	}
	both.look()
	return both
}

// quantity reads a number with its unit at token i and returns where to go on.
func (p *parse) quantity(i int) int {
	v, end := p.number(i)
	if v == nil {
		return i + 1
	}
	if p.numbering(i, end) {
		return end
	}
	if _, ok := p.endsAt(p.back(i-1, "."), p.g.refBefore); ok {
		return end
	}
	if p.fits(p.skip(end, "-"), p.g.refAfter) {
		return end
	}
	q := quantity{value: p.tokens[i].to(p.tokens[end-1].Span), first: i, last: end - 1}
	end = p.repeated(end, v)
	at := p.skip(end, "-", "(", ".", `"`)
	for range 3 {
		if last, ok := p.longest(p.g.filler, at); ok && !p.unitAt(at) {
			at = p.skip(last+1, "-")
		}
	}
	best := -1
	for _, name := range p.g.order {
		fam := p.g.families[name]
		last, ok := p.longest(fam.after, at)
		if !ok || last < best {
			continue
		}
		if last > best {
			best, q.readings = last, nil
		}
		q.readings = append(q.readings, reading{value: v, family: name})
	}
	if best >= 0 {
		q.unit, q.last = p.tokens[at].to(p.tokens[best].Span), best
	} else {
		for _, name := range p.g.order {
			if first, ok := p.endsAt(i-1, p.g.families[name].before); ok {
				q.unit, q.first = p.tokens[first].to(p.tokens[i-1].Span), first
				q.readings = []reading{{value: v, family: name}}
				break
			}
		}
	}
	if years(q) {
		return q.last + 1
	}
	q.from, q.to = p.tokens[i].at, p.tokens[q.last].at
	if q.readings == nil {
		q.readings = []reading{{value: v, family: bare}}
	}
	p.quantities = append(p.quantities, q)
	return max(end, q.last+1)
}

var firstYear, lastYear = big.NewRat(1900, 1), big.NewRat(2200, 1)

// years reports whether a number is a year: "in the year 2026".
func years(q quantity) bool {
	return len(q.readings) > 0 && q.readings[0].family == "years" && q.readings[0].value.Cmp(firstYear) >= 0 && q.readings[0].value.Cmp(lastYear) < 0
}

// The families with a rule of their own.
const (
	bare        = "bare" // numbers without a unit
	percent     = "percent"
	overPercent = "overpercent" // a surcharge of 50 % is 50 % over the rate
)

func (p *parse) unitAt(i int) bool {
	for _, f := range p.g.families {
		if p.fits(i, f.after) {
			return true
		}
	}
	return false
}

// skip steps over one of the marks.
func (p *parse) skip(i int, marks ...string) int {
	if i < len(p.tokens) && p.tokens[i].kind == mark && slices.Contains(marks, p.tokens[i].fold) {
		return i + 1
	}
	return i
}

// back steps back over one of the marks.
func (p *parse) back(i int, marks ...string) int {
	if i >= 0 && p.tokens[i].kind == mark && slices.Contains(marks, p.tokens[i].fold) {
		return i - 1
	}
	return i
}

// numbering reports whether a number only numbers the clause: "5.3. Overtime".
func (p *parse) numbering(i, end int) bool {
	return end < len(p.tokens) && (p.tokens[end].fold == "." || p.tokens[end].fold == ")") &&
		(i == 0 || p.tokens[i].at-p.tokens[i-1].at > apartItem)
}

// repeated steps over the value said again in brackets: 24 (twenty-four).
func (p *parse) repeated(i int, v *big.Rat) int {
	if i+1 >= len(p.tokens) || p.tokens[i].fold != "(" {
		return i
	}
	again, end := p.number(i + 1)
	if again != nil && again.Cmp(v) == 0 && end < len(p.tokens) && p.tokens[end].fold == ")" {
		return end + 1
	}
	return i
}

// implications reads words that are a value by themselves.
func (p *parse) implications() {
	numbers := len(p.quantities)
	for _, im := range p.g.implied {
		for _, id := range im.words {
			for _, at := range p.found[id] {
				inside := func(q quantity) bool { return q.first <= at.last && at.first <= q.last }
				with := slices.IndexFunc(p.quantities, inside)
				switch {
				case with < 0:
					s := p.tokens[at.first].to(p.tokens[at.last].Span)
					p.quantities = append(p.quantities, quantity{value: s, unit: s, first: at.first, last: at.last,
						from: p.tokens[at.first].at, to: p.tokens[at.last].at, readings: []reading{{value: im.value, family: im.family}}})
				case with >= numbers:
					q := &p.quantities[with]
					if slices.ContainsFunc(q.readings, func(r reading) bool { return r.family == im.family }) {
						continue
					}
					q.readings = append(q.readings, reading{value: im.value, family: im.family})
				}
			}
		}
	}
	slices.SortStableFunc(p.quantities, func(a, b quantity) int { return a.first - b.first })
}

// ranges gives numbers without a unit that of the number after them: 3 to 5 days.
func (p *parse) ranges() {
	for i := len(p.quantities) - 2; i >= 0; i-- {
		q, next := &p.quantities[i], &p.quantities[i+1]
		if q.readings[0].family != bare && q.readings[0].family != next.readings[0].family || next.readings[0].family == bare {
			continue
		}
		between := next.first - q.last - 1
		if between > 3 {
			continue
		}
		joined, to := between == 0, false
		for j := q.last + 1; j < next.first; j++ {
			to = to || p.fits(j, p.g.to)
			joined = joined || p.fits(j, p.g.join)
		}
		if !to && !joined {
			continue
		}
		unit := next.unit
		if q.readings[0].family != bare {
			unit = q.unit
		}
		q.readings = []reading{{value: q.readings[0].value, family: next.readings[0].family}}
		q.unit = unit
		if to {
			q.readings[0].comparison, next.readings[0].comparison = AtLeast, AtMost
		}
	}
}

// listed carries "at most" on to what is joined to a value: at most 2 hours a
// day, 12 a month and 120 a year.
func (p *parse) listed() {
	for i := 1; i < len(p.quantities); i++ {
		a, b := &p.quantities[i-1], &p.quantities[i]
		if len(a.readings) == 0 || len(b.readings) == 0 || b.readings[0].comparison != Exactly || b.first-a.last > 4 || b.first <= a.last+1 {
			continue
		}
		joined := true
		for j := a.last + 1; j < b.first; j++ {
			joined = joined && (p.tokens[j].fold == "," || p.fits(j, p.g.join) || p.fits(j, p.g.and))
		}
		if !joined || a.readings[0].family == b.readings[0].family && len(a.readings) != len(b.readings) {
			continue
		}
		for k := range b.readings {
			b.readings[k].comparison = a.readings[0].comparison
		}
	}
}

// finish compares, and adds second readings.
func (p *parse) finish(q *quantity) {
	if q.readings[0].comparison == Exactly {
		c := p.comparison(q)
		for i := range q.readings {
			q.readings[i].comparison = c
		}
	}
	if p.behind(q.first, 5, p.g.old) >= 0 {
		q.readings = nil
		return
	}
	if r := q.readings[0]; r.family == percent && p.any(p.g.over) {
		q.readings = slices.Insert(q.readings, 0, reading{r.value, overPercent, r.comparison})
	}
	seldom := p.behind(q.first, 4, p.g.often) >= 0
	for _, r := range q.readings {
		for _, o := range p.g.others {
			if o.from != r.family || r.value.Sign() == 0 {
				continue
			}
			turned := [...]Comparison{Exactly, AtMost, AtLeast}[r.comparison]
			q.readings = append(q.readings, reading{new(big.Rat).Quo(o.over, r.value), o.to, turned})
		}
	}
	if !seldom {
		return
	}
	for i := range q.readings {
		c := AtMost
		if slices.ContainsFunc(p.g.others, func(o other) bool { return o.from == q.readings[i].family }) {
			c = AtLeast
		}
		q.readings[i].comparison = c
	}
}

// behind is the last token of the nearest sequence that ends at most so many
// words before token i; −1 when there is none.
func (p *parse) behind(i, words int, ids []int) int {
	for j := i - 1; j >= 0 && words > 0; j-- {
		if _, ok := p.endsAt(j, ids); ok {
			return j
		}
		if p.tokens[j].kind == mark {
			switch p.tokens[j].fold {
			case ";", ".", "—", "–", ":":
				return -1
			}
			continue
		}
		if p.tokens[j].kind == number {
			return -1
		}
		words--
	}
	return -1
}

func (p *parse) comparison(q *quantity) Comparison {
	for j, words := q.last+1, 3; j < len(p.tokens) && words > 0; j++ {
		if p.fits(j, p.g.leastAfter) {
			return AtLeast
		}
		if p.fits(j, p.g.mostAfter) {
			return AtMost
		}
		if p.tokens[j].kind != word {
			break
		}
		words--
	}
	if _, ok := p.endsAt(q.first-1, p.g.upTo); ok {
		return AtMost
	}
	best, c := -1, Exactly
	for _, o := range []struct {
		ids []int
		c   Comparison
	}{{p.g.least, AtLeast}, {p.g.most, AtMost}, {p.g.exactly, Exactly}} {
		if j := p.behind(q.first, 5, o.ids); j > best {
			best, c = j, o.c
		}
	}
	return c
}

// matched is a pattern found.
type matched struct {
	score float64
	spans []Span
}

// match finds the pattern nearest to a quantity.
func (p *parse) match(w pattern, q quantity) (matched, bool) {
	best, ok := matched{}, false
	for _, at := range p.around(w.parts[0], q.first) {
		spans := []Span{p.tokens[at.first].to(p.tokens[at.last].Span)}
		sum, whole := p.distance(at, q), true
		for _, id := range w.parts[1:] {
			other, far := place{}, near+1
			for _, o := range p.around(id, at.first) {
				if x := p.between(at, o); x < far {
					other, far = o, x
				}
			}
			if whole = far <= near; !whole {
				break
			}
			sum += p.distance(other, q)
			spans = append(spans, p.tokens[other.first].to(p.tokens[other.last].Span))
		}
		if !whole {
			continue
		}
		if s := w.weight / (1 + float64(sum)/float64(12*len(w.parts))); !ok || s > best.score {
			best, ok = matched{s, spans}, true
		}
	}
	return best, ok
}

// around is the few places of a sequence that stand nearest to token i.
func (p *parse) around(id, i int) []place {
	const few = 3
	all := p.found[id]
	at, _ := slices.BinarySearchFunc(all, i, func(at place, i int) int { return at.first - i })
	return all[max(0, at-few):min(len(all), at+few)]
}

func (p *parse) between(a, b place) int {
	if a.first > b.first {
		a, b = b, a
	}
	return max(0, p.tokens[b.first].at-p.tokens[a.last].at-1)
}

// distance is how many words stand between a place and a quantity.
func (p *parse) distance(at place, q quantity) int {
	from, to := p.tokens[at.first].at, p.tokens[at.last].at
	switch {
	case to < q.from:
		d := q.from - to - 1
		if slices.ContainsFunc(p.quantities, func(o quantity) bool { return o.first > at.last && o.last < q.first }) {
			d += apartCrossed
		}
		return d
	case from > q.to:
		d := from - q.to - 1
		if d >= apartComma && p.followed(at) {
			d += apartNext // "night work 1.5, holidays 2": holidays go with what follows
		}
		return d
	}
	return 0
}

// apartNext is how much further words are that stand nearer to the next value.
const apartNext = 12

// apartCrossed is how much further words are that have a value of their own.
const apartCrossed = 4

// followed reports whether a value comes after a place.
func (p *parse) followed(at place) bool {
	return len(p.quantities) > 0 && p.quantities[len(p.quantities)-1].first > at.last
}

// here is the whole sentence as a quantity: everything is near it.
func (p *parse) here() quantity {
	return quantity{from: -1, to: p.tokens[len(p.tokens)-1].at + 1}
}

// lists proposes the items named for types that are lists.
func (p *parse) lists() []Proposal {
	var out []Proposal
	for _, k := range p.taken[list] {
		score, why := p.score(k, p.here())
		if score < 1 || p.any(p.g.no) {
			continue
		}
		var items []string
		var span Span
		for _, it := range k.items {
			for _, id := range it.words {
				for _, at := range p.found[id] {
					s := p.tokens[at.first].to(p.tokens[at.last].Span)
					if len(items) == 0 || s.Start < span.Start {
						span = s.to(span)
						if len(items) == 0 {
							span = s
						}
					}
					if s.End > span.End {
						span = span.to(s)
					}
					items = append(items, it.name)
				}
			}
		}
		if len(items) == 0 {
			continue
		}
		slices.Sort(items)
		out = append(out, Proposal{Type: k.code, Value: norm.Value{Items: slices.Compact(items)}, Confidence: confidence(score, 0), ValueSpan: span, Why: why})
	}
	return out
}

// promises proposes the types that are yes or no.
func (p *parse) promises() []Proposal {
	var out []Proposal
	for _, k := range p.taken[yes] {
		if k.typ.Direction != profile.Boolean {
			continue
		}
		score, why := p.score(k, p.here())
		if score < 1.5 {
			continue
		}
		slices.SortFunc(why, func(a, b Span) int { return a.Start - b.Start })
		out = append(out, Proposal{Type: k.code, Value: norm.Value{Yes: !p.any(p.g.no)}, Confidence: confidence(score, 0), ValueSpan: why[0].to(why[len(why)-1]), Why: why})
	}
	return out
}
