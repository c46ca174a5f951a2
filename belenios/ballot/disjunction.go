package ballot

import (
	"crypto/sha256"

	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// key is the group and the key of an election, prepared for many operations.
type key struct {
	group.Group
	g, y group.Element
	// inverse[v] is g^-v, and minus[v] the scalar -v, up to the largest number that
	// a proof is about.
	inverse []group.Element
	minus   []group.Scalar
	// bulk says that powers of bases used before cost less than new bases.
	bulk bool
}

func newKey(e *election.Election) *key {
	k := &key{Group: e.Group, g: e.Group.Generator(), y: e.PublicKey}
	_, k.bulk = e.Group.(group.Bulk)
	most := 1
	for i := range e.Questions {
		most = max(most, e.Questions[i].Max)
	}
	for v := range most + 1 {
		k.minus = append(k.minus, k.Number(int64(-v)))
		k.inverse = append(k.inverse, k.PowerG(k.minus[v]))
	}
	return k
}

// hash is Hq.
func (k *key) hash(text []byte) group.Scalar {
	sum := sha256.Sum256(text)
	return k.Reduce(sum[:])
}

// A disjunction proves that one of some statements is true, without telling which.
// All proofs of homomorphic answers are of this kind (FORMAT §8.1). Each statement
// has a challenge and a response; the challenges add up to the hash of a prefix and
// all commitments.

// statement says that a ciphertext encrypts v: that (α,β·g^-v) is (g^r,y^r).
type statement struct {
	proof.Ciphertext
	// factors, if there are any, are ciphertexts whose product it is. Where many
	// powers are multiplied at once, theirs are quicker than one of the product.
	factors []proof.Ciphertext
	v       int
}

// commitments is what the prover of a statement committed to: A and B.
func (s *statement) commitments(k *key, p proof.Proof) (a, b commitment) {
	factors := s.factors
	if len(factors) == 0 {
		factors = []proof.Ciphertext{s.Ciphertext}
	}
	a.times(k.g, p.Response)
	b.times(k.y, p.Response)
	// (β·g^-v)^c
	switch {
	case s.v > 0 && k.bulk:
		b.times(k.g, k.Times(k.minus[s.v], p.Challenge))
	case s.v > 0:
		factors = []proof.Ciphertext{{Alpha: s.Alpha, Beta: k.Mul(s.Beta, k.inverse[s.v])}}
	}
	for _, f := range factors {
		a.times(f.Alpha, p.Challenge)
		b.times(f.Beta, p.Challenge)
	}
	return a, b
}

// disjunction is the check of a proof about the statements.
func (k *key) disjunction(err error, prefix []byte, statements []statement, proofs []proof.Proof) check {
	c := check{err: err, prefix: prefix, challenge: proofs[0].Challenge}
	for i, p := range proofs {
		if i > 0 {
			c.challenge = k.Add(c.challenge, p.Challenge)
		}
		a, b := statements[i].commitments(k, p)
		c.commitments = append(c.commitments, a, b)
	}
	return c
}

// prove makes a disjunction of which the statement truth is known to be true, with
// the randomness r. The others get random challenges and responses and commitments
// that fit them, and the challenge of the true one is what is missing.
func (k *key) prove(prefix []byte, statements []statement, truth int, r group.Scalar) []proof.Proof {
	hashed := prefix
	proofs := make([]proof.Proof, len(statements))
	w, others := proof.Random(k), k.Number(0)
	for i, s := range statements {
		var a, b group.Element
		if i == truth {
			a, b = k.PowerG(w), k.Power(k.y, w)
		} else {
			p := proof.Proof{Challenge: proof.Random(k), Response: proof.Random(k)}
			a = k.Mul(k.PowerG(p.Response), k.Power(s.Alpha, p.Challenge))
			b = k.Mul(k.Power(k.y, p.Response), k.Power(k.Mul(s.Beta, k.inverse[s.v]), p.Challenge))
			proofs[i], others = p, k.Add(others, p.Challenge)
		}
		if i > 0 {
			hashed = append(hashed, ',')
		}
		hashed = k.Join(hashed, []group.Element{a, b})
	}
	challenge := k.Sub(k.hash(hashed), others)
	proofs[truth] = proof.Proof{Challenge: challenge, Response: k.Sub(w, k.Times(r, challenge))}
	return proofs
}
