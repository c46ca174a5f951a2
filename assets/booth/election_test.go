package booth

import (
	"crypto/rand"
	"fmt"
	"testing"

	"odaq/belenios/election"
	"odaq/belenios/group"
)

// newElection makes an election with a key of its own.
func newElection(t *testing.T, name string, questions ...election.Question) *election.Election {
	t.Helper()
	g, err := group.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	x, err := g.Random(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	e, err := election.New(election.Params{
		Name: "Сайлау \"2026\"", Description: "\\ Ең жақсы\n", Group: g, PublicKey: g.PowerG(x),
		Questions: questions, UUID: election.NewUUID(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// homomorphic asks for min to max of n answers.
func homomorphic(n, least, most int, blank bool) election.Question {
	return election.Question{Text: "Кого?", Answers: answers(n), Min: least, Max: most, Blank: blank}
}

// ranking asks for integers of n answers.
func ranking(n int) election.Question {
	return election.Question{Text: "Rank them", Answers: answers(n), NonHomomorphic: true}
}

func answers(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("Ә №%d", i+1)
	}
	return list
}
