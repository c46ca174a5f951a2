package main

import (
	"odaq/belenios"
	"odaq/belenios/archive"
)

type findCmd struct {
	Archive string `arg:"" help:"The archive (.bel)."`
	Tracker string `arg:"" help:"The tracker of the ballot, as it was shown when it was cast."`
}

func (c *findCmd) Run(s *session) error {
	f, err := open(c.Archive)
	if err != nil {
		return err
	}
	defer f.Close()
	found, err := belenios.Find(f, c.Tracker)
	if err != nil {
		return err
	}
	if s.json {
		return writeJSON(s.out, found)
	}
	w := s.words
	s.say("✓ %s", w.Found)
	s.line(0, w.Event, found.Height)
	s.line(0, w.Number, found.Number)
	switch {
	case !found.Counts():
		s.say("%s %s", w.Superseded, found.Replaced)
	case found.State == archive.Ballot:
		s.say("%s", w.SoFar)
	default:
		s.say("%s", w.Counts)
	}
	return nil
}
