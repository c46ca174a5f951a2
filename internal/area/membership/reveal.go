package membership

import (
	"context"
	"strings"
	"time"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/nationalid"
	"odaq/internal/kernel/privacy"
	"odaq/internal/platform/db"
)

// The ways of disclosure of this area, beside those of package privacy.
const (
	opened    privacy.What = "national-id" // the national ID of one person was opened
	contacted privacy.What = "contact"     // a person's contact was shown
	tried     privacy.What = "admission"   // somebody who wanted to admit the person learnt that the register knows him or her
)

// Reveal opens a person's national ID. The reason stands in the audit trail and
// in the log that the person reads.
func (a *Area) Reveal(ctx context.Context, person id.ID, reason string) (string, error) {
	p, err := load(ctx, a.desk.DB.Read(), person)
	if err != nil {
		return "", err
	}
	reason = strings.TrimSpace(reason)
	noted := false
	r := act.Request{Action: Reveal, Org: p.Org, Record: Ref(person), Reason: reason, Input: []any{person, reason}}
	_, err = act.Do(ctx, a.desk, r, func(tx *act.Tx) (struct{}, error) {
		f := fault.Check()
		a.checkReason(f, "reason", reason)
		if err := f.OrNil(); err != nil {
			return struct{}{}, err
		}
		noted = true
		return struct{}{}, privacy.Log(ctx, tx.Tx, privacy.Disclosure{At: tx.Now, Account: tx.Actor.Account, Person: person,
			Purpose: privacy.PurposeRegister, Reason: reason, What: opened, Org: p.Org})
	})
	if err != nil {
		return "", err
	}
	if !noted { // a repeated request would be a look that nobody noted
		return "", fault.New(fault.Conflict, "fault.repeated")
	}
	// Read behind the act: what an act returns may be kept to answer a repeated request.
	private, err := a.open(ctx, a.desk.DB.Read(), person)
	return private.NationalID, err
}

// FindByNationalID finds the person with a national ID among those whom the
// actor may see; who is a member elsewhere is not found. The search itself is
// audited, found or not; the person found can read the reason.
func (a *Area) FindByNationalID(ctx context.Context, number, reason string) (id.ID, error) {
	number, reason = nationalid.Clean(number), strings.TrimSpace(reason)
	asked := []any{a.seal.BlindIndex(keyNational, number), reason} // the number itself leaves no trace, not even a plain digest
	found, err := act.Do(ctx, a.desk, act.Request{Action: Reveal, Reason: reason, Input: asked}, func(tx *act.Tx) (id.ID, error) {
		f := fault.Check()
		if number == "" {
			f.In("national_id", "fault.required")
		}
		a.checkNational(f, number)
		a.checkReason(f, "reason", reason)
		if err := f.OrNil(); err != nil {
			return 0, err
		}
		person, err := a.known(ctx, tx, number)
		if err != nil || person == 0 {
			return 0, err
		}
		scope, err := tx.Scope(ctx, Reveal)
		if err != nil {
			return 0, err
		}
		p, err := Get(ctx, tx, scope, person)
		if fault.Is(err, fault.NotFound) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		tx.Changed(Ref(person), nil, nil)
		return person, privacy.Log(ctx, tx.Tx, privacy.Disclosure{At: tx.Now, Account: tx.Actor.Account, Person: person,
			Purpose: privacy.PurposeRegister, Reason: reason, What: privacy.SearchedByID, Org: p.Org})
	})
	if err == nil && found == 0 {
		return 0, fault.New(fault.NotFound, "membership.nobody")
	}
	return found, err
}

// Contact opens a person's address, telephone and e-mail; each time is noted
// where the person can read it. The national ID is not part of the answer.
func (a *Area) Contact(ctx context.Context, person id.ID) (Private, error) {
	actor := access.From(ctx)
	q := a.desk.DB.Read()
	p, err := load(ctx, q, person)
	if err != nil {
		return Private{}, err
	}
	if err := a.desk.Gate.Require(ctx, q, actor, View, p.Org); err != nil {
		return Private{}, fault.Absent()
	}
	err = a.desk.DB.Write(ctx, func(tx *db.Tx) error {
		return privacy.Log(ctx, tx, privacy.Disclosure{At: a.desk.Clock.Now(), Account: actor.Account, Person: person,
			Purpose: privacy.PurposeContact, What: contacted, Org: p.Org})
	})
	if err != nil {
		return Private{}, err
	}
	private, err := a.open(ctx, q, person)
	private.NationalID = ""
	return private, err
}

// viewed notes that the actor opened a person's record: once an account, person
// and day. Nobody is noted for the own record.
func (a *Area) viewed(ctx context.Context, p Person) error {
	if access.From(ctx).Person == p.ID {
		return nil
	}
	return a.disclosed(ctx, privacy.Disclosure{Person: p.ID, What: privacy.Viewed, Org: p.Org})
}

// listed notes that the actor was shown a list of an organisation's members:
// once an account, organisation and day.
func (a *Area) listed(ctx context.Context, org id.ID, people int) error {
	return a.disclosed(ctx, privacy.Disclosure{What: privacy.Listed, Org: org, People: int64(people)})
}

func (a *Area) disclosed(ctx context.Context, d privacy.Disclosure) error {
	d.Account, d.At, d.Purpose = access.From(ctx).Account, a.desk.Clock.Now(), privacy.PurposeRegister
	y, m, day := a.desk.Today().Date()
	noted, err := notedSince(ctx, a.desk.DB.Read(), d, cal.At(time.Date(y, m, day, 0, 0, 0, 0, a.desk.Zone)))
	if err != nil || noted {
		return err
	}
	return a.desk.DB.Write(ctx, func(tx *db.Tx) error { return privacy.Log(ctx, tx, d) })
}
