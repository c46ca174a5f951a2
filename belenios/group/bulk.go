package group

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"filippo.io/edwards25519"
	"filippo.io/edwards25519/field"
)

// ErrHint says that a hint is not one: no two coordinates of a point.
var ErrHint = errors.New("not a hint")

// ErrEquation says that one of the equations of a Batch does not hold.
var ErrEquation = errors.New("an equation does not hold")

// HintSize is the number of bytes of the hint of an element.
const HintSize = 64

// Bulk is a group that checks much faster with hints. Ed25519 is one:
//
//	bulk, ok := g.(group.Bulk)
//
// A hint of an element is its eighth: the point H with 8·H = element. Whoever
// makes hints need not be trusted. ReadHints computes 8·H, which is a member
// whatever point of the curve H is; what remains is to compare the element with
// the text it is a hint for. That is cheaper than Parse by far.
//
// A verifier goes through a ballot with hints for its ciphertexts and for the
// commitments of its proofs. It compares the ciphertexts' texts, hashes the
// commitments' texts and compares the challenges, and adds the equations
// commitment = g^response·base^challenge to a Batch. After some hundreds of
// ballots Check tells whether all equations hold. If not, the hints or a ballot
// are wrong: verify these ballots without hints to learn which, and why.
type Bulk interface {
	Group
	// AppendHints adds the hints of elements to b, HintSize bytes each.
	AppendHints(b []byte, elements []Element) []byte
	// ReadHints is the elements that have these hints: members of the group. All
	// of them should be read at once. A wrong hint gives ErrHint or another element.
	ReadHints(b []byte) ([]Element, error)
	// NewBatch is a batch without equations.
	NewBatch() *Batch
}

var _ Bulk = edwards

// eighth is 1/8 modulo the order.
var eighth = edwards.Invert(edwards.Number(8))

func (g edwardsGroup) AppendHints(b []byte, elements []Element) []byte {
	points := make([]*point, len(elements))
	for i, e := range elements {
		eighth := g.Product([]Element{g.Base(e)}, []Scalar{eighth}).(*edwardsElement)
		points[i] = &eighth.p
	}
	normalise(points)
	for _, p := range points {
		b = append(b, p.x.Bytes()...)
		b = append(b, p.y.Bytes()...)
	}
	return b
}

func (edwardsGroup) ReadHints(b []byte) ([]Element, error) {
	if len(b)%HintSize != 0 {
		return nil, fmt.Errorf("%w: %d bytes are not a multiple of %d", ErrHint, len(b), HintSize)
	}
	n := len(b) / HintSize
	list := make([]edwardsElement, n)
	points := make([]*point, n)
	for i := range list {
		var h point
		h.x.SetBytes(b[HintSize*i:][:32])
		h.y.SetBytes(b[HintSize*i+32:][:32])
		if !onCurve(&h.x, &h.y) {
			return nil, fmt.Errorf("%w: number %d is no point of the curve", ErrHint, i)
		}
		h.z.One()
		points[i] = list[i].p.cofactor(&h)
	}
	normalise(points)
	elements := make([]Element, n)
	for i := range list {
		e := &list[i]
		e.encoding, e.encoded = encoding(&e.p.x, &e.p.y), true
		elements[i] = e
	}
	return elements, nil
}

func (edwardsGroup) NewBatch() *Batch { return newBatch(rand.Reader) }

// Batch is equations between elements of Ed25519 that are checked all at once:
// their combination with random coefficients of 128 bits, which no maker of
// equations can foresee, is one product of powers. If an equation does not hold,
// Check finds it but for a chance of 2^-128. It takes 400 bytes for each element;
// equations with the same Element as a base share it. It is for one goroutine.
type Batch struct {
	rand      io.Reader
	random    [4096]byte
	unused    []byte // of random
	points    []*edwardsElement
	exponents []edwards25519.Scalar
	bases     map[*edwardsElement]int // where a base stands in points
}

func newBatch(rand io.Reader) *Batch { return &Batch{rand: rand, bases: map[*edwardsElement]int{}} }

// Equal adds the equation left = Π bases[i]^exponents[i].
func (b *Batch) Equal(left Element, bases []Element, exponents []Scalar) {
	if len(bases) != len(exponents) {
		panic("group: as many bases as exponents are needed")
	}
	coefficient := b.coefficient()
	b.points = append(b.points, left.(*edwardsElement))
	b.exponents = append(b.exponents, coefficient)
	coefficient.Negate(&coefficient)
	for i, base := range bases {
		base, k := base.(*edwardsElement), &exponents[i].(*edwardsScalar).s
		at, ok := b.bases[base]
		if !ok {
			at = len(b.points)
			b.bases[base] = at
			b.points = append(b.points, base)
			b.exponents = append(b.exponents, edwards25519.Scalar{})
		}
		b.exponents[at].MultiplyAdd(&coefficient, k, &b.exponents[at])
	}
}

// coefficient draws a number below 2^128.
func (b *Batch) coefficient() (k edwards25519.Scalar) {
	if len(b.unused) == 0 {
		if _, err := io.ReadFull(b.rand, b.random[:]); err != nil {
			panic("group: no randomness: " + err.Error()) // crypto/rand never fails
		}
		b.unused = b.random[:]
	}
	var wide [32]byte
	copy(wide[:16], b.unused)
	b.unused = b.unused[16:]
	if _, err := k.SetCanonicalBytes(wide[:]); err != nil {
		panic(err)
	}
	return k
}

// Len is the number of elements in the batch. Some ten thousand are best.
func (b *Batch) Len() int { return len(b.points) }

// Check is nil when all equations hold, else ErrEquation. The batch is then
// empty, ready to be used again.
func (b *Batch) Check() error {
	points := make([]*point, 0, len(b.points))
	for _, e := range b.points {
		points = append(points, &e.p)
	}
	holds := combination(points, b.exponents).isIdentity()
	clear(b.points)
	clear(b.bases)
	b.points, b.exponents = b.points[:0], b.exponents[:0]
	if !holds {
		return ErrEquation
	}
	return nil
}

// combination is the sum of exponents[i]·points[i], by Pippenger's method: for
// each digit the points are put into buckets, and the buckets added up.
func combination(points []*point, exponents []edwards25519.Scalar) *point {
	ready := readyToAdd(points)
	width := bucketBits(len(points))
	windows := (254 + width - 1) / width
	digits := make([]int16, len(points)*windows)
	for i := range exponents {
		signedDigits(digits[i*windows:][:windows], [32]byte(exponents[i].Bytes()), width)
	}
	sum := new(point).identity()
	buckets := make([]point, 1<<(width-1))
	for w := windows - 1; w >= 0; w-- {
		if w < windows-1 {
			sum.double(sum, width)
		}
		for i := range buckets {
			buckets[i].identity()
		}
		for i := range ready {
			switch d := digits[i*windows+w]; {
			case d > 0:
				buckets[d-1].addAffine(&buckets[d-1], &ready[i])
			case d < 0:
				buckets[-d-1].subAffine(&buckets[-d-1], &ready[i])
			}
		}
		var running point
		running.identity()
		for i := len(buckets) - 1; i >= 0; i-- {
			running.add(&running, &buckets[i])
			sum.add(sum, &running)
		}
	}
	return sum
}

// readyToAdd is the points in affine form. They are not changed: others may be
// reading them.
func readyToAdd(points []*point) []affine {
	var one field.Element
	one.One()
	var copies []*point
	all := make([]*point, len(points))
	for i, p := range points {
		if all[i] = p; p.z.Equal(&one) == 0 {
			q := *p
			all[i] = &q
			copies = append(copies, &q)
		}
	}
	normalise(copies)
	ready := make([]affine, len(points))
	for i := range ready {
		ready[i].set(all[i])
	}
	return ready
}

// bucketBits is the width of digits with the fewest multiplications for n points.
func bucketBits(n int) int {
	best, cost := 0, 0
	for width := 2; width <= 15; width++ {
		if c := (254/width + 1) * (7*n + 18<<(width-1)); best == 0 || c < cost {
			best, cost = width, c
		}
	}
	return best
}

// signedDigits is the digits, from -2^(width-1) to 2^(width-1), of a number below
// 2^253.
func signedDigits(digits []int16, k [32]byte, width int) {
	carry, at := 0, 0
	for i := range digits {
		digit := carry
		for j := range width {
			if at < 256 {
				digit += int(k[at/8]>>(at%8)&1) << j
			}
			at++
		}
		carry = (digit + 1<<(width-1)) >> width
		digits[i] = int16(digit - carry<<width)
	}
}
