package norm

import (
	"odaq/internal/kernel/profile"
)

// Finding is the verdict on one clause, or on one that is missing.
type Finding struct {
	Document *Document
	Clause   *Clause // nil when missing
	Type     *profile.NormType
	Verdict  Verdict
	Value    Value               // of the clause, in the unit of the type
	Bound    Source              // the strictest that binds the clause; none when nothing does
	Void     *profile.Precedence // the rule that makes a worse clause void
	Duty     *profile.NormDuty   // the rule that a missing clause breaks
	Obliged  bool                // a missing clause breaks the rule or a clause above
	Reason   Reason
	Detail   string // of the reason: a parameter, a dimension
}

// Effective is what holds instead of, or by, the clause.
func (f *Finding) Effective() Value {
	switch {
	case f.Verdict == Worse || f.Verdict == Missing || f.Verdict == Invalid:
		return f.Bound.Value
	case f.Verdict == Incomparable:
		return Value{Items: union(f.Value.Items, f.Bound.Value.Items)}
	}
	return f.Value
}

// Reason says why a verdict is what it is, where the bound does not say it.
type Reason uint8

// The reasons.
const (
	ByBound     Reason = iota // the bound says it
	Silence                   // nothing above says anything about it
	Dimensions                // what is above holds for other dimensions
	NoParameter               // Detail has no value on the day
	Information               // the norm is neither better nor worse
)

var reasons = [...]string{"", "silence", "dimensions", "no-parameter", "information"}

// String is the reason's name.
func (r Reason) String() string { return reasons[r] }

// MarshalText is String.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Verdicts are the findings on every clause of a document that is in force, in
// the order of norm types, and on what it lacks: norms that a rule or a clause
// above obliges it to have, and norms that a document above has. A document that
// is not in force has none.
func (d *Day) Verdicts(doc *Document) []Finding {
	if d.on < doc.From || doc.Until <= d.on {
		return nil
	}
	above := d.above(doc)
	out := make([]Finding, 0, len(doc.Clauses)+len(above))
	for i := range doc.Clauses {
		if c := &doc.Clauses[i]; doc.holds(c, d.on) {
			out = append(out, d.verdict(doc, c, above))
		}
	}
	return d.missing(out, doc, above)
}

// above are the documents that bind doc on the day.
func (d *Day) above(doc *Document) []*Document {
	all := d.book.covering(make([]*Document, 0, 8), doc.Scope, d.on, doc.Level)
	n := 0
	for _, o := range all {
		if o != doc && d.book.binds(o.Level, doc.Level) {
			all[n], n = o, n+1
		}
	}
	return all[:n]
}

func (d *Day) verdict(doc *Document, c *Clause, above []*Document) Finding {
	t := &d.book.norms.Types[c.kind]
	f := Finding{Document: doc, Clause: c, Type: t}
	undo := func(reason Reason, detail string) Finding {
		f.Verdict, f.Reason, f.Detail = NotComparable, reason, detail
		return f
	}
	var missing string
	if f.Value, missing = d.value(doc, c); missing != "" {
		return undo(NoParameter, missing)
	}
	if doc.Level > profile.LevelLaw {
		f.Bound, missing = d.statute(c.kind, c.Dimension, doc.Level)
	}
	if t.Direction == profile.Informational {
		if !f.Bound.None() && outside(f.Bound, f.Value) {
			f.Verdict = Invalid
			f.Void = d.book.ranks[doc.Level][profile.LevelLaw]
			return f
		}
		return undo(Information, "")
	}
	elsewhere := ""
	for _, o := range above {
		bound := d.stated(o, c.kind, c.Dimension)
		if bound == nil {
			if others := o.of(c.kind); len(others) > 0 && o.holds(&others[0], d.on) {
				elsewhere = others[0].Dimension.String()
			}
			continue
		}
		v, lost := d.value(o, bound)
		if lost != "" {
			missing = lost
			continue
		}
		f.Bound = stricter(t.Direction, f.Bound, Source{Document: o, Clause: bound, Value: v})
	}
	if f.Bound.None() {
		switch {
		case missing != "":
			return undo(NoParameter, missing)
		case elsewhere != "":
			return undo(Dimensions, elsewhere)
		}
		f.Verdict, f.Reason = Better, Silence
		if t.Direction == profile.Boolean && !f.Value.Yes || t.Direction == profile.Superset && len(f.Value.Items) == 0 {
			f.Verdict = Equal
		}
		return f
	}
	f.Verdict = compare(t.Direction, f.Value, f.Bound.Value)
	if f.Verdict == Equal && f.Bound.above() {
		f.Verdict = Worse
	}
	if f.Verdict == Worse {
		f.Void = d.book.ranks[doc.Level][f.Bound.Level()]
		return f
	}
	if missing != "" { // it may yet be worse than the bound that cannot be told
		return undo(NoParameter, missing)
	}
	return f
}

// outside tells of an informational value whether the law forbids it.
func outside(b Source, v Value) bool {
	c := v.Number.Cmp(b.Value.Number)
	switch b.Bound.Kind {
	case "ceiling":
		return c > 0
	case "above":
		return c <= 0
	}
	return c < 0
}

// missing adds what doc is silent about.
func (d *Day) missing(out []Finding, doc *Document, above []*Document) []Finding {
	listed := map[int32]bool{}
	silent := func(kind int32) bool {
		all := doc.of(kind)
		for i := range all {
			if doc.holds(&all[i], d.on) {
				return false
			}
		}
		return !listed[kind]
	}
	for _, o := range above {
		for i := range o.Clauses {
			c := &o.Clauses[i]
			t := &d.book.norms.Types[c.kind]
			if doc.Level == profile.LevelContract && !c.Obliges { // contracts are short; what is above holds anyway
				continue
			}
			if !o.holds(c, d.on) || !silent(c.kind) || t.Direction == profile.Informational || !settable(t, doc.Level) {
				continue
			}
			listed[c.kind] = true
			f := Finding{Document: doc, Type: t, Verdict: Missing, Obliged: c.Obliges}
			f.Bound, _ = d.statute(c.kind, c.Dimension, doc.Level)
			for _, p := range above {
				if b := d.stated(p, c.kind, c.Dimension); b != nil {
					if v, lost := d.value(p, b); lost == "" {
						f.Bound = stricter(t.Direction, f.Bound, Source{Document: p, Clause: b, Value: v})
					}
					f.Obliged = f.Obliged || b.Obliges
				}
			}
			out = append(out, f)
		}
	}
	for i := range d.book.norms.Duties {
		duty := &d.book.norms.Duties[i]
		if duty.Level != doc.Level {
			continue
		}
		kind := d.book.kind(duty.Type)
		if listed[kind] {
			for j := range out {
				if out[j].Verdict == Missing && out[j].Type == duty.Type {
					out[j].Duty, out[j].Obliged = duty, true
				}
			}
			continue
		}
		if silent(kind) {
			f := Finding{Document: doc, Type: duty.Type, Verdict: Missing, Duty: duty, Obliged: true}
			f.Bound, _ = d.statute(kind, nil, doc.Level)
			out = append(out, f)
		}
	}
	return out
}

func settable(t *profile.NormType, level profile.Level) bool {
	for _, l := range t.Levels {
		if l == level {
			return true
		}
	}
	return false
}
