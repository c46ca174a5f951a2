package membership

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/exchange"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/job"
	"odaq/internal/kernel/ref"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/sheet"
)

// BatchState is where an import is in its life.
type BatchState string

// The states. A running batch that was interrupted runs on behind its last row.
const (
	Received  BatchState = "received"  // the file is here, its columns are to be confirmed
	Checking  BatchState = "checking"  // a dry run goes through the file
	Checked   BatchState = "checked"   // the preview can be looked at
	Running   BatchState = "running"   // rows are being entered
	Stopped   BatchState = "stopped"   // a person stopped it; what was entered stays
	Completed BatchState = "completed" // every row has its fate
	Undoing   BatchState = "undoing"
	Undone    BatchState = "undone"
)

// Tally counts what becomes of rows.
type Tally struct {
	Rows       int64 `json:"rows"`
	Entered    int64 `json:"entered"`    // new persons
	Readmitted int64 `json:"readmitted"` // former members who come back
	Unchanged  int64 `json:"unchanged"`  // in the register as they are
	Alike      int64 `json:"alike"`      // like somebody; a person decides
	Bad        int64 `json:"bad"`
}

func (t *Tally) add(f fate) {
	t.Rows++
	switch f {
	case entered:
		t.Entered++
	case readmitted:
		t.Readmitted++
	case unchanged:
		t.Unchanged++
	case proposed:
		t.Alike++
	case bad:
		t.Bad++
	}
}

func (t Tally) plus(o Tally) Tally {
	return Tally{t.Rows + o.Rows, t.Entered + o.Entered, t.Readmitted + o.Readmitted, t.Unchanged + o.Unchanged, t.Alike + o.Alike, t.Bad + o.Bad}
}

// Batch is one import of a file into an organisation and all beneath it.
type Batch struct {
	ID       id.ID
	Org      id.ID
	Account  id.ID
	Name     string // of the file
	Hash     string // SHA-256 of the file
	Size     int64
	Header   []string
	Mapping  exchange.Mapping
	Defaults Defaults
	State    BatchState
	Job      id.ID
	Line     int   // the last line that is settled
	Checked  Tally // by the dry run
	Tally    Tally // of the run
	Undone   int64 // memberships taken back
	Kept     int64 // memberships that an undo left, because somebody changed them since
	Made     cal.Instant
	Started  cal.Instant
	Finished cal.Instant
	Expires  cal.Instant // when file and rows are destroyed
}

// Busy reports whether work is going on.
func (b Batch) Busy() bool { return b.State == Checking || b.State == Running || b.State == Undoing }

// Preview is what a dry run found, to be looked at before anything is written.
type Preview struct {
	Sample   []Sample           `json:"sample"`   // the first good rows as they will be entered
	Problems []exchange.Problem `json:"problems"` // of the first bad rows
}

// Sample is a row as it will be entered.
type Sample struct {
	Line     int     `json:"line"`
	Name     string  `json:"name"`
	Birth    cal.Day `json:"birth"`
	Category string  `json:"category"`
	Org      id.ID   `json:"org"`
	Day      cal.Day `json:"day"`
	Fate     string  `json:"fate"` // new, readmitted, unchanged, alike
}

const (
	sampleRows    = 20
	sampleBad     = 200
	pieceSize     = 1 << 20   // of a kept file
	MaxImportFile = 256 << 20 // bytes; 2,000,000 rows of CSV
)

// BatchRef points to an import.
func BatchRef(batch id.ID) ref.Ref { return ref.To("import", batch) }

// ImportRequest brings a file. Mapping overrides what the titles say.
type ImportRequest struct {
	Org      id.ID
	Name     string
	Mapping  exchange.Mapping
	Defaults Defaults
}

// Receive keeps the file, sealed, and guesses which column is which field. The
// file must be a readable table; its rows are not looked at yet.
func (a *Area) Receive(ctx context.Context, r ImportRequest, file io.ReaderAt, size int64) (Batch, error) {
	if size > MaxImportFile {
		return Batch{}, exchange.Fault(sheet.ErrTooBig{Bytes: size, Limit: MaxImportFile})
	}
	table, err := sheet.Open(file, size, r.Name, sheet.Limits{})
	if err != nil {
		return Batch{}, exchange.Fault(err)
	}
	header := exchange.Corrected(table).Header()
	hash, err := exchange.Fingerprint(file, size)
	if err != nil {
		return Batch{}, err
	}
	if r.Defaults.Day == 0 {
		r.Defaults.Day = cal.Forever
	}
	if r.Defaults.Lang == "" {
		r.Defaults.Lang = text.KK
	}
	b := Batch{ID: id.New(), Org: r.Org, Name: filepath.Base(r.Name), Hash: hash, Size: size, Header: header, State: Received,
		Mapping: exchange.Guess(header, ImportFields).With(r.Mapping), Defaults: r.Defaults}
	return act.Do(ctx, a.desk, act.Request{Action: ImportIt, Org: r.Org, Input: []any{b.Hash, b.Mapping, b.Defaults}}, func(tx *act.Tx) (Batch, error) {
		b.Account, b.Made, b.Expires = tx.Actor.Account, tx.Now, a.filesUntil(tx)
		tx.Changed(BatchRef(b.ID), nil, map[string]any{"file": b.Hash, "size": b.Size})
		if err := insertBatch(ctx, tx.Tx, b); err != nil {
			return b, err
		}
		return b, a.keepFile(ctx, tx.Tx, b.ID, file, size)
	})
}

// Map confirms or changes which column is which field and what stands for
// empty cells.
func (a *Area) Map(ctx context.Context, batch id.ID, m exchange.Mapping, d Defaults) (Batch, error) {
	return a.onBatch(ctx, batch, []any{m, d}, func(tx *act.Tx, b *Batch) error {
		if b.State != Received && b.State != Checked {
			return fault.New(fault.Unready, "membership.import-settled")
		}
		if d.Day == 0 {
			d.Day = cal.Forever
		}
		if d.Lang == "" {
			d.Lang = b.Defaults.Lang
		}
		b.Mapping, b.Defaults, b.State = exchange.Guess(b.Header, ImportFields).With(m), d, Received
		return a.checkMapping(ctx, tx, *b)
	})
}

// checkMapping refuses a mapping that cannot be used, naming the fields.
func (a *Area) checkMapping(ctx context.Context, q db.Querier, b Batch) error {
	bound, err := b.Mapping.Bind(b.Header, ImportFields)
	f := fault.Check()
	if err != nil {
		f = fault.Of(err)
	}
	if !bound.Has("org") {
		at, err := loadPlaces(ctx, q, b.Org, a.desk.Today())
		if err != nil {
			return err
		}
		if at.only == 0 {
			f.In("org", "exchange.no-column")
		}
	}
	if b.Defaults.Category != "" {
		a.checkCategory(f, b.Defaults.Category)
	}
	if b.Defaults.Day != cal.Forever && b.Defaults.Day > a.desk.Today() {
		f.In("day", "membership.day-ahead")
	}
	return f.OrNil()
}

// onBatch is the common frame of acts on a batch; a wish tells one act from another
// that comes with the same Idempotency-Key.
func (a *Area) onBatch(ctx context.Context, batch id.ID, wish any, fn func(tx *act.Tx, b *Batch) error) (Batch, error) {
	seen, err := loadBatch(ctx, a.desk.DB.Read(), batch)
	if err != nil {
		return seen, err
	}
	return act.Do(ctx, a.desk, act.Request{Action: ImportIt, Org: seen.Org, Record: BatchRef(batch), Input: []any{batch, wish}}, func(tx *act.Tx) (Batch, error) {
		b, err := loadBatch(ctx, tx, batch)
		if err != nil {
			return b, err
		}
		before := b
		if err := fn(tx, &b); err != nil {
			return b, err
		}
		tx.Changed(BatchRef(batch), batchTrail(before), batchTrail(b))
		return b, saveBatch(ctx, tx.Tx, b)
	})
}

func batchTrail(b Batch) map[string]any {
	return map[string]any{"state": b.State, "rows": b.Tally.Rows, "entered": b.Tally.Entered, "readmitted": b.Tally.Readmitted,
		"unchanged": b.Tally.Unchanged, "alike": b.Tally.Alike, "bad": b.Tally.Bad, "undone": b.Undone, "kept": b.Kept}
}

// The kinds of the area's jobs.
const (
	jobCheck  = "membership.import-check"
	jobImport = "membership.import"
	jobUndo   = "membership.import-undo"
)

// beginWork moves a batch into a state of work and enqueues the job that does it.
func (a *Area) beginWork(ctx context.Context, batch id.ID, to BatchState, kind string, from ...BatchState) (Batch, error) {
	return a.onBatch(ctx, batch, to, func(tx *act.Tx, b *Batch) error {
		if err := a.mayBegin(ctx, tx, *b, to, from); err != nil {
			return err
		}
		b.State = to
		if to == Running && b.Started == 0 {
			b.Started = tx.Now
		}
		if kind == "" {
			b.Job = 0
			return nil
		}
		var err error
		b.Job, err = job.Enqueue(ctx, tx.Tx, kind, work{Batch: b.ID, Account: tx.Actor.Account}, job.Unique(b.ID.String()), job.Priority(-1), job.For(tx.Actor.Account))
		return err
	})
}

// mayBegin refuses what is not due: a state that does not lead there, a file
// that is destroyed, work that still goes on.
func (a *Area) mayBegin(ctx context.Context, tx *act.Tx, b Batch, to BatchState, from []BatchState) error {
	if b.State == to { // interrupted: it may be taken up again when nobody works on it
		if b.Job != 0 {
			j, err := job.Get(ctx, tx, b.Job)
			if err == nil && (j.State == job.Ready || j.State == job.Running) {
				return fault.New(fault.Unready, "membership.import-busy")
			}
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
		}
	} else if !slices.Contains(from, b.State) {
		return fault.New(fault.Unready, "membership.import-settled")
	}
	if to == Undoing {
		return nil
	}
	if b.Expires != 0 && b.Expires <= tx.Now {
		return fault.New(fault.Unready, "membership.import-expired")
	}
	return a.checkMapping(ctx, tx, b)
}

// work is the argument of the area's jobs. The account's rights are asked for
// again with every chunk.
type work struct {
	Batch   id.ID `json:"batch"`
	Account id.ID `json:"account"`
}

// CheckBatch starts the dry run.
func (a *Area) CheckBatch(ctx context.Context, batch id.ID) (Batch, error) {
	return a.beginWork(ctx, batch, Checking, jobCheck, Received, Checked)
}

// RunBatch starts or takes up the import.
func (a *Area) RunBatch(ctx context.Context, batch id.ID) (Batch, error) {
	return a.beginWork(ctx, batch, Running, jobImport, Received, Checked, Stopped)
}

// UndoBatch starts to take back what the batch brought in and nobody changed since.
func (a *Area) UndoBatch(ctx context.Context, batch id.ID) (Batch, error) {
	return a.beginWork(ctx, batch, Undoing, jobUndo, Completed, Stopped, Undone)
}

// StopBatch stops a check or an import after the chunk it is at.
func (a *Area) StopBatch(ctx context.Context, batch id.ID) (Batch, error) {
	return a.onBatch(ctx, batch, Stopped, func(tx *act.Tx, b *Batch) error {
		switch b.State {
		case Running:
			b.State = Stopped
		case Checking:
			b.State = Received
		default:
			return fault.New(fault.Unready, "membership.import-idle")
		}
		if b.Job == 0 {
			return nil
		}
		if err := job.Cancel(ctx, tx.Tx, b.Job, tx.Now); err != nil && fault.Of(err).Kind == fault.Internal {
			return err
		}
		return nil
	})
}

// importJobs registers what runs in the background.
func (a *Area) importJobs(r *job.Runner) {
	handle := func(kind string, do func(context.Context, id.ID, func(exchange.Progress)) (Batch, error)) {
		r.Handle(kind, func(ctx context.Context, run *job.Run) error {
			var w work
			if err := run.Decode(&w); err != nil {
				return err
			}
			ctx = access.With(ctx, access.Actor{Account: w.Account, Agent: "job", Second: true, System: w.Account == 0})
			_, err := do(ctx, w.Batch, func(p exchange.Progress) { run.Progress(p.Done, p.Total, "") })
			if f, ok := errors.AsType[*fault.Fault](err); ok && f.Kind != fault.Unavailable {
				if f.Kind == fault.Unready {
					return nil // stopped or finished meanwhile
				}
				return job.Permanent(err)
			}
			return err
		})
	}
	handle(jobCheck, a.check)
	handle(jobImport, a.run)
	handle(jobUndo, a.undo)
}

// ImportOptions tell ImportFile how far to go.
type ImportOptions struct {
	ImportRequest
	DryRun bool
}

// Report is the end of an import that was run at once.
type Report struct {
	Batch   Batch
	Preview Preview
}

// ImportFile receives, checks and, unless it is a dry run, imports a file at
// once: what the command line does. An interrupted import of the same file into
// the same organisation with the same mapping is taken up where it stopped.
func (a *Area) ImportFile(ctx context.Context, path string, o ImportOptions, progress func(exchange.Progress)) (Report, error) {
	var report Report
	file, err := os.Open(path)
	if err != nil {
		return report, fault.New(fault.NotFound, "membership.import-no-file", "File", filepath.Base(path)).Because(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return report, err
	}
	if o.Name == "" {
		o.Name = path
	}
	b, err := a.Receive(ctx, o.ImportRequest, file, info.Size())
	if err != nil {
		return report, err
	}
	old, err := interrupted(ctx, a.desk.DB.Read(), b)
	if err != nil {
		return report, err
	}
	if old.ID == 0 || o.DryRun {
		if _, err := a.beginWork(ctx, b.ID, Checking, "", Received); err != nil {
			return report, err
		}
		if report.Batch, err = a.check(ctx, b.ID, progress); err != nil || o.DryRun {
			if err == nil {
				report.Preview, err = a.preview(ctx, a.desk.DB.Read(), b.ID)
			}
			return report, err
		}
	} else {
		b = old
	}
	if report.Batch, err = a.RunNow(ctx, b.ID, progress); err != nil {
		return report, err
	}
	report.Preview, err = a.preview(ctx, a.desk.DB.Read(), b.ID)
	return report, err
}

// RunNow enters a checked batch at once, in a process that serves nobody: see
// loading.
func (a *Area) RunNow(ctx context.Context, batch id.ID, progress func(exchange.Progress)) (Batch, error) {
	if _, err := a.beginWork(ctx, batch, Running, "", Checked, Stopped); err != nil {
		return Batch{}, err
	}
	return a.enterFile(ctx, batch, true, progress)
}

// UndoNow takes a batch back at once.
func (a *Area) UndoNow(ctx context.Context, batch id.ID, progress func(exchange.Progress)) (Batch, error) {
	if _, err := a.beginWork(ctx, batch, Undoing, "", Completed, Stopped, Undone); err != nil {
		return Batch{}, err
	}
	return a.undo(ctx, batch, progress)
}

// GetBatch is an import whose organisation the scope sees.
func GetBatch(ctx context.Context, q db.Querier, s access.Scope, batch id.ID) (Batch, error) {
	b, err := loadBatch(ctx, q, batch)
	if err != nil {
		return Batch{}, err
	}
	if sees, err := s.Sees(ctx, q, b.Org); err != nil || !sees {
		if err == nil {
			err = fault.Absent()
		}
		return Batch{}, err
	}
	return b, nil
}

// WriteErrors writes the bad rows of a batch as they came, after a column that
// says what to correct. Whoever calls it has found the batch by GetBatch.
func (a *Area) WriteErrors(ctx context.Context, b Batch, out sheet.Writer, words *text.Printer) (int, error) {
	f, err := exchange.NewErrorFile(out, b.Header, words)
	if err != nil {
		return 0, err
	}
	for after := 0; ; {
		page, err := a.batchRows(ctx, a.desk.DB.Read(), b.ID, "bad", "", after, 1000)
		if err != nil {
			return f.Rows(), err
		}
		for _, r := range page {
			if err := f.Reject(sheet.Row{Line: r.Line, Cells: r.Cells}, localised(r.Problems)...); err != nil {
				return f.Rows(), err
			}
			after = r.Line
		}
		if len(page) < 1000 {
			return f.Rows(), f.Close()
		}
	}
}

// localised gives back their types to the arguments of problems, which were
// kept as text.
func localised(all []exchange.Problem) []exchange.Problem {
	for _, p := range all {
		for name, v := range p.Args {
			switch v := v.(type) {
			case string:
				if d, err := cal.ParseDay(v); err == nil && name == "Day" {
					p.Args[name] = d
				}
			case float64:
				p.Args[name] = int64(v)
			case map[string]any:
				var n text.Names
				if raw, err := json.Marshal(v); err == nil && json.Unmarshal(raw, &n) == nil {
					p.Args[name] = n
				}
			}
		}
	}
	return all
}
