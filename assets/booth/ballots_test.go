package booth

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"odaq/belenios/ballot"
	"odaq/belenios/election"
	"odaq/belenios/group"
)

// made is a ballot that the browser made, and what its own audit finds in it.
type made struct {
	Text, Tracker, Opening string
	Audited                [][]int
}

// vote is who votes for what.
type vote struct {
	Credential string  `json:"credential"`
	Choices    [][]int `json:"choices"`
}

// ballots makes a ballot of each vote in the browser.
func (p page) ballots(e *election.Election, votes []vote) []made {
	return call[[]made](p, `async (booth, text, votes) => {
		const election = await booth.load(text), list = [];
		for (const { credential, choices } of votes) {
			const voter = await booth.derive(election, credential);
			const { text, tracker, opening } = booth.make(election, voter, choices);
			list.push({ text, tracker, opening, audited: booth.audit(election, text, opening) });
		}
		return list;
	}`, string(e.Text()), votes)
}

// check holds a ballot of the browser against odaq/belenios: it is accepted, with no
// bit changed, and is what it says it is.
func check(t *testing.T, r *rand.Rand, e *election.Election, v *ballot.Verifier, cast vote, m made) {
	t.Helper()
	b, err := v.Verify([]byte(m.Text))
	if err != nil {
		t.Fatalf("a ballot of the browser is refused: %v\n%s\n%s", err, e.Text(), m.Text)
	}
	if b.Tracker != m.Tracker || ballot.Tracker([]byte(m.Text)) != m.Tracker {
		t.Errorf("the tracker is %s here and %s in the browser", b.Tracker, m.Tracker)
	}
	for range 5 {
		changed := []byte(m.Text)
		at, bit := r.IntN(len(changed)), byte(1)<<r.IntN(8)
		changed[at] ^= bit
		if _, err := v.Verify(changed); err == nil {
			t.Errorf("a ballot is accepted in which byte %d is %q and not %q:\n%s", at, changed[at], changed[at]^bit, m.Text)
		}
	}
	opening, err := ballot.ParseOpening(e, []byte(m.Opening))
	if err == nil {
		err = ballot.Audit(e, []byte(m.Text), opening)
	}
	if err != nil {
		t.Fatalf("an opening of the browser is refused: %v\n%s\n%s\n%s", err, e.Text(), m.Text, m.Opening)
	}
	if !reflect.DeepEqual(opening.Choices, cast.Choices) || !reflect.DeepEqual(m.Audited, cast.Choices) {
		t.Errorf("the vote was %v, the opening says %v, the browser's audit %v", cast.Choices, opening.Choices, m.Audited)
	}
}

// TestBallots makes 300 ballots of all shapes in the browser.
func TestBallots(t *testing.T) {
	p := open(t)
	for _, c := range []struct {
		group            string
		elections, votes int
	}{{group.Ed25519, 40, 6}, {group.Belenios, 10, 4}, {group.RFC3526, 10, 2}} {
		t.Run(c.group, func(t *testing.T) {
			p := page{t, p.ctx}
			for n := range c.elections {
				r := rand.New(rand.NewPCG(2026, uint64(n)))
				e := newElection(t, c.group, questions(r, c.group, n)...)
				issued := election.Issue(e.Group, e.UUID, make([]election.Identity, c.votes))
				list, err := election.ParseList(e, publicList(issued))
				if err != nil {
					t.Fatal(err)
				}
				votes := make([]vote, c.votes)
				for i := range votes {
					votes[i].Credential = issued[i].Credential.Text()
					for _, q := range e.Questions {
						votes[i].Choices = append(votes[i].Choices, choice(r, q))
					}
				}
				v := ballot.NewVerifier(e, list)
				for i, m := range p.ballots(e, votes) {
					check(t, r, e, v, votes[i], m)
				}
			}
		})
	}
}

// publicList is the list of the voters, each with weight 1.
func publicList(issued []election.Issued) []byte {
	for i := range issued {
		issued[i].Weight = 1
	}
	return election.PublicList(issued)
}

// questions are of random shapes; the first elections have the extreme ones.
func questions(r *rand.Rand, name string, n int) []election.Question {
	extremes := [][]election.Question{
		{homomorphic(1, 0, 0, false), homomorphic(1, 1, 1, true)},
		{homomorphic(30, 0, 30, true)},
		{homomorphic(3, 3, 3, false), homomorphic(2, 0, 2, true), homomorphic(2, 0, 0, true)},
	}
	if name != group.Belenios {
		extremes = append(extremes, []election.Question{ranking(1)}, []election.Question{ranking(30), homomorphic(5, 1, 2, false)})
	}
	if n < len(extremes) {
		return extremes[n]
	}
	list := make([]election.Question, 1+r.IntN(3))
	for i := range list {
		if name != group.Belenios && r.IntN(3) == 0 {
			list[i] = ranking(1 + r.IntN(8))
			continue
		}
		n := 1 + r.IntN(8)
		most := 1 + r.IntN(n)
		list[i] = homomorphic(n, r.IntN(most+1), most, r.IntN(2) == 0)
	}
	return list
}

// choice is a random one that the question allows.
func choice(r *rand.Rand, q election.Question) []int {
	c := make([]int, q.Slots())
	if q.NonHomomorphic {
		limit := []int{1, len(c) + 1, 256}[r.IntN(3)]
		for i := range c {
			c[i] = r.IntN(limit)
		}
		return c
	}
	first := q.Slots() - len(q.Answers)
	if q.Blank && r.IntN(4) == 0 {
		c[0] = 1
		return c
	}
	for _, i := range r.Perm(len(q.Answers))[:q.Min+r.IntN(q.Max-q.Min+1)] {
		c[first+i] = 1
	}
	return c
}

// TestVectors votes in the elections that other tools have made, with the
// credentials they gave out.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(vectors(), "*", "election.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors in %s: %v", vectors(), err)
	}
	p := open(t)
	for i, file := range files {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			e, err := election.Parse([]byte(strings.TrimSuffix(read(t, file), "\n")))
			if err != nil {
				t.Fatal(err)
			}
			names, err := election.StripNames([]byte(strings.TrimSpace(read(t, filepath.Join(dir, "public_creds.json")))))
			if err != nil {
				t.Fatal(err)
			}
			list, err := election.ParseList(e, names)
			if err != nil {
				t.Fatal(err)
			}
			var votes []vote
			if err := json.Unmarshal([]byte(read(t, filepath.Join(dir, "secrets", "votes.json"))), &votes); err != nil {
				t.Fatal(err)
			}
			votes = votes[:2]
			v, r := ballot.NewVerifier(e, list), rand.New(rand.NewPCG(7, uint64(i)))
			for i, m := range (page{t, p.ctx}).ballots(e, votes) {
				check(t, r, e, v, votes[i], m)
			}
		})
	}
}

// vectors is the folder of the elections that other tools have made.
func vectors() string {
	if folder := os.Getenv("ODAQ_ELECTION_VECTORS"); folder != "" {
		return folder
	}
	return filepath.Join("..", "..", "belenios", "testdata")
}

func read(t *testing.T, name string) string {
	t.Helper()
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestAudit opens ballots with what is not in them.
func TestAudit(t *testing.T) {
	p := open(t)
	for _, name := range []string{group.Ed25519, group.RFC3526} {
		e := newElection(t, name, homomorphic(3, 0, 2, true), ranking(3))
		c := election.NewCredential()
		cast := vote{c.Text(), [][]int{{0, 1, 0, 1}, {2, 3, 1}}}
		m := p.ballots(e, []vote{cast, cast})
		text, opening, err := ballot.Make(e, c, cast.Choices)
		if err != nil {
			t.Fatal(err)
		}
		audit := func(e *election.Election, text, opening string) error {
			_, err := try[[][]int](p, `async (booth, file, text, opening) => booth.audit(await booth.load(file), text, opening)`,
				string(e.Text()), text, opening)
			return err
		}
		if err := audit(e, string(text), string(opening.Append(nil))); err != nil {
			t.Errorf("%s: the opening of a ballot made here is refused: %v", name, err)
		}
		var o struct {
			Tracker    string     `json:"tracker"`
			Choices    [][]int    `json:"choices"`
			Randomness [][]string `json:"randomness"`
		}
		if err := json.Unmarshal([]byte(m[0].Opening), &o); err != nil {
			t.Fatal(err)
		}
		again, _ := json.Marshal(o) // strings and numbers can always be written
		if err := audit(e, m[0].Text, string(again)); err != nil {
			t.Fatalf("%s: the control is refused: %v", name, err)
		}
		for what, lie := range map[string]func(){
			"another allowed choice": func() { o.Choices = [][]int{{0, 0, 1, 1}, {2, 3, 1}} },
			"another ranking":        func() { o.Choices = [][]int{{0, 1, 0, 1}, {2, 3, 2}} },
			"a forbidden choice":     func() { o.Choices = [][]int{{1, 1, 0, 1}, {2, 3, 1}} },
			"too few choices":        func() { o.Choices = [][]int{{0, 1, 0, 1}} },
			"other randomness":       func() { o.Randomness[0][2] = "5" },
			"randomness exchanged":   func() { r := o.Randomness[0]; r[0], r[1] = r[1], r[0] },
			"randomness above q":     func() { o.Randomness[1][0] = strings.Repeat("9", 700) },
			"too little randomness":  func() { o.Randomness[0] = o.Randomness[0][:3] },
			"another tracker":        func() { o.Tracker = m[1].Tracker },
		} {
			if err := json.Unmarshal([]byte(m[0].Opening), &o); err != nil {
				t.Fatal(err)
			}
			lie()
			lied, _ := json.Marshal(o)
			if audit(e, m[0].Text, string(lied)) == nil {
				t.Errorf("%s: the browser believes an opening with %s", name, what)
			}
			parsed, err := ballot.ParseOpening(e, lied)
			if err == nil && ballot.Audit(e, []byte(m[0].Text), parsed) == nil {
				t.Errorf("%s: an opening of the browser with %s is believed", name, what)
			}
		}
		other := newElection(t, name, e.Questions...)
		if audit(other, m[0].Text, m[0].Opening) == nil {
			t.Errorf("%s: the browser audits a ballot of another election", name)
		}
		if audit(e, m[0].Text, strings.Replace(m[0].Opening, ",", ", ", 1)) == nil || audit(e, m[0].Text+" ", m[0].Opening) == nil {
			t.Errorf("%s: another spelling is accepted", name)
		}
	}
}

// TestChoices asks the browser and odaq/belenios what a question allows.
func TestChoices(t *testing.T) {
	p := open(t)
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 10 {
		e := newElection(t, group.Ed25519, questions(r, group.Ed25519, n)...)
		var choices [][][]int
		for _, q := range e.Questions {
			var list [][]int
			for range 40 {
				c := make([]int, max(0, q.Slots()+[]int{-1, 0, 0, 0, 0, 0, 0, 1}[r.IntN(8)]))
				for i := range c {
					c[i] = []int{0, 0, 0, 1, 1, 1, 2, -1, 256}[r.IntN([]int{6, 9}[r.IntN(2)])]
				}
				list = append(list, c)
			}
			choices = append(choices, list)
		}
		got := call[[][]bool](p, `async (booth, text, choices) => {
			const { questions } = await booth.load(text);
			return choices.map((list, i) => list.map(c => booth.valid(questions[i], c)));
		}`, string(e.Text()), choices)
		for i, list := range choices {
			for j, c := range list {
				if want := e.Questions[i].Allows(c) == nil; got[i][j] != want {
					t.Errorf("%+v allows %v here: %v, in the browser: %v", e.Questions[i], c, want, got[i][j])
				}
			}
		}
		empty := make([][]int, len(e.Questions))
		for i := range empty {
			empty[i] = []int{}
		}
		if _, err := try[any](p, `async (booth, file, credential, choices) => {
			const election = await booth.load(file);
			booth.make(election, await booth.derive(election, credential), choices);
		}`, string(e.Text()), election.NewCredential().Text(), empty); err == nil || !strings.Contains(err.Error(), "RangeError") {
			t.Errorf("a ballot without choices gives %v", err)
		}
	}
}

// TestCredentials reads what voters type.
func TestCredentials(t *testing.T) {
	p := open(t)
	normalise := func(typed string) string {
		return call[string](p, `(booth, typed) => { try { return booth.normalise(typed) } catch (e) { return e.reason } }`, typed)
	}
	for range 50 {
		c := election.NewCredential().Text()
		plain := strings.ReplaceAll(c, "-", "")
		for _, typed := range []string{c, plain, " " + c + "\n", strings.ReplaceAll(c, "-", " – "), strings.ReplaceAll(c, "-", "\u00a0")} {
			if got := normalise(typed); got != c {
				t.Errorf("%q is read as %q", typed, got)
			}
		}
		i := rand.IntN(14)
		for _, wrong := range []string{plain[:i] + "z" + plain[i+1:], plain[:i] + plain[i+1:i+2] + plain[i:i+1] + plain[i+2:]} {
			want := "checksum"
			if known, err := election.ParseCredential(wrong); err == nil {
				want = known.Text()
			}
			if got := normalise(wrong); got != want {
				t.Errorf("%q is read as %q and not as %q", wrong, got, want)
			}
		}
		for wrong, want := range map[string]string{plain[1:]: "length", plain + "1": "length", "": "length", "0" + plain[1:]: "alphabet", "Ж" + plain[1:]: "alphabet"} {
			if got := normalise(wrong); got != want {
				t.Errorf("%q is read as %q and not as %q", wrong, got, want)
			}
		}
	}
}

// TestForeignElections loads election files that must not be voted in.
func TestForeignElections(t *testing.T) {
	p := open(t)
	load := func(text string) error {
		_, err := try[string](p, `async (booth, text) => (await booth.load(text)).fingerprint`, text)
		return err
	}
	for _, name := range []string{group.Ed25519, group.Belenios, group.RFC3526} {
		e := newElection(t, name, homomorphic(2, 1, 2, false))
		text, y := string(e.Text()), e.PublicKey.String()
		fingerprint := call[string](p, `async (booth, text) => (await booth.load(text)).fingerprint`, text)
		if fingerprint != e.Fingerprint() {
			t.Errorf("%s: the fingerprint is %s here and %s in the browser", name, e.Fingerprint(), fingerprint)
		}
		changes := map[string][2]string{
			"another version":  {`"version":1`, `"version":2`},
			"an unknown group": {name, "P-256"},
			"a short uuid":     {e.UUID, e.UUID[1:]},
			"no answers":       {`"answers":[`, `"answers":[],"a":[`},
			"max above n":      {`"max":2`, `"max":3`},
			"an unknown type":  {`{"answers"`, `{"type":"Lists","value":{},"answers"`},
			"0":                {y, "0"},
			"a leading zero":   {y, "0" + y},
			"nothing":          {y, ""},
		}
		if name == group.Ed25519 {
			changes["upper case"] = [2]string{y, strings.ToUpper(y)}
			for _, point := range []string{
				"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec", // -1: order 2
				"0000000000000000000000000000000000000000000000000000000000000000", // order 4
				"8000000000000000000000000000000000000000000000000000000000000001", // the identity with the sign of 0
				"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffee", // p+1
			} {
				changes["the point "+point] = [2]string{y, point}
			}
		} else {
			changes["another number"] = [2]string{y, fmt.Sprint(3 + 2*4)}
		}
		for what, c := range changes {
			changed := strings.Replace(text, c[0], c[1], 1)
			if _, err := election.Parse([]byte(changed)); err == nil {
				t.Fatalf("%s: %s is accepted here", name, what)
			}
			if load(changed) == nil {
				t.Errorf("%s: the browser votes in an election with %s", name, what)
			}
		}
	}
}
