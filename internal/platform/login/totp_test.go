package login

import (
	"encoding/base32"
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"odaq/internal/platform/db"
)

// TestTOTPVectors checks the SHA-1 vectors of RFC 6238, appendix B. They have
// eight digits; ours are their last six.
func TestTOTPVectors(t *testing.T) {
	dir := os.Getenv("ODAQ_VECTORS_DIR")
	path := filepath.Join(dir, "totp_test_vectors.csv")
	if _, err := os.Stat(path); dir == "" || err != nil {
		path = "testdata/totp_test_vectors.csv"
	}
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	must(t, err)
	if len(rows) < 7 {
		t.Fatalf("%s has %d rows", path, len(rows))
	}
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte("12345678901234567890"))
	for _, row := range rows[1:] {
		sec, err := strconv.ParseInt(row[0], 10, 64)
		must(t, err)
		got, err := step(secret, row[1][2:], time.Unix(sec, 0))
		must(t, err)
		if got != sec/30 {
			t.Errorf("at %d: code %s belongs to step %d, want %d", sec, row[1][2:], got, sec/30)
		}
	}
}

func TestTOTP(t *testing.T) {
	each(t, Options{}, func(t *testing.T, l *Login, c *clock) {
		ctx := t.Context()
		create(t, l, Account{ID: 1, Label: "A B"})
		in := func(fn func(tx *db.Tx) error) error { return write(t, l, fn) }
		must(t, in(func(tx *db.Tx) error { return l.BeginTOTP(ctx, tx, 1) }))
		secret, address, err := l.PendingTOTP(ctx, l.o.DB.Read(), 1, "A B")
		must(t, err)
		if !strings.HasPrefix(address, "otpauth://totp/Odaq:A%20B?secret="+secret) {
			t.Fatal(address)
		}
		code := func() string {
			s, err := totp.GenerateCodeCustom(secret, c.Now(), totpOptions)
			must(t, err)
			return s
		}
		want(t, in(func(tx *db.Tx) error { return l.CheckTOTP(ctx, tx, 1, code()) }), ErrRefused) // not confirmed yet
		want(t, in(func(tx *db.Tx) error { return l.ConfirmTOTP(ctx, tx, 1, "000000") }), ErrRefused)
		must(t, in(func(tx *db.Tx) error { return l.ConfirmTOTP(ctx, tx, 1, code()) }))
		want(t, in(func(tx *db.Tx) error { return l.CheckTOTP(ctx, tx, 1, code()) }), ErrRefused) // that code was used
		want(t, in(func(tx *db.Tx) error { return l.BeginTOTP(ctx, tx, 1) }), ErrTaken)
		_, _, err = l.PendingTOTP(ctx, l.o.DB.Read(), 1, "")
		want(t, err, ErrAbsent) // a confirmed secret is never shown again
		c.forward(30 * time.Second)
		late := code()
		must(t, in(func(tx *db.Tx) error { return l.CheckTOTP(ctx, tx, 1, late[:3]+" "+late[3:]) }))
		c.forward(30 * time.Second)
		want(t, in(func(tx *db.Tx) error { return l.CheckTOTP(ctx, tx, 1, late) }), ErrRefused)
		next := code()
		c.forward(-30 * time.Second)
		must(t, in(func(tx *db.Tx) error { return l.CheckTOTP(ctx, tx, 1, next) })) // a clock half a minute fast
		c.forward(90 * time.Second)
		want(t, in(func(tx *db.Tx) error { return l.CheckTOTP(ctx, tx, 1, next) }), ErrRefused)

		var codes []string
		must(t, in(func(tx *db.Tx) (err error) { codes, err = l.IssueRecovery(ctx, tx, 1); return err }))
		if len(codes) != recoveryCodes {
			t.Fatal(codes)
		}
		must(t, in(func(tx *db.Tx) error { return l.CheckRecovery(ctx, tx, 1, strings.ToLower(codes[3])) }))
		want(t, in(func(tx *db.Tx) error { return l.CheckRecovery(ctx, tx, 1, codes[3]) }), ErrRefused)
		want(t, in(func(tx *db.Tx) error { return l.CheckRecovery(ctx, tx, 2, codes[4]) }), ErrRefused)
		f, err := l.Factors(ctx, l.o.DB.Read(), 1)
		must(t, err)
		if f != (Factors{TOTP: true, Recovery: recoveryCodes - 1}) {
			t.Fatalf("%+v", f)
		}
		must(t, in(func(tx *db.Tx) error { return l.RemoveTOTP(ctx, tx, 1) }))
		if f, _ := l.Factors(ctx, l.o.DB.Read(), 1); f.Second() || f.Recovery != 0 {
			t.Fatalf("%+v", f)
		}
	})
}
