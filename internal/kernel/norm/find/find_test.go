package find_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"odaq/internal/kernel/norm/find"
	"odaq/internal/kernel/profile"
)

// clause is a line of the labelled set.
type clause struct {
	id, lang, text  string
	expected, spans []string // "LEAVE.ANNUAL >= 24 calendar days", the words of its value
	heldOut         bool
}

// labelled reads clauses.csv of the vectors folder, else our own.
func labelled(t testing.TB) []clause {
	t.Helper()
	path := "testdata/clauses.csv"
	if dir := os.Getenv("ODAQ_VECTORS_DIR"); dir != "" {
		if other := filepath.Join(dir, "clauses.csv"); exists(other) {
			path = other
		}
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var out []clause
	for _, r := range rows[1:] {
		out = append(out, clause{id: r[0], lang: r[1], text: r[2], expected: cells(r[3]), spans: cells(r[4]), heldOut: r[5] == "yes"})
	}
	return out
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func cells(s string) []string {
	var out []string
	for c := range strings.SplitSeq(s, "|") {
		if c = strings.TrimSpace(c); c != "" {
			out = append(out, c)
		}
	}
	return out
}

func finder(t testing.TB, name string) *find.Finder {
	t.Helper()
	p, err := profile.Load(os.DirFS("../../../../profiles/" + name))
	if err != nil {
		t.Fatal(err)
	}
	g, err := find.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return find.New(&p.Norms, g)
}

var signs = [...]string{find.Exactly: "=", find.AtLeast: ">=", find.AtMost: "<="}

// label is a proposal as clauses.csv has it.
func label(p find.Proposal) string {
	switch {
	case len(p.Value.Items) > 0:
		return fmt.Sprintf("%s = {%s}", p.Type, strings.Join(p.Value.Items, " "))
	case p.Value.Number == nil:
		return p.Type + " = " + map[bool]string{true: "yes", false: "no"}[p.Value.Yes]
	}
	return fmt.Sprintf("%s %s %s %s", p.Type, signs[p.Comparison], decimal(p.Value.Number), p.Unit)
}

func decimal(v *big.Rat) string {
	s := v.FloatString(4)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// loosely is a label without its comparison.
func loosely(label string) string {
	return strings.NewReplacer(">=", "=", "<=", "=").Replace(label)
}

// tally counts proposals against labels.
type tally struct{ hits, proposed, labelled, compared, placed, numbers int }

func (a *tally) add(b tally) {
	a.hits += b.hits
	a.proposed += b.proposed
	a.labelled += b.labelled
	a.compared += b.compared
	a.placed += b.placed
	a.numbers += b.numbers
}

func (a tally) precision() float64 { return float64(a.hits) / float64(max(1, a.proposed)) }
func (a tally) recall() float64    { return float64(a.hits) / float64(max(1, a.labelled)) }

// judge compares what is proposed for a clause with its labels. A hit has type,
// value and unit right; comparison and place are counted among the hits.
func judge(c clause, got []find.Proposal) tally {
	t := tally{proposed: len(got), labelled: len(c.expected)}
	used := make([]bool, len(got))
	for i, want := range c.expected {
		at := slices.IndexFunc(got, func(p find.Proposal) bool { return loosely(label(p)) == loosely(want) })
		if at < 0 || used[at] {
			continue
		}
		used[at] = true
		t.hits++
		if label(got[at]) == want {
			t.compared++
		}
		if i < len(c.spans) {
			t.numbers++
			if strings.Contains(got[at].ValueSpan.In(c.text), c.spans[i]) || strings.Contains(c.spans[i], got[at].ValueSpan.In(c.text)) {
				t.placed++
			}
		}
	}
	return t
}

func TestClausesVectors(t *testing.T) {
	f := finder(t, "kz")
	all := map[string]*tally{}
	count := func(key string, x tally) {
		if all[key] == nil {
			all[key] = &tally{}
		}
		all[key].add(x)
	}
	for _, c := range labelled(t) {
		got := f.Find(c.text)
		x := judge(c, got)
		for _, key := range []string{"all", c.lang, map[bool]string{true: "held out", false: "tuned on"}[c.heldOut]} {
			count(key, x)
		}
		if c.heldOut && os.Getenv("ODAQ_SHOW_HELD_OUT") == "" {
			continue
		}
		if x.hits < max(x.labelled, x.proposed) || x.compared < x.hits || x.placed < x.numbers {
			var labels []string
			for _, p := range got {
				labels = append(labels, fmt.Sprintf("%s (%.2f %q)", label(p), p.Confidence, p.ValueSpan.In(c.text)))
			}
			t.Logf("%s %s\n  want %s\n  got  %s", c.id, c.text, strings.Join(c.expected, " | "), strings.Join(labels, " | "))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		x := all[key]
		t.Logf("%-9s precision %.3f recall %.3f of %d; comparison right in %.3f, span in %.3f of the hits",
			key, x.precision(), x.recall(), x.labelled, float64(x.compared)/float64(max(1, x.hits)), float64(x.placed)/float64(max(1, x.numbers)))
		if x.precision() < 0.85 || x.recall() < 0.85 {
			t.Errorf("%s: precision %.3f and recall %.3f; both must be 0.85", key, x.precision(), x.recall())
		}
	}
}

// BenchmarkClauses reports how well the labelled clauses are read, and how fast.
func BenchmarkClauses(b *testing.B) {
	f, clauses := finder(b, "kz"), labelled(b)
	var all, out tally
	size := 0
	for _, c := range clauses {
		x := judge(c, f.Find(c.text))
		all.add(x)
		if c.heldOut {
			out.add(x)
		}
		size += len(c.text)
	}
	b.ReportAllocs()
	b.SetBytes(int64(size / len(clauses)))
	i := 0
	for b.Loop() {
		f.Find(clauses[i%len(clauses)].text)
		i++
	}
	b.ReportMetric(all.precision(), "precision")
	b.ReportMetric(all.recall(), "recall")
	b.ReportMetric(out.precision(), "held-out-precision")
	b.ReportMetric(out.recall(), "held-out-recall")
}

// BenchmarkLongText reads 10 MB of clauses.
func BenchmarkLongText(b *testing.B) {
	f := finder(b, "kz")
	var all strings.Builder
	for all.Len() < 10<<20 {
		for _, c := range labelled(b) {
			all.WriteString(c.text + "\n")
		}
	}
	b.ReportAllocs()
	b.SetBytes(int64(all.Len()))
	for b.Loop() {
		f.Find(all.String())
	}
}
