// Package text speaks Kazakh, Russian and English: messages from each area's
// locale files, plurals by CLDR, numbers and dates as each language writes them.
//
// A locale file is TOML as go-i18n reads it: ["membership.admit"] with other,
// and one, few, many where a language counts that way.
package text

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
)

// Lang is a language Odaq speaks, by its ISO 639-1 code.
type Lang string

// The languages.
const (
	KK Lang = "kk"
	RU Lang = "ru"
	EN Lang = "en"
)

// Langs are the languages in the order in which people are offered them.
var Langs = []Lang{KK, RU, EN}

// Own is the language's name in itself.
func (l Lang) Own() string {
	switch l {
	case KK:
		return "Қазақша"
	case RU:
		return "Русский"
	}
	return "English"
}

var matcher = language.NewMatcher([]language.Tag{language.Kazakh, language.Russian, language.English})

// Match picks the best language for an Accept-Language header; Kazakh, the
// state language, when nothing fits.
func Match(accept string) Lang {
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return KK
	}
	_, i, c := matcher.Match(tags...)
	if c == language.No {
		return KK
	}
	return Langs[i]
}

// Parse reads a language code.
func Parse(s string) (Lang, bool) {
	l := Lang(s)
	return l, slices.Contains(Langs, l)
}

// Names is a name in the three languages; an absent one falls back.
type Names struct {
	KK string `json:"kk,omitempty"`
	RU string `json:"ru,omitempty"`
	EN string `json:"en,omitempty"`
}

// In is the name in l, else the nearest there is.
func (n Names) In(l Lang) string {
	order := [3]string{n.KK, n.RU, n.EN}
	switch l {
	case RU:
		order = [3]string{n.RU, n.KK, n.EN}
	case EN:
		order = [3]string{n.EN, n.RU, n.KK}
	}
	for _, s := range order {
		if s != "" {
			return s
		}
	}
	return ""
}

// Catalog holds all messages.
type Catalog struct {
	keys     map[Lang]map[string]bool
	printers map[Lang]*Printer
}

// Source is one package's locale folder: kk.toml, ru.toml, en.toml and, where a
// package has much to say, further files import.kk.toml and so on.
type Source struct {
	Name string
	FS   fs.FS
}

// files lists a source's files of a language; one at least must be there.
func (s Source) files(l Lang) ([]string, error) {
	own, err := fs.Glob(s.FS, "locale/"+string(l)+".toml")
	if err != nil {
		return nil, err
	}
	more, err := fs.Glob(s.FS, "locale/*."+string(l)+".toml")
	if err == nil && len(own)+len(more) == 0 {
		err = fs.ErrNotExist
	}
	return append(own, more...), err
}

// Load reads every source. A key defined twice in a language is an error.
func Load(sources ...Source) (*Catalog, error) {
	b := i18n.NewBundle(language.Kazakh)
	b.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	c := &Catalog{keys: map[Lang]map[string]bool{}, printers: map[Lang]*Printer{}}
	for _, l := range Langs {
		c.keys[l] = map[string]bool{}
		for _, s := range append([]Source{{"text", locale}}, sources...) {
			names, err := s.files(l)
			if err != nil {
				return nil, fmt.Errorf("text: %s has no words in %s: %w", s.Name, l, err)
			}
			for _, name := range names {
				if err := c.read(b, l, s, name); err != nil {
					return nil, fmt.Errorf("text: %s %s: %w", s.Name, name, err)
				}
			}
		}
		c.printers[l] = &Printer{Lang: l, local: i18n.NewLocalizer(b, string(l)), catalog: c}
	}
	return c, nil
}

func (c *Catalog) read(b *i18n.Bundle, l Lang, s Source, name string) error {
	data, err := fs.ReadFile(s.FS, name)
	if err != nil {
		return err
	}
	file, err := b.ParseMessageFileBytes(data, string(l)+".toml")
	if err != nil {
		return err
	}
	for _, m := range file.Messages {
		if c.keys[l][m.ID] {
			return fmt.Errorf("%q is defined twice", m.ID)
		}
		c.keys[l][m.ID] = true
	}
	return nil
}

// In returns the printer of a language.
func (c *Catalog) In(l Lang) *Printer {
	if p := c.printers[l]; p != nil {
		return p
	}
	return c.printers[KK]
}

// Keys lists the message keys a language has, sorted.
func (c *Catalog) Keys(l Lang) []string { return slices.Sorted(maps.Keys(c.keys[l])) }

// Has reports whether the language has the key.
func (c *Catalog) Has(l Lang, key string) bool { return c.keys[l][key] }

// Printer writes in one language. It is safe for concurrent use.
type Printer struct {
	Lang    Lang
	local   *i18n.Localizer
	catalog *Catalog
	plain   sync.Map // messages without arguments, rendered once
}

// T is the message of key; pairs are its arguments: "Name", n, "Day", d.
// Numbers, days and names among them are written in the language.
func (p *Printer) T(key string, pairs ...any) string {
	if len(pairs) == 0 {
		if s, ok := p.plain.Load(key); ok {
			return s.(string)
		}
		s := p.render(key, nil, nil)
		p.plain.Store(key, s)
		return s
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return p.render(key, m, nil)
}

// N is the message of key in the plural form for n; {{.N}} is n written out.
func (p *Printer) N(key string, n int64, pairs ...any) string {
	m := map[string]any{"N": n}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return p.render(key, m, n)
}

func (p *Printer) render(key string, args map[string]any, count any) string {
	for k, v := range args {
		args[k] = p.Value(v)
	}
	s, err := p.local.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: args, PluralCount: count})
	if err != nil && s == "" {
		return "⟦" + key + "⟧"
	}
	return s
}

// Value writes a message argument: numbers grouped, days in words, names in
// the language, everything else as it is.
func (p *Printer) Value(v any) any {
	switch v := v.(type) {
	case int:
		return p.Number(int64(v))
	case int64:
		return p.Number(v)
	case cal.Day:
		return p.Day(v)
	case Names:
		return v.In(p.Lang)
	case Key:
		return p.T(string(v))
	case error:
		return p.Fault(v).Message
	}
	return v
}

// Key is a message argument that is itself a message.
type Key string

// Number groups digits: 1 987 412 (no-break spaces), 1,987,412 in English.
func (p *Printer) Number(n int64) string { return p.Decimal(float64(n), 0) }

// Signed is Number with its sign, a true minus: +14 206, −19.
func (p *Printer) Signed(n int64) string {
	if n > 0 {
		return "+" + p.Number(n)
	}
	return p.Number(n)
}

// Decimal writes x with that many digits after the decimal mark.
func (p *Printer) Decimal(x float64, digits int) string {
	return p.Digits(fmt.Sprintf("%.*f", digits, x))
}

// Digits writes a decimal number such as "-7643.84" as the language does.
func (p *Printer) Digits(s string) string {
	neg := strings.HasPrefix(s, "-")
	whole, frac, _ := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	group, mark := "\u00a0", ","
	if p.Lang == EN {
		group, mark = ",", "."
	}
	var b strings.Builder
	if neg && strings.Trim(whole+frac, "0") != "" {
		b.WriteString("\u2212")
	}
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(r)
	}
	if frac != "" {
		b.WriteString(mark + frac)
	}
	return b.String()
}

// Percent writes a share of 1 as percent: 54,8 %; English sets no space.
func (p *Printer) Percent(share float64, digits int) string {
	s := p.Decimal(share*100, digits)
	if p.Lang == EN {
		return s + "%"
	}
	return s + "\u00a0%"
}

// Day is the date in words: 2026 жылғы 22 қараша, 22 ноября 2026 года,
// 22 November 2026.
func (p *Printer) Day(d cal.Day) string {
	if !d.Bounded() {
		return "—"
	}
	y, m, day := d.Date()
	return p.T("date.long", "Y", fmt.Sprint(y), "M", p.month(m), "D", fmt.Sprint(day))
}

// ShortDay is the date in digits: 22.11.2026, in English 22 Nov 2026.
func (p *Printer) ShortDay(d cal.Day) string {
	if !d.Bounded() {
		return "—"
	}
	if p.Lang == EN {
		return d.Time().Format("2 Jan 2006")
	}
	return d.Time().Format("02.01.2006")
}

// Month is the month and year in words: 2026 жылғы қараша, ноябрь 2026.
func (p *Printer) Month(d cal.Day) string {
	y, m, _ := d.Date()
	return p.T("date.month", "Y", fmt.Sprint(y), "M", p.T(fmt.Sprintf("month.%d.alone", int(m))))
}

func (p *Printer) month(m time.Month) string { return p.T(fmt.Sprintf("month.%d", int(m))) }

// Moment is day and time of day in loc: 22.11.2026, 14:05.
func (p *Printer) Moment(i cal.Instant, loc *time.Location) string {
	t := i.Time().In(loc)
	return p.ShortDay(cal.DayOf(t)) + ", " + t.Format("15:04")
}

// List joins words: a, b and c.
func (p *Printer) List(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " " + p.T("list.and") + " " + words[last]
}

// Problem is a fault in words.
type Problem struct {
	Kind    fault.Kind
	Message string
	Fields  []FieldProblem
}

// FieldProblem is what is wrong with a field, in words.
type FieldProblem struct{ Name, Message string }

// Fault puts an error into words. What is no fault stays unsaid: it is for
// the log.
func (p *Printer) Fault(err error) Problem {
	f := fault.Of(err)
	out := Problem{Kind: f.Kind, Message: p.T(f.Key, flat(f.Args)...)}
	for _, fd := range f.Fields {
		out.Fields = append(out.Fields, FieldProblem{fd.Name, p.T(fd.Key, flat(fd.Args)...)})
	}
	return out
}

func flat(a fault.Args) []any {
	var out []any
	for _, k := range slices.Sorted(maps.Keys(a)) {
		out = append(out, k, a[k])
	}
	return out
}

type contextKey struct{}

// With puts the printer into the context.
func With(ctx context.Context, p *Printer) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// ErrNone says that a context carries no printer.
var ErrNone = errors.New("text: no language in the context")

// From is the printer of the context; it panics where the edge forgot to set
// one, a defect that every request would show.
func From(ctx context.Context) *Printer {
	p, ok := ctx.Value(contextKey{}).(*Printer)
	if !ok {
		panic(ErrNone)
	}
	return p
}
