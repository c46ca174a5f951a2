package norm

import (
	"fmt"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/profile"
)

// world draws documents on the days around a change of the minimum wage.
type world struct {
	law  *profile.Profile
	from cal.Day // documents begin and end in the hundred days after it
}

func (w world) day(t *rapid.T, what string) cal.Day {
	return w.from + cal.Day(rapid.IntRange(0, 100).Draw(t, what))
}

func (w world) value(t *rapid.T, kind *profile.NormType) (v Value, unit string) {
	switch kind.Direction {
	case profile.Boolean:
		return Value{Yes: rapid.Bool().Draw(t, "yes")}, ""
	case profile.Superset:
		return Value{Items: union(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 3).Draw(t, "items"), nil)}, ""
	}
	units := []string{""}
	for i := range w.law.Norms.Units {
		if u := &w.law.Norms.Units[i]; u.Fits(kind.Unit) {
			units = append(units, u.Code)
		}
	}
	unit = rapid.SampledFrom(units).Draw(t, "unit")
	n := big.NewRat(rapid.Int64Range(1, 60).Draw(t, "number"), rapid.Int64Range(1, 4).Draw(t, "part"))
	if kind.Unit.Base == "XTS/month" && (unit == "" || unit == kind.Unit.Code) {
		n.Mul(n, big.NewRat(100, 1)) // near the minimum wage
	}
	return Value{Number: n}, unit
}

func (w world) clause(t *rapid.T, i int, kind *profile.NormType) Clause {
	c := Clause{No: fmt.Sprint(i), Type: kind.Code, From: cal.Never, Until: cal.Forever}
	c.Value, c.Unit = w.value(t, kind)
	if len(kind.Dimensions) > 0 && rapid.Bool().Draw(t, "narrow") {
		c.Dimension = Dimension{{kind.Dimensions[0], rapid.SampledFrom([]string{"x", "y", "minor"}).Draw(t, "dimension")}}
	}
	if rapid.IntRange(0, 3).Draw(t, "dated") == 0 {
		c.From = w.day(t, "clause from")
		c.Until = c.From + 1 + cal.Day(rapid.IntRange(0, 60).Draw(t, "clause length"))
	}
	return c
}

func (w world) document(t *rapid.T, i int) *Document {
	d := &Document{
		ID: fmt.Sprint("d", i), Level: profile.Level(rapid.IntRange(0, 5).Draw(t, "level")), From: w.day(t, "from"), Until: cal.Forever,
		Scope: Scope{
			Industry: rapid.SampledFrom([]string{"G", "G1", "S"}).Draw(t, "industry"), Region: rapid.SampledFrom([]string{"GE-N", "GE-S"}).Draw(t, "region"),
			Employer: rapid.SampledFrom([]string{"e", "f"}).Draw(t, "employer"), Worker: rapid.SampledFrom([]string{"w", "v"}).Draw(t, "worker"),
		},
	}
	if rapid.Bool().Draw(t, "ends") {
		d.Until = d.From + 1 + cal.Day(rapid.IntRange(0, 90).Draw(t, "length"))
	}
	for j := range rapid.IntRange(0, 8).Draw(t, "clauses") {
		kind := &w.law.Norms.Types[rapid.IntRange(0, len(w.law.Norms.Types)-1).Draw(t, "type")]
		c := w.clause(t, j, kind)
		if !slices.ContainsFunc(d.Clauses, func(o Clause) bool {
			return o.Type == c.Type && slices.Equal(o.Dimension, c.Dimension) && o.From < c.Until && c.From < o.Until
		}) {
			d.Clauses = append(d.Clauses, c)
		}
	}
	return d
}

func (w world) book(t *rapid.T) *Book {
	c := Case{File: "drawn"}
	for i := range rapid.IntRange(1, 8).Draw(t, "documents") {
		d := w.document(t, i)
		for _, o := range c.Documents { // sometimes it succeeds another
			if o.Level == d.Level && o.From < d.From && rapid.IntRange(0, 3).Draw(t, "succeeds") == 0 {
				d.Replaces = o.ID
			}
		}
		c.Documents = append(c.Documents, d)
	}
	b, err := NewBook(w.law, c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (w world) worker(t *rapid.T) *Worker {
	out := &Worker{
		ID: "w", Scope: Scope{Industry: "G1", Region: "GE-N", Employer: "e", Worker: "w"},
		Covered: rapid.Bool().Draw(t, "covered"), Applied: rapid.Bool().Draw(t, "applied"),
	}
	if rapid.Bool().Draw(t, "minor") {
		out.Dimension = Dimension{{"category", "minor"}}
	}
	return out
}

func drawn(t testing.TB) world {
	return world{country(t, "generic"), day(t, "2024-11-20")} // the minimum wage changes on 2025-01-01
}

func TestNoRightIsWorseThanABoundInForce(t *testing.T) {
	w := drawn(t)
	rapid.Check(t, func(t *rapid.T) {
		on := w.book(t).On(w.day(t, "on"))
		worker := w.worker(t)
		for _, r := range on.Rights(worker) {
			near := on.nearest(r.Sources)
			for _, s := range r.Sources {
				if v := compare(r.Type.Direction, r.Best.Value, s.Value); v == Worse || v == Incomparable {
					t.Fatalf("%s: the best is worse than %+v", r.Type.Code, s)
				}
				binds := s.Level() == profile.LevelLaw || on.book.binds(s.Level(), near.Level())
				if v := compare(r.Type.Direction, r.InForce.Value, s.Value); binds && (v == Worse || v == Incomparable) {
					t.Fatalf("%s: in force is worse than %+v", r.Type.Code, s)
				}
			}
			if compare(r.Type.Direction, r.InForce.Value, r.Best.Value) == Better {
				t.Fatalf("%s: in force is better than the best", r.Type.Code)
			}
		}
	})
}

func TestVerdictDoesNotDependOnTheUnit(t *testing.T) {
	w := drawn(t)
	rapid.Check(t, func(t *rapid.T) {
		b := w.book(t)
		on := b.On(w.day(t, "on"))
		before := verdictsOf(b, on)
		// Tell a clause of each document in another unit of the same day.
		for _, d := range b.docs {
			for i := range d.Clauses {
				c := &d.Clauses[i]
				kind := &b.norms.Types[c.kind]
				if !kind.Direction.Counted() || !rapid.Bool().Draw(t, "retell") {
					continue
				}
				v, missing := on.value(d, c)
				if missing != "" || b.inner(&Clause{kind: c.kind, unit: kind.Unit}) {
					continue
				}
				u := b.norms.Unit(rapid.SampledFrom(b.norms.Units).Draw(t, "unit").Code)
				if !u.Fits(kind.Unit) || on.factors[u].own || c.Type == "PAY.TARIFF" {
					continue // a unit that names a norm of the document would move with it
				}
				to, _ := on.factor(d, u, 0)
				own, _ := on.factor(d, kind.Unit, 0)
				n := new(big.Rat).Mul(v.Number, own)
				n.Add(n, kind.Unit.Offset)
				n.Sub(n, u.Offset)
				c.Value.Number, c.unit, c.Unit = n.Quo(n, to), u, u.Code
				if u == kind.Unit {
					c.unit = nil
				}
			}
		}
		if after := verdictsOf(b, on); !slices.Equal(before, after) {
			t.Fatalf("before %v\nafter  %v", before, after)
		}
	})
}

func verdictsOf(b *Book, on *Day) []Verdict {
	var out []Verdict
	for _, d := range b.docs {
		for _, f := range on.Verdicts(d) {
			out = append(out, f.Verdict)
		}
	}
	return out
}

func TestABetterDocumentNeverLowersARight(t *testing.T) {
	w := drawn(t)
	rapid.Check(t, func(t *rapid.T) {
		b := w.book(t)
		day := w.day(t, "on")
		worker := w.worker(t)
		before := b.On(day).Rights(worker)
		better := &Document{
			ID: "better", Level: profile.Level(rapid.IntRange(0, 5).Draw(t, "level of the better")), From: cal.Never, Until: cal.Forever,
			Scope: worker.Scope,
		}
		for _, r := range before {
			dim, _ := worker.Dimension.join(r.Dimension)
			if dim = slices.DeleteFunc(dim, func(p [2]string) bool { return !slices.Contains(r.Type.Dimensions, p[0]) }); len(dim) == 0 {
				dim = nil
			}
			c := Clause{Type: r.Type.Code, Value: r.Best.Value, Dimension: dim, From: cal.Never, Until: cal.Forever}
			if c.Value.Number != nil {
				more := big.NewRat(rapid.Int64Range(0, 3).Draw(t, "more"), 2)
				if r.Type.Direction == profile.Lower {
					more.Neg(more)
				}
				c.Value.Number = more.Add(more, r.Best.Value.Number)
			}
			better.Clauses = append(better.Clauses, c)
		}
		richer, err := NewBook(w.law, Case{Documents: append(b.Documents(), better)})
		if err != nil {
			t.Fatal(err)
		}
		after := map[string]Right{}
		for _, r := range richer.On(day).Rights(worker) {
			after[r.Type.Code+r.Dimension.String()] = r
		}
		for _, r := range before {
			now, ok := after[r.Type.Code+r.Dimension.String()]
			if !ok {
				t.Fatalf("%s is lost", r.Type.Code)
			}
			for _, pair := range [][2]Value{{now.InForce.Value, r.InForce.Value}, {now.Best.Value, r.Best.Value}} {
				if v := compare(r.Type.Direction, pair[0], pair[1]); v == Worse || v == Incomparable {
					t.Fatalf("%s fell from %s to %s", r.Type.Code, pair[1].Words(r.Type.Direction), pair[0].Words(r.Type.Direction))
				}
			}
		}
	})
}

func TestReevaluationEqualsEvaluationFromScratch(t *testing.T) {
	w := drawn(t)
	turn := day(t, "2025-01-01")
	rapid.Check(t, func(t *rapid.T) {
		b := w.book(t)
		on := turn
		if rapid.Bool().Draw(t, "another day") {
			on = w.day(t, "on")
		}
		got := b.Changes(on, b.ChangesOn(on))
		var want []Changed
		before, after := b.On(on-1), b.On(on)
		for _, d := range b.docs {
			was, is := all(before, d), all(after, d)
			for i := range d.Clauses {
				if c := &d.Clauses[i]; was[c] != is[c] {
					want = append(want, Changed{d, c, was[c], is[c]})
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("found %v\nwant  %v", got, want)
		}
	})
}

func all(on *Day, d *Document) map[*Clause]Verdict {
	out := map[*Clause]Verdict{}
	for _, f := range on.Verdicts(d) {
		if f.Clause != nil {
			out[f.Clause] = f.Verdict
		}
	}
	return out
}
