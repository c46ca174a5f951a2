// Command generate makes every generated file of the project: the Go of the
// templ pages, the bundled assets, docs/config.md and docs/api/openapi.yaml.
// With -check it fails where one differed from its source.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	check := flag.Bool("check", false, "fail where a generated file differed")
	flag.Parse()
	before, err := generated()
	if err == nil {
		err = generate()
	}
	var after map[string][]byte
	if err == nil {
		after, err = generated()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
	stale := 0
	for path, body := range after {
		if !bytes.Equal(before[path], body) {
			stale++
			fmt.Println("made", path)
		}
	}
	if *check && stale > 0 {
		fmt.Fprintln(os.Stderr, "generate: these were not up to date; commit them (make generate)")
		os.Exit(1)
	}
}

// generate runs the generators in the order in which they need one another.
func generate() error {
	for _, args := range [][]string{
		{"tool", "templ", "generate", "-path", "internal"},
		{"run", "./assets/build"},
	} {
		if err := run(os.Stdout, args...); err != nil {
			return err
		}
	}
	for path, args := range map[string][]string{
		"docs/config.md":        {"run", "./cmd/odaq", "config"},
		"docs/api/openapi.yaml": {"run", "./cmd/odaq", "openapi"},
	} {
		var out bytes.Buffer
		if err := run(&out, args...); err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// run calls the go command.
func run(out io.Writer, args ...string) error {
	c := exec.Command("go", args...)
	c.Stdout, c.Stderr = out, os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

// generated reads all generated files.
func generated() (map[string][]byte, error) {
	files := map[string][]byte{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != "." {
			return filepath.SkipDir
		}
		slash := filepath.ToSlash(path)
		if d.IsDir() || !strings.HasSuffix(path, "_templ.go") && !strings.HasPrefix(slash, "assets/dist/") && slash != "docs/config.md" && slash != "docs/api/openapi.yaml" {
			return nil
		}
		files[slash], err = os.ReadFile(path)
		return err
	})
	return files, err
}
