package membership

import (
	"embed"

	"github.com/danielgtaylor/huma/v2"

	"odaq/internal/kernel/module"
	"odaq/internal/kernel/site"
)

//go:embed schema/*.sql
var schemaFS embed.FS

//go:embed locale/*.toml
var localeFS embed.FS

// Module is the area's manifest.
func (a *Area) Module() module.Module {
	return module.Module{
		Name: "membership", Number: 20, Schema: schemaFS, Locale: localeFS, Policy: Policy,
		Nav: append(nav(), meNav()...), Tabs: meTabs,
		Pages: func(s *site.Site) {
			a.pages(s)
			a.importPages(s)
			a.mePages(s)
		},
		API: func(api huma.API) {
			a.api(api)
			a.importAPI(api)
			a.meAPI(api)
			a.personAPI(api)
			a.rightsAPI(api)
			a.cardAPI(api)
		},
		Jobs: a.jobs, Recover: a.Recover, Warm: a.warm, Events: a.cardEvents, Holdings: holdings(), Endings: a.endings(), Sealed: a.sealed(),
	}
}
