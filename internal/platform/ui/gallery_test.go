package ui_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"odaq/assets"
	"odaq/internal/testkit/axe"
	"odaq/internal/testkit/browser"
)

// policy is the Content-Security-Policy pages are served with.
const policy = "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

func gallery() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(assets.Prefix, assets.Handler())
	for name, page := range pages {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", policy)
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			if err := page.Render(r.Context(), w); err != nil {
				panic(err)
			}
		})
	}
	return mux
}

// TestGallery opens every page of the gallery on a phone and on a desk: no barriers, no sideways scrolling,
// no word from the console, nothing loaded from elsewhere. With ODAQ_SHOTS it leaves pictures in that folder.
func TestGallery(t *testing.T) {
	ctx := browser.Open(t)
	srv := httptest.NewServer(gallery())
	defer srv.Close()
	for name := range pages {
		for _, width := range []int64{320, 390, 1280} {
			t.Run(fmt.Sprintf("%s/%d", name, width), func(t *testing.T) {
				browser.Check(t, ctx, srv.URL, "/"+name, name, width)
			})
		}
	}
}

// TestScript checks what app.ts and htmx add: the error summary has the focus, a filter works as one types.
func TestScript(t *testing.T) {
	ctx := browser.Open(t)
	srv := httptest.NewServer(gallery())
	defer srv.Close()
	heard := browser.Listen(t, ctx, srv.URL)
	if err := chromedp.Do(ctx, chromedp.Navigate(srv.URL+"/form")); err != nil {
		t.Fatal(err)
	}
	focus, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.activeElement.className"))
	if err != nil || focus != "err" {
		t.Errorf("the focus is on %q, want the error summary; %v", focus, err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(srv.URL+"/register")); err != nil {
		t.Fatal(err)
	}
	const typed = `new Promise((done) => {
		document.addEventListener("htmx:after:swap", () => done(location.search));
		const box = document.querySelector("input[type=search]");
		box.value = "Әлия";
		box.dispatchEvent(new Event("input", {bubbles: true}));
		setTimeout(() => done("nothing was loaded"), 5000);
	})`
	got, err := chromedp.Run(ctx, chromedp.Evaluate[string](typed, chromedp.EvalAwaitPromise))
	if err != nil || !strings.Contains(got, "q=%D3%98") {
		t.Errorf("after typing the address is %q; %v", got, err)
	}
	for _, complaint := range heard() {
		t.Error(complaint)
	}
}

// TestChecksCanFail opens a page that breaks the policy and has barriers: both must be noticed.
func TestChecksCanFail(t *testing.T) {
	ctx := browser.Open(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, `<!doctype html><html><head><link rel="icon" href="data:,"></head><body style="color:red"><img src="data:,"></body></html>`)
	}))
	defer srv.Close()
	heard := browser.Listen(t, ctx, srv.URL)
	if err := chromedp.Do(ctx, chromedp.Navigate(srv.URL)); err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(heard(), " "); !strings.Contains(all, "Content Security Policy") {
		t.Errorf("an inline style was not noticed: %s", all)
	}
	found, err := axe.Run(ctx)
	if err != nil || len(found) < 2 || !strings.Contains(fmt.Sprint(found), "image-alt") {
		t.Errorf("axe found %v; %v", found, err)
	}
}

// TestGalleryIsComplete finds components that no page shows.
func TestGalleryIsComplete(t *testing.T) {
	source, err := os.ReadFile("render.go")
	if err != nil {
		t.Fatal(err)
	}
	shown, err := os.ReadFile("gallery_pages_test.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`func \(c (\w+)\) Render`).FindAllStringSubmatch(string(source), -1)
	if len(found) < 40 {
		t.Fatalf("render.go has %d components", len(found))
	}
	for _, m := range found {
		if !regexp.MustCompile(`ui\.` + m[1] + `[{(]`).Match(shown) {
			t.Errorf("the gallery does not show ui.%s", m[1])
		}
	}
}

// TestStrictPolicy finds what the policy would forbid, where no browser is at hand.
func TestStrictPolicy(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)<[^>]*\s(style|on[a-z]+|hx-on[^=]*)=|javascript:|<style|<script(?: [^>]*)?>[^<]`)
	for name, page := range pages {
		var b strings.Builder
		if err := page.Render(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
		if bad := forbidden.FindString(b.String()); bad != "" {
			t.Errorf("%s: %s", name, bad)
		}
		if n := b.Len(); n > 80_000 {
			t.Errorf("%s is %d bytes", name, n)
		}
	}
}
