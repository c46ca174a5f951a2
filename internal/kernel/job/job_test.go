package job_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/job"
	"odaq/internal/kernel/schema"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

func TestMain(m *testing.M) {
	if url := os.Getenv("ODAQ_JOB_TEST_VICTIM"); url != "" {
		victim(url)
		return
	}
	dbtest.Main(m)
}

func each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		migrate(t, d)
		test(t, d)
	})
}

func migrate(t *testing.T, d *db.DB) {
	t.Helper()
	if _, err := db.Migrate(t.Context(), d, []db.Source{{Name: "kernel", Number: 1, FS: schema.FS}}); err != nil {
		t.Fatal(err)
	}
}

func enqueue(t *testing.T, d *db.DB, kind string, args any, opts ...job.Option) (v id.ID) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
		v, err = job.Enqueue(t.Context(), tx, kind, args, opts...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func get(t *testing.T, d *db.DB, v id.ID) job.Job {
	t.Helper()
	j, err := job.Get(t.Context(), d.Read(), v)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func drain(t *testing.T, r *job.Runner) int {
	t.Helper()
	n, err := r.Drain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// start runs r until the returned function is called or the test ends.
func start(t *testing.T, r *job.Runner) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { result <- r.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-result; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}

// clock is a time that the test moves.
type clock struct{ now atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.now.Store(int64(cal.At(time.Now().Add(time.Second))))
	return c
}

func (c *clock) Now() time.Time          { return cal.Instant(c.now.Load()).Time() }
func (c *clock) instant() cal.Instant    { return cal.Instant(c.now.Load()) }
func (c *clock) forward(d time.Duration) { c.now.Add(d.Microseconds()) }

func TestRunsWhatWasCommitted(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		type args struct{ Name string }
		var got []string
		r := job.NewRunner(d, job.Options{})
		r.Handle("greet", func(ctx context.Context, run *job.Run) error {
			var a args
			if err := run.Decode(&a); err != nil {
				return err
			}
			run.Progress(3, 4, "job.note.reading")
			got = append(got, a.Name)
			return nil
		})
		v := enqueue(t, d, "greet", args{"committed"}, job.For(7))
		undone := errors.New("undone")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := job.Enqueue(t.Context(), tx, "greet", args{"rolled back"}); err != nil {
				return err
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		enqueue(t, d, "unknown", nil)
		if n := drain(t, r); n != 1 {
			t.Errorf("ran %d jobs", n)
		}
		if diff := cmp.Diff([]string{"committed"}, got); diff != "" {
			t.Error(diff)
		}
		j := get(t, d, v)
		if j.State != job.Done || j.Account != 7 || j.Attempt != 1 || j.Progress != (job.Progress{Done: 3, Total: 4, Note: "job.note.reading"}) || j.Finished < j.Started || j.Started == 0 {
			t.Errorf("%+v", j)
		}
		counts, err := job.Counts(t.Context(), d.Read())
		if want := (map[job.State]int64{job.Ready: 1, job.Running: 0, job.Done: 1, job.Failed: 0, job.Cancelled: 0}); err != nil || !cmp.Equal(want, counts) {
			t.Errorf("%v, %v", counts, err)
		}
		list, err := job.List(t.Context(), d.Read(), job.Filter{Account: 7, Kind: "greet", State: job.Done})
		if err != nil || len(list) != 1 || list[0] != j {
			t.Errorf("%+v, %v", list, err)
		}
		if older, err := job.List(t.Context(), d.Read(), job.Filter{Before: v}); err != nil || len(older) != 0 {
			t.Errorf("%+v, %v", older, err)
		}
		if _, err := job.Get(t.Context(), d.Read(), v+1); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	})
}

func TestEveryJobOnceAmongEightRunners(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		const jobs = 5000
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			for i := range jobs {
				if _, err := job.Enqueue(t.Context(), tx, "count", i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var runs [jobs]atomic.Int32
		var total atomic.Int32
		for range 8 {
			r := job.NewRunner(d, job.Options{Workers: 8, Poll: 5 * time.Millisecond})
			r.Handle("count", func(ctx context.Context, run *job.Run) error {
				var i int
				if err := run.Decode(&i); err != nil {
					return err
				}
				runs[i].Add(1)
				total.Add(1)
				return nil
			})
			start(t, r)
		}
		eventually(t, "all jobs done", func() bool {
			counts, err := job.Counts(t.Context(), d.Read())
			return err == nil && counts[job.Done] == jobs
		})
		for i := range runs {
			if n := runs[i].Load(); n != 1 {
				t.Fatalf("job %d ran %d times (%d runs in all)", i, n, total.Load())
			}
		}
	})
}

func TestOrder(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		c := newClock()
		var got []string
		r := job.NewRunner(d, job.Options{Clock: c.Now})
		r.Handle("k", func(ctx context.Context, run *job.Run) error {
			got = append(got, strings.Trim(string(run.Args), `"`))
			return nil
		})
		enqueue(t, d, "k", "later", job.At(c.instant().Add(time.Hour)))
		enqueue(t, d, "k", "first")
		enqueue(t, d, "k", "second")
		enqueue(t, d, "k", "unimportant", job.Priority(1))
		enqueue(t, d, "k", "urgent", job.Priority(-1))
		drain(t, r)
		c.forward(time.Hour)
		drain(t, r)
		if diff := cmp.Diff([]string{"urgent", "first", "second", "unimportant", "later"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAttempts(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		c := newClock()
		r := job.NewRunner(d, job.Options{Clock: c.Now})
		outcome := map[int]error{}
		r.Handle("k", func(ctx context.Context, run *job.Run) error {
			if run.Attempt == 9 {
				panic("nine")
			}
			return outcome[run.Attempt]
		})
		is := func(v id.ID, state job.State, attempt int, key, text string) {
			t.Helper()
			if j := get(t, d, v); j.State != state || j.Attempt != attempt || j.Fault != key || !strings.Contains(j.Error, text) {
				t.Errorf("%+v, want %s after %d with %s, %q", j, state, attempt, key, text)
			}
		}

		outcome[1] = errors.New("no luck")
		outcome[2] = fault.New(fault.Unavailable, "mail.unreachable")
		v := enqueue(t, d, "k", nil)
		if n := drain(t, r); n != 1 {
			t.Fatalf("%d runs, the second without a pause", n)
		}
		is(v, job.Ready, 1, "fault.internal", "no luck")
		c.forward(2 * time.Second)
		drain(t, r)
		is(v, job.Ready, 2, "mail.unreachable", "")
		c.forward(10 * time.Second)
		if n := drain(t, r); n != 0 {
			t.Error("the pause does not grow")
		}
		c.forward(10 * time.Second)
		drain(t, r)
		is(v, job.Done, 3, "", "")

		v = enqueue(t, d, "k", nil, job.MaxAttempts(1))
		drain(t, r)
		is(v, job.Failed, 1, "fault.internal", "no luck")
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return job.Retry(t.Context(), tx, v, c.instant()) }); err != nil {
			t.Fatal(err)
		}
		outcome[1] = nil
		drain(t, r)
		is(v, job.Done, 1, "", "")
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return job.Retry(t.Context(), tx, v, c.instant()) }); !fault.Is(err, fault.Unready) {
			t.Errorf("retrying a done job: %v", err)
		}

		outcome[1] = job.Permanent(errors.New("never"))
		v = enqueue(t, d, "k", nil)
		drain(t, r)
		is(v, job.Failed, 1, "fault.internal", "never")

		outcome[1] = job.Snooze(time.Minute)
		v = enqueue(t, d, "k", nil, job.MaxAttempts(1))
		drain(t, r)
		is(v, job.Ready, 0, "", "")
		outcome[1] = nil
		if n := drain(t, r); n != 0 {
			t.Error("a snoozed job ran at once")
		}
		c.forward(time.Minute)
		drain(t, r)
		is(v, job.Done, 1, "", "")

		for i := range 9 {
			outcome[i] = errors.New("again")
		}
		v = enqueue(t, d, "k", nil, job.MaxAttempts(9))
		for range 9 {
			drain(t, r)
			c.forward(4 * time.Hour)
		}
		is(v, job.Failed, 9, "fault.internal", "panic: nine")
	})
}

func TestBackoff(t *testing.T) {
	for attempt, want := range map[int]time.Duration{1: time.Second, 2: 16 * time.Second, 5: 625 * time.Second, 11: 3 * time.Hour, 1000: 3 * time.Hour} {
		if got := job.Backoff(attempt); got < want*9/10 || got > want*11/10+1 {
			t.Errorf("attempt %d: %v, want about %v", attempt, got, want)
		}
	}
}

func TestUnique(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		r := job.NewRunner(d, job.Options{})
		var during id.ID
		r.Handle("unique", func(ctx context.Context, run *job.Run) error {
			during = enqueue(t, d, "unique", nil, job.Unique("a"))
			return nil
		})
		r.Handle("coalesce", func(ctx context.Context, run *job.Run) error {
			if during == 0 {
				during = enqueue(t, d, "coalesce", nil, job.Coalesce("a"))
			}
			return nil
		})
		first := enqueue(t, d, "unique", nil, job.Unique("a"))
		if again := enqueue(t, d, "unique", nil, job.Unique("a")); again != first {
			t.Error("two jobs of one key wait")
		}
		if other := enqueue(t, d, "unique-not", nil, job.Unique("a")); other == first {
			t.Error("kinds share keys")
		}
		if n := drain(t, r); n != 1 || during != first {
			t.Errorf("%d runs; enqueued while running: %v, want %v", n, during, first)
		}
		if again := enqueue(t, d, "unique", nil, job.Unique("a")); again == first {
			t.Error("a done job holds its key")
		}
		drain(t, r)

		during = 0
		first = enqueue(t, d, "coalesce", nil, job.Coalesce("a"))
		if again := enqueue(t, d, "coalesce", nil, job.Coalesce("a")); again != first {
			t.Error("two jobs of one key wait")
		}
		if n := drain(t, r); n != 2 || during == first {
			t.Errorf("%d runs, want the second for what came during the first", n)
		}
	})
}

func TestUniqueAmongCallers(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		var made sync.Map
		for range 16 {
			wg.Go(func() {
				err := d.Write(context.Background(), func(tx *db.Tx) error {
					v, err := job.Enqueue(context.Background(), tx, "k", nil, job.Unique("a"))
					made.Store(v, true)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		n := 0
		made.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			t.Errorf("%d jobs of one key", n)
		}
	})
}

func TestCancel(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		cancel := func(v id.ID) error {
			return d.Write(t.Context(), func(tx *db.Tx) error { return job.Cancel(t.Context(), tx, v, cal.At(time.Now())) })
		}
		r := job.NewRunner(d, job.Options{Poll: 5 * time.Millisecond, Lease: 200 * time.Millisecond})
		causes := make(chan error, 1)
		r.Handle("wait", func(ctx context.Context, run *job.Run) error {
			run.Progress(5, 10, "")
			<-ctx.Done()
			causes <- context.Cause(ctx)
			return ctx.Err()
		})
		waiting := enqueue(t, d, "wait", nil, job.At(cal.At(time.Now().Add(time.Hour))))
		if err := cancel(waiting); err != nil || get(t, d, waiting).State != job.Cancelled {
			t.Errorf("%v, %+v", err, get(t, d, waiting))
		}
		v := enqueue(t, d, "wait", nil)
		start(t, r)
		eventually(t, "progress", func() bool { return get(t, d, v).Progress.Done == 5 })
		// It outlives its lease several times over.
		time.Sleep(500 * time.Millisecond)
		if j := get(t, d, v); j.State != job.Running || j.Attempt != 1 {
			t.Errorf("%+v", j)
		}
		if err := cancel(v); err != nil {
			t.Fatal(err)
		}
		if cause := <-causes; !errors.Is(cause, job.ErrCancelled) {
			t.Error(cause)
		}
		eventually(t, "cancelled", func() bool { return get(t, d, v).State == job.Cancelled })
		if err := cancel(v); !fault.Is(err, fault.Unready) {
			t.Errorf("cancelled twice: %v", err)
		}
		if err := cancel(id.New()); !fault.Is(err, fault.NotFound) {
			t.Errorf("cancelled nothing: %v", err)
		}
	})
}

func TestStop(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		r := job.NewRunner(d, job.Options{Poll: 5 * time.Millisecond, Grace: 100 * time.Millisecond})
		begun := make(chan bool, 2)
		release := make(chan bool)
		r.Handle("stubborn", func(ctx context.Context, run *job.Run) error {
			begun <- true
			<-ctx.Done()
			return context.Cause(ctx)
		})
		r.Handle("quick", func(ctx context.Context, run *job.Run) error {
			begun <- true
			<-release
			return ctx.Err()
		})
		stubborn, quick := enqueue(t, d, "stubborn", nil), enqueue(t, d, "quick", nil)
		stop := start(t, r)
		<-begun
		<-begun
		later := enqueue(t, d, "quick", nil)
		close(release)
		stop()
		if j := get(t, d, quick); j.State != job.Done {
			t.Errorf("a handler was not waited for: %+v", j)
		}
		if j := get(t, d, stubborn); j.State != job.Ready || j.Attempt != 0 {
			t.Errorf("an interrupted job: %+v", j)
		}
		if j := get(t, d, later); j.State == job.Running {
			t.Errorf("left behind: %+v", j)
		}
	})
}

// A worker that dies without a word, seen by the one that takes over.
func TestLease(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		c := newClock()
		stalled, done := make(chan bool), make(chan bool)
		stall := job.NewRunner(d, job.Options{Clock: c.Now})
		var late error
		stall.Handle("k", func(ctx context.Context, run *job.Run) error {
			stalled <- true
			<-done
			late = d.Write(context.Background(), func(tx *db.Tx) error { return run.Complete(context.Background(), tx) })
			return late
		})
		v := enqueue(t, d, "k", nil, job.MaxAttempts(2))
		finished := make(chan bool)
		go func() { stall.Drain(context.Background()); close(finished) }()
		<-stalled
		takeover := job.NewRunner(d, job.Options{Clock: c.Now})
		runs := 0
		takeover.Handle("k", func(ctx context.Context, run *job.Run) error {
			runs++
			return d.Write(ctx, func(tx *db.Tx) error { return run.Complete(ctx, tx) })
		})
		if n := drain(t, takeover); n != 0 {
			t.Error("took a job whose lease runs")
		}
		c.forward(2 * time.Minute)
		drain(t, takeover)
		close(done)
		<-finished
		if j := get(t, d, v); runs != 1 || j.State != job.Done || j.Attempt != 2 {
			t.Errorf("%d runs, %+v", runs, j)
		}
		if !errors.Is(late, job.ErrLost) {
			t.Errorf("the stalled worker completed the job: %v", late)
		}
	})
}

func TestPeriodic(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		c := newClock()
		var mu sync.Mutex
		runs := 0
		var nodes []*job.Runner
		for range 3 {
			r := job.NewRunner(d, job.Options{Clock: c.Now})
			r.Handle("fold", func(ctx context.Context, run *job.Run) error {
				mu.Lock()
				defer mu.Unlock()
				runs++
				return nil
			})
			r.Every("fold", job.Interval(time.Hour), "fold", nil)
			nodes = append(nodes, r)
		}
		round := func() {
			var wg sync.WaitGroup
			for _, r := range nodes {
				wg.Go(func() { r.Drain(context.Background()) })
			}
			wg.Wait()
		}
		round()
		if runs != 0 {
			t.Errorf("%d runs before the first time", runs)
		}
		for i := 1; i <= 3; i++ {
			c.forward(time.Hour)
			round()
			round()
			if runs != i {
				t.Fatalf("%d runs after %d hours", runs, i)
			}
		}
		c.forward(72 * time.Hour)
		round()
		if runs != 4 {
			t.Errorf("%d runs, want one for all the times missed", runs)
		}
	})
}

func TestSchedules(t *testing.T) {
	almaty := time.FixedZone("+05", 5*3600)
	at := func(s string) cal.Instant {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return cal.At(v)
	}
	for _, c := range []struct {
		s           job.Schedule
		after, want string
	}{
		{job.Interval(15 * time.Minute), "2026-01-01T10:07:30Z", "2026-01-01T10:15:00Z"},
		{job.Interval(15 * time.Minute), "2026-01-01T10:15:00Z", "2026-01-01T10:30:00Z"},
		{job.Daily(3, 30, almaty), "2026-01-01T22:29:59Z", "2026-01-01T22:30:00Z"},
		{job.Daily(3, 30, almaty), "2026-01-01T22:30:00Z", "2026-01-02T22:30:00Z"},
		{job.Daily(3, 30, almaty), "2025-12-31T23:00:00Z", "2026-01-01T22:30:00Z"},
	} {
		if got := c.s(at(c.after)); got != at(c.want) {
			t.Errorf("after %s: %v, want %s", c.after, got, c.want)
		}
	}
}

func TestRetention(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		c := newClock()
		r := job.NewRunner(d, job.Options{Clock: c.Now})
		r.Handle("good", func(context.Context, *job.Run) error { return nil })
		r.Handle("bad", func(context.Context, *job.Run) error { return job.Permanent(errors.New("bad")) })
		good, bad := enqueue(t, d, "good", nil), enqueue(t, d, "bad", nil)
		waiting := enqueue(t, d, "other", nil)
		exists := func(v id.ID) bool { _, err := job.Get(t.Context(), d.Read(), v); return err == nil }
		drain(t, r)
		c.forward(6 * 24 * time.Hour)
		drain(t, r)
		if !exists(good) {
			t.Error("deleted too early")
		}
		c.forward(2 * 24 * time.Hour)
		drain(t, r)
		if exists(good) || !exists(bad) {
			t.Errorf("done kept: %v, failed kept: %v", exists(good), exists(bad))
		}
		c.forward(90 * 24 * time.Hour)
		drain(t, r)
		if exists(bad) || !exists(waiting) {
			t.Errorf("failed kept: %v, waiting kept: %v", exists(bad), exists(waiting))
		}
	})
}

// victim is the process that TestKill kills: it works until then. Every unit of
// work is a row that is written in the transaction that completes the job.
func victim(url string) {
	d, err := db.Open(context.Background(), url, db.Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	work(d, job.Options{Workers: 4, Poll: 5 * time.Millisecond, Lease: time.Second}).Run(context.Background())
}

// work makes a runner whose handler adds one row per job and completes it in the
// same transaction.
func work(d *db.DB, o job.Options) *job.Runner {
	r := job.NewRunner(d, o)
	r.Handle("work", func(ctx context.Context, run *job.Run) error {
		time.Sleep(2 * time.Millisecond)
		return d.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO job_period (name, next_at) VALUES ($1, $2)`, run.ID.String(), run.Attempt); err != nil {
				return err
			}
			return run.Complete(ctx, tx)
		})
	})
	return r
}

func TestKill(t *testing.T) {
	test := func(t *testing.T, url string) {
		const jobs = 400
		open := func() *db.DB {
			d, err := db.Open(t.Context(), url, db.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		d := open()
		migrate(t, d)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			for range jobs {
				if _, err := job.Enqueue(t.Context(), tx, "work", nil); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "ODAQ_JOB_TEST_VICTIM="+url)
			cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(300 * time.Millisecond)
			cmd.Process.Kill()
			cmd.Wait()
		}
		d = open()
		defer d.Close()
		counts, err := job.Counts(t.Context(), d.Read())
		if err != nil {
			t.Fatal(err)
		}
		done := counts[job.Done]
		if done == 0 || done == jobs {
			t.Logf("the kill came too early or too late to tell much: %v", counts)
		}
		start(t, work(d, job.Options{Workers: 4, Poll: 5 * time.Millisecond, Lease: time.Second}))
		eventually(t, "all jobs done", func() bool {
			counts, err = job.Counts(t.Context(), d.Read())
			return err == nil && counts[job.Done] == jobs
		})
		var rows int64
		if err := d.Read().QueryRow(t.Context(), `SELECT COUNT(*) FROM job_period`).Scan(&rows); err != nil || rows != jobs {
			t.Errorf("%d pieces of work for %d jobs, %v", rows, jobs, err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { test(t, "sqlite:"+filepath.Join(t.TempDir(), "kill.db")) })
	t.Run("postgres", func(t *testing.T) { test(t, dbtest.Postgres(t)) })
}
