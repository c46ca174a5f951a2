// Package exchange takes tables of foreign making into the system and gives back what it could
// not take: which column is which field, what is wrong with which row, a file of the rejected
// rows to be corrected and sent again, and a loop over millions of rows that says how far it is
// and continues after a crash.
//
// What a row means is each area's matter; how files are read and written is platform/sheet's.
package exchange

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io"

	"odaq/internal/kernel/fault"
	"odaq/internal/platform/sheet"
)

// Locale has the words of this package's and platform/sheet's messages in kk, ru and en.
//
//go:embed locale/*.toml
var Locale embed.FS

// Fault gives an error of a file (sheet.Error) its words: an Invalid fault with err as its cause.
// Any other error comes back as it is.
func Fault(err error) error {
	var told sheet.Error
	if !errors.As(err, &told) {
		return err
	}
	return &fault.Fault{Kind: fault.Invalid, Key: told.Key(), Args: told.Args(), Cause: err}
}

// Fingerprint is the SHA-256 of a file's size bytes in hexadecimal, by which the same file is
// known when it comes again.
func Fingerprint(r io.ReaderAt, size int64) (string, error) {
	h := sha256.New()
	n, err := io.Copy(h, io.NewSectionReader(r, 0, size))
	if err != nil {
		return "", err
	}
	if n != size {
		return "", io.ErrUnexpectedEOF
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
