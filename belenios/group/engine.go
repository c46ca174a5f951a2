package group

import (
	"filippo.io/edwards25519"
	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

// engine multiplies points that have no tables, with public numbers: the time it
// takes depends on them.
type engine interface {
	// product is k[0]·e[0] + k[1]·e[1] + …, with little-endian k below the order.
	product(e []*edwardsElement, k [][32]byte) *point
}

// voi is curve25519-voi, the fastest where the processor has AVX2. It shows
// points as encodings only; changing to and fro is a quarter of a product's cost.
type voi struct{}

func (voi) product(e []*edwardsElement, k [][32]byte) *point {
	points := make([]*curve.EdwardsPoint, len(e))
	scalars := make([]*scalar.Scalar, len(e))
	for i := range e {
		encoding := curve.CompressedEdwardsY(e[i].bytes())
		var err error
		if points[i], err = curve.NewEdwardsPoint().SetCompressedY(&encoding); err != nil {
			panic(err) // the encoding of a point is one
		}
		if scalars[i], err = scalar.NewFromCanonicalBytes(k[i][:]); err != nil {
			panic(err)
		}
	}
	var product curve.EdwardsPoint
	if len(points) == 1 {
		product.DoubleScalarMulBasepointVartime(scalars[0], points[0], scalar.New())
	} else {
		product.MultiscalarMulVartime(scalars, points)
	}
	var encoding curve.CompressedEdwardsY
	encoding.SetEdwardsPoint(&product)
	p, err := new(edwards25519.Point).SetBytes(encoding[:])
	if err != nil {
		panic(err)
	}
	return new(point).setPoint(p)
}

// filippo is the fallback of voi.
type filippo struct{}

func (filippo) product(e []*edwardsElement, k [][32]byte) *point {
	points := make([]*edwards25519.Point, len(e))
	scalars := make([]*edwards25519.Scalar, len(e))
	for i := range e {
		points[i] = e[i].p.constantTime()
		var err error
		if scalars[i], err = new(edwards25519.Scalar).SetCanonicalBytes(k[i][:]); err != nil {
			panic(err)
		}
	}
	return new(point).setPoint(new(edwards25519.Point).VarTimeMultiScalarMult(scalars, points))
}
