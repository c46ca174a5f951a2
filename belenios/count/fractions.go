package count

import (
	"errors"
	"fmt"
	"math/big"
)

// ErrPrecision is given by an exact count whose fractions become too long to
// count with: every seat won above the quota about doubles their length. Of 1,000
// ballots with 30 choices each, all ranked at random, 16 such seats are counted in
// half a second.
var ErrPrecision = errors.New("fractions too long for an exact count")

const (
	maxBits  = 1 << 20 // of a fraction: bounds the time
	maxTotal = 1 << 29 // bits of all weights: bounds the memory
)

// fractions are exact numbers: whole ones over one denominator, as that needs no
// reducing. Scores are summed when compared, from the number of papers of each
// weight, for there are many papers and few weights.
type fractions struct {
	denominator *big.Int
	weights     []*big.Int
	papers      []map[int]int64 // by choice and weight
	scores      []*big.Int      // by choice; nil when not yet summed
}

func newFractions(choices int) *fractions {
	f := &fractions{big.NewInt(1), []*big.Int{big.NewInt(1)}, make([]map[int]int64, choices), make([]*big.Int, choices)}
	for c := range f.papers {
		f.papers[c] = map[int]int64{}
	}
	return f
}

func (f *fractions) clear() {
	clear(f.scores)
	for _, papers := range f.papers {
		clear(papers)
	}
}

func (f *fractions) add(choice, weight int) { f.papers[choice][weight]++ }

func (f *fractions) score(choice int) *big.Int {
	if f.scores[choice] == nil {
		sum := new(big.Int)
		for weight, n := range f.papers[choice] {
			sum.Add(sum, new(big.Int).Mul(big.NewInt(n), f.weights[weight]))
		}
		f.scores[choice] = sum
	}
	return f.scores[choice]
}

func (f *fractions) compare(a, b int) int { return f.score(a).Cmp(f.score(b)) }

func (f *fractions) reaches(choice, quota int) bool {
	return f.score(choice).Cmp(f.whole(quota)) >= 0
}

func (f *fractions) whole(n int) *big.Int {
	return new(big.Int).Mul(big.NewInt(int64(n)), f.denominator)
}

func (f *fractions) surplus(choice, quota int, after map[int]int) error {
	score := f.score(choice)
	others := map[int]bool{}
	for other, papers := range f.papers {
		for weight := range papers {
			if other != choice {
				others[weight] = true
			}
		}
	}
	if bits := score.BitLen() + f.denominator.BitLen(); bits > maxBits || bits > maxTotal/(len(others)+len(after)) {
		return fmt.Errorf("%w: %d bits after choice %d won", ErrPrecision, bits, choice)
	}
	above := new(big.Int).Sub(score, f.whole(quota))
	for weight := range after {
		after[weight] = len(f.weights)
		f.weights = append(f.weights, new(big.Int).Mul(f.weights[weight], above))
	}
	// The denominator grows by the factor score, and with it all other weights.
	for weight := range others {
		f.weights[weight].Mul(f.weights[weight], score)
	}
	f.denominator.Mul(f.denominator, score)
	return nil
}
