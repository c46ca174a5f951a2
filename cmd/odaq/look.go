package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"odaq/internal/app"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/audit"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/ref"
	"odaq/internal/kernel/text"
)

// explainCmd says why.
type explainCmd struct {
	Person string `arg:"" help:"Who: identifier of the account, its e-mail address, or person:ID of a member."`
	Action string `arg:"" help:"The action: membership.admit."`
	Ref    string `arg:"" optional:"" help:"Where: org:ID or person:ID."`
}

func (c *explainCmd) Run(ctx context.Context, s *session) error {
	a, err := s.open(ctx, app.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer a.Close()
	actor, err := a.Who.Find(ctx, a.DB.Read(), c.Person)
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "cli.no-account")
	}
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(a.Desk.Gate.Rules(), func(r access.Rule) bool { return r.Action == access.Action(c.Action) }) {
		return fault.New(fault.Invalid, "cli.no-action", "Text", c.Action)
	}
	at, err := place(ctx, a, c.Ref)
	if err != nil {
		return err
	}
	actor.Second = true // what a session has not proved yet is no matter of roles
	steps, yes, err := a.Desk.Gate.Explain(ctx, a.DB.Read(), actor, access.Action(c.Action), at)
	if err != nil {
		return err
	}
	t := s.words()
	if !actor.Signed() {
		fmt.Fprintln(s.out, "−", t.T("cli.account-locked"))
	}
	for _, step := range steps {
		var pairs []any
		for k, v := range step.Args {
			switch k {
			case "Role":
				v = t.T("role." + v.(string))
			case "Org":
				v = name(ctx, a, s, v.(string))
			}
			pairs = append(pairs, k, v)
		}
		sign := "−"
		if step.Yes {
			sign = "+"
		}
		fmt.Fprintln(s.out, sign, t.T(step.Key, pairs...))
	}
	if !yes {
		return fault.New(fault.Denied, "fault.denied")
	}
	return nil
}

// identifier reads the identifier of a record.
func identifier(text string) (id.ID, error) {
	v, err := id.Parse(text)
	if err != nil {
		return 0, fault.New(fault.Invalid, "cli.no-identifier", "Text", text)
	}
	return v, nil
}

// place is the organisation a reference stands for.
func place(ctx context.Context, a *app.App, text string) (id.ID, error) {
	if text == "" {
		return 0, nil
	}
	r, err := ref.Parse(text)
	if err != nil {
		return 0, fault.New(fault.Invalid, "cli.no-place", "Text", text)
	}
	switch r.Kind {
	case "org":
		return r.ID, nil
	case "person":
		return a.Areas.Membership.OrgOf(ctx, a.DB.Read(), r.ID)
	}
	return 0, fault.New(fault.Invalid, "cli.no-place", "Text", text)
}

func name(ctx context.Context, a *app.App, s *session, text string) string {
	v, err := id.Parse(text)
	if err != nil {
		return text
	}
	o, err := org.Get(ctx, a.DB.Read(), v, a.Desk.Today())
	if err != nil {
		return text
	}
	return "«" + o.Names.In(s.lang) + "»"
}

// auditCmd looks at the audit trail.
type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Walk the chain of hashes; fail where it does not hold."`
}

type auditVerifyCmd struct{}

func (auditVerifyCmd) Run(ctx context.Context, s *session) error {
	a, err := s.open(ctx, app.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer a.Close()
	n, last, err := a.Verify(ctx)
	if broken, ok := errors.AsType[*audit.Break](err); ok {
		return fault.New(fault.Internal, "cli.audit-broken", "Entry", broken.Seq, "Why", text.Key("cli.audit-"+broken.Reason))
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, s.words().T("cli.audit-whole", "Entries", n, "Hash", hex.EncodeToString(last)))
	return nil
}

// countCmd counts members.
type countCmd struct {
	Day   string `help:"As of this day; today otherwise." placeholder:"DATE"`
	Check bool   `help:"Compare the folded counts with a full recount."`
}

func (c *countCmd) Run(ctx context.Context, s *session) error {
	a, err := s.open(ctx, app.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer a.Close()
	day := a.Desk.Today()
	if c.Day != "" {
		if day, err = parseDay(c.Day); err != nil {
			return err
		}
	}
	cells, err := a.Areas.Membership.Cells(ctx, a.DB.Read(), day)
	if err != nil {
		return err
	}
	t := s.words()
	w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	var total, primaries int64
	for _, cell := range cells {
		region, _ := a.Profile.Region(cell.Territory, day)
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", name(ctx, a, s, cell.Union.String()), region.Name.In(s.lang), t.Number(cell.Orgs), t.Number(cell.Total))
		total, primaries = total+cell.Total, primaries+cell.Orgs
	}
	fmt.Fprintf(w, "%s\t\t%s\t%s\n", t.Day(day), t.Number(primaries), t.Number(total))
	if err := w.Flush(); err != nil || !c.Check {
		return err
	}
	return a.Areas.Membership.CheckCounts(ctx, a.DB.Read(), day)
}

// openapiCmd prints the API's description.
type openapiCmd struct{}

func (openapiCmd) Run(ctx context.Context, s *session) error {
	dir, err := os.MkdirTemp("", "odaq-openapi-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s.config.Database = "sqlite:" + dir + "/odaq.db"
	a, err := s.open(ctx, app.Options{Ephemeral: true})
	if err != nil {
		return err
	}
	defer a.Close()
	yaml, err := a.API.OpenAPI().YAML()
	if err != nil {
		return err
	}
	_, err = s.out.Write(yaml)
	return err
}

// configCmd prints docs/config.md from the flags.
type configCmd struct{}

func (configCmd) Run(ctx context.Context, s *session) error {
	parser, err := kong.New(&app.Config{})
	if err != nil {
		return err
	}
	fmt.Fprint(s.out, "# Configuration\n\nEvery setting is a flag, an environment variable and a key of `odaq.toml` (in the working directory or /etc/odaq).\n"+
		"Flags win over the environment, the environment over the file. This page is generated: `odaq config`.\n\n"+
		"| flag | environment | default | meaning |\n|---|---|---|---|\n")
	for _, f := range parser.Model.Flags {
		if f.Name == "help" {
			continue
		}
		fmt.Fprintf(s.out, "| `--%s` | `%s` | %s | %s |\n", f.Name, strings.Join(f.Envs, "`, `"), code(f.Default), f.Help)
	}
	return nil
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}
