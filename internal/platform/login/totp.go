package login

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"odaq/internal/platform/db"
)

// period is the length of a TOTP step; skew is how many steps a clock may be off.
const (
	period = 30
	skew   = 1
)

var totpOptions = totp.ValidateOpts{Period: period, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// step finds the time step a code belongs to; none is 0.
func step(base32Secret, code string, at time.Time) (int64, error) {
	var found int64
	for d := int64(-skew); d <= skew; d++ {
		t := at.Add(time.Duration(d) * period * time.Second)
		want, err := totp.GenerateCodeCustom(base32Secret, t, totpOptions)
		if err != nil {
			return 0, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = t.Unix() / period
		}
	}
	return found, nil
}

// BeginTOTP makes a new secret that counts once ConfirmTOTP has seen a code of
// it. It refuses with ErrTaken while a confirmed one is there.
func (l *Login) BeginTOTP(ctx context.Context, tx *db.Tx, account int64) error {
	b := make([]byte, 20)
	rand.Read(b)
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
	n, err := tx.Exec(ctx, `INSERT INTO login_totp (account_id, secret, made_at, confirmed_at, last_step) VALUES ($1, $2, $3, 0, 0)
		ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, made_at = excluded.made_at, last_step = 0
		WHERE login_totp.confirmed_at = 0`, account, l.seal(secret, "totp", account), l.now())
	if err == nil && n == 0 {
		return ErrTaken
	}
	return err
}

// PendingTOTP is the secret that waits to be confirmed, in base 32 and as the
// otpauth address a QR code carries; name says which account it is for.
func (l *Login) PendingTOTP(ctx context.Context, q db.Querier, account int64, name string) (secret, address string, err error) {
	secret, confirmed, err := l.totp(ctx, q, account)
	if err != nil {
		return "", "", err
	}
	if confirmed {
		return "", "", ErrAbsent
	}
	// url.Values would write spaces as "+", which authenticators show.
	address = "otpauth://totp/" + url.PathEscape(l.o.Brand) + ":" + url.PathEscape(name) +
		"?secret=" + secret + "&issuer=" + url.PathEscape(l.o.Brand)
	return secret, address, nil
}

func (l *Login) totp(ctx context.Context, q db.Querier, account int64) (secret string, confirmed bool, err error) {
	var sealed []byte
	var at int64
	err = q.QueryRow(ctx, `SELECT secret, confirmed_at FROM login_totp WHERE account_id = $1`, account).Scan(&sealed, &at)
	if err == db.ErrNoRows {
		return "", false, ErrAbsent
	}
	if err != nil {
		return "", false, err
	}
	secret, err = l.open(sealed, "totp", account)
	return secret, at != 0, err
}

// ConfirmTOTP turns the waiting secret on when the code is one of its own.
func (l *Login) ConfirmTOTP(ctx context.Context, tx *db.Tx, account int64, code string) error {
	return l.spend(ctx, tx, account, code, false)
}

// CheckTOTP takes a code of the account's second factor; each works once.
func (l *Login) CheckTOTP(ctx context.Context, tx *db.Tx, account int64, code string) error {
	return l.spend(ctx, tx, account, code, true)
}

func (l *Login) spend(ctx context.Context, tx *db.Tx, account int64, code string, confirmed bool) error {
	secret, is, err := l.totp(ctx, tx, account)
	if err == ErrAbsent || err == nil && is != confirmed {
		return ErrRefused
	}
	if err != nil {
		return err
	}
	at, err := step(secret, strings.ReplaceAll(strings.TrimSpace(code), " ", ""), l.o.Now())
	if err != nil {
		return err
	}
	if at == 0 {
		return ErrRefused
	}
	n, err := tx.Exec(ctx, `UPDATE login_totp SET last_step = $2, confirmed_at = CASE WHEN confirmed_at = 0 THEN $3 ELSE confirmed_at END
		WHERE account_id = $1 AND last_step < $2`, account, at, l.now())
	if err == nil && n == 0 {
		return ErrRefused
	}
	return err
}

// recoveryCodes are printed together; each has 50 bits and works once.
const (
	recoveryCodes  = 10
	recoveryLength = 10
)

// IssueRecovery makes new recovery codes, in place of those issued before.
func (l *Login) IssueRecovery(ctx context.Context, tx *db.Tx, account int64) ([]string, error) {
	if _, err := tx.Exec(ctx, `DELETE FROM login_recovery WHERE account_id = $1`, account); err != nil {
		return nil, err
	}
	out := make([]string, recoveryCodes)
	for i := range out {
		code := secret(recoveryLength)
		out[i] = code[:5] + "-" + code[5:]
		_, err := tx.Exec(ctx, `INSERT INTO login_recovery (account_id, value) VALUES ($1, $2)`, account, l.recovery(account, code)[0])
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// recovery is the blind indexes of a code, which differ from account to account.
func (l *Login) recovery(account int64, code string) [][]byte {
	return l.o.Seal.BlindIndexes("recovery", hex.EncodeToString(number(account))+code)
}

// CheckRecovery takes a recovery code.
func (l *Login) CheckRecovery(ctx context.Context, tx *db.Tx, account int64, code string) error {
	for _, v := range l.recovery(account, NormalCode(code)) {
		n, err := tx.Exec(ctx, `DELETE FROM login_recovery WHERE account_id = $1 AND value = $2`, account, v)
		if err != nil || n > 0 {
			return err
		}
	}
	return ErrRefused
}

// Factors says which proofs an account has.
type Factors struct {
	Password bool
	TOTP     bool
	Recovery int // codes left
	Passkeys int
}

// Second reports whether there is a second factor to ask for.
func (f Factors) Second() bool { return f.TOTP || f.Passkeys > 0 }

// Factors reads which proofs an account has.
func (l *Login) Factors(ctx context.Context, q db.Querier, account int64) (Factors, error) {
	var f Factors
	var password, confirmed int
	err := q.QueryRow(ctx, `SELECT
		(SELECT count(*) FROM login_password WHERE account_id = $1),
		(SELECT count(*) FROM login_totp WHERE account_id = $1 AND confirmed_at > 0),
		(SELECT count(*) FROM login_recovery WHERE account_id = $1),
		(SELECT count(*) FROM login_passkey WHERE account_id = $1)`, account).Scan(&password, &confirmed, &f.Recovery, &f.Passkeys)
	f.Password, f.TOTP = password > 0, confirmed > 0
	return f, err
}

// RemoveTOTP takes the time-based factor and its recovery codes away.
func (l *Login) RemoveTOTP(ctx context.Context, tx *db.Tx, account int64) error {
	if _, err := tx.Exec(ctx, `DELETE FROM login_recovery WHERE account_id = $1`, account); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `DELETE FROM login_totp WHERE account_id = $1`, account)
	return some(n, err)
}

// Reset takes every proof away but the e-mail address, and ends all sessions
// and tokens: for an account whose owner has lost them and comes in person.
func (l *Login) Reset(ctx context.Context, tx *db.Tx, account int64) error {
	for _, q := range []string{
		`DELETE FROM login_password WHERE account_id = $1`,
		`DELETE FROM login_totp WHERE account_id = $1`,
		`DELETE FROM login_recovery WHERE account_id = $1`,
		`DELETE FROM login_passkey WHERE account_id = $1`,
		`DELETE FROM login_code WHERE account_id = $1`,
		`DELETE FROM login_session WHERE account_id = $1`,
		`DELETE FROM login_token WHERE account_id = $1`,
		`DELETE FROM login_key WHERE account_id = $1 AND kind IN ('passkey', 'subject')`,
	} {
		if _, err := tx.Exec(ctx, q, account); err != nil {
			return err
		}
	}
	return nil
}

// Forget does Reset and takes the address, the person and the label away too:
// what is left is a locked number in the audit trail.
func (l *Login) Forget(ctx context.Context, tx *db.Tx, account int64) error {
	if err := l.Reset(ctx, tx, account); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM login_key WHERE account_id = $1`, account); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE login_account SET person_id = 0, label = '', email = $2, phone = $2, state = $3 WHERE id = $1`,
		account, []byte{}, string(Locked))
	return some(n, err)
}
