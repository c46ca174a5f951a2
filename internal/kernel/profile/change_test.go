package profile_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/profile"
	"odaq/profiles"
)

const parameterColumns = "code,from,until,value,unit,law,article,redaction,confidence,needs_review,source\n"

func changes(file, text string) fstest.MapFS {
	return fstest.MapFS{file: &fstest.MapFile{Data: []byte(text)}}
}

// A change holds on its days and nowhere else; the days before and after keep
// what they had.
func TestChangedParameter(t *testing.T) {
	p, err := profile.Load(profiles.Generic, changes("parameters.csv", parameterColumns+"min_wage,2025-07-01,2025-09-01,1300,XTS,,,,official,no,Decree 7 of 2025-06-15\n"))
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]string{"2024-12-31": "1000.0", "2025-06-30": "1200.5", "2025-07-01": "1300.0", "2025-08-31": "1300.0", "2025-09-01": "1200.5"} {
		d, err := cal.ParseDay(day)
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := p.Parameter("min_wage", d); !ok || v.Value.FloatString(1) != want {
			t.Errorf("on %s the minimum wage is %v, want %s", day, v.Value, want)
		}
	}
	if v, _ := p.Parameter("min_wage", cal.Date(2025, 8, 1)); v.Basis.Source != "Decree 7 of 2025-06-15" {
		t.Errorf("the changed value names %q", v.Basis.Source)
	}
}

// A rule of keeping that changes for some days leaves the others as they were.
func TestChangedRetention(t *testing.T) {
	const columns = "record,name_kk,name_ru,name_en,from,until,term,after,action,note_kk,note_ru,note_en,law,article,redaction,confidence,needs_review,source\n"
	p, err := profile.Load(profiles.Generic, changes("retention.csv", columns+"card,а,б,c,2027-01-01,2028-01-01,1 months,card-expired,delete,,,,,,,own,no,Charter 2026\n"))
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]string{"2026-12-31": "3 months", "2027-01-01": "1 months", "2027-12-31": "1 months", "2028-01-01": "3 months"} {
		d, err := cal.ParseDay(day)
		if err != nil {
			t.Fatal(err)
		}
		if r, ok := p.Retention("card", d); !ok || r.Term.String() != want {
			t.Errorf("on %s cards are kept %v, want %s", day, r.Term, want)
		}
	}
	for row, want := range map[string]string{
		"card,а,б,c,,,,card-expired,delete,,,,,,,own,no,Act":                  "has neither term nor after",
		"card,а,б,c,,,1 years,,delete,,,,,,,own,no,Act":                       "has neither term nor after",
		"card,а,б,c,,,1 years,card-expired,keep,,,,,,,own,no,Act":             "has neither term nor after",
		"card,а,б,c,,,0 days,card-expired,delete,,,,,,,own,no,Act":            "at least one of hours, days, months or years",
		"card,а,б,c,,,5 working-days,card-expired,delete,,,,,,,own,no,Act":    "at least one of hours, days, months or years",
		"card,а,б,c,2028-01-01,2027-01-01,1 years,x,delete,,,,,,,own,no,Act":  "ends before it begins",
		"card,а,б,c,,,1 years,card-expired,forget,,,,,,,own,no,Act":           "action is",
		"card,а,б,c,,,1 years,card-expired,delete,,,,PD,,,official,yes,Rules": "article of law PD is empty",
	} {
		if _, err := profile.Load(profiles.Generic, changes("retention.csv", columns+row+"\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", row, err, want)
		}
	}
}

func TestChangedRow(t *testing.T) {
	p, err := profile.Load(profiles.Generic, changes("categories.csv", "code,name_kk,name_ru,name_en,wage_earner,law,article,redaction,confidence,needs_review,source\nother,Басқа,Иное,Otherwise,yes,,,,own,no,Charter 2026\n"))
	if err != nil {
		t.Fatal(err)
	}
	base, err := profile.Load(profiles.Generic)
	if err != nil {
		t.Fatal(err)
	}
	c, ok := p.Category("other")
	if !ok || c.Name.EN != "Otherwise" || len(p.Categories) != len(base.Categories) {
		t.Errorf("changed to %+v, %d categories", c, len(p.Categories))
	}
}

func TestWrongChanges(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{"parameters.csv", parameterColumns + "min_wage,2025-07-01,,1300,XTS,,,,official,no,\n", "changes/parameters.csv:2: source is empty; a change names the official act"},
		{"parameters.csv", parameterColumns + "min_wage,2025-07-01,,much,XTS,,,,official,no,Act\n", "changes/parameters.csv:2: value"},
		{"parametres.csv", "code\n", "changes/parametres.csv:1: there is no such table"},
	} {
		if _, err := profile.Load(profiles.Generic, changes(c.file, c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.file, err, c.want)
		}
	}
}

// What rests on memory or a page is on the list for review; what rests on an
// older wording is on the list for a changed law.
func TestReviewAndRecheck(t *testing.T) {
	p, err := profiles.Open("kz")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[profile.Rule]bool{}
	for _, r := range p.Review() {
		listed[r] = true
	}
	for _, r := range p.Rules() {
		doubtful := r.Basis.NeedsReview || r.Basis.Confidence == profile.Memory || r.Basis.Confidence == profile.Page
		if listed[r] != doubtful {
			t.Errorf("%s:%d %s: listed %v, doubtful %v", r.Table, r.Line, r.Code, listed[r], doubtful)
		}
	}
	law, _ := p.Law("LC")
	if n := len(p.Recheck("LC", law.Redaction)); n != 0 {
		t.Errorf("%d rules are older than the wording they were read from", n)
	}
	if after := p.Recheck("LC", law.Redaction+1); len(after) == 0 {
		t.Error("a new wording asks for nothing")
	}
}
