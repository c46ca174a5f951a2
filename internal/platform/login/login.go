package login

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"odaq/internal/platform/db"
)

// Sealer keeps secrets: internal/platform/seal has one.
type Sealer interface {
	// Seal encrypts plain for the record; Open undoes it for the same record only.
	Seal(plain, record []byte) []byte
	Open(sealed, record []byte) ([]byte, error)
	// BlindIndex is a keyed fingerprint; BlindIndexes has those of older keys too.
	BlindIndex(kind, value string) []byte
	BlindIndexes(kind, value string) [][]byte
}

// What can be wrong with an attempt; compare with errors.Is.
var (
	ErrRefused = errors.New("login: the credentials prove nothing") // whatever the reason
	ErrTaken   = errors.New("login: another account has this already")
	ErrAbsent  = errors.New("login: no such account, session, passkey or token")
	ErrGone    = errors.New("login: the session was ended meanwhile")
)

// Options of New. DB, Seal and BaseURL are needed; the rest has defaults.
type Options struct {
	DB      *db.DB
	Seal    Sealer
	Now     func() time.Time // time.Now
	BaseURL string           // "https://odaq.example": passkeys and cookies belong to it
	Brand   string           // shown by authenticators: "Odaq"

	PerAccount Limit // attempts on one account: 10 at once, one a minute
	PerAddress Limit // attempts from one network address: 60 at once, one in 2 s

	StaffIdle, MemberIdle time.Duration // 30 minutes, 14 days
	StaffLife, MemberLife time.Duration // 12 hours, 90 days, however active

	OIDC *OIDC // nil: no identity provider
}

// Login answers who is there. It is safe for concurrent use.
type Login struct {
	o       Options
	secure  bool
	keys    *webauthn.WebAuthn
	issuer  *issuer
	hashing chan struct{} // a place per core
	nobody  string        // a hash no password fits
}

// New checks the options.
func New(o Options) (*Login, error) {
	base, err := url.Parse(o.BaseURL)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, fmt.Errorf("login: the base address must be http://HOST or https://HOST, not %q", o.BaseURL)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Brand = or(o.Brand, "Odaq")
	o.PerAccount = or(o.PerAccount, Limit{Burst: 10, Every: time.Minute})
	o.PerAddress = or(o.PerAddress, Limit{Burst: 60, Every: 2 * time.Second})
	o.StaffIdle, o.MemberIdle = or(o.StaffIdle, 30*time.Minute), or(o.MemberIdle, 14*24*time.Hour)
	o.StaffLife, o.MemberLife = or(o.StaffLife, 12*time.Hour), or(o.MemberLife, 90*24*time.Hour)
	keys, err := webauthn.New(&webauthn.Config{
		RPID: base.Hostname(), RPDisplayName: o.Brand, RPOrigins: []string{base.Scheme + "://" + base.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey:      protocol.ResidentKeyRequirementRequired,
			UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("login: %w", err)
	}
	l := &Login{o: o, secure: base.Scheme == "https", keys: keys, hashing: make(chan struct{}, runtime.GOMAXPROCS(0))}
	if o.OIDC != nil {
		l.issuer = &issuer{OIDC: *o.OIDC, redirect: o.BaseURL + CallbackPath}
	}
	if l.nobody, err = l.HashPassword(context.Background(), secret(16)); err != nil {
		return nil, err
	}
	return l, nil
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

func (l *Login) now() int64 { return l.o.Now().UnixMicro() }

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// expiring are the tables of what runs out, each with the condition for what had
// run out at $1, in microseconds since 1970, and the time at which a row does.
var expiring = []struct{ table, over, ends string }{
	{"login_session", "ends_at <= $1 OR seen_at + idle <= $1", "CASE WHEN seen_at + idle < ends_at THEN seen_at + idle ELSE ends_at END"},
	{"login_code", "expires_at <= $1 OR uses_left <= 0", "expires_at"},
	{"login_limit", "full_at <= $1", "full_at"},
	// A second factor that was begun and not confirmed within a day is forgotten.
	{"login_totp", "confirmed_at = 0 AND made_at + 86400000000 <= $1", "CASE WHEN confirmed_at = 0 THEN made_at + 86400000000 ELSE NULL END"},
}

// Expired counts what had run out at a time and finds when the next of the rest
// does; the zero time if nothing will. See Sweep.
func (l *Login) Expired(ctx context.Context, q db.Querier, at time.Time) (n int64, next time.Time, err error) {
	for _, e := range expiring {
		var over int64
		if err := q.QueryRow(ctx, `SELECT count(*) FROM `+e.table+` WHERE `+e.over, at.UnixMicro()).Scan(&over); err != nil {
			return n, next, err
		}
		n += over
		var first *int64
		if err := q.QueryRow(ctx, `SELECT min(`+e.ends+`) FROM `+e.table+` WHERE NOT (`+e.over+`)`, at.UnixMicro()).Scan(&first); err != nil {
			return n, next, err
		}
		if first == nil {
			continue
		}
		if t := time.UnixMicro(*first); next.IsZero() || t.Before(next) {
			next = t
		}
	}
	return n, next, nil
}

// Sweep deletes what had run out at a time: sessions, codes, limits, forgotten
// attempts at a second factor. It returns the number of rows.
func (l *Login) Sweep(ctx context.Context, tx *db.Tx, at time.Time) (int64, error) {
	var total int64
	for _, e := range expiring {
		n, err := tx.Exec(ctx, `DELETE FROM `+e.table+` WHERE `+e.over, at.UnixMicro())
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}
