package proof

import (
	"fmt"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
)

// elementLimit bounds the text of an element or a scalar: a number of 2048 bits
// has 617 digits.
const elementLimit = 617

// Ciphertext is an ElGamal ciphertext under a key y: Alpha is g^r and Beta is
// y^r times the message.
type Ciphertext struct{ Alpha, Beta group.Element }

// ReadCiphertext reads {"alpha":…,"beta":…}. Both are members of g.
func ReadCiphertext(r *canonical.Reader, g group.Group) Ciphertext {
	var c Ciphertext
	r.Literal(`{"alpha":`)
	c.Alpha = ReadElement(r, g)
	r.Literal(`,"beta":`)
	c.Beta = ReadElement(r, g)
	r.Literal(`}`)
	return c
}

// Append adds {"alpha":…,"beta":…} to b.
func (c Ciphertext) Append(b []byte) []byte {
	b = append(b, `{"alpha":`...)
	b = canonical.AppendToken(b, c.Alpha)
	b = append(b, `,"beta":`...)
	b = canonical.AppendToken(b, c.Beta)
	return append(b, '}')
}

// Hashed adds "alpha,beta" to b, as it stands in the texts that are hashed.
func (c Ciphertext) Hashed(b []byte) []byte {
	b = c.Alpha.Append(b)
	b = append(b, ',')
	return c.Beta.Append(b)
}

// Mul is the product of two ciphertexts, which encrypts the product of what they
// encrypt.
func (c Ciphertext) Mul(g group.Group, d Ciphertext) Ciphertext {
	return Ciphertext{g.Mul(c.Alpha, d.Alpha), g.Mul(c.Beta, d.Beta)}
}

// One is the ciphertext of the identity with randomness 0, the empty product.
func One(g group.Group) Ciphertext { return Ciphertext{g.Identity(), g.Identity()} }

// ReadElement reads an element as a string. It is a member of g.
func ReadElement(r *canonical.Reader, g group.Group) group.Element {
	text := r.Token(elementLimit)
	if r.Err() != nil {
		return nil
	}
	e, err := g.Parse(string(text))
	if err != nil {
		r.Fail(fmt.Errorf("element: %w", err))
	}
	return e
}

// ReadScalar reads a scalar as a decimal string. It is in 0 to q-1.
func ReadScalar(r *canonical.Reader, g group.Group) group.Scalar {
	text := r.Decimal(elementLimit)
	if r.Err() != nil {
		return nil
	}
	s, err := g.ParseScalar(string(text))
	if err != nil {
		r.Fail(fmt.Errorf("scalar: %w", err))
	}
	return s
}
