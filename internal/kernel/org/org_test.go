package org

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	kernel "odaq/internal/kernel/schema"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const lastDay = 40

// state is the naive truth of one organisation on one day.
type state struct {
	exists, alive bool
	status        Status
	parent        id.ID
}

// naive replays events day by day with no versions and no closure.
func naive(events []Event, org id.ID, day cal.Day) (s state) {
	own := slices.DeleteFunc(slices.Clone(events), func(e Event) bool { return e.Org != org || e.Day > day })
	slices.SortStableFunc(own, func(a, b Event) int {
		if a.Day != b.Day {
			return int(a.Day - b.Day)
		}
		return int(a.ID - b.ID)
	})
	for _, e := range own {
		if e.Detail.Parent != nil {
			s.parent = *e.Detail.Parent
		}
		switch e.Kind {
		case Found:
			s.exists, s.alive, s.status = true, true, Outside
			if s.parent != 0 || e.Detail.Kind == Federation {
				s.status = Active
			}
		case Admit, Resume:
			s.status = Active
		case Suspend:
			s.status = Suspended
		case Leave:
			s.status, s.parent = Outside, 0
		case Merge, Dissolve:
			s.alive, s.status, s.parent = false, Dissolved, 0
		}
	}
	return s
}

// random draws an event of one of the organisations, or a founding, on any day.
func random(t *rapid.T, orgs []id.ID, n int) Event {
	e := Event{ID: id.ID(1000 + n), Day: cal.Day(rapid.IntRange(1, lastDay).Draw(t, "day")), Decision: "1"}
	pick := func(label string) id.ID {
		if len(orgs) == 0 {
			return 77
		}
		return rapid.SampledFrom(orgs).Draw(t, label)
	}
	if len(orgs) < 3 || rapid.IntRange(0, 3).Draw(t, "found") == 0 {
		e.Kind, e.Org = Found, id.ID(1+len(orgs))
		e.Detail = Detail{Kind: rapid.SampledFrom([]Kind{Federation, Union, Local, Local, Primary}).Draw(t, "kind"), Names: &text.Names{KK: "Ұйым"}}
		if len(orgs) == 0 {
			e.Detail.Kind, e.Day = Federation, 1
		}
		if rapid.Bool().Draw(t, "inside") && len(orgs) > 0 {
			p := pick("parent")
			e.Detail.Parent = &p
		}
		return e
	}
	e.Kind, e.Org = rapid.SampledFrom(EventKinds[1:]).Draw(t, "event"), pick("org")
	switch e.Kind {
	case Admit, Move:
		p := pick("parent")
		e.Detail.Parent = &p
	case Merge:
		e.Detail.Into = pick("into")
	case Rename:
		e.Detail.Names = &text.Names{KK: "Жаңа"}
	}
	return e
}

// consistent is the oracle: as of every day every child has a living parent of a
// kind that may hold it, and the way up ends.
func consistent(events []Event, orgs []id.ID) bool {
	kind := map[id.ID]Kind{}
	for _, e := range events {
		if e.Kind == Found {
			kind[e.Org] = e.Detail.Kind
		}
	}
	for day := cal.Day(0); day <= lastDay+1; day++ {
		for _, o := range orgs {
			at := o
			for steps := 0; ; steps++ {
				s := naive(events, at, day)
				if s.parent == 0 {
					break
				}
				up := naive(events, s.parent, day)
				if !up.alive || !kind[s.parent].MayHold(kind[at]) || steps > len(orgs) {
					return false
				}
				at = s.parent
			}
		}
	}
	return true
}

func (f forest) add(e Event, folded []Version) {
	f.versions[e.Org] = folded
	for _, v := range folded {
		if v.Parent != 0 && !slices.Contains(f.children[v.Parent], e.Org) {
			f.children[v.Parent] = append(f.children[v.Parent], e.Org)
		}
	}
}

// Whatever is accepted is consistent on every day, and versions and closure say
// of every day what the naive replay says.
func TestRandomHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var events []Event
		var orgs []id.ID
		f := forest{versions: map[id.ID][]Version{}, children: map[id.ID][]id.ID{}}
		for n := range rapid.IntRange(1, 25).Draw(t, "events") {
			e := random(t, orgs, n)
			own := slices.DeleteFunc(slices.Clone(events), func(o Event) bool { return o.Org != e.Org })
			folded, err := Fold(append(own, e))
			if err == nil {
				trial := forest{versions: map[id.ID][]Version{}, children: f.children}
				for k, v := range f.versions {
					trial.versions[k] = v
				}
				trial.versions[e.Org] = folded
				err = Check(e.Org, folded, trial)
				all := slices.Concat(events, []Event{e})
				who := orgs
				if e.Kind == Found {
					who = slices.Concat(orgs, []id.ID{e.Org})
				}
				if ok := consistent(all, who); ok != (err == nil) {
					t.Fatalf("Check says %v, the replay says %v, after %s on %d", err, ok, e.Kind, e.Day)
				}
			}
			if err != nil {
				if !fault.Is(err, fault.Invalid) {
					t.Fatalf("refused without words: %v", err)
				}
				continue
			}
			f.add(e, folded)
			events = append(events, e)
			if e.Kind == Found {
				orgs = append(orgs, e.Org)
			}
		}
		compare(t, f, events, orgs)
	})
}

// compare checks versions and closure against the replay on every day.
func compare(t interface{ Fatalf(string, ...any) }, f Family, events []Event, orgs []id.ID) {
	for _, o := range orgs {
		versions, _ := f.Versions(o)
		links, err := Links(o, f)
		if err != nil {
			t.Fatalf("links: %v", err)
		}
		for day := cal.Day(0); day <= lastDay+1; day++ {
			want := naive(events, o, day)
			v, ok := On(versions, day)
			if ok != want.exists || ok && (v.Status != want.status || v.Parent != want.parent || v.Alive() != want.alive) {
				t.Fatalf("on day %d %v is %+v, the replay says %+v", day, o, v, want)
			}
			above := map[id.ID]int{}
			for at, depth := o, 0; at != 0; depth++ {
				s := naive(events, at, day)
				if !s.alive {
					break
				}
				above[at] = depth
				at = s.parent
			}
			n := 0
			for _, l := range links {
				if l.From <= day && day < l.To {
					n++
					if depth, ok := above[l.Ancestor]; !ok || depth != l.Depth {
						t.Fatalf("on day %d the closure has %+v, the replay %v", day, l, above)
					}
				}
			}
			if n != len(above) {
				t.Fatalf("on day %d the closure of %v has %d links, the replay %d", day, o, n, len(above))
			}
		}
	}
}

// What the database keeps is what the replay says, also of events recorded late.
func TestRecordAsTheReplay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if _, err := db.Migrate(t.Context(), d, []db.Source{{Name: "kernel", Number: 1, FS: kernel.FS}}); err != nil {
			t.Fatal(err)
		}
		var events []Event
		var orgs []id.ID
		// One long history from a fixed seed: rapid draws it, the database keeps it.
		drawn := rapid.Custom(func(t *rapid.T) []Event {
			var out []Event
			var who []id.ID
			for n := range 80 {
				e := random(t, who, n)
				if e.Kind == Found {
					who = append(who, e.Org)
				}
				out = append(out, e)
			}
			return out
		}).Example(7)
		refused := 0
		for _, e := range drawn {
			err := d.Write(t.Context(), func(tx *db.Tx) error { _, _, err := Record(t.Context(), tx, e); return err })
			if err != nil {
				if !fault.Is(err, fault.Invalid) {
					t.Fatalf("%s: %v", e.Kind, err)
				}
				refused++
				continue
			}
			events = append(events, e)
			if e.Kind == Found {
				orgs = append(orgs, e.Org)
			}
		}
		if refused == 0 || len(orgs) < 3 {
			t.Fatalf("the history is too tame: %d refused, %d organisations", refused, len(orgs))
		}
		q := d.Read()
		compare(t, newFamily(t.Context(), q), events, orgs)
		for day := cal.Day(0); day <= lastDay+1; day += 3 {
			for _, o := range orgs {
				path, err := Path(t.Context(), q, o, day)
				if err != nil {
					t.Fatal(err)
				}
				if s := naive(events, o, day); s.alive != (len(path) > 0) || s.alive && path[len(path)-1].Org != o {
					t.Fatalf("on day %d the path to %v is %v, the replay says %+v", day, o, path, s)
				}
			}
		}
	})
}

func TestLoadRefusesACircle(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if _, err := db.Migrate(t.Context(), d, []db.Source{{Name: "kernel", Number: 1, FS: kernel.FS}}); err != nil {
			t.Fatal(err)
		}
		found := func(o, parent id.ID, kind Kind) Event {
			return Event{ID: 100 + o, Org: o, Kind: Found, Day: 5, Decision: "1", Detail: Detail{Kind: kind, Names: &text.Names{KK: "Ұйым"}, Parent: &parent}}
		}
		// The first one lies beneath the circle and is no part of it.
		circle := []Event{found(1, 2, Primary), found(2, 3, Local), found(3, 2, Local)}
		err := d.Write(t.Context(), func(tx *db.Tx) error { return Load(t.Context(), tx, circle) })
		if fault.Of(err) == nil || fault.Of(err).Key != "org.refused.circle" {
			t.Errorf("a circle is loaded: %v", err)
		}
		n := 0
		if err := d.Read().QueryRow(t.Context(), `SELECT count(*) FROM org_event`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d events are left: %v", n, err)
		}
		good := []Event{found(1, 2, Primary), found(2, 3, Local), {ID: 103, Org: 3, Kind: Found, Day: 5, Detail: Detail{Kind: Federation, Names: &text.Names{KK: "Федерация"}}}}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return Load(t.Context(), tx, good) }); err != nil {
			t.Fatal(err)
		}
		path, err := Path(t.Context(), d.Read(), 1, 5)
		if err != nil || len(path) != 3 || path[0].Org != 3 {
			t.Errorf("%v %v", path, err)
		}
		found5, err := List(t.Context(), d.Read(), Find{Day: 5, Under: 3, Query: "уйым"})
		if err != nil || len(found5) != 2 {
			t.Errorf("%v %v", found5, err)
		}
	})
}
