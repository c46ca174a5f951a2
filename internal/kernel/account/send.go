package account

import (
	"context"
	"errors"
	"strings"
	"time"

	"odaq/internal/kernel/act"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/login"
	"odaq/internal/platform/mail"
)

// smsLife is how long a code works that was sent to a telephone.
const smsLife = 15 * time.Minute

// texts reports whether SMS can be sent, or are at least shown in the demo.
func (s *Service) texts() bool { return s.o.Demo || s.o.Senders[mail.SMS] != nil }

// way is where somebody wants the means to sign in: an e-mail address or, where
// SMS are sent, a telephone number.
type way struct {
	channel mail.Channel
	to      string
}

func (s *Service) way(typed string) (way, error) {
	if phone := login.PhoneKey(typed); s.texts() && phone != "" && !strings.Contains(typed, "@") {
		return way{mail.SMS, phone}, nil
	}
	email, err := login.NormalEmail(typed)
	if err == nil && email == "" {
		err = login.ErrEmail
	}
	return way{mail.Email, email}, err
}

// named is what attempts are counted for: somebody who asks for messages to one
// address.
func (w way) named() string {
	if w.channel == mail.SMS {
		return "sms"
	}
	return "mail"
}

func (s *Service) getMail(r *site.Request) error {
	return s.showMail(r, form{r: r}, mail.Channel(r.URL.Query().Get("sent")))
}

// showMail shows the form, or that a message was sent.
func (s *Service) showMail(r *site.Request, f form, sent mail.Channel) error {
	p := site.Page{Title: r.T.T("account." + either(s.texts(), "sms.title", "mail-link"))}
	if f.err != nil {
		return r.Again(f.err, p, mailLink(f, s.texts(), ""))
	}
	return r.Show(p, mailLink(f, s.texts(), sent))
}

// postMail sends a link or a code to sign in with, to whoever has the address or
// the number. The answer and the work are the same when nobody has it.
func (s *Service) postMail(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	ctx := r.Context()
	w, err := s.way(v.Get("email"))
	if err == nil {
		err = s.login.Allow(ctx, s.login.Address(s.o.Address(r.Request)), s.login.Named(w.named(), w.to))
	}
	if err == nil {
		err = s.send(ctx, w, r.T.Lang)
	}
	if s.texts() && errors.Is(err, login.ErrEmail) {
		err = fault.Check().In("email", "account.fault.email-or-phone")
	}
	if err != nil {
		return s.showMail(r, form{r: r, v: v, err: words(err)}, "")
	}
	return r.Go("/sign-in/mail?sent="+string(w.channel), "")
}

func (s *Service) send(ctx context.Context, w way, lang text.Lang) error {
	_, err := act.Do(ctx, s.o.Desk, act.Request{Action: SignIn}, func(tx *act.Tx) (struct{}, error) {
		account, to, err := s.whose(ctx, tx, w)
		if errors.Is(err, login.ErrAbsent) {
			account, to, err = 0, "", nil
		}
		if err != nil {
			return struct{}{}, err
		}
		c := login.Code{Kind: "link", Life: linkLife}
		if w.channel == mail.SMS {
			c = login.Code{Kind: "sms", Life: smsLife}
		}
		code, err := s.login.IssueCode(ctx, tx.Tx, account, c)
		if err != nil {
			return struct{}{}, err
		}
		m := mail.Message{Channel: w.channel, To: to}
		t, minutes := s.o.Text.In(lang), int64(c.Life.Minutes())
		if w.channel == mail.SMS {
			m.Body = t.T("account.message.sms", "Code", code, "Minutes", minutes)
		} else {
			m.Subject, m.Body = t.T("account.message.subject"), t.T("account.message.body", "Link", s.link(code), "Minutes", minutes)
		}
		return struct{}{}, s.o.Outbox.Post(ctx, tx.Tx, int64(id.New()), m)
	})
	return err
}

// whose is the account with an address or a number, and where to write to.
func (s *Service) whose(ctx context.Context, q db.Querier, w way) (account int64, to string, err error) {
	if w.channel == mail.Email {
		account, err = s.login.OfEmail(ctx, q, w.to)
		return account, w.to, err
	}
	if account, err = s.login.OfPhone(ctx, q, w.to); err != nil {
		return 0, "", err
	}
	a, err := s.login.Account(ctx, q, account)
	return account, a.Phone, err // as it was entered: what was typed may lack the country
}
