package find

import (
	"math/big"
	"strings"
	"unicode/utf8"
)

// scanNumber reads the number at the beginning of s: 85 000, 120,000, 1,4, 1/2,
// 1½. It returns its length, and nil when it is no value but a date, a time, a
// clause number or longer than any norm. English groups digits with commas.
func scanNumber(s string, english bool) (int, *big.Rat) {
	var parts []string // digits and the separators between them
	i := 0
	for i < len(s) {
		n := digits(s[i:])
		parts = append(parts, s[i:i+n])
		i += n
		sep, after := separator(s[i:])
		if sep == "" || after == 0 {
			break
		}
		if blank(sep) && (after != 3 || len(parts[0]) > 3) {
			break
		}
		parts = append(parts, sep)
		i += len(sep)
	}
	v := readNumber(parts, english)
	if r, size := utf8.DecodeRuneInString(s[i:]); fractions[r] != nil && v != nil {
		return i + size, new(big.Rat).Add(v, fractions[r])
	}
	return i, v
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// separator is what may stand between the digits of one number, and how many
// digits follow it.
func separator(s string) (string, int) {
	for _, sep := range [...]string{" ", "\u00a0", "\u202f", "\u2009", ".", ",", "/", ":", "'"} {
		if strings.HasPrefix(s, sep) {
			return sep, digits(s[len(sep):])
		}
	}
	return "", 0
}

func blank(sep string) bool { return !strings.ContainsAny(sep, ".,/:") }

func readNumber(parts []string, english bool) *big.Rat {
	whole, decimals, over := parts[0], "", ""
	grouped := 0
	for i := 1; i < len(parts); i += 2 {
		sep, d := parts[i], parts[i+1]
		if decimals != "" || over != "" {
			return nil // 01.02.2026, 4.2.1
		}
		last := i+2 >= len(parts)
		switch {
		case blank(sep):
			whole += d
		case sep == "," && len(d) == 3 && (english || !last || grouped > 0):
			whole, grouped = whole+d, grouped+1
		case sep == "." && len(d) == 3 && last && whole != "0" && len(whole) <= 3 && !english: // 85.000
			whole += d
		case sep == "." || sep == ",":
			decimals = d
		case sep == "/":
			over = d
		default:
			return nil
		}
	}
	if len(whole)+len(decimals)+len(over) > longestNumber {
		return nil
	}
	v, _ := new(big.Rat).SetString(whole)
	switch {
	case decimals != "":
		v.SetString(whole + "." + decimals)
	case over != "":
		d, _ := new(big.Rat).SetString(over)
		if d.Sign() == 0 || v.Cmp(d) >= 0 || len(over) > 2 {
			return nil // a document number
		}
		v.Quo(v, d)
	}
	return v
}

// role is what a number word does to the number before it.
type role uint8

const (
	amount role = iota // two, twenty, hundred: added up
	scale              // thousand: multiplies
	half               // "and a half"
)

// numeral is what a number word means.
type numeral struct {
	value *big.Rat
	role  role
}

// numeral reads the number word of token i in the language of the sentence.
func (p *parse) numeral(i int) (numeral, bool) {
	for _, s := range p.tokens[i].slots {
		if n, ok := p.g.numerals[s]; ok && (n.lang == "" || n.lang == p.lang) {
			return n.numeral, true
		}
	}
	return numeral{}, false
}

// number reads a number in digits or words that begins at token i; end is the
// token after it, i when there is none.
func (p *parse) number(i int) (v *big.Rat, end int) {
	end = i
	var sum, small *big.Rat // "two hundred thousand five": sum of thousands, and what is below
	if t := p.tokens[i]; t.kind == number {
		small, end = new(big.Rat).Set(t.value), i+1
	}
	spoken := end == i
	for end < len(p.tokens) {
		j := end
		if p.tokens[j].kind == mark {
			if end == i || p.tokens[j].fold != "-" && p.tokens[j].fold != "." {
				break
			}
			j++ // "двадцать-четыре", "тыс."
		} else if end > i {
			for j < len(p.tokens) && j < end+2 && p.fits(j, p.g.and) {
				j++ // "two and a half"
			}
		}
		if j >= len(p.tokens) || p.tokens[j].kind != word {
			break
		}
		n, ok := p.numeral(j)
		if !ok || j > end && p.tokens[end].kind == word && n.role == scale {
			break
		}
		switch {
		case n.role == scale:
			if small == nil {
				small = big.NewRat(1, 1)
			}
			if sum == nil {
				sum = new(big.Rat)
			}
			sum.Add(sum, new(big.Rat).Mul(small, n.value))
			small = new(big.Rat)
		case n.role == half && small != nil:
			small = new(big.Rat).Add(small, n.value)
		case small == nil:
			small = new(big.Rat).Set(n.value)
		case !spoken && sum == nil:
			return small, end // "2 два": not one number
		case n.value.Cmp(hundred) == 0 && small.Sign() > 0 && small.Cmp(ten) < 0: // two hundred
			small = new(big.Rat).Mul(small, n.value)
		case fitsBelow(small, n.value):
			small = new(big.Rat).Add(small, n.value)
		default:
			return plus(sum, small), end
		}
		end = j + 1
	}
	if end == i {
		return nil, i
	}
	return plus(sum, small), end
}

var ten, hundred = big.NewRat(10, 1), big.NewRat(100, 1)

// fitsBelow reports whether n can follow a in one number, as four follows twenty.
func fitsBelow(a, n *big.Rat) bool {
	switch {
	case a.Sign() == 0:
		return true
	case a.Cmp(ten) < 0 || !a.IsInt():
		return false
	case a.Cmp(hundred) < 0:
		return n.Cmp(ten) < 0 && new(big.Int).Mod(a.Num(), big.NewInt(10)).Sign() == 0
	}
	return n.Cmp(hundred) < 0 && new(big.Int).Mod(a.Num(), big.NewInt(100)).Sign() == 0
}

func plus(a, b *big.Rat) *big.Rat {
	if a == nil {
		return b
	}
	return a.Add(a, b)
}
