package tamper

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"odaq/belenios"
	"odaq/belenios/election"
	"odaq/belenios/group"
)

// drawn is any honest election, and its result counted on paper.
func drawn(t *rapid.T) (script, [][]int64) {
	s := script{group: group.Ed25519, name: fmt.Sprint("drawn", rapid.Uint64().Draw(t, "name"))}
	mixed := rapid.Bool().Draw(t, "mixed")
	for range rapid.IntRange(1, 2).Draw(t, "questions") {
		n := rapid.IntRange(1, 4).Draw(t, "answers")
		q := election.Question{Text: "q", Answers: slices.Repeat([]string{"a"}, n), Blank: rapid.Bool().Draw(t, "blank")}
		q.Max = rapid.IntRange(1, n).Draw(t, "max")
		q.Min = rapid.IntRange(0, q.Max).Draw(t, "min")
		s.questions = append(s.questions, q)
	}
	if mixed {
		s.questions = append(s.questions, election.Question{Text: "r", Answers: []string{"a", "b"}, NonHomomorphic: true})
		s.shuffles = rapid.IntRange(1, 2).Draw(t, "shuffles")
	}
	for range rapid.IntRange(1, 4).Draw(t, "voters") {
		w := int64(1)
		if !mixed {
			w = rapid.Int64Range(0, 1000).Draw(t, "weight")
		}
		s.weights = append(s.weights, w)
	}
	s.singles = rapid.IntRange(0, 2).Draw(t, "singles")
	if s.of = rapid.IntRange(0, 3).Draw(t, "of"); s.of > 0 {
		s.threshold = rapid.IntRange(1, s.of).Draw(t, "threshold")
	} else if s.singles == 0 {
		s.singles = 1
	}
	s.shuffles = min(s.shuffles, s.singles+s.of)
	for i := range s.singles {
		s.present = append(s.present, i+1)
	}
	for _, i := range rapid.Permutation(indices(s.of)).Draw(t, "present")[:s.threshold] {
		s.present = append(s.present, s.singles+i+1)
	}
	s.present = rapid.Permutation(s.present).Draw(t, "order")
	last := map[int][][]int{}
	for range rapid.IntRange(0, 6).Draw(t, "votes") {
		v := vote{voter: rapid.IntRange(0, len(s.weights)-1).Draw(t, "voter")}
		for _, q := range s.questions {
			v.choices = append(v.choices, choice(t, q))
		}
		s.votes, last[v.voter] = append(s.votes, v), v.choices
	}
	counts := make([][]int64, len(s.questions))
	for i, q := range s.questions {
		if q.NonHomomorphic {
			continue
		}
		counts[i] = make([]int64, q.Slots())
		for voter, choices := range last {
			for j, n := range choices[i] {
				counts[i][j] += int64(n) * s.weights[voter]
			}
		}
	}
	return s, counts
}

// choice is any choice that a question allows.
func choice(t *rapid.T, q election.Question) []int {
	c := make([]int, q.Slots())
	if q.NonHomomorphic {
		for i := range c {
			c[i] = rapid.IntRange(0, 255).Draw(t, "rank")
		}
		return c
	}
	first := 0
	if q.Blank {
		if first = 1; rapid.Bool().Draw(t, "votes blank") {
			c[0] = 1
			return c
		}
	}
	n := rapid.IntRange(q.Min, q.Max).Draw(t, "chosen")
	for _, i := range rapid.Permutation(indices(len(q.Answers))).Draw(t, "which")[:n] {
		c[first+i] = 1
	}
	return c
}

func indices(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// TestHonest: any honest election verifies, at every moment and in every detail,
// and its counts are those of the votes on paper, by weight.
func TestHonest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, want := drawn(t)
		p, err := hold(s, nil)
		assembled.Delete(s.name + s.group)
		if err != nil {
			t.Fatal(err)
		}
		end := rapid.IntRange(1, len(p.log)).Draw(t, "events")
		if _, err := verify(pack(seal(p.log[:end], sealing))); err != nil {
			t.Fatalf("after %d events: %v", end, err)
		}
		r, err := verify(pack(seal(p.log, sealing)))
		if err != nil {
			t.Fatal(err)
		}
		last := map[int][][]int{}
		for _, v := range s.votes {
			last[v.voter] = v.choices
		}
		if r.Counted != len(last) || r.Revotes != len(s.votes)-len(last) {
			t.Fatalf("%d counted and %d replaced of %d ballots of %d voters", r.Counted, r.Revotes, len(s.votes), len(last))
		}
		for i, q := range r.Questions {
			if !q.Mixed {
				if !slices.Equal(q.Counts, want[i]) {
					t.Fatalf("question %d: %v, want %v", i, q.Counts, want[i])
				}
				continue
			}
			var votes [][]int
			for _, choices := range last {
				votes = append(votes, choices[i])
			}
			slices.SortFunc(votes, slices.Compare)
			slices.SortFunc(q.Votes, slices.Compare)
			if !slices.EqualFunc(q.Votes, votes, slices.Equal) {
				t.Fatalf("question %d: %v, want %v", i, q.Votes, votes)
			}
		}
	})
}

// TestEveryByte: an archive with any byte changed is refused.
func TestEveryByte(t *testing.T) {
	for _, name := range []string{"plain", "mixed", "running"} {
		c := &tampering{script: name}
		honest := c.archive(t, group.Ed25519)
		if _, err := verify(honest); err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			changed := bytes.Clone(honest)
			at := rapid.IntRange(0, len(changed)-1).Draw(t, "at")
			changed[at] ^= rapid.ByteRange(1, 255).Draw(t, "xor")
			if _, err := verify(changed); err == nil {
				t.Fatalf("%s: byte %d may be changed", name, at)
			}
		})
		// Where a part is cut off at an event's end, what is left is an election
		// that still runs; anywhere else it is refused.
		rapid.Check(t, func(t *rapid.T) {
			part := honest[:rapid.IntRange(0, len(honest)-1).Draw(t, "length")]
			if r, err := verify(part); err == nil {
				if _, err := belenios.Diff(context.Background(), bytes.NewReader(part), bytes.NewReader(honest), belenios.Options{}); err != nil || r.Finished() {
					t.Fatalf("%s: %d bytes are taken for an election: %v", name, len(part), err)
				}
			}
		})
	}
}
