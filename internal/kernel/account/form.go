package account

import (
	"net/url"
	"strings"

	"odaq/internal/kernel/site"
	"odaq/internal/platform/ui"
)

// form is a form as it is shown: what was typed and what is wrong with it.
type form struct {
	r   *site.Request
	v   url.Values
	err error
}

func (f form) t(key string, pairs ...any) string { return f.r.T.T("account."+key, pairs...) }

// field is the field of a name; its label and hint are messages by its key.
func (f form) field(name, key string) ui.Field {
	out := ui.Field{Name: name, Label: f.t(key), ErrorTag: f.t("error-tag")}
	if f.r.Site.Text.Has(f.r.T.Lang, "account."+key+".hint") {
		out.Hint = f.t(key + ".hint")
	}
	if f.err != nil {
		for _, p := range f.r.T.Fault(f.err).Fields {
			if p.Name == name {
				out.Error = p.Message
			}
		}
	}
	return out
}

// summary is the list of what is wrong; none if nothing is.
func (f form) summary() ui.ErrorSummary {
	if f.err == nil {
		return ui.ErrorSummary{}
	}
	p := f.r.T.Fault(f.err)
	out := ui.ErrorSummary{Title: f.t("error-title")}
	for _, fd := range p.Fields {
		out.Items = append(out.Items, ui.FieldError{Name: fd.Name, Message: fd.Message})
	}
	if len(out.Items) == 0 {
		out.Items = []ui.FieldError{{Message: p.Message}}
	}
	return out
}

func (f form) hidden(names ...string) ui.Hiddens {
	var out ui.Hiddens
	for _, n := range names {
		if v := f.v.Get(n); v != "" {
			out = append(out, ui.Hidden{Name: n, Value: v})
		}
	}
	return out
}

// qrWidth is wide enough for a telephone to read from the screen.
const qrWidth = 232

func lines(s string) []string { return strings.Split(strings.TrimSpace(s), "\n") }

func isLink(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}
