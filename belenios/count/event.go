package count

import (
	"encoding/json"
	"fmt"
)

// STVKind is what happens in a step of a transferable vote.
type STVKind string

const (
	Win     STVKind = "Win"     // the choices win, in this order
	Lose    STVKind = "Lose"    // the choice is out
	TieWin  STVKind = "TieWin"  // the first wins before the second, which has the same score
	TieLose STVKind = "TieLose" // the first loses before the second, which has the same score
)

// STVEvent is one step of a count. Win has any number of choices, Lose one,
// TieWin and TieLose two.
type STVEvent struct {
	Kind    STVKind
	Choices []int
}

// MarshalJSON writes ["Win",[i,…]], ["Lose",i], ["TieWin",[i,j]] or ["TieLose",[i,j]].
func (e STVEvent) MarshalJSON() ([]byte, error) {
	if !e.whole() {
		return nil, fmt.Errorf("event %q with %d choices", e.Kind, len(e.Choices))
	}
	if e.Kind == Lose {
		return json.Marshal([]any{e.Kind, e.Choices[0]})
	}
	return json.Marshal([]any{e.Kind, append([]int{}, e.Choices...)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (e *STVEvent) UnmarshalJSON(text []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		return fmt.Errorf("event: %w", err)
	}
	if len(parts) != 2 {
		return fmt.Errorf("event of %d parts", len(parts))
	}
	var read STVEvent
	if err := json.Unmarshal(parts[0], &read.Kind); err != nil {
		return fmt.Errorf("event: %w", err)
	}
	var err error
	if read.Kind == Lose {
		read.Choices = make([]int, 1)
		err = json.Unmarshal(parts[1], &read.Choices[0])
	} else {
		err = json.Unmarshal(parts[1], &read.Choices)
	}
	if err != nil {
		return fmt.Errorf("event %q: %w", read.Kind, err)
	}
	if !read.whole() {
		return fmt.Errorf("event %q with %d choices", read.Kind, len(read.Choices))
	}
	*e = read
	return nil
}

func (e STVEvent) whole() bool {
	switch e.Kind {
	case Win:
		return true
	case Lose:
		return len(e.Choices) == 1
	case TieWin, TieLose:
		return len(e.Choices) == 2
	}
	return false
}

func (e STVEvent) String() string { return fmt.Sprint(string(e.Kind), e.Choices) }
