package membership

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/exchange"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
	"odaq/internal/platform/sheet"
)

// chunkRows is how many rows share a transaction: all or none of them.
const chunkRows = 5000

// chunk is some rows of a file, ready for the register.
type chunk struct {
	entries     []*entry
	done, total int64 // bytes of the file behind it
}

func (c chunk) last() int { return c.entries[len(c.entries)-1].row.Line }

// fresh are those of a judged chunk who are new persons.
func (c *chunk) fresh() []*entry {
	var fresh []*entry
	for _, e := range c.entries {
		if e.fate == entered {
			fresh = append(fresh, e)
		}
	}
	return fresh
}

func newSecret() []byte { return seal.Secret() }

// process goes through a batch's file behind its last line. While one chunk is
// being settled the next is read, checked and sealed on all processors.
func (a *Area) process(ctx context.Context, b Batch, seals bool, progress func(exchange.Progress), settle func(context.Context, *chunk) error) error {
	table, err := a.table(ctx, b)
	if err != nil {
		return err
	}
	at, err := loadPlaces(ctx, a.desk.DB.Read(), b.Org, a.desk.Today())
	if err != nil {
		return err
	}
	bound, err := b.Mapping.Bind(b.Header, ImportFields)
	if err != nil {
		return err
	}
	r := a.reading(bound, b.Defaults, at, a.desk.Clock.Now())
	ready := make(chan *chunk)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(ready)
		_, err := exchange.Run(ctx, table, exchange.Options{Chunk: chunkRows, After: b.Line}, func(ctx context.Context, rows []sheet.Row) error {
			c, err := r.chunk(rows, seals)
			if err != nil {
				return err
			}
			c.done, c.total = table.Progress()
			select {
			case ready <- c:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		return exchange.Fault(err)
	})
	group.Go(func() error {
		p := exchange.Progress{Line: b.Line}
		var start time.Time
		for c := range ready {
			if start.IsZero() {
				start = time.Now()
			}
			if err := settle(ctx, c); err != nil {
				return err
			}
			p.Rows, p.Line, p.Done, p.Total = p.Rows+len(c.entries), c.last(), c.done, c.total
			if took := time.Since(start).Seconds(); took > 0 && p.Done > 0 {
				p.Rate = float64(p.Rows) / took
				p.Left = time.Duration(took * float64(p.Total-p.Done) / float64(p.Done) * float64(time.Second)).Round(time.Second)
			}
			if progress != nil {
				progress(p)
			}
		}
		return ctx.Err()
	})
	return group.Wait()
}

// chunk reads, checks and prepares rows on two processors.
func (r *reading) chunk(rows []sheet.Row, seals bool) (*chunk, error) {
	c := &chunk{entries: make([]*entry, len(rows))}
	people := make([]id.ID, len(rows)) // in the order of the rows, so that they are written in that of their table
	for i := range people {
		people[i] = id.New()
	}
	var group errgroup.Group
	half := (len(rows) + 1) / 2
	for _, part := range [][2]int{{0, half}, {half, len(rows)}} {
		group.Go(func() error {
			for i := part[0]; i < part[1]; i++ {
				e := r.entry(rows[i])
				c.entries[i] = e
				if e.fate == bad || len(e.problems) > 0 {
					e.fate = bad
					continue
				}
				if err := r.prepare(e, people[i], seals); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return c, group.Wait()
}

// seen remembers what rows before said, for a dry run, in which they are not in
// the register: by national ID or name, the organisation and the line.
type seen map[string]earlier

type earlier struct {
	org  id.ID
	line int
}

// judge decides the fate of every good row of a chunk. It asks the register
// with a few statements a chunk, whatever its size.
func (a *Area) judge(ctx context.Context, q db.Querier, c *chunk, before seen, known *familiar) error {
	reg, err := consult(ctx, q, c.entries, known)
	if err != nil {
		return err
	}
	rows := map[string]*entry{}       // of this chunk, by national ID
	blocks := map[int64][]candidate{} // of this chunk
	for _, e := range c.entries {
		if len(e.problems) > 0 && e.fate == bad && e.person.ID == 0 {
			continue // refused when it was read
		}
		e.fate, e.problems, e.like, e.known = entered, nil, likeness{}, Person{}
		if len(e.indexes) > 0 {
			if p, ok := reg.holder(e.indexes); ok {
				e.meets(p, reg)
				continue
			}
			if o := rows[string(e.indexes[0])]; o != nil {
				e.repeats(o.person.Org, o.row.Line)
				continue
			}
			if o, ok := before[string(e.indexes[0])]; ok {
				e.repeats(o.org, o.line)
				continue
			}
			rows[string(e.indexes[0])] = e
		}
		for _, key := range e.alike {
			for _, near := range [2][]candidate{reg.blocks[key], blocks[key]} {
				for _, o := range near {
					why, same := e.likes(o)
					if same {
						e.fate, e.like = unchanged, likeness{}
						break
					}
					if why != "" && e.fate == entered {
						e.fate, e.like = proposed, likeness{o.ID, why}
					}
				}
				if e.fate == unchanged {
					break
				}
			}
			if e.fate == unchanged {
				break
			}
		}
		if before != nil && len(e.indexes) == 0 && e.fate != unchanged {
			key := e.folded + e.person.Birth.String() + e.person.Org.String()
			if _, ok := before[key]; ok {
				e.fate, e.like = unchanged, likeness{}
			}
			before[key] = earlier{e.person.Org, e.row.Line}
		}
		if e.fate == entered {
			blocks[e.alike[0]] = append(blocks[e.alike[0]], candidate{e.person, e.folded, len(e.indexes) > 0})
			if before != nil && len(e.indexes) > 0 {
				before[string(e.indexes[0])] = earlier{e.person.Org, e.row.Line}
			}
		}
	}
	return nil
}

// elsewhere are those of other organisations whom the rows name by national ID:
// who imports the rows learns that the register knows them, and they that he did.
func (c *chunk) elsewhere() []Person {
	var out []Person
	for _, e := range c.entries {
		if e.known.ID != 0 && e.known.Org != e.person.Org {
			out = append(out, e.known)
		}
	}
	return out
}

// meets settles a row whose national ID the register knows.
func (e *entry) meets(p Person, reg *register) {
	e.known = p
	spell := reg.spells[p.ID]
	member := p.Status == Active || p.Status == Suspended
	switch {
	case member && p.Org != e.person.Org:
		e.refuse("national_id", "membership.member-elsewhere")
	case e.contradicts(p), member && e.stated.category && p.Category != e.person.Category, member && e.stated.day && spell.from != e.request.Day:
		e.fate, e.like = proposed, likeness{p.ID, "id"}
	case member:
		e.fate = unchanged
	case p.Status == Erased:
		e.refuse("national_id", "membership.import-erased")
	case e.request.Day < spell.to:
		e.refuse("day", "membership.overlap", "Day", spell.to)
	default:
		e.fate, e.like = readmitted, likeness{p.ID, "id"}
	}
}

// repeats settles a row whose national ID stood on an earlier line.
func (e *entry) repeats(org id.ID, line int) {
	if org == e.person.Org {
		e.fate = unchanged
		return
	}
	e.refuse("national_id", "membership.import-twice", "Line", line)
}

func (e *entry) refuse(field, key string, pairs ...any) {
	e.fate = bad
	e.problems = []exchange.Problem{{Line: e.row.Line, Column: field, Key: key, Args: fault.New(fault.Invalid, key, pairs...).Args}}
}

// titled gives the problems that judge found the titles of their columns.
func titled(c *chunk, m exchange.Mapping) {
	for _, e := range c.entries {
		if e.person.ID == 0 {
			continue
		}
		for i, p := range e.problems {
			for _, f := range ImportFields {
				if f.Key == p.Column {
					e.problems[i].Column = m.Column(f.Key)
				}
			}
		}
	}
}

// check is the dry run: it goes through the whole file and writes nothing but
// the preview, the bad rows, and who was met that belongs elsewhere.
func (a *Area) check(ctx context.Context, batch id.ID, progress func(exchange.Progress)) (Batch, error) {
	b, err := loadBatch(ctx, a.desk.DB.Read(), batch)
	if err != nil || b.State != Checking {
		return b, err
	}
	b.Line = 0
	before, tally, preview := seen{}, Tally{}, Preview{}
	var refused []batchRow
	err = a.process(ctx, b, false, progress, func(ctx context.Context, c *chunk) error {
		if err := a.judge(ctx, a.desk.DB.Read(), c, before, nil); err != nil {
			return err
		}
		titled(c, b.Mapping)
		if met := c.elsewhere(); len(met) > 0 {
			err := a.desk.DB.Write(ctx, func(tx *db.Tx) error { return disclose(ctx, tx, attempt(ctx, b.Org, a.desk.Clock.Now()), met) })
			if err != nil {
				return err
			}
		}
		for _, e := range c.entries {
			tally.add(e.fate)
			if e.fate == bad && len(refused) < keptBad {
				refused = append(refused, e.batchRow())
			}
			if e.fate == bad && len(preview.Problems) < sampleBad {
				preview.Problems = append(preview.Problems, e.problems...)
			}
			if e.fate != bad && len(preview.Sample) < sampleRows {
				preview.Sample = append(preview.Sample, e.sample())
			}
		}
		return nil
	})
	if err != nil {
		return b, a.failed(ctx, batch, Received, err)
	}
	return a.onBatch(ctx, batch, Checked, func(tx *act.Tx, now *Batch) error {
		if now.State != Checking {
			return fault.New(fault.Unready, "membership.import-idle")
		}
		now.State, now.Checked = Checked, tally
		if err := clearRows(ctx, tx.Tx, batch); err != nil {
			return err
		}
		if err := a.keepRows(ctx, tx.Tx, batch, refused); err != nil {
			return err
		}
		return a.savePreview(ctx, tx.Tx, batch, preview)
	})
}

// keptBad bounds the bad rows that a dry run keeps in memory for the error
// file; the import itself keeps all.
const keptBad = 20_000

// failed puts a batch whose file cannot be gone through back, so that a person
// can act on it. Interruptions leave it as it is.
func (a *Area) failed(ctx context.Context, batch id.ID, to BatchState, cause error) error {
	f, ok := errors.AsType[*fault.Fault](cause)
	if !ok || f.Kind != fault.Invalid {
		return cause
	}
	_, err := a.onBatch(ctx, batch, to, func(_ *act.Tx, b *Batch) error { b.State = to; return nil })
	return errors.Join(cause, err)
}

func (e *entry) sample() Sample {
	names := map[fate]string{entered: "new", readmitted: "readmitted", unchanged: "unchanged", proposed: "alike"}
	return Sample{e.row.Line, FullName(e.person.Name), e.person.Birth, e.person.Category, e.person.Org, e.request.Day, names[e.fate]}
}

func (e *entry) batchRow() batchRow {
	r := batchRow{Line: e.row.Line, Cells: e.row.Cells}
	switch e.fate {
	case bad:
		r.Kind, r.Problems = "bad", e.problems
	case proposed:
		r.Kind, r.State, r.Person, r.Why = "alike", "open", e.like.Person, e.like.Why
	case readmitted:
		r.Kind, r.Person, r.Before, r.Version, r.Cells = "readmitted", e.known.ID, &e.known, e.known.Version+1, nil
	}
	return r
}

// run enters the rows of a batch beside everything else that a server does.
func (a *Area) run(ctx context.Context, batch id.ID, progress func(exchange.Progress)) (Batch, error) {
	return a.enterFile(ctx, batch, false, progress)
}

// enterFile enters the rows of a batch chunk by chunk, each all or nothing, and
// takes up an interrupted one behind its last chunk. Alone it may be a first load.
func (a *Area) enterFile(ctx context.Context, batch id.ID, alone bool, progress func(exchange.Progress)) (Batch, error) {
	b, err := loadBatch(ctx, a.desk.DB.Read(), batch)
	if err != nil || b.State != Running {
		return b, err
	}
	// PostgreSQL plans for the size the tables had when it last looked: what was
	// planned for an empty table reads a big one from end to end.
	grown, survey := 0, 1
	known, err := familiarise(ctx, a.desk.DB.Read(), b.Checked.Rows)
	if err != nil {
		return b, err
	}
	var first *loading
	if alone && known != nil {
		if first, err = a.beginLoad(ctx, b); err != nil {
			return b, err
		}
		known.load = first
	}
	side, whole := &abreast{area: a, known: known}, ctx
	err = a.process(ctx, b, true, progress, func(ctx context.Context, c *chunk) error {
		if known != nil {
			if err := known.meet(ctx, a.desk.DB.Read()); err != nil {
				return err
			}
		}
		if a.desk.DB.Engine() != db.Postgres {
			return a.enterNext(ctx, &b, c, known)
		}
		if err := side.enter(whole, b, c); err != nil { // may go on when the last chunk is read
			return err
		}
		b.Line = c.last()
		if grown += len(c.entries); grown < survey {
			return nil
		}
		survey *= 10
		if err := side.finish(whole, 0); err != nil {
			return err
		}
		return a.desk.DB.Analyze(ctx, "membership_person", "membership_key", "membership_spell", "membership_word")
	})
	if last := side.finish(ctx, 0); err == nil {
		err = last
	}
	switch {
	case first == nil || ctx.Err() != nil:
	case err == nil:
		err = a.endLoad(ctx, first)
	default:
		err = errors.Join(err, a.Recover(ctx))
	}
	if err != nil {
		return b, a.failed(ctx, batch, Stopped, err)
	}
	return a.onBatch(ctx, batch, Completed, func(tx *act.Tx, now *Batch) error {
		if now.State != Running {
			return fault.New(fault.Unready, "membership.import-idle")
		}
		now.State, now.Finished, now.Expires = Completed, tx.Now, a.filesUntil(tx)
		tx.Emit(event.Event{Name: "membership.imported", Record: BatchRef(batch), Org: b.Org, Day: tx.Today})
		return nil
	})
}

// enterNext enters a chunk while nothing else is entered.
func (a *Area) enterNext(ctx context.Context, b *Batch, c *chunk, known *familiar) error {
	err := a.enterChunk(ctx, *b, c, known)
	if known != nil && known.load == nil && errors.Is(err, db.ErrUnique) {
		err = a.enterAgain(ctx, *b, c)
	}
	if err != nil {
		return err
	}
	if known != nil {
		known.note(c)
	}
	b.Line = c.last()
	return nil
}

// enterAgain enters a chunk one of whose people somebody else entered meanwhile,
// and asks of everybody. It may happen again where others import the same.
func (a *Area) enterAgain(ctx context.Context, b Batch, c *chunk) (err error) {
	for range 5 {
		if err = a.enterChunk(ctx, b, c, nil); !errors.Is(err, db.ErrUnique) {
			return err
		}
	}
	return err
}

// enterChunk is the act of one chunk.
func (a *Area) enterChunk(ctx context.Context, b Batch, c *chunk, known *familiar) error {
	return a.actOn(ctx, b, func(tx *act.Tx) error {
		if err := a.judge(ctx, tx, c, nil, known); err != nil {
			return err
		}
		if err := number(ctx, tx.Tx, c.fresh()); err != nil {
			return err
		}
		return a.enterJudged(ctx, tx, b, c, known == nil || known.load == nil, nil)
	})
}

// actOn is an act by which rows of a batch are entered.
func (a *Area) actOn(ctx context.Context, b Batch, fn func(tx *act.Tx) error) error {
	_, err := act.Do(ctx, a.desk, act.Request{Action: ImportIt, Org: b.Org, Record: BatchRef(b.ID)}, func(tx *act.Tx) (struct{}, error) {
		return struct{}{}, fn(tx)
	})
	return err
}

// enterJudged writes a judged chunk, whose new persons have their numbers, and at
// the end, when it is its turn (nil: at once), moves the batch behind it.
func (a *Area) enterJudged(ctx context.Context, tx *act.Tx, b Batch, c *chunk, findable bool, turn <-chan struct{}) error {
	if b.Line == 0 {
		if err := clearRows(ctx, tx.Tx, b.ID); err != nil {
			return err
		}
	}
	titled(c, b.Mapping)
	if met := c.elsewhere(); len(met) > 0 {
		if err := disclose(ctx, tx.Tx, attempt(ctx, b.Org, tx.Now), met); err != nil {
			return err
		}
	}
	tally, err := a.enterAll(ctx, tx, b.ID, c.entries, findable)
	if err != nil {
		return err
	}
	if turn != nil {
		select {
		case <-turn:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := advance(ctx, tx.Tx, b, c.last()); err != nil {
		return err
	}
	tx.Changed(BatchRef(b.ID), nil, map[string]any{"from-line": b.Line + 1, "to-line": c.last(), "entered": tally.Entered,
		"readmitted": tally.Readmitted, "unchanged": tally.Unchanged, "alike": tally.Alike, "bad": tally.Bad})
	return count(ctx, tx.Tx, b.ID, tally)
}

// enterAll writes judged entries into the register and counts them.
func (a *Area) enterAll(ctx context.Context, tx *act.Tx, batch id.ID, all []*entry, findable bool) (Tally, error) {
	var tally Tally
	var fresh, back []*entry
	var keep []batchRow
	d := deltas{}
	for _, e := range all {
		tally.add(e.fate)
		switch e.fate {
		case entered:
			fresh = append(fresh, e)
			d.add(e.person.Org, e.person.Category, e.request.Day, 1)
		case readmitted:
			back = append(back, e)
			d.add(e.person.Org, e.person.Category, e.request.Day, 1)
			keep = append(keep, e.batchRow())
		case proposed, bad:
			keep = append(keep, e.batchRow())
		}
	}
	if err := a.insertAll(ctx, tx.Tx, batch, fresh, findable); err != nil {
		return tally, err
	}
	for _, e := range back {
		if err := a.comeBack(ctx, tx, batch, e); err != nil {
			return tally, err
		}
	}
	if len(keep) > 0 {
		if err := a.keepRows(ctx, tx.Tx, batch, keep); err != nil {
			return tally, err
		}
	}
	return tally, d.write(ctx, tx.Tx)
}

// comeBack readmits a former member as a row says.
func (a *Area) comeBack(ctx context.Context, tx *act.Tx, batch id.ID, e *entry) error {
	p := e.person
	p.ID, p.Birth = e.known.ID, cmpBirth(e.person.Birth, e.known.Birth)
	if err := a.readmit(ctx, tx, &p); err != nil {
		return err
	}
	return openSpell(ctx, tx.Tx, Spell{Person: p.ID, ID: id.New(), Org: p.Org, From: e.request.Day, Entry: "import", EntryBasis: e.request.Decision, Batch: batch})
}

// cmpBirth keeps a known birth day where the row has none.
func cmpBirth(row, known cal.Day) cal.Day {
	if row.Bounded() {
		return row
	}
	return known
}

// undo takes back what a batch brought in and nobody changed since: its spells,
// and persons who are known only from it. Whoever was changed stays.
func (a *Area) undo(ctx context.Context, batch id.ID, progress func(exchange.Progress)) (Batch, error) {
	b, err := loadBatch(ctx, a.desk.DB.Read(), batch)
	if err != nil || b.State != Undoing {
		return b, err
	}
	start, done, total := time.Now(), int64(0), b.Tally.Entered+b.Tally.Readmitted
	var after id.ID
	var kept int64
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return b, err
		}
		type step struct {
			after        id.ID
			taken, stays int64
			more         bool
		}
		s, err := act.Do(ctx, a.desk, act.Request{Action: ImportIt, Org: b.Org, Record: BatchRef(batch)}, func(tx *act.Tx) (step, error) {
			var s step
			now, err := loadBatch(ctx, tx, batch)
			if err != nil {
				return s, err
			}
			if now.State != Undoing {
				return s, fault.New(fault.Unready, "membership.import-idle")
			}
			spells, err := broughtIn(ctx, tx, batch, after, chunkRows)
			if err != nil {
				return s, err
			}
			s.more = len(spells) == chunkRows
			if len(spells) == 0 {
				return s, nil
			}
			s.after = spells[len(spells)-1].Person
			taken, err := a.takeBack(ctx, tx, batch, spells)
			if err != nil {
				return s, err
			}
			s.taken, s.stays = taken, int64(len(spells))-taken
			tx.Changed(BatchRef(batch), nil, map[string]any{"undone": s.taken, "kept": s.stays})
			return s, countUndone(ctx, tx.Tx, batch, s.taken)
		})
		if err != nil {
			return b, err
		}
		after, more, kept, done = s.after, s.more, kept+s.stays, done+s.taken+s.stays
		if progress != nil {
			p := exchange.Progress{Rows: int(done), Done: done, Total: max(total, done)}
			if took := time.Since(start).Seconds(); took > 0 && done > 0 {
				p.Rate = float64(done) / took
				p.Left = time.Duration(float64(p.Total-done) / p.Rate * float64(time.Second)).Round(time.Second)
			}
			progress(p)
		}
	}
	return a.onBatch(ctx, batch, Undone, func(tx *act.Tx, now *Batch) error {
		if now.State != Undoing {
			return fault.New(fault.Unready, "membership.import-idle")
		}
		now.State, now.Kept, now.Finished = Undone, kept, tx.Now
		return nil
	})
}
