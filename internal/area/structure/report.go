package structure

import (
	"odaq/internal/kernel/text"
	"odaq/internal/platform/sheet"
)

// Sentences say what a comparison found: "18 → 23 member organisations",
// "+500 primary organisations covering 40,000 members".
func (c Comparison) Sentences(t *text.Printer) []string { return comparisonSentences(t, c) }

// Write writes the counts of a comparison as a table: what, kind, the earlier
// and the later day.
func (c Comparison) Write(w sheet.Writer, t *text.Printer) error {
	if err := w.Header([]sheet.Column{{Key: "name", Title: t.T("structure.col.name")}, {Key: "kind", Title: t.T("structure.col.kind")},
		{Key: "from", Title: c.From.String(), Kind: sheet.Number}, {Key: "to", Title: c.To.String(), Kind: sheet.Number}}); err != nil {
		return err
	}
	for _, line := range comparisonLines(t, c) {
		if err := w.Row([]any{line.name, line.kind, line.from, line.to}); err != nil {
			return err
		}
	}
	return w.Close()
}
