package structure

import (
	"context"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/figure"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/profile"
	"odaq/internal/platform/db"
)

// Overview is the federation on a day beside the year before.
type Overview struct {
	Top       org.Version
	Days      []cal.Day // thirteen, the last one is the day asked for
	Members   []privacy.Cell
	Kinds     map[org.Kind][]int64
	Regions   []RegionCount
	Total     privacy.Cell
	Before    privacy.Cell
	Proofs    map[id.ID]Proof // thresholds not met yet
	Chairless []id.ID
	Suspended []id.ID
	Names     map[id.ID]org.Version // of whoever is named above
	Figures   []figure.Figure       // as published, with their sources
}

// RegionCount is a region now and a year before.
type RegionCount struct {
	Territory                     profile.Territory
	Members, MembersBefore        privacy.Cell
	Primaries, PrimariesYearsBack int64
}

// Overview counts the federation. Exact says that the reader may count members.
func (a *Area) Overview(ctx context.Context, q db.Querier, day cal.Day, exact bool) (Overview, error) {
	o := Overview{Days: course(day)}
	var err error
	if o.Top, err = org.Top(ctx, q, day); err != nil {
		return o, err
	}
	if o.Kinds, err = kindSeries(ctx, q, o.Top.Org, o.Days); err != nil {
		return o, err
	}
	points, err := a.members.Series(ctx, q, o.Top.Org, o.Days)
	if err != nil {
		return o, err
	}
	o.Members = a.publishedSeries(points, exact)
	now, err := a.census(ctx, q, day, exact)
	if err != nil {
		return o, err
	}
	before, err := a.census(ctx, q, yearBefore(day), exact)
	if err != nil {
		return o, err
	}
	o.Total, o.Before = now.total(), before.total()
	for _, t := range a.profile.Regions(day) {
		r := RegionCount{Territory: t}
		r.Members, r.Primaries = now.territory(t.Code)
		r.MembersBefore, r.PrimariesYearsBack = before.territory(t.Code)
		o.Regions = append(o.Regions, r)
	}
	if o.Figures, err = figure.List(ctx, q, figure.Find{Org: o.Top.Org, Until: day}); err != nil {
		return o, err
	}
	return o, a.attention(ctx, q, &o, day)
}

// attention finds what somebody should look at: thresholds not proved, unions
// and centres without a chair, suspended organisations.
func (a *Area) attention(ctx context.Context, q db.Querier, o *Overview, day cal.Day) error {
	members, err := org.List(ctx, q, org.Find{Day: day, Parent: o.Top.Org, Kinds: []org.Kind{org.Union, org.Centre}, Limit: 500})
	if err != nil {
		return err
	}
	all, err := a.proofs(ctx, q, append(members, o.Top), day)
	if err != nil {
		return err
	}
	o.Proofs = map[id.ID]Proof{}
	for k, p := range all {
		if !p.Met() {
			o.Proofs[k] = p
		}
	}
	if o.Chairless, err = chairless(ctx, q, o.Top.Org, day); err != nil {
		return err
	}
	if o.Suspended, err = suspended(ctx, q, o.Top.Org, day); err != nil {
		return err
	}
	o.Names, err = org.Many(ctx, q, slices.Concat(o.Chairless, o.Suspended), day)
	for _, v := range append(members, o.Top) {
		if o.Names != nil {
			o.Names[v.Org] = v
		}
	}
	return err
}
