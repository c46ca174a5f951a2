package login

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"time"

	"odaq/internal/platform/db"
)

// TokenPrefix makes a leaked token recognisable to secret scanners.
const TokenPrefix = "odaq_"

// Token is a personal access token, without its secret.
type Token struct {
	ID      int64
	Account int64
	Name    string
	Scopes  []string // what it may do; never empty
	Second  bool     // it was made by somebody who had confirmed the second factor
	Made    time.Time
	Expires time.Time
	Used    time.Time // zero: never
}

// IssueToken makes a token and returns its secret, which is never shown again.
// ID, Account, Name, Scopes, Second and Expires of t are the caller's.
func (l *Login) IssueToken(ctx context.Context, tx *db.Tx, t Token) (string, error) {
	plain := TokenPrefix + strings.ToLower(rand.Text())
	_, err := tx.Exec(ctx, `INSERT INTO login_token (hash, id, account_id, name, scopes, second, made_at, expires_at, used_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)`, digest(plain), t.ID, t.Account, t.Name,
		strings.Join(t.Scopes, " "), flag(t.Second), l.now(), t.Expires.UnixMicro())
	return plain, err
}

func digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

const tokenColumns = `t.id, t.account_id, t.name, t.scopes, t.second, t.made_at, t.expires_at, t.used_at`

func scanToken(row interface{ Scan(...any) error }) (Token, error) {
	var t Token
	var scopes string
	var second, made, expires, used int64
	err := row.Scan(&t.ID, &t.Account, &t.Name, &scopes, &second, &made, &expires, &used)
	t.Scopes, t.Second = strings.Fields(scopes), second == 1
	t.Made, t.Expires = time.UnixMicro(made).UTC(), time.UnixMicro(expires).UTC()
	if used != 0 {
		t.Used = time.UnixMicro(used).UTC()
	}
	return t, err
}

// Token recognises a token's secret; ErrRefused when it is unknown or has
// expired, or its account is locked.
func (l *Login) Token(ctx context.Context, plain string) (Token, error) {
	if !strings.HasPrefix(plain, TokenPrefix) || len(plain) > 100 {
		return Token{}, ErrRefused
	}
	now := l.now()
	t, err := scanToken(l.o.DB.Read().QueryRow(ctx, `SELECT `+tokenColumns+` FROM login_token t JOIN login_account a ON a.id = t.account_id
		WHERE t.hash = $1 AND t.expires_at > $2 AND a.state = $3`, digest(plain), now, string(Open)))
	if err == db.ErrNoRows {
		return Token{}, ErrRefused
	}
	if err != nil || now-t.Used.UnixMicro() < seenEvery.Microseconds() {
		return t, err
	}
	return t, l.o.DB.Group(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE login_token SET used_at = $2 WHERE hash = $1`, digest(plain), now)
		return err
	})
}

// Tokens lists an account's tokens, the newest first, expired ones too.
func (l *Login) Tokens(ctx context.Context, q db.Querier, account int64) ([]Token, error) {
	rows, err := q.Query(ctx, `SELECT `+tokenColumns+` FROM login_token t WHERE t.account_id = $1 ORDER BY t.id DESC`, account)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Token
	for rows.Next() {
		t, err := scanToken(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

// RevokeToken deletes one of the account's tokens, ErrAbsent if there is none.
func (l *Login) RevokeToken(ctx context.Context, tx *db.Tx, account, token int64) error {
	n, err := tx.Exec(ctx, `DELETE FROM login_token WHERE account_id = $1 AND id = $2`, account, token)
	return some(n, err)
}
