package tally

import (
	"crypto/sha256"

	"odaq/belenios/group"
)

// maxSteps bounds the table of baby steps.
const maxSteps = 1 << 20

// logarithms finds n, 0 to limit, from g^n: by baby steps g^0 to g^(steps-1), kept
// in a table by hashes of their texts, and giant steps down from g^n.
type logarithms struct {
	group group.Group
	limit int64
	steps int64
	table map[[12]byte]int32
	giant group.Element // g^-steps
}

func newLogarithms(g group.Group, limit int64) *logarithms {
	steps := int64(1)
	for steps*steps <= limit && steps < maxSteps {
		steps *= 2
	}
	l := &logarithms{group: g, limit: limit, steps: steps, table: make(map[[12]byte]int32, steps)}
	power := g.Identity()
	for i := range steps {
		l.table[key(power)] = int32(i)
		power = g.Mul(power, g.Generator())
	}
	l.giant = g.Div(g.Identity(), power)
	return l
}

func key(e group.Element) [12]byte {
	var text [640]byte
	sum := sha256.Sum256(e.Append(text[:0]))
	return [12]byte(sum[:])
}

func (l *logarithms) of(e group.Element) (int64, bool) {
	for base := int64(0); base <= l.limit; base += l.steps {
		if i, ok := l.table[key(e)]; ok {
			n := base + int64(i)
			return n, n <= l.limit
		}
		e = l.group.Mul(e, l.giant)
	}
	return 0, false
}
