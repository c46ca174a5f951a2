package seed_test

import (
	"io/fs"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/seed"
	"odaq/internal/kernel/text"
	"odaq/profiles"
)

var today = cal.Date(2026, 11, 21)

func country(t testing.TB) *seed.Country { return countryOf(t, "kz") }

func countryOf(t testing.TB, name string) *seed.Country {
	t.Helper()
	p, err := profiles.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	files, err := profiles.Demo(name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := seed.Read(files, p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func plan(t testing.TB, members int) *seed.Plan {
	t.Helper()
	p, err := seed.Make(country(t), members, today)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSameSizeSameFederation(t *testing.T) {
	a, b := plan(t, 2000), plan(t, 2000)
	if !reflect.DeepEqual(a.Primaries, b.Primaries) || !reflect.DeepEqual(a.Locals, b.Locals) {
		t.Fatal("two plans of one size differ")
	}
	x, y := a.Lives(), b.Lives()
	for i, o := range a.Primaries {
		for k := range o.Target + o.Left {
			y.Of(0, 0) // what was made up before does not matter
			if l, m := x.Of(i, k), y.Of(i, k); !reflect.DeepEqual(l, m) {
				t.Fatalf("person %d differs: %+v, %+v", l.Number, l, m)
			}
		}
	}
	if reflect.DeepEqual(a.Primaries[0], plan(t, 3000).Primaries[0]) {
		t.Error("another size gives the same organisation")
	}
}

// At full scale every region has what was published of it, and the whole adds up.
func TestPublishedCounts(t *testing.T) {
	p := plan(t, 2_000_000)
	orgs, members := map[string]int{}, map[string]int{}
	total, alive := 0, 0
	for _, o := range p.Primaries {
		if o.Closed != cal.Forever {
			if o.Target != 0 {
				t.Errorf("%s is closed and has %d members", o.Name.KK, o.Target)
			}
			continue
		}
		if o.Target < 3 {
			t.Errorf("%s has %d members, fewer than the law asks", o.Name.KK, o.Target)
		}
		orgs[o.Region]++
		members[o.Region] += o.Target
		total += o.Target
		alive++
	}
	for _, g := range p.Country.Regions {
		if orgs[g.Code] != g.Primaries || members[g.Code] != g.Members {
			t.Errorf("%s: %d organisations and %d members, want %d and %d", g.Code, orgs[g.Code], members[g.Code], g.Primaries, g.Members)
		}
	}
	if total != 2_000_000 || alive <= 18_000 {
		t.Errorf("%d members in %d organisations", total, alive)
	}
	// The published figures, as facts, not as our table says them.
	for code, want := range map[string][2]int{"KZ-31": {1358, 123_011}, "KZ-59": {1257, 65_089}, "KZ-43": {1018, 101_632}, "KZ-10": {751, 60_786}, "KZ-75": {715, 200_000}, "KZ-39": {1414, 100_000}} {
		if got := [2]int{orgs[code], members[code]}; got != want {
			t.Errorf("%s has %v, published %v", code, got, want)
		}
	}
	if got := members["KZ-35"]; got != 138_000 {
		t.Errorf("Karaganda has %d members, published 138,000", got)
	}
	if got := members["KZ-63"] + members["KZ-10"]; got != 133_423 {
		t.Errorf("East Kazakhstan with Abai Region has %d members, published 133,423", got)
	}
}

func TestUnionsRiseFrom18To23(t *testing.T) {
	c := country(t)
	for day, want := range map[cal.Day]int{cal.Date(2018, 1, 1): 18, cal.Date(2018, 12, 13): 18, cal.Date(2019, 2, 1): 23, cal.Date(2019, 12, 31): 23} {
		n := 0
		for _, u := range c.Unions {
			if u.Admitted <= day {
				n++
			}
			if u.Decision == "" {
				t.Errorf("%s was admitted by no decision", u.Code)
			}
		}
		if n != want {
			t.Errorf("on %s there are %d unions, want %d", day, n, want)
		}
	}
}

// Every life is possible: places exist when people are in them, one after the
// other, at an age that fits.
func TestLivesArePossible(t *testing.T) {
	p := plan(t, 20_000)
	orgs := map[id.ID]seed.Primary{}
	for _, o := range p.Primaries {
		orgs[o.Org] = o
	}
	seen := map[id.ID]bool{}
	var moved, turned, suspended, inherited, members int
	lives := p.Lives()
	number := int64(0)
	for i, o := range p.Primaries {
		for k := range o.Target + o.Left {
			l := lives.Of(i, k)
			if l.Number != number || seen[l.ID] {
				t.Fatalf("person %d has number %d", number, l.Number)
			}
			number++
			seen[l.ID] = true
			if l.Member() != (k < o.Target) || l.Org() != o.Org {
				t.Fatalf("person %d: %+v in %+v", l.Number, l, o)
			}
			at := cal.Never
			for n, s := range l.Spells {
				in := orgs[s.Org]
				if s.From < at || s.To <= s.From || s.From < in.Founded || s.To != cal.Forever && s.To > in.Closed || s.To == cal.Forever && in.Closed != cal.Forever || s.From > today {
					t.Fatalf("person %d: spell %d of %+v does not fit %s, founded %s, closed %s", l.Number, n, l.Spells, in.Name.KK, in.Founded, in.Closed)
				}
				at = s.To
			}
			for _, v := range l.Turns {
				if v.Day <= l.Spells[len(l.Spells)-1].From || v.Day > today || v.Day >= at {
					t.Fatalf("person %d: %+v in %+v", l.Number, v, l.Spells)
				}
				turned++
			}
			age, entry := cal.Age(l.Birth, min(at, today)), cal.Age(l.Birth, l.Spells[0].From)
			bounds := map[string][2]int{"worker": {18, 62}, "other": {18, 62}, "student": {16, 25}, "pensioner": {58, 85}}[l.Category]
			if age < bounds[0] || age > bounds[1] || entry < 16 || l.First != "student" && entry < 18 {
				t.Fatalf("person %d: a %s of %d who entered at %d", l.Number, l.Category, age, entry)
			}
			if len(l.Spells) > 1 {
				moved++
				if orgs[l.Spells[0].Org].Into == o.Org {
					inherited++
				}
			}
			if l.Suspended {
				suspended++
			}
			if l.Member() {
				members++
			}
		}
	}
	if int(number) != p.People || members != 20_000 {
		t.Errorf("%d persons of %d, %d of them members", number, p.People, members)
	}
	if moved < 200 || turned < 100 || suspended < 20 || inherited < 5 {
		t.Errorf("too little happens: %d transfers, %d turns, %d suspended, %d came with a merger", moved, turned, suspended, inherited)
	}
}

// Surnames of officers whom public sources name are given to nobody.
func TestNobodyIsNamedAfterAnOfficer(t *testing.T) {
	real := []string{"мукаш", "кусаин", "абдирайым", "тугжан", "тогжан", "даулеталин"}
	p := plan(t, 20_000)
	lives := p.Lives()
	check := func(n search.Name) {
		for _, r := range real {
			if strings.HasPrefix(search.Fold(n.Surname), r) {
				t.Fatalf("somebody is called %s", n.Surname)
			}
		}
		if n.Surname == "" || n.Given == "" {
			t.Fatalf("a nameless person: %+v", n)
		}
	}
	for i, o := range p.Primaries {
		for k := range o.Target + o.Left {
			check(lives.Of(i, k).Name)
		}
	}
	for i := range int64(5000) {
		check(lives.Officer(i).Name)
	}
}

func TestNamesAreWritten(t *testing.T) {
	p := plan(t, 200_000)
	seen := map[string]bool{}
	check := func(n text.Names, unique bool) {
		for _, s := range []string{n.KK, n.RU, n.EN} {
			if s == "" || strings.ContainsAny(s, "{}") {
				t.Fatalf("a name is %+v", n)
			}
		}
		if mixed(n.KK) || mixed(n.RU) {
			t.Errorf("letters of two alphabets in one word: %+v", n)
		}
		if unique && seen[n.KK] {
			t.Errorf("%s is there twice", n.KK)
		}
		seen[n.KK] = true
	}
	for _, l := range p.Locals {
		check(l.Name, true)
	}
	for _, o := range p.Primaries {
		check(o.Name, true)
		if o.Parent == 0 || o.Employer == "" || o.Address == "" {
			t.Fatalf("%+v", o)
		}
	}
}

// mixed reports whether a word has both Cyrillic and Latin letters.
func mixed(s string) bool {
	for w := range strings.FieldsSeq(s) {
		latin := strings.ContainsFunc(w, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
		cyrillic := strings.ContainsFunc(w, func(r rune) bool { return r >= 'Ѐ' && r <= 'ӿ' })
		if latin && cyrillic {
			return true
		}
	}
	return false
}

func TestSamples(t *testing.T) {
	p := plan(t, 20_000)
	roles := map[string]seed.Sample{}
	for _, s := range p.Samples() {
		roles[string(s.Role)] = s
	}
	if len(roles) != 9 {
		t.Fatalf("%d roles: %+v", len(roles), roles)
	}
	at := slices.IndexFunc(p.Primaries, func(o seed.Primary) bool { return o.Org == roles["chair"].Org })
	if at < 0 {
		t.Fatal("the chair's organisation is not in the plan")
	}
	chair := p.Primaries[at]
	if math.Abs(float64(chair.Target-60)) > 25 || roles["chair"].Person == 0 || roles["member"].Person == 0 || roles["partner"].Person != 0 {
		t.Errorf("the chair's organisation has %d members; %+v", chair.Target, roles)
	}
	if roles["registrar"].Org != p.Unions[1] {
		t.Error("the registrar is not the health union's")
	}
}

// What is wrong with a demo folder is said with file and line.
func TestReadSaysWhatIsWrong(t *testing.T) {
	p, err := profiles.Open("kz")
	if err != nil {
		t.Fatal(err)
	}
	demo, err := profiles.Demo("kz")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, old, new, want string }{
		{"regions.csv", "KZ-31,1358", "KZ-99,1358", "regions.csv:8: the profile has no region"},
		{"regions.csv", "KZ-31,1358", "KZ-31,many", "regions.csv:8: primaries must be a number"},
		{"unions.csv", "2019-02-01", "01.02.2019", "unions.csv:3: admitted must be a date"},
		{"unions.csv", "KZ-71:2,,", "KZ-71,,", "strong:"},
		{"workplaces.csv", "edu,", "xxx,", "the union edu has none"},
		{"districts.csv", "Алмалы ауданы", "", "districts.csv:7: name must be given in kk, ru and en"},
		{"figures.csv", "union,region", "union,place", "figures.csv:1: the columns must be"},
		{"demo.toml", "[scale]", "[scale", "demo.toml"},
		{"demo.toml", "members = 2000000", "members = 0", "scale.members"},
		{"demo.toml", `union = "health"`, `union = "nobody"`, `there is no union "nobody"`},
		{"demo.toml", `languages = ["kk", "ru"]`, `languages = []`, "people.languages"},
	} {
		files := fstest.MapFS{}
		for _, name := range []string{"demo.toml", "regions.csv", "unions.csv", "workplaces.csv", "districts.csv", "figures.csv"} {
			body, err := fs.ReadFile(demo, name)
			if err != nil {
				t.Fatal(err)
			}
			if name == c.file {
				if !strings.Contains(string(body), c.old) {
					t.Fatalf("%s has no %q", name, c.old)
				}
				body = []byte(strings.ReplaceAll(string(body), c.old, c.new))
			}
			files[name] = &fstest.MapFile{Data: body}
		}
		if _, err := seed.Read(files, p); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %q: %v; want %q", c.file, c.new, err, c.want)
		}
	}
	if _, err := profiles.Demo("atlantis"); err == nil {
		t.Error("an unknown profile has a demo federation")
	}
}

// Another country's federation has its own regions, kinds of members, names and
// addresses, and nothing of Kazakhstan's.
func TestAnotherCountry(t *testing.T) {
	c := countryOf(t, "generic")
	p, err := seed.Make(c, 2000, today)
	if err != nil {
		t.Fatal(err)
	}
	cyrillic := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return r >= 'Ѐ' && r <= 'ӿ' })
	}
	lives, members, names := p.Lives(), 0, map[string]bool{}
	for i, o := range p.Primaries {
		if _, ok := c.Profile.Region(o.Region, today); !ok || cyrillic(o.Address) || cyrillic(o.Employer) || mixed(o.Name.KK) || mixed(o.Name.RU) || names[o.Name.EN] {
			t.Errorf("%+v", o)
		}
		names[o.Name.EN] = true
		for k := range o.Target + o.Left {
			l := lives.Of(i, k)
			if _, ok := c.Profile.Category(l.Category); !ok || l.Lang != text.EN || l.Name.Given == "" || l.Name.Surname == "" || l.Name.Patronymic != "" {
				t.Fatalf("person %d: %+v", l.Number, l)
			}
			for _, turn := range l.Turns {
				if cyrillic(turn.Detail) {
					t.Fatalf("person %d: %+v", l.Number, turn)
				}
			}
			if l.Member() {
				members++
			}
		}
	}
	if members != 2000 || len(p.Samples()) != 9 {
		t.Errorf("%d members, samples %+v", members, p.Samples())
	}
}

func TestTooSmall(t *testing.T) {
	if _, err := seed.Make(country(t), seed.Smallest-1, today); err == nil {
		t.Error("too small a federation is made up")
	}
	for n := seed.Smallest; n < 6000; n += 737 {
		p := plan(t, n)
		sum := 0
		for _, o := range p.Primaries {
			if o.Closed == cal.Forever && o.Target < 3 {
				t.Errorf("of %d: %d members in %s", n, o.Target, o.Name.KK)
			}
			sum += o.Target
		}
		if sum != n {
			t.Errorf("of %d there are %d", n, sum)
		}
	}
}
