// Package seed makes up a federation: its unions and their organisations, the
// people in them and what became of their memberships. The same size and day
// give the same federation; a person is a function of the person's number alone,
// so that one may be made up without those before. What the country's published
// facts are comes from the demo folder of its profile (Read); every person, and
// every organisation below the unions, is invented. (үлгі деректер, демоданные)
//
// A Plan says which organisations there are and how many people each has; Lives
// makes up the people. Neither writes anywhere: the areas turn them into rows.
package seed

import (
	"math/rand/v2"
	"time"

	"odaq/internal/kernel/id"
)

// Lane keeps the identifiers, and the chances, of different things apart.
type Lane uint64

// The lanes.
const (
	Orgs Lane = iota + 1
	OrgEvents
	Posts
	Terms
	Figures
	People
	Spells
	PersonEvents
	Numbers // national IDs
	layout
	officers
)

// ID is the i-th identifier of the lane. They lie in the past, below all that
// id.New makes.
func (l Lane) ID(i int64) id.ID {
	base := time.Date(2000+int(l), 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	return id.ID(base<<21 + i)
}

// Rand is the chance of the i-th thing of the lane.
func (l Lane) Rand(i int64) *rand.Rand {
	var p rand.PCG
	l.reseed(&p, i)
	return rand.New(&p)
}

func (l Lane) reseed(p *rand.PCG, i int64) {
	p.Seed(mix(uint64(l)), mix(uint64(l)<<56^uint64(i)))
}

// mix is the finaliser of SplitMix64: neighbours become strangers.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
