package election_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"odaq/belenios/canonical"
	"odaq/belenios/election"
	"odaq/belenios/group"
)

// vectors are the folders of the test vectors.
func vectors(t testing.TB) []string {
	root := cmp.Or(os.Getenv("ODAQ_ELECTION_VECTORS"), "../testdata")
	folders, err := filepath.Glob(filepath.Join(root, "v*"))
	if err != nil || len(folders) < 12 {
		t.Fatalf("%d vectors in %s: %v", len(folders), root, err)
	}
	return folders
}

func read(t testing.TB, path ...string) []byte {
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(text)
}

func parse(t testing.TB, folder string) *election.Election {
	e, err := election.Parse(read(t, folder, "election.json"))
	if err != nil {
		t.Fatal(folder, err)
	}
	return e
}

// Elections of the vectors are read, and written they are the same.
func TestVectors(t *testing.T) {
	for _, folder := range vectors(t) {
		e := parse(t, folder)
		again, err := election.New(e.Params)
		if err != nil {
			t.Fatal(folder, err)
		}
		if !bytes.Equal(again.Text(), read(t, folder, "election.json")) {
			t.Errorf("%s is written as\n%s", folder, again.Text())
		}
		archives, _ := filepath.Glob(filepath.Join(folder, "*.bel"))
		if len(archives) != 1 {
			t.Fatalf("%d archives in %s", len(archives), folder)
		}
		if !bytes.Contains(read(t, archives[0]), []byte(`"election_hash":"`+e.Fingerprint()+`"`)) {
			t.Errorf("%s: no ballot has the fingerprint %s", folder, e.Fingerprint())
		}
	}
}

// The private credentials of the vectors derive to the public list, whose
// fingerprint is the one the tool announced.
func TestCredentials(t *testing.T) {
	for _, folder := range vectors(t) {
		e := parse(t, folder)
		working := read(t, folder, "public_creds.json")
		public, err := election.StripNames(working)
		if err != nil {
			t.Fatal(folder, err)
		}
		list, err := election.ParseList(e, public)
		if err != nil {
			t.Fatal(folder, err)
		}
		if out := read(t, folder, "secrets/generate-credentials.out"); !bytes.Contains(out, []byte(list.Fingerprint())) {
			t.Errorf("%s: the fingerprint is %s, but the tool said %s", folder, list.Fingerprint(), out)
		}
		var entries []string
		if err := json.Unmarshal(working, &entries); err != nil {
			t.Fatal(err)
		}
		var issued []election.Issued
		for voter, text := range privateCredentials(t, folder) {
			c, err := election.ParseCredential(strings.ReplaceAll(text, "-", ""))
			if err != nil {
				t.Fatal(folder, err)
			}
			if c.Text() != text {
				t.Errorf("%s: %s is shown as %s", folder, text, c.Text())
			}
			public := c.Public(e.Group, e.UUID)
			member, err := list.Find(public)
			if err != nil {
				t.Fatalf("%s: %s: %v", folder, voter, err)
			}
			if want := entries[member.Position]; !strings.HasPrefix(want, public.String()) {
				t.Errorf("%s: %s is at the place of %s", folder, voter, want)
			}
			issued = append(issued, election.Issued{Credential: c, Public: public})
		}
		if len(issued) != list.Len() {
			t.Errorf("%s: %d credentials, %d on the list", folder, len(issued), list.Len())
		}
	}
}

// privateCredentials are those of a vector, by voter.
func privateCredentials(t testing.TB, folder string) map[string]string {
	all := make(map[string]string)
	if text, err := os.ReadFile(filepath.Join(folder, "secrets/private_creds.json")); err == nil {
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(folder, err)
		}
		return all
	}
	for line := range strings.Lines(string(read(t, folder, "secrets/private_creds.txt"))) {
		voter, credential, _ := strings.Cut(strings.TrimSpace(line), " ")
		all[voter] = credential
	}
	return all
}

func TestRefusedCredentials(t *testing.T) {
	const good = "n87-yuo-L1q-rK9-oZq"
	for _, text := range []string{good, "n87yuoL1qrK9oZq", " " + good + "\n", "n87yuo-L1qrK9-oZq"} {
		if c, err := election.ParseCredential(text); err != nil || c.Text() != good {
			t.Errorf("%q is read as %s: %v", text, c.Text(), err)
		}
	}
	for _, text := range []string{"", "n87-yuo-L1q-rK9-oZ", good + "q", "n87-yuo-L1q-rK9-oZr", "n78-yuo-L1q-rK9-oZq", "n87-yuo-L1q-rK9-0Zq", "n87 yuo L1q rK9 oZq", "жжжжжжж"} {
		if _, err := election.ParseCredential(text); !errors.Is(err, election.ErrCredential) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Credentials that are drawn are read as they are shown, none is drawn twice, and
// none shows itself in a log.
func TestNewCredential(t *testing.T) {
	seen := make(map[string]bool)
	for range 1000 {
		c := election.NewCredential()
		again, err := election.ParseCredential(c.Text())
		if err != nil || again != c {
			t.Fatalf("%s is read as %s: %v", c.Text(), again.Text(), err)
		}
		if seen[c.Text()] {
			t.Fatalf("%s was drawn twice", c.Text())
		}
		seen[c.Text()] = true
		if log := fmt.Sprintf("%v %+v %#v %s", c, c, c, c); strings.Contains(log, c.Text()[:7]) {
			t.Fatalf("%s shows itself: %s", c.Text(), log)
		}
	}
}

// What is issued is a list that is accepted, sorted, with all weights.
func TestIssue(t *testing.T) {
	folder := vectors(t)[8] // no question of it is non-homomorphic
	e := parse(t, folder)
	rapid.Check(t, func(t *rapid.T) {
		var voters []election.Identity
		total := int64(0)
		for range rapid.IntRange(0, 5).Draw(t, "voters") {
			v := election.Identity{Address: "a@b", Login: rapid.StringMatching(`[a-z]*`).Draw(t, "login"), Weight: rapid.Int64Range(0, 3).Draw(t, "weight")}
			voters, total = append(voters, v), total+v.Weight
		}
		issued := election.Issue(e.Group, e.UUID, voters)
		public := election.PublicList(issued)
		list, err := election.ParseList(e, public)
		if err != nil {
			t.Fatal(err)
		}
		if list.Len() != len(voters) || list.Total() != total {
			t.Fatalf("%d voters of weight %d became %d of %d", len(voters), total, list.Len(), list.Total())
		}
		stripped, err := election.StripNames(election.WorkingList(issued))
		if err != nil || !bytes.Equal(stripped, public) {
			t.Fatalf("%s without names is %s: %v", election.WorkingList(issued), stripped, err)
		}
		for i, v := range issued {
			if m, err := list.Find(v.Public); err != nil || m.Position != i || m.Weight != v.Weight {
				t.Fatalf("voter %d is found as %v: %v", i, m, err)
			}
			if i > 0 && e.Group.Compare(issued[i-1].Public, v.Public) >= 0 {
				t.Fatal("the list is not sorted")
			}
		}
	})
}

func TestIdentity(t *testing.T) {
	tests := map[string]struct {
		want election.Identity
		name string
		err  error
	}{
		"a@b":       {election.Identity{Address: "a@b", Weight: 1}, "a@b", nil},
		"a@b,l":     {election.Identity{Address: "a@b", Login: "l", Weight: 1}, "l", nil},
		"a@b,,3":    {election.Identity{Address: "a@b", Weight: 3}, "a@b", nil},
		"a@b,l,0":   {election.Identity{Address: "a@b", Login: "l"}, "l", nil},
		"":          {err: election.ErrIdentity},
		",l":        {err: election.ErrIdentity},
		"a,b,1,x":   {err: election.ErrIdentity},
		"a@b,l,-1":  {err: election.ErrWeight},
		"a@b,l,01":  {err: election.ErrWeight},
		"a@b,l,one": {err: election.ErrIdentity},
	}
	for line, test := range tests {
		got, err := election.ParseIdentity(line)
		if got != test.want || !errors.Is(err, test.err) || err == nil && got.Name() != test.name {
			t.Errorf("%q: %v, %v", line, got, err)
		}
	}
}

func TestRefusedLists(t *testing.T) {
	weighted, ranked := parse(t, vectors(t)[8]), parse(t, vectors(t)[7])
	key := weighted.PublicKey.String()
	one := weighted.Group.Identity().String()
	tests := []struct {
		e    *election.Election
		text string
		want error
	}{
		{weighted, `["` + key + `"]`, nil},
		{weighted, `["` + key + `,0","` + one + `,12"]`, nil},
		{ranked, `["` + key + `,1"]`, nil},
		{ranked, `["` + key + `,2"]`, election.ErrWeight},
		{weighted, `["` + key + `","` + key + `"]`, election.ErrDuplicate},
		{weighted, `["` + key + `,1","` + key + `,2"]`, election.ErrDuplicate},
		{weighted, `["` + key + `,01"]`, election.ErrWeight},
		{weighted, `["` + key + `,+1"]`, election.ErrWeight},
		{weighted, `["` + key + `,-1"]`, election.ErrWeight},
		{weighted, `["` + key + `,"]`, election.ErrWeight},
		{weighted, `["` + key + `,1,name"]`, election.ErrWeight},
		{weighted, `["` + key + `,9007199254740992"]`, election.ErrWeight},
		{weighted, `["` + key + `,9007199254740991","` + one + `"]`, election.ErrWeight},
		{weighted, `["` + strings.ToUpper(key) + `"]`, canonical.ErrText},
		{weighted, `["` + key + `" ]`, canonical.ErrText},
		{weighted, `["` + strings.Repeat("0", 64) + `"]`, group.ErrMember},
		{weighted, `["` + strings.Repeat("0", 1000) + `"]`, canonical.ErrLimit},
	}
	for _, test := range tests {
		if _, err := election.ParseList(test.e, []byte(test.text)); !errors.Is(err, test.want) {
			t.Errorf("%.80s: %v, want %v", test.text, err, test.want)
		}
	}
}

func TestRefusedElections(t *testing.T) {
	text := string(read(t, vectors(t)[7], "election.json")) // one question of each kind
	tests := []struct {
		old, new string
		want     error
	}{
		{``, ``, nil},
		{`{"version":1`, `{"version":2`, election.ErrVersion},
		{`{"version":1`, `{"version":10`, election.ErrVersion},
		{`"uuid":"LCGketQXmEYANY"`, `"uuid":"LCGketQXmEYAN"`, election.ErrUUID},
		{`"uuid":"LCGketQXmEYANY"`, `"uuid":"LCGketQXmEYAN0"`, election.ErrUUID},
		{`"uuid":"LCGketQXmEYANY"`, `"uuid":"LCGketQXmEYANY","language":"kk"`, canonical.ErrText},
		{`"min":1`, `"min":2`, election.ErrQuestion},
		{`"max":1`, `"max":4`, election.ErrQuestion},
		{`"max":1`, `"max":999`, canonical.ErrLimit},
		{`"answers":["A","B","C","D"]`, `"answers":[]`, election.ErrQuestion},
		{`"answers":["A","B","C","D"]`, `"answers":["A"` + strings.Repeat(`,"B"`, 30) + `]`, election.ErrQuestion},
		{`"answers":["A","B","C","D"]`, `"answers":["A"` + strings.Repeat(`,"B"`, 300) + `]`, canonical.ErrLimit},
		{`"method":"Schulze"`, `"method":"Borda"`, election.ErrQuestion},
		{`"method":"Schulze","blank":true`, `"method":"STV","blank":false,"seats":2`, nil},
		{`"method":"Schulze","blank":true`, `"method":"STV","blank":false`, election.ErrQuestion},
		{`"group":"Ed25519"`, `"group":"RFC-3526-2048"`, group.ErrText},
		{`,"name"`, `, "name"`, canonical.ErrText},
		{`"name":"R`, `"name":"\u0052`, canonical.ErrText},
	}
	for _, test := range tests {
		changed := strings.Replace(text, test.old, test.new, 1)
		if test.old != "" && changed == text {
			t.Fatalf("%s is not in the election", test.old)
		}
		_, err := election.Parse([]byte(changed))
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.new, err, test.want)
		}
	}
	unknown := strings.Replace(text, `"Ed25519"`, `"Ed448"`, 1)
	if _, err := election.Parse([]byte(unknown)); err == nil || !strings.Contains(err.Error(), "Ed448") {
		t.Errorf("an unknown group: %v", err)
	}
	if _, err := election.Parse(make([]byte, election.MaxSize+1)); !errors.Is(err, canonical.ErrLimit) {
		t.Errorf("an enormous election: %v", err)
	}
}

// What is read can be written again as an election that says the same.
func FuzzParse(f *testing.F) {
	for _, folder := range vectors(f) {
		f.Add(read(f, folder, "election.json"))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := election.Parse(text)
		if err != nil {
			return
		}
		again, err := election.New(e.Params)
		if err != nil {
			t.Fatal(err)
		}
		if len(again.Questions) != len(e.Questions) || again.UUID != e.UUID || !again.PublicKey.Equal(e.PublicKey) {
			t.Fatalf("%s became %s", text, again.Text())
		}
	})
}
