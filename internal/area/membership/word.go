package membership

import (
	"cmp"
	"context"
	"hash/fnv"
	"iter"
	"slices"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/search"
	"odaq/internal/platform/db"
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

// wordRow is a row of membership_word.
type wordRow struct {
	word   string
	person id.ID
	org    id.ID
	status Status
	mark   int64
}

var wordColumns = []string{"word", "person_id", "org_id", "status", "mark"}

func (w wordRow) values() []any {
	return []any{w.word, int64(w.person), int64(w.org), string(w.status), w.mark}
}

// wordRows are the rows by which a person is found.
func wordRows(p Person, words []string) iter.Seq[wordRow] {
	mark := markOf(words...)
	return func(yield func(wordRow) bool) {
		for _, w := range words {
			if !yield(wordRow{w, p.ID, p.Org, p.Status, mark}) {
				return
			}
		}
	}
}

// byWord sorts rows as their table does.
func byWord(a, b wordRow) int {
	return cmp.Or(cmp.Compare(a.word, b.word), cmp.Compare(a.person, b.person))
}

// words writes the words by which a person is found, and repeats the name's
// place in the alphabet where the past is listed.
func words(ctx context.Context, tx *db.Tx, p Person) error {
	if _, err := tx.Exec(ctx, `DELETE FROM membership_word WHERE person_id = $1`, p.ID); err != nil {
		return err
	}
	for w := range wordRows(p, nameWords(p.Name)) {
		_, err := tx.Exec(ctx, `INSERT INTO membership_word (word, person_id, org_id, status, mark) VALUES ($1, $2, $3, $4, $5)`, w.values()...)
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `UPDATE membership_spell SET sort_key = $2 WHERE person_id = $1 AND to_day <> $3`, p.ID, search.PersonKey("kk", p.Name), cal.Forever)
	return err
}
