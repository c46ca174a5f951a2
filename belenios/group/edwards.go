package group

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"

	"filippo.io/edwards25519"
	"filippo.io/edwards25519/field"
)

// edwards is the subgroup of prime order of edwards25519 (FORMAT §2.2).
var edwards = edwardsGroup{voi{}}

const (
	edwardsPadding  = 14 // bits below an embedding
	edwardsCapacity = 30
)

var (
	edwardsOrder, _  = new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	edwardsIdentity  = newEdwardsElement(new(point).identity())
	edwardsGenerator = func() *edwardsElement {
		g := newEdwardsElement(new(point).setPoint(edwards25519.NewGeneratorPoint()))
		g.table = newTable(&g.p)
		return g
	}()
)

// edwardsGroup multiplies with secrets in constant time, by filippo's package,
// and with public numbers by tables of multiples or, where a base has none, by
// the engine.
type edwardsGroup struct{ engine engine }

type edwardsElement struct {
	p         point
	encoding  [32]byte // RFC 8032, where it is known
	encoded   bool
	multiples *multiples // of a Base
	table     *table     // of a Fixed
}

type edwardsScalar struct{ s edwards25519.Scalar }

// newEdwardsElement is the element for a point that is a member. A point with
// Z = 1 has its encoding at once.
func newEdwardsElement(p *point) *edwardsElement {
	e := &edwardsElement{p: *p}
	var one field.Element
	if p.z.Equal(one.One()) == 1 {
		e.encoding, e.encoded = encoding(&p.x, &p.y), true
	}
	return e
}

// bytes is the RFC 8032 encoding.
func (e *edwardsElement) bytes() [32]byte {
	if e.encoded {
		return e.encoding
	}
	p := e.p
	normalise([]*point{&p})
	return encoding(&p.x, &p.y)
}

func (e *edwardsElement) String() string { return string(e.Append(nil)) }

func (e *edwardsElement) Append(b []byte) []byte {
	encoding := e.bytes()
	slices.Reverse(encoding[:])
	return hex.AppendEncode(b, encoding[:])
}

func (e *edwardsElement) Equal(other Element) bool {
	return e.p.equal(&other.(*edwardsElement).p)
}

// bytes is the little-endian encoding.
func (s *edwardsScalar) bytes() [32]byte { return [32]byte(s.s.Bytes()) }

func (s *edwardsScalar) Big() *big.Int {
	b := s.s.Bytes()
	slices.Reverse(b)
	return new(big.Int).SetBytes(b)
}

func (s *edwardsScalar) String() string          { return s.Big().String() }
func (s *edwardsScalar) Append(b []byte) []byte  { return s.Big().Append(b, 10) }
func (s *edwardsScalar) Equal(other Scalar) bool { return s.s.Equal(&other.(*edwardsScalar).s) == 1 }

func (edwardsGroup) Name() string       { return Ed25519 }
func (edwardsGroup) Order() *big.Int    { return edwardsOrder }
func (edwardsGroup) Generator() Element { return edwardsGenerator }
func (edwardsGroup) Identity() Element  { return edwardsIdentity }
func (edwardsGroup) Capacity() int      { return edwardsCapacity }

func (g edwardsGroup) Parse(text string) (Element, error) {
	e, err := g.parse(text)
	if err != nil {
		return nil, err
	}
	e.multiples = nil
	return e, nil
}

func (g edwardsGroup) ParseBase(text string) (Element, error) {
	e, err := g.parse(text)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// parse is the element with a text, and the multiples that show that it is one.
func (edwardsGroup) parse(text string) (*edwardsElement, error) {
	encoding, err := decodeHex(text)
	if err != nil {
		return nil, err
	}
	e, err := decodePoint(encoding)
	if err != nil {
		return nil, err
	}
	e.multiples = newMultiples(&e.p)
	if !e.multiples.isTorsionFree() {
		return nil, fmt.Errorf("%w: %s is not in the subgroup of prime order", ErrMember, text)
	}
	return e, nil
}

// decodeHex is the encoding that has a text.
func decodeHex(text string) (encoding [32]byte, err error) {
	if len(text) != 64 {
		return encoding, fmt.Errorf("%w: %.70q is not 64 hexadecimal digits", ErrText, text)
	}
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return encoding, fmt.Errorf("%w: %q is not 64 lower-case hexadecimal digits", ErrText, text)
		}
	}
	hex.Decode(encoding[:], []byte(text))
	slices.Reverse(encoding[:])
	return encoding, nil
}

// decodePoint is the point of the curve with an encoding, which must be the
// canonical one: filippo's SetBytes takes also y ≥ p and the sign of x = 0.
// It need not be a member.
func decodePoint(encoded [32]byte) (*edwardsElement, error) {
	q, err := new(edwards25519.Point).SetBytes(encoded[:])
	if err != nil {
		return nil, fmt.Errorf("%w: %x (reversed) is no point of the curve", ErrMember, encoded)
	}
	e := newEdwardsElement(new(point).setPoint(q))
	if e.bytes() != encoded {
		return nil, fmt.Errorf("%w: %x (reversed) is another spelling of a point", ErrText, encoded)
	}
	return e, nil
}

func (edwardsGroup) Compare(a, b Element) int {
	x, y := a.(*edwardsElement).bytes(), b.(*edwardsElement).bytes()
	return bytes.Compare(x[:], y[:])
}

func (edwardsGroup) Independent(i int) Element {
	sum := sha256.Sum256([]byte("ggen|" + strconv.Itoa(i)))
	x := new(big.Int).SetBytes(sum[:])
	for x.Rsh(x, 2); ; x.Add(x, one) {
		if e := decodeInteger(x); e != nil {
			return newEdwardsElement(e.p.cofactor(&e.p))
		}
	}
}

// decodeInteger is the point that has x as the integer form of its canonical
// encoding, or nil.
func decodeInteger(x *big.Int) *edwardsElement {
	var encoding [32]byte
	if x.BitLen() > 256 {
		return nil
	}
	x.FillBytes(encoding[:])
	slices.Reverse(encoding[:])
	e, err := decodePoint(encoding)
	if err != nil {
		return nil
	}
	return e
}

func (g edwardsGroup) Embed(values []int) (Element, error) {
	x, err := packValues(values, g.Capacity())
	if err != nil {
		return nil, err
	}
	for x.Lsh(x, edwardsPadding); ; x.Add(x, one) {
		if e := decodeInteger(x); e != nil && newMultiples(&e.p).isTorsionFree() {
			return e, nil
		}
	}
}

func (g edwardsGroup) Extract(e Element, n int) ([]int, error) {
	encoding := e.(*edwardsElement).bytes()
	slices.Reverse(encoding[:])
	x := new(big.Int).SetBytes(encoding[:])
	return unpackValues(x.Rsh(x, edwardsPadding), n, g.Capacity())
}

func (g edwardsGroup) ParseScalar(text string) (Scalar, error) {
	n, err := parseDecimal(text, edwardsOrder)
	if err != nil {
		return nil, err
	}
	return g.scalar(n), nil
}

// scalar is n, which must be from 0 to q-1.
func (edwardsGroup) scalar(n *big.Int) *edwardsScalar {
	var b [32]byte
	n.FillBytes(b[:])
	slices.Reverse(b[:])
	s := new(edwardsScalar)
	if _, err := s.s.SetCanonicalBytes(b[:]); err != nil {
		panic(err)
	}
	return s
}

func (g edwardsGroup) Number(n int64) Scalar {
	x := big.NewInt(n)
	return g.scalar(x.Mod(x, edwardsOrder))
}

func (edwardsGroup) Reduce(b []byte) Scalar {
	sum := new(edwardsScalar)
	for len(b) > 0 {
		// The scalar so far moves up by as many bytes as are read: at most 32, so
		// that it fits into the 64 that are reduced.
		n := min(32, len(b))
		var wide [64]byte
		copy(wide[n:], sum.s.Bytes())
		copy(wide[:], b[:n])
		slices.Reverse(wide[:n])
		sum.s.SetUniformBytes(wide[:])
		b = b[n:]
	}
	return sum
}

func (g edwardsGroup) Random(rand io.Reader) (Scalar, error) { return randomScalar(g, rand) }

func (edwardsGroup) Add(a, b Scalar) Scalar {
	c := new(edwardsScalar)
	c.s.Add(&a.(*edwardsScalar).s, &b.(*edwardsScalar).s)
	return c
}

func (edwardsGroup) Sub(a, b Scalar) Scalar {
	c := new(edwardsScalar)
	c.s.Subtract(&a.(*edwardsScalar).s, &b.(*edwardsScalar).s)
	return c
}

func (edwardsGroup) Times(a, b Scalar) Scalar {
	c := new(edwardsScalar)
	c.s.Multiply(&a.(*edwardsScalar).s, &b.(*edwardsScalar).s)
	return c
}

func (edwardsGroup) Invert(a Scalar) Scalar {
	c := new(edwardsScalar)
	c.s.Invert(&a.(*edwardsScalar).s)
	return c
}

func (edwardsGroup) Power(a Element, k Scalar) Element {
	p := a.(*edwardsElement).p.constantTime()
	return newEdwardsElement(new(point).setPoint(p.ScalarMult(&k.(*edwardsScalar).s, p)))
}

func (edwardsGroup) PowerG(k Scalar) Element {
	p := new(edwards25519.Point).ScalarBaseMult(&k.(*edwardsScalar).s)
	return newEdwardsElement(new(point).setPoint(p))
}

func (edwardsGroup) Mul(a, b Element) Element {
	c := new(edwardsElement)
	c.p.add(&a.(*edwardsElement).p, &b.(*edwardsElement).p)
	return c
}

func (edwardsGroup) Div(a, b Element) Element {
	c := new(edwardsElement)
	c.p.sub(&a.(*edwardsElement).p, &b.(*edwardsElement).p)
	return c
}

func (edwardsGroup) Base(a Element) Element {
	e := *a.(*edwardsElement)
	if e.multiples == nil && e.table == nil {
		e.multiples = newMultiples(&e.p)
	}
	return &e
}

func (edwardsGroup) Fixed(a Element) Element {
	e := *a.(*edwardsElement)
	if e.table == nil {
		e.table = newTable(&e.p)
	}
	return &e
}

func (g edwardsGroup) Product(bases []Element, exponents []Scalar) Element {
	if len(bases) != len(exponents) {
		panic("group: as many bases as exponents are needed")
	}
	product := new(edwardsElement)
	product.p.identity()
	var shared sums
	var plain []*edwardsElement
	var numbers [][32]byte
	for i := range bases {
		base, k := bases[i].(*edwardsElement), exponents[i].(*edwardsScalar).bytes()
		switch {
		case base.table != nil:
			base.table.addTo(&product.p, &k)
		case base.multiples != nil:
			digits := radix16(&k)
			base.multiples.addTo(&shared, &digits)
		default:
			plain, numbers = append(plain, base), append(numbers, k)
		}
	}
	shared.total(&product.p)
	if len(plain) > 0 {
		product.p.add(&product.p, g.engine.product(plain, numbers))
	}
	return product
}

func (edwardsGroup) Join(b []byte, elements []Element) []byte {
	points := make([]point, 0, len(elements))
	pointers := make([]*point, 0, len(elements))
	for _, e := range elements {
		if e := e.(*edwardsElement); !e.encoded {
			points = append(points, e.p)
			pointers = append(pointers, &points[len(points)-1])
		}
	}
	normalise(pointers)
	for i, e := range elements {
		if i > 0 {
			b = append(b, ',')
		}
		known := *e.(*edwardsElement)
		if !known.encoded {
			known.encoding, known.encoded = encoding(&points[0].x, &points[0].y), true
			points = points[1:]
		}
		b = known.Append(b)
	}
	return b
}
