package app_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"odaq/internal/app"
	"odaq/internal/area/membership"
	"odaq/internal/area/structure"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/account"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
	"odaq/internal/testkit/story"
)

// teller tells the acceptance story over HTTP, as a registrar of the federation
// with a personal access token.
type teller struct {
	*world
	t     *testing.T
	token string
	calls int
	orgs  map[string]string // identifier by name
}

// call sends a request of the API and reads the answer into out.
func (s *teller) call(method, path, media string, body io.Reader, key string, want int, out any) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+"/api/v1"+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Accept-Language", "en")
	if body != nil {
		r.Header.Set("Content-Type", media)
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if answer.StatusCode != want {
		s.t.Fatalf("%s %s: %d, want %d: %.600s", method, path, answer.StatusCode, want, b)
	}
	if out != nil {
		if err := json.Unmarshal(b, out); err != nil {
			s.t.Fatalf("%s %s: %v in %.300s", method, path, err, b)
		}
	}
}

func (s *teller) get(path string, out any) {
	s.t.Helper()
	s.call(http.MethodGet, path, "", nil, "", http.StatusOK, out)
}

// post does something under a key of its own.
func (s *teller) post(path string, in any, want int, out any) {
	s.t.Helper()
	s.calls++
	s.repeat(fmt.Sprintf("story-%d", s.calls), path, in, want, out)
}

func (s *teller) repeat(key, path string, in any, want int, out any) {
	s.t.Helper()
	b, err := json.Marshal(in)
	if err != nil {
		s.t.Fatal(err)
	}
	s.call(http.MethodPost, path, "application/json", bytes.NewReader(b), key, want, out)
}

func (s *teller) found(o story.Org) {
	s.t.Helper()
	var done structure.RecordedEvent
	in := map[string]any{"kind": o.Kind, "names": map[string]string{"kk": o.KK, "ru": o.RU}, "territory": o.Territory, "activity": o.Activity,
		"employer": o.Employer, "day": o.Day.String(), "decision": o.Decision}
	if o.Parent != "" {
		in["parent"] = s.orgs[o.Parent]
	}
	s.post("/orgs", in, http.StatusCreated, &done)
	s.orgs[o.KK] = done.Org
}

// importing sends a file of members for an organisation, has it checked and run.
func (s *teller) importing(at string, file []byte) membership.Tally {
	s.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "members.csv")
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	var b membership.ImportBatch
	s.call(http.MethodPost, "/imports?org="+at, w.FormDataContentType(), &form, "story-file", http.StatusCreated, &b)
	for _, step := range []struct{ verb, busy, done string }{{"check", "checking", "checked"}, {"run", "running", "completed"}} {
		s.post("/imports/"+b.ID+"/"+step.verb, struct{}{}, http.StatusAccepted, &b)
		for b.State == step.busy {
			time.Sleep(100 * time.Millisecond)
			s.get("/imports/"+b.ID, &b)
		}
		if b.State != step.done {
			s.t.Fatalf("%s: the import is %s, %+v", step.verb, b.State, b)
		}
	}
	return b.Tally
}

// stated is what a comparison says.
type stated struct {
	unions, members    [2]int64
	primaries, entered int64
}

func (s *teller) compare(of string, from, to cal.Day) stated {
	s.t.Helper()
	var c structure.DayComparison
	s.get(fmt.Sprintf("/compare?a=%s&b=%s&org=%s", from, to, of), &c)
	if c.MembersFrom == nil || c.MembersTo == nil || c.NewMembers == nil {
		s.t.Fatalf("counts are hidden from a registrar: %+v", c)
	}
	return stated{[2]int64{c.Unions.From, c.Unions.To}, [2]int64{*c.MembersFrom, *c.MembersTo}, c.NewPrimaries, *c.NewMembers}
}

// TestStoryOfTheReport tells the acceptance story by API calls and asks the API,
// the comparison page and its XLSX export for the figures, also a day earlier.
func TestStoryOfTheReport(t *testing.T) {
	for _, e := range []struct {
		engine, database string
		share            int // one of so many members
	}{{"sqlite", "sqlite:" + t.TempDir() + "/odaq.db", 1}, {"postgres", dbtest.Postgres(t), 10}} {
		t.Run(e.engine, func(t *testing.T) { tellStory(t, e.database, e.share) })
	}
}

func tellStory(t *testing.T, database string, share int) {
	s := &teller{world: &world{log: &buffer{}, accounts: map[string]id.ID{}, clients: map[string]*http.Client{}}, t: t, orgs: map[string]string{}}
	s.App = open(t, database, app.Options{Demo: true})
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	s.url = srv.URL
	s.work(t)

	// The federation and its first account are the operator's.
	ctx := app.System(t.Context())
	before := story.Before()
	top, err := s.Areas.Structure.Found(ctx, structure.FoundRequest{Kind: org.Federation, Names: text.Names{KK: before[0].KK, RU: before[0].RU}, Day: before[0].Day, Decision: before[0].Decision})
	if err != nil {
		t.Fatal(err)
	}
	s.top = top.Org
	s.orgs[before[0].KK] = top.Org.String()
	s.join(t, ctx, "registrar", account.Draft{Label: "registrar"}, access.Registrar, s.top)
	s.token = s.makeToken("registrar", "structure.*", "membership.*")

	for _, o := range append(before[1:], story.Report()...) {
		s.found(o)
		if o.KK == story.MedicalUnion { // it lies outside yet: the federation's registrar has no say there without a decision of its own
			s.grant(t, ctx, "registrar", access.Registrar, s.orgs[o.KK])
		}
	}
	for _, a := range story.Admissions() {
		in := map[string]any{"kind": "admit", "parent": top.Org.String(), "day": a.Day.String(), "decision": a.Decision}
		path := "/orgs/" + s.orgs[a.Union] + "/events"
		var first, again structure.RecordedEvent
		s.repeat("admit "+a.Decision, path, in, http.StatusCreated, &first)
		s.repeat("admit "+a.Decision, path, in, http.StatusCreated, &again)
		if first != again {
			t.Errorf("a repeated request gave %v, then %v", first, again)
		}
		in["decision"] = "another"
		s.repeat("admit "+a.Decision, path, in, http.StatusConflict, nil)
	}
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	rows := int64(0)
	if err := w.Write(story.Titles); err != nil {
		t.Fatal(err)
	}
	for row := range story.Members(share) {
		rows++
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	start := time.Now()
	tally := s.importing(top.Org.String(), file.Bytes())
	t.Logf("%d members checked and entered in %s", rows, time.Since(start).Round(time.Millisecond))
	if want := (membership.Tally{Rows: rows, Entered: rows}); tally != want {
		t.Fatalf("the import made %+v, want %+v", tally, want)
	}

	veterans, fresh, medical := int64(story.Veterans/share), int64(story.Fresh/share), int64(story.Medical/share)
	lately := 0 // members of those founded on the last day
	for i := range fresh {
		if i%story.Primaries >= story.Primaries-story.LastDay {
			lately++
		}
	}
	all := s.orgs[before[0].KK]
	for name, c := range map[string]struct {
		of       string
		from, to cal.Day
		want     stated
	}{
		"the report":             {all, story.Begin, story.Admission, stated{[2]int64{18, 23}, [2]int64{veterans, veterans + fresh + medical}, story.Primaries, fresh}},
		"a day before admission": {all, story.Begin, story.Admission - 1, stated{[2]int64{18, 22}, [2]int64{veterans, veterans + fresh}, story.Primaries, fresh}},
		"a day before the last foundings": {all, story.Begin, story.Founded - 1,
			stated{[2]int64{18, 22}, [2]int64{veterans, veterans + fresh - int64(lately)}, story.Primaries - story.LastDay, fresh - int64(lately)}},
		"a day before the 18th union": {all, story.Begin - 1, story.Admission, stated{[2]int64{17, 23}, [2]int64{0, veterans + fresh + medical}, story.Primaries + story.UnionsBefore, fresh + veterans}},
		"the admission itself":        {all, story.Admission - 1, story.Admission, stated{[2]int64{22, 23}, [2]int64{veterans + fresh, veterans + fresh + medical}, 0, 0}},
		"the medical workers":         {s.orgs[story.MedicalUnion], story.Begin, story.Admission, stated{[2]int64{}, [2]int64{medical, medical}, 0, 0}},
	} {
		if got := s.compare(c.of, c.from, c.to); got != c.want {
			t.Errorf("%s: the API states %+v, want %+v", name, got, c.want)
		}
	}
	var events []structure.OrganisationEvent
	s.get("/orgs/"+s.orgs[story.MedicalUnion]+"/events", &events)
	if last := events[len(events)-1]; last.Kind != "admit" || last.Day != story.Admission.String() || last.Decision != "11-4" {
		t.Errorf("the medical union's last event is %+v", last)
	}

	page := func(to cal.Day, extra string) (body string) {
		t.Helper()
		status, body, _ := s.send(t, s.clients["registrar"], http.MethodGet, fmt.Sprintf("/compare?a=%s&b=%s%s", story.Begin, to, extra), nil)
		if status != http.StatusOK {
			t.Fatalf("the page answers %d: %.300s", status, body)
		}
		return body
	}
	en := s.Text.In(text.EN)
	says := []string{"18 → 23 member organisations", fmt.Sprintf("+%d primary organisations", story.Primaries), en.N("structure.count.members", fresh), en.Number(veterans + fresh + medical)}
	for i, phrase := range says {
		on, earlier := plain(page(story.Admission, "")), plain(page(story.Founded-1, ""))
		if !strings.Contains(on, phrase) {
			t.Errorf("the page does not say %q", phrase)
		}
		if strings.Contains(earlier, phrase) {
			t.Errorf("two days earlier the page says %q already (phrase %d)", phrase, i)
		}
	}
	if day := plain(page(story.Admission-1, "")); strings.Contains(day, says[0]) || !strings.Contains(day, "18 → 22 member organisations") {
		t.Error("a day before the admission the page counts the union in")
	}

	for _, c := range []struct {
		to                         cal.Day
		unions, primaries, entered int64
	}{{story.Admission, 23, story.Primaries, fresh}, {story.Founded - 1, 22, story.Primaries - story.LastDay, fresh - int64(lately)}} {
		cells := workbook(t, page(c.to, "&format=xlsx"))
		for kind, want := range map[string][2]string{"union": {"18", fmt.Sprint(c.unions)}, "new_primaries": {"", fmt.Sprint(c.primaries)}, "new_members": {"", fmt.Sprint(c.entered)}} {
			if got := cells[kind]; got != want {
				t.Errorf("the workbook of %s says %v for %s, want %v", c.to, got, kind, want)
			}
		}
	}
}

// plain is a page's text: no tags, one kind of space.
func plain(body string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(body, "<") {
		_, words, _ := strings.Cut(part, ">")
		b.WriteString(words)
	}
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(b.String())
}

// workbook reads the counts of an exported comparison: both days by kind.
func workbook(t *testing.T, file string) map[string][2]string {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][2]string{}
	for _, r := range rows {
		if len(r) >= 5 && r[0] == "count" {
			out[r[2]] = [2]string{r[3], r[4]}
		}
	}
	return out
}

// grant gives an account a role at a further organisation.
func (w *world) grant(t *testing.T, ctx context.Context, who string, role access.Role, at string) {
	t.Helper()
	where, err := id.Parse(at)
	if err == nil {
		err = w.DB.Write(ctx, func(tx *db.Tx) error {
			return access.Give(ctx, tx, access.Grant{ID: id.New(), Account: w.accounts[who], Role: role, Org: where, From: cal.Date(2014, 5, 15), To: cal.Forever, Decision: "3"}, 0)
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// work carries out jobs until the test ends.
func (w *world) work(t *testing.T) {
	t.Helper()
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { done <- w.Jobs.Run(access.With(ctx, access.Actor{System: true, Agent: "job"})) }()
	t.Cleanup(func() { cancel(); <-done })
}

// makeToken asks for a personal access token as somebody signed in.
func (w *teller) makeToken(who string, scopes ...string) string {
	w.t.Helper()
	in, err := json.Marshal(map[string]any{"name": "story", "scopes": scopes, "days": 1})
	if err != nil {
		w.t.Fatal(err)
	}
	answer, err := w.clients[who].Post(w.url+"/api/v1/tokens", "application/json", bytes.NewReader(in))
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	var made account.NewToken
	if err := json.NewDecoder(answer.Body).Decode(&made); err != nil || answer.StatusCode != http.StatusCreated || made.Secret == "" {
		w.t.Fatalf("no token: %d, %v", answer.StatusCode, err)
	}
	return made.Secret
}
