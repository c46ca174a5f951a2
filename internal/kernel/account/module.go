package account

import (
	"context"
	"embed"
	"slices"
	"time"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/job"
	"odaq/internal/kernel/module"
	"odaq/internal/kernel/site"
)

// Locale has the words of this package.
//
//go:embed locale/*.toml
var Locale embed.FS

// Module is the manifest. The tables are the kernel's own.
func (s *Service) Module() module.Module {
	return module.Module{
		Name: "account", Locale: Locale, Policy: Policy, Holdings: Holdings, Endings: s.endings(), Sealed: s.sealed(),
		Nav: []site.NavItem{
			{Key: "account.nav.accounts", Path: "/admin/accounts", Show: administers, Home: administers},
			{Key: "account.nav.audit", Path: "/admin/audit", Show: func(r *site.Request) bool { return r.Can(ReadAudit, 0) }, Home: onlyAudits},
		},
		Pages: s.Pages, API: s.API, Jobs: s.Jobs,
	}
}

func administers(r *site.Request) bool { return r.Can(Administer, 0) }

// onlyAudits reports that the trail is all somebody is here for: leaders and data
// officers read it too, and begin elsewhere.
func onlyAudits(r *site.Request) bool {
	held, err := r.Site.Desk.Gate.Held(r.Context(), r.Site.Desk.DB.Read(), r.Actor.Account)
	return err == nil && len(held) > 0 && !slices.ContainsFunc(held, func(g access.Grant) bool { return g.Role != access.Auditor })
}

// Pages registers the pages.
func (s *Service) Pages(w *site.Site) {
	w.Handle("GET /sign-in", SignIn, s.getSignIn)
	w.Handle("POST /sign-in/password", SignIn, s.postPassword)
	w.Handle("POST /sign-in/code", SignIn, s.postCode)
	w.Handle("GET /sign-in/code/{code}", SignIn, s.getCode)
	w.Handle("POST /sign-in/code/{code}", SignIn, s.postCodeLink)
	w.Handle("GET /sign-in/mail", SignIn, s.getMail)
	w.Handle("POST /sign-in/mail", SignIn, s.postMail)
	w.Handle("POST /sign-in/passkey/begin", SignIn, s.beginAssertion)
	w.Handle("POST /sign-in/passkey/finish", SignIn, s.finishAssertion)
	w.Handle("GET /sign-in/oidc", SignIn, s.getOIDC)
	w.Handle("GET /sign-in/oidc/callback", SignIn, s.getCallback)
	w.Handle("POST /sign-out", SignIn, s.postSignOut)

	w.Handle("GET "+home, Self, func(r *site.Request) error { return r.Go(r.Home(), "") })
	w.Handle("GET /account", Self, s.getAccount)
	w.Handle("GET /account/second", Self, s.getSecond)
	w.Handle("POST /account/second", Self, s.postSecond)
	w.Handle("POST /account/password", Self, s.postSetPassword)
	w.Handle("POST /account/email", Self, s.postEmail)
	w.Handle("GET /account/email", Self, s.getEmail)
	w.Handle("POST /account/email/confirm", Self, s.postEmailConfirm)
	w.Handle("POST /account/sessions/{session}/end", Self, s.postRevokeSession)
	w.Handle("POST /account/sessions/end-others", Self, s.postRevokeOthers)
	w.Handle("POST /account/totp", Self, s.postBeginTOTP)
	w.Handle("GET /account/totp", Self, s.getTOTP)
	w.Handle("POST /account/totp/confirm", Self, s.postConfirmTOTP)
	w.Handle("POST /account/totp/remove", Self, s.postRemoveTOTP)
	w.Handle("POST /account/recovery", Self, s.postRecovery)
	w.Handle("POST /account/passkeys/begin", Self, s.beginPasskey)
	w.Handle("POST /account/passkeys/finish", Self, s.finishPasskey)
	w.Handle("POST /account/passkeys/{passkey}/remove", Self, s.postRemovePasskey)
	w.Handle("GET /account/oidc", Self, s.linkOIDC)
	w.Handle("POST /account/oidc/remove", Self, s.postUnlink)
	w.Handle("POST /account/tokens", Self, s.postToken)
	w.Handle("POST /account/tokens/{token}/revoke", Self, s.postRevokeToken)

	w.Handle("GET /admin/accounts", Administer, s.getAccounts)
	w.Handle("GET /admin/accounts/new", Administer, s.getNewAccount)
	w.Handle("POST /admin/accounts", Administer, s.postNewAccount)
	w.Handle("GET /admin/accounts/{account}", Administer, s.getAccountSheet)
	w.Handle("POST /admin/accounts/{account}/slip", Administer, s.postActivation)
	w.Handle("POST /admin/accounts/{account}/state", Administer, s.postState)
	w.Handle("POST /admin/accounts/{account}/reset", Administer, s.postReset)
	w.Handle("GET /admin/accounts/{account}/grant", GiveRole, s.getGrant)
	w.Handle("POST /admin/accounts/{account}/grant", GiveRole, s.postGrant)
	w.Handle("POST /admin/grants/{grant}/end", GiveRole, s.postEndGrant)
	w.Handle("GET /admin/audit", ReadAudit, s.getAudit)
	w.Handle("GET /demo/outbox", ReadOutbox, s.getOutbox)
}

// Jobs registers the sending of messages.
func (s *Service) Jobs(r *job.Runner) {
	r.Handle("account.deliver", func(ctx context.Context, _ *job.Run) error { return s.Deliver(ctx) })
	if s.o.Senders != nil {
		r.Every("account.deliver", job.Interval(10*time.Second), "account.deliver", nil)
	}
}

var _ site.Identifier = (*Service)(nil)
