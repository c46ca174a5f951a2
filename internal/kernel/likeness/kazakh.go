package likeness

import (
	"slices"
	"strings"
)

// The endings of the Kazakh noun, written with back vowels; harmony gives the front
// forms (а→е, ы→і, ғ→г, қ→к). What may stand before an ending tells it from a like
// end of a root: «бала» has no dative, «қолыма» has.
var (
	caseEndings = []ending{
		{"ның", vowelOr("мнң")}, {"дың", vowelOr("лрйузжв")}, {"тың", voiceless}, // ілік
		{"ны", vowelOr("")}, {"ды", vowelOr("лрйузжмнң")}, {"ты", voiceless}, {"н", "ыі"}, // табыс
		{"ға", vowelOr("лрйузжмнңв")}, {"қа", voiceless}, {"на", "ыі"}, {"а", "мң"}, // барыс
		{"да", vowelOr("лрйузжмнңв")}, {"та", voiceless}, {"нда", "ыі"}, // жатыс
		{"дан", vowelOr("лрйузжв")}, {"тан", voiceless}, {"нан", "ыімнң"}, // шығыс
		{"мен", vowelOr("лрйумнң")}, {"бен", "зжмнң"}, {"пен", voiceless}, // көмектес
	}
	attributive = []ending{{"дағы", vowelOr("лрйузжмнңв")}, {"тағы", voiceless}, {"ндағы", "ыі"}}
	possessive  = []ending{{"сы", vowelOr("")}, {"ы", consonants}}
	personal    = []ending{ // of the first and second person
		{"ымыз", consonants}, {"мыз", vowelOr("")}, {"ыңыз", consonants}, {"ңыз", vowelOr("")},
		{"м", "аәе"}, {"ң", "аәе"}, // after ы or a consonant a like end is the root's: мұғалім
	}
	plural = []ending{{"лар", vowelOr("руй")}, {"дар", "лмнңзж"}, {"тар", voiceless}}
)

const (
	voiceless  = "кқпстфхцчшщбгд"
	consonants = "бвгғджзйкқлмнңпрстуфхһцчшщ"
)

// vowelOr are the vowels (a Kazakh root does not end in о) and the letters named.
func vowelOr(letters string) string { return "аәеыіиұүэяёюу" + letters }

type ending struct{ form, after string }

// StemKazakh takes attributive, case, possessive and plural endings off a word in
// lower case, the outermost first, where vowel harmony and the letter before allow
// it. It reads words typed with Russian letters for Kazakh ones as well.
func StemKazakh(word string) string {
	w := []rune(word)
	w = without(w, attributive, 3)
	w = without(w, caseEndings, 3)
	if bare := without(w, personal, 4); len(bare) < len(w) {
		w = voice(bare)
	} else if !ownVowel(w) {
		if bare := without(w, possessive, 3); len(bare) < len(w) {
			w = voice(bare)
		}
	}
	w = without(w, plural, 2)
	return string(w)
}

// ownVowel tells a word whose last vowel belongs to it: pay (ақы) and those who do
// something (-шы).
func ownVowel(w []rune) bool {
	s := strings.Map(plainLetter, string(w))
	return strings.HasSuffix(s, "аки") || strings.HasSuffix(s, "акы") || strings.HasSuffix(s, "шы") || strings.HasSuffix(s, "ши")
}

// without removes the longest of the endings that fits and leaves as many letters.
func without(w []rune, endings []ending, leave int) []rune {
	best := 0
	for _, e := range endings {
		for _, form := range forms[e.form] {
			n := len(form)
			if n > best && len(w)-n >= leave && fits(w, form, e.after) {
				best = n
			}
		}
	}
	return w[:len(w)-best]
}

// voice undoes the softening before a possessive vowel: еңбегі → еңбек, мектебі → мектеп.
func voice(w []rune) []rune {
	last := len(w) - 1
	if last < 1 || !isVowel(w[last-1]) {
		return w
	}
	hard, ok := map[rune]rune{'ғ': 'қ', 'г': 'к', 'б': 'п'}[w[last]]
	if !ok {
		return w
	}
	return append(w[:last:last], hard)
}

// forms are the back and the front form of every ending.
var forms = func() map[string][][]rune {
	front := strings.NewReplacer("а", "е", "ы", "і", "ғ", "г", "қ", "к")
	m := map[string][][]rune{}
	for _, e := range slices.Concat(caseEndings, possessive, personal, plural, attributive) {
		m[e.form] = [][]rune{[]rune(e.form)}
		if f := front.Replace(e.form); f != e.form {
			m[e.form] = append(m[e.form], []rune(f))
		}
	}
	return m
}()

// fits tells whether form ends w in harmony with what it follows.
func fits(w, form []rune, after string) bool {
	stem, end := w[:len(w)-len(form)], w[len(w)-len(form):]
	if !slices.Equal(end, form) && (len(form) == 1 && !isVowel(form[0]) || !typed(w, end, form)) {
		return false
	}
	harmonic := agree(harmony(stem), harmony(form)) || len(form) == 3 && strings.Contains(instrumental, string(form))
	if !harmonic || !slices.ContainsFunc(stem, isVowel) {
		return false
	}
	last := stem[len(stem)-1]
	return strings.ContainsRune(after, last) || isVowel(last) && strings.ContainsFunc(after, func(r rune) bool { return plainLetter(r) == plainLetter(last) })
}

// instrumental endings have one form for all words.
const instrumental = "мен бен пен"

// typed tells whether an ending is form in a word that was typed with Russian letters.
func typed(w, end, form []rune) bool {
	return !strings.ContainsAny(string(w), kazakhLetters) &&
		slices.EqualFunc(end, form, func(a, b rune) bool { return a == plainLetter(b) })
}

type vowelClass int

const (
	neutral vowelClass = iota
	back
	front
)

// harmony is the class of the last vowel that shows one; у does not.
func harmony(w []rune) vowelClass {
	for _, r := range slices.Backward(w) {
		switch r {
		case 'а', 'ы', 'о', 'ұ', 'я', 'ё':
			return back
		case 'ә', 'е', 'ө', 'ү', 'і', 'и', 'э':
			return front
		}
	}
	return neutral
}

func agree(a, b vowelClass) bool { return a == neutral || b == neutral || a == b }

func isVowel(r rune) bool { return strings.ContainsRune("аәеоөуұүыіиэюяё", r) }

// plainLetter is the Russian letter that is typed for a Kazakh one.
func plainLetter(r rune) rune {
	switch r {
	case 'ә':
		return 'а'
	case 'ғ':
		return 'г'
	case 'қ':
		return 'к'
	case 'ң':
		return 'н'
	case 'ө':
		return 'о'
	case 'ұ', 'ү':
		return 'у'
	case 'һ':
		return 'х'
	case 'і':
		return 'и'
	}
	return r
}
