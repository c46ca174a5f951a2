package login

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"odaq/internal/platform/db"
)

// The cost of a password: OWASP's argon2id parameters for 19 MiB.
const (
	argonMemory  = 19 * 1024 // KiB
	argonTime    = 2
	argonThreads = 1
	argonKey     = 32
	argonSalt    = 16
)

// Lengths of a password in characters.
const (
	MinPassword = 10
	MaxPassword = 128
)

// Why a password is refused; compare with errors.Is.
var (
	ErrShort  = errors.New("login: the password is too short")
	ErrLong   = errors.New("login: the password is too long")
	ErrCommon = errors.New("login: the password is one of those tried first")
)

//go:embed common.txt
var commonText string

var common = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(commonText) {
		m[w] = true
	}
	return m
}()

// CheckPassword refuses passwords that are too short, or that an attacker tries
// first: common words with digits and signs around them, runs on the keyboard,
// repetitions, and what is known of the account (own: address, label).
func CheckPassword(plain string, own ...string) error {
	switch n := utf8.RuneCountInString(plain); {
	case n < MinPassword:
		return ErrShort
	case n > MaxPassword:
		return ErrLong
	}
	p := strings.ToLower(norm.NFKC.String(plain))
	for _, o := range own {
		name, _, _ := strings.Cut(strings.ToLower(o), "@")
		for w := range strings.FieldsFuncSeq(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if utf8.RuneCountInString(w) >= 4 {
				p = strings.ReplaceAll(p, w, "")
			}
		}
	}
	bare := strings.TrimFunc(p, func(r rune) bool { return !unicode.IsLetter(r) })
	if common[bare] || common[unleet.Replace(bare)] || common[strings.TrimSpace(p)] || bare == "" && monotonous(p) || patterned(p) {
		return ErrCommon
	}
	return nil
}

var unleet = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "@", "a", "5", "s", "$", "s", "7", "t")

// monotonous reports digits and signs that are few or go up or down in steps.
func monotonous(p string) bool {
	seen, steps, last := map[rune]bool{}, 0, rune(0)
	for _, r := range p {
		seen[r] = true
		if d := r - last; d == 1 || d == -1 || d == 0 || last == '9' && r == '0' {
			steps++
		}
		last = r
	}
	return len(seen) < 5 || steps >= utf8.RuneCountInString(p)*2/3
}

// patterned reports what is left of a password with at most four different
// characters, or one short piece repeated.
func patterned(p string) bool {
	rs := []rune(p)
	seen := map[rune]bool{}
	for _, r := range rs {
		seen[r] = true
	}
	if len(seen) < 5 {
		return true
	}
	for n := 1; n <= len(rs)/2 && n <= 6; n++ {
		same := true
		for i := n; i < len(rs) && same; i++ {
			same = rs[i] == rs[i-n]
		}
		if same {
			return true
		}
	}
	return false
}

// HashPassword hashes in the PHC format. At most one hash a core is at work at
// once (19 MiB each); others wait, or leave with ctx.
func (l *Login) HashPassword(ctx context.Context, plain string) (string, error) {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	key, err := l.argon(ctx, plain, salt, argonTime, argonMemory, argonThreads)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

func (l *Login) argon(ctx context.Context, plain string, salt []byte, time, memory uint32, threads uint8) ([]byte, error) {
	select {
	case l.hashing <- struct{}{}:
		defer func() { <-l.hashing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(norm.NFKC.String(plain)), salt, time, memory, threads, argonKey), nil
}

// fits compares a password with a hash in constant time.
func (l *Login) fits(ctx context.Context, plain, hash string) (bool, error) {
	var version int
	var memory, time uint32
	var threads uint8
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errors.New("login: a stored password hash is malformed")
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, errors.New("login: a stored password hash has another version")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil || time == 0 || threads == 0 {
		return false, errors.New("login: a stored password hash is malformed")
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err := errors.Join(err1, err2); err != nil {
		return false, err
	}
	key, err := l.argon(ctx, plain, salt, time, memory, threads)
	return err == nil && subtle.ConstantTimeCompare(key, want) == 1, err
}

// Password finds the account of an e-mail address if the password is its own;
// otherwise ErrRefused, after the same work whether or not the account exists.
// The caller asks Allow first.
func (l *Login) Password(ctx context.Context, address, plain string) (int64, error) {
	if utf8.RuneCountInString(plain) > MaxPassword {
		plain = "" // never hash a megabyte
	}
	q := l.o.DB.Read()
	hash := l.nobody
	account, err := l.OfEmail(ctx, q, address)
	switch {
	case err == nil:
		if hash, err = stored(ctx, q, account); err == ErrAbsent {
			hash = l.nobody
		} else if err != nil {
			return 0, err
		}
	case err != ErrAbsent:
		return 0, err
	}
	fits, err := l.fits(ctx, plain, hash)
	if err != nil {
		return 0, err
	}
	if !fits || account == 0 {
		return 0, ErrRefused
	}
	return account, usable(ctx, q, account)
}

// OwnPassword is nil when the password is the account's own, else ErrRefused.
func (l *Login) OwnPassword(ctx context.Context, account int64, plain string) error {
	hash, err := stored(ctx, l.o.DB.Read(), account)
	if err == ErrAbsent {
		return ErrRefused
	}
	if err != nil {
		return err
	}
	fits, err := l.fits(ctx, plain, hash)
	if err == nil && !fits {
		return ErrRefused
	}
	return err
}

// HasPassword reports whether the account has a password.
func (l *Login) HasPassword(ctx context.Context, q db.Querier, account int64) (bool, error) {
	_, err := stored(ctx, q, account)
	if err == ErrAbsent {
		return false, nil
	}
	return err == nil, err
}

func stored(ctx context.Context, q db.Querier, account int64) (hash string, err error) {
	err = q.QueryRow(ctx, `SELECT hash FROM login_password WHERE account_id = $1`, account).Scan(&hash)
	if err == db.ErrNoRows {
		err = ErrAbsent
	}
	return hash, err
}

// SetPassword stores what HashPassword made.
func (l *Login) SetPassword(ctx context.Context, tx *db.Tx, account int64, hash string) error {
	_, err := tx.Exec(ctx, `INSERT INTO login_password (account_id, hash, changed_at) VALUES ($1, $2, $3)
		ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`, account, hash, l.now())
	return err
}
