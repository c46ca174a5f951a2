package seed

import (
	"slices"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/search"
)

// Sample is somebody as whom a visitor of the demo may sign in.
type Sample struct {
	Role   access.Role
	Org    id.ID // at which the role is held
	Person id.ID // in the register of members; 0: is not a member
	Name   search.Name
	Since  cal.Day // from when the role is held
}

// Samples are one person for each role, the same each time. They hold their
// roles at the federation; the registrar at the union of Country.Sample, the
// chair at one of its primary organisations of about sixty members, the member
// in that or near it, one with a transfer behind them where there is one.
func (p *Plan) Samples() []Sample {
	lives := p.Lives()
	u := slices.IndexFunc(p.Country.Unions, func(v Union) bool { return v.Code == p.Country.Sample.Union })
	since := p.Today.AddMonths(-20)
	officer := func(i int64, role access.Role, org id.ID) Sample {
		return Sample{Role: role, Org: org, Name: lives.Officer(-i).Name, Since: since}
	}
	out := []Sample{
		officer(1, access.Leader, p.Federation),
		officer(2, access.Registrar, p.Unions[u]),
		officer(3, access.DataOfficer, p.Federation),
		officer(4, access.Auditor, p.Federation),
		officer(5, access.Admin, p.Federation),
		officer(6, access.Partner, p.Federation),
		officer(7, access.Observer, p.Federation),
	}
	i := p.nearest(u, 60)
	if i < 0 {
		return out
	}
	o := p.Primaries[i]
	chair := lives.Of(i, 0)
	out = append(out, Sample{access.Chair, o.Org, chair.ID, chair.Name, max(since, chair.Spells[0].From)})
	if member, ok := p.mover(lives, i); ok {
		out = append(out, Sample{access.Member, member.Org(), member.ID, member.Name, member.Spells[0].From})
	}
	return out
}

// nearest is the primary organisation of a union that is nearest to a size,
// one with a chair and without a pause; in a small plan there may be no such one.
func (p *Plan) nearest(union, size int) int {
	off := func(i int) int { return max(p.Primaries[i].Target-size, size-p.Primaries[i].Target) }
	for _, typical := range []bool{true, false} {
		best := -1
		for i, o := range p.Primaries {
			if o.Union != union || o.Closed != cal.Forever || o.Target == 0 || typical && (!o.Chair || o.Resting != (Rest{})) {
				continue
			}
			if best < 0 || off(i) < off(best) {
				best = i
			}
		}
		if best >= 0 {
			return best
		}
	}
	return -1
}

// mover is a member of the organisation who came by transfer; else one of the
// same union; else any member of it.
func (p *Plan) mover(lives *Lives, at int) (Life, bool) {
	for _, same := range []bool{true, false} {
		for i, o := range p.Primaries {
			if same != (i == at) || o.Union != p.Primaries[at].Union {
				continue
			}
			for k := 1; k < o.Target; k++ {
				if life := lives.Of(i, k); len(life.Spells) > 1 && !life.Suspended {
					return life, true
				}
			}
		}
	}
	if p.Primaries[at].Target < 2 {
		return Life{}, false
	}
	return lives.Of(at, 1), true
}
