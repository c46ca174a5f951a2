// Command build bundles and minifies the style, scripts and fonts of the browser into assets/dist.
//
//	go run ./assets/build          writes assets/dist
//	go run ./assets/build -check   fails if assets/dist is not what the sources give
//
// The same sources give the same bytes on every machine.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	check := flag.Bool("check", false, "compare with the committed files instead of writing them")
	dir := flag.String("dir", "assets", "the folder of the sources")
	flag.Parse()
	if err := run(*dir, *check); err != nil {
		fmt.Fprintln(os.Stderr, "assets/build:", err)
		os.Exit(1)
	}
}

func run(dir string, check bool) error {
	files, err := bundle(dir)
	if err != nil {
		return err
	}
	dist := filepath.Join(dir, "dist")
	if check {
		return compare(dist, files)
	}
	return write(dist, files)
}

// hashed is the name esbuild gives an output: "odaq-4ZAHLQK7.css".
var hashed = regexp.MustCompile(`^(.+)-[0-9A-Z]{8}(\.[a-z0-9]+)$`)

// bundle returns the built files by name, among them manifest.json, which maps "odaq.css" to its built name.
func bundle(dir string) (map[string][]byte, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	files, manifest := map[string][]byte{}, map[string]string{}
	for _, options := range []func(string) (api.BuildOptions, error){pages, booth} {
		o, err := options(abs)
		if err != nil {
			return nil, err
		}
		built, err := build(abs, o)
		if err != nil {
			return nil, err
		}
		for _, f := range built {
			name := filepath.Base(f.Path)
			parts := hashed.FindStringSubmatch(name)
			if parts == nil {
				return nil, fmt.Errorf("esbuild named a file %q, without a hash", name)
			}
			if other, ok := manifest[parts[1]+parts[2]]; ok {
				return nil, fmt.Errorf("%s and %s are both %s", other, name, parts[1]+parts[2])
			}
			files[name] = f.Contents
			manifest[parts[1]+parts[2]] = name
		}
	}
	body, err := json.MarshalIndent(manifest, "", "\t") // keys come sorted
	if err != nil {
		return nil, err
	}
	files["manifest.json"] = append(body, '\n')
	return files, nil
}

// pages are the style and the scripts of the pages, with the fonts.
func pages(abs string) (api.BuildOptions, error) {
	entries, err := filepath.Glob(filepath.Join(abs, "*.ts"))
	for _, sheet := range []string{"odaq.css", "booth.css", "print.css"} {
		entries = append(entries, filepath.Join(abs, "css", sheet))
	}
	slices.Sort(entries)
	return api.BuildOptions{EntryPoints: entries, Format: api.FormatIIFE}, err
}

// booth is the voting booth, a module; the finite fields are a module of their own,
// which it loads when an election needs them.
func booth(abs string) (api.BuildOptions, error) {
	return api.BuildOptions{
		EntryPointsAdvanced: []api.EntryPoint{
			{InputPath: filepath.Join(abs, "booth", "index.ts"), OutputPath: "booth"},
			{InputPath: filepath.Join(abs, "booth", "ff.ts"), OutputPath: "booth-ff"},
		},
		NodePaths: []string{filepath.Join(abs, "vendor")},
		Format:    api.FormatESModule,
		Splitting: true,
	}, nil
}

// build adds what all bundles have in common, and makes mistakes an error.
func build(abs string, o api.BuildOptions) ([]api.OutputFile, error) {
	o.AbsWorkingDir = abs
	o.EntryNames = "[name]-[hash]"
	o.AssetNames = "[name]-[hash]"
	o.ChunkNames = "[name]-[hash]"
	o.Outdir = filepath.Join(abs, "dist")
	o.PublicPath = "/assets/"
	o.Bundle = true
	o.MinifyWhitespace, o.MinifyIdentifiers, o.MinifySyntax = true, true, true
	o.Target = api.ES2022
	o.Charset = api.CharsetUTF8
	o.LegalComments = api.LegalCommentsNone
	o.Loader = map[string]api.Loader{".woff2": api.LoaderFile}
	o.LogLevel = api.LogLevelSilent
	result := api.Build(o)
	var problems []error
	for _, m := range append(result.Errors, result.Warnings...) {
		at := ""
		if m.Location != nil {
			at = fmt.Sprintf("%s:%d: ", m.Location.File, m.Location.Line)
		}
		problems = append(problems, errors.New(at+m.Text))
	}
	return result.OutputFiles, errors.Join(problems...)
}

func write(dist string, files map[string][]byte) error {
	if err := os.RemoveAll(dist); err != nil {
		return err
	}
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return err
	}
	for name, body := range files {
		if err := os.WriteFile(filepath.Join(dist, name), body, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func compare(dist string, files map[string][]byte) error {
	var stale []error
	committed, err := os.ReadDir(dist)
	if err != nil {
		return err
	}
	for _, f := range committed {
		if _, ok := files[f.Name()]; !ok {
			stale = append(stale, fmt.Errorf("%s is not built from the sources any more", f.Name()))
		}
	}
	for name, body := range files {
		old, err := os.ReadFile(filepath.Join(dist, name))
		if errors.Is(err, fs.ErrNotExist) || err == nil && !bytes.Equal(old, body) {
			stale = append(stale, fmt.Errorf("%s is missing or differs", name))
		} else if err != nil {
			return err
		}
	}
	if len(stale) > 0 {
		return fmt.Errorf("%s is stale, run go run ./assets/build: %w", dist, errors.Join(stale...))
	}
	return nil
}
