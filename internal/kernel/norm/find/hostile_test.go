package find_test

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"odaq/internal/kernel/norm/find"
)

// inside fails when a span of a proposal is not a part of the text.
func inside(t interface{ Fatalf(string, ...any) }, text string, all []find.Proposal) {
	runes := utf8.RuneCountInString(text)
	for _, p := range all {
		for _, s := range append([]find.Span{p.ValueSpan, p.UnitSpan}, p.Why...) {
			if s.Start < 0 || s.Start > s.End || s.End > len(text) || s.RuneStart > s.RuneEnd || s.RuneEnd > runes {
				t.Fatalf("span %+v of %s is not in the %d bytes, %d runes of the text", s, p.Type, len(text), runes)
			}
			if len(text) < 10_000 && (utf8.RuneCountInString(text[:s.Start]) != s.RuneStart || utf8.RuneCountInString(text[:s.End]) != s.RuneEnd) {
				t.Fatalf("span %+v: bytes and runes tell different places of %q", s, text)
			}
		}
		if !(p.Confidence > 0 && p.Confidence <= 1) {
			t.Fatalf("confidence %v", p.Confidence)
		}
	}
}

func FuzzFind(f *testing.F) {
	finder := finder(f, "kz")
	for _, c := range labelled(f) {
		f.Add(c.text)
	}
	f.Add("1\xff2 ½½ 1/0 000,000,000 от до %, МЗП")
	f.Fuzz(func(t *testing.T, text string) { inside(t, text, finder.Find(text)) })
}

func FuzzReadGlossary(f *testing.F) {
	f.Add("[number 2]\nru: два\n[unit days]\nru: дн*\n[type LEAVE.ANNUAL]\ntakes: days\nru: отпуск* + ежегодн*")
	f.Fuzz(func(_ *testing.T, in string) { find.ReadGlossary(strings.NewReader(in), "glossary.txt") })
}

// A text put together of clauses and noise is read without a panic, the same
// way each time, with every span in its place.
func TestAnyText(t *testing.T) {
	f, clauses := finder(t, "kz"), labelled(t)
	rapid.Check(t, func(t *rapid.T) {
		var all strings.Builder
		for range rapid.IntRange(1, 6).Draw(t, "parts") {
			all.WriteString(rapid.SampledFrom(clauses).Draw(t, "clause").text)
			all.WriteString(rapid.SampledFrom([]string{" ", "\n\n", "\u00a0", "; ", "\xff", "", ".", "1", " (", "—"}).Draw(t, "glue"))
			all.WriteString(rapid.StringN(0, 20, 80).Draw(t, "noise"))
		}
		text := all.String()
		once := f.Find(text)
		inside(t, text, once)
		if again := f.Find(text); !reflect.DeepEqual(once, again) {
			t.Fatalf("two readings differ: %v and %v", once, again)
		}
	})
}

// What stands in another paragraph does not change how a clause is read.
func TestParagraphsApart(t *testing.T) {
	f, clauses := finder(t, "kz"), labelled(t)
	for _, c := range clauses {
		alone := f.Find(c.text)
		both := f.Find("\n\n" + c.text)
		if len(alone) != len(both) {
			t.Errorf("%s: %d proposals alone, %d after an empty line", c.id, len(alone), len(both))
		}
	}
}

// A long text takes bounded time whatever stands in it: 1 MB of each, and 10 MB
// of clauses.
func TestLongTexts(t *testing.T) {
	f := finder(t, "kz")
	for name, part := range map[string]string{
		"digits": "9", "numbers": "12 ", "clauses": "отпуск 28 календарных дней за вредность ", "sentences": "Отпуск 30 дней. ",
		"words": "двадцать ", "brackets": "(", "commas": "1,", "invalid": "\xff", "newlines": "\n", "kazakh": "он екі мың ",
		"one word": "ұ", "marks": "%", "percent": "5 % ",
	} {
		size := 1 << 20
		if name == "clauses" {
			size *= 10
		}
		text := strings.Repeat(part, size/len(part))
		began := time.Now()
		all := f.Find(text)
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%s: took %v", name, took)
		} else {
			t.Logf("%-10s %7.2fs %8d proposals", name, took.Seconds(), len(all))
		}
		if len(all) > 0 {
			inside(t, text, all[:1])
			inside(t, text, all[len(all)-1:])
		}
	}
}

func TestGenericProfile(t *testing.T) {
	f := finder(t, "generic")
	for text, want := range map[string]string{
		"Annual leave is at least 20 working days.":      "LEAVE.ANNUAL >= 20 working days",
		"Overtime is paid at 1.5 times the hourly rate.": "PAY.OVERTIME_X = 1.5 x hourly rate",
		"Нормальная продолжительность рабочей недели — не более 40 часов.": "TIME.WEEK <= 40 h/week",
		"Жыл сайынғы еңбек демалысы кемінде төрт апта.":                    "LEAVE.ANNUAL >= 4 weeks",
	} {
		got := f.Find(text)
		if len(got) != 1 || label(got[0]) != want {
			t.Errorf("%s: %v; want %s", text, got, want)
		}
	}
}

func TestGlossaryMistakes(t *testing.T) {
	for in, want := range map[string]string{
		"ru: слово":                                "g.txt:1: the file begins without a [section]",
		"[number two]\nru: два":                    `g.txt:1: "two" is not a number`,
		"[numbr 2]":                                `g.txt:1: section "numbr 2" is unknown or incomplete`,
		"[type A]\nde: Urlaub":                     `g.txt:2: "de" has no place in a type`,
		"[type A]\nru: .. отпуск*":                 `g.txt:2: ".. отпуск*" is not a row of words`,
		"[type A]\nпросто слова":                   `g.txt:2: "просто слова" is not of the form "ru: words"`,
		"[type A]\ntakes: days":                    `g.txt: type A takes "days", which is no unit of the file`,
		"[unit a]\n[unit a]":                       "g.txt:2: unit a is there twice",
		"[number 2]\nru: два\n[number 3]\nru: два": "g.txt:4: number два is there twice",
	} {
		_, err := find.ReadGlossary(strings.NewReader(in), "g.txt")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %s", in, err, want)
		}
	}
}
