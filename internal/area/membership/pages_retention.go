package membership

import (
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/ui"
)

// rightsTabs lead between the data officer's pages.
func rightsTabs(t *text.Printer, current string) ui.Tabs {
	out := ui.Tabs{Label: t.T("rights.inbox")}
	for _, tab := range []struct{ key, path string }{{"rights.tab.open", "/privacy/requests"}, {"rights.tab.answered", "/privacy/requests?state=answered"},
		{"privacy.retention", "/privacy/retention"}} {
		out.Items = append(out.Items, ui.NavItem{Label: t.T(tab.key), Href: tab.path, Current: tab.key == current})
	}
	return out
}

// retentionPage shows how long each kind of record is kept, where that comes
// from, and how many are due.
func (a *Area) retentionPage(r *site.Request) error {
	t := r.T
	lines, err := a.retentionLines(r.Context())
	if err != nil {
		return err
	}
	table := ui.Table{Caption: t.T("privacy.retention"), Cols: []ui.Col{{Label: t.T("privacy.retention.kind")}, {Label: t.T("privacy.retention.long"), VH: true},
		{Label: t.T("privacy.retention.next")}, {Label: t.T("privacy.retention.due"), Num: true}}}
	for _, l := range lines {
		next, due := ui.Cell{Text: "—", Mark: ui.None}, ui.Cell{Text: t.Number(l.Due)}
		if l.Next != cal.Forever {
			next = ui.Cell{Text: t.ShortDay(l.Next)}
		}
		if l.Due == 0 {
			due.Mark, due.VH = ui.None, due.Text
		}
		table.Rows = append(table.Rows, []ui.Cell{{Text: l.Rule.Name.In(t.Lang)},
			{Body: ui.Text(privacy.KeptWords(t, l.Rule)), Note: privacy.SourceWords(t, a.profile, l.Rule)}, next, due})
	}
	return r.Show(site.Page{Title: t.T("privacy.retention"), Section: "rights.inbox"}, retentionBody(r, rightsTabs(t, "privacy.retention"), table))
}

// keptWords says how long records of a kind are kept.
func (a *Area) keptWords(r *site.Request, kind privacy.Kind) string {
	rule, ok := a.profile.Retention(string(kind), r.Today)
	if !ok {
		return ""
	}
	return privacy.KeptWords(r.T, rule)
}
