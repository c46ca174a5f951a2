// Package site is the frame every area's pages stand in: who asks, in which
// language, as of which day; the navigation; errors as pages; and the register
// of all routes, which tests walk.
package site

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/web"
)

// Identifier finds out who sends a request; sign-in provides it.
type Identifier interface {
	Identify(r *http.Request) (access.Actor, error)
}

// NavItem is a place in the main navigation. Show decides per actor.
type NavItem struct {
	Key  string // message key of the label, and the Section of its pages
	Path string
	Show func(r *Request) bool
	Home func(r *Request) bool // is this where the actor's work begins? nil: never
}

// Route is a registered page, for the tests that walk all of them.
type Route struct {
	Pattern string
	Action  access.Action
}

// Site serves pages.
type Site struct {
	Desk *act.Desk
	Text *text.Catalog
	Who  Identifier
	Log  *slog.Logger
	Demo bool
	Nav  []NavItem
	Tabs []Tab // of members' phones

	mux    *http.ServeMux
	routes []Route
}

// New makes a site on a mux.
func New(mux *http.ServeMux) *Site { return &Site{mux: mux} }

// Handler answers a page request.
type Handler func(r *Request) error

// Handle registers a page. The action is what the actor needs anywhere at all
// to open it; the handler asks for the record itself (Scope, act.Do).
func (s *Site) Handle(pattern string, action access.Action, h Handler) {
	s.routes = append(s.routes, Route{pattern, action})
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, hr *http.Request) {
		r, err := s.request(w, hr)
		if err == nil {
			err = s.Desk.Gate.Require(r.Context(), s.Desk.DB.Read(), r.Actor, action, 0)
		}
		if err == nil {
			err = h(r)
		}
		if err != nil {
			s.fail(r, err)
		}
	})
}

// Routes lists what Handle registered.
func (s *Site) Routes() []Route { return s.routes }

// Request is one page request.
type Request struct {
	*http.Request
	W     http.ResponseWriter
	Site  *Site
	T     *text.Printer
	Actor access.Actor
	Today cal.Day
	AsOf  cal.Day // the day the page is asked for; Today unless ?day= says else
}

const (
	langCookie  = "odaq_lang"
	flashCookie = "odaq_flash"
)

func (s *Site) request(w http.ResponseWriter, hr *http.Request) (*Request, error) {
	r := &Request{Request: hr, W: w, Site: s, Today: s.Desk.Today()}
	r.AsOf = r.Today
	r.T = s.Text.In(s.language(w, hr))
	actor, err := s.Who.Identify(hr)
	actor.Agent = "page"
	r.Actor = actor
	ctx := text.With(access.With(hr.Context(), actor), r.T)
	r.Request = hr.WithContext(ctx)
	if err != nil {
		return r, act.Fault(err)
	}
	w.Header().Set("Cache-Control", "private, no-store")
	if day := hr.URL.Query().Get("day"); day != "" {
		d, err := cal.ParseDay(day)
		if err != nil {
			return r, fault.Check().In("day", "fault.date").OrNil()
		}
		r.AsOf = min(d, r.Today)
	}
	return r, nil
}

// language is the one chosen (?lang=, kept in a cookie) or the browser's.
func (s *Site) language(w http.ResponseWriter, r *http.Request) text.Lang {
	if l, ok := text.Parse(r.URL.Query().Get("lang")); ok {
		http.SetCookie(w, &http.Cookie{Name: langCookie, Value: string(l), Path: "/", MaxAge: 365 * 86400, HttpOnly: true, SameSite: http.SameSiteLaxMode})
		return l
	}
	if c, err := r.Cookie(langCookie); err == nil {
		if l, ok := text.Parse(c.Value); ok {
			return l
		}
	}
	return text.Match(r.Header.Get("Accept-Language"))
}

// Scope is what the actor may read with the action.
func (r *Request) Scope(action access.Action) (access.Scope, error) {
	return r.Site.Desk.Gate.Scope(r.Context(), r.Site.Desk.DB.Read(), r.Actor, action)
}

// Require is nil when the actor has the action at the organisation.
func (r *Request) Require(action access.Action, org id.ID) error {
	return r.Site.Desk.Gate.Require(r.Context(), r.Site.Desk.DB.Read(), r.Actor, action, org)
}

// Can is Require as a question, to hide what cannot be done.
func (r *Request) Can(action access.Action, org id.ID) bool {
	return r.Site.Desk.Gate.Can(r.Context(), r.Site.Desk.DB.Read(), r.Actor, action, org)
}

// ID reads an identifier from the path; a malformed one is not found.
func (r *Request) ID(name string) (id.ID, error) {
	v, err := id.Parse(r.PathValue(name))
	if err != nil {
		return 0, fault.Absent()
	}
	return v, nil
}

// Form reads a posted form, plain or with files. A body over the limit is a
// fault, never a broken connection.
func (r *Request) Form() (url.Values, error) {
	var err error
	switch media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); media {
	case "application/x-www-form-urlencoded":
		err = r.ParseForm()
	case "multipart/form-data":
		err = r.ParseMultipartForm(1 << 20)
	default:
		return nil, fault.New(fault.Invalid, "fault.media-type")
	}
	if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, fault.New(fault.TooBig, "fault.too-big", "Max", Size(r.T, tooBig.Limit))
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "fault.media-type").Because(err)
	}
	return r.PostForm, nil
}

// Size writes a number of bytes for people.
func Size(t *text.Printer, n int64) string {
	if n >= 1<<20 {
		return t.Number(n>>20) + " MiB"
	}
	return t.Number(max(n>>10, 1)) + " KiB"
}

// Path keeps the day in a link, so that a walk through the past stays there.
func (r *Request) Path(path string) string {
	if r.AsOf == r.Today {
		return path
	}
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	return path + sep + "day=" + r.AsOf.String()
}

// With is the page's own address with some query parameters replaced; an empty
// value removes one.
func (r *Request) With(pairs ...string) string {
	q := r.URL.Query()
	q.Del("lang")
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
			continue
		}
		q.Set(pairs[i], pairs[i+1])
	}
	if len(q) == 0 {
		return r.URL.Path
	}
	return r.URL.Path + "?" + q.Encode()
}

// Home is where the actor's work begins. Of several places the last one counts:
// special offices stand at the end of the menu. Who has none begins at "/".
func (r *Request) Home() string {
	for _, n := range slices.Backward(r.Site.Nav) {
		if n.Home != nil && n.Home(r) {
			return n.Path
		}
	}
	return "/"
}

// Now is the current instant; Zone the office's time zone.
func (r *Request) Now() cal.Instant { return r.Site.Desk.Clock.Now() }

// Zone is the office's time zone.
func (r *Request) Zone() *time.Location { return r.Site.Desk.Zone }

// Go answers a done form: elsewhere, with a message (a key, or none) on top of
// the next page.
func (r *Request) Go(path, messageKey string) error {
	if messageKey != "" {
		http.SetCookie(r.W, &http.Cookie{Name: flashCookie, Value: messageKey, Path: "/", MaxAge: 60, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
	http.Redirect(r.W, r.Request, path, http.StatusSeeOther)
	return nil
}

func (r *Request) flash() string {
	c, err := r.Cookie(flashCookie)
	if err != nil {
		return ""
	}
	http.SetCookie(r.W, &http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1})
	if !r.Site.Text.Has(r.T.Lang, c.Value) {
		return ""
	}
	return r.T.T(c.Value)
}

// Page is what a handler says about its page.
type Page struct {
	Title   string
	Section string // key of the NavItem it belongs to
	Crumbs  []Crumb
	Member  bool // the member's phone layout with tabs below
	Status  int  // 200 where 0
	Dated   bool // the page shows a past day when asked (?day=)
	Refresh int  // seconds after which the page is loaded again: work in progress
}

// Crumb is a step of the way to the page.
type Crumb struct{ Label, Path string }

// Show answers with a page.
func (r *Request) Show(p Page, body templ.Component) error {
	r.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	if p.Status != 0 {
		r.W.WriteHeader(p.Status)
	}
	return r.shell(p, body).Render(r.Context(), r.W)
}

// Again answers a form that was refused: 422 (or the fault's own status), the
// title says so, and body shows what was typed with the words at the fields.
func (r *Request) Again(err error, p Page, body templ.Component) error {
	f := fault.Of(err)
	if f.Kind == fault.Internal {
		return err
	}
	p.Status = f.Kind.Status()
	p.Title = r.T.T("site.error-title", "Title", p.Title)
	return r.Show(p, body)
}

// fail shows an error as a page. What is no fault is logged whole and shown as
// a reference number.
func (s *Site) fail(r *Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // the reader went away: nothing failed, and nobody would see the page
	}
	f := fault.Of(act.Fault(err))
	ref := web.RequestID(r.Context())
	if f.Kind == fault.Internal {
		s.Log.LogAttrs(r.Context(), slog.LevelError, "failed", slog.String("ref", ref), slog.String("error", err.Error()))
	} else if f.Cause != nil {
		s.Log.LogAttrs(r.Context(), slog.LevelWarn, "refused", slog.String("ref", ref), slog.String("error", f.Error()))
	}
	if web.Started(r.W) {
		return
	}
	if f.Kind == fault.Denied && !r.Actor.Signed() && r.Method == http.MethodGet {
		http.Redirect(r.W, r.Request, "/sign-in?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	if f.Key == "fault.second-factor" && r.Method == http.MethodGet {
		http.Redirect(r.W, r.Request, "/account/second?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	problem := r.T.Fault(f)
	page := Page{Title: r.T.T("site.error." + f.Kind.String()), Status: f.Kind.Status()}
	if err := r.Show(page, errorPage(r, problem, ref)); err != nil {
		s.Log.LogAttrs(r.Context(), slog.LevelError, "failed", slog.String("ref", ref), slog.String("error", err.Error()))
	}
}

// Failed shows an error that arose outside a page: a panic, a forged request.
func (s *Site) Failed(w http.ResponseWriter, hr *http.Request, err error) {
	r := &Request{Request: hr, W: w, Site: s, Today: s.Desk.Today(), T: s.Text.In(s.language(w, hr))}
	r.AsOf = r.Today
	r.Request = hr.WithContext(text.With(context.WithoutCancel(hr.Context()), r.T))
	if errors.Is(err, web.ErrForged) {
		err = fault.New(fault.Denied, "fault.forged")
	}
	if r.Method == http.MethodGet {
		r.Actor, _ = s.Who.Identify(hr)
	}
	s.fail(r, err)
}

// Fallback answers whatever no route takes.
func (s *Site) Fallback() {
	s.mux.HandleFunc("/", func(w http.ResponseWriter, hr *http.Request) {
		r, err := s.request(w, hr)
		if err == nil {
			err = fault.Absent()
		}
		s.fail(r, err)
	})
}
