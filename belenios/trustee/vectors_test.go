package trustee

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
)

// vector is the folder of an election made with belenios-tool.
type vector struct {
	testing.TB
	folder string
	group  group.Group
	key    string // public_key of the election file
}

// vectors calls do with every folder.
func vectors(t *testing.T, do func(t *testing.T, v vector)) {
	root := os.Getenv("ODAQ_ELECTION_VECTORS")
	if root == "" {
		root = filepath.Join("..", "testdata")
	}
	folders, err := filepath.Glob(filepath.Join(root, "v[0-9][0-9]-*"))
	if err != nil || len(folders) < 12 {
		t.Fatalf("%d elections in %s, %v", len(folders), root, err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			v := vector{TB: t, folder: folder}
			var election struct {
				Group     string
				PublicKey string `json:"public_key"`
			}
			if err := json.Unmarshal(v.read("election.json"), &election); err != nil {
				t.Fatal(err)
			}
			g, err := group.Named(election.Group)
			if err != nil {
				t.Fatal(err)
			}
			v.group, v.key = g, election.PublicKey
			do(t, v)
		})
	}
}

// read is a file without the line feed at its end.
func (v vector) read(name ...string) []byte {
	v.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{v.folder}, name...)...))
	if err != nil {
		v.Fatal(err)
	}
	return bytes.TrimSuffix(text, []byte("\n"))
}

func (v vector) secret(format string, args ...any) []byte {
	v.Helper()
	return v.read("secrets", fmt.Sprintf(format, args...))
}

// parseLines reads a file of one text a line.
func parseLines[T canonical.Appender](v vector, name string, parse func(group.Group, []byte) (T, error)) []T {
	v.Helper()
	var list []T
	for line := range bytes.Lines(v.secret("%s", name)) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		list = append(list, parseText(v, line, parse))
	}
	return list
}

// parseText reads a text, and checks that it is written as it was read.
func parseText[T canonical.Appender](v vector, text []byte, parse func(group.Group, []byte) (T, error)) T {
	v.Helper()
	x, err := parse(v.group, text)
	if err != nil {
		v.Fatal(err)
	}
	if again := x.Append(nil); !bytes.Equal(again, text) {
		v.Fatalf("read  %s\nwrote %s", text, again)
	}
	return x
}

func TestVectorsTrustees(t *testing.T) {
	vectors(t, func(t *testing.T, v vector) {
		trustees := parseText(v, v.read("trustees.json"), Parse)
		if err := trustees.Verify(v.group); err != nil {
			t.Fatal(err)
		}
		if y := trustees.PublicKey(v.group).String(); y != v.key {
			t.Errorf("public key %s, not %s", y, v.key)
		}
		if trustees.Hash() != canonical.HexHash(v.read("trustees.json")) {
			t.Error("the hash is not that of the file")
		}
		number := 0
		var published []PublicKey
		for _, it := range trustees {
			for range it.keys() {
				number++
				if it.Single != nil {
					x, err := ParsePrivateKey(v.group, v.secret("trustee%d.privkey", number))
					if err != nil {
						t.Fatal(err)
					}
					if got := AppendPrivateKey(nil, x); !bytes.Equal(got, v.secret("trustee%d.privkey", number)) {
						t.Errorf("wrote %s", got)
					}
					if !NewPublicKey(v.group, x).Key.Equal(it.Single.Key) {
						t.Errorf("trustee %d: the private key has another public key", number)
					}
					k := *it.Single
					k.Name = ""
					published = append(published, k)
				}
			}
		}
		if number != len(trustees.Keys()) {
			t.Errorf("%d keys of %d trustees", len(trustees.Keys()), number)
		}
		for i, k := range parseLines(v, "public_keys.jsons", ParsePublicKey) {
			if !bytes.Equal(k.Append(nil), published[i].Append(nil)) {
				t.Errorf("public key %d is not in the file", i+1)
			}
		}
	})
}

// TestVectorsChecksums compares the hashes people compare with those of the tool.
func TestVectorsChecksums(t *testing.T) {
	type checksum struct {
		Checksum        string
		PKI             string `json:"pki_key"`
		VerificationKey string `json:"verification_key"`
	}
	var expected struct {
		Checksums struct {
			Trustees  []checksum
			Threshold []struct{ Trustees []checksum } `json:"trustees_threshold"`
		}
	}
	vectors(t, func(t *testing.T, v vector) {
		expected.Checksums.Trustees, expected.Checksums.Threshold = nil, nil
		if err := json.Unmarshal(v.read("expected.json"), &expected); err != nil {
			t.Fatal(err)
		}
		for _, it := range parseText(v, v.read("trustees.json"), Parse) {
			if it.Single != nil {
				want := expected.Checksums.Trustees[0]
				expected.Checksums.Trustees = expected.Checksums.Trustees[1:]
				if got := it.Single.Hash(); got != want.Checksum {
					t.Errorf("%s, not %s", got, want.Checksum)
				}
				continue
			}
			for i, want := range expected.Checksums.Threshold[0].Trustees {
				if got := it.Pedersen.Certificates[i].Hash(); got != want.PKI {
					t.Errorf("certificate %d: %s, not %s", i+1, got, want.PKI)
				}
				if got := it.Pedersen.VerificationKeys[i].Hash(); got != want.VerificationKey {
					t.Errorf("key %d: %s, not %s", i+1, got, want.VerificationKey)
				}
			}
			expected.Checksums.Threshold = expected.Checksums.Threshold[1:]
		}
		if len(expected.Checksums.Trustees)+len(expected.Checksums.Threshold) > 0 {
			t.Error("the tool has more trustees")
		}
	})
}

// TestVectorsCeremony goes through each ceremony with the secrets and compares
// every message with the transcript.
func TestVectorsCeremony(t *testing.T) {
	ceremonies := 0
	vectors(t, func(t *testing.T, v vector) {
		number := 1 // of the first trustee of the ceremony
		for _, it := range parseText(v, v.read("trustees.json"), Parse) {
			if it.Pedersen != nil {
				ceremonies++
				v.ceremony(number, *it.Pedersen)
			}
			number += len(it.keys())
		}
	})
	if ceremonies < 5 {
		t.Errorf("only %d ceremonies", ceremonies)
	}
}

func (v vector) ceremony(first int, named Pedersen) {
	g := v.group
	certificates := parseLines(v, "certs.jsons", ParseCertificate)
	s, err := NewSetup(g, certificates, named.Threshold)
	if err != nil {
		v.Fatal(err)
	}
	identities := make([]*Identity, len(certificates))
	for i, c := range certificates {
		id, err := NewIdentity(g, string(v.secret("trustee%d.key", first+i)))
		if err != nil {
			v.Fatal(err)
		}
		identities[i] = id
		if id.Certificate().Message != c.Message || id.Certificate().Verify(g) != nil {
			v.Errorf("the seed of trustee %d has another certificate", i+1)
		}
		if !bytes.Equal(v.secret("trustee%d.cert", first+i), c.Append(nil)) {
			v.Errorf("the certificate of trustee %d is not that on the list", i+1)
		}
	}
	deals := parseLines(v, "polynomials.jsons", ParseDeal)
	inputs, err := s.Route(deals)
	if err != nil {
		v.Fatal(err)
	}
	outputs := parseLines(v, "voutputs.jsons", ParseOutput)
	for j, in := range inputs {
		want := v.secret("trustee%d.vinput", first+j)
		parseText(v, want, ParseInput)
		if !bytes.Equal(in.Append(nil), want) {
			v.Errorf("the input of trustee %d is another", j+1)
		}
		kept := string(v.secret("trustee%d.dkey", first+j))
		if kept != outputs[j].PrivateKey {
			v.Errorf("the kept key of trustee %d is another", j+1)
		}
		v.sealedAgain(identities[j], append(in.Secrets, in.Polynomial, kept)...)
		v.received(s, identities[j], in, outputs[j])
		if err := s.CheckOutput(j, in.Commitments, outputs[j]); err != nil {
			v.Error(err)
		}
	}
	p, err := s.Assemble(inputs[0].Commitments, outputs)
	if err != nil {
		v.Fatal(err)
	}
	if text := parseText(v, v.secret("threshold.json"), ParsePedersen).Append(nil); !bytes.Equal(p.Append(nil), text) {
		v.Error("assembled another outcome")
	}
	for i := range named.VerificationKeys {
		named.VerificationKeys[i].Name = ""
	}
	if !bytes.Equal(p.Append(nil), named.Append(nil)) {
		v.Error("the trustees file has another outcome")
	}
}

// received takes step 5 and compares the private key with the tool's, which is the
// sum of the secrets; neither are reduced.
func (v vector) received(s *Setup, id *Identity, in Input, want Output) {
	out, err := s.Receive(id, in)
	if err != nil {
		v.Fatal(err)
	}
	if !out.PublicKey.Key.Equal(want.PublicKey.Key) {
		v.Error("another public key")
	}
	ours, err := id.PrivateKey(out.PrivateKey)
	if err != nil {
		v.Fatal(err)
	}
	theirs, err := id.PrivateKey(want.PrivateKey)
	if err != nil {
		v.Fatal(err)
	}
	if !ours.Equal(theirs) || !v.group.PowerG(ours).Equal(want.PublicKey.Key) {
		v.Error("another private key")
	}
	sum := new(big.Int)
	for i, message := range in.Secrets {
		text, err := id.open(s.certificates[i].Verification, message)
		if err != nil {
			v.Fatal(err)
		}
		var share struct{ Secret string }
		if err := json.Unmarshal(text, &share); err != nil {
			v.Fatal(err)
		}
		secret, ok := new(big.Int).SetString(share.Secret, 10)
		if !ok {
			v.Fatalf("secret %s", text)
		}
		sum.Add(sum, secret)
	}
	text, err := id.open(id.verification, want.PrivateKey)
	if err != nil {
		v.Fatal(err)
	}
	if got := fmt.Sprintf(`{"decryption_key":"%d"}`, sum); got != string(text) {
		v.Errorf("the sum is %s, not %s", got, text)
	}
	self, err := s.index(id)
	if err != nil {
		v.Fatal(err)
	}
	v.polynomial(s, id, self, in)
}

// polynomial evaluates a trustee's own polynomial.
func (v vector) polynomial(s *Setup, id *Identity, self int, in Input) {
	text, err := id.open(id.verification, in.Polynomial)
	if err != nil {
		v.Fatal(err)
	}
	var p struct{ Polynomial []string }
	if err := json.Unmarshal(text, &p); err != nil {
		v.Fatal(err)
	}
	var coefficients []group.Scalar
	for _, a := range p.Polynomial {
		k, err := v.group.ParseScalar(a)
		if err != nil {
			v.Fatal(err)
		}
		coefficients = append(coefficients, k)
	}
	if got := id.commit(coefficients); got.Message != in.Commitments[self].Message {
		v.Error("the polynomial has other commitments")
	}
	secret, err := s.secret(id, self, in.Secrets[self])
	if err != nil || !value(v.group, coefficients, self).Equal(secret) {
		v.Errorf("the polynomial has another value, %v", err)
	}
}

// sealedAgain encrypts what was decrypted and compares all bytes.
func (v vector) sealedAgain(id *Identity, messages ...string) {
	for _, m := range messages {
		e := parseText(v, []byte(m), ParseEncrypted)
		plain, err := e.decrypt(v.group, id.opening)
		if err != nil {
			v.Fatal(err)
		}
		session := v.group.Div(e.Key.Beta, v.group.Power(e.Key.Alpha, id.opening))
		if !bytes.Equal(seal(session, e.Key.Alpha, plain), e.Data) {
			v.Error("sealed to other bytes")
		}
	}
}
