package structure

import (
	"bytes"
	"cmp"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/ui"
)

// opened is the way down to the organisation that ?open= names, the federation
// without it.
func opened(r *site.Request, q db.Querier, top org.Version) ([]org.Version, error) {
	open := top.Org
	if s := r.URL.Query().Get("open"); s != "" {
		if err := open.UnmarshalText([]byte(s)); err != nil {
			return nil, fault.Absent()
		}
	}
	path, err := org.Path(r.Context(), q, open, r.AsOf)
	if err == nil && (len(path) == 0 || path[0].Org != top.Org) {
		err = fault.Absent()
	}
	return path, err
}

func openPath(o id.ID) string { return "/orgs?open=" + o.String() }

// treeCrumbs is the way back up the tree.
func treeCrumbs(r *site.Request, path []org.Version) []site.Crumb {
	if len(path) < 2 {
		return nil
	}
	out := []site.Crumb{{Label: r.T.T("structure.nav.orgs"), Path: r.Path("/orgs")}}
	for _, v := range path[1:] {
		out = append(out, site.Crumb{Label: v.Names.In(r.T.Lang), Path: r.Path(openPath(v.Org))})
	}
	out[len(out)-1].Path = ""
	return out
}

// tree shows the way down to an organisation and what lies directly beneath it,
// so that it stands at the top of a telephone's screen too. Everything else is
// one link away.
func (a *Area) tree(r *site.Request, q db.Querier, path []org.Version) (ui.Tree, error) {
	last := len(path) - 1
	open := path[last]
	found, err := org.List(r.Context(), q, org.Find{Day: r.AsOf, Parent: open.Org, Limit: branchSize + 1})
	if err != nil {
		return ui.Tree{}, err
	}
	var more *ui.Link
	if len(found) > branchSize {
		found = found[:branchSize]
		more = &ui.Link{Label: r.T.T("structure.tree.all"), Href: r.Path("/orgs?parent=" + open.Org.String())}
	}
	sortNodes(r.T, found)
	b := branch{Area: a, r: r, q: q, top: path[0].Org, rows: map[id.ID]twig{}}
	if err := b.count(path, found); err != nil {
		return ui.Tree{}, err
	}
	if err := b.look(slices.Concat(path, found)); err != nil {
		return ui.Tree{}, err
	}
	node := b.node(open)
	node.Open, node.More = true, more
	for _, v := range found {
		child := b.node(v)
		if n := b.rows[v.Org].beneath; n > 0 {
			child.More = b.more(v, n)
		}
		node.Children = append(node.Children, child)
	}
	for _, v := range slices.Backward(path[:last]) {
		up := b.node(v)
		up.Open, up.Children = true, []ui.Node{node}
		if n := b.rows[v.Org].beneath; n > 1 {
			up.More = b.more(v, n)
		}
		node = up
	}
	return ui.Tree{Label: r.T.T("structure.register.title"), Nodes: []ui.Node{node}}, nil
}

// sortNodes puts unions before centres, the order of the kinds, and names into
// the alphabetical order of the page's language.
func sortNodes(t *text.Printer, all []org.Version) {
	keys := make(map[id.ID][]byte, len(all))
	for _, v := range all {
		keys[v.Org] = search.SortKey(string(t.Lang), v.Names.In(t.Lang))
	}
	slices.SortStableFunc(all, func(x, y org.Version) int {
		return cmp.Or(cmp.Compare(slices.Index(org.Kinds, x.Kind), slices.Index(org.Kinds, y.Kind)), bytes.Compare(keys[x.Org], keys[y.Org]))
	})
}

// branch is the part of the tree that a page shows.
type branch struct {
	*Area
	r    *site.Request
	q    db.Querier
	top  id.ID
	rows map[id.ID]twig
}

// twig is what the tree says of one organisation.
type twig struct {
	now, before privacy.Cell
	exact       bool
	primaries   int64
	beneath     int  // organisations directly beneath
	region      bool // a centre's numbers are those of its region
	proof       *Proof
	chair       cal.Day // the end of the last chair's term; cal.Never: there was none
}

// count takes the members of the organisations on a path and of some directly
// beneath it, on the page's day and a year before.
func (b *branch) count(path, beneath []org.Version) error {
	children := make([]id.ID, len(beneath))
	for i, c := range beneath {
		children[i] = c.Org
	}
	now, err := b.on(path, children, b.r.AsOf)
	if err != nil {
		return err
	}
	then := yearBefore(b.r.AsOf)
	past, err := org.Path(b.r.Context(), b.q, path[len(path)-1].Org, then)
	if err != nil {
		return err
	}
	before, err := b.on(past, children, then)
	for o, n := range now {
		b.rows[o] = twig{now: n, before: before[o]}
	}
	from := b.counted(path)
	for i, v := range slices.Concat(path, beneath) {
		w := b.rows[v.Org]
		w.exact = from < len(path) && i >= from
		b.rows[v.Org] = w
	}
	return err
}

// counted is the place on a path from which on the reader may count members:
// the right at an organisation is one at all beneath it.
func (b *branch) counted(path []org.Version) int {
	for i, v := range path {
		if b.r.Can(Count, v.Org) {
			return i
		}
	}
	return len(path)
}

// on gives headcounts on a day, exact from where the reader may count.
func (b *branch) on(path []org.Version, children []id.ID, day cal.Day) (map[id.ID]privacy.Cell, error) {
	out := map[id.ID]privacy.Cell{}
	from := b.counted(path)
	if from > 0 {
		cells, parts, err := b.along(b.r.Context(), b.q, path[:from], from == len(path) && len(children) > 0, day)
		if err != nil {
			return nil, err
		}
		for i, c := range cells {
			out[path[i].Org] = c
		}
		for _, c := range children {
			out[c] = parts[c]
		}
	}
	if from == len(path) {
		return out, nil
	}
	exact := slices.Clone(children)
	for _, v := range path[from:] {
		exact = append(exact, v.Org)
	}
	counts, err := b.members.Each(b.r.Context(), b.q, exact, day)
	for _, o := range exact {
		out[o] = privacy.Cell{N: counts[o].Total}
	}
	return out, err
}

// look adds what else is known of the organisations.
func (b *branch) look(all []org.Version) error {
	ctx, day := b.r.Context(), b.r.AsOf
	ids := make([]id.ID, len(all))
	for i, v := range all {
		ids[i] = v.Org
	}
	primaries, err := countBeneath(ctx, b.q, ids, org.Primary, day)
	if err != nil {
		return err
	}
	proofs, err := b.proofs(ctx, b.q, all, day)
	if err != nil {
		return err
	}
	terms, err := chairs(ctx, b.q, ids, day)
	if err != nil {
		return err
	}
	tree, err := org.TreeOn(ctx, b.q, day)
	if err != nil {
		return err
	}
	var regions *census
	for _, v := range all {
		w := b.rows[v.Org]
		w.primaries, w.beneath, w.chair = primaries[v.Org], len(tree.Children(v.Org)), cal.Never
		if ends, ok := terms[v.Org]; ok {
			w.chair = ends
		}
		if p, ok := proofs[v.Org]; ok {
			w.proof = &p
		}
		if t, ok := b.profile.Threshold(string(v.Kind)); ok && t.Measure == "people" && w.exact {
			w.proof = &Proof{Threshold: t, Proved: int(w.now.N), Needed: t.Needed(int(w.now.N))}
			if w.proof.Due, err = b.due(ctx, b.q, v.Org, t, day); err != nil {
				return err
			}
		}
		if v.Kind == org.Centre && w.primaries == 0 && v.Territory != "" {
			if regions == nil {
				c, err := b.census(ctx, b.q, day, b.r.Can(Count, b.top))
				if err != nil {
					return err
				}
				regions = &c
			}
			w.region = true
			w.now, w.primaries = regions.territory(v.Territory)
			w.before = privacy.Cell{}
		}
		b.rows[v.Org] = w
	}
	return nil
}

// more leads to an organisation's own branch.
func (b *branch) more(v org.Version, beneath int) *ui.Link {
	return &ui.Link{Label: b.r.T.N("structure.tree.open", int64(beneath)), Href: b.r.Path(openPath(v.Org))}
}

func (b *branch) node(v org.Version) ui.Node {
	t, w := b.r.T, b.rows[v.Org]
	n := ui.Node{Label: v.Names.In(t.Lang), Href: b.r.Path(orgPath(v.Org)), Meta: w.meta(t, v.Kind)}
	if tag := statusTag(t, v.Status); tag != nil {
		n.Tags = append(n.Tags, *tag)
	}
	if w.proof != nil && !w.proof.Met() {
		tag := ui.Tag{Label: t.T("structure.tag.proof."+w.proof.Threshold.Measure, "Proved", w.proof.Proved, "Needed", w.proof.Needed), Tone: ui.Warn}
		if w.proof.Late(b.r.AsOf) {
			tag.Tone = ui.Bad
		}
		n.Tags = append(n.Tags, tag)
	}
	if tag := chairTag(t, w.chair, b.r.AsOf); tag != nil {
		n.Tags = append(n.Tags, *tag)
	}
	return n
}

// meta is the line of numbers at the end of a row.
func (w twig) meta(t *text.Printer, kind org.Kind) string {
	if kind != org.Primary && w.primaries == 0 && w.now == (privacy.Cell{}) {
		return ""
	}
	s := t.T("structure.tree.members", "N", number(t, w.now))
	if delta, _ := difference(t, w.now, w.before); w.before.N > 0 && delta != "" && delta != "0" {
		s += " " + t.T("structure.tree.change", "Delta", delta)
	}
	if kind != org.Primary {
		s += " · " + t.N("structure.count.primaries", w.primaries)
	}
	if w.region {
		s = t.T("structure.tree.region", "Numbers", s)
	}
	return s
}

// soon is how many days before its end a term is called to mind: by then the
// next election is to be called.
const soon = 90

// chairTag says that an organisation has no chair, or will soon have none.
func chairTag(t *text.Printer, ends, day cal.Day) *ui.Tag {
	switch {
	case ends == cal.Never:
		return &ui.Tag{Label: t.T("structure.tag.chairless"), Tone: ui.Info}
	case ends <= day:
		return &ui.Tag{Label: t.T("structure.tag.chair-ended"), Tone: ui.Warn}
	case ends-day <= soon:
		return &ui.Tag{Label: t.N("structure.tag.chair-ends", int64(ends-day)), Tone: ui.Warn}
	}
	return nil
}
