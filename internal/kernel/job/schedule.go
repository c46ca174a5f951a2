package job

import (
	"context"
	"time"

	"odaq/internal/kernel/cal"
	"odaq/internal/platform/db"
)

// Schedule gives the next time after an instant at which a periodic job is made.
type Schedule func(after cal.Instant) cal.Instant

// Interval is a schedule of whole multiples of d since 1970, so that all nodes
// agree on it.
func Interval(d time.Duration) Schedule {
	step := cal.Instant(d.Microseconds())
	return func(after cal.Instant) cal.Instant { return (after/step + 1) * step }
}

// Daily is a schedule of one time of day in a place; on a day whose clocks skip
// it, it is the time that they then show.
func Daily(hour, minute int, loc *time.Location) Schedule {
	return func(after cal.Instant) cal.Instant {
		t := after.Time().In(loc)
		for day := t.Day(); ; day++ {
			if next := cal.At(time.Date(t.Year(), t.Month(), day, hour, minute, 0, 0, loc)); next > after {
				return next
			}
		}
	}
}

type period struct {
	name     string
	schedule Schedule
	kind     string
	args     any
	next     cal.Instant // as last read; 0 is not read yet
}

// tick makes the period's job if its time has come. The row of the period is
// moved forward in the same transaction, which only one node can do: times that
// passed while no node ran are made up for once.
func (p *period) tick(ctx context.Context, d *db.DB, now cal.Instant) (made bool, err error) {
	if now < p.next {
		return false, nil
	}
	next := p.schedule(now)
	err = d.Write(ctx, func(tx *db.Tx) error {
		made = false
		n, err := tx.Exec(ctx, `UPDATE job_period SET next_at = $1 WHERE name = $2 AND next_at <= $3`, int64(next), p.name, int64(now))
		if err != nil {
			return err
		}
		if n == 0 {
			// New, or another node was faster.
			_, err := tx.Exec(ctx, `INSERT INTO job_period (name, next_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, p.name, int64(next))
			return err
		}
		_, err = Enqueue(ctx, tx, p.kind, p.args, Unique("period:"+p.name), At(now))
		made = err == nil
		return err
	})
	if err != nil {
		return false, err
	}
	var stored int64
	if err := d.Read().QueryRow(ctx, `SELECT next_at FROM job_period WHERE name = $1`, p.name).Scan(&stored); err != nil {
		return made, err
	}
	p.next = cal.Instant(stored)
	return made, nil
}
