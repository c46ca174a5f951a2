package membership

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/figure"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/platform/db"
)

// Headcounts is what the area publishes: how many members an organisation has,
// with everything beneath it, as of any day. It belongs to one database. The
// folded sums of the days last asked for stay in memory; each answer adds the
// tail, and asks in the same statement whether the sums are still good.
type Headcounts struct {
	earners []string

	mu   sync.Mutex
	kept []*sums // the latest used last
}

// NewHeadcounts knows which categories are wage earners.
func NewHeadcounts(earners []string) *Headcounts {
	return &Headcounts{earners: earners}
}

// edition tells whether sums up to a day are still good.
type edition struct {
	folds  int64 // of the months up to the day
	points int64 // checkpoints: made with the sums where a whole register is loaded at once
}

// sums are all folded changes up to a day, of each organisation without those
// beneath it. They are never changed, so that days can share the rows.
type sums struct {
	day cal.Day
	edition
	row        map[id.ID]int32
	categories []string
	n          [][]int32 // by category and row

	mu    sync.Mutex
	tree  *org.Tree         // the tree last summed over
	whole map[id.ID][]int64 // the sums of its large branches, by category
	cells map[crossing]figure.Cell
}

const (
	// keptSums covers the days of a year's line and the ends of months between.
	keptSums = 32
	// fewOrgs is up to how many organisations are counted from their own rows
	// where the sums of the day are not in memory.
	fewOrgs = 200
)

func (h *Headcounts) of(category string, n int64) figure.Headcount {
	if slices.Contains(h.earners, category) {
		return figure.Headcount{Total: n, Earners: n}
	}
	return figure.Headcount{Total: n}
}

// Beneath counts the members of o and everything beneath it on a day.
func (h *Headcounts) Beneath(ctx context.Context, q db.Querier, o id.ID, day cal.Day) (figure.Headcount, error) {
	each, err := h.Each(ctx, q, []id.ID{o}, day)
	return each[o], err
}

// Categories counts the members beneath o on a day by category.
func (h *Headcounts) Categories(ctx context.Context, q db.Querier, o id.ID, day cal.Day) (map[string]int64, error) {
	out := map[string]int64{}
	err := h.sum(ctx, q, []id.ID{o}, day, func(_ id.ID, category string, n int64) { out[category] += n })
	return out, err
}

// Each counts for several organisations, each with everything beneath it.
func (h *Headcounts) Each(ctx context.Context, q db.Querier, orgs []id.ID, day cal.Day) (map[id.ID]figure.Headcount, error) {
	out := make(map[id.ID]figure.Headcount, len(orgs))
	err := h.sum(ctx, q, orgs, day, func(o id.ID, category string, n int64) {
		out[o] = out[o].Plus(h.of(category, n))
	})
	return out, err
}

// Series counts beneath o on each of the days.
func (h *Headcounts) Series(ctx context.Context, q db.Querier, o id.ID, days []cal.Day) ([]figure.Point, error) {
	out := make([]figure.Point, len(days))
	for i, day := range days {
		n, err := h.Beneath(ctx, q, o, day)
		if err != nil {
			return nil, err
		}
		out[i] = figure.Point{Day: day, Headcount: n}
	}
	return out, nil
}

// Cells is the roll-up of the whole federation by union and territory: one cell
// for each pair that has a primary organisation on the day.
func (h *Headcounts) Cells(ctx context.Context, q db.Querier, day cal.Day) ([]figure.Cell, error) {
	tree, err := org.TreeOn(ctx, q, day)
	if err != nil {
		return nil, err
	}
	top, err := tree.Federation()
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s, tail, err := h.folded(ctx, q, day)
	if err != nil {
		return nil, err
	}
	cells := maps.Clone(s.rollUp(h, tree, top.Org))
	for _, member := range tree.Children(top.Org) {
		for o := range tail {
			if !tree.Lies(o, member.Org) {
				continue
			}
			if node := tree.Beneath(o)[0]; node.Kind == org.Primary {
				at := cellOf(member, node)
				c := cells[at]
				tail.counter(o, func(category string, n int64) { c.Headcount = c.Plus(h.of(category, n)) })
				cells[at] = c
			}
		}
	}
	return slices.SortedFunc(maps.Values(cells), func(a, b figure.Cell) int {
		return cmp.Or(cmp.Compare(a.Union, b.Union), cmp.Compare(a.Territory, b.Territory))
	}), nil
}

// crossing is where a Cell lies.
type crossing struct {
	union     id.ID
	territory string
}

// cellOf is the place of a primary organisation beneath a member of the federation.
func cellOf(member, primary *org.Node) crossing {
	if member.Kind == org.Union || member.Kind == org.Centre {
		return crossing{member.Org, primary.Territory}
	}
	return crossing{0, primary.Territory}
}

// rollUp sums the cells of a tree once and remembers them.
func (s *sums) rollUp(h *Headcounts, tree *org.Tree, top id.ID) map[crossing]figure.Cell {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over(tree)
	if s.cells != nil {
		return s.cells
	}
	s.cells = map[crossing]figure.Cell{}
	for _, member := range tree.Children(top) {
		for _, o := range tree.Beneath(member.Org) {
			if o.Kind != org.Primary {
				continue
			}
			at := cellOf(member, o)
			c := s.cells[at]
			c.Union, c.Territory = at.union, at.territory
			c.Orgs++
			s.counter(o.Org, func(category string, n int64) { c.Headcount = c.Plus(h.of(category, n)) })
			s.cells[at] = c
		}
	}
	return s.cells
}

// over forgets what was summed over another tree.
func (s *sums) over(tree *org.Tree) {
	if s.tree != tree {
		s.tree, s.whole, s.cells = tree, map[id.ID][]int64{}, nil
	}
}

// sum counts beneath each of some organisations by category.
func (h *Headcounts) sum(ctx context.Context, q db.Querier, orgs []id.ID, day cal.Day, each func(id.ID, string, int64)) error {
	tree, err := org.TreeOn(ctx, q, day)
	if err != nil {
		return err
	}
	var all []id.ID
	for _, o := range orgs {
		if len(all) > fewOrgs {
			break
		}
		for _, n := range tree.Beneath(o) {
			all = append(all, n.Org)
		}
	}
	var s *sums
	var tail changesOf
	var counts counter
	if len(all) <= fewOrgs && !h.holds(day) {
		counts, err = few(ctx, q, all, day)
	} else if s, tail, err = h.folded(ctx, q, day); err == nil {
		counts = s.with(tail)
	}
	if err != nil {
		return err
	}
	for _, o := range orgs {
		to := func(category string, n int64) { each(o, category, n) }
		nodes := tree.Beneath(o)
		if s == nil || len(nodes) <= fewOrgs {
			for _, n := range nodes {
				counts(n.Org, to)
			}
			continue
		}
		for i, n := range s.under(tree, o) {
			to(s.categories[i], n)
		}
		for v := range tail {
			if tree.Lies(v, o) {
				tail.counter(v, to)
			}
		}
	}
	return nil
}

// under sums a branch once and remembers it.
func (s *sums) under(tree *org.Tree, top id.ID) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over(tree)
	if out, ok := s.whole[top]; ok {
		return out
	}
	out := make([]int64, len(s.n))
	for _, node := range tree.Beneath(top) {
		if row, ok := s.row[node.Org]; ok {
			for i, column := range s.n {
				if int(row) < len(column) {
					out[i] += int64(column[row])
				}
			}
		}
	}
	s.whole[top] = out
	return out
}

// counter calls each with the numbers of an organisation itself; a category may
// come in parts.
type counter func(o id.ID, each func(category string, n int64))

// change is so many members more or less in a category.
type change struct {
	category string
	n        int64
}

type changesOf map[id.ID][]change

func (c changesOf) counter(o id.ID, each func(string, int64)) {
	for _, v := range c[o] {
		each(v.category, v.n)
	}
}

// with adds the tail to the sums.
func (s *sums) with(tail changesOf) counter {
	return func(o id.ID, each func(string, int64)) {
		s.counter(o, each)
		if len(tail) > 0 {
			tail.counter(o, each)
		}
	}
}

// folded gives the sums of a day and the tail that belongs to them.
func (h *Headcounts) folded(ctx context.Context, q db.Querier, day cal.Day) (*sums, changesOf, error) {
	for attempt := 1; ; attempt++ {
		now, tail, err := unfolded(ctx, q, day)
		if err != nil {
			return nil, nil, err
		}
		s, err := h.sums(ctx, q, day, now)
		// Outside of a snapshot a folding may come in between.
		if !errors.Is(err, errStale) || attempt == 20 {
			return s, tail, err
		}
	}
}

func (s *sums) counter(o id.ID, each func(string, int64)) {
	row, ok := s.row[o]
	if !ok {
		return
	}
	for i, column := range s.n {
		if int(row) < len(column) && column[row] != 0 {
			each(s.categories[i], int64(column[row]))
		}
	}
}

// errStale says that changes were folded while the sums were read.
var errStale = errors.New("membership: changes were folded while they were read")

// holds reports whether sums of the day are in memory, be they good or not.
func (h *Headcounts) holds(day cal.Day) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(h.kept, func(s *sums) bool { return s.day == day })
}

func (h *Headcounts) known(day cal.Day, e edition) *sums {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := slices.IndexFunc(h.kept, func(s *sums) bool { return s.day == day && s.edition == e })
	if i < 0 {
		return nil
	}
	s := h.kept[i]
	h.kept = append(slices.Delete(h.kept, i, i+1), s)
	return s
}

func (h *Headcounts) keep(s *sums) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kept = slices.DeleteFunc(h.kept, func(old *sums) bool { return old.day == s.day })
	if len(h.kept) == keptSums {
		h.kept = slices.Delete(h.kept, 0, 1)
	}
	h.kept = append(h.kept, s)
}

// sums gives the sums of a day in an edition: from memory, else from those at
// the end of the month before and the days since, else from the last checkpoint.
// No lock is held while it reads: whoever waited for it might hold the last
// connection.
func (h *Headcounts) sums(ctx context.Context, q db.Querier, day cal.Day, e edition) (*sums, error) {
	if s := h.known(day, e); s != nil {
		return s, nil
	}
	at, err := lastCheckpoint(ctx, q, day)
	if err != nil {
		return nil, err
	}
	b := builder{sums: &sums{day: day, edition: e}}
	if eve := month(day) - 1; at != cal.Never && eve >= at {
		before, err := editionOn(ctx, q, eve)
		if err != nil {
			return nil, err
		}
		base, err := h.sums(ctx, q, eve, before)
		if err != nil {
			return nil, err
		}
		b.start(base)
		if err := b.addDays(ctx, q, eve, day); err != nil {
			return nil, err
		}
	} else if err := b.addSince(ctx, q, at, day); err != nil {
		return nil, err
	}
	again, err := editionOn(ctx, q, day)
	if err != nil {
		return nil, err
	}
	if again != e {
		return nil, errStale
	}
	h.keep(b.sums)
	return b.sums, nil
}

// builder adds changes to sums before they are kept.
type builder struct {
	*sums
	owned bool // row and categories are not another day's
}

func (b *builder) start(base *sums) {
	b.row, b.categories = base.row, base.categories
	b.n = make([][]int32, len(base.n))
	for i, column := range base.n {
		b.n[i] = slices.Clone(column)
	}
}

func (b *builder) add(o id.ID, category string, n int32) {
	column := slices.Index(b.categories, category)
	row, known := b.row[o]
	if !b.owned && (column < 0 || !known) {
		b.row, b.categories, b.owned = maps.Clone(b.row), slices.Clone(b.categories), true
		if b.row == nil {
			b.row = map[id.ID]int32{}
		}
	}
	if !known {
		row = int32(len(b.row))
		b.row[o] = row
	}
	if column < 0 {
		column = len(b.categories)
		b.categories, b.n = append(b.categories, category), append(b.n, nil)
	}
	if short := int(row) + 1 - len(b.n[column]); short > 0 {
		b.n[column] = append(b.n[column], make([]int32, short)...)
	}
	b.n[column][row] += n
}

// own counts the members of every organisation itself on a day.
func (h *Headcounts) own(ctx context.Context, q db.Querier, day cal.Day) (map[id.ID]int64, error) {
	s, tail, err := h.folded(ctx, q, day)
	if err != nil {
		return nil, err
	}
	out := map[id.ID]int64{}
	for o := range s.row {
		s.counter(o, func(_ string, n int64) { out[o] += n })
	}
	for o := range tail {
		tail.counter(o, func(_ string, n int64) { out[o] += n })
	}
	return out, nil
}
