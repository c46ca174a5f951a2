package account

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

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
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en"), chromedp.Flag("accept-lang", "en"))...)
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
	var where, text string
	// add gives the browser an authenticator; verified says whether its owner
	// can prove to be the owner.
	err := chromedp.Run(ctx,
		webauthn.Enable(),
		chromedp.ActionFunc(func(ctx context.Context) error {
			_, err := webauthn.AddVirtualAuthenticator(&webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2,
				Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true,
				IsUserVerified: true, AutomaticPresenceSimulation: true}).Do(ctx)
			return err
		}),
		chromedp.Navigate(w.url+"/sign-in/code/"+code),
		chromedp.Click("main button", chromedp.ByQuery),
		chromedp.WaitVisible("[data-passkey=create] button", chromedp.ByQuery), // staff are led to the second step
		chromedp.Click("[data-passkey=create] button", chromedp.ByQuery),
		chromedp.WaitVisible("#passkeys", chromedp.ByQuery),
		chromedp.Click(`form[action="/sign-out"] button`, chromedp.ByQuery),
		chromedp.WaitVisible("[data-passkey=get] button", chromedp.ByQuery),
		chromedp.Click("[data-passkey=get] button", chromedp.ByQuery),
		chromedp.WaitNotPresent("[data-passkey=get]", chromedp.ByQuery),
		chromedp.Location(&where),
		chromedp.Navigate(w.url+"/account"),
		chromedp.Text("main", &text, chromedp.ByQuery),
	)
	must(t, err)
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
	err = chromedp.Run(ctx,
		chromedp.Navigate(w.url+"/sign-in"),
		chromedp.WaitVisible("[data-passkey=get] button", chromedp.ByQuery),
		chromedp.Click("[data-passkey=get] button", chromedp.ByQuery),
		chromedp.WaitVisible("[data-failed]", chromedp.ByQuery),
	)
	must(t, err)
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
	w.write(func(tx *db.Tx) (err error) { link, err = w.s.DemoLink(t.Context(), tx, admin); return err })
	look := func(name, path string) {
		for _, lang := range []string{"kk", "ru"} {
			for _, width := range []int64{320, 1280} {
				var wide bool
				err := chromedp.Run(ctx, emulation.SetDeviceMetricsOverride(width, 800, 1, false),
					chromedp.Navigate(w.url+path+"?lang="+lang), chromedp.WaitReady("main", chromedp.ByQuery),
					chromedp.Evaluate(`document.documentElement.scrollWidth > document.documentElement.clientWidth`, &wide))
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
					var png []byte
					must(t, chromedp.Run(ctx, chromedp.FullScreenshot(&png, 100)))
					must(t, os.WriteFile(filepath.Join(dir, name+"-"+lang+"-"+itoa(int(width))+".png"), png, 0o600))
				}
			}
		}
	}
	look("sign-in", "/sign-in")
	look("mail", "/sign-in/mail")
	look("code", "/sign-in/code/K7QF-2M9X-41TB-WN8R")
	must(t, chromedp.Run(ctx, chromedp.Navigate(link), chromedp.Click("main button", chromedp.ByQuery), chromedp.WaitReady("body", chromedp.ByQuery),
		chromedp.ActionFunc(func(ctx context.Context) error { time.Sleep(300 * time.Millisecond); return nil })))
	look("account", "/account")
	look("second", "/account/second")
	look("accounts", "/admin/accounts")
	look("new", "/admin/accounts/new")
	look("sheet", "/admin/accounts/"+admin.String())
	look("grant", "/admin/accounts/"+admin.String()+"/grant")
	look("audit", "/admin/audit")
	look("outbox", "/demo/outbox")
}
