package membership

import (
	"context"
	"time"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/job"
	"odaq/internal/kernel/org"
	"odaq/internal/platform/db"
)

// jobFold is the job that folds the counts off the writers' path.
const jobFold = "membership.fold"

// warm reads what pages need again and again: the tree, the sums of today and of
// a year ago, and the sample of names.
func (a *Area) warm(ctx context.Context) error {
	return a.desk.DB.LongView(ctx, func(q db.Querier) error {
		today := a.desk.Today()
		for _, day := range []cal.Day{today.AddMonths(-12), today} {
			if _, err := a.Cells(ctx, q, day); err != nil {
				return err
			}
		}
		tree, err := org.TreeOn(ctx, q, today)
		if err != nil {
			return err
		}
		return a.spread.renew(ctx, q, tree)
	})
}

// jobs registers the area's jobs.
func (a *Area) jobs(r *job.Runner) {
	a.importJobs(r)
	r.Handle(jobFold, func(ctx context.Context, run *job.Run) error {
		if err := Checkpoint(ctx, a.desk.DB, a.desk.Today()); err != nil {
			return err
		}
		for {
			n, err := Fold(ctx, a.desk.DB)
			if err != nil || n < foldSize {
				return err
			}
		}
	})
	r.Every(jobFold, job.Interval(time.Minute), jobFold, nil)
}
