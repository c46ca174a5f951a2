package membership

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

// The API speaks in texts: identifiers in base 32, days as 2026-03-15. A
// national ID goes in and comes out by one operation alone, with a reason.

// Member is a person of the register.
type Member struct {
	ID         string `json:"id"`
	Number     string `json:"number,omitempty" doc:"Member number with two check digits; absent of an applicant" example:"1000 0000 38"`
	Surname    string `json:"surname"`
	Given      string `json:"given"`
	Patronymic string `json:"patronymic"`
	Birth      string `json:"birth,omitempty" format:"date"`
	Lang       string `json:"lang" enum:"kk,ru,en"`
	Org        string `json:"org" doc:"Primary organisation of the membership, else of the last one"`
	Status     string `json:"status" enum:"applicant,active,suspended,former,erased"`
	Category   string `json:"category"`
	Version    int64  `json:"version" doc:"Send it with a change: a change of an older version is a conflict"`
}

func memberOf(p Person) Member {
	return Member{ID: p.ID.String(), Number: p.Number.String(), Surname: p.Name.Surname, Given: p.Name.Given, Patronymic: p.Name.Patronymic, Birth: p.Birth.String(),
		Lang: string(p.Lang), Org: p.Org.String(), Status: string(p.Status), Category: p.Category, Version: p.Version}
}

// MemberList is a page of a list.
type MemberList struct {
	Members []Member `json:"members"`
	Next    string   `json:"next,omitempty" doc:"Cursor of the next page; absent on the last, and in a search"`
	More    bool     `json:"more,omitempty" doc:"A search found more people than the limit: narrow it"`
}

// MembershipSpell is a person's time in one primary organisation, [from, to).
type MembershipSpell struct {
	Org          string `json:"org"`
	From         string `json:"from" format:"date"`
	To           string `json:"to,omitempty" format:"date" doc:"Absent while it lasts"`
	Entry        string `json:"entry" enum:"admit,application,transfer,import"`
	EntryBasis   string `json:"entry_basis" doc:"Number of the decision"`
	Leaving      string `json:"leaving,omitempty"`
	LeavingBasis string `json:"leaving_basis,omitempty"`
}

// MembershipEvent is what else happened to a membership.
type MembershipEvent struct {
	Kind   string `json:"kind" enum:"suspend,reinstate,category"`
	Day    string `json:"day" format:"date"`
	Detail string `json:"detail,omitempty"`
	Basis  string `json:"basis,omitempty"`
}

// MemberRecord is a person with the history of the membership.
type MemberRecord struct {
	Member
	Spells []MembershipSpell `json:"spells"`
	Events []MembershipEvent `json:"events"`
}

// MemberEntry is what a member is admitted with.
type MemberEntry struct {
	Org        string `json:"org" maxLength:"13" doc:"Primary organisation"`
	Surname    string `json:"surname,omitempty" maxLength:"80"`
	Given      string `json:"given,omitempty" maxLength:"80"`
	Patronymic string `json:"patronymic,omitempty" maxLength:"80"`
	NationalID string `json:"national_id,omitempty" maxLength:"40" writeOnly:"true" doc:"Kept sealed"`
	Birth      string `json:"birth,omitempty" maxLength:"10" doc:"Day of birth; taken from the national ID where absent"`
	Lang       string `json:"lang,omitempty" enum:"kk,ru,en" default:"kk" doc:"Language of letters"`
	Email      string `json:"email,omitempty" maxLength:"254" writeOnly:"true"`
	Phone      string `json:"phone,omitempty" maxLength:"40" writeOnly:"true"`
	Address    string `json:"address,omitempty" maxLength:"300" writeOnly:"true"`
	Category   string `json:"category" maxLength:"40" doc:"Code of the profile's categories: worker, student, pensioner, other"`
}

func (e MemberEntry) request(f *fault.Fault) AdmitRequest {
	return AdmitRequest{Org: askedID(f, "org", e.Org), Name: search.Name{Surname: e.Surname, Given: e.Given, Patronymic: e.Patronymic}, Birth: askedDay(f, "birth", e.Birth, cal.Never),
		Lang: text.Lang(e.Lang), Private: Private{NationalID: e.NationalID, Email: e.Email, Phone: e.Phone, Address: e.Address}, Category: e.Category}
}

// Admission is a member entry with the decision behind it.
type Admission struct {
	MemberEntry
	Day      string `json:"day" maxLength:"10" doc:"Day from which the person is a member"`
	Decision string `json:"decision" maxLength:"80" doc:"Number of the decision"`
}

// Joining is an application to be admitted.
type Joining struct {
	MemberEntry
	Wording int `json:"wording" doc:"Version of the consent text that the applicant agreed to"`
}

// StepBody is a change of a membership.
type StepBody struct {
	Version  int64  `json:"version" minimum:"1" doc:"Version of the record that the change was decided on"`
	Day      string `json:"day" maxLength:"10"`
	Decision string `json:"decision" maxLength:"80" doc:"Number of the decision"`
}

func (b StepBody) step(f *fault.Fault, person string) Step {
	return Step{Person: pathID(person), Version: b.Version, Day: askedDay(f, "day", b.Day, cal.Never), Decision: tidy(b.Decision)}
}

// ReasonedStep is a change with a reason.
type ReasonedStep struct {
	StepBody
	Reason string `json:"reason" maxLength:"500"`
}

// TransferStep is a move to another primary organisation.
type TransferStep struct {
	StepBody
	To string `json:"to" maxLength:"13"`
}

// CategoryStep is a change of category.
type CategoryStep struct {
	StepBody
	Category string `json:"category" maxLength:"40"`
}

// CorrectionBody is a person's data as they should read.
type CorrectionBody struct {
	Version    int64  `json:"version" minimum:"1"`
	Surname    string `json:"surname,omitempty" maxLength:"80"`
	Given      string `json:"given,omitempty" maxLength:"80"`
	Patronymic string `json:"patronymic,omitempty" maxLength:"80"`
	Birth      string `json:"birth,omitempty" maxLength:"10" doc:"Absent: not known"`
}

// NationalIDSearch looks for a person by national ID, with a reason that the
// person can read.
type NationalIDSearch struct {
	NationalID string `json:"national_id" maxLength:"40" writeOnly:"true"`
	Reason     string `json:"reason" maxLength:"500"`
}

// Found names a record.
type Found struct {
	ID string `json:"id"`
}

// JoinRequest is an application as those see it who decide.
type JoinRequest struct {
	ID       string `json:"id"`
	Person   Member `json:"person"`
	Org      string `json:"org"`
	Category string `json:"category"`
	Day      string `json:"day" format:"date"`
	State    string `json:"state" enum:"open,admitted,refused"`
	Decided  string `json:"decided,omitempty" format:"date"`
	Decision string `json:"decision,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// JoinList is a page of applications.
type JoinList struct {
	Applications []JoinRequest `json:"applications"`
	Next         string        `json:"next,omitempty"`
}

// Headcount is how many members an organisation has with all beneath it.
type Headcount struct {
	Org        string           `json:"org"`
	Day        string           `json:"day" format:"date"`
	Total      int64            `json:"total"`
	Earners    int64            `json:"earners" doc:"Wage earners among them"`
	Categories map[string]int64 `json:"categories"`
}

type (
	reply[T any] struct{ Body T }
	one          struct {
		ID string `path:"id" maxLength:"13"`
	}
	changed[T any] struct {
		ID   string `path:"id" maxLength:"13"` // huma passes over embedded types that are not exported
		Body T
	}
	posted[T any] struct{ Body T }
	listInput     struct {
		Q        string `query:"q" maxLength:"100" doc:"Words of a name as people type them, or a member number; never a national ID"`
		Org      string `query:"org" maxLength:"13" doc:"It and everything beneath it"`
		Status   string `query:"status" enum:"active,suspended,applicant,former" doc:"Members where absent"`
		Category string `query:"category" maxLength:"40"`
		Day      string `query:"day" maxLength:"10" doc:"Members as of this day; now where absent"`
		After    string `query:"after" maxLength:"13" doc:"The cursor of the page before"`
		Limit    int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	joinInput struct {
		State string `query:"state" enum:"open,admitted,refused" default:"open"`
		After string `query:"after" maxLength:"13"`
		Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	countInput struct {
		Org string `query:"org" maxLength:"13" required:"true"`
		Day string `query:"day" maxLength:"10" doc:"Today where absent"`
	}
	admitInput struct {
		ID   string `path:"id" maxLength:"13"`
		Body struct {
			Day      string `json:"day" maxLength:"10"`
			Decision string `json:"decision" maxLength:"80"`
		}
	}
	refuseInput struct {
		ID   string `path:"id" maxLength:"13"`
		Body struct {
			Reason string `json:"reason" maxLength:"500" doc:"The applicant is told it"`
		}
	}
)

// pathID is an identifier in a path; a malformed one is nobody's.
func pathID(s string) id.ID { return idOf(s) }

func askedID(f *fault.Fault, name, s string) id.ID {
	if s == "" {
		return 0
	}
	v := idOf(s)
	if v == 0 {
		f.In(name, "fault.choice")
	}
	return v
}

func askedDay(f *fault.Fault, name, s string, otherwise cal.Day) cal.Day {
	if s == "" {
		return otherwise
	}
	d, err := cal.ParseDay(s)
	if err != nil {
		f.In(name, "fault.date")
		return otherwise
	}
	return d
}

// api registers the operations of the register under the API's own prefix.
func (a *Area) api(api huma.API) {
	get := func(name, path, summary string) huma.Operation {
		return huma.Operation{OperationID: name, Method: http.MethodGet, Path: path, Summary: summary, Tags: []string{"membership"}}
	}
	post := func(name, path, summary string) huma.Operation {
		return huma.Operation{OperationID: name, Method: http.MethodPost, Path: path, Summary: summary, Tags: []string{"membership"}}
	}
	huma.Register(api, get("list-members", "/members", "List members in Kazakh alphabetical order"), a.apiList)
	huma.Register(api, get("get-member", "/members/{id}", "Show a person's record with its history"), a.apiGet)
	huma.Register(api, post("admit-member", "/members", "Admit a member"), a.apiAdmit)
	huma.Register(api, post("find-member-by-national-id", "/members/find-by-national-id", "Find a person by national ID, with a reason; audited"), a.apiFindByID)
	huma.Register(api, post("transfer-member", "/members/{id}/transfer", "Transfer to another primary organisation"), a.apiTransfer)
	huma.Register(api, post("suspend-member", "/members/{id}/suspend", "Suspend the rights of a member"), func(ctx context.Context, in *changed[ReasonedStep]) (*reply[Member], error) {
		return a.apiStep(ctx, in.ID, in.Body.StepBody, in.Body.Reason, a.Suspend)
	})
	huma.Register(api, post("reinstate-member", "/members/{id}/reinstate", "End a suspension"), func(ctx context.Context, in *changed[StepBody]) (*reply[Member], error) {
		return a.apiStep(ctx, in.ID, in.Body, "", a.Reinstate)
	})
	huma.Register(api, post("categorise-member", "/members/{id}/category", "Change the category from a day on"), func(ctx context.Context, in *changed[CategoryStep]) (*reply[Member], error) {
		return a.apiStep(ctx, in.ID, in.Body.StepBody, "", func(ctx context.Context, s Step) (Person, error) { return a.Categorise(ctx, s, in.Body.Category) })
	})
	huma.Register(api, post("end-membership", "/members/{id}/end", "End a membership; the record and its history stay"), func(ctx context.Context, in *changed[ReasonedStep]) (*reply[Member], error) {
		return a.apiStep(ctx, in.ID, in.Body.StepBody, in.Body.Reason, a.End)
	})
	huma.Register(api, post("correct-member", "/members/{id}/correct", "Correct the name or the day of birth"), a.apiCorrect)
	huma.Register(api, get("list-applications", "/applications", "List applications to be admitted"), a.apiApplications)
	apply := post("apply", "/applications", "Apply to be admitted; the answer is the same whether or not the register knows the applicant")
	apply.Security = []map[string][]string{{}}
	huma.Register(api, apply, a.apiApply)
	huma.Register(api, post("admit-applicant", "/applications/{id}/admit", "Admit an applicant"), a.apiAdmitApplicant)
	huma.Register(api, post("refuse-applicant", "/applications/{id}/refuse", "Refuse an applicant with a reason"), a.apiRefuse)
	huma.Register(api, get("get-headcount", "/headcounts", "Count the members of an organisation as of a day"), a.apiHeadcount)
}

// readable is what the caller may read with an action; somebody who may read
// nothing at all is refused rather than answered with nothing.
func (a *Area) readable(ctx context.Context, q db.Querier, action access.Action) (access.Scope, error) {
	actor := access.From(ctx)
	if err := a.desk.Gate.Require(ctx, q, actor, action, 0); err != nil {
		return access.Scope{}, err
	}
	return a.desk.Gate.Scope(ctx, q, actor, action)
}

func (a *Area) apiList(ctx context.Context, in *listInput) (*reply[MemberList], error) {
	f := fault.Check()
	find := Find{Org: askedID(f, "org", in.Org), Query: in.Q, Category: in.Category, Limit: in.Limit + 1}
	if in.Status != "" {
		find.Statuses = []Status{Status(in.Status)}
	}
	if d := askedDay(f, "day", in.Day, a.desk.Today()); d < a.desk.Today() {
		find.Day = d
	}
	if a.maybeNational(in.Q) {
		f.In("q", "membership.list.by-number")
	}
	after := askedID(f, "after", in.After)
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	out := &reply[MemberList]{MemberList{Members: []Member{}}}
	var lists []id.ID
	err := a.desk.DB.View(ctx, func(q db.Querier) error {
		scope, err := a.readable(ctx, q, View)
		if err != nil {
			return err
		}
		if after != 0 {
			if find.After, err = cursorAt(ctx, q, scope, after); err != nil {
				return err
			}
		}
		people, err := a.List(ctx, q, scope, find)
		if err != nil {
			return err
		}
		if len(people) > in.Limit {
			people = people[:in.Limit]
			if out.Body.More = in.Q != ""; !out.Body.More {
				out.Body.Next = people[in.Limit-1].ID.String()
			}
		}
		for _, p := range people {
			out.Body.Members = append(out.Body.Members, memberOf(p))
		}
		lists = scope.Roots()
		if find.Org != 0 {
			lists = []id.ID{find.Org}
		} else if scope.All() {
			top, err := org.Top(ctx, q, a.desk.Today())
			if err != nil {
				return err
			}
			lists = []id.ID{top.Org}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, o := range lists {
		if err := a.listed(ctx, o, len(out.Body.Members)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (a *Area) apiGet(ctx context.Context, in *one) (*reply[MemberRecord], error) {
	q := a.desk.DB.Read()
	scope, err := a.readable(ctx, q, View)
	if err != nil {
		return nil, err
	}
	p, err := Get(ctx, q, scope, pathID(in.ID))
	if err != nil {
		return nil, err
	}
	if err := a.viewed(ctx, p); err != nil {
		return nil, err
	}
	spells, err := Spells(ctx, q, p.ID)
	if err != nil {
		return nil, err
	}
	events, err := Events(ctx, q, p.ID)
	if err != nil {
		return nil, err
	}
	out := MemberRecord{Member: memberOf(p), Spells: []MembershipSpell{}, Events: []MembershipEvent{}}
	for _, s := range spells {
		out.Spells = append(out.Spells, MembershipSpell{Org: s.Org.String(), From: s.From.String(), To: s.To.String(), Entry: s.Entry, EntryBasis: s.EntryBasis,
			Leaving: s.Leaving, LeavingBasis: s.LeavingBasis})
	}
	for _, e := range events {
		out.Events = append(out.Events, MembershipEvent{Kind: e.Kind, Day: e.Day.String(), Detail: e.Detail, Basis: e.Basis})
	}
	return &reply[MemberRecord]{out}, nil
}

func (a *Area) apiAdmit(ctx context.Context, in *posted[Admission]) (*reply[Member], error) {
	f := fault.Check()
	r := in.Body.request(f)
	r.Day, r.Decision = askedDay(f, "day", in.Body.Day, cal.Never), in.Body.Decision
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	return answerMember(a.Admit(ctx, r))
}

// answerMember answers with the person that a use case returned.
func answerMember(p Person, err error) (*reply[Member], error) {
	if err != nil {
		return nil, err
	}
	return &reply[Member]{memberOf(p)}, nil
}

func (a *Area) apiFindByID(ctx context.Context, in *posted[NationalIDSearch]) (*reply[Found], error) {
	found, err := a.FindByNationalID(ctx, in.Body.NationalID, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return &reply[Found]{Found{found.String()}}, nil
}

func (a *Area) apiStep(ctx context.Context, person string, b StepBody, reason string, do func(context.Context, Step) (Person, error)) (*reply[Member], error) {
	f := fault.Check()
	s := b.step(f, person)
	s.Reason = tidy(reason)
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	return answerMember(do(ctx, s))
}

func (a *Area) apiTransfer(ctx context.Context, in *changed[TransferStep]) (*reply[Member], error) {
	f := fault.Check()
	to := askedID(f, "to", in.Body.To)
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	return a.apiStep(ctx, in.ID, in.Body.StepBody, "", func(ctx context.Context, s Step) (Person, error) { return a.Transfer(ctx, s, to) })
}

func (a *Area) apiCorrect(ctx context.Context, in *changed[CorrectionBody]) (*reply[Member], error) {
	f := fault.Check()
	birth := askedDay(f, "birth", in.Body.Birth, cal.Never)
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	b := in.Body
	return answerMember(a.Correct(ctx, Correction{Step: Step{Person: pathID(in.ID), Version: b.Version}, Name: search.Name{Surname: b.Surname, Given: b.Given, Patronymic: b.Patronymic}, Birth: birth}))
}

func (a *Area) apiApplications(ctx context.Context, in *joinInput) (*reply[JoinList], error) {
	f := fault.Check()
	after := askedID(f, "after", in.After)
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	q := a.desk.DB.Read()
	scope, err := a.readable(ctx, q, AdmitIt)
	if err != nil {
		return nil, err
	}
	all, err := Applications(ctx, q, scope, ApplicationState(in.State), after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &reply[JoinList]{JoinList{Applications: []JoinRequest{}}}
	if len(all) > in.Limit {
		all = all[:in.Limit]
		out.Body.Next = all[in.Limit-1].ID.String()
	}
	for _, p := range all {
		who, err := load(ctx, q, p.Person)
		if err != nil {
			return nil, err
		}
		out.Body.Applications = append(out.Body.Applications, joinRequest(p, who))
	}
	return out, nil
}

func joinRequest(p Application, who Person) JoinRequest {
	return JoinRequest{ID: p.ID.String(), Person: memberOf(who), Org: p.Org.String(), Category: p.Category,
		Day: p.Day.String(), State: string(p.State), Decided: p.Decided.String(), Decision: p.Decision, Reason: p.Reason}
}

func (a *Area) apiApply(ctx context.Context, in *posted[Joining]) (*reply[Found], error) {
	f := fault.Check()
	r := in.Body.request(f)
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	p, err := a.Apply(ctx, ApplyRequest{Org: r.Org, Name: r.Name, Birth: r.Birth, Lang: r.Lang, Private: r.Private, Category: r.Category, Wording: in.Body.Wording})
	if err != nil {
		return nil, err
	}
	return &reply[Found]{Found{p.ID.String()}}, nil
}

func (a *Area) apiAdmitApplicant(ctx context.Context, in *admitInput) (*reply[Member], error) {
	f := fault.Check()
	v := Verdict{Application: pathID(in.ID), Day: askedDay(f, "day", in.Body.Day, cal.Never), Decision: tidy(in.Body.Decision)}
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	return answerMember(a.AdmitApplicant(ctx, v))
}

func (a *Area) apiRefuse(ctx context.Context, in *refuseInput) (*reply[Member], error) {
	return answerMember(a.RefuseApplicant(ctx, Verdict{Application: pathID(in.ID), Reason: tidy(in.Body.Reason)}))
}

func (a *Area) apiHeadcount(ctx context.Context, in *countInput) (*reply[Headcount], error) {
	f := fault.Check()
	at, day := askedID(f, "org", in.Org), askedDay(f, "day", in.Day, a.desk.Today())
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	out := Headcount{Org: in.Org, Day: day.String()}
	err := a.desk.DB.View(ctx, func(q db.Querier) error {
		if err := a.desk.Gate.Require(ctx, q, access.From(ctx), Count, at); err != nil {
			return err
		}
		n, err := a.Beneath(ctx, q, at, day)
		if err != nil {
			return err
		}
		out.Total, out.Earners = n.Total, n.Earners
		out.Categories, err = a.Categories(ctx, q, at, day)
		return err
	})
	return &reply[Headcount]{out}, err
}
