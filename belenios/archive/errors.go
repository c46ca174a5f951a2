package archive

import (
	"errors"
	"fmt"
	"strings"
)

// What can be wrong with an archive. Every error of a Reader wraps one of these.
var (
	// ErrRead says nothing of the archive: reading it failed. It is wrapped with
	// the reader's error.
	ErrRead       = errors.New("the archive cannot be read")
	ErrNotArchive = errors.New("not a Belenios archive")
	ErrTruncated  = errors.New("the archive ends in the middle of an event")
	ErrHeader     = errors.New("the header of a member is not exactly what it must be")
	ErrPadding    = errors.New("a member is not padded with zeros")
	ErrTail       = errors.New("something follows the last member")
	ErrSize       = errors.New("a member is too large")
	ErrName       = errors.New("a member has a name that it may not have")
	ErrHash       = errors.New("the hash of a member is not its name")
	ErrOrder      = errors.New("a member is missing, too many or out of order")
	ErrText       = errors.New("an event or a record is not canonical text")
	ErrGrammar    = errors.New("an event may not stand here")
	ErrParent     = errors.New("an event names another parent than the event before it")
	ErrHeight     = errors.New("an event has the wrong height")
	ErrPayload    = errors.New("an event or a record names another payload than the member before it")
)

// Error says where an archive is wrong. It wraps the reason.
type Error struct {
	Height int    // of the event that is being read
	Kind   Kind   // its type, "" while that is not known
	Member string // the name of the member that is being read, if any
	Offset int64  // of that member
	Err    error
}

func (e *Error) Unwrap() error { return e.Err }

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "event %d", e.Height)
	if e.Kind != "" {
		fmt.Fprintf(&b, " (%s)", e.Kind)
	}
	if e.Member != "" {
		fmt.Fprintf(&b, ", member %.200q", e.Member)
	}
	fmt.Fprintf(&b, " at byte %d: %v", e.Offset, e.Err)
	return b.String()
}
