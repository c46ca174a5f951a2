package structure

import (
	"bytes"
	"cmp"
	"net/url"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/ui"
)

// What the pages share: numbers, links, tools.

// number writes a count as it may be seen.
func number(t *text.Printer, c privacy.Cell) string {
	if c.Hidden {
		return t.T("structure.hidden")
	}
	return t.Number(c.N)
}

// difference writes now − before with its tone; nothing where either is hidden.
func difference(t *text.Printer, now, before privacy.Cell) (string, ui.Tone) {
	if now.Hidden || before.Hidden {
		return "", ui.Plain
	}
	switch d := now.N - before.N; {
	case d > 0:
		return t.Signed(d), ui.OK
	case d < 0:
		return t.Signed(d), ui.Bad
	}
	return "0", ui.Plain
}

// axis writes a day at the end of a year's line, where there is room for its month.
func axis(t *text.Printer, d cal.Day) string {
	if t.Lang == text.EN {
		return d.Time().Format("Jan 2006")
	}
	return d.Time().Format("01.2006")
}

func orgPath(o id.ID) string { return "/orgs/" + o.String() }

func kindName(t *text.Printer, k org.Kind) string { return t.T("org.kind." + string(k)) }

// kept are the query parameters of the page but one, to send a GET form on.
func kept(r *site.Request, but string) ui.Hiddens {
	var out ui.Hiddens
	for _, name := range []string{"q", "kind", "region", "activity", "parent", "open", "metric", "a", "b", "org", "day"} {
		if v := r.URL.Query().Get(name); v != "" && name != but {
			out = append(out, ui.Hidden{Name: name, Value: v})
		}
	}
	return out
}

// exports are the buttons by which a page's table is taken away.
func exports(r *site.Request) []ui.Button {
	var out []ui.Button
	for _, f := range []string{"xlsx", "csv", "json"} {
		out = append(out, ui.Button{Label: formatLabel[f], Href: r.With("format", f), Kind: ui.Quiet, Download: true})
	}
	return out
}

// crumbs is the way down to an organisation.
func crumbs(r *site.Request, path []org.Version) []site.Crumb {
	out := []site.Crumb{{Label: r.T.T("structure.nav.orgs"), Path: r.Path("/orgs")}}
	for _, v := range path {
		out = append(out, site.Crumb{Label: v.Names.In(r.T.Lang), Path: r.Path(orgPath(v.Org))})
	}
	if n := len(out) - 1; len(path) > 0 {
		out[n].Path = ""
	}
	return out
}

// view reads with one snapshot of the database.
func (a *Area) view(r *site.Request, fn func(q db.Querier) error) error {
	return a.desk.DB.View(r.Context(), fn)
}

// ranked turns named pairs of counts into a ranked dot plot, the largest first.
func ranked(table ui.RankTable, rows []pair, average bool) ui.RankTable {
	sortPairs(rows)
	var sum float64
	for _, p := range rows {
		sum += float64(p.now.N)
		table.Max = max(table.Max, float64(p.now.N), float64(p.before.N))
	}
	if n := len(rows); n > 0 {
		table.Mean = sum / float64(n)
	}
	table.Max = max(table.Max, 1)
	shown := !average
	for _, p := range rows {
		if !shown && float64(p.now.N) < table.Mean {
			table.Rows, shown = append(table.Rows, p.average(table.Mean)), true
		}
		table.Rows = append(table.Rows, p.row())
	}
	return table
}

// pair is one name with two counts.
type pair struct {
	t           *text.Printer
	name, href  string
	now, before privacy.Cell
	step        int
	averageName string
}

func (p pair) row() ui.RankRow {
	delta, tone := difference(p.t, p.now, p.before)
	return ui.RankRow{Name: p.name, Href: p.href, Step: p.step, Value: number(p.t, p.now),
		Was: float64(p.before.N), Is: float64(p.now.N), Delta: delta, Tone: tone}
}

func (p pair) average(mean float64) ui.RankRow {
	return ui.RankRow{Name: p.averageName, Value: p.t.Number(int64(mean + .5)), Was: mean, Is: mean, All: true}
}

// sortPairs puts the largest first and the hidden last.
func sortPairs(rows []pair) {
	slices.SortStableFunc(rows, func(a, b pair) int { return bySize(a.now, b.now) })
}

func bySize(a, b privacy.Cell) int {
	if a.Hidden != b.Hidden {
		return int(bit(a.Hidden) - bit(b.Hidden))
	}
	return cmp.Compare(b.N, a.N)
}

func parseDay(v url.Values, name string, otherwise cal.Day) (cal.Day, bool) {
	s := v.Get(name)
	if s == "" {
		return otherwise, true
	}
	d, err := cal.ParseDay(s)
	return d, err == nil
}

// sortByName puts names into the alphabetical order of the page's language.
func sortByName(t *text.Printer, rows []pair) {
	key := func(p pair) []byte { return search.SortKey(string(t.Lang), p.name) }
	slices.SortFunc(rows, func(a, b pair) int { return bytes.Compare(key(a), key(b)) })
}
