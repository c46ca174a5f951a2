// Package archtest holds the project to its architecture: imports point down,
// an area's SQL names its own tables and stands in its stores, every package says
// what it is.
package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"odaq/internal/platform/db"
)

const root = "../.."

// layers from the bottom up; a package may import its own layer and those below.
var layers = []string{"odaq/assets", "odaq/internal/platform", "odaq/internal/kernel", "odaq/internal/area", "odaq/internal/app", "odaq/cmd"}

type file struct {
	path, pkg string // pkg is the import path
	test      bool
	ast       *ast.File
}

func sources(t *testing.T) []file {
	t.Helper()
	var out []file
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != root || d.Name() == "testdata" || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, filepath.Dir(path))
		out = append(out, file{path, filepath.ToSlash(filepath.Join("odaq", rel)), strings.HasSuffix(path, "_test.go"), f})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 50 {
		t.Fatalf("only %d Go files found: the test looks in the wrong place", len(out))
	}
	return out
}

func layer(pkg string) int {
	for i, l := range layers {
		if pkg == l || strings.HasPrefix(pkg, l+"/") {
			return i
		}
	}
	return -1
}

func areaOf(pkg string) string {
	rest, ok := strings.CutPrefix(pkg, "odaq/internal/area/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// importFault says why pkg must not import target, or nothing.
func importFault(pkg, target string) string {
	if !strings.HasPrefix(target, "odaq/") {
		return ""
	}
	switch {
	case strings.HasPrefix(pkg, "odaq/belenios") && !strings.HasPrefix(target, "odaq/belenios"):
		return "belenios imports nothing of ours"
	case areaOf(pkg) != "" && areaOf(target) != "" && areaOf(pkg) != areaOf(target):
		return "an area never imports another"
	case layer(pkg) >= 0 && layer(target) > layer(pkg):
		return "imports point down"
	}
	return ""
}

func TestImportsPointDown(t *testing.T) {
	for _, f := range sources(t) {
		if f.test || strings.Contains(f.pkg, "/testkit") || strings.Contains(f.pkg, "/archtest") {
			continue
		}
		for _, spec := range f.ast.Imports {
			target, _ := strconv.Unquote(spec.Path.Value)
			if why := importFault(f.pkg, target); why != "" {
				t.Errorf("%s imports %s: %s", f.path, target, why)
			}
		}
	}
}

// The rules themselves must be able to fail.
func TestImportRules(t *testing.T) {
	for _, c := range []struct {
		pkg, target string
		bad         bool
	}{
		{"odaq/internal/area/wage", "odaq/internal/area/membership", true},
		{"odaq/internal/area/wage", "odaq/internal/kernel/org", false},
		{"odaq/internal/kernel/org", "odaq/internal/area/wage", true},
		{"odaq/internal/platform/db", "odaq/internal/kernel/id", true},
		{"odaq/internal/kernel/id", "odaq/internal/platform/db", false},
		{"odaq/belenios/group", "odaq/internal/kernel/id", true},
		{"odaq/cmd/odaq", "odaq/internal/app", false},
		{"odaq/internal/app", "odaq/cmd/odaq", true},
	} {
		if got := importFault(c.pkg, c.target) != ""; got != c.bad {
			t.Errorf("%s → %s: refused %v, want %v", c.pkg, c.target, got, c.bad)
		}
	}
}

var tableName = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|INTO|UPDATE|TABLE|REFERENCES|ON)\s+([a-z][a-z0-9]*(?:_[a-z0-9]+)+|org|figure)\b`)

// kernelTables are the prefixes of the kernel's and platform's tables.
var kernelTables = []string{"org_", "access_", "audit_", "act_", "figure", "privacy_", "job_", "login_", "mail_", "search_"}

// TestOnlyOwnTables: an area's SQL names its own and the kernel's tables.
func TestOnlyOwnTables(t *testing.T) {
	checked := 0
	for _, f := range sources(t) {
		area := areaOf(f.pkg)
		if area == "" || f.test {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			s, err := strconv.Unquote(lit.Value)
			if err != nil || !regexp.MustCompile(`\b(SELECT|INSERT|UPDATE|DELETE|FROM|JOIN)\b`).MatchString(s) {
				return true
			}
			for _, m := range tableName.FindAllStringSubmatch(s, -1) {
				name := strings.ToLower(m[1])
				checked++
				if strings.HasPrefix(name, area+"_") || slices.ContainsFunc(kernelTables, func(p string) bool { return strings.HasPrefix(name, p) }) {
					continue
				}
				if strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_day") || strings.HasSuffix(name, "_key") {
					continue // a column after ON
				}
				t.Errorf("%s: SQL names the table %s, which is not of the area %s", f.path, name, area)
			}
			return true
		})
	}
	if checked == 0 {
		t.Error("no SQL was found in any area: the test looks at the wrong thing")
	}
}

// statement is SQL in a string: a statement, or the WHERE of one.
var statement = regexp.MustCompile(`(?s)\b(?:SELECT|INSERT INTO|DELETE FROM)\b|\bUPDATE\b.+\bSET\b|\bWITH\b.+\bAS\b|^\s*(?:UPDATE|WITH|WHERE)\s`)

// isStore reports whether a file of an area, by its name, may hold SQL.
func isStore(name string) bool {
	return name == "store.go" || name == "seed.go" || strings.HasPrefix(name, "store_")
}

// sqlIn is the first SQL in a file, or nothing.
func sqlIn(f *ast.File) (found string) {
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && found == "" {
			if s, err := strconv.Unquote(lit.Value); err == nil && statement.MatchString(s) {
				found = s
			}
		}
		return found == ""
	})
	return found
}

// TestSQLStandsInStores: SQL of an area stands in store.go and store_<topic>.go,
// where it is looked for; seed.go fills whole tables.
func TestSQLStandsInStores(t *testing.T) {
	stores := 0
	for _, f := range sources(t) {
		if areaOf(f.pkg) == "" || f.test {
			continue
		}
		sql := sqlIn(f.ast)
		if sql == "" {
			continue
		}
		if isStore(filepath.Base(f.path)) {
			stores++
			continue
		}
		t.Errorf("%s holds SQL, %.60q: move it to store.go or store_<topic>.go", f.path, sql)
	}
	if stores == 0 {
		t.Error("no SQL was found in any store: the test looks at the wrong thing")
	}
}

// What the rule takes for SQL, and for a store.
func TestStatement(t *testing.T) {
	for s, want := range map[string]bool{
		"SELECT 1": true, " UNION ALL SELECT a": true, "INSERT INTO t (a)": true, "\n\tDELETE FROM t": true, "UPDATE ": true, "UPDATE t\n\tSET a = 1": true,
		"ON CONFLICT (a) DO UPDATE SET a = 1": true, "WITH x AS MATERIALIZED (": true, "WHERE a = $1": true,
		"select one": false, "membership.select": false, "a = 1 AND b": false, "UPDATED": false, "": false,
	} {
		if statement.MatchString(s) != want {
			t.Errorf("%q is taken for SQL: %v, want %v", s, !want, want)
		}
	}
	for name, want := range map[string]bool{"store.go": true, "store_find.go": true, "seed.go": true, "restore.go": false, "import_store.go": false, "storefront.go": false} {
		if isStore(name) != want {
			t.Errorf("%s is taken for a store: %v, want %v", name, !want, want)
		}
	}
}

// TestSQLRules: SQL runs, and means the same, on every engine.
func TestSQLRules(t *testing.T) {
	findings, err := db.LintDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Error(f)
	}
}

// TestEveryPackageSaysWhatItIs and every exported thing is documented.
func TestEveryPackageSaysWhatItIs(t *testing.T) {
	documented := map[string]bool{}
	seen := map[string]string{}
	for _, f := range sources(t) {
		if f.test {
			continue
		}
		seen[f.pkg] = f.path
		if f.ast.Doc != nil {
			documented[f.pkg] = true
		}
		if strings.HasSuffix(f.path, "_templ.go") {
			continue
		}
		for _, d := range f.ast.Decls {
			undocumented(t, f, d)
		}
	}
	for pkg, path := range seen {
		if !documented[pkg] {
			t.Errorf("%s (%s) has no package comment", pkg, path)
		}
	}
}

func undocumented(t *testing.T, f file, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && receiverExported(d) && !wellKnown[d.Name.Name] && f.ast.Name.Name != "main" {
			t.Errorf("%s: %s is exported and undocumented", f.path, d.Name.Name)
		}
	case *ast.GenDecl:
		if d.Doc != nil || d.Tok == token.IMPORT || f.ast.Name.Name == "main" {
			return
		}
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && s.Doc == nil && s.Comment == nil {
					t.Errorf("%s: type %s is exported and undocumented", f.path, s.Name.Name)
				}
			case *ast.ValueSpec:
				if s.Names[0].IsExported() && s.Doc == nil && s.Comment == nil {
					t.Errorf("%s: %s is exported and undocumented", f.path, s.Names[0].Name)
				}
			}
		}
	}
}

// wellKnown methods implement interfaces everybody knows.
var wellKnown = map[string]bool{"Error": true, "Unwrap": true, "String": true, "Len": true, "Less": true, "Swap": true, "Push": true, "Pop": true,
	"Read": true, "Write": true, "Close": true, "ServeHTTP": true, "WriteHeader": true, "Render": true, "Is": true, "Scan": true, "Value": true, "Key": true, "Args": true}

func receiverExported(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	e := d.Recv.List[0].Type
	if s, ok := e.(*ast.StarExpr); ok {
		e = s.X
	}
	if g, ok := e.(*ast.IndexExpr); ok {
		e = g.X
	}
	i, ok := e.(*ast.Ident)
	return ok && i.IsExported()
}

// TestNothingOfTheWorkshop: the project speaks of the project alone.
func TestNoForeignPaths(t *testing.T) {
	bad := regexp.MustCompile(`(?m)(^|[^./\w-])/(work|root|tmp/brief)/`)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
				return filepath.SkipDir
			}
			return err
		}
		switch filepath.Ext(path) {
		case ".go", ".md", ".templ", ".toml", ".sql", ".ts", ".css", ".yaml", "":
		default:
			return nil
		}
		if strings.HasSuffix(path, "arch_test.go") {
			return nil
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if m := bad.Find(body); m != nil && !strings.Contains(string(body[:min(len(body), 4)]), "ELF") {
			t.Errorf("%s names a path of a machine: %q", path, m)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
