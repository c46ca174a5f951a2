package membership

import (
	"maps"
	"slices"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/privacy"
)

// The area's kinds of records; see retention.go for how they end.
const (
	kindContact     privacy.Kind = "contact"
	kindHistory     privacy.Kind = "membership-history"
	kindApplication privacy.Kind = "application"
	kindImport      privacy.Kind = "import-file"
	kindExport      privacy.Kind = "export-request"
	kindCard        privacy.Kind = "card"
)

// holdings declares every column of the area that says something about a
// person. Rows of membership_key and membership_word cannot be blanked, their
// values are part of a primary key: Forget deletes them before the rest.
func holdings() []privacy.Holding {
	keepers := []string{string(access.Chair), string(access.Registrar), string(access.Leader), string(access.DataOfficer)}
	openers := []string{string(access.Registrar), string(access.DataOfficer)}
	hold := func(table, person string, kind privacy.Kind, seen []string, on privacy.OnErase, columns map[string]any) []privacy.Holding {
		var out []privacy.Holding
		for _, column := range slices.Sorted(maps.Keys(columns)) {
			out = append(out, privacy.Holding{Table: table, Column: column, Person: person, Purpose: privacy.PurposeRegister, Basis: privacy.Membership,
				Kind: kind, Seen: seen, OnErase: on, Blank: columns[column]})
		}
		return out
	}
	const member, history = privacy.KindPerson, kindHistory
	var out []privacy.Holding
	out = append(out, hold("membership_person", "id", member, keepers, privacy.Blank, map[string]any{
		"surname": "", "given": "", "patronymic": "", "sort_key": []byte{}, "birth_day": int64(cal.Never), "number": int64(0), "alike": int64(0)})...)
	out = append(out, hold("membership_person", "id", member, openers, privacy.Shred, map[string]any{"national_id": nil})...)
	out = append(out, privacy.Holding{Table: "membership_person", Column: "contact", Person: "id", Purpose: privacy.PurposeContact, Basis: privacy.Membership,
		Kind: kindContact, Seen: keepers, OnErase: privacy.Shred})
	out = append(out, hold("membership_person", "id", history, keepers, privacy.Keep, map[string]any{
		"org_id": nil, "status": nil, "category": nil, "lang": nil})...)
	out = append(out, hold("membership_spell", "person_id", history, keepers, privacy.Keep, map[string]any{
		"org_id": nil, "from_day": nil, "to_day": nil, "entry": nil, "entry_basis": nil, "leaving": nil, "leaving_basis": nil})...)
	out = append(out, hold("membership_spell", "person_id", member, keepers, privacy.Blank, map[string]any{"sort_key": []byte{}})...)
	out = append(out, hold("membership_event", "person_id", history, keepers, privacy.Keep, map[string]any{"kind": nil, "day": nil, "basis": nil})...)
	out = append(out, hold("membership_event", "person_id", member, keepers, privacy.Blank, map[string]any{"detail": ""})...)
	out = append(out, hold("membership_key", "person_id", member, nil, privacy.Blank, map[string]any{"value": []byte{}})...)
	out = append(out, hold("membership_word", "person_id", member, keepers, privacy.Blank, map[string]any{"word": ""})...)
	out = append(out, hold("membership_application", "person_id", history, keepers, privacy.Keep, map[string]any{
		"org_id": nil, "category": nil, "day": nil, "state": nil, "decided": nil, "decision": nil})...)
	out = append(out, hold("membership_application", "person_id", kindApplication, keepers, privacy.Blank, map[string]any{"reason": ""})...)
	out = append(out, hold("membership_batch_row", "person_id", kindImport, openers, privacy.Blank, map[string]any{
		"detail": "{}", "cells": []byte{}})...)
	for _, held := range []struct {
		table, column string
		kind          privacy.Kind
	}{{"membership_batch_file", "content", kindImport}, {"membership_batch", "preview", kindImport},
		{"membership_export", "find", kindExport}, {"membership_export", "reason", kindExport}} {
		out = append(out, privacy.Holding{Table: held.table, Column: held.column, Purpose: privacy.PurposeRegister, Basis: privacy.Membership,
			Kind: held.kind, Seen: openers, OnErase: privacy.Lapse})
	}
	return append(out, meHoldings()...)
}
