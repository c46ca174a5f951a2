package structure

import (
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

type comparePage struct {
	Eyebrow, Title string
	Lead           []string
	Tools          templ.Component
	Filter         ui.Filter
	Counts         ui.Compare
	Lists          []changeList
}

type changeList struct {
	ID, Title, Side string
	Table           ui.Table
}

const listedChanges = 50 // of each sort; all are in the export

// comparePage sets two days side by side; without days in the address it is
// today and the year before.
func (a *Area) comparePage(r *site.Request) error {
	t, v := r.T, r.URL.Query()
	f := fault.Check()
	from, ok := parseDay(v, "a", yearBefore(r.AsOf))
	if !ok {
		f.In("a", "fault.date")
	}
	to, ok := parseDay(v, "b", r.AsOf)
	if !ok {
		f.In("b", "fault.date")
	}
	if to > r.Today {
		to = r.Today
	}
	var o id.ID
	if err := o.UnmarshalText([]byte(v.Get("org"))); err != nil {
		f.In("org", "fault.choice")
	}
	if err := f.OrNil(); err != nil {
		return err
	}
	var c Comparison
	names := map[id.ID]org.Version{}
	err := a.view(r, func(q db.Querier) error {
		where := o
		if where == 0 {
			top, err := org.Top(r.Context(), q, max(from, to))
			if err != nil {
				return err
			}
			where = top.Org
		}
		var err error
		if c, err = a.Compare(r.Context(), q, where, from, to, r.Can(Count, where)); err != nil {
			return err
		}
		names, err = changeNames(r, q, c, v.Get("format") != "")
		return err
	})
	if err != nil {
		return err
	}
	if format := v.Get("format"); format != "" {
		return a.exportComparison(r, c, names, format)
	}
	title := t.T("structure.compare.title", "A", t.ShortDay(c.From), "B", t.ShortDay(c.To))
	p := comparePage{Eyebrow: c.Org.Names.In(t.Lang), Title: title, Lead: comparisonSentences(t, c), Tools: downloads(r, exports(r))}
	p.Filter = ui.Filter{Label: t.T("structure.compare.days"), Action: "/compare", Submit: t.T("structure.show"),
		Fields: []ui.FilterField{{Name: "a", Label: t.T("structure.compare.from"), Type: "date", Value: c.From.String(), Half: true}, {Name: "b", Label: t.T("structure.compare.to"), Type: "date", Value: c.To.String(), Half: true}}}
	if o != 0 {
		p.Filter.Hidden = ui.Hiddens{{Name: "org", Value: o.String()}}
	}
	p.Counts = countsTable(t, c)
	for _, fate := range fates {
		if l, ok := a.changeList(r, c, names, fate); ok {
			p.Lists = append(p.Lists, l)
		}
	}
	return r.Show(site.Page{Title: title, Section: "structure.nav.compare"}, compareBody(p))
}

// changeNames reads who changed: on the later day, or on the earlier where it is
// gone; as many as are listed.
func changeNames(r *site.Request, q db.Querier, c Comparison, all bool) (map[id.ID]org.Version, error) {
	wanted := map[cal.Day][]id.ID{}
	listed := map[string]int{}
	for _, v := range c.Changes {
		if listed[v.what]++; listed[v.what] > listedChanges && !all {
			continue
		}
		day := c.To
		if v.what == dissolved {
			day = c.From
		}
		wanted[day] = append(wanted[day], v.org)
	}
	out := map[id.ID]org.Version{}
	for day, ids := range wanted {
		some, err := org.Many(r.Context(), q, ids, day)
		if err != nil {
			return nil, err
		}
		var parents []id.ID
		for k, v := range some {
			out[k] = v
			if v.Parent != 0 {
				parents = append(parents, v.Parent)
			}
		}
		above, err := org.Many(r.Context(), q, parents, day)
		if err != nil {
			return nil, err
		}
		for k, v := range above {
			if _, ok := out[k]; !ok {
				out[k] = v
			}
		}
	}
	return out, nil
}

// comparisonSentences say what the table shows: "18 → 23 member organisations",
// "+500 primary organisations covering 40,000 members".
func comparisonSentences(t *text.Printer, c Comparison) []string {
	var out []string
	if m := c.kind(memberKind); m.From+m.To > 0 {
		out = append(out, t.T("structure.compare.unions", "From", m.From, "To", t.N("structure.count.unions", m.To)))
	}
	if c.NewPrimaries > 0 {
		out = append(out, t.T("structure.compare.founded", "Primaries", t.N("structure.count.new-primaries", c.NewPrimaries), "Members", people(t, c.NewMembers)))
	}
	out = append(out, t.T("structure.compare.members", "From", number(t, c.Members[0]), "To", people(t, c.Members[1])))
	return out
}

func countsTable(t *text.Printer, c Comparison) ui.Compare {
	table := ui.Compare{Caption: t.T("structure.compare.counts"), Numbers: true, NameLabel: t.T("structure.compare.what"), OldLabel: t.ShortDay(c.From), NewLabel: t.ShortDay(c.To), DiffLabel: t.T("structure.rank.change")}
	add := func(name string, from, to privacy.Cell) {
		delta, tone := difference(t, to, from)
		table.Rows = append(table.Rows, ui.CompareRow{Name: name, Old: number(t, from), New: number(t, to), Difference: delta, Tone: tone})
	}
	add(t.T("structure.stat.members"), c.Members[0], c.Members[1])
	for _, k := range c.Kinds {
		add(t.T("structure.stat."+string(k.Kind)), privacy.Cell{N: k.From}, privacy.Cell{N: k.To})
	}
	return table
}

func (a *Area) changeList(r *site.Request, c Comparison, names map[id.ID]org.Version, fate string) (changeList, bool) {
	t := r.T
	l := changeList{ID: fate, Title: t.T("structure.fate." + fate), Table: ui.Table{Caption: t.T("structure.fate." + fate), Plain: true, Brief: true,
		Cols: []ui.Col{{Label: t.T("structure.col.name")}, {Label: t.T("structure.col.kind")}, {Label: t.T("structure.col.parent")}, {Label: t.T("structure.col.region")}}}}
	var n int64
	for _, ch := range c.Changes {
		if ch.what != fate {
			continue
		}
		if n++; n > listedChanges {
			continue
		}
		v := names[ch.org]
		path := orgPath(ch.org) + "?day=" + c.To.String()
		if c.To == r.Today {
			path = orgPath(ch.org)
		}
		l.Table.Rows = append(l.Table.Rows, []ui.Cell{{Text: v.Names.In(t.Lang), Href: path}, {Text: kindName(t, v.Kind)},
			{Text: names[v.Parent].Names.In(t.Lang)}, {Text: a.regionName(t, v.Territory, c.To)}})
	}
	l.Side = t.N("structure.count.organisations", n)
	if n > listedChanges {
		l.Side = strings.Join([]string{l.Side, t.T("structure.compare.first", "N", listedChanges)}, " · ")
	}
	return l, n > 0
}
