package canonical

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// escapes has the spelling of the characters that are not written as they are.
var escapes = func() (e [128]string) {
	for c := range 0x20 {
		e[c] = fmt.Sprintf(`\u%04x`, c)
	}
	e[0x7f] = `\u007f`
	e['\b'], e['\f'], e['\n'], e['\r'], e['\t'] = `\b`, `\f`, `\n`, `\r`, `\t`
	e['"'], e['\\'] = `\"`, `\\`
	return e
}()

// AppendString adds s as a JSON string. Bytes that are not UTF-8 are written as
// U+FFFD, so what is written can always be read.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, c := range s {
		if c < rune(len(escapes)) && escapes[c] != "" {
			b = append(b, escapes[c]...)
		} else {
			b = utf8.AppendRune(b, c)
		}
	}
	return append(b, '"')
}

// Appender is what adds its text to b: a scalar or an element, for instance.
type Appender interface {
	Append(b []byte) []byte
}

// AppendToken adds the text of a, which needs no escapes, as a JSON string.
func AppendToken(b []byte, a Appender) []byte {
	b = append(b, '"')
	b = a.Append(b)
	return append(b, '"')
}

// AppendNumber adds n, which is not negative, as a JSON number.
func AppendNumber(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }

// AppendArray adds an array of the items, each as its own Append writes it.
func AppendArray[T Appender](b []byte, items []T) []byte {
	b = append(b, '[')
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = item.Append(b)
	}
	return append(b, ']')
}
