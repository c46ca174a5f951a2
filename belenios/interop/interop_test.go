package interop

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"odaq/belenios"
)

// shapes of the elections that are held with the two finite-field groups, the
// only ones belenios-tool 2.0 knows.
var shapes = []shape{
	{
		name: "single", group: "BELENIOS-2048", singles: 2, present: []int{2, 1},
		template:   `{"description":"«Х» \"q\" \\ / \u0001\u001f\b\f\n\r\t\u007f\u0085\u2028\ufffd😀","name":"Сайлау","questions":[{"answers":["А","Ә","B \"b\""],"min":1,"max":2,"question":"Кім?"},{"answers":["Иә","Жоқ"],"blank":true,"min":1,"max":1,"question":"?"}],"administrator":"A","credential_authority":"C"}`,
		identities: []string{"a@union.example", "b@union.example,bb", "c@union.example", "d@union.example"},
		votes: []vote{
			{0, [][]int{{1, 1, 0}, {0, 1, 0}}},
			{2, [][]int{{0, 0, 1}, {1, 0, 0}}},
			{0, [][]int{{0, 1, 1}, {0, 0, 1}}},
			{3, [][]int{{1, 0, 0}, {1, 0, 0}}},
		},
		want: `[[1,1,2],[2,0,1]]`,
	},
	{
		name: "threshold and weights", group: "BELENIOS-2048", singles: 1, threshold: 2, of: 3, present: []int{4, 1, 2},
		template:   `{"description":"","name":"n","questions":[{"answers":["A","B","C"],"blank":true,"min":0,"max":3,"question":"q"},{"answers":["A","B"],"min":1,"max":1,"question":"r"}]}`,
		identities: []string{"a@union.example,,3", "b@union.example,bb,2000000000", "c@union.example,,1", "d@union.example,d,0"},
		votes: []vote{
			{1, [][]int{{0, 1, 1, 1}, {1, 0}}},
			{2, [][]int{{1, 0, 0, 0}, {0, 1}}},
			{0, [][]int{{0, 0, 0, 0}, {1, 0}}},
			{3, [][]int{{1, 0, 0, 0}, {0, 1}}},
			{0, [][]int{{0, 1, 0, 0}, {0, 1}}},
		},
		want: `[[1,"2000000003","2000000000","2000000000"],["2000000000",4]]`,
	},
	{
		name: "shuffles", group: "RFC-3526-2048", singles: 2, present: []int{1, 2}, shuffles: 2,
		template:   `{"description":"","name":"n","questions":[{"answers":["A","B"],"min":1,"max":1,"question":"q"},{"type":"NonHomomorphic","value":{"answers":["A","B","C"],"question":"rank"},"extra":{"method":"Schulze","blank":true}}]}`,
		identities: []string{"a@union.example", "b@union.example", "c@union.example"},
		votes: []vote{
			{1, [][]int{{1, 0}, {1, 2, 3}}},
			{0, [][]int{{0, 1}, {3, 2, 1}}},
			{2, [][]int{{1, 0}, {0, 0, 255}}},
			{1, [][]int{{0, 1}, {1, 1, 2}}},
		},
		want: `[[1,2],[[0,0,255],[1,1,2],[3,2,1]]]`,
	},
	{
		name: "threshold and shuffles", group: "RFC-3526-2048", threshold: 2, of: 3, present: []int{3, 1}, shuffles: 2,
		template:   `{"description":"","name":"n","questions":[{"type":"NonHomomorphic","value":{"answers":["A","B"],"question":"grades"},"extra":{"method":"MajorityJudgment","blank":true,"grades":["good","bad"]}},{"type":"NonHomomorphic","value":{"answers":["A","B","C","D"],"question":"seats"}}]}`,
		identities: []string{"a@union.example", "b@union.example", "c@union.example"},
		votes: []vote{
			{0, [][]int{{1, 2}, {1, 2, 3, 4}}},
			{1, [][]int{{2, 2}, {0, 0, 0, 1}}},
		},
		want: `[[[1,2],[2,2]],[[0,0,0,1],[1,2,3,4]]]`,
	},
}

// casts are who does what.
var casts = []struct {
	name string
	of   func(tool, ours party) cast
}{
	{"the tool", func(tool, _ party) cast { return all(tool) }},
	{"ours", func(_, ours party) cast { return all(ours) }},
	{"in turn", func(tool, ours party) cast { return all(tool, ours) }},
	{"the tool's set-up, our ballots and decryption", func(tool, ours party) cast { return setUp(tool, ours) }},
	{"our set-up, the tool's ballots and decryption", func(tool, ours party) cast { return setUp(ours, tool) }},
}

func all(p ...party) cast { return cast{p, p, p, p, p, p, p} }

// setUp is the cast where one sets the election up and the other does the rest.
func setUp(first, rest party) cast {
	c := all(rest)
	c.authority, c.trustees, c.open = []party{first}, []party{first}, []party{first}
	return c
}

// TestElections holds each election with every cast; both parties accept it and
// find the result the votes have on paper.
func TestElections(t *testing.T) {
	for _, s := range shapes {
		for _, c := range casts {
			t.Run(s.name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				tool, ours := newTool(t), ours{t}
				h := hold(t, s, c.of(tool, ours))
				judge(t, tool, ours, s, h)
				if c.name == "in turn" {
					continues(t, tool, h.before[len(s.votes)], h.archive)
				}
			})
		}
	}
}

// judge has both parties verify an election that was held.
func judge(t *testing.T, tool tool, ours ours, s shape, h held) {
	t.Helper()
	if err := tool.verify(h.archive); err != nil {
		t.Errorf("the tool refuses the election: %v", err)
	}
	if got := results(t, h.archive); got != s.want {
		t.Errorf("the result is %s, want %s", got, s.want)
	}
	report, err := belenios.Verify(t.Context(), bytes.NewReader(h.archive), belenios.Options{})
	if err != nil {
		t.Fatalf("we refuse the election: %v", err)
	}
	if got := reported(t, report); got != s.want {
		t.Errorf("we report %s, want %s", got, s.want)
	}
	if want := len(s.votes); report.Ballots != want || !report.Finished() {
		t.Errorf("we report %d ballots at %s, want %d", report.Ballots, report.State, want)
	}
	if got, want := ours.trackers(h.archive), tool.trackers(h.archive); !slices.Equal(got, want) {
		t.Errorf("our trackers %v are not the tool's %v", got, want)
	}
	for _, q := range report.Questions {
		if q.Method == "Schulze" {
			var counted struct{ Winners [][]int }
			out := tool.count(q.Votes, "schulze", "--nchoices", strconv.Itoa(len(q.Answers)), "--blank-allowed", strconv.FormatBool(q.Blank))
			if err := json.Unmarshal([]byte(out), &counted); err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(q.Levels, counted.Winners, slices.Equal) {
				t.Errorf("we count %v, the tool %v", q.Levels, counted.Winners)
			}
		}
	}
}

// continues has both parties see that an archive continues an older one, and that
// it is not the other way round.
func continues(t *testing.T, tool tool, running, finished []byte) {
	t.Helper()
	if err := tool.verifyDiff(running, finished); err != nil {
		t.Errorf("the tool finds no continuation: %v", err)
	}
	if _, err := belenios.Diff(t.Context(), bytes.NewReader(running), bytes.NewReader(finished), belenios.Options{}); err != nil {
		t.Errorf("we find no continuation: %v", err)
	}
	if tool.verifyDiff(finished, running) == nil {
		t.Error("the tool takes the old archive for a continuation of the new one")
	}
	if _, err := belenios.Diff(t.Context(), bytes.NewReader(finished), bytes.NewReader(running), belenios.Options{}); !errors.Is(err, belenios.ErrNotPrefix) {
		t.Errorf("the old archive as a continuation of the new one: %v, want %v", err, belenios.ErrNotPrefix)
	}
}

// reported is the result of a report in the form of results.
func reported(t *testing.T, r *belenios.Report) string {
	t.Helper()
	var out []string
	for _, q := range r.Questions {
		if q.Mixed {
			slices.SortFunc(q.Votes, slices.Compare)
			out = append(out, strings.ReplaceAll(fmt.Sprint(q.Votes), " ", ","))
			continue
		}
		var counts []string
		for _, n := range q.Counts {
			if text := strconv.FormatInt(n, 10); n < 1<<30 {
				counts = append(counts, text)
			} else {
				counts = append(counts, strconv.Quote(text))
			}
		}
		out = append(out, "["+strings.Join(counts, ",")+"]")
	}
	return "[" + strings.Join(out, ",") + "]"
}
