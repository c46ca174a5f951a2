package privacy

import (
	"context"
	"fmt"
	"slices"
	"time"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
)

// MakeSecrets makes and stores the secrets of new persons, for seal.Subject.
// A person who has one already is ErrUnique of package db.
func MakeSecrets(ctx context.Context, tx *db.Tx, people []id.ID) (map[id.ID][]byte, error) {
	made := make(map[id.ID][]byte, len(people))
	now := int64(cal.At(time.Now()))
	_, err := tx.Bulk(ctx, "privacy_secret", []string{"person_id", "secret", "made_at"}, func(yield func([]any, error) bool) {
		for _, p := range people {
			made[p] = seal.Secret()
			if !yield([]any{int64(p), made[p], now}, nil) {
				return
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("privacy: making secrets: %w", err)
	}
	return made, nil
}

// Secrets loads the secrets of people. Whoever is missing from the result was
// erased, or never had one.
func Secrets(ctx context.Context, q db.Querier, people []id.ID) (map[id.ID][]byte, error) {
	found := make(map[id.ID][]byte, len(people))
	for part := range slices.Chunk(people, 500) {
		var a db.Args
		rows, err := q.Query(ctx, `SELECT person_id, secret FROM privacy_secret WHERE person_id IN (`+a.List(numbers(part))+`)`, a.Values()...)
		if err != nil {
			return nil, fmt.Errorf("privacy: loading secrets: %w", err)
		}
		for rows.Next() {
			var p id.ID
			var secret []byte
			if err := rows.Scan(&p, &secret); err != nil {
				rows.Close()
				return nil, err
			}
			found[p] = secret
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func numbers(people []id.ID) []int64 {
	n := make([]int64, len(people))
	for i, p := range people {
		n[i] = int64(p)
	}
	return n
}

// Secret loads one person's secret; an erased person is NotFound.
func Secret(ctx context.Context, q db.Querier, person id.ID) ([]byte, error) {
	found, err := Secrets(ctx, q, []id.ID{person})
	if err != nil {
		return nil, err
	}
	secret, ok := found[person]
	if !ok {
		return nil, fault.New(fault.NotFound, "privacy.erased")
	}
	return secret, nil
}

// DestroySecret makes everything sealed with the person's secret unreadable for
// ever and notes the person in the list of the erased. It reports whether there
// was a secret.
func DestroySecret(ctx context.Context, tx *db.Tx, person id.ID, at cal.Instant) (bool, error) {
	// Overwritten first: a deleted row's bytes may stay in its page.
	if _, err := tx.Exec(ctx, `UPDATE privacy_secret SET secret = $1 WHERE person_id = $2`, make([]byte, seal.SecretSize), int64(person)); err != nil {
		return false, fmt.Errorf("privacy: destroying a secret: %w", err)
	}
	n, err := tx.Exec(ctx, `DELETE FROM privacy_secret WHERE person_id = $1`, int64(person))
	if err != nil {
		return false, fmt.Errorf("privacy: destroying a secret: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO privacy_erased (person_id, at) VALUES ($1, $2) ON CONFLICT (person_id) DO NOTHING`, int64(person), int64(at))
	return n == 1, err
}

// ErasedPerson is an entry of the list of the erased.
type ErasedPerson struct {
	Person id.ID       `json:"person"`
	At     cal.Instant `json:"at"`
}

// Erased lists who was erased at since or later, the earliest first: what is
// kept apart from the backups.
func Erased(ctx context.Context, q db.Querier, since cal.Instant) ([]ErasedPerson, error) {
	rows, err := q.Query(ctx, `SELECT person_id, at FROM privacy_erased WHERE at >= $1 ORDER BY at, person_id`, int64(since))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []ErasedPerson
	for rows.Next() {
		var e ErasedPerson
		if err := rows.Scan(&e.Person, &e.At); err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, rows.Err()
}
