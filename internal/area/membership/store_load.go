package membership

import (
	"bytes"
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

// write writes the keys and words by which the persons are found.
func (l *loading) write(ctx context.Context, tx *db.Tx) error {
	if err := l.words.write(ctx, tx); err != nil {
		return err
	}
	_, err := tx.Bulk(ctx, "membership_key", indexColumns, func(yield func([]any, error) bool) {
		for _, index := range slices.SortedFunc(maps.Keys(l.keys), func(a, b blindIndex) int { return bytes.Compare(a[:], b[:]) }) {
			if !yield([]any{keyNational, index[:], int64(l.keys[index])}, nil) {
				return
			}
		}
	})
	return err
}

// meet adds the blocks of those who are in the register before the load.
func (l *loading) meet(ctx context.Context, q db.Querier) error {
	rows, err := q.Query(ctx, `SELECT id, alike FROM membership_person ORDER BY id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var person id.ID
		var block int64
		if err := rows.Scan(&person, &block); err != nil {
			return err
		}
		l.addBlock(person, block)
	}
	return rows.Err()
}

// holders adds those of the load who hold some blind indexes, and gives the
// indexes that are to be asked of the register, and the people.
func (l *loading) holders(ctx context.Context, q db.Querier, indexes [][]byte, to map[string]Person) (rest [][]byte, people []int64, err error) {
	indexOf := map[id.ID][]byte{}
	for _, index := range indexes {
		person, ok := l.keys[blindIndex(index)]
		if !ok {
			rest = append(rest, index)
			continue
		}
		indexOf[person], people = index, append(people, int64(person))
	}
	err = ask(ctx, q, people, func(_ *db.Args, list string) string {
		return `SELECT ` + personColumns + ` FROM membership_person p WHERE p.id IN (` + list + `)`
	}, func(scan func(...any) error) error {
		p, err := scanPerson(behind{scan, nil})
		to[string(indexOf[p.ID])] = p
		return err
	})
	return rest, people, err
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
		if _, err := db.DropIndexes(ctx, tx, table, "membership_spell_batch"); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `INSERT INTO membership_load (batch_id) VALUES ($1) ON CONFLICT (batch_id) DO NOTHING`, batch)
	return err
}

// loaded are the tables without whose plain indexes a first load does, found those
// that it writes at its end.
var (
	loaded = []string{"membership_person", "membership_spell"}
	found  = []string{"membership_key", "membership_word"}
)

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

// keyless are those whom a batch made known and whose national ID has no blind
// index yet.
func keyless(ctx context.Context, q db.Querier, batch id.ID) ([]id.ID, error) {
	return ids(ctx, q, `SELECT p.id FROM membership_person p WHERE p.national_id <> $2
		AND p.id IN (SELECT person_id FROM membership_spell WHERE batch_id = $1 AND batch_id <> 0)
		AND NOT EXISTS (SELECT 1 FROM membership_key k WHERE k.person_id = p.id) ORDER BY p.id`, batch, []byte{})
}
