package main

import (
	"cmp"
	"fmt"
	"text/tabwriter"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/profile"
)

// profileCmd reads the country profile.
type profileCmd struct {
	Check   profileCheckCmd   `cmd:"" help:"Check the profile and its changes."`
	Review  profileReviewCmd  `cmd:"" help:"List the rules a lawyer should read before anybody relies on them."`
	Recheck profileRecheckCmd `cmd:"" help:"List the rules read from an older wording of a law."`
}

// whichProfile lets "odaq profile review kz" say the profile's name where it is read.
type whichProfile struct {
	Name string `arg:"" optional:"" help:"Profile: kz or generic; the configured one otherwise."`
}

func (w whichProfile) open(s *session) (*profile.Profile, error) {
	config := s.config
	config.Profile = cmp.Or(w.Name, config.Profile)
	return config.Law()
}

type profileCheckCmd struct {
	whichProfile
}

// Run says how many rules the profile has.
func (c *profileCheckCmd) Run(s *session) error {
	p, err := c.open(s)
	if err == nil {
		fmt.Fprintf(s.out, "%s: %d rules, %d to be reviewed\n", p.Code, len(p.Rules()), len(p.Review()))
	}
	return err
}

type profileReviewCmd struct {
	whichProfile
}

// Run prints the rules.
func (c *profileReviewCmd) Run(s *session) error {
	p, err := c.open(s)
	if err != nil {
		return err
	}
	return rules(s, p.Review())
}

type profileRecheckCmd struct {
	Law     string `arg:"" help:"Code of the law, as profile.toml has it."`
	Wording string `arg:"" help:"Day of the new wording." placeholder:"YYYY-MM-DD"`
}

// Run prints what to read again.
func (c *profileRecheckCmd) Run(s *session) error {
	p, err := s.config.Law()
	if err != nil {
		return err
	}
	day, err := cal.ParseDay(c.Wording)
	if err != nil {
		return err
	}
	if _, ok := p.Law(c.Law); !ok {
		return fmt.Errorf("the profile %s has no law %q", p.Code, c.Law)
	}
	return rules(s, p.Recheck(c.Law, day))
}

func rules(s *session, all []profile.Rule) error {
	w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	for _, r := range all {
		law := r.Basis.Law
		if law != "" {
			law += " " + r.Basis.Article + ", " + r.Basis.Redaction.String()
		}
		fmt.Fprintf(w, "%s:%d\t%s\t%s\t%s\t%s\n", r.Table, r.Line, r.Code, law, r.Basis.Confidence, r.Basis.Source)
	}
	return w.Flush()
}
