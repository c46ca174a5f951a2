package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"filippo.io/age"
	"golang.org/x/term"
)

// desk is where a trustee works: a folder, a passphrase, and words.
type desk struct {
	out            io.Writer
	say            map[string]string
	dir            string
	passphraseFile string
	passphrase     string // once it is known
}

// shortest is the fewest characters of a passphrase: four words have more.
const shortest = 12

var (
	errShort = fmt.Errorf("the passphrase has less than %d characters: take four words", shortest)
	errTwice = errors.New("the two passphrases differ: nothing was written")
	errNone  = errors.New("no terminal to ask for the passphrase: name a file with --passphrase")
)

// ask gives the passphrase; a new one is asked for twice.
func (d *desk) ask(fresh bool) (string, error) {
	if d.passphrase != "" {
		return d.passphrase, nil
	}
	p, err := d.read(fresh)
	if err == nil && utf8.RuneCountInString(p) < shortest {
		err = errShort
	}
	if err == nil {
		d.passphrase = p
	}
	return p, err
}

func (d *desk) read(fresh bool) (string, error) {
	if d.passphraseFile != "" {
		text, err := os.ReadFile(d.passphraseFile)
		return strings.TrimRight(string(text), "\r\n"), err
	}
	terminal := int(os.Stdin.Fd())
	if !term.IsTerminal(terminal) {
		return "", errNone
	}
	prompt := func(key string) (string, error) {
		fmt.Fprint(os.Stderr, d.say[key]+" ")
		text, err := term.ReadPassword(terminal)
		fmt.Fprintln(os.Stderr)
		return string(text), err
	}
	first, err := prompt("passphrase")
	if err != nil || !fresh {
		return first, err
	}
	again, err := prompt("again")
	if err == nil && again != first {
		err = errTwice
	}
	return first, err
}

// keep writes a secret, encrypted. It never writes over a file.
func (d *desk) keep(name string, secret []byte) error {
	passphrase, err := d.ask(true)
	if err != nil {
		return err
	}
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return err
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to)
	if err != nil {
		return err
	}
	if _, err := w.Write(secret); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return d.write(name+".age", sealed.Bytes())
}

// open reads a secret.
func (d *desk) open(file string) ([]byte, error) {
	sealed, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	passphrase, err := d.ask(false)
	if err != nil {
		return nil, err
	}
	with, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), with)
	if err != nil {
		return nil, fmt.Errorf("%s: %s (%w)", file, d.say["wrong"], err)
	}
	return io.ReadAll(r)
}

// write writes a file that only its owner can read, whole or not at all, and
// never over another.
func (d *desk) write(name string, text []byte) error {
	path := filepath.Join(d.dir, name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	fmt.Fprintf(d.out, "%s %s\n", d.say["written"], path)
	return nil
}

// compare shows what the others must have too, in groups of four that can be
// read out, and says how.
func (d *desk) compare(key, hash string) {
	var groups []string
	for at := 0; at < len(hash); at += 4 {
		groups = append(groups, hash[at:min(at+4, len(hash))])
	}
	fmt.Fprintf(d.out, "\n%s\n\n    %s\n", d.say[key], strings.Join(groups, " "))
}

// tell says what to do next.
func (d *desk) tell(key string) { fmt.Fprintf(d.out, "\n%s\n", d.say[key]) }

// lines reads a file with a text in each line.
func lines(file string) ([][]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return bytes.Split(bytes.TrimRight(text, "\n"), []byte("\n")), nil
}

// only reads a file that is one text; a line's end behind it is no part of it.
func only(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	return bytes.TrimRight(text, "\n"), err
}

// parsed reads each text, naming the file and line of one that is wrong.
func parsed[T any](file string, texts [][]byte, parse func([]byte) (T, error)) ([]T, error) {
	var out []T
	for i, text := range texts {
		v, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, i+1, err)
		}
		out = append(out, v)
	}
	return out, nil
}
