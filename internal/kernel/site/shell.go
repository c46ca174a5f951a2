package site

import (
	"embed"

	"github.com/a-h/templ"

	"odaq/internal/kernel/text"
	"odaq/internal/platform/ui"
)

// Locale has the words of the frame.
//
//go:embed locale/*.toml
var Locale embed.FS

// Tab is a place in the bar at the foot of a member's phone.
type Tab struct {
	Key  string
	Path string
	Icon ui.Icon
}

func (r *Request) shell(p Page, body templ.Component) ui.Shell {
	s := r.Site
	shell := ui.Shell{
		Lang: string(r.T.Lang), Title: p.Title + " · " + r.T.T("site.brand"), NoIndex: r.Actor.Signed(),
		SkipLabel: r.T.T("site.skip"), Brand: r.T.T("site.brand"), Tagline: r.T.T("site.tagline"),
		LangsLabel: r.T.T("site.languages"), NavLabel: r.T.T("site.nav"), TabsLabel: r.T.T("site.nav"),
		Body: body, Footer: footer(r), Refresh: p.Refresh,
	}
	if s.Demo {
		shell.Demo = r.T.T("site.demo")
	}
	for _, l := range text.Langs {
		shell.Langs = append(shell.Langs, ui.LangLink{Lang: string(l), Label: l.Own(), Short: r.T.T("site.short." + string(l)),
			Href: r.With("lang", string(l)), Current: l == r.T.Lang})
	}
	shell.User = &ui.Link{Label: r.T.T("site.sign-in"), Href: "/sign-in"}
	if r.Actor.Account != 0 {
		shell.User = &ui.Link{Label: r.Actor.Name, Href: "/account"}
	}
	for _, n := range s.Nav {
		if n.Show == nil || n.Show(r) {
			own := p.Member && len(s.Tabs) > 0 && n.Path == s.Tabs[0].Path // a member's pages are one place of the menu
			shell.Nav = append(shell.Nav, ui.NavItem{Label: r.T.T(n.Key), Href: r.Path(n.Path), Current: n.Key == p.Section || own})
		}
	}
	if p.Member {
		for _, t := range s.Tabs {
			shell.Tabs = append(shell.Tabs, ui.TabItem{Icon: t.Icon, Label: r.T.T(t.Key), Href: t.Path, Current: t.Key == p.Section})
		}
	}
	if len(p.Crumbs) > 0 {
		items := make([]ui.Link, 0, len(p.Crumbs))
		for _, c := range p.Crumbs {
			if c.Path == r.URL.Path { // here
				c.Path = ""
			}
			items = append(items, ui.Link{Label: c.Label, Href: c.Path})
		}
		shell.Crumbs = ui.Crumbs{Label: r.T.T("site.crumbs"), Items: items}
	}
	if p.Dated && r.AsOf != r.Today {
		shell.AsOf = &ui.AsOf{Text: r.T.T("site.as-of", "Day", r.AsOf), Back: ui.Link{Label: r.T.T("site.back-to-today"), Href: r.With("day", "")}}
	}
	if m := r.flash(); m != "" {
		shell.Flash = &ui.Flash{Tone: ui.OK, Text: m}
	}
	return shell
}
