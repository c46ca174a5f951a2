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
	n, err := DestroySecrets(ctx, tx, []id.ID{person}, at)
	return n == 1, err
}

// DestroySecrets is DestroySecret for many people; it returns the number of
// secrets that there were. What they consented to is over with it.
func DestroySecrets(ctx context.Context, tx *db.Tx, people []id.ID, at cal.Instant) (int64, error) {
	var total int64
	for part := range slices.Chunk(numbers(people), 500) {
		// Overwritten first: a deleted row's bytes may stay in its page.
		var over, gone db.Args
		if _, err := tx.Exec(ctx, `UPDATE privacy_secret SET secret = `+over.Add(make([]byte, seal.SecretSize))+
			` WHERE person_id IN (`+over.List(part)+`)`, over.Values()...); err != nil {
			return total, fmt.Errorf("privacy: destroying secrets: %w", err)
		}
		n, err := tx.Exec(ctx, `DELETE FROM privacy_secret WHERE person_id IN (`+gone.List(part)+`)`, gone.Values()...)
		if err != nil {
			return total, fmt.Errorf("privacy: destroying secrets: %w", err)
		}
		total += n
		var ended db.Args
		day := ended.Add(cal.DayOf(at.Time()))
		if _, err := tx.Exec(ctx, `UPDATE privacy_consent SET to_day = CASE WHEN from_day > `+day+` THEN from_day ELSE `+day+` END
			WHERE to_day > `+day+` AND person_id IN (`+ended.List(part)+`)`, ended.Values()...); err != nil {
			return total, fmt.Errorf("privacy: ending the consents of the erased: %w", err)
		}
		for _, p := range part {
			if _, err := tx.Exec(ctx, `INSERT INTO privacy_erased (person_id, at) VALUES ($1, $2) ON CONFLICT (person_id) DO NOTHING`, p, int64(at)); err != nil {
				return total, fmt.Errorf("privacy: noting the erased: %w", err)
			}
		}
	}
	return total, nil
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
