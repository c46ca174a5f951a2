// Package booth tests the voting booth's scripts in a real browser against
// odaq/belenios. There is no Go in the booth itself.
package booth

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"

	"odaq/assets"
	"odaq/internal/testkit/browser"
)

// page is an empty page that can load the booth.
type page struct {
	t   testing.TB
	ctx context.Context
}

func open(t *testing.T) page {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(assets.Prefix, assets.Handler())
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; img-src data:")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, `<!doctype html><title>Booth</title><link rel="icon" href="data:,">`)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	ctx := browser.Open(t)
	heard := browser.Listen(t, ctx, server.URL)
	t.Cleanup(func() {
		for _, complaint := range heard() {
			t.Error(complaint)
		}
	})
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/")); err != nil {
		t.Fatal(err)
	}
	return page{t, ctx}
}

// call runs a function of the booth module and of arguments, and returns what it promises.
func call[T any](p page, function string, args ...any) T {
	p.t.Helper()
	v, err := try[T](p, function, args...)
	if err != nil {
		p.t.Fatal(err)
	}
	return v
}

func try[T any](p page, function string, args ...any) (T, error) {
	p.t.Helper()
	list, err := json.Marshal(append([]any{}, args...))
	if err != nil {
		p.t.Fatal(err)
	}
	script := fmt.Sprintf("import(%q).then(async booth => (%s)(booth, ...%s))", assets.Path("booth.js"), function, list)
	return chromedp.Run(p.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// TestSize holds what a phone loads before its owner can vote.
func TestSize(t *testing.T) {
	size := func(name string) int {
		var b bytes.Buffer
		w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
		w.Write(assets.Bytes(name))                           // a bytes.Buffer does not fail
		w.Close()
		return b.Len()
	}
	t.Logf("booth.js: %d bytes, booth-ff.js: %d bytes after gzip", size("booth.js"), size("booth-ff.js"))
	if size("booth.js") > 20<<10 {
		t.Errorf("the booth is %d bytes after gzip, the budget is %d", size("booth.js"), 20<<10)
	}
}
