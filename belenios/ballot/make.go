package ballot

import (
	"fmt"

	"odaq/belenios/canonical"
	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// Make makes the ballot of a credential: choices has an integer for each slot of
// each question. What a question does not allow is refused with an error that
// wraps election.ErrChoice, and nothing is made.
//
// The Opening shows what was encrypted. A ballot whose Opening anybody has seen
// must not be cast, and the Opening of one that is cast must be forgotten.
func Make(e *election.Election, c election.Credential, choices [][]int) (ballot []byte, opening *Opening, err error) {
	if err := allows(e, choices); err != nil {
		return nil, nil, err
	}
	secret := c.Secret(e.Group, e.UUID)
	return encrypt(e, e.Group.PowerG(secret), secret, choices)
}

// encrypt makes a ballot, which is valid if the choices are allowed and the secret
// is that of the credential.
func encrypt(e *election.Election, credential group.Element, secret group.Scalar, choices [][]int) (ballot []byte, opening *Opening, err error) {
	k := newKey(e)
	context := e.Fingerprint() + "|" + credential.String()

	opening = &Opening{Choices: choices}
	b := []byte(`{"election_uuid":`)
	b = canonical.AppendString(b, e.UUID)
	b = append(b, `,"election_hash":`...)
	b = canonical.AppendString(b, e.Fingerprint())
	b = append(b, `,"credential":`...)
	b = canonical.AppendToken(b, credential)
	b = append(b, `,"answers":[`...)
	for i := range e.Questions {
		if i > 0 {
			b = append(b, ',')
		}
		var randomness []group.Scalar
		if b, randomness, err = k.appendAnswer(b, &e.Questions[i], context, choices[i]); err != nil {
			return nil, nil, fmt.Errorf("answer %d: %w", i, err)
		}
		opening.Randomness = append(opening.Randomness, randomness)
	}
	b = k.sign(append(b, ']'), secret)
	opening.Tracker = Tracker(b)
	return b, opening, nil
}

// sign completes a ballot that ends after its answers.
func (k *key) sign(b []byte, secret group.Scalar) []byte {
	hash := canonical.Hash(append(b[:len(b):len(b)], '}'))
	signature := proof.Know(k, secret, func(commitments proof.List) group.Scalar {
		return k.hash(commitments.Append(signaturePrefix(hash)))
	}, k.g)
	b = append(b, `,"signature":{"hash":`...)
	b = canonical.AppendString(b, hash)
	b = append(b, `,"proof":`...)
	b = signature.Append(b)
	return append(b, `}}`...)
}

// allows tells whether there is an allowed choice for each question.
func allows(e *election.Election, choices [][]int) error {
	if len(choices) != len(e.Questions) {
		return fmt.Errorf("%w: %d answers to %d questions", election.ErrChoice, len(choices), len(e.Questions))
	}
	for i := range choices {
		if err := e.Questions[i].Allows(choices[i]); err != nil {
			return fmt.Errorf("answer %d: %w", i, err)
		}
	}
	return nil
}

// appendAnswer encrypts a choice and proves that it is allowed.
func (k *key) appendAnswer(b []byte, q *election.Question, context string, choice []int) ([]byte, []group.Scalar, error) {
	messages, err := k.messages(q, choice)
	if err != nil {
		return nil, nil, err
	}
	var (
		randomness  = make([]group.Scalar, len(messages))
		ciphertexts = make([]proof.Ciphertext, len(messages))
		texts       = make([][]byte, len(messages))
	)
	for i, m := range messages {
		randomness[i] = proof.Random(k)
		ciphertexts[i] = k.encrypt(m, randomness[i])
		texts[i] = ciphertexts[i].Hashed(nil)
	}
	a := newClaims(k, q, context, ciphertexts, texts)
	b = append(b, `{"choices":`...)
	if q.NonHomomorphic {
		b = ciphertexts[0].Append(b)
		b = append(b, `,"proof":`...)
		b = a.proveEncryption(randomness[0]).Append(b)
	} else {
		b = canonical.AppendArray(b, ciphertexts)
		b = a.appendProofs(b, choice, randomness)
	}
	return append(b, '}'), randomness, nil
}

// messages is what the ciphertexts of a choice encrypt.
func (k *key) messages(q *election.Question, choice []int) ([]group.Element, error) {
	if q.NonHomomorphic {
		m, err := k.Embed(choice)
		return []group.Element{m}, err
	}
	messages := make([]group.Element, len(choice))
	for i, v := range choice {
		messages[i] = k.PowerG(k.Number(int64(v)))
	}
	return messages, nil
}

func (k *key) encrypt(m group.Element, r group.Scalar) proof.Ciphertext {
	return proof.Ciphertext{Alpha: k.PowerG(r), Beta: k.Mul(k.Power(k.y, r), m)}
}

func (a *claims) proveEncryption(r group.Scalar) proof.Proof {
	return proof.Know(a.key, r, func(commitments proof.List) group.Scalar {
		return a.key.hash(commitments.Append(a.encryption()))
	}, a.key.g)
}

// appendProofs proves that the choice is allowed, which it must be.
func (a *claims) appendProofs(b []byte, choice []int, randomness []group.Scalar) []byte {
	b = append(b, `,"individual_proofs":[`...)
	for i, v := range choice {
		if i > 0 {
			b = append(b, ',')
		}
		prefix, statements := a.individual(i)
		b = canonical.AppendArray(b, a.key.prove(prefix, statements, v, randomness[i]))
	}
	b = append(b, `],"overall_proof":`...)

	blank, numbers, scalars := 0, choice, randomness
	if a.question.Blank {
		blank, numbers, scalars = choice[0], choice[1:], randomness[1:]
	}
	count, r := 0, a.key.Number(0)
	for i, v := range numbers {
		count, r = count+v, a.key.Add(r, scalars[i])
	}

	total := a.total()
	prefix, statements := a.overall(total)
	truth, witness := count-a.question.Min, r
	switch {
	case blank == 1:
		truth, witness = 0, randomness[0]
	case a.question.Blank:
		truth++
	}
	b = canonical.AppendArray(b, a.key.prove(prefix, statements, truth, witness))
	if a.question.Blank {
		prefix, statements = a.blank(total)
		truth, witness = 0, randomness[0]
		if blank == 1 {
			truth, witness = 1, r
		}
		b = append(b, `,"blank_proof":`...)
		b = canonical.AppendArray(b, a.key.prove(prefix, statements, truth, witness))
	}
	return b
}
