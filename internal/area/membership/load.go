package membership

import (
	"context"
	"fmt"

	"odaq/internal/platform/db"
)

// A first load is an import that at least doubles the register of an SQLite file
// which no server has open. Rows in any order but a table's own cost several
// times as much there, so the indexes that the import itself does not need are
// dropped and words left out; both are made at the end, in order. That they are
// to be made stands in membership_load, and Recover makes them where a crash came
// between.

// firstLoad is from how many rows on it pays.
const firstLoad = 50_000

// beginLoad makes the register ready for a first load of a batch's file, and
// reports whether it is one.
func (a *Area) beginLoad(ctx context.Context, b Batch) (bool, error) {
	if a.desk.DB.Engine() != db.SQLite || b.Checked.Rows < firstLoad {
		return false, nil
	}
	known, err := held(ctx, a.desk.DB.Read(), b.Checked.Rows)
	if err != nil || known > b.Checked.Rows {
		return false, err
	}
	return true, a.desk.DB.Write(ctx, func(tx *db.Tx) error { return postpone(ctx, tx, b.ID) })
}

// Recover makes what an interrupted first load left to be made. It is called
// before anybody else uses the register.
func (a *Area) Recover(ctx context.Context) error {
	batches, err := postponed(ctx, a.desk.DB.Read())
	if err != nil || len(batches) == 0 {
		return err
	}
	a.desk.Log.Info("making the indexes of a first load; this takes up to three minutes")
	indexes, err := db.Indexes(a.desk.DB.Engine(), []db.Source{a.Module().Source()}, append(loaded, "membership_word")...)
	if err != nil {
		return err
	}
	err = a.desk.DB.Write(ctx, func(tx *db.Tx) error {
		words := lexicon{words: map[string][]uint32{}}
		for _, batch := range batches {
			if err := wordless(ctx, tx, batch, &words); err != nil {
				return err
			}
		}
		if _, err := db.DropIndexes(ctx, tx, "membership_word"); err != nil {
			return err
		}
		if err := words.write(ctx, tx); err != nil {
			return err
		}
		for _, statement := range indexes {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return settled(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("making the indexes of a first load: %w", err)
	}
	return a.desk.DB.Analyze(ctx, "membership_person", "membership_key", "membership_spell", "membership_word")
}

// lexicon collects the words of many people, to write them in the order of their
// table's key.
type lexicon struct {
	people []wordRow // each without its word
	words  map[string][]uint32
}

// add takes people in any order; in that of their identifiers the rows are too.
func (l *lexicon) add(p Person, words []string) {
	n := uint32(len(l.people))
	l.people = append(l.people, wordRow{person: p.ID, org: p.Org, status: p.Status, mark: markOf(words...)})
	for _, w := range words {
		l.words[w] = append(l.words[w], n)
	}
}
