package structure

import (
	"context"
	"slices"

	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/text"
)

// FoundRequest asks to enter a new organisation.
type FoundRequest struct {
	Kind         org.Kind
	Parent       id.ID // 0: it belongs to nobody yet
	Names        text.Names
	Territory    string // ISO 3166-2; the lowest organisations need one
	Place        string // code of the territory classifier
	Activity     string
	BIN          string
	Registration string
	Address      string
	Employer     string
	Day          cal.Day
	Decision     string
}

// CheckFound refuses what is wrong in itself.
func (a *Area) CheckFound(r FoundRequest) error {
	f := fault.Check()
	if !slices.Contains(org.Kinds, r.Kind) {
		f.In("kind", "fault.choice")
	}
	checkNames(f, "name", r.Names)
	a.checkWhen(f, r.Day, r.Decision)
	a.checkDetail(f, r.detail(), r.Day)
	if r.Territory == "" && r.Kind != org.Federation && r.Kind != org.Union {
		f.In("territory", "fault.required")
	}
	return f.OrNil()
}

func (r FoundRequest) detail() org.Detail {
	d := org.Detail{Kind: r.Kind}
	if r.Parent != 0 {
		d.Parent = &r.Parent
	}
	for to, from := range map[**string]*string{&d.Territory: &r.Territory, &d.Place: &r.Place, &d.Activity: &r.Activity,
		&d.BIN: &r.BIN, &d.Registration: &r.Registration, &d.Address: &r.Address, &d.Employer: &r.Employer} {
		if *from != "" {
			*to = from
		}
	}
	return d
}

// Found enters a new organisation, beneath another where the request names one.
func (a *Area) Found(ctx context.Context, r FoundRequest) (Recorded, error) {
	if err := a.CheckFound(r); err != nil {
		return Recorded{}, err
	}
	where := r.Parent
	if where == 0 {
		top, err := org.Top(ctx, a.desk.DB.Read(), a.desk.Today())
		switch {
		case err == nil && r.Kind == org.Federation:
			return Recorded{}, fault.New(fault.Conflict, "structure.wrong.second-federation", "Org", top.Names)
		case err == nil:
			where = top.Org
		case !fault.Is(err, fault.NotFound):
			return Recorded{}, err
		}
	}
	request := act.Request{Action: Found, Org: where, Decision: r.Decision, Input: r}
	return act.Do(ctx, a.desk, request, func(tx *act.Tx) (Recorded, error) {
		if err := takeTurn(ctx, tx.Tx); err != nil {
			return Recorded{}, err
		}
		e := org.Event{Org: id.New(), Kind: org.Found, Day: r.Day, Decision: r.Decision, Detail: r.detail()}
		e.Detail.Names = trimmed(r.Names)
		if err := a.checkAgainst(ctx, tx, RecordRequest{Org: e.Org, Kind: e.Kind, Day: r.Day, Detail: e.Detail}, org.Version{}); err != nil {
			return Recorded{}, err
		}
		return a.write(ctx, tx, e)
	})
}
