package search

import (
	"slices"
	"strings"
)

// Name is a person's name as it is written in documents; any part may be empty.
type Name struct {
	Surname, Given, Patronymic string
}

// Likeness says how much two names look like one person's, from 0 (different
// people's) to 100 (the same after folding).
type Likeness int

// The steps of Likeness. A person decides; nothing is joined by them alone.
const (
	Different Likeness = 0
	Alike     Likeness = 60  // a letter or two differ, or parts are swapped and a letter differs
	Likely    Likeness = 80  // the spelling differs by rule only: swapped parts, a missing patronymic, -ов and -ова, -ұлы and -ович
	Same      Likeness = 100 // equal after folding
)

// Near compares two names. It forgives one edit in a word of four letters or
// more and two in a word of eight or more; given name and patronymic, or given name
// and surname, in each other's place; the woman's and the man's form of a
// surname, the Kazakh and the Russian form of a patronymic; «Серік қызы» and
// «Серікқызы»; and a patronymic that only one of the two has. It is symmetric.
func Near(a, b Name) Likeness {
	x, y := foldName(a), foldName(b)
	if x == y {
		return Same
	}
	best := Different
	for _, order := range orders {
		got := max(alike(x, inOrder(y, order)), alike(inOrder(x, order), y))
		if order != orders[0] && got == Same {
			got = Likely
		}
		best = max(best, got)
	}
	return best
}

// orders are the mistakes in filling in a form: none, given and patronymic
// swapped, surname and given swapped. Each is its own inverse.
var orders = [...][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}}

func inOrder(n [3]string, order [3]int) [3]string {
	return [3]string{n[order[0]], n[order[1]], n[order[2]]}
}

// alike is the worst likeness among the three parts; one patronymic may be missing.
func alike(x, y [3]string) Likeness {
	l := min(word(x[0], y[0]), word(x[1], y[1]))
	if x[1] != "" && (x[2] == "") != (y[2] == "") {
		return min(l, Likely)
	}
	return min(l, word(x[2], y[2]))
}

func word(a, b string) Likeness {
	if a == b {
		return Same
	}
	if a == "" || b == "" {
		return Different
	}
	if stem(a) == stem(b) {
		return Likely
	}
	p, q := []rune(a), []rune(b)
	if d := distance(p, q, 2); d == 1 && min(len(p), len(q)) >= 4 || d == 2 && min(len(p), len(q)) >= 8 {
		return Alike
	}
	return Different
}

// stems are the endings, folded, that tell the sexes and the languages apart in
// one and the same name: «Ахметова» and «Ахметов», «Серікұлы» and «Серикович».
var stems = []struct{ ending, stem string }{
	{"ова", "ов"}, {"ева", "ев"}, {"ина", "ин"}, {"ская", "ский"},
	{"улы", ""}, {"кызы", ""}, {"ович", ""}, {"евич", ""}, {"овна", ""}, {"евна", ""},
}

func stem(s string) string {
	for _, e := range stems {
		if rest, ok := strings.CutSuffix(s, e.ending); ok && rest != "" {
			return rest + e.stem
		}
	}
	return s
}

// foldName folds the parts and writes each without spaces and hyphens, which
// people put and leave out at will: «Серік қызы», «Нұр-Сұлтан».
func foldName(n Name) [3]string {
	join := strings.NewReplacer(" ", "", "-", "")
	return [3]string{join.Replace(Fold(n.Surname)), join.Replace(Fold(n.Given)), join.Replace(Fold(n.Patronymic))}
}

// distance is the number of insertions, deletions, replacements and swaps of
// neighbours that make b of a (optimal string alignment), or limit+1 when more.
func distance(a, b []rune, limit int) int {
	if n := len(a) - len(b); n > limit || -n > limit {
		return limit + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	before, last := make([]int, len(row)), make([]int, len(row))
	for i := range a {
		before, last, row = last, row, before
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		if slices.Min(row) > limit {
			return limit + 1
		}
	}
	return min(row[len(b)], limit+1)
}
