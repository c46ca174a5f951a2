package tamper

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"odaq/belenios"
	"odaq/belenios/ballot"
	"odaq/belenios/canonical"
	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// ballots are tamperings with the second ballot, which its voter signs again
// unless it is the signature that is changed.
func ballots() (list []*tampering) {
	add := func(script, name string, want error, text func(p *play, text string) string) {
		list = append(list, &tampering{name: "ballot: " + name, script: script, want: want, kind: "Ballot", change: change{"ballot 1", text}, finite: true})
	}
	voter := func(script string) int { return scripts[script].votes[1].voter }
	signed := func(script, name string, want error, text func(p *play, text string) string) {
		add(script, name, want, func(p *play, original string) string { return p.sign(voter(script), text(p, original)) })
	}
	proofs := func(script, name, path string, want error) {
		signed(script, name+": the challenge", want, onPath(path+".challenge", (*play).next))
		signed(script, name+": the response", want, onPath(path+".response", (*play).next))
	}

	// Every proof of every kind.
	for slot := range 3 {
		for branch := range 2 {
			path := fmt.Sprintf("answers.0.individual_proofs.%d.%d", slot, branch)
			proofs("plain", fmt.Sprintf("the proof that slot %d is %d", slot, branch), path, ballot.ErrIndividual)
		}
	}
	for branch := range 2 {
		proofs("plain", fmt.Sprintf("branch %d of the number of choices or blank", branch), fmt.Sprintf("answers.0.overall_proof.%d", branch), ballot.ErrOverall)
		proofs("plain", fmt.Sprintf("branch %d of the number of choices", branch), fmt.Sprintf("answers.1.overall_proof.%d", branch), ballot.ErrOverall)
		proofs("plain", fmt.Sprintf("branch %d of blank excludes all else", branch), fmt.Sprintf("answers.0.blank_proof.%d", branch), ballot.ErrBlank)
	}
	proofs("mixed", "the proof of a ranked choice", "answers.0.proof", ballot.ErrEncryption)
	add("plain", "the signature: the challenge", ballot.ErrSignature, onPath("signature.proof.challenge", (*play).next))
	add("plain", "the signature: the response", ballot.ErrSignature, onPath("signature.proof.response", (*play).next))
	add("plain", "the signature: the hash", ballot.ErrHash, onPath("signature.hash", replaced(`"`+canonical.Hash(nil)+`"`)))
	add("plain", "changed after it was signed", ballot.ErrHash, func(_ *play, text string) string {
		return swap(text, "answers.0.choices.0", "answers.0.choices.1")
	})
	add("plain", "signed by another voter", ballot.ErrSignature, func(p *play, text string) string { return p.sign(3, text) })

	// Ciphertexts.
	signed("plain", "a vote of two", ballot.ErrIndividual, onPath("answers.1.choices.2.beta", (*play).other))
	signed("plain", "another alpha", ballot.ErrIndividual, onPath("answers.1.choices.0.alpha", (*play).other))
	signed("mixed", "another ranked choice", ballot.ErrEncryption, onPath("answers.0.choices.beta", (*play).other))
	signed("mixed", "another alpha of a ranked choice", ballot.ErrEncryption, onPath("answers.0.choices.alpha", (*play).other))
	signed("plain", "slots exchanged", ballot.ErrIndividual, func(_ *play, text string) string {
		return swap(text, "answers.1.choices.0", "answers.1.choices.2")
	})
	signed("plain", "slots exchanged with their proofs", ballot.ErrOverall, func(_ *play, text string) string {
		text = swap(text, "answers.1.choices.0", "answers.1.choices.2")
		return swap(text, "answers.1.individual_proofs.0", "answers.1.individual_proofs.2")
	})
	signed("mixed", "two ranked choices exchanged", ballot.ErrEncryption, func(_ *play, text string) string {
		return swap(text, "answers.0.choices", "answers.2.choices")
	})

	// Replay.
	signed("plain", "the answers of another voter", ballot.ErrIndividual, func(p *play, text string) string {
		return set(text, "answers", get(p.log[1].data[0], "answers"))
	})
	signed("mixed", "the ranked choice of another voter", ballot.ErrEncryption, func(p *play, text string) string {
		return set(text, "answers.0", get(p.log[1].data[0], "answers.0"))
	})
	add("plain", "the ballot of another voter under one's own name", ballot.ErrIndividual, func(p *play, text string) string {
		return p.sign(1, set(p.log[1].data[0], "credential", get(text, "credential")))
	})
	add("plain", "one's own ballot under the name of another voter", ballot.ErrSignature, func(p *play, text string) string {
		return p.sign(1, set(text, "credential", `"`+p.publics[3]+`"`))
	})
	add("plain", "slots of two ballots of one voter", ballot.ErrOverall, func(p *play, text string) string {
		again := check(p.ballot(1, [][]int{{1, 0, 0}, {1, 1, 0}}))
		for _, part := range []string{"choices.0", "individual_proofs.0", "choices.1", "individual_proofs.1"} {
			text = set(text, "answers.1."+part, get(again, "answers.1."+part))
		}
		return p.sign(1, text) // three choices of at most two
	})
	add("plain", "blank and a choice, from two ballots of one voter", ballot.ErrOverall, func(p *play, text string) string {
		again := check(p.ballot(1, [][]int{{1, 0, 0}, {1, 1, 0}}))
		for _, part := range []string{"choices.0", "individual_proofs.0"} {
			text = set(text, "answers.0."+part, get(again, "answers.0."+part))
		}
		return p.sign(1, text)
	})
	for name, path := range map[string]string{"name": "name", "identifier": "uuid", "questions": "questions.0.question"} {
		add("plain", "for an election of another "+name, ballot.ErrElection, func(p *play, text string) string {
			e := check(election.Parse([]byte(set(string(p.election.Text()), path, `"Another2345678"`))))
			b, _, err := ballot.Make(e, p.credentials[1], [][]int{{0, 1, 0}, {0, 0, 1}})
			return string(check(b, err))
		})
	}
	signed("plain", "the identifier of another election", ballot.ErrElection, onPath("election_uuid", replaced(`"Another2345678"`)))
	signed("plain", "the hash of another election", ballot.ErrElection, onPath("election_hash", replaced(`"`+canonical.Hash(nil)+`"`)))
	add("plain", "a credential that is not on the list", election.ErrUnknown, func(p *play, text string) string {
		b, _, err := ballot.Make(p.election, election.NewCredential(), [][]int{{0, 1, 0}, {0, 0, 1}})
		return string(check(b, err))
	})
	add("plain", "the same twice", belenios.ErrDuplicate, func(p *play, _ string) string { return p.log[1].data[0] })

	// Elements that are none, and other spellings.
	strange := map[string]string{}
	for _, g := range []string{group.Ed25519, group.Belenios, group.RFC3526} {
		for name := range outsiders(check(group.Named(g))) {
			strange[name] = ""
		}
	}
	for _, name := range slices.Sorted(maps.Keys(strange)) {
		for _, where := range []struct{ script, path string }{{"plain", "answers.0.choices.1.alpha"}, {"mixed", "answers.2.choices.beta"}} {
			for _, g := range []string{group.Ed25519, finite(where.script)} {
				o, ok := outsiders(check(group.Named(g)))[name]
				if !ok {
					continue
				}
				voter := voter(where.script)
				list = append(list, &tampering{
					name:   fmt.Sprintf("ballot: an element of %s that is %s", g, name),
					script: where.script, want: o.want, kind: "Ballot", only: g,
					change: change{"ballot 1", func(p *play, text string) string {
						return p.sign(voter, set(text, where.path, `"`+o.text+`"`))
					}},
				})
			}
		}
	}
	signed("plain", "an alpha with torsion", group.ErrMember, onPath("answers.0.choices.0.alpha", twisted))
	signed("plain", "a beta with torsion", group.ErrMember, onPath("answers.1.choices.1.beta", twisted))
	signed("mixed", "an alpha with torsion whose proof holds", group.ErrMember, onPath("answers.0", func(p *play, _ string) string { return p.grind() }))
	add("plain", "a credential with torsion", election.ErrUnknown, func(p *play, text string) string {
		return p.sign(1, set(text, "credential", twisted(p, get(text, "credential"))))
	})
	for name, c := range map[string]struct {
		path    string
		changed func(p *play, value string) string
		want    error
	}{
		"a challenge above the order":        {"answers.0.individual_proofs.0.0.challenge", beyond, group.ErrRange},
		"a response above the order":         {"answers.0.overall_proof.0.response", beyond, group.ErrRange},
		"a response with a zero before it":   {"answers.0.overall_proof.0.response", func(_ *play, v string) string { return `"0` + v[1:] }, canonical.ErrText},
		"a negative response":                {"answers.0.overall_proof.0.response", func(_ *play, v string) string { return `"-` + v[1:] }, canonical.ErrText},
		"a response without quotes":          {"answers.0.overall_proof.0.response", func(_ *play, v string) string { return strings.Trim(v, `"`) }, canonical.ErrText},
		"a digit spelled as an escape":       {"answers.0.overall_proof.0.response", func(_ *play, v string) string { return `"\u003` + v[1:2] + v[2:] }, canonical.ErrText},
		"space inside an answer":             {"answers.0.choices", func(_ *play, v string) string { return " " + v }, canonical.ErrText},
		"an unknown field inside an answer":  {"answers.0", func(_ *play, v string) string { return extend(v, `"extra":1`) }, canonical.ErrText},
		"an unknown field inside a choice":   {"answers.0.choices.0", func(_ *play, v string) string { return extend(v, `"extra":1`) }, canonical.ErrText},
		"alpha and beta in another order":    {"answers.0.choices.0", reversed("alpha", "beta"), canonical.ErrText},
		"challenge and response reversed":    {"answers.0.overall_proof.0", reversed("challenge", "response"), canonical.ErrText},
		"an answer too many":                 {"answers", func(_ *play, v string) string { return double(v, "1") }, canonical.ErrText},
		"an answer too few":                  {"answers", func(_ *play, v string) string { return drop(v, "1") }, canonical.ErrText},
		"a slot too many":                    {"answers.1.choices", func(_ *play, v string) string { return double(v, "2") }, canonical.ErrText},
		"a slot too few":                     {"answers.1.choices", func(_ *play, v string) string { return drop(v, "2") }, canonical.ErrText},
		"a proof of a slot too few":          {"answers.1.individual_proofs", func(_ *play, v string) string { return drop(v, "2") }, canonical.ErrText},
		"a branch too many":                  {"answers.1.overall_proof", func(_ *play, v string) string { return double(v, "1") }, canonical.ErrText},
		"a branch too few":                   {"answers.1.overall_proof", func(_ *play, v string) string { return drop(v, "1") }, canonical.ErrText},
		"a third branch that a slot is zero": {"answers.1.individual_proofs.0", func(_ *play, v string) string { return double(v, "0") }, canonical.ErrText},
		"no blank proof":                     {"answers.0", func(_ *play, v string) string { return drop(v, "blank_proof") }, canonical.ErrText},
		"a blank proof that nobody wants": {"answers.1", func(_ *play, v string) string {
			return extend(v, `"blank_proof":`+get(v, "individual_proofs.0"))
		}, canonical.ErrText},
	} {
		signed("plain", name, c.want, onPath(c.path, c.changed))
	}
	add("plain", "space at its end", canonical.ErrText, func(_ *play, text string) string { return text + " " })
	add("plain", "a line's end at its end", canonical.ErrText, func(_ *play, text string) string { return text + "\n" })
	add("plain", "an unknown field", canonical.ErrText, func(_ *play, text string) string { return extend(text, `"extra":1`) })
	add("plain", "no signature", canonical.ErrText, func(_ *play, text string) string { return drop(text, "signature") })
	add("plain", "nothing", canonical.ErrText, replaced("{}"))
	slices.SortStableFunc(list, func(a, b *tampering) int { return strings.Compare(a.script, b.script) })
	return list
}

// beyond is a scalar in quotes plus the order.
func beyond(p *play, quoted string) string {
	n := decimal(strings.Trim(quoted, `"`))
	return `"` + n.Add(n, p.g.Order()).String() + `"`
}

// reversed writes an object's two fields in the other order.
func reversed(a, b string) func(*play, string) string {
	return func(_ *play, v string) string {
		return fmt.Sprintf(`{"%s":%s,"%s":%s}`, b, get(v, b), a, get(v, a))
	}
}

// grind makes the answer to a ranked question with an alpha outside the subgroup
// whose proof holds nevertheless: the challenge is even, so the component of order
// two vanishes (FORMAT §8.1).
func (p *play) grind() string {
	g, y := p.g, p.election.PublicKey
	context := p.election.Fingerprint() + "|" + p.publics[p.script.votes[1].voter]
	r := proof.Random(g)
	alpha := twist(g, g.PowerG(r).String())
	beta := g.Mul(g.Power(y, r), check(g.Embed([]int{1, 2, 3})))
	for {
		pr := proof.Know(g, r, func(commitments proof.List) group.Scalar {
			return proof.Challenge(g, proof.Text("raweg|"+context+"|"), proof.List{y}, proof.Text(","+alpha+","), beta, proof.Text("|"), commitments)
		}, g.Generator())
		if pr.Challenge.Big().Bit(0) == 0 {
			return fmt.Sprintf(`{"choices":{"alpha":"%s","beta":"%s"},"proof":%s}`, alpha, beta, pr.Append(nil))
		}
	}
}
