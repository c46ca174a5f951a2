package interop

import (
	"strings"
	"testing"

	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/trustee"
)

// ours does the steps with the packages under test.
type ours struct{ t *testing.T }

func (ours) String() string { return "ours" }

// must ends the test where there is an error.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (o ours) group(name string) group.Group {
	o.t.Helper()
	return must[group.Group](o.t)(group.Named(name))
}

func (o ours) credentials(name, uuid string, identities []string) (private []string, public string) {
	o.t.Helper()
	var voters []election.Identity
	for _, line := range identities {
		voters = append(voters, must[election.Identity](o.t)(election.ParseIdentity(line)))
	}
	issued := election.Issue(o.group(name), uuid, voters)
	for _, v := range voters {
		for _, i := range issued {
			if i.Identity == v {
				private = append(private, i.Credential.Text())
			}
		}
	}
	return private, string(election.WorkingList(issued))
}

func (o ours) derive(name, uuid, credential string) (public string) {
	o.t.Helper()
	return must[election.Credential](o.t)(election.ParseCredential(credential)).Public(o.group(name), uuid).String()
}

func (o ours) single(name string) (private, public string) {
	o.t.Helper()
	g := o.group(name)
	x := trustee.NewPrivateKey(g)
	return string(trustee.AppendPrivateKey(nil, x)), string(trustee.NewPublicKey(g, x).Append(nil))
}

func (o ours) certificate(name string) (key, certificate string) {
	o.t.Helper()
	seed := trustee.NewSeed()
	return seed, string(o.identity(name, seed).Certificate().Append(nil))
}

func (o ours) identity(name, seed string) *trustee.Identity {
	o.t.Helper()
	return must[*trustee.Identity](o.t)(trustee.NewIdentity(o.group(name), strings.TrimSpace(seed)))
}

// setup is the ceremony; a threshold that is not known is taken from the deals.
func (o ours) setup(name string, certificates []string, threshold int) (*trustee.Setup, error) {
	g := o.group(name)
	var list []trustee.Certificate
	for _, text := range certificates {
		c, err := trustee.ParseCertificate(g, []byte(strings.TrimSpace(text)))
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return trustee.NewSetup(g, list, threshold)
}

func (o ours) checkCertificates(name string, certificates []string) error {
	_, err := o.setup(name, certificates, 1)
	return err
}

func (o ours) polynomial(name string, certificates []string, key string, threshold int) string {
	o.t.Helper()
	setup := must[*trustee.Setup](o.t)(o.setup(name, certificates, threshold))
	return string(must[trustee.Deal](o.t)(setup.Deal(o.identity(name, key))).Append(nil))
}

func (o ours) deals(name string, polynomials []string) (deals []trustee.Deal) {
	o.t.Helper()
	for _, text := range polynomials {
		deals = append(deals, must[trustee.Deal](o.t)(trustee.ParseDeal(o.group(name), []byte(strings.TrimSpace(text)))))
	}
	return deals
}

func (o ours) route(name string, certificates, polynomials []string) (inputs []string) {
	o.t.Helper()
	deals := o.deals(name, polynomials)
	setup := must[*trustee.Setup](o.t)(o.setup(name, certificates, len(deals[0].Commitments.Coefficients)))
	for _, in := range must[[]trustee.Input](o.t)(setup.Route(deals)) {
		inputs = append(inputs, string(in.Append(nil)))
	}
	return inputs
}

func (o ours) share(name string, certificates []string, key, input string) (output string) {
	o.t.Helper()
	in := must[trustee.Input](o.t)(trustee.ParseInput(o.group(name), []byte(strings.TrimSpace(input))))
	setup := must[*trustee.Setup](o.t)(o.setup(name, certificates, len(in.Commitments[0].Coefficients)))
	return string(must[trustee.Output](o.t)(setup.Receive(o.identity(name, key), in)).Append(nil))
}

func (o ours) assemble(name string, certificates, polynomials, outputs []string) (threshold string, keys []string) {
	o.t.Helper()
	g := o.group(name)
	var commitments []trustee.Commitments
	for _, d := range o.deals(name, polynomials) {
		commitments = append(commitments, d.Commitments)
	}
	var list []trustee.Output
	for _, text := range outputs {
		out := must[trustee.Output](o.t)(trustee.ParseOutput(g, []byte(strings.TrimSpace(text))))
		list, keys = append(list, out), append(keys, out.PrivateKey)
	}
	setup := must[*trustee.Setup](o.t)(o.setup(name, certificates, len(commitments[0].Coefficients)))
	return string(must[trustee.Pedersen](o.t)(setup.Assemble(commitments, list)).Append(nil)), keys
}
