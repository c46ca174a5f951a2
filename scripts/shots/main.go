// Command shots takes pictures of a running demo: of each address given, in
// kk and ru, at 390 and 1,280 px, signed in through a link if one is given.
//
//	go run ./scripts/shots -to docs/img -link LINK http://localhost:8080 / /members
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

func main() {
	to := flag.String("to", ".", "folder of the pictures")
	link := flag.String("link", "", "sign-in link of the demo")
	name := flag.String("name", "", "beginning of the files' names")
	langs := flag.String("langs", "kk,ru", "languages")
	widths := flag.String("widths", "390,1280", "widths in px")
	flag.Parse()
	if err := run(*to, *link, *name, *langs, *widths, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "shots:", err)
		os.Exit(1)
	}
}

func run(to, link, name, langs, widths string, args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("want the address of the demo and paths")
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:len(chromedp.DefaultExecAllocatorOptions):len(chromedp.DefaultExecAllocatorOptions)],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-component-update", true))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	limited, cancel := context.WithTimeout(alloc, 5*time.Minute)
	defer cancel()
	ctx, closing := chromedp.NewContext(limited)
	defer closing()
	if err := chromedp.Do(ctx); err != nil {
		return err
	}
	if link != "" {
		if err := chromedp.Do(ctx, chromedp.Navigate(link), chromedp.Click(`main button[type=submit], main .btn`), chromedp.Sleep(500*time.Millisecond)); err != nil {
			return err
		}
	}
	for _, path := range args[1:] {
		for lang := range strings.SplitSeq(langs, ",") {
			for width := range strings.SplitSeq(widths, ",") {
				var px int64
				if _, err := fmt.Sscan(width, &px); err != nil {
					return err
				}
				sep := "?"
				if strings.Contains(path, "?") {
					sep = "&"
				}
				if err := chromedp.Do(ctx, chromedp.EmulateViewport(px, 900), chromedp.Navigate(args[0]+path+sep+"lang="+lang)); err != nil {
					return err
				}
				png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
				if err != nil {
					return err
				}
				file := strings.Trim(strings.NewReplacer("/", "-", "?", "-", "=", "-", "&", "-").Replace(path), "-")
				if file == "" {
					file = "front"
				}
				if err := os.WriteFile(filepath.Join(to, fmt.Sprintf("%s%s-%s-%s.png", name, file, lang, width)), png, 0o644); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
