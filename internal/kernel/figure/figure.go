// Package figure has numbers that say what they are: of whom, of which day,
// from which source. Figures are kept as published, also where two sources
// disagree; what Odaq counts itself is a Headcount.
package figure

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

// Headcount is a number of members. Earners are those whose category counts as
// wage earners, the numerator of union density (OECD/AIAS ICTWSS).
type Headcount struct {
	Total, Earners int64
}

// Plus adds two headcounts of different people.
func (h Headcount) Plus(o Headcount) Headcount {
	return Headcount{h.Total + o.Total, h.Earners + o.Earners}
}

// Cell is the headcount of one union in one territory.
type Cell struct {
	Union     id.ID // the member organisation; 0: directly under the federation
	Territory string
	Orgs      int64 // primary organisations
	Headcount
}

// Point is a headcount on a day.
type Point struct {
	Day cal.Day
	Headcount
}

// Measures of published figures.
const (
	Members   = "members"
	Primaries = "primaries"
	Unions    = "unions"
	Coverage  = "coverage" // collective agreements, in tenths of a percent
)

// Status says who stands behind a figure.
const (
	Official = "official"
	Own      = "own"
	Estimate = "estimate"
	Press    = "press"
)

// Figure is one published number.
type Figure struct {
	ID         id.ID
	Org        id.ID  // subject; 0 with a Territory
	Territory  string // subject where there is no organisation
	Measure    string
	Day        cal.Day
	Value      int64
	Unit       string
	Population text.Names // whom it counts, if said
	Source     string     // who published it; empty where the address was not recorded
	Status     string
	Note       text.Names
}

// Add records published figures.
func Add(ctx context.Context, tx *db.Tx, figures ...Figure) error {
	for _, f := range figures {
		population, err := json.Marshal(f.Population)
		if err != nil {
			return err
		}
		note, err := json.Marshal(f.Note)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO figure (id, org_id, territory, measure, day, value, unit, population, source, status, note)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			f.ID, f.Org, f.Territory, f.Measure, f.Day, f.Value, f.Unit, string(population), f.Source, f.Status, string(note)); err != nil {
			return err
		}
	}
	return nil
}

// Find narrows a list; zero parts do not.
type Find struct {
	Org       id.ID
	Territory string
	Measure   string
	Until     cal.Day
}

// List gives published figures, the newest first. They are public.
func List(ctx context.Context, q db.Querier, f Find) ([]Figure, error) {
	var args db.Args
	where := []string{"day <= " + args.Add(f.Until)}
	if f.Org != 0 {
		where = append(where, "org_id = "+args.Add(f.Org))
	}
	if f.Territory != "" {
		where = append(where, "territory = "+args.Add(f.Territory))
	}
	if f.Measure != "" {
		where = append(where, "measure = "+args.Add(f.Measure))
	}
	rows, err := q.Query(ctx, `SELECT id, org_id, territory, measure, day, value, unit, population, source, status, note FROM figure
		WHERE `+strings.Join(where, " AND ")+` ORDER BY day DESC, id`, args.Values()...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Figure
	for rows.Next() {
		var v Figure
		var population, note string
		if err := rows.Scan(&v.ID, &v.Org, &v.Territory, &v.Measure, &v.Day, &v.Value, &v.Unit, &population, &v.Source, &v.Status, &note); err != nil {
			return nil, err
		}
		if err := errors.Join(json.Unmarshal([]byte(population), &v.Population), json.Unmarshal([]byte(note), &v.Note)); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
