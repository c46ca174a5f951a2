package belenios_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"odaq/belenios"
	"odaq/belenios/archive"
	"odaq/belenios/ballot"
	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/shuffle"
	"odaq/belenios/tally"
	"odaq/belenios/trustee"
)

// held is an honest election with a single trustee.
type held struct {
	election *election.Election
	key      group.Scalar
	voters   []election.Issued
	events   []*archive.Event // until ballots end
	ballots  [][]byte
}

// hold sets up an election and casts a ballot of each voter.
func hold(t testing.TB, name string, voters int, questions []election.Question, choose func(voter int) [][]int) *held {
	t.Helper()
	g, err := group.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	h := &held{key: trustee.NewPrivateKey(g)}
	single := trustee.NewPublicKey(g, h.key)
	h.election, err = election.New(election.Params{Name: "Bench", Group: g, PublicKey: single.Key, Questions: questions, UUID: election.NewUUID()})
	if err != nil {
		t.Fatal(err)
	}
	people := make([]election.Identity, voters)
	for i := range people {
		people[i] = election.Identity{Address: "voter@example.org", Weight: 1}
	}
	h.voters = election.Issue(g, h.election.UUID, people)
	h.events = []*archive.Event{{Kind: archive.Setup, Election: h.election.Text(),
		Trustees: trustee.Trustees{{Single: &single}}.Append(nil), Credentials: election.PublicList(h.voters)}}
	h.ballots = make([][]byte, voters)
	var wait sync.WaitGroup
	for w := range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := w; i < voters; i += runtime.GOMAXPROCS(0) {
				var err error
				if h.ballots[i], _, err = ballot.Make(h.election, h.voters[i].Credential, choose(i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	for _, b := range h.ballots {
		h.events = append(h.events, &archive.Event{Kind: archive.Ballot, Payload: b})
	}
	return h
}

// close counts the ballots, with a shuffle where one is needed.
func (h *held) close(t testing.TB) []byte {
	t.Helper()
	e, g := h.election, h.election.Group
	var questions []tally.Question
	for i := range e.Questions {
		questions = append(questions, tally.Question{Mixed: e.Questions[i].NonHomomorphic, Size: e.Questions[i].Slots()})
	}
	sum := tally.New(g, questions)
	for _, text := range h.ballots {
		b, err := ballot.Parse(e, text)
		if err != nil {
			t.Fatal(err)
		}
		if err := sum.Add(b.Choices, 1); err != nil {
			t.Fatal(err)
		}
	}
	encrypted := sum.Encrypted()
	all := append(h.events, &archive.Event{Kind: archive.EndBallots},
		&archive.Event{Kind: archive.EncryptedTally, Payload: encrypted.Append(nil), Counted: sum.Counted(), Weight: sum.Weight()})
	if e.NonHomomorphic() {
		s := shuffle.Make(g, e.PublicKey, e.Fingerprint(), encrypted.Mixed(questions))
		all = append(all, &archive.Event{Kind: archive.Shuffle, Payload: s.Append(nil), Owner: 1}, &archive.Event{Kind: archive.EndShuffles})
		var err error
		if encrypted, err = encrypted.Shuffled(questions, s.Ciphertexts); err != nil {
			t.Fatal(err)
		}
	}
	p := tally.Decrypt(g, e.Fingerprint(), h.key, encrypted)
	r, err := tally.Open(g, questions, encrypted, p.Factors, sum.Weight())
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, &archive.Event{Kind: archive.PartialDecryption, Payload: p.Append(nil), Owner: 1}, &archive.Event{Kind: archive.Result, Payload: r.Append(nil)})
	return write(t, all)
}

func TestHonestElectionsVerify(t *testing.T) {
	for _, name := range []string{group.Ed25519, group.Belenios, group.RFC3526} {
		questions := []election.Question{{Text: "Q", Answers: []string{"a", "b"}, Min: 0, Max: 2, Blank: true}}
		choices := [][]int{{0, 1, 0}}
		want := []int64{0, 3, 0}
		if name != group.Belenios {
			questions = append(questions, election.Question{Text: "R", Answers: []string{"a", "b", "c"}, NonHomomorphic: true,
				Counting: &election.Counting{Method: election.Schulze}})
			choices = append(choices, []int{2, 1, 3})
		}
		for _, voters := range []int{0, 3} {
			r, err := verify(hold(t, name, voters, questions, func(int) [][]int { return choices }).close(t))
			if err != nil {
				t.Errorf("%s with %d voters: %v", name, voters, err)
				continue
			}
			if r.Counted != voters || voters > 0 && r.Questions[0].Counts[1] != want[1] {
				t.Errorf("%s with %d voters: %+v", name, voters, r)
			}
			if voters > 0 && name != group.Belenios && (len(r.Questions[1].Votes) != voters || r.Questions[1].Levels[0][0] != 1) {
				t.Errorf("%s: %+v", name, r.Questions[1])
			}
		}
	}
}

// TestMemoryForEachBallot measures what the verification keeps of a ballot.
func TestMemoryForEachBallot(t *testing.T) {
	questions := []election.Question{{Text: "Q", Answers: []string{"a"}, Min: 0, Max: 1}}
	held := func(voters int) uint64 {
		b := hold(t, group.Ed25519, voters, questions, func(i int) [][]int { return [][]int{{i % 2}} }).close(t)
		var used, before runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		_, err := belenios.Verify(context.Background(), bytes.NewReader(b), belenios.Options{Progress: func(done, total int) {
			if done == voters+2 { // all ballots and the event that ends them
				runtime.GC()
				runtime.ReadMemStats(&used)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		return used.HeapAlloc - before.HeapAlloc
	}
	const few, many = 100, 1100
	perBallot := (float64(held(many)) - float64(held(few))) / (many - few)
	t.Logf("%.0f bytes for a ballot and its voter", perBallot)
	if perBallot > 250 {
		t.Errorf("%.0f bytes are kept of each ballot and its voter, not 250 at most", perBallot)
	}
}

// BenchmarkVerify is the whole verification of an archive of ballots with one
// question of 5 answers and one of 2, with one worker and two, and with hints.
func BenchmarkVerify(b *testing.B) {
	questions := []election.Question{{Text: "Q", Answers: []string{"a", "b", "c", "d", "e"}, Min: 1, Max: 1}, {Text: "R", Answers: []string{"yes", "no"}, Min: 1, Max: 1}}
	for _, c := range []struct {
		group   string
		ballots int
	}{{group.Ed25519, 1000}, {group.Belenios, 60}} {
		text := hold(b, c.group, c.ballots, questions, func(int) [][]int { return [][]int{{1, 0, 0, 0, 0}, {0, 1}} }).close(b)
		run := func(name string, o func() belenios.Options) {
			b.Run(c.group+"/"+name, func(b *testing.B) {
				for b.Loop() {
					if _, err := belenios.Verify(context.Background(), bytes.NewReader(text), o()); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*c.ballots), "µs/ballot")
				b.ReportMetric(float64(len(text))/float64(c.ballots), "archive-B/ballot")
			})
		}
		for _, workers := range []int{1, 2} {
			run(fmt.Sprintf("workers=%d", workers), func() belenios.Options { return belenios.Options{Workers: workers} })
		}
		if c.group == group.Ed25519 {
			hints := writeHints(b, text)
			run("hints", func() belenios.Options { return belenios.Options{Workers: 1, Hints: bytes.NewReader(hints)} })
		}
	}
}
