package shuffle

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

const fingerprint = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"

func named(t testing.TB, name string) group.Group {
	g, err := group.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// encrypted are ciphertexts of g^0 to g^(n-1).
func encrypted(g group.Group, y group.Element, n int) []proof.Ciphertext {
	list := make([]proof.Ciphertext, n)
	for i := range list {
		r := proof.Random(g)
		list[i] = proof.Ciphertext{Alpha: g.PowerG(r), Beta: g.Mul(g.Power(y, r), g.PowerG(g.Number(int64(i))))}
	}
	return list
}

func decrypted(g group.Group, x group.Scalar, list []proof.Ciphertext) []string {
	var texts []string
	for _, c := range list {
		texts = append(texts, g.Div(c.Beta, g.Power(c.Alpha, x)).String())
	}
	slices.Sort(texts)
	return texts
}

func TestAnyListShuffles(t *testing.T) {
	for name, largest := range map[string]int{group.Ed25519: 20, group.RFC3526: 2} {
		g := named(t, name)
		x := proof.Random(g)
		y := g.PowerG(x)
		check := func(t interface{ Fatal(...any) }, sizes []int) {
			var inputs [][]proof.Ciphertext
			for _, n := range sizes {
				inputs = append(inputs, encrypted(g, y, n))
			}
			made := Make(g, y, fingerprint, inputs)
			text := made.Append(nil)
			s, err := Parse(g, text)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(s.Append(nil), text) {
				t.Fatal("read otherwise than written")
			}
			if err := s.Verify(g, y, fingerprint, inputs); err != nil {
				t.Fatal(sizes, err)
			}
			for i, in := range inputs {
				if !slices.Equal(decrypted(g, x, in), decrypted(g, x, s.Ciphertexts[i])) {
					t.Fatal("other plaintexts")
				}
				for _, c := range s.Ciphertexts[i] {
					if slices.ContainsFunc(in, func(d proof.Ciphertext) bool { return c.Alpha.Equal(d.Alpha) || c.Beta.Equal(d.Beta) }) {
						t.Fatal("a ciphertext was not encrypted again")
					}
				}
			}
		}
		for _, sizes := range [][]int{nil, {0}, {1}, {2}, {0, 1, 2}} {
			check(t, sizes)
		}
		if largest > 2 {
			rapid.Check(t, func(rt *rapid.T) {
				check(rt, rapid.SliceOfN(rapid.IntRange(0, largest), 0, 3).Draw(rt, "sizes"))
			})
		}
	}
}

// TestPermutationsAreUniform counts permutations of 4: 24 of them, in 24,000 draws.
// χ² with 23 degrees of freedom is above 70 once in a million times.
func TestPermutationsAreUniform(t *testing.T) {
	counts := map[string]int{}
	for range 24_000 {
		counts[fmt.Sprint(permutation(4))]++
	}
	sum := 0.0
	for _, n := range counts {
		sum += float64((n-1000)*(n-1000)) / 1000
	}
	if len(counts) != 24 || sum > 70 {
		t.Errorf("%d permutations, χ² %.1f", len(counts), sum)
	}
}

// tampering changes one part of a shuffle of two lists, of 3 and 2.
type tampering struct {
	what   string
	change func(s *Shuffle)
	reason error
	part   string // the equation that does not hold
}

// tamperings are all parts.
func tamperings(g group.Group) []tampering {
	element := func(what string, of func(p *Proof) *group.Element) tampering {
		return tampering{what, func(s *Shuffle) {
			e := of(&s.Proofs[0])
			*e = g.Mul(*e, g.Generator())
		}, ErrProof, ""}
	}
	scalar := func(what string, of func(p *Proof) *group.Scalar, equation string) tampering {
		return tampering{what, func(s *Shuffle) {
			k := of(&s.Proofs[0])
			*k = g.Add(*k, g.Number(1))
		}, ErrProof, equation}
	}
	shorter := func(what string, cut func(p *Proof)) tampering {
		return tampering{what + " shorter", func(s *Shuffle) { cut(&s.Proofs[0]) }, ErrLength, " " + what + " of "}
	}
	return []tampering{
		{"nothing", func(*Shuffle) {}, nil, ""},
		element("t1", func(p *Proof) *group.Element { return &p.T1 }),
		element("t2", func(p *Proof) *group.Element { return &p.T2 }),
		element("t3", func(p *Proof) *group.Element { return &p.T3 }),
		element("t41", func(p *Proof) *group.Element { return &p.T41 }),
		element("t42", func(p *Proof) *group.Element { return &p.T42 }),
		element("t̂", func(p *Proof) *group.Element { return &p.THat[1] }),
		element("c", func(p *Proof) *group.Element { return &p.C[2] }),
		element("ĉ", func(p *Proof) *group.Element { return &p.CHat[0] }),
		scalar("s1", func(p *Proof) *group.Scalar { return &p.S1 }, "of t1"),
		scalar("s2", func(p *Proof) *group.Scalar { return &p.S2 }, "of t2"),
		scalar("s3", func(p *Proof) *group.Scalar { return &p.S3 }, "of t3"),
		scalar("s4", func(p *Proof) *group.Scalar { return &p.S4 }, "of t41"),
		scalar("ŝ", func(p *Proof) *group.Scalar { return &p.SHat[0] }, "of t̂"),
		scalar("ŝ, the last", func(p *Proof) *group.Scalar { return &p.SHat[2] }, "of t̂"),
		scalar("s'", func(p *Proof) *group.Scalar { return &p.SPrime[1] }, "of t3"),
		shorter("t̂", func(p *Proof) { p.THat = p.THat[:2] }),
		shorter("ŝ", func(p *Proof) { p.SHat = p.SHat[:2] }),
		shorter("s'", func(p *Proof) { p.SPrime = p.SPrime[:2] }),
		shorter("c", func(p *Proof) { p.C = p.C[:2] }),
		shorter("ĉ", func(p *Proof) { p.CHat = p.CHat[:2] }),
		{"output dropped", func(s *Shuffle) { s.Ciphertexts[0] = s.Ciphertexts[0][:2] }, ErrLength, " ciphertexts of "},
		{"output added", func(s *Shuffle) { s.Ciphertexts[0] = append(s.Ciphertexts[0], s.Ciphertexts[0][0]) }, ErrLength, " ciphertexts of "},
		{"output twice", func(s *Shuffle) { s.Ciphertexts[0][0] = s.Ciphertexts[0][1] }, ErrProof, ""},
		{"outputs exchanged", func(s *Shuffle) {
			s.Ciphertexts[0][0], s.Ciphertexts[0][1] = s.Ciphertexts[0][1], s.Ciphertexts[0][0]
		}, ErrProof, ""},
		{"alpha", func(s *Shuffle) { s.Ciphertexts[0][0].Alpha = g.Generator() }, ErrProof, ""},
		{"beta", func(s *Shuffle) { s.Ciphertexts[0][0].Beta = g.Generator() }, ErrProof, ""},
		{"lists exchanged", func(s *Shuffle) { slices.Reverse(s.Ciphertexts) }, ErrLength, ""},
		{"proof missing", func(s *Shuffle) { s.Proofs = s.Proofs[:1] }, ErrLength, "1 proofs"},
		{"list missing", func(s *Shuffle) { s.Ciphertexts = s.Ciphertexts[:1] }, ErrLength, "of 1 questions"},
	}
}

func TestTamperingIsRefused(t *testing.T) {
	for _, name := range []string{group.Ed25519, group.RFC3526} {
		g := named(t, name)
		y := g.PowerG(proof.Random(g))
		inputs := [][]proof.Ciphertext{encrypted(g, y, 3), encrypted(g, y, 2)}
		text := Make(g, y, fingerprint, inputs).Append(nil)
		read := func() Shuffle {
			s, err := Parse(g, text)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		for _, c := range tamperings(g) {
			s := read()
			c.change(&s)
			err := s.Verify(g, y, fingerprint, inputs)
			if !errors.Is(err, c.reason) || err != nil && !strings.Contains(err.Error(), c.part) {
				t.Errorf("%s, %s: %v", name, c.what, err)
			}
		}
		for what, err := range map[string]error{
			"election": read().Verify(g, y, fingerprint[1:], inputs),
			"key":      read().Verify(g, g.Generator(), fingerprint, inputs),
			"input":    read().Verify(g, y, fingerprint, [][]proof.Ciphertext{encrypted(g, y, 3), inputs[1]}),
			"order":    read().Verify(g, y, fingerprint, [][]proof.Ciphertext{{inputs[0][1], inputs[0][0], inputs[0][2]}, inputs[1]}),
		} {
			if !errors.Is(err, ErrProof) {
				t.Errorf("%s, another %s: %v", name, what, err)
			}
		}
	}
}

// TestCheatingProvers make proofs of what is not a shuffle, with challenges that
// are right: only the equations are left to refuse them.
func TestCheatingProvers(t *testing.T) {
	g := named(t, group.Ed25519)
	y := g.PowerG(proof.Random(g))
	in := encrypted(g, y, 3)
	psi, rho := []int{2, 0, 1}, random(g, 3)
	out := encryptAgain(g, y, in, psi, rho)
	verify := func(out []proof.Ciphertext, psi []int, rho []group.Scalar) string {
		err := prove(g, y, fingerprint, in, out, psi, rho).verify(g, y, fingerprint, in, out)
		if err == nil {
			return ""
		}
		if !errors.Is(err, ErrProof) {
			t.Errorf("refused for another reason: %v", err)
		}
		_, equation, _ := strings.Cut(err.Error(), "the equation of ")
		return equation
	}
	replaced := slices.Clone(out)
	replaced[1].Beta = g.Mul(replaced[1].Beta, g.Generator())
	undecryptable := slices.Clone(out)
	undecryptable[1].Alpha = g.Mul(undecryptable[1].Alpha, g.Generator())
	for _, c := range []struct {
		what      string
		out       []proof.Ciphertext
		psi       []int
		rho       []group.Scalar
		equations string
	}{
		{"honest", out, psi, rho, ""},
		{"vote changed", replaced, psi, rho, "t41"},
		{"made undecryptable", undecryptable, psi, rho, "t42"},
		{"another permutation", out, []int{0, 2, 1}, rho, "t41"},
		{"other randomness", out, psi, random(g, 3), "t41"},
	} {
		if got := verify(c.out, c.psi, c.rho); got != c.equations {
			t.Errorf("%s: refused by %q, not %q", c.what, got, c.equations)
		}
	}
}

// TestEachLinkIsChecked compares the batched check of the chain with one equation
// after another.
func TestEachLinkIsChecked(t *testing.T) {
	g := named(t, group.Ed25519)
	h := g.Independent(-1)
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 6).Draw(rt, "n")
		c := proof.Random(g)
		var p Proof
		before := h
		for range n {
			p.CHat = append(p.CHat, g.PowerG(proof.Random(g)))
			p.SHat, p.SPrime = append(p.SHat, proof.Random(g)), append(p.SPrime, proof.Random(g))
		}
		for i := range n {
			link := g.Mul(g.PowerG(p.SHat[i]), g.Power(before, p.SPrime[i]))
			p.THat = append(p.THat, g.Div(link, g.Power(p.CHat[i], c)))
			before = p.CHat[i]
		}
		wrong := rapid.SliceOfN(rapid.IntRange(0, max(n-1, 0)), 0, n).Draw(rt, "wrong")
		for _, i := range wrong {
			p.THat[i] = g.Mul(p.THat[i], g.Generator())
		}
		if holds := p.chained(g, h, c); holds != (len(wrong) == 0) {
			rt.Fatalf("%v with %d wrong", holds, len(wrong))
		}
	})
}

func TestTextRefused(t *testing.T) {
	g := named(t, group.Ed25519)
	y := g.PowerG(proof.Random(g))
	s := Make(g, y, fingerprint, [][]proof.Ciphertext{encrypted(g, y, 2)})
	text := string(s.Append(nil))
	for _, c := range []struct {
		what, from, to string
		reason         error
	}{
		{"output outside the subgroup", s.Ciphertexts[0][0].Alpha.String(), strings.Repeat("0", 64), group.ErrMember},
		{"commitment outside the subgroup", s.Proofs[0].CHat[1].String(), strings.Repeat("0", 64), group.ErrMember},
		{"scalar q", s.Proofs[0].S4.String(), g.Order().String(), group.ErrRange},
		{"scalar above q", s.Proofs[0].SPrime[0].String(), "1" + g.Order().String(), group.ErrRange},
		{"leading zero", `"` + s.Proofs[0].S1.String(), `"0` + s.Proofs[0].S1.String(), canonical.ErrText},
		{"white space", `,"proofs"`, `, "proofs"`, canonical.ErrText},
		{"tail", `]]]}`, `]]]}]`, canonical.ErrText},
	} {
		changed := strings.Replace(text, c.from, c.to, 1)
		if changed == text {
			t.Fatalf("%s: nothing was changed", c.what)
		}
		if _, err := Parse(g, []byte(changed)); !errors.Is(err, c.reason) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	g := named(f, group.Ed25519)
	y := g.PowerG(proof.Random(g))
	inputs := [][]proof.Ciphertext{encrypted(g, y, 2), {}}
	f.Add(Make(g, y, fingerprint, inputs).Append(nil))
	f.Add(Make(g, y, fingerprint, nil).Append(nil))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse(g, text)
		if err != nil {
			return
		}
		if again := s.Append(nil); !bytes.Equal(again, text) {
			t.Errorf("read %q, wrote %q", text, again)
		}
		_ = s.Verify(g, y, fingerprint, inputs)
	})
}

func BenchmarkShuffle5000(b *testing.B) {
	g := named(b, group.Ed25519)
	y := g.PowerG(proof.Random(g))
	inputs := [][]proof.Ciphertext{encrypted(g, y, 5000)}
	text := Make(g, y, fingerprint, inputs).Append(nil)
	b.Run("Make", func(b *testing.B) {
		for b.Loop() {
			Make(g, y, fingerprint, inputs)
		}
	})
	b.Run("Parse", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if _, err := Parse(g, text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Verify", func(b *testing.B) {
		s, err := Parse(g, text)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := s.Verify(g, y, fingerprint, inputs); err != nil {
				b.Fatal(err)
			}
		}
	})
}
