package likeness

import "testing"

// BenchmarkAblation reports what grouping loses without each of its parts: the table
// of the decision note.
func BenchmarkAblation(b *testing.B) {
	bare, err := ReadGlossary(files{"g.csv": "concept,kind,sign,parent,kk,ru,en\n"}, "g.csv")
	if err != nil {
		b.Fatal(err)
	}
	for _, part := range []struct {
		name     string
		glossary *Glossary
		change   func(w *Weights)
	}{
		{"everything", Own, func(*Weights) {}},
		{"no-glossary", bare, func(*Weights) {}},
		{"no-glossary-best-threshold", bare, func(w *Weights) { w.Join = 0 }},
		{"no-opposites", Own, func(w *Weights) { w.Opposite = 1 }},
		{"no-beneficiaries", Own, func(w *Weights) { w.OneGroup, w.OtherGroup = 1, 1 }},
		{"no-aims", Own, func(w *Weights) { w.OtherAim, w.Aim = 1, 0 }},
		{"no-actions", Own, func(w *Weights) { w.Action = 0 }},
		{"no-topic-needed", Own, func(w *Weights) { w.NoTopic = 1 }},
		{"no-names", Own, func(w *Weights) { w.OtherName = 1 }},
		{"no-both-more", Own, func(w *Weights) { w.BothMore = 0 }},
		{"no-first-clause", Own, func(w *Weights) { w.Later = 1 }},
		{"no-damping", Own, func(w *Weights) { w.Damp = 1 }},
		{"foreign-stems-in-full", Own, func(w *Weights) { w.Foreign = 1 }},
		{"no-stems", Own, func(w *Weights) { w.Stem = 0 }},
	} {
		for _, g := range golds(b, "testdata", shared) {
			b.Run(part.name+"/"+g.name, func(b *testing.B) {
				w := Default
				part.change(&w)
				var p pairs
				for b.Loop() {
					p = g.best(part.glossary, w)
				}
				b.ReportMetric(p.precision(), "P")
				b.ReportMetric(p.recall(), "R")
				b.ReportMetric(p.f1(), "F1")
			})
		}
	}
}

// best is the score at the threshold of w or, where it has none, at the best of all.
func (g gold) best(glossary *Glossary, w Weights) pairs {
	thresholds := []float64{w.Join}
	if w.Join == 0 {
		thresholds = []float64{0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6}
	}
	var best pairs
	for _, w.Join = range thresholds {
		x := New(glossary, w)
		for _, t := range g.texts {
			x.Add(t)
		}
		if p := g.score(x.Groups(nil)); p.f1() >= best.f1() {
			best = p
		}
	}
	return best
}
