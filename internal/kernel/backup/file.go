package backup

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"filippo.io/age"

	"odaq/internal/kernel/fault"
	"odaq/internal/platform/db"
)

// Recipients reads public keys of age: those given one by one, and those of a
// file with one a line, "" for none. One at least is needed.
func Recipients(keys []string, file string) ([]age.Recipient, error) {
	var all []age.Recipient
	add := func(r io.Reader, name string) error {
		more, err := age.ParseRecipients(r)
		if err != nil {
			// The cause is not shown: it might quote a secret key given by mistake.
			return fault.New(fault.Invalid, "cli.backup-bad-recipient", "Key", name)
		}
		all = append(all, more...)
		return nil
	}
	for _, key := range keys {
		name := "--to"
		if strings.HasPrefix(key, "age1") {
			name = key
		}
		if err := add(strings.NewReader(key), name); err != nil {
			return nil, err
		}
	}
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if err := add(f, file); err != nil {
			return nil, err
		}
	}
	if len(all) == 0 {
		return nil, fault.New(fault.Invalid, "cli.backup-no-recipient")
	}
	return all, nil
}

// Identities reads the secret keys of a file, as age-keygen writes it.
func Identities(file string) ([]age.Identity, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := age.ParseIdentities(f)
	if err != nil {
		return nil, fault.New(fault.Invalid, "cli.backup-bad-identity", "File", file)
	}
	return all, nil
}

// wrap packs and encrypts what is written to it. Close ends the file's content
// and does not close w.
func wrap(w io.Writer, to []age.Recipient) (io.WriteCloser, error) {
	out := bufio.NewWriterSize(w, 1<<18)
	encrypted, err := age.Encrypt(out, to...)
	if err != nil {
		return nil, err
	}
	packed, err := gzip.NewWriterLevel(encrypted, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	return &sealed{behind(packed), []func() error{packed.Close, encrypted.Close, out.Flush}}, nil
}

type sealed struct {
	io.WriteCloser
	ends []func() error
}

func (s *sealed) Close() error {
	if err := s.WriteCloser.Close(); err != nil {
		return err
	}
	for _, end := range s.ends {
		if err := end(); err != nil {
			return err
		}
	}
	return nil
}

// behind writes to w in a goroutine of its own, so that packing goes on beside
// reading. Close waits for it.
func behind(w io.Writer) io.WriteCloser {
	l := &later{parts: make(chan []byte, 4), failed: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(l.done)
		for part := range l.parts {
			if l.err != nil {
				continue
			}
			if _, l.err = w.Write(part); l.err != nil {
				close(l.failed)
			}
		}
	}()
	return l
}

type later struct {
	parts        chan []byte
	failed, done chan struct{}
	err          error // read after failed or done
}

// Write takes a copy. It may tell an error of an earlier Write.
func (l *later) Write(p []byte) (int, error) {
	select {
	case l.parts <- append([]byte(nil), p...):
		return len(p), nil
	case <-l.failed:
		return 0, l.err
	}
}

func (l *later) Close() error {
	close(l.parts)
	<-l.done
	return l.err
}

// File is a backup that is being read.
type File struct {
	*Reader
	file *os.File
}

// Open opens a backup and reads its header. The caller closes it.
func Open(path string, with []age.Identity) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := unseal(f, with)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &File{r, f}, nil
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// unseal decrypts, unpacks, and reads the header.
func unseal(r io.Reader, with []age.Identity) (*Reader, error) {
	src := &ending{r: bufio.NewReaderSize(r, 1<<18)}
	decrypted, err := age.Decrypt(src, with...)
	if err != nil {
		return nil, src.refuse(err)
	}
	plain, err := gzip.NewReader(&authentic{decrypted, src})
	if err != nil {
		return nil, foreign(err)
	}
	return NewReader(&whole{plain})
}

// ending notes how a file begins and whether its end was reached.
type ending struct {
	r     *bufio.Reader
	begun bool
	age   bool
	ended bool
}

func (e *ending) Read(p []byte) (int, error) {
	if !e.begun {
		start, _ := e.r.Peek(len(magic))
		e.begun, e.age = true, string(start) == magic
	}
	n, err := e.r.Read(p)
	e.ended = e.ended || err == io.EOF
	return n, err
}

// magic begins every file of age.
const magic = "age-encryption.org/"

// refuse says why the beginning of a file does not open.
func (e *ending) refuse(err error) error {
	var none *age.NoIdentityMatchError
	switch {
	case !e.age:
		return fault.New(fault.Invalid, "cli.backup-foreign").Because(err)
	case errors.As(err, &none):
		return fault.New(fault.Denied, "cli.backup-wrong-identity").Because(err)
	case e.ended:
		return fault.New(fault.Invalid, "cli.backup-cut").Because(err)
	}
	return fault.New(fault.Invalid, "cli.backup-altered").Because(err)
}

// authentic gives what age decrypts and says why it stops. age cannot tell a
// last piece that is too short from one that was changed.
type authentic struct {
	io.Reader
	src *ending
}

func (a *authentic) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	switch {
	case err == nil || err == io.EOF:
		return n, err
	case a.src.ended:
		return n, fault.New(fault.Invalid, "cli.backup-cut").Because(err)
	}
	return n, fault.New(fault.Invalid, "cli.backup-altered").Because(err)
}

// whole says that what was unpacked is none of ours.
type whole struct{ io.Reader }

func (w *whole) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = foreign(err)
	}
	return n, err
}

// foreign keeps a fault and explains any other error of unpacking.
func foreign(err error) error {
	if _, ok := errors.AsType[*fault.Fault](err); ok {
		return err
	}
	return fault.New(fault.Invalid, "cli.backup-foreign").Because(err)
}

// Create writes a file whole or not at all: under another name beside it, for
// its owner only, made durable, and then renamed. It returns its size in bytes.
func Create(path string, fill func(io.Writer) error) (size int64, err error) {
	folder := filepath.Dir(path)
	f, err := os.CreateTemp(folder, "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
		if errors.Is(err, syscall.ENOSPC) {
			err = fmt.Errorf("%w: %w", db.ErrDiskFull, err)
		}
	}()
	if err := fill(f); err != nil {
		return 0, err
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	if size, err = f.Seek(0, io.SeekCurrent); err != nil {
		return 0, err
	}
	if err := f.Close(); err != nil {
		return 0, err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return 0, err
	}
	return size, syncFolder(folder)
}

// syncFolder makes a new name durable. Where folders cannot be synced, as on
// Windows, the rename is what there is.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return nil
	}
	defer d.Close()
	_ = d.Sync()
	return nil
}
