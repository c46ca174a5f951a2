package ballot_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"odaq/belenios/ballot"
	"odaq/belenios/canonical"
	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// booth is an election with one voter.
type booth struct {
	election   *election.Election
	credential election.Credential
	verifier   *ballot.Verifier
}

// newBooth makes an election of these questions.
func newBooth(t rapid.TB, name string, questions ...election.Question) *booth {
	g, err := group.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	e, err := election.New(election.Params{
		Name: "Сайлау", Group: g, PublicKey: g.PowerG(proof.Random(g)), Questions: questions, UUID: election.NewUUID(),
	})
	if err != nil {
		t.Fatal(err)
	}
	issued := election.Issue(g, e.UUID, []election.Identity{{Address: "a", Weight: 1}})
	list, err := election.ParseList(e, election.PublicList(issued))
	if err != nil {
		t.Fatal(err)
	}
	return &booth{e, issued[0].Credential, ballot.NewVerifier(e, list)}
}

// drawQuestion draws a question with 1 to 5 answers.
func drawQuestion(t *rapid.T, name string) election.Question {
	q := election.Question{Text: "?", Answers: make([]string, rapid.IntRange(1, 5).Draw(t, "answers"))}
	if name != group.Belenios && rapid.Bool().Draw(t, "non-homomorphic") {
		q.NonHomomorphic = true
		return q
	}
	q.Blank = rapid.Bool().Draw(t, "blank")
	q.Min = rapid.IntRange(0, len(q.Answers)).Draw(t, "min")
	q.Max = rapid.IntRange(q.Min, len(q.Answers)).Draw(t, "max")
	return q
}

// drawChoice draws an allowed choice.
func drawChoice(t *rapid.T, q election.Question) []int {
	if q.NonHomomorphic {
		return rapid.SliceOfN(rapid.IntRange(0, 255), len(q.Answers), len(q.Answers)).Draw(t, "vector")
	}
	choice := make([]int, len(q.Answers))
	if q.Blank && rapid.Bool().Draw(t, "vote blank") {
		return append([]int{1}, choice...)
	}
	order := make([]int, len(choice))
	for i := range order {
		order[i] = i
	}
	order = rapid.Permutation(order).Draw(t, "order")
	for _, i := range order[:rapid.IntRange(q.Min, q.Max).Draw(t, "count")] {
		choice[i] = 1
	}
	if q.Blank {
		choice = append([]int{0}, choice...)
	}
	return choice
}

// names has the groups as often as they are tried: the finite fields are slow.
var names = append(slices.Repeat([]string{group.Ed25519}, 22), group.Belenios, group.RFC3526)

// Any allowed choices make a ballot that verifies and can be audited, in every
// group.
func TestAnyBallot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			name      = rapid.SampledFrom(names).Draw(t, "group")
			questions []election.Question
			choices   [][]int
		)
		for range rapid.IntRange(1, 3).Draw(t, "questions") {
			q := drawQuestion(t, name)
			questions, choices = append(questions, q), append(choices, drawChoice(t, q))
		}
		b := newBooth(t, name, questions...)
		text, opening, err := ballot.Make(b.election, b.credential, choices)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > ballot.MaxSize(b.election) {
			t.Fatalf("%d bytes of at most %d", len(text), ballot.MaxSize(b.election))
		}
		verified, err := b.verifier.Verify(text)
		if err != nil {
			t.Fatalf("%v:\n%s", err, text)
		}
		if verified.Tracker != opening.Tracker {
			t.Fatalf("tracker %s, not %s", verified.Tracker, opening.Tracker)
		}
		again, err := ballot.ParseOpening(b.election, opening.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		if err := ballot.Audit(b.election, text, again); err != nil {
			t.Fatal(err)
		}
	})
}

// What a question does not allow is not encrypted.
func TestMakeRefuses(t *testing.T) {
	one := election.Question{Text: "?", Answers: []string{"a", "b", "c"}, Min: 1, Max: 2}
	blank := election.Question{Text: "?", Answers: []string{"a", "b", "c"}, Min: 1, Max: 2, Blank: true}
	ranked := election.Question{Text: "?", Answers: []string{"a", "b", "c"}, NonHomomorphic: true}
	b := newBooth(t, group.Ed25519, one, blank, ranked)
	good := [][]int{{1, 0, 1}, {1, 0, 0, 0}, {0, 255, 7}}
	if _, _, err := ballot.Make(b.election, b.credential, good); err != nil {
		t.Fatal(err)
	}
	bad := [][][]int{
		{{0, 0, 0}, {1, 1, 1}, {2, 0, 0}, {1, -1, 1}, {1, 0}, {1, 0, 0, 0}, nil},
		{{0, 0, 0, 0}, {1, 1, 0, 0}, {0, 1, 1, 1}, {2, 0, 0, 0}, {1, 0, 0}, {1, -1, 1, 0}},
		{{0, 256, 0}, {0, -1, 0}, {0, 0}, {0, 0, 0, 0}},
	}
	for i := range bad {
		for _, choice := range bad[i] {
			choices := [][]int{good[0], good[1], good[2]}
			choices[i] = choice
			if text, _, err := ballot.Make(b.election, b.credential, choices); !errors.Is(err, election.ErrChoice) || text != nil {
				t.Errorf("question %d: %v: %v", i, choice, err)
			}
		}
	}
	if _, _, err := ballot.Make(b.election, b.credential, good[:2]); !errors.Is(err, election.ErrChoice) {
		t.Errorf("two answers to three questions: %v", err)
	}
}

// An audit finds every claim that is not what was encrypted.
func TestAudit(t *testing.T) {
	q := election.Question{Text: "?", Answers: []string{"a", "b"}, Max: 2}
	ranked := election.Question{Text: "?", Answers: []string{"a", "b"}, NonHomomorphic: true}
	b := newBooth(t, group.Ed25519, q, ranked)
	text, honest, err := ballot.Make(b.election, b.credential, [][]int{{1, 0}, {2, 1}})
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := ballot.Make(b.election, b.credential, [][]int{{1, 0}, {2, 1}})
	if err != nil {
		t.Fatal(err)
	}
	g := b.election.Group
	tests := map[string]struct {
		change func(*ballot.Opening)
		want   error
	}{
		"nothing":             {func(*ballot.Opening) {}, nil},
		"a choice":            {func(o *ballot.Opening) { o.Choices = [][]int{{0, 0}, {2, 1}} }, ballot.ErrOpening},
		"a rank":              {func(o *ballot.Opening) { o.Choices = [][]int{{1, 0}, {1, 2}} }, ballot.ErrOpening},
		"what is not allowed": {func(o *ballot.Opening) { o.Choices = [][]int{{1, 2}, {2, 1}} }, election.ErrChoice},
		"the tracker":         {func(o *ballot.Opening) { o.Tracker = ballot.Tracker(other) }, ballot.ErrOpening},
		"randomness": {func(o *ballot.Opening) {
			o.Randomness = [][]group.Scalar{{o.Randomness[0][0], g.Add(o.Randomness[0][1], g.Number(1))}, o.Randomness[1]}
		}, ballot.ErrOpening},
		"too little randomness": {func(o *ballot.Opening) { o.Randomness = [][]group.Scalar{o.Randomness[0][:1], o.Randomness[1]} }, ballot.ErrOpening},
		"no randomness":         {func(o *ballot.Opening) { o.Randomness = nil }, ballot.ErrOpening},
	}
	for what, test := range tests {
		o := *honest
		test.change(&o)
		if err := ballot.Audit(b.election, text, &o); !errors.Is(err, test.want) {
			t.Errorf("changed %s: %v, want %v", what, err, test.want)
		}
	}
	written := honest.Append(nil)
	if _, err := ballot.ParseOpening(b.election, append(written, ' ')); !errors.Is(err, canonical.ErrText) {
		t.Errorf("an opening with white space: %v", err)
	}
}
