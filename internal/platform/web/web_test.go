package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/prometheus/client_golang/prometheus"

	"odaq/internal/platform/web"
)

func wrap(log *bytes.Buffer, h http.HandlerFunc) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/thing/{id}", h)
	return web.Wrap(mux, web.Options{
		Log: slog.New(slog.NewTextHandler(log, nil)), Registry: prometheus.NewRegistry(), MaxBody: 100,
		Larger: map[string]int64{"/thing/big": 1000},
		Failed: func(w http.ResponseWriter, r *http.Request, err error) {
			var p *web.Panic
			switch {
			case errors.Is(err, web.ErrForged):
				http.Error(w, "forged", http.StatusForbidden)
			case errors.As(err, &p) && !web.Started(w):
				http.Error(w, "ref "+web.RequestID(r.Context()), http.StatusInternalServerError)
			}
		},
	})
}

func TestLogHasNoPersonalData(t *testing.T) {
	var log bytes.Buffer
	h := wrap(&log, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/thing/secretid?iin=650308300019", nil))
	if s := log.String(); strings.Contains(s, "secretid") || strings.Contains(s, "6503") || !strings.Contains(s, "route=/thing/{id}") || !strings.Contains(s, "bytes=2") {
		t.Errorf("the log says %s", s)
	}
}

func TestPanicBecomesAReference(t *testing.T) {
	var log bytes.Buffer
	h := wrap(&log, func(http.ResponseWriter, *http.Request) { panic("secret stack") })
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/thing/1", nil))
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") || !strings.HasPrefix(w.Body.String(), "ref ") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestForgedRequests(t *testing.T) {
	for site, want := range map[string]int{"cross-site": 403, "same-site": 403, "same-origin": 200, "none": 200, "": 200} {
		r := httptest.NewRequest("POST", "/thing/1", nil)
		if site != "" {
			r.Header.Set("Sec-Fetch-Site", site)
		}
		w := httptest.NewRecorder()
		wrap(new(bytes.Buffer), func(w http.ResponseWriter, r *http.Request) {}).ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("POST from %q: %d, want %d", site, w.Code, want)
		}
	}
}

func TestBodyLimit(t *testing.T) {
	for path, want := range map[string]int{"/thing/small": 413, "/thing/big": 200} {
		h := wrap(new(bytes.Buffer), func(w http.ResponseWriter, r *http.Request) {
			var tooBig *http.MaxBytesError
			if _, err := io.ReadAll(r.Body); errors.As(err, &tooBig) {
				w.WriteHeader(413)
			}
		})
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", path, strings.NewReader(strings.Repeat("x", 500))))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

func TestCompression(t *testing.T) {
	page := strings.Repeat("Федерация ", 500)
	for _, c := range []struct{ accept, media, want string }{
		{"gzip, br", "text/html; charset=utf-8", "br"}, {"gzip", "text/html", "gzip"}, {"br;q=0, gzip", "application/problem+json", "gzip"},
		{"", "text/html", ""}, {"br", "font/woff2", ""}, {"deflate", "text/html", ""},
	} {
		h := wrap(new(bytes.Buffer), func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", c.media)
			io.WriteString(w, page)
		})
		r := httptest.NewRequest("GET", "/thing/1", nil)
		r.Header.Set("Accept-Encoding", c.accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Content-Encoding"); got != c.want {
			t.Errorf("%q %s: %q, want %q", c.accept, c.media, got, c.want)
		}
		var body io.Reader = w.Body
		switch c.want {
		case "br":
			body = brotli.NewReader(w.Body)
		case "gzip":
			var err error
			if body, err = gzip.NewReader(w.Body); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := io.ReadAll(body); err != nil || string(got) != page {
			t.Errorf("%q %s: %d bytes, %v", c.accept, c.media, len(got), err)
		}
	}
}

func TestGracefulStop(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	begun, finish := make(chan struct{}), make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- web.Serve(ctx, l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(begun)
			<-finish
			io.WriteString(w, "whole")
		}), 10*time.Second)
	}()
	answer := make(chan string, 1)
	go func() {
		r, err := http.Get("http://" + l.Addr().String())
		if err != nil {
			answer <- err.Error()
			return
		}
		defer r.Body.Close()
		b, _ := io.ReadAll(r.Body)
		answer <- string(b)
	}()
	<-begun
	stop()
	close(finish)
	if got := <-answer; got != "whole" {
		t.Errorf("the running request got %q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
