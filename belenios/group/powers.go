package group

import "math/big"

// powers is x^(d·2^(width·i)) for every digit d from 1 to 2^width - 1 of every i:
// a power of x is then one multiplication for each digit of the exponent.
type powers struct {
	f     *finiteField
	width int
	rows  [][]*big.Int
}

func newPowers(f *finiteField, x *big.Int) *powers {
	t := &powers{f: f, width: 8}
	if f.q.BitLen() > 512 {
		t.width = 6 // 6 megabytes, where 8 bits would be 18
	}
	s := new(scratch)
	for range (f.q.BitLen() + t.width - 1) / t.width {
		row := []*big.Int{x}
		for range 1<<t.width - 1 {
			row = append(row, f.multiply(new(big.Int), row[len(row)-1], x, s))
		}
		x = row[len(row)-1]
		t.rows = append(t.rows, row[:len(row)-1])
	}
	return t
}

// multiply multiplies z by x^k.
func (t *powers) multiply(z, k *big.Int, s *scratch) {
	for i, row := range t.rows {
		var digit uint
		for j := range t.width {
			digit |= k.Bit(t.width*i+j) << j
		}
		if digit > 0 {
			t.f.multiply(z, z, row[digit-1], s)
		}
	}
}
