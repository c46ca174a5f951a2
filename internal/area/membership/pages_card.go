package membership

import (
	"encoding/json"
	"strconv"
	"strings"

	"odaq/assets"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/qr"
	"odaq/internal/platform/ui"
)

func (a *Area) cardPages(s *site.Site) {
	s.Handle("GET /me/card", Own, a.cardPage)
	s.Handle("GET /card/check", CheckCard, a.checkPage)
	s.Handle("POST /card/check", CheckCard, a.checkPost)
	s.Handle("GET /card/keys.json", CheckCard, a.keysFile)
	s.Handle("GET /card/revoked.json", CheckCard, a.revokedFile)
	s.Handle("GET /sw.js", CheckCard, serviceWorker)
	s.Handle("GET /admin/cards", IssueCard, a.cardAdminPage)
	s.Handle("POST /admin/cards/rotate", IssueCard, a.rotatePost)
	s.Handle("POST /admin/cards/end", IssueCard, a.cardEndPost)
}

// cardOf is a card as it is shown; the QR code has the signed bytes.
func cardOf(t *text.Printer, c MyCard) ui.Card {
	return ui.Card{
		Title: t.T("card.title"), Status: t.T("card.valid-until", "Day", t.ShortDay(c.Until)), Valid: true, Name: c.Name,
		Fields: []ui.Term{{Label: t.T("card.number"), Value: c.Number.String()}, {Label: t.T("card.primary"), Value: c.Org.In(t.Lang)}},
		QR:     qr.Code{Text: c.String(), Label: t.T("card.qr")},
	}
}

func (a *Area) cardPage(r *site.Request) error {
	page := site.Page{Title: r.T.T("card.title"), Section: "me.tab.card", Member: true}
	c, err := a.OwnCard(r.Context())
	if f := fault.Of(err); err != nil && (f.Kind == fault.Unready || f.Key == "me.nobody") {
		return r.Show(page, noCard(r, f))
	}
	if err != nil {
		return err
	}
	return r.Show(page, bigCard(r, cardOf(r.T, c)))
}

// verdict is an answer as the page of the checker shows it. The script fills
// hidden ones, one for each state, when the check is done on the device.
type verdict struct {
	State    CardState
	Tone     ui.Tone
	Title    string
	Text     string
	Shown    bool
	Values   bool // a forged card says nothing
	Number   string
	Org      string
	Until    string
	NumberOf string
	OrgOf    string
	UntilOf  string
}

func newVerdict(t *text.Printer, a CardAnswer, shown bool) verdict {
	key := "card.state." + string(a.State)
	v := verdict{State: a.State, Title: t.T(key), Text: t.T(key + ".text"), Shown: shown, Values: a.State != CardForged,
		NumberOf: t.T("card.number"), OrgOf: t.T("card.org"), UntilOf: t.T("card.until"), Org: a.Org.In(t.Lang)}
	if a.Number != 0 {
		v.Number, v.Until = a.Number.String(), t.ShortDay(a.Until)
	}
	switch a.State {
	case CardValid:
		v.Tone = ui.OK
	case CardExpired:
		v.Tone = ui.Warn
	default:
		v.Tone = ui.Bad
	}
	return v
}

type checkView struct {
	Answer   *verdict
	Verdicts []verdict // for the script
	Field    ui.Textarea
	Errors   ui.ErrorSummary
}

func (a *Area) checkPage(r *site.Request) error { return a.showCheck(r, "", nil, nil) }

func (a *Area) checkPost(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	words := strings.TrimSpace(v.Get("card"))
	if words == "" {
		return a.showCheck(r, "", nil, fault.Check().In("card", "fault.required"))
	}
	answer, err := a.VerifyCard(r.Context(), words)
	if err != nil {
		return err
	}
	return a.showCheck(r, words, &answer, nil)
}

func (a *Area) showCheck(r *site.Request, words string, answer *CardAnswer, wrong *fault.Fault) error {
	t := r.T
	page := site.Page{Title: t.T("card.check"), Section: "card.check"}
	if len(words) > 300 {
		words = words[:0] // no card is that long
	}
	v := checkView{Field: ui.Textarea{Field: ui.Field{Name: "card", Label: t.T("card.check.field"), Hint: t.T("card.check.hint"),
		ErrorTag: t.T("me.error-tag")}, Value: words, Rows: 4, MaxLength: 300}}
	for _, s := range []CardState{CardValid, CardExpired, CardRevoked, CardForged} {
		v.Verdicts = append(v.Verdicts, newVerdict(t, CardAnswer{State: s}, false))
	}
	if answer != nil {
		shown := newVerdict(t, *answer, true)
		v.Answer = &shown
		page.Title = shown.Title
	}
	if wrong != nil {
		v.Field.Error = t.Fault(wrong).Fields[0].Message
		v.Errors = ui.ErrorSummary{Title: t.T("me.errors"), Items: []ui.FieldError{{Name: "card", Message: v.Field.Error}}}
		return r.Again(wrong, page, checkBody(r, v))
	}
	return r.Show(page, checkBody(r, v))
}

// listCache lets anybody keep a list for five minutes before asking again.
const listCache = "public, max-age=300"

func (a *Area) keysFile(r *site.Request) error {
	list, err := a.CardKeyList(r.Context())
	if err != nil {
		return err
	}
	return public(r, list)
}

func (a *Area) revokedFile(r *site.Request) error {
	list, err := a.RevokedCardList(r.Context())
	if err != nil {
		return err
	}
	return public(r, list)
}

func public(r *site.Request, list SignedList) error {
	h := r.W.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", listCache)
	return json.NewEncoder(r.W).Encode(list)
}

// serviceWorker is served at the root, so that it may answer for the card and
// the checker alike.
func serviceWorker(r *site.Request) error {
	h := r.W.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	_, err := r.W.Write(assets.Bytes("sw.js"))
	return err
}

type keysView struct {
	Lead     string
	Table    ui.Table
	Month    ui.Select
	Day      ui.Input
	Errors   ui.ErrorSummary
	EndNote  string
	Rotate   ui.Button
	Withdraw ui.Button
}

func (a *Area) cardAdminPage(r *site.Request) error { return a.showKeys(r, nil) }

func (a *Area) showKeys(r *site.Request, wrong error) error {
	t, q := r.T, r.Site.Desk.DB.Read()
	keys, err := cardKeys(r.Context(), q)
	if err != nil {
		return err
	}
	until, err := a.cardUntil(r.Context(), q, r.Today)
	if err != nil {
		return err
	}
	v := keysView{Lead: t.T("card.keys.lead", "Day", until),
		Table: ui.Table{Caption: t.T("card.keys"), ShowCaption: false,
			Cols:  []ui.Col{{Label: t.T("card.keys.id")}, {Label: t.T("card.keys.state")}, {Label: t.T("card.keys.from")}, {Label: t.T("card.keys.to")}},
			Empty: &ui.Empty{Title: t.T("card.keys.none"), Text: t.T("card.keys.none-text")}},
		Rotate: ui.Button{Label: t.T("card.keys.rotate")}, Withdraw: ui.Button{Label: t.T("card.keys.withdraw"), Kind: ui.Danger},
		Month: ui.Select{Field: ui.Field{Name: "month", Label: t.T("card.keys.month"), ErrorTag: t.T("me.error-tag")}, Value: strconv.Itoa(int(until.Time().Month()))},
		Day:   ui.Input{Field: ui.Field{Name: "day", Label: t.T("card.keys.day"), ErrorTag: t.T("me.error-tag")}, Value: strconv.Itoa(until.Time().Day()), InputMode: "numeric", Width: ui.W4},
	}
	for m := 1; m <= 12; m++ {
		v.Month.Options = append(v.Month.Options, ui.Option{Value: strconv.Itoa(m), Label: t.T("month." + strconv.Itoa(m) + ".alone")})
	}
	for _, k := range keys {
		to := t.ShortDay(k.To - 1)
		if k.To == cal.Forever {
			to = "—"
		}
		v.Table.Rows = append(v.Table.Rows, []ui.Cell{{Text: t.Number(int64(k.ID))}, {Text: t.T("card.key." + string(k.State))}, {Text: t.ShortDay(k.From)}, {Text: to}})
	}
	page := site.Page{Title: t.T("card.keys"), Section: "card.keys"}
	if wrong == nil {
		return r.Show(page, keysBody(r, v))
	}
	for _, f := range t.Fault(wrong).Fields {
		v.Day.Error = f.Message
		v.Errors = ui.ErrorSummary{Title: t.T("me.errors"), Items: []ui.FieldError{{Name: "day", Message: f.Message}}}
	}
	return r.Again(wrong, page, keysBody(r, v))
}

func (a *Area) rotatePost(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	if _, err := a.RotateCardKey(r.Context(), v.Get("withdraw") == "1"); err != nil {
		return err
	}
	return r.Go("/admin/cards", "card.keys.done")
}

func (a *Area) cardEndPost(r *site.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	month, _ := strconv.Atoi(v.Get("month")) // 0 is refused
	day, _ := strconv.Atoi(v.Get("day"))
	if err := a.SetCardEnd(r.Context(), month, day); err != nil {
		return a.showKeys(r, err)
	}
	return r.Go("/admin/cards", "card.keys.saved")
}
