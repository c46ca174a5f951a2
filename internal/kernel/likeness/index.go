package likeness

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"odaq/internal/kernel/text"
)

// Text is a voice to be compared with others.
type Text struct {
	Body string
	Lang text.Lang // the author's choice; empty where there is none
}

// Weights say how much each part of a comparison counts. The zero value is of no
// use; start from Default.
type Weights struct {
	Topic, Action, Aim, Group, Stem float64 // of the kinds of features
	Foreign                         float64 // of a stem between two languages
	OneGroup                        float64 // left of the likeness where only one names beneficiaries
	OtherGroup                      float64 // where both name other ones
	Opposite                        float64 // in place of 1 where both want the opposite; below 0 they repel each other
	OtherAim                        float64 // for each aim (equal, review, enforce) that only one has
	NoTopic                         float64 // where nothing but beneficiaries and actions is shared
	BothMore                        float64 // share taken off where each says something that the other does not
	OtherName                       float64 // where both name other persons, places, days
	Later                           float64 // of what is said after the first clause
	Damp                            float64 // power of the rarity
	Join                            float64 // the average likeness that makes one group of two
	Crowd                           float64 // added to Join each time the texts grow e-fold
}

// Default are the weights the program uses.
var Default = Weights{
	Topic: 1.5, Action: 0.5, Aim: 1, Group: 1.5, Stem: 1, Foreign: 0.2,
	OneGroup: 0.7, OtherGroup: 0.2, Opposite: -0.3, OtherAim: 0.5, NoTopic: 0.5, BothMore: 0.3, OtherName: 0.45,
	Later: 0.8, Damp: 0.6, Join: 0.44, Crowd: 0.02,
}

// Index holds texts and finds those alike. It is filled one by one; what it answers
// does not depend on the order. It is not safe for concurrent use while texts are added.
type Index struct {
	glossary *Glossary
	weights  Weights
	texts    []Text
	readings []*Reading
	postings map[uint64][]int32
	spelling map[uint64]spelling
	words    map[uint64]string // the shortest form of each stem, to show
}

// spelling counts how a stem is written.
type spelling struct{ small, capital int32 }

// New makes an empty index.
func New(g *Glossary, w Weights) *Index {
	return &Index{glossary: g, weights: w, postings: map[uint64][]int32{}, spelling: map[uint64]spelling{}, words: map[uint64]string{}}
}

// Add takes a text in and returns its number, counted from 0.
func (x *Index) Add(t Text) int {
	t.Lang = Language(t.Body, t.Lang)
	r := x.glossary.Read(t.Body, t.Lang)
	n := len(x.texts)
	x.texts, x.readings = append(x.texts, t), append(x.readings, r)
	for _, f := range r.features {
		x.postings[f.key] = append(x.postings[f.key], int32(n))
		if f.kind == kindStem {
			x.word(f)
		}
		if f.kind == kindStem && f.spelt != unsaid {
			s := x.spelling[f.key]
			if f.spelt == small {
				s.small++
			} else {
				s.capital++
			}
			x.spelling[f.key] = s
		}
	}
	return n
}

// word keeps the form of a stem that people are shown.
func (x *Index) word(f feature) {
	if have, ok := x.words[f.key]; !ok || len(f.word) < len(have) || len(f.word) == len(have) && f.word < have {
		x.words[f.key] = strings.Clone(f.word)
	}
}

// Len is the number of texts.
func (x *Index) Len() int { return len(x.texts) }

// Text is the text with the number, its language told.
func (x *Index) Text(n int) Text { return x.texts[n] }

// Match is a text of the index and how alike it is, from 0 to 1.
type Match struct {
	Text     int
	Likeness float64
}

// Candidates are at most limit texts of the index that are alike enough to be joined
// with t, the likest first; equal ones in the order of their words.
func (x *Index) Candidates(t Text, limit int) []Match {
	t.Lang = Language(t.Body, t.Lang)
	w := x.weigh(x.glossary.Read(t.Body, t.Lang))
	out := x.near(w, x.join())
	slices.SortFunc(out, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Likeness, a.Likeness), strings.Compare(x.texts[a.Text].Body, x.texts[b.Text].Body), a.Text-b.Text)
	})
	return out[:min(len(out), limit)]
}

// near are the texts at least as alike as floor. What is shared of w bounds the
// likeness (Cauchy and Schwarz), so that most texts need not be weighed.
func (x *Index) near(w *weighed, floor float64) []Match {
	sums := make([]float32, len(x.readings))
	var least float64
	for i, f := range w.features {
		if !leads(f) {
			least += sq(w.weight[i])
			continue
		}
		for _, n := range x.postings[f.key] {
			sums[n] += float32(sq(w.weight[i]))
		}
	}
	var out []Match
	scale := x.scale()
	other := new(weighed)
	for n, sum := range sums {
		if sum == 0 {
			continue
		}
		r := x.readings[n]
		reach := math.Sqrt(float64(sum)+least) * x.weights.beneficiaries(w.groups, r.groups) * 1.0001
		if reach < floor*w.norm {
			continue
		}
		if l := x.weights.likeness(w, x.weighInto(other, r, scale)); l >= floor {
			out = append(out, Match{n, l})
		}
	}
	return out
}

// few is the number of texts up to which Join holds as it is.
const few = 150

// join is the likeness that joins: among more texts more are alike by chance.
func (x *Index) join() float64 {
	return x.weights.Join + x.weights.Crowd*math.Log(max(1, float64(len(x.texts))/few))
}

// weighed is a reading with the weights of the moment: they follow the frequencies
// of the index.
type weighed struct {
	*Reading
	weight []float64
	names  []uint64
	bounds
}

func (w *weighed) length() float64 {
	var sum float64
	for _, x := range w.weight {
		sum += x * x
	}
	return math.Sqrt(sum)
}

// bounds serve to pass a pair over without comparing it.
type bounds struct {
	norm    float64 // length of the features at their least, stems as in another language
	actions float64 // length of the features that no search starts from
}

// leads tells the features that a search for like texts starts from: an action alone
// makes nobody alike.
func leads(f feature) bool { return f.kind != kindAction && f.kind != kindAim }

func (x *Index) weigh(r *Reading) *weighed { return x.weighInto(new(weighed), r, x.scale()) }

// weighInto weighs r into w, whose room it uses.
func (x *Index) weighInto(w *weighed, r *Reading, scale scale) *weighed {
	w.Reading, w.weight, w.names, w.bounds = r, w.weight[:0], w.names[:0], bounds{}
	for _, f := range r.features {
		weight := scale.rarity(len(x.postings[f.key])) * float64(f.part) * x.weights.of(f.kind)
		if f.later {
			weight *= x.weights.Later
		}
		w.weight = append(w.weight, weight)
		if f.kind == kindStem && x.name(f.key) {
			w.names = append(w.names, f.key)
		}
		w.norm += sq(weight * kept(f, x.weights.Foreign))
		if !leads(f) {
			w.actions += sq(weight)
		}
	}
	w.norm, w.actions = math.Sqrt(w.norm), math.Sqrt(w.actions)
	return w
}

// name tells a stem that is hardly ever written small.
func (x *Index) name(key uint64) bool {
	s := x.spelling[key]
	return s.capital > 0 && 9*s.small < s.capital
}

// scale gives the inverse document frequency, damped; it remembers what it computed.
type scale struct {
	texts, damp float64
	known       map[int]float64
}

func (x *Index) scale() scale { return scale{float64(len(x.texts)), x.weights.Damp, map[int]float64{}} }

func (s scale) rarity(count int) float64 {
	r, ok := s.known[count]
	if !ok {
		r = math.Pow(math.Log(1+s.texts/float64(max(1, count))), s.damp)
		s.known[count] = r
	}
	return r
}

func (w Weights) of(kind byte) float64 {
	switch kind {
	case kindTopic:
		return w.Topic
	case kindAction:
		return w.Action
	case kindAim:
		return w.Aim
	case kindGroup:
		return w.Group
	}
	return w.Stem
}

// likeness compares two texts.
func (w Weights) likeness(a, b *weighed) float64 {
	var dot, about, aa, bb, moreA, moreB, agreed, opposed float64
	stems := 1.0
	if a.Lang != b.Lang {
		stems = w.Foreign
	}
	i, j := 0, 0
	af, bf := a.features, b.features
	for i < len(af) || j < len(bf) {
		switch {
		case j == len(bf) || i < len(af) && af[i].key < bf[j].key:
			x := sq(a.weight[i] * kept(af[i], stems))
			aa += x
			if saysWhat(af[i]) {
				moreA += x
			}
			i++
		case i == len(af) || bf[j].key < af[i].key:
			x := sq(b.weight[j] * kept(bf[j], stems))
			bb += x
			if saysWhat(bf[j]) {
				moreB += x
			}
			j++
		default:
			x, y := a.weight[i], b.weight[j]
			dot, aa, bb = dot+x*y, aa+x*x, bb+y*y
			if saysWhat(af[i]) {
				about += x * y
			}
			if s := af[i].stance * bf[j].stance; s > 0 {
				agreed += x * y
			} else if s < 0 {
				opposed += x * y
			}
			i, j = i+1, j+1
		}
	}
	if dot == 0 {
		return 0
	}
	l := dot / math.Sqrt(aa*bb)
	if about == 0 {
		l *= w.NoTopic
	}
	l *= 1 - w.BothMore*math.Sqrt(min(moreA/aa, moreB/bb))
	if opposed > 0 && !share(a.aims, b.aims) {
		share := opposed / (agreed + opposed)
		l *= 1 - share*(1-w.Opposite)
	}
	if len(a.names) > 0 && len(b.names) > 0 && !share(a.names, b.names) {
		l *= w.OtherName
	}
	return l * w.beneficiaries(a.groups, b.groups) * math.Pow(w.OtherAim, float64(len(only(a.aims, b.aims))+len(only(b.aims, a.aims))))
}

// share tells whether two sorted sets have an element in common.
func share(a, b []uint64) bool {
	return slices.ContainsFunc(a, func(k uint64) bool {
		_, ok := slices.BinarySearch(b, k)
		return ok
	})
}

func (w Weights) beneficiaries(a, b []uint64) float64 {
	if len(a) == 0 && len(b) == 0 {
		return 1
	}
	if len(a) == 0 || len(b) == 0 {
		return w.OneGroup
	}
	if share(a, b) {
		return 1
	}
	return w.OtherGroup
}

// saysWhat tells the features that say what a demand is about.
func saysWhat(f feature) bool { return f.kind == kindTopic || f.kind == kindStem }

func sq(x float64) float64 { return x * x }

// kept is what remains of a feature that the other text has not.
func kept(f feature, stems float64) float64 {
	if f.kind == kindStem {
		return stems
	}
	return 1
}
