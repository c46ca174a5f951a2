package proof

import (
	"crypto/rand"
	"crypto/sha256"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
)

// Text is a piece of a text to be hashed.
type Text string

// Append adds the text to b.
func (t Text) Append(b []byte) []byte { return append(b, t...) }

// List is elements joined with commas in a text to be hashed.
type List []group.Element

// Append adds the elements to b, with commas between them.
func (l List) Append(b []byte) []byte {
	for i, e := range l {
		if i > 0 {
			b = append(b, ',')
		}
		b = e.Append(b)
	}
	return b
}

// Challenge is Hq: the SHA-256 of the parts, one after another, as a big-endian
// number modulo q (FORMAT §1). Parts are Text, List, elements and scalars.
func Challenge(g group.Group, parts ...canonical.Appender) group.Scalar {
	var b []byte
	for _, p := range parts {
		b = p.Append(b)
	}
	sum := sha256.Sum256(b)
	return g.Reduce(sum[:])
}

// Random draws a scalar from crypto/rand, which cannot fail.
func Random(g group.Group) group.Scalar {
	s, err := g.Random(rand.Reader)
	if err != nil {
		panic("crypto/rand failed: " + err.Error())
	}
	return s
}
