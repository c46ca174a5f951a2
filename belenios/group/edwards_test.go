package group

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"filippo.io/edwards25519"
	"github.com/oasisprotocol/curve25519-voi/curve"
)

// torsion is the points of order 1, 2, 4 and 8.
func torsion(t *testing.T) []*point {
	t.Helper()
	var points []*point
	for _, p := range curve.EIGHT_TORSION {
		b, err := p.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		q, err := new(edwards25519.Point).SetBytes(b)
		if err != nil {
			t.Fatal(err)
		}
		points = append(points, new(point).setPoint(q))
	}
	return points
}

func text(encoding [32]byte) string {
	slices.Reverse(encoding[:])
	return hex.EncodeToString(encoding[:])
}

// A member plus a point of small order is a point of the curve, but no member.
func TestEdwardsRefusesTorsion(t *testing.T) {
	for i := range 20 {
		member := edwards.PowerG(edwards.Number(int64(i))).(*edwardsElement)
		for j, small := range torsion(t) {
			e := new(edwardsElement)
			e.p.add(&member.p, small)
			for name, parse := range map[string]func(string) (Element, error){"Parse": edwards.Parse, "ParseBase": edwards.ParseBase} {
				got, err := parse(e.String())
				if j == 0 {
					if err != nil || !got.Equal(member) {
						t.Errorf("%s of a member: %v, %v", name, got, err)
					}
				} else if !errors.Is(err, ErrMember) {
					t.Errorf("%s of g^%d plus torsion point %d: %v, %v", name, i, j, got, err)
				}
			}
		}
	}
}

func TestEdwardsRefusesOtherSpellings(t *testing.T) {
	member := edwards.PowerG(edwards.Number(5)).String()
	p := new(big.Int).Sub(new(big.Int).Lsh(one, 255), big.NewInt(19))
	tests := map[string]struct {
		text string
		want error
	}{
		"empty":              {"", ErrText},
		"short":              {member[1:], ErrText},
		"long":               {member + "0", ErrText},
		"white space":        {" " + member[1:], ErrText},
		"upper case":         {strings.ToUpper(edwards.Generator().String()[:63]) + "A", ErrText},
		"no digit":           {member[:63] + "g", ErrText},
		"sign of the unit":   {"8" + strings.Repeat("0", 62) + "1", ErrText},
		"sign of (0, -1)":    {fmt.Sprintf("%064x", new(big.Int).Add(p, new(big.Int).Sub(new(big.Int).Lsh(one, 255), one))), ErrText},
		"(0, -1)":            {fmt.Sprintf("%064x", new(big.Int).Sub(p, one)), ErrMember},
		"order 4":            {strings.Repeat("0", 64), ErrMember},
		"order 4, other":     {"8" + strings.Repeat("0", 63), ErrMember},
		"off the curve":      {strings.Repeat("0", 63) + "2", ErrMember},
		"all ones":           {strings.Repeat("f", 64), ErrText},
		"decimal, in digits": {strings.Repeat("1", 63), ErrText},
	}
	// The 19 values of y from p to 2^255-1, with both signs: some are points.
	points := 0
	for i := range int64(19) {
		for sign := range 2 {
			y := new(big.Int).Add(p, big.NewInt(i))
			y.SetBit(y, 255, uint(sign))
			text := fmt.Sprintf("%064x", y)
			if _, err := edwards.Parse(text); err == nil {
				t.Errorf("y = p+%d, sign %d is accepted", i, sign)
			} else if errors.Is(err, ErrText) {
				points++
			}
		}
	}
	if points < 10 {
		t.Errorf("only %d of the encodings with y ≥ p were found to be points", points)
	}
	for name, test := range tests {
		if e, err := edwards.Parse(test.text); !errors.Is(err, test.want) {
			t.Errorf("%s: %s is %v, %v, want %v", name, test.text, e, err, test.want)
		}
	}
	unit, err := edwards.Parse(strings.Repeat("0", 63) + "1")
	if err != nil || !unit.Equal(edwards.Identity()) {
		t.Errorf("the identity is %v, %v", unit, err)
	}
}

func TestEdwardsPoints(t *testing.T) {
	for i, small := range torsion(t) {
		var p point
		if !p.cofactor(small).isIdentity() || small.isIdentity() != (i == 0) {
			t.Errorf("torsion point %d is of another order", i)
		}
	}
	g := edwardsGenerator.p
	if got := newEdwardsElement(&g).String(); got != "6666666666666666666666666666666666666666666666666666666666666658" {
		t.Errorf("the generator is %s", got)
	}
	if !onCurve(&g.x, &g.y) || onCurve(&g.x, &g.x) {
		t.Error("onCurve does not know the curve")
	}
	var eight, sum point
	eight.cofactor(&g)
	sum.identity()
	for range 8 {
		sum.add(&sum, &g)
	}
	if !sum.equal(&eight) {
		t.Error("8·g is not g+g+g+g+g+g+g+g")
	}
}
