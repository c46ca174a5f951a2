package structure

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"odaq/internal/kernel/fault"
)

// Reading and drawing of maps: GeoJSON (RFC 7946) and TopoJSON 1.0.

type (
	point [2]float64
	ring  []point
	// shape is polygons, each an outer ring with its holes.
	shape [][]ring
)

// feature is a shape with the texts that may be its region's code.
type feature struct {
	codes    []string
	polygons shape
}

// geometry is one of GeoJSON or TopoJSON; arcs and coordinates stay raw until
// the type says how deep they are.
type geometry struct {
	Type        string          `json:"type"`
	ID          any             `json:"id"`
	Properties  map[string]any  `json:"properties"`
	Coordinates json.RawMessage `json:"coordinates"`
	Arcs        json.RawMessage `json:"arcs"`
	Geometry    *geometry       `json:"geometry"`
	Features    []geometry      `json:"features"`
	Geometries  []geometry      `json:"geometries"`
}

type topology struct {
	geometry

	Objects   map[string]geometry `json:"objects"`
	Transform *struct {
		Scale     point `json:"scale"`
		Translate point `json:"translate"`
	} `json:"transform"`
}

// readShapes finds the polygons of a map with what may be their codes, layer by
// layer: a topology may hold regions and their districts.
func readShapes(data []byte) ([][]feature, error) {
	var t topology
	if err := json.Unmarshal(data, &t); err != nil {
		return nil, unreadable(err)
	}
	if t.Type != "Topology" {
		var m mapReader
		err := m.read(t.geometry, nil)
		return [][]feature{m.found}, err
	}
	var raw [][]point
	if err := json.Unmarshal(t.Arcs, &raw); err != nil {
		return nil, unreadable(err)
	}
	var layers [][]feature
	for _, name := range slices.Sorted(maps.Keys(t.Objects)) {
		m := mapReader{arcs: t.absolute(raw)}
		if err := m.read(t.Objects[name], nil); err != nil {
			return nil, err
		}
		layers = append(layers, m.found)
	}
	return layers, nil
}

// absolute undoes quantisation and the delta encoding of a topology's arcs.
func (t topology) absolute(arcs [][]point) []ring {
	out := make([]ring, len(arcs))
	for i, arc := range arcs {
		at := point{}
		for _, p := range arc {
			if t.Transform == nil {
				out[i] = append(out[i], p)
				continue
			}
			at[0], at[1] = at[0]+p[0], at[1]+p[1]
			out[i] = append(out[i], point{at[0]*t.Transform.Scale[0] + t.Transform.Translate[0], at[1]*t.Transform.Scale[1] + t.Transform.Translate[1]})
		}
	}
	return out
}

type mapReader struct {
	arcs  []ring
	found []feature
}

// read collects the polygons of a geometry and of those within it.
func (m *mapReader) read(g geometry, codes []string) error {
	codes = append(codes[:len(codes):len(codes)], codesOf(g)...)
	for _, inner := range append(g.Features, g.Geometries...) {
		if err := m.read(inner, codes); err != nil {
			return err
		}
	}
	if g.Geometry != nil {
		return m.read(*g.Geometry, codes)
	}
	if g.Type != "Polygon" && g.Type != "MultiPolygon" {
		return nil
	}
	polygons, err := m.polygons(g)
	if err != nil {
		return err
	}
	m.found = append(m.found, feature{codes, polygons})
	return nil
}

// codesOf are all texts by which a feature may say which region it is.
func codesOf(g geometry) []string {
	var out []string
	if s, ok := g.ID.(string); ok {
		out = append(out, s)
	}
	for _, k := range slices.Sorted(maps.Keys(g.Properties)) {
		if s, ok := g.Properties[k].(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func (m *mapReader) polygons(g geometry) (shape, error) {
	if g.Arcs == nil {
		return decode[ring](g.Type, g.Coordinates)
	}
	indexes, err := decode[[]int](g.Type, g.Arcs)
	if err != nil {
		return nil, err
	}
	var out shape
	for _, polygon := range indexes {
		var rings []ring
		for _, ixs := range polygon {
			r, err := m.stitch(ixs)
			if err != nil {
				return nil, err
			}
			rings = append(rings, r)
		}
		out = append(out, rings)
	}
	return out, nil
}

// decode reads polygons whose rings are T; a Polygon is one of them.
func decode[T any](kind string, raw json.RawMessage) ([][]T, error) {
	if kind == "Polygon" {
		var one []T
		if err := json.Unmarshal(raw, &one); err != nil {
			return nil, unreadable(err)
		}
		return [][]T{one}, nil
	}
	var many [][]T
	if err := json.Unmarshal(raw, &many); err != nil {
		return nil, unreadable(err)
	}
	return many, nil
}

// stitch joins arcs into a ring; ~i is arc i backwards, and an arc begins where
// the one before ended.
func (m *mapReader) stitch(indexes []int) (ring, error) {
	var out ring
	for _, i := range indexes {
		back := i < 0
		if back {
			i = ^i
		}
		if i >= len(m.arcs) {
			return nil, unreadable(fmt.Errorf("arc %d of %d", i, len(m.arcs)))
		}
		arc := slices.Clone(m.arcs[i])
		if back {
			slices.Reverse(arc)
		}
		if len(out) > 0 && len(arc) > 0 {
			arc = arc[1:]
		}
		out = append(out, arc...)
	}
	return out, nil
}

const mapWidth = 1000.0

// draw projects the regions and fits them into a drawing 1000 wide.
func draw(regions map[string]shape, credit string) ([]boundary, error) {
	for _, code := range slices.Sorted(maps.Keys(regions)) {
		for _, polygon := range regions[code] {
			for _, r := range polygon {
				if !r.sound() {
					return nil, fault.New(fault.Invalid, "structure.import.geometry", "Region", code)
				}
			}
		}
	}
	project := projection(box(regions))
	projected := map[string]shape{}
	for code, s := range regions {
		projected[code] = s.each(project)
	}
	lo, hi := box(projected)
	scale := mapWidth / (hi[0] - lo[0])
	height := math.Ceil((hi[1] - lo[1]) * scale)
	if !(scale > 0) || math.IsInf(scale, 0) || !(height > 0) || height > 10*mapWidth {
		return nil, fault.New(fault.Invalid, "structure.import.geometry", "Region", "")
	}
	view := fmt.Sprintf("0 0 %d %d", int(mapWidth), int(height))
	var out []boundary
	for code, s := range projected {
		s = s.each(func(p point) point { return point{(p[0] - lo[0]) * scale, (hi[1] - p[1]) * scale} }) // SVG's y points down
		label := s.label()
		out = append(out, boundary{Region: code, Path: s.path(), X: int64(math.Round(label[0])), Y: int64(math.Round(label[1])), ViewBox: view, Credit: credit})
	}
	return out, nil
}

// sound reports whether a ring encloses something and its numbers are numbers.
func (r ring) sound() bool {
	if len(r) < 4 {
		return false
	}
	for _, p := range r {
		if math.Abs(p[0]) > 1e9 || math.Abs(p[1]) > 1e9 || math.IsNaN(p[0]+p[1]) {
			return false
		}
	}
	return true
}

func (s shape) each(f func(point) point) shape {
	out := make(shape, len(s))
	for i, polygon := range s {
		for _, r := range polygon {
			moved := make(ring, len(r))
			for j, p := range r {
				moved[j] = f(p)
			}
			out[i] = append(out[i], moved)
		}
	}
	return out
}

func box(regions map[string]shape) (lo, hi point) {
	lo, hi = point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, s := range regions {
		s.each(func(p point) point {
			for i := range p {
				lo[i], hi[i] = min(lo[i], p[i]), max(hi[i], p[i])
			}
			return p
		})
	}
	return lo, hi
}

// projection is Albers' equal-area conic with standard parallels at one and five
// sixths of the height (Snyder, Map Projections, 1987, p. 100), so that no region
// looks larger than it is. What is not in degrees is a plane already.
func projection(lo, hi point) func(point) point {
	if lo[0] < -180 || hi[0] > 180 || lo[1] < -90 || hi[1] > 90 {
		return func(p point) point { return p }
	}
	rad := func(deg float64) float64 { return deg * math.Pi / 180 }
	south, north := rad(lo[1]+(hi[1]-lo[1])/6), rad(hi[1]-(hi[1]-lo[1])/6)
	n := (math.Sin(south) + math.Sin(north)) / 2
	middle := rad((lo[0] + hi[0]) / 2)
	if math.Abs(n) < 0.05 { // around the equator a cone is a cylinder
		return func(p point) point { return point{rad(p[0]) - middle, math.Sin(rad(p[1]))} }
	}
	c := math.Cos(south)*math.Cos(south) + 2*n*math.Sin(south)
	return func(p point) point {
		rho := math.Sqrt(max(c-2*n*math.Sin(rad(p[1])), 0)) / n
		theta := n * (rad(p[0]) - middle)
		return point{rho * math.Sin(theta), -rho * math.Cos(theta)}
	}
}

// path writes the shape as an SVG path with one decimal.
func (s shape) path() string {
	var b strings.Builder
	number := func(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }
	for _, polygon := range s {
		for _, r := range polygon {
			for i, p := range r[:len(r)-1] {
				if i == 0 {
					b.WriteString("M")
				} else {
					b.WriteString("L")
				}
				b.WriteString(number(p[0]) + " " + number(p[1]))
			}
			b.WriteString("Z")
		}
	}
	return b.String()
}

// label is the centre of mass of the largest polygon.
func (s shape) label() point {
	var best point
	largest := -1.0
	for _, polygon := range s {
		area, c := polygon[0].centroid()
		if area > largest {
			largest, best = area, c
		}
	}
	return best
}

func (r ring) centroid() (area float64, c point) {
	for i := range len(r) - 1 {
		cross := r[i][0]*r[i+1][1] - r[i+1][0]*r[i][1]
		area += cross / 2
		c[0] += (r[i][0] + r[i+1][0]) * cross / 6
		c[1] += (r[i][1] + r[i+1][1]) * cross / 6
	}
	if area == 0 {
		return 0, r[0]
	}
	return math.Abs(area), point{c[0] / area, c[1] / area}
}
