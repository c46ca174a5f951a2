package membership

import (
	"context"

	"odaq/internal/kernel/id"
)

// RunBeside enters a checked batch as a running server does.
func (a *Area) RunBeside(ctx context.Context, batch id.ID) (Batch, error) {
	if _, err := a.beginWork(ctx, batch, Running, "", Checked); err != nil {
		return Batch{}, err
	}
	return a.enterFile(ctx, batch, false, nil)
}
