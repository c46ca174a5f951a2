package canonical

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"odaq/belenios/group"
)

// Errors of reading. They are wrapped with the place and what was wrong.
var (
	// ErrText says that the text is not the canonical one: not the JSON that was
	// expected, or another spelling of it.
	ErrText = group.ErrText
	// ErrLimit says that a text, a list or a number is larger than allowed.
	ErrLimit = errors.New("larger than allowed")
)

// Reader reads a canonical text from left to right. After the first error it
// reads nothing more: methods return zero values, and Err and End tell the error.
type Reader struct {
	text []byte
	at   int
	err  error
}

// NewReader reads text, which must not be changed meanwhile.
func NewReader(text []byte) *Reader { return &Reader{text: text} }

// Offset is the number of bytes read so far.
func (r *Reader) Offset() int { return r.at }

// Since is the text read from an Offset until now. It shares the text's memory.
func (r *Reader) Since(offset int) []byte { return r.text[offset:r.at] }

// Err is the first error.
func (r *Reader) Err() error { return r.err }

// Fail makes err the error, unless there is one already.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = fmt.Errorf("byte %d: %w", r.at, err)
	}
}

// End is the first error; a text that goes on is one.
func (r *Reader) End() error {
	if r.err == nil && r.at < len(r.text) {
		r.unexpected("the end")
	}
	return r.err
}

// unexpected fails because the text does not continue with what was wanted.
func (r *Reader) unexpected(wanted string) {
	rest := r.text[r.at:]
	r.Fail(fmt.Errorf("%w: %.24q where %s should be", ErrText, rest[:min(len(rest), 24)], wanted))
}

// Next tells whether the text continues with literal. It reads nothing.
func (r *Reader) Next(literal string) bool {
	return r.err == nil && len(r.text)-r.at >= len(literal) && string(r.text[r.at:r.at+len(literal)]) == literal
}

// Try reads literal if the text continues with it.
func (r *Reader) Try(literal string) bool {
	if !r.Next(literal) {
		return false
	}
	r.at += len(literal)
	return true
}

// Literal reads exactly literal.
func (r *Reader) Literal(literal string) {
	if r.err == nil && !r.Try(literal) {
		r.unexpected(literal)
	}
}

// Token reads a string of 1 to limit digits and lower-case letters: a scalar, an
// element or a hash in hexadecimal. It shares the text's memory.
func (r *Reader) Token(limit int) []byte {
	r.Literal(`"`)
	if r.err != nil {
		return nil
	}
	start := r.at
	for r.at < len(r.text) && (isDigit(r.text[r.at]) || 'a' <= r.text[r.at] && r.text[r.at] <= 'z') {
		r.at++
	}
	return r.token(start, limit)
}

// Decimal reads a string of 1 to limit digits, without leading zeros.
func (r *Reader) Decimal(limit int) []byte {
	start := r.at
	digits := r.Token(limit)
	for i, c := range digits {
		if !isDigit(c) || c == '0' && i == 0 && len(digits) > 1 {
			r.at = start
			r.unexpected("a decimal string")
			return nil
		}
	}
	return digits
}

// Hash reads a hash in Base64, as H64 writes it: 43 characters.
func (r *Reader) Hash() string {
	r.Literal(`"`)
	if r.err != nil {
		return ""
	}
	start := r.at
	for r.at < len(r.text) && isBase64(r.text[r.at]) {
		r.at++
	}
	b := r.token(start, len(Hash(nil)))
	if r.err == nil && !isHash(b) {
		r.at = start
		r.unexpected("a hash")
		return ""
	}
	return string(b)
}

// token ends a string without escapes that began at start.
func (r *Reader) token(start, limit int) []byte {
	b := r.text[start:r.at]
	switch {
	case len(b) == 0:
		r.unexpected("digits or letters")
		return nil
	case len(b) > limit:
		r.Fail(fmt.Errorf("%w: %d characters of at most %d", ErrLimit, len(b), limit))
		return nil
	}
	r.Literal(`"`)
	return b
}

// Number reads a JSON number of 0 to limit: digits, without leading zeros.
func (r *Reader) Number(limit int) int {
	if r.err != nil {
		return 0
	}
	start, n := r.at, 0
	for r.at < len(r.text) && isDigit(r.text[r.at]) {
		d := int(r.text[r.at] - '0')
		if n > limit/10 || 10*n+d > limit {
			r.at = start
			r.Fail(fmt.Errorf("%w: a number above %d", ErrLimit, limit))
			return 0
		}
		n = 10*n + d
		r.at++
	}
	if r.at == start || r.text[start] == '0' && r.at > start+1 {
		r.at = start
		r.unexpected("a number")
		return 0
	}
	return n
}

// Bool reads true or false.
func (r *Reader) Bool() bool {
	if r.Try("true") {
		return true
	}
	if r.err == nil && !r.Try("false") {
		r.unexpected("true or false")
	}
	return false
}

// String reads a string of at most limit bytes of UTF-8.
func (r *Reader) String(limit int) string {
	r.Literal(`"`)
	if r.err != nil {
		return ""
	}
	rest := r.text[r.at:]
	end := bytes.IndexAny(rest, `"\`)
	if end >= 0 && rest[end] == '"' && isPlain(rest[:end]) {
		if end > limit {
			r.Fail(fmt.Errorf("%w: a string of %d bytes of at most %d", ErrLimit, end, limit))
			return ""
		}
		r.at += end + 1
		return string(rest[:end])
	}
	return r.escaped(limit)
}

// escaped reads the rest of a string one character at a time.
func (r *Reader) escaped(limit int) string {
	var b []byte
	for !r.Try(`"`) {
		c, size := r.character()
		if size == 0 {
			r.unexpected("a character or the end of the string")
			return ""
		}
		b = utf8.AppendRune(b, c)
		r.at += size
		if len(b) > limit {
			r.Fail(fmt.Errorf("%w: a string of more than %d bytes", ErrLimit, limit))
			return ""
		}
	}
	return string(b)
}

// character is the next character of a string and how many bytes it takes, 0
// where it is not spelled canonically.
func (r *Reader) character() (rune, int) {
	rest := r.text[r.at:]
	if len(rest) > 0 && rest[0] == '\\' {
		for c, spelling := range escapes {
			if spelling != "" && bytes.HasPrefix(rest, []byte(spelling)) {
				return rune(c), len(spelling)
			}
		}
		return 0, 0
	}
	c, size := utf8.DecodeRune(rest)
	if c == utf8.RuneError && size <= 1 || c < rune(len(escapes)) && escapes[c] != "" {
		return 0, 0
	}
	return c, size
}

// isPlain tells whether b is UTF-8 with nothing to escape.
func isPlain(b []byte) bool {
	for _, c := range b {
		if int(c) < len(escapes) && escapes[c] != "" {
			return false
		}
	}
	return utf8.Valid(b)
}

// Array reads an array of at most limit items; item reads the i-th. It returns
// how many there were.
func (r *Reader) Array(limit int, item func(i int)) int {
	r.Literal("[")
	if r.err != nil || r.Try("]") {
		return 0
	}
	for i := 0; ; i++ {
		if i == limit {
			r.Fail(fmt.Errorf("%w: a list of more than %d", ErrLimit, limit))
		}
		if r.err != nil {
			return i
		}
		item(i)
		if r.Try("]") {
			return i + 1
		}
		r.Literal(",")
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isBase64(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '+' || c == '/'
}
