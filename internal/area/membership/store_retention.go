package membership

import (
	"context"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

// begun is a list of persons with the day on which the time of keeping them
// began, as a query of person_id and day.
type begun func(args *db.Args, today cal.Day) string

// left are those whose membership is over.
func left(args *db.Args, today cal.Day) string {
	return `SELECT p.id AS person_id, max(s.to_day) AS day FROM membership_person p JOIN membership_spell s ON s.person_id = p.id
		WHERE p.status = 'former' AND ` + free(args, today) + ` GROUP BY p.id`
}

// refused are those who asked to be admitted, were refused and never were members.
func refused(args *db.Args, today cal.Day) string {
	return `SELECT p.id AS person_id, max(r.decided) AS day FROM membership_person p JOIN membership_application r ON r.person_id = p.id
		LEFT JOIN membership_spell s ON s.person_id = p.id
		WHERE p.status = 'former' AND r.state = 'refused' AND s.person_id IS NULL AND ` + free(args, today) + ` GROUP BY p.id`
}

// reachable are those whose membership is over and whose contact is still there.
func reachable(*db.Args, cal.Day) string {
	return `SELECT p.id AS person_id, max(s.to_day) AS day FROM membership_person p JOIN membership_spell s ON s.person_id = p.id
		WHERE p.status = 'former' AND length(p.contact) > 0 GROUP BY p.id`
}

// free leaves out who waits for an answer or holds an office.
func free(args *db.Args, today cal.Day) string {
	return `p.id NOT IN (SELECT person_id FROM privacy_request WHERE outcome = 'open')
		AND p.id NOT IN (SELECT l.person_id FROM login_account l JOIN access_grant g ON g.account_id = l.id
			WHERE l.person_id <> 0 AND g.role <> 'member' AND g.to_day > ` + args.Add(today) + `)`
}

// countDue counts those of a list whose time began on the last day or before it,
// and finds the next such day; cal.Forever if there is none.
func countDue(ctx context.Context, q db.Querier, list begun, today, last cal.Day) (n int64, next cal.Day, err error) {
	var args db.Args
	until := args.Add(last)
	query := `SELECT COALESCE(sum(CASE WHEN day <= ` + until + ` THEN 1 ELSE 0 END), 0), COALESCE(min(CASE WHEN day > ` + until + ` THEN day END), ` +
		args.Add(cal.Forever) + `) FROM (` + list(&args, today) + `) due`
	err = q.QueryRow(ctx, query, args.Values()...).Scan(&n, &next)
	return n, next, err
}

// pickDue are up to limit of those.
func pickDue(ctx context.Context, q db.Querier, list begun, today, last cal.Day, limit int) ([]id.ID, error) {
	var args db.Args
	query := `SELECT person_id FROM (` + list(&args, today) + `) due WHERE day <= ` + args.Add(last) + ` LIMIT ` + args.Add(limit)
	return ids(ctx, q, query, args.Values()...)
}

func ids(ctx context.Context, q db.Querier, query string, args ...any) ([]id.ID, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []id.ID
	for rows.Next() {
		var v id.ID
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// onEach carries out a statement on records, in parts.
func onEach[T any](ctx context.Context, tx *db.Tx, records []T, statement func(args *db.Args, list string) string) error {
	for part := range slices.Chunk(records, askSize) {
		var args db.Args
		list := args.List(part)
		if _, err := tx.Exec(ctx, statement(&args, list), args.Values()...); err != nil {
			return err
		}
	}
	return nil
}

// blankContacts overwrites the sealed contact of people.
func blankContacts(ctx context.Context, tx *db.Tx, people []id.ID) error {
	return onEach(ctx, tx, people, func(args *db.Args, list string) string {
		return `UPDATE membership_person SET contact = ` + args.Add([]byte{}) + `, version = version + 1 WHERE id IN (` + list + `)`
	})
}

// blankPersons overwrites what is said of people and deletes the words and keys
// that find them. Sealed values are overwritten too: their secret may live on in
// a backup.
func blankPersons(ctx context.Context, tx *db.Tx, people []id.ID) error {
	for _, statement := range []func(args *db.Args, list string) string{
		func(args *db.Args, list string) string {
			empty := args.Add([]byte{})
			return `UPDATE membership_person SET surname = '', given = '', patronymic = '', sort_key = ` + empty + `, birth_day = ` + args.Add(cal.Never) + `,
				national_id = ` + empty + `, contact = ` + empty + `, number = 0, alike = 0, status = ` + args.Add(string(Erased)) + `, version = version + 1
				WHERE id IN (` + list + `)`
		},
		deleteFrom("membership_word", "person_id"), deleteFrom("membership_key", "person_id"),
	} {
		if err := onEach(ctx, tx, people, statement); err != nil {
			return err
		}
	}
	return nil
}

// withFiles are the imports of which file, rows or preview are still there, with
// the instant of their end, or of their coming in where they have none.
const withFiles = `(SELECT id, CASE WHEN finished_at > 0 THEN finished_at ELSE made_at END AS began FROM membership_batch
	WHERE length(preview) > 0 OR id IN (SELECT batch_id FROM membership_batch_file) OR id IN (SELECT batch_id FROM membership_batch_row)) kept`

// countFiles counts the imports that ended before an instant and finds the next
// end; 0 if there is none.
func countFiles(ctx context.Context, q db.Querier, before cal.Instant) (n int64, next cal.Instant, err error) {
	err = q.QueryRow(ctx, `SELECT COALESCE(sum(CASE WHEN began < $1 THEN 1 ELSE 0 END), 0), COALESCE(min(CASE WHEN began >= $1 THEN began END), 0)
		FROM `+withFiles, before).Scan(&n, &next)
	return n, next, err
}

// destroyFiles destroys files, rows and previews of up to limit imports that
// ended before an instant, and returns their number. The import and its counts
// stay; it can still be undone but for readmissions.
func destroyFiles(ctx context.Context, tx *db.Tx, before cal.Instant, limit int) (int64, error) {
	due, err := ids(ctx, tx, `SELECT id FROM `+withFiles+` WHERE began < $1 LIMIT $2`, before, limit)
	if err != nil {
		return 0, err
	}
	for _, statement := range []func(args *db.Args, list string) string{
		deleteFrom("membership_batch_file", "batch_id"), deleteFrom("membership_batch_row", "batch_id"),
		func(args *db.Args, list string) string {
			return `UPDATE membership_batch SET preview = ` + args.Add([]byte{}) + ` WHERE id IN (` + list + `)`
		},
	} {
		if err := onEach(ctx, tx, due, statement); err != nil {
			return 0, err
		}
	}
	return int64(len(due)), nil
}
