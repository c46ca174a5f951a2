// Package tally turns counted ballots into the result of an election: the
// encrypted tally, the partial decryptions of trustees with their proofs, their
// combination, and the result (FORMAT.md §8.3, §9, §11).
//
// All of it is public but the trustees' private keys, and anybody can do it again:
// the tally from the ballots, the decryption from the factors whose proofs hold.
package tally

import (
	"errors"
	"fmt"
	"slices"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// Reasons for which tallies, decryptions and results are refused, to be found with
// errors.Is. Texts that are not canonical, elements outside the group and numbers
// out of range are refused when they are read, with the errors of package group.
var (
	// ErrShape says that a list has not the length the questions give it.
	ErrShape = errors.New("wrong shape")
	// ErrWeight says that a weight is negative, not 1 in an election with a
	// non-homomorphic question, or makes the sum of all too large.
	ErrWeight = errors.New("weight out of range")
	// ErrTally says that an encrypted tally is not that of the ballots.
	ErrTally = errors.New("the tally is not that of the counted ballots")
	// ErrCounted says that the number of counted ballots is wrong.
	ErrCounted = errors.New("wrong number of counted ballots")
	// ErrTotal says that the total weight is wrong.
	ErrTotal = errors.New("wrong total weight")
	// ErrDecryption says that the proof of a decryption factor does not hold.
	ErrDecryption = errors.New("the proof of the decryption does not hold")
	// ErrOwner says that there is no trustee with a number.
	ErrOwner = errors.New("no such trustee")
	// ErrMissing says that too few trustees have decrypted.
	ErrMissing = errors.New("too few trustees have decrypted")
	// ErrSearch says that a count was not found.
	ErrSearch = errors.New("the tally does not decrypt to a count")
	// ErrResult says that a result is not what the tally decrypts to.
	ErrResult = errors.New("the result is not what the tally decrypts to")
)

// MaxWeight bounds the sum of all weights.
const MaxWeight = 1<<53 - 1

const (
	maxQuestions = 100
	maxList      = 1 << 24 // entries for a question
)

// Question is how a question is tallied. A homomorphic one has Size ciphertexts in
// a ballot, the slots; they are multiplied and give Size counts. A mixed
// (non-homomorphic) one has one ciphertext in a ballot, of Size integers; they are
// listed and shuffled.
type Question struct {
	Mixed bool
	Size  int
}

// ciphertexts is how many there are in a ballot.
func (q Question) ciphertexts() int {
	if q.Mixed {
		return 1
	}
	return q.Size
}

// Encrypted is an encrypted tally: for each question the list of slots, or of
// ballots (FORMAT §9).
type Encrypted [][]proof.Ciphertext

// Tally adds up ballots. It is not safe for use by several goroutines at once;
// give each its own and Merge them.
type Tally struct {
	group     group.Group
	questions []Question
	mixed     bool
	entries   Encrypted
	counted   int
	weight    int64
}

// New is the tally of no ballots.
func New(g group.Group, questions []Question) *Tally {
	t := &Tally{group: g, questions: questions, entries: make(Encrypted, len(questions))}
	for i, q := range questions {
		t.mixed = t.mixed || q.Mixed
		if !q.Mixed {
			t.entries[i] = slices.Repeat([]proof.Ciphertext{proof.One(g)}, q.Size)
		}
	}
	return t
}

// Add counts a ballot: for each question its ciphertexts. Only ballots that have
// been verified and that count may be added, so of each voter the last (FORMAT
// §8.3). Errors are ErrShape and ErrWeight, and leave the tally as it was.
func (t *Tally) Add(answers [][]proof.Ciphertext, weight int64) error {
	if len(answers) != len(t.questions) {
		return fmt.Errorf("%w: answers to %d questions of %d", ErrShape, len(answers), len(t.questions))
	}
	for i, q := range t.questions {
		if len(answers[i]) != q.ciphertexts() {
			return fmt.Errorf("%w: question %d: %d ciphertexts, not %d", ErrShape, i+1, len(answers[i]), q.ciphertexts())
		}
	}
	if weight < 0 || weight > MaxWeight-t.weight || t.mixed && weight != 1 {
		return fmt.Errorf("%w: %d", ErrWeight, weight)
	}
	for i, q := range t.questions {
		if q.Mixed {
			t.entries[i] = append(t.entries[i], answers[i][0])
			continue
		}
		for j, c := range answers[i] {
			t.entries[i][j] = t.entries[i][j].Mul(t.group, t.power(c, weight))
		}
	}
	t.counted++
	t.weight += weight
	return nil
}

func (t *Tally) power(c proof.Ciphertext, weight int64) proof.Ciphertext {
	if weight == 1 {
		return c
	}
	exponents := []group.Scalar{t.group.Number(weight)}
	return proof.Ciphertext{
		Alpha: t.group.Product([]group.Element{c.Alpha}, exponents),
		Beta:  t.group.Product([]group.Element{c.Beta}, exponents),
	}
}

// Merge adds the ballots of another tally of the same questions, which must not be
// used afterwards. The error is ErrWeight.
func (t *Tally) Merge(other *Tally) error {
	if other.weight > MaxWeight-t.weight {
		return fmt.Errorf("%w: %d and %d", ErrWeight, t.weight, other.weight)
	}
	for i, q := range t.questions {
		if q.Mixed {
			t.entries[i] = append(t.entries[i], other.entries[i]...)
			continue
		}
		for j, c := range other.entries[i] {
			t.entries[i][j] = t.entries[i][j].Mul(t.group, c)
		}
	}
	t.counted += other.counted
	t.weight += other.weight
	return nil
}

// Counted is the number of ballots.
func (t *Tally) Counted() int { return t.counted }

// Weight is the sum of their weights.
func (t *Tally) Weight() int64 { return t.weight }

// Encrypted is the encrypted tally of the ballots so far: lists are sorted, so that
// the order of ballots does not matter.
func (t *Tally) Encrypted() Encrypted {
	e := make(Encrypted, len(t.entries))
	for i, list := range t.entries {
		e[i] = slices.Clone(list)
		if t.questions[i].Mixed {
			slices.SortFunc(e[i], func(a, b proof.Ciphertext) int {
				if c := t.group.Compare(a.Alpha, b.Alpha); c != 0 {
					return c
				}
				return t.group.Compare(a.Beta, b.Beta)
			})
		}
	}
	return e
}

// Check compares a published tally and its two counters with the ballots. Errors
// are ErrCounted, ErrTotal and ErrTally with the question; other programs do not
// make this check (FORMAT §9).
func (t *Tally) Check(published Encrypted, counted int, weight int64) error {
	if counted != t.counted {
		return fmt.Errorf("%w: %d, not %d", ErrCounted, counted, t.counted)
	}
	if weight != t.weight {
		return fmt.Errorf("%w: %d, not %d", ErrTotal, weight, t.weight)
	}
	if len(published) != len(t.questions) {
		return fmt.Errorf("%w: of %d questions, not %d", ErrTally, len(published), len(t.questions))
	}
	for i, list := range t.Encrypted() {
		if !slices.EqualFunc(list, published[i], func(a, b proof.Ciphertext) bool {
			return a.Alpha.Equal(b.Alpha) && a.Beta.Equal(b.Beta)
		}) {
			return fmt.Errorf("%w: question %d", ErrTally, i+1)
		}
	}
	return nil
}

// ParseEncrypted reads an encrypted tally. Errors are ErrShape, where it is not one
// of the questions, and those of reading.
func ParseEncrypted(g group.Group, questions []Question, text []byte) (Encrypted, error) {
	var e Encrypted
	r := canonical.NewReader(text)
	r.Array(maxQuestions, func(int) {
		list := []proof.Ciphertext{}
		r.Array(maxList, func(int) { list = append(list, proof.ReadCiphertext(r, g)) })
		e = append(e, list)
	})
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("encrypted tally: %w", err)
	}
	if err := checkShape(questions, e); err != nil {
		return nil, fmt.Errorf("encrypted tally: %w", err)
	}
	return e, nil
}

// checkShape checks lengths, as far as the questions give them.
func checkShape[T any](questions []Question, lists [][]T) error {
	if len(lists) != len(questions) {
		return fmt.Errorf("%w: %d questions, not %d", ErrShape, len(lists), len(questions))
	}
	for i, q := range questions {
		if !q.Mixed && len(lists[i]) != q.Size {
			return fmt.Errorf("%w: question %d: %d slots, not %d", ErrShape, i+1, len(lists[i]), q.Size)
		}
	}
	return nil
}

// Append adds the encrypted tally to b: an array of arrays of ciphertexts.
func (e Encrypted) Append(b []byte) []byte { return appendLists(b, e, proof.Ciphertext.Append) }

// Mixed are the lists that are shuffled, in the order of questions.
func (e Encrypted) Mixed(questions []Question) [][]proof.Ciphertext {
	var lists [][]proof.Ciphertext
	for i, q := range questions {
		if q.Mixed {
			lists = append(lists, e[i])
		}
	}
	return lists
}

// Shuffled is the tally with the mixed questions' lists replaced by the output of
// the last shuffle, as it is decrypted (FORMAT §10). The error is ErrShape.
func (e Encrypted) Shuffled(questions []Question, lists [][]proof.Ciphertext) (Encrypted, error) {
	shuffled := slices.Clone(e)
	for i, q := range questions {
		if !q.Mixed {
			continue
		}
		if len(lists) == 0 || len(lists[0]) != len(e[i]) {
			return nil, fmt.Errorf("%w: question %d: not as many ciphertexts after the shuffle", ErrShape, i+1)
		}
		shuffled[i], lists = lists[0], lists[1:]
	}
	if len(lists) > 0 {
		return nil, fmt.Errorf("%w: %d lists too many after the shuffle", ErrShape, len(lists))
	}
	return shuffled, nil
}

func appendLists[T any](b []byte, lists [][]T, item func(T, []byte) []byte) []byte {
	b = append(b, '[')
	for i, list := range lists {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		for j, x := range list {
			if j > 0 {
				b = append(b, ',')
			}
			b = item(x, b)
		}
		b = append(b, ']')
	}
	return append(b, ']')
}
