package interop

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"odaq/belenios"
	"odaq/belenios/canonical"
	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// garbler encrypts elements that are no embedding of a choice, which the proofs of
// ranked questions allow.
type garbler struct{ ours }

func (b garbler) ballot(archive []byte, credential string, choices [][]int) string {
	b.t.Helper()
	e := b.read(archive).election
	g := e.Group
	s := must[election.Credential](b.t)(election.ParseCredential(credential)).Secret(g, e.UUID)
	public := g.PowerG(s).String()
	var answers []string
	for range choices {
		r := proof.Random(g)
		alpha, beta := g.PowerG(r), g.Mul(g.Power(e.PublicKey, r), g.PowerG(proof.Random(g)))
		p := proof.Know(g, r, func(commitments proof.List) group.Scalar {
			return proof.Challenge(g, proof.Text("raweg|"+e.Fingerprint()+"|"+public+"|"), proof.List{e.PublicKey, alpha, beta}, proof.Text("|"), commitments)
		}, g.Generator())
		answers = append(answers, fmt.Sprintf(`{"choices":{"alpha":"%s","beta":"%s"},"proof":%s}`, alpha, beta, p.Append(nil)))
	}
	text := fmt.Sprintf(`{"election_uuid":"%s","election_hash":"%s","credential":"%s","answers":[%s]}`, e.UUID, e.Fingerprint(), public, strings.Join(answers, ","))
	h := canonical.Hash([]byte(text))
	p := proof.Know(g, s, func(commitments proof.List) group.Scalar {
		return proof.Challenge(g, proof.Text("sig|"+h+"|"), commitments)
	}, g.Generator())
	return fmt.Sprintf(`%s,"signature":{"hash":"%s","proof":%s}}`, strings.TrimSuffix(text, "}"), h, p.Append(nil))
}

// TestGarbage: a voter who encrypts garbage cannot stop an election, and both
// parties decode the same numbers from it (hold compares what they compute).
func TestGarbage(t *testing.T) {
	t.Parallel()
	tool, ours := newTool(t), ours{t}
	s := shapes[len(shapes)-1]
	c := all(ours)
	c.voters, c.decode = []party{garbler{ours}}, []party{ours, tool}
	h := hold(t, s, c)
	if err := tool.verify(h.archive); err != nil {
		t.Errorf("the tool refuses the election: %v", err)
	}
	if _, err := belenios.Verify(t.Context(), bytes.NewReader(h.archive), belenios.Options{}); err != nil {
		t.Errorf("we refuse the election: %v", err)
	}
}
