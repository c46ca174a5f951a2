package norm

import (
	"iter"
	"math/big"
	"runtime"
	"slices"
	"sync"

	"odaq/internal/kernel/profile"
)

// Right is what one norm gives one worker on a day.
type Right struct {
	Type      *profile.NormType
	Dimension Dimension // beyond the worker's own: an event, for example
	InForce   Source    // by default, or on the written application made
	Best      Source    // available on a written application
	Next      Source    // the second best of other sources; none when there is one source
	Void      Source    // the nearest clause, where it is void; none otherwise
	Lawyer    bool      // lists differ both ways: both are promised, a lawyer decides
	Sources   []Source  // all that were looked at, from the law down
	Skipped   string    // what it takes to tell another source and is not there
}

// Chosen reports whether an application in writing gives more than the default.
func (r *Right) Chosen() bool {
	return compare(r.Type.Direction, r.Best.Value, r.InForce.Value) == Better
}

// Gain is by how much the best beats the next, in the unit of the type; nil for
// yes-no and lists, and when there is no next.
func (r *Right) Gain() *big.Rat {
	if r.Next.None() || !r.Type.Direction.Counted() {
		return nil
	}
	gain := new(big.Rat).Sub(r.Best.Value.Number, r.Next.Value.Number)
	return gain.Abs(gain)
}

// Rights are the norms that give a worker something on the day, in the order of
// the norm types.
func (d *Day) Rights(w *Worker) []Right { return d.rights(w, new(scratch)) }

// scratch is memory used again from worker to worker.
type scratch struct {
	docs    []*Document
	rights  []Right
	sources []Source
	dims    []Dimension
}

func (d *Day) rights(w *Worker, s *scratch) []Right {
	docs := d.book.covering(s.docs[:0], w.Scope, d.on, profile.LevelContract)
	if !w.Covered {
		docs = slices.DeleteFunc(docs, func(o *Document) bool { return o.Level == profile.LevelCollective })
	}
	out := slices.Grow(s.rights[:0], len(d.bounds))
	arena := slices.Grow(s.sources[:0], 3*len(d.bounds))
	dims := s.dims
	for kind := range d.bounds {
		dims = d.dimensions(dims[:0], docs, int32(kind), w.Dimension)
		for _, dim := range dims {
			if !concerns(&d.book.norms.Types[kind], dim) {
				continue
			}
			start := len(arena)
			r := Right{Type: &d.book.norms.Types[kind]}
			if s, missing := d.statute(int32(kind), dim, profile.LevelContract); !s.None() {
				arena = append(arena, s)
			} else {
				r.Skipped = missing
			}
			for _, o := range docs {
				c := d.stated(o, int32(kind), dim)
				if c == nil {
					continue
				}
				v, missing := d.value(o, c)
				if missing != "" {
					r.Skipped = missing
					continue
				}
				arena = append(arena, Source{Document: o, Clause: c, Value: v})
			}
			if len(arena) == start || r.Type.Direction == profile.Informational {
				arena = arena[:start]
				continue
			}
			if len(dim) > len(w.Dimension) {
				r.Dimension = dim
			}
			r.Sources = arena[start:len(arena):len(arena)]
			d.settle(&r, w.Applied)
			out = append(out, r)
		}
	}
	s.docs, s.rights, s.sources, s.dims = docs, out, arena, dims
	return out
}

// concerns reports whether a norm is about those of a dimension: extra leave for
// hazardous work is not about everybody.
func concerns(t *profile.NormType, dim Dimension) bool {
	for _, key := range t.OnlyFor {
		if !slices.ContainsFunc(dim, func(p [2]string) bool { return p[0] == key }) {
			return false
		}
	}
	return true
}

// dimensions are the worker's own, and with each further one that a clause
// distinguishes and the worker's do not settle.
func (d *Day) dimensions(out []Dimension, docs []*Document, kind int32, own Dimension) []Dimension {
	out = append(out, own)
	for _, o := range docs {
		all := o.of(kind)
		for i := range all {
			c := &all[i]
			if c.Dimension == nil || !o.holds(c, d.on) || c.Dimension.within(own) {
				continue
			}
			both, ok := own.join(c.Dimension)
			if ok && !slices.ContainsFunc(out, func(o Dimension) bool { return slices.Equal(o, both) }) {
				out = append(out, both)
			}
		}
	}
	return out
}

// settle finds what is in force, the best and the next best.
func (d *Day) settle(r *Right, applied bool) {
	dir := r.Type.Direction
	best := 0
	for i := range r.Sources {
		if compare(dir, r.Sources[i].Value, r.Sources[best].Value) == Better {
			best = i
		}
	}
	r.Best = r.Sources[best]
	for i := range r.Sources {
		if i == best {
			continue
		}
		if r.Next.None() || compare(dir, r.Sources[i].Value, r.Next.Value) == Better {
			r.Next = r.Sources[i]
		}
		if compare(dir, r.Best.Value, r.Sources[i].Value) == Incomparable {
			r.Lawyer = true
			r.Best.Value.Items = union(r.Best.Value.Items, r.Sources[i].Value.Items)
		}
	}
	r.InForce = d.inForce(r)
	if applied {
		r.InForce = r.Best
	}
}

// inForce is the value by default: that of the document nearest to the worker,
// unless a bound makes it void.
func (d *Day) inForce(r *Right) Source {
	dir := r.Type.Direction
	near := d.nearest(r.Sources)
	var bound Source
	for _, s := range r.Sources {
		if d.book.binds(s.Level(), near.Level()) {
			bound = stricter(dir, bound, s)
		}
	}
	if bound.None() {
		return near
	}
	switch v := compare(dir, near.Value, bound.Value); {
	case v == Worse || v == Equal && bound.above():
		r.Void = near
		return bound
	case v == Incomparable:
		r.Lawyer = true
		near.Value.Items = union(near.Value.Items, bound.Value.Items)
	}
	return near
}

// nearest is the source of the contract, else of the collective agreement, else
// of the agreement that comes first where the worker has not chosen, else of
// the law.
func (d *Day) nearest(all []Source) Source {
	last := all[len(all)-1] // they stand from the law down
	if last.Level() >= profile.LevelCollective {
		for _, s := range all {
			if s.Level() == last.Level() {
				return s
			}
		}
	}
	for _, level := range d.book.norms.Choice.Order {
		for _, s := range all {
			if s.Level() == level {
				return s
			}
		}
	}
	if last.Level() > profile.LevelLaw {
		return last
	}
	first := all[0]
	for _, s := range all[1:] {
		first = stricter(d.dir(s), first, s)
	}
	return first
}

func (d *Day) dir(s Source) profile.Direction {
	if s.Bound != nil {
		return s.Bound.Type.Direction
	}
	return d.book.norms.Types[s.Clause.kind].Direction
}

// Cohort are workers whose rights are decided by the same things.
type Cohort struct {
	Worker  Worker // one of them
	Members []int  // positions in what was given
}

// RightsOf groups workers by what decides their rights and yields the rights of
// each group once; they are valid until the next group.
func (d *Day) RightsOf(workers []Worker) iter.Seq2[Cohort, []Right] {
	type key struct {
		scope            Scope
		dim              string
		covered, applied bool
	}
	return func(yield func(Cohort, []Right) bool) {
		at := map[key]int{}
		var cohorts []Cohort
		for i := range workers {
			w := &workers[i]
			k := key{scope: w.Scope, covered: w.Covered, applied: w.Applied}
			if len(w.Dimension) > 0 {
				k.dim = w.Dimension.String()
			}
			if d.book.scopes[scope{profile.LevelContract, w.Scope.Worker}] == nil {
				k.scope.Worker = "" // no contract of their own sets them apart
			}
			n, ok := at[k]
			if !ok {
				n = len(cohorts)
				at[k] = n
				cohorts = append(cohorts, Cohort{Worker: *w})
			}
			cohorts[n].Members = append(cohorts[n].Members, i)
		}
		// Some groups at a time on every processor, in the order of the workers.
		lanes := runtime.GOMAXPROCS(0)
		memory := make([]scratch, 16*lanes)
		rights := make([][]Right, len(memory))
		for some := range slices.Chunk(cohorts, len(memory)) {
			var all sync.WaitGroup
			for lane := range lanes {
				all.Go(func() {
					for i := lane; i < len(some); i += lanes {
						rights[i] = d.rights(&some[i].Worker, &memory[i])
					}
				})
			}
			all.Wait()
			for i := range some {
				if !yield(some[i], rights[i]) {
					return
				}
			}
		}
	}
}
