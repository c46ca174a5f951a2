package main

import (
	"cmp"
	"context"
	"fmt"
	"text/tabwriter"

	"odaq/internal/app"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/profile"
	"odaq/internal/platform/db"
)

// retentionCmd shows, or applies, how long each kind of record is kept.
type retentionCmd struct {
	Run_ bool   `name:"run" help:"End now what has been kept for its time; on SQLite with the server stopped."`
	Kind string `help:"Only this kind of record: person, import-file …" placeholder:"KIND"`
}

// Run prints the table or, with --run, what was ended.
func (c *retentionCmd) Run(ctx context.Context, s *session) error {
	a, err := s.open(ctx, app.Options{ReadOnly: !c.Run_})
	if err != nil {
		return err
	}
	defer a.Close()
	if _, ok := a.Profile.Retention(c.Kind, a.Desk.Today()); c.Kind != "" && !ok {
		return told{fmt.Sprintf("the profile %s has no kind of record %q", a.Profile.Code, c.Kind), fault.Invalid.Exit()}
	}
	picks := func(r profile.Retention) bool { return c.Kind == "" || r.Record == c.Kind }
	if c.Run_ {
		return s.retain(ctx, a, picks)
	}
	var lines []privacy.Line
	err = a.DB.LongView(ctx, func(q db.Querier) error {
		lines, err = a.Keeping.Lines(ctx, q)
		return err
	})
	if err != nil {
		return err
	}
	t := s.words()
	w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "\t%s\t%s\t%s\t%s\t%s\n", t.T("privacy.retention.kind"), t.T("privacy.retention.due"), t.T("privacy.retention.next"),
		t.T("privacy.retention.long"), t.T("privacy.retention.source"))
	for _, l := range lines {
		if picks(l.Rule) {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", l.Rule.Record, l.Rule.Name.In(s.lang), t.Number(l.Due), cmp.Or(l.Next.String(), "—"),
				privacy.KeptWords(t, l.Rule), privacy.SourceWords(t, a.Profile, l.Rule))
		}
	}
	return w.Flush()
}

// retain ends what is due and says how much it was. What the database does not
// let this user end is an error of its own.
func (s *session) retain(ctx context.Context, a *app.App, picks func(profile.Retention) bool) error {
	ended, err := a.Keeping.Run(app.System(ctx), picks)
	t := s.words()
	quiet, denied := true, false
	for _, e := range ended {
		switch {
		case e.Denied:
			fmt.Fprintln(s.errs, "odaq:", t.T("privacy.retention.denied", "Kind", e.Rule.Name))
			denied = true
		case e.N > 0:
			fmt.Fprintln(s.out, t.T("privacy.retention.ended", "Kind", e.Rule.Name, "N", e.N))
			quiet = false
		}
	}
	if err != nil {
		return err
	}
	if denied {
		return fault.New(fault.Denied, "fault.denied")
	}
	if quiet {
		fmt.Fprintln(s.out, t.T("privacy.retention.nothing"))
	}
	return nil
}
