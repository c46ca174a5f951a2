package structure

import "odaq/internal/kernel/module"

// Module is the manifest of the area.
func (a *Area) Module() module.Module {
	return module.Module{
		Name: "structure", Number: 10,
		Schema: schema, Locale: locale, Policy: Policy,
		Nav: nav(), Pages: a.pages, API: a.api,
		Holdings: a.holdings(),
	}
}
