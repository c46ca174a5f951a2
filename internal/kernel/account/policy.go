package account

import "odaq/internal/kernel/access"

// The actions.
const (
	SignIn     access.Action = "account.signin"
	Self       access.Action = "account.self"
	Administer access.Action = "account.admin"
	GiveRole   access.Action = "account.grant"
	ReadAudit  access.Action = "audit.read"
	ReadOutbox access.Action = "demo.outbox"
)

// Policy: everybody may try to sign in. Whoever is signed in keeps his or her own
// account: password, passkeys, second factor, sessions, tokens. Administrators
// make and lock accounts and print activation slips; to give or end a role, or
// to reset an account, they confirm their second factor first. Auditors, data
// officers and leaders read the audit trail.
var Policy = access.Policy{
	{Action: SignIn, Public: true},
	{Action: Self, Signed: true},
	{Action: Administer, Roles: []access.Role{access.Admin}, Second: true},
	{Action: GiveRole, Roles: []access.Role{access.Admin}, Second: true},
	{Action: ReadAudit, Roles: []access.Role{access.Auditor, access.DataOfficer, access.Leader}, Second: true},
	{Action: ReadOutbox, Public: true},
}
