package membership

import (
	"context"
	"math"
	"strings"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/search"
	"odaq/internal/platform/db"
)

// Find narrows a list of persons.
type Find struct {
	Org      id.ID // it and everything beneath it; 0: all the scope sees
	Query    string
	Statuses []Status // none: Active and Suspended
	Category string
	Day      cal.Day // members as of this day; 0: now
	After    Cursor
	Limit    int
}

// Cursor is the place after which a page begins.
type Cursor struct {
	Key []byte
	ID  id.ID
}

// CursorOf is the cursor behind p.
func CursorOf(p Person) Cursor { return Cursor{search.PersonKey("kk", p.Name), p.ID} }

// List gives the persons in Kazakh alphabetical order; an answer shorter than
// Limit is the last page.
func (a *Area) List(ctx context.Context, q db.Querier, s access.Scope, f Find) ([]Person, error) {
	if f.Org != 0 {
		var err error
		if s, err = s.Within(ctx, q, f.Org); err != nil {
			return nil, err
		}
	}
	if s.Empty() {
		return nil, nil
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	if f.Day != 0 {
		return a.listOn(ctx, q, s, f)
	}
	if len(f.Statuses) == 0 {
		f.Statuses = []Status{Active, Suspended}
	}
	if strings.TrimSpace(f.Query) != "" {
		return a.find(ctx, q, s, f)
	}
	tree, err := org.TreeOn(ctx, q, a.desk.Today())
	if err != nil {
		return nil, err
	}
	return a.gather(f, sees(tree, s), func(f Find, w way) ([]Person, error) { return page(ctx, q, s, f, w) })
}

// listOn lists who was a member on a past day, where they were then.
func (a *Area) listOn(ctx context.Context, q db.Querier, s access.Scope, f Find) ([]Person, error) {
	if strings.TrimSpace(f.Query) != "" {
		return findOn(ctx, q, s, f)
	}
	tree, err := org.TreeOn(ctx, q, a.desk.Today())
	if err != nil {
		return nil, err
	}
	return a.gather(f, sees(tree, s), func(f Find, w way) ([]Person, error) { return pageOn(ctx, q, s, f, w) })
}

// gather reads a page for a reader who sees so many organisations: from the index
// of all names where they are many; else from each organisation's own, up to a
// name behind which the page should end, and from there to a later one while it
// is not full.
func (a *Area) gather(f Find, orgs int, read func(Find, way) ([]Person, error)) ([]Person, error) {
	if orgs > gatherOrgs {
		return read(f, way{engine: a.desk.DB.Engine()})
	}
	var all []Person
	for ample := 2; ; ample *= 4 {
		w := way{engine: a.desk.DB.Engine(), gather: true, to: a.spread.behind(f.After.Key, ample*f.Limit, orgs)}
		list, err := read(f, w)
		all = append(all, list...)
		if err != nil || w.to == nil || len(list) == f.Limit {
			return all, err
		}
		f.After, f.Limit = before(w.to), f.Limit-len(list)
	}
}

// before is the cursor before everybody with a key.
func before(key []byte) Cursor { return Cursor{key, -1} }

// gatherOrgs is the number of organisations up to which a page is gathered. Of
// 18,000 organisations with 2,000,000 members either way takes about 3 ms here.
const gatherOrgs = 400

// sees is how many organisations the scope sees.
func sees(tree *org.Tree, s access.Scope) int {
	if s.All() {
		return math.MaxInt
	}
	n := 0
	for _, root := range s.Roots() {
		n += len(tree.Beneath(root))
	}
	return n
}

// fewPeople is the number of organisations up to which everybody is looked at.
const fewPeople = 20

// seesFew reports whether the scope sees so little that everybody is looked at.
func (a *Area) seesFew(ctx context.Context, q db.Querier, s access.Scope) (bool, error) {
	if s.All() {
		return false, nil
	}
	tree, err := org.TreeOn(ctx, q, a.desk.Today())
	return err == nil && sees(tree, s) <= fewPeople, err
}

// way is how a page is found.
type way struct {
	engine db.Engine
	gather bool   // by organisation
	to     []byte // no name from here on; nil: all
}
