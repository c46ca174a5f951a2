package seed

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
)

// Country is what the demo folder of a profile says about a federation.
type Country struct {
	Federation struct {
		Name     text.Names `toml:"name"`
		Founded  cal.Day    `toml:"founded"`
		Decision string     `toml:"decision"`
	} `toml:"federation"`
	Scale struct {
		Members int `toml:"members"` // the size of which the regions' numbers speak
	} `toml:"scale"`
	People struct {
		Languages []text.Lang `toml:"languages"` // of their names: most people's, then those of the shares in Regions
		Reserved  []string    `toml:"reserved"`  // surnames of living officers: given to nobody
	} `toml:"people"`
	Words struct {
		Streets []string    `toml:"streets"`
		Address string      `toml:"address"` // {place}, {street}, {house}
		Brands  [][2]string `toml:"brands"`  // in Cyrillic and Latin letters
		Phone   string      `toml:"phone"`   // beginning of telephone numbers that nobody has
		Unpaid  string      `toml:"unpaid"`  // why somebody's membership is suspended
	} `toml:"words"`
	Sample struct {
		Union string `toml:"union"` // code of the union whose registrar, chair and member a visitor may be
	} `toml:"sample"`
	Names struct {
		LocalOfRegion text.Names `toml:"local_of_region"`
		LocalOfTown   text.Names `toml:"local_of_town"`
		Centre        text.Names `toml:"centre"`
	} `toml:"names"`
	Posts struct {
		Chair   text.Names `toml:"chair"`
		Deputy  text.Names `toml:"deputy"`
		Auditor text.Names `toml:"auditor"`
	} `toml:"posts"`

	Regions []Region
	Unions  []Union
	Figures []Figure
	Profile *profile.Profile

	workplaces map[string][]workplace // by union
	places     map[string][]Place     // by region, all that have names
}

// Region is a territory with the numbers of its primary organisations and
// members at the size of Scale.
type Region struct {
	Code      string
	Primaries int
	Members   int
	Second    int     // percent of people whose names are in the second language
	Centre    cal.Day // on which the regional centre was founded
}

// Union is a member organisation.
type Union struct {
	Code         string
	Name, Local  text.Names // Local is the name of its local unions, without the place
	Activity     string
	Founded      cal.Day
	Admitted     cal.Day
	Decision     string  // by which it was admitted
	Primaries    float64 // weight of the number of its primary organisations
	Size         float64 // of a primary organisation, relative to others
	Women        int     // percent
	Towns        bool    // has local unions in big towns too
	Registered   cal.Day
	Registration string

	strong map[string]float64 // regions where it has more primaries than elsewhere
	absent map[string]bool    // regions without a branch
}

// Place is a settlement or city district of a region.
type Place struct {
	Code   string
	Region string
	Name   text.Names
	weight float64
	big    bool // a town with a local union of its own, where the union has such
}

// Figure is a published number; Union and Region say of what, both empty of the
// federation.
type Figure struct {
	Union, Region, Measure string
	Day                    cal.Day
	Value                  int64
	Unit                   string
	Population             text.Names
	Source, Status         string
	Note                   text.Names
}

type workplace struct {
	weight   float64
	size     float64
	students int // per mille of its members
	primary  text.Names
	employer string
}

// bigTown is the number of inhabitants from which a town has local unions.
const bigTown = 150_000

// Read reads the demo folder of a profile. Every error names file and line.
func Read(files fs.FS, p *profile.Profile) (*Country, error) {
	c := &Country{Profile: p, workplaces: map[string][]workplace{}, places: map[string][]Place{}}
	if _, err := toml.DecodeFS(files, "demo.toml", c); err != nil {
		return nil, fmt.Errorf("demo.toml: %w", err)
	}
	r := &reader{files: files}
	r.table("regions.csv", "code primaries members published second_language centre_founded note", func(w row) {
		c.Regions = append(c.Regions, Region{w.cell("code"), int(w.number("primaries")), int(w.number("members")),
			int(w.number("second_language")), w.day("centre_founded")}) // published and note are for those who read the file
		if _, ok := p.Region(w.cell("code"), cal.Forever); !ok {
			w.wrong("the profile has no region %q", w.cell("code"))
		}
	})
	r.table("unions.csv", "code name_kk name_ru name_en local_kk local_ru local_en activity founded admitted decision primaries size women towns strong absent registered registration", func(w row) {
		u := Union{Code: w.cell("code"), Name: w.names("name"), Local: w.names("local"), Activity: w.cell("activity"), Founded: w.day("founded"),
			Admitted: w.day("admitted"), Decision: w.cell("decision"), Primaries: w.number("primaries"), Size: w.number("size"), Women: int(w.number("women")),
			Towns: w.cell("towns") == "yes", Registered: w.day("registered"), Registration: w.cell("registration"), strong: map[string]float64{}, absent: map[string]bool{}}
		for f := range strings.FieldsSeq(w.cell("strong")) {
			code, times, _ := strings.Cut(f, ":")
			n, err := strconv.ParseFloat(times, 64)
			if err != nil {
				w.wrong("strong: %q must be a region and a number, such as KZ-35:4", f)
			}
			u.strong[code] = n
		}
		for f := range strings.FieldsSeq(w.cell("absent")) {
			u.absent[f] = true
		}
		c.Unions = append(c.Unions, u)
	})
	r.table("workplaces.csv", "union weight size students primary_kk primary_ru primary_en employer", func(w row) {
		u := w.cell("union")
		c.workplaces[u] = append(c.workplaces[u], workplace{w.number("weight"), w.number("size"), int(w.number("students")), w.names("primary"), w.cell("employer")})
	})
	r.table("districts.csv", "code region name_kk name_ru name_en", func(w row) {
		c.places[w.cell("region")] = append(c.places[w.cell("region")], Place{w.cell("code"), w.cell("region"), w.names("name"), 1, false})
	})
	r.table("figures.csv", "union region measure day value unit population_kk population_ru population_en source status note_kk note_ru note_en", func(w row) {
		c.Figures = append(c.Figures, Figure{w.cell("union"), w.cell("region"), w.cell("measure"), w.day("day"), int64(w.number("value")),
			w.cell("unit"), w.mayNames("population"), w.cell("source"), w.cell("status"), w.mayNames("note")})
	})
	c.settle(r)
	return c, errors.Join(r.errs...)
}

// settle adds the profile's settlements where there are no districts, and checks
// that nothing is empty.
func (c *Country) settle(r *reader) {
	divided := map[string]bool{}
	for region := range c.places {
		divided[region] = true
	}
	for _, p := range c.Profile.Places {
		if divided[p.Region] || p.Name.KK == "" || p.Name.RU == "" {
			continue
		}
		c.places[p.Region] = append(c.places[p.Region], Place{"gn" + p.ID, p.Region, p.Name, float64(max(p.Population, 10_000)), p.Population >= bigTown})
	}
	for _, g := range c.Regions {
		if len(c.places[g.Code]) == 0 {
			r.errs = append(r.errs, fmt.Errorf("regions.csv: %s has no place with a Kazakh and a Russian name", g.Code))
		}
	}
	for _, u := range c.Unions {
		if len(c.workplaces[u.Code]) == 0 {
			r.errs = append(r.errs, fmt.Errorf("workplaces.csv: the union %s has none", u.Code))
		}
	}
	if len(c.People.Languages) == 0 || len(c.People.Languages) > 2 {
		r.errs = append(r.errs, errors.New("demo.toml: people.languages must be one language or two"))
	}
	if _, ok := c.Profile.Category(worker); !ok {
		r.errs = append(r.errs, fmt.Errorf("the profile has no category %q of members", worker))
	}
	if !slices.ContainsFunc(c.Unions, func(u Union) bool { return u.Code == c.Sample.Union }) {
		r.errs = append(r.errs, fmt.Errorf("demo.toml: sample.union: there is no union %q", c.Sample.Union))
	}
	if len(c.Regions) == 0 || len(c.Unions) == 0 || c.Scale.Members <= 0 || len(c.Words.Brands) == 0 || len(c.Words.Streets) == 0 || c.Words.Address == "" {
		r.errs = append(r.errs, errors.New("demo.toml: scale.members, words.brands, words.streets, words.address, and regions.csv and unions.csv may not be empty"))
	}
}

// Places are the settlements and districts of all regions, in one order.
func (c *Country) Places() []Place {
	var out []Place
	for _, g := range c.Regions {
		out = append(out, c.places[g.Code]...)
	}
	return out
}

// before is the territory in which a region lay until it became one, and the day.
func (c *Country) before(region string) (string, cal.Day, bool) {
	for _, e := range c.Profile.History(region) {
		if e.Code == region && e.From != "" && (e.Event == profile.Founded || e.Event == profile.Replaced) {
			return e.From, e.Day, true
		}
	}
	return "", 0, false
}

// Lay says in which territory what lies in a region today lay on a day, and on
// which later day it was moved to today's; cal.Never where it never was.
func (c *Country) Lay(region string, day cal.Day) (territory string, moved cal.Day) {
	if from, since, ok := c.before(region); ok && day < since {
		return from, since
	}
	return region, cal.Never
}

// reserved reports whether a surname is one of those that nobody gets.
func (c *Country) reserved(surname string) bool {
	return slices.ContainsFunc(c.People.Reserved, func(s string) bool {
		return strings.HasPrefix(search.Fold(surname), search.Fold(s))
	})
}

// reader reads CSV tables and collects what is wrong with them.
type reader struct {
	files fs.FS
	errs  []error
}

type row struct {
	*reader
	file  string
	line  int
	cells map[string]string
}

func (r *reader) table(file, columns string, each func(row)) {
	f, err := r.files.Open(file)
	if err != nil {
		r.errs = append(r.errs, err)
		return
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s: %w", file, err))
		return
	}
	want := strings.Fields(columns)
	if len(all) == 0 || !slices.Equal(all[0], want) {
		r.errs = append(r.errs, fmt.Errorf("%s:1: the columns must be: %s", file, strings.Join(want, ",")))
		return
	}
	for i, cells := range all[1:] {
		w := row{r, file, i + 2, map[string]string{}}
		for j, name := range want {
			w.cells[name] = cells[j]
		}
		each(w)
	}
}

func (w row) wrong(format string, args ...any) {
	w.reader.errs = append(w.reader.errs, fmt.Errorf("%s:%d: %s", w.file, w.line, fmt.Sprintf(format, args...)))
}

func (w row) cell(name string) string { return w.cells[name] }

func (w row) names(name string) text.Names {
	n := text.Names{KK: w.cell(name + "_kk"), RU: w.cell(name + "_ru"), EN: w.cell(name + "_en")}
	if n.KK == "" || n.RU == "" || n.EN == "" {
		w.wrong("%s must be given in kk, ru and en", name)
	}
	return n
}

// mayNames are names that may be missing, in all languages at once.
func (w row) mayNames(name string) text.Names {
	if w.cell(name+"_en") == "" {
		return text.Names{}
	}
	return w.names(name)
}

func (w row) number(name string) float64 {
	n, err := strconv.ParseFloat(w.cell(name), 64)
	if err != nil || n < 0 {
		w.wrong("%s must be a number, not %q", name, w.cell(name))
	}
	return n
}

func (w row) day(name string) cal.Day {
	d, err := cal.ParseDay(w.cell(name))
	if err != nil {
		w.wrong("%s must be a date such as 2019-02-01", name)
	}
	return d
}

// apportion divides a whole among weights so that the parts are whole numbers
// and their sum is the whole: the method of largest remainders.
func apportion(whole int, weights []float64) []int {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	out := make([]int, len(weights))
	if sum == 0 {
		return out
	}
	rest := make([]float64, len(weights))
	order := make([]int, len(weights))
	left := whole
	for i, w := range weights {
		share := float64(whole) * w / sum
		out[i] = int(share)
		rest[i], order[i] = share-float64(out[i]), i
		left -= out[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rest[b], rest[a]) })
	for _, i := range order[:left] {
		out[i]++
	}
	return out
}
