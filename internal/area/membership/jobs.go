package membership

import (
	"context"
	"time"

	"odaq/internal/kernel/job"
)

// jobFold is the job that folds the counts off the writers' path.
const jobFold = "membership.fold"

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
