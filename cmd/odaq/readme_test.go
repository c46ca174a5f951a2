package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestReadme holds README.md to its word: two commands set everything up, each
// command it names is a target of the Makefile, and make demo builds a program
// that answers. How long the first page takes is logged: the machine decides.
func TestReadme(t *testing.T) {
	root := filepath.Join("..", "..")
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z]+):`).FindAllStringSubmatch(string(makefile), -1) {
		targets[m[1]] = true
	}
	var fenced []string
	for i, block := range strings.Split(string(readme), "```") {
		if i%2 == 1 {
			_, commands, _ := strings.Cut(block, "\n") // behind the name of the language
			fenced = append(fenced, strings.Split(strings.TrimSpace(commands), "\n")...)
		}
	}
	if strings.Join(fenced, ", ") != "make demo, make test" {
		t.Errorf("the README's commands are %q, want make demo and make test", fenced)
	}
	for _, m := range regexp.MustCompile("`make ([a-z]+)").FindAllStringSubmatch(string(readme), -1) {
		if !targets[m[1]] {
			t.Errorf("README.md says make %s, which is no target of the Makefile", m[1])
		}
	}
	for _, command := range fenced {
		if name, ok := strings.CutPrefix(command, "make "); !ok || !targets[name] {
			t.Errorf("README.md says %q, which is no target of the Makefile", command)
		}
	}

	recipe := recipes(t, root, "demo", "N=500")
	var binary string
	for _, line := range recipe {
		if strings.Contains(line, " build ") {
			_, binary, _ = strings.Cut(line, " -o ")
			binary, _, _ = strings.Cut(binary, " ")
		}
	}
	if last := recipe[len(recipe)-1]; binary == "" || last != "./"+binary+" demo --members 500" {
		t.Fatalf("make demo N=500 would run %q", recipe)
	}
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "odaq"), "./cmd/odaq")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	l.Close()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	demo := exec.CommandContext(ctx, filepath.Join(dir, "odaq"), "demo", "--members", "500", "--listen", at)
	demo.Dir = dir
	demo.Cancel = func() error { return demo.Process.Signal(os.Interrupt) }
	demo.WaitDelay = 30 * time.Second
	var errs bytes.Buffer
	demo.Stderr = &errs
	out, err := demo.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	links := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "/sign-in/code/") {
			links++
		}
		if strings.Contains(lines.Text(), "Ctrl+C") {
			break
		}
	}
	var status string
	for ctx.Err() == nil && status == "" {
		if answer, err := http.Get(fmt.Sprintf("http://%s/", at)); err == nil {
			status = answer.Status
			answer.Body.Close()
		}
	}
	t.Logf("make demo: the first page %s after the build", time.Since(start).Round(10*time.Millisecond))
	if status != "200 OK" || links < 9 {
		t.Errorf("the demo answers %q and prints %d sign-in links; it said %s", status, links, &errs)
	}
	stop()
	if err := demo.Wait(); err != nil && demo.ProcessState.ExitCode() != 0 {
		t.Errorf("the demo ended with %v: %s", err, &errs)
	}
}

// recipes are the commands make would run.
func recipes(t *testing.T, root string, args ...string) []string {
	t.Helper()
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("make is not installed: the README says it is needed")
	}
	c := exec.Command("make", append([]string{"--dry-run", "--no-print-directory"}, args...)...)
	c.Dir = root
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
