package structure

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"

	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/ref"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/sheet"
)

// maxImport is the largest file of a classifier or a map, in bytes.
const maxImport = 64 << 20

// imported reads a table, CSV or XLSX, and checks that it has the columns; each
// column may bear one of several names.
type imported struct {
	sheet.Reader

	at  map[string]int
	sum fingerprint
}

// fingerprint tells a file that is sent again from another.
type fingerprint [sha256.Size]byte

func openTable(r io.Reader, columns map[string][]string, needed ...string) (imported, error) {
	data, err := readAll(r)
	if err != nil {
		return imported{}, err
	}
	table, err := sheet.Open(bytes.NewReader(data), int64(len(data)), "import", sheet.Limits{})
	if err != nil {
		return imported{}, unreadable(err)
	}
	t := imported{table, map[string]int{}, sha256.Sum256(data)}
	for i, name := range table.Header() {
		name = strings.ToLower(strings.TrimSpace(name))
		for key, names := range columns {
			if _, taken := t.at[key]; !taken && slices.Contains(names, name) {
				t.at[key] = i
			}
		}
	}
	for _, n := range needed {
		if _, ok := t.at[n]; !ok {
			return imported{}, fault.New(fault.Invalid, "structure.import.columns", "Column", strings.Join(columns[n], " / "))
		}
	}
	return t, nil
}

func readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxImport+1))
	if err != nil {
		return nil, unreadable(err)
	}
	if len(data) > maxImport {
		return nil, fault.New(fault.TooBig, "fault.too-big", "Max", "64 MiB")
	}
	return data, nil
}

// unreadable puts the words of package sheet, which have keys of their own, into
// a fault.
func unreadable(err error) error {
	if s, ok := errors.AsType[sheet.Error](err); ok {
		f := fault.New(fault.Invalid, s.Key()).Because(err)
		f.Args = s.Args()
		return f
	}
	return fault.New(fault.Invalid, "structure.import.unreadable", "Reason", err.Error()).Because(err)
}

// rows yields every row as a function from column to cell.
func (t imported) rows() iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		for {
			r, err := t.Next()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(row{}, unreadable(err))
				return
			}
			if !yield(row{r, t.at}, nil) {
				return
			}
		}
	}
}

type row struct {
	sheet.Row
	at map[string]int
}

func (r row) get(column string) string {
	if i, ok := r.at[column]; ok && i < len(r.Cells) {
		return strings.TrimSpace(r.Cells[i])
	}
	return ""
}

func (r row) wrong(column, reason string) error {
	return fault.New(fault.Invalid, "structure.import.row", "Line", r.Line, "Column", column, "Reason", text.Key(reason))
}

func (r row) names() text.Names {
	return text.Names{KK: r.get("name_kk"), RU: r.get("name_ru"), EN: r.get("name_en")}
}

var nameColumns = map[string][]string{"name_kk": {"name_kk", "name_kk_native"}, "name_ru": {"name_ru"}, "name_en": {"name_en", "title_en", "name"}}

func columns(own map[string][]string) map[string][]string {
	for k, v := range nameColumns {
		own[k] = v
	}
	return own
}

// ImportTerritories loads a territory classifier (KATO: kato, parent_kato,
// name_…, level) or a list of places that say their region themselves (cities:
// wikidata or geonameid, name_…, region_iso…). A code that is there already is
// overwritten; a file with a wrong row changes nothing. Lists of places call
// namesakes of several regions by one code: the later ones get the region's
// behind it. It returns how many units it read.
func (a *Area) ImportTerritories(ctx context.Context, r io.Reader) (int, error) {
	t, err := openTable(r, columns(map[string][]string{
		"code": {"kato", "code", "wikidata", "geonameid"}, "parent": {"parent_kato", "parent"}, "level": {"level", "type", "feature_code"},
		"region": {"region", "region_iso_by_polygon", "region_iso"}}), "code")
	if err != nil {
		return 0, err
	}
	byCode := map[string]Territory{}
	type unit struct {
		row
		code string
	}
	var order []unit
	for r, err := range t.rows() {
		if err != nil {
			return 0, err
		}
		u := Territory{Code: r.get("code"), Parent: r.get("parent"), Region: r.get("region"), Level: r.get("level"), Names: r.names()}
		other, twice := byCode[u.Code]
		if twice && u.Parent == "" && u.Region != "" && u.Region != other.Region {
			u.Code += "/" + u.Region
			_, twice = byCode[u.Code]
		}
		_, _, isRegion := a.regionOf(byCode, u)
		switch {
		case u.Code == "":
			return 0, r.wrong("code", "structure.import.empty")
		case u.Names.In(text.KK) == "":
			return 0, r.wrong("name", "structure.import.empty")
		case twice && u.Region != "" && u.Region == byCode[u.Code].Region:
			continue // a city that is also a district of its own name
		case twice:
			return 0, r.wrong("code", "structure.import.twice")
		case isRegion:
			u.Parent = ""
		}
		byCode[u.Code] = u
		order = append(order, unit{r, u.Code})
	}
	for _, r := range order {
		u := byCode[r.code]
		region, known, _ := a.regionOf(byCode, u)
		switch {
		case !known && u.Parent != "":
			return 0, r.wrong("parent", "structure.import.parent")
		case region == "":
			return 0, r.wrong("region", "structure.import.region")
		}
		u.Region = region
		byCode[u.Code] = u
	}
	return a.load(ctx, "territories", t.sum, len(byCode), func(ctx context.Context, tx *db.Tx) error {
		for _, r := range order {
			u := byCode[r.code]
			if err := saveTerritory(ctx, tx, u); err != nil {
				return err
			}
		}
		return nil
	})
}

// regionOf finds the ISO code of the region above a unit by climbing to the one
// that bears a region's official code. Known says that no parent was missing on
// the way; own that the unit is a region itself.
func (a *Area) regionOf(all map[string]Territory, u Territory) (region string, known, own bool) {
	if _, ok := a.profile.Region(u.Region, cal.Forever); ok {
		return u.Region, true, false
	}
	for depth := 0; depth < 10; depth++ { // no classifier is deeper
		for _, g := range a.profile.Regions(cal.Forever) {
			if g.Official == u.Code || g.Code == u.Code {
				return g.Code, true, depth == 0
			}
		}
		up, ok := all[u.Parent]
		if !ok {
			return "", u.Parent == "", false
		}
		u = up
	}
	return "", false, false
}

// load writes an import as one act.
func (a *Area) load(ctx context.Context, what string, sum fingerprint, n int, write func(context.Context, *db.Tx) error) (int, error) {
	return act.Do(ctx, a.desk, act.Request{Action: Import, Reason: what, Input: []any{what, sum}}, func(tx *act.Tx) (int, error) {
		tx.Changed(ref.To("import", id.New()), nil, map[string]any{what: n})
		return n, write(ctx, tx.Tx)
	})
}

// classified is a code of a classifier.
type classified struct {
	code, parent, level string
	names               text.Names
}

// ImportActivities loads a classifier of economic activities: OKED (code,
// name_kk, name_ru, name_en) or ISIC (code, title_en, level). It returns how many
// codes it read.
func (a *Area) ImportActivities(ctx context.Context, r io.Reader) (int, error) {
	t, err := openTable(r, columns(map[string][]string{"code": {"code", "oked", "isic"}, "parent": {"parent"}, "level": {"level"}}), "code")
	if err != nil {
		return 0, err
	}
	var all []classified
	seen := map[string]bool{}
	section := ""
	for r, err := range t.rows() {
		if err != nil {
			return 0, err
		}
		c := classified{r.get("code"), r.get("parent"), r.get("level"), r.names()}
		switch {
		case c.code == "":
			return 0, r.wrong("code", "structure.import.empty")
		case c.names.In(text.KK) == "":
			return 0, r.wrong("name", "structure.import.empty")
		case seen[c.code]:
			return 0, r.wrong("code", "structure.import.twice")
		}
		if c.code[0] >= 'A' && c.code[0] <= 'Z' {
			section = c.code
		} else if c.parent == "" {
			c.parent = section // classifiers list a section before its divisions
			for n := len(c.code) - 1; n > 0; n-- {
				if seen[c.code[:n]] {
					c.parent = c.code[:n]
					break
				}
			}
		}
		seen[c.code] = true
		all = append(all, c)
	}
	return a.load(ctx, "activities", t.sum, len(all), func(ctx context.Context, tx *db.Tx) error {
		for _, c := range all {
			if err := saveActivity(ctx, tx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

// ImportBoundaries loads the map of the regions from TopoJSON or GeoJSON in
// degrees or in any plane; credit names its source under the map. Nothing is
// simplified. The shapes that bear the ISO code of a region of the profile are
// taken, the old map goes. It returns how many there are.
func (a *Area) ImportBoundaries(ctx context.Context, r io.Reader, credit string) (int, error) {
	data, err := readAll(r)
	if err != nil {
		return 0, err
	}
	layers, err := readShapes(data)
	if err != nil {
		return 0, err
	}
	regions, pieces := map[string]shape{}, 0
	for _, layer := range layers {
		found, n := a.regionShapes(layer)
		if len(found) > len(regions) || len(found) == len(regions) && n < pieces {
			regions, pieces = found, n
		}
	}
	if len(regions) == 0 {
		return 0, fault.New(fault.Invalid, "structure.import.no-regions")
	}
	drawn, err := draw(regions, credit)
	if err != nil {
		return 0, err
	}
	slices.SortFunc(drawn, func(a, b boundary) int { return cmp.Compare(a.Region, b.Region) })
	return a.load(ctx, "boundaries", sha256.Sum256(append(data, credit...)), len(drawn), func(ctx context.Context, tx *db.Tx) error { return replaceBoundaries(ctx, tx, drawn) })
}

// regionShapes are the shapes of a layer that bear the code of a region, and of
// how many features they are made.
func (a *Area) regionShapes(layer []feature) (map[string]shape, int) {
	out, n := map[string]shape{}, 0
	for _, f := range layer {
		for _, code := range f.codes {
			if _, ok := a.profile.Region(code, cal.Forever); ok {
				out[code] = append(out[code], f.polygons...)
				n++
				break
			}
		}
	}
	return out, n
}
