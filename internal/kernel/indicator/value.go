package indicator

import (
	"encoding/json"
	"math/big"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/text"
)

// Input is what a calculation is given: a number, a day, or a published figure.
type Input struct {
	Number *big.Rat // nil for a day
	Day    cal.Day
	Series *profile.Series // nil for what somebody typed
	Point  profile.Point
}

// Question is what is asked.
type Question struct {
	Method     string
	Inputs     map[string]Input // by code of the profile's inputs
	On         cal.Day          // decides which parameters hold; cal.Never: the period's last day
	Period     profile.Period   // the zero Period: that of the series
	Population text.Names       // whom it counts; empty: that of the series
	Source     string
	Estimate   bool // some input was estimated
}

// The ways a step comes by its number.
const (
	FromGiven     = "given"
	FromSeries    = "series"
	FromParameter = "parameter"
	FromDerived   = "derived"
	FromBase      = "base"
)

// Step is one quantity on the way to the value.
type Step struct {
	Input     *profile.Input
	From      string
	Number    *big.Rat
	Day       cal.Day // of a date, and of what a parameter holds on
	Parameter profile.Parameter
	Series    *profile.Series
	Point     profile.Point
}

// Value is an indicator's value with all it needs to be understood.
type Value struct {
	Method     *profile.Method
	Number     *big.Rat           // nil: not computable
	Zero       profile.Expression // what was divided by, when not computable
	Formula    profile.Expression // the one of the method that was used
	Steps      []Step             // what the formula names, in its order; derived ones after what they come from
	Base       *big.Rat           // nil without k
	Period     profile.Period
	On         cal.Day // of the parameters
	Population text.Names
	Source     string
	Status     string // StatusOwn or StatusEstimate: what Odaq reckons nobody else published
}

// Computable reports whether there is a number.
func (v Value) Computable() bool { return v.Number != nil }

// Rounded is the number with the method's digits, halves away from zero; empty
// when not computable.
func (v Value) Rounded() string {
	if v.Number == nil {
		return ""
	}
	return v.Number.FloatString(v.Method.Digits)
}

// concept is what values must share to stand in one chart: the formula and the
// concepts of the series in it.
func (v Value) concept() string {
	out := v.Method.Code + " " + v.Formula.String()
	for _, s := range v.Steps {
		if s.Series != nil {
			out += " " + s.Series.Family + "/" + s.Series.Concept
		}
	}
	return out
}

// Together reports why values may not stand in one chart or table: they are of
// different methods, formulas, concepts, bases or populations.
func Together(values ...Value) error {
	for _, v := range values {
		a := values[0]
		switch {
		case v.concept() != a.concept():
			return fault.New(fault.Invalid, "indicator.mixed", "A", a.Method.Name, "B", v.Method.Name)
		case (v.Base == nil) != (a.Base == nil) || v.Base != nil && v.Base.Cmp(a.Base) != 0:
			return fault.New(fault.Invalid, "indicator.mixed-base", "Name", a.Method.Name)
		case v.Population != a.Population:
			return fault.New(fault.Invalid, "indicator.mixed-population", "A", a.Population, "B", v.Population)
		}
	}
	return nil
}

// SeriesTogether is Together for published series.
func SeriesTogether(all ...*profile.Series) error {
	for i, s := range all {
		for _, o := range all[:i] {
			if err := meet(o, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// meet refuses two concepts of one family, and indices against different periods.
func meet(a, b *profile.Series) error {
	if a.Family == b.Family && a.Concept != b.Concept && !(a.Index() && b.Index() && a.Base == b.Base) {
		return fault.New(fault.Invalid, "indicator.mixed", "A", a.Name, "B", b.Name)
	}
	if a.Index() && b.Index() && a.Base != b.Base {
		return fault.New(fault.Invalid, "indicator.mixed-index", "A", a.Name, "B", b.Name)
	}
	return nil
}

// MarshalJSON writes the value for machines. Numbers are decimal and rounded;
// a value that is not computable is null.
func (v Value) MarshalJSON() ([]byte, error) {
	type step struct {
		Input  string      `json:"input"`
		From   string      `json:"from"`
		Value  json.Number `json:"value,omitempty"`
		Day    string      `json:"day,omitempty"`
		Series string      `json:"series,omitempty"`
		Period string      `json:"period,omitempty"`
		Source string      `json:"source,omitempty"`
		Status string      `json:"status,omitempty"`
	}
	type basis struct {
		Law         string  `json:"law,omitempty"`
		Article     string  `json:"article,omitempty"`
		Redaction   cal.Day `json:"redaction,omitzero"`
		NeedsReview bool    `json:"needs_review"`
		Source      string  `json:"source,omitempty"`
	}
	out := struct {
		Indicator  string       `json:"indicator"`
		Name       text.Names   `json:"name"`
		Value      *json.Number `json:"value"`
		Zero       string       `json:"not_computable,omitempty"`
		Unit       string       `json:"unit"`
		Base       *json.Number `json:"base,omitempty"`
		Digits     int          `json:"digits"`
		Formula    string       `json:"formula"`
		Period     string       `json:"period,omitempty"`
		Population text.Names   `json:"population,omitzero"`
		Source     string       `json:"source,omitempty"`
		Status     string       `json:"status"`
		Steps      []step       `json:"steps"`
		Basis      basis        `json:"basis"`
		ILOSTAT    []string     `json:"ilostat,omitempty"`
	}{
		Indicator: v.Method.Code, Name: v.Method.Name, Unit: v.Method.Unit, Digits: v.Method.Digits, Formula: v.Formula.String(), Period: v.Period.String(),
		Population: v.Population, Source: v.Source, Status: v.Status, Steps: []step{}, ILOSTAT: slices.Clone(v.Method.ILOSTAT),
		Basis: basis{Law: v.Method.Basis.Law, Article: v.Method.Basis.Article, NeedsReview: v.Method.Basis.NeedsReview, Source: v.Method.Basis.Source},
	}
	if v.Method.Basis.Law != "" {
		out.Basis.Redaction = v.Method.Basis.Redaction
	}
	if v.Number != nil {
		n := json.Number(v.Rounded())
		out.Value = &n
	} else {
		out.Zero = v.Zero.String()
	}
	if v.Base != nil {
		n := json.Number(Decimal(v.Base))
		out.Base = &n
	}
	for _, s := range v.Steps {
		w := step{Input: s.Input.Code, From: s.From}
		if s.Input.Unit == dateUnit {
			w.Day = s.Day.String()
		} else {
			w.Value = json.Number(Decimal(s.Number))
		}
		switch s.From {
		case FromSeries:
			w.Series, w.Period, w.Source, w.Status = s.Series.Code, s.Point.Period.String(), s.Point.Source, s.Point.Status
		case FromParameter:
			w.Source = s.Parameter.Basis.Source
		}
		out.Steps = append(out.Steps, w)
	}
	return json.Marshal(out)
}

// longest is how many digits a fraction without end is shown with.
const longest = 6

// Decimal is the number with the digits it has, at most six after the mark.
func Decimal(v *big.Rat) string {
	digits, exact := v.FloatPrec()
	if !exact || digits > longest {
		digits = longest
	}
	return v.FloatString(digits)
}
