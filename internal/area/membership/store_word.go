package membership

import (
	"cmp"
	"context"
	"iter"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/search"
	"odaq/internal/platform/db"
)

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
