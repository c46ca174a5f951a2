package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"odaq/internal/kernel/text"
)

var quoted = regexp.MustCompile(`'([^']*)'|(\S+)`)

// TestIndicatorPages holds the user's pages on indicators to their word: what they
// show is what the commands print.
func TestIndicatorPages(t *testing.T) {
	for _, l := range text.Langs {
		page, err := os.ReadFile(filepath.Join("..", "..", "docs", "user", string(l), "indicators.md"))
		if err != nil {
			t.Fatal(err)
		}
		shown := 0
		for i, block := range strings.Split(string(page), "```\n") {
			command, want, _ := strings.Cut(block, "\n")
			line, ok := strings.CutPrefix(command, "$ odaq ")
			if i%2 == 0 || !ok {
				continue
			}
			var args []string
			for _, m := range quoted.FindAllStringSubmatch(line, -1) {
				args = append(args, m[1]+m[2])
			}
			var out bytes.Buffer
			run(args, &out, &out)
			if out.String() != want {
				t.Errorf("%s: %s prints\n%swant\n%s", l, command, out.String(), want)
			}
			shown++
		}
		if shown == 0 {
			t.Errorf("the page in %s shows nothing", l)
		}
	}
}
