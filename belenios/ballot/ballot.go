package ballot

import (
	"errors"
	"fmt"
	"slices"

	"odaq/belenios/canonical"
	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// ErrElection says that a ballot was made for another election.
var ErrElection = errors.New("ballot of another election")

// Ballot is a ballot as it was read. It must not be changed; it may be shared.
type Ballot struct {
	// Tracker is the H64 of the ballot, which the voter keeps to find it.
	Tracker string
	// Credential is the public credential.
	Credential group.Element
	// Choices are the ciphertexts of each question: one for each slot of a
	// homomorphic question, and one for a non-homomorphic one.
	Choices [][]proof.Ciphertext
	// Member is the place and the weight of the credential. It is set by Verify.
	Member election.Member

	hash      string // of what is signed
	signed    string // what hash should be
	proofs    [][]proof.Proof
	signature proof.Proof
	texts     texts
}

// texts is how the elements were written, which is how they are hashed.
type texts struct {
	credential []byte
	choices    [][][]byte // "alpha,beta" for each of Choices
}

// Tracker is the H64 of a ballot, which the voter keeps to find it.
func Tracker(ballot []byte) string { return canonical.Hash(ballot) }

// Parse reads a ballot of e. All elements are members of the group, and the text
// is the only one that says what it says; no proof is verified. Text must not be
// changed while the Ballot is in use.
//
// The shape of the text is checked before there is any arithmetic, so what is not
// a ballot of this election is refused cheaply.
func Parse(e *election.Election, text []byte) (*Ballot, error) {
	s, err := scan(e, text)
	if err != nil {
		return nil, err
	}
	return s.ballot(e, e.Group.Parse)
}

// ballot parses what was scanned; parse is a Parse of the group.
func (s *scanned) ballot(e *election.Election, parse func(string) (group.Element, error)) (*Ballot, error) {
	b := &Ballot{
		Tracker: canonical.Hash(s.text),
		Choices: make([][]proof.Ciphertext, len(e.Questions)),
		hash:    s.hash,
		signed:  canonical.Hash(slices.Concat(s.signed, []byte{'}'})),
		proofs:  make([][]proof.Proof, len(e.Questions)),
		texts:   texts{s.elements[0], make([][][]byte, len(e.Questions))},
	}
	var err error
	if b.Credential, err = parse(string(s.elements[0])); err != nil {
		return nil, fmt.Errorf("credential: %w", err)
	}
	elements, scalars := s.elements[1:], s.scalars
	for i := range e.Questions {
		q := &e.Questions[i]
		for slot := range q.Ciphertexts() {
			alpha, beta := elements[0], elements[1]
			c, err := parseCiphertext(parse, alpha, beta)
			if err != nil {
				return nil, fmt.Errorf("answer %d: choice %d: %w", i, slot, err)
			}
			b.Choices[i] = append(b.Choices[i], c)
			b.texts.choices[i] = append(b.texts.choices[i], join(alpha, beta))
			elements = elements[2:]
		}
		for n := range proofs(q) {
			p, err := parseProof(e.Group, scalars[0], scalars[1])
			if err != nil {
				return nil, fmt.Errorf("answer %d: proof %d: %w", i, n, err)
			}
			b.proofs[i] = append(b.proofs[i], p)
			scalars = scalars[2:]
		}
	}
	if b.signature, err = parseProof(e.Group, scalars[0], scalars[1]); err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	return b, nil
}

func join(alpha, beta []byte) []byte {
	b := make([]byte, 0, len(alpha)+1+len(beta))
	b = append(b, alpha...)
	b = append(b, ',')
	return append(b, beta...)
}

func parseCiphertext(parse func(string) (group.Element, error), alpha, beta []byte) (c proof.Ciphertext, err error) {
	if c.Alpha, err = parse(string(alpha)); err != nil {
		return c, fmt.Errorf("alpha: %w", err)
	}
	if c.Beta, err = parse(string(beta)); err != nil {
		return c, fmt.Errorf("beta: %w", err)
	}
	return c, nil
}

func parseProof(g group.Group, challenge, response []byte) (p proof.Proof, err error) {
	if p.Challenge, err = g.ParseScalar(string(challenge)); err != nil {
		return p, fmt.Errorf("challenge: %w", err)
	}
	if p.Response, err = g.ParseScalar(string(response)); err != nil {
		return p, fmt.Errorf("response: %w", err)
	}
	return p, nil
}
