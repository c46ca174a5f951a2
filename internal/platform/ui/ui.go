package ui

import (
	"strconv"

	"github.com/a-h/templ"
)

// Tone says how a thing stands. It always goes with a word or a sign, never with colour alone.
type Tone string

// The tones; the zero Tone is neutral.
const (
	Plain Tone = ""
	OK    Tone = "ok"
	Warn  Tone = "warn"
	Bad   Tone = "bad"
	Info  Tone = "info"
)

func (t Tone) text() string {
	switch t {
	case OK, Warn, Bad:
		return string(t) + "-text"
	}
	return ""
}

// Link is a text that leads somewhere; without Href it is the text alone.
type Link struct{ Label, Href string }

// Hidden is a form value the person does not see, such as the token against forged requests.
type Hidden struct{ Name, Value string }

// Hiddens are written as hidden inputs.
type Hiddens []Hidden

// Text is a component of escaped plain text.
func Text(s string) templ.Component { return text(s) }

// NoWrap is a text that stays on one line: a number in groups.
func NoWrap(s string) templ.Component { return noWrap(s) }

// plain writes a number of an SVG with at most one decimal: 12, 12.5.
func plain(f float64) string {
	s := strconv.FormatFloat(f, 'f', 1, 64)
	if n := len(s); s[n-2:] == ".0" {
		s = s[:n-2]
	}
	if s == "-0" {
		return "0"
	}
	return s
}

func percent(f float64) string { return plain(f) + "%" }

func itoa(n int) string { return strconv.Itoa(n) }
