package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func create(t testing.TB) (string, *Sealer) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keyset.json")
	s, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, s
}

func reopen(t testing.TB, path string) *Sealer {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSealOpensOnlyAtItsPlace(t *testing.T) {
	s := Ephemeral()
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		record := rapid.Int64().Draw(t, "record")
		sealed := s.Seal(plain, Place("membership_person", "iin", record))
		if len(plain) > 7 && bytes.Contains(sealed, plain) {
			t.Fatal("the plaintext shows")
		}
		got, err := s.Open(sealed, Place("membership_person", "iin", record))
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("got %x, %v", got, err)
		}
		for _, other := range [][]byte{
			Place("membership_person", "iin", record+1),
			Place("membership_person", "ii", record),
			Place("membership_personi", "in", record),
			nil,
		} {
			if _, err := s.Open(sealed, other); !errors.Is(err, ErrSealed) {
				t.Fatalf("opened at another place: %v", err)
			}
		}
		i := rapid.IntRange(0, len(sealed)-1).Draw(t, "flip")
		sealed[i] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := s.Open(sealed, Place("membership_person", "iin", record)); !errors.Is(err, ErrSealed) {
			t.Fatalf("a flipped bit went unnoticed: %v", err)
		}
	})
}

func TestSealTwiceDiffers(t *testing.T) {
	s := Ephemeral()
	if bytes.Equal(s.Seal([]byte("a"), nil), s.Seal([]byte("a"), nil)) {
		t.Fatal("sealing is deterministic")
	}
}

func TestBlindIndex(t *testing.T) {
	path, s := create(t)
	a := s.BlindIndex("iin", "900101300017")
	if len(a) != IndexSize {
		t.Fatalf("%d bytes", len(a))
	}
	if !bytes.Equal(a, reopen(t, path).BlindIndex("iin", "900101300017")) {
		t.Error("the index changes when the file is opened again")
	}
	for _, other := range [][2]string{{"iin", "900101300018"}, {"phone", "900101300017"}, {"iin9", "00101300017"}, {"", "iin900101300017"}} {
		if bytes.Equal(a, s.BlindIndex(other[0], other[1])) {
			t.Errorf("equal to the index of %q", other)
		}
	}
	if bytes.Equal(a, Ephemeral().BlindIndex("iin", "900101300017")) {
		t.Error("the index does not depend on the key")
	}
}

func TestSubject(t *testing.T) {
	s := Ephemeral()
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SliceOfN(rapid.Byte(), 16, 40).Draw(t, "secret")
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		u, err := s.Subject(secret)
		if err != nil {
			t.Fatal(err)
		}
		sealed := u.Seal(plain, []byte("place"))
		again, _ := s.Subject(bytes.Clone(secret))
		if got, err := again.Open(sealed, []byte("place")); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("got %x, %v", got, err)
		}
		if _, err := u.Open(sealed, []byte("elsewhere")); !errors.Is(err, ErrSealed) {
			t.Fatal("opened at another place")
		}
		// Shredded: with the keyset and every ciphertext, but another secret.
		secret = bytes.Clone(secret)
		secret[rapid.IntRange(0, len(secret)-1).Draw(t, "i")] ^= 1
		other, _ := s.Subject(secret)
		if _, err := other.Open(sealed, []byte("place")); !errors.Is(err, ErrSealed) {
			t.Fatal("opened with another secret")
		}
		if _, err := s.Open(sealed, []byte("place")); !errors.Is(err, ErrSealed) {
			t.Fatal("opened without a secret")
		}
		stranger, _ := Ephemeral().Subject(u.secret)
		if _, err := stranger.Open(sealed, []byte("place")); !errors.Is(err, ErrSealed) {
			t.Fatal("opened with the secret but another keyset")
		}
	})
	for _, secret := range [][]byte{nil, {}, make([]byte, 15)} {
		if _, err := s.Subject(secret); err == nil {
			t.Errorf("took a secret of %d bytes", len(secret))
		}
	}
	u, _ := s.Subject(Secret())
	for _, short := range [][]byte{nil, {1}, {1, 2, 3, 4}, make([]byte, 31)} {
		if _, err := u.Open(short, nil); !errors.Is(err, ErrSealed) {
			t.Errorf("%x: %v", short, err)
		}
	}
}

func TestRotate(t *testing.T) {
	path, s := create(t)
	secret, place := Secret(), Place("t", "c", 1)
	subject, _ := s.Subject(secret)
	old := [][]byte{s.Seal([]byte("v"), place), subject.Seal([]byte("v"), place)}
	index := s.BlindIndex("iin", "1")

	fresh, err := Rotate(path)
	if err != nil || len(fresh) != 3 {
		t.Fatal(fresh, err)
	}
	r := reopen(t, path)
	ru, _ := r.Subject(secret)
	for i, open := range []func(a, b []byte) ([]byte, error){r.Open, ru.Open} {
		if got, err := open(old[i], place); err != nil || string(got) != "v" {
			t.Errorf("old value %d: %q, %v", i, got, err)
		}
	}
	if _, err := s.Open(r.Seal([]byte("v"), place), place); err == nil {
		t.Error("Seal still uses the old key")
	}
	if _, err := subject.Open(ru.Seal([]byte("v"), place), place); err == nil {
		t.Error("Subject still uses the old key")
	}
	all := r.BlindIndexes("iin", "1")
	if len(all) != 2 || !bytes.Equal(all[0], r.BlindIndex("iin", "1")) || bytes.Equal(all[0], index) || !bytes.Equal(all[1], index) {
		t.Errorf("indexes %x, before %x", all, index)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// names is the key that a value says it is of.
func names(t *testing.T, s *Sealer, use Use, value []byte) Key {
	t.Helper()
	for _, k := range s.Keys() {
		if k.Use == use && bytes.Equal(value[use.MarkAt()-1:][:4], k.ID.Bytes()) {
			return k
		}
	}
	t.Fatalf("the value names no key of the file for %s", use)
	return Key{}
}

// A value says which key it needs, so that a key is known to be needed no more.
func TestValuesNameTheirKey(t *testing.T) {
	path, s := create(t)
	var retired []KeyID
	for range 3 {
		u, _ := s.Subject(Secret())
		for use, value := range map[Use][]byte{Fields: s.Seal([]byte("v"), nil), Subjects: u.Seal([]byte("v"), nil), Index: s.BlindIndex("iin", "1")} {
			if k := names(t, s, use, value); !k.Primary || time.Since(k.Made).Abs() > time.Minute {
				t.Errorf("a new value is of %+v", k)
			}
		}
		for _, k := range s.Keys() {
			if k.Primary {
				retired = append(retired, k.ID)
			}
		}
		if _, err := Rotate(path); err != nil {
			t.Fatal(err)
		}
		s = reopen(t, path)
	}
	if len(s.Keys()) != 12 || len(retired) != 9 {
		t.Fatalf("%+v", s.Keys())
	}
	for i, k := range s.Keys() {
		if k.Primary != (i%4 == 0) {
			t.Errorf("the primary key does not lead: %d %+v", i, k)
		}
	}
	sealed, index := s.Seal([]byte("v"), nil), s.BlindIndex("iin", "1")
	for _, id := range retired {
		if err := Retire(path, id); err != nil {
			t.Fatal(err)
		}
	}
	s = reopen(t, path)
	if got, err := s.Open(sealed, nil); err != nil || string(got) != "v" || !bytes.Equal(s.BlindIndex("iin", "1"), index) || len(s.BlindIndexes("iin", "1")) != 1 {
		t.Errorf("%q %v", got, err)
	}
	for _, k := range s.Keys() {
		if err := Retire(path, k.ID); !errors.Is(err, ErrPrimary) {
			t.Errorf("a primary key: %v", err)
		}
	}
	if err := Retire(path, retired[0]); !errors.Is(err, ErrNoKey) {
		t.Errorf("a key that is gone: %v", err)
	}
}

func TestRetiredKeyOpensNothing(t *testing.T) {
	path, s := create(t)
	u, _ := s.Subject(Secret())
	sealed, own := s.Seal([]byte("v"), nil), u.Seal([]byte("v"), nil)
	old := s.Keys()
	if _, err := Rotate(path); err != nil {
		t.Fatal(err)
	}
	for _, k := range old {
		if err := Retire(path, k.ID); err != nil {
			t.Fatal(err)
		}
	}
	r := reopen(t, path)
	ru, _ := r.Subject(u.secret)
	if _, err := r.Open(sealed, nil); !errors.Is(err, ErrSealed) {
		t.Error(err)
	}
	if _, err := ru.Open(own, nil); !errors.Is(err, ErrSealed) {
		t.Error(err)
	}
}

// A file from before keys had a time of making: its fingerprints stay what they
// were, and those of the next key name it.
func TestFileWithoutTimes(t *testing.T) {
	path, _ := create(t)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var f map[string]json.RawMessage
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	delete(f, "made")
	if text, err = json.Marshal(f); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s := reopen(t, path)
	before := s.BlindIndex("iin", "1")
	raw, err := s.indexes[0].ComputePRF([]byte("\x03iin1"), IndexSize)
	if err != nil || !bytes.Equal(before, raw) {
		t.Fatalf("%x, want %x, %v", before, raw, err)
	}
	if _, err := Rotate(path); err != nil {
		t.Fatal(err)
	}
	s = reopen(t, path)
	all := s.BlindIndexes("iin", "1")
	if len(all) != 2 || !bytes.Equal(all[1], before) || !names(t, s, Index, all[0]).Primary {
		t.Fatalf("%x, before %x", all, before)
	}
}

func TestKeysetFile(t *testing.T) {
	path, _ := create(t)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	before, _ := os.ReadFile(path)
	if _, err := Create(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second Create: %v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Fatal("a refused Create changed the file")
	}
	if err := os.WriteFile(path+".new", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Rotate(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second change at once: %v", err)
	}
	os.Chmod(path, 0o640)
	if _, err := Open(path); !errors.Is(err, ErrExposed) || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a file others can read: %v", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	for _, text := range []string{"", "{}", `{"version":2}`, `{"version":1}`, strings.Replace(string(before), `"value": "`, `"value": "x`, 1)} {
		bad := filepath.Join(t.TempDir(), "bad")
		os.WriteFile(bad, []byte(text), 0o600)
		if _, err := Open(bad); err == nil {
			t.Errorf("took %.40q", text)
		}
	}
}

func FuzzOpen(f *testing.F) {
	s := Ephemeral()
	u, _ := s.Subject(Secret())
	place := Place("t", "c", 1)
	f.Add(s.Seal([]byte("value"), place))
	f.Add(u.Seal([]byte("value"), place))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		// No input opens at a place where nothing was sealed.
		elsewhere := Place("t", "c", 2)
		if _, err := s.Open(b, elsewhere); !errors.Is(err, ErrSealed) {
			t.Fatal(err)
		}
		if _, err := u.Open(b, elsewhere); !errors.Is(err, ErrSealed) {
			t.Fatal(err)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	s := Ephemeral()
	iin := []byte("900101300017")
	for i := 0; b.Loop(); i++ {
		s.Seal(iin, Place("membership_person", "iin", int64(i)))
	}
}

func BenchmarkOpen(b *testing.B) {
	s := Ephemeral()
	place := Place("membership_person", "iin", 1)
	sealed := s.Seal([]byte("900101300017"), place)
	for b.Loop() {
		s.Open(sealed, place)
	}
}

func BenchmarkBlindIndex(b *testing.B) {
	s := Ephemeral()
	for b.Loop() {
		s.BlindIndex("iin", "900101300017")
	}
}

// BenchmarkSubjectSeal is one person with one field: the dearest case.
func BenchmarkSubjectSeal(b *testing.B) {
	s := Ephemeral()
	iin, secret := []byte("900101300017"), Secret()
	for i := 0; b.Loop(); i++ {
		u, _ := s.Subject(secret)
		u.Seal(iin, Place("membership_person", "iin", int64(i)))
	}
}
