package membership

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/ui"
)

// meTabs is the bar at the foot of a member's phone.
var meTabs = []site.Tab{
	{Key: "me.tab.home", Path: "/me", Icon: "home"},
	{Key: "me.tab.card", Path: "/me/card", Icon: "card"},
	{Key: "me.tab.data", Path: "/me/data", Icon: "shield"},
}

// meNav leads members to their own pages, data officers to the requests and
// administrators to the card keys.
func meNav() []site.NavItem {
	return []site.NavItem{
		{Key: "me.nav", Path: "/me", Show: func(r *site.Request) bool { return r.Actor.Person != 0 },
			Home: func(r *site.Request) bool { return r.Actor.Person != 0 && !r.Can(View, 0) }},
		{Key: "membership.join.nav", Path: "/join", Show: func(r *site.Request) bool { return !r.Actor.Signed() }},
		{Key: "rights.inbox", Path: "/privacy/requests", Show: answers, Home: answers},
		{Key: "card.keys", Path: "/admin/cards", Show: func(r *site.Request) bool { return r.Can(IssueCard, 0) }},
		{Key: "card.check", Path: "/card/check", Show: func(r *site.Request) bool { return !r.Actor.Signed() }},
	}
}

func answers(r *site.Request) bool { return r.Can(Requests, 0) }

// mePages registers the member's own pages, the checker of cards and the data
// officer's inbox.
func (a *Area) mePages(s *site.Site) {
	a.cardPages(s)
	s.Handle("GET /me", Own, a.mePage)
	s.Handle("GET /me/data", Own, a.dataPage)
	s.Handle("GET /me/data.json", Own, a.dataFile)
	s.Handle("GET /me/data.html", Own, a.dataSheet)
	s.Handle("POST /me/consents", Own, a.consentPost)
	s.Handle("GET /me/requests/new", Own, a.askPage)
	s.Handle("POST /me/requests/new", Own, a.askPost)
	s.Handle("GET /privacy/requests", Requests, a.inboxPage)
	s.Handle("GET /privacy/retention", Requests, a.retentionPage)
	s.Handle("GET /privacy/requests/{person}/{request}", Requests, a.requestPage)
	s.Handle("POST /privacy/requests/{person}/{request}", Requests, a.requestPost)
	s.Handle("GET /privacy/answer", CheckCard, a.answerPage)
	s.Handle("POST /privacy/answer", CheckCard, a.answerPost)
}

type homeView struct {
	Greeting string
	Nobody   string // the account stands for no member
	Card     *ui.Card
	NoCard   string
	Tasks    ui.TaskList
	Org      ui.SummaryList
	Officers ui.SummaryList
	Data     ui.SummaryList
	Ways     ui.Ways // what a member can find out and ask for
}

func (a *Area) mePage(r *site.Request) error {
	page := site.Page{Title: r.T.T("me.tab.home"), Section: "me.tab.home", Member: true}
	q := a.desk.DB.Read()
	p, err := a.self(r.Context(), q)
	if f := fault.Of(err); err != nil && f.Key == "me.nobody" {
		return r.Show(page, homeBody(r, homeView{Greeting: r.T.T("me.hello-nobody"), Nobody: r.T.Fault(f).Message}))
	}
	if err != nil {
		return err
	}
	v := homeView{Greeting: r.T.T("me.hello", "Name", greeting(p))}
	card, err := a.OwnCard(r.Context())
	switch f := fault.Of(err); {
	case err == nil:
		c := cardOf(r.T, card)
		c.Foot, c.Action = r.T.T("card.offline"), ui.Link{Label: r.T.T("card.enlarge"), Href: "/me/card"}
		v.Card = &c
	case f.Kind == fault.Unready:
		v.NoCard = r.T.Fault(f).Message
	default:
		return err
	}
	if err := a.desk.DB.View(r.Context(), func(q db.Querier) error { return a.home(r, q, p, &v) }); err != nil {
		return err
	}
	return r.Show(page, homeBody(r, v))
}

func greeting(p Person) string {
	if p.Name.Given != "" {
		return p.Name.Given
	}
	return p.Name.Surname
}

// home reads what waits for the member and where he or she belongs.
func (a *Area) home(r *site.Request, q db.Querier, p Person, v *homeView) error {
	ctx, t := r.Context(), r.T
	applied, err := openOf(ctx, q, p.ID)
	if err != nil {
		return err
	}
	if applied != 0 {
		b, err := loadApplication(ctx, q, applied)
		if err != nil {
			return err
		}
		o, err := org.Get(ctx, q, b.Org, r.Today)
		if err != nil {
			return err
		}
		v.Tasks.Items = append(v.Tasks.Items, ui.Task{Label: t.T("me.application", "Org", o.Names), Href: orgLink(b.Org),
			Hint: t.T("me.application-hint", "Day", b.Day), Tag: ui.Tag{Label: t.T("privacy.outcome.open"), Tone: ui.Info}})
	}
	asked, err := privacy.RequestsOf(ctx, q, p.ID)
	if err != nil {
		return err
	}
	for _, b := range asked {
		if b.Outcome == privacy.Open {
			v.Tasks.Items = append(v.Tasks.Items, ui.Task{Label: t.T("privacy.request." + string(b.Kind)), Href: "/me/data#requests",
				Hint: t.T("rights.due", "Day", b.Due), Tag: outcomeTag(t, b, r)})
		}
	}
	path, err := org.Path(ctx, q, p.Org, r.Today)
	if err != nil {
		return err
	}
	for i := len(path) - 1; i >= 0; i-- {
		v.Org.Items = append(v.Org.Items, ui.Term{Label: t.T("org.kind." + string(path[i].Kind)), Value: path[i].Names.In(t.Lang), Link: orgLink(path[i].Org)})
	}
	if a.links.Officers != nil && len(path) > 0 {
		officers, err := a.links.Officers(ctx, q, p.Org, r.Today)
		if err != nil {
			return err
		}
		for _, o := range officers {
			v.Officers.Items = append(v.Officers.Items, ui.Term{Label: o.Post.In(t.Lang), Value: o.Holder})
		}
	}
	spells, err := Spells(ctx, q, p.ID)
	if err != nil {
		return err
	}
	v.Data.Items = []ui.Term{{Label: t.T("me.field.status"), Value: t.T("me.status." + string(p.Status))}}
	if len(spells) > 0 {
		v.Data.Items = append(v.Data.Items, ui.Term{Label: t.T("me.field.since"), Value: t.Day(spells[0].From)})
	}
	if c, ok := a.profile.Category(p.Category); ok {
		v.Data.Items = append(v.Data.Items, ui.Term{Label: t.T("me.field.category"), Value: c.Name.In(t.Lang)})
	}
	v.Ways.Items = []ui.Link{{Label: t.T("me.looks"), Href: "/me/data#looks"}, {Label: t.T("me.consents"), Href: "/me/data#consents"}, {Label: t.T("rights"), Href: "/me/data#requests"}}
	return nil
}

func orgLink(o id.ID) string { return "/orgs/" + o.String() }

// outcomeTag says how a request stands.
func outcomeTag(t *text.Printer, b privacy.Request, r *site.Request) ui.Tag {
	tag := ui.Tag{Label: t.T("privacy.outcome." + string(b.Outcome)), Tone: ui.Info}
	switch {
	case b.Outcome == privacy.Open && b.Late(r.Today):
		tag = ui.Tag{Label: t.T("rights.late"), Tone: ui.Bad}
	case b.Outcome == privacy.Granted:
		tag.Tone = ui.OK
	case b.Outcome == privacy.Partly, b.Outcome == privacy.Refused:
		tag.Tone = ui.Warn
	}
	return tag
}

type dataView struct {
	Held     ui.SummaryList
	Holdings ui.Table
	Looks    ui.Table
	Consents []consentView
	Requests []requestView
}

type consentView struct {
	ID, Title, Text, Terms string
	Given                  bool
	Tag                    ui.Tag
	Hidden                 ui.Hiddens
	Button                 ui.Button
}

type requestView struct {
	Title, Lead, Detail, Answer, Code string
	Tag                               ui.Tag
}

func (a *Area) dataPage(r *site.Request) error {
	page := site.Page{Title: r.T.T("me.tab.data"), Section: "me.tab.data", Member: true}
	d, err := a.OwnData(r.Context())
	if f := fault.Of(err); err != nil && f.Key == "me.nobody" {
		return r.Show(page, homeBody(r, homeView{Greeting: r.T.T("me.tab.data"), Nobody: r.T.Fault(f).Message}))
	}
	if err != nil {
		return err
	}
	v := dataView{Held: a.heldList(r.T, d), Holdings: a.holdingsTable(r), Looks: looksTable(r, d.Looks)}
	if v.Consents, err = a.consentViews(r, d); err != nil {
		return err
	}
	for _, b := range d.asked {
		v.Requests = append(v.Requests, a.requestView(r, b))
	}
	return r.Show(page, dataBody(r, v))
}

// heldList are the values themselves. The national ID is not written out on the
// screen of a phone; the copy to take away has it.
func (a *Area) heldList(t *text.Printer, d MyData) ui.SummaryList {
	var out ui.SummaryList
	add := func(key, value string) {
		if value != "" {
			out.Items = append(out.Items, ui.Term{Label: t.T("me.field." + key), Value: value})
		}
	}
	add("name", strings.Join(strings.Fields(d.Surname+" "+d.Given+" "+d.Patronymic), " "))
	if d.Birth.Bounded() {
		add("birth", t.Day(d.Birth))
	}
	if n := len(d.NationalID); n > 4 && a.scheme != nil {
		out.Items = append(out.Items, ui.Term{Label: a.scheme.Name.In(t.Lang), Value: strings.Repeat("•", n-4) + d.NationalID[n-4:]})
	}
	add("email", d.Email)
	add("phone", d.Phone)
	add("address", d.Address)
	add("number", d.Number)
	add("status", t.T("me.status."+string(d.Status)))
	if c, ok := a.profile.Category(d.Category); ok {
		add("category", c.Name.In(t.Lang))
	}
	var spells []string
	for _, s := range slices.Backward(d.Spells) {
		value := s.Org.In(t.Lang) + ", " + t.T("me.from", "Day", s.From)
		if s.To.Bounded() {
			value = s.Org.In(t.Lang) + ", " + t.ShortDay(s.From) + " – " + t.ShortDay(s.To-1)
		}
		spells = append(spells, value)
	}
	if len(spells) > 0 {
		out.Items = append(out.Items, ui.Term{Label: t.T("me.field.spell"), Body: paragraphs(spells)})
	}
	return out
}

// holdingsTable says of every kind of data why, on what ground and for how long
// it is held, and what an erasure does to it. Columns alike share a row.
func (a *Area) holdingsTable(r *site.Request) ui.Table {
	t := r.T
	out := ui.Table{Caption: t.T("me.holdings"), Plain: true, Cols: []ui.Col{{Label: t.T("me.holdings.what")}, {Label: t.T("me.holdings.why")},
		{Label: t.T("me.holdings.long")}, {Label: t.T("me.holdings.erase")}}}
	if a.links.Holdings == nil {
		return out
	}
	type reason struct {
		purpose privacy.Purpose
		basis   privacy.Basis
		kind    privacy.Kind
		erase   privacy.OnErase
	}
	var order []reason
	labels, unnamed := map[reason][]string{}, map[reason]bool{}
	for _, h := range a.links.Holdings.Holdings() {
		k := reason{h.Purpose, h.Basis, h.Kind, h.OnErase}
		if _, known := labels[k]; !known {
			order, labels[k] = append(order, k), nil
		}
		if label := "held." + h.Table + "." + h.Column; r.Site.Text.Has(t.Lang, label) {
			labels[k] = append(labels[k], t.T(label))
		} else {
			unnamed[k] = true
		}
	}
	for _, k := range order {
		if unnamed[k] {
			labels[k] = append(labels[k], t.T("held.other"))
		}
		out.Rows = append(out.Rows, []ui.Cell{{Text: strings.Join(labels[k], ", ")},
			{Body: ui.Text(t.T("privacy.purpose." + string(k.purpose))), Note: t.T("privacy.basis." + string(k.basis))},
			{Body: ui.Text(a.keptWords(r, k.kind))}, {Body: ui.Text(t.T("privacy.erase." + string(k.erase)))}})
	}
	return out
}

func looksTable(r *site.Request, looks []MyLook) ui.Table {
	t := r.T
	out := ui.Table{Caption: t.T("me.looks"), Plain: true, Brief: true, Cols: []ui.Col{{Label: t.T("me.looks.when")}, {Label: t.T("me.looks.who")}, {Label: t.T("me.looks.what")}, {Label: t.T("me.looks.why")}},
		Empty: &ui.Empty{Title: t.T("me.looks.none"), Text: t.T("me.looks.none-text")}}
	for _, l := range looks {
		who := t.T("me.looks.unknown")
		switch {
		case l.Own:
			who = t.T("me.looks.self")
		case l.Role != "":
			who = t.T("role."+string(l.Role)) + ", " + l.Org.In(t.Lang)
		}
		what := t.T("privacy.what." + string(l.What))
		if l.People > 1 {
			what += " · " + t.N("me.looks.people", l.People)
		}
		out.Rows = append(out.Rows, []ui.Cell{{Text: t.Moment(l.At, r.Zone())}, {Body: ui.Text(who)}, {Body: ui.Text(what)},
			{Body: ui.Text(t.T("privacy.purpose." + string(l.Purpose))), Note: l.Reason}})
	}
	return out
}

func (a *Area) consentViews(r *site.Request, d MyData) ([]consentView, error) {
	t := r.T
	all, err := wordings(r.Context(), a.desk.DB.Read(), r.Today)
	if err != nil {
		return nil, err
	}
	var out []consentView
	for i, w := range all {
		v := consentView{ID: "consent-" + strconv.Itoa(i), Title: t.T("me.consent.kind", "Fields", w.Fields), Text: wordsIn(w, t.Lang), Tag: ui.Tag{Label: t.T("me.consent.none")},
			Terms:  t.T("me.consent.terms", "Operator", w.Operator, "Recipients", orNobody(t, w.Recipients), "Abroad", orNobody(t, w.Abroad)),
			Hidden: ui.Hiddens{{Name: "kind", Value: w.Kind}, {Name: "version", Value: strconv.Itoa(w.Version)}, {Name: "give", Value: "1"}},
			Button: ui.Button{Label: t.T("me.consent.give"), More: w.Fields, Kind: ui.Quiet}}
		for _, g := range d.held {
			if g.Kind == w.Kind && g.From <= r.Today && r.Today < g.To {
				v.Given, v.Tag = true, ui.Tag{Label: t.T("me.consent.given", "Day", g.From), Tone: ui.OK, Icon: "check"}
				v.Hidden[2].Value = "0"
				v.Button = ui.Button{Label: t.T("me.consent.withdraw"), More: w.Fields, Kind: ui.Quiet}
				break
			}
		}
		out = append(out, v)
	}
	return out, nil
}

func orNobody(t *text.Printer, s string) string {
	if s == "" {
		return t.T("me.consent.nobody")
	}
	return s
}

func (a *Area) consentPost(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	version, _ := strconv.Atoi(v.Get("version")) // 0 is never the version in force
	give, flash := v.Get("give") == "1", "me.consent.withdrawn"
	if give {
		flash = "me.consent.thanks"
	}
	if err := a.Consent(r.Context(), v.Get("kind"), version, give); err != nil {
		return err
	}
	return r.Go("/me/data#consents", flash)
}

func (a *Area) dataFile(r *site.Request) error {
	d, err := a.OwnData(r.Context())
	if err != nil {
		return err
	}
	attach(r, "application/json", "odaq-my-data.json")
	e := json.NewEncoder(r.W)
	e.SetIndent("", "  ")
	return e.Encode(d)
}

// dataSheet is the same to be read: a page that needs no other file.
func (a *Area) dataSheet(r *site.Request) error {
	d, err := a.OwnData(r.Context())
	if err != nil {
		return err
	}
	v := dataView{Held: a.heldList(r.T, d), Holdings: a.holdingsTable(r), Looks: looksTable(r, d.Looks)}
	if d.NationalID != "" && a.scheme != nil {
		for i, term := range v.Held.Items {
			if term.Label == a.scheme.Name.In(r.T.Lang) {
				v.Held.Items[i].Value = d.NationalID
			}
		}
	}
	for _, b := range d.asked {
		v.Requests = append(v.Requests, a.requestView(r, b))
	}
	attach(r, "text/html; charset=utf-8", "odaq-my-data.html")
	return dataSheet(r, v).Render(r.Context(), r.W)
}

func attach(r *site.Request, media, name string) {
	r.W.Header().Set("Content-Type", media)
	r.W.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

func (a *Area) requestView(r *site.Request, b privacy.Request) requestView {
	t := r.T
	v := requestView{Title: t.T("privacy.request." + string(b.Kind)), Detail: b.Detail, Answer: b.Answer, Code: a.answerCode(b.ID), Tag: outcomeTag(t, b, r)}
	if b.Outcome == privacy.Open {
		v.Lead = t.T("rights.received-due", "Received", b.Received, "Due", b.Due)
	} else {
		v.Lead = t.T("rights.answered", "Received", b.Received, "Answered", b.Answered)
	}
	return v
}

type askView struct {
	Errors ui.ErrorSummary
	Lead   string
	Fields ui.Textarea
	Kind   ui.Radios
	Form   ui.FormSpec
}

func (a *Area) askPage(r *site.Request) error {
	return a.showAsk(r, url.Values{"kind": {r.URL.Query().Get("kind")}}, nil)
}

func (a *Area) askPost(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	if _, err := a.Ask(r.Context(), privacy.RequestKind(v.Get("kind")), v.Get("detail")); err != nil {
		return a.showAsk(r, v, err)
	}
	return r.Go("/me/data#requests", "rights.sent")
}

func (a *Area) showAsk(r *site.Request, values url.Values, wrong error) error {
	t := r.T
	v := askView{Lead: t.T("rights.ask.lead"), Form: ui.FormSpec{Action: "/me/requests/new", Submit: ui.Button{Label: t.T("rights.ask.send")}, Cancel: &ui.Link{Label: t.T("me.cancel"), Href: "/me/data"}},
		Kind:   ui.Radios{Field: ui.Field{Name: "kind", Label: t.T("rights.ask.kind"), ErrorTag: t.T("me.error-tag")}, Value: values.Get("kind")},
		Fields: ui.Textarea{Field: ui.Field{Name: "detail", Label: t.T("rights.ask.detail"), Hint: t.T("rights.ask.detail-hint"), ErrorTag: t.T("me.error-tag")}, Value: values.Get("detail"), MaxLength: maxWords}}
	clocks := a.clocks(r.Today)
	for _, kind := range askable {
		if clock, ok := clocks[kind]; ok {
			v.Kind.Options = append(v.Kind.Options, ui.Option{Value: string(kind), Label: t.T("privacy.request." + string(kind)),
				Hint: t.T("rights.ask."+string(kind)) + " " + t.T("rights.due", "Day", clock(r.Today))})
		}
	}
	page := site.Page{Title: t.T("rights.ask"), Section: "me.tab.data", Member: true}
	if wrong == nil {
		return r.Show(page, askBody(r, v))
	}
	v.Errors = wrongFields(t, wrong, map[string]*string{"kind": &v.Kind.Error, "detail": &v.Fields.Error})
	return r.Again(wrong, page, askBody(r, v))
}

// wrongFields puts what is wrong to the fields and into the summary; a fault
// that names no field stands in the summary alone.
func wrongFields(t *text.Printer, wrong error, fields map[string]*string) ui.ErrorSummary {
	problem := t.Fault(wrong)
	out := ui.ErrorSummary{Title: t.T("me.errors")}
	for _, f := range problem.Fields {
		if at := fields[f.Name]; at != nil {
			*at = f.Message
		}
		out.Items = append(out.Items, ui.FieldError{Name: f.Name, Message: f.Message})
	}
	if len(out.Items) == 0 {
		out.Items = []ui.FieldError{{Message: problem.Message}}
	}
	return out
}

type inboxView struct {
	Tabs  ui.Tabs
	Table ui.Table
}

func (a *Area) inboxPage(r *site.Request) error {
	t, q := r.T, a.desk.DB.Read()
	scope, err := r.Scope(Requests)
	if err != nil {
		return err
	}
	open := r.URL.Query().Get("state") != "answered"
	all, err := inbox(r.Context(), q, scope, open)
	if err != nil {
		return err
	}
	tab := "rights.tab.answered"
	if open {
		tab = "rights.tab.open"
	}
	v := inboxView{Tabs: rightsTabs(t, tab),
		Table: ui.Table{Caption: t.T("rights.inbox"), Brief: true, Cols: []ui.Col{{Label: t.T("rights.col.what")}, {Label: t.T("rights.col.who")}, {Label: t.T("rights.col.received")}, {Label: t.T("rights.col.due")}, {Label: t.T("rights.col.state")}},
			Empty: &ui.Empty{Title: t.T("rights.none"), Text: t.T("rights.none-text")}}}
	for _, w := range all {
		who := FullName(w.Person.Name)
		if w.Person.Status == Erased {
			who = t.T("me.status.erased")
		}
		tag := outcomeTag(t, w.Request, r)
		v.Table.Rows = append(v.Table.Rows, []ui.Cell{{Text: t.T("privacy.request." + string(w.Kind)), Href: requestLink(w.Request)}, {Body: ui.Text(who), Note: w.Person.Number.String()},
			{Body: ui.Text(t.ShortDay(w.Received))}, {Body: ui.Text(t.ShortDay(w.Due))}, {Tag: &tag}})
	}
	return r.Show(site.Page{Title: t.T("rights.inbox"), Section: "rights.inbox"}, inboxBody(r, v))
}

func requestLink(b privacy.Request) string {
	return "/privacy/requests/" + b.Person.String() + "/" + b.ID.String()
}

type answerView struct {
	Title   string
	Tag     ui.Tag
	Facts   ui.SummaryList
	Detail  string
	Answer  string
	Open    bool
	Erasing bool
	Kept    ui.Table
	Errors  ui.ErrorSummary
	Outcome ui.Radios
	Words   ui.Textarea
	Form    ui.FormSpec
}

// seenRequest reads a request of a person whom the actor's scope reaches.
func (a *Area) seenRequest(r *site.Request) (Person, privacy.Request, error) {
	person, err := r.ID("person")
	if err != nil {
		return Person{}, privacy.Request{}, err
	}
	request, err := r.ID("request")
	if err != nil {
		return Person{}, privacy.Request{}, err
	}
	scope, err := r.Scope(Requests)
	if err != nil {
		return Person{}, privacy.Request{}, err
	}
	q := a.desk.DB.Read()
	p, err := Get(r.Context(), q, scope, person)
	if err != nil {
		return p, privacy.Request{}, err
	}
	b, err := privacy.RequestOf(r.Context(), q, person, request)
	return p, b, err
}

func (a *Area) requestPage(r *site.Request) error {
	p, b, err := a.seenRequest(r)
	if err != nil {
		return err
	}
	if err := a.viewed(r.Context(), p); err != nil {
		return err
	}
	return a.showRequest(r, p, b, url.Values{}, nil)
}

func (a *Area) requestPost(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	p, b, err := a.seenRequest(r)
	if err != nil {
		return err
	}
	if _, err := a.AnswerRequest(r.Context(), Answering{p.ID, b.ID, privacy.Outcome(v.Get("outcome")), v.Get("answer")}); err != nil {
		if fault.Of(err).Key == "fault.second-factor" {
			return err
		}
		return a.showRequest(r, p, b, v, err)
	}
	return r.Go(requestLink(b), "rights.done")
}

func (a *Area) showRequest(r *site.Request, p Person, b privacy.Request, values url.Values, wrong error) error {
	t := r.T
	o, err := org.Many(r.Context(), a.desk.DB.Read(), []id.ID{p.Org}, r.Today)
	if err != nil {
		return err
	}
	v := answerView{Title: t.T("privacy.request." + string(b.Kind)), Tag: outcomeTag(t, b, r), Detail: b.Detail, Answer: b.Answer,
		Open: b.Outcome == privacy.Open, Erasing: b.Kind == privacy.AskErasure, Kept: a.holdingsTable(r),
		Form:    ui.FormSpec{Submit: ui.Button{Label: t.T("rights.answer.send")}, Cancel: &ui.Link{Label: t.T("me.cancel"), Href: "/privacy/requests"}},
		Words:   ui.Textarea{Field: ui.Field{Name: "answer", Label: t.T("rights.answer.words"), Hint: t.T("rights.answer.words-hint"), ErrorTag: t.T("me.error-tag")}, Value: values.Get("answer"), MaxLength: maxWords},
		Outcome: ui.Radios{Field: ui.Field{Name: "outcome", Label: t.T("rights.answer.outcome"), ErrorTag: t.T("me.error-tag")}, Value: values.Get("outcome")}}
	who := FullName(p.Name)
	if p.Status == Erased {
		who = t.T("me.status.erased")
	}
	v.Facts.Items = []ui.Term{{Label: t.T("rights.col.who"), Value: who}, {Label: t.T("me.field.number"), Value: p.Number.String()}, {Label: t.T("card.primary"), Value: o[p.Org].Names.In(t.Lang)},
		{Label: t.T("rights.col.received"), Value: t.Day(b.Received)}, {Label: t.T("rights.col.due"), Value: t.Day(b.Due)}}
	for _, k := range []privacy.Outcome{privacy.Granted, privacy.Partly, privacy.Refused} {
		v.Outcome.Options = append(v.Outcome.Options, ui.Option{Value: string(k), Label: t.T("privacy.outcome." + string(k)), Hint: t.T("rights.outcome." + string(k))})
	}
	if v.Erasing {
		v.Form.Submit.Kind = ui.Danger
		if member(p) == nil {
			v.Form.Submit.Label = t.T("rights.answer.erase-member")
		}
	}
	page := site.Page{Title: v.Title, Section: "rights.inbox", Crumbs: []site.Crumb{{Label: t.T("rights.inbox"), Path: "/privacy/requests"}, {Label: v.Title}}}
	if wrong == nil {
		return r.Show(page, requestBody(r, v))
	}
	v.Errors = wrongFields(t, wrong, map[string]*string{"outcome": &v.Outcome.Error, "answer": &v.Words.Error})
	return r.Again(wrong, page, requestBody(r, v))
}

type codeView struct {
	Errors  ui.ErrorSummary
	Code    ui.Input
	Request *requestView
	Erased  bool
}

func (a *Area) answerPage(r *site.Request) error { return a.showAnswer(r, "", nil, nil) }

func (a *Area) answerPost(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	b, err := a.AnswerByCode(r.Context(), v.Get("code"))
	if err != nil {
		return a.showAnswer(r, v.Get("code"), nil, err)
	}
	return a.showAnswer(r, v.Get("code"), &b, nil)
}

func (a *Area) showAnswer(r *site.Request, code string, b *privacy.Request, wrong error) error {
	t := r.T
	v := codeView{Code: ui.Input{Field: ui.Field{Name: "code", Label: t.T("me.code"), Hint: t.T("me.code.hint"), ErrorTag: t.T("me.error-tag")}, Value: code, MaxLength: 60, Autocomplete: "off"}}
	if b != nil {
		// Whoever has the code may not be the person: the question stays unsaid.
		shown := a.requestView(r, *b)
		shown.Detail = ""
		v.Request, v.Erased = &shown, b.Kind == privacy.AskErasure && (b.Outcome == privacy.Granted || b.Outcome == privacy.Partly)
	}
	page := site.Page{Title: t.T("me.code.title")}
	if wrong == nil {
		return r.Show(page, codeBody(r, v))
	}
	v.Errors = wrongFields(t, wrong, map[string]*string{"code": &v.Code.Error})
	return r.Again(wrong, page, codeBody(r, v))
}
