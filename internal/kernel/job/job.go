package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

// State is where a job is in its life.
type State string

// The states. A job waiting for its time, or for another attempt, is Ready.
const (
	Ready     State = "ready"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"    // the last attempt failed, or the error was Permanent
	Cancelled State = "cancelled" // by a person
)

// Job is what a page shows of a job.
type Job struct {
	ID       id.ID
	Kind     string
	State    State
	Account  id.ID // who asked for it, 0 for the system
	Attempt  int   // attempts begun
	Attempts int   // attempts allowed
	Progress Progress
	Fault    string // message key of the last error, empty if none
	Error    string // the last error for the operator
	RunAt    cal.Instant
	MadeAt   cal.Instant
	Started  cal.Instant // of the last attempt, 0 if none
	Finished cal.Instant // 0 while it lives
}

// Progress is how far a job has come. Total is 0 while it is not known; Note is
// a message key.
type Progress struct {
	Done, Total int64
	Note        string
}

// Rate is the number of units done per second so far, and Left the time that
// the rest will take at this rate; both are 0 while they cannot be known.
func (j Job) Rate(now cal.Instant) (perSecond float64, left time.Duration) {
	spent := now.Sub(j.Started).Seconds()
	if j.State != Running || j.Progress.Done == 0 || spent <= 0 {
		return 0, 0
	}
	perSecond = float64(j.Progress.Done) / spent
	rest := max(0, float64(j.Progress.Total-j.Progress.Done))
	return perSecond, time.Duration(rest / perSecond * float64(time.Second))
}

// Option changes how a job is enqueued.
type Option func(*order)

type order struct {
	runAt    cal.Instant
	key      string
	release  bool
	priority int
	attempts int
	account  id.ID
}

// At makes the job wait until t.
func At(t cal.Instant) Option { return func(o *order) { o.runAt = t } }

// Unique makes Enqueue return the job of the same kind and key that waits or
// runs, if there is one. A change made while that job runs may be missed by it:
// where that matters, use Coalesce.
func Unique(key string) Option { return func(o *order) { o.key, o.release = key, false } }

// Coalesce makes Enqueue return the job of the same kind and key that has not
// begun, if there is one; one that runs already does not count.
func Coalesce(key string) Option { return func(o *order) { o.key, o.release = key, true } }

// Priority runs jobs of a lower number first; 0 is the default, negative is
// for what a person waits for.
func Priority(n int) Option { return func(o *order) { o.priority = n } }

// MaxAttempts is how often the job may begin; the default is 10, over about
// seven hours.
func MaxAttempts(n int) Option { return func(o *order) { o.attempts = n } }

// For names the account that asked, who may see the job and cancel it.
func For(account id.ID) Option { return func(o *order) { o.account = account } }

// Enqueue adds a job in the caller's transaction. Args are kept as JSON and must
// hold no personal data: name records by their identifiers.
func Enqueue(ctx context.Context, tx *db.Tx, kind string, args any, opts ...Option) (id.ID, error) {
	now := cal.At(time.Now())
	o := order{runAt: now, attempts: 10}
	for _, opt := range opts {
		opt(&o)
	}
	text, err := json.Marshal(args)
	if err != nil {
		return 0, fmt.Errorf("job %s: arguments: %w", kind, err)
	}
	var live any
	if o.key != "" {
		live = kind + ":" + o.key
	}
	release := 0
	if o.release {
		release = 1
	}
	// The holder of the key may finish between the two statements; then the
	// insert succeeds the next time.
	for range 5 {
		v := id.New()
		n, err := tx.Exec(ctx, `
			INSERT INTO job_queue (id, kind, args, state, priority, run_at, live_key, release_key, account_id, attempt, attempts,
				worker, lease_until, cancel, done, total, note, fault, error, made_at, started_at, finished_at)
			VALUES ($1, $2, $3, 'ready', $4, $5, $6, $7, $8, 0, $9, '', 0, 0, 0, 0, '', '', '', $10, 0, 0)
			ON CONFLICT (live_key) DO NOTHING`,
			int64(v), kind, string(text), o.priority, int64(o.runAt), live, release, int64(o.account), o.attempts, int64(now))
		if err != nil {
			return 0, fmt.Errorf("job %s: enqueue: %w", kind, err)
		}
		if n == 1 {
			return v, nil
		}
		var holder int64
		err = tx.QueryRow(ctx, `SELECT id FROM job_queue WHERE live_key = $1`, live).Scan(&holder)
		if err == nil {
			return id.ID(holder), nil
		}
		if !errors.Is(err, db.ErrNoRows) {
			return 0, fmt.Errorf("job %s: enqueue: %w", kind, err)
		}
	}
	return 0, fmt.Errorf("job %s: enqueue: %w", kind, db.ErrBusy)
}

// Cancel stops a job: one that waits at once, one that runs as soon as its
// handler heeds its context. A finished job is Unready.
func Cancel(ctx context.Context, tx *db.Tx, job id.ID, now cal.Instant) error {
	n, err := tx.Exec(ctx, `UPDATE job_queue SET state = 'cancelled', live_key = NULL, finished_at = $2 WHERE id = $1 AND state = 'ready'`, int64(job), int64(now))
	if err != nil || n == 1 {
		return err
	}
	n, err = tx.Exec(ctx, `UPDATE job_queue SET cancel = 1 WHERE id = $1 AND state = 'running'`, int64(job))
	if err != nil || n == 1 {
		return err
	}
	return absentOr(ctx, tx, job, "job.finished")
}

// Retry makes a failed or cancelled job ready again, with all its attempts.
func Retry(ctx context.Context, tx *db.Tx, job id.ID, now cal.Instant) error {
	n, err := tx.Exec(ctx, `
		UPDATE job_queue SET state = 'ready', run_at = $2, attempt = 0, cancel = 0, finished_at = 0
		WHERE id = $1 AND state IN ('failed', 'cancelled')`, int64(job), int64(now))
	if err != nil || n == 1 {
		return err
	}
	return absentOr(ctx, tx, job, "job.not-failed")
}

func absentOr(ctx context.Context, q db.Querier, job id.ID, key string) error {
	if _, err := Get(ctx, q, job); err != nil {
		return err
	}
	return fault.New(fault.Unready, key)
}

const columns = `id, kind, state, account_id, attempt, attempts, done, total, note, fault, error, run_at, made_at, started_at, finished_at`

// Get reads one job. Whether the reader may see it is the caller's to decide.
func Get(ctx context.Context, q db.Querier, job id.ID) (Job, error) {
	j, err := scan(q.QueryRow(ctx, `SELECT `+columns+` FROM job_queue WHERE id = $1`, int64(job)))
	if errors.Is(err, db.ErrNoRows) {
		return Job{}, fault.Absent()
	}
	return j, err
}

// Filter chooses jobs; zero fields choose all.
type Filter struct {
	State   State
	Kind    string
	Account id.ID
	Before  id.ID // the page after the job with this identifier
	Limit   int   // 50 if 0
}

// List reads jobs, the newest first.
func List(ctx context.Context, q db.Querier, f Filter) ([]Job, error) {
	var a db.Args
	query := `SELECT ` + columns + ` FROM job_queue WHERE id > 0`
	if f.State != "" {
		query += ` AND state = ` + a.Add(string(f.State))
	}
	if f.Kind != "" {
		query += ` AND kind = ` + a.Add(f.Kind)
	}
	if f.Account != 0 {
		query += ` AND account_id = ` + a.Add(int64(f.Account))
	}
	if f.Before != 0 {
		query += ` AND id < ` + a.Add(int64(f.Before))
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	rows, err := q.Query(ctx, query+` ORDER BY id DESC LIMIT `+a.Add(f.Limit), a.Values()...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var jobs []Job
	for rows.Next() {
		j, err := scan(rows)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
	}
	return jobs, rows.Err()
}

// Counts is the number of jobs in each state, for metrics.
func Counts(ctx context.Context, q db.Querier) (map[State]int64, error) {
	counts := map[State]int64{Ready: 0, Running: 0, Done: 0, Failed: 0, Cancelled: 0}
	rows, err := q.Query(ctx, `SELECT state, COUNT(*) FROM job_queue GROUP BY state`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s State
		var n int64
		if err := rows.Scan(&s, &n); err != nil {
			return nil, err
		}
		counts[s] = n
	}
	return counts, rows.Err()
}

func scan(row interface{ Scan(...any) error }) (Job, error) {
	var j Job
	err := row.Scan(&j.ID, &j.Kind, &j.State, &j.Account, &j.Attempt, &j.Attempts, &j.Progress.Done, &j.Progress.Total, &j.Progress.Note,
		&j.Fault, &j.Error, &j.RunAt, &j.MadeAt, &j.Started, &j.Finished)
	return j, err
}
