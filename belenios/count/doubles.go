package count

import "cmp"

// doubles are numbers as belenios-tool has them: rounded, so that a sum depends
// on its order.
type doubles struct {
	weights []float64
	scores  []float64
}

func newDoubles(choices int) *doubles {
	return &doubles{[]float64{1}, make([]float64, choices)}
}

func (d *doubles) clear() { clear(d.scores) }

func (d *doubles) add(choice, weight int) { d.scores[choice] += d.weights[weight] }

func (d *doubles) compare(a, b int) int { return cmp.Compare(d.scores[a], d.scores[b]) }

func (d *doubles) reaches(choice, quota int) bool { return d.scores[choice] >= float64(quota) }

func (d *doubles) surplus(choice, quota int, after map[int]int) error {
	part := (d.scores[choice] - float64(quota)) / d.scores[choice]
	for weight := range after {
		after[weight] = len(d.weights)
		d.weights = append(d.weights, d.weights[weight]*part)
	}
	return nil
}
