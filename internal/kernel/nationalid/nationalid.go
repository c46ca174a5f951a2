// Package nationalid checks the numbers a state gives to people and
// organisations, by rules that are data: no country is known here. A number is
// personal data: no error, log or URL may hold it, and none of this package's
// errors does. (жеке сәйкестендіру нөмірі, идентификационный номер)
package nationalid

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/text"
)

// Subject says whom a scheme numbers.
type Subject string

// The subjects.
const (
	Person       Subject = "person"
	Organisation Subject = "organisation"
)

// Scheme is the rule by which one kind of number is made. Positions count the
// digits from 1, as laws do; the last digit is the check digit.
type Scheme struct {
	Code         string     `toml:"code"`
	Subject      Subject    `toml:"subject"`
	Name         text.Names `toml:"name"`
	Length       int        `toml:"length"`
	Weights      [][]int    `toml:"weights"`    // rows for the digits before the last; the next row is taken when a row leaves no digit
	SumDigits    bool       `toml:"sum_digits"` // a product of two digits counts as their sum, as in Luhn's rule
	Modulus      int        `toml:"modulus"`
	Complement   bool       `toml:"complement"`   // the check digit is modulus − remainder
	Overflow     string     `toml:"overflow"`     // what remains when no row leaves a digit: "refuse" or "zero"
	BirthAt      *Birth     `toml:"birth"`        // absent when the number tells no birth date
	RegisteredAt *Month     `toml:"registration"` // absent when the number tells no month of registration
	Kinds        []Kind     `toml:"kind"`
}

// Birth says where the number holds a birth date: two digits each, and one that
// tells the century.
type Birth struct {
	Year      int       `toml:"year"`
	Month     int       `toml:"month"`
	Day       int       `toml:"day"`
	Century   int       `toml:"century"`
	Centuries []Century `toml:"centuries"` // only the listed digits are valid
}

// Century is one meaning of the century digit.
type Century struct {
	Digit int    `toml:"digit"`
	First int    `toml:"first"` // the year to which the two digits are added
	Sex   string `toml:"sex"`   // "m", "f" or empty
}

// Month says where the number holds a year and month, two digits each. The
// years run from FirstYear to FirstYear+99.
type Month struct {
	Year      int `toml:"year"`
	Month     int `toml:"month"`
	FirstYear int `toml:"first_year"`
}

// Kind is one meaning of a digit. A position that has kinds holds only their digits.
type Kind struct {
	At    int        `toml:"at"`
	Digit int        `toml:"digit"`
	Code  string     `toml:"code"`
	Name  text.Names `toml:"name"`
}

// Reason is why a number is refused. It is a message key, and never holds the number.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	NotDigits      Reason = "nationalid.not-digits"
	WrongLength    Reason = "nationalid.length"
	AllZeros       Reason = "nationalid.all-zeros" // passes a naive checksum
	WrongCheck     Reason = "nationalid.checksum"
	ImpossibleDate Reason = "nationalid.date"
	UnknownKind    Reason = "nationalid.kind"
)

// Error is the message key.
func (r Reason) Error() string { return string(r) }

// Clean takes out the spaces and hyphens with which people group digits.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\u00a0', '\u202f', '\t', '-', '\u2011', '\u2013':
			return -1
		}
		return r
	}, s)
}

// Check returns nil when number can be one of the scheme, else its Reason. It is
// no proof: a rule with weights 1 to 11 modulo 11 does not see a mistyped digit
// whose weight is 11, which is usually the last one before the check digit.
func (s *Scheme) Check(number string) error {
	if strings.ContainsFunc(number, func(r rune) bool { return r < '0' || r > '9' }) {
		return NotDigits
	}
	if len(number) != s.Length {
		return WrongLength
	}
	if strings.Trim(number, "0") == "" {
		return AllZeros
	}
	if c, ok := s.checkDigit(number); !ok || c != digit(number, s.Length) {
		return WrongCheck
	}
	if s.BirthAt != nil {
		if _, ok := s.birth(number); !ok {
			return ImpossibleDate
		}
	}
	if s.RegisteredAt != nil {
		if m := pair(number, s.RegisteredAt.Month); m < 1 || m > 12 {
			return ImpossibleDate
		}
	}
	for _, k := range s.Kinds {
		if _, ok := s.kindAt(number, k.At); !ok {
			return UnknownKind
		}
	}
	return nil
}

// Birth is the birth date a valid number tells. It is a hint: a corrected birth
// date does not change the number, so a difference is no proof of an error.
func (s *Scheme) Birth(number string) (cal.Day, bool) {
	if s.BirthAt == nil || s.Check(number) != nil {
		return 0, false
	}
	return s.birth(number)
}

// Registered is the year and month of registration a valid number tells.
func (s *Scheme) Registered(number string) (int, time.Month, bool) {
	if s.RegisteredAt == nil || s.Check(number) != nil {
		return 0, 0, false
	}
	return s.RegisteredAt.year(number), time.Month(pair(number, s.RegisteredAt.Month)), true
}

// KindsOf are the kinds a valid number tells, in the order of their positions.
func (s *Scheme) KindsOf(number string) []Kind {
	if s.Check(number) != nil {
		return nil
	}
	var out []Kind
	for at := 1; at <= s.Length; at++ {
		if k, ok := s.kindAt(number, at); ok {
			out = append(out, k)
		}
	}
	return out
}

// Traits are what a made-up number shall tell, where its scheme tells it.
type Traits struct {
	Day   cal.Day  // of birth or registration
	Sex   string   // "m", "f" or empty for any
	Kinds []string // codes; for a position none of them names, the first kind listed
}

// Generate makes a valid number with these traits for synthetic people and
// organisations; the same rng state gives the same number. It may by chance be
// a living person's: it is to be marked as invented wherever it is shown.
func (s *Scheme) Generate(rng *rand.Rand, t Traits) (string, error) {
	d := make([]byte, s.Length)
	year, month, day := t.Day.Date()
	for range 1000 {
		for i := range d {
			d[i] = '0' + byte(rng.IntN(10))
		}
		if b := s.BirthAt; b != nil {
			c, ok := b.century(year, t.Sex)
			if !ok {
				return "", fmt.Errorf("nationalid: scheme %s has no century for the year %d", s.Code, year)
			}
			d[b.Century-1] = '0' + byte(c.Digit)
			put(d, b.Year, year-c.First)
			put(d, b.Month, int(month))
			put(d, b.Day, day)
		}
		if m := s.RegisteredAt; m != nil {
			if year < m.FirstYear || year > m.FirstYear+99 {
				return "", fmt.Errorf("nationalid: scheme %s cannot write the year %d", s.Code, year)
			}
			put(d, m.Year, year%100)
			put(d, m.Month, int(month))
		}
		s.putKinds(d, t.Kinds)
		c, ok := s.checkDigit(string(d))
		d[s.Length-1] = '0' + byte(c)
		if number := string(d); ok && s.Check(number) == nil {
			return number, nil
		}
	}
	return "", fmt.Errorf("nationalid: scheme %s allows no number with these traits", s.Code)
}

// Validate tells what is wrong with a scheme as it was written.
func (s *Scheme) Validate() error {
	var errs []error
	wrong := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("scheme %q: "+format, append([]any{s.Code}, args...)...))
	}
	place := func(what string, at, width int) {
		if at < 1 || at+width-1 >= s.Length {
			wrong("the position of %s, %d, must lie before the check digit, the last of %d", what, at, s.Length)
		}
	}
	if s.Code == "" {
		wrong("code is missing")
	}
	if s.Subject != Person && s.Subject != Organisation {
		wrong("subject must be %q or %q", Person, Organisation)
	}
	if s.Length < 2 || s.Length > 64 {
		wrong("length must be 2 to 64")
	}
	if s.Modulus < 2 || s.Modulus > 1000 {
		wrong("modulus must be 2 to 1000")
	}
	if len(s.Weights) == 0 {
		wrong("weights are missing")
	}
	for i, row := range s.Weights {
		if len(row) != s.Length-1 {
			wrong("row %d of weights has %d numbers; a number of %d digits needs %d", i+1, len(row), s.Length, s.Length-1)
		}
		for _, w := range row {
			if w < 0 || w > 1000 {
				wrong("row %d of weights: %d is not in 0 to 1000", i+1, w)
			}
		}
	}
	if s.Overflow != "refuse" && s.Overflow != "zero" {
		wrong(`overflow must be "refuse" or "zero"`)
	}
	if b := s.BirthAt; b != nil {
		place("the birth year", b.Year, 2)
		place("the birth month", b.Month, 2)
		place("the birth day", b.Day, 2)
		place("the century", b.Century, 1)
		if len(b.Centuries) == 0 {
			wrong("birth.centuries are missing")
		}
		for _, c := range b.Centuries {
			if c.Digit < 0 || c.Digit > 9 || c.First%100 != 0 || c.First < 1800 || c.First > 9900 {
				wrong("century: digit must be 0 to 9 and first a year such as 1900")
			}
		}
	}
	if m := s.RegisteredAt; m != nil {
		place("the year of registration", m.Year, 2)
		place("the month of registration", m.Month, 2)
		if m.FirstYear < 1800 || m.FirstYear > 9900 {
			wrong("registration.first_year must be 1800 to 9900")
		}
	}
	for _, k := range s.Kinds {
		place("kind "+k.Code, k.At, 1)
		if k.Digit < 0 || k.Digit > 9 {
			wrong("kind %q: digit must be 0 to 9", k.Code)
		}
	}
	return errors.Join(errs...)
}

// checkDigit computes the last digit from those before it.
func (s *Scheme) checkDigit(number string) (int, bool) {
	for _, row := range s.Weights {
		sum := 0
		for i, w := range row {
			p := w * int(number[i]-'0')
			if s.SumDigits {
				p = p/10 + p%10
			}
			sum += p
		}
		c := sum % s.Modulus
		if s.Complement {
			c = (s.Modulus - c) % s.Modulus
		}
		if c < 10 {
			return c, true
		}
	}
	return 0, s.Overflow == "zero"
}

func (s *Scheme) birth(number string) (cal.Day, bool) {
	b := s.BirthAt
	for _, c := range b.Centuries {
		if c.Digit != digit(number, b.Century) {
			continue
		}
		y, m, d := c.First+pair(number, b.Year), time.Month(pair(number, b.Month)), pair(number, b.Day)
		day := cal.Date(y, m, d)
		yy, mm, dd := day.Date()
		return day, yy == y && mm == m && dd == d
	}
	return 0, false
}

func (b *Birth) century(year int, sex string) (Century, bool) {
	for _, c := range b.Centuries {
		if year >= c.First && year < c.First+100 && (sex == "" || c.Sex == "" || c.Sex == sex) {
			return c, true
		}
	}
	return Century{}, false
}

func (m *Month) year(number string) int {
	y := m.FirstYear - m.FirstYear%100 + pair(number, m.Year)
	if y < m.FirstYear {
		y += 100
	}
	return y
}

func (s *Scheme) kindAt(number string, at int) (Kind, bool) {
	for _, k := range s.Kinds {
		if k.At == at && k.Digit == digit(number, at) {
			return k, true
		}
	}
	return Kind{}, false
}

// putKinds writes, per position, the wanted kind or the first one listed.
func (s *Scheme) putKinds(d []byte, wanted []string) {
	done := map[int]bool{}
	for _, k := range s.Kinds {
		for _, code := range wanted {
			if k.Code == code {
				d[k.At-1], done[k.At] = '0'+byte(k.Digit), true
			}
		}
	}
	for _, k := range s.Kinds {
		if !done[k.At] {
			d[k.At-1], done[k.At] = '0'+byte(k.Digit), true
		}
	}
}

func digit(number string, at int) int { return int(number[at-1] - '0') }
func pair(number string, at int) int  { return 10*digit(number, at) + digit(number, at+1) }

func put(d []byte, at, value int) {
	d[at-1], d[at] = '0'+byte(value/10), '0'+byte(value%10)
}
