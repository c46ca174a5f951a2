package deadline_test

import (
	"strings"
	"testing"

	"odaq/internal/kernel/deadline"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/profile"
)

// line is "COL.SEND 2026-03-26" for every step.
func line(steps []deadline.Step) string {
	var out []string
	for _, s := range steps {
		out = append(out, s.Clock.Code+" "+s.Due.String())
	}
	return strings.Join(out, ", ")
}

func TestChainOfACollectiveDispute(t *testing.T) {
	p := open(t, "kz")
	steps, err := deadline.Chain(p, "collective-dispute", event(t, "2026-03-18"), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "COL.SEND 2026-03-26, COL.INFORM 2026-03-26, COL.ANSWER 2026-03-31, COL.CONC_CREATE 2026-04-03, COL.CONC_DECIDE 2026-04-14, " +
		"COL.ARB_CREATE 2026-04-16, COL.ARB_DECIDE 2026-04-23, COL.STRIKE_NOTICE 2026-04-30"
	if got := line(steps); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if last := steps[len(steps)-1]; !last.Notice || last.Event.Day.String() != "2026-04-23" {
		t.Errorf("the notice of strike: %+v", last.Question)
	}
}

func TestChainWithWhatIsKnown(t *testing.T) {
	p := open(t, "kz")
	day := func(s string) deadline.Done { return deadline.Done{Day: event(t, s).Day} }
	evaded := day("2026-03-30")
	evaded.Outcome = "evaded"
	steps, err := deadline.Chain(p, "collective-dispute", event(t, "2026-03-18"), map[string]deadline.Done{
		"COL.SEND": day("2026-03-19"), "COL.ANSWER": day("2026-03-30"), "COL.CONC_CREATE": evaded,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "COL.SEND 2026-03-26, COL.INFORM 2026-03-19, COL.ANSWER 2026-03-27, COL.CONC_CREATE 2026-04-02, COL.STRIKE_NOTICE 2026-04-06"
	if got := line(steps); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, s := range steps {
		if s.Late() != (s.Clock.Code == "COL.ANSWER") {
			t.Errorf("%s: late %v", s.Clock.Code, s.Late())
		}
	}
	noticed, err := deadline.Chain(p, "collective-dispute", event(t, "2026-03-18"), map[string]deadline.Done{"COL.STRIKE_NOTICE": day("2026-04-30")})
	if err != nil {
		t.Fatal(err)
	}
	// 1, 7 and 9 May are holidays, and so is Monday the 11th for Saturday the 9th.
	if last := noticed[len(noticed)-1]; last.Due.String() != "2026-05-12" || last.Late() {
		t.Errorf("a notice on 30 April allows %s", last.Due)
	}
	met := day("2026-03-20")
	met.Outcome = "satisfied"
	steps, err = deadline.Chain(p, "collective-dispute", event(t, "2026-03-18"), map[string]deadline.Done{"COL.SEND": day("2026-03-18"), "COL.ANSWER": met})
	if err != nil || len(steps) != 3 {
		t.Errorf("a dispute that was settled goes on: %s, %v", line(steps), err)
	}
}

func TestChainMistakes(t *testing.T) {
	p := open(t, "kz")
	from := event(t, "2026-03-18")
	for key, c := range map[string]struct {
		procedure string
		done      map[string]deadline.Done
	}{
		"deadline.unknown-procedure": {"duel", nil},
		"deadline.unknown-outcome":   {"collective-dispute", map[string]deadline.Done{"COL.ANSWER": {Day: from.Day + 30, Outcome: "shrug"}}},
		"deadline.not-in-chain":      {"collective-dispute", map[string]deadline.Done{"PAY.FINAL": {Day: from.Day}}},
		"deadline.done-before":       {"collective-dispute", map[string]deadline.Done{"COL.SEND": {Day: from.Day - 1}}},
		"deadline.no-time":           {"accident", nil},
	} {
		if _, err := deadline.Chain(p, c.procedure, from, c.done); err == nil || fault.Of(err).Key != key {
			t.Errorf("%v, want %s", err, key)
		}
	}
}

// Every chain of every profile runs to its end.
func TestEveryChain(t *testing.T) {
	for _, name := range []string{"kz", "generic"} {
		p := open(t, name)
		all := deadline.Procedures(p)
		if len(all) == 0 {
			t.Errorf("%s has no chain", name)
		}
		for _, code := range all {
			steps, err := deadline.Chain(p, code, event(t, "2026-03-18T10:30"), nil)
			if err != nil || len(steps) < 2 {
				t.Errorf("%s %s: %s, %v", name, code, line(steps), err)
			}
			for _, s := range steps {
				if s.Why.To != s.Clock.Code || s.Due < s.Event.Day && !s.Notice {
					t.Errorf("%s %s: %s ends before it begins", name, code, s.Clock.Code)
				}
			}
		}
		for _, l := range p.Clocks.Links {
			if l.From != "" && !reached(p, l) {
				t.Errorf("%s: no way leads to the step %s", name, l.Step)
			}
		}
	}
}

func reached(p *profile.Profile, l profile.Link) bool {
	for _, o := range p.Clocks.Links {
		if o.Procedure == l.Procedure && o.To == l.From {
			return true
		}
	}
	return false
}
