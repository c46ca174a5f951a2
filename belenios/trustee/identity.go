package trustee

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/big"
	"strings"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

const (
	base58   = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	seedSize = 22
)

// NewSeed draws the secret from which both keys of an Identity follow: 22
// characters, 128 bits.
func NewSeed() string {
	seed := make([]byte, seedSize)
	for i := range seed {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(base58))))
		if err != nil {
			panic("crypto/rand failed: " + err.Error())
		}
		seed[i] = base58[n.Int64()]
	}
	return string(seed)
}

// Identity is what a trustee has in a ceremony: a key to sign and a key to decrypt
// messages (FORMAT §6). It is secret.
type Identity struct {
	group                    group.Group
	signing, opening         group.Scalar
	verification, encryption group.Element
}

// NewIdentity derives the keys of a seed. The error is ErrSeed.
func NewIdentity(g group.Group, seed string) (*Identity, error) {
	if len(seed) != seedSize || strings.Trim(seed, base58) != "" {
		return nil, ErrSeed
	}
	signing, opening := sha256.Sum256([]byte("sk|"+seed)), sha256.Sum256([]byte("dk|"+seed))
	id := &Identity{group: g, signing: g.Reduce(signing[:]), opening: g.Reduce(opening[:])}
	id.verification, id.encryption = g.PowerG(id.signing), g.PowerG(id.opening)
	return id, nil
}

// Certificate is the public half, signed with itself; this is step 1 of the
// ceremony (FORMAT §7).
func (id *Identity) Certificate() Certificate {
	b := []byte(`{"verification":`)
	b = canonical.AppendToken(b, id.verification)
	b = append(b, `,"encryption":`...)
	b = canonical.AppendToken(b, id.encryption)
	b = append(b, '}')
	return Certificate{sign(id.group, id.signing, string(b)), id.verification, id.encryption}
}

// PrivateKey opens the message in which a trustee has kept her private key of a
// ceremony, Output.PrivateKey. Errors are ErrDecryption, ErrSender, ErrRecipient
// and those of reading.
func (id *Identity) PrivateKey(kept string) (group.Scalar, error) {
	text, err := id.open(id.verification, kept)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	r := canonical.NewReader(text)
	r.Literal(`{"decryption_key":`)
	x := readSum(r, id.group)
	r.Literal(`}`)
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	return x, nil
}

// send is the channel message with which id tells text to the holder of the
// certificate's keys (FORMAT §6).
func (id *Identity) send(to Certificate, text []byte) string {
	b := []byte(`{"recipient":`)
	b = canonical.AppendToken(b, to.Encryption)
	b = append(b, `,"message":`...)
	b = canonical.AppendString(b, string(text))
	b = append(b, '}')
	signed := sign(id.group, id.signing, string(b)).Append(nil)
	return string(encrypt(id.group, to.Encryption, signed).Append(nil))
}

// open is what the holder of a verification key has told id in a channel message.
func (id *Identity) open(sender group.Element, message string) ([]byte, error) {
	encrypted, err := ParseEncrypted(id.group, []byte(message))
	if err != nil {
		return nil, err
	}
	plain, err := encrypted.decrypt(id.group, id.opening)
	if err != nil {
		return nil, err
	}
	r := canonical.NewReader(plain)
	signed := readSigned(r, id.group)
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("decrypted message: %w", err)
	}
	if !signed.Verify(id.group, sender) {
		return nil, ErrSender
	}
	r = canonical.NewReader([]byte(signed.Message))
	r.Literal(`{"recipient":`)
	recipient := proof.ReadElement(r, id.group)
	r.Literal(`,"message":`)
	text := r.String(messageLimit)
	r.Literal(`}`)
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("decrypted message: %w", err)
	}
	if !recipient.Equal(id.encryption) {
		return nil, ErrRecipient
	}
	return []byte(text), nil
}

// Certificate has the public keys of a trustee of a ceremony, signed with the
// first of them (FORMAT §7). It does not prove whose it is: trustees compare its
// Hash, or that of the list.
type Certificate struct {
	Signed
	Verification, Encryption group.Element
}

// Verify checks the keys and the signature. Errors are ErrIdentity and
// ErrCertificate.
func (c Certificate) Verify(g group.Group) error {
	if c.Verification.Equal(g.Identity()) || c.Encryption.Equal(g.Identity()) {
		return ErrIdentity
	}
	if !c.Signed.Verify(g, c.Verification) {
		return ErrCertificate
	}
	return nil
}

// Hash is the hexadecimal hash of the message, which has both keys; belenios-tool
// shows it as the checksum of a certificate, for people to compare.
func (c Certificate) Hash() string { return canonical.HexHash([]byte(c.Message)) }

// ParseCertificate reads a certificate; it does not verify it.
func ParseCertificate(g group.Group, text []byte) (Certificate, error) {
	r := canonical.NewReader(text)
	c := readCertificate(r, g)
	if err := r.End(); err != nil {
		return Certificate{}, fmt.Errorf("certificate: %w", err)
	}
	return c, nil
}

func readCertificate(r *canonical.Reader, g group.Group) Certificate {
	c := Certificate{Signed: readSigned(r, g)}
	if r.Err() != nil {
		return c
	}
	m := canonical.NewReader([]byte(c.Message))
	m.Literal(`{"verification":`)
	c.Verification = proof.ReadElement(m, g)
	m.Literal(`,"encryption":`)
	c.Encryption = proof.ReadElement(m, g)
	m.Literal(`}`)
	if err := m.End(); err != nil {
		r.Fail(fmt.Errorf("certificate message: %w", err))
	}
	return c
}
