package structure

import (
	"context"
	"maps"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/figure"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/platform/db"
)

// census is the federation's members on a day by union and territory, as one
// reader may see them: exact, or with small cells hidden and the rest rounded.
// Totals by union, by territory and of all come out of the one table, so that
// no page shows what another hides.
type census struct {
	unions      []id.ID // rows; 0 is directly under the federation
	territories []string
	members     privacy.Table
	primaries   [][]int64 // organisations are public
}

// rule is what may be published about members. A primary organisation is an
// employer's, so the stricter minimum holds for all tables of members: one
// minimum for all of them also leaves nothing to be told by comparing tables.
func (a *Area) rule() privacy.Rule {
	d := a.profile.Disclosure
	return privacy.Rule{Min: int64(d.SensitiveMin), Base: int64(d.RoundTo)}
}

// census counts the federation; exact says that the reader may count members.
func (a *Area) census(ctx context.Context, q db.Querier, day cal.Day, exact bool) (census, error) {
	cells, err := a.members.Cells(ctx, q, day)
	if err != nil {
		return census{}, err
	}
	row, column := map[id.ID]int{}, map[string]int{}
	for _, c := range cells {
		row[c.Union], column[c.Territory] = 0, 0
	}
	out := census{unions: slices.Sorted(maps.Keys(row)), territories: slices.Sorted(maps.Keys(column))}
	counts := make([][]int64, len(out.unions))
	out.primaries = make([][]int64, len(out.unions))
	for i, u := range out.unions {
		row[u] = i
		counts[i], out.primaries[i] = make([]int64, len(column)), make([]int64, len(column))
	}
	for j, t := range out.territories {
		column[t] = j
	}
	for _, c := range cells {
		counts[row[c.Union]][column[c.Territory]] += c.Total
		out.primaries[row[c.Union]][column[c.Territory]] += c.Orgs
	}
	out.members = privacy.NewTable(counts)
	if !exact {
		out.members = privacy.Suppress(out.members, a.rule())
	}
	return out, nil
}

// total is the number of all members.
func (c census) total() privacy.Cell { return c.members.Total }

// union is the number of members of a union.
func (c census) union(u id.ID) privacy.Cell {
	if i, ok := slices.BinarySearch(c.unions, u); ok {
		return c.members.RowTotals[i]
	}
	return privacy.Cell{}
}

// territory is the number of members in a territory, and of primary organisations.
func (c census) territory(code string) (privacy.Cell, int64) {
	j, ok := slices.BinarySearch(c.territories, code)
	if !ok {
		return privacy.Cell{}, 0
	}
	var primaries int64
	for i := range c.unions {
		primaries += c.primaries[i][j]
	}
	return c.members.ColTotals[j], primaries
}

// at is the number of members of a union in a territory, and of its primary
// organisations there.
func (c census) at(u id.ID, code string) (privacy.Cell, int64) {
	i, ok := slices.BinarySearch(c.unions, u)
	j, also := slices.BinarySearch(c.territories, code)
	if !ok || !also {
		return privacy.Cell{}, 0
	}
	return c.members.Cells[i][j], c.primaries[i][j]
}

// published gives the headcounts of an organisation and of those directly
// beneath it on a day, as a reader may see them. Whoever may not count members
// sees each organisation as it stands in the table of its neighbours, small ones
// hidden with as many others as it takes; the parts of a hidden whole are hidden.
func (a *Area) published(ctx context.Context, q db.Querier, path []org.Version, children []id.ID, day cal.Day, exact bool) (privacy.Cell, map[id.ID]privacy.Cell, error) {
	own := path[len(path)-1].Org
	if exact {
		counts, err := a.members.Each(ctx, q, append(slices.Clone(children), own), day)
		out := make(map[id.ID]privacy.Cell, len(children))
		for _, c := range children {
			out[c] = privacy.Cell{N: counts[c].Total}
		}
		return privacy.Cell{N: counts[own].Total}, out, err
	}
	along, parts, err := a.along(ctx, q, path, len(children) > 0, day)
	if err != nil {
		return privacy.Cell{Hidden: true}, nil, err
	}
	return along[len(along)-1], parts, nil
}

// along gives the headcounts that everybody may see of the organisations on the
// way down to one and, where they are asked for, of those directly beneath it.
func (a *Area) along(ctx context.Context, q db.Querier, path []org.Version, beneath bool, day cal.Day) ([]privacy.Cell, map[id.ID]privacy.Cell, error) {
	var out []privacy.Cell
	var parts map[id.ID]privacy.Cell
	for depth, v := range path {
		switch {
		case depth == 0 && v.Kind == org.Federation:
			c, err := a.census(ctx, q, day, false)
			if err != nil {
				return nil, nil, err
			}
			parts = map[id.ID]privacy.Cell{}
			for _, u := range c.unions {
				parts[u] = c.union(u)
			}
			out = append(out, c.total())
			continue
		case depth == 0: // outside the federation: nobody's neighbour
			n, err := a.members.Beneath(ctx, q, v.Org, day)
			if err != nil {
				return nil, nil, err
			}
			out = append(out, a.single(n.Total, false))
		default:
			out = append(out, parts[v.Org])
		}
		if depth == len(path)-1 && !beneath {
			return out, nil, nil
		}
		// The table is of all neighbours, also where the caller shows only some.
		neighbours, err := childrenOf(ctx, q, v.Org, day)
		if err != nil {
			return nil, nil, err
		}
		counts, err := a.members.Each(ctx, q, neighbours, day)
		if err != nil {
			return nil, nil, err
		}
		parts = a.parts(neighbours, counts, out[depth].Hidden)
	}
	return out, parts, nil
}

// parts is the published table of neighbours.
func (a *Area) parts(orgs []id.ID, counts map[id.ID]figure.Headcount, hidden bool) map[id.ID]privacy.Cell {
	numbers := make([]int64, len(orgs))
	for i, o := range orgs {
		numbers[i] = counts[o].Total
	}
	list := privacy.SuppressList(privacy.NewList(numbers), a.rule())
	out := make(map[id.ID]privacy.Cell, len(orgs))
	for i, o := range orgs {
		out[o] = list.Cells[i]
		if hidden {
			out[o] = privacy.Cell{Hidden: true}
		}
	}
	return out
}

// publishedSeries gives the points of a line as a reader may see them.
func (a *Area) publishedSeries(points []figure.Point, exact bool) []privacy.Cell {
	out := make([]privacy.Cell, len(points))
	for i, p := range points {
		out[i] = a.single(p.Total, exact)
	}
	return out
}

// single publishes a number that stands alone.
func (a *Area) single(n int64, exact bool) privacy.Cell {
	if exact {
		return privacy.Cell{N: n}
	}
	return privacy.SuppressList(privacy.NewList([]int64{n}), a.rule()).Cells[0]
}

// headcount is an organisation's published number of members on a day, none
// where it did not exist.
func (a *Area) headcount(ctx context.Context, q db.Querier, o id.ID, day cal.Day, exact bool) (privacy.Cell, error) {
	path, err := org.Path(ctx, q, o, day)
	if err != nil || len(path) == 0 {
		return privacy.Cell{}, err
	}
	whole, _, err := a.published(ctx, q, path, nil, day, exact)
	return whole, err
}
