package trustee

import (
	"fmt"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// MaxTrustees is how many trustees an election has at most.
const MaxTrustees = 100

// Commitments are g to the power of the coefficients of a trustee's secret
// polynomial, the constant one first, signed by the trustee (FORMAT §7).
type Commitments struct {
	Signed
	Coefficients []group.Element
}

func (id *Identity) commit(coefficients []group.Scalar) Commitments {
	powers := make([]group.Element, len(coefficients))
	b := []byte(`{"coefexps":[`)
	for i, a := range coefficients {
		if i > 0 {
			b = append(b, ',')
		}
		powers[i] = id.group.PowerG(a)
		b = canonical.AppendToken(b, powers[i])
	}
	b = append(b, `]}`...)
	return Commitments{sign(id.group, id.signing, string(b)), powers}
}

// share is g to the power of the share the trustee with an index from 0 should get
// from who has made the commitments.
func (c Commitments) share(g group.Group, index int) group.Element {
	return at(g, c.Coefficients, index)
}

// at is the product of coefficients[k]^(j^k) where j is index+1: g to the power of
// the polynomial at j.
func at(g group.Group, coefficients []group.Element, index int) group.Element {
	exponents := make([]group.Scalar, len(coefficients))
	power, j := g.Number(1), g.Number(int64(index+1))
	for k := range exponents {
		exponents[k] = power
		power = g.Times(power, j)
	}
	return g.Product(coefficients, exponents)
}

func readCommitments(r *canonical.Reader, g group.Group) Commitments {
	c := Commitments{Signed: readSigned(r, g)}
	if r.Err() != nil {
		return c
	}
	m := canonical.NewReader([]byte(c.Message))
	m.Literal(`{"coefexps":`)
	m.Array(MaxTrustees, func(int) { c.Coefficients = append(c.Coefficients, proof.ReadElement(m, g)) })
	m.Literal(`}`)
	if err := m.End(); err != nil {
		r.Fail(fmt.Errorf("commitments message: %w", err))
	}
	return c
}

// Pedersen is a group of trustees of whom Threshold are enough to decrypt, and
// fewer learn nothing: the outcome of a ceremony (FORMAT §7). All lists are in the
// order of the trustees.
type Pedersen struct {
	Threshold        int
	Certificates     []Certificate
	Commitments      []Commitments
	VerificationKeys []PublicKey
}

// Verify checks the whole outcome: lengths, threshold, certificates, signatures on
// the commitments, and that each verification key is known to somebody and follows
// from the commitments. Errors are a Fault where one trustee answers for it.
func (p Pedersen) Verify(g group.Group) error {
	if err := verifyCertificates(g, p.Certificates); err != nil {
		return err
	}
	if err := verifyCommitments(g, p.Certificates, p.Threshold, p.Commitments); err != nil {
		return err
	}
	return verifyKeys(g, p.Commitments, p.VerificationKeys)
}

func verifyCertificates(g group.Group, certificates []Certificate) error {
	if n := len(certificates); n < 1 || n > MaxTrustees {
		return fmt.Errorf("%w: %d certificates of 1 to %d", ErrCount, n, MaxTrustees)
	}
	seen := map[string]bool{}
	for i, c := range certificates {
		if err := c.Verify(g); err != nil {
			return blame(i, err)
		}
		verification, encryption := "v"+c.Verification.String(), "e"+c.Encryption.String()
		if seen[verification] || seen[encryption] {
			return blame(i, ErrDuplicate)
		}
		seen[verification], seen[encryption] = true, true
	}
	return nil
}

func verifyThreshold(certificates []Certificate, threshold int) error {
	if threshold < 1 || threshold > len(certificates) {
		return fmt.Errorf("%w: %d of %d trustees", ErrThreshold, threshold, len(certificates))
	}
	return nil
}

func verifyCommitments(g group.Group, certificates []Certificate, threshold int, commitments []Commitments) error {
	if err := verifyThreshold(certificates, threshold); err != nil {
		return err
	}
	if len(commitments) != len(certificates) {
		return fmt.Errorf("%w: %d commitments of %d trustees", ErrCount, len(commitments), len(certificates))
	}
	for i, c := range commitments {
		if len(c.Coefficients) != threshold {
			return blame(i, fmt.Errorf("%w: committed to %d coefficients, not %d", ErrThreshold, len(c.Coefficients), threshold))
		}
		if !c.Verify(g, certificates[i].Verification) {
			return blame(i, ErrCommitments)
		}
	}
	return nil
}

// verifyKeys checks the trustees' keys against commitments of equal lengths.
func verifyKeys(g group.Group, commitments []Commitments, keys []PublicKey) error {
	if len(keys) != len(commitments) {
		return fmt.Errorf("%w: %d verification keys of %d trustees", ErrCount, len(keys), len(commitments))
	}
	sum := sumOf(g, commitments)
	for j, k := range keys {
		if err := k.Verify(g); err != nil {
			return blame(j, err)
		}
		if !k.Key.Equal(at(g, sum, j)) {
			return blame(j, ErrVerificationKey)
		}
	}
	return nil
}

// sumOf are the commitments to the sum of all polynomials.
func sumOf(g group.Group, commitments []Commitments) []group.Element {
	sum := append([]group.Element(nil), commitments[0].Coefficients...)
	for _, c := range commitments[1:] {
		for k, e := range c.Coefficients {
			sum[k] = g.Mul(sum[k], e)
		}
	}
	return sum
}

// PublicKey is the group's share of the election's key. The Pedersen must have
// been verified.
func (p Pedersen) PublicKey(g group.Group) group.Element { return sumOf(g, p.Commitments)[0] }

// ParsePedersen reads the outcome of a ceremony; it does not verify it.
func ParsePedersen(g group.Group, text []byte) (Pedersen, error) {
	r := canonical.NewReader(text)
	p := readPedersen(r, g)
	if err := r.End(); err != nil {
		return Pedersen{}, fmt.Errorf("threshold trustees: %w", err)
	}
	return p, nil
}

func readPedersen(r *canonical.Reader, g group.Group) Pedersen {
	var p Pedersen
	r.Literal(`{"threshold":`)
	p.Threshold = r.Number(MaxTrustees)
	r.Literal(`,"certs":`)
	r.Array(MaxTrustees, func(int) { p.Certificates = append(p.Certificates, readCertificate(r, g)) })
	r.Literal(`,"coefexps":`)
	r.Array(MaxTrustees, func(int) { p.Commitments = append(p.Commitments, readCommitments(r, g)) })
	r.Literal(`,"verification_keys":`)
	r.Array(MaxTrustees, func(int) { p.VerificationKeys = append(p.VerificationKeys, readPublicKey(r, g)) })
	r.Literal(`}`)
	return p
}

// Append adds {"threshold":…,"certs":…,"coefexps":…,"verification_keys":…} to b.
func (p Pedersen) Append(b []byte) []byte {
	b = append(b, `{"threshold":`...)
	b = canonical.AppendNumber(b, p.Threshold)
	b = append(b, `,"certs":`...)
	b = canonical.AppendArray(b, p.Certificates)
	b = append(b, `,"coefexps":`...)
	b = canonical.AppendArray(b, p.Commitments)
	b = append(b, `,"verification_keys":`...)
	b = canonical.AppendArray(b, p.VerificationKeys)
	return append(b, '}')
}
