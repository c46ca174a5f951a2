package interop

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"testing"
)

// member of an archive, read without the package under test (FORMAT §12).
type member struct{ name, body string }

func members(t *testing.T, archive []byte) (list []member) {
	t.Helper()
	for len(archive) > 0 {
		if len(archive) < 512 {
			t.Fatalf("%d bytes at the end of an archive", len(archive))
		}
		name, _, _ := bytes.Cut(archive[:100], []byte{0})
		size, err := strconv.ParseUint(string(archive[124:135]), 8, 31)
		if end := 512 + (int(size)+511)/512*512; err != nil || end > len(archive) {
			t.Fatalf("member %q has a bad size: %v", name, err)
		} else {
			list = append(list, member{string(name), string(archive[512 : 512+size])})
			archive = archive[end:]
		}
	}
	return list
}

// event is an entry of the log, with what its payload points to.
type event struct {
	Type    string
	Payload string
	body    string
}

func events(t *testing.T, archive []byte) (list []event) {
	t.Helper()
	content := map[string]string{}
	for _, m := range members(t, archive)[1:] {
		if len(m.name) < 64 {
			t.Fatalf("a member %q", m.name)
		}
		content[m.name[:64]] = m.body
		if m.name[64:] == ".event.json" {
			var e event
			if err := json.Unmarshal([]byte(m.body), &e); err != nil {
				t.Fatal(err)
			}
			e.body = content[e.Payload]
			list = append(list, e)
		}
	}
	return list
}

// uuidOf is the identifier of the archive's election.
func uuidOf(t *testing.T, archive []byte) string {
	t.Helper()
	var election struct{ UUID string }
	if err := json.Unmarshal([]byte(members(t, archive)[1].body), &election); err != nil {
		t.Fatal(err)
	}
	return election.UUID
}

// certificateName is the name the tool gives to the files of a trustee.
func certificateName(t *testing.T, certificate string) string {
	t.Helper()
	var c struct{ Message string }
	if err := json.Unmarshal([]byte(certificate), &c); err != nil {
		t.Fatal(err)
	}
	h := sha256.Sum256([]byte(c.Message))
	return hex.EncodeToString(h[:])
}
