package count

import (
	"cmp"
	"fmt"
	"slices"
)

// STVResult is the outcome of a single transferable vote.
type STVResult struct {
	// Ballots are the orders of preference of the valid ballots, sorted.
	Ballots [][]int `json:"ballots"`
	// Invalid are the vectors that are no order of preference, sorted.
	Invalid [][]int `json:"invalid"`
	// Events tell the count step by step.
	Events []STVEvent `json:"events"`
	// Winners in the order in which they won. They are fewer than the seats
	// where the ballots rank fewer choices: the other seats stay vacant.
	Winners []int `json:"winners"`
}

// STV counts the single transferable vote as belenios-tool does, with weights
// that are IEEE doubles (FORMAT §14). On a ballot the best choice has 1, the next
// 2 and so on without gap; 0 is unranked. Of choices with the same score that with
// the lower index wins first and loses last; the tie stands among the events.
//
// Doubles are rounded, so a tie can be missed or made up. A count that binds
// should be BindingSTV.
//
// Where belenios-tool gives up since fewer choices are ranked than there are
// seats, STV gives the seats it can and leaves the others vacant.
func STV(ballots [][]int, seats int) (*STVResult, error) {
	return transferable(ballots, seats, func(choices int) arithmetic { return newDoubles(choices) })
}

// ExactSTV is STV with weights that are exact fractions. It gives ErrPrecision
// where these become too long.
func ExactSTV(ballots [][]int, seats int) (*STVResult, error) {
	return transferable(ballots, seats, func(choices int) arithmetic { return newFractions(choices) })
}

func transferable(ballots [][]int, seats int, numbers func(choices int) arithmetic) (*STVResult, error) {
	if seats < 1 {
		return nil, fmt.Errorf("%w: %d", ErrSeats, seats)
	}
	choices := 0
	if len(ballots) > 0 {
		choices = len(ballots[0])
		if err := check(ballots, choices); err != nil {
			return nil, err
		}
	}
	r := &STVResult{Ballots: [][]int{}, Invalid: [][]int{}, Events: []STVEvent{}, Winners: []int{}}
	for _, b := range ballots {
		if order, ok := preferences(b); ok {
			r.Ballots = append(r.Ballots, order)
		} else {
			r.Invalid = append(r.Invalid, slices.Clone(b))
		}
	}
	slices.SortFunc(r.Ballots, slices.Compare)
	slices.SortFunc(r.Invalid, slices.Compare)
	if err := r.elect(seats, numbers(choices)); err != nil {
		return nil, err
	}
	return r, nil
}

// preferences are the choices of a ballot from the best on, if its ranks are
// 1, 2, … without gap or repetition.
func preferences(ballot []int) (order []int, ok bool) {
	ranked := make([]int, len(ballot)+1) // by rank, the choice and one
	n := 0
	for c, rank := range ballot {
		if rank == 0 {
			continue
		}
		if rank > len(ballot) || ranked[rank] != 0 {
			return nil, false
		}
		ranked[rank] = c + 1
		n++
	}
	order = make([]int, n)
	for i := range order {
		if ranked[i+1] == 0 {
			return nil, false
		}
		order[i] = ranked[i+1] - 1
	}
	return order, true
}

// elect fills the seats from the sorted Ballots.
func (r *STVResult) elect(seats int, scores arithmetic) error {
	quota := len(r.Ballots)/(seats+1) + 1
	race := newRace(r.Ballots)
	for ; len(race.left) > seats; scores.clear() {
		for _, p := range race.papers {
			scores.add(p.order[0], p.weight)
		}
		order := slices.SortedFunc(slices.Values(race.left), func(a, b int) int {
			return cmp.Or(scores.compare(b, a), a-b)
		})
		if best, next := order[0], order[1]; scores.reaches(best, quota) {
			if scores.compare(best, next) == 0 {
				r.note(TieWin, best, next)
			}
			r.win(best)
			if seats--; seats == 0 {
				return nil
			}
			if err := race.elect(best, quota, scores); err != nil {
				return err
			}
			continue
		}
		last, before := order[len(order)-1], order[len(order)-2]
		if scores.compare(last, before) == 0 {
			r.note(TieLose, last, before)
		}
		r.note(Lose, last)
		race.exclude(last)
	}
	r.win(race.left...)
	return nil
}

func (r *STVResult) win(choices ...int) {
	r.note(Win, choices...)
	r.Winners = append(r.Winners, choices...)
}

func (r *STVResult) note(kind STVKind, choices ...int) {
	r.Events = append(r.Events, STVEvent{kind, slices.Concat([]int{}, choices)})
}
