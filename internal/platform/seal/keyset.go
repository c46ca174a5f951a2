package seal

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
)

// ErrExposed says that others than its owner may read the keyset file.
var ErrExposed = errors.New("the keyset file can be read by others")

// keys are the three Tink keysets of the file.
type keys struct {
	fields   *keyset.Handle // AES-256-GCM
	index    *keyset.Handle // HMAC-SHA256, blind indexes
	subjects *keyset.Handle // HMAC-SHA256, subject keys
	made     map[KeyID]time.Time
}

// file is the JSON of the keyset file; each keyset is in Tink's own JSON form,
// so that Tink's tools read it too.
type file struct {
	Version  int             `json:"version"`
	Fields   json.RawMessage `json:"fields"`
	Index    json.RawMessage `json:"index"`
	Subjects json.RawMessage `json:"subjects"`

	// Made says when each key was made. A key that is not in it is from before
	// that was written down.
	Made map[KeyID]time.Time `json:"made,omitempty"`
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

// Rotate adds a new primary key of each use to the keyset file and returns them;
// what is sealed with the old ones still opens, and is found. Servers read the
// file at start: stop them all, rotate, copy the file to every node, start. A
// server that goes on with the old file does not find what the others seal.
//
// Rotate well before one field key has made 2³² seals, and after any suspicion.
func Rotate(path string) ([]Key, error) {
	var fresh []Key
	err := change(path, func(k *keys) error {
		if err := k.add(); err != nil {
			return err
		}
		all, err := k.list()
		fresh = slices.DeleteFunc(all, func(v Key) bool { return !v.Primary })
		return err
	})
	return fresh, err
}

// ErrNoKey says that the keyset has no such key, ErrPrimary that new values are
// sealed with it.
var (
	ErrNoKey   = errors.New("seal: the keyset file has no such key")
	ErrPrimary = errors.New("seal: a primary key cannot be retired")
)

// Retire removes a key from the keyset file. What is still sealed with it is lost
// with it, unless a copy of the file is kept: the caller makes sure that there is
// nothing left.
func Retire(path string, id KeyID) error {
	return change(path, func(k *keys) error {
		for _, h := range k.sets() {
			for i := range (*h).Len() {
				e, err := (*h).Entry(i)
				if err != nil {
					return err
				}
				if KeyID(e.KeyID()) != id {
					continue
				}
				if e.IsPrimary() {
					return ErrPrimary
				}
				m := keyset.NewManagerFromHandle(*h)
				if err := m.Delete(e.KeyID()); err != nil {
					return err
				}
				delete(k.made, id)
				*h, err = m.Handle()
				return err
			}
		}
		return ErrNoKey
	})
}

// Use is what the keys of one keyset are for.
type Use string

// The uses.
const (
	Fields   Use = "fields"   // Sealer.Seal
	Subjects Use = "subjects" // Subject.Seal
	Index    Use = "index"    // BlindIndex
)

// MarkAt is where the number of its key stands in a value: its first byte counts
// as 1, as SQL counts.
func (u Use) MarkAt() int {
	if u == Fields {
		return 2 // behind Tink's version
	}
	return 1
}

// KeyID is the number of a key: random, and no secret.
type KeyID uint32

// Bytes are the four bytes by which values name the key.
func (id KeyID) Bytes() []byte { return binary.BigEndian.AppendUint32(nil, uint32(id)) }

func (id KeyID) String() string { return strconv.FormatUint(uint64(id), 10) }

// Key is what may be known of a key.
type Key struct {
	ID      KeyID
	Use     Use
	Made    time.Time // zero: not written down
	Primary bool      // new values are sealed with it
}

// Unmarked says that fingerprints of the key do not name it: they are from before
// they did. A keyset has one such key at most.
func (k Key) Unmarked() bool { return k.Use == Index && k.Made.IsZero() }

// sets are the keysets with their uses, in the order in which they are listed.
func (k *keys) sets() map[Use]**keyset.Handle {
	return map[Use]**keyset.Handle{Fields: &k.fields, Subjects: &k.subjects, Index: &k.index}
}

// list is what may be known of the keys that are enabled.
func (k *keys) list() ([]Key, error) {
	var out []Key
	sets := k.sets()
	for _, use := range []Use{Fields, Subjects, Index} {
		h := *sets[use]
		first := len(out)
		for i := h.Len() - 1; i >= 0; i-- { // the newest first
			e, err := h.Entry(i)
			if err != nil {
				return nil, err
			}
			v := Key{ID: KeyID(e.KeyID()), Use: use, Made: k.made[KeyID(e.KeyID())], Primary: e.IsPrimary()}
			switch {
			case v.Primary:
				out = slices.Insert(out, first, v)
			case e.KeyStatus() == keyset.Enabled:
				out = append(out, v)
			}
		}
	}
	return out, nil
}

// add makes a new primary key of each use.
func (k *keys) add() error {
	for use, h := range k.sets() {
		template := prf.HMACSHA256PRFKeyTemplate()
		if use == Fields {
			template = aead.AES256GCMKeyTemplate()
		}
		m := keyset.NewManager()
		if *h != nil {
			m = keyset.NewManagerFromHandle(*h)
		}
		id, err := m.Add(template)
		if err != nil {
			return err
		}
		if err := m.SetPrimary(id); err != nil {
			return err
		}
		if *h, err = m.Handle(); err != nil {
			return err
		}
		if _, taken := k.made[KeyID(id)]; taken {
			return errors.New("two keys got the same number, by chance: try again")
		}
		k.made[KeyID(id)] = time.Now().UTC().Truncate(time.Second)
	}
	return nil
}

func newKeys() (keys, error) {
	k := keys{made: map[KeyID]time.Time{}}
	err := k.add()
	return k, err
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
	k := keys{made: in.Made}
	if k.made == nil {
		k.made = map[KeyID]time.Time{}
	}
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
	out := file{Version: fileVersion, Made: k.made}
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
