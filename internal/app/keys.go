package app

import (
	"context"
	"slices"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/ref"
	"odaq/internal/kernel/rekey"
	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
)

// checkKeys refuses a keyset file that is not this database's, and writes down
// which keys it is sealed with from now on.
func (a *App) checkKeys(ctx context.Context, o Options) error {
	if o.Ephemeral || o.Restoring {
		return nil
	}
	if err := a.Keys.Check(ctx, a.Config.Keys); err != nil || o.ReadOnly {
		return err
	}
	there, err := a.DB.Exists(ctx, a.DB.Read(), "seal_key")
	if err != nil || !there {
		return err // tables that are behind: whoever needs them says so
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error { return a.Keys.Note(ctx, tx) })
}

// KeyUses says what is sealed with which key. It reads whole tables.
func (a *App) KeyUses(ctx context.Context) (u rekey.Uses, err error) {
	err = a.DB.LongView(ctx, func(q db.Querier) error {
		u, err = a.Keys.Uses(ctx, q)
		return err
	})
	return u, err
}

// RotateKeys adds new keys to the keyset file and returns them. This App goes on
// with the old ones: open another.
func (a *App) RotateKeys(ctx context.Context) ([]seal.Key, error) {
	if err := a.mayChangeKeys(ctx); err != nil {
		return nil, err
	}
	fresh, err := seal.Rotate(a.Config.Keys)
	if err != nil {
		return nil, err
	}
	sealer, err := seal.Open(a.Config.Keys)
	if err != nil {
		return nil, err
	}
	keys := rekey.Keys{DB: a.DB, Seal: sealer}
	return fresh, a.changeKeys(ctx, func(tx *act.Tx) error {
		for _, k := range fresh {
			tx.Changed(ref.Ref{}, nil, map[string]string{"new " + string(k.Use): k.ID.String()})
		}
		return keys.Note(ctx, tx.Tx)
	})
}

// Reseal seals everything anew that is under an old key, and returns the number
// of values. What was done stays done when it is stopped.
func (a *App) Reseal(ctx context.Context, progress func(done, total int64)) (int64, error) {
	if err := a.mayChangeKeys(ctx); err != nil {
		return 0, err
	}
	n, err := a.Keys.Reseal(ctx, progress)
	if err != nil || n == 0 {
		return n, err
	}
	return n, a.changeKeys(ctx, func(tx *act.Tx) error {
		tx.Changed(ref.Ref{}, nil, map[string]int64{"sealed anew": n})
		return nil
	})
}

// RetireKey takes a key out of the keyset file once nothing is under it. Codes
// that can only be looked up with it are in the way, or end with it. It returns
// how many ended.
func (a *App) RetireKey(ctx context.Context, key seal.KeyID, endCodes bool) (int64, error) {
	if err := a.mayChangeKeys(ctx); err != nil {
		return 0, err
	}
	all := a.Seal.Keys()
	i := slices.IndexFunc(all, func(k seal.Key) bool { return k.ID == key })
	if i < 0 {
		return 0, fault.New(fault.NotFound, "cli.keys-absent", "Key", key.String(), "File", a.Config.Keys)
	}
	if all[i].Primary {
		return 0, fault.New(fault.Unready, "cli.keys-primary", "Key", key.String())
	}
	uses, err := a.KeyUses(ctx)
	if err != nil {
		return 0, err
	}
	if n := uses.Values[key]; n > 0 {
		return 0, fault.New(fault.Unready, "cli.keys-needed", "Key", key.String(), "N", n)
	}
	if n := uses.Codes[key]; n > 0 && !endCodes {
		return 0, fault.New(fault.Unready, "cli.keys-codes", "Key", key.String(), "N", n)
	}
	var ended int64
	err = a.changeKeys(ctx, func(tx *act.Tx) (err error) {
		tx.Changed(ref.Ref{}, map[string]string{"key": key.String()}, map[string]string{"key": "retired"})
		if ended, err = a.Keys.EndCodes(ctx, tx.Tx, all[i]); err != nil {
			return err
		}
		return rekey.Forget(ctx, tx.Tx, key)
	})
	if err != nil {
		return 0, err
	}
	// The file last: a key too many does no harm, and retiring it again finds it.
	return ended, seal.Retire(a.Config.Keys, key)
}

func (a *App) mayChangeKeys(ctx context.Context) error {
	return a.Desk.Gate.Require(ctx, a.DB.Read(), access.From(ctx), rekey.Change, 0)
}

func (a *App) changeKeys(ctx context.Context, fn func(*act.Tx) error) error {
	_, err := act.Do(ctx, a.Desk, act.Request{Action: rekey.Change}, func(tx *act.Tx) (struct{}, error) { return struct{}{}, fn(tx) })
	return err
}
