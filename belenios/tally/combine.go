package tally

import (
	"fmt"
	"maps"
	"slices"

	"odaq/belenios/group"
	"odaq/belenios/trustee"
)

// Combine multiplies the factors of trustees, by their numbers from 1, into those
// that decrypt the tally: of a threshold group the first members that have
// contributed are taken, as many as needed (FORMAT §11). All contributions must
// have been verified against this tally. Errors are ErrOwner and ErrMissing.
func Combine(g group.Group, trustees trustee.Trustees, e Encrypted, partials map[int]Partial) ([][]group.Element, error) {
	total := len(trustees.Keys())
	for _, owner := range slices.Sorted(maps.Keys(partials)) {
		if owner < 1 || owner > total {
			return nil, fmt.Errorf("%w: %d of %d", ErrOwner, owner, total)
		}
	}
	var chosen []Partial
	var powers []group.Scalar
	first := 1 // the number of the item's first trustee
	for _, it := range trustees {
		if it.Single != nil {
			p, ok := partials[first]
			if !ok {
				return nil, fmt.Errorf("%w: trustee %d", ErrMissing, first)
			}
			chosen, powers = append(chosen, p), append(powers, g.Number(1))
			first++
			continue
		}
		size, threshold := len(it.Pedersen.VerificationKeys), it.Pedersen.Threshold
		var members []int // from 1 within the group
		for j := 1; j <= size && len(members) < threshold; j++ {
			if p, ok := partials[first+j-1]; ok {
				members, chosen = append(members, j), append(chosen, p)
			}
		}
		if len(members) < threshold {
			return nil, fmt.Errorf("%w: %d of the %d needed from %d to %d", ErrMissing, len(members), threshold, first, first+size-1)
		}
		powers = append(powers, lagrange(g, members)...)
		first += size
	}
	factors := make([][]group.Element, len(e))
	bases := make([]group.Element, len(chosen))
	for i, list := range e {
		factors[i] = make([]group.Element, len(list))
		for j := range list {
			for k, p := range chosen {
				if len(p.Factors) != len(e) || len(p.Factors[i]) != len(list) {
					return nil, fmt.Errorf("%w: of a partial decryption", ErrShape)
				}
				bases[k] = p.Factors[i][j]
			}
			factors[i][j] = g.Product(bases, powers)
		}
	}
	return factors, nil
}

// lagrange are the coefficients with which the values of a polynomial at the
// members' numbers give its value at 0.
func lagrange(g group.Group, members []int) []group.Scalar {
	coefficients := make([]group.Scalar, len(members))
	for i, j := range members {
		above, below := g.Number(1), g.Number(1)
		for _, k := range members {
			if k != j {
				above = g.Times(above, g.Number(int64(k)))
				below = g.Times(below, g.Number(int64(k-j)))
			}
		}
		coefficients[i] = g.Times(above, g.Invert(below))
	}
	return coefficients
}
