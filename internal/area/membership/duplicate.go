package membership

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"unicode/utf8"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/search"
	"odaq/internal/platform/db"
	"odaq/internal/platform/sheet"
)

// likeness says whom a row is like and why. A person decides what it means.
type likeness struct {
	Person id.ID
	Why    string // "id": the same national ID, other data; "name": the same name and birth day; "near": a name nearly the same
}

// foldedName is a name as it is compared.
func foldedName(n search.Name) string {
	return search.Fold(n.Surname) + "|" + search.Fold(n.Given) + "|" + search.Fold(n.Patronymic)
}

// alikeKey is the block in which the likes of a person are looked for: the
// initials of surname and given name in either order and the birth day, or the
// organisation where the birth day is not known. Two whose first letters differ
// are not compared: a block of all born on one day would be eighty people of two
// million, this one is about one.
func alikeKey(n search.Name, birth cal.Day, org id.ID) int64 {
	initials := []rune{initial(n.Surname), initial(n.Given)}
	slices.Sort(initials)
	b := make([]byte, 0, 24)
	for _, r := range initials {
		b = utf8.AppendRune(b, r)
	}
	if birth.Bounded() {
		b = binary.BigEndian.AppendUint32(append(b, 'b'), uint32(birth))
	} else {
		b = binary.BigEndian.AppendUint64(append(b, 'o'), uint64(org))
	}
	h := fnv.New64a()
	h.Write(b)
	return int64(h.Sum64())
}

func initial(s string) rune {
	r, _ := utf8.DecodeRuneInString(search.Fold(s))
	return r
}

// alikeKeys are the blocks to look in: its own, and that of people of the same
// organisation whose birth day nobody wrote down.
func alikeKeys(n search.Name, birth cal.Day, org id.ID) []int64 {
	keys := []int64{alikeKey(n, birth, org)}
	if birth.Bounded() {
		keys = append(keys, alikeKey(n, cal.Never, org))
	}
	return keys
}

// candidate is somebody in the register, or on an earlier row, whom a row may mean.
type candidate struct {
	Person
	folded   string
	numbered bool // has a national ID
}

// likes reports how a row without a known national ID resembles a candidate;
// same means that the register says already what the row says.
func (e *entry) likes(c candidate) (why string, same bool) {
	numbered := len(e.indexes) > 0
	equal := e.folded == c.folded && e.person.Birth == c.Birth
	member := c.Status == Active || c.Status == Suspended
	if equal && !numbered && member && c.Org == e.person.Org {
		return "", true
	}
	if equal {
		return "name", false
	}
	if numbered && c.numbered {
		return "", false // two numbers that both hold are two people
	}
	if e.person.Birth.Bounded() && c.Birth.Bounded() && e.person.Birth != c.Birth {
		return "", false
	}
	if e.person.Birth != c.Birth && c.Org != e.person.Org {
		return "", false
	}
	if search.Near(e.person.Name, c.Name) >= search.Alike {
		return "near", false
	}
	return "", false
}

// contradicts reports whether a row says of a known person what the register
// does not: of a name only what is more than spelling.
func (e *entry) contradicts(p Person) bool {
	if search.Near(e.person.Name, p.Name) < search.Likely {
		return true
	}
	return e.person.Birth.Bounded() && p.Birth.Bounded() && e.person.Birth != p.Birth
}

// Choice is what a person decides about a likeness.
type Choice string

// The choices.
const (
	SamePerson    Choice = "same"  // the row means the one in the register
	AnotherPerson Choice = "other" // a namesake: the row is entered
	SkipRow       Choice = "skip"  // the row is left out
)

// Proposal is a row that is like somebody and waits for a person's decision.
type Proposal struct {
	Line     int
	Why      string // "id", "name", "near"
	Row      Sample
	Person   Person // whom it is like
	Numbered bool   // the row has a national ID
}

// Proposals are the undecided likenesses of a batch behind a line. The person
// is left out where the scope does not reach: somebody is there, no more is said.
func (a *Area) Proposals(ctx context.Context, q db.Querier, s access.Scope, b Batch, after, limit int) ([]Proposal, error) {
	rows, err := a.batchRows(ctx, q, b.ID, "alike", "open", after, limit)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	r, err := a.again(ctx, q, b)
	if err != nil {
		return nil, err
	}
	out := make([]Proposal, 0, len(rows))
	for _, row := range rows {
		e := r.entry(sheet.Row{Line: row.Line, Cells: row.Cells})
		if err := r.prepare(e, id.New(), false); err != nil {
			return nil, err
		}
		p := Proposal{Line: row.Line, Why: row.Why, Row: e.sample(), Numbered: len(e.indexes) > 0}
		p.Person, err = Get(ctx, q, s, row.Person)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// again reads rows of a batch as the import did.
func (a *Area) again(ctx context.Context, q db.Querier, b Batch) (*reading, error) {
	at, err := loadPlaces(ctx, q, b.Org, a.desk.Today())
	if err != nil {
		return nil, err
	}
	bound, err := b.Mapping.Bind(b.Header, ImportFields)
	if err != nil {
		return nil, err
	}
	return a.reading(bound, b.Defaults, at, a.desk.Clock.Now()), nil
}

// Decide settles a likeness. The row is checked again as on the first day; what
// the register says by now may refuse it.
func (a *Area) Decide(ctx context.Context, batch id.ID, line int, choice Choice) error {
	b, err := loadBatch(ctx, a.desk.DB.Read(), batch)
	if err != nil {
		return err
	}
	_, err = act.Do(ctx, a.desk, act.Request{Action: ImportIt, Org: b.Org, Record: BatchRef(batch), Input: []any{batch, line, choice}}, func(tx *act.Tx) (struct{}, error) {
		var none struct{}
		if b, err = loadBatch(ctx, tx, batch); err != nil {
			return none, err
		}
		if b.State != Completed && b.State != Stopped {
			return none, fault.New(fault.Unready, "membership.import-settled")
		}
		rows, err := a.undecided(ctx, tx, batch, line)
		if err != nil {
			return none, err
		}
		if len(rows) == 0 {
			return none, fault.New(fault.Conflict, "membership.import-decided")
		}
		tx.Changed(BatchRef(batch), nil, map[string]any{"line": line, "choice": choice, "like": rows[0].Person})
		t := Tally{Alike: -1}
		var keep *batchRow
		switch choice {
		case SkipRow:
		case SamePerson, AnotherPerson:
			e, err := a.settle(ctx, tx, b, rows[0], choice)
			if err != nil {
				return none, err
			}
			t.add(e.fate)
			t.Rows--
			if e.fate == readmitted {
				r := e.batchRow()
				keep = &r
			}
		default:
			return none, fault.Check().In("choice", "fault.choice")
		}
		err = saveChoice(ctx, tx.Tx, batch, line, choice, tx.Actor.Account)
		if err == nil && keep != nil {
			// What the person was before takes the place of the settled row.
			if err = dropRow(ctx, tx.Tx, batch, line); err == nil {
				err = a.keepRows(ctx, tx.Tx, batch, []batchRow{*keep})
			}
		}
		if err != nil {
			return none, err
		}
		return none, count(ctx, tx.Tx, batch, t)
	})
	return err
}

// settle enters a decided row.
func (a *Area) settle(ctx context.Context, tx *act.Tx, b Batch, row batchRow, choice Choice) (*entry, error) {
	r, err := a.again(ctx, tx, b)
	if err != nil {
		return nil, err
	}
	e := r.entry(sheet.Row{Line: row.Line, Cells: row.Cells})
	if len(e.problems) > 0 {
		return nil, fault.New(fault.Invalid, "membership.import-no-longer")
	}
	if err := r.prepare(e, id.New(), true); err != nil {
		return nil, err
	}
	held, err := a.known(ctx, tx, e.request.Private.NationalID)
	if err != nil {
		return nil, err
	}
	e.fate = entered
	if choice == AnotherPerson {
		if held != 0 {
			return nil, fault.New(fault.Conflict, "membership.import-number-taken")
		}
	} else {
		if held != 0 && held != row.Person {
			return nil, fault.New(fault.Conflict, "membership.import-number-taken")
		}
		p, err := load(ctx, tx, row.Person)
		if err != nil {
			return nil, err
		}
		spells, err := Spells(ctx, tx, p.ID)
		if err != nil {
			return nil, err
		}
		reg := &register{spells: map[id.ID]reach{}}
		for _, s := range spells {
			reg.spells[p.ID] = reach{max(reg.spells[p.ID].from, s.From), max(reg.spells[p.ID].to, s.To)}
		}
		// The person has decided that what differs is the file's error: the
		// register's name and birth day stay.
		e.person.Name, e.person.Birth, e.person.Lang = p.Name, p.Birth, p.Lang
		e.stated.category, e.stated.day = false, false
		if e.meets(p, reg); e.fate == bad {
			return nil, fault.New(fault.Conflict, e.problems[0].Key, pairs(e.problems[0].Args)...)
		}
	}
	d := deltas{}
	switch e.fate {
	case entered:
		if err = number(ctx, tx.Tx, []*entry{e}); err == nil {
			err = a.insertAll(ctx, tx.Tx, b.ID, []*entry{e}, true)
		}
	case readmitted:
		err = a.comeBack(ctx, tx, b.ID, e)
	default:
		return e, nil
	}
	if err != nil {
		return nil, err
	}
	d.add(e.person.Org, e.person.Category, e.request.Day, 1)
	return e, d.write(ctx, tx.Tx)
}

func pairs(args map[string]any) []any {
	var out []any
	for k, v := range args {
		out = append(out, k, v)
	}
	return out
}
