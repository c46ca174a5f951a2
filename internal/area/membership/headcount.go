package membership

import (
	"cmp"
	"context"
	"fmt"
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

	mu         sync.RWMutex
	row        map[id.ID]int32 // of an organisation in sums; only ever grows
	categories []string        // columns of sums; only ever grow
	kept       []*sums         // the latest used last
}

// NewHeadcounts knows which categories are wage earners.
func NewHeadcounts(earners []string) *Headcounts {
	return &Headcounts{earners: earners, row: map[id.ID]int32{}}
}

// edition tells whether sums up to a day are still good.
type edition struct {
	folds  int64 // of the months up to the day
	points int64 // checkpoints: made with the sums where a whole register is loaded at once
}

// sums are all folded changes up to a day. They are never changed.
type sums struct {
	day cal.Day
	edition
	n [][]int32 // by category and row: the members of the organisation itself
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
	s, tail, err := h.read(ctx, q, day)
	if err != nil {
		return nil, err
	}
	type place struct {
		union     id.ID
		territory string
	}
	cells := map[place]*figure.Cell{}
	counts := h.reader(s, tail)
	for _, member := range tree.Children(top.Org) {
		union := member.Org
		if member.Kind != org.Union && member.Kind != org.Centre {
			union = 0
		}
		for _, o := range tree.Beneath(member.Org) {
			if o.Kind != org.Primary {
				continue
			}
			at := place{union, o.Territory}
			c := cells[at]
			if c == nil {
				c = &figure.Cell{Union: union, Territory: o.Territory}
				cells[at] = c
			}
			c.Orgs++
			counts(o.Org, func(category string, n int64) { c.Headcount = c.Plus(h.of(category, n)) })
		}
	}
	return sortedCells(maps.Values(cells)), nil
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
	var counts func(id.ID, func(string, int64))
	if len(all) <= fewOrgs && !h.holds(day) {
		counts, err = h.few(ctx, q, all, day)
	} else {
		var s *sums
		var tail tally
		s, tail, err = h.read(ctx, q, day)
		counts = h.reader(s, tail)
	}
	if err != nil {
		return err
	}
	for _, o := range orgs {
		for _, n := range tree.Beneath(o) {
			counts(n.Org, func(category string, n int64) { each(o, category, n) })
		}
	}
	return nil
}
