package tally

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
	"odaq/belenios/proof"
	"odaq/belenios/shuffle"
	"odaq/belenios/trustee"
)

const fingerprint = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"

func named(t testing.TB, name string) group.Group {
	g, err := group.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// trustees are a single one and n of whom threshold are needed, with their keys.
func trustees(t testing.TB, g group.Group, threshold, n int) (trustee.Trustees, []group.Scalar) {
	x := trustee.NewPrivateKey(g)
	single, keys := trustee.NewPublicKey(g, x), []group.Scalar{x}
	var identities []*trustee.Identity
	var certificates []trustee.Certificate
	for range n {
		id := must(t, func(seed string) (*trustee.Identity, error) { return trustee.NewIdentity(g, seed) })(trustee.NewSeed())
		identities, certificates = append(identities, id), append(certificates, id.Certificate())
	}
	s, err := trustee.NewSetup(g, certificates, threshold)
	if err != nil {
		t.Fatal(err)
	}
	var deals []trustee.Deal
	for _, id := range identities {
		deals = append(deals, must(t, s.Deal)(id))
	}
	var outputs []trustee.Output
	inputs := must(t, s.Route)(deals)
	for j, id := range identities {
		out, err := s.Receive(id, inputs[j])
		if err != nil {
			t.Fatal(err)
		}
		outputs, keys = append(outputs, out), append(keys, must(t, id.PrivateKey)(out.PrivateKey))
	}
	p, err := s.Assemble(inputs[0].Commitments, outputs)
	if err != nil {
		t.Fatal(err)
	}
	return trustee.Trustees{{Single: &single}, {Pedersen: &p}}, keys
}

func must[In, Out any](t testing.TB, f func(In) (Out, error)) func(In) Out {
	return func(in In) Out {
		t.Helper()
		out, err := f(in)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

func encrypt(g group.Group, y, message group.Element) proof.Ciphertext {
	r := proof.Random(g)
	return proof.Ciphertext{Alpha: g.PowerG(r), Beta: g.Mul(g.Power(y, r), message)}
}

// vote encrypts choices, which for a homomorphic question are 0 or 1.
func vote(t testing.TB, g group.Group, y group.Element, questions []Question, choices [][]int) [][]proof.Ciphertext {
	answers := make([][]proof.Ciphertext, len(questions))
	for i, q := range questions {
		if q.Mixed {
			answers[i] = []proof.Ciphertext{encrypt(g, y, must(t, g.Embed)(choices[i]))}
			continue
		}
		for _, m := range choices[i] {
			answers[i] = append(answers[i], encrypt(g, y, g.PowerG(g.Number(int64(m)))))
		}
	}
	return answers
}

// TestAnyElection votes, counts, shuffles and decrypts, with any threshold and any
// trustees, and compares with counting the choices.
func TestAnyElection(t *testing.T) {
	g := named(t, group.Ed25519)
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(rt, "n")
		threshold := rapid.IntRange(1, n).Draw(rt, "t")
		all, keys := trustees(t, g, threshold, n)
		y := all.PublicKey(g)
		questions := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Question {
			return Question{rapid.Bool().Draw(t, "mixed"), rapid.IntRange(1, 4).Draw(t, "size")}
		}), 1, 3).Draw(rt, "questions")
		mixed := slices.ContainsFunc(questions, func(q Question) bool { return q.Mixed })

		sum := New(g, questions)
		want := make([][]int64, len(questions)) // counts of homomorphic questions
		var lists [3][]string                   // votes of mixed ones
		for i, q := range questions {
			want[i] = make([]int64, q.Size)
		}
		for range rapid.IntRange(0, 5).Draw(rt, "ballots") {
			weight := int64(1)
			if !mixed {
				weight = rapid.Int64Range(0, 1<<22).Draw(rt, "weight") >> rapid.IntRange(0, 22).Draw(rt, "shift")
			}
			choices := make([][]int, len(questions))
			for i, q := range questions {
				largest := 1
				if q.Mixed {
					largest = 255
				}
				choices[i] = rapid.SliceOfN(rapid.IntRange(0, largest), q.Size, q.Size).Draw(rt, "choice")
				if q.Mixed {
					lists[i] = append(lists[i], fmt.Sprint(choices[i]))
					continue
				}
				for j, m := range choices[i] {
					want[i][j] += weight * int64(m)
				}
			}
			if err := sum.Add(vote(t, g, y, questions, choices), weight); err != nil {
				rt.Fatal(err)
			}
		}
		e, err := ParseEncrypted(g, questions, sum.Encrypted().Append(nil))
		if err != nil {
			rt.Fatal(err)
		}
		s := shuffle.Make(g, y, fingerprint, e.Mixed(questions))
		if err := s.Verify(g, y, fingerprint, e.Mixed(questions)); err != nil {
			rt.Fatal(err)
		}
		if e, err = e.Shuffled(questions, s.Ciphertexts); err != nil {
			rt.Fatal(err)
		}
		partials := map[int]Partial{1: Decrypt(g, fingerprint, keys[0], e)}
		members := rapid.Permutation(numbers(2, n)).Draw(rt, "members")
		for i, number := range members[:threshold] {
			if i == threshold-1 {
				if _, err := Combine(g, all, e, partials); !errors.Is(err, ErrMissing) {
					rt.Fatalf("%d of %d decrypt: %v", i, threshold, err)
				}
			}
			partials[number] = must(t, func(text []byte) (Partial, error) { return ParsePartial(g, text) })(Decrypt(g, fingerprint, keys[number-1], e).Append(nil))
		}
		for number, p := range partials {
			if err := p.Verify(g, fingerprint, all.Keys()[number-1].Key, e); err != nil {
				rt.Fatal(err)
			}
		}
		factors, err := Combine(g, all, e, partials)
		if err != nil {
			rt.Fatal(err)
		}
		result, err := Open(g, questions, e, factors, sum.Weight())
		if err != nil {
			rt.Fatal(err)
		}
		if err := result.Check(g, questions, e, factors, sum.Weight()); err != nil {
			rt.Fatal(err)
		}
		again := must(t, func(text []byte) (Result, error) { return ParseResult(questions, text) })(result.Append(nil))
		for i, q := range questions {
			if !q.Mixed {
				if !slices.Equal(again[i].Counts, want[i]) {
					rt.Fatalf("question %d: %v, not %v", i+1, again[i].Counts, want[i])
				}
				continue
			}
			var votes []string
			for _, v := range again[i].Votes {
				votes = append(votes, fmt.Sprint(v))
			}
			slices.Sort(votes)
			slices.Sort(lists[i])
			if !slices.Equal(votes, lists[i]) {
				rt.Fatalf("question %d: %v, not %v", i+1, votes, lists[i])
			}
		}
	})
}

func numbers(first, n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = first + i
	}
	return list
}

// count is an election of 3 ballots with a question of each kind, decrypted.
type count struct {
	g         group.Group
	trustees  trustee.Trustees
	keys      []group.Scalar
	questions []Question
	sum       *Tally
	encrypted Encrypted
	partials  map[int]Partial
	factors   [][]group.Element
	result    Result
}

func counted(t testing.TB, name string) *count {
	g := named(t, name)
	c := &count{g: g, questions: []Question{{Size: 2}, {Mixed: true, Size: 3}}, partials: map[int]Partial{}}
	if g.Capacity() == 0 {
		c.questions[1].Mixed = false
	}
	c.trustees, c.keys = trustees(t, g, 2, 3)
	c.sum = New(g, c.questions)
	for i := range 3 {
		choices := [][]int{{i & 1, 1}, {1, 0, i & 1}}
		if err := c.sum.Add(vote(t, g, c.trustees.PublicKey(g), c.questions, choices), 1); err != nil {
			t.Fatal(err)
		}
	}
	c.encrypted = c.sum.Encrypted()
	for number := 1; number <= 3; number++ {
		c.partials[number] = Decrypt(g, fingerprint, c.keys[number-1], c.encrypted)
	}
	var err error
	if c.factors, err = Combine(g, c.trustees, c.encrypted, c.partials); err != nil {
		t.Fatal(err)
	}
	if c.result, err = Open(g, c.questions, c.encrypted, c.factors, 3); err != nil {
		t.Fatal(err)
	}
	return c
}

var names = []string{group.Ed25519, group.Belenios, group.RFC3526}

func wants(t *testing.T, what string, err, reason error, part string) {
	t.Helper()
	if !errors.Is(err, reason) || err != nil && !strings.Contains(err.Error(), part) {
		t.Errorf("%s: %v, not %v %s", what, err, reason, part)
	}
}

func TestBallotsRefused(t *testing.T) {
	for _, name := range names {
		c := counted(t, name)
		before := c.sum.Encrypted().Append(nil)
		ballot := vote(t, c.g, c.trustees.PublicKey(c.g), c.questions, [][]int{{0, 1}, {1, 0, 1}})
		for what, answers := range map[string][][]proof.Ciphertext{
			"no answers":      nil,
			"answer missing":  ballot[:1],
			"answer added":    append(slices.Clone(ballot), ballot[0]),
			"slot missing":    {ballot[0][:1], ballot[1]},
			"slot added":      {append(slices.Clone(ballot[0]), ballot[0][0]), ballot[1]},
			"two ciphertexts": {ballot[0], ballot[0]},
		} {
			wants(t, what, c.sum.Add(answers, 1), ErrShape, "")
		}
		wants(t, "negative", c.sum.Add(ballot, -1), ErrWeight, "")
		wants(t, "too heavy", c.sum.Add(ballot, MaxWeight-2), ErrWeight, "")
		if c.questions[1].Mixed {
			wants(t, "heavy with a mixed question", c.sum.Add(ballot, 2), ErrWeight, "")
		}
		if c.sum.Counted() != 3 || c.sum.Weight() != 3 || !bytes.Equal(before, c.sum.Encrypted().Append(nil)) {
			t.Error("a refused ballot was counted")
		}
		heavy := New(c.g, c.questions)
		heavy.weight = MaxWeight - 2
		wants(t, "merged", c.sum.Merge(heavy), ErrWeight, "")
	}
}

func TestOrderOfBallotsDoesNotMatter(t *testing.T) {
	for _, name := range names {
		g := named(t, name)
		questions := []Question{{Size: 2}, {Mixed: true, Size: 1}}
		y := g.PowerG(proof.Random(g))
		a, b := New(g, questions), New(g, questions)
		var ballots [][][]proof.Ciphertext
		for range 5 {
			ballots = append(ballots, [][]proof.Ciphertext{{encrypt(g, y, y), encrypt(g, y, y)}, {encrypt(g, y, y)}})
		}
		ballots[4][1][0].Alpha = ballots[3][1][0].Alpha // sorted by beta
		for i := range ballots {
			if errors.Join(a.Add(ballots[i], 1), b.Add(ballots[len(ballots)-1-i], 1)) != nil {
				t.Fatal("refused")
			}
		}
		if !bytes.Equal(a.Encrypted().Append(nil), b.Encrypted().Append(nil)) {
			t.Errorf("%s: the order of ballots shows", name)
		}
	}
}

func TestPublishedTallyRefused(t *testing.T) {
	for _, name := range names {
		c := counted(t, name)
		g := c.g
		for _, tamper := range []struct {
			what            string
			change          func(e Encrypted)
			counted, weight int
			reason          error
			part            string
		}{
			{"nothing", func(Encrypted) {}, 3, 3, nil, ""},
			{"counter", func(Encrypted) {}, 4, 3, ErrCounted, "4, not 3"},
			{"weight", func(Encrypted) {}, 3, 4, ErrTotal, "4, not 3"},
			{"alpha", func(e Encrypted) { e[0][1].Alpha = g.Generator() }, 3, 3, ErrTally, "question 1"},
			{"beta", func(e Encrypted) { e[0][1].Beta = g.Generator() }, 3, 3, ErrTally, "question 1"},
			{"question 2", func(e Encrypted) { e[1][0].Beta = g.Generator() }, 3, 3, ErrTally, "question 2"},
			{"order", func(e Encrypted) { slices.Reverse(e[1]) }, 3, 3, ErrTally, "question 2"},
			{"slot dropped", func(e Encrypted) { e[0] = e[0][:1] }, 3, 3, ErrTally, "question 1"},
			{"ballot dropped", func(e Encrypted) { e[1] = e[1][1:] }, 3, 3, ErrTally, "question 2"},
		} {
			e := c.sum.Encrypted()
			tamper.change(e)
			wants(t, name+", "+tamper.what, c.sum.Check(e, tamper.counted, int64(tamper.weight)), tamper.reason, tamper.part)
		}
		wants(t, "question dropped", c.sum.Check(c.encrypted[:1], 3, 3), ErrTally, "1 questions")
		_, err := ParseEncrypted(g, c.questions, c.encrypted[:1].Append(nil))
		wants(t, "question dropped", err, ErrShape, "")
		_, err = ParseEncrypted(g, c.questions, Encrypted{c.encrypted[0][:1], c.encrypted[1]}.Append(nil))
		wants(t, "slot dropped", err, ErrShape, "question 1")
		if c.questions[1].Mixed {
			mixed := c.encrypted.Mixed(c.questions)
			for what, lists := range map[string][][]proof.Ciphertext{
				"no list": nil, "a list too many": {mixed[0], mixed[0]}, "a short list": {mixed[0][1:]},
			} {
				_, err := c.encrypted.Shuffled(c.questions, lists)
				wants(t, what, err, ErrShape, "")
			}
		}
	}
}

func TestDecryptionsRefused(t *testing.T) {
	for _, name := range names {
		c := counted(t, name)
		g, key := c.g, c.trustees.Keys()[1].Key
		text := c.partials[2].Append(nil)
		for _, tamper := range []struct {
			what   string
			change func(p *Partial)
			reason error
			part   string
		}{
			{"nothing", func(*Partial) {}, nil, ""},
			{"factor", func(p *Partial) { p.Factors[0][1] = g.Generator() }, ErrDecryption, "question 1, ciphertext 2"},
			{"challenge", func(p *Partial) { p.Proofs[1][0].Challenge = g.Number(1) }, ErrDecryption, "question 2, ciphertext 1"},
			{"response", func(p *Partial) { p.Proofs[1][0].Response = g.Number(1) }, ErrDecryption, "question 2, ciphertext 1"},
			{"proofs exchanged", func(p *Partial) { slices.Reverse(p.Proofs[0]) }, ErrDecryption, "question 1, ciphertext 1"},
			{"factor missing", func(p *Partial) { p.Factors[0] = p.Factors[0][:1] }, ErrShape, "question 1"},
			{"proof missing", func(p *Partial) { p.Proofs[0] = p.Proofs[0][:1] }, ErrShape, "question 1"},
			{"factors missing", func(p *Partial) { p.Factors = p.Factors[:1] }, ErrShape, ""},
			{"proofs missing", func(p *Partial) { p.Proofs = p.Proofs[:1] }, ErrShape, ""},
		} {
			p := must(t, func(text []byte) (Partial, error) { return ParsePartial(g, text) })(text)
			tamper.change(&p)
			wants(t, name+", "+tamper.what, p.Verify(g, fingerprint, key, c.encrypted), tamper.reason, tamper.part)
		}
		wants(t, "another's", c.partials[3].Verify(g, fingerprint, key, c.encrypted), ErrDecryption, "")
		wants(t, "another election", c.partials[2].Verify(g, fingerprint[1:], key, c.encrypted), ErrDecryption, "")
		for what, some := range map[string][]int{
			"nobody": nil, "without the single trustee": {2, 3}, "one of two": {1, 2}, "one": {3},
		} {
			partials := maps.Clone(c.partials)
			maps.DeleteFunc(partials, func(number int, _ Partial) bool { return !slices.Contains(some, number) })
			_, err := Combine(g, c.trustees, c.encrypted, partials)
			wants(t, what, err, ErrMissing, "")
		}
		for _, number := range []int{0, 5, -1} {
			partials := maps.Clone(c.partials)
			partials[number] = partials[1]
			_, err := Combine(g, c.trustees, c.encrypted, partials)
			wants(t, "no such trustee", err, ErrOwner, "")
		}
		_, err := Combine(g, c.trustees, c.encrypted, map[int]Partial{1: {}, 2: c.partials[2], 3: c.partials[3]})
		wants(t, "empty", err, ErrShape, "")
	}
}

func TestResultsRefused(t *testing.T) {
	for _, name := range names {
		c := counted(t, name)
		check := func(r Result, total int64) error { return r.Check(c.g, c.questions, c.encrypted, c.factors, total) }
		read := func() Result {
			return must(t, func(text []byte) (Result, error) { return ParseResult(c.questions, text) })(c.result.Append(nil))
		}
		wants(t, "honest", check(read(), 3), nil, "")
		wants(t, "more than all", check(read(), 2), ErrResult, "question 1, slot 2: 3")
		_, err := Open(c.g, c.questions, c.encrypted, c.factors, 2)
		wants(t, "more than all", err, ErrSearch, "question 1, slot 2")
		for what, change := range map[string]func(r Result) error{
			"count":      func(r Result) error { r[0].Counts[0]++; return ErrResult },
			"below 0":    func(r Result) error { r[0].Counts[0] = -1; return ErrResult },
			"exchanged":  func(r Result) error { slices.Reverse(r[0].Counts); return ErrResult },
			"missing":    func(r Result) error { r[0].Counts = r[0].Counts[1:]; return ErrShape },
			"wrong kind": func(r Result) error { r[0] = Answer{Votes: [][]int{{0}, {1}}}; return ErrShape },
			"both kinds": func(r Result) error { r[0] = Answer{Counts: []int64{1}, Votes: [][]int{{1}}}; return ErrShape },
		} {
			r := read()
			reason := change(r)
			wants(t, name+", "+what, check(r, 3), reason, "question 1")
		}
		wants(t, "question missing", check(read()[:1], 3), ErrShape, "")
		factors := slices.Clone(c.factors)
		factors[0] = factors[0][:1]
		wants(t, "factor missing", read().Check(c.g, c.questions, c.encrypted, factors, 3), ErrShape, "question 1")
		wants(t, "factors missing", read().Check(c.g, c.questions, c.encrypted, factors[:1], 3), ErrShape, "")
		if !c.questions[1].Mixed {
			continue
		}
		for what, change := range map[string]func(r Result) error{
			"integer": func(r Result) error { r[1].Votes[0][2] ^= 1; return ErrResult },
			"vote":    func(r Result) error { r[1].Votes = r[1].Votes[1:]; return ErrShape },
			"short":   func(r Result) error { r[1].Votes[0] = r[1].Votes[0][1:]; return ErrResult },
		} {
			r := read()
			reason := change(r)
			wants(t, name+", "+what, check(r, 3), reason, "question 2")
		}
	}
}

func TestResultTexts(t *testing.T) {
	questions := []Question{{Size: 2}, {Mixed: true, Size: 2}}
	parse := func(text string) error {
		_, err := ParseResult(questions, []byte(text))
		return err
	}
	for _, text := range []string{
		`{"result":[[0,1073741823],[]]}`,
		`{"result":[["1073741824","9007199254740991"],[[0,255],[1,1]]]}`,
	} {
		r, err := ParseResult(questions, []byte(text))
		if err != nil || string(r.Append(nil)) != text {
			t.Errorf("%s: %s, %v", text, r.Append(nil), err)
		}
	}
	for _, c := range []struct {
		text   string
		reason error
	}{
		{`{"result":[[0,1073741824],[]]}`, canonical.ErrLimit},
		{`{"result":[[0,"1073741823"],[]]}`, canonical.ErrText},
		{`{"result":[[0,"9007199254740992"],[]]}`, group.ErrRange},
		{`{"result":[[0,"90071992547409910"],[]]}`, canonical.ErrLimit},
		{`{"result":[[0,"01073741824"],[]]}`, canonical.ErrText},
		{`{"result":[[0,-1],[]]}`, canonical.ErrText},
		{`{"result":[[0,01],[]]}`, canonical.ErrText},
		{`{"result":[[0,1.0],[]]}`, canonical.ErrText},
		{`{"result":[[0, 1],[]]}`, canonical.ErrText},
		{`{"result":[[0],[]]}`, ErrShape},
		{`{"result":[[0,1,2],[]]}`, ErrShape},
		{`{"result":[[0,1]]}`, ErrShape},
		{`{"result":[[0,1],[],[]]}`, ErrShape},
		{`{"result":[[0,1],[[1]]]}`, ErrShape},
		{`{"result":[[0,1],[[1,2,3]]]}`, canonical.ErrLimit},
		{`{"result":[[0,1],[[1,256]]]}`, canonical.ErrLimit},
		{`{"result":[[0,1],[]]} `, canonical.ErrText},
	} {
		if err := parse(c.text); !errors.Is(err, c.reason) {
			t.Errorf("%s: %v, not %v", c.text, err, c.reason)
		}
	}
}

func TestLogarithms(t *testing.T) {
	for _, name := range names {
		g := named(t, name)
		limits := []int64{0, 1, 2, 3, 4, 15, 16, 17, 1000, 100_000}
		if name == group.Ed25519 {
			limits = append(limits, 3_073_741_828)
		}
		for _, limit := range limits {
			l := newLogarithms(g, limit)
			for _, n := range []int64{0, 1, limit / 2, limit - 1, limit} {
				if n < 0 || n > limit {
					continue
				}
				if got, ok := l.of(g.PowerG(g.Number(n))); !ok || got != n {
					t.Errorf("%s up to %d: %d, %v, not %d", name, limit, got, ok, n)
				}
			}
			for _, n := range []int64{-1, limit + 1, limit + 2} {
				if got, ok := l.of(g.PowerG(g.Number(n))); ok {
					t.Errorf("%s up to %d: found %d for %d", name, limit, got, n)
				}
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	c := counted(f, group.Ed25519)
	f.Add(c.encrypted.Append(nil))
	f.Add(c.partials[1].Append(nil))
	f.Add(c.result.Append(nil))
	f.Add([]byte(`{"result":[["1073741824",0],[]]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if e, err := ParseEncrypted(c.g, c.questions, text); err == nil {
			same(t, text, e.Append(nil))
			_ = c.sum.Check(e, 3, 3)
		}
		if p, err := ParsePartial(c.g, text); err == nil {
			same(t, text, p.Append(nil))
			_ = p.Verify(c.g, fingerprint, c.trustees.Keys()[0].Key, c.encrypted)
			_, _ = Combine(c.g, c.trustees, c.encrypted, map[int]Partial{1: p, 2: p, 4: p})
		}
		if r, err := ParseResult(c.questions, text); err == nil {
			same(t, text, r.Append(nil))
			_ = r.Check(c.g, c.questions, c.encrypted, c.factors, 3)
		}
	})
}

func same(t *testing.T, read, written []byte) {
	if !bytes.Equal(read, written) {
		t.Errorf("read %q, wrote %q", read, written)
	}
}
