package belenios

import (
	"context"
	"fmt"
	"io"

	"odaq/belenios/archive"
	"odaq/belenios/shuffle"
	"odaq/belenios/tally"
)

// closing verifies what comes after the ballots.
type closing struct {
	outline   *outline
	questions []tally.Question
	sum       *tally.Tally
	encrypted tally.Encrypted // as published, after shuffles with their outputs
	shuffled  []int           // who has shuffled, in order
	partials  map[int]tally.Partial
	decrypted []int // who has decrypted, in order
	result    tally.Result
}

// verify goes on from the first event after the ballots to the end.
func (c *closing) verify(ctx context.Context, e *archive.Event, a *archive.Reader, done func()) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.event(e); err != nil {
			return violated(e, err)
		}
		done()
		var err error
		if e, err = a.Next(); err == io.EOF {
			return nil
		} else if err != nil {
			return structural(a, err)
		}
	}
}

func (c *closing) event(e *archive.Event) error {
	mixed := c.outline.election.NonHomomorphic()
	switch e.Kind {
	case archive.EncryptedTally:
		return c.tally(e)
	case archive.Shuffle:
		if !mixed {
			return fmt.Errorf("%w: there is none here", ErrShuffles)
		}
		return c.shuffle(e)
	case archive.PartialDecryption:
		if mixed && len(c.shuffled) == 0 {
			return fmt.Errorf("%w: there is one here", ErrShuffles)
		}
		return c.decryption(e)
	case archive.Result:
		return c.open(e)
	}
	return nil // EndBallots and EndShuffles say nothing but that they are there
}

func (c *closing) tally(e *archive.Event) error {
	var err error
	if c.encrypted, err = tally.ParseEncrypted(c.outline.election.Group, c.questions, e.Payload); err != nil {
		return err
	}
	return c.sum.Check(c.encrypted, e.Counted, e.Weight)
}

func (c *closing) shuffle(e *archive.Event) error {
	if e.Owner > len(c.outline.trustees.Keys()) {
		return fmt.Errorf("%w: %d", tally.ErrOwner, e.Owner)
	}
	el := c.outline.election
	s, err := shuffle.Parse(el.Group, e.Payload)
	if err != nil {
		return err
	}
	if err := s.Verify(el.Group, el.PublicKey, el.Fingerprint(), c.encrypted.Mixed(c.questions)); err != nil {
		return err
	}
	c.shuffled = append(c.shuffled, e.Owner)
	c.encrypted, err = c.encrypted.Shuffled(c.questions, s.Ciphertexts)
	return err
}

func (c *closing) decryption(e *archive.Event) error {
	el, keys := c.outline.election, c.outline.trustees.Keys()
	if e.Owner > len(keys) {
		return fmt.Errorf("%w: %d", tally.ErrOwner, e.Owner)
	}
	if _, again := c.partials[e.Owner]; again {
		return fmt.Errorf("%w: trustee %d", ErrOwnerTwice, e.Owner)
	}
	p, err := tally.ParsePartial(el.Group, e.Payload)
	if err != nil {
		return err
	}
	if err := p.Verify(el.Group, el.Fingerprint(), keys[e.Owner-1].Key, c.encrypted); err != nil {
		return err
	}
	c.partials[e.Owner] = p
	return nil
}

func (c *closing) open(e *archive.Event) error {
	g := c.outline.election.Group
	factors, err := tally.Combine(g, c.outline.trustees, c.encrypted, c.partials)
	if err != nil {
		return err
	}
	if c.result, err = tally.ParseResult(c.questions, e.Payload); err != nil {
		return err
	}
	return c.result.Check(g, c.questions, c.encrypted, factors, c.sum.Weight())
}
