package belenios

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"odaq/belenios/archive"
	"odaq/belenios/ballot"
)

// ErrHintFile says that a file of hints is not one, or not one of this archive.
// Wrong hints in the right file are ballot.ErrHints. Neither says anything against
// the archive: it can be verified without hints.
var ErrHintFile = errors.New("these are not the hints of this archive")

// hintMagic begins a file of hints. There follow the hash of the set-up event, the
// size of the hints of a ballot as 32 bits, and for each ballot in the order of the
// archive its hash and its hints. Numbers are big-endian.
const hintMagic = "odaq hints 1\n"

// HintWriter writes a file of hints: what a verifier of the ballots would compute,
// so that another one can check it instead, which is quicker. The file is made
// by whoever admits ballots and need not be trusted. It may end before the archive
// does.
type HintWriter struct {
	w    io.Writer
	size int
}

// NewHintWriter begins the hints of an archive with the hash of its first event,
// where the hints of each ballot have a size (ballot.Verifier.HintSize).
func NewHintWriter(w io.Writer, setup archive.Hash, size int) (*HintWriter, error) {
	_, err := w.Write(hintHeader(setup, size))
	return &HintWriter{w, size}, err
}

func hintHeader(setup archive.Hash, size int) []byte {
	b := append([]byte(hintMagic), setup[:]...)
	return binary.BigEndian.AppendUint32(b, uint32(size))
}

// Add writes the hints of the next ballot of the archive.
func (w *HintWriter) Add(ballot archive.Hash, hints []byte) error {
	if len(hints) != w.size {
		return fmt.Errorf("%w: %d bytes for a ballot, not %d", ErrHintFile, len(hints), w.size)
	}
	_, err := w.w.Write(append(ballot[:], hints...))
	return err
}

// hintReader reads hints along with the ballots.
type hintReader struct {
	r    *bufio.Reader
	size int
	over bool // there are no more hints
}

// newHintReader reads the beginning of a file of hints.
func newHintReader(r io.Reader, setup archive.Hash, v *ballot.Verifier) (*hintReader, error) {
	h := &hintReader{r: bufio.NewReaderSize(r, 1<<16), size: v.HintSize()}
	if h.size == 0 {
		return nil, ballot.ErrNoHints
	}
	want := hintHeader(setup, h.size)
	got := make([]byte, len(want))
	switch _, err := io.ReadFull(h.r, got); {
	case err == io.EOF:
		return nil, fmt.Errorf("%w: the file is empty", ErrHintFile)
	case err != nil && err != io.ErrUnexpectedEOF:
		return nil, err
	case string(got[:len(hintMagic)]) != hintMagic:
		return nil, fmt.Errorf("%w: the file does not begin as one of hints", ErrHintFile)
	case string(got) != string(want):
		return nil, fmt.Errorf("%w: they are of another election", ErrHintFile)
	}
	return h, nil
}

// next are the hints of the next ballot, or nil after the last hints.
func (h *hintReader) next(b archive.Hash) ([]byte, error) {
	if h == nil || h.over {
		return nil, nil
	}
	record := make([]byte, len(b)+h.size)
	switch _, err := io.ReadFull(h.r, record); {
	case err == io.EOF:
		h.over = true
		return nil, nil
	case err == io.ErrUnexpectedEOF:
		return nil, fmt.Errorf("%w: they end in the middle of a ballot's", ErrHintFile)
	case err != nil:
		return nil, err
	case archive.Hash(record[:len(b)]) != b:
		return nil, fmt.Errorf("%w: the ballot %s has those of another", ErrHintFile, b.Tracker())
	}
	return record[len(b):], nil
}

// atEnd checks that there are not more hints than ballots.
func (h *hintReader) atEnd() error {
	if h == nil || h.over {
		return nil
	}
	if _, err := h.r.ReadByte(); err == io.EOF {
		return nil
	} else if err != nil {
		return err
	}
	return fmt.Errorf("%w: there are more than ballots", ErrHintFile)
}

// hint prepares to read or write hints, where the options say so.
func (b *box) hint(o Options) (err error) {
	switch size := b.verifier.HintSize(); {
	case o.Hints != nil && o.WriteHints != nil:
		return fmt.Errorf("%w: they can be read or written, not both", ErrHintFile)
	case o.Hints != nil:
		b.hints, err = newHintReader(o.Hints, b.outline.setup, b.verifier)
	case o.WriteHints != nil && size == 0:
		return ballot.ErrNoHints
	case o.WriteHints != nil:
		b.written, err = NewHintWriter(o.WriteHints, b.outline.setup, size)
	}
	return err
}
