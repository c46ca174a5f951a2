package structure

import (
	"context"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/platform/db"
)

// What became of an organisation between two days.
const (
	founded   = "founded"   // exists now and did not before
	joined    = "joined"    // existed elsewhere and lies here now
	moved     = "moved"     // lay here and does still, under another parent
	left      = "left"      // lay here and lies elsewhere now
	dissolved = "dissolved" // exists no more
)

var fates = []string{founded, joined, moved, left, dissolved}

// Comparison sets an organisation as of two days side by side.
type Comparison struct {
	Org          org.Version
	From, To     cal.Day
	Kinds        []KindCount // kinds that there are on one of the days, from the top down
	Members      [2]privacy.Cell
	NewPrimaries int64        // primary organisations founded between the days
	NewMembers   privacy.Cell // their members on the later day
	Changes      []change
}

// KindCount is the number of organisations of a kind on the two days.
type KindCount struct {
	Kind     org.Kind
	From, To int64
}

// Member organisations on the two days.
func (c Comparison) kind(k org.Kind) KindCount {
	for _, v := range c.Kinds {
		if v.Kind == k {
			return v
		}
	}
	return KindCount{Kind: k}
}

// Compare compares what lies beneath an organisation (0: the federation) on two
// days, in either order. Exact says that the reader may count members.
func (a *Area) Compare(ctx context.Context, q db.Querier, o id.ID, from, to cal.Day, exact bool) (Comparison, error) {
	c := Comparison{From: min(from, to), To: max(from, to)}
	var err error
	if o == 0 {
		c.Org, err = org.Top(ctx, q, c.To)
	} else {
		c.Org, err = org.Get(ctx, q, o, c.To)
	}
	if err != nil {
		return c, err
	}
	counts, err := kindSeries(ctx, q, c.Org.Org, []cal.Day{c.From, c.To})
	if err != nil {
		return c, err
	}
	for _, k := range org.Kinds {
		if n := counts[k]; n != nil && n[0]+n[1] > 0 {
			c.Kinds = append(c.Kinds, KindCount{k, n[0], n[1]})
		}
	}
	for i, day := range []cal.Day{c.From, c.To} {
		if c.Members[i], err = a.headcount(ctx, q, c.Org.Org, day, exact); err != nil {
			return c, err
		}
	}
	if c.Changes, err = changes(ctx, q, c.Org.Org, c.From, c.To); err != nil {
		return c, err
	}
	var fresh []id.ID
	for _, v := range c.Changes {
		if v.what == founded && v.kind == org.Primary {
			fresh = append(fresh, v.org)
		}
	}
	c.NewPrimaries = int64(len(fresh))
	each, err := a.members.Each(ctx, q, fresh, c.To)
	if err != nil {
		return c, err
	}
	var total int64
	for _, n := range each {
		total += n.Total
	}
	c.NewMembers = a.single(total, exact)
	return c, nil
}
