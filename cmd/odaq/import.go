package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"

	"odaq/internal/app"
	"odaq/internal/area/membership"
	"odaq/internal/kernel/exchange"
)

// importCmd brings data in.
type importCmd struct {
	Members       importMembersCmd    `cmd:"" help:"Members from a CSV or XLSX file. Exit code 0: every row is settled; 3: rows were refused or wait for a person to decide, the others are in; any other: it failed."`
	Undo          importUndoCmd       `cmd:"" help:"Take an import of members back."`
	Organisations importOrganisations `cmd:"" help:"Found the organisations of a CSV or XLSX file: kind, name_kk, name_ru, name_en, parent (name, BIN or identifier), territory, place, activity, founded, decision, bin, registration, address, employer. All or none."`
	Territories   importTerritories   `cmd:"" help:"Territories from the classifier's CSV (KATO)."`
	Cities        importCities        `cmd:"" help:"Settlements from a CSV."`
	Activities    importActivities    `cmd:"" help:"Economic activities from a CSV (OKED, ISIC, NACE)."`
	Boundaries    importBoundaries    `cmd:"" help:"Boundaries of the regions from TopoJSON or GeoJSON: a real map instead of tiles."`
}

type importMembersCmd struct {
	File   string   `arg:"" type:"path"`
	Into   string   `required:"" help:"The organisation: identifier, BIN, or the beginning of its name." placeholder:"ORG"`
	Map    []string `help:"Which column is which field, where the title does not say: surname=Тегі." placeholder:"FIELD=COLUMN"`
	DryRun bool     `help:"Check only; write nothing."`
	Errors string   `help:"File for the rows that are wrong, to be corrected and imported again." default:"errors.csv" placeholder:"FILE"`
}

func (c *importMembersCmd) Run(ctx context.Context, s *session) error {
	return s.with(ctx, func(ctx context.Context, a *app.App) error {
		into, err := orgNamed(ctx, a, c.Into)
		if err != nil {
			return err
		}
		mapping, err := exchange.FromFlags(c.Map)
		if err != nil {
			return err
		}
		show, done := s.progress("rows")
		report, err := a.Areas.Membership.ImportFile(ctx, c.File,
			membership.ImportOptions{ImportRequest: membership.ImportRequest{Org: into, Mapping: mapping}, DryRun: c.DryRun}, func(p exchange.Progress) { show(rowsOf(p)) })
		done()
		if err != nil {
			return err
		}
		b, t := report.Batch, s.words()
		tally, key := b.Tally, "cli.import-done"
		if c.DryRun {
			tally, key = b.Checked, "cli.import-checked"
		}
		fmt.Fprintln(s.out, t.T(key, "Batch", b.ID.String(), "Rows", tally.Rows, "Entered", tally.Entered, "Readmitted", tally.Readmitted,
			"Unchanged", tally.Unchanged, "Alike", tally.Alike, "Bad", tally.Bad))
		for _, p := range report.Preview.Problems {
			fmt.Fprintln(s.errs, t.T("cli.import-problem", "Line", p.Line, "What", p.In(t)))
		}
		if tally.Bad > 0 {
			err = s.write(c.Errors, func(w io.Writer) error {
				out := writer(format(c.Errors), w)
				_, err := a.Areas.Membership.WriteErrors(ctx, b, out, t)
				return err
			})
			if err != nil {
				return err
			}
			fmt.Fprintln(s.out, t.T("cli.import-errors", "File", c.Errors))
		}
		if tally.Bad+tally.Alike > 0 {
			return told{t.T("cli.import-unsettled", "Bad", tally.Bad, "Alike", tally.Alike), unsettled}
		}
		return nil
	})
}

// unsettled is the exit code of work that is done but for what a person must look
// at: a script that goes on only after 0 stops, and one that knows it may not.
const unsettled = 3

// rowsOf is how many rows are done, of about how many: of a file only the bytes
// are known beforehand.
func rowsOf(p exchange.Progress) (done, total int64) {
	done = int64(p.Rows)
	if p.Done == 0 {
		return done, 0
	}
	return done, int64(float64(done) * float64(p.Total) / float64(p.Done))
}

type importUndoCmd struct {
	Batch string `arg:"" help:"Identifier of the import."`
}

func (c *importUndoCmd) Run(ctx context.Context, s *session) error {
	return s.with(ctx, func(ctx context.Context, a *app.App) error {
		v, err := identifier(c.Batch)
		if err != nil {
			return err
		}
		show, done := s.progress("rows")
		b, err := a.Areas.Membership.UndoNow(ctx, v, func(p exchange.Progress) { show(p.Done, p.Total) })
		done()
		if err == nil {
			fmt.Fprintln(s.out, s.words().T("cli.import-undone", "Undone", b.Undone, "Kept", b.Kept))
		}
		return err
	})
}

// classifier is a file that is read in one go.
type classifier struct {
	File string `arg:"" type:"path"`
}

func (c classifier) read(ctx context.Context, s *session, what string, fn func(ctx context.Context, a *app.App, r io.Reader) (int, error)) error {
	return s.with(ctx, func(ctx context.Context, a *app.App) error {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close()
		n, err := fn(ctx, a, f)
		if err == nil {
			fmt.Fprintln(s.out, s.words().T("cli.loaded-"+what, "N", n))
		}
		return err
	})
}

type importOrganisations struct {
	classifier `embed:""`
}

func (c *importOrganisations) Run(ctx context.Context, s *session) error {
	return c.read(ctx, s, "organisations", func(ctx context.Context, a *app.App, r io.Reader) (int, error) {
		return a.Areas.Structure.ImportOrganisations(ctx, r)
	})
}

type importTerritories struct {
	classifier `embed:""`
}

func (c *importTerritories) Run(ctx context.Context, s *session) error {
	return c.read(ctx, s, "territories", func(ctx context.Context, a *app.App, r io.Reader) (int, error) {
		return a.Areas.Structure.ImportTerritories(ctx, r)
	})
}

type importCities struct {
	classifier `embed:""`
}

func (c *importCities) Run(ctx context.Context, s *session) error {
	return c.read(ctx, s, "settlements", func(ctx context.Context, a *app.App, r io.Reader) (int, error) {
		return a.Areas.Structure.ImportTerritories(ctx, r)
	})
}

type importActivities struct {
	classifier `embed:""`
}

func (c *importActivities) Run(ctx context.Context, s *session) error {
	return c.read(ctx, s, "activities", func(ctx context.Context, a *app.App, r io.Reader) (int, error) {
		return a.Areas.Structure.ImportActivities(ctx, r)
	})
}

type importBoundaries struct {
	classifier `embed:""`
	Credit     string `help:"Whom the map must name: the licence of the boundaries." placeholder:"TEXT"`
}

func (c *importBoundaries) Run(ctx context.Context, s *session) error {
	return c.read(ctx, s, "regions", func(ctx context.Context, a *app.App, r io.Reader) (int, error) {
		return a.Areas.Structure.ImportBoundaries(ctx, r, c.Credit)
	})
}

// progress draws a bar on a terminal and nothing elsewhere.
func (s *session) progress(unit string) (show func(done, total int64), end func()) {
	f, ok := s.errs.(*os.File)
	if s.quiet || !ok || !terminal(f) {
		return func(int64, int64) {}, func() {}
	}
	var bar *progressbar.ProgressBar
	return func(done, total int64) {
			if bar == nil {
				bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(f), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
					progressbar.OptionSetItsString(unit), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(30), progressbar.OptionSetPredictTime(true))
			}
			if total != bar.GetMax64() {
				bar.ChangeMax64(total)
			}
			_ = bar.Set64(done) // only the terminal can fail
		}, func() {
			if bar != nil {
				_ = bar.Finish()
				fmt.Fprintln(f)
			}
		}
}

func terminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// format is the file's ending, CSV where it says nothing.
func format(file string) string {
	for _, ending := range []string{"xlsx", "json"} {
		if len(file) > len(ending) && file[len(file)-len(ending)-1:] == "."+ending {
			return ending
		}
	}
	return "csv"
}
