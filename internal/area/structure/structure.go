package structure

import (
	"context"
	"embed"

	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/figure"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/profile"
	"odaq/internal/platform/db"
)

// Members is what this area asks of the register of members.
type Members interface {
	// Beneath counts the members of org and everything beneath it on a day.
	Beneath(ctx context.Context, q db.Querier, org id.ID, day cal.Day) (figure.Headcount, error)
	// Each counts for several organisations at once, each with everything beneath it.
	Each(ctx context.Context, q db.Querier, orgs []id.ID, day cal.Day) (map[id.ID]figure.Headcount, error)
	// Cells is the roll-up of the whole federation by union × territory.
	Cells(ctx context.Context, q db.Querier, day cal.Day) ([]figure.Cell, error)
	// Series gives the headcount beneath org on each of the days.
	Series(ctx context.Context, q db.Querier, org id.ID, days []cal.Day) ([]figure.Point, error)
}

// Area is the register of organisations.
type Area struct {
	desk    *act.Desk
	profile *profile.Profile
	members Members
}

// New puts the area together.
func New(desk *act.Desk, p *profile.Profile, members Members) *Area {
	return &Area{desk, p, members}
}

//go:embed schema/*.sql
var schema embed.FS

//go:embed locale
var locale embed.FS

// The members of the federation are its unions: regional centres are formed by
// the unions of a region and count nobody twice.
const memberKind = org.Union

// yearBefore is the day with which a day is compared by default.
func yearBefore(day cal.Day) cal.Day { return day.AddMonths(-12) }

// course is the thirteen days of a year's line, the oldest first.
func course(day cal.Day) []cal.Day {
	days := make([]cal.Day, 13)
	for i := range days {
		days[i] = day.AddMonths(i - 12)
	}
	return days
}
