package membership

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/ui"
)

type personPage struct {
	Eyebrow, Title, Lead string
	Status               ui.Tag
	Tools                []ui.Button
	Notices              []ui.Notice
	HistoryTitle         string
	History              ui.History
	FactsTitle           string
	Facts                ui.SummaryList
	PrivateTitle         string
	PrivateNote          string
	Contact              ui.PostButton
	Private              []ui.Link
	ActionsTitle         string
	Actions              []ui.Link
}

// seenPerson is a person whom the actor of a request may see.
func (a *Area) seenPerson(r *site.Request) (Person, error) {
	person, err := r.ID("id")
	if err != nil {
		return Person{}, err
	}
	scope, err := r.Scope(View)
	if err != nil {
		return Person{}, err
	}
	return Get(r.Context(), a.desk.DB.Read(), scope, person)
}

func (a *Area) personPage(r *site.Request) error {
	p, err := a.seenPerson(r)
	if err != nil {
		return err
	}
	if err := a.viewed(r.Context(), p); err != nil {
		return err
	}
	life, err := a.lifeOf(r.Context(), a.desk.DB.Read(), p)
	if err != nil {
		return err
	}
	t := r.T
	body := personPage{Eyebrow: t.T("membership.person.eyebrow"), Title: FullName(p.Name), Lead: life.lead(t), Status: statusTag(t, p.Status),
		HistoryTitle: t.T("membership.person.history"), History: life.history(a, t),
		FactsTitle: t.T("membership.person.facts"), Facts: a.facts(r, life),
		PrivateTitle: t.T("membership.person.private"), PrivateNote: t.T("membership.person.private-note"),
		ActionsTitle: t.T("membership.person.actions")}
	if p.Number != 0 {
		body.Eyebrow = t.T("membership.person.number", "Number", p.Number.String())
	}
	body.Contact = ui.PostButton{Action: memberPath(p.ID) + "/contact", Button: ui.Button{Label: t.T("membership.contact.show"), Kind: ui.Quiet}}
	for name, s := range a.steps() {
		if s.open != nil && !s.open(p) || !offers(r, s.action, p.Org) {
			continue
		}
		link := ui.Link{Label: t.T("membership." + name + ".link"), Href: memberPath(p.ID) + "/" + name}
		if s.private {
			body.Private = append(body.Private, link)
		} else {
			body.Actions = append(body.Actions, link)
		}
	}
	byLabel := func(order []string) func(x, y ui.Link) int {
		return func(x, y ui.Link) int {
			at := func(l ui.Link) int {
				return slices.IndexFunc(order, func(n string) bool { return l.Href == memberPath(p.ID)+"/"+n })
			}
			return cmp.Compare(at(x), at(y))
		}
	}
	slices.SortFunc(body.Actions, byLabel(stepOrder))
	slices.SortFunc(body.Private, byLabel(stepOrder))
	if p.Status == Applicant && r.Can(AdmitIt, p.Org) {
		application, err := openOf(r.Context(), a.desk.DB.Read(), p.ID)
		if err != nil {
			return err
		}
		if application != 0 {
			body.Notices = append(body.Notices, ui.Notice{Tone: ui.Info, Text: t.T("membership.person.applied"),
				Action: &ui.Button{Label: t.T("membership.person.decide"), Href: "/applications/" + application.String()}})
		}
	}
	return r.Show(a.under(r, body.Title), personBody(body))
}

// life is what the register knows of a person's membership.
type life struct {
	Person
	spells []Spell
	events []Event
	path   []org.Version
	names  map[id.ID]text.Names
}

func (a *Area) lifeOf(ctx context.Context, q db.Querier, p Person) (life, error) {
	l := life{Person: p, names: map[id.ID]text.Names{}}
	var err error
	if l.spells, err = Spells(ctx, q, p.ID); err != nil {
		return l, err
	}
	if l.events, err = Events(ctx, q, p.ID); err != nil {
		return l, err
	}
	if l.path, err = org.Path(ctx, q, p.Org, a.desk.Today()); err != nil {
		return l, err
	}
	for _, s := range l.spells { // under the name it had then
		if _, known := l.names[s.Org]; known {
			continue
		}
		all, err := org.Versions(ctx, q, s.Org)
		if err != nil {
			return l, err
		}
		if v, ok := org.On(all, s.From); ok {
			l.names[s.Org] = v.Names
		}
	}
	return l, nil
}

// lead says in a sentence how the membership stands.
func (l life) lead(t *text.Printer) string {
	var last Spell
	if len(l.spells) > 0 {
		last = l.spells[len(l.spells)-1]
	}
	where := ""
	if len(l.path) > 0 {
		where = l.path[len(l.path)-1].Names.In(t.Lang)
	}
	switch l.Status {
	case Active, Suspended:
		return t.T("membership.person.lead-"+string(l.Status), "Org", where, "Day", last.From)
	case Applicant:
		return t.T("membership.person.lead-applicant", "Org", where)
	case Erased:
		return t.T("membership.person.lead-erased")
	}
	if last.ID == 0 {
		return t.T("membership.person.lead-refused", "Org", where)
	}
	return t.T("membership.person.lead-former", "Org", where, "Day", last.To)
}

// history tells spells and events, the latest first.
func (l life) history(a *Area, t *text.Printer) ui.History {
	type item struct {
		day cal.Day
		seq id.ID
		ui.HistoryItem
	}
	var all []item
	add := func(day cal.Day, seq id.ID, title, basis, note string) {
		by := ""
		if basis != "" {
			by = t.T("membership.history.decision", "Number", basis)
		}
		all = append(all, item{day, seq, ui.HistoryItem{When: t.ShortDay(day), Datetime: day.String(), Title: title, By: by, Text: note}})
	}
	for _, s := range l.spells {
		name := l.names[s.Org]
		add(s.From, s.ID, t.T("membership.history."+cmp.Or(s.Entry, "admit"), "Org", name), s.EntryBasis, "")
		if s.To != cal.Forever && s.Leaving != "transfer" {
			add(s.To, s.ID+1, t.T("membership.history.end", "Org", name), s.LeavingBasis, "")
		}
	}
	for _, e := range l.events {
		title, note := t.T("membership.history."+e.Kind, "Category", ""), e.Detail
		if e.Kind == "category" {
			title, note = t.T("membership.history.category", "Category", a.categoryName(t, e.Detail)), ""
		}
		add(e.Day, e.ID, title, e.Basis, note)
	}
	slices.SortStableFunc(all, func(x, y item) int { return cmp.Or(cmp.Compare(y.day, x.day), cmp.Compare(y.seq, x.seq)) })
	out := ui.History{}
	for _, i := range all {
		out.Items = append(out.Items, i.HistoryItem)
	}
	return out
}

func (a *Area) facts(r *site.Request, l life) ui.SummaryList {
	t := r.T
	var path []ui.Link
	for _, v := range l.path {
		if v.Kind != org.Federation {
			path = append(path, ui.Link{Label: v.Names.In(t.Lang), Href: "/orgs/" + v.Org.String()})
		}
	}
	slices.Reverse(path)
	birth := t.T("membership.person.unknown")
	if l.Birth.Bounded() {
		age := cal.Age(l.Birth, r.Today)
		birth = t.N("membership.person.birth", int64(age), "Day", l.Birth)
		if age < 18 {
			birth += " · " + t.T("membership.person.minor")
		}
	}
	return ui.SummaryList{Items: []ui.Term{
		{Label: t.T("membership.list.col.org"), Body: links(path)},
		{Label: t.T("membership.field.category"), Value: a.categoryName(t, l.Category)},
		{Label: t.T("membership.field.birth"), Value: birth},
		{Label: t.T("membership.field.lang"), Value: l.Lang.Own()},
	}}
}

// step is something that can be done to a person's record, a page of its own.
type step struct {
	action  access.Action
	open    func(Person) bool // whether the record is in the state for it; nil: always
	private bool              // it opens data rather than changing the membership
	decided bool              // it has a day and a decision
	fields  func(f *form) []templ.Component
	begin   func(p Person) url.Values
	do      func(ctx context.Context, s Step, v url.Values) (Person, error)
	done    string
}

var stepOrder = []string{"transfer", "category", "suspend", "reinstate", "correct", "end", "number", "looked"}

func isMember(p Person) bool { return p.Status == Active || p.Status == Suspended }

func (a *Area) steps() map[string]step {
	simple := func(do func(context.Context, Step) (Person, error)) func(context.Context, Step, url.Values) (Person, error) {
		return func(ctx context.Context, s Step, _ url.Values) (Person, error) { return do(ctx, s) }
	}
	why := func(f *form) []templ.Component { return []templ.Component{f.reason("membership.hint.step-reason")} }
	return map[string]step{
		"transfer": {action: Move, open: isMember, decided: true,
			do: func(ctx context.Context, s Step, v url.Values) (Person, error) {
				return a.Transfer(ctx, s, idOf(v.Get("to")))
			}},
		"suspend":   {action: Change, open: func(p Person) bool { return p.Status == Active }, decided: true, fields: why, do: simple(a.Suspend)},
		"reinstate": {action: Change, open: func(p Person) bool { return p.Status == Suspended }, decided: true, do: simple(a.Reinstate)},
		"category": {action: Change, open: isMember, decided: true,
			fields: func(f *form) []templ.Component {
				return []templ.Component{f.choice("category", "membership.hint.category", a.categoriesIn(f.r.T))}
			},
			begin: func(p Person) url.Values { return url.Values{"category": {p.Category}} },
			do: func(ctx context.Context, s Step, v url.Values) (Person, error) {
				return a.Categorise(ctx, s, v.Get("category"))
			}},
		"correct": {action: Change, open: func(p Person) bool { return p.Status != Erased },
			fields: func(f *form) []templ.Component {
				return []templ.Component{f.text("surname", "membership.hint.name", false), f.text("given", "", false), f.text("patronymic", "", true), f.day("birth", "", true)}
			},
			begin: func(p Person) url.Values {
				return url.Values{"surname": {p.Name.Surname}, "given": {p.Name.Given}, "patronymic": {p.Name.Patronymic}, "birth": {p.Birth.String()}}
			},
			do: func(ctx context.Context, s Step, v url.Values) (Person, error) {
				wrong := fault.Check()
				c := Correction{Step: s, Name: search.Name{Surname: v.Get("surname"), Given: v.Get("given"), Patronymic: v.Get("patronymic")}, Birth: dayOf(wrong, v, "birth", cal.Never)}
				if err := wrong.OrNil(); err != nil {
					return Person{}, err
				}
				return a.Correct(ctx, c)
			}},
		"end":    {action: EndIt, open: isMember, decided: true, fields: why, do: simple(a.End)},
		"number": {action: Reveal, private: true},
		"looked": {action: Requests, private: true},
	}
}

func (a *Area) stepPage(r *site.Request) error {
	p, s, err := a.stepOf(r)
	if err != nil {
		return err
	}
	switch r.PathValue("step") {
	case "looked":
		return a.lookedPage(r, p)
	case "number":
		body, page := a.numberForm(r, p, url.Values{}, nil)
		return r.Show(page, formBody(body))
	case "transfer":
		if idOf(r.URL.Query().Get("to")) == 0 {
			return a.transferWhere(r, p)
		}
	}
	values := url.Values{}
	if s.begin != nil {
		values = s.begin(p)
	}
	if s.decided {
		values.Set("day", r.Today.String())
	}
	values.Set("to", r.URL.Query().Get("to"))
	values.Set("version", strconv.FormatInt(p.Version, 10))
	body, page, err := a.stepForm(r, p, s, values, nil)
	if err != nil {
		return err
	}
	return r.Show(page, formBody(body))
}

// stepOf is the person and the step of a request that the actor may do.
func (a *Area) stepOf(r *site.Request) (Person, step, error) {
	p, err := a.seenPerson(r)
	if err != nil {
		return p, step{}, err
	}
	s, ok := a.steps()[r.PathValue("step")]
	if !ok {
		return p, s, fault.Absent()
	}
	return p, s, r.Require(s.action, p.Org)
}

// transferWhere asks for the organisation to which a member goes.
func (a *Area) transferWhere(r *site.Request, p Person) error {
	scope, err := r.Scope(Move)
	if err != nil {
		return err
	}
	t := r.T
	body, err := a.pick(r, roots(scope), memberPath(p.ID)+"/transfer", "to", p.Org)
	if err != nil {
		return err
	}
	body.Title, body.Lead = t.T("membership.transfer.where"), t.T("membership.transfer.where-text", "Name", FullName(p.Name))
	if one, err := only(r.Context(), a.desk.DB.Read(), scope, r.Today); err != nil {
		return err
	} else if one != 0 {
		body.None = ui.Empty{Title: t.T("membership.transfer.registrar"), Text: t.T("membership.transfer.registrar-text")}
	}
	return r.Show(a.beneath(r, p, body.Title), pickBody(body))
}

// beneath is a page beneath a person's.
func (a *Area) beneath(r *site.Request, p Person, title string) site.Page {
	page := a.under(r, title)
	last := len(page.Crumbs) - 1
	page.Crumbs = slices.Insert(page.Crumbs, last, site.Crumb{Label: FullName(p.Name), Path: memberPath(p.ID)})
	return page
}

// seenFields are sent along with a form: what its page showed, to set both
// versions side by side when the record has changed meanwhile.
var seenFields = []string{"seen_org", "seen_status", "seen_category"}

func (a *Area) stepForm(r *site.Request, p Person, s step, values url.Values, wrong error) (formPage, site.Page, error) {
	t, name := r.T, r.PathValue("step")
	f := newForm(r, values, wrong)
	page := a.beneath(r, p, t.T("membership."+name+".title"))
	out := formPage{Eyebrow: FullName(p.Name), Title: page.Title, Lead: t.T("membership." + name + ".lead"),
		Spec: ui.FormSpec{Action: memberPath(p.ID) + "/" + name, Submit: submit(r, "membership."+name+".submit"), Cancel: cancel(r, memberPath(p.ID)),
			Hidden: ui.Hiddens{{Name: "version", Value: values.Get("version")}, hiddenID("seen_org", p.Org),
				{Name: "seen_status", Value: string(p.Status)}, {Name: "seen_category", Value: p.Category}}}}
	if name == "end" {
		out.Spec.Submit.Kind = ui.Danger
	}
	var fields []templ.Component
	if s.fields != nil {
		fields = s.fields(f)
	}
	if name == "transfer" {
		to := idOf(values.Get("to"))
		v, err := org.Get(r.Context(), a.desk.DB.Read(), to, r.Today)
		if err != nil {
			return out, page, err
		}
		out.Spec.Hidden = append(out.Spec.Hidden, hiddenID("to", to))
		out.Lead = t.T("membership.transfer.to", "Org", v.Names)
		out.Notices = append(out.Notices, ui.Notice{Tone: ui.Info, Text: t.T("membership.transfer.lead"),
			Action: &ui.Button{Label: t.T("membership.transfer.other"), Href: memberPath(p.ID) + "/transfer", Kind: ui.Quiet}})
	}
	if s.decided {
		fields = append(fields, f.day("day", "", false), f.decision())
	}
	out.Groups = []fieldGroup{{Fields: fields}}
	out.Errors = f.errors()
	return out, page, nil
}

func (a *Area) stepPost(r *site.Request) error {
	p, s, err := a.contactOrStep(r)
	if err != nil {
		return err
	}
	v, err := r.Form()
	if err != nil {
		return err
	}
	switch r.PathValue("step") {
	case "contact":
		return a.contactPage(r, p)
	case "number":
		return a.numberPost(r, p, v)
	}
	if s.do == nil {
		return fault.Absent()
	}
	wrong := fault.Check()
	version, err := strconv.ParseInt(v.Get("version"), 10, 64)
	if err != nil || version <= 0 {
		return fault.Absent()
	}
	request := Step{Person: p.ID, Version: version, Day: dayOf(wrong, v, "day", cal.Never), Decision: tidy(v.Get("decision")), Reason: tidy(v.Get("reason"))}
	if err = wrong.OrNil(); err == nil {
		if _, err = s.do(r.Context(), request, v); err == nil {
			return r.Go(memberPath(p.ID), "membership.done."+r.PathValue("step"))
		}
	}
	if fault.Is(err, fault.NotFound) {
		return err
	}
	conflict := fault.Is(err, fault.Conflict)
	if conflict {
		if p, err = a.seenPerson(r); err != nil {
			return err
		}
		err = fault.New(fault.Conflict, "fault.conflict")
	}
	seen := maps.Clone(v)
	if conflict {
		v.Set("version", strconv.FormatInt(p.Version, 10))
	}
	body, page, failed := a.stepForm(r, p, s, v, err)
	if failed != nil {
		return failed
	}
	if conflict {
		if body.Compare, failed = a.bothVersions(r, p, seen); failed != nil {
			return failed
		}
	}
	return r.Again(err, page, formBody(body))
}

// contactOrStep is stepOf, which knows of the contact too: it has no page to
// ask for it.
func (a *Area) contactOrStep(r *site.Request) (Person, step, error) {
	if r.PathValue("step") == "contact" {
		p, err := a.seenPerson(r)
		return p, step{}, err
	}
	return a.stepOf(r)
}

// bothVersions sets what the actor saw or typed beside what the register says now.
func (a *Area) bothVersions(r *site.Request, p Person, seen url.Values) (ui.Compare, error) {
	t := r.T
	then := idOf(seen.Get("seen_org"))
	names, err := org.Many(r.Context(), a.desk.DB.Read(), []id.ID{then, p.Org}, r.Today)
	if err != nil {
		return ui.Compare{}, err
	}
	out := ui.Compare{Caption: t.T("membership.conflict.caption"), NameLabel: t.T("membership.conflict.field"), OldLabel: t.T("membership.conflict.yours"),
		NewLabel: t.T("membership.conflict.now"), DiffLabel: t.T("membership.conflict.difference")}
	add := func(label, old, now string) {
		if old != now { // what is alike needs no eyes
			out.Rows = append(out.Rows, ui.CompareRow{Name: label, Old: orElse(old, "—"), New: orElse(now, "—"), Difference: t.T("membership.conflict.differs"), Tone: ui.Warn})
		}
	}
	if seen.Has("surname") {
		add(t.T("membership.field.surname"), tidy(seen.Get("surname")), p.Name.Surname)
		add(t.T("membership.field.given"), tidy(seen.Get("given")), p.Name.Given)
		add(t.T("membership.field.patronymic"), tidy(seen.Get("patronymic")), p.Name.Patronymic)
		add(t.T("membership.field.birth"), dayIn(t, seen.Get("birth")), t.ShortDay(p.Birth))
	}
	status := ""
	if st := Status(seen.Get("seen_status")); slices.Contains(append(slices.Clone(Statuses), Erased), st) {
		status = t.T("membership.status." + string(st))
	}
	add(t.T("membership.list.col.org"), names[then].Names.In(t.Lang), names[p.Org].Names.In(t.Lang))
	add(t.T("membership.list.col.status"), status, t.T("membership.status."+string(p.Status)))
	add(t.T("membership.field.category"), a.categoryName(t, seen.Get("seen_category")), a.categoryName(t, p.Category))
	return out, nil
}

// dayIn writes a typed day as the other days are written; what is no day stays.
func dayIn(t *text.Printer, typed string) string {
	if typed == "" {
		return t.ShortDay(cal.Never)
	}
	if d, err := cal.ParseDay(typed); err == nil {
		return t.ShortDay(d)
	}
	return typed
}

type factsPage struct {
	Title, Lead string
	Facts       ui.SummaryList
	Notices     []ui.Notice
	Back        ui.Link
}

// contactPage shows the contact once; the next look is noted again.
func (a *Area) contactPage(r *site.Request, p Person) error {
	c, err := a.Contact(r.Context(), p.ID)
	if err != nil {
		return err
	}
	t := r.T
	body := factsPage{Title: t.T("membership.contact.title"), Lead: FullName(p.Name), Facts: contactFacts(t, c),
		Notices: []ui.Notice{{Tone: ui.Info, Text: t.T("membership.contact.noted")}},
		Back:    ui.Link{Label: t.T("membership.person.back"), Href: memberPath(p.ID)}}
	return r.Show(a.beneath(r, p, body.Title), factsBody(body))
}

func contactFacts(t *text.Printer, c Private) ui.SummaryList {
	var out ui.SummaryList
	for _, f := range []struct{ name, value, link string }{{"phone", c.Phone, "tel:"}, {"email", c.Email, "mailto:"}, {"address", c.Address, ""}} {
		term := ui.Term{Label: t.T("membership.field." + f.name), Value: cmp.Or(f.value, t.T("membership.person.unknown"))}
		if f.value != "" && f.link != "" {
			term.Link = f.link + f.value
		}
		out.Items = append(out.Items, term)
	}
	return out
}

func (a *Area) numberForm(r *site.Request, p Person, values url.Values, wrong error) (formPage, site.Page) {
	t := r.T
	f := newForm(r, values, wrong)
	page := a.beneath(r, p, t.T("membership.number.title"))
	out := formPage{Eyebrow: FullName(p.Name), Title: page.Title, Lead: t.T("membership.number.lead"),
		Groups: []fieldGroup{{Fields: []templ.Component{f.reason("membership.hint.reason")}}},
		Spec:   ui.FormSpec{Action: memberPath(p.ID) + "/number", Submit: submit(r, "membership.number.submit"), Cancel: cancel(r, memberPath(p.ID))}}
	out.Errors = f.errors()
	return out, page
}

func (a *Area) numberPost(r *site.Request, p Person, v url.Values) error {
	number, err := a.Reveal(r.Context(), p.ID, v.Get("reason"))
	if fault.Is(err, fault.Invalid) {
		body, page := a.numberForm(r, p, v, err)
		return r.Again(err, page, formBody(body))
	}
	if err != nil {
		return err
	}
	t := r.T
	body := factsPage{Title: t.T("membership.number.title"), Lead: FullName(p.Name),
		Facts:   ui.SummaryList{Items: []ui.Term{{Label: t.T("membership.field.national_id"), Value: cmp.Or(number, t.T("membership.person.unknown"))}}},
		Notices: []ui.Notice{{Tone: ui.Warn, Text: t.T("membership.number.noted")}},
		Back:    ui.Link{Label: t.T("membership.person.back"), Href: memberPath(p.ID)}}
	return r.Show(a.beneath(r, p, body.Title), factsBody(body))
}

type tablePage struct {
	Eyebrow, Title, Lead string
	Table                ui.Table
	Pager                ui.Pager
	SecondTitle          string
	Second               ui.Table
}

// lookedPage tells the data officer who saw what of a person, by role and not
// by name.
func (a *Area) lookedPage(r *site.Request, p Person) error {
	ctx, t, q := r.Context(), r.T, a.desk.DB.Read()
	page := privacy.Page{Limit: listSize + 1}
	if before := r.URL.Query().Get("before"); before != "" {
		at, err := strconv.ParseInt(before, 10, 64)
		if err != nil {
			return fault.Absent()
		}
		page.Before, page.ID = cal.Instant(at), idOf(r.URL.Query().Get("last"))
	}
	seen, err := privacy.ByPerson(ctx, q, p.ID, page)
	if err != nil {
		return err
	}
	body := tablePage{Eyebrow: FullName(p.Name), Title: t.T("membership.looked.title"), Lead: t.T("membership.looked.lead")}
	if len(seen) > listSize {
		seen = seen[:listSize]
		last := seen[listSize-1]
		body.Pager = ui.Pager{Label: t.T("membership.list.pages"),
			Next: &ui.Link{Label: t.T("membership.list.next"), Href: r.With("before", strconv.FormatInt(int64(last.At), 10), "last", last.ID.String())}}
	}
	body.Table = ui.Table{Caption: body.Title, Brief: true, Empty: &ui.Empty{Title: t.T("membership.looked.none"), Text: t.T("membership.looked.none-text")},
		Cols: []ui.Col{{Label: t.T("membership.looked.when")}, {Label: t.T("membership.looked.what")}, {Label: t.T("membership.looked.why")}}}
	who := map[id.ID]string{}
	for _, d := range seen {
		if _, known := who[d.Account]; !known {
			if who[d.Account], err = a.rolesOf(r, d.Account); err != nil {
				return err
			}
		}
		body.Table.Rows = append(body.Table.Rows, []ui.Cell{{Text: t.Moment(d.At, r.Zone()), Note: who[d.Account]}, {Body: ui.Text(t.T("privacy.what." + string(d.What)))},
			{Body: ui.Text(cmp.Or(d.Reason, t.T("privacy.purpose."+string(d.Purpose))))}})
	}
	return r.Show(a.beneath(r, p, body.Title), tableBody(body))
}

// rolesOf says in which roles an account acts today.
func (a *Area) rolesOf(r *site.Request, account id.ID) (string, error) {
	held, err := a.desk.Gate.Held(r.Context(), a.desk.DB.Read(), account)
	if err != nil {
		return "", err
	}
	orgs := make([]id.ID, len(held))
	for i, g := range held {
		orgs[i] = g.Org
	}
	names, err := org.Many(r.Context(), a.desk.DB.Read(), orgs, r.Today)
	if err != nil {
		return "", err
	}
	var out []string
	for _, g := range held {
		out = append(out, r.T.T("role."+string(g.Role))+" ("+names[g.Org].Names.In(r.T.Lang)+")")
	}
	if len(out) == 0 {
		return r.T.T("membership.looked.no-role"), nil
	}
	return r.T.List(out), nil
}
