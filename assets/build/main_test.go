package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDistIsFresh is what -check does: the committed files are what the sources give.
func TestDistIsFresh(t *testing.T) {
	if err := run("..", true); err != nil {
		t.Error(err)
	}
}

// TestSameBytesElsewhere builds a copy of the sources in another folder.
func TestSameBytesElsewhere(t *testing.T) {
	copied := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.CopyFS(copied, os.DirFS("..")); err != nil {
		t.Fatal(err)
	}
	if err := run(copied, true); err != nil {
		t.Fatal(err)
	}
	sheet := filepath.Join(copied, "css", "base.css")
	body, err := os.ReadFile(sheet)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(sheet, append(body, "\n.x{color:red}"...), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(copied, true); err == nil || !strings.Contains(err.Error(), "odaq-") {
		t.Errorf("a changed sheet is not noticed: %v", err)
	}
	if err := run(copied, false); err != nil {
		t.Fatal(err)
	}
	if err := run(copied, true); err != nil {
		t.Error(err)
	}
}

func TestMistakesAreReported(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("..")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "app.ts"), []byte("let x ="), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, false); err == nil || !strings.Contains(err.Error(), "app.ts:1") {
		t.Errorf("a script that is no script gives %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "dist", "manifest.json")); err != nil {
		t.Error("a failed build took the old one away")
	}
}
