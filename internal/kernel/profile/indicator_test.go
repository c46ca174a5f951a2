package profile_test

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"odaq/internal/kernel/profile"
	"odaq/profiles"
)

func TestExpression(t *testing.T) {
	values := map[string]int64{"a": 7, "b": 2, "zero": 0}
	value := func(code string) (*big.Rat, error) {
		v, ok := values[code]
		if !ok {
			return nil, errors.New("no " + code)
		}
		return big.NewRat(v, 1), nil
	}
	for s, want := range map[string]string{
		"a": "7", "a - b - 1": "4", "a - (b - 1)": "6", "a * b / 4": "7/2", "a / (b * 4)": "7/8", "1.5 * (a + b)": "27/2",
		"max(0, b - a)": "0", "max(a, b) + 1": "8", "a / b / 7": "1/2",
	} {
		e, err := profile.ParseExpression(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		if e.String() != s {
			t.Errorf("%s is written %s", s, e)
		}
		if v, err := e.Value(value); err != nil || v.RatString() != want {
			t.Errorf("%s is %v, want %s; %v", s, v, want, err)
		}
	}
	e, err := profile.ParseExpression("a / (zero * b)")
	if err != nil {
		t.Fatal(err)
	}
	zero, ok := errors.AsType[*profile.DivisionByZero](second(e.Value(value)))
	if !ok || zero.By.String() != "zero * b" {
		t.Errorf("division by zero: %v", zero)
	}
	for _, s := range []string{"", "a +", "a b", "(a", "a)", "1e5", "0x10", "max(a)", "max(a, b, 1)", "a ^ b", "ә + 1", "-a", strings.Repeat("(", 100) + "a", strings.Repeat("a+", 400) + "a"} {
		if _, err := profile.ParseExpression(s); err == nil {
			t.Errorf("%q is a formula", s)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// What is read is written so that it reads the same.
func TestExpressionIsWrittenAsRead(t *testing.T) {
	words := rapid.SampledFrom([]string{"a", "b", "2", "0.5", "(", ")", "+", "-", "*", "/", "max(", ","})
	rapid.Check(t, func(t *rapid.T) {
		e, err := profile.ParseExpression(strings.Join(rapid.SliceOfN(words, 1, 12).Draw(t, "words"), " "))
		if err == nil {
			same(t, e)
		}
	})
}

func FuzzExpression(f *testing.F) {
	for _, s := range []string{"k * new_cases / hours", "max(0, paid - due)", "a - (b - 1)", "((((1", "1..2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if e, err := profile.ParseExpression(s); err == nil {
			same(t, e)
		}
	})
}

type failer interface {
	Fatalf(format string, args ...any)
}

func same(t failer, e profile.Expression) {
	again, err := profile.ParseExpression(e.String())
	if err != nil && len(e.String()) <= 500 {
		t.Fatalf("%s: %v", e, err)
	}
	if err == nil && again.String() != e.String() {
		t.Fatalf("%s is read as %s", e, again)
	}
	seven := func(string) (*big.Rat, error) { return big.NewRat(7, 1), nil }
	a, aErr := e.Value(seven)
	b, bErr := again.Value(seven)
	if err == nil && ((aErr == nil) != (bErr == nil) || aErr == nil && a.Cmp(b) != 0) {
		t.Fatalf("%s is %v and %v", e, a, b)
	}
}

func TestPeriod(t *testing.T) {
	for s, want := range map[string]string{"2025": "2025-01-01 2025-12-31", "2025-H2": "2025-07-01 2025-12-31", "2025-Q1": "2025-01-01 2025-03-31", "2024-02": "2024-02-01 2024-02-29", "2025-01..09": "2025-01-01 2025-09-30"} {
		p, err := profile.ParsePeriod(s)
		if got := p.From.String() + " " + p.Last().String(); err != nil || got != want || p.String() != s {
			t.Errorf("%s is %s, want %s; %v", s, got, want, err)
		}
	}
	for s, want := range map[string]int{"2025": 12, "2025-H2": 6, "2025-Q4": 3, "2025-12": 1, "2025-01..09": 9} {
		if p, err := profile.ParsePeriod(s); err != nil || p.Months() != want {
			t.Errorf("%s has %d months, want %d; %v", s, p.Months(), want, err)
		}
	}
	for _, s := range []string{"", "25", "2025-13", "2025-00", "2025-Q5", "2025-09..01", "2025-H3", "2025-1", "1700"} {
		if p, err := profile.ParsePeriod(s); err == nil {
			t.Errorf("%q is %s", s, p)
		}
	}
}

// A mistake in a table of figures has its file and line.
func TestWrongFigures(t *testing.T) {
	const (
		inputs  = "code,name_kk,name_ru,name_en,unit,aliases,derived\n"
		methods = "code,name_kk,name_ru,name_en,formula,unit,unit_kk,unit_ru,unit_en,base,digits,checks,on,grows,note_kk,note_ru,note_en,ilostat,law,article,redaction,confidence,needs_review,source\n"
		points  = "period,value,status,source\n"
	)
	row := func(formula, base, checks, on string) string {
		return methods + "x,x,x,x," + formula + ",percent,%,%,%," + base + ",1," + checks + "," + on + ",no,,,,,,,,own,no,Act\n"
	}
	for _, c := range []struct{ file, text, want string }{
		{"indicators.csv", row("part +", "", "", ""), "changes/indicators.csv:2: formula: formula \"part +\": something is missing at the end"},
		{"indicators.csv", row("part / nothing", "", "", ""), "changes/indicators.csv:2: nothing is not in indicator_inputs.csv"},
		{"indicators.csv", row("k * part", "", "", ""), "changes/indicators.csv:2: k in the formula and base go together"},
		{"indicators.csv", row("part", "", "part < whole", ""), "changes/indicators.csv:2: checks: \"part < whole\" is not of the form"},
		{"indicators.csv", row("part", "", "", "part"), "changes/indicators.csv:2: on: \"part\" is no date"},
		{"indicators.csv", row("k * part", "0", "", ""), "changes/indicators.csv:2: base: \"0\" is no number above zero"},
		{"indicator_inputs.csv", inputs + "xx,x,x,x,number,days_late,\n", "changes/indicator_inputs.csv:2: days_late already stands for days"},
		{"indicator_inputs.csv", inputs + "days,x,x,x,days,,2 * days\n", "changes/indicator_inputs.csv:2: days is derived from itself"},
		{"indicator_inputs.csv", inputs + "paid,x,x,x,date,,days + 1\n", "changes/indicator_inputs.csv:2: paid is derived from itself"},
		{"series_cpi_month.csv", points + "2025-13,101,official,Act\n", "changes/series_cpi_month.csv:2: period: \"2025-13\" has a month"},
		{"series_cpi_month.csv", points + "2026-01,101,official,Act\n2026-01..01,102,official,Act\n", "changes/series_cpi_month.csv:3: cpi_month already has a figure of 2026-01..01"},
		{"series_cpi_month.csv", points + "2026-01,101,rumour,\n", "changes/series_cpi_month.csv:2: status is \"rumour\""},
	} {
		if _, err := profile.Load(profiles.Generic, changes(c.file, c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.file, err, c.want)
		}
	}
}

// A new figure is added without losing those before it.
func TestChangedSeries(t *testing.T) {
	p, err := profile.Load(profiles.Generic, changes("series_cpi_month.csv", "period,value,status,source\n2025-02,100.5,official,corrected\n2025-03,100.2,official,new\n"))
	if err != nil {
		t.Fatal(err)
	}
	s := p.Figures.SeriesOf("cpi_month")
	var got []string
	for _, v := range s.Points {
		got = append(got, v.Period.String()+"="+v.Value.FloatString(1))
	}
	if all := strings.Join(got, " "); all != "2025-01=101.0 2025-02=100.5 2025-03=100.2" {
		t.Error(all)
	}
}
