package membership

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/exchange"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/search"
	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
	"odaq/internal/platform/sheet"
)

// places are the organisations a batch may enter members into: those beneath
// its own, as they ever were.
type places struct {
	versions map[id.ID][]org.Version
	named    map[string][]id.ID // by folded name, BIN, registration, identifier
	only     id.ID              // the batch's organisation, where it is a primary itself
}

func loadPlaces(ctx context.Context, q db.Querier, at id.ID, today cal.Day) (*places, error) {
	rows, err := q.Query(ctx, `SELECT v.org_id, v.from_day, v.to_day, v.kind, v.status, v.parent_id, v.name_kk, v.name_ru, v.name_en, v.bin, v.registration
		FROM org_closure c JOIN org_version v ON v.org_id = c.descendant_id
		WHERE c.ancestor_id = $1 AND c.from_day <= $2 AND c.to_day > $2 ORDER BY v.org_id, v.from_day`, at, today)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	p := &places{versions: map[id.ID][]org.Version{}, named: map[string][]id.ID{}}
	for rows.Next() {
		var v org.Version
		if err := rows.Scan(&v.Org, &v.From, &v.To, &v.Kind, &v.Status, &v.Parent, &v.Names.KK, &v.Names.RU, &v.Names.EN, &v.BIN, &v.Registration); err != nil {
			return nil, err
		}
		p.versions[v.Org] = append(p.versions[v.Org], v)
		if v.Kind != org.Primary && v.Org != at {
			continue
		}
		if v.Org == at && v.Kind == org.Primary {
			p.only = at
		}
		for _, name := range []string{search.Fold(v.Names.KK), search.Fold(v.Names.RU), search.Fold(v.Names.EN), cleanNumber(v.BIN), search.Fold(v.Registration), v.Org.String()} {
			if list := p.named[name]; name != "" && !slices.Contains(list, v.Org) {
				p.named[name] = append(list, v.Org)
			}
		}
	}
	return p, rows.Err()
}

// find is the organisation that a cell means; empty means the batch's own.
func (p *places) find(f *fault.Fault, cell string) id.ID {
	if cell == "" {
		if p.only == 0 {
			f.In("org", "fault.required")
		}
		return p.only
	}
	for _, name := range []string{search.Fold(cell), cleanNumber(cell), strings.ToLower(cell)} {
		switch found := p.named[name]; len(found) {
		case 0:
		case 1:
			return found[0]
		default:
			f.In("org", "membership.import-org-ambiguous", "N", len(found))
			return 0
		}
	}
	f.In("org", "membership.import-org-unknown")
	return 0
}

// takes refuses an organisation that takes no members on the day, as primary does.
func (p *places) takes(f *fault.Fault, at id.ID, day cal.Day) {
	v, ok := org.On(p.versions[at], day)
	switch {
	case !ok:
		f.In("org", "membership.org-absent", "Day", day)
	case v.Kind != org.Primary:
		f.In("org", "membership.org-not-primary", "Org", v.Names)
	case !v.Belongs():
		f.In("org", "membership.org-closed", "Org", v.Names, "Day", day)
	}
}

const batchColumns = `id, org_id, account_id, name, hash, size, header, mapping, defaults, state, job_id, line, checked, rows_read, entered, readmitted,
	unchanged, alike, bad, undone, kept, made_at, started_at, finished_at, expires_at`

func scanBatch(row interface{ Scan(...any) error }) (b Batch, err error) {
	var header, mapping, defaults, checked string
	err = row.Scan(&b.ID, &b.Org, &b.Account, &b.Name, &b.Hash, &b.Size, &header, &mapping, &defaults, &b.State, &b.Job, &b.Line, &checked,
		&b.Tally.Rows, &b.Tally.Entered, &b.Tally.Readmitted, &b.Tally.Unchanged, &b.Tally.Alike, &b.Tally.Bad, &b.Undone, &b.Kept,
		&b.Made, &b.Started, &b.Finished, &b.Expires)
	for _, part := range []struct {
		text string
		into any
	}{{header, &b.Header}, {mapping, &b.Mapping}, {defaults, &b.Defaults}, {checked, &b.Checked}} {
		if err == nil {
			err = json.Unmarshal([]byte(part.text), part.into)
		}
	}
	return b, err
}

func loadBatch(ctx context.Context, q db.Querier, batch id.ID) (Batch, error) {
	b, err := scanBatch(q.QueryRow(ctx, `SELECT `+batchColumns+` FROM membership_batch WHERE id = $1`, batch))
	if err == db.ErrNoRows {
		return b, fault.Absent()
	}
	return b, err
}

// Batches are the imports the scope sees, the newest first; before is the last
// one of the page before, 0 for the first page.
func Batches(ctx context.Context, q db.Querier, s access.Scope, before id.ID, limit int) ([]Batch, error) {
	var args db.Args
	where := s.SQL(&args, "org_id")
	if before != 0 {
		where += " AND id < " + args.Add(before)
	}
	return batches(ctx, q, `SELECT `+batchColumns+` FROM membership_batch WHERE `+where+` ORDER BY id DESC LIMIT `+args.Add(limit), args.Values()...)
}

func batches(ctx context.Context, q db.Querier, query string, args ...any) ([]Batch, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Batch
	for rows.Next() {
		b, err := scanBatch(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

// interrupted is an import like b that was begun and neither ended nor stopped
// by a person; the zero Batch if there is none.
func interrupted(ctx context.Context, q db.Querier, b Batch) (Batch, error) {
	list, err := batches(ctx, q, `SELECT `+batchColumns+` FROM membership_batch WHERE org_id = $1 AND hash = $2 AND account_id = $3 AND state = $4
		AND job_id = 0 AND id <> $5 ORDER BY id DESC LIMIT 1`, b.Org, b.Hash, b.Account, Running, b.ID)
	if err != nil || len(list) == 0 || !slices.Equal(list[0].Mapping, b.Mapping) || list[0].Defaults != b.Defaults {
		return Batch{}, err
	}
	return list[0], nil
}

func texts(b Batch) (header, mapping, defaults, checked string, err error) {
	var all [4]string
	for i, part := range []any{b.Header, b.Mapping, b.Defaults, b.Checked} {
		raw, err := json.Marshal(part)
		if err != nil {
			return "", "", "", "", err
		}
		all[i] = string(raw)
	}
	return all[0], all[1], all[2], all[3], nil
}

func insertBatch(ctx context.Context, tx *db.Tx, b Batch) error {
	header, mapping, defaults, checked, err := texts(b)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO membership_batch (id, org_id, account_id, name, hash, size, header, mapping, defaults, state, job_id, line, checked, preview,
		rows_read, entered, readmitted, unchanged, alike, bad, undone, kept, made_at, started_at, finished_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, $11, $12, 0, 0, 0, 0, 0, 0, 0, 0, $13, 0, 0, $14)`,
		b.ID, b.Org, b.Account, b.Name, b.Hash, b.Size, header, mapping, defaults, b.State, checked, []byte{}, b.Made, b.Expires)
	return err
}

func saveBatch(ctx context.Context, tx *db.Tx, b Batch) error {
	_, mapping, defaults, checked, err := texts(b)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE membership_batch SET mapping = $2, defaults = $3, state = $4, job_id = $5, line = $6, checked = $7, rows_read = $8, entered = $9,
		readmitted = $10, unchanged = $11, alike = $12, bad = $13, undone = $14, kept = $15, started_at = $16, finished_at = $17, expires_at = $18 WHERE id = $1`,
		b.ID, mapping, defaults, b.State, b.Job, b.Line, checked, b.Tally.Rows, b.Tally.Entered, b.Tally.Readmitted, b.Tally.Unchanged, b.Tally.Alike, b.Tally.Bad,
		b.Undone, b.Kept, b.Started, b.Finished, b.Expires)
	return err
}

// advance moves a running batch from line to line, with the chunk in between in
// the same transaction. Who lost the batch to somebody else is refused.
func advance(ctx context.Context, tx *db.Tx, b Batch, line int) error {
	n, err := tx.Exec(ctx, `UPDATE membership_batch SET line = $3 WHERE id = $1 AND line = $2 AND state = $4`, b.ID, b.Line, line, Running)
	if err == nil && n == 0 {
		return fault.New(fault.Unready, "membership.import-idle")
	}
	return err
}

func filePlace(batch id.ID, piece int64) []byte {
	return seal.Place("membership_batch_file", fmt.Sprintf("content.%d", piece), int64(batch))
}

// keepFile writes the file in sealed pieces.
func (a *Area) keepFile(ctx context.Context, tx *db.Tx, batch id.ID, file io.ReaderAt, size int64) error {
	_, err := tx.Bulk(ctx, "membership_batch_file", []string{"batch_id", "seq", "content"}, func(yield func([]any, error) bool) {
		piece := make([]byte, pieceSize)
		for n := int64(0); n*pieceSize < size; n++ {
			part := piece[:min(pieceSize, size-n*pieceSize)]
			if _, err := file.ReadAt(part, n*pieceSize); err != nil && err != io.EOF {
				yield(nil, err)
				return
			}
			if !yield([]any{int64(batch), n, a.seal.Seal(part, filePlace(batch, n))}, nil) {
				return
			}
		}
	})
	return err
}

// keptFile reads a kept file piece by piece and holds the last few, since a
// workbook is read from several places.
type keptFile struct {
	ctx    context.Context
	area   *Area
	batch  Batch
	pieces map[int64][]byte
	recent []int64
}

const heldPieces = 8

func (k *keptFile) piece(n int64) ([]byte, error) {
	if p, ok := k.pieces[n]; ok {
		return p, nil
	}
	var sealed []byte
	err := k.area.desk.DB.Read().QueryRow(k.ctx, `SELECT content FROM membership_batch_file WHERE batch_id = $1 AND seq = $2`, k.batch.ID, n).Scan(&sealed)
	if err == db.ErrNoRows {
		return nil, fault.New(fault.Unready, "membership.import-expired")
	}
	if err != nil {
		return nil, err
	}
	p, err := k.area.seal.Open(sealed, filePlace(k.batch.ID, n))
	if err != nil {
		return nil, err
	}
	if len(k.recent) == heldPieces {
		delete(k.pieces, k.recent[0])
		k.recent = k.recent[1:]
	}
	k.pieces[n], k.recent = p, append(k.recent, n)
	return p, nil
}

// ReadAt reads from the kept file.
func (k *keptFile) ReadAt(b []byte, at int64) (int, error) {
	done := 0
	for done < len(b) && at < k.batch.Size {
		p, err := k.piece(at / pieceSize)
		if err != nil {
			return done, err
		}
		n := copy(b[done:], p[at%pieceSize:])
		done, at = done+n, at+int64(n)
	}
	if done < len(b) {
		return done, io.EOF
	}
	return done, nil
}

// table opens a batch's file.
func (a *Area) table(ctx context.Context, b Batch) (sheet.Reader, error) {
	k := &keptFile{ctx: ctx, area: a, batch: b, pieces: map[int64][]byte{}}
	t, err := sheet.Open(k, b.Size, b.Name, sheet.Limits{})
	if err != nil {
		return nil, exchange.Fault(err)
	}
	return exchange.Corrected(t), nil
}

// batchRow is a row that needs a person.
type batchRow struct {
	Line     int
	Kind     string // bad, alike, readmitted
	State    string // of alike: open, same, other, skip
	Person   id.ID
	Problems []exchange.Problem
	Why      string // of alike
	Before   *Person
	Version  int64 // of a readmitted person, as the batch left it
	Cells    []string
}

// detail is what of a row may stand unsealed: never a name or a number.
type detail struct {
	Problems []exchange.Problem `json:"problems,omitempty"`
	Why      string             `json:"why,omitempty"`
	Version  int64              `json:"version,omitempty"`
}

// hidden is what of a row is sealed.
type hidden struct {
	Cells  []string `json:"cells,omitempty"`
	Before *Person  `json:"before,omitempty"`
}

func rowPlace(batch id.ID, line int) []byte {
	return seal.Place("membership_batch_row", fmt.Sprintf("cells.%d", line), int64(batch))
}

func (a *Area) keepRows(ctx context.Context, tx *db.Tx, batch id.ID, rows []batchRow) error {
	_, err := tx.Bulk(ctx, "membership_batch_row", []string{"batch_id", "line", "kind", "state", "person_id", "detail", "cells", "account_id"}, func(yield func([]any, error) bool) {
		for _, r := range rows {
			open, err := json.Marshal(detail{r.Problems, r.Why, r.Version})
			if err != nil {
				yield(nil, err)
				return
			}
			secret, err := json.Marshal(hidden{r.Cells, r.Before})
			if !yield([]any{int64(batch), int64(r.Line), r.Kind, r.State, int64(r.Person), string(open), a.seal.Seal(secret, rowPlace(batch, r.Line)), int64(0)}, err) {
				return
			}
		}
	})
	return err
}

// batchRows are rows of a kind, and of a state unless it is empty, behind a line.
func (a *Area) batchRows(ctx context.Context, q db.Querier, batch id.ID, kind, state string, after, limit int) ([]batchRow, error) {
	var args db.Args
	where := "batch_id = " + args.Add(batch) + " AND kind = " + args.Add(kind) + " AND line > " + args.Add(after)
	if state != "" {
		where += " AND state = " + args.Add(state)
	}
	return a.readRows(ctx, q, batch, `WHERE `+where+` ORDER BY line LIMIT `+args.Add(limit), args.Values()...)
}

func (a *Area) readRows(ctx context.Context, q db.Querier, batch id.ID, tail string, args ...any) ([]batchRow, error) {
	rows, err := q.Query(ctx, `SELECT line, kind, state, person_id, detail, cells FROM membership_batch_row `+tail, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []batchRow
	for rows.Next() {
		var r batchRow
		var open string
		var sealed []byte
		if err := rows.Scan(&r.Line, &r.Kind, &r.State, &r.Person, &open, &sealed); err != nil {
			return nil, err
		}
		var d detail
		if err := json.Unmarshal([]byte(open), &d); err != nil {
			return nil, err
		}
		secret, err := a.seal.Open(sealed, rowPlace(batch, r.Line))
		if err != nil {
			return nil, err
		}
		var h hidden
		if err := json.Unmarshal(secret, &h); err != nil {
			return nil, err
		}
		r.Problems, r.Why, r.Version, r.Cells, r.Before = d.Problems, d.Why, d.Version, h.Cells, h.Before
		out = append(out, r)
	}
	return out, rows.Err()
}

func previewPlace(batch id.ID) []byte { return seal.Place("membership_batch", "preview", int64(batch)) }

func (a *Area) savePreview(ctx context.Context, tx *db.Tx, batch id.ID, p Preview) error {
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE membership_batch SET preview = $2 WHERE id = $1`, batch, a.seal.Seal(raw, previewPlace(batch)))
	return err
}

// preview is what the dry run found; empty before it.
func (a *Area) preview(ctx context.Context, q db.Querier, batch id.ID) (Preview, error) {
	var p Preview
	var sealed []byte
	err := q.QueryRow(ctx, `SELECT preview FROM membership_batch WHERE id = $1`, batch).Scan(&sealed)
	if err != nil || len(sealed) == 0 {
		return p, err
	}
	raw, err := a.seal.Open(sealed, previewPlace(batch))
	if err != nil {
		return p, err
	}
	err = json.Unmarshal(raw, &p)
	localised(p.Problems)
	return p, err
}

// clearRows forgets the rows of a dry run.
func clearRows(ctx context.Context, tx *db.Tx, batch id.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM membership_batch_row WHERE batch_id = $1`, batch)
	return err
}

// countUndone adds to what was taken back of a batch.
func countUndone(ctx context.Context, tx *db.Tx, batch id.ID, n int64) error {
	_, err := tx.Exec(ctx, `UPDATE membership_batch SET undone = undone + $2 WHERE id = $1`, batch, n)
	return err
}
