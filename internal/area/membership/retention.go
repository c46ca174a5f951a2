package membership

import (
	"context"

	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/profile"
	"odaq/internal/platform/db"
)

// endings are how the area's kinds of records come to their end. Of a member
// who left first the contact goes and later all that is said of the person, by
// Forget: the spells stay, and the counts with them. Nobody is forgotten while
// a request of theirs waits for an answer, or while they hold an office.
func (a *Area) endings() []privacy.Ending {
	return []privacy.Ending{
		{Kind: privacy.KindPerson, After: "membership-ended", Action: profile.Shred, Batch: 500, Due: a.dueOf(left), End: a.forgetDue(left)},
		{Kind: kindApplication, After: "application-refused", Action: profile.Shred, Batch: 500, Due: a.dueOf(refused), End: a.forgetDue(refused)},
		{Kind: kindContact, After: "membership-ended", Action: profile.Blank, Batch: 5000, Due: a.dueOf(reachable),
			End: func(ctx context.Context, tx *act.Tx, by privacy.By, limit int) (int64, error) {
				due, err := pickDue(ctx, tx, reachable, tx.Today, by.Day, limit)
				if err != nil {
					return 0, err
				}
				return int64(len(due)), blankContacts(ctx, tx.Tx, due)
			}},
		{Kind: kindImport, After: "import-finished", Action: profile.Delete, Batch: 20,
			Due: func(ctx context.Context, q db.Querier, by privacy.By) (int64, cal.Instant, error) {
				return countFiles(ctx, q, by.Instant)
			},
			End: func(ctx context.Context, tx *act.Tx, by privacy.By, limit int) (int64, error) {
				return destroyFiles(ctx, tx.Tx, by.Instant, limit)
			}},
		privacy.Rows{Kind: kindExport, After: "export-asked", Table: "membership_export", Key: "id", At: "made_at"}.Ending(),
		privacy.Rows{Kind: kindCard, After: "card-expired", Table: "membership_card", Key: "person_id, fingerprint", Day: "until_day"}.Ending(),
	}
}

// dueOf counts the persons of a list whose time is over.
func (a *Area) dueOf(list begun) func(context.Context, db.Querier, privacy.By) (int64, cal.Instant, error) {
	return func(ctx context.Context, q db.Querier, by privacy.By) (int64, cal.Instant, error) {
		n, next, err := countDue(ctx, q, list, a.desk.Today(), by.Day)
		if err != nil || next == cal.Forever {
			return n, 0, err
		}
		return n, by.Begin(next), nil
	}
}

// forgetDue forgets the persons of a list whose time is over, and their accounts.
func (a *Area) forgetDue(list begun) func(context.Context, *act.Tx, privacy.By, int) (int64, error) {
	return func(ctx context.Context, tx *act.Tx, by privacy.By, limit int) (int64, error) {
		due, err := pickDue(ctx, tx, list, tx.Today, by.Day, limit)
		if err != nil {
			return 0, err
		}
		for _, p := range due {
			tx.Emit(event.Event{Name: "membership.erased", Record: Ref(p), Day: tx.Today})
		}
		return int64(len(due)), a.forget(ctx, tx.Tx, due, tx.Now)
	}
}

// retentionLines are the kinds of records of the whole installation with what is
// due of them: numbers only.
func (a *Area) retentionLines(ctx context.Context) (out []privacy.Line, err error) {
	if a.links.Keeping == nil {
		return nil, nil
	}
	err = a.desk.DB.LongView(ctx, func(q db.Querier) error {
		out, err = a.links.Keeping.Lines(ctx, q)
		return err
	})
	return out, err
}

// filesUntil is when the file and the rows of an import that ends, or comes in,
// now are destroyed; 0 is never.
func (a *Area) filesUntil(tx *act.Tx) cal.Instant {
	rule, ok := a.profile.Retention(string(kindImport), tx.Today)
	if !ok || rule.Action == profile.Stays {
		return 0
	}
	return privacy.Over(rule.Term, tx.Now, a.desk.Zone)
}

// forget blanks and shreds what the register of holdings says of people, and
// what only this area knows how to remove.
func (a *Area) forget(ctx context.Context, tx *db.Tx, people []id.ID, at cal.Instant) error {
	if err := blankPersons(ctx, tx, people); err != nil {
		return err
	}
	for _, p := range people {
		if err := revokeCards(ctx, tx, p, at); err != nil {
			return err
		}
	}
	_, err := a.links.Holdings.Erase(ctx, tx, people, at)
	return err
}
