package membership

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/text"
)

// Card is what a membership card says: a number, an organisation and a last
// day, never a name or the workplace. Org is the member organisation directly
// beneath the federation; its name is public.
type Card struct {
	Key    uint16 // of the key that signs it
	Number Number
	Until  cal.Day // the last day on which it is valid
	Org    id.ID
}

// SignedCard is a card with its signature, in the bytes that the QR code holds:
//
//	 0  version, 1
//	 1  key, 2 bytes; all numbers are big-endian
//	 3  member number, 5 bytes
//	 8  last valid day, days since 1970-01-01, 2 bytes
//	10  organisation, 8 bytes
//	18  Ed25519 signature of "odaq card\n" and the 18 bytes before it
type SignedCard struct {
	Card
	raw [cardSize]byte
}

const (
	cardVersion = 1
	cardBody    = 18
	cardSize    = cardBody + ed25519.SignatureSize
	cardDomain  = "odaq card\n"
)

// cardText has only characters of a QR code's alphanumeric mode: 132 of them,
// 41 × 41 modules at level M.
var cardText = base32.StdEncoding.WithPadding(base32.NoPadding)

// SignCard signs a card. Cards that say the same are the same, bit by bit.
func SignCard(c Card, key ed25519.PrivateKey) SignedCard {
	s := SignedCard{Card: c}
	b := s.raw[:0]
	b = append(b, cardVersion)
	b = binary.BigEndian.AppendUint16(b, c.Key)
	b = append(b, binary.BigEndian.AppendUint64(nil, uint64(c.Number))[3:]...)
	b = binary.BigEndian.AppendUint16(b, uint16(c.Until))
	b = binary.BigEndian.AppendUint64(b, uint64(c.Org))
	copy(s.raw[cardBody:], ed25519.Sign(key, cardMessage(b)))
	return s
}

func cardMessage(body []byte) []byte { return append([]byte(cardDomain), body...) }

// ParseCard reads the text of a QR code; spaces and the case of letters do not
// matter. It says nothing about the signature: see Genuine.
func ParseCard(s string) (SignedCard, bool) {
	s = strings.ToUpper(strings.Join(strings.Fields(s), ""))
	if len(s) != cardText.EncodedLen(cardSize) {
		return SignedCard{}, false
	}
	raw, err := cardText.DecodeString(s)
	// Of several texts with the same bytes only one is a card.
	if err != nil || raw[0] != cardVersion || cardText.EncodeToString(raw) != s {
		return SignedCard{}, false
	}
	c := SignedCard{Card: Card{
		Key:    binary.BigEndian.Uint16(raw[1:]),
		Number: Number(binary.BigEndian.Uint64(append(make([]byte, 3), raw[3:8]...))),
		Until:  cal.Day(binary.BigEndian.Uint16(raw[8:])),
		Org:    id.ID(binary.BigEndian.Uint64(raw[10:])),
	}}
	copy(c.raw[:], raw)
	return c, c.Number.Valid() && c.Org > 0
}

// String is the text of the QR code.
func (s SignedCard) String() string { return cardText.EncodeToString(s.raw[:]) }

// Genuine reports whether the key signed the card.
func (s SignedCard) Genuine(public ed25519.PublicKey) bool {
	return len(public) == ed25519.PublicKeySize && ed25519.Verify(public, cardMessage(s.raw[:cardBody]), s.raw[cardBody:])
}

// fingerprintSize keeps the chance that a good card is taken for one of
// 100,000 revoked ones below 10⁻¹⁴.
const fingerprintSize = 8

// Fingerprint names the card in the revocation list. It covers the signature,
// so that nobody who has not held the card can look its member up there.
func (s SignedCard) Fingerprint() []byte {
	sum := sha256.Sum256(s.raw[:])
	return sum[:fingerprintSize]
}

// CardState is what a check of a card finds.
type CardState string

// The states.
const (
	CardValid   CardState = "valid"
	CardExpired CardState = "expired"
	CardRevoked CardState = "revoked"
	CardForged  CardState = "forged" // no card of this federation, or changed
)

// CardAnswer is what whoever checks a card learns; of a forged one nothing.
type CardAnswer struct {
	State  CardState
	Number Number
	Org    text.Names
	Until  cal.Day
}

// judge is the rule of a check: genuine, then in time, then not revoked.
func judge(s SignedCard, public ed25519.PublicKey, revoked bool, today cal.Day) CardState {
	switch {
	case !s.Genuine(public):
		return CardForged
	case s.Until < today:
		return CardExpired
	case revoked:
		return CardRevoked
	}
	return CardValid
}

// lastDay is the next day of a month that is not before today: how long a card
// made today is valid.
func lastDay(today cal.Day, month, day int) cal.Day {
	last := func(year int) cal.Day {
		first := cal.Date(year, 1, 1).AddMonths(month - 1)
		return min(first+cal.Day(day-1), first.AddMonths(1)-1)
	}
	if d := last(today.Year()); d >= today {
		return d
	}
	return last(today.Year() + 1)
}

// SignedList is a public list and its signature, so that it may be passed on
// and kept by anybody.
type SignedList struct {
	List      string `json:"list" doc:"The list, a JSON text"`
	Key       uint16 `json:"key" doc:"The key that signed it"`
	Signature []byte `json:"signature" doc:"Ed25519 over \"odaq list\\n\" and the list, base64"`
}

const listDomain = "odaq list\n"

// Genuine reports whether the key signed the list.
func (l SignedList) Genuine(public ed25519.PublicKey) bool {
	return len(public) == ed25519.PublicKeySize && ed25519.Verify(public, []byte(listDomain+l.List), l.Signature)
}

// CardKeys is the list by which anybody can check cards.
type CardKeys struct {
	Day           cal.Day              `json:"day"`
	Keys          []PublicKey          `json:"keys"`
	Organisations map[id.ID]text.Names `json:"organisations"`
}

// PublicKey verifies cards until the day before To.
type PublicKey struct {
	ID     uint16  `json:"id"`
	Public []byte  `json:"public"`
	From   cal.Day `json:"from"`
	To     cal.Day `json:"to"`
}

// RevokedCards is the revocation list: who was suspended or left, and why, does
// not follow from it.
type RevokedCards struct {
	Made         cal.Instant `json:"made"`
	Fingerprints []byte      `json:"fingerprints"` // sorted, 8 bytes each
}

// Has reports whether the card is revoked.
func (r RevokedCards) Has(s SignedCard) bool {
	f := s.Fingerprint()
	for i := 0; i+fingerprintSize <= len(r.Fingerprints); i += fingerprintSize {
		if bytes.Equal(r.Fingerprints[i:i+fingerprintSize], f) {
			return true
		}
	}
	return false
}
