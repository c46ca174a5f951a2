package election

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
)

// ErrIdentity says that a line does not tell of a voter.
var ErrIdentity = errors.New("not a line of a voter")

// Identity is a voter as the authority knows her.
type Identity struct {
	Address string
	Login   string // empty when it is the address
	Weight  int64
}

// ParseIdentity reads a line "address[,login[,weight]]" (FORMAT §3).
func ParseIdentity(line string) (Identity, error) {
	fields := strings.Split(line, ",")
	v := Identity{Address: fields[0], Weight: 1}
	if len(fields) > 3 || v.Address == "" {
		return Identity{}, fmt.Errorf("%w: %.80q is not address[,login[,weight]]", ErrIdentity, line)
	}
	if len(fields) > 1 {
		v.Login = fields[1]
	}
	if len(fields) > 2 {
		w, err := parseWeight(fields[2])
		if err != nil {
			return Identity{}, fmt.Errorf("%w: %.80q: %w", ErrIdentity, line, err)
		}
		v.Weight = w
	}
	return v, nil
}

// Name is the login, or the address where there is none.
func (v Identity) Name() string {
	if v.Login != "" {
		return v.Login
	}
	return v.Address
}

// Issued is a credential made for a voter.
type Issued struct {
	Identity
	Credential Credential
	Public     group.Element
}

// Issue draws a credential for each voter of the election with this identifier.
// They are sorted by the public credential, so that the place of a voter on the
// list tells nothing.
func Issue(g group.Group, uuid string, voters []Identity) []Issued {
	issued := make([]Issued, len(voters))
	for i, v := range voters {
		c := NewCredential()
		issued[i] = Issued{Identity: v, Credential: c, Public: c.Public(g, uuid)}
	}
	slices.SortFunc(issued, func(a, b Issued) int { return g.Compare(a.Public, b.Public) })
	return issued
}

// PublicList writes the list of credentials for the archive; ParseList reads it.
// Weights are written if any is not 1.
func PublicList(issued []Issued) []byte { return appendList(issued, false) }

// WorkingList writes the list with the names of the voters, as the authority keeps
// it; StripNames makes the public one of it.
func WorkingList(issued []Issued) []byte { return appendList(issued, true) }

func appendList(issued []Issued, names bool) []byte {
	weighted := slices.ContainsFunc(issued, func(v Issued) bool { return v.Weight != 1 })
	b := []byte{'['}
	for i, v := range issued {
		if i > 0 {
			b = append(b, ',')
		}
		entry := v.Public.String()
		if weighted {
			entry += "," + strconv.FormatInt(v.Weight, 10)
		}
		if names && !weighted {
			entry += ","
		}
		if names {
			entry += "," + v.Name()
		}
		b = canonical.AppendString(b, entry)
	}
	return append(b, ']')
}
