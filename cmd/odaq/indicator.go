package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/indicator"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/text"
)

// indicatorCmd reckons an official indicator.
type indicatorCmd struct {
	Code       string   `arg:"" optional:"" help:"Code of the indicator; without it they are listed."`
	Given      []string `arg:"" optional:"" help:"What is known: a number, a date, or a published figure." placeholder:"KEY=NUMBER|DATE|SERIES:PERIOD"`
	On         string   `help:"Day whose parameters hold; the last day of the period otherwise." placeholder:"YYYY-MM-DD"`
	Period     string   `help:"Period of the value: 2025, 2025-Q2, 2025-06; that of the published figures otherwise."`
	Population string   `help:"Whom the value is about."`
	Source     string   `help:"Where the numbers come from."`
	Estimate   bool     `help:"Some number is an estimate."`
	Series     bool     `help:"List the published series instead."`
	JSON       bool     `help:"Print JSON."`
}

// Run lists, describes or reckons.
func (c *indicatorCmd) Run(s *session) error {
	return reckon(s, func(w indicator.Words) error {
		switch {
		case c.Series:
			return listSeries(s, w)
		case c.Code == "":
			return listMethods(s, w)
		case len(c.Given) == 0 && c.On == "" && c.Period == "":
			m := w.Law.Figures.Method(c.Code)
			if m == nil {
				return fault.New(fault.NotFound, "indicator.unknown", "Code", c.Code)
			}
			fmt.Fprintln(s.out, strings.Join(w.Method(m), "\n"))
			return nil
		}
		given := map[string]string{}
		for _, g := range c.Given {
			key, value, ok := strings.Cut(g, "=")
			if !ok || key == "" {
				return told{fmt.Sprintf("%q is not of the form KEY=VALUE", g), fault.Invalid.Exit()}
			}
			if _, twice := given[key]; twice {
				return told{fmt.Sprintf("%s is given twice", key), fault.Invalid.Exit()}
			}
			given[key] = value
		}
		q := indicator.Question{Method: c.Code, Population: text.Names{KK: c.Population, RU: c.Population, EN: c.Population}, Source: c.Source, Estimate: c.Estimate}
		if c.Period != "" {
			var err error
			if q.Period, err = profile.ParsePeriod(c.Period); err != nil {
				return fault.New(fault.Invalid, "indicator.no-period", "Value", c.Period).Because(err)
			}
		}
		return answer(s, w, q, given, c.On, c.JSON)
	})
}

// reckon opens the profile and its words; a refusal is told in the session's language.
func reckon(s *session, run func(indicator.Words) error) error {
	law, err := s.config.Law()
	if err != nil {
		return err
	}
	words, err := text.Load(text.Source{Name: "indicator", FS: indicator.Locale})
	if err != nil {
		return err
	}
	w := indicator.Words{Law: law, Printer: words.In(s.lang)}
	err = run(w)
	if f, ok := errors.AsType[*fault.Fault](err); ok {
		return told{w.Printer.Fault(f).Message, f.Kind.Exit()}
	}
	return err
}

// answer reckons what was asked and prints how.
func answer(s *session, w indicator.Words, q indicator.Question, given map[string]string, on string, asJSON bool) error {
	q.On = cal.Never
	var err error
	if on != "" {
		if q.On, err = cal.ParseDay(on); err != nil {
			return told{err.Error(), fault.Invalid.Exit()}
		}
	}
	if q.Inputs, err = indicator.Read(w.Law, given); err != nil {
		return err
	}
	v, err := indicator.Compute(w.Law, q)
	if err != nil {
		return err
	}
	if asJSON {
		e := json.NewEncoder(s.out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
	fmt.Fprintln(s.out, strings.Join(w.Derivation(v), "\n"))
	return nil
}

func listMethods(s *session, w indicator.Words) error {
	t := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	for _, all := range [][]profile.Method{w.Law.Figures.Indicators, w.Law.Figures.Calculations} {
		for _, m := range all {
			var formulas []string
			for _, e := range m.Formulas {
				formulas = append(formulas, e.String())
			}
			fmt.Fprintf(t, "%s\t%s\t%s\n", m.Code, m.Name.In(s.lang), strings.Join(formulas, " | "))
		}
	}
	return t.Flush()
}

func listSeries(s *session, w indicator.Words) error {
	t := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	for _, v := range w.Law.Figures.Series {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", v.Code, v.Name.In(s.lang), indicator.Known(&v), v.Basis.Source)
	}
	return t.Flush()
}
