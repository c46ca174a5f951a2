package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"
	"time"

	"odaq/belenios"
)

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

type reportCmd struct {
	Archive string `arg:"" help:"The archive (.bel)."`
	Output  string `help:"The file to write; the standard output otherwise." short:"o"`
}

// page is what the template shows.
type page struct {
	*belenios.Report
	W       *words
	File    string
	Version string
	Day     string
	Rows    []questionRow
	session *session
}

// questionRow is a question as the template shows it.
type questionRow struct {
	belenios.Question
	Method string
	Counts []counted
	Places [][]string
}

func (c *reportCmd) Run(ctx context.Context, s *session) error {
	bar := s.progress()
	b := checked(c.Archive, func() (*belenios.Report, error) {
		return verify(ctx, c.Archive, belenios.Options{Workers: s.workers, Progress: bar.of(0)})
	})
	bar.end()
	if b.err != nil {
		s.box(&b, false)
		return reported(b.err)
	}
	p := page{Report: b.Report, W: s.words, File: filepath.Base(c.Archive), Version: version, session: s}
	p.Day = time.Unix(b.Report.Time, 0).UTC().Format(time.DateOnly)
	for i := range b.Report.Questions {
		q := &b.Report.Questions[i]
		row := questionRow{Question: *q, Method: s.words.method(q.Method), Counts: counts(q, s.words)}
		for _, level := range q.Levels {
			row.Places = append(row.Places, names(q, level))
		}
		p.Rows = append(p.Rows, row)
	}
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, p); err != nil {
		return fmt.Errorf("the page: %w", err)
	}
	if c.Output == "" {
		_, err := s.out.Write(out.Bytes())
		return err
	}
	f, err := os.OpenFile(c.Output, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(out.Bytes())
	return errors.Join(err, f.Close())
}

// Keyholder says what is known of a trustee.
func (p page) Keyholder(k belenios.Keyholder) string { return p.session.keyholder(&k) }

// Weighted says whether voters have weights.
func (p page) Weighted() bool { return p.TotalWeight != int64(p.Voters) }

// Join writes answers that are equal.
func (p page) Join(list []string) string { return strings.Join(list, " = ") }

// Vote writes the numbers of a vote.
func (p page) Vote(v []int) string { return strings.Trim(fmt.Sprint(v), "[]") }
