package tamper

import (
	"fmt"
	"math/big"
	"strings"

	"odaq/belenios/group"
)

func decimal(text string) *big.Int {
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		panic(text)
	}
	return n
}

var (
	p25519 = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	p3526  = func() *big.Int { // q of RFC-3526-2048 is (p-1)/2
		g, err := group.Named(group.RFC3526)
		if err != nil {
			panic(err)
		}
		return new(big.Int).Add(new(big.Int).Lsh(g.Order(), 1), big.NewInt(1))
	}()
	// p of BELENIOS-2048 (FORMAT §13)
	pBelenios = decimal("20694785691422546401013643657505008064922989295751104097100884787057374219242717401922237254497684338129066633138078958404960054389636289796393038773905722803605973749427671376777618898589872735865049081167099310535867780980030790491654063777173764198678527273474476341835600035698305193144284561701911000786737307333564123971732897913240474578834468260652327974647951137672658693582180046317922073668860052627186363386088796882120769432366149491002923444346373222145884100586421050242120365433561201320481118852408731077014151666200162313177169372189248078507711827842317498073276598828825169183103125680162072880719")
)

func modulus(g group.Group) *big.Int {
	switch g.Name() {
	case group.Ed25519:
		return p25519
	case group.Belenios:
		return pBelenios
	}
	return p3526
}

// twist multiplies an element with the element of order 2, which is not in the
// subgroup: the point (0, -1), or the number -1.
func twist(g group.Group, text string) string {
	if g.Name() != group.Ed25519 {
		return new(big.Int).Sub(modulus(g), decimal(text)).String()
	}
	n, ok := new(big.Int).SetString(text, 16)
	if !ok {
		panic(text)
	}
	sign := n.Bit(255)
	y := new(big.Int).SetBit(n, 255, 0)
	y.Sub(p25519, y)
	return fmt.Sprintf("%064x", y.SetBit(y, 255, 1-sign))
}

// outsiders are texts that are no elements of a group, by what they are, with the
// error for which each is refused.
func outsiders(g group.Group) map[string]outsider {
	if g.Name() != group.Ed25519 {
		p := modulus(g)
		return map[string]outsider{
			"zero":           {"0", group.ErrMember},
			"of order two":   {new(big.Int).Sub(p, big.NewInt(1)).String(), group.ErrMember},
			"one above p":    {new(big.Int).Add(p, big.NewInt(1)).String(), group.ErrRange},
			"a leading zero": {"01", group.ErrText},
			"a minus":        {"-1", group.ErrText},
			"hexadecimal":    {"ff", group.ErrText},
			"nothing":        {"", group.ErrText},
		}
	}
	return map[string]outsider{
		"of order two":      {fmt.Sprintf("%064x", new(big.Int).Sub(p25519, big.NewInt(1))), group.ErrMember},
		"of order four":     {fmt.Sprintf("%064x", 0), group.ErrMember},
		"of order eight":    {"7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", group.ErrMember},
		"no point":          {fmt.Sprintf("%064x", 2), group.ErrMember},
		"y above p":         {fmt.Sprintf("%064x", new(big.Int).Add(p25519, big.NewInt(1))), group.ErrText},
		"the sign of x = 0": {"8" + fmt.Sprintf("%063x", 1), group.ErrText},
		"upper case":        {strings.ToUpper(g.Independent(0).String()), group.ErrText},
		"63 digits":         {fmt.Sprintf("%063x", 1), group.ErrText},
	}
}

type outsider struct {
	text string
	want error
}
