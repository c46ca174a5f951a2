package count

import "slices"

// race has the choices that can still win and the papers that can still help them.
//
// The order of the papers matters to the rounding of doubles. It is that of
// belenios-tool, as seen from its results: papers of a winner go to the front,
// papers of a loser to the end.
type race struct {
	papers []paper
	left   []int // ascending
}

// paper is a ballot in the race. The first of its order is in the race.
type paper struct {
	order  []int
	weight int // in the arithmetic
}

// arithmetic has weights of papers and scores of choices. Weight 0 is one.
type arithmetic interface {
	// clear sets all scores to zero; add gives a choice a paper's weight.
	clear()
	add(choice, weight int)
	compare(a, b int) int
	reaches(choice, quota int) bool
	// surplus finds, for the weights of a winner's papers, those they have
	// afterwards: each times the part of the score that is above the quota. The old
	// weights stay, for other papers.
	surplus(choice, quota int, after map[int]int) error
}

func newRace(ballots [][]int) *race {
	r := &race{}
	for _, order := range ballots {
		r.left = append(r.left, order...)
		if len(order) > 0 {
			r.papers = append(r.papers, paper{order: order})
		}
	}
	slices.Sort(r.left)
	r.left = slices.Compact(r.left)
	return r
}

// elect takes out a winner and passes on what its papers have above the quota.
func (r *race) elect(choice, quota int, scores arithmetic) error {
	its, others := r.split(choice)
	after := map[int]int{}
	for _, p := range its {
		after[p.weight] = 0
	}
	if err := scores.surplus(choice, quota, after); err != nil {
		return err
	}
	for i, p := range its {
		its[i].weight = after[p.weight]
	}
	r.remain(choice, its, others)
	return nil
}

// exclude takes out a loser and passes on its papers whole.
func (r *race) exclude(choice int) {
	its, others := r.split(choice)
	r.remain(choice, others, its)
}

// split finds the papers on which a choice is first, and the others.
func (r *race) split(choice int) (its, others []paper) {
	for _, p := range r.papers {
		if p.order[0] == choice {
			its = append(its, p)
		} else {
			others = append(others, p)
		}
	}
	return its, others
}

// remain takes out a choice and goes on with the papers that still name another.
func (r *race) remain(out int, papers ...[]paper) {
	r.left = slices.DeleteFunc(r.left, func(c int) bool { return c == out })
	r.papers = r.papers[:0]
	for _, p := range slices.Concat(papers...) {
		for len(p.order) > 0 && !slices.Contains(r.left, p.order[0]) {
			p.order = p.order[1:]
		}
		if len(p.order) > 0 {
			r.papers = append(r.papers, p)
		}
	}
}
