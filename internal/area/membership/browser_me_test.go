package membership_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"odaq/internal/kernel/privacy"
	"odaq/internal/testkit/browser"
	"odaq/internal/testkit/dbtest"
)

func browse(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

func eval[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return v
}

// until waits for a script to become true.
func until(t *testing.T, ctx context.Context, script string) {
	t.Helper()
	got := eval[bool](t, ctx, `new Promise(async (done) => {
		for (let i = 0; i < 100; i++) {
			if (await (`+script+`)) return done(true);
			await new Promise((r) => setTimeout(r, 100));
		}
		done(false);
	})`)
	if !got {
		t.Fatalf("never true: %s; the page says %.400s", script, eval[string](t, ctx, "document.body.innerText"))
	}
}

// TestCardOffline: the card and the checker work without a network; signing out
// takes the card away.
func TestCardOffline(t *testing.T) {
	ctx := browser.Open(t)
	m := serveMe(t, dbtest.SQLite(t))
	card, err := m.area.OwnCard(m.member)
	if err != nil {
		t.Fatal(err)
	}
	var down atomic.Bool
	inner := m.Config.Handler
	m.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
				c.Close()
			}
			return
		}
		inner.ServeHTTP(w, r)
	})
	browse(t, ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(m.URL+"/card/check?lang=kk"))
	until(t, ctx, `caches.match("/card/revoked.json")`)
	eval[string](t, ctx, `document.cookie = "who=member; path=/"`)
	browse(t, ctx, chromedp.Navigate(m.URL+"/me/card"), chromedp.WaitVisible("[data-kept]"))

	down.Store(true)
	browse(t, ctx, chromedp.Navigate(m.URL+"/me/card?lang=kk"), chromedp.WaitVisible(".card.big svg"), chromedp.WaitVisible("[data-kept]"))
	if text := eval[string](t, ctx, "document.body.innerText"); !strings.Contains(text, "Нұрланова") || !strings.Contains(text, card.Number.String()) {
		t.Errorf("the card offline says %s", text)
	}
	if font := eval[string](t, ctx, `getComputedStyle(document.querySelector(".card.big")).backgroundColor`); font != "rgb(8, 63, 84)" {
		t.Errorf("offline the card is %s: the style is missing", font)
	}
	browser.Shoot(t, ctx, "offline-card.png")

	browse(t, ctx, chromedp.Navigate(m.URL+"/card/check"), chromedp.WaitVisible("#f-card"))
	if text := eval[string](t, ctx, "document.body.innerText"); strings.Contains(text, "Айгүл") {
		t.Error("the checker that is kept names whoever was signed in")
	}
	check := func(text, want string) {
		t.Helper()
		eval[string](t, ctx, fmt.Sprintf(`document.getElementById("f-card").value = %q`, text))
		browse(t, ctx, chromedp.Click("form[data-check] button"))
		until(t, ctx, fmt.Sprintf(`document.getElementById("answer").innerText.includes(%q)`, want))
	}
	check(card.String(), "Билет жарамды")
	if text := eval[string](t, ctx, `document.getElementById("answer").innerText`); !strings.Contains(text, card.Number.String()) || !strings.Contains(text, "Одақ") || !strings.Contains(text, "31.12.2026") {
		t.Errorf("checked offline: %s", text)
	}
	browser.Shoot(t, ctx, "offline-check.png")
	forged := []byte(card.String())
	forged[40] ^= 1
	check(string(forged), "Билет шын емес")
	browse(t, ctx, chromedp.Evaluate[chromedp.Void](`document.getElementById("f-card").value = ""`), chromedp.Click("form[data-check] button"))
	until(t, ctx, `document.getElementById("answer").innerText === "" && document.activeElement.id === "f-card"`)

	// Back online: revoked meanwhile, then signed out.
	down.Store(false)
	if _, err := m.area.End(m.everyone, m.step("өз еркімен")); err != nil {
		t.Fatal(err)
	}
	eval[bool](t, ctx, `fetch("/card/revoked.json", {cache: "reload"}).then(() => true)`)
	check(card.String(), "Билет күшін жойған")
	if !eval[bool](t, ctx, `caches.has("odaq-card")`) {
		t.Error("the card was gone before the sign-out")
	}
	eval[bool](t, ctx, `(() => { const f = document.createElement("form"); f.method = "post"; f.action = "/sign-out"; document.body.append(f); f.submit(); return true })()`)
	browse(t, ctx, chromedp.WaitVisible("#f-card"))
	until(t, ctx, `caches.has("odaq-card").then((has) => !has)`)
	down.Store(true)
	if err := chromedp.Do(ctx, chromedp.Navigate(m.URL+"/me/card")); err == nil && strings.Contains(eval[string](t, ctx, "document.body.innerText"), "Нұрланова") {
		t.Error("after the sign-out the card still opens")
	}
}

// TestMeAccess opens every page on a phone and on a desk in Kazakh and Russian:
// no barriers, no sideways scrolling, nothing the policy forbids.
func TestMeAccess(t *testing.T) {
	ctx := browser.Open(t)
	m := serveMe(t, dbtest.SQLite(t))
	asked, err := m.area.Ask(m.member, privacy.AskErasure, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.area.OwnCard(m.member); err != nil {
		t.Fatal(err)
	}
	err = m.area.PublishWording(m.officer, privacy.Wording{Kind: "contact.sms", Version: 1, From: today, Operator: "Федерация", Fields: "телефон",
		KK: "Федерацияның маған SMS арқылы жаңалық жіберуіне келісемін.", RU: "Согласен получать новости федерации по SMS.", EN: "I agree to news by SMS."})
	if err != nil {
		t.Fatal(err)
	}
	browse(t, ctx, chromedp.Navigate(m.URL+"/card/check"))
	for _, p := range []struct{ name, who, path string }{
		{"home", "member", "/me"}, {"card", "member", "/me/card"}, {"data", "member", "/me/data"}, {"ask", "member", "/me/requests/new"},
		{"nobody", "chair", "/me"}, {"check", "", "/card/check"}, {"inbox", "officer", "/privacy/requests"},
		{"request", "officer", "/privacy/requests/" + m.person.ID.String() + "/" + asked.ID.String()}, {"keys", "admin", "/admin/cards"}, {"answer", "", "/privacy/answer"},
	} {
		for _, lang := range []string{"kk", "ru"} {
			for _, width := range []int64{320, 1280} {
				t.Run(fmt.Sprintf("%s/%s/%d", p.name, lang, width), func(t *testing.T) {
					eval[string](t, ctx, `document.cookie = "who=`+p.who+`; path=/"`)
					browser.Check(t, ctx, m.URL, p.path+"?lang="+lang, p.name+"-"+lang, width)
				})
			}
		}
	}
}
