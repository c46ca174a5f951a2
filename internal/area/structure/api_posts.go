package structure

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

// OfficerPost is a post of an organisation with those who hold or held it.
type OfficerPost struct {
	ID       string     `json:"id"`
	Title    text.Names `json:"title"`
	Elected  bool       `json:"elected"`
	Chair    bool       `json:"chair" doc:"whoever holds it leads the organisation"`
	From     string     `json:"from" format:"date"`
	To       string     `json:"to,omitempty" doc:"the first day on which it is no more; absent while it lasts"`
	Decision string     `json:"decision"`
	Terms    []PostTerm `json:"terms" doc:"the newest first; to the public and to who does not work with the organisation only the one of the day"`
}

// PostTerm is a time in which somebody holds a post, [from, to).
type PostTerm struct {
	ID       string `json:"id"`
	Holder   string `json:"holder"`
	From     string `json:"from" format:"date"`
	To       string `json:"to,omitempty" doc:"the first day after it; absent where no end is set"`
	Decision string `json:"decision"`
	EndedBy  string `json:"ended_by,omitempty" doc:"number of the decision that ended it early"`
}

// NewPost asks to make a post.
type NewPost struct {
	Title    text.Names `json:"title"`
	Elected  bool       `json:"elected,omitempty"`
	Chair    bool       `json:"chair,omitempty" doc:"whoever holds it leads the organisation; such a post is elected"`
	Day      string     `json:"day" format:"date"`
	Decision string     `json:"decision" maxLength:"80" doc:"number of the decision behind it"`
}

// NewTerm asks to record who holds a post.
type NewTerm struct {
	Holder   string   `json:"holder" maxLength:"300"`
	Bars     []string `json:"bars,omitempty" maxItems:"20" doc:"codes of the reasons against an elected post that the person declared"`
	From     string   `json:"from" format:"date"`
	To       string   `json:"to,omitempty" doc:"the first day after it; absent where no end is set"`
	Decision string   `json:"decision" maxLength:"80" doc:"number of the decision behind it"`
}

// TermEnd asks to end a term.
type TermEnd struct {
	Day      string `json:"day" format:"date" doc:"the first day that no longer belongs to it"`
	Decision string `json:"decision" maxLength:"80" doc:"number of the decision behind it"`
}

// MadeRecord names what an act made.
type MadeRecord struct {
	ID string `json:"id"`
}

type (
	postInput struct {
		ID   string `path:"id" maxLength:"13"`
		Body NewPost
	}
	termInput struct {
		ID   string `path:"id" maxLength:"13"`
		Post string `path:"post" maxLength:"13"`
		Body NewTerm
	}
	termEndInput struct {
		ID   string `path:"id" maxLength:"13"`
		Term string `path:"term" maxLength:"13"`
		Body TermEnd
	}
)

// postsAPI registers the operations on posts and those who hold them.
func (a *Area) postsAPI(api huma.API) {
	op := func(method, name, path, summary string, status int) huma.Operation {
		return huma.Operation{OperationID: name, Method: method, Path: path, Summary: summary, Tags: []string{"structure"}, DefaultStatus: status}
	}
	list := op(http.MethodGet, "list-posts", "/orgs/{id}/posts", "List the posts of an organisation as of a day", 0)
	list.Security = everybody
	huma.Register(api, list, a.apiPosts)
	huma.Register(api, op(http.MethodPost, "make-post", "/orgs/{id}/posts", "Make a post", http.StatusCreated), a.apiMakePost)
	huma.Register(api, op(http.MethodPost, "appoint", "/orgs/{id}/posts/{post}/terms", "Record who holds a post from a day on", http.StatusCreated), a.apiAppoint)
	huma.Register(api, op(http.MethodPost, "end-term", "/orgs/{id}/terms/{term}/end", "End a term", http.StatusNoContent), a.apiEndTerm)
}

// apiPosts shows what the organisation's page shows: everybody the elected
// officers of the day, who works with the organisation all posts, and who keeps
// them their whole history.
func (a *Area) apiPosts(ctx context.Context, in *orgInput) (*body[[]OfficerPost], error) {
	f := fault.Check()
	day := a.asked(f, "day", in.Day)
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	o, err := id.Parse(in.ID)
	if err != nil {
		return nil, fault.Absent()
	}
	out := []OfficerPost{}
	err = a.desk.DB.View(ctx, func(q db.Querier) error {
		if _, err := org.Get(ctx, q, o, day); err != nil {
			return err
		}
		actor := access.From(ctx)
		all, err := posts(ctx, q, o, !a.desk.Gate.Can(ctx, q, actor, Officers, o))
		if err != nil {
			return err
		}
		keeps := a.desk.Gate.Can(ctx, q, actor, Post, o)
		for _, p := range all {
			if !keeps && (day < p.From || day >= p.To) {
				continue
			}
			out = append(out, officerPost(p, day, keeps))
		}
		return nil
	})
	return &body[[]OfficerPost]{out}, err
}

// officerPost is a post for JSON: with its holder on the day, or with all.
func officerPost(p post, day cal.Day, all bool) OfficerPost {
	out := OfficerPost{ID: p.ID.String(), Title: p.Title, Elected: p.Elected, Chair: p.Chair, From: p.From.String(), To: p.To.String(),
		Decision: p.Decision, Terms: []PostTerm{}}
	for _, t := range p.Terms {
		if all || t.on(day) {
			out.Terms = append(out.Terms, PostTerm{t.ID.String(), t.Holder, t.From.String(), t.To.String(), t.Decision, t.EndedBy})
		}
	}
	return out
}

// pathIDs reads identifiers of a path; a malformed one is not found.
func pathIDs(texts ...string) ([]id.ID, error) {
	out := make([]id.ID, len(texts))
	for i, s := range texts {
		var err error
		if out[i], err = id.Parse(s); err != nil {
			return nil, fault.Absent()
		}
	}
	return out, nil
}

func (a *Area) apiMakePost(ctx context.Context, in *postInput) (*body[MadeRecord], error) {
	at, err := pathIDs(in.ID)
	if err != nil {
		return nil, err
	}
	b, f := in.Body, fault.Check()
	r := PostRequest{Org: at[0], Title: b.Title, Elected: b.Elected, Chair: b.Chair, Day: exactDay(f, b.Day), Decision: b.Decision}
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	made, err := a.MakePost(ctx, r)
	return madeRecord(made, err)
}

func (a *Area) apiAppoint(ctx context.Context, in *termInput) (*body[MadeRecord], error) {
	at, err := pathIDs(in.ID, in.Post)
	if err != nil {
		return nil, err
	}
	b, f := in.Body, fault.Check()
	r := TermRequest{Org: at[0], Post: at[1], Holder: b.Holder, Bars: b.Bars, To: cal.Forever, Decision: b.Decision}
	if r.From, err = cal.ParseDay(b.From); err != nil {
		f.In("from", "fault.date")
	}
	if b.To != "" {
		if r.To, err = cal.ParseDay(b.To); err != nil {
			f.In("to", "fault.date")
		}
	}
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	made, err := a.Appoint(ctx, r)
	return madeRecord(made, err)
}

func (a *Area) apiEndTerm(ctx context.Context, in *termEndInput) (*struct{}, error) {
	at, err := pathIDs(in.ID, in.Term)
	if err != nil {
		return nil, err
	}
	f := fault.Check()
	r := EndTermRequest{Org: at[0], Term: at[1], Day: exactDay(f, in.Body.Day), Decision: in.Body.Decision}
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	return nil, a.EndTerm(ctx, r)
}

func madeRecord(made id.ID, err error) (*body[MadeRecord], error) {
	if err != nil {
		return nil, err
	}
	return &body[MadeRecord]{MadeRecord{made.String()}}, nil
}
