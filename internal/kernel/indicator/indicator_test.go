package indicator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/indicator"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/text"
	"odaq/profiles"
)

func open(t testing.TB, name string) *profile.Profile {
	t.Helper()
	p, err := profiles.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func words(t testing.TB, p *profile.Profile, l text.Lang) indicator.Words {
	t.Helper()
	c, err := text.Load(text.Source{Name: "indicator", FS: indicator.Locale})
	if err != nil {
		t.Fatal(err)
	}
	return indicator.Words{Law: p, Printer: c.In(l)}
}

// ask reckons a method from "key=value" words; "on=DATE" and "period=P" are of the question.
func ask(p *profile.Profile, method string, given ...string) (indicator.Value, error) {
	q := indicator.Question{Method: method, On: cal.Never}
	written := map[string]string{}
	for _, g := range given {
		key, value, _ := strings.Cut(g, "=")
		var err error
		switch key {
		case "on":
			q.On, err = cal.ParseDay(value)
		case "period":
			q.Period, err = profile.ParsePeriod(value)
		default:
			written[key] = value
		}
		if err != nil {
			return indicator.Value{}, err
		}
	}
	var err error
	if q.Inputs, err = indicator.Read(p, written); err != nil {
		return indicator.Value{}, err
	}
	return indicator.Compute(p, q)
}

type testCase struct {
	ID        string                     `json:"id"`
	Indicator string                     `json:"indicator"`
	In        map[string]json.RawMessage `json:"in"`
	Out       *json.Number               `json:"out"`
	Round     *int                       `json:"round"`
	Kind      string                     `json:"kind"`
}

// TestIndicatorVectors reads every *indicator*.json of the vectors' folder: inputs by
// name, the value rounded to "round" digits (else two, or as many as it is written
// with), null where it is not computable.
func TestIndicatorVectors(t *testing.T) {
	var files []string
	if dir := os.Getenv("ODAQ_VECTORS_DIR"); dir != "" {
		files, _ = filepath.Glob(filepath.Join(dir, "*indicator*.json"))
	}
	if len(files) == 0 { // none of ours among them
		files = []string{filepath.Join("testdata", "indicator_test_cases.json")}
	}
	p := open(t, "kz")
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for _, c := range decode(t, name, f) {
			t.Run(c.ID, func(t *testing.T) { c.test(t, p) })
		}
	}
}

func decode(t *testing.T, name string, r io.Reader) []testCase {
	t.Helper()
	d := json.NewDecoder(r)
	d.UseNumber()
	var cases []testCase
	if err := d.Decode(&cases); err != nil || len(cases) == 0 {
		t.Fatalf("%s: %d cases, %v", name, len(cases), err)
	}
	return cases
}

func (c testCase) test(t *testing.T, p *profile.Profile) {
	var given []string
	for key, value := range c.In {
		given = append(given, key+"="+strings.Trim(string(value), `"`))
	}
	v, err := ask(p, c.Indicator, given...)
	if err != nil {
		t.Fatalf("%v: %s", given, words(t, p, text.EN).Printer.Fault(err).Message)
	}
	if c.Out == nil {
		if v.Computable() {
			t.Errorf("%v is %s, want not computable", given, v.Rounded())
		}
		return
	}
	want, ok := new(big.Rat).SetString(c.Out.String())
	if !ok || !v.Computable() {
		t.Fatalf("%v is %s, want %s", given, v.Rounded(), *c.Out)
	}
	digits := 2
	if _, frac, found := strings.Cut(c.Out.String(), "."); found {
		digits = max(digits, len(frac))
	}
	if c.Round != nil {
		digits = *c.Round
	}
	if got := v.Number.FloatString(digits); got != want.FloatString(digits) {
		t.Errorf("%v is %s, want %s (%s)", given, got, *c.Out, c.Kind)
	}
}

// The table of worked examples in the rules, the figures of the series included.
func TestWorkedExamples(t *testing.T) {
	p := open(t, "kz")
	for _, c := range []struct {
		method, given, want string
	}{
		{"OSH.FR", "new_cases=12 hours_mln=2.4", "5.00"},
		{"OSH.IR", "new_cases=12 workers=1250", "9.60"},
		{"OSH.IR", "new_cases=12 workers=1250 k=100000", "960.00"},
		{"OSH.SR", "days_lost=396 hours=2400000", "165.00"},
		{"OSH.DPC", "days_lost=396 cases=12 fatal=1", "36.00"},
		{"OSH.KT", "days_lost=396 victims=12 fatal=1", "36.00"},
		{"OSH.LTIFR", "lti=4 hours=800000 k=200000", "1.00"},
		{"OSH.KCH", "victims=3 average_workers=1500", "2.00"},
		{"SD.DENS", "members=1820000 wage_earners=6900000", "26.38"},
		{"SD.DENS_GROSS", "members_total=2000000 wage_earners=6900000", "28.99"},
		{"SD.COV_UNADJ", "covered=2400000 wage_earners=6900000", "34.78"},
		{"SD.EXCESS", "coverage=34.78 density=28.99", "5.79"},
		{"PAY.REAL", "nominal_index=wage_nominal:2021-Q2 cpi=107.43", "110.4"},
		{"PAY.REAL", "nominal=119.3 cpi=120.0", "99.4"},
		{"PAY.KAITZ", "median=wage_median:2025-Q2", "26.8"},
		{"PAY.KAITZ", "mean=wage_large:2025-Q2", "18.9"},
		{"PAY.RATIO", "d9=900000 d1=100000", "9.00"},
		{"PAY.LOWPAY", "low_paid=1 employees=8", "12.5"},
		{"PAY.SUBS", "on=2026-05-01", "167.2"},
		{"PAY.ARREARS_RECOVERY", "repaid=arrears_repaid:2025 detected=arrears_detected:2025", "91.9"},
		{"PAY.PENALTY", "debt=400000 due=2025-10-10 paid=2025-11-10", "7643.84"},
		{"PAY.PENALTY", "debt=400000 due=2025-10-10 paid=2025-10-10", "0.00"},
		{"PAY.PENALTY", "debt=400000 due=2025-10-10 paid=2025-10-03", "0.00"},
		{"PAY.PENALTY", "debt=400000 due=2025-10-10 paid=2025-11-10 year_days=366", "7622.95"},
		{"INSP.RATE", "inspectors=260 employed=9200000", "0.28"},
		{"growth", "new=injuries_bns:2024 old=injuries_bns:2023", "-7.5"},
		{"share", "part=496 whole=injuries_bns:2023", "18.6"},
		{"min_hourly", "on=2026-11-21", "516.19"},
		{"wage.indexation", "pay=300000 index=cpi_december:2025", "336900.00"},
		{"wage.overtime", "pay=328000 month_hours=164 hours=3", "9000.00"},
		{"wage.night", "hourly=2000 night_hours=8", "24000.00"},
		{"wage.holiday", "hourly=2000 hours=8", "24000.00"},
		{"wage.holiday_night", "hourly=2000 hours=8 night_hours=2", "30000.00"},
	} {
		v, err := ask(p, c.method, strings.Fields(c.given)...)
		if err != nil {
			t.Errorf("%s %s: %s", c.method, c.given, words(t, p, text.EN).Printer.Fault(err).Message)
			continue
		}
		if v.Rounded() != c.want {
			t.Errorf("%s %s is %s, want %s", c.method, c.given, v.Rounded(), c.want)
		}
	}
}

// What must not be mixed, chained or contradicted is refused, in words.
func TestRefusals(t *testing.T) {
	p := open(t, "kz")
	for _, c := range []struct {
		method, given, key string
	}{
		{"wage.indexation", "pay=300000 index=cpi_month:2022", "indicator.chaining-instead"},
		{"wage.indexation", "pay=300000 index=cpi_month:2024", "indicator.chaining"},
		{"PAY.REAL", "nominal_index=wage_nominal:2021-Q2 cpi=cpi_month:2021-Q2", "indicator.chaining"},
		{"PAY.REAL", "nominal_index=wage_nominal:2013-08 cpi=cpi_month:2013-08", "indicator.mixed-index"},
		{"growth", "new=wage_all:2025-Q3 old=wage_large:2025-Q2", "indicator.mixed"},
		{"growth", "new=injuries_bns:2024 old=injuries_inspection:2022", "indicator.mixed"},
		{"growth", "new=injuries_inspection:2025-01..09 old=injuries_inspection:2022", "indicator.lengths"},
		{"share", "part=injuries_inspection:2022 whole=injuries_bns:2022", "indicator.mixed"},
		{"share", "part=deaths_inspection:2022 whole=injuries_inspection:2018", "indicator.periods"},
		{"share", "part=injuries_bns:2023 whole=wage_all:2031", "indicator.not-published"},
		{"PAY.KAITZ", "median=300000 mean=400000 min_wage=85000", "indicator.ambiguous"},
		{"PAY.KAITZ", "median=300000", "indicator.missing"},
		{"PAY.SUBS", "", "indicator.missing"},
		{"PAY.PENALTY", "debt=1 due=2025-10-10 paid=2025-11-10 days=30", "indicator.disagree"},
		{"PAY.PENALTY", "debt=1 due=2025-10-10", "indicator.missing"},
		{"PAY.PENALTY", "debt=1 due=2025-10-40 paid=2025-11-10", "indicator.no-day"},
		{"OSH.FR", "new_cases=1 hours=5 k=7", "indicator.base"},
		{"OSH.FR", "new_cases=1 hours=5 k=0", "indicator.base"},
		{"OSH.DPC", "days_lost=1 non_fatal_cases=5 k=7", "indicator.ambiguous"},
		{"OSH.FR", "new_cases=-1 hours=5", "indicator.negative"},
		{"OSH.FR", "new_cases=1e5 hours=5", "indicator.no-number"},
		{"OSH.FR", "new_cases=1 cases=1 hours=5", "indicator.twice"},
		{"OSH.FR", "new_cases=1 hours=5 men=4", "indicator.ambiguous"},
		{"OSH.FR", "wages=1", "indicator.unknown-input"},
		{"OSH.XX", "", "indicator.unknown"},
		{"share", "part=3 whole=2", "indicator.contradiction"},
		{"SD.COV_ADJ", "covered=5 wage_earners=8 excluded=9", "indicator.contradiction"},
		{"share", "part=nothing:2022 whole=2", "indicator.unknown-series"},
		{"share", "part=injuries_bns:22 whole=2", "indicator.no-period"},
	} {
		v, err := ask(p, c.method, strings.Fields(c.given)...)
		if err == nil || fault.Of(err).Key != c.key {
			t.Errorf("%s %s: %s, %v, want %s", c.method, c.given, v.Rounded(), err, c.key)
			continue
		}
		for _, l := range text.Langs {
			if said := words(t, p, l).Printer.Fault(err).Message; said == "" || strings.Contains(said, "⟦") || strings.Contains(said, "no value") {
				t.Errorf("%s in %s: %q", c.key, l, said)
			}
		}
	}
}

func TestTogether(t *testing.T) {
	p := open(t, "kz")
	value := func(method, given string) indicator.Value {
		v, err := ask(p, method, strings.Fields(given)...)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	median, mean := value("PAY.KAITZ", "median=wage_median:2025-Q2"), value("PAY.KAITZ", "mean=wage_large:2025-Q2")
	earlier := value("PAY.KAITZ", "median=wage_median:2025-Q1")
	if err := indicator.Together(median, earlier); err != nil {
		t.Errorf("one indicator of two quarters: %v", err)
	}
	large, small := value("OSH.IR", "cases=1 workers=100"), value("OSH.IR", "cases=1 workers=100 k=100000")
	for key, pair := range map[string][]indicator.Value{"indicator.mixed": {median, mean}, "indicator.mixed-base": {large, small}} {
		if err := indicator.Together(pair...); err == nil || fault.Of(err).Key != key {
			t.Errorf("%v, want %s", err, key)
		}
	}
	whole := large
	whole.Population = text.Names{EN: "the mines"}
	if err := indicator.Together(large, whole); err == nil {
		t.Error("two populations stand together")
	}
	f := &p.Figures
	for _, pair := range [][2]string{{"wage_large", "wage_all"}, {"injuries_bns", "injuries_inspection"}, {"cpi_month", "cpi_december"}} {
		if err := indicator.SeriesTogether(f.SeriesOf(pair[0]), f.SeriesOf(pair[1])); err == nil {
			t.Errorf("%q stand together", pair)
		}
	}
	if err := indicator.SeriesTogether(f.SeriesOf("wage_nominal"), f.SeriesOf("wage_real")); err != nil {
		t.Error(err)
	}
}

// Why chaining is refused: the rounded months multiplied differ from what the
// statistics bureau published.
func TestChainingWouldDiffer(t *testing.T) {
	p := open(t, "kz")
	product := big.NewRat(100, 1)
	for month := 1; month <= 12; month++ {
		period, err := profile.ParsePeriod("2022-" + string([]byte{'0' + byte(month/10), '0' + byte(month%10)}))
		if err != nil {
			t.Fatal(err)
		}
		_, v, err := indicator.Published(p, "cpi_month", period)
		if err != nil {
			t.Fatal(err)
		}
		product.Mul(product, new(big.Rat).Quo(v.Value, big.NewRat(100, 1)))
	}
	year, _ := profile.ParsePeriod("2022")
	_, published, err := indicator.Published(p, "cpi_december", year)
	if err != nil || product.FloatString(2) != "120.35" || product.FloatString(1) == published.Value.FloatString(1) {
		t.Errorf("chained %s, published %v, %v", product.FloatString(2), published.Value, err)
	}
}

// Every value carries what it needs to be understood.
func TestValueCarries(t *testing.T) {
	p := open(t, "kz")
	v, err := ask(p, "share", "part=deaths_inspection:2022", "whole=injuries_inspection:2022")
	if err != nil {
		t.Fatal(err)
	}
	if v.Period.String() != "2022" || v.Population.EN == "" || v.Base.Cmp(big.NewRat(100, 1)) != 0 || v.Source == "" || v.Status != profile.StatusEstimate {
		t.Errorf("%+v", v)
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"value":13.9`, `"base":100`, `"period":"2022"`, `"status":"estimate"`, `"series":"injuries_inspection"`} {
		if !bytes.Contains(data, []byte(part)) {
			t.Errorf("%s is not in %s", part, data)
		}
	}
	none, err := ask(p, "OSH.FR", "cases=3", "hours=0")
	if err != nil {
		t.Fatal(err)
	}
	if data, err = json.Marshal(none); err != nil || !bytes.Contains(data, []byte(`"value":null`)) || !bytes.Contains(data, []byte(`"not_computable":"hours"`)) {
		t.Errorf("%s, %v", data, err)
	}
}

// The derivation of the penalty names the days, the rate of the day of payment, the
// article and what was rounded, in each language.
func TestDerivation(t *testing.T) {
	p := open(t, "kz")
	v, err := ask(p, "PAY.PENALTY", "debt=400000", "due=2025-10-10", "paid=2025-11-10")
	if err != nil {
		t.Fatal(err)
	}
	for lang, parts := range map[text.Lang][]string{
		text.KK: {"7\u00a0643,84\u00a0₸", "18\u00a0%", "2025 жылғы 10 қараша күні қолданыста", "400\u00a0000 × 18 ÷ 100 × 1,25 ÷ 365 × 31", "113(3)-бап", "0,01"},
		text.RU: {"7\u00a0643,84\u00a0₸", "18\u00a0%", "действует на 10 ноября 2025 года", "max(0, 10.11.2025 − 10.10.2025)", "ст. 113(3)"},
		text.EN: {"7,643.84\u00a0₸", "18%", "in force on 10 November 2025", "400,000 × 18 ÷ 100 × 1.25 ÷ 365 × 31", "Labour Code, art. 113(3), wording of 7 April 2026", "halves away from zero"},
	} {
		said := strings.Join(words(t, p, lang).Derivation(v), "\n")
		for _, part := range parts {
			if !strings.Contains(said, part) {
				t.Errorf("%s: %q is not in\n%s", lang, part, said)
			}
		}
		if strings.Contains(said, "⟦") || strings.Contains(said, "no value") {
			t.Errorf("%s lacks a word:\n%s", lang, said)
		}
	}
}

// Another country's rows give another answer by the same code.
func TestGenericProfile(t *testing.T) {
	p := open(t, "generic")
	for method, c := range map[string][2]string{
		"PAY.PENALTY":        {"debt=36000 due=2025-10-10 paid=2025-10-20", "100.00"},
		"PAY.KAITZ":          {"mean=wage_all:2025-Q2", "33.3"},
		"wage.holiday_night": {"hourly=10 hours=8 night_hours=1", "172.00"},
	} {
		v, err := ask(p, method, strings.Fields(c[0])...)
		if err != nil || v.Rounded() != c[1] {
			t.Errorf("%s is %s, want %s; %v", method, v.Rounded(), c[1], err)
		}
		for _, l := range text.Langs {
			if said := strings.Join(words(t, p, l).Derivation(v), " "); strings.Contains(said, "⟦") {
				t.Errorf("%s: %s", l, said)
			}
		}
	}
}

// Every indicator has names, unit, source, and becomes a sentence.
func TestEveryMethod(t *testing.T) {
	p := open(t, "kz")
	if n := len(p.Figures.Indicators); n != 21 {
		t.Errorf("%d indicators, want 21", n)
	}
	for _, all := range [][]profile.Method{p.Figures.Indicators, p.Figures.Calculations} {
		for i := range all {
			m := &all[i]
			if m.Unit != "money" && m.UnitName.KK == "" {
				t.Errorf("%s has no unit", m.Code)
			}
			for _, l := range text.Langs {
				if said := strings.Join(words(t, p, l).Method(m), " "); strings.Contains(said, "⟦") {
					t.Errorf("%s: %s", l, said)
				}
			}
		}
	}
}

// The penalty grows in proportion to debt and days, and two debts cost as much as
// their sum: nothing is rounded on the way.
func TestPenaltyIsLinear(t *testing.T) {
	p := open(t, "kz")
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Range(0, 1e12).Draw(t, "a"), rapid.Int64Range(0, 1e12).Draw(t, "b")
		late := rapid.IntRange(0, 5000).Draw(t, "days")
		paid := cal.Date(2025, 11, rapid.IntRange(1, 200).Draw(t, "paid"))
		penalty := func(cents int64, days int) *big.Rat {
			v, err := indicator.Compute(p, indicator.Question{Method: "PAY.PENALTY", Inputs: map[string]indicator.Input{
				"debt": {Number: big.NewRat(cents, 100)}, "due": {Day: paid - cal.Day(days)}, "paid": {Day: paid}}})
			if err != nil {
				t.Fatal(err)
			}
			return v.Number
		}
		if sum := new(big.Rat).Add(penalty(a, late), penalty(b, late)); sum.Cmp(penalty(a+b, late)) != 0 {
			t.Fatalf("%d and %d over %d days: %s", a, b, late, sum)
		}
		if twice := new(big.Rat).Add(penalty(a, late), penalty(a, late)); twice.Cmp(penalty(a, 2*late)) != 0 {
			t.Fatalf("%d over twice %d days: %s", a, late, twice)
		}
	})
}

// A share of nothing is not computable, whatever the part; of anything else it lies
// between 0 and the base.
func TestShareStaysInside(t *testing.T) {
	p := open(t, "kz")
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.Int64Range(0, 1e9).Draw(t, "whole")
		part := rapid.Int64Range(0, 1e9).Draw(t, "part")
		v, err := indicator.Compute(p, indicator.Question{Method: "share", On: cal.Never, Inputs: map[string]indicator.Input{
			"part": {Number: big.NewRat(part, 1)}, "whole": {Number: big.NewRat(whole, 1)}}})
		switch {
		case whole == 0:
			if err != nil || v.Computable() {
				t.Fatalf("%d of 0 is %s, %v", part, v.Rounded(), err)
			}
		case part > whole:
			if err == nil {
				t.Fatalf("%d of %d is %s", part, whole, v.Rounded())
			}
		case err != nil || v.Number.Sign() < 0 || v.Number.Cmp(v.Base) > 0:
			t.Fatalf("%d of %d is %s, %v", part, whole, v.Rounded(), err)
		}
	})
}

// FuzzRead: whatever is typed is an input or a fault with words.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"400000", "-0.5", "2025-10-10", "injuries_bns:2024", "cpi_month:2022", "1/0", "0x1p-2", "９", "a:b:c", ""} {
		f.Add("debt", s)
		f.Add("paid", s)
	}
	p := open(f, "kz")
	w := words(f, p, text.EN)
	f.Fuzz(func(t *testing.T, key, value string) {
		in, err := indicator.Read(p, map[string]string{key: value})
		if err != nil {
			if said := w.Printer.Fault(err).Message; strings.Contains(said, "⟦") {
				t.Fatal(said)
			}
			return
		}
		for _, m := range []string{"PAY.PENALTY", "PAY.KAITZ", "growth"} {
			_, _ = indicator.Compute(p, indicator.Question{Method: m, Inputs: in, On: cal.Never})
		}
	})
}

func BenchmarkPenalty(b *testing.B) {
	p := open(b, "kz")
	in, err := indicator.Read(p, map[string]string{"debt": "400000", "due": "2025-10-10", "paid": "2025-11-10"})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := indicator.Compute(p, indicator.Question{Method: "PAY.PENALTY", Inputs: in}); err != nil {
			b.Fatal(err)
		}
	}
}
