package tamper

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"testing"

	"odaq/belenios"
	"odaq/belenios/ballot"
	"odaq/belenios/group"
)

// hints is a file of hints taken apart.
type hints struct {
	head    []byte
	records [][]byte // the hash of a ballot and its hints
}

const hintHead = len("odaq hints 1\n") + 32 + 4

// hintsOf are the hints of an archive.
func hintsOf(t *testing.T, archive []byte) hints {
	t.Helper()
	var file bytes.Buffer
	if _, err := belenios.Verify(context.Background(), bytes.NewReader(archive), belenios.Options{WriteHints: &file}); err != nil {
		t.Fatal(err)
	}
	b := file.Bytes()
	h := hints{head: b[:hintHead:hintHead]}
	size := 32 + int(binary.BigEndian.Uint32(b[hintHead-4:]))
	for r := range slices.Chunk(b[hintHead:], size) {
		h.records = append(h.records, r)
	}
	return h
}

func (h hints) file() []byte { return slices.Concat(append([][]byte{h.head}, h.records...)...) }

func hinted(archive, file []byte) error {
	_, err := belenios.Verify(context.Background(), bytes.NewReader(archive), belenios.Options{Hints: bytes.NewReader(file)})
	return err
}

// TestTamperedHints: hints that are altered are refused.
func TestTamperedHints(t *testing.T) {
	c := &tampering{script: "plain"}
	archive := c.archive(t, group.Ed25519)
	alter := func(name string, want error, change func(h hints) []byte) {
		t.Run(name, func(t *testing.T) {
			h := hintsOf(t, archive)
			if err := hinted(archive, h.file()); err != nil {
				t.Fatalf("the hints before they were altered: %v", err)
			}
			if err := hinted(archive, change(h)); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		})
	}
	h := hintsOf(t, archive)
	// Each hint: of the credential, the ciphertexts and the commitments.
	for at := 32; at < len(h.records[1]); at += group.HintSize {
		other := 32
		if at == other {
			other += group.HintSize
		}
		alter("another point", ballot.ErrHints, func(h hints) []byte {
			copy(h.records[1][at:][:group.HintSize], h.records[1][other:])
			return h.file()
		})
		alter("no point", ballot.ErrHints, func(h hints) []byte {
			h.records[1][at] ^= 1
			return h.file()
		})
	}
	alter("hints of two ballots exchanged", ballot.ErrHints, func(h hints) []byte {
		first := slices.Clone(h.records[0][32:])
		copy(h.records[0][32:], h.records[1][32:])
		copy(h.records[1][32:], first)
		return h.file()
	})
	alter("records exchanged", belenios.ErrHintFile, func(h hints) []byte {
		h.records[0], h.records[1] = h.records[1], h.records[0]
		return h.file()
	})
	alter("one left out", belenios.ErrHintFile, func(h hints) []byte { h.records = h.records[1:]; return h.file() })
	alter("one too many", belenios.ErrHintFile, func(h hints) []byte { h.records = append(h.records, h.records[0]); return h.file() })
	alter("the end in the middle", belenios.ErrHintFile, func(h hints) []byte { f := h.file(); return f[:len(f)-1] })
	alter("nothing", belenios.ErrHintFile, func(hints) []byte { return nil })
	alter("another beginning", belenios.ErrHintFile, func(h hints) []byte { h.head[0] ^= 1; return h.file() })
	alter("of another election", belenios.ErrHintFile, func(h hints) []byte { h.head[20] ^= 1; return h.file() })
	alter("of another size", belenios.ErrHintFile, func(h hints) []byte { h.head[hintHead-1] ^= 64; return h.file() })
}

// TestHintsOfTampered: a ballot that was tampered with is refused for its reason
// though there are hints for what it was.
func TestHintsOfTampered(t *testing.T) {
	done := 0
	for _, c := range tamperings() {
		if c.step != "ballot 1" || !slices.Contains(c.groups(), group.Ed25519) {
			continue
		}
		done++
		t.Run(c.script+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			var before string
			p, err := hold(c.played(group.Ed25519), &change{c.step, func(p *play, text string) string {
				before = text
				return c.text(p, text)
			}})
			if len(p.log) < 3 {
				t.Fatal(err)
			}
			tampered := p.log[:3:3]
			honest := append(p.log[:2:2], record{kind: "Ballot", data: []string{before}})
			h := hintsOf(t, pack(seal(honest, sealing)))
			if tampered[2].data[0] == p.log[1].data[0] {
				h.records[1] = slices.Clone(h.records[0])
			}
			sum := check(hex.DecodeString(hash(tampered[2].data[0])))
			copy(h.records[1], sum)
			if err := hinted(pack(seal(tampered, sealing)), h.file()); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
	if done < 60 {
		t.Errorf("only %d ballots", done)
	}
}
