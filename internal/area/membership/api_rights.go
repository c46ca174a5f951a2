package membership

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/privacy"
)

// DataRequest is a request of a person about the own data, as the data officer
// sees it.
type DataRequest struct {
	ID       id.ID               `json:"id"`
	Person   Member              `json:"person"`
	Kind     privacy.RequestKind `json:"kind"`
	Detail   string              `json:"detail,omitempty" doc:"In the person's own words"`
	Received cal.Day             `json:"received"`
	Due      cal.Day             `json:"due"`
	Late     bool                `json:"late"`
	Outcome  privacy.Outcome     `json:"outcome" enum:"open,granted,partly,refused"`
	Answered cal.Day             `json:"answered" doc:"Empty while it is open"`
	Answer   string              `json:"answer,omitempty"`
}

func (a *Area) dataRequest(p Person, r privacy.Request) DataRequest {
	return DataRequest{r.ID, memberOf(p), r.Kind, r.Detail, r.Received, r.Due, r.Late(a.desk.Today()), r.Outcome, r.Answered, r.Answer}
}

// RequestAnswer closes a request.
type RequestAnswer struct {
	Outcome privacy.Outcome `json:"outcome" enum:"granted,partly,refused" doc:"To grant an erasure is to carry it out"`
	Answer  string          `json:"answer,omitempty" maxLength:"4000" doc:"Needed unless the request is granted"`
}

// AnswerCode opens an answer.
type AnswerCode struct {
	Code string `json:"code" maxLength:"60"`
}

// AnsweredRequest is what a code opens. Whoever has it may not be the person:
// the question stays unsaid.
type AnsweredRequest struct {
	Kind     privacy.RequestKind `json:"kind"`
	Received cal.Day             `json:"received"`
	Due      cal.Day             `json:"due"`
	Outcome  privacy.Outcome     `json:"outcome" enum:"open,granted,partly,refused"`
	Answer   string              `json:"answer,omitempty"`
}

// ConsentChoice gives or withdraws the own consent.
type ConsentChoice struct {
	Kind    string `json:"kind" maxLength:"60"`
	Version int    `json:"version" doc:"Of the text that was read"`
	Give    bool   `json:"give" doc:"false withdraws"`
}

type (
	requestsInput struct {
		State string `query:"state" enum:"open,answered" default:"open"`
	}
	requestInput struct {
		Person  string `path:"person" maxLength:"13"`
		Request string `path:"request" maxLength:"13"`
	}
	requestAnswerInput struct {
		Person  string `path:"person" maxLength:"13"`
		Request string `path:"request" maxLength:"13"`
		Body    RequestAnswer
	}
)

// rightsAPI registers the data officer's inbox, the own consents and the answer
// behind a code.
func (a *Area) rightsAPI(api huma.API) {
	op := func(method, name, path, summary, tag string, status int) huma.Operation {
		return huma.Operation{OperationID: name, Method: method, Path: path, Summary: summary, Tags: []string{tag}, DefaultStatus: status}
	}
	huma.Register(api, op(http.MethodGet, "list-data-requests", "/privacy/requests", "List requests about personal data, the most urgent first; at most 100", "privacy", 0), a.apiRequests)
	huma.Register(api, op(http.MethodGet, "get-data-request", "/privacy/requests/{person}/{request}", "Show a request about personal data", "privacy", 0), a.apiRequest)
	huma.Register(api, op(http.MethodPost, "answer-data-request", "/privacy/requests/{person}/{request}/answer", "Answer a request; a granted erasure is carried out", "privacy", 0), a.apiAnswer)
	huma.Register(api, op(http.MethodGet, "list-retention", "/privacy/retention", "List how long each kind of record is kept, and how many are due", "privacy", 0), a.apiRetention)
	byCode := op(http.MethodPost, "open-answer", "/privacy/answer", "Open the answer to a request by its code, without an account", "privacy", 0)
	byCode.Security = []map[string][]string{{}}
	huma.Register(api, byCode, func(ctx context.Context, in *posted[AnswerCode]) (*reply[AnsweredRequest], error) {
		r, err := a.AnswerByCode(ctx, in.Body.Code)
		if err != nil {
			return nil, err
		}
		return &reply[AnsweredRequest]{AnsweredRequest{r.Kind, r.Received, r.Due, r.Outcome, r.Answer}}, nil
	})
	huma.Register(api, op(http.MethodGet, "list-consent-wordings", "/me/wordings", "List the texts I can consent to", "me", 0), a.apiWordings)
	huma.Register(api, op(http.MethodPost, "choose-consent", "/me/consents", "Give or withdraw my consent", "me", http.StatusNoContent), func(ctx context.Context, in *posted[ConsentChoice]) (*struct{}, error) {
		return nil, a.Consent(ctx, in.Body.Kind, in.Body.Version, in.Body.Give)
	})
}

func (a *Area) apiRequests(ctx context.Context, in *requestsInput) (*reply[[]DataRequest], error) {
	q := a.desk.DB.Read()
	scope, err := a.readable(ctx, q, Requests)
	if err != nil {
		return nil, err
	}
	all, err := inbox(ctx, q, scope, in.State != "answered")
	if err != nil {
		return nil, err
	}
	out := []DataRequest{}
	for _, w := range all {
		out = append(out, a.dataRequest(w.Person, w.Request))
	}
	return &reply[[]DataRequest]{out}, nil
}

// askedRequest reads a request of a person whom the actor's scope reaches.
func (a *Area) askedRequest(ctx context.Context, person, request string) (p Person, r privacy.Request, err error) {
	q := a.desk.DB.Read()
	scope, err := a.readable(ctx, q, Requests)
	if err != nil {
		return p, r, err
	}
	if p, err = Get(ctx, q, scope, pathID(person)); err != nil {
		return p, r, err
	}
	r, err = privacy.RequestOf(ctx, q, p.ID, pathID(request))
	return p, r, err
}

func (a *Area) apiRequest(ctx context.Context, in *requestInput) (*reply[DataRequest], error) {
	p, r, err := a.askedRequest(ctx, in.Person, in.Request)
	if err != nil {
		return nil, err
	}
	if err := a.viewed(ctx, p); err != nil {
		return nil, err
	}
	return &reply[DataRequest]{a.dataRequest(p, r)}, nil
}

func (a *Area) apiAnswer(ctx context.Context, in *requestAnswerInput) (*reply[DataRequest], error) {
	p, r, err := a.askedRequest(ctx, in.Person, in.Request)
	if err != nil {
		return nil, err
	}
	if r, err = a.AnswerRequest(ctx, Answering{p.ID, r.ID, in.Body.Outcome, in.Body.Answer}); err != nil {
		return nil, err
	}
	if p, err = load(ctx, a.desk.DB.Read(), p.ID); err != nil { // an erasure leaves a blank record
		return nil, err
	}
	return &reply[DataRequest]{a.dataRequest(p, r)}, nil
}

func (a *Area) apiWordings(ctx context.Context, _ *struct{}) (*reply[[]ConsentText], error) {
	q := a.desk.DB.Read()
	if _, err := a.self(ctx, q); err != nil {
		return nil, err
	}
	all, err := wordings(ctx, q, a.desk.Today())
	if err != nil {
		return nil, err
	}
	out := []ConsentText{}
	for _, w := range all {
		out = append(out, wordingText(ctx, w))
	}
	return &reply[[]ConsentText]{out}, nil
}
