package tally_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"odaq/belenios/archive"
	"odaq/belenios/ballot"
	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/shuffle"
	"odaq/belenios/tally"
	"odaq/belenios/trustee"
)

// vector is an election made with belenios-tool, and its secrets.
type vector struct {
	testing.TB
	folder    string
	election  *election.Election
	list      *election.List
	trustees  trustee.Trustees
	questions []tally.Question
	ballots   []*ballot.Ballot
	published tally.Encrypted // before the shuffles
	event     *archive.Event  // of the encrypted tally
	shuffles  []owned[shuffle.Shuffle]
	partials  []owned[tally.Partial]
	result    []byte
}

type owned[T any] struct {
	owner int
	value T
	text  []byte
}

// vectors calls do with every folder.
func vectors(t *testing.T, do func(t *testing.T, v *vector)) {
	root := os.Getenv("ODAQ_ELECTION_VECTORS")
	if root == "" {
		root = filepath.Join("..", "testdata")
	}
	folders, err := filepath.Glob(filepath.Join(root, "v[0-9][0-9]-*"))
	if err != nil || len(folders) < 12 {
		t.Fatalf("%d elections in %s, %v", len(folders), root, err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) { do(t, load(t, folder)) })
	}
}

func load(t testing.TB, folder string) *vector {
	v := &vector{TB: t, folder: folder}
	names, err := filepath.Glob(filepath.Join(folder, "*.bel"))
	if err != nil || len(names) != 1 {
		t.Fatalf("archives %v, %v", names, err)
	}
	file, err := os.Open(names[0])
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for r := archive.NewReader(file); ; {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return v
		}
		if err != nil {
			t.Fatal(err)
		}
		v.take(e)
	}
}

// take keeps what an event says. Every text must be written as it is read.
func (v *vector) take(e *archive.Event) {
	var written []byte
	var err error
	switch e.Kind {
	case archive.Setup:
		v.election = must(v, election.Parse)(e.Election)
		v.list, err = election.ParseList(v.election, e.Credentials)
		if err == nil {
			v.trustees, err = trustee.Parse(v.election.Group, e.Trustees)
		}
		for _, q := range v.election.Questions {
			v.questions = append(v.questions, tally.Question{Mixed: q.NonHomomorphic, Size: q.Slots()})
		}
	case archive.Ballot:
		var b *ballot.Ballot
		b, err = ballot.Parse(v.election, e.Payload)
		v.ballots = append(v.ballots, b)
	case archive.EncryptedTally:
		v.event = e
		v.published, err = tally.ParseEncrypted(v.election.Group, v.questions, e.Payload)
		written = v.published.Append(nil)
	case archive.Shuffle:
		var s shuffle.Shuffle
		s, err = shuffle.Parse(v.election.Group, e.Payload)
		v.shuffles = append(v.shuffles, owned[shuffle.Shuffle]{e.Owner, s, e.Payload})
		written = s.Append(nil)
	case archive.PartialDecryption:
		var p tally.Partial
		p, err = tally.ParsePartial(v.election.Group, e.Payload)
		v.partials = append(v.partials, owned[tally.Partial]{e.Owner, p, e.Payload})
		written = p.Append(nil)
	case archive.Result:
		v.result = e.Payload
		var result tally.Result
		result, err = tally.ParseResult(v.questions, e.Payload)
		written = result.Append(nil)
	}
	if err != nil {
		v.Fatal(err)
	}
	if written != nil && !bytes.Equal(written, e.Payload) {
		v.Errorf("%s: read  %s\nwrote %s", e.Kind, e.Payload, written)
	}
}

func must[In, Out any](t testing.TB, f func(In) (Out, error)) func(In) Out {
	return func(in In) Out {
		out, err := f(in)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

func (v *vector) secret(name string) []byte {
	text, err := os.ReadFile(filepath.Join(v.folder, "secrets", name))
	if err != nil {
		v.Fatal(err)
	}
	return bytes.TrimSuffix(text, []byte("\n"))
}

// counted adds up the last ballot of each credential, with several tallies merged.
func (v *vector) counted() *tally.Tally {
	last := map[string]*ballot.Ballot{}
	for _, b := range v.ballots {
		last[b.Credential.String()] = b
	}
	g := v.election.Group
	sum, other := tally.New(g, v.questions), tally.New(g, v.questions)
	for _, b := range last { // in any order
		member, err := v.list.Find(b.Credential)
		if err != nil {
			v.Fatal(err)
		}
		if err := sum.Add(b.Choices, member.Weight); err != nil {
			v.Fatal(err)
		}
		sum, other = other, sum
	}
	if err := sum.Merge(other); err != nil {
		v.Fatal(err)
	}
	return sum
}

// shuffled is the tally that is decrypted.
func (v *vector) shuffled() tally.Encrypted {
	if len(v.shuffles) == 0 {
		return v.published
	}
	e, err := v.published.Shuffled(v.questions, v.shuffles[len(v.shuffles)-1].value.Ciphertexts)
	if err != nil {
		v.Fatal(err)
	}
	return e
}

// privateKeys are those of all trustees, by number.
func (v *vector) privateKeys() map[int]group.Scalar {
	keys := map[int]group.Scalar{}
	number := 0
	for _, it := range v.trustees {
		if it.Single != nil {
			number++
			keys[number] = must(v, func(text []byte) (group.Scalar, error) {
				return trustee.ParsePrivateKey(v.election.Group, text)
			})(v.secret(fmt.Sprintf("trustee%d.privkey", number)))
			continue
		}
		for range it.Pedersen.VerificationKeys {
			number++
			id, err := trustee.NewIdentity(v.election.Group, string(v.secret(fmt.Sprintf("trustee%d.key", number))))
			if err != nil {
				v.Fatal(err)
			}
			keys[number] = must(v, id.PrivateKey)(string(v.secret(fmt.Sprintf("trustee%d.dkey", number))))
		}
	}
	return keys
}

func TestVectorsTally(t *testing.T) {
	vectors(t, func(t *testing.T, v *vector) {
		sum := v.counted()
		if err := sum.Check(v.published, v.event.Counted, v.event.Weight); err != nil {
			t.Error(err)
		}
		if got := sum.Encrypted().Append(nil); !bytes.Equal(got, v.event.Payload) {
			t.Errorf("tally\n%s, not\n%s", got, v.event.Payload)
		}
	})
}

func TestVectorsShuffles(t *testing.T) {
	shuffles := 0
	vectors(t, func(t *testing.T, v *vector) {
		lists := v.published.Mixed(v.questions)
		for _, s := range v.shuffles {
			shuffles++
			if err := s.value.Verify(v.election.Group, v.election.PublicKey, v.election.Fingerprint(), lists); err != nil {
				t.Errorf("shuffle of trustee %d: %v", s.owner, err)
			}
			lists = s.value.Ciphertexts
		}
	})
	if shuffles < 8 {
		t.Errorf("only %d shuffles", shuffles)
	}
}

func TestVectorsDecryptions(t *testing.T) {
	vectors(t, func(t *testing.T, v *vector) {
		g, e, keys := v.election.Group, v.shuffled(), v.trustees.Keys()
		private := v.privateKeys()
		for _, p := range v.partials {
			if err := p.value.Verify(g, v.election.Fingerprint(), keys[p.owner-1].Key, e); err != nil {
				t.Errorf("decryption of trustee %d: %v", p.owner, err)
			}
			ours := tally.Decrypt(g, v.election.Fingerprint(), private[p.owner], e)
			if err := ours.Verify(g, v.election.Fingerprint(), keys[p.owner-1].Key, e); err != nil {
				t.Errorf("our decryption for trustee %d: %v", p.owner, err)
			}
			for i, list := range p.value.Factors {
				for j, factor := range list {
					if !factor.Equal(ours.Factors[i][j]) {
						t.Errorf("trustee %d, question %d, %d: another factor", p.owner, i+1, j+1)
					}
				}
			}
		}
	})
}

func TestVectorsResults(t *testing.T) {
	vectors(t, func(t *testing.T, v *vector) {
		g, e, total := v.election.Group, v.shuffled(), v.event.Weight
		partials := map[int]tally.Partial{}
		for _, p := range v.partials {
			partials[p.owner] = p.value
		}
		factors, err := tally.Combine(g, v.trustees, e, partials)
		if err != nil {
			t.Fatal(err)
		}
		published, err := tally.ParseResult(v.questions, v.result)
		if err != nil {
			t.Fatal(err)
		}
		if err := published.Check(g, v.questions, e, factors, total); err != nil {
			t.Error(err)
		}
		result, err := tally.Open(g, v.questions, e, factors, total)
		if err != nil {
			t.Fatal(err)
		}
		if got := result.Append(nil); !bytes.Equal(got, v.result) {
			t.Errorf("result %s, not %s", got, v.result)
		}
		v.compareExpected(v.result)
	})
}

// compareExpected compares a result with expected.json.
func (v *vector) compareExpected(text []byte) {
	var expected, published struct{ Result any }
	file, err := os.ReadFile(filepath.Join(v.folder, "expected.json"))
	if err != nil {
		v.Fatal(err)
	}
	if err := json.Unmarshal(file, &expected); err != nil {
		v.Fatal(err)
	}
	if err := json.Unmarshal(text, &published); err != nil {
		v.Fatal(err)
	}
	if expected.Result == nil || !reflect.DeepEqual(expected, published) {
		v.Errorf("result %v, not %v", published, expected)
	}
}

// TestVectorsAnyThreshold decrypts with every choice of trustees.
func TestVectorsAnyThreshold(t *testing.T) {
	vectors(t, func(t *testing.T, v *vector) {
		if !slices.ContainsFunc(v.trustees, func(it trustee.Item) bool { return it.Pedersen != nil }) {
			return
		}
		g, e := v.election.Group, v.shuffled()
		all := map[int]tally.Partial{}
		for number, x := range v.privateKeys() {
			all[number] = tally.Decrypt(g, v.election.Fingerprint(), x, e)
		}
		decrypted := 0
		for set := range 1 << len(all) {
			some := map[int]tally.Partial{}
			for number, p := range all {
				if set>>(number-1)&1 == 1 {
					some[number] = p
				}
			}
			factors, err := tally.Combine(g, v.trustees, e, some)
			if !enough(v.trustees, some) {
				if !errors.Is(err, tally.ErrMissing) {
					t.Errorf("trustees %b: %v", set, err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("trustees %b: %v", set, err)
			}
			decrypted++
			result, err := tally.Open(g, v.questions, e, factors, v.event.Weight)
			if err != nil {
				t.Fatalf("trustees %b: %v", set, err)
			}
			if got := result.Append(nil); !bytes.Equal(got, v.result) {
				t.Errorf("trustees %b: %s", set, got)
			}
		}
		if decrypted < 2 {
			t.Errorf("%d choices of trustees decrypt", decrypted)
		}
	})
}

// enough tells whether the trustees that decrypted are enough.
func enough(trustees trustee.Trustees, partials map[int]tally.Partial) bool {
	number := 0
	for _, it := range trustees {
		size, needed := 1, 1
		if it.Pedersen != nil {
			size, needed = len(it.Pedersen.VerificationKeys), it.Pedersen.Threshold
		}
		for range size {
			number++
			if _, ok := partials[number]; ok {
				needed--
			}
		}
		if needed > 0 {
			return false
		}
	}
	return true
}
