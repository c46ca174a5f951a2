package ballot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"odaq/belenios/canonical"
	"odaq/belenios/election"
)

// ErrSpelling says that all proofs and the signature of a ballot are right, and
// only its text is not canonical. Such a ballot is refused as well, but an archive
// with one need not be forged: belenios-tool does not look at the spelling inside
// answers (FORMAT §8). Errors that wrap it wrap canonical.ErrText too.
var ErrSpelling = errors.New("the ballot would be valid if it were written canonically")

// spelling tells whether a ballot that was refused because of its text, with the
// error refused, is wrong in nothing else.
func (v *Verifier) spelling(text []byte, refused error) error {
	end := bytes.LastIndex(text, []byte(`,"signature"`))
	if len(text) > MaxSize(v.election) || end < 0 {
		return refused
	}
	var loose looseBallot
	if json.Unmarshal(text, &loose) != nil {
		return refused
	}
	s, err := scan(v.election, loose.append(nil, v.election))
	if err != nil {
		return refused
	}
	s.signed = text[:end] // what is signed is the text as it was
	if _, _, err := v.verify(s); err != nil {
		return refused
	}
	return fmt.Errorf("%w: %w", ErrSpelling, refused)
}

// The loose types take any spelling of the JSON, and fields nobody knows.
type looseBallot struct {
	UUID       string        `json:"election_uuid"`
	Hash       string        `json:"election_hash"`
	Credential looseNumber   `json:"credential"`
	Answers    []looseAnswer `json:"answers"`
	Signature  struct {
		Hash  string     `json:"hash"`
		Proof looseProof `json:"proof"`
	} `json:"signature"`
}

type looseAnswer struct {
	Choices    json.RawMessage `json:"choices"`
	Individual []looseProofs   `json:"individual_proofs"`
	Overall    looseProofs     `json:"overall_proof"`
	Blank      looseProofs     `json:"blank_proof"`
	Proof      looseProof      `json:"proof"`
}

type looseCiphertext struct {
	Alpha looseNumber `json:"alpha"`
	Beta  looseNumber `json:"beta"`
}

type looseProof struct {
	Challenge looseNumber `json:"challenge"`
	Response  looseNumber `json:"response"`
}

type looseProofs []looseProof

// looseNumber is a scalar or an element.
type looseNumber string

// Append writes a number in lower case; leading zeros are left out where they do
// not make it the 64 digits of a point.
func (n looseNumber) Append(b []byte) []byte {
	s := strings.ToLower(string(n))
	if len(s) != 64 {
		s = strings.TrimLeft(s[:max(len(s)-1, 0)], "0") + s[max(len(s)-1, 0):]
	}
	for _, c := range []byte(s) {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'f' {
			b = append(b, c)
		}
	}
	return b
}

func (p looseProof) Append(b []byte) []byte {
	b = append(b, `{"challenge":`...)
	b = canonical.AppendToken(b, p.Challenge)
	b = append(b, `,"response":`...)
	b = canonical.AppendToken(b, p.Response)
	return append(b, '}')
}

func (p looseProofs) Append(b []byte) []byte { return canonical.AppendArray(b, p) }

func (c looseCiphertext) Append(b []byte) []byte {
	b = append(b, `{"alpha":`...)
	b = canonical.AppendToken(b, c.Alpha)
	b = append(b, `,"beta":`...)
	b = canonical.AppendToken(b, c.Beta)
	return append(b, '}')
}

// append writes the answer to q canonically, if it is one.
func (a *looseAnswer) append(b []byte, q *election.Question) []byte {
	b = append(b, `{"choices":`...)
	if q.NonHomomorphic {
		var c looseCiphertext
		json.Unmarshal(a.Choices, &c) // what is none is refused later
		b = c.Append(b)
		b = append(b, `,"proof":`...)
		b = a.Proof.Append(b)
		return append(b, '}')
	}
	var choices []looseCiphertext
	json.Unmarshal(a.Choices, &choices)
	b = canonical.AppendArray(b, choices)
	b = append(b, `,"individual_proofs":`...)
	b = canonical.AppendArray(b, a.Individual)
	b = append(b, `,"overall_proof":`...)
	b = a.Overall.Append(b)
	if q.Blank {
		b = append(b, `,"blank_proof":`...)
		b = a.Blank.Append(b)
	}
	return append(b, '}')
}

// append writes the ballot canonically.
func (l *looseBallot) append(b []byte, e *election.Election) []byte {
	b = append(b, `{"election_uuid":`...)
	b = canonical.AppendString(b, l.UUID)
	b = append(b, `,"election_hash":`...)
	b = canonical.AppendString(b, l.Hash)
	b = append(b, `,"credential":`...)
	b = canonical.AppendToken(b, l.Credential)
	b = append(b, `,"answers":[`...)
	for i := range min(len(l.Answers), len(e.Questions)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = l.Answers[i].append(b, &e.Questions[i])
	}
	b = append(b, `],"signature":{"hash":`...)
	b = canonical.AppendString(b, l.Signature.Hash)
	b = append(b, `,"proof":`...)
	b = l.Signature.Proof.Append(b)
	return append(b, `}}`...)
}
