package structure

import (
	"strings"
	"testing"

	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

const kato = `kato,parent_kato,name_ru,level
100000000,,область Абай,region
101000000,100000000,Семей Г.А.,district_or_city_admin
101010000,101000000,г.Семей,okrug_or_settlement
103200000,100000000,Абайский район,district_or_city_admin
103230000,103200000,Караул,okrug_or_settlement
`

func TestImportTerritories(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSmall(t, d)
		for range 2 { // a second time changes nothing
			if n, err := s.ImportTerritories(s.ctx, strings.NewReader(kato)); n != 5 || err != nil {
				t.Fatal(n, err)
			}
		}
		all, err := territories(t.Context(), d.Read(), "KZ-10")
		if err != nil || len(all) != 5 || district(all, "101010000") != "101000000" || district(all, "103200000") != "103200000" {
			t.Errorf("%v %v", all, err)
		}
		for name, c := range map[string]struct{ file, key string }{
			"no column": {"name_ru\nСемей\n", "structure.import.columns"},
			"twice":     {kato + "101010000,101000000,г.Семей,x\n", "structure.import.row"},
			"orphan":    {"kato,parent_kato,name_ru\n101010000,999999999,Семей\n", "structure.import.row"},
			"nameless":  {"kato,parent_kato,name_ru\n101010000,,\n", "structure.import.row"},
			"no region": {"code,name_en\nX1,Nowhere\n", "structure.import.row"},
		} {
			_, err := s.ImportTerritories(s.ctx, strings.NewReader(c.file))
			t.Run(name, func(t *testing.T) { refused(t, err, c.key) })
		}
		if n, err := s.ImportTerritories(s.ctx, strings.NewReader("wikidata,type,region_iso_by_polygon,name_en,name_kk_native,name_ru\nQ1,city,KZ-35,Saran,Саран,Сарань\nQ1,adm2,KZ-35,Saran,Саран,Сарань\nQ1,city,KZ-10,Saran,Саран,Сарань\nQ1,adm2,KZ-10,Saran,Саран,Сарань\n")); n != 2 || err != nil {
			t.Error(n, err)
		}
		if namesake, err := territory(t.Context(), d.Read(), "Q1/KZ-10"); err != nil || namesake.Region != "KZ-10" {
			t.Errorf("the namesake in another region: %+v, %v", namesake, err)
		}

		semey := s.found(org.Primary, s.teachers, "Семей мектебі", day("2024-01-01"), func(r *FoundRequest) { r.Territory, r.Place = "KZ-10", "101010000" })
		s.shows(s.get("/regions/KZ-10", 0, text.RU), 200, "Семей Г.А.", "!г.Семей")
		s.shows(s.get(orgPath(semey), 0, text.RU), 200, "г.Семей")
		refused(t, s.record(s.mine, org.Move, today, org.Detail{Place: p("101010000")}), "structure.wrong.place-region")
		refused(t, s.record(s.mine, org.Move, today, org.Detail{Place: p("1")}), "structure.wrong.place")
	})
}

func TestImportActivities(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSmall(t, d)
		if n, err := s.ImportActivities(s.ctx, strings.NewReader("code,title_en,level\nP,Education,section\n85,Education,division\n8521,General education,class\n")); n != 3 || err != nil {
			t.Fatal(n, err)
		}
		if err := s.record(s.school, org.Move, today, org.Detail{Activity: p("8521")}); err != nil {
			t.Fatal(err)
		}
		s.shows(s.get(orgPath(s.school), 0, text.EN), 200, "8521 · General education")
		refused(t, s.record(s.school, org.Move, today, org.Detail{Activity: p("9999")}), "fault.choice")
		_, err := s.ImportActivities(s.ctx, strings.NewReader("code,title_en\nP,Education\nP,Education\n"))
		refused(t, err, "structure.import.row")
	})
}

// Two squares side by side that share an arc, as TopoJSON and as GeoJSON.
const topo = `{"type":"Topology","transform":{"scale":[1,1],"translate":[60,45]},
 "arcs":[[[1,0],[0,1]],[[1,1],[-1,0],[0,-1],[1,0]],[[1,1],[1,0],[0,-1],[-1,0]]],
 "objects":{"districts":{"type":"GeometryCollection","geometries":[{"type":"Polygon","arcs":[[0,1]],"properties":{"r":"KZ-10"}}]},
 "regions":{"type":"GeometryCollection","geometries":[{"type":"Polygon","arcs":[[0,1]],"properties":{"r":"KZ-10"}},{"type":"MultiPolygon","arcs":[[[-1,-3]]],"id":"KZ-35"}]}}}`

const geo = `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"iso":"KZ-10"},"geometry":{"type":"Polygon","coordinates":[[[60,45],[61,45],[61,46],[60,46],[60,45]]]}}]}`

func TestImportBoundaries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSmall(t, d)
		if n, err := s.ImportBoundaries(s.ctx, strings.NewReader(topo), "Surveyor, CC BY"); n != 2 || err != nil {
			t.Fatal(n, err)
		}
		all, err := boundaries(t.Context(), d.Read())
		if err != nil || len(all) != 2 || !strings.HasPrefix(all[0].Path, "M") || all[0].X >= all[1].X || !strings.HasPrefix(all[0].ViewBox, "0 0 1000 ") {
			t.Fatalf("%+v %v", all, err)
		}
		s.shows(s.get("/", 0, text.EN), 200, all[1].Path, "Surveyor, CC BY")
		if n, err := s.ImportBoundaries(s.ctx, strings.NewReader(geo), ""); n != 1 || err != nil {
			t.Error(n, err)
		}
		for name, file := range map[string]string{"no JSON": "x", "missing arc": strings.Replace(topo, "[0,1]", "[0,7]", 2), "a line": strings.Replace(geo, "[61,46],[60,46],", "", 1), "no region": strings.Replace(geo, "KZ-10", "XX", 1)} {
			if _, err := s.ImportBoundaries(s.ctx, strings.NewReader(file), ""); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func FuzzShapes(f *testing.F) {
	f.Add([]byte(topo))
	f.Add([]byte(geo))
	f.Add([]byte(`{"type":"Topology","arcs":[[]],"objects":{"a":{"type":"Polygon","arcs":[[-1,0]],"id":"KZ-10"}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		layers, err := readShapes(data)
		if err != nil {
			return
		}
		for _, layer := range layers {
			for _, one := range layer {
				drawn, err := draw(map[string]shape{"X": one.polygons}, "")
				if err == nil && len(one.polygons) > 0 && strings.ContainsAny(drawn[0].Path, "NI") {
					t.Errorf("a path that is no path: %s", drawn[0].Path)
				}
			}
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add(cursorText(org.Cursor{ID: id.New(), Key: []byte{1, 2, 3}}))
	f.Add("0000000000001")
	f.Fuzz(func(t *testing.T, s string) {
		c, ok := parseCursor(s)
		if again, yes := parseCursor(cursorText(c)); ok && (!yes || again.ID != c.ID || string(again.Key) != string(c.Key)) {
			t.Errorf("%q reads as %v and then as %v", s, c, again)
		}
	})
}
