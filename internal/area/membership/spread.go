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
	keys, orgs, err := readSample(ctx, q, tree)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys, s.orgs = keys, orgs
	return nil
}

// readSample reads the names of organisations taken evenly from the tree.
func readSample(ctx context.Context, q db.Querier, tree *org.Tree) ([][]byte, int, error) {
	top, err := tree.Federation()
	if err != nil {
		return nil, 0, nil // nobody is a member of anything yet
	}
	all := tree.Beneath(top.Org)
	var sample []int64
	for i := range sampledOrgs {
		sample = append(sample, int64(all[i*len(all)/sampledOrgs].Org))
	}
	sample = slices.Compact(sample)
	var args db.Args
	rows, err := q.Query(ctx, `SELECT sort_key FROM membership_person WHERE org_id IN (`+args.List(sample)+`)`, args.Values()...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	var keys [][]byte
	for rows.Next() {
		var key []byte
		if err := rows.Scan(&key); err != nil {
			return nil, 0, err
		}
		keys = append(keys, key)
	}
	slices.SortFunc(keys, bytes.Compare)
	return keys, len(sample), rows.Err()
}
