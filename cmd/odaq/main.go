// Command odaq runs and keeps an Odaq installation.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"

	"odaq/internal/app"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

// cli is the command line; config.md is generated from its shared part.
type cli struct {
	app.Config `embed:""`

	Lang    string           `help:"Language of messages: kk, ru or en; the environment's otherwise." env:"ODAQ_LANG"`
	Quiet   bool             `help:"No log and no progress bar." short:"q"`
	Version kong.VersionFlag `help:"Print the version."`

	Demo      demoCmd      `cmd:"" help:"Build a synthetic federation and serve it."`
	Serve     serveCmd     `cmd:"" help:"Serve an installation."`
	Migrate   migrateCmd   `cmd:"" help:"Bring the tables up to date."`
	User      userCmd      `cmd:"" help:"Accounts and the roles they hold."`
	Org       orgCmd       `cmd:"" help:"Organisations: found, record an event, show, list."`
	Import    importCmd    `cmd:"" help:"Bring in members, organisations, classifiers, boundaries."`
	Export    exportCmd    `cmd:"" help:"Write a list to a file."`
	Compare   compareCmd   `cmd:"" help:"Compare the federation on two days."`
	Count     countCmd     `cmd:"" help:"Members as of a day, by union and territory."`
	Explain   explainCmd   `cmd:"" help:"Say why an account may or may not do something."`
	Audit     auditCmd     `cmd:"" help:"The audit trail."`
	Retention retentionCmd `cmd:"" help:"How long each kind of record is kept, and what is due; with --run, end it."`
	Backup    backupCmd    `cmd:"" help:"Write or check an encrypted backup of everything but the keyset file."`
	Restore   restoreCmd   `cmd:"" help:"Fill an empty database from a backup, of either engine; those of the list of the erased are erased again."`
	Erased    erasedCmd    `cmd:"" help:"The list of the erased, to be kept apart from the backups."`
	Keys_     keysCmd      `cmd:"" name:"keys" help:"The keys that seal national IDs, contacts and secrets: list, rotate, seal anew, retire."`
	Group     groupCmd     `cmd:"" help:"Propose groups of texts that ask for the same thing, across languages."`
	Deadline  deadlineCmd  `cmd:"" help:"When a legal term ends, and why."`
	Indicator indicatorCmd `cmd:"" help:"Official indicators: reckon one, list them, list the published series."`
	Wage      wageCmd      `cmd:"" help:"Pay: penalty for arrears, indexation, overtime, night and holiday pay."`
	OpenAPI   openapiCmd   `cmd:"" name:"openapi" help:"Print the API's description."`
	Norms     normsCmd     `cmd:"" help:"What documents promise: better or worse than what binds them."`
	Rights    rightsCmd    `cmd:"" help:"What the norms give one worker on a day."`
	Law_      profileCmd   `cmd:"" name:"profile" help:"The country profile: law, calendar, classifiers."`
	Config_   configCmd    `cmd:"" name:"config" help:"Print docs/config.md."`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main with its streams, for tests; it returns the exit code.
func run(args []string, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("odaq"), kong.Description("The platform of a trade-union federation."),
		kong.Writers(out, errs), kong.UsageOnError(), kong.Vars{"version": app.Version}, kong.Exit(func(code int) { exited = code }),
		kong.Configuration(readTOML, "odaq.toml", "/etc/odaq/odaq.toml"))
	if err != nil {
		fmt.Fprintln(errs, "odaq:", err)
		return fault.Internal.Exit()
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintln(errs, "odaq:", err)
		return 64 // EX_USAGE
	}
	s := &session{config: c.Config, lang: language(c.Lang), asked: c.Lang, quiet: c.Quiet, out: out, errs: errs}
	command.BindTo(ctx, (*context.Context)(nil))
	if err := command.Run(s); err != nil {
		return s.explain(err)
	}
	return 0
}

// session is what every command needs.
type session struct {
	config    app.Config
	lang      text.Lang
	asked     string // --lang as given
	quiet     bool
	out, errs io.Writer
	opened    *app.App
}

// open opens the installation; the command closes it.
func (s *session) open(ctx context.Context, o app.Options) (*app.App, error) {
	if o.Log == nil && !s.quiet {
		o.Log = s.log(slog.LevelWarn)
	}
	a, err := app.Open(ctx, s.config, o)
	s.opened = a
	return a, err
}

func (s *session) log(level slog.Level) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if s.config.LogJSON {
		return slog.New(slog.NewJSONHandler(s.errs, o))
	}
	return slog.New(slog.NewTextHandler(s.errs, o))
}

// words is the printer of the session's language.
func (s *session) words() *text.Printer { return s.opened.Text.In(s.lang) }

// explain says an error to a person and gives the exit code.
func (s *session) explain(err error) int {
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(s.errs, "odaq: stopped")
		return 130
	}
	if t, ok := errors.AsType[told](err); ok {
		fmt.Fprintln(s.errs, "odaq:", t.message)
		return t.exit
	}
	if f, ok := errors.AsType[*fault.Fault](err); ok && s.opened == nil && strings.HasPrefix(f.Key, "cli.") {
		words, err := app.Words()
		if err == nil {
			fmt.Fprintln(s.errs, "odaq:", words.In(s.lang).Fault(f).Message)
			return f.Kind.Exit()
		}
	} else if ok && s.opened != nil {
		p := s.words().Fault(f)
		fmt.Fprintln(s.errs, "odaq:", p.Message)
		for _, fd := range p.Fields {
			fmt.Fprintf(s.errs, "  %s: %s\n", fd.Name, fd.Message)
		}
		return f.Kind.Exit()
	}
	for _, known := range []struct {
		is   error
		key  string
		exit int
	}{{db.ErrInUse, "cli.in-use", fault.Unavailable.Exit()}, {db.ErrUnavailable, "cli.unavailable", fault.Unavailable.Exit()},
		{db.ErrBusy, "cli.unavailable", fault.Unavailable.Exit()}, {db.ErrDiskFull, "cli.disk-full", 74}} { // EX_IOERR
		if errors.Is(err, known.is) {
			s.say(known.key)
			return known.exit
		}
	}
	if gone, ok := errors.AsType[*os.PathError](err); ok && errors.Is(err, os.ErrNotExist) {
		s.say("cli.no-file", "File", gone.Path)
		return 66 // EX_NOINPUT
	}
	fmt.Fprintln(s.errs, "odaq:", err)
	return fault.Internal.Exit()
}

// say writes an error in the session's language, whether or not an installation
// is open.
func (s *session) say(key string, args ...any) {
	words, err := app.Words()
	if err != nil {
		fmt.Fprintln(s.errs, "odaq:", err) // a defect of the program: every build tests its words
		return
	}
	fmt.Fprintln(s.errs, "odaq:", words.In(s.lang).T(key, args...))
}

// language is the one asked for, or that of the environment.
func language(asked string) text.Lang {
	for _, s := range []string{asked, os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")} {
		if len(s) >= 2 {
			if l, ok := text.Parse(s[:2]); ok {
				return l
			}
		}
	}
	return text.EN
}

// readTOML lets odaq.toml set any flag: `listen = "…"`, `[mail] server = "…"`.
func readTOML(r io.Reader) (kong.Resolver, error) {
	values := map[string]any{}
	if _, err := toml.NewDecoder(r).Decode(&values); err != nil {
		return nil, fmt.Errorf("odaq.toml: %w", err)
	}
	flat := map[string]any{}
	flatten("", values, flat)
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		v, ok := flat[flag.Name]
		if !ok || slices.ContainsFunc(flag.Envs, func(name string) bool { _, set := os.LookupEnv(name); return set }) {
			return nil, nil // the environment wins over the file
		}
		return fmt.Sprint(v), nil
	}), nil
}

func flatten(prefix string, in, out map[string]any) {
	for k, v := range in {
		name := prefix + strings.ReplaceAll(k, "_", "-")
		if m, ok := v.(map[string]any); ok {
			flatten(name+"-", m, out)
			continue
		}
		out[name] = v
	}
}
