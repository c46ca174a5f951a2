package canonical

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

var base64Hash = base64.RawStdEncoding.Strict()

// Hash is H64: the SHA-256 of b in Base64 without padding, 43 characters
// (FORMAT §1).
func Hash(b []byte) string {
	sum := sha256.Sum256(b)
	return base64Hash.EncodeToString(sum[:])
}

// HexHash is the SHA-256 of b in 64 lower-case hexadecimal digits.
func HexHash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// isHash tells whether b is the Base64 of 32 bytes; the two bits left over must
// be 0, as there would be four spellings otherwise.
func isHash(b []byte) bool {
	var sum [sha256.Size + 1]byte
	if len(b) != base64Hash.EncodedLen(sha256.Size) {
		return false
	}
	n, err := base64Hash.Decode(sum[:], b)
	return err == nil && n == sha256.Size
}
