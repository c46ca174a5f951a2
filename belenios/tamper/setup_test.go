package tamper

import (
	"strings"

	"odaq/belenios"
	"odaq/belenios/archive"
	"odaq/belenios/ballot"
	"odaq/belenios/canonical"
	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/tally"
	"odaq/belenios/trustee"
)

// setups are tamperings with the election file and the list of credentials.
func setups() (list []*tampering) {
	add := func(script, name, step string, want error, text func(p *play, text string) string) {
		list = append(list, &tampering{name: name, script: script, want: want, kind: "Setup", change: change{step, text}})
	}
	for _, c := range []struct {
		name, path, value string
		want              error
	}{
		{"version 2", "version", "2", election.ErrVersion},
		{"an identifier of 13 characters", "uuid", `"Tamper2345678"`, election.ErrUUID},
		{"an identifier with a character outside base 58", "uuid", `"Tamper2345678O"`, election.ErrUUID},
		{"more to choose than there is", "questions.0.max", "3", election.ErrQuestion},
		{"more to choose at least than at most", "questions.1.min", "3", election.ErrQuestion},
		{"no question", "questions", "[]", election.ErrQuestion},
		{"a number with a zero before it", "questions.0.max", "01", canonical.ErrText},
		{"an escape that is not needed", "name", `"\u006e"`, canonical.ErrText},
		{"space between fields", "description", ` "d"`, canonical.ErrText},
		{"an unknown type of question", "questions.0", `{"type":"Lists","value":{"answers":["a"],"question":"q"}}`, canonical.ErrText},
	} {
		add("plain", "election: "+c.name, "election", c.want, onPath(c.path, replaced(c.value)))
	}
	add("plain", "election: another key", "election", belenios.ErrPublicKey, onPath("public_key", (*play).other))
	add("plain", "election: the key with torsion", "election", group.ErrMember, onPath("public_key", twisted))
	add("plain", "election: fields in another order", "election", canonical.ErrText, func(_ *play, text string) string {
		return strings.Replace(text, `"description":"d","name":"n"`, `"name":"n","description":"d"`, 1)
	})
	add("plain", "election: an unknown field", "election", canonical.ErrText, func(_ *play, text string) string { return extend(text, `"extra":1`) })
	add("plain", "election: another group", "election", group.ErrText, onPath("group", replaced(`"BELENIOS-2048"`)))
	add("plain", "election: more than 30 answers of a ranked question", "election", election.ErrQuestion, onPath("questions.1", replaced(
		`{"type":"NonHomomorphic","value":{"answers":[`+strings.Repeat(`"a",`, 30)+`"a"],"question":"q"}}`)))

	for _, c := range []struct {
		name, path, value string
		want              error
	}{
		{"a weight with a zero before it", "", ",05", election.ErrWeight},
		{"a negative weight", "", ",-1", election.ErrWeight},
		{"a fraction as weight", "", ",1.5", election.ErrWeight},
		{"a weight no computer can add", "", ",9007199254740991", election.ErrWeight},
		{"a weight and a name", "", ",1,name", election.ErrWeight},
	} {
		add("plain", "credentials: "+c.name, "credentials", c.want, onPath("0", func(_ *play, entry string) string {
			key, _, _ := strings.Cut(entry, ",")
			return key + c.value + `"`
		}))
	}
	add("mixed", "credentials: a weight where votes are shuffled", "credentials", election.ErrWeight, onPath("0", func(_ *play, entry string) string {
		return strings.TrimSuffix(entry, `"`) + `,2"`
	}))
	add("plain", "credentials: one twice", "credentials", election.ErrDuplicate, func(_ *play, text string) string { return double(text, "1") })
	add("mixed", "credentials: one with torsion", "credentials", group.ErrMember, onPath("1", twisted))
	add("plain", "credentials: a space", "credentials", canonical.ErrText, func(_ *play, text string) string { return strings.Replace(text, `","`, `", "`, 1) })

	list = append(list, &tampering{
		name: "credentials: a voter is taken off", script: "mixed", want: election.ErrUnknown, kind: "Ballot",
		change: change{"credentials", func(p *play, text string) string {
			for i := range size(text, "") {
				if word(text, string(rune('0'+i))) == p.publics[1] {
					if i == 0 {
						return dropFirst(text, "")
					}
					return drop(text, string(rune('0'+i)))
				}
			}
			panic("the voter is not on the list")
		}},
	}, &tampering{
		name: "credentials: other weights than were counted", script: "plain", want: tally.ErrTotal, kind: "EncryptedTally",
		log: func(p *play, log []record) []record {
			return setUp(log, 2, strings.Replace(log[0].data[2], `,5"`, `,6"`, 1))
		},
	}, &tampering{
		name: "credentials: two weights exchanged", script: "plain", want: tally.ErrTally, kind: "EncryptedTally",
		log: func(p *play, log []record) []record {
			list := log[0].data[2]
			a, b := p.publics[0]+",1", p.publics[1]+",5"
			return setUp(log, 2, strings.NewReplacer(a, p.publics[0]+",5", b, p.publics[1]+",1").Replace(list))
		},
		// num_tallied and total_weight stay what they were.
	}, &tampering{
		name: "election: another name after the votes", script: "plain", want: ballot.ErrElection, kind: "Ballot",
		log: func(p *play, log []record) []record { return setUp(log, 0, set(log[0].data[0], "name", `"m"`)) },
	}, &tampering{
		name: "election: the order of answers after the votes", script: "plain", want: ballot.ErrElection, kind: "Ballot",
		log: func(p *play, log []record) []record {
			return setUp(log, 0, swap(log[0].data[0], "questions.1.answers.0", "questions.1.answers.1"))
		},
	})
	for _, c := range []struct {
		name string
		text func(p *play, text string) string
		want error
	}{
		{"the hash of another election", onPath("election", replaced(`"`+hash("x")+`"`)), archive.ErrPayload},
		{"the hash of other trustees", onPath("trustees", replaced(`"`+hash("x")+`"`)), archive.ErrPayload},
		{"the hash of other credentials", onPath("credentials", replaced(`"`+hash("x")+`"`)), archive.ErrPayload},
		{"trustees and credentials exchanged", func(_ *play, text string) string { return swap(text, "trustees", "credentials") }, archive.ErrOrder},
	} {
		add("plain", "setup: "+c.name, "setup record", c.want, c.text)
	}
	return list
}

// extend puts a further field at the end of an object.
func extend(text, more string) string { return add(text, "", more) }

// twisted is an element in quotes with a torsion component.
func twisted(p *play, quoted string) string { return `"` + twist(p.g, strings.Trim(quoted, `"`)) + `"` }

// setUp replaces one of the texts of the set-up and its hash.
func setUp(log []record, i int, text string) []record {
	d := append([]string(nil), log[0].data...)
	d[3] = strings.Replace(d[3], hash(d[i]), hash(text), 1)
	d[i] = text
	log[0].data = d
	return log
}

// trustees are tamperings with those who hold the keys.
func trustees() (list []*tampering) {
	add := func(name string, want error, text func(p *play, text string) string) {
		list = append(list, &tampering{name: "trustees: " + name, script: "threshold", want: want, kind: "Setup", change: change{"trustees", text}, finite: true})
	}
	proofs := func(name, path string, want error) {
		add(name+": the challenge", want, onPath(path+".challenge", (*play).next))
		add(name+": the response", want, onPath(path+".response", (*play).next))
	}
	proofs("the proof of a single key", "0.1.pok", trustee.ErrKeyProof)
	proofs("the signature of a certificate", "1.1.certs.1.signature", trustee.ErrCertificate)
	proofs("the signature of commitments", "1.1.coefexps.0.signature", trustee.ErrCommitments)
	proofs("the proof of a threshold key", "1.1.verification_keys.2.pok", trustee.ErrKeyProof)

	add("another single key", trustee.ErrKeyProof, onPath("0.1.public_key", (*play).other))
	add("a single key with torsion", group.ErrMember, onPath("0.1.public_key", twisted))
	add("the identity as key", trustee.ErrIdentity, onPath("0.1", func(p *play, _ string) string {
		return string(trustee.NewPublicKey(p.g, p.g.Number(0)).Append(nil))
	}))
	add("a key that cancels all others", trustee.ErrIdentity, func(p *play, text string) string {
		sum := p.g.Number(0)
		x := trustee.NewPrivateKey(p.g)
		for _, k := range []group.Scalar{x, p.g.Sub(sum, x)} {
			text = text[:len(text)-1] + `,["Single",` + string(trustee.NewPublicKey(p.g, k).Append(nil)) + `]]`
		}
		return "[" + get(text, "2") + "," + get(text, "3") + "]"
	})
	add("nobody", trustee.ErrCount, replaced("[]"))
	add("one more", belenios.ErrPublicKey, func(p *play, text string) string {
		k := trustee.NewPublicKey(p.g, trustee.NewPrivateKey(p.g))
		return text[:len(text)-1] + `,["Single",` + string(k.Append(nil)) + `]]`
	})
	add("one less", belenios.ErrPublicKey, func(_ *play, text string) string { return dropFirst(text, "") })
	add("an empty name", canonical.ErrText, onPath("0.1", func(_ *play, k string) string { return extend(k, `"name":""`) }))
	add("an unknown kind", canonical.ErrText, onPath("0.0", replaced(`"Double"`)))

	add("threshold 0", trustee.ErrThreshold, onPath("1.1.threshold", replaced("0")))
	add("a threshold below what was committed to", trustee.ErrThreshold, onPath("1.1.threshold", replaced("1")))
	add("a threshold above what was committed to", trustee.ErrThreshold, onPath("1.1.threshold", replaced("3")))
	add("a threshold above the number of trustees", trustee.ErrThreshold, onPath("1.1.threshold", replaced("4")))
	add("a certificate missing", trustee.ErrCount, func(_ *play, text string) string { return drop(text, "1.1.certs.2") })
	add("no certificates", trustee.ErrCount, onPath("1.1.certs", replaced("[]")))
	add("commitments missing", trustee.ErrCount, func(_ *play, text string) string { return drop(text, "1.1.coefexps.2") })
	add("a threshold key missing", trustee.ErrCount, func(_ *play, text string) string { return drop(text, "1.1.verification_keys.1") })
	add("a certificate twice", trustee.ErrDuplicate, func(_ *play, text string) string {
		return set(text, "1.1.certs.2", get(text, "1.1.certs.0"))
	})
	add("certificates exchanged", trustee.ErrCommitments, func(_ *play, text string) string { return swap(text, "1.1.certs.0", "1.1.certs.1") })
	add("commitments exchanged", trustee.ErrCommitments, func(_ *play, text string) string { return swap(text, "1.1.coefexps.0", "1.1.coefexps.1") })
	add("threshold keys exchanged", trustee.ErrVerificationKey, func(_ *play, text string) string {
		return swap(text, "1.1.verification_keys.0", "1.1.verification_keys.1")
	})
	add("a threshold key of the trustee's own", trustee.ErrVerificationKey, onPath("1.1.verification_keys.0", func(p *play, _ string) string {
		return string(trustee.NewPublicKey(p.g, trustee.NewPrivateKey(p.g)).Append(nil))
	}))
	add("the message of a certificate", trustee.ErrCertificate, func(_ *play, text string) string {
		return set(text, "1.1.certs.0.message", get(text, "1.1.certs.1.message"))
	})
	add("commitments with torsion, signed", group.ErrMember, onPath("1.1.coefexps.1", func(p *play, signed string) string {
		return p.recommit(signed, 1, 1, func(e string) string { return twist(p.g, e) })
	}))
	add("other commitments, signed", trustee.ErrVerificationKey, onPath("1.1.coefexps.1", func(p *play, signed string) string {
		return p.recommit(signed, 1, 1, func(e string) string { return strings.Trim(p.other(`"`+e+`"`), `"`) })
	}))
	add("a certificate whose key has torsion", group.ErrMember, onPath("1.1.certs.0", func(p *play, signed string) string {
		message := unescape(word(signed, "message"))
		return p.message(p.signing(0), edit(message, "encryption", func(e string) string { return twisted(p, e) }))
	}))
	add("a certificate signed with another key", trustee.ErrCertificate, onPath("1.1.certs.0", func(p *play, signed string) string {
		return p.message(p.signing(1), unescape(word(signed, "message")))
	}))
	add("a certificate with space in its message, signed", canonical.ErrText, onPath("1.1.certs.0", func(p *play, signed string) string {
		return p.message(p.signing(0), " "+unescape(word(signed, "message")))
	}))
	return list
}

func unescape(s string) string { return strings.ReplaceAll(s, `\"`, `"`) }

// recommit changes a commitment of a threshold trustee, who signs it again.
func (p *play) recommit(signed string, index, k int, changed func(e string) string) string {
	message := unescape(word(signed, "message"))
	return p.message(p.signing(index), edit(message, "coefexps."+string(rune('0'+k)), func(e string) string {
		return `"` + changed(strings.Trim(e, `"`)) + `"`
	}))
}
