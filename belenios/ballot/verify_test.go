package ballot_test

import (
	"testing"

	"odaq/belenios/ballot"
	"odaq/belenios/election"
)

// Every ballot of the vectors verifies, has the tracker its voter saw, and is of
// the credential its voter held.
func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			if len(v.ballots) == 0 || len(v.ballots) != len(v.votes) {
				t.Fatalf("%d ballots of %d votes", len(v.ballots), len(v.votes))
			}
			verifier := ballot.NewVerifier(v.election, v.list)
			for i, text := range v.ballots {
				b, err := verifier.Verify(text)
				if err != nil {
					t.Fatalf("ballot %d: %v", i, err)
				}
				if b.Tracker != v.votes[i].Tracker {
					t.Errorf("ballot %d: tracker %s, not %s", i, b.Tracker, v.votes[i].Tracker)
				}
				c, err := election.ParseCredential(v.votes[i].Credential)
				if err != nil {
					t.Fatal(err)
				}
				if !c.Public(v.election.Group, v.election.UUID).Equal(b.Credential) {
					t.Errorf("ballot %d is not of the credential of %s", i, v.votes[i].Voter)
				}
			}
		})
	}
}
