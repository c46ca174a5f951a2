package indicator

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/text"
)

// Compute answers a question. Division by zero is a Value that is not computable;
// the error is a fault with words.
//
// Of the formulas of a method that one is used which needs all that is given. What
// it names is, in this order, what was given, a parameter of the profile on the
// day, or derived from other inputs.
func Compute(p *profile.Profile, q Question) (Value, error) {
	m := p.Figures.Method(q.Method)
	if m == nil {
		return Value{}, fault.New(fault.NotFound, "indicator.unknown", "Code", q.Method)
	}
	r := &reckoning{p: p, m: m, q: q}
	if err := r.admit(); err != nil {
		return Value{}, err
	}
	v, err := r.choose()
	if err != nil {
		return Value{}, err
	}
	if v.Computable() {
		if err := r.check(); err != nil {
			return Value{}, err
		}
	}
	v.Method, v.Period, v.On, v.Base = m, r.period, r.on, r.base
	v.Population, v.Source, v.Status = q.Population, q.Source, profile.StatusOwn
	if q.Estimate {
		v.Status = profile.StatusEstimate
	}
	for _, s := range v.Steps {
		if s.Series == nil {
			continue
		}
		if v.Population == (text.Names{}) {
			v.Population = s.Series.Population
		}
		if s.Point.Status == profile.StatusEstimate {
			v.Status = profile.StatusEstimate
		}
		if !strings.Contains(v.Source, s.Point.Source) {
			v.Source = strings.TrimPrefix(v.Source+"; "+s.Point.Source, "; ")
		}
	}
	return v, nil
}

type reckoning struct {
	p      *profile.Profile
	m      *profile.Method
	q      Question
	on     cal.Day
	period profile.Period
	base   *big.Rat
}

// admit looks at the inputs before anything is reckoned.
func (r *reckoning) admit() error {
	r.period = r.q.Period
	var seen []Input
	for _, code := range slices.Sorted(maps.Keys(r.q.Inputs)) {
		v := r.q.Inputs[code]
		in := r.p.Figures.Input(code)
		if in == nil {
			return fault.New(fault.Invalid, "indicator.unknown-input", "Key", code)
		}
		if in.Unit == dateUnit {
			continue
		}
		if v.Number == nil {
			return fault.New(fault.Invalid, "indicator.no-number", "Name", in.Name, "Value", "")
		}
		if v.Number.Sign() < 0 {
			return fault.New(fault.Invalid, "indicator.negative", "Name", in.Name)
		}
		if v.Series == nil {
			continue
		}
		if err := r.published(v, seen); err != nil {
			return err
		}
		seen = append(seen, v)
	}
	r.settleDay()
	return r.settleBase()
}

// published refuses a figure that does not go with those before it.
func (r *reckoning) published(v Input, seen []Input) error {
	for _, o := range seen {
		if err := meet(o.Series, v.Series); err != nil {
			return err
		}
		if r.m.Grows && o.Series.Code != v.Series.Code {
			return fault.New(fault.Invalid, "indicator.mixed", "A", o.Series.Name, "B", v.Series.Name)
		}
		if r.m.Grows && o.Point.Period.Months() != v.Point.Period.Months() {
			return fault.New(fault.Invalid, "indicator.lengths", "A", o.Point.Period.String(), "B", v.Point.Period.String())
		}
	}
	if r.m.Grows {
		return nil
	}
	if r.period.Zero() {
		r.period = v.Point.Period
	}
	if !r.period.Same(v.Point.Period) {
		return fault.New(fault.Invalid, "indicator.periods", "Name", v.Series.Name, "A", r.period.String(), "B", v.Point.Period.String())
	}
	return nil
}

func (r *reckoning) settleDay() {
	r.on = r.q.On
	if v, ok := r.q.Inputs[r.m.On]; ok {
		r.on = v.Day
	}
	if !r.on.Bounded() {
		r.on = r.period.Last()
	}
}

func (r *reckoning) settleBase() error {
	given, ok := r.q.Inputs[profile.BaseInput]
	if len(r.m.Bases) == 0 {
		return nil // a k that was given is then refused as an input that no formula uses
	}
	r.base = r.m.Bases[0]
	if !ok {
		return nil
	}
	var offered []string
	for _, b := range r.m.Bases {
		if b.Cmp(given.Number) == 0 {
			r.base = b
			return nil
		}
		offered = append(offered, Decimal(b))
	}
	return fault.New(fault.Invalid, "indicator.base", "Given", Decimal(given.Number), "Known", strings.Join(offered, ", "))
}

// choose reckons by the formula that needs all that is given.
func (r *reckoning) choose() (Value, error) {
	var found []Value
	var lacks []*profile.Input
	for _, e := range r.m.Formulas {
		w := walk{reckoning: r}
		v := Value{Formula: e}
		var err error
		v.Number, err = w.reckon(e)
		if zero, ok := errors.AsType[*profile.DivisionByZero](err); ok {
			v.Zero, err = zero.By, nil
		}
		if err == nil {
			err = w.agree()
		}
		if err != nil {
			return Value{}, err
		}
		if !w.usesAll() {
			continue
		}
		if len(w.lacks) > 0 {
			lacks = w.lacks
			continue
		}
		v.Steps = w.steps
		found = append(found, v)
	}
	if len(found) == 0 && len(lacks) > 0 {
		return Value{}, fault.New(fault.Invalid, "indicator.missing", "Name", lacks[0].Name, "Key", lacks[0].Code, "Formulas", r.formulas())
	}
	if len(found) == 0 {
		return Value{}, fault.New(fault.Invalid, "indicator.ambiguous", "Formulas", r.formulas())
	}
	for _, o := range found[1:] {
		if o.Computable() != found[0].Computable() || o.Computable() && o.Number.Cmp(found[0].Number) != 0 {
			return Value{}, fault.New(fault.Invalid, "indicator.ambiguous", "Formulas", r.formulas())
		}
	}
	return found[0], nil
}

func (r *reckoning) formulas() string {
	var out []string
	for _, e := range r.m.Formulas {
		out = append(out, e.String())
	}
	return strings.Join(out, " | ")
}

// check holds the inputs to what they may not contradict; a check that names what
// is not there says nothing.
func (r *reckoning) check() error {
	for _, c := range r.m.Checks {
		w := walk{reckoning: r}
		less, lessErr := w.reckon(c.Less)
		more, moreErr := w.reckon(c.More)
		if len(w.lacks) > 0 || lessErr != nil || moreErr != nil || less.Cmp(more) <= 0 {
			continue
		}
		return fault.New(fault.Invalid, "indicator.contradiction", "Less", c.Less.String(), "More", c.More.String(), "A", Decimal(less), "B", Decimal(more))
	}
	return nil
}

// walk is the way through one formula.
type walk struct {
	*reckoning
	steps []Step
	lacks []*profile.Input // what it needs and does not have
	plain bool             // only what was given counts, no parameter
}

var one = big.NewRat(1, 1)

// reckon finds all that an expression names, then its number. The number means
// nothing where something lacks.
func (w *walk) reckon(e profile.Expression) (*big.Rat, error) {
	for _, code := range e.Codes() {
		if _, err := w.value(code); err != nil {
			return nil, err
		}
	}
	if len(w.lacks) > 0 {
		return one, nil
	}
	return e.Value(w.value)
}

// value finds the number of an input.
func (w *walk) value(code string) (*big.Rat, error) {
	if i := slices.IndexFunc(w.steps, func(s Step) bool { return s.Input.Code == code }); i >= 0 {
		return w.steps[i].Number, nil
	}
	in := w.p.Figures.Input(code)
	if in == nil {
		return nil, fmt.Errorf("indicator: the profile has no input %q", code)
	}
	s := Step{Input: in}
	if w.have(&s) {
		w.steps = append(w.steps, s)
		return s.Number, nil
	}
	if in.Derived.Zero() {
		w.lacks = append(w.lacks, in)
		return one, nil
	}
	before := len(w.lacks)
	n, err := w.reckon(in.Derived)
	if len(w.lacks) > before {
		w.lacks = append(w.lacks[:before], in) // name what people know: the days, not the two dates they follow from
		return one, nil
	}
	s.From, s.Number = FromDerived, n
	if err == nil {
		w.steps = append(w.steps, s)
	}
	return n, err
}

// have fills a step with what was given or what the profile has on the day.
func (w *walk) have(s *Step) bool {
	given, ok := w.q.Inputs[s.Input.Code]
	switch {
	case s.Input.Code == profile.BaseInput && w.base != nil:
		s.From, s.Number = FromBase, w.base
		return true
	case ok && s.Input.Unit == dateUnit:
		s.From, s.Number, s.Day = FromGiven, big.NewRat(int64(given.Day), 1), given.Day
		return true
	case ok && given.Series != nil:
		s.From, s.Number, s.Series, s.Point = FromSeries, given.Number, given.Series, given.Point
		return true
	case ok:
		s.From, s.Number = FromGiven, given.Number
		return true
	}
	v, ok := w.p.Parameter(s.Input.Code, w.on)
	if ok && !w.plain {
		s.From, s.Number, s.Parameter, s.Day = FromParameter, v.Value, v, w.on
	}
	return ok && !w.plain
}

// agree refuses a given number that the other given ones contradict: 30 days late
// between two dates 31 days apart. What it compares with counts as used.
func (w *walk) agree() error {
	for i := 0; i < len(w.steps); i++ {
		s := w.steps[i]
		if s.From != FromGiven || s.Input.Derived.Zero() {
			continue
		}
		other := walk{reckoning: w.reckoning, plain: true}
		n, err := other.reckon(s.Input.Derived)
		if err != nil || len(other.lacks) > 0 {
			continue // it does not follow from what is given
		}
		if n.Cmp(s.Number) != 0 {
			return fault.New(fault.Invalid, "indicator.disagree", "Name", s.Input.Name, "Given", Decimal(s.Number), "Follows", Decimal(n), "Formula", s.Input.Derived.String())
		}
		for _, o := range other.steps {
			if !slices.ContainsFunc(w.steps, func(have Step) bool { return have.Input == o.Input }) {
				w.steps = append(w.steps, o)
			}
		}
	}
	return nil
}

// usesAll reports whether nothing given was passed over.
func (w *walk) usesAll() bool {
	for code := range w.q.Inputs {
		used := func(s Step) bool { return s.Input.Code == code }
		if code != w.m.On && !slices.ContainsFunc(w.steps, used) {
			return false
		}
	}
	return true
}
