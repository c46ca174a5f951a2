package ballot_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"odaq/belenios/ballot"
	"odaq/belenios/election"
	"odaq/belenios/group"
)

// hinted makes ballots of every kind with their hints.
func hinted(t rapid.TB, n int) (b *booth, texts, hints [][]byte) {
	questions, choices := everyKind()
	b = newBooth(t, group.Ed25519, questions...)
	for range n {
		text, _, err := ballot.Make(b.election, b.credential, choices)
		if err != nil {
			t.Fatal(err)
		}
		_, hint, err := b.verifier.Hints(text)
		if err != nil {
			t.Fatal(err)
		}
		if len(hint) != b.verifier.HintSize() {
			t.Fatalf("%d bytes of hints, not %d", len(hint), b.verifier.HintSize())
		}
		texts, hints = append(texts, text), append(hints, hint)
	}
	return b, texts, hints
}

// blames fails unless ballot number at is refused because of want, or all are
// accepted if that is nil.
func blames(t rapid.TB, what string, v *ballot.Verifier, texts, hints [][]byte, at int, want error) {
	t.Helper()
	ballots, err := v.VerifyHinted(texts, hints)
	if !errors.Is(err, want) || len(ballots) != at {
		t.Errorf("%s: %v after %d ballots, want %v after %d", what, err, len(ballots), want, at)
	}
	for i, b := range ballots {
		if b.Tracker != ballot.Tracker(texts[i]) {
			t.Errorf("%s: ballot %d is %s", what, i, b.Tracker)
		}
	}
}

// With hints the same ballots of the vectors are accepted as without, and they
// are read alike.
func TestHintedVectors(t *testing.T) {
	for _, v := range vectors(t) {
		verifier := ballot.NewVerifier(v.election, v.list)
		var hints [][]byte
		for _, text := range v.ballots {
			plain, hint, err := verifier.Hints(text)
			if v.election.Group.Name() != group.Ed25519 {
				if !errors.Is(err, ballot.ErrNoHints) || verifier.HintSize() != 0 {
					t.Errorf("%s: %v", v.name, err)
				}
				break
			}
			if err != nil {
				t.Fatal(v.name, err)
			}
			again, err := verifier.VerifyHinted([][]byte{text}, [][]byte{hint})
			if err != nil {
				t.Fatal(v.name, err)
			}
			for i := range plain.Choices {
				for j, c := range plain.Choices[i] {
					d := again[0].Choices[i][j]
					if !c.Alpha.Equal(d.Alpha) || !c.Beta.Equal(d.Beta) {
						t.Errorf("%s: answer %d: choice %d is read otherwise", v.name, i, j)
					}
				}
			}
			if again[0].Member != plain.Member || !again[0].Credential.Equal(plain.Credential) {
				t.Errorf("%s: the credential is read otherwise", v.name)
			}
			hints = append(hints, hint)
		}
		if len(hints) > 0 {
			blames(t, v.name, verifier, v.ballots, hints, len(v.ballots), nil)
		} else if _, err := verifier.VerifyHinted(v.ballots, v.ballots); !errors.Is(err, ballot.ErrNoHints) {
			t.Errorf("%s: %v", v.name, err)
		}
	}
}

// A change of hints can only make verification fail, and it is the hints that are
// blamed.
func TestAlteredHints(t *testing.T) {
	b, texts, hints := hinted(t, 3)
	v := b.verifier
	blames(t, "nothing", v, texts, hints, 3, nil)
	blames(t, "no ballots", v, nil, nil, 0, nil)
	rapid.Check(t, func(t *rapid.T) {
		altered := slices.Clone(hints)
		at := rapid.IntRange(0, 2).Draw(t, "ballot")
		altered[at] = bytes.Clone(hints[at])
		altered[at][rapid.IntRange(0, len(hints[at])-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 6).Draw(t, "bit")
		blames(t, "a bit", v, texts, altered, at, ballot.ErrHints)
	})
	blames(t, "exchanged", v, texts, [][]byte{hints[0], hints[2], hints[1]}, 1, ballot.ErrHints)
	blames(t, "too few", v, texts, hints[:2], 0, ballot.ErrHints)
	blames(t, "too short", v, texts, [][]byte{hints[0], hints[1], hints[2][:64]}, 2, ballot.ErrHints)
	blames(t, "none", v, texts, make([][]byte, 3), 0, ballot.ErrHints)
	blames(t, "zeros", v, texts, [][]byte{hints[0], make([]byte, len(hints[1])), hints[2]}, 1, ballot.ErrHints)
}

// Hints do not help a wrong ballot, though they be made for it, and it is the
// ballot that is blamed.
func TestHintedForgeries(t *testing.T) {
	b, texts, hints := hinted(t, 3)
	elements := 1 // how many stand before the commitments
	for i := range b.election.Questions {
		elements += 2 * b.election.Questions[i].Ciphertexts()
	}
	places := scalars.FindAllSubmatchIndex(texts[1], -1)
	for n, place := range places {
		if n%2 == 0 && n < len(places)-2 {
			continue // a challenge: changing it needs no hints to be seen
		}
		// With another response all hashes are right, if the commitments are those
		// of the hints; only the equation is not.
		forged := slices.Clone(texts)
		forged[1] = increment(texts[1], place[2], place[3])
		helpful := slices.Clone(hints)
		want := ballot.ErrSignature
		if n < len(places)-2 {
			forged[1] = ballot.Sign(b.election, b.credential, forged[1])
			commitment, err := ballot.SignatureCommitment(b.election, forged[1])
			if err != nil {
				t.Fatal(err)
			}
			bulk := b.election.Group.(group.Bulk)
			hint := bulk.AppendHints(nil, []group.Element{commitment})
			helpful[1] = slices.Concat(hints[1][:elements*group.HintSize], hint, hints[1][(elements+1)*group.HintSize:])
			_, want = b.verifier.Verify(forged[1])
			if want = errors.Unwrap(want); errors.Unwrap(want) != nil {
				want = errors.Unwrap(want)
			}
			if want == nil {
				t.Fatalf("scalar %d: accepted", n)
			}
		}
		blames(t, "a forged response", b.verifier, forged, helpful, 1, want)
	}

	foreign, _ := cast(t)
	stranger, _, err := ballot.Make(b.election, foreign.credential, [][]int{{1, 0, 1}, {0, 1, 0, 0}, {3, 1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	blames(t, "a stranger", b.verifier, [][]byte{texts[0], stranger, texts[2]}, hints, 1, election.ErrUnknown)
	blames(t, "no ballot", b.verifier, [][]byte{texts[0], texts[1], nil}, hints, 2, group.ErrText)
}

// Hints of other elements than those in the text are of no use, even where all
// equations hold between them: here a voter shows the credential of another, and
// gives hints for her own.
func TestHintsOfAnother(t *testing.T) {
	b, _ := cast(t)
	g, uuid := b.election.Group, b.election.UUID
	_, choices := everyKind()
	victim := election.NewCredential().Public(g, uuid)
	mine := b.credential.Public(g, uuid)
	list, err := election.ParseList(b.election, []byte(`["`+mine.String()+`","`+victim.String()+`"]`))
	if err != nil {
		t.Fatal(err)
	}
	verifier := ballot.NewVerifier(b.election, list)
	forged, err := ballot.Forge(b.election, victim, b.credential, choices)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verifier.Verify(forged); !errors.Is(err, ballot.ErrSignature) {
		t.Fatal(err)
	}
	hints, err := ballot.HintsAs(verifier, mine, forged)
	if err != nil {
		t.Fatal(err)
	}
	blames(t, "the hints of another credential", verifier, [][]byte{forged}, [][]byte{hints}, 0, ballot.ErrSignature)
}
