package ballot_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"

	"filippo.io/edwards25519"
	"pgregory.net/rapid"

	"odaq/belenios/ballot"
	"odaq/belenios/canonical"
	"odaq/belenios/election"
	"odaq/belenios/group"
)

// everyKind is a question of each kind, and a choice in each.
func everyKind() ([]election.Question, [][]int) {
	answers := []string{"a", "b", "c"}
	return []election.Question{
			{Text: "?", Answers: answers, Min: 1, Max: 2},
			{Text: "?", Answers: answers, Min: 1, Max: 2, Blank: true},
			{Text: "?", Answers: answers, NonHomomorphic: true},
		},
		[][]int{{1, 0, 1}, {0, 1, 0, 0}, {3, 1, 2}}
}

// cast makes a booth with questions of every kind, and a ballot of it.
func cast(t rapid.TB) (*booth, []byte) {
	questions, choices := everyKind()
	b := newBooth(t, group.Ed25519, questions...)
	text, _, err := ballot.Make(b.election, b.credential, choices)
	if err != nil {
		t.Fatal(err)
	}
	return b, text
}

// refused fails unless text is refused because of want, or accepted if that is nil.
func (b *booth) refused(t rapid.TB, what string, text []byte, want error) {
	if _, err := b.verifier.Verify(text); !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// Whatever byte of a ballot is changed, it is refused.
func TestEveryByte(t *testing.T) {
	b, text := cast(t)
	b.refused(t, "nothing changed", text, nil)
	rapid.Check(t, func(t *rapid.T) {
		changed := bytes.Clone(text)
		i := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		changed[i] ^= rapid.ByteRange(1, 255).Draw(t, "bits")
		if _, err := b.verifier.Verify(changed); err == nil {
			t.Fatalf("byte %d was changed from %q to %q", i, text[i], changed[i])
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		extra := []byte{rapid.Byte().Draw(t, "extra")}
		if _, err := b.verifier.Verify(slices.Insert(bytes.Clone(text), i, extra...)); err == nil {
			t.Fatalf("%q was put before byte %d", extra, i)
		}
		if _, err := b.verifier.Verify(slices.Delete(bytes.Clone(text), i, i+1)); err == nil {
			t.Fatalf("byte %d was left out", i)
		}
		if _, err := b.verifier.Verify(text[:i]); err == nil {
			t.Fatalf("only %d bytes were given", i)
		}
	})
}

var scalars = regexp.MustCompile(`"(?:challenge|response)":"(\d+)"`)

// Whatever proof a voter has made wrong, it is found out, and which it is.
func TestEveryProof(t *testing.T) {
	for _, name := range []string{group.Ed25519, group.Belenios} {
		questions, choices := everyKind()
		if name == group.Belenios {
			questions, choices = questions[:2], choices[:2] // it embeds nothing
		}
		b := newBooth(t, name, questions...)
		text, _, err := ballot.Make(b.election, b.credential, choices)
		if err != nil {
			t.Fatal(err)
		}
		b.refused(t, "signed again", ballot.Sign(b.election, b.credential, text), nil)

		// The proofs in the order in which they stand, with what they prove.
		type kind struct {
			proofs int
			err    error
			place  string
		}
		kinds := []kind{
			{2, ballot.ErrIndividual, "answer 0: choice 0"}, {2, ballot.ErrIndividual, "answer 0: choice 1"}, {2, ballot.ErrIndividual, "answer 0: choice 2"},
			{2, ballot.ErrOverall, "answer 0"},
			{2, ballot.ErrIndividual, "answer 1: choice 0"}, {2, ballot.ErrIndividual, "answer 1: choice 1"}, {2, ballot.ErrIndividual, "answer 1: choice 2"}, {2, ballot.ErrIndividual, "answer 1: choice 3"},
			{3, ballot.ErrOverall, "answer 1"},
			{2, ballot.ErrBlank, "answer 1"},
		}
		if len(questions) > 2 {
			kinds = append(kinds, kind{1, ballot.ErrEncryption, "answer 2"})
		}
		places := scalars.FindAllSubmatchIndex(text, -1)
		next := 0
		for _, k := range kinds {
			for range 2 * k.proofs {
				changed := increment(text, places[next][2], places[next][3])
				_, err := b.verifier.Verify(ballot.Sign(b.election, b.credential, changed))
				if !errors.Is(err, k.err) || !strings.HasPrefix(err.Error(), k.place+":") {
					t.Errorf("%s: scalar %d: %v, want %s: %v", name, next, err, k.place, k.err)
				}
				b.refused(t, fmt.Sprintf("scalar %d, not signed again", next), changed, ballot.ErrHash)
				next++
			}
		}
		for range 2 {
			b.refused(t, "a scalar of the signature", increment(text, places[next][2], places[next][3]), ballot.ErrSignature)
			next++
		}
		if next != len(places) {
			t.Errorf("%d scalars of %d", next, len(places))
		}
	}
}

// increment adds one to the number in text[from:to].
func increment(text []byte, from, to int) []byte {
	n, _ := new(big.Int).SetString(string(text[from:to]), 10)
	return slices.Concat(text[:from], n.Add(n, big.NewInt(1)).Append(nil, 10), text[to:])
}

// Ciphertexts that a dishonest voter makes of what is not allowed, with proofs
// made as well as can be, are refused.
func TestDishonestVoter(t *testing.T) {
	questions, choices := everyKind()
	b := newBooth(t, group.Ed25519, questions...)
	forge := func(question int, choice ...int) []byte {
		forged := slices.Clone(choices)
		forged[question] = choice
		text, err := ballot.Forge(b.election, b.credential.Public(b.election.Group, b.election.UUID), b.credential, forged)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	b.refused(t, "an allowed choice", forge(1, 0, 0, 1, 1), nil)
	b.refused(t, "blank and an answer", forge(1, 1, 1, 0, 0), ballot.ErrBlank)
	b.refused(t, "blank alone", forge(1, 1, 0, 0, 0), nil)

	// The same proofs in an election that allows other numbers of answers.
	for i, choice := range [][]int{{0, 0, 0}, {0, 0, 0, 0}} {
		other := *b.election
		other.Questions = slices.Clone(questions)
		other.Questions[i].Min, other.Questions[i].Max = 0, 1
		forged := slices.Clone(choices)
		forged[i] = choice
		text, _, err := ballot.Make(&other, b.credential, forged)
		if err != nil {
			t.Fatal(err)
		}
		b.refused(t, "no answers", text, ballot.ErrOverall)
	}
	other := *b.election
	other.Questions = slices.Clone(questions)
	other.Questions[0].Min, other.Questions[0].Max = 2, 3
	text, _, err := ballot.Make(&other, b.credential, [][]int{{1, 1, 1}, choices[1], choices[2]})
	if err != nil {
		t.Fatal(err)
	}
	b.refused(t, "too many answers", text, ballot.ErrOverall)

	// A ciphertext of 2 with the proofs of a ciphertext of 1.
	_, text = b, forge(0, 1, 0, 0)
	parsed, err := ballot.Parse(b.election, text)
	if err != nil {
		t.Fatal(err)
	}
	g := b.election.Group
	beta := parsed.Choices[0][0].Beta
	doubled := bytes.Replace(text, beta.Append(nil), g.Mul(beta, g.Generator()).Append(nil), 1)
	b.refused(t, "a vote of 2", ballot.Sign(b.election, b.credential, doubled), ballot.ErrIndividual)
}

// A voter cannot copy the ciphertexts of another, nor bring a ballot from another
// election, nor sign for another.
func TestForeign(t *testing.T) {
	b, text := cast(t)
	other, foreign := cast(t)
	b.refused(t, "a ballot of another election", foreign, ballot.ErrElection)

	renamed := bytes.Replace(foreign, []byte(other.election.UUID), []byte(b.election.UUID), 1)
	b.refused(t, "with the right identifier", ballot.Sign(other.election, other.credential, renamed), ballot.ErrElection)

	stranger, _, err := ballot.Make(b.election, other.credential, [][]int{{1, 0, 1}, {0, 1, 0, 0}, {3, 1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	b.refused(t, "a credential that is not on the list", stranger, election.ErrUnknown)

	g, uuid := b.election.Group, b.election.UUID
	mine, theirs := b.credential.Public(g, uuid), other.credential.Public(g, uuid)
	b.refused(t, "signed by another", ballot.Sign(b.election, other.credential, text), ballot.ErrSignature)
	list, err := election.ParseList(b.election, []byte(`["`+mine.String()+`","`+theirs.String()+`"]`))
	if err != nil {
		t.Fatal(err)
	}
	both := ballot.NewVerifier(b.election, list)
	copied := ballot.Sign(b.election, other.credential, bytes.Replace(text, mine.Append(nil), theirs.Append(nil), 1))
	if _, err := both.Verify(copied); !errors.Is(err, ballot.ErrIndividual) {
		t.Errorf("a copied ballot: %v", err)
	}
	if v, err := both.Verify(stranger); err != nil || v.Member.Position != 1 {
		t.Errorf("a ballot of the second on the list: %v", err)
	}
}

// Points that are not of the subgroup, or are spelled otherwise, are refused
// wherever they stand, even if the voter has signed them.
func TestPoints(t *testing.T) {
	b, text := cast(t)
	parsed, err := ballot.Parse(b.election, text)
	if err != nil {
		t.Fatal(err)
	}
	// A point of order 8 from RFC 8032's small subgroup.
	small, _ := hex.DecodeString("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
	torsion, err := new(edwards25519.Point).SetBytes(small)
	if err != nil {
		t.Fatal(err)
	}
	for i, choices := range parsed.Choices {
		for _, element := range []group.Element{choices[0].Alpha, choices[0].Beta} {
			old := element.String()
			bad := map[string]error{
				plus(t, old, torsion):              group.ErrMember,
				hexOf(torsion):                     group.ErrMember,
				strings.Repeat("0", 64):            group.ErrMember,
				strings.Repeat("f", 64):            group.ErrText,
				old[:63]:                           group.ErrText,
				strings.Repeat("0", 63) + "1":      ballot.ErrIndividual, // the identity
				b.election.PublicKey.String():      ballot.ErrIndividual,
				strings.Replace(old, old, "-1", 1): canonical.ErrText,
			}
			for spelling, want := range bad {
				if i == 2 && want == ballot.ErrIndividual {
					want = ballot.ErrEncryption
				}
				changed := bytes.Replace(text, []byte(old), []byte(spelling), 1)
				_, err := b.verifier.Verify(ballot.Sign(b.election, b.credential, changed))
				if !errors.Is(err, want) {
					t.Errorf("answer %d: %s: %v, want %v", i, spelling, err, want)
				}
			}
		}
	}
}

// plus is the text of a point with another one added.
func plus(t *testing.T, text string, other *edwards25519.Point) string {
	encoding, _ := hex.DecodeString(text)
	slices.Reverse(encoding)
	p, err := new(edwards25519.Point).SetBytes(encoding)
	if err != nil {
		t.Fatal(err)
	}
	return hexOf(p.Add(p, other))
}

func hexOf(p *edwards25519.Point) string {
	encoding := p.Bytes()
	slices.Reverse(encoding)
	return hex.EncodeToString(encoding)
}

// Other spellings of the same JSON are refused, even if the voter has signed them.
func TestSpellings(t *testing.T) {
	b, text := cast(t)
	first := string(scalars.FindSubmatch(text)[1])
	alpha := regexp.MustCompile(`"alpha":"([0-9]*[a-f][0-9a-f]*)"`).FindSubmatch(text)[1]
	order := b.election.Group.Order().String()
	tests := []struct {
		old, new string
		want     error
		only     bool // nothing else is wrong
	}{
		{`"challenge":"` + first, `"challenge":"0` + first, canonical.ErrText, true},
		{`"challenge":"` + first, `"challenge":"+` + first, canonical.ErrText, true},
		{`"challenge":"` + first, `"challenge": "` + first, canonical.ErrText, true},
		{`"challenge":"` + first + `"`, `"challenge":` + first, canonical.ErrText, false},
		{`"challenge":"` + first, `"challenge": "1` + first, canonical.ErrText, false},
		{`"challenge":"` + first, `"challenge":"` + order, group.ErrRange, false},
		{`"challenge":"` + first, `"challenge":"` + strings.Repeat("9", 700), canonical.ErrLimit, false},
		{`"` + string(alpha), `"` + strings.ToUpper(string(alpha)), canonical.ErrText, true},
		{`"` + string(alpha), fmt.Sprintf(`"\u%04x%s`, alpha[0], alpha[1:]), canonical.ErrText, true},
		{`{"alpha"`, `{ "alpha"`, canonical.ErrText, true},
		{`{"alpha"`, `{"gamma":"1","alpha"`, canonical.ErrText, true},
		{`{"choices"`, `{"note":"","choices"`, canonical.ErrText, true},
		{`,"individual_proofs"`, `,"note":1,"individual_proofs"`, canonical.ErrText, true},
		{`{"alpha":"` + string(alpha) + `",`, `{`, canonical.ErrText, false},
		{`{"election_uuid"`, ` {"election_uuid"`, canonical.ErrText, true},
		{`{"election_uuid"`, `{"election_\u0075uid"`, canonical.ErrText, true},
		{`"election_uuid":"` + b.election.UUID, fmt.Sprintf(`"election_uuid":"\u%04x%s`, b.election.UUID[0], b.election.UUID[1:]), canonical.ErrText, true},
		{`"answers":[`, `"answers":[[],`, canonical.ErrText, false},
		{`,"blank_proof"`, `,"blankproof"`, canonical.ErrText, false},
	}
	for _, test := range tests {
		changed := strings.Replace(string(text), test.old, test.new, 1)
		if changed == string(text) {
			t.Fatalf("%s is not in the ballot", test.old)
		}
		_, err := b.verifier.Verify(ballot.Sign(b.election, b.credential, []byte(changed)))
		if !errors.Is(err, test.want) || errors.Is(err, ballot.ErrSpelling) != test.only {
			t.Errorf("%s: %v, want %v", test.new, err, test.want)
		}
		if _, err := b.verifier.Verify([]byte(changed)); err == nil || errors.Is(err, ballot.ErrSpelling) {
			t.Errorf("%s, not signed again: %v", test.new, err)
		}
	}
	b.refused(t, "a tail", append(bytes.Clone(text), '\n'), canonical.ErrText)
	b.refused(t, "a field after the signature", append(text[:len(text)-1:len(text)-1], `,"note":1}`...), canonical.ErrText)
	b.refused(t, "an enormous ballot", append(bytes.Clone(text), make([]byte, ballot.MaxSize(b.election))...), canonical.ErrLimit)
	b.refused(t, "nothing", nil, canonical.ErrText)
}

// Nothing makes the verifier panic, and nothing is accepted but the ballots that
// were cast.
func FuzzVerify(f *testing.F) {
	v := vectors(f)[9] // it has questions of both kinds
	verifier := ballot.NewVerifier(v.election, v.list)
	for _, text := range v.ballots {
		f.Add(text)
	}
	f.Add(v.ballots[0][:1000])
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err := verifier.Verify(text)
		cast := slices.ContainsFunc(v.ballots, func(b []byte) bool { return bytes.Equal(b, text) })
		if cast != (err == nil) {
			t.Fatalf("%v:\n%s", err, text)
		}
	})
}
