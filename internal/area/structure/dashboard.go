package structure

import (
	"cmp"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/figure"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/ui"
)

type dashboard struct {
	Title, Lead                   string
	Tools                         templ.Component
	Stats                         ui.Stats
	RegionsTitle, RegionsSide     string
	Tabs                          ui.Tabs
	Map                           templ.Component
	Ranks                         ui.RankTable
	AttentionTitle, AttentionSide string
	AttentionNone, MoreLabel      string
	Attention, More               ui.TaskList
	FiguresTitle, FiguresNote     string
	Figures, Earlier              ui.Table
	EarlierTitle                  string
}

// The two numbers the map can show.
const (
	metricMembers   = "members"
	metricPrimaries = "primaries"
)

func (a *Area) dashboardPage(r *site.Request) error {
	var o Overview
	var shapes []boundary
	err := a.view(r, func(q db.Querier) error {
		top, err := org.Top(r.Context(), q, r.AsOf)
		if err != nil {
			return err
		}
		if o, err = a.Overview(r.Context(), q, r.AsOf, r.Can(Count, top.Org)); err != nil {
			return err
		}
		shapes, err = boundaries(r.Context(), q)
		return err
	})
	page := site.Page{Title: r.T.T("structure.dashboard.title"), Section: "structure.nav.dashboard", Dated: true}
	if fault.Is(err, fault.NotFound) {
		return r.Show(page, ui.Empty{Title: r.T.T("structure.dashboard.empty"), Text: r.T.T("structure.dashboard.empty-text", "Day", r.AsOf)})
	}
	if err != nil {
		return err
	}
	if format := r.URL.Query().Get("format"); format != "" {
		return a.exportOverview(r, o, format)
	}
	t := r.T
	d := dashboard{
		Title: page.Title, Lead: sentence(t, o), Tools: tools(r, exports(r)), Stats: a.stats(r, o),
		RegionsTitle: t.T("structure.dashboard.regions"), RegionsSide: t.N("structure.dashboard.regions-side", int64(len(o.Regions)), "Day", r.AsOf),
		AttentionTitle: t.T("structure.dashboard.attention"), AttentionNone: t.T("structure.dashboard.attention-none"),
		FiguresTitle: t.T("structure.figures.title"), FiguresNote: t.T("structure.figures.note"),
	}
	latest, earlier := sinceWhen(o.Figures)
	d.Figures, d.Earlier = figureTable(t, latest, o.Figures), figureTable(t, earlier, o.Figures)
	d.EarlierTitle = t.N("structure.figures.earlier", int64(len(earlier)))
	metric := metricMembers
	if r.URL.Query().Get("metric") == metricPrimaries {
		metric = metricPrimaries
	}
	d.Tabs = ui.Tabs{Label: t.T("structure.dashboard.metric")}
	for _, m := range []string{metricMembers, metricPrimaries} {
		d.Tabs.Items = append(d.Tabs.Items, ui.NavItem{Label: t.T("structure.metric." + m), Href: r.With("metric", m), Current: m == metric})
	}
	d.Map, d.Ranks = a.regions(r, o, metric, shapes)
	tasks := attentionTasks(r, o)
	if d.AttentionSide = ""; len(tasks) > 0 {
		d.AttentionSide = t.N("structure.dashboard.attention-count", int64(len(tasks)))
	}
	const shown = 6
	d.Attention.Items = tasks[:min(shown, len(tasks))]
	d.More.Items = tasks[len(d.Attention.Items):]
	d.MoreLabel = t.N("structure.dashboard.more", int64(len(d.More.Items)))
	return r.Show(page, dashboardBody(d))
}

// sentence says what is the case.
func sentence(t *text.Printer, o Overview) string {
	last := len(o.Days) - 1
	unions, primaries := at(o.Kinds[memberKind], last), at(o.Kinds[org.Primary], last)
	parts := []string{t.T("structure.dashboard.sentence", "Members", people(t, o.Total),
		"Primaries", t.N("structure.count.primaries", primaries), "Unions", t.N("structure.count.unions", unions))}
	if !o.Total.Hidden && !o.Before.Hidden && o.Before.N > 0 {
		switch change := o.Total.N - o.Before.N; {
		case change > 0:
			parts = append(parts, t.T("structure.dashboard.grew", "People", t.N("structure.count.members", change)))
		case change < 0:
			parts = append(parts, t.T("structure.dashboard.shrank", "People", t.N("structure.count.members", -change)))
		default:
			parts = append(parts, t.T("structure.dashboard.same"))
		}
	}
	return strings.Join(parts, " ")
}

// people writes a number of members in words.
func people(t *text.Printer, c privacy.Cell) string {
	if c.Hidden {
		return t.T("structure.few")
	}
	return t.N("structure.count.members", c.N)
}

func at(counts []int64, i int) int64 {
	if i < len(counts) {
		return counts[i]
	}
	return 0
}

func (a *Area) stats(r *site.Request, o Overview) ui.Stats {
	t := r.T
	members := ui.Stat{Label: t.T("structure.stat.members"), Value: number(t, o.Total), Unit: t.T("structure.unit.people")}
	members.Delta, members.Tone = difference(t, o.Total, o.Before)
	for _, c := range o.Members {
		if !c.Hidden {
			members.Line.Points = append(members.Line.Points, float64(c.N))
		}
	}
	stats := ui.Stats{Items: []ui.Stat{members}}
	for _, k := range []org.Kind{org.Primary, memberKind} {
		counts := o.Kinds[k]
		s := ui.Stat{Label: t.T("structure.stat." + string(k)), Href: r.Path("/orgs?kind=" + string(k)), Value: t.Number(at(counts, len(o.Days)-1)), Unit: t.T("structure.unit.organisations")}
		s.Delta, s.Tone = difference(t, privacy.Cell{N: at(counts, len(o.Days)-1)}, privacy.Cell{N: at(counts, 0)})
		for _, n := range counts {
			s.Line.Points = append(s.Line.Points, float64(n))
		}
		stats.Items = append(stats.Items, s)
	}
	for _, f := range o.Figures {
		if f.Measure == figure.Coverage || f.Measure == density {
			stats.Items = append(stats.Items, ui.Stat{Label: t.T("structure.measure." + f.Measure), Value: t.Decimal(float64(f.Value)/10, 1), Unit: "%",
				Since: t.T("structure.stat.source", "Source", source(t, f), "Day", f.Day)})
			break
		}
	}
	for i := range stats.Items {
		if s := &stats.Items[i]; len(s.Line.Points) > 0 {
			s.Since, s.From, s.To = t.T("structure.since-year"), axis(t, o.Days[0]), axis(t, o.Days[len(o.Days)-1])
		}
	}
	return stats
}

// density is the share of wage earners who are members, in tenths of a percent,
// where somebody published it.
const density = "density"

// regions draws the map and the ranked table beside it from the same numbers.
func (a *Area) regions(r *site.Request, o Overview, metric string, shapes []boundary) (templ.Component, ui.RankTable) {
	t := r.T
	rows := make([]pair, len(o.Regions))
	var most int64
	for i, g := range o.Regions {
		p := pair{t: t, name: g.Territory.Label.In(t.Lang), href: r.Path("/regions/" + g.Territory.Code), now: g.Members, before: g.MembersBefore,
			averageName: t.T("structure.rank.average")}
		if metric == metricPrimaries {
			p.now, p.before = privacy.Cell{N: g.Primaries}, privacy.Cell{N: g.PrimariesYearsBack}
		}
		most = max(most, p.now.N)
		rows[i] = p
	}
	width := stepWidth(most)
	for i := range rows {
		if !rows[i].now.Hidden {
			rows[i].step = int(min(rows[i].now.N/width, 5)) + 1
		}
	}
	title := t.T("structure.map.title", "Metric", text.Key("structure.metric."+metric))
	drawn := a.draw(r, o, rows, width, title, shapes)
	table := ui.RankTable{Caption: title, NameLabel: t.T("structure.rank.region"), ValueLabel: t.T("structure.rank." + metric), PlotLabel: t.T("structure.rank.change"),
		WasLabel: yearOf(yearBefore(r.AsOf)), IsLabel: yearOf(r.AsOf), DeltaLabel: "±", Note: t.T("structure.rank.note")}
	return drawn, ranked(table, rows, true)
}

func yearOf(d cal.Day) string { return d.String()[:4] }

// stepWidth divides 0 … most into six steps of a round width.
func stepWidth(most int64) int64 {
	need := most/6 + 1
	for unit := int64(1); ; unit *= 10 {
		for _, m := range []int64{1, 2, 5} {
			if unit*m >= need {
				return unit * m
			}
		}
	}
}

func (a *Area) draw(r *site.Request, o Overview, rows []pair, width int64, title string, shapes []boundary) templ.Component {
	t := r.T
	unit, suffix := int64(1), ""
	if width >= 2000 { // five digits do not fit a tile
		unit, suffix = 1000, " "+t.T("structure.map.thousand")
	}
	legend := []ui.LegendStep{{Step: 1, Label: "< " + t.Number(width/unit)}}
	for i := int64(1); i < 6; i++ {
		legend = append(legend, ui.LegendStep{Step: int(i) + 1, Label: "≥ " + t.Number(width*i/unit)})
	}
	most, least := extremes(rows)
	desc := t.T("structure.map.desc", "Most", most, "Least", least)
	label := title + suffix
	value := func(p pair) string {
		if p.now.Hidden {
			return "…"
		}
		return t.Number((p.now.N + unit/2) / unit)
	}
	if len(shapes) == 0 {
		m := ui.TileMap{ID: "map", Title: title + suffix, Desc: desc, Legend: legend, LegendLabel: label}
		for i, g := range o.Regions {
			if g.Territory.Tile.Col < 0 {
				continue // it existed on that day and has no place on today's map
			}
			m.Tiles = append(m.Tiles, ui.Tile{Col: g.Territory.Tile.Col, Row: g.Territory.Tile.Row, Code: g.Territory.Short,
				Label: rows[i].name, Value: value(rows[i]), Step: rows[i].step, Href: rows[i].href})
		}
		return m
	}
	m := ui.BoundaryMap{ID: "map", Title: title + suffix, Desc: desc, Legend: legend, LegendLabel: label, ViewBox: shapes[0].ViewBox, Credit: shapes[0].Credit}
	byRegion := map[string]pair{}
	for i, g := range o.Regions {
		byRegion[g.Territory.Code] = rows[i]
	}
	for _, s := range shapes {
		p := byRegion[s.Region]
		if p.name != "" {
			m.Regions = append(m.Regions, ui.Region{Path: s.Path, X: float64(s.X), Y: float64(s.Y), Label: p.name, Value: value(p), Step: p.step, Href: p.href})
		}
	}
	return m
}

func extremes(rows []pair) (most, least string) {
	sorted := append([]pair(nil), rows...)
	sortPairs(sorted)
	for i, p := range sorted {
		words := p.name + " (" + number(p.t, p.now) + ")"
		if i == 0 {
			most = words
		}
		if !p.now.Hidden {
			least = words
		}
	}
	return most, least
}

// attentionTasks lists what somebody should look at, the overdue first.
func attentionTasks(r *site.Request, o Overview) []ui.Task {
	t := r.T
	var late, due, rest []ui.Task
	name := func(v id.ID) string { return o.Names[v].Names.In(t.Lang) }
	for _, v := range sortedKeys(o.Proofs) {
		p := o.Proofs[v]
		task := ui.Task{Label: name(v), Href: r.Path(orgPath(v)), Hint: proofLine(t, p, r.AsOf)}
		switch {
		case p.Late(r.AsOf):
			task.Tag = ui.Tag{Label: t.T("structure.tag.overdue"), Tone: ui.Bad}
			late = append(late, task)
		default:
			task.Tag = ui.Tag{Label: t.N("structure.tag.days", int64(p.Due-r.AsOf)), Tone: ui.Warn}
			due = append(due, task)
		}
	}
	for _, v := range o.Suspended {
		rest = append(rest, ui.Task{Label: name(v), Href: r.Path(orgPath(v)), Hint: t.T("structure.attention.suspended"), Tag: ui.Tag{Label: t.T("structure.tag.suspended"), Tone: ui.Warn}})
	}
	for _, v := range o.Chairless {
		rest = append(rest, ui.Task{Label: name(v), Href: r.Path(orgPath(v)), Hint: t.T("structure.attention.chairless"), Tag: ui.Tag{Label: t.T("structure.tag.vacant"), Tone: ui.Info}})
	}
	return append(append(late, due...), rest...)
}

// proofLine says how far a threshold is met: "proved in 9 of the 11 needed
// regions, due by 1 March 2027".
func proofLine(t *text.Printer, p Proof, day cal.Day) string {
	key := "structure.proof." + p.Threshold.Measure
	if p.Met() {
		return t.N(key+".met", int64(p.Proved), "Needed", p.Needed)
	}
	line := t.N(key, int64(p.Needed), "Proved", p.Proved)
	switch {
	case p.Late(day) && p.Due < p.Threshold.Basis.Redaction: // a day before the law in force says nothing
		line += ", " + t.T("structure.proof.overdue")
	case p.Due.Bounded():
		line += ", " + t.T("structure.proof.due", "Day", p.Due)
	}
	return line
}

// sinceWhen parts published figures into the latest of each thing, with those of
// about the same time that say otherwise, and the earlier ones.
func sinceWhen(all []figure.Figure) (latest, earlier []figure.Figure) {
	newest := map[string]figure.Figure{}
	for _, f := range all {
		if g, ok := newest[f.Measure]; !ok || f.Day > g.Day {
			newest[f.Measure] = f
		}
	}
	for _, f := range all {
		if g := newest[f.Measure]; f.Day == g.Day || disagrees(f, []figure.Figure{g}) {
			latest = append(latest, f)
		} else {
			earlier = append(earlier, f)
		}
	}
	return latest, earlier
}

// figureTable shows published figures, those of one thing side by side, and says
// where they disagree with others of all.
func figureTable(t *text.Printer, shown, all []figure.Figure) ui.Table {
	var order []string // of the things, as the latest figures come
	for _, f := range all {
		if !slices.Contains(order, f.Measure) {
			order = append(order, f.Measure)
		}
	}
	grouped := slices.Clone(shown)
	slices.SortStableFunc(grouped, func(x, y figure.Figure) int {
		return cmp.Compare(slices.Index(order, x.Measure), slices.Index(order, y.Measure))
	})
	table := ui.Table{Caption: t.T("structure.figures.title"), Brief: true, Cols: []ui.Col{{Label: t.T("structure.figures.what")}, {Label: t.T("structure.figures.value"), Num: true},
		{Label: t.T("structure.figures.day")}, {Label: t.T("structure.figures.source")}}}
	for _, f := range grouped {
		value := t.Number(f.Value)
		if f.Measure == figure.Coverage || f.Measure == density {
			value = t.Percent(float64(f.Value)/1000, 1)
		}
		what := ui.Cell{Text: t.T("structure.measure." + f.Measure), Note: f.Population.In(t.Lang)}
		if strings.EqualFold(what.Text, what.Note) {
			what.Note = ""
		}
		if disagrees(f, all) {
			what.Tag = &ui.Tag{Label: t.T("structure.figures.disagree"), Tone: ui.Warn}
		}
		table.Rows = append(table.Rows, []ui.Cell{what, {Text: value}, {Body: ui.Text(t.ShortDay(f.Day))}, sourceCell(t, f)})
	}
	return table
}

// disagrees reports whether another source of about the same time says another number.
func disagrees(f figure.Figure, all []figure.Figure) bool {
	for _, g := range all {
		if g.Measure == f.Measure && g.Value != f.Value && max(g.Day-f.Day, f.Day-g.Day) < 366 {
			return true
		}
	}
	return false
}

// source names who published a figure; where no name was recorded, what sort of
// source it is.
func source(t *text.Printer, f figure.Figure) string {
	return cmp.Or(f.Source, t.T("structure.status."+f.Status))
}

// sourceCell is the source and what it says beside the number.
func sourceCell(t *text.Printer, f figure.Figure) ui.Cell {
	name := capital(source(t, f))
	if f.Source != "" {
		name = f.Source + ", " + t.T("structure.status."+f.Status)
	}
	return ui.Cell{Body: ui.Text(name), Note: f.Note.In(t.Lang)}
}
