package membership

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
)

// SigningKey is a key of the federation's cards without its seed.
type SigningKey struct {
	ID     uint16   `json:"id"`
	State  KeyState `json:"state" enum:"signing,verifying,withdrawn"`
	Public []byte   `json:"public" doc:"Ed25519, base64"`
	From   cal.Day  `json:"from"`
	To     cal.Day  `json:"to" doc:"The first day on which it verifies nothing; empty while it signs"`
}

// SigningKeys are all keys, the newest first, and how long a card made today is
// valid.
type SigningKeys struct {
	Keys  []SigningKey `json:"keys"`
	Until cal.Day      `json:"until" doc:"The last valid day of a card made today"`
}

// KeyRotation asks for a new key.
type KeyRotation struct {
	Withdraw bool `json:"withdraw,omitempty" doc:"The old keys were stolen or lost: no card of them is good any more"`
}

// CardEnd is the last day in the year on which cards are valid.
type CardEnd struct {
	Month int `json:"month" minimum:"1" maximum:"12"`
	Day   int `json:"day" minimum:"1" maximum:"31"`
}

func signingKey(k CardKey) SigningKey { return SigningKey{k.ID, k.State, k.Public, k.From, k.To} }

// cardAPI registers the keeping of the keys that sign cards.
func (a *Area) cardAPI(api huma.API) {
	op := func(method, name, path, summary string, status int) huma.Operation {
		return huma.Operation{OperationID: name, Method: method, Path: path, Summary: summary, Tags: []string{"cards"}, DefaultStatus: status}
	}
	huma.Register(api, op(http.MethodGet, "list-signing-keys", "/cards/signing-keys", "List the keys that sign cards, withdrawn ones too", 0), a.apiSigningKeys)
	huma.Register(api, op(http.MethodPost, "rotate-signing-key", "/cards/signing-keys", "Make a new key; cards of the old one stay good unless it is withdrawn", http.StatusCreated), func(ctx context.Context, in *posted[KeyRotation]) (*reply[SigningKey], error) {
		k, err := a.RotateCardKey(ctx, in.Body.Withdraw)
		if err != nil {
			return nil, err
		}
		return &reply[SigningKey]{signingKey(k)}, nil
	})
	huma.Register(api, op(http.MethodPost, "set-card-end", "/cards/end", "Set the last day in the year on which cards are valid", http.StatusNoContent), func(ctx context.Context, in *posted[CardEnd]) (*struct{}, error) {
		return nil, a.SetCardEnd(ctx, in.Body.Month, in.Body.Day)
	})
}

func (a *Area) apiSigningKeys(ctx context.Context, _ *struct{}) (*reply[SigningKeys], error) {
	q := a.desk.DB.Read()
	if err := a.desk.Gate.Require(ctx, q, access.From(ctx), IssueCard, 0); err != nil {
		return nil, err
	}
	keys, err := cardKeys(ctx, q)
	if err != nil {
		return nil, err
	}
	out := SigningKeys{Keys: []SigningKey{}}
	for _, k := range keys {
		out.Keys = append(out.Keys, signingKey(k))
	}
	out.Until, err = a.cardUntil(ctx, q, a.desk.Today())
	return &reply[SigningKeys]{out}, err
}
