package trustee

import (
	"fmt"
	"math/big"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// NewPrivateKey draws a private key.
func NewPrivateKey(g group.Group) group.Scalar { return proof.Random(g) }

// AppendPrivateKey adds the text of a private key file to b: the key as a decimal
// string (FORMAT §5). It is secret.
func AppendPrivateKey(b []byte, x group.Scalar) []byte { return canonical.AppendToken(b, x) }

// ParsePrivateKey reads what AppendPrivateKey has written.
func ParsePrivateKey(g group.Group, text []byte) (group.Scalar, error) {
	r := canonical.NewReader(text)
	x := proof.ReadScalar(r, g)
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	return x, nil
}

// sumDigits is how many decimal digits the sum of MaxTrustees scalars has at most.
const sumDigits = 619

// readSum reads a number that was not reduced modulo q, as the shares and keys of
// a ceremony are where belenios-tool has written them (FORMAT §7).
func readSum(r *canonical.Reader, g group.Group) group.Scalar {
	digits := r.Decimal(sumDigits)
	if r.Err() != nil {
		return nil
	}
	n, _ := new(big.Int).SetString(string(digits), 10)
	return g.Reduce(n.Bytes())
}

// nameLimit bounds the name of a trustee in bytes.
const nameLimit = 1000

// PublicKey is a trustee's public key, g to the power of the private key, with a
// proof that somebody knows the latter, so that nobody can choose a key that
// cancels those of others (FORMAT §5). Name may be empty; nothing proves it.
type PublicKey struct {
	Proof proof.Proof
	Key   group.Element
	Name  string
}

// NewPublicKey is the public key of x with its proof, without a name.
func NewPublicKey(g group.Group, x group.Scalar) PublicKey {
	k := PublicKey{Key: g.PowerG(x)}
	k.Proof = proof.Know(g, x, k.challenge(g), g.Generator())
	return k
}

// Verify checks the proof. Errors are ErrIdentity and ErrKeyProof.
func (k PublicKey) Verify(g group.Group) error {
	if k.Key.Equal(g.Identity()) {
		return ErrIdentity
	}
	if !k.Proof.Knows(g, []group.Element{g.Generator()}, []group.Element{k.Key}, k.challenge(g)) {
		return ErrKeyProof
	}
	return nil
}

func (k PublicKey) challenge(g group.Group) func(proof.List) group.Scalar {
	return func(commitments proof.List) group.Scalar {
		return proof.Challenge(g, proof.Text("pok|"+g.Name()+"|"), k.Key, proof.Text("|"), commitments)
	}
}

// Hash is the hexadecimal hash of the key as a JSON string, which belenios-tool
// shows as its checksum, for people to compare.
func (k PublicKey) Hash() string { return canonical.HexHash(canonical.AppendToken(nil, k.Key)) }

// ParsePublicKey reads a public key; it does not verify it.
func ParsePublicKey(g group.Group, text []byte) (PublicKey, error) {
	r := canonical.NewReader(text)
	k := readPublicKey(r, g)
	if err := r.End(); err != nil {
		return PublicKey{}, fmt.Errorf("public key: %w", err)
	}
	return k, nil
}

func readPublicKey(r *canonical.Reader, g group.Group) PublicKey {
	var k PublicKey
	r.Literal(`{"pok":`)
	k.Proof = proof.Read(r, g)
	r.Literal(`,"public_key":`)
	k.Key = proof.ReadElement(r, g)
	if r.Try(`,"name":`) {
		if k.Name = r.String(nameLimit); k.Name == "" {
			r.Fail(fmt.Errorf("%w: an empty name, which is left out", canonical.ErrText))
		}
	}
	r.Literal(`}`)
	return k
}

// Append adds {"pok":…,"public_key":…,"name":…?} to b.
func (k PublicKey) Append(b []byte) []byte {
	b = append(b, `{"pok":`...)
	b = k.Proof.Append(b)
	b = append(b, `,"public_key":`...)
	b = canonical.AppendToken(b, k.Key)
	if k.Name != "" {
		b = append(b, `,"name":`...)
		b = canonical.AppendString(b, k.Name)
	}
	return append(b, '}')
}
