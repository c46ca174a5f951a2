package membership

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/ui"
)

// What the forms of the area share.

// formPage is a form that stands alone on its page.
type formPage struct {
	Eyebrow, Title, Lead string
	Errors               ui.ErrorSummary
	Notices              []ui.Notice
	Compare              ui.Compare // an edit conflict: both versions
	Groups               []fieldGroup
	Spec                 ui.FormSpec
}

type fieldGroup struct {
	Title  string
	Fields []templ.Component
}

// form builds the fields of a form: what was typed, and what is wrong with it.
// A national ID is never written back.
type form struct {
	r       *site.Request
	values  url.Values
	problem text.Problem
	labels  map[string]string // of the fields asked, by name
}

// newForm takes what was posted, or what the fields begin with, and the fault
// by which it was refused, if it was.
func newForm(r *site.Request, values url.Values, err error) *form {
	f := &form{r: r, values: values, labels: map[string]string{}}
	if err != nil {
		f.problem = r.T.Fault(err)
	}
	return f
}

// field has the label "membership.field.<name>" and, where hint is set, the
// hint of that key.
func (f *form) field(name, hint string, optional bool) ui.Field {
	t := f.r.T
	out := ui.Field{Name: name, Label: t.T("membership.field." + name), ErrorTag: t.T("membership.form.error-tag")}
	f.labels[name] = out.Label
	if hint != "" {
		out.Hint = t.T(hint)
	}
	if optional {
		out.Optional = t.T("membership.form.optional")
	}
	for _, p := range f.problem.Fields {
		if p.Name == name {
			out.Error = p.Message
		}
	}
	return out
}

func (f *form) text(name, hint string, optional bool) ui.Input {
	return ui.Input{Field: f.field(name, hint, optional), Value: f.values.Get(name), Width: ui.W20, Autocomplete: "off"}
}

func (f *form) national(hint string, optional bool) ui.Input {
	in := ui.Input{Field: f.field("national_id", hint, optional), Width: ui.W20, Autocomplete: "off", InputMode: "numeric", MaxLength: 20}
	if f.problem.Message != "" && in.Error == "" {
		in.Hint = f.r.T.T("membership.form.type-again")
	}
	return in
}

func (f *form) day(name, hint string, optional bool) ui.DateField {
	return ui.DateField{Field: f.field(name, hint, optional), Value: f.values.Get(name), Max: f.r.Today.String()}
}

func (f *form) decision() ui.Input {
	in := f.text("decision", "membership.hint.decision", false)
	in.MaxLength = decisionLength
	return in
}

func (f *form) reason(hint string) ui.Textarea {
	return ui.Textarea{Field: f.field("reason", hint, false), Value: f.values.Get("reason"), Rows: 3, MaxLength: 500}
}

func (f *form) choice(name, hint string, options []ui.Option) ui.Select {
	return ui.Select{Field: f.field(name, hint, false), Value: f.values.Get(name), Options: options, Width: ui.W20}
}

// errors says all that is wrong, with the name of the field; what is wrong with
// no field of this form has no link.
func (f *form) errors() ui.ErrorSummary {
	out := ui.ErrorSummary{Title: f.r.T.T("membership.form.errors")}
	for _, p := range f.problem.Fields {
		if label, asked := f.labels[p.Name]; asked {
			out.Items = append(out.Items, ui.FieldError{Name: p.Name, Message: label + ": " + p.Message})
		} else {
			out.Items = append(out.Items, ui.FieldError{Message: p.Message})
		}
	}
	if f.problem.Message != "" && len(out.Items) == 0 {
		out.Items = []ui.FieldError{{Message: f.problem.Message}}
	}
	return out
}

func submit(r *site.Request, key string) ui.Button { return ui.Button{Label: r.T.T(key)} }

func cancel(r *site.Request, path string) *ui.Link {
	return &ui.Link{Label: r.T.T("membership.form.cancel"), Href: path}
}

func hiddenID(name string, v id.ID) ui.Hidden { return ui.Hidden{Name: name, Value: v.String()} }

// dayOf reads a date; empty is otherwise.
func dayOf(f *fault.Fault, v url.Values, name string, otherwise cal.Day) cal.Day {
	s := v.Get(name)
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

func (a *Area) categoriesIn(t *text.Printer) []ui.Option {
	var out []ui.Option
	for _, c := range a.profile.Categories {
		out = append(out, ui.Option{Value: c.Code, Label: c.Name.In(t.Lang)})
	}
	return out
}

func (a *Area) categoryName(t *text.Printer, code string) string {
	if c, ok := a.profile.Category(code); ok {
		return c.Name.In(t.Lang)
	}
	return code
}

func languageOptions() []ui.Option {
	var out []ui.Option
	for _, l := range text.Langs {
		out = append(out, ui.Option{Value: string(l), Label: l.Own()})
	}
	return out
}

// pickPage asks for a primary organisation: a search and links.
type pickPage struct {
	Title, Lead string
	Filter      ui.Filter
	Found       ui.TaskList
	None        ui.Empty
	More        string
}

const (
	picks      = 20 // organisations that a choice offers at a time
	firstPicks = 8  // before a word is typed: of thousands the first say little
)

// pick offers the primary organisations beneath roots (nil: all there are) that
// the search ?find= names; each leads to path with ?name=<id>.
func (a *Area) pick(r *site.Request, roots []id.ID, path, name string, but id.ID) (pickPage, error) {
	t := r.T
	words := r.URL.Query().Get("find")
	found, err := a.pickable(r.Context(), roots, words, but)
	if err != nil {
		return pickPage{}, err
	}
	p := pickPage{
		Filter: ui.Filter{Label: t.T("membership.pick.label"), Action: path, Submit: t.T("membership.pick.submit"), Target: "found",
			Fields: []ui.FilterField{{Name: "find", Label: t.T("membership.pick.words"), Type: "search", Value: words}}},
		None: ui.Empty{Title: t.T("membership.pick.none"), Text: t.T("membership.pick.none-text")},
	}
	shown := picks
	if words == "" {
		shown = firstPicks
	}
	if len(found) > shown {
		found, p.More = found[:shown], t.T("membership.pick.more", "N", shown)
	}
	parents := make([]id.ID, len(found))
	for i, v := range found {
		parents[i] = v.Parent
	}
	above, err := org.Many(r.Context(), a.desk.DB.Read(), parents, r.Today)
	if err != nil {
		return pickPage{}, err
	}
	for _, v := range found {
		p.Found.Items = append(p.Found.Items, ui.Task{Label: v.Names.In(t.Lang), Href: path + "?" + name + "=" + v.Org.String(),
			Hint: a.placeOf(t, v, above[v.Parent], r.Today)})
	}
	return p, nil
}

// placeOf says under which organisation and in which region one lies. Many
// organisations have the region in their name: it is not said twice.
func (a *Area) placeOf(t *text.Printer, v, parent org.Version, day cal.Day) string {
	out := parent.Names.In(t.Lang)
	g, ok := a.profile.Region(v.Territory, day)
	if !ok || strings.Contains(out, g.Name.In(t.Lang)) {
		return out
	}
	if out != "" {
		out += " · "
	}
	return out + g.Name.In(t.Lang)
}

// pickable lists up to picks+1 primary organisations that take members today.
func (a *Area) pickable(ctx context.Context, roots []id.ID, words string, but id.ID) ([]org.Version, error) {
	q, today := a.desk.DB.Read(), a.desk.Today()
	if roots == nil {
		roots = []id.ID{0}
	}
	var out []org.Version
	add := func(v org.Version) {
		if v.Belongs() && v.Org != but && !slices.ContainsFunc(out, func(o org.Version) bool { return o.Org == v.Org }) {
			out = append(out, v)
		}
	}
	for _, root := range roots {
		if root != 0 {
			v, err := org.Get(ctx, q, root, today)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return nil, err
			}
			if err == nil && v.Kind == org.Primary {
				add(v)
				continue
			}
		}
		found, err := org.List(ctx, q, org.Find{Day: today, Under: root, Kinds: []org.Kind{org.Primary}, Query: words, Limit: picks + 2})
		if err != nil {
			return nil, err
		}
		for _, v := range found {
			add(v)
		}
	}
	return out[:min(len(out), picks+1)], nil
}

// roots are the organisations beneath which a scope sees; nil is all.
func roots(s access.Scope) []id.ID {
	if s.All() {
		return nil
	}
	if s.Empty() {
		return []id.ID{}
	}
	return s.Roots()
}

// only is the one primary organisation of a scope that has no other, else 0.
func only(ctx context.Context, q db.Querier, s access.Scope, day cal.Day) (id.ID, error) {
	all := s.Roots()
	if s.All() || len(all) != 1 {
		return 0, nil
	}
	v, err := org.Get(ctx, q, all[0], day)
	if fault.Is(err, fault.NotFound) || err == nil && v.Kind != org.Primary {
		return 0, nil
	}
	return v.Org, err
}

// offers reports whether the actor has an action at an organisation (0: at any),
// or will have it with the second factor, which the action's page then asks for.
func offers(r *site.Request, action access.Action, at id.ID) bool {
	err := r.Require(action, at)
	return err == nil || fault.Of(err).Key == "fault.second-factor"
}

// idOf reads an identifier of an organisation from a form or an address.
func idOf(s string) id.ID {
	v, err := id.Parse(s)
	if err != nil {
		return 0
	}
	return v
}
