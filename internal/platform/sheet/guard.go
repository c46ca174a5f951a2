package sheet

import "strings"

// triggers begin text that spreadsheets may run as a formula (OWASP, "CSV Injection"), the
// full-width forms among them because some programs narrow them first.
const triggers = "=+-@\t\r\n＝＋－＠"

// guard puts an apostrophe before text that looks like a formula, so that programs show it. Text
// that already has apostrophes there gets one more: unguard(guard(s)) == s for every s.
func guard(s string) string {
	if formulaLike(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

// unguard takes away the apostrophe guard puts. Of foreign files it changes only cells such as
// '=1+2, where the apostrophe says "text" and is not meant as a character.
func unguard(s string) string {
	if len(s) > 0 && s[0] == '\'' && formulaLike(strings.TrimLeft(s, "'")) {
		return s[1:]
	}
	return s
}

func formulaLike(s string) bool {
	for _, r := range s {
		return strings.ContainsRune(triggers, r)
	}
	return false
}
