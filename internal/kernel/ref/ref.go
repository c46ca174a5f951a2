// Package ref points from a record of one area to a record of another without
// either importing the other: "org:0f3…", "membership:0f4…".
package ref

import (
	"errors"
	"strings"

	"odaq/internal/kernel/id"
)

// Ref names a record: its kind and its identifier.
type Ref struct {
	Kind string
	ID   id.ID
}

// ErrMalformed says that a text is no reference.
var ErrMalformed = errors.New("ref: malformed reference, want KIND:ID")

// To makes a reference.
func To(kind string, v id.ID) Ref { return Ref{kind, v} }

// Parse reads "kind:id".
func Parse(s string) (Ref, error) {
	kind, v, ok := strings.Cut(s, ":")
	if !ok || kind == "" {
		return Ref{}, ErrMalformed
	}
	n, err := id.Parse(v)
	if err != nil {
		return Ref{}, ErrMalformed
	}
	return Ref{kind, n}, nil
}

// String is "kind:id", empty for the zero reference.
func (r Ref) String() string {
	if r.Kind == "" {
		return ""
	}
	return r.Kind + ":" + r.ID.String()
}

// MarshalText writes String.
func (r Ref) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads String.
func (r *Ref) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*r = Ref{}
		return nil
	}
	v, err := Parse(string(b))
	if err == nil {
		*r = v
	}
	return err
}
