package shuffle

import (
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// mix permutes and re-encrypts a list, and proves it.
func mix(g group.Group, y group.Element, fingerprint string, in []proof.Ciphertext) ([]proof.Ciphertext, Proof) {
	psi, rho := permutation(len(in)), random(g, len(in))
	out := encryptAgain(g, y, in, psi, rho)
	return out, prove(g, y, fingerprint, in, out, psi, rho)
}

// encryptAgain is the list whose i-th entry encrypts the same as in[psi[i]]; rho is
// the randomness added to each input.
func encryptAgain(g group.Group, y group.Element, in []proof.Ciphertext, psi []int, rho []group.Scalar) []proof.Ciphertext {
	out := make([]proof.Ciphertext, len(in))
	each(len(in), func(i int) {
		j := psi[i]
		out[i] = in[j].Mul(g, proof.Ciphertext{Alpha: g.PowerG(rho[j]), Beta: g.Power(y, rho[j])})
	})
	return out
}

// prove proves that out is encryptAgain of in.
//
// Every power with a secret exponent is made with Power and PowerG, never with
// Product. The chain ĉ_i = g^r̂_i · ĉ_(i-1)^u'_i is computed as g^R_i · h^V_i, so
// that its links do not wait for each other.
func prove(g group.Group, y group.Element, fingerprint string, in, out []proof.Ciphertext, psi []int, rho []group.Scalar) Proof {
	n := len(in)
	h, hs := generators(g, n)
	r, rHat := random(g, n), random(g, n) // r is of inputs, rHat of outputs
	omega, omegaHat, omegaPrime := random(g, 4), random(g, n), random(g, n)

	p := Proof{
		THat: make([]group.Element, n), C: make([]group.Element, n), CHat: make([]group.Element, n),
		SHat: make([]group.Scalar, n), SPrime: make([]group.Scalar, n),
	}
	each(n, func(i int) {
		j := psi[i]
		p.C[j] = g.Mul(g.PowerG(r[j]), hs[i])
	})
	text := transcript(in, out, p.C)
	u := weights(g, fingerprint, text, n)

	// before[i] are R_(i-1) and V_(i-1), the logarithms of the link before ĉ_i.
	type logarithms struct{ g, h group.Scalar }
	before := make([]logarithms, n+1)
	before[0] = logarithms{g.Number(0), g.Number(1)}
	for i := range n {
		k := u[psi[i]]
		before[i+1] = logarithms{g.Add(rHat[i], g.Times(k, before[i].g)), g.Times(k, before[i].h)}
	}
	hPowers, alphas, betas := make([]group.Element, n), make([]group.Element, n), make([]group.Element, n)
	each(n, func(i int) {
		w := omegaPrime[i]
		p.CHat[i] = g.Mul(g.PowerG(before[i+1].g), g.Power(h, before[i+1].h))
		p.THat[i] = g.Mul(
			g.PowerG(g.Add(omegaHat[i], g.Times(w, before[i].g))),
			g.Power(h, g.Times(w, before[i].h)))
		hPowers[i], alphas[i], betas[i] = g.Power(hs[i], w), g.Power(out[i].Alpha, w), g.Power(out[i].Beta, w)
	})
	p.T1, p.T2 = g.PowerG(omega[0]), g.PowerG(omega[1])
	p.T3 = g.Mul(g.PowerG(omega[2]), multiply(g, hPowers))
	p.T41 = g.Div(multiply(g, betas), g.Power(y, omega[3]))
	p.T42 = g.Div(multiply(g, alphas), g.PowerG(omega[3]))

	c := p.challenge(g, y, fingerprint, text)
	answer := func(w, x group.Scalar) group.Scalar { return g.Add(w, g.Times(c, x)) }
	sumR, sumRU, sumRhoU := g.Number(0), g.Number(0), g.Number(0)
	for i := range n {
		sumR = g.Add(sumR, r[i])
		sumRU = g.Add(sumRU, g.Times(r[i], u[i]))
		sumRhoU = g.Add(sumRhoU, g.Times(rho[i], u[i]))
		p.SHat[i] = answer(omegaHat[i], rHat[i])
		p.SPrime[i] = answer(omegaPrime[i], u[psi[i]])
	}
	p.S1, p.S2 = answer(omega[0], sumR), answer(omega[1], before[n].g)
	p.S3, p.S4 = answer(omega[2], sumRU), answer(omega[3], sumRhoU)
	return p
}

func random(g group.Group, n int) []group.Scalar {
	list := make([]group.Scalar, n)
	for i := range list {
		list[i] = proof.Random(g)
	}
	return list
}

func multiply(g group.Group, elements []group.Element) group.Element {
	product := g.Identity()
	for _, e := range elements {
		product = g.Mul(product, e)
	}
	return product
}
