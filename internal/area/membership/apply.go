package membership

import (
	"context"
	"strings"
	"unicode/utf8"

	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

// ApplyRequest asks a primary organisation for admission.
type ApplyRequest struct {
	Org      id.ID
	Name     search.Name
	Birth    cal.Day // cal.Never if not said
	Lang     text.Lang
	Private  Private
	Category string
	Wording  int // the version of the consent text agreed to; 0: not agreed
}

// maxOpen bounds the open applications of one organisation: beyond it somebody
// is playing, or nobody decides.
const maxOpen = 500

// consentKind names the text an applicant agrees to.
const consentKind = "membership.application"

// wording is the consent text in force: the federation's own where it published
// one, else the first version, which comes with the program.
func (a *Area) wording(ctx context.Context, q db.Querier, on cal.Day) (privacy.Wording, error) {
	w, err := privacy.Current(ctx, q, consentKind, on)
	if !fault.Is(err, fault.NotFound) {
		return w, err
	}
	top, err := org.Top(ctx, q, on)
	return firstWording(top.Names.In(text.KK), on), err
}

func firstWording(operator string, from cal.Day) privacy.Wording {
	return privacy.Wording{Kind: consentKind, Version: 1, From: from, Operator: operator,
		Fields: "surname, given, patronymic, national_id, birth, email, phone, address, category",
		KK: "Кәсіподаққа қабылдау туралы өтінішімді қарау және мүшелік есебін жүргізу үшін федерацияның және таңдаған ұйымымның осы бетте көрсеткен деректерімді " +
			"жинауына, сақтауына және пайдалануына келісемін. Деректер жұмыс берушіге де, мемлекеттік органдарға да, басқа бөгде тұлғаларға да менің жеке келісімімсіз " +
			"берілмейді, шетелге жіберілмейді және жарияланбайды. Олар мүшелік тоқтағанша және заңда белгіленген мерзім ішінде сақталады. Келісімімді кез келген уақытта қайтарып алуға құқығым бар.", // native editor: legal register
		RU: "Я согласен (согласна), чтобы федерация и выбранная мной организация собирали, хранили и использовали указанные на этой странице данные для рассмотрения моего " +
			"заявления о приёме в профсоюз и для учёта членства. Данные не передаются ни работодателю, ни государственным органам, ни другим третьим лицам без моего отдельного " +
			"согласия, не отправляются за границу и не публикуются. Они хранятся до прекращения членства и в течение срока, установленного законом. Я вправе в любое время отозвать согласие.",
		EN: "I agree that the federation and the organisation I have chosen collect, keep and use the data given on this page in order to consider my application for " +
			"membership and to keep the register of members. The data are not given to an employer, a state body or any other third party without my separate consent, are not sent abroad " +
			"and are not published. They are kept until membership ends and for the period set by law. I may withdraw my consent at any time."}
}

// wordsIn is the text of a wording in a language.
func wordsIn(w privacy.Wording, l text.Lang) string {
	return text.Names{KK: w.KK, RU: w.RU, EN: w.EN}.In(l)
}

// Apply records an application. Its answer is the same for everybody: it never
// tells whether the register knows the applicant already; whoever decides on
// the application learns it then.
func (a *Area) Apply(ctx context.Context, r ApplyRequest) (Application, error) {
	entry := AdmitRequest{Org: r.Org, Name: r.Name, Birth: r.Birth, Lang: r.Lang, Private: r.Private, Category: r.Category}
	entry.normalise()
	return act.Do(ctx, a.desk, act.Request{Action: Apply, Org: r.Org, Input: r}, func(tx *act.Tx) (Application, error) {
		w, err := a.checkApply(ctx, tx, entry, r.Wording)
		if err != nil {
			return Application{}, err
		}
		p := Person{ID: id.New(), Name: entry.Name, Birth: entry.Birth, Lang: entry.Lang, Org: entry.Org, Status: Applicant, Category: entry.Category, Version: 1, Made: tx.Now}
		if p.Birth == cal.Never && a.scheme != nil {
			if b, ok := a.scheme.Birth(entry.Private.NationalID); ok {
				p.Birth = b
			}
		}
		nationalID, contact, err := a.sealNew(ctx, tx.Tx, p.ID, entry.Private)
		if err != nil {
			return Application{}, err
		}
		if err := insertPerson(ctx, tx.Tx, p, nationalID, contact); err != nil {
			return Application{}, err
		}
		if _, err := privacy.Give(ctx, tx.Tx, p.ID, w, tx.Today, tx.Actor.Account, tx.Now); err != nil {
			return Application{}, err
		}
		out := Application{ID: id.New(), Person: p.ID, Org: p.Org, Category: p.Category, Day: tx.Today, State: Open, Decided: cal.Forever, Made: tx.Now}
		tx.Changed(Ref(p.ID), nil, trail(p))
		return out, insertApplication(ctx, tx.Tx, out)
	})
}

func (a *Area) checkApply(ctx context.Context, tx *act.Tx, r AdmitRequest, agreed int) (privacy.Wording, error) {
	w, err := a.wording(ctx, tx, tx.Today)
	if err != nil {
		return w, err
	}
	f := fault.Check()
	checkPerson(f, r.Name, r.Birth, tx.Today)
	a.checkCategory(f, r.Category)
	a.checkNational(f, r.Private.NationalID)
	checkContact(f, r.Private)
	if r.Private.Phone == "" && r.Private.Email == "" {
		f.In("phone", "membership.contact-needed")
	}
	switch agreed {
	case w.Version:
	case 0:
		f.In("consent", "membership.consent-needed")
	default:
		f.In("consent", "membership.consent-changed")
	}
	if err := primary(ctx, tx, f, "org", r.Org, tx.Today); err != nil {
		return w, err
	}
	if err := f.OrNil(); err != nil {
		return w, err
	}
	n, err := countOpenAt(ctx, tx, r.Org)
	if err != nil {
		return w, err
	}
	if n >= maxOpen {
		return w, fault.New(fault.Limited, "membership.apply-full")
	}
	if _, err := privacy.WordingOf(ctx, tx, w.Kind, w.Version); fault.Is(err, fault.NotFound) {
		return w, privacy.Publish(ctx, tx.Tx, w)
	} else {
		return w, err
	}
}

// checkContact refuses an address that cannot be one.
func checkContact(f *fault.Fault, p Private) {
	if p.Email != "" && (len(p.Email) > 254 || strings.Count(p.Email, "@") != 1 || strings.HasPrefix(p.Email, "@") || strings.HasSuffix(p.Email, "@") || strings.Contains(p.Email, " ")) {
		f.In("email", "membership.email-form")
	}
	digits := 0
	for _, c := range p.Phone {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case !strings.ContainsRune("+()-. ", c):
			digits = -100
		}
	}
	if p.Phone != "" && (digits < 5 || digits > 15) {
		f.In("phone", "membership.phone-form")
	}
	if utf8.RuneCountInString(p.Address) > 300 {
		f.In("address", "fault.too-long", "Max", 300)
	}
}

// decisionLength bounds the number of a decision, in letters.
const decisionLength = 80

// checkDecision refuses a missing number of the decision, and a whole text in
// place of it.
func checkDecision(f *fault.Fault, decision string) {
	switch {
	case strings.TrimSpace(decision) == "":
		f.In("decision", "fault.required")
	case utf8.RuneCountInString(decision) > decisionLength:
		f.In("decision", "fault.too-long", "Max", decisionLength)
	}
}

// checkReason refuses a reason that says nothing or holds a national ID: it
// stands in the audit trail and where the member reads it.
func (a *Area) checkReason(f *fault.Fault, field, reason string) {
	switch {
	case strings.TrimSpace(reason) == "":
		f.In(field, "fault.required")
	case utf8.RuneCountInString(reason) > 500:
		f.In(field, "fault.too-long", "Max", 500)
	case a.holdsNational(reason):
		f.In(field, "membership.reason-number")
	}
}

// holdsNational reports whether a text holds a national ID, in one piece or
// grouped by spaces or hyphens.
func (a *Area) holdsNational(s string) bool {
	if a.scheme == nil {
		return false
	}
	digits := strings.FieldsFunc(strings.NewReplacer(" ", "", "\u00a0", "", "-", "").Replace(s), func(c rune) bool { return c < '0' || c > '9' })
	for _, run := range digits {
		for i := 0; i+a.scheme.Length <= len(run); i++ {
			if a.scheme.Check(run[i:i+a.scheme.Length]) == nil {
				return true
			}
		}
	}
	return false
}

// Verdict is what a person decides on an application: Day and Decision admit,
// Reason refuses.
type Verdict struct {
	Application id.ID
	Day         cal.Day
	Decision    string
	Reason      string
}

// decide is the common frame of both verdicts.
func (a *Area) decide(ctx context.Context, v Verdict, fn func(tx *act.Tx, application *Application) (Person, error)) (Person, error) {
	seen, err := loadApplication(ctx, a.desk.DB.Read(), v.Application)
	if err != nil {
		return Person{}, err
	}
	v.Decision, v.Reason = strings.TrimSpace(v.Decision), strings.TrimSpace(v.Reason)
	r := act.Request{Action: AdmitIt, Org: seen.Org, Record: Ref(seen.Person), Decision: v.Decision, Reason: v.Reason, Input: v}
	return act.Do(ctx, a.desk, r, func(tx *act.Tx) (Person, error) {
		application, err := loadApplication(ctx, tx, v.Application)
		if err != nil {
			return Person{}, err
		}
		if application.State != Open {
			return Person{}, decidedAlready()
		}
		application.Account = tx.Actor.Account
		p, err := fn(tx, &application)
		if err != nil {
			return Person{}, err
		}
		return p, closeApplication(ctx, tx.Tx, application)
	})
}

// AdmitApplicant makes the applicant a member from a day, by a decision. One
// whom the register knew keeps the record and number of old; one who is a
// member elsewhere is refused with the reason: that is a transfer.
func (a *Area) AdmitApplicant(ctx context.Context, v Verdict) (Person, error) {
	return a.decide(ctx, v, func(tx *act.Tx, application *Application) (Person, error) {
		p, err := load(ctx, tx, application.Person)
		if err != nil {
			return p, err
		}
		private, err := a.open(ctx, tx, p.ID)
		if err != nil {
			return p, err
		}
		r := AdmitRequest{Org: application.Org, Name: p.Name, Birth: p.Birth, Lang: p.Lang, Private: private, Category: application.Category, Day: v.Day, Decision: strings.TrimSpace(v.Decision)}
		if err := a.checkAdmit(ctx, tx, r, tx.Today); err != nil {
			return p, err
		}
		known, err := a.known(ctx, tx, private.NationalID)
		if err != nil {
			return p, err
		}
		if known != 0 {
			p, err = a.joinKnown(ctx, tx, p, r, known)
		} else {
			p, err = a.raise(ctx, tx, p, r)
		}
		application.Person, application.State, application.Decided, application.Decision = p.ID, Admitted, v.Day, r.Decision
		return p, err
	})
}

// raise makes a member of the applicant's own record.
func (a *Area) raise(ctx context.Context, tx *act.Tx, p Person, r AdmitRequest) (Person, error) {
	before := p
	serial, err := numbers(ctx, tx.Tx, 1)
	if err != nil {
		return p, err
	}
	p.Number, p.Status, p.Org, p.Category = NumberOf(serial), Active, r.Org, r.Category
	if err := update(ctx, tx.Tx, p); err != nil {
		return p, err
	}
	p.Version++
	tx.Changed(Ref(p.ID), trail(before), trail(p))
	if r.Private.NationalID != "" {
		if err := claim(ctx, tx.Tx, keyNational, a.seal.BlindIndex(keyNational, r.Private.NationalID), p.ID); err != nil {
			return p, err
		}
	}
	return p, a.begin(ctx, tx, p, Spell{Org: r.Org, From: r.Day, Entry: "application", EntryBasis: r.Decision})
}

// joinKnown makes a former member a member again; the applicant's record, whose
// data the register has already, is destroyed and the consent carried over.
func (a *Area) joinKnown(ctx context.Context, tx *act.Tx, applicant Person, r AdmitRequest, known id.ID) (Person, error) {
	p, err := a.admit(ctx, tx, r, "application")
	if err != nil {
		return p, err
	}
	given, err := privacy.Consents(ctx, tx, applicant.ID)
	if err != nil {
		return p, err
	}
	for _, g := range given {
		w, err := privacy.WordingOf(ctx, tx, g.Kind, g.Version)
		if err != nil {
			return p, err
		}
		if _, err := privacy.Give(ctx, tx.Tx, known, w, g.From, g.Account, tx.Now); err != nil {
			return p, err
		}
	}
	if err := dropApplicant(ctx, tx.Tx, applicant.ID); err != nil {
		return p, err
	}
	_, err = privacy.DestroySecret(ctx, tx.Tx, applicant.ID, tx.Now)
	return p, err
}

// RefuseApplicant refuses with a reason, which the applicant is told.
func (a *Area) RefuseApplicant(ctx context.Context, v Verdict) (Person, error) {
	return a.decide(ctx, v, func(tx *act.Tx, application *Application) (Person, error) {
		f := fault.Check()
		a.checkReason(f, "reason", v.Reason)
		if err := f.OrNil(); err != nil {
			return Person{}, err
		}
		p, err := load(ctx, tx, application.Person)
		if err != nil {
			return p, err
		}
		before := p
		p.Status = Former
		if err := update(ctx, tx.Tx, p); err != nil {
			return p, err
		}
		p.Version++
		tx.Changed(Ref(p.ID), trail(before), trail(p))
		application.State, application.Decided, application.Reason = Refused, tx.Today, strings.TrimSpace(v.Reason)
		return p, nil
	})
}
