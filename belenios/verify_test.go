package belenios_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"odaq/belenios"
	"odaq/belenios/archive"
	"odaq/belenios/ballot"
	"odaq/belenios/election"
	"odaq/belenios/tally"
)

// events are those of an archive.
func events(t testing.TB, b []byte) []*archive.Event {
	t.Helper()
	var all []*archive.Event
	r := archive.NewReader(bytes.NewReader(b))
	for {
		e, err := r.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
}

// write makes an archive of events: hashes and the chain fit again.
func write(t testing.TB, all []*archive.Event) []byte {
	t.Helper()
	var b bytes.Buffer
	w := archive.NewWriter(&b, 1795298962)
	for _, e := range all {
		if err := w.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// named is the vector whose name begins so.
func named(t testing.TB, name string) vector {
	t.Helper()
	for _, v := range vectors(t) {
		if strings.HasPrefix(v.name, name) {
			return v
		}
	}
	t.Fatalf("no vector %s", name)
	return vector{}
}

func TestEveryPrefixIsARunningElection(t *testing.T) {
	for _, name := range []string{"v07", "v08", "v09", "v10", "v12"} {
		v := named(t, name)
		all := events(t, v.archive)
		for i := 1; i <= len(all); i++ {
			end := int64(len(v.archive))
			if i < len(all) {
				end = all[i].Offset
			}
			r, err := verify(v.archive[:end])
			if err != nil {
				t.Errorf("%s: the first %d events: %v", v.name, i, err)
				continue
			}
			cast := 0
			voters := map[string]bool{}
			for _, e := range all[:i] {
				if e.Kind == archive.Ballot {
					cast++
					voters[credential(t, e)] = true
				}
			}
			if r.Events != i || r.Finished() != (i == len(all)) || r.Ballots != cast || r.Counted != len(voters) || r.State != all[i-1].Kind {
				t.Errorf("%s: the first %d events are reported as %+v", v.name, i, r)
			}
		}
	}
}

// credential is whose ballot an event is.
func credential(t testing.TB, e *archive.Event) string {
	t.Helper()
	var b struct{ Credential string }
	if err := json.Unmarshal(e.Payload, &b); err != nil {
		t.Fatal(err)
	}
	return b.Credential
}

func TestAnyOtherByteIsRefused(t *testing.T) {
	v := named(t, "v08")
	rapid.Check(t, func(t *rapid.T) {
		b := bytes.Clone(v.archive)
		b[rapid.IntRange(0, len(b)-1).Draw(t, "byte")] ^= rapid.ByteRange(1, 255).Draw(t, "difference")
		if _, err := verify(b); err == nil {
			t.Error("it is accepted")
		}
	})
}

func TestTruncationIsRefused(t *testing.T) {
	v := named(t, "v10")
	whole := map[int]bool{}
	for _, e := range events(t, v.archive) {
		whole[int(e.Offset)] = true
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, len(v.archive)-1).Draw(t, "bytes")
		if _, err := verify(v.archive[:n]); !whole[n] && !errors.Is(err, archive.ErrTruncated) {
			t.Errorf("%v", err)
		}
	})
}

// TestReasons changes one event each, so that hashes and chain fit again.
func TestReasons(t *testing.T) {
	find := func(all []*archive.Event, k archive.Kind) *archive.Event {
		for _, e := range all {
			if e.Kind == k {
				return e
			}
		}
		t.Fatalf("no %s", k)
		return nil
	}
	replace := func(kind archive.Kind, old, new string) func([]*archive.Event) []*archive.Event {
		return func(all []*archive.Event) []*archive.Event {
			e := find(all, kind)
			if !bytes.Contains(e.Payload, []byte(old)) {
				t.Fatalf("%s has no %q", kind, old)
			}
			e.Payload = bytes.Replace(e.Payload, []byte(old), []byte(new), 1)
			return all
		}
	}
	drop := func(kind archive.Kind) func([]*archive.Event) []*archive.Event {
		return func(all []*archive.Event) []*archive.Event {
			return slices.DeleteFunc(all, func(e *archive.Event) bool { return e.Kind == kind })
		}
	}
	same := func(all []*archive.Event) []*archive.Event { return all }
	for name, c := range map[string]struct {
		vector string
		change func([]*archive.Event) []*archive.Event
		kind   archive.Kind
		want   error
	}{
		"control: counted": {"v07", same, "", nil},
		"control: ranked":  {"v08", same, "", nil},
		"a ballot twice": {"v07", func(all []*archive.Event) []*archive.Event {
			return slices.Insert(all, 5, all[2])
		}, archive.Ballot, belenios.ErrDuplicate},
		"an old ballot again after a revote": {"v10", func(all []*archive.Event) []*archive.Event {
			end := slices.IndexFunc(all, func(e *archive.Event) bool { return e.Kind == archive.EndBallots })
			return slices.Insert(all, end, all[1])
		}, archive.Ballot, belenios.ErrDuplicate},
		"a ballot left out": {"v07", func(all []*archive.Event) []*archive.Event {
			// The first who voted but once.
			times := map[string]int{}
			for _, e := range all[1:] {
				if e.Kind == archive.Ballot {
					times[credential(t, e)]++
				}
			}
			for i, e := range all[1:] {
				if times[credential(t, e)] == 1 {
					return slices.Delete(all, i+1, i+2)
				}
			}
			t.Fatal("all have voted twice")
			return nil
		}, archive.EncryptedTally, tally.ErrCounted},
		"ballots in another order": {"v08", func(all []*archive.Event) []*archive.Event {
			// Of somebody who voted twice the first ballot becomes the last.
			first := map[string]int{}
			for i, e := range all[1:] {
				if e.Kind != archive.Ballot {
					break
				}
				if j, twice := first[credential(t, e)]; twice {
					all[i+1], all[j] = all[j], all[i+1]
					return all
				}
				first[credential(t, e)] = i + 1
			}
			t.Fatal("nobody has voted twice")
			return nil
		}, archive.EncryptedTally, tally.ErrTally},
		"another election's ballot": {"v07", func(all []*archive.Event) []*archive.Event {
			all[1] = events(t, named(t, "v09").archive)[1]
			return all
		}, archive.Ballot, ballot.ErrElection},
		"a credential off the list": {"v07", func(all []*archive.Event) []*archive.Event {
			voter := credential(t, all[1])
			list := bytes.Replace(all[0].Credentials, []byte(voter), []byte(credential(t, events(t, named(t, "v09").archive)[1])), 1)
			all[0].Credentials = list
			return all
		}, archive.Ballot, election.ErrUnknown},
		"other trustees": {"v07", func(all []*archive.Event) []*archive.Event {
			all[0].Trustees = events(t, named(t, "v08").archive)[0].Trustees
			return all
		}, archive.Setup, belenios.ErrPublicKey},
		"another number of ballots": {"v07", func(all []*archive.Event) []*archive.Event {
			find(all, archive.EncryptedTally).Counted++
			return all
		}, archive.EncryptedTally, tally.ErrCounted},
		"another weight": {"v07", func(all []*archive.Event) []*archive.Event {
			find(all, archive.EncryptedTally).Weight++
			return all
		}, archive.EncryptedTally, tally.ErrTotal},
		"no shuffle": {"v08", func(all []*archive.Event) []*archive.Event {
			return drop(archive.Shuffle)(drop(archive.EndShuffles)(all))
		}, archive.PartialDecryption, belenios.ErrShuffles},
		"a shuffle of nothing": {"v07", func(all []*archive.Event) []*archive.Event {
			i := slices.Index(all, find(all, archive.EncryptedTally))
			return slices.Insert(all, i+1,
				&archive.Event{Kind: archive.Shuffle, Owner: 1, Payload: []byte(`{"ciphertexts":[],"proofs":[]}`)}, &archive.Event{Kind: archive.EndShuffles})
		}, archive.Shuffle, belenios.ErrShuffles},
		"a shuffler who is no trustee": {"v08", func(all []*archive.Event) []*archive.Event {
			find(all, archive.Shuffle).Owner = 9
			return all
		}, archive.Shuffle, tally.ErrOwner},
		"a decryption by nobody": {"v07", func(all []*archive.Event) []*archive.Event {
			find(all, archive.PartialDecryption).Owner = 9
			return all
		}, archive.PartialDecryption, tally.ErrOwner},
		"a decryption by somebody else": {"v08", func(all []*archive.Event) []*archive.Event {
			find(all, archive.PartialDecryption).Owner = 2
			return all
		}, archive.PartialDecryption, tally.ErrDecryption},
		"a decryption twice": {"v07", func(all []*archive.Event) []*archive.Event {
			return slices.Insert(all, len(all)-1, find(all, archive.PartialDecryption))
		}, archive.PartialDecryption, belenios.ErrOwnerTwice},
		"a decryption too few": {"v08", func(all []*archive.Event) []*archive.Event {
			i := slices.Index(all, find(all, archive.PartialDecryption))
			return slices.Delete(all, i, i+1)
		}, archive.Result, tally.ErrMissing},
		"another result": {"v08", replace(archive.Result, "[[5,5,7]", "[[5,6,6]"), archive.Result, tally.ErrResult},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := verify(write(t, c.change(events(t, named(t, c.vector).archive))))
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if (r == nil) != (c.want != nil) {
				t.Errorf("the report is %v", r)
			}
			var v *belenios.Violation
			if c.want == nil {
				return
			}
			if !errors.As(err, &v) || v.Kind != c.kind || (v.Tracker != "") != (c.kind == archive.Ballot) {
				t.Errorf("%v is not a violation of %s", err, c.kind)
			}
		})
	}
}

func TestTheFirstViolationIsNamed(t *testing.T) {
	all := events(t, named(t, "v11").archive)
	for _, i := range []int{4, 2} { // both are refused, the first must be named
		all[i].Payload = bytes.Replace(all[i].Payload, []byte(`"response":"`), []byte(`"response":"1`), 1)
		want := ballot.Tracker(all[i].Payload)
		for range 3 {
			_, err := verify(write(t, all))
			var v *belenios.Violation
			if !errors.As(err, &v) || v.Height != i || v.Tracker != want {
				t.Errorf("got %v, want event %d with %s", err, i, want)
			}
		}
	}
}

func TestVerifyCanBeStopped(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	b := named(t, "v07").archive
	_, err := belenios.Verify(ctx, bytes.NewReader(b), belenios.Options{Workers: 2, Progress: func(done, _ int) {
		if done == 3 {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v", err)
	}
}

func TestProgressIsComplete(t *testing.T) {
	b := named(t, "v10").archive
	last := 0
	r, err := belenios.Verify(context.Background(), bytes.NewReader(b), belenios.Options{Progress: func(done, total int) {
		if done != last+1 || done > total {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last = done
	}})
	if err != nil || last != r.Events {
		t.Errorf("%d events, %v", last, err)
	}
}

func TestNotAnArchive(t *testing.T) {
	for _, b := range []string{"", "hello", strings.Repeat("x", 4096)} {
		_, err := verify([]byte(b))
		var v *belenios.Violation
		if !errors.Is(err, archive.ErrNotArchive) || errors.As(err, &v) {
			t.Errorf("%.10q: %v", b, err)
		}
	}
}

func TestFind(t *testing.T) {
	for _, v := range vectors(t) {
		all := events(t, v.archive)
		last := map[string]string{}
		for _, e := range all {
			if e.Kind == archive.Ballot {
				last[credential(t, e)] = e.Digest.Tracker()
			}
		}
		number := 0
		for _, e := range all {
			if e.Kind != archive.Ballot {
				continue
			}
			number++
			f, err := belenios.Find(bytes.NewReader(v.archive), e.Digest.Tracker())
			if err != nil {
				t.Error(v.name, err)
				continue
			}
			final := last[credential(t, e)]
			if f.Height != e.Height || f.Number != number || f.Counts() != (final == e.Digest.Tracker()) || !f.Counts() && f.Replaced != final {
				t.Errorf("%s: %+v", v.name, f)
			}
		}
	}
	b := named(t, "v06").archive
	if _, err := belenios.Find(bytes.NewReader(b), ballot.Tracker([]byte("another"))); !errors.Is(err, belenios.ErrNotFound) {
		t.Errorf("a ballot that is not there: %v", err)
	}
	if _, err := belenios.Find(bytes.NewReader(b), "cat"); !errors.Is(err, belenios.ErrTracker) {
		t.Errorf("a word that is no tracker: %v", err)
	}
}

func TestDiff(t *testing.T) {
	diff := func(old, new []byte) (*belenios.Growth, error) {
		return belenios.Diff(context.Background(), bytes.NewReader(old), bytes.NewReader(new), belenios.Options{})
	}
	v := named(t, "v07")
	all := events(t, v.archive)
	for _, i := range []int{1, 5, len(all) - 3, len(all) - 1} {
		old := v.archive[:all[i].Offset]
		g, err := diff(old, v.archive)
		if err != nil {
			t.Fatal(err)
		}
		added := 0
		for _, n := range g.Added {
			added += n
		}
		if g.Old != i || g.New != len(all) || added != len(all)-i || !g.Report.Finished() {
			t.Errorf("after %d events: %+v", i, g)
		}
		if _, err := diff(v.archive, old); !errors.Is(err, belenios.ErrNotPrefix) {
			t.Errorf("an archive became shorter: %v", err)
		}
	}
	if g, err := diff(v.archive, v.archive); err != nil || len(g.Added) != 0 {
		t.Errorf("an archive and itself: %+v, %v", g, err)
	}
	swapped := slices.Clone(all[:6])
	swapped[2], swapped[3] = swapped[3], swapped[2]
	var at *belenios.Violation
	if _, err := diff(v.archive[:all[6].Offset], write(t, swapped)); !errors.Is(err, belenios.ErrNotPrefix) || !errors.As(err, &at) || at.Height != 2 {
		t.Errorf("ballots in another order: %v", err)
	}
	if _, err := diff(v.archive[:1000], v.archive); !errors.Is(err, belenios.ErrOld) || !errors.Is(err, archive.ErrTruncated) {
		t.Errorf("the old one is broken: %v", err)
	}
	if _, err := diff(v.archive, v.archive[:len(v.archive)-1]); errors.Is(err, belenios.ErrOld) || !errors.Is(err, archive.ErrTruncated) {
		t.Errorf("the new one is broken: %v", err)
	}
	duplicated := write(t, slices.Insert(slices.Clone(all[:6]), 5, all[2]))
	if _, err := diff(v.archive[:all[4].Offset], duplicated); !errors.Is(err, belenios.ErrDuplicate) {
		t.Errorf("the new one does not verify: %v", err)
	}
}

func TestSum(t *testing.T) {
	report := func(name string) *belenios.Report {
		r, err := verify(named(t, name).archive)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	ranked := report("v08")
	other := *ranked
	other.Fingerprint = "another box"
	total, err := belenios.Sum([]*belenios.Report{ranked, &other})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range total.Questions[0].Counts {
		if n != 2*ranked.Questions[0].Counts[i] {
			t.Errorf("the sum is %v of twice %v", total.Questions[0].Counts, ranked.Questions[0].Counts)
		}
	}
	if len(total.Questions[1].Votes) != 2*len(ranked.Questions[1].Votes) || len(total.Questions[1].Levels) == 0 || total.Counted != 2*ranked.Counted {
		t.Errorf("the sum of rankings: %+v", total)
	}
	if len(ranked.Questions[1].Votes) != ranked.Counted {
		t.Error("adding up has changed a report")
	}
	if _, err := belenios.Sum([]*belenios.Report{ranked, ranked}); !errors.Is(err, belenios.ErrSameBox) {
		t.Errorf("the same box twice: %v", err)
	}
	if _, err := belenios.Sum([]*belenios.Report{ranked, report("v07")}); !errors.Is(err, belenios.ErrQuestions) {
		t.Errorf("other questions: %v", err)
	}
}
