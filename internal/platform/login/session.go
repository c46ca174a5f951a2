package login

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"odaq/internal/platform/db"
)

// seenEvery is how exactly the last use of a session or token is known: a
// request writes it only when it is older.
const seenEvery = time.Minute

// pendingLife is how long somebody may take to sign in by passkey or provider.
const pendingLife = 15 * time.Minute

// Sessions keeps who is signed in from request to request, in a cookie with a
// random token and a row of the database with its hash.
type Sessions struct {
	login *Login
	scs   *scs.SessionManager
}

// Session is what a request knows of its session; zero if there is none.
type Session struct {
	ID      int64
	Account int64 // 0 while somebody is still signing in
	Second  bool  // the second factor is confirmed
}

// Keys of the values in a session.
const (
	keyID      = "id"
	keyAccount = "account"
	keySecond  = "second"
	keyDevice  = "device"
	keyIdle    = "idle"
	keyEnds    = "ends"
)

// Sessions makes the keeper of the sessions of l.
func (l *Login) Sessions() *Sessions {
	m := scs.New()
	m.Store = &store{l}
	m.HashTokenInStore = true
	m.Lifetime = l.o.MemberLife
	m.Cookie.Name = "odaq_session"
	m.Cookie.Persist = false
	if l.secure {
		m.Cookie.Secure = true
		m.Cookie.Name = "__Host-odaq_session"
	}
	return &Sessions{l, m}
}

// Load finds the session of a request and returns the context that carries it.
func (s *Sessions) Load(r *http.Request) (context.Context, error) {
	token := ""
	if c, err := r.Cookie(s.scs.Cookie.Name); err == nil {
		token = c.Value
	}
	return s.scs.Load(r.Context(), token)
}

// Current is the session of a context that Load returned.
func (s *Sessions) Current(ctx context.Context) Session {
	return Session{ID: s.scs.GetInt64(ctx, keyID), Account: s.scs.GetInt64(ctx, keyAccount), Second: s.scs.GetBool(ctx, keySecond)}
}

// Start says who has signed in.
type Start struct {
	Account int64
	Second  bool
	Staff   bool // the shorter limits; the cookie ends with the browser
	Agent   string
}

// Start signs somebody in: whatever session the request had is dropped with
// its token and values, so that nobody else can have planted it.
func (s *Sessions) Start(ctx context.Context, w http.ResponseWriter, in Start) error {
	idle, life := s.login.o.MemberIdle, s.login.o.MemberLife
	if in.Staff {
		idle, life = s.login.o.StaffIdle, s.login.o.StaffLife
	}
	if err := s.scs.Clear(ctx); err != nil {
		return err
	}
	if err := s.scs.RenewToken(ctx); err != nil {
		return err
	}
	s.scs.Put(ctx, keyID, randomID())
	s.scs.Put(ctx, keyAccount, in.Account)
	s.scs.Put(ctx, keySecond, in.Second)
	s.scs.Put(ctx, keyDevice, Device(in.Agent))
	s.scs.Put(ctx, keyIdle, idle.Microseconds())
	s.scs.Put(ctx, keyEnds, s.login.o.Now().Add(life).UnixMicro())
	s.scs.RememberMe(ctx, !in.Staff)
	return s.insert(ctx, w)
}

// Confirm notes that the second factor was proved; the token changes.
func (s *Sessions) Confirm(ctx context.Context, w http.ResponseWriter) error {
	id := s.Current(ctx)
	err := s.login.o.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM login_session WHERE account_id = $1 AND id = $2`, id.Account, id.ID)
		if err == nil && n == 0 {
			return ErrGone
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := s.scs.RenewToken(ctx); err != nil {
		return err
	}
	s.scs.Put(ctx, keySecond, true)
	return s.insert(ctx, w)
}

// End signs out.
func (s *Sessions) End(ctx context.Context, w http.ResponseWriter) error {
	if s.scs.Token(ctx) == "" {
		return nil
	}
	if err := s.scs.Destroy(ctx); err != nil {
		return err
	}
	s.scs.WriteSessionCookie(ctx, w, "", time.Time{})
	return nil
}

// Keep stores a value in the session until Take, as between the two halves of a
// passkey's ceremony. Who has no session gets a short one without an account.
func (s *Sessions) Keep(ctx context.Context, w http.ResponseWriter, name string, value []byte) error {
	fresh := s.scs.Token(ctx) == ""
	if fresh {
		s.scs.Put(ctx, keyID, randomID())
		s.scs.Put(ctx, keyIdle, pendingLife.Microseconds())
		s.scs.Put(ctx, keyEnds, s.login.o.Now().Add(pendingLife).UnixMicro())
	}
	s.scs.Put(ctx, name, value)
	if fresh {
		return s.insert(ctx, w)
	}
	_, _, err := s.scs.Commit(ctx)
	return err
}

// Take reads a value that Keep stored and forgets it.
func (s *Sessions) Take(ctx context.Context, name string) ([]byte, error) {
	v := s.scs.PopBytes(ctx, name)
	if v == nil {
		return nil, ErrGone
	}
	_, _, err := s.scs.Commit(ctx)
	return v, err
}

type freshContext struct{}

func (s *Sessions) insert(ctx context.Context, w http.ResponseWriter) error {
	token, _, err := s.scs.Commit(context.WithValue(ctx, freshContext{}, true))
	if err != nil {
		return err
	}
	s.scs.WriteSessionCookie(ctx, w, token, time.UnixMicro(s.scs.GetInt64(ctx, keyEnds)))
	return nil
}

func randomID() int64 {
	var b [8]byte
	rand.Read(b[:])
	return int64(binary.BigEndian.Uint64(b[:])>>1 | 1)
}

// OpenSession is a session as its owner sees it.
type OpenSession struct {
	ID     int64
	Device string
	Made   time.Time
	Seen   time.Time // to the minute
}

// List gives the open sessions of an account, the last used first.
func (s *Sessions) List(ctx context.Context, q db.Querier, account int64) ([]OpenSession, error) {
	now := s.login.now()
	rows, err := q.Query(ctx, `SELECT id, device, made_at, seen_at FROM login_session
		WHERE account_id = $1 AND ends_at > $2 AND seen_at + idle > $2 ORDER BY seen_at DESC, id`, account, now)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []OpenSession
	for rows.Next() {
		var o OpenSession
		var made, seen int64
		if err := rows.Scan(&o.ID, &o.Device, &made, &seen); err != nil {
			return nil, err
		}
		o.Made, o.Seen = time.UnixMicro(made).UTC(), time.UnixMicro(seen).UTC()
		out = append(out, o)
	}
	return out, rows.Err()
}

// Revoke ends one of the account's sessions, ErrAbsent if there is none.
func (s *Sessions) Revoke(ctx context.Context, tx *db.Tx, account, session int64) error {
	n, err := tx.Exec(ctx, `DELETE FROM login_session WHERE account_id = $1 AND id = $2`, account, session)
	return some(n, err)
}

// RevokeOthers ends all of the account's sessions but one (0: all) and returns
// how many.
func (s *Sessions) RevokeOthers(ctx context.Context, tx *db.Tx, account, keep int64) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM login_session WHERE account_id = $1 AND id <> $2`, account, keep)
}

// store keeps scs sessions in login_session. Limits are ours: scs's deadline
// goes by the machine's clock and knows no idle time without a write a request.
type store struct{ login *Login }

func (s *store) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var data []byte
	var seen int64
	now, key := s.login.now(), []byte(token)
	err := s.login.o.DB.Read().QueryRow(ctx, `SELECT data, seen_at FROM login_session
		WHERE key = $1 AND ends_at > $2 AND seen_at + idle > $2`, key, now).Scan(&data, &seen)
	if err == db.ErrNoRows {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if now-seen > seenEvery.Microseconds() {
		err = s.login.o.DB.Group(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE login_session SET seen_at = $2 WHERE key = $1 AND seen_at < $2`, key, now)
			return err
		})
	}
	return data, true, err
}

// CommitCtx writes a new session, or changes one that is still there: a session
// that was revoked meanwhile must not come back.
func (s *store) CommitCtx(ctx context.Context, token string, data []byte, _ time.Time) error {
	_, values, err := scs.GobCodec{}.Decode(data)
	if err != nil {
		return err
	}
	now := s.login.now()
	return s.login.o.DB.Group(ctx, func(tx *db.Tx) error {
		if fresh, _ := ctx.Value(freshContext{}).(bool); fresh {
			device, _ := values[keyDevice].(string)
			_, err := tx.Exec(ctx, `INSERT INTO login_session (key, id, account_id, data, device, idle, made_at, seen_at, ends_at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, []byte(token), whole(values, keyID), whole(values, keyAccount), data, device,
				whole(values, keyIdle), now, now, whole(values, keyEnds))
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE login_session SET data = $2 WHERE key = $1`, []byte(token), data)
		if err == nil && n == 0 {
			return ErrGone
		}
		return err
	})
}

func whole(values map[string]any, name string) int64 {
	v, _ := values[name].(int64)
	return v
}

func (s *store) DeleteCtx(ctx context.Context, token string) error {
	return s.login.o.DB.Group(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM login_session WHERE key = $1`, []byte(token))
		return err
	})
}

var errContext = errors.New("login: sessions are only used with a context")

// The methods without a context are never called by scs when those above exist.

func (s *store) Find(string) ([]byte, bool, error)      { return nil, false, errContext }
func (s *store) Commit(string, []byte, time.Time) error { return errContext }
func (s *store) Delete(string) error                    { return errContext }

// Device is a coarse description of a browser, "Firefox · Android": enough to
// recognise one's own, too little to follow anybody.
func Device(agent string) string {
	browser, system := "", ""
	for _, b := range [][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"YaBrowser/", "Yandex"}, {"SamsungBrowser/", "Samsung"},
		{"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}} {
		if strings.Contains(agent, b[0]) {
			browser = b[1]
			break
		}
	}
	for _, o := range [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"},
		{"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}} {
		if strings.Contains(agent, o[0]) {
			system = o[1]
			break
		}
	}
	if browser == "" || system == "" {
		return browser + system
	}
	return browser + " · " + system
}

// Revoke ends every session and takes back every one-time code and access token,
// of all accounts; it returns how many of each there were.
func Revoke(ctx context.Context, tx *db.Tx) (sessions, codes, tokens int64, err error) {
	for _, step := range []struct {
		n         *int64
		statement string
	}{{&sessions, `DELETE FROM login_session`}, {&codes, `DELETE FROM login_code`}, {&tokens, `DELETE FROM login_token`}} {
		if *step.n, err = tx.Exec(ctx, step.statement); err != nil {
			return sessions, codes, tokens, err
		}
	}
	return sessions, codes, tokens, nil
}
