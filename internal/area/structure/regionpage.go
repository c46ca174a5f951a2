package structure

import (
	"github.com/a-h/templ"

	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/figure"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/site"
	"odaq/internal/platform/db"
	"odaq/internal/platform/ui"
)

type regionPage struct {
	Eyebrow, Title, Lead string
	Tools                templ.Component
	Counts               ui.Counts
	UnionsTitle          string
	Unions               ui.Table
	PlacesTitle          string
	Places               ui.Table
	FiguresTitle         string
	Figures              ui.Table
	HistoryTitle         string
	History              ui.History
}

// regionPage shows where the two lines cross: the unions in a region, and its
// districts.
func (a *Area) regionPage(r *site.Request) error {
	t := r.T
	region, ok := a.profile.Region(r.PathValue("iso"), r.AsOf)
	if !ok {
		return fault.Absent()
	}
	p := regionPage{Eyebrow: t.T("structure.region.eyebrow"), Title: capital(region.Name.In(t.Lang)),
		UnionsTitle: t.T("structure.region.unions"), PlacesTitle: t.T("structure.region.places"),
		FiguresTitle: t.T("structure.figures.title"), HistoryTitle: t.T("structure.region.history")}
	var members privacy.Cell
	var primaries int64
	var table [][]any
	err := a.view(r, func(q db.Querier) error {
		top, err := org.Top(r.Context(), q, r.AsOf)
		if err != nil {
			return err
		}
		c, err := a.census(r.Context(), q, r.AsOf, r.Can(Count, top.Org))
		if err != nil {
			return err
		}
		members, primaries = c.territory(region.Code)
		unions, err := org.Many(r.Context(), q, c.unions, r.AsOf)
		if err != nil {
			return err
		}
		p.Unions = ui.Table{Caption: p.UnionsTitle, Plain: true, Brief: true, Cols: []ui.Col{{Label: t.T("structure.col.union")}, {Label: t.T("structure.stat.primary"), Num: true}, {Label: t.T("structure.col.members"), Num: true}}}
		for _, u := range c.unions {
			n, orgs := c.at(u, region.Code)
			if orgs == 0 && n.N == 0 && !n.Hidden {
				continue
			}
			name := ui.Cell{Text: unions[u].Names.In(t.Lang), Href: r.Path(orgPath(u))}
			if u == 0 {
				name = ui.Cell{Text: t.T("structure.region.direct")}
			}
			p.Unions.Rows = append(p.Unions.Rows, []ui.Cell{name, {Text: t.Number(orgs)}, {Text: number(t, n)}})
			table = append(table, []any{name.Text, orgs, exported(n)})
		}
		if err := a.regionPlaces(r, q, &p, region.Code); err != nil {
			return err
		}
		figures, err := figure.List(r.Context(), q, figure.Find{Territory: region.Code, Until: r.AsOf})
		p.Figures = figureTable(t, figures, figures)
		return err
	})
	if err != nil {
		return err
	}
	if format := r.URL.Query().Get("format"); format != "" {
		return a.exportRegion(r, region.Code, table, format)
	}
	for _, e := range a.profile.History(region.Code) {
		if e.Day <= r.AsOf {
			p.History.Items = append(p.History.Items, ui.HistoryItem{When: t.ShortDay(e.Day), Datetime: e.Day.String(), Title: t.T("structure.region.event."+e.Event, "From", a.regionName(t, e.From, e.Day), "Name", e.OldName)})
		}
	}
	p.Lead = t.T("structure.region.sentence", "Members", people(t, members), "Primaries", t.N("structure.count.primaries", primaries), "Unions", t.N("structure.count.unions", int64(len(p.Unions.Rows))))
	p.Counts.Items = []ui.Amount{{Value: number(t, members), Label: t.T("structure.stat.members")}, {Value: t.Number(primaries), Label: t.T("structure.stat.primary"), Href: r.Path("/orgs?kind=primary&region=" + region.Code)},
		{Value: t.Number(int64(len(p.Unions.Rows))), Label: t.T("structure.stat.union")}}
	p.Tools = tools(r, exports(r))
	return r.Show(site.Page{Title: p.Title, Section: "structure.nav.dashboard", Dated: true, Crumbs: []site.Crumb{{Label: t.T("structure.nav.dashboard"), Path: r.Path("/")}, {Label: p.Title}}}, regionBody(p))
}

// regionPlaces counts the primary organisations of each district.
func (a *Area) regionPlaces(r *site.Request, q db.Querier, p *regionPage, region string) error {
	t := r.T
	counts, err := placesIn(r.Context(), q, region, org.Primary, r.AsOf)
	if err != nil {
		return err
	}
	all, err := territories(r.Context(), q, region)
	if err != nil {
		return err
	}
	byName := map[string]int64{}
	for place, n := range counts {
		name := t.T("structure.region.no-place")
		if place != "" {
			if d, ok := all[district(all, place)]; ok {
				name = d.Names.In(t.Lang)
			} else {
				name = place
			}
		}
		byName[name] += n
	}
	var rows []pair
	for name, n := range byName {
		rows = append(rows, pair{name: name, now: privacy.Cell{N: n}})
	}
	sortByName(t, rows)
	sortPairs(rows)
	p.Places = ui.Table{Caption: p.PlacesTitle, Plain: true, Dense: true, Cols: []ui.Col{{Label: t.T("structure.field.place")}, {Label: t.T("structure.stat.primary"), Num: true}},
		Empty: &ui.Empty{Title: t.T("structure.register.none"), Text: t.T("structure.region.no-places")}}
	for _, row := range rows {
		p.Places.Rows = append(p.Places.Rows, []ui.Cell{{Text: capital(row.name)}, {Text: t.Number(row.now.N)}})
	}
	return nil
}
