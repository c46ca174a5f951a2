package membership

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/exchange"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/job"
	"odaq/internal/kernel/module"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/sheet"
)

// ImportBatch is an import as the API shows it.
type ImportBatch struct {
	ID       string   `json:"id"`
	Org      string   `json:"org"`
	File     string   `json:"file" doc:"name of the file"`
	State    string   `json:"state" enum:"received,checking,checked,running,stopped,completed,undoing,undone"`
	Columns  []string `json:"columns" doc:"titles of the file"`
	Mapping  []string `json:"mapping" doc:"field=Column title"`
	Checked  Tally    `json:"checked" doc:"what the dry run found"`
	Tally    Tally    `json:"tally" doc:"what became of the rows"`
	Undone   int64    `json:"undone" doc:"memberships taken back"`
	Kept     int64    `json:"kept" doc:"memberships left by the undo, changed by somebody since"`
	Made     string   `json:"made"`
	Finished string   `json:"finished,omitempty"`
	Done     int64    `json:"done,omitempty" doc:"of total, while work goes on"`
	Total    int64    `json:"total,omitempty"`
	Rate     float64  `json:"rate,omitempty" doc:"units done a second"`
	Seconds  float64  `json:"seconds_left,omitempty"`
}

// ImportProblem is what is wrong with a row of the file.
type ImportProblem struct {
	Line    int    `json:"line"`
	Column  string `json:"column,omitempty"`
	Key     string `json:"key" doc:"the same in every language"`
	Message string `json:"message"`
}

// ImportProposal is a row that is like somebody and waits for a decision.
type ImportProposal struct {
	Line   int    `json:"line"`
	Why    string `json:"why" enum:"id,name,near"`
	Name   string `json:"name" doc:"in the file"`
	Birth  string `json:"birth,omitempty"`
	Person string `json:"person,omitempty" doc:"in the register; absent where you may not see the record"`
	Known  string `json:"known,omitempty" doc:"the person’s name in the register"`
}

type (
	answer[T any] struct{ Body T }
	batchInput    struct {
		ID string `path:"id" maxLength:"13"`
	}
	batchPage struct {
		ID    string `path:"id" maxLength:"13"` // huma passes over embedded types that are not exported
		After int    `query:"after" minimum:"0" doc:"line of the last row of the page before"`
		Limit int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	}
	uploadForm struct {
		File huma.FormFile `form:"file" required:"true" doc:"CSV or XLSX"`
	}
	uploadInput struct {
		Org      string   `query:"org" required:"true" maxLength:"13" doc:"members enter it or primary organisations beneath it"`
		Category string   `query:"category" maxLength:"40" doc:"where a row says none"`
		Day      string   `query:"day" format:"date" doc:"day of joining where a row says none"`
		Decision string   `query:"decision" maxLength:"100" doc:"number of the decision where a row says none"`
		Map      []string `query:"map,explode" maxItems:"40" doc:"field=Column title, where the titles do not say it"`
		RawBody  huma.MultipartFormFiles[uploadForm]
	}
	mapInput struct {
		ID   string `path:"id" maxLength:"13"` // huma passes over embedded types that are not exported
		Body struct {
			Map      []string `json:"map,omitempty" maxItems:"40" doc:"field=Column title, where the titles do not say it"`
			Category string   `json:"category,omitempty" maxLength:"40" doc:"where a row says none"`
			Day      string   `json:"day,omitempty" maxLength:"10" doc:"day of joining where a row says none"`
			Decision string   `json:"decision,omitempty" maxLength:"100" doc:"number of the decision where a row says none"`
		}
	}
	decisionInput struct {
		ID   string `path:"id" maxLength:"13"` // huma passes over embedded types that are not exported
		Line int    `path:"line" minimum:"1"`
		Body struct {
			Choice string `json:"choice" enum:"same,other,skip"`
		}
	}
	exportInput struct {
		Body struct {
			Org      string   `json:"org,omitempty" maxLength:"13"`
			Statuses []string `json:"statuses,omitempty" maxItems:"4" enum:"active,suspended,applicant,former"`
			Category string   `json:"category,omitempty" maxLength:"40"`
			Day      string   `json:"day,omitempty" format:"date" doc:"members as of this day; now where absent"`
			Format   string   `json:"format" enum:"csv,xlsx,json"`
			Purpose  string   `json:"purpose" maxLength:"40"`
			Reason   string   `json:"reason" minLength:"1" maxLength:"500" doc:"every person in the list can read it"`
			Reveal   bool     `json:"national_id,omitempty" doc:"with the national ID"`
			Lang     string   `json:"lang,omitempty" enum:"kk,ru,en"`
		}
	}
	verdictInput struct {
		ID   string `path:"id" maxLength:"13"` // huma passes over embedded types that are not exported
		Body struct {
			Confirm bool `json:"confirm"`
		}
	}
)

// MemberExport is a list that leaves the system, as the API shows it.
type MemberExport struct {
	ID      string `json:"id"`
	Org     string `json:"org"`
	People  int64  `json:"people"`
	State   string `json:"state" enum:"waiting,ready,refused,fetched"`
	Format  string `json:"format"`
	Purpose string `json:"purpose"`
	Reason  string `json:"reason"`
	Expires string `json:"expires" doc:"after this the file is not given out"`
}

func (a *Area) importAPI(api huma.API) {
	op := func(method, name, path, summary string, status int) huma.Operation {
		return huma.Operation{OperationID: name, Method: method, Path: path, Summary: summary, Tags: []string{"membership"}, DefaultStatus: status}
	}
	upload := op(http.MethodPost, "upload-import", "/imports", "Send a file of members", http.StatusCreated)
	upload.BodyReadTimeout, upload.Middlewares = uploadTime, module.Requires(api, a.desk, ImportIt)
	huma.Register(api, upload, a.apiUpload)
	huma.Register(api, op(http.MethodGet, "get-import-template", "/imports/template", "An empty table with the titles that an import knows, XLSX", 0), a.apiTemplate)
	huma.Register(api, op(http.MethodGet, "list-imports", "/imports", "List imports", 0), a.apiImports)
	huma.Register(api, op(http.MethodGet, "get-import", "/imports/{id}", "Show an import and how far it is", 0), a.apiImport)
	for _, v := range []struct {
		verb, summary string
		do            func(context.Context, id.ID) (Batch, error)
	}{{"check", "Check a file without entering anything", a.CheckBatch}, {"run", "Enter the members, or go on where it stopped", a.RunBatch},
		{"stop", "Stop after the rows being entered", a.StopBatch}, {"undo", "Take back what an import brought in", a.UndoBatch}} {
		huma.Register(api, op(http.MethodPost, v.verb+"-import", "/imports/{id}/"+v.verb, v.summary, http.StatusAccepted), func(ctx context.Context, in *batchInput) (*answer[ImportBatch], error) {
			batch, err := askedBatch(in.ID)
			if err != nil {
				return nil, err
			}
			if _, err := v.do(ctx, batch); err != nil {
				return nil, err
			}
			return a.apiImport(ctx, in)
		})
	}
	huma.Register(api, op(http.MethodPost, "map-import", "/imports/{id}/mapping", "Say which column is which field, before the rows are entered", 0), a.apiMap)
	huma.Register(api, op(http.MethodGet, "preview-import", "/imports/{id}/preview", "Show the first rows as they will be entered, after the check", 0), a.apiPreview)
	huma.Register(api, op(http.MethodGet, "list-import-errors", "/imports/{id}/errors", "List what is wrong with rows", 0), a.apiErrors)
	huma.Register(api, op(http.MethodGet, "get-import-error-file", "/imports/{id}/errors.csv", "The bad rows, to be corrected and sent again", 0), a.apiErrorFile)
	huma.Register(api, op(http.MethodGet, "list-import-duplicates", "/imports/{id}/duplicates", "List rows that are like somebody", 0), a.apiProposals)
	huma.Register(api, op(http.MethodPost, "decide-import-duplicate", "/imports/{id}/duplicates/{line}", "Decide whether a row is somebody known", http.StatusNoContent), a.apiDecide)
	huma.Register(api, op(http.MethodPost, "request-export", "/exports", "Ask for a list of members as a file", http.StatusCreated), a.apiExport)
	huma.Register(api, op(http.MethodGet, "list-exports", "/exports", "List the exports you asked for and those you may confirm", 0), a.apiExports)
	huma.Register(api, op(http.MethodPost, "decide-export", "/exports/{id}/decision", "Confirm or refuse somebody else’s export", 0), a.apiVerdict)
	huma.Register(api, op(http.MethodGet, "fetch-export", "/exports/{id}/file", "Fetch the file, once", 0), a.apiFetch(api))
}

// uploadTime is how long a file of members may be on its way: the largest over
// a slow line.
const uploadTime = time.Hour

func (a *Area) apiTemplate(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
	if _, err := a.readable(ctx, a.desk.DB.Read(), ImportIt); err != nil {
		return nil, err
	}
	words := text.From(ctx)
	return &huma.StreamResponse{Body: func(h huma.Context) {
		h.SetHeader("Content-Type", contentTypes["xlsx"])
		h.SetHeader("Content-Disposition", attachment("members", "xlsx"))
		if err := writeTemplate(h.BodyWriter(), words); err != nil {
			panic(http.ErrAbortHandler) // the file is not whole, and the client is to know
		}
	}}, nil
}

// askedBatch reads an identifier; a malformed one is not found.
func askedBatch(s string) (id.ID, error) {
	v, err := id.Parse(s)
	if err != nil {
		return 0, fault.Absent()
	}
	return v, nil
}

// seenBatch is a batch the actor may see.
func (a *Area) seenBatch(ctx context.Context, s string) (Batch, error) {
	batch, err := askedBatch(s)
	if err != nil {
		return Batch{}, err
	}
	scope, err := a.scope(ctx, ImportIt)
	if err != nil {
		return Batch{}, err
	}
	return GetBatch(ctx, a.desk.DB.Read(), scope, batch)
}

func (a *Area) scope(ctx context.Context, action access.Action) (access.Scope, error) {
	return a.desk.Gate.Scope(ctx, a.desk.DB.Read(), access.From(ctx), action)
}

func (a *Area) importBatch(ctx context.Context, b Batch) (ImportBatch, error) {
	out := ImportBatch{ID: b.ID.String(), Org: b.Org.String(), File: b.Name, State: string(b.State), Columns: b.Header, Mapping: b.Mapping.Flags(), Checked: b.Checked,
		Tally: b.Tally, Undone: b.Undone, Kept: b.Kept, Made: b.Made.String()}
	if b.Finished != 0 {
		out.Finished = b.Finished.String()
	}
	if !b.Busy() || b.Job == 0 {
		return out, nil
	}
	j, err := job.Get(ctx, a.desk.DB.Read(), b.Job)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			err = nil
		}
		return out, err
	}
	rate, left := j.Rate(a.desk.Clock.Now())
	out.Done, out.Total, out.Rate, out.Seconds = j.Progress.Done, j.Progress.Total, rate, left.Seconds()
	return out, nil
}

func (a *Area) apiUpload(ctx context.Context, in *uploadInput) (*answer[ImportBatch], error) {
	f := fault.Check()
	r := ImportRequest{Defaults: Defaults{Category: in.Category, Decision: in.Decision, Day: cal.Forever}}
	if err := r.Org.UnmarshalText([]byte(in.Org)); err != nil || r.Org == 0 {
		f.In("org", "fault.choice")
	}
	if in.Day != "" {
		var err error
		if r.Defaults.Day, err = cal.ParseDay(in.Day); err != nil {
			f.In("day", "fault.date")
		}
	}
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	var err error
	if r.Mapping, err = exchange.FromFlags(in.Map); err != nil {
		return nil, err
	}
	file := in.RawBody.Data().File
	r.Name = file.Filename
	b, err := a.Receive(ctx, r, file, file.Size)
	if err != nil {
		return nil, err
	}
	out, err := a.importBatch(ctx, b)
	return &answer[ImportBatch]{out}, err
}

// ImportList is a page of imports.
type ImportList struct {
	Imports []ImportBatch `json:"imports"`
	Next    string        `json:"next,omitempty" doc:"pass it as before; absent on the last page"`
}

func (a *Area) apiImports(ctx context.Context, in *struct {
	Before string `query:"before" maxLength:"13"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}) (*answer[ImportList], error) {
	var before id.ID
	if err := before.UnmarshalText([]byte(in.Before)); err != nil {
		return nil, fault.Check().In("before", "fault.choice")
	}
	scope, err := a.scope(ctx, ImportIt)
	if err != nil {
		return nil, err
	}
	list, err := Batches(ctx, a.desk.DB.Read(), scope, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := ImportList{Imports: []ImportBatch{}}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Next = list[in.Limit-1].ID.String()
	}
	for _, b := range list {
		one, err := a.importBatch(ctx, b)
		if err != nil {
			return nil, err
		}
		out.Imports = append(out.Imports, one)
	}
	return &answer[ImportList]{out}, nil
}

func (a *Area) apiImport(ctx context.Context, in *batchInput) (*answer[ImportBatch], error) {
	b, err := a.seenBatch(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out, err := a.importBatch(ctx, b)
	return &answer[ImportBatch]{out}, err
}

func (a *Area) apiMap(ctx context.Context, in *mapInput) (*answer[ImportBatch], error) {
	b, err := a.seenBatch(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	d := Defaults{Category: in.Body.Category, Decision: in.Body.Decision, Day: cal.Forever}
	if in.Body.Day != "" {
		if d.Day, err = cal.ParseDay(in.Body.Day); err != nil {
			return nil, fault.Check().In("day", "fault.date")
		}
	}
	m, err := exchange.FromFlags(in.Body.Map)
	if err != nil {
		return nil, err
	}
	if b, err = a.Map(ctx, b.ID, m, d); err != nil {
		return nil, err
	}
	out, err := a.importBatch(ctx, b)
	return &answer[ImportBatch]{out}, err
}

func (a *Area) apiPreview(ctx context.Context, in *batchInput) (*answer[[]Sample], error) {
	b, err := a.seenBatch(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	p, err := a.preview(ctx, a.desk.DB.Read(), b.ID)
	if err != nil {
		return nil, err
	}
	return &answer[[]Sample]{append([]Sample{}, p.Sample...)}, nil
}

func (a *Area) apiErrors(ctx context.Context, in *batchPage) (*answer[[]ImportProblem], error) {
	b, err := a.seenBatch(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	rows, err := a.batchRows(ctx, a.desk.DB.Read(), b.ID, "bad", "", in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	out := []ImportProblem{}
	words := text.From(ctx)
	for _, r := range rows {
		for _, p := range localised(r.Problems) {
			out = append(out, ImportProblem{p.Line, p.Column, p.Key, p.In(words)})
		}
	}
	return &answer[[]ImportProblem]{out}, nil
}

func (a *Area) apiErrorFile(ctx context.Context, in *batchInput) (*huma.StreamResponse, error) {
	b, err := a.seenBatch(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	words := text.From(ctx)
	return &huma.StreamResponse{Body: func(h huma.Context) {
		h.SetHeader("Content-Type", contentTypes["csv"])
		h.SetHeader("Content-Disposition", attachment("errors-"+b.ID.String(), "csv"))
		if _, err := a.WriteErrors(ctx, b, sheet.NewCSV(h.BodyWriter()), words); err != nil {
			panic(http.ErrAbortHandler) // the file is not whole, and the client is to know
		}
	}}, nil
}

func (a *Area) apiProposals(ctx context.Context, in *batchPage) (*answer[[]ImportProposal], error) {
	b, err := a.seenBatch(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	scope, err := a.scope(ctx, View)
	if err != nil {
		return nil, err
	}
	list, err := a.Proposals(ctx, a.desk.DB.Read(), scope, b, in.After, in.Limit)
	out := make([]ImportProposal, len(list))
	for i, p := range list {
		out[i] = ImportProposal{Line: p.Line, Why: p.Why, Name: p.Row.Name, Birth: p.Row.Birth.String(), Known: FullName(p.Person.Name)}
		if p.Person.ID != 0 {
			out[i].Person = p.Person.ID.String()
		}
	}
	return &answer[[]ImportProposal]{out}, err
}

func (a *Area) apiDecide(ctx context.Context, in *decisionInput) (*struct{}, error) {
	batch, err := askedBatch(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, a.Decide(ctx, batch, in.Line, Choice(in.Body.Choice))
}

func memberExport(e Export) MemberExport {
	return MemberExport{ID: e.ID.String(), Org: e.Org.String(), People: e.People, State: string(e.State), Format: e.Request.Format,
		Purpose: string(e.Request.Purpose), Reason: e.Request.Reason, Expires: e.Expires.String()}
}

func (a *Area) apiExport(ctx context.Context, in *exportInput) (*answer[MemberExport], error) {
	f := fault.Check()
	r := ExportRequest{Find: Find{Category: in.Body.Category}, Format: in.Body.Format, Purpose: privacy.Purpose(in.Body.Purpose), Reason: in.Body.Reason,
		Reveal: in.Body.Reveal, Lang: text.Lang(in.Body.Lang)}
	if err := r.Find.Org.UnmarshalText([]byte(in.Body.Org)); err != nil {
		f.In("org", "fault.choice")
	}
	for _, s := range in.Body.Statuses {
		r.Find.Statuses = append(r.Find.Statuses, Status(s))
	}
	if in.Body.Day != "" {
		var err error
		if r.Find.Day, err = cal.ParseDay(in.Body.Day); err != nil {
			f.In("day", "fault.date")
		}
	}
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	e, err := a.RequestExport(ctx, r)
	if err != nil {
		return nil, err
	}
	return &answer[MemberExport]{memberExport(e)}, nil
}

// ExportList is the exports of an account and those that wait for it.
type ExportList struct {
	Own     []MemberExport `json:"own"`
	Waiting []MemberExport `json:"waiting" doc:"of others, for you to confirm"`
}

func (a *Area) apiExports(ctx context.Context, _ *struct{}) (*answer[ExportList], error) {
	if !access.From(ctx).Signed() {
		return nil, fault.New(fault.Denied, "fault.signin")
	}
	scope, err := a.scope(ctx, ConfirmIt)
	if err != nil {
		return nil, err
	}
	own, waiting, err := Exports(ctx, a.desk.DB.Read(), access.From(ctx).Account, scope, 100)
	out := ExportList{Own: []MemberExport{}, Waiting: []MemberExport{}}
	for _, e := range own {
		out.Own = append(out.Own, memberExport(e))
	}
	for _, e := range waiting {
		out.Waiting = append(out.Waiting, memberExport(e))
	}
	return &answer[ExportList]{out}, err
}

func (a *Area) apiVerdict(ctx context.Context, in *verdictInput) (*answer[MemberExport], error) {
	export, err := askedBatch(in.ID)
	if err != nil {
		return nil, err
	}
	e, err := a.DecideExport(ctx, export, in.Body.Confirm)
	if err != nil {
		return nil, err
	}
	return &answer[MemberExport]{memberExport(e)}, nil
}

// apiFetch answers with the file, or with what refuses it.
func (a *Area) apiFetch(api huma.API) func(context.Context, *batchInput) (*huma.StreamResponse, error) {
	return func(ctx context.Context, in *batchInput) (*huma.StreamResponse, error) {
		export, err := askedBatch(in.ID)
		if err != nil {
			return nil, err
		}
		words := text.From(ctx)
		return &huma.StreamResponse{Body: func(h huma.Context) {
			begun := false
			err := a.FetchExport(ctx, export, words, lateBody{h}, func(e Export) {
				begun = true
				h.SetHeader("Content-Type", contentTypes[e.Request.Format])
				h.SetHeader("Content-Disposition", attachment("members-"+e.ID.String(), e.Request.Format))
			})
			switch {
			case err == nil:
			case begun:
				panic(http.ErrAbortHandler) // the file is not whole, and the client is to know
			default:
				huma.WriteErr(api, h, fault.Of(err).Kind.Status(), "", err)
			}
		}}, nil
	}
}

// lateBody is the body of an answer, asked for when the first byte is there:
// until then the answer can still be an error.
type lateBody struct{ answer huma.Context }

// Write writes to the body.
func (l lateBody) Write(b []byte) (int, error) { return l.answer.BodyWriter().Write(b) }

// contentTypes of the files by their endings.
var contentTypes = map[string]string{
	"csv": "text/csv; charset=utf-8", "json": "application/json",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// attachment is the header by which a browser saves a file.
func attachment(name, ending string) string {
	return `attachment; filename="odaq-` + name + `.` + ending + `"`
}
