package structure

import (
	"cmp"
	"encoding/base64"
	"maps"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/ui"
)

type registerPage struct {
	Title, Lead string
	Tools       templ.Component
	Filter      ui.Filter
	Tree        ui.Tree
	Table       ui.Table
	Pager       ui.Pager
}

const (
	pageSize   = 50  // rows of a list
	branchSize = 100 // organisations shown beneath one in the tree
)

// query reads the filters of a list from an address.
func (a *Area) query(r *site.Request) (org.Find, bool, error) {
	v := r.URL.Query()
	f := org.Find{Day: r.AsOf, Query: v.Get("q"), Territory: v.Get("region"), Activity: v.Get("activity"), Limit: pageSize + 1}
	f.Outside = f.Query != ""
	wrong := fault.Check()
	if k := v.Get("kind"); k != "" {
		f.Kinds = []org.Kind{org.Kind(k)}
		if !slices.Contains(org.Kinds, f.Kinds[0]) {
			wrong.In("kind", "fault.choice")
		}
	}
	for name, into := range map[string]*id.ID{"parent": &f.Parent, "under": &f.Under} {
		if s := v.Get(name); s != "" {
			if err := into.UnmarshalText([]byte(s)); err != nil {
				wrong.In(name, "fault.choice")
			}
		}
	}
	if s := v.Get("after"); s != "" {
		var ok bool
		if f.After, ok = parseCursor(s); !ok {
			wrong.In("after", "fault.choice")
		}
	}
	narrowed := f.Query != "" || f.Territory != "" || f.Activity != "" || f.Kinds != nil || f.Parent != 0 || f.Under != 0
	return f, narrowed, wrong.OrNil()
}

// A cursor travels as the text of its id and key.
func cursorText(c org.Cursor) string {
	return c.ID.String() + base64.RawURLEncoding.EncodeToString(c.Key)
}

func parseCursor(s string) (c org.Cursor, ok bool) {
	const idLen = 13
	if len(s) < idLen {
		return c, false
	}
	var err error
	if c.ID, err = id.Parse(s[:idLen]); err != nil {
		return c, false
	}
	c.Key, err = base64.RawURLEncoding.DecodeString(s[idLen:])
	return c, err == nil
}

func (a *Area) registerPage(r *site.Request) error {
	find, narrowed, err := a.query(r)
	if err != nil {
		return err
	}
	format := r.URL.Query().Get("format")
	if format != "" {
		return a.exportList(r, find, format)
	}
	t := r.T
	page := site.Page{Title: t.T("structure.register.title"), Section: "structure.nav.orgs", Dated: true}
	p := registerPage{Title: page.Title, Filter: a.filter(r, find, narrowed)}
	buttons := exports(r)
	err = a.view(r, func(q db.Querier) error {
		top, err := org.Top(r.Context(), q, r.AsOf)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err == nil {
			p.Lead, err = a.registerLead(r, q, top)
			if err != nil {
				return err
			}
		}
		if r.AsOf == r.Today && r.Can(Found, top.Org) {
			buttons = append(buttons, ui.Button{Label: t.T("structure.register.new"), Href: "/orgs/new?parent=" + idText(top.Org), Icon: "plus"})
		}
		if !narrowed && top.Org != 0 {
			path, err := opened(r, q, top)
			if err != nil {
				return err
			}
			page.Crumbs = treeCrumbs(r, path)
			p.Tree, err = a.tree(r, q, path)
			return err
		}
		return a.list(r, q, find, top.Org, &p)
	})
	if err != nil {
		return err
	}
	p.Tools = tools(r, buttons)
	return r.Show(page, registerBody(p))
}

func idText(v id.ID) string {
	if v == 0 {
		return ""
	}
	return v.String()
}

func (a *Area) registerLead(r *site.Request, q db.Querier, top org.Version) (string, error) {
	counts, err := kindSeries(r.Context(), q, top.Org, []cal.Day{r.AsOf})
	if err != nil {
		return "", err
	}
	return r.T.T("structure.register.lead", "Unions", r.T.N("structure.count.unions", at(counts[memberKind], 0)),
		"Primaries", r.T.N("structure.count.primaries", at(counts[org.Primary], 0))), nil
}

func (a *Area) filter(r *site.Request, find org.Find, narrowed bool) ui.Filter {
	t := r.T
	any := ui.Option{Label: t.T("structure.filter.any")}
	kinds, regions, activities := []ui.Option{any}, []ui.Option{any}, []ui.Option{any}
	for _, k := range org.Kinds {
		kinds = append(kinds, ui.Option{Value: string(k), Label: kindName(t, k)})
	}
	regions = append(regions, regionOptions(a, t, r.AsOf)...)
	for _, v := range a.profile.Activities() {
		if v.Parent == "" {
			activities = append(activities, ui.Option{Value: v.Code, Label: v.Code + " · " + v.Name.In(t.Lang)})
		}
	}
	kind := ""
	if len(find.Kinds) == 1 {
		kind = string(find.Kinds[0])
	}
	f := ui.Filter{Label: t.T("structure.filter.label"), Action: "/orgs", Submit: t.T("structure.show"), Target: "register",
		Fields: []ui.FilterField{
			{Name: "q", Label: t.T("structure.filter.q"), Type: "search", Value: find.Query},
			{Name: "kind", Label: t.T("structure.filter.kind"), Type: "select", Value: kind, Options: kinds, Half: true},
			{Name: "region", Label: t.T("structure.filter.region"), Type: "select", Value: find.Territory, Options: regions, Half: true},
			{Name: "activity", Label: t.T("structure.filter.activity"), Type: "select", Value: find.Activity, Options: activities},
		}}
	if r.AsOf != r.Today {
		f.Hidden = ui.Hiddens{{Name: "day", Value: r.AsOf.String()}}
	}
	if narrowed {
		f.Reset = &ui.Link{Label: t.T("structure.filter.reset"), Href: r.Path("/orgs")}
	}
	return f
}

func regionOptions(a *Area, t *text.Printer, day cal.Day) []ui.Option {
	var out []ui.Option
	for _, g := range a.profile.Regions(day) {
		out = append(out, ui.Option{Value: g.Code, Label: g.Name.In(t.Lang)})
	}
	return out
}

// list fills the page with a flat list. Members are shown to those who may count
// them: small cells cannot be hidden in a list of which each reader sees other
// rows.
func (a *Area) list(r *site.Request, q db.Querier, find org.Find, top id.ID, p *registerPage) error {
	t := r.T
	found, err := org.List(r.Context(), q, find)
	if err != nil {
		return err
	}
	if len(found) > pageSize {
		found = found[:pageSize]
		p.Pager.Next = &ui.Link{Label: t.T("structure.next"), Href: r.With("after", cursorText(org.CursorOf(found[pageSize-1])))}
	}
	if find.After.ID != 0 {
		p.Pager.Prev = &ui.Link{Label: t.T("structure.first"), Href: r.With("after", "")}
	}
	p.Pager.Label = t.T("structure.pages")
	var all []id.ID
	for _, v := range found {
		all = append(all, v.Org)
		if v.Parent != 0 {
			all = append(all, v.Parent)
		}
	}
	around, err := org.Many(r.Context(), q, all, r.AsOf)
	if err != nil {
		return err
	}
	within := cmp.Or(find.Under, find.Parent, top)
	exact := within != 0 && r.Can(Count, within)
	p.Table = ui.Table{Caption: p.Title, Brief: true, Cols: []ui.Col{{Label: t.T("structure.col.name")}},
		Empty: &ui.Empty{Title: t.T("structure.register.none"), Text: t.T("structure.register.none-text")}}
	kinds := len(find.Kinds) != 1 // of one kind are all: a column would say the same in each row
	if kinds {
		p.Table.Cols = append(p.Table.Cols, ui.Col{Label: t.T("structure.col.kind")})
	}
	p.Table.Cols = append(p.Table.Cols, ui.Col{Label: t.T("structure.col.parent")}, ui.Col{Label: t.T("structure.col.region")})
	counts := map[id.ID]privacy.Cell{}
	if exact {
		each, err := a.members.Each(r.Context(), q, all, r.AsOf)
		if err != nil {
			return err
		}
		for o, n := range each {
			counts[o] = privacy.Cell{N: n.Total}
		}
		p.Table.Cols = append(p.Table.Cols, ui.Col{Label: t.T("structure.col.members"), Num: true})
	}
	for _, v := range found {
		name := ui.Cell{Text: v.Names.In(t.Lang), Href: r.Path(orgPath(v.Org)), Tag: statusTag(t, v.Status)}
		row := []ui.Cell{name}
		if kinds {
			row = append(row, ui.Cell{Text: kindName(t, v.Kind)})
		}
		parent, region := around[v.Parent].Names.In(t.Lang), a.regionName(t, v.Territory, r.AsOf)
		row = append(row, ui.Cell{Text: parent}, ui.Cell{Text: region, Usual: strings.Contains(parent, region)})
		if exact && v.Belongs() {
			row = append(row, ui.Cell{Text: number(t, counts[v.Org])})
		}
		p.Table.Rows = append(p.Table.Rows, row)
	}
	return nil
}

// statusTag marks what is not simply active.
func statusTag(t *text.Printer, s org.Status) *ui.Tag {
	tones := map[org.Status]ui.Tone{org.Suspended: ui.Warn, org.Dissolved: ui.Bad, org.Outside: ui.Info}
	tone, ok := tones[s]
	if !ok {
		return nil
	}
	return &ui.Tag{Label: t.T("org.status." + string(s)), Tone: tone}
}

func (a *Area) regionName(t *text.Printer, code string, day cal.Day) string {
	if g, ok := a.profile.Region(code, day); ok {
		return g.Name.In(t.Lang)
	}
	return code
}

func sortedKeys[T any](m map[id.ID]T) []id.ID { return slices.Sorted(maps.Keys(m)) }
