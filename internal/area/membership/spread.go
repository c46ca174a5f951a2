package membership

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

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
	read time.Time
}

const (
	sampledOrgs = 64
	sampleAge   = 10 * time.Minute
	ample       = 2 // times the rows of a page that are aimed at
)

// behind is a name before which a page of limit members after a name should
// end, for a reader who sees orgs of the tree's organisations; nil where it is
// not known.
func (s *spread) behind(ctx context.Context, q db.Querier, tree *org.Tree, after []byte, limit, orgs int) ([]byte, error) {
	if orgs <= fewPeople {
		return nil, nil
	}
	keys, sampled, err := s.sample(ctx, q, tree)
	if err != nil || sampled == 0 {
		return nil, err
	}
	from, _ := slices.BinarySearchFunc(keys, after, bytes.Compare)
	to := from + ample*limit*sampled/orgs + 2
	if to >= len(keys) {
		return nil, nil
	}
	return keys[to], nil
}

func (s *spread) sample(ctx context.Context, q db.Querier, tree *org.Tree) ([][]byte, int, error) {
	s.mu.Lock()
	keys, orgs, read := s.keys, s.orgs, s.read
	s.mu.Unlock()
	if time.Since(read) < sampleAge {
		return keys, orgs, nil
	}
	// No lock is held: whoever waited for it might hold the last connection.
	keys, orgs, err := readSample(ctx, q, tree)
	if err != nil {
		return nil, 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys, s.orgs, s.read = keys, orgs, time.Now()
	return keys, orgs, nil
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
