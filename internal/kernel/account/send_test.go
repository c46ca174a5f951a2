package account

import (
	"regexp"
	"strings"
	"testing"

	"odaq/internal/platform/login"
	"odaq/internal/platform/mail"
)

var codePattern = regexp.MustCompile(`[0-9A-Z]{4}(-[0-9A-Z]{4}){3}`)

// Who has a telephone and no e-mail gets a code by SMS; a stranger is answered
// the same and gets nothing.
func TestSignInBySMS(t *testing.T) {
	each(t, login.Options{}, func(t *testing.T, w *world) {
		w.person(Draft{Label: "Aigul", Phone: "+7 701 555 44 33"})
		w.person(Draft{Label: "Her brother", Phone: "8 701 555 44 33", Email: "b@example.kz"}) // shares the telephone
		w.browser().get("/sign-in").shows(t, 200, "or a code by SMS")
		w.browser().get("/sign-in/mail").shows(t, 200, "E-mail address or telephone number")
		for _, number := range []string{"8 (701) 555-44-33", "+7 700 000 00 00"} {
			w.browser().post("/sign-in/mail", "email", number).goes(t, "/sign-in/mail?sent=sms")
		}
		w.browser().get("/sign-in/mail?sent=sms").shows(t, 200, "Look at your telephone", "Code from the SMS")
		all, err := w.s.o.Outbox.List(t.Context(), w.d.Read(), 0, 10)
		must(t, err)
		if len(all) != 1 || all[0].Message.Channel != mail.SMS || all[0].Message.To != "+77015554433" || all[0].Message.Subject != "" {
			t.Fatalf("%+v", all)
		}
		code := codePattern.FindString(all[0].Message.Body)
		if n := len([]rune(all[0].Message.Body)); n > 134 { // two parts of an SMS in Cyrillic
			t.Errorf("%d letters: %q", n, all[0].Message.Body)
		}
		b := w.browser()
		b.post("/sign-in/code", "code", code).goes(t, home)
		b.get("/account").shows(t, 200, "Aigul")
		w.browser().post("/sign-in/code", "code", code).shows(t, 422)
		w.browser().post("/sign-in/mail", "email", "+7 701 555 44 33").goes(t, "/sign-in/mail?sent=sms")
		w.forward(smsLife)
		all, err = w.s.o.Outbox.List(t.Context(), w.d.Read(), 0, 1)
		must(t, err)
		w.browser().post("/sign-in/code", "code", codePattern.FindString(all[0].Message.Body)).shows(t, 422) // too late
		for _, wrong := range []string{"", "12345", "nobody", "a@b@c"} {
			w.browser().post("/sign-in/mail", "email", wrong).shows(t, 422, "neither an e-mail address nor a telephone number")
		}
		// Many messages to one telephone are too many, however it is written.
		limited := false
		for i := range 12 {
			number := []string{"+7 701 555 44 33", "87015554433"}[i%2]
			limited = limited || w.browser().post("/sign-in/mail", "email", number).status == 429
		}
		if !limited {
			t.Error("a telephone can be flooded")
		}
		// Without a gateway a number is no way in, and none is asked for.
		w.s.o.Demo = false
		p := w.browser().get("/sign-in/mail")
		p.shows(t, 200, `type="email"`)
		if strings.Contains(p.text, "telephone") {
			t.Error("a telephone is asked for")
		}
		w.browser().post("/sign-in/mail", "email", "+7 701 555 44 33").shows(t, 422, "Write the address as")
	})
}
