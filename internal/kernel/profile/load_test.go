package profile_test

import (
	"io/fs"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"odaq/internal/kernel/profile"
	"odaq/profiles"
)

// copied is the generic profile in memory, to be spoilt.
func copied(t testing.TB) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	names, err := fs.Glob(profiles.Generic, "*.*")
	if err != nil || len(names) == 0 {
		t.Fatal(err)
	}
	for _, n := range names {
		data, err := fs.ReadFile(profiles.Generic, n)
		if err != nil {
			t.Fatal(err)
		}
		out[n] = &fstest.MapFile{Data: data}
	}
	return out
}

func TestLoadNamesFileAndLine(t *testing.T) {
	for _, c := range []struct {
		file, old, new string
		want           string // in the error
	}{
		{"profile.toml", `code = "generic"`, `code = generic`, "profile.toml:3:"},
		{"profile.toml", `time_zone = "UTC"`, `time_zone = "Mars/Base"`, `profile.toml:7: time_zone "Mars/Base" is unknown`},
		{"profile.toml", `weekend`, `weekends`, "profile.toml:8: weekends is unknown"},
		{"profile.toml", `"friday"`, `"payday"`, "profile.toml:8:"},
		{"profile.toml", `"en", "kk"`, `"tlh", "kk"`, `profile.toml:5: "tlh" is no language`},
		{"profile.toml", `redaction = "2020-01-01"`, ``, `law "EX" needs redaction`},
		{"profile.toml", `redaction = "2020-01-01"`, `redaction = "soon"`, "profile.toml:13:"},
		{"profile.toml", `modulus = 10`, `modulus = 1`, "modulus must be"},
		{"profile.toml", `round_to = 5`, `round_to = 0`, "disclosure"},
		{"territories.csv", "code,official", "kode,official", `territories.csv:1: column "kode" is unknown`},
		{"territories.csv", "code,official", "short,official", `territories.csv:1: column "code" is missing`},
		{"territories.csv", "GE-E", "GE-N", "territories.csv:3: territory GE-N is there twice"},
		{"territories.csv", "2010-01-01,,1,1", "2010-01-01,2009-01-01,1,1", "territories.csv:5: territory GE-C ends before"},
		{"territories.csv", "2010-01-01,,1,1", "2010-13-01,,1,1", `territories.csv:5: since is "2010-13-01"`},
		{"territories.csv", "2010-01-01,,1,1", "2010-01-01,,1,0", "territories.csv:5: GE-N and GE-C lie on the same tile"},
		{"territories.csv", "Centre City", "", "territories.csv:5: name_en is empty"},
		{"activities.csv", "G1,G,", "G1,X,", "activities.csv:3: parent X"},
		{"thresholds.csv", ">=1/2", ">=3/2", "thresholds.csv:3: minimum:"},
		{"thresholds.csv", "EX,2,", "LC,2,", `thresholds.csv:3: law "LC" is not in profile.toml`},
		{"thresholds.csv", "EX,2,", "EX,,", "thresholds.csv:3: article of law EX is empty"},
		{"thresholds.csv", "EX,2,2020-01-01", "EX,2,", "thresholds.csv:3: redaction"},
		{"thresholds.csv", "own,no", "sure,no", `confidence is "sure"`},
		{"quorums.csv", "present", "", "quorums.csv:2: decision and base"},
		{"categories.csv", "other", "worker", "categories.csv:3: category worker is there twice"},
		{"parameters.csv", "2025-01-01,,", "2024-12-31,,", "parameters.csv:3: min_wage already has a value on 2024-12-31"},
		{"parameters.csv", "1200.50", "1/2", "parameters.csv:3: value"},
		{"holidays.csv", "2026-05-01", "2026-01-01", "holidays.csv:3: 2026-01-01 is already a holiday"},
		{"holidays.csv", "2026-05-01,holiday", "2026-05-01,fast", "holidays.csv:3: kind"},
		{"holidays.csv", "2026-01-01,holiday", "2026-01-04,working", "is a working day without being named"},
		{"retention.csv", ",shred,", ",burn,", "retention.csv:2: action"},
		{"names.csv", "Alex,given,m", "Alex,given,x", "names.csv:2: sex"},
		{"names.csv", "Alex,given", `"Alex,given`, "names.csv:"},
		{"names.csv", "Alex,given", "Alex,,given", "names.csv:2: wrong number of fields"},
		{"name_formats.csv", "en,short", "eo,short", "name_formats.csv:3: lang"},
		{"territory_history.csv", "", "day,event,code,from,old_name_kk,old_name_ru,old_name_en,old_label_kk,old_label_ru,old_label_en,note,law,article,redaction,confidence,needs_review,source\n2020-01-01,founded,GE-X,,,,,,,,,,,,own,no,\n", "territory_history.csv:2: territory GE-X is unknown"},
		{"territory_history.csv", "", "day,event,code,from,old_name_kk,old_name_ru,old_name_en,old_label_kk,old_label_ru,old_label_en,note,law,article,redaction,confidence,needs_review,source\n2020-01-01,founded,GE-C,,,,,,,,,,,,own,no,\n2019-01-01,founded,GE-C,,,,,,,,,,,,own,no,\n", "territory_history.csv:3: the events"},
		{"places.csv", "", "id,region,name_latin,name_kk,name_ru,population,lat,lon\n1,GE-Z,Town,,,7,91,0\n", "places.csv:2: region GE-Z is unknown"},
	} {
		files := copied(t)
		if f := files[c.file]; f == nil {
			files[c.file] = &fstest.MapFile{Data: []byte(c.new)}
		} else {
			spoilt := strings.Replace(string(f.Data), c.old, c.new, 1)
			if spoilt == string(f.Data) {
				t.Errorf("%s: %q is not in it", c.file, c.old)
			}
			files[c.file] = &fstest.MapFile{Data: []byte(spoilt)}
		}
		_, err := profile.Load(files)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %q: %v; want %q", c.file, c.new, err, c.want)
		}
	}
}

func TestLoadReportsEverythingAtOnce(t *testing.T) {
	files := copied(t)
	for _, n := range []string{"names.csv", "holidays.csv"} {
		files[n].Data = append([]byte("\ufeff"), files[n].Data...) // as spreadsheets save it
	}
	if _, err := profile.Load(files); err != nil {
		t.Errorf("with a byte order mark: %v", err)
	}
	files["names.csv"].Data = []byte("name,part,sex,lang\nA,x,m,en\nB,given,y,en\n")
	files["places.csv"] = &fstest.MapFile{Data: []byte("\xff")}
	_, err := profile.Load(files)
	for _, want := range []string{"names.csv:2", "names.csv:3", "places.csv:1: the file is not UTF-8"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
	if _, err := profile.Load(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "profile.toml") {
		t.Errorf("an empty folder: %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	files := copied(f)
	for name, file := range files {
		f.Add(name, string(file.Data))
	}
	f.Add("parameters.csv", "code,from\n\"")
	f.Fuzz(func(t *testing.T, name, data string) {
		if files[name] == nil {
			return
		}
		with := fstest.MapFS{}
		for n, file := range files {
			with[n] = file
		}
		with[name] = &fstest.MapFile{Data: []byte(data)}
		p, err := profile.Load(with)
		if (p == nil) == (err == nil) {
			t.Errorf("profile %v, error %v", p, err)
		}
	})
}

func TestMinimum(t *testing.T) {
	for in, want := range map[string]map[int]int{
		"":      {0: 0, 20: 0},
		">=10":  {0: 10, 20: 10},
		">2":    {20: 3},
		">1/2":  {20: 11, 21: 11, 1: 1, 0: 1},
		">=2/3": {3: 2, 4: 3, 1000: 667},
		">=1/1": {7: 7},
	} {
		m, err := profile.ParseMinimum(in)
		if err != nil || m.String() != in {
			t.Errorf("%q: %v %v", in, m, err)
		}
		for total, n := range want {
			if got := m.Of(total); got != n {
				t.Errorf("%q of %d = %d, want %d", in, total, got, n)
			}
		}
	}
	for _, in := range []string{"10", ">=", "<2", ">=1/0", ">1/1", ">=4/3", ">=1,5", "> 1/2"} {
		if m, err := profile.ParseMinimum(in); err == nil {
			t.Errorf("%q is read as %v", in, m)
		}
	}
}

func TestMinimumIsTheLeastThatReaches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		den := rapid.IntRange(1, 20).Draw(t, "den")
		num := rapid.IntRange(0, den-1).Draw(t, "num")
		total := rapid.IntRange(1, 5000).Draw(t, "total")
		share := rapid.SampledFrom([]string{">", ">="}).Draw(t, "sign")
		m, err := profile.ParseMinimum(share + strconv.Itoa(num) + "/" + strconv.Itoa(den))
		if err != nil {
			t.Fatal(err)
		}
		for count := range total + 1 {
			want := count*den >= num*total
			if share == ">" {
				want = count*den > num*total
			}
			if m.Reached(count, total) != want {
				t.Fatalf("%d of %d reaches %s: %v", count, total, m, !want)
			}
		}
	})
}
