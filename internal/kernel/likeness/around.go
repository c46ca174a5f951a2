package likeness

import "slices"

// posting is a text with the weight of a feature in it.
type posting struct {
	text   int32
	weight float64
}

// around finds the texts around one: it sums the products of the weights of shared
// features over their postings and leaves out whoever cannot reach the floor.
type around struct {
	lists   map[uint64][]posting
	sums    []float64
	touched []int32
}

func newAround(lists map[uint64][]posting, texts int) *around {
	return &around{lists: lists, sums: make([]float64, texts)}
}

// of gives the texts from number from on that may be as alike to w as floor. The
// answer is good until the next call.
func (a *around) of(w *weighed, from int, floor float64, bound func(n int) bounds) []int32 {
	a.touched = a.touched[:0]
	for i, f := range w.features {
		if !leads(f) {
			continue
		}
		list := a.lists[f.key]
		at, _ := slices.BinarySearchFunc(list, int32(from), func(p posting, n int32) int { return int(p.text - n) })
		for _, p := range list[at:] {
			if a.sums[p.text] == 0 {
				a.touched = append(a.touched, p.text)
			}
			a.sums[p.text] += p.weight * w.weight[i]
		}
	}
	out := a.touched[:0]
	for _, n := range a.touched {
		sum := a.sums[n]
		a.sums[n] = 0
		b := bound(int(n))
		if sum+w.actions*b.actions >= floor*w.norm*b.norm {
			out = append(out, n)
		}
	}
	return out
}
