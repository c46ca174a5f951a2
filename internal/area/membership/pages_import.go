package membership

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/exchange"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/job"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/site"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/sheet"
	"odaq/internal/platform/ui"
)

// importPages registers the pages of imports and exports.
func (a *Area) importPages(s *site.Site) {
	s.Handle("GET /members/import", ImportIt, a.importList)
	s.Handle("POST /members/import", ImportIt, a.importUpload)
	s.Handle("GET /members/import/template", ImportIt, a.importTemplate)
	s.Handle("GET /members/import/{batch}", ImportIt, a.importShow)
	s.Handle("POST /members/import/{batch}", ImportIt, a.importAct)
	s.Handle("GET /members/import/{batch}/errors", ImportIt, a.importErrors)
	s.Handle("GET /members/import/{batch}/undo", ImportIt, a.importUndo)
	s.Handle("GET /members/import/{batch}/duplicates", ImportIt, a.importDuplicates)
	s.Handle("POST /members/import/{batch}/duplicates", ImportIt, a.importDecide)
	s.Handle("GET /members/export", View, a.exportList)
	s.Handle("POST /members/export", ExportIt, a.exportAsk)
	s.Handle("GET /members/export/{export}", ExportIt, a.exportFetch)
	s.Handle("POST /members/export/{export}", ConfirmIt, a.exportDecide)
}

const (
	importPath = "/members/import"
	exportHome = "/members/export"
	importNav  = "membership.nav"
	pageRows   = 50
)

func (b Batch) path() string { return importPath + "/" + b.ID.String() }

// importCrumbs are the way to a page of imports.
func importCrumbs(t *text.Printer, key string, more ...site.Crumb) []site.Crumb {
	return append([]site.Crumb{{Label: t.T("membership.import.members"), Path: "/members"}, {Label: t.T(key), Path: map[string]string{
		"membership.import.title": importPath, "membership.export.title": exportHome}[key]}}, more...)
}

// asked is a form that is shown again with what was wrong with it.
type asked struct {
	values  url.Values
	problem text.Problem
}

func (q asked) wrong(field string) string {
	for _, f := range q.problem.Fields {
		if f.Name == field {
			return f.Message
		}
	}
	return ""
}

// summary lists what is wrong, with links to the fields there are.
func (q asked) summary(t *text.Printer, fields ...string) ui.ErrorSummary {
	out := ui.ErrorSummary{Title: t.T("membership.import.wrong")}
	if q.problem.Message != "" && len(q.problem.Fields) == 0 {
		out.Items = append(out.Items, ui.FieldError{Message: q.problem.Message})
	}
	for _, f := range q.problem.Fields {
		item := ui.FieldError{Message: f.Message}
		for _, known := range fields {
			if known == f.Name {
				item.Name = known
			}
		}
		out.Items = append(out.Items, item)
	}
	return out
}

// importOrgs are organisations to import into: where the actor may, and the
// one the page was asked for.
func (a *Area) importOrgs(r *site.Request, action access.Action, chosen string) ([]ui.Option, error) {
	scope, err := r.Scope(action)
	if err != nil {
		return nil, err
	}
	roots := scope.Roots()
	if scope.All() {
		top, err := org.Top(r.Context(), a.desk.DB.Read(), r.Today)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		roots = append(roots, top.Org)
	}
	var v id.ID
	if v.UnmarshalText([]byte(chosen)) == nil && v != 0 {
		sees, err := scope.Sees(r.Context(), a.desk.DB.Read(), v)
		if err != nil {
			return nil, err
		}
		if sees {
			roots = append([]id.ID{v}, roots...)
		}
	}
	var out []ui.Option
	seen := map[id.ID]bool{0: true}
	add := func(v org.Version) {
		if !seen[v.Org] {
			seen[v.Org] = true
			out = append(out, ui.Option{Value: v.Org.String(), Label: v.Names.In(r.T.Lang)})
		}
	}
	for _, root := range roots {
		if root == 0 {
			continue
		}
		v, err := org.Get(r.Context(), a.desk.DB.Read(), root, r.Today)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		add(v)
		beneath, err := org.List(r.Context(), a.desk.DB.Read(), org.Find{Day: r.Today, Parent: root, Limit: 200})
		if err != nil {
			return nil, err
		}
		for _, b := range beneath {
			add(b)
		}
	}
	return out, nil
}

func (a *Area) categoryChoices(t *text.Printer, none string) []ui.Option {
	out := []ui.Option{{Value: "", Label: none}}
	for _, c := range a.profile.Categories {
		out = append(out, ui.Option{Value: c.Code, Label: c.Name.In(t.Lang)})
	}
	return out
}

// importList shows the upload form and the imports there were.
func (a *Area) importList(r *site.Request) error {
	p, body, err := a.uploadPage(r, asked{values: r.URL.Query()})
	if err != nil {
		return err
	}
	return r.Show(p, body)
}

func (a *Area) uploadPage(r *site.Request, q asked) (site.Page, templ.Component, error) {
	page := site.Page{Title: r.T.T("membership.import.title"), Section: importNav, Crumbs: importCrumbs(r.T, "membership.import.title")}
	v := uploadView{T: r.T, Asked: q}
	var err error
	if v.Orgs, err = a.importOrgs(r, ImportIt, q.values.Get("org")); err != nil {
		return page, nil, err
	}
	scope, err := r.Scope(ImportIt)
	if err != nil {
		return page, nil, err
	}
	var before id.ID
	if err := before.UnmarshalText([]byte(r.URL.Query().Get("before"))); err != nil {
		return page, nil, fault.Absent()
	}
	list, err := Batches(r.Context(), a.desk.DB.Read(), scope, before, pageRows+1)
	if err != nil {
		return page, nil, err
	}
	if len(list) > pageRows {
		list = list[:pageRows]
		v.Older = r.With("before", list[pageRows-1].ID.String())
	}
	names, err := a.orgNames(r, list)
	if err != nil {
		return page, nil, err
	}
	v.Table = ui.Table{ID: "imports", Brief: true, Caption: r.T.T("membership.import.list"), Cols: []ui.Col{{Label: r.T.T("membership.import.file")}, {Label: r.T.T("membership.list.col.org")},
		{Label: r.T.T("membership.import.when")}, {Label: r.T.T("membership.import.state")}, {Label: r.T.T("membership.import.entered"), Num: true}, {Label: r.T.T("membership.import.bad"), Num: true}},
		Empty: &ui.Empty{Title: r.T.T("membership.import.none"), Text: r.T.T("membership.import.none-hint")}}
	for _, b := range list {
		tag := stateTag(r.T, b.State)
		v.Table.Rows = append(v.Table.Rows, []ui.Cell{{Text: b.Name, Href: b.path()}, {Text: names[b.Org].Names.In(r.T.Lang)}, {Text: r.T.Moment(b.Made, r.Zone())},
			{Tag: &tag}, {Text: r.T.Number(b.Tally.Entered + b.Tally.Readmitted)}, {Text: r.T.Number(b.Tally.Bad)}})
	}
	return page, uploadBody(v), nil
}

func (a *Area) orgNames(r *site.Request, list []Batch) (map[id.ID]org.Version, error) {
	var orgs []id.ID
	for _, b := range list {
		orgs = append(orgs, b.Org)
	}
	return org.Many(r.Context(), a.desk.DB.Read(), orgs, r.Today)
}

func stateTag(t *text.Printer, s BatchState) ui.Tag {
	tones := map[BatchState]ui.Tone{Completed: ui.OK, Running: ui.Info, Checking: ui.Info, Undoing: ui.Info, Checked: ui.Warn, Stopped: ui.Warn, Received: ui.Warn}
	return ui.Tag{Label: t.T("membership.import.state." + string(s)), Tone: tones[s]}
}

// uploadView is the page of the upload form.
type uploadView struct {
	T     *text.Printer
	Asked asked
	Orgs  []ui.Option
	Table ui.Table
	Older string
}

// importUpload takes a file and goes on to its columns.
func (a *Area) importUpload(r *site.Request) error {
	values, err := r.Form()
	if err != nil {
		return err
	}
	b, err := a.uploaded(r, values)
	if err != nil {
		p, body, failed := a.uploadPage(r, asked{values, r.T.Fault(err)})
		if failed != nil {
			return failed
		}
		return r.Again(err, p, body)
	}
	return r.Go(b.path(), "")
}

func (a *Area) uploaded(r *site.Request, values url.Values) (Batch, error) {
	f := fault.Check()
	request := ImportRequest{Defaults: Defaults{Lang: r.T.Lang, Day: cal.Forever}}
	if err := request.Org.UnmarshalText([]byte(values.Get("org"))); err != nil || request.Org == 0 {
		f.In("org", "fault.choice")
	}
	file, head, err := r.FormFile("file")
	if err != nil || head.Size == 0 {
		f.In("file", "membership.import.choose-file")
	}
	if err := f.OrNil(); err != nil {
		return Batch{}, err
	}
	defer file.Close()
	defer r.MultipartForm.RemoveAll()
	request.Name = head.Filename
	return a.Receive(r.Context(), request, file, head.Size)
}

// importTemplate is an empty table with the titles that are understood.
func (a *Area) importTemplate(r *site.Request) error {
	r.W.Header().Set("Content-Type", contentTypes["xlsx"])
	r.W.Header().Set("Content-Disposition", attachment("members", "xlsx"))
	return writeTemplate(r.W, r.T)
}

// writeTemplate writes a table of titles alone.
func writeTemplate(w io.Writer, t *text.Printer) error {
	out := sheet.NewXLSX(w)
	var columns []sheet.Column
	for _, f := range ImportFields {
		columns = append(columns, sheet.Column{Key: f.Key, Title: t.T("membership.col." + f.Key), Kind: sheet.ID})
	}
	err := out.Header(columns)
	if closed := out.Close(); err == nil {
		err = closed
	}
	return err
}

// batchOf is the batch of the path, as far as the actor may see it.
func (a *Area) batchOf(r *site.Request) (Batch, error) {
	v, err := r.ID("batch")
	if err != nil {
		return Batch{}, err
	}
	scope, err := r.Scope(ImportIt)
	if err != nil {
		return Batch{}, err
	}
	return GetBatch(r.Context(), a.desk.DB.Read(), scope, v)
}

// importShow is the page of a batch: what is to be done next, or what was.
func (a *Area) importShow(r *site.Request) error {
	b, err := a.batchOf(r)
	if err != nil {
		return err
	}
	if !b.Busy() && r.Header.Get("HX-Request") == "true" {
		r.W.Header().Set("HX-Refresh", "true") // the progress asks, and the work is done: the whole page has changed
	}
	p, body, err := a.batchPage(r, b, asked{values: b.Mapping.Form()})
	if err != nil {
		return err
	}
	return r.Show(p, body)
}

// batchView is the page of a batch.
type batchView struct {
	T          *text.Printer
	B          Batch
	Org        string
	Asked      asked
	Steps      ui.Steps
	Columns    []ui.Option // of the file
	Categories []ui.Option
	Unused     string
	Progress   ui.Progress
	Failed     string
	Counts     ui.Counts
	Sample     ui.Table
	Problems   ui.Table
	Nothing    bool   // checked, and no row can be entered
	More       string // how many problems are not shown
	Gone       bool   // the file is destroyed
}

func (a *Area) batchPage(r *site.Request, b Batch, q asked) (site.Page, templ.Component, error) {
	page := site.Page{Title: r.T.T("membership.import.of", "File", b.Name), Section: importNav,
		Crumbs: importCrumbs(r.T, "membership.import.title", site.Crumb{Label: b.Name})}
	v := batchView{T: r.T, B: b, Asked: q, Gone: b.Expires != 0 && b.Expires <= r.Now()}
	names, err := a.orgNames(r, []Batch{b})
	if err != nil {
		return page, nil, err
	}
	v.Org = names[b.Org].Names.In(r.T.Lang)
	step := map[BatchState]int{Received: 1, Checking: 2, Checked: 2, Running: 3, Stopped: 3, Completed: 4, Undoing: 4, Undone: 4}[b.State]
	v.Steps = ui.Steps{Label: r.T.T("membership.import.step", "N", min(step+1, 4)), Current: step,
		Items: []string{r.T.T("membership.import.step.file"), r.T.T("membership.import.step.columns"), r.T.T("membership.import.step.preview"), r.T.T("membership.import.step.enter")}}
	switch {
	case b.Busy():
		page.Refresh = 2
		err = a.fillProgress(r, &v)
		if v.Failed != "" {
			page.Refresh = 0
		}
	case b.State == Received:
		a.fillColumns(r, &v)
	default:
		err = a.fillResult(r, &v)
	}
	return page, batchBody(v), err
}

func (a *Area) fillColumns(r *site.Request, v *batchView) {
	v.Columns = []ui.Option{{Value: "", Label: r.T.T("membership.import.no-column")}}
	for _, c := range v.B.Header {
		if c != "" {
			v.Columns = append(v.Columns, ui.Option{Value: c, Label: c})
		}
	}
	v.Categories = a.categoryChoices(r.T, r.T.T("membership.import.no-default"))
	v.Unused = strings.Join(v.B.Mapping.Unused(v.B.Header), ", ")
}

func (a *Area) fillProgress(r *site.Request, v *batchView) error {
	v.Progress = ui.Progress{ID: "work", Href: v.B.path(), Title: r.T.T("membership.import.state." + string(v.B.State)), Running: true}
	if v.B.State == Running { // a check counts at its end, an undoing counts otherwise
		v.Progress.Line, v.Progress.Counts = r.T.T("membership.import.rows", "N", v.B.Tally.Rows), tallyCounts(r.T, v.B.Tally)
	}
	if v.B.Job == 0 {
		return nil
	}
	j, err := job.Get(r.Context(), a.desk.DB.Read(), v.B.Job)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	v.Progress.Done, v.Progress.Total = j.Progress.Done, j.Progress.Total
	if j.Progress.Total > 0 {
		v.Progress.Line = r.T.Percent(float64(j.Progress.Done)/float64(j.Progress.Total), 0)
	}
	if spent := r.Now().Sub(j.Started).Seconds(); v.B.State == Running && j.State == job.Running && v.B.Tally.Rows > 0 && spent > 0 {
		v.Progress.Rate = r.T.T("membership.import.rate", "N", int64(float64(v.B.Tally.Rows)/spent))
	}
	speed, left := j.Rate(r.Now())
	if v.B.State == Undoing && speed >= 1 {
		v.Progress.Rate = r.T.T("membership.import.rate", "N", int64(speed))
	}
	if left > 0 {
		v.Progress.Left = r.T.T("membership.import.left", "Time", duration(r.T, left))
	}
	if j.State == job.Failed || j.State == job.Cancelled {
		v.Progress.Running, v.Failed = false, r.T.T("membership.import.interrupted")
	}
	return nil
}

func duration(t *text.Printer, d time.Duration) string {
	if d < 90*time.Second {
		return t.T("membership.import.seconds", "N", int64(d.Seconds()+1))
	}
	return t.T("membership.import.minutes", "N", int64(d.Minutes()+.5))
}

func tallyCounts(t *text.Printer, n Tally) ui.Counts {
	tone := func(v int64, tone ui.Tone) ui.Tone {
		if v == 0 {
			return ui.Plain
		}
		return tone
	}
	return ui.Counts{Items: []ui.Amount{
		{Value: t.Number(n.Entered), Label: t.T("membership.import.entered")},
		{Value: t.Number(n.Readmitted), Label: t.T("membership.import.readmitted")},
		{Value: t.Number(n.Unchanged), Label: t.T("membership.import.unchanged")},
		{Value: t.Number(n.Alike), Label: t.T("membership.import.alike"), Tone: tone(n.Alike, ui.Warn)},
		{Value: t.Number(n.Bad), Label: t.T("membership.import.bad"), Tone: tone(n.Bad, ui.Bad)},
	}}
}

// fillResult shows what a dry run or the import itself came to.
func (a *Area) fillResult(r *site.Request, v *batchView) error {
	n := v.B.Tally
	if v.B.State == Checked {
		n = v.B.Checked
	}
	v.Counts = tallyCounts(r.T, n)
	preview, err := a.preview(r.Context(), a.desk.DB.Read(), v.B.ID)
	if err != nil {
		return err
	}
	if v.B.State == Checked {
		v.Sample = ui.Table{ID: "sample", Brief: true, Caption: r.T.T("membership.import.sample"), ShowCaption: false, Cols: []ui.Col{{Label: r.T.T("membership.import.name")}, {Label: r.T.T("membership.import.line"), Num: true},
			{Label: r.T.T("membership.col.birth")}, {Label: r.T.T("membership.col.category")}, {Label: r.T.T("membership.col.day")}, {Label: r.T.T("membership.import.becomes")}},
			Empty: &ui.Empty{Title: r.T.T("membership.import.no-good"), Text: r.T.T("membership.import.no-good-hint")}}
		orgs := make([]id.ID, len(preview.Sample))
		for i, s := range preview.Sample {
			orgs[i] = s.Org
		}
		names, err := org.Many(r.Context(), a.desk.DB.Read(), orgs, r.Today)
		if err != nil {
			return err
		}
		several := slices.ContainsFunc(orgs, func(o id.ID) bool { return o != v.B.Org }) // else the page's head names it
		if several {
			v.Sample.Cols = append(v.Sample.Cols, ui.Col{Label: r.T.T("membership.col.org")})
		}
		for _, s := range preview.Sample {
			category, _ := a.profile.Category(s.Category)
			row := []ui.Cell{{Text: s.Name}, {Text: strconv.Itoa(s.Line)}, {Text: r.T.ShortDay(s.Birth)}, {Text: category.Name.In(r.T.Lang)}, {Text: r.T.ShortDay(s.Day)},
				{Text: r.T.T("membership.import.fate." + s.Fate)}}
			if several {
				row = append(row, ui.Cell{Text: names[s.Org].Names.In(r.T.Lang)})
			}
			v.Sample.Rows = append(v.Sample.Rows, row)
		}
	}
	rows, err := a.batchRows(r.Context(), a.desk.DB.Read(), v.B.ID, "bad", "", 0, pageRows)
	if err != nil {
		return err
	}
	v.Nothing = v.B.State == Checked && n.Rows > 0 && n.Rows == n.Bad
	v.Problems = ui.Table{ID: "problems", Brief: true, Caption: r.T.T("membership.import.problems"), Cols: []ui.Col{{Label: r.T.T("membership.import.line"), Num: true}, {Label: r.T.T("membership.import.reason")}}}
	for _, row := range rows {
		var said []string
		for _, p := range localised(row.Problems) {
			said = append(said, p.In(r.T))
		}
		v.Problems.Rows = append(v.Problems.Rows, []ui.Cell{{Text: strconv.Itoa(row.Line)}, {Body: reasons(said)}})
	}
	if rest := n.Bad - int64(len(rows)); rest > 0 {
		v.More = r.T.T("membership.import.more-bad", "N", rest)
	}
	return nil
}

// importAct does what a button of the batch's page says.
func (a *Area) importAct(r *site.Request) error {
	b, err := a.batchOf(r)
	if err != nil {
		return err
	}
	values, err := r.Form()
	if err != nil {
		return err
	}
	ctx, flash := r.Context(), ""
	switch values.Get("do") {
	case "check":
		d := Defaults{Category: values.Get("category"), Decision: strings.TrimSpace(values.Get("decision")), Lang: r.T.Lang, Day: cal.Forever}
		if day := values.Get("day"); day != "" {
			if d.Day, err = cal.ParseDay(day); err != nil {
				err = fault.Check().In("day", "fault.date")
			}
		}
		var mapped Batch
		if err == nil {
			mapped, err = a.Map(ctx, b.ID, exchange.FromForm(values), d)
		}
		if err == nil {
			err = everyRow(r.T, mapped)
		}
		if err == nil {
			_, err = a.CheckBatch(ctx, b.ID)
		}
	case "columns":
		_, err = a.Map(ctx, b.ID, b.Mapping, b.Defaults)
	case "run":
		_, err = a.RunBatch(ctx, b.ID)
	case "again":
		switch b.State {
		case Checking:
			_, err = a.CheckBatch(ctx, b.ID)
		case Undoing:
			_, err = a.UndoBatch(ctx, b.ID)
		default:
			_, err = a.RunBatch(ctx, b.ID)
		}
	case "stop":
		_, err = a.StopBatch(ctx, b.ID)
		flash = "membership.import.stopped"
	case "undo":
		_, err = a.UndoBatch(ctx, b.ID)
	default:
		return fault.Absent()
	}
	if err == nil {
		return r.Go(b.path(), flash)
	}
	if b.State != Received {
		return err
	}
	p, body, failed := a.batchPage(r, b, asked{values, r.T.Fault(err)})
	if failed != nil {
		return failed
	}
	return r.Again(err, p, body)
}

// everyRow asks for a column or a value of what no row can do without: else
// every row of the file would be refused.
func everyRow(t *text.Printer, b Batch) error {
	f := fault.Check()
	need := func(field string, given bool) {
		if !given && b.Mapping.Column(field) == "" {
			f.In(field, "membership.import.no-value", "Column", t.T("membership.col."+field))
		}
	}
	need("category", b.Defaults.Category != "")
	need("day", b.Defaults.Day != cal.Forever)
	need("decision", b.Defaults.Decision != "")
	return f.OrNil()
}

// importErrors is the file of the bad rows.
func (a *Area) importErrors(r *site.Request) error {
	b, err := a.batchOf(r)
	if err != nil {
		return err
	}
	format := "csv"
	if strings.HasSuffix(strings.ToLower(b.Name), ".xlsx") {
		format = "xlsx"
	}
	r.W.Header().Set("Content-Type", contentTypes[format])
	r.W.Header().Set("Content-Disposition", attachment("errors-"+b.ID.String(), format))
	out := sheet.NewCSV(r.W)
	if format == "xlsx" {
		out = sheet.NewXLSX(r.W)
	}
	_, err = a.WriteErrors(r.Context(), b, out, r.T)
	return err
}

// importUndo asks whether the batch is really to be taken back.
func (a *Area) importUndo(r *site.Request) error {
	b, err := a.batchOf(r)
	if err != nil {
		return err
	}
	title := r.T.T("membership.import.undo-title", "File", b.Name)
	return r.Show(site.Page{Title: title, Section: importNav, Crumbs: importCrumbs(r.T, "membership.import.title", site.Crumb{Label: b.Name, Path: b.path()}, site.Crumb{Label: r.T.T("membership.import.undo")})},
		undoBody(r.T, b, title))
}

// duplicatesView is the page of likenesses to be decided.
type duplicatesView struct {
	T    *text.Printer
	B    Batch
	List []Proposal
	More bool
}

func (a *Area) importDuplicates(r *site.Request) error {
	b, err := a.batchOf(r)
	if err != nil {
		return err
	}
	if b.State != Completed && b.State != Stopped {
		return r.Go(b.path(), "") // nothing is to be decided, or no more
	}
	scope, err := r.Scope(View)
	if err != nil {
		return err
	}
	list, err := a.Proposals(r.Context(), a.desk.DB.Read(), scope, b, 0, 11)
	if err != nil {
		return err
	}
	v := duplicatesView{T: r.T, B: b, List: list[:min(len(list), 10)], More: len(list) > 10}
	return r.Show(site.Page{Title: r.T.T("membership.import.duplicates"), Section: importNav,
		Crumbs: importCrumbs(r.T, "membership.import.title", site.Crumb{Label: b.Name, Path: b.path()}, site.Crumb{Label: r.T.T("membership.import.duplicates")})}, duplicatesBody(v))
}

func (a *Area) importDecide(r *site.Request) error {
	b, err := a.batchOf(r)
	if err != nil {
		return err
	}
	values, err := r.Form()
	if err != nil {
		return err
	}
	line, err := strconv.Atoi(values.Get("line"))
	if err != nil {
		return fault.Absent()
	}
	if err := a.Decide(r.Context(), b.ID, line, Choice(values.Get("choice"))); err != nil {
		return err
	}
	return r.Go(b.path()+"/duplicates", "membership.import.decided")
}

// exportView is the page of exports.
type exportView struct {
	T        *text.Printer
	Asked    asked
	May      bool
	Orgs     []ui.Option
	Statuses []ui.Option
	Category []ui.Option
	Purposes []ui.Option
	Reveal   bool
	Own      ui.Table
	Waiting  []waitingExport
	Max      string
}

// waitingExport is an export that waits for this person.
type waitingExport struct {
	Export
	Facts ui.SummaryList
}

func (a *Area) exportList(r *site.Request) error {
	p, body, err := a.exportPage(r, asked{values: r.URL.Query()})
	if err != nil {
		return err
	}
	return r.Show(p, body)
}

func (a *Area) exportPage(r *site.Request, q asked) (site.Page, templ.Component, error) {
	page := site.Page{Title: r.T.T("membership.export.title"), Section: importNav, Crumbs: importCrumbs(r.T, "membership.export.title")}
	t := r.T
	v := exportView{T: t, Asked: q, May: r.Can(ExportIt, 0), Reveal: r.Can(Reveal, 0), Max: t.Number(ConfirmAbove)}
	if !v.May && !r.Can(ConfirmIt, 0) {
		if err := r.Require(ExportIt, 0); err != nil {
			return page, nil, err
		}
	}
	var err error
	if v.Orgs, err = a.importOrgs(r, ExportIt, q.values.Get("org")); err != nil {
		return page, nil, err
	}
	for _, s := range Statuses {
		v.Statuses = append(v.Statuses, ui.Option{Value: string(s), Label: t.T("membership.status." + string(s))})
	}
	v.Category = a.categoryChoices(t, t.T("membership.export.all-categories"))
	for _, p := range ExportPurposes {
		v.Purposes = append(v.Purposes, ui.Option{Value: string(p), Label: t.T("privacy.purpose." + string(p))})
	}
	scope, err := r.Scope(ConfirmIt)
	if err != nil {
		return page, nil, err
	}
	own, waiting, err := Exports(r.Context(), a.desk.DB.Read(), r.Actor.Account, scope, pageRows)
	if err != nil {
		return page, nil, err
	}
	var orgs []id.ID
	for _, e := range append(own, waiting...) {
		orgs = append(orgs, e.Org)
	}
	names, err := org.Many(r.Context(), a.desk.DB.Read(), orgs, r.Today)
	if err != nil {
		return page, nil, err
	}
	v.Own = ui.Table{ID: "exports", Caption: t.T("membership.export.own"), Cols: []ui.Col{{Label: t.T("membership.import.when")}, {Label: t.T("membership.list.col.org")}, {Label: t.T("membership.export.people"), Num: true},
		{Label: t.T("membership.export.purpose")}, {Label: t.T("membership.import.state")}, {Label: t.T("membership.export.file")}},
		Empty: &ui.Empty{Title: t.T("membership.export.none"), Text: t.T("membership.export.none-hint")}}
	for _, e := range own {
		state := string(e.State)
		file := ui.Cell{Text: strings.ToUpper(e.Request.Format)}
		switch {
		case e.State != ExportReady:
		case e.Expires <= r.Now():
			state = "expired"
		default:
			file.Href = exportHome + "/" + e.ID.String()
		}
		tag := ui.Tag{Label: t.T("membership.export.state." + state), Tone: map[string]ui.Tone{"ready": ui.OK, "waiting": ui.Warn, "refused": ui.Bad}[state]}
		v.Own.Rows = append(v.Own.Rows, []ui.Cell{{Text: t.Moment(e.Made, r.Zone())}, {Text: names[e.Org].Names.In(t.Lang)}, {Text: t.Number(e.People)},
			{Text: t.T("privacy.purpose." + string(e.Request.Purpose)), Note: e.Request.Reason}, {Tag: &tag}, file})
	}
	for _, e := range waiting {
		who, err := a.rolesOf(r, e.Account)
		if err != nil {
			return page, nil, err
		}
		facts := ui.SummaryList{Items: []ui.Term{{Label: t.T("membership.export.who"), Value: who}, {Label: t.T("membership.list.col.org"), Value: names[e.Org].Names.In(t.Lang)}, {Label: t.T("membership.export.people"), Value: t.Number(e.People)},
			{Label: t.T("membership.export.purpose"), Value: t.T("privacy.purpose." + string(e.Request.Purpose))}, {Label: t.T("membership.export.reason"), Value: e.Request.Reason},
			{Label: t.T("membership.import.when"), Value: t.Moment(e.Made, r.Zone())}}}
		if e.Request.Reveal {
			facts.Items = append(facts.Items, ui.Term{Label: t.T("membership.col.national_id"), Value: t.T("membership.export.with-id")})
		}
		v.Waiting = append(v.Waiting, waitingExport{e, facts})
	}
	return page, exportBody(v), nil
}

// exportAsk takes the request for a list.
func (a *Area) exportAsk(r *site.Request) error {
	values, err := r.Form()
	if err != nil {
		return err
	}
	e, err := a.exportAsked(r.Context(), values, r.T.Lang)
	if err != nil {
		p, body, failed := a.exportPage(r, asked{values, r.T.Fault(err)})
		if failed != nil {
			return failed
		}
		return r.Again(err, p, body)
	}
	if e.State == ExportWaiting {
		return r.Go(exportHome, "membership.export.waits")
	}
	return r.Go(exportHome, "membership.export.is-ready")
}

func (a *Area) exportAsked(ctx context.Context, values url.Values, lang text.Lang) (Export, error) {
	f := fault.Check()
	q := ExportRequest{Find: Find{Category: values.Get("category")}, Format: values.Get("format"), Purpose: privacy.Purpose(values.Get("purpose")),
		Reason: strings.TrimSpace(values.Get("reason")), Reveal: values.Get("reveal") != "", Lang: lang}
	if err := q.Find.Org.UnmarshalText([]byte(values.Get("org"))); err != nil || q.Find.Org == 0 {
		f.In("org", "fault.choice")
	}
	for _, s := range values["status"] {
		q.Find.Statuses = append(q.Find.Statuses, Status(s))
	}
	if day := values.Get("day"); day != "" {
		var err error
		if q.Find.Day, err = cal.ParseDay(day); err != nil {
			f.In("day", "fault.date")
		}
	}
	if err := f.OrNil(); err != nil {
		return Export{}, err
	}
	return a.RequestExport(ctx, q)
}

// exportFetch gives the file out.
func (a *Area) exportFetch(r *site.Request) error {
	v, err := r.ID("export")
	if err != nil {
		return err
	}
	begun := false
	err = a.FetchExport(r.Context(), v, r.T, r.W, func(e Export) {
		begun = true
		r.W.Header().Set("Content-Type", contentTypes[e.Request.Format])
		r.W.Header().Set("Content-Disposition", attachment("members-"+e.ID.String(), e.Request.Format))
	})
	if err != nil && begun {
		panic(http.ErrAbortHandler) // the file is not whole, and the browser is to know
	}
	return err
}

// exportDecide confirms or refuses another's export.
func (a *Area) exportDecide(r *site.Request) error {
	v, err := r.ID("export")
	if err != nil {
		return err
	}
	values, err := r.Form()
	if err != nil {
		return err
	}
	confirm := values.Get("confirm") == "yes"
	if _, err := a.DecideExport(r.Context(), v, confirm); err != nil {
		return err
	}
	if confirm {
		return r.Go(exportHome, "membership.export.confirmed")
	}
	return r.Go(exportHome, "membership.export.was-refused")
}
