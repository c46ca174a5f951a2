package membership

import (
	"context"
	"fmt"

	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
)

// A first load is an import that at least doubles the register of an SQLite file
// which no server has open. Rows in any order but a table's own cost several
// times as much there, so words and national IDs stay in memory, indexes are
// dropped, and all three are made at the end, in order. That they are to be made
// stands in membership_load, and Recover makes them where a crash came between.

// loading is what a first load keeps in memory: some 200 bytes a person.
type loading struct {
	words lexicon
	keys  map[blindIndex]id.ID // of those it entered

	people []id.ID          // everybody, to be found by their block
	latest map[int64]uint32 // of a block, the number in people of its latest, from 1
	before []uint32         // of each of people, the one before it in its block; 0: none
}

type blindIndex [seal.IndexSize]byte

func newLoad(people int64) *loading {
	return &loading{words: newLexicon(int(people)), keys: make(map[blindIndex]id.ID, people),
		people: make([]id.ID, 0, people), latest: make(map[int64]uint32, people), before: make([]uint32, 0, people)}
}

// beginLoad makes the register ready for a first load of a big file; it gives nil
// if the batch is none.
func (a *Area) beginLoad(ctx context.Context, b Batch) (*loading, error) {
	if a.desk.DB.Engine() != db.SQLite {
		return nil, nil
	}
	known, err := held(ctx, a.desk.DB.Read(), b.Checked.Rows)
	if err != nil || known > b.Checked.Rows {
		return nil, err
	}
	l := newLoad(known + b.Checked.Rows)
	if err := l.meet(ctx, a.desk.DB.Read()); err != nil {
		return nil, err
	}
	return l, a.desk.DB.Write(ctx, func(tx *db.Tx) error { return postpone(ctx, tx, b.ID) })
}

// add takes a person who was entered.
func (l *loading) add(e *entry) {
	l.words.add(e.person, e.words)
	if len(e.indexes) > 0 {
		l.keys[blindIndex(e.indexes[0])] = e.person.ID
	}
	l.addBlock(e.person.ID, e.alike[0])
}

func (l *loading) addBlock(person id.ID, block int64) {
	l.people, l.before = append(l.people, person), append(l.before, l.latest[block])
	l.latest[block] = uint32(len(l.people))
}

// likes are the persons of some blocks.
func (l *loading) likes(blocks []int64) (people []int64) {
	for _, block := range blocks {
		for n := l.latest[block]; n != 0; n = l.before[n-1] {
			people = append(people, int64(l.people[n-1]))
		}
	}
	return people
}

// endLoad makes what a first load left to be made.
func (a *Area) endLoad(ctx context.Context, l *loading) error {
	a.desk.Log.Info("making the indexes of a first load; this takes up to three minutes")
	indexes, err := db.Indexes(a.desk.DB.Engine(), []db.Source{a.Module().Source()}, append(loaded, found...)...)
	if err != nil {
		return err
	}
	err = a.desk.DB.Write(ctx, func(tx *db.Tx) error {
		for _, table := range found {
			if _, err := db.DropIndexes(ctx, tx, table); err != nil {
				return err
			}
		}
		if err := l.write(ctx, tx); err != nil {
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
	return a.desk.DB.Analyze(ctx, append(loaded, found...)...)
}

// Recover makes what an interrupted first load left to be made. It is called
// before anybody else uses the register.
func (a *Area) Recover(ctx context.Context) error {
	batches, err := postponed(ctx, a.desk.DB.Read())
	if err != nil || len(batches) == 0 {
		return err
	}
	l := newLoad(0)
	for _, batch := range batches {
		if err := wordless(ctx, a.desk.DB.Read(), batch, &l.words); err != nil {
			return err
		}
		people, err := keyless(ctx, a.desk.DB.Read(), batch)
		if err != nil {
			return err
		}
		for _, person := range people {
			private, err := a.open(ctx, a.desk.DB.Read(), person)
			if err != nil {
				return err
			}
			l.keys[blindIndex(a.seal.BlindIndex(keyNational, private.NationalID))] = person
		}
	}
	return a.endLoad(ctx, l)
}

// lexicon collects the words of many people, to write them in the order of their
// table's key.
type lexicon struct {
	people []wordRow // each without its word
	words  map[string][]uint32
}

func newLexicon(people int) lexicon {
	return lexicon{make([]wordRow, 0, people), map[string][]uint32{}}
}

// add takes people in any order; in that of their identifiers the rows are too.
func (l *lexicon) add(p Person, words []string) {
	n := uint32(len(l.people))
	l.people = append(l.people, wordRow{person: p.ID, org: p.Org, status: p.Status, mark: markOf(words...)})
	for _, w := range words {
		l.words[w] = append(l.words[w], n)
	}
}
