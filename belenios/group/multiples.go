package group

// multiples is 16^i·P for a point P. They are made once with all the doublings
// that a multiplication of P needs; each multiplication is then additions only
// (Yao's method). Two commitments and the test of membership share them.
type multiples [64]cached

func newMultiples(p *point) *multiples {
	m := new(multiples)
	q := *p
	for i := range m {
		m[i].set(&q)
		if i < len(m)-1 {
			q.double(&q, 4)
		}
	}
	return m
}

// sums collects points that are to be multiplied by 1 to 8.
type sums struct {
	points [8]point
	used   [8]bool
}

// add puts digit·c into the sums.
func (s *sums) add(c *cached, digit int8) {
	switch {
	case digit == 0:
	case digit > 0 && s.used[digit-1]:
		s.points[digit-1].addCached(&s.points[digit-1], c)
	case digit > 0:
		s.points[digit-1].setCached(c)
		s.used[digit-1] = true
	case s.used[-digit-1]:
		s.points[-digit-1].subCached(&s.points[-digit-1], c)
	default:
		p := &s.points[-digit-1]
		p.negate(p.setCached(c))
		s.used[-digit-1] = true
	}
}

// total adds the sums, each times its number, to p.
func (s *sums) total(p *point) {
	var running, total point
	started := false
	for i := len(s.points) - 1; i >= 0; i-- {
		switch {
		case s.used[i] && !started:
			running, total, started = s.points[i], s.points[i], true
			continue
		case s.used[i]:
			running.add(&running, &s.points[i])
		}
		if started {
			total.add(&total, &running)
		}
	}
	if started {
		p.add(p, &total)
	}
}

// setCached is the point c was made from, with all coordinates doubled.
func (p *point) setCached(c *cached) *point {
	p.x.Subtract(&c.sum, &c.difference)
	p.y.Add(&c.sum, &c.difference)
	p.z = c.z2
	p.t.Multiply(&c.t2d, &inverseD)
	return p
}

// addTo puts k·P into the sums, where k has the digits.
func (m *multiples) addTo(s *sums, digits *[64]int8) {
	for i, digit := range digits {
		s.add(&m[i], digit)
	}
}

// isTorsionFree tells whether P is in the subgroup of prime order q: whether
// [q]P is the identity.
func (m *multiples) isTorsionFree() bool {
	var s sums
	var p point
	m.addTo(&s, &orderDigits)
	s.total(p.identity())
	return p.isIdentity()
}

var orderDigits = func() [64]int8 {
	var b [32]byte
	n := edwardsOrder.Bytes()
	for i := range n {
		b[i] = n[len(n)-1-i]
	}
	return radix16(&b)
}()

// radix16 is the digits, from -8 to 8, of a number below 2^255.
func radix16(b *[32]byte) (digits [64]int8) {
	for i, v := range b {
		digits[2*i], digits[2*i+1] = int8(v&15), int8(v>>4)
	}
	for i := range 63 {
		carry := (digits[i] + 8) >> 4
		digits[i] -= carry << 4
		digits[i+1] += carry
	}
	return digits
}

// table is d·256^i·P for the digits d = 1 to 128 of every i: k·P is 32 additions.
type table [32][128]affine

func newTable(p *point) *table {
	points := make([]point, 32*128)
	pointers := make([]*point, len(points))
	row := *p
	for i := range 32 {
		var c cached
		c.set(&row)
		q := row
		for d := range 128 {
			points[128*i+d], pointers[128*i+d] = q, &points[128*i+d]
			if d < 127 {
				q.addCached(&q, &c)
			}
		}
		row.double(&q, 1)
	}
	normalise(pointers)
	t := new(table)
	for i := range t {
		for d := range t[i] {
			t[i][d].set(&points[128*i+d])
		}
	}
	return t
}

// addTo adds k·P to p, for k < 2^255 given by its bytes.
func (t *table) addTo(p *point, k *[32]byte) {
	carry := 0
	for i, v := range k {
		digit := int(v) + carry
		carry = (digit + 128) >> 8
		digit -= carry << 8
		switch {
		case digit > 0:
			p.addAffine(p, &t[i][digit-1])
		case digit < 0:
			p.subAffine(p, &t[i][-digit-1])
		}
	}
}
