package shuffle

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// Proof is the proof of the shuffle of one list. Names are those of FORMAT §10,
// with Hat for the circumflex. All slices are as long as the list.
type Proof struct {
	T1, T2, T3, T41, T42 group.Element
	THat                 []group.Element

	S1, S2, S3, S4 group.Scalar
	SHat, SPrime   []group.Scalar

	C    []group.Element // commitments to the permutation
	CHat []group.Element // the chain of commitments
}

func readProof(r *canonical.Reader, g group.Group) Proof {
	var p Proof
	elements := func(separator string, to ...*group.Element) {
		for _, e := range to {
			*e = proof.ReadElement(r, g)
			r.Literal(separator)
		}
	}
	scalars := func(separator string, to ...*group.Scalar) {
		for _, s := range to {
			*s = proof.ReadScalar(r, g)
			r.Literal(separator)
		}
	}
	r.Literal(`[[`)
	elements(`,`, &p.T1, &p.T2, &p.T3)
	r.Literal(`[`)
	elements(`,`, &p.T41)
	elements(`],`, &p.T42)
	p.THat = readElements(r, g)
	r.Literal(`],[`)
	scalars(`,`, &p.S1, &p.S2, &p.S3, &p.S4)
	p.SHat = readScalars(r, g)
	r.Literal(`,`)
	p.SPrime = readScalars(r, g)
	r.Literal(`],`)
	p.C = readElements(r, g)
	r.Literal(`,`)
	p.CHat = readElements(r, g)
	r.Literal(`]`)
	return p
}

func readElements(r *canonical.Reader, g group.Group) []group.Element {
	list := []group.Element{}
	r.Array(MaxCiphertexts, func(int) { list = append(list, proof.ReadElement(r, g)) })
	return list
}

func readScalars(r *canonical.Reader, g group.Group) []group.Scalar {
	list := []group.Scalar{}
	r.Array(MaxCiphertexts, func(int) { list = append(list, proof.ReadScalar(r, g)) })
	return list
}

// Append adds [[t1,t2,t3,[t41,t42],t̂],[s1,s2,s3,s4,ŝ,s'],c,ĉ] to b.
func (p Proof) Append(b []byte) []byte {
	b = append(b, `[[`...)
	b = appendTokens(b, ',', p.T1, p.T2, p.T3)
	b = append(b, `[`...)
	b = appendTokens(b, ',', p.T41)
	b = appendTokens(b, ']', p.T42)
	b = append(b, `,`...)
	b = appendList(b, p.THat)
	b = append(b, `],[`...)
	b = appendTokens(b, ',', p.S1, p.S2, p.S3, p.S4)
	b = appendList(b, p.SHat)
	b = append(b, `,`...)
	b = appendList(b, p.SPrime)
	b = append(b, `],`...)
	b = appendList(b, p.C)
	b = append(b, `,`...)
	b = appendList(b, p.CHat)
	return append(b, ']')
}

func appendTokens(b []byte, separator byte, items ...canonical.Appender) []byte {
	for _, item := range items {
		b = canonical.AppendToken(b, item)
		b = append(b, separator)
	}
	return b
}

func appendList[T canonical.Appender](b []byte, items []T) []byte {
	b = append(b, '[')
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = canonical.AppendToken(b, item)
	}
	return append(b, ']')
}

// transcript is the text str1 that both kinds of challenges hash: all inputs,
// outputs and commitments, each followed by a comma.
func transcript(in, out []proof.Ciphertext, c []group.Element) []byte {
	var b []byte
	for _, list := range [][]proof.Ciphertext{in, out} {
		for _, e := range list {
			b = append(e.Hashed(b), ',')
		}
	}
	return appendCommas(b, c...)
}

func appendCommas(b []byte, elements ...group.Element) []byte {
	for _, e := range elements {
		b = append(e.Append(b), ',')
	}
	return b
}

// weights are the u_i, one for each input.
func weights(g group.Group, fingerprint string, transcript []byte, n int) []group.Scalar {
	h := sha256.New()
	h.Write([]byte("shuffle-challenges|" + fingerprint + "|"))
	h.Write(transcript)
	prefix := hex.AppendEncode(nil, h.Sum(nil))
	u := make([]group.Scalar, n)
	for i := range u {
		index := sha256.Sum256(strconv.AppendInt(nil, int64(i), 10))
		sum := sha256.Sum256(hex.AppendEncode(prefix[:len(prefix):len(prefix)], index[:]))
		u[i] = g.Reduce(sum[:])
	}
	return u
}

// challenge is c.
func (p Proof) challenge(g group.Group, y group.Element, fingerprint string, transcript []byte) group.Scalar {
	h := sha256.New()
	h.Write([]byte("shuffle-challenge|" + fingerprint + "|"))
	h.Write(appendCommas(nil, p.T1, p.T2, p.T3, p.T41, p.T42))
	h.Write(appendCommas(nil, p.THat...))
	h.Write(transcript)
	h.Write(appendCommas(nil, p.CHat...))
	h.Write(y.Append(nil))
	return g.Reduce(h.Sum(nil))
}

// generators are h = gen(-1), and h_1 to h_n = gen(0) to gen(n-1), of which
// nobody knows the logarithms.
func generators(g group.Group, n int) (h group.Element, hs []group.Element) {
	hs = make([]group.Element, n)
	each(n, func(i int) { hs[i] = g.Independent(i) })
	return g.Independent(-1), hs
}
