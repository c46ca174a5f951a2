package election

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"odaq/belenios/group"
)

// The shape of a credential: 14 random characters and one of checksum, in groups
// of three.
const (
	credentialRandom = 14
	credentialChars  = credentialRandom + 1
	credentialGroup  = 3
	checksumModulus  = 53
	pbkdf2Iterations = 1000
)

// ErrCredential says that a text is not a private credential: the wrong length, a
// character that is not of base 58, or a checksum that tells of a typing error.
var ErrCredential = errors.New("not a credential")

// Credential is the private credential of a voter (FORMAT §3). Who has it can
// vote in the voter's stead. It has 82 bits.
type Credential struct {
	text string // without dashes
}

// NewCredential draws a credential.
func NewCredential() Credential {
	text := randomBase58(credentialRandom)
	return Credential{text + base58[checksumModulus-modulo(text):][:1]}
}

// ParseCredential reads a credential as a voter may give it: with or without
// dashes, and with white space around it.
func ParseCredential(text string) (Credential, error) {
	c := Credential{strings.ReplaceAll(strings.TrimSpace(text), "-", "")}
	switch {
	case len(c.text) != credentialChars:
		return Credential{}, fmt.Errorf("%w: it has %d characters without dashes, not %d", ErrCredential, len(c.text), credentialChars)
	case strings.Trim(c.text, base58) != "":
		return Credential{}, fmt.Errorf("%w: it has a character that is never used", ErrCredential)
	}
	last := strings.IndexByte(base58, c.text[credentialRandom])
	if (modulo(c.text[:credentialRandom])+last)%checksumModulus != 0 {
		return Credential{}, fmt.Errorf("%w: its checksum is wrong", ErrCredential)
	}
	return c, nil
}

// modulo is the number that text writes in base 58, modulo 53.
func modulo(text string) int {
	n := 0
	for i := range len(text) {
		n = (n*len(base58) + strings.IndexByte(base58, text[i])) % checksumModulus
	}
	return n
}

// Text is the credential as it is shown: XXX-XXX-XXX-XXX-XXX.
func (c Credential) Text() string {
	var b strings.Builder
	for i := 0; i < len(c.text); i += credentialGroup {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(c.text[i : i+credentialGroup])
	}
	return b.String()
}

// String hides the credential, so that it does not get into logs.
func (c Credential) String() string { return "XXX-XXX-XXX-XXX-XXX" }

// GoString hides the credential.
func (c Credential) GoString() string { return c.String() }

// Secret is the key s of the voter in an election: PBKDF2 of the text with dashes,
// salted with the election's identifier.
func (c Credential) Secret(g group.Group, uuid string) group.Scalar {
	key, err := pbkdf2.Key(sha256.New, c.Text(), []byte(uuid), pbkdf2Iterations, sha256.Size)
	if err != nil {
		// Only a short key or hash that FIPS 140 mode forbids is refused.
		panic("PBKDF2 of 32 bytes failed: " + err.Error())
	}
	return g.Reduce(key)
}

// Public is the public credential g^s of the voter in an election.
func (c Credential) Public(g group.Group, uuid string) group.Element {
	return g.PowerG(c.Secret(g, uuid))
}
