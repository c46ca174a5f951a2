package trustee

import (
	"fmt"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
)

// ParseDeal reads {"polynomial":…,"secrets":…,"coefexps":…} of step 3; it does not
// verify it.
func ParseDeal(g group.Group, text []byte) (Deal, error) {
	var d Deal
	r := canonical.NewReader(text)
	r.Literal(`{"polynomial":`)
	d.Polynomial = r.String(messageLimit)
	r.Literal(`,"secrets":`)
	d.Secrets = readStrings(r)
	r.Literal(`,"coefexps":`)
	d.Commitments = readCommitments(r, g)
	r.Literal(`}`)
	if err := r.End(); err != nil {
		return Deal{}, fmt.Errorf("deal: %w", err)
	}
	return d, nil
}

// Append adds {"polynomial":…,"secrets":…,"coefexps":…} to b.
func (d Deal) Append(b []byte) []byte {
	b = append(b, `{"polynomial":`...)
	b = canonical.AppendString(b, d.Polynomial)
	b = append(b, `,"secrets":`...)
	b = appendStrings(b, d.Secrets)
	b = append(b, `,"coefexps":`...)
	b = d.Commitments.Append(b)
	return append(b, '}')
}

// ParseInput reads {"polynomial":…,"secrets":…,"coefexps":[…]} of step 4; it does
// not verify it.
func ParseInput(g group.Group, text []byte) (Input, error) {
	var in Input
	r := canonical.NewReader(text)
	r.Literal(`{"polynomial":`)
	in.Polynomial = r.String(messageLimit)
	r.Literal(`,"secrets":`)
	in.Secrets = readStrings(r)
	r.Literal(`,"coefexps":`)
	r.Array(MaxTrustees, func(int) { in.Commitments = append(in.Commitments, readCommitments(r, g)) })
	r.Literal(`}`)
	if err := r.End(); err != nil {
		return Input{}, fmt.Errorf("input: %w", err)
	}
	return in, nil
}

// Append adds {"polynomial":…,"secrets":…,"coefexps":[…]} to b.
func (in Input) Append(b []byte) []byte {
	b = append(b, `{"polynomial":`...)
	b = canonical.AppendString(b, in.Polynomial)
	b = append(b, `,"secrets":`...)
	b = appendStrings(b, in.Secrets)
	b = append(b, `,"coefexps":`...)
	b = canonical.AppendArray(b, in.Commitments)
	return append(b, '}')
}

// ParseOutput reads {"private_key":…,"public_key":…} of step 5; it does not verify
// it.
func ParseOutput(g group.Group, text []byte) (Output, error) {
	var out Output
	r := canonical.NewReader(text)
	r.Literal(`{"private_key":`)
	out.PrivateKey = r.String(messageLimit)
	r.Literal(`,"public_key":`)
	out.PublicKey = readPublicKey(r, g)
	r.Literal(`}`)
	if err := r.End(); err != nil {
		return Output{}, fmt.Errorf("output: %w", err)
	}
	return out, nil
}

// Append adds {"private_key":…,"public_key":…} to b.
func (out Output) Append(b []byte) []byte {
	b = append(b, `{"private_key":`...)
	b = canonical.AppendString(b, out.PrivateKey)
	b = append(b, `,"public_key":`...)
	b = out.PublicKey.Append(b)
	return append(b, '}')
}

func readStrings(r *canonical.Reader) []string {
	var list []string
	r.Array(MaxTrustees, func(int) { list = append(list, r.String(messageLimit)) })
	return list
}

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = canonical.AppendString(b, s)
	}
	return append(b, ']')
}
