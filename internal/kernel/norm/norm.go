package norm

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/profile"
)

// Value is what a norm says: a number, yes or no, or a list, by its type.
type Value struct {
	Number *big.Rat
	Yes    bool
	Items  []string // sorted, each once

	form form // as it was written
}

// form is how a value was written in a file.
type form uint8

const (
	unwritten form = iota // made in Go
	number
	yesNo
	list
)

func (f form) String() string {
	return [...]string{"", "a number", "true or false", "a list"}[f]
}

func formOf(d profile.Direction) form {
	switch d {
	case profile.Boolean:
		return yesNo
	case profile.Superset:
		return list
	}
	return number
}

// Dimension says for what a value holds, such as a grade or a hazard class:
// pairs of key and value by key. A value without a dimension holds for all.
type Dimension [][2]string

// within reports whether all of a is in b: what is said for a holds for b.
func (a Dimension) within(b Dimension) bool {
	if len(a) > len(b) {
		return false
	}
	j := 0
	for _, pair := range a {
		for j < len(b) && b[j][0] < pair[0] {
			j++
		}
		if j == len(b) || b[j] != pair {
			return false
		}
	}
	return true
}

// join is both together; ok is false when they contradict one another.
func (a Dimension) join(b Dimension) (both Dimension, ok bool) {
	both = slices.Clone(a)
	for _, pair := range b {
		i, found := slices.BinarySearchFunc(both, pair[0], func(p [2]string, key string) int { return strings.Compare(p[0], key) })
		if !found {
			both = slices.Insert(both, i, pair)
		} else if both[i] != pair {
			return nil, false
		}
	}
	return both, true
}

// String is "event=wedding; grade=3".
func (a Dimension) String() string {
	parts := make([]string, len(a))
	for i, pair := range a {
		parts[i] = pair[0] + "=" + pair[1]
	}
	return strings.Join(parts, "; ")
}

// Scope says whom a document covers, and where a worker stands.
type Scope struct {
	Industry string // code of the classifier of activities
	Region   string // code of the territory
	Employer string
	Worker   string
}

// Document is a source of norms.
type Document struct {
	ID          string
	Level       profile.Level
	Name        string
	Scope       Scope // a higher document has only its own part of it
	From, Until cal.Day
	Replaces    string // ID of the document that ends when this one begins
	Clauses     []Clause
	Line        int // in the file it was read from; 0 otherwise

	at int32 // in Book.docs
}

// Clause is one norm of a document.
type Clause struct {
	No          string // "4.2"
	Type        string
	Dimension   Dimension
	Value       Value
	Unit        string  // empty: the unit of the type
	From, Until cal.Day // within the document's; zero values mean all of it
	Page        int
	Obliges     bool // documents below must have this norm too
	Line        int

	kind int32         // in Norms.Types
	unit *profile.Unit // nil when it is the type's own
}

// Worker is whose rights are asked for.
type Worker struct {
	ID        string
	Scope     Scope // Worker is the ID when a contract is known
	Dimension Dimension
	Covered   bool // by the employer's collective agreement: a member of the side that concluded it, or joined
	Applied   bool // in writing for the most favourable agreement
	Line      int
}

// Case is a set of documents and workers to be looked at together.
type Case struct {
	File      string // named in errors
	Documents []*Document
	Workers   []Worker
}

// Verdict is how a clause stands against what binds it.
type Verdict uint8

// The verdicts.
const (
	Better        Verdict = iota + 1 // gives more than the bound, or something the texts above are silent about
	Equal                            // gives what the bound gives
	Worse                            // void: the bound applies
	Incomparable                     // a list that has more and less than the bound: to a lawyer
	NotComparable                    // other dimensions, a missing parameter, or merely informational
	Missing                          // the document is silent; worse only where it must not be
	Invalid                          // neither better nor worse, but outside what the law allows
)

var verdicts = [...]string{"", "better", "equal", "worse", "incomparable", "not comparable", "missing", "invalid"}

// String is the verdict in English, as files have it.
func (v Verdict) String() string { return verdicts[v] }

// MarshalText is String.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// compare says how a stands against b for the worker.
func compare(d profile.Direction, a, b Value) Verdict {
	switch d {
	case profile.Boolean:
		switch {
		case a.Yes == b.Yes:
			return Equal
		case a.Yes:
			return Better
		}
		return Worse
	case profile.Superset:
		more, less := lacks(b.Items, a.Items), lacks(a.Items, b.Items)
		switch {
		case more && less:
			return Incomparable
		case more:
			return Better
		case less:
			return Worse
		}
		return Equal
	case profile.Informational:
		return NotComparable
	}
	c := order(a.Number, b.Number)
	if d == profile.Lower {
		c = -c
	}
	return [...]Verdict{Worse, Equal, Better}[c+1]
}

// order is a.Cmp(b), exact as well, but without allocating for the small numbers
// that norms are.
func order(a, b *big.Rat) int {
	if a == b {
		return 0
	}
	an, ad, aok := small(a)
	bn, bd, bok := small(b)
	if !aok || !bok {
		return a.Cmp(b)
	}
	return cmp.Compare(an*bd, bn*ad)
}

// small is a number as a fraction whose cross products fit an int64.
func small(v *big.Rat) (num, den int64, ok bool) {
	num, den = v.Num().Int64(), 1
	if !v.IsInt() {
		if v.Denom().BitLen() > 31 {
			return 0, 0, false
		}
		den = v.Denom().Int64()
	}
	return num, den, v.Num().BitLen() <= 31
}

// lacks reports whether a misses an item of b; both are sorted.
func lacks(a, b []string) bool {
	return slices.ContainsFunc(b, func(s string) bool { _, ok := slices.BinarySearch(a, s); return !ok })
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
