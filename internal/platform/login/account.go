package login

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/mail"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"odaq/internal/platform/db"
)

// State says whether an account may be used.
type State string

// The states.
const (
	Open   State = "open"
	Locked State = "locked" // nobody signs in until it is opened again
)

// Account is somebody who may sign in.
type Account struct {
	ID       int64
	Person   int64  // the person behind it, 0 if none
	Label    string // for staff; a member's account has none and is shown by the person's record
	Email    string
	Phone    string
	Language string
	State    State
	Made     time.Time
}

// ErrEmail says that a text is no e-mail address.
var ErrEmail = errors.New("login: not an e-mail address")

// NormalEmail is the one spelling under which an address is kept; empty stays empty.
func NormalEmail(s string) (string, error) {
	s = strings.ToLower(norm.NFC.String(strings.TrimSpace(s)))
	if s == "" {
		return "", nil
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s || len(s) > 254 {
		return "", ErrEmail
	}
	return s, nil
}

// NormalPhone keeps the digits and a leading plus.
func NormalPhone(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= '0' && r <= '9' || r == '+' && b.Len() == 0 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// PhoneKey is what of a number tells it from others, however the country is
// written before it: +7 701 …, 8 701 … and 701 … are one. Fewer than seven digits
// are no number: empty.
func PhoneKey(s string) string {
	digits := strings.TrimPrefix(NormalPhone(s), "+")
	if len(digits) < 7 {
		return ""
	}
	return digits[max(0, len(digits)-10):]
}

// Kinds of login_key.
const (
	byEmail   = "email"
	byPhone   = "phone"
	byPerson  = "person"
	byPasskey = "passkey"
	bySubject = "subject"
)

// Create makes an account; ErrTaken where its address or person has one.
func (l *Login) Create(ctx context.Context, tx *db.Tx, a Account) error {
	email, err := NormalEmail(a.Email)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO login_account (id, person_id, label, email, phone, language, state, made_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, a.ID, a.Person, a.Label,
		l.seal(email, "email", a.ID), l.seal(NormalPhone(a.Phone), "phone", a.ID), a.Language, string(Open), l.now())
	if err != nil {
		return err
	}
	if a.Person != 0 {
		if err := claim(ctx, tx, byPerson, number(a.Person), a.ID); err != nil {
			return err
		}
	}
	if phone := PhoneKey(a.Phone); phone != "" {
		// A telephone may be shared; by its number the account is found that had it first.
		if err := l.own(ctx, tx, byPhone, phone, a.ID); err != nil && err != ErrTaken {
			return err
		}
	}
	if email == "" {
		return nil
	}
	return l.own(ctx, tx, byEmail, email, a.ID)
}

// SetEmail changes the address by which an account is found.
func (l *Login) SetEmail(ctx context.Context, tx *db.Tx, account int64, address string) error {
	email, err := NormalEmail(address)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM login_key WHERE account_id = $1 AND kind = $2`, account, byEmail); err != nil {
		return err
	}
	if email != "" {
		if err := l.own(ctx, tx, byEmail, email, account); err != nil {
			return err
		}
	}
	n, err := tx.Exec(ctx, `UPDATE login_account SET email = $2 WHERE id = $1`, account, l.seal(email, "email", account))
	return some(n, err)
}

// Reindex moves the address and the number by which an account is found to the
// newest key; empty is one that it does not move.
func (l *Login) Reindex(ctx context.Context, tx *db.Tx, account int64, email, phone string) error {
	for _, by := range []struct{ kind, value string }{{byEmail, email}, {byPhone, PhoneKey(phone)}} {
		if by.value == "" {
			continue
		}
		n, err := tx.Exec(ctx, `DELETE FROM login_key WHERE account_id = $1 AND kind = $2`, account, by.kind)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		if err := l.own(ctx, tx, by.kind, by.value, account); err != nil {
			return err
		}
	}
	return nil
}

// SetState opens or locks an account; locking ends its sessions.
func (l *Login) SetState(ctx context.Context, tx *db.Tx, account int64, s State) error {
	n, err := tx.Exec(ctx, `UPDATE login_account SET state = $2 WHERE id = $1`, account, string(s))
	if err != nil || n == 0 || s == Open {
		return some(n, err)
	}
	_, err = tx.Exec(ctx, `DELETE FROM login_session WHERE account_id = $1`, account)
	return err
}

const accountColumns = `a.id, a.person_id, a.label, a.email, a.phone, a.language, a.state, a.made_at`

func (l *Login) scan(row interface{ Scan(...any) error }) (Account, error) {
	var a Account
	var email, phone []byte
	var state string
	var made int64
	if err := row.Scan(&a.ID, &a.Person, &a.Label, &email, &phone, &a.Language, &state, &made); err != nil {
		if err == db.ErrNoRows {
			err = ErrAbsent
		}
		return a, err
	}
	a.State, a.Made = State(state), time.UnixMicro(made).UTC()
	var err error
	if a.Email, err = l.open(email, "email", a.ID); err != nil {
		return a, err
	}
	a.Phone, err = l.open(phone, "phone", a.ID)
	return a, err
}

// Account reads one account, ErrAbsent if there is none.
func (l *Login) Account(ctx context.Context, q db.Querier, account int64) (Account, error) {
	return l.scan(q.QueryRow(ctx, `SELECT `+accountColumns+` FROM login_account a WHERE a.id = $1`, account))
}

// Accounts lists accounts from the newest, those with an id below before (0:
// from the start), at most limit.
func (l *Login) Accounts(ctx context.Context, q db.Querier, before int64, limit int) ([]Account, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	rows, err := q.Query(ctx, `SELECT `+accountColumns+` FROM login_account a WHERE a.id < $1 ORDER BY a.id DESC LIMIT $2`, before, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Account
	for rows.Next() {
		a, err := l.scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// OfPerson is the account of a person, ErrAbsent if there is none.
func (l *Login) OfPerson(ctx context.Context, q db.Querier, person int64) (int64, error) {
	return holder(ctx, q, byPerson, number(person))
}

// OfEmail is the account with an address, ErrAbsent if there is none.
func (l *Login) OfEmail(ctx context.Context, q db.Querier, address string) (int64, error) {
	email, err := NormalEmail(address)
	if err != nil || email == "" {
		return 0, ErrAbsent
	}
	return holder(ctx, q, byEmail, l.o.Seal.BlindIndexes(byEmail, email)...)
}

// OfPhone is the account with a telephone number, ErrAbsent if there is none.
func (l *Login) OfPhone(ctx context.Context, q db.Querier, phone string) (int64, error) {
	key := PhoneKey(phone)
	if key == "" {
		return 0, ErrAbsent
	}
	return holder(ctx, q, byPhone, l.o.Seal.BlindIndexes(byPhone, key)...)
}

// usable is nil when the account is there and open, else ErrRefused.
func usable(ctx context.Context, q db.Querier, account int64) error {
	var n int
	err := q.QueryRow(ctx, `SELECT count(*) FROM login_account WHERE id = $1 AND state = $2`, account, string(Open)).Scan(&n)
	if err == nil && n == 0 {
		return ErrRefused
	}
	return err
}

// own makes an address or a number the account's own, under the newest key;
// ErrTaken where it is somebody's under any.
func (l *Login) own(ctx context.Context, tx *db.Tx, kind, value string, account int64) error {
	prints := l.o.Seal.BlindIndexes(kind, value)
	if _, err := holder(ctx, tx, kind, prints...); err != ErrAbsent {
		if err == nil {
			err = ErrTaken
		}
		return err
	}
	return claim(ctx, tx, kind, prints[0], account)
}

// claim makes a value the account's own.
func claim(ctx context.Context, tx *db.Tx, kind string, value []byte, account int64) error {
	n, err := tx.Exec(ctx, `INSERT INTO login_key (kind, value, account_id) VALUES ($1, $2, $3) ON CONFLICT (kind, value) DO NOTHING`,
		kind, value, account)
	if err == nil && n == 0 {
		return ErrTaken
	}
	return err
}

func holder(ctx context.Context, q db.Querier, kind string, values ...[]byte) (int64, error) {
	for _, v := range values {
		var account int64
		err := q.QueryRow(ctx, `SELECT account_id FROM login_key WHERE kind = $1 AND value = $2`, kind, v).Scan(&account)
		if err != db.ErrNoRows {
			return account, err
		}
	}
	return 0, ErrAbsent
}

func some(n int64, err error) error {
	if err == nil && n == 0 {
		return ErrAbsent
	}
	return err
}

func number(v int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(v)) }

// Place binds a sealed value, "email", "phone" or "totp", to its account.
func Place(column string, account int64) []byte {
	return []byte("login." + column + ":" + hex.EncodeToString(number(account)))
}

func (l *Login) seal(plain, column string, account int64) []byte {
	if plain == "" {
		return []byte{}
	}
	return l.o.Seal.Seal([]byte(plain), Place(column, account))
}

func (l *Login) open(sealed []byte, column string, account int64) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	b, err := l.o.Seal.Open(sealed, Place(column, account))
	return string(b), err
}
