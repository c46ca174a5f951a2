package profile

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"odaq/internal/kernel/text"
)

// The statuses of a published figure: who stands behind it.
const (
	StatusOfficial = "official" // a statistical office or a ministry
	StatusOwn      = "own"      // the federation's
	StatusEstimate = "estimate"
)

// Method is an indicator, or another calculation such as that of a penalty: a
// formula with what its number means and who says so.
type Method struct {
	Code     string
	Name     text.Names
	Formulas []Expression // each from other inputs
	Unit     string       // "percent", "money", "days", …; values of two units never meet
	UnitName text.Names   // "cases per {k} hours"; empty for money
	Bases    []*big.Rat   // what k may be, the usual one first; empty without k
	Digits   int          // after the decimal mark when published
	Checks   []Check
	On       string // the input whose day decides which parameters hold; may be empty
	Grows    bool   // compares one series in two periods; all else is of one period
	Note     text.Names
	ILOSTAT  []string // codes of the same indicator there
	Basis    Basis
}

// Check is what inputs may not contradict: Less is at most More.
type Check struct{ Less, More Expression }

// Input is a quantity that formulas name.
type Input struct {
	Code    string
	Name    text.Names
	Unit    string // "money", "date", "percent", "number", …
	Aliases []Alias
	Derived Expression // from other inputs where it is not given; may be empty
}

// Alias is another name under which an input is given, and what one of it is
// worth: repaid_mln is a million of repaid.
type Alias struct {
	Name   string
	Factor *big.Rat
}

// Series is a row of published figures made in one way.
type Series struct {
	Code       string
	Name       text.Names
	Family     string // series of one family and different concepts never meet
	Concept    string
	Base       string // what an index compares with; empty for other series
	Unit       string
	Population text.Names
	Digits     int // published with; such figures are not multiplied up
	Points     []Point
	Basis      Basis
}

// Point is one published figure.
type Point struct {
	Period Period
	Value  *big.Rat
	Status string
	Source string
}

// Index reports whether its figures compare with another period.
func (s *Series) Index() bool { return s.Base != "" }

// At finds the figure of a period.
func (s *Series) At(p Period) (Point, bool) {
	return find(s.Points, func(v Point) bool { return v.Period.Same(p) })
}

// Figures are a country's official methods and published series.
type Figures struct {
	Indicators   []Method
	Calculations []Method // shares, wage calculators
	Inputs       []Input
	Series       []Series
}

// Method finds an indicator or calculation by its code.
func (f *Figures) Method(code string) *Method {
	for _, all := range [][]Method{f.Indicators, f.Calculations} {
		if i := slices.IndexFunc(all, func(m Method) bool { return m.Code == code }); i >= 0 {
			return &all[i]
		}
	}
	return nil
}

// Input finds an input by its code.
func (f *Figures) Input(code string) *Input {
	if i := slices.IndexFunc(f.Inputs, func(v Input) bool { return v.Code == code }); i >= 0 {
		return &f.Inputs[i]
	}
	return nil
}

// SeriesOf finds a series by its code.
func (f *Figures) SeriesOf(code string) *Series {
	if i := slices.IndexFunc(f.Series, func(v Series) bool { return v.Code == code }); i >= 0 {
		return &f.Series[i]
	}
	return nil
}

// BaseInput is the input that every method with a base knows.
const BaseInput = "k"

const methodColumns = "code name_kk name_ru name_en formula unit unit_kk unit_ru unit_en base digits checks on grows note_kk note_ru note_en ilostat " + basisColumns

func (r *reader) readFigures(p *Profile) {
	f := &p.Figures
	r.readInputs(p)
	seen := map[string]bool{}
	methods := func(file string) (all []Method) {
		r.table(file, methodColumns, func(w row) {
			m := w.method(f)
			if seen[m.Code] {
				w.wrong("%s is there twice", m.Code)
			}
			seen[m.Code] = true
			all = append(all, m)
		})
		return all
	}
	f.Indicators, f.Calculations = methods("indicators.csv"), methods("calculations.csv")
	r.readSeries(f)
}

func (r *reader) readInputs(p *Profile) {
	f := &p.Figures
	taken := map[string]string{}
	lines := map[string]row{}
	r.table("indicator_inputs.csv", "code name_kk name_ru name_en unit aliases derived", func(w row) {
		v := Input{Code: w.must("code"), Name: w.names("name"), Unit: w.must("unit"), Aliases: w.aliases("aliases")}
		if w.may("derived") != "" {
			v.Derived = w.expression("derived", w.may("derived"))
		}
		for _, name := range append([]Alias{{Name: v.Code}}, v.Aliases...) {
			if o := taken[name.Name]; o != "" {
				w.wrong("%s already stands for %s", name.Name, o)
			}
			taken[name.Name] = v.Code
		}
		lines[v.Code] = w
		f.Inputs = append(f.Inputs, v)
	})
	for _, v := range f.Inputs {
		lines[v.Code].knows(f, v.Derived)
		if f.leadsTo(v.Derived, v.Code, map[string]bool{}) {
			lines[v.Code].wrong("%s is derived from itself", v.Code)
		}
	}
}

// leadsTo reports whether the derivation of e needs the code.
func (f *Figures) leadsTo(e Expression, code string, seen map[string]bool) bool {
	for _, c := range e.Codes() {
		if c == code {
			return true
		}
		in := f.Input(c)
		if in == nil || seen[c] {
			continue
		}
		seen[c] = true
		if f.leadsTo(in.Derived, code, seen) {
			return true
		}
	}
	return false
}

func (w row) method(f *Figures) Method {
	m := Method{
		Code: w.must("code"), Name: w.names("name"), Unit: w.must("unit"), UnitName: w.mayNames("unit"), Digits: w.whole("digits"),
		On: w.may("on"), Grows: w.yes("grows"), Note: w.mayNames("note"), ILOSTAT: w.list("ilostat"), Basis: w.basis(),
	}
	for _, s := range strings.Split(w.must("formula"), "|") {
		m.Formulas = append(m.Formulas, w.expression("formula", s))
	}
	for _, s := range w.list("base") {
		v, ok := ParseDecimal(s)
		if !ok || v.Sign() <= 0 {
			w.wrong("base: %q is no number above zero", s)
			continue
		}
		m.Bases = append(m.Bases, v)
	}
	if m.Digits < 0 || m.Digits > 6 {
		w.wrong("digits must lie between 0 and 6")
	}
	for _, s := range w.list("checks") {
		less, more, ok := strings.Cut(s, "<=")
		if !ok {
			w.wrong(`checks: %q is not of the form "part <= whole"`, s)
			continue
		}
		m.Checks = append(m.Checks, Check{w.expression("checks", less), w.expression("checks", more)})
	}
	for _, e := range m.Formulas {
		if slices.Contains(e.Codes(), BaseInput) != (len(m.Bases) > 0) {
			w.wrong("k in the formula and base go together")
		}
		w.knows(f, e)
	}
	for _, c := range m.Checks {
		w.knows(f, c.Less)
		w.knows(f, c.More)
	}
	if on := f.Input(m.On); m.On != "" && (on == nil || on.Unit != "date") {
		w.wrong("on: %q is no date of indicator_inputs.csv", m.On)
	}
	return m
}

// knows checks that every code of an expression is an input.
func (w row) knows(f *Figures, e Expression) {
	for _, code := range e.Codes() {
		if f.Input(code) == nil {
			w.wrong("%s is not in indicator_inputs.csv", code)
		}
	}
}

func (w row) expression(name, s string) Expression {
	e, err := ParseExpression(strings.TrimSpace(s))
	if err != nil {
		w.wrong("%s: %v", name, err)
	}
	return e
}

// aliases reads "hours_worked|hours_mln*1000000".
func (w row) aliases(name string) []Alias {
	var out []Alias
	for _, s := range w.list(name) {
		code, factor, scaled := strings.Cut(s, "*")
		v, ok := ParseDecimal(factor)
		if !scaled {
			v, ok = big.NewRat(1, 1), true
		}
		if !ok || v.Sign() <= 0 || !codeForm.MatchString(code) {
			w.wrong(`%s: %q is not of the form "repaid_mln*1000000"`, name, s)
			continue
		}
		out = append(out, Alias{code, v})
	}
	return out
}

// readSeries reads the series and the file of figures of each.
func (r *reader) readSeries(f *Figures) {
	r.table("series.csv", "code name_kk name_ru name_en family concept base unit population_kk population_ru population_en digits "+basisColumns, func(w row) {
		s := Series{
			Code: w.must("code"), Name: w.names("name"), Family: w.must("family"), Concept: w.must("concept"), Base: w.may("base"), Unit: w.must("unit"),
			Population: w.names("population"), Digits: w.whole("digits"), Basis: w.basis(),
		}
		if f.SeriesOf(s.Code) != nil {
			w.wrong("series %s is there twice", s.Code)
		}
		f.Series = append(f.Series, s)
	})
	for i := range f.Series {
		s := &f.Series[i]
		r.table("series_"+s.Code+".csv", "period value status source", func(w row) {
			v := Point{Value: w.decimal("value"), Status: w.oneOf("status", StatusOfficial, StatusOwn, StatusEstimate), Source: w.must("source")}
			var err error
			if v.Period, err = ParsePeriod(w.must("period")); err != nil {
				w.wrong("period: %v", err)
				return
			}
			if _, twice := s.At(v.Period); twice {
				w.wrong("%s already has a figure of %s", s.Code, v.Period)
			}
			s.Points = append(s.Points, v)
		})
		slices.SortFunc(s.Points, func(a, b Point) int {
			return cmp.Or(cmp.Compare(a.Period.From, b.Period.From), cmp.Compare(a.Period.Until, b.Period.Until))
		})
	}
}
