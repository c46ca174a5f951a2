package belenios

import (
	"slices"

	"odaq/belenios/archive"
	"odaq/belenios/election"
	"odaq/belenios/trustee"
)

// Report is what a verified archive says. All of it is proved by the archive, or
// is in it to be compared with what was published elsewhere.
type Report struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	UUID        string `json:"uuid"`
	Group       string `json:"group"`

	// To be compared with what the election's people have published: H64 of the
	// election file and of the list of credentials (FORMAT §3, §4), the
	// hexadecimal hash of the trustees file (§7).
	Fingerprint string `json:"election_fingerprint"`
	Trustees    string `json:"trustees_hash"`
	Credentials string `json:"credentials_fingerprint"`
	// The last event: two archives with the same one are the same.
	Head   string       `json:"last_event"`
	State  archive.Kind `json:"last_event_type"`
	Events int          `json:"events"`
	// Time is the time stamp of the archive in Unix seconds; nothing proves it.
	Time int64 `json:"timestamp"`

	Voters      int   `json:"voters"`       // credentials on the list
	TotalWeight int64 `json:"total_weight"` // of all of them
	Ballots     int   `json:"ballots"`      // in the archive
	Counted     int   `json:"counted"`      // the last of each credential
	Revotes     int   `json:"revotes"`      // Ballots - Counted, replaced by later ones
	Weight      int64 `json:"weight"`       // of the counted ballots

	Keyholders []Keyholder `json:"trustees"`
	Questions  []Question  `json:"questions"`
}

// Finished says whether the archive has a result; else the election is running.
func (r *Report) Finished() bool { return r.State == archive.Result }

// Keyholder is a trustee.
type Keyholder struct {
	Number int    `json:"number"`
	Name   string `json:"name,omitempty"`
	Hash   string `json:"key_hash"` // of the public key, hexadecimal
	// Threshold and Of: so many of a group of so many must decrypt; 1 of 1 is a
	// trustee without whom there is no result.
	Threshold int `json:"threshold"`
	Of        int `json:"of"`
	// Shuffled and Decrypted say what the trustee has done.
	Shuffled  bool `json:"shuffled"`
	Decrypted bool `json:"decrypted"`
}

// Question is a question and, when there is a result, what was answered.
type Question struct {
	Question string   `json:"question"`
	Answers  []string `json:"answers"`
	// Min and Max are how many answers may be chosen, where answers are counted.
	Min int `json:"min,omitempty"`
	Max int `json:"max,omitempty"`
	// Blank says whether a blank vote is allowed; Counts then begins with it.
	Blank bool `json:"blank,omitempty"`
	// Counts are the votes of each answer, by weight.
	Counts []int64 `json:"counts,omitempty"`
	// Votes are the decrypted rankings or grades, in shuffled order.
	Votes [][]int `json:"votes,omitempty"`
	// Method is how the election file says that Votes are counted, or empty.
	Method string   `json:"method,omitempty"`
	Grades []string `json:"grades,omitempty"`
	Seats  int      `json:"seats,omitempty"`
	Mixed  bool     `json:"ranked_or_graded,omitempty"`
	// Levels are the answers by their index, the best first, equal ones together;
	// of the transferable vote those who win a seat, in order.
	Levels [][]int `json:"levels,omitempty"`
	// Caution says where a count with rounded numbers, as other programs make it,
	// differs from the exact one, or why Votes could not be counted.
	Caution string `json:"caution,omitempty"`
}

// report puts together what was verified.
func report(o *outline, c *closing) *Report {
	e := o.election
	r := &Report{
		Name: e.Name, Description: e.Description, UUID: e.UUID, Group: e.Group.Name(),
		Fingerprint: e.Fingerprint(), Trustees: o.trustees.Hash(), Credentials: o.list.Fingerprint(),
		Head: o.head.Hash.String(), State: o.head.Kind, Events: o.head.Height + 1, Time: o.head.Time,
		Voters: o.list.Len(), TotalWeight: o.list.Total(),
		Ballots: o.ballots, Counted: c.sum.Counted(), Revotes: o.ballots - c.sum.Counted(), Weight: c.sum.Weight(),
		Keyholders: keyholders(o.trustees),
	}
	for i := range r.Keyholders {
		k := &r.Keyholders[i]
		k.Shuffled = slices.Contains(c.shuffled, k.Number)
		_, k.Decrypted = c.partials[k.Number]
	}
	for i := range e.Questions {
		r.Questions = append(r.Questions, question(&e.Questions[i]))
	}
	for i, answer := range c.result {
		q := &r.Questions[i]
		q.Counts, q.Votes = answer.Counts, answer.Votes
		q.count()
	}
	return r
}

func keyholders(trustees trustee.Trustees) []Keyholder {
	var list []Keyholder
	add := func(k trustee.PublicKey, threshold, of int) {
		list = append(list, Keyholder{Number: len(list) + 1, Name: k.Name, Hash: k.Hash(), Threshold: threshold, Of: of})
	}
	for _, item := range trustees {
		if item.Single != nil {
			add(*item.Single, 1, 1)
			continue
		}
		for _, k := range item.Pedersen.VerificationKeys {
			add(k, item.Pedersen.Threshold, len(item.Pedersen.VerificationKeys))
		}
	}
	return list
}

func question(q *election.Question) Question {
	r := Question{Question: q.Text, Answers: q.Answers, Min: q.Min, Max: q.Max, Blank: q.Blank, Mixed: q.NonHomomorphic}
	if q.Counting != nil {
		r.Method, r.Blank, r.Grades, r.Seats = q.Counting.Method, q.Counting.Blank, q.Counting.Grades, q.Counting.Seats
	}
	return r
}
