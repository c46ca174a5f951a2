package account

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/ref"
	"odaq/internal/kernel/site"
	"odaq/internal/platform/login"
)

// home leads to where the work of who signed in begins.
const home = "/home"

// local keeps a way back inside the site; without one the way leads home.
func local(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") ||
		strings.HasPrefix(next, "/sign-") {
		return home
	}
	return next
}

func (s *Service) signInPage(r *site.Request, f form) (site.Page, form) {
	if f.v == nil {
		f.v = map[string][]string{"next": {local(r.URL.Query().Get("next"))}}
	}
	return site.Page{Title: r.T.T("account.sign-in")}, f
}

func (s *Service) getSignIn(r *site.Request) error {
	if r.Actor.Account != 0 {
		return r.Go(local(r.URL.Query().Get("next")), "")
	}
	p, f := s.signInPage(r, form{r: r})
	return r.Show(p, signIn(f, s.login.Provider(), s.texts()))
}

// refused shows the sign-in page again: always 422 with the same words, or 429.
func (s *Service) refused(r *site.Request, f form, err error) error {
	f.err = words(err)
	f.v.Del("password")
	p, f := s.signInPage(r, f)
	return r.Again(f.err, p, signIn(f, s.login.Provider(), s.texts()))
}

func (s *Service) postPassword(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	f := form{r: r, v: v}
	email, _ := login.NormalEmail(v.Get("email")) // a malformed one is nobody's
	ctx := r.Context()
	name := s.login.Named("password", email)
	if err := s.login.Allow(ctx, s.login.Address(s.o.Address(r.Request)), name); err != nil {
		return s.refused(r, f, err)
	}
	account, err := s.login.Password(ctx, email, v.Get("password"))
	if err != nil {
		return s.refused(r, f, err)
	}
	err = s.signedIn(r, id.ID(account), false, "password", func(tx *act.Tx) error { return s.login.Forgive(ctx, tx.Tx, name) })
	if err != nil {
		return err
	}
	return s.enter(r, id.ID(account), false, v.Get("next"))
}

// signedIn writes the trail of a sign-in whose proof lies outside a transaction.
func (s *Service) signedIn(r *site.Request, account id.ID, second bool, how string, more func(tx *act.Tx) error) error {
	ctx := access.With(r.Context(), access.Actor{Account: account, Agent: "page", Second: second})
	return done(ctx, s, SignIn, account, how, more)
}

func (s *Service) postCode(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	account, second, err := s.redeem(r, v.Get("code"))
	if err != nil {
		return s.refused(r, form{r: r, v: v}, err)
	}
	return s.enter(r, account, second, v.Get("next"))
}

func (s *Service) redeem(r *site.Request, code string) (id.ID, bool, error) {
	ctx := r.Context()
	if err := s.login.Allow(ctx, s.login.Address(s.o.Address(r.Request))); err != nil {
		return 0, false, err
	}
	var second bool
	account, err := act.Do(ctx, s.o.Desk, act.Request{Action: SignIn, Hot: true}, func(tx *act.Tx) (id.ID, error) {
		account, yes, err := s.login.RedeemCode(ctx, tx.Tx, code)
		second = yes
		tx.Changed(ref.To(Kind, id.ID(account)), nil, map[string]string{"done": "code"})
		return id.ID(account), words(err)
	})
	return account, second, err
}

// getCode is where a link or the QR code of a slip leads. Programs that look
// into messages open links; so a code is only used by the button.
func (s *Service) getCode(r *site.Request) error {
	r.W.Header().Set("Referrer-Policy", "no-referrer")
	return r.Show(site.Page{Title: r.T.T("account.sign-in")}, codeConfirm(r, r.PathValue("code")))
}

func (s *Service) postCodeLink(r *site.Request) error {
	account, second, err := s.redeem(r, r.PathValue("code"))
	if err != nil {
		return s.refused(r, form{r: r, v: map[string][]string{}}, err)
	}
	return s.enter(r, account, second, home)
}

// enter starts the session and leads on: staff prove, or set up, a second
// factor first.
func (s *Service) enter(r *site.Request, account id.ID, second bool, next string) error {
	staff, err := s.start(r, account, second)
	if err != nil {
		return err
	}
	next = local(next)
	if staff && !second {
		next = "/account/second?next=" + escape(next)
	}
	return r.Go(next, "")
}

func (s *Service) start(r *site.Request, account id.ID, second bool) (staff bool, err error) {
	ctx, err := s.sessions.Load(r.Request)
	if err != nil {
		return false, err
	}
	if staff, err = s.staff(ctx, s.o.Desk.DB.Read(), account); err != nil {
		return staff, err
	}
	return staff, s.sessions.Start(ctx, r.W, login.Start{Account: int64(account), Second: second, Staff: staff, Agent: r.UserAgent()})
}

// maxAnswer bounds what a browser sends for a passkey.
const maxAnswer = 64 << 10

func answer(r *site.Request) ([]byte, error) {
	b, err := io.ReadAll(http.MaxBytesReader(r.W, r.Body, maxAnswer))
	if err != nil {
		return nil, fault.New(fault.TooBig, "fault.too-big", "Max", site.Size(r.T, maxAnswer))
	}
	return b, nil
}

func reply(r *site.Request, body []byte) error {
	r.W.Header().Set("Content-Type", "application/json")
	_, err := r.W.Write(body)
	return err
}

func replyNext(r *site.Request, next string) error {
	body, err := json.Marshal(map[string]string{"next": next})
	if err != nil {
		return err
	}
	return reply(r, body)
}

func (s *Service) beginAssertion(r *site.Request) error {
	if err := s.login.Allow(r.Context(), s.login.Address(s.o.Address(r.Request))); err != nil {
		return words(err)
	}
	ctx, err := s.sessions.Load(r.Request)
	if err != nil {
		return err
	}
	options, pending, err := s.login.BeginAssertion()
	if err != nil {
		return err
	}
	if err := s.sessions.Keep(ctx, r.W, "passkey", pending); err != nil {
		return words(err)
	}
	return reply(r, options)
}

// finishAssertion signs in by passkey, or proves the second factor of who is
// signed in already: a passkey is both factors at once.
func (s *Service) finishAssertion(r *site.Request) error {
	body, err := answer(r)
	if err != nil {
		return err
	}
	ctx, err := s.sessions.Load(r.Request)
	if err != nil {
		return err
	}
	pending, err := s.sessions.Take(ctx, "passkey")
	if err != nil {
		return words(err)
	}
	account, err := act.Do(ctx, s.o.Desk, act.Request{Action: SignIn}, func(tx *act.Tx) (id.ID, error) {
		account, err := s.login.FinishAssertion(ctx, tx.Tx, pending, body)
		tx.Changed(ref.To(Kind, id.ID(account)), nil, map[string]string{"done": "passkey"})
		return id.ID(account), words(err)
	})
	if err != nil {
		return err
	}
	if _, err := s.start(r, account, true); err != nil {
		return err
	}
	return replyNext(r, local(r.URL.Query().Get("next")))
}

// oidcErrand is what is kept while somebody is at the identity provider.
type oidcErrand struct {
	Pending []byte
	Next    string
	Link    id.ID // account to be linked, 0: sign in
}

func (s *Service) getOIDC(r *site.Request) error { return s.sendToProvider(r, 0) }

func (s *Service) linkOIDC(r *site.Request) error {
	if err := s.strong(r); err != nil {
		return err
	}
	return s.sendToProvider(r, r.Actor.Account)
}

func (s *Service) sendToProvider(r *site.Request, link id.ID) error {
	ctx, err := s.sessions.Load(r.Request)
	if err != nil {
		return err
	}
	if err := s.login.Allow(ctx, s.login.Address(s.o.Address(r.Request))); err != nil {
		return words(err)
	}
	address, pending, err := s.login.BeginOIDC(ctx)
	if errors.Is(err, login.ErrNoProvider) {
		return fault.Absent()
	}
	if err != nil {
		return fault.New(fault.Unavailable, "account.fault.provider").Because(err)
	}
	kept, err := json.Marshal(oidcErrand{pending, local(r.URL.Query().Get("next")), link})
	if err != nil {
		return err
	}
	if err := s.sessions.Keep(ctx, r.W, "oidc", kept); err != nil {
		return words(err)
	}
	http.Redirect(r.W, r.Request, address, http.StatusSeeOther)
	return nil
}

func (s *Service) getCallback(r *site.Request) error {
	ctx, err := s.sessions.Load(r.Request)
	if err != nil {
		return err
	}
	kept, err := s.sessions.Take(ctx, "oidc")
	if err != nil {
		return words(err)
	}
	var e oidcErrand
	if err := json.Unmarshal(kept, &e); err != nil {
		return err
	}
	who, err := s.login.FinishOIDC(ctx, e.Pending, r.URL.Query())
	if errors.Is(err, login.ErrRefused) {
		return fault.New(fault.Denied, "account.fault.provider-refused").Because(err)
	}
	if err != nil {
		return fault.New(fault.Unavailable, "account.fault.provider").Because(err)
	}
	if e.Link != 0 {
		if e.Link != r.Actor.Account {
			return words(login.ErrGone)
		}
		err := done(ctx, s, Self, e.Link, "linked", func(tx *act.Tx) error { return s.login.Link(ctx, tx.Tx, int64(e.Link), who) })
		if err != nil {
			return err
		}
		return r.Go("/account", "account.done.linked")
	}
	account, err := act.Do(ctx, s.o.Desk, act.Request{Action: SignIn}, func(tx *act.Tx) (id.ID, error) {
		account, err := s.login.Identified(ctx, tx.Tx, who)
		tx.Changed(ref.To(Kind, id.ID(account)), nil, map[string]string{"done": "oidc"})
		if errors.Is(err, login.ErrRefused) {
			err = fault.New(fault.Denied, "account.fault.provider-refused")
		}
		return id.ID(account), err
	})
	if err != nil {
		return err
	}
	return s.enter(r, account, who.Second, e.Next)
}

func (s *Service) postSignOut(r *site.Request) error {
	ctx, err := s.sessions.Load(r.Request)
	if err != nil {
		return err
	}
	if err := s.sessions.End(ctx, r.W); err != nil {
		return err
	}
	r.W.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return r.Go("/sign-in", "account.done.signed-out")
}
