package app

import "odaq/internal/platform/db"

// Distribution places the tables on a Citus cluster: what belongs to a person
// by the person's id, co-located; what everybody reads is on every node.
var Distribution = []db.Distribution{
	{Table: "org_event"}, {Table: "org_version"}, {Table: "org_closure"}, {Table: "org_word"}, {Table: "org_state"},
	{Table: "access_grant"}, {Table: "figure"},
	{Table: "membership_person", Column: "id"},
	{Table: "membership_spell", Column: "person_id", With: "membership_person"},
	{Table: "membership_event", Column: "person_id", With: "membership_person"},
	{Table: "membership_word", Column: "person_id", With: "membership_person"},
	{Table: "privacy_secret", Column: "person_id", With: "membership_person"},
	{Table: "membership_key", Column: "value"},
	{Table: "membership_day", Column: "org_id"},
	{Table: "membership_count", Column: "org_id", With: "membership_day"},
	{Table: "membership_checkpoint"}, {Table: "membership_month"},
}
