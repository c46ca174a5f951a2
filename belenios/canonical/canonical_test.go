package canonical_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"odaq/belenios/canonical"
)

// accepts reads text with one method and tells whether that was all of it.
func accepts(text string, read func(*canonical.Reader)) error {
	r := canonical.NewReader([]byte(text))
	read(r)
	return r.End()
}

func TestRefused(t *testing.T) {
	str := func(r *canonical.Reader) { r.String(5) }
	decimal := func(r *canonical.Reader) { r.Decimal(5) }
	token := func(r *canonical.Reader) { r.Token(5) }
	number := func(r *canonical.Reader) { r.Number(255) }
	hash := func(r *canonical.Reader) { r.Hash() }
	array := func(r *canonical.Reader) { r.Array(2, func(int) { r.Number(9) }) }
	boolean := func(r *canonical.Reader) { r.Bool() }
	digest := `"` + strings.Repeat("A", 43) + `"`
	tests := []struct {
		text string
		read func(*canonical.Reader)
		want error
	}{
		{`"aЖ\n"`, str, nil},
		{`"\u0001"`, str, nil},
		{`"\u007f"`, str, nil},
		{`"a`, str, canonical.ErrText},
		{`a"`, str, canonical.ErrText},
		{``, str, canonical.ErrText},
		{`"a" `, str, canonical.ErrText},
		{` "a"`, str, canonical.ErrText},
		{`"\u0041"`, str, canonical.ErrText},
		{`"\/"`, str, canonical.ErrText},
		{`"\u000a"`, str, canonical.ErrText},
		{`"\u001F"`, str, canonical.ErrText},
		{`"\ud83d\ude00"`, str, canonical.ErrText},
		{"\"\x01\"", str, canonical.ErrText},
		{"\"\x7f\"", str, canonical.ErrText},
		{"\"\xff\"", str, canonical.ErrText},
		{"\"\xff\\n\"", str, canonical.ErrText},
		{"\"\xed\xa0\x80\"", str, canonical.ErrText},
		{`"\`, str, canonical.ErrText},
		{`"abcdef"`, str, canonical.ErrLimit},
		{`"abc\ndef"`, str, canonical.ErrLimit},
		{`"12345"`, decimal, nil},
		{`"0"`, decimal, nil},
		{`"00"`, decimal, canonical.ErrText},
		{`"01"`, decimal, canonical.ErrText},
		{`"-1"`, decimal, canonical.ErrText},
		{`"+1"`, decimal, canonical.ErrText},
		{`"1a"`, decimal, canonical.ErrText},
		{`""`, decimal, canonical.ErrText},
		{`"123456"`, decimal, canonical.ErrLimit},
		{`"0af"`, token, nil},
		{`"0AF"`, token, canonical.ErrText},
		{`"a`, token, canonical.ErrText},
		{`255`, number, nil},
		{`0`, number, nil},
		{`256`, number, canonical.ErrLimit},
		{`99999999999999999999`, number, canonical.ErrLimit},
		{`00`, number, canonical.ErrText},
		{`01`, number, canonical.ErrText},
		{`1.0`, number, canonical.ErrText},
		{`1e1`, number, canonical.ErrText},
		{`-1`, number, canonical.ErrText},
		{`"1"`, number, canonical.ErrText},
		{``, number, canonical.ErrText},
		{digest, hash, nil},
		{strings.Replace(digest, `A"`, `B"`, 1), hash, canonical.ErrText},
		{strings.Replace(digest, `A"`, `"`, 1), hash, canonical.ErrText},
		{strings.Replace(digest, `A"`, `AA"`, 1), hash, canonical.ErrLimit},
		{strings.Replace(digest, `A"`, `="`, 1), hash, canonical.ErrText},
		{strings.Replace(digest, `A"`, `_"`, 1), hash, canonical.ErrText},
		{`[1,2]`, array, nil},
		{`[]`, array, nil},
		{`[1,2,3]`, array, canonical.ErrLimit},
		{`[1,]`, array, canonical.ErrText},
		{`[1, 2]`, array, canonical.ErrText},
		{`[1`, array, canonical.ErrText},
		{`[1 ]`, array, canonical.ErrText},
		{`true`, boolean, nil},
		{`false`, boolean, nil},
		{`True`, boolean, canonical.ErrText},
		{`falsey`, boolean, canonical.ErrText},
	}
	for _, test := range tests {
		if err := accepts(test.text, test.read); !errors.Is(err, test.want) {
			t.Errorf("%q: %v, want %v", test.text, err, test.want)
		}
	}
}

// What is written can be read, by this package and as JSON, and is the same.
func TestStrings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		text := canonical.AppendString(nil, s)
		r := canonical.NewReader(text)
		if got := r.String(len(s)); r.End() != nil || got != s {
			t.Fatalf("%q was read as %q: %v", text, got, r.Err())
		}
		var decoded string
		if err := json.Unmarshal(text, &decoded); err != nil || decoded != s {
			t.Fatalf("%q is %q as JSON: %v", text, decoded, err)
		}
	})
}

// What is read is byte for byte what is written.
func FuzzString(f *testing.F) {
	for _, s := range []string{`""`, `"a"`, `"\n\u0000"`, `"\u000a"`, `"Ж\"\\"`, `"\ud800"`, "\"\xff\"", `"`, `"\u007f"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r := canonical.NewReader(text)
		s := r.String(len(text))
		if r.End() == nil && !bytes.Equal(canonical.AppendString(nil, s), text) {
			t.Fatalf("%q was read as %q", text, s)
		}
	})
}

func TestHash(t *testing.T) {
	// The SHA-256 of nothing.
	if got := canonical.Hash(nil); got != "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU" {
		t.Error(got)
	}
	if got := canonical.HexHash(nil); got != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Error(got)
	}
}
