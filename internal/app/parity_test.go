package app_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"odaq/internal/app"
)

// TestEveryPageHasAnOperation reads the table of docs/api/README.md: each page is
// there beside operations that exist, or with a reason why it has none.
func TestEveryPageHasAnOperation(t *testing.T) {
	a := open(t, "sqlite:"+t.TempDir()+"/odaq.db", app.Options{})
	operations := map[string]bool{}
	for _, item := range a.API.OpenAPI().Paths {
		for _, o := range operationsOf(item) {
			operations[o.OperationID] = true
		}
	}
	doc, err := os.ReadFile("../../docs/api/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(doc), "| page | operation |")
	quoted := regexp.MustCompile("`([^`]+)`")
	told := map[string]bool{}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 || strings.HasPrefix(cells[1], "---") {
			continue
		}
		does := quoted.FindAllStringSubmatch(cells[2], -1)
		if len(does) == 0 && !strings.HasPrefix(strings.TrimSpace(cells[2]), "none: ") {
			t.Errorf("neither an operation nor a reason: %s", line)
		}
		for _, o := range does {
			if !operations[o[1]] {
				t.Errorf("there is no operation %s", o[1])
			}
		}
		for _, page := range quoted.FindAllStringSubmatch(cells[1], -1) {
			if told[page[1]] {
				t.Errorf("%s is there twice", page[1])
			}
			told[page[1]] = true
		}
	}
	for _, r := range a.Site.Routes() {
		if !told[r.Pattern] {
			t.Errorf("docs/api/README.md says nothing of %s: which operation does the same?", r.Pattern)
		}
		delete(told, r.Pattern)
	}
	for page := range told {
		t.Errorf("there is no page %s", page)
	}
}
