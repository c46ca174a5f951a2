package profile_test

import (
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"odaq/internal/kernel/profile"
	"odaq/profiles"
)

const (
	clockColumns = "code,procedure,trigger_kk,trigger_ru,trigger_en,obligation_kk,obligation_ru,obligation_en,actor_kk,actor_ru,actor_en," +
		"term,direction,anchor,starts,moved,extension,extensions,repeat,expiry_kk,expiry_ru,expiry_en,law,article,redaction,confidence,needs_review,source\n"
	linkColumns       = "step,procedure,from,outcome,name_kk,name_ru,name_en,to,usual,law,article,redaction,confidence,needs_review,source\n"
	suspensionColumns = "code,name_kk,name_ru,name_en,clocks,law,article,redaction,confidence,needs_review,source\n"
	countingColumns   = "unit,starts,moved,moved_back,short_month,law,article,redaction,confidence,needs_review,source\n"
	ownBasis          = ",EX,1,2020-01-01,own,no,an act\n"
)

// clock is a row of clocks.csv from its term on to its repeat.
func clock(code, term string) string {
	return code + ",dispute,а,а,a,б,б,b,,,," + term + ",,,"
}

func TestClockTablesNameTheMistake(t *testing.T) {
	for _, c := range []struct{ file, body, want string }{
		{"clocks.csv", clockColumns + clock("X", "7 fortnights,forward,,,,,,") + ownBasis, `clocks.csv:2: term: "7 fortnights" is not a term such as "7 working-days"`},
		{"clocks.csv", clockColumns + clock("X", "-1 days,forward,,,,,,") + ownBasis, `clocks.csv:2: term: "-1 days" is not a term`},
		{"clocks.csv", clockColumns + clock("X", "99999 days,forward,,,,,,") + ownBasis, `clocks.csv:2: term: "99999 days" is not a term`},
		{"clocks.csv", clockColumns + clock("X", "1 quarters,forward,,,,,,") + ownBasis, "counting.csv does not say how quarters are counted"},
		{"clocks.csv", clockColumns + clock("X", "7 days,sideways,,,,,,") + ownBasis, `clocks.csv:2: direction is "sideways"`},
		{"clocks.csv", clockColumns + clock("X", "7 days,forward,,,,2 weeks,1,") + ownBasis, "an extension is counted like the term"},
		{"clocks.csv", clockColumns + clock("X", "7 days,forward,,,,7 days,,") + ownBasis, "extension and extensions go together"},
		{"clocks.csv", clockColumns + clock("X", "7 days,forward,,,,,,0 days") + ownBasis, "a duty comes again after one day or more"},
		{"clocks.csv", clockColumns + strings.Replace(clock("X", "7 days,forward,,,,,,"), "dispute", "duel", 1) + ownBasis, "procedure duel is not in procedures.csv"},
		{"suspensions.csv", suspensionColumns + "s,а,а,a,ALARM" + ownBasis, "suspensions.csv:2: clock ALARM is counted in hours or backwards"},
		{"suspensions.csv", suspensionColumns + "s,а,а,a,CLAIM|GONE" + ownBasis, "suspensions.csv:2: clock GONE is not in clocks.csv"},
		{"counting.csv", countingColumns + "days,moment,no,no," + ownBasis, "hours, and nothing else, start at a moment"},
		{"counting.csv", countingColumns + "months,next-day,no,no," + ownBasis, "short_month is for months"},
		{"counting.csv", countingColumns + "eons,next-day,no,no," + ownBasis, `counting.csv:2: unit is "eons"`},
		{"chains.csv", linkColumns + "9,dispute,GONE,x,а,а,a,CLAIM,yes" + ownBasis, "chains.csv:2: clock GONE is not in clocks.csv"},
		{"chains.csv", linkColumns + "9,dispute,CLAIM,x,а,а,a,APPEAL,yes" + ownBasis + "10,dispute,APPEAL,y,а,а,a,REVIEW,yes" + ownBasis + "11,dispute,REVIEW,z,а,а,a,CLAIM,no" + ownBasis,
			"chains.csv:4: the clocks start each other in a circle: REVIEW → CLAIM → APPEAL → REVIEW"},
		{"chains.csv", linkColumns + "9,dispute,CLAIM,x,а,а,a,CLAIM,yes" + ownBasis, "in a circle: CLAIM → CLAIM"},
		{"chains.csv", linkColumns + "9,dispute,CLAIM,x,а,а,a,APPEAL,yes" + ownBasis + "10,dispute,CLAIM,y,а,а,a,,yes" + ownBasis, `chains.csv:3: after "CLAIM" two outcomes are usual: x and y`},
	} {
		_, err := profile.Load(profiles.Generic, fstest.MapFS{c.file: {Data: []byte(c.body)}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\n got %v\nwant %s", c.body, err, c.want)
		}
	}
}

// A federation changes one term and names the act; the others stay.
func TestClockChange(t *testing.T) {
	change := clockColumns + clock("CLAIM", "1 years,forward,,,,,,") + ownBasis
	p, err := profile.Load(profiles.Generic, fstest.MapFS{"clocks.csv": {Data: []byte(change)}})
	if err != nil {
		t.Fatal(err)
	}
	if c := p.Clocks.Clock("CLAIM"); c.Term.String() != "1 years" || p.Clocks.Clock("APPEAL").Term.String() != "2 weeks" || len(p.Clocks.All) != 8 {
		t.Errorf("%+v", c)
	}
}

func FuzzParseTerm(f *testing.F) {
	for _, s := range []string{"7 working-days", "24 hours", "", "0 days", "-1 days", "99999999999999999999 years", "7  days"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := profile.ParseTerm(s)
		if err != nil {
			return
		}
		if again, err := profile.ParseTerm(v.String()); err != nil || again != v {
			t.Fatalf("%q is %v, read again %v %v", s, v, again, err)
		}
	})
}

func FuzzClocks(f *testing.F) {
	f.Add(clockColumns+clock("X", "7 days,forward,,,,,,")+ownBasis, linkColumns)
	f.Add(clockColumns, linkColumns+"9,dispute,CLAIM,x,а,а,a,CLAIM,yes"+ownBasis)
	files := fstest.MapFS{} // the least that loads
	for _, name := range []string{"profile.toml", "territories.csv", "categories.csv", "counting.csv", "procedures.csv"} {
		data, err := fs.ReadFile(profiles.Generic, name)
		if err != nil {
			f.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	f.Fuzz(func(t *testing.T, clocks, links string) {
		all := maps.Clone(files)
		all["clocks.csv"], all["chains.csv"] = &fstest.MapFile{Data: []byte(clocks)}, &fstest.MapFile{Data: []byte(links)}
		p, err := profile.Load(all)
		if (p == nil) == (err == nil) {
			t.Fatal("neither a profile nor an error, or both")
		}
	})
}
