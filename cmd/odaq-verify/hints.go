package main

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"

	"odaq/belenios"
)

// hintFile is a file of hints that is read, or one that is written and only kept
// when the archive is verified.
type hintFile struct {
	read   *os.File
	write  *os.File
	buffer *bufio.Writer
	name   string // of what is written
}

var errOneArchive = errors.New("hints are those of one archive")

func (c *checkCmd) openHints() (*hintFile, error) {
	h := &hintFile{name: c.WriteHints}
	if (c.Hints != "" || c.WriteHints != "") && len(c.Archives) != 1 {
		return nil, errOneArchive
	}
	var err error
	switch {
	case c.Hints != "":
		h.read, err = os.Open(c.Hints)
	case c.WriteHints != "":
		if h.write, err = os.CreateTemp(filepath.Dir(c.WriteHints), ".hints-*"); err == nil {
			h.buffer = bufio.NewWriterSize(h.write, 1<<16)
		}
	}
	return h, err
}

// set gives the hints to the verification.
func (h *hintFile) set(o *belenios.Options) {
	if h.read != nil {
		o.Hints = h.read
	}
	if h.buffer != nil {
		o.WriteHints = h.buffer
	}
}

// keep gives what was written its name.
func (h *hintFile) keep() error {
	if h.write == nil {
		return nil
	}
	err := errors.Join(h.buffer.Flush(), h.write.Chmod(0o644), h.write.Close())
	if err == nil {
		err = os.Rename(h.write.Name(), h.name)
	}
	return err
}

// close ends the use of files; what was written and not kept goes away.
func (h *hintFile) close() {
	if h.read != nil {
		h.read.Close()
	}
	if h.write != nil {
		h.write.Close()
		os.Remove(h.write.Name())
	}
}
