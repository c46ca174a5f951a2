package belenios

import (
	"odaq/belenios/count"
	"odaq/belenios/election"
)

// count finds the Levels of rankings and grades where the election says how.
func (q *Question) count() {
	if !q.Mixed || len(q.Votes) == 0 {
		return
	}
	var err error
	switch q.Method {
	case election.Schulze:
		var s *count.SchulzeResult
		if s, err = count.Schulze(q.Votes, len(q.Answers), q.Blank); err == nil {
			q.Levels = s.Winners
		}
	case election.MajorityJudgment:
		var m *count.MajorityResult
		if m, err = count.MajorityJudgment(q.Votes, len(q.Answers), len(q.Grades), q.Blank); err == nil {
			q.Levels = m.Winners
		}
	case election.STV:
		var s *count.STVResult
		var d *count.Divergence
		if s, d, err = count.BindingSTV(q.Votes, q.Seats); err == nil {
			for _, w := range s.Winners {
				q.Levels = append(q.Levels, []int{w})
			}
		}
		if d != nil {
			q.Caution = d.String()
		}
	}
	if err != nil {
		q.Caution = err.Error()
	}
}
