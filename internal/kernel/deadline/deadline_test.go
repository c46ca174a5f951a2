package deadline_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/deadline"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/text"
	"odaq/internal/testkit/vectors"
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

func words(t testing.TB) *text.Catalog {
	t.Helper()
	c, err := text.Load(text.Source{Name: "deadline", FS: deadline.Locale})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func event(t testing.TB, s string) deadline.Event {
	t.Helper()
	e, err := deadline.ParseEvent(s)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func count(t testing.TB, p *profile.Profile, code, from string) deadline.Deadline {
	t.Helper()
	d, err := deadline.Count(p, deadline.Question{Clock: p.Clocks.Clock(code), Event: event(t, from)})
	if err != nil {
		t.Fatalf("%s from %s: %v", code, from, err)
	}
	return d
}

// TestDeadlineVectors counts terms by the rule of kz. A unit that ends in _back
// or a negative number counts backwards.
func TestDeadlineVectors(t *testing.T) {
	p := open(t, "kz")
	for _, row := range vectors.Rows(t, "deadline_test_vectors.csv") {
		unit := strings.ReplaceAll(strings.TrimPrefix(row["unit"], "calendar_"), "_", "-")
		name, back := strings.CutSuffix(strings.TrimSuffix(unit, "wards"), "-back")
		n, err := strconv.Atoi(row["n"])
		if err != nil {
			t.Fatalf("%v: %v", row, err)
		}
		if n < 0 {
			n, back = -n, true
		}
		clock := &profile.Clock{Code: "vector", Term: profile.Term{N: n, Unit: profile.TermUnit(name)}, Backward: back}
		from := event(t, strings.Replace(row["start_event_date"], " ", "T", 1))
		from.Timed = from.Timed || clock.Term.Unit == profile.Hours // from the beginning of the day
		d, err := deadline.Count(p, deadline.Question{Clock: clock, Event: from})
		if err != nil {
			t.Errorf("%v: %v", row, err)
			continue
		}
		got := d.Due.String()
		if len(row["due_date"]) > len(got) {
			got = d.At.Format("2006-01-02T15:04")
		}
		if got != strings.Replace(row["due_date"], " ", "T", 1) {
			t.Errorf("%s %s %s: due %s, want %s (%s)", row["start_event_date"], row["n"], row["unit"], got, row["due_date"], row["why"])
		}
	}
}

func TestClocksOfKazakhstan(t *testing.T) {
	p := open(t, "kz")
	if got := len(p.Clocks.All); got != 62 {
		t.Errorf("%d clocks", got)
	}
	for _, c := range []struct{ code, from, due string }{
		{"COL.CONC_DECIDE", "2026-03-18", "2026-04-01"},
		{"COL.SEND", "2026-03-18", "2026-03-26"},   // the third day is Saturday, Nauryz
		{"COL.INFORM", "2026-03-21", "2026-03-21"}, // the same day, a day off or not
		{"COL.ILLEGAL_INFORM", "2026-03-21", "2026-03-21"},
		{"COL.STRIKE_NOTICE", "2026-01-09", "2025-12-30"}, // five working days across New Year
		{"PAY.LEAVE", "2026-03-26", "2026-03-18"},
		{"PAY.MONTHLY", "2026-02-14", "2026-03-10"},
		{"PAY.MONTHLY", "2026-09-30", "2026-10-09"}, // 10 October is a Saturday: the eve
		{"TU.DUES", "2026-09-30", "2026-10-12"},
		{"AGR.TERM_MAX", "2024-02-29", "2027-02-28"}, // 29 February; a Sunday, not moved
		{"CA.SIGN_DISAGREED", "2026-01-31", "2026-03-02"},
		{"ACC.KEEP", "2026-05-05", "2071-05-05"},
		{"OSH.INFO", "2026-11-30", "2027-03-01"},
		{"TU.REGISTER", "2026-12-31", "2027-03-01"},
	} {
		if d := count(t, p, c.code, c.from); d.Due.String() != c.due {
			t.Errorf("%s from %s: due %s, want %s", c.code, c.from, d.Due, c.due)
		}
	}
	d := count(t, p, "ACC.NOTIFY", "2026-03-20T14:30")
	if got := d.At.Format(time.RFC3339); got != "2026-03-21T14:30:00+05:00" || d.Due.String() != "2026-03-21" {
		t.Errorf("24 hours: %s", got)
	}
	// The clocks of Almaty went back an hour on 1 March 2024: 24 hours stay 24.
	d = count(t, p, "ACC.NOTIFY", "2024-02-29T12:00")
	if got := d.At.Format("2006-01-02T15:04"); got != "2024-03-01T11:00" {
		t.Errorf("24 hours over the change of time: %s", got)
	}
}

func TestExtension(t *testing.T) {
	p := open(t, "kz")
	q := deadline.Question{Clock: p.Clocks.Clock("ACC.INVESTIGATE"), Event: event(t, "2026-06-01")}
	for n, want := range []string{"2026-06-15", "2026-06-29", "2026-07-14"} {
		q.Extended = n
		if d, err := deadline.Count(p, q); err != nil || d.Due.String() != want {
			t.Errorf("prolonged %d times: %v %v, want %s", n, d.Due, err, want)
		}
	}
	q.Extended = 3
	if _, err := deadline.Count(p, q); fault.Of(err).Key != "deadline.not-prolonged" {
		t.Error(err)
	}
}

func TestPauses(t *testing.T) {
	p := open(t, "kz")
	q := deadline.Question{Clock: p.Clocks.Clock("IND.LIMIT_REINSTATE"), Event: event(t, "2026-05-14")}
	pause := func(from, to string) deadline.Pause {
		return deadline.Pause{Reason: "mediation", From: event(t, from).Day, To: event(t, to).Day}
	}
	for _, c := range []struct {
		pauses []deadline.Pause
		want   string
		days   int
	}{
		{nil, "2026-06-15", 0}, // 14 June is a Sunday
		{[]deadline.Pause{pause("2026-06-01", "2026-06-10")}, "2026-06-24", 10},
		{[]deadline.Pause{pause("2026-06-01", "2026-06-10"), pause("2026-06-05", "2026-06-12")}, "2026-06-26", 12},
		{[]deadline.Pause{pause("2026-06-12", "2026-06-12"), pause("2026-06-15", "2026-06-18")}, "2026-06-19", 5}, // the first pause reaches the second
		{[]deadline.Pause{pause("2026-04-01", "2026-05-20")}, "2026-06-22", 6},                                    // only what is counted
		{[]deadline.Pause{pause("2026-06-20", "2026-06-30")}, "2026-06-15", 0},
	} {
		q.Pauses = c.pauses
		if d, err := deadline.Count(p, q); err != nil || d.Due.String() != c.want || d.Paused != c.days {
			t.Errorf("%v: due %s after %d days, %v; want %s after %d", c.pauses, d.Due, d.Paused, err, c.want, c.days)
		}
	}
}

func TestProvisional(t *testing.T) {
	p := open(t, "kz")
	for code, want := range map[string]bool{"COL.ANSWER": true, "AGR.REPLY": true, "AGR.TERM_MAX": false} {
		if d := count(t, p, code, "2027-12-30"); d.Provisional != want {
			t.Errorf("%s: provisional %v", code, d.Provisional)
		}
	}
	d := count(t, p, "COL.ANSWER", "2027-12-30")
	if d.Due.String() != "2028-01-04" {
		t.Errorf("beyond the calendar: %s", d.Due)
	}
	if got := d.Explain(words(t).In(text.EN)); !strings.Contains(got, "provisional: the calendar of 2028") {
		t.Error(got)
	}
	if count(t, p, "COL.ANSWER", "2026-03-18").Provisional {
		t.Error("2026 is provisional")
	}
}

func TestExplain(t *testing.T) {
	p, c := open(t, "kz"), words(t)
	for _, v := range []struct{ code, from, kk, ru, en string }{
		{"COL.CONC_DECIDE", "2026-03-18",
			"7 жұмыс күні, есептің бірінші күні — 2026 жылғы 19 наурыз; 21–25 наурыз — Наурыз мейрамы; соңғы күні — 2026 жылғы 1 сәуір, сәрсенбі (Еңбек кодексі, 165(3)-бап; есептеу ережесі: 13-бап)",
			"7 рабочих дней, считая с 19 марта 2026 года; 21–25 марта — Наурыз мейрамы; последний день — 1 апреля 2026 года, среда (Трудовой кодекс, ст. 165(3); счёт по правилу: ст. 13)",
			"7 working days, counted from 19 March 2026; 21–25 March are Nauryz; due Wednesday 1 April 2026 (Labour Code, art. 165(3); counted by art. 13)"},
	} {
		d := count(t, p, v.code, v.from)
		for l, want := range map[text.Lang]string{text.KK: v.kk, text.RU: v.ru, text.EN: v.en} {
			if got := d.Explain(c.In(l)); got != want {
				t.Errorf("%s %s:\n got %s\nwant %s", v.code, l, got, want)
			}
		}
	}
	// Every clock of every profile explains itself in every language.
	for _, name := range []string{"kz", "generic"} {
		p := open(t, name)
		for _, k := range p.Clocks.All {
			d := count(t, p, k.Code, "2026-03-18T09:00")
			for _, l := range text.Langs {
				if s := d.Explain(c.In(l)); strings.ContainsAny(s, "⟦<") || len(s) < 20 {
					t.Errorf("%s %s %s: %s", name, k.Code, l, s)
				}
			}
		}
	}
}

func TestMistakes(t *testing.T) {
	p := open(t, "kz")
	ask := func(code string, q deadline.Question) error {
		q.Clock = p.Clocks.Clock(code)
		_, err := deadline.Count(p, q)
		return err
	}
	d := event(t, "2026-03-18")
	for key, err := range map[string]error{
		"deadline.no-time":        ask("ACC.NOTIFY", deadline.Question{Event: d}),
		"deadline.too-far":        ask("ACC.KEEP", deadline.Question{Event: event(t, "9990-01-01")}),
		"deadline.no-notice":      ask("COL.SEND", deadline.Question{Event: d, Notice: true}),
		"deadline.unknown-pause":  ask("COL.SEND", deadline.Question{Event: d, Pauses: []deadline.Pause{{Reason: "holiday", From: 1, To: 2}}}),
		"deadline.not-paused":     ask("COL.SEND", deadline.Question{Event: d, Pauses: []deadline.Pause{{Reason: "mediation", From: 1, To: 2}}}),
		"deadline.pause-reversed": ask("IND.LIMIT_OTHER", deadline.Question{Event: d, Pauses: []deadline.Pause{{Reason: "mediation", From: 2, To: 1}}}),
		"deadline.no-date":        ask("COL.SEND", deadline.Question{Event: deadline.On(cal.Forever)}),
	} {
		if err == nil || fault.Of(err).Key != key {
			t.Errorf("%v, want %s", err, key)
		}
	}
	for _, s := range []string{"", "2026-02-30", "18.03.2026", "2026-13-01", "1700-01-01", "2026-03-18T25:00", "2026-03-18 14:30"} {
		if e, err := deadline.ParseEvent(s); fault.Of(err) == nil {
			t.Errorf("%q is %v", s, e)
		}
	}
}

// The generic profile counts otherwise: the day of the event is the first, an
// end moves backwards, months overflow. Friday and Saturday are days off.
func TestGenericCountsByItsOwnRules(t *testing.T) {
	p := open(t, "generic")
	for _, c := range []struct{ code, from, due string }{
		{"DEMAND", "2026-03-18", "2026-03-22"}, // Wed, Thu, Sun
		{"TALKS", "2026-03-12", "2026-03-19"},  // the tenth day, Saturday 21, moves back to Thursday
		{"CLAIM", "2026-11-30", "2027-03-02"},
		{"APPEAL", "2026-03-06", "2026-03-20"}, // a Friday, not moved
		{"NOTICE", "2026-03-22", "2026-03-17"}, // Sun, Thu, Wed, Tue
		{"PAY", "2026-03-10", "2026-04-05"},
	} {
		if d := count(t, p, c.code, c.from); d.Due.String() != c.due {
			t.Errorf("%s from %s: due %s, want %s", c.code, c.from, d.Due, c.due)
		}
	}
}

func TestHolidaysAreNamedOnce(t *testing.T) {
	p, c := open(t, "kz"), words(t)
	if got := count(t, p, "COL.ARB_DECIDE", "2026-04-30").Explain(c.In(text.EN)); !strings.Contains(got, "11 May is a day off for Victory Day") {
		t.Error(got)
	}
	got := count(t, p, "IND.DECIDE", "2024-12-20").Explain(c.In(text.EN))
	for _, want := range []string{"1–2 January are New Year", "3 January is a day off in place of 5 January", "5 January is a working day", "7 January is Orthodox Christmas"} {
		if strings.Count(got, want) != 1 {
			t.Errorf("%q is not once in %s", want, got)
		}
	}
}

// TestClockVectors: each clock of the file stands in kz with its term, its
// direction and its article.
func TestClockVectors(t *testing.T) {
	p := open(t, "kz")
	for _, row := range vectors.Rows(t, "procedure_clocks.csv") {
		c := p.Clocks.Clock(row["code"])
		if c == nil {
			t.Errorf("there is no clock %s", row["code"])
			continue
		}
		unit := profile.TermUnit(row["unit"])
		if unit == profile.Days && strings.Contains(row["calendar"], "working") {
			unit = profile.WorkingDays
		}
		if strconv.Itoa(c.Term.N) != row["n"] || c.Term.Unit != unit || c.Backward != strings.Contains(row["calendar"], "backwards") {
			t.Errorf("%s is %s, backwards %v; want %s %s, %s", c.Code, c.Term, c.Backward, row["n"], row["unit"], row["calendar"])
		}
		law, article, _ := strings.Cut(strings.Replace(row["basis"], " law ", " ", 1), " ")
		if c.Basis.Law != law || !strings.HasPrefix(article, c.Basis.Article) {
			t.Errorf("%s stands in %s %s; want %s", c.Code, c.Basis.Law, c.Basis.Article, row["basis"])
		}
		if strings.Contains(strings.Join([]string{row["basis"], row["on_expiry_or_note"]}, " "), "(memory)") && (c.Basis.Confidence != profile.Memory || !c.Basis.NeedsReview) {
			t.Errorf("%s is from memory and does not say so", c.Code)
		}
		if (row["actor"] == "") != (c.Actor.EN == "") {
			t.Errorf("%s: the actor is %q, want %q", c.Code, c.Actor.EN, row["actor"])
		}
	}
}

// Working days stand still too, where the profile says so.
func TestPauseOfWorkingDays(t *testing.T) {
	p := open(t, "generic")
	q := deadline.Question{Clock: p.Clocks.Clock("DEMAND"), Event: event(t, "2026-03-18"),
		Pauses: []deadline.Pause{{Reason: "mediation", From: event(t, "2026-03-19").Day, To: event(t, "2026-03-21").Day}}}
	if d, err := deadline.Count(p, q); err != nil || d.Due.String() != "2026-03-23" || d.Paused != 3 { // Wed, Sun, Mon
		t.Errorf("due %s after %d days, %v", d.Due, d.Paused, err)
	}
}
