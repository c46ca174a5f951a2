package structure

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/sheet"
)

// formats are the files a table can be taken away as.
var formats = map[string]struct {
	media string
	new   func(io.Writer) sheet.Writer
}{
	"csv":  {"text/csv; charset=utf-8", sheet.NewCSV},
	"xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", sheet.NewXLSX},
	"json": {"application/json", sheet.NewJSON},
}

var formatLabel = map[string]string{"csv": "CSV", "xlsx": "XLSX", "json": "JSON"}

// download answers with a table; rows calls its argument once a row.
func download(r *site.Request, name, format string, columns []sheet.Column, rows func(row func(...any) error) error) (err error) {
	f, ok := formats[format]
	if !ok {
		return fault.Check().In("format", "fault.choice").OrNil()
	}
	for i := range columns {
		columns[i].Title = r.T.T("structure.col." + columns[i].Title)
	}
	h := r.W.Header()
	h.Set("Content-Type", f.media)
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%s.%s"`, name, r.AsOf, format))
	r.W.WriteHeader(http.StatusOK)
	w := f.new(r.W)
	if err := w.Header(columns); err != nil {
		return err
	}
	defer func() {
		if closing := w.Close(); err == nil {
			err = closing
		}
	}()
	return rows(func(values ...any) error { return w.Row(values) })
}

// exported is a count in a file: empty where it may not be seen.
func exported(c privacy.Cell) any {
	if c.Hidden {
		return nil
	}
	return c.N
}

func (a *Area) exportOverview(r *site.Request, o Overview, format string) error {
	columns := []sheet.Column{{Key: "territory", Title: "code"}, {Key: "name", Title: "region"}, {Key: "members", Title: "members", Kind: sheet.Number}, {Key: "members_year_before", Title: "members-before", Kind: sheet.Number},
		{Key: "primaries", Title: "primaries", Kind: sheet.Number}, {Key: "primaries_year_before", Title: "primaries-before", Kind: sheet.Number}}
	return download(r, "overview", format, columns, func(row func(...any) error) error {
		for _, g := range o.Regions {
			if err := row(g.Territory.Code, g.Territory.Name.In(r.T.Lang), exported(g.Members), exported(g.MembersBefore), g.Primaries, g.PrimariesYearsBack); err != nil {
				return err
			}
		}
		return row("", r.T.T("structure.total"), exported(o.Total), exported(o.Before), at(o.Kinds[org.Primary], 12), at(o.Kinds[org.Primary], 0))
	})
}

func (a *Area) exportRegion(r *site.Request, code string, rows [][]any, format string) error {
	columns := []sheet.Column{{Key: "union", Title: "union"}, {Key: "primaries", Title: "primaries", Kind: sheet.Number}, {Key: "members", Title: "members", Kind: sheet.Number}}
	return download(r, "region-"+code, format, columns, func(row func(...any) error) error {
		for _, v := range rows {
			if err := row(v...); err != nil {
				return err
			}
		}
		return nil
	})
}

// exportList writes the whole list that the filters describe.
func (a *Area) exportList(r *site.Request, find org.Find, format string) error {
	columns := []sheet.Column{{Key: "id", Title: "id", Kind: sheet.ID}, {Key: "name_kk", Title: "name-kk"}, {Key: "name_ru", Title: "name-ru"}, {Key: "name_en", Title: "name-en"}, {Key: "kind", Title: "kind"}, {Key: "status", Title: "status"},
		{Key: "parent", Title: "parent", Kind: sheet.ID}, {Key: "territory", Title: "code"}, {Key: "place", Title: "place", Kind: sheet.ID}, {Key: "activity", Title: "activity", Kind: sheet.ID}, {Key: "bin", Title: "bin", Kind: sheet.ID}}
	find.Limit, find.After = 1000, org.Cursor{}
	return a.view(r, func(q db.Querier) error {
		return download(r, "organisations", format, columns, func(row func(...any) error) error {
			return eachOrg(r.Context(), q, find, func(v org.Version) error {
				return row(v.Org, v.Names.KK, v.Names.RU, v.Names.EN, string(v.Kind), string(v.Status), idText(v.Parent), v.Territory, v.Place, v.Activity, v.BIN)
			})
		})
	})
}

// eachOrg walks a list of any length, page by page.
func eachOrg(ctx context.Context, q db.Querier, find org.Find, fn func(org.Version) error) error {
	for {
		found, err := org.List(ctx, q, find)
		if err != nil {
			return err
		}
		for _, v := range found {
			if err := fn(v); err != nil {
				return err
			}
		}
		if len(found) < find.Limit {
			return nil
		}
		find.After = org.CursorOf(found[len(found)-1])
	}
}

// exportComparison writes the counts of both days and then whoever changed.
func (a *Area) exportComparison(r *site.Request, c Comparison, names map[id.ID]org.Version, format string) error {
	t := r.T
	columns := []sheet.Column{{Key: "what", Title: "what"}, {Key: "name", Title: "name"}, {Key: "kind", Title: "kind"}, {Key: "from", Title: "from", Kind: sheet.Number}, {Key: "to", Title: "to", Kind: sheet.Number}, {Key: "id", Title: "id", Kind: sheet.ID}}
	return download(r, fmt.Sprintf("comparison-%s", c.From), format, columns, func(row func(...any) error) error {
		for _, line := range comparisonLines(t, c) {
			if err := row("count", line.name, line.kind, line.from, line.to, nil); err != nil {
				return err
			}
		}
		for _, ch := range c.Changes {
			if err := row(ch.what, names[ch.org].Names.In(t.Lang), string(ch.kind), nil, nil, ch.org); err != nil {
				return err
			}
		}
		return nil
	})
}

type comparisonLine struct {
	name, kind string
	from, to   any
}

// comparisonLines are the counts of a comparison for a file.
func comparisonLines(t *text.Printer, c Comparison) []comparisonLine {
	out := []comparisonLine{{t.T("structure.stat.members"), "members", exported(c.Members[0]), exported(c.Members[1])}}
	for _, k := range c.Kinds {
		out = append(out, comparisonLine{t.T("structure.stat." + string(k.Kind)), string(k.Kind), k.From, k.To})
	}
	return append(out,
		comparisonLine{t.T("structure.compare.new-primaries"), "new_primaries", nil, c.NewPrimaries},
		comparisonLine{t.T("structure.compare.new-members"), "new_members", nil, exported(c.NewMembers)})
}
