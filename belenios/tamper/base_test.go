package tamper

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestEdit(t *testing.T) {
	text := `{"a":[{"b":"x\"]"},2,["y"]],"c":{"d":true}}`
	for _, c := range []struct{ got, want string }{
		{get(text, "a.0.b"), `"x\"]"`},
		{get(text, "a.1"), `2`},
		{get(text, "c"), `{"d":true}`},
		{set(text, "a.2.0", `1`), `{"a":[{"b":"x\"]"},2,[1]],"c":{"d":true}}`},
		{drop(text, "a.1"), `{"a":[{"b":"x\"]"},["y"]],"c":{"d":true}}`},
		{drop(text, "c"), `{"a":[{"b":"x\"]"},2,["y"]]}`},
		{dropFirst(text, "a"), `{"a":[2,["y"]],"c":{"d":true}}`},
		{double(text, "a.1"), `{"a":[{"b":"x\"]"},2,2,["y"]],"c":{"d":true}}`},
		{add(text, "c", `"e":1`), `{"a":[{"b":"x\"]"},2,["y"]],"c":{"d":true,"e":1}}`},
		{swap(text, "a.1", "c"), `{"a":[{"b":"x\"]"},{"d":true},["y"]],"c":2}`},
	} {
		if c.got != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
	if size(text, "a") != 3 || size(text, "a.2") != 1 || has(text, "c.x") {
		t.Error("sizes")
	}
}

// TestSealIsExact rebuilds archives of belenios-tool byte for byte: a refusal is
// never the fault of the sealing.
func TestSealIsExact(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(vectors(), "v*", "*.bel"))
	if err != nil || len(files) < 12 {
		t.Fatalf("%d archives: %v", len(files), err)
	}
	for _, file := range files {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := pack(seal(unseal(want))); !bytes.Equal(got, want) {
			t.Errorf("%s is not sealed as it was", file)
		}
	}
}

func vectors() string {
	if dir := os.Getenv("ODAQ_ELECTION_VECTORS"); dir != "" {
		return dir
	}
	return "../testdata"
}
