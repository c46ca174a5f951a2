package main

import (
	"context"
	"fmt"
	"io"

	"odaq/internal/app"
	"odaq/internal/area/membership"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/privacy"
)

// exportCmd lets lists leave the system.
type exportCmd struct {
	Members exportMembersCmd `cmd:"" help:"Members of an organisation; above 1,000 a second person confirms first."`
	Fetch   exportFetchCmd   `cmd:"" help:"Write an export that was confirmed."`
}

type exportMembersCmd struct {
	Org     string `arg:"" help:"The organisation: identifier, BIN, or the beginning of its name."`
	Out     string `required:"" short:"o" help:"File to write: .csv, .xlsx or .json." placeholder:"FILE"`
	Purpose string `required:"" enum:"register,dues,election,defence,service,contact,law" help:"${enum}"`
	Reason  string `required:"" help:"What for, in words; every person in the list can read it."`
	Day     string `help:"Members as of this day." placeholder:"DATE"`
}

func (c *exportMembersCmd) Run(ctx context.Context, s *session) error {
	return s.with(ctx, func(ctx context.Context, a *app.App) error {
		r := membership.ExportRequest{Format: format(c.Out), Purpose: privacy.Purpose(c.Purpose), Reason: c.Reason, Lang: s.lang}
		var err error
		if r.Find.Org, err = orgNamed(ctx, a, c.Org); err != nil {
			return err
		}
		if c.Day != "" {
			if r.Find.Day, err = parseDay(c.Day); err != nil {
				return err
			}
		}
		e, err := a.Areas.Membership.RequestExport(ctx, r)
		if err != nil {
			return err
		}
		if e.State == membership.ExportWaiting {
			fmt.Fprintln(s.out, s.words().T("cli.export-waiting", "Export", e.ID.String(), "Above", membership.ConfirmAbove))
			return nil
		}
		return s.fetch(ctx, a, e.ID, c.Out)
	})
}

type exportFetchCmd struct {
	Export string `arg:"" help:"Identifier of the export."`
	Out    string `required:"" short:"o" help:"File to write." placeholder:"FILE"`
}

func (c *exportFetchCmd) Run(ctx context.Context, s *session) error {
	return s.with(ctx, func(ctx context.Context, a *app.App) error {
		v, err := identifier(c.Export)
		if err != nil {
			return err
		}
		return s.fetch(ctx, a, v, c.Out)
	})
}

func (s *session) fetch(ctx context.Context, a *app.App, export id.ID, out string) error {
	return s.write(out, func(w io.Writer) error {
		return a.Areas.Membership.FetchExport(ctx, export, s.words(), w, func(membership.Export) {})
	})
}
