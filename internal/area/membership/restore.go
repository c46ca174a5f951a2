package membership

import (
	"context"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

// EraseAgain forgets, in the transaction that restores a backup, a person who
// was erased at an instant after the backup was made, and reports whether the
// backup still held the person. A membership that lasted in the backup ends on
// that day, so that the counts do not go on counting nobody. Whoever came after
// the backup is noted as erased and nothing else.
func (a *Area) EraseAgain(ctx context.Context, tx *db.Tx, person id.ID, at cal.Instant) (bool, error) {
	p, err := load(ctx, tx, person)
	if fault.Is(err, fault.NotFound) {
		return false, a.Forget(ctx, tx, person, at)
	}
	if err != nil || p.Status == Erased {
		return false, err
	}
	if member(p) == nil {
		if err := a.endAgain(ctx, tx, p, cal.DayOf(at.Time().In(a.desk.Zone))); err != nil {
			return false, err
		}
	}
	return true, a.Forget(ctx, tx, person, at)
}

// endAgain ends a membership on a day, or on the day of its last change where
// the backup knows a later one.
func (a *Area) endAgain(ctx context.Context, tx *db.Tx, p Person, day cal.Day) error {
	spells, err := Spells(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	events, err := Events(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	for _, s := range spells {
		day = max(day, s.From)
	}
	for _, e := range events {
		day = max(day, e.Day)
	}
	if err := closeSpell(ctx, tx, p.ID, day, "end", "erased"); err != nil {
		return err
	}
	d := deltas{}
	d.add(p.Org, p.Category, day, -1)
	return d.write(ctx, tx)
}
