package membership

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/text"
)

// CardInfo is the own card.
type CardInfo struct {
	Number string     `json:"number"`
	Name   string     `json:"name"`
	Org    text.Names `json:"organisation"`
	Until  cal.Day    `json:"until" doc:"The last valid day"`
	Code   string     `json:"code" doc:"Text of the QR code: version, key, number, last day, organisation and an Ed25519 signature, 82 bytes in base 32"`
}

// CardVerdict is what a check of a card finds; of a forged card only that.
type CardVerdict struct {
	State  CardState   `json:"state" enum:"valid,expired,revoked,forged"`
	Number string      `json:"number,omitempty"`
	Org    *text.Names `json:"organisation,omitempty"`
	Until  *cal.Day    `json:"until,omitempty"`
}

type (
	meBody[T any] struct{ Body T }
	listBody      struct {
		CacheControl string `header:"Cache-Control"`
		Body         SignedList
	}
	askInput struct {
		Body struct {
			Kind   privacy.RequestKind `json:"kind" enum:"correction,blocking,objection,automated,erasure"`
			Detail string              `json:"detail,omitempty" maxLength:"4000" doc:"In the person's own words"`
		}
	}
	checkInput struct {
		Body struct {
			Code string `json:"code" maxLength:"300" doc:"Text of the QR code"`
		}
	}
)

// meAPI registers the operations on the own card and data, and on cards shown
// by others.
func (a *Area) meAPI(api huma.API) {
	op := func(method, id, path, summary string) huma.Operation {
		o := huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"me"}}
		if method == http.MethodPost && id == "ask" {
			o.DefaultStatus = http.StatusCreated
		}
		return o
	}
	huma.Register(api, op(http.MethodGet, "my-card", "/me/card", "My membership card"), func(ctx context.Context, _ *struct{}) (*meBody[CardInfo], error) {
		c, err := a.OwnCard(ctx)
		if err != nil {
			return nil, err
		}
		return &meBody[CardInfo]{CardInfo{c.Number.String(), c.Name, c.Org, c.Until, c.String()}}, nil
	})
	huma.Register(api, op(http.MethodGet, "my-data", "/me/data", "Everything that is held about me"), func(ctx context.Context, _ *struct{}) (*meBody[MyData], error) {
		d, err := a.OwnData(ctx)
		if err != nil {
			return nil, err
		}
		return &meBody[MyData]{d}, nil
	})
	huma.Register(api, op(http.MethodPost, "ask", "/me/requests", "Ask for correction, blocking, an objection or erasure"), func(ctx context.Context, in *askInput) (*meBody[MyRequest], error) {
		r, err := a.Ask(ctx, in.Body.Kind, in.Body.Detail)
		if err != nil {
			return nil, err
		}
		return &meBody[MyRequest]{a.myRequest(r)}, nil
	})
	list := func(make func(context.Context) (SignedList, error)) func(context.Context, *struct{}) (*listBody, error) {
		return func(ctx context.Context, _ *struct{}) (*listBody, error) {
			l, err := make(ctx)
			if err != nil {
				return nil, err
			}
			return &listBody{listCache, l}, nil
		}
	}
	public := func(o huma.Operation) huma.Operation {
		o.Security = []map[string][]string{{}}
		o.Tags = []string{"cards"}
		return o
	}
	huma.Register(api, public(op(http.MethodGet, "card-keys", "/cards/keys", "Keys that verify cards, signed")), list(a.CardKeyList))
	huma.Register(api, public(op(http.MethodGet, "revoked-cards", "/cards/revoked", "Cards that are good no more, signed")), list(a.RevokedCardList))
	huma.Register(api, public(op(http.MethodPost, "check-card", "/cards/check", "Check a card")), func(ctx context.Context, in *checkInput) (*meBody[CardVerdict], error) {
		answer, err := a.VerifyCard(ctx, in.Body.Code)
		if err != nil {
			return nil, err
		}
		v := CardVerdict{State: answer.State, Number: answer.Number.String()}
		if answer.State != CardForged {
			v.Org, v.Until = &answer.Org, &answer.Until
		}
		return &meBody[CardVerdict]{v}, nil
	})
}
