package membership

import (
	"context"

	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

// reclaim puts another value in the place of the one that is a person's own. Who
// had none gets none.
func reclaim(ctx context.Context, tx *db.Tx, kind string, value []byte, person id.ID) error {
	n, err := tx.Exec(ctx, `DELETE FROM membership_key WHERE kind = $1 AND person_id = $2`, kind, person)
	if err != nil || n == 0 {
		return err
	}
	n, err = tx.Exec(ctx, `INSERT INTO membership_key (kind, value, person_id) VALUES ($1, $2, $3) ON CONFLICT (kind, value) DO NOTHING`, kind, value, person)
	if err != nil || n == 1 {
		return err
	}
	other, err := holder(ctx, tx, kind, [][]byte{value})
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "membership.key-twice", "Person", person.String(), "Other", other.String())
}
