package likeness

import (
	"cmp"
	"container/heap"
	"maps"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"odaq/internal/kernel/text"
)

// Group is a set of texts proposed as one voice, for a person to confirm.
type Group struct {
	Texts    []int   // numbers in ascending order
	Central  int     // the text that says best what all say
	Likeness float64 // of the texts to the sum of all, on average: 1 where all say the same
	Why      []Reason
}

// Reason is a concept or a word that most texts of a group, or both of a pair, share.
type Reason struct {
	Concept *Concept // nil for a word
	Word    string
	Texts   int // how many have it
}

// Groups proposes groups of two or more texts, the largest first. It calls progress,
// if not nil, with the number of texts compared.
func (x *Index) Groups(progress func(done, total int)) []Group {
	order := x.canonical()
	edges := x.edges(order, progress)
	c := newClusters(len(order), edges, x.join())
	var out []Group
	for _, members := range c.join() {
		var texts []int
		for _, m := range members {
			texts = append(texts, order[m]...)
		}
		if len(texts) > 1 {
			out = append(out, x.group(texts))
		}
	}
	slices.SortFunc(out, func(a, b Group) int {
		return cmp.Or(len(b.Texts)-len(a.Texts), strings.Compare(x.texts[a.Central].Body, x.texts[b.Central].Body), a.Central-b.Central)
	})
	return out
}

// group says what holds the texts together.
func (x *Index) group(texts []int) Group {
	sum := map[uint64]float64{}
	has := map[uint64]int{}
	ws := make([]*weighed, len(texts))
	for i, n := range texts {
		w := x.weigh(x.readings[n])
		ws[i] = w
		for k, f := range w.features {
			sum[f.key] += w.weight[k] / max(w.length(), 1)
			has[f.key]++
		}
	}
	keys := slices.SortedFunc(maps.Keys(sum), func(a, b uint64) int { return cmp.Or(cmp.Compare(sum[b], sum[a]), cmp.Compare(a, b)) })
	var norm float64
	for _, k := range keys {
		norm += sq(sum[k])
	}
	g := Group{Central: texts[0]}
	best := -1.0
	for i, w := range ws {
		var dot float64
		for k, f := range w.features {
			dot += w.weight[k] * sum[f.key]
		}
		l := dot / max(w.length()*math.Sqrt(norm), 1e-9)
		g.Likeness += l / float64(len(ws))
		n := texts[i]
		if l > best+1e-9 || l > best-1e-9 && cmp.Or(len(x.texts[n].Body)-len(x.texts[g.Central].Body), strings.Compare(x.texts[n].Body, x.texts[g.Central].Body), n-g.Central) < 0 {
			best, g.Central = max(best, l), n
		}
	}
	for _, k := range keys {
		if r := x.reason(k, has[k]); 2*has[k] > len(texts) && r.says() && len(g.Why) < maxReasons {
			g.Why = append(g.Why, r)
		}
	}
	g.Texts = slices.Sorted(slices.Values(texts))
	return g
}

// says tells whether the reason can be put into words; "more" and "less" cannot.
func (r Reason) says() bool { return r.Concept == nil || r.Concept.Names != (text.Names{}) }

// maxReasons is how many reasons a person is shown.
const maxReasons = 8

func (x *Index) reason(key uint64, texts int) Reason {
	if c := x.glossary.byKey[key]; c != nil {
		return Reason{Concept: c, Texts: texts}
	}
	return Reason{Word: x.words[key], Texts: texts}
}

// canonical puts equal texts together and sorts by their words, so that the order
// of input cannot matter.
func (x *Index) canonical() [][]int {
	byBody := map[string][]int{}
	for i, t := range x.texts {
		k := string(t.Lang) + "\x00" + t.Body
		byBody[k] = append(byBody[k], i)
	}
	keys := make([]string, 0, len(byBody))
	for k := range byBody {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	out := make([][]int, len(keys))
	for i, k := range keys {
		out[i] = byBody[k]
	}
	return out
}

// edge is a pair of canonical texts and their likeness.
type edge struct {
	a, b     int32
	likeness float64
}

// edgeFloor is the share of Join below which a pair counts as nothing.
const edgeFloor = 0.6

func (x *Index) edges(order [][]int, progress func(done, total int)) []edge {
	ws := make([]*weighed, len(order))
	lists := map[uint64][]posting{}
	scale := x.scale()
	for i, same := range order {
		ws[i] = x.weighInto(new(weighed), x.readings[same[0]], scale)
		for k, f := range ws[i].features {
			if leads(f) {
				lists[f.key] = append(lists[f.key], posting{int32(i), ws[i].weight[k]})
			}
		}
	}
	floor := x.join() * edgeFloor
	found := make([][]edge, len(ws))
	var next, done atomic.Int64
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			near := newAround(lists, len(ws))
			for i := int(next.Add(1)) - 1; i < len(ws); i = int(next.Add(1)) - 1 {
				for _, n := range near.of(ws[i], i+1, floor, func(n int) bounds { return ws[n].bounds }) {
					if l := x.weights.likeness(ws[i], ws[n]); math.Abs(l) >= floor {
						found[i] = append(found[i], edge{int32(i), n, l})
					}
				}
				slices.SortFunc(found[i], func(p, q edge) int { return int(p.b - q.b) })
				if n := done.Add(1); progress != nil && n%256 == 0 {
					mu.Lock()
					progress(int(n), len(ws))
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return slices.Concat(found...)
}

// clusters is average linkage over a sparse graph: a pair without an edge counts 0.
type clusters struct {
	members [][]int
	links   []map[int32]float64 // sums of likeness to other clusters
	heap    merges
	floor   float64
}

type merge struct {
	a, b     int32
	likeness float64
}

type merges []merge

func (m merges) Len() int { return len(m) }
func (m merges) Less(i, j int) bool {
	p, q := m[i], m[j]
	if p.likeness != q.likeness {
		return p.likeness > q.likeness
	}
	if p.a != q.a {
		return p.a < q.a
	}
	return p.b < q.b
}
func (m merges) Swap(i, j int) { m[i], m[j] = m[j], m[i] }
func (m *merges) Push(v any)   { *m = append(*m, v.(merge)) }
func (m *merges) Pop() any {
	old := *m
	v := old[len(old)-1]
	*m = old[:len(old)-1]
	return v
}

func newClusters(n int, edges []edge, join float64) *clusters {
	c := &clusters{members: make([][]int, n), links: make([]map[int32]float64, n), floor: join}
	for i := range n {
		c.members[i] = []int{i}
	}
	for _, e := range edges {
		c.link(e.a, e.b, e.likeness)
		if e.likeness >= join {
			c.heap = append(c.heap, merge{e.a, e.b, e.likeness})
		}
	}
	heap.Init(&c.heap)
	return c
}

func (c *clusters) link(a, b int32, l float64) {
	for _, p := range [2][2]int32{{a, b}, {b, a}} {
		if c.links[p[0]] == nil {
			c.links[p[0]] = map[int32]float64{}
		}
		c.links[p[0]][p[1]] = l
	}
}

func (c *clusters) average(a, b int32) float64 {
	return c.links[a][b] / float64(len(c.members[a])*len(c.members[b]))
}

// join merges while two clusters are alike enough and gives the members of each.
func (c *clusters) join() [][]int {
	for c.heap.Len() > 0 {
		m := heap.Pop(&c.heap).(merge)
		if c.members[m.a] == nil || c.members[m.b] == nil || c.average(m.a, m.b) != m.likeness {
			continue // one of them has grown meanwhile
		}
		c.merge(m.a, m.b)
	}
	var out [][]int
	for _, m := range c.members {
		if m != nil {
			out = append(out, m)
		}
	}
	return out
}

// merge puts b into a; the lower number stays, so that ties fall by the words.
func (c *clusters) merge(a, b int32) {
	c.members[a] = append(c.members[a], c.members[b]...)
	c.members[b] = nil
	delete(c.links[a], b)
	delete(c.links[b], a)
	for n, l := range c.links[b] {
		c.links[a][n] += l
		delete(c.links[n], b)
	}
	c.links[b] = nil
	for n, l := range c.links[a] {
		c.links[n][a] = l
		if avg := c.average(min(a, n), max(a, n)); avg >= c.floor {
			heap.Push(&c.heap, merge{min(a, n), max(a, n), avg})
		}
	}
}
