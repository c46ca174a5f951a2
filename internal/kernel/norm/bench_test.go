package norm

import (
	"fmt"
	"math/big"
	"runtime"
	"testing"
	"time"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/profile"
)

// The country of the figures: 50,000 collective agreements of 40 norms under one
// general, twenty industry and twenty regional agreements.
const (
	agreements = 50_000
	norms      = 40
	members    = 2_000_000
)

// nation builds it; every tenth minimum is told in minimum wages.
func nation(b *testing.B) *Book {
	law := country(b, "kz")
	var types []*profile.NormType
	for i := range law.Norms.Types {
		if t := &law.Norms.Types[i]; t.Direction != profile.Informational && len(types) < norms {
			types = append(types, t)
		}
	}
	document := func(id string, level profile.Level, s Scope, n int) *Document {
		d := &Document{ID: id, Level: level, Scope: s, From: cal.Never, Until: cal.Forever, Clauses: make([]Clause, 0, len(types))}
		for i, t := range types {
			c := Clause{No: "1", Type: t.Code, From: cal.Never, Until: cal.Forever}
			switch {
			case t.Direction == profile.Boolean:
				c.Value.Yes = (n+i)%2 == 0
			case t.Direction == profile.Superset:
				c.Value.Items = [][]string{{"worker"}, {"family", "worker"}, {"dental", "worker"}}[(n+i)%3]
			case t.Unit.Code == "KZT/month" && n%10 == 0:
				c.Value.Number, c.Unit = big.NewRat(int64(10+n%7), 10), "x MW"
			case t.Unit.Base == "KZT/month":
				c.Value.Number = big.NewRat(int64(70_000+1000*(n%40)), 1)
			default:
				c.Value.Number = big.NewRat(int64(1+(n+i)%50), 2)
			}
			d.Clauses = append(d.Clauses, c)
		}
		return d
	}
	var regions, industries []string
	for _, r := range law.Regions(cal.Forever) {
		regions = append(regions, r.Code)
	}
	for _, a := range law.Activities() {
		if a.Parent == "" {
			industries = append(industries, a.Code)
		}
	}
	c := Case{File: "nation", Documents: []*Document{document("GA", profile.LevelGeneral, Scope{}, 1)}}
	for i, code := range industries {
		c.Documents = append(c.Documents, document("SA "+code, profile.LevelIndustry, Scope{Industry: code}, i))
	}
	for i, code := range regions {
		c.Documents = append(c.Documents, document("RA "+code, profile.LevelRegional, Scope{Region: code}, i))
	}
	for i := range agreements {
		c.Documents = append(c.Documents, document(fmt.Sprint("CA", i), profile.LevelCollective, place(i, industries, regions), i))
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	book, err := NewBook(law, c)
	if err != nil {
		b.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	b.Logf("book of %d documents checked and indexed in %v, heap %d MB", len(c.Documents), time.Since(start).Round(time.Millisecond), after.HeapAlloc>>20)
	return book
}

func place(i int, industries, regions []string) Scope {
	return Scope{Industry: industries[i%len(industries)], Region: regions[i/7%len(regions)], Employer: fmt.Sprint("employer ", i)}
}

func BenchmarkNation(b *testing.B) {
	book := nation(b)
	docs := book.Documents()
	first := len(docs) - agreements
	on := book.On(day(b, "2026-03-15"))
	worker := func(i int) Worker {
		return Worker{ID: fmt.Sprint(i), Scope: docs[first+i%agreements].Scope, Covered: i%5 != 0}
	}
	b.Run("verdicts of a document", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			on.Verdicts(docs[first+i%agreements])
			i += 7919
		}
		within(b, time.Millisecond)
	})
	b.Run("rights of a worker", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			w := worker(i % agreements)
			on.Rights(&w)
			i += 7919
		}
		within(b, 500*time.Microsecond)
	})
	b.Run("rights of two million", func(b *testing.B) {
		b.ReportAllocs()
		all := make([]Worker, members)
		for i := range all {
			all[i] = worker(i)
		}
		for b.Loop() {
			groups, rights := 0, 0
			for _, r := range on.RightsOf(all) {
				groups++
				rights += len(r)
			}
			b.ReportMetric(float64(groups), "groups")
			b.ReportMetric(float64(rights), "rights")
		}
		within(b, 10*time.Second)
	})
	b.Run("minimum wage changes", func(b *testing.B) {
		b.ReportAllocs()
		turn := day(b, "2026-04-01")
		higher := book.WithParameter(profile.Parameter{Code: "min_wage", From: turn, Until: cal.Forever, Value: big.NewRat(95_000, 1), Unit: "KZT"})
		for b.Loop() {
			changes := higher.Changes(turn, Change{Parameters: []string{"min_wage"}})
			b.ReportMetric(float64(len(changes)), "clauses")
		}
		within(b, 5*time.Second)
	})
}

// within fails a figure that the issue bounds.
func within(b *testing.B, limit time.Duration) {
	b.Helper()
	if per := b.Elapsed() / time.Duration(b.N); per > limit {
		b.Errorf("%v, the limit is %v", per, limit)
	}
}
