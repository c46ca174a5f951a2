package group

import (
	"bytes"
	"crypto/rand"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// groups is all groups, Ed25519 with each of its engines.
func groups() map[string]Group {
	return map[string]Group{
		Ed25519:              edwards,
		Ed25519 + " filippo": edwardsGroup{filippo{}},
		Belenios:             belenios2048(),
		RFC3526:              rfc3526(),
	}
}

func TestNamed(t *testing.T) {
	for _, name := range []string{Ed25519, Belenios, RFC3526} {
		g, err := Named(name)
		if err != nil || g.Name() != name {
			t.Errorf("Named(%s) is %v, %v", name, g, err)
		}
	}
	if g, err := Named("BELENIOS-2049"); err == nil {
		t.Errorf("an unknown group is %v", g)
	}
}

func TestOrders(t *testing.T) {
	for name, g := range groups() {
		q := g.Order()
		if !q.ProbablyPrime(20) {
			t.Errorf("%s: the order is not prime", name)
		}
		if f, ok := g.(*finiteField); ok {
			rest := new(big.Int).Mod(new(big.Int).Sub(f.p, one), q)
			if !f.p.ProbablyPrime(20) || rest.Sign() != 0 || f.p.BitLen() != 2048 {
				t.Errorf("%s: wrong field", name)
			}
		}
		last := g.Number(-1)
		if !g.Mul(g.PowerG(last), g.Generator()).Equal(g.Identity()) || g.Generator().Equal(g.Identity()) {
			t.Errorf("%s: the generator does not have the order q", name)
		}
		for _, e := range []Element{g.Generator(), g.Identity(), g.Independent(-1), g.Independent(0), g.Independent(7)} {
			if again, err := g.Parse(e.String()); err != nil || !again.Equal(e) {
				t.Errorf("%s: %s is read as %v, %v", name, e, again, err)
			}
		}
	}
}

func scalars(g Group) *rapid.Generator[Scalar] {
	size := (g.Order().BitLen() + 7) / 8
	return rapid.OneOf(
		rapid.Map(rapid.Int64Range(-20, 20), g.Number),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 2*size+3), g.Reduce),
		rapid.Map(rapid.IntRange(0, 8*size-1), func(n int) Scalar { return g.Reduce(new(big.Int).Lsh(one, uint(n)).Bytes()) }),
	)
}

func elements(g Group) *rapid.Generator[Element] {
	return rapid.Custom(func(t *rapid.T) Element {
		e := g.PowerG(scalars(g).Draw(t, "log"))
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			return g.Identity()
		case 1:
			return g.Mul(e, g.Generator())
		case 2:
			return g.Base(e)
		case 3:
			return g.Fixed(e)
		case 4:
			return g.Generator()
		}
		return e
	})
}

func TestLaws(t *testing.T) {
	for name, g := range groups() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				a, b, c := elements(g).Draw(t, "a"), elements(g).Draw(t, "b"), elements(g).Draw(t, "c")
				k, l := scalars(g).Draw(t, "k"), scalars(g).Draw(t, "l")
				equal := func(law string, x, y Element) {
					t.Helper()
					if !x.Equal(y) || x.String() != y.String() || g.Compare(x, y) != 0 {
						t.Errorf("%s: %s and %s", law, x, y)
					}
				}
				equal("commutative", g.Mul(a, b), g.Mul(b, a))
				equal("associative", g.Mul(a, g.Mul(b, c)), g.Mul(g.Mul(a, b), c))
				equal("identity", g.Mul(a, g.Identity()), a)
				equal("division", g.Div(g.Mul(a, b), b), a)
				equal("power of a sum", g.Power(a, g.Add(k, l)), g.Mul(g.Power(a, k), g.Power(a, l)))
				equal("power of a difference", g.Power(a, g.Sub(k, l)), g.Div(g.Power(a, k), g.Power(a, l)))
				equal("power of a power", g.Power(g.Power(a, k), l), g.Power(a, g.Times(k, l)))
				equal("power of g", g.PowerG(k), g.Power(g.Generator(), k))
				if !k.Equal(g.Number(0)) {
					equal("inverse", g.Power(g.Power(a, k), g.Invert(k)), a)
				}
				equal("product", g.Product([]Element{a, b, c}, []Scalar{k, l, k}), g.Mul(g.Power(a, k), g.Mul(g.Power(b, l), g.Power(c, k))))
				equal("product of one", g.Product([]Element{a}, []Scalar{k}), g.Power(a, k))
				equal("product of none", g.Product(nil, nil), g.Identity())
				again, err := g.ParseBase(a.String())
				if err != nil {
					t.Fatal(err)
				}
				equal("text", again, a)
				joined := string(g.Join([]byte("x"), []Element{a, g.Mul(b, c), b, g.Identity(), g.Mul(a, b)}))
				want := "x" + strings.Join([]string{a.String(), g.Mul(b, c).String(), b.String(), g.Identity().String(), g.Mul(a, b).String()}, ",")
				if joined != want {
					t.Errorf("Join is %s, want %s", joined, want)
				}
			})
		})
	}
}

func TestScalars(t *testing.T) {
	for name, g := range groups() {
		t.Run(name, func(t *testing.T) {
			q := g.Order()
			rapid.Check(t, func(t *rapid.T) {
				b := rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "bytes")
				k := g.Reduce(b)
				want := new(big.Int).SetBytes(b)
				if want.Mod(want, q); k.Big().Cmp(want) != 0 || k.String() != want.String() {
					t.Errorf("Reduce is %s, want %s", k, want)
				}
				l := scalars(g).Draw(t, "l")
				for op, z := range map[string][2]*big.Int{
					"+": {g.Add(k, l).Big(), new(big.Int).Add(k.Big(), l.Big())},
					"-": {g.Sub(k, l).Big(), new(big.Int).Sub(k.Big(), l.Big())},
					"*": {g.Times(k, l).Big(), new(big.Int).Mul(k.Big(), l.Big())},
				} {
					if want := z[1].Mod(z[1], q); z[0].Cmp(want) != 0 {
						t.Errorf("%s %s %s is %s, want %s", k, op, l, z[0], want)
					}
				}
				again, err := g.ParseScalar(string(k.Append(nil)))
				if err != nil || !again.Equal(k) {
					t.Errorf("%s is read as %v, %v", k, again, err)
				}
				n := rapid.Int64().Draw(t, "n")
				if want := new(big.Int).Mod(big.NewInt(n), q); g.Number(n).Big().Cmp(want) != 0 {
					t.Errorf("Number(%d) is %s", n, g.Number(n))
				}
			})
			for text, want := range map[string]error{
				"": ErrText, "00": ErrText, "01": ErrText, "+1": ErrText, "-1": ErrText, "1 ": ErrText, "0x1": ErrText, "1e3": ErrText, "१": ErrText,
				q.String():                        ErrRange,
				new(big.Int).Add(q, one).String(): ErrRange,
				strings.Repeat("9", 1<<20):        ErrRange,
			} {
				if k, err := g.ParseScalar(text); !errors.Is(err, want) {
					t.Errorf("%.40q is %v, %v, want %v", text, k, err, want)
				}
			}
			if k, err := g.ParseScalar(new(big.Int).Sub(q, one).String()); err != nil || !k.Equal(g.Number(-1)) {
				t.Errorf("q-1 is %v, %v", k, err)
			}
		})
	}
}

func TestRandom(t *testing.T) {
	for name, g := range groups() {
		a, err := g.Random(rand.Reader)
		b, err2 := g.Random(rand.Reader)
		if err != nil || err2 != nil || a.Equal(b) {
			t.Errorf("%s: drew %v and %v (%v, %v)", name, a, b, err, err2)
		}
		if k, err := g.Random(bytes.NewReader(make([]byte, 20))); err == nil {
			t.Errorf("%s: drew %s from a source that ended", name, k)
		}
	}
}

func TestFiniteFieldsRefuse(t *testing.T) {
	for _, g := range []Group{belenios2048(), rfc3526()} {
		p := g.(*finiteField).p
		minusOne := new(big.Int).Sub(p, one)
		tests := map[string]error{
			"0": ErrMember, minusOne.String(): ErrMember, p.String(): ErrRange, new(big.Int).Add(p, one).String(): ErrRange,
			"": ErrText, "01": ErrText, "-1": ErrText, "+4": ErrText, " 4": ErrText, "4\n": ErrText, "1" + strings.Repeat("0", 700): ErrRange,
		}
		// -1 is no member, so no member stays one when it is negated.
		for i := range 10 {
			e := g.(*finiteField).number(g.PowerG(g.Number(int64(i))))
			tests[new(big.Int).Sub(p, e).String()] = ErrMember
		}
		for text, want := range tests {
			if e, err := g.Parse(text); !errors.Is(err, want) {
				t.Errorf("%s: %.40q is %v, %v, want %v", g.Name(), text, e, err, want)
			}
		}
		if e, err := g.Parse("1"); err != nil || !e.Equal(g.Identity()) {
			t.Errorf("%s: the identity is %v, %v", g.Name(), e, err)
		}
		// Of small numbers those are members whose power q is 1.
		for i := range int64(30) {
			x := big.NewInt(i)
			_, err := g.Parse(x.String())
			if want := new(big.Int).Exp(x, g.Order(), p).Cmp(one) == 0; want != (err == nil) {
				t.Errorf("%s: %s: %v, want a member: %t", g.Name(), x, err, want)
			}
		}
	}
}

func TestEmbed(t *testing.T) {
	for name, g := range groups() {
		if g.Capacity() == 0 {
			if e, err := g.Embed([]int{1}); !errors.Is(err, ErrRange) {
				t.Errorf("%s embeds: %v, %v", name, e, err)
			}
			continue
		}
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				values := rapid.SliceOfN(rapid.IntRange(0, 255), 0, g.Capacity()).Draw(t, "values")
				e, err := g.Embed(values)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := g.Parse(e.String()); err != nil {
					t.Fatal(err)
				}
				got, err := g.Extract(e, len(values))
				if err != nil || !slices.Equal(got, values) {
					t.Errorf("%v comes out as %v, %v: %s", values, got, err, cmp.Diff(values, got))
				}
			})
			for _, values := range [][]int{{256}, {-1}, make([]int, g.Capacity()+1)} {
				if e, err := g.Embed(values); !errors.Is(err, ErrRange) {
					t.Errorf("%v is embedded in %v, %v", values, e, err)
				}
			}
			full := slices.Repeat([]int{255}, g.Capacity())
			if e, err := g.Embed(full); err != nil {
				t.Errorf("%v: %v, %v", full, e, err)
			}
			for _, n := range []int{-1, g.Capacity() + 1} {
				if values, err := g.Extract(g.Generator(), n); !errors.Is(err, ErrRange) {
					t.Errorf("%d values come out: %v, %v", n, values, err)
				}
			}
		})
	}
}

func TestMixingPanics(t *testing.T) {
	for name, mix := range map[string]func(){
		"elements":           func() { belenios2048().Mul(belenios2048().Generator(), rfc3526().Generator()) },
		"scalars":            func() { belenios2048().Add(belenios2048().Number(1), rfc3526().Number(1)) },
		"kinds":              func() { edwards.Mul(edwards.Generator(), rfc3526().Generator()) },
		"lengths":            func() { edwards.Product([]Element{edwards.Generator()}, nil) },
		"lengths in a field": func() { rfc3526().Product(nil, []Scalar{rfc3526().Number(1)}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("accepted")
				}
			}()
			mix()
		})
	}
}
