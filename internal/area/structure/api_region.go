package structure

import (
	"context"
	"maps"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/figure"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

// RegionSheet is one region as of a day.
type RegionSheet struct {
	RegionFigures
	Day     string            `json:"day" format:"date"`
	Unions  []RegionUnion     `json:"unions" doc:"that have organisations or members in the region"`
	Places  []RegionPlace     `json:"places" doc:"districts and towns with primary organisations"`
	Figures []PublishedFigure `json:"figures" doc:"as published; sources may disagree"`
	History []RegionEvent     `json:"history" doc:"the earliest first"`
}

// RegionUnion is how much of a union lies in a region.
type RegionUnion struct {
	Org       string     `json:"org,omitempty" doc:"absent: directly under the federation"`
	Names     text.Names `json:"names,omitzero"`
	Members   *int64     `json:"members,omitempty" doc:"absent where it may not be shown; rounded for those who may not count members"`
	Primaries int64      `json:"primaries"`
}

// RegionPlace is how many primary organisations a district has.
type RegionPlace struct {
	Code      string     `json:"code,omitempty" doc:"of the territory classifier; absent: no place is known"`
	Names     text.Names `json:"names,omitzero"`
	Primaries int64      `json:"primaries"`
}

// RegionEvent is an event of a region: made, renamed, divided.
type RegionEvent struct {
	Day   string     `json:"day" format:"date"`
	Event string     `json:"event"`
	Code  string     `json:"code"`
	From  string     `json:"from,omitempty" doc:"code of the region it was made of"`
	Was   text.Names `json:"was,omitzero" doc:"the name before"`
}

type regionInput struct {
	Code string `path:"code" maxLength:"10" doc:"ISO 3166-2"`
	Day  string `query:"day" format:"date" doc:"as of this day; today where absent"`
}

func (a *Area) apiRegion(ctx context.Context, in *regionInput) (*body[RegionSheet], error) {
	f := fault.Check()
	day := a.asked(f, "day", in.Day)
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	region, ok := a.profile.Region(in.Code, day)
	if !ok {
		return nil, fault.Absent()
	}
	out := RegionSheet{Day: day.String(), Unions: []RegionUnion{}, History: []RegionEvent{}}
	err := a.desk.DB.View(ctx, func(q db.Querier) error {
		top, err := org.Top(ctx, q, day)
		if err != nil {
			return err
		}
		exact := a.counts(ctx, top.Org)
		now, err := a.census(ctx, q, day, exact)
		if err != nil {
			return err
		}
		before, err := a.census(ctx, q, yearBefore(day), exact)
		if err != nil {
			return err
		}
		members, primaries := now.territory(region.Code)
		then, primariesThen := before.territory(region.Code)
		out.RegionFigures = RegionFigures{region.Code, region.Name, shown(members), shown(then), primaries, primariesThen}
		names, err := org.Many(ctx, q, now.unions, day)
		if err != nil {
			return err
		}
		for _, u := range now.unions {
			n, orgs := now.at(u, region.Code)
			if orgs > 0 || n.N > 0 || n.Hidden {
				out.Unions = append(out.Unions, RegionUnion{idText(u), names[u].Names, shown(n), orgs})
			}
		}
		if out.Places, err = regionDistricts(ctx, q, region.Code, day); err != nil {
			return err
		}
		figures, err := figure.List(ctx, q, figure.Find{Territory: region.Code, Until: day})
		out.Figures = publishedFigures(figures)
		return err
	})
	for _, e := range a.profile.History(region.Code) {
		if e.Day <= day {
			out.History = append(out.History, RegionEvent{e.Day.String(), e.Event, e.Code, e.From, e.OldName})
		}
	}
	return &body[RegionSheet]{out}, err
}

// regionDistricts counts the primary organisations of each district of a region.
func regionDistricts(ctx context.Context, q db.Querier, region string, day cal.Day) ([]RegionPlace, error) {
	counts, err := placesIn(ctx, q, region, org.Primary, day)
	if err != nil {
		return nil, err
	}
	all, err := territories(ctx, q, region)
	if err != nil {
		return nil, err
	}
	in := map[string]int64{}
	for place, n := range counts {
		if place != "" {
			place = district(all, place)
		}
		in[place] += n
	}
	out := []RegionPlace{}
	for _, code := range slices.Sorted(maps.Keys(in)) {
		out = append(out, RegionPlace{code, all[code].Names, in[code]})
	}
	return out, nil
}

// ThresholdProof is how far an organisation meets the law's threshold.
type ThresholdProof struct {
	Applies     bool           `json:"applies" doc:"The law asks one of its kind, and you may see the numbers it counts"`
	Name        *text.Names    `json:"name,omitempty"`
	Measure     string         `json:"measure,omitempty" doc:"what is counted: regions, districts, organisations, people"`
	Proved      int            `json:"proved"`
	Needed      int            `json:"needed"`
	Total       int            `json:"total,omitempty" doc:"of which so many are needed, where the law names a share"`
	Met         bool           `json:"met"`
	Due         string         `json:"due,omitempty" format:"date" doc:"absent where it must hold from the start"`
	Missing     []ThresholdGap `json:"missing" doc:"regions or districts not proved yet; those first where it is nearest to it"`
	Law         string         `json:"law,omitempty" doc:"code of the law"`
	Article     string         `json:"article,omitempty"`
	NeedsReview bool           `json:"needs_review,omitempty" doc:"a lawyer should check the rule"`
}

// ThresholdGap is a region or district in which an organisation has no unit.
type ThresholdGap struct {
	Code  string     `json:"code"`
	Names text.Names `json:"names"`
	Until string     `json:"until,omitempty" format:"date" doc:"It had one until this day"`
}

func (a *Area) apiThreshold(ctx context.Context, in *orgInput) (*body[ThresholdProof], error) {
	f := fault.Check()
	day := a.asked(f, "day", in.Day)
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	o, err := id.Parse(in.ID)
	if err != nil {
		return nil, fault.Absent()
	}
	out := ThresholdProof{Missing: []ThresholdGap{}}
	err = a.desk.DB.View(ctx, func(q db.Querier) error {
		v, err := org.Get(ctx, q, o, day)
		if err != nil {
			return err
		}
		all, err := a.proofs(ctx, q, []org.Version{v}, day)
		if err != nil {
			return err
		}
		p, ok := all[o]
		if !ok && a.counts(ctx, o) {
			if p, ok, err = a.peopleProof(ctx, q, v, day); err != nil {
				return err
			}
		}
		if !ok {
			return nil
		}
		err = a.nearest(ctx, q, o, p.Missing, day)
		out = thresholdProof(p)
		return err
	})
	return &body[ThresholdProof]{out}, err
}

func thresholdProof(p Proof) ThresholdProof {
	t := p.Threshold
	out := ThresholdProof{Applies: true, Name: &t.Name, Measure: t.Measure, Proved: p.Proved, Needed: p.Needed, Total: p.Total, Met: p.Met(),
		Due: p.Due.String(), Missing: []ThresholdGap{}, Law: t.Basis.Law, Article: t.Basis.Article, NeedsReview: t.Basis.NeedsReview}
	for _, g := range p.Missing {
		out.Missing = append(out.Missing, ThresholdGap{g.Code, g.Label, g.Had.String()})
	}
	return out
}
