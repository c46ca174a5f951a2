package proof

import (
	"odaq/belenios/canonical"
	"odaq/belenios/group"
)

// Proof is a non-interactive proof. The commitment is not stored: who verifies
// computes it again and compares hashes.
type Proof struct{ Challenge, Response group.Scalar }

// Read reads {"challenge":…,"response":…}, both in 0 to q-1.
func Read(r *canonical.Reader, g group.Group) Proof {
	var p Proof
	r.Literal(`{"challenge":`)
	p.Challenge = ReadScalar(r, g)
	r.Literal(`,"response":`)
	p.Response = ReadScalar(r, g)
	r.Literal(`}`)
	return p
}

// Append adds {"challenge":…,"response":…} to b.
func (p Proof) Append(b []byte) []byte {
	b = append(b, `{"challenge":`...)
	b = canonical.AppendToken(b, p.Challenge)
	b = append(b, `,"response":`...)
	b = canonical.AppendToken(b, p.Response)
	return append(b, '}')
}

// Commitment is base^response · public^challenge: what the prover committed to,
// if the proof is right, where public is base^x.
func (p Proof) Commitment(g group.Group, base, public group.Element) group.Element {
	return g.Product([]group.Element{base, public}, []group.Scalar{p.Response, p.Challenge})
}

// Know proves that the prover knows x, where base^x is public for each of the
// bases, and that it is the same x: it draws w, commits to base^w for each, and
// responds w - x·challenge. The challenge is computed from the commitments, and
// must tie the proof to its purpose. Bases other than the generator are raised
// with Power, so secrets are handled as the group handles them.
func Know(g group.Group, x group.Scalar, challenge func(commitments List) group.Scalar, bases ...group.Element) Proof {
	w := Random(g)
	commitments := make(List, len(bases))
	for i, base := range bases {
		if base.Equal(g.Generator()) {
			commitments[i] = g.PowerG(w)
		} else {
			commitments[i] = g.Power(base, w)
		}
	}
	c := challenge(commitments)
	return Proof{Challenge: c, Response: g.Sub(w, g.Times(x, c))}
}

// Knows verifies what Know has proved of publics: for each i, publics[i] is
// bases[i]^x. It is for public values.
func (p Proof) Knows(g group.Group, bases, publics []group.Element, challenge func(commitments List) group.Scalar) bool {
	commitments := make(List, len(bases))
	for i, base := range bases {
		commitments[i] = p.Commitment(g, base, publics[i])
	}
	return challenge(commitments).Equal(p.Challenge)
}
