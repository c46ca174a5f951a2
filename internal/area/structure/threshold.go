package structure

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

// Proof is how far an organisation meets what the law asks of its kind.
type Proof struct {
	Threshold profile.Threshold
	Proved    int
	Needed    int
	Total     int     // of which Needed are asked, where the law names a share
	Missing   []Gap   // regions or districts without a unit, where these are counted
	Due       cal.Day // cal.Never when it must hold from the start
}

// Gap is a region or district in which an organisation has no unit.
type Gap struct {
	Code  string
	Label text.Names
	Had   cal.Day // it had one until this day; cal.Never where it never had, or is not known
}

// Met reports whether enough is proved.
func (p Proof) Met() bool { return p.Proved >= p.Needed }

// Late reports whether the time for the proof is over.
func (p Proof) Late(day cal.Day) bool { return !p.Met() && p.Due <= day }

// proofs computes the threshold of each of some organisations on a day from
// where their units lie. Thresholds that count people are left out: their
// numbers are not for everybody (see peopleProof).
func (a *Area) proofs(ctx context.Context, q db.Querier, orgs []org.Version, day cal.Day) (map[id.ID]Proof, error) {
	out := map[id.ID]Proof{}
	var ids []id.ID
	for _, v := range orgs {
		if t, ok := a.profile.Threshold(string(v.Kind)); ok && t.Measure != "people" && v.Alive() {
			out[v.Org] = Proof{Threshold: t}
			ids = append(ids, v.Org)
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	regions, err := reach(ctx, q, ids, day)
	if err != nil {
		return nil, err
	}
	for _, v := range orgs {
		p, ok := out[v.Org]
		if !ok {
			continue
		}
		switch p.Threshold.Measure {
		case "regions":
			a.proveRegions(&p, regions[v.Org], day)
		case "districts":
			err = a.proveDistricts(ctx, q, &p, v, day)
		case "organisations":
			var units []id.ID
			units, err = childrenOf(ctx, q, v.Org, day)
			p.Proved, p.Needed = len(units), p.Threshold.Needed(0)
		}
		if err != nil {
			return nil, err
		}
		if p.Due, err = a.due(ctx, q, v.Org, p.Threshold, day); err != nil {
			return nil, err
		}
		out[v.Org] = p
	}
	return out, nil
}

func (a *Area) proveRegions(p *Proof, has map[string]bool, day cal.Day) {
	regions := a.profile.Regions(day)
	p.Total, p.Needed = len(regions), p.Threshold.Needed(len(regions))
	for _, t := range regions {
		if has[t.Code] {
			p.Proved++
		} else {
			p.Missing = append(p.Missing, Gap{t.Code, t.Label, cal.Never})
		}
	}
}

// proveDistricts counts the districts of a territorial association's region in
// which its unions have organisations.
func (a *Area) proveDistricts(ctx context.Context, q db.Querier, p *Proof, v org.Version, day cal.Day) error {
	counts, err := placesIn(ctx, q, v.Territory, org.Primary, day)
	if err != nil {
		return err
	}
	all, err := territories(ctx, q, v.Territory)
	if err != nil {
		return err
	}
	has := map[string]bool{}
	for place := range counts {
		if place != "" {
			has[district(all, place)] = true
		}
	}
	p.Proved, p.Needed = len(has), p.Threshold.Needed(len(has))
	for code, t := range all {
		if up, ok := all[t.Parent]; ok && up.Parent == "" && !has[code] {
			p.Missing = append(p.Missing, Gap{code, t.Names, cal.Never})
		}
	}
	slices.SortFunc(p.Missing, func(x, y Gap) int { return strings.Compare(x.Code, y.Code) })
	return nil
}

// nearest puts the regions first where an organisation had a unit before, the
// one that ended last at the top: there it is nearest to proving its presence.
func (a *Area) nearest(ctx context.Context, q db.Querier, o id.ID, gaps []Gap, day cal.Day) error {
	had, err := lastIn(ctx, q, o, day)
	if err != nil {
		return err
	}
	for i := range gaps {
		if ended, ok := had[gaps[i].Code]; ok {
			gaps[i].Had = ended
		}
	}
	slices.SortStableFunc(gaps, func(x, y Gap) int { return cmp.Compare(y.Had, x.Had) })
	return nil
}

// peopleProof is the threshold that counts members, for those who may count them.
func (a *Area) peopleProof(ctx context.Context, q db.Querier, v org.Version, day cal.Day) (Proof, bool, error) {
	t, ok := a.profile.Threshold(string(v.Kind))
	if !ok || t.Measure != "people" || !v.Alive() {
		return Proof{}, false, nil
	}
	n, err := a.members.Beneath(ctx, q, v.Org, day)
	if err != nil {
		return Proof{}, false, err
	}
	due, err := a.due(ctx, q, v.Org, t, day)
	return Proof{Threshold: t, Proved: int(n.Total), Needed: t.Needed(int(n.Total)), Due: due}, true, err
}

func (a *Area) due(ctx context.Context, q db.Querier, o id.ID, t profile.Threshold, day cal.Day) (cal.Day, error) {
	if t.ProveWithin == 0 {
		return cal.Never, nil
	}
	from, err := registered(ctx, q, o, day)
	return from.AddMonths(t.ProveWithin), err
}
