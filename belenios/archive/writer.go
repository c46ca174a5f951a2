package archive

import (
	"errors"
	"fmt"
	"io"
)

// ErrEvent is the error of writing an event that has no place in the archive.
var ErrEvent = errors.New("the event cannot be written")

// Writer appends events to an archive.
type Writer struct {
	w    io.Writer
	last Head
}

// NewWriter begins an archive with a time stamp in Unix seconds. Nothing is
// written before the first event.
func NewWriter(w io.Writer, time int64) *Writer {
	return &Writer{w: w, last: Head{Time: time, Height: -1}}
}

// AppendWriter goes on with an archive whose last event is known, from
// Reader.Head or from Writer.Head; w writes behind that event.
func AppendWriter(w io.Writer, last Head) *Writer { return &Writer{w: w, last: last} }

// Head is the last event that was written.
func (w *Writer) Head() Head { return w.last }

// Append writes an event with its payload, in one call of Write. Of the event it
// looks at the Kind and at the fields with its payload; the height and all hashes
// are found anew. An event that may not follow the last, or lacks its payload, is
// ErrEvent and nothing is written. The payload's meaning is not checked.
func (w *Writer) Append(e *Event) error {
	if !MayFollow(w.last.Kind, e.Kind) {
		return fmt.Errorf("%w: %q after %q", ErrEvent, e.Kind, w.last.Kind)
	}
	if w.last.Time < 0 || w.last.Time > maxOctal {
		return fmt.Errorf("%w: the time %d does not fit", ErrEvent, w.last.Time)
	}
	data, err := e.data()
	if err != nil {
		return err
	}
	var b []byte
	if w.last.Height < 0 {
		b = appendMember(b, stampName, stampText(w.last.Time), w.last.Time)
	}
	var payload *Hash
	for _, text := range data {
		if len(text) > maxOctal {
			return fmt.Errorf("%w: %d bytes do not fit", ErrEvent, len(text))
		}
		sum := Sum(text)
		payload = &sum
		b = appendMember(b, sum.String()+dataEnd, text, w.last.Time)
	}
	text := eventText(w.last, e.Kind, payload)
	sum := Sum(text)
	b = appendMember(b, sum.String()+eventEnd, text, w.last.Time)
	if _, err := w.w.Write(b); err != nil {
		return err
	}
	w.last = Head{w.last.Time, w.last.Height + 1, e.Kind, sum}
	return nil
}

// data are the members before an event, in order.
func (e *Event) data() ([][]byte, error) {
	switch e.Kind {
	case Setup:
		if len(e.Election) == 0 || len(e.Trustees) == 0 || len(e.Credentials) == 0 {
			return nil, fmt.Errorf("%w: a set-up has an election, trustees and credentials", ErrEvent)
		}
		return [][]byte{e.Election, e.Trustees, e.Credentials, setupText(Sum(e.Election), Sum(e.Trustees), Sum(e.Credentials))}, nil
	case EndBallots, EndShuffles:
		if e.Payload != nil {
			return nil, fmt.Errorf("%w: %s has no payload", ErrEvent, e.Kind)
		}
		return nil, nil
	}
	if len(e.Payload) == 0 {
		return nil, fmt.Errorf("%w: %s without a payload", ErrEvent, e.Kind)
	}
	switch e.Kind {
	case EncryptedTally:
		if e.Counted < 0 || e.Weight < 0 || e.Weight > maxWeight {
			return nil, fmt.Errorf("%w: a tally of %d ballots of the weight %d", ErrEvent, e.Counted, e.Weight)
		}
		return [][]byte{e.Payload, sizedText(e.Counted, e.Weight, Sum(e.Payload))}, nil
	case Shuffle, PartialDecryption:
		if e.Owner < 1 {
			return nil, fmt.Errorf("%w: trustees are numbered from 1", ErrEvent)
		}
		return [][]byte{e.Payload, ownerText(e.Owner, Sum(e.Payload))}, nil
	}
	return [][]byte{e.Payload}, nil
}
