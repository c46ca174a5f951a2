package count_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"odaq/belenios/count"
)

// recorded is a line of counting.jsonl: what belenios-tool 2.0 made of an input.
type recorded struct {
	Method  string
	Seats   int  `json:"nseats"`
	Choices int  `json:"nchoices"`
	Grades  int  `json:"ngrades"`
	Blank   bool `json:"blank_allowed"`
	Ballots [][]int
	Output  json.RawMessage
	RC      int
	Stderr  string
}

func records(t testing.TB) []recorded {
	folder := os.Getenv("ODAQ_ELECTION_VECTORS")
	if folder == "" {
		folder = "../testdata"
	}
	return read(t, filepath.Join(folder, "counting.jsonl"))
}

func read(t testing.TB, path string) []recorded {
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []recorded
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var r recorded
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestCountingLikeTheTool reproduces every output of belenios-tool byte for byte,
// but for the order of equals in a majority judgment.
func TestCountingLikeTheTool(t *testing.T) {
	seen := map[string]int{}
	for i, r := range records(t) {
		if r.RC != 0 {
			continue // TestCountingWhereTheToolAborts
		}
		seen[r.Method]++
		t.Run(fmt.Sprintf("%03d-%s", i, r.Method), func(t *testing.T) {
			var got any
			var err error
			want := r.Output
			switch r.Method {
			case "stv":
				got, err = count.STV(r.Ballots, r.Seats)
			case "schulze":
				got, err = count.Schulze(r.Ballots, r.Choices, r.Blank)
			case "mj":
				got, err = count.MajorityJudgment(r.Ballots, r.Choices, r.Grades, r.Blank)
				want = ascending(t, want)
			default:
				t.Fatalf("method %q", r.Method)
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, want := text(t, got), compact(t, want); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	for _, method := range []string{"stv", "schulze", "mj"} {
		if seen[method] < 10 {
			t.Errorf("only %d cases of %s", seen[method], method)
		}
	}
}

// TestCountingWhereTheToolAborts: it does so where fewer choices are ranked than
// there are seats. All of these win, and the other seats stay vacant.
func TestCountingWhereTheToolAborts(t *testing.T) {
	seen := 0
	for i, r := range records(t) {
		if r.RC == 0 {
			continue
		}
		seen++
		t.Run(fmt.Sprintf("%03d-%s", i, r.Method), func(t *testing.T) {
			if r.Method != "stv" {
				t.Fatalf("method %q", r.Method)
			}
			got, err := count.STV(r.Ballots, r.Seats)
			if err != nil {
				t.Fatal(err)
			}
			ranked := map[int]bool{}
			for _, order := range got.Ballots {
				for _, c := range order {
					ranked[c] = true
				}
			}
			if len(ranked) >= r.Seats {
				t.Errorf("%d choices ranked for %d seats: %s", len(ranked), r.Seats, r.Stderr)
			}
			if len(got.Winners) != len(ranked) || len(got.Events) != 1 || got.Events[0].Kind != count.Win {
				t.Errorf("%d ranked, but winners %v after %v", len(ranked), got.Winners, got.Events)
			}
		})
	}
	if seen == 0 {
		t.Error("no such case")
	}
}

// TestCountingExactly: on every recorded input the exact count takes the same
// steps as the rounded one, or the divergence says where it does not.
func TestCountingExactly(t *testing.T) {
	for i, r := range records(t) {
		if r.Method != "stv" {
			continue
		}
		exact, divergence, err := count.BindingSTV(r.Ballots, r.Seats)
		if err != nil {
			t.Fatal(i, err)
		}
		rounded, err := count.STV(r.Ballots, r.Seats)
		if err != nil {
			t.Fatal(i, err)
		}
		if same := text(t, exact) == text(t, rounded); same != (divergence == nil) {
			t.Errorf("case %d: same %v, divergence %v", i, same, divergence)
		}
	}
}

// TestCountingRounding: in testdata/rounding.jsonl are small elections, recorded
// from belenios-tool 2.0, in which it misses or makes up a tie. STV rounds as it
// does, and BindingSTV notices.
func TestCountingRounding(t *testing.T) {
	winners := 0
	for i, r := range read(t, "testdata/rounding.jsonl") {
		rounded, err := count.STV(r.Ballots, r.Seats)
		if err != nil {
			t.Fatal(i, err)
		}
		if got, want := text(t, rounded), compact(t, r.Output); got != want {
			t.Errorf("case %d: got\n%s\nwant\n%s", i, got, want)
		}
		exact, divergence, err := count.BindingSTV(r.Ballots, r.Seats)
		if err != nil {
			t.Fatal(i, err)
		}
		if divergence == nil {
			t.Errorf("case %d: no divergence", i)
			continue
		}
		at := divergence.Event
		if text(t, exact.Events[:at]) != text(t, rounded.Events[:at]) || text(t, exact.Events[at]) == text(t, rounded.Events[at]) {
			t.Errorf("case %d: %v is not the first step that differs", i, divergence)
		}
		sorted := func(r *count.STVResult) []int { return slices.Sorted(slices.Values(r.Winners)) }
		if other := !slices.Equal(sorted(exact), sorted(rounded)); other != divergence.Winners {
			t.Errorf("case %d: exactly %v win, rounded %v; %v", i, exact.Winners, rounded.Winners, divergence)
		} else if other {
			winners++
		}
	}
	if winners == 0 {
		t.Error("no case in which other choices win")
	}
}

// TestCountingTooLong: where fractions grow without end the exact count says so.
func TestCountingTooLong(t *testing.T) {
	const choices = 30
	random := rand.New(rand.NewPCG(1, 2))
	var ballots [][]int
	for range 1000 {
		ballot := random.Perm(choices)
		for c := range ballot {
			ballot[c]++
		}
		ballots = append(ballots, ballot)
	}
	if _, _, err := count.BindingSTV(ballots, choices-1); !errors.Is(err, count.ErrPrecision) {
		t.Errorf("%v, want %v", err, count.ErrPrecision)
	}
	if _, err := count.STV(ballots, choices-1); err != nil {
		t.Error(err)
	}
}

// TestCountingRefusals: what no ballot can hold is the caller's error.
func TestCountingRefusals(t *testing.T) {
	good := [][]int{{1, 2}, {2, 1}}
	stv := func(b [][]int, seats int) func() error {
		return func() error { _, err := count.STV(b, seats); return err }
	}
	exact := func(b [][]int, seats int) func() error {
		return func() error { _, _, err := count.BindingSTV(b, seats); return err }
	}
	schulze := func(b [][]int, choices int) func() error {
		return func() error { _, err := count.Schulze(b, choices, true); return err }
	}
	majority := func(b [][]int, choices, grades int) func() error {
		return func() error { _, err := count.MajorityJudgment(b, choices, grades, false); return err }
	}
	for _, c := range []struct {
		name string
		do   func() error
		want error
	}{
		{"stv", stv(good, 1), nil},
		{"stv of nothing", stv(nil, 1), nil},
		{"stv without seats", stv(good, 0), count.ErrSeats},
		{"stv with negative seats", exact(good, -1), count.ErrSeats},
		{"stv of empty ballots", stv([][]int{{}}, 1), count.ErrChoices},
		{"stv of 256 choices", stv([][]int{make([]int, 256)}, 1), count.ErrChoices},
		{"stv of different lengths", stv([][]int{{1, 2}, {1}}, 1), count.ErrLength},
		{"stv of a negative rank", exact([][]int{{1, -2}}, 1), count.ErrValue},
		{"stv of a rank of 256", stv([][]int{{1, 256}}, 1), count.ErrValue},
		{"stv of a rank of 255", stv([][]int{{1, 255}}, 1), nil},
		{"schulze", schulze(good, 2), nil},
		{"schulze of no choices", schulze(nil, 0), count.ErrChoices},
		{"schulze of negative choices", schulze(nil, -1), count.ErrChoices},
		{"schulze of 256 choices", schulze(nil, 256), count.ErrChoices},
		{"schulze of another length", schulze(good, 3), count.ErrLength},
		{"schulze of a negative rank", schulze([][]int{{-1, 0}}, 2), count.ErrValue},
		{"schulze of a rank of 256", schulze([][]int{{256, 0}}, 2), count.ErrValue},
		{"majority", majority(good, 2, 2), nil},
		{"majority without grades", majority(good, 2, 0), count.ErrGrades},
		{"majority of 256 grades", majority(good, 2, 256), count.ErrGrades},
		{"majority of no choices", majority(nil, 0, 2), count.ErrChoices},
		{"majority of another length", majority(good, 1, 2), count.ErrLength},
		{"majority of a negative grade", majority([][]int{{-1}}, 1, 2), count.ErrValue},
		{"majority of a grade that is none", majority([][]int{{3}}, 1, 2), nil},
	} {
		if err := c.do(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// ascending sorts each level of a recorded majority judgment, and checks that its
// fields are those of MajorityResult.
func ascending(t *testing.T, recorded []byte) []byte {
	var r count.MajorityResult
	fields := json.NewDecoder(bytes.NewReader(recorded))
	fields.DisallowUnknownFields()
	if err := fields.Decode(&r); err != nil {
		t.Fatal(err)
	}
	if again := text(t, r); again != compact(t, recorded) {
		t.Fatalf("read again:\n%s\nwant\n%s", again, recorded)
	}
	for _, level := range r.Winners {
		slices.Sort(level)
	}
	return []byte(text(t, r))
}

// text is the JSON of v.
func text(t interface{ Fatal(...any) }, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func compact(t testing.TB, text []byte) string {
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
