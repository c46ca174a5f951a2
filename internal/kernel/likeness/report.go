package likeness

import (
	"embed"
	"html/template"
	"io"
	"math"
	"strings"

	"odaq/internal/kernel/text"
)

//go:embed report.html
var page embed.FS

var report = template.Must(template.ParseFS(page, "report.html"))

// Report writes the groups as one HTML page that needs nothing else: what holds each
// together, its central text and all the others.
func (x *Index) Report(w io.Writer, file string, groups []Group, shown int, words *text.Printer) error {
	grouped := 0
	for _, g := range groups {
		grouped += len(g.Texts)
	}
	type section struct {
		Central, Lang, Count, Agreement string
		Why                             []string
		Texts                           []Text
	}
	type layout struct {
		Lang, Title, Lead, Shown, Why, All string
		Groups                             []section
	}
	v := layout{Lang: string(words.Lang), Title: words.T("likeness.title"), Why: words.T("likeness.why"), All: words.T("likeness.all"),
		Lead: words.T("likeness.lead", "File", file, "Texts", x.Len(), "Groups", len(groups), "Grouped", grouped)}
	groups = groups[:min(len(groups), shown)]
	v.Shown = words.T("likeness.shown", "Shown", len(groups))
	for _, g := range groups {
		central := x.texts[g.Central]
		s := section{Central: central.Body, Lang: string(central.Lang), Count: words.N("likeness.texts", int64(len(g.Texts))),
			Agreement: words.T("likeness.agreement", "Percent", int(math.Round(100*g.Likeness)))}
		for _, r := range g.Why {
			s.Why = append(s.Why, r.In(words.Lang))
		}
		for _, n := range g.Texts {
			s.Texts = append(s.Texts, x.texts[n])
		}
		v.Groups = append(v.Groups, s)
	}
	return report.Execute(w, v)
}

// In is the reason in the reader's language; a word stays as it was written.
func (r Reason) In(l text.Lang) string {
	if r.Concept == nil {
		return r.Word
	}
	return r.Concept.In(l)
}

// In is the concept in a language.
func (c *Concept) In(l text.Lang) string {
	if s := c.Names.In(l); s != "" {
		return s
	}
	return strings.ReplaceAll(c.Name, "_", " ")
}
