package account

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/audit"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/login"
)

// AccountInfo is an account as administrators see it: of a member's neither
// name nor address.
type AccountInfo struct {
	ID       id.ID     `json:"id"`
	Label    string    `json:"label,omitempty" doc:"Absent of a member's account"`
	Member   bool      `json:"member" doc:"A person of the register stands behind it"`
	Language string    `json:"language" enum:"kk,ru,en"`
	State    string    `json:"state" enum:"open,locked"`
	Made     time.Time `json:"made"`
}

// AccountList is a page of accounts, the newest first.
type AccountList struct {
	Accounts []AccountInfo `json:"accounts"`
	Next     id.ID         `json:"next,omitzero" doc:"Pass it as before; absent on the last page"`
}

// AccountProofs says by what an account signs in.
type AccountProofs struct {
	Password bool `json:"password"`
	TOTP     bool `json:"totp" doc:"One-time passwords of an app"`
	Recovery int  `json:"recovery_codes" doc:"How many are left"`
	Passkeys int  `json:"passkeys"`
}

// GivenRole is a role of an account, in force, to come or past.
type GivenRole struct {
	Grant id.ID `json:"grant"`
	HeldRole
	Current bool `json:"current" doc:"In force today"`
}

// AccountSheet is an account with its proofs and all roles it has had.
type AccountSheet struct {
	AccountInfo
	Proofs AccountProofs `json:"proofs"`
	Roles  []GivenRole   `json:"roles" doc:"The newest first"`
}

// AccountDraft asks for a new account.
type AccountDraft struct {
	Label    string `json:"label" maxLength:"120" doc:"Whose it is, in words"`
	Email    string `json:"email,omitempty" maxLength:"254" writeOnly:"true"`
	Phone    string `json:"phone,omitempty" maxLength:"40" writeOnly:"true"`
	Language string `json:"language,omitempty" enum:"kk,ru,en" default:"kk"`
}

// AccountState asks to lock an account or to open it again.
type AccountState struct {
	State string `json:"state" enum:"open,locked"`
}

// ActivationSlip is the code of a first sign-in. It is told once.
type ActivationSlip struct {
	Code  string `json:"code" example:"K7QF-2M9X-41TB-WN8R"`
	Link  string `json:"link" doc:"Address that signs in with the code"`
	Until string `json:"until" format:"date" doc:"The last day on which it works"`
}

// RoleGrant asks to give a role.
type RoleGrant struct {
	Role     access.Role `json:"role" maxLength:"20"`
	Org      string      `json:"org" maxLength:"13" doc:"The role reaches it and everything beneath it"`
	From     string      `json:"from,omitempty" maxLength:"10" doc:"Today where absent"`
	To       string      `json:"to,omitempty" maxLength:"10" doc:"First day on which it is no longer in force; open where absent"`
	Decision string      `json:"decision" maxLength:"80" doc:"Number of the decision"`
}

// MadeGrant names a grant.
type MadeGrant struct {
	Grant id.ID `json:"grant"`
}

// GrantEnd ends a grant today.
type GrantEnd struct {
	Decision string `json:"decision" maxLength:"80" doc:"Number of the decision"`
}

// AuditEntry is one act of the trail.
type AuditEntry struct {
	Seq      int64          `json:"seq"`
	At       time.Time      `json:"at"`
	Account  id.ID          `json:"account,omitzero" doc:"Absent of the program's own acts and of the public's"`
	Name     string         `json:"name,omitempty" doc:"The account's label, or its number: never a member's name"`
	Agent    string         `json:"agent" doc:"page, api, cli or job"`
	Action   string         `json:"action"`
	Record   string         `json:"record,omitempty"`
	Org      id.ID          `json:"org,omitzero"`
	Decision string         `json:"decision,omitempty"`
	Reason   string         `json:"reason,omitempty"`
	Changes  []audit.Change `json:"changes"`
	Hash     []byte         `json:"hash" doc:"SHA-256 over the entry and the hash before it, base64"`
}

// AuditTrail is a page of the trail, the newest first.
type AuditTrail struct {
	Entries []AuditEntry `json:"entries"`
	Next    int64        `json:"next,omitempty" doc:"Pass it as before; absent on the last page"`
}

// AuditCheck is what walking the whole chain found.
type AuditCheck struct {
	Entries int64  `json:"entries" doc:"Entries that hold"`
	Hash    []byte `json:"hash" doc:"Hash of the last of them, base64, to be compared with one written down"`
	Whole   bool   `json:"whole"`
	Broken  int64  `json:"broken,omitempty" doc:"The first entry that does not hold"`
	Reason  string `json:"reason,omitempty" enum:"missing,altered,unlinked,cut"`
}

type (
	accountPath struct {
		Account string `path:"account" maxLength:"13"`
	}
	accountBody[T any] struct {
		Account string `path:"account" maxLength:"13"`
		Body    T
	}
	accountPage struct {
		Before string `query:"before" maxLength:"13" doc:"The cursor of the page before"`
		Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	grantEndInput struct {
		Grant string `path:"grant" maxLength:"13"`
		Body  GrantEnd
	}
	trailInput struct {
		Record  string `query:"record" maxLength:"60" doc:"kind:identifier"`
		Action  string `query:"action" maxLength:"60"`
		Account string `query:"account" maxLength:"13"`
		Org     string `query:"org" maxLength:"13"`
		Before  int64  `query:"before" minimum:"0" doc:"The cursor of the page before"`
		Limit   int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
)

// adminAPI registers the administration of accounts and the reading of the
// audit trail.
func (s *Service) adminAPI(api huma.API) {
	op := func(method, name, path, summary string, status int, tag string) huma.Operation {
		return huma.Operation{OperationID: name, Method: method, Path: path, Summary: summary, Tags: []string{tag}, DefaultStatus: status}
	}
	accounts := func(method, name, path, summary string, status int) huma.Operation {
		return op(method, name, "/accounts"+path, summary, status, "accounts")
	}
	huma.Register(api, accounts(http.MethodGet, "list-accounts", "", "List accounts, the newest first", 0), s.apiAccounts)
	huma.Register(api, accounts(http.MethodPost, "open-account", "", "Make an account", http.StatusCreated), s.apiOpen)
	huma.Register(api, accounts(http.MethodGet, "get-account", "/{account}", "Show an account with its roles", 0), s.apiSheet)
	huma.Register(api, accounts(http.MethodPost, "make-slip", "/{account}/slip", "Make the code of a first sign-in; told once", http.StatusCreated), s.apiSlip)
	huma.Register(api, accounts(http.MethodPost, "set-account-state", "/{account}/state", "Lock an account or open it again", http.StatusNoContent), s.apiState)
	huma.Register(api, accounts(http.MethodPost, "reset-account", "/{account}/reset", "Take away all proofs of an account whose owner has lost them", http.StatusNoContent), s.apiReset)
	huma.Register(api, accounts(http.MethodPost, "give-role", "/{account}/roles", "Give a role by a decision", http.StatusCreated), s.apiGive)
	huma.Register(api, op(http.MethodPost, "end-role", "/roles/{grant}/end", "End a role today by a decision", http.StatusNoContent, "accounts"), s.apiEndGrant)
	huma.Register(api, op(http.MethodGet, "list-audit", "/audit", "Read the audit trail, the newest first", 0, "audit"), s.apiTrail)
	huma.Register(api, op(http.MethodGet, "check-audit", "/audit/check", "Walk the whole chain of the audit trail", 0, "audit"), s.apiCheck)
}

func accountInfo(a login.Account) AccountInfo {
	return AccountInfo{ID: id.ID(a.ID), Label: a.Label, Member: a.Person != 0, Language: a.Language, State: string(a.State), Made: a.Made}
}

// askedID reads an identifier of a query; an empty one is 0.
func askedID(f *fault.Fault, name, typed string) (v id.ID) {
	if err := v.UnmarshalText([]byte(typed)); err != nil {
		f.In(name, "fault.choice")
	}
	return v
}

func (s *Service) apiAccounts(ctx context.Context, in *accountPage) (*body[AccountList], error) {
	if err := s.whole(ctx, Administer); err != nil {
		return nil, err
	}
	f := fault.Check()
	before := askedID(f, "before", in.Before)
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	all, err := s.login.Accounts(ctx, s.o.Desk.DB.Read(), int64(before), in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := AccountList{Accounts: []AccountInfo{}}
	if len(all) > in.Limit {
		all = all[:in.Limit]
		out.Next = id.ID(all[in.Limit-1].ID)
	}
	for _, a := range all {
		out.Accounts = append(out.Accounts, accountInfo(a))
	}
	return &body[AccountList]{out}, nil
}

func (s *Service) apiOpen(ctx context.Context, in *body[AccountDraft]) (*body[AccountInfo], error) {
	b := in.Body
	account, err := s.open(ctx, Draft{Label: b.Label, Email: b.Email, Phone: b.Phone, Language: text.Lang(b.Language)})
	if err != nil {
		return nil, err
	}
	a, err := s.login.Account(ctx, s.o.Desk.DB.Read(), int64(account))
	if err != nil {
		return nil, words(err)
	}
	return &body[AccountInfo]{accountInfo(a)}, nil
}

// asked is the account of a path, as far as the actor administers it.
func (s *Service) asked(ctx context.Context, typed string) (sheet, error) {
	account, err := id.Parse(typed)
	if err != nil {
		return sheet{}, fault.Absent()
	}
	return s.sheetOf(ctx, account)
}

func (s *Service) apiSheet(ctx context.Context, in *accountPath) (*body[AccountSheet], error) {
	o, err := s.asked(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	out := AccountSheet{AccountInfo: accountInfo(o.account), Proofs: AccountProofs(o.factors), Roles: []GivenRole{}}
	for _, g := range o.grants {
		out.Roles = append(out.Roles, GivenRole{g.ID, HeldRole{g.Role, g.Org, g.From.String(), g.To.String(), g.Decision}, g.Current})
	}
	return &body[AccountSheet]{out}, nil
}

func (s *Service) apiSlip(ctx context.Context, in *accountPath) (*body[ActivationSlip], error) {
	o, err := s.asked(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	code, err := s.makeSlip(ctx, o)
	if err != nil {
		return nil, err
	}
	until := cal.DayOf(s.o.Desk.Clock().Add(slipLife).In(s.o.Desk.Zone))
	return &body[ActivationSlip]{ActivationSlip{code, s.link(code), until.String()}}, nil
}

func (s *Service) apiState(ctx context.Context, in *accountBody[AccountState]) (*struct{}, error) {
	o, err := s.asked(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	return nil, s.setState(ctx, o, login.State(in.Body.State))
}

func (s *Service) apiReset(ctx context.Context, in *accountPath) (*struct{}, error) {
	o, err := s.asked(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	return nil, s.reset(ctx, o)
}

func (s *Service) apiGive(ctx context.Context, in *accountBody[RoleGrant]) (*body[MadeGrant], error) {
	account, err := id.Parse(in.Account)
	if err != nil {
		return nil, fault.Absent()
	}
	f, b := fault.Check(), in.Body
	request := GrantRequest{Account: account, Role: b.Role, Org: askedID(f, "org", b.Org), From: s.o.Desk.Today(), To: cal.Forever, Decision: b.Decision}
	day(b.From, &request.From, "from", f)
	day(b.To, &request.To, "to", f)
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	grant, err := s.give(ctx, request)
	if err != nil {
		return nil, err
	}
	return &body[MadeGrant]{MadeGrant{grant}}, nil
}

func (s *Service) apiEndGrant(ctx context.Context, in *grantEndInput) (*struct{}, error) {
	grant, err := id.Parse(in.Grant)
	if err != nil {
		return nil, fault.Absent()
	}
	_, err = s.endGrant(ctx, grant, in.Body.Decision)
	return nil, err
}

func (s *Service) apiTrail(ctx context.Context, in *trailInput) (*body[AuditTrail], error) {
	f := fault.Check()
	filter := audit.Filter{Record: in.Record, Action: in.Action, Account: askedID(f, "account", in.Account), Org: askedID(f, "org", in.Org),
		Before: in.Before, Limit: in.Limit + 1}
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	if _, err := s.mayRead(ctx, &filter); err != nil {
		return nil, err
	}
	entries, err := audit.List(ctx, s.o.Desk.DB.Read(), filter)
	if err != nil {
		return nil, err
	}
	out := AuditTrail{Entries: []AuditEntry{}}
	if len(entries) > in.Limit {
		entries = entries[:in.Limit]
		out.Next = entries[in.Limit-1].Seq
	}
	names, _, err := s.actors(ctx, entries)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		changes := e.Changes
		if changes == nil {
			changes = []audit.Change{}
		}
		out.Entries = append(out.Entries, AuditEntry{Seq: e.Seq, At: e.At.Time(), Account: e.Account, Name: names[e.Account], Agent: e.Agent, Action: e.Action,
			Record: e.Record, Org: e.Org, Decision: e.Decision, Reason: e.Reason, Changes: changes, Hash: e.Hash})
	}
	return &body[AuditTrail]{out}, nil
}

func (s *Service) apiCheck(ctx context.Context, _ *struct{}) (*body[AuditCheck], error) {
	if err := s.whole(ctx, ReadAudit); err != nil {
		return nil, err
	}
	n, hash, err := audit.Verify(ctx, s.o.Desk.DB.Read())
	out := AuditCheck{Entries: n, Hash: hash, Whole: err == nil}
	if broken, ok := errors.AsType[*audit.Break](err); ok {
		out.Broken, out.Reason, err = broken.Seq, broken.Reason, nil
	}
	if err != nil {
		return nil, err
	}
	return &body[AuditCheck]{out}, nil
}
