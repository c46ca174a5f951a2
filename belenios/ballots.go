package belenios

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"odaq/belenios/archive"
	"odaq/belenios/ballot"
	"odaq/belenios/election"
	"odaq/belenios/tally"
)

// box verifies the ballots of an election on all processors. What it keeps of a
// ballot is its tracker, and its ciphertexts where they will be shuffled.
type box struct {
	outline  *outline
	verifier *ballot.Verifier
	workers  int
	hints    *hintReader // or nil
	written  *HintWriter // or nil
	seen     map[archive.Hash]struct{}
	sum      *tally.Tally
}

// batch is some ballots on their way through a worker: all with hints or all
// without.
type batch struct {
	events   []*archive.Event
	hints    [][]byte // read, or to be written
	verified chan verdict
}

// verdict is how many ballots of a batch are right, and what is wrong with the
// next.
type verdict struct {
	right int
	err   error
}

// hinted is how many ballots with hints are verified at once: many, as they share
// one product, but so that every worker has some.
func (b *box) hinted() int { return max(16, min(256, b.outline.ballots/(4*b.workers))) }

// verify reads and verifies all ballots and adds up those that count. It returns
// the first event that is no ballot, or io.EOF. The error is that of the first
// ballot that is refused, whichever worker is faster.
func (b *box) verify(ctx context.Context, a *archive.Reader, done func()) (*archive.Event, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var (
		work  = make(chan *batch)
		queue = make(chan *batch, 4*b.workers)
		sums  = make([]*tally.Tally, b.workers)
		wait  sync.WaitGroup
		next  *archive.Event
		end   error
	)
	wait.Go(func() {
		defer close(queue)
		defer close(work)
		next, end = b.read(a, func(c *batch) error {
			for _, out := range []chan *batch{queue, work} {
				select {
				case out <- c:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	})
	for i := range sums {
		sums[i] = tally.New(b.outline.election.Group, questions(b.outline.election))
		wait.Go(func() {
			for c := range work {
				right, err := b.check(c, sums[i])
				c.verified <- verdict{right, err}
			}
		})
	}
	refused := b.admit(ctx, queue, done)
	stop()
	wait.Wait()
	if refused != nil {
		return nil, refused
	}
	if end != nil && end != io.EOF {
		return nil, structural(a, end)
	}
	for _, sum := range sums {
		if err := b.sum.Merge(sum); err != nil {
			return nil, fmt.Errorf("adding up the ballots: %w", err)
		}
	}
	return next, end
}

// read sends ballots on until there are no more. It returns the event after them.
func (b *box) read(a *archive.Reader, send func(*batch) error) (*archive.Event, error) {
	c := new(batch)
	flush := func() error {
		if len(c.events) == 0 {
			return nil
		}
		c.verified = make(chan verdict, 1)
		full := c
		c = new(batch)
		return send(full)
	}
	for {
		e, err := a.Next()
		if err != nil || e.Kind != archive.Ballot {
			sent := flush()
			if err == nil || err == io.EOF {
				sent = errors.Join(sent, b.hints.atEnd())
			}
			if sent != nil {
				return nil, sent
			}
			return e, err
		}
		hints, err := b.hints.next(e.Digest)
		if err == nil && hints == nil && c.hints != nil {
			err = flush() // the hints are over
		}
		if err != nil {
			return nil, errors.Join(err, flush())
		}
		c.events = append(c.events, e)
		if hints != nil {
			c.hints = append(c.hints, hints)
		}
		if hints == nil || len(c.events) == b.hinted() {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
}

// admit takes ballots in the order of the archive.
func (b *box) admit(ctx context.Context, queue <-chan *batch, done func()) error {
	for c := range queue {
		var v verdict
		select {
		case v = <-c.verified:
		case <-ctx.Done():
			return ctx.Err()
		}
		for i, e := range c.events {
			err := v.err
			if i < v.right {
				err = nil
				if _, again := b.seen[e.Digest]; again {
					err = ErrDuplicate
				}
			}
			if errors.Is(err, ballot.ErrHints) {
				return fmt.Errorf("ballot %s: %w", e.Digest.Tracker(), err)
			}
			if err != nil {
				return violated(e, err)
			}
			b.seen[e.Digest] = struct{}{}
			if b.written != nil {
				if err := b.written.Add(e.Digest, c.hints[i]); err != nil {
					return fmt.Errorf("writing the hints: %w", err)
				}
			}
			done()
		}
	}
	return ctx.Err()
}

// check verifies a batch, and adds those ballots to the sum that are the last of
// their voters. It returns how many are right before the error.
func (b *box) check(c *batch, sum *tally.Tally) (int, error) {
	ballots, err := b.ballots(c)
	for i, v := range ballots {
		if b.outline.counts(v.Member.Position, c.events[i].Height) {
			if err := sum.Add(v.Choices, v.Member.Weight); err != nil {
				return i, err
			}
		}
	}
	return len(ballots), err
}

func (b *box) ballots(c *batch) (right []*ballot.Ballot, err error) {
	if c.hints != nil {
		texts := make([][]byte, len(c.events))
		for i, e := range c.events {
			texts[i] = e.Payload
		}
		return b.verifier.VerifyHinted(texts, c.hints)
	}
	for _, e := range c.events {
		var v *ballot.Ballot
		var hints []byte
		if b.written == nil {
			v, err = b.verifier.Verify(e.Payload)
		} else {
			v, hints, err = b.verifier.Hints(e.Payload)
			c.hints = append(c.hints, hints)
		}
		if err != nil {
			return right, err
		}
		right = append(right, v)
	}
	return right, nil
}

// questions are the questions of an election as the tally sees them.
func questions(e *election.Election) []tally.Question {
	list := make([]tally.Question, len(e.Questions))
	for i := range e.Questions {
		q := &e.Questions[i]
		list[i] = tally.Question{Mixed: q.NonHomomorphic, Size: q.Slots()}
	}
	return list
}
