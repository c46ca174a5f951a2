package profile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a server without zone files still knows the country's time

	"github.com/BurntSushi/toml"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/nationalid"
	"odaq/internal/kernel/text"
)

const head = "profile.toml"

// Load reads and checks the profile in a folder. The error lists everything
// wrong, one "file:line: what" each.
//
// Folders of changes may follow. A row there takes the place of the row with the
// same first column and names the official act in its column source; a value of
// a parameter takes the place of the days it covers. The file names of changes
// begin with "changes/" in errors and rules.
func Load(files fs.FS, changes ...fs.FS) (*Profile, error) {
	r := &reader{files: files, changes: changes, laws: map[string]Law{}}
	p := &Profile{holidays: map[cal.Day]Holiday{}}
	if err := r.readHead(p); err != nil {
		return nil, err
	}
	r.readTerritories(p)
	r.readActivities(p)
	r.readRules(p)
	r.readParameters(p)
	r.readNorms(p)
	r.readFigures(p)
	r.readHolidays(p)
	r.readClocks(p)
	r.readPeople(p)
	r.noStrangers()
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	p.rules = r.rules
	return p, nil
}

// readHead reads profile.toml; everything else needs it.
func (r *reader) readHead(p *Profile) error {
	data, err := fs.ReadFile(r.files, head)
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	var h struct {
		Code       string               `toml:"code"`
		Name       text.Names           `toml:"name"`
		Languages  []text.Lang          `toml:"languages"`
		Currency   Currency             `toml:"currency"`
		TimeZone   string               `toml:"time_zone"`
		Weekend    []string             `toml:"weekend"`
		Laws       []Law                `toml:"law"`
		Schemes    []*nationalid.Scheme `toml:"identifier"`
		Disclosure Disclosure           `toml:"disclosure"`
	}
	meta, err := toml.Decode(string(data), &h)
	if err != nil {
		var pe toml.ParseError
		if errors.As(err, &pe) {
			return fmt.Errorf("%s:%d: %s", head, pe.Position.Line, cmp.Or(pe.Message, pe.Error()))
		}
		return fmt.Errorf("%s: %w", head, err)
	}
	at := func(text string) int { // the line where text first stands: TOML values carry no position
		return 1 + bytes.Count(data[:max(0, bytes.Index(data, []byte(text)))], []byte("\n"))
	}
	for _, k := range meta.Undecoded() {
		r.wrong(head, at(k[len(k)-1]), "%s is unknown", k)
	}
	for _, v := range [][2]string{{"code", h.Code}, {"name.kk", h.Name.KK}, {"name.ru", h.Name.RU}, {"name.en", h.Name.EN}, {"currency.code", h.Currency.Code}} {
		if v[1] == "" {
			r.wrong(head, 1, "%s is missing", v[0])
		}
	}
	p.Code, p.Name, p.Languages, p.Currency = h.Code, h.Name, h.Languages, h.Currency
	p.Laws, p.Schemes, p.Disclosure = h.Laws, h.Schemes, h.Disclosure
	if len(h.Languages) == 0 {
		r.wrong(head, at("languages"), "languages are missing")
	}
	for _, l := range h.Languages {
		if _, ok := text.Parse(string(l)); !ok {
			r.wrong(head, at("languages"), "%q is no language of Odaq; there are %q", l, text.Langs)
		}
	}
	if p.Location, err = time.LoadLocation(h.TimeZone); err != nil || h.TimeZone == "" {
		r.wrong(head, at("time_zone"), "time_zone %q is unknown", h.TimeZone)
	}
	for _, day := range h.Weekend {
		i := slices.Index(weekdays, day)
		if i < 0 {
			r.wrong(head, at("weekend"), "weekend: %q must be one of %q", day, weekdays)
			continue
		}
		p.weekend[i] = true
	}
	for _, l := range h.Laws {
		line := at(fmt.Sprintf("code = %q", l.Code))
		if _, twice := r.laws[l.Code]; twice || l.Code == "" {
			r.wrong(head, line, "law %q must have a code of its own", l.Code)
		}
		if l.Redaction == 0 || !l.Redaction.Bounded() {
			r.wrong(head, line, "law %q needs redaction, the day of its wording", l.Code)
		}
		r.laws[l.Code] = l
	}
	codes := map[string]bool{}
	for _, s := range h.Schemes {
		line := at(fmt.Sprintf("code = %q", s.Code))
		if codes[s.Code] {
			r.wrong(head, line, "identifier %q is there twice", s.Code)
		}
		codes[s.Code] = true
		if err := s.Validate(); err != nil {
			r.wrong(head, line, "identifier: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
		}
	}
	if d := h.Disclosure; d.SensitiveMin < 1 || d.OtherMin < 1 || d.MeanMin < 1 || d.RoundTo < 1 || d.WorkplaceMin < 1 || d.DominancePercent < 1 || d.DominancePercent > 100 {
		r.wrong(head, at("[disclosure]"), "disclosure: every number must be at least 1, and dominance_percent at most 100")
	}
	return nil
}

var weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

func (r *reader) readTerritories(p *Profile) {
	known := map[string]bool{}
	taken := map[Tile]string{}
	r.table("territories.csv", "code official short name_kk name_ru name_en label_kk label_ru label_en type seat_kk seat_ru seat_en since until col row "+basisColumns, func(w row) {
		t := Territory{
			Code: w.must("code"), Official: w.may("official"), Short: w.must("short"),
			Name: w.names("name"), Label: w.names("label"), Seat: w.mayNames("seat"),
			Type:  w.oneOf("type", "region", "city", "capital"),
			Since: w.day("since", cal.Never), Until: w.day("until", cal.Forever),
			Tile: Tile{-1, -1}, Basis: w.basis(),
		}
		if known[t.Code] {
			w.wrong("territory %s is there twice", t.Code)
		}
		known[t.Code] = true
		if t.Since >= t.Until {
			w.wrong("territory %s ends before it begins", t.Code)
		}
		if t.Until == cal.Forever {
			t.Tile = Tile{w.whole("col"), w.whole("row")}
			if t.Tile.Col < 0 || t.Tile.Row < 0 || t.Tile.Col > 99 || t.Tile.Row > 99 {
				w.wrong("the tile of %s must lie between 0 and 99", t.Code)
			}
			if o := taken[t.Tile]; o != "" {
				w.wrong("%s and %s lie on the same tile", o, t.Code)
			}
			taken[t.Tile] = t.Code
		}
		p.territories = append(p.territories, t)
	})
	if len(p.territories) == 0 {
		r.wrong("territories.csv", 1, "a country has at least one territory")
	}
	r.table("territory_history.csv", "day event code from old_name_kk old_name_ru old_name_en old_label_kk old_label_ru old_label_en note "+basisColumns, func(w row) {
		e := TerritoryEvent{
			Day: w.day("day", cal.Never), Event: w.oneOf("event", Founded, Renamed, Reduced, Replaced),
			Code: w.must("code"), From: w.may("from"), Note: w.may("note"), Basis: w.basis(),
		}
		if e.Event == Renamed {
			e.OldName, e.OldLabel = w.names("old_name"), w.names("old_label")
		}
		for _, code := range []string{e.Code, e.From} {
			if code != "" && !known[code] {
				w.wrong("territory %s is unknown", code)
			}
		}
		if n := len(p.history); n > 0 && p.history[n-1].Day > e.Day || e.Day == cal.Never {
			w.wrong("the events must have days and stand in their order")
		}
		p.history = append(p.history, e)
	})
}

func (r *reader) readActivities(p *Profile) {
	known := map[string]bool{}
	r.table("activities.csv", "code parent name_kk name_ru name_en", func(w row) {
		a := Activity{w.must("code"), w.may("parent"), w.names("name")}
		if known[a.Code] {
			w.wrong("activity %s is there twice", a.Code)
		}
		if a.Parent != "" && !known[a.Parent] {
			w.wrong("parent %s must stand above %s", a.Parent, a.Code)
		}
		known[a.Code] = true
		p.activities = append(p.activities, a)
	})
}

func (r *reader) readRules(p *Profile) {
	seen := map[string]bool{}
	once := func(w row, what, code string) string {
		if seen[what+code] {
			w.wrong("%s %s is there twice", what, code)
		}
		seen[what+code] = true
		return code
	}
	r.table("thresholds.csv", "kind name_kk name_ru name_en legal_person founders measure minimum prove_within_months "+basisColumns, func(w row) {
		t := Threshold{
			Kind: once(w, "kind", w.must("kind")), Name: w.names("name"), LegalPerson: w.yes("legal_person"), Founders: w.whole("founders"),
			Measure: w.oneOf("measure", "regions", "districts", "organisations", "people"),
			Minimum: w.minimum("minimum"), ProveWithin: w.whole("prove_within_months"), Basis: w.basis(),
		}
		if t.Minimum == (Minimum{}) || t.ProveWithin < 0 || t.Founders < 1 {
			w.wrong("minimum is empty, prove_within_months is negative or founders is less than 1")
		}
		p.thresholds = append(p.thresholds, t)
	})
	r.table("quorums.csv", "body name_kk name_ru name_en attendance delegates decision base alternative "+basisColumns, func(w row) {
		q := Quorum{
			Body: once(w, "body", w.must("body")), Name: w.names("name"), Attendance: w.minimum("attendance"), Delegates: w.minimum("delegates"),
			Decision: w.minimum("decision"), Base: w.oneOf("base", "", "present", "all", "sides"), Alternative: w.may("alternative"), Basis: w.basis(),
		}
		if (q.Base == "") != (q.Decision == Minimum{}) {
			w.wrong("decision and base go together")
		}
		p.Quorums = append(p.Quorums, q)
	})
	r.table("categories.csv", "code name_kk name_ru name_en wage_earner "+basisColumns, func(w row) {
		p.Categories = append(p.Categories, Category{once(w, "category", w.must("code")), w.names("name"), w.yes("wage_earner"), w.basis()})
	})
	if len(p.Categories) == 0 {
		r.wrong("categories.csv", 1, "members need at least one category")
	}
	r.table("officer_bars.csv", "code reason_kk reason_ru reason_en "+basisColumns, func(w row) {
		p.OfficerBars = append(p.OfficerBars, OfficerBar{once(w, "bar", w.must("code")), w.names("reason"), w.basis()})
	})
	r.readRetentions(p)
}

func (r *reader) readRetentions(p *Profile) {
	r.table(retention, "record name_kk name_ru name_en from until term after action note_kk note_ru note_en "+basisColumns, func(w row) {
		v := Retention{
			Record: w.must("record"), Name: w.names("name"), From: w.day("from", cal.Never), Until: w.day("until", cal.Forever),
			Term: w.mayTerm("term"), After: w.may("after"), Action: w.oneOf("action", Stays, Blank, Delete, Shred), Note: w.mayNames("note"), Basis: w.basis(),
		}
		stays := v.Action == Stays
		switch {
		case v.From >= v.Until:
			w.wrong("%s ends before it begins", v.Record)
		case stays != (v.Term.Unit == "") || stays != (v.After == ""):
			w.wrong("a record that is kept has neither term nor after, any other has both")
		case !stays && (v.Term.N < 1 || !slices.Contains([]TermUnit{Hours, Days, Months, Years}, v.Term.Unit)):
			w.wrong("a time of keeping is at least one of hours, days, months or years")
		}
		if w.change {
			p.Retentions = supersede(p.Retentions, v, (*Retention).span)
		}
		for _, o := range p.Retentions {
			if o.Record == v.Record && o.From < v.Until && v.From < o.Until {
				w.wrong("%s already has a rule on %s", v.Record, max(o.From, v.From))
			}
		}
		p.Retentions = append(p.Retentions, v)
	})
}

func (r *reader) readParameters(p *Profile) {
	r.table(parameters, "code from until value unit "+basisColumns, func(w row) {
		v := Parameter{
			Code: w.must("code"), From: w.day("from", cal.Never), Until: w.day("until", cal.Forever),
			Value: w.decimal("value"), Unit: w.must("unit"), Basis: w.basis(),
		}
		if v.From >= v.Until {
			w.wrong("%s ends before it begins", v.Code)
		}
		if w.change {
			p.parameters = supersede(p.parameters, v, (*Parameter).span)
		}
		for _, o := range p.parameters {
			if o.Code == v.Code && o.From < v.Until && v.From < o.Until {
				w.wrong("%s already has a value on %s", v.Code, max(o.From, v.From))
			}
		}
		p.parameters = append(p.parameters, v)
	})
	slices.SortStableFunc(p.parameters, func(a, b Parameter) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.From, b.From))
	})
}

func (v *Parameter) span() (code string, from, until *cal.Day) { return v.Code, &v.From, &v.Until }

func (v *Retention) span() (code string, from, until *cal.Day) { return v.Record, &v.From, &v.Until }

// supersede leaves of the older values what v does not cover; span gives the
// code and the days of one.
func supersede[T any](all []T, v T, span func(*T) (code string, from, until *cal.Day)) []T {
	code, from, until := span(&v)
	var out []T
	for _, o := range all {
		oCode, oFrom, oUntil := span(&o)
		if oCode != code || *oUntil <= *from || *until <= *oFrom {
			out = append(out, o)
			continue
		}
		if *oFrom < *from {
			before := o
			_, _, end := span(&before)
			*end = *from
			out = append(out, before)
		}
		if *until < *oUntil {
			after := o
			_, start, _ := span(&after)
			*start = *until
			out = append(out, after)
		}
	}
	return out
}

func (r *reader) readHolidays(p *Profile) {
	r.table("holidays.csv", "day kind code for name_kk name_ru name_en "+basisColumns, func(w row) {
		h := Holiday{
			Day: w.day("day", cal.Never), Kind: w.oneOf("kind", PublicHoliday, ReligiousDay, Substitute, Transferred, WorkingDay),
			Code: w.may("code"), For: w.day("for", cal.Never), Name: w.mayNames("name"), Basis: w.basis(),
		}
		if !h.Day.Bounded() {
			w.must("day")
			return
		}
		if o, ok := p.holidays[h.Day]; ok {
			w.wrong("%s is already a %s", h.Day, o.Kind)
		}
		named := h.Kind == PublicHoliday || h.Kind == ReligiousDay
		if named {
			w.must("code")
			w.names("name")
		}
		if h.Kind == WorkingDay && !p.weekend[h.Day.Time().Weekday()] {
			w.wrong("%s is a working day without being named", h.Day)
		}
		if (h.Kind == Substitute || h.Kind == Transferred) && h.For == cal.Never {
			w.wrong("for, the day that %s stands for, is empty", h.Day)
		}
		if y := h.Day.Year(); p.years == [2]int{} {
			p.years = [2]int{y, y}
		} else {
			p.years = [2]int{min(p.years[0], y), max(p.years[1], y)}
		}
		p.holidays[h.Day] = h
	})
}

func (r *reader) readPeople(p *Profile) {
	r.table("names.csv", "name part sex lang", func(w row) {
		p.names = append(p.names, PersonName{w.must("name"), w.oneOf("part", "given", "surname", "patronymic"), w.oneOf("sex", "m", "f"), w.lang("lang")})
	})
	r.table("name_formats.csv", "lang style sex pattern", func(w row) {
		p.NameFormats = append(p.NameFormats, NameFormat{w.lang("lang"), w.oneOf("style", FullName, ShortName, Greeting), w.oneOf("sex", "", "m", "f"), w.must("pattern")})
	})
	r.table("places.csv", "id region name_latin name_kk name_ru population lat lon", func(w row) {
		pl := Place{
			ID: w.must("id"), Region: w.must("region"), Latin: w.must("name_latin"),
			Name:       text.Names{KK: w.may("name_kk"), RU: w.may("name_ru"), EN: w.must("name_latin")},
			Population: w.whole("population"), Lat: w.real("lat"), Lon: w.real("lon"),
		}
		if !slices.ContainsFunc(p.territories, func(t Territory) bool { return t.Code == pl.Region }) {
			w.wrong("region %s is unknown", pl.Region)
		}
		if pl.Lat < -90 || pl.Lat > 90 || pl.Lon < -180 || pl.Lon > 180 {
			w.wrong("%v, %v is no place on Earth", pl.Lat, pl.Lon)
		}
		p.Places = append(p.Places, pl)
	})
	r.table("place_aliases.csv", "name_kk name_ru alias", func(w row) {
		p.PlaceAlias = append(p.PlaceAlias, PlaceAlias{text.Names{KK: w.must("name_kk"), RU: w.must("name_ru")}, w.must("alias")})
	})
}

func (w row) lang(name string) text.Lang {
	l, ok := text.Parse(w.may(name))
	if !ok {
		w.wrong("%s is %q; it must be one of %q", name, w.may(name), text.Langs)
	}
	return l
}
