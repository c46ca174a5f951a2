package membership

import (
	"context"
	"io"
	"slices"
	"time"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/ref"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
	"odaq/internal/platform/sheet"
)

// ExportState is where an export is in its life.
type ExportState string

// The states.
const (
	ExportWaiting ExportState = "waiting" // for a second person
	ExportReady   ExportState = "ready"   // to be fetched, once
	ExportRefused ExportState = "refused"
	ExportFetched ExportState = "fetched"
)

const (
	// ConfirmAbove is the number of persons one may ask for within alonePeriod
	// without a second person, in one list or in several.
	ConfirmAbove = 1000
	alonePeriod  = 24 * time.Hour
	exportLife   = 24 * time.Hour // a file that nobody fetched by then is not given out
)

// Formats are the kinds of file a list can leave as, by their endings.
var Formats = []string{"csv", "xlsx", "json"}

// ExportPurposes are what a list may be needed for.
var ExportPurposes = []privacy.Purpose{privacy.PurposeRegister, privacy.PurposeDues, privacy.PurposeElection, privacy.PurposeDefence,
	privacy.PurposeService, privacy.PurposeContact, privacy.PurposeLaw}

// ExportRequest asks for a list of members as a file.
type ExportRequest struct {
	Find    Find // After and Limit are not looked at
	Format  string
	Purpose privacy.Purpose
	Reason  string // in the words of who asks; every person in the list can read it
	Reveal  bool   // with the national ID
	Lang    text.Lang
}

// Export is a list that leaves the system, or waits to.
type Export struct {
	ID        id.ID
	Org       id.ID
	Account   id.ID
	Request   ExportRequest
	People    int64
	State     ExportState
	Confirmed id.ID // who confirmed or refused
	Made      cal.Instant
	Decided   cal.Instant
	Expires   cal.Instant
	Fetched   cal.Instant
}

// ExportRef points to an export.
func ExportRef(export id.ID) ref.Ref { return ref.To("export", export) }

// RequestExport asks for a list. It is ready to be fetched at once, or waits for
// a second person to confirm it: see ConfirmAbove.
func (a *Area) RequestExport(ctx context.Context, r ExportRequest) (Export, error) {
	if r.Lang == "" {
		r.Lang = text.KK
	}
	f := fault.Check()
	if !slices.Contains(Formats, r.Format) {
		f.In("format", "fault.choice")
	}
	if !slices.Contains(ExportPurposes, r.Purpose) {
		f.In("purpose", "fault.choice")
	}
	if len([]rune(r.Reason)) < 10 {
		f.In("reason", "membership.export-reason")
	} else {
		a.checkReason(f, "reason", r.Reason)
	}
	if err := f.OrNil(); err != nil {
		return Export{}, err
	}
	e := Export{ID: id.New(), Org: r.Find.Org, Request: r}
	if e.Org == 0 {
		top, err := org.Top(ctx, a.desk.DB.Read(), a.desk.Today())
		if err != nil {
			return e, err
		}
		e.Org, e.Request.Find.Org = top.Org, top.Org
	}
	return act.Do(ctx, a.desk, act.Request{Action: ExportIt, Org: e.Org, Record: ExportRef(e.ID), Reason: r.Reason, Input: r}, func(tx *act.Tx) (Export, error) {
		if r.Reveal {
			if err := tx.Require(ctx, Reveal, e.Org); err != nil {
				return e, err
			}
		}
		s, err := tx.Scope(ctx, ExportIt)
		if err != nil {
			return e, err
		}
		if e.People, err = a.eachPerson(ctx, tx, s, r.Find, func([]Person) error { return nil }); err != nil {
			return e, err
		}
		if e.People == 0 {
			return e, fault.New(fault.Unready, "membership.export-empty")
		}
		e.Account, e.Made, e.Expires, e.State = tx.Actor.Account, tx.Now, tx.Now.Add(exportLife), ExportReady
		alone, err := askedAlone(ctx, tx, e.Account, tx.Now.Add(-alonePeriod))
		if err != nil {
			return e, err
		}
		if alone+e.People > ConfirmAbove {
			e.State = ExportWaiting
		}
		tx.Changed(ExportRef(e.ID), nil, exportTrail(e))
		return e, insertExport(ctx, tx.Tx, e)
	})
}

func exportTrail(e Export) map[string]any {
	return map[string]any{"state": e.State, "people": e.People, "purpose": e.Request.Purpose, "format": e.Request.Format, "reveal": e.Request.Reveal}
}

// DecideExport confirms or refuses a waiting export. It takes another person
// than the one who asked.
func (a *Area) DecideExport(ctx context.Context, export id.ID, confirm bool) (Export, error) {
	seen, err := loadExport(ctx, a.desk.DB.Read(), export)
	if err != nil {
		return seen, err
	}
	return act.Do(ctx, a.desk, act.Request{Action: ConfirmIt, Org: seen.Org, Record: ExportRef(export), Input: []any{export, confirm}}, func(tx *act.Tx) (Export, error) {
		e, err := loadExport(ctx, tx, export)
		if err != nil {
			return e, err
		}
		if e.Account == tx.Actor.Account {
			return e, fault.New(fault.Denied, "membership.export-own")
		}
		if e.State != ExportWaiting {
			return e, fault.New(fault.Unready, "membership.export-decided")
		}
		before := exportTrail(e)
		e.State, e.Confirmed, e.Decided, e.Expires = ExportRefused, tx.Actor.Account, tx.Now, tx.Now.Add(exportLife)
		if confirm {
			e.State = ExportReady
		}
		tx.Changed(ExportRef(export), before, exportTrail(e))
		return e, saveExport(ctx, tx.Tx, e)
	})
}

// exportPage is how many persons are in memory at a time.
const exportPage = 2000

// FetchExport writes the file, once, for who asked for it. Before the first byte
// every person in it has an entry in the log of disclosures. The list and the
// log are of one snapshot, so nobody is given out unlogged; the snapshot is not
// held while a slow telephone downloads. begin is called when the file is about
// to be written, to set the headers of an answer.
func (a *Area) FetchExport(ctx context.Context, export id.ID, words *text.Printer, w io.Writer, begin func(Export)) error {
	whole, err := seal.NewSpool()
	if err != nil {
		return err
	}
	defer whole.Close()
	var e Export
	err = a.desk.DB.LongView(ctx, func(q db.Querier) (err error) {
		var s access.Scope
		if e, s, err = a.takeExport(ctx, q, export); err != nil {
			return err
		}
		return a.writeExport(ctx, q, s, e, words, whole)
	})
	if err != nil {
		return err
	}
	begin(e)
	_, err = whole.WriteTo(w)
	return err
}

// takeExport is the act of fetching: the file is given out from now on.
func (a *Area) takeExport(ctx context.Context, q db.Querier, export id.ID) (Export, access.Scope, error) {
	seen, err := loadExport(ctx, q, export)
	if err != nil {
		return seen, access.Scope{}, err
	}
	var scope access.Scope
	e, err := act.Do(ctx, a.desk, act.Request{Action: ExportIt, Org: seen.Org, Record: ExportRef(export), Reason: seen.Request.Reason}, func(tx *act.Tx) (Export, error) {
		e, err := loadExport(ctx, tx, export)
		if err != nil {
			return e, err
		}
		switch {
		case e.Account != tx.Actor.Account:
			return e, fault.Absent()
		case e.State == ExportFetched:
			return e, fault.New(fault.Unready, "membership.export-fetched")
		case e.State != ExportReady:
			return e, fault.New(fault.Unready, "membership.export-not-confirmed")
		case e.Expires <= tx.Now:
			return e, fault.New(fault.Unready, "membership.export-expired")
		}
		if e.Request.Reveal {
			if err := tx.Require(ctx, Reveal, e.Org); err != nil {
				return e, err
			}
		}
		if scope, err = tx.Scope(ctx, ExportIt); err != nil {
			return e, err
		}
		d := privacy.Disclosure{At: tx.Now, Account: e.Account, Purpose: e.Request.Purpose, Reason: e.Request.Reason, What: privacy.Exported, Org: e.Org}
		before := exportTrail(e)
		if e.People, err = a.eachPerson(ctx, q, scope, e.Request.Find, func(page []Person) error { return disclose(ctx, tx.Tx, d, page) }); err != nil {
			return e, err
		}
		if e.Confirmed == 0 && e.People > ConfirmAbove { // it grew since it was asked for
			return e, fault.New(fault.Unready, "membership.export-grown")
		}
		e.State, e.Fetched = ExportFetched, tx.Now
		tx.Changed(ExportRef(export), before, exportTrail(e))
		return e, saveExport(ctx, tx.Tx, e)
	})
	return e, scope, err
}

// eachPerson goes through a whole list page by page and returns its length.
func (a *Area) eachPerson(ctx context.Context, q db.Querier, s access.Scope, f Find, page func([]Person) error) (int64, error) {
	f.After, f.Limit = Cursor{}, exportPage
	var n int64
	for {
		list, err := a.List(ctx, q, s, f)
		if err != nil {
			return n, err
		}
		if err := page(list); err != nil {
			return n, err
		}
		n += int64(len(list))
		if len(list) < f.Limit {
			return n, nil
		}
		f.After = CursorOf(list[len(list)-1])
	}
}

// writeExport writes the list. Every row carries the mark of the export, so
// that also a part of a leaked file says who took it and when.
func (a *Area) writeExport(ctx context.Context, q db.Querier, s access.Scope, e Export, words *text.Printer, w io.Writer) error {
	var out sheet.Writer
	switch e.Request.Format {
	case "xlsx":
		out = sheet.NewXLSX(w)
	case "json":
		out = sheet.NewJSON(w)
	default:
		out = sheet.NewCSV(w)
	}
	columns := []sheet.Column{
		{Key: "number", Title: words.T("membership.col.number"), Kind: sheet.ID},
		{Key: "surname", Title: words.T("membership.col.surname")},
		{Key: "given", Title: words.T("membership.col.given")},
		{Key: "patronymic", Title: words.T("membership.col.patronymic")},
		{Key: "birth", Title: words.T("membership.col.birth"), Kind: sheet.Date},
		{Key: "category", Title: words.T("membership.col.category")},
		{Key: "status", Title: words.T("membership.col.status")},
		{Key: "org", Title: words.T("membership.col.org")},
	}
	if e.Request.Reveal {
		columns = append(columns, sheet.Column{Key: "national_id", Title: words.T("membership.col.national_id"), Kind: sheet.ID})
	}
	columns = append(columns, sheet.Column{Key: "export", Title: words.T("membership.col.export")})
	mark := e.ID.String() + " · " + e.Account.String() + " · " + e.Fetched.String()
	err := out.Header(columns)
	if err == nil {
		_, err = a.eachPerson(ctx, q, s, e.Request.Find, func(page []Person) error {
			orgs, numbers, err := a.belonging(ctx, q, e, page)
			if err != nil {
				return err
			}
			for _, p := range page {
				category, _ := a.profile.Category(p.Category)
				row := []any{p.Number, p.Name.Surname, p.Name.Given, p.Name.Patronymic, p.Birth, category.Name.In(words.Lang),
					words.T("membership.status." + string(p.Status)), orgs[p.Org].Names.In(words.Lang)}
				if e.Request.Reveal {
					row = append(row, numbers[p.ID])
				}
				if err := out.Row(append(row, mark)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if closed := out.Close(); err == nil {
		err = closed
	}
	return err
}
