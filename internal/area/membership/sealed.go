package membership

import (
	"context"

	"odaq/internal/kernel/id"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/rekey"
	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
)

// sealed is what the area keeps under keys.
func (a *Area) sealed() rekey.Sealed {
	person := func(column string) rekey.Column {
		return rekey.Column{Name: column, Place: func(key []int64) []byte { return place(column, id.ID(key[0])) }}
	}
	field := func(column string, place func(key []int64) []byte) []rekey.Column {
		return []rekey.Column{{Name: column, Place: place}}
	}
	return rekey.Sealed{
		Tables: []rekey.Table{
			{Name: "membership_person", Key: []string{"id"}, Use: seal.Subjects, Columns: []rekey.Column{person("national_id"), person("contact")},
				Sealers: a.subjects, Moved: a.reindex},
			{Name: "membership_card_key", Key: []string{"id"}, Use: seal.Fields,
				Columns: field("seed", func(key []int64) []byte { return keyPlace(uint16(key[0])) })},
			{Name: "membership_batch", Key: []string{"id"}, Use: seal.Fields, Chunk: 20,
				Columns: field("preview", func(key []int64) []byte { return previewPlace(id.ID(key[0])) })},
			{Name: "membership_batch_file", Key: []string{"batch_id", "seq"}, Use: seal.Fields, Chunk: 8, // of a megabyte
				Columns: field("content", func(key []int64) []byte { return filePlace(id.ID(key[0]), key[1]) })},
			{Name: "membership_batch_row", Key: []string{"batch_id", "line"}, Use: seal.Fields,
				Columns: field("cells", func(key []int64) []byte { return rowPlace(id.ID(key[0]), int(key[1])) })},
		},
		Prints: []rekey.Prints{{Table: "membership_key", Column: "value", Only: "kind = '" + keyNational + "'"}},
	}
}

// subjects are the keys of the persons behind rows; nil of one whose secret was
// destroyed.
func (a *Area) subjects(ctx context.Context, q db.Querier, rows []rekey.Row) ([]rekey.Sealer, error) {
	people := make([]id.ID, len(rows))
	for i, r := range rows {
		people[i] = id.ID(r.Key[0])
	}
	secrets, err := privacy.Secrets(ctx, q, people)
	if err != nil {
		return nil, err
	}
	out := make([]rekey.Sealer, len(rows))
	for i, p := range people {
		if secret, ok := secrets[p]; ok {
			if out[i], err = a.seal.Subject(secret); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// reindex moves the blind indexes of national IDs.
func (a *Area) reindex(ctx context.Context, tx *db.Tx, rows []rekey.Row) error {
	for _, r := range rows {
		if number := string(r.Plain[0]); number != "" {
			if err := reclaim(ctx, tx, keyNational, a.seal.BlindIndex(keyNational, number), id.ID(r.Key[0])); err != nil {
				return err
			}
		}
	}
	return nil
}
