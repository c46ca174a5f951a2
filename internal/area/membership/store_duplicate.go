package membership

import (
	"context"

	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

// undecided is the likeness on a line that waits for a decision; none where it
// was decided.
func (a *Area) undecided(ctx context.Context, q db.Querier, batch id.ID, line int) ([]batchRow, error) {
	return a.readRows(ctx, q, batch, `WHERE batch_id = $1 AND line = $2 AND kind = 'alike' AND state = 'open'`, batch, line)
}

// saveChoice writes down what somebody chose for a row.
func saveChoice(ctx context.Context, tx *db.Tx, batch id.ID, line int, choice Choice, account id.ID) error {
	_, err := tx.Exec(ctx, `UPDATE membership_batch_row SET state = $3, account_id = $4 WHERE batch_id = $1 AND line = $2`, batch, line, choice, account)
	return err
}

// dropRow removes a row that needs nobody any more.
func dropRow(ctx context.Context, tx *db.Tx, batch id.ID, line int) error {
	_, err := tx.Exec(ctx, `DELETE FROM membership_batch_row WHERE batch_id = $1 AND line = $2`, batch, line)
	return err
}
