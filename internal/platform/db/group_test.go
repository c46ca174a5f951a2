package db_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
	"odaq/internal/testkit/dbtest/cluster/postgres"
)

// Callers in one group each have their own outcome: kept, refused by the
// database, refused by themselves, or a panic in their own goroutine.
func TestGroupMembersAreApart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		migrate(t, d)
		ctx := t.Context()
		sentinel := errors.New("not eligible")
		var kept, hooks atomic.Int64
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				defer func() {
					if got := recover(); (got == "boom") != (i%4 == 3) {
						t.Errorf("caller %d recovered %v", i, got)
					}
				}()
				err := d.Group(ctx, func(tx *db.Tx) error {
					tx.AfterCommit(func() { hooks.Add(1) })
					union := 1
					if i%4 == 1 {
						union = 99
					}
					if _, err := tx.Exec(ctx, insertMember, union, i+1, "Ерлан"); err != nil {
						return err
					}
					switch i % 4 {
					case 2:
						return sentinel
					case 3:
						panic("boom")
					}
					return nil
				})
				want := []error{nil, db.ErrForeign, sentinel}[i%4]
				if !errors.Is(err, want) {
					t.Errorf("caller %d: got %v, want %v", i, err, want)
				}
				kept.Add(1)
			})
		}
		all.Wait()
		var want []int64
		for i := int64(0); i < 200; i += 4 {
			want = append(want, i+1)
		}
		if diff := cmp.Diff(want, numbers(t, d.Read())); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if hooks.Load() != int64(len(want)) {
			t.Errorf("%d hooks ran for %d commits", hooks.Load(), len(want))
		}
	})
}

// A full disk ends the whole group: nobody is told that a row was kept which
// was not, and the database works again when there is space.
func TestDiskFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "small.db")
	d, err := db.OpenSmall(t.Context(), path, 60)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	migrate(t, d)
	ctx := t.Context()
	long := strings.Repeat("ұ", 500)
	var mu sync.Mutex
	acknowledged := []int64{}
	full := 0
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for n := int64(i + 1); n < 1600; n += 16 {
				err := d.Group(ctx, func(tx *db.Tx) error {
					_, err := tx.Exec(ctx, insertMember, 1, n, long)
					return err
				})
				mu.Lock()
				switch {
				case err == nil:
					acknowledged = append(acknowledged, n)
				case errors.Is(err, db.ErrDiskFull):
					full++
				default:
					t.Errorf("row %d: %v", n, err)
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if full == 0 || len(acknowledged) == 0 {
		t.Errorf("%d kept, %d refused", len(acknowledged), full)
	}
	slices.Sort(acknowledged)
	if diff := cmp.Diff(acknowledged, numbers(t, d.Read())); diff != "" {
		t.Errorf("acknowledged and kept differ (-want +got):\n%s", diff)
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		for n := 2000; n < 3000; n++ {
			if _, err := tx.Exec(ctx, insertMember, 1, n, long); err != nil {
				return err
			}
		}
		return nil
	})
	if !errors.Is(err, db.ErrDiskFull) {
		t.Errorf("Write gave %v", err)
	}
	write(t, d, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM trial_member")
		return err
	})
	write(t, d, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, insertMember, 1, 1, long)
		return err
	})
}

func TestGroupAfterClose(t *testing.T) {
	d, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for name, commit := range map[string]func(context.Context, func(*db.Tx) error) error{"Write": d.Write, "Group": d.Group} {
		if err := commit(t.Context(), func(*db.Tx) error { return nil }); err == nil {
			t.Errorf("%s after Close gave no error", name)
		}
	}
}

// A caller that gives up while it waits for its turn leaves nothing behind.
func TestGroupWithdraws(t *testing.T) {
	d := dbtest.SQLite(t)
	migrate(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	holding, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		d.Write(t.Context(), func(*db.Tx) error { close(holding); <-release; return nil })
	})
	<-holding
	all.Go(func() {
		err := d.Group(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), insertMember, 1, 1, "Ерлан")
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	time.Sleep(20 * time.Millisecond)
	cancel()
	time.Sleep(20 * time.Millisecond)
	close(release)
	all.Wait()
	if got := numbers(t, d.Read()); len(got) != 0 {
		t.Errorf("kept %v", got)
	}
}

// Random transactions with nested savepoints, some failing, against a model.
func TestSavepointsModel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		migrate(t, d)
		ctx := t.Context()
		sentinel := errors.New("undo")
		model := map[int64]bool{}
		rapid.Check(t, func(r *rapid.T) {
			draft := map[int64]bool{}
			for n := range model {
				draft[n] = true
			}
			var step func(tx *db.Tx, depth int) error
			step = func(tx *db.Tx, depth int) error {
				for range rapid.IntRange(1, 4).Draw(r, "steps") {
					if depth < 3 && rapid.Bool().Draw(r, "nest") {
						before := map[int64]bool{}
						for n := range draft {
							before[n] = true
						}
						if err := tx.Savepoint(ctx, func() error { return step(tx, depth+1) }); err != nil {
							draft = before
						}
						continue
					}
					n := rapid.Int64Range(1, 12).Draw(r, "number")
					_, err := tx.Exec(ctx, insertMember, 1, n, "Ерлан")
					if draft[n] != errors.Is(err, db.ErrUnique) || err != nil && !draft[n] {
						r.Fatalf("insert %d with %v: %v", n, draft, err)
					}
					if err != nil {
						return err
					}
					draft[n] = true
				}
				if rapid.IntRange(0, 3).Draw(r, "outcome") == 0 {
					return sentinel
				}
				return nil
			}
			commit := d.Write
			if rapid.Bool().Draw(r, "group") {
				commit = d.Group
			}
			if err := commit(ctx, func(tx *db.Tx) error { return step(tx, 0) }); err == nil {
				model = draft
			} else if !errors.Is(err, sentinel) && !errors.Is(err, db.ErrUnique) {
				r.Fatal(err)
			}
			if got := numbers(t, d.Read()); len(got) != len(model) || slices.ContainsFunc(got, func(n int64) bool { return !model[n] }) {
				r.Fatalf("got %v, model %v", got, model)
			}
		})
	})
}

// A child process writes and reports every acknowledged row until it is
// killed; each of them must be there afterwards.
func TestAcknowledgedRowsSurviveKill(t *testing.T) {
	if url := os.Getenv("ODAQ_DB_CHILD"); url != "" {
		reportRows(t, url)
		return
	}
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "killed.db")
		survive(t, path, func(child *exec.Cmd) { child.Process.Kill() })
	})
	t.Run("postgres", func(t *testing.T) {
		server, err := postgres.Start(postgres.Options{Durable: true})
		if err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
		defer server.Stop()
		survive(t, server.DSN, func(child *exec.Cmd) {
			if err := server.Crash(); err != nil { // the server dies first, in the middle of commits
				t.Error(err)
			}
			child.Process.Kill()
		})
	})
}

func survive(t *testing.T, url string, kill func(child *exec.Cmd)) {
	d, err := db.Open(t.Context(), url, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	migrate(t, d)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestAcknowledgedRowsSurviveKill$")
	child.Env = append(os.Environ(), "ODAQ_DB_CHILD="+url)
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var acknowledged []int64
	killed := false
	for lines := bufio.NewScanner(output); lines.Scan(); {
		var n int64
		if _, err := fmt.Sscanf(lines.Text(), "row %d.", &n); err == nil && strings.HasSuffix(lines.Text(), ".") {
			acknowledged = append(acknowledged, n)
		}
		if len(acknowledged) == 500 && !killed {
			killed = true
			kill(child)
		}
	}
	child.Wait()
	if len(acknowledged) < 500 {
		t.Fatalf("the child acknowledged %d rows only", len(acknowledged))
	}
	d, err = db.Open(t.Context(), url, db.Options{})
	if err != nil {
		t.Fatalf("open after the kill: %v", err)
	}
	defer d.Close()
	kept := map[int64]bool{}
	for _, n := range numbers(t, d.Read()) {
		kept[n] = true
	}
	for _, n := range acknowledged {
		if !kept[n] {
			t.Errorf("row %d was acknowledged and is lost", n)
		}
	}
	t.Logf("%d acknowledged, %d kept", len(acknowledged), len(kept))
}

func reportRows(t *testing.T, url string) {
	d, err := db.Open(t.Context(), url, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var next atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for {
				n := next.Add(1)
				err := d.Group(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec(t.Context(), insertMember, 1, n, "Ерлан")
					return err
				})
				if err != nil {
					return
				}
				fmt.Fprintf(os.Stdout, "row %d.\n", n)
			}
		})
	}
	all.Wait()
}
