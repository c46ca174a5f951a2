package membership

import (
	"context"

	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
)

// register is what the register knows of the people on a chunk's rows.
type register struct {
	holders map[string]Person // by blind index
	blocks  map[int64][]candidate
	spells  map[id.ID]reach
}

// reach is a person's latest joining and leaving.
type reach struct{ from, to cal.Day }

func (r *register) holder(indexes [][]byte) (Person, bool) {
	for _, index := range indexes {
		if p, ok := r.holders[string(index)]; ok {
			return p, true
		}
	}
	return Person{}, false
}

// brought is a membership that a batch brought in, with what tells whether
// somebody changed it since.
type brought struct {
	Spell
	category string
	version  int64
	before   *batchRow // where the person was readmitted
	touched  bool      // something else belongs to the person by now
}

// takeBack removes those of the memberships that nobody changed and returns
// their number. A person known only from the batch goes with them, secret first;
// a readmitted one becomes what he or she was.
func (a *Area) takeBack(ctx context.Context, tx *act.Tx, batch id.ID, spells []brought) (int64, error) {
	people := make([]int64, len(spells))
	at := make(map[id.ID]*brought, len(spells))
	for i := range spells {
		people[i], at[spells[i].Person] = int64(spells[i].Person), &spells[i]
	}
	if err := tied(ctx, tx, people, func(person id.ID) { at[person].touched = true }); err != nil {
		return 0, err
	}
	var back []int64
	for _, s := range spells {
		if s.version > 1 {
			back = append(back, int64(s.Person))
		}
	}
	rows, err := a.readmissions(ctx, tx, batch, back)
	if err != nil {
		return 0, err
	}
	for i, r := range rows {
		at[r.Person].before = &rows[i]
	}
	d := deltas{}
	var gone, ended []int64
	for _, s := range spells {
		s := at[s.Person]
		switch {
		case s.touched || s.To != cal.Forever:
			continue
		case s.version == 1:
			gone = append(gone, int64(s.Person))
		case s.before != nil && s.before.Before != nil && s.before.Version == s.version:
			old := *s.before.Before
			old.Version = s.version
			if err := update(ctx, tx.Tx, old); err != nil {
				return 0, err
			}
			if err := words(ctx, tx.Tx, old); err != nil {
				return 0, err
			}
		default:
			continue
		}
		ended = append(ended, int64(s.Person))
		d.add(s.Org, s.category, s.From, -1)
	}
	if err := remove(ctx, tx.Tx, batch, ended, gone, tx.Now); err != nil {
		return 0, err
	}
	return int64(len(ended)), d.write(ctx, tx.Tx)
}
