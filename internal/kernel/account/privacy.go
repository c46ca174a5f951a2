package account

import (
	"context"
	"time"

	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/profile"
	"odaq/internal/platform/db"
)

// The kinds of records of signing in, beside the account itself.
const (
	kindSignIn  privacy.Kind = "sign-in"
	kindToken   privacy.Kind = "token"
	kindMessage privacy.Kind = "message"
)

// Holdings: an account knows the person behind it, an address and a number to
// write to. What signs in hangs on the account and goes with it, or sooner.
// The trail of acts and the answers of repeated requests name accounts only.
var Holdings = []privacy.Holding{
	{Table: "login_account", Column: "label", Person: "person_id", Purpose: privacy.PurposeAccount, Basis: privacy.Membership,
		Kind: privacy.KindPerson, Seen: []string{"admin"}, OnErase: privacy.Blank, Blank: ""},
	{Table: "login_account", Column: "email", Person: "person_id", Purpose: privacy.PurposeAccount, Basis: privacy.Membership,
		Kind: privacy.KindPerson, OnErase: privacy.Blank, Blank: []byte{}},
	{Table: "login_account", Column: "phone", Person: "person_id", Purpose: privacy.PurposeAccount, Basis: privacy.Membership,
		Kind: privacy.KindPerson, OnErase: privacy.Blank, Blank: []byte{}},
	{Table: "login_account", Column: "state", Person: "person_id", Purpose: privacy.PurposeAccount, Basis: privacy.Membership,
		Kind: privacy.KindPerson, Seen: []string{"admin"}, OnErase: privacy.Blank, Blank: "locked"},
	{Table: "login_session", Column: "device", Purpose: privacy.PurposeAccount, Basis: privacy.Membership, Kind: kindSignIn, OnErase: privacy.Lapse},
	{Table: "login_code", Column: "value", Purpose: privacy.PurposeAccount, Basis: privacy.Membership, Kind: kindSignIn, OnErase: privacy.Lapse},
	{Table: "login_limit", Column: "key", Purpose: privacy.PurposeAccount, Basis: privacy.Membership, Kind: kindSignIn, OnErase: privacy.Lapse},
	{Table: "login_token", Column: "name", Purpose: privacy.PurposeAccount, Basis: privacy.Membership, Kind: kindToken, OnErase: privacy.Lapse},
	{Table: "mail_outbox", Column: "content", Purpose: privacy.PurposeContact, Basis: privacy.Membership, Kind: kindMessage, OnErase: privacy.Lapse},
	{Table: "audit_entry", Column: "reason", Person: "record", Purpose: privacy.PurposeAudit, Basis: privacy.Duty, Kind: privacy.KindAudit,
		Seen: []string{"auditor", "dataofficer"}, OnErase: privacy.Keep},
	{Table: "act_key", Column: "result", Purpose: privacy.PurposeAccount, Basis: privacy.Membership, Kind: privacy.KindRepeated, OnErase: privacy.Lapse},
}

// endings are how proofs of who is there, tokens and messages come to their end.
func (s *Service) endings() []privacy.Ending {
	return []privacy.Ending{
		{Kind: kindSignIn, After: "proof-expired", Action: profile.Delete, Batch: 10_000,
			Due: func(ctx context.Context, q db.Querier, by privacy.By) (int64, cal.Instant, error) {
				n, next, err := s.login.Expired(ctx, q, until(by))
				return n, instant(next), err
			},
			End: func(ctx context.Context, tx *act.Tx, by privacy.By, _ int) (int64, error) {
				return s.login.Sweep(ctx, tx.Tx, until(by))
			}},
		privacy.Rows{Kind: kindToken, After: "token-expired", Table: "login_token", Key: "hash", At: "expires_at"}.Ending(),
		privacy.Rows{Kind: kindMessage, After: "message-posted", Table: "mail_outbox", Key: "id", At: "made_at"}.Ending(),
	}
}

// until is the last instant that is over.
func until(by privacy.By) time.Time { return (by.Instant - 1).Time() }

func instant(t time.Time) cal.Instant {
	if t.IsZero() {
		return 0
	}
	return cal.At(t)
}
