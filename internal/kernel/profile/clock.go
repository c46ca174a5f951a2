package profile

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/text"
)

// TermUnit is what a term is counted in.
type TermUnit string

// The units of terms.
const (
	Hours       TermUnit = "hours"
	Days        TermUnit = "days" // of the calendar
	WorkingDays TermUnit = "working-days"
	Weeks       TermUnit = "weeks"
	Months      TermUnit = "months"
	Quarters    TermUnit = "quarters"
	Years       TermUnit = "years"
)

// TermUnits are all of them, from the shortest.
var TermUnits = []TermUnit{Hours, Days, WorkingDays, Weeks, Months, Quarters, Years}

// Term is a length of time as the law writes it: "7 working-days".
type Term struct {
	N    int
	Unit TermUnit
}

// maxTerm keeps any sum of terms inside the years that can be written.
const maxTerm = 9999

// ParseTerm reads "7 working-days" or "24 hours".
func ParseTerm(s string) (Term, error) {
	number, unit, _ := strings.Cut(s, " ")
	n, err := strconv.Atoi(number)
	t := Term{n, TermUnit(unit)}
	if err != nil || n < 0 || n > maxTerm || !slices.Contains(TermUnits, t.Unit) {
		return Term{}, fmt.Errorf(`%q is not a term such as "7 working-days"; the units are %q`, s, TermUnits)
	}
	return t, nil
}

// String is the form ParseTerm reads; empty for no term.
func (t Term) String() string {
	if t.Unit == "" {
		return ""
	}
	return strconv.Itoa(t.N) + " " + string(t.Unit)
}

// What the first counted day is.
const (
	NextDay = "next-day" // the day after the event
	SameDay = "same-day" // the day of the event
	Moment  = "moment"   // the moment of the event itself: hours
)

// Where an end moves that falls on a day off.
const (
	MoveNext     = "next"
	MovePrevious = "previous"
	MoveNot      = "no"
)

// Where a term of months ends in a month that lacks its day.
const (
	LastDay  = "last-day"  // 31 January and a month: 28 February
	NextDays = "overflows" // 31 January and a month: 3 March
)

// Counting is how the country counts terms of a unit.
type Counting struct {
	Unit       TermUnit
	Starts     string // NextDay, SameDay or Moment
	Moved      string // of an end on a day off, counted forwards
	MovedBack  string // the same, counted backwards
	ShortMonth string
	Basis      Basis
}

// Procedure is what clocks belong to, such as a collective dispute.
type Procedure struct {
	Code string
	Name text.Names
}

// MonthEnd is the anchor of clocks that start on the last day of the month of
// their event.
const MonthEnd = "month-end"

// Clock is a term that the law sets somebody.
type Clock struct {
	Code       string
	Procedure  string
	Trigger    text.Names // the event it starts from, or that it counts back from
	Obligation text.Names // what must be done
	Actor      text.Names // who must; may be empty where a term just ends
	Expiry     text.Names // what follows silence; may be empty
	Term       Term
	Backward   bool   // counted back from the event
	Anchor     string // MonthEnd, or empty: the event itself
	Starts     string // overrides the Counting where not empty
	Moved      string // the same
	Extension  Term   // by which the term may be prolonged
	Extensions int    // how often
	Repeat     Term   // after which the duty comes again
	Basis      Basis
}

// Suspension is a reason for which clocks stand still.
type Suspension struct {
	Code   string
	Name   text.Names
	Clocks []string
	Basis  Basis
}

// Link says which clock starts when another one comes out in some way.
type Link struct {
	Step      string
	Procedure string
	From      string // a clock; empty where the procedure begins
	Outcome   string
	Name      text.Names // of the outcome
	To        string     // a clock; empty where the procedure ends
	Usual     bool       // followed when nothing is known: what silence leads to
	Basis     Basis
}

// Clocks is all a country says about terms.
type Clocks struct {
	Counting    []Counting
	Procedures  []Procedure
	All         []Clock
	Suspensions []Suspension
	Links       []Link
}

// Clock finds a clock by its code; nil when there is none.
func (c *Clocks) Clock(code string) *Clock {
	return at(c.All, func(v *Clock) bool { return v.Code == code })
}

// CountingOf is how terms of a unit are counted; nil when the profile does not
// say.
func (c *Clocks) CountingOf(u TermUnit) *Counting {
	return at(c.Counting, func(v *Counting) bool { return v.Unit == u })
}

// Procedure finds a procedure by its code; nil when there is none.
func (c *Clocks) Procedure(code string) *Procedure {
	return at(c.Procedures, func(v *Procedure) bool { return v.Code == code })
}

// Suspension finds a reason by its code; nil when there is none.
func (c *Clocks) Suspension(code string) *Suspension {
	return at(c.Suspensions, func(v *Suspension) bool { return v.Code == code })
}

// After are the links that leave a clock of a procedure, in their order; an
// empty clock stands for the beginning.
func (c *Clocks) After(procedure, clock string) []Link {
	return filter(c.Links, func(l Link) bool { return l.Procedure == procedure && l.From == clock })
}

func at[T any](all []T, is func(*T) bool) *T {
	for i := range all {
		if is(&all[i]) {
			return &all[i]
		}
	}
	return nil
}

// IsWeekend reports whether the day's weekday is one of rest, whatever the
// calendar says of the day itself.
func (p *Profile) IsWeekend(d cal.Day) bool { return p.weekend[weekday(d)] }

// weekday is that of Time; 1970-01-01 was a Thursday.
func weekday(d cal.Day) int { return int(((d+4)%7 + 7) % 7) }

// WorkingDays counts them from a day until, and without, another.
func (p *Profile) WorkingDays(from, until cal.Day) int {
	n := 0
	for d := from; d < until; d++ {
		if p.IsWorkingDay(d) {
			n++
		}
	}
	return n
}

// WorkingHours are the hours of those days when a week has so many, spread
// evenly over its working days.
func (p *Profile) WorkingHours(from, until cal.Day, week int64) *big.Rat {
	days := int64(0)
	for _, off := range p.weekend {
		if !off {
			days++
		}
	}
	hours := big.NewRat(week, max(days, 1))
	return hours.Mul(hours, big.NewRat(int64(p.WorkingDays(from, until)), 1))
}

func (r *reader) readClocks(p *Profile) {
	c := &p.Clocks
	r.readCounting(c)
	r.table("procedures.csv", "code name_kk name_ru name_en", func(w row) {
		v := Procedure{w.must("code"), w.names("name")}
		if c.Procedure(v.Code) != nil {
			w.wrong("procedure %s is there twice", v.Code)
		}
		c.Procedures = append(c.Procedures, v)
	})
	r.table("clocks.csv", "code procedure trigger_kk trigger_ru trigger_en obligation_kk obligation_ru obligation_en actor_kk actor_ru actor_en "+
		"term direction anchor starts moved extension extensions repeat expiry_kk expiry_ru expiry_en "+basisColumns, func(w row) {
		v := Clock{
			Code: w.must("code"), Procedure: w.procedure(c), Trigger: w.names("trigger"), Obligation: w.names("obligation"),
			Actor: w.mayNames("actor"), Expiry: w.mayNames("expiry"), Term: w.term("term"),
			Backward: w.oneOf("direction", "forward", "backward") == "backward", Anchor: w.oneOf("anchor", "", MonthEnd),
			Starts: w.oneOf("starts", "", NextDay, SameDay), Moved: w.oneOf("moved", "", MoveNext, MovePrevious, MoveNot),
			Extension: w.mayTerm("extension"), Repeat: w.mayTerm("repeat"), Basis: w.basis(),
		}
		if w.may("extensions") != "" {
			v.Extensions = w.whole("extensions")
		}
		switch {
		case c.Clock(v.Code) != nil:
			w.wrong("clock %s is there twice", v.Code)
		case v.Term.Unit != "" && c.CountingOf(v.Term.Unit) == nil:
			w.wrong("counting.csv does not say how %s are counted", v.Term.Unit)
		case v.Extension.Unit != "" && v.Extension.Unit != v.Term.Unit:
			w.wrong("an extension is counted like the term, in %s", v.Term.Unit)
		case (v.Extensions > 0) != (v.Extension.N > 0) || v.Extensions < 0 || v.Extensions > 99:
			w.wrong("extension and extensions go together")
		case v.Extension.Unit != "" && v.Backward:
			w.wrong("a term counted backwards is not prolonged")
		case v.Repeat.Unit == Hours || v.Repeat.Unit != "" && v.Repeat.N == 0:
			w.wrong("a duty comes again after one day or more")
		}
		c.All = append(c.All, v)
	})
	r.table("suspensions.csv", "code name_kk name_ru name_en clocks "+basisColumns, func(w row) {
		v := Suspension{w.must("code"), w.names("name"), w.list("clocks"), w.basis()}
		if c.Suspension(v.Code) != nil {
			w.wrong("suspension %s is there twice", v.Code)
		}
		for _, code := range v.Clocks {
			if k := c.Clock(code); k == nil {
				w.wrong("clock %s is not in clocks.csv", code)
			} else if k.Backward || k.Term.Unit == Hours {
				w.wrong("clock %s is counted in hours or backwards and cannot stand still", code)
			}
		}
		c.Suspensions = append(c.Suspensions, v)
	})
	r.readLinks(c)
}

func (r *reader) readCounting(c *Clocks) {
	r.table("counting.csv", "unit starts moved moved_back short_month "+basisColumns, func(w row) {
		v := Counting{
			Unit: TermUnit(w.must("unit")), Starts: w.oneOf("starts", NextDay, SameDay, Moment),
			Moved: w.oneOf("moved", MoveNext, MovePrevious, MoveNot), MovedBack: w.oneOf("moved_back", MoveNext, MovePrevious, MoveNot),
			ShortMonth: w.oneOf("short_month", "", LastDay, NextDays), Basis: w.basis(),
		}
		inMonths := v.Unit == Months || v.Unit == Quarters || v.Unit == Years
		switch {
		case !slices.Contains(TermUnits, v.Unit):
			w.wrong("unit is %q; it must be one of %q", v.Unit, TermUnits)
		case c.CountingOf(v.Unit) != nil:
			w.wrong("unit %s is there twice", v.Unit)
		case (v.Starts == Moment) != (v.Unit == Hours):
			w.wrong("hours, and nothing else, start at a moment")
		case v.Unit == Hours && (v.Moved != MoveNot || v.MovedBack != MoveNot):
			w.wrong("an end in hours does not move")
		case inMonths != (v.ShortMonth != ""):
			w.wrong("short_month is for months, quarters and years")
		}
		c.Counting = append(c.Counting, v)
	})
}

func (r *reader) readLinks(c *Clocks) {
	r.table("chains.csv", "step procedure from outcome name_kk name_ru name_en to usual "+basisColumns, func(w row) {
		l := Link{
			Step: w.must("step"), Procedure: w.procedure(c), From: w.may("from"), Outcome: w.must("outcome"),
			Name: w.names("name"), To: w.may("to"), Usual: w.yes("usual"), Basis: w.basis(),
		}
		for _, code := range []string{l.From, l.To} {
			if code != "" && c.Clock(code) == nil {
				w.wrong("clock %s is not in clocks.csv", code)
			}
		}
		for _, o := range c.Links {
			if o.Step == l.Step {
				w.wrong("step %s is there twice", l.Step)
			}
			if o.Procedure == l.Procedure && o.From == l.From && (o.Usual && l.Usual) && o.Outcome != l.Outcome {
				w.wrong("after %q two outcomes are usual: %s and %s", l.From, o.Outcome, l.Outcome)
			}
		}
		c.Links = append(c.Links, l)
		if round := c.circle(l); round != nil {
			w.wrong("the clocks start each other in a circle: %s", strings.Join(round, " → "))
			c.Links = c.Links[:len(c.Links)-1]
		}
	})
}

// circle is the way from a link's end back to its start; nil when there is none.
func (c *Clocks) circle(l Link) []string {
	if l.From == "" || l.To == "" {
		return nil
	}
	seen := map[string]bool{}
	var walk func(code string, way []string) []string
	walk = func(code string, way []string) []string {
		way = append(way, code)
		if code == l.From {
			return way
		}
		if seen[code] {
			return nil
		}
		seen[code] = true
		for _, next := range c.After(l.Procedure, code) {
			if next.To == "" {
				continue
			}
			if round := walk(next.To, way); round != nil {
				return round
			}
		}
		return nil
	}
	return walk(l.To, []string{l.From})
}

func (w row) procedure(c *Clocks) string {
	code := w.must("procedure")
	if code != "" && c.Procedure(code) == nil {
		w.wrong("procedure %s is not in procedures.csv", code)
	}
	return code
}

func (w row) term(name string) Term {
	t, err := ParseTerm(w.must(name))
	if err != nil {
		w.wrong("%s: %v", name, err)
	}
	return t
}

func (w row) mayTerm(name string) Term {
	if w.may(name) == "" {
		return Term{}
	}
	return w.term(name)
}
