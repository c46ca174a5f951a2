package belenios_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"odaq/belenios"
	"odaq/belenios/ballot"
)

// withHints verifies an archive with a file of hints.
func withHints(b, hints []byte) (*belenios.Report, error) {
	return belenios.Verify(context.Background(), bytes.NewReader(b), belenios.Options{Hints: bytes.NewReader(hints)})
}

// writeHints makes the file of hints of an archive.
func writeHints(t testing.TB, b []byte) []byte {
	t.Helper()
	var hints bytes.Buffer
	if _, err := belenios.Verify(context.Background(), bytes.NewReader(b), belenios.Options{WriteHints: &hints}); err != nil {
		t.Fatal(err)
	}
	return hints.Bytes()
}

func TestHintsOfVectors(t *testing.T) {
	for _, v := range vectors(t) {
		var hints bytes.Buffer
		want, err := belenios.Verify(context.Background(), bytes.NewReader(v.archive), belenios.Options{WriteHints: &hints})
		if strings.Contains(v.name, "-ff-") {
			if !errors.Is(err, ballot.ErrNoHints) {
				t.Errorf("%s: %v", v.name, err)
			}
			if _, err := withHints(v.archive, nil); !errors.Is(err, ballot.ErrNoHints) {
				t.Errorf("%s: %v", v.name, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(v.name, err)
		}
		got, err := withHints(v.archive, hints.Bytes())
		if err != nil {
			t.Errorf("%s: %v", v.name, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s has another report with hints: %s", v.name, d)
		}
	}
}

func TestOtherHintsOnlyFail(t *testing.T) {
	v := named(t, "v08")
	hints := writeHints(t, v.archive)
	wrong := func(err error) bool { return errors.Is(err, ballot.ErrHints) || errors.Is(err, belenios.ErrHintFile) }
	rapid.Check(t, func(t *rapid.T) {
		b := bytes.Clone(hints)
		b[rapid.IntRange(0, len(b)-1).Draw(t, "byte")] ^= rapid.ByteRange(1, 255).Draw(t, "difference")
		r, err := withHints(v.archive, b)
		var violation *belenios.Violation
		if r != nil || !wrong(err) || errors.As(err, &violation) {
			t.Errorf("%v", err)
		}
	})

	const header = len("odaq hints 1\n") + 32 + 4
	ballots := v.expected.Cast
	record := (len(hints) - header) / ballots
	if (len(hints)-header)%ballots != 0 {
		t.Fatalf("%d bytes of hints for %d ballots", len(hints), ballots)
	}
	for name, c := range map[string]struct {
		hints []byte
		want  error
	}{
		"control":             {hints, nil},
		"of half the ballots": {hints[:header+ballots/2*record], nil},
		"of none":             {hints[:header], nil},
		"cut":                 {hints[:len(hints)-1], belenios.ErrHintFile},
		"cut at the start":    {hints[:20], belenios.ErrHintFile},
		"empty":               {nil, belenios.ErrHintFile},
		"too many":            {append(bytes.Clone(hints), hints[header:header+record]...), belenios.ErrHintFile},
		"of another election": {writeHints(t, named(t, "v10").archive), belenios.ErrHintFile},
		"an archive":          {v.archive, belenios.ErrHintFile},
	} {
		if _, err := withHints(v.archive, c.hints); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestHintsHideNothing(t *testing.T) {
	v := named(t, "v11")
	all := events(t, v.archive)
	hints := writeHints(t, v.archive)
	all[3].Payload = bytes.Replace(all[3].Payload, []byte(`"response":"`), []byte(`"response":"1`), 1)
	b := write(t, all)
	if _, err := withHints(b, hints); !errors.Is(err, belenios.ErrHintFile) {
		t.Errorf("the hints of another archive: %v", err)
	}
	// The hints are made to fit: they name the ballot and the set-up as they are now.
	setup, old, now := events(t, v.archive)[0].Hash, events(t, v.archive)[3].Digest, events(t, b)[3].Digest
	hints = bytes.Replace(hints, setup[:], eventHash(t, b), 1)
	hints = bytes.Replace(hints, old[:], now[:], 1)
	_, err := withHints(b, hints)
	var at *belenios.Violation
	if !errors.As(err, &at) || at.Height != 3 || at.Tracker != now.Tracker() {
		t.Errorf("%v", err)
	}
}

func eventHash(t testing.TB, b []byte) []byte {
	h := events(t, b)[0].Hash
	return h[:]
}
