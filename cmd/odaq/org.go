package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"odaq/internal/app"
	"odaq/internal/area/structure"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/sheet"
)

// orgCmd keeps organisations.
type orgCmd struct {
	Found  orgFoundCmd  `cmd:"" help:"Found an organisation."`
	Record orgRecordCmd `cmd:"" help:"Record an event: admit, rename, move, describe, merge, split, suspend, resume, leave, dissolve."`
	List   orgListCmd   `cmd:"" help:"List organisations as of a day."`
}

// orgFields are what an organisation has beside its names. A flag that is not
// given leaves the field as it is; an empty one empties it.
type orgFields struct {
	Territory    *string `help:"Region, ISO 3166-2." placeholder:"KZ-71"`
	Place        *string `help:"District or settlement: code of the territory classifier." placeholder:"CODE"`
	Activity     *string `help:"Economic activity." placeholder:"CODE"`
	BIN          *string `name:"bin" help:"Business number." placeholder:"NUMBER"`
	Registration *string `help:"Number of the registration." placeholder:"TEXT"`
	Address      *string `placeholder:"TEXT" help:"Address."`
	Employer     *string `placeholder:"TEXT" help:"Employer."`
}

func (f orgFields) detail() org.Detail {
	return org.Detail{Territory: f.Territory, Place: f.Place, Activity: f.Activity, BIN: f.BIN,
		Registration: f.Registration, Address: f.Address, Employer: f.Employer}
}

type orgFoundCmd struct {
	Kind     string `arg:"" enum:"federation,union,centre,local,primary" help:"${enum}"`
	Name     string `arg:"" help:"Name in Kazakh."`
	NameRU   string `help:"Name in Russian."`
	NameEN   string `help:"Name in English."`
	Parent   string `help:"The organisation it belongs to; none otherwise." placeholder:"ORG"`
	Day      string `required:"" placeholder:"DATE"`
	Decision string `required:"" placeholder:"NUMBER"`
	orgFields
}

func (c *orgFoundCmd) Run(ctx context.Context, s *session) error {
	return s.with(ctx, func(ctx context.Context, a *app.App) error {
		r := structure.FoundRequest{Kind: org.Kind(c.Kind), Names: text.Names{KK: c.Name, RU: c.NameRU, EN: c.NameEN}, Decision: c.Decision,
			Territory: given(c.Territory), Place: given(c.Place), Activity: given(c.Activity), BIN: given(c.BIN),
			Registration: given(c.Registration), Address: given(c.Address), Employer: given(c.Employer)}
		var err error
		if r.Day, err = parseDay(c.Day); err != nil {
			return err
		}
		if r.Parent, err = orgNamed(ctx, a, c.Parent); err != nil {
			return err
		}
		done, err := a.Areas.Structure.Found(ctx, r)
		if err == nil {
			fmt.Fprintln(s.out, done.Org)
		}
		return err
	})
}

// given is the value of a flag, empty where it was not given.
func given(flag *string) string {
	if flag == nil {
		return ""
	}
	return *flag
}

type orgRecordCmd struct {
	Kind     string   `arg:"" enum:"admit,rename,move,describe,merge,split,suspend,resume,leave,dissolve" help:"${enum}"`
	Org      string   `arg:"" help:"The organisation: identifier, BIN, or the beginning of its name."`
	Day      string   `required:"" placeholder:"DATE"`
	Decision string   `required:"" placeholder:"NUMBER"`
	Name     string   `help:"rename: the new name in Kazakh. The old ones are replaced in all languages." placeholder:"NAME"`
	NameRU   string   `help:"rename: the new name in Russian." placeholder:"NAME"`
	NameEN   string   `help:"rename: the new name in English." placeholder:"NAME"`
	Parent   string   `help:"admit, move: the organisation it belongs to from now on." placeholder:"ORG"`
	Into     string   `help:"merge: the organisation that takes over." placeholder:"ORG"`
	Part     []string `sep:"none" help:"split: the names of a new organisation; once for each." placeholder:"KK|RU|EN"`
	orgFields
}

func (c *orgRecordCmd) Run(ctx context.Context, s *session) error {
	return s.with(ctx, func(ctx context.Context, a *app.App) error {
		r := structure.RecordRequest{Kind: org.EventKind(c.Kind), Decision: c.Decision, Detail: c.detail()}
		if names := (text.Names{KK: c.Name, RU: c.NameRU, EN: c.NameEN}); names != (text.Names{}) {
			r.Detail.Names = &names
		}
		for _, part := range c.Part {
			kk, rest, _ := strings.Cut(part, "|")
			ru, en, _ := strings.Cut(rest, "|")
			r.Parts = append(r.Parts, text.Names{KK: kk, RU: ru, EN: en})
		}
		var err error
		if r.Day, err = parseDay(c.Day); err != nil {
			return err
		}
		if r.Org, err = orgNamed(ctx, a, c.Org); err != nil {
			return err
		}
		if c.Parent != "" {
			parent, err := orgNamed(ctx, a, c.Parent)
			if err != nil {
				return err
			}
			r.Detail.Parent = &parent
		}
		if r.Detail.Into, err = orgNamed(ctx, a, c.Into); err != nil {
			return err
		}
		done, err := a.Areas.Structure.Record(ctx, r)
		if err == nil {
			fmt.Fprintln(s.out, done.Event)
		}
		return err
	})
}

type orgListCmd struct {
	Under string `help:"Beneath this organisation." placeholder:"ORG"`
	Kind  string `help:"Only of this kind." placeholder:"KIND"`
	Query string `help:"Words of the name."`
	Day   string `help:"As of this day." placeholder:"DATE"`
}

func (c *orgListCmd) Run(ctx context.Context, s *session) error {
	return s.look(ctx, func(ctx context.Context, a *app.App) error {
		f := org.Find{Query: c.Query, Day: a.Desk.Today(), Limit: 500, Outside: true}
		var err error
		if c.Day != "" {
			if f.Day, err = parseDay(c.Day); err != nil {
				return err
			}
		}
		if c.Kind != "" {
			f.Kinds = []org.Kind{org.Kind(c.Kind)}
		}
		if f.Under, err = orgNamed(ctx, a, c.Under); err != nil {
			return err
		}
		w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
		for {
			page, err := org.List(ctx, a.DB.Read(), f)
			if err != nil {
				return err
			}
			for _, v := range page {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", v.Org, v.Kind, v.Status, v.Territory, v.Names.In(s.lang))
			}
			if len(page) < f.Limit {
				return w.Flush()
			}
			f.After = org.CursorOf(page[len(page)-1])
		}
	})
}

// compareCmd compares two days.
type compareCmd struct {
	From   string `arg:"" help:"The earlier day." placeholder:"DATE"`
	To     string `arg:"" help:"The later day." placeholder:"DATE"`
	Org    string `help:"Beneath this organisation; the federation otherwise." placeholder:"ORG"`
	Format string `enum:"text,csv,xlsx,json" default:"text" help:"${enum}"`
	Out    string `short:"o" help:"File to write." placeholder:"FILE"`
}

func (c *compareCmd) Run(ctx context.Context, s *session) error {
	return s.look(ctx, func(ctx context.Context, a *app.App) error {
		from, err := parseDay(c.From)
		if err != nil {
			return err
		}
		to, err := parseDay(c.To)
		if err != nil {
			return err
		}
		at, err := orgNamed(ctx, a, c.Org)
		if err != nil {
			return err
		}
		compared, err := a.Areas.Structure.Compare(ctx, a.DB.Read(), at, from, to, true)
		if err != nil {
			return err
		}
		if c.Format == "text" {
			for _, line := range compared.Sentences(s.words()) {
				fmt.Fprintln(s.out, strings.ReplaceAll(line, "**", "")) // bold on the page
			}
			return nil
		}
		return s.write(c.Out, func(w io.Writer) error {
			return compared.Write(writer(c.Format, w), s.words())
		})
	})
}

// write writes to the file, or to the terminal where none is named. The file is
// there whole or not at all.
func (s *session) write(path string, fn func(io.Writer) error) error {
	if path == "" {
		return fn(s.out)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".odaq-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := fn(f); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func writer(format string, w io.Writer) sheet.Writer {
	switch format {
	case "xlsx":
		return sheet.NewXLSX(w)
	case "json":
		return sheet.NewJSON(w)
	}
	return sheet.NewCSV(w)
}

// with opens the installation for one command of the operator.
func (s *session) with(ctx context.Context, fn func(ctx context.Context, a *app.App) error) error {
	return s.opening(ctx, app.Options{Migrate: true}, fn)
}

// look is with for a command that changes nothing: it works beside a server.
func (s *session) look(ctx context.Context, fn func(ctx context.Context, a *app.App) error) error {
	return s.opening(ctx, app.Options{ReadOnly: true}, fn)
}

func (s *session) opening(ctx context.Context, o app.Options, fn func(ctx context.Context, a *app.App) error) error {
	a, err := s.open(ctx, o)
	if err != nil {
		return err
	}
	defer a.Close()
	return fn(text.With(app.System(ctx), s.words()), a)
}

// named reads an identifier, "federation", a BIN or the beginning of a name that
// only one organisation has; empty is 0.
func named(ctx context.Context, q db.Querier, a *app.App, text string) (id.ID, error) {
	if text == "" {
		return 0, nil
	}
	if v, err := id.Parse(text); err == nil {
		return v, nil
	}
	day := a.Desk.Today()
	if text == string(org.Federation) {
		top, err := org.Top(ctx, q, day)
		return top.Org, err
	}
	found, err := org.List(ctx, q, org.Find{Day: day, Query: text, Outside: true, Limit: 2})
	if err != nil {
		return 0, err
	}
	switch len(found) {
	case 0:
		return 0, fault.New(fault.NotFound, "cli.named-nothing", "Text", text)
	case 1:
		return found[0].Org, nil
	}
	return 0, fault.New(fault.Invalid, "cli.named-many", "Text", text)
}

// parseDay reads a date of the command line.
func parseDay(text string) (cal.Day, error) {
	d, err := cal.ParseDay(text)
	if err != nil {
		return 0, fault.Check().In(text, "fault.date")
	}
	return d, nil
}
