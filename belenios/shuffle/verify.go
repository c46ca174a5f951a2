package shuffle

import (
	"crypto/rand"
	"fmt"

	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// verify checks all lengths and equations.
func (p Proof) verify(g group.Group, y group.Element, fingerprint string, in, out []proof.Ciphertext) error {
	n := len(in)
	for _, list := range []struct {
		name   string
		length int
	}{
		{"ciphertexts", len(out)}, {"t̂", len(p.THat)}, {"ŝ", len(p.SHat)},
		{"s'", len(p.SPrime)}, {"c", len(p.C)}, {"ĉ", len(p.CHat)},
	} {
		if list.length != n {
			return fmt.Errorf("%w: %d %s of %d inputs", ErrLength, list.length, list.name, n)
		}
	}
	h, hs := generators(g, n)
	text := transcript(in, out, p.C)
	u := weights(g, fingerprint, text, n)
	c := p.challenge(g, y, fingerprint, text)
	minus := g.Sub(g.Number(0), c)

	cu := make([]group.Scalar, n) // -c·u_i
	product := g.Number(1)        // U
	for i := range u {
		cu[i] = g.Times(minus, u[i])
		product = g.Times(product, u[i])
	}
	last := h // ĉ_N
	if n > 0 {
		last = p.CHat[n-1]
	}
	alphas, betas := columns(in)
	alphasOut, betasOut := columns(out)

	equations := []struct {
		name string
		left group.Element
		sum  *terms
	}{
		{"t1", p.T1, new(terms).add(g.Div(multiply(g, p.C), multiply(g, hs)), minus).add(g.Generator(), p.S1)},
		{"t2", p.T2, new(terms).add(last, minus).add(h, g.Times(c, product)).add(g.Generator(), p.S2)},
		{"t3", p.T3, new(terms).all(p.C, cu).add(g.Generator(), p.S3).all(hs, p.SPrime)},
		{"t41", p.T41, new(terms).all(betas, cu).add(y, g.Sub(g.Number(0), p.S4)).all(betasOut, p.SPrime)},
		{"t42", p.T42, new(terms).all(alphas, cu).add(g.Generator(), g.Sub(g.Number(0), p.S4)).all(alphasOut, p.SPrime)},
	}
	holds := make([]bool, len(equations)+1)
	each(len(holds), func(i int) {
		if i == len(equations) {
			holds[i] = p.chained(g, h, c)
			return
		}
		holds[i] = equations[i].sum.product(g).Equal(equations[i].left)
	})
	for i, e := range equations {
		if !holds[i] {
			return fmt.Errorf("%w: the equation of %s", ErrProof, e.name)
		}
	}
	if !holds[len(equations)] {
		return fmt.Errorf("%w: the equations of t̂", ErrProof)
	}
	return nil
}

// chained tells whether t̂_i = ĉ_i^-c g^ŝ_i ĉ_(i-1)^s'_i for all i. Each equation
// is raised to a random power of 128 bits and all are multiplied: where one does
// not hold, the product is the identity with a probability of 2^-128, the order
// of the group being prime.
func (p Proof) chained(g group.Group, h group.Element, c group.Scalar) bool {
	var sum terms
	onG, onLink := g.Number(0), g.Number(0)
	link := h // ĉ_(i-1)
	for i, t := range p.THat {
		z := weight(g)
		sum.add(t, z)
		sum.add(link, g.Sub(onLink, g.Times(z, p.SPrime[i])))
		onG = g.Sub(onG, g.Times(z, p.SHat[i]))
		link, onLink = p.CHat[i], g.Times(z, c)
	}
	sum.add(link, onLink).add(g.Generator(), onG)
	return sum.product(g).Equal(g.Identity())
}

func weight(g group.Group) group.Scalar {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic("crypto/rand failed: " + err.Error())
	}
	return g.Reduce(b[:])
}

// terms are bases and exponents of a product.
type terms struct {
	bases     []group.Element
	exponents []group.Scalar
}

func (t *terms) add(base group.Element, exponent group.Scalar) *terms {
	t.bases, t.exponents = append(t.bases, base), append(t.exponents, exponent)
	return t
}

func (t *terms) all(bases []group.Element, exponents []group.Scalar) *terms {
	t.bases, t.exponents = append(t.bases, bases...), append(t.exponents, exponents...)
	return t
}

func (t *terms) product(g group.Group) group.Element { return g.Product(t.bases, t.exponents) }

func columns(list []proof.Ciphertext) (alphas, betas []group.Element) {
	alphas, betas = make([]group.Element, len(list)), make([]group.Element, len(list))
	for i, e := range list {
		alphas[i], betas[i] = e.Alpha, e.Beta
	}
	return alphas, betas
}
