package group

import (
	"fmt"
	"io"
	"math/big"
)

var one = big.NewInt(1)

// packValues is the number with values as its base-256 digits.
func packValues(values []int, capacity int) (*big.Int, error) {
	if len(values) > capacity {
		return nil, fmt.Errorf("%w: %d values to embed, the group takes %d", ErrRange, len(values), capacity)
	}
	digits := make([]byte, len(values))
	for i, v := range values {
		if v < 0 || v > 255 {
			return nil, fmt.Errorf("%w: value %d to embed, it must be from 0 to 255", ErrRange, v)
		}
		digits[i] = byte(v)
	}
	return new(big.Int).SetBytes(digits), nil
}

// unpackValues is the n lowest base-256 digits of x.
func unpackValues(x *big.Int, n, capacity int) ([]int, error) {
	if n < 0 || n > capacity {
		return nil, fmt.Errorf("%w: %d values to extract, the group holds %d", ErrRange, n, capacity)
	}
	values := make([]int, n)
	for i, word := n-1, new(big.Int).Set(x); i >= 0; i-- {
		values[i] = int(word.Uint64() & 255)
		word.Rsh(word, 8)
	}
	return values, nil
}

// randomScalar reduces a number 128 bits longer than the order, so that no
// scalar is likelier than another by more than a factor of 1 + 2^-128.
func randomScalar(g Group, rand io.Reader) (Scalar, error) {
	b := make([]byte, (g.Order().BitLen()+128+7)/8)
	if _, err := io.ReadFull(rand, b); err != nil {
		return nil, fmt.Errorf("drawing a number: %w", err)
	}
	return g.Reduce(b), nil
}
