package profiles

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/profile"
	"odaq/internal/testkit/vectors"
)

// TestHolidayVectors: the calendar of kz has each special day of the file and,
// in its years, no other.
func TestHolidayVectors(t *testing.T) {
	p := open(t, "kz")
	kinds := map[string]string{"holiday": profile.PublicHoliday, "religious_day_off": profile.ReligiousDay, "substitute": profile.Substitute,
		"transferred_day_off": profile.Transferred, "working_weekend": profile.WorkingDay}
	years, seen := map[int]bool{}, map[cal.Day]bool{}
	for _, row := range vectors.Rows(t, "kz_holidays_2024_2027.csv") {
		d := day(t, row["date"])
		years[d.Year()], seen[d] = true, true
		var got *profile.Holiday
		for _, h := range p.Holidays(d.Year()) {
			if h.Day == d {
				got = &h
			}
		}
		if got == nil || got.Kind != kinds[row["kind"]] {
			t.Errorf("%s: %+v, want a %s", d, got, row["kind"])
			continue
		}
		if row["name_en"] != "" && (got.Name.EN != row["name_en"] || got.Name.KK != row["name_kk"] || got.Name.RU != row["name_ru"] || got.Code != strings.ReplaceAll(row["code"], "_", "-")) {
			t.Errorf("%s is %s %v, want %s", d, got.Code, got.Name, row["name_en"])
		}
		if _, of, ok := strings.Cut(row["code"], " "); ok && row["kind"] != "holiday" && got.For != day(t, of) {
			t.Errorf("%s stands for %s, want %s", d, got.For, of)
		}
		if p.IsWorkingDay(d) != (row["kind"] == "working_weekend") {
			t.Errorf("%s: working day %v", d, p.IsWorkingDay(d))
		}
		if short := d.Time().Weekday().String()[:3]; short != row["dow"] {
			t.Errorf("%s is a %s, want %s", d, short, row["dow"])
		}
	}
	for y := range years {
		for _, h := range p.Holidays(y) {
			if !seen[h.Day] {
				t.Errorf("%s is a %s that the file lacks", h.Day, h.Kind)
			}
		}
	}
}

// TestWorkingHoursVectors counts days and hours of each month for weeks of 40
// and 36 hours.
func TestWorkingHoursVectors(t *testing.T) {
	p := open(t, "kz")
	total := map[string]int{}
	for _, row := range vectors.Rows(t, "kz_working_balance_5day.csv") {
		y, _ := strconv.Atoi(row["year"])
		m, _ := strconv.Atoi(row["month"])
		from, until := cal.Date(y, time.Month(m), 1), cal.Date(y, time.Month(m+1), 1)
		n := p.WorkingDays(from, until)
		total[row["year"]] += n
		if strconv.Itoa(n) != row["working_days"] {
			t.Errorf("%s-%s: %d working days, want %s", row["year"], row["month"], n, row["working_days"])
		}
		if got := p.WorkingHours(from, until, 40).FloatString(0); got != row["hours_40h_week"] {
			t.Errorf("%s-%s: %s hours of 40 a week, want %s", row["year"], row["month"], got, row["hours_40h_week"])
		}
		if got := p.WorkingHours(from, until, 36).FloatString(1); got != row["hours_36h_week"] {
			t.Errorf("%s-%s: %s hours of 36 a week, want %s", row["year"], row["month"], got, row["hours_36h_week"])
		}
	}
	for year, n := range total {
		y, _ := strconv.Atoi(year)
		if got := p.WorkingDays(cal.Date(y, 1, 1), cal.Date(y+1, 1, 1)); got != n {
			t.Errorf("%s has %d working days, its months %d", year, got, n)
		}
	}
}

func TestDaysThatMoved(t *testing.T) {
	p := open(t, "kz")
	for s, want := range map[string]bool{
		"2024-08-30": false, "2025-09-01": false, "2026-08-31": true, "2027-08-30": true, // the Constitution's old day
		"2026-03-16": true, "2027-03-15": false, // and its new one
		"2025-01-05": true, "2025-01-03": false, "2024-05-04": true, "2024-05-08": false, // worked weekends
		"2025-06-06": false, "2026-05-27": false, "2024-06-17": true, "2027-05-17": true, // Kurban Ait is not moved
	} {
		if got := p.IsWorkingDay(day(t, s)); got != want {
			t.Errorf("%s: working day %v", s, got)
		}
	}
	for y := 2026; y <= 2027; y++ {
		if h, ok := p.IsHoliday(cal.Date(y, time.August, 30)); ok {
			t.Errorf("30 August %d is %s", y, h.Code)
		}
	}
	if h, ok := p.IsHoliday(day(t, "2026-03-15")); ok {
		t.Errorf("15 March 2026 is %s already", h.Code)
	}
}

// TestQuorumVectors: every rule of the file is a quorum or a threshold, with its
// article and its bar.
func TestQuorumVectors(t *testing.T) {
	p := open(t, "kz")
	type rule struct {
		quorum, threshold string
		bar               string // of attendance, of decision where there is none, or of the threshold
	}
	rules := map[string]rule{
		"strike_demands_meeting": {quorum: "strike-demands", bar: ">=2/3"}, "strike_decision_meeting": {quorum: "strike", bar: ">1/2"},
		"conciliation_individual": {quorum: "conciliation-individual"}, "labour_arbitration": {quorum: "labour-arbitration", bar: ">=5"},
		"tripartite_commission": {quorum: "tripartite-commission", bar: ">=1/1"}, "union_founding": {quorum: "union-founding", bar: ">=10"},
		"safety_council": {quorum: "safety-council", bar: ">=1/1"}, "labour_safety_service": {quorum: "safety-service", bar: ">50"},
		"primary_org": {threshold: "primary", bar: ">=3"}, "republican_association": {threshold: "federation", bar: ">1/2"}, "sectoral_union": {threshold: "union", bar: ">1/2"},
		"territorial_association_region": {threshold: "centre", bar: ">=2"}, "territorial_association_district": {threshold: "district-centre", bar: ">=2"},
	}
	for _, row := range vectors.Rows(t, "quorum_and_threshold_rules.csv") {
		r, ok := rules[row["body"]]
		if !ok {
			t.Errorf("%s has no rule in the profile", row["body"])
			continue
		}
		want, err := profile.ParseMinimum(r.bar)
		if err != nil {
			t.Fatal(err)
		}
		var got profile.Minimum
		var basis profile.Basis
		if r.quorum != "" {
			q, ok := p.Quorum(r.quorum)
			if !ok {
				t.Errorf("there is no quorum %s", r.quorum)
			}
			if got, basis = q.Attendance, q.Basis; got == (profile.Minimum{}) {
				got = q.Decision
			}
		} else {
			th, ok := p.Threshold(r.threshold)
			if !ok {
				t.Errorf("there is no threshold %s", r.threshold)
			}
			got, basis = th.Minimum, th.Basis
		}
		if got != want {
			t.Errorf("%s: %v, want %s", row["body"], got, r.bar)
		}
		law, article, _ := strings.Cut(strings.Replace(row["basis"], "TU law", "TU", 1), " ")
		if basis.Law != law || !strings.Contains(article, strings.TrimSuffix(basis.Article, "(1)")) {
			t.Errorf("%s: %s %s, want %s", row["body"], basis.Law, basis.Article, row["basis"])
		}
	}
}
