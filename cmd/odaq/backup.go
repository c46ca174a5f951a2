package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"odaq/internal/app"
	"odaq/internal/kernel/audit"
	"odaq/internal/kernel/backup"
	"odaq/internal/kernel/fault"
	"odaq/internal/platform/db"
)

// backupCmd writes and checks backups.
type backupCmd struct {
	Write backupWriteCmd `cmd:"" default:"withargs" help:"Write one snapshot of everything into an encrypted file; it may run beside a server."`
	Check backupCheckCmd `cmd:"" help:"Read a whole backup and say whether it is whole; no database is needed."`
}

type backupWriteCmd struct {
	Out        string   `required:"" short:"o" help:"File to write." placeholder:"FILE.age"`
	To         []string `help:"Public key of age to encrypt to; may be repeated." placeholder:"age1…"`
	Recipients string   `help:"File of such keys, one a line." type:"path" placeholder:"FILE"`
}

func (c *backupWriteCmd) Run(ctx context.Context, s *session) error {
	to, err := backup.Recipients(c.To, c.Recipients)
	if err != nil {
		return err
	}
	a, err := s.open(ctx, app.Options{ReadOnly: true, NeedKeys: true})
	if err != nil {
		return err
	}
	defer a.Close()
	show, done := s.progress("rows")
	var h backup.Header
	size, err := backup.Create(c.Out, func(w io.Writer) error {
		h, err = a.Backup(ctx, w, to, show)
		return err
	})
	done()
	if err != nil {
		return err
	}
	t := s.words()
	fmt.Fprintln(s.out, t.T("cli.backup-done", "File", c.Out, "Tables", h.Tables, "Rows", h.Rows, "Bytes", size))
	fmt.Fprintln(s.out, t.T("cli.backup-audit", "Entries", h.Audit.Seq, "Hash", h.Audit.Hash))
	fmt.Fprintln(s.out, t.T("cli.backup-apart", "File", s.config.Keys))
	return nil
}

type backupCheckCmd struct {
	File     string `arg:"" type:"path" help:"The backup."`
	Identity string `required:"" short:"i" type:"path" help:"File with the secret key of age." placeholder:"KEYFILE"`
}

func (c *backupCheckCmd) Run(_ context.Context, s *session) error {
	with, err := backup.Identities(c.Identity)
	if err != nil {
		return err
	}
	f, err := backup.Open(c.File, with)
	if err != nil {
		return err
	}
	defer f.Close()
	show, done := s.progress("rows")
	err = f.Check(show)
	done()
	if err != nil {
		return err
	}
	words, err := app.Words()
	if err != nil {
		return err
	}
	t, h := words.In(s.lang), f.Header
	fmt.Fprintln(s.out, t.T("cli.backup-whole", "Taken", h.Taken.String(), "Engine", h.Engine, "Odaq", h.Odaq, "Tables", h.Tables, "Rows", h.Rows))
	fmt.Fprintln(s.out, t.T("cli.backup-audit", "Entries", h.Audit.Seq, "Hash", h.Audit.Hash))
	return nil
}

// restoreCmd fills an empty database from a backup.
type restoreCmd struct {
	File         string `arg:"" type:"path" help:"The backup."`
	Identity     string `required:"" short:"i" type:"path" help:"File with the secret key of age." placeholder:"KEYFILE"`
	Erased       string `required:"" xor:"erased" type:"path" help:"The newest list of the erased, as odaq erased writes it: they are erased again." placeholder:"FILE.csv"`
	NobodyErased bool   `required:"" xor:"erased" help:"Nobody was erased since the backup."`
}

func (c *restoreCmd) Run(ctx context.Context, s *session) error {
	with, err := backup.Identities(c.Identity)
	if err != nil {
		return err
	}
	open := func() (*backup.File, error) { return backup.Open(c.File, with) }
	f, err := open()
	if err != nil {
		return err
	}
	h := f.Header
	f.Close()
	erased, err := c.erased()
	if err != nil {
		return err
	}
	a, err := s.open(ctx, app.Options{NeedKeys: true, Restoring: true})
	if err != nil {
		return err
	}
	defer a.Close()
	if err := a.CheckRestore(h); err != nil {
		return err
	}
	show, done := s.progress("rows")
	r, err := a.Restore(app.System(ctx), open, erased, show)
	done()
	if err != nil {
		return err
	}
	t := s.words()
	fmt.Fprintln(s.out, t.T("cli.restore-done", "Taken", r.Taken.String(), "Engine", r.Engine, "Tables", r.Tables, "Rows", r.Rows))
	s.settled(r)
	if err := c.verify(ctx, s, a, h); err != nil {
		return err
	}
	fmt.Fprintln(s.out, t.T("cli.restore-next"))
	if a.DB.Engine() == db.Postgres {
		fmt.Fprintln(s.out, t.T("cli.restore-role"))
	}
	return nil
}

func (c *restoreCmd) erased() (*backup.Erased, error) {
	if c.NobodyErased {
		return nil, nil
	}
	e, err := readErased(c.Erased)
	return &e, err
}

// verify holds what was restored against itself. The data are there either way:
// a chain or a count that does not hold did not hold when the backup was made.
func (c *restoreCmd) verify(ctx context.Context, s *session, a *app.App, h backup.Header) error {
	t := s.words()
	n, _, err := a.Verify(ctx)
	if broken, ok := errors.AsType[*audit.Break](err); ok {
		return fault.New(fault.Internal, "cli.restore-trail", "Entry", broken.Seq).Because(err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, t.T("cli.restore-audit", "Entries", h.Audit.Seq, "Hash", h.Audit.Hash, "Now", n))
	if err := a.Areas.Membership.CheckCounts(ctx, a.DB.Read(), a.Desk.Today()); err != nil {
		return fault.New(fault.Internal, "cli.restore-counts-differ", "Why", strings.TrimPrefix(err.Error(), "membership: ")).Because(err)
	}
	fmt.Fprintln(s.out, t.T("cli.restore-counts"))
	return nil
}

// erasedCmd keeps the erased erased.
type erasedCmd struct {
	Write erasedWriteCmd `cmd:"" default:"withargs" help:"Write the list of the erased, which a restore applies again."`
	Apply erasedApplyCmd `cmd:"" help:"After the database came back by other means than odaq restore: erase those of the list again, and end old sessions and codes."`
}

type erasedWriteCmd struct {
	Out string `required:"" short:"o" help:"File to write; keep it apart from the backups." placeholder:"FILE.csv"`
}

func (c *erasedWriteCmd) Run(ctx context.Context, s *session) error {
	a, err := s.open(ctx, app.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer a.Close()
	e, err := a.Erased(ctx)
	if err != nil {
		return err
	}
	if _, err := backup.Create(c.Out, e.Write); err != nil {
		return err
	}
	fmt.Fprintln(s.out, s.words().T("cli.erased-done", "File", c.Out, "Persons", len(e.Persons)))
	return nil
}

type erasedApplyCmd struct {
	File string `arg:"" type:"path" help:"The newest list of the erased."`
}

func (c *erasedApplyCmd) Run(ctx context.Context, s *session) error {
	e, err := readErased(c.File)
	if err != nil {
		return err
	}
	return s.with(ctx, func(ctx context.Context, a *app.App) error {
		r, err := a.Settle(ctx, e)
		if err == nil {
			s.settled(r)
		}
		return err
	})
}

func readErased(file string) (backup.Erased, error) {
	f, err := os.Open(file)
	if err != nil {
		return backup.Erased{}, err
	}
	defer f.Close()
	return backup.ReadErased(f)
}

// settled says what was erased again and revoked.
func (s *session) settled(r app.Restored) {
	t := s.words()
	fmt.Fprintln(s.out, t.T("cli.restore-erased", "Again", r.Again, "Known", r.Known))
	fmt.Fprintln(s.out, t.T("cli.restore-revoked", "Sessions", r.Sessions, "Codes", r.Codes, "Tokens", r.Tokens, "Messages", r.Messages))
}
