package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/norm"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/text"
)

// normsCmd looks at what documents promise.
type normsCmd struct {
	Check normsCheckCmd `cmd:"" help:"Say of every clause whether it is better or worse than what binds it."`
	Find  normsFindCmd  `cmd:"" help:"Propose coded norms from the text of clauses; a lawyer confirms."`
}

// caseFile is a CASE.json with the day on which it is looked at.
type caseFile struct {
	Case string `arg:"" help:"Documents and workers, see docs/schema/case.schema.json." placeholder:"CASE.json"`
	On   string `help:"The day; today otherwise." placeholder:"YYYY-MM-DD"`
	JSON bool   `help:"Print JSON."`
}

// opened is a case read, with the words to tell it in.
type opened struct {
	law   *profile.Profile
	facts norm.Case
	book  *norm.Book
	on    cal.Day
	words norm.Words
}

func (c caseFile) open(s *session) (opened, error) {
	law, err := s.config.Law()
	if err != nil {
		return opened{}, err
	}
	o := opened{law: law, on: cal.Clock(time.Now).Today(law.Location)}
	if c.On != "" {
		if o.on, err = cal.ParseDay(c.On); err != nil {
			return opened{}, badInput(err)
		}
	}
	f, err := os.Open(c.Case)
	if err != nil {
		return opened{}, err
	}
	defer f.Close()
	if o.facts, err = norm.Decode(filepath.Base(c.Case), bufio.NewReader(f)); err != nil {
		return opened{}, badInput(err)
	}
	if o.book, err = norm.NewBook(law, o.facts); err != nil {
		return opened{}, badInput(err)
	}
	words, err := text.Load(text.Source{Name: "norm", FS: norm.Locale})
	if err != nil {
		return opened{}, err
	}
	o.words = o.book.In(words.In(s.lang))
	return o, nil
}

// badInput is an error of the input, said as it is.
func badInput(err error) error { return told{err.Error(), fault.Invalid.Exit()} }

type normsCheckCmd struct {
	caseFile
	Changed bool `help:"Only the clauses whose verdict differs from the day before."`
}

// findingJSON is a finding as --json prints it.
type findingJSON struct {
	Document  string       `json:"document"`
	Clause    string       `json:"clause,omitempty"`
	Line      int          `json:"line,omitempty"`
	Type      string       `json:"type"`
	Dimension string       `json:"dimension,omitempty"`
	Verdict   norm.Verdict `json:"verdict"`
	Value     string       `json:"value,omitempty"`
	Bound     *sourceJSON  `json:"bound,omitempty"`
	Effective string       `json:"effective,omitempty"`
	Void      *basisJSON   `json:"void,omitempty"`
	Duty      *basisJSON   `json:"duty,omitempty"`
	Obliged   bool         `json:"obliged,omitempty"`
	Reason    norm.Reason  `json:"reason,omitempty"`
	Detail    string       `json:"detail,omitempty"`
	Words     string       `json:"words"`
}

type sourceJSON struct {
	Level    profile.Level `json:"level"`
	Document string        `json:"document,omitempty"`
	Clause   string        `json:"clause,omitempty"`
	Bound    *basisJSON    `json:"law,omitempty"`
	Value    string        `json:"value"`
	Unit     string        `json:"unit,omitempty"`
}

type basisJSON struct {
	Rule        string  `json:"rule"`
	Law         string  `json:"law,omitempty"`
	Article     string  `json:"article,omitempty"`
	Redaction   cal.Day `json:"redaction,omitzero"`
	NeedsReview bool    `json:"needs_review,omitempty"`
}

func basis(rule string, b profile.Basis) *basisJSON {
	return &basisJSON{rule, b.Law, b.Article, b.Redaction, b.NeedsReview}
}

func source(t *profile.NormType, s norm.Source) *sourceJSON {
	if s.None() {
		return nil
	}
	out := &sourceJSON{Level: s.Level(), Value: s.Value.Words(t.Direction)}
	if t.Unit != nil {
		out.Unit = t.Unit.Code
	}
	if s.Bound != nil {
		out.Bound = basis(s.Bound.Rule, s.Bound.Basis)
		return out
	}
	out.Document, out.Clause = s.Document.ID, s.Clause.No
	return out
}

// Run prints the findings of every document.
func (c *normsCheckCmd) Run(s *session) error {
	o, err := c.open(s)
	if err != nil {
		return err
	}
	changed := map[*norm.Clause]norm.Verdict{}
	if c.Changed {
		for _, ch := range o.book.Changes(o.on, o.book.ChangesOn(o.on)) {
			changed[ch.Clause] = ch.Before
		}
	}
	all := []findingJSON{}
	day := o.book.On(o.on)
	for _, d := range o.book.Documents() {
		for _, f := range day.Verdicts(d) {
			if _, ok := changed[f.Clause]; c.Changed && !ok {
				continue
			}
			all = append(all, o.finding(f))
		}
	}
	if c.JSON {
		return printJSON(s, all)
	}
	last := ""
	for _, f := range all {
		if f.Document != last {
			fmt.Fprintf(s.out, "%s\n", f.Document)
			last = f.Document
		}
		at := f.Type
		if f.Dimension != "" {
			at += " (" + f.Dimension + ")"
		}
		if f.Clause != "" {
			at = f.Clause + " " + at
		}
		fmt.Fprintf(s.out, "  %s: %s. %s\n", at, strings.ToUpper(o.words.Verdict(f.Verdict)), f.Words)
	}
	return nil
}

func (o opened) finding(f norm.Finding) findingJSON {
	out := findingJSON{
		Document: f.Document.ID, Type: f.Type.Code, Verdict: f.Verdict, Bound: source(f.Type, f.Bound),
		Obliged: f.Obliged, Reason: f.Reason, Detail: f.Detail, Words: o.words.Finding(f),
	}
	if f.Clause != nil {
		out.Clause, out.Line, out.Dimension = f.Clause.No, f.Clause.Line, f.Clause.Dimension.String()
		out.Value = f.Value.Words(f.Type.Direction)
	}
	if f.Verdict != norm.NotComparable && (f.Clause != nil || !f.Bound.None()) {
		out.Effective = f.Effective().Words(f.Type.Direction)
	}
	if f.Void != nil {
		out.Void = basis(f.Void.Rule, f.Void.Basis)
	}
	if f.Duty != nil {
		out.Duty = basis(f.Duty.Rule, f.Duty.Basis)
	}
	return out
}

func printJSON(s *session, v any) error {
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

type rightsCmd struct {
	caseFile
	Worker string `help:"Id of the worker in the case." required:""`
}

// rightJSON is a right as --json prints it.
type rightJSON struct {
	Type      string      `json:"type"`
	Name      text.Names  `json:"name"`
	Dimension string      `json:"dimension,omitempty"`
	InForce   *sourceJSON `json:"in_force"`
	Best      *sourceJSON `json:"best"`
	Next      *sourceJSON `json:"next,omitempty"`
	Gain      string      `json:"gain,omitempty"`
	Void      *sourceJSON `json:"void,omitempty"`
	Lawyer    bool        `json:"lawyer,omitempty"`
	Words     []string    `json:"words"`
}

// Run prints what the norms give the worker.
func (c *rightsCmd) Run(s *session) error {
	o, err := c.open(s)
	if err != nil {
		return err
	}
	w, ok := o.facts.Worker(c.Worker)
	if !ok {
		return badInput(fmt.Errorf("%s has no worker %q", filepath.Base(c.Case), c.Worker))
	}
	all := []rightJSON{}
	for _, r := range o.book.On(o.on).Rights(w) {
		j := rightJSON{
			Type: r.Type.Code, Name: r.Type.Name, Dimension: r.Dimension.String(), InForce: source(r.Type, r.InForce), Best: source(r.Type, r.Best),
			Next: source(r.Type, r.Next), Gain: norm.Decimal(r.Gain()), Void: source(r.Type, r.Void), Lawyer: r.Lawyer, Words: o.words.Right(r, o.law.Norms.Choice),
		}
		all = append(all, j)
	}
	if c.JSON {
		return printJSON(s, all)
	}
	for _, r := range all {
		name := r.Name.In(s.lang)
		if r.Dimension != "" {
			name += " (" + r.Dimension + ")"
		}
		fmt.Fprintf(s.out, "%s  %s\n", r.Type, name)
		for _, line := range r.Words {
			fmt.Fprintln(s.out, "  "+line)
		}
	}
	return nil
}
