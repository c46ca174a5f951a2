package norm

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/profile"
)

// Book is a set of documents that fits a profile. It never changes and is safe
// for concurrent use.
type Book struct {
	law        *profile.Profile
	norms      *profile.Norms
	docs       []*Document
	scopes     map[scope][]*Document
	byType     [][]ref                // clauses of each norm type
	bounds     [][]*profile.NormBound // of each norm type
	ranks      [6][6]*profile.Precedence
	parent     map[string]string      // of an economic activity
	byEmployer map[string][]*Document // contracts
}

// scope finds documents: the key is what the level is about.
type scope struct {
	level profile.Level
	key   string
}

// ref is one clause of the book.
type ref struct{ doc, clause int32 }

// NewBook checks the documents of a case and takes them over: their clauses are
// sorted and the end of replaced documents is set. The error lists everything
// wrong, one "file:line: what" each.
func NewBook(law *profile.Profile, c Case) (*Book, error) {
	b := &Book{
		law: law, norms: &law.Norms, docs: c.Documents, scopes: map[scope][]*Document{}, parent: map[string]string{}, byEmployer: map[string][]*Document{},
		byType: make([][]ref, len(law.Norms.Types)), bounds: make([][]*profile.NormBound, len(law.Norms.Types)),
	}
	for _, a := range law.Activities() {
		b.parent[a.Code] = a.Parent
	}
	kinds := map[string]int32{}
	for i := range b.norms.Types {
		kinds[b.norms.Types[i].Code] = int32(i)
	}
	for i := range b.norms.Bounds {
		n := &b.norms.Bounds[i]
		kind := kinds[n.Type.Code]
		b.bounds[kind] = append(b.bounds[kind], n)
	}
	for i := range b.norms.Precedence {
		p := &b.norms.Precedence[i]
		b.ranks[p.Lower][p.Higher] = p
	}
	k := &checker{book: b, file: cmp.Or(c.File, "case"), kinds: kinds, byID: map[string]*Document{}}
	for i, d := range b.docs {
		d.at = int32(i)
		k.document(d)
	}
	k.succession()
	k.workers(c.Workers)
	if len(k.errs) > 0 {
		return nil, errors.Join(k.errs...)
	}
	for _, d := range b.docs {
		key := scope{d.Level, d.key()}
		b.scopes[key] = append(b.scopes[key], d)
		if d.Level == profile.LevelContract {
			b.byEmployer[d.Scope.Employer] = append(b.byEmployer[d.Scope.Employer], d)
		}
		for i := range d.Clauses {
			kind := d.Clauses[i].kind
			b.byType[kind] = append(b.byType[kind], ref{d.at, int32(i)})
		}
	}
	return b, nil
}

// Documents are those of the book.
func (b *Book) Documents() []*Document { return slices.Clone(b.docs) }

// key is the part of the scope that a document's level is about.
func (d *Document) key() string {
	switch d.Level {
	case profile.LevelIndustry:
		return d.Scope.Industry
	case profile.LevelRegional:
		return d.Scope.Region
	case profile.LevelCollective:
		return d.Scope.Employer
	case profile.LevelContract:
		return d.Scope.Worker
	}
	return ""
}

// holds reports whether the clause is in force on a day.
func (d *Document) holds(c *Clause, on cal.Day) bool {
	return d.From <= on && on < d.Until && c.From <= on && on < c.Until
}

// of is the clauses of a type.
func (d *Document) of(kind int32) []Clause {
	from, to := 0, len(d.Clauses)
	for from < to { // by index: a Clause is too large to be copied at each step
		if mid := (from + to) / 2; d.Clauses[mid].kind < kind {
			from = mid + 1
		} else {
			to = mid
		}
	}
	until := from
	for until < len(d.Clauses) && d.Clauses[until].kind == kind {
		until++
	}
	return d.Clauses[from:until]
}

// place is the position of a clause of the document.
func (d *Document) place(kind int32) int32 {
	from, _ := slices.BinarySearchFunc(d.Clauses, kind, func(c Clause, k int32) int { return cmp.Compare(c.kind, k) })
	return int32(from)
}

// covering appends the documents that hold on a day for a scope, from the law
// down to level last; an agreement of a narrower industry precedes a wider one.
func (b *Book) covering(out []*Document, s Scope, on cal.Day, last profile.Level) []*Document {
	add := func(level profile.Level, key string) {
		if level > last || key == "" && level > profile.LevelGeneral {
			return
		}
		for _, d := range b.scopes[scope{level, key}] {
			if d.From <= on && on < d.Until {
				out = append(out, d)
			}
		}
	}
	add(profile.LevelLaw, "")
	add(profile.LevelGeneral, "")
	for code, steps := s.Industry, 0; code != "" && steps < 10; code, steps = b.parent[code], steps+1 {
		add(profile.LevelIndustry, code)
	}
	add(profile.LevelRegional, s.Region)
	add(profile.LevelCollective, s.Employer)
	add(profile.LevelContract, s.Worker)
	return out
}

// binds reports whether documents of a level may not worsen what a higher one
// gives; the law always binds.
func (b *Book) binds(higher, lower profile.Level) bool {
	return b.ranks[lower][higher] != nil || higher == profile.LevelLaw && lower > profile.LevelLaw
}

// covers reports whether higher binds lower: by level and by scope.
func (b *Book) covers(higher, lower *Document) bool {
	if !b.binds(higher.Level, lower.Level) {
		return false
	}
	switch higher.Level {
	case profile.LevelIndustry:
		for code, steps := lower.Scope.Industry, 0; code != "" && steps < 10; code, steps = b.parent[code], steps+1 {
			if code == higher.Scope.Industry {
				return true
			}
		}
		return false
	case profile.LevelRegional:
		return lower.Scope.Region == higher.Scope.Region
	case profile.LevelCollective:
		return lower.Scope.Employer == higher.Scope.Employer
	}
	return true
}

// A checker finds what is wrong with the documents of a case.
type checker struct {
	book  *Book
	file  string
	kinds map[string]int32
	byID  map[string]*Document
	errs  []error
}

func (k *checker) wrong(line int, format string, args ...any) {
	k.errs = append(k.errs, fmt.Errorf("%s:%d: %s", k.file, max(line, 1), fmt.Sprintf(format, args...)))
}

func (k *checker) document(d *Document) {
	if d.ID == "" {
		k.wrong(d.Line, "a document has no id")
	}
	if o := k.byID[d.ID]; o != nil {
		k.wrong(d.Line, "document %q is there twice, first on line %d", d.ID, o.Line)
	}
	k.byID[d.ID] = d
	if d.From == 0 && d.Until == 0 {
		d.From, d.Until = cal.Never, cal.Forever
	}
	if d.From >= d.Until {
		k.wrong(d.Line, "document %q ends before it begins", d.ID)
	}
	if d.key() == "" && d.Level > profile.LevelGeneral {
		k.wrong(d.Line, "document %q of level %s does not say for which %s", d.ID, d.Level, [...]string{"industry", "region", "employer", "worker"}[d.Level-profile.LevelIndustry])
	}
	k.scope(d.Line, d.Scope)
	for i := range d.Clauses {
		k.clause(d, &d.Clauses[i])
	}
	slices.SortStableFunc(d.Clauses, func(a, b Clause) int { return cmp.Compare(a.kind, b.kind) })
	k.overlaps(d)
}

// overlaps finds clauses that say the same thing on the same day.
func (k *checker) overlaps(d *Document) {
	var again []*Clause // of types that the document has more than once
	for i := range d.Clauses {
		c := &d.Clauses[i]
		if i > 0 && d.Clauses[i-1].kind == c.kind || i+1 < len(d.Clauses) && d.Clauses[i+1].kind == c.kind {
			again = append(again, c)
		}
	}
	slices.SortStableFunc(again, func(a, b *Clause) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), slices.CompareFunc(a.Dimension, b.Dimension, func(p, q [2]string) int { return slices.Compare(p[:], q[:]) }), cmp.Compare(a.From, b.From))
	})
	for i := 1; i < len(again); i++ {
		o, c := again[i-1], again[i]
		if c.kind >= 0 && o.kind == c.kind && slices.Equal(o.Dimension, c.Dimension) && c.From < o.Until {
			k.wrong(c.Line, "%s overlaps in document %q: clause %s already says it on %s (line %d)", c.Type, d.ID, o.No, when(c.From), o.Line)
		}
	}
}

func when(d cal.Day) string { return cmp.Or(d.String(), "every day") }

func (k *checker) scope(line int, s Scope) {
	if _, ok := k.book.parent[s.Industry]; !ok && s.Industry != "" {
		k.wrong(line, "industry %q is not in the classifier of the profile %s", s.Industry, k.book.law.Code)
	}
	if _, ok := k.book.law.Region(s.Region, cal.Forever); !ok && s.Region != "" {
		k.wrong(line, "region %q is not in the profile %s", s.Region, k.book.law.Code)
	}
}

func (k *checker) clause(d *Document, c *Clause) {
	kind, ok := k.kinds[c.Type]
	if !ok {
		k.wrong(c.Line, "norm type %q is unknown to the profile %s", c.Type, k.book.law.Code)
		c.kind = -1
		return
	}
	c.kind = kind
	t := &k.book.norms.Types[kind]
	if c.From == 0 && c.Until == 0 {
		c.From, c.Until = cal.Never, cal.Forever
	}
	if c.From >= c.Until {
		k.wrong(c.Line, "clause %s ends before it begins", c.No)
	}
	for _, pair := range c.Dimension {
		if !slices.Contains(t.Dimensions, pair[0]) {
			k.wrong(c.Line, "%s does not depend on %q; its dimensions are %q", t.Code, pair[0], t.Dimensions)
		}
	}
	if want := formOf(t.Direction); c.Value.form != unwritten && c.Value.form != want {
		k.wrong(c.Line, "the value of %s must be %s", t.Code, want)
		return
	}
	if !t.Direction.Counted() {
		if c.Unit != "" {
			k.wrong(c.Line, "%s has no unit", t.Code)
		}
		return
	}
	if c.Value.Number == nil {
		k.wrong(c.Line, "%s needs a number", t.Code)
	}
	if c.Unit == "" || c.Unit == t.Unit.Code {
		return
	}
	if c.unit = k.book.norms.Unit(c.Unit); c.unit == nil {
		k.wrong(c.Line, "unit %q is unknown to the profile %s", c.Unit, k.book.law.Code)
		return
	}
	if !c.unit.Fits(t.Unit) {
		k.wrong(c.Line, "%q does not convert to %q, the unit of %s", c.Unit, t.Unit.Code, t.Code)
	}
}

// succession ends replaced documents and refuses circles.
func (k *checker) succession() {
	for _, d := range k.book.docs {
		if d.Replaces == "" {
			continue
		}
		o := k.byID[d.Replaces]
		if o == nil {
			k.wrong(d.Line, "document %q replaces %q, which is not there", d.ID, d.Replaces)
			continue
		}
		if o.Level != d.Level {
			k.wrong(d.Line, "document %q of level %s cannot replace %q of level %s", d.ID, d.Level, o.ID, o.Level)
		}
		if chain, circular := k.circle(d); circular {
			k.wrong(d.Line, "the succession is circular: %s", strings.Join(chain, " replaces "))
			continue
		}
		if d.From <= o.From {
			k.wrong(d.Line, "document %q does not begin after %q, which it replaces", d.ID, o.ID)
			continue
		}
		o.Until = min(o.Until, d.From)
	}
}

// circle follows the chain of succession from d.
func (k *checker) circle(d *Document) (chain []string, circular bool) {
	seen := map[*Document]bool{}
	for o := d; o != nil; o = k.byID[o.Replaces] {
		chain = append(chain, o.ID)
		if seen[o] {
			return chain, true
		}
		if seen[o] = true; o.Replaces == "" {
			break
		}
	}
	return chain, false
}

func (k *checker) workers(all []Worker) {
	seen := map[string]bool{}
	for _, w := range all {
		if seen[w.ID] || w.ID == "" {
			k.wrong(w.Line, "worker %q must have an id of their own", w.ID)
		}
		seen[w.ID] = true
		k.scope(w.Line, w.Scope)
	}
}

// kind is the place of a norm type of the profile.
func (b *Book) kind(t *profile.NormType) int32 {
	return int32(slices.IndexFunc(b.norms.Types, func(o profile.NormType) bool { return o.Code == t.Code }))
}
