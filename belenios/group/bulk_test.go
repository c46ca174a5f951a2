package group

import (
	"bytes"
	"errors"
	"testing"

	"filippo.io/edwards25519"
	"pgregory.net/rapid"
)

func TestHints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(elements(edwards), 1, 5).Draw(t, "elements")
		hints := edwards.AppendHints([]byte("x"), list)[1:]
		got, err := edwards.ReadHints(hints)
		if err != nil || len(got) != len(list) {
			t.Fatalf("%d elements, %v", len(got), err)
		}
		for i := range list {
			if !got[i].Equal(list[i]) || got[i].String() != list[i].String() {
				t.Errorf("the hint of %s is of %s", list[i], got[i])
			}
		}
		// Whatever the hints are, what they give are members, and another hint
		// gives another element.
		i := rapid.IntRange(0, len(hints)-1).Draw(t, "byte")
		bit := byte(1) << rapid.IntRange(0, 7).Draw(t, "bit")
		changed := bytes.Clone(hints)
		changed[i] ^= bit
		if got, err := edwards.ReadHints(changed); err == nil {
			if _, err := edwards.Parse(got[i/HintSize].String()); err != nil {
				t.Error(err)
			}
		} else if !errors.Is(err, ErrHint) {
			t.Error(err)
		}
		if _, err := edwards.ReadHints(hints[1:]); !errors.Is(err, ErrHint) {
			t.Error(err)
		}
	})
}

// A hint with a torsion component gives the same element: 8·H has none.
func TestHintsTorsion(t *testing.T) {
	e := edwards.PowerG(edwards.Number(77)).(*edwardsElement)
	h := edwards.Power(e, eighth).(*edwardsElement)
	for i, small := range torsion(t) {
		var p point
		p.add(&h.p, small)
		normalise([]*point{&p})
		got, err := edwards.ReadHints(append(p.x.Bytes(), p.y.Bytes()...))
		if err != nil || !got[0].Equal(e) {
			t.Errorf("torsion point %d: %v, %v", i, got, err)
		}
	}
}

func TestBatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := edwards.NewBatch()
		base := elements(edwards).Draw(t, "base")
		n := rapid.IntRange(0, 12).Draw(t, "equations")
		wrong := rapid.IntRange(-1, n-1).Draw(t, "wrong")
		for i := range n {
			bases := []Element{edwards.Generator(), base, elements(edwards).Draw(t, "other")}
			exponents := rapid.SliceOfN(scalars(edwards), 3, 3).Draw(t, "exponents")
			left := edwards.Product(bases, exponents)
			if i == wrong {
				left = edwards.Mul(left, edwards.PowerG(edwards.Number(rapid.Int64Range(1, 9).Draw(t, "shift"))))
			}
			b.Equal(left, bases, exponents)
		}
		if err := b.Check(); (wrong >= 0) != errors.Is(err, ErrEquation) {
			t.Errorf("%d equations, number %d wrong: %v", n, wrong, err)
		}
		if b.Len() != 0 || b.Check() != nil {
			t.Error("the batch is not empty after Check")
		}
	})
}

// Two wrong equations do not make up for each other.
func TestBatchErrorsDoNotCancel(t *testing.T) {
	g := edwards.Generator()
	b := edwards.NewBatch()
	b.Equal(edwards.PowerG(edwards.Number(8)), []Element{g}, []Scalar{edwards.Number(7)})
	b.Equal(edwards.PowerG(edwards.Number(6)), []Element{g}, []Scalar{edwards.Number(7)})
	if err := b.Check(); !errors.Is(err, ErrEquation) {
		t.Error(err)
	}
}

// Pippenger's method gives what filippo's product gives.
func TestCombination(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 300).Draw(t, "n")
		var mine []*point
		var theirs []*edwards25519.Point
		var exponents []edwards25519.Scalar
		var pointers []*edwards25519.Scalar
		e, k := elements(edwards).Draw(t, "e"), scalars(edwards).Draw(t, "k")
		for range n {
			e, k = edwards.Mul(e, edwards.PowerG(k)), edwards.Add(edwards.Times(k, k), edwards.Number(1))
			p := e.(*edwardsElement).p
			mine = append(mine, &p)
			theirs = append(theirs, p.constantTime())
			exponents = append(exponents, k.(*edwardsScalar).s)
			pointers = append(pointers, &k.(*edwardsScalar).s)
		}
		want := new(point).setPoint(new(edwards25519.Point).VarTimeMultiScalarMult(pointers, theirs))
		if got := combination(mine, exponents); !got.equal(want) {
			t.Errorf("%d points: another sum", n)
		}
	})
}
