package belenios

import (
	"errors"
	"fmt"
	"slices"
)

// Errors of Sum.
var (
	ErrSameBox   = errors.New("the same election is given twice")
	ErrQuestions = errors.New("the questions of the boxes differ")
)

// Total is the sum of several boxes: elections with the same questions, each with
// its own list of credentials. Nothing proves that nobody is on two lists.
type Total struct {
	Boxes       int        `json:"boxes"`
	Unfinished  int        `json:"unfinished"` // without a result, so not among the Questions
	Voters      int        `json:"voters"`
	TotalWeight int64      `json:"total_weight"`
	Ballots     int        `json:"ballots"`
	Counted     int        `json:"counted"`
	Revotes     int        `json:"revotes"`
	Weight      int64      `json:"weight"`
	Questions   []Question `json:"questions"`
}

// Sum adds up verified boxes: counts are added; rankings and grades are put
// together and counted as one.
func Sum(boxes []*Report) (*Total, error) {
	t := &Total{Boxes: len(boxes)}
	seen := map[string]bool{}
	for _, r := range boxes {
		if seen[r.Fingerprint] {
			return nil, fmt.Errorf("%w: %s", ErrSameBox, r.UUID)
		}
		seen[r.Fingerprint] = true
		t.Voters += r.Voters
		t.TotalWeight += r.TotalWeight
		t.Ballots += r.Ballots
		t.Counted += r.Counted
		t.Revotes += r.Revotes
		t.Weight += r.Weight
		if !r.Finished() {
			t.Unfinished++
		}
		if t.Questions == nil {
			for i := range r.Questions {
				t.Questions = append(t.Questions, r.Questions[i].asked())
			}
		}
		if !slices.EqualFunc(t.Questions, r.Questions, func(a, b Question) bool { return a.same(&b) }) {
			return nil, fmt.Errorf("%w: %s asks others than %s", ErrQuestions, r.UUID, boxes[0].UUID)
		}
		for i := range t.Questions {
			t.Questions[i].add(&r.Questions[i])
		}
	}
	for i := range t.Questions {
		t.Questions[i].count()
	}
	return t, nil
}

// asked is the question without what was answered.
func (q *Question) asked() Question {
	c := *q
	c.Counts, c.Votes, c.Levels, c.Caution = nil, nil, nil, ""
	return c
}

func (q *Question) same(o *Question) bool {
	return q.Question == o.Question && slices.Equal(q.Answers, o.Answers) && q.Mixed == o.Mixed && q.Blank == o.Blank && q.Min == o.Min && q.Max == o.Max &&
		q.Method == o.Method && q.Seats == o.Seats && slices.Equal(q.Grades, o.Grades)
}

func (q *Question) add(o *Question) {
	if len(q.Counts) == 0 {
		q.Counts = slices.Clone(o.Counts)
	} else {
		for i, n := range o.Counts {
			q.Counts[i] += n
		}
	}
	q.Votes = append(q.Votes, o.Votes...)
}
