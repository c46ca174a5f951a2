package tamper

import (
	"fmt"
	"strings"

	"odaq/belenios"
	"odaq/belenios/archive"
	"odaq/belenios/canonical"
	"odaq/belenios/group"
	"odaq/belenios/shuffle"
	"odaq/belenios/tally"
)

// tallies are tamperings with the encrypted tally, its counters and the result.
func tallies() (list []*tampering) {
	add := func(script, name, step string, want error, text func(p *play, text string) string) {
		kind := "EncryptedTally"
		if step == "result" {
			kind = "Result"
		}
		list = append(list, &tampering{name: step + ": " + name, script: script, want: want, kind: kind, change: change{step, text}, finite: script == "plain"})
	}
	add("plain", "another alpha", "tally", tally.ErrTally, onPath("0.1.alpha", (*play).other))
	add("plain", "a vote more", "tally", tally.ErrTally, onPath("1.0.beta", (*play).other))
	add("plain", "an alpha with torsion", "tally", group.ErrMember, onPath("1.1.alpha", twisted))
	add("plain", "slots exchanged", "tally", tally.ErrTally, func(_ *play, text string) string { return swap(text, "1.0", "1.1") })
	add("plain", "a slot too few", "tally", tally.ErrShape, func(_ *play, text string) string { return drop(text, "1.2") })
	add("plain", "a slot too many", "tally", tally.ErrShape, func(_ *play, text string) string { return double(text, "1.2") })
	add("plain", "a question too few", "tally", tally.ErrShape, func(_ *play, text string) string { return drop(text, "1") })
	add("plain", "space", "tally", canonical.ErrText, func(_ *play, text string) string { return " " + text })
	add("plain", "the first vote of a voter instead of the last", "tally", tally.ErrTally, func(p *play, _ string) string {
		return p.retally(map[int]int64{1: 1, 2: 5})
	})
	add("plain", "both votes of a voter", "tally", tally.ErrTally, func(p *play, _ string) string {
		return p.retally(map[int]int64{1: 1, 2: 5, 3: 1})
	})
	add("plain", "weights forgotten", "tally", tally.ErrTally, func(p *play, _ string) string {
		return p.retally(map[int]int64{2: 1, 3: 1})
	})
	add("plain", "a ballot left out", "tally", tally.ErrTally, func(p *play, _ string) string { return p.retally(map[int]int64{2: 5}) })
	add("mixed", "not sorted", "tally", tally.ErrTally, func(_ *play, text string) string { return swap(text, "0.0", "0.2") })
	add("mixed", "a ciphertext too few", "tally", tally.ErrTally, func(_ *play, text string) string { return drop(text, "2.1") })
	add("mixed", "a ciphertext twice", "tally", tally.ErrTally, func(_ *play, text string) string { return set(text, "2.1", get(text, "2.0")) })
	add("mixed", "another ciphertext", "tally", tally.ErrTally, onPath("0.1.beta", (*play).other))

	for _, c := range []struct {
		name, path, value string
		want              error
	}{
		{"a ballot more", "num_tallied", "3", tally.ErrCounted},
		{"a ballot less", "num_tallied", "1", tally.ErrCounted},
		{"more weight", "total_weight", "7", tally.ErrTotal},
		{"less weight", "total_weight", "5", tally.ErrTotal},
		{"the weight as a string", "total_weight", `"6"`, archive.ErrText},
		{"the weight with a zero before it", "total_weight", "06", archive.ErrText},
		{"a negative number", "num_tallied", "-2", archive.ErrText},
		{"the hash of another tally", "encrypted_tally", `"` + hash("x") + `"`, archive.ErrPayload},
		{"space", "num_tallied", " 2", archive.ErrText},
	} {
		add("plain", c.name, "sized", c.want, onPath(c.path, replaced(c.value)))
	}

	// The honest result is [[0,5,1],[0,0,6]].
	for _, c := range []struct {
		name, path, value string
		want              error
	}{
		{"a vote more", "result.0.1", "6", tally.ErrResult},
		{"a vote less", "result.0.1", "4", tally.ErrResult},
		{"votes moved to another answer", "result.1", "[6,0,0]", tally.ErrResult},
		{"blank moved to an answer", "result.0", "[5,0,1]", tally.ErrResult},
		{"a count as a string", "result.0.1", `"5"`, canonical.ErrText},
		{"a negative count", "result.0.0", "-1", canonical.ErrText},
		{"a slot too few", "result.1", "[0,0]", tally.ErrShape},
		{"a slot too many", "result.1", "[0,0,6,0]", tally.ErrShape},
		{"a question too few", "result", "[[0,5,1]]", tally.ErrShape},
		{"a question too many", "result", "[[0,5,1],[0,0,6],[0]]", tally.ErrShape},
		{"space", "result", " [[0,5,1],[0,0,6]]", canonical.ErrText},
	} {
		add("plain", c.name, "result", c.want, onPath(c.path, replaced(c.value)))
	}
	add("plain", "an unknown field", "result", canonical.ErrText, func(_ *play, text string) string { return extend(text, `"winner":0`) })
	add("mixed", "another ranking", "result", tally.ErrResult, onPath("result.0.1.0", replaced("7")))
	add("mixed", "ranks of a ballot exchanged", "result", tally.ErrResult, onPath("result.2.0", func(_ *play, v string) string {
		return "[" + get(v, "1") + "," + get(v, "0") + "]"
	}))
	add("mixed", "ballots exchanged", "result", tally.ErrResult, func(_ *play, text string) string { return swap(text, "result.0.0", "result.0.1") })
	add("mixed", "a ranking too few", "result", tally.ErrShape, func(_ *play, text string) string { return drop(text, "result.0.2") })
	add("mixed", "a rank too few", "result", tally.ErrShape, func(_ *play, text string) string { return drop(text, "result.0.0.2") })
	return list
}

// retally is the tally of the ballots of the log by height, with weights.
func (p *play) retally(weights map[int]int64) string {
	sum := tally.New(p.g, p.questions)
	for height, w := range weights {
		if err := sum.Add(parsed(p, p.log[height].data[0]), w); err != nil {
			panic(err)
		}
	}
	return string(sum.Encrypted().Append(nil))
}

// shuffles are tamperings with the mixnet.
func shuffles() (list []*tampering) {
	add := func(name string, want error, text func(p *play, text string) string) {
		list = append(list, &tampering{name: "shuffle: " + name, script: "mixed", want: want, kind: "Shuffle", change: change{"shuffle 0", text}})
	}
	// Every part of the proof (FORMAT §10).
	for _, c := range []struct{ name, path string }{
		{"t1", "0.0"}, {"t2", "0.1"}, {"t3", "0.2"}, {"t41", "0.3.0"}, {"t42", "0.3.1"},
		{"the first t̂", "0.4.0"}, {"the last t̂", "0.4.2"},
		{"the first c", "2.0"}, {"the last c", "2.2"}, {"the first ĉ", "3.0"}, {"the last ĉ", "3.2"},
	} {
		add(c.name, shuffle.ErrProof, onPath("proofs.1."+c.path, (*play).other))
		add(c.name+" with torsion", group.ErrMember, onPath("proofs.1."+c.path, twisted))
	}
	for _, c := range []struct{ name, path string }{
		{"s1", "1.0"}, {"s2", "1.1"}, {"s3", "1.2"}, {"s4", "1.3"},
		{"the first ŝ", "1.4.0"}, {"the last ŝ", "1.4.2"}, {"the first s'", "1.5.0"}, {"the last s'", "1.5.2"},
	} {
		add(c.name, shuffle.ErrProof, onPath("proofs.0."+c.path, (*play).next))
		add(c.name+" above the order", group.ErrRange, onPath("proofs.0."+c.path, beyond))
	}
	add("another alpha comes out", shuffle.ErrProof, onPath("ciphertexts.0.1.alpha", (*play).other))
	add("another vote comes out", shuffle.ErrProof, onPath("ciphertexts.0.1.beta", (*play).other))
	add("an alpha with torsion comes out", group.ErrMember, onPath("ciphertexts.1.0.alpha", twisted))
	add("a vote comes out twice", shuffle.ErrProof, func(_ *play, text string) string {
		return set(text, "ciphertexts.0.0", get(text, "ciphertexts.0.1"))
	})
	add("outputs exchanged", shuffle.ErrProof, func(_ *play, text string) string { return swap(text, "ciphertexts.0.0", "ciphertexts.0.1") })
	add("a vote does not come out", shuffle.ErrLength, func(_ *play, text string) string { return drop(text, "ciphertexts.0.2") })
	add("a vote does not come out, nor has a proof", shuffle.ErrLength, func(p *play, text string) string {
		in := p.encrypted.Mixed(p.questions)
		in[0] = in[0][:2]
		return string(shuffle.Make(p.g, p.election.PublicKey, p.election.Fingerprint(), in).Append(nil))
	})
	add("questions exchanged", shuffle.ErrProof, func(_ *play, text string) string {
		return swap(swap(text, "ciphertexts.0", "ciphertexts.1"), "proofs.0", "proofs.1")
	})
	add("a proof missing", shuffle.ErrLength, func(_ *play, text string) string { return drop(text, "proofs.1") })
	add("a question missing", shuffle.ErrLength, func(_ *play, text string) string { return drop(drop(text, "proofs.1"), "ciphertexts.1") })
	add("a short list in the proof", shuffle.ErrLength, func(_ *play, text string) string { return drop(text, "proofs.0.1.5.2") })
	add("for another election", shuffle.ErrProof, func(p *play, _ string) string {
		return string(shuffle.Make(p.g, p.election.PublicKey, canonical.Hash(nil), p.encrypted.Mixed(p.questions)).Append(nil))
	})
	add("with another key", shuffle.ErrProof, func(p *play, _ string) string {
		return string(shuffle.Make(p.g, p.g.Generator(), p.election.Fingerprint(), p.encrypted.Mixed(p.questions)).Append(nil))
	})
	add("space", canonical.ErrText, func(_ *play, text string) string { return " " + text })
	owners(&list, "shuffle", "mixed", "Shuffle")
	list = append(list, &tampering{
		name: "shuffle: the second before the first", script: "mixed", want: shuffle.ErrProof, kind: "Shuffle",
		log: func(_ *play, log []record) []record {
			i := index(log, "Shuffle")
			log[i], log[i+1] = log[i+1], log[i]
			return log
		},
	}, &tampering{
		name: "shuffle: one is left out", script: "mixed", want: tally.ErrDecryption, kind: "PartialDecryption",
		log: func(_ *play, log []record) []record { return without(log, index(log, "Shuffle")+1) },
	}, &tampering{
		name: "shuffle: none", script: "mixed", want: belenios.ErrShuffles, kind: "PartialDecryption",
		log: func(_ *play, log []record) []record {
			i := index(log, "Shuffle")
			return without(without(without(log, i), i), i)
		},
	}, &tampering{
		name: "shuffle: where there is nothing to shuffle", script: "plain", want: belenios.ErrShuffles, kind: "Shuffle",
		log: func(p *play, log []record) []record {
			text := string(shuffle.Make(p.g, p.election.PublicKey, p.election.Fingerprint(), nil).Append(nil))
			i := index(log, "EncryptedTally") + 1
			s := record{kind: "Shuffle", data: []string{text, fmt.Sprintf(`{"owner":1,"payload":"%s"}`, hash(text))}}
			return insert(insert(log, i, s), i+1, record{kind: "EndShuffles"})
		},
	})
	return list
}

// owners are tamperings with the record of whose a payload is.
func owners(list *[]*tampering, step, script, kind string) {
	for _, c := range []struct {
		name, path, value string
		want              error
	}{
		{"a trustee that is not there", "owner", "9", tally.ErrOwner},
		{"trustee 0", "owner", "0", archive.ErrText},
		{"a negative trustee", "owner", "-1", archive.ErrText},
		{"a trustee as a string", "owner", `"1"`, archive.ErrText},
		{"the hash of something else", "payload", `"` + hash("x") + `"`, archive.ErrPayload},
	} {
		*list = append(*list, &tampering{name: step + ": " + c.name, script: script, want: c.want, kind: kind,
			change: change{strings.ToLower(kind) + " owner 0", onPath(c.path, replaced(c.value))}})
	}
}

// decryptions are tamperings with what trustees contribute.
func decryptions() (list []*tampering) {
	add := func(script, name string, want error, text func(p *play, text string) string) {
		list = append(list, &tampering{name: "decryption: " + name, script: script, want: want, kind: "PartialDecryption",
			change: change{"decryption 0", text}, finite: script != "mixed"})
	}
	for _, script := range []string{"plain", "threshold", "mixed"} {
		add(script, "another factor", tally.ErrDecryption, onPath("decryption_factors.0.1", (*play).other))
		add(script, "the challenge", tally.ErrDecryption, onPath("decryption_proofs.0.1.challenge", (*play).next))
		add(script, "the response", tally.ErrDecryption, onPath("decryption_proofs.0.1.response", (*play).next))
		add(script, "with another key", tally.ErrDecryption, func(p *play, _ string) string {
			return string(tally.Decrypt(p.g, p.election.Fingerprint(), p.g.Number(42), p.encrypted).Append(nil))
		})
	}
	add("plain", "a factor with torsion", group.ErrMember, onPath("decryption_factors.1.0", twisted))
	add("plain", "a challenge above the order", group.ErrRange, onPath("decryption_proofs.0.0.challenge", beyond))
	add("plain", "for another election", tally.ErrDecryption, func(p *play, _ string) string {
		return string(tally.Decrypt(p.g, canonical.Hash(nil), p.keys[p.script.present[0]-1], p.encrypted).Append(nil))
	})
	add("plain", "factors exchanged", tally.ErrDecryption, func(_ *play, text string) string {
		return swap(text, "decryption_factors.1.0", "decryption_factors.1.1")
	})
	add("plain", "a factor too few", tally.ErrShape, func(_ *play, text string) string { return drop(text, "decryption_factors.1.2") })
	add("plain", "a proof too few", tally.ErrShape, func(_ *play, text string) string { return drop(text, "decryption_proofs.1.2") })
	add("plain", "a question too few", tally.ErrShape, func(_ *play, text string) string {
		return drop(drop(text, "decryption_factors.1"), "decryption_proofs.1")
	})
	add("plain", "a question too many", tally.ErrShape, func(_ *play, text string) string {
		return double(double(text, "decryption_factors.1"), "decryption_proofs.1")
	})
	add("plain", "space", canonical.ErrText, func(_ *play, text string) string { return text + " " })
	add("mixed", "of the votes before they were shuffled", tally.ErrDecryption, func(p *play, _ string) string {
		e := check(tally.ParseEncrypted(p.g, p.questions, []byte(p.log[index(p.log, "EncryptedTally")].data[0])))
		return string(tally.Decrypt(p.g, p.election.Fingerprint(), p.keys[p.script.present[0]-1], e).Append(nil))
	})
	owners(&list, "decryption", "plain", "PartialDecryption")
	list = append(list, &tampering{
		name: "decryption: under the name of another trustee", script: "plain", want: tally.ErrDecryption, kind: "PartialDecryption",
		change: change{"partialdecryption owner 0", onPath("owner", replaced("1"))},
	}, &tampering{
		name: "decryption: the same trustee twice", script: "plain", want: belenios.ErrOwnerTwice, kind: "PartialDecryption",
		log: func(_ *play, log []record) []record {
			i := index(log, "PartialDecryption")
			return insert(log, i+1, log[i])
		},
	}, &tampering{
		name: "decryption: a trustee missing", script: "plain", want: tally.ErrMissing, kind: "Result",
		log: func(_ *play, log []record) []record { return without(log, index(log, "PartialDecryption")) },
	}, &tampering{
		name: "decryption: a trustee missing whom the threshold needs", script: "threshold", want: tally.ErrMissing, kind: "Result",
		log: func(_ *play, log []record) []record { return without(log, index(log, "PartialDecryption")) },
	}, &tampering{
		name: "decryption: the single trustee missing, the threshold reached", script: "threshold", want: tally.ErrMissing, kind: "Result",
		log: func(_ *play, log []record) []record { return without(log, index(log, "PartialDecryption")+1) },
	})
	return list
}

// index is where the first record of a kind is.
func index(log []record, kind string) int {
	for i, r := range log {
		if r.kind == kind {
			return i
		}
	}
	panic("no " + kind)
}

func without(log []record, i int) []record { return append(log[:i:i], log[i+1:]...) }

func insert(log []record, i int, r record) []record {
	return append(append(log[:i:i], r), log[i:]...)
}
