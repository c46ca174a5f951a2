package ballot

import (
	"errors"
	"fmt"

	"odaq/belenios/canonical"
	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// Errors of verification: what is wrong with a ballot that could be read. They are
// wrapped with the answer and the slot. A credential that is not on the list is
// election.ErrUnknown.
var (
	ErrHash       = errors.New("the signed hash is not that of the ballot")
	ErrSignature  = errors.New("the signature is wrong")
	ErrIndividual = errors.New("the proof that a choice is 0 or 1 is wrong")
	ErrOverall    = errors.New("the proof of the number of choices is wrong")
	ErrBlank      = errors.New("the proof that blank excludes all else is wrong")
	ErrEncryption = errors.New("the proof that the choice is known is wrong")
)

// Verifier verifies the ballots of one election. It may be used by many
// goroutines at once.
type Verifier struct {
	election *election.Election
	list     *election.List
	key      *key
}

// NewVerifier prepares to verify ballots: it makes tables, which takes a moment.
func NewVerifier(e *election.Election, list *election.List) *Verifier {
	k := newKey(e)
	k.g, k.y = e.Group.Fixed(k.g), e.Group.Fixed(k.y)
	return &Verifier{e, list, k}
}

// Verify reads a ballot and verifies all there is to verify about it alone: that
// it is written canonically, is of this election and of a credential on the list,
// that all elements are members, that the credential has signed it, and that all
// choices are allowed ones (FORMAT §8). Whether it was cast before, or is replaced
// by a later one, is for who sees all ballots.
func (v *Verifier) Verify(text []byte) (*Ballot, error) {
	s, err := v.scan(text)
	if err != nil {
		return nil, err
	}
	b, _, err := v.verify(s)
	if err != nil {
		return nil, err
	}
	b.forget(v.key)
	return b, nil
}

// scan takes a ballot apart, and tells if it is refused for its spelling only.
func (v *Verifier) scan(text []byte) (*scanned, error) {
	s, err := scan(v.election, text)
	if errors.Is(err, canonical.ErrText) {
		err = v.spelling(text, err)
	}
	return s, err
}

// verify verifies what was scanned. It returns all commitments as well, that of
// the signature first.
func (v *Verifier) verify(s *scanned) (*Ballot, []group.Element, error) {
	member, err := v.list.FindText(s.elements[0])
	if err != nil {
		return nil, nil, err
	}
	b, err := s.ballot(v.election, v.election.Group.ParseBase)
	if err != nil {
		return nil, nil, err
	}
	b.Member = member
	if b.hash != b.signed {
		return nil, nil, fmt.Errorf("%w: %s, not %s", ErrHash, b.hash, b.signed)
	}
	// The signature first: others than the voter are refused at little cost.
	signature, err := v.key.verify([]check{v.key.signature(b)})
	if err != nil {
		return nil, nil, err
	}
	answers, err := v.key.verify(v.answers(b, false))
	if err != nil {
		return nil, nil, err
	}
	return b, append(signature, answers...), nil
}

// forget makes elements anew, without what has made them quick to verify with: that
// is some hundred times the size of the ballot, and ballots may be kept.
func (b *Ballot) forget(g group.Group) {
	plain := func(e group.Element) group.Element { return g.Mul(e, g.Identity()) }
	b.Credential = plain(b.Credential)
	for _, choices := range b.Choices {
		for i, c := range choices {
			choices[i] = proof.Ciphertext{Alpha: plain(c.Alpha), Beta: plain(c.Beta)}
		}
	}
	b.proofs, b.texts = nil, texts{}
}

// answers is the proofs of all answers of a ballot, in the order in which they
// stand. With bulk they are made to be verified together with many others.
func (v *Verifier) answers(b *Ballot, bulk bool) (checks []check) {
	context := v.election.Fingerprint() + "|" + string(b.texts.credential)
	for i := range v.election.Questions {
		a := newClaims(v.key, &v.election.Questions[i], context, b.Choices[i], b.texts.choices[i])
		checks = append(checks, a.checks(i, b.proofs[i], bulk)...)
	}
	return checks
}

func (k *key) signature(b *Ballot) check {
	p := b.signature
	return check{
		err:         ErrSignature,
		prefix:      signaturePrefix(b.hash),
		commitments: []commitment{{[]group.Element{k.g, b.Credential}, []group.Scalar{p.Response, p.Challenge}}},
		challenge:   p.Challenge,
	}
}

func signaturePrefix(hash string) []byte { return []byte("sig|" + hash + "|") }

// checks is the proofs of the answer to question i.
func (a *claims) checks(i int, proofs []proof.Proof, bulk bool) (checks []check) {
	k := a.key
	if a.question.NonHomomorphic {
		p := proofs[0]
		return []check{{
			err:         fmt.Errorf("answer %d: %w", i, ErrEncryption),
			prefix:      a.encryption(),
			commitments: []commitment{{[]group.Element{k.g, a.choices[0].Alpha}, []group.Scalar{p.Response, p.Challenge}}},
			challenge:   p.Challenge,
		}}
	}
	for slot := range a.choices {
		prefix, statements := a.individual(slot)
		checks = append(checks, k.disjunction(fmt.Errorf("answer %d: choice %d: %w", i, slot, ErrIndividual), prefix, statements, proofs[:2]))
		proofs = proofs[2:]
	}
	total := a.total()
	// To prepare the sum for powers costs as much as three powers of what is
	// prepared already.
	if bulk || k.bulk && len(proofs)*(len(a.summed())-1) < 3 {
		a.factors = a.summed()
	} else {
		total = proof.Ciphertext{Alpha: k.Base(total.Alpha), Beta: k.Base(total.Beta)}
	}
	prefix, statements := a.overall(total)
	n := len(statements)
	checks = append(checks, k.disjunction(fmt.Errorf("answer %d: %w", i, ErrOverall), prefix, statements, proofs[:n]))
	if a.question.Blank {
		prefix, statements := a.blank(total)
		checks = append(checks, k.disjunction(fmt.Errorf("answer %d: %w", i, ErrBlank), prefix, statements, proofs[n:]))
	}
	return checks
}
