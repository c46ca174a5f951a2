package login

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"odaq/internal/platform/db"
)

// crockford is base 32 without i, l, o, u, which people confuse.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// secret is n random characters of 5 bits each.
func secret(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	for i := range b {
		b[i] = crockford[b[i]&31]
	}
	return string(b)
}

// group sets a code in fours: K7QF-2M9X-….
func group(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// NormalCode is a code as typed, without groups and with the letters people
// take for digits set right.
func NormalCode(s string) string {
	var b strings.Builder
	for _, r := range strings.ToUpper(s) {
		switch r {
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if strings.ContainsRune(crockford, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// ShortCode is a code of 40 bits, K7QF-2M9X, to be typed within minutes and a few
// tries: it proves that somebody reads an address.
func ShortCode() string { return group(secret(8)) }

// codeLength gives 80 bits.
const codeLength = 16

// Code says what a one-time code is good for.
type Code struct {
	Kind   string // "slip", "link": a new code ends those of its kind
	Life   time.Duration
	Uses   int  // 1 if 0
	Second bool // who holds it needs no second factor; for demonstrations only
}

// IssueCode makes a code for an account and returns it in groups of four; codes
// of the same kind issued before stop working, so that a link somebody else asked
// for does not end a printed slip. For account 0 it does the same work, but the code
// opens nothing: so the time of an answer tells nothing.
func (l *Login) IssueCode(ctx context.Context, tx *db.Tx, account int64, c Code) (string, error) {
	if _, err := tx.Exec(ctx, `DELETE FROM login_code WHERE account_id = $1 AND kind = $2`, account, c.Kind); err != nil {
		return "", err
	}
	code := secret(codeLength)
	now := l.o.Now()
	_, err := tx.Exec(ctx, `INSERT INTO login_code (value, account_id, kind, uses_left, second, made_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		l.o.Seal.BlindIndex("code", code), account, c.Kind, max(c.Uses, 1), flag(c.Second), now.UnixMicro(), now.Add(c.Life).UnixMicro())
	return group(code), err
}

// RedeemCode takes one use of a code and says whose it is and whether it
// stands for the second factor too. ErrRefused when it is unknown, used up or
// too old, or its account is locked.
func (l *Login) RedeemCode(ctx context.Context, tx *db.Tx, code string) (account int64, second bool, err error) {
	code = NormalCode(code)
	if len(code) != codeLength {
		return 0, false, ErrRefused
	}
	var confirmed int64
	err = db.ErrNoRows
	for _, v := range l.o.Seal.BlindIndexes("code", code) {
		err = tx.QueryRow(ctx, `UPDATE login_code SET uses_left = uses_left - 1
			WHERE value = $1 AND uses_left > 0 AND expires_at > $2 RETURNING account_id, second`, v, l.now()).Scan(&account, &confirmed)
		if err != db.ErrNoRows {
			break
		}
	}
	if err == db.ErrNoRows {
		return 0, false, ErrRefused
	}
	if err != nil {
		return 0, false, err
	}
	return account, confirmed == 1, usable(ctx, tx, account)
}
