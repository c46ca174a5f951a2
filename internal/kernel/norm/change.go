package norm

import (
	"maps"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/profile"
)

// Changed is a clause whose verdict on a day differs from the day before. The
// zero Verdict stands for a day on which the clause is not in force.
type Changed struct {
	Document      *Document
	Clause        *Clause
	Before, After Verdict
}

// Change says what changed on a day.
type Change struct {
	Parameters []string // codes
	Documents  []string // IDs: whatever of them begins or ends on the day
}

// ChangesOn finds what changes on a day: parameters with a new value or none,
// documents of which anything begins or ends.
func (b *Book) ChangesOn(on cal.Day) Change {
	var c Change
	for _, code := range b.parameters() {
		for _, p := range b.law.Parameters(code) {
			if p.From == on || p.Until == on {
				c.Parameters = append(c.Parameters, code)
				break
			}
		}
	}
	for _, d := range b.docs {
		if d.turns(on) {
			c.Documents = append(c.Documents, d.ID)
		}
	}
	return c
}

// turns reports whether anything of the document begins or ends on a day.
func (d *Document) turns(on cal.Day) bool {
	if d.From == on || d.Until == on {
		return true
	}
	for i := range d.Clauses {
		if c := &d.Clauses[i]; c.From == on || c.Until == on {
			return true
		}
	}
	return false
}

// parameters are the codes that bounds and units name.
func (b *Book) parameters() []string {
	codes := map[string]bool{}
	for i := range b.norms.Bounds {
		for _, code := range b.norms.Bounds[i].Value.Codes() {
			codes[code] = true
		}
	}
	for i := range b.norms.Units {
		for _, code := range b.norms.Units[i].Factor.Codes() {
			if b.norms.Type(code) == nil {
				codes[code] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(codes))
}

// Changes are the clauses whose verdict on the day differs from the day before
// because of what changed, in the order of the documents. Only clauses that the
// change can reach are looked at: those of norm types whose bound names a
// parameter, those told in a unit that does, those of the documents, and those
// that they bind. Bounds of the law that begin or end on the day always count.
func (b *Book) Changes(on cal.Day, what Change) []Changed {
	reach := b.reach(on, what)
	before, after := b.On(on-1), b.On(on)
	var out []Changed
	for _, doc := range slices.Sorted(maps.Keys(reach)) {
		d := b.docs[doc]
		was, is := before.eye(d), after.eye(d)
		marks := reach[doc]
		for i := range d.Clauses {
			if !marks[i] {
				continue
			}
			c := &d.Clauses[i]
			if x, y := was.verdict(c), is.verdict(c); x != y {
				out = append(out, Changed{d, c, x, y})
			}
		}
	}
	return out
}

// eye looks at one document on a day; the documents above are found once.
type eye struct {
	day   *Day
	doc   *Document
	above []*Document
}

func (d *Day) eye(doc *Document) eye { return eye{d, doc, d.above(doc)} }

func (e eye) verdict(c *Clause) Verdict {
	if !e.doc.holds(c, e.day.on) {
		return 0
	}
	return e.day.verdict(e.doc, c, e.above).Verdict
}

// reach marks the clauses of each document that a change can reach.
func (b *Book) reach(on cal.Day, what Change) map[int32][]bool {
	marks := map[int32][]bool{}
	mark := func(r ref) bool {
		all := marks[r.doc]
		if all == nil {
			all = make([]bool, len(b.docs[r.doc].Clauses))
			marks[r.doc] = all
		}
		was := all[r.clause]
		all[r.clause] = true
		return !was
	}
	moved := map[string]bool{}
	for _, code := range what.Parameters {
		moved[code] = true
	}
	var turned []*Document
	for _, d := range b.docs {
		if len(what.Documents) > 0 && (slices.Contains(what.Documents, d.ID) || b.replaced(d, what.Documents)) {
			turned = append(turned, d)
		}
	}
	needs := b.needs(moved)
	for kind, all := range b.byType {
		whole := slices.ContainsFunc(b.bounds[kind], func(n *profile.NormBound) bool {
			return n.From == on || n.Until == on || slices.ContainsFunc(n.Value.Codes(), func(code string) bool { return moved[code] })
		})
		for _, r := range all {
			d := b.docs[r.doc]
			c := &d.Clauses[r.clause]
			own := c.unit != nil && (needs[c.unit] || needs[b.norms.Types[kind].Unit])
			if whole || own {
				mark(r)
			}
			if own {
				b.below(d, int32(kind), func(r ref) { mark(r) })
			}
		}
	}
	for _, d := range turned {
		// A percentage of a norm of the same document turns with that norm.
		for i := range d.Clauses {
			c := &d.Clauses[i]
			if d.From == on || d.Until == on || c.From == on || c.Until == on || c.unit != nil && b.inner(c) {
				mark(ref{d.at, int32(i)})
				b.below(d, c.kind, func(r ref) { mark(r) })
			}
		}
	}
	return marks
}

// replaced reports whether one of the named documents takes the place of d.
func (b *Book) replaced(d *Document, ids []string) bool {
	return slices.ContainsFunc(b.docs, func(o *Document) bool { return o.Replaces == d.ID && slices.Contains(ids, o.ID) })
}

// needs are the units that name a moved parameter, straight or through a norm
// type told in such a unit.
func (b *Book) needs(moved map[string]bool) map[*profile.Unit]bool {
	out := map[*profile.Unit]bool{}
	if len(moved) == 0 {
		return out
	}
	for i := range b.norms.Units {
		u := &b.norms.Units[i]
		out[u] = slices.ContainsFunc(u.Factor.Codes(), func(code string) bool {
			// The norm may be told in any unit, so it counts as moved.
			return moved[code] || b.norms.Type(code) != nil
		})
	}
	return out
}

// inner reports whether converting a clause takes another norm of its document.
func (b *Book) inner(c *Clause) bool {
	for _, u := range []*profile.Unit{c.unit, b.norms.Types[c.kind].Unit} {
		if slices.ContainsFunc(u.Factor.Codes(), func(code string) bool { return b.norms.Type(code) != nil }) {
			return true
		}
	}
	return false
}

// below visits the clauses of a type in the documents that d binds.
func (b *Book) below(d *Document, kind int32, visit func(ref)) {
	if d.Level == profile.LevelContract {
		return
	}
	all := b.byType[kind]
	if d.Level == profile.LevelCollective { // only contracts with the same employer
		all = b.contracts(d, kind)
	}
	for _, r := range all {
		if b.covers(d, b.docs[r.doc]) {
			visit(r)
		}
	}
}

// contracts are the clauses of a type in contracts with the employer of d.
func (b *Book) contracts(d *Document, kind int32) []ref {
	var out []ref
	for _, o := range b.byEmployer[d.Scope.Employer] {
		first := o.place(kind)
		for i := range o.of(kind) {
			out = append(out, ref{o.at, first + int32(i)})
		}
	}
	return out
}

// WithParameter is the same book with a parameter that has a new value from a
// day on: what if. The documents are shared.
func (b *Book) WithParameter(p profile.Parameter) *Book {
	law := b.law.WithParameter(p)
	other := *b
	other.law = law
	return &other
}
