package membership

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"iter"
	"runtime"
	"slices"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/nationalid"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/seed"
	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
)

// Seed fills an empty register with the people of a plan: persons, spells,
// secrets, words, and the counts as if all of it had been folded long ago. It is
// one transaction, so a crash leaves nothing. progress may be nil; it is told how
// far the work is, as a part of all members: indexes and counts come after the
// people and have their part.
//
// What is written in the order of the people goes out chunk by chunk; keys, words
// and differences are kept in short forms and written in the order of their
// tables' keys, since rows in any other order cost several times as much.
func (a *Area) Seed(ctx context.Context, plan *seed.Plan, progress func(done, total int)) error {
	if progress == nil {
		progress = func(int, int) {}
	}
	tables := []string{"membership_person", "membership_spell", "membership_event", "membership_key", "membership_word", "membership_day", "membership_count"}
	err := a.desk.DB.Write(ctx, func(tx *db.Tx) error {
		var indexes []string
		for _, t := range tables {
			made, err := db.DropIndexes(ctx, tx, t)
			if err != nil {
				return err
			}
			indexes = append(indexes, made...)
		}
		s := newSower(a, plan)
		far := func(part, of int) { progress(plan.Members*part/of, plan.Members) }
		if err := s.writePeople(ctx, tx, func(done int) { far(done*7, plan.People*10) }); err != nil {
			return err
		}
		steps := []func(context.Context, *db.Tx) error{s.writeKeys, s.writeWords, s.writeCounts}
		for _, statement := range indexes {
			steps = append(steps, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, statement)
				return err
			})
		}
		for i, step := range steps {
			if err := step(ctx, tx); err != nil {
				return err
			}
			far(len(steps)*7+(i+1)*3, len(steps)*10)
		}
		_, err := tx.Exec(ctx, `INSERT INTO membership_number (id, next) VALUES (1, $1)`, firstSerial+plan.People)
		return err
	})
	if err != nil {
		return fmt.Errorf("the members of the demo federation: %w", err)
	}
	return a.desk.DB.Analyze(ctx, append(tables, "privacy_secret")...)
}

// sower turns the people of a plan into rows.
type sower struct {
	area       *Area
	plan       *seed.Plan
	orgs       map[id.ID]int32 // index of a primary organisation
	categories []string        // in the order of their codes
	basis      [40]string
	taken      map[uint64]bool // national IDs, by hash

	spells, events int64
	keys           []keyOf
	words          lexicon
	changes        []diff
}

// keyOf is the blind index of a person's national ID.
type keyOf struct {
	value  [seal.IndexSize]byte
	person uint32
}

// diff is a delta in sixteen bytes.
type diff struct {
	day, org, by int32
	category     uint8
}

func newSower(a *Area, plan *seed.Plan) *sower {
	s := &sower{area: a, plan: plan, orgs: make(map[id.ID]int32, len(plan.Primaries)), taken: make(map[uint64]bool, plan.People),
		keys: make([]keyOf, 0, plan.People), changes: make([]diff, 0, plan.People*5/4), words: newLexicon(plan.People)}
	for i, o := range plan.Primaries {
		s.orgs[o.Org] = int32(i)
	}
	for _, c := range a.profile.Categories {
		s.categories = append(s.categories, c.Code)
	}
	slices.Sort(s.categories)
	for i := range s.basis {
		s.basis[i] = fmt.Sprint(i + 1)
	}
	return s
}

// decision is the number of the decision of an organisation on a day.
func (s *sower) decision(org id.ID, day cal.Day) string {
	return s.basis[(int64(org)+int64(day))%int64(len(s.basis))]
}

// sowing is a chunk of people on its way: their secrets are made, then they are
// sealed beside others, then written.
type sowing struct {
	lives   []seed.Life
	numbers []string // national IDs
	secrets map[id.ID][]byte
	rows    [][]any
	words   [][]string
	keys    []keyOf
	done    chan error
}

// chunkSize is the number of people sealed and written at a time.
const chunkSize = 4096

// writePeople writes persons, secrets, spells and events, and keeps what the
// other tables need.
func (s *sower) writePeople(ctx context.Context, tx *db.Tx, progress func(done int)) error {
	var queue []*sowing
	done := 0
	write := func() error {
		c := queue[0]
		queue = queue[1:]
		if err := <-c.done; err != nil {
			return err
		}
		if err := s.write(ctx, tx, c); err != nil {
			return err
		}
		done += len(c.lives)
		progress(done)
		return nil
	}
	for c, err := range s.chunks() {
		if err != nil {
			return err
		}
		people := make([]id.ID, len(c.lives))
		for i, l := range c.lives {
			people[i] = l.ID
		}
		if c.secrets, err = privacy.MakeSecrets(ctx, tx, people); err != nil {
			return err
		}
		c.done = make(chan error, 1)
		go func() { c.done <- s.prepare(c) }()
		if queue = append(queue, c); len(queue) > runtime.GOMAXPROCS(0) {
			if err := write(); err != nil {
				return err
			}
		}
	}
	for len(queue) > 0 {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

// chunks makes up the people in the order of the plan.
func (s *sower) chunks() iter.Seq2[*sowing, error] {
	return func(yield func(*sowing, error) bool) {
		lives := s.plan.Lives()
		c := &sowing{}
		for i, o := range s.plan.Primaries {
			for k := range o.Target + o.Left {
				l := lives.Of(i, k)
				number, err := s.national(l)
				if err != nil {
					yield(nil, err)
					return
				}
				c.lives, c.numbers = append(c.lives, l), append(c.numbers, number)
				if len(c.lives) == chunkSize {
					if !yield(c, nil) {
						return
					}
					c = &sowing{}
				}
			}
		}
		if len(c.lives) > 0 {
			yield(c, nil)
		}
	}
}

// national makes up a national ID that nobody else of the plan has; it is empty
// where the country gives none.
func (s *sower) national(l seed.Life) (string, error) {
	if s.area.scheme == nil {
		return "", nil
	}
	rng := seed.Numbers.Rand(l.Number)
	for {
		n, err := s.area.scheme.Generate(rng, nationalid.Traits{Day: l.Birth, Sex: l.Sex})
		if err != nil {
			return "", err
		}
		h := fnv.New64a()
		h.Write([]byte(n))
		if key := h.Sum64(); !s.taken[key] {
			s.taken[key] = true
			return n, nil
		}
	}
}

// prepare seals a chunk and computes its keys; chunks are prepared side by side.
func (s *sower) prepare(c *sowing) error {
	for i, l := range c.lives {
		private := contact(s.plan.Country.Words.Phone, l.Number)
		private.NationalID = c.numbers[i]
		nationalID, sealed, err := s.area.sealWith(c.secrets[l.ID], l.ID, private)
		if err != nil {
			return err
		}
		status := statusOf(l)
		c.rows = append(c.rows, []any{int64(l.ID), l.Name.Surname, l.Name.Given, l.Name.Patronymic, search.PersonKey("kk", l.Name), int64(l.Birth), string(l.Lang),
			nationalID, sealed, int64(NumberOf(firstSerial + l.Number)), int64(l.Org()), string(status), l.Category, int64(1), made(l.Spells[0].From),
			alikeKey(l.Name, l.Birth, l.Org())})
		c.words = append(c.words, nameWords(l.Name))
		if private.NationalID != "" {
			c.keys = append(c.keys, keyOf{[seal.IndexSize]byte(s.area.seal.BlindIndex(keyNational, private.NationalID)), uint32(l.Number)})
		}
	}
	return nil
}

func statusOf(l seed.Life) Status {
	switch {
	case l.Suspended:
		return Suspended
	case l.Member():
		return Active
	}
	return Former
}

// contact is a made-up telephone number and address; some people gave none.
func contact(exchange string, number int64) (p Private) {
	if number%7 > 0 {
		p.Phone = fmt.Sprintf("%s %02d %02d", exchange, number/100%100, number%100)
	}
	if number%5 > 1 {
		p.Email = fmt.Sprintf("member%d@example.org", firstSerial+number)
	}
	return p
}

// made is when something of a day was recorded.
func made(day cal.Day) int64 { return (int64(day)*86400 + 9*3600) * 1_000_000 }

func (s *sower) write(ctx context.Context, tx *db.Tx, c *sowing) error {
	if _, err := tx.Bulk(ctx, "membership_person", []string{"id", "surname", "given", "patronymic", "sort_key", "birth_day", "lang", "national_id", "contact", "number",
		"org_id", "status", "category", "version", "made_at", "alike"}, each(c.rows, asIs)); err != nil {
		return err
	}
	var spells, events [][]any
	for i, l := range c.lives {
		for _, v := range l.Spells {
			s.spells++
			leaving, key := "", []byte{}
			if v.Leaving != "" {
				leaving, key = s.decision(v.Org, v.To), search.PersonKey("kk", l.Name)
			}
			spells = append(spells, []any{int64(l.ID), int64(seed.Spells.ID(s.spells)), int64(v.Org), int64(v.From), int64(v.To), v.Entry, s.decision(v.Org, v.From), v.Leaving, leaving, int64(0), key})
		}
		for _, v := range l.Turns {
			s.events++
			events = append(events, []any{int64(l.ID), int64(seed.PersonEvents.ID(s.events)), v.Kind, int64(v.Day), v.Detail, s.decision(l.Org(), v.Day), int64(0), made(v.Day)})
		}
		s.count(l)
		s.words.add(Person{ID: l.ID, Org: l.Org(), Status: statusOf(l)}, c.words[i])
	}
	s.keys = append(s.keys, c.keys...)
	if _, err := tx.Bulk(ctx, "membership_spell", spellColumns,
		each(spells, asIs)); err != nil {
		return err
	}
	_, err := tx.Bulk(ctx, "membership_event", []string{"person_id", "id", "kind", "day", "detail", "basis", "account_id", "made_at"}, each(events, asIs))
	return err
}

func asIs(row []any) []any { return row }

// count adds the differences that a life makes.
func (s *sower) count(l seed.Life) {
	category := l.First
	add := func(org id.ID, day cal.Day, by int32) {
		n, _ := slices.BinarySearch(s.categories, category)
		s.changes = append(s.changes, diff{int32(day), s.orgs[org], by, uint8(n)})
	}
	for i, v := range l.Spells {
		add(v.Org, v.From, 1)
		if i == len(l.Spells)-1 {
			for _, t := range l.Turns {
				if t.Kind == "category" {
					add(v.Org, t.Day, -1)
					category = t.Detail
					add(v.Org, t.Day, 1)
				}
			}
		}
		if v.To != cal.Forever {
			add(v.Org, v.To, -1)
		}
	}
}

// person is the identifier of the person with a number.
func person(number uint32) int64 { return int64(seed.People.ID(int64(number) + 1)) }

func (s *sower) writeKeys(ctx context.Context, tx *db.Tx) error {
	slices.SortFunc(s.keys, func(a, b keyOf) int { return slices.Compare(a.value[:], b.value[:]) })
	_, err := tx.Bulk(ctx, "membership_key", indexColumns, each(s.keys, func(k keyOf) []any {
		return []any{keyNational, k.value[:], person(k.person)}
	}))
	s.keys, s.taken = nil, nil
	return err
}

func (s *sower) writeWords(ctx context.Context, tx *db.Tx) error {
	err := s.words.write(ctx, tx)
	s.words = lexicon{}
	return err
}

// writeCounts writes the sums of each day and the totals at the checkpoints.
func (s *sower) writeCounts(ctx context.Context, tx *db.Tx) error {
	s.changes = summed(s.changes)
	_, err := tx.Bulk(ctx, "membership_day", []string{"day", "org_id", "category", "delta"}, each(s.changes, func(c diff) []any {
		return []any{int64(c.day), int64(s.plan.Primaries[c.org].Org), s.categories[c.category], int64(c.by)}
	}))
	if err != nil || len(s.changes) == 0 {
		return err
	}
	points := checkpoints(cal.Day(s.changes[0].day), s.plan.Today)
	if _, err := tx.Bulk(ctx, "membership_checkpoint", []string{"day"}, each(points, func(d cal.Day) []any { return []any{int64(d)} })); err != nil {
		return err
	}
	_, err = tx.Bulk(ctx, "membership_count", []string{"day", "org_id", "category", "total"}, s.totals(points))
	return err
}

// summed puts differences in the order of the table's key, one a key.
func summed(all []diff) []diff {
	slices.SortFunc(all, func(a, b diff) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.org, b.org), cmp.Compare(a.category, b.category))
	})
	out := all[:0]
	for _, c := range all {
		if n := len(out) - 1; n >= 0 && out[n].day == c.day && out[n].org == c.org && out[n].category == c.category {
			out[n].by += c.by
			continue
		}
		out = append(out, c)
	}
	return slices.DeleteFunc(out, func(c diff) bool { return c.by == 0 })
}

// checkpoints are the first days of the quarters of the last ten years, and of
// the years before, from the first change on: a checkpoint that is not there
// costs speed only, and days long ago are seldom asked for.
func checkpoints(first, today cal.Day) []cal.Day {
	var out []cal.Day
	recent := quarter(today).AddMonths(-120)
	at := cal.Date(first.Year()+1, 1, 1)
	for ; at < recent; at = at.AddMonths(12) {
		out = append(out, at)
	}
	for at = max(recent, quarter(first).AddMonths(3)); at <= today; at = at.AddMonths(3) {
		out = append(out, at)
	}
	return out
}

// totals are the sums of all differences before each checkpoint.
func (s *sower) totals(points []cal.Day) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		totals := make([]int64, len(s.plan.Primaries)*len(s.categories))
		next := 0
		for _, at := range points {
			for ; next < len(s.changes) && s.changes[next].day < int32(at); next++ {
				c := s.changes[next]
				totals[int(c.org)*len(s.categories)+int(c.category)] += int64(c.by)
			}
			for i, n := range totals {
				if n == 0 {
					continue
				}
				org, category := s.plan.Primaries[i/len(s.categories)].Org, s.categories[i%len(s.categories)]
				if !yield([]any{int64(at), int64(org), category, n}, nil) {
					return
				}
			}
		}
	}
}
