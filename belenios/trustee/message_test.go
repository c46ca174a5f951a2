package trustee

import (
	"bytes"
	"crypto/aes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"testing"

	"odaq/belenios/group"
	"odaq/belenios/proof"
)

func named(t testing.TB, name string) group.Group {
	g, err := group.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// plainCCM is AES-CCM with a tag of 8 bytes as SP 800-38C describes it, block by
// block: another implementation to compare with.
func plainCCM(t *testing.T, key, nonce, message []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	q := 15 - len(nonce)
	numbered := func(flags byte, n int) []byte {
		b := append([]byte{flags}, nonce...)
		for i := q - 1; i >= 0; i-- {
			b = append(b, byte(uint64(n)>>(8*i)))
		}
		return b
	}
	mac := numbered(8*(8-2)/2|byte(q-1), len(message))
	block.Encrypt(mac, mac)
	out, stream := make([]byte, len(message)), make([]byte, 16)
	for i := 0; i < len(message); i += 16 {
		block.Encrypt(stream, numbered(byte(q-1), i/16+1))
		for j := i; j < min(i+16, len(message)); j++ {
			mac[j-i] ^= message[j]
			out[j] = message[j] ^ stream[j-i]
		}
		block.Encrypt(mac, mac)
	}
	block.Encrypt(stream, numbered(byte(q-1), 0))
	for i := range 8 {
		out = append(out, mac[i]^stream[i])
	}
	return out
}

func TestMessagesOfAllLengths(t *testing.T) {
	g := named(t, group.Ed25519)
	session, alpha := g.PowerG(proof.Random(g)), g.PowerG(proof.Random(g))
	key := sha256.Sum256([]byte("key|" + session.String()))
	iv := sha256.Sum256([]byte("iv|" + alpha.String()))
	for _, c := range []struct{ length, nonce int }{
		{0, 13}, {1, 13}, {15, 13}, {16, 13}, {17, 13}, {65535, 13},
		{65536, 12}, {65537, 12}, {100_000, 12}, {1<<24 - 1, 12},
		{1 << 24, 11}, {1<<24 + 5, 11},
	} {
		message := make([]byte, c.length)
		_, _ = rand.Read(message)
		sealed := seal(session, alpha, message)
		if !bytes.Equal(sealed, plainCCM(t, key[:], iv[:c.nonce], message)) {
			t.Errorf("%d bytes: not AES-CCM with a nonce of %d bytes", c.length, c.nonce)
		}
		x := proof.Random(g)
		e := Encrypted{proof.Ciphertext{Alpha: alpha, Beta: g.Mul(session, g.Power(alpha, x))}, sealed}
		if opened, err := e.decrypt(g, x); err != nil || !bytes.Equal(opened, message) {
			t.Errorf("%d bytes: opened to others, %v", c.length, err)
		}
		e.Data[len(e.Data)/2] ^= 1
		if _, err := e.decrypt(g, x); !errors.Is(err, ErrDecryption) {
			t.Errorf("%d bytes, one changed: %v", c.length, err)
		}
	}
}

func TestMessageRefusals(t *testing.T) {
	g := named(t, group.Ed25519)
	anna, boris, clara := identity(t, g), identity(t, g), identity(t, g)
	message := anna.send(boris.Certificate(), []byte("text"))
	if text, err := boris.open(anna.verification, message); err != nil || string(text) != "text" {
		t.Fatalf("%q, %v", text, err)
	}
	if _, err := clara.open(anna.verification, message); !errors.Is(err, ErrDecryption) {
		t.Errorf("opened by another: %v", err)
	}
	if _, err := boris.open(clara.verification, message); !errors.Is(err, ErrSender) {
		t.Errorf("from another: %v", err)
	}
	// Boris passes Anna's message on to Clara.
	e, err := ParseEncrypted(g, []byte(message))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := e.decrypt(g, boris.opening)
	if err != nil {
		t.Fatal(err)
	}
	forwarded := string(encrypt(g, clara.encryption, plain).Append(nil))
	if _, err := clara.open(anna.verification, forwarded); !errors.Is(err, ErrRecipient) {
		t.Errorf("forwarded: %v", err)
	}
	for name, changed := range map[string]Encrypted{
		"alpha":      {proof.Ciphertext{Alpha: g.Mul(e.Key.Alpha, g.Generator()), Beta: e.Key.Beta}, e.Data},
		"beta":       {proof.Ciphertext{Alpha: e.Key.Alpha, Beta: g.Mul(e.Key.Beta, g.Generator())}, e.Data},
		"data":       {e.Key, append([]byte{e.Data[0] ^ 1}, e.Data[1:]...)},
		"tag":        {e.Key, append(e.Data[:len(e.Data)-1:len(e.Data)-1], e.Data[len(e.Data)-1]^1)},
		"short":      {e.Key, e.Data[:len(e.Data)-1]},
		"very short": {e.Key, e.Data[:tagSize-1]},
	} {
		if _, err := boris.open(anna.verification, string(changed.Append(nil))); !errors.Is(err, ErrDecryption) {
			t.Errorf("%s changed: %v", name, err)
		}
	}
}

func TestSeeds(t *testing.T) {
	g := named(t, group.Ed25519)
	if a, b := NewSeed(), NewSeed(); a == b {
		t.Error("the same seed twice")
	}
	for _, seed := range []string{"", "YizGnFLESniX22HyJU4gb", "YizGnFLESniX22HyJU4gb11", "YizGnFLESniX22HyJU4gb0", "YizGnFLESniX22HyJU4gO1", "YizGnFLESniX22HyJU4gb\n"} {
		if _, err := NewIdentity(g, seed); !errors.Is(err, ErrSeed) {
			t.Errorf("%q: %v", seed, err)
		}
	}
}

func identity(t testing.TB, g group.Group) *Identity {
	id, err := NewIdentity(g, NewSeed())
	if err != nil {
		t.Fatal(err)
	}
	return id
}
