package main

import (
	"reflect"
	"strings"
	"testing"
	"unicode"
)

func TestEveryWordInEveryLanguage(t *testing.T) {
	en := reflect.ValueOf(english)
	for _, w := range []words{english, russian, kazakh} {
		v := reflect.ValueOf(w)
		for i := range v.NumField() {
			name, s := v.Type().Field(i).Name, v.Field(i).String()
			if s == "" {
				t.Errorf("%s has no %s", w.Lang, name)
			}
			if strings.Count(s, "%") != strings.Count(en.Field(i).String(), "%") {
				t.Errorf("%s %s: %q has other places than the English", w.Lang, name, s)
			}
			if w.Lang == "en" || name == "Lang" {
				continue
			}
			for _, r := range s {
				if unicode.Is(unicode.Latin, r) && r != 'd' {
					t.Errorf("%s %s: %q has the Latin letter %c", w.Lang, name, s, r)
				}
			}
		}
	}
}

func TestTerminalsAreSafe(t *testing.T) {
	for _, s := range []string{"\x1b[2J", "a\rb", "a\u202eb", "a\u009bb", "line\nfeed"} {
		if got := clean(s); strings.ContainsAny(got, "\x1b\r\n\u202e\u009b") {
			t.Errorf("%q is written as %q", s, got)
		}
	}
	if s := "Ерлан, Әсел «1»"; clean(s) != s {
		t.Errorf("%q is written as %q", s, clean(s))
	}
}
