package login

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"odaq/internal/platform/db"
)

// CallbackPath is where the identity provider sends people back to.
const CallbackPath = "/sign-in/oidc/callback"

// OIDC is an identity provider.
type OIDC struct {
	Name         string // on the button
	Issuer       string // https://…
	ClientID     string
	ClientSecret string
	// TrustEmail lets an address the provider has verified open the account with
	// that address. Without it, people link their account first.
	TrustEmail bool
}

// issuer knows the provider's addresses once it has answered. It is asked at
// the first sign-in and not at start, so that its failure is not ours.
type issuer struct {
	OIDC
	redirect string

	mu       sync.Mutex
	provider *oidc.Provider
}

func (i *issuer) config(ctx context.Context) (*oauth2.Config, *oidc.Provider, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.provider == nil {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		p, err := oidc.NewProvider(ctx, i.Issuer)
		if err != nil {
			return nil, nil, fmt.Errorf("login: the identity provider %s does not answer: %w", i.Issuer, err)
		}
		i.provider = p
	}
	return &oauth2.Config{ClientID: i.ClientID, ClientSecret: i.ClientSecret, Endpoint: i.provider.Endpoint(),
		RedirectURL: i.redirect, Scopes: []string{oidc.ScopeOpenID, "email"}}, i.provider, nil
}

// ErrNoProvider says that no identity provider is configured.
var ErrNoProvider = errors.New("login: no identity provider is configured")

// Provider is the name of the identity provider, "" if there is none.
func (l *Login) Provider() string {
	if l.issuer == nil {
		return ""
	}
	return l.issuer.Name
}

type errand struct{ State, Nonce, Verifier string }

// BeginOIDC gives the provider's address to send the browser to, and what to
// keep in the session until FinishOIDC: state, nonce and PKCE verifier.
func (l *Login) BeginOIDC(ctx context.Context) (address string, pending []byte, err error) {
	if l.issuer == nil {
		return "", nil, ErrNoProvider
	}
	c, _, err := l.issuer.config(ctx)
	if err != nil {
		return "", nil, err
	}
	e := errand{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	pending, err = json.Marshal(e)
	return c.AuthCodeURL(e.State, oidc.Nonce(e.Nonce), oauth2.S256ChallengeOption(e.Verifier)), pending, err
}

// Identity is whom the provider vouches for.
type Identity struct {
	Subject []byte // fingerprint of issuer and subject
	Email   string // only if verified
	Second  bool   // the provider says that more than one factor was proved
}

// FinishOIDC checks what the browser brought back and exchanges it. Whatever is
// wrong with it is ErrRefused.
func (l *Login) FinishOIDC(ctx context.Context, pending []byte, query url.Values) (Identity, error) {
	if l.issuer == nil {
		return Identity{}, ErrNoProvider
	}
	var e errand
	if err := json.Unmarshal(pending, &e); err != nil {
		return Identity{}, err
	}
	if subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(e.State)) != 1 || query.Get("code") == "" {
		return Identity{}, ErrRefused
	}
	c, provider, err := l.issuer.config(ctx)
	if err != nil {
		return Identity{}, err
	}
	token, err := c.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(e.Verifier))
	if err != nil {
		return Identity{}, errors.Join(ErrRefused, err)
	}
	raw, _ := token.Extra("id_token").(string)
	checked, err := provider.Verifier(&oidc.Config{ClientID: c.ClientID, Now: l.o.Now}).Verify(ctx, raw)
	if err != nil {
		return Identity{}, errors.Join(ErrRefused, err)
	}
	if subtle.ConstantTimeCompare([]byte(checked.Nonce), []byte(e.Nonce)) != 1 {
		return Identity{}, ErrRefused
	}
	var claims struct {
		Email    string   `json:"email"`
		Verified bool     `json:"email_verified"`
		Methods  []string `json:"amr"`
	}
	if err := checked.Claims(&claims); err != nil {
		return Identity{}, errors.Join(ErrRefused, err)
	}
	sum := sha256.Sum256([]byte(checked.Issuer + "\x00" + checked.Subject))
	id := Identity{Subject: sum[:], Second: slices.Contains(claims.Methods, "mfa")}
	if claims.Verified {
		id.Email = claims.Email
	}
	return id, nil
}

// Identified is the account of an identity, ErrRefused if there is none that is
// open. With TrustEmail it links the account of the verified address.
func (l *Login) Identified(ctx context.Context, tx *db.Tx, id Identity) (int64, error) {
	account, err := holder(ctx, tx, bySubject, id.Subject)
	if err == ErrAbsent && l.issuer.TrustEmail && id.Email != "" {
		if account, err = l.OfEmail(ctx, tx, id.Email); err == nil {
			err = l.Link(ctx, tx, account, id)
		}
	}
	if err == ErrAbsent || err == ErrTaken {
		return 0, ErrRefused
	}
	if err != nil {
		return 0, err
	}
	return account, usable(ctx, tx, account)
}

// Link lets an identity open the account from now on.
func (l *Login) Link(ctx context.Context, tx *db.Tx, account int64, id Identity) error {
	linked, err := l.Linked(ctx, tx, account)
	if err != nil {
		return err
	}
	if linked {
		return ErrTaken
	}
	return claim(ctx, tx, bySubject, id.Subject, account)
}

// Linked reports whether an identity opens the account.
func (l *Login) Linked(ctx context.Context, q db.Querier, account int64) (bool, error) {
	var n int
	err := q.QueryRow(ctx, `SELECT count(*) FROM login_key WHERE account_id = $1 AND kind = $2`, account, bySubject).Scan(&n)
	return n > 0, err
}

// Unlink ends that.
func (l *Login) Unlink(ctx context.Context, tx *db.Tx, account int64) error {
	n, err := tx.Exec(ctx, `DELETE FROM login_key WHERE account_id = $1 AND kind = $2`, account, bySubject)
	return some(n, err)
}
