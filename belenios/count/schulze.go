package count

import (
	"cmp"
	"slices"
)

// Link is the strength of a path from one choice to another: the ballots that
// prefer the first and those that prefer the second, at its weakest step.
type Link [2]int

// compare: more wins are stronger, then fewer losses.
func (l Link) compare(m Link) int {
	return cmp.Or(cmp.Compare(l[0], m[0]), cmp.Compare(m[1], l[1]))
}

// SchulzeResult is the outcome of a Schulze count.
type SchulzeResult struct {
	Valid int `json:"valid"`
	// Blank is nil where the question allows no blank ballot.
	Blank *int `json:"blank,omitempty"`
	// Raw[i][j] is the number of ballots that prefer choice i to choice j.
	Raw [][]int `json:"raw"`
	// Beatpaths[i][j] is the strongest path from i to j.
	Beatpaths [][]Link `json:"beatpaths"`
	// Winners are the choices in levels, the best first; those of a level are
	// equal and ascend.
	Winners [][]int `json:"winners"`
}

// Schulze counts rankings by the Schulze method (FORMAT §14). On a ballot a lower
// number is better, equal numbers are equal, and 0 is last; so every ballot is
// valid. One of zeros only is blank where that is allowed, else it ranks all alike.
// A choice that beats every other in pairs (a Condorcet winner) is alone in the
// first level.
func Schulze(ballots [][]int, choices int, blankAllowed bool) (*SchulzeResult, error) {
	if err := check(ballots, choices); err != nil {
		return nil, err
	}
	r := &SchulzeResult{Raw: make([][]int, choices)}
	if blankAllowed {
		r.Blank = new(int)
	}
	for i := range r.Raw {
		r.Raw[i] = make([]int, choices)
	}
	for _, b := range ballots {
		if blankAllowed && blank(b) {
			*r.Blank++
			continue
		}
		r.Valid++
		for i, a := range b {
			for j, c := range b {
				if a != 0 && (c == 0 || a < c) {
					r.Raw[i][j]++
				}
			}
		}
	}
	r.Beatpaths = beatpaths(r.Raw)
	r.Winners = levels(r.Beatpaths)
	return r, nil
}

// beatpaths widens the links between pairs to the strongest paths (Floyd and
// Warshall). Paths from a choice to itself go by the cycles it is in.
func beatpaths(raw [][]int) [][]Link {
	paths := make([][]Link, len(raw))
	for i := range raw {
		paths[i] = make([]Link, len(raw))
		for j := range raw {
			if raw[i][j] > raw[j][i] {
				paths[i][j] = Link{raw[i][j], raw[j][i]}
			}
		}
	}
	for k := range paths {
		for i := range paths {
			for j := range paths {
				through := paths[i][k]
				if paths[k][j].compare(through) < 0 {
					through = paths[k][j]
				}
				if through.compare(paths[i][j]) > 0 {
					paths[i][j] = through
				}
			}
		}
	}
	return paths
}

// levels takes away again and again the choices that no remaining one beats.
func levels(paths [][]Link) [][]int {
	left := make([]int, len(paths))
	for i := range left {
		left[i] = i
	}
	all := [][]int{}
	for len(left) > 0 {
		beaten := func(i int) bool {
			return slices.ContainsFunc(left, func(j int) bool { return paths[j][i].compare(paths[i][j]) > 0 })
		}
		var level, rest []int
		for _, i := range left {
			if beaten(i) {
				rest = append(rest, i)
			} else {
				level = append(level, i)
			}
		}
		all, left = append(all, level), rest
	}
	return all
}
