package tally

import (
	"fmt"
	"strconv"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
)

// largest is the greatest count that is a JSON number; greater ones are strings
// (FORMAT §9).
const largest = 1<<30 - 1

// maxDigits is how many digits MaxWeight has.
const maxDigits = 16

func appendCount(b []byte, n int64) []byte {
	if n <= largest {
		return strconv.AppendInt(b, n, 10)
	}
	b = append(b, '"')
	b = strconv.AppendInt(b, n, 10)
	return append(b, '"')
}

// readCount reads a number of 0 to MaxWeight, as a string where it is above
// largest and only there.
func readCount(r *canonical.Reader) int64 {
	if !r.Next(`"`) {
		return int64(r.Number(largest))
	}
	digits := r.Decimal(maxDigits)
	if r.Err() != nil {
		return 0
	}
	n, err := strconv.ParseInt(string(digits), 10, 64)
	switch {
	case err != nil || n > MaxWeight:
		r.Fail(fmt.Errorf("%w: %s is more than %d", group.ErrRange, digits, int64(MaxWeight)))
	case n <= largest:
		r.Fail(fmt.Errorf("%w: %d as a string", canonical.ErrText, n))
	}
	return n
}
