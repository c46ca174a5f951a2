package account

import (
	"context"
	"errors"
	"strings"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/audit"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/ref"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/login"
	"odaq/internal/platform/mail"
)

const pageSize = 50

// whole asks for the action without a limit: accounts belong to no organisation.
func (s *Service) whole(ctx context.Context, action access.Action) error {
	actor, q := access.From(ctx), s.o.Desk.DB.Read()
	if err := s.o.Desk.Gate.Require(ctx, q, actor, action, 0); err != nil {
		return err
	}
	scope, err := s.o.Desk.Gate.Scope(ctx, q, actor, action)
	if err == nil && !scope.All() {
		err = fault.New(fault.Denied, "fault.denied")
	}
	return err
}

// crumb is the way to a page of accounts.
func (s *Service) crumb(r *site.Request, more ...site.Crumb) []site.Crumb {
	return append([]site.Crumb{{Label: r.T.T("account.accounts"), Path: "/admin/accounts"}}, more...)
}

func (s *Service) getAccounts(r *site.Request) error {
	if err := s.whole(r.Context(), Administer); err != nil {
		return err
	}
	all, err := s.login.Accounts(r.Context(), s.o.Desk.DB.Read(), int64(before(r)), pageSize+1)
	if err != nil {
		return err
	}
	more := len(all) > pageSize
	all = all[:min(len(all), pageSize)]
	return r.Show(site.Page{Title: r.T.T("account.accounts"), Section: "account.nav.accounts"}, accountList(r, all, more))
}

// before is the keyset of a list from the newest; a malformed one is the start.
func before(r *site.Request) id.ID {
	v, err := id.Parse(r.URL.Query().Get("before"))
	if err != nil {
		return 0
	}
	return v
}

func (s *Service) getNewAccount(r *site.Request) error {
	if err := s.whole(r.Context(), Administer); err != nil {
		return err
	}
	return r.Show(site.Page{Title: r.T.T("account.new"), Section: "account.nav.accounts", Crumbs: s.crumb(r, site.Crumb{Label: r.T.T("account.new")})}, newAccount(form{r: r}))
}

func (s *Service) postNewAccount(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	if err := s.whole(r.Context(), Administer); err != nil {
		return err
	}
	account, err := s.open(r.Context(), Draft{Label: v.Get("label"), Email: v.Get("email"), Phone: v.Get("phone"), Language: text.Lang(v.Get("language"))})
	if err != nil {
		f := form{r: r, v: v, err: err}
		return r.Again(err, site.Page{Title: r.T.T("account.new"), Section: "account.nav.accounts", Crumbs: s.crumb(r, site.Crumb{Label: r.T.T("account.new")})}, newAccount(f))
	}
	return r.Go("/admin/accounts/"+account.String(), "account.done.created")
}

// open makes an account on an administrator's behalf.
func (s *Service) open(ctx context.Context, d Draft) (id.ID, error) {
	if err := s.whole(ctx, Administer); err != nil {
		return 0, err
	}
	return act.Do(ctx, s.o.Desk, act.Request{Action: Administer, Input: d}, func(tx *act.Tx) (id.ID, error) {
		if err := d.check(); err != nil {
			return 0, err
		}
		account, err := s.Create(ctx, tx.Tx, d)
		tx.Changed(ref.To(Kind, account), nil, d)
		return account, err
	})
}

// check is what a person at a form may get wrong; members' accounts have no label.
func (d Draft) check() error {
	f := fault.Check()
	switch n := len([]rune(strings.TrimSpace(d.Label))); {
	case n == 0 && d.Person == 0:
		f.In("label", "fault.required")
	case n > 120:
		f.In("label", "fault.too-long", "Max", 120)
	}
	if _, ok := text.Parse(string(d.Language)); !ok && d.Language != "" {
		f.In("language", "fault.choice")
	}
	if _, err := login.NormalEmail(d.Email); err != nil {
		f.In("email", "account.fault.email")
	}
	return f.OrNil()
}

// sheet is what the page of one account shows to an administrator.
type sheet struct {
	account login.Account
	factors login.Factors
	grants  []grantLine
}

func (s *Service) sheet(r *site.Request) (sheet, error) {
	account, err := r.ID("account")
	if err != nil {
		return sheet{}, err
	}
	return s.sheetOf(r.Context(), account)
}

func (s *Service) sheetOf(ctx context.Context, account id.ID) (sheet, error) {
	var out sheet
	err := s.whole(ctx, Administer)
	if err != nil {
		return out, err
	}
	q := s.o.Desk.DB.Read()
	if out.account, err = s.login.Account(ctx, q, int64(account)); err != nil {
		return out, words(err)
	}
	if out.factors, err = s.login.Factors(ctx, q, int64(account)); err != nil {
		return out, err
	}
	out.grants, err = grantLines(ctx, q, account, s.o.Desk.Today())
	return out, err
}

// title is what an account is called by administrators, who do not see names of
// members.
func (o sheet) title() string { return title(o.account) }

// crumb is the step of a way that leads to the account.
func (o sheet) crumb() site.Crumb {
	return site.Crumb{Label: o.title(), Path: "/admin/accounts/" + id.ID(o.account.ID).String()}
}

func title(a login.Account) string {
	if a.Label != "" {
		return a.Label
	}
	return id.ID(a.ID).String()
}

func (s *Service) getAccountSheet(r *site.Request) error {
	o, err := s.sheet(r)
	if err != nil {
		return err
	}
	return r.Show(site.Page{Title: o.title(), Section: "account.nav.accounts", Crumbs: s.crumb(r, site.Crumb{Label: o.title()})}, accountSheet(r, o))
}

// postActivation makes a code and shows it once, on a slip to be printed.
func (s *Service) postActivation(r *site.Request) error {
	o, err := s.sheet(r)
	if err != nil {
		return err
	}
	code, err := s.makeSlip(r.Context(), o)
	if err != nil {
		return err
	}
	until := cal.DayOf(s.o.Desk.Clock().Add(slipLife).In(r.Zone()))
	return r.Show(site.Page{Title: r.T.T("account.slip"), Section: "account.nav.accounts", Crumbs: s.crumb(r, o.crumb(), site.Crumb{Label: r.T.T("account.slip")})}, slip(r, s.o.Text, o.title(), code, s.o.BaseURL, s.link(code), until))
}

// makeSlip makes a code. It is told this once and is no part of the act's
// answer, so that a repeated request (Idempotency-Key) cannot have it again. By
// a token nobody makes a way into the own account.
func (s *Service) makeSlip(ctx context.Context, o sheet) (string, error) {
	actor, account := access.From(ctx), id.ID(o.account.ID)
	if actor.Limits != nil && actor.Account == account {
		return "", fault.New(fault.Denied, "account.fault.by-token")
	}
	if err := s.mayTouch(ctx, o); err != nil {
		return "", err
	}
	var code string
	err := done(ctx, s, Administer, account, "slip", func(tx *act.Tx) (err error) {
		code, err = s.Activation(ctx, tx.Tx, account)
		return err
	})
	if err == nil && code == "" {
		err = fault.New(fault.Conflict, "account.fault.slip-once")
	}
	return code, err
}

// mayTouch refuses to make a way into an account that stands above the actor's:
// a code opens the account with all its roles. Only who may give roles may.
func (s *Service) mayTouch(ctx context.Context, o sheet) error {
	for _, g := range o.grants {
		if !g.Current {
			continue
		}
		if err := s.o.Desk.Gate.Require(ctx, s.o.Desk.DB.Read(), access.From(ctx), GiveRole, g.Org); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) postState(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	o, err := s.sheet(r)
	if err != nil {
		return err
	}
	state, message := login.Open, "account.done.opened"
	if v.Get("state") == string(login.Locked) {
		state, message = login.Locked, "account.done.locked"
	}
	if err := s.setState(r.Context(), o, state); err != nil {
		return err
	}
	return r.Go("/admin/accounts/"+id.ID(o.account.ID).String(), message)
}

// setState locks an account or opens it again, not the actor's own.
func (s *Service) setState(ctx context.Context, o sheet, state login.State) error {
	account := id.ID(o.account.ID)
	if account == access.From(ctx).Account {
		return fault.New(fault.Unready, "account.fault.own")
	}
	return done(ctx, s, Administer, account, string(state), func(tx *act.Tx) error {
		return s.login.SetState(ctx, tx.Tx, int64(account), state)
	})
}

func (s *Service) postReset(r *site.Request) error {
	o, err := s.sheet(r)
	if err != nil {
		return err
	}
	if err := s.reset(r.Context(), o); err != nil {
		return err
	}
	return r.Go("/admin/accounts/"+id.ID(o.account.ID).String(), "account.done.reset")
}

// reset takes all proofs away, for who has lost them and comes in person.
func (s *Service) reset(ctx context.Context, o sheet) error {
	if err := s.mayTouch(ctx, o); err != nil {
		return err
	}
	account := id.ID(o.account.ID)
	if account == access.From(ctx).Account {
		return fault.New(fault.Unready, "account.fault.own")
	}
	return done(ctx, s, Administer, account, "reset", func(tx *act.Tx) error { return s.login.Reset(ctx, tx.Tx, int64(account)) })
}

func (s *Service) getGrant(r *site.Request) error { return s.showGrant(r, form{r: r}) }

func (s *Service) showGrant(r *site.Request, f form) error {
	o, err := s.sheet(r)
	if err != nil {
		return err
	}
	find := r.URL.Query().Get("find")
	var found []org.Version
	if find != "" {
		found, err = org.List(r.Context(), s.o.Desk.DB.Read(), org.Find{Day: r.Today, Query: find, Limit: 20})
		if err != nil {
			return err
		}
	}
	p := site.Page{Title: r.T.T("account.give"), Section: "account.nav.accounts", Crumbs: s.crumb(r, o.crumb(), site.Crumb{Label: r.T.T("account.give")})}
	body := giveRole(f, o, find, found)
	if f.err != nil {
		return r.Again(f.err, p, body)
	}
	return r.Show(p, body)
}

// GrantRequest asks to give a role.
type GrantRequest struct {
	Account  id.ID
	Role     access.Role
	Org      id.ID
	From, To cal.Day
	Decision string
}

// Check says what is wrong with it.
func (g GrantRequest) Check() error {
	f := fault.Check()
	known := false
	for _, role := range access.Roles {
		known = known || role == g.Role
	}
	if !known {
		f.In("role", "fault.choice")
	}
	if g.Org == 0 {
		f.In("org", "account.fault.org")
	}
	if g.From >= g.To {
		f.In("to", "account.fault.days-order")
	}
	if strings.TrimSpace(g.Decision) == "" {
		f.In("decision", "account.fault.decision")
	} else if len([]rune(g.Decision)) > 80 {
		f.In("decision", "fault.too-long", "Max", 80)
	}
	return f.OrNil()
}

func (s *Service) postGrant(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	account, err := r.ID("account")
	if err != nil {
		return err
	}
	in := GrantRequest{Account: account, Role: access.Role(v.Get("role")), From: r.Today, To: cal.Forever, Decision: v.Get("decision")}
	wrong := fault.Check()
	if in.Org, err = id.Parse(v.Get("org")); err != nil {
		wrong.In("org", "account.fault.org")
	}
	day(v.Get("from"), &in.From, "from", wrong)
	day(v.Get("to"), &in.To, "to", wrong)
	if err = wrong.OrNil(); err == nil {
		_, err = s.give(r.Context(), in)
	}
	if err != nil {
		return s.showGrant(r, form{r: r, v: v, err: err})
	}
	return r.Go("/admin/accounts/"+account.String(), "account.done.granted")
}

func day(typed string, to *cal.Day, name string, wrong *fault.Fault) {
	if typed == "" {
		return
	}
	d, err := cal.ParseDay(typed)
	if err != nil {
		wrong.In(name, "fault.date")
		return
	}
	*to = d
}

// give gives a role and returns the grant.
func (s *Service) give(ctx context.Context, in GrantRequest) (id.ID, error) {
	if err := in.Check(); err != nil {
		return 0, err
	}
	request := act.Request{Action: GiveRole, Org: in.Org, Record: ref.To(Kind, in.Account), Decision: in.Decision, Input: in}
	return act.Do(ctx, s.o.Desk, request, func(tx *act.Tx) (id.ID, error) {
		if in.Account == tx.Actor.Account {
			return 0, fault.New(fault.Unready, "account.fault.own-role")
		}
		if _, err := s.login.Account(ctx, tx, int64(in.Account)); err != nil {
			return 0, words(err)
		}
		if _, err := org.Get(ctx, tx, in.Org, tx.Today); err != nil {
			return 0, err
		}
		g := access.Grant{ID: id.New(), Account: in.Account, Role: in.Role, Org: in.Org, From: in.From, To: in.To, Decision: strings.TrimSpace(in.Decision)}
		tx.Changed(ref.To(Kind, in.Account), nil, g)
		return g.ID, access.Give(ctx, tx.Tx, g, tx.Now)
	})
}

func (s *Service) postEndGrant(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	grant, err := r.ID("grant")
	if err != nil {
		return err
	}
	g, err := s.endGrant(r.Context(), grant, v.Get("decision"))
	if err != nil {
		return err
	}
	return r.Go("/admin/accounts/"+g.Account.String(), "account.done.ended")
}

// endGrant ends a role today and returns it as it was.
func (s *Service) endGrant(ctx context.Context, grant id.ID, decision string) (access.Grant, error) {
	q := s.o.Desk.DB.Read()
	g, err := grantByID(ctx, q, grant)
	if err != nil {
		return g, err
	}
	if err := s.o.Desk.Gate.Require(ctx, q, access.From(ctx), GiveRole, g.Org); err != nil {
		return g, err
	}
	decision = strings.TrimSpace(decision)
	if decision == "" {
		return g, fault.Check().In("decision", "account.fault.decision")
	}
	request := act.Request{Action: GiveRole, Org: g.Org, Decision: decision, Input: []any{grant, decision}}
	_, err = act.Do(ctx, s.o.Desk, request, func(tx *act.Tx) (struct{}, error) {
		ended := g
		ended.To = tx.Today
		tx.Changed(ref.To(Kind, g.Account), g, ended)
		return struct{}{}, access.End(ctx, tx.Tx, grant, tx.Today)
	})
	return g, err
}

// trail is what the audit page shows.
type trail struct {
	filter  audit.Filter
	entries []audit.Entry
	names   map[id.ID]string // of accounts
	orgs    map[id.ID]org.Version
	next    int64 // seq before which the next page begins, 0: none
	checked bool  // the chain was walked
	count   int64
	broken  *audit.Break
}

func (s *Service) getAudit(r *site.Request) error {
	q := r.URL.Query()
	ctx, read := r.Context(), s.o.Desk.DB.Read()
	o := trail{filter: audit.Filter{Record: strings.TrimSpace(q.Get("record")), Action: strings.TrimSpace(q.Get("action")),
		Before: int64(number(q.Get("before"))), Limit: pageSize + 1}}
	o.filter.Account, _ = id.Parse(q.Get("account")) // malformed: no filter
	o.filter.Org, _ = id.Parse(q.Get("org"))
	scope, err := s.mayRead(ctx, &o.filter)
	if err != nil {
		return err
	}
	if o.entries, err = audit.List(ctx, read, o.filter); err != nil {
		return err
	}
	if len(o.entries) > pageSize {
		o.entries = o.entries[:pageSize]
		o.next = o.entries[pageSize-1].Seq
	}
	if o.names, o.orgs, err = s.actors(ctx, o.entries); err != nil {
		return err
	}
	if q.Get("check") == "1" && scope.All() {
		o.checked = true
		o.count, _, err = audit.Verify(ctx, read)
		if broken, ok := errors.AsType[*audit.Break](err); ok {
			o.broken, err = broken, nil
		}
		if err != nil {
			return err
		}
	}
	return r.Show(site.Page{Title: r.T.T("account.audit"), Section: "account.nav.audit"}, auditList(form{r: r}, o, scope.All()))
}

// mayRead narrows a filter to what the actor may read of the trail: who answers
// for one organisation reads its entries and no others.
func (s *Service) mayRead(ctx context.Context, f *audit.Filter) (access.Scope, error) {
	actor, q := access.From(ctx), s.o.Desk.DB.Read()
	if err := s.o.Desk.Gate.Require(ctx, q, actor, ReadAudit, 0); err != nil {
		return access.Scope{}, err
	}
	scope, err := s.o.Desk.Gate.Scope(ctx, q, actor, ReadAudit)
	if err != nil || scope.All() {
		return scope, err
	}
	if roots := scope.Roots(); f.Org == 0 && len(roots) > 0 {
		f.Org = roots[0]
	}
	sees, err := scope.Sees(ctx, q, f.Org)
	if err == nil && (!sees || f.Org == 0) {
		err = fault.Absent()
	}
	return scope, err
}

// actors names accounts by their label, never by a member's name, and finds the
// organisations.
func (s *Service) actors(ctx context.Context, entries []audit.Entry) (map[id.ID]string, map[id.ID]org.Version, error) {
	names, orgs := map[id.ID]string{}, []id.ID{}
	for _, e := range entries {
		if e.Org != 0 {
			orgs = append(orgs, e.Org)
		}
		if _, known := names[e.Account]; known || e.Account == 0 {
			continue
		}
		a, err := s.login.Account(ctx, s.o.Desk.DB.Read(), int64(e.Account))
		if err != nil && err != login.ErrAbsent {
			return nil, nil, err
		}
		a.ID = int64(e.Account)
		names[e.Account] = title(a)
	}
	if len(orgs) == 0 {
		return names, nil, nil
	}
	found, err := org.Many(ctx, s.o.Desk.DB.Read(), orgs, s.o.Desk.Today())
	return names, found, err
}

func (s *Service) getOutbox(r *site.Request) error {
	if !s.o.Demo {
		return fault.Absent()
	}
	all, err := s.o.Outbox.List(r.Context(), s.o.Desk.DB.Read(), int64(before(r)), pageSize+1)
	if err != nil {
		return err
	}
	more := len(all) > pageSize
	all = all[:min(len(all), pageSize)]
	return r.Show(site.Page{Title: r.T.T("account.outbox")}, outbox(r, all, more))
}

func channel(c mail.Channel) string { return "account.channel." + string(c) }
