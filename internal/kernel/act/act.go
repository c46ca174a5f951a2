// Package act is the one way in which anything is changed: permission,
// transaction, audit entry, events and the answer to a repeated request, all or
// nothing.
package act

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/audit"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/ref"
	"odaq/internal/platform/db"
)

// Desk is where acts are done.
type Desk struct {
	DB     *db.DB
	Gate   *access.Gate
	Events *event.Bus
	Clock  cal.Clock
	Zone   *time.Location // the office's time zone, from the profile
	Log    *slog.Logger
}

// Today is the office's civil date.
func (d *Desk) Today() cal.Day { return d.Clock.Today(d.Zone) }

// Request says what is to be done where. Org is the organisation at which the
// actor needs the action; Record is what is changed (it may be set in the act
// with Tx.Record when it is only made there).
type Request struct {
	Action   access.Action
	Org      id.ID
	Record   ref.Ref
	Decision string // number of the decision behind the act
	Reason   string
	Input    any // what was asked, to recognise a repeated request; may be nil
	// Hot acts (small and frequent) share a commit with their neighbours.
	Hot bool
}

// Tx is the transaction of an act.
type Tx struct {
	*db.Tx
	Actor access.Actor
	Now   cal.Instant
	Today cal.Day

	desk    *Desk
	request Request
	changes []audit.Change
	events  []event.Event
}

// Require asks for a further permission, as when a transfer touches two
// organisations.
func (tx *Tx) Require(ctx context.Context, action access.Action, org id.ID) error {
	return tx.desk.Gate.Require(ctx, tx, tx.Actor, action, org)
}

// Scope is what the actor may read with an action, inside the transaction.
func (tx *Tx) Scope(ctx context.Context, action access.Action) (access.Scope, error) {
	return tx.desk.Gate.Scope(ctx, tx, tx.Actor, action)
}

// Changed notes the record and its fields before and after for the trail.
func (tx *Tx) Changed(record ref.Ref, before, after any) {
	tx.request.Record = record
	tx.changes = append(tx.changes, audit.Diff(before, after)...)
}

// Told is err for a refusal that itself tells the actor something about a
// record, as that somebody is a member elsewhere. Of the act nothing is left;
// in its place the trail gets an entry of the refusal, together with what note
// writes (nil: nothing). Where they cannot be written, err is not told.
func (tx *Tx) Told(record ref.Ref, err error, note func(tx *Tx) error) error {
	return &told{err, record, note}
}

type told struct {
	refusal error
	record  ref.Ref
	note    func(tx *Tx) error
}

func (t *told) Error() string { return t.refusal.Error() }
func (t *told) Unwrap() error { return t.refusal }

// Emit delivers the event when the act's own work is done.
func (tx *Tx) Emit(e event.Event) { tx.events = append(tx.events, e) }

type keyContext struct{}

// WithKey makes the next act under ctx answer a repetition of the same request
// with the first answer (the API's Idempotency-Key).
func WithKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, keyContext{}, key)
}

// Do carries out fn as one act.
func Do[T any](ctx context.Context, d *Desk, r Request, fn func(tx *Tx) (T, error)) (T, error) {
	var out T
	actor := access.From(ctx)
	key, _ := ctx.Value(keyContext{}).(string)
	if !actor.Signed() {
		key = "" // strangers share no keys: one would read another's answer
	}
	write := d.DB.Write
	if r.Hot {
		write = d.DB.Group
	}
	err := write(ctx, func(dtx *db.Tx) error {
		tx := &Tx{Tx: dtx, Actor: actor, Now: d.Clock.Now(), Today: d.Today(), desk: d, request: r}
		if err := tx.Require(ctx, r.Action, r.Org); err != nil {
			return err
		}
		if key != "" {
			found, err := recall(ctx, tx, key, r, &out)
			if err != nil || found {
				return err
			}
		}
		var err error
		if out, err = fn(tx); err != nil {
			return err
		}
		for i := 0; i < len(tx.events); i++ {
			if err := d.Events.Deliver(ctx, dtx, tx.events[i]); err != nil {
				return err
			}
		}
		if key != "" {
			if err := remember(ctx, tx, key, r, out); err != nil {
				return err
			}
		}
		q := tx.request
		_, err = audit.Append(ctx, dtx, audit.Entry{At: tx.Now, Account: actor.Account, Agent: actor.Agent, Action: string(r.Action),
			Record: q.Record.String(), Org: r.Org, Decision: q.Decision, Reason: q.Reason, Changes: tx.changes})
		return err
	})
	if t, ok := errors.AsType[*told](err); ok {
		if failed := d.note(ctx, actor, r, t); failed != nil {
			err = failed
		}
	}
	if err != nil {
		var zero T
		return zero, Fault(err)
	}
	return out, nil
}

// note enters a refusal into the trail, after its act was undone.
func (d *Desk) note(ctx context.Context, actor access.Actor, r Request, t *told) error {
	return d.DB.Write(ctx, func(dtx *db.Tx) error {
		tx := &Tx{Tx: dtx, Actor: actor, Now: d.Clock.Now(), Today: d.Today(), desk: d, request: r}
		if t.note != nil {
			if err := t.note(tx); err != nil {
				return err
			}
		}
		f := fault.Of(t.refusal)
		why := f.Key
		if len(f.Fields) > 0 {
			why = f.Fields[0].Key
		}
		_, err := audit.Append(ctx, dtx, audit.Entry{At: tx.Now, Account: actor.Account, Agent: actor.Agent, Action: string(r.Action),
			Record: t.record.String(), Org: r.Org, Decision: r.Decision, Reason: r.Reason, Changes: []audit.Change{{Field: "refused", After: why}}})
		return err
	})
}

// Fault turns the database's errors into faults with words.
func Fault(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, db.ErrDiskFull):
		return fault.New(fault.Unavailable, "fault.disk-full").Because(err)
	case errors.Is(err, db.ErrUnavailable), errors.Is(err, db.ErrBusy):
		return fault.New(fault.Unavailable, "fault.unavailable").Because(err)
	}
	if f, ok := errors.AsType[*fault.Fault](err); ok {
		return f
	}
	return err
}

func digest(r Request) ([]byte, error) {
	b, err := json.Marshal(r.Input)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(append([]byte(string(r.Action)+"|"+r.Org.String()+"|"), b...))
	return sum[:], nil
}

func recall(ctx context.Context, tx *Tx, key string, r Request, out any) (bool, error) {
	var sum []byte
	var result string
	err := tx.QueryRow(ctx, `SELECT digest, result FROM act_key WHERE account_id = $1 AND key = $2`, tx.Actor.Account, key).Scan(&sum, &result)
	if err == db.ErrNoRows {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	want, err := digest(r)
	if err != nil {
		return false, err
	}
	if string(sum) != string(want) {
		return false, fault.New(fault.Conflict, "fault.repeated")
	}
	return true, json.Unmarshal([]byte(result), out)
}

func remember(ctx context.Context, tx *Tx, key string, r Request, out any) error {
	sum, err := digest(r)
	if err != nil {
		return err
	}
	result, err := json.Marshal(out)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO act_key (account_id, key, action, digest, result, made_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		tx.Actor.Account, key, string(r.Action), sum, string(result), tx.Now)
	return err
}
