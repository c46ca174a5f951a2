package membership

import (
	"bytes"
	"context"
	"slices"
	"sync"

	"odaq/internal/kernel/org"
	"odaq/internal/platform/db"
)

// spread knows roughly how names lie in the alphabet, from a sample of primary
// organisations. A page gathered from hundreds of organisations need then read
// a hundred rows and not all of them; a wrong guess costs time, never a row.
type spread struct {
	mu   sync.Mutex
	keys [][]byte // sorted
	orgs int      // of which they are
}

const sampledOrgs = 64

// behind is a name before which lie about so many members after a name, of those
// whom a reader sees in orgs organisations; nil where it is not known.
func (s *spread) behind(after []byte, members, orgs int) []byte {
	s.mu.Lock()
	keys, sampled := s.keys, s.orgs
	s.mu.Unlock()
	if sampled == 0 || orgs == 0 {
		return nil
	}
	from, _ := slices.BinarySearchFunc(keys, after, bytes.Compare)
	to := from + members*sampled/orgs + 2
	if to >= len(keys) {
		return nil
	}
	return keys[to]
}

// renew takes a new sample.
func (s *spread) renew(ctx context.Context, q db.Querier, tree *org.Tree) error {
	// No lock is held: whoever waited for it might hold the last connection.
	orgs := sample(tree)
	keys, err := sortKeys(ctx, q, orgs)
	if err != nil {
		return err
	}
	slices.SortFunc(keys, bytes.Compare)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys, s.orgs = keys, len(orgs)
	return nil
}

// sample takes organisations evenly from a tree; none where nobody is a member
// of anything yet.
func sample(tree *org.Tree) []int64 {
	top, err := tree.Federation()
	if err != nil {
		return nil
	}
	all := tree.Beneath(top.Org)
	var out []int64
	for i := range sampledOrgs {
		out = append(out, int64(all[i*len(all)/sampledOrgs].Org))
	}
	return slices.Compact(out)
}
