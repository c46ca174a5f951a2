// Package id makes the identifiers of records. They are made by the
// application, never by the database: 42 bits of milliseconds and 21 random
// bits, so that they sort by time, index well and need no round trip. Where a
// time would tell who acted when (ballots), use Random.
package id

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"strings"
	"sync"
	"time"
)

// ID identifies a record for ever; it is positive and fits a bigint.
type ID int64

// ErrMalformed says that a text is no identifier.
var ErrMalformed = errors.New("id: malformed identifier")

// alphabet is Crockford's base 32 in lower case: no i, l, o, u.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

const (
	randomBits = 21
	maxID      = 1<<63 - 1
)

var state struct {
	sync.Mutex
	last ID
}

// New returns a time-ordered identifier, greater than every one this process
// made before.
func New() ID {
	var b [4]byte
	rand.Read(b[:])
	next := ID(time.Now().UnixMilli())<<randomBits | ID(binary.LittleEndian.Uint32(b[:])&(1<<randomBits-1))
	state.Lock()
	defer state.Unlock()
	if next <= state.last {
		next = state.last + 1
	}
	state.last = next
	return next
}

// Random returns an identifier that tells nothing, not even its time.
func Random() ID {
	var b [8]byte
	rand.Read(b[:])
	v := ID(binary.LittleEndian.Uint64(b[:]) >> 1)
	if v == 0 {
		return Random()
	}
	return v
}

// String is 13 characters of base 32; it sorts as the number does.
func (v ID) String() string {
	var b [13]byte
	u := uint64(v)
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = alphabet[u&31]
		u >>= 5
	}
	return string(b[:])
}

// Parse reads what String wrote, in either case.
func Parse(s string) (ID, error) {
	if len(s) != 13 {
		return 0, ErrMalformed
	}
	var u uint64
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		d := strings.IndexByte(alphabet, c)
		if d < 0 {
			return 0, ErrMalformed
		}
		if i == 0 && d > 7 {
			return 0, ErrMalformed
		}
		u = u<<5 | uint64(d)
	}
	if u == 0 || u > uint64(maxID) {
		return 0, ErrMalformed
	}
	return ID(u), nil
}

// MarshalText writes the text form, also in JSON: a bigint would lose digits
// in a browser.
func (v ID) MarshalText() ([]byte, error) {
	if v == 0 {
		return nil, nil
	}
	return []byte(v.String()), nil
}

// UnmarshalText reads the text form; empty is the zero ID, "none".
func (v *ID) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*v = 0
		return nil
	}
	p, err := Parse(string(b))
	if err == nil {
		*v = p
	}
	return err
}
