package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"odaq/internal/app"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/org"
)

// demoCmd builds a synthetic federation, once, and serves it.
type demoCmd struct {
	Members int    `help:"How many members; 2000000 is the whole nation." default:"20000"`
	Data    string `help:"Folder of the demo." default:"odaq-demo" type:"path"`
	Only    bool   `help:"Build, print the addresses and end."`
}

func (c *demoCmd) Run(ctx context.Context, s *session) error {
	if s.config.Database == defaultDatabase {
		s.config.Database = "sqlite:" + filepath.Join(c.Data, fmt.Sprintf("demo-%s-%d.db", s.config.Profile, c.Members))
	}
	s.config.Keys = filepath.Join(c.Data, "keys.json")
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	l, err := net.Listen("tcp", s.config.Listen)
	if err != nil {
		return fault.New(fault.Unavailable, "cli.no-port", "Address", s.config.Listen).Because(err)
	}
	defer l.Close()
	s.config.Listen = l.Addr().String()
	if err := c.clear(s.config.Database); err != nil {
		return err
	}
	a, err := s.open(ctx, app.Options{Log: s.log(slog.LevelWarn), Migrate: true, Demo: true})
	if err != nil {
		return err
	}
	defer a.Close()
	if err := c.build(ctx, s, a); err != nil {
		return err
	}
	doors, err := a.Doors(ctx)
	if err != nil {
		return err
	}
	t := s.words()
	fmt.Fprintf(s.out, "\n%s\n\n  %s\n\n", t.T("cli.demo-ready"), s.config.Base())
	w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	for _, d := range doors {
		at, err := org.Get(ctx, a.DB.Read(), d.Org, a.Desk.Today())
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", t.T("role."+string(d.Role)), d.Name, at.Names.In(s.lang), d.Link)
	}
	if err := w.Flush(); err != nil || c.Only {
		return err
	}
	fmt.Fprintln(s.out, "\n"+t.T("cli.demo-stop"))
	return a.Serve(ctx, l)
}

// complete marks a demo that was built to its end.
func (c *demoCmd) complete(database string) string {
	return filepath.Join(c.Data, filepath.Base(database)+".complete")
}

// clear removes a demo on SQLite whose building was interrupted: it holds nothing
// of anybody's and is made anew.
func (c *demoCmd) clear(database string) error {
	file, sqlite := strings.CutPrefix(database, "sqlite:")
	if _, err := os.Stat(c.complete(database)); err == nil || !sqlite || filepath.Dir(file) != filepath.Clean(c.Data) {
		return nil
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(file + end); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// build fills an empty demo.
func (c *demoCmd) build(ctx context.Context, s *session, a *app.App) error {
	seeded, err := a.Seeded(ctx)
	if err != nil {
		return err
	}
	done := c.complete(s.config.Database)
	if _, err := os.Stat(done); err == nil && seeded {
		return nil
	}
	if seeded {
		return fault.New(fault.Conflict, "cli.demo-taken")
	}
	start := time.Now()
	show, end := s.progress("members")
	err = a.SeedDemo(app.System(ctx), c.Members, show)
	end()
	if err != nil {
		return err
	}
	fmt.Fprintln(s.errs, s.words().T("cli.demo-built", "Members", c.Members, "Seconds", int(time.Since(start).Seconds()+0.5)))
	return os.WriteFile(done, nil, 0o600)
}

const defaultDatabase = "sqlite:odaq-data/odaq.db"
