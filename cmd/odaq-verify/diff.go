package main

import (
	"context"
	"errors"
	"maps"
	"slices"

	"odaq/belenios"
)

type diffCmd struct {
	Old string `arg:"" help:"The older copy."`
	New string `arg:"" help:"The archive now."`
}

func (c *diffCmd) Run(ctx context.Context, s *session) error {
	old, err := open(c.Old)
	if err != nil {
		return err
	}
	defer old.Close()
	new, err := open(c.New)
	if err != nil {
		return err
	}
	defer new.Close()
	bar := s.progress()
	var grown *belenios.Growth
	b := checked(c.New, func() (*belenios.Report, error) {
		g, err := belenios.Diff(ctx, old, new, belenios.Options{Workers: s.workers, Progress: bar.of(0)})
		if err != nil {
			return nil, err
		}
		grown = g
		return g.Report, nil
	})
	bar.end()
	if errors.Is(b.err, belenios.ErrOld) {
		b.Archive = c.Old
	}
	if s.json {
		out := struct {
			box
			Growth *belenios.Growth `json:"growth,omitempty"`
		}{b, grown}
		out.Report = nil // it is in Growth
		return errors.Join(writeJSON(s.out, out), reported(b.err))
	}
	if b.err == nil {
		s.say("✓ %s", s.words.Continues)
		s.line(0, s.words.Added, grown.New-grown.Old)
		for _, kind := range slices.Sorted(maps.Keys(grown.Added)) {
			s.line(2, string(kind), grown.Added[kind])
		}
		s.say("")
	}
	s.box(&b, false)
	return reported(b.err)
}
