package norm

import (
	"math/big"
	"strings"
	"testing"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/text"
)

// find is the finding on a norm of a document.
func find(t *testing.T, b *Book, on, document, code string) Finding {
	t.Helper()
	for _, d := range b.Documents() {
		if d.ID != document {
			continue
		}
		for _, f := range b.On(day(t, on)).Verdicts(d) {
			if f.Type.Code == code {
				return f
			}
		}
	}
	t.Fatalf("no finding on %s in %s", code, document)
	return Finding{}
}

func TestMine(t *testing.T) {
	b := bookOf(t, country(t, "kz"), caseOf(t, "mine.json"))
	for _, c := range []struct {
		document, code string
		want           Verdict
		effective      string
	}{
		{"SA", "PAY.TARIFF1", Better, "119000"}, // 1.4 minimum wages
		{"SA", "PAY.OVERTIME_X", Better, "2"},   // 100 % over the rate
		{"CA", "PAY.TARIFF1", Equal, "119000"},
		{"CA", "PAY.OVERTIME_X", Worse, "2"},
		{"CA", "PAY.HAZARD_PCT", Better, "25.210084"}, // 30,000 of its own tariff of 119,000
		{"CA", "LEAVE.ANNUAL", Worse, "30"},
		{"CA", "SOC.HEALTH_INS", Incomparable, "dental|family|worker"},
		{"CA", "UNION.FACIL", Better, "board|phone|room"},
		{"CA", "OSH.SPEND", Missing, ""}, // obliged
		{"CA", "PAY.INDEX_CPI", Missing, "100"},
		{"GA", "GOV.TERM", NotComparable, "3"},
		{"EC", "PAY.DAY_LATEST", Worse, "10"},
		{"EC", "PAY.MIN", Better, "340000"},
	} {
		f := find(t, b, "2026-03-15", c.document, c.code)
		e := f.Effective()
		if got := e.Words(f.Type.Direction); f.Verdict != c.want || got != c.effective {
			t.Errorf("%s %s: %s, effective %s; want %s, %s", c.document, c.code, f.Verdict, got, c.want, c.effective)
		}
	}
	if f := find(t, b, "2026-03-15", "CA", "LEAVE.ANNUAL"); f.Void.Basis.Article != "157(3)" {
		t.Errorf("void by %+v", f.Void)
	}
	if f := find(t, b, "2026-03-15", "CA", "OSH.SPEND"); !f.Obliged || f.Duty.Basis.Article != "157(1)4" {
		t.Errorf("silence on safety spending is %+v", f)
	}
	if f := find(t, b, "2026-03-15", "CA", "PAY.INDEX_CPI"); f.Obliged {
		t.Error("silence on indexation is no breach")
	}
	if f := find(t, b, "2027-03-15", "CA", "PAY.TARIFF1"); f.Verdict != NotComparable || f.Detail != "min_wage" {
		t.Errorf("without a minimum wage: %s %s", f.Verdict, f.Detail)
	}
}

func TestRightsOfMiners(t *testing.T) {
	c := caseOf(t, "mine.json")
	b := bookOf(t, country(t, "kz"), c)
	on := b.On(day(t, "2026-03-15"))
	for _, row := range []struct{ worker, code, inForce, from, best, gain string }{
		{"asel", "LEAVE.ANNUAL", "30", "RA", "30", "2"}, // the collective agreement's 26 is void
		{"asel", "PAY.MIN", "340000", "EC", "340000", "245000"},
		{"asel", "PAY.DAY_LATEST", "10", "", "10", "5"},
		{"bolat", "LEAVE.ANNUAL", "28", "SA", "30", "2"}, // not covered, has not applied
		{"dina", "LEAVE.ANNUAL", "30", "RA", "30", "2"},  // has applied
		{"bolat", "TIME.WEEK", "40", "", "40", ""},
		{"asel", "TIME.WEEK", "38", "CA", "38", "2"},
	} {
		w, _ := c.Worker(row.worker)
		found := false
		for _, r := range on.Rights(w) {
			if r.Type.Code != row.code {
				continue
			}
			found = true
			from := ""
			if r.InForce.Document != nil {
				from = r.InForce.Document.ID
			}
			if got := Decimal(r.InForce.Value.Number); got != row.inForce || from != row.from || Decimal(r.Best.Value.Number) != row.best || Decimal(r.Gain()) != row.gain {
				t.Errorf("%s %s: in force %s by %q, best %s, gain %s; want %+v", row.worker, row.code, got, from, Decimal(r.Best.Value.Number), Decimal(r.Gain()), row)
			}
		}
		if !found {
			t.Errorf("%s has no %s", row.worker, row.code)
		}
	}
}

func TestGenericCountry(t *testing.T) {
	b := bookOf(t, country(t, "generic"), caseOf(t, "factory.json"))
	for _, c := range []struct {
		document, code string
		want           Verdict
	}{
		{"industry", "GOV.TERM", Invalid}, {"industry", "PAY.TARIFF", Missing}, {"factory", "PAY.MIN", Worse}, {"factory", "PAY.SURCHARGE", Better},
		{"factory", "PAY.OVERTIME_X", Better}, {"factory", "UNION.OPINION", Better}, {"factory", "LEAVE.ANNUAL", Missing},
	} {
		if f := find(t, b, "2026-03-15", c.document, c.code); f.Verdict != c.want {
			t.Errorf("%s %s: %s, want %s", c.document, c.code, f.Verdict, c.want)
		}
	}
}

// A new minimum wage turns exactly the clauses it makes worse.
func TestNewMinimumWage(t *testing.T) {
	b := bookOf(t, country(t, "kz"), caseOf(t, "mine.json"))
	turn := day(t, "2026-07-01")
	if got := b.Changes(turn, b.ChangesOn(turn)); len(got) != 0 {
		t.Fatalf("nothing changes on that day: %v", got)
	}
	higher := b.WithParameter(profile.Parameter{Code: "min_wage", From: turn, Until: cal.Forever, Value: big.NewRat(96_000, 1), Unit: "KZT"})
	var got []string
	for _, c := range higher.Changes(turn, Change{Parameters: []string{"min_wage"}}) {
		got = append(got, c.Document.ID+" "+c.Clause.Type+" "+c.Before.String()+" → "+c.After.String())
	}
	want := "CA PAY.MIN better → worse, CA PAY.TARIFF1 equal → worse"
	if strings.Join(got, ", ") != want {
		t.Errorf("%s, want %s", strings.Join(got, ", "), want)
	}
}

func TestSuccession(t *testing.T) {
	c, err := Decode("case.json", strings.NewReader(`{"documents": [
		{"id": "old", "level": "general", "from": "2024-01-01", "clauses": [{"type": "PAY.INDEX_CPI", "value": 80}]},
		{"id": "new", "level": "general", "from": "2026-01-01", "replaces": "old", "clauses": [{"type": "PAY.INDEX_CPI", "value": 100}]},
		{"id": "CA", "level": "collective", "employer": "e", "clauses": [{"type": "PAY.INDEX_CPI", "value": 90}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	b := bookOf(t, country(t, "kz"), c)
	if f := find(t, b, "2025-12-31", "CA", "PAY.INDEX_CPI"); f.Verdict != Better {
		t.Errorf("under the old agreement: %s", f.Verdict)
	}
	if f := find(t, b, "2026-01-01", "CA", "PAY.INDEX_CPI"); f.Verdict != Worse {
		t.Errorf("under the new agreement: %s", f.Verdict)
	}
	if got := b.Changes(day(t, "2026-01-01"), Change{Documents: []string{"new"}}); len(got) != 3 {
		t.Errorf("the old clause ends, the new begins, the collective agreement's turns: %v", got)
	}
}

// Every sentence exists in every language and leaves no gap.
func TestWords(t *testing.T) {
	c := caseOf(t, "mine.json")
	b := bookOf(t, country(t, "kz"), c)
	for _, l := range text.Langs {
		w := words(t, b, l)
		for _, on := range []string{"2026-03-15", "2027-03-15"} {
			at := b.On(day(t, on))
			var all []string
			for _, d := range b.Documents() {
				for _, f := range at.Verdicts(d) {
					all = append(all, w.Verdict(f.Verdict), w.Finding(f))
				}
			}
			for i := range c.Workers {
				for _, r := range at.Rights(&c.Workers[i]) {
					all = append(all, w.Right(r, b.norms.Choice)...)
				}
			}
			for _, s := range all {
				if strings.Contains(s, "⟦") || strings.Contains(s, "<no value>") || strings.Contains(s, "()") || strings.TrimSpace(s) == "" {
					t.Errorf("%s: %q", l, s)
				}
			}
		}
	}
	r := b.On(day(t, "2026-03-15")).Rights(&c.Workers[1])
	for _, right := range r {
		if right.Type.Code != "LEAVE.ANNUAL" {
			continue
		}
		got := strings.Join(words(t, b, text.RU).Right(right, b.norms.Choice), " ")
		want := "Действует: 28\u00a0календ. дн. — Mining Agreement, п. 4.1. По письменному заявлению: 30\u00a0календ. дн. — Karaganda Agreement, п. 12 (Трудовой кодекс, ст. 150(5)). Лучшее опережает следующее на 2\u00a0календ. дн.: 28\u00a0календ. дн. (Mining Agreement, п. 4.1)."
		if got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

// Groups come in the order of the workers and give each what they have alone.
func TestRightsOfGroups(t *testing.T) {
	c := caseOf(t, "mine.json")
	on := bookOf(t, country(t, "kz"), c).On(day(t, "2026-03-15"))
	var all []Worker
	for range 100 {
		all = append(all, c.Workers...)
	}
	seen := 0
	for cohort, rights := range on.RightsOf(all) {
		if cohort.Members[0] != seen || len(cohort.Members) != 100 {
			t.Fatalf("group %d is %v", seen, cohort.Members)
		}
		alone := on.Rights(&c.Workers[seen])
		if len(alone) != len(rights) {
			t.Fatalf("%d rights in the group, %d alone", len(rights), len(alone))
		}
		for i := range alone {
			if alone[i].Type != rights[i].Type || compare(alone[i].Type.Direction, alone[i].InForce.Value, rights[i].InForce.Value) != Equal {
				t.Errorf("%s differs in the group", alone[i].Type.Code)
			}
		}
		seen++
	}
	if seen != 3 {
		t.Errorf("%d groups", seen)
	}
}
