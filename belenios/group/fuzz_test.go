package group

import (
	"errors"
	"slices"
	"testing"

	"github.com/oasisprotocol/curve25519-voi/curve"
)

// What Parse accepts is printed the same, and is a member by voi's own test;
// what it refuses is refused for one of the reasons there are.
func FuzzParseEdwards(f *testing.F) {
	for i := range int64(4) {
		f.Add(edwards.PowerG(edwards.Number(i)).String())
	}
	f.Add("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec")
	f.Add("8000000000000000000000000000000000000000000000000000000000000001")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		e, err := edwards.Parse(s)
		b, err2 := edwards.ParseBase(s)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("Parse: %v, ParseBase: %v", err, err2)
		}
		encoded, hexErr := decodeHex(s)
		theirs, theirErr := curve.NewEdwardsPoint().SetCompressedY((*curve.CompressedEdwardsY)(&encoded))
		compressed := curve.CompressedEdwardsY(encoded)
		want := hexErr == nil && theirErr == nil && compressed.IsCanonicalVartime() && theirs.IsTorsionFree()
		if want != (err == nil) {
			t.Fatalf("%q: %v, voi takes it: %t", s, err, want)
		}
		if err != nil {
			if !errors.Is(err, ErrText) && !errors.Is(err, ErrMember) {
				t.Fatal(err)
			}
			return
		}
		if e.String() != s || !e.Equal(b) {
			t.Fatalf("%s is printed as %s and %s", s, e, b)
		}
	})
}

// The decoding of points, members or not, agrees with voi's.
func FuzzDecodePoint(f *testing.F) {
	for i := range int64(4) {
		encoded := edwards.PowerG(edwards.Number(i)).(*edwardsElement).bytes()
		f.Add(encoded[:])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var encoded [32]byte
		copy(encoded[:], b)
		e, err := decodePoint(encoded)
		compressed := curve.CompressedEdwardsY(encoded)
		theirs, theirErr := curve.NewEdwardsPoint().SetCompressedY(&compressed)
		if want := theirErr == nil && compressed.IsCanonicalVartime(); want != (err == nil) {
			t.Fatalf("%x: %v, voi takes it: %t", encoded, err, want)
		}
		if err != nil {
			return
		}
		if got := newMultiples(&e.p).isTorsionFree(); got != theirs.IsTorsionFree() {
			t.Fatalf("%x: a member: %t", encoded, got)
		}
	})
}

// voi, filippo and the tables give the same products.
func FuzzProducts(f *testing.F) {
	f.Add([]byte{1}, []byte{2}, []byte{3}, []byte{4})
	f.Add([]byte{}, slices.Repeat([]byte{255}, 32), edwardsOrder.Bytes(), []byte{128})
	f.Fuzz(func(t *testing.T, a, b, k, l []byte) {
		bases := []Element{edwards.PowerG(edwards.Reduce(a)), edwards.PowerG(edwards.Reduce(b))}
		exponents := []Scalar{edwards.Reduce(k), edwards.Reduce(l)}
		for n := 1; n <= 2; n++ {
			want := edwardsGroup{filippo{}}.Product(bases[:n], exponents[:n])
			for name, g := range map[string]Group{"voi": edwards, "filippo": edwardsGroup{filippo{}}} {
				for kind, prepare := range map[string]func(Element) Element{
					"plain": func(e Element) Element { return e }, "Base": g.Base, "Fixed": edwardsFixed(g, n),
				} {
					got := g.Product([]Element{prepare(bases[0]), bases[1]}[:n], exponents[:n])
					if !got.Equal(want) || got.String() != want.String() {
						t.Errorf("%s, %s, %d bases: %s, want %s", name, kind, n, got, want)
					}
				}
			}
		}
	})
}

// edwardsFixed is Fixed, but for products of two bases, which would be slow.
func edwardsFixed(g Group, n int) func(Element) Element {
	if n == 1 {
		return g.Fixed
	}
	return g.Base
}

func FuzzReadHints(f *testing.F) {
	f.Add(edwards.AppendHints(nil, []Element{edwards.Generator(), edwards.Identity()}))
	f.Add(make([]byte, HintSize))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := edwards.ReadHints(b)
		if err != nil {
			if !errors.Is(err, ErrHint) {
				t.Fatal(err)
			}
			return
		}
		for _, e := range list {
			if again, err := edwards.Parse(e.String()); err != nil || !again.Equal(e) {
				t.Fatalf("%s: %v, %v", e, again, err)
			}
		}
	})
}

func FuzzParseFiniteField(f *testing.F) {
	for i := range int64(3) {
		f.Add(belenios2048().PowerG(belenios2048().Number(i)).String())
		f.Add(rfc3526().PowerG(rfc3526().Number(i)).String())
	}
	f.Add("00")
	f.Fuzz(func(t *testing.T, s string) {
		for _, g := range []Group{belenios2048(), rfc3526()} {
			e, err := g.Parse(s)
			if err == nil && e.String() != s {
				t.Fatalf("%s: %q is printed as %s", g.Name(), s, e)
			}
			if err != nil && !errors.Is(err, ErrText) && !errors.Is(err, ErrMember) && !errors.Is(err, ErrRange) {
				t.Fatal(err)
			}
		}
	})
}
