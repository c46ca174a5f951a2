package structure

import (
	"net/url"

	"github.com/a-h/templ"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/site"
	"odaq/internal/platform/ui"
)

type postsPage struct {
	Eyebrow, Title, Lead string
	New                  ui.Button
	Posts                []postView
}

type postView struct {
	ID, Title, Side string
	Terms           ui.Table
	Do              ui.Button
}

// What can be done on the page of posts: ?do=.
const (
	doMake    = "make"
	doAppoint = "appoint"
	doEnd     = "end"
)

func (a *Area) postsOrg(r *site.Request) (org.Version, error) {
	o, err := r.ID("id")
	if err != nil {
		return org.Version{}, err
	}
	v, err := org.Get(r.Context(), a.desk.DB.Read(), o, r.Today)
	if err != nil {
		return v, err
	}
	return v, r.Require(Post, o)
}

func (a *Area) postsPage(r *site.Request) error {
	v, err := a.postsOrg(r)
	if err != nil {
		return err
	}
	all, err := posts(r.Context(), a.desk.DB.Read(), v.Org, false)
	if err != nil {
		return err
	}
	if do := r.URL.Query().Get("do"); do != "" {
		typed := url.Values{"do": {do}, "post": {r.URL.Query().Get("post")}, "day": {r.Today.String()}}
		page, body, err := a.postView(r, newForm(r.T, typed), v, all)
		if err != nil {
			return err
		}
		return r.Show(page, body)
	}
	t := r.T
	here := orgPath(v.Org) + "/posts"
	p := postsPage{Eyebrow: v.Names.In(t.Lang), Title: t.T("structure.post.page"), Lead: t.T("structure.post.lead"),
		New: ui.Button{Label: t.T("structure.post.make"), Href: here + "?do=" + doMake, Icon: "plus"}}
	for _, one := range all {
		view := postView{ID: one.ID.String(), Title: one.Title.In(t.Lang), Side: t.T(electedKey(one.Elected)),
			Do: ui.Button{Label: t.T("structure.post.appoint"), More: one.Title.In(t.Lang), Href: here + "?do=" + doAppoint + "&post=" + one.ID.String(), Kind: ui.Quiet}}
		if _, held := one.holder(r.Today); held {
			view.Do.Label, view.Do.Href = t.T("structure.post.end"), here+"?do="+doEnd+"&post="+one.ID.String()
		}
		view.Terms = ui.Table{Caption: view.Title, Plain: true, Cols: []ui.Col{{Label: t.T("structure.post.holder")}, {Label: t.T("structure.post.term")}, {Label: t.T("structure.post.decision")}}}
		for _, h := range one.Terms {
			decisions := h.Decision
			if h.EndedBy != "" {
				decisions += " · " + h.EndedBy
			}
			view.Terms.Rows = append(view.Terms.Rows, []ui.Cell{{Text: h.Holder}, {Text: span(t, h.From, h.To)}, {Text: decisions}})
		}
		p.Posts = append(p.Posts, view)
	}
	return r.Show(a.postPage(r, v, p.Title), postsBody(p))
}

func (a *Area) postPage(r *site.Request, v org.Version, title string) site.Page {
	return site.Page{Title: title, Section: "structure.nav.orgs",
		Crumbs: []site.Crumb{{Label: r.T.T("structure.nav.orgs"), Path: "/orgs"}, {Label: v.Names.In(r.T.Lang), Path: orgPath(v.Org)}, {Label: r.T.T("structure.post.page"), Path: orgPath(v.Org) + "/posts"}}}
}

// postView is the form for one thing: to make a post, to record who holds it, or
// to end a term.
func (a *Area) postView(r *site.Request, f *form, v org.Version, all []post) (site.Page, templ.Component, error) {
	t, do := r.T, f.get("do")
	page := a.postPage(r, v, t.T("structure.post.page"))
	p := formPage{Errors: f.summary(), Spec: ui.FormSpec{Action: orgPath(v.Org) + "/posts", Hidden: ui.Hiddens{{Name: "do", Value: do}},
		Submit: ui.Button{Label: t.T("structure.form.record")}, Cancel: &ui.Link{Label: t.T("structure.form.cancel"), Href: orgPath(v.Org) + "/posts"}}}
	switch do {
	case doMake:
		p.Title = t.T("structure.post.make")
		p.Fields = append(f.nameFields("title"), ui.Checkbox{Field: f.field("elected", false), Checked: f.get("elected") != ""},
			ui.Checkbox{Field: f.field("chair", false), Checked: f.get("chair") != ""})
		p.Fields = append(p.Fields, f.when(r.Today)...)
	case doAppoint, doEnd:
		one, ok := find(all, f.get("post"))
		if !ok {
			return page, nil, fault.Absent()
		}
		p.Title = t.T("structure.post."+do) + ": " + one.Title.In(t.Lang)
		p.Spec.Hidden = append(p.Spec.Hidden, ui.Hidden{Name: "post", Value: one.ID.String()})
		if do == doEnd {
			h, held := one.holder(r.Today)
			if !held {
				return page, nil, fault.Absent()
			}
			p.Lead = h.Holder + ", " + span(t, h.From, h.To)
			p.Spec.Hidden = append(p.Spec.Hidden, ui.Hidden{Name: "term", Value: h.ID.String()})
			p.Fields = f.when(r.Today)
			break
		}
		p.Lead = t.T(electedKey(one.Elected))
		p.Fields = append([]templ.Component{f.input("holder", false, ui.Full)}, f.when(r.Today)...)
		p.Fields = append(p.Fields, ui.DateField{Field: f.field("to", true), Value: f.typed.Get("to")})
		p.Fields = append(p.Fields, a.barsField(f)...)
	default:
		return page, nil, fault.Absent()
	}
	page.Title = p.Title
	return page, formBody(p), nil
}

func find(all []post, text string) (post, bool) {
	for _, p := range all {
		if p.ID.String() == text {
			return p, true
		}
	}
	return post{}, false
}

// barsField asks what the person declared of the reasons that keep somebody from
// an elected post.
func (a *Area) barsField(f *form) []templ.Component {
	var options []ui.Option
	for _, b := range a.profile.OfficerBars {
		options = append(options, ui.Option{Value: b.Code, Label: b.Reason.In(f.t.Lang), Hint: a.basis(f.t, b.Basis)})
	}
	if len(options) == 0 {
		return nil
	}
	field := f.field("bars", true)
	field.Hint = f.t.T("structure.field.bars.hint")
	return []templ.Component{ui.Checkboxes{Field: field, Values: f.typed["bars"], Options: options}}
}

func (a *Area) postsPost(r *site.Request) error {
	v, err := a.postsOrg(r)
	if err != nil {
		return err
	}
	typed, err := r.Form()
	if err != nil {
		return err
	}
	f := newForm(r.T, typed)
	done, err := a.doPost(r, f, v)
	if f.bad() == nil && err == nil {
		return r.Go(orgPath(v.Org)+"/posts", done)
	}
	if fault.Is(err, fault.NotFound) {
		return err
	}
	if err != nil {
		f.fail(err)
	}
	all, err := posts(r.Context(), a.desk.DB.Read(), v.Org, false)
	if err != nil {
		return err
	}
	page, body, err := a.postView(r, f, v, all)
	if err != nil {
		return err
	}
	return r.Again(f.bad(), page, body)
}

// doPost carries out what the sent form asks for and returns the message of it.
func (a *Area) doPost(r *site.Request, f *form, v org.Version) (string, error) {
	var one, running id.ID
	for name, into := range map[string]*id.ID{"post": &one, "term": &running} {
		if err := into.UnmarshalText([]byte(f.get(name))); err != nil {
			return "", fault.Absent()
		}
	}
	day, to := f.day("day"), cal.Forever
	if f.get("to") != "" {
		to = f.day("to") + 1 // people name the last day
	}
	if f.bad() != nil {
		return "", nil
	}
	var err error
	switch f.get("do") {
	case doMake:
		_, err = a.MakePost(r.Context(), PostRequest{Org: v.Org, Title: f.names("title"), Elected: f.get("elected") != "", Chair: f.get("chair") != "", Day: day, Decision: f.get("decision")})
	case doAppoint:
		_, err = a.Appoint(r.Context(), TermRequest{Org: v.Org, Post: one, Holder: f.get("holder"), Bars: f.typed["bars"], From: day, To: to, Decision: f.get("decision")})
	case doEnd:
		err = a.EndTerm(r.Context(), EndTermRequest{Org: v.Org, Term: running, Day: day, Decision: f.get("decision")})
	default:
		err = fault.Absent()
	}
	return "structure.done." + f.get("do"), err
}
