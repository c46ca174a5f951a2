package belenios

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"

	"odaq/belenios/archive"
	"odaq/belenios/election"
	"odaq/belenios/trustee"
)

// outline is what a first reading of an archive finds, without looking at a
// proof of a ballot: the set-up, and which ballots count.
type outline struct {
	head     archive.Head
	setup    archive.Hash // of the event
	ballots  int
	election *election.Election
	list     *election.List
	trustees trustee.Trustees
	last     []int32 // by place on the list: the height of the last ballot, or 0
}

// sections reads an archive from its beginning.
func sections(r io.ReaderAt) io.Reader { return io.NewSectionReader(r, 0, math.MaxInt64) }

// read makes the outline: the archive is whole, every event stands where it
// should, and the set-up is right.
func read(ctx context.Context, r io.ReaderAt, limits archive.Limits) (*outline, error) {
	a := archive.NewLimitedReader(sections(r), limits)
	e, err := a.Next()
	if err != nil {
		return nil, structural(a, err)
	}
	o, err := setUp(e)
	if err != nil {
		return nil, violated(e, err)
	}
	prefix := ballotPrefix(o.election)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e, err := a.Next()
		if err == io.EOF {
			o.head = a.Head()
			return o, nil
		}
		if err != nil {
			return nil, structural(a, err)
		}
		if e.Kind != archive.Ballot {
			continue
		}
		if e.Height > math.MaxInt32 {
			return nil, violated(e, fmt.Errorf("%w: more than %d events", archive.ErrSize, math.MaxInt32))
		}
		o.ballots++
		// A ballot that does not say whose it is is refused when it is verified.
		if member, err := o.list.FindText(credential(e.Payload, prefix)); err == nil {
			o.last[member.Position] = int32(e.Height)
		}
	}
}

// setUp checks the first event.
func setUp(e *archive.Event) (*outline, error) {
	o := &outline{setup: e.Hash}
	var err error
	if o.election, err = election.Parse(e.Election); err != nil {
		return nil, fmt.Errorf("election: %w", err)
	}
	g := o.election.Group
	if o.trustees, err = trustee.Parse(g, e.Trustees); err != nil {
		return nil, fmt.Errorf("trustees: %w", err)
	}
	if err := o.trustees.Verify(g); err != nil {
		return nil, fmt.Errorf("trustees: %w", err)
	}
	if !o.trustees.PublicKey(g).Equal(o.election.PublicKey) {
		return nil, ErrPublicKey
	}
	if o.list, err = election.ParseList(o.election, e.Credentials); err != nil {
		return nil, err
	}
	o.last = make([]int32, o.list.Len())
	return o, nil
}

// counts says whether a ballot is the last of its credential.
func (o *outline) counts(place, height int) bool { return o.last[place] == int32(height) }

// ballotPrefix is how every ballot of an election begins, up to its credential.
func ballotPrefix(e *election.Election) []byte {
	return fmt.Appendf(nil, `{"election_uuid":"%s","election_hash":"%s","credential":"`, e.UUID, e.Fingerprint())
}

// credential is the text of the credential in a ballot, or nil.
func credential(ballot, prefix []byte) []byte {
	rest, ok := bytes.CutPrefix(ballot, prefix)
	if !ok {
		return nil
	}
	text, _, _ := bytes.Cut(rest, []byte(`"`))
	return text
}
