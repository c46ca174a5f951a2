package election

import (
	"crypto/rand"
	"strings"
)

const (
	base58  = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	minUUID = 14
	maxUUID = 64
)

// NewUUID draws an election identifier: 14 characters in base 58.
func NewUUID() string { return randomBase58(minUUID) }

func isUUID(s string) bool {
	return len(s) >= minUUID && len(s) <= maxUUID && strings.Trim(s, base58) == ""
}

// randomBase58 draws n characters, each of the 58 with the same probability.
func randomBase58(n int) string {
	const even = 256 / len(base58) * len(base58)
	text := make([]byte, 0, n)
	for b := make([]byte, 1); len(text) < n; {
		rand.Read(b) // never fails
		if int(b[0]) < even {
			text = append(text, base58[int(b[0])%len(base58)])
		}
	}
	return string(text)
}
