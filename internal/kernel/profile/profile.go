// Package profile holds what differs from country to country, as data: laws
// with their articles, thresholds, territories, activities, parameters with
// validity, the calendar, names, national-ID schemes. Nothing about any country
// is in Go. (ел профилі, профиль страны)
//
// A profile is a folder: profile.toml for small structured things, CSV for
// tables. Load checks all of it at once and names file and line of every error.
// A loaded Profile never changes and is safe for concurrent use.
//
// A federation changes a rule without touching what Odaq comes with: a second
// folder has the same tables with the rows that differ. See Load.
package profile

import (
	"math/big"
	"slices"
	"time"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/nationalid"
	"odaq/internal/kernel/text"
)

// Profile is one country's data.
type Profile struct {
	Code      string // of the country, ISO 3166-1 in lower case, or an invented one
	Name      text.Names
	Languages []text.Lang // the first is the official one
	Currency  Currency
	Location  *time.Location

	Laws        []Law
	Schemes     []*nationalid.Scheme
	Disclosure  Disclosure
	Categories  []Category
	OfficerBars []OfficerBar
	Quorums     []Quorum
	Retentions  []Retention
	Places      []Place      // the most populous first
	PlaceAlias  []PlaceAlias // other and former names of places
	NameFormats []NameFormat
	Norms       Norms
	Figures     Figures
	Clocks      Clocks

	territories []Territory
	history     []TerritoryEvent
	activities  []Activity
	thresholds  []Threshold
	parameters  []Parameter
	weekend     [7]bool
	holidays    map[cal.Day]Holiday
	years       [2]int // first and last year whose holidays are known
	names       []PersonName
	rules       []Rule
}

// Currency is the money of the country.
type Currency struct {
	Code   string `toml:"code"`   // ISO 4217
	Symbol string `toml:"symbol"` // as printed
}

// Confidence is how far a row may be trusted.
type Confidence string

// The grades of confidence, from the best.
const (
	Official Confidence = "official" // read in the official text
	Page     Confidence = "page"     // seen on a public page
	Computed Confidence = "computed" // follows from other rows by rule
	Memory   Confidence = "memory"   // from memory: check before publishing
	Own      Confidence = "own"      // our own choice or wording, no law behind it
)

// Basis is where a rule or number comes from.
type Basis struct {
	Law         string // code of a Law; empty when no law says it
	Article     string // "11(3)"; empty without a law
	Redaction   cal.Day
	Confidence  Confidence
	NeedsReview bool // show "needs a lawyer's review" beside it
	Source      string
}

// Law is a legal act whose articles the rows cite.
type Law struct {
	Code      string     `toml:"code"`
	Name      text.Names `toml:"name"`
	Redaction cal.Day    `toml:"redaction"` // the wording the rows were read from
	Source    string     `toml:"source"`
}

// Disclosure has the rules of small cells in published tables.
type Disclosure struct {
	SensitiveMin     int `toml:"sensitive_min"`     // fewest people a cell shows: members by employer, disputes, health
	OtherMin         int `toml:"other_min"`         // fewest people any other cell shows
	RoundTo          int `toml:"round_to"`          // base of rounding of totals at organisation level
	MeanMin          int `toml:"mean_min"`          // fewest contributors of a mean or median
	DominancePercent int `toml:"dominance_percent"` // no contributor may be more of a sum than this
	WorkplaceMin     int `toml:"workplace_min"`     // complaints at smaller workplaces are shown by district
}

// Category is a kind of member.
type Category struct {
	Code       string
	Name       text.Names
	WageEarner bool // counted in density
	Basis      Basis
}

// OfficerBar is a reason why a person may not hold an elected post.
type OfficerBar struct {
	Code   string
	Reason text.Names // a sentence for people
	Basis  Basis
}

// Threshold is what an organisation of a kind must have.
type Threshold struct {
	Kind        string // "federation", "union", "centre", "district-centre", "local", "primary"
	Name        text.Names
	LegalPerson bool
	Founders    int     // people who must take part in founding it
	Measure     string  // what is counted: "regions", "districts", "organisations", "people"
	Minimum     Minimum // of the Measure
	ProveWithin int     // months from registration; 0 when it must hold from the start
	Basis       Basis
}

// Needed is how many of total units satisfy the threshold; total matters only
// where the law names a share.
func (t Threshold) Needed(total int) int { return t.Minimum.Of(total) }

// Quorum is a body's rule of attendance and of decision.
type Quorum struct {
	Body        string
	Name        text.Names
	Attendance  Minimum // of those entitled; zero when there is none
	Delegates   Minimum // of delegates, where a conference may meet instead
	Decision    Minimum // of Base
	Base        string  // "present", "all", "sides"; empty when the body takes no vote
	Alternative string  // another way to the decision, in English; empty when none
	Basis       Basis
}

// What happens to a record when its time is over.
const (
	Stays  = "keep"   // it has no end: the law, or a proof, asks for it
	Blank  = "blank"  // its words are overwritten, the record stays
	Delete = "delete" // the record goes
	Shred  = "shred"  // the person's data are destroyed together with their key
)

// Retention is how long a kind of record is kept: until the Term after the
// event is over. The rule of the day on which it is applied counts.
type Retention struct {
	Record      string
	Name        text.Names
	From, Until cal.Day    // when the rule holds, half-open
	Term        Term       // in hours, days, months or years; none where it Stays
	After       string     // the event that starts the time: "membership-ended"; empty where it Stays
	Action      string     // Stays, Blank, Delete or Shred
	Note        text.Names // why so long, for people; may be empty
	Basis       Basis
}

// Parameter is a number set by law for a time.
type Parameter struct {
	Code        string
	From, Until cal.Day  // half-open
	Value       *big.Rat // in Unit
	Unit        string   // currency code, "percent"
	Basis       Basis
}

// Activity is a section or deeper code of the classifier of economic activities.
type Activity struct {
	Code   string
	Parent string // empty at the top
	Name   text.Names
}

// Place is a settlement.
type Place struct {
	ID         string // of the gazetteer
	Region     string
	Name       text.Names
	Latin      string // as the gazetteer writes it
	Population int    // as the gazetteer has it, often old
	Lat, Lon   float64
}

// PlaceAlias is another or a former name under which people look for a place.
type PlaceAlias struct {
	Name  text.Names // today's
	Alias string
}

// Region returns the territory as it was named on a day, whether or not it
// existed then.
func (p *Profile) Region(code string, asOf cal.Day) (Territory, bool) {
	i := slices.IndexFunc(p.territories, func(t Territory) bool { return t.Code == code })
	if i < 0 {
		return Territory{}, false
	}
	return p.named(p.territories[i], asOf), true
}

// Regions are the territories of the first level that existed on a day, in the
// order of the profile. cal.Forever gives today's as far as the profile knows.
func (p *Profile) Regions(asOf cal.Day) []Territory {
	var out []Territory
	for _, t := range p.territories {
		if t.Since <= asOf && (asOf < t.Until || t.Until == cal.Forever) {
			out = append(out, p.named(t, asOf))
		}
	}
	return out
}

// History are the events of a territory, or of all when code is empty, by day.
func (p *Profile) History(code string) []TerritoryEvent {
	var out []TerritoryEvent
	for _, e := range p.history {
		if code == "" || e.Code == code || e.From == code {
			out = append(out, e)
		}
	}
	return out
}

// named gives t the name it bore on a day: that of the first later renaming.
func (p *Profile) named(t Territory, asOf cal.Day) Territory {
	for _, e := range p.history {
		if e.Event == Renamed && e.Code == t.Code && e.Day > asOf {
			t.Name, t.Label = e.OldName, e.OldLabel
			break
		}
	}
	return t
}

// Threshold is the rule for a kind of organisation.
func (p *Profile) Threshold(kind string) (Threshold, bool) {
	return find(p.thresholds, func(t Threshold) bool { return t.Kind == kind })
}

// Thresholds are all of them, from the widest organisation to the narrowest.
func (p *Profile) Thresholds() []Threshold { return slices.Clone(p.thresholds) }

// Retention is the rule for a kind of record on a day.
func (p *Profile) Retention(record string, on cal.Day) (Retention, bool) {
	return find(p.Retentions, func(r Retention) bool { return r.Record == record && r.From <= on && on < r.Until })
}

// Parameter is the value of a parameter on a day.
func (p *Profile) Parameter(code string, on cal.Day) (Parameter, bool) {
	return find(p.parameters, func(v Parameter) bool { return v.Code == code && v.From <= on && on < v.Until })
}

// Parameters are all values a parameter has had, by day.
func (p *Profile) Parameters(code string) []Parameter {
	return filter(p.parameters, func(v Parameter) bool { return v.Code == code })
}

// Activities are the economic activities in the order of their codes.
func (p *Profile) Activities() []Activity { return slices.Clone(p.activities) }

// Activity finds one by code.
func (p *Profile) Activity(code string) (Activity, bool) {
	return find(p.activities, func(a Activity) bool { return a.Code == code })
}

// Category finds a kind of member by code.
func (p *Profile) Category(code string) (Category, bool) {
	return find(p.Categories, func(c Category) bool { return c.Code == code })
}

// OfficerBar finds a bar to elected posts by code.
func (p *Profile) OfficerBar(code string) (OfficerBar, bool) {
	return find(p.OfficerBars, func(b OfficerBar) bool { return b.Code == code })
}

// Quorum finds a body's rule by its code.
func (p *Profile) Quorum(body string) (Quorum, bool) {
	return find(p.Quorums, func(q Quorum) bool { return q.Body == body })
}

// Scheme finds a numbering scheme by its code; nil when the country has none.
func (p *Profile) Scheme(code string) *nationalid.Scheme {
	s, _ := find(p.Schemes, func(s *nationalid.Scheme) bool { return s.Code == code })
	return s
}

// SchemeFor is the first scheme that numbers people or organisations; nil when
// the country has none.
func (p *Profile) SchemeFor(subject nationalid.Subject) *nationalid.Scheme {
	s, _ := find(p.Schemes, func(s *nationalid.Scheme) bool { return s.Subject == subject })
	return s
}

// Law finds a legal act by its code.
func (p *Profile) Law(code string) (Law, bool) {
	return find(p.Laws, func(l Law) bool { return l.Code == code })
}

// String is the code.
func (p *Profile) String() string { return p.Code }

func find[T any](all []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	var none T
	return none, false
}

func filter[T any](all []T, is func(T) bool) []T {
	var out []T
	for _, v := range all {
		if is(v) {
			out = append(out, v)
		}
	}
	return out
}
