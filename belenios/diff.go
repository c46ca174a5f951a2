package belenios

import (
	"context"
	"errors"
	"fmt"
	"io"

	"odaq/belenios/archive"
)

// Errors of Diff.
var (
	ErrOld       = errors.New("the old archive is not right")
	ErrNotPrefix = errors.New("the new archive is no continuation of the old one")
)

// Growth is what came to an archive.
type Growth struct {
	Old    int                  `json:"old_events"`
	New    int                  `json:"new_events"`
	Added  map[archive.Kind]int `json:"added"` // events by type
	Report *Report              `json:"report"`
}

// Diff verifies an archive and checks that it continues an older copy of itself:
// the types and hashes of all events of old, whose structure is checked, must be
// the first ones of the new archive (FORMAT §12). So nothing that stood in old was
// removed, changed or put in another order. It is what a monitor does who keeps
// copies while votes are cast.
//
// Errors are those of Verify for the new archive; ErrOld, wrapped with what is wrong
// with the old one; and a Violation of ErrNotPrefix at the first event that differs.
func Diff(ctx context.Context, old, new io.ReaderAt, o Options) (*Growth, error) {
	g := &Growth{Added: map[archive.Kind]int{}}
	before, after := archive.NewReader(sections(old)), archive.NewReader(sections(new))
	oldEnded := false
	for {
		var was *archive.Event
		var err error
		if !oldEnded {
			was, err = before.Next()
			if oldEnded = err == io.EOF; err != nil && !oldEnded {
				return nil, fmt.Errorf("%w: %w", ErrOld, structural(before, err))
			}
		}
		is, err := after.Next()
		switch {
		case err == io.EOF && was != nil:
			return nil, violated(was, fmt.Errorf("%w: the event is missing", ErrNotPrefix))
		case err == io.EOF:
			g.Report, err = Verify(ctx, new, o)
			return g, err
		case err != nil:
			return nil, structural(after, err)
		}
		g.New++
		switch {
		case was == nil:
			g.Added[is.Kind]++
		case was.Kind != is.Kind || was.Hash != is.Hash:
			return nil, violated(is, fmt.Errorf("%w: the old archive has %s with the hash %s", ErrNotPrefix, was.Kind, was.Hash))
		default:
			g.Old++
		}
	}
}
