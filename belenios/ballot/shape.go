package ballot

import (
	"fmt"

	"odaq/belenios/canonical"
	"odaq/belenios/election"
)

// The election determines the shape of its ballots: how many elements and scalars
// stand in which order. An answer to a homomorphic question has
//
//	two individual proofs for each slot,
//	the overall proof, of as many branches as there are allowed numbers of answers,
//	and where blank is allowed one branch more and the two of the blank proof;
//
// one to a non-homomorphic question has a single proof.

// overall is the number of branches of the overall proof.
func overall(q *election.Question) int {
	n := q.Max - q.Min + 1
	if q.Blank {
		n++
	}
	return n
}

// proofs is the number of proofs of an answer.
func proofs(q *election.Question) int {
	switch {
	case q.NonHomomorphic:
		return 1
	case q.Blank:
		return 2*q.Slots() + overall(q) + 2
	}
	return 2*q.Slots() + overall(q)
}

// tokenLimit is the length of the longest element or scalar.
const tokenLimit = 617

// MaxSize is the size of the largest ballot of e that is read.
func MaxSize(e *election.Election) int {
	tokens := 3
	for i := range e.Questions {
		tokens += 2*e.Questions[i].Ciphertexts() + 2*proofs(&e.Questions[i])
	}
	return 512 + 128*len(e.Questions) + (tokenLimit+23)*tokens
}

// scanned is the text of a ballot taken apart. The shape is right and nothing else
// is known.
type scanned struct {
	text     []byte
	elements [][]byte // the credential, and alpha and beta of each ciphertext
	scalars  [][]byte // challenge and response of each proof; the last is the signature
	hash     string
	signed   []byte // the text that is signed, but for a brace
}

func scan(e *election.Election, text []byte) (*scanned, error) {
	if limit := MaxSize(e); len(text) > limit {
		return nil, fmt.Errorf("%w: %d bytes of at most %d", canonical.ErrLimit, len(text), limit)
	}
	s := &scanner{canonical.NewReader(text), scanned{text: text}}
	s.ballot(e)
	if err := s.End(); err != nil {
		return nil, err
	}
	return &s.scanned, nil
}

type scanner struct {
	*canonical.Reader
	scanned
}

func (s *scanner) ballot(e *election.Election) {
	s.Literal(`{"election_uuid":`)
	if uuid := s.String(tokenLimit); s.Err() == nil && uuid != e.UUID {
		s.Fail(fmt.Errorf("%w: its identifier is %.40q, not %s", ErrElection, uuid, e.UUID))
	}
	s.Literal(`,"election_hash":`)
	if hash := s.Hash(); s.Err() == nil && hash != e.Fingerprint() {
		s.Fail(fmt.Errorf("%w: its fingerprint is %s, not %s", ErrElection, hash, e.Fingerprint()))
	}
	s.Literal(`,"credential":`)
	s.element()
	s.Literal(`,"answers":`)
	s.list(len(e.Questions), func(i int) { s.answer(&e.Questions[i]) })
	s.signed = s.Since(0)
	s.Literal(`,"signature":{"hash":`)
	s.hash = s.Hash()
	s.Literal(`,"proof":`)
	s.proof()
	s.Literal(`}}`)
}

func (s *scanner) answer(q *election.Question) {
	s.Literal(`{"choices":`)
	if q.NonHomomorphic {
		s.ciphertext()
		s.Literal(`,"proof":`)
		s.proof()
		s.Literal(`}`)
		return
	}
	s.list(q.Slots(), func(int) { s.ciphertext() })
	s.Literal(`,"individual_proofs":`)
	s.list(q.Slots(), func(int) { s.proofs(2) })
	s.Literal(`,"overall_proof":`)
	s.proofs(overall(q))
	if q.Blank {
		s.Literal(`,"blank_proof":`)
		s.proofs(2)
	}
	s.Literal(`}`)
}

func (s *scanner) ciphertext() {
	s.Literal(`{"alpha":`)
	s.element()
	s.Literal(`,"beta":`)
	s.element()
	s.Literal(`}`)
}

func (s *scanner) proofs(n int) { s.list(n, func(int) { s.proof() }) }

func (s *scanner) proof() {
	s.Literal(`{"challenge":`)
	s.scalars = append(s.scalars, s.Decimal(tokenLimit))
	s.Literal(`,"response":`)
	s.scalars = append(s.scalars, s.Decimal(tokenLimit))
	s.Literal(`}`)
}

func (s *scanner) element() { s.elements = append(s.elements, s.Token(tokenLimit)) }

// list reads an array of exactly n items.
func (s *scanner) list(n int, item func(i int)) {
	s.Literal("[")
	for i := range n {
		if i > 0 {
			s.Literal(",")
		}
		if s.Err() != nil {
			return
		}
		item(i)
	}
	s.Literal("]")
}
