package structure

import (
	"context"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/sheet"
)

// Officer is who holds an elected post: public by law (Law on Trade Unions 17(9)).
type Officer struct {
	Post   text.Names
	Holder string
}

// Elected are the elected officers of an organisation on a day.
func Elected(ctx context.Context, q db.Querier, org id.ID, day cal.Day) ([]Officer, error) {
	all, err := posts(ctx, q, org, true)
	if err != nil {
		return nil, err
	}
	var out []Officer
	for _, p := range all {
		if h, ok := p.holder(day); ok {
			out = append(out, Officer{p.Title, h.Holder})
		}
	}
	return out, nil
}

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
