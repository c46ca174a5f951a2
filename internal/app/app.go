// Package app puts Odaq together: database, keys, profile, areas, pages, API
// and jobs. It is the only place that knows all of them.
package app

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"odaq/assets"
	"odaq/internal/area/membership"
	"odaq/internal/area/structure"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/account"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/audit"
	"odaq/internal/kernel/backup"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/deadline"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/exchange"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/job"
	"odaq/internal/kernel/module"
	"odaq/internal/kernel/nationalid"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/rekey"
	"odaq/internal/kernel/schema"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
	"odaq/internal/platform/web"
)

// Version of the program; the build sets it.
var Version = "dev"

//go:embed locale/*.toml
var locale embed.FS

// maxBody bounds ordinary requests, maxUpload files to be imported.
const (
	maxBody   = 1 << 20
	maxUpload = membership.MaxImportFile + 64<<10 // the file and what a form adds to it
)

// App is an installation, opened.
type App struct {
	Config   Config
	Log      *slog.Logger
	DB       *db.DB
	Seal     *seal.Sealer
	Keys     *rekey.Keys
	Profile  *profile.Profile
	Desk     *act.Desk
	Text     *text.Catalog
	Holdings *privacy.Register
	Keeping  *privacy.Keeping
	Jobs     *job.Runner
	Site     *site.Site
	API      huma.API
	Who      *account.Service
	Areas    Areas

	modules  []module.Module
	mux      *http.ServeMux
	registry *prometheus.Registry
}

// Options of Open that are no configuration.
type Options struct {
	Clock    cal.Clock // time.Now if nil
	Log      *slog.Logger
	ReadOnly bool // for commands that only look
	Demo     bool
	// Migrate brings the tables up to date; without it, tables that are behind
	// are an error.
	Migrate bool
	// Ephemeral keeps keys in memory: tests.
	Ephemeral bool
	NeedKeys  bool // the keyset file must be there: none is made
	Restoring bool // for the restore alone: the tables may be missing, or half there
}

// Open puts an installation together. The caller closes it.
func Open(ctx context.Context, c Config, o Options) (*App, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	a := &App{Config: c, Log: o.Log, mux: http.NewServeMux(), registry: prometheus.NewRegistry()}
	var err error
	if a.Profile, err = c.Law(); err != nil {
		return nil, err
	}
	if err = a.openKeys(o); err != nil {
		return nil, err
	}
	if file, ok := strings.CutPrefix(c.Database, "sqlite:"); ok {
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return nil, err
		}
	}
	if a.DB, err = db.Open(ctx, c.Database, db.Options{Readers: c.Readers, Log: o.Log, ReadOnly: o.ReadOnly}); err != nil {
		return nil, err
	}
	if err := a.assemble(ctx, o); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *App) openKeys(o Options) (err error) {
	if o.Ephemeral {
		a.Seal = seal.Ephemeral()
		return nil
	}
	a.Seal, err = seal.Open(a.Config.Keys)
	if errors.Is(err, os.ErrNotExist) {
		if o.NeedKeys {
			return fault.New(fault.NotFound, "cli.backup-no-keys", "File", a.Config.Keys).Because(err)
		}
		if err := os.MkdirAll(filepath.Dir(a.Config.Keys), 0o700); err != nil {
			return err
		}
		a.Log.Info("made a new keyset: keep a copy of it apart from the database", "file", a.Config.Keys)
		a.Seal, err = seal.Create(a.Config.Keys)
	}
	return err
}

func (a *App) assemble(ctx context.Context, o Options) error {
	zone := a.Profile.Location
	today := func() cal.Day { return o.Clock.Today(zone) }
	a.Desk = &act.Desk{DB: a.DB, Events: &event.Bus{}, Clock: o.Clock, Zone: zone, Log: a.Log}
	a.Site = site.New(a.mux)
	a.Text = new(text.Catalog) // filled below: sign-in keeps the pointer, and brings words itself
	a.Holdings = &privacy.Register{}
	a.Keys = &rekey.Keys{DB: a.DB, Seal: a.Seal}
	a.Keeping = &privacy.Keeping{Desk: a.Desk, Profile: a.Profile, Holdings: a.Holdings}
	if err := a.areas(ctx, o); err != nil {
		return err
	}
	policies := []access.Policy{privacy.Policy, rekey.Policy}
	words := []text.Source{{Name: "site", FS: site.Locale}, {Name: "org", FS: org.Locale}, {Name: "nationalid", FS: nationalid.Locale},
		{Name: "exchange", FS: exchange.Locale}, {Name: "privacy", FS: privacy.Locale}, {Name: "deadline", FS: deadline.Locale}, {Name: "job", FS: job.Locale}, {Name: "app", FS: locale}}
	for _, m := range a.modules {
		policies = append(policies, m.Policy)
		if m.Locale != nil {
			words = append(words, text.Source{Name: m.Name, FS: m.Locale})
		}
		if err := a.Holdings.Add(m.Holdings...); err != nil {
			return err
		}
		a.Keeping.Add(m.Endings...)
		a.Keys.Sealed = append(a.Keys.Sealed, m.Sealed)
	}
	a.Keeping.Add(privacy.Endings()...)
	if err := a.Keeping.Check(); err != nil {
		return err
	}
	catalog, err := text.Load(words...)
	if err != nil {
		return err
	}
	*a.Text = *catalog
	if a.Desk.Gate, err = access.NewGate(today, policies...); err != nil {
		return err
	}
	if !o.Restoring {
		if err := backup.Whole(ctx, a.DB); err != nil {
			return err
		}
	}
	if err := a.migrate(ctx, o.Migrate); err != nil {
		return err
	}
	if err := a.checkKeys(ctx, o); err != nil {
		return err
	}
	a.Jobs = job.NewRunner(a.DB, job.Options{Workers: a.Config.Workers, Log: a.Log, Clock: o.Clock})
	a.Keeping.Jobs(a.Jobs)
	a.routes(o)
	return nil
}

// Sources are all schema blocks, in order.
func (a *App) Sources() []db.Source {
	out := []db.Source{{Name: "kernel", Number: 1, FS: schema.FS}}
	for _, m := range a.modules {
		if m.Schema != nil {
			out = append(out, m.Source())
		}
	}
	return out
}

func (a *App) migrate(ctx context.Context, do bool) error {
	if !do {
		return nil
	}
	applied, err := db.Migrate(ctx, a.DB, a.Sources())
	if err != nil {
		return fmt.Errorf("bringing the tables up to date: %w", err)
	}
	if len(applied) > 0 {
		a.Log.Info("tables are up to date", "applied", len(applied))
	}
	for _, m := range a.modules {
		if m.Recover == nil {
			continue
		}
		if err := m.Recover(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) routes(o Options) {
	s := a.Site
	s.Desk, s.Text, s.Who, s.Log, s.Demo = a.Desk, a.Text, a.Who, a.Log, o.Demo
	a.API = a.api(a.mux)
	for _, m := range a.modules {
		s.Nav = append(s.Nav, m.Nav...)
		s.Tabs = append(s.Tabs, m.Tabs...)
		if m.Pages != nil {
			m.Pages(s)
		}
		if m.API != nil {
			m.API(a.API)
		}
		if m.Jobs != nil {
			m.Jobs(a.Jobs)
		}
		if m.Events != nil {
			m.Events(a.Desk.Events)
		}
	}
	a.mux.Handle("GET "+assets.Prefix, assets.Handler())
	a.mux.HandleFunc(apiPrefix+"/", func(w http.ResponseWriter, r *http.Request) { a.writeProblem(w, r, fault.Absent()) })
	web.Probes(a.mux, a.registry, a.ready)
	s.Fallback()
	a.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}

// Mux is where commands and tests may add to the pages.
func (a *App) Mux() *http.ServeMux { return a.mux }

func (a *App) ready(ctx context.Context) error {
	if err := a.DB.Ping(ctx); err != nil {
		a.Log.Warn("not ready", "error", err)
		return err
	}
	return nil
}

// Handler is everything the installation answers.
func (a *App) Handler() http.Handler {
	return web.Wrap(a.apiEdge(a.mux), web.Options{
		Log: a.Log, Registry: a.registry, MaxBody: maxBody,
		Larger: map[string]int64{"/members/import": maxUpload, apiPrefix + "/imports": maxUpload, apiPrefix + "/orgs/import": structure.MaxUpload,
			apiPrefix + "/classifiers/": structure.MaxUpload, apiPrefix + "/boundaries": structure.MaxUpload},
		Failed: a.failed, Secure: strings.HasPrefix(a.Config.URL, "https://"),
	})
}

// failed answers what broke before or behind the handlers, in the form the
// caller speaks.
func (a *App) failed(w http.ResponseWriter, r *http.Request, err error) {
	if strings.HasPrefix(r.URL.Path, apiPrefix+"/") {
		if errors.Is(err, web.ErrForged) {
			err = fault.New(fault.Denied, "fault.forged")
		}
		a.writeProblem(w, r, err)
		return
	}
	a.Site.Failed(w, r, err)
}

// Serve answers on l and works on jobs until ctx ends.
func (a *App) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a.Warm(ctx)
	go a.stayWarm(ctx)
	jobs := make(chan error, 1)
	go func() { jobs <- a.Jobs.Run(access.With(ctx, access.Actor{System: true, Agent: "job"})) }()
	err := web.Serve(ctx, l, a.Handler(), a.Config.Grace)
	cancel()
	if jobErr := <-jobs; jobErr != nil && !errors.Is(jobErr, context.Canceled) {
		err = errors.Join(err, jobErr)
	}
	return err
}

// Warm reads into memory what every reader needs, so that nobody waits for it.
// Where it fails the pages read it themselves.
func (a *App) Warm(ctx context.Context) {
	for _, m := range a.modules {
		if m.Warm == nil {
			continue
		}
		if err := m.Warm(ctx); err != nil && ctx.Err() == nil {
			a.Log.Warn("not read ahead", "area", m.Name, "error", err)
		}
	}
}

// stayWarm repeats Warm until ctx ends: days and names change.
func (a *App) stayWarm(ctx context.Context) {
	again := time.NewTicker(5 * time.Minute)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
			a.Warm(ctx)
		}
	}
}

// Words are what commands say where no installation could be opened.
func Words() (*text.Catalog, error) { return text.Load(text.Source{Name: "app", FS: locale}) }

// System is the context in which the operator's commands act.
func System(ctx context.Context) context.Context {
	return access.With(ctx, access.Actor{System: true, Agent: "cli", Second: true})
}

// Verify walks the audit trail.
func (a *App) Verify(ctx context.Context) (int64, []byte, error) {
	return audit.Verify(ctx, a.DB.Read())
}

// Close lets go of the database.
func (a *App) Close() error { return a.DB.Close() }
