package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"odaq/belenios"
	"odaq/belenios/archive"
	"odaq/belenios/ballot"
	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/tally"
	"odaq/belenios/trustee"
)

// room is a folder for each person, with a passphrase.
type room struct {
	t    *testing.T
	root string
}

func (r room) of(who string) string {
	dir := filepath.Join(r.root, who)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		r.t.Fatal(err)
	}
	return dir
}

// does runs a step of a person and gives what it said.
func (r room) does(who string, want int, args ...string) string {
	r.t.Helper()
	var out, errs bytes.Buffer
	secret := filepath.Join(r.root, who+".passphrase")
	if err := os.WriteFile(secret, []byte("correct horse battery "+who+"\n"), 0o600); err != nil {
		r.t.Fatal(err)
	}
	if code := run(append([]string{"--lang", "en", "--dir", r.of(who), "--passphrase", secret}, args...), &out, &errs); code != want {
		r.t.Fatalf("%s %v: exit %d, want %d\n%s%s", who, args, code, want, &out, &errs)
	}
	return out.String() + errs.String()
}

func (r room) read(path string) []byte {
	text, err := os.ReadFile(filepath.Join(r.root, path))
	if err != nil {
		r.t.Fatal(err)
	}
	return text
}

// A whole election is held with the files of this program: one single trustee and
// a group of three of whom two are enough, a ranked question, two shuffles. An
// auditor accepts it.
func TestElection(t *testing.T) {
	r := room{t, t.TempDir()}
	path := func(who, file string) string { return filepath.Join(r.root, who, file) }
	g, err := group.Named(group.Ed25519)
	must(t, err)
	r.does("anna", 0, "key", "--name", "Anna")
	members := []string{"bolat", "carla", "dana"}
	var certificates, deals, outputs []string
	for _, who := range members {
		r.does(who, 0, "identity")
		certificates = append(certificates, path(who, "trustee.certificate.json"))
	}
	said := map[string]bool{}
	for _, who := range append([]string{"clerk"}, members...) {
		said[lastHash(r.does(who, 0, append([]string{"certificates", "--threshold", "2"}, certificates...)...))] = true
	}
	if len(said) != 1 {
		t.Errorf("the same list is told as %v", said)
	}
	with := []string{"--list", path("clerk", "certificates.jsons"), "--threshold", "2"}
	for _, who := range members {
		r.does(who, 0, append([]string{"deal", "--seed", path(who, "trustee.seed.age")}, with...)...)
		deals = append(deals, path(who, "trustee.deal.json"))
	}
	r.does("clerk", 0, append(append([]string{"route"}, with...), deals...)...)
	for i, who := range members {
		r.does(who, 0, append([]string{"receive", "--seed", path(who, "trustee.seed.age"), path("clerk", fmt.Sprintf("trustee%d.input.json", i+1))}, with...)...)
		outputs = append(outputs, path(who, "trustee.output.json"))
	}
	r.does("clerk", 0, append([]string{"assemble", "--deals", strings.Join(deals, ","), "--outputs", strings.Join(outputs, ",")}, with...)...)
	r.does("clerk", 0, "trustees", path("anna", "trustee.public.json"), path("clerk", "group.json"))

	voters := filepath.Join(r.root, "voters")
	must(t, os.WriteFile(voters, []byte("a@example.org\nb@example.org\nc@example.org\n"), 0o600))
	uuid := election.NewUUID()
	r.does("authority", 0, "credentials", "--uuid", uuid, voters)
	private := r.does("authority", 0, "open", path("authority", "credentials.private.age"))

	trustees, err := trustee.Parse(g, r.read("clerk/trustees.json"))
	must(t, err)
	e, err := election.New(election.Params{Name: "Chair", Description: "…", Group: g, PublicKey: trustees.PublicKey(g), UUID: uuid,
		Questions: []election.Question{{Text: "Who?", Answers: []string{"A", "B"}, Min: 1, Max: 1}, {Text: "Rank", Answers: []string{"x", "y", "z"}, NonHomomorphic: true}}})
	must(t, err)
	file := filepath.Join(r.root, uuid+".bel")
	f, err := os.Create(file)
	must(t, err)
	defer f.Close()
	w := archive.NewWriter(f, 1_700_000_000)
	must(t, w.Append(&archive.Event{Kind: archive.Setup, Election: e.Text(), Trustees: r.read("clerk/trustees.json"), Credentials: r.read("authority/credentials.json")}))
	questions := []tally.Question{{Size: 2}, {Mixed: true, Size: 3}}
	sum := tally.New(g, questions)
	choices := [][][]int{{{1, 0}, {1, 2, 3}}, {{0, 1}, {3, 2, 1}}, {{1, 0}, {2, 1, 3}}}
	for i, line := range strings.Split(strings.TrimSpace(private), "\n") {
		_, text, _ := strings.Cut(line, " ")
		c, err := election.ParseCredential(text)
		must(t, err)
		cast(t, w, sum, e, c, choices[i])
	}
	refused := r.does("anna", 1, "decrypt", "--key", path("anna", "trustee.key.age"), file)
	if !strings.Contains(refused, errOpen.Error()) {
		t.Errorf("an open election is refused with %q", refused)
	}
	must(t, w.Append(&archive.Event{Kind: archive.EndBallots}))
	must(t, w.Append(&archive.Event{Kind: archive.EncryptedTally, Payload: sum.Encrypted().Append(nil), Counted: sum.Counted(), Weight: sum.Weight()}))
	for i, who := range []string{"anna", "carla"} {
		r.does(who, 0, "shuffle", file)
		must(t, w.Append(&archive.Event{Kind: archive.Shuffle, Payload: r.read(who + "/shuffle.json"), Owner: []int{1, 3}[i]}))
	}
	if refused := r.does("anna", 1, "decrypt", "--key", path("anna", "trustee.key.age"), file); !strings.Contains(refused, errUnmixed.Error()) {
		t.Errorf("before the shuffles end it is refused with %q", refused)
	}
	must(t, w.Append(&archive.Event{Kind: archive.EndShuffles}))
	if refused := r.does("dana", 1, "decrypt", "--key", path("anna", "trustee.key.age"), file); !strings.Contains(refused, "passphrase") {
		t.Errorf("somebody else's passphrase is refused with %q", refused)
	}
	for _, d := range []struct {
		who    string
		number int
		args   []string
	}{
		{"anna", 1, []string{"--key", path("anna", "trustee.key.age")}},
		{"bolat", 2, []string{"--seed", path("bolat", "trustee.seed.age"), "--output", path("bolat", "trustee.output.json")}},
		{"dana", 4, []string{"--seed", path("dana", "trustee.seed.age"), "--output", path("dana", "trustee.output.json")}},
	} {
		r.does(d.who, 0, append([]string{"decrypt", file}, d.args...)...)
		must(t, w.Append(&archive.Event{Kind: archive.PartialDecryption, Payload: r.read(fmt.Sprintf("%s/decryption%d.json", d.who, d.number)), Owner: d.number}))
	}
	must(t, w.Append(&archive.Event{Kind: archive.Result, Payload: open(t, file, e, questions, trustees)}))
	report, err := belenios.Verify(t.Context(), f, belenios.Options{})
	must(t, err)
	if got := report.Questions[0].Counts; fmt.Sprint(got) != "[2 1]" {
		t.Errorf("counted %v", got)
	}

	// Secrets are encrypted, nothing can be read by others, nothing is written over.
	must(t, filepath.WalkDir(r.root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) == ".bel" {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		text, err := os.ReadFile(path)
		if filepath.Ext(path) == ".age" != bytes.HasPrefix(text, []byte("age-encryption.org/v1")) {
			t.Errorf("%s begins with %.20q", path, text)
		}
		return err
	}))
	r.does("anna", 1, "key")
	short := filepath.Join(r.root, "short")
	must(t, os.WriteFile(short, []byte("1234"), 0o600))
	var out, errs bytes.Buffer
	if code := run([]string{"--dir", t.TempDir(), "--passphrase", short, "key"}, &out, &errs); code != 1 || !strings.Contains(errs.String(), "less than") {
		t.Errorf("a short passphrase: exit %d, %s", code, &errs)
	}
}

// cast votes and adds the ballot up.
func cast(t *testing.T, w *archive.Writer, sum *tally.Tally, e *election.Election, c election.Credential, choices [][]int) {
	t.Helper()
	text, _, err := ballot.Make(e, c, choices)
	must(t, err)
	must(t, w.Append(&archive.Event{Kind: archive.Ballot, Payload: text}))
	b, err := ballot.Parse(e, text)
	must(t, err)
	must(t, sum.Add(b.Choices, 1))
}

// open makes the result of what is in the archive.
func open(t *testing.T, file string, e *election.Election, questions []tally.Question, trustees trustee.Trustees) []byte {
	t.Helper()
	d := &desk{out: &bytes.Buffer{}, say: phrases["en"]}
	c, err := load(file, d)
	must(t, err)
	f, err := os.Open(file)
	must(t, err)
	defer f.Close()
	partials := map[int]tally.Partial{}
	var weight int64
	for r := archive.NewReader(f); ; {
		ev, err := r.Next()
		if err != nil {
			break
		}
		weight = max(weight, ev.Weight)
		if ev.Kind == archive.PartialDecryption {
			p, err := tally.ParsePartial(e.Group, ev.Payload)
			must(t, err)
			partials[ev.Owner] = p
		}
	}
	factors, err := tally.Combine(e.Group, trustees, c.encrypted, partials)
	must(t, err)
	result, err := tally.Open(e.Group, questions, c.encrypted, factors, weight)
	must(t, err)
	return result.Append(nil)
}

// lastHash is what is to be compared.
func lastHash(said string) string {
	all := strings.Split(strings.TrimSpace(said), "\n")
	return strings.ReplaceAll(all[len(all)-1], " ", "")
}

// Every phrase is there in every language.
func TestPhrases(t *testing.T) {
	for lang, say := range phrases {
		for key := range phrases["en"] {
			if say[key] == "" {
				t.Errorf("%s has no %q", lang, key)
			}
		}
		if len(say) != len(phrases["en"]) {
			t.Errorf("%s has %d phrases, want %d", lang, len(say), len(phrases["en"]))
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
