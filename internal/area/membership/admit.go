package membership

import (
	"context"
	"strings"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/nationalid"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

// AdmitRequest enters a member into a primary organisation.
type AdmitRequest struct {
	Org      id.ID
	Name     search.Name
	Birth    cal.Day // cal.Never if unknown
	Lang     text.Lang
	Private  Private
	Category string
	Day      cal.Day
	Decision string // number of the decision of the organisation's body
}

// normalise trims what people type around the words.
func (r *AdmitRequest) normalise() {
	for _, s := range []*string{&r.Name.Surname, &r.Name.Given, &r.Name.Patronymic, &r.Private.Email, &r.Private.Phone, &r.Private.Address, &r.Decision} {
		*s = strings.Join(strings.Fields(*s), " ")
	}
	r.Private.NationalID = nationalid.Clean(r.Private.NationalID)
}

// checkAdmit refuses a request that no state of the register could take.
func (a *Area) checkAdmit(ctx context.Context, q db.Querier, r AdmitRequest, today cal.Day) error {
	f := fault.Check()
	checkPerson(f, r.Name, r.Birth, today)
	a.checkCategory(f, r.Category)
	a.checkNational(f, r.Private.NationalID)
	checkContact(f, r.Private)
	checkDay(f, r.Day, today)
	checkDecision(f, r.Decision)
	if err := primary(ctx, q, f, "org", r.Org, r.Day); err != nil {
		return err
	}
	return f.OrNil()
}

// checkDay refuses a day that is missing or has not come yet.
func checkDay(f *fault.Fault, day, today cal.Day) {
	if !day.Bounded() {
		f.In("day", "fault.required")
	} else if day > today {
		f.In("day", "membership.day-ahead")
	}
}

// Admit makes the person a member and returns the record. Somebody known by
// the national ID who is no member now becomes one again, with the history
// kept; one who is a member elsewhere is refused: that is a transfer. Who asked
// has then learnt that the person is a member: the trail and the person know.
func (a *Area) Admit(ctx context.Context, r AdmitRequest) (Person, error) {
	r.normalise()
	return act.Do(ctx, a.desk, act.Request{Action: AdmitIt, Org: r.Org, Decision: r.Decision, Input: r}, func(tx *act.Tx) (Person, error) {
		if err := a.checkAdmit(ctx, tx, r, tx.Today); err != nil {
			return Person{}, err
		}
		return a.admit(ctx, tx, r, "admit")
	})
}

// admit is the common end of admission, application and single entry.
func (a *Area) admit(ctx context.Context, tx *act.Tx, r AdmitRequest, entry string) (Person, error) {
	known, err := a.known(ctx, tx, r.Private.NationalID)
	if err != nil {
		return Person{}, err
	}
	p := Person{ID: known, Name: r.Name, Birth: r.Birth, Lang: r.Lang, Org: r.Org, Status: Active, Category: r.Category, Version: 1, Made: tx.Now}
	if p.Birth == cal.Never && a.scheme != nil {
		if b, ok := a.scheme.Birth(r.Private.NationalID); ok {
			p.Birth = b
		}
	}
	if known != 0 {
		err = a.readmit(ctx, tx, &p)
	} else {
		err = a.enter(ctx, tx, &p, r.Private)
	}
	if err != nil {
		return Person{}, err
	}
	return p, a.begin(ctx, tx, p, Spell{Org: r.Org, From: r.Day, Entry: entry, EntryBasis: r.Decision})
}

// enter writes a person whom the register does not know.
func (a *Area) enter(ctx context.Context, tx *act.Tx, p *Person, private Private) error {
	serial, err := numbers(ctx, tx.Tx, 1)
	if err != nil {
		return err
	}
	p.ID, p.Number = id.New(), NumberOf(serial)
	nationalID, contact, err := a.sealNew(ctx, tx.Tx, p.ID, private)
	if err != nil {
		return err
	}
	if err := insertPerson(ctx, tx.Tx, *p, nationalID, contact); err != nil {
		return err
	}
	tx.Changed(Ref(p.ID), nil, trail(*p))
	if private.NationalID == "" {
		return nil
	}
	return claim(ctx, tx.Tx, keyNational, a.seal.BlindIndex(keyNational, private.NationalID), p.ID)
}

// readmit makes a former member a member again.
func (a *Area) readmit(ctx context.Context, tx *act.Tx, p *Person) error {
	old, err := load(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	if old.Status == Active || old.Status == Suspended {
		return tx.Told(Ref(p.ID), fault.Check().In("national_id", "membership.member-elsewhere"), func(tx *act.Tx) error {
			return disclose(ctx, tx.Tx, attempt(ctx, p.Org, tx.Now), []Person{old})
		})
	}
	p.Number, p.Version, p.Made = old.Number, old.Version, old.Made
	if p.Number == 0 {
		serial, err := numbers(ctx, tx.Tx, 1)
		if err != nil {
			return err
		}
		p.Number = NumberOf(serial)
	}
	if err := update(ctx, tx.Tx, *p); err != nil {
		return err
	}
	p.Version++
	tx.Changed(Ref(p.ID), trail(old), trail(*p))
	return words(ctx, tx.Tx, *p)
}

// attempt is the disclosure to an actor who wanted to admit somebody and learnt
// that the register knows the person.
func attempt(ctx context.Context, at id.ID, now cal.Instant) privacy.Disclosure {
	return privacy.Disclosure{At: now, Account: access.From(ctx).Account, Purpose: privacy.PurposeRegister, What: tried, Org: at}
}

// begin opens the spell, counts it and tells the others.
func (a *Area) begin(ctx context.Context, tx *act.Tx, p Person, s Spell) error {
	s.Person, s.ID = p.ID, id.New()
	past, err := Spells(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	for _, o := range past {
		if s.From < o.To {
			return fault.Check().In("day", "membership.overlap", "Day", o.From)
		}
	}
	if err := openSpell(ctx, tx.Tx, s); err != nil {
		return err
	}
	d := deltas{}
	d.add(s.Org, p.Category, s.From, 1)
	tx.Emit(event.Event{Name: "membership.begun", Record: Ref(p.ID), Org: s.Org, Day: s.From})
	return d.write(ctx, tx.Tx)
}

// known is the person with this national ID, 0 if there is none.
func (a *Area) known(ctx context.Context, q db.Querier, number string) (id.ID, error) {
	if number == "" {
		return 0, nil
	}
	return holder(ctx, q, keyNational, a.seal.BlindIndexes(keyNational, number))
}

// keyNational is the kind of the blind index of national IDs.
const keyNational = "national_id"

// trail is what the audit trail may know of a person: no name, no birth day, no
// member number.
func trail(p Person) map[string]any {
	return map[string]any{"org": p.Org, "status": p.Status, "category": p.Category}
}
