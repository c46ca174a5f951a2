package archive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
)

// Of an event or a record everything but a few values is known before it is
// read. The readers below take these out, write the whole text anew and compare.

// eventText is the text of an event; the payload is nil for kinds that have none.
func eventText(last Head, kind Kind, payload *Hash) []byte {
	var b []byte
	b = append(b, '{')
	if last.Height >= 0 {
		b = fmt.Appendf(b, `"parent":"%s",`, last.Hash)
	}
	b = fmt.Appendf(b, `"height":%d,"type":"%s"`, last.Height+1, kind)
	if payload != nil {
		b = fmt.Appendf(b, `,"payload":"%s"`, *payload)
	}
	return append(b, '}')
}

// checkEvent compares an event with the only text it may have and says what is
// wrong with another.
func checkEvent(text []byte, last Head, kind Kind, payload *Hash) error {
	if bytes.Equal(text, eventText(last, kind, payload)) {
		return nil
	}
	var e struct {
		Parent, Payload *string
		Height          json.Number
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return fmt.Errorf("%w: %v", ErrText, err)
	}
	switch {
	case !named(e.Parent, last.Hash, last.Height >= 0):
		return ErrParent
	case e.Height.String() != strconv.Itoa(last.Height+1):
		return fmt.Errorf("%w: %.20q", ErrHeight, e.Height.String())
	case payload == nil && e.Payload != nil, payload != nil && !named(e.Payload, *payload, true):
		return ErrPayload
	}
	return ErrText
}

// named says whether a field is the hash, or absent where it must be.
func named(field *string, h Hash, present bool) bool {
	if field == nil || !present {
		return (field != nil) == present
	}
	return *field == h.String()
}

// eventKind takes the type out of the text of an event.
func eventKind(text []byte) (Kind, error) {
	var e struct{ Type string }
	if err := json.Unmarshal(text, &e); err != nil {
		return "", fmt.Errorf("%w: %v", ErrText, err)
	}
	if _, ok := members[Kind(e.Type)]; !ok {
		return "", fmt.Errorf("%w: an event of the type %.40q", ErrText, e.Type)
	}
	return Kind(e.Type), nil
}

func setupText(election, trustees, credentials Hash) []byte {
	return fmt.Appendf(nil, `{"election":"%s","trustees":"%s","credentials":"%s"}`, election, trustees, credentials)
}

func ownerText(owner int, payload Hash) []byte {
	return fmt.Appendf(nil, `{"owner":%d,"payload":"%s"}`, owner, payload)
}

var ownerPattern = regexp.MustCompile(`^\{"owner":([1-9][0-9]{0,8}),"payload":"([0-9a-f]{64})"\}$`)

func parseOwner(text []byte, payload Hash) (int, error) {
	m := ownerPattern.FindSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("%w: of an owner", ErrText)
	}
	if string(m[2]) != payload.String() {
		return 0, ErrPayload
	}
	return strconv.Atoi(string(m[1]))
}

// largest is the greatest count that is written as a number; greater ones are
// strings (FORMAT §9).
const largest = 1<<30 - 1

// maxWeight is the greatest total weight there may be.
const maxWeight = 1e18 - 1

func sizedText(counted int, weight int64, payload Hash) []byte {
	quote := ""
	if weight > largest {
		quote = `"`
	}
	return fmt.Appendf(nil, `{"num_tallied":%d,"total_weight":%s%d%s,"encrypted_tally":"%s"}`, counted, quote, weight, quote, payload)
}

var sizedPattern = regexp.MustCompile(`^\{"num_tallied":(0|[1-9][0-9]{0,9}),"total_weight":"?(0|[1-9][0-9]{0,17})"?,"encrypted_tally":"([0-9a-f]{64})"\}$`)

func parseSized(text []byte, payload Hash) (counted int, weight int64, err error) {
	m := sizedPattern.FindSubmatch(text)
	if m == nil {
		return 0, 0, fmt.Errorf("%w: of the size of the tally", ErrText)
	}
	if string(m[3]) != payload.String() {
		return 0, 0, ErrPayload
	}
	counted, _ = strconv.Atoi(string(m[1])) // the pattern lets only what fits
	weight, _ = strconv.ParseInt(string(m[2]), 10, 64)
	if !bytes.Equal(text, sizedText(counted, weight, payload)) {
		return 0, 0, fmt.Errorf("%w: the total weight is a number up to %d and a string above", ErrText, largest)
	}
	return counted, weight, nil
}
