package mail

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Gateway sends SMS by posting each to an HTTP address: a provider's, or that of a
// small program that speaks the provider's own language. It posts to, text and
// from, and takes any answer of 200 to 299 for a promise to send.
type Gateway struct {
	o    GatewayOptions
	http *http.Client
	now  func() time.Time
}

// GatewayOptions of NewGateway.
type GatewayOptions struct {
	URL   string
	Token string // sent as "Authorization: Bearer …"; empty: none
	From  string // what the phone shows as the sender; empty: the gateway's choice
	Form  bool   // post a form instead of JSON
	Now   func() time.Time
}

// gatewayTimeout is how long the gateway may take for one message.
const gatewayTimeout = 15 * time.Second

// NewGateway checks the options. Numbers and codes go over the line: the address
// must be https, but for a gateway on the same machine.
func NewGateway(o GatewayOptions) (*Gateway, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("mail: the SMS gateway's address must be https://HOST/PATH")
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("mail: the SMS gateway at %s must be reached by https: everybody on the way could read numbers and codes", u.Host)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	client := &http.Client{Timeout: gatewayTimeout, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // a number goes where the operator said, and nowhere else
	}}
	return &Gateway{o: o, http: client, now: o.Now}, nil
}

// Answer is the refusal of an SMS gateway. It says nothing of the message.
type Answer struct {
	Status int
	After  time.Duration // what Retry-After asks for; 0: nothing
}

func (a *Answer) Error() string {
	return fmt.Sprintf("mail: the SMS gateway answered %d %s", a.Status, http.StatusText(a.Status))
}

// Is tells ErrRejected from what may be tried again: a gateway that is busy or
// broken, or that has moved, has not refused the message.
func (a *Answer) Is(target error) bool {
	switch a.Status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return target == ErrRejected && a.Status >= 400 && a.Status < 500
}

// Send implements Sender. What the gateway refuses is *Answer.
func (g *Gateway) Send(ctx context.Context, m Message) error {
	if m.To == "" {
		return ErrRejected
	}
	kind, body, err := g.body(m)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, g.o.URL, body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", kind)
	if g.o.Token != "" {
		r.Header.Set("Authorization", "Bearer "+g.o.Token)
	}
	answer, err := g.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16)); err != nil {
		return err
	}
	if answer.StatusCode >= 200 && answer.StatusCode < 300 {
		return nil
	}
	return &Answer{Status: answer.StatusCode, After: retryAfter(answer.Header.Get("Retry-After"), g.now())}
}

func (g *Gateway) body(m Message) (kind string, body io.Reader, err error) {
	if g.o.Form {
		v := url.Values{"to": {m.To}, "text": {m.Body}}
		if g.o.From != "" {
			v.Set("from", g.o.From)
		}
		return "application/x-www-form-urlencoded", strings.NewReader(v.Encode()), nil
	}
	text, err := json.Marshal(struct {
		To   string `json:"to"`
		Text string `json:"text"`
		From string `json:"from,omitempty"`
	}{m.To, m.Body, g.o.From})
	return "application/json", bytes.NewReader(text), err
}

// retryAfter reads seconds or a date (RFC 9110, 10.2.3).
func retryAfter(s string, now time.Time) time.Duration {
	if n, err := strconv.ParseInt(s, 10, 32); err == nil {
		return max(0, time.Duration(n)*time.Second)
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
