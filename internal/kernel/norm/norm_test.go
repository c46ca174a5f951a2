package norm

import (
	"os"
	"path/filepath"
	"testing"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/text"
	"odaq/profiles"
)

// country loads a profile that comes with Odaq.
func country(t testing.TB, code string) *profile.Profile {
	t.Helper()
	p, err := profiles.Open(code)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func day(t testing.TB, s string) cal.Day {
	t.Helper()
	d, err := cal.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func caseOf(t testing.TB, name string) Case {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := Decode(name, f)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func bookOf(t testing.TB, law *profile.Profile, c Case) *Book {
	t.Helper()
	b, err := NewBook(law, c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func words(t testing.TB, b *Book, l text.Lang) Words {
	t.Helper()
	c, err := text.Load(text.Source{Name: "norm", FS: Locale})
	if err != nil {
		t.Fatal(err)
	}
	return b.In(c.In(l))
}
