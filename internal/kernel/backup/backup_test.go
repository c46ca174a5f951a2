package backup

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/privacy"
)

// content is a small backup's.
type content struct {
	table Table
	rows  [][]any
}

func lines(t testing.TB, all ...content) []byte {
	t.Helper()
	var b bytes.Buffer
	h := Header{Odaq: "test", Engine: "sqlite", Taken: 1e15, Schema: []string{"kernel/0001_kernel.sql"}, Tables: len(all)}
	for _, c := range all {
		h.Rows += int64(len(c.rows))
	}
	w, err := NewWriter(&b, h)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		c.table.Rows = int64(len(c.rows))
		if err := w.Begin(c.table); err != nil {
			t.Fatal(err)
		}
		for _, row := range c.rows {
			if err := w.Row(row); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Done(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readAll reads what lines wrote.
func readAll(b []byte) (all []content, digests []Digest, err error) {
	r, err := NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, nil, err
	}
	for {
		t, err := r.Next()
		if err == io.EOF {
			return all, r.Digests(), nil
		}
		if err != nil {
			return nil, nil, err
		}
		c := content{table: t}
		for row, err := range r.Rows() {
			if err != nil {
				return nil, nil, err
			}
			c.rows = append(c.rows, row)
		}
		all = append(all, c)
	}
}

var two = []content{
	{Table{Name: "one", Columns: []string{"id", "name", "data"}, Types: []string{"bigint", "text", "bytea"}}, [][]any{
		{int64(math.MinInt64), "Құпияжанова <&> \u2028 \"\\\n\r\n\x00", []byte{0, 1, 255}},
		{int64(math.MaxInt64), "", []byte{}},
		{nil, nil, nil},
	}},
	{Table{Name: "empty", Columns: []string{"id"}, Types: []string{"bigint"}}, nil},
}

func TestReadsWhatItWrote(t *testing.T) {
	b := lines(t, two...)
	all, digests, err := readAll(b)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range all {
		if diff := cmp.Diff(two[i].rows, c.rows); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.table.Name, diff)
		}
	}
	if len(digests) != 2 || digests[0].Rows != 3 || digests[0].SHA256 == digests[1].SHA256 {
		t.Errorf("digests %v", digests)
	}
	for i, line := range bytes.Split(bytes.TrimSuffix(b, []byte("\n")), []byte("\n")) {
		if len(line) == 0 {
			t.Errorf("line %d is empty: a value broke it", i+1)
		}
	}
}

func TestReadsWhatItWroteRapid(t *testing.T) {
	value := map[string]*rapid.Generator[any]{
		bigint: rapid.OneOf(rapid.Int64().AsAny(), rapid.Just[any](nil)),
		text:   rapid.OneOf(rapid.String().AsAny(), rapid.Just[any](nil)),
		bytea:  rapid.OneOf(rapid.SliceOf(rapid.Byte()).AsAny(), rapid.Just[any](nil)),
	}
	rapid.Check(t, func(r *rapid.T) {
		types := rapid.SliceOfN(rapid.SampledFrom([]string{bigint, text, bytea}), 1, 5).Draw(r, "types")
		c := content{table: Table{Name: "t", Types: types}}
		for i := range types {
			c.table.Columns = append(c.table.Columns, fmt.Sprint("c", i))
		}
		for range rapid.IntRange(0, 20).Draw(r, "rows") {
			var row []any
			for _, name := range types {
				row = append(row, value[name].Draw(r, "value"))
			}
			c.rows = append(c.rows, row)
		}
		all, _, err := readAll(lines(t, c))
		if err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(c.rows, all[0].rows); diff != "" {
			r.Errorf("-want +got:\n%s", diff)
		}
	})
}

// key gives the message of a fault.
func key(err error) string {
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		return fmt.Sprint("no fault: ", err)
	}
	return f.Key
}

func TestRefusesWhatIsNotWhole(t *testing.T) {
	good := string(lines(t, two...))
	all := strings.SplitAfter(strings.TrimSuffix(good, "\n"), "\n")
	for name, c := range map[string]struct{ text, want string }{
		"nothing":            {"", "cli.backup-cut"},
		"something else":     {"{\"a\":1}\n", "cli.backup-foreign"},
		"no object":          {"hello\n", "cli.backup-foreign"},
		"a newer format":     {strings.Replace(good, `"version":1`, `"version":2`, 1), "cli.backup-newer-format"},
		"the header changed": {strings.Replace(good, `"sqlite"`, `"sqlitf"`, 1), "cli.backup-broken"},
		"a number changed":   {strings.Replace(good, "-9223372036854775808", "-9223372036854775807", 1), "cli.backup-broken"},
		"a number too big":   {strings.Replace(good, "-9223372036854775808", "-9223372036854775809", 1), "cli.backup-broken"},
		"a fraction":         {strings.Replace(good, "-9223372036854775808", "1.5", 1), "cli.backup-broken"},
		"text for a number":  {strings.Replace(good, "-9223372036854775808", `"1"`, 1), "cli.backup-broken"},
		"no base64":          {strings.Replace(good, `"AAH/"`, `"AAH*"`, 1), "cli.backup-broken"},
		"a value less":       {strings.Replace(good, `[null,null,null]`, `[null,null]`, 1), "cli.backup-broken"},
		"a value more":       {strings.Replace(good, `[null,null,null]`, `[null,null,null,null]`, 1), "cli.backup-broken"},
		"a row less":         {strings.Replace(good, "[null,null,null]\n", "", 1), "cli.backup-broken"},
		"a row twice":        {strings.Replace(good, "[null,null,null]\n", "[null,null,null]\n[null,null,null]\n", 1), "cli.backup-broken"},
		"an unknown type":    {strings.Replace(good, `"types":["bigint"]`, `"types":["float"]`, 1), "cli.backup-broken"},
		"a table less":       {strings.Join(append(all[:len(all)-3:len(all)-3], all[len(all)-1]), "") + "\n", "cli.backup-broken"},
		"no last line":       {strings.Join(all[:len(all)-1], ""), "cli.backup-cut"},
		"half a line":        {good[:len(good)-10], "cli.backup-cut"},
		"something behind":   {good + "\n", "cli.backup-broken"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.text == good {
				t.Fatal("the test changed nothing")
			}
			if _, _, err := readAll([]byte(c.text)); key(err) != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

func TestTextMustBeText(t *testing.T) {
	w, err := NewWriter(io.Discard, Header{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(Table{Name: "t", Columns: []string{"name"}, Types: []string{"text"}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Row([]any{"a\xff"}); key(err) != "cli.backup-not-text" {
		t.Error(err)
	}
	if err := w.Row([]any{strings.Repeat("a", maxRow+1)}); err == nil {
		t.Error("a row was written that cannot be read")
	}
	// The longest row, of the text that grows most, can be read.
	long := content{Table{Name: "t", Columns: []string{"name"}, Types: []string{"text"}}, [][]any{{strings.Repeat("\x01", maxRow)}}}
	if all, _, err := readAll(lines(t, long)); err != nil || len(all[0].rows[0][0].(string)) != maxRow {
		t.Error(err)
	}
}

// FuzzReader: whatever was decrypted is read or refused, and what is read as
// whole is written again the same.
func FuzzReader(f *testing.F) {
	good := lines(f, two...)
	f.Add(good)
	f.Add(lines(f))
	f.Add(bytes.Replace(good, []byte("null"), []byte("[]"), 1))
	f.Add(good[:len(good)/2])
	f.Add([]byte(`{"format":"odaq-backup","version":1}` + "\n[1]\n"))
	f.Add([]byte(`{"format":"odaq-backup","version":1}` + "\n" + `{"table":"t","columns":["a"],"types":["bytea"],"rows":-1}` + "\n[\"\"]\n{}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		all, digests, err := readAll(b)
		if err != nil {
			if _, ok := errors.AsType[*fault.Fault](err); !ok {
				t.Fatalf("no words for %v", err)
			}
			return
		}
		again, second, err := readAll(lines(t, all...))
		if err != nil || len(again) != len(all) || len(second) != len(digests) {
			t.Fatalf("%d tables, then %d: %v", len(all), len(again), err)
		}
		for i := range all {
			if diff := cmp.Diff(all[i].rows, again[i].rows); diff != "" {
				t.Errorf("-first +second:\n%s", diff)
			}
		}
	})
}

func identity(t *testing.T) *age.X25519Identity {
	t.Helper()
	v, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// sealedFile writes a backup of some pieces of age and returns its path and content.
func sealedFile(t *testing.T, to ...age.Recipient) (string, []byte) {
	t.Helper()
	noise := content{table: Table{Name: "noise", Columns: []string{"data"}, Types: []string{"bytea"}}}
	for range 300 {
		b := make([]byte, 1000)
		rand.Read(b)
		noise.rows = append(noise.rows, []any{b})
	}
	path := filepath.Join(t.TempDir(), "b.age")
	size, err := Create(path, func(w io.Writer) error {
		s, err := wrap(w, to)
		if err != nil {
			return err
		}
		if _, err := s.Write(lines(t, two[0], noise)); err != nil {
			return err
		}
		return s.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil || int64(len(b)) != size || size < 200_000 {
		t.Fatalf("%d bytes of %d: %v", len(b), size, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	return path, b
}

func check(path string, with ...age.Identity) error {
	f, err := Open(path, with)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Check(func(int64, int64) {})
}

func TestFile(t *testing.T) {
	mine, yours, other := identity(t), identity(t), identity(t)
	path, b := sealedFile(t, mine.Recipient(), yours.Recipient())
	for _, with := range []age.Identity{mine, yours} {
		if err := check(path, with); err != nil {
			t.Error(err)
		}
	}
	if bytes.Contains(b, []byte("Құпияжанова")) || bytes.Contains(b, []byte("odaq-backup")) {
		t.Error("the file can be read")
	}
	changed := func(fn func(b []byte) []byte) string {
		p := filepath.Join(t.TempDir(), "changed.age")
		if err := os.WriteFile(p, fn(bytes.Clone(b)), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	flip := func(at int) string { return changed(func(b []byte) []byte { b[at] ^= 1; return b }) }
	cut := func(to int) string { return changed(func(b []byte) []byte { return b[:to] }) }
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"another's key":      {check(path, other), "cli.backup-wrong-identity"},
		"a byte in middle":   {check(flip(len(b)/2), mine), "cli.backup-altered"},
		"a byte early":       {check(flip(2000), mine), "cli.backup-altered"},
		"a byte at the end":  {check(flip(len(b)-5), mine), "cli.backup-cut"},
		"cut at half":        {check(cut(len(b)/2), mine), "cli.backup-cut"},
		"cut by one byte":    {check(cut(len(b)-1), mine), "cli.backup-cut"},
		"cut in the header":  {check(cut(100), mine), "cli.backup-cut"},
		"no age":             {check(changed(func([]byte) []byte { return []byte("PK\x03\x04 something") }), mine), "cli.backup-foreign"},
		"empty":              {check(cut(0), mine), "cli.backup-foreign"},
		"appended":           {check(changed(func(b []byte) []byte { return append(b, 'x') }), mine), "cli.backup-cut"},
		"age, and not ours":  {check(foreignFile(t, mine.Recipient(), []byte("hello")), mine), "cli.backup-foreign"},
		"gzip, and not ours": {check(packedFile(t, mine.Recipient(), []byte("hello\n")), mine), "cli.backup-foreign"},
	} {
		if key(c.err) != c.want {
			t.Errorf("%s: %v, want %s", name, c.err, c.want)
		}
	}
	// A cut exactly between two pieces of age.
	header := bytes.Index(b, []byte("\n---")) + 1
	body := header + bytes.IndexByte(b[header:], '\n') + 1 + 16
	if err := check(cut(body+2*(64<<10+16)), mine); key(err) != "cli.backup-cut" {
		t.Errorf("cut between pieces: %v", err)
	}
}

func foreignFile(t *testing.T, to age.Recipient, content []byte) string {
	t.Helper()
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "foreign.age")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func packedFile(t *testing.T, to age.Recipient, content []byte) string {
	t.Helper()
	var b bytes.Buffer
	w, err := wrap(&b, []age.Recipient{to})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "packed.age")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A file that could not be filled leaves nothing, and the old one as it was.
func TestCreateLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "b.age")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	failed := errors.New("failed")
	_, err := Create(path, func(w io.Writer) error {
		if _, err := w.Write([]byte("new")); err != nil {
			return err
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Errorf("%v", err)
	}
	left, err := os.ReadDir(dir)
	b, _ := os.ReadFile(path)
	if err != nil || len(left) != 1 || string(b) != "old" {
		t.Errorf("%v, %q, %v", left, b, err)
	}
}

// full is a disk that takes so many bytes.
type full int

func (f *full) Write(p []byte) (int, error) {
	if *f -= full(len(p)); *f < 0 {
		return 0, errors.New("full")
	}
	return len(p), nil
}

// Writing ends soon after the disk is full, and says so.
func TestFullDisk(t *testing.T) {
	disk := full(100_000)
	w, err := wrap(&disk, []age.Recipient{identity(t).Recipient()})
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 10_000)
	for range 1000 {
		rand.Read(noise)
		if _, err = w.Write(noise); err != nil {
			break
		}
	}
	if err == nil || err.Error() != "full" {
		t.Errorf("writing on: %v", err)
	}
	if err := w.Close(); err == nil {
		t.Error("closed without an error")
	}
}

func TestKeys(t *testing.T) {
	v := identity(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "recipients.txt")
	if err := os.WriteFile(file, []byte("# the data officer\n"+v.Recipient().String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := Recipients([]string{v.Recipient().String()}, file)
	if err != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, err)
	}
	if _, err := Recipients(nil, ""); key(err) != "cli.backup-no-recipient" {
		t.Error(err)
	}
	// A secret key given by mistake is not repeated.
	if _, err := Recipients([]string{v.String()}, ""); key(err) != "cli.backup-bad-recipient" || strings.Contains(fmt.Sprint(err, fault.Of(err).Args), "SECRET") {
		t.Error(err, fault.Of(err).Args)
	}
	if _, err := Recipients(nil, filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := Identities(file); key(err) != "cli.backup-bad-identity" {
		t.Error(err)
	}
}

func TestErasedList(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		e := Erased{Made: cal.Instant(rapid.Int64Range(0, 4e15).Draw(r, "made"))}
		for range rapid.IntRange(0, 5).Draw(r, "n") {
			e.Persons = append(e.Persons, privacy.ErasedPerson{Person: id.ID(rapid.Int64Range(1, math.MaxInt64).Draw(r, "person")),
				At: cal.Instant(rapid.Int64Range(0, 4e15).Draw(r, "at"))})
		}
		var b bytes.Buffer
		if err := e.Write(&b); err != nil {
			r.Fatal(err)
		}
		got, err := ReadErased(bytes.NewReader(b.Bytes()))
		if diff := cmp.Diff(e, got); diff != "" || err != nil {
			r.Errorf("%v\n%s\n%s", err, diff, b.String())
		}
	})
}

func TestErasedListRefused(t *testing.T) {
	const first, title, row = "# odaq erased 1 made 2026-11-22T07:00:00Z persons 1\n", "person,at\n", "01jd9x0000001,2026-11-22T06:12:30.5Z\n"
	if e, err := ReadErased(strings.NewReader(first + title + row)); err != nil || len(e.Persons) != 1 {
		t.Fatal(e, err)
	}
	for text, want := range map[string]string{
		"":          "cli.backup-erased-foreign",
		title + row: "cli.backup-erased-foreign",
		"# odaq erased 2 made 2026-11-22T07:00:00Z persons 1\n" + title + row: "cli.backup-erased-foreign",
		first + "name,at\n" + row:      "cli.backup-erased-foreign",
		first:                          "cli.backup-erased-cut",
		first + title:                  "cli.backup-erased-cut",
		first + title + row + row:      "cli.backup-erased-cut",
		first + title + "a,b\n":        "cli.backup-erased-line",
		first + title + "01jd9x000":    "cli.backup-erased-line",
		first + title + row + "x,y,z":  "cli.backup-erased-line",
		first + title + row + "\"open": "cli.backup-erased-line",
	} {
		if _, err := ReadErased(strings.NewReader(text)); key(err) != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestErasedSince(t *testing.T) {
	at := func(p id.ID) privacy.ErasedPerson { return privacy.ErasedPerson{Person: p, At: 10} }
	list := Erased{Made: 100, Persons: []privacy.ErasedPerson{at(1), at(2), at(3)}}
	since, err := list.Since(Header{Taken: 50}, []privacy.ErasedPerson{at(2)})
	if diff := cmp.Diff([]privacy.ErasedPerson{at(1), at(3)}, since); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, err := list.Since(Header{Taken: 101}, nil); key(err) != "cli.backup-erased-older" {
		t.Error(err)
	}
	if _, err := list.Since(Header{Taken: 50}, []privacy.ErasedPerson{at(4)}); key(err) != "cli.backup-erased-other" {
		t.Error(err)
	}
}
