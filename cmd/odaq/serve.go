package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"odaq/internal/app"
	"odaq/internal/kernel/fault"
	"odaq/internal/platform/db"
)

// serveCmd serves an installation whose tables are up to date.
type serveCmd struct {
	NoMigrate bool `help:"Do not touch the tables: another step brings them up to date, under a role that may."`
}

func (c *serveCmd) Run(ctx context.Context, s *session) error {
	a, err := s.open(ctx, app.Options{Log: s.log(slog.LevelInfo), Migrate: !c.NoMigrate})
	if err != nil {
		return err
	}
	defer a.Close()
	l, err := net.Listen("tcp", s.config.Listen)
	if err != nil {
		return fault.New(fault.Unavailable, "cli.no-port", "Address", s.config.Listen).Because(err)
	}
	fmt.Fprintln(s.out, s.words().T("cli.serving", "Address", s.config.Base()))
	return a.Serve(ctx, l)
}

// migrateCmd brings the tables up to date.
type migrateCmd struct {
	Role       string `help:"PostgreSQL role of the server: it gets what it needs and may only append to the audit trail." placeholder:"NAME"`
	Distribute bool   `help:"On Citus: turn tables into reference and distributed ones."`
}

func (c *migrateCmd) Run(ctx context.Context, s *session) error {
	a, err := s.open(ctx, app.Options{})
	if err != nil {
		return err
	}
	defer a.Close()
	applied, err := db.Migrate(ctx, a.DB, a.Sources())
	if err != nil {
		return err
	}
	for _, name := range applied {
		fmt.Fprintln(s.out, s.words().T("cli.migrated", "Name", name))
	}
	if len(applied) == 0 {
		fmt.Fprintln(s.out, s.words().T("cli.migrated-already"))
	}
	if c.Role != "" {
		if err := db.Restrict(ctx, a.DB, c.Role, []string{"audit_entry", "privacy_disclosure"}); err != nil {
			return err
		}
	}
	if c.Distribute {
		return db.Distribute(ctx, a.DB, app.Distribution)
	}
	return nil
}
