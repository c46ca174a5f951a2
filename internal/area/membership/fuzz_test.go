package membership

import (
	"strings"
	"testing"
	"time"

	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/exchange"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/platform/seal"
	"odaq/internal/platform/sheet"
	"odaq/profiles"
)

// A row of whatever text is either refused with reasons that name a line and
// hold none of its numbers, or is one that single admission would take.
func FuzzRow(f *testing.F) {
	p, err := profiles.Open("kz")
	if err != nil {
		f.Fatal(err)
	}
	today := cal.Date(2026, 11, 21)
	desk := &act.Desk{Clock: func() time.Time { return today.Time() }, Zone: time.UTC}
	a := New(desk, p, seal.Ephemeral())
	at := id.New()
	v := org.Version{Org: at, From: cal.Date(2015, 1, 1), To: cal.Forever, Kind: org.Primary, Status: org.Active, Parent: id.New()}
	var header []string
	for _, field := range ImportFields {
		header = append(header, field.Key)
	}
	bound, err := exchange.Guess(header, ImportFields).Bind(header, ImportFields)
	if err != nil {
		f.Fatal(err)
	}
	r := a.reading(bound, Defaults{Day: cal.Forever, Lang: "kk"}, &places{versions: map[id.ID][]org.Version{at: {v}}, named: map[string][]id.ID{}, only: at}, 0)
	f.Add("Қасымова\tАйгүл\tСерікқызы\t650308300019\t08.03.1965\tжұмыскер\t\t2024-05-01\t5\ta@b.kz\t+7\t")
	f.Add("Ли\tАнна\t\t000000000000\t31.02.2000\tworker\tx\t1.1.2024\t\t\t\t")
	f.Add("\t\t\t\t\t\t\t\t\t\t\t\textra")
	f.Add("=1+1\t<b>\t\x00\t65030830001\u00a09\t2000-01-01T00:00:00\tСТУДЕНТ\t\t2050-01-01\t1\t\t\t")
	f.Fuzz(func(t *testing.T, line string) {
		row := sheet.Row{Line: 7, Cells: strings.Split(line, "\t")}
		e := r.entry(row)
		if len(e.problems) == 0 {
			q := e.request
			q.normalise()
			if q.Name.Surname == "" || !q.Day.Bounded() || q.Day > today || q.Decision == "" || q.Org != at || q.Birth.Bounded() && q.Birth > today {
				t.Fatalf("taken: %+v", e.request)
			}
			if _, ok := p.Category(q.Category); !ok {
				t.Fatalf("taken with category %q", q.Category)
			}
			if q.Private.NationalID != "" && a.scheme.Check(q.Private.NationalID) != nil {
				t.Fatal("taken with a wrong national ID")
			}
			if err := r.prepare(e, id.New(), true); err != nil {
				t.Fatal(err)
			}
			return
		}
		for _, p := range e.problems {
			if p.Line != 7 || p.Key == "" {
				t.Fatalf("a problem without place or reason: %+v", p)
			}
			for _, arg := range p.Args {
				if s, ok := arg.(string); ok && len(s) >= 12 && strings.Contains(s, e.request.Private.NationalID) && e.request.Private.NationalID != "" {
					t.Fatal("a problem holds the national ID")
				}
			}
		}
	})
}
