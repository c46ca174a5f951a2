package text_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"testing/fstest"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/text"
)

func catalog(t *testing.T, sources ...text.Source) *text.Catalog {
	t.Helper()
	c, err := text.Load(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNumbersAndDays(t *testing.T) {
	c := catalog(t)
	day := cal.Date(2026, 11, 22)
	for _, x := range []struct{ got, want string }{
		{c.In(text.KK).Number(1987412), "1\u00a0987\u00a0412"},
		{c.In(text.EN).Number(-1987412), "\u22121,987,412"},
		{c.In(text.RU).Number(412), "412"},
		{c.In(text.RU).Decimal(54.84, 1), "54,8"},
		{c.In(text.RU).Decimal(-0.01, 1), "0,0"},
		{c.In(text.KK).Signed(14206), "+14\u00a0206"},
		{c.In(text.EN).Percent(0.548, 1), "54.8%"},
		{c.In(text.KK).Day(day), "2026 жылғы 22 қараша"},
		{c.In(text.RU).Day(day), "22 ноября 2026 года"},
		{c.In(text.EN).Day(day), "22 November 2026"},
		{c.In(text.RU).ShortDay(day), "22.11.2026"},
		{c.In(text.RU).Month(day), "ноябрь 2026"},
		{c.In(text.RU).Day(cal.Forever), "—"},
		{c.In(text.RU).List([]string{"а", "б", "в"}), "а, б и в"},
	} {
		if x.got != x.want {
			t.Errorf("got %q, want %q", x.got, x.want)
		}
	}
}

func TestMatch(t *testing.T) {
	for accept, want := range map[string]text.Lang{
		"kk": text.KK, "ru-RU,ru;q=0.9,en;q=0.5": text.RU, "en-GB": text.EN,
		"": text.KK, "ja": text.KK, ";;;": text.KK, "fr,en;q=0.3": text.EN,
	} {
		if got := text.Match(accept); got != want {
			t.Errorf("Match(%q) = %s, want %s", accept, got, want)
		}
	}
}

func TestFaultInWords(t *testing.T) {
	p := catalog(t).In(text.RU)
	got := p.Fault(fault.Check().In("name", "fault.too-long", "Max", 2000))
	if len(got.Fields) != 1 || got.Fields[0].Message != "Слишком длинно: не более 2\u00a0000 знаков." {
		t.Errorf("got %+v", got)
	}
}

func TestDuplicateKeyIsRefused(t *testing.T) {
	one := []byte("[\"a\"]\nother = \"x\"\n")
	fs := fstest.MapFS{"locale/kk.toml": {Data: one}, "locale/ru.toml": {Data: one}, "locale/en.toml": {Data: one}}
	if _, err := text.Load(text.Source{Name: "a", FS: fs}, text.Source{Name: "b", FS: fs}); err == nil {
		t.Fatal("the same key from two sources was accepted")
	}
}

// TestPluralVectors reads plural_test_vectors.csv: the CLDR category of each
// number, seen through messages that name their own form.
func TestPluralVectors(t *testing.T) {
	dir := os.Getenv("ODAQ_VECTORS_DIR")
	if dir == "" {
		dir = "testdata"
	}
	f, err := os.Open(filepath.Join(dir, "plural_test_vectors.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("vectors: %d rows, %v", len(rows), err)
	}
	forms := []byte("[\"n\"]\none = \"one\"\nfew = \"few\"\nmany = \"many\"\nother = \"other\"\n")
	c := catalog(t, text.Source{Name: "v", FS: fstest.MapFS{
		"locale/kk.toml": {Data: forms}, "locale/ru.toml": {Data: forms}, "locale/en.toml": {Data: forms}}})
	for _, r := range rows[1:] {
		lang, ok := text.Parse(r[0])
		n, err := strconv.ParseInt(r[1], 10, 64)
		if !ok || err != nil {
			continue // fractions and ordinals are not counted by N
		}
		if got := c.In(lang).N("n", n); got != r[2] {
			t.Errorf("%s %d: got %s, want %s", lang, n, got, r[2])
		}
	}
}
