package ui

import (
	"slices"
	"strings"
	"unicode"
)

// Op is what happened to a piece of text.
type Op int

// The operations.
const (
	Same Op = iota
	Removed
	Added
)

// Span is a piece of two compared texts.
type Span struct {
	Op   Op
	Text string
}

// maxEdits bounds the work of Words. Texts that differ in more words than this are shown as replaced whole:
// such a comparison helps nobody.
const maxEdits = 1000

// Words compares two texts word by word. The Same and Removed spans together are the old text, the Same and
// Added ones the new text, byte for byte. Neighbouring spans differ in their operation, and of a
// replacement the removed part comes first.
func Words(old, new string) []Span {
	a, b := words(old), words(new)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out spans
	out.add(Same, a[:head]...)
	out.edit(a[head:len(a)-tail], b[head:len(b)-tail])
	out.add(Same, a[len(a)-tail:]...)
	return out.tidy()
}

// words cuts a text into words, runs of spaces and single signs.
func words(s string) []string {
	var out []string
	start, last := 0, 0
	for i, r := range s {
		kind := 3
		switch {
		case unicode.IsSpace(r):
			kind = 1
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
			kind = 2
		}
		if i > start && (kind != last || kind == 3) {
			out = append(out, s[start:i])
			start = i
		}
		last = kind
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

type spans []Span

func (s *spans) add(op Op, parts ...string) {
	for _, p := range parts {
		if n := len(*s); n > 0 && (*s)[n-1].Op == op {
			(*s)[n-1].Text += p
			continue
		}
		*s = append(*s, Span{op, p})
	}
}

// edit appends the shortest way from a to b (Myers, "An O(ND) difference algorithm", 1986).
func (s *spans) edit(a, b []string) {
	n, m := len(a), len(b)
	bound := min(n+m, maxEdits)
	v := make([]int, 2*bound+2) // v[bound+k]: how far into a the furthest path on diagonal k reaches
	var trace [][]int
	for d := 0; d <= bound; d++ {
		trace = append(trace, append([]int(nil), v[bound-d:min(bound+d+2, len(v))]...))
		for k := -d; k <= d; k += 2 {
			x := 0
			if d > 0 {
				if k == -d || k != d && v[bound+k-1] < v[bound+k+1] {
					x = v[bound+k+1]
				} else {
					x = v[bound+k-1] + 1
				}
			}
			for x < n && x-k < m && a[x] == b[x-k] {
				x++
			}
			v[bound+k] = x
			if x >= n && x-k >= m {
				s.walk(a, b, trace)
				return
			}
		}
	}
	s.add(Removed, a...)
	s.add(Added, b...)
}

// walk goes back over the trace of edit and appends the steps in reading order.
func (s *spans) walk(a, b []string, trace [][]int) {
	type step struct {
		op   Op
		text string
	}
	var back []step
	x, y := len(a), len(b)
	for d := len(trace) - 1; d > 0; d-- {
		at := func(k int) int { return trace[d][d+k] } // trace[d] starts at diagonal -d
		k := x - y
		prev := k - 1
		if k == -d || k != d && at(k-1) < at(k+1) {
			prev = k + 1
		}
		px := at(prev)
		py := px - prev
		for x > px && y > py {
			x, y = x-1, y-1
			back = append(back, step{Same, a[x]})
		}
		if x == px {
			y--
			back = append(back, step{Added, b[y]})
		} else {
			x--
			back = append(back, step{Removed, a[x]})
		}
	}
	for x > 0 && y > 0 {
		x, y = x-1, y-1
		back = append(back, step{Same, a[x]})
	}
	for i := len(back) - 1; i >= 0; i-- {
		s.add(back[i].op, back[i].text)
	}
}

// tidy joins changes that only spaces part, and puts what was removed before what was added.
func (s spans) tidy() []Span {
	var out spans
	var removed, added string
	flush := func() {
		if removed != "" {
			out.add(Removed, removed)
		}
		if added != "" {
			out.add(Added, added)
		}
		removed, added = "", ""
	}
	for i, p := range s {
		switch {
		case p.Op == Removed:
			removed += p.Text
		case p.Op == Added:
			added += p.Text
		case blank(p.Text) && removed+added != "" && i+1 < len(s):
			removed, added = removed+p.Text, added+p.Text
		default:
			flush()
			out.add(Same, p.Text)
		}
	}
	flush()
	return slide(out)
}

// slide moves a change that could stand in several places to the one where a paragraph begins: of "a.¶b." after
// "a." it is "¶b." that was added, not ".¶b".
func slide(s []Span) []Span {
	for i := 1; i+1 < len(s); i++ {
		before, change, after := s[i-1], s[i], s[i+1]
		if change.Op == Same || before.Op != Same || after.Op != Same {
			continue
		}
		shift := 0
		for _, w := range words(change.Text) {
			if w[0] == '\n' {
				s[i-1].Text += change.Text[:shift]
				s[i].Text = change.Text[shift:] + change.Text[:shift]
				s[i+1].Text = after.Text[shift:]
				break
			}
			if !strings.HasPrefix(after.Text, change.Text[:shift+len(w)]) {
				break
			}
			shift += len(w)
		}
	}
	return slices.DeleteFunc(s, func(p Span) bool { return p.Text == "" })
}

func blank(s string) bool {
	for _, r := range s {
		if r != ' ' && r != '\u00a0' {
			return false
		}
	}
	return true
}
