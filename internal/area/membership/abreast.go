package membership

import (
	"context"
	"errors"

	"odaq/internal/kernel/act"
	"odaq/internal/platform/db"
)

// abreast enters the chunks of a file on PostgreSQL two at a time: while the server
// takes in the rows of one, the next is judged and sent on another connection. They
// are committed in the order of the file, each when it is its turn to move the batch
// from the last line of the one before; a chunk that might be about somebody of the
// one before is judged after it.
type abreast struct {
	area    *Area
	known   *familiar
	running []*sent // in the order of the file
}

// sent is a chunk on its way.
type sent struct {
	batch  Batch // with the line behind which the chunk begins
	chunk  *chunk
	people *familiar // those of the chunk
	done   chan error
	ended  chan struct{} // the turn of the next
}

const atOnce = 2

// enter sends a chunk that begins behind b.Line; an error may be of one before.
func (w *abreast) enter(ctx context.Context, b Batch, c *chunk) error {
	for _, s := range w.running {
		if s.concerns(c) {
			if err := w.finish(ctx, 0); err != nil {
				return err
			}
			break
		}
	}
	a := w.area
	if err := a.judge(ctx, a.desk.DB.Read(), c, nil, w.known); err != nil {
		return err
	}
	// In a transaction of its own, or the next chunk would wait for its numbers.
	if err := a.desk.DB.Write(ctx, func(tx *db.Tx) error { return number(ctx, tx, c.fresh()) }); err != nil {
		return err
	}
	if w.known != nil {
		w.known.note(c)
	}
	if err := w.finish(ctx, atOnce-1); err != nil {
		return err
	}
	s := &sent{batch: b, chunk: c, people: peopleOf(c), done: make(chan error, 1), ended: make(chan struct{})}
	var turn chan struct{}
	if n := len(w.running); n > 0 {
		turn = w.running[n-1].ended
	}
	w.running = append(w.running, s)
	go func() {
		defer close(s.ended)
		s.done <- a.actOn(ctx, b, func(tx *act.Tx) error { return a.enterJudged(ctx, tx, b, c, true, turn) })
	}()
	return nil
}

// finish waits until no more than left chunks are running. Where one met somebody
// whom somebody else entered meanwhile, it and those behind it, which then found
// the batch at another line, are judged and entered again one by one.
func (w *abreast) finish(ctx context.Context, left int) error {
	for len(w.running) > left {
		err := <-w.running[0].done
		if err == nil {
			w.running = w.running[1:]
			continue
		}
		again := w.running
		w.running = nil
		for _, s := range again[1:] {
			<-s.done
		}
		if !errors.Is(err, db.ErrUnique) {
			return err
		}
		for _, s := range again {
			if err := w.area.enterAgain(ctx, s.batch, s.chunk); err != nil {
				return err
			}
		}
	}
	return nil
}

// peopleOf are the people of a judged chunk, with room enough that strangers are
// hardly ever taken for one of them.
func peopleOf(c *chunk) *familiar {
	f := newFamiliar(int64(len(c.entries)) * 8)
	for _, e := range c.entries {
		if e.person.ID == 0 {
			continue
		}
		f.add(e.alike[0], e.folded, e.person.Birth, len(e.indexes) > 0)
		for _, index := range e.indexes {
			f.numbers.add(numberHash(index))
		}
	}
	return f
}

// concerns reports whether a row of c may be about somebody of the chunk.
func (s *sent) concerns(c *chunk) bool {
	for _, e := range c.entries {
		if e.person.ID == 0 {
			continue
		}
		for _, index := range e.indexes {
			if s.people.number(index) {
				return true
			}
		}
		for _, key := range e.alike {
			if s.people.block(e, key) {
				return true
			}
		}
	}
	return false
}
