package likeness

import (
	"cmp"
	"slices"
)

// Comparison says how alike two texts are and why, or why not.
type Comparison struct {
	Likeness     float64
	Join         bool       // alike enough to be joined, as far as the two alone decide
	Shared       []Reason   // what both say
	Opposed      []*Concept // of what one wants more and the other less
	ForA, ForB   []*Concept // the beneficiaries, where they are others
	AimsA, AimsB []*Concept // the aims that only one has
}

// Compare compares two texts by the frequencies of the index.
func (x *Index) Compare(a, b Text) Comparison {
	p, q := x.read(a), x.read(b)
	c := Comparison{Likeness: x.weights.likeness(p, q)}
	c.Join = c.Likeness >= x.join()
	type weighedReason struct {
		Reason
		weight float64
	}
	var shared []weighedReason
	for i, f := range p.features {
		j, ok := slices.BinarySearchFunc(q.features, f.key, func(g feature, k uint64) int { return cmp.Compare(g.key, k) })
		if !ok {
			continue
		}
		r := x.reason(f.key, 2)
		if r.Concept == nil && r.Word == "" {
			r.Word = f.word
		}
		if !r.says() {
			continue
		}
		shared = append(shared, weighedReason{r, p.weight[i] * q.weight[j]})
		if f.stance*q.features[j].stance < 0 && r.Concept != nil && !share(p.aims, q.aims) {
			c.Opposed = append(c.Opposed, r.Concept)
		}
	}
	slices.SortStableFunc(shared, func(a, b weighedReason) int { return cmp.Compare(b.weight, a.weight) })
	for _, s := range shared[:min(len(shared), maxReasons)] {
		c.Shared = append(c.Shared, s.Reason)
	}
	if !share(p.groups, q.groups) {
		c.ForA, c.ForB = x.concepts(p.groups), x.concepts(q.groups)
	}
	c.AimsA, c.AimsB = x.concepts(only(p.aims, q.aims)), x.concepts(only(q.aims, p.aims))
	return c
}

func (x *Index) read(t Text) *weighed {
	return x.weigh(x.glossary.Read(t.Body, Language(t.Body, t.Lang)))
}

func (x *Index) concepts(keys []uint64) []*Concept {
	var out []*Concept
	for _, k := range keys {
		out = append(out, x.glossary.byKey[k])
	}
	slices.SortFunc(out, func(a, b *Concept) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func only(a, b []uint64) []uint64 {
	return slices.DeleteFunc(slices.Clone(a), func(k uint64) bool {
		_, ok := slices.BinarySearch(b, k)
		return ok
	})
}
