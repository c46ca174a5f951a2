// Package seal encrypts single fields of the database with keys that are kept
// outside it, in one keyset file. It does four things:
//
//   - Seal and Open: AES-256-GCM, bound to the place of the value by the
//     associated data that Place makes.
//   - BlindIndex: a keyed fingerprint by which an encrypted value can be found
//     and kept unique without being readable.
//   - Subject: the same as Seal under a key of one person, derived from the
//     keyset and a random secret that the caller stores apart. When the secret
//     is destroyed, every field sealed with it is unreadable for ever, also in
//     older copies of the data (crypto-shredding).
//   - Rotate and Retire: new keys, while old values still open, until nothing is
//     left under an old key and it can go. Every sealed value and every
//     fingerprint begins with the number of its key (KeyID), so that the database
//     can be asked which key still holds what.
//
// # What it proves
//
// Whoever has the database without the keyset file learns of a sealed field its
// length and nothing else, and cannot change it or move it to another row or
// column unnoticed. Of a blind index he learns which rows hold equal values of
// one kind. Whoever has database and keyset file, but not a person's secret,
// cannot open that person's shredded fields.
//
// # What it does not prove
//
// It does not protect from somebody who has both the database and the keyset
// file, nor from the running server. An older value of the same place can be put
// back unnoticed (no freshness). Blind indexes are deterministic: somebody who
// may query the running system can try all values of a small set; national IDs
// are such a set, so every search by one is logged and limited. A secret is
// gone only when it is gone everywhere: see the comment of Subject.
//
// Losing the keyset file loses every sealed field: keep copies of it, apart from
// the backups of the database.
package seal

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/tink-crypto/tink-go/v2/aead"
	aeadsubtle "github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"
)

const (
	// IndexSize is the length of a blind index in bytes: 4 name the key, 16 are
	// the fingerprint. At 2²⁴ values the chance that any two collide is below 2⁻⁸⁰.
	IndexSize = 20
	// SecretSize is the length of a subject's secret in bytes.
	SecretSize = 32

	keySize   = 32
	keyIDSize = 4
)

// ErrSealed says that a value does not open: it was changed or moved, it was
// sealed by a key that this keyset lacks, or the subject's secret is another one.
var ErrSealed = errors.New("seal: the value does not open with this keyset at this place; it was changed, moved or sealed with another key")

// Sealer seals, opens and indexes with one keyset. It is safe for concurrent use.
type Sealer struct {
	fields   tink.AEAD
	indexes  []indexKey // primary first
	subjects *prf.Set
	keys     []Key
}

// indexKey makes fingerprints; mark are the bytes by which they name the key.
type indexKey struct {
	prf.PRF
	mark []byte
}

func newSealer(k keys) (*Sealer, error) {
	fields, err := aead.New(k.fields)
	if err != nil {
		return nil, err
	}
	index, err := prf.NewPRFSet(k.index)
	if err != nil {
		return nil, err
	}
	subjects, err := prf.NewPRFSet(k.subjects)
	if err != nil {
		return nil, err
	}
	s := &Sealer{fields: fields, subjects: subjects}
	if s.keys, err = k.list(); err != nil {
		return nil, err
	}
	for _, key := range s.keys { // the primary first, then the newest
		if key.Use != Index {
			continue
		}
		made := indexKey{PRF: index.PRFs[uint32(key.ID)]}
		if !key.Unmarked() {
			made.mark = key.ID.Bytes()
		}
		s.indexes = append(s.indexes, made)
	}
	return s, nil
}

// Keys are the keys of the file, those of one use together, the primary first
// and then the newest.
func (s *Sealer) Keys() []Key { return slices.Clone(s.keys) }

// Place is the associated data that binds a sealed value to its table, column
// and record, so that it opens nowhere else.
func Place(table, column string, record int64) []byte {
	b := make([]byte, 0, 2+len(table)+len(column)+8)
	b = appendString(b, table)
	b = appendString(b, column)
	return binary.BigEndian.AppendUint64(b, uint64(record))
}

// Seal encrypts plaintext for one record; recordID is its Place. The result is
// 33 bytes longer than plaintext and different each time.
func (s *Sealer) Seal(plaintext, recordID []byte) []byte {
	return encrypt(s.fields, plaintext, recordID)
}

// Open decrypts what Seal made for the same recordID, also under a key that
// has since been rotated; anything else is ErrSealed.
func (s *Sealer) Open(sealed, recordID []byte) ([]byte, error) {
	p, err := s.fields.Decrypt(sealed, recordID)
	if err != nil {
		return nil, ErrSealed
	}
	return p, nil
}

// BlindIndex is the fingerprint of a value under the primary index key, IndexSize
// bytes. Equal values of one kind have equal fingerprints; values of different
// kinds cannot be compared. The caller normalises the value first (digits only,
// say).
func (s *Sealer) BlindIndex(kind, value string) []byte {
	return s.indexes[0].fingerprint(kind, value)
}

// BlindIndexes are the fingerprints of a value under every index key, the
// primary first: what a search looks for until everything is sealed anew after
// Rotate.
func (s *Sealer) BlindIndexes(kind, value string) [][]byte {
	all := make([][]byte, len(s.indexes))
	for i, p := range s.indexes {
		all[i] = p.fingerprint(kind, value)
	}
	return all
}

// Secret makes the secret of a new subject: SecretSize random bytes.
func Secret() []byte {
	b := make([]byte, SecretSize)
	rand.Read(b)
	return b
}

// Subject seals the fields of one person. Its key is HMAC-SHA256(keyset,
// secret), a pseudo-random function of both: both are needed to open.
//
// The secret must live in a table of its own, be overwritten and deleted when
// the person is erased, and must not survive elsewhere. Backups that hold the
// secrets table keep the person readable until they expire; so either store the
// secrets in a backup of their own with a short life, or re-apply the list of
// erased persons after every restore. Package privacy does the second.
type Subject struct {
	sealer  *Sealer
	secret  []byte
	primary tink.AEAD
}

// Subject derives the key of the person who has this secret. It costs about as
// much as six seals: derive once per person and seal all its fields with it.
func (s *Sealer) Subject(secret []byte) (*Subject, error) {
	if len(secret) < 16 {
		return nil, fmt.Errorf("seal: a subject's secret has %d bytes, want at least 16: it was destroyed or never made", len(secret))
	}
	primary, err := s.derive(s.subjects.PrimaryID, secret)
	if err != nil {
		return nil, err
	}
	return &Subject{s, secret, primary}, nil
}

// Seal is Sealer.Seal under the subject's key; the result is 32 bytes longer
// than plaintext.
func (u *Subject) Seal(plaintext, recordID []byte) []byte {
	id := binary.BigEndian.AppendUint32(make([]byte, 0, keyIDSize+len(plaintext)+28), u.sealer.subjects.PrimaryID)
	return append(id, encrypt(u.primary, plaintext, recordID)...)
}

// Open decrypts what Seal made for the same person and recordID; anything else
// is ErrSealed.
func (u *Subject) Open(sealed, recordID []byte) ([]byte, error) {
	if len(sealed) < keyIDSize {
		return nil, ErrSealed
	}
	key := u.primary
	if id := binary.BigEndian.Uint32(sealed); id != u.sealer.subjects.PrimaryID {
		old, err := u.sealer.derive(id, u.secret)
		if err != nil {
			return nil, ErrSealed
		}
		key = old
	}
	p, err := key.Decrypt(sealed[keyIDSize:], recordID)
	if err != nil {
		return nil, ErrSealed
	}
	return p, nil
}

func (s *Sealer) derive(keyID uint32, secret []byte) (tink.AEAD, error) {
	p, ok := s.subjects.PRFs[keyID]
	if !ok {
		return nil, ErrSealed
	}
	key, err := p.ComputePRF(secret, keySize)
	if err != nil {
		return nil, err
	}
	return aeadsubtle.NewAESGCM(key)
}

// encrypt panics where Tink fails, which it does only beyond 2³⁶ bytes.
func encrypt(a tink.AEAD, plaintext, recordID []byte) []byte {
	c, err := a.Encrypt(plaintext, recordID)
	if err != nil {
		panic(err)
	}
	return c
}

// fingerprint panics where Tink fails, which it does only if IndexSize exceeds
// the hash.
func (k indexKey) fingerprint(kind, value string) []byte {
	in := appendString(make([]byte, 0, 1+len(kind)+len(value)), kind)
	out, err := k.ComputePRF(append(in, value...), uint32(IndexSize-len(k.mark)))
	if err != nil {
		panic(err)
	}
	return append(slices.Clip(k.mark), out...)
}

// appendString writes a name of at most 255 bytes with its length, so that no
// two lists of names are written alike.
func appendString(b []byte, s string) []byte {
	if len(s) > 255 {
		panic("seal: a name of more than 255 bytes")
	}
	return append(append(b, byte(len(s))), s...)
}
