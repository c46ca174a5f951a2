package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

// The causes of a handler's context that has ended; use context.Cause.
var (
	ErrCancelled = errors.New("job: cancelled by a person")
	ErrLost      = errors.New("job: the lease ran out; another worker may have the job")
	ErrStopping  = errors.New("job: the server is stopping; the job will be run again")
)

// Handler does the work of one kind of job. It must be idempotent and heed ctx.
type Handler func(ctx context.Context, run *Run) error

// Snooze is an error by which a handler puts its job off for d; the attempt is
// not counted.
func Snooze(d time.Duration) error { return snooze(d) }

type snooze time.Duration

func (s snooze) Error() string { return "job: put off for " + time.Duration(s).String() }

// Permanent wraps an error that no further attempt can mend.
func Permanent(err error) error { return permanent{err} }

type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Options tune a Runner; the zero value is right for a server.
type Options struct {
	Workers    int           // jobs at a time; 2 if 0
	Poll       time.Duration // how often to look for work; 250 ms if 0
	Lease      time.Duration // how long a silent worker keeps a job; 1 min if 0
	Grace      time.Duration // how long a stop waits before it ends handlers' contexts, and again for them to return; 20 s if 0
	KeepDone   time.Duration // done and cancelled jobs are deleted after this; 7 days if 0
	KeepFailed time.Duration // failed jobs are deleted after this; 90 days if 0
	Clock      cal.Clock     // time.Now if nil
	Log        *slog.Logger  // nil logs nothing
}

// Runner claims jobs and runs their handlers. Any number of runners, on any
// number of nodes, may share a database.
type Runner struct {
	db       *db.DB
	o        Options
	worker   string
	handlers map[string]Handler
	periods  []*period
	wake     chan struct{}

	mu   sync.Mutex
	held map[id.ID]bool // jobs that run in this process

	rescued, cleaned cal.Instant // when it was last done
}

// NewRunner makes a runner without handlers.
func NewRunner(d *db.DB, o Options) *Runner {
	set := func(v *time.Duration, otherwise time.Duration) {
		if *v == 0 {
			*v = otherwise
		}
	}
	set(&o.Poll, 250*time.Millisecond)
	set(&o.Lease, time.Minute)
	set(&o.Grace, 20*time.Second)
	set(&o.KeepDone, 7*24*time.Hour)
	set(&o.KeepFailed, 90*24*time.Hour)
	if o.Workers == 0 {
		o.Workers = 2
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Runner{db: d, o: o, worker: id.Random().String(), handlers: map[string]Handler{}, held: map[id.ID]bool{}, wake: make(chan struct{}, 1)}
}

// Handle registers the handler of a kind. A runner claims only kinds it can
// handle, so that an old and a new version may run side by side.
func (r *Runner) Handle(kind string, h Handler) {
	if _, taken := r.handlers[kind]; taken {
		panic("job: two handlers for " + kind)
	}
	r.handlers[kind] = h
}

// Every makes a job of the kind whenever the schedule says, on one node only,
// and none while the last one still waits or runs. The name is its own for ever.
func (r *Runner) Every(name string, s Schedule, kind string, args any) {
	r.periods = append(r.periods, &period{name: name, schedule: s, kind: kind, args: args})
}

// Wake makes the runner look for work at once: for tx.AfterCommit.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends, then stops in order: it claims no more, waits for
// running handlers for the grace, then ends their contexts with ErrStopping. Jobs
// that were interrupted are ready again at once. An error says that handlers
// did not return; their jobs run again when the lease is out.
func (r *Runner) Run(ctx context.Context) error {
	work, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(ErrStopping)
	var running sync.WaitGroup
	slots := make(chan struct{}, r.o.Workers)
	finished := make(chan struct{}, r.o.Workers)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return r.stop(&running, stop)
		case <-timer.C:
		case <-r.wake:
		case <-finished:
		}
		r.maintain(ctx)
		free := cap(slots) - len(slots)
		runs, err := r.claim(ctx, free)
		if err != nil && ctx.Err() == nil {
			r.o.Log.Error("claiming jobs failed", "error", err)
		}
		for _, run := range runs {
			slots <- struct{}{}
			running.Go(func() {
				r.perform(work, run)
				<-slots
				select {
				case finished <- struct{}{}:
				default:
				}
			})
		}
		// A little noise keeps the nodes from asking in step.
		timer.Reset(r.o.Poll + rand.N(r.o.Poll/4+1))
	}
}

func (r *Runner) stop(running *sync.WaitGroup, end context.CancelCauseFunc) error {
	done := make(chan struct{})
	go func() { running.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-time.After(r.o.Grace):
	}
	end(ErrStopping)
	select {
	case <-done:
		return nil
	case <-time.After(r.o.Grace):
		return fmt.Errorf("job: handlers still run %v after they were told to stop; their jobs run again later", r.o.Grace)
	}
}

// Drain runs every job that is due, one at a time, until none is left: for
// commands and tests. It returns the number of jobs run.
func (r *Runner) Drain(ctx context.Context) (int, error) {
	n := 0
	for {
		r.maintain(ctx)
		runs, err := r.claim(ctx, 1)
		if err != nil || len(runs) == 0 {
			return n, err
		}
		r.perform(ctx, runs[0])
		n++
	}
}

// maintain makes periodic jobs, takes jobs back from dead workers and deletes
// old ones. Its errors are logged and the work is tried again later.
func (r *Runner) maintain(ctx context.Context) {
	now := r.o.Clock.Now()
	note := func(what string, err error) {
		if err != nil && ctx.Err() == nil {
			r.o.Log.Error(what, "error", err)
		}
	}
	for _, p := range r.periods {
		_, err := p.tick(ctx, r.db, now)
		note("making a periodic job failed", err)
	}
	if now.Sub(r.rescued) >= r.o.Lease/4 {
		r.rescued = now
		n, err := r.rescue(ctx, now)
		note("taking jobs back failed", err)
		if n > 0 {
			r.o.Log.Warn("took jobs back from workers that stopped", "jobs", n)
		}
	}
	if now.Sub(r.cleaned) >= time.Hour {
		r.cleaned = now
		note("deleting old jobs failed", r.clean(ctx, now))
	}
}

// claim takes up to n due jobs. The condition on the state stands in the outer
// WHERE too: PostgreSQL evaluates it again on a row that another worker changed
// meanwhile, while the inner one was answered from the older snapshot. The inner
// one is named, because PostgreSQL may evaluate a nested query once per row and
// so take more than n.
func (r *Runner) claim(ctx context.Context, n int) ([]*Run, error) {
	if n == 0 || len(r.handlers) == 0 {
		return nil, nil
	}
	kinds := make([]string, 0, len(r.handlers))
	for kind := range r.handlers {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	now := r.o.Clock.Now()
	due := func(a *db.Args) string {
		return `state = 'ready' AND run_at <= ` + a.Add(int64(now)) + ` AND kind IN (` + a.List(kinds) + `)`
	}

	// Looking costs a reader; asking in vain would cost the writer.
	var peek db.Args
	var one int
	query := `SELECT 1 FROM job_queue WHERE ` + due(&peek) + ` LIMIT 1`
	switch err := r.db.Read().QueryRow(ctx, query, peek.Values()...).Scan(&one); {
	case errors.Is(err, db.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	}

	var a db.Args
	lease := now.Add(r.o.Lease)
	query = `
		WITH due AS (
			SELECT id FROM job_queue WHERE ` + due(&a) + `
			ORDER BY priority, run_at, id LIMIT ` + a.Add(n) + skipLocked(r.db.Engine()) + `
		)
		UPDATE job_queue SET state = 'running', worker = ` + a.Add(r.worker) + `, lease_until = ` + a.Add(int64(lease)) + `,
			started_at = ` + a.Add(int64(now)) + `, attempt = attempt + 1, fault = '', error = '', done = 0, total = 0, note = '',
			live_key = CASE WHEN release_key = 1 THEN NULL ELSE live_key END
		WHERE id IN (SELECT id FROM due) AND state = 'ready'
		RETURNING id, kind, args, account_id, attempt, attempts`
	var runs []*Run
	err := r.db.Write(ctx, func(tx *db.Tx) error {
		runs = nil
		rows, err := tx.Query(ctx, query, a.Values()...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			run := &Run{runner: r, lease: lease}
			var args string
			if err := rows.Scan(&run.ID, &run.Kind, &args, &run.Account, &run.Attempt, &run.attempts); err != nil {
				return err
			}
			run.Args = json.RawMessage(args)
			runs = append(runs, run)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	return runs, nil
}

// skipLocked lets workers on PostgreSQL pass over rows that others are taking;
// SQLite has one writer and no such words.
func skipLocked(e db.Engine) string {
	if e == db.Postgres {
		return `
			-- only: postgres
			FOR UPDATE SKIP LOCKED
			-- end only`
	}
	return ""
}

// rescue takes back the jobs whose lease is out, but for those that are known to
// run here: their renewal only waits for the writer.
func (r *Runner) rescue(ctx context.Context, now cal.Instant) (n int64, err error) {
	var held []int64
	r.mu.Lock()
	for v := range r.held {
		held = append(held, int64(v))
	}
	r.mu.Unlock()
	var a db.Args
	stale := `state = 'running' AND lease_until <= ` + a.Add(int64(now)) // $1
	if len(held) > 0 {
		stale += ` AND id NOT IN (` + a.List(held) + `)`
	}
	var one int
	err = r.db.Read().QueryRow(ctx, `SELECT 1 FROM job_queue WHERE `+stale+` LIMIT 1`, a.Values()...).Scan(&one)
	if errors.Is(err, db.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		n = 0
		for _, take := range []string{
			`UPDATE job_queue SET state = 'cancelled', live_key = NULL, worker = '', finished_at = $1
			 WHERE cancel = 1 AND ` + stale,
			`UPDATE job_queue SET state = 'failed', live_key = NULL, worker = '', finished_at = $1, fault = 'job.lost', error = 'the worker stopped during the last attempt'
			 WHERE attempt >= attempts AND ` + stale,
			`UPDATE job_queue SET state = 'ready', worker = '', run_at = $1, fault = 'job.lost', error = 'the worker stopped'
			 WHERE ` + stale,
		} {
			taken, err := tx.Exec(ctx, take, a.Values()...)
			if err != nil {
				return err
			}
			n += taken
		}
		return nil
	})
	return n, err
}

// clean deletes finished jobs beyond their retention, a thousand at a time so
// that no writer waits long.
func (r *Runner) clean(ctx context.Context, now cal.Instant) error {
	for state, keep := range map[State]time.Duration{Done: r.o.KeepDone, Cancelled: r.o.KeepDone, Failed: r.o.KeepFailed} {
		for n := int64(1); n > 0; {
			err := r.db.Write(ctx, func(tx *db.Tx) (err error) {
				n, err = tx.Exec(ctx, `
					DELETE FROM job_queue WHERE id IN (
						SELECT id FROM job_queue WHERE state = $1 AND finished_at < $2 LIMIT 1000
					)`, string(state), int64(now.Add(-keep)))
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// perform runs one claimed job to its next state.
func (r *Runner) perform(ctx context.Context, run *Run) {
	work, end := context.WithCancelCause(ctx)
	r.hold(run.ID, true)
	defer r.hold(run.ID, false)
	beats := make(chan struct{})
	go func() { defer close(beats); run.beat(work, end) }()
	err := r.call(work, run)
	cause := context.Cause(work)
	end(nil)
	<-beats

	// The outcome is written even when the server stops.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := run.settle(ctx, err, cause); err != nil {
		r.o.Log.Error("writing a job's outcome failed; it runs again", "job", run.ID.String(), "kind", run.Kind, "error", err)
	}
}

func (r *Runner) hold(job id.ID, yes bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if yes {
		r.held[job] = true
	} else {
		delete(r.held, job)
	}
}

// call runs the handler; a panic is an error of the job.
func (r *Runner) call(ctx context.Context, run *Run) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.o.Log.Error("a job panicked", "job", run.ID.String(), "kind", run.Kind, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return r.handlers[run.Kind](ctx, run)
}

// Backoff is the wait after a failed attempt, 1 for the first: its fourth power
// in seconds, at most 3 hours, give or take a tenth.
func Backoff(attempt int) time.Duration {
	n := time.Duration(min(attempt, 11))
	d := min(n*n*n*n*time.Second, 3*time.Hour)
	return d - d/10 + rand.N(d/5+1)
}

// Run is one attempt at a job, as its handler sees it.
type Run struct {
	ID      id.ID
	Kind    string
	Account id.ID // who asked, 0 for the system
	Attempt int   // 1 is the first
	Args    json.RawMessage

	runner   *Runner
	attempts int

	mu        sync.Mutex
	progress  Progress
	written   Progress
	lease     cal.Instant
	completed bool
}

// Decode reads the arguments; what does not fit is Permanent.
func (run *Run) Decode(v any) error {
	if err := json.Unmarshal(run.Args, v); err != nil {
		return Permanent(fmt.Errorf("job %s: arguments: %w", run.Kind, err))
	}
	return nil
}

// Progress says how far the work has come. It only notes it, so it may be called
// for every row; pages see it within two seconds. Note is a message key.
func (run *Run) Progress(done, total int64, note string) {
	run.mu.Lock()
	run.progress = Progress{done, total, note}
	run.mu.Unlock()
}

// Complete marks the job done in the handler's own transaction, so that its work
// and its end are one. It fails with ErrLost if another worker has the job.
func (run *Run) Complete(ctx context.Context, tx *db.Tx) error {
	if err := run.finish(ctx, tx, Done, "", ""); err != nil {
		return err
	}
	tx.AfterCommit(func() {
		run.mu.Lock()
		run.completed = true
		run.mu.Unlock()
	})
	return nil
}

// beat renews the lease, writes the progress and hears of a cancellation, until
// ctx ends.
func (run *Run) beat(ctx context.Context, end context.CancelCauseFunc) {
	r := run.runner
	pause := min(r.o.Lease/6, time.Second)
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		cancel, err := run.renew(ctx)
		switch now := r.o.Clock.Now(); {
		case ctx.Err() != nil:
			return
		case errors.Is(err, ErrLost), err != nil && now >= run.lease:
			end(ErrLost)
			return
		case err != nil:
			r.o.Log.Warn("renewing a job's lease failed", "job", run.ID.String(), "error", err)
		case cancel:
			end(ErrCancelled)
			return
		}
	}
}

// renew reads every time and writes only when there is something to write: new
// progress, or a third of the lease gone.
func (run *Run) renew(ctx context.Context) (cancel bool, err error) {
	r := run.runner
	run.mu.Lock()
	p := run.progress
	completed := run.completed
	run.mu.Unlock()
	if completed {
		return false, nil
	}
	now := r.o.Clock.Now()
	if p == run.written && run.lease.Sub(now) > r.o.Lease*2/3 {
		var n int
		err := r.db.Read().QueryRow(ctx, `
			SELECT cancel FROM job_queue WHERE id = $1 AND worker = $2 AND attempt = $3 AND state = 'running'`,
			int64(run.ID), r.worker, run.Attempt).Scan(&n)
		if errors.Is(err, db.ErrNoRows) {
			return false, run.lost()
		}
		return n == 1, err
	}
	lease := now.Add(r.o.Lease)
	var n int
	err = r.db.Group(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `
			UPDATE job_queue SET lease_until = $1, done = $2, total = $3, note = $4
			WHERE id = $5 AND worker = $6 AND attempt = $7 AND state = 'running'
			RETURNING cancel`,
			int64(lease), p.Done, p.Total, p.Note, int64(run.ID), r.worker, run.Attempt).Scan(&n)
	})
	switch {
	case errors.Is(err, db.ErrNoRows):
		return false, run.lost()
	case err != nil:
		return false, err
	}
	run.lease, run.written = lease, p
	return n == 1, nil
}

// lost is ErrLost unless the handler completed the job itself meanwhile.
func (run *Run) lost() error {
	run.mu.Lock()
	defer run.mu.Unlock()
	if run.completed {
		return nil
	}
	return ErrLost
}

// settle writes what became of the attempt.
func (run *Run) settle(ctx context.Context, err, cause error) error {
	r := run.runner
	run.mu.Lock()
	completed := run.completed
	run.mu.Unlock()
	log := r.o.Log.With("job", run.ID.String(), "kind", run.Kind, "attempt", run.Attempt)
	if completed {
		if err != nil {
			log.Error("a job failed after it was completed", "error", err)
		}
		return nil
	}
	var put snooze
	var never permanent
	var write func(*db.Tx) error
	now := r.o.Clock.Now()
	switch {
	case errors.Is(cause, ErrLost):
		log.Warn("a job lost its lease")
		return nil
	case err == nil:
		write = func(tx *db.Tx) error { return run.finish(ctx, tx, Done, "", "") }
	case errors.Is(cause, ErrCancelled):
		write = func(tx *db.Tx) error { return run.finish(ctx, tx, Cancelled, "", "") }
	case cause != nil: // the server stops, or the command was interrupted
		write = func(tx *db.Tx) error { return run.release(ctx, tx, now, run.Attempt-1, "", "") }
	case errors.As(err, &put):
		write = func(tx *db.Tx) error { return run.release(ctx, tx, now.Add(time.Duration(put)), run.Attempt-1, "", "") }
	case errors.As(err, &never), run.Attempt >= run.attempts:
		log.Error("a job failed", "error", err)
		write = func(tx *db.Tx) error { return run.finish(ctx, tx, Failed, fault.Of(err).Key, err.Error()) }
	default:
		wait := Backoff(run.Attempt)
		log.Warn("a job failed and will be tried again", "error", err, "in", wait)
		write = func(tx *db.Tx) error {
			return run.release(ctx, tx, now.Add(wait), run.Attempt, fault.Of(err).Key, err.Error())
		}
	}
	err = r.db.Group(ctx, write)
	if errors.Is(err, ErrLost) {
		log.Warn("a job lost its lease")
		return nil
	}
	return err
}

// finish ends the job if this attempt still holds it.
func (run *Run) finish(ctx context.Context, tx *db.Tx, s State, key, text string) error {
	run.mu.Lock()
	p := run.progress
	run.mu.Unlock()
	n, err := tx.Exec(ctx, `
		UPDATE job_queue SET state = $1, finished_at = $2, live_key = NULL, worker = '', lease_until = 0, cancel = 0,
			done = $3, total = $4, note = $5, fault = $6, error = $7
		WHERE id = $8 AND worker = $9 AND attempt = $10 AND state = 'running'`,
		string(s), int64(run.runner.o.Clock.Now()), p.Done, p.Total, p.Note, key, short(text), int64(run.ID), run.runner.worker, run.Attempt)
	if err == nil && n == 0 {
		return ErrLost
	}
	return err
}

// release makes the job ready again, or cancelled if a person asked for that
// meanwhile, if this attempt still holds it.
func (run *Run) release(ctx context.Context, tx *db.Tx, at cal.Instant, attempt int, key, text string) error {
	n, err := tx.Exec(ctx, `
		UPDATE job_queue SET state = CASE WHEN cancel = 1 THEN 'cancelled' ELSE 'ready' END,
			live_key = CASE WHEN cancel = 1 THEN NULL ELSE live_key END, finished_at = cancel * $8,
			run_at = $1, attempt = $2, worker = '', lease_until = 0, cancel = 0, fault = $3, error = $4
		WHERE id = $5 AND worker = $6 AND attempt = $7 AND state = 'running'`,
		int64(at), attempt, key, short(text), int64(run.ID), run.runner.worker, run.Attempt, int64(run.runner.o.Clock.Now()))
	if err == nil && n == 0 {
		return ErrLost
	}
	return err
}

// short keeps an error to what fits a page, cut between characters.
func short(s string) string {
	const most = 1000
	for i := range s {
		if i > most {
			return s[:i] + "…"
		}
	}
	return s
}
