package count_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"odaq/belenios/count"
)

// FuzzCount counts any bytes as ballots by every method: what a voter can encrypt
// is counted, never refused, and every ballot is accounted for.
func FuzzCount(f *testing.F) {
	for _, r := range records(f) {
		var all []byte
		if len(r.Ballots) == 0 {
			continue
		}
		for _, b := range r.Ballots {
			for _, v := range b {
				all = append(all, byte(v))
			}
		}
		f.Add(all, byte(len(r.Ballots[0])), byte(r.Seats), byte(r.Grades), r.Blank)
	}
	f.Fuzz(func(t *testing.T, all []byte, choices, seats, grades byte, blank bool) {
		if choices == 0 || seats == 0 || grades == 0 || len(all) > 1<<11 {
			return
		}
		var ballots [][]int
		for b := range slices.Chunk(all, int(choices)) {
			ballot := make([]int, choices)
			for c, v := range b {
				ballot[c] = int(v)
			}
			ballots = append(ballots, ballot)
		}
		rounded, err := count.STV(ballots, int(seats))
		if err != nil {
			t.Fatal(err)
		}
		if len(rounded.Ballots)+len(rounded.Invalid) != len(ballots) || len(rounded.Winners) > int(seats) {
			t.Errorf("%d ballots: %s", len(ballots), text(t, rounded))
		}
		var again []count.STVEvent
		if err := json.Unmarshal([]byte(text(t, rounded.Events)), &again); err != nil || text(t, again) != text(t, rounded.Events) {
			t.Errorf("%v read again as %v: %v", rounded.Events, again, err)
		}
		exact, divergence, err := count.BindingSTV(ballots, int(seats))
		if err != nil && !errors.Is(err, count.ErrPrecision) {
			t.Fatal(err)
		}
		if err == nil && (divergence == nil) != (text(t, exact) == text(t, rounded)) {
			t.Errorf("divergence %v between\n%s\n%s", divergence, text(t, exact), text(t, rounded))
		}
		ranked, err := count.Schulze(ballots, int(choices), blank)
		if err != nil {
			t.Fatal(err)
		}
		judged, err := count.MajorityJudgment(ballots, int(choices), int(grades), blank)
		if err != nil {
			t.Fatal(err)
		}
		blanks := [2]int{}
		if blank {
			blanks = [2]int{*ranked.Blank, *judged.Blank}
		}
		if ranked.Valid+blanks[0] != len(ballots) || judged.Valid+blanks[1]+len(judged.Invalid) != len(ballots) {
			t.Errorf("%d ballots: %s %s", len(ballots), text(t, ranked), text(t, judged))
		}
	})
}
