package ballot_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"odaq/belenios/election"
)

// vector is an election of the test vectors.
type vector struct {
	name     string
	election *election.Election
	list     *election.List
	listText []byte
	ballots  [][]byte
	votes    []vote
}

// vote is a ballot as its voter meant it.
type vote struct {
	Voter      string
	Credential string
	Choices    [][]int
	Tracker    string
}

// vectors reads all elections of the test vectors.
func vectors(t testing.TB) []*vector {
	root := cmp.Or(os.Getenv("ODAQ_ELECTION_VECTORS"), "../testdata")
	folders, err := filepath.Glob(filepath.Join(root, "v*"))
	if err != nil || len(folders) < 12 {
		t.Fatalf("%d vectors in %s: %v", len(folders), root, err)
	}
	var all []*vector
	for _, folder := range folders {
		all = append(all, readVector(t, folder))
	}
	return all
}

func readVector(t testing.TB, folder string) *vector {
	archives, _ := filepath.Glob(filepath.Join(folder, "*.bel"))
	if len(archives) != 1 {
		t.Fatalf("%d archives in %s", len(archives), folder)
	}
	members := readMembers(t, read(t, archives[0]))
	v := &vector{name: filepath.Base(folder), listText: members[2]}
	var err error
	if v.election, err = election.Parse(members[0]); err != nil {
		t.Fatal(v.name, err)
	}
	if v.list, err = election.ParseList(v.election, members[2]); err != nil {
		t.Fatal(v.name, err)
	}
	for _, m := range members {
		if bytes.HasPrefix(m, []byte(`{"election_uuid"`)) {
			v.ballots = append(v.ballots, m)
		}
	}
	if err := json.Unmarshal(read(t, filepath.Join(folder, "secrets/votes.json")), &v.votes); err != nil {
		t.Fatal(v.name, err)
	}
	return v
}

// readMembers takes the data out of an archive, without checking anything.
func readMembers(t testing.TB, archive []byte) (data [][]byte) {
	const block = 512
	for len(archive) >= block {
		size, err := strconv.ParseInt(string(archive[124:135]), 8, 32)
		if err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(string(archive[:100]), "\x00")
		if strings.HasSuffix(name, ".data.json") {
			data = append(data, archive[block:block+int(size)])
		}
		archive = archive[block+(int(size)+block-1)/block*block:]
	}
	return data
}

func read(t testing.TB, path string) []byte {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
