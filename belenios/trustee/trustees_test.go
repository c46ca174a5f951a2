package trustee

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
)

// three are a single trustee and two of two.
func three(t testing.TB, g group.Group) Trustees {
	c := hold(t, g, 2, 2)
	p, err := c.Assemble(c.commitments(), c.outputs)
	if err != nil {
		t.Fatal(err)
	}
	single := NewPublicKey(g, NewPrivateKey(g))
	single.Name = `Айгүл "A" \ Ö`
	return Trustees{{Single: &single}, {Pedersen: &p}}
}

func TestTrusteesRefused(t *testing.T) {
	for _, name := range []string{group.Ed25519, group.Belenios} {
		g := named(t, name)
		honest := three(t, g)
		for _, tamper := range []struct {
			what   string
			change func(single *PublicKey, p *Pedersen)
			reason error
			number int
		}{
			{"nothing", func(*PublicKey, *Pedersen) {}, nil, 0},
			{"single challenge", func(k *PublicKey, _ *Pedersen) { k.Proof.Challenge = other(g, k.Proof.Challenge) }, ErrKeyProof, 1},
			{"single response", func(k *PublicKey, _ *Pedersen) { k.Proof.Response = other(g, k.Proof.Response) }, ErrKeyProof, 1},
			{"single key", func(k *PublicKey, _ *Pedersen) { k.Key = otherElement(g, k.Key) }, ErrKeyProof, 1},
			{"single identity", func(k *PublicKey, _ *Pedersen) { *k = NewPublicKey(g, g.Number(0)) }, ErrIdentity, 1},
			{"threshold 0", func(_ *PublicKey, p *Pedersen) { p.Threshold = 0 }, ErrThreshold, 0},
			{"threshold 1", func(_ *PublicKey, p *Pedersen) { p.Threshold = 1 }, ErrThreshold, 2},
			{"threshold 3", func(_ *PublicKey, p *Pedersen) { p.Threshold = 3 }, ErrThreshold, 0},
			{"certificate", func(_ *PublicKey, p *Pedersen) { p.Certificates[1].Signature.Response = g.Number(1) }, ErrCertificate, 3},
			{"certificate twice", func(_ *PublicKey, p *Pedersen) { p.Certificates[1] = p.Certificates[0] }, ErrDuplicate, 3},
			{"certificate missing", func(_ *PublicKey, p *Pedersen) { p.Certificates = p.Certificates[:1] }, ErrThreshold, 0},
			{"commitments", func(_ *PublicKey, p *Pedersen) { p.Commitments[0].Signature.Challenge = g.Number(1) }, ErrCommitments, 2},
			{"commitments exchanged", func(_ *PublicKey, p *Pedersen) { slices.Reverse(p.Commitments) }, ErrCommitments, 2},
			{"coefficient missing", func(_ *PublicKey, p *Pedersen) {
				p.Commitments[1].Coefficients = p.Commitments[1].Coefficients[:1]
			}, ErrThreshold, 3},
			{"commitments missing", func(_ *PublicKey, p *Pedersen) { p.Commitments = p.Commitments[:1] }, ErrCount, 0},
			{"keys exchanged", func(_ *PublicKey, p *Pedersen) { slices.Reverse(p.VerificationKeys) }, ErrVerificationKey, 2},
			{"key missing", func(_ *PublicKey, p *Pedersen) { p.VerificationKeys = p.VerificationKeys[:1] }, ErrCount, 0},
			{"key's proof", func(_ *PublicKey, p *Pedersen) { p.VerificationKeys[1].Proof.Response = g.Number(5) }, ErrKeyProof, 3},
			{"another key", func(_ *PublicKey, p *Pedersen) { p.VerificationKeys[1] = NewPublicKey(g, g.Number(5)) }, ErrVerificationKey, 3},
			{"key is the identity", func(_ *PublicKey, p *Pedersen) { p.VerificationKeys[1] = NewPublicKey(g, g.Number(0)) }, ErrIdentity, 3},
		} {
			single, p := *honest[0].Single, *honest[1].Pedersen
			p.Certificates, p.Commitments, p.VerificationKeys = slices.Clone(p.Certificates), slices.Clone(p.Commitments), slices.Clone(p.VerificationKeys)
			tamper.change(&single, &p)
			err := Trustees{{Single: &single}, {Pedersen: &p}}.Verify(g)
			wants(t, name+", "+tamper.what, err, tamper.reason, tamper.number)
		}
		wants(t, "no trustees", Trustees{}.Verify(g), ErrCount, 0)
		x := NewPrivateKey(g)
		a, b := NewPublicKey(g, x), NewPublicKey(g, g.Sub(g.Number(0), x))
		wants(t, "keys that cancel each other", Trustees{{Single: &a}, {Single: &b}}.Verify(g), ErrIdentity, 0)
	}
}

func TestTrusteesTextRefused(t *testing.T) {
	g := named(t, group.Ed25519)
	text := string(three(t, g).Append(nil))
	order4 := strings.Repeat("0", 64)
	first := text[strings.Index(text, `"public_key":"`)+14:][:64]
	for _, c := range []struct {
		what, from, to string
		reason         error
	}{
		{"white space", `,"name"`, `, "name"`, canonical.ErrText},
		{"tail", `]}]]`, `]}]] `, canonical.ErrText},
		{"other field", `"threshold"`, `"Threshold"`, canonical.ErrText},
		{"leading zero", `"threshold":2`, `"threshold":02`, canonical.ErrText},
		{"kind", `"Single"`, `"Double"`, canonical.ErrText},
		{"escape", `Ö`, `\u00d6`, canonical.ErrText},
		{"empty name", `"name":"Айгүл \"A\" \\ Ö"`, `"name":""`, canonical.ErrText},
		{"threshold", `"threshold":2`, `"threshold":101`, canonical.ErrLimit},
		{"small order", first, order4, group.ErrMember},
		{"upper case", first, strings.ToUpper(first), canonical.ErrText},
		{"certificate key", `{\"verification\":\"`, `{\"verification\":\"0`, group.ErrText},
	} {
		changed := strings.Replace(text, c.from, c.to, 1)
		if changed == text {
			t.Fatalf("%s: nothing was changed", c.what)
		}
		if _, err := Parse(g, []byte(changed)); !errors.Is(err, c.reason) {
			t.Errorf("%s: %v, not %v", c.what, err, c.reason)
		}
	}
	single := three(t, g)[:1]
	if _, err := Parse(g, slices.Repeat(single, MaxTrustees).Append(nil)); err != nil {
		t.Error(err)
	}
	if _, err := Parse(g, slices.Repeat(single, MaxTrustees+1).Append(nil)); !errors.Is(err, canonical.ErrLimit) {
		t.Errorf("%d trustees: %v", MaxTrustees+1, err)
	}
	if _, err := Parse(g, slices.Concat(slices.Repeat(single, MaxTrustees-1), three(t, g)[1:]).Append(nil)); !errors.Is(err, canonical.ErrLimit) {
		t.Errorf("%d trustees: %v", MaxTrustees+1, err)
	}
}

// TestEveryCharacterOfTheTrustees changes each character of a trustees file: it is
// either not read or does not verify. Only the name may be another.
func TestEveryCharacterOfTheTrustees(t *testing.T) {
	g := named(t, group.Ed25519)
	text := three(t, g).Append(nil)
	from := bytes.Index(text, []byte(`"name":"`)) + 8
	to := from + bytes.Index(text[from:], []byte(`"}`))
	for i := range text {
		if from <= i && i < to {
			continue
		}
		changed := slices.Clone(text)
		changed[i] ^= 1
		trustees, err := Parse(g, changed)
		if err == nil {
			err = trustees.Verify(g)
		}
		if err == nil {
			t.Errorf("accepted …%s…", changed[max(0, i-30):min(len(text), i+10)])
		}
	}
}

func FuzzParse(f *testing.F) {
	g := named(f, group.Ed25519)
	c := hold(f, g, 2, 2)
	p, err := c.Assemble(c.commitments(), c.outputs)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(Trustees{{Single: &c.outputs[0].PublicKey}, {Pedersen: &p}}.Append(nil))
	f.Add(c.deals[0].Append(nil))
	f.Add(c.inputs[0].Append(nil))
	f.Add(c.outputs[0].Append(nil))
	f.Add(c.certificates[0].Append(nil))
	f.Add([]byte(c.deals[0].Polynomial))
	f.Add(AppendPrivateKey(nil, NewPrivateKey(g)))
	f.Fuzz(func(t *testing.T, text []byte) {
		// Each reader accepts only what it would write.
		written := map[string]canonical.Appender{}
		if x, err := Parse(g, text); err == nil {
			written["trustees"] = x
			_ = x.Verify(g)
		}
		if x, err := ParsePedersen(g, text); err == nil {
			written["group"] = x
			_ = x.Verify(g)
		}
		if x, err := ParseDeal(g, text); err == nil {
			written["deal"] = x
			_ = c.CheckDeal(0, x)
		}
		if x, err := ParseInput(g, text); err == nil {
			written["input"] = x
			_, _ = c.Receive(c.identities[0], x)
		}
		if x, err := ParseOutput(g, text); err == nil {
			written["output"] = x
			_ = c.CheckOutput(0, c.commitments(), x)
		}
		if x, err := ParseCertificate(g, text); err == nil {
			written["certificate"] = x
		}
		if x, err := ParseEncrypted(g, text); err == nil {
			written["message"] = x
			_, _ = c.identities[0].open(c.identities[0].verification, string(text))
		}
		if x, err := ParsePublicKey(g, text); err == nil {
			written["key"] = x
		}
		if x, err := ParsePrivateKey(g, text); err == nil && !bytes.Equal(AppendPrivateKey(nil, x), text) {
			t.Errorf("private key: read %q", text)
		}
		for kind, x := range written {
			if again := x.Append(nil); !bytes.Equal(again, text) {
				t.Errorf("%s: read %q, wrote %q", kind, text, again)
			}
		}
	})
}

func ExampleFault() {
	fmt.Println(&Fault{2, ErrShare})
	// Output: trustee 2: the secret contradicts its sender's commitments
}
