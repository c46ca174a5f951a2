package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocs runs every odaq-verify of docs/elections.md on the files made there, and
// compares what it prints. A line of "…" stands for the rest.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "elections.md"))
	if err != nil {
		t.Fatal(err)
	}
	friday, err := os.ReadFile(filepath.Join(vectors(), "v01-ff-single", "CtkW8YC5bqVoz3.bel"))
	if err != nil {
		t.Fatal(err)
	}
	bad := bytes.Clone(friday)
	if bad[20000] == '7' || bad[20000] < '0' || bad[20000] > '9' {
		t.Fatalf("byte 20000 is %q, not another digit than 7", bad[20000])
	}
	bad[20000] = '7' // as dd does
	t.Chdir(t.TempDir())
	t.Setenv("LC_ALL", "C.UTF-8")
	for name, b := range map[string][]byte{"friday.bel": friday, "monday.bel": friday[:165888], "bad.bel": bad} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ran := 0
	for i, block := range strings.Split(string(text), "```") {
		if i%2 == 0 {
			continue
		}
		for _, step := range strings.Split(block, "\n$ ")[1:] {
			command, want, _ := strings.Cut(step, "\n")
			args, ok := strings.CutPrefix(command, "odaq-verify ")
			if !ok {
				continue
			}
			ran++
			var out bytes.Buffer
			run(strings.Fields(args), &out, &out)
			got, want := trimmed(out.String()), trimmed(want)
			if begin, cut := strings.CutSuffix(want, "\n…"); cut {
				got, want = got[:min(len(begin), len(got))], begin
			}
			if got != want {
				t.Errorf("%s\nprints\n%s\nthe document says\n%s", command, got, want)
			}
		}
	}
	if ran < 6 {
		t.Errorf("only %d commands", ran)
	}
}

// trimmed is a text without spaces at the ends of lines.
func trimmed(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}
