package login

import (
	"context"
	"fmt"
	"time"

	"odaq/internal/platform/db"
)

// Limit allows Burst attempts at once and one more every Every.
type Limit struct {
	Burst int
	Every time.Duration
}

// Limited says that there were too many attempts; Wait is how long to wait.
type Limited struct{ Wait time.Duration }

func (e *Limited) Error() string {
	return fmt.Sprintf("login: too many attempts, wait %s", e.Wait.Round(time.Second))
}

// Subject is what attempts are counted for: an account, an address.
type Subject struct {
	kind, value string
	limit       Limit
}

// Address counts attempts from a network address.
func (l *Login) Address(address string) Subject {
	return Subject{"address", address, l.o.PerAddress}
}

// Named counts attempts on whatever name was given, whether or not there is
// such an account: kind keeps passwords, codes and second factors apart.
func (l *Login) Named(kind, name string) Subject { return Subject{kind, name, l.o.PerAccount} }

// Allow takes one attempt from the allowance of each subject, or is *Limited.
// It commits by itself, so that an attempt counts even if what follows fails.
// The rows hold over all nodes that share the database.
func (l *Login) Allow(ctx context.Context, subjects ...Subject) error {
	for _, s := range subjects {
		if err := l.o.DB.Group(ctx, func(tx *db.Tx) error { return l.take(ctx, tx, s) }); err != nil {
			return err
		}
	}
	return nil
}

// take is the generic cell rate algorithm: full_at is when the allowance is
// whole again; an attempt moves it on by Every, unless it lies too far ahead.
func (l *Login) take(ctx context.Context, tx *db.Tx, s Subject) error {
	key := l.key(s)
	now, every := l.now(), s.limit.Every.Microseconds()
	latest := now + every*int64(s.limit.Burst-1)
	n, err := tx.Exec(ctx, `INSERT INTO login_limit (key, full_at) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE
		SET full_at = CASE WHEN login_limit.full_at < $3 THEN $2 ELSE login_limit.full_at + $4 END
		WHERE login_limit.full_at <= $5`, key, now+every, now, every, latest)
	if err != nil || n > 0 {
		return err
	}
	var full int64
	if err := tx.QueryRow(ctx, `SELECT full_at FROM login_limit WHERE key = $1`, key).Scan(&full); err != nil {
		return err
	}
	return &Limited{Wait: max(time.Second, time.Duration(full-latest)*time.Microsecond)}
}

// Forgive gives a subject its whole allowance back, after a success.
func (l *Login) Forgive(ctx context.Context, tx *db.Tx, s Subject) error {
	_, err := tx.Exec(ctx, `DELETE FROM login_limit WHERE key = $1`, l.key(s))
	return err
}

func (l *Login) key(s Subject) []byte { return l.o.Seal.BlindIndex("limit."+s.kind, s.value) }
