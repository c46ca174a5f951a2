package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
)

// ErrExposed says that others than its owner may read the keyset file.
var ErrExposed = errors.New("the keyset file can be read by others")

// keys are the three Tink keysets of the file. They are apart because each is
// rotated on its own: old field and subject keys keep opening, an old index key
// needs a re-index.
type keys struct {
	fields   *keyset.Handle // AES-256-GCM
	index    *keyset.Handle // HMAC-SHA256, blind indexes
	subjects *keyset.Handle // HMAC-SHA256, subject keys
}

// file is the JSON of the keyset file; each keyset is in Tink's own JSON form,
// so that Tink's tools read it too.
type file struct {
	Version  int             `json:"version"`
	Fields   json.RawMessage `json:"fields"`
	Index    json.RawMessage `json:"index"`
	Subjects json.RawMessage `json:"subjects"`
}

const fileVersion = 1

// Create makes a keyset file readable by its owner only and returns its sealer.
// It never replaces a file: that would lose every sealed field.
func Create(path string) (*Sealer, error) {
	k, err := newKeys()
	if err != nil {
		return nil, err
	}
	if err := write(path, k); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("seal: %s exists already; it is never replaced, because everything sealed with it would be lost: %w", path, err)
		}
		return nil, fmt.Errorf("seal: cannot create the keyset file: %w", err)
	}
	return newSealer(k)
}

// Open reads a keyset file. A file that others may read is refused with ErrExposed.
func Open(path string) (*Sealer, error) {
	k, err := read(path)
	if err != nil {
		return nil, err
	}
	return newSealer(k)
}

// Ephemeral is a sealer whose keys are in memory only: what it seals is lost
// when the process ends.
func Ephemeral() *Sealer {
	k, err := newKeys()
	if err != nil {
		panic(err) // the templates are constants
	}
	s, err := newSealer(k)
	if err != nil {
		panic(err)
	}
	return s
}

// Rotate adds new primary keys for Seal and Subject to the keyset file; old
// values still open. Servers read the file at start: stop them all, rotate,
// copy the file to every node, start. Rotate well before one field key has made
// 2³² seals, and after any suspicion; a value moves to the new key when it is
// next opened and sealed.
func Rotate(path string) error {
	return change(path, func(k *keys) (err error) {
		if k.fields, err = withNew(k.fields, aead.AES256GCMKeyTemplate()); err != nil {
			return err
		}
		k.subjects, err = withNew(k.subjects, prf.HMACSHA256PRFKeyTemplate())
		return err
	})
}

// RotateIndex adds a new primary index key. Blind indexes are not self-describing,
// so the stored ones must be made anew:
//
//  1. stop the servers, RotateIndex, copy the file to every node, start; searches
//     use BlindIndexes and so find rows of either key;
//  2. before the uniqueness of new rows is trusted again, a job reads every row,
//     opens its sealed value and stores BlindIndex of it;
//  3. stop, DropOldIndexes, copy, start.
//
// Between 1 and 3 a uniqueness check must look for every one of BlindIndexes.
func RotateIndex(path string) error {
	return change(path, func(k *keys) (err error) {
		k.index, err = withNew(k.index, prf.HMACSHA256PRFKeyTemplate())
		return err
	})
}

// DropOldIndexes forgets every index key but the primary: the last step of
// RotateIndex.
func DropOldIndexes(path string) error {
	return change(path, func(k *keys) error {
		m := keyset.NewManagerFromHandle(k.index)
		for i := range k.index.Len() {
			e, err := k.index.Entry(i)
			if err != nil {
				return err
			}
			if e.IsPrimary() {
				continue
			}
			if err := m.Delete(e.KeyID()); err != nil {
				return err
			}
		}
		var err error
		k.index, err = m.Handle()
		return err
	})
}

func newKeys() (k keys, err error) {
	if k.fields, err = keyset.NewHandle(aead.AES256GCMKeyTemplate()); err != nil {
		return keys{}, err
	}
	if k.index, err = keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate()); err != nil {
		return keys{}, err
	}
	k.subjects, err = keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate())
	return k, err
}

func withNew(h *keyset.Handle, template *tinkpb.KeyTemplate) (*keyset.Handle, error) {
	m := keyset.NewManagerFromHandle(h)
	id, err := m.Add(template)
	if err != nil {
		return nil, err
	}
	if err := m.SetPrimary(id); err != nil {
		return nil, err
	}
	return m.Handle()
}

// change replaces the file in one step. The new one is written beside it first,
// which also refuses a second change at the same time.
func change(path string, fn func(*keys) error) error {
	k, err := read(path)
	if err != nil {
		return err
	}
	if err := fn(&k); err != nil {
		return fmt.Errorf("seal: cannot change the keyset: %w", err)
	}
	next := path + ".new"
	if err := write(next, k); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("seal: %s exists: another change is under way, or one was interrupted; if none is running, remove that file and try again: %w", next, err)
		}
		return fmt.Errorf("seal: cannot write the changed keyset, the old one is untouched: %w", err)
	}
	if err := os.Rename(next, path); err != nil {
		os.Remove(next)
		return fmt.Errorf("seal: cannot replace the keyset file, the old one is untouched: %w", err)
	}
	return syncDir(path)
}

func read(path string) (keys, error) {
	f, err := os.Open(path)
	if err != nil {
		return keys{}, fmt.Errorf("seal: cannot read the keyset file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return keys{}, fmt.Errorf("seal: cannot read the keyset file: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return keys{}, fmt.Errorf("seal: %w (mode %04o): run chmod 600 %s", ErrExposed, info.Mode().Perm(), path)
	}
	var in file
	if err := json.NewDecoder(f).Decode(&in); err != nil {
		return keys{}, fmt.Errorf("seal: %s is no keyset file: %w", path, err)
	}
	if in.Version != fileVersion {
		return keys{}, fmt.Errorf("seal: %s has version %d, this program reads version %d", path, in.Version, fileVersion)
	}
	var k keys
	for _, part := range []struct {
		name string
		json json.RawMessage
		to   **keyset.Handle
	}{{"fields", in.Fields, &k.fields}, {"index", in.Index, &k.index}, {"subjects", in.Subjects, &k.subjects}} {
		// Cleartext is meant: the file's protection is its mode and its place.
		h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(part.json)))
		if err != nil {
			return keys{}, fmt.Errorf("seal: %s: the part %q is damaged: %w", path, part.name, err)
		}
		*part.to = h
	}
	return k, nil
}

// write makes a new file and returns when it is durable.
func write(path string, k keys) (err error) {
	out := file{Version: fileVersion}
	for _, part := range []struct {
		h  *keyset.Handle
		to *json.RawMessage
	}{{k.fields, &out.Fields}, {k.index, &out.Index}, {k.subjects, &out.Subjects}} {
		var b bytes.Buffer
		if err := insecurecleartextkeyset.Write(part.h, keyset.NewJSONWriter(&b)); err != nil {
			return err
		}
		*part.to = b.Bytes()
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(path)
		return err
	}
	return syncDir(path)
}

// syncDir makes a new name durable; Windows has no such call and needs none.
func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
