package profile

import (
	"cmp"
	"slices"

	"odaq/internal/kernel/cal"
)

// Rule is a row of any table that rests on law, or on nothing but our choice.
type Rule struct {
	Table string // "clocks.csv"
	Line  int
	Code  string // the row's first column
	Basis Basis
}

// Rules are all rows that have a basis, by table and line.
func (p *Profile) Rules() []Rule { return slices.Clone(p.rules) }

// Review are the rules that a lawyer should read before anybody relies on them:
// marked so, taken from memory, or seen on a page and not in the official text.
func (p *Profile) Review() []Rule {
	return filter(p.rules, func(r Rule) bool {
		return r.Basis.NeedsReview || r.Basis.Confidence == Memory || r.Basis.Confidence == Page
	})
}

// Recheck are the rules read from an older wording of a law than the one of the
// day: what to read again when the law has changed, by article.
func (p *Profile) Recheck(law string, wording cal.Day) []Rule {
	out := filter(p.rules, func(r Rule) bool { return r.Basis.Law == law && r.Basis.Redaction < wording })
	slices.SortStableFunc(out, func(a, b Rule) int { return cmp.Compare(a.Basis.Article, b.Basis.Article) })
	return out
}
