package main

import (
	"context"
	"fmt"

	"odaq/internal/app"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/account"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/ref"
	"odaq/internal/kernel/text"
)

// userCmd makes accounts: the first administrator has no page to be made on.
type userCmd struct {
	Add   userAddCmd   `cmd:"" help:"Make an account and print its activation code."`
	Grant userGrantCmd `cmd:"" help:"Give an account a role at an organisation."`
	Code  userCodeCmd  `cmd:"" help:"Print a new activation code."`
}

type userAddCmd struct {
	Label string `arg:"" help:"How the account is called: a name or an office."`
	Email string `help:"E-mail address." placeholder:"ADDRESS"`
	Phone string `help:"Telephone number, to which codes can be sent." placeholder:"+7…"`
}

func (c *userAddCmd) Run(ctx context.Context, s *session) error {
	return s.do(ctx, account.Administer, func(ctx context.Context, a *app.App, tx *act.Tx) error {
		v, err := a.Who.Create(ctx, tx.Tx, account.Draft{Label: c.Label, Email: c.Email, Phone: c.Phone, Language: s.lang})
		if err != nil {
			return err
		}
		tx.Changed(ref.To(account.Kind, v), nil, map[string]string{"label": c.Label})
		code, err := a.Who.Activation(ctx, tx.Tx, v)
		tx.AfterCommit(func() {
			t := s.words()
			fmt.Fprintln(s.out, t.T("cli.account-made", "Account", v.String()))
			fmt.Fprintln(s.out, t.T("cli.account-code", "Code", code, "Address", s.config.Base()))
		})
		return err
	})
}

type userCodeCmd struct {
	Account string `arg:"" help:"Identifier of the account."`
}

func (c *userCodeCmd) Run(ctx context.Context, s *session) error {
	return s.do(ctx, account.Administer, func(ctx context.Context, a *app.App, tx *act.Tx) error {
		v, err := identifier(c.Account)
		if err != nil {
			return err
		}
		code, err := a.Who.Activation(ctx, tx.Tx, v)
		tx.Changed(ref.To(account.Kind, v), nil, map[string]string{"code": "new"})
		tx.AfterCommit(func() { fmt.Fprintln(s.out, code) })
		return err
	})
}

type userGrantCmd struct {
	Account  string `arg:"" help:"Identifier of the account."`
	Role     string `arg:"" enum:"member,chair,registrar,leader,dataofficer,auditor,admin,partner,observer" help:"${enum}"`
	Org      string `arg:"" help:"Identifier of the organisation, or “federation”."`
	Decision string `required:"" help:"Number of the decision behind it." placeholder:"NUMBER"`
	From     string `help:"First day; today otherwise." placeholder:"DATE"`
	To       string `help:"Day on which it ends." placeholder:"DATE"`
}

func (c *userGrantCmd) Run(ctx context.Context, s *session) error {
	g := access.Grant{ID: id.New(), Role: access.Role(c.Role), Decision: c.Decision, To: cal.Forever}
	return s.do(ctx, account.GiveRole, func(ctx context.Context, a *app.App, tx *act.Tx) error {
		var err error
		if g.Account, err = identifier(c.Account); err != nil {
			return err
		}
		if g.Org, err = orgNamed(ctx, a, c.Org); err != nil {
			return err
		}
		g.From = tx.Today
		for _, d := range []struct {
			text string
			to   *cal.Day
		}{{c.From, &g.From}, {c.To, &g.To}} {
			if d.text != "" {
				if *d.to, err = parseDay(d.text); err != nil {
					return err
				}
			}
		}
		tx.Changed(ref.To(account.Kind, g.Account), nil, map[string]string{"role": c.Role, "org": g.Org.String()})
		return access.Give(ctx, tx.Tx, g, tx.Now)
	})
}

// do is one act of the operator.
func (s *session) do(ctx context.Context, action access.Action, fn func(ctx context.Context, a *app.App, tx *act.Tx) error) error {
	a, err := s.open(ctx, app.Options{Migrate: true})
	if err != nil {
		return err
	}
	defer a.Close()
	ctx = text.With(app.System(ctx), s.words())
	_, err = act.Do(ctx, a.Desk, act.Request{Action: action}, func(tx *act.Tx) (struct{}, error) {
		return struct{}{}, fn(ctx, a, tx)
	})
	return err
}

// orgNamed reads an identifier, "federation", a BIN or the beginning of a name
// that only one organisation has.
func orgNamed(ctx context.Context, a *app.App, text string) (id.ID, error) {
	return named(ctx, a.DB.Read(), a, text)
}
