package profile

import (
	"fmt"
	"regexp"
	"strconv"
)

// Minimum is a bar to be reached: a number (">=10"), or a share of a whole
// (">=2/3", ">1/2"). The zero Minimum is reached by anything.
type Minimum struct {
	num, den int // den is 0 for a plain number
	more     bool
}

var minimumForm = regexp.MustCompile(`^(>=|>)([0-9]{1,6})(?:/([1-9][0-9]{0,3}))?$`)

// ParseMinimum reads ">=10", ">2", ">=2/3" or ">1/2"; empty is no bar.
func ParseMinimum(s string) (Minimum, error) {
	if s == "" {
		return Minimum{}, nil
	}
	m := minimumForm.FindStringSubmatch(s)
	if m == nil {
		return Minimum{}, fmt.Errorf(`%q is not a minimum such as ">=10", ">=2/3" or ">1/2"`, s)
	}
	num, _ := strconv.Atoi(m[2])
	den, _ := strconv.Atoi(m[3])
	if den != 0 && (num > den || num == den && m[1] == ">") {
		return Minimum{}, fmt.Errorf("%q is more than the whole", s)
	}
	return Minimum{num, den, m[1] == ">"}, nil
}

// Of is the least count that reaches the bar among a whole of total.
func (m Minimum) Of(total int) int {
	num, den := m.num, 1
	if m.den != 0 {
		num, den = m.num*total, m.den
	}
	if m.more {
		return num/den + 1
	}
	return (num + den - 1) / den
}

// Reached reports whether count of total reaches the bar.
func (m Minimum) Reached(count, total int) bool { return count >= m.Of(total) }

// IsShare reports whether the bar depends on the whole.
func (m Minimum) IsShare() bool { return m.den != 0 }

// String is the form ParseMinimum reads.
func (m Minimum) String() string {
	if m == (Minimum{}) {
		return ""
	}
	sign := ">="
	if m.more {
		sign = ">"
	}
	if m.den == 0 {
		return sign + strconv.Itoa(m.num)
	}
	return fmt.Sprintf("%s%d/%d", sign, m.num, m.den)
}
