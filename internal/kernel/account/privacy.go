package account

import "odaq/internal/kernel/privacy"

// Holdings: an account knows the person behind it, an address and a number to
// write to. Codes, keys and sessions hang on the account and go with it.
var Holdings = []privacy.Holding{
	{Table: "login_account", Column: "label", Person: "person_id", Purpose: privacy.PurposeAccount, Basis: privacy.Membership,
		Retention: "account.retention.account", Seen: []string{"admin"}, OnErase: privacy.Blank, Blank: ""},
	{Table: "login_account", Column: "email", Person: "person_id", Purpose: privacy.PurposeAccount, Basis: privacy.Membership,
		Retention: "account.retention.account", OnErase: privacy.Blank, Blank: []byte{}},
	{Table: "login_account", Column: "phone", Person: "person_id", Purpose: privacy.PurposeAccount, Basis: privacy.Membership,
		Retention: "account.retention.account", OnErase: privacy.Blank, Blank: []byte{}},
	{Table: "login_account", Column: "state", Person: "person_id", Purpose: privacy.PurposeAccount, Basis: privacy.Membership,
		Retention: "account.retention.account", Seen: []string{"admin"}, OnErase: privacy.Blank, Blank: "locked"},
}
