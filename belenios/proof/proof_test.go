package proof_test

import (
	"errors"
	"strings"
	"testing"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

func groups(t *testing.T) []group.Group {
	var all []group.Group
	for _, name := range []string{group.Ed25519, group.Belenios, group.RFC3526} {
		g, err := group.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	return all
}

// Who knows the same logarithm of two elements convinces, and nothing else does.
func TestKnow(t *testing.T) {
	for _, g := range groups(t) {
		x := proof.Random(g)
		bases := []group.Element{g.Generator(), g.PowerG(proof.Random(g))}
		publics := []group.Element{g.PowerG(x), g.Power(bases[1], x)}
		challenge := func(purpose proof.Text) func(proof.List) group.Scalar {
			return func(commitments proof.List) group.Scalar {
				return proof.Challenge(g, purpose, proof.Text("|"), publics[0], proof.Text("|"), commitments)
			}
		}
		p := proof.Know(g, x, challenge("test"), bases...)
		if !p.Knows(g, bases, publics, challenge("test")) {
			t.Errorf("%s: an honest proof was refused", g.Name())
		}
		other := []group.Element{publics[0], g.Mul(publics[1], g.Generator())}
		swapped := proof.Proof{Challenge: p.Response, Response: p.Challenge}
		if p.Knows(g, bases, publics, challenge("tset")) {
			t.Errorf("%s: a proof was accepted for another purpose", g.Name())
		}
		if p.Knows(g, bases, other, challenge("test")) {
			t.Errorf("%s: a proof was accepted of two logarithms", g.Name())
		}
		if swapped.Knows(g, bases, publics, challenge("test")) {
			t.Errorf("%s: a proof was accepted the wrong way round", g.Name())
		}
	}
}

// Proofs and ciphertexts are read as they are written; other spellings are not.
func TestCanonical(t *testing.T) {
	for _, g := range groups(t) {
		p := proof.Proof{Challenge: proof.Random(g), Response: g.Number(0)}
		c := proof.Ciphertext{Alpha: g.PowerG(p.Challenge), Beta: g.Identity()}
		text := c.Append(p.Append(nil))
		r := canonical.NewReader(text)
		gotP, gotC := proof.Read(r, g), proof.ReadCiphertext(r, g)
		if err := r.End(); err != nil {
			t.Fatal(g.Name(), err)
		}
		if string(gotC.Append(gotP.Append(nil))) != string(text) {
			t.Errorf("%s: %s was read as something else", g.Name(), text)
		}

		order := g.Order().String()
		refused := map[string]error{
			`{"challenge":"1","response":"` + order + `"}`:                    group.ErrRange,
			`{"challenge":"` + order + `","response":"1"}`:                    group.ErrRange,
			`{"challenge":"01","response":"1"}`:                               canonical.ErrText,
			`{"challenge":1,"response":"1"}`:                                  canonical.ErrText,
			`{"response":"1","challenge":"1"}`:                                canonical.ErrText,
			`{"challenge":"1","response":"1","more":""}`:                      canonical.ErrText,
			`{"challenge":"1", "response":"1"}`:                               canonical.ErrText,
			`{"challenge":"1","response":"\u0031"}`:                           canonical.ErrText,
			`{"challenge":"1","response":"` + strings.Repeat("1", 700) + `"}`: canonical.ErrLimit,
		}
		for text, want := range refused {
			r := canonical.NewReader([]byte(text))
			proof.Read(r, g)
			if err := r.End(); !errors.Is(err, want) {
				t.Errorf("%s: %s: %v, want %v", g.Name(), text, err, want)
			}
		}
	}
}

// The product of ciphertexts encrypts the product.
func TestMul(t *testing.T) {
	for _, g := range groups(t) {
		y := g.PowerG(proof.Random(g))
		r, s := proof.Random(g), proof.Random(g)
		a := proof.Ciphertext{Alpha: g.PowerG(r), Beta: g.Mul(g.Power(y, r), g.Generator())}
		b := proof.Ciphertext{Alpha: g.PowerG(s), Beta: g.Mul(g.Power(y, s), g.Generator())}
		product := a.Mul(g, b).Mul(g, proof.One(g))
		if !product.Alpha.Equal(g.PowerG(g.Add(r, s))) || !product.Beta.Equal(g.Mul(g.Power(y, g.Add(r, s)), g.PowerG(g.Number(2)))) {
			t.Error(g.Name())
		}
	}
}
