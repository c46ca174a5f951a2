package ballot

import (
	"errors"
	"fmt"

	"odaq/belenios/group"
)

// Errors of hints. Neither says anything against a ballot.
var (
	// ErrHints says that hints are not those of the ballot they were given for.
	ErrHints = errors.New("the hints are wrong")
	// ErrNoHints says that there are no hints in the group of the election.
	ErrNoHints = errors.New("the group has no hints")
)

// HintSize is the size of the hints of a ballot: of the credential, the elements
// of all ciphertexts, and the commitments of all proofs. It is 0 where the group
// has no hints.
func (v *Verifier) HintSize() int {
	if _, ok := v.key.Group.(group.Bulk); !ok {
		return 0
	}
	n := 2 // the credential and the commitment of its signature
	for i := range v.election.Questions {
		q := &v.election.Questions[i]
		n += 2 * q.Ciphertexts()
		if q.NonHomomorphic {
			n++
		} else {
			n += 2 * proofs(q)
		}
	}
	return n * group.HintSize
}

// Hints verifies a ballot as Verify does, and makes the hints for VerifyHinted.
func (v *Verifier) Hints(text []byte) (*Ballot, []byte, error) {
	bulk, ok := v.key.Group.(group.Bulk)
	if !ok {
		return nil, nil, fmt.Errorf("%w: %s", ErrNoHints, v.key.Name())
	}
	s, err := v.scan(text)
	if err != nil {
		return nil, nil, err
	}
	b, commitments, err := v.verify(s)
	if err != nil {
		return nil, nil, err
	}
	elements := append(b.elements(), commitments...)
	hints := bulk.AppendHints(make([]byte, 0, v.HintSize()), elements)
	b.forget(v.key)
	return b, hints, nil
}

// elements is the credential and the elements of all ciphertexts.
func (b *Ballot) elements() []group.Element {
	elements := []group.Element{b.Credential}
	for _, choices := range b.Choices {
		for _, c := range choices {
			elements = append(elements, c.Alpha, c.Beta)
		}
	}
	return elements
}

// VerifyHinted verifies many ballots at once, each with its hints; some hundreds
// are best. It proves of them what Verify does, but for a chance of 2^-128.
//
// The hints may come from anybody: they say what the verifier would otherwise
// compute, and all of it is checked, most with one product of powers for all the
// ballots. If anything is wrong, the ballots are verified one by one without hints
// to learn what. The error is then that of the first ballot that is wrong, or
// ErrHints if they are all right and the hints are not; the ballots returned are
// those before it.
func (v *Verifier) VerifyHinted(texts, hints [][]byte) ([]*Ballot, error) {
	bulk, ok := v.key.Group.(group.Bulk)
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNoHints, v.key.Name())
	}
	if len(texts) != len(hints) {
		return nil, fmt.Errorf("%w: there are %d for %d ballots", ErrHints, len(hints), len(texts))
	}
	ballots, batch := make([]*Ballot, len(texts)), bulk.NewBatch()
	for i, text := range texts {
		b, err := v.hinted(bulk, batch, text, hints[i])
		if err != nil {
			return v.blame(bulk, texts[:i+1], hints)
		}
		ballots[i] = b
	}
	if batch.Check() != nil {
		return v.blame(bulk, texts, hints)
	}
	return ballots, nil
}

// hinted verifies a ballot but for the equations it adds to the batch.
func (v *Verifier) hinted(bulk group.Bulk, batch *group.Batch, text, hints []byte) (*Ballot, error) {
	if len(hints) != v.HintSize() {
		return nil, fmt.Errorf("%w: they have %d bytes, not %d", ErrHints, len(hints), v.HintSize())
	}
	s, err := scan(v.election, text)
	if err != nil {
		return nil, err
	}
	member, err := v.list.FindText(s.elements[0])
	if err != nil {
		return nil, err
	}
	elements, err := bulk.ReadHints(hints)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHints, err)
	}
	commitments := elements[len(s.elements):]
	var buffer []byte
	b, err := s.ballot(v.election, func(text string) (group.Element, error) {
		e := elements[0]
		elements = elements[1:]
		if buffer = e.Append(buffer[:0]); string(buffer) != text {
			return nil, fmt.Errorf("%w: for %.64s it is %s", ErrHints, text, buffer)
		}
		return e, nil
	})
	if err != nil {
		return nil, err
	}
	b.Member = member
	if b.hash != b.signed {
		return nil, ErrHash
	}
	checks := append([]check{v.key.signature(b)}, v.answers(b, true)...)
	if err := v.key.compare(checks, commitments); err != nil {
		return nil, err
	}
	for _, c := range checks {
		for _, m := range c.commitments {
			batch.Equal(commitments[0], m.bases, m.exponents)
			commitments = commitments[1:]
		}
	}
	b.proofs, b.texts = nil, texts{}
	return b, nil
}

// blame verifies ballots without hints, and then the hints of each.
func (v *Verifier) blame(bulk group.Bulk, texts, hints [][]byte) ([]*Ballot, error) {
	var ballots []*Ballot
	for _, text := range texts {
		b, err := v.Verify(text)
		if err != nil {
			return ballots, err
		}
		ballots = append(ballots, b)
	}
	for i, text := range texts {
		batch := bulk.NewBatch()
		_, err := v.hinted(bulk, batch, text, hints[i])
		if err == nil {
			err = batch.Check()
		}
		if err != nil && !errors.Is(err, ErrHints) {
			err = fmt.Errorf("%w: %w", ErrHints, err)
		}
		if err != nil {
			return ballots[:i], err
		}
	}
	return ballots, nil
}
