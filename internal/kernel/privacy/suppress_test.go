package privacy

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// attacker knows every shown number, the sums, that nothing is negative and that
// shown zeros mean hidden ones are not zero. It is written apart from the code
// it judges: intervals are narrowed equation by equation and halved until a
// table is found or none is left.
type attacker struct {
	lo, hi    []int64
	equations [][]term
}

type term struct{ v, sign int }

func (a attacker) with(v int, lo, hi int64) attacker {
	b := attacker{append([]int64(nil), a.lo...), append([]int64(nil), a.hi...), a.equations}
	b.lo[v], b.hi[v] = max(b.lo[v], lo), min(b.hi[v], hi)
	return b
}

// narrow reports whether the intervals may still hold a table.
func (a attacker) narrow() bool {
	for changed := true; changed; {
		changed = false
		for _, eq := range a.equations {
			for i, t := range eq {
				var lo, hi int64 // of the other side of the equation
				for j, u := range eq {
					if i == j {
						continue
					}
					l, h := int64(-u.sign*t.sign)*a.lo[u.v], int64(-u.sign*t.sign)*a.hi[u.v]
					lo, hi = lo+min(l, h), hi+max(l, h)
				}
				if lo > a.lo[t.v] {
					a.lo[t.v], changed = lo, true
				}
				if hi < a.hi[t.v] {
					a.hi[t.v], changed = hi, true
				}
				if a.lo[t.v] > a.hi[t.v] {
					return false
				}
			}
		}
	}
	return true
}

// possible reports whether a table exists within the intervals.
func (a attacker) possible() bool {
	if !a.narrow() {
		return false
	}
	for v := range a.lo {
		if lo, hi := a.lo[v], a.hi[v]; lo < hi {
			mid := lo + (hi-lo)/2
			return a.with(v, lo, mid).possible() || a.with(v, mid+1, hi).possible()
		}
	}
	return true
}

// newAttacker lists the cells row by row, each row with its total, then the line
// of totals. No variable need grow beyond reach for the attack to be answered.
func newAttacker(published []Cell, equations [][]term, rule Rule, reach int64) attacker {
	a := attacker{equations: equations}
	for _, c := range published {
		lo, hi := c.N, c.N
		if c.Hidden {
			lo, hi = 1, reach
			if rule.Zeros {
				lo = 0
			}
		}
		a.lo, a.hi = append(a.lo, lo), append(a.hi, hi)
	}
	return a
}

func flatten(t Table) []Cell {
	var all []Cell
	for i, row := range t.Cells {
		all = append(append(all, row...), t.RowTotals[i])
	}
	return append(append(all, t.ColTotals...), t.Total)
}

func tableEquations(rows, cols int) [][]term {
	var eqs [][]term
	at := func(i, j int) int { return i*(cols+1) + j }
	for i := range rows + 1 {
		eq := []term{{at(i, cols), -1}}
		for j := range cols {
			eq = append(eq, term{at(i, j), 1})
		}
		eqs = append(eqs, eq)
	}
	for j := range cols + 1 {
		eq := []term{{at(rows, j), -1}}
		for i := range rows {
			eq = append(eq, term{at(i, j), 1})
		}
		eqs = append(eqs, eq)
	}
	return eqs
}

// check attacks a published table whose true cells are known.
func check(t rapid.TB, truth, published []Cell, equations [][]term, rule Rule) {
	t.Helper()
	reach := rule.Min + 1
	for _, c := range truth {
		reach = max(reach, c.N+rule.Min+1)
	}
	a := newAttacker(published, equations, rule, reach)
	for v, c := range truth {
		n, small := c.N, c.N < rule.Min && (c.N > 0 || rule.Zeros)
		switch {
		case !published[v].Hidden && small:
			t.Fatalf("cell %d = %d is shown", v, n)
		case !published[v].Hidden && published[v].N != n:
			t.Fatalf("cell %d = %d is shown as %d", v, n, published[v].N)
		case !published[v].Hidden:
		case published[v].N != 0:
			t.Fatalf("cell %d is hidden but keeps its number", v)
		case small && !a.with(v, n+rule.Min, reach).possible():
			t.Fatalf("small cell %d = %d is known to be below %d", v, n, n+rule.Min)
		case !a.with(v, n+1, reach).possible() && !a.with(v, 0, n-1).possible():
			t.Fatalf("cell %d is known to be %d", v, n)
		}
	}
}

func draw(t *rapid.T) (int64, Rule) {
	rule := Rule{Min: rapid.Int64Range(0, 6).Draw(t, "min"), Zeros: rapid.Bool().Draw(t, "zeros")}
	return rapid.SampledFrom([]int64{rule.Min + 1, 2 * rule.Min, 12}).Draw(t, "largest"), rule
}

func TestAttackOnTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		largest, rule := draw(t)
		rows, cols := rapid.IntRange(1, 4).Draw(t, "rows"), rapid.IntRange(1, 4).Draw(t, "cols")
		counts := make([][]int64, rows)
		for i := range counts {
			counts[i] = rapid.SliceOfN(rapid.Int64Range(0, largest), cols, cols).Draw(t, "row")
		}
		truth := NewTable(counts)
		check(t, flatten(truth), flatten(Suppress(truth, rule)), tableEquations(rows, cols), rule)
		if !cmp.Equal(truth, NewTable(counts)) {
			t.Fatal("Suppress changed its argument")
		}
	})
}

func TestAttackOnList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		largest, rule := draw(t)
		counts := rapid.SliceOfN(rapid.Int64Range(0, largest), 1, 12).Draw(t, "counts")
		eq := []term{{len(counts), -1}}
		for i := range counts {
			eq = append(eq, term{i, 1})
		}
		truth := NewList(counts)
		out := SuppressList(truth, rule)
		check(t, append(truth.Cells, truth.Total), append(out.Cells, out.Total), [][]term{eq}, rule)
	})
}

// The example of the federation's rules: with totals, a 2×2 table with one small
// cell hides at least two cells of every line that has a hidden one.
func TestTwoByTwo(t *testing.T) {
	truth := NewTable([][]int64{{12, 3}, {20, 25}})
	got := Suppress(truth, Rule{Min: 10})
	for _, line := range [][]Cell{
		append(got.Cells[0], got.RowTotals[0]), append(got.Cells[1], got.RowTotals[1]), append(got.ColTotals, got.Total),
		{got.Cells[0][0], got.Cells[1][0], got.ColTotals[0]}, {got.Cells[0][1], got.Cells[1][1], got.ColTotals[1]},
		append(got.RowTotals, got.Total),
	} {
		hidden := 0
		for _, c := range line {
			if c.Hidden {
				hidden++
			}
		}
		if hidden == 1 {
			t.Errorf("one hidden cell in the line %v", line)
		}
	}
	if !got.Cells[0][1].Hidden {
		t.Error("3 is shown")
	}
	if got.Total.Hidden || got.Total.N != 60 {
		t.Errorf("total %+v, want 60", got.Total)
	}
}

func TestSuppressTables(t *testing.T) {
	h := Cell{Hidden: true}
	n := func(v int64) Cell { return Cell{N: v} }
	for name, c := range map[string]struct {
		counts [][]int64
		rule   Rule
		want   [][]Cell // with totals
	}{
		"nothing small": {[][]int64{{10, 20}, {30, 40}}, Rule{Min: 10},
			[][]Cell{{n(10), n(20), n(30)}, {n(30), n(40), n(70)}, {n(40), n(60), n(100)}}},
		"no rule": {[][]int64{{1, 0}, {3, 4}}, Rule{},
			[][]Cell{{n(1), n(0), n(1)}, {n(3), n(4), n(7)}, {n(4), n(4), n(8)}}},
		"zeros are shown": {[][]int64{{0, 20}, {30, 40}}, Rule{Min: 10},
			[][]Cell{{n(0), n(20), n(20)}, {n(30), n(40), n(70)}, {n(30), n(60), n(90)}}},
		"zeros are hidden": {[][]int64{{0, 20}, {30, 40}}, Rule{Min: 10, Zeros: true},
			[][]Cell{{h, h, n(20)}, {h, h, n(70)}, {n(30), n(60), n(90)}}},
		"shown zeros are no cover": {[][]int64{{3, 0, 50}, {0, 60, 70}, {80, 90, 99}}, Rule{Min: 10},
			[][]Cell{{h, n(0), h, n(53)}, {n(0), n(60), n(70), n(130)}, {h, n(90), h, n(269)}, {n(83), n(150), n(219), n(452)}}},
		"the cheapest cells cover": {[][]int64{{3, 500, 40}, {30, 600, 50}}, Rule{Min: 10},
			[][]Cell{{h, n(500), h, n(543)}, {h, n(600), h, n(680)}, {n(33), n(1100), n(90), n(1223)}}},
		"two small cells do not cover each other": {[][]int64{{3, 4, 500}, {30, 40, 50}}, Rule{Min: 10},
			[][]Cell{{h, h, h, n(507)}, {h, h, h, n(120)}, {n(33), n(44), n(550), n(627)}}},
		"small totals": {[][]int64{{3, 4}}, Rule{Min: 10},
			[][]Cell{{h, h, h}, {h, h, h}}},
		"rounded": {[][]int64{{12, 13}, {17, 18}}, Rule{Base: 5},
			[][]Cell{{n(10), n(15), n(25)}, {n(15), n(20), n(35)}, {n(30), n(30), n(60)}}},
	} {
		got := Suppress(NewTable(c.counts), c.rule)
		var lines [][]Cell
		for i, row := range got.Cells {
			lines = append(lines, append(row, got.RowTotals[i]))
		}
		lines = append(lines, append(got.ColTotals, got.Total))
		if d := cmp.Diff(c.want, lines); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestSuppressEmpty(t *testing.T) {
	for _, counts := range [][][]int64{nil, {{}}, {{0}}} {
		Suppress(NewTable(counts), Rule{Min: 10, Zeros: true, Base: 5})
	}
	if got := SuppressList(NewList(nil), Rule{Min: 10}); got.Total.Hidden || got.Total.N != 0 {
		t.Errorf("an empty list: %+v", got)
	}
}

func TestSuppressRegions(t *testing.T) {
	got := SuppressList(NewList([]int64{400, 7, 300, 60, 50}), Rule{Min: 10, Base: 5})
	want := List{Cells: []Cell{{N: 400}, {Hidden: true}, {N: 300}, {N: 60}, {Hidden: true}}, Total: Cell{N: 815}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestMean(t *testing.T) {
	rule := MeanRule{Min: 10, MaxShare: 50}
	equal := make([]int64, 10)
	for i := range equal {
		equal[i] = 200
	}
	dominant := append([]int64{1801}, equal[1:]...) // 1801 of 3601
	half := append([]int64{1800}, equal[1:]...)
	for name, c := range map[string]struct {
		values []int64
		mean   float64
		shown  bool
	}{
		"enough": {equal, 200, true}, "too few": {equal[:9], 0, false}, "none": {nil, 0, false},
		"dominated": {dominant, 0, false}, "exactly half": {half, 360, true}, "all zero": {make([]int64, 10), 0, true},
	} {
		if mean, shown := rule.Mean(c.values); mean != c.mean || shown != c.shown {
			t.Errorf("%s: %v, %v, want %v, %v", name, mean, shown, c.mean, c.shown)
		}
	}
}

func TestDifferencing(t *testing.T) {
	for _, c := range []struct {
		a, b, both int64
		want       bool
	}{{100, 97, 97, true}, {97, 100, 97, true}, {100, 100, 100, false}, {100, 90, 90, false}, {100, 50, 0, false}, {100, 500, 95, true}} {
		if got := Differencing(c.a, c.b, c.both, Rule{Min: 10}); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// BenchmarkSuppress is the roll-up by union and region.
func BenchmarkSuppress(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	counts := make([][]int64, 23)
	for i := range counts {
		for range 20 {
			counts[i] = append(counts[i], r.Int64N(8)*r.Int64N(2000)/10)
		}
	}
	t := NewTable(counts)
	for b.Loop() {
		Suppress(t, Rule{Min: 10})
	}
}

// BenchmarkSuppressList is a list of every primary organisation.
func BenchmarkSuppressList(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	counts := make([]int64, 18_000)
	for i := range counts {
		counts[i] = r.Int64N(100)
	}
	l := NewList(counts)
	for b.Loop() {
		SuppressList(l, Rule{Min: 10})
	}
}
