package norm

import (
	"math/big"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/profile"
)

// Day is a book on one day, with the parameters of that day. It is safe for
// concurrent use.
type Day struct {
	book    *Book
	on      cal.Day
	factors map[*profile.Unit]factor
	bounds  [][]statute // of each norm type
}

// factor is what a unit is multiplied by; nil and missing when it cannot be told.
type factor struct {
	value   *big.Rat
	missing string
	own     bool // depends on norms of the document itself
}

// statute is a bound of the law, reckoned for the day.
type statute struct {
	bound   *profile.NormBound
	value   Value
	missing string // the parameter without a value on the day
}

// On looks at the book on a day.
func (b *Book) On(on cal.Day) *Day {
	d := &Day{book: b, on: on, factors: make(map[*profile.Unit]factor, len(b.norms.Units)), bounds: make([][]statute, len(b.bounds))}
	for i := range b.norms.Units {
		u := &b.norms.Units[i]
		own := false
		for _, code := range u.Factor.Codes() {
			own = own || b.norms.Type(code) != nil
		}
		v, missing := u.Factor.Value(d.parameter)
		d.factors[u] = factor{v, missing, own}
	}
	for kind, all := range b.bounds {
		for _, n := range all {
			if n.From > on || on >= n.Until {
				continue
			}
			s := statute{bound: n, value: Value{Yes: n.Yes, Items: union(n.Items, nil)}}
			if n.Type.Direction.Counted() {
				s.value.Number, s.missing = n.Value.Value(d.parameter)
			}
			d.bounds[kind] = append(d.bounds[kind], s)
		}
	}
	return d
}

func (d *Day) parameter(code string) *big.Rat {
	p, ok := d.book.law.Parameter(code, d.on)
	if !ok {
		return nil
	}
	return p.Value
}

// value is what a clause says, in the unit of its type; missing names what it
// takes to convert it and is not there.
func (d *Day) value(doc *Document, c *Clause) (v Value, missing string) {
	if c.unit == nil {
		return c.Value, ""
	}
	from, missing := d.factor(doc, c.unit, 0)
	if missing != "" {
		return Value{}, missing
	}
	own := d.book.norms.Types[c.kind].Unit
	to, missing := d.factor(doc, own, 0)
	if missing != "" {
		return Value{}, missing
	}
	n := new(big.Rat).Mul(c.Value.Number, from)
	n.Add(n, c.unit.Offset)
	n.Sub(n, own.Offset)
	return Value{Number: n.Quo(n, to)}, ""
}

// maxDepth bounds units that depend on norms told in units that depend on norms.
const maxDepth = 4

// factor of a unit; one that names a norm type, such as a percentage of the
// tariff, takes the norm from the same document.
func (d *Day) factor(doc *Document, u *profile.Unit, depth int) (*big.Rat, string) {
	f := d.factors[u]
	if f.own && depth < maxDepth {
		f.value, f.missing = u.Factor.Value(func(code string) *big.Rat {
			if p := d.parameter(code); p != nil {
				return p
			}
			return d.base(doc, code, depth+1)
		})
	}
	if f.missing == "" && f.value.Sign() == 0 {
		f.missing = u.Code // nothing can be told in a unit of nothing
	}
	return f.value, f.missing
}

// base is a norm of the document in the base unit; nil when it is not there.
func (d *Day) base(doc *Document, code string, depth int) *big.Rat {
	for i := range doc.Clauses {
		c := &doc.Clauses[i]
		if c.Type != code || !doc.holds(c, d.on) || c.Value.Number == nil {
			continue
		}
		u := c.unit
		if u == nil {
			u = d.book.norms.Types[c.kind].Unit
		}
		f, missing := d.factor(doc, u, depth)
		if missing != "" {
			return nil
		}
		n := new(big.Rat).Mul(c.Value.Number, f)
		return n.Add(n, u.Offset)
	}
	return nil
}

// Source is a value with where it comes from: a clause of a document, or a bound
// of the law.
type Source struct {
	Document *Document
	Clause   *Clause
	Bound    *profile.NormBound
	Value    Value // in the unit of the type
}

// Level is the rank of the source.
func (s *Source) Level() profile.Level {
	if s.Document == nil {
		return profile.LevelLaw
	}
	return s.Document.Level
}

// None reports whether there is no source.
func (s *Source) None() bool { return s.Document == nil && s.Bound == nil }

// above reports that the value itself is already too little.
func (s *Source) above() bool { return s.Bound != nil && s.Bound.Kind == "above" }

// statute is the bound of the law for a dimension; a more exact one takes the
// place of a general one. missing names a parameter without a value.
func (d *Day) statute(kind int32, dim Dimension, level profile.Level) (s Source, missing string) {
	depth := -1
	for i := range d.bounds[kind] {
		b := &d.bounds[kind][i]
		if n := len(b.bound.Dimension); n > depth && Dimension(b.bound.Dimension).within(dim) && binds(b.bound, level) {
			depth, missing = n, b.missing
			s = Source{Bound: b.bound, Value: b.value}
		}
	}
	if missing != "" {
		return Source{}, missing
	}
	return s, ""
}

func binds(b *profile.NormBound, level profile.Level) bool {
	if len(b.Levels) == 0 {
		return true
	}
	for _, l := range b.Levels {
		if l == level {
			return true
		}
	}
	return false
}

// stated is what a document says of a type for a dimension, the most exact
// first; nil when it says nothing.
func (d *Day) stated(doc *Document, kind int32, dim Dimension) *Clause {
	var best *Clause
	all := doc.of(kind)
	for i := range all {
		c := &all[i]
		if doc.holds(c, d.on) && c.Dimension.within(dim) && (best == nil || len(c.Dimension) > len(best.Dimension)) {
			best = c
		}
	}
	return best
}

// stricter joins two bounds: the better value for the worker; all items of both
// lists.
func stricter(dir profile.Direction, a, b Source) Source {
	if a.None() {
		return b
	}
	switch compare(dir, b.Value, a.Value) {
	case Better:
		return b
	case Incomparable:
		if len(b.Value.Items) > len(a.Value.Items) {
			a, b = b, a
		}
		a.Value.Items = union(a.Value.Items, b.Value.Items)
	}
	return a
}

// Words shows a value without its unit, for machines: "85000", "1.5", "yes",
// "family|worker".
func (v Value) Words(dir profile.Direction) string {
	switch dir {
	case profile.Boolean:
		if v.Yes {
			return "yes"
		}
		return "no"
	case profile.Superset:
		return strings.Join(v.Items, "|")
	}
	return Decimal(v.Number)
}

// Decimal writes a number exactly when it has at most six decimals, and to six
// otherwise.
func Decimal(v *big.Rat) string {
	if v == nil {
		return ""
	}
	s := v.FloatString(6)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
