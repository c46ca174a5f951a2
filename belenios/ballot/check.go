package ballot

import (
	"bytes"

	"odaq/belenios/group"
)

// commitment is what a prover committed to, if the proof is right: the product of
// bases^exponents.
type commitment struct {
	bases     []group.Element
	exponents []group.Scalar
}

// times multiplies the commitment by base^exponent.
func (c *commitment) times(base group.Element, exponent group.Scalar) {
	c.bases = append(c.bases, base)
	c.exponents = append(c.exponents, exponent)
}

// check is a proof that is to be verified: its challenge must be the hash of the
// prefix and the commitments, and err says what is wrong if it is not.
type check struct {
	err         error
	prefix      []byte
	commitments []commitment
	challenge   group.Scalar
}

// verify computes all commitments of the checks and compares the hashes. It
// returns the commitments, or the error of the first check that fails.
func (k *key) verify(checks []check) ([]group.Element, error) {
	var all []group.Element
	for _, c := range checks {
		for _, m := range c.commitments {
			all = append(all, k.Product(m.bases, m.exponents))
		}
	}
	return all, k.compare(checks, all)
}

// compare compares the hashes of the checks, given all commitments in order.
func (k *key) compare(checks []check, commitments []group.Element) error {
	// To write all at once is quicker than one after another.
	texts := bytes.Split(k.Join(nil, commitments), []byte(","))
	for _, c := range checks {
		n := len(c.commitments)
		hashed := append(c.prefix, bytes.Join(texts[:n], []byte(","))...)
		if !k.hash(hashed).Equal(c.challenge) {
			return c.err
		}
		texts = texts[n:]
	}
	return nil
}
