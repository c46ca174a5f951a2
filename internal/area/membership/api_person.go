package membership

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/text"
)

// MemberContact is how a person is reached.
type MemberContact struct {
	Email   string `json:"email,omitempty"`
	Phone   string `json:"phone,omitempty"`
	Address string `json:"address,omitempty"`
}

// RevealReason is why somebody opens a national ID; the person can read it.
type RevealReason struct {
	Reason string `json:"reason" maxLength:"500"`
}

// RevealedID is a national ID that was opened.
type RevealedID struct {
	NationalID string `json:"national_id" doc:"Empty if unknown"`
}

// DataLook is one look at a person's data: by whom is told by role, not by name.
type DataLook struct {
	ID      id.ID           `json:"id"`
	At      cal.Instant     `json:"at"`
	What    privacy.What    `json:"what"`
	Purpose privacy.Purpose `json:"purpose"`
	Reason  string          `json:"reason,omitempty"`
	Org     id.ID           `json:"org,omitzero"`
	Roles   []LookerRole    `json:"roles" doc:"In which roles the account acts today"`
}

// LookerRole is a role of who looked.
type LookerRole struct {
	Role access.Role `json:"role"`
	Org  id.ID       `json:"org"`
}

// LookList is a page of looks, the latest first.
type LookList struct {
	Looks  []DataLook  `json:"looks"`
	Before cal.Instant `json:"before,omitzero" doc:"With last, the cursor of the next page; absent on the last"`
	Last   id.ID       `json:"last,omitzero"`
}

// ConsentText is a text that people consent to, in the language of the request.
type ConsentText struct {
	Kind       string `json:"kind"`
	Version    int    `json:"version" doc:"Send it with the consent"`
	From       string `json:"from" format:"date"`
	Operator   string `json:"operator" doc:"Who holds the data"`
	Fields     string `json:"fields" doc:"Which data"`
	Recipients string `json:"recipients,omitempty" doc:"To whom they may be given; absent: nobody"`
	Abroad     string `json:"abroad,omitempty" doc:"To which countries; absent: none"`
	Public     string `json:"public,omitempty" doc:"Where they may be made public; absent: nowhere"`
	Months     int    `json:"months,omitempty" doc:"How long the consent lasts; absent: until withdrawn"`
	Text       string `json:"text"`
}

func wordingText(ctx context.Context, w privacy.Wording) ConsentText {
	return ConsentText{Kind: w.Kind, Version: w.Version, From: w.From.String(), Operator: w.Operator, Fields: w.Fields, Recipients: w.Recipients,
		Abroad: w.Abroad, Public: w.Public, Months: w.Months, Text: wordsIn(w, text.From(ctx).Lang)}
}

type looksInput struct {
	ID     string `path:"id" maxLength:"13"`
	Before string `query:"before" maxLength:"40" doc:"before of the page before"`
	Last   string `query:"last" maxLength:"13" doc:"last of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// personAPI registers what opens more of a person than the record shows, and
// the reading of an application.
func (a *Area) personAPI(api huma.API) {
	op := func(method, name, path, summary string) huma.Operation {
		return huma.Operation{OperationID: name, Method: method, Path: path, Summary: summary, Tags: []string{"membership"}}
	}
	huma.Register(api, op(http.MethodPost, "open-contact", "/members/{id}/contact", "Open a person's contact; the person can read that you did"), a.apiContact)
	huma.Register(api, op(http.MethodPost, "reveal-national-id", "/members/{id}/national-id", "Open a person's national ID, with a reason; audited"), a.apiReveal)
	huma.Register(api, op(http.MethodGet, "list-looks", "/members/{id}/looks", "List who looked at a person's data"), a.apiLooks)
	huma.Register(api, op(http.MethodGet, "get-application", "/applications/{id}", "Show an application"), a.apiApplication)
	wording := op(http.MethodGet, "get-application-wording", "/applications/wording", "Show the text that an applicant consents to")
	wording.Security = []map[string][]string{{}}
	huma.Register(api, wording, func(ctx context.Context, _ *struct{}) (*reply[ConsentText], error) {
		w, err := a.wording(ctx, a.desk.DB.Read(), a.desk.Today())
		if err != nil {
			return nil, err
		}
		return &reply[ConsentText]{wordingText(ctx, w)}, nil
	})
}

func (a *Area) apiContact(ctx context.Context, in *one) (*reply[MemberContact], error) {
	scope, err := a.readable(ctx, a.desk.DB.Read(), View)
	if err != nil {
		return nil, err
	}
	p, err := Get(ctx, a.desk.DB.Read(), scope, pathID(in.ID))
	if err != nil {
		return nil, err
	}
	c, err := a.Contact(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	return &reply[MemberContact]{MemberContact{c.Email, c.Phone, c.Address}}, nil
}

func (a *Area) apiReveal(ctx context.Context, in *changed[RevealReason]) (*reply[RevealedID], error) {
	number, err := a.Reveal(ctx, pathID(in.ID), in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return &reply[RevealedID]{RevealedID{number}}, nil
}

func (a *Area) apiLooks(ctx context.Context, in *looksInput) (*reply[LookList], error) {
	q, f := a.desk.DB.Read(), fault.Check()
	page := privacy.Page{ID: askedID(f, "last", in.Last), Limit: in.Limit + 1}
	if in.Before != "" {
		if err := page.Before.UnmarshalText([]byte(in.Before)); err != nil {
			f.In("before", "fault.choice")
		}
	}
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	scope, err := a.readable(ctx, q, Requests)
	if err != nil {
		return nil, err
	}
	p, err := Get(ctx, q, scope, pathID(in.ID))
	if err != nil {
		return nil, err
	}
	seen, err := privacy.ByPerson(ctx, q, p.ID, page)
	if err != nil {
		return nil, err
	}
	out := LookList{Looks: []DataLook{}}
	if len(seen) > in.Limit {
		seen = seen[:in.Limit]
		out.Before, out.Last = seen[in.Limit-1].At, seen[in.Limit-1].ID
	}
	who := map[id.ID][]LookerRole{}
	for _, d := range seen {
		if _, known := who[d.Account]; !known {
			held, err := a.desk.Gate.Held(ctx, q, d.Account)
			if err != nil {
				return nil, err
			}
			roles := []LookerRole{}
			for _, g := range held {
				roles = append(roles, LookerRole{g.Role, g.Org})
			}
			who[d.Account] = roles
		}
		out.Looks = append(out.Looks, DataLook{d.ID, d.At, d.What, d.Purpose, d.Reason, d.Org, who[d.Account]})
	}
	return &reply[LookList]{out}, nil
}

func (a *Area) apiApplication(ctx context.Context, in *one) (*reply[JoinRequest], error) {
	q := a.desk.DB.Read()
	scope, err := a.readable(ctx, q, AdmitIt)
	if err != nil {
		return nil, err
	}
	p, err := GetApplication(ctx, q, scope, pathID(in.ID))
	if err != nil {
		return nil, err
	}
	who, err := load(ctx, q, p.Person)
	if err != nil {
		return nil, err
	}
	if err := a.viewed(ctx, who); err != nil {
		return nil, err
	}
	return &reply[JoinRequest]{joinRequest(p, who)}, nil
}
