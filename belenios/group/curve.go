package group

import (
	"filippo.io/edwards25519"
	"filippo.io/edwards25519/field"
)

// point is a point of edwards25519 in extended coordinates: x = X/Z, y = Y/Z,
// xy = T/Z. The formulas are those of Hisil, Wong, Carter and Dawson (2008); they
// are complete on this curve. The arithmetic modulo 2^255-19 is filippo's, the
// order of the operations below is what makes checking many public values fast.
type point struct{ x, y, z, t field.Element }

// cached is a point made ready to be added: Y+X, Y-X, 2Z and 2dT.
type cached struct{ sum, difference, z2, t2d field.Element }

// affine is a cached point with Z = 1.
type affine struct{ sum, difference, t2d field.Element }

// curveD is the d of the curve's equation -x² + y² = 1 + dx²y², -121665/121666.
var curveD, curve2D, inverseD = func() (d, d2, inverse field.Element) {
	var one, numerator, denominator field.Element
	one.One()
	numerator.Mult32(&one, 121665)
	denominator.Mult32(&one, 121666)
	d.Multiply(numerator.Negate(&numerator), denominator.Invert(&denominator))
	d2.Add(&d, &d)
	inverse.Invert(&d)
	return d, d2, inverse
}()

// setPoint copies a point of filippo's.
func (p *point) setPoint(q *edwards25519.Point) *point {
	x, y, z, t := q.ExtendedCoordinates()
	p.x, p.y, p.z, p.t = *x, *y, *z, *t
	return p
}

// constantTime is p for arithmetic with secrets.
func (p *point) constantTime() *edwards25519.Point {
	q, err := new(edwards25519.Point).SetExtendedCoordinates(&p.x, &p.y, &p.z, &p.t)
	if err != nil {
		panic("group: a point off the curve") // no member is
	}
	return q
}

func (p *point) identity() *point {
	p.x.Zero()
	p.y.One()
	p.z.One()
	p.t.Zero()
	return p
}

func (p *point) isIdentity() bool {
	var zero field.Element
	return p.x.Equal(&zero) == 1 && p.y.Equal(&p.z) == 1
}

func (p *point) equal(q *point) bool {
	var a, b, c, d field.Element
	a.Multiply(&p.x, &q.z)
	b.Multiply(&q.x, &p.z)
	c.Multiply(&p.y, &q.z)
	d.Multiply(&q.y, &p.z)
	return a.Equal(&b)&c.Equal(&d) == 1
}

func (p *point) negate(q *point) *point {
	p.x.Negate(&q.x)
	p.y, p.z = q.y, q.z
	p.t.Negate(&q.t)
	return p
}

// double sets p to 2^n·q, for n > 0. T is computed for the last point only.
func (p *point) double(q *point, n int) *point {
	var a, b, e, f, g, h field.Element
	x, y, z := &q.x, &q.y, &q.z
	for range n {
		a.Square(x)
		b.Square(y)
		f.Square(z)
		f.Add(&f, &f)
		h.Add(&a, &b)
		e.Add(x, y)
		e.Square(&e)
		e.Subtract(&h, &e)
		g.Subtract(&a, &b)
		f.Add(&f, &g)
		x, y, z = &p.x, &p.y, &p.z
		x.Multiply(&e, &f)
		y.Multiply(&g, &h)
		z.Multiply(&f, &g)
	}
	p.t.Multiply(&e, &h)
	return p
}

// cofactor sets p to 8q.
func (p *point) cofactor(q *point) *point {
	return p.double(q, 3)
}

func (c *cached) set(p *point) *cached {
	c.sum.Add(&p.y, &p.x)
	c.difference.Subtract(&p.y, &p.x)
	c.z2.Add(&p.z, &p.z)
	c.t2d.Multiply(&p.t, &curve2D)
	return c
}

func (p *point) addCached(q *point, c *cached) *point {
	var d field.Element
	d.Multiply(&q.z, &c.z2)
	return p.combine(q, &c.sum, &c.difference, &c.t2d, &d, false)
}

func (p *point) subCached(q *point, c *cached) *point {
	var d field.Element
	d.Multiply(&q.z, &c.z2)
	return p.combine(q, &c.difference, &c.sum, &c.t2d, &d, true)
}

func (p *point) addAffine(q *point, c *affine) *point {
	var d field.Element
	d.Add(&q.z, &q.z)
	return p.combine(q, &c.sum, &c.difference, &c.t2d, &d, false)
}

func (p *point) subAffine(q *point, c *affine) *point {
	var d field.Element
	d.Add(&q.z, &q.z)
	return p.combine(q, &c.difference, &c.sum, &c.t2d, &d, true)
}

// combine is the common part of additions and subtractions; d is 2·Z1·Z2.
func (p *point) combine(q *point, sum, difference, t2d, d *field.Element, subtract bool) *point {
	var a, b, c, e, f, g, h field.Element
	a.Subtract(&q.y, &q.x)
	a.Multiply(&a, difference)
	b.Add(&q.y, &q.x)
	b.Multiply(&b, sum)
	c.Multiply(&q.t, t2d)
	e.Subtract(&b, &a)
	h.Add(&b, &a)
	if subtract {
		f.Add(d, &c)
		g.Subtract(d, &c)
	} else {
		f.Subtract(d, &c)
		g.Add(d, &c)
	}
	p.x.Multiply(&e, &f)
	p.y.Multiply(&g, &h)
	p.z.Multiply(&f, &g)
	p.t.Multiply(&e, &h)
	return p
}

func (p *point) add(q, r *point) *point {
	var c cached
	return p.addCached(q, c.set(r))
}

func (p *point) sub(q, r *point) *point {
	var c cached
	return p.subCached(q, c.set(r))
}

// onCurve tells whether (x, y) satisfies the curve's equation.
func onCurve(x, y *field.Element) bool {
	var xx, yy, left, right field.Element
	xx.Square(x)
	yy.Square(y)
	left.Subtract(&yy, &xx)
	right.Multiply(&xx, &yy)
	right.Multiply(&right, &curveD)
	right.Add(&right, xx.One())
	return left.Equal(&right) == 1
}

// encoding is the RFC 8032 encoding of the point with affine coordinates x and y.
func encoding(x, y *field.Element) (e [32]byte) {
	copy(e[:], y.Bytes())
	e[31] |= byte(x.IsNegative()) << 7
	return e
}

// normalise divides the coordinates of all points by their Z, with one inversion
// for all of them.
func normalise(points []*point) {
	if len(points) == 0 {
		return
	}
	products := make([]field.Element, len(points)) // of the Z before each point
	var all field.Element
	all.One()
	for i, p := range points {
		products[i] = all
		all.Multiply(&all, &p.z)
	}
	all.Invert(&all)
	for i := len(points) - 1; i >= 0; i-- {
		var inverse field.Element
		p := points[i]
		inverse.Multiply(&all, &products[i])
		all.Multiply(&all, &p.z)
		p.x.Multiply(&p.x, &inverse)
		p.y.Multiply(&p.y, &inverse)
		p.z.One()
		p.t.Multiply(&p.x, &p.y)
	}
}

// set makes p, which must be normalised, ready.
func (a *affine) set(p *point) *affine {
	a.sum.Add(&p.y, &p.x)
	a.difference.Subtract(&p.y, &p.x)
	a.t2d.Multiply(&p.t, &curve2D)
	return a
}
