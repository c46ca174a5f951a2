package belenios

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"odaq/belenios/archive"
)

// What can be wrong with an election beyond what the packages below find. A
// Violation wraps one of these, or an error of archive, election, ballot,
// trustee, shuffle or tally.
var (
	ErrPublicKey  = errors.New("the election's key is not the one of its trustees")
	ErrDuplicate  = errors.New("the same ballot stands in the archive twice")
	ErrShuffles   = errors.New("votes are shuffled exactly where a question is ranked or graded")
	ErrOwnerTwice = errors.New("the trustee has decrypted already")
	ErrChanged    = errors.New("the archive changed while it was read")
)

// Violation is the first rule that an archive breaks, and where.
type Violation struct {
	Height  int          // of the event
	Kind    archive.Kind // its type, "" where it cannot be told
	Tracker string       // of the ballot, where the event is one
	Err     error        // the rule
}

func (v *Violation) Unwrap() error { return v.Err }

func (v *Violation) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "event %d", v.Height)
	if v.Kind != "" {
		fmt.Fprintf(&b, " (%s)", v.Kind)
	}
	if v.Tracker != "" {
		fmt.Fprintf(&b, ", ballot %s", v.Tracker)
	}
	fmt.Fprintf(&b, ": %v", v.Err)
	return b.String()
}

// violated says which event breaks a rule; a violation is left as it is.
func violated(e *archive.Event, err error) error {
	if v := (*Violation)(nil); err == nil || errors.As(err, &v) {
		return err
	}
	v := &Violation{Height: e.Height, Kind: e.Kind, Err: err}
	if e.Kind == archive.Ballot {
		v.Tracker = e.Digest.Tracker()
	}
	return v
}

// structural makes a violation of an error of reading an archive, unless the
// archive could not be read at all or is none.
func structural(a *archive.Reader, err error) error {
	at := (*archive.Error)(nil)
	if !errors.As(err, &at) || errors.Is(err, archive.ErrNotArchive) || errors.Is(err, archive.ErrRead) {
		return err
	}
	v := &Violation{Height: at.Height, Kind: at.Kind, Err: fmt.Errorf("%w (at byte %d)", at.Err, at.Offset)}
	if at.Member != "" {
		v.Err = fmt.Errorf("%w (member %.80q at byte %d)", at.Err, at.Member, at.Offset)
	}
	if last := a.Head().Kind; last == archive.Setup || last == archive.Ballot {
		v.Tracker = trackerOf(at.Member)
	}
	return v
}

// trackerOf is the tracker of the ballot that is a member, or empty.
func trackerOf(member string) string {
	var h archive.Hash
	digits, ok := strings.CutSuffix(member, ".data.json")
	if !ok || len(digits) != hex.EncodedLen(len(h)) {
		return ""
	}
	if _, err := hex.Decode(h[:], []byte(digits)); err != nil {
		return ""
	}
	return h.Tracker()
}
