package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"odaq/internal/kernel/deadline"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/text"
)

// deadlineCmd counts legal terms.
type deadlineCmd struct {
	One   deadlineOneCmd   `cmd:"" default:"withargs" help:"Count one clock."`
	Chain deadlineChainCmd `cmd:"" help:"Count the clocks of a procedure, each from the end of the one before."`
	List  deadlineListCmd  `cmd:"" help:"List the clocks of the profile."`
}

// counter is a profile with the words to explain it in.
type counter struct {
	*session
	law   *profile.Profile
	words *text.Catalog
}

func count(s *session, run func(c counter) error) error {
	law, err := s.config.Law()
	if err != nil {
		return err
	}
	words, err := text.Load(text.Source{Name: "deadline", FS: deadline.Locale})
	if err != nil {
		return err
	}
	err = run(counter{s, law, words})
	if f, ok := errors.AsType[*fault.Fault](err); ok {
		return told{words.In(s.lang).Fault(f).Message, f.Kind.Exit()}
	}
	return err
}

// deadlineOut is how deadlines are printed.
type deadlineOut struct {
	JSON bool   `help:"Print JSON."`
	ICS  string `help:"Write a calendar (iCalendar) to this file too." type:"path" placeholder:"FILE"`
}

func (o deadlineOut) calendar(c counter, all ...deadline.Deadline) error {
	if o.ICS == "" {
		return nil
	}
	var b bytes.Buffer
	if err := deadline.WriteCalendar(&b, c.words.In(c.lang), time.Now(), all...); err != nil {
		return err
	}
	return os.WriteFile(o.ICS, b.Bytes(), 0o644)
}

func (o deadlineOut) json(c counter, v any) error {
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

type deadlineOneCmd struct {
	Clock    string   `required:"" help:"Code of the clock; see odaq deadline list." placeholder:"CODE"`
	From     string   `required:"" help:"Day of the event, with its time where hours count." placeholder:"YYYY-MM-DD[THH:MM]"`
	Extended int      `help:"How often the term was prolonged."`
	Notice   bool     `help:"From is the day of the notice: when may its event come at the earliest?"`
	Pause    []string `help:"When the clock stood still, and why." placeholder:"REASON:FROM..TO"`
	deadlineOut
}

// Run prints the deadline.
func (q *deadlineOneCmd) Run(s *session) error {
	return count(s, func(c counter) error {
		clock, err := deadline.Find(c.law, q.Clock)
		if err != nil {
			return err
		}
		event, err := deadline.ParseEvent(q.From)
		if err != nil {
			return err
		}
		ask := deadline.Question{Clock: clock, Event: event, Extended: q.Extended, Notice: q.Notice}
		for _, v := range q.Pause {
			p, err := deadline.ParsePause(v)
			if err != nil {
				return err
			}
			ask.Pauses = append(ask.Pauses, p)
		}
		d, err := deadline.Count(c.law, ask)
		if err != nil {
			return err
		}
		if err := q.calendar(c, d); err != nil {
			return err
		}
		if q.JSON {
			return q.json(c, d.Record(c.words))
		}
		c.tell(d)
		return nil
	})
}

// tell prints a deadline for people.
func (c counter) tell(d deadline.Deadline) {
	w := c.words.In(c.lang)
	k := d.Clock
	fmt.Fprintln(c.out, k.Code, "·", d.Explain(w))
	when := deadline.Day(w, d.Event.Day)
	if d.Notice {
		when = d.Ends(w)
	}
	fmt.Fprintln(c.out, w.T("deadline.event", "What", k.Trigger, "Day", when))
	if who := k.Actor.In(c.lang); who != "" {
		fmt.Fprintln(c.out, w.T("deadline.who", "Who", who))
	}
	fmt.Fprintln(c.out, w.T("deadline.what", "What", k.Obligation))
	if what := k.Expiry.In(c.lang); what != "" {
		fmt.Fprintln(c.out, w.T("deadline.silence", "What", what))
	}
	if k.Repeat.N > 0 {
		fmt.Fprintln(c.out, w.T("deadline.repeats", "Term", deadline.TermWords(w, k.Repeat)))
	}
	if k.Basis.NeedsReview {
		fmt.Fprintln(c.out, w.T("deadline.review"))
	}
}

type deadlineChainCmd struct {
	Procedure string   `required:"" help:"Code of the procedure, such as collective-dispute." placeholder:"CODE"`
	From      string   `required:"" help:"Day of the event that begins it, with its time where hours count." placeholder:"YYYY-MM-DD[THH:MM]"`
	Done      []string `help:"What is known of a step: its day and outcome." placeholder:"CLOCK=DAY[:OUTCOME]"`
	deadlineOut
}

// chainJSON is a chain as --json prints it.
type chainJSON struct {
	Procedure   string                `json:"procedure"`
	Name        text.Names            `json:"name"`
	From        string                `json:"from"`
	Provisional bool                  `json:"provisional"`
	Steps       []deadline.StepRecord `json:"steps"`
}

// Run prints the steps.
func (q *deadlineChainCmd) Run(s *session) error {
	return count(s, func(c counter) error {
		event, err := deadline.ParseEvent(q.From)
		if err != nil {
			return err
		}
		known := map[string]deadline.Done{}
		for _, v := range q.Done {
			code, done, err := deadline.ParseDone(v)
			if err != nil {
				return err
			}
			known[code] = done
		}
		steps, err := deadline.Chain(c.law, q.Procedure, event, known)
		if err != nil {
			return err
		}
		var all []deadline.Deadline
		for _, v := range steps {
			all = append(all, v.Deadline)
		}
		if err := q.calendar(c, all...); err != nil {
			return err
		}
		name := c.law.Clocks.Procedure(q.Procedure).Name
		if q.JSON {
			out := chainJSON{Procedure: q.Procedure, Name: name, From: event.String()}
			for _, v := range steps {
				out.Steps = append(out.Steps, v.Record(c.words))
				out.Provisional = out.Provisional || v.Provisional
			}
			return q.json(c, out)
		}
		w := c.words.In(c.lang)
		fmt.Fprintln(c.out, w.T("deadline.chain", "Name", name, "Day", deadline.Day(w, event.Day)))
		for i, v := range steps {
			fmt.Fprintln(c.out)
			c.tellStep(i+1, v)
		}
		return nil
	})
}

func (c counter) tellStep(n int, v deadline.Step) {
	w := c.words.In(c.lang)
	fmt.Fprintf(c.out, "%d. %s · %s: %s\n", n, v.Clock.Code, v.Clock.Actor.In(c.lang), v.Clock.Obligation.In(c.lang))
	fmt.Fprintln(c.out, "  ", v.Explain(w))
	if v.Done != nil {
		said := w.T("deadline.done", "Day", v.Done.Day, "Outcome", cmp.Or(outcome(v.Next, c.lang), v.Outcome, "—"))
		if v.Late() {
			said += " (" + w.T("deadline.late") + ")"
		}
		fmt.Fprintln(c.out, "  ", said)
	}
	if what := v.Clock.Expiry.In(c.lang); what != "" {
		fmt.Fprintln(c.out, "  ", w.T("deadline.silence", "What", what))
	}
	if len(v.Next) > 0 {
		key := "deadline.next"
		if v.Done == nil {
			key = "deadline.assumed"
		}
		fmt.Fprintln(c.out, "  ", w.T(key, "What", leads(w, v.Next)))
	}
	if len(v.Other) > 0 {
		fmt.Fprintln(c.out, "  ", w.T("deadline.otherwise", "What", leads(w, v.Other)))
	}
	if v.Clock.Basis.NeedsReview || v.Why.Basis.NeedsReview {
		fmt.Fprintln(c.out, "  ", w.T("deadline.review"))
	}
}

func outcome(links []profile.Link, l text.Lang) string {
	if len(links) == 0 {
		return ""
	}
	return links[0].Name.In(l)
}

// leads is "sent → COL.INFORM, COL.ANSWER; met → the procedure ends".
func leads(w *text.Printer, links []profile.Link) string {
	var out []string
	for i := 0; i < len(links); {
		first := links[i]
		var next []string
		for ; i < len(links) && links[i].Outcome == first.Outcome; i++ {
			next = append(next, cmp.Or(links[i].To, w.T("deadline.ends")))
		}
		out = append(out, w.T("deadline.then", "Outcome", first.Name, "Next", strings.Join(next, ", ")))
	}
	return strings.Join(out, "; ")
}

type deadlineListCmd struct {
	Procedure string `help:"Only the clocks of this procedure." placeholder:"CODE"`
}

// Run prints the clocks.
func (q *deadlineListCmd) Run(s *session) error {
	return count(s, func(c counter) error {
		w := c.words.In(c.lang)
		table := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		for _, k := range c.law.Clocks.All {
			if q.Procedure != "" && k.Procedure != q.Procedure {
				continue
			}
			back := ""
			if k.Backward {
				back = "← "
			}
			fmt.Fprintf(table, "%s\t%s\t%s%s\t%s\t%s %s\n", k.Code, k.Procedure, back, deadline.TermWords(w, k.Term), k.Obligation.In(c.lang), k.Basis.Law, k.Basis.Article)
		}
		return table.Flush()
	})
}
