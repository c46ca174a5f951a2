package account

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"odaq/internal/kernel/audit"
	"odaq/internal/kernel/cal"
	"odaq/internal/platform/db"
	"odaq/internal/platform/login"
	"odaq/internal/testkit/axe"
	"odaq/internal/testkit/dbtest"
)

func chromium(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("Chromium is needed when CI=true:", err)
		}
		t.Skip("no Chromium")
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en"))
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// TestPasskey adds a passkey and signs in with it, in a browser with an
// authenticator made of software.
func TestPasskey(t *testing.T) {
	ctx := chromium(t)
	w := build(t, dbtest.SQLite(t), login.Options{})
	w.at = time.Now() // the browser goes by its own clock
	account := w.person(Draft{Label: "Registrar"}, "registrar")
	code := w.code(account)
	_, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{})
	must(t, err)
	_, err = chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	must(t, err)
	must(t, chromedp.Do(ctx,
		chromedp.Navigate(w.url+"/sign-in/code/"+code),
		chromedp.Click("main button"),
		chromedp.WaitVisible("[data-passkey=create] button"), // staff are led to the second step
		chromedp.Click("[data-passkey=create] button"),
		chromedp.WaitVisible("#passkeys"),
		chromedp.Click(`form[action="/sign-out"] button`),
		chromedp.WaitVisible("[data-passkey=get] button"),
		chromedp.Click("[data-passkey=get] button"),
		chromedp.WaitNotPresent("[data-passkey=get]"),
	))
	where, err := chromedp.Run(ctx, chromedp.Location())
	must(t, err)
	must(t, chromedp.Do(ctx, chromedp.Navigate(w.url+"/account"), chromedp.WaitVisible("#passkeys")))
	if u, err := url.Parse(where); err != nil || u.Path != "/" {
		t.Fatalf("after the sign-in at %s", where)
	}
	keys, err := w.s.login.Passkeys(t.Context(), w.d.Read(), int64(account))
	must(t, err)
	if len(keys) != 1 || keys[0].Used.IsZero() || keys[0].Name == "" {
		t.Fatalf("%+v", keys)
	}
	var second int
	must(t, w.d.Read().QueryRow(t.Context(), `SELECT count(*) FROM audit_entry WHERE action = $1`, string(SignIn)).Scan(&second))
	if second != 2 {
		t.Fatalf("%d sign-ins in the trail, want one by code and one by passkey", second)
	}
	// A locked account's passkey opens nothing.
	w.write(func(tx *db.Tx) error { return w.s.login.SetState(t.Context(), tx, int64(account), login.Locked) })
	must(t, chromedp.Do(ctx,
		chromedp.Navigate(w.url+"/sign-in"),
		chromedp.WaitVisible("[data-passkey=get] button"),
		chromedp.Click("[data-passkey=get] button"),
		chromedp.WaitVisible("[data-failed]"),
	))
}

// TestPagesInBrowser looks at the pages on a phone and a desk, in Kazakh and Russian:
// no accessibility fault, nothing wider than the screen. ODAQ_SHOTS names a
// folder for pictures.
func TestPagesInBrowser(t *testing.T) {
	ctx := chromium(t)
	w := build(t, dbtest.SQLite(t), login.Options{OIDC: &login.OIDC{Name: "eGov", Issuer: "https://id.example", ClientID: "x"}})
	w.at = time.Now()
	admin := w.person(Draft{Label: "Әсем Қуанышқызы", Email: "admin@example.kz"}, "admin", "auditor")
	w.password(admin, good)
	var link string
	w.write(func(tx *db.Tx) (err error) { link, err = w.s.DemoLink(t.Context(), tx, admin); return err })
	w.browser().post("/sign-in/mail", "email", "admin@example.kz")
	look := func(name, path string) {
		for _, lang := range []string{"kk", "ru"} {
			for _, width := range []int64{320, 1280} {
				must(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 800), chromedp.Navigate(w.url+path+"?lang="+lang), chromedp.WaitReady("main")))
				wide, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > document.documentElement.clientWidth`))
				must(t, err)
				if wide {
					t.Errorf("%s in %s scrolls sideways at %d px", name, lang, width)
				}
				found, err := axe.Run(ctx)
				must(t, err)
				for _, v := range found {
					t.Errorf("%s in %s at %d px: %+v", name, lang, width, v)
				}
				if dir := os.Getenv("ODAQ_SHOTS"); dir != "" {
					png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
					must(t, err)
					must(t, os.WriteFile(filepath.Join(dir, name+"-"+lang+"-"+fmt.Sprint(int(width))+".png"), png, 0o600))
				}
			}
		}
	}
	look("sign-in", "/sign-in")
	look("mail", "/sign-in/mail")
	look("code", "/sign-in/code/K7QF-2M9X-41TB-WN8R")
	must(t, chromedp.Do(ctx, chromedp.Navigate(link), chromedp.Click("main button"), chromedp.WaitNotPresent(`form[action^="/sign-in/code/"]`)))
	look("account", "/account")
	look("second", "/account/second")
	look("accounts", "/admin/accounts")
	look("new", "/admin/accounts/new")
	look("sheet", "/admin/accounts/"+admin.String())
	look("grant", "/admin/accounts/"+admin.String()+"/grant")
	w.write(func(tx *db.Tx) error { // a change without a space to break at
		_, err := audit.Append(t.Context(), tx, audit.Entry{At: cal.At(w.at), Agent: "page", Action: string(Administer), Record: "account:" + admin.String(),
			Changes: []audit.Change{{Field: "file", After: strings.Repeat("9f04", 32)}}})
		return err
	})
	look("audit", "/admin/audit")
	look("outbox", "/demo/outbox")
}
