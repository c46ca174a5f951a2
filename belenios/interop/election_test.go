package interop

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// party does the steps of an election; what it takes and gives are the texts of
// the files that belenios-tool reads and writes.
type party interface {
	fmt.Stringer

	credentials(group, uuid string, identities []string) (private []string, public string)
	derive(group, uuid, credential string) (public string)

	single(group string) (private, public string)
	certificate(group string) (key, certificate string)
	checkCertificates(group string, certificates []string) error
	polynomial(group string, certificates []string, key string, threshold int) string
	route(group string, certificates, polynomials []string) (inputs []string)
	share(group string, certificates []string, key, input string) (output string)
	assemble(group string, certificates, polynomials, outputs []string) (threshold string, keys []string)

	open(group, uuid, template string, singles []string, threshold, credentials string) (archive []byte)
	ballot(archive []byte, credential string, choices [][]int) string
	add(archive []byte, event, payload string) []byte
	tally(archive []byte) (payload string)
	shuffle(archive []byte, trustee int) (payload string)
	decrypt(archive []byte, trustee int, private string) (payload string)
	decryptThreshold(archive []byte, trustee int, key, decryptionKey string) (payload string)
	result(archive []byte) (payload string)
}

// cast says who does each step; ballots, ceremonies and the like that are many
// take the parties in turn.
type cast struct {
	authority, trustees, open     []party
	voters, tally, mixers, decode []party
}

// turn is the party whose turn it is.
func turn(p []party, i int) party { return p[i%len(p)] }

// shape of an election.
type shape struct {
	name, group string
	template    string
	identities  []string
	singles     int
	// of is how many trustees share the threshold key, 0 for none; present are
	// those of all trustees, counted from 1, who decrypt.
	threshold, of int
	present       []int
	shuffles      int
	votes         []vote
	// want is the result; the vectors of non-homomorphic questions are sorted.
	want string
}

type vote struct {
	voter   int
	choices [][]int
}

// holder of a key; decryption is the key of a threshold trustee.
type holder struct {
	key, decryption string
	threshold       bool
}

// held is an election that was held.
type held struct {
	archive []byte
	// before has the archive as it stood after each event.
	before [][]byte
}

const uuid = "intErop2345678"

// hold does everything from the credentials to the result.
func hold(t *testing.T, s shape, c cast) held {
	t.Helper()
	private, public := turn(c.authority, 0).credentials(s.group, uuid, s.identities)
	if len(private) != len(s.identities) {
		t.Fatalf("%d credentials for %d voters", len(private), len(s.identities))
	}
	for _, p := range c.authority {
		if key := p.derive(s.group, uuid, private[0]); !strings.Contains(public, key) || key == "" {
			t.Fatalf("%s derives %s, which is not on the list", p, key)
		}
	}

	var trustees []holder
	var singles []string
	for i := range s.singles {
		key, public := turn(c.trustees, i).single(s.group)
		singles = append(singles, public)
		trustees = append(trustees, holder{key: key})
	}
	threshold, members := ceremony(t, s, c)
	trustees = append(trustees, members...)

	var h held
	h.archive = turn(c.open, 0).open(s.group, uuid, s.template, singles, threshold, public)
	add := func(p party, event, payload string) {
		t.Helper()
		h.before = append(h.before, slices.Clone(h.archive))
		h.archive = p.add(h.archive, event, payload)
	}
	for i, v := range s.votes {
		p := turn(c.voters, i)
		add(turn(c.voters, i+1), "Ballot", p.ballot(h.archive, private[v.voter], v.choices))
	}
	p := turn(c.tally, 0)
	add(p, "EndBallots", "")
	add(p, "EncryptedTally", p.tally(h.archive))
	for i := range s.shuffles {
		p := turn(c.mixers, i)
		add(p, "Shuffle", p.shuffle(h.archive, i+1))
	}
	if s.shuffles > 0 {
		add(p, "EndShuffles", "")
	}
	for i, owner := range s.present {
		p, tr := turn(c.decode, i), trustees[owner-1]
		if tr.threshold {
			add(p, "PartialDecryption", p.decryptThreshold(h.archive, owner, tr.key, tr.decryption))
		} else {
			add(p, "PartialDecryption", p.decrypt(h.archive, owner, tr.key))
		}
	}
	result := turn(c.decode, 0).result(h.archive)
	for _, p := range c.decode {
		if again := p.result(h.archive); strings.TrimSpace(again) != strings.TrimSpace(result) {
			t.Errorf("%s computes another result: %s, not %s", p, again, result)
		}
	}
	add(p, "Result", result)
	return h
}

// ceremony is the set-up of the threshold trustees.
func ceremony(t *testing.T, s shape, c cast) (threshold string, members []holder) {
	t.Helper()
	if s.of == 0 {
		return "", nil
	}
	var keys, certificates, polynomials, outputs []string
	for i := range s.of {
		key, certificate := turn(c.trustees, i).certificate(s.group)
		keys, certificates = append(keys, key), append(certificates, certificate)
	}
	for _, p := range c.trustees {
		if err := p.checkCertificates(s.group, certificates); err != nil {
			t.Fatalf("%s refuses the certificates: %v", p, err)
		}
	}
	for i := range s.of {
		polynomials = append(polynomials, turn(c.trustees, i).polynomial(s.group, certificates, keys[i], s.threshold))
	}
	server := turn(c.trustees, s.of)
	for i, input := range server.route(s.group, certificates, polynomials) {
		outputs = append(outputs, turn(c.trustees, i).share(s.group, certificates, keys[i], input))
	}
	threshold, decryption := server.assemble(s.group, certificates, polynomials, outputs)
	for i := range s.of {
		members = append(members, holder{keys[i], decryption[i], true})
	}
	return threshold, members
}

// results is the published result; vectors are sorted, since a mixnet has no order.
func results(t *testing.T, archive []byte) string {
	t.Helper()
	log := events(t, archive)
	var published struct{ Result []json.RawMessage }
	if err := json.Unmarshal([]byte(log[len(log)-1].body), &published); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range published.Result {
		var vectors [][]int
		if json.Unmarshal(r, &vectors) != nil {
			out = append(out, string(r))
			continue
		}
		slices.SortFunc(vectors, slices.Compare)
		sorted, err := json.Marshal(vectors)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(sorted))
	}
	return "[" + strings.Join(out, ",") + "]"
}
