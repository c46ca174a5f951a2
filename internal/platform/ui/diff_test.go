package ui

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWords(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		want           []Span
	}{
		{"nothing", "", "", nil},
		{"the same", "он болды", "он болды", []Span{{Same, "он болды"}}},
		{"one word", "не менее шести дней", "не менее двенадцати дней", []Span{{Same, "не менее "}, {Removed, "шести"}, {Added, "двенадцати"}, {Same, " дней"}}},
		{"two words beside each other", "а б в г", "а д е г", []Span{{Same, "а "}, {Removed, "б в"}, {Added, "д е"}, {Same, " г"}}},
		{"a new paragraph", "4.7. Отпуск — 12 дней.", "4.7. Отпуск — 12 дней.\nИ подрядчикам.", []Span{{Same, "4.7. Отпуск — 12 дней."}, {Added, "\nИ подрядчикам."}}},
		{"a sign", "жұмыс, демалыс", "жұмыс; демалыс", []Span{{Same, "жұмыс"}, {Removed, ","}, {Added, ";"}, {Same, " демалыс"}}},
		{"all new", "", "жаңа мәтін", []Span{{Added, "жаңа мәтін"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Words(c.old, c.new)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// checkWords holds what Words promises of any two texts.
func checkWords(t interface{ Fatalf(string, ...any) }, old, new string) {
	var was, is strings.Builder
	last := Op(-1)
	for _, s := range Words(old, new) {
		if s.Text == "" || s.Op == last || s.Op == Removed && last == Added {
			t.Fatalf("span %+v after operation %d", s, last)
		}
		last = s.Op
		if s.Op != Added {
			was.WriteString(s.Text)
		}
		if s.Op != Removed {
			is.WriteString(s.Text)
		}
	}
	if was.String() != old || is.String() != new {
		t.Fatalf("%q and %q came back as %q and %q", old, new, was.String(), is.String())
	}
}

func TestWordsKeepBothTexts(t *testing.T) {
	word := rapid.SampledFrom([]string{"а", "ә", "б", "12", " ", " ", "  ", "\n", ".", ",", "«"})
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(word, 0, 30).Draw(t, "words"), "")
	})
	rapid.Check(t, func(t *rapid.T) { checkWords(t, text.Draw(t, "old"), text.Draw(t, "new")) })
}

func FuzzWords(f *testing.F) {
	f.Add("4.7. Отпуск — шесть дней.", "4.7. Отпуск — двенадцать дней.\nИ подрядчикам.")
	f.Add("", "а")
	f.Add("\xff а", "а \xff")
	f.Fuzz(func(t *testing.T, old, new string) { checkWords(t, old, new) })
}

func TestWordsOfLongTexts(t *testing.T) {
	old, new := strings.Repeat("ескі мәтін ", 5000), strings.Repeat("жаңа сөз, ", 5000)
	checkWords(t, old, new)
	if n := len(Words(old, new)); n > 10 {
		t.Errorf("texts with nothing in common give %d spans", n)
	}
}

func TestShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-5, 1000), 0, 8).Draw(t, "values")
		var b Bar
		for _, v := range values {
			b.Parts = append(b.Parts, Part{Value: v})
		}
		x := 0.0
		for _, s := range b.shares() {
			if math.Abs(s.x-x) > 1e-6 || s.w <= 0 || math.IsNaN(s.w) {
				t.Fatalf("a part at %g wide %g after %g", s.x, s.w, x)
			}
			x += s.w
		}
		if len(b.shares()) > 0 && math.Abs(x-100) > 1e-6 {
			t.Fatalf("the parts fill %g %%", x)
		}
	})
}

func TestSparkline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Sparkline{Points: rapid.SliceOf(rapid.OneOf(rapid.Float64Range(-1e15, 1e15), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), 0}))).Draw(t, "points"), Area: rapid.Bool().Draw(t, "area")}
		for _, p := range s.points() {
			if math.IsNaN(p.x) || math.IsNaN(p.y) || p.x < 0 || p.x > sparkW || p.y < 0 || p.y > sparkH {
				t.Fatalf("the point %+v lies outside", p)
			}
		}
	})
}

func TestPlain(t *testing.T) {
	for in, want := range map[float64]string{0: "0", -0.01: "0", 12: "12", 12.25: "12.2", 1e6: "1000000"} {
		if got := plain(in); got != want {
			t.Errorf("plain(%g) = %q, want %q", in, got, want)
		}
	}
}
