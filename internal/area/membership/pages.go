package membership

import (
	"context"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/nationalid"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/ui"
)

// navKey is the area's place in the main navigation.
const navKey = "membership.nav"

// nav shows the register to those who may read anybody's record.
func nav() []site.NavItem {
	return []site.NavItem{{Key: navKey, Path: "/members", Show: func(r *site.Request) bool { return r.Can(View, 0) },
		Home: func(r *site.Request) bool { return r.Can(AdmitIt, 0) }}}
}

// pages registers the pages of the register and of applications. Steps share
// one pattern: /members/import/… and the like would else be ambiguous.
func (a *Area) pages(s *site.Site) {
	s.Handle("GET /members", View, a.membersPage)
	s.Handle("GET /members/new", AdmitIt, a.admitPage)
	s.Handle("POST /members/new", AdmitIt, a.admitPost)
	s.Handle("GET /members/find-id", Reveal, a.findIDPage)
	s.Handle("POST /members/find-id", Reveal, a.findIDPost)
	s.Handle("GET /members/{id}", View, a.personPage)
	s.Handle("GET /members/{id}/{step}", View, a.stepPage)
	s.Handle("POST /members/{id}/{step}", View, a.stepPost)
	s.Handle("GET /join", Apply, a.joinPage)
	s.Handle("POST /join", Apply, a.joinPost)
	s.Handle("GET /join/done", Apply, a.joinedPage)
	s.Handle("GET /applications", AdmitIt, a.applicationsPage)
	s.Handle("GET /applications/{id}", AdmitIt, a.applicationPage)
	s.Handle("POST /applications/{id}/{verdict}", AdmitIt, a.verdictPost)
}

func memberPath(person id.ID) string { return "/members/" + person.String() }

// listSize is how many persons a page of a list has.
const listSize = 50

type membersPage struct {
	Title, Lead string
	Tools       []ui.Button
	More        ui.More
	Filter      ui.Filter
	Notices     []ui.Notice
	Count       string
	Table       ui.Table
	Pager       ui.Pager
}

// findOf reads the filters of the list from an address; a cursor is the last
// person of the page before, so that no name stands in it.
func findOf(ctx context.Context, q db.Querier, s access.Scope, v url.Values, asOf, today cal.Day) (Find, error) {
	f := Find{Query: v.Get("q"), Category: v.Get("category"), Limit: listSize}
	if asOf != today {
		f.Day = asOf
	}
	wrong := fault.Check()
	if st := Status(v.Get("status")); st != "" {
		if !slices.Contains(Statuses, st) {
			wrong.In("status", "fault.choice")
		}
		f.Statuses = []Status{st}
	}
	if o := v.Get("org"); o != "" {
		if f.Org = idOf(o); f.Org == 0 {
			wrong.In("org", "fault.choice")
		}
	}
	if err := wrong.OrNil(); err != nil {
		return f, err
	}
	after := v.Get("after")
	if after == "" {
		return f, nil
	}
	var err error
	f.After, err = cursorAt(ctx, q, s, idOf(after))
	return f, err
}

// cursorAt is the cursor behind a person whom the scope reaches, or reached.
func cursorAt(ctx context.Context, q db.Querier, s access.Scope, person id.ID) (Cursor, error) {
	p, err := load(ctx, q, person)
	if err != nil {
		return Cursor{}, err
	}
	where := []id.ID{p.Org}
	spells, err := Spells(ctx, q, person)
	if err != nil {
		return Cursor{}, err
	}
	for _, sp := range spells {
		where = append(where, sp.Org)
	}
	for _, o := range where {
		if sees, err := s.Sees(ctx, q, o); err != nil || sees {
			return CursorOf(p), err
		}
	}
	return Cursor{}, fault.Absent()
}

// maybeNational reports whether a search looks like a national ID, which must
// not stand in an address.
func (a *Area) maybeNational(s string) bool {
	if a.scheme == nil {
		return false
	}
	s = nationalid.Clean(s)
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(s) >= a.scheme.Length
}

func (a *Area) membersPage(r *site.Request) error {
	t := r.T
	if a.maybeNational(r.URL.Query().Get("q")) {
		return r.Go("/members?by=number", "") // the number goes no further than its own request
	}
	page := site.Page{Title: t.T("membership.list.title"), Section: navKey, Dated: true}
	p := membersPage{Title: page.Title}
	var lists []id.ID
	err := a.desk.DB.View(r.Context(), func(q db.Querier) error {
		scope, err := r.Site.Desk.Gate.Scope(r.Context(), q, r.Actor, View)
		if err != nil {
			return err
		}
		find, err := findOf(r.Context(), q, scope, r.URL.Query(), r.AsOf, r.Today)
		if err != nil {
			return err
		}
		v := view{a, r, q, scope, find}
		where, err := v.where()
		if err != nil {
			return err
		}
		if lists, err = v.lists(where); err != nil {
			return err
		}
		return v.fill(&p, where, lists)
	})
	if err != nil {
		return err
	}
	for _, o := range lists {
		if err := a.listed(r.Context(), o, len(p.Table.Rows)); err != nil {
			return err
		}
	}
	if r.URL.Query().Get("by") == "number" {
		p.Notices = append(p.Notices, ui.Notice{Tone: ui.Warn, Title: t.T("membership.list.by-number"), Text: t.T("membership.list.by-number-text")})
	}
	p.Tools, p.More = a.listTools(r)
	return r.Show(page, membersBody(p))
}

// listTools leads to what can be done with the register: daily work as buttons,
// the rest behind one more.
func (a *Area) listTools(r *site.Request) ([]ui.Button, ui.More) {
	t := r.T
	var daily []ui.Button
	rare := ui.More{Label: t.T("membership.list.more")}
	if r.Can(AdmitIt, 0) {
		daily = append(daily, ui.Button{Label: t.T("membership.admit.link"), Href: "/members/new", Icon: "plus"})
		waiting := int64(0)
		if scope, err := r.Scope(AdmitIt); err == nil {
			waiting, _ = countOpen(r.Context(), a.desk.DB.Read(), scope) // the list does without
		}
		if waiting > 0 {
			daily = append(daily, ui.Button{Label: t.T("membership.applications.waiting", "N", waiting), Href: "/applications", Kind: ui.Quiet})
		} else {
			rare.Items = append(rare.Items, ui.Link{Label: t.T("membership.applications.title"), Href: "/applications"})
		}
	}
	if offers(r, ImportIt, 0) {
		rare.Items = append(rare.Items, ui.Link{Label: t.T("membership.import.title"), Href: importPath})
	}
	if offers(r, ExportIt, 0) {
		rare.Items = append(rare.Items, ui.Link{Label: t.T("membership.export.title"), Href: exportPath(r)})
	}
	if offers(r, Reveal, 0) {
		rare.Items = append(rare.Items, ui.Link{Label: t.T("membership.find-id.link"), Href: "/members/find-id"})
	}
	return daily, rare
}

// exportPath is the export of the list as it is filtered.
func exportPath(r *site.Request) string {
	v := url.Values{}
	for _, name := range []string{"q", "org", "status", "category", "day"} {
		if s := r.URL.Query().Get(name); s != "" {
			v.Set(name, s)
		}
	}
	if len(v) == 0 {
		return "/members/export"
	}
	return "/members/export?" + v.Encode()
}

// view fills a list page from one snapshot of the database.
type view struct {
	a     *Area
	r     *site.Request
	q     db.Querier
	scope access.Scope
	find  Find
}

// where is the organisation whose list it is: the one asked for, else the one
// beneath which the actor sees, 0 where there are several.
func (v view) where() (id.ID, error) {
	if v.find.Org != 0 {
		return v.find.Org, nil
	}
	if v.scope.All() {
		top, err := org.Top(v.r.Context(), v.q, v.r.AsOf)
		if fault.Is(err, fault.NotFound) {
			return 0, nil
		}
		return top.Org, err
	}
	if all := v.scope.Roots(); len(all) == 1 {
		return all[0], nil
	}
	return 0, nil
}

func (v view) fill(p *membersPage, where id.ID, lists []id.ID) error {
	ctx, t := v.r.Context(), v.r.T
	total, err := v.total(lists)
	if err != nil {
		return err
	}
	day := v.r.AsOf
	path, err := v.path(where)
	if err != nil {
		return err
	}
	name := t.T("membership.list.yours")
	if len(path) > 0 {
		name = path[len(path)-1].Names.In(t.Lang)
	}
	if v.find.Day != 0 {
		p.Lead = t.N("membership.list.lead-on", total, "Org", name, "Day", day)
	} else {
		p.Lead = t.N("membership.list.lead", total, "Org", name)
	}
	if p.Filter, err = v.filter(where, path); err != nil {
		return err
	}
	f := v.find
	f.Limit++
	people, err := v.a.List(ctx, v.q, v.scope, f)
	if err != nil {
		return err
	}
	more := len(people) > v.find.Limit
	if more {
		people = people[:v.find.Limit]
	}
	if more && f.Query == "" { // of a search only the first are shown
		p.Pager.Next = &ui.Link{Label: t.T("membership.list.next"), Href: v.r.With("after", people[len(people)-1].ID.String(), "by", "")}
	}
	if f.After.ID != 0 {
		p.Pager.Prev = &ui.Link{Label: t.T("membership.list.first"), Href: v.r.With("after", "")}
	}
	p.Pager.Label = t.T("membership.list.pages")
	p.Count = v.count(total, len(people), more)
	p.Table, err = v.table(people, len(path) > 0 && path[len(path)-1].Kind == org.Primary)
	return err
}

// narrowed reports whether more than the organisation is filtered by.
func (v view) narrowed() bool {
	return v.find.Query != "" || v.find.Statuses != nil
}

// lists are the organisations whose members, with all beneath, the list shows.
func (v view) lists(where id.ID) ([]id.ID, error) {
	if where == 0 {
		return v.outermost()
	}
	within, err := v.scope.Within(v.r.Context(), v.q, where)
	return within.Roots(), err
}

// total counts their members exactly, by category where asked.
func (v view) total(lists []id.ID) (int64, error) {
	var sum int64
	for _, o := range lists {
		if v.find.Category == "" {
			n, err := v.a.Beneath(v.r.Context(), v.q, o, v.r.AsOf)
			if err != nil {
				return 0, err
			}
			sum += n.Total
			continue
		}
		n, err := v.a.Categories(v.r.Context(), v.q, o, v.r.AsOf)
		if err != nil {
			return 0, err
		}
		sum += n[v.find.Category]
	}
	return sum, nil
}

// outermost are the scope's roots without those that lie beneath another.
func (v view) outermost() ([]id.ID, error) {
	all := v.scope.Roots()
	var out []id.ID
	for _, o := range all {
		path, err := org.Path(v.r.Context(), v.q, o, v.r.AsOf)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(path, func(p org.Version) bool { return p.Org != o && slices.Contains(all, p.Org) }) {
			out = append(out, o)
		}
	}
	return out, nil
}

// path is the way down to an organisation as far as the actor sees it.
func (v view) path(where id.ID) ([]org.Version, error) {
	if where == 0 {
		return nil, nil
	}
	path, err := org.Path(v.r.Context(), v.q, where, v.r.AsOf)
	if err != nil {
		return nil, err
	}
	for i, o := range path {
		if sees, err := v.scope.Sees(v.r.Context(), v.q, o.Org); err != nil || sees {
			return path[i:], err
		}
	}
	return nil, fault.Absent()
}

func (v view) count(total int64, shown int, more bool) string {
	t := v.r.T
	switch {
	case !v.narrowed() && v.find.After.ID == 0 && !more:
		return ""
	case !v.narrowed():
		return t.T("membership.list.shown-of", "N", shown, "Total", total)
	case more && v.find.Query == "":
		return t.T("membership.list.shown-more", "N", shown)
	case more:
		return t.T("membership.list.shown-first", "N", shown)
	}
	return t.N("membership.list.shown", int64(shown))
}

// branches is how many organisations beneath one the filter offers.
const branches = 300

func (v view) filter(where id.ID, path []org.Version) (ui.Filter, error) {
	t := v.r.T
	any := ui.Option{Label: t.T("membership.filter.any")}
	statuses, categories := []ui.Option{{Label: t.T("membership.filter.members")}}, []ui.Option{any}
	for _, s := range Statuses {
		statuses = append(statuses, ui.Option{Value: string(s), Label: t.T("membership.status." + string(s))})
	}
	categories = append(categories, v.a.categoriesIn(t)...)
	orgs, err := v.orgOptions(where, path)
	if err != nil {
		return ui.Filter{}, err
	}
	status := ""
	if len(v.find.Statuses) == 1 {
		status = string(v.find.Statuses[0])
	}
	f := ui.Filter{Label: t.T("membership.filter.label"), Action: "/members", Submit: t.T("membership.filter.show"), Target: "members",
		Fields: []ui.FilterField{{Name: "q", Label: t.T("membership.filter.q"), Type: "search", Value: v.find.Query}}}
	if len(orgs) > 1 {
		value := ""
		if v.find.Org != 0 {
			value = v.find.Org.String()
		}
		f.Fields = append(f.Fields, ui.FilterField{Name: "org", Label: t.T("membership.filter.org"), Type: "select", Value: value, Options: orgs})
	}
	if v.find.Day == 0 { // a past day knows members only
		f.Fields = append(f.Fields, ui.FilterField{Name: "status", Label: t.T("membership.filter.status"), Type: "select", Value: status, Options: statuses, Half: true})
	}
	f.Fields = append(f.Fields,
		ui.FilterField{Name: "category", Label: t.T("membership.filter.category"), Type: "select", Value: v.find.Category, Options: categories, Half: true},
		ui.FilterField{Name: "day", Label: t.T("membership.filter.day"), Type: "date", Value: v.r.AsOf.String(), Half: true})
	if v.find.Org != 0 || v.find.Category != "" || v.find.Day != 0 || v.narrowed() {
		f.Reset = &ui.Link{Label: t.T("membership.filter.reset"), Href: "/members"}
	}
	return f, nil
}

// orgOptions offers the way up and one step down, so that any organisation is
// reached in a few choices however many there are.
func (v view) orgOptions(where id.ID, path []org.Version) ([]ui.Option, error) {
	t := v.r.T
	out := []ui.Option{{Label: t.T("membership.filter.all-orgs")}}
	var beneath []org.Version
	switch {
	case where != 0:
		var err error
		if beneath, err = org.List(v.r.Context(), v.q, org.Find{Day: v.r.AsOf, Parent: where, Limit: branches}); err != nil {
			return nil, err
		}
	default:
		found, err := org.Many(v.r.Context(), v.q, v.scope.Roots(), v.r.AsOf)
		if err != nil {
			return nil, err
		}
		for _, o := range v.scope.Roots() {
			if f, ok := found[o]; ok {
				beneath = append(beneath, f)
			}
		}
	}
	if v.find.Org != 0 {
		for _, o := range path {
			out = append(out, ui.Option{Value: o.Org.String(), Label: o.Names.In(t.Lang)})
		}
	}
	for _, o := range beneath {
		out = append(out, ui.Option{Value: o.Org.String(), Label: "– " + o.Names.In(t.Lang)})
	}
	return out, nil
}

func (v view) table(people []Person, one bool) (ui.Table, error) {
	t, ctx := v.r.T, v.r.Context()
	out := ui.Table{Caption: t.T("membership.list.title"), Empty: v.nobody(),
		Brief: true, Cols: []ui.Col{{Label: t.T("membership.list.col.name")}, {Label: t.T("membership.col.number")}}}
	if !one {
		out.Cols = append(out.Cols, ui.Col{Label: t.T("membership.list.col.org")})
	}
	out.Cols = append(out.Cols, ui.Col{Label: t.T("membership.list.col.category")})
	dated := v.find.Day != 0
	if !dated {
		out.Cols = append(out.Cols, ui.Col{Label: t.T("membership.list.col.status")})
	}
	orgs := make([]id.ID, len(people))
	for i, p := range people {
		orgs[i] = p.Org
	}
	names, err := org.Many(ctx, v.q, orgs, v.r.AsOf)
	if err != nil {
		return out, err
	}
	open, err := v.reachable(people)
	if err != nil {
		return out, err
	}
	for _, p := range people {
		first := ui.Cell{Text: FullName(p.Name)}
		if open[p.ID] {
			first.Href = memberPath(p.ID)
		}
		number := ui.Cell{}
		if p.Number != 0 {
			number.Body = ui.NoWrap(p.Number.String())
		}
		row := []ui.Cell{first, number}
		if !one {
			row = append(row, ui.Cell{Body: ui.Text(names[p.Org].Names.In(t.Lang))})
		}
		row = append(row, ui.Cell{Body: ui.Text(v.a.categoryName(t, p.Category)), Usual: p.Category == v.a.profile.Categories[0].Code})
		if !dated {
			row = append(row, statusCell(t, p.Status))
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// reachable tells whose record the actor may open: on a past day a list has
// people who have since left to where the actor does not see.
func (v view) reachable(people []Person) (map[id.ID]bool, error) {
	out := make(map[id.ID]bool, len(people))
	if v.find.Day == 0 || v.scope.All() || len(people) == 0 {
		for _, p := range people {
			out[p.ID] = true
		}
		return out, nil
	}
	ids := make([]id.ID, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	now, err := among(v.r.Context(), v.q, v.scope, ids)
	for _, p := range now {
		out[p.ID] = true
	}
	return out, err
}

// nobody says why a list is empty and what to do.
func (v view) nobody() *ui.Empty {
	t := v.r.T
	if v.narrowed() || v.find.Category != "" || v.find.Day != 0 {
		return &ui.Empty{Title: t.T("membership.list.nobody"), Text: t.T("membership.list.nobody-text"),
			Action: &ui.Button{Label: t.T("membership.filter.reset"), Href: "/members", Kind: ui.Quiet}}
	}
	out := &ui.Empty{Title: t.T("membership.list.empty"), Text: t.T("membership.list.empty-read")}
	if v.r.Can(AdmitIt, 0) {
		out.Text = t.T("membership.list.empty-text")
		out.Action = &ui.Button{Label: t.T("membership.admit.link"), Href: "/members/new", Icon: "plus", Kind: ui.Quiet}
	}
	return out
}

// statusCell marks only what is not as usual: in a column of tags none is seen.
func statusCell(t *text.Printer, s Status) ui.Cell {
	tag := statusTag(t, s)
	if s == Active {
		return ui.Cell{Body: ui.Text(tag.Label), Usual: true}
	}
	return ui.Cell{Tag: &tag}
}

// statusTag says how a membership stands, in a word.
func statusTag(t *text.Printer, s Status) ui.Tag {
	tones := map[Status]ui.Tone{Active: ui.OK, Suspended: ui.Warn, Applicant: ui.Info}
	return ui.Tag{Label: t.T("membership.status." + string(s)), Tone: tones[s]}
}

// admitPage asks for the organisation, then for the member.
func (a *Area) admitPage(r *site.Request) error {
	scope, err := r.Scope(AdmitIt)
	if err != nil {
		return err
	}
	q := a.desk.DB.Read()
	at := idOf(r.URL.Query().Get("org"))
	if at == 0 {
		if at, err = only(r.Context(), q, scope, r.Today); err != nil {
			return err
		}
	}
	if at == 0 {
		p, err := a.pick(r, roots(scope), "/members/new", "org", 0)
		if err != nil {
			return err
		}
		p.Title, p.Lead = r.T.T("membership.admit.where"), r.T.T("membership.admit.where-text")
		return r.Show(a.under(r, p.Title), pickBody(p))
	}
	if err := r.Require(AdmitIt, at); err != nil {
		return err
	}
	values := url.Values{"day": {r.Today.String()}, "lang": {string(r.T.Lang)}, "category": {a.profile.Categories[0].Code}}
	body, page, err := a.admitForm(r, at, values, nil)
	if err != nil {
		return err
	}
	return r.Show(page, formBody(body))
}

// under is a page beneath the list.
func (a *Area) under(r *site.Request, title string) site.Page {
	return site.Page{Title: title, Section: navKey, Crumbs: []site.Crumb{{Label: r.T.T("membership.list.title"), Path: "/members"}, {Label: title}}}
}

func (a *Area) admitForm(r *site.Request, at id.ID, values url.Values, wrong error) (formPage, site.Page, error) {
	t := r.T
	v, err := org.Get(r.Context(), a.desk.DB.Read(), at, r.Today)
	if err != nil {
		return formPage{}, site.Page{}, err
	}
	f := newForm(r, values, wrong)
	page := a.under(r, t.T("membership.admit.title"))
	p := formPage{Eyebrow: v.Names.In(t.Lang), Title: page.Title, Lead: t.T("membership.admit.lead"),
		Groups: append(a.personFields(f, true),
			fieldGroup{t.T("membership.group.decision"), []templ.Component{f.day("day", "membership.hint.admit-day", false), f.decision()}}),
		Spec: ui.FormSpec{Action: "/members/new", Hidden: ui.Hiddens{hiddenID("org", at)}, Submit: submit(r, "membership.admit.submit"), Cancel: cancel(r, "/members")},
	}
	p.Errors = f.errors()
	return p, page, nil
}

// personFields are the fields by which a person is entered.
func (a *Area) personFields(f *form, office bool) []fieldGroup {
	t := f.r.T
	who := []templ.Component{f.text("surname", "membership.hint.name", false), f.text("given", "", false), f.text("patronymic", "", true)}
	if a.scheme != nil {
		hint := "membership.hint.national_id"
		if !office {
			hint = "membership.hint.national_id-own"
		}
		who = append(who, f.national(hint, true))
	}
	category := f.choice("category", "", a.categoriesIn(t))
	if office {
		category.Hint = t.T("membership.hint.category")
	}
	who = append(who, f.day("birth", "membership.hint.birth", true), category)
	phone, email := f.text("phone", "", office), f.text("email", "", true)
	phone.Type, phone.Autocomplete, email.Type, email.Autocomplete = "tel", "off", "email", "off"
	if !office {
		phone.Hint, phone.Autocomplete, email.Autocomplete = t.T("membership.hint.contact"), "tel", "email"
	}
	address := f.text("address", "", true)
	address.Width = ui.Full
	return []fieldGroup{
		{t.T("membership.group.person"), who},
		{t.T("membership.group.contact"), []templ.Component{phone, email, address, f.choice("lang", "membership.hint.lang", languageOptions())}},
	}
}

// entryOf reads the fields of personFields.
func entryOf(f *fault.Fault, v url.Values) AdmitRequest {
	lang, _ := text.Parse(v.Get("lang"))
	if lang == "" || v.Get("lang") != string(lang) {
		lang = text.KK
	}
	return AdmitRequest{
		Name:     search.Name{Surname: v.Get("surname"), Given: v.Get("given"), Patronymic: v.Get("patronymic")},
		Birth:    dayOf(f, v, "birth", cal.Never),
		Lang:     lang,
		Private:  Private{NationalID: v.Get("national_id"), Email: v.Get("email"), Phone: v.Get("phone"), Address: v.Get("address")},
		Category: v.Get("category"),
		Org:      idOf(v.Get("org")),
	}
}

func (a *Area) admitPost(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	wrong := fault.Check()
	request := entryOf(wrong, v)
	request.Day, request.Decision = dayOf(wrong, v, "day", cal.Never), v.Get("decision")
	if err = wrong.OrNil(); err == nil {
		var p Person
		if p, err = a.Admit(r.Context(), request); err == nil {
			return r.Go(memberPath(p.ID), "membership.done.admit")
		}
	}
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Denied) {
		return err
	}
	if err := r.Require(AdmitIt, request.Org); err != nil {
		return err
	}
	body, page, failed := a.admitForm(r, request.Org, v, err)
	if failed != nil {
		return failed
	}
	return r.Again(err, page, formBody(body))
}

// findIDPage searches by national ID: by POST only, with a reason.
func (a *Area) findIDPage(r *site.Request) error {
	if err := r.Require(Reveal, 0); err != nil {
		return err
	}
	body, page := a.findIDForm(r, url.Values{}, nil)
	return r.Show(page, formBody(body))
}

func (a *Area) findIDForm(r *site.Request, values url.Values, wrong error) (formPage, site.Page) {
	t := r.T
	f := newForm(r, values, wrong)
	page := a.under(r, t.T("membership.find-id.title"))
	number := f.national("membership.hint.find-id", false)
	p := formPage{Title: page.Title, Lead: t.T("membership.find-id.lead"),
		Groups: []fieldGroup{{Fields: []templ.Component{number, f.reason("membership.hint.reason")}}},
		Spec:   ui.FormSpec{Action: "/members/find-id", Submit: submit(r, "membership.find-id.submit"), Cancel: cancel(r, "/members")}}
	p.Errors = f.errors()
	return p, page
}

func (a *Area) findIDPost(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	found, err := a.FindByNationalID(r.Context(), v.Get("national_id"), v.Get("reason"))
	if err == nil {
		return r.Go(memberPath(found), "")
	}
	if fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound) && fault.Of(err).Key != "membership.nobody" {
		return err
	}
	body, page := a.findIDForm(r, v, err)
	return r.Again(err, page, formBody(body))
}
