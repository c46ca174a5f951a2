package membership

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"strings"
	"unicode/utf8"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

// Links are what the member's own pages need of other parts; app wires them.
type Links struct {
	Holdings *privacy.Register // of all areas
	Keeping  *privacy.Keeping  // how long all of it is kept; nil shows nothing
	// Officers are the elected officers of an organisation on a day; nil shows none.
	Officers func(ctx context.Context, q db.Querier, org id.ID, day cal.Day) ([]Officer, error)
}

// Officer is who holds a post, as the organisation publishes it.
type Officer struct {
	Post   text.Names
	Holder string
}

// Link gives the area what it needs of others.
func (a *Area) Link(l Links) { a.links = l }

// meHoldings are the personal data of cards and of data-protection records.
func meHoldings() []privacy.Holding {
	officer := []string{string(access.DataOfficer)}
	return []privacy.Holding{
		{Table: "membership_card", Column: "fingerprint", Person: "person_id", Purpose: privacy.PurposeService, Basis: privacy.Membership,
			Kind: kindCard, OnErase: privacy.Lapse},
		{Table: "privacy_request", Column: "detail", Person: "person_id", Purpose: privacy.PurposeLaw, Basis: privacy.Duty,
			Kind: privacy.KindRequest, Seen: officer, OnErase: privacy.Blank, Blank: ""},
		{Table: "privacy_request", Column: "answer", Person: "person_id", Purpose: privacy.PurposeLaw, Basis: privacy.Duty,
			Kind: privacy.KindRequest, Seen: officer, OnErase: privacy.Lapse},
		{Table: "privacy_consent", Column: "kind", Person: "person_id", Purpose: privacy.PurposeLaw, Basis: privacy.Duty,
			Kind: privacy.KindConsent, Seen: officer, OnErase: privacy.Lapse},
		// The log can only be appended to, also by the server; it names whoever looked, not the person.
		{Table: "privacy_disclosure", Column: "reason", Person: "person_id", Purpose: privacy.PurposeAudit, Basis: privacy.Duty,
			Kind: privacy.KindDisclosure, Seen: officer, OnErase: privacy.Lapse},
		{Table: "privacy_secret", Column: "secret", Person: "person_id", Purpose: privacy.PurposeRegister, Basis: privacy.Membership,
			Kind: privacy.KindPerson, OnErase: privacy.Shred},
		{Table: "privacy_erased", Column: "at", Person: "person_id", Purpose: privacy.PurposeLaw, Basis: privacy.Duty,
			Kind: privacy.KindErased, Seen: officer, OnErase: privacy.Keep},
	}
}

// askable are the requests a person can send from the own pages, in the order
// in which they are offered. A copy and the withdrawal of a consent need no
// request: they are buttons.
var askable = []privacy.RequestKind{privacy.AskCorrection, privacy.AskBlocking, privacy.AskObjection, privacy.AskExplanation, privacy.AskErasure}

// clocks are the times for an answer that the profile knows: working days after
// the day of the request. A kind without one cannot be asked.
func (a *Area) clocks(on cal.Day) privacy.Clocks {
	out := privacy.Clocks{}
	for _, kind := range append([]privacy.RequestKind{privacy.AskWithdrawal}, askable...) {
		if p, ok := a.profile.Parameter("ask_"+string(kind)+"_days", on); ok {
			days := p.Value.Num().Int64()
			out[kind] = func(received cal.Day) cal.Day { return a.workingDays(received, days) }
		}
	}
	return out
}

// workingDays is the nth working day after a day.
func (a *Area) workingDays(after cal.Day, n int64) cal.Day {
	for ; n > 0; n-- {
		for after++; !a.profile.IsWorkingDay(after); after++ {
		}
	}
	return after
}

// maxWords bounds what a person writes in a request or an answer.
const maxWords = 4000

// Ask records a request of the person behind the actor and starts its clock.
func (a *Area) Ask(ctx context.Context, kind privacy.RequestKind, detail string) (privacy.Request, error) {
	p, err := a.self(ctx, a.desk.DB.Read())
	if err != nil {
		return privacy.Request{}, err
	}
	detail = strings.TrimSpace(detail)
	f := fault.Check()
	if detail == "" && kind != privacy.AskErasure {
		f.In("detail", "fault.required")
	}
	if utf8.RuneCountInString(detail) > maxWords {
		f.In("detail", "fault.too-long", "Max", maxWords)
	}
	if err := f.OrNil(); err != nil {
		return privacy.Request{}, err
	}
	input := [2]string{string(kind), detail}
	return act.Do(ctx, a.desk, act.Request{Action: Own, Org: p.Org, Record: Ref(p.ID), Input: input}, func(tx *act.Tx) (privacy.Request, error) {
		open, err := privacy.RequestsOf(ctx, tx, p.ID)
		if err != nil {
			return privacy.Request{}, err
		}
		for _, o := range open {
			if o.Kind == kind && o.Outcome == privacy.Open && o.Detail == detail {
				return privacy.Request{}, fault.New(fault.Conflict, "me.ask.twice")
			}
		}
		r, err := privacy.Receive(ctx, tx.Tx, a.clocks(tx.Today), privacy.Request{Person: p.ID, Kind: kind, Detail: detail,
			Received: tx.Today, Account: tx.Actor.Account, MadeAt: tx.Now})
		tx.Changed(Ref(p.ID), nil, map[string]string{"request": string(kind)})
		return r, err
	})
}

// Answering is the data officer's answer to a request.
type Answering struct {
	Person, Request id.ID
	Outcome         privacy.Outcome
	Words           string
}

// AnswerRequest closes a request. To grant an erasure, wholly or partly, is to
// carry it out: see erase.
func (a *Area) AnswerRequest(ctx context.Context, in Answering) (privacy.Request, error) {
	in.Words = strings.TrimSpace(in.Words)
	q := a.desk.DB.Read()
	p, err := load(ctx, q, in.Person)
	if err != nil {
		return privacy.Request{}, err
	}
	seen, err := privacy.RequestOf(ctx, q, in.Person, in.Request)
	if err != nil {
		return privacy.Request{}, err
	}
	if utf8.RuneCountInString(in.Words) > maxWords {
		return seen, fault.Check().In("answer", "fault.too-long", "Max", maxWords)
	}
	erasing := seen.Kind == privacy.AskErasure && (in.Outcome == privacy.Granted || in.Outcome == privacy.Partly)
	action := Requests
	if erasing {
		action = EraseIt
	}
	return act.Do(ctx, a.desk, act.Request{Action: action, Org: p.Org, Record: Ref(p.ID), Input: in}, func(tx *act.Tx) (privacy.Request, error) {
		if err := privacy.Answer(ctx, tx.Tx, in.Person, in.Request, in.Outcome, in.Words, tx.Today, tx.Actor.Account); err != nil {
			return seen, err
		}
		tx.Changed(Ref(p.ID), map[string]string{"request": string(privacy.Open)}, map[string]string{"request": string(in.Outcome)})
		if erasing {
			if err := a.erase(ctx, tx, in.Person, in.Request.String()); err != nil {
				return seen, err
			}
		}
		return privacy.RequestOf(ctx, tx, in.Person, in.Request)
	})
}

// erase ends a membership that lasts, with the request as the basis, and then
// destroys the person's data. The spells stay: the counts of every past day
// follow from them, and they name nobody any more.
func (a *Area) erase(ctx context.Context, tx *act.Tx, person id.ID, basis string) error {
	p, err := load(ctx, tx, person)
	if err != nil {
		return err
	}
	if p.Status == Erased {
		return fault.New(fault.Unready, "privacy.erased")
	}
	if member(p) == nil {
		if err := a.finish(ctx, tx, p, tx.Today, "end", basis); err != nil {
			return err
		}
		tx.Emit(event.Event{Name: "membership.ended", Record: Ref(p.ID), Org: p.Org, Day: tx.Today})
	}
	if err := a.Forget(ctx, tx.Tx, person, tx.Now); err != nil {
		return err
	}
	tx.Emit(event.Event{Name: "membership.erased", Record: Ref(p.ID), Org: p.Org, Day: tx.Today})
	tx.Changed(Ref(person), map[string]string{"status": string(p.Status)}, map[string]string{"status": string(Erased)})
	return nil
}

// Forget blanks and shreds what the register of holdings says of a person, and
// what only this area knows how to remove. It can be done again, as after the
// restoring of a backup that still holds the person.
func (a *Area) Forget(ctx context.Context, tx *db.Tx, person id.ID, at cal.Instant) error {
	if a.links.Holdings == nil {
		return fault.New(fault.Internal, "fault.internal")
	}
	return a.forget(ctx, tx, []id.ID{person}, at)
}

// PublishWording adds a text that members can consent to on their own pages.
func (a *Area) PublishWording(ctx context.Context, w privacy.Wording) error {
	top, err := org.Top(ctx, a.desk.DB.Read(), a.desk.Today())
	if err != nil {
		return err
	}
	_, err = act.Do(ctx, a.desk, act.Request{Action: Requests, Org: top.Org, Input: w}, func(tx *act.Tx) (struct{}, error) {
		return struct{}{}, privacy.Publish(ctx, tx.Tx, w)
	})
	return err
}

// Consent gives (or, with give false, withdraws) the own consent of a kind. Only
// the version the person read can be given.
func (a *Area) Consent(ctx context.Context, kind string, version int, give bool) error {
	p, err := a.self(ctx, a.desk.DB.Read())
	if err != nil {
		return err
	}
	_, err = act.Do(ctx, a.desk, act.Request{Action: Own, Org: p.Org, Record: Ref(p.ID), Input: []any{kind, version, give}}, func(tx *act.Tx) (struct{}, error) {
		var none struct{}
		tx.Changed(Ref(p.ID), nil, map[string]any{"consent": kind, "given": give, "version": version})
		if !give {
			return none, privacy.Withdraw(ctx, tx.Tx, p.ID, kind, tx.Today, tx.Actor.Account)
		}
		w, err := privacy.Current(ctx, tx, kind, tx.Today)
		if err != nil {
			return none, err
		}
		if w.Version != version {
			return none, fault.New(fault.Conflict, "me.consent.newer")
		}
		_, err = privacy.Give(ctx, tx.Tx, p.ID, w, tx.Today, tx.Actor.Account, tx.Now)
		return none, err
	})
	return err
}

// MyData is everything the register holds about one person: the copy the law
// gives a right to. It says who looked by role, not by name.
type MyData struct {
	Day        cal.Day         `json:"day"`
	Surname    string          `json:"surname"`
	Given      string          `json:"given"`
	Patronymic string          `json:"patronymic"`
	Birth      cal.Day         `json:"birth" doc:"Empty if unknown"`
	NationalID string          `json:"national_id,omitempty"`
	Email      string          `json:"email,omitempty"`
	Phone      string          `json:"phone,omitempty"`
	Address    string          `json:"address,omitempty"`
	Lang       text.Lang       `json:"lang"`
	Number     string          `json:"number"`
	Status     Status          `json:"status"`
	Category   string          `json:"category"`
	Org        text.Names      `json:"organisation"`
	Spells     []MySpell       `json:"memberships"`
	Events     []MyEvent       `json:"events"`
	Consents   []MyConsent     `json:"consents"`
	Requests   []MyRequest     `json:"requests"`
	Looks      []MyLook        `json:"disclosures"`
	held       []privacy.Given // as the pages need them
	asked      []privacy.Request
}

// MySpell is a membership.
type MySpell struct {
	Org      text.Names `json:"organisation"`
	From     cal.Day    `json:"from"`
	To       cal.Day    `json:"to" doc:"The first day after it; empty while it lasts"`
	Entry    string     `json:"entry"`
	Decision string     `json:"decision"`
	Leaving  string     `json:"leaving,omitempty"`
}

// MyEvent is what else happened to a membership.
type MyEvent struct {
	Kind     string  `json:"kind"`
	Day      cal.Day `json:"day"`
	Detail   string  `json:"detail,omitempty"`
	Decision string  `json:"decision,omitempty"`
}

// MyConsent is a consent, in force from a day to a day.
type MyConsent struct {
	Kind    string  `json:"kind"`
	Version int     `json:"version"`
	From    cal.Day `json:"from"`
	To      cal.Day `json:"to" doc:"The first day after it; empty while it lasts"`
}

// MyRequest is a request of the person and what became of it.
type MyRequest struct {
	ID       id.ID               `json:"id"`
	Kind     privacy.RequestKind `json:"kind"`
	Detail   string              `json:"detail,omitempty"`
	Received cal.Day             `json:"received"`
	Due      cal.Day             `json:"due"`
	Outcome  privacy.Outcome     `json:"outcome"`
	Answer   string              `json:"answer,omitempty"`
	Code     string              `json:"code" doc:"Opens the answer also after an erasure"`
}

func (a *Area) myRequest(r privacy.Request) MyRequest {
	return MyRequest{r.ID, r.Kind, r.Detail, r.Received, r.Due, r.Outcome, r.Answer, a.answerCode(r.ID)}
}

// MyLook is one look at the person's data.
type MyLook struct {
	At      cal.Instant     `json:"at"`
	What    privacy.What    `json:"what"`
	Purpose privacy.Purpose `json:"purpose"`
	Reason  string          `json:"reason,omitempty"`
	Own     bool            `json:"own,omitempty"`
	Role    access.Role     `json:"role,omitempty"`
	Org     text.Names      `json:"organisation,omitzero"`
	People  int64           `json:"people"`
}

// OwnData collects what is held about the person behind the actor. Looks are
// the latest hundred.
func (a *Area) OwnData(ctx context.Context) (MyData, error) {
	var d MyData
	err := a.desk.DB.View(ctx, func(q db.Querier) error {
		p, err := a.self(ctx, q)
		if err != nil {
			return err
		}
		d = MyData{Day: a.desk.Today(), Surname: p.Name.Surname, Given: p.Name.Given, Patronymic: p.Name.Patronymic, Birth: p.Birth,
			Lang: p.Lang, Number: p.Number.String(), Status: p.Status, Category: p.Category,
			Spells: []MySpell{}, Events: []MyEvent{}, Consents: []MyConsent{}, Requests: []MyRequest{}, Looks: []MyLook{}}
		if p.Status != Erased {
			private, err := a.open(ctx, q, p.ID)
			if err != nil {
				return err
			}
			d.NationalID, d.Email, d.Phone, d.Address = private.NationalID, private.Email, private.Phone, private.Address
		}
		return a.history(ctx, q, p, &d)
	})
	return d, err
}

func (a *Area) history(ctx context.Context, q db.Querier, p Person, d *MyData) error {
	spells, err := Spells(ctx, q, p.ID)
	if err != nil {
		return err
	}
	orgs := []id.ID{p.Org}
	for _, s := range spells {
		orgs = append(orgs, s.Org)
	}
	names, err := org.Many(ctx, q, orgs, d.Day)
	if err != nil {
		return err
	}
	d.Org = names[p.Org].Names
	for _, s := range spells {
		d.Spells = append(d.Spells, MySpell{names[s.Org].Names, s.From, s.To, s.Entry, s.EntryBasis, s.Leaving})
	}
	events, err := Events(ctx, q, p.ID)
	if err != nil {
		return err
	}
	for _, e := range events {
		d.Events = append(d.Events, MyEvent{e.Kind, e.Day, e.Detail, e.Basis})
	}
	if d.held, err = privacy.Consents(ctx, q, p.ID); err != nil {
		return err
	}
	for _, g := range d.held {
		d.Consents = append(d.Consents, MyConsent{g.Kind, g.Version, g.From, g.To})
	}
	if d.asked, err = privacy.RequestsOf(ctx, q, p.ID); err != nil {
		return err
	}
	for _, r := range d.asked {
		d.Requests = append(d.Requests, a.myRequest(r))
	}
	d.Looks, err = a.looks(ctx, q, p, spells)
	return err
}

// looks are the latest looks at the person, and at lists of the organisations
// the person belonged to, with the role each was done in.
func (a *Area) looks(ctx context.Context, q db.Querier, p Person, spells []Spell) ([]MyLook, error) {
	var lists []privacy.Within
	for _, s := range spells {
		path, err := org.Path(ctx, q, s.Org, min(s.To-1, a.desk.Today()))
		if err != nil {
			return nil, err
		}
		for _, v := range path {
			lists = append(lists, privacy.Within{Org: v.Org, From: cal.At(s.From.Time()), To: cal.At(s.To.Time())})
		}
	}
	all, err := privacy.ByPerson(ctx, q, p.ID, privacy.Page{Limit: 100}, lists...)
	if err != nil {
		return nil, err
	}
	me := access.From(ctx).Account
	roles := map[id.ID]access.Grant{}
	var orgs []id.ID
	for _, d := range all {
		if _, known := roles[d.Account]; known || d.Account == 0 {
			continue
		}
		held, err := a.desk.Gate.Held(ctx, q, d.Account)
		if err != nil {
			return nil, err
		}
		roles[d.Account] = access.Grant{}
		if len(held) > 0 {
			roles[d.Account] = held[0]
			orgs = append(orgs, held[0].Org)
		}
	}
	names := map[id.ID]org.Version{}
	if len(orgs) > 0 {
		if names, err = org.Many(ctx, q, orgs, a.desk.Today()); err != nil {
			return nil, err
		}
	}
	out := []MyLook{}
	for _, d := range all {
		g := roles[d.Account]
		out = append(out, MyLook{At: d.At, What: d.What, Purpose: d.Purpose, Reason: d.Reason, Own: d.Account == me && me != 0,
			Role: g.Role, Org: names[g.Org].Names, People: d.People})
	}
	return out, nil
}

// answerCode opens the answer to a request without an account: after an erasure
// there is none. It cannot be guessed: its second half is a keyed fingerprint.
func (a *Area) answerCode(request id.ID) string {
	return a.answerCodes(request)[0]
}

// answerCodes are the codes of a request under every key, the newest first: one
// handed out before keys were rotated is good until its key is retired.
func (a *Area) answerCodes(request id.ID) []string {
	var out []string
	for _, mac := range a.seal.BlindIndexes("privacy answer", request.String()) {
		out = append(out, strings.ToUpper(request.String())+"-"+base32.StdEncoding.EncodeToString(mac[len(mac)-10:]))
	}
	return out
}

// AnswerByCode is the request with a code; a wrong code is NotFound.
func (a *Area) AnswerByCode(ctx context.Context, code string) (privacy.Request, error) {
	code = strings.ToUpper(strings.Join(strings.Fields(code), ""))
	v, _, _ := strings.Cut(code, "-")
	request, err := id.Parse(v)
	right := 0
	for _, c := range a.answerCodes(request) {
		right |= subtle.ConstantTimeCompare([]byte(code), []byte(c))
	}
	if err != nil || right != 1 {
		return privacy.Request{}, fault.Check().In("code", "me.code.wrong")
	}
	q := a.desk.DB.Read()
	person, err := askedBy(ctx, q, request)
	if err == db.ErrNoRows {
		return privacy.Request{}, fault.Check().In("code", "me.code.wrong")
	}
	if err != nil {
		return privacy.Request{}, err
	}
	return privacy.RequestOf(ctx, q, person, request)
}

// waiting is a request in the data officer's inbox.
type waiting struct {
	privacy.Request
	Person Person
}
