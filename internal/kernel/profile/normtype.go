package profile

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/text"
)

// Level is the rank of a document in the hierarchy of sources of labour law.
type Level uint8

// The levels, from the widest.
const (
	LevelLaw Level = iota
	LevelGeneral
	LevelIndustry
	LevelRegional
	LevelCollective
	LevelContract
)

var levels = [...]string{"law", "general", "industry", "regional", "collective", "contract"}

// ParseLevel reads a level's name.
func ParseLevel(s string) (Level, bool) {
	i := slices.Index(levels[:], s)
	return Level(max(i, 0)), i >= 0
}

// String is the level's name in files.
func (l Level) String() string { return levels[l] }

// MarshalText is String.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Direction says which of two values of a norm is better for the worker.
type Direction uint8

// The directions.
const (
	Higher        Direction = iota // more is better
	Lower                          // less is better
	Boolean                        // yes is better than no
	Superset                       // more items are better; two lists may be incomparable
	Informational                  // neither is better
)

var directions = [...]string{"higher", "lower", "boolean", "superset", "informational"}

// String is the direction's name in files.
func (d Direction) String() string { return directions[d] }

// MarshalText is String.
func (d Direction) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Counted reports whether values of this direction are numbers.
func (d Direction) Counted() bool { return d != Boolean && d != Superset }

// NormType is a promise that documents make, such as days of leave.
type NormType struct {
	Code       string
	Group      string
	Name       text.Names
	Unit       *Unit // nil for yes-no and lists
	Direction  Direction
	Dimensions []string // what a value may depend on: "grade", "hazard-class"
	OnlyFor    []string // dimensions without which it concerns no worker
	Items      []string // the usual items of a list
	Levels     []Level  // documents that may set it
	Topic      string   // of the WageIndicator coding scheme
	Basis      Basis
}

// Unit is a unit of norm values. A value v in the unit is Offset + v × Factor
// in the base unit. A base without a period ("KZT") stands for one of the
// period of what it is compared with ("KZT/month").
type Unit struct {
	Code   string
	Name   text.Names // as printed after a number
	Base   string
	Factor Formula // may name parameters, and norm types of the same document
	Offset *big.Rat
}

// Fits reports whether values in u can be told in unit o.
func (u *Unit) Fits(o *Unit) bool {
	return u == o || u.Base == o.Base || strings.HasPrefix(o.Base, u.Base+"/") || strings.HasPrefix(u.Base, o.Base+"/")
}

// NormBound is what the law itself guarantees or forbids.
type NormBound struct {
	Rule        string
	Type        *NormType
	Dimension   [][2]string // key and value, by key; a more exact bound takes the place of a general one
	Levels      []Level     // documents it binds; all when empty
	Kind        string      // "floor", "ceiling", or "above" for a floor that is itself too low
	Value       Formula     // of a number, in the unit of Type
	Yes         bool        // of a yes-no
	Items       []string    // of a list
	From, Until cal.Day
	Basis       Basis
}

// NormDuty says that a document of a level must have a norm.
type NormDuty struct {
	Rule  string
	Type  *NormType
	Level Level
	Basis Basis
}

// Precedence says that a document may not worsen what a higher one gives.
type Precedence struct {
	Rule          string
	Lower, Higher Level
	Basis         Basis
}

// Choice says that of several agreements the worker may choose the most
// favourable in writing; until then the first of Order holds.
type Choice struct {
	Rule  string
	Order []Level
	Basis Basis
}

// Norms is all a country says about norms.
type Norms struct {
	Types      []NormType
	Units      []Unit
	Bounds     []NormBound
	Duties     []NormDuty
	Precedence []Precedence
	Choice     Choice
}

// Type finds a norm type by its code.
func (n *Norms) Type(code string) *NormType {
	i := slices.IndexFunc(n.Types, func(t NormType) bool { return t.Code == code })
	if i < 0 {
		return nil
	}
	return &n.Types[i]
}

// Unit finds a unit by its code.
func (n *Norms) Unit(code string) *Unit {
	i := slices.IndexFunc(n.Units, func(u Unit) bool { return u.Code == code })
	if i < 0 {
		return nil
	}
	return &n.Units[i]
}

// ParseDimension reads "event=wedding; grade=3" into pairs by key.
func ParseDimension(s string) ([][2]string, error) {
	var out [][2]string
	for part := range strings.SplitSeq(s, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		k, v, ok := strings.Cut(part, "=")
		pair := [2]string{strings.TrimSpace(k), strings.TrimSpace(v)}
		if !ok || pair[0] == "" || pair[1] == "" {
			return nil, fmt.Errorf(`%q is not of the form "event=wedding"`, strings.TrimSpace(part))
		}
		out = append(out, pair)
	}
	slices.SortFunc(out, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	for i := 1; i < len(out); i++ {
		if out[i][0] == out[i-1][0] {
			return nil, fmt.Errorf("%s is there twice", out[i][0])
		}
	}
	return out, nil
}

func (r *reader) readNorms(p *Profile) {
	n := &p.Norms
	once := map[string]bool{}
	first := func(w row, table, code string) string {
		if once[table+code] {
			w.wrong("%s is there twice", code)
		}
		once[table+code] = true
		return code
	}
	units := map[string]*Unit{}
	r.table("norm_units.csv", "code name_kk name_ru name_en base factor offset", func(w row) {
		u := &Unit{Code: first(w, "unit ", w.must("code")), Name: w.mayNames("name"), Base: w.must("base"), Factor: w.formula("factor"), Offset: w.decimal("offset")}
		units[u.Code] = u
		n.Units = append(n.Units, *u)
	})
	for i := range n.Units { // the slice has stopped moving
		units[n.Units[i].Code] = &n.Units[i]
	}
	r.table("norm_types.csv", "code group name_kk name_ru name_en unit direction dimensions only_for items levels topic "+basisColumns, func(w row) {
		t := NormType{
			Code: first(w, "type ", w.must("code")), Group: w.must("group"), Name: w.names("name"), Direction: w.direction("direction"),
			Dimensions: w.list("dimensions"), OnlyFor: w.list("only_for"), Items: w.list("items"), Levels: w.levels("levels"), Topic: w.may("topic"), Basis: w.basis(),
		}
		if t.Direction.Counted() {
			if t.Unit = units[w.may("unit")]; t.Unit == nil {
				w.wrong("unit %q is not in norm_units.csv", w.may("unit"))
			}
		} else if w.may("unit") != "" {
			w.wrong("a %s norm has no unit", t.Direction)
		}
		for _, key := range t.OnlyFor {
			if !slices.Contains(t.Dimensions, key) {
				w.wrong("only_for: %q is not among the dimensions", key)
			}
		}
		n.Types = append(n.Types, t)
	})
	types := map[string]*NormType{}
	for i := range n.Types {
		types[n.Types[i].Code] = &n.Types[i]
	}
	ofType := func(w row) *NormType {
		t := types[w.must("type")]
		if t == nil {
			w.wrong("type %q is not in norm_types.csv", w.may("type"))
		}
		return t
	}
	r.table("norm_bounds.csv", "rule type dimension levels kind value from until "+basisColumns, func(w row) {
		b := NormBound{
			Rule: first(w, "bound ", w.must("rule")), Type: ofType(w), Levels: w.levels("levels"), Kind: w.oneOf("kind", "floor", "ceiling", "above"),
			From: w.day("from", cal.Never), Until: w.day("until", cal.Forever), Basis: w.basis(),
		}
		if b.Type == nil {
			return
		}
		w.readBound(&b)
		for _, code := range b.Value.Codes() {
			if !slices.ContainsFunc(p.parameters, func(v Parameter) bool { return v.Code == code }) {
				w.wrong("parameter %q is not in %s", code, parameters)
			}
		}
		for _, o := range n.Bounds {
			if o.Type == b.Type && slices.Equal(o.Dimension, b.Dimension) && slices.Equal(o.Levels, b.Levels) && o.From < b.Until && b.From < o.Until {
				w.wrong("%s already has a bound on %s: %s", b.Type.Code, max(o.From, b.From), o.Rule)
			}
		}
		n.Bounds = append(n.Bounds, b)
	})
	r.table("norm_duties.csv", "rule type level "+basisColumns, func(w row) {
		d := NormDuty{Rule: first(w, "duty ", w.must("rule")), Type: ofType(w), Level: w.level("level"), Basis: w.basis()}
		if d.Type != nil {
			n.Duties = append(n.Duties, d)
		}
	})
	r.table("norm_precedence.csv", "rule lower higher "+basisColumns, func(w row) {
		h := Precedence{Rule: first(w, "rank ", w.must("rule")), Lower: w.level("lower"), Higher: w.level("higher"), Basis: w.basis()}
		if h.Higher >= h.Lower {
			w.wrong("%s does not stand above %s", h.Higher, h.Lower)
		}
		n.Precedence = append(n.Precedence, h)
	})
	r.table("norm_choice.csv", "rule order "+basisColumns, func(w row) {
		if n.Choice.Rule != "" {
			w.wrong("there is one rule of choice")
		}
		n.Choice = Choice{w.must("rule"), w.levels("order"), w.basis()}
	})
	for _, u := range n.Units {
		for _, code := range u.Factor.Codes() {
			known := types[code] != nil || slices.ContainsFunc(p.parameters, func(v Parameter) bool { return v.Code == code })
			if !known {
				r.wrong("norm_units.csv", 1, "unit %q: %s is neither a parameter nor a norm type", u.Code, code)
			}
		}
	}
}

// readBound reads what the direction of the type calls for.
func (w row) readBound(b *NormBound) {
	var err error
	if b.Dimension, err = ParseDimension(w.may("dimension")); err != nil {
		w.wrong("dimension: %v", err)
	}
	for _, pair := range b.Dimension {
		if !slices.Contains(b.Type.Dimensions, pair[0]) {
			w.wrong("%s does not depend on %q; its dimensions are %q", b.Type.Code, pair[0], b.Type.Dimensions)
		}
	}
	if b.From >= b.Until {
		w.wrong("%s ends before it begins", b.Rule)
	}
	switch d := b.Type.Direction; {
	case d == Boolean:
		b.Yes = w.yes("value")
	case d == Superset:
		b.Items = w.list("value")
	default:
		b.Value = w.formula("value")
		if d == Higher && b.Kind == "ceiling" || d == Lower && b.Kind != "ceiling" {
			w.wrong("%s: %s is better, so the bound cannot be a %s", b.Type.Code, d, b.Kind)
		}
	}
}

func (w row) formula(name string) Formula {
	f, err := ParseFormula(w.must(name))
	if err != nil {
		w.wrong("%s: %v", name, err)
	}
	return f
}

func (w row) direction(name string) Direction {
	return Direction(max(0, slices.Index(directions[:], w.oneOf(name, directions[:]...))))
}

func (w row) level(name string) Level {
	l, _ := ParseLevel(w.oneOf(name, levels[:]...))
	return l
}

// list is a cell of words with "|" between them.
func (w row) list(name string) []string {
	var out []string
	for s := range strings.SplitSeq(w.may(name), "|") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (w row) levels(name string) []Level {
	var out []Level
	for _, s := range w.list(name) {
		l, ok := ParseLevel(s)
		if !ok {
			w.wrong("%s: %q must be one of %q", name, s, levels)
		}
		out = append(out, l)
	}
	return out
}

// WithParameter is the profile with one more value of a parameter; it takes the
// place of the days it covers. The rest is shared.
func (p *Profile) WithParameter(v Parameter) *Profile {
	other := *p
	other.parameters = append(supersede(p.parameters, v, (*Parameter).span), v)
	slices.SortStableFunc(other.parameters, func(a, b Parameter) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.From, b.From))
	})
	return &other
}
