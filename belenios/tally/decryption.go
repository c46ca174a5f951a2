package tally

import (
	"fmt"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// Partial is what one trustee contributes to the decryption: for each ciphertext
// the factor alpha^x, and the proof that x is the private half of the trustee's
// key (FORMAT §11).
type Partial struct {
	Factors [][]group.Element
	Proofs  [][]proof.Proof
}

// Decrypt makes the contribution of the trustee with private key x. The tally is
// the one after the last shuffle; it must have been verified, for a trustee
// decrypts whatever she is given. fingerprint is that of the election.
func Decrypt(g group.Group, fingerprint string, x group.Scalar, e Encrypted) Partial {
	key := g.PowerG(x)
	challenge := decryption(g, fingerprint, key)
	p := Partial{make([][]group.Element, len(e)), make([][]proof.Proof, len(e))}
	for i, list := range e {
		p.Factors[i], p.Proofs[i] = make([]group.Element, len(list)), make([]proof.Proof, len(list))
		for j, c := range list {
			p.Factors[i][j] = g.Power(c.Alpha, x)
			p.Proofs[i][j] = proof.Know(g, x, challenge, g.Generator(), c.Alpha)
		}
	}
	return p
}

// Verify checks every factor against the key of the trustee. Errors are ErrShape
// and ErrDecryption, with the question and the place counted from 1.
func (p Partial) Verify(g group.Group, fingerprint string, key group.Element, e Encrypted) error {
	if len(p.Factors) != len(e) || len(p.Proofs) != len(e) {
		return fmt.Errorf("%w: factors of %d questions and proofs of %d, not %d", ErrShape, len(p.Factors), len(p.Proofs), len(e))
	}
	challenge := decryption(g, fingerprint, key)
	for i, list := range e {
		if len(p.Factors[i]) != len(list) || len(p.Proofs[i]) != len(list) {
			return fmt.Errorf("%w: question %d: %d factors and %d proofs, not %d", ErrShape, i+1, len(p.Factors[i]), len(p.Proofs[i]), len(list))
		}
		for j, c := range list {
			bases, publics := []group.Element{g.Generator(), c.Alpha}, []group.Element{key, p.Factors[i][j]}
			if !p.Proofs[i][j].Knows(g, bases, publics, challenge) {
				return fmt.Errorf("%w: question %d, ciphertext %d", ErrDecryption, i+1, j+1)
			}
		}
	}
	return nil
}

func decryption(g group.Group, fingerprint string, key group.Element) func(proof.List) group.Scalar {
	prefix := proof.Text("decrypt|" + fingerprint + "|" + key.String() + "|")
	return func(commitments proof.List) group.Scalar { return proof.Challenge(g, prefix, commitments) }
}

// ParsePartial reads a contribution; it does not verify it.
func ParsePartial(g group.Group, text []byte) (Partial, error) {
	var p Partial
	r := canonical.NewReader(text)
	r.Literal(`{"decryption_factors":`)
	r.Array(maxQuestions, func(int) {
		list := []group.Element{}
		r.Array(maxList, func(int) { list = append(list, proof.ReadElement(r, g)) })
		p.Factors = append(p.Factors, list)
	})
	r.Literal(`,"decryption_proofs":`)
	r.Array(maxQuestions, func(int) {
		list := []proof.Proof{}
		r.Array(maxList, func(int) { list = append(list, proof.Read(r, g)) })
		p.Proofs = append(p.Proofs, list)
	})
	r.Literal(`}`)
	if err := r.End(); err != nil {
		return Partial{}, fmt.Errorf("partial decryption: %w", err)
	}
	return p, nil
}

// Append adds {"decryption_factors":…,"decryption_proofs":…} to b.
func (p Partial) Append(b []byte) []byte {
	b = append(b, `{"decryption_factors":`...)
	b = appendLists(b, p.Factors, func(e group.Element, b []byte) []byte { return canonical.AppendToken(b, e) })
	b = append(b, `,"decryption_proofs":`...)
	b = appendLists(b, p.Proofs, proof.Proof.Append)
	return append(b, '}')
}
