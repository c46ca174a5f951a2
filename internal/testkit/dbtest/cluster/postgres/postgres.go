// Package postgres starts throw-away PostgreSQL clusters for tests: a free
// port on the loopback, a folder of its own, a non-root user, and no trace
// left, even when the starting process is killed.
package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options tune Start.
type Options struct {
	Durable bool // keep fsync on, for tests of durability
	Nation  bool // durable, and as docs/operator/install.md advises for two million members: for measurements
}

// Cluster is a running server.
type Cluster struct {
	DSN    string // postgres://… of its superuser and database "postgres"
	leash  io.Closer
	keeper *exec.Cmd
	server func(action ...string) *exec.Cmd // pg_ctl on this cluster
	pid    string                           // the file whose first line is the server's process id
	ended  chan struct{}                    // closed when the keeper has ended
}

// keeper is the shell that owns a cluster. It ends the server and removes the
// folder when its standard input closes, which happens when the process that
// started it ends in any way.
const keeper = `
set -e
folder=$1; bin=$2; port=$3; fsync=$4; settings=$5
exec 4>&2
trap 'test $? = 0 || cat "$folder/log" >&4; rm -rf "$folder"' EXIT
exec 3<&0 </dev/null >>"$folder/log" 2>&1
"$bin/initdb" -D "$folder/data" -U odaq -A trust -E UTF8 --locale=C --no-sync
cat >>"$folder/data/postgresql.conf" <<END
port = $port
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = $fsync
full_page_writes = $fsync
max_connections = 200
$settings
END
"$bin/pg_ctl" start -w -D "$folder/data" -l "$folder/log" 3<&- 4>&-
cat <&3 || true
"$bin/pg_ctl" stop -w -m immediate -D "$folder/data"
`

// Start makes and starts a cluster; it takes about a second.
func Start(o Options) (*Cluster, error) {
	bin, err := findBin()
	if err != nil {
		return nil, err
	}
	uid, gid, err := account()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "odaq-postgres-")
	if err != nil {
		return nil, err
	}
	fail := func(err error) (*Cluster, error) {
		os.RemoveAll(folder)
		return nil, err
	}
	if err := os.Chown(folder, uid, gid); err != nil {
		return fail(err)
	}
	port, err := freePort()
	if err != nil {
		return fail(err)
	}
	fsync, settings := "off", "shared_buffers = 64MB"
	if o.Durable || o.Nation {
		fsync = "on"
	}
	if o.Nation {
		settings = "shared_buffers = 2GB\nmax_wal_size = 8GB\ncheckpoint_timeout = 30min"
	}
	c := &Cluster{
		DSN:    fmt.Sprintf("postgres://odaq@127.0.0.1:%d/postgres?sslmode=disable", port),
		keeper: exec.Command("sh", "-c", keeper, "keeper", folder, bin, strconv.Itoa(port), fsync, settings),
		ended:  make(chan struct{}),
	}
	c.keeper.Dir = "/"
	detach(c.keeper, uid, gid)
	c.pid = filepath.Join(folder, "data", "postmaster.pid")
	c.server = func(action ...string) *exec.Cmd {
		command := exec.Command(filepath.Join(bin, "pg_ctl"), append(action, "-w", "-D", filepath.Dir(c.pid), "-l", filepath.Join(folder, "log"))...)
		command.Dir = "/"
		detach(command, uid, gid)
		return command
	}
	if c.leash, err = c.keeper.StdinPipe(); err != nil {
		return fail(err)
	}
	var complaint bytes.Buffer
	c.keeper.Stderr = &complaint
	if err := c.keeper.Start(); err != nil {
		return fail(err)
	}
	go func() {
		c.keeper.Wait()
		close(c.ended)
	}()
	if err := c.await(); err != nil {
		c.Stop()
		return fail(fmt.Errorf("start PostgreSQL: %w\n%s", err, complaint.Bytes()))
	}
	return c, nil
}

// Stop ends the server and removes its folder.
func (c *Cluster) Stop() {
	c.leash.Close()
	<-c.ended
}

// Crash kills the server as a power cut would, as far as a process can tell,
// and starts it again on what it had written.
func (c *Cluster) Crash() error {
	text, err := os.ReadFile(c.pid)
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		return err
	}
	server, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	if err := server.Kill(); err != nil {
		return err
	}
	for range 50 { // it cannot start before the last of the old backends is gone
		if err = c.server("start").Run(); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("start PostgreSQL again: %w", err)
}

// await returns when the server answers.
func (c *Cluster) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.DSN)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return err
		case <-c.ended:
			return errors.New("it ended at once")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// findBin gives the folder of initdb and postgres, the newest of Debian's.
func findBin() (string, error) {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(folders, func(a, b string) int { return major(b) - major(a) })
	for _, folder := range folders {
		if _, err := os.Stat(filepath.Join(folder, "initdb")); err == nil {
			return folder, nil
		}
	}
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("initdb not found: install PostgreSQL 15 or later (apt-get install postgresql)")
	}
	if initdb, err = filepath.EvalSymlinks(initdb); err != nil {
		return "", err
	}
	return filepath.Dir(initdb), nil
}

func major(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return n
}

// account gives the user and group to run as: the caller's, or when that is
// root, which PostgreSQL refuses, an unprivileged one.
func account() (uid, gid int, err error) {
	if os.Geteuid() != 0 {
		return os.Geteuid(), os.Getegid(), nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.Atoi(found.Uid)
		if err != nil {
			return 0, 0, err
		}
		gid, err := strconv.Atoi(found.Gid)
		return uid, gid, err
	}
	return 0, 0, errors.New("PostgreSQL refuses to run as root and there is no account postgres or nobody")
}
