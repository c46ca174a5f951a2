package norm

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/profile"
)

// A vector is one row of favourability_test_vectors.csv: what law (law), general
// (GA), industry (SA), regional (RA) and collective agreements (CA) and a
// contract (EC) say, and what must follow for the lowest of them.
type vector struct {
	law     *profile.Profile
	kind    *profile.NormType
	docs    map[profile.Level]*Document
	lowest  profile.Level
	on      cal.Day
	applied bool
}

func TestFavourabilityVectors(t *testing.T) {
	dir := os.Getenv("ODAQ_VECTORS_DIR")
	if dir == "" {
		dir = "testdata"
	}
	files, err := filepath.Glob(filepath.Join(dir, "favourability_test_vectors*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors in %s: %v", dir, err)
	}
	law := country(t, "kz")
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		column := map[string]int{}
		for i, title := range rows[0] {
			column[title] = i
		}
		for _, r := range rows[1:] {
			t.Run(r[column["id"]], func(t *testing.T) {
				v := readVector(t, law, r[column["norm"]], r[column["inputs"]])
				v.expect(t, r[column["expected"]])
			})
		}
	}
}

var levelOf = map[string]profile.Level{
	"law": profile.LevelLaw, "ga": profile.LevelGeneral, "sa": profile.LevelIndustry, "ra": profile.LevelRegional,
	"ca": profile.LevelCollective, "ec": profile.LevelContract, "agreement": profile.LevelIndustry,
}

var (
	saidForm  = regexp.MustCompile(`^([A-Za-z]+)[\s_]*[(\[{]?([^)\]}]*)[)\]}]?$`)
	valueForm = regexp.MustCompile(`^([0-9][0-9 ]*(?:[.,][0-9]+)?)\s*(.*?)(?:\s*[(\[]([^)\]]*)[)\]])?$`)
	yearForm  = regexp.MustCompile(`^\d{4}$`)
)

func readVector(t *testing.T, law *profile.Profile, code, inputs string) *vector {
	v := &vector{law: law, kind: law.Norms.Type(code), docs: map[profile.Level]*Document{}, on: day(t, "2026-04-08")}
	if v.kind == nil {
		t.Fatalf("norm type %s is unknown", code)
	}
	dated := false
	for _, part := range splitOutside(inputs) {
		key, value, _ := strings.Cut(part, ":")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if strings.Contains(strings.ToLower(key), "applied") {
			v.applied = value == "yes" || value == "true"
			continue
		}
		m := saidForm.FindStringSubmatch(key)
		level, ok := profile.Level(0), false
		if m != nil {
			level, ok = levelOf[strings.ToLower(m[1])]
		}
		if !ok {
			t.Fatalf("%q: who says this?", part)
		}
		d := v.docs[level]
		if d == nil {
			d = &Document{ID: m[1], Level: level, Scope: Scope{"B", "KZ-35", "e", "w"}}
			v.docs[level] = d
		}
		v.lowest = max(v.lowest, level)
		c, silent := v.clause(t, value, m[2])
		if silent {
			continue
		}
		if c.From.Bounded() {
			dated = true
			for i := range d.Clauses {
				if o := &d.Clauses[i]; slices.Equal(o.Dimension, c.Dimension) && o.From < c.From {
					o.Until = min(o.Until, c.From)
				}
			}
		}
		d.Clauses = append(d.Clauses, c)
	}
	if dated { // look at the latest day that is named
		v.on = cal.Never
		for _, d := range v.docs {
			for _, c := range d.Clauses {
				v.on = max(v.on, c.From)
			}
		}
	}
	if v.docs[profile.LevelLaw] != nil || len(v.docs) > 1 { // the row says itself what is above
		other := *law
		other.Norms.Bounds = slices.DeleteFunc(slices.Clone(law.Norms.Bounds), func(b profile.NormBound) bool { return b.Type.Code == code })
		v.law = &other
	}
	return v
}

// splitOutside splits at ";" outside braces.
func splitOutside(s string) []string {
	var out []string
	start, depth := 0, 0
	for i, r := range s {
		switch r {
		case '{', '(', '[':
			depth++
		case '}', ')', ']':
			depth--
		case ';':
			if depth == 0 {
				out, start = append(out, s[start:i]), i+1
			}
		}
	}
	return append(out, s[start:])
}

// clause reads "28", "1.4 x MW", "true", "{worker,family}" or "none", and when
// or for what it holds: "2023", "2024-01-01", "grade 3".
func (v *vector) clause(t *testing.T, value, when string) (c Clause, silent bool) {
	c = Clause{Type: v.kind.Code, From: cal.Never, Until: cal.Forever}
	switch strings.ToLower(value) {
	case "none", "missing", "absent", "silent", "-", "–", "—", "", "null", "nothing":
		return c, true
	}
	switch v.kind.Direction {
	case profile.Boolean:
		c.Value.Yes = value == "true" || value == "yes"
	case profile.Superset:
		for item := range strings.FieldsFuncSeq(strings.Trim(value, "{}"), func(r rune) bool { return strings.ContainsRune(",;|+", r) }) {
			c.Value.Items = append(c.Value.Items, strings.TrimSpace(item))
		}
		c.Value.Items = union(c.Value.Items, nil)
	default:
		m := valueForm.FindStringSubmatch(value)
		if m == nil {
			t.Fatalf("%q is no value", value)
		}
		n, ok := profile.ParseDecimal(strings.ReplaceAll(strings.ReplaceAll(m[1], " ", ""), ",", "."))
		if !ok {
			t.Fatalf("%q is no number", m[1])
		}
		c.Value.Number = n
		c.Unit = v.unit(t, m[2])
		if when == "" {
			when = m[3]
		}
	}
	switch {
	case when == "":
	case yearForm.MatchString(when):
		c.From = day(t, when+"-01-01")
	case len(when) == 10 && strings.Count(when, "-") == 2:
		c.From = day(t, when)
	default:
		k, val, ok := strings.Cut(when, "=")
		if !ok {
			if len(v.kind.Dimensions) == 0 {
				t.Fatalf("%s depends on nothing, yet holds for %q", v.kind.Code, when)
			}
			k, val = v.kind.Dimensions[0], when
		}
		c.Dimension = Dimension{{k, val}}
	}
	return c, false
}

// unit finds the profile's unit for how a row writes it: "x MW", "MW", "xMW".
func (v *vector) unit(t *testing.T, s string) string {
	squeeze := func(s string) string {
		s = strings.ToLower(strings.NewReplacer(" ", "", "×", "x", "*", "x", "mrp", "mci", "mzp", "mw").Replace(strings.ToLower(s)))
		return strings.TrimPrefix(s, "x")
	}
	if s == "" || squeeze(s) == squeeze(v.kind.Unit.Code) || s == "%" && strings.HasPrefix(v.kind.Unit.Code, "%") || s == "days" && strings.HasSuffix(v.kind.Unit.Code, "days") {
		return ""
	}
	for _, u := range v.law.Norms.Units {
		if squeeze(u.Code) == squeeze(s) {
			return u.Code
		}
	}
	t.Fatalf("unit %q is unknown", s)
	return ""
}

var (
	sinceForm  = regexp.MustCompile(`since[ _]+(\d{4}-\d{2}-\d{2})`)
	numberForm = regexp.MustCompile(`\b\d+(?:\.\d+)?\b`)
)

func (v *vector) expect(t *testing.T, want string) {
	c := Case{File: "row"}
	for level := profile.LevelLaw; level <= profile.LevelContract; level++ {
		if d := v.docs[level]; d != nil {
			c.Documents = append(c.Documents, d)
		}
	}
	b := bookOf(t, v.law, c)
	f := v.finding(b, v.on)
	if m := sinceForm.FindStringSubmatch(want); m != nil {
		since := day(t, m[1])
		before, after := v.finding(b, since-1), v.finding(b, since)
		verdict := strings.Fields(strings.ReplaceAll(want, "_", " "))[0]
		if before.Verdict.String() == verdict || after.Verdict.String() != verdict {
			t.Fatalf("%s the day before and %s on the day, want %s", before.Verdict, after.Verdict, want)
		}
		changes := b.Changes(since, b.ChangesOn(since))
		if !slices.ContainsFunc(changes, func(ch Changed) bool { return ch.Clause == after.Clause && ch.After == after.Verdict }) {
			t.Fatalf("the change does not find the clause: %v", changes)
		}
		return
	}
	plain := strings.ToLower(strings.NewReplacer("_", " ", "-", " ").Replace(want))
	if words := strings.Fields(plain); slices.Contains(words, "or") || slices.Contains(words, "default") || slices.Contains(words, "application") || len(words) > 0 && (isSource(words[0]) || numberForm.FindString(words[0]) == words[0]) {
		v.expectRight(t, b, words, numberForm.FindAllString(plain, -1))
		return
	}
	for _, verdict := range []Verdict{Incomparable, NotComparable, Better, Equal, Worse, Missing, Invalid} {
		if strings.HasPrefix(plain, verdict.String()) || verdict == Worse && strings.HasPrefix(plain, "void") {
			if f.Verdict != verdict {
				t.Fatalf("%s, want %s", f.Verdict, want)
			}
			if verdict == Worse && (f.Void == nil || compare(f.Type.Direction, f.Effective(), f.Value) != Better) {
				t.Fatalf("a worse clause is not void or its bound does not apply: %+v", f)
			}
			return
		}
	}
	t.Fatalf("what is %q?", want)
}

func isSource(word string) bool { _, ok := levelOf[word]; return ok }

// expectRight checks that what is in force comes from one of the sources named,
// and that the best is what an application would bring.
func (v *vector) expectRight(t *testing.T, b *Book, words, numbers []string) {
	w := Worker{ID: "w", Scope: Scope{"B", "KZ-35", "e", "w"}, Covered: true, Applied: v.applied}
	for _, r := range b.On(v.on).Rights(&w) {
		if r.Type.Code != v.kind.Code {
			continue
		}
		named := false
		for _, word := range words {
			if level, ok := levelOf[word]; ok && (r.InForce.Level() == level || r.Best.Level() == level) {
				named = true
			}
		}
		for _, n := range numbers {
			if Decimal(r.InForce.Value.Number) != n && Decimal(r.Best.Value.Number) != n {
				t.Errorf("in force %s, best %s, want %s", Decimal(r.InForce.Value.Number), Decimal(r.Best.Value.Number), n)
			}
			named = true
		}
		for _, s := range r.Sources {
			if compare(r.Type.Direction, s.Value, r.Best.Value) == Better {
				t.Errorf("%s is better than the best", Decimal(s.Value.Number))
			}
		}
		if !named {
			t.Errorf("in force from level %s, best from level %s, want %q", r.InForce.Level(), r.Best.Level(), words)
		}
		return
	}
	t.Fatal("the worker has no such right")
}

// finding is the verdict on the norm in the lowest document; one that is silent
// is missing.
func (v *vector) finding(b *Book, on cal.Day) Finding {
	d := v.docs[v.lowest]
	for _, f := range b.On(on).Verdicts(d) {
		if f.Type.Code == v.kind.Code {
			return f
		}
	}
	return Finding{Document: d, Type: v.kind, Verdict: Missing}
}
