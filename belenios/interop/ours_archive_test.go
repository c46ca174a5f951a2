package interop

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"odaq/belenios/archive"
	"odaq/belenios/ballot"
	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/shuffle"
	"odaq/belenios/tally"
	"odaq/belenios/trustee"
)

// template is what the tool takes to make an election.
type template struct {
	Description, Name, Administrator string
	CredentialAuthority              string `json:"credential_authority"`
	Questions                        []struct {
		Question string
		Answers  []string
		Blank    bool
		Min, Max int
		Value    *struct {
			Question string
			Answers  []string
		}
		Extra *election.Counting
	}
}

func (o ours) open(name, uuid, text string, singles []string, threshold, credentials string) []byte {
	o.t.Helper()
	g := o.group(name)
	var trustees trustee.Trustees
	for _, s := range singles {
		k := must[trustee.PublicKey](o.t)(trustee.ParsePublicKey(g, []byte(strings.TrimSpace(s))))
		trustees = append(trustees, trustee.Item{Single: &k})
	}
	if threshold != "" {
		p := must[trustee.Pedersen](o.t)(trustee.ParsePedersen(g, []byte(strings.TrimSpace(threshold))))
		trustees = append(trustees, trustee.Item{Pedersen: &p})
	}
	if err := trustees.Verify(g); err != nil {
		o.t.Fatal(err)
	}
	var file template
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		o.t.Fatal(err)
	}
	p := election.Params{
		Description: file.Description, Name: file.Name, Group: g, PublicKey: trustees.PublicKey(g), UUID: uuid,
		Administrator: file.Administrator, CredentialAuthority: file.CredentialAuthority,
	}
	for _, q := range file.Questions {
		question := election.Question{Text: q.Question, Answers: q.Answers, Blank: q.Blank, Min: q.Min, Max: q.Max}
		if q.Value != nil {
			question = election.Question{Text: q.Value.Question, Answers: q.Value.Answers, NonHomomorphic: true, Counting: q.Extra}
		}
		p.Questions = append(p.Questions, question)
	}
	e := must[*election.Election](o.t)(election.New(p))
	list := must[[]byte](o.t)(election.StripNames([]byte(strings.TrimSpace(credentials))))
	must[*election.List](o.t)(election.ParseList(e, list))
	var out bytes.Buffer
	setup := &archive.Event{Kind: archive.Setup, Election: e.Text(), Trustees: trustees.Append(nil), Credentials: list}
	if err := archive.NewWriter(&out, time.Now().Unix()).Append(setup); err != nil {
		o.t.Fatal(err)
	}
	return out.Bytes()
}

// state is an archive as far as it goes. Proofs are not verified here; that is
// done when the election is judged.
type state struct {
	o         ours
	election  *election.Election
	list      *election.List
	trustees  trustee.Trustees
	questions []tally.Question

	ballots  []*ballot.Ballot // in order, those replaced too
	tally    tally.Encrypted  // after the last shuffle
	weight   int64
	partials map[int]tally.Partial
}

func (o ours) read(text []byte) *state {
	o.t.Helper()
	s := &state{o: o, partials: map[int]tally.Partial{}}
	r := archive.NewReader(bytes.NewReader(text))
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return s
		}
		if err == nil {
			err = s.take(e)
		}
		if err != nil {
			o.t.Fatal(err)
		}
	}
}

// head is where an archive goes on.
func (o ours) head(text []byte) archive.Head {
	o.t.Helper()
	r := archive.NewReader(bytes.NewReader(text))
	for {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			return r.Head()
		} else if err != nil {
			o.t.Fatal(err)
		}
	}
}

func (s *state) group() group.Group { return s.election.Group }

func (s *state) take(e *archive.Event) (err error) {
	switch e.Kind {
	case archive.Setup:
		if s.election, err = election.Parse(e.Election); err != nil {
			return err
		}
		for _, q := range s.election.Questions {
			s.questions = append(s.questions, tally.Question{Mixed: q.NonHomomorphic, Size: q.Slots()})
		}
		if s.trustees, err = trustee.Parse(s.group(), e.Trustees); err != nil {
			return err
		}
		s.list, err = election.ParseList(s.election, e.Credentials)
	case archive.Ballot:
		var b *ballot.Ballot
		if b, err = ballot.Parse(s.election, e.Payload); err != nil {
			return err
		}
		b.Member, err = s.list.Find(b.Credential)
		s.ballots = append(s.ballots, b)
	case archive.EncryptedTally:
		s.weight = e.Weight
		s.tally, err = tally.ParseEncrypted(s.group(), s.questions, e.Payload)
	case archive.Shuffle:
		var mixed shuffle.Shuffle
		if mixed, err = shuffle.Parse(s.group(), e.Payload); err != nil {
			return err
		}
		s.tally, err = s.tally.Shuffled(s.questions, mixed.Ciphertexts)
	case archive.PartialDecryption:
		s.partials[e.Owner], err = tally.ParsePartial(s.group(), e.Payload)
	}
	return err
}

func (o ours) ballot(text []byte, credential string, choices [][]int) string {
	o.t.Helper()
	c := must[election.Credential](o.t)(election.ParseCredential(credential))
	b, _, err := ballot.Make(o.read(text).election, c, choices)
	if err != nil {
		o.t.Fatal(err)
	}
	return string(b)
}

// add takes the payload as the tool does, a line for each text before the event.
func (o ours) add(text []byte, event, payload string) []byte {
	o.t.Helper()
	data := strings.Split(strings.TrimSpace(payload), "\n")
	e := &archive.Event{Kind: archive.Kind(event)}
	if payload != "" {
		e.Payload = []byte(data[0])
	}
	if len(data) == 2 {
		var record struct {
			Owner   int
			Counted int         `json:"num_tallied"`
			Weight  json.Number `json:"total_weight"`
		}
		if err := json.Unmarshal([]byte(data[1]), &record); err != nil {
			o.t.Fatal(err)
		}
		e.Owner, e.Counted = record.Owner, record.Counted
		if e.Kind == archive.EncryptedTally {
			e.Weight = must[int64](o.t)(record.Weight.Int64())
		}
	}
	out := bytes.NewBuffer(bytes.Clone(text))
	if err := archive.AppendWriter(out, o.head(text)).Append(e); err != nil {
		o.t.Fatal(err)
	}
	return out.Bytes()
}

func (o ours) tally(text []byte) (payload string) {
	o.t.Helper()
	s := o.read(text)
	last := map[int]int{}
	for i, b := range s.ballots {
		last[b.Member.Position] = i
	}
	sum := tally.New(s.group(), s.questions)
	for i, b := range s.ballots {
		if last[b.Member.Position] == i {
			if err := sum.Add(b.Choices, b.Member.Weight); err != nil {
				o.t.Fatal(err)
			}
		}
	}
	encrypted := sum.Encrypted().Append(nil)
	weight := strconv.FormatInt(sum.Weight(), 10)
	if sum.Weight() >= 1<<30 {
		weight = strconv.Quote(weight)
	}
	return fmt.Sprintf(`%s
{"num_tallied":%d,"total_weight":%s,"encrypted_tally":"%s"}
`, encrypted, sum.Counted(), weight, archive.Sum(encrypted))
}

// owned is a payload with the record of whose it is.
func owned(owner int, text []byte) string {
	return fmt.Sprintf(`%s
{"owner":%d,"payload":"%s"}
`, text, owner, archive.Sum(text))
}

func (o ours) shuffle(text []byte, trustee int) (payload string) {
	o.t.Helper()
	s := o.read(text)
	mixed := shuffle.Make(s.group(), s.election.PublicKey, s.election.Fingerprint(), s.tally.Mixed(s.questions))
	return owned(trustee, mixed.Append(nil))
}

func (o ours) decrypt(text []byte, owner int, private string) (payload string) {
	o.t.Helper()
	s := o.read(text)
	return s.decrypt(owner, must[group.Scalar](o.t)(trustee.ParsePrivateKey(s.group(), []byte(strings.TrimSpace(private)))))
}

func (o ours) decryptThreshold(text []byte, owner int, key, decryptionKey string) (payload string) {
	o.t.Helper()
	s := o.read(text)
	id := o.identity(s.group().Name(), key)
	return s.decrypt(owner, must[group.Scalar](o.t)(id.PrivateKey(strings.TrimSpace(decryptionKey))))
}

func (s *state) decrypt(owner int, x group.Scalar) (payload string) {
	return owned(owner, tally.Decrypt(s.group(), s.election.Fingerprint(), x, s.tally).Append(nil))
}

func (o ours) result(text []byte) (payload string) {
	o.t.Helper()
	s := o.read(text)
	factors := must[[][]group.Element](o.t)(tally.Combine(s.group(), s.trustees, s.tally, s.partials))
	return string(must[tally.Result](o.t)(tally.Open(s.group(), s.questions, s.tally, factors, s.weight)).Append(nil))
}

func (o ours) trackers(text []byte) (list []string) {
	o.t.Helper()
	for _, b := range o.read(text).ballots {
		hash, ok := archive.ParseTracker(b.Tracker)
		if !ok {
			o.t.Fatalf("a tracker %s", b.Tracker)
		}
		list = append(list, hash.String())
	}
	return list
}
