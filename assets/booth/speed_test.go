package booth

import (
	"testing"

	"odaq/belenios/election"
)

// TestSpeed prints how long the booth takes; a slow machine is no mistake.
func TestSpeed(t *testing.T) {
	p := open(t)
	for _, name := range []string{"Ed25519", "BELENIOS-2048", "RFC-3526-2048"} {
		for _, n := range []int{5, 30} {
			e := newElection(t, name, homomorphic(n, 0, n, false))
			choice := make([]int, n)
			choice[1], choice[4] = 1, 1
			took := call[struct{ Load, Derive, First, Best, Middle float64 }](p, `async (booth, text, credential, choices) => {
				const clock = async f => { const start = performance.now(), value = await f(); return [value, performance.now() - start] };
				const [election, load] = await clock(() => booth.load(text));
				const [voter, derive] = await clock(() => booth.derive(election, credential));
				const times = [];
				for (let i = 0; i < 7; i++) times.push((await clock(() => booth.make(election, voter, choices)))[1]);
				const [first] = times;
				times.sort((a, b) => a - b);
				return { load, derive, first, best: times[0], middle: times[3] };
			}`, string(e.Text()), election.NewCredential().Text(), [][]int{choice})
			t.Logf("%s, %d answers, any number of them: load %.0f ms, key %.0f ms, ballot %.0f ms the first, %.0f ms the median, %.0f ms the best of 7",
				name, n, took.Load, took.Derive, took.First, took.Middle, took.Best)
		}
	}
}
