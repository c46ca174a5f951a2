package group

import (
	"fmt"
	"math/big"
)

// parseDecimal reads a number of 0 to below-1 without sign or leading zeros.
func parseDecimal(text string, below *big.Int) (*big.Int, error) {
	if text == "" || len(text) > 1 && text[0] == '0' {
		return nil, fmt.Errorf("%w: %.20q is no decimal number", ErrText, text)
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return nil, fmt.Errorf("%w: %.20q is no decimal number", ErrText, text)
		}
	}
	if len(text) > below.BitLen()/3+1 { // too long to be worth converting
		return nil, fmt.Errorf("%w: a number of %d digits", ErrRange, len(text))
	}
	n, _ := new(big.Int).SetString(text, 10)
	if n.Cmp(below) >= 0 {
		return nil, fmt.Errorf("%w: %.20s…", ErrRange, text)
	}
	return n, nil
}
