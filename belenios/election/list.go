package election

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
)

// Limits on lists of credentials.
const (
	MaxVoters = 1 << 22
	// MaxWeight bounds the sum of all weights, so that it is exact wherever JSON
	// is read.
	MaxWeight = 1<<53 - 1

	maxEntry = 700 // an element of 617 digits and a weight
)

// Errors about lists of credentials.
var (
	ErrDuplicate = errors.New("credential is on the list twice")
	ErrWeight    = errors.New("weight is not allowed")
	ErrUnknown   = errors.New("credential is not on the list")
)

// List is the list of public credentials of an election: who may vote, and with
// what weight (FORMAT §3). It may be shared.
type List struct {
	position    map[[sha256.Size]byte]int32 // by the hash of the text of a credential
	weights     []int64
	total       int64
	fingerprint string
}

// ParseList reads the list of credentials of an election as it stands in an
// archive: strings "K" or "K,W". All are members of the group, there are no
// duplicates, and in an election with a non-homomorphic question all weights are
// 1. The order is not checked: lists in use are sorted, but not all must be.
func ParseList(e *Election, text []byte) (*List, error) {
	l := &List{position: make(map[[sha256.Size]byte]int32), fingerprint: canonical.Hash(text)}
	r := canonical.NewReader(text)
	var keys []string
	r.Array(MaxVoters, func(i int) {
		key, weight, err := parseEntry(r.String(maxEntry))
		if r.Err() != nil {
			return
		}
		if err == nil {
			err = l.add(e, key, weight)
		}
		if err != nil {
			r.Fail(fmt.Errorf("credential %d: %w", i, err))
		}
		keys = append(keys, key)
	})
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	if err := members(e.Group, keys); err != nil {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	return l, nil
}

// parseEntry splits "K" or "K,W".
func parseEntry(entry string) (key string, weight int64, err error) {
	key, decimal, weighted := strings.Cut(entry, ",")
	if !weighted {
		return key, 1, nil
	}
	weight, err = parseWeight(decimal)
	return key, weight, err
}

func parseWeight(decimal string) (int64, error) {
	w, err := strconv.ParseInt(decimal, 10, 64)
	if err != nil || w < 0 || w > MaxWeight || strconv.FormatInt(w, 10) != decimal {
		return 0, fmt.Errorf("%w: %.40q is not a number of 0 to %d", ErrWeight, decimal, int64(MaxWeight))
	}
	return w, nil
}

// add puts a credential on the list.
func (l *List) add(e *Election, key string, weight int64) error {
	id := sha256.Sum256([]byte(key))
	if _, twice := l.position[id]; twice {
		return fmt.Errorf("%w: %.64s", ErrDuplicate, key)
	}
	if weight != 1 && e.NonHomomorphic() {
		return fmt.Errorf("%w: %d in an election with a non-homomorphic question", ErrWeight, weight)
	}
	if weight > MaxWeight-l.total {
		return fmt.Errorf("%w: the sum is above %d", ErrWeight, int64(MaxWeight))
	}
	l.total += weight
	l.position[id] = int32(len(l.position))
	l.weights = append(l.weights, weight)
	return nil
}

// members tells the first of the keys that is not a member of g, with all
// processors.
func members(g group.Group, keys []string) error {
	const stride = 64
	var (
		wait  sync.WaitGroup
		parts = (len(keys) + stride - 1) / stride
		errs  = make([]error, parts)
		next  = make(chan int)
	)
	for range min(parts, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for part := range next {
				for i := part * stride; i < min(len(keys), (part+1)*stride) && errs[part] == nil; i++ {
					if _, err := g.Parse(keys[i]); err != nil {
						errs[part] = fmt.Errorf("credential %d: %w", i, err)
					}
				}
			}
		})
	}
	for part := range parts {
		next <- part
	}
	close(next)
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Len is the number of credentials.
func (l *List) Len() int { return len(l.position) }

// Total is the sum of all weights.
func (l *List) Total() int64 { return l.total }

// Fingerprint is the H64 of the list, as the authority announces it.
func (l *List) Fingerprint() string { return l.fingerprint }

// Member is a credential's place on a List.
type Member struct {
	Position int // from 0
	Weight   int64
}

// Find finds a public credential, or gives an error that wraps ErrUnknown.
func (l *List) Find(public group.Element) (Member, error) {
	return l.FindText(public.Append(nil))
}

// FindText finds a public credential by its text. What it finds is a member of
// the group.
func (l *List) FindText(public []byte) (Member, error) {
	i, ok := l.position[sha256.Sum256(public)]
	if !ok {
		return Member{}, fmt.Errorf("%w: %.64s", ErrUnknown, public)
	}
	return Member{Position: int(i), Weight: l.weights[i]}, nil
}

// StripNames makes the list of an archive from the working file of an authority,
// whose entries have the name of the voter as a third field (FORMAT §3). Only the
// spelling is checked here.
func StripNames(text []byte) ([]byte, error) {
	r := canonical.NewReader(text)
	out := bytes.NewBufferString("[")
	r.Array(MaxVoters, func(i int) {
		fields := strings.SplitN(r.String(maxString), ",", 3)
		if i > 0 {
			out.WriteByte(',')
		}
		entry := fields[0]
		if len(fields) > 1 && fields[1] != "" {
			entry += "," + fields[1]
		}
		out.Write(canonical.AppendString(nil, entry))
	})
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	out.WriteByte(']')
	return out.Bytes(), nil
}
