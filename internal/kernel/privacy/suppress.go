package privacy

import (
	"container/heap"
	"math"
	"slices"
)

// Cell is one published number of a table. Of a hidden cell nothing is kept:
// N is 0, and whether it was hidden for its own size or to protect another one
// is not told, because that would tell too much.
type Cell struct {
	N      int64
	Hidden bool
}

// Table is a frequency table with its totals: Cells[row][column], a total per
// row and per column, and the grand total.
type Table struct {
	Cells     [][]Cell
	RowTotals []Cell
	ColTotals []Cell
	Total     Cell
}

// List is a frequency table of one dimension with its total.
type List struct {
	Cells []Cell
	Total Cell
}

// Rule is what may be published of a frequency table. The numbers come from the
// country profile.
type Rule struct {
	Min   int64 // a cell of 1 … Min-1 is hidden; 0 or 1 hides nothing
	Zeros bool  // a cell of 0 is hidden too: that nobody is in it is told to nobody
	Base  int64 // shown numbers are rounded to a multiple of it; 0 or 1 leaves them exact
}

// NewTable adds the totals to a full rectangle of counts, none of them negative.
func NewTable(counts [][]int64) Table {
	t := Table{Cells: make([][]Cell, len(counts)), RowTotals: make([]Cell, len(counts))}
	for i, row := range counts {
		if i == 0 {
			t.ColTotals = make([]Cell, len(row))
		}
		t.Cells[i] = make([]Cell, len(row))
		for j, n := range row {
			t.Cells[i][j].N = n
			t.RowTotals[i].N += n
			t.ColTotals[j].N += n
			t.Total.N += n
		}
	}
	return t
}

// NewList adds the total to counts, none of them negative.
func NewList(counts []int64) List {
	l := List{Cells: make([]Cell, len(counts))}
	for i, n := range counts {
		l.Cells[i].N = n
		l.Total.N += n
	}
	return l
}

// Suppress returns what may be published of a complete table. Hidden are the
// cells and totals smaller than rule.Min and as many others as it takes so that
// whoever has the published numbers, and knows the rule, is left for every small
// cell with a range of at least rule.Min possible differences, and for no hidden
// cell with a single value. Totals are hidden last. Then what is shown is
// rounded, each number by itself.
//
// It protects one table. Two tables of the same people that share cells must be
// published with the same cells hidden, and groups that differ by a few people
// not at all: see Differencing.
func Suppress(table Table, rule Rule) Table {
	rows, cols := len(table.Cells), len(table.ColTotals)
	out := Table{
		Cells:     make([][]Cell, rows),
		RowTotals: slices.Clone(table.RowTotals),
		ColTotals: slices.Clone(table.ColTotals),
		Total:     table.Total,
	}
	// A cell is an edge from its row to its column, a row total one from the
	// last column to the row, and so on: a complete table is a circulation.
	// Changing a hidden cell unnoticed is pushing flow round a cycle of hidden
	// edges.
	lastRow, lastCol := rows, rows+1+cols
	g := newNetwork(rows+cols+2, rule)
	for i := range table.Cells {
		out.Cells[i] = slices.Clone(table.Cells[i])
		for j := range out.Cells[i] {
			g.add(i, rows+1+j, &out.Cells[i][j], inner)
		}
		g.add(lastCol, i, &out.RowTotals[i], margin)
	}
	for j := range out.ColTotals {
		g.add(rows+1+j, lastRow, &out.ColTotals[j], margin)
	}
	g.add(lastRow, lastCol, &out.Total, grand)
	g.protect()
	return out
}

// SuppressList is Suppress for one dimension.
func SuppressList(list List, rule Rule) List {
	out := List{Cells: slices.Clone(list.Cells), Total: list.Total}
	g := newNetwork(2, rule)
	for i := range out.Cells {
		g.add(0, 1, &out.Cells[i], inner)
	}
	g.add(1, 0, &out.Total, grand)
	g.protect()
	return out
}

// MeanRule is when a mean or a median may be published.
type MeanRule struct {
	Min      int   // contributors needed
	MaxShare int64 // per cent of the sum that the largest contributor may have
}

// Shows reports whether the mean of so many contributors may be published, whose
// sum is sum and whose largest contribution is largest.
func (r MeanRule) Shows(contributors int, sum, largest int64) bool {
	if contributors < r.Min || sum < 0 || largest > sum {
		return false
	}
	// largest/sum ≤ MaxShare/100 without overflow.
	return float64(largest)*100 <= float64(sum)*float64(r.MaxShare)
}

// Mean returns the mean of non-negative values and whether it may be published.
func (r MeanRule) Mean(values []int64) (float64, bool) {
	var sum, largest int64
	for _, v := range values {
		sum += v
		largest = max(largest, v)
	}
	if len(values) == 0 || !r.Shows(len(values), sum, largest) {
		return 0, false
	}
	return float64(sum) / float64(len(values)), true
}

// Differencing reports whether publishing the same number of two groups would
// tell it of the few people by which they differ: a and b are the sizes of the
// groups, both the size of what they share.
func Differencing(a, b, both int64, rule Rule) bool {
	few := func(n int64) bool { return n > 0 && n < rule.Min }
	return few(a-both) || few(b-both)
}

// The kinds of edges, by how much is lost when one is hidden.
const (
	inner = iota
	margin
	grand
)

type edge struct {
	from, to int
	cell     *Cell
	kind     int
	flow     int64 // how far the cell is pushed in the alternative being built
}

type network struct {
	rule    Rule
	floor   int64 // the least a hidden cell can be, as everybody knows
	edges   []edge
	at      [][]int // edges by node
	visited []visit
}

type visit struct {
	cost int64
	edge int // by which the node was reached; -1 is none
	done bool
}

func newNetwork(nodes int, rule Rule) *network {
	g := &network{rule: rule, at: make([][]int, nodes), visited: make([]visit, nodes)}
	if !rule.Zeros {
		g.floor = 1 // a hidden cell is never 0, since zeros are shown
	}
	return g
}

func (g *network) add(from, to int, c *Cell, kind int) {
	g.at[from] = append(g.at[from], len(g.edges))
	g.at[to] = append(g.at[to], len(g.edges))
	g.edges = append(g.edges, edge{from: from, to: to, cell: c, kind: kind})
}

// protect hides what must be hidden and rounds the rest.
func (g *network) protect() {
	var small []int
	for i := range g.edges {
		if g.small(g.edges[i].cell.N) {
			g.edges[i].cell.Hidden = true
			small = append(small, i)
		}
	}
	for _, i := range small {
		g.shield(i)
	}
	for i := range g.edges {
		c := g.edges[i].cell
		switch {
		case c.Hidden:
			c.N = 0
		case g.rule.Base > 1:
			c.N = (c.N + g.rule.Base/2) / g.rule.Base * g.rule.Base
		}
	}
}

func (g *network) small(n int64) bool {
	return n < g.rule.Min && (n > 0 || g.rule.Zeros)
}

// shield finds cycles through the small cell of edge s by which it could be Min
// larger than it is, and hides the cells on them, the least loss first
// (successive shortest paths).
func (g *network) shield(s int) {
	for i := range g.edges {
		g.edges[i].flow = 0
	}
	for need := g.rule.Min; need > 0; {
		push := need
		from, to := g.edges[s].to, g.edges[s].from
		if !g.path(from, to, s) {
			return // only if everything is hidden already, which protects too
		}
		for n := to; n != from; {
			e := &g.edges[g.visited[n].edge]
			push = min(push, g.room(e, e.to == n))
			n = e.from + e.to - n
		}
		for n := to; n != from; {
			e := &g.edges[g.visited[n].edge]
			e.cell.Hidden = true
			if e.to == n {
				e.flow += push
			} else {
				e.flow -= push
			}
			n = e.from + e.to - n
		}
		need -= push
	}
}

// room is how far the cell can be pushed further: up without end, down to what
// everybody knows is its least value. A shown zero is never moved.
func (g *network) room(e *edge, up bool) int64 {
	switch {
	case e.cell.N < g.floor:
		return 0
	case up:
		return math.MaxInt64
	}
	return e.cell.N + e.flow - g.floor
}

// loss is the cost of using an edge: nothing if it is hidden already, else its
// cell's size; a total costs more than all the cells together.
func (g *network) loss(e *edge) int64 {
	if e.cell.Hidden {
		return 0
	}
	const marginLoss, grandLoss = 1 << 40, 1 << 52
	n := 1 + min(e.cell.N, 1<<32)
	switch e.kind {
	case margin:
		return marginLoss + n
	case grand:
		return grandLoss
	}
	return n
}

// path is Dijkstra's from one node to another in the residual network without
// edge s; it leaves the way in g.visited.
func (g *network) path(from, to, s int) bool {
	for i := range g.visited {
		g.visited[i] = visit{cost: math.MaxInt64, edge: -1}
	}
	g.visited[from].cost = 0
	queue := frontier{{node: from}}
	for len(queue) > 0 {
		at := heap.Pop(&queue).(stop)
		if at.node == to {
			return true
		}
		if g.visited[at.node].done {
			continue
		}
		g.visited[at.node].done = true
		for _, i := range g.at[at.node] {
			e := &g.edges[i]
			up := e.from == at.node
			if i == s || g.room(e, up) <= 0 {
				continue
			}
			next := e.from + e.to - at.node
			if cost := at.cost + g.loss(e); cost < g.visited[next].cost {
				g.visited[next] = visit{cost: cost, edge: i}
				heap.Push(&queue, stop{next, cost})
			}
		}
	}
	return false
}

type stop struct {
	node int
	cost int64
}

// frontier is a heap of nodes by cost.
type frontier []stop

func (f frontier) Len() int           { return len(f) }
func (f frontier) Less(i, j int) bool { return f[i].cost < f[j].cost }
func (f frontier) Swap(i, j int)      { f[i], f[j] = f[j], f[i] }
func (f *frontier) Push(x any)        { *f = append(*f, x.(stop)) }
func (f *frontier) Pop() any {
	old := *f
	last := old[len(old)-1]
	*f = old[:len(old)-1]
	return last
}
