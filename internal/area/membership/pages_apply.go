package membership

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/site"
	"odaq/internal/platform/db"
	"odaq/internal/platform/ui"
)

// joinPage is public: it asks for the organisation, then for the applicant.
func (a *Area) joinPage(r *site.Request) error {
	t := r.T
	at := idOf(r.URL.Query().Get("org"))
	if at == 0 {
		p, err := a.pick(r, nil, "/join", "org", 0)
		if err != nil {
			return err
		}
		p.Title, p.Lead = t.T("membership.join.where"), t.T("membership.join.where-text")
		return r.Show(site.Page{Title: p.Title}, pickBody(p))
	}
	body, page, err := a.joinForm(r, at, url.Values{"lang": {string(t.Lang)}, "category": {a.profile.Categories[0].Code}}, nil)
	if err != nil {
		return err
	}
	return r.Show(page, formBody(body))
}

type consentPanel struct{ Text, Note string }

func (a *Area) joinForm(r *site.Request, at id.ID, values url.Values, wrong error) (formPage, site.Page, error) {
	t, q := r.T, a.desk.DB.Read()
	v, err := org.Get(r.Context(), q, at, r.Today)
	if err != nil {
		return formPage{}, site.Page{}, err
	}
	w, err := a.wording(r.Context(), q, r.Today)
	if err != nil {
		return formPage{}, site.Page{}, err
	}
	f := newForm(r, values, wrong)
	page := site.Page{Title: t.T("membership.join.title"), Crumbs: []site.Crumb{{Label: t.T("membership.join.where"), Path: "/join"}, {Label: t.T("membership.join.title")}}}
	consent := ui.Checkbox{Field: f.field("consent", "", false), Checked: values.Get("consent") != "" && values.Get("wording") == strconv.Itoa(w.Version)}
	p := formPage{Eyebrow: v.Names.In(t.Lang), Title: page.Title, Lead: t.T("membership.join.lead"),
		Groups: append(a.personFields(f, false), fieldGroup{t.T("membership.group.consent"), []templ.Component{
			consentText(consentPanel{Text: wordsIn(w, t.Lang), Note: t.T("membership.join.wording", "Version", strconv.Itoa(w.Version), "Operator", w.Operator)}), consent}}),
		Spec: ui.FormSpec{Action: "/join", Hidden: ui.Hiddens{hiddenID("org", at), {Name: "wording", Value: strconv.Itoa(w.Version)}},
			Submit: submit(r, "membership.join.submit"), Cancel: &ui.Link{Label: t.T("membership.join.other"), Href: "/join"}}}
	p.Errors = f.errors()
	return p, page, nil
}

func (a *Area) joinPost(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	wrong := fault.Check()
	entry := entryOf(wrong, v)
	request := ApplyRequest{Org: entry.Org, Name: entry.Name, Birth: entry.Birth, Lang: entry.Lang, Private: entry.Private, Category: entry.Category}
	if v.Get("consent") != "" {
		request.Wording, _ = strconv.Atoi(v.Get("wording")) // no number is no consent
	}
	if err = wrong.OrNil(); err == nil {
		if _, err = a.Apply(r.Context(), request); err == nil {
			return r.Go("/join/done", "")
		}
	}
	body, page, failed := a.joinForm(r, request.Org, v, err)
	if failed != nil {
		return failed
	}
	return r.Again(err, page, formBody(body))
}

type joinedPage struct {
	Title, Text, NextTitle string
	Next                   []string
}

func (a *Area) joinedPage(r *site.Request) error {
	t := r.T
	p := joinedPage{Title: t.T("membership.joined.title"), Text: t.T("membership.joined.text"), NextTitle: t.T("membership.joined.next"),
		Next: []string{t.T("membership.joined.next-1"), t.T("membership.joined.next-2"), t.T("membership.joined.next-3")}}
	return r.Show(site.Page{Title: p.Title}, joinedBody(p))
}

// applicationsPage is the inbox of those who admit.
func (a *Area) applicationsPage(r *site.Request) error {
	ctx, t := r.Context(), r.T
	after := idOf(r.URL.Query().Get("after"))
	page := a.under(r, t.T("membership.applications.title"))
	p := tablePage{Title: page.Title, SecondTitle: t.T("membership.applications.decided")}
	err := a.desk.DB.View(ctx, func(q db.Querier) error {
		scope, err := a.desk.Gate.Scope(ctx, q, r.Actor, AdmitIt)
		if err != nil {
			return err
		}
		n, err := countOpen(ctx, q, scope)
		if err != nil {
			return err
		}
		if n > 0 { // the empty box says that there are none
			p.Lead = t.N("membership.applications.lead", n)
		}
		open, err := Applications(ctx, q, scope, Open, after, listSize+1)
		if err != nil {
			return err
		}
		if len(open) > listSize {
			open = open[:listSize]
			p.Pager = ui.Pager{Label: t.T("membership.list.pages"), Next: &ui.Link{Label: t.T("membership.list.next"), Href: r.With("after", open[listSize-1].ID.String())}}
		}
		if p.Table, err = a.applicationTable(r, q, open); err != nil {
			return err
		}
		p.Table.Empty = &ui.Empty{Title: t.T("membership.applications.none"), Text: t.T("membership.applications.none-text"),
			Action: &ui.Button{Label: t.T("membership.applications.join"), Href: "/join", Kind: ui.Quiet}}
		var decided []Application
		for _, state := range []ApplicationState{Admitted, Refused} {
			some, err := Applications(ctx, q, scope, state, 0, 10)
			if err != nil {
				return err
			}
			decided = append(decided, some...)
		}
		p.Second, err = a.applicationTable(r, q, decided)
		return err
	})
	if err != nil {
		return err
	}
	return r.Show(page, tableBody(p))
}

func (a *Area) applicationTable(r *site.Request, q db.Querier, all []Application) (ui.Table, error) {
	t := r.T
	out := ui.Table{Caption: t.T("membership.applications.title"), Brief: true, Cols: []ui.Col{{Label: t.T("membership.list.col.name")},
		{Label: t.T("membership.list.col.category")}, {Label: t.T("membership.list.col.applied")}, {Label: t.T("membership.list.col.status")}}}
	orgs := make([]id.ID, len(all))
	for i, p := range all {
		orgs[i] = p.Org
	}
	names, err := org.Many(r.Context(), q, orgs, r.Today)
	if err != nil {
		return out, err
	}
	for _, p := range all {
		who, err := load(r.Context(), q, p.Person)
		if err != nil {
			return out, err
		}
		tag := applicationTag(r, p)
		out.Rows = append(out.Rows, []ui.Cell{{Text: FullName(who.Name), Href: "/applications/" + p.ID.String(), Note: names[p.Org].Names.In(t.Lang)},
			{Body: ui.Text(a.categoryName(t, p.Category))}, {Body: ui.Text(t.ShortDay(p.Day))}, {Tag: &tag}})
	}
	return out, nil
}

func applicationTag(r *site.Request, p Application) ui.Tag {
	t := r.T
	switch p.State {
	case Admitted:
		return ui.Tag{Label: t.T("membership.application.admitted"), Tone: ui.OK}
	case Refused:
		return ui.Tag{Label: t.T("membership.application.refused"), Tone: ui.Bad}
	}
	if days := int64(r.Today - p.Day); days > 0 {
		return ui.Tag{Label: t.N("membership.application.waits", days), Tone: ui.Warn}
	}
	return ui.Tag{Label: t.T("membership.application.new"), Tone: ui.Info}
}

type applicationPage struct {
	Errors               ui.ErrorSummary
	Eyebrow, Title, Lead string
	Facts                ui.SummaryList
	Contact              ui.PostButton
	Verdicts             []verdictForm
}

type verdictForm struct {
	ID, Title, Note string
	Spec            ui.FormSpec
	Fields          []templ.Component
}

func (a *Area) applicationPage(r *site.Request) error {
	p, who, err := a.applicationOf(r)
	if err != nil {
		return err
	}
	if err := a.viewed(r.Context(), who); err != nil {
		return err
	}
	body, page, err := a.applicationForm(r, p, who, "", url.Values{"day": {r.Today.String()}}, nil)
	if err != nil {
		return err
	}
	return r.Show(page, applicationBody(body))
}

func (a *Area) applicationOf(r *site.Request) (Application, Person, error) {
	application, err := r.ID("id")
	if err != nil {
		return Application{}, Person{}, err
	}
	scope, err := r.Scope(AdmitIt)
	if err != nil {
		return Application{}, Person{}, err
	}
	q := a.desk.DB.Read()
	p, err := GetApplication(r.Context(), q, scope, application)
	if err != nil {
		return p, Person{}, err
	}
	who, err := load(r.Context(), q, p.Person)
	return p, who, err
}

func (a *Area) applicationForm(r *site.Request, p Application, who Person, verdict string, values url.Values, wrong error) (applicationPage, site.Page, error) {
	t := r.T
	page := a.under(r, FullName(who.Name))
	page.Crumbs = []site.Crumb{page.Crumbs[0], {Label: t.T("membership.applications.title"), Path: "/applications"}, page.Crumbs[1]}
	v, err := org.Get(r.Context(), a.desk.DB.Read(), p.Org, r.Today)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return applicationPage{}, page, err
	}
	life, err := a.lifeOf(r.Context(), a.desk.DB.Read(), who)
	if err != nil {
		return applicationPage{}, page, err
	}
	out := applicationPage{Eyebrow: t.T("membership.application.title"), Title: page.Title,
		Lead: t.T("membership.application.lead-"+string(p.State), "Org", v.Names, "Day", p.Day, "Decided", p.Decided), Facts: a.facts(r, life),
		Contact: ui.PostButton{Action: memberPath(who.ID) + "/contact", Button: ui.Button{Label: t.T("membership.contact.show"), Kind: ui.Quiet}}}
	if p.Reason != "" {
		out.Facts.Items = append(out.Facts.Items, ui.Term{Label: t.T("membership.field.reason"), Value: p.Reason})
	}
	if p.State != Open {
		return out, page, nil
	}
	of := func(name string) *form { // a fault belongs to the form that was sent
		if name != verdict {
			return newForm(r, url.Values{"day": {r.Today.String()}}, nil)
		}
		return newForm(r, values, wrong)
	}
	path := "/applications/" + p.ID.String()
	admit, refuse := of("admit"), of("refuse")
	out.Verdicts = []verdictForm{
		{ID: "h-admit", Title: t.T("membership.application.admit"), Note: t.T("membership.application.admit-note"),
			Spec:   ui.FormSpec{Action: path + "/admit", Submit: submit(r, "membership.admit.submit")},
			Fields: []templ.Component{admit.day("day", "membership.hint.admit-day", false), admit.decision()}},
		{ID: "h-refuse", Title: t.T("membership.application.refuse"), Note: t.T("membership.application.refuse-note"),
			Spec:   ui.FormSpec{Action: path + "/refuse", Submit: ui.Button{Label: t.T("membership.application.refuse"), Kind: ui.Danger}},
			Fields: []templ.Component{refuse.reason("membership.hint.refusal")}},
	}
	switch verdict {
	case "admit":
		out.Errors = admit.errors()
	case "refuse":
		out.Errors = refuse.errors()
	}
	return out, page, nil
}

func (a *Area) verdictPost(r *site.Request) error {
	p, who, err := a.applicationOf(r)
	if err != nil {
		return err
	}
	v, err := r.Form()
	if err != nil {
		return err
	}
	wrong := fault.Check()
	verdict := Verdict{Application: p.ID, Day: dayOf(wrong, v, "day", cal.Never), Decision: tidy(v.Get("decision")), Reason: tidy(v.Get("reason"))}
	err = wrong.OrNil()
	switch kind := r.PathValue("verdict"); kind {
	case "admit":
		if err == nil {
			var member Person
			if member, err = a.AdmitApplicant(r.Context(), verdict); err == nil {
				return r.Go(memberPath(member.ID), "membership.done.admit")
			}
		}
	case "refuse":
		if _, err = a.RefuseApplicant(r.Context(), verdict); err == nil {
			return r.Go("/applications", "membership.done.refuse")
		}
	default:
		return fault.Absent()
	}
	body, page, failed := a.applicationForm(r, p, who, r.PathValue("verdict"), v, err)
	if failed != nil {
		return failed
	}
	return r.Again(err, page, applicationBody(body))
}

// tidy joins what stands between spaces by single ones.
func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }
