package account

import (
	"context"

	"odaq/internal/kernel/rekey"
	"odaq/internal/platform/db"
	"odaq/internal/platform/login"
	"odaq/internal/platform/mail"
	"odaq/internal/platform/seal"
)

// sealed is what accounts and messages keep under keys. Limits of attempts are
// fingerprints too, but are over within the hour: they need not move.
func (s *Service) sealed() rekey.Sealed {
	field := func(name, place string) rekey.Column {
		return rekey.Column{Name: name, Place: func(key []int64) []byte { return login.Place(place, key[0]) }}
	}
	return rekey.Sealed{
		Tables: []rekey.Table{
			{Name: "login_account", Key: []string{"id"}, Use: seal.Fields, Columns: []rekey.Column{field("email", "email"), field("phone", "phone")}, Moved: s.reindex},
			{Name: "login_totp", Key: []string{"account_id"}, Use: seal.Fields, Columns: []rekey.Column{field("secret", "totp")}},
			{Name: "mail_outbox", Key: []string{"id"}, Use: seal.Fields, Columns: []rekey.Column{
				{Name: "content", Place: func(key []int64) []byte { return mail.Place(key[0]) }}}},
		},
		Prints: []rekey.Prints{
			{Table: "login_key", Column: "value", Only: "kind IN ('email', 'phone')"},
			{Table: "login_code", Column: "value", Codes: true},
			{Table: "login_recovery", Column: "value", Codes: true},
		},
	}
}

// reindex moves the addresses and numbers by which accounts are found.
func (s *Service) reindex(ctx context.Context, tx *db.Tx, rows []rekey.Row) error {
	for _, r := range rows {
		if err := s.login.Reindex(ctx, tx, r.Key[0], string(r.Plain[0]), string(r.Plain[1])); err != nil {
			return err
		}
	}
	return nil
}
