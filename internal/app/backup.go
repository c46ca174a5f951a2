package app

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"

	"filippo.io/age"

	"odaq/internal/area/membership"
	"odaq/internal/kernel/audit"
	"odaq/internal/kernel/backup"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/privacy"
	"odaq/internal/platform/db"
)

// fingerprint tells keyset files apart: it is keyed, and says nothing of the keys.
func (a *App) fingerprint() []byte { return a.Seal.BlindIndex("backup", "keyset") }

// Backup writes one snapshot of everything, encrypted to the recipients, and
// returns its header.
func (a *App) Backup(ctx context.Context, w io.Writer, to []age.Recipient, progress func(done, total int64)) (backup.Header, error) {
	d := backup.Dump{DB: a.DB, Sources: a.Sources(), Odaq: Version, Keyset: a.fingerprint(), Taken: a.Desk.Clock.Now(), To: to, Progress: progress}
	return d.Write(ctx, w)
}

// Erased is the list of the erased as of now, to be kept apart from the backups.
func (a *App) Erased(ctx context.Context) (backup.Erased, error) {
	e := backup.Erased{Made: a.Desk.Clock.Now()} // before it is read: it is complete up to then
	var err error
	e.Persons, err = privacy.Erased(ctx, a.DB.Read(), 0)
	return e, err
}

// Restored is what a restore did.
type Restored struct {
	backup.Header
	backup.Revoked
	Known int // who was erased when the backup was made
	Again int // who was erased since, was in the backup, and is erased again
}

// CheckRestore says whether a backup fits this program and its keyset file,
// before anything is touched.
func (a *App) CheckRestore(h backup.Header) error {
	if err := h.Fits(a.Sources()); err != nil {
		return err
	}
	for _, index := range a.Seal.BlindIndexes("backup", "keyset") {
		if hex.EncodeToString(index) != h.Keyset {
			continue
		}
		if missing := a.Keys.Missing(h.Keys); len(missing) > 0 {
			return fault.New(fault.Unready, "cli.backup-retired-key", "File", a.Config.Keys, "Key", missing[0].String())
		}
		return nil
	}
	return fault.New(fault.Unready, "cli.backup-other-keys", "File", a.Config.Keys)
}

// Restore fills an empty database from a backup. In the same transaction those
// of the list are erased again and what was good once is revoked, so that nobody
// signs in to a database that still holds them. erased is nil where nobody was
// erased since.
func (a *App) Restore(ctx context.Context, open func() (*backup.File, error), erased *backup.Erased, progress func(done, total int64)) (Restored, error) {
	var out Restored
	r := backup.Restore{DB: a.DB, Sources: a.Sources(), Open: open, Progress: progress, Settle: func(ctx context.Context, tx *db.Tx, h backup.Header) error {
		out = Restored{Header: h}
		return a.settle(ctx, tx, &out, erased)
	}}
	_, err := r.Run(ctx)
	return out, err
}

// Settle does for a database that came back by other means, as a copied file or
// the log of PostgreSQL, what Restore does for its own: nobody may use it before.
func (a *App) Settle(ctx context.Context, erased backup.Erased) (Restored, error) {
	var out Restored
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		out = Restored{}
		return a.settle(ctx, tx, &out, &erased)
	})
	return out, err
}

// settle does what must be done before anybody sees the rows. It is no act,
// since it is part of a larger transaction; its entry in the trail is made here.
func (a *App) settle(ctx context.Context, tx *db.Tx, out *Restored, erased *backup.Erased) error {
	known, err := privacy.Erased(ctx, tx, 0)
	if err != nil {
		return err
	}
	out.Known = len(known)
	if erased != nil {
		since, err := erased.Since(out.Header, known)
		if err != nil {
			return err
		}
		for _, p := range since {
			if err := a.eraseAgain(ctx, tx, p, out); err != nil {
				return fmt.Errorf("erasing %s again: %w", p.Person, err)
			}
		}
	}
	if out.Revoked, err = backup.Revoke(ctx, tx); err != nil {
		return err
	}
	changes := []audit.Change{{Field: "erased again", After: fmt.Sprint(out.Again)}}
	if out.Taken != 0 {
		changes = append(changes, audit.Change{Field: "taken", After: out.Taken.String()})
	}
	_, err = audit.Append(ctx, tx, audit.Entry{At: a.Desk.Clock.Now(), Agent: "cli", Action: "backup.restore", Changes: changes})
	return err
}

func (a *App) eraseAgain(ctx context.Context, tx *db.Tx, p privacy.ErasedPerson, out *Restored) error {
	again, err := a.Areas.Membership.EraseAgain(ctx, tx, p.Person, p.At)
	if err != nil {
		return err
	}
	if again {
		out.Again++
	}
	return a.Desk.Events.Deliver(ctx, tx, event.Event{Name: "membership.erased", Record: membership.Ref(p.Person)})
}
