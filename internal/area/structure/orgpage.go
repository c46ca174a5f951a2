package structure

import (
	"cmp"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/ui"
)

type orgPage struct {
	Kind, Title, Lead string
	Tools             templ.Component
	Tags              []ui.Tag
	Stats             ui.Stats
	Proof             *proofView
	ChildrenTitle     string
	ChildrenAll       ui.Link
	Children          ui.RankTable
	OfficersTitle     string
	OfficersEdit      ui.Link
	Officers          ui.Table
	EventsTitle       string
	Events            ui.History
	FactsTitle        string
	Facts             ui.SummaryList
	ActionsTitle      string
	Actions           []ui.Link
}

// rankedChildren are shown on the page of an organisation: the largest.
const rankedChildren = 30

func (a *Area) orgPage(r *site.Request) error {
	o, err := r.ID("id")
	if err != nil {
		return err
	}
	var p orgPage
	var way []org.Version
	err = a.view(r, func(q db.Querier) error {
		v, err := org.Get(r.Context(), q, o, r.AsOf)
		if err != nil {
			return err
		}
		if way, err = org.Path(r.Context(), q, o, r.AsOf); err != nil {
			return err
		}
		if len(way) == 0 { // dissolved: it lies nowhere
			way = []org.Version{v}
		}
		return a.fillOrg(r, q, &p, way)
	})
	if err != nil {
		return err
	}
	return r.Show(site.Page{Title: p.Title, Section: "structure.nav.orgs", Dated: true, Crumbs: crumbs(r, way)}, orgBody(p))
}

func (a *Area) fillOrg(r *site.Request, q db.Querier, p *orgPage, path []org.Version) error {
	ctx, t, v := r.Context(), r.T, path[len(path)-1]
	exact := r.Can(Count, v.Org)
	p.Kind, p.Title = kindName(t, v.Kind), v.Names.In(t.Lang)
	if tag := statusTag(t, v.Status); tag != nil {
		p.Tags = append(p.Tags, *tag)
	}
	children, err := childrenOf(ctx, q, v.Org, r.AsOf)
	if err != nil {
		return err
	}
	now, before, err := a.twoYears(r, q, path, children, exact)
	if err != nil {
		return err
	}
	counts, err := kindSeries(ctx, q, v.Org, course(r.AsOf))
	if err != nil {
		return err
	}
	p.Lead = orgSentence(t, v, now.whole, before.whole, counts)
	if err := a.orgStats(r, q, p, v, now.whole, before.whole, counts, exact); err != nil {
		return err
	}
	if err := a.orgChildren(r, q, p, v, children, now, before); err != nil {
		return err
	}
	if err := a.orgProof(r, q, p, v, exact); err != nil {
		return err
	}
	if err := a.orgOfficers(r, q, p, v); err != nil {
		return err
	}
	events, err := org.Events(ctx, q, v.Org)
	if err != nil {
		return err
	}
	p.EventsTitle = t.T("structure.org.events")
	if p.Events, err = a.history(r, q, events); err != nil {
		return err
	}
	if err := a.orgFacts(r, q, p, v, path, events); err != nil {
		return err
	}
	a.orgActions(r, p, v)
	return nil
}

// headcounts is an organisation's published number of members and those of the
// organisations directly beneath it.
type headcounts struct {
	whole privacy.Cell
	parts map[id.ID]privacy.Cell
}

func (a *Area) twoYears(r *site.Request, q db.Querier, path []org.Version, children []id.ID, exact bool) (now, before headcounts, err error) {
	if now.whole, now.parts, err = a.published(r.Context(), q, path, children, r.AsOf, exact); err != nil {
		return now, before, err
	}
	then := yearBefore(r.AsOf)
	past, err := org.Path(r.Context(), q, path[len(path)-1].Org, then)
	if err != nil || len(past) == 0 {
		return now, before, err
	}
	before.whole, before.parts, err = a.published(r.Context(), q, past, children, then, exact)
	return now, before, err
}

func orgSentence(t *text.Printer, v org.Version, now, before privacy.Cell, counts map[org.Kind][]int64) string {
	if !v.Alive() {
		return t.T("structure.org.sentence-dissolved", "Day", v.From)
	}
	key := "structure.org.sentence"
	args := []any{"Members", people(t, now)}
	if v.Kind != org.Primary {
		key = "structure.org.sentence-with"
		args = append(args, "Primaries", t.N("structure.count.primaries", at(counts[org.Primary], 12)))
	}
	s := t.T(key, args...)
	if delta, _ := difference(t, now, before); delta != "" && delta != "0" && before.N > 0 {
		s += " " + t.T("structure.org.change", "Delta", delta)
	}
	return s
}

func (a *Area) orgStats(r *site.Request, q db.Querier, p *orgPage, v org.Version, now, before privacy.Cell, counts map[org.Kind][]int64, exact bool) error {
	if !v.Alive() {
		return nil
	}
	t, days := r.T, course(r.AsOf)
	members := ui.Stat{Label: t.T("structure.stat.members"), Value: number(t, now), Since: t.T("structure.since-year"), From: axis(t, days[0]), To: axis(t, days[12])}
	members.Delta, members.Tone = difference(t, now, before)
	if !now.Hidden {
		points, err := a.members.Series(r.Context(), q, v.Org, days)
		if err != nil {
			return err
		}
		for _, c := range a.publishedSeries(points, exact) {
			if !c.Hidden {
				members.Line.Points = append(members.Line.Points, float64(c.N))
			}
		}
	}
	p.Stats.Items = []ui.Stat{members}
	for _, k := range org.Kinds {
		n := counts[k]
		if at(n, 12)+at(n, 0) == 0 {
			continue
		}
		s := ui.Stat{Label: t.T("structure.stat." + string(k)), Href: r.Path("/orgs?under=" + v.Org.String() + "&kind=" + string(k)), Value: t.Number(at(n, 12)),
			Since: t.T("structure.since-year"), From: axis(t, days[0]), To: axis(t, days[12])}
		s.Delta, s.Tone = difference(t, privacy.Cell{N: at(n, 12)}, privacy.Cell{N: at(n, 0)})
		for _, x := range n {
			s.Line.Points = append(s.Line.Points, float64(x))
		}
		p.Stats.Items = append(p.Stats.Items, s)
	}
	return nil
}

func (a *Area) orgChildren(r *site.Request, q db.Querier, p *orgPage, v org.Version, children []id.ID, now, before headcounts) error {
	t := r.T
	largest := slices.Clone(children)
	slices.SortStableFunc(largest, func(x, y id.ID) int { return bySize(now.parts[x], now.parts[y]) })
	if empty := slices.IndexFunc(largest, func(c id.ID) bool { return now.parts[c] == privacy.Cell{} && before.parts[c] == privacy.Cell{} }); empty > 0 {
		largest = largest[:empty] // those without members are in the list of all
	}
	largest = largest[:min(len(largest), rankedChildren)]
	names, err := org.Many(r.Context(), q, largest, r.AsOf)
	if err != nil {
		return err
	}
	rows := make([]pair, len(largest))
	for i, c := range largest {
		rows[i] = pair{t: t, name: names[c].Names.In(t.Lang), href: r.Path(orgPath(c)), now: now.parts[c], before: before.parts[c]}
	}
	p.ChildrenTitle = t.T("structure.org.children")
	p.ChildrenAll = ui.Link{Label: t.N("structure.org.children-all", int64(len(children))), Href: r.Path("/orgs?parent=" + v.Org.String())}
	p.Children = ranked(ui.RankTable{Caption: p.ChildrenTitle, NameLabel: t.T("structure.col.name"), ValueLabel: t.T("structure.rank.members"),
		PlotLabel: t.T("structure.rank.change"), WasLabel: yearOf(yearBefore(r.AsOf)), IsLabel: yearOf(r.AsOf), DeltaLabel: "±", Long: true}, rows, false)
	return nil
}

func (a *Area) orgProof(r *site.Request, q db.Querier, p *orgPage, v org.Version, exact bool) error {
	all, err := a.proofs(r.Context(), q, []org.Version{v}, r.AsOf)
	if err != nil {
		return err
	}
	proof, ok := all[v.Org]
	if !ok && exact {
		if proof, ok, err = a.peopleProof(r.Context(), q, v, r.AsOf); err != nil {
			return err
		}
	}
	if !ok {
		return nil
	}
	if !proof.Met() && proof.Threshold.Measure == "regions" {
		if err := a.nearest(r.Context(), q, v.Org, proof.Missing, r.AsOf); err != nil {
			return err
		}
	}
	p.Proof = a.proofView(r.T, proof, r.AsOf)
	return nil
}

// proofView is how far the law's threshold is met, what is missing, the nearest
// first, and which article asks it.
type proofView struct {
	Title, Text, Lacks, Nearest string
	RestTitle, Rest             string
	Basis                       string
	Tone                        ui.Tone
}

func (a *Area) proofView(t *text.Printer, proof Proof, day cal.Day) *proofView {
	measure := proof.Threshold.Measure
	v := proofView{Title: proof.Threshold.Name.In(t.Lang), Tone: ui.OK, Text: capital(proofLine(t, proof, day)) + ".", Basis: a.basis(t, proof.Threshold.Basis)}
	if proof.Met() {
		return &v
	}
	v.Tone = ui.Warn
	if proof.Late(day) {
		v.Tone = ui.Bad
	}
	v.Lacks = t.N("structure.proof.lacks."+measure, int64(proof.Needed-proof.Proved))
	var nearest, rest []string
	for _, g := range proof.Missing {
		if g.Had == cal.Never {
			rest = append(rest, g.Label.In(t.Lang))
		} else {
			nearest = append(nearest, t.T("structure.proof.had", "Region", g.Label, "Day", t.ShortDay(g.Had)))
		}
	}
	if len(nearest) > 0 {
		v.Nearest = t.T("structure.proof.nearest", "Regions", t.List(nearest))
	}
	if len(rest) > 0 {
		v.RestTitle, v.Rest = t.N("structure.proof.none-in."+measure, int64(len(rest))), t.List(rest)+"."
	}
	return &v
}

// basis cites the law behind a rule.
func (a *Area) basis(t *text.Printer, b profile.Basis) string {
	law, ok := a.profile.Law(b.Law)
	if !ok {
		return ""
	}
	s := t.T("structure.basis", "Law", law.Name, "Article", b.Article)
	if b.NeedsReview {
		s += " " + t.T("structure.needs-review")
	}
	return s
}

func capital(s string) string {
	for i, c := range s {
		return strings.ToUpper(string(c)) + s[i+len(string(c)):]
	}
	return s
}

func (a *Area) orgOfficers(r *site.Request, q db.Querier, p *orgPage, v org.Version) error {
	t := r.T
	all, err := posts(r.Context(), q, v.Org, !r.Can(Officers, v.Org))
	if err != nil {
		return err
	}
	p.OfficersTitle = t.T("structure.org.officers")
	if r.AsOf == r.Today && r.Can(Post, v.Org) {
		p.OfficersEdit = ui.Link{Label: t.T("structure.org.officers-edit"), Href: orgPath(v.Org) + "/posts"}
	}
	p.Officers = ui.Table{Caption: p.OfficersTitle, Plain: true, Cols: []ui.Col{{Label: t.T("structure.post.title")}, {Label: t.T("structure.post.holder")}, {Label: t.T("structure.post.term")}, {Label: t.T("structure.post.decision")}},
		Empty: &ui.Empty{Title: t.T("structure.post.none"), Text: t.T("structure.post.none-text")}}
	for _, one := range all {
		if r.AsOf < one.From || r.AsOf >= one.To {
			continue
		}
		row := []ui.Cell{{Text: one.Title.In(t.Lang), Note: t.T(electedKey(one.Elected))}, {Tag: &ui.Tag{Label: t.T("structure.tag.vacant"), Tone: ui.Warn}}, {}, {}}
		if h, ok := one.holder(r.AsOf); ok {
			row[1], row[2], row[3] = ui.Cell{Text: h.Holder}, ui.Cell{Text: span(t, h.From, h.To)}, ui.Cell{Text: h.Decision}
			if h.To-r.AsOf <= soon {
				row[2].Tag = &ui.Tag{Label: t.N("structure.tag.days", int64(h.To-r.AsOf)), Tone: ui.Warn}
			}
		} else if ended, ok := one.ended(r.AsOf); ok {
			row[2] = ui.Cell{Text: t.T("structure.post.ended", "Day", t.ShortDay(ended))}
		}
		p.Officers.Rows = append(p.Officers.Rows, row)
	}
	return nil
}

func electedKey(elected bool) string {
	if elected {
		return "structure.post.elected"
	}
	return "structure.post.appointed"
}

// span writes a time from a day to a day.
func span(t *text.Printer, from, to cal.Day) string {
	if to == cal.Forever {
		return t.T("structure.since", "Day", t.ShortDay(from))
	}
	return t.ShortDay(from) + " – " + t.ShortDay(to-1)
}

// history is the life of an organisation up to the day, the latest first.
func (a *Area) history(r *site.Request, q db.Querier, events []org.Event) (ui.History, error) {
	t := r.T
	var named []id.ID
	for _, e := range events {
		if e.Detail.Parent != nil {
			named = append(named, *e.Detail.Parent)
		}
		named = append(append(named, e.Detail.Into, e.Detail.From), e.Detail.Parts...)
	}
	names, err := org.Many(r.Context(), q, named, r.AsOf)
	if err != nil {
		return ui.History{}, err
	}
	var out ui.History
	for _, e := range slices.Backward(events) {
		if e.Day > r.AsOf {
			continue
		}
		d := e.Detail
		item := ui.HistoryItem{When: t.ShortDay(e.Day), Datetime: e.Day.String(), Title: t.T("org.event." + string(e.Kind)), By: t.T("structure.org.decision", "Decision", e.Decision)}
		add := func(field, value string) {
			if value != "" {
				item.Changes = append(item.Changes, ui.Change{Label: t.T("structure.field." + field), New: value})
			}
		}
		if d.Names != nil {
			add("names", d.Names.In(t.Lang))
		}
		if d.Parent != nil {
			add("parent", names[*d.Parent].Names.In(t.Lang))
		}
		add("into", names[d.Into].Names.In(t.Lang))
		add("from", names[d.From].Names.In(t.Lang))
		for _, part := range d.Parts {
			add("part", names[part].Names.In(t.Lang))
		}
		for _, f := range detailFields(d) {
			add(f.name, a.readable(r, f.name, f.value))
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

// fieldValue is a plain field of a detail.
type fieldValue struct{ name, value string }

func detailFields(d org.Detail) []fieldValue {
	var out []fieldValue
	for _, f := range []struct {
		name  string
		value *string
	}{{"territory", d.Territory}, {"place", d.Place}, {"activity", d.Activity}, {"bin", d.BIN}, {"registration", d.Registration}, {"address", d.Address}, {"employer", d.Employer}} {
		if f.value != nil {
			out = append(out, fieldValue{f.name, *f.value})
		}
	}
	return out
}

// readable puts a code into words.
func (a *Area) readable(r *site.Request, field, value string) string {
	switch field {
	case "territory":
		return a.regionName(r.T, value, r.AsOf)
	case "activity":
		if n, ok, err := a.activity(r.Context(), a.desk.DB.Read(), value); err == nil && ok {
			return value + " · " + n.In(r.T.Lang)
		}
	case "place":
		if p, err := territory(r.Context(), a.desk.DB.Read(), value); err == nil {
			return p.Names.In(r.T.Lang)
		}
	}
	return value
}

func (a *Area) orgFacts(r *site.Request, q db.Querier, p *orgPage, v org.Version, path []org.Version, events []org.Event) error {
	t := r.T
	p.FactsTitle = t.T("structure.org.facts")
	add := func(label, value, link string) {
		if value != "" {
			p.Facts.Items = append(p.Facts.Items, ui.Term{Label: t.T("structure.field." + label), Value: value, Link: link})
		}
	}
	if n := len(path); n > 1 {
		add("parent", path[n-2].Names.In(t.Lang), r.Path(orgPath(path[n-2].Org)))
	}
	add("status", t.T("org.status."+string(v.Status)), "")
	if len(events) > 0 {
		add("founded", t.Day(events[0].Day), "")
	}
	if v.Territory != "" {
		add("territory", a.regionName(t, v.Territory, r.AsOf), r.Path("/regions/"+v.Territory))
	}
	for _, f := range []fieldValue{{"place", v.Place}, {"activity", v.Activity}, {"employer", v.Employer}, {"bin", v.BIN}, {"registration", v.Registration}, {"address", v.Address}} {
		if f.value != "" {
			add(f.name, a.readable(r, f.name, f.value), "")
		}
	}
	return nil
}

// possible are the kinds of events that can happen to an organisation in a state.
func possible(v org.Version) []org.EventKind {
	switch {
	case !v.Alive():
		return nil
	case v.Kind == org.Federation:
		return []org.EventKind{org.Rename, org.Move, org.Describe}
	case v.Status == org.Outside:
		return []org.EventKind{org.Admit, org.Rename, org.Move, org.Describe, org.Split, org.Merge, org.Dissolve}
	case v.Status == org.Suspended:
		return []org.EventKind{org.Resume, org.Rename, org.Move, org.Describe, org.Leave, org.Dissolve}
	}
	return []org.EventKind{org.Rename, org.Move, org.Describe, org.Suspend, org.Leave, org.Split, org.Merge, org.Dissolve}
}

// orgActions links to what this reader may do here; the past cannot be changed
// from its own page.
func (a *Area) orgActions(r *site.Request, p *orgPage, v org.Version) {
	t := r.T
	buttons := []ui.Button{{Label: t.T("structure.org.compare"), Href: "/compare?org=" + v.Org.String(), Kind: ui.Quiet}}
	if r.AsOf == r.Today && v.Alive() {
		if v.Kind != org.Primary && r.Can(Found, v.Org) {
			buttons = append(buttons, ui.Button{Label: t.T("structure.register.new"), Href: "/orgs/new?parent=" + v.Org.String(), Icon: "plus"})
		}
		can := map[id.ID]map[access.Action]bool{}
		for _, k := range possible(v) {
			rule, where := kindRules[k], v.Org
			if rule.seat == above {
				where = cmp.Or(v.Parent, v.Org)
			}
			if can[where] == nil {
				can[where] = map[access.Action]bool{}
			}
			yes, asked := can[where][rule.action]
			if !asked {
				yes = r.Can(rule.action, where)
				can[where][rule.action] = yes
			}
			if yes {
				p.Actions = append(p.Actions, ui.Link{Label: t.T("structure.do." + string(k)), Href: orgPath(v.Org) + "/" + string(k)})
			}
		}
	}
	p.ActionsTitle = t.T("structure.org.actions")
	p.Tools = tools(r, buttons)
}
