// Package shuffle mixes encrypted ballots so that nobody can tell which output was
// which input, and proves that nothing else was done to them: no ballot dropped,
// added or changed (FORMAT.md §10). It is the proof of Terelius and Wikström, in
// the form of the CHVote specification.
//
// Privacy needs one honest trustee among those who shuffle; the proof needs none.
package shuffle

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// MaxCiphertexts is how many ciphertexts a question has at most in a shuffle, and
// maxQuestions how many questions.
const (
	MaxCiphertexts = 1 << 24
	maxQuestions   = 100
)

// Reasons for which shuffles are refused, to be found with errors.Is. Texts that
// are not canonical, elements outside the group and numbers out of range are
// refused when they are read, with the errors of package group.
var (
	// ErrLength says that a list has not as many entries as the input.
	ErrLength = errors.New("wrong length")
	// ErrProof says that one of the equations of a proof does not hold.
	ErrProof = errors.New("the proof of the shuffle does not hold")
)

// Shuffle has, for each non-homomorphic question of an election in their order,
// the mixed ciphertexts and the proof.
type Shuffle struct {
	Ciphertexts [][]proof.Ciphertext
	Proofs      []Proof
}

// Make mixes the ciphertexts of each question and proves it. y is the election's
// key, fingerprint φ; the permutation and all randomness come from crypto/rand and
// are forgotten. On Ed25519 no arithmetic on them depends on their value, but
// which memory is read does: shuffle on a machine of your own.
func Make(g group.Group, y group.Element, fingerprint string, inputs [][]proof.Ciphertext) Shuffle {
	var s Shuffle
	for _, in := range inputs {
		out, p := mix(g, y, fingerprint, in)
		s.Ciphertexts, s.Proofs = append(s.Ciphertexts, out), append(s.Proofs, p)
	}
	return s
}

// Verify checks that each list is a permutation and re-encryption of the input.
// All elements must be members of g, as they are when read. Errors are ErrLength
// and ErrProof, with the question counted from 1 among those that are shuffled.
func (s Shuffle) Verify(g group.Group, y group.Element, fingerprint string, inputs [][]proof.Ciphertext) error {
	if len(s.Ciphertexts) != len(inputs) || len(s.Proofs) != len(inputs) {
		return fmt.Errorf("%w: ciphertexts of %d questions and %d proofs, not %d", ErrLength, len(s.Ciphertexts), len(s.Proofs), len(inputs))
	}
	for i, in := range inputs {
		if err := s.Proofs[i].verify(g, y, fingerprint, in, s.Ciphertexts[i]); err != nil {
			return fmt.Errorf("shuffle of question %d: %w", i+1, err)
		}
	}
	return nil
}

// Parse reads a shuffle; it does not verify it.
func Parse(g group.Group, text []byte) (Shuffle, error) {
	var s Shuffle
	r := canonical.NewReader(text)
	r.Literal(`{"ciphertexts":`)
	r.Array(maxQuestions, func(int) {
		list := []proof.Ciphertext{}
		r.Array(MaxCiphertexts, func(int) { list = append(list, proof.ReadCiphertext(r, g)) })
		s.Ciphertexts = append(s.Ciphertexts, list)
	})
	r.Literal(`,"proofs":`)
	r.Array(maxQuestions, func(int) { s.Proofs = append(s.Proofs, readProof(r, g)) })
	r.Literal(`}`)
	if err := r.End(); err != nil {
		return Shuffle{}, fmt.Errorf("shuffle: %w", err)
	}
	return s, nil
}

// Append adds {"ciphertexts":…,"proofs":…} to b.
func (s Shuffle) Append(b []byte) []byte {
	b = append(b, `{"ciphertexts":[`...)
	for i, list := range s.Ciphertexts {
		if i > 0 {
			b = append(b, ',')
		}
		b = canonical.AppendArray(b, list)
	}
	b = append(b, `],"proofs":`...)
	b = canonical.AppendArray(b, s.Proofs)
	return append(b, '}')
}

// permutation draws a permutation of 0 to n-1, all being equally likely.
func permutation(n int) []int {
	p := make([]int, n)
	for i := range p {
		k, err := rand.Int(rand.Reader, big.NewInt(int64(i+1)))
		if err != nil {
			panic("crypto/rand failed: " + err.Error())
		}
		j := int(k.Int64())
		p[i], p[j] = p[j], i
	}
	return p
}
