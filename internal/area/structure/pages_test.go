package structure

import (
	"io/fs"
	"net/url"
	"testing"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/figure"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

func sub(f fs.FS, dir string) fs.FS {
	s, err := fs.Sub(f, dir)
	if err != nil {
		panic(err)
	}
	return s
}

// small is a federation of two unions in three regions.
type small struct {
	*world
	top, teachers, miners, school, college, mine, pit id.ID
}

func newSmall(t *testing.T, d *db.DB) *small {
	s := &small{world: newWorld(t, d)}
	s.top = s.found(org.Federation, 0, "Федерация", day("1990-10-10"))
	s.teachers = s.found(org.Union, s.top, "Мұғалімдер", day("1991-01-01"))
	s.miners = s.found(org.Union, s.top, "Кеншілер", day("1992-01-01"), in("KZ-35"))
	s.school = s.found(org.Primary, s.teachers, "Мектеп", day("2000-01-01"))
	s.college = s.found(org.Primary, s.teachers, "Колледж", day("2026-03-01"), in("KZ-71"))
	s.mine = s.found(org.Primary, s.miners, "Шахта", day("2001-01-01"), in("KZ-35"))
	s.pit = s.found(org.Primary, s.miners, "Кеніш", day("2002-01-01"), in("KZ-35"))
	s.count(s.school, day("2000-01-01"), 1212)
	s.count(s.school, day("2026-06-01"), 48)
	s.count(s.college, day("2026-03-01"), 303)
	s.count(s.mine, day("2001-01-01"), 777)
	s.count(s.pit, day("2002-01-01"), 3) // a small cell
	return s
}

func TestDashboard(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSmall(t, d)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return figure.Add(t.Context(), tx,
				figure.Figure{ID: id.New(), Org: s.top, Measure: figure.Primaries, Day: day("2021-10-01"), Value: 18000, Source: "inform.kz", Status: figure.Press},
				figure.Figure{ID: id.New(), Org: s.top, Measure: figure.Primaries, Day: day("2021-11-01"), Value: 16000, Source: "zakon.kz", Status: figure.Press},
				figure.Figure{ID: id.New(), Org: s.top, Measure: figure.Primaries, Day: day("2015-11-01"), Value: 15000, Source: "fprk.kz", Status: figure.Press})
		})
		if err != nil {
			t.Fatal(err)
		}
		registrar := s.give(access.Registrar, s.top)
		// The registrar sees exact numbers, the public rounded ones.
		s.shows(s.get("/", registrar, text.EN), 200, "The federation has <b>2,343 members</b>, <b>4 primary organisations</b> and <b>2 member organisations</b>.",
			"it grew by <b>351 members</b>", ">303<", "Sources disagree", "inform.kz", "zakon.kz", "1 earlier figure", "fprk.kz", "proved in 2 of the 11 needed regions, the time for it is over", "Overdue", "No chair is recorded")
		s.shows(s.get("/", 0, text.EN), 200, "<b>2,345 members</b>", "!2,343", "!>303<", ">305<")
		s.shows(s.get("/?day=2026-02-01", registrar, text.EN), 200, "<b>1,992 members</b>", "<b>3 primary organisations</b>", "Shown as of 1 February 2026", "!2,343")
		s.shows(s.get("/?day=1980-01-01", 0, text.EN), 200, "The register is empty")
		s.shows(s.get("/", 0, text.KK), 200, "Федерация бойынша шолу", "2 345 мүше")
		s.shows(s.get("/", 0, text.RU), 200, "2 345 членов профсоюза")
		s.shows(s.get("/?metric=primaries", 0, text.EN), 200, "Map of the regions: Primary organisations")
		s.shows(s.get("/?format=csv", 0, text.EN), 200, "KZ-75,Almaty,1260")
	})
}

func TestOrgPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSmall(t, d)
		path := orgPath(s.miners)
		s.shows(s.get(path, 0, text.EN), 200, "Кеншілер en", "<b>780 members</b>", "Шахта en", "not shown", "Founded", "decision 1/Кеншілер",
			"Proved in 1 of the 11 needed regions", "Law on Trade Unions, art. 13(2).", "!Record an event", "!>777<")
		registrar := s.give(access.Registrar, s.miners)
		s.shows(s.get(path, registrar, text.EN), 200, ">777<", "Record an event", "Rename", "!Dissolve", "!Suspend")
		s.shows(s.get(path, s.give(access.Leader, s.top), text.EN), 200, "Dissolve", "Suspend")
		s.shows(s.get(orgPath(s.pit), 0, text.EN), 200, "an undisclosed number of members", "!<b>3 members")
		s.shows(s.get(path+"?day=1991-06-01", 0, text.EN), 404)
		s.shows(s.get("/orgs/0000000000000", 0, text.EN), 404)
		s.shows(s.get(path, 0, text.KK), 200, "Салалық кәсіподақ", "Құрамында")
	})
}

func TestRegister(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSmall(t, d)
		s.shows(s.get("/orgs", 0, text.EN), 200, "Федерация en", "Мұғалімдер en", "Show 2 organisations", "!Мектеп en")
		s.shows(s.get("/orgs?open="+s.teachers.String(), 0, text.EN), 200, "Мектеп en", "!Шахта en")
		s.shows(s.get("/orgs?q=мектеп", 0, text.EN), 200, "Мектеп en", "!Шахта en")
		s.shows(s.get("/orgs?kind=primary&region=KZ-35", 0, text.EN), 200, "Шахта en", "Кеніш en", "!Мектеп en", "!>777<")
		s.shows(s.get("/orgs?kind=primary", s.give(access.Registrar, s.top), text.EN), 200, ">777<")
		// A right at one union gives no numbers of another.
		s.shows(s.get("/orgs?kind=primary", s.give(access.Registrar, s.teachers), text.EN), 200, "!>777<", "!1,260")
		s.shows(s.get("/orgs?q=xyzzy", 0, text.EN), 200, "Nothing found")
		s.shows(s.get("/orgs?kind=club", 0, text.EN), 422)
		s.shows(s.get("/orgs?day=2020-01-01&kind=primary", 0, text.EN), 200, "Мектеп en", "!Колледж en")
		s.shows(s.get("/orgs?format=csv&kind=union", 0, text.EN), 200, "Мұғалімдер ру", "!Мектеп")
		s.shows(s.get("/orgs?format=exe", 0, text.EN), 422)
	})
}

// A row of the tree says how many members there are and were a year before, what
// the law's threshold lacks, and how the chair's post stands.
func TestTree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSmall(t, d)
		centre := s.found(org.Centre, s.top, "Орталық", day("2020-01-01"), in("KZ-35"))
		chair := func(o id.ID, from, to string) {
			post, err := s.MakePost(s.ctx, PostRequest{Org: o, Title: text.Names{KK: "Төраға"}, Chair: true, Day: day("2010-01-01"), Decision: "1"})
			if err == nil {
				_, err = s.Appoint(s.ctx, TermRequest{Org: o, Post: post, Holder: "Сапар Сынақов", From: day(from), To: day(to), Decision: "2"})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		chair(s.top, "2022-01-01", "2027-02-21")
		chair(s.teachers, "2021-09-01", "2026-09-01")
		chair(s.miners, "2021-12-13", "2026-12-13")
		leader, registrar := s.give(access.Leader, s.top), s.give(access.Registrar, s.miners)
		out := s.get("/orgs", leader, text.EN)
		s.shows(out, 200, "members: 2,343 (+351 over the year) · 4 primary organisations", "members: 1,563 (+351 over the year) · 2 primary organisations",
			"members: 780 · 2 primary organisations", "in the region: members: 780 · 2 primary organisations", "Regions: 2 of 11", "Districts: 0 of 2",
			"Chair’s term is over", "Chair: 21 days left", "No chair", "!91 days")
		s.shows(s.get("/orgs?day=2026-08-31", 0, text.EN), 200, "!Chair’s term is over", "Chair: 1 day left")
		s.shows(s.get(orgPath(s.teachers), 0, text.EN), 200, "the last term ended 1 Sep 2026")
		s.shows(s.get(orgPath(s.miners), 0, text.EN), 200, "21 days")

		// A branch stands alone with the way to it; the rest is a link away.
		path := "/orgs?open=" + s.miners.String()
		s.shows(s.get(path, leader, text.EN), 200, "members: 777", "members: 3", "Show 3 organisations", `href="/orgs?open=`+s.top.String(), "!Мұғалімдер en", "!"+orgPath(centre))
		s.shows(s.get(path, 0, text.EN), 200, "members: 780", "members: not shown", "!777", "members: 2,345")
		// The right to count a union's members gives no exact numbers above it.
		s.shows(s.get(path, registrar, text.EN), 200, "members: 777", "members: 780", "members: 2,345", "!2,343")
		s.shows(s.get(path+"&day=2025-11-22", registrar, text.EN), 200, "members: 777", "!over the year")
		s.shows(s.get("/orgs?open=nonsense", 0, text.EN), 404)
		for _, lang := range []text.Lang{text.KK, text.RU} {
			s.shows(s.get("/orgs", leader, lang), 200)
		}
	})
}

func TestRegionPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSmall(t, d)
		s.shows(s.get("/regions/KZ-35", 0, text.EN), 200, "Кеншілер en", "2 primary organisations", "780", "!Мұғалімдер en", "Not stated")
		s.shows(s.get("/regions/KZ-99", 0, text.EN), 404)
		s.shows(s.get("/regions/KZ-35?format=json", 0, text.EN), 200, `"primaries":2`)
	})
}

func TestForms(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSmall(t, d)
		registrar := s.give(access.Registrar, s.top)
		stranger := s.give(access.Registrar, s.teachers)
		path := orgPath(s.mine) + "/rename"
		s.shows(s.get(path, registrar, text.EN), 200, `value="Шахта ру"`, "Number of the decision")
		s.shows(s.get(path, stranger, text.EN), 403)
		if out := s.get(path, 0, text.EN); out.Code != 303 {
			t.Errorf("a visitor must be asked to sign in, got %d", out.Code)
		}
		last, err := lastEvent(t.Context(), d.Read(), s.mine)
		if err != nil {
			t.Fatal(err)
		}
		form := url.Values{"name_kk": {"Жаңа шахта"}, "name_ru": {"Новая шахта"}, "day": {"2026-11-01"}, "seen": {last.String()}}
		// Nothing typed is lost, the missing decision is named.
		s.shows(s.post(path, registrar, form), 422, "Error: ", "Give the number of the decision", `value="Новая шахта"`, `href="#f-decision"`)
		form.Set("day", "2026-11-31")
		s.shows(s.post(path, registrar, form), 422, "Write the date as 2026-03-15", "Give the number of the decision")
		form.Set("day", "2026-11-01")
		form.Set("decision", "12/3")
		s.shows(s.post(path, stranger, form), 403)
		if out := s.post(path, registrar, form); out.Code != 303 {
			s.shows(out, 303)
		}
		s.shows(s.get(orgPath(s.mine), 0, text.RU), 200, "Новая шахта", "решение № 12/3")
		s.shows(s.get(orgPath(s.mine)+"?day=2026-10-31", 0, text.RU), 200, "Шахта ру", "!Новая шахта")
		// The same form again: somebody was faster.
		form.Set("name_ru", "Другая шахта")
		s.shows(s.post(path, registrar, form), 409, "In the register now", "Новая шахта", "Другая шахта", "differs")

		// A parent is found by its name; where several fit, one is chosen.
		move := url.Values{"parent": {"мұғалімдер"}, "territory": {"KZ-35"}, "day": {"2026-11-02"}, "decision": {"13"}}
		if out := s.post(orgPath(s.mine)+"/move", registrar, move); out.Code != 303 {
			s.shows(out, 303)
		}
		s.shows(s.get(orgPath(s.mine), 0, text.EN), 200, "Moved", "Мұғалімдер en")
		move.Set("parent", "nobody")
		s.shows(s.post(orgPath(s.mine)+"/move", registrar, move), 422, "No such organisation is found")

		fresh := url.Values{"parent": {s.miners.String()}, "kind": {"primary"}, "name_kk": {"Фабрика"}, "territory": {"KZ-35"}, "day": {"2026-11-20"}, "decision": {"14"}}
		s.shows(s.get("/orgs/new?parent="+s.miners.String(), registrar, text.EN), 200, "At least 3 founders are needed.", "Кеншілер en")
		if out := s.post("/orgs/new", registrar, fresh); out.Code != 303 {
			s.shows(out, 303)
		}
		fresh.Set("bin", "123")
		fresh.Set("name_kk", "")
		s.shows(s.post("/orgs/new", registrar, fresh), 422, "Fill this in", "wrong length", `value="123"`)
	})
}

// Somebody records an event while others have forms of the organisation open:
// each is shown both versions, nothing typed is lost, and the form can be sent
// again.
func TestStaleForms(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSmall(t, d)
		registrar := s.give(access.Registrar, s.top)
		for _, c := range []struct {
			event  string
			typed  url.Values
			theirs string   // in the register now
			shown  []string // of what was typed
		}{
			{"rename", url.Values{"name_kk": {"Екінші"}, "name_ru": {"Вторая"}, "name_en": {"Second"}}, "Бірінші", []string{`value="Екінші"`, `value="Вторая"`, `value="Second"`}},
			{"move", url.Values{"parent": {"мұғалімдер"}, "territory": {"KZ-71"}, "activity": {"P"}}, "Кеншілер en", []string{`value="мұғалімдер"`, `value="KZ-71" selected`, `value="P" selected`}},
			{"describe", url.Values{"address": {"Саран, 5"}, "employer": {"Шахта ЖШС"}, "registration": {"77"}}, "Теміртау", []string{`value="Саран, 5"`, `value="Шахта ЖШС"`, `value="77"`}},
			{"split", url.Values{"part_kk": {"Бөлік"}, "part2_kk": {"Тағы бөлік"}}, "Suspended", []string{`value="Бөлік"`, `value="Тағы бөлік"`}},
			{"merge", url.Values{"into": {"Кеніш"}}, "Suspended", []string{`value="Кеніш"`}},
			{"leave", url.Values{}, "Suspended", nil},
		} {
			o := s.found(org.Primary, s.miners, "Ұжым "+c.event, day("2020-01-01"), in("KZ-35"))
			path := orgPath(o) + "/" + c.event
			last, err := lastEvent(t.Context(), d.Read(), o)
			if err != nil {
				t.Fatal(err)
			}
			s.shows(s.get(path, registrar, text.EN), 200, `name="seen" value="`+last.String()+`"`)
			switch c.theirs {
			case "Suspended":
				err = s.record(o, org.Suspend, day("2026-11-03"), org.Detail{})
			case "Теміртау":
				err = s.record(o, org.Describe, day("2026-11-03"), org.Detail{Address: &c.theirs})
			default:
				err = s.record(o, org.Rename, day("2026-11-03"), org.Detail{Names: &text.Names{KK: "Бірінші", RU: "Первая", EN: "First"}})
			}
			if err != nil {
				t.Fatal(c.event, err)
			}
			now, err := lastEvent(t.Context(), d.Read(), o)
			if err != nil {
				t.Fatal(err)
			}
			form := url.Values{"day": {"2026-11-05"}, "decision": {"15/2"}, "seen": {last.String()}}
			for name, value := range c.typed {
				form[name] = value
			}
			want := append([]string{"Recorded while you had the form open", "3 Nov 2026, decision 7", "The two versions", "In the register now", "What you wrote", "differs", c.theirs,
				`value="2026-11-05"`, `value="15/2"`, `name="seen" value="` + now.String() + `"`}, c.shown...)
			out := s.post(path, registrar, form)
			s.shows(out, 409, want...)
			if t.Failed() {
				t.Fatal(c.event)
			}
			if v, err := org.Get(t.Context(), d.Read(), o, today); err != nil || v.Parent != s.miners {
				t.Fatalf("%s: the stale form was recorded: %+v %v", c.event, v, err)
			}
			// Having seen both, the person sends it again.
			form.Set("seen", now.String())
			s.shows(s.post(path, registrar, form), 303)
			if t.Failed() {
				t.Fatal(c.event)
			}
		}
	})
}
