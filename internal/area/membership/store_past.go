package membership

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/search"
	"odaq/internal/platform/db"
)

// forever is cal.Forever as the partial indexes of spells write it.
var forever = strconv.Itoa(int(cal.Forever))

// pageOn merges who is there still with who was there. Few left since a recent day, so
// that those who were are looked for no further than the page of those who are
// reaches.
func pageOn(ctx context.Context, q db.Querier, s access.Scope, f Find, w way) ([]Person, error) {
	var args db.Args
	day := args.Add(f.Day)
	still := names{table: "membership_person", as: "k", person: "id", columns: []string{"id", "sort_key", "org_id"},
		where: []string{"k.status IN (" + args.List([]Status{Active, Suspended}) + ")"}}
	then := names{table: "membership_spell", as: "c", person: "person_id", columns: []string{"person_id", "sort_key", "org_id"},
		where: []string{"c.to_day <> " + forever, "c.to_day > " + day, "c.from_day <= " + day,
			"c.sort_key <= COALESCE((SELECT sort_key FROM still ORDER BY sort_key, id LIMIT 1 OFFSET " + strconv.Itoa(f.Limit-1) + "), " + args.Add(behindAll) + ")"}}
	if f.Category != "" {
		category := args.Add(f.Category)
		still.where = append(still.where, "k.category = "+category)
		then.where = append(then.where, "EXISTS (SELECT 1 FROM membership_person x WHERE x.id = c.person_id AND x.category = "+category+")")
	}
	open := "s.to_day = " + forever
	if w.engine == db.SQLite {
		open = "+" + open // one look into the table instead of two
	}
	people, among := w.from(&args, s, f.After, still)
	past, were := w.from(&args, s, f.After, then)
	return personsOn(ctx, q, f, &args,
		`WITH still AS MATERIALIZED (SELECT k.id, k.sort_key, k.org_id FROM `+people+` CROSS JOIN membership_spell s
			WHERE `+among+` AND s.person_id = k.id AND `+open+` AND s.from_day <= `+day+` ORDER BY k.sort_key, k.id`+limit(f.Limit)+`) `,
		`SELECT * FROM still UNION ALL SELECT * FROM (SELECT c.person_id, c.sort_key, c.org_id FROM `+past+` WHERE `+were+
			` ORDER BY c.sort_key, c.person_id`+limit(f.Limit)+`) past`)
}

// behindAll is greater than every key of a name.
var behindAll = bytes.Repeat([]byte{0xff}, 8)

// findOn searches among the members of a past day.
func findOn(ctx context.Context, q db.Querier, s access.Scope, f Find) ([]Person, error) {
	var args db.Args
	day := args.Add(f.Day)
	where := []string{"s.from_day <= " + day, "s.to_day > " + day, s.SQL(&args, "s.org_id")}
	if n, ok := ParseNumber(f.Query); ok {
		where = append(where, "k.number = "+args.Add(n))
	} else {
		terms := search.Query(f.Query)
		if len(terms) == 0 {
			return nil, nil
		}
		for _, term := range terms {
			where = append(where, "k.id IN (SELECT person_id FROM membership_word WHERE "+begins(&args, "word", term)+")")
		}
	}
	if f.Category != "" {
		where = append(where, "k.category = "+args.Add(f.Category))
	}
	where = append(where, between(&args, f.After, nil, "k.sort_key", "k.id")...)
	return personsOn(ctx, q, f, &args, "", `SELECT k.id, k.sort_key, s.org_id FROM membership_person k JOIN membership_spell s ON s.person_id = k.id WHERE `+strings.Join(where, " AND "))
}

// personsOn reads the first of the persons that a query of id, sort_key and
// org_id names, each in the organisation it names.
func personsOn(ctx context.Context, q db.Querier, f Find, args *db.Args, with, among string) ([]Person, error) {
	return persons(ctx, q, with+`SELECT `+strings.Replace(personColumns, "p.org_id", "page.org_id", 1)+` FROM (SELECT id, org_id FROM (`+among+`) m ORDER BY sort_key, id`+limit(f.Limit)+
		`) page JOIN membership_person p ON p.id = page.id ORDER BY p.sort_key, p.id`, args.Values()...)
}
