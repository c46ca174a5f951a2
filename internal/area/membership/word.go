package membership

import (
	"hash/fnv"
	"slices"
	"strings"

	"odaq/internal/kernel/search"
)

// nameWords are the folded words of a name and, after a space that keeps it out
// of the way of single words, surname and given name as one.
func nameWords(n search.Name) []string {
	w := search.Tokens(FullName(n))
	if n.Surname != "" && n.Given != "" {
		w = append(w, " "+search.Fold(n.Surname)+" "+search.Fold(n.Given))
	}
	slices.Sort(w)
	return slices.Compact(w)
}

// together are the beginnings of the words that nameWords makes of a surname and a
// given name, for the first two words of a query in either order.
func together(terms []search.Term) []string {
	if len(terms) < 2 {
		return nil
	}
	const forms = 2 // the likeliest readings of a Latin word
	var out []string
	for _, a := range terms[0].Forms[:min(forms, len(terms[0].Forms))] {
		for _, b := range terms[1].Forms[:min(forms, len(terms[1].Forms))] {
			out = append(out, " "+a+" "+b, " "+b+" "+a)
		}
	}
	return out
}

// markedLetters is how long the beginnings are that a mark tells of.
const markedLetters = 4

// markOf has a bit for each beginning of each word, a Bloom filter: who has a
// word beginning with x has all bits of markOf(x).
func markOf(words ...string) int64 {
	var mark int64
	for _, w := range words {
		if strings.HasPrefix(w, " ") {
			continue // two words as one
		}
		h := fnv.New32a()
		n := 0
		for _, r := range w {
			if n++; n > markedLetters {
				break
			}
			h.Write([]byte{byte(r), byte(r >> 8), byte(r >> 16)})
			mark |= 1 << (h.Sum32() % 63)
		}
	}
	return mark
}
