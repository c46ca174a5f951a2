package profile

import (
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/text"
)

// Territory is a first-level unit of the country: a region or a city of that rank.
type Territory struct {
	Code     string // ISO 3166-2, "KZ-71": the key used everywhere else
	Official string // of the state classifier
	Short    string // letters for a map tile
	Name     text.Names
	Label    text.Names // without the word for the kind, for tables and maps
	Type     string     // "region", "city", "capital"
	Seat     text.Names
	Since    cal.Day // cal.Never when it is older than our sources
	Until    cal.Day // cal.Forever while it exists; half-open
	Tile     Tile
	Basis    Basis
}

// Tile is a place in the tile-grid map; both count from 0 at the north-west.
// A territory that no longer exists has none: both are -1.
type Tile struct {
	Col, Row int
}

// The events of a territory.
const (
	Founded  = "founded"  // Code came into being out of From
	Renamed  = "renamed"  // Code bore OldName until the day
	Reduced  = "reduced"  // Code lost a part, to the one named in From
	Replaced = "replaced" // Code succeeded From, which ended
)

// TerritoryEvent is a change of the map.
type TerritoryEvent struct {
	Day      cal.Day
	Event    string
	Code     string
	From     string // another territory's code, or empty
	OldName  text.Names
	OldLabel text.Names
	Note     string // in English
	Basis    Basis
}
