package ballot

import (
	"errors"
	"fmt"

	"odaq/belenios/canonical"
	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// ErrOpening says that a ballot does not encrypt what its maker claims.
var ErrOpening = errors.New("the ballot does not encrypt these choices")

// Opening is what the maker of a ballot knows of it: the choices and the
// randomness of each ciphertext. It shows how somebody wanted to vote, so the
// ballot is spoiled by showing it. An honest maker can open every ballot; one that
// encrypts something else than was chosen is found out as often as its ballots are
// audited.
type Opening struct {
	Tracker    string
	Choices    [][]int
	Randomness [][]group.Scalar // for each of Ballot.Choices
}

// Append adds {"tracker":…,"choices":[[…]…],"randomness":[["…"…]…]} to b.
func (o *Opening) Append(b []byte) []byte {
	b = append(b, `{"tracker":`...)
	b = canonical.AppendString(b, o.Tracker)
	b = append(b, `,"choices":`...)
	b = appendLists(b, o.Choices, canonical.AppendNumber)
	b = append(b, `,"randomness":`...)
	b = appendLists(b, o.Randomness, func(b []byte, r group.Scalar) []byte { return canonical.AppendToken(b, r) })
	return append(b, '}')
}

func appendLists[T any](b []byte, lists [][]T, item func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for i, list := range lists {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		for j, v := range list {
			if j > 0 {
				b = append(b, ',')
			}
			b = item(b, v)
		}
		b = append(b, ']')
	}
	return append(b, ']')
}

// ParseOpening reads what Append writes.
func ParseOpening(e *election.Election, text []byte) (*Opening, error) {
	o := new(Opening)
	r := canonical.NewReader(text)
	r.Literal(`{"tracker":`)
	o.Tracker = r.Hash()
	r.Literal(`,"choices":`)
	r.Array(len(e.Questions), func(i int) {
		var choice []int
		r.Array(e.Questions[i].Slots(), func(int) { choice = append(choice, r.Number(255)) })
		o.Choices = append(o.Choices, choice)
	})
	r.Literal(`,"randomness":`)
	r.Array(len(e.Questions), func(i int) {
		var list []group.Scalar
		r.Array(e.Questions[i].Ciphertexts(), func(int) { list = append(list, proof.ReadScalar(r, e.Group)) })
		o.Randomness = append(o.Randomness, list)
	})
	r.Literal(`}`)
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("opening: %w", err)
	}
	return o, nil
}

// Audit tells whether a ballot encrypts what its opening claims: it encrypts the
// choices again with the same randomness and compares. What it does not encrypt is
// an error that wraps ErrOpening.
func Audit(e *election.Election, ballot []byte, o *Opening) error {
	b, err := Parse(e, ballot)
	if err != nil {
		return err
	}
	if o.Tracker != b.Tracker {
		return fmt.Errorf("%w: they are of the ballot %.43s, not %s", ErrOpening, o.Tracker, b.Tracker)
	}
	if err := allows(e, o.Choices); err != nil {
		return err
	}
	if len(o.Randomness) != len(b.Choices) {
		return fmt.Errorf("%w: randomness for %d answers of %d", ErrOpening, len(o.Randomness), len(b.Choices))
	}
	k := newKey(e)
	for i, ciphertexts := range b.Choices {
		messages, err := k.messages(&e.Questions[i], o.Choices[i])
		if err != nil {
			return fmt.Errorf("answer %d: %w", i, err)
		}
		if len(o.Randomness[i]) != len(ciphertexts) {
			return fmt.Errorf("%w: answer %d: randomness for %d choices of %d", ErrOpening, i, len(o.Randomness[i]), len(ciphertexts))
		}
		for j, c := range ciphertexts {
			again := k.encrypt(messages[j], o.Randomness[i][j])
			if !again.Alpha.Equal(c.Alpha) || !again.Beta.Equal(c.Beta) {
				return fmt.Errorf("%w: answer %d, choice %d", ErrOpening, i, j)
			}
		}
	}
	return nil
}
