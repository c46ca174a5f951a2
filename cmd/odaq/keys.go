package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"odaq/internal/app"
	"odaq/internal/kernel/cal"
	"odaq/internal/platform/seal"
)

// keysCmd looks at the keyset file, and changes its keys.
type keysCmd struct {
	List   keysListCmd   `cmd:"" default:"1" help:"List the keys, and how much is under each; it shows no key itself."`
	Rotate keysRotateCmd `cmd:"" help:"Add new keys; what is sealed with the old ones still opens. With all servers stopped."`
	Reseal keysResealCmd `cmd:"" help:"Seal everything anew that is under an old key; it may be stopped and run again. On SQLite with the server stopped."`
	Retire keysRetireCmd `cmd:"" help:"Take a key out of the file once nothing is under it."`
}

type keysListCmd struct{}

func (keysListCmd) Run(ctx context.Context, s *session) error {
	a, err := s.open(ctx, app.Options{ReadOnly: true, NeedKeys: true})
	if err != nil {
		return err
	}
	defer a.Close()
	uses, err := a.KeyUses(ctx)
	if err != nil {
		return err
	}
	t := s.words()
	w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t\n", t.T("cli.keys-id"), t.T("cli.keys-use"), t.T("cli.keys-made"), t.T("cli.keys-values"), t.T("cli.keys-codes-under"))
	for _, k := range a.Seal.Keys() {
		made, mark := "—", ""
		if !k.Made.IsZero() {
			made = cal.DayOf(k.Made.In(a.Desk.Zone)).String()
		}
		if k.Primary {
			mark = t.T("cli.keys-in-use")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, t.T("cli.keys-"+string(k.Use)), made, t.Number(uses.Values[k.ID]), t.Number(uses.Codes[k.ID]), mark)
	}
	if err := w.Flush(); err != nil || uses.Strange == 0 {
		return err
	}
	fmt.Fprintln(s.errs, "odaq:", t.T("cli.keys-strange", "File", s.config.Keys, "N", uses.Strange))
	return nil
}

type keysRotateCmd struct{}

func (keysRotateCmd) Run(ctx context.Context, s *session) error {
	a, err := s.open(ctx, app.Options{Migrate: true, NeedKeys: true})
	if err != nil {
		return err
	}
	defer a.Close()
	fresh, err := a.RotateKeys(app.System(ctx))
	if err != nil {
		return err
	}
	numbers := make([]string, len(fresh))
	for i, k := range fresh {
		numbers[i] = k.ID.String()
	}
	t := s.words()
	fmt.Fprintln(s.out, t.T("cli.keys-rotated", "File", s.config.Keys, "Keys", strings.Join(numbers, ", ")))
	fmt.Fprintln(s.out, t.T("cli.keys-rotated-next", "File", s.config.Keys))
	return nil
}

type keysResealCmd struct{}

func (keysResealCmd) Run(ctx context.Context, s *session) error {
	a, err := s.open(ctx, app.Options{Migrate: true, NeedKeys: true})
	if err != nil {
		return err
	}
	defer a.Close()
	show, done := s.progress("values")
	n, err := a.Reseal(app.System(ctx), show)
	done()
	if err != nil {
		return err
	}
	if n == 0 {
		fmt.Fprintln(s.out, s.words().T("cli.keys-nothing"))
		return nil
	}
	fmt.Fprintln(s.out, s.words().T("cli.keys-resealed", "N", n))
	return nil
}

type keysRetireCmd struct {
	Key      uint32 `arg:"" help:"Number of the key, as odaq keys lists it."`
	EndCodes bool   `help:"End the one-time codes and recovery codes that can only be looked up with it."`
}

func (c *keysRetireCmd) Run(ctx context.Context, s *session) error {
	a, err := s.open(ctx, app.Options{Migrate: true, NeedKeys: true})
	if err != nil {
		return err
	}
	defer a.Close()
	ended, err := a.RetireKey(app.System(ctx), seal.KeyID(c.Key), c.EndCodes)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, s.words().T("cli.keys-retired", "Key", seal.KeyID(c.Key).String(), "File", s.config.Keys, "N", ended))
	return nil
}
