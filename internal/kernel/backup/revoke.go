package backup

import (
	"context"

	"odaq/internal/platform/db"
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
func Revoke(ctx context.Context, tx *db.Tx) (Revoked, error) {
	var r Revoked
	for _, step := range []struct {
		n         *int64
		statement string
		args      []any
	}{
		{&r.Sessions, "DELETE FROM login_session", nil},
		{&r.Codes, "DELETE FROM login_code", nil},
		{&r.Tokens, "DELETE FROM login_token", nil},
		{&r.Messages, "DELETE FROM mail_outbox WHERE state = $1", []any{string(mail.Waiting)}},
	} {
		n, err := tx.Exec(ctx, step.statement, step.args...)
		if err != nil {
			return r, err
		}
		*step.n = n
	}
	return r, nil
}
