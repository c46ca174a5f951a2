package count_test

import (
	"encoding/json"
	"fmt"

	"odaq/belenios/count"
)

// Two seats, four candidates: what candidate 0 has above the quota passes on to 1.
func ExampleBindingSTV() {
	ballots := [][]int{
		{1, 2, 0, 0}, {1, 2, 0, 0}, {1, 2, 0, 0}, {1, 2, 0, 0}, {1, 2, 0, 0}, {1, 2, 0, 0},
		{0, 1, 0, 0}, {0, 0, 1, 2}, {0, 0, 1, 2}, {0, 0, 0, 1},
	}
	result, divergence, err := count.BindingSTV(ballots, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	events, _ := json.Marshal(result.Events)
	fmt.Println(result.Winners, string(events))
	fmt.Println(divergence == nil)
	// Output:
	// [0 1] [["Win",[0]],["Lose",3],["Lose",2],["Win",[1]]]
	// true
}

// Choice 1 beats the others in pairs though fewer voters put it first.
func ExampleSchulze() {
	result, err := count.Schulze([][]int{{1, 2, 3}, {1, 2, 3}, {3, 2, 1}, {3, 2, 1}, {2, 1, 3}}, 3, true)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Winners)
	// Output: [[1] [0] [2]]
}

// Grades from 1, the best, to 4; the last voter leaves a blank ballot.
func ExampleMajorityJudgment() {
	result, err := count.MajorityJudgment([][]int{{1, 3}, {2, 1}, {4, 1}, {0, 0}}, 2, 4, true)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Winners, result.Raw, *result.Blank)
	// Output: [[1] [0]] [[1 1 0 1] [2 0 1 0]] 1
}
