package group

import (
	"crypto/rand"
	"syscall"
	"testing"
	"time"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

// cpu is the processor time this process has used.
func cpu(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// inUnits reports the processor time of a ballot, and as a multiple of the unit:
// one a·A+b·B of curve25519-voi. Both are measured in turns, and as processor
// time, as the machine may have other work.
func inUnits(b *testing.B, ballots int, verify func()) {
	x, y := randomScalar25519(b), randomScalar25519(b)
	a := curve.NewEdwardsPoint().MulBasepoint(curve.ED25519_BASEPOINT_TABLE, randomScalar25519(b))
	var sum curve.EdwardsPoint
	var units, verifications time.Duration
	var n, m int
	verify()
	for b.Loop() {
		start := cpu(b)
		for range 50 * ballots {
			sum.DoubleScalarMulBasepointVartime(x, a, y)
		}
		middle := cpu(b)
		verify()
		units, verifications = units+middle-start, verifications+cpu(b)-middle
		n, m = n+ballots, m+50*ballots
	}
	each, one := float64(verifications)/float64(n), float64(units)/float64(m)
	b.ReportMetric(each/1000, "µs/ballot")
	b.ReportMetric(one/1000, "µs/unit")
	b.ReportMetric(each/one, "units/ballot")
}

func randomScalar25519(b *testing.B) *scalar.Scalar {
	wide := make([]byte, scalar.ScalarWideSize)
	rand.Read(wide)
	s, err := scalar.NewFromBytesModOrderWide(wide)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// work is the group operations of verifying a ballot of a 5-answer and a 2-answer
// question: 14 elements, 33 commitments.
type work struct {
	g          Group
	y          Element
	texts      []string // alpha and beta of 7 ciphertexts
	credential string
	scalars    []Scalar
}

func newWork(b *testing.B, g Group) *work {
	w := &work{g: g}
	random := func() Scalar {
		k, err := g.Random(rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		w.scalars = append(w.scalars, k)
		return k
	}
	w.y = g.Fixed(g.PowerG(random()))
	for range 14 {
		w.texts = append(w.texts, g.PowerG(random()).String())
	}
	w.credential = g.PowerG(random()).String()
	return w
}

// commitments is A = g^r·α^c and B = y^r·(β/g^v)^c.
func (w *work) commitments(e []Element, alpha, beta Element, v int, k *int) []Element {
	g := w.g
	r, c := w.scalars[*k%len(w.scalars)], w.scalars[(*k+1)%len(w.scalars)]
	*k++
	e = append(e, g.Product([]Element{g.Generator(), alpha}, []Scalar{r, c}))
	if v == 0 {
		return append(e, g.Product([]Element{w.y, beta}, []Scalar{r, c}))
	}
	return append(e, g.Product([]Element{w.y, beta, g.Generator()}, []Scalar{r, c, g.Times(g.Number(int64(-v)), c)}))
}

func (w *work) verify(b *testing.B, parse func(string) (Element, error)) {
	g := w.g
	var k int
	var text []byte
	alpha, beta := g.Identity(), g.Identity()
	for i := 0; i < len(w.texts); i += 2 {
		a, err := parse(w.texts[i])
		if err != nil {
			b.Fatal(err)
		}
		c, err := parse(w.texts[i+1])
		if err != nil {
			b.Fatal(err)
		}
		text = g.Join(text[:0], w.commitments(w.commitments(nil, a, c, 0, &k), a, c, 1, &k))
		alpha, beta = g.Mul(alpha, a), g.Mul(beta, c)
		if i == 8 || i == 12 { // the ends of the questions
			text = g.Join(text[:0], w.commitments(nil, alpha, beta, 1, &k))
			alpha, beta = g.Identity(), g.Identity()
		}
	}
	credential, err := parse(w.credential)
	if err != nil {
		b.Fatal(err)
	}
	text = g.Join(text[:0], []Element{g.Product([]Element{g.Generator(), credential}, []Scalar{w.scalars[0], w.scalars[1]})})
}

func BenchmarkBallot(b *testing.B) {
	for engine, g := range groups() {
		w := newWork(b, g)
		for name, parse := range map[string]func(string) (Element, error){"plain": g.Parse, "base": g.ParseBase} {
			b.Run(engine+"/"+name, func(b *testing.B) {
				inUnits(b, 1, func() { w.verify(b, parse) })
			})
		}
	}
}

// BenchmarkHints is the same ballot with hints, in batches of 500.
func BenchmarkHints(b *testing.B) {
	w := newWork(b, edwards)
	g := edwards
	var k int
	var elements, commitments []Element
	alpha, beta := g.Identity(), g.Identity()
	equation := func(alpha, beta Element, v int) {
		commitments = w.commitments(commitments, alpha, beta, v, &k)
	}
	for i := 0; i < len(w.texts); i += 2 {
		var pair [2]Element
		for j := range pair {
			e, err := g.ParseBase(w.texts[i+j])
			if err != nil {
				b.Fatal(err)
			}
			pair[j] = e
		}
		elements = append(elements, pair[0], pair[1])
		equation(pair[0], pair[1], 0)
		equation(pair[0], pair[1], 1)
		alpha, beta = g.Mul(alpha, pair[0]), g.Mul(beta, pair[1])
		if i == 8 || i == 12 {
			equation(alpha, beta, 1)
			alpha, beta = g.Identity(), g.Identity()
		}
	}
	credential, err := g.Parse(w.credential)
	if err != nil {
		b.Fatal(err)
	}
	commitments = append(commitments, g.Product([]Element{g.Generator(), credential}, w.scalars[:2]))
	if len(elements) != 14 || len(commitments) != 33 {
		b.Fatalf("%d elements, %d commitments", len(elements), len(commitments))
	}
	hints := g.AppendHints(nil, append(elements, commitments...))
	const ballots = 500
	inUnits(b, ballots, func() {
		batch := g.NewBatch()
		for range ballots {
			list, err := g.ReadHints(hints)
			if err != nil {
				b.Fatal(err)
			}
			w.addTo(batch, list[:14], list[14:], credential)
			g.Join(nil, list)
		}
		if err := batch.Check(); err != nil {
			b.Fatal(err)
		}
	})
}

// addTo adds the equations of the ballot to a batch.
func (w *work) addTo(batch *Batch, elements, commitments []Element, credential Element) {
	g := w.g
	var k int
	add := func(alpha, beta Element, v int) {
		r, c := w.scalars[k%len(w.scalars)], w.scalars[(k+1)%len(w.scalars)]
		k++
		batch.Equal(commitments[0], []Element{g.Generator(), alpha}, []Scalar{r, c})
		if v == 0 {
			batch.Equal(commitments[1], []Element{w.y, beta}, []Scalar{r, c})
		} else {
			batch.Equal(commitments[1], []Element{w.y, beta, g.Generator()}, []Scalar{r, c, g.Times(g.Number(int64(-v)), c)})
		}
		commitments = commitments[2:]
	}
	alpha, beta := g.Identity(), g.Identity()
	for i := 0; i < len(elements); i += 2 {
		add(elements[i], elements[i+1], 0)
		add(elements[i], elements[i+1], 1)
		alpha, beta = g.Mul(alpha, elements[i]), g.Mul(beta, elements[i+1])
		if i == 8 || i == 12 {
			add(alpha, beta, 1)
			alpha, beta = g.Identity(), g.Identity()
		}
	}
	batch.Equal(commitments[0], []Element{g.Generator(), credential}, w.scalars[:2])
}
