package account

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/ref"
	"odaq/internal/kernel/site"
	"odaq/internal/platform/login"
	"odaq/internal/platform/mail"
)

func escape(s string) string { return url.QueryEscape(s) }

// strong asks for the second factor of who has one, and for a session: neither a
// stolen session nor a token shall be able to take the account over.
func (s *Service) strong(r *site.Request) error { return s.strongActor(r.Context(), r.Actor) }

func (s *Service) strongActor(ctx context.Context, a access.Actor) error {
	if a.Limits != nil {
		return fault.New(fault.Denied, "account.fault.by-token")
	}
	if a.Second {
		return nil
	}
	f, err := s.login.Factors(ctx, s.o.Desk.DB.Read(), int64(a.Account))
	if err != nil {
		return err
	}
	if f.Second() {
		return fault.New(fault.Denied, "fault.second-factor")
	}
	return nil
}

// overview is what the account page shows.
type overview struct {
	account  login.Account
	factors  login.Factors
	staff    bool
	sessions []login.OpenSession
	current  int64
	passkeys []login.Passkey
	tokens   []login.Token
	grants   []grantLine
	provider string
	linked   bool
}

func (s *Service) overview(r *site.Request) (o overview, err error) {
	ctx, err := s.sessions.Load(r.Request)
	if err != nil {
		return o, err
	}
	q, me := s.o.Desk.DB.Read(), int64(r.Actor.Account)
	if o.account, err = s.login.Account(ctx, q, me); err != nil {
		return o, err
	}
	if o.factors, err = s.login.Factors(ctx, q, me); err != nil {
		return o, err
	}
	if o.staff, err = s.staff(ctx, q, r.Actor.Account); err != nil {
		return o, err
	}
	if o.sessions, err = s.sessions.List(ctx, q, me); err != nil {
		return o, err
	}
	if o.passkeys, err = s.login.Passkeys(ctx, q, me); err != nil {
		return o, err
	}
	if o.tokens, err = s.login.Tokens(ctx, q, me); err != nil {
		return o, err
	}
	if o.grants, err = grantLines(ctx, q, r.Actor.Account, r.Today); err != nil {
		return o, err
	}
	o.current, o.provider = s.sessions.Current(ctx).ID, s.login.Provider()
	o.linked, err = s.login.Linked(ctx, q, me)
	return o, err
}

func (s *Service) getAccount(r *site.Request) error {
	return s.showAccount(r, form{r: r})
}

func (s *Service) showAccount(r *site.Request, f form) error {
	o, err := s.overview(r)
	if err != nil {
		return err
	}
	p := site.Page{Title: r.T.T("account.mine"), Member: r.Actor.Person != 0}
	if f.err != nil {
		return r.Again(f.err, p, mine(f, o))
	}
	return r.Show(p, mine(f, o))
}

func (s *Service) postSetPassword(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	if err := s.strong(r); err != nil {
		return err
	}
	err = s.setPassword(r, v.Get("current"), v.Get("password"))
	if err != nil {
		return s.showAccount(r, form{r: r, err: words(err)})
	}
	return r.Go("/account", "account.done.password")
}

func (s *Service) setPassword(r *site.Request, current, plain string) error {
	ctx, err := s.sessions.Load(r.Request)
	if err != nil {
		return err
	}
	me := int64(r.Actor.Account)
	a, err := s.login.Account(ctx, s.o.Desk.DB.Read(), me)
	if err != nil {
		return err
	}
	has, err := s.login.HasPassword(ctx, s.o.Desk.DB.Read(), me)
	if err != nil {
		return err
	}
	if has && !r.Actor.Second {
		if err := s.login.Allow(ctx, s.login.Named("own-password", r.Actor.Account.String())); err != nil {
			return err
		}
		if err := s.login.OwnPassword(ctx, me, current); err != nil {
			if err == login.ErrRefused {
				return fault.Check().In("current", "account.fault.current")
			}
			return err
		}
	}
	if err := login.CheckPassword(plain, a.Email, a.Label); err != nil {
		return err
	}
	hash, err := s.login.HashPassword(ctx, plain)
	if err != nil {
		return err
	}
	keep := s.sessions.Current(ctx).ID
	return done(ctx, s, Self, r.Actor.Account, "password", func(tx *act.Tx) error {
		if err := s.login.SetPassword(ctx, tx.Tx, me, hash); err != nil {
			return err
		}
		_, err := s.sessions.RevokeOthers(ctx, tx.Tx, me, keep)
		return err
	})
}

// newEmail waits in the session until its owner types the code sent to it.
type newEmail struct {
	Address, Code string
	Until         time.Time
	Tries         int
}

func (s *Service) postEmail(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	if err := s.strong(r); err != nil {
		return err
	}
	ctx, err := s.sessions.Load(r.Request)
	if err != nil {
		return err
	}
	address, err := login.NormalEmail(v.Get("email"))
	if err == nil && address == "" {
		err = login.ErrEmail
	}
	if err == nil {
		err = s.login.Allow(ctx, s.login.Named("email", r.Actor.Account.String()))
	}
	if err != nil {
		return s.showAccount(r, form{r: r, v: v, err: words(err)})
	}
	wait := newEmail{Address: address, Code: login.ShortCode(), Until: s.o.Desk.Clock().Add(linkLife)}
	kept, err := json.Marshal(wait)
	if err != nil {
		return err
	}
	if err := s.sessions.Keep(ctx, r.W, "email", kept); err != nil {
		return words(err)
	}
	err = done(ctx, s, Self, r.Actor.Account, "email-asked", func(tx *act.Tx) error {
		return s.o.Outbox.Post(ctx, tx.Tx, int64(id.New()), mail.Message{Channel: mail.Email, To: address,
			Subject: r.T.T("account.confirm-message.subject"),
			Body:    r.T.T("account.confirm-message.body", "Code", wait.Code, "Minutes", int64(linkLife.Minutes()))})
	})
	if err != nil {
		return err
	}
	return r.Go("/account/email", "")
}

func (s *Service) getEmail(r *site.Request) error {
	return r.Show(site.Page{Title: r.T.T("account.email-confirm")}, emailConfirm(form{r: r}))
}

func (s *Service) postEmailConfirm(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	ctx, err := s.sessions.Load(r.Request)
	if err != nil {
		return err
	}
	kept, err := s.sessions.Take(ctx, "email")
	if err != nil {
		return words(err)
	}
	var wait newEmail
	if err := json.Unmarshal(kept, &wait); err != nil {
		return err
	}
	if wait.Until.Before(s.o.Desk.Clock()) || wait.Tries >= 5 {
		return words(login.ErrGone)
	}
	if login.NormalCode(v.Get("code")) != login.NormalCode(wait.Code) {
		wait.Tries++
		if kept, err = json.Marshal(wait); err != nil {
			return err
		}
		if err := s.sessions.Keep(ctx, r.W, "email", kept); err != nil {
			return words(err)
		}
		f := form{r: r, v: v, err: fault.Check().In("code", "account.fault.code")}
		return r.Again(f.err, site.Page{Title: r.T.T("account.email-confirm")}, emailConfirm(f))
	}
	err = done(ctx, s, Self, r.Actor.Account, "email", func(tx *act.Tx) error {
		return s.login.SetEmail(ctx, tx.Tx, int64(r.Actor.Account), wait.Address)
	})
	if err != nil {
		return err
	}
	return r.Go("/account", "account.done.email")
}

func (s *Service) postRevokeSession(r *site.Request) error {
	session, err := r.ID("session")
	if err != nil {
		return err
	}
	ctx := r.Context()
	err = done(ctx, s, Self, r.Actor.Account, "session-ended", func(tx *act.Tx) error {
		return s.sessions.Revoke(ctx, tx.Tx, int64(r.Actor.Account), int64(session))
	})
	if err != nil {
		return err
	}
	return r.Go("/account", "account.done.session")
}

func (s *Service) postRevokeOthers(r *site.Request) error {
	ctx, err := s.sessions.Load(r.Request)
	if err != nil {
		return err
	}
	keep := s.sessions.Current(ctx).ID
	err = done(ctx, s, Self, r.Actor.Account, "sessions-ended", func(tx *act.Tx) error {
		_, err := s.sessions.RevokeOthers(ctx, tx.Tx, int64(r.Actor.Account), keep)
		return err
	})
	if err != nil {
		return err
	}
	return r.Go("/account", "account.done.sessions")
}

func (s *Service) postBeginTOTP(r *site.Request) error {
	if err := s.strong(r); err != nil {
		return err
	}
	ctx := r.Context()
	err := done(ctx, s, Self, r.Actor.Account, "totp-asked", func(tx *act.Tx) error {
		return s.login.BeginTOTP(ctx, tx.Tx, int64(r.Actor.Account))
	})
	if err != nil {
		return err
	}
	return r.Go("/account/totp", "")
}

func (s *Service) getTOTP(r *site.Request) error {
	if err := s.strong(r); err != nil {
		return err
	}
	return s.showTOTP(r, form{r: r})
}

func (s *Service) showTOTP(r *site.Request, f form) error {
	secret, address, err := s.login.PendingTOTP(r.Context(), s.o.Desk.DB.Read(), int64(r.Actor.Account), r.Actor.Name)
	if err != nil {
		return words(err)
	}
	p := site.Page{Title: r.T.T("account.totp")}
	body := totpSetup(f, spaced(secret), address)
	if f.err != nil {
		return r.Again(f.err, p, body)
	}
	return r.Show(p, body)
}

// spaced sets a secret in fours for typing.
func spaced(s string) string {
	var parts []string
	for c := range slices.Chunk([]byte(s), 4) {
		parts = append(parts, string(c))
	}
	return strings.Join(parts, " ")
}

func (s *Service) postConfirmTOTP(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	ctx, err := s.sessions.Load(r.Request)
	if err != nil {
		return err
	}
	if err := s.strong(r); err != nil {
		return err
	}
	me := int64(r.Actor.Account)
	if err := s.login.Allow(ctx, s.login.Named("second", r.Actor.Account.String())); err != nil {
		return s.showTOTP(r, form{r: r, v: v, err: words(err)})
	}
	codes, err := do(ctx, s, Self, r.Actor.Account, func(tx *act.Tx) ([]string, error) {
		tx.Changed(ref.To(Kind, r.Actor.Account), nil, map[string]string{"done": "totp"})
		if err := s.login.ConfirmTOTP(ctx, tx.Tx, me, v.Get("code")); err != nil {
			return nil, err
		}
		return s.login.IssueRecovery(ctx, tx.Tx, me)
	})
	if fault.Is(err, fault.Invalid) {
		return s.showTOTP(r, form{r: r, v: v, err: fault.Check().In("code", "account.fault.code")})
	}
	if err != nil {
		return err
	}
	// Who has just proved the new factor has proved it for this session too.
	if err := s.sessions.Confirm(ctx, r.W); err != nil {
		return words(err)
	}
	return r.Show(site.Page{Title: r.T.T("account.recovery")}, recoveryPage(r, codes))
}

func (s *Service) postRecovery(r *site.Request) error {
	if err := s.strong(r); err != nil {
		return err
	}
	ctx := r.Context()
	codes, err := do(ctx, s, Self, r.Actor.Account, func(tx *act.Tx) ([]string, error) {
		tx.Changed(ref.To(Kind, r.Actor.Account), nil, map[string]string{"done": "recovery"})
		return s.login.IssueRecovery(ctx, tx.Tx, int64(r.Actor.Account))
	})
	if err != nil {
		return err
	}
	return r.Show(site.Page{Title: r.T.T("account.recovery")}, recoveryPage(r, codes))
}

func (s *Service) postRemoveTOTP(r *site.Request) error {
	if err := s.strong(r); err != nil {
		return err
	}
	ctx := r.Context()
	err := done(ctx, s, Self, r.Actor.Account, "totp-removed", func(tx *act.Tx) error {
		return s.login.RemoveTOTP(ctx, tx.Tx, int64(r.Actor.Account))
	})
	if err != nil {
		return err
	}
	return r.Go("/account", "account.done.totp-removed")
}

func (s *Service) getSecond(r *site.Request) error { return s.showSecond(r, form{r: r}) }

func (s *Service) showSecond(r *site.Request, f form) error {
	if f.v == nil {
		f.v = url.Values{"next": {local(r.URL.Query().Get("next"))}}
	}
	factors, err := s.login.Factors(r.Context(), s.o.Desk.DB.Read(), int64(r.Actor.Account))
	if err != nil {
		return err
	}
	p := site.Page{Title: r.T.T("account.second")}
	if f.err != nil {
		return r.Again(f.err, p, second(f, factors))
	}
	return r.Show(p, second(f, factors))
}

func (s *Service) postSecond(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	ctx, err := s.sessions.Load(r.Request)
	if err != nil {
		return err
	}
	me, name := int64(r.Actor.Account), s.login.Named("second", r.Actor.Account.String())
	if err := s.login.Allow(ctx, s.login.Address(s.o.Address(r.Request)), name); err != nil {
		return s.showSecond(r, form{r: r, v: v, err: words(err)})
	}
	code := v.Get("code")
	err = done(ctx, s, Self, r.Actor.Account, "second", func(tx *act.Tx) error {
		err := s.login.CheckTOTP(ctx, tx.Tx, me, code)
		if err == login.ErrRefused {
			err = s.login.CheckRecovery(ctx, tx.Tx, me, code)
		}
		if err != nil {
			return err
		}
		return s.login.Forgive(ctx, tx.Tx, name)
	})
	if fault.Is(err, fault.Invalid) {
		return s.showSecond(r, form{r: r, v: v, err: fault.Check().In("code", "account.fault.code")})
	}
	if err != nil {
		return err
	}
	if err := s.sessions.Confirm(ctx, r.W); err != nil {
		return words(err)
	}
	return r.Go(local(v.Get("next")), "")
}

func (s *Service) beginPasskey(r *site.Request) error {
	if err := s.strong(r); err != nil {
		return err
	}
	ctx, err := s.sessions.Load(r.Request)
	if err != nil {
		return err
	}
	options, pending, err := s.login.BeginPasskey(ctx, int64(r.Actor.Account), r.Actor.Name)
	if err != nil {
		return err
	}
	if err := s.sessions.Keep(ctx, r.W, "new-passkey", pending); err != nil {
		return words(err)
	}
	return reply(r, options)
}

func (s *Service) finishPasskey(r *site.Request) error {
	body, err := answer(r)
	if err != nil {
		return err
	}
	if err := s.strong(r); err != nil {
		return err
	}
	ctx, err := s.sessions.Load(r.Request)
	if err != nil {
		return err
	}
	pending, err := s.sessions.Take(ctx, "new-passkey")
	if err != nil {
		return words(err)
	}
	me := int64(r.Actor.Account)
	credential, err := s.login.FinishPasskey(ctx, me, pending, body)
	if err != nil {
		return words(err)
	}
	err = done(ctx, s, Self, r.Actor.Account, "passkey", func(tx *act.Tx) error {
		return s.login.AddPasskey(ctx, tx.Tx, me, int64(id.New()), login.Device(r.UserAgent()), credential)
	})
	if err != nil {
		return err
	}
	if err := s.sessions.Confirm(ctx, r.W); err != nil {
		return words(err)
	}
	return replyNext(r, "/account")
}

func (s *Service) postRemovePasskey(r *site.Request) error {
	passkey, err := r.ID("passkey")
	if err != nil {
		return err
	}
	if err := s.removePasskey(r.Context(), passkey); err != nil {
		return err
	}
	return r.Go("/account", "account.done.passkey-removed")
}

// removePasskey takes a passkey away from who asks; a token takes none.
func (s *Service) removePasskey(ctx context.Context, passkey id.ID) error {
	actor := access.From(ctx)
	if err := s.strongActor(ctx, actor); err != nil {
		return err
	}
	return done(ctx, s, Self, actor.Account, "passkey-removed", func(tx *act.Tx) error {
		return s.login.RemovePasskey(ctx, tx.Tx, int64(actor.Account), int64(passkey))
	}, passkey)
}

func (s *Service) postUnlink(r *site.Request) error {
	if err := s.strong(r); err != nil {
		return err
	}
	ctx := r.Context()
	err := done(ctx, s, Self, r.Actor.Account, "unlinked", func(tx *act.Tx) error {
		return s.login.Unlink(ctx, tx.Tx, int64(r.Actor.Account))
	})
	if err != nil {
		return err
	}
	return r.Go("/account", "account.done.unlinked")
}

// TokenRequest asks for a personal access token.
type TokenRequest struct {
	Name   string          `json:"name" maxLength:"80"`
	Scopes []access.Action `json:"scopes" doc:"Actions such as membership.admit, or families such as membership.*"`
	Days   int             `json:"days" minimum:"1" maximum:"366"`
}

// Check says what is wrong with it. A scope must be an action or a family that
// exists; "*" is none.
func (t TokenRequest) Check(g *access.Gate) error {
	f := fault.Check()
	if strings.TrimSpace(t.Name) == "" {
		f.In("name", "fault.required")
	} else if len([]rune(t.Name)) > 80 {
		f.In("name", "fault.too-long", "Max", 80)
	}
	if len(t.Scopes) == 0 {
		f.In("scopes", "account.fault.scopes")
	}
	for _, scope := range t.Scopes {
		if !known(g, scope) {
			f.In("scopes", "account.fault.scope")
			break
		}
	}
	if t.Days < 1 || t.Days > 366 {
		f.In("days", "account.fault.days", "Max", 366)
	}
	return f.OrNil()
}

func known(g *access.Gate, scope access.Action) bool {
	family, all := strings.CutSuffix(string(scope), ".*")
	return slices.ContainsFunc(g.Rules(), func(r access.Rule) bool {
		return r.Action == scope || all && family != "" && strings.HasPrefix(string(r.Action), family+".")
	})
}

// makeToken issues a token for who asks, as strong as the session it is asked
// in, and returns its secret, which is shown this once and kept nowhere, so that
// a repeated request (Idempotency-Key) cannot have it again. A token makes none.
func (s *Service) makeToken(ctx context.Context, in TokenRequest) (string, login.Token, error) {
	if err := s.strongActor(ctx, access.From(ctx)); err != nil {
		return "", login.Token{}, err
	}
	if err := in.Check(s.o.Desk.Gate); err != nil {
		return "", login.Token{}, err
	}
	var t login.Token
	var plain string
	_, err := act.Do(ctx, s.o.Desk, act.Request{Action: Self, Input: in}, func(tx *act.Tx) (struct{}, error) {
		t = login.Token{ID: int64(id.New()), Account: int64(tx.Actor.Account), Name: strings.TrimSpace(in.Name), Second: tx.Actor.Second,
			Made: tx.Now.Time(), Expires: tx.Now.Time().AddDate(0, 0, in.Days)}
		for _, scope := range in.Scopes {
			t.Scopes = append(t.Scopes, string(scope))
		}
		tx.Changed(ref.To(Kind, tx.Actor.Account), nil, map[string]string{"done": "token", "scopes": strings.Join(t.Scopes, " ")})
		var err error
		plain, err = s.login.IssueToken(ctx, tx.Tx, t)
		return struct{}{}, err
	})
	if err == nil && plain == "" {
		err = fault.New(fault.Conflict, "account.fault.token-once")
	}
	return plain, t, err
}

// number reads a whole number; what is none is 0.
func number(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		return 0
	}
	return n
}

func (s *Service) postToken(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	in := TokenRequest{Name: v.Get("name"), Days: number(v.Get("days"))}
	for _, scope := range v["scopes"] {
		in.Scopes = append(in.Scopes, access.Action(scope))
	}
	plain, _, err := s.makeToken(r.Context(), in)
	if fault.Is(err, fault.Denied) {
		return err
	}
	if err != nil {
		return s.showAccount(r, form{r: r, v: v, err: err})
	}
	return r.Show(site.Page{Title: r.T.T("account.token")}, tokenPage(r, in, plain))
}

func (s *Service) postRevokeToken(r *site.Request) error {
	token, err := r.ID("token")
	if err != nil {
		return err
	}
	ctx := r.Context()
	err = done(ctx, s, Self, r.Actor.Account, "token-revoked", func(tx *act.Tx) error {
		return s.login.RevokeToken(ctx, tx.Tx, int64(r.Actor.Account), int64(token))
	})
	if err != nil {
		return err
	}
	return r.Go("/account", "account.done.token-revoked")
}

// username is what a browser's password store files the password under.
func username(a login.Account) string { return cmp.Or(a.Email, a.Label, id.ID(a.ID).String()) }
