package membership_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base32"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"odaq/internal/area/membership"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/qr"
)

var (
	cardSigner = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	cardPublic = cardSigner.Public().(ed25519.PublicKey)
	sampleCard = membership.Card{Key: 3, Number: membership.NumberOf(10_000_001), Until: cal.Date(2026, 12, 31), Org: id.ID(7_123_456_789_012_345)}
	base       = base32.StdEncoding.WithPadding(base32.NoPadding)
)

// TestCardFits encodes the largest card as it is shown: 82 bytes, 41 modules.
func TestCardFits(t *testing.T) {
	for _, c := range []membership.Card{sampleCard, {Key: 65535, Number: membership.NumberOf(99_999_999), Until: cal.Date(2149, 6, 6), Org: 1<<63 - 1}} {
		s := membership.SignCard(c, cardSigner)
		raw, err := base.DecodeString(s.String())
		if err != nil || len(raw) != 82 {
			t.Errorf("%d bytes, %v", len(raw), err)
		}
		if n, err := (qr.Code{Text: s.String()}).Size(); err != nil || n != 41 {
			t.Errorf("%d modules, %v", n, err)
		}
		if got, ok := membership.ParseCard(" " + strings.ToLower(s.String()[:60]) + "\n" + s.String()[60:]); !ok || got != s || !got.Genuine(cardPublic) {
			t.Errorf("read back as %+v, %v", got.Card, ok)
		}
	}
}

func randomCard(t *rapid.T) membership.SignedCard {
	return membership.SignCard(membership.Card{
		Key:    rapid.Uint16().Draw(t, "key"),
		Number: membership.NumberOf(rapid.Int64Range(10_000_000, 99_999_999).Draw(t, "serial")),
		Until:  cal.Day(rapid.IntRange(0, 65535).Draw(t, "until")),
		Org:    id.ID(rapid.Int64Range(1, 1<<63-1).Draw(t, "org")),
	}, cardSigner)
}

func TestCardReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := randomCard(t)
		got, ok := membership.ParseCard(s.String())
		if !ok || got != s || !got.Genuine(cardPublic) {
			t.Fatalf("%+v was read back as %+v, %v", s.Card, got.Card, ok)
		}
	})
}

// TestCardOneBit changes one bit of the bytes or one character of the text:
// neither ever verifies.
func TestCardOneBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := randomCard(t)
		raw, err := base.DecodeString(s.String())
		if err != nil {
			t.Fatal(err)
		}
		bit := rapid.IntRange(0, len(raw)*8-1).Draw(t, "bit")
		raw[bit/8] ^= 1 << (bit % 8)
		if got, ok := membership.ParseCard(base.EncodeToString(raw)); ok && got.Genuine(cardPublic) {
			t.Fatalf("with bit %d changed it verifies as %+v", bit, got.Card)
		}
		text := []byte(s.String())
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		text[at] = rapid.SampledFrom([]byte(strings.ReplaceAll("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", string(text[at]), ""))).Draw(t, "other")
		if got, ok := membership.ParseCard(string(text)); ok && got.Genuine(cardPublic) {
			t.Fatalf("with character %d changed it verifies as %+v", at, got.Card)
		}
	})
}

func FuzzCard(f *testing.F) {
	good := membership.SignCard(sampleCard, cardSigner).String()
	f.Add(good)
	f.Add(strings.ToLower(good))
	f.Add(good[:131])
	f.Add(good[:131] + "B")
	f.Add(strings.Repeat("A", 132))
	f.Add(strings.Repeat("7", 132))
	f.Add("")
	f.Add("ұ" + good)
	f.Fuzz(func(t *testing.T, s string) {
		c, ok := membership.ParseCard(s)
		if !ok {
			return
		}
		if strings.ToUpper(strings.Join(strings.Fields(s), "")) != c.String() {
			t.Errorf("%q stands for the same card as %s", s, c)
		}
		if c.Genuine(cardPublic) && c.String() != good {
			t.Errorf("a card nobody signed verifies: %s", c)
		}
	})
}

func TestJudge(t *testing.T) {
	s := membership.SignCard(sampleCard, cardSigner)
	other, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key     ed25519.PublicKey
		revoked bool
		on      cal.Day
		want    membership.CardState
	}{
		{cardPublic, false, cal.Date(2026, 12, 31), membership.CardValid},
		{cardPublic, false, cal.Date(2027, 1, 1), membership.CardExpired},
		{cardPublic, true, cal.Date(2026, 12, 31), membership.CardRevoked},
		{cardPublic, true, cal.Date(2027, 1, 1), membership.CardExpired},
		{other, false, cal.Date(2026, 12, 31), membership.CardForged},
		{nil, false, cal.Date(2026, 12, 31), membership.CardForged},
	} {
		if got := membership.Judge(s, c.key, c.revoked, c.on); got != c.want {
			t.Errorf("%+v gives %s", c, got)
		}
	}
}

func TestLastDay(t *testing.T) {
	for _, c := range []struct {
		today      cal.Day
		month, day int
		want       cal.Day
	}{
		{cal.Date(2026, 1, 1), 12, 31, cal.Date(2026, 12, 31)},
		{cal.Date(2026, 12, 31), 12, 31, cal.Date(2026, 12, 31)},
		{cal.Date(2026, 7, 1), 6, 30, cal.Date(2027, 6, 30)},
		{cal.Date(2026, 3, 1), 2, 29, cal.Date(2027, 2, 28)},
		{cal.Date(2028, 1, 1), 2, 29, cal.Date(2028, 2, 29)},
	} {
		if got := membership.LastDay(c.today, c.month, c.day); got != c.want {
			t.Errorf("from %s until %d-%d: %s, want %s", c.today, c.month, c.day, got, c.want)
		}
	}
}
