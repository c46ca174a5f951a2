package privacy

import (
	"context"
	"fmt"

	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/profile"
	"odaq/internal/platform/db"
)

// Rows are the records of a kind that are rows of one table and are deleted
// when their time is over.
type Rows struct {
	Kind  Kind
	After string // see Ending
	Table string
	Key   string // the columns of its primary key: "person_id, id"
	Day   string // the column with the day on which the time began, or
	At    string // the column with the instant
	Only  string // a condition that holds for all of them; empty for none
}

// Ending deletes the rows, ten thousand in an act.
func (r Rows) Ending() Ending {
	return Ending{Kind: r.Kind, After: r.After, Action: profile.Delete, Batch: 10_000, Due: r.due, End: r.end}
}

// began is the column of the beginning and the last beginning that is over.
func (r Rows) began(by By) (column string, last int64) {
	if r.Day != "" {
		return r.Day, int64(by.Day)
	}
	return r.At, int64(by.Instant) - 1
}

func (r Rows) only() string {
	if r.Only == "" {
		return ""
	}
	return r.Only + " AND "
}

func (r Rows) due(ctx context.Context, q db.Querier, by By) (n int64, next cal.Instant, err error) {
	column, last := r.began(by)
	if err := q.QueryRow(ctx, `SELECT count(*) FROM `+r.Table+` WHERE `+r.only()+column+` <= $1`, last).Scan(&n); err != nil {
		return 0, 0, err
	}
	var first *int64
	err = q.QueryRow(ctx, `SELECT min(`+column+`) FROM `+r.Table+` WHERE `+r.only()+column+` > $1`, last).Scan(&first)
	switch {
	case err != nil || first == nil:
		return n, 0, err
	case r.Day == "":
		return n, cal.Instant(*first), nil
	}
	return n, by.Begin(cal.Day(*first)), nil
}

func (r Rows) end(ctx context.Context, tx *act.Tx, by By, limit int) (int64, error) {
	column, last := r.began(by)
	n, err := tx.Exec(ctx, `DELETE FROM `+r.Table+` WHERE (`+r.Key+`) IN (SELECT `+r.Key+` FROM `+r.Table+
		` WHERE `+r.only()+column+` <= $1 LIMIT $2)`, last, limit)
	if err != nil {
		return 0, fmt.Errorf("privacy: deleting rows of %s: %w", r.Table, err)
	}
	return n, nil
}

// Endings are those of the kernel's tables. A consent ends when it is withdrawn,
// when its term is over, and with the data of the person who gave it.
func Endings() []Ending {
	return []Ending{
		Rows{Kind: KindDisclosure, After: "entry-written", Table: "privacy_disclosure", Key: "person_id, id", At: "at"}.Ending(),
		Rows{Kind: KindConsent, After: "consent-ended", Table: "privacy_consent", Key: "person_id, id", Day: "to_day",
			Only: "to_day <> 2932897"}.Ending(), // cal.Forever
		Rows{Kind: KindRequest, After: "request-answered", Table: "privacy_request", Key: "person_id, id", Day: "answered_day", Only: "outcome <> 'open'"}.Ending(),
		Rows{Kind: KindRepeated, After: "answer-given", Table: "act_key", Key: "account_id, key", At: "made_at"}.Ending(),
	}
}
