package tamper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"odaq/belenios"
	"odaq/belenios/election"
	"odaq/belenios/group"
)

// tampering is one way to cheat. One of the functions is set.
type tampering struct {
	name   string
	script string // "plain", "threshold" or "mixed"
	want   error
	// kind is the type of the event that is to blame, where one is.
	kind string

	change  // of what a step gives
	log     func(p *play, log []record) []record
	members func(members []member) []member
	bytes   func(archive []byte) []byte

	// finite says that the tampering is done in a finite field, too.
	finite bool
	// only names the one group in which it is done.
	only string
}

var scripts = map[string]script{
	"plain": {
		questions: []election.Question{
			{Text: "q", Answers: []string{"a", "b"}, Blank: true, Min: 1, Max: 1},
			{Text: "r", Answers: []string{"a", "b", "c"}, Min: 1, Max: 2},
		},
		weights: []int64{1, 5, 0, 2},
		votes: []vote{
			{0, [][]int{{1, 0, 0}, {1, 1, 0}}},
			{1, [][]int{{0, 1, 0}, {0, 0, 1}}},
			{0, [][]int{{0, 0, 1}, {0, 0, 1}}},
		},
		singles: 2, present: []int{2, 1},
	},
	"threshold": {
		questions: []election.Question{{Text: "q", Answers: []string{"a", "b"}, Min: 0, Max: 1}},
		weights:   []int64{1, 1},
		votes:     []vote{{1, [][]int{{0, 1}}}, {0, [][]int{{0, 0}}}},
		singles:   1, threshold: 2, of: 3, present: []int{4, 1, 2},
	},
	"mixed": {
		questions: []election.Question{
			{Text: "q", Answers: []string{"a", "b", "c"}, NonHomomorphic: true, Counting: &election.Counting{Method: election.Schulze, Blank: true}},
			{Text: "r", Answers: []string{"a"}, Min: 0, Max: 1},
			{Text: "s", Answers: []string{"a", "b"}, NonHomomorphic: true},
		},
		weights: []int64{1, 1, 1},
		votes: []vote{
			{0, [][]int{{1, 2, 3}, {1}, {0, 1}}},
			{1, [][]int{{3, 2, 1}, {0}, {1, 0}}},
			{2, [][]int{{0, 0, 0}, {1}, {255, 2}}},
		},
		singles: 1, threshold: 1, of: 2, present: []int{1, 3}, shuffles: 2,
	},
	"running": {
		questions: []election.Question{{Text: "q", Answers: []string{"a", "b"}, Blank: true, Min: 1, Max: 1}},
		weights:   []int64{1, 1},
		votes:     []vote{{0, [][]int{{1, 0, 0}}}, {1, [][]int{{0, 1, 0}}}},
		singles:   1, running: true,
	},
}

// finite is the group with a finite field in which a script is played.
func finite(s string) string {
	if s == "mixed" {
		return group.RFC3526
	}
	return group.Belenios
}

const sealing = 1700000000

func verify(archive []byte) (*belenios.Report, error) {
	return belenios.Verify(context.Background(), bytes.NewReader(archive), belenios.Options{})
}

// played is the script of a tampering in a group. In finite fields, which are
// slow, the election ends as soon as it may: a running election is checked, too.
func (c *tampering) played(in string) script {
	s := scripts[c.script]
	s.name, s.group = c.script, in
	if in != group.Ed25519 && (c.kind == "Setup" || c.kind == "Ballot") {
		s.running = true
		s.votes = s.votes[:2]
		if c.kind == "Setup" {
			s.votes = nil
		}
	}
	return s
}

// archive holds the election with the tampering.
func (c *tampering) archive(t *testing.T, group string) []byte {
	t.Helper()
	p, err := hold(c.played(group), &c.change)
	if err != nil && c.change.text == nil {
		t.Fatal(err)
	}
	log := p.log
	if c.log != nil {
		log = c.log(p, log)
	}
	members := seal(log, sealing)
	if c.members != nil {
		members = c.members(members)
	}
	out := pack(members)
	if c.bytes != nil {
		out = c.bytes(out)
	}
	return out
}

var controls sync.Map // of func() error by what is played in finite fields

// control is the same without the tampering.
func (c *tampering) control(in string) error {
	s := c.played(in)
	control := func() error {
		p, err := hold(s, nil)
		if err == nil {
			_, err = verify(pack(seal(p.log, sealing)))
		}
		return err
	}
	if in == group.Ed25519 {
		return control()
	}
	once, _ := controls.LoadOrStore(fmt.Sprint(s.name, s.running, len(s.votes)), sync.OnceValue(control))
	return once.(func() error)()
}

// groups are those in which the tampering is done.
func (c *tampering) groups() []string {
	switch {
	case c.only != "":
		return []string{c.only}
	case c.finite:
		return []string{group.Ed25519, finite(c.script)}
	}
	return []string{group.Ed25519}
}

// TestTampering does each tampering and sees that it is refused for its reason,
// and that the same election without it is accepted.
func TestTampering(t *testing.T) {
	kinds := map[string]bool{}
	var refused atomic.Int32
	t.Run("each", func(t *testing.T) {
		for _, c := range tamperings() {
			if name := c.script + ": " + c.name; kinds[name] {
				t.Errorf("%s is there twice", name)
			} else {
				kinds[name] = true
			}
			for _, g := range c.groups() {
				t.Run(c.script+"/"+c.name+"/"+g, func(t *testing.T) {
					t.Parallel()
					if err := c.control(g); err != nil {
						t.Fatalf("the election without the tampering is refused: %v", err)
					}
					_, err := verify(c.archive(t, g))
					if !errors.Is(err, c.want) {
						t.Fatalf("%v, want %v", err, c.want)
					}
					if v := (*belenios.Violation)(nil); c.kind != "" && (!errors.As(err, &v) || string(v.Kind) != c.kind) {
						t.Fatalf("%v blames the wrong event, want %s", err, c.kind)
					}
					refused.Add(1)
				})
			}
		}
	})
	t.Logf("%d kinds of tampering, %d tamperings refused for their reason", len(kinds), refused.Load())
	if len(kinds) < 60 {
		t.Errorf("only %d kinds of tampering, want at least 60", len(kinds))
	}
}

func tamperings() (list []*tampering) {
	for _, some := range [][]*tampering{setups(), trustees(), ballots(), tallies(), shuffles(), decryptions(), chains(), files()} {
		list = append(list, some...)
	}
	return list
}

// The changes that are made most.

// next is the number after a scalar in quotes.
func (p *play) next(quoted string) string {
	s := check(p.g.ParseScalar(quoted[1 : len(quoted)-1]))
	return `"` + p.g.Add(s, p.g.Number(1)).String() + `"`
}

// other is another element than the one in quotes.
func (p *play) other(quoted string) string {
	e := check(p.g.Parse(quoted[1 : len(quoted)-1]))
	return `"` + p.g.Mul(e, p.g.Generator()).String() + `"`
}

// onPath edits the text of a step at a path.
func onPath(path string, edited func(p *play, value string) string) func(p *play, text string) string {
	return func(p *play, text string) string {
		return edit(text, path, func(value string) string { return edited(p, value) })
	}
}

// replaced puts a value in the place of another.
func replaced(value string) func(*play, string) string {
	return func(*play, string) string { return value }
}
