package structure

import (
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/privacy"
)

// holdings are the personal data of this area: who held which post. That
// somebody held an elected post is part of the organisation's public history and
// stays with the decision; the link to the person's record goes.
func (a *Area) holdings() []privacy.Holding {
	seen := []string{string(access.Chair), string(access.Registrar), string(access.Leader), string(access.DataOfficer)}
	h := privacy.Holding{Table: "structure_term", Person: "person_id", Purpose: privacy.PurposeLaw, Basis: privacy.Duty,
		Kind: "elected-post", Seen: seen}
	holder, bars, person := h, h, h
	holder.Column, holder.OnErase = "holder", privacy.Keep
	bars.Column, bars.OnErase, bars.Blank = "bars", privacy.Blank, ""
	person.Column, person.OnErase = "person_id", privacy.Keep
	return []privacy.Holding{holder, bars, person}
}
