package trustee

import (
	"crypto/aes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/pion/dtls/v3/pkg/crypto/ccm"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// messageLimit bounds a message between trustees in bytes. The largest, a
// polynomial of MaxTrustees coefficients in the group with the longest numbers,
// stays below it in all its wrappings.
const messageLimit = 1 << 20

// Signed is a message with a signature (FORMAT §6). Neither says what the message
// is for, so each kind of message must be told from the others by its text.
type Signed struct {
	Message   string
	Signature proof.Proof
}

// Verify tells whether the message was signed with the key of which verification
// is the public half.
func (s Signed) Verify(g group.Group, verification group.Element) bool {
	return s.Signature.Knows(g, []group.Element{g.Generator()}, []group.Element{verification}, signing(g, s.Message))
}

func sign(g group.Group, key group.Scalar, message string) Signed {
	return Signed{message, proof.Know(g, key, signing(g, message), g.Generator())}
}

func signing(g group.Group, message string) func(proof.List) group.Scalar {
	return func(commitments proof.List) group.Scalar {
		return proof.Challenge(g, proof.Text("sigmsg|"+message+"|"), commitments)
	}
}

func readSigned(r *canonical.Reader, g group.Group) Signed {
	var s Signed
	r.Literal(`{"message":`)
	s.Message = r.String(messageLimit)
	r.Literal(`,"signature":`)
	s.Signature = proof.Read(r, g)
	r.Literal(`}`)
	return s
}

// Append adds {"message":…,"signature":…} to b.
func (s Signed) Append(b []byte) []byte {
	b = append(b, `{"message":`...)
	b = canonical.AppendString(b, s.Message)
	b = append(b, `,"signature":`...)
	b = s.Signature.Append(b)
	return append(b, '}')
}

// tagSize is the length of the tag of AES-CCM in bytes.
const tagSize = 8

// Encrypted is a message only the holder of a key can read (FORMAT §6): the
// ciphertext of a random element, from which the key of AES-256-CCM is hashed.
// It does not say who has written it.
type Encrypted struct {
	Key  proof.Ciphertext
	Data []byte
}

func encrypt(g group.Group, encryption group.Element, message []byte) Encrypted {
	r, session := proof.Random(g), g.PowerG(proof.Random(g))
	alpha := g.PowerG(r)
	data := seal(session, alpha, message)
	return Encrypted{proof.Ciphertext{Alpha: alpha, Beta: g.Mul(g.Power(encryption, r), session)}, data}
}

func (e Encrypted) decrypt(g group.Group, key group.Scalar) ([]byte, error) {
	if len(e.Data) < tagSize {
		return nil, ErrDecryption
	}
	session := g.Div(e.Key.Beta, g.Power(e.Key.Alpha, key))
	aead, nonce := cipher(session, e.Key.Alpha, len(e.Data)-tagSize)
	message, err := aead.Open(nil, nonce, e.Data, nil)
	if err != nil {
		return nil, ErrDecryption
	}
	return message, nil
}

func seal(session, alpha group.Element, message []byte) []byte {
	aead, nonce := cipher(session, alpha, len(message))
	return aead.Seal(nil, nonce, message, nil)
}

// cipher is AES-256-CCM with the nonce for a message of a length: the longer the
// message, the more of the block its length takes and the fewer the nonce.
func cipher(session, alpha group.Element, length int) (ccm.CCM, []byte) {
	key := sha256.Sum256(session.Append([]byte("key|")))
	iv := sha256.Sum256(alpha.Append([]byte("iv|")))
	lengthSize := 2
	for lengthSize < 4 && length>>(8*lengthSize) != 0 {
		lengthSize++
	}
	nonce := iv[:15-lengthSize]
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // the key has 32 bytes
	}
	aead, err := ccm.NewCCM(block, tagSize, len(nonce))
	if err != nil {
		panic(err) // the nonce has 11 to 13 bytes
	}
	return aead, nonce
}

// ParseEncrypted reads an encrypted message, for instance the one in which a
// trustee's private key of a ceremony is kept.
func ParseEncrypted(g group.Group, text []byte) (Encrypted, error) {
	var e Encrypted
	r := canonical.NewReader(text)
	r.Literal(`{"alpha":`)
	e.Key.Alpha = proof.ReadElement(r, g)
	r.Literal(`,"beta":`)
	e.Key.Beta = proof.ReadElement(r, g)
	r.Literal(`,"data":`)
	digits := r.Token(2 * messageLimit)
	r.Literal(`}`)
	if err := r.End(); err != nil {
		return Encrypted{}, fmt.Errorf("encrypted message: %w", err)
	}
	data, err := hex.DecodeString(string(digits))
	if err != nil {
		return Encrypted{}, fmt.Errorf("encrypted message: data: %w", canonical.ErrText)
	}
	e.Data = data
	return e, nil
}

// Append adds {"alpha":…,"beta":…,"data":…} to b.
func (e Encrypted) Append(b []byte) []byte {
	b = append(b, `{"alpha":`...)
	b = canonical.AppendToken(b, e.Key.Alpha)
	b = append(b, `,"beta":`...)
	b = canonical.AppendToken(b, e.Key.Beta)
	b = append(b, `,"data":"`...)
	b = hex.AppendEncode(b, e.Data)
	return append(b, `"}`...)
}
