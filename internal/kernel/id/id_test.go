package id_test

import (
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"odaq/internal/kernel/id"
)

func TestNewIsOrderedAndUnique(t *testing.T) {
	var mu sync.Mutex
	seen := map[id.ID]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			last := id.ID(0)
			for range 5000 {
				v := id.New()
				if v <= last {
					t.Errorf("%d after %d", v, last)
				}
				last = v
				mu.Lock()
				if seen[v] {
					t.Errorf("%d twice", v)
				}
				seen[v] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func TestTextRoundTripsAndSorts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gen := rapid.Int64Range(1, 1<<63-1)
		a, b := id.ID(gen.Draw(t, "a")), id.ID(gen.Draw(t, "b"))
		back, err := id.Parse(strings.ToUpper(a.String()))
		if err != nil || back != a {
			t.Fatalf("%d → %s → %d, %v", a, a, back, err)
		}
		if (a < b) != (a.String() < b.String()) {
			t.Fatalf("%d and %d sort otherwise as text", a, b)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "0000000000000", "0000000000001", "7zzzzzzzzzzzz", "zzzzzzzzzzzzz", "0f3ilou000000", "қазақ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := id.Parse(s)
		if err == nil && (v <= 0 || v.String() != strings.ToLower(s)) {
			t.Errorf("Parse(%q) = %d = %s", s, v, v)
		}
	})
}

func TestRandomIsPositive(t *testing.T) {
	for range 1000 {
		if id.Random() <= 0 {
			t.Fatal("not positive")
		}
	}
}
