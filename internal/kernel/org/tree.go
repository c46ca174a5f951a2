package org

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

// Node is an organisation in a Tree. Nodes are shared and never changed.
type Node struct {
	Org, Parent      id.ID
	Kind             Kind
	Status           Status
	Territory, Place string
}

// Tree is all organisations that were alive on a day and how they lay, without
// names. A whole federation takes some hundred kilobytes, so that questions
// about 18,000 organisations need no SQL. A Tree is never changed.
type Tree struct {
	Day   cal.Day
	nodes []*Node         // an organisation and then all beneath it; neighbours in Kazakh alphabetical order
	end   []int32         // behind the last node beneath each
	index map[id.ID]int32 // the organisation's number in its history
	at    []int32         // by that number: the place in nodes, -1 where it was not alive
}

func (t *Tree) place(org id.ID) (int32, bool) {
	n, ok := t.index[org]
	if !ok || t.at[n] < 0 {
		return 0, false
	}
	return t.at[n], true
}

// Beneath lists the organisation and everything beneath it, itself first; nil
// where it was not alive. The list must not be changed.
func (t *Tree) Beneath(org id.ID) []*Node {
	i, ok := t.place(org)
	if !ok {
		return nil
	}
	return t.nodes[i:t.end[i]]
}

// Children lists the organisations directly beneath one in Kazakh alphabetical
// order.
func (t *Tree) Children(org id.ID) []*Node {
	i, ok := t.place(org)
	if !ok {
		return nil
	}
	var out []*Node
	for at := i + 1; at < t.end[i]; at = t.end[at] {
		out = append(out, t.nodes[at])
	}
	return out
}

// Lies reports whether org is ancestor or lies beneath it.
func (t *Tree) Lies(org, ancestor id.ID) bool {
	i, ok := t.place(org)
	j, also := t.place(ancestor)
	return ok && also && j <= i && i < t.end[j]
}

// Federation is the root of the tree; not found before it was founded.
func (t *Tree) Federation() (*Node, error) {
	for i := int32(0); int(i) < len(t.nodes); i = t.end[i] {
		if t.nodes[i].Kind == Federation {
			return t.nodes[i], nil
		}
	}
	return nil, fault.Absent()
}

// span is a Node from a day to a day.
type span struct {
	Node
	from, to cal.Day
}

// chronicle is every version of every organisation in one state of the
// database, and the trees of the days last asked for.
type chronicle struct {
	spans []span // in Kazakh alphabetical order
	index map[id.ID]int32

	mu    sync.Mutex
	trees []*Tree // the latest used last
}

// keptTrees covers the days of a year's line and those of the year before it.
const keptTrees = 32

// chronicles holds the latest read chronicles by state. States are random
// numbers, so that databases, and transactions that were rolled back, cannot be
// mistaken for one another.
var chronicles struct {
	sync.Mutex
	list  []*chronicle
	state []id.ID
}

// keptChronicles is small: a process has one database, a test a few.
const keptChronicles = 2

// TreeOn gives the tree on a day. It reads the database once after each change
// of the tree, and costs one small query otherwise.
func TreeOn(ctx context.Context, q db.Querier, day cal.Day) (*Tree, error) {
	state, err := stateOf(ctx, q)
	if err != nil {
		return nil, err
	}
	if c := known(state); c != nil {
		return c.on(day), nil
	}
	// No lock is held: whoever waited for it might hold the last connection.
	c, err := readChronicle(ctx, q)
	if err != nil {
		return nil, err
	}
	// Outside of a snapshot the tree may have changed while it was read.
	again, err := stateOf(ctx, q)
	if err == nil && again == state {
		keep(state, c)
	}
	return c.on(day), err
}

func known(state id.ID) *chronicle {
	chronicles.Lock()
	defer chronicles.Unlock()
	if i := slices.Index(chronicles.state, state); i >= 0 {
		return chronicles.list[i]
	}
	return nil
}

func keep(state id.ID, c *chronicle) {
	chronicles.Lock()
	defer chronicles.Unlock()
	if state == 0 || slices.Contains(chronicles.state, state) {
		return
	}
	if len(chronicles.list) == keptChronicles {
		chronicles.list, chronicles.state = slices.Delete(chronicles.list, 0, 1), slices.Delete(chronicles.state, 0, 1)
	}
	chronicles.list, chronicles.state = append(chronicles.list, c), append(chronicles.state, state)
}

func stateOf(ctx context.Context, q db.Querier) (id.ID, error) {
	var state id.ID
	err := q.QueryRow(ctx, `SELECT state FROM org_state WHERE id = 1`).Scan(&state)
	return state, err
}

// touch says that the tree changes.
func touch(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE org_state SET state = $1 WHERE id = 1`, id.Random())
	return err
}

func readChronicle(ctx context.Context, q db.Querier) (*chronicle, error) {
	rows, err := q.Query(ctx, `SELECT org_id, parent_id, kind, status, territory, place, from_day, to_day, sort_key FROM org_version
		WHERE status <> 'dissolved'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	type keyed struct {
		span
		key []byte
	}
	var all []keyed
	words := map[string]string{} // few, and repeated thousands of times
	one := func(s string) string {
		if w, ok := words[s]; ok {
			return w
		}
		words[s] = s
		return s
	}
	for rows.Next() {
		var k keyed
		var kind, status string
		if err := rows.Scan(&k.Org, &k.Parent, &kind, &status, &k.Territory, &k.Place, &k.from, &k.to, &k.key); err != nil {
			return nil, err
		}
		k.Kind, k.Status, k.Territory, k.Place = Kind(one(kind)), Status(one(status)), one(k.Territory), one(k.Place)
		all = append(all, k)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b keyed) int {
		return cmp.Or(slices.Compare(a.key, b.key), cmp.Compare(a.Org, b.Org), cmp.Compare(a.from, b.from))
	})
	c := &chronicle{spans: make([]span, len(all)), index: make(map[id.ID]int32, len(all))}
	for i, k := range all {
		c.spans[i] = k.span
		if _, ok := c.index[k.Org]; !ok {
			c.index[k.Org] = int32(len(c.index))
		}
	}
	return c, nil
}

// on is the tree of a day.
func (c *chronicle) on(day cal.Day) *Tree {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.IndexFunc(c.trees, func(t *Tree) bool { return t.Day == day }); i >= 0 {
		t := c.trees[i]
		c.trees = append(slices.Delete(c.trees, i, i+1), t)
		return t
	}
	t := c.grow(day)
	if len(c.trees) == keptTrees {
		c.trees = slices.Delete(c.trees, 0, 1)
	}
	c.trees = append(c.trees, t)
	return t
}

func (c *chronicle) grow(day cal.Day) *Tree {
	t := &Tree{Day: day, index: c.index, at: make([]int32, len(c.index))}
	// Chains of neighbours: the first beneath each, and the next to it.
	first, next := make([]int32, len(c.index)), make([]int32, len(c.index))
	node := make([]*Node, len(c.index))
	for i := range t.at {
		t.at[i], first[i], next[i] = -1, -1, -1
	}
	root, alive := int32(-1), 0
	for i := len(c.spans) - 1; i >= 0; i-- { // backwards: the first becomes the head of its chain
		s := &c.spans[i]
		if day < s.from || day >= s.to {
			continue
		}
		n := c.index[s.Org]
		node[n] = &s.Node
		alive++
		head := &root
		if p, ok := c.index[s.Parent]; ok && s.Parent != 0 {
			head = &first[p]
		}
		next[n], *head = *head, n
	}
	t.nodes, t.end = make([]*Node, 0, alive), make([]int32, alive)
	var visit func(n int32)
	visit = func(n int32) {
		for ; n >= 0; n = next[n] {
			at := int32(len(t.nodes))
			t.at[n] = at
			t.nodes = append(t.nodes, node[n])
			visit(first[n])
			t.end[at] = int32(len(t.nodes))
		}
	}
	visit(root)
	return t
}
