package group

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"sync"

	"filippo.io/bigmod"
)

// finiteField is a subgroup of prime order of the integers modulo a prime
// (FORMAT §2.1).
//
// Power and PowerG take the same time for all exponents: they are computed by
// filippo.io/bigmod. All the rest, so also sums and products of scalars, is
// math/big, whose time depends on the numbers. That is as belenios-tool does it,
// and suits keys that are used a few times, offline. Ed25519 is without this
// reservation.
type finiteField struct {
	name      string
	p, q      *big.Int
	modulus   *bigmod.Modulus
	cofactor  *big.Int // (p-1)/q
	padding   int      // bits below an embedding
	capacity  int
	unit, g   *fieldElement
	generator func() *powers // of g
}

type fieldElement struct {
	f      *finiteField
	x      *big.Int
	powers *powers // of a Fixed
}

type fieldScalar struct {
	f *finiteField
	k *big.Int
}

var belenios2048 = sync.OnceValue(func() *finiteField {
	p := number("20694785691422546401013643657505008064922989295751104097100884787057374219242717401922237254497684338129066633138078958404960054389636289796393038773905722803605973749427671376777618898589872735865049081167099310535867780980030790491654063777173764198678527273474476341835600035698305193144284561701911000786737307333564123971732897913240474578834468260652327974647951137672658693582180046317922073668860052627186363386088796882120769432366149491002923444346373222145884100586421050242120365433561201320481118852408731077014151666200162313177169372189248078507711827842317498073276598828825169183103125680162072880719")
	q := number("78571733251071885079927659812671450121821421258408794611510081919805623223441")
	g := number("2402352677501852209227687703532399932712287657378364916510075318787663274146353219320285676155269678799694668298749389095083896573425601900601068477164491735474137283104610458681314511781646755400527402889846139864532661215055797097162016168270312886432456663834863635782106154918419982534315189740658186868651151358576410138882215396016043228843603930989333662772848406593138406010231675095763777982665103606822406635076697764025346253773085133173495194248967754052573659049492477631475991575198775177711481490920456600205478127054728238140972518639858334115700568353695553423781475582491896050296680037745308460627")
	return newFiniteField(Belenios, p, q, g)
})

var rfc3526 = sync.OnceValue(func() *finiteField {
	p, _ := new(big.Int).SetString("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD1"+
		"29024E088A67CC74020BBEA63B139B22514A08798E3404DD"+
		"EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245"+
		"E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"+
		"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3D"+
		"C2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"+
		"83655D23DCA3AD961C62F356208552BB9ED529077096966D"+
		"670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"+
		"E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9"+
		"DE2BCBF6955817183995497CEA956AE515D2261898FA0510"+
		"15728E5A8AACAA68FFFFFFFFFFFFFFFF", 16)
	f := newFiniteField(RFC3526, p, new(big.Int).Rsh(p, 1), big.NewInt(2))
	f.padding, f.capacity = 8, 254
	return f
})

func number(text string) *big.Int {
	n, _ := new(big.Int).SetString(text, 10)
	return n
}

func newFiniteField(name string, p, q, g *big.Int) *finiteField {
	f := &finiteField{name: name, p: p, q: q}
	f.cofactor = new(big.Int).Sub(p, one)
	f.cofactor.Div(f.cofactor, q)
	f.g, f.unit = f.element(g), f.element(one)
	f.generator = sync.OnceValue(func() *powers { return newPowers(f, g) })
	var err error
	if f.modulus, err = bigmod.NewModulus(p.Bytes()); err != nil {
		panic(err)
	}
	return f
}

func (f *finiteField) element(x *big.Int) *fieldElement { return &fieldElement{f: f, x: x} }

// number is the integer of an element of f.
func (f *finiteField) number(e Element) *big.Int {
	a := e.(*fieldElement)
	if a.f != f {
		panic("group: an element of " + a.f.name + " used in " + f.name)
	}
	return a.x
}

// exponent is the integer of a scalar of f.
func (f *finiteField) exponent(s Scalar) *big.Int {
	a := s.(*fieldScalar)
	if a.f != f {
		panic("group: a scalar of " + a.f.name + " used in " + f.name)
	}
	return a.k
}

func (e *fieldElement) String() string           { return e.x.String() }
func (e *fieldElement) Append(b []byte) []byte   { return e.x.Append(b, 10) }
func (e *fieldElement) Equal(other Element) bool { return e.x.Cmp(e.f.number(other)) == 0 }

func (s *fieldScalar) Big() *big.Int           { return new(big.Int).Set(s.k) }
func (s *fieldScalar) String() string          { return s.k.String() }
func (s *fieldScalar) Append(b []byte) []byte  { return s.k.Append(b, 10) }
func (s *fieldScalar) Equal(other Scalar) bool { return s.k.Cmp(s.f.exponent(other)) == 0 }

func (f *finiteField) Name() string       { return f.name }
func (f *finiteField) Order() *big.Int    { return f.q }
func (f *finiteField) Generator() Element { return f.g }
func (f *finiteField) Identity() Element  { return f.unit }
func (f *finiteField) Capacity() int      { return f.capacity }

func (f *finiteField) Parse(text string) (Element, error) {
	x, err := parseDecimal(text, f.p)
	if err != nil {
		return nil, err
	}
	if !f.isMember(x) {
		return nil, fmt.Errorf("%w: %.20s… is not in the subgroup of prime order", ErrMember, text)
	}
	return f.element(x), nil
}

// isMember tells whether x^q = 1, for 0 ≤ x < p.
func (f *finiteField) isMember(x *big.Int) bool {
	if f.p.BitLen() == f.q.BitLen()+1 { // p = 2q+1: the members are the squares
		return big.Jacobi(x, f.p) == 1
	}
	return f.power(x, f.q.Bytes()).Cmp(one) == 0
}

func (f *finiteField) Compare(a, b Element) int { return f.number(a).Cmp(f.number(b)) }

func (f *finiteField) Independent(i int) Element {
	sum := sha256.Sum256([]byte("ggen|" + strconv.Itoa(i)))
	x := new(big.Int).SetBytes(sum[:])
	return f.element(x.Exp(x, f.cofactor, f.p))
}

func (f *finiteField) Embed(values []int) (Element, error) {
	x, err := packValues(values, f.capacity)
	if err != nil {
		return nil, err
	}
	for x.Lsh(x, uint(f.padding)); !f.isMember(x); x.Add(x, one) {
	}
	return f.element(x), nil
}

func (f *finiteField) Extract(e Element, n int) ([]int, error) {
	return unpackValues(new(big.Int).Rsh(f.number(e), uint(f.padding)), n, f.capacity)
}

func (f *finiteField) scalar(k *big.Int) *fieldScalar { return &fieldScalar{f, k.Mod(k, f.q)} }

func (f *finiteField) ParseScalar(text string) (Scalar, error) {
	k, err := parseDecimal(text, f.q)
	if err != nil {
		return nil, err
	}
	return f.scalar(k), nil
}

func (f *finiteField) Number(n int64) Scalar                 { return f.scalar(big.NewInt(n)) }
func (f *finiteField) Reduce(b []byte) Scalar                { return f.scalar(new(big.Int).SetBytes(b)) }
func (f *finiteField) Random(rand io.Reader) (Scalar, error) { return randomScalar(f, rand) }

func (f *finiteField) Add(a, b Scalar) Scalar {
	return f.scalar(new(big.Int).Add(f.exponent(a), f.exponent(b)))
}

func (f *finiteField) Sub(a, b Scalar) Scalar {
	return f.scalar(new(big.Int).Sub(f.exponent(a), f.exponent(b)))
}

func (f *finiteField) Times(a, b Scalar) Scalar {
	return f.scalar(new(big.Int).Mul(f.exponent(a), f.exponent(b)))
}

func (f *finiteField) Invert(a Scalar) Scalar {
	return f.scalar(new(big.Int).ModInverse(f.exponent(a), f.q))
}

func (f *finiteField) Power(a Element, k Scalar) Element {
	return f.element(f.power(f.number(a), f.exponent(k).FillBytes(make([]byte, (f.q.BitLen()+7)/8))))
}

func (f *finiteField) PowerG(k Scalar) Element { return f.Power(f.g, k) }

// power is x^k, in time that depends on the number of bytes in k only.
func (f *finiteField) power(x *big.Int, k []byte) *big.Int {
	base, err := bigmod.NewNat().SetBytes(x.FillBytes(make([]byte, f.modulus.Size())), f.modulus)
	if err != nil {
		panic("group: a number out of range") // no member is
	}
	return new(big.Int).SetBytes(bigmod.NewNat().Exp(base, k, f.modulus).Bytes(f.modulus))
}

// scratch is room for the intermediate results of multiplications.
type scratch struct{ product, quotient big.Int }

// multiply sets z to x·y.
func (f *finiteField) multiply(z, x, y *big.Int, s *scratch) *big.Int {
	s.quotient.QuoRem(s.product.Mul(x, y), f.p, z)
	return z
}

func (f *finiteField) Mul(a, b Element) Element {
	return f.element(f.multiply(new(big.Int), f.number(a), f.number(b), new(scratch)))
}

func (f *finiteField) Div(a, b Element) Element {
	inverse := new(big.Int).ModInverse(f.number(b), f.p)
	return f.element(f.multiply(inverse, f.number(a), inverse, new(scratch)))
}

func (f *finiteField) ParseBase(text string) (Element, error) { return f.Parse(text) }

// Base is a: there is nothing to be won for a few products.
func (f *finiteField) Base(a Element) Element { return a }

func (f *finiteField) Fixed(a Element) Element {
	e := *a.(*fieldElement)
	if x := f.number(a); e.powers == nil && x != f.g.x {
		e.powers = newPowers(f, x)
	}
	return &e
}

func (f *finiteField) Product(bases []Element, exponents []Scalar) Element {
	if len(bases) != len(exponents) {
		panic("group: as many bases as exponents are needed")
	}
	product, s := big.NewInt(1), new(scratch)
	for i, base := range bases {
		x, k := f.number(base), f.exponent(exponents[i])
		switch table := base.(*fieldElement).powers; {
		case x == f.g.x:
			f.generator().multiply(product, k, s)
		case table != nil:
			table.multiply(product, k, s)
		default:
			f.multiply(product, product, f.power(x, k.Bytes()), s)
		}
	}
	return f.element(product)
}

func (f *finiteField) Join(b []byte, elements []Element) []byte {
	for i, e := range elements {
		if i > 0 {
			b = append(b, ',')
		}
		b = e.Append(b)
	}
	return b
}
