package ballot_test

import (
	"testing"
	"time"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"

	"odaq/belenios/ballot"
	"odaq/belenios/election"
	"odaq/belenios/group"
)

// benchBooth is the election of the benchmarks: a question with five answers and
// one with two.
func benchBooth(b *testing.B, name string) (*booth, [][]int) {
	booth := newBooth(b, name,
		election.Question{Text: "?", Answers: []string{"a", "b", "c", "d", "e"}, Min: 1, Max: 1},
		election.Question{Text: "?", Answers: []string{"yes", "no"}, Min: 1, Max: 1})
	return booth, [][]int{{0, 0, 1, 0, 0}, {1, 0}}
}

// unit is the nanoseconds of one a·A+b·B of curve25519-voi, which is what the cost
// of a verification on Ed25519 is compared with.
func unit(b *testing.B) float64 {
	number := func(n uint64) *scalar.Scalar {
		return scalar.New().Invert(scalar.NewFromUint64(n)) // as long as any
	}
	const times = 500
	best := time.Hour
	p := curve.NewEdwardsPoint().Mul(curve.ED25519_BASEPOINT_POINT, number(3))
	x, y := number(5), number(7)
	for range 5 {
		start := time.Now()
		for range times {
			curve.NewEdwardsPoint().DoubleScalarMulBasepointVartime(x, p, y)
		}
		best = min(best, time.Since(start))
	}
	return float64(best.Nanoseconds()) / times
}

func BenchmarkVerify(b *testing.B) {
	for _, name := range []string{group.Ed25519, group.Belenios, group.RFC3526} {
		b.Run(name, func(b *testing.B) {
			booth, choices := benchBooth(b, name)
			text, _, err := ballot.Make(booth.election, booth.credential, choices)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			before := unit(b)
			for b.Loop() {
				if _, err := booth.verifier.Verify(text); err != nil {
					b.Fatal(err)
				}
			}
			if name == group.Ed25519 {
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/min(before, unit(b)), "units/op")
			}
		})
	}
}

func BenchmarkVerifyHinted(b *testing.B) {
	booth, choices := benchBooth(b, group.Ed25519)
	const ballots = 256
	var texts, hints [][]byte
	for range ballots {
		text, _, err := ballot.Make(booth.election, booth.credential, choices)
		if err != nil {
			b.Fatal(err)
		}
		_, hint, err := booth.verifier.Hints(text)
		if err != nil {
			b.Fatal(err)
		}
		texts, hints = append(texts, text), append(hints, hint)
	}
	b.ReportAllocs()
	before := unit(b)
	for b.Loop() {
		if _, err := booth.verifier.VerifyHinted(texts, hints); err != nil {
			b.Fatal(err)
		}
	}
	each := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / ballots
	b.ReportMetric(each, "ns/ballot")
	b.ReportMetric(each/min(before, unit(b)), "units/ballot")
}

func BenchmarkMake(b *testing.B) {
	for _, name := range []string{group.Ed25519, group.Belenios, group.RFC3526} {
		b.Run(name, func(b *testing.B) {
			booth, choices := benchBooth(b, name)
			for b.Loop() {
				if _, _, err := ballot.Make(booth.election, booth.credential, choices); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
