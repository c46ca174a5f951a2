package structure

import (
	"context"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

// each scans every row of a query.
func each(ctx context.Context, q db.Querier, row func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// takeTurn makes this transaction the only one that changes the tree.
func takeTurn(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `INSERT INTO structure_turn (id, turn) VALUES (1, 1)
		ON CONFLICT (id) DO UPDATE SET turn = structure_turn.turn + 1`)
	return err
}

// lastEvent is the event recorded last for an organisation, 0 for none.
func lastEvent(ctx context.Context, q db.Querier, o id.ID) (id.ID, error) {
	var last id.ID
	err := q.QueryRow(ctx, `SELECT COALESCE(max(id), 0) FROM org_event WHERE org_id = $1`, o).Scan(&last)
	return last, err
}

// childrenOf are the organisations directly beneath one on a day, in Kazakh
// alphabetical order.
func childrenOf(ctx context.Context, q db.Querier, parent id.ID, day cal.Day) ([]id.ID, error) {
	tree, err := org.TreeOn(ctx, q, day)
	if err != nil {
		return nil, err
	}
	var out []id.ID
	for _, n := range tree.Children(parent) {
		out = append(out, n.Org)
	}
	return out, nil
}

// bearer finds another living organisation that has the number on the day.
func bearer(ctx context.Context, q db.Querier, bin string, not id.ID, day cal.Day) (id.ID, bool, error) {
	var v id.ID
	err := q.QueryRow(ctx, `SELECT org_id FROM org_version WHERE bin = $1 AND org_id <> $2 AND status <> 'dissolved'
		AND kind <> 'primary' AND from_day <= $3 AND to_day > $3 ORDER BY org_id LIMIT 1`, bin, not, day).Scan(&v)
	if err == db.ErrNoRows {
		return 0, false, nil
	}
	return v, err == nil, err
}

// kindSeries counts the organisations of each kind beneath one, on each of the days.
func kindSeries(ctx context.Context, q db.Querier, o id.ID, days []cal.Day) (map[org.Kind][]int64, error) {
	out := map[org.Kind][]int64{}
	for i, day := range days {
		tree, err := org.TreeOn(ctx, q, day)
		if err != nil {
			return nil, err
		}
		for _, n := range tree.Beneath(o) {
			if n.Org == o {
				continue
			}
			if out[n.Kind] == nil {
				out[n.Kind] = make([]int64, len(days))
			}
			out[n.Kind][i]++
		}
	}
	return out, nil
}

// countBeneath counts the organisations of a kind beneath each of some.
func countBeneath(ctx context.Context, q db.Querier, orgs []id.ID, kind org.Kind, day cal.Day) (map[id.ID]int64, error) {
	tree, err := org.TreeOn(ctx, q, day)
	if err != nil {
		return nil, err
	}
	out := make(map[id.ID]int64, len(orgs))
	for _, o := range orgs {
		for _, n := range tree.Beneath(o) {
			if n.Org != o && n.Kind == kind {
				out[o]++
			}
		}
	}
	return out, nil
}

// reach tells, for each of some organisations, in which regions organisations
// beneath it lie on a day.
func reach(ctx context.Context, q db.Querier, orgs []id.ID, day cal.Day) (map[id.ID]map[string]bool, error) {
	tree, err := org.TreeOn(ctx, q, day)
	if err != nil {
		return nil, err
	}
	out := make(map[id.ID]map[string]bool, len(orgs))
	for _, o := range orgs {
		out[o] = map[string]bool{}
		for _, n := range tree.Beneath(o) {
			if n.Org != o {
				out[o][n.Territory] = true
			}
		}
	}
	return out, nil
}

// placesIn counts the organisations of a kind in each place of a region.
func placesIn(ctx context.Context, q db.Querier, region string, kind org.Kind, day cal.Day) (map[string]int64, error) {
	tree, err := org.TreeOn(ctx, q, day)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	top, err := tree.Federation()
	if fault.Is(err, fault.NotFound) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	for _, n := range tree.Beneath(top.Org) {
		if n.Territory == region && n.Kind == kind {
			out[n.Place]++
		}
	}
	return out, nil
}

// registered is the day on which an organisation's registration was first
// recorded as far as was known on a day, or that of its founding.
func registered(ctx context.Context, q db.Querier, o id.ID, day cal.Day) (cal.Day, error) {
	all, err := org.Versions(ctx, q, o)
	if err != nil || len(all) == 0 {
		return cal.Never, err
	}
	for _, v := range all {
		if v.Registration != "" && v.From <= day {
			return v.From, nil
		}
	}
	return all[0].From, nil
}

// change is what became of one organisation between two days.
type change struct {
	org  id.ID
	kind org.Kind
	what string
}

// changes finds what differs beneath an organisation between two days, in
// Kazakh alphabetical order.
func changes(ctx context.Context, q db.Querier, o id.ID, from, to cal.Day) ([]change, error) {
	var out []change
	err := each(ctx, q, func(scan func(...any) error) error {
		var c change
		var status string
		var depth int64
		err := scan(&c.org, &c.kind, &status, &depth)
		switch {
		case status == "":
			c.what = founded
		case depth < 0:
			c.what = joined
		default:
			c.what = moved
		}
		out = append(out, c)
		return err
	}, `SELECT b.org_id, b.kind, COALESCE(a.status, ''), COALESCE(ca.depth, -1) FROM org_closure cb
		JOIN org_version b ON b.org_id = cb.descendant_id AND b.from_day <= $3 AND b.to_day > $3
		LEFT JOIN org_version a ON a.org_id = cb.descendant_id AND a.from_day <= $2 AND a.to_day > $2
		LEFT JOIN org_closure ca ON ca.ancestor_id = cb.ancestor_id AND ca.descendant_id = cb.descendant_id AND ca.from_day <= $2 AND ca.to_day > $2
		WHERE cb.ancestor_id = $1 AND cb.depth > 0 AND cb.from_day <= $3 AND cb.to_day > $3
		AND (ca.depth IS NULL OR a.parent_id <> b.parent_id)
		ORDER BY b.sort_key, b.org_id`, o, from, to)
	if err != nil {
		return nil, err
	}
	err = each(ctx, q, func(scan func(...any) error) error {
		var c change
		var status string
		err := scan(&c.org, &c.kind, &status)
		c.what = left
		if status == string(org.Dissolved) {
			c.what = dissolved
		}
		out = append(out, c)
		return err
	}, `SELECT a.org_id, a.kind, COALESCE(b.status, '') FROM org_closure ca
		JOIN org_version a ON a.org_id = ca.descendant_id AND a.from_day <= $2 AND a.to_day > $2
		LEFT JOIN org_version b ON b.org_id = ca.descendant_id AND b.from_day <= $3 AND b.to_day > $3
		LEFT JOIN org_closure cb ON cb.ancestor_id = ca.ancestor_id AND cb.descendant_id = ca.descendant_id AND cb.from_day <= $3 AND cb.to_day > $3
		WHERE ca.ancestor_id = $1 AND ca.depth > 0 AND ca.from_day <= $2 AND ca.to_day > $2 AND cb.depth IS NULL
		ORDER BY a.sort_key, a.org_id`, o, from, to)
	return out, err
}

// post is a row of structure_post with its terms, the latest first.
type post struct {
	ID       id.ID
	Org      id.ID
	Title    text.Names
	Elected  bool
	Chair    bool
	From, To cal.Day
	Decision string
	Terms    []term
}

// term is a row of structure_term.
type term struct {
	ID       id.ID
	Post     id.ID
	Org      id.ID
	Holder   string `audit:"-"`
	Person   id.ID  `audit:"-"`
	Bars     string
	From, To cal.Day
	Decision string
	EndedBy  string
}

func (t term) on(day cal.Day) bool { return t.From <= day && day < t.To }

// holder is the term in force on a day.
func (p post) holder(day cal.Day) (term, bool) {
	for _, t := range p.Terms {
		if t.on(day) {
			return t, true
		}
	}
	return term{}, false
}

// ended is the day on which the last term before a day ended.
func (p post) ended(day cal.Day) (cal.Day, bool) {
	for _, t := range p.Terms {
		if t.To <= day {
			return t.To, true
		}
	}
	return 0, false
}

// posts of an organisation with all their terms; electedOnly leaves out the rest.
func posts(ctx context.Context, q db.Querier, o id.ID, electedOnly bool) ([]post, error) {
	var out []post
	at := map[id.ID]int{}
	err := each(ctx, q, func(scan func(...any) error) error {
		var p post
		var elected, chair int64
		err := scan(&p.ID, &p.Org, &p.Title.KK, &p.Title.RU, &p.Title.EN, &elected, &chair, &p.From, &p.To, &p.Decision)
		p.Elected, p.Chair = elected == 1, chair == 1
		if !electedOnly || p.Elected {
			at[p.ID] = len(out)
			out = append(out, p)
		}
		return err
	}, `SELECT id, org_id, title_kk, title_ru, title_en, elected, chair, from_day, to_day, decision FROM structure_post
		WHERE org_id = $1 ORDER BY chair DESC, elected DESC, id`, o)
	if err != nil || len(out) == 0 {
		return out, err
	}
	err = each(ctx, q, func(scan func(...any) error) error {
		t, err := scanTerm(scan)
		if i, ok := at[t.Post]; ok {
			out[i].Terms = append(out[i].Terms, t)
		}
		return err
	}, `SELECT `+termColumns+` FROM structure_term WHERE org_id = $1 ORDER BY from_day DESC, id DESC`, o)
	return out, err
}

const termColumns = `id, post_id, org_id, holder, person_id, bars, from_day, to_day, decision, ended_by`

func scanTerm(scan func(...any) error) (t term, err error) {
	err = scan(&t.ID, &t.Post, &t.Org, &t.Holder, &t.Person, &t.Bars, &t.From, &t.To, &t.Decision, &t.EndedBy)
	return t, err
}

func getTerm(ctx context.Context, q db.Querier, v id.ID) (term, error) {
	t, err := scanTerm(q.QueryRow(ctx, `SELECT `+termColumns+` FROM structure_term WHERE id = $1`, v).Scan)
	if err == db.ErrNoRows {
		return t, fault.Absent()
	}
	return t, err
}

func insertPost(ctx context.Context, tx *db.Tx, p post, at cal.Instant) error {
	_, err := tx.Exec(ctx, `INSERT INTO structure_post (id, org_id, title_kk, title_ru, title_en, elected, chair, from_day, to_day, decision, made_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		p.ID, p.Org, p.Title.KK, p.Title.RU, p.Title.EN, bit(p.Elected), bit(p.Chair), p.From, p.To, p.Decision, at)
	return err
}

func insertTerm(ctx context.Context, tx *db.Tx, t term, account id.ID, at cal.Instant) error {
	_, err := tx.Exec(ctx, `INSERT INTO structure_term (id, post_id, org_id, holder, person_id, bars, from_day, to_day, decision, ended_by, account_id, made_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', $10, $11)`,
		t.ID, t.Post, t.Org, t.Holder, t.Person, t.Bars, t.From, t.To, t.Decision, account, at)
	return err
}

func endTerm(ctx context.Context, tx *db.Tx, v id.ID, day cal.Day, decision string) error {
	_, err := tx.Exec(ctx, `UPDATE structure_term SET to_day = $2, ended_by = $3 WHERE id = $1`, v, day, decision)
	return err
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// chairless are the unions and centres that belong on a day and whose chair's
// post is not held then.
func chairless(ctx context.Context, q db.Querier, top id.ID, day cal.Day) ([]id.ID, error) {
	tree, err := org.TreeOn(ctx, q, day)
	if err != nil {
		return nil, err
	}
	var out []id.ID
	for _, n := range tree.Children(top) {
		if n.Kind == org.Union || n.Kind == org.Centre {
			out = append(out, n.Org)
		}
	}
	terms, err := chairs(ctx, q, out, day)
	return slices.DeleteFunc(out, func(o id.ID) bool {
		ends, chaired := terms[o]
		return chaired && ends > day
	}), err
}

// chairs gives, for those of some organisations that had a chair by a day, when
// the chair's term ends or the last one's ended.
func chairs(ctx context.Context, q db.Querier, orgs []id.ID, day cal.Day) (map[id.ID]cal.Day, error) {
	out := make(map[id.ID]cal.Day, len(orgs))
	if len(orgs) == 0 {
		return out, nil
	}
	var args db.Args
	d := args.Add(day)
	err := each(ctx, q, func(scan func(...any) error) error {
		var o id.ID
		var to cal.Day
		err := scan(&o, &to)
		out[o] = to
		return err
	}, `SELECT t.org_id, max(t.to_day) FROM structure_term t JOIN structure_post p ON p.id = t.post_id AND p.chair = 1
		WHERE t.from_day <= `+d+` AND t.org_id IN (`+args.List(orgs)+`) GROUP BY t.org_id`, args.Values()...)
	return out, err
}

// lastIn tells in which territories organisations beneath one lay at some time
// up to a day, and the first day on which none did any more.
func lastIn(ctx context.Context, q db.Querier, o id.ID, day cal.Day) (map[string]cal.Day, error) {
	out := map[string]cal.Day{}
	err := each(ctx, q, func(scan func(...any) error) error {
		var territory string
		var to cal.Day
		err := scan(&territory, &to)
		out[territory] = to
		return err
	}, `SELECT v.territory, max(CASE WHEN c.to_day < v.to_day THEN c.to_day ELSE v.to_day END) FROM org_closure c
		JOIN org_version v ON v.org_id = c.descendant_id AND v.from_day < c.to_day AND v.to_day > c.from_day AND v.from_day <= $2
		WHERE c.ancestor_id = $1 AND c.depth > 0 AND c.from_day <= $2 GROUP BY v.territory`, o, day)
	return out, err
}

// suspended are the organisations beneath one whose membership is suspended, in
// the order of the tree.
func suspended(ctx context.Context, q db.Querier, top id.ID, day cal.Day) ([]id.ID, error) {
	tree, err := org.TreeOn(ctx, q, day)
	if err != nil {
		return nil, err
	}
	var out []id.ID
	for _, n := range tree.Beneath(top) {
		if n.Status == org.Suspended {
			out = append(out, n.Org)
		}
	}
	return out, nil
}

// Territory is a unit of the imported territory classifier.
type Territory struct {
	Code, Parent string
	Region       string // ISO 3166-2
	Level        string
	Names        text.Names
}

const territoryColumns = `code, parent, region, level, name_kk, name_ru, name_en`

func scanTerritory(scan func(...any) error) (t Territory, err error) {
	err = scan(&t.Code, &t.Parent, &t.Region, &t.Level, &t.Names.KK, &t.Names.RU, &t.Names.EN)
	return t, err
}

// territory finds a unit of the classifier.
func territory(ctx context.Context, q db.Querier, code string) (Territory, error) {
	t, err := scanTerritory(q.QueryRow(ctx, `SELECT `+territoryColumns+` FROM structure_territory WHERE code = $1`, code).Scan)
	if err == db.ErrNoRows {
		return t, fault.Absent()
	}
	return t, err
}

// territories are the units of a region by code.
func territories(ctx context.Context, q db.Querier, region string) (map[string]Territory, error) {
	out := map[string]Territory{}
	err := each(ctx, q, func(scan func(...any) error) error {
		t, err := scanTerritory(scan)
		out[t.Code] = t
		return err
	}, `SELECT `+territoryColumns+` FROM structure_territory WHERE region = $1`, region)
	return out, err
}

// district is the unit of a region above a place that lies directly beneath the
// region itself; the place where the classifier does not have it.
func district(all map[string]Territory, place string) string {
	at := place
	for range 10 { // no classifier is deeper
		t, ok := all[at]
		if !ok {
			return place
		}
		if up, ok := all[t.Parent]; !ok || up.Parent == "" {
			return at
		}
		at = t.Parent
	}
	return place
}

// activity finds a code of the imported classifier of activities.
func (a *Area) activity(ctx context.Context, q db.Querier, code string) (text.Names, bool, error) {
	if v, ok := a.profile.Activity(code); ok {
		return v.Name, true, nil
	}
	var n text.Names
	err := q.QueryRow(ctx, `SELECT name_kk, name_ru, name_en FROM structure_activity WHERE code = $1`, code).Scan(&n.KK, &n.RU, &n.EN)
	if err == db.ErrNoRows {
		return n, false, nil
	}
	return n, err == nil, err
}

// boundary is the shape of a region on the imported map.
type boundary struct {
	Region, Path    string
	X, Y            int64 // where its label stands
	ViewBox, Credit string
}

func boundaries(ctx context.Context, q db.Querier) ([]boundary, error) {
	var out []boundary
	err := each(ctx, q, func(scan func(...any) error) error {
		var b boundary
		err := scan(&b.Region, &b.Path, &b.X, &b.Y, &b.ViewBox, &b.Credit)
		out = append(out, b)
		return err
	}, `SELECT region, path, x, y, view_box, credit FROM structure_boundary ORDER BY region`)
	return out, err
}
