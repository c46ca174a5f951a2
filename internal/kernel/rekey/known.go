package rekey

import (
	"context"
	"slices"

	"odaq/internal/kernel/fault"
	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
)

// Known are the keys that something in the database may be sealed with; none
// where its tables are behind.
func Known(ctx context.Context, d *db.DB, q db.Querier) ([]seal.KeyID, error) {
	if there, err := d.Exists(ctx, q, "seal_key"); err != nil || !there {
		return nil, err
	}
	rows, err := q.Query(ctx, `SELECT id FROM seal_key ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []seal.KeyID
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, seal.KeyID(id))
	}
	return out, rows.Err()
}

// Missing are those of the keys that the keyset file lacks.
func (k *Keys) Missing(needed []seal.KeyID) []seal.KeyID {
	have := k.Seal.Keys()
	return slices.DeleteFunc(slices.Clone(needed), func(id seal.KeyID) bool {
		return slices.ContainsFunc(have, func(v seal.Key) bool { return v.ID == id })
	})
}

// Check refuses a keyset file that lacks a key which the database knows: an old
// copy, or another installation's. With it nothing would open, and nobody would
// be found twice.
func (k *Keys) Check(ctx context.Context, file string) error {
	needed, err := Known(ctx, k.DB, k.DB.Read())
	if err != nil {
		return err
	}
	if missing := k.Missing(needed); len(missing) > 0 {
		return fault.New(fault.Unready, "cli.keys-missing", "File", file, "Key", missing[0].String())
	}
	return nil
}

// Note writes down that values are sealed with the primary keys from now on.
func (k *Keys) Note(ctx context.Context, tx *db.Tx) error {
	for _, key := range k.Seal.Keys() {
		if !key.Primary {
			continue
		}
		made := int64(0)
		if !key.Made.IsZero() {
			made = key.Made.UnixMicro()
		}
		if _, err := tx.Exec(ctx, `INSERT INTO seal_key (id, purpose, made_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING`,
			int64(key.ID), string(key.Use), made); err != nil {
			return err
		}
	}
	return nil
}

// Forget writes down that nothing is sealed with a key any more.
func Forget(ctx context.Context, tx *db.Tx, key seal.KeyID) error {
	_, err := tx.Exec(ctx, `DELETE FROM seal_key WHERE id = $1`, int64(key))
	return err
}
