package postgres

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func start(t *testing.T) *Cluster {
	t.Helper()
	c, err := Start(Options{})
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return c
}

func TestStopLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", openFolder(t))
	c := start(t)
	c.Stop()
	if _, err := pgx.Connect(t.Context(), c.DSN); err == nil {
		t.Error("the server still answers after Stop")
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "odaq-postgres-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// The child starts a cluster and is killed; the cluster must go with it.
func TestClusterEndsWithItsParent(t *testing.T) {
	if os.Getenv("ODAQ_CLUSTER_CHILD") != "" {
		c := start(t)
		os.Stdout.WriteString("DSN " + c.DSN + "\n")
		time.Sleep(time.Minute)
		return
	}
	start(t).Stop() // skips where there is no PostgreSQL
	folder := openFolder(t)
	child := exec.Command(os.Args[0], "-test.run=^TestClusterEndsWithItsParent$", "-test.v")
	child.Env = append(os.Environ(), "ODAQ_CLUSTER_CHILD=1", "TMPDIR="+folder)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	count := func() int {
		found, _ := filepath.Glob(filepath.Join(folder, "odaq-postgres-*", "data", "postmaster.pid"))
		return len(found)
	}
	await(t, "the child's cluster to start", func() bool { return count() == 1 })
	child.Process.Kill()
	child.Wait()
	await(t, "the cluster to end and clean up", func() bool {
		left, _ := filepath.Glob(filepath.Join(folder, "odaq-postgres-*"))
		return len(left) == 0
	})
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 600 {
		if done() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("waited 30 s for %s", what)
}

// openFolder is a temporary folder that PostgreSQL's account can enter.
func openFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "odaq-open-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	return folder
}
