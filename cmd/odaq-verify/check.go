package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"golang.org/x/sync/errgroup"

	"odaq/belenios"
	"odaq/belenios/archive"
)

type checkCmd struct {
	Archives []string `arg:"" name:"archive" help:"Archives (.bel) of elections, or of the boxes of one."`

	Hints      string `help:"A file of hints for one archive, which makes it quicker and need not be trusted." placeholder:"FILE" xor:"hints"`
	WriteHints string `help:"Write a file of hints for one archive." placeholder:"FILE" xor:"hints"`
}

// box is what is said of one archive.
type box struct {
	Archive   string           `json:"archive"`
	Verified  bool             `json:"verified"`
	Violation *violation       `json:"violation,omitempty"`
	Unusable  string           `json:"unusable,omitempty"` // why nothing can be said
	Report    *belenios.Report `json:"report,omitempty"`

	err error
}

// violation is the first rule that an archive breaks.
type violation struct {
	Event   int          `json:"event"`
	Type    archive.Kind `json:"type,omitempty"`
	Tracker string       `json:"tracker,omitempty"`
	Rule    string       `json:"rule"`
}

func (c *checkCmd) Run(ctx context.Context, s *session) error {
	hints, err := c.openHints()
	if err != nil {
		return err
	}
	defer hints.close()
	boxes := make([]box, len(c.Archives))
	bar := s.progress()
	workers := s.workers
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	atOnce := min(len(boxes), workers)
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, file := range c.Archives {
		group.Go(func() error {
			boxes[i] = checked(file, func() (*belenios.Report, error) {
				o := belenios.Options{Workers: (workers + atOnce - 1) / atOnce, Progress: bar.of(i)}
				hints.set(&o)
				return verify(ctx, file, o)
			})
			return nil
		})
	}
	_ = group.Wait() // every box has its own error
	bar.end()

	failed := worst(boxes)
	var kept error
	if failed == nil {
		kept = hints.keep()
	}
	if failed != nil && errors.Is(failed, context.Canceled) {
		return failed
	}
	var total *belenios.Total
	var differ error
	if failed == nil && len(boxes) > 1 {
		reports := make([]*belenios.Report, len(boxes))
		for i := range boxes {
			reports[i] = boxes[i].Report
		}
		if total, differ = belenios.Sum(reports); errors.Is(differ, belenios.ErrSameBox) {
			return differ
		}
	}
	if s.json {
		return errors.Join(writeJSON(s.out, map[string]any{"boxes": boxes, "total": total}), reported(failed), kept)
	}
	for i := range boxes {
		s.box(&boxes[i], len(boxes) > 1)
	}
	if total != nil {
		s.total(total)
	}
	if differ != nil {
		fmt.Fprintln(s.out, s.words.QuestionsDiffer)
	}
	return errors.Join(reported(failed), kept)
}

// reported marks an error as told already.
func reported(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", errReported, err)
}

// verify opens and verifies an archive.
func verify(ctx context.Context, file string, o belenios.Options) (*belenios.Report, error) {
	f, err := open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return belenios.Verify(ctx, f, o)
}

// open opens a file that can be read more than once.
func open(file string) (*os.File, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a file: an archive is read twice, so it must be one", file)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// checked is what is said of an archive.
func checked(file string, verify func() (*belenios.Report, error)) box {
	r, err := verify()
	b := box{Archive: file, Verified: err == nil, Report: r, err: err}
	v := (*belenios.Violation)(nil)
	switch {
	case errors.As(err, &v) && exitCode(err) == exitViolated:
		b.Violation = &violation{Event: v.Height, Type: v.Kind, Tracker: v.Tracker, Rule: v.Err.Error()}
	case err != nil:
		b.Unusable = err.Error()
	}
	return b
}

// worst is the error that decides how the program ends: a broken rule before what
// cannot be used.
func worst(boxes []box) error {
	var found error
	for i := range boxes {
		err := boxes[i].err
		if err != nil && (found == nil || exitCode(err) == exitViolated && exitCode(found) != exitViolated) {
			found = fmt.Errorf("%s: %w", boxes[i].Archive, err)
		}
	}
	return found
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
