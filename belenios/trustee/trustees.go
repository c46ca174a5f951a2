package trustee

import (
	"errors"
	"fmt"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
)

// Trustees are those of an election (FORMAT §5): all of the items are needed to
// decrypt. Trustees are numbered from 1 through all items, each member of a
// threshold group counting.
type Trustees []Item

// Item is either one trustee or a group with a threshold; the other is nil.
type Item struct {
	Single   *PublicKey
	Pedersen *Pedersen
}

// keys are the public keys of the item's trustees.
func (it Item) keys() []PublicKey {
	if it.Single != nil {
		return []PublicKey{*it.Single}
	}
	return it.Pedersen.VerificationKeys
}

// Append adds ["Single",…] or ["Pedersen",…] to b.
func (it Item) Append(b []byte) []byte {
	if it.Single != nil {
		b = append(b, `["Single",`...)
		b = it.Single.Append(b)
	} else {
		b = append(b, `["Pedersen",`...)
		b = it.Pedersen.Append(b)
	}
	return append(b, ']')
}

// Parse reads a trustees file: canonical text, all elements members of g, at most
// MaxTrustees in all. It does not verify what it says.
func Parse(g group.Group, text []byte) (Trustees, error) {
	var t Trustees
	r := canonical.NewReader(text)
	r.Array(MaxTrustees, func(int) {
		var it Item
		if r.Try(`["Pedersen",`) {
			p := readPedersen(r, g)
			it.Pedersen = &p
		} else {
			r.Literal(`["Single",`)
			k := readPublicKey(r, g)
			it.Single = &k
		}
		r.Literal(`]`)
		t = append(t, it)
		if r.Err() == nil && len(t.Keys()) > MaxTrustees {
			r.Fail(fmt.Errorf("%w: more than %d trustees", canonical.ErrLimit, MaxTrustees))
		}
	})
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("trustees: %w", err)
	}
	return t, nil
}

// Append adds the trustees file to b, an array of ["Single",…] and ["Pedersen",…].
func (t Trustees) Append(b []byte) []byte { return canonical.AppendArray(b, t) }

// Hash is the hexadecimal hash of the trustees file. Trustees compare it out of
// band before voting opens (FORMAT §7).
func (t Trustees) Hash() string { return canonical.HexHash(t.Append(nil)) }

// Verify checks every key and every group of trustees. Errors are ErrCount and a
// Fault of any of the reasons of PublicKey.Verify and Pedersen.Verify; the number
// of the Fault is that in the election. A set of trustees whose joint key is the
// identity is ErrIdentity.
func (t Trustees) Verify(g group.Group) error {
	if n := len(t.Keys()); n < 1 || n > MaxTrustees {
		return fmt.Errorf("%w: %d trustees of 1 to %d", ErrCount, n, MaxTrustees)
	}
	before := 0
	for i, it := range t {
		err := it.verify(g)
		var fault *Fault
		switch {
		case errors.As(err, &fault):
			return blame(before+fault.Trustee-1, fault.Err)
		case err != nil:
			return fmt.Errorf("trustees, item %d: %w", i+1, err)
		}
		before += len(it.keys())
	}
	if t.PublicKey(g).Equal(g.Identity()) {
		return ErrIdentity
	}
	return nil
}

func (it Item) verify(g group.Group) error {
	if it.Single != nil {
		return blame(0, it.Single.Verify(g))
	}
	return it.Pedersen.Verify(g)
}

// PublicKey is y, the key to which ballots are encrypted (FORMAT §5). The trustees
// must have been verified.
func (t Trustees) PublicKey(g group.Group) group.Element {
	y := g.Identity()
	for _, it := range t {
		if it.Single != nil {
			y = g.Mul(y, it.Single.Key)
		} else {
			y = g.Mul(y, it.Pedersen.PublicKey(g))
		}
	}
	return y
}

// Keys are the public keys by which partial decryptions are verified: that of
// trustee number i is at i-1.
func (t Trustees) Keys() []PublicKey {
	var keys []PublicKey
	for _, it := range t {
		keys = append(keys, it.keys()...)
	}
	return keys
}
