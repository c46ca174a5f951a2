// Package web has what every HTTP server of ours needs and no federation word:
// request ids, one log line per request, panics turned into errors, security
// headers, protection against forged requests, body limits, metrics, and a stop
// that lets running requests finish.
package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// CSP lets a page load nothing from elsewhere and run nothing inline.
const CSP = "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; " +
	"base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// Options of Wrap.
type Options struct {
	Log      *slog.Logger
	Registry *prometheus.Registry
	// MaxBody is the largest request body in bytes; Larger lists path prefixes
	// (uploads) with a limit of their own.
	MaxBody int64
	Larger  map[string]int64
	// Failed answers a panic or a forged request in the words of the application.
	Failed func(w http.ResponseWriter, r *http.Request, err error)
	// Secure is set where the outside speaks HTTPS: HSTS is sent.
	Secure bool
}

// ErrForged marks a request that another site made a browser send.
var ErrForged = errors.New("web: cross-origin request")

// Panic is a recovered panic with its stack, for the log only.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprintf("panic: %v\n%s", p.Value, p.Stack) }

type requestID struct{}

// RequestID is the reference number of the request: it stands in its log line
// and on its error page.
func RequestID(ctx context.Context) string {
	s, _ := ctx.Value(requestID{}).(string)
	return s
}

// Wrap puts the common behaviour around the application.
func Wrap(next http.Handler, o Options) http.Handler {
	seconds := promauto.With(o.Registry).NewHistogramVec(prometheus.HistogramOpts{
		Name: "odaq_http_request_seconds", Help: "Time to answer a request.",
		Buckets: []float64{.002, .005, .01, .02, .05, .1, .2, .5, 1, 5},
	}, []string{"route", "status"})
	forgery := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		id := strings.ToLower(rand.Text()[:10])
		r = r.WithContext(context.WithValue(r.Context(), requestID{}, id))
		h := w.Header()
		h.Set("Content-Security-Policy", CSP)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
		if o.Secure {
			h.Set("Strict-Transport-Security", "max-age=63072000")
		}
		rec := &recorder{ResponseWriter: w}
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler {
					panic(v)
				}
				o.Failed(rec, r, &Panic{v, debug.Stack()})
			}
			route := r.Pattern
			if route == "" {
				route = "none"
			}
			took := time.Since(start)
			seconds.WithLabelValues(route, fmt.Sprint(rec.code())).Observe(took.Seconds())
			o.Log.LogAttrs(r.Context(), slog.LevelInfo, "request",
				slog.String("ref", id), slog.String("method", r.Method), slog.String("route", route),
				slog.Int("status", rec.code()), slog.Int64("bytes", rec.bytes), slog.Duration("took", took.Round(time.Microsecond)))
		}()
		if err := forgery.Check(r); err != nil {
			o.Failed(rec, r, ErrForged)
			return
		}
		r.Body = http.MaxBytesReader(rec, r.Body, o.limit(r.URL.Path))
		small := compress(rec, r)
		if small == nil {
			next.ServeHTTP(rec, r)
			return
		}
		next.ServeHTTP(small, r)
		if err := small.Close(); err != nil {
			o.Log.LogAttrs(r.Context(), slog.LevelDebug, "the reader went away", slog.String("ref", id))
		}
	})
}

func (o Options) limit(path string) int64 {
	for prefix, n := range o.Larger {
		if strings.HasPrefix(path, prefix) {
			return n
		}
	}
	return o.MaxBody
}

// recorder remembers status and size for the log line.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

// Started reports whether the answer has begun, after which no error page can
// be shown any more.
func Started(w http.ResponseWriter) bool {
	if c, ok := w.(*compressed); ok {
		w = c.ResponseWriter
	}
	r, ok := w.(*recorder)
	return ok && (r.status != 0 || r.bytes > 0)
}

// Probes serves /healthz (the process lives), /readyz (it can work: ready says
// why not) and /metrics.
func Probes(mux *http.ServeMux, registry *prometheus.Registry, ready func(context.Context) error) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if err := ready(ctx); err != nil {
			http.Error(w, "not ready", http.StatusServiceUnavailable) // why stands in the log
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
}

// Serve answers on l until ctx ends, then waits up to grace for the requests
// that run.
func Serve(ctx context.Context, l net.Listener, h http.Handler, grace time.Duration) error {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := srv.Shutdown(stop); err != nil {
		return errors.Join(err, srv.Close())
	}
	return nil
}
