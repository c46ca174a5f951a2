// Package vectors reads test vectors: tables of questions and right answers that
// somebody may replace by others of the same columns.
package vectors

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"
)

// Path is where a file of vectors lies: in the folder that ODAQ_VECTORS_DIR names,
// if it has one, else in the testdata of the package under test.
func Path(name string) string {
	if dir := os.Getenv("ODAQ_VECTORS_DIR"); dir != "" {
		if path := filepath.Join(dir, name); exists(path) {
			return path
		}
	}
	return filepath.Join("testdata", name)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Rows reads a CSV file of vectors, each row by the names of its columns. A file
// without rows fails the test.
func Rows(t testing.TB, name string) []map[string]string {
	t.Helper()
	path := Path(name)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s: %d rows, %v", path, len(rows), err)
	}
	var out []map[string]string
	for _, cells := range rows[1:] {
		row := map[string]string{}
		for i, title := range rows[0] {
			row[title] = cells[i]
		}
		out = append(out, row)
	}
	return out
}
