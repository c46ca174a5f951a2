package membership

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
)

// Status is the state of a person in the register.
type Status string

// The states.
const (
	Applicant Status = "applicant" // asked to be admitted, not decided
	Active    Status = "active"    // a member
	Suspended Status = "suspended" // a member whose rights rest
	Former    Status = "former"    // was a member, or was refused
	Erased    Status = "erased"    // personal data destroyed; only what law requires is left
)

// Statuses lists the states a list can be filtered by.
var Statuses = []Status{Active, Suspended, Applicant, Former}

// Person is one record of the register. The national ID and the contact are
// not part of it: they are sealed and opened only on purpose (Private).
type Person struct {
	ID       id.ID
	Name     search.Name
	Birth    cal.Day // cal.Never if unknown
	Lang     text.Lang
	Number   Number
	Org      id.ID // the primary organisation of the open spell, else of the last one
	Status   Status
	Category string
	Version  int64 // counts changes, to notice an edit conflict
	Made     cal.Instant
}

// Private is what is sealed of a person.
type Private struct {
	NationalID string `json:"-"`
	Email      string `json:"email,omitempty"`
	Phone      string `json:"phone,omitempty"`
	Address    string `json:"address,omitempty"`
}

// FullName is surname, given name, patronymic: the official order in kk and ru.
func FullName(n search.Name) string {
	return strings.Join(slices.DeleteFunc([]string{n.Surname, n.Given, n.Patronymic}, func(s string) bool { return s == "" }), " ")
}

// Spell is a person's time in one primary organisation. Days are half-open: a
// member who ends on To does not count on To.
type Spell struct {
	ID           id.ID
	Person       id.ID
	Org          id.ID
	From, To     cal.Day
	Entry        string // admit, transfer, import
	EntryBasis   string // number of the decision
	Leaving      string // end, transfer, undo, "" while open
	LeavingBasis string
	Batch        id.ID
}

// Event is what else happened to a membership.
type Event struct {
	ID      id.ID
	Kind    string // suspend, reinstate, category
	Day     cal.Day
	Detail  string // category: the new one; suspend: the reason
	Basis   string
	Account id.ID
}

// Number is a member number: a serial and two check digits after
// ISO/IEC 7064 MOD 97-10, which finds every single wrong digit and every
// transposition. It says nothing about the person.
type Number int64

// NumberOf makes the number with a serial.
func NumberOf(serial int64) Number {
	return Number(serial*100 + (98 - serial*100%97))
}

// Valid reports whether the check digits fit.
func (n Number) Valid() bool { return n > 100 && n%97 == 1 }

// String groups the number to be read out: "7001 8245 06".
func (n Number) String() string {
	if n == 0 {
		return ""
	}
	s := fmt.Sprintf("%010d", int64(n))
	return s[:4] + " " + s[4:8] + " " + s[8:]
}

// ParseNumber reads a number with or without spaces.
func ParseNumber(s string) (Number, bool) {
	s = strings.ReplaceAll(strings.ReplaceAll(s, " ", ""), "\u00a0", "")
	v, err := strconv.ParseInt(s, 10, 64)
	return Number(v), err == nil && len(s) == 10 && Number(v).Valid()
}

// Check refuses a name and birth day that cannot be a member's; today bounds
// the age. At least one part of the name is needed: one-part names are legal.
func checkPerson(f *fault.Fault, n search.Name, birth, today cal.Day) {
	for _, part := range []struct{ field, value string }{{"surname", n.Surname}, {"given", n.Given}, {"patronymic", n.Patronymic}} {
		if len([]rune(part.value)) > 80 {
			f.In(part.field, "fault.too-long", "Max", 80)
		}
		if strings.ContainsFunc(part.value, func(r rune) bool { return r >= '0' && r <= '9' || r < ' ' || strings.ContainsRune("<>=@{}|\\\"", r) }) {
			f.In(part.field, "membership.name-sign")
		}
	}
	if n.Surname == "" && n.Given == "" {
		f.In("surname", "fault.required")
	}
	if birth.Bounded() && (birth > today || cal.Age(birth, today) > 120) {
		f.In("birth", "membership.birth-impossible")
	} else if birth.Bounded() && cal.Age(birth, today) < 14 {
		f.In("birth", "membership.too-young") // Labour Code art. 31: no employment under 14
	}
}
