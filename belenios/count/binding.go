package count

import (
	"fmt"
	"slices"
)

// Divergence is where a count with rounded weights leaves the exact one.
type Divergence struct {
	// Event is the index of the first step that differs, Exact and Rounded the
	// step in both counts (the zero event where one has ended).
	Event          int
	Exact, Rounded STVEvent
	// Winners tells whether other choices win.
	Winners bool
}

func (d *Divergence) String() string {
	result := "the same choices win"
	if d.Winners {
		result = "other choices win"
	}
	return fmt.Sprintf("step %d is %v counted exactly and %v with rounded weights; %s", d.Event, d.Exact, d.Rounded, result)
}

// BindingSTV is ExactSTV, and where STV, and so belenios-tool, would count
// otherwise: nil where it does not. A divergence belongs in the minutes.
func BindingSTV(ballots [][]int, seats int) (*STVResult, *Divergence, error) {
	exact, err := ExactSTV(ballots, seats)
	if err != nil {
		return nil, nil, err
	}
	rounded, err := STV(ballots, seats)
	if err != nil {
		return nil, nil, err
	}
	return exact, diverge(exact, rounded), nil
}

func diverge(exact, rounded *STVResult) *Divergence {
	for i := range max(len(exact.Events), len(rounded.Events)) {
		d := Divergence{Event: i}
		if i < len(exact.Events) {
			d.Exact = exact.Events[i]
		}
		if i < len(rounded.Events) {
			d.Rounded = rounded.Events[i]
		}
		if d.Exact.Kind == d.Rounded.Kind && slices.Equal(d.Exact.Choices, d.Rounded.Choices) {
			continue
		}
		d.Winners = !slices.Equal(slices.Sorted(slices.Values(exact.Winners)), slices.Sorted(slices.Values(rounded.Winners)))
		return &d
	}
	return nil
}
