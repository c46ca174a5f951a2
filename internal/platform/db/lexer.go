package db

import "strings"

// tokenKind tells the parts of SQL text apart.
type tokenKind int

const (
	space   tokenKind = iota + 1 // blanks
	comment                      // -- to the end of the line, or /* … */
	word                         // keyword, name or number
	quoted                       // "name"
	literal                      // 'text', also X'…' and E'…' without the letter
	dollar                       // $1
	symbol                       // one operator or punctuation mark
)

// sqlToken is a piece of SQL text. The texts of all tokens put together are the
// whole input.
type sqlToken struct {
	kind tokenKind
	text string
	line int // counted from 1
}

// is reports whether the token is one of the keywords, given in lower case.
func (t sqlToken) is(words ...string) bool {
	if t.kind != word {
		return false
	}
	for _, w := range words {
		if strings.EqualFold(t.text, w) {
			return true
		}
	}
	return false
}

// operators longer than one character that the rules know.
var operators = []string{"->>", "#>>", "!~*", "::", "->", "#>", "@>", "<@", "~*", "!~", "<=", ">=", "<>", "!=", "||"}

// lex cuts SQL text into tokens. It never fails: what it does not know is a
// symbol, and an unfinished quotation ends with the text.
func lex(text string) []sqlToken {
	var tokens []sqlToken
	line := 1
	for len(text) > 0 {
		kind, n := scan(text)
		tokens = append(tokens, sqlToken{kind, text[:n], line})
		line += strings.Count(text[:n], "\n")
		text = text[n:]
	}
	return tokens
}

func scan(text string) (tokenKind, int) {
	switch c := text[0]; {
	case strings.HasPrefix(text, "--"):
		if end := strings.IndexByte(text, '\n'); end >= 0 {
			return comment, end
		}
		return comment, len(text)
	case strings.HasPrefix(text, "/*"):
		if end := strings.Index(text[2:], "*/"); end >= 0 {
			return comment, end + 4
		}
		return comment, len(text)
	case c == '\'':
		return literal, quotation(text, c)
	case c == '"':
		return quoted, quotation(text, c)
	case c == '$' && len(text) > 1 && isDigit(text[1]):
		return dollar, run(text, 1, isDigit)
	case isBlank(c):
		return space, run(text, 1, isBlank)
	case isWordByte(c):
		return word, run(text, 1, isWordByte)
	}
	for _, operator := range operators {
		if strings.HasPrefix(text, operator) {
			return symbol, len(operator)
		}
	}
	return symbol, 1
}

// quotation gives the length of a quoted text whose mark is doubled inside.
func quotation(text string, mark byte) int {
	for i := 1; i < len(text); i++ {
		if text[i] != mark {
			continue
		}
		if i+1 < len(text) && text[i+1] == mark {
			i++
			continue
		}
		return i + 1
	}
	return len(text)
}

func run(text string, from int, in func(byte) bool) int {
	for from < len(text) && in(text[from]) {
		from++
	}
	return from
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isWordByte(c byte) bool {
	return c == '_' || c >= 0x80 || isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// meaningful leaves out blanks and comments.
func meaningful(tokens []sqlToken) []sqlToken {
	var kept []sqlToken
	for _, t := range tokens {
		if t.kind != space && t.kind != comment {
			kept = append(kept, t)
		}
	}
	return kept
}
