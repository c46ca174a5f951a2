package norm

import (
	"embed"
	"math/big"
	"strings"

	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/text"
)

// Locale has the words of verdicts and derivations in kk, ru and en.
//
//go:embed locale/*.toml
var Locale embed.FS

// Words tells verdicts and rights in one language.
type Words struct {
	law *profile.Profile
	p   *text.Printer
}

// In is the book told by a printer that has the words of Locale.
func (b *Book) In(p *text.Printer) Words { return Words{b.law, p} }

// Verdict is a verdict in words.
func (w Words) Verdict(v Verdict) string {
	return w.p.T("norm.verdict." + strings.ReplaceAll(v.String(), " ", "-"))
}

// Value is a value with its unit: "28 calendar days".
func (w Words) Value(t *profile.NormType, v Value) string {
	switch t.Direction {
	case profile.Boolean:
		if v.Yes {
			return w.p.T("norm.yes")
		}
		return w.p.T("norm.no")
	case profile.Superset:
		if len(v.Items) == 0 {
			return w.p.T("norm.nothing")
		}
		return strings.Join(v.Items, ", ")
	}
	return w.amount(t, v.Number)
}

func (w Words) amount(t *profile.NormType, v *big.Rat) string {
	if v == nil {
		return ""
	}
	unit := t.Unit.Name.In(w.p.Lang)
	return w.p.Digits(Decimal(v)) + "\u00a0" + unit
}

// bound is a value of a source; a floor that is itself too low is "more than".
func (w Words) bound(t *profile.NormType, s Source) string {
	if s.above() {
		return w.p.T("norm.more-than", "Value", w.Value(t, s.Value))
	}
	return w.Value(t, s.Value)
}

// Source is where a value comes from: "Industry agreement, cl. 4.2", "Labour
// Code, art. 88".
func (w Words) Source(s Source) string {
	switch {
	case s.Bound != nil:
		return w.Basis(s.Bound.Basis)
	case s.Document == nil:
		return ""
	}
	name := s.Document.Name
	if name == "" {
		name = w.p.T("norm.level."+s.Document.Level.String()) + " " + s.Document.ID
	}
	if s.Clause == nil || s.Clause.No == "" {
		return name
	}
	return w.p.T("norm.clause", "Document", name, "No", s.Clause.No)
}

// Basis is an article of a law; where no law says it, the source of the rule.
func (w Words) Basis(b profile.Basis) string {
	law, ok := w.law.Law(b.Law)
	if !ok {
		return b.Source
	}
	return w.p.T("norm.article", "Law", law.Name, "Article", b.Article)
}

// Finding says a verdict with its reason, in a sentence or two.
func (w Words) Finding(f Finding) string {
	t := f.Type
	var s string
	switch f.Verdict {
	case Missing:
		switch {
		case f.Duty != nil:
			s = w.p.T("norm.missing.duty", "Basis", w.Basis(f.Duty.Basis))
		case f.Obliged:
			s = w.p.T("norm.missing.obliged", "Source", w.Source(f.Bound))
		default:
			s = w.p.T("norm.missing.free")
		}
		if !f.Bound.None() {
			s += " " + w.p.T("norm.missing.holds", "Bound", w.bound(t, f.Bound), "Source", w.Source(f.Bound))
		}
		return s
	case Worse:
		s = w.p.T("norm.worse", "Value", w.Value(t, f.Value), "Bound", w.bound(t, f.Bound), "Source", w.Source(f.Bound))
		if f.Void != nil {
			s += " " + w.p.T("norm.void", "Basis", w.Basis(f.Void.Basis))
		}
		return s
	case Invalid:
		return w.p.T("norm.invalid", "Value", w.Value(t, f.Value), "Bound", w.bound(t, f.Bound), "Source", w.Source(f.Bound))
	case NotComparable:
		return w.p.T("norm.not-comparable."+f.Reason.String(), "Detail", f.Detail, "Value", w.Value(t, f.Value))
	case Incomparable:
		return w.p.T("norm.incomparable", "Value", w.Value(t, f.Value), "Bound", w.bound(t, f.Bound), "Source", w.Source(f.Bound))
	}
	if f.Bound.None() {
		return w.p.T("norm.silence", "Value", w.Value(t, f.Value))
	}
	return w.p.T("norm."+f.Verdict.String(), "Value", w.Value(t, f.Value), "Bound", w.bound(t, f.Bound), "Source", w.Source(f.Bound))
}

// Right derives a right in sentences: what holds, why a nearer clause does not,
// and what an application in writing would bring.
func (w Words) Right(r Right, rule profile.Choice) []string {
	t := r.Type
	out := []string{w.p.T("norm.right.in-force", "Value", w.bound(t, r.InForce), "Source", w.Source(r.InForce))}
	if !r.Void.None() {
		s := w.p.T("norm.right.void", "Value", w.Value(t, r.Void.Value), "Source", w.Source(r.Void))
		out = append(out, s)
	}
	if r.Chosen() {
		out = append(out, w.p.T("norm.right.available", "Value", w.bound(t, r.Best), "Source", w.Source(r.Best), "Basis", w.Basis(rule.Basis)))
	}
	if gain := r.Gain(); gain != nil {
		switch {
		case r.Next.above():
			out = append(out, w.p.T("norm.right.only-above", "Source", w.Source(r.Next)))
		case gain.Sign() == 0:
			out = append(out, w.p.T("norm.right.same", "Source", w.Source(r.Next)))
		default:
			out = append(out, w.p.T("norm.right.gain", "Gain", w.amount(t, gain), "Next", w.bound(t, r.Next), "Source", w.Source(r.Next)))
		}
	}
	if r.Lawyer {
		out = append(out, w.p.T("norm.right.lawyer"))
	}
	if r.Skipped != "" {
		out = append(out, w.p.T("norm.right.skipped", "Detail", r.Skipped))
	}
	return out
}
