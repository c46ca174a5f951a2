package belenios_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"odaq/belenios"
	"odaq/belenios/archive"
)

// vector is one of the elections of the test vectors.
type vector struct {
	name     string
	file     string
	archive  []byte
	expected expected
}

// expected is what the tool that made an election says of it.
type expected struct {
	Group    string
	UUID     string
	Voters   int
	Cast     int   `json:"ballots_cast"`
	Counted  int   `json:"ballots_counted"`
	Weight   int64 `json:"total_weight"`
	Decrypt  []int `json:"decrypt_by"`
	Shuffles []int
	Result   []json.RawMessage
	Plain    []json.RawMessage `json:"plaintext_tally"`
	Sums     struct {
		Election    string
		Credentials string `json:"public_credentials"`
	} `json:"checksums"`
	Ballots []struct{ Hash string } `json:"ballot_summary"`
	Methods map[string]json.RawMessage
}

func vectors(t testing.TB) []vector {
	t.Helper()
	dir := os.Getenv("ODAQ_ELECTION_VECTORS")
	if dir == "" {
		dir = "testdata"
	}
	files, err := filepath.Glob(filepath.Join(dir, "v*", "*.bel"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives in %s: %v", dir, err)
	}
	var all []vector
	for _, f := range files {
		v := vector{name: filepath.Base(filepath.Dir(f)), file: f}
		if v.archive, err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(filepath.Dir(f), "expected.json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &v.expected); err != nil {
			t.Fatal(v.name, err)
		}
		all = append(all, v)
	}
	return all
}

func verify(b []byte) (*belenios.Report, error) {
	return belenios.Verify(context.Background(), bytes.NewReader(b), belenios.Options{})
}

func TestVectorsVerify(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.name, func(t *testing.T) {
			r, err := verify(v.archive)
			if err != nil {
				t.Fatal(err)
			}
			var shuffled, decrypted []int
			for _, k := range r.Keyholders {
				if k.Shuffled {
					shuffled = append(shuffled, k.Number)
				}
				if k.Decrypted {
					decrypted = append(decrypted, k.Number)
				}
			}
			e := v.expected
			for _, c := range []struct {
				what      string
				got, want any
			}{
				{"group", r.Group, e.Group}, {"uuid", r.UUID, e.UUID}, {"voters", r.Voters, e.Voters},
				{"ballots", r.Ballots, e.Cast}, {"counted", r.Counted, e.Counted}, {"revotes", r.Revotes, e.Cast - e.Counted},
				{"weight", r.Weight, e.Weight}, {"finished", r.Finished(), true},
				{"shuffles", len(shuffled), len(slices.Compact(slices.Sorted(slices.Values(e.Shuffles))))},
				{"decryptions", decrypted, slices.Sorted(slices.Values(e.Decrypt))},
				{"election", r.Fingerprint, tracker(t, e.Sums.Election)}, {"credentials", r.Credentials, tracker(t, e.Sums.Credentials)},
			} {
				if d := cmp.Diff(c.want, c.got); d != "" {
					t.Errorf("%s: %s", c.what, d)
				}
			}
			for i, q := range r.Questions {
				got, _ := json.Marshal(q.Counts)
				if q.Mixed {
					got, _ = json.Marshal(q.Votes)
				}
				if !jsonEqual(t, got, e.Result[i]) {
					t.Errorf("question %d: %s, want %s", i, got, e.Result[i])
				}
				if q.Mixed { // the plain votes are sorted
					slices.SortFunc(q.Votes, slices.Compare)
					got, _ = json.Marshal(q.Votes)
				}
				if !jsonEqual(t, got, e.Plain[i]) {
					t.Errorf("question %d: voted %s, want %s", i, got, e.Plain[i])
				}
			}
		})
	}
}

// tracker writes a hexadecimal hash in Base64.
func tracker(t *testing.T, digits string) string {
	t.Helper()
	var h archive.Hash
	b, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	copy(h[:], b)
	return h.Tracker()
}

// jsonEqual compares values; counts may be numbers or strings.
func jsonEqual(t *testing.T, a, b []byte) bool {
	t.Helper()
	strip := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`"`), nil) }
	var x, y any
	if json.Unmarshal(strip(a), &x) != nil || json.Unmarshal(strip(b), &y) != nil {
		t.Fatalf("not JSON: %s or %s", a, b)
	}
	return cmp.Equal(x, y)
}
