package profile

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
)

// Formula is a product of numbers and named values: "85000", "1.5 * mci",
// "12 * min_wage / year_hours". The zero Formula is 1.
type Formula struct {
	number  *big.Rat
	up      []string // codes it is multiplied by
	down    []string // codes it is divided by
	written string
}

var codeForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.]*$`)

// ParseFormula reads factors joined by " * " and " / ".
func ParseFormula(s string) (Formula, error) {
	f := Formula{number: big.NewRat(1, 1), written: s}
	words := strings.Fields(s)
	if len(words)%2 == 0 {
		return Formula{}, fmt.Errorf(`%q is not a formula such as "12 * min_wage / year_hours"`, s)
	}
	for i, w := range words {
		if i%2 == 1 {
			if w != "*" && w != "/" {
				return Formula{}, fmt.Errorf("%q: %q must be * or /", s, w)
			}
			continue
		}
		divide := i > 0 && words[i-1] == "/"
		if codeForm.MatchString(w) {
			if divide {
				f.down = append(f.down, w)
			} else {
				f.up = append(f.up, w)
			}
			continue
		}
		v, ok := ParseDecimal(w)
		if !ok || divide && v.Sign() == 0 {
			return Formula{}, fmt.Errorf("%q: %q is neither a code nor a number to reckon with", s, w)
		}
		if divide {
			v.Inv(v)
		}
		f.number.Mul(f.number, v)
	}
	return f, nil
}

// ParseDecimal reads an exact number such as 4325, -0.5 or 0.75.
func ParseDecimal(s string) (*big.Rat, bool) {
	if len(s) > 30 || strings.ContainsAny(s, "eEpP/_xXbBoO") {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// Codes are the named values it needs.
func (f Formula) Codes() []string { return append(append([]string(nil), f.up...), f.down...) }

// Constant reports whether it needs none.
func (f Formula) Constant() bool { return len(f.up)+len(f.down) == 0 }

// Value reckons the formula; missing is the code that value does not know or
// that would be a division by zero.
func (f Formula) Value(value func(code string) *big.Rat) (v *big.Rat, missing string) {
	if f.number == nil {
		return big.NewRat(1, 1), ""
	}
	if f.Constant() {
		return f.number, ""
	}
	v = new(big.Rat).Set(f.number)
	for _, code := range f.up {
		x := value(code)
		if x == nil {
			return nil, code
		}
		v.Mul(v, x)
	}
	for _, code := range f.down {
		x := value(code)
		if x == nil || x.Sign() == 0 {
			return nil, code
		}
		v.Quo(v, x)
	}
	return v, ""
}

// String is the formula as written.
func (f Formula) String() string { return f.written }
