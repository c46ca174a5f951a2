package profile

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
)

// PersonName is a common name, for making up people.
type PersonName struct {
	Name string
	Part string // "given", "surname" (the man's form) or "patronymic"
	Sex  string // "m" or "f"
	Lang text.Lang
}

// Names are the common names of a part, sex and language; an empty sex or
// language means any.
func (p *Profile) Names(part, sex string, lang text.Lang) []string {
	var out []string
	for _, n := range p.names {
		if n.Part == part && (sex == "" || n.Sex == sex) && (lang == "" || n.Lang == lang) {
			out = append(out, n.Name)
		}
	}
	return out
}

// The styles of a written name.
const (
	FullName  = "full"
	ShortName = "short"    // initials
	Greeting  = "greeting" // the beginning of a letter
)

// NameFormat is how a name is written in a language: words with {surname},
// {given}, {patronymic}, {g}, {p} for the last two's initials.
type NameFormat struct {
	Lang    text.Lang
	Style   string
	Sex     string // empty for either
	Pattern string
}

// FormatName writes a name in a style; sex is "m", "f" or empty when it is not
// known, as it usually is not. A missing part leaves no gap.
func (p *Profile) FormatName(style string, lang text.Lang, n search.Name, sex string) string {
	pattern := "{surname} {given} {patronymic}"
	best := -1
	for _, f := range p.NameFormats {
		if f.Style != style || f.Lang != lang || f.Sex != "" && f.Sex != sex {
			continue
		}
		if len(f.Sex) > best {
			best, pattern = len(f.Sex), f.Pattern
		}
	}
	out := strings.NewReplacer(
		"{surname}", n.Surname, "{given}", n.Given, "{patronymic}", n.Patronymic,
		"{g}", initials(n.Given), "{p}", initials(n.Patronymic),
	).Replace(pattern)
	out = strings.Join(strings.Fields(out), " ")
	return strings.NewReplacer(" !", "!", " ,", ",").Replace(out)
}

// initials are the first letters with their stops: «Н.-С.» of «Нұр-Сұлтан».
func initials(name string) string {
	var parts []string
	for part := range strings.SplitSeq(name, "-") {
		if r, _ := utf8.DecodeRuneInString(part); unicode.IsLetter(r) {
			parts = append(parts, string(unicode.ToUpper(r))+".")
		}
	}
	return strings.Join(parts, "-")
}
