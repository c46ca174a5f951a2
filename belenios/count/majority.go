package count

import (
	"bytes"
	"fmt"
	"slices"
)

// MajorityResult is the outcome of a majority judgment.
type MajorityResult struct {
	// Raw[c][g-1] is the number of ballots that give choice c the grade g.
	Raw   [][]int `json:"raw"`
	Valid int     `json:"valid"`
	// Blank is nil where the question allows no blank ballot.
	Blank *int `json:"blank,omitempty"`
	// Invalid are the vectors with a number that is no grade, the last first.
	Invalid [][]int `json:"invalid"`
	// Winners are the choices in levels, the best first; those of a level are
	// equal and ascend.
	Winners [][]int `json:"winners"`
}

// MajorityJudgment counts grades from 1, the best, to grades (FORMAT §14). A ballot
// of zeros only is blank where that is allowed; any other number that is no grade
// makes it invalid. Choices are compared by their median grade, of two middle ones
// the better; equal medians are taken away and the next compared.
func MajorityJudgment(ballots [][]int, choices, grades int, blankAllowed bool) (*MajorityResult, error) {
	if grades < 1 || grades > MaxValue {
		return nil, fmt.Errorf("%w: %d, not from 1 to %d", ErrGrades, grades, MaxValue)
	}
	if err := check(ballots, choices); err != nil {
		return nil, err
	}
	r := &MajorityResult{Raw: make([][]int, choices), Invalid: [][]int{}, Winners: [][]int{}}
	if blankAllowed {
		r.Blank = new(int)
	}
	for c := range r.Raw {
		r.Raw[c] = make([]int, grades)
	}
	for _, b := range ballots {
		switch {
		case blankAllowed && blank(b):
			*r.Blank++
		case slices.Min(b) < 1 || slices.Max(b) > grades:
			r.Invalid = append(r.Invalid, slices.Clone(b))
		default:
			r.Valid++
			for c, g := range b {
				r.Raw[c][g-1]++
			}
		}
	}
	slices.Reverse(r.Invalid)

	order := make([]int, choices)
	judged := make([][]byte, choices)
	for c := range order {
		order[c], judged[c] = c, medians(r.Raw[c], r.Valid)
	}
	slices.SortStableFunc(order, func(a, b int) int { return bytes.Compare(judged[a], judged[b]) })
	for i, c := range order {
		if i > 0 && bytes.Equal(judged[order[i-1]], judged[c]) {
			last := len(r.Winners) - 1
			r.Winners[last] = append(r.Winners[last], c)
		} else {
			r.Winners = append(r.Winners, []int{c})
		}
	}
	return r, nil
}

// medians are all n grades of a choice in the order in which its median is taken
// away: from the lower middle outwards, to both sides in turn.
func medians(counts []int, n int) []byte {
	sorted := make([]byte, 0, n)
	for g, times := range counts {
		sorted = append(sorted, bytes.Repeat([]byte{byte(g)}, times)...)
	}
	taken := make([]byte, 0, n)
	low := (n+1)/2 - 1
	high := low + 1
	for len(taken) < n {
		// The lower middle of what is left is below the gap if as many or more are there.
		if low+1 >= n-high && low >= 0 {
			taken = append(taken, sorted[low])
			low--
		} else {
			taken = append(taken, sorted[high])
			high++
		}
	}
	return taken
}
