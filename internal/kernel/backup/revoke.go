package backup

import (
	"context"

	"odaq/internal/platform/db"
	"odaq/internal/platform/login"
	"odaq/internal/platform/mail"
)

// Revoked is how much of what was good once a restore took away.
type Revoked struct {
	Sessions, Codes, Tokens, Messages int64
}

// Revoke takes away what may have been used, ended or sent since the backup was
// made and would otherwise be good again: sessions somebody signed out of,
// one-time codes somebody used, access tokens somebody withdrew, messages that
// were sent. Passwords, passkeys and second factors stay as they were then:
// without them nobody could sign in.
func Revoke(ctx context.Context, tx *db.Tx) (r Revoked, err error) {
	if r.Sessions, r.Codes, r.Tokens, err = login.Revoke(ctx, tx); err != nil {
		return r, err
	}
	r.Messages, err = mail.Withdraw(ctx, tx)
	return r, err
}
