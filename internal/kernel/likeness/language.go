package likeness

import (
	"strings"
	"unicode"

	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
)

// kazakhLetters are in no Russian word.
const kazakhLetters = "әғқңөұүһі"

// Language tells the language of a text: the author's own choice if there is one;
// Kazakh where one of its letters or function words stands; else by the script.
func Language(body string, chosen text.Lang) text.Lang {
	if l, ok := text.Parse(string(chosen)); ok {
		return l
	}
	var cyrillic, latin int
	for _, r := range body {
		r = unicode.ToLower(r)
		switch {
		case strings.ContainsRune(kazakhLetters, r):
			return text.KK
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		case unicode.Is(unicode.Latin, r):
			latin++
		}
	}
	if latin >= cyrillic { // a name may be in the other script
		return text.EN
	}
	for w := range strings.FieldsSeq(search.Fold(body)) {
		if own.function[w] {
			return text.KK
		}
	}
	return text.RU
}
