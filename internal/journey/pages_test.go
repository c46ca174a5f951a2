package journey_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/id"
	"odaq/internal/testkit/browser"
)

// weighty are the pages most people see most: both languages at both widths.
var weighty = []string{"/", "/orgs", "/compare", "/members", "/members/new", "/members/import", "/me", "/me/card", "/account", "/sign-in"}

// addresses fills the parameters of the routes with records of the demo.
func (p *place) addresses(t *testing.T, role access.Role) []string {
	t.Helper()
	at := p.doors[role].Org
	primary := p.doors[access.Chair].Org
	var person, account id.ID
	err := p.DB.Read().QueryRow(t.Context(), `SELECT min(id) FROM membership_person WHERE org_id = $1 AND status = 'active'`, primary).Scan(&person)
	if err == nil {
		err = p.DB.Read().QueryRow(t.Context(), `SELECT min(id) FROM login_account`).Scan(&account)
	}
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range p.Site.Routes() {
		path, ok := strings.CutPrefix(r.Pattern, "GET ")
		if !ok {
			continue
		}
		path = strings.NewReplacer("{$}", "", "{iso}", "KZ-71", "{account}", account.String(), "{code}", "K7QF-2M9X-41TB-WN8R", "{step}", "transfer", "{event}", "describe").Replace(path)
		switch {
		case strings.HasPrefix(path, "/orgs/"):
			out = append(out, strings.ReplaceAll(path, "{id}", primary.String()))
			path = strings.ReplaceAll(path, "{id}", at.String())
		case strings.HasPrefix(path, "/members/"):
			path = strings.ReplaceAll(path, "{id}", person.String())
		}
		if !strings.Contains(path, "{") { // records that the demo has none of: their area looks at those
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// opens are those addresses that answer somebody with a page of their own.
func (p *place) opens(t *testing.T, c *http.Client, paths []string) []string {
	t.Helper()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	var out []string
	for _, path := range paths {
		answer, err := c.Get(p.url + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode >= 500 {
			t.Errorf("GET %s: %s", path, answer.Status)
		}
		if answer.StatusCode == http.StatusOK && strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") && answer.Header.Get("Content-Disposition") == "" {
			out = append(out, path)
		}
	}
	return out
}

// TestEveryPage opens every page there is for somebody in each role, in Kazakh
// on the smallest phone and in Russian on a desk: no barriers, no sideways
// scrolling, nothing on the console, nothing from elsewhere. Pages that look the
// same to everybody are opened once.
func TestEveryPage(t *testing.T) {
	p := build(t)
	seen := map[string]bool{}
	again := func(path string) bool {
		was := seen[path]
		seen[path] = true
		own := slices.ContainsFunc([]string{"/me", "/applications", "/admin", "/privacy"}, func(prefix string) bool { return strings.HasPrefix(path, prefix) })
		return was && !own && path != "/"
	}
	for _, c := range []struct {
		role  access.Role
		least int // pages, so that the test notices when it opens none
	}{{access.Registrar, 14}, {access.Chair, 12}, {access.Member, 9}, {access.DataOfficer, 9}, {access.Admin, 8}} {
		t.Run(string(c.role), func(t *testing.T) {
			pages := p.opens(t, p.client(t, c.role), p.addresses(t, c.role))
			if len(pages) < c.least {
				t.Fatalf("only %d pages open: %q", len(pages), pages)
			}
			pages = slices.DeleteFunc(pages, again)
			ctx := browser.Open(t)
			if err := p.enter(ctx, c.role); err != nil {
				t.Fatal(err)
			}
			for _, path := range pages {
				looks := []string{"kk 320", "ru 1280"}
				if slices.Contains(weighty, path) {
					looks = append(looks, "ru 320", "kk 1280")
				}
				for _, look := range looks {
					var lang string
					var width int64
					if _, err := fmt.Sscan(look, &lang, &width); err != nil {
						t.Fatal(err)
					}
					browser.Check(t, ctx, p.url, path+"?lang="+lang, string(c.role)+strings.ReplaceAll(path, "/", "-")+"-"+lang, width)
				}
			}
			t.Logf("%d pages", len(pages))
		})
	}
}

// enter signs the browser in.
func (p *place) enter(ctx context.Context, role access.Role) error {
	return chromedp.Do(ctx, chromedp.Navigate(p.doors[role].Link), chromedp.Click(`main form[method="post"] button`), chromedp.WaitNotPresent(`form[action^="/sign-in/code/"]`))
}
