package membership

import (
	"embed"

	"odaq/internal/kernel/module"
)

//go:embed schema/*.sql
var schemaFS embed.FS

//go:embed locale/*.toml
var localeFS embed.FS

// Module is the area's manifest.
func (a *Area) Module() module.Module {
	return module.Module{
		Name: "membership", Number: 20, Schema: schemaFS, Locale: localeFS, Policy: Policy,
		Nav: nav(), Pages: a.pages, API: a.api, Holdings: holdings(),
	}
}
