package account

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/ref"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/login"
	"odaq/internal/platform/mail"
)

// Kind is the kind of references to accounts.
const Kind = "account"

// Options of New.
type Options struct {
	Desk    *act.Desk
	Login   *login.Login
	Outbox  *mail.Outbox
	Senders map[mail.Channel]mail.Sender // nil: messages stay in the outbox
	Text    *text.Catalog
	BaseURL string // for links in messages and on slips
	Demo    bool   // the outbox is open to everybody, and DemoLink works
	// PersonName is the name by which a member is greeted; nil: none.
	PersonName func(ctx context.Context, q db.Querier, person id.ID) (string, error)
	// Address is the network address of a request; nil: the peer's. Behind a
	// proxy it must come from the header the proxy sets.
	Address func(r *http.Request) string
}

// Service is sign-in and accounts. It implements site.Identifier.
type Service struct {
	o        Options
	login    *login.Login
	sessions *login.Sessions
}

// New makes the service.
func New(o Options) *Service {
	if o.Address == nil {
		o.Address = peer
	}
	o.BaseURL = strings.TrimSuffix(o.BaseURL, "/")
	return &Service{o: o, login: o.Login, sessions: o.Login.Sessions()}
}

// peer is the address of the other end: of IPv6 the /64 that one customer has.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if a = a.Unmap().WithZone(""); a.Is6() {
		p, _ := a.Prefix(64) // 64 is a length IPv6 has
		return p.Masked().String()
	}
	return a.String()
}

// Identify says who sends a request: by an access token in the Authorization
// header, else by the session cookie, else the public.
func (s *Service) Identify(r *http.Request) (access.Actor, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		return s.bearer(r, header)
	}
	ctx, err := s.sessions.Load(r)
	if err != nil {
		return access.Actor{}, err
	}
	session := s.sessions.Current(ctx)
	if session.Account == 0 {
		return access.Actor{}, nil
	}
	actor, err := s.actor(ctx, session.Account)
	actor.Agent, actor.Session, actor.Second = "page", id.ID(session.ID), session.Second
	return actor, err
}

func (s *Service) bearer(r *http.Request, header string) (access.Actor, error) {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return access.Actor{}, fault.New(fault.Denied, "account.fault.token")
	}
	ctx := r.Context()
	t, err := s.login.Token(ctx, strings.TrimSpace(token))
	if errors.Is(err, login.ErrRefused) {
		// Guessing is hopeless, but it shall not be free either.
		if err := s.login.Allow(ctx, s.login.Address(s.o.Address(r))); err != nil {
			return access.Actor{}, words(err)
		}
		return access.Actor{}, fault.New(fault.Denied, "account.fault.token")
	}
	if err != nil {
		return access.Actor{}, err
	}
	actor, err := s.actor(ctx, t.Account)
	if err == nil && !actor.Signed() { // locked
		err = fault.New(fault.Denied, "account.fault.token")
	}
	actor.Agent, actor.Second, actor.Limits = "api", t.Second, []access.Action{}
	for _, scope := range t.Scopes {
		actor.Limits = append(actor.Limits, access.Action(scope))
	}
	return actor, err
}

// actor reads who stands behind an account; one that was locked is the public.
func (s *Service) actor(ctx context.Context, account int64) (access.Actor, error) {
	q := s.o.Desk.DB.Read()
	a, err := s.login.Account(ctx, q, account)
	if errors.Is(err, login.ErrAbsent) || err == nil && a.State != login.Open {
		return access.Actor{}, nil
	}
	if err != nil {
		return access.Actor{}, err
	}
	name, err := s.name(ctx, q, a)
	return access.Actor{Account: id.ID(a.ID), Person: id.ID(a.Person), Name: name}, err
}

// name is what an account is called on its owner's pages.
func (s *Service) name(ctx context.Context, q db.Querier, a login.Account) (string, error) {
	if a.Label != "" {
		return a.Label, nil
	}
	if a.Person != 0 && s.o.PersonName != nil {
		name, err := s.o.PersonName(ctx, q, id.ID(a.Person))
		if err != nil || name != "" {
			return name, err
		}
	}
	if a.Email != "" {
		return a.Email, nil
	}
	return id.ID(a.ID).String(), nil
}

// Name is what an account is called.
func (s *Service) Name(ctx context.Context, q db.Querier, account id.ID) (string, error) {
	a, err := s.login.Account(ctx, q, int64(account))
	if err != nil {
		return "", words(err)
	}
	return s.name(ctx, q, a)
}

// Draft is a new account.
type Draft struct {
	Person   id.ID // 0: nobody of the register
	Label    string
	Email    string `audit:"-"`
	Phone    string `audit:"-"`
	Language text.Lang
}

// Create makes an account in the caller's transaction. A second one for the
// same person or address is a Conflict.
func (s *Service) Create(ctx context.Context, tx *db.Tx, d Draft) (id.ID, error) {
	if d.Language == "" {
		d.Language = text.KK
	}
	v := id.New()
	err := s.login.Create(ctx, tx, login.Account{ID: int64(v), Person: int64(d.Person), Label: strings.TrimSpace(d.Label),
		Email: d.Email, Phone: d.Phone, Language: string(d.Language)})
	return v, words(err)
}

// slipLife is how long a printed activation code works; linkLife a link that
// was sent.
const (
	slipLife = 30 * 24 * time.Hour
	linkLife = 30 * time.Minute
)

// Activation makes the code by which the account's owner signs in for the first
// time, K7QF-2M9X-…: it works once, for 30 days.
func (s *Service) Activation(ctx context.Context, tx *db.Tx, account id.ID) (string, error) {
	return s.login.IssueCode(ctx, tx, int64(account), login.Code{Kind: "slip", Life: slipLife})
}

// DemoLink is an address that signs in again and again, with the second factor
// taken as proved. It is refused outside a demonstration.
func (s *Service) DemoLink(ctx context.Context, tx *db.Tx, account id.ID) (string, error) {
	if !s.o.Demo {
		return "", fault.New(fault.Denied, "fault.denied")
	}
	code, err := s.login.IssueCode(ctx, tx, int64(account), login.Code{Kind: "demo", Life: 365 * 24 * time.Hour, Uses: 1_000_000, Second: true})
	return s.link(code), err
}

func (s *Service) link(code string) string { return s.o.BaseURL + "/sign-in/code/" + code }

// Of is the account of a person, not found if there is none.
func (s *Service) Of(ctx context.Context, q db.Querier, person id.ID) (id.ID, error) {
	account, err := s.login.OfPerson(ctx, q, int64(person))
	return id.ID(account), words(err)
}

// Find is who stands behind the account that a text names: by its identifier, by
// its e-mail address, or as person:ID. Behind a locked account stands the public.
func (s *Service) Find(ctx context.Context, q db.Querier, text string) (access.Actor, error) {
	account, err := s.named(ctx, q, text)
	if err == nil {
		_, err = s.login.Account(ctx, q, account)
	}
	if err != nil {
		return access.Actor{}, words(err)
	}
	return s.actor(ctx, account)
}

func (s *Service) named(ctx context.Context, q db.Querier, text string) (int64, error) {
	if strings.Contains(text, "@") {
		return s.login.OfEmail(ctx, q, text)
	}
	if r, err := ref.Parse(text); err == nil && r.Kind == "person" {
		return s.login.OfPerson(ctx, q, int64(r.ID))
	}
	v, err := id.Parse(text)
	if err != nil {
		return 0, login.ErrAbsent
	}
	return int64(v), nil
}

// Forget erases the account of a person, if there is one: proofs, sessions,
// tokens, address. What is left is a locked number in the audit trail.
func (s *Service) Forget(ctx context.Context, tx *db.Tx, person id.ID) error {
	account, err := s.login.OfPerson(ctx, tx, int64(person))
	if errors.Is(err, login.ErrAbsent) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.login.Forget(ctx, tx, account)
}

// staff reports whether the account holds a role that asks for a second factor.
func (s *Service) staff(ctx context.Context, q db.Querier, account id.ID) (bool, error) {
	held, err := s.o.Desk.Gate.Held(ctx, q, account)
	return slices.ContainsFunc(held, func(g access.Grant) bool { return g.Role.Staff() }), err
}

// words puts what login says into faults; other errors pass.
func words(err error) error {
	if limited, ok := errors.AsType[*login.Limited](err); ok {
		return fault.New(fault.Limited, "fault.limited", "Seconds", int64(limited.Wait.Round(time.Second)/time.Second))
	}
	for _, w := range []struct{ is, as error }{
		{login.ErrRefused, fault.New(fault.Invalid, "account.fault.refused")},
		{login.ErrTaken, fault.New(fault.Conflict, "account.fault.taken")},
		{login.ErrAbsent, fault.Absent()},
		{login.ErrGone, fault.New(fault.Unready, "account.fault.gone")},
		{login.ErrEmail, fault.Check().In("email", "account.fault.email")},
		{login.ErrShort, fault.Check().In("password", "account.fault.short", "Min", login.MinPassword)},
		{login.ErrLong, fault.Check().In("password", "fault.too-long", "Max", login.MaxPassword)},
		{login.ErrCommon, fault.Check().In("password", "account.fault.common")},
	} {
		if errors.Is(err, w.is) {
			return w.as
		}
	}
	return err
}

// do is act.Do on one account.
func do[T any](ctx context.Context, s *Service, action access.Action, account id.ID, fn func(tx *act.Tx) (T, error)) (T, error) {
	out, err := act.Do(ctx, s.o.Desk, act.Request{Action: action, Record: ref.To(Kind, account)}, func(tx *act.Tx) (T, error) {
		out, err := fn(tx)
		return out, words(err)
	})
	return out, err
}

// done is do for acts that answer nothing. What is done to which account, and
// to what of it (input), tells a repeated request from another under its key.
func done(ctx context.Context, s *Service, action access.Action, account id.ID, what string, fn func(tx *act.Tx) error, input ...any) error {
	request := act.Request{Action: action, Record: ref.To(Kind, account), Input: append([]any{account, what}, input...)}
	_, err := act.Do(ctx, s.o.Desk, request, func(tx *act.Tx) (struct{}, error) {
		tx.Changed(ref.To(Kind, account), nil, map[string]string{"done": what})
		return struct{}{}, words(fn(tx))
	})
	return err
}

// Deliver sends what waits in the outbox: a job.
func (s *Service) Deliver(ctx context.Context) error {
	if s.o.Senders == nil {
		return nil
	}
	_, err := s.o.Outbox.Deliver(ctx, s.o.Desk.DB, s.o.Senders, 200)
	return err
}
