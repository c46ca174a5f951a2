package belenios_test

import (
	"errors"
	"strings"
	"testing"

	"odaq/belenios"
	"odaq/belenios/archive"
	"odaq/belenios/ballot"
	"odaq/belenios/canonical"
	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// TestSpellingIsReportedAsSuch signs a ballot whose answers are spelled in another
// way, as other programs accept it.
func TestSpellingIsReportedAsSuch(t *testing.T) {
	h := hold(t, group.Ed25519, 2, []election.Question{{Text: "Q", Answers: []string{"a"}, Max: 1}}, func(int) [][]int { return [][]int{{1}} })
	g, s := h.election.Group, h.voters[0].Credential
	respell := func(old, new string) error {
		signed, _, _ := strings.Cut(string(h.ballots[0]), `,"signature"`)
		signed = strings.Replace(signed, old, new, 1)
		hash := canonical.Hash([]byte(signed + "}"))
		p := proof.Know(g, s.Secret(g, h.election.UUID), func(c proof.List) group.Scalar {
			return proof.Challenge(g, proof.Text("sig|"+hash+"|"), c)
		}, g.Generator())
		all := append([]*archive.Event{}, h.events...)
		all[1] = &archive.Event{Kind: archive.Ballot, Payload: p.Append([]byte(signed + `,"signature":{"hash":"` + hash + `","proof":`))}
		all[1].Payload = append(all[1].Payload, `}}`...)
		_, err := verify(write(t, all))
		var v *belenios.Violation
		if err != nil && (!errors.As(err, &v) || v.Height != 1 || v.Tracker != ballot.Tracker(all[1].Payload)) {
			t.Errorf("%v does not name the ballot", err)
		}
		return err
	}
	if err := respell("", ""); err != nil {
		t.Errorf("control: %v", err)
	}
	if err := respell(`"alpha":`, `"alpha": `); !errors.Is(err, ballot.ErrSpelling) || !errors.Is(err, canonical.ErrText) {
		t.Errorf("white space: %v", err)
	}
	if err := respell(`"challenge":"`, `"challenge":"0`); !errors.Is(err, ballot.ErrSpelling) {
		t.Errorf("leading zero: %v", err)
	}
	if err := respell(`"challenge":"`, `"challenge":"1`); err == nil || errors.Is(err, ballot.ErrSpelling) {
		t.Errorf("another number: %v", err)
	}
}
