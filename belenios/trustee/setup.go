package trustee

import (
	"fmt"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// Setup is a ceremony of which the certificates and the threshold are known. Its
// methods are the steps (FORMAT §7):
//
//  1. each trustee: NewSeed, NewIdentity, Certificate
//  2. everybody: NewSetup, and compare Hash with the others
//  3. each trustee: Deal; the server: CheckDeal
//  4. the server: Route
//  5. each trustee: Receive; the server: CheckOutput
//  6. the server: Assemble
//
// Numbers of trustees start at 1 where people see them, in a Fault; indexes into
// lists at 0.
type Setup struct {
	group        group.Group
	certificates []Certificate
	threshold    int
}

// NewSetup checks the certificates and the threshold. Errors are ErrCount,
// ErrThreshold, and a Fault of ErrIdentity, ErrCertificate or ErrDuplicate.
func NewSetup(g group.Group, certificates []Certificate, threshold int) (*Setup, error) {
	if err := verifyCertificates(g, certificates); err != nil {
		return nil, err
	}
	if err := verifyThreshold(certificates, threshold); err != nil {
		return nil, err
	}
	return &Setup{g, certificates, threshold}, nil
}

// Hash is the hexadecimal hash of the list of certificates as a JSON array. All
// trustees must compare it out of band before they Deal: nothing else proves that
// they have the same list.
func (s *Setup) Hash() string {
	return canonical.HexHash(canonical.AppendArray(nil, s.certificates))
}

// index is where the identity's certificate stands.
func (s *Setup) index(id *Identity) (int, error) {
	for i, c := range s.certificates {
		if c.Verification.Equal(id.verification) && c.Encryption.Equal(id.encryption) {
			return i, nil
		}
	}
	return 0, ErrStranger
}

// Deal is what a trustee publishes in step 3 (FORMAT §7): her polynomial kept for
// herself, its values for each of the others, both encrypted, and commitments.
type Deal struct {
	Polynomial  string   // a channel message of the trustee to herself
	Secrets     []string // a channel message to each trustee
	Commitments Commitments
}

// Deal draws a polynomial for the trustee with an identity. The error is
// ErrStranger.
func (s *Setup) Deal(id *Identity) (Deal, error) {
	self, err := s.index(id)
	if err != nil {
		return Deal{}, err
	}
	g := s.group
	coefficients := make([]group.Scalar, s.threshold)
	text := []byte(`{"polynomial":[`)
	for k := range coefficients {
		if k > 0 {
			text = append(text, ',')
		}
		coefficients[k] = proof.Random(g)
		text = canonical.AppendToken(text, coefficients[k])
	}
	text = append(text, `]}`...)
	d := Deal{
		Polynomial:  id.send(s.certificates[self], text),
		Commitments: id.commit(coefficients),
	}
	for j, to := range s.certificates {
		text := []byte(`{"secret":`)
		text = canonical.AppendToken(text, value(g, coefficients, j))
		d.Secrets = append(d.Secrets, id.send(to, append(text, '}')))
	}
	return d, nil
}

// value is the polynomial at index+1, by Horner's rule.
func value(g group.Group, coefficients []group.Scalar, index int) group.Scalar {
	sum, j := g.Number(0), g.Number(int64(index+1))
	for k := len(coefficients) - 1; k >= 0; k-- {
		sum = g.Add(g.Times(sum, j), coefficients[k])
	}
	return sum
}

// CheckDeal checks what can be checked of the deal of the trustee with an index
// without any secret. Errors are a Fault of ErrCount, ErrThreshold, ErrCommitments
// or those of reading.
func (s *Setup) CheckDeal(index int, d Deal) error {
	if index < 0 || index >= len(s.certificates) {
		return fmt.Errorf("%w: no trustee %d", ErrCount, index+1)
	}
	if len(d.Secrets) != len(s.certificates) {
		return blame(index, fmt.Errorf("%w: %d secrets of %d trustees", ErrCount, len(d.Secrets), len(s.certificates)))
	}
	if n := len(d.Commitments.Coefficients); n != s.threshold {
		return blame(index, fmt.Errorf("%w: committed to %d coefficients, not %d", ErrThreshold, n, s.threshold))
	}
	if !d.Commitments.Verify(s.group, s.certificates[index].Verification) {
		return blame(index, ErrCommitments)
	}
	for _, message := range append([]string{d.Polynomial}, d.Secrets...) {
		if _, err := ParseEncrypted(s.group, []byte(message)); err != nil {
			return blame(index, err)
		}
	}
	return nil
}

// Input is what a trustee is given in step 4 (FORMAT §7): her own polynomial, a
// secret from each trustee and everybody's commitments.
type Input struct {
	Polynomial  string
	Secrets     []string
	Commitments []Commitments
}

// Route checks all deals and hands them out: the j-th Input is for the j-th
// trustee. Errors are ErrCount and those of CheckDeal.
func (s *Setup) Route(deals []Deal) ([]Input, error) {
	if len(deals) != len(s.certificates) {
		return nil, fmt.Errorf("%w: %d deals of %d trustees", ErrCount, len(deals), len(s.certificates))
	}
	inputs := make([]Input, len(deals))
	commitments := make([]Commitments, len(deals))
	for i, d := range deals {
		if err := s.CheckDeal(i, d); err != nil {
			return nil, err
		}
		commitments[i] = d.Commitments
		for j := range inputs {
			inputs[j].Secrets = append(inputs[j].Secrets, d.Secrets[j])
		}
	}
	for j := range inputs {
		inputs[j].Polynomial, inputs[j].Commitments = deals[j].Polynomial, commitments
	}
	return inputs, nil
}

// Output is what a trustee publishes in step 5 (FORMAT §7): her private key, which
// only she can read, see Identity.PrivateKey, and her public key.
type Output struct {
	PrivateKey string // a channel message of the trustee to herself
	PublicKey  PublicKey
}

// Receive opens the secrets, checks each against its sender's commitments and adds
// them up to the trustee's private key. Errors are ErrStranger, ErrCount, and a
// Fault of whose secret or commitments are wrong: ErrThreshold, ErrCommitments,
// ErrDecryption, ErrSender, ErrRecipient, ErrShare or those of reading; of the
// trustee herself, when the server has not given her polynomial back,
// ErrPolynomial.
func (s *Setup) Receive(id *Identity, in Input) (Output, error) {
	self, err := s.index(id)
	if err != nil {
		return Output{}, err
	}
	if len(in.Secrets) != len(s.certificates) {
		return Output{}, fmt.Errorf("%w: %d secrets of %d trustees", ErrCount, len(in.Secrets), len(s.certificates))
	}
	g := s.group
	if err := verifyCommitments(g, s.certificates, s.threshold, in.Commitments); err != nil {
		return Output{}, err
	}
	if err := s.recognise(id, in.Polynomial, in.Commitments[self]); err != nil {
		return Output{}, blame(self, err)
	}
	key := g.Number(0)
	for i, message := range in.Secrets {
		secret, err := s.secret(id, i, message)
		if err != nil {
			return Output{}, blame(i, err)
		}
		if !g.PowerG(secret).Equal(in.Commitments[i].share(g, self)) {
			return Output{}, blame(i, ErrShare)
		}
		key = g.Add(key, secret)
	}
	text := []byte(`{"decryption_key":`)
	text = canonical.AppendToken(text, key)
	return Output{id.send(s.certificates[self], append(text, '}')), NewPublicKey(g, key)}, nil
}

// recognise checks that the commitments are to the polynomial the trustee has
// drawn.
func (s *Setup) recognise(id *Identity, message string, c Commitments) error {
	text, err := id.open(id.verification, message)
	if err != nil {
		return fmt.Errorf("polynomial: %w", err)
	}
	var coefficients []group.Scalar
	r := canonical.NewReader(text)
	r.Literal(`{"polynomial":`)
	r.Array(MaxTrustees, func(int) { coefficients = append(coefficients, readSum(r, s.group)) })
	r.Literal(`}`)
	if err := r.End(); err != nil {
		return fmt.Errorf("polynomial: %w", err)
	}
	if len(coefficients) != len(c.Coefficients) {
		return ErrPolynomial
	}
	for k, a := range coefficients {
		if !s.group.PowerG(a).Equal(c.Coefficients[k]) {
			return ErrPolynomial
		}
	}
	return nil
}

// secret opens the secret from the trustee with an index.
func (s *Setup) secret(id *Identity, index int, message string) (group.Scalar, error) {
	text, err := id.open(s.certificates[index].Verification, message)
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	r := canonical.NewReader(text)
	r.Literal(`{"secret":`)
	secret := readSum(r, s.group)
	r.Literal(`}`)
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	return secret, nil
}

// CheckOutput checks the public key of the trustee with an index against
// everybody's commitments. Errors are a Fault of ErrKeyProof, ErrIdentity,
// ErrVerificationKey or those of reading; and those of the commitments.
func (s *Setup) CheckOutput(index int, commitments []Commitments, out Output) error {
	if index < 0 || index >= len(s.certificates) {
		return fmt.Errorf("%w: no trustee %d", ErrCount, index+1)
	}
	if err := verifyCommitments(s.group, s.certificates, s.threshold, commitments); err != nil {
		return err
	}
	if _, err := ParseEncrypted(s.group, []byte(out.PrivateKey)); err != nil {
		return blame(index, err)
	}
	if err := out.PublicKey.Verify(s.group); err != nil {
		return blame(index, err)
	}
	if !out.PublicKey.Key.Equal(at(s.group, sumOf(s.group, commitments), index)) {
		return blame(index, ErrVerificationKey)
	}
	return nil
}

// Assemble is step 6: it checks everything and makes the group of trustees. Errors
// are those of Pedersen.Verify.
func (s *Setup) Assemble(commitments []Commitments, outputs []Output) (Pedersen, error) {
	p := Pedersen{Threshold: s.threshold, Certificates: s.certificates, Commitments: commitments}
	for _, out := range outputs {
		p.VerificationKeys = append(p.VerificationKeys, out.PublicKey)
	}
	if err := p.Verify(s.group); err != nil {
		return Pedersen{}, err
	}
	return p, nil
}
