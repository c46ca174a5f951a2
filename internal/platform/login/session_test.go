package login

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"odaq/internal/platform/db"
)

// browser sends a request with its cookie and takes the answer's.
type browser struct {
	t      *testing.T
	s      *Sessions
	cookie *http.Cookie
}

func (b *browser) visit(fn func(ctx context.Context, w http.ResponseWriter) error) Session {
	b.t.Helper()
	r := httptest.NewRequest("GET", "/", nil)
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	ctx, err := b.s.Load(r)
	must(b.t, err)
	w := httptest.NewRecorder()
	if fn != nil {
		must(b.t, fn(ctx, w))
	}
	for _, c := range w.Result().Cookies() {
		b.cookie = c
	}
	return b.s.Current(ctx)
}

func (b *browser) signIn(in Start) Session {
	b.t.Helper()
	return b.visit(func(ctx context.Context, w http.ResponseWriter) error { return b.s.Start(ctx, w, in) })
}

func TestSession(t *testing.T) {
	each(t, Options{}, func(t *testing.T, l *Login, c *clock) {
		s := l.Sessions()
		create(t, l, Account{ID: 1})
		b := &browser{t: t, s: s}
		if got := b.visit(nil); got != (Session{}) || b.cookie != nil {
			t.Fatal("a visitor has no session and gets no cookie")
		}
		b.signIn(Start{Account: 1, Staff: true, Agent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/140 Safari/537"})
		if !b.cookie.HttpOnly || !b.cookie.Secure || b.cookie.SameSite != http.SameSiteLaxMode || b.cookie.Name != "__Host-odaq_session" || b.cookie.MaxAge > 0 {
			t.Fatalf("cookie %+v", b.cookie)
		}
		if got := b.visit(nil); got.Account != 1 || got.Second {
			t.Fatalf("%+v", got)
		}
		before := b.cookie.Value
		b.visit(s.Confirm)
		if b.cookie.Value == before || !b.visit(nil).Second {
			t.Fatal("a confirmed session has a new token")
		}
		old := &browser{t: t, s: s, cookie: &http.Cookie{Name: b.cookie.Name, Value: before}}
		if old.visit(nil).Account != 0 {
			t.Fatal("the token from before works on")
		}
		list, err := s.List(t.Context(), l.o.DB.Read(), 1)
		must(t, err)
		if len(list) != 1 || list[0].Device != "Chrome · Linux" {
			t.Fatalf("%+v", list)
		}
		var plain int
		must(t, l.o.DB.Read().QueryRow(t.Context(), `SELECT count(*) FROM login_session WHERE key = $1`, []byte(b.cookie.Value)).Scan(&plain))
		if plain != 0 {
			t.Fatal("the token itself is stored")
		}
		b.visit(s.End)
		if b.visit(nil).Account != 0 {
			t.Fatal("signed out")
		}
	})
}

// A token that somebody planted before the sign-in is worth nothing after it.
func TestSessionFixation(t *testing.T) {
	each(t, Options{}, func(t *testing.T, l *Login, c *clock) {
		s := l.Sessions()
		create(t, l, Account{ID: 1})
		b := &browser{t: t, s: s}
		b.visit(func(ctx context.Context, w http.ResponseWriter) error {
			return s.Keep(ctx, w, "passkey", []byte("challenge"))
		})
		planted := *b.cookie
		b.signIn(Start{Account: 1})
		if b.cookie.Value == planted.Value {
			t.Fatal("the token did not change")
		}
		thief := &browser{t: t, s: s, cookie: &planted}
		if thief.visit(nil) != (Session{}) {
			t.Fatal("the planted token is signed in")
		}
		made := &browser{t: t, s: s, cookie: &http.Cookie{Name: planted.Name, Value: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}
		made.signIn(Start{Account: 1})
		if made.cookie.Value == "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" {
			t.Fatal("an invented token was adopted")
		}
	})
}

func TestSessionLimits(t *testing.T) {
	each(t, Options{}, func(t *testing.T, l *Login, c *clock) {
		s := l.Sessions()
		create(t, l, Account{ID: 1})
		staff, member := &browser{t: t, s: s}, &browser{t: t, s: s}
		staff.signIn(Start{Account: 1, Staff: true})
		member.signIn(Start{Account: 1})
		for range 3 { // active: stays
			c.forward(29 * time.Minute)
			if staff.visit(nil).Account != 1 {
				t.Fatal("an active session ended")
			}
		}
		c.forward(31 * time.Minute)
		if staff.visit(nil).Account != 0 || member.visit(nil).Account != 1 {
			t.Fatal("30 minutes idle end a staff session and no member's")
		}
		staff.signIn(Start{Account: 1, Staff: true})
		for range 12*3 - 1 {
			c.forward(20 * time.Minute)
			if staff.visit(nil).Account != 1 {
				t.Fatal("ended before its time")
			}
		}
		c.forward(20 * time.Minute)
		if staff.visit(nil).Account != 0 {
			t.Fatal("12 hours end a staff session however active")
		}
		c.forward(14 * 24 * time.Hour)
		if member.visit(nil).Account != 0 {
			t.Fatal("14 days idle end a member's session")
		}
		var n int64
		due, next, err := l.Expired(t.Context(), l.o.DB.Read(), l.o.Now())
		must(t, err)
		if due != 3 || !next.IsZero() {
			t.Fatalf("%d rows are due, then %v", due, next)
		}
		must(t, write(t, l, func(tx *db.Tx) (err error) { n, err = l.Sweep(t.Context(), tx, l.o.Now()); return err }))
		if n != 3 {
			t.Fatalf("swept %d rows, want 3", n)
		}
	})
}

func TestRevoke(t *testing.T) {
	each(t, Options{}, func(t *testing.T, l *Login, c *clock) {
		ctx, s := t.Context(), l.Sessions()
		create(t, l, Account{ID: 1})
		create(t, l, Account{ID: 2})
		a, b, d := &browser{t: t, s: s}, &browser{t: t, s: s}, &browser{t: t, s: s}
		a.signIn(Start{Account: 1})
		b.signIn(Start{Account: 1})
		d.signIn(Start{Account: 1})
		mine, lost := a.visit(nil), b.visit(nil)
		want(t, write(t, l, func(tx *db.Tx) error { return s.Revoke(ctx, tx, 2, lost.ID) }), ErrAbsent) // another's
		// A request of the lost session that runs while it is revoked must not bring it back.
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(b.cookie)
		running, err := s.Load(r)
		must(t, err)
		must(t, write(t, l, func(tx *db.Tx) error { return s.Revoke(ctx, tx, 1, lost.ID) }))
		want(t, s.Keep(running, httptest.NewRecorder(), "x", []byte("y")), ErrGone)
		want(t, s.Confirm(running, httptest.NewRecorder()), ErrGone)
		if b.visit(nil).Account != 0 || a.visit(nil).Account != 1 {
			t.Fatal("the one session ends and no other")
		}
		must(t, write(t, l, func(tx *db.Tx) error { _, err := s.RevokeOthers(ctx, tx, 1, mine.ID); return err }))
		if d.visit(nil).Account != 0 || a.visit(nil).Account != 1 {
			t.Fatal("all others end")
		}
		must(t, write(t, l, func(tx *db.Tx) error { return l.SetState(ctx, tx, 1, Locked) }))
		if a.visit(nil).Account != 0 {
			t.Fatal("a locked account's sessions end")
		}
	})
}
