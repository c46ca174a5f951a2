package account

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/login"
)

// Me is who asks, as the API tells.
type Me struct {
	Account id.ID         `json:"account"`
	Person  id.ID         `json:"person,omitzero"`
	Name    string        `json:"name"`
	Second  bool          `json:"second" doc:"The second factor is confirmed"`
	Scopes  []string      `json:"scopes,omitempty" doc:"What the token may do; absent in a browser session"`
	Roles   []HeldRole    `json:"roles"`
	Proofs  AccountProofs `json:"proofs" doc:"By what the account signs in; it is changed on the page of the account alone"`
}

// HeldRole is a role in force today.
type HeldRole struct {
	Role     access.Role `json:"role"`
	Org      id.ID       `json:"org"`
	From     string      `json:"from" format:"date"`
	To       string      `json:"to,omitempty" doc:"First day on which it is no longer in force; absent if open"`
	Decision string      `json:"decision"`
}

// TokenInfo is a token without its secret.
type TokenInfo struct {
	ID      id.ID      `json:"id"`
	Name    string     `json:"name"`
	Scopes  []string   `json:"scopes"`
	Made    time.Time  `json:"made"`
	Expires time.Time  `json:"expires"`
	Used    *time.Time `json:"used,omitempty"`
}

// NewToken is a token with its secret, which is told once.
type NewToken struct {
	TokenInfo
	Secret string `json:"secret"`
}

// SessionInfo is an open session.
type SessionInfo struct {
	ID      id.ID     `json:"id"`
	Device  string    `json:"device"`
	Made    time.Time `json:"made"`
	Seen    time.Time `json:"seen"`
	Current bool      `json:"current" doc:"It is the one that asks; never so by a token"`
}

// PasskeyInfo is a passkey, named after the device on which it was made.
type PasskeyInfo struct {
	ID   id.ID      `json:"id"`
	Name string     `json:"name"`
	Made time.Time  `json:"made"`
	Used *time.Time `json:"used,omitempty"`
}

type body[T any] struct{ Body T }

type tokenPath struct {
	Token string `path:"token"`
}

type sessionPath struct {
	Session string `path:"session"`
}

type passkeyPath struct {
	Passkey string `path:"passkey"`
}

func info(t login.Token) TokenInfo {
	return TokenInfo{ID: id.ID(t.ID), Name: t.Name, Scopes: t.Scopes, Made: t.Made, Expires: t.Expires, Used: ever(t.Used)}
}

// ever is nil for what has never been.
func ever(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// self asks whether the actor of the API may look at the own account.
func (s *Service) self(ctx context.Context) (access.Actor, error) {
	actor := access.From(ctx)
	return actor, s.o.Desk.Gate.Require(ctx, s.o.Desk.DB.Read(), actor, Self, 0)
}

// API registers the operations on one's own account and the administration of
// all.
func (s *Service) API(api huma.API) {
	tags := []string{"account"}
	huma.Register(api, huma.Operation{OperationID: "me", Method: http.MethodGet, Path: "/me", Tags: tags,
		Summary: "Who asks"}, func(ctx context.Context, _ *struct{}) (*body[Me], error) {
		actor, err := s.self(ctx)
		if err != nil {
			return nil, err
		}
		held, err := s.o.Desk.Gate.Held(ctx, s.o.Desk.DB.Read(), actor.Account)
		if err != nil {
			return nil, err
		}
		proofs, err := s.login.Factors(ctx, s.o.Desk.DB.Read(), int64(actor.Account))
		if err != nil {
			return nil, err
		}
		me := Me{Account: actor.Account, Person: actor.Person, Name: actor.Name, Second: actor.Second, Roles: []HeldRole{}, Proofs: AccountProofs(proofs)}
		for _, l := range actor.Limits {
			me.Scopes = append(me.Scopes, string(l))
		}
		for _, g := range held {
			me.Roles = append(me.Roles, HeldRole{g.Role, g.Org, g.From.String(), g.To.String(), g.Decision})
		}
		return &body[Me]{me}, nil
	})
	huma.Register(api, huma.Operation{OperationID: "tokens", Method: http.MethodGet, Path: "/tokens", Tags: tags,
		Summary: "My access tokens"}, func(ctx context.Context, _ *struct{}) (*body[[]TokenInfo], error) {
		actor, err := s.self(ctx)
		if err != nil {
			return nil, err
		}
		all, err := s.login.Tokens(ctx, s.o.Desk.DB.Read(), int64(actor.Account))
		out := []TokenInfo{}
		for _, t := range all {
			out = append(out, info(t))
		}
		return &body[[]TokenInfo]{out}, err
	})
	huma.Register(api, huma.Operation{OperationID: "make-token", Method: http.MethodPost, Path: "/tokens", Tags: tags,
		DefaultStatus: http.StatusCreated, Summary: "Make an access token (not with a token)"},
		func(ctx context.Context, in *body[TokenRequest]) (*body[NewToken], error) {
			secret, t, err := s.makeToken(ctx, in.Body)
			return &body[NewToken]{NewToken{info(t), secret}}, err
		})
	huma.Register(api, huma.Operation{OperationID: "revoke-token", Method: http.MethodDelete, Path: "/tokens/{token}", Tags: tags,
		DefaultStatus: http.StatusNoContent, Summary: "Revoke an access token"}, func(ctx context.Context, in *tokenPath) (*struct{}, error) {
		token, err := id.Parse(in.Token)
		if err != nil {
			return nil, fault.Absent()
		}
		actor := access.From(ctx)
		return nil, done(ctx, s, Self, actor.Account, "token-revoked", func(tx *act.Tx) error {
			return s.login.RevokeToken(ctx, tx.Tx, int64(actor.Account), int64(token))
		}, token)
	})
	huma.Register(api, huma.Operation{OperationID: "sessions", Method: http.MethodGet, Path: "/sessions", Tags: tags,
		Summary: "My open sessions"}, func(ctx context.Context, _ *struct{}) (*body[[]SessionInfo], error) {
		actor, err := s.self(ctx)
		if err != nil {
			return nil, err
		}
		all, err := s.sessions.List(ctx, s.o.Desk.DB.Read(), int64(actor.Account))
		out := []SessionInfo{}
		for _, o := range all {
			out = append(out, SessionInfo{id.ID(o.ID), o.Device, o.Made, o.Seen, actor.Session == id.ID(o.ID)})
		}
		return &body[[]SessionInfo]{out}, err
	})
	huma.Register(api, huma.Operation{OperationID: "end-session", Method: http.MethodDelete, Path: "/sessions/{session}", Tags: tags,
		DefaultStatus: http.StatusNoContent, Summary: "End a session"}, func(ctx context.Context, in *sessionPath) (*struct{}, error) {
		session, err := id.Parse(in.Session)
		if err != nil {
			return nil, fault.Absent()
		}
		actor := access.From(ctx)
		return nil, done(ctx, s, Self, actor.Account, "session-ended", func(tx *act.Tx) error {
			return s.sessions.Revoke(ctx, tx.Tx, int64(actor.Account), int64(session))
		}, session)
	})
	huma.Register(api, huma.Operation{OperationID: "end-sessions", Method: http.MethodDelete, Path: "/sessions", Tags: tags,
		DefaultStatus: http.StatusNoContent, Summary: "End all my sessions but the one that asks"}, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		actor := access.From(ctx)
		return nil, done(ctx, s, Self, actor.Account, "sessions-ended", func(tx *act.Tx) error {
			_, err := s.sessions.RevokeOthers(ctx, tx.Tx, int64(actor.Account), int64(actor.Session))
			return err
		})
	})
	huma.Register(api, huma.Operation{OperationID: "passkeys", Method: http.MethodGet, Path: "/passkeys", Tags: tags,
		Summary: "My passkeys"}, func(ctx context.Context, _ *struct{}) (*body[[]PasskeyInfo], error) {
		actor, err := s.self(ctx)
		if err != nil {
			return nil, err
		}
		all, err := s.login.Passkeys(ctx, s.o.Desk.DB.Read(), int64(actor.Account))
		out := []PasskeyInfo{}
		for _, p := range all {
			out = append(out, PasskeyInfo{id.ID(p.ID), p.Name, p.Made, ever(p.Used)})
		}
		return &body[[]PasskeyInfo]{out}, err
	})
	huma.Register(api, huma.Operation{OperationID: "remove-passkey", Method: http.MethodDelete, Path: "/passkeys/{passkey}", Tags: tags,
		DefaultStatus: http.StatusNoContent, Summary: "Remove a passkey (not with a token)"}, func(ctx context.Context, in *passkeyPath) (*struct{}, error) {
		passkey, err := id.Parse(in.Passkey)
		if err != nil {
			return nil, fault.Absent()
		}
		return nil, s.removePasskey(ctx, passkey)
	})
	s.adminAPI(api)
}
