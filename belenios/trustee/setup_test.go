package trustee

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// ceremony is one of n trustees with everything they have.
type ceremony struct {
	*Setup
	identities []*Identity
	deals      []Deal
	inputs     []Input
	outputs    []Output
}

func hold(t testing.TB, g group.Group, threshold, n int) *ceremony {
	c := new(ceremony)
	var certificates []Certificate
	for range n {
		id := identity(t, g)
		c.identities = append(c.identities, id)
		certificates = append(certificates, id.Certificate())
	}
	var err error
	if c.Setup, err = NewSetup(g, certificates, threshold); err != nil {
		t.Fatal(err)
	}
	for _, id := range c.identities {
		d, err := c.Deal(id)
		if err != nil {
			t.Fatal(err)
		}
		c.deals = append(c.deals, d)
	}
	if c.inputs, err = c.Route(c.deals); err != nil {
		t.Fatal(err)
	}
	for j, id := range c.identities {
		out, err := c.Receive(id, c.inputs[j])
		if err != nil {
			t.Fatal(err)
		}
		if err := c.CheckOutput(j, c.inputs[j].Commitments, out); err != nil {
			t.Fatal(err)
		}
		c.outputs = append(c.outputs, out)
	}
	return c
}

func (c *ceremony) commitments() []Commitments { return slices.Clone(c.inputs[0].Commitments) }

func TestCeremonyOfAnySize(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := named(t, group.Ed25519)
		n := rapid.IntRange(1, 6).Draw(rt, "n")
		threshold := rapid.IntRange(1, n).Draw(rt, "t")
		c := hold(t, g, threshold, n)
		p, err := c.Assemble(c.commitments(), c.outputs)
		if err != nil {
			rt.Fatal(err)
		}
		single := NewPublicKey(g, NewPrivateKey(g))
		single.Name = rapid.StringN(0, 20, 200).Draw(rt, "name")
		trustees := Trustees{{Single: &single}, {Pedersen: &p}}
		again, err := Parse(g, trustees.Append(nil))
		if err != nil {
			rt.Fatal(err)
		}
		if err := again.Verify(g); err != nil {
			rt.Fatal(err)
		}
		if again.Hash() != trustees.Hash() || len(again.Keys()) != n+1 {
			rt.Fatal("read otherwise than written")
		}
		for j, id := range c.identities {
			x, err := id.PrivateKey(c.outputs[j].PrivateKey)
			if err != nil {
				rt.Fatal(err)
			}
			if !g.PowerG(x).Equal(again.Keys()[j+1].Key) {
				rt.Fatalf("trustee %d keeps another key", j+1)
			}
		}
	})
}

// wants checks the reason of a refusal and who is to blame, 0 for nobody.
func wants(t *testing.T, what string, err, reason error, number int) {
	t.Helper()
	var fault *Fault
	switch {
	case !errors.Is(err, reason):
		t.Errorf("%s: %v, not %v", what, err, reason)
	case number == 0 && errors.As(err, &fault):
		t.Errorf("%s: trustee %d is blamed", what, fault.Trustee)
	case number > 0 && (!errors.As(err, &fault) || fault.Trustee != number):
		t.Errorf("%s: %v does not blame trustee %d", what, err, number)
	}
}

// other is another scalar, otherElement another element.
func other(g group.Group, s group.Scalar) group.Scalar { return g.Add(s, g.Number(1)) }

func otherElement(g group.Group, e group.Element) group.Element { return g.Mul(e, g.Generator()) }

func TestCertificatesRefused(t *testing.T) {
	g := named(t, group.Ed25519)
	list := []Certificate{identity(t, g).Certificate(), identity(t, g).Certificate(), identity(t, g).Certificate()}
	zero := Identity{group: g, signing: g.Number(0), opening: g.Number(0), verification: g.Identity(), encryption: g.Identity()}
	halfZero := *identity(t, g)
	halfZero.opening, halfZero.encryption = g.Number(0), g.Identity()
	copied := *identity(t, g)
	copied.encryption = list[0].Encryption
	for _, c := range []struct {
		what   string
		change func(c *Certificate)
		reason error
	}{
		{"message", func(c *Certificate) { c.Message += " " }, ErrCertificate},
		{"verification", func(c *Certificate) { c.Verification = otherElement(g, c.Verification) }, ErrCertificate},
		{"challenge", func(c *Certificate) { c.Signature.Challenge = other(g, c.Signature.Challenge) }, ErrCertificate},
		{"response", func(c *Certificate) { c.Signature.Response = other(g, c.Signature.Response) }, ErrCertificate},
		{"another's", func(c *Certificate) { *c = list[0] }, ErrDuplicate},
		{"another's encryption key", func(c *Certificate) { *c = copied.Certificate() }, ErrDuplicate},
		{"identity", func(c *Certificate) { *c = zero.Certificate() }, ErrIdentity},
		{"encryption identity", func(c *Certificate) { *c = halfZero.Certificate() }, ErrIdentity},
	} {
		changed := slices.Clone(list)
		c.change(&changed[1])
		_, err := NewSetup(g, changed, 2)
		wants(t, c.what, err, c.reason, 2)
	}
	for _, threshold := range []int{-1, 0, 4} {
		_, err := NewSetup(g, list, threshold)
		wants(t, "threshold", err, ErrThreshold, 0)
	}
	_, err := NewSetup(g, nil, 1)
	wants(t, "no certificates", err, ErrCount, 0)
	_, err = NewSetup(g, slices.Repeat(list, 34), 1)
	wants(t, "102 certificates", err, ErrCount, 0)
	s, err := NewSetup(g, list, 2)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Deal(identity(t, g))
	wants(t, "stranger", err, ErrStranger, 0)
	_, err = s.Receive(identity(t, g), Input{})
	wants(t, "stranger", err, ErrStranger, 0)
	if reordered, err := NewSetup(g, []Certificate{list[1], list[0], list[2]}, 2); err != nil || reordered.Hash() == s.Hash() {
		t.Errorf("another list has the same hash, %v", err)
	}
}

func TestDealsRefused(t *testing.T) {
	g := named(t, group.Ed25519)
	c := hold(t, g, 2, 3)
	stranger := identity(t, g)
	for _, tamper := range []struct {
		what   string
		change func(d *Deal)
		reason error
	}{
		{"polynomial", func(d *Deal) { d.Polynomial = "{}" }, group.ErrText},
		{"secret", func(d *Deal) { d.Secrets[2] += " " }, group.ErrText},
		{"secret missing", func(d *Deal) { d.Secrets = d.Secrets[:2] }, ErrCount},
		{"degree", func(d *Deal) {
			d.Commitments = c.identities[1].commit([]group.Scalar{g.Number(1), g.Number(2), g.Number(3)})
		}, ErrThreshold},
		{"message", func(d *Deal) { d.Commitments.Message += " " }, ErrCommitments},
		{"challenge", func(d *Deal) {
			d.Commitments.Signature.Challenge = other(g, d.Commitments.Signature.Challenge)
		}, ErrCommitments},
		{"response", func(d *Deal) {
			d.Commitments.Signature.Response = other(g, d.Commitments.Signature.Response)
		}, ErrCommitments},
		{"signed by another", func(d *Deal) {
			d.Commitments = stranger.commit([]group.Scalar{g.Number(1), g.Number(2)})
		}, ErrCommitments},
	} {
		deals := slices.Clone(c.deals)
		deals[1].Secrets = slices.Clone(deals[1].Secrets)
		tamper.change(&deals[1])
		wants(t, tamper.what, c.CheckDeal(1, deals[1]), tamper.reason, 2)
		_, err := c.Route(deals)
		wants(t, tamper.what+" routed", err, tamper.reason, 2)
	}
	_, err := c.Route(c.deals[:2])
	wants(t, "deal missing", err, ErrCount, 0)
	wants(t, "no such trustee", c.CheckDeal(3, c.deals[0]), ErrCount, 0)
	wants(t, "no such trustee", c.CheckDeal(-1, c.deals[0]), ErrCount, 0)
}

// TestCheatersAreNamed lets trustee 2, or the server, cheat trustee 1.
func TestCheatersAreNamed(t *testing.T) {
	g := named(t, group.Ed25519)
	c := hold(t, g, 2, 3)
	anna, boris, clara := c.identities[0], c.identities[1], c.identities[2]
	to := anna.Certificate()
	own, err := anna.open(anna.verification, c.inputs[0].Polynomial)
	if err != nil {
		t.Fatal(err)
	}
	for _, tamper := range []struct {
		what   string
		change func(in *Input)
		reason error
		number int
	}{
		{"share", func(in *Input) { in.Secrets[1] = boris.send(to, []byte(`{"secret":"7"}`)) }, ErrShare, 2},
		{"share spelled otherwise", func(in *Input) { in.Secrets[1] = boris.send(to, []byte(`{"secret":7}`)) }, group.ErrText, 2},
		{"share not encrypted", func(in *Input) { in.Secrets[1] = "7" }, group.ErrText, 2},
		{"share signed by another", func(in *Input) { in.Secrets[1] = clara.send(to, []byte(`{"secret":"7"}`)) }, ErrSender, 2},
		{"share for another", func(in *Input) { in.Secrets[1] = c.deals[1].Secrets[2] }, ErrDecryption, 2},
		{"shares exchanged", func(in *Input) { in.Secrets[1], in.Secrets[2] = in.Secrets[2], in.Secrets[1] }, ErrSender, 2},
		{"share missing", func(in *Input) { in.Secrets = in.Secrets[:2] }, ErrCount, 0},
		{"commitments missing", func(in *Input) { in.Commitments = in.Commitments[:2] }, ErrCount, 0},
		{"other commitments", func(in *Input) {
			in.Commitments[1] = boris.commit([]group.Scalar{g.Number(1), g.Number(2)})
		}, ErrShare, 2},
		{"commitments of another", func(in *Input) { in.Commitments[1] = in.Commitments[2] }, ErrCommitments, 2},
		{"threshold", func(in *Input) { in.Commitments[1] = boris.commit([]group.Scalar{g.Number(1)}) }, ErrThreshold, 2},
		{"own polynomial", func(in *Input) {
			in.Polynomial = anna.send(to, []byte(`{"polynomial":["1","2"]}`))
		}, ErrPolynomial, 1},
		{"own polynomial, longer", func(in *Input) {
			in.Polynomial = anna.send(to, append(own[:len(own)-2:len(own)-2], `,"0"]}`...))
		}, ErrPolynomial, 1},
		{"own polynomial, spelled otherwise", func(in *Input) { in.Polynomial = anna.send(to, append([]byte(" "), own...)) }, group.ErrText, 1},
		{"own polynomial by another", func(in *Input) { in.Polynomial = boris.send(to, own) }, ErrSender, 1},
	} {
		in := c.inputs[0]
		in.Secrets, in.Commitments = slices.Clone(in.Secrets), slices.Clone(in.Commitments)
		tamper.change(&in)
		_, err := c.Receive(anna, in)
		wants(t, tamper.what, err, tamper.reason, tamper.number)
	}
	for _, kept := range []struct {
		what, message string
		reason        error
	}{
		{"by another", boris.send(to, []byte(`{"decryption_key":"1"}`)), ErrSender},
		{"of another kind", anna.send(to, []byte(`{"secret":"1"}`)), group.ErrText},
		{"for another", c.outputs[1].PrivateKey, ErrDecryption},
	} {
		_, err := anna.PrivateKey(kept.message)
		wants(t, "kept key "+kept.what, err, kept.reason, 0)
	}
}

func TestOutputsRefused(t *testing.T) {
	g := named(t, group.Ed25519)
	c := hold(t, g, 2, 3)
	for _, tamper := range []struct {
		what   string
		change func(out *Output)
		reason error
	}{
		{"private key", func(out *Output) { out.PrivateKey += " " }, group.ErrText},
		{"challenge", func(out *Output) { out.PublicKey.Proof.Challenge = other(g, out.PublicKey.Proof.Challenge) }, ErrKeyProof},
		{"response", func(out *Output) { out.PublicKey.Proof.Response = other(g, out.PublicKey.Proof.Response) }, ErrKeyProof},
		{"key", func(out *Output) { out.PublicKey.Key = otherElement(g, out.PublicKey.Key) }, ErrKeyProof},
		{"another key", func(out *Output) { out.PublicKey = NewPublicKey(g, proof.Random(g)) }, ErrVerificationKey},
		{"identity", func(out *Output) { out.PublicKey = NewPublicKey(g, g.Number(0)) }, ErrIdentity},
	} {
		outputs := slices.Clone(c.outputs)
		tamper.change(&outputs[2])
		wants(t, tamper.what, c.CheckOutput(2, c.commitments(), outputs[2]), tamper.reason, 3)
		if tamper.what == "private key" {
			continue // it is not part of the outcome
		}
		_, err := c.Assemble(c.commitments(), outputs)
		wants(t, tamper.what+" assembled", err, tamper.reason, 3)
	}
	_, err := c.Assemble(c.commitments(), c.outputs[:2])
	wants(t, "output missing", err, ErrCount, 0)
	_, err = c.Assemble(c.commitments()[:2], c.outputs)
	wants(t, "commitments missing", err, ErrCount, 0)
	wants(t, "no such trustee", c.CheckOutput(3, c.commitments(), c.outputs[0]), ErrCount, 0)
}
