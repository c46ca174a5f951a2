// Package group has the groups in which Belenios elections are held: Ed25519,
// and the two finite-field groups that belenios-tool 2.0 knows (FORMAT.md §2).
//
// All elements a Group gives out are members of the subgroup of prime order and
// have one text; what is not, or is spelled in another way, is refused when it is
// parsed. Elements and scalars are never changed and may be shared. Elements and
// scalars of different groups must not be mixed; doing so panics.
//
// On Ed25519 secrets are handled by filippo.io/edwards25519 in constant time. On
// the finite fields Power and PowerG take the same time for all exponents
// (filippo.io/bigmod), but sums and products of scalars are math/big, whose time
// depends on the numbers. That is as belenios-tool does it, and suits keys that
// are used a few times, offline.
package group

import (
	"errors"
	"fmt"
	"io"
	"math/big"
)

// The names of the groups, as they stand in an election file.
const (
	Ed25519  = "Ed25519"
	Belenios = "BELENIOS-2048"
	RFC3526  = "RFC-3526-2048"
)

// Errors of parsing. They are wrapped with what was wrong.
var (
	ErrText   = errors.New("not the canonical text")
	ErrMember = errors.New("not a member of the group")
	ErrRange  = errors.New("number out of range")
	ErrName   = errors.New("the group is not known")
)

// Element is a member of a Group.
type Element interface {
	// String is the canonical text: 64 hex digits or a decimal number.
	String() string
	// Append adds the canonical text to b.
	Append(b []byte) []byte
	Equal(Element) bool
}

// Scalar is an integer modulo the order of a Group.
type Scalar interface {
	// String is the decimal number, without leading zeros.
	String() string
	// Append adds the decimal number to b.
	Append(b []byte) []byte
	Equal(Scalar) bool
	// Big is the number, for public values only.
	Big() *big.Int
}

// Group is a cyclic group of prime order, written multiplicatively.
type Group interface {
	Name() string
	// Order is q. It must not be changed.
	Order() *big.Int
	Generator() Element
	Identity() Element

	// Parse reads a canonical text of a member.
	Parse(text string) (Element, error)
	// ParseBase is Parse for an element that is soon a base of Products, such as
	// those of a ballot: what was computed to test it makes them faster, and is kept
	// with it (see Base).
	ParseBase(text string) (Element, error)
	// Join adds the canonical texts to b, separated by commas. It is faster than
	// one Append after the other.
	Join(b []byte, elements []Element) []byte
	// Compare is the order in which lists of elements are sorted.
	Compare(a, b Element) int
	// Independent is the generator gen(i) of the shuffles, i ≥ -1 (§2).
	Independent(i int) Element
	// Embed hides integers of 0 to 255 in an element; Extract finds n of them.
	// Capacity is how many fit, 0 where the group embeds nothing.
	Embed(values []int) (Element, error)
	Extract(e Element, n int) ([]int, error)
	Capacity() int

	// ParseScalar reads a canonical decimal number of 0 to q-1.
	ParseScalar(text string) (Scalar, error)
	// Number is n mod q; n may be negative.
	Number(n int64) Scalar
	// Reduce is the big-endian number modulo q. It is used for hashes and for
	// keys; bytes may be secret.
	Reduce(bytes []byte) Scalar
	// Random draws a scalar from 0 to q-1.
	Random(rand io.Reader) (Scalar, error)
	Add(a, b Scalar) Scalar
	Sub(a, b Scalar) Scalar
	Times(a, b Scalar) Scalar
	// Invert is 1/a; a must not be 0.
	Invert(a Scalar) Scalar

	// Power is a^k and PowerG g^k. Both may be used with secrets: on Ed25519 the
	// time they take tells nothing of k or a; on the finite fields see the notes
	// of the package.
	Power(a Element, k Scalar) Element
	PowerG(k Scalar) Element
	Mul(a, b Element) Element
	Div(a, b Element) Element

	// Base is the same element with multiples that make Product faster, for a base
	// of two to twenty products. It costs about as much as one product, and 10 to 20
	// kilobytes as long as the element is held.
	Base(a Element) Element
	// Fixed is the same element with tables that make Product faster, for bases
	// used many times. It takes time and memory to make.
	Fixed(a Element) Element
	// Product is the product of bases[i]^exponents[i], in time that depends on
	// them: for public values only.
	Product(bases []Element, exponents []Scalar) Element
}

// Named is the group with a name.
func Named(name string) (Group, error) {
	switch name {
	case Ed25519:
		return edwards, nil
	case Belenios:
		return belenios2048(), nil
	case RFC3526:
		return rfc3526(), nil
	}
	return nil, fmt.Errorf("%w: %.40q is not %s, %s or %s", ErrName, name, Ed25519, Belenios, RFC3526)
}
