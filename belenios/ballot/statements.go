package ballot

import (
	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// This file says what the proofs of an answer are about, for the prover and the
// verifier alike.

// claims makes the statements of one answer. Its prefixes may be appended to, but
// by one caller at a time.
type claims struct {
	key      *key
	question *election.Question
	choices  []proof.Ciphertext
	texts    [][]byte // "alpha,beta"
	context  string   // P: the election's fingerprint and the credential
	all      string   // S: P and all the choices
	// factors makes statements about the sum say of which choices it is.
	factors []proof.Ciphertext
}

func newClaims(k *key, q *election.Question, context string, choices []proof.Ciphertext, texts [][]byte) *claims {
	s := append([]byte(context), '|')
	for i, text := range texts {
		if i > 0 {
			s = append(s, ',')
		}
		s = append(s, text...)
	}
	return &claims{key: k, question: q, choices: choices, texts: texts, context: context, all: string(s)}
}

// individual says that a slot is 0 or 1.
func (a *claims) individual(slot int) (prefix []byte, statements []statement) {
	c := a.choices[slot]
	return joined("prove|"+a.context+"|", a.texts[slot]), []statement{{c, nil, 0}, {c, nil, 1}}
}

// summed is the choices that the number of answers is the sum of: all but blank.
func (a *claims) summed() []proof.Ciphertext {
	if a.question.Blank {
		return a.choices[1:]
	}
	return a.choices
}

// total encrypts the number of answers.
func (a *claims) total() proof.Ciphertext {
	choices := a.summed()
	total := choices[0]
	for _, c := range choices[1:] {
		total = total.Mul(a.key, c)
	}
	return total
}

// overall says that the number of answers is allowed, or that slot 0 is 1 where
// blank is allowed.
func (a *claims) overall(total proof.Ciphertext) (prefix []byte, statements []statement) {
	if a.question.Blank {
		prefix = joined("bproof1|"+a.all, nil)
		statements = append(statements, statement{a.choices[0], nil, 1})
	} else {
		prefix = joined("prove|"+a.all+"|", a.key.Join(nil, []group.Element{total.Alpha, total.Beta}))
	}
	for v := a.question.Min; v <= a.question.Max; v++ {
		statements = append(statements, statement{total, a.factors, v})
	}
	return prefix, statements
}

// blank says that slot 0 is 0 or that there are no answers.
func (a *claims) blank(total proof.Ciphertext) (prefix []byte, statements []statement) {
	return joined("bproof0|"+a.all, nil), []statement{{a.choices[0], nil, 0}, {total, a.factors, 0}}
}

// encryption is the prefix of the proof of a non-homomorphic answer: that the
// randomness of the ciphertext is known (FORMAT §8.2).
func (a *claims) encryption() []byte {
	text := a.key.y.Append([]byte("raweg|" + a.context + "|"))
	text = append(text, ',')
	text = append(text, a.texts[0]...)
	return append(text, '|')
}

// joined is the texts and a bar, with room for commitments after them.
func joined(a string, b []byte) []byte {
	text := make([]byte, 0, len(a)+len(b)+512)
	text = append(text, a...)
	text = append(text, b...)
	return append(text, '|')
}
