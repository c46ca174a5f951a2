package likeness

import (
	"embed"
	"encoding/csv"
	"fmt"
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kljensen/snowball/english"
	"github.com/kljensen/snowball/russian"

	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
)

//go:embed data/*.csv
var data embed.FS

// own are the words shipped with the program; a test reads them at every build.
var own = must(readWords(data, "data/words.csv"))

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// words are the lists of words.csv by folded form.
type words struct {
	function               map[string]bool // Kazakh words that give the language away
	skip, weak, age, adult map[text.Lang]map[string]bool
}

func readWords(files fs.FS, name string) (*words, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	w := &words{function: map[string]bool{}, skip: map[text.Lang]map[string]bool{}, weak: map[text.Lang]map[string]bool{}, age: map[text.Lang]map[string]bool{}, adult: map[text.Lang]map[string]bool{}}
	r := csv.NewReader(f)
	r.FieldsPerRecord = 3
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for i, row := range rows[1:] {
		lang, ok := text.Parse(row[0])
		kind := map[string]map[text.Lang]map[string]bool{"skip": w.skip, "weak": w.weak, "age": w.age, "adult": w.adult}[row[1]]
		if !ok || kind == nil && row[1] != "function" {
			return nil, fmt.Errorf("%s:%d: no list %q of language %q", name, i+2, row[1], row[0])
		}
		for word := range strings.FieldsSeq(row[2]) {
			if row[1] == "function" {
				w.function[search.Fold(word)] = true
				continue
			}
			if kind[lang] == nil {
				kind[lang] = map[string]bool{}
			}
			kind[lang][word], kind[lang][search.Fold(word)] = true, true
			if row[1] == "weak" {
				kind[lang][stem(lang, word)] = true
			}
		}
	}
	return w, nil
}

// stem is the folded stem of a word in lower case.
func stem(l text.Lang, word string) string {
	switch l {
	case text.EN:
		return search.Fold(english.Stem(word, true))
	case text.RU:
		return search.Fold(russian.Stem(strings.ReplaceAll(word, "ё", "е"), true))
	}
	return search.Fold(StemKazakh(word))
}

// token is one word of a text.
type token struct {
	surface string // as written, in lower case
	folded  string
	stem    string
	lang    text.Lang // of the word: Latin letters are read as English
	skip    bool      // says nothing: passed over between the words of a term
	weak    bool      // a term may need it, but alone it tells no text from another
	number  bool
	later   bool // stands after the first clause
	spelt   letterCase
}

// letterCase tells what the spelling of a word says about whether it is a name.
type letterCase byte

const (
	unsaid  letterCase = iota // first in its sentence, or all are capitals
	small                     // written small
	capital                   // written with a capital among small ones
)

const (
	maxRunes  = 4_000 // of a text that is compared; a demand is in its beginning
	maxTokens = 400
)

// tokens splits a text into words.
func tokens(body string, lang text.Lang) []token {
	var out []token
	body = firstRunes(body, maxRunes)
	initial, later := true, false
	at := 0
	flush := func(end int) {
		if at >= end {
			return
		}
		raw := body[at:end]
		low := strings.Trim(strings.ToLower(raw), ".,'’-")
		for _, w := range splitHyphens(low) {
			t := token{surface: w, folded: strings.ReplaceAll(search.Fold(w), " ", ""), lang: lang, later: later}
			if t.folded == "" {
				continue
			}
			if first, _ := utf8.DecodeRuneInString(raw); unicode.IsUpper(first) && !initial {
				t.spelt = capital
			} else if unicode.IsLower(first) {
				t.spelt = small
			}
			script(&t)
			out = append(out, t)
			initial = false
		}
		if strings.ContainsAny(raw[len(raw)-1:], ".,") && len(low) > 2 {
			later = later || len(out) >= firstClause
			initial = initial || strings.HasSuffix(raw, ".")
		}
	}
	for i, r := range body {
		if !separates(r) {
			continue
		}
		flush(i)
		at = i + utf8.RuneLen(r)
		if strings.ContainsRune(";:!?—–()", r) {
			later, initial = later || len(out) >= firstClause, true
		}
	}
	flush(len(body))
	if len(out) > maxTokens {
		out = out[:maxTokens]
	}
	titled(out)
	return out
}

// firstClause is the number of words that a first clause has at least; what ends
// sooner is an exclamation.
const firstClause = 3

// titled takes the word of capitals away from a text that is written in capitals.
func titled(ts []token) {
	var capitals, all int
	for _, t := range ts {
		if !t.skip && t.spelt != unsaid {
			all++
			if t.spelt == capital {
				capitals++
			}
		}
	}
	if 2*capitals <= all {
		return
	}
	for i := range ts {
		if ts[i].spelt == capital {
			ts[i].spelt = unsaid
		}
	}
}

func script(t *token) {
	first := []rune(t.folded)[0]
	switch {
	case unicode.IsDigit(first):
		t.number, t.stem = true, t.folded
		return
	case first < unicode.MaxLatin1:
		t.lang = text.EN
	case t.lang == text.EN:
		t.lang = text.RU
	}
	w := t.surface // of Kazakh: «бөлу» is not «болу», though both fold alike
	if t.lang == text.EN {
		w = t.folded // "st george's" and "st georges" are one
	}
	t.skip = own.skip[t.lang][w]
	t.stem = stem(t.lang, w)
	t.weak = own.weak[t.lang][w] || own.weak[t.lang][t.stem]
}

// separates cuts between words; marks inside a number or a word are trimmed later.
func separates(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) && !strings.ContainsRune("'’-.,", r)
}

// splitHyphens cuts "zero-hours" in two and keeps "8.40" and "85,000" whole.
func splitHyphens(w string) []string {
	return strings.FieldsFunc(w, func(r rune) bool {
		return r == '-' || (r == '.' || r == ',') && !strings.ContainsFunc(w, unicode.IsDigit)
	})
}

func firstRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
