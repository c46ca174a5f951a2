package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"odaq/internal/kernel/norm/find"
)

// longestText is how much text one run reads.
const longestText = 10 << 20

type normsFindCmd struct {
	File string `arg:"" optional:"" help:"Text in Kazakh, Russian or English; standard input otherwise." placeholder:"FILE"`
	JSON bool   `help:"Print JSON."`
}

// foundJSON is a proposal as --json prints it.
type foundJSON struct {
	Type       string          `json:"type"`
	Value      any             `json:"value"`
	Unit       string          `json:"unit,omitempty"`
	Comparison find.Comparison `json:"comparison"`
	Confidence float64         `json:"confidence"`
	Text       string          `json:"text"`
	Span       find.Span       `json:"span"`
	UnitSpan   *find.Span      `json:"unit_span,omitempty"`
	Why        []find.Span     `json:"why"`
}

// Run prints the norms that the text seems to set.
func (c *normsFindCmd) Run(s *session) error {
	law, err := s.config.Law()
	if err != nil {
		return err
	}
	g, err := find.BuiltIn()
	if err != nil {
		return err
	}
	data, err := c.read()
	if err != nil {
		return err
	}
	all := find.New(&law.Norms, g).Find(data)
	if c.JSON {
		out := make([]foundJSON, len(all))
		for i, p := range all {
			out[i] = foundJSON{p.Type, plainValue(p), p.Unit, p.Comparison, p.Confidence, p.ValueSpan.In(data), p.ValueSpan, nil, p.Why}
			if p.UnitSpan.End > 0 {
				out[i].UnitSpan = &p.UnitSpan
			}
		}
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		return e.Encode(out)
	}
	signs := [...]string{find.Exactly: "=", find.AtLeast: "≥", find.AtMost: "≤"}
	line, at := 1, 0
	for _, p := range all {
		line += strings.Count(data[at:max(at, p.ValueSpan.Start)], "\n")
		at = max(at, p.ValueSpan.Start)
		var why []string
		for _, w := range p.Why {
			why = append(why, "“"+strings.Join(strings.Fields(w.In(data)), " ")+"”")
		}
		unit := p.Unit
		if u := law.Norms.Unit(unit); u != nil {
			unit = cmp.Or(u.Name.In(s.lang), unit)
		}
		value := strings.TrimSpace(fmt.Sprint(plainValue(p), " ", unit))
		fmt.Fprintf(s.out, "%d: %s  %s %s %s  (%.0f %%; %s)\n", line, p.Type, law.Norms.Type(p.Type).Name.In(s.lang), signs[p.Comparison], value, 100*p.Confidence, strings.Join(why, ", "))
	}
	return nil
}

func (c *normsFindCmd) read() (string, error) {
	in, name := io.Reader(os.Stdin), "stdin"
	if c.File != "" {
		f, err := os.Open(c.File)
		if err != nil {
			return "", err
		}
		defer f.Close()
		in, name = f, c.File
	}
	data, err := io.ReadAll(io.LimitReader(in, longestText+1))
	switch {
	case err != nil:
		return "", err
	case len(data) > longestText:
		return "", badInput(fmt.Errorf("%s: the text is longer than %d MB", name, longestText>>20))
	case !utf8.Valid(data):
		return "", badInput(fmt.Errorf("%s: the file is not UTF-8", name))
	}
	return string(data), nil
}

// plainValue is a value as JSON has it.
func plainValue(p find.Proposal) any {
	switch {
	case len(p.Value.Items) > 0:
		return p.Value.Items
	case p.Value.Number == nil:
		return p.Value.Yes
	}
	digits, _ := p.Value.Number.FloatPrec()
	return json.Number(p.Value.Number.FloatString(min(digits, 6)))
}
