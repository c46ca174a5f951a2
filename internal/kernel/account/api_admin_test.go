package account

import (
	"context"
	"testing"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/login"
)

func TestAdminAPI(t *testing.T) {
	each(t, login.Options{}, func(t *testing.T, w *world) {
		as := func(account id.ID) context.Context {
			return access.With(t.Context(), access.Actor{Account: account, Second: true, Agent: "api"})
		}
		admin := as(w.person(Draft{Label: "Admin"}, access.Admin))
		auditor := as(w.person(Draft{Label: "Auditor"}, access.Auditor))
		made, err := w.s.apiOpen(admin, &body[AccountDraft]{AccountDraft{Label: "Registrar", Email: "r@example.kz", Language: "ru"}})
		if err != nil {
			t.Fatal(err)
		}
		at := made.Body.ID.String()
		path := &accountPath{at}
		grant := &accountBody[RoleGrant]{at, RoleGrant{Role: access.Registrar, Org: w.top.String(), Decision: "12"}}
		refused := map[string]context.Context{"public": t.Context(), "auditor": auditor, "without second": access.With(t.Context(), access.Actor{Account: access.From(admin).Account})}
		for _, r := range []access.Role{access.Chair, access.Registrar, access.Leader, access.DataOfficer, access.Partner, access.Observer} {
			refused[string(r)] = as(w.person(Draft{Label: string(r)}, r))
		}
		for who, ctx := range refused {
			calls := map[string]error{}
			_, calls["list"] = w.s.apiAccounts(ctx, &accountPage{Limit: 5})
			_, calls["open"] = w.s.apiOpen(ctx, &body[AccountDraft]{AccountDraft{Label: "X"}})
			_, calls["get"] = w.s.apiSheet(ctx, path)
			_, calls["slip"] = w.s.apiSlip(ctx, path)
			_, calls["state"] = w.s.apiState(ctx, &accountBody[AccountState]{at, AccountState{"locked"}})
			_, calls["reset"] = w.s.apiReset(ctx, path)
			_, calls["give"] = w.s.apiGive(ctx, grant)
			for what, err := range calls {
				if !fault.Is(err, fault.Denied) {
					t.Errorf("%s: %s: %v", who, what, err)
				}
			}
		}
		given, err := w.s.apiGive(admin, grant)
		must(t, err)
		key := act.WithKey(admin, "slip-1")
		slip, err := w.s.apiSlip(key, path)
		if err != nil || slip.Body.Code == "" || slip.Body.Until != "2026-12-22" {
			t.Errorf("slip %+v %v", slip, err)
		}
		if _, err := w.s.apiSlip(key, path); !fault.Is(err, fault.Conflict) {
			t.Errorf("the code is told twice: %v", err)
		}
		_, err = w.s.apiEndGrant(admin, &grantEndInput{given.Body.Grant.String(), GrantEnd{"13"}})
		must(t, err)
		sheet, err := w.s.apiSheet(admin, path)
		if err != nil || len(sheet.Body.Roles) != 1 || sheet.Body.Roles[0].Current {
			t.Errorf("sheet %+v %v", sheet, err)
		}
		_, err = w.s.apiState(admin, &accountBody[AccountState]{at, AccountState{"locked"}})
		must(t, err)
		list, err := w.s.apiAccounts(admin, &accountPage{Limit: 3})
		if err != nil || len(list.Body.Accounts) != 3 || list.Body.Next == 0 {
			t.Errorf("list %+v %v", list, err)
		}
		trail, err := w.s.apiTrail(auditor, &trailInput{Limit: 2})
		if err != nil || len(trail.Body.Entries) != 2 || trail.Body.Next == 0 || trail.Body.Entries[0].Name != "Admin" {
			t.Fatalf("trail %+v %v", trail, err)
		}
		if next, err := w.s.apiTrail(auditor, &trailInput{Limit: 2, Before: trail.Body.Next}); err != nil || next.Body.Entries[0].Seq != trail.Body.Next-1 {
			t.Errorf("the next page: %+v %v", next, err)
		}
		if check, err := w.s.apiCheck(auditor, nil); err != nil || !check.Body.Whole || check.Body.Entries == 0 {
			t.Errorf("check %+v %v", check, err)
		}
		for who, ctx := range map[string]context.Context{"public": t.Context(), "admin": admin} {
			if _, err := w.s.apiTrail(ctx, &trailInput{Limit: 2}); !fault.Is(err, fault.Denied) {
				t.Errorf("%s reads the trail: %v", who, err)
			}
		}
	})
}
