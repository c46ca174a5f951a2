// Package module is the manifest by which an area says what it brings. The list
// of areas stands in internal/app/areas.go and nowhere else.
package module

import (
	"context"
	"io/fs"

	"github.com/danielgtaylor/huma/v2"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/job"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/rekey"
	"odaq/internal/kernel/site"
	"odaq/internal/platform/db"
)

// Module is an area's manifest; what an area lacks stays nil.
type Module struct {
	Name     string
	Number   int   // of its schema block: the order in which tables are made
	Schema   fs.FS // schema/NNNN_name.sql
	Locale   fs.FS // locale/{kk,ru,en}.toml
	Policy   access.Policy
	Nav      []site.NavItem
	Tabs     []site.Tab // of members' phones
	Pages    func(*site.Site)
	API      func(huma.API)
	Jobs     func(*job.Runner)
	Recover  func(context.Context) error // ends what a crash interrupted; called before anything else
	Warm     func(context.Context) error // reads into memory what every reader needs; called now and then
	Events   func(*event.Bus)
	Holdings []privacy.Holding
	Endings  []privacy.Ending // how the kinds of its holdings come to their end
	Sealed   rekey.Sealed     // what it keeps under the keys of the keyset file
}

// Source is the module's schema block, ready for db.Migrate.
func (m Module) Source() db.Source {
	sub, err := fs.Sub(m.Schema, "schema")
	if err != nil {
		panic(err) // only an invalid name fails
	}
	return db.Source{Name: m.Name, Number: m.Number, FS: sub}
}
