// Package browser opens real pages in a real Chromium for tests: without
// barriers, without sideways scrolling, without a word on the console and
// without loading anything from elsewhere.
package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"odaq/internal/testkit/axe"
)

// Open starts Chromium for one test. Where there is none the test is skipped; in
// CI it fails.
func Open(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("Chromium is needed: install the package chromium")
		}
		t.Skip("no Chromium here")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:len(chromedp.DefaultExecAllocatorOptions):len(chromedp.DefaultExecAllocatorOptions)],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true))
	alloc, stopBrowser := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(stopBrowser)
	limited, stop := context.WithTimeout(alloc, 15*time.Minute)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(limited)
	t.Cleanup(closeTab)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// Listen collects what a page should not do; the result returns it.
func Listen(t *testing.T, ctx context.Context, origin string) func() []string {
	t.Helper()
	var mu sync.Mutex
	var heard []string
	add := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, fmt.Sprintf(format, args...))
	}
	err := chromedp.Do(ctx)
	if err == nil {
		err = chromedp.Listen(ctx, func(ev any) {
			switch ev := ev.(type) {
			case *log.EventEntryAdded:
				add("log: %s %s", ev.Entry.Text, ev.Entry.URL)
			case *runtime.EventConsoleAPICalled:
				add("console: %s", ev.Type)
			case *runtime.EventExceptionThrown:
				add("exception: %s", ev.ExceptionDetails.Text)
			case *network.EventRequestWillBeSent:
				if u := ev.Request.URL; !strings.HasPrefix(u, origin+"/") && !strings.HasPrefix(u, "data:") {
					add("loaded from elsewhere: %s", u)
				}
			}
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return heard
	}
}

// TooWide names the elements that stick out of the window.
func TooWide(t *testing.T, ctx context.Context) string {
	t.Helper()
	const find = `[...document.querySelectorAll("body *")].filter(e => !e.closest(".nav, .tabs, .scroll") && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
		.map(e => e.tagName + "." + (e.getAttribute("class") ?? "")).slice(0, 12).join(" ")`
	names, err := chromedp.Run(ctx, chromedp.Evaluate[string](find))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// Shoot leaves a picture of the whole page in the folder ODAQ_SHOTS, if that is set.
func Shoot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("ODAQ_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), png, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Check opens a page in a window of a width and complains about barriers,
// sideways scrolling, console messages and foreign loads; it leaves a picture.
// The address is opened as its own tab of ctx, with its cookies.
func Check(t *testing.T, ctx context.Context, origin, path, name string, width int64) {
	t.Helper()
	tab, cancel := chromedp.NewContext(ctx)
	defer cancel()
	heard := Listen(t, tab, origin)
	if err := chromedp.Do(tab, chromedp.EmulateViewport(width, 900), chromedp.Navigate(origin+path)); err != nil {
		t.Fatal(err)
	}
	scroll, err := chromedp.Run(tab, chromedp.Evaluate[int64]("document.fonts.ready.then(() => document.documentElement.scrollWidth)", chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	if scroll > width {
		t.Errorf("%s is %d px wide in %d; too wide are: %s", path, scroll, width, TooWide(t, tab))
	}
	for _, complaint := range heard() {
		t.Errorf("%s: %s", path, complaint)
	}
	Shoot(t, tab, fmt.Sprintf("%s-%d.png", name, width))
	// A bar that stays at the foot of the window hides what one would scroll to:
	// look for barriers in a window as high as the page.
	height, err := chromedp.Run(tab, chromedp.Evaluate[int64]("document.documentElement.scrollHeight"))
	if err == nil {
		err = chromedp.Do(tab, chromedp.EmulateViewport(width, max(900, height)))
	}
	if err != nil {
		t.Fatal(err)
	}
	found, err := axe.Run(tab)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Errorf("%s at %d px: %s", path, width, v)
	}
}
