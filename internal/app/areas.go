package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"odaq/internal/area/membership"
	"odaq/internal/area/structure"
	"odaq/internal/kernel/account"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/module"
	"odaq/internal/platform/db"
	"odaq/internal/platform/login"
	"odaq/internal/platform/mail"
)

// Areas are what the federation does. This is the only list of them.
type Areas struct {
	Structure  *structure.Area
	Membership *membership.Area
}

// areas makes the areas and wires what one needs of another.
func (a *App) areas(_ context.Context, o Options) error {
	members := membership.New(a.Desk, a.Profile, a.Seal)
	a.Areas = Areas{Structure: structure.New(a.Desk, a.Profile, members), Membership: members}
	members.Link(membership.Links{Holdings: a.Holdings, Keeping: a.Keeping, Officers: officers})

	oidc, err := a.Config.OIDC.open()
	if err != nil {
		return err
	}
	signIn, err := login.New(login.Options{DB: a.DB, Seal: a.Seal, Now: o.Clock, BaseURL: a.Config.Base(), OIDC: oidc})
	if err != nil {
		return err
	}
	senders, err := a.Config.senders()
	if err != nil {
		return err
	}
	a.Who = account.New(account.Options{
		Desk: a.Desk, Login: signIn, Outbox: &mail.Outbox{Seal: a.Seal, Now: o.Clock, Log: a.Log}, Senders: senders, Text: a.Text,
		BaseURL: a.Config.Base(), Demo: o.Demo, Address: a.Config.address(),
		PersonName: func(ctx context.Context, q db.Querier, person id.ID) (string, error) {
			return members.Greeting(ctx, q, person)
		},
	})
	a.Desk.Events.On("membership.erased", func(ctx context.Context, tx *db.Tx, e event.Event) error { return a.Who.Forget(ctx, tx, e.Record.ID) })
	a.modules = []module.Module{a.Areas.Structure.Module(), a.Areas.Membership.Module(), a.Who.Module()}
	return nil
}

// officers lets a member's page name those who answer for the organisation.
func officers(ctx context.Context, q db.Querier, org id.ID, day cal.Day) ([]membership.Officer, error) {
	elected, err := structure.Elected(ctx, q, org, day)
	out := make([]membership.Officer, len(elected))
	for i, e := range elected {
		out[i] = membership.Officer(e)
	}
	return out, err
}

// Base is the address under which people reach the installation.
func (c Config) Base() string {
	if c.URL != "" {
		return strings.TrimSuffix(c.URL, "/")
	}
	return "http://" + strings.Replace(c.Listen, "127.0.0.1", "localhost", 1)
}

// address reads the client's address from the header the reverse proxy sets;
// nil is the peer's own.
func (c Config) address() func(*http.Request) string {
	if c.Proxy == "" {
		return nil
	}
	return func(r *http.Request) string {
		// A proxy appends: the last address is the one it saw itself.
		all := strings.Split(r.Header.Get(c.Proxy), ",")
		return strings.TrimSpace(all[len(all)-1])
	}
}

func (c OIDCConfig) open() (*login.OIDC, error) {
	if c.Issuer == "" {
		return nil, nil
	}
	secret, err := secretFile(c.Secret)
	return &login.OIDC{Name: c.Name, Issuer: c.Issuer, ClientID: c.Client, ClientSecret: secret}, err
}

// senders are the ways in which messages go out; nil if there is none.
func (c Config) senders() (map[mail.Channel]mail.Sender, error) {
	out := map[mail.Channel]mail.Sender{}
	if c.Mail.Server != "" {
		secret, err := secretFile(c.Mail.Secret)
		if err != nil {
			return nil, err
		}
		if c.Mail.From == "" {
			return nil, errors.New("mail: a server is set but no sender address (mail-from)")
		}
		out[mail.Email] = &mail.SMTP{Addr: c.Mail.Server, From: c.Mail.From, User: c.Mail.User, Password: secret}
	}
	if c.SMS.URL != "" {
		secret, err := secretFile(c.SMS.Secret)
		if err != nil {
			return nil, err
		}
		gateway, err := mail.NewGateway(mail.GatewayOptions{URL: c.SMS.URL, Token: secret, From: c.SMS.From, Form: c.SMS.Format == "form"})
		if err != nil {
			return nil, err
		}
		out[mail.SMS] = gateway
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

func secretFile(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading a secret: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}
