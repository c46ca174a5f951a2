package belenios

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"odaq/belenios/archive"
	"odaq/belenios/election"
)

// Errors of Find.
var (
	ErrTracker  = errors.New("a tracker has 43 letters, digits, + or /")
	ErrNotFound = errors.New("no ballot in the archive has this tracker")
)

// Found is where a ballot stands in an archive.
type Found struct {
	Tracker    string `json:"tracker"`
	Height     int    `json:"event"`      // of its event
	Number     int    `json:"number"`     // among the ballots, from 1
	Credential string `json:"credential"` // the public one
	// Replaced is the tracker of the last ballot of the same credential, if that
	// is another one: then this ballot does not count.
	Replaced string       `json:"replaced_by,omitempty"`
	State    archive.Kind `json:"last_event_type"` // Ballot or Setup while votes are cast
}

// Counts says whether the ballot is the last of its credential so far.
func (f *Found) Counts() bool { return f.Replaced == "" }

// Find looks for the ballot with a tracker, and for a later one of the same
// credential. It checks the structure of the archive as Verify does, but no
// proof: what it finds means little where the archive does not verify. Errors are
// ErrTracker, ErrNotFound and those of Verify for the structure.
func Find(r io.Reader, tracker string) (*Found, error) {
	wanted, ok := archive.ParseTracker(tracker)
	if !ok {
		return nil, fmt.Errorf("%w: %.60q", ErrTracker, tracker)
	}
	a := archive.NewReader(r)
	var (
		found  *Found
		prefix []byte
		number int
	)
	for {
		e, err := a.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, structural(a, err)
		}
		switch e.Kind {
		case archive.Setup:
			el, err := election.Parse(e.Election)
			if err != nil {
				return nil, violated(e, fmt.Errorf("election: %w", err))
			}
			prefix = ballotPrefix(el)
		case archive.Ballot:
			number++
			voter := credential(e.Payload, prefix)
			switch {
			case found == nil && e.Digest == wanted:
				found = &Found{Tracker: tracker, Height: e.Height, Number: number, Credential: string(voter)}
			case found != nil && bytes.Equal(voter, []byte(found.Credential)):
				found.Replaced = e.Digest.Tracker()
			}
		}
	}
	if found == nil {
		return nil, ErrNotFound
	}
	found.State = a.Head().Kind
	return found, nil
}
