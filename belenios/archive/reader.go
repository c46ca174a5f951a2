package archive

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits are the greatest sizes of members, in bytes. A greater one is ErrSize.
type Limits struct {
	Election, Trustees, Credentials int64
	Ballot                          int64
	Tally                           int64 // also shuffles, partial decryptions and the result
}

// DefaultLimits allow two million voters, and ballots of thousands of answers.
var DefaultLimits = Limits{Election: 16 << 20, Trustees: 64 << 20, Credentials: 2 << 30, Ballot: 16 << 20, Tally: 2 << 30}

// recordLimit is the greatest size of events and of records, which are small.
const recordLimit = 1024

// Reader reads an archive from its beginning, event by event, and keeps nothing
// of events that it has given out.
type Reader struct {
	tape   tape
	limits Limits
	last   Head
	err    error
}

// NewReader reads an archive with the DefaultLimits.
func NewReader(r io.Reader) *Reader { return NewLimitedReader(r, DefaultLimits) }

// NewLimitedReader reads an archive with other limits.
func NewLimitedReader(r io.Reader, limits Limits) *Reader {
	return &Reader{tape: tape{r: bufio.NewReaderSize(r, 1<<16), time: -1}, limits: limits, last: Head{Height: -1}}
}

// Head is the last event that was read.
func (r *Reader) Head() Head { return r.last }

// Offset is how many bytes the events that were read take up.
func (r *Reader) Offset() int64 { return r.tape.offset }

// Next is the next event. It proves that the archive up to there is, byte for
// byte, the only archive of its events and time stamp, that each event names the
// one before it and its payload, and that the event may stand where it stands.
// The end is io.EOF after any event: an election may still be running. After an error Next returns the same error again.
//
// Errors are *Error and wrap one of the errors of this package.
func (r *Reader) Next() (*Event, error) {
	if r.err != nil {
		return nil, r.err
	}
	e, err := r.next()
	r.err = err
	return e, err
}

func (r *Reader) next() (*Event, error) {
	if r.last.Height < 0 {
		if err := r.stamp(); err != nil {
			return nil, err
		}
	}
	e := &Event{Height: r.last.Height + 1, Offset: r.tape.offset}
	limit := r.expected()
	var data [][]byte
	var sums []Hash
	for {
		at := Error{Height: e.Height, Offset: r.tape.offset}
		m, err := r.tape.head()
		at.Member = m.name
		if err == io.EOF {
			if r.last.Height >= 0 && len(data) == 0 {
				return nil, err
			}
			err = ErrTruncated
		}
		if r.last.Kind == Result && isFormat(err) && !errors.Is(err, ErrTail) {
			err = fmt.Errorf("%w: %w", ErrTail, err)
		}
		if err != nil {
			return nil, at.because(err)
		}
		if strings.HasSuffix(m.name, eventEnd) {
			text, err := r.tape.body(m, recordLimit)
			if err == nil {
				e.Hash, err = checkName(m.name, eventEnd, text)
			}
			if err == nil {
				e.Kind, err = eventKind(text)
			}
			if err == nil {
				at.Kind = e.Kind
				err = r.finish(e, text, data, sums)
			}
			if err != nil {
				return nil, at.because(err)
			}
			r.last = Head{r.tape.time, e.Height, e.Kind, e.Hash}
			return e, nil
		}
		if len(data) == len(limit) {
			return nil, at.because(fmt.Errorf("%w: an event is missing", ErrOrder))
		}
		text, err := r.tape.body(m, limit[len(data)])
		var sum Hash
		if err == nil {
			sum, err = checkName(m.name, dataEnd, text)
		}
		if err != nil {
			return nil, at.because(err)
		}
		data, sums = append(data, text), append(sums, sum)
	}
}

// because gives an Error its reason.
func (e Error) because(err error) error {
	e.Err = err
	return &e
}

// expected are the limits of the data members that may come before the next
// event. Four are read in any case, so that an event out of place is called that.
func (r *Reader) expected() []int64 {
	l := r.limits
	first := l.Tally
	switch r.last.Kind {
	case "":
		first = l.Election
	case Setup, Ballot:
		first = l.Ballot
	}
	return []int64{first, l.Trustees, l.Credentials, recordLimit}
}

// stamp reads the first member.
func (r *Reader) stamp() error {
	m, err := r.tape.head()
	at := Error{}
	var text []byte
	switch {
	case err == io.EOF:
		err = fmt.Errorf("%w: it is empty", ErrNotArchive)
	case err == nil && m.name != stampName:
		err = fmt.Errorf("%w: the first member is not %s", ErrNotArchive, stampName)
	case err == nil:
		text, err = r.tape.body(m, recordLimit)
	case m.name != stampName && isFormat(err):
		err = fmt.Errorf("%w: %w", ErrNotArchive, err)
	}
	if err == nil && !bytes.Equal(text, stampText(r.tape.time)) {
		err = fmt.Errorf("%w: of %s, or its time is not that of the header", ErrText, stampName)
	}
	if err != nil {
		if m.name == stampName {
			at.Member = m.name // else it is not worth repeating
		}
		return at.because(err)
	}
	r.last.Time = r.tape.time
	return nil
}

// isFormat says whether a header is wrong; else it could not be read.
func isFormat(err error) bool {
	return errors.Is(err, ErrHeader) || errors.Is(err, ErrTail) || errors.Is(err, ErrTruncated)
}

// checkName compares the hash of a member with its name.
func checkName(name, end string, text []byte) (Hash, error) {
	sum := Sum(text)
	hex, ok := strings.CutSuffix(name, end)
	if !ok || len(hex) != 2*len(sum) || strings.Trim(hex, "0123456789abcdef") != "" {
		return sum, ErrName
	}
	if hex != sum.String() {
		return sum, ErrHash
	}
	return sum, nil
}

// finish checks an event and the members before it.
func (r *Reader) finish(e *Event, text []byte, data [][]byte, sums []Hash) error {
	if !MayFollow(r.last.Kind, e.Kind) {
		if r.last.Kind == "" {
			return fmt.Errorf("%w: the first event must be %s", ErrGrammar, Setup)
		}
		return fmt.Errorf("%w: after %s", ErrGrammar, r.last.Kind)
	}
	if len(data) != members[e.Kind] {
		return fmt.Errorf("%w: %d members before an event that has %d", ErrOrder, len(data), members[e.Kind])
	}
	var payload *Hash
	if len(sums) > 0 {
		payload = &sums[len(sums)-1]
	}
	if err := checkEvent(text, r.last, e.Kind, payload); err != nil {
		return err
	}
	if len(data) == 0 {
		return nil
	}
	if e.Kind == Setup {
		e.Election, e.Trustees, e.Credentials = data[0], data[1], data[2]
		return checkSetup(data[3], sums)
	}
	e.Payload, e.Digest = data[0], sums[0]
	var err error
	switch e.Kind {
	case EncryptedTally:
		e.Counted, e.Weight, err = parseSized(data[1], e.Digest)
	case Shuffle, PartialDecryption:
		e.Owner, err = parseOwner(data[1], e.Digest)
	}
	return err
}

// checkSetup compares the record of the set-up with the three members before it.
func checkSetup(record []byte, sums []Hash) error {
	if bytes.Equal(record, setupText(sums[0], sums[1], sums[2])) {
		return nil
	}
	for _, sum := range sums[:3] {
		if !bytes.Contains(record, []byte(sum.String())) {
			return ErrPayload
		}
	}
	return fmt.Errorf("%w: election, trustees, credentials", ErrOrder)
}
