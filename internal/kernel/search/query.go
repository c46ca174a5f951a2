package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	maxTerms    = 6  // a name has three parts, some of two words
	maxTermLen  = 48 // runes; longer input is cut
	maxReadings = 8  // Cyrillic readings of one Latin word
)

// Term is one word of a query. A record matches the query when, for every Term,
// one of its tokens begins with one of the Forms.
type Term struct {
	Forms []string // folded, without repetitions, the likeliest first; at most nine
}

// Query splits what a person typed into terms. A Cyrillic or numeric word has
// one form. A Latin word has the Cyrillic names it may stand for (everyday
// Russian-style spelling, the passport's, the 2018 and 2021 drafts of the
// Kazakh Latin alphabet), and itself for names stored in Latin. The result is
// the same every time and empty when s has no letter or digit.
func Query(s string) []Term {
	var terms []Term
	for w := range strings.FieldsFuncSeq(norm.NFC.String(s), separates) {
		w = firstRunes(w, maxTermLen)
		self := Fold(w)
		if self == "" {
			continue
		}
		var forms []string
		if strings.ContainsFunc(self, isLatin) && !strings.ContainsFunc(self, isCyrillic) {
			forms = readings(w)
		}
		for part := range strings.FieldsSeq(self) {
			if !slices.Contains(forms, part) {
				forms = append(forms, part)
			}
		}
		terms = append(terms, Term{Forms: forms})
		if len(terms) == maxTerms {
			break
		}
	}
	return terms
}

// separates cuts where Fold puts a space.
func separates(r rune) bool { return foldRuneFast(r) == space }

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// marked are the Latin letters whose diacritic matters: the drafts of the Kazakh
// alphabet and the usual scholarly signs. Any other diacritic is only dropped.
var marked = map[rune]rune{
	'ş': 'ш', 'š': 'ш', 'ç': 'ч', 'č': 'ч', 'ž': 'ж', 'ğ': 'г', 'ǵ': 'г', 'ñ': 'н', 'ń': 'н', 'ŋ': 'н',
	'ý': 'у', 'ŭ': 'у', 'ə': 'а', 'ı': 'i',
}

// A sound is how some Latin letters are read; the first reading is the likeliest.
// All places of one class in a word take the same choice: vowel harmony keeps
// ы and і from mixing in a Kazakh word.
type sound struct {
	spelt string
	where place
	class string   // empty when there is one reading
	read  []string // folded Cyrillic
}

// place limits where in the word a sound is read so.
type place int

const (
	anywhere place = iota
	atStart
	atEnd
	afterVowel
)

// sounds are tried in order: longer spellings and narrower places first.
var sounds = []sound{
	{"shch", anywhere, "", []string{"щ"}},
	{"sch", anywhere, "sch", []string{"щ", "ш"}},
	{"шш", anywhere, "", []string{"щ"}},
	{"zh", anywhere, "", []string{"ж"}},
	{"kh", anywhere, "", []string{"х"}},
	{"gh", anywhere, "", []string{"г"}},
	{"ch", anywhere, "", []string{"ч"}},
	{"sh", anywhere, "sh", []string{"ш", "сх"}},
	{"ts", anywhere, "ts", []string{"ц", "тс"}},
	{"ngh", anywhere, "", []string{"нг"}},
	{"ng", anywhere, "ng", []string{"нг", "н"}},
	{"ya", anywhere, "ya", []string{"я", "ыа"}},
	{"yu", anywhere, "yu", []string{"ю", "йу"}},
	{"ye", anywhere, "", []string{"е"}},
	{"yo", anywhere, "yo", []string{"е", "йо", "ыо"}},
	{"ia", atStart, "", []string{"я"}},
	{"ia", afterVowel, "", []string{"я"}},
	{"ia", atEnd, "ia$", []string{"ия", "я"}},
	{"ia", anywhere, "ia", []string{"иа", "я", "ия"}},
	{"iu", atStart, "", []string{"ю"}},
	{"iu", afterVowel, "viu", []string{"ю", "йу"}},
	{"iu", anywhere, "iu", []string{"ю", "иу"}},
	{"io", anywhere, "io", []string{"ио", "е"}},
	{"yy", afterVowel, "", []string{"йы"}},
	{"ii", afterVowel, "vii", []string{"йи", "ии", "ий"}},
	{"y", afterVowel, "vy", []string{"й", "ы"}},
	{"y", anywhere, "y", []string{"ы", "и"}},
	{"i", afterVowel, "vi", []string{"й", "и"}},
	{"i", anywhere, "", []string{"и"}},
	{"e", atStart, "e", []string{"е", "э"}},
	{"j", afterVowel, "vj", []string{"ж", "й"}},
	{"j", anywhere, "j", []string{"ж", "дж"}},
	{"c", anywhere, "c", []string{"к", "ц", "с"}},
	{"x", anywhere, "x", []string{"кс", "х"}},
	{"w", anywhere, "w", []string{"в", "у"}},
	{"a", anywhere, "", []string{"а"}}, {"b", anywhere, "", []string{"б"}}, {"d", anywhere, "", []string{"д"}},
	{"e", anywhere, "", []string{"е"}}, {"f", anywhere, "", []string{"ф"}}, {"g", anywhere, "", []string{"г"}},
	{"h", anywhere, "", []string{"х"}}, {"k", anywhere, "", []string{"к"}}, {"l", anywhere, "", []string{"л"}},
	{"m", anywhere, "", []string{"м"}}, {"n", anywhere, "", []string{"н"}}, {"o", anywhere, "", []string{"о"}},
	{"p", anywhere, "", []string{"п"}}, {"q", anywhere, "", []string{"к"}}, {"r", anywhere, "", []string{"р"}},
	{"s", anywhere, "", []string{"с"}}, {"t", anywhere, "", []string{"т"}}, {"u", anywhere, "", []string{"у"}},
	{"v", anywhere, "", []string{"в"}}, {"z", anywhere, "", []string{"з"}},
}

// readings are the folded Cyrillic words a Latin word may mean: first the word
// with the likeliest reading everywhere, then one class read otherwise, then two.
func readings(word string) []string {
	parts, classes := spell(marks(word))
	var out []string
	add := func(choice map[string]int) {
		var b strings.Builder
		for _, p := range parts {
			b.WriteString(p.read[min(choice[p.class], len(p.read)-1)])
		}
		if w := Fold(b.String()); w != "" && len(out) < maxReadings && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	add(nil)
	for i, c := range classes {
		for n := 1; n < len(c.read); n++ {
			add(map[string]int{c.class: n})
		}
		for _, d := range classes[:i] {
			add(map[string]int{c.class: 1, d.class: 1})
		}
	}
	return out
}

// marks lowers the word and leaves ASCII, hyphens, digits and already read letters.
func marks(word string) string {
	var b strings.Builder
	for _, r := range word {
		r = unicode.ToLower(r)
		if m, ok := marked[r]; ok {
			b.WriteRune(m)
			continue
		}
		if f := foldRuneFast(r); f != dropped {
			b.WriteRune(f)
		}
	}
	return strings.Trim(b.String(), "-")
}

// spell cuts the word into sounds, and lists the ambiguous ones once per class.
func spell(word string) (parts, classes []sound) {
	after := rune(0)
	for at := 0; at < len(word); {
		s := soundAt(word[at:], after)
		parts = append(parts, s)
		if s.class != "" && !slices.ContainsFunc(classes, func(c sound) bool { return c.class == s.class }) {
			classes = append(classes, s)
		}
		at += len(s.spelt)
		after, _ = utf8.DecodeLastRuneInString(s.spelt)
	}
	return parts, classes
}

func soundAt(rest string, after rune) sound {
	for _, s := range sounds {
		if strings.HasPrefix(rest, s.spelt) && s.where.fits(rest, s.spelt, after) {
			return s
		}
	}
	r, size := utf8.DecodeRuneInString(rest)
	return sound{spelt: rest[:size], read: []string{string(r)}}
}

func (p place) fits(rest, spelt string, after rune) bool {
	switch p {
	case atStart:
		return after == 0 || after == hyphen
	case atEnd:
		return rest == spelt
	case afterVowel:
		return strings.ContainsRune("aeiouyу", after)
	}
	return true
}
