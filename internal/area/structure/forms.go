package structure

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/ui"
)

type formPage struct {
	Eyebrow       string // whose record it is
	Title, Lead   string
	Errors        ui.ErrorSummary
	Notices       []ui.Notice
	VersionsTitle string
	Versions      ui.Compare
	Spec          ui.FormSpec
	Fields        []templ.Component
}

// form is what was typed and what is wrong with it.
type form struct {
	t       *text.Printer
	typed   url.Values
	wrong   *fault.Fault
	choices map[string][]ui.Option // where what was typed fits several records
	stale   *meanwhile             // what others did since the form was opened
}

func newForm(t *text.Printer, typed url.Values) *form {
	return &form{t: t, typed: typed, wrong: fault.Check(), choices: map[string][]ui.Option{}}
}

func (f *form) get(name string) string { return strings.TrimSpace(f.typed.Get(name)) }

func (f *form) day(name string) cal.Day {
	d, ok := parseDay(f.typed, name, 0)
	if !ok {
		f.wrong.In(name, "fault.date")
	}
	return d
}

func (f *form) names(prefix string) text.Names {
	return text.Names{KK: f.get(prefix + "_kk"), RU: f.get(prefix + "_ru"), EN: f.get(prefix + "_en")}
}

// fail adds what an act refused to what was already wrong.
func (f *form) fail(err error) {
	of := fault.Of(err)
	f.wrong.Kind = of.Kind
	if len(of.Fields) == 0 {
		f.wrong.Key, f.wrong.Args = of.Key, of.Args
	}
	f.wrong.Fields = append(f.wrong.Fields, of.Fields...)
}

// bad is the fault to answer with, nil when nothing is wrong.
func (f *form) bad() error {
	if len(f.wrong.Fields) == 0 && f.wrong.Key == "fault.invalid" {
		return nil
	}
	return f.wrong
}

func (f *form) summary() ui.ErrorSummary {
	p := f.t.Fault(f.wrong)
	out := ui.ErrorSummary{Title: f.t.T("structure.form.wrong")}
	if f.bad() == nil {
		return out
	}
	for _, fd := range p.Fields {
		out.Items = append(out.Items, ui.FieldError{Name: fd.Name, Message: fd.Message})
	}
	if len(p.Fields) == 0 {
		out.Items = []ui.FieldError{{Message: p.Message}}
	}
	return out
}

func (f *form) field(name string, optional bool) ui.Field {
	field := ui.Field{Name: name, Label: f.t.T("structure.field." + name), ErrorTag: f.t.T("structure.form.error")}
	if optional {
		field.Optional = f.t.T("structure.form.optional")
	}
	for _, fd := range f.t.Fault(f.wrong).Fields {
		if fd.Name == name {
			field.Error = fd.Message
		}
	}
	return field
}

func (f *form) input(name string, optional bool, width ui.Width) templ.Component {
	return ui.Input{Field: f.field(name, optional), Value: f.typed.Get(name), Width: width}
}

func (f *form) hinted(name, hint string, optional bool, width ui.Width) templ.Component {
	field := f.field(name, optional)
	field.Hint = hint
	return ui.Input{Field: field, Value: f.typed.Get(name), Width: width}
}

func (f *form) choose(name string, options []ui.Option, optional bool) templ.Component {
	return ui.Select{Field: f.field(name, optional), Value: f.typed.Get(name), Options: options}
}

func (f *form) nameFields(prefix string) []templ.Component {
	return []templ.Component{f.input(prefix+"_kk", false, ui.Full), f.input(prefix+"_ru", true, ui.Full), f.input(prefix+"_en", true, ui.Full)}
}

// when asks for the day and the decision, which every act needs.
func (f *form) when(today cal.Day) []templ.Component {
	return []templ.Component{
		ui.DateField{Field: f.field("day", false), Value: f.typed.Get("day"), Max: today.String()},
		f.hinted("decision", f.t.T("structure.field.decision.hint"), false, ui.W20),
	}
}

// pick asks for a record by name or code; where several fit, for one of them.
func (f *form) pick(name, hint string, optional bool) templ.Component {
	if options := f.choices[name]; len(options) > 0 {
		return ui.Radios{Field: f.field(name, optional), Options: options}
	}
	return f.hinted(name, hint, optional, ui.Full)
}

// org finds the organisation somebody named: by identifier, number or words.
func (f *form) org(ctx context.Context, q db.Querier, name string, day cal.Day, fits func(org.Version) bool) id.ID {
	typed := f.get(name)
	if typed == "" {
		return 0
	}
	if v, err := id.Parse(typed); err == nil {
		return v
	}
	const few = 8
	found, err := org.List(ctx, q, org.Find{Day: day, Query: typed, Outside: true, Limit: 200})
	if err != nil {
		f.fail(err)
		return 0
	}
	found = slices.DeleteFunc(found, func(v org.Version) bool { return !fits(v) })
	switch {
	case len(search.Query(typed)) == 0 || len(found) == 0:
		f.wrong.In(name, "structure.wrong.none-found")
	case len(found) > few:
		f.wrong.In(name, "structure.wrong.too-many", "N", len(found))
	case len(found) > 1:
		f.wrong.In(name, "structure.wrong.several")
		for _, v := range found {
			f.choices[name] = append(f.choices[name], ui.Option{Value: v.Org.String(), Label: v.Names.In(f.t.Lang), Hint: kindName(f.t, v.Kind)})
		}
	default:
		return found[0].Org
	}
	return 0
}

// place finds the settlement or district somebody named in a region.
func (f *form) place(ctx context.Context, q db.Querier, region string) string {
	typed := f.get("place")
	if typed == "" {
		return ""
	}
	all, err := territories(ctx, q, region)
	if err != nil {
		f.fail(err)
		return ""
	}
	if _, ok := all[typed]; ok {
		return typed
	}
	var fits []Territory
	for _, t := range all {
		if slices.ContainsFunc([]string{t.Names.KK, t.Names.RU, t.Names.EN}, func(s string) bool { return s != "" && search.Fold(s) == search.Fold(typed) }) {
			fits = append(fits, t)
		}
	}
	switch len(fits) {
	case 0:
		f.wrong.In("place", "structure.wrong.place")
	case 1:
		return fits[0].Code
	default:
		slices.SortFunc(fits, func(a, b Territory) int { return strings.Compare(a.Code, b.Code) })
		f.wrong.In("place", "structure.wrong.several")
		for _, t := range fits {
			f.choices["place"] = append(f.choices["place"], ui.Option{Value: t.Code, Label: t.Names.In(f.t.Lang), Hint: all[t.Parent].Names.In(f.t.Lang)})
		}
	}
	return ""
}

// namePlace shows the place of the register by name where the name means no
// other place of the region; a code says nothing to people.
func (f *form) namePlace(ctx context.Context, q db.Querier, v org.Version) {
	all, err := territories(ctx, q, v.Territory)
	name := all[v.Place].Names.In(f.t.Lang)
	if err != nil || name == "" {
		return
	}
	f.typed.Set("place", name)
	if f.place(ctx, q, v.Territory) != v.Place {
		f.typed.Set("place", v.Place)
	}
	f.wrong, f.choices = newForm(f.t, nil).wrong, map[string][]ui.Option{}
}

func (a *Area) regionChoice(t *text.Printer, day cal.Day) []ui.Option {
	return append([]ui.Option{{Label: t.T("structure.form.none")}}, regionOptions(a, t, day)...)
}

func (a *Area) activityChoice(t *text.Printer, current string) []ui.Option {
	out := []ui.Option{{Label: t.T("structure.form.none")}}
	for _, v := range a.profile.Activities() {
		out = append(out, ui.Option{Value: v.Code, Label: v.Code + " · " + v.Name.In(t.Lang)})
	}
	if current != "" && !slices.ContainsFunc(out, func(o ui.Option) bool { return o.Value == current }) {
		out = append(out, ui.Option{Value: current, Label: current})
	}
	return out
}

// The form of one event.

func (a *Area) eventForm(r *site.Request) error {
	v, kind, err := a.eventOf(r)
	if err != nil {
		return err
	}
	last, err := lastEvent(r.Context(), a.desk.DB.Read(), v.Org)
	if err != nil {
		return err
	}
	f := newForm(r.T, current(v))
	f.namePlace(r.Context(), a.desk.DB.Read(), v)
	f.typed.Set("day", r.Today.String())
	f.typed.Set("seen", last.String())
	page, body := a.eventView(r, f, v, kind)
	return r.Show(page, body)
}

// eventOf reads which event of which organisation the address names and asks
// for the permission, so that nobody fills in a form in vain.
func (a *Area) eventOf(r *site.Request) (org.Version, org.EventKind, error) {
	kind := org.EventKind(r.PathValue("event"))
	rule, ok := kindRules[kind]
	o, err := r.ID("id")
	if !ok || err != nil {
		return org.Version{}, kind, fault.Absent()
	}
	v, err := org.Get(r.Context(), a.desk.DB.Read(), o, r.Today)
	if err != nil {
		return v, kind, err
	}
	where := o
	switch {
	case rule.seat == above && v.Parent != 0:
		where = v.Parent
	case rule.seat == host:
		where = 0 // any host; which one is asked for in the form
	}
	return v, kind, r.Require(rule.action, where)
}

// current are the values a form starts with: those of the register.
func current(v org.Version) url.Values {
	return url.Values{"name_kk": {v.Names.KK}, "name_ru": {v.Names.RU}, "name_en": {v.Names.EN}, "territory": {v.Territory}, "place": {v.Place},
		"activity": {v.Activity}, "bin": {v.BIN}, "registration": {v.Registration}, "address": {v.Address}, "employer": {v.Employer}}
}

func (a *Area) eventView(r *site.Request, f *form, v org.Version, kind org.EventKind) (site.Page, templ.Component) {
	t := r.T
	page := site.Page{Title: t.T("structure.do."+string(kind)) + ": " + v.Names.In(t.Lang), Section: "structure.nav.orgs",
		Crumbs: []site.Crumb{{Label: t.T("structure.nav.orgs"), Path: "/orgs"}, {Label: v.Names.In(t.Lang), Path: orgPath(v.Org)}, {Label: t.T("structure.do." + string(kind))}}}
	p := formPage{Eyebrow: v.Names.In(t.Lang), Title: t.T("structure.do." + string(kind)), Lead: t.T("structure.do." + string(kind) + ".lead"), Errors: f.summary(),
		Spec: ui.FormSpec{Hidden: ui.Hiddens{{Name: "seen", Value: f.get("seen")}}, Submit: ui.Button{Label: t.T("structure.form.record")},
			Cancel: &ui.Link{Label: t.T("structure.form.cancel"), Href: orgPath(v.Org)}}}
	for _, name := range kindRules[kind].fields {
		switch name {
		case "names":
			p.Fields = append(p.Fields, f.nameFields("name")...)
		case "parts":
			p.Fields = append(p.Fields, f.nameFields("part")...)
			p.Fields = append(p.Fields, f.nameFields("part2")...)
		case "parent":
			hint := t.T("structure.field.org.hint")
			if kind == org.Move {
				hint += " " + t.T("structure.field.parent.unchanged")
			}
			p.Fields = append(p.Fields, f.pick("parent", hint, kind == org.Move))
		case "into":
			p.Fields = append(p.Fields, f.pick("into", t.T("structure.field.org.hint"), false))
		case "territory":
			p.Fields = append(p.Fields, f.choose("territory", a.regionChoice(t, r.Today), true))
		case "place":
			p.Fields = append(p.Fields, f.pick("place", t.T("structure.field.place.hint"), true))
		case "activity":
			p.Fields = append(p.Fields, f.choose("activity", a.activityChoice(t, f.get("activity")), true))
		default:
			p.Fields = append(p.Fields, f.input(name, true, ui.Full))
		}
	}
	p.Fields = append(p.Fields, f.when(r.Today)...)
	if f.stale != nil && len(f.stale.events) > 0 {
		p.Notices = []ui.Notice{f.stale.notice(t)}
		p.VersionsTitle = t.T("structure.form.versions")
		p.Versions = a.versions(r, f, v, kind)
	}
	return page, formBody(p)
}

// meanwhile is what was recorded of an organisation while somebody had its form
// open.
type meanwhile struct {
	events []org.Event // in the order of their recording
	parent text.Names  // the organisation above it now
}

// since reads what was recorded of an organisation after an event.
func since(ctx context.Context, q db.Querier, v org.Version, seen id.ID, today cal.Day) (*meanwhile, error) {
	events, err := org.Events(ctx, q, v.Org)
	if err != nil {
		return nil, err
	}
	events = slices.DeleteFunc(events, func(e org.Event) bool { return e.ID <= seen })
	slices.SortFunc(events, func(x, y org.Event) int { return cmp.Compare(x.ID, y.ID) })
	above, err := org.Many(ctx, q, []id.ID{v.Parent}, today)
	return &meanwhile{events, above[v.Parent].Names}, err
}

func (m *meanwhile) notice(t *text.Printer) ui.Notice {
	lines := make([]string, len(m.events))
	for i, e := range m.events {
		lines[i] = t.T("structure.form.event", "Event", text.Key("org.event."+string(e.Kind)), "Day", t.ShortDay(e.Day), "Decision", e.Decision)
	}
	return ui.Notice{Tone: ui.Warn, Title: t.T("structure.form.meanwhile"), Text: strings.Join(lines, " · ")}
}

// versions sets what the register holds now beside what was typed.
func (a *Area) versions(r *site.Request, f *form, v org.Version, kind org.EventKind) ui.Compare {
	t := r.T
	c := ui.Compare{Caption: t.T("structure.form.versions"), NameLabel: t.T("structure.compare.what"), OldLabel: t.T("structure.form.theirs"), NewLabel: t.T("structure.form.yours"), DiffLabel: t.T("structure.rank.change")}
	now := current(v)
	add := func(label, theirs, yours string) {
		row := ui.CompareRow{Name: t.T("structure.field." + label), Old: theirs, New: yours}
		if theirs != yours {
			row.Difference, row.Tone = t.T("structure.form.differs"), ui.Warn
		}
		c.Rows = append(c.Rows, row)
	}
	for _, name := range kindRules[kind].fields {
		switch name {
		case "names":
			for _, n := range []string{"name_kk", "name_ru", "name_en"} {
				add(n, now.Get(n), f.get(n))
			}
		case "parent":
			yours := f.get(name)
			if kind == org.Move && yours == "" { // left as it is
				yours = f.stale.parent.In(t.Lang)
			}
			add(name, f.stale.parent.In(t.Lang), yours)
		case "into":
			add(name, "", f.get(name))
		case "parts":
			for _, n := range []string{"part_kk", "part_ru", "part_en", "part2_kk", "part2_ru", "part2_en"} {
				if f.get(n) != "" {
					add(n, "", f.get(n))
				}
			}
		default:
			add(name, a.readable(r, name, now.Get(name)), a.readable(r, name, f.get(name)))
		}
	}
	switch kind {
	case org.Rename, org.Move, org.Describe, org.Split: // leave the status as it is
	default:
		add("status", t.T("org.status."+string(v.Status)), t.T("org.event."+string(kind)))
	}
	return c
}

func (a *Area) eventPost(r *site.Request) error {
	v, kind, err := a.eventOf(r)
	if err != nil {
		return err
	}
	typed, err := r.Form()
	if err != nil {
		return err
	}
	f := newForm(r.T, typed)
	request := a.readEvent(r, f, v, kind)
	if f.bad() == nil {
		if _, err = a.Record(r.Context(), request); err == nil {
			return r.Go(orgPath(v.Org), "structure.done."+string(kind))
		}
		f.fail(err)
	} else if err := a.Check(request); err != nil { // everything wrong is said at once
		addMissing(f, err)
	}
	if f.wrong.Kind == fault.Conflict {
		if v, err = org.Get(r.Context(), a.desk.DB.Read(), v.Org, r.Today); err != nil {
			return err
		}
		if f.stale, err = since(r.Context(), a.desk.DB.Read(), v, request.Seen, r.Today); err != nil {
			return err
		}
		if n := len(f.stale.events); n > 0 { // the next time they have been seen
			f.typed.Set("seen", f.stale.events[n-1].ID.String())
		}
	}
	page, body := a.eventView(r, f, v, kind)
	return r.Again(f.bad(), page, body)
}

// addMissing adds the wrong fields that are not yet known to be wrong.
func addMissing(f *form, err error) {
	for _, fd := range fault.Of(err).Fields {
		if !slices.ContainsFunc(f.wrong.Fields, func(known fault.Field) bool { return known.Name == fd.Name }) {
			f.wrong.Fields = append(f.wrong.Fields, fd)
		}
	}
}

// readEvent turns a posted form into a request; what cannot be read is noted in f.
func (a *Area) readEvent(r *site.Request, f *form, v org.Version, kind org.EventKind) RecordRequest {
	ctx, q := r.Context(), a.desk.DB.Read()
	out := RecordRequest{Org: v.Org, Kind: kind, Day: f.day("day"), Decision: f.get("decision")}
	if err := out.Seen.UnmarshalText([]byte(f.get("seen"))); err != nil {
		f.wrong.In("seen", "fault.choice")
	}
	text := func(name string) *string {
		s := f.get(name)
		return &s
	}
	for _, name := range kindRules[kind].fields {
		switch name {
		case "names":
			n := f.names("name")
			out.Detail.Names = &n
		case "parts":
			for _, prefix := range []string{"part", "part2"} {
				if n := f.names(prefix); n.KK+n.RU+n.EN != "" {
					out.Parts = append(out.Parts, n)
				}
			}
		case "parent":
			if p := f.org(ctx, q, name, r.Today, func(o org.Version) bool { return o.Kind.MayHold(v.Kind) && o.Org != v.Org }); p != 0 {
				out.Detail.Parent = &p
			}
		case "into":
			out.Detail.Into = f.org(ctx, q, name, r.Today, func(o org.Version) bool { return o.Kind == v.Kind && o.Org != v.Org })
		case "territory":
			out.Detail.Territory = text(name)
		case "place":
			p := f.place(ctx, q, f.get("territory"))
			out.Detail.Place = &p
		case "activity":
			out.Detail.Activity = text(name)
		case "bin":
			out.Detail.BIN = text(name)
		case "registration":
			out.Detail.Registration = text(name)
		case "address":
			out.Detail.Address = text(name)
		case "employer":
			out.Detail.Employer = text(name)
		}
	}
	return out
}

// The form of a new organisation.

func (a *Area) foundForm(r *site.Request) error {
	f := newForm(r.T, url.Values{"parent": {r.URL.Query().Get("parent")}, "day": {r.Today.String()}})
	parent, err := a.foundParent(r, f)
	if err != nil {
		return err
	}
	for _, k := range org.Kinds {
		if parent.Kind.MayHold(k) {
			f.typed.Set("kind", string(k))
		}
	}
	f.typed.Set("territory", parent.Territory)
	f.typed.Set("activity", parent.Activity)
	page, body := a.foundView(r, f, parent)
	return r.Show(page, body)
}

func (a *Area) foundParent(r *site.Request, f *form) (org.Version, error) {
	if f.get("parent") == "" {
		return org.Version{}, r.Require(Found, 0)
	}
	p, err := id.Parse(f.get("parent"))
	if err != nil {
		return org.Version{}, fault.Absent()
	}
	v, err := org.Get(r.Context(), a.desk.DB.Read(), p, r.Today)
	if err != nil {
		return v, err
	}
	return v, r.Require(Found, p)
}

func (a *Area) foundView(r *site.Request, f *form, parent org.Version) (site.Page, templ.Component) {
	t := r.T
	page := site.Page{Title: t.T("structure.register.new"), Section: "structure.nav.orgs",
		Crumbs: []site.Crumb{{Label: t.T("structure.nav.orgs"), Path: "/orgs"}}}
	p := formPage{Title: page.Title, Errors: f.summary(),
		Spec: ui.FormSpec{Hidden: ui.Hiddens{{Name: "parent", Value: idText(parent.Org)}}, Submit: ui.Button{Label: t.T("structure.form.record")},
			Cancel: &ui.Link{Label: t.T("structure.form.cancel"), Href: "/orgs"}}}
	if parent.Org != 0 {
		name := parent.Names.In(t.Lang)
		page.Crumbs = append(page.Crumbs, site.Crumb{Label: name, Path: orgPath(parent.Org)})
		p.Lead = t.T("structure.found.beneath", "Org", name)
		p.Spec.Cancel.Href = orgPath(parent.Org)
	}
	page.Crumbs = append(page.Crumbs, site.Crumb{Label: page.Title})
	var kinds []ui.Option
	for _, k := range org.Kinds {
		if parent.Org != 0 && !parent.Kind.MayHold(k) {
			continue
		}
		o := ui.Option{Value: string(k), Label: kindName(t, k)}
		if th, ok := a.profile.Threshold(string(k)); ok && th.Founders > 0 {
			o.Hint = t.N("structure.found.founders", int64(th.Founders)) + " " + a.basis(t, th.Basis)
		}
		kinds = append(kinds, o)
	}
	p.Fields = append(p.Fields, ui.Radios{Field: f.field("kind", false), Value: f.get("kind"), Options: kinds})
	p.Fields = append(p.Fields, f.nameFields("name")...)
	p.Fields = append(p.Fields, f.choose("territory", a.regionChoice(t, r.Today), true), f.pick("place", t.T("structure.field.place.hint"), true),
		f.choose("activity", a.activityChoice(t, f.get("activity")), true), f.input("employer", true, ui.Full), f.input("bin", true, ui.W20),
		f.input("registration", true, ui.Full), f.input("address", true, ui.Full))
	p.Fields = append(p.Fields, f.when(r.Today)...)
	return page, formBody(p)
}

func (a *Area) foundPost(r *site.Request) error {
	typed, err := r.Form()
	if err != nil {
		return err
	}
	f := newForm(r.T, typed)
	parent, err := a.foundParent(r, f)
	if err != nil {
		return err
	}
	request := FoundRequest{Kind: org.Kind(f.get("kind")), Parent: parent.Org, Names: f.names("name"), Territory: f.get("territory"),
		Place: f.place(r.Context(), a.desk.DB.Read(), f.get("territory")), Activity: f.get("activity"), BIN: f.get("bin"),
		Registration: f.get("registration"), Address: f.get("address"), Employer: f.get("employer"), Day: f.day("day"), Decision: f.get("decision")}
	if f.bad() == nil {
		done, err := a.Found(r.Context(), request)
		if err == nil {
			return r.Go(orgPath(done.Org), "structure.done.found")
		}
		f.fail(err)
	} else if err := a.CheckFound(request); err != nil {
		addMissing(f, err)
	}
	page, body := a.foundView(r, f, parent)
	return r.Again(f.bad(), page, body)
}
