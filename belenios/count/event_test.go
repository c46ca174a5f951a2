package count_test

import (
	"encoding/json"
	"slices"
	"testing"

	"odaq/belenios/count"
)

func TestEventText(t *testing.T) {
	for _, want := range []count.STVEvent{
		{Kind: count.Win, Choices: []int{}}, {Kind: count.Win, Choices: []int{2, 0}}, {Kind: count.Lose, Choices: []int{3}},
		{Kind: count.TieWin, Choices: []int{0, 1}}, {Kind: count.TieLose, Choices: []int{4, 3}},
	} {
		var got count.STVEvent
		if err := json.Unmarshal([]byte(text(t, want)), &got); err != nil {
			t.Fatal(err)
		}
		if got.Kind != want.Kind || !slices.Equal(got.Choices, want.Choices) {
			t.Errorf("%v read as %v", want, got)
		}
	}
	for _, bad := range []string{
		`{}`, `[]`, `["Win"]`, `["Win",[1],[2]]`, `["Win",1]`, `["Lose",[1]]`, `["Draw",[1]]`, `[1,[1]]`, `["TieWin",[1]]`, `["TieLose",[1,2,3]]`,
	} {
		if err := json.Unmarshal([]byte(bad), new(count.STVEvent)); err == nil {
			t.Errorf("%s is read as an event", bad)
		}
	}
	for _, bad := range []count.STVEvent{{}, {Kind: count.Lose}, {Kind: count.TieWin, Choices: []int{1}}, {Kind: "Draw", Choices: []int{1, 2}}} {
		if got, err := json.Marshal(bad); err == nil {
			t.Errorf("%v is written as %s", bad, got)
		}
	}
}

func TestDivergenceSaysWhere(t *testing.T) {
	d := count.Divergence{Event: 1, Exact: count.STVEvent{Kind: count.TieLose, Choices: []int{2, 0}}, Rounded: count.STVEvent{Kind: count.Lose, Choices: []int{0}}, Winners: true}
	if got, want := d.String(), "step 1 is TieLose[2 0] counted exactly and Lose[0] with rounded weights; other choices win"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
