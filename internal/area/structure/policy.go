package structure

import "odaq/internal/kernel/access"

// The actions of this area.
const (
	View     access.Action = "structure.view"     // see organisations, their events, places and published counts
	Found    access.Action = "structure.found"    // found an organisation beneath another
	Record   access.Action = "structure.record"   // record any other event
	Describe access.Action = "structure.describe" // correct number, registration, address, employer
	Post     access.Action = "structure.post"     // make posts, record who holds them
	Officers access.Action = "structure.officers" // see who holds posts that are not elected
	Import   access.Action = "structure.import"   // load classifiers and boundaries

	// Count is declared by the membership area: see exact numbers of members.
	Count access.Action = "membership.count"
)

// Policy in words: the register is open to everybody. Registrars and leaders
// found organisations beneath theirs and record what happens to them; what an
// organisation decides about itself (its name, a split, that it leaves) is asked
// at the organisation, what others decide about it (to admit, suspend, move,
// merge or dissolve it) at the one above. The chair of an organisation may
// correct its description and record its officers. Officers who were not elected
// are shown to those who work with the organisation only. Classifiers are loaded
// by the administrator.
var Policy = access.Policy{
	{Action: View, Public: true},
	{Action: Found, Roles: []access.Role{access.Registrar, access.Leader}, Sight: View},
	{Action: Record, Roles: []access.Role{access.Registrar, access.Leader}, Sight: View},
	{Action: Describe, Roles: []access.Role{access.Chair, access.Registrar, access.Leader}, Sight: View},
	{Action: Post, Roles: []access.Role{access.Chair, access.Registrar, access.Leader}, Sight: View, Personal: true},
	{Action: Officers, Roles: []access.Role{access.Chair, access.Registrar, access.Leader, access.DataOfficer}, Personal: true},
	{Action: Import, Roles: []access.Role{access.Admin}, Sight: View},
}
