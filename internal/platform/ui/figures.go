package ui

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"
)

// The sizes of a sparkline's drawing, in its own units.
const (
	sparkW, sparkH = 280.0, 74.0
	sparkPad       = 4.0
)

// scale maps a value between lo and hi to a place between from and to. A flat range lies in the middle.
func scale(v, lo, hi, from, to float64) float64 {
	if hi <= lo {
		return (from + to) / 2
	}
	return from + (v-lo)/(hi-lo)*(to-from)
}

// bounds returns the least and the greatest of the values that are numbers.
func bounds(values ...float64) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if lo > hi {
		return 0, 0
	}
	return lo, hi
}

type point struct{ x, y float64 }

// points places the values of the sparkline; the y axis of an SVG points down.
func (s Sparkline) points() []point {
	lo, hi := s.bounds()
	ps := make([]point, 0, len(s.Points))
	for i, v := range s.Points {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		x := sparkW / 2
		if len(s.Points) > 1 {
			x = scale(float64(i), 0, float64(len(s.Points)-1), 2, sparkW-sparkPad)
		}
		ps = append(ps, point{x, scale(v, lo, hi, sparkH-sparkPad-6, sparkPad+3)})
	}
	return ps
}

func (s Sparkline) bounds() (lo, hi float64) {
	all := s.Points
	if s.Target != nil {
		all = append(all[:len(all):len(all)], *s.Target)
	}
	if s.Area {
		all = append(all[:len(all):len(all)], 0)
	}
	return bounds(all...)
}

func (s Sparkline) targetY() float64 {
	lo, hi := s.bounds()
	return scale(*s.Target, lo, hi, sparkH-sparkPad-6, sparkPad+3)
}

func line(ps []point) string {
	var b strings.Builder
	for i, p := range ps {
		if i == 0 {
			b.WriteByte('M')
		} else {
			b.WriteByte('L')
		}
		b.WriteString(plain(p.x) + " " + plain(p.y))
	}
	return b.String()
}

// area closes the line down to the bottom of the drawing.
func area(ps []point) string {
	first, last := ps[0], ps[len(ps)-1]
	return line(ps) + "L" + plain(last.x) + " " + plain(sparkH) + "L" + plain(first.x) + " " + plain(sparkH) + "Z"
}

// at is a place on the axis of a dot plot, in percent; what lies outside is drawn at the edge.
func (d DotPlot) at(v float64) string {
	return percent(min(max(scale(v, d.Min, d.Max, 3, 97), 0), 100))
}

// share is a part of a Bar with its place in percent.
type share struct {
	Part
	x, w float64
}

// mid is where the label stands.
func (s share) mid() float64 { return s.x + s.w/2 }

// narrowest is the least share of a bar that is drawn, so that a single late task can be seen and read.
const narrowest = 6.0

// shares lays the parts end to end; parts without a positive value take no place.
func (b Bar) shares() []share {
	total := 0.0
	for _, p := range b.Parts {
		total += max(p.Value, 0)
	}
	if total == 0 {
		return nil
	}
	var out []share
	wide := 0.0 // what the parts drawn in proportion have together
	left := 100.0
	for _, p := range b.Parts {
		if p.Value <= 0 {
			continue
		}
		w := 100 * p.Value / total
		if w < narrowest {
			w = narrowest
			left -= w
		} else {
			wide += w
		}
		out = append(out, share{Part: p, w: w})
	}
	x := 0.0
	for i := range out {
		if own := 100 * out[i].Value / total; own >= narrowest {
			out[i].w = own * max(left, 0) / wide
		}
		out[i].x = x
		x += out[i].w
	}
	return out
}

// fits reports whether the label has room in its part of a bar about 240 px wide.
func (s share) fits() bool { return s.w >= 1.5+2.6*float64(len([]rune(s.Label))) }

// step gives the colour class of a step 1–6 of a map; anything else has no value.
func step(n int) string {
	if n < 1 || n > 6 {
		return "k0"
	}
	return "k" + itoa(n)
}

// inverse says that text on the step is white.
func inverse(n int) bool { return n >= 4 && n <= 6 }

const tile = 100.0 // the side of a tile with its gap

// size is the drawing's extent in tiles.
func (m TileMap) size() (w, h float64) {
	for _, t := range m.Tiles {
		w, h = max(w, float64(t.Col+1)), max(h, float64(t.Row+1))
	}
	return w * tile, h * tile
}

func (m TileMap) viewBox() string {
	w, h := m.size()
	return "0 0 " + plain(w) + " " + plain(h)
}

// lines breaks a label that is wider than its tile at its first space.
func (t Tile) lines() (first, second string) {
	if utf8.RuneCountInString(t.Label) <= 12 {
		return t.Label, ""
	}
	if i := strings.IndexAny(t.Label, " -"); i > 0 {
		return strings.TrimSuffix(t.Label[:i+1], " "), t.Label[i+1:]
	}
	return t.Label, ""
}

// squeezed keeps a long word within its tile.
func squeezed(word string) templ.Attributes {
	if utf8.RuneCountInString(word) <= 12 {
		return nil
	}
	return templ.Attributes{"textLength": "90", "lengthAdjust": "spacingAndGlyphs"}
}
