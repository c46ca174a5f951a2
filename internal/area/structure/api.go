package structure

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/figure"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/privacy"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

// The API speaks in texts: identifiers in base 32, days as 2026-03-15.

// Organisation is an organisation as it was on a day.
type Organisation struct {
	ID           string     `json:"id"`
	Kind         string     `json:"kind" enum:"federation,union,centre,local,primary"`
	Status       string     `json:"status" enum:"outside,active,suspended,dissolved"`
	Names        text.Names `json:"names"`
	Parent       string     `json:"parent,omitempty" doc:"the organisation above"`
	Territory    string     `json:"territory,omitempty" doc:"ISO 3166-2"`
	Place        string     `json:"place,omitempty" doc:"code of the territory classifier"`
	Activity     string     `json:"activity,omitempty" doc:"code of the classifier of activities"`
	BIN          string     `json:"bin,omitempty"`
	Registration string     `json:"registration,omitempty"`
	Address      string     `json:"address,omitempty"`
	Employer     string     `json:"employer,omitempty"`
	Since        string     `json:"since" doc:"the day since which it has been so"`
	Members      *int64     `json:"members,omitempty" doc:"absent where it may not be shown; rounded for those who may not count members"`
}

func organisation(v org.Version) Organisation {
	return Organisation{ID: v.Org.String(), Kind: string(v.Kind), Status: string(v.Status), Names: v.Names, Parent: idText(v.Parent), Territory: v.Territory, Place: v.Place,
		Activity: v.Activity, BIN: v.BIN, Registration: v.Registration, Address: v.Address, Employer: v.Employer, Since: v.From.String()}
}

// shown is a count for JSON: absent where it may not be seen.
func shown(c privacy.Cell) *int64 {
	if c.Hidden {
		return nil
	}
	return &c.N
}

// OrganisationEvent is an event of an organisation’s history.
type OrganisationEvent struct {
	ID       string     `json:"id"`
	Kind     string     `json:"kind"`
	Day      string     `json:"day"`
	Decision string     `json:"decision"`
	Detail   org.Detail `json:"detail"`
}

type (
	// DayInput asks for the state of a past day.
	DayInput struct {
		Day string `query:"day" format:"date" doc:"as of this day; today where absent"`
	}
	orgInput struct {
		DayInput
		ID string `path:"id"`
	}
	listInput struct {
		DayInput
		Q        string `query:"q" maxLength:"200" doc:"words of a name, or a business number"`
		Kind     string `query:"kind" enum:"federation,union,centre,local,primary"`
		Region   string `query:"region" maxLength:"10"`
		Activity string `query:"activity" maxLength:"20"`
		Parent   string `query:"parent" maxLength:"13" doc:"directly beneath"`
		Under    string `query:"under" maxLength:"13" doc:"anywhere beneath"`
		After    string `query:"after" maxLength:"2000" doc:"the cursor of the page before"`
		Limit    int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	compareInput struct {
		A   string `query:"a" format:"date" required:"true"`
		B   string `query:"b" format:"date" required:"true"`
		Org string `query:"org" maxLength:"13" doc:"the federation where absent"`
	}
	body[T any] struct{ Body T }
)

// asked reads a day of a query; absent is today, a coming one too.
func (a *Area) asked(f *fault.Fault, name, s string) cal.Day {
	today := a.desk.Today()
	if s == "" {
		return today
	}
	d, err := cal.ParseDay(s)
	if err != nil {
		f.In(name, "fault.date")
	}
	return min(d, today)
}

func askedID(f *fault.Fault, name, s string) (v id.ID) {
	if err := v.UnmarshalText([]byte(s)); err != nil {
		f.In(name, "fault.choice")
	}
	return v
}

func (a *Area) counts(ctx context.Context, o id.ID) bool {
	return a.desk.Gate.Can(ctx, a.desk.DB.Read(), access.From(ctx), Count, o)
}

// everybody may call an operation; a token shows more to those who may see it.
var everybody = []map[string][]string{{}, {"token": {}}}

func (a *Area) api(api huma.API) {
	get := func(name, path, summary string) huma.Operation {
		return huma.Operation{OperationID: name, Method: http.MethodGet, Path: path, Summary: summary, Tags: []string{"structure"}, Security: everybody}
	}
	post := func(name, path, summary string) huma.Operation {
		return huma.Operation{OperationID: name, Method: http.MethodPost, Path: path, Summary: summary, Tags: []string{"structure"}, DefaultStatus: http.StatusCreated}
	}
	huma.Register(api, get("list-organisations", "/orgs", "List organisations as of a day"), a.apiList)
	huma.Register(api, get("get-organisation", "/orgs/{id}", "Show an organisation as of a day"), a.apiGet)
	huma.Register(api, get("list-organisation-events", "/orgs/{id}/events", "Show the history of an organisation"), a.apiEvents)
	huma.Register(api, get("get-organisation-tree", "/orgs/{id}/tree", "Show what lies directly beneath an organisation, and the way to it"), a.apiTree)
	huma.Register(api, post("found-organisation", "/orgs", "Enter a new organisation"), a.apiFound)
	huma.Register(api, post("record-organisation-event", "/orgs/{id}/events", "Record an event in the life of an organisation"), a.apiRecord)
	huma.Register(api, get("compare-days", "/compare", "Compare two days"), a.apiCompare)
	huma.Register(api, get("get-dashboard", "/dashboard", "Show the federation in numbers as of a day"), a.apiDashboard)
	huma.Register(api, get("list-regions", "/regions", "List the regions of a day with their counts"), a.apiRegions)
	huma.Register(api, get("get-region", "/regions/{code}", "Show a region of a day: its unions, districts, published figures and history"), a.apiRegion)
	huma.Register(api, get("get-organisation-threshold", "/orgs/{id}/threshold", "Show how far an organisation meets what the law asks of its kind"), a.apiThreshold)
	a.postsAPI(api)
	a.importAPI(api)
}

// OrganisationList is a page of organisations and the way to the next.
type OrganisationList struct {
	Organisations []Organisation `json:"organisations"`
	Next          string         `json:"next,omitempty" doc:"the cursor of the next page; absent on the last"`
}

func (a *Area) apiList(ctx context.Context, in *listInput) (*body[OrganisationList], error) {
	f := fault.Check()
	find := org.Find{Day: a.asked(f, "day", in.Day), Query: in.Q, Outside: in.Q != "", Territory: in.Region, Activity: in.Activity,
		Parent: askedID(f, "parent", in.Parent), Under: askedID(f, "under", in.Under), Limit: in.Limit + 1}
	if in.Kind != "" {
		find.Kinds = []org.Kind{org.Kind(in.Kind)}
	}
	if in.After != "" {
		var ok bool
		if find.After, ok = parseCursor(in.After); !ok {
			f.In("after", "fault.choice")
		}
	}
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	found, err := org.List(ctx, a.desk.DB.Read(), find)
	if err != nil {
		return nil, err
	}
	out := OrganisationList{Organisations: []Organisation{}}
	if len(found) > in.Limit {
		found = found[:in.Limit]
		out.Next = cursorText(org.CursorOf(found[in.Limit-1]))
	}
	for _, v := range found {
		out.Organisations = append(out.Organisations, organisation(v))
	}
	return &body[OrganisationList]{out}, nil
}

func (a *Area) apiGet(ctx context.Context, in *orgInput) (*body[Organisation], error) {
	t, err := a.around(ctx, in, false)
	if err != nil {
		return nil, err
	}
	return &body[Organisation]{t.Organisation}, nil
}

// OrganisationTree is an organisation with those directly beneath it.
type OrganisationTree struct {
	Organisation Organisation   `json:"organisation"`
	Path         []Organisation `json:"path" doc:"from the top down to the organisation itself"`
	Children     []Organisation `json:"children" doc:"directly beneath, at most 1000; list with parent= for more"`
}

func (a *Area) apiTree(ctx context.Context, in *orgInput) (*body[OrganisationTree], error) {
	t, err := a.around(ctx, in, true)
	if err != nil {
		return nil, err
	}
	return &body[OrganisationTree]{t}, nil
}

// around reads an organisation with the way to it and, if asked, its children.
func (a *Area) around(ctx context.Context, in *orgInput, children bool) (t OrganisationTree, err error) {
	f := fault.Check()
	day := a.asked(f, "day", in.Day)
	if err := f.OrNil(); err != nil {
		return t, err
	}
	o, err := id.Parse(in.ID)
	if err != nil {
		return t, fault.Absent()
	}
	exact := a.counts(ctx, o)
	err = a.desk.DB.View(ctx, func(q db.Querier) error {
		v, err := org.Get(ctx, q, o, day)
		if err != nil {
			return err
		}
		path, err := org.Path(ctx, q, o, day)
		if err != nil {
			return err
		}
		if len(path) == 0 {
			path = []org.Version{v}
		}
		var beneath []org.Version
		if children {
			if beneath, err = org.List(ctx, q, org.Find{Day: day, Parent: o, Limit: 1000}); err != nil {
				return err
			}
		}
		ids := make([]id.ID, len(beneath))
		for i, c := range beneath {
			ids[i] = c.Org
		}
		whole, parts, err := a.published(ctx, q, path, ids, day, exact)
		if err != nil {
			return err
		}
		t.Organisation = organisation(v)
		t.Organisation.Members = shown(whole)
		t.Path, t.Children = []Organisation{}, []Organisation{}
		for _, p := range path {
			t.Path = append(t.Path, organisation(p))
		}
		for _, c := range beneath {
			child := organisation(c)
			child.Members = shown(parts[c.Org])
			t.Children = append(t.Children, child)
		}
		return nil
	})
	return t, err
}

func (a *Area) apiEvents(ctx context.Context, in *orgInput) (*body[[]OrganisationEvent], error) {
	f := fault.Check()
	day := a.asked(f, "day", in.Day)
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	o, err := id.Parse(in.ID)
	if err != nil {
		return nil, fault.Absent()
	}
	all, err := org.Events(ctx, a.desk.DB.Read(), o)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(e org.Event) bool { return e.Day > day })
	if len(all) == 0 {
		return nil, fault.Absent()
	}
	out := []OrganisationEvent{}
	for _, e := range all {
		out = append(out, OrganisationEvent{e.ID.String(), string(e.Kind), e.Day.String(), e.Decision, e.Detail})
	}
	return &body[[]OrganisationEvent]{out}, nil
}

type foundInput struct {
	Body struct {
		Kind         string     `json:"kind" enum:"federation,union,centre,local,primary"`
		Parent       string     `json:"parent,omitempty" maxLength:"13"`
		Names        text.Names `json:"names"`
		Territory    string     `json:"territory,omitempty" maxLength:"10"`
		Place        string     `json:"place,omitempty" maxLength:"300"`
		Activity     string     `json:"activity,omitempty" maxLength:"300"`
		BIN          string     `json:"bin,omitempty" maxLength:"300"`
		Registration string     `json:"registration,omitempty" maxLength:"300"`
		Address      string     `json:"address,omitempty" maxLength:"300"`
		Employer     string     `json:"employer,omitempty" maxLength:"300"`
		Day          string     `json:"day" format:"date"`
		Decision     string     `json:"decision" maxLength:"80" doc:"number of the decision behind it"`
	}
}

// RecordedEvent answers an act.
type RecordedEvent struct {
	Org   string `json:"org"`
	Event string `json:"event"`
}

func answer(r Recorded, err error) (*body[RecordedEvent], error) {
	if err != nil {
		return nil, err
	}
	return &body[RecordedEvent]{RecordedEvent{r.Org.String(), r.Event.String()}}, nil
}

// exactDay reads the day of an act, which must be there and may not be bent.
func exactDay(f *fault.Fault, s string) cal.Day {
	d, err := cal.ParseDay(s)
	if err != nil {
		f.In("day", "fault.date")
	}
	return d
}

func (a *Area) apiFound(ctx context.Context, in *foundInput) (*body[RecordedEvent], error) {
	b, f := in.Body, fault.Check()
	r := FoundRequest{Kind: org.Kind(b.Kind), Parent: askedID(f, "parent", b.Parent), Names: b.Names, Territory: b.Territory, Place: b.Place, Activity: b.Activity,
		BIN: b.BIN, Registration: b.Registration, Address: b.Address, Employer: b.Employer, Day: exactDay(f, b.Day), Decision: b.Decision}
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	return answer(a.Found(ctx, r))
}

type recordInput struct {
	ID   string `path:"id"`
	Body struct {
		Kind         string       `json:"kind" enum:"admit,rename,move,describe,merge,split,suspend,resume,leave,dissolve"`
		Day          string       `json:"day" format:"date"`
		Decision     string       `json:"decision" maxLength:"80" doc:"number of the decision behind it"`
		Seen         string       `json:"seen,omitempty" maxLength:"13" doc:"the last event you know of; refused when there is a later one"`
		Names        *text.Names  `json:"names,omitempty"`
		Parent       string       `json:"parent,omitempty" maxLength:"13"`
		Into         string       `json:"into,omitempty" maxLength:"13"`
		Parts        []text.Names `json:"parts,omitempty" maxItems:"20"`
		Territory    *string      `json:"territory,omitempty" maxLength:"10"`
		Place        *string      `json:"place,omitempty" maxLength:"300"`
		Activity     *string      `json:"activity,omitempty" maxLength:"300"`
		BIN          *string      `json:"bin,omitempty" maxLength:"300"`
		Registration *string      `json:"registration,omitempty" maxLength:"300"`
		Address      *string      `json:"address,omitempty" maxLength:"300"`
		Employer     *string      `json:"employer,omitempty" maxLength:"300"`
	}
}

func (a *Area) apiRecord(ctx context.Context, in *recordInput) (*body[RecordedEvent], error) {
	b, f := in.Body, fault.Check()
	o, err := id.Parse(in.ID)
	if err != nil {
		return nil, fault.Absent()
	}
	r := RecordRequest{Org: o, Kind: org.EventKind(b.Kind), Day: exactDay(f, b.Day), Decision: b.Decision, Seen: askedID(f, "seen", b.Seen), Parts: b.Parts,
		Detail: org.Detail{Names: b.Names, Territory: b.Territory, Place: b.Place, Activity: b.Activity, BIN: b.BIN, Registration: b.Registration,
			Address: b.Address, Employer: b.Employer, Into: askedID(f, "into", b.Into)}}
	if p := askedID(f, "parent", b.Parent); p != 0 {
		r.Detail.Parent = &p
	}
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	return answer(a.Record(ctx, r))
}

// DayComparison is a Comparison for JSON.
type DayComparison struct {
	Org          Organisation          `json:"org"`
	From         string                `json:"from"`
	To           string                `json:"to"`
	Kinds        []KindComparison      `json:"kinds"`
	Unions       KindComparison        `json:"member_organisations"`
	MembersFrom  *int64                `json:"members_from,omitempty"`
	MembersTo    *int64                `json:"members_to,omitempty"`
	NewPrimaries int64                 `json:"new_primaries" doc:"primary organisations founded between the days"`
	NewMembers   *int64                `json:"new_primaries_members,omitempty" doc:"their members on the later day"`
	Changes      []OrganisationOutcome `json:"changes"`
}

// KindComparison is how many organisations of a kind there are on both days.
type KindComparison struct {
	Kind string `json:"kind"`
	From int64  `json:"from"`
	To   int64  `json:"to"`
}

// OrganisationOutcome is what became of an organisation between the days.
type OrganisationOutcome struct {
	Org  string `json:"org"`
	Kind string `json:"kind"`
	What string `json:"what" enum:"founded,joined,moved,left,dissolved"`
}

func (a *Area) apiCompare(ctx context.Context, in *compareInput) (*body[DayComparison], error) {
	f := fault.Check()
	from, to, o := a.asked(f, "a", in.A), a.asked(f, "b", in.B), askedID(f, "org", in.Org)
	if err := f.OrNil(); err != nil {
		return nil, err
	}
	var c Comparison
	err := a.desk.DB.View(ctx, func(q db.Querier) error {
		if o == 0 {
			top, err := org.Top(ctx, q, max(from, to))
			if err != nil {
				return err
			}
			o = top.Org
		}
		var err error
		c, err = a.Compare(ctx, q, o, from, to, a.counts(ctx, o))
		return err
	})
	if err != nil {
		return nil, err
	}
	kind := func(k KindCount) KindComparison { return KindComparison{string(k.Kind), k.From, k.To} }
	out := DayComparison{Org: organisation(c.Org), From: c.From.String(), To: c.To.String(), Kinds: []KindComparison{}, Unions: kind(c.kind(memberKind)),
		MembersFrom: shown(c.Members[0]), MembersTo: shown(c.Members[1]), NewPrimaries: c.NewPrimaries, NewMembers: shown(c.NewMembers), Changes: []OrganisationOutcome{}}
	for _, k := range c.Kinds {
		out.Kinds = append(out.Kinds, kind(k))
	}
	for _, v := range c.Changes {
		out.Changes = append(out.Changes, OrganisationOutcome{v.org.String(), string(v.kind), v.what})
	}
	return &body[DayComparison]{out}, nil
}

// RegionFigures is a region for JSON.
type RegionFigures struct {
	Code          string     `json:"code"`
	Names         text.Names `json:"names"`
	Members       *int64     `json:"members,omitempty"`
	MembersBefore *int64     `json:"members_year_before,omitempty"`
	Primaries     int64      `json:"primaries"`
	PrimariesThen int64      `json:"primaries_year_before"`
}

// FederationOverview is the federation on a day: its counts, what needs attention, what was published.
type FederationOverview struct {
	Org           Organisation      `json:"org"`
	Day           string            `json:"day"`
	Members       *int64            `json:"members,omitempty"`
	MembersBefore *int64            `json:"members_year_before,omitempty"`
	Kinds         []KindComparison  `json:"kinds" doc:"from: a year before, to: on the day"`
	Regions       []RegionFigures   `json:"regions"`
	Attention     []AttentionItem   `json:"attention"`
	Figures       []PublishedFigure `json:"figures" doc:"as published; sources may disagree"`
}

// AttentionItem is something that needs attention.
type AttentionItem struct {
	Org    string `json:"org"`
	What   string `json:"what" enum:"threshold,chairless,suspended"`
	Proved int    `json:"proved,omitempty"`
	Needed int    `json:"needed,omitempty"`
	Due    string `json:"due,omitempty"`
}

// PublishedFigure is a number as somebody published it.
type PublishedFigure struct {
	Measure string `json:"measure"`
	Day     string `json:"day"`
	Value   int64  `json:"value"`
	Unit    string `json:"unit,omitempty"`
	Source  string `json:"source"`
	Status  string `json:"status"`
}

func (a *Area) overviewFor(ctx context.Context, in *DayInput) (o Overview, day cal.Day, err error) {
	f := fault.Check()
	day = a.asked(f, "day", in.Day)
	if err := f.OrNil(); err != nil {
		return o, day, err
	}
	err = a.desk.DB.View(ctx, func(q db.Querier) error {
		top, err := org.Top(ctx, q, day)
		if err != nil {
			return err
		}
		o, err = a.Overview(ctx, q, day, a.counts(ctx, top.Org))
		return err
	})
	return o, day, err
}

func regionList(o Overview) []RegionFigures {
	out := []RegionFigures{}
	for _, g := range o.Regions {
		out = append(out, RegionFigures{g.Territory.Code, g.Territory.Name, shown(g.Members), shown(g.MembersBefore), g.Primaries, g.PrimariesYearsBack})
	}
	return out
}

func (a *Area) apiDashboard(ctx context.Context, in *DayInput) (*body[FederationOverview], error) {
	o, day, err := a.overviewFor(ctx, in)
	if err != nil {
		return nil, err
	}
	out := FederationOverview{Org: organisation(o.Top), Day: day.String(), Members: shown(o.Total), MembersBefore: shown(o.Before), Kinds: []KindComparison{}, Regions: regionList(o), Attention: []AttentionItem{}}
	for _, k := range org.Kinds {
		if n := o.Kinds[k]; n != nil {
			out.Kinds = append(out.Kinds, KindComparison{string(k), at(n, 0), at(n, len(o.Days)-1)})
		}
	}
	for _, v := range sortedKeys(o.Proofs) {
		p := o.Proofs[v]
		out.Attention = append(out.Attention, AttentionItem{v.String(), "threshold", p.Proved, p.Needed, p.Due.String()})
	}
	for _, v := range o.Suspended {
		out.Attention = append(out.Attention, AttentionItem{Org: v.String(), What: "suspended"})
	}
	for _, v := range o.Chairless {
		out.Attention = append(out.Attention, AttentionItem{Org: v.String(), What: "chairless"})
	}
	out.Figures = publishedFigures(o.Figures)
	return &body[FederationOverview]{out}, nil
}

func publishedFigures(all []figure.Figure) []PublishedFigure {
	out := []PublishedFigure{}
	for _, v := range all {
		out = append(out, PublishedFigure{v.Measure, v.Day.String(), v.Value, v.Unit, v.Source, v.Status})
	}
	return out
}

func (a *Area) apiRegions(ctx context.Context, in *DayInput) (*body[[]RegionFigures], error) {
	o, _, err := a.overviewFor(ctx, in)
	if err != nil {
		return nil, err
	}
	return &body[[]RegionFigures]{regionList(o)}, nil
}
