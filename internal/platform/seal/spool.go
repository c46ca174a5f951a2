package seal

import (
	"crypto/rand"
	"io"
	"os"

	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle"
)

// Spool holds something large until it is whole and can be given out. It lies in
// a file without a name, under a key that is only in memory, so that nothing
// readable stays behind on a disk. It is written first, then read once; it is not
// for use by several goroutines.
type Spool struct {
	file   *os.File
	cipher *subtle.AESGCMHKDF
	in     io.WriteCloser
}

const spoolSegment = 1 << 16 // bytes sealed at a time

// NewSpool makes an empty one in the system's folder for temporary files.
func NewSpool() (*Spool, error) {
	key := make([]byte, keySize)
	rand.Read(key) // never fails
	cipher, err := subtle.NewAESGCMHKDF(key, "SHA256", keySize, spoolSegment, 0)
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp("", "odaq-spool-")
	if err != nil {
		return nil, err
	}
	s := &Spool{file: file, cipher: cipher}
	if err = os.Remove(file.Name()); err == nil {
		s.in, err = cipher.NewEncryptingWriter(file, nil)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return s, nil
}

// Write adds to the end.
func (s *Spool) Write(b []byte) (int, error) { return s.in.Write(b) }

// WriteTo ends the writing and gives everything to w.
func (s *Spool) WriteTo(w io.Writer) (int64, error) {
	if err := s.in.Close(); err != nil {
		return 0, err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	out, err := s.cipher.NewDecryptingReader(s.file, nil)
	if err != nil {
		return 0, err
	}
	return io.Copy(w, out)
}

// Close throws it away.
func (s *Spool) Close() error { return s.file.Close() }
