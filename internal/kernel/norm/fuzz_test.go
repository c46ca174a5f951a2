package norm

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func FuzzCase(f *testing.F) {
	for _, name := range []string{"testdata/mine.json", "testdata/factory.json"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"documents":[{"id":"a","level":"law","clauses":[{"type":"PAY.MIN","value":"1.5","unit":"x MW"}]}]}`))
	law := country(f, "generic")
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Decode("case.json", bytes.NewReader(data))
		if err == nil {
			var b *Book
			if b, err = NewBook(law, c); err == nil {
				on := b.On(day(t, "2026-03-15"))
				for _, d := range b.Documents() {
					on.Verdicts(d)
				}
				for i := range c.Workers {
					on.Rights(&c.Workers[i])
				}
				return
			}
		}
		for line := range strings.Lines(err.Error()) {
			if !strings.HasPrefix(line, "case.json:") {
				t.Fatalf("no file and line: %q", line)
			}
		}
	})
}
