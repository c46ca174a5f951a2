// Command cluster starts a throw-away PostgreSQL, runs a command with its
// address in ODAQ_TEST_PG, stops it, and exits as the command did:
//
//	go run ./internal/testkit/dbtest/cluster -- go test ./...
//
// Where ODAQ_TEST_PG is set already, that server is used. With -nation it is
// durable and has the memory that measurements of two million members need.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"

	"odaq/internal/testkit/dbtest/cluster/postgres"
)

func main() {
	args := os.Args[1:]
	var o postgres.Options
	if len(args) > 0 && args[0] == "-nation" {
		o.Nation, args = true, args[1:]
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: cluster [-nation] -- COMMAND [ARGUMENT …]")
		os.Exit(2)
	}
	os.Exit(run(o, args))
}

func run(o postgres.Options, args []string) int {
	// The command gets Ctrl-C too; wait for it to end. Ignoring the signal would
	// make the command ignore it.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	if os.Getenv("ODAQ_TEST_PG") == "" {
		server, err := postgres.Start(o)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer server.Stop()
		fmt.Fprintln(os.Stderr, "ODAQ_TEST_PG="+server.DSN)
		os.Setenv("ODAQ_TEST_PG", server.DSN)
	}
	command := exec.Command(args[0], args[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := command.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode()
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}
