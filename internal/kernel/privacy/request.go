package privacy

import (
	"context"
	"errors"
	"fmt"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

// RequestKind is what a person asks. Its name is the message
// "privacy.request." + RequestKind.
type RequestKind string

// The kinds of request.
const (
	AskErasure     RequestKind = "erasure"
	AskExport      RequestKind = "export"
	AskCorrection  RequestKind = "correction"
	AskBlocking    RequestKind = "blocking"
	AskWithdrawal  RequestKind = "withdrawal" // of a consent
	AskObjection   RequestKind = "objection"  // to a processing
	AskExplanation RequestKind = "automated"  // objection to an automated decision
)

// Clocks gives for each kind the day by which it must be answered, counted from
// the day it was received. They come from the country profile; a kind without a
// clock cannot be asked.
type Clocks map[RequestKind]func(received cal.Day) cal.Day

// Outcome is how a request ended; Open while it has not. Its name is the message
// "privacy.outcome." + Outcome.
type Outcome string

// The outcomes. A person decides them, never the program.
const (
	Open    Outcome = "open"
	Granted Outcome = "granted"
	Partly  Outcome = "partly"
	Refused Outcome = "refused"
)

// Request is what a person asked and what became of it.
type Request struct {
	ID         id.ID
	Person     id.ID
	Kind       RequestKind
	Detail     string // in the person's words
	Received   cal.Day
	Due        cal.Day
	Account    id.ID // who recorded it
	MadeAt     cal.Instant
	Outcome    Outcome
	Answered   cal.Day // Forever while it is open
	AnsweredBy id.ID
	Answer     string // with the reason; needed for Partly and Refused
}

// Late reports whether the answer is, or was, after its day.
func (r Request) Late(today cal.Day) bool {
	return min(r.Answered, today) > r.Due
}

// Receive records a request; the clock sets when it is due. Of r it reads
// Person, Kind, Detail, Received, Account and MadeAt.
func Receive(ctx context.Context, tx *db.Tx, clocks Clocks, r Request) (Request, error) {
	due, ok := clocks[r.Kind]
	if !ok {
		return Request{}, fault.Check().In("kind", "privacy.unknown-request")
	}
	r.ID, r.Due, r.Outcome, r.Answered, r.AnsweredBy, r.Answer = id.New(), due(r.Received), Open, cal.Forever, 0, ""
	_, err := tx.Exec(ctx, `
		INSERT INTO privacy_request (person_id, id, kind, detail, received_day, due_day, account_id, made_at, outcome, answered_day, answered_by, answer)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, '')`,
		int64(r.Person), int64(r.ID), string(r.Kind), r.Detail, int64(r.Received), int64(r.Due), int64(r.Account), int64(r.MadeAt), string(r.Outcome), int64(r.Answered))
	if err != nil {
		return Request{}, fmt.Errorf("privacy: recording a request: %w", err)
	}
	return r, nil
}

// Answer closes an open request. Anything but Granted needs words.
func Answer(ctx context.Context, tx *db.Tx, person, request id.ID, outcome Outcome, words string, on cal.Day, by id.ID) error {
	check := fault.Check()
	if outcome != Granted && outcome != Partly && outcome != Refused {
		check.In("outcome", "privacy.unknown-outcome")
	}
	if words == "" && outcome != Granted {
		check.In("answer", "privacy.reason-needed")
	}
	if err := check.OrNil(); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
		UPDATE privacy_request SET outcome = $1, answer = $2, answered_day = $3, answered_by = $4
		WHERE person_id = $5 AND id = $6 AND outcome = 'open'`,
		string(outcome), words, int64(on), int64(by), int64(person), int64(request))
	if err != nil || n == 1 {
		return err
	}
	if _, err := RequestOf(ctx, tx, person, request); err != nil {
		return err
	}
	return fault.New(fault.Unready, "privacy.answered")
}

const requestColumns = `id, person_id, kind, detail, received_day, due_day, account_id, made_at, outcome, answered_day, answered_by, answer`

// RequestOf reads one request of a person.
func RequestOf(ctx context.Context, q db.Querier, person, request id.ID) (Request, error) {
	r, err := scanRequest(q.QueryRow(ctx, `SELECT `+requestColumns+` FROM privacy_request WHERE person_id = $1 AND id = $2`, int64(person), int64(request)))
	if errors.Is(err, db.ErrNoRows) {
		return Request{}, fault.Absent()
	}
	return r, err
}

// RequestsOf reads all requests of a person, the newest first.
func RequestsOf(ctx context.Context, q db.Querier, person id.ID) ([]Request, error) {
	return requests(ctx, q, `WHERE person_id = $1 ORDER BY id DESC`, int64(person))
}

// OpenRequests reads requests that wait for an answer and are due by a day, the
// most urgent first: cal.Forever for all.
func OpenRequests(ctx context.Context, q db.Querier, by cal.Day, limit int) ([]Request, error) {
	return requests(ctx, q, `WHERE outcome = 'open' AND due_day <= $1 ORDER BY due_day, id LIMIT $2`, int64(by), limit)
}

func requests(ctx context.Context, q db.Querier, where string, args ...any) ([]Request, error) {
	rows, err := q.Query(ctx, `SELECT `+requestColumns+` FROM privacy_request `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("privacy: reading requests: %w", err)
	}
	defer rows.Close()
	var all []Request
	for rows.Next() {
		r, err := scanRequest(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

func scanRequest(row interface{ Scan(...any) error }) (Request, error) {
	var r Request
	err := row.Scan(&r.ID, &r.Person, &r.Kind, &r.Detail, &r.Received, &r.Due, &r.Account, &r.MadeAt, &r.Outcome, &r.Answered, &r.AnsweredBy, &r.Answer)
	return r, err
}
