package login

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
	"odaq/internal/testkit/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// clock is a time tests move.
type clock struct {
	sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time { c.Lock(); defer c.Unlock(); return c.at }
func (c *clock) forward(d time.Duration) {
	c.Lock()
	defer c.Unlock()
	c.at = c.at.Add(d)
}

func each(t *testing.T, o Options, test func(t *testing.T, l *Login, c *clock)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if _, err := db.Migrate(t.Context(), d, []db.Source{{Name: "kernel", Number: 2, FS: os.DirFS("../../kernel/schema")}}); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "keys")
		s, err := seal.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		c := &clock{at: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
		o.DB, o.Seal, o.Now, o.BaseURL = d, s, c.Now, or(o.BaseURL, "https://odaq.example")
		l, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		test(t, l, c)
	})
}

func write(t *testing.T, l *Login, fn func(tx *db.Tx) error) error {
	t.Helper()
	return l.o.DB.Write(t.Context(), fn)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func create(t *testing.T, l *Login, a Account) {
	t.Helper()
	must(t, write(t, l, func(tx *db.Tx) error { return l.Create(t.Context(), tx, a) }))
}

func TestAccounts(t *testing.T) {
	each(t, Options{}, func(t *testing.T, l *Login, c *clock) {
		ctx := t.Context()
		create(t, l, Account{ID: 1, Person: 70, Email: " Aigul@Example.KZ ", Phone: "+7 (701) 000-00-01", Language: "kk"})
		create(t, l, Account{ID: 2, Label: "Registrar"})
		a, err := l.Account(ctx, l.o.DB.Read(), 1)
		must(t, err)
		if a.Email != "aigul@example.kz" || a.Phone != "+77010000001" || a.State != Open || !a.Made.Equal(c.Now()) {
			t.Fatalf("read back %+v", a)
		}
		want(t, write(t, l, func(tx *db.Tx) error { return l.Create(ctx, tx, Account{ID: 3, Email: "AIGUL@example.kz"}) }), ErrTaken)
		want(t, write(t, l, func(tx *db.Tx) error { return l.Create(ctx, tx, Account{ID: 4, Person: 70}) }), ErrTaken)
		want(t, write(t, l, func(tx *db.Tx) error { return l.Create(ctx, tx, Account{ID: 5, Email: "not an address"}) }), ErrEmail)
		if all, err := l.Accounts(ctx, l.o.DB.Read(), 0, 10); err != nil || len(all) != 2 || all[0].ID != 2 {
			t.Fatalf("refused accounts must leave nothing: %+v %v", all, err)
		}
		if got, err := l.OfPerson(ctx, l.o.DB.Read(), 70); err != nil || got != 1 {
			t.Fatalf("of person: %d %v", got, err)
		}
		_, err = l.OfPerson(ctx, l.o.DB.Read(), 71)
		want(t, err, ErrAbsent)
		must(t, write(t, l, func(tx *db.Tx) error { return l.SetEmail(ctx, tx, 1, "new@example.kz") }))
		_, err = l.OfEmail(ctx, l.o.DB.Read(), "aigul@example.kz")
		want(t, err, ErrAbsent)
		if got, err := l.OfEmail(ctx, l.o.DB.Read(), "NEW@example.kz"); err != nil || got != 1 {
			t.Fatalf("of e-mail: %d %v", got, err)
		}
		var raw []byte
		must(t, l.o.DB.Read().QueryRow(ctx, `SELECT email FROM login_account WHERE id = $1`, 1).Scan(&raw))
		if strings.Contains(string(raw), "example") {
			t.Fatal("the address is readable in the table")
		}
	})
}

func TestCode(t *testing.T) {
	each(t, Options{}, func(t *testing.T, l *Login, c *clock) {
		ctx := t.Context()
		create(t, l, Account{ID: 1})
		issue := func(code Code) (s string) {
			t.Helper()
			must(t, write(t, l, func(tx *db.Tx) (err error) { s, err = l.IssueCode(ctx, tx, 1, code); return err }))
			return s
		}
		redeem := func(s string) (account int64, second bool, err error) {
			err = write(t, l, func(tx *db.Tx) (err error) { account, second, err = l.RedeemCode(ctx, tx, s); return err })
			return
		}
		s := issue(Code{Life: time.Hour})
		if len(s) != 19 || strings.Count(s, "-") != 3 {
			t.Fatalf("a code is printed in groups of four: %q", s)
		}
		if a, second, err := redeem(strings.ToLower(strings.ReplaceAll(s, "-", " "))); err != nil || a != 1 || second {
			t.Fatalf("redeem as typed: %d %v %v", a, second, err)
		}
		_, _, err := redeem(s)
		want(t, err, ErrRefused) // single use
		s = issue(Code{Life: time.Hour})
		c.forward(time.Hour)
		_, _, err = redeem(s)
		want(t, err, ErrRefused) // too old
		first, second := issue(Code{Life: time.Hour}), issue(Code{Life: time.Hour, Uses: 2, Second: true})
		_, _, err = redeem(first)
		want(t, err, ErrRefused) // replaced
		for range 2 {
			if _, yes, err := redeem(second); err != nil || !yes {
				t.Fatalf("two uses: %v %v", yes, err)
			}
		}
		_, _, err = redeem(second)
		want(t, err, ErrRefused)
		slip := issue(Code{Kind: "slip", Life: time.Hour})
		issue(Code{Kind: "link", Life: time.Hour})
		if _, _, err := redeem(slip); err != nil {
			t.Fatal("a link that somebody asked for ended the printed slip:", err)
		}
		s = issue(Code{Life: time.Hour})
		must(t, write(t, l, func(tx *db.Tx) error { return l.SetState(ctx, tx, 1, Locked) }))
		_, _, err = redeem(s)
		want(t, err, ErrRefused)
		must(t, write(t, l, func(tx *db.Tx) error { return l.SetState(ctx, tx, 1, Open) }))
		if _, _, err = redeem(s); err != nil {
			t.Fatal("a refusal must not use the code up:", err)
		}
	})
}

// One code, many hands: exactly one gets in.
func TestCodeIsTakenOnce(t *testing.T) {
	each(t, Options{}, func(t *testing.T, l *Login, c *clock) {
		create(t, l, Account{ID: 1})
		var code string
		must(t, write(t, l, func(tx *db.Tx) (err error) {
			code, err = l.IssueCode(t.Context(), tx, 1, Code{Life: time.Hour})
			return err
		}))
		var wg sync.WaitGroup
		var mu sync.Mutex
		in := 0
		for range 8 {
			wg.Go(func() {
				err := l.o.DB.Write(t.Context(), func(tx *db.Tx) error { _, _, err := l.RedeemCode(t.Context(), tx, code); return err })
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					in++
				} else if !errors.Is(err, ErrRefused) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if in != 1 {
			t.Fatalf("%d got in", in)
		}
	})
}

func TestNormalCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := secret(16)
		typed := strings.Map(func(r rune) rune {
			switch rapid.IntRange(0, 3).Draw(t, "how") {
			case 0:
				r += 'a' - 'A'
				if r < 'a' || r > 'z' {
					r -= 'a' - 'A'
				}
			case 1:
				if r == '0' {
					return 'o'
				}
			case 2:
				if r == '1' {
					return 'l'
				}
			}
			return r
		}, code)
		if got := NormalCode(" " + group(typed) + "\t"); got != code {
			t.Fatalf("%q typed as %q is read as %q", code, typed, got)
		}
	})
}

func FuzzNormalCode(f *testing.F) {
	for _, s := range []string{"", "K7QF-2M9X-0000-1111", "кілт", "oOiIlL", "\x00\xff", strings.Repeat("-", 1000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := NormalCode(s)
		if NormalCode(once) != once {
			t.Fatalf("%q is not normal", once)
		}
	})
}

func TestPassword(t *testing.T) {
	each(t, Options{}, func(t *testing.T, l *Login, c *clock) {
		ctx := t.Context()
		create(t, l, Account{ID: 1, Email: "a@example.kz"})
		create(t, l, Account{ID: 2, Email: "b@example.kz"})
		hash, err := l.HashPassword(ctx, "туған жерім 1991 бұлақ")
		must(t, err)
		if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Fatalf("parameters: %s", hash)
		}
		must(t, write(t, l, func(tx *db.Tx) error { return l.SetPassword(ctx, tx, 1, hash) }))
		if a, err := l.Password(ctx, "A@example.kz", "туған жерім 1991 бұлақ"); err != nil || a != 1 {
			t.Fatalf("right password: %d %v", a, err)
		}
		// Unknown address, no password, wrong password, no password at all: one answer.
		for _, try := range [][2]string{{"a@example.kz", "туған жерім 1991"}, {"b@example.kz", "туған жерім 1991 бұлақ"},
			{"c@example.kz", "туған жерім 1991 бұлақ"}, {"a@example.kz", ""}, {"", ""}, {"a@example.kz", strings.Repeat("x", 1<<20)}} {
			_, err := l.Password(ctx, try[0], try[1])
			if err != ErrRefused {
				t.Errorf("%q: %v", try[0], err)
			}
		}
		must(t, write(t, l, func(tx *db.Tx) error { return l.SetState(ctx, tx, 1, Locked) }))
		_, err = l.Password(ctx, "a@example.kz", "туған жерім 1991 бұлақ")
		want(t, err, ErrRefused)
	})
}

// An unknown address costs a hash like a known one does.
func TestUnknownAddressCostsAHash(t *testing.T) {
	each(t, Options{}, func(t *testing.T, l *Login, c *clock) {
		for range cap(l.hashing) {
			l.hashing <- struct{}{} // all places are taken: who hashes must wait
		}
		done := make(chan error, 1)
		go func() { _, err := l.Password(t.Context(), "nobody@example.kz", "whatever it may be"); done <- err }()
		select {
		case err := <-done:
			t.Fatalf("answered without a hash: %v", err)
		case <-time.After(100 * time.Millisecond):
		}
		<-l.hashing
		want(t, <-done, ErrRefused)
	})
}

func TestCheckPassword(t *testing.T) {
	for plain, reason := range map[string]error{
		"short":                   ErrShort,
		"тоғыз-бол":               ErrShort,
		strings.Repeat("ab1", 43): ErrLong,
		"password123":             ErrCommon,
		"P@ssw0rd2026!":           ErrCommon,
		"Қазақстан2026":           ErrCommon,
		"1234567890":              ErrCommon,
		"9876543210":              ErrCommon,
		"aaaaaaaaaaaa":            ErrCommon,
		"abcabcabcabc":            ErrCommon,
		"qwertyuiop":              ErrCommon,
		"йцукенгшщз12":            ErrCommon,
		"0987654321!!":            ErrCommon,
		"nurlanova1987":           ErrCommon, // the label with a year
		"туған жерім бұлақ":       nil,
		"correct horse battery":   nil,
		"8412 0397 5561":          nil,
		"Ertis-Semey 47 көпір":    nil,
	} {
		if err := CheckPassword(plain, "nurlanova@example.kz", "Nurlanova"); !errors.Is(err, reason) || reason == nil && err != nil {
			t.Errorf("%q: got %v, want %v", plain, err, reason)
		}
	}
}

func FuzzCheckPassword(f *testing.F) {
	f.Add("password123", "a@b.kz")
	f.Add("\xff\xfe", "")
	f.Add("қазақстан", "қазақстан")
	f.Fuzz(func(t *testing.T, plain, own string) {
		err := CheckPassword(plain, own)
		if n := len([]rune(plain)); err == nil && (n < MinPassword || n > MaxPassword) {
			t.Fatalf("took %d characters", n)
		}
	})
}

func TestLimit(t *testing.T) {
	each(t, Options{PerAccount: Limit{Burst: 3, Every: time.Minute}, PerAddress: Limit{Burst: 5, Every: time.Second}}, func(t *testing.T, l *Login, c *clock) {
		ctx := t.Context()
		a := l.Named("password", "a@example.kz")
		for i := range 3 {
			if err := l.Allow(ctx, a); err != nil {
				t.Fatalf("attempt %d: %v", i+1, err)
			}
		}
		err := l.Allow(ctx, a)
		limited, ok := errors.AsType[*Limited](err)
		if !ok || limited.Wait != time.Minute {
			t.Fatalf("the fourth attempt: %v", err)
		}
		must(t, l.Allow(ctx, l.Named("password", "b@example.kz"))) // others are not touched
		must(t, l.Allow(ctx, l.Named("second", "a@example.kz")))
		c.forward(time.Minute)
		must(t, l.Allow(ctx, a))
		if err := l.Allow(ctx, a); err == nil {
			t.Fatal("one a minute")
		}
		must(t, write(t, l, func(tx *db.Tx) error { return l.Forgive(ctx, tx, a) }))
		must(t, l.Allow(ctx, a))
		// Another node with the same database counts on.
		other, err := New(l.o)
		must(t, err)
		must(t, other.Allow(ctx, a))
		must(t, l.Allow(ctx, a))
		if err := other.Allow(ctx, a); err == nil {
			t.Fatal("the limit must hold over nodes")
		}
		for range 5 {
			must(t, l.Allow(ctx, l.Address("2001:db8::")))
		}
		if err := l.Allow(ctx, l.Address("2001:db8::")); err == nil {
			t.Fatal("an address is limited")
		}
	})
}

func TestLimitAmongCallers(t *testing.T) {
	each(t, Options{PerAccount: Limit{Burst: 5, Every: time.Hour}}, func(t *testing.T, l *Login, c *clock) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		ok := 0
		for range 20 {
			wg.Go(func() {
				if l.Allow(t.Context(), l.Named("second", "7")) == nil {
					mu.Lock()
					ok++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if ok != 5 {
			t.Fatalf("%d of 20 were let through, want 5", ok)
		}
	})
}

func TestToken(t *testing.T) {
	each(t, Options{}, func(t *testing.T, l *Login, c *clock) {
		ctx := t.Context()
		create(t, l, Account{ID: 1})
		var plain string
		must(t, write(t, l, func(tx *db.Tx) (err error) {
			plain, err = l.IssueToken(ctx, tx, Token{ID: 9, Account: 1, Name: "export", Scopes: []string{"membership.*", "structure.read"}, Expires: c.Now().Add(time.Hour)})
			return err
		}))
		if !strings.HasPrefix(plain, TokenPrefix) || len(plain) < 30 {
			t.Fatalf("token %q", plain)
		}
		var stored []byte
		must(t, l.o.DB.Read().QueryRow(ctx, `SELECT hash FROM login_token`).Scan(&stored))
		if strings.Contains(string(stored), plain[5:]) {
			t.Fatal("the token itself is stored")
		}
		got, err := l.Token(ctx, plain)
		must(t, err)
		if got.Account != 1 || len(got.Scopes) != 2 || got.Second {
			t.Fatalf("%+v", got)
		}
		all, err := l.Tokens(ctx, l.o.DB.Read(), 1)
		must(t, err)
		if len(all) != 1 || !all[0].Used.Equal(c.Now()) {
			t.Fatalf("last use: %+v", all)
		}
		for _, bad := range []string{"", "odaq_", plain + "x", strings.ToUpper(plain), plain[5:], strings.Repeat("odaq_", 1000)} {
			_, err := l.Token(ctx, bad)
			want(t, err, ErrRefused)
		}
		c.forward(time.Hour)
		_, err = l.Token(ctx, plain)
		want(t, err, ErrRefused)
		c.forward(-time.Minute)
		want(t, write(t, l, func(tx *db.Tx) error { return l.RevokeToken(ctx, tx, 2, 9) }), ErrAbsent) // another's
		must(t, write(t, l, func(tx *db.Tx) error { return l.RevokeToken(ctx, tx, 1, 9) }))
		_, err = l.Token(ctx, plain)
		want(t, err, ErrRefused)
	})
}
