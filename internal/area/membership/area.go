package membership

import (
	"context"

	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/nationalid"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/ref"
	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
)

// Area does the use cases of membership.
type Area struct {
	*Headcounts
	desk    *act.Desk
	profile *profile.Profile
	scheme  *nationalid.Scheme // of persons; nil where the country has none
	seal    *seal.Sealer
	links   Links
	spread  *spread
}

// New makes the area.
func New(desk *act.Desk, p *profile.Profile, sealer *seal.Sealer) *Area {
	var earners []string
	for _, c := range p.Categories {
		if c.WageEarner {
			earners = append(earners, c.Code)
		}
	}
	return &Area{NewHeadcounts(earners), desk, p, p.SchemeFor(nationalid.Person), sealer, Links{}, &spread{}}
}

// Ref points to a person.
func Ref(person id.ID) ref.Ref { return ref.To("person", person) }

// primary checks that org takes members on the day: a primary organisation
// under its parent.
func primary(ctx context.Context, q db.Querier, f *fault.Fault, field string, at id.ID, day cal.Day) error {
	v, err := org.Get(ctx, q, at, day)
	if fault.Is(err, fault.NotFound) {
		f.In(field, "membership.org-absent", "Day", day)
		return nil
	}
	if err != nil {
		return err
	}
	if v.Kind != org.Primary {
		f.In(field, "membership.org-not-primary", "Org", v.Names)
	} else if !v.Belongs() {
		f.In(field, "membership.org-closed", "Org", v.Names, "Day", day)
	}
	return nil
}

func (a *Area) checkCategory(f *fault.Fault, category string) {
	if _, ok := a.profile.Category(category); !ok {
		f.In("category", "fault.choice")
	}
}

// checkNational refuses a malformed national ID without repeating it. A birth
// day that differs from the number's is no error: the profile says why.
func (a *Area) checkNational(f *fault.Fault, number string) {
	if number == "" || a.scheme == nil {
		return
	}
	if err := a.scheme.Check(number); err != nil {
		f.In("national_id", err.Error())
	}
}
