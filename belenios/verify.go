package belenios

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"odaq/belenios/archive"
	"odaq/belenios/ballot"
	"odaq/belenios/tally"
)

// Options of Verify. The zero value is good.
type Options struct {
	// Workers is how many ballots are verified at once, by default as many as
	// there are processors.
	Workers int
	// Limits bound the sizes of members, by default archive.DefaultLimits.
	Limits archive.Limits
	// Progress is called after each event with how many of all are verified. It
	// may be called from any goroutine, but by one at a time.
	Progress func(done, total int)
	// Hints is a file of hints (HintWriter), which makes verification quicker and
	// need not be trusted. WriteHints makes one; it may be of use only if there is
	// no error. Not both can be given, and the group must have hints, as Ed25519
	// does: else the error is ballot.ErrNoHints.
	Hints      io.Reader
	WriteHints io.Writer
}

// Verify checks a whole archive, or the archive of an election that is still
// running as far as it goes. A Report without an error means, for every event
// that is there (FORMAT §8 to §12):
//
//   - the archive is, byte for byte, the only one of its events;
//   - keys and certificates of the trustees are right, and the election's key is
//     theirs;
//   - every ballot was signed with a credential of the list and holds allowed
//     choices, and none stands there twice;
//   - the published tally and both of its counters are those of the last ballot
//     of each credential, with the weights of the list;
//   - every shuffle and every decryption is proved, and the result is what the
//     tally decrypts to.
//
// An archive that breaks a rule is a *Violation, which says where; one that is not
// an archive at all archive.ErrNotArchive; other errors are those of r, ctx and
// of hints.
//
// The archive is read twice: to see which ballots are the last of their voters, and
// to verify. Besides the list of credentials, memory grows by less than 100 bytes
// for a ballot; in an election with ranked or graded questions also by the
// ciphertexts to be shuffled. r must not change meanwhile.
func Verify(ctx context.Context, r io.ReaderAt, o Options) (*Report, error) {
	if o.Workers < 1 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Limits == (archive.Limits{}) {
		o.Limits = archive.DefaultLimits
	}
	outline, err := read(ctx, r, o.Limits)
	if err != nil {
		return nil, err
	}
	done := 0
	advance := func() {
		done++
		if o.Progress != nil {
			o.Progress(done, outline.head.Height+1)
		}
	}

	a := archive.NewLimitedReader(sections(r), o.Limits)
	e, err := a.Next()
	if err != nil {
		return nil, structural(a, err)
	}
	if e.Hash != outline.setup {
		return nil, ErrChanged
	}
	advance()

	el := outline.election
	c := &closing{outline: outline, questions: questions(el), partials: map[int]tally.Partial{}}
	c.sum = tally.New(el.Group, c.questions)
	b := &box{outline: outline, verifier: ballot.NewVerifier(el, outline.list), workers: o.Workers, seen: make(map[archive.Hash]struct{}, outline.ballots), sum: c.sum}
	if err := b.hint(o); err != nil {
		return nil, err
	}
	e, err = b.verify(ctx, a, advance)
	if err == nil {
		err = c.verify(ctx, e, a, advance)
	}
	if err != nil && err != io.EOF {
		return nil, err
	}
	if a.Head() != outline.head {
		return nil, fmt.Errorf("%w: it ends with another event", ErrChanged)
	}
	return report(outline, c), nil
}
