// Package search makes names findable as people write and say them, and sorts
// them as the Kazakh and Russian alphabets do, alike on every database.
//
// Stored text and queries go through the same Fold; the database compares the
// results byte by byte with the ranges of Prefix (ізделетін түр, поисковая
// форма). Query adds what a name typed in Latin letters may mean. SortKey and
// PersonKey are the order columns. Near tells whether two names may be one
// person's. No function keeps or logs what it is given.
package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// letters folds what Unicode does not decompose: Kazakh letters to the Russian
// ones people type instead, and ё; the signs ъ and ь are dropped. The optional
// rules й→и, э→е and ы→и are not applied: they join too many different names.
var letters = map[rune]rune{
	'ә': 'а', 'ғ': 'г', 'қ': 'к', 'ң': 'н', 'ө': 'о', 'ұ': 'у', 'ү': 'у', 'һ': 'х', 'і': 'и',
	'ё': 'е', 'ъ': dropped, 'ь': dropped,
	'ı': 'i', 'ø': 'o', 'ł': 'l', 'đ': 'd',
}

// lookalikes are the Latin letters that a keyboard left in the wrong layout puts
// inside a Cyrillic word.
var lookalikes = map[rune]rune{
	'a': 'а', 'c': 'с', 'e': 'е', 'h': 'х', 'i': 'и', 'k': 'к', 'm': 'м', 'o': 'о', 'p': 'р', 't': 'т', 'x': 'х', 'y': 'у',
}

const (
	dropped = -1 // a rune that leaves nothing behind
	space   = ' '
	hyphen  = '-'
)

// simple holds the fold of ASCII and of the Cyrillic block, so that the usual
// name is folded without decomposition.
var simple = func() (t [0x500]rune) {
	for r := range rune(len(t)) {
		t[r] = foldRune(r)
	}
	return t
}()

// Fold returns the form of s that is stored for searching: lower case, Kazakh
// letters and ё as the plain Russian ones, no diacritics, apostrophes or signs
// ъ ь, Latin look-alikes inside a Cyrillic word repaired; words are separated
// by one space, and a hyphen survives only between two letters or digits.
// Fold(Fold(s)) equals Fold(s).
func Fold(s string) string {
	if !plain(s) {
		s = norm.NFKC.String(strings.ReplaceAll(s, "№", " "))
	}
	var b strings.Builder
	b.Grow(len(s))
	between := rune(0) // the separator owed before the next letter
	start := 0         // of the word being written
	cyrillic, latin := false, false
	word := func() {
		if cyrillic && latin {
			done := b.String()
			b.Reset()
			b.WriteString(done[:start])
			b.WriteString(strings.Map(repair, done[start:]))
		}
		cyrillic, latin = false, false
	}
	for _, r := range s {
		f := foldRuneFast(r)
		switch f {
		case dropped:
			continue
		case space:
			between = space
			continue
		case hyphen:
			if between == 0 {
				between = hyphen
			}
			continue
		}
		if between != 0 {
			word()
			if b.Len() > 0 {
				b.WriteRune(between)
			}
			between, start = 0, b.Len()
		}
		cyrillic = cyrillic || isCyrillic(f)
		latin = latin || isLatin(f)
		b.WriteRune(f)
	}
	word()
	return b.String()
}

// Tokens are the folded words under which s is found: each word; of a hyphenated
// one also the parts and the parts written together, so that «нур», «султан»
// and «нурсултан» all find «Нұр-Сұлтан». Without repetitions, in order.
func Tokens(s string) []string {
	var out []string
	seen := map[string]bool{}
	add := func(w string) {
		if !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	for w := range strings.FieldsSeq(Fold(s)) {
		add(w)
		if !strings.Contains(w, "-") {
			continue
		}
		for part := range strings.SplitSeq(w, "-") {
			add(part)
		}
		add(strings.ReplaceAll(w, "-", ""))
	}
	return out
}

// Prefix returns the range low ≤ key < high of all folded keys that begin with
// the folded text p. It takes the place of LIKE, works with any byte-ordered
// index, and is every key when p is empty.
func Prefix(p string) (low, high string) { return p, p + string(unicode.MaxRune) }

func plain(s string) bool {
	for _, r := range s {
		if r >= 0x80 && (r < 0x400 || r >= rune(len(simple))) {
			return false
		}
	}
	return true
}

func foldRuneFast(r rune) rune {
	if int(r) < len(simple) {
		return simple[r]
	}
	return foldRune(r)
}

// foldRune is the fold of one rune: a letter or digit, space, hyphen or dropped.
func foldRune(r rune) rune {
	switch r {
	case '\'', '`', '´', 'ʹ', 'ʺ', '‘', '’', '‛', 'ʻ', 'ʼ', 'ʾ', 'ʿ', '＇', '\u00ad', '\u200b', '\u200c', '\u200d', '\ufeff':
		return dropped
	case '‐', '‑', '‒', '–', '—', '―', '−', '－', hyphen:
		return hyphen
	}
	if unicode.Is(unicode.Mn, r) {
		return dropped
	}
	r = unicode.ToLower(r)
	if f, ok := letters[r]; ok {
		return f
	}
	if r == 'й' { // its breve is part of the letter
		return r
	}
	if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		return space
	}
	if d := norm.NFKD.String(string(r)); d != string(r) && !unicode.Is(unicode.Hangul, r) {
		for _, part := range d {
			if f := foldRune(part); f != dropped {
				return f
			}
		}
		return dropped
	}
	return r
}

func repair(r rune) rune {
	if c, ok := lookalikes[r]; ok {
		return c
	}
	return r
}

func isCyrillic(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }
func isLatin(r rune) bool    { return r >= 'a' && r <= 'z' || r >= 0x80 && unicode.Is(unicode.Latin, r) }
