// Package event lets areas hear of each other's acts without importing each
// other. Handlers run inside the transaction of the act: they succeed or fail
// with it. Slow work belongs into a job that the handler enqueues.
package event

import (
	"context"
	"fmt"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/ref"
	"odaq/internal/platform/db"
)

// Event says what happened. It carries references, never personal data.
type Event struct {
	Name   string // "membership.admitted", "structure.moved"
	Record ref.Ref
	Org    id.ID
	Day    cal.Day
}

// Handler reacts inside the act's transaction.
type Handler func(ctx context.Context, tx *db.Tx, e Event) error

// Bus delivers events. It is filled while the application is put together and
// only read afterwards.
type Bus struct{ handlers map[string][]Handler }

// On registers a handler for the events of a name.
func (b *Bus) On(name string, h Handler) {
	if b.handlers == nil {
		b.handlers = map[string][]Handler{}
	}
	b.handlers[name] = append(b.handlers[name], h)
}

// Deliver calls the handlers in the order of registration.
func (b *Bus) Deliver(ctx context.Context, tx *db.Tx, e Event) error {
	for _, h := range b.handlers[e.Name] {
		if err := h(ctx, tx, e); err != nil {
			return fmt.Errorf("event %s: %w", e.Name, err)
		}
	}
	return nil
}
