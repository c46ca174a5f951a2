package mail

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
	"odaq/internal/testkit/dbtest"
)

const (
	testNumber = "+77015554433"
	testText   = "Одақ: K7QF-2M9X-41TB-WN8R"
)

// posted is what a gateway was sent.
type posted struct {
	kind, token string
	body        []byte
	form        map[string][]string
}

// gateway is a real HTTP server; answer writes what it says to each message.
func gateway(t *testing.T, answer http.HandlerFunc) (address string, got <-chan posted) {
	out := make(chan posted, 16)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := posted{kind: r.Header.Get("Content-Type"), token: r.Header.Get("Authorization")}
		if p.kind == "application/json" {
			p.body, _ = io.ReadAll(r.Body)
		} else if err := r.ParseForm(); err == nil {
			p.form = r.PostForm
		}
		out <- p
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/send", out
}

func says(status int, after string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if after != "" {
			w.Header().Set("Retry-After", after)
		}
		w.WriteHeader(status)
		io.WriteString(w, testNumber+" "+testText)
	}
}

func TestGateway(t *testing.T) {
	address, got := gateway(t, says(http.StatusAccepted, ""))
	m := Message{Channel: SMS, To: testNumber, Subject: "never sent", Body: testText}
	g, err := NewGateway(GatewayOptions{URL: address, Token: "secret", From: "Odaq"})
	must(t, err)
	must(t, g.Send(t.Context(), m))
	p := <-got
	var sent map[string]string
	must(t, json.Unmarshal(p.body, &sent))
	if len(sent) != 3 || sent["to"] != testNumber || sent["text"] != testText || sent["from"] != "Odaq" || p.token != "Bearer secret" {
		t.Errorf("%v %q", sent, p.token)
	}
	g, err = NewGateway(GatewayOptions{URL: address, Form: true})
	must(t, err)
	must(t, g.Send(t.Context(), m))
	p = <-got
	if len(p.form) != 2 || p.form["to"][0] != testNumber || p.form["text"][0] != testText || p.token != "" || p.kind != "application/x-www-form-urlencoded" {
		t.Errorf("%+v", p)
	}
	if err := g.Send(t.Context(), Message{Channel: SMS}); !errors.Is(err, ErrRejected) {
		t.Errorf("nobody: %v", err)
	}
}

func TestGatewayRefuses(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		status   int
		after    string
		rejected bool
		wait     time.Duration
	}{
		{400, "", true, 0}, {401, "", true, 0}, {404, "7", true, 7 * time.Second}, {422, "", true, 0},
		{429, "120", false, 2 * time.Minute}, {503, "Sun, 22 Nov 2026 09:30:00 GMT", false, 30 * time.Minute}, {503, "Sun, 22 Nov 2026 08:30:00 GMT", false, 0},
		{500, "-5", false, 0}, {502, "soon", false, 0}, {408, "", false, 0}, {304, "", false, 0},
	} {
		address, _ := gateway(t, says(c.status, c.after))
		g, err := NewGateway(GatewayOptions{URL: address, Now: func() time.Time { return now }})
		must(t, err)
		err = g.Send(t.Context(), Message{To: testNumber, Body: testText})
		a, ok := errors.AsType[*Answer](err)
		if !ok || a.Status != c.status || a.After != c.wait || errors.Is(err, ErrRejected) != c.rejected {
			t.Errorf("%+v: %#v, rejected %v", c, err, errors.Is(err, ErrRejected))
		}
		if strings.Contains(err.Error(), testNumber) {
			t.Errorf("the error has the number: %v", err)
		}
	}
	g, err := NewGateway(GatewayOptions{URL: "http://127.0.0.1:1"})
	must(t, err)
	if err := g.Send(t.Context(), Message{To: testNumber}); err == nil || errors.Is(err, ErrRejected) {
		t.Errorf("an absent gateway is worth another try: %v", err)
	}
}

// A number goes to the address that the operator named and to no other.
func TestGatewayFollowsNobody(t *testing.T) {
	elsewhere, stolen := gateway(t, says(200, ""))
	address, _ := gateway(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere, http.StatusTemporaryRedirect)
	})
	g, err := NewGateway(GatewayOptions{URL: address})
	must(t, err)
	if err := g.Send(t.Context(), Message{To: testNumber, Body: testText}); err == nil || errors.Is(err, ErrRejected) {
		t.Error(err)
	}
	if len(stolen) > 0 {
		t.Error("the message went elsewhere")
	}
	for _, bad := range []string{"", "gateway", "ftp://a/b", "http://sms.example.kz/send", "http://192.0.2.1/", "https://"} {
		if _, err := NewGateway(GatewayOptions{URL: bad}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	for _, good := range []string{"https://sms.example.kz/send", "http://localhost:8008/", "http://[::1]:8008/x"} {
		if _, err := NewGateway(GatewayOptions{URL: good}); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}

// A busy gateway is asked again when it said, one that refuses is not, and the
// log tells neither number nor text.
func TestDeliverBySMS(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, err := db.Migrate(t.Context(), d, []db.Source{{Name: "kernel", Number: 1, FS: os.DirFS("../../kernel/schema")}})
		must(t, err)
		at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
		var log bytes.Buffer
		o := &Outbox{Seal: seal.Ephemeral(), Now: func() time.Time { return at }, Log: slog.New(slog.NewTextHandler(&log, nil))}
		status, after := 429, "600"
		address, got := gateway(t, func(w http.ResponseWriter, r *http.Request) { says(status, after)(w, r) })
		g, err := NewGateway(GatewayOptions{URL: address})
		must(t, err)
		deliver := func(want int) {
			t.Helper()
			n, err := o.Deliver(context.Background(), d, map[Channel]Sender{SMS: g}, 2)
			must(t, err)
			if n != want {
				t.Fatalf("%d sent, want %d", n, want)
			}
		}
		post := func(id int64, c Channel) {
			must(t, d.Write(t.Context(), func(tx *db.Tx) error {
				return o.Post(t.Context(), tx, id, Message{Channel: c, To: testNumber, Body: testText})
			}))
		}
		for id := range int64(3) { // letters that nobody sends are not in the way
			post(id+1, Email)
		}
		post(10, SMS)
		deliver(0)
		at = at.Add(9 * time.Minute)
		deliver(0) // not before it said
		if len(got) != 1 {
			t.Fatalf("%d posts", len(got))
		}
		at = at.Add(time.Minute)
		status = 200
		deliver(1)
		post(11, SMS)
		status, after = 422, ""
		deliver(0)
		at = at.Add(time.Hour)
		deliver(0)
		if len(got) != 3 {
			t.Errorf("%d posts, want 3", len(got))
		}
		text := log.String()
		if !strings.Contains(text, "answer=429") || !strings.Contains(text, "in=10m0s") || !strings.Contains(text, `given up" channel=sms attempt=1 answer=422`) {
			t.Error(text)
		}
		for _, secret := range []string{testNumber, "5554433", "K7QF", "Одақ"} {
			if strings.Contains(text, secret) {
				t.Errorf("the log has %q: %s", secret, text)
			}
		}
	})
}
