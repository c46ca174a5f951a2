package find

import (
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Span is a part of a text; offsets count from its beginning.
type Span struct {
	Start     int `json:"start"` // bytes
	End       int `json:"end"`
	RuneStart int `json:"rune_start"`
	RuneEnd   int `json:"rune_end"`
}

// to is the span from the beginning of s to the end of t.
func (s Span) to(t Span) Span { return Span{s.Start, t.End, s.RuneStart, t.RuneEnd} }

// In is the part of the text that s was found in.
func (s Span) In(text string) string { return text[s.Start:s.End] }

type kind uint8

const (
	word kind = iota
	number
	reference // digits that are no value: a date, a time, 4.2.1
	mark      // punctuation
)

// token is a word, a number or a mark of a text.
type token struct {
	Span
	kind  kind
	fold  string   // of a word or mark
	value *big.Rat // of a number
	at    int      // place in the text in words; marks weigh more
	slots []slot   // of the glossary that the word fits
}

// How far apart, in words, a mark sets what stands on both sides of it.
const (
	apartComma = 2
	apartItem  = 6
)

// longestSentence is where a sentence is cut, to bound the time it takes.
const longestSentence = 300

// longestNumber bounds the digits of a number; longer ones are no norms.
const longestNumber = 15

var kazakh = strings.NewReplacer("ә", "а", "ғ", "г", "қ", "к", "ң", "н", "ө", "о", "ұ", "у", "ү", "у", "һ", "х", "і", "и", "ё", "е")

var lookAlike = strings.NewReplacer("a", "а", "c", "с", "e", "е", "h", "н", "i", "и", "k", "к", "m", "м", "o", "о", "p", "р", "t", "т", "x", "х", "y", "у")

// fold makes words alike that differ only in case, Kazakh letters, or Latin
// letters inside a Cyrillic word.
func fold(s string) string {
	s = kazakh.Replace(strings.ToLower(s))
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
		s = lookAlike.Replace(s)
	}
	return s
}

// scanner cuts a text into tokens.
type scanner struct {
	text   string
	at     int // byte
	runes  int
	latin  bool // the last word was
	short  map[string]bool
	broken bool // a blank line came
}

func (s *scanner) step(size int) {
	s.runes += utf8.RuneCountInString(s.text[s.at : s.at+size])
	s.at += size
}

// sentence is the next sentence; empty at the end of the text.
func (s *scanner) sentence() []token {
	var out []token
	place := 0
	for s.at < len(s.text) && len(out) < longestSentence {
		r, size := utf8.DecodeRuneInString(s.text[s.at:])
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r) {
			if r == '\n' {
				place += apartItem
				if s.blankLine() && len(out) > 0 {
					s.step(size)
					return out
				}
			}
			s.step(size)
			continue
		}
		t := s.token(r, size)
		if t.kind == mark {
			switch t.fold {
			case ",", "—", "–", ":":
				place += apartComma
			case ";", "•":
				place += apartItem
			}
		} else {
			place++
		}
		t.at = place
		out = append(out, t)
		if t.kind == mark && s.ends(out) {
			return out
		}
	}
	return out
}

// blankLine reports whether only blanks stand between here and another line end.
func (s *scanner) blankLine() bool {
	for i := s.at + 1; i < min(len(s.text), s.at+80); i++ {
		switch s.text[i] {
		case '\n':
			return true
		case ' ', '\t', '\r':
		default:
			return false
		}
	}
	return false
}

// ends reports whether the last token ends a sentence.
func (s *scanner) ends(tokens []token) bool {
	switch tokens[len(tokens)-1].fold {
	case "!", "?":
		return true
	case ".":
	default:
		return false
	}
	rest := s.text[s.at:min(len(s.text), s.at+40)]
	after := strings.TrimLeft(rest, " \u00a0\u202f\t\r\n")
	if after == rest && after != "" {
		return false
	}
	if len(tokens) < 3 { // "4." before a clause
		return false
	}
	before := tokens[len(tokens)-2]
	if before.kind == word && (s.short[before.fold] || utf8.RuneCountInString(before.fold) == 1) {
		return false
	}
	r, _ := utf8.DecodeRuneInString(after)
	return after == "" || !unicode.IsLower(r)
}

func (s *scanner) token(r rune, size int) token {
	t := token{Span: Span{Start: s.at, RuneStart: s.runes}}
	switch {
	case r >= '0' && r <= '9':
		n, v := scanNumber(s.text[s.at:], s.latin)
		t.kind, t.value = number, v
		if v == nil {
			t.kind = reference
		}
		t.fold = s.text[s.at : s.at+min(n, longestNumber)]
		s.step(n)
	case fractions[r] != nil:
		t.kind, t.value = number, fractions[r]
		s.step(size)
	case unicode.IsLetter(r):
		n := strings.IndexFunc(s.text[s.at:], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '\u00ad' })
		if n < 0 {
			n = len(s.text) - s.at
		}
		raw := s.text[s.at : s.at+n]
		s.latin = r < unicode.MaxLatin1
		if n <= 120 { // no word is longer
			t.fold = fold(strings.ReplaceAll(raw, "\u00ad", ""))
		}
		s.step(n)
	default:
		t.kind, t.fold = mark, s.text[s.at:s.at+size]
		s.step(size)
	}
	t.End, t.RuneEnd = s.at, s.runes
	return t
}

var fractions = map[rune]*big.Rat{'½': big.NewRat(1, 2), '¼': big.NewRat(1, 4), '¾': big.NewRat(3, 4)}
