package profiles

import (
	"encoding/csv"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/nationalid"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
)

func open(t *testing.T, name string) *profile.Profile {
	t.Helper()
	p, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func day(t *testing.T, s string) cal.Day {
	t.Helper()
	d, err := cal.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestUnknownProfile(t *testing.T) {
	if _, err := Open("atlantis"); err == nil {
		t.Error("an unknown profile opens")
	}
}

func TestRegionsAsOf(t *testing.T) {
	p := open(t, "kz")
	for on, want := range map[string]int{"2010-01-01": 16, "2018-06-18": 16, "2018-06-19": 17, "2022-06-07": 17, "2022-06-08": 20, "2026-11-21": 20} {
		if got := len(p.Regions(day(t, on))); got != want {
			t.Errorf("%s: %d regions, want %d", on, got, want)
		}
	}
	if got := len(p.Regions(cal.Forever)); got != 20 {
		t.Errorf("for ever: %d regions", got)
	}
	for on, want := range map[string]string{"2015-01-01": "Astana", "2019-03-22": "Astana", "2019-03-23": "Nur-Sultan", "2022-09-16": "Nur-Sultan", "2022-09-17": "Astana"} {
		if r, ok := p.Region("KZ-71", day(t, on)); !ok || r.Name.EN != want || r.Label.EN != want {
			t.Errorf("%s: the capital is %v", on, r.Name)
		}
	}
	if _, ok := p.Region("KZ-99", cal.Forever); ok {
		t.Error("KZ-99 is found")
	}
	if got := len(p.History("KZ-51")); got != 2 {
		t.Errorf("South Kazakhstan has %d events", got)
	}
	if got := len(p.History("")); got != 10 {
		t.Errorf("%d events", got)
	}
}

// The tiles are a map: what borders in the country touches on the grid (only
// Karaganda and Ulytau do not: the tile of Astana lies between them).
func TestTilesTouch(t *testing.T) {
	p := open(t, "kz")
	at := map[string]profile.Tile{}
	for _, r := range p.Regions(cal.Forever) {
		at[r.Short] = r.Tile
	}
	for _, b := range [][2]string{{"ZKO", "ATY"}, {"ATY", "MNG"}, {"ATY", "AKT"}, {"ZKO", "AKT"}, {"AKT", "KST"}, {"AKT", "ULT"}, {"AKT", "KZL"}, {"KST", "AKM"}, {"SKO", "KST"}, {"SKO", "AKM"}, {"SKO", "PVL"},
		{"AKM", "AST"}, {"AKM", "KRG"}, {"PVL", "ABY"}, {"PVL", "KRG"}, {"KRG", "ABY"}, {"ABY", "VKO"}, {"ABY", "ZHT"}, {"ULT", "KZL"}, {"ULT", "TRK"}, {"KZL", "TRK"}, {"TRK", "SHM"}, {"TRK", "ZHM"}, {"ZHM", "ALM"}, {"ALM", "ALA"}, {"ALM", "ZHT"}, {"KRG", "ZHM"}} {
		a, z := at[b[0]], at[b[1]]
		if dx, dy := a.Col-z.Col, a.Row-z.Row; dx*dx > 1 || dy*dy > 1 {
			t.Errorf("%s %v and %s %v do not touch", b[0], a, b[1], z)
		}
	}
}

func TestThresholds(t *testing.T) {
	p := open(t, "kz")
	for kind, want := range map[string]int{"federation": 11, "union": 11, "centre": 2, "district-centre": 2, "local": 10, "primary": 3} {
		th, ok := p.Threshold(kind)
		if !ok || th.Needed(20) != want {
			t.Errorf("%s needs %d of 20, want %d", kind, th.Needed(20), want)
		}
		if th.Basis.Law != "TU" || th.Basis.Redaction != day(t, "2021-07-01") || th.Basis.NeedsReview {
			t.Errorf("%s: basis %+v", kind, th.Basis)
		}
		if th.LegalPerson == (kind == "primary") {
			t.Errorf("%s: legal person %v", kind, th.LegalPerson)
		}
	}
	th, _ := p.Threshold("union")
	if th.ProveWithin != 12 || th.Measure != "regions" || th.Needed(17) != 9 {
		t.Errorf("%+v", th)
	}
	if th, _ := open(t, "generic").Threshold("union"); th.Needed(4) != 2 {
		t.Errorf("generic: %d of 4", th.Needed(4))
	}
}

func TestParameters(t *testing.T) {
	p := open(t, "kz")
	for _, c := range []struct {
		code, on string
		want     int64
	}{
		{"min_wage", "2018-01-01", 28284}, {"min_wage", "2023-12-31", 70000}, {"min_wage", "2024-01-01", 85000}, {"mci", "2020-03-31", 2651}, {"mci", "2020-04-01", 2778},
		{"mci", "2022-03-31", 3063}, {"mci", "2022-04-01", 3180}, {"mci", "2026-11-21", 4325}, {"subsistence_min", "2026-01-01", 50851},
	} {
		v, ok := p.Parameter(c.code, day(t, c.on))
		if !ok || v.Value.Cmp(big.NewRat(c.want, 1)) != 0 || v.Unit != "KZT" || !v.Basis.NeedsReview {
			t.Errorf("%s on %s: %+v", c.code, c.on, v)
		}
	}
	for _, on := range []string{"2017-12-31", "2027-01-01"} {
		if v, ok := p.Parameter("min_wage", day(t, on)); ok {
			t.Errorf("min_wage on %s: %+v", on, v)
		}
	}
	if got := len(p.Parameters("mci")); got != 11 {
		t.Errorf("%d values of mci", got)
	}
	if v, ok := open(t, "generic").Parameter("min_wage", day(t, "2040-01-01")); !ok || v.Value.FloatString(2) != "1200.50" {
		t.Errorf("generic: %+v", v)
	}
}

// TestWorkingDayVectors counts the working days of each month.
func TestWorkingDayVectors(t *testing.T) {
	p := open(t, "kz")
	name := "kz_working_balance_5day.csv"
	path := filepath.Join("testdata", name)
	if dir := os.Getenv("ODAQ_VECTORS_DIR"); dir != "" {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			path = filepath.Join(dir, name)
		}
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		y, _ := strconv.Atoi(row[0])
		m, _ := strconv.Atoi(row[1])
		n := 0
		for d := cal.Date(y, time.Month(m), 1); d < cal.Date(y, time.Month(m+1), 1); d++ {
			if p.IsWorkingDay(d) {
				n++
			}
		}
		if strconv.Itoa(n) != row[2] {
			t.Errorf("%s-%s: %d working days, want %s", row[0], row[1], n, row[2])
		}
	}
}

func TestHolidays(t *testing.T) {
	p := open(t, "kz")
	if h, ok := p.IsHoliday(day(t, "2027-03-15")); !ok || h.Code != "constitution-day" || !h.Basis.NeedsReview {
		t.Errorf("%+v", h)
	}
	if _, ok := p.IsHoliday(day(t, "2026-08-30")); ok {
		t.Error("30 August 2026 is still a holiday")
	}
	if h, ok := p.IsHoliday(day(t, "2024-05-04")); ok || !p.IsWorkingDay(h.Day) || h.For != day(t, "2024-05-08") {
		t.Errorf("the working Saturday: %+v", h)
	}
	if !p.CalendarKnown(day(t, "2027-12-31")) || p.CalendarKnown(day(t, "2028-01-01")) || p.CalendarKnown(cal.Forever) {
		t.Error("the known years are wrong")
	}
	if got := len(p.Holidays(2025)); got != 23 {
		t.Errorf("2025 has %d special days", got)
	}
	if g := open(t, "generic"); g.IsWorkingDay(day(t, "2026-11-20")) || !g.IsWorkingDay(day(t, "2026-11-22")) {
		t.Error("generic does not rest on Friday and work on Sunday")
	}
}

func TestFormatName(t *testing.T) {
	p := open(t, "kz")
	for _, c := range []struct {
		n                     search.Name
		sex                   string
		lang                  text.Lang
		full, short, greeting string
	}{
		{search.Name{Surname: "Ахметов", Given: "Ерлан", Patronymic: "Серікұлы"}, "m", "kk", "Ахметов Ерлан Серікұлы", "Е. С. Ахметов", "Құрметті Ерлан Серікұлы!"},
		{search.Name{Surname: "Серік", Given: "Ерлан"}, "m", "kk", "Серік Ерлан", "Е. Серік", "Құрметті Ерлан!"},
		{search.Name{Surname: "Иванова", Given: "Анна", Patronymic: "Сергеевна"}, "f", "ru", "Иванова Анна Сергеевна", "А. С. Иванова", "Уважаемая Анна Сергеевна!"},
		{search.Name{Surname: "Ким", Given: "Виктор"}, "m", "ru", "Ким Виктор", "В. Ким", "Уважаемый Виктор!"},
		{search.Name{Surname: "Ким", Given: "Виктор"}, "", "ru", "Ким Виктор", "В. Ким", "Здравствуйте, Виктор!"},
		{search.Name{Surname: "Қожа-Ахмет", Given: "Нұр-Сұлтан"}, "m", "kk", "Қожа-Ахмет Нұр-Сұлтан", "Н.-С. Қожа-Ахмет", "Құрметті Нұр-Сұлтан!"},
		{search.Name{Surname: "Мамыр", Given: "О'Нил"}, "", "en", "Мамыр О'Нил", "О. Мамыр", "Dear О'Нил!"},
		{search.Name{Surname: "Singh", Given: "Harpreet"}, "", "en", "Singh Harpreet", "H. Singh", "Dear Harpreet!"},
		{search.Name{Given: "Harpreet"}, "", "en", "Harpreet", "H.", "Dear Harpreet!"},
	} {
		for style, want := range map[string]string{profile.FullName: c.full, profile.ShortName: c.short, profile.Greeting: c.greeting} {
			if got := p.FormatName(style, c.lang, c.n, c.sex); got != want {
				t.Errorf("%s: %q, want %q", style, got, want)
			}
		}
	}
}

// Every profile of the folder says the same kinds of things.
func TestEveryProfileIsComplete(t *testing.T) {
	for name := range byName {
		p := open(t, name)
		if p.Code != name || p.Location == nil || p.SchemeFor(nationalid.Person) == nil {
			t.Errorf("%s: %+v", name, p)
		}
		if len(p.Activities()) == 0 || len(p.Thresholds()) == 0 || len(p.Quorums) == 0 || len(p.Retentions) == 0 {
			t.Errorf("%s lacks a table", name)
		}
		if c, ok := p.Category("worker"); !ok || !c.WageEarner {
			t.Errorf("%s: workers are no wage earners", name)
		}
		if c, ok := p.Category("other"); !ok || c.WageEarner {
			t.Errorf("%s: others are wage earners", name)
		}
		if b, ok := p.OfficerBar("employer-representative"); !ok || b.Reason.In(text.KK) == "" {
			t.Errorf("%s: no bar for the employer's representative", name)
		}
		for _, sex := range []string{"m", "f"} {
			for _, part := range []string{"given", "surname"} {
				if len(p.Names(part, sex, "")) < 2 {
					t.Errorf("%s: too few names: %s %s", name, part, sex)
				}
			}
		}
	}
	p := open(t, "kz")
	if a, ok := p.Activity("P"); !ok || a.Name.EN != "Education" || len(p.Activities()) != 21 {
		t.Errorf("%+v", a)
	}
	if q, ok := p.Quorum("strike-demands"); !ok || !q.Attendance.Reached(667, 1000) || q.Attendance.Reached(666, 1000) || q.Decision.Of(10) != 6 {
		t.Errorf("%+v", q)
	}
	if got := len(p.Places); got != 120 || p.Places[0].Name.RU != "Алматы" {
		t.Errorf("%d places", got)
	}
	if !slices.ContainsFunc(p.PlaceAlias, func(a profile.PlaceAlias) bool {
		return a.Alias == "Нур-Султан" && a.Name.RU == "Астана"
	}) {
		t.Error("Nur-Sultan is no alias")
	}
	if got := p.Names("patronymic", "f", text.RU); !slices.Contains(got, "Ильинична") || !slices.Contains(got, "Юрьевна") || !slices.Contains(got, "Игоревна") {
		t.Errorf("%q", got)
	}
	if l, ok := p.Law("LC"); !ok || l.Redaction != day(t, "2026-04-07") {
		t.Errorf("%+v", l)
	}
}
