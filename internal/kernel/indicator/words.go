package indicator

import (
	"embed"
	"math/big"
	"slices"
	"strings"

	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/text"
)

// Locale has the words of derivations and refusals in kk, ru and en.
//
//go:embed locale/*.toml
var Locale embed.FS

const money = "money" // the unit that is the country's currency

// Words tells values in one language, by a printer that has the words of Locale.
type Words struct {
	Law     *profile.Profile
	Printer *text.Printer
}

// Number is the value with its unit: "7,643.84 ₸", or why there is none.
func (w Words) Number(v Value) string {
	if !v.Computable() {
		return w.Printer.T("indicator.not-computable", "Zero", v.Zero.Write(w.name, w.plain))
	}
	n, unit := w.Printer.Digits(v.Rounded()), w.Unit(v)
	if v.Base != nil && strings.Contains(unit, w.plain(v.Base)) {
		return n + " (" + unit + ")" // no number beside a number
	}
	return n + w.join(unit)
}

// Unit is the unit of a value: "per 1,000,000 hours worked".
func (w Words) Unit(v Value) string {
	if v.Method.Unit == money {
		return w.Law.Currency.Symbol
	}
	k := ""
	if v.Base != nil {
		k = w.plain(v.Base)
	}
	return strings.ReplaceAll(v.Method.UnitName.In(w.Printer.Lang), "{k}", k)
}

// Derivation tells how the value came about, one sentence a line.
func (w Words) Derivation(v Value) []string {
	t := w.Printer
	out := []string{
		v.Method.Name.In(t.Lang) + ": " + w.Number(v),
		t.T("indicator.formula", "Formula", v.Formula.Write(w.name, w.plain)),
	}
	for _, s := range v.Steps {
		out = append(out, "  "+w.step(v, s))
	}
	if v.Computable() {
		numbers := v.Formula.Write(func(code string) string { return w.amount(v, code) }, w.plain)
		out = append(out, t.T("indicator.reckoned", "Numbers", numbers, "Value", w.Number(v), "Digits", t.Digits(unitOf(v.Method.Digits))))
	}
	if !v.Period.Zero() {
		out = append(out, t.T("indicator.period", "Period", v.Period.String()))
	}
	if v.Base != nil {
		out = append(out, t.T("indicator.k", "Base", w.plain(v.Base)))
	}
	if v.Method.Unit != money || v.Population != (text.Names{}) || v.Source != "" { // one person's pay is of nobody else
		out = append(out, t.T("indicator.population", "Population", w.or(v.Population.In(t.Lang))), t.T("indicator.status."+v.Status, "Source", w.or(v.Source)))
	}
	if note := v.Method.Note.In(t.Lang); note != "" {
		out = append(out, note)
	}
	return append(out, w.basis(v.Method.Basis)...)
}

// Method tells what a method is, before anything is reckoned.
func (w Words) Method(m *profile.Method) []string {
	t := w.Printer
	out := []string{m.Code + "  " + m.Name.In(t.Lang)}
	for _, e := range m.Formulas {
		out = append(out, t.T("indicator.formula", "Formula", e.Write(w.name, w.plain)), "  "+e.String())
	}
	if note := m.Note.In(t.Lang); note != "" {
		out = append(out, note)
	}
	return append(out, w.basis(m.Basis)...)
}

// step is one quantity: "Base rate = 18 %: in force on 10 November 2025 (…)".
func (w Words) step(v Value, s Step) string {
	t := w.Printer
	args := []any{"Name", s.Input.Name, "Value", w.quantity(s)}
	switch s.From {
	case FromSeries:
		args = append(args, "Series", s.Series.Name, "Period", s.Point.Period.String(), "Source", s.Point.Source)
	case FromParameter:
		basis := w.cite(s.Parameter.Basis)
		if s.Parameter.Basis.NeedsReview {
			basis = t.T("indicator.to-check", "Basis", basis)
		}
		args = append(args, "Day", s.Day, "Basis", basis)
		if !s.Parameter.From.Bounded() && !s.Parameter.Until.Bounded() {
			return t.T("indicator.step.constant", args...)
		}
	case FromDerived:
		args = append(args, "Formula", s.Input.Derived.Write(func(code string) string { return w.amount(v, code) }, w.plain))
	}
	return t.T("indicator.step."+s.From, args...)
}

// quantity is the number of a step with its unit.
func (w Words) quantity(s Step) string {
	if s.Input.Unit == dateUnit {
		return w.Printer.Day(s.Day)
	}
	n := w.plain(s.Number)
	switch s.Input.Unit {
	case money:
		return n + "\u00a0" + w.Law.Currency.Symbol
	case "percent":
		return n + w.join("%")
	}
	return n
}

// amount is what stands for a code in a formula written with numbers.
func (w Words) amount(v Value, code string) string {
	i := slices.IndexFunc(v.Steps, func(s Step) bool { return s.Input.Code == code })
	if i < 0 {
		return w.name(code)
	}
	if s := v.Steps[i]; s.Input.Unit == dateUnit {
		return w.Printer.ShortDay(s.Day)
	}
	return w.plain(v.Steps[i].Number)
}

// name is a quantity in words: the formula in a sentence begins small.
func (w Words) name(code string) string {
	in := w.Law.Figures.Input(code)
	if in == nil {
		return code
	}
	return strings.ToLower(in.Name.In(w.Printer.Lang))
}

func (w Words) plain(v *big.Rat) string { return w.Printer.Digits(Decimal(v)) }

// join puts a unit behind a number: English sets no space before %.
func (w Words) join(unit string) string {
	if unit == "%" && w.Printer.Lang == text.EN {
		return unit
	}
	return "\u00a0" + unit
}

func (w Words) or(s string) string {
	if s == "" {
		return w.Printer.T("indicator.unsaid")
	}
	return s
}

// cite names where a rule or number stands.
func (w Words) cite(b profile.Basis) string {
	law, ok := w.Law.Law(b.Law)
	if !ok {
		return w.or(b.Source)
	}
	return w.Printer.T("indicator.article", "Law", law.Name, "Article", b.Article, "Wording", b.Redaction)
}

func (w Words) basis(b profile.Basis) []string {
	var out []string
	if b.Law != "" || b.Source != "" {
		out = append(out, w.Printer.T("indicator.basis", "Basis", w.cite(b)))
	}
	if b.NeedsReview {
		out = append(out, w.Printer.T("indicator.review"))
	}
	return out
}

// unitOf is the unit of the last digit: 0.01 of two.
func unitOf(digits int) string {
	if digits == 0 {
		return "1"
	}
	return "0." + strings.Repeat("0", digits-1) + "1"
}
