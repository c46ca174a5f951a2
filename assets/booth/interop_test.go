package booth

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"odaq/belenios/election"
)

// TestStockTool lets belenios-tool 2.0 count ballots of the browser: those who voted
// in a vector vote the same again. Where there is no such tool the test is skipped;
// in CI it fails.
func TestStockTool(t *testing.T) {
	if _, err := exec.LookPath("belenios-tool"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("belenios-tool is needed: install the package belenios-tool")
		}
		t.Skip("no belenios-tool here")
	}
	p := open(t)
	for _, name := range []string{"v01-ff-single", "v03-ff-nh-schulze"} {
		t.Run(name, func(t *testing.T) {
			vector, dir := filepath.Join(vectors(), name), t.TempDir()
			tool := func(stdin string, args ...string) string {
				t.Helper()
				var out, errs bytes.Buffer
				c := exec.Command("belenios-tool", args...)
				c.Dir, c.Stdin, c.Stdout, c.Stderr = dir, strings.NewReader(stdin), &out, &errs
				if err := c.Run(); err != nil {
					t.Fatalf("belenios-tool %v: %v\n%s", args, err, &errs)
				}
				return out.String()
			}
			for _, file := range []string{"election.json", "trustees.json", "public_creds.json"} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(read(t, filepath.Join(vector, file))), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			e, err := election.Parse([]byte(strings.TrimSuffix(read(t, filepath.Join(vector, "election.json")), "\n")))
			if err != nil {
				t.Fatal(err)
			}
			var votes []vote
			var expected struct{ Result [][]int }
			if err := json.Unmarshal([]byte(read(t, filepath.Join(vector, "secrets", "votes.json"))), &votes); err != nil {
				t.Fatal(err)
			}
			tool("", "archive", "init")
			for _, m := range (page{t, p.ctx}).ballots(e, votes) {
				tool(m.Text+"\n", "archive", "add-event", "--type=Ballot")
			}
			tool("", "archive", "add-event", "--type=EndBallots")
			tool(tool("", "election", "compute-encrypted-tally"), "archive", "add-event", "--type=EncryptedTally")
			tool("", "election", "verify") // all ballots
			if e.NonHomomorphic() {
				return // the shuffles are no matter of the booth
			}
			if err := json.Unmarshal([]byte(read(t, filepath.Join(vector, "expected.json"))), &expected); err != nil {
				t.Fatal(err)
			}
			key, err := filepath.Abs(filepath.Join(vector, "secrets", "trustee1.privkey"))
			if err != nil {
				t.Fatal(err)
			}
			tool(tool("", "election", "decrypt", "--privkey="+key, "--trustee-id=1"), "archive", "add-event", "--type=PartialDecryption")
			var got struct{ Result [][]int }
			if err := json.Unmarshal([]byte(tool("", "election", "compute-result")), &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, expected) {
				t.Errorf("the tool counts %v, the voters voted %v", got, expected)
			}
		})
	}
}
