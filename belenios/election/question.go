package election

import (
	"errors"
	"fmt"
	"slices"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
)

// Limits on what an election file may ask.
const (
	MaxQuestions = 100
	MaxAnswers   = 255
	maxGrades    = 255
	maxString    = 1 << 16
)

// Errors about questions and the choices made in them.
var (
	ErrQuestion = errors.New("question cannot be asked")
	ErrChoice   = errors.New("choice is not allowed by the question")
)

// Counting methods of non-homomorphic questions (FORMAT §14).
const (
	MajorityJudgment = "MajorityJudgment"
	Schulze          = "Schulze"
	STV              = "STV"
)

// Question is a question of an election (FORMAT §4).
//
// A homomorphic question has one ciphertext of 0 or 1 for each answer, and is
// counted without decrypting ballots: Min to Max answers are chosen, or, where
// Blank, none and the blank slot before them.
//
// A non-homomorphic one has one ciphertext of all integers, one for each answer,
// and is decrypted after shuffling.
type Question struct {
	Text    string
	Answers []string

	// NonHomomorphic says which of the two it is.
	NonHomomorphic bool

	// Blank, Min and Max are those of a homomorphic question.
	Blank    bool
	Min, Max int

	// Counting is how a non-homomorphic question is counted, nil where the file
	// does not say.
	Counting *Counting
}

// Counting is how a non-homomorphic question is to be counted. The protocol does
// not depend on it.
type Counting struct {
	Method string
	Blank  bool
	Grades []string // MajorityJudgment: from the best
	Seats  int      // STV
}

// Slots is the number of integers in a choice: one for each answer, and before
// them one for blank where that is allowed.
func (q *Question) Slots() int {
	if q.Blank && !q.NonHomomorphic {
		return len(q.Answers) + 1
	}
	return len(q.Answers)
}

// Ciphertexts is the number of ciphertexts of an answer in a ballot.
func (q *Question) Ciphertexts() int {
	if q.NonHomomorphic {
		return 1
	}
	return q.Slots()
}

// Allows tells whether a choice may be voted, or an error that wraps ErrChoice. A
// non-homomorphic question allows any integers of 0 to 255, as the protocol does:
// whether they are a ranking or grades is seen when they are counted.
func (q *Question) Allows(choice []int) error {
	if len(choice) != q.Slots() {
		return fmt.Errorf("%w: %d integers, not %d", ErrChoice, len(choice), q.Slots())
	}
	limit := 1
	if q.NonHomomorphic {
		limit = 255
	}
	sum := 0
	for i, v := range choice {
		if v < 0 || v > limit {
			return fmt.Errorf("%w: number %d is %d, not 0 to %d", ErrChoice, i, v, limit)
		}
		sum += v
	}
	switch {
	case q.NonHomomorphic:
	case q.Blank && choice[0] == 1:
		if sum > 1 {
			return fmt.Errorf("%w: blank, and %d answers", ErrChoice, sum-1)
		}
	case sum < q.Min || sum > q.Max:
		return fmt.Errorf("%w: %d answers, not %d to %d", ErrChoice, sum, q.Min, q.Max)
	}
	return nil
}

// check tells whether the question can be asked in an election in g.
func (q *Question) check(g group.Group) error {
	n := len(q.Answers)
	switch {
	case n == 0:
		return fmt.Errorf("%w: no answers", ErrQuestion)
	case n > MaxAnswers:
		return fmt.Errorf("%w: %w: %d answers of at most %d", ErrQuestion, canonical.ErrLimit, n, MaxAnswers)
	case q.NonHomomorphic && n > g.Capacity():
		return fmt.Errorf("%w: %d answers, and %s has room for %d", ErrQuestion, n, g.Name(), g.Capacity())
	case q.NonHomomorphic:
		return q.Counting.check()
	case q.Min < 0 || q.Min > q.Max || q.Max > n:
		return fmt.Errorf("%w: %d to %d of %d answers", ErrQuestion, q.Min, q.Max, n)
	}
	return nil
}

func (c *Counting) check() error {
	if c == nil {
		return nil
	}
	known := slices.Contains([]string{MajorityJudgment, Schulze, STV}, c.Method)
	if !known || (len(c.Grades) > 0) != (c.Method == MajorityJudgment) || (c.Seats > 0) != (c.Method == STV) {
		return fmt.Errorf("%w: counting method %.40q with %d grades and %d seats", ErrQuestion, c.Method, len(c.Grades), c.Seats)
	}
	return nil
}

// readQuestion reads either kind of question.
func readQuestion(r *canonical.Reader) Question {
	var q Question
	if r.Try(`{"type":"NonHomomorphic","value":{"answers":`) {
		q.NonHomomorphic = true
		q.Answers = readStrings(r, MaxAnswers)
		r.Literal(`,"question":`)
		q.Text = r.String(maxString)
		r.Literal(`}`)
		if r.Try(`,"extra":`) {
			q.Counting = readCounting(r)
		}
	} else {
		r.Literal(`{"answers":`)
		q.Answers = readStrings(r, MaxAnswers)
		if r.Try(`,"blank":`) {
			q.Blank = r.Bool()
		}
		r.Literal(`,"min":`)
		q.Min = r.Number(MaxAnswers)
		r.Literal(`,"max":`)
		q.Max = r.Number(MaxAnswers)
		r.Literal(`,"question":`)
		q.Text = r.String(maxString)
	}
	r.Literal(`}`)
	return q
}

func readCounting(r *canonical.Reader) *Counting {
	c := new(Counting)
	r.Literal(`{"method":`)
	c.Method = r.String(maxString)
	r.Literal(`,"blank":`)
	c.Blank = r.Bool()
	if r.Try(`,"grades":`) {
		c.Grades = readStrings(r, maxGrades)
	}
	if r.Try(`,"seats":`) {
		c.Seats = r.Number(MaxAnswers)
	}
	r.Literal(`}`)
	return c
}

func readStrings(r *canonical.Reader, limit int) []string {
	var list []string
	r.Array(limit, func(int) { list = append(list, r.String(maxString)) })
	return list
}

func (q *Question) append(b []byte) []byte {
	if q.NonHomomorphic {
		b = append(b, `{"type":"NonHomomorphic","value":{"answers":`...)
		b = appendStrings(b, q.Answers)
		b = append(b, `,"question":`...)
		b = canonical.AppendString(b, q.Text)
		b = append(b, '}')
		if q.Counting != nil {
			b = append(b, `,"extra":`...)
			b = q.Counting.append(b)
		}
		return append(b, '}')
	}
	b = append(b, `{"answers":`...)
	b = appendStrings(b, q.Answers)
	if q.Blank {
		b = append(b, `,"blank":true`...)
	}
	b = append(b, `,"min":`...)
	b = canonical.AppendNumber(b, q.Min)
	b = append(b, `,"max":`...)
	b = canonical.AppendNumber(b, q.Max)
	b = append(b, `,"question":`...)
	b = canonical.AppendString(b, q.Text)
	return append(b, '}')
}

func (c *Counting) append(b []byte) []byte {
	b = append(b, `{"method":`...)
	b = canonical.AppendString(b, c.Method)
	b = fmt.Appendf(b, `,"blank":%t`, c.Blank)
	if len(c.Grades) > 0 {
		b = append(b, `,"grades":`...)
		b = appendStrings(b, c.Grades)
	}
	if c.Seats > 0 {
		b = append(b, `,"seats":`...)
		b = canonical.AppendNumber(b, c.Seats)
	}
	return append(b, '}')
}

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = canonical.AppendString(b, s)
	}
	return append(b, ']')
}
