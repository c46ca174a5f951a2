package structure

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/audit"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

func p[T any](v T) *T { return &v }

func TestContradictions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSmall(t, d)
		guild := s.found(org.Local, s.teachers, "Гильдия", day("2005-01-01"))
		cell := s.found(org.Local, guild, "Ұяшық", day("2006-01-01"))
		free := s.found(org.Union, 0, "Еркін", day("2010-01-01"))
		for name, c := range map[string]struct {
			err error
			key string
		}{
			"admit before founding": {s.record(free, org.Admit, day("2009-12-31"), org.Detail{Parent: &s.top}), "org.refused.before-founding"},
			"circle":                {s.record(guild, org.Move, day("2020-01-01"), org.Detail{Parent: &cell}), "org.refused.circle"},
			"child outlives":        {s.record(s.miners, org.Dissolve, day("2020-01-01"), org.Detail{}), "org.refused.child-outlives"},
			"wrong kind above":      {s.record(s.school, org.Move, day("2020-01-01"), org.Detail{Parent: &s.mine}), "org.refused.parent-kind"},
			"resume the active":     {s.record(s.miners, org.Resume, day("2020-01-01"), org.Detail{}), "org.refused.not-suspended"},
			"coming day":            {s.record(s.miners, org.Suspend, today+1, org.Detail{}), "structure.wrong.future"},
			"no change":             {s.record(s.miners, org.Rename, today, org.Detail{Names: &text.Names{KK: "Кеншілер", RU: "Кеншілер ру", EN: "Кеншілер en"}}), "structure.wrong.nothing-changed"},
			"foreign field":         {s.record(s.miners, org.Suspend, today, org.Detail{BIN: p("1")}), "structure.wrong.not-here"},
			"unknown region":        {s.record(s.miners, org.Move, today, org.Detail{Territory: p("XX-1")}), "fault.choice"},
			"bad number":            {s.record(s.miners, org.Describe, today, org.Detail{BIN: p("123456789012")}), "nationalid.checksum"},
			"second federation": {func() error {
				_, err := s.Found(s.ctx, FoundRequest{Kind: org.Federation, Names: text.Names{KK: "Тағы"}, Day: today, Decision: "1"})
				return err
			}(), "structure.wrong.second-federation"},
			"merge of kinds": {s.record(s.school, org.Merge, today, org.Detail{Into: guild}), "structure.wrong.into-kind"},
		} {
			t.Run(name, func(t *testing.T) { refused(t, c.err, c.key) })
		}
		n := 0
		if err := d.Read().QueryRow(t.Context(), `SELECT count(*) FROM org_event`).Scan(&n); err != nil || n != 10 {
			t.Errorf("%d events are kept, want the 10 foundings: %v", n, err)
		}
	})
}

func TestMergeSplitAndTheRest(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSmall(t, d)
		var heard []string
		for _, name := range Events {
			s.desk.Events.On(name, func(_ context.Context, _ *db.Tx, e event.Event) error {
				heard = append(heard, e.Name+" "+e.Record.String())
				return nil
			})
		}
		ctx := t.Context()
		if err := s.record(s.miners, org.Merge, day("2026-05-01"), org.Detail{Into: s.teachers}); err != nil {
			t.Fatal(err)
		}
		if v, _ := org.Get(ctx, d.Read(), s.miners, today); v.Status != org.Dissolved {
			t.Errorf("after the merger the union is %s", v.Status)
		}
		for on, parent := range map[cal.Day]id.ID{day("2026-04-30"): s.miners, day("2026-05-01"): s.teachers} {
			if v, _ := org.Get(ctx, d.Read(), s.mine, on); v.Parent != parent {
				t.Errorf("on %s the mine lies under %v, want %v", on, v.Parent, parent)
			}
		}
		if n := len(heard); n != 3 || !strings.HasPrefix(heard[2], "structure.merged ") {
			t.Errorf("heard %q, want two moves and the merger", heard)
		}
		done, err := s.Record(s.ctx, RecordRequest{Org: s.school, Kind: org.Split, Day: day("2026-06-01"), Decision: "9", Parts: []text.Names{{KK: "Бөлік"}}})
		if err != nil {
			t.Fatal(err)
		}
		events, err := org.Events(ctx, d.Read(), done.Org)
		if err != nil || len(events) != 2 || len(events[1].Detail.Parts) != 1 {
			t.Fatalf("the split names no part: %+v %v", events, err)
		}
		if v, _ := org.Get(ctx, d.Read(), events[1].Detail.Parts[0], today); v.Parent != s.teachers || v.Territory != "KZ-75" || v.Kind != org.Primary {
			t.Errorf("the part is %+v", v)
		}
		for _, step := range []struct {
			kind   org.EventKind
			status org.Status
		}{{org.Suspend, org.Suspended}, {org.Resume, org.Active}, {org.Leave, org.Outside}} {
			if err := s.record(s.teachers, step.kind, today, org.Detail{}); err != nil {
				t.Fatal(step.kind, err)
			}
			if v, _ := org.Get(ctx, d.Read(), s.teachers, today); v.Status != step.status {
				t.Errorf("after %s it is %s", step.kind, v.Status)
			}
		}
		if err := s.record(s.teachers, org.Admit, today, org.Detail{Parent: &s.top}); err != nil {
			t.Fatal(err)
		}
		if err := s.record(s.teachers, org.Describe, today, org.Detail{BIN: p(bin(t)), Address: p("Алматы")}); err != nil {
			t.Fatal(err)
		}
		other := s.found(org.Union, s.top, "Басқа", today)
		refused(t, s.record(other, org.Describe, today, org.Detail{BIN: p(bin(t))}), "structure.wrong.bin-taken")
		if _, _, err := audit.Verify(ctx, d.Read()); err != nil {
			t.Error(err)
		}
		trail, err := audit.List(ctx, d.Read(), audit.Filter{Record: "org:" + s.teachers.String()})
		if err != nil || len(trail) == 0 || trail[0].Action != string(Describe) || trail[0].Decision != "7" {
			t.Errorf("the trail says %+v %v", trail, err)
		}
	})
}

// bin is a number that passes the checks of the profile.
func bin(t *testing.T) string {
	s := kz(t).Scheme("bin")
	for n := range 100000 {
		number := "260140" + strconv.Itoa(100000+n)
		if s.Check(number) == nil {
			return number
		}
	}
	t.Fatal("no number found")
	return ""
}

func TestWhoMayRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSmall(t, d)
		chair, own, above, other := s.give(access.Chair, s.mine), s.give(access.Registrar, s.miners), s.give(access.Leader, s.top), s.give(access.Registrar, s.teachers)
		for _, c := range []struct {
			name    string
			account id.ID
			request RecordRequest
			allowed bool
		}{
			{"a chair describes", chair, RecordRequest{Org: s.mine, Kind: org.Describe, Detail: org.Detail{Address: p("Саран")}}, true},
			{"a chair does not rename", chair, RecordRequest{Org: s.mine, Kind: org.Rename, Detail: org.Detail{Names: &text.Names{KK: "Жаңа"}}}, false},
			{"a union does not suspend itself", own, RecordRequest{Org: s.miners, Kind: org.Suspend}, false},
			{"the federation suspends it", above, RecordRequest{Org: s.miners, Kind: org.Suspend}, true},
			{"a union moves its own", own, RecordRequest{Org: s.mine, Kind: org.Move, Detail: org.Detail{Territory: p("KZ-10")}}, true},
			{"but not to another's", own, RecordRequest{Org: s.mine, Kind: org.Move, Detail: org.Detail{Parent: &s.teachers}}, false},
			{"another union renames nothing here", other, RecordRequest{Org: s.mine, Kind: org.Rename, Detail: org.Detail{Names: &text.Names{KK: "Жаңа"}}}, false},
			{"the public describes nothing", 0, RecordRequest{Org: s.mine, Kind: org.Describe, Detail: org.Detail{Address: p("Теміртау")}}, false},
			{"a union leaves by itself", own, RecordRequest{Org: s.miners, Kind: org.Leave}, true},
		} {
			c.request.Day, c.request.Decision = today, "3"
			_, err := s.Record(s.as(c.account), c.request)
			if c.allowed && err != nil || !c.allowed && !fault.Is(err, fault.Denied) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if _, err := s.Found(s.as(other), FoundRequest{Kind: org.Primary, Parent: s.miners, Names: text.Names{KK: "Бөтен"}, Territory: "KZ-35", Day: today, Decision: "1"}); !fault.Is(err, fault.Denied) {
			t.Errorf("a registrar founds beneath another union: %v", err)
		}
		if _, err := s.ImportActivities(s.as(own), strings.NewReader("code,name_en\nA,Farming\n")); !fault.Is(err, fault.Denied) {
			t.Errorf("a registrar imports: %v", err)
		}
	})
}

func TestEditConflictAndRepetition(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSmall(t, d)
		last, err := lastEvent(t.Context(), d.Read(), s.mine)
		if err != nil {
			t.Fatal(err)
		}
		r := RecordRequest{Org: s.mine, Kind: org.Rename, Day: today, Decision: "5", Seen: last, Detail: org.Detail{Names: &text.Names{KK: "Бір"}}}
		keyed := act.WithKey(s.ctx, "once")
		first, err := s.Record(keyed, r)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := s.Record(keyed, r); err != nil || again != first {
			t.Errorf("repeated with its key: %v %v", again, err)
		}
		r.Detail.Names = &text.Names{KK: "Екі"}
		_, err = s.Record(s.ctx, r)
		refused(t, err, "structure.stale")
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("a stale form is %v", err)
		}
		r.Seen = first.Event
		if _, err := s.Record(s.ctx, r); err != nil {
			t.Error(err)
		}
	})
}

// Two moves that are each right and make a circle together: one is refused.
func TestMovesAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSmall(t, d)
		for round := range 5 {
			name := strconv.Itoa(round)
			one := s.found(org.Local, s.teachers, "А"+name, day("2005-01-01"))
			two := s.found(org.Local, s.teachers, "Б"+name, day("2005-01-01"))
			errs := make([]error, 2)
			var wg sync.WaitGroup
			for i, move := range [][2]id.ID{{one, two}, {two, one}} {
				wg.Go(func() { errs[i] = s.record(move[0], org.Move, today, org.Detail{Parent: &move[1]}) })
			}
			wg.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("both or none moved: %v, %v", errs[0], errs[1])
			}
			refused(t, errors.Join(errs...), "org.refused.circle")
		}
	})
}

func TestOfficers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSmall(t, d)
		chair, err := s.MakePost(s.ctx, PostRequest{Org: s.miners, Title: text.Names{KK: "Төраға", RU: "Председатель", EN: "Chair"}, Chair: true, Day: day("2020-01-01"), Decision: "1"})
		if err != nil {
			t.Fatal(err)
		}
		clerk, err := s.MakePost(s.ctx, PostRequest{Org: s.miners, Title: text.Names{KK: "Хатшы", EN: "Clerk"}, Day: day("2020-01-01"), Decision: "1"})
		if err != nil {
			t.Fatal(err)
		}
		term := TermRequest{Org: s.miners, Post: chair, Holder: "Сапар Сынақов", From: day("2024-01-01"), To: cal.Forever, Decision: "2"}
		barred := term
		barred.Bars = []string{"employer-representative"}
		_, err = s.Appoint(s.ctx, barred)
		refused(t, err, "structure.wrong.barred")
		if said := words(t).In(text.EN).Fault(err).Fields[0].Message; said != "A representative of the employer may not sit in an elected body of a union. Law on Trade Unions, art. 3(3)." {
			t.Errorf("the reason is %q", said)
		}
		barred.Post, barred.Holder = clerk, "Айгүл Үлгіева"
		if _, err := s.Appoint(s.ctx, barred); err != nil {
			t.Errorf("a post that is not elected is open: %v", err)
		}
		running, err := s.Appoint(s.ctx, term)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Appoint(s.ctx, term)
		refused(t, err, "structure.wrong.post-held")
		early := term
		early.From, early.To = day("2019-01-01"), day("2019-06-01")
		_, err = s.Appoint(s.ctx, early)
		refused(t, err, "structure.wrong.before-post")
		if _, err := s.Appoint(s.as(s.give(access.Registrar, s.teachers)), term); !fault.Is(err, fault.Denied) {
			t.Errorf("another union's registrar: %v", err)
		}

		path := orgPath(s.miners)
		s.shows(s.get(path, 0, text.EN), 200, "Сапар Сынақов", "!Айгүл", "!Clerk")
		s.shows(s.get(path, s.give(access.Registrar, s.top), text.EN), 200, "Сапар Сынақов", "Айгүл Үлгіева")
		s.shows(s.get(path+"?day=2023-12-31", 0, text.EN), 200, "Vacant", "!Сапар")
		s.shows(s.get(path+"/posts", 0, text.EN), 303)
		editor := s.give(access.Chair, s.miners)
		s.shows(s.get(path+"/posts", editor, text.EN), 200, "Сапар Сынақов", "End the term")
		s.shows(s.get(path+"/posts?do=make", editor, text.EN), 200, "Title in Kazakh")
		s.shows(s.get(path+"/posts?do=end&post="+chair.String(), editor, text.EN), 200, "Сапар Сынақов")
		form := map[string][]string{"do": {"end"}, "post": {chair.String()}, "term": {running.String()}, "day": {"2023-01-01"}, "decision": {"4"}}
		s.shows(s.post(path+"/posts", editor, form), 422, "The day is not within the term")
		form["day"] = []string{"2026-11-01"}
		s.shows(s.post(path+"/posts", editor, form), 303)
		s.shows(s.get(path, 0, text.EN), 200, "Vacant", "!Сапар")
		appoint := map[string][]string{"do": {"appoint"}, "post": {chair.String()}, "holder": {"Болат Мысалов"}, "day": {"2026-11-02"}, "decision": {"4"}, "bars": {"employer-representative"}}
		s.shows(s.post(path+"/posts", editor, appoint), 422, "art. 3(3)", `value="Болат Мысалов"`)
		delete(appoint, "bars")
		s.shows(s.post(path+"/posts", editor, appoint), 303)
		s.shows(s.get(path, 0, text.EN), 200, "Болат Мысалов")
	})
}

func TestThresholds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		top := w.found(org.Federation, 0, "Федерация", day("1990-10-10"))
		union := w.found(org.Union, top, "Жаңа одақ", day("2026-03-01"))
		regions := w.profile.Regions(today)
		for i, g := range regions[:9] {
			w.found(org.Primary, union, "Ұйым"+strconv.Itoa(i), day("2026-04-01"), in(g.Code))
		}
		line := func(on cal.Day) (string, Proof) {
			v, err := org.Get(t.Context(), d.Read(), union, on)
			if err != nil {
				t.Fatal(err)
			}
			all, err := w.proofs(t.Context(), d.Read(), []org.Version{v}, on)
			if err != nil {
				t.Fatal(err)
			}
			return proofLine(words(t).In(text.EN), all[union], on), all[union]
		}
		said, proof := line(today)
		if said != "proved in 9 of the 11 needed regions, due by 1 March 2027" || proof.Late(today) || !proof.Late(day("2027-03-01")) || len(proof.Missing) != 11 {
			t.Errorf("%q, %d regions missing", said, len(proof.Missing))
		}
		if said, _ := line(day("2026-03-15")); !strings.HasPrefix(said, "proved in 0 of the 11 needed regions,") {
			t.Errorf("before the first organisation: %q", said)
		}
		w.shows(w.get(orgPath(union), 0, text.EN), 200, "Proved in 9 of the 11 needed regions, due by 1 March 2027.", "<b>2 more regions are needed.</b>",
			"No organisation yet in 11 regions", regions[10].Label.EN, "!Nearest")
		w.shows(w.get(orgPath(union), 0, text.RU), 200, "Охват подтверждён в 9 из 11 необходимых регионов, срок — 1 марта 2027 года.", "Нужно ещё 2 региона.", "Пока нет организаций в 11 регионах")
		w.shows(w.get(orgPath(union), 0, text.KK), 200, "Қажетті 11 өңірдің ішінен 9 өңірде расталды, мерзімі — 2027 жылғы 1 наурыз.", "Тағы 2 өңір қажет.", "11 өңірде әлі ұйым жоқ")
		// A region where it had an organisation is nearer than those where it had none.
		gone := w.found(org.Primary, union, "Бұрынғы", day("2026-04-02"), in(regions[15].Code))
		if err := w.record(gone, org.Dissolve, day("2026-10-05"), org.Detail{}); err != nil {
			t.Fatal(err)
		}
		w.shows(w.get(orgPath(union), 0, text.EN), 200, "Nearest are those where it had organisations before: "+regions[15].Label.EN+" (until 5 Oct 2026).", "No organisation yet in 10 regions")
		w.shows(w.get(orgPath(union)+"?day=2026-10-04", 0, text.EN), 200, "Proved in 10 of the 11 needed regions", "!Nearest", "1 more region is needed.")
		for i, g := range regions[9:11] {
			w.found(org.Primary, union, "Тағы"+strconv.Itoa(i), day("2026-05-01"), in(g.Code))
		}
		if said, proof = line(today); !proof.Met() || said != "proved in 11 regions, at least 11 needed" {
			t.Errorf("%q", said)
		}
	})
}

// The story of the modernisation report: 18 → 23 member organisations, 500 new
// primary organisations with 40,000 members, a union of medical workers admitted.
func TestModernisation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		top := w.found(org.Federation, 0, "Федерация", day("1990-10-10"))
		var unions []id.ID
		for i := range 18 {
			unions = append(unions, w.found(org.Union, top, "Одақ"+strconv.Itoa(i), day("2000-01-01")))
		}
		old := w.found(org.Primary, unions[0], "Ескі", day("2001-01-01"))
		w.count(old, day("2001-01-01"), 100_000)
		medics := w.found(org.Union, 0, "Медиктер", day("2017-01-01"))
		clinic := w.found(org.Primary, medics, "Емхана", day("2017-02-01"))
		w.count(clinic, day("2017-02-01"), 45_000)
		const fresh = 500
		var events []org.Event
		var orgs []id.ID
		for i := range fresh {
			o := id.New()
			orgs = append(orgs, o)
			events = append(events, org.Event{ID: id.New(), Org: o, Kind: org.Found, Day: day("2019-01-15"), Decision: "2", Detail: org.Detail{Kind: org.Primary,
				Names: &text.Names{KK: "Жаңа" + strconv.Itoa(i)}, Parent: &unions[i%18], Territory: p("KZ-75")}})
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			for _, e := range events {
				if _, _, err := org.Record(t.Context(), tx, e); err != nil {
					return err
				}
				if _, err := tx.Exec(t.Context(), `INSERT INTO counted (org_id, from_day, n) VALUES ($1, $2, 80)`, e.Org, e.Day); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			w.found(org.Union, top, "Жаңа одақ"+strconv.Itoa(i), day("2018-09-01"))
		}
		if err := w.record(medics, org.Admit, day("2019-02-01"), org.Detail{Parent: &top}); err != nil {
			t.Fatal(err)
		}
		s := w
		s.shows(s.get("/compare?a=2018-02-01&b=2019-02-01", 0, text.EN), 200, "<b>18 → 23 member organisations</b>", "<b>+500 primary organisations</b> covering <b>40,000 members</b>",
			"<b>100,000 → 185,000 members</b>", "Медиктер en", "Joined")
		// One day earlier the union of medical workers is not yet in.
		s.shows(s.get("/compare?a=2018-02-01&b=2019-01-31", 0, text.EN), 200, "<b>18 → 22 member organisations</b>", "!Медиктер", "!185,000", "<b>100,000 → 140,000 members</b>")
		// And before the foundings there are none.
		s.shows(s.get("/compare?a=2018-02-01&b=2019-01-14", 0, text.EN), 200, "!+500")
		s.shows(s.get("/compare?a=2018-02-01&b=2019-02-01", 0, text.KK), 200, "18 → 23 мүше ұйым", "40 000 мүше")
		s.shows(s.get("/compare?a=2018-02-01&b=2019-02-01&format=csv", 0, text.EN), 200, "count,Member organisations,union,18,23,", "new_members,,40000,", "joined,Медиктер en")
		s.shows(s.get("/compare?a=2018-02-30", 0, text.EN), 422)
		out := s.get("/compare?a=2018-02-01&b=2019-02-01&format=xlsx", 0, text.EN)
		if out.Code != 200 || !strings.HasPrefix(out.Body.String(), "PK") {
			t.Errorf("no workbook: %d", out.Code)
		}
		got, err := s.apiCompare(s.ctx, &compareInput{A: "2018-02-01", B: "2019-02-01"})
		if err != nil {
			t.Fatal(err)
		}
		if b := got.Body; b.Unions.From != 18 || b.Unions.To != 23 || b.NewPrimaries != fresh || *b.NewMembers != 40_000 || *b.MembersTo != 185_000 {
			t.Errorf("the API says %+v", b)
		}
	})
}

// Everything that can happen to an organisation is recorded by page and by API
// alike, and leaves it in the same state. (By command: testdata/script/org.txtar.)
func TestEveryEventByPageAndAPI(t *testing.T) {
	s := newSmall(t, dbtest.SQLite(t))
	mux := http.NewServeMux()
	s.Module().API(humago.NewWithPrefix(mux, "/api/v1", huma.DefaultConfig("test", "1")))
	registrar := s.give(access.Registrar, s.top)
	lab := s.found(org.Local, s.teachers, "Кеңес", day("2010-01-01"))
	for _, way := range []string{"page", "api"} {
		o := s.found(org.Local, s.teachers, "Ұжым "+way, day("2010-01-01"))
		cell := s.found(org.Primary, o, "Ұяшық "+way, day("2011-01-01"))
		spare := s.found(org.Local, s.teachers, "Қосалқы "+way, day("2010-01-01"))
		seen := map[org.EventKind]bool{org.Found: true}
		for i, c := range []struct {
			org   id.ID
			kind  org.EventKind
			typed url.Values // as the form has it
			sent  string     // as the API has it
			holds func(org.Version) bool
		}{
			{o, org.Rename, url.Values{"name_kk": {"Жаңа " + way}}, `"names":{"kk":"Жаңа ` + way + `"}`, func(v org.Version) bool { return v.Names.KK == "Жаңа "+way }},
			{o, org.Describe, url.Values{"address": {"Алматы"}}, `"address":"Алматы"`, func(v org.Version) bool { return v.Address == "Алматы" }},
			{o, org.Move, url.Values{"territory": {"KZ-35"}}, `"territory":"KZ-35"`, func(v org.Version) bool { return v.Territory == "KZ-35" }},
			{o, org.Suspend, nil, ``, func(v org.Version) bool { return v.Status == org.Suspended }},
			{o, org.Resume, nil, ``, func(v org.Version) bool { return v.Status == org.Active }},
			{o, org.Leave, nil, ``, func(v org.Version) bool { return v.Status == org.Outside && v.Parent == 0 }},
			{o, org.Admit, url.Values{"parent": {s.miners.String()}}, `"parent":"` + s.miners.String() + `"`, func(v org.Version) bool { return v.Status == org.Active && v.Parent == s.miners }},
			{o, org.Split, url.Values{"part_kk": {"Бөлік " + way}, "part2_kk": {"Екінші бөлік"}}, `"parts":[{"kk":"Бөлік ` + way + `"},{"kk":"Екінші бөлік"}]`, org.Version.Alive},
			{o, org.Merge, url.Values{"into": {lab.String()}}, `"into":"` + lab.String() + `"`, func(v org.Version) bool { return v.Status == org.Dissolved }},
			{spare, org.Dissolve, nil, ``, func(v org.Version) bool { return v.Status == org.Dissolved }},
		} {
			on, decision := (day("2020-01-01") + cal.Day(i)).String(), strconv.Itoa(i)
			status := 0
			if way == "page" {
				form := url.Values{"day": {on}, "decision": {decision}}
				for name, value := range c.typed {
					form[name] = value
				}
				last, err := lastEvent(t.Context(), s.db.Read(), c.org)
				if err != nil {
					t.Fatal(err)
				}
				form.Set("seen", last.String())
				if c.kind == org.Move || c.kind == org.Describe { // such forms have all fields
					v, err := org.Get(t.Context(), s.db.Read(), c.org, today)
					if err != nil {
						t.Fatal(err)
					}
					for name, value := range current(v) {
						if !form.Has(name) {
							form[name] = value
						}
					}
				}
				if status = s.post(orgPath(c.org)+"/"+string(c.kind), registrar, form).Code; status == http.StatusSeeOther {
					status = http.StatusCreated
				}
			} else {
				body := `{"kind":"` + string(c.kind) + `","day":"` + on + `","decision":"` + decision + `"`
				if c.sent != "" {
					body += "," + c.sent
				}
				r := httptest.NewRequest("POST", "/api/v1/orgs/"+c.org.String()+"/events", strings.NewReader(body+"}"))
				r.Header.Set("Content-Type", "application/json")
				out := httptest.NewRecorder()
				mux.ServeHTTP(out, r.WithContext(access.With(r.Context(), access.Actor{Account: registrar, Second: true})))
				status = out.Code
			}
			if v, err := org.Get(t.Context(), s.db.Read(), c.org, today); status != http.StatusCreated || err != nil || !c.holds(v) {
				t.Fatalf("%s by %s: %d, %+v %v", c.kind, way, status, v, err)
			}
			seen[c.kind] = true
		}
		if v, err := org.Get(t.Context(), s.db.Read(), cell, today); err != nil || v.Parent != lab {
			t.Errorf("by %s: after the merger the cell lies under %v, want %v: %v", way, v.Parent, lab, err)
		}
		for _, k := range org.EventKinds {
			if !seen[k] {
				t.Errorf("%s is not tried by %s", k, way)
			}
		}
	}
	parts, err := org.List(t.Context(), s.db.Read(), org.Find{Day: today, Parent: s.miners, Kinds: []org.Kind{org.Local}})
	if err != nil || len(parts) != 4 {
		t.Errorf("%d new organisations of the splits, want 4: %v", len(parts), err)
	}
}

func TestAPI(t *testing.T) {
	s := newSmall(t, dbtest.SQLite(t))
	mux := http.NewServeMux()
	api := humago.NewWithPrefix(mux, "/api/v1", huma.DefaultConfig("test", "1"))
	s.Module().API(api)
	registrar := s.give(access.Registrar, s.top)
	call := func(method, path, body string, account id.ID, into any) int {
		r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r = r.WithContext(access.With(r.Context(), access.Actor{Account: account, Second: true}))
		out := httptest.NewRecorder()
		mux.ServeHTTP(out, r)
		if into != nil {
			if err := json.Unmarshal(out.Body.Bytes(), into); err != nil {
				t.Fatalf("%s: %v in %s", path, err, out.Body)
			}
		}
		return out.Code
	}
	var list OrganisationList
	if call("GET", "/orgs?limit=4&kind=primary&day=2026-11-22", "", 0, &list); len(list.Organisations) != 4 || list.Next != "" {
		t.Errorf("%+v", list)
	}
	var names []string
	for after := ""; ; {
		var page OrganisationList
		if code := call("GET", "/orgs?limit=3&after="+after, "", 0, &page); code != 200 {
			t.Fatal(code)
		}
		for _, o := range page.Organisations {
			names = append(names, o.Names.KK)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if got := strings.Join(names, " "); got != "Кеншілер Кеніш Колледж Мектеп Мұғалімдер Федерация Шахта" {
		t.Errorf("paged in the order %s", got)
	}
	var tree OrganisationTree
	call("GET", "/orgs/"+s.miners.String()+"/tree", "", 0, &tree)
	if len(tree.Path) != 2 || len(tree.Children) != 2 || *tree.Organisation.Members != 780 || tree.Children[0].Members != nil || tree.Children[1].Members != nil {
		t.Errorf("the public sees %+v", tree)
	}
	call("GET", "/orgs/"+s.miners.String()+"/tree", "", registrar, &tree)
	if *tree.Children[0].Members != 3 || *tree.Children[1].Members != 777 {
		t.Errorf("the registrar sees %+v", tree.Children)
	}
	var made RecordedEvent
	if code := call("POST", "/orgs", `{"kind":"primary","parent":"`+s.miners.String()+`","names":{"kk":"Зауыт"},"territory":"KZ-35","day":"2026-11-01","decision":"8"}`, registrar, &made); code != 201 {
		t.Fatal(code, made)
	}
	if code := call("POST", "/orgs/"+made.Org+"/events", `{"kind":"rename","names":{"kk":"Зауыт-2"},"day":"2026-11-02","decision":"9","seen":"`+made.Event+`"}`, registrar, nil); code != 201 {
		t.Error(code)
	}
	var history []OrganisationEvent
	if call("GET", "/orgs/"+made.Org+"/events", "", 0, &history); len(history) != 2 || history[1].Decision != "9" || history[1].Detail.Names.KK != "Зауыт-2" {
		t.Errorf("%+v", history)
	}
	if call("GET", "/orgs/"+made.Org+"/events?day=2026-11-01", "", 0, &history); len(history) != 1 {
		t.Errorf("as of the day before: %+v", history)
	}
	var o FederationOverview
	if call("GET", "/dashboard", "", 0, &o); *o.Members != 2345 || len(o.Regions) != 20 || len(o.Attention) == 0 {
		t.Errorf("%+v", o)
	}
	var regions []RegionFigures
	if call("GET", "/regions?day=2020-01-01", "", 0, &regions); len(regions) != len(s.profile.Regions(day("2020-01-01"))) {
		t.Errorf("%d regions", len(regions))
	}
	if _, err := s.apiGet(s.ctx, &orgInput{ID: "nonsense"}); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if _, err := s.apiList(s.ctx, &listInput{After: "x", Limit: 5}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}
