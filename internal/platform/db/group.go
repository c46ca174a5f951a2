package db

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// One shared commit takes at most this many members and this long, so that the
// first of them is not kept waiting.
const (
	groupMembers = 512
	groupTime    = 20 * time.Millisecond
)

// grouper lets small writes that arrive together share a transaction. Its
// goroutine owns the transaction and passes it from member to member; each
// runs its function in its own goroutine, so a panic is the caller's.
type grouper struct {
	write   *sql.DB
	queue   chan *member
	closing chan struct{}
	done    chan struct{}
	once    sync.Once
}

type member struct {
	state atomic.Int32
	turn  chan *Tx   // gives the member the transaction
	ran   chan error // the member gives it back: nil, or an error that ends the whole group
	ended chan error // how the group ended
}

const (
	waiting int32 = iota
	running
	withdrawn
)

func newGrouper(write *sql.DB) *grouper {
	g := &grouper{write: write, queue: make(chan *member, groupMembers), closing: make(chan struct{}), done: make(chan struct{})}
	go g.serve()
	return g
}

func (g *grouper) close() {
	g.once.Do(func() { close(g.closing) })
	<-g.done
}

func (g *grouper) do(ctx context.Context, fn func(tx *Tx) error) error {
	m := &member{turn: make(chan *Tx, 1), ran: make(chan error, 1), ended: make(chan error, 1)}
	select {
	case g.queue <- m:
	case <-ctx.Done():
		return ctx.Err()
	case <-g.done:
		return errClosed()
	}
	select {
	case tx := <-m.turn:
		return m.run(ctx, tx, fn)
	case err := <-m.ended: // the group could not begin
		return err
	case <-g.done:
		if m.state.CompareAndSwap(waiting, withdrawn) {
			return errClosed()
		}
	case <-ctx.Done():
		if m.state.CompareAndSwap(waiting, withdrawn) {
			return ctx.Err()
		}
	}
	select {
	case tx := <-m.turn:
		return m.run(ctx, tx, fn)
	case err := <-m.ended:
		return err
	}
}

func errClosed() error {
	return newError(ErrUnavailable, "", "", errors.New("the database was closed"))
}

// run does the member's work in a savepoint and waits for the shared commit.
func (m *member) run(ctx context.Context, tx *Tx, fn func(tx *Tx) error) error {
	back := false
	defer func() {
		if back {
			return
		}
		// fn panicked or ended its goroutine: undo its part only.
		_, err := tx.tx.ExecContext(context.Background(), "ROLLBACK TO SAVEPOINT s1")
		m.ran <- err
	}()
	err := tx.Savepoint(ctx, func() error { return fn(tx) })
	back = true
	m.ran <- tx.failed
	if err != nil {
		return err
	}
	if err := <-m.ended; err != nil {
		return err
	}
	tx.committed()
	return nil
}

func (g *grouper) serve() {
	defer close(g.done)
	for {
		select {
		case first := <-g.queue:
			g.commit(first)
		case <-g.closing:
			return
		}
	}
}

// commit runs first and whoever arrives meanwhile in one transaction.
func (g *grouper) commit(first *member) {
	ctx := context.Background()
	tx, err := g.write.BeginTx(ctx, nil)
	if err != nil {
		first.refuse(classify(err))
		return
	}
	var members []*member
	finish := func(err error) {
		for _, m := range members {
			m.ended <- err
		}
	}
	until := time.Now().Add(groupTime)
	for m := first; m != nil; {
		if m.state.CompareAndSwap(waiting, running) {
			m.turn <- &Tx{engine: SQLite, tx: tx, shared: true}
			err := <-m.ran
			members = append(members, m)
			if err != nil {
				tx.Rollback()
				finish(classify(err))
				return
			}
		}
		m = nil
		if len(members) < groupMembers && time.Now().Before(until) {
			select {
			case m = <-g.queue:
			default:
			}
		}
	}
	if err := tx.Commit(); err != nil {
		finish(classify(err))
		return
	}
	finish(nil)
}

// refuse tells a member that its group could not begin.
func (m *member) refuse(err error) {
	if m.state.CompareAndSwap(waiting, running) {
		m.ended <- err
	}
}
