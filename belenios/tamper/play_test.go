package tamper

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"odaq/belenios/ballot"
	"odaq/belenios/canonical"
	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/proof"
	"odaq/belenios/shuffle"
	"odaq/belenios/tally"
	"odaq/belenios/trustee"
)

// script says how an election is held.
type script struct {
	name, group string
	questions   []election.Question
	weights     []int64 // of the voters
	votes       []vote
	singles     int
	// of trustees share the threshold key, 0 for none; present are the numbers of
	// those who decrypt.
	threshold, of int
	present       []int
	shuffles      int
	// running elections end with the ballots.
	running bool
}

type vote struct {
	voter   int
	choices [][]int
}

// people hold the secrets of an election; they are the same in each play of a
// script.
type people struct {
	g           group.Group
	trustees    trustee.Trustees
	keys        []group.Scalar // of the trustees, by number from 0
	seeds       []string       // of the threshold trustees
	credentials []election.Credential
	publics     []string // by voter
	list        string
}

const uuid = "Tamper23456789"

var assembled sync.Map // of func() *people by name and group of the script

func assemble(s script) *people {
	once, _ := assembled.LoadOrStore(s.name+s.group, sync.OnceValue(func() *people { return gather(s) }))
	return once.(func() *people)()
}

func check[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func gather(s script) *people {
	p := &people{g: check(group.Named(s.group))}
	for range s.singles {
		x := trustee.NewPrivateKey(p.g)
		k := trustee.NewPublicKey(p.g, x)
		p.trustees, p.keys = append(p.trustees, trustee.Item{Single: &k}), append(p.keys, x)
	}
	if s.of > 0 {
		p.ceremony(s)
	}
	voters := make([]election.Identity, len(s.weights))
	for i, w := range s.weights {
		voters[i] = election.Identity{Address: fmt.Sprintf("v%d@union.example", i), Weight: w}
	}
	issued := election.Issue(p.g, uuid, voters)
	p.list = string(election.PublicList(issued))
	for _, v := range voters {
		i := issued[slices.IndexFunc(issued, func(i election.Issued) bool { return i.Identity == v })]
		p.credentials, p.publics = append(p.credentials, i.Credential), append(p.publics, i.Public.String())
	}
	return p
}

func (p *people) ceremony(s script) {
	var ids []*trustee.Identity
	var certificates []trustee.Certificate
	for range s.of {
		p.seeds = append(p.seeds, trustee.NewSeed())
		id := check(trustee.NewIdentity(p.g, p.seeds[len(p.seeds)-1]))
		ids, certificates = append(ids, id), append(certificates, id.Certificate())
	}
	setup := check(trustee.NewSetup(p.g, certificates, s.threshold))
	var deals []trustee.Deal
	var commitments []trustee.Commitments
	for _, id := range ids {
		d := check(setup.Deal(id))
		deals, commitments = append(deals, d), append(commitments, d.Commitments)
	}
	var outputs []trustee.Output
	for i, in := range check(setup.Route(deals)) {
		out := check(setup.Receive(ids[i], in))
		outputs = append(outputs, out)
		p.keys = append(p.keys, check(ids[i].PrivateKey(out.PrivateKey)))
	}
	joint := check(setup.Assemble(commitments, outputs))
	p.trustees = append(p.trustees, trustee.Item{Pedersen: &joint})
}

// play is an election that is held step by step, with one change.
type play struct {
	*people
	script script
	change *change

	log       []record
	election  *election.Election
	list      *election.List
	questions []tally.Question
	encrypted tally.Encrypted // after the last shuffle
	partials  map[int]tally.Partial
}

// change is what is done to the text that a step gives.
type change struct {
	step string
	text func(p *play, text string) string
}

// give is the text of a step, changed if this is the step to change.
func (p *play) give(step, text string) string {
	if p.change != nil && p.change.step == step {
		return p.change.text(p, text)
	}
	return text
}

func (p *play) add(kind string, data ...string) {
	p.log = append(p.log, record{kind: kind, data: data})
}

// hold plays the script. Where what was changed cannot be gone on with, the
// election ends there and the error says why.
func hold(s script, c *change) (*play, error) {
	p := &play{people: assemble(s), script: s, change: c, partials: map[int]tally.Partial{}}
	for _, act := range []func() error{p.open, p.vote, p.count, p.mix, p.decrypt, p.publish} {
		if err := act(); err == errRunning {
			break
		} else if err != nil {
			return p, err
		}
	}
	return p, nil
}

var errRunning = errors.New("the election is still running")

func (p *play) open() error {
	params := election.Params{Description: "d", Name: "n", Group: p.g, PublicKey: p.trustees.PublicKey(p.g), Questions: p.script.questions, UUID: uuid}
	e := p.give("election", string(check(election.New(params)).Text()))
	trustees := p.give("trustees", string(p.trustees.Append(nil)))
	credentials := p.give("credentials", p.people.list)
	p.add("Setup", e, trustees, credentials, p.give("setup record",
		fmt.Sprintf(`{"election":"%s","trustees":"%s","credentials":"%s"}`, hash(e), hash(trustees), hash(credentials))))
	var err error
	if p.election, err = election.Parse([]byte(e)); err != nil {
		return err
	}
	for i := range p.election.Questions {
		q := &p.election.Questions[i]
		p.questions = append(p.questions, tally.Question{Mixed: q.NonHomomorphic, Size: q.Slots()})
	}
	if p.list, err = election.ParseList(p.election, []byte(credentials)); err != nil {
		return err
	}
	_, err = trustee.Parse(p.g, []byte(trustees))
	return err
}

func (p *play) vote() error {
	for i, v := range p.script.votes {
		text, err := p.ballot(v.voter, v.choices)
		if err != nil {
			return err
		}
		p.add("Ballot", p.give(fmt.Sprintf("ballot %d", i), text))
	}
	if p.script.running {
		return errRunning
	}
	p.add("EndBallots")
	return nil
}

func (p *play) ballot(voter int, choices [][]int) (string, error) {
	text, _, err := ballot.Make(p.election, p.credentials[voter], choices)
	return string(text), err
}

// counted are the ballots of the log that count.
func (p *play) counted() (ballots []*ballot.Ballot, err error) {
	last := map[int]*ballot.Ballot{}
	for _, r := range p.log {
		if r.kind != "Ballot" {
			continue
		}
		b, err := ballot.Parse(p.election, []byte(r.data[0]))
		if err != nil {
			return nil, err
		}
		if b.Member, err = p.list.Find(b.Credential); err != nil {
			return nil, err
		}
		if old := last[b.Member.Position]; old != nil {
			ballots = slices.DeleteFunc(ballots, func(b *ballot.Ballot) bool { return b == old })
		}
		last[b.Member.Position] = b
		ballots = append(ballots, b)
	}
	return ballots, nil
}

func (p *play) count() error {
	ballots, err := p.counted()
	if err != nil {
		return err
	}
	sum := tally.New(p.g, p.questions)
	for _, b := range ballots {
		if err := sum.Add(b.Choices, b.Member.Weight); err != nil {
			return err
		}
	}
	text := p.give("tally", string(sum.Encrypted().Append(nil)))
	p.add("EncryptedTally", text, p.give("sized",
		fmt.Sprintf(`{"num_tallied":%d,"total_weight":%d,"encrypted_tally":"%s"}`, sum.Counted(), sum.Weight(), hash(text))))
	p.encrypted, err = tally.ParseEncrypted(p.g, p.questions, []byte(text))
	return err
}

func (p *play) mix() error {
	for i := range p.script.shuffles {
		s := shuffle.Make(p.g, p.election.PublicKey, p.election.Fingerprint(), p.encrypted.Mixed(p.questions))
		text := p.give(fmt.Sprintf("shuffle %d", i), string(s.Append(nil)))
		p.owned("Shuffle", i, text, i+1)
		s, err := shuffle.Parse(p.g, []byte(text))
		if err != nil {
			return err
		}
		if p.encrypted, err = p.encrypted.Shuffled(p.questions, s.Ciphertexts); err != nil {
			return err
		}
	}
	if p.script.shuffles > 0 {
		p.add("EndShuffles")
	}
	return nil
}

// owned adds an event of a trustee.
func (p *play) owned(kind string, i int, text string, owner int) {
	step := fmt.Sprintf("%s owner %d", strings.ToLower(kind), i)
	p.add(kind, text, p.give(step, fmt.Sprintf(`{"owner":%d,"payload":"%s"}`, owner, hash(text))))
}

func (p *play) decrypt() error {
	for i, owner := range p.script.present {
		made := tally.Decrypt(p.g, p.election.Fingerprint(), p.keys[owner-1], p.encrypted)
		text := p.give(fmt.Sprintf("decryption %d", i), string(made.Append(nil)))
		p.owned("PartialDecryption", i, text, owner)
		var err error
		if p.partials[owner], err = tally.ParsePartial(p.g, []byte(text)); err != nil {
			return err
		}
	}
	return nil
}

func (p *play) publish() error {
	factors, err := tally.Combine(p.g, p.trustees, p.encrypted, p.partials)
	if err != nil {
		return err
	}
	total := int64(0)
	for _, w := range p.script.weights {
		total += w
	}
	result, err := tally.Open(p.g, p.questions, p.encrypted, factors, total)
	if err != nil {
		return err
	}
	p.add("Result", p.give("result", string(result.Append(nil))))
	return nil
}

// sign signs a ballot that was changed with the voter's credential.
func (p *play) sign(voter int, text string) string {
	h := canonical.Hash([]byte(drop(text, "signature")))
	s := p.credentials[voter].Secret(p.g, uuid)
	signature := proof.Know(p.g, s, func(commitments proof.List) group.Scalar {
		return proof.Challenge(p.g, proof.Text("sig|"+h+"|"), commitments)
	}, p.g.Generator())
	return set(text, "signature", `{"hash":"`+h+`","proof":`+string(signature.Append(nil))+`}`)
}

// signing is the key with which the threshold trustee of an index signs (FORMAT §6).
func (p *people) signing(index int) group.Scalar {
	h := sha256.Sum256([]byte("sk|" + p.seeds[index]))
	return p.g.Reduce(h[:])
}

// message signs a message as a threshold trustee does.
func (p *people) message(key group.Scalar, message string) string {
	signature := proof.Know(p.g, key, func(commitments proof.List) group.Scalar {
		return proof.Challenge(p.g, proof.Text("sigmsg|"+message+"|"), commitments)
	}, p.g.Generator())
	return string(trustee.Signed{Message: message, Signature: signature}.Append(nil))
}
