package main

import (
	"context"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"

	"odaq/internal/kernel/cal"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
	"odaq/internal/testkit/story"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"odaq":   func() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) },
		"story":  command(writeStory),
		"roll":   command(writeRoll),
		"sql":    command(execute),
		"sheet":  command(showSheet),
		"agekey": command(writeKey),
		"spoil":  command(cutFile),
		"killed": command(kill),
	})
}

func command(fn func(args []string) error) func() {
	return func() {
		if err := fn(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// TestScripts runs the scripts of testdata/script, each on SQLite and on
// PostgreSQL. "exits CODE odaq …" runs a command that ends with the code,
// "answers URL" waits for a server, "let NAME PATTERN" takes a word of the
// last output, "fresh" goes on with an empty database. [sqlite] and [postgres]
// are conditions.
func TestScripts(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			testscript.Run(t, testscript.Params{
				Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true,
				Setup: func(e *testscript.Env) error {
					l, err := net.Listen("tcp", "127.0.0.1:0")
					if err != nil {
						return err
					}
					database := "sqlite:" + filepath.Join(e.WorkDir, "data", "odaq.db")
					if engine == "postgres" {
						database = dbtest.Postgres(e.T().(testing.TB))
					}
					e.Setenv("ODAQ_DATABASE", database)
					e.Values[engineKey{}], e.Values[testKey{}] = engine, e.T().(testing.TB)
					e.Setenv("ODAQ_KEYS", filepath.Join(e.WorkDir, "data", "keys.json"))
					e.Setenv("ODAQ_LISTEN", l.Addr().String())
					e.Setenv("ODAQ_LANG", "en")
					return l.Close()
				},
				Condition: func(cond string) (bool, error) { return cond == engine, nil },
				Cmds:      map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "answers": answers, "let": let, "fresh": fresh},
			})
		})
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND …")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s ended with %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

func answers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: answers URL")
	}
	start := time.Now()
	for time.Since(start) < 30*time.Second {
		if r, err := http.Get(args[0]); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				ts.Logf("%s answered after %s", args[0], time.Since(start).Round(time.Millisecond))
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s does not answer", args[0])
}

type engineKey struct{}
type testKey struct{}

func fresh(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: fresh")
	}
	database := "sqlite:" + ts.MkAbs("fresh-"+strings.ToLower(rand.Text())+".db")
	if ts.Value(engineKey{}) == "postgres" {
		database = dbtest.Postgres(ts.Value(testKey{}).(testing.TB))
	}
	ts.Setenv("ODAQ_DATABASE", database)
}

// let takes the word behind a text in the last output.
func let(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: let NAME TEXT-BEFORE-IT")
	}
	_, behind, found := strings.Cut(ts.ReadFile("stdout"), args[1])
	words := strings.Fields(behind)
	if !found || len(words) == 0 {
		ts.Fatalf("%q is not in the output", args[1])
	}
	ts.Setenv(args[0], strings.TrimRight(words[0], ":;,."))
}

// writeStory writes a part of the acceptance story as a file.
func writeStory(args []string) error {
	var rows [][]string
	orgs := func(all []story.Org) {
		rows = append(rows, []string{"kind", "name_kk", "name_ru", "parent", "territory", "activity", "employer", "founded", "decision"})
		for _, o := range all {
			rows = append(rows, []string{o.Kind, o.KK, o.RU, o.Parent, o.Territory, o.Activity, o.Employer, o.Day.String(), o.Decision})
		}
	}
	switch args[0] {
	case "before":
		orgs(story.Before())
	case "report":
		orgs(story.Report())
	case "members":
		rows = append(rows, story.Titles)
		for row := range story.Members(1) {
			rows = append(rows, row)
		}
	}
	return write(args[1], rows)
}

// writeRoll writes a list of 5,000 members of whom 37 are wrong, and the same list corrected.
func writeRoll(args []string) error {
	good, bad := story.Invent(5).Table(5000, 37, cal.Date(2024, 3, 4))
	if err := write(args[0], bad); err != nil {
		return err
	}
	return write(args[1], good)
}

func write(path string, rows [][]string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := csv.NewWriter(f).WriteAll(rows); err != nil {
		return err
	}
	return f.Close()
}

// showSheet prints the first sheet of a workbook as CSV.
func showSheet(args []string) error {
	f, err := excelize.OpenFile(args[0])
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		return err
	}
	return csv.NewWriter(os.Stdout).WriteAll(rows)
}

// execute runs a statement on the database behind Odaq's back.
func execute(args []string) error {
	ctx := context.Background()
	d, err := db.Open(ctx, os.Getenv("ODAQ_DATABASE"), db.Options{})
	if err != nil {
		return err
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, args[0])
		if err == nil && n == 0 {
			err = errors.New("no row was touched")
		}
		return err
	})
	return errors.Join(err, d.Close())
}

// writeKey writes a key of age as age-keygen does, and prints its public half.
func writeKey(args []string) error {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	fmt.Println("public key:", key.Recipient())
	return os.WriteFile(args[0], []byte("# public key: "+key.Recipient().String()+"\n"+key.String()+"\n"), 0o600)
}

// cutFile writes two thirds of a file under another name.
func cutFile(args []string) error {
	body, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	return os.WriteFile(args[1], body[:len(body)*2/3], 0o600)
}

// kill starts a restore and kills it as soon as the database says that it is
// being restored.
func kill(args []string) error {
	c := exec.Command(args[0], args[1:]...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	if err := c.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for {
		select {
		case err := <-ended:
			return fmt.Errorf("the restore ended before it was killed: %v", err)
		case <-time.After(2 * time.Millisecond):
		}
		if began, err := restoring(); err != nil || !began {
			continue // the database is not there yet
		}
		if err := c.Process.Kill(); err != nil {
			return err
		}
		if err := <-ended; err == nil {
			return errors.New("the restore was done before it was killed")
		}
		return nil
	}
}

func restoring() (bool, error) {
	ctx := context.Background()
	d, err := db.Open(ctx, os.Getenv("ODAQ_DATABASE"), db.Options{ReadOnly: true})
	if err != nil {
		return false, err
	}
	defer d.Close()
	return d.Exists(ctx, d.Read(), "backup_unfinished")
}
