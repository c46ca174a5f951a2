package privacy

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

// Purpose is why data is held or shown. Its name is the message
// "privacy.purpose." + Purpose.
type Purpose string

// The purposes common to all areas; an area may add its own.
const (
	PurposeRegister  Purpose = "register"  // keeping the register of members
	PurposeDues      Purpose = "dues"      // collecting dues
	PurposeElection  Purpose = "election"  // holding elections
	PurposeDefence   Purpose = "defence"   // defending a member's labour rights
	PurposeService   Purpose = "service"   // serving the member: card, benefits, training
	PurposeContact   Purpose = "contact"   // writing to the member
	PurposeAccount   Purpose = "account"   // signing in
	PurposeAudit     Purpose = "audit"     // proving who did what
	PurposeStatistic Purpose = "statistic" // figures without persons
	PurposeLaw       Purpose = "law"       // a duty by law
)

// Basis is the legal ground of holding data. Its name is the message
// "privacy.basis." + Basis.
type Basis string

// The bases.
const (
	Membership Basis = "membership" // lawful activity of a union with its members (GDPR 9(2)(d))
	Consent    Basis = "consent"    // the person consented (Personal Data Law 8)
	Contract   Basis = "contract"   // a contract with the person
	Duty       Basis = "duty"       // a duty by law
)

// OnErase is what an erasure does to a column. Its name is the message
// "privacy.erase." + OnErase.
type OnErase string

// The effects of an erasure.
const (
	Keep  OnErase = "keep"  // the law demands that it stays: the profile says why
	Blank OnErase = "blank" // it is overwritten
	Shred OnErase = "shred" // it is sealed with the person's secret and becomes unreadable
	Lapse OnErase = "lapse" // an erasure leaves it: it goes when its time is over
)

// Holding is one column that says something about a person.
type Holding struct {
	Table, Column string
	Person        string // the column of the same table that holds the person's identifier; may be empty where it lapses
	Purpose       Purpose
	Basis         Basis
	Kind          Kind     // says how long it is kept: see Keeping
	Seen          []string // roles that may see it
	OnErase       OnErase
	Blank         any // what a blanked column becomes: "", int64(0) …; nil is NULL
}

// Register is every holding of the system. It is filled while the application
// is put together and only read afterwards.
type Register struct{ holdings []Holding }

var identifier = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// Add declares holdings; an incomplete or repeated one is an error.
func (r *Register) Add(holdings ...Holding) error {
	var errs []error
	for _, h := range holdings {
		switch {
		case !identifier.MatchString(h.Table), !identifier.MatchString(h.Column), h.OnErase != Lapse && !identifier.MatchString(h.Person):
			errs = append(errs, fmt.Errorf("privacy: holding %s.%s of %s: names of a table and columns are needed", h.Table, h.Column, h.Person))
		case h.Purpose == "" || h.Basis == "" || h.Kind == "":
			errs = append(errs, fmt.Errorf("privacy: holding %s.%s: purpose, basis and kind are needed", h.Table, h.Column))
		case !slices.Contains([]OnErase{Keep, Blank, Shred, Lapse}, h.OnErase):
			errs = append(errs, fmt.Errorf("privacy: holding %s.%s: an erasure must keep, blank or shred it, or let it lapse", h.Table, h.Column))
		case r.has(h.Table, h.Column):
			errs = append(errs, fmt.Errorf("privacy: holding %s.%s is declared twice", h.Table, h.Column))
		default:
			r.holdings = append(r.holdings, h)
		}
	}
	return errors.Join(errs...)
}

func (r *Register) has(table, column string) bool {
	return slices.ContainsFunc(r.holdings, func(h Holding) bool { return h.Table == table && h.Column == column })
}

// Holdings lists all, in the order of declaration: the register of processing
// that the data officer keeps.
func (r *Register) Holdings() []Holding { return slices.Clone(r.holdings) }

// Holds reports whether any column of the table is declared, for the test that
// every table with a reference to a person is.
func (r *Register) Holds(table string) bool {
	return slices.ContainsFunc(r.holdings, func(h Holding) bool { return h.Table == table })
}

// Erasure says what Erase did.
type Erasure struct {
	Blanked  map[string]int64 // rows by "table.column"
	Shredded bool             // a secret existed, of any of them, and is gone
}

// Erase blanks every Blank column of the people's rows, destroys their secrets,
// which shreds the Shred columns, and notes them in the list of the erased.
// Erasing twice does nothing more.
func (r *Register) Erase(ctx context.Context, tx *db.Tx, people []id.ID, at cal.Instant) (Erasure, error) {
	e := Erasure{Blanked: map[string]int64{}}
	for _, h := range r.holdings {
		if h.OnErase != Blank {
			continue
		}
		for part := range slices.Chunk(numbers(people), 500) {
			var args db.Args
			n, err := tx.Exec(ctx, `UPDATE `+h.Table+` SET `+h.Column+` = `+args.Add(h.Blank)+` WHERE `+h.Person+` IN (`+args.List(part)+`)`, args.Values()...)
			if err != nil {
				return Erasure{}, fmt.Errorf("privacy: blanking %s.%s: %w", h.Table, h.Column, err)
			}
			e.Blanked[h.Table+"."+h.Column] += n
		}
	}
	n, err := DestroySecrets(ctx, tx, people, at)
	e.Shredded = n > 0
	return e, err
}
