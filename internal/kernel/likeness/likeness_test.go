package likeness

import (
	"encoding/csv"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"odaq/internal/kernel/text"
)

func vectors(t *testing.T, name string) [][]string {
	t.Helper()
	dir := os.Getenv("ODAQ_VECTORS_DIR")
	file := filepath.Join(dir, name)
	if _, err := os.Stat(file); dir == "" || err != nil {
		file = filepath.Join("testdata", name)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func TestStemKazakhVectors(t *testing.T) {
	for i, row := range vectors(t, "kazakh_stems.csv") {
		if got := StemKazakh(row[0]); got != row[1] {
			t.Errorf("line %d: StemKazakh(%s) = %s, want %s", i+2, row[0], got, row[1])
		}
	}
}

// The forms of one word must meet, typed with Kazakh letters or with Russian ones.
func TestStemsMeet(t *testing.T) {
	for _, forms := range []string{"жалақы жалақыны жалақысын жалақының жалақыға жалакынын жалакыга", "еңбек еңбегі еңбекке енбегинин", "мектеп мектебі мектептер мектептерімізде"} {
		words := strings.Fields(forms)
		for _, w := range words[1:] {
			if got, want := stem(text.KK, w), stem(text.KK, words[0]); got != want {
				t.Errorf("%s → %s, %s → %s", w, got, words[0], want)
			}
		}
	}
}

func TestLanguage(t *testing.T) {
	right := 0
	g := readGold(t, "testdata/suggestions_gold_trilingual.csv")
	for _, x := range g.texts {
		if Language(x.Body, "") == x.Lang {
			right++
		} else {
			t.Logf("not told: %s", x.Body)
		}
	}
	if right < 108 {
		t.Errorf("%d of %d languages told, want 108", right, len(g.texts))
	}
	if got := Language("повысить зарплату", text.KK); got != text.KK {
		t.Errorf("the author chose kk, got %s", got)
	}
	for body, want := range map[string]text.Lang{"": text.EN, "12345": text.EN, "Жалақы": text.KK, "зарплата": text.RU, "Raise wages at Казахмыс plant": text.EN, "бизге автобус керек": text.KK} {
		if got := Language(body, ""); got != want {
			t.Errorf("Language(%q) = %s, want %s", body, got, want)
		}
	}
}

func compared(a, b string) Comparison {
	x := New(Own, Default)
	// A corpus of one's own words, so that frequencies say something.
	for _, s := range []string{"Поднять зарплату водителям", "Выдать спецодежду", "Ремонт столовой", "Автобус для рабочих", "Көлік керек", "Raise wages", "More leave"} {
		x.Add(Text{Body: s})
	}
	return x.Compare(Text{Body: a}, Text{Body: b})
}

func TestTogether(t *testing.T) {
	for _, c := range [][2]string{
		{"Поднимите зарплату водителям", "Жүргізушілердің жалақысын көтеріңіздер"},
		{"Raise drivers' pay", "Повысить оклады водителям"},
		{"Ban night shifts", "Night shifts should be abolished"},
		{"Арнайы киім берілмейді", "Выдайте спецодежду"},
		{"Балабақша ашыңыздар", "Open a kindergarten"},
		{"Stop the cuts to pensions", "Protect pensions"},
	} {
		if got := compared(c[0], c[1]); !got.Join || len(got.Shared) == 0 {
			t.Errorf("%q and %q are kept apart: %.2f", c[0], c[1], got.Likeness)
		}
	}
}

func TestApart(t *testing.T) {
	for _, c := range []struct{ a, b, why string }{
		{"Raise the bonus", "Freeze the bonus", "opposed"},
		{"Give us overtime", "Ban overtime", "opposed"},
		{"Поднять пенсионный возраст", "Снизить пенсионный возраст", "opposed"},
		{"Сыйақыны көбейту керек", "Отменить премии", "opposed"},
		{"Повысить зарплату учителям", "Повысить зарплату шахтёрам", "group"},
		{"Мұғалімдерге пәтер беру", "Housing for nurses", "group"},
		{"Raise the bonus for drivers", "The same bonus for drivers and miners alike", "aim"},
		{"Отремонтировать дорогу", "Выдать спецодежду", "topic"},
	} {
		got := compared(c.a, c.b)
		if got.Join {
			t.Errorf("%q and %q are joined: %.2f", c.a, c.b, got.Likeness)
		}
		said := map[string]bool{"opposed": len(got.Opposed) > 0, "group": len(got.ForA)+len(got.ForB) > 0, "aim": len(got.AimsA)+len(got.AimsB) > 0, "topic": true}
		if !said[c.why] {
			t.Errorf("%q and %q: it is not said that they differ by %s", c.a, c.b, c.why)
		}
	}
}

// demands draws texts that are like each other now and then.
func demands(t *rapid.T) []Text {
	word := rapid.SampledFrom(strings.Fields("raise cut freeze wages pension bonus nurses drivers miners leave жалақы көтеру зейнетақы мұғалім автобус керек поднять снизить зарплату пенсию учителям отпуск столовая Астана Almaty"))
	body := rapid.Custom(func(t *rapid.T) Text {
		return Text{Body: strings.Join(rapid.SliceOfN(word, 1, 6).Draw(t, "words"), " ")}
	})
	return rapid.SliceOfN(body, 0, 40).Draw(t, "texts")
}

// bodies are the groups as sets of texts, which do not depend on numbers.
func bodies(x *Index) []string {
	var out []string
	for _, g := range x.Groups(nil) {
		var in []string
		for _, n := range g.Texts {
			in = append(in, x.Text(n).Body)
		}
		slices.Sort(in)
		out = append(out, strings.Join(in, "|"))
	}
	slices.Sort(out)
	return out
}

func index(texts []Text) *Index {
	x := New(Own, Default)
	for _, t := range texts {
		x.Add(t)
	}
	return x
}

func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := demands(t)
		other := slices.Clone(texts)
		seed := rapid.Int64().Draw(t, "seed")
		rand.New(rand.NewSource(seed)).Shuffle(len(other), func(i, j int) { other[i], other[j] = other[j], other[i] })
		if diff := cmp.Diff(bodies(index(texts)), bodies(index(other))); diff != "" {
			t.Fatal(diff)
		}
	})
}

// An index that answered questions while it was filled answers as one filled at once.
func TestIncrementalEqualsBatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := demands(t)
		asked := New(Own, Default)
		for _, x := range texts {
			asked.Candidates(x, 5)
			asked.Add(x)
		}
		batch := index(texts)
		if diff := cmp.Diff(bodies(batch), bodies(asked)); diff != "" {
			t.Fatal(diff)
		}
		for _, x := range texts {
			if diff := cmp.Diff(batch.Candidates(x, 10), asked.Candidates(x, 10)); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func TestCompareIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := demands(t)
		x := index(texts)
		for i := range texts {
			for j := range i {
				a, b := x.Compare(texts[i], texts[j]), x.Compare(texts[j], texts[i])
				if a.Likeness != b.Likeness || a.Likeness > 1+1e-9 {
					t.Fatalf("%q, %q: %v and %v", texts[i].Body, texts[j].Body, a.Likeness, b.Likeness)
				}
			}
		}
	})
}

// A candidate is what Compare would join, and the likest comes first.
func TestCandidates(t *testing.T) {
	x := index([]Text{{Body: "Raise the wages of drivers"}, {Body: "Водителям повысить зарплату"}, {Body: "Freeze the wages of drivers"}, {Body: "Build a canteen"}})
	got := x.Candidates(Text{Body: "Жүргізушілердің жалақысын көтеру"}, 10)
	if len(got) != 2 || got[0].Text != 1 && got[0].Text != 0 || got[0].Likeness < got[1].Likeness {
		t.Errorf("got %v", got)
	}
	if got := x.Candidates(Text{}, 10); len(got) != 0 {
		t.Errorf("an empty text is like %v", got)
	}
}

func TestHugeAndMixedTexts(t *testing.T) {
	x := index([]Text{
		{Body: strings.Repeat("жалақыны көтеру ", 700_000)}, // 20 MB
		{Body: strings.Repeat("a", 10<<20)},
		{Body: "Жалaқыны kөтеру raise зарплату \xff\xfe ☃ 1️⃣"},
		{Body: ""}, {Body: "…!?"}, {Body: "жалақыны көтеру"},
	})
	if got := x.Groups(nil); len(got) != 1 || !slices.Contains(got[0].Texts, 0) || !slices.Contains(got[0].Texts, 5) {
		t.Errorf("got %v", got)
	}
}

func TestGlossaryRefuses(t *testing.T) {
	head := "concept,kind,sign,parent,kk,ru,en\n"
	for body, want := range map[string]string{
		"concept,kind\n": "g.csv:1",
		head + "a,topic,1,,,,apple\na,topic,1,,,,plum": "g.csv:3",
		head + "a,idea,1,,,,apple":                     "g.csv:2",
		head + "a,topic,2,,,,apple":                    "g.csv:2",
		head + "a,topic,1,b,,,apple":                   "g.csv:2",
		head + "a,topic,1,a,,,apple":                   "g.csv:2",
		head + "a,topic,1,,,,of":                       "g.csv:2",
		head + "a,topic,1,,,,apple + ":                 "g.csv:2",
		head + "a,topic\n":                             "line 2",
		head + "a,topic,1,b,,,x\nb,topic,1,a,,,y":      "descends",
	} {
		_, err := ReadGlossary(files{"g.csv": body}, "g.csv")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", body, err, want)
		}
	}
}

func TestReasonsHaveWords(t *testing.T) {
	for _, c := range Own.concepts {
		for _, l := range text.Langs {
			if c.Names != (text.Names{}) && c.In(l) == "" {
				t.Errorf("%s has no name in %s", c.Name, l)
			}
		}
	}
	x := index([]Text{{Body: "Raise the pay of nurses"}, {Body: "Поднять зарплату медсёстрам"}})
	g := x.Groups(nil)
	if len(g) != 1 {
		t.Fatalf("got %v", g)
	}
	var said []string
	for _, r := range g[0].Why {
		said = append(said, r.In(text.RU))
	}
	if !slices.Contains(said, "медсестра") || !slices.Contains(said, "зарплата") {
		t.Errorf("the reasons are %v", said)
	}
}

func TestReport(t *testing.T) {
	words, err := text.Load(text.Source{Name: "likeness", FS: Locale})
	if err != nil {
		t.Fatal(err)
	}
	x := index([]Text{{Body: "Raise <b>pay</b>"}, {Body: "Raise pay!"}, {Body: "Build a canteen"}})
	for _, l := range text.Langs {
		var b strings.Builder
		if err := x.Report(&b, "f.csv", x.Groups(nil), 100, words.In(l)); err != nil {
			t.Fatal(err)
		}
		page := b.String()
		if !strings.Contains(page, "&lt;b&gt;") || strings.Contains(page, "canteen") || strings.Contains(page, "http") || strings.Contains(page, "no value") || !strings.Contains(page, "2 ") || !strings.Contains(page, fmt.Sprintf("lang=%q", l)) {
			t.Errorf("%s: %s", l, page)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"Жалақыны көтеріңіздер", "Не выдают спецодежду", "Raise the wage to £8.40 for under-25's", "1950's U18 18-20", "\xff'-.,", "не не жоқ stop end"} {
		f.Add(s)
	}
	x := index([]Text{{Body: "Raise the wages"}, {Body: "Поднять зарплату"}})
	f.Fuzz(func(t *testing.T, s string) {
		x.Candidates(Text{Body: s}, 3)
		if l := x.Compare(Text{Body: s}, Text{Body: s}).Likeness; l > 1+1e-9 || l < 0 || l != l {
			t.Errorf("%q is %v like itself", s, l)
		}
	})
}

func FuzzStemKazakh(f *testing.F) {
	for _, s := range []string{"жалақысын", "кәсіподақтарының", "мектептерімізде", "а", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s = strings.ToValidUTF8(s, ""); len([]rune(StemKazakh(s))) > len([]rune(s)) {
			t.Errorf("%q grew", s)
		}
	})
}

func FuzzGlossary(f *testing.F) {
	f.Add("concept,kind,sign,parent,kk,ru,en\na,topic,1,,жалақы*,*май; б + в,=x; #young\n")
	f.Fuzz(func(t *testing.T, s string) {
		if g, err := ReadGlossary(files{"g.csv": s}, "g.csv"); err == nil {
			g.Read("raise the wage of nurses", text.EN)
		}
	})
}
