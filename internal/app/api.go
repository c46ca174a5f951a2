package app

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/danielgtaylor/huma/v2/validation"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/web"
)

// apiPrefix is where the JSON API of this version lives.
const apiPrefix = "/api/v1"

// Problem is an error of the API: application/problem+json (RFC 9457). It never
// repeats a value that was sent: it might be a national ID.
type Problem struct {
	Type   string         `json:"type" doc:"Kind of the error" example:"odaq:invalid"`
	Title  string         `json:"title" doc:"What happened, in the language of the request"`
	Status int            `json:"status" doc:"HTTP status"`
	Ref    string         `json:"ref,omitempty" doc:"Number under which the log has the details"`
	Fields []ProblemField `json:"fields,omitempty" doc:"What is wrong with which field"`
}

// ProblemField is what is wrong with one field.
type ProblemField struct {
	Name    string `json:"name" doc:"Path of the field"`
	Message string `json:"message" doc:"What is wrong, in the language of the request"`
}

func (p *Problem) Error() string { return p.Title }

// GetStatus is the HTTP status, for huma.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is problem+json, for huma.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// api makes the JSON API on the mux. Its documentation page is left out: it
// would load scripts from elsewhere; the OpenAPI file is served and committed.
func (a *App) api(mux *http.ServeMux) huma.API {
	config := huma.DefaultConfig("Odaq", Version)
	config.DocsPath = ""
	config.SchemasPath = ""
	config.CreateHooks = nil // no $schema fields: they would name this host
	config.Info.Description = "The register of a trade-union federation: organisations as of any day, members within one's rights, imports, exports."
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "A personal access token, made under Account."},
	}
	config.Security = []map[string][]string{{"token": {}}}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		return a.problem(ctx.Context(), status, errs)
	}
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return a.problem(context.Background(), status, errs)
	}
	api := humago.NewWithPrefix(mux, apiPrefix, config)
	api.UseMiddleware(a.signedIn)
	return api
}

// signedIn turns the public away from what the description does not open to it,
// before anything of the request is read.
func (a *App) signedIn(ctx huma.Context, next func(huma.Context)) {
	if !open(ctx.Operation()) && !access.From(ctx.Context()).Signed() {
		ctx.SetHeader("WWW-Authenticate", challenge)
		_ = huma.WriteErr(a.API, ctx, http.StatusUnauthorized, "") // the caller is gone if this fails
		return
	}
	next(ctx)
}

// challenge tells who sends no token, and badToken who sends one that is not
// good, how to prove who calls (RFC 6750).
const (
	challenge = `Bearer realm="odaq"`
	badToken  = challenge + `, error="invalid_token"`
)

// open reports whether an operation asks for no token: its description says so.
func open(o *huma.Operation) bool {
	return slices.ContainsFunc(o.Security, func(way map[string][]string) bool { return len(way) == 0 })
}

// problem puts errors into words. huma's own validation names the place and the
// rule; the value stays away.
func (a *App) problem(ctx context.Context, status int, errs []error) *Problem {
	t := a.Text.In(text.KK)
	if p := printer(ctx); p != nil {
		t = p
	}
	if b, ok := ctx.Value(bodyKey{}).(*body); ok && b.limit > 0 {
		return tooBig(t, b.limit)
	}
	for _, err := range errs {
		var invalid *huma.ErrorDetail
		if errors.As(err, &invalid) {
			continue
		}
		f := fault.Of(act.Fault(err))
		if f.Kind == fault.Internal && status < 500 {
			continue
		}
		words := t.Fault(f)
		out := &Problem{Type: "odaq:" + f.Kind.String(), Title: words.Message, Status: f.Kind.Status()}
		for _, fd := range words.Fields {
			out.Fields = append(out.Fields, ProblemField(fd))
		}
		if f.Kind == fault.Internal {
			out.Ref = web.RequestID(ctx)
			a.Log.Error("failed", "ref", out.Ref, "error", err.Error())
		}
		return out
	}
	switch status {
	case http.StatusUnauthorized:
		return &Problem{Type: "odaq:unauthenticated", Title: t.T("api.unauthenticated"), Status: status}
	case http.StatusRequestEntityTooLarge: // huma's own limit is the same
		return tooBig(t, maxBody)
	}
	kind := kindOf(status)
	out := &Problem{Type: "odaq:" + kind.String(), Title: t.T("api." + kind.String()), Status: status}
	if key, ok := unread[status]; ok {
		out.Title = t.T(key)
		return out
	}
	for _, err := range errs {
		var d *huma.ErrorDetail
		if !errors.As(err, &d) {
			continue
		}
		field := ProblemField{d.Location, t.T("api.field")}
		if name, ok := strings.CutPrefix(d.Message, missing); ok {
			name, _, _ = strings.Cut(name, " ")
			field = ProblemField{d.Location + "." + name, t.T("fault.required")}
		}
		if d.Message == validation.MsgUnexpectedProperty {
			field.Message = t.T("api.unknown-field")
			if !harmless.MatchString(d.Location) { // the name is the caller's: it might be a national ID
				field.Name = "body"
			}
		}
		field.Name = strings.TrimPrefix(field.Name, "body.")
		out.Fields = append(out.Fields, field)
	}
	return out
}

// harmless are the places of a body that hold no number but the index of a list.
var harmless = regexp.MustCompile(`^body(\.[a-z_]{1,40}|\[\d{1,5}\])*$`)

// missing begins huma's words for a field that is not there; its name follows.
var missing, _, _ = strings.Cut(validation.MsgExpectedRequiredProperty, "%")

// unread says why a body was not even read.
var unread = map[int]string{
	http.StatusBadRequest:           "api.malformed",
	http.StatusUnsupportedMediaType: "api.media-type",
}

func tooBig(t *text.Printer, limit int64) *Problem {
	kind := fault.TooBig
	return &Problem{Type: "odaq:" + kind.String(), Title: t.T("api.too-big", "Max", site.Size(t, limit)), Status: kind.Status()}
}

// body remembers that a request was larger than its limit: huma forgets why it
// could not read a form.
type body struct {
	io.ReadCloser

	limit int64 // 0: within it, so far
}

type bodyKey struct{}

// Read reads and remembers.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if big, ok := errors.AsType[*http.MaxBytesError](err); ok {
		b.limit = big.Limit
	}
	return n, err
}

func printer(ctx context.Context) (p *text.Printer) {
	defer func() { _ = recover() }() // before the edge has chosen a language
	return text.From(ctx)
}

func kindOf(status int) fault.Kind {
	for _, k := range []fault.Kind{fault.Denied, fault.NotFound, fault.Conflict, fault.Limited, fault.Unavailable, fault.Internal} {
		if k.Status() == status {
			return k
		}
	}
	if status >= 500 {
		return fault.Internal
	}
	return fault.Invalid
}

// apiEdge finds out who calls, in which language, and under which idempotency
// key, before the API's own handlers run.
func (a *App) apiEdge(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, apiPrefix+"/") {
			next.ServeHTTP(w, r)
			return
		}
		t := a.Text.In(text.Match(r.Header.Get("Accept-Language")))
		ctx := text.With(r.Context(), t)
		actor, err := a.Who.Identify(r)
		if fault.Is(err, fault.Denied) { // the token is not good
			w.Header().Set("WWW-Authenticate", badToken)
			write(w, a.problem(ctx, http.StatusUnauthorized, nil))
			return
		}
		if err != nil {
			a.writeProblem(w, r.WithContext(ctx), err)
			return
		}
		actor.Agent = "api"
		ctx = access.With(ctx, actor)
		if key := r.Header.Get("Idempotency-Key"); key != "" {
			if len(key) > 200 {
				a.writeProblem(w, r.WithContext(ctx), fault.Check().In("Idempotency-Key", "fault.too-long", "Max", 200))
				return
			}
			ctx = act.WithKey(ctx, key)
		}
		w.Header().Set("Cache-Control", "private, no-store")
		sent := &body{ReadCloser: r.Body}
		inner := r.WithContext(context.WithValue(ctx, bodyKey{}, sent))
		inner.Body = sent
		defer func() { // the server cleans up behind r alone
			if inner.MultipartForm != nil {
				_ = inner.MultipartForm.RemoveAll() // nobody can be told
			}
		}()
		next.ServeHTTP(w, inner)
		r.Pattern = inner.Pattern
	})
}

// writeProblem answers an error that arose before a handler of the API ran.
func (a *App) writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	if web.Started(w) {
		return
	}
	write(w, a.problem(r.Context(), http.StatusInternalServerError, []error{err}))
}

func write(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller is gone if this fails
}
