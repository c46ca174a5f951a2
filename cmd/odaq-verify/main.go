// Command odaq-verify checks elections from their archives alone. It ends with 0
// when all is right, with 1 when an archive breaks a rule, and with 2 when what it
// was given cannot be used.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"odaq/belenios"
	"odaq/belenios/archive"
)

// Exit codes.
const (
	exitRight    = 0
	exitViolated = 1
	exitUnusable = 2
	exitStopped  = 130
)

// version is set when the program is built.
var version = "dev"

type cli struct {
	Lang    string           `help:"Language of the reports: en, ru or kk; the environment's otherwise." enum:"en,ru,kk," default:""`
	JSON    bool             `help:"Write JSON." name:"json"`
	Quiet   bool             `help:"No progress bar." short:"q"`
	Workers int              `help:"How many ballots are verified at once; as many as there are processors otherwise." default:"0"`
	Version kong.VersionFlag `help:"Print the version."`

	Check  checkCmd  `cmd:"" default:"withargs" help:"Verify archives and add up their results. This is what is done without a command."`
	Diff   diffCmd   `cmd:"" help:"Check that NEW continues OLD, an older copy of it, and verify NEW."`
	Find   findCmd   `cmd:"" help:"Look for the ballot with a tracker."`
	Report reportCmd `cmd:"" help:"Verify an archive and write a page for people to read and print."`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main with its streams, for tests; it returns the exit code.
func run(args []string, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("odaq-verify"), kong.Description("Check elections from their archives alone."),
		kong.Writers(out, errs), kong.UsageOnError(), kong.Vars{"version": version}, kong.Exit(func(code int) { exited = code }))
	if err != nil {
		fmt.Fprintln(errs, "odaq-verify:", err)
		return exitUnusable
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintln(errs, "odaq-verify:", err)
		return exitUnusable
	}
	command.BindTo(ctx, (*context.Context)(nil))
	s := &session{words: language(c.Lang), json: c.JSON, quiet: c.Quiet, workers: c.Workers, out: out, errs: errs}
	if err := command.Run(s); err != nil {
		if !errors.Is(err, errReported) {
			fmt.Fprintln(errs, "odaq-verify:", err)
		}
		return exitCode(err)
	}
	return exitRight
}

// session is what every command needs.
type session struct {
	words     *words
	json      bool
	quiet     bool
	workers   int
	out, errs io.Writer
}

// errReported is wrapped with errors that stand in the output already.
var errReported = errors.New("reported")

// exitCode is 1 for a broken rule, and 2 where nothing can be said of an archive.
func exitCode(err error) int {
	v := (*belenios.Violation)(nil)
	switch {
	case errors.Is(err, context.Canceled):
		return exitStopped
	case errors.Is(err, archive.ErrNotArchive):
		return exitUnusable
	case errors.As(err, &v), errors.Is(err, belenios.ErrNotFound):
		return exitViolated
	}
	return exitUnusable
}
