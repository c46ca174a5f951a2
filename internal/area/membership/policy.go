package membership

import "odaq/internal/kernel/access"

// Actions of the area.
const (
	View      access.Action = "membership.view"      // lists and records of persons
	Count     access.Action = "membership.count"     // exact numbers, not persons
	AdmitIt   access.Action = "membership.admit"     // admit, refuse, enter a member
	Change    access.Action = "membership.change"    // correct, suspend, reinstate, categorise
	Move      access.Action = "membership.transfer"  // to another organisation
	EndIt     access.Action = "membership.end"       // end a membership
	Reveal    access.Action = "membership.reveal"    // open the national ID, search by it
	ImportIt  access.Action = "membership.import"    // bulk import and its undo
	ExportIt  access.Action = "membership.export"    // lists that leave the system
	ConfirmIt access.Action = "membership.confirm"   // second pair of eyes on a large export
	Own       access.Action = "membership.own"       // one's own card, data, consents
	Apply     access.Action = "membership.apply"     // ask to be admitted
	CheckCard access.Action = "membership.card"      // check a card
	EraseIt   access.Action = "membership.erase"     // destroy personal data on request
	Requests  access.Action = "membership.requests"  // requests of data subjects
	IssueCard access.Action = "membership.card-keys" // rotate card keys, revoke cards
)

var (
	keepers  = []access.Role{access.Chair, access.Registrar}
	officers = []access.Role{access.Chair, access.Registrar, access.Leader}
)

// Policy in words: the chair of a primary organisation and the registrars of
// the organisations above it keep the list of its members; leaders and the data
// officer may read it. The national ID is opened by registrars and the data
// officer, with a reason that the member can read. Bulk import and export need
// a registrar with a second factor; an export of more than a thousand persons
// also a leader's or data officer's confirmation. Partners, observers,
// administrators and auditors have no action that reaches a person.
var Policy = access.Policy{
	{Action: View, Roles: append([]access.Role{access.DataOfficer}, officers...), Personal: true},
	{Action: Count, Roles: append([]access.Role{access.DataOfficer, access.Auditor}, officers...)},
	{Action: AdmitIt, Roles: keepers, Sight: View, Personal: true},
	{Action: Change, Roles: keepers, Sight: View, Personal: true},
	{Action: Move, Roles: keepers, Sight: View, Personal: true},
	{Action: EndIt, Roles: keepers, Sight: View, Personal: true},
	{Action: Reveal, Roles: []access.Role{access.Registrar, access.DataOfficer}, Sight: View, Personal: true, Second: true},
	{Action: ImportIt, Roles: []access.Role{access.Registrar}, Sight: View, Personal: true, Second: true},
	{Action: ExportIt, Roles: []access.Role{access.Registrar, access.DataOfficer}, Sight: View, Personal: true, Second: true},
	{Action: ConfirmIt, Roles: []access.Role{access.Leader, access.DataOfficer}, Sight: View, Personal: true, Second: true},
	{Action: EraseIt, Roles: []access.Role{access.DataOfficer}, Sight: View, Personal: true, Second: true},
	{Action: Requests, Roles: []access.Role{access.DataOfficer}, Personal: true},
	{Action: IssueCard, Roles: []access.Role{access.Admin}, Second: true},
	{Action: Own, Signed: true},
	{Action: Apply, Public: true},
	{Action: CheckCard, Public: true},
}
