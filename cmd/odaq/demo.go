package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"odaq/internal/app"
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
		return fmt.Errorf("cannot answer on %s: %w; choose another address with --listen", s.config.Listen, err)
	}
	defer l.Close()
	s.config.Listen = l.Addr().String()
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

// build fills an empty demo; one that was interrupted is built anew.
func (c *demoCmd) build(ctx context.Context, s *session, a *app.App) error {
	seeded, err := a.Seeded(ctx)
	if err != nil {
		return err
	}
	done := filepath.Join(c.Data, filepath.Base(s.config.Database)+".complete")
	if _, err := os.Stat(done); err == nil && seeded {
		return nil
	}
	if seeded {
		return fmt.Errorf("the demo in %s was not finished: remove that folder, or name another with --data", c.Data)
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
