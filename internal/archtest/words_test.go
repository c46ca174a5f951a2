package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/BurntSushi/toml"
)

// message is one entry of a locale file: its plural forms.
type message map[string]string

// locales reads every locale file of the project: language → key → message.
func locales(t *testing.T) map[string]map[string]message {
	t.Helper()
	out := map[string]map[string]message{"kk": {}, "ru": {}, "en": {}}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
			return filepath.SkipDir
		}
		if filepath.Base(filepath.Dir(path)) != "locale" || filepath.Ext(path) != ".toml" {
			return nil
		}
		lang := strings.TrimSuffix(filepath.Base(path), ".toml")
		lang = lang[strings.LastIndex(lang, ".")+1:]
		if out[lang] == nil {
			t.Errorf("%s is of no language we speak", path)
			return nil
		}
		file := map[string]message{}
		if _, err := toml.DecodeFile(path, &file); err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		for key, m := range file {
			if out[lang][key] != nil {
				t.Errorf("%s: %q is defined twice", path, key)
			}
			out[lang][key] = m
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out["kk"]) < 300 {
		t.Fatalf("only %d messages found", len(out["kk"]))
	}
	return out
}

var placeholder = regexp.MustCompile(`\{\{\s*\.(\w+)`)

func places(m message) []string {
	var out []string
	for _, s := range m {
		for _, p := range placeholder.FindAllStringSubmatch(s, -1) {
			out = append(out, p[1])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// forms are the plural forms CLDR knows of whole numbers in each language.
var forms = map[string][]string{"kk": {"one", "other"}, "ru": {"one", "few", "many", "other"}, "en": {"one", "other"}}

// TestEveryMessageInEveryLanguage: same keys, same placeholders, all plural
// forms where one language counts.
func TestEveryMessageInEveryLanguage(t *testing.T) {
	all := locales(t)
	keys := map[string]bool{}
	for _, file := range all {
		for k := range file {
			keys[k] = true
		}
	}
	for k := range keys {
		counts := false
		for _, file := range all {
			counts = counts || len(file[k]) > 1
		}
		for lang, file := range all {
			m := file[k]
			if m == nil {
				t.Errorf("%s lacks %q", lang, k)
				continue
			}
			if got, want := places(m), places(all["en"][k]); !counts && !slices.Equal(got, want) {
				t.Errorf("%s %q has the placeholders %v, en %v", lang, k, got, want)
			}
			for form, s := range m {
				if strings.TrimSpace(s) == "" {
					t.Errorf("%s %q %s is empty", lang, k, form)
				}
				if !slices.Contains(forms[lang], form) {
					t.Errorf("%s %q has the form %q", lang, k, form)
				}
			}
			if counts && lang == "ru" && len(m) != 4 {
				t.Errorf("ru %q counts and has %d forms, want one, few, many, other", k, len(m))
			}
			if m["other"] == "" {
				t.Errorf("%s %q has no form other", lang, k)
			}
		}
	}
}

// TestNoLatinInCyrillicWords finds look-alike letters.
func TestNoLatinInCyrillicWords(t *testing.T) {
	for lang, file := range locales(t) {
		for key, m := range file {
			for _, s := range m {
				if w := mixed(placeholderText.ReplaceAllString(s, " ")); w != "" {
					t.Errorf("%s %q: the word %q mixes Latin and Cyrillic letters", lang, key, w)
				}
			}
		}
	}
}

var placeholderText = regexp.MustCompile(`\{\{[^}]*\}\}`)

func mixed(s string) string {
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return !unicode.IsLetter(r) }) {
		var latin, cyrillic bool
		for _, r := range w {
			latin = latin || unicode.Is(unicode.Latin, r)
			cyrillic = cyrillic || unicode.Is(unicode.Cyrillic, r)
		}
		if latin && cyrillic {
			return w
		}
	}
	return ""
}

func TestMixed(t *testing.T) {
	if mixed("Кacса") == "" || mixed("Одақ Odaq XLSX-файл") != "" {
		t.Error("the check does not find what it looks for")
	}
}

// TestEveryKeyUsedExists finds keys in the sources that no locale has.
func TestEveryKeyUsedExists(t *testing.T) {
	all := locales(t)
	used := regexp.MustCompile(`\b(?:T|N)\(\s*"([a-z][a-z0-9]*(?:[.-][a-z0-9_-]+)+)"[,)\s]|fault\.New\(fault\.\w+, "([^"]+)"|\.In\("[a-z_]+", "([a-z][^"]+)"`)
	seen := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") || filepath.Ext(path) != ".go" && filepath.Ext(path) != ".templ" {
			return nil
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range used.FindAllStringSubmatch(string(body), -1) {
			key := m[1] + m[2] + m[3]
			seen++
			for lang, file := range all {
				if file[key] == nil {
					t.Errorf("%s: the key %q is missing in %s", path, key, lang)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 100 {
		t.Errorf("only %d keys found in use: the test looks for the wrong thing", seen)
	}
}
