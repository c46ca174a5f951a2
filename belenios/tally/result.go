package tally

import (
	"fmt"
	"slices"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// Answer is the result of a question: the Counts of its slots, blank first where
// it has one, or for a mixed question the integers of each ballot in the order of
// the last shuffle. The other is nil.
type Answer struct {
	Counts []int64
	Votes  [][]int
}

// Result has an Answer for each question (FORMAT §11).
type Result []Answer

// Open computes the result from the tally after the last shuffle and its combined
// factors. total is the total weight, above which no count is. Errors are ErrShape
// and ErrSearch.
//
// The search for a count up to n takes about √n steps, but above 2^40 n/2^20, and
// 64 MB at most.
func Open(g group.Group, questions []Question, e Encrypted, factors [][]group.Element, total int64) (Result, error) {
	plain, err := decrypt(g, questions, e, factors)
	if err != nil {
		return nil, err
	}
	var logarithms *logarithms
	result := make(Result, len(questions))
	for i, q := range questions {
		if q.Mixed {
			if result[i].Votes, err = votes(g, plain[i], q.Size); err != nil {
				return nil, fmt.Errorf("question %d: %w", i+1, err)
			}
			continue
		}
		if logarithms == nil {
			logarithms = newLogarithms(g, total)
		}
		result[i].Counts = make([]int64, len(plain[i]))
		for j, p := range plain[i] {
			n, ok := logarithms.of(p)
			if !ok {
				return nil, fmt.Errorf("%w: question %d, slot %d, up to %d", ErrSearch, i+1, j+1, total)
			}
			result[i].Counts[j] = n
		}
	}
	return result, nil
}

// Check verifies a published result against the tally after the last shuffle and
// its combined factors: each count is 0 to total and what its slot decrypts to,
// and so are the integers of every ballot. Errors are ErrShape, and ErrResult with
// the question and the slot or ballot counted from 1.
func (result Result) Check(g group.Group, questions []Question, e Encrypted, factors [][]group.Element, total int64) error {
	plain, err := decrypt(g, questions, e, factors)
	if err != nil {
		return err
	}
	if len(result) != len(questions) {
		return fmt.Errorf("%w: %d questions, not %d", ErrShape, len(result), len(questions))
	}
	for i, q := range questions {
		if len(result[i].Counts)+len(result[i].Votes) != len(plain[i]) || q.Mixed && result[i].Counts != nil || !q.Mixed && result[i].Votes != nil {
			return fmt.Errorf("%w: question %d of the result", ErrShape, i+1)
		}
		for j, n := range result[i].Counts {
			if n < 0 || n > total || !g.PowerG(g.Number(n)).Equal(plain[i][j]) {
				return fmt.Errorf("%w: question %d, slot %d: %d", ErrResult, i+1, j+1, n)
			}
		}
		if !q.Mixed {
			continue
		}
		decoded, err := votes(g, plain[i], q.Size)
		if err != nil {
			return fmt.Errorf("question %d: %w", i+1, err)
		}
		for j, vote := range decoded {
			if !slices.Equal(vote, result[i].Votes[j]) {
				return fmt.Errorf("%w: question %d, ballot %d: %v", ErrResult, i+1, j+1, result[i].Votes[j])
			}
		}
	}
	return nil
}

// decrypt is beta divided by the factor, for each ciphertext.
func decrypt(g group.Group, questions []Question, e Encrypted, factors [][]group.Element) ([][]group.Element, error) {
	if err := checkShape(questions, e); err != nil {
		return nil, err
	}
	if len(factors) != len(e) {
		return nil, fmt.Errorf("%w: factors of %d questions, not %d", ErrShape, len(factors), len(e))
	}
	plain := make([][]group.Element, len(e))
	for i, list := range e {
		if len(factors[i]) != len(list) {
			return nil, fmt.Errorf("%w: question %d: %d factors, not %d", ErrShape, i+1, len(factors[i]), len(list))
		}
		plain[i] = make([]group.Element, len(list))
		for j, c := range list {
			plain[i][j] = open(g, c, factors[i][j])
		}
	}
	return plain, nil
}

func open(g group.Group, c proof.Ciphertext, factor group.Element) group.Element {
	return g.Div(c.Beta, factor)
}

func votes(g group.Group, plain []group.Element, size int) ([][]int, error) {
	list := make([][]int, len(plain))
	for i, p := range plain {
		values, err := g.Extract(p, size)
		if err != nil {
			return nil, fmt.Errorf("ballot %d: %w", i+1, err)
		}
		list[i] = values
	}
	return list, nil
}

// ParseResult reads a result of the questions. Errors are ErrShape and those of
// reading.
func ParseResult(questions []Question, text []byte) (Result, error) {
	result := make(Result, 0, len(questions))
	r := canonical.NewReader(text)
	r.Literal(`{"result":`)
	n := r.Array(maxQuestions, func(i int) {
		if i >= len(questions) {
			r.Fail(fmt.Errorf("%w: more than %d questions", ErrShape, len(questions)))
			return
		}
		result = append(result, readAnswer(r, questions[i]))
	})
	r.Literal(`}`)
	if r.Err() == nil && n != len(questions) {
		r.Fail(fmt.Errorf("%w: %d questions, not %d", ErrShape, n, len(questions)))
	}
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("result: %w", err)
	}
	return result, nil
}

func readAnswer(r *canonical.Reader, q Question) Answer {
	var a Answer
	if !q.Mixed {
		a.Counts = make([]int64, 0, q.Size)
		r.Array(maxList, func(int) { a.Counts = append(a.Counts, readCount(r)) })
		if r.Err() == nil && len(a.Counts) != q.Size {
			r.Fail(fmt.Errorf("%w: %d counts, not %d", ErrShape, len(a.Counts), q.Size))
		}
		return a
	}
	a.Votes = [][]int{}
	r.Array(maxList, func(int) {
		vote := make([]int, 0, q.Size)
		r.Array(q.Size, func(int) { vote = append(vote, r.Number(255)) })
		if r.Err() == nil && len(vote) != q.Size {
			r.Fail(fmt.Errorf("%w: %d integers, not %d", ErrShape, len(vote), q.Size))
		}
		a.Votes = append(a.Votes, vote)
	})
	return a
}

// Append adds {"result":…} to b.
func (result Result) Append(b []byte) []byte {
	b = append(b, `{"result":[`...)
	for i, a := range result {
		if i > 0 {
			b = append(b, ',')
		}
		if a.Votes != nil {
			b = appendLists(b, a.Votes, func(n int, b []byte) []byte { return canonical.AppendNumber(b, n) })
			continue
		}
		b = append(b, '[')
		for j, n := range a.Counts {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendCount(b, n)
		}
		b = append(b, ']')
	}
	return append(b, `]}`...)
}
