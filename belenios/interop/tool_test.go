package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// tool drives belenios-tool. Every call works in a directory of its own, so
// nothing but what is handed over passes from one step to the next.
type tool struct{ t *testing.T }

// newTool skips the test where there is no belenios-tool; in CI it fails.
func newTool(t *testing.T) tool {
	t.Helper()
	if _, err := exec.LookPath("belenios-tool"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("belenios-tool is needed: install the package belenios-tool")
		}
		t.Skip("no belenios-tool here")
	}
	return tool{t}
}

func (tool) String() string { return "tool" }

// place is a directory in which belenios-tool runs.
type place struct {
	t   *testing.T
	dir string
}

// place makes a directory with files in it, given as name and content in turn.
func (b tool) place(files ...string) place {
	b.t.Helper()
	p := place{b.t, b.t.TempDir()}
	for i := 0; i < len(files); i += 2 {
		if err := os.WriteFile(filepath.Join(p.dir, files[i]), []byte(files[i+1]), 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
	return p
}

// at makes a directory that holds an archive.
func (b tool) at(archive []byte, files ...string) place {
	b.t.Helper()
	return b.place(append(files, uuidOf(b.t, archive)+".bel", string(archive))...)
}

// try runs belenios-tool and returns what it wrote; the error has its complaints.
func (p place) try(stdin string, args ...string) (string, error) {
	cmd := exec.CommandContext(p.t.Context(), "belenios-tool", args...)
	cmd.Dir = p.dir
	cmd.Stdin = strings.NewReader(stdin)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("belenios-tool %s: %w: %s", strings.Join(args, " "), err, complaints.String())
	}
	return out.String(), nil
}

func (p place) run(stdin string, args ...string) string {
	p.t.Helper()
	out, err := p.try(stdin, args...)
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

// file is the only file of that pattern.
func (p place) file(pattern string) string {
	p.t.Helper()
	found, err := filepath.Glob(filepath.Join(p.dir, pattern))
	if err != nil || len(found) != 1 {
		p.t.Fatalf("%d files %s, want 1 (%v)", len(found), pattern, err)
	}
	b, err := os.ReadFile(found[0])
	if err != nil {
		p.t.Fatal(err)
	}
	return string(b)
}

func (b tool) credentials(group, uuid string, identities []string) (private []string, public string) {
	b.t.Helper()
	p := b.place("identities", strings.Join(identities, "\n")+"\n")
	p.run("", "setup", "generate-credentials", "--group", group, "--uuid", uuid, "--file", "identities")
	for line := range strings.Lines(p.file("*.privcreds")) {
		private = append(private, line[strings.LastIndexByte(line, ' ')+1:len(line)-1])
	}
	return private, p.file("*.pubcreds")
}

func (b tool) derive(group, uuid, credential string) (public string) {
	b.t.Helper()
	return strings.TrimSpace(b.place().run("", "setup", "generate-credentials", "--group", group, "--uuid", uuid, "--derive", credential))
}

func (b tool) single(group string) (private, public string) {
	b.t.Helper()
	p := b.place()
	p.run("", "setup", "generate-trustee-key", "--group", group)
	return p.file("*.privkey"), p.file("*.pubkey")
}

// The steps of a threshold set-up (FORMAT §7).

func (b tool) certificate(group string) (key, certificate string) {
	b.t.Helper()
	p := b.place()
	p.run("", "setup", "generate-trustee-key-threshold", "--group", group, "--step", "1")
	return p.file("*.key"), p.file("*.cert")
}

func (b tool) checkCertificates(group string, certificates []string) error {
	_, err := b.place("certs", lines(certificates)).try("",
		"setup", "generate-trustee-key-threshold", "--group", group, "--step", "2", "--certs", "certs")
	return err
}

func (b tool) polynomial(group string, certificates []string, key string, threshold int) string {
	b.t.Helper()
	return b.place("certs", lines(certificates), "my.key", key).run("",
		"setup", "generate-trustee-key-threshold", "--group", group, "--step", "3", "--certs", "certs", "--key", "my.key",
		"--threshold", strconv.Itoa(threshold))
}

func (b tool) route(group string, certificates, polynomials []string) (inputs []string) {
	b.t.Helper()
	p := b.place("certs", lines(certificates), "polynomials", lines(polynomials))
	p.run("", "setup", "generate-trustee-key-threshold", "--group", group, "--step", "4", "--certs", "certs", "--polynomials", "polynomials")
	for _, c := range certificates {
		inputs = append(inputs, p.file(certificateName(b.t, c)+".vinput"))
	}
	return inputs
}

func (b tool) share(group string, certificates []string, key, input string) (output string) {
	b.t.Helper()
	return b.place("certs", lines(certificates), "my.key", key).run(input,
		"setup", "generate-trustee-key-threshold", "--group", group, "--step", "5", "--certs", "certs", "--key", "my.key")
}

func (b tool) assemble(group string, certificates, polynomials, outputs []string) (threshold string, keys []string) {
	b.t.Helper()
	p := b.place("certs", lines(certificates), "polynomials", lines(polynomials))
	threshold = p.run(lines(outputs),
		"setup", "generate-trustee-key-threshold", "--group", group, "--step", "6", "--certs", "certs", "--polynomials", "polynomials")
	for _, c := range certificates {
		keys = append(keys, p.file(certificateName(b.t, c)+".dkey"))
	}
	return threshold, keys
}

// open makes the files of an election and the archive that begins with them.
func (b tool) open(group, uuid, template string, singles []string, threshold, credentials string) (archive []byte) {
	b.t.Helper()
	files := []string{"template.json", template, "public_creds.json", credentials, "public_keys.jsons", lines(singles)}
	if threshold != "" {
		files = append(files, "threshold.json", threshold)
	}
	p := b.place(files...)
	p.run("", "setup", "make-trustees")
	p.run("", "setup", "make-election", "--group", group, "--uuid", uuid, "--template", "template.json")
	p.run("", "archive", "init")
	return []byte(p.file("*.bel"))
}

func (b tool) ballot(archive []byte, credential string, choices [][]int) string {
	b.t.Helper()
	plain, err := json.Marshal(choices)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.at(archive, "credential", credential, "choices", string(plain)).run("",
		"election", "generate-ballot", "--privcred", "credential", "--ballot", "choices")
}

// add appends an event with its payload, one line each of what it consists of.
func (b tool) add(archive []byte, event, payload string) []byte {
	b.t.Helper()
	p := b.at(archive)
	p.run(payload, "archive", "add-event", "--type", event)
	return []byte(p.file("*.bel"))
}

func (b tool) tally(archive []byte) (payload string) {
	b.t.Helper()
	return b.at(archive).run("", "election", "compute-encrypted-tally")
}

func (b tool) shuffle(archive []byte, trustee int) (payload string) {
	b.t.Helper()
	return b.at(archive).run("", "election", "shuffle", "--trustee-id", strconv.Itoa(trustee))
}

func (b tool) decrypt(archive []byte, trustee int, private string) (payload string) {
	b.t.Helper()
	return b.at(archive, "my.privkey", private).run("",
		"election", "decrypt", "--privkey", "my.privkey", "--trustee-id", strconv.Itoa(trustee))
}

func (b tool) decryptThreshold(archive []byte, trustee int, key, decryptionKey string) (payload string) {
	b.t.Helper()
	return b.at(archive, "my.key", key, "my.dkey", decryptionKey).run("",
		"election", "decrypt-threshold", "--key", "my.key", "--decryption-key", "my.dkey", "--trustee-id", strconv.Itoa(trustee))
}

func (b tool) result(archive []byte) (payload string) {
	b.t.Helper()
	return b.at(archive).run("", "election", "compute-result")
}

// verify tells what is wrong with an archive.
func (b tool) verify(archive []byte) error {
	_, err := b.at(archive).try("", "election", "verify")
	return err
}

// verifyDiff tells why after is no continuation of before.
func (b tool) verifyDiff(before, after []byte) error {
	uuid := uuidOf(b.t, after) + ".bel"
	p := b.place()
	for name, archive := range map[string][]byte{"before": before, "after": after} {
		dir := filepath.Join(p.dir, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			b.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, uuid), archive, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	_, err := p.try("", "election", "verify-diff", "--dir1", "before", "--dir2", "after")
	return err
}

// trackers of all ballots, in hexadecimal, as the tool lists them.
func (b tool) trackers(archive []byte) (list []string) {
	b.t.Helper()
	var summary []struct{ Hash string }
	if err := json.Unmarshal([]byte(b.at(archive).run("", "election", "compute-ballot-summary")), &summary); err != nil {
		b.t.Fatal(err)
	}
	for _, s := range summary {
		list = append(list, s.Hash)
	}
	return list
}

// count runs one of the tool's counting methods on decoded ballots.
func (b tool) count(ballots [][]int, method string, options ...string) string {
	b.t.Helper()
	plain, err := json.Marshal(ballots)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.place().run(string(plain), append([]string{"method", method}, options...)...)
}

// lines joins texts to a file of one line each.
func lines(texts []string) string {
	var b strings.Builder
	for _, s := range texts {
		b.WriteString(strings.TrimSpace(s))
		b.WriteByte('\n')
	}
	return b.String()
}
