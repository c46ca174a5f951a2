package indicator

import (
	"maps"
	"math/big"
	"slices"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/text"
)

const dateUnit = "date"

// Read turns what people write into inputs: "400000", "2025-10-10", or a
// published figure "injuries_bns:2024". Keys are codes or aliases of the profile.
func Read(p *profile.Profile, written map[string]string) (map[string]Input, error) {
	out := map[string]Input{}
	for _, key := range slices.Sorted(maps.Keys(written)) {
		in, factor := input(p, key)
		if in == nil {
			return nil, fault.New(fault.Invalid, "indicator.unknown-input", "Key", key)
		}
		if _, twice := out[in.Code]; twice {
			return nil, fault.New(fault.Invalid, "indicator.twice", "Name", in.Name)
		}
		v, err := read(p, in, strings.TrimSpace(written[key]))
		if err != nil {
			return nil, err
		}
		if v.Number != nil && v.Series == nil {
			v.Number = new(big.Rat).Mul(v.Number, factor)
		}
		out[in.Code] = v
	}
	return out, nil
}

// input finds an input by code or alias, and what one of the alias is worth.
func input(p *profile.Profile, key string) (*profile.Input, *big.Rat) {
	for i := range p.Figures.Inputs {
		in := &p.Figures.Inputs[i]
		if in.Code == key {
			return in, big.NewRat(1, 1)
		}
		for _, a := range in.Aliases {
			if a.Name == key {
				return in, a.Factor
			}
		}
	}
	return nil, nil
}

func read(p *profile.Profile, in *profile.Input, s string) (Input, error) {
	if in.Unit == dateUnit {
		d, err := cal.ParseDay(s)
		if err != nil {
			return Input{}, fault.New(fault.Invalid, "indicator.no-day", "Name", in.Name, "Value", s).Because(err)
		}
		return Input{Day: d}, nil
	}
	if code, when, ok := strings.Cut(s, ":"); ok {
		period, err := profile.ParsePeriod(when)
		if err != nil {
			return Input{}, fault.New(fault.Invalid, "indicator.no-period", "Value", when).Because(err)
		}
		series, point, err := Published(p, code, period)
		return Input{Number: point.Value, Series: series, Point: point}, err
	}
	v, ok := profile.ParseDecimal(s)
	if !ok {
		return Input{}, fault.New(fault.Invalid, "indicator.no-number", "Name", in.Name, "Value", s)
	}
	return Input{Number: v}, nil
}

// Published finds the figure that a series has of exactly that period. Where it
// only has parts of the period the answer is a refusal: rounded indices are not
// multiplied up, means are not averaged. The refusal names the series of the same
// concept that does have the period.
func Published(p *profile.Profile, code string, period profile.Period) (*profile.Series, profile.Point, error) {
	s := p.Figures.SeriesOf(code)
	if s == nil {
		return nil, profile.Point{}, fault.New(fault.NotFound, "indicator.unknown-series", "Series", code)
	}
	if v, ok := s.At(period); ok {
		return s, v, nil
	}
	inside := slices.ContainsFunc(s.Points, func(v profile.Point) bool { return period.Contains(v.Period) })
	if !inside {
		return s, profile.Point{}, fault.New(fault.NotFound, "indicator.not-published", "Name", s.Name, "Period", period.String(), "Known", Known(s))
	}
	key := "indicator.parts"
	if s.Index() {
		key = "indicator.chaining"
	}
	var instead text.Names
	for _, o := range p.Figures.Series {
		if _, has := o.At(period); has && o.Family == s.Family && o.Concept == s.Concept {
			instead = text.Names{KK: o.Code, RU: o.Code, EN: o.Code}
		}
	}
	if instead != (text.Names{}) {
		key += "-instead"
	}
	return s, profile.Point{}, fault.New(fault.Invalid, key, "Name", s.Name, "Period", period.String(), "Series", instead)
}

// Known says which periods a series has.
func Known(s *profile.Series) string {
	if len(s.Points) == 0 {
		return "—"
	}
	first, last := s.Points[0].Period.String(), s.Points[len(s.Points)-1].Period.String()
	if first == last {
		return first
	}
	return first + " – " + last
}
