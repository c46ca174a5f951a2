package ballot

import (
	"bytes"

	"odaq/belenios/election"
	"odaq/belenios/group"
)

// Forge makes a ballot as Make does, of choices that may not be allowed and with a
// secret that may not be that of the credential.
func Forge(e *election.Election, credential group.Element, c election.Credential, choices [][]int) ([]byte, error) {
	ballot, _, err := encrypt(e, credential, c.Secret(e.Group, e.UUID), choices)
	return ballot, err
}

// Sign replaces the signature of a ballot.
func Sign(e *election.Election, c election.Credential, ballot []byte) []byte {
	unsigned, _, _ := bytes.Cut(ballot, []byte(`,"signature":`))
	return newKey(e).sign(bytes.Clone(unsigned), c.Secret(e.Group, e.UUID))
}

// SignatureCommitment is what the signature of a ballot commits to.
func SignatureCommitment(e *election.Election, ballot []byte) (group.Element, error) {
	b, err := Parse(e, ballot)
	if err != nil {
		return nil, err
	}
	return b.signature.Commitment(e.Group, e.Group.Generator(), b.Credential), nil
}

// HintsAs makes hints for a ballot as if its credential were another one.
func HintsAs(v *Verifier, credential group.Element, text []byte) ([]byte, error) {
	b, err := Parse(v.election, text)
	if err != nil {
		return nil, err
	}
	b.Credential = credential
	elements := b.elements()
	for _, c := range append([]check{v.key.signature(b)}, v.answers(b, true)...) {
		for _, m := range c.commitments {
			elements = append(elements, v.key.Product(m.bases, m.exponents))
		}
	}
	return v.key.Group.(group.Bulk).AppendHints(nil, elements), nil
}
