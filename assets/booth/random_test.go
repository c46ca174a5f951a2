package booth

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"odaq/assets"
	"odaq/belenios/election"
	"odaq/belenios/group"
)

// TestRandomness looks at the randomness of a hundred ciphertexts: it comes from the
// system, is never the same, and reaches all of the numbers of 0 to q-1.
func TestRandomness(t *testing.T) {
	for _, name := range []string{"booth.js", "booth-ff.js"} {
		if strings.Contains(string(assets.Bytes(name)), "Math.random") {
			t.Errorf("%s calls Math.random", name)
		}
	}
	p := open(t)
	for _, name := range []string{group.Ed25519, group.Belenios, group.RFC3526} {
		e := newElection(t, name, homomorphic(100, 0, 1, false))
		m := p.ballots(e, []vote{{election.NewCredential().Text(), [][]int{make([]int, 100)}}})
		var opening struct{ Randomness [][]string }
		if err := json.Unmarshal([]byte(m[0].Opening), &opening); err != nil {
			t.Fatal(err)
		}
		seen, quarters := map[string]bool{}, [4]int{}
		for _, text := range opening.Randomness[0] {
			r, ok := new(big.Int).SetString(text, 10)
			if !ok || r.Cmp(e.Group.Order()) >= 0 || seen[text] {
				t.Fatalf("%s: %s is no number below q, or drawn twice", name, text)
			}
			seen[text] = true
			quarters[new(big.Int).Div(r.Lsh(r, 2), e.Group.Order()).Int64()]++
		}
		for _, n := range quarters {
			if n < 3 { // less than once in 10^8 tests
				t.Errorf("%s: of 100 numbers the quarters have %v", name, quarters)
			}
		}
	}
}
