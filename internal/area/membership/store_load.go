package membership

import (
	"context"
	"maps"
	"slices"

	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

// write writes the words, in the order of their table.
func (l *lexicon) write(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Bulk(ctx, "membership_word", wordColumns, func(yield func([]any, error) bool) {
		for _, w := range slices.Sorted(maps.Keys(l.words)) {
			for _, n := range l.words[w] {
				row := l.people[n]
				row.word = w
				if !yield(row.values(), nil) {
					return
				}
			}
		}
	})
	return err
}

// held counts the persons of the register, no further than one beyond most.
func held(ctx context.Context, q db.Querier, most int64) (n int64, err error) {
	err = q.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM membership_person`+limit(int(most+1))+`) p`).Scan(&n)
	return n, err
}

// postpone drops the indexes that an import does not need and notes that they are
// to be made again.
func postpone(ctx context.Context, tx *db.Tx, batch id.ID) error {
	for _, table := range loaded {
		if _, err := db.DropIndexes(ctx, tx, table, "membership_person_alike", "membership_spell_batch"); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `INSERT INTO membership_load (batch_id) VALUES ($1) ON CONFLICT (batch_id) DO NOTHING`, batch)
	return err
}

// loaded are the tables without whose plain indexes a first load does.
var loaded = []string{"membership_person", "membership_spell"}

// postponed are the batches whose words, and with them the indexes, are to be made.
func postponed(ctx context.Context, q db.Querier) ([]id.ID, error) {
	return ids(ctx, q, `SELECT batch_id FROM membership_load ORDER BY batch_id`)
}

func settled(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM membership_load`)
	return err
}

// wordless adds those whom a batch made known and who have no words yet.
func wordless(ctx context.Context, q db.Querier, batch id.ID, to *lexicon) error {
	rows, err := q.Query(ctx, `SELECT p.id, p.surname, p.given, p.patronymic, p.org_id, p.status FROM membership_person p
		WHERE p.id IN (SELECT person_id FROM membership_spell WHERE batch_id = $1 AND batch_id <> 0)
			AND NOT EXISTS (SELECT 1 FROM membership_word w WHERE w.person_id = p.id) ORDER BY p.id`, batch)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var p Person
		if err := rows.Scan(&p.ID, &p.Name.Surname, &p.Name.Given, &p.Name.Patronymic, &p.Org, &p.Status); err != nil {
			return err
		}
		to.add(p, nameWords(p.Name))
	}
	return rows.Err()
}
