// Package archive reads and writes the .bel archive of an election: a file that
// only grows, in which every event names the one before it (FORMAT §12).
//
// There is one archive for a list of events and a time stamp, to the byte. The
// Reader refuses everything else: another header byte, a member too many, too
// few or out of order, a payload that is not what its name says, an event that
// may not stand where it stands, a tail. What the payloads mean is not looked at
// here; package belenios does.
package archive

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
)

// Kind is the type of an event, as written in the archive.
type Kind string

// The kinds of events, in the order in which they come (FORMAT §12).
const (
	Setup             Kind = "Setup"
	Ballot            Kind = "Ballot"
	EndBallots        Kind = "EndBallots"
	EncryptedTally    Kind = "EncryptedTally"
	Shuffle           Kind = "Shuffle"
	EndShuffles       Kind = "EndShuffles"
	PartialDecryption Kind = "PartialDecryption"
	Result            Kind = "Result"
)

// followers is the grammar: Setup Ballot* EndBallots EncryptedTally
// (Shuffle+ EndShuffles)? PartialDecryption+ Result. What follows nothing is the
// entry of "".
var followers = map[Kind][]Kind{
	"":                {Setup},
	Setup:             {Ballot, EndBallots},
	Ballot:            {Ballot, EndBallots},
	EndBallots:        {EncryptedTally},
	EncryptedTally:    {Shuffle, PartialDecryption},
	Shuffle:           {Shuffle, EndShuffles},
	EndShuffles:       {PartialDecryption},
	PartialDecryption: {PartialDecryption, Result},
	Result:            {},
}

// members is how many data members stand before an event of a kind.
var members = map[Kind]int{Setup: 4, Ballot: 1, EndBallots: 0, EncryptedTally: 2, Shuffle: 2, EndShuffles: 0, PartialDecryption: 2, Result: 1}

// MayFollow says whether the grammar allows the kind next after the kind last;
// last is empty at the beginning.
func MayFollow(last, next Kind) bool { return slices.Contains(followers[last], next) }

// Hash is the SHA-256 of a text, by which members are named.
type Hash [sha256.Size]byte

// Sum is the hash of a text.
func Sum(text []byte) Hash { return sha256.Sum256(text) }

// String is the hash in hexadecimal, as in names of members and in events.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Tracker is the hash in Base64 without padding, H64 of FORMAT §1: what a voter
// sees of her ballot, and the fingerprint of an election.
func (h Hash) Tracker() string { return base64.RawStdEncoding.EncodeToString(h[:]) }

// ParseTracker is the hash that a tracker stands for; ok is false where the text
// is not one.
func ParseTracker(text string) (h Hash, ok bool) {
	b, err := base64.RawStdEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != len(h) {
		return h, false
	}
	return Hash(b), true
}

// Head is the last event of an archive and all that is needed to write the next.
type Head struct {
	Time   int64 // Unix seconds, the same for the whole archive
	Height int   // of the last event, -1 where there is none
	Kind   Kind  // of the last event, "" where there is none
	Hash   Hash  // of the last event
}

// Event is an event with its payload.
type Event struct {
	Height int
	Kind   Kind
	Hash   Hash
	Offset int64 // of the event's first member in the archive

	Election, Trustees, Credentials []byte // of Setup

	// Payload is the text of the ballot, the encrypted tally, the shuffle, the
	// partial decryption or the result; Digest is its hash.
	Payload []byte
	Digest  Hash

	Owner   int   // of Shuffle and PartialDecryption: the trustee, from 1
	Counted int   // of EncryptedTally: how many ballots are counted
	Weight  int64 // of EncryptedTally: the sum of their weights
}
