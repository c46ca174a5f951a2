package mail

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"net"
	"net/mail"
	"os"
	"strings"
	"testing"
	"time"

	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
	"odaq/internal/testkit/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type senderFunc func(Message) error

func (f senderFunc) Send(_ context.Context, m Message) error { return f(m) }

func TestOutbox(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, err := db.Migrate(t.Context(), d, []db.Source{{Name: "kernel", Number: 1, FS: os.DirFS("../../kernel/schema")}})
		must(t, err)
		at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
		o := &Outbox{Seal: seal.Ephemeral(), Now: func() time.Time { return at }}
		post := func(id int64, m Message) {
			must(t, d.Write(t.Context(), func(tx *db.Tx) error { return o.Post(t.Context(), tx, id, m) }))
		}
		post(1, Message{Channel: Email, To: "a@example.kz", Subject: "Код", Body: "K7QF"})
		post(2, Message{Channel: Email})
		post(3, Message{Channel: SMS, To: "+77010000001", Body: "K7QF"})
		post(4, Message{Channel: Email, To: "wrong", Body: "x"})
		var raw []byte
		must(t, d.Read().QueryRow(t.Context(), `SELECT content FROM mail_outbox WHERE id = 1`).Scan(&raw))
		if strings.Contains(string(raw), "example") {
			t.Fatal("the message is readable in the table")
		}
		var sent []string
		broken := true
		senders := map[Channel]Sender{Email: senderFunc(func(m Message) error {
			if m.To == "wrong" {
				return ErrRejected
			}
			if broken {
				return errors.New("the relay is away")
			}
			sent = append(sent, m.To+m.Body)
			return nil
		})}
		deliver := func(want int) {
			t.Helper()
			n, err := o.Deliver(t.Context(), d, senders, 10)
			must(t, err)
			if n != want {
				t.Fatalf("%d sent, want %d", n, want)
			}
		}
		deliver(0)
		broken = false
		deliver(0) // not before a minute has gone
		at = at.Add(time.Minute)
		deliver(1)
		at = at.Add(time.Hour)
		deliver(0) // once
		if len(sent) != 1 || sent[0] != "a@example.kzK7QF" {
			t.Fatal(sent)
		}
		all, err := o.List(t.Context(), d.Read(), 0, 10)
		must(t, err)
		states := map[int64]State{}
		for _, e := range all {
			states[e.ID] = e.State
			if e.ID == 1 && (e.Message.To != "" || e.Sent.IsZero()) {
				t.Fatalf("what was sent is erased: %+v", e)
			}
		}
		if len(all) != 3 || states[1] != Sent || states[3] != Waiting || states[4] != Failed {
			t.Fatal(states)
		}
	})
}

// relay is an SMTP server for one message; it rejects recipients at "no.example".
func relay(t *testing.T) (addr string, got <-chan string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	out := make(chan string, 8)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c, out)
		}
	}()
	return l.Addr().String(), out
}

func serve(c net.Conn, out chan<- string) {
	defer c.Close()
	r := bufio.NewReader(c)
	say := func(s string) { io.WriteString(c, s+"\r\n") }
	say("220 test")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch {
		case strings.HasPrefix(line, "DATA"):
			say("354 go on")
			var b strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				b.WriteString(line)
			}
			out <- b.String()
			say("250 taken")
		case strings.HasPrefix(line, "RCPT") && strings.Contains(line, "no.example"):
			say("550 no such user")
		case strings.HasPrefix(line, "QUIT"):
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func TestSMTP(t *testing.T) {
	addr, got := relay(t)
	s := &SMTP{Addr: addr, From: "Одақ <no-reply@odaq.example>"}
	body := "Жүйеге кіру үшін осы сілтемені ашыңыз:\n.\nhttps://odaq.example/sign-in/code/K7QF-2M9X-41TB-WN8R\n" + strings.Repeat("ұ", 200)
	must(t, s.Send(t.Context(), Message{Channel: Email, To: "a@example.kz", Subject: "Кіру\r\nBcc: evil@example.kz", Body: body}))
	m, err := mail.ReadMessage(strings.NewReader(<-got))
	must(t, err)
	if m.Header.Get("Bcc") != "" {
		t.Fatal("a subject made a header")
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	must(t, err)
	if subject != "Кіру Bcc: evil@example.kz" || m.Header.Get("To") != "<a@example.kz>" {
		t.Fatalf("%q %v", subject, m.Header)
	}
	text, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, m.Body))
	must(t, err)
	if strings.ReplaceAll(string(text), "\r\n", "\n") != body {
		t.Fatalf("%q", text)
	}
	for _, to := range []string{"x@no.example", "not an address", ""} {
		if err := s.Send(t.Context(), Message{To: to}); !errors.Is(err, ErrRejected) {
			t.Errorf("%q: %v", to, err)
		}
	}
	s.Addr = "127.0.0.1:1"
	if err := s.Send(t.Context(), Message{To: "a@example.kz"}); err == nil || errors.Is(err, ErrRejected) {
		t.Fatalf("an absent relay is worth another try: %v", err)
	}
}
